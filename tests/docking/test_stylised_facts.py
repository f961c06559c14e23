"""Stylised facts are measured and reported; a test here fails only if a measurement is not valid.

Whether the model reproduces a fact is a finding, not a property of the program: nothing below asks
for a sign. What is asked is that the two arms share all chance, differ in the treatment, and are
compared history by history with an honest interval. Those of a few scenarios are played here; all
of them are when the facts are measured for the documentation, and what is kept is tested there.
"""

import dataclasses
from functools import lru_cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests.docking.facts import (
    TREATMENT,
    Within,
    _held,
    by_scenario,
    compare_within,
    digest,
    loaded,
    measure,
    play,
    verdict,
)
from tests.docking.facts_sovereignty import GRADIENT
from tests.docking.measure import ALL, HISTORIES
from vertikal import load
from vertikal.engine.histories import Histories

RUNS, SEED = 256, 1953
TOGETHER = by_scenario(ALL)
HERE = ("clan-war", "after-stalin", "state-defence-committee", "technological-sovereignty")
PAIRED = [fact for facts in TOGETHER.values() for fact in facts if len(fact.arms) > 1]
"""Every contrast, those of one scenario after each other."""


@lru_cache(maxsize=1)
def played(scenario):
    """The arms of all facts of a scenario; each arm is played once, and one scenario is kept."""
    return play(loaded(TOGETHER[scenario]), RUNS, SEED)


PLAYED = [fact for fact in PAIRED if fact.scenario in HERE]


@pytest.fixture(scope="module", params=PLAYED, ids=[fact.name for fact in PLAYED])
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
    effect = measured.treatment
    assert effect.pairs == RUNS
    assert effect.difference != 0
    moved = max(effect.up, effect.down)
    assert moved > 0.5 * RUNS, "the treatment is given in most histories"


@pytest.mark.parametrize("fact", PAIRED, ids=lambda fact: fact.name)
def test_a_patch_changes_few_numbers_and_no_others_are_drawn_anew(fact):
    """Of all facts, those that are not played here too: to draw parameters needs no playing."""
    arms = loaded([fact])
    one, two = (
        pd.DataFrame(Histories(arms[arm], SEED).draws(np.arange(RUNS))) for arm in fact.arms
    )
    shared = one.columns.intersection(two.columns)
    assert len(shared) > 50
    same = (one[shared] == two[shared]).all()
    assert same.mean() > 0.95
    moved = set(one.columns) ^ set(two.columns) | set(same.index[~same])
    changed = {address.split(".")[0] for address in moved}
    assert changed <= patched_sections(fact)


@pytest.mark.slow
def test_every_measure_is_an_honest_comparison(measured, record_property):
    for finding in measured.findings:
        effect = finding.effect
        record_property(finding.measure.words, str(effect))
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


@pytest.mark.slow
def test_comparisons_within_histories_are_honest(record_property):
    for held in compare_within(GRADIENT, played(GRADIENT.scenario)):
        record_property(held.within.words, f"{held.difference:+.3f}, {held.share:.0%}")
        assert np.isfinite([held.difference, held.low, held.high]).all()
        assert held.low <= held.difference <= held.high
        assert 0 <= held.share <= 1


def test_all_fourteen_are_declared_before_they_are_measured():
    assert {f.number for f in ALL} == set(range(1, 15))
    assert len({f.name for f in ALL}) == len(ALL)
    assert HISTORIES.keys() == TOGETHER.keys()
    for fact in ALL:
        assert fact.measures
        assert fact.source
    for fact in PAIRED:
        assert TREATMENT in fact.outcomes
        before, after = loaded([fact]).values()
        assert before.digest != after.digest
        assert before.outcomes == after.outcomes
        for m in fact.measures:
            assert m.outcome in fact.outcomes
            assert m.given is None or m.given in fact.outcomes
    for within in GRADIENT.measures:
        assert within.larger in GRADIENT.outcomes
        assert within.smaller in GRADIENT.outcomes or isinstance(within.smaller, float)


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
    ("low", "high", "expected", "told"),
    [
        (0.1, 0.3, 1, "yes"),
        (-0.3, -0.1, 1, "the opposite"),
        (-0.3, -0.1, -1, "yes"),
        (0.1, 0.3, -1, "the opposite"),
        (-0.1, 0.3, 1, "not shown"),
        (0.0, 0.0, -1, "not shown"),
        (-0.1, 0.3, 0, "no change shown"),
        (0.1, 0.3, 0, "no: it rises"),
        (-0.3, -0.1, 0, "no: it falls"),
    ],
)
def test_a_verdict_follows_the_interval_whatever_is_expected(low, high, expected, told):
    assert verdict(low, high, expected) == told


def test_where_no_pair_answers_to_a_condition_there_is_no_effect():
    fact = next(fact for fact in PAIRED if fact.scenario == "gkchp")
    given = [m for m in fact.measures if m.given]
    answers = pd.DataFrame({"run": range(50), "draw": range(50), "dock-founded": False}).assign(
        **dict.fromkeys(("dock-failed", "dock-struck", fact.treatment), False)
    )
    manifest = SimpleNamespace(outcomes=(), ends=np.ones(1))
    arm = SimpleNamespace(outcomes=answers, manifest=manifest)
    found = measure(fact, dict.fromkeys(fact.arms, arm)).findings
    assert [f.effect is None for f in found] == [m in given for m in fact.measures]


def test_a_digest_is_of_what_is_played_and_asked():
    def told(patch):
        scenario = load("gkchp", patches=[{"outcomes": {"a": {"ask": "A?", **ASKED}}}, patch])
        return digest(scenario, ["a"])

    usual = told({})
    assert told({"title": "Another title"}) == usual
    assert told({"outcomes": {"new": {"ask": "New?", **ASKED}, "a": {"ask": "B?"}}}) == usual
    assert told({"outcomes": {"a": {"value": "leadership.shock"}}}) != usual
    assert told({"mechanisms": {"off": ["emergency"]}}) != usual


ASKED = {"value": "leadership.control"}


def test_a_difference_within_histories_is_that_of_the_means():
    noise = np.random.default_rng(5).normal(0, 0.05, 400)
    answers = pd.DataFrame(
        {"a": 0.6 + noise - noise.mean(), "b": 0.5, "draw": np.repeat(np.arange(50), 8)}
    )
    held = _held(Within("a above b", "a", "b"), answers)
    assert held.difference == pytest.approx(0.1, abs=1e-9)
    assert held.low < 0.1 < held.high
    assert held.share == (answers["a"] > 0.5).mean()
    assert _held(Within("a above a half", "a", 0.5), answers).low == held.low


def test_histories_of_one_draw_count_as_one_observation():
    noise = np.random.default_rng(6).normal(0, 0.05, 40)
    once = pd.DataFrame({"a": 0.5 + noise, "b": 0.5, "draw": range(40)})
    often = pd.concat([once] * 10, ignore_index=True)
    within = Within("a above b", "a", "b")
    one, ten = _held(within, once), _held(within, often)
    assert ten.high - ten.low == pytest.approx(one.high - one.low)
