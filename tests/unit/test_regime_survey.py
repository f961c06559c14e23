"""Surveys: frame, fear and lean between what people think and what is reported."""

import numpy as np
import pytest

from tests.court import step
from tests.realm import ROWS, SETTING, read, realm
from vertikal.regime.subsystems import Question
from vertikal.regime.survey import Survey

HONEST = {"coercion.fear": 0.0, "public.bias": 0.0, "public.metropolitan": 0.0}


def answers(levels, **more):
    return read(step(Survey(**more), realm(levels), SETTING), "public.answer")[:, 0]


OPINIONS = {
    "public.belief": [0.8, 0.4, 0.3],
    "public.shortage_fear": 0.3,
    "public.domestic_preference": 0.67,
    "public.great_power": 0.6,
    "public.popularity": 0.7,
}
TRUE = {
    Question.SECTOR_BELIEF: 0.4,
    Question.REPLACEMENT: 0.5,
    Question.NO_FEAR_OF_SHORTAGE: 0.7,
    Question.DOMESTIC_PREFERENCE: 0.67,
    Question.EXITS_WITHOUT_EFFECT: 0.5,
    Question.EXITS_WITHOUT_HARM: 0.25,
    Question.GREAT_POWER: 0.6,
    Question.APPROVAL: 0.7,
}


@pytest.mark.parametrize("question", list(Question))
def test_an_honest_survey_of_all_people_reports_what_they_think(question):
    levels = HONEST | OPINIONS | {"public.asks": int(question), "public.about": 1}
    np.testing.assert_allclose(answers(levels), TRUE[question], atol=1e-3)


@pytest.mark.rules("PN-8")
def test_two_surveys_of_one_public_differ_by_lean_frame_and_fear():
    same = OPINIONS | {"public.asks": int(Question.APPROVAL), "coercion.fear": 0.5}
    state, free = answers(same | {"public.bias": [0.1, 0.0]})
    assert state == pytest.approx(free + 0.1, abs=1e-6)
    shy, candid = answers(same | {"public.candour": [0.2, 0.9]})
    assert shy > candid > TRUE[Question.APPROVAL]
    frame = {
        "public.resonance": [0.8, 0.5, 0.2],
        "public.soviet_memory": [0.9, 0.5, 0.1],
        "public.share": [0.4, 0.3, 0.3],
    }
    capital, country = answers(same | frame | {"public.metropolitan": [1.0, 0.0]})
    assert capital < country
    lean = [
        answers(same | frame | {"public.metropolitan": [1.0, 0.0]}, capital_lean=x)
        for x in (-0.1, 0.1)
    ]
    assert lean[0][0] < capital < lean[1][0]
    assert lean[0][1] == lean[1][1] == country


@pytest.mark.rules("PN-8")
def test_fear_hides_a_fall_of_opinion():
    def fall(fear):
        asked = {"public.asks": int(Question.APPROVAL), "coercion.fear": fear}
        high, low = (answers(asked | {"public.popularity": p})[0] for p in (0.7, 0.4))
        return high - low

    assert fall(0.0) == pytest.approx(0.3, abs=1e-6)
    assert fall(0.9) < fall(0.4) < fall(0.0)


@pytest.mark.rules("PN-6", "PN-9")
def test_who_is_touched_by_the_exit_of_firms():
    levels = HONEST | OPINIONS
    levels |= {"public.asks": [Question.EXITS_WITHOUT_EFFECT, Question.EXITS_WITHOUT_HARM]}
    for users in (0.2, 0.8):
        untouched, unharmed = answers(levels, users=users)
        assert untouched + unharmed <= 1
        assert untouched == pytest.approx(1 - users, abs=1e-6)
        assert unharmed == pytest.approx(users * 0.5, abs=1e-3)


def test_a_sector_that_is_not_named_is_all_of_them():
    levels = HONEST | OPINIONS | {"public.asks": int(Question.SECTOR_BELIEF)}
    one, all_ = answers(levels | {"public.about": [0, -1]})
    assert one == pytest.approx(0.8, abs=1e-6)
    assert all_ == pytest.approx(0.5, abs=1e-3)


def test_without_surveys_or_sectors_there_is_no_harm():
    bare = realm({}, {"cohorts": 2})
    assert read(step(Survey(), bare, SETTING), "public.answer").shape[0] == 0
    asked = realm({"public.asks": int(Question.SECTOR_BELIEF)}, ROWS | {"sectors": 0})
    assert (read(step(Survey(), asked, SETTING), "public.answer") > 0).all()
