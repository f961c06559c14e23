"""Stylised facts of the source documents, each as a contrast of two variants that share all chance.

A fact is measured, not required. What is compared, what the documents lead one to expect and how
each expectation would be told from chance is declared here before anything is played; whether it
comes out is a finding about the model, and is reported either way. A fact may instead compare
numbers of one and the same history, and then has one arm.

The numbers of the facts are those of the list of stylised facts in the design of the system.
"""

import dataclasses
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from vertikal import laboratory
from vertikal.analysis import contrast
from vertikal.analysis.contrasts import Contrast, Effect
from vertikal.analysis.nested import Draws, mean_interval
from vertikal.claims.design import ask, bare
from vertikal.engine.ensemble import Ensemble
from vertikal.engine.histories import Histories, forget
from vertikal.engine.simulate import simulate as work
from vertikal.scenario import world
from vertikal.scenario.model import Scenario

TREATMENT = "treatment"
"""Name of the outcome that shows that the variants do differ in what they are meant to."""


@dataclasses.dataclass(frozen=True)
class Measure:
    """One number in which a fact would show itself."""

    words: str
    outcome: str
    value: str
    """`yes`, a label, `mean`, `ever` or `years`, as in a contrast."""
    expected: Literal[-1, 0, 1]
    """The sign of after less before if the fact holds; 0 if by the documents nothing changes."""
    given: str | None = None
    """Only pairs of histories in which this truth value, or event, holds in both arms."""


@dataclasses.dataclass(frozen=True)
class Within:
    """A comparison of two numbers of the same history; the first is expected to be larger."""

    words: str
    larger: str
    """An outcome."""
    smaller: str | float
    """An outcome, or a number."""


@dataclasses.dataclass(frozen=True)
class Fact:
    """A stylised fact and the contrast, or the comparisons within a history, that would show it."""

    number: int
    claim: str
    source: str
    scenario: str
    arms: tuple[str | None, ...]
    """Variants before and after, or the one that is played."""
    words: str
    """The contrast, for a table."""
    outcomes: Mapping[str, Any]
    """Questions that the scenario does not ask itself; `treatment` among them if arms differ."""
    measures: tuple[Measure, ...] | tuple[Within, ...]

    @property
    def name(self) -> str:
        """What tells it from all others."""
        return "-".join([str(self.number), self.scenario, *(arm or "base" for arm in self.arms)])

    @property
    def treatment(self) -> str:
        """Name of the outcome of the treatment where the questions of several facts are asked."""
        return "-".join([TREATMENT, *(arm or "base" for arm in self.arms)])

    @property
    def asked(self) -> dict[str, Any]:
        """Questions by the name under which they are asked of the scenario."""
        named = {self.treatment if k == TREATMENT else k: v for k, v in self.outcomes.items()}
        return {k: {"ask": k, **v} for k, v in named.items()}


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a contrast says about one measure."""

    measure: Measure
    effect: Effect | None
    """`None` if no pair of histories answers to the condition."""
    chance: float
    """Two-sided probability, under no effect, of so uneven a split of the pairs that changed."""


@dataclasses.dataclass(frozen=True)
class Held:
    """What the histories say about a comparison within them."""

    within: Within
    difference: float
    low: float
    high: float
    share: float
    """Share of histories in which the first number is the larger."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """A fact, measured by a contrast."""

    fact: Fact
    before: Ensemble
    after: Ensemble
    treatment: Effect
    findings: tuple[Finding, ...]


def verdict(low: float, high: float, expected: int) -> str:
    """What an interval says about an expectation, in words.

    Args:
        low: Lower end of the interval of an effect.
        high: Its upper end.
        expected: The sign that the documents lead one to expect; 0 for no change.
    """
    if low <= 0 <= high:
        return "not shown" if expected else "no change shown"
    sign = 1 if low > 0 else -1
    if not expected:
        return f"no: it {'rises' if sign > 0 else 'falls'}"
    return "yes" if sign == expected else "the opposite"


def loaded(facts: Sequence[Fact]) -> dict[str | None, Scenario]:
    """Every arm of facts of one scenario by its variant, asked the questions of all of them.

    Raises:
        ValueError: If the facts are of several scenarios, or ask different things by one name.
    """
    if len({f.scenario for f in facts}) != 1:
        raise ValueError("only facts of one scenario are played together")
    asked: dict[str, Any] = {}
    for fact in facts:
        if any(asked.get(name, question) != question for name, question in fact.asked.items()):
            raise ValueError(f"fact {fact.number} asks something else by a name that is taken")
        asked |= fact.asked
    return {
        arm: laboratory.load(facts[0].scenario, variant=arm, patches=[{"outcomes": asked}])
        for arm in dict.fromkeys(arm for fact in facts for arm in fact.arms)
    }


def digest(scenario: Scenario, questions: Iterable[str]) -> str:
    """A digest of all that is played of a scenario and of what some of its questions ask."""
    content = bare(scenario).digest, *(ask(name, scenario.outcomes, {}) for name in questions)
    return hashlib.sha256("\0".join(content).encode()).hexdigest()[:12]


def play(arms: Mapping[str | None, Scenario], runs: int, seed: int) -> dict[str | None, Ensemble]:
    """Play arms of one scenario with the same chance, and by the same program where they can be."""
    scripted = world.scripted(tuple(arms.values()))
    histories = {arm: Histories(one, seed, scripted=scripted) for arm, one in arms.items()}
    played = {arm: work(each, laboratory.describe(each, runs)) for arm, each in histories.items()}
    for plan in {each.plan for each in histories.values()}:
        forget(plan)  # the programs of all scenarios together take too much memory
    return played


def measure(fact: Fact, played: Mapping[str | None, Ensemble]) -> Measured:
    """Compare the arms of a fact history by history, where they have been played."""
    before, after = (played[arm] for arm in fact.arms)
    treatment = _contrast(fact.treatment, before.outcomes, after.outcomes, before)
    findings = tuple(_found(m, before, after) for m in fact.measures)
    return Measured(fact, before, after, treatment.of(fact.treatment), findings)


def compare_within(fact: Fact, played: Mapping[str | None, Ensemble]) -> tuple[Held, ...]:
    """Compare numbers within each history of the one arm of a fact, where it has been played."""
    (arm,) = fact.arms
    return tuple(_held(within, played[arm].outcomes) for within in fact.measures)


def by_scenario(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Facts that are played together."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.scenario, []).append(fact)
    return found


def _found(m: Measure, before: Ensemble, after: Ensemble) -> Finding:
    one, two = before.outcomes, after.outcomes
    if m.given is not None:
        both = _holds(one[m.given]) & _holds(two[m.given])
        one, two = one[both], two[both]
    if len(one) < 2:
        return Finding(m, None, float("nan"))
    effect = _contrast(m.outcome, one, two, before).of(m.outcome, m.value)
    changed = effect.up + effect.down
    chance = stats.binomtest(effect.up, changed).pvalue if changed else 1.0
    return Finding(m, effect, float(chance))


def _held(within: Within, answers: pd.DataFrame) -> Held:
    """Compare within histories; those of one draw of parameters count as one observation."""
    other = answers[within.smaller] if isinstance(within.smaller, str) else within.smaller
    gap = (answers[within.larger] - other).to_numpy()
    low, high = mean_interval(gap, Draws.of(answers["draw"].to_numpy()))
    return Held(within, float(gap.mean()), float(low), float(high), float((gap > 0).mean()))


def _contrast(outcome: str, one: pd.DataFrame, two: pd.DataFrame, played: Ensemble) -> Contrast:
    kinds, horizon = (f(played.manifest) for f in (laboratory.kinds_of, laboratory.horizon_of))
    return contrast(one, two, [outcome], kinds=kinds, horizon=horizon)


def _holds(answers: pd.Series) -> pd.Series:
    return answers.astype(bool) if answers.dtype != np.float64 else answers.notna()
