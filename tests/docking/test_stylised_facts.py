"""Stylised facts are measured and reported; a test here fails only if a measurement is not valid.

Whether the model reproduces a fact is a finding, not a property of the program: nothing below asks
for a sign. What is asked is that the two arms share all chance, differ in the treatment, and are
compared history by history with an honest interval.
"""

import dataclasses
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from tests.docking.facts import TREATMENT, Finding, Measure, by_scenario, loaded, measure, play
from tests.docking.facts_sovereignty import GRADIENT, GRADIENT_NUMBER
from tests.docking.measure import ALL, HEAD, row
from vertikal.analysis import contrast

RUNS, SEED = 256, 1953
TOGETHER = by_scenario(ALL)
IN_TURN = [fact for facts in TOGETHER.values() for fact in facts]
"""Every fact, those of one scenario after each other."""
NAMES = [f"{f.number}-{f.scenario}-{'-'.join(map(str, f.arms))}" for f in IN_TURN]


@lru_cache(maxsize=1)
def played(scenario):
    """The arms of all facts of a scenario; each arm is played once, and one scenario is kept."""
    return play(loaded(TOGETHER[scenario]), RUNS, SEED)


@pytest.fixture(scope="module", params=IN_TURN, ids=NAMES)
def measured(request):
    return measure(request.param, played(request.param.scenario))


def patched_sections(fact):
    """Sections of the file, and mechanisms, that the variants of a fact change."""
    found = set()
    for scenario in loaded([fact]).values():
        wanted = [arm for arm in fact.arms if arm]
        while wanted:
            variant = scenario.variants[wanted.pop()]
            wanted += variant.includes
            found |= set(variant.patch) | set(variant.patch.get("parameters", ()))
    return found


@pytest.mark.slow
def test_the_arms_share_all_chance_and_differ_in_the_treatment(measured):
    one, two = measured.before, measured.after
    assert one.manifest.seed == two.manifest.seed == SEED
    assert one.manifest.scenario.digest != two.manifest.scenario.digest
    assert one.runs == two.runs == RUNS
    assert one.failed == two.failed == 0
    assert (one.outcomes["draw"] == two.outcomes["draw"]).all()
    shared = one.parameters.columns.intersection(two.parameters.columns)
    assert len(shared) > 50
    same = (one.parameters[shared] == two.parameters[shared]).all()
    patched = set(one.parameters.columns) ^ set(two.parameters.columns)
    assert same.mean() > 0.95, "the patch changes few numbers, and no others are drawn anew"
    changed = {a.split(".")[0] for a in patched | set(same.index[~same])}
    assert changed <= patched_sections(measured.fact)
    effect = measured.treatment
    assert effect.pairs == RUNS
    assert effect.difference != 0
    moved = max(effect.up, effect.down)
    assert moved > 0.5 * RUNS, "the treatment is given in most histories"


@pytest.mark.slow
def test_every_measure_is_an_honest_comparison(measured, record_property):
    for finding in measured.findings:
        record_property(finding.measure.words, row(measured, finding))
        effect = finding.effect
        if effect is None:
            assert finding.measure.given is not None
            continue
        assert effect.pairs <= RUNS
        assert effect.pairs == RUNS or finding.measure.given is not None
        numbers = [effect.before, effect.after, effect.difference, effect.low, effect.high]
        assert np.isfinite(numbers).all()
        assert effect.low <= effect.difference <= effect.high
        assert effect.difference == pytest.approx(effect.after - effect.before, abs=1e-6)
        assert 0 <= finding.chance <= 1
        if effect.up != effect.down and finding.measure.value == "yes":
            assert np.sign(effect.difference) == np.sign(effect.up - effect.down)


@pytest.mark.slow
def test_before_an_event_of_the_script_nothing_differs(measured):
    """Cover that comes by an event of June 1953: until then both arms are one history."""
    if measured.fact.arms != ("F", "A"):
        pytest.skip("the arms differ from the start")
    shares = [
        e.series("clans.share")["clans.share"].sel(time=slice("1953-03", "1953-05")).values
        for e in (measured.before, measured.after)
    ]
    assert shares[0].shape[1] == 3
    np.testing.assert_array_equal(*shares)


def test_all_fourteen_are_declared_before_they_are_measured():
    """Thirteen pair the arms of a contrast; the gradient of belief pairs numbers of one history."""
    assert {f.number for f in ALL} == set(range(1, 15)) - {GRADIENT_NUMBER}
    assert GRADIENT
    for fact in ALL:
        assert TREATMENT in fact.outcomes
        before, after = loaded([fact]).values()
        assert before.digest != after.digest
        assert before.outcomes == after.outcomes
        assert fact.measures
        for m in fact.measures:
            assert m.outcome in fact.outcomes
            assert m.given is None or m.given in fact.outcomes
            assert fact.source


def test_facts_of_one_scenario_do_not_ask_different_things_by_one_name():
    for facts in TOGETHER.values():
        arms = loaded(facts)
        assert set(arms) == {arm for fact in facts for arm in fact.arms}
        assert len({fact.treatment for fact in facts}) == len(facts)
    one, other = TOGETHER["clan-war"][:2]
    odd = dataclasses.replace(other, outcomes=other.outcomes | {"dock-ended": {"happens": "x"}})
    with pytest.raises(ValueError, match="taken"):
        loaded([one, odd])
    with pytest.raises(ValueError, match="one scenario"):
        loaded(ALL)


@pytest.mark.parametrize(
    ("up", "down", "expected", "verdict"),
    [
        (60, 5, 1, "yes"),
        (5, 60, 1, "no: the opposite"),
        (5, 60, -1, "yes"),
        (31, 30, 1, "not shown"),
    ],
)
def test_a_verdict_follows_the_interval_whatever_is_expected(up, down, expected, verdict):
    runs = 200
    one = pd.DataFrame({"x": np.arange(runs) < down})
    two = pd.DataFrame({"x": (np.arange(runs) >= runs - up)})
    effect = contrast(one, two, ["x"]).of("x")
    assert (effect.up, effect.down) == (up, down)
    finding = Finding(Measure("x", "x", "yes", expected), effect, 0.5)
    assert finding.verdict == verdict
    none = Finding(Measure("x", "x", "yes", expected), None, float("nan"))
    assert none.verdict.startswith("cannot be told")


def test_a_row_has_a_cell_for_every_column():
    fact = ALL[0]
    one = pd.DataFrame({"x": np.arange(50) < 10})
    two = pd.DataFrame({"x": np.arange(50) < 30})
    effect = contrast(one, two, ["x"]).of("x")
    measured = type("Measured", (), {"fact": fact})()
    for e in (effect, None):
        assert row(measured, Finding(fact.measures[0], e, 0.5)).count("|") == HEAD.count("|")
