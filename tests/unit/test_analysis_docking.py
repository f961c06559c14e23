"""The recorded history against the model and two plain forecasters."""

import math

import numpy as np
import pandas as pd
import pytest

from vertikal.analysis import BaseRate, dock
from vertikal.errors import VertikalError


def table(runs=200, **columns):
    return pd.DataFrame(
        {"draw": np.arange(runs), "status": "ok", **columns},
        index=pd.RangeIndex(runs, name="run"),
    )


OUTCOMES = table(
    fell=np.arange(200) < 50,
    never_seen=np.zeros(200, bool),
    premier=pd.Categorical(["a", "a", "a", "b"] * 50, categories=["a", "b", "c", "d"]),
    exit=np.where(np.arange(200) < 100, 1 + np.arange(200) / 25, np.nan),
    tension=np.arange(200) / 100,
    **{"exit.is": pd.Categorical(np.where(np.arange(200) < 100, "coup", None))},
)


def test_probability_has_jeffreys_correction_with_effective_histories():
    found = dock(OUTCOMES, {"fell": True}).docks[0]
    assert found.hits == 50
    # Independent histories: the variance with n - 1 makes 199 of 200 effective.
    assert found.model == pytest.approx((0.25 * 199 + 0.5) / (199 + 1))
    assert found.model_score == pytest.approx(math.log(found.model))
    assert found.low < 0.25 < found.high


def test_what_no_history_shows_still_has_a_finite_score():
    found = dock(OUTCOMES, {"never_seen": True}).docks[0]
    assert found.hits == 0
    assert found.model == pytest.approx(0.5 / 201)


def test_labels_and_their_uniform_forecaster():
    found = dock(OUTCOMES, {"premier": "d"}).docks[0]
    assert found.uniform == 0.25
    assert found.model == pytest.approx(0.5 / 202)
    wider = dock(OUTCOMES, {"premier": "e"}, possible={"premier": ["e"]}).docks[0]
    assert wider.uniform == 0.2


def test_mode_of_an_exit_that_never_came():
    found = dock(OUTCOMES, {"exit.is": "never"}).docks[0]
    assert found.hits == 100
    assert found.uniform == 0.5


def test_time_within_a_window():
    found = dock(OUTCOMES, {"exit": 2.0}, horizon=10.0).docks[0]
    # Times 1.5 to 2.5 in steps of 1/25: 25 histories (1.52 to 2.48).
    assert found.hits == 25
    # Ten windows of a year, and never.
    assert found.uniform == pytest.approx(1 / 11)
    assert found.pit == pytest.approx((25 + 0.5) / 200)


def test_time_that_never_came():
    found = dock(OUTCOMES, {"exit": None}, horizon=10.0).docks[0]
    assert found.hits == 100
    assert found.pit == 0.75
    assert found.uniform == pytest.approx(1 / 11)


def test_uniform_probabilities_of_all_times_sum_to_one():
    edges = np.arange(0.5, 10, 1.0)
    single = [dock(OUTCOMES, {"exit": t}, horizon=10.0).docks[0].uniform for t in (*edges, None)]
    assert sum(single) == pytest.approx(1)


def test_number_within_a_window():
    found = dock(
        OUTCOMES, {"tension": 1.0}, windows={"tension": 0.1}, possible={"tension": (0.0, 2.0)}
    ).docks[0]
    assert found.hits == 21
    assert found.uniform == pytest.approx(0.1)
    assert found.pit == pytest.approx(0.5025)
    unbounded = dock(OUTCOMES, {"tension": 1.0}, windows={"tension": 0.1}).docks[0]
    assert math.isnan(unbounded.uniform_score)


def test_scores_are_totalled_by_use_against_each_rival():
    found = dock(
        OUTCOMES,
        {"fell": True, "premier": "a", "exit": 2.0},
        horizon=10.0,
        uses={"fell": "reproduce", "premier": "hold out", "exit": "hold out"},
        base_rates={"premier": BaseRate(0.5, "made up for this test")},
    )
    totals = {(t.use, t.rival): t for t in found.totals()}
    assert [joint.use for joint in found.joints] == ["reproduce", "hold out"]
    assert set(totals) == {
        ("reproduce", "uniform"), ("hold out", "uniform"), ("hold out", "base rate")
    }  # fmt: skip
    held = totals["hold out", "uniform"]
    premier, exits = found.docks[1], found.docks[2]
    assert held.model == pytest.approx(premier.model_score + exits.model_score)
    assert held.lead == pytest.approx(held.model - math.log(0.25) - math.log(1 / 11))
    assert totals["hold out", "base rate"].outcomes == 1
    assert totals["hold out", "base rate"].model == pytest.approx(premier.model_score)


def test_joint_probability_tells_dependence():
    copied = table(one=np.arange(200) < 100, two=np.arange(200) < 100)
    joint = dock(copied, {"one": True, "two": True}).joints[0]
    assert joint.hits == 100
    assert joint.probability == pytest.approx(0.5)
    assert joint.if_independent == pytest.approx(0.25)


def test_perfect_forecast_beats_and_wrong_forecast_loses():
    sure = table(yes=np.arange(200) < 195)
    assert dock(sure, {"yes": True}).totals()[0].lead > 0.6
    assert dock(sure, {"yes": False}).totals()[0].lead < -2.5


@pytest.mark.parametrize(
    ("recorded", "options", "message"),
    [
        ({"fell": 1.0}, {}, "Give true or false"),
        ({"premier": "z"}, {}, "Give one of a, b, c, d"),
        ({"exit": 2.0}, {}, "Give the horizon"),
        ({"exit": 12.0}, {"horizon": 10.0}, "between 0 and the horizon, 10 years"),
        ({"exit": True}, {"horizon": 10.0}, "years since the start, or never"),
        ({"tension": 1.0}, {}, "how near a history must come"),
        ({"tension": 1.0}, {"windows": {"tension": 0.0}}, "positive half-width"),
        ({"fell": True}, {"base_rates": {"fell": BaseRate(1.2, "")}}, "no probability"),
        ({"gone": True}, {}, "no outcome 'gone'"),
    ],
)
def test_what_a_user_can_do_wrong_is_said(recorded, options, message):
    with pytest.raises(VertikalError, match=message):
        dock(OUTCOMES, recorded, **options)


def test_shows_itself():
    found = dock(OUTCOMES, {"fell": True})
    assert found.table()["model_score"].iloc[0] == found.docks[0].model_score
    assert "fell" in found._repr_html_()


def test_a_history_without_the_recorded_number_does_not_show_it():
    """A span on record says that both events came; a history in which one did not is no hit."""
    gap = np.where(np.arange(200) < 50, 2.0, np.nan)
    outcomes = table(gap=gap, none=np.full(200, np.nan))
    found, nowhere = dock(
        outcomes, {"gap": 2.1, "none": 1.0}, windows={"gap": 0.5, "none": 1}
    ).docks
    assert (found.hits, found.runs, found.pit) == (50, 200, 1.0)
    assert (nowhere.hits, nowhere.runs) == (0, 200)
    assert math.isnan(nowhere.pit)
    assert dock(outcomes, {"gap": 2.1}, windows={"gap": 0.5}).joints[0].runs == 200
