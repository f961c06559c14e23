"""What is told along with a verdict: why a claim is fragile, and effects that have no room."""

import dataclasses

import numpy as np
import pytest

from tests import sample_ledger
from vertikal.claims.caveats import disagreement, hangs_on_line, no_room, tally
from vertikal.claims.design import make_design
from vertikal.claims.verdicts import Criterion, judge

CRITERION = Criterion("above", 0.1)


def found(mean, spread=0.001, draws=64):
    rng = np.random.default_rng(1)
    values = mean + spread * rng.standard_normal((draws, 16))
    return judge(values, CRITERION)


@pytest.fixture(scope="module")
def half():
    """An effect that holds in half of the draws."""
    effects = np.where(np.arange(256) % 2, 1.0, -0.6)[:, None]
    noise = 0.001 * np.random.default_rng(2).standard_normal((256, 16))
    return judge(effects + noise, CRITERION)


def test_tests_disagree_where_no_effect_is_fragile():
    yes, no = found(0.5), found(-0.5)
    assert (yes.word, no.word) == ("supported", "contradicted")
    assert disagreement([[yes], [no], [yes]]) == ("its tests disagree: 2 supported, 1 contradicted")
    assert disagreement([[yes, no]]) == "its effects disagree: 1 supported, 1 contradicted"


def test_there_is_no_disagreement_where_an_effect_is_fragile_or_the_claim_is_not(half):
    yes, no = found(0.5), found(-0.5)
    assert half.word == "fragile"
    assert disagreement([[half]]) == ""
    assert disagreement([[half], [yes], [no]]) == ""
    assert disagreement([[yes], [yes]]) == ""
    assert disagreement([[found(0.5, draws=2)], [yes]]) == ""
    assert disagreement([]) == ""


@pytest.mark.parametrize(
    ("mean", "nearby"),
    [
        (0.5, ("supported",)),
        (0.11, ("supported", "contradicted")),
        (0.09, ("supported", "contradicted")),
        (0.07, ("contradicted",)),
        (0.13, ("supported",)),
        (-0.5, ("contradicted",)),
    ],
)
def test_what_a_line_drawn_near_by_would_make_of_an_effect(mean, nearby):
    assert found(mean).nearby == nearby
    mirrored = found(-mean)
    assert mirrored.nearby == (("contradicted",) if mean > 0 else ("supported",))


def test_of_no_effect_the_larger_line_is_the_easier():
    small = Criterion("inside", 0.1)
    effects = 0.001 * np.random.default_rng(1).standard_normal((64, 16))
    for mean in (0.11, -0.11, 0.09, -0.09):
        assert judge(mean + effects, small).nearby == ("supported", "contradicted")
    assert judge(effects, small).nearby == ("supported",)
    assert judge(effects - 0.2, small).nearby == ("contradicted",)
    assert judge(effects + 0.5, Criterion("inside", 0.0)).nearby == ()


def test_a_claim_hangs_on_the_line_where_all_its_fragile_effects_do(half):
    yes, no = found(0.5), found(-0.5)
    assert half.nearby == ()
    on_line = dataclasses.replace(found(0.1), word="fragile")
    assert hangs_on_line([on_line])
    assert hangs_on_line([on_line, yes, no])
    assert not hangs_on_line([dataclasses.replace(on_line, nearby=("supported",))])
    assert not hangs_on_line([on_line, half])
    assert not hangs_on_line([half])
    assert not hangs_on_line([yes, no])
    assert not hangs_on_line([yes, yes])
    assert not hangs_on_line([])


def test_of_what_is_unsettled_it_is_told_what_is_shown():
    yes = found(0.5)
    open_ = dataclasses.replace(yes, word="unsettled", excluded=("supported",))
    unknown = dataclasses.replace(yes, word="unsettled", excluded=())
    assert tally([open_, unknown, yes]) == "1 supported, 1 not supported, 1 unsettled"
    found_fragile = [[yes], [open_]]
    assert disagreement(found_fragile) == "its tests disagree: 1 supported, 1 not supported"


@pytest.fixture(scope="module")
def designs(tmp_path_factory):
    book = sample_ledger.read(sample_ledger.write_claims(tmp_path_factory.mktemp("claims")))

    def design(name, **changed):
        claim = next(c for c in book.claims if c.id == f"own-{name}")
        return make_design(claim, claim.tests[0].model_copy(update=changed), claim.folder)

    return design


@pytest.mark.parametrize(
    ("shape", "smallest", "without", "way"),
    [
        ("increases", 0.1, 0.95, "rise"),
        ("increases", 0.1, 0.9, None),
        ("increases", 0.1, 0.01, None),
        ("decreases", 0.1, 0.05, "fall"),
        ("decreases", 0.1, 0.1, None),
        ("no-effect", 0.1, 0.01, None),
        ("no-effect", 0.6, 0.5, "change"),
        ("increases", 0.1, float("nan"), None),
    ],
)
def test_a_share_has_room_up_to_the_ends_of_its_scale(designs, shape, smallest, without, way):
    design = designs("truth", shape=shape, smallest=smallest)
    (room,) = no_room(design, {"without": without, "with": 0.5})
    assert (room and room.way) == way
    assert room is None or (room.arm, room.answer) == ("without", without)


def test_years_have_room_within_the_clock_and_numbers_always(designs):
    design = designs("years", smallest=0.5)
    for short, way in ((0.4, "rise"), (0.6, None)):
        (room,) = no_room(design, {"without": design.horizon - short, "with": 0.0})
        assert (room and room.way) == way
    (room,) = no_room(designs("years", shape="decreases", smallest=0.5), {"without": 0.2})
    assert room.way == "fall"
    assert no_room(designs("increases"), {"without": 0.99, "with": 1.0}) == (None,)
