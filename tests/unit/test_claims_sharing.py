"""What tests share, and that they are none the worse for it."""

import numpy as np
import pytest

from tests import small_claims
from vertikal.claims import read_book
from vertikal.claims.design import make_design
from vertikal.claims.schema import Test
from vertikal.claims.sharing import shared

SEED = 5
NO_COVER = {"variant": "no-cover"}
DEATH = {"patch": {"events": {"end": {"date": "2003-02-01", "title": "Death", "dies": ["leader"]}}}}
PUT_TOGETHER = {
    "outcomes": {
        "guards-strong": {"ask": "Strong?", "happens": "clans.share[guards] >= 0.3"},
        "either": {"ask": "Any?", "any": ["guards-strong", "organiser-stays"]},
    }
}


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """A test made ready."""
    path = small_claims.write(tmp_path_factory.mktemp("sharing"))
    claim = read_book(path).claims[0]

    def made(replicates=16, **fields):
        whole = {"scenario": "tiny.yaml", "shape": "increases", **small_claims.DEFAULTS, **fields}
        return make_design(claim, Test.model_validate(whole), path.parent, replicates)

    return made


def test_equal_arms_are_played_once(make):
    plain = make(treatment=NO_COVER)
    asked = make(treatment=NO_COVER, outcome={"ask": "How tense?", "value": "coercion.fear"})
    other = make(treatment={"set": {"coercion.fear": 0.9}})
    finer = make(treatment=NO_COVER, replicates=32)
    one, two, three, four = shared([plain, asked, other, finer], SEED)
    assert one["without"].histories is two["without"].histories is three["without"].histories
    assert one["with"].histories is two["with"].histories
    assert one["with"].column != two["with"].column
    assert three["with"].histories is not one["with"].histories
    assert four["without"].histories is not one["without"].histories


def test_what_a_test_does_not_ask_is_not_in_its_digests(make):
    """Other questions, the record and the texts leave them alone; its own question does not."""
    plain = make(treatment=NO_COVER)
    more = {"outcomes": {"calm": {"ask": "Calm?", "happens": "coercion.fear <= 0.1"}}}
    told = make(treatment=NO_COVER, base={"patch": {**more, "title": "By another name"}})
    assert told.arms["with"].digest != plain.arms["with"].digest
    assert told.digests == plain.digests
    other = make(treatment=NO_COVER, outcome={"ask": "How tense?", "value": "coercion.fear"})
    warmer = make(treatment=NO_COVER, base={"set": {"coercion.fear": 0.9}})
    for changed in (other, warmer):
        assert set(changed.digests.values()).isdisjoint(plain.digests.values())


def test_whatever_differs_between_arms_one_program_plays_them(make):
    designs = [
        make(treatment=NO_COVER),
        make(treatment=DEATH, outcome={"ask": "How tense?", "highest": "coercion.fear"}),
        make(treatment={"set": {"succession.noise": 0.5, "mechanisms.off": ["rents"]}}),
        make(
            treatment=NO_COVER,
            outcome="either",
            base={"patch": PUT_TOGETHER},
        ),
    ]
    found = [arm.histories for arms in shared(designs, SEED) for arm in arms.values()]
    assert len({h.plan for h in found}) == len({h.scripted for h in found}) == 1
    assert not found[0].plan.series
    tables = [h.inputs() for h in found]
    assert len({tuple(i.assigned) for i in tables}) == len({tuple(i.added) for i in tables}) == 1


def test_questions_of_tests_beside_are_put_along(make):
    plain = make(treatment=NO_COVER)
    other = make(treatment=DEATH, outcome={"ask": "How tense?", "highest": "coercion.fear"})
    both = shared([plain, other], SEED)[0]["with"].histories
    (beside,) = shared([plain], SEED, [other])
    assert beside["with"].histories.plan == both.plan
    assert beside["with"].histories.scripted == both.scripted


def test_another_structure_has_another_program(make):
    person = {"patch": {"people": {"newcomer": {"clan": "court", "age": 40}}}}
    arms = shared([make(treatment=person)], SEED)[0]
    assert len(arms["with"].histories.scenario.people) == 1 + len(
        arms["without"].histories.scenario.people
    )
    plans = [arm.histories.plan for arm in arms.values()]
    assert plans[0].outcomes == plans[1].outcomes


def test_answers_do_not_depend_on_what_else_is_asked(make):
    """To the bit: further questions, and further tables of a script in which nothing happens."""
    plain = make(treatment=NO_COVER)
    parts = make(treatment=NO_COVER, outcome="either", base={"patch": PUT_TOGETHER})
    killed = make(
        treatment=DEATH,
        outcome={"ask": "How strong?", "mean": "clans.power[engineers]", "from": 2001},
    )
    together = shared([plain, killed, parts], SEED)
    alone = shared([plain], SEED)[0]
    assert alone["with"].histories.plan != together[0]["with"].histories.plan
    for arm in plain.arms:
        tables = [a[arm].histories.run_block(0, 256).outcomes for a in (alone, together[0])]
        answers = [plain.answers(t, alone[arm].column) for t in tables]
        assert np.array_equal(*answers, equal_nan=True)
        assert len(np.unique(answers[0])) > 20
        direct = np.any([tables[1].column(c) for c in _parts(together[2][arm])], axis=0)
        assert list(parts.answers(tables[1], together[2][arm].column)) == list(direct)


def _parts(arm):
    return arm.histories.scenario.outcomes[arm.column].parts
