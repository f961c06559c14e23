"""Stylised facts of the source documents, each as a contrast of two variants that share all chance.

A fact is measured, not required. What is compared, what the documents lead one to expect and how
each expectation would be told from chance is declared here before anything is played; whether it
comes out is a finding about the model, and is reported either way.

The numbers of the facts are those of the list of stylised facts in the design of the system
(KZE is the essay on clans and siloviki, by paragraph).
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from vertikal import laboratory
from vertikal.analysis import contrast
from vertikal.analysis.contrasts import Contrast, Effect
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
    expected: Literal[-1, 1]
    """The sign of after less before if the fact holds."""
    given: str | None = None
    """Only pairs of histories in which this truth value, or event, holds in both arms."""


@dataclasses.dataclass(frozen=True)
class Fact:
    """A stylised fact and the contrast that would show it."""

    number: int
    claim: str
    source: str
    scenario: str
    arms: tuple[str | None, str | None]
    """Variants before and after."""
    words: str
    """The contrast, for a table."""
    outcomes: Mapping[str, Any]
    """Questions that the scenario does not ask itself, `treatment` among them."""
    measures: tuple[Measure, ...]

    @property
    def treatment(self) -> str:
        """Name of the outcome of the treatment where the questions of several facts are asked."""
        return "-".join([TREATMENT, *(arm or "base" for arm in self.arms)])

    @property
    def asked(self) -> dict[str, Any]:
        """Questions by the name under which they are asked of the scenario."""
        named = {self.treatment if k == TREATMENT else k: v for k, v in self.outcomes.items()}
        return {k: {"ask": k, **v} for k, v in named.items()}


_SURVIVAL = {
    "dock-ended": {"happens": "clans.fate[malenkov] != in_play", "until": "1948-12"},
    "dock-how": {"value": "clans.fate[malenkov]", "at": "1948-12-31"},
    "dock-attacked": {"happens": "moves.target_clan == malenkov", "until": "1948-12"},
    "dock-posts": {"happens": "elite.severity[malenkov] >= 0.25", "until": "1950-12"},
    "dock-jailed": {"happens": "elite.severity[malenkov] >= 0.75", "until": "1950-12"},
    "dock-killed": {"happens": "elite.severity[malenkov] >= 1", "until": "1950-12"},
    "dock-severity": {"highest": "elite.severity[malenkov]", "until": "1950-12"},
}
_COVER = {TREATMENT: {"value": "clans.cover[malenkov]", "at": "1946-02-15"}}
_NEEDED = {TREATMENT: {"value": "elite.indispensability[malenkov]", "at": "1946-02-15"}}

_BETRAYAL = {
    TREATMENT: {"happens": "moves.betrayer == malenkov", "from": "1953-06", "until": "1953-07"},
    "dock-share-year": {"mean": "clans.share[malenkov]", "from": "1953-07", "until": "1954-06"},
    "dock-share-later": {"mean": "clans.share[malenkov]", "from": "1955-01", "until": "1956-12"},
    "dock-power-year": {"mean": "elite.power[malenkov]", "from": "1953-07", "until": "1954-06"},
    "dock-fall": {"first": "elite.severity[malenkov] >= 0.25", "from": "1953-07"},
    "dock-banished": {
        "happens": "elite.severity[malenkov] >= 0.5", "from": "1953-07", "until": "1956-06",
    },
    "dock-clan-ended": {
        "happens": "clans.fate[malenkov] != in_play", "from": "1953-07", "until": "1956-06",
    },
}  # fmt: skip
_GAIN = (
    Measure("mean share of the clan in the first year", "dock-share-year", "mean", 1),
    Measure("mean power of its head in the first year", "dock-power-year", "mean", 1),
)
_FALL = (
    Measure("its head banished or worse within three years", "dock-banished", "yes", 1),
    Measure("mean years until its head is struck, by 1957", "dock-fall", "years", -1),
    Measure("clan at its end within three years", "dock-clan-ended", "yes", 1),
    Measure("mean share of the clan in 1955-56", "dock-share-later", "mean", -1),
)
_LIVES = (
    Measure("its head jailed or killed by 1950", "dock-jailed", "yes", 1),
    *(
        Measure(f"{words}, where struck in both", outcome, value, 1, given="dock-posts")
        for words, outcome, value in (
            ("its head jailed or killed by 1950", "dock-jailed", "yes"),
            ("its head killed by 1950", "dock-killed", "yes"),
            ("severest sanction of its head by 1950", "dock-severity", "mean"),
        )
    ),
)
_FOUNDED = {
    "dock-founded": {"happens": "leadership.body != none"},
    "dock-failed": {"happens": "leadership.body == failed"},
}
_FAILS = (
    Measure("the committee fails", "dock-failed", "yes", -1),
    Measure(
        "the committee fails, where founded in both", "dock-failed", "yes", -1, given="dock-founded"
    ),
)

FACTS = (
    Fact(
        1,
        "The same professional clan, attacked, survives with cover by siloviki and is eliminated "
        "without it.",
        "KZE ¶36-38",
        "clan-war",
        (None, "B"),
        "1946: cover from Beria against none",
        _SURVIVAL | _COVER,
        (
            Measure("clan at its end by 1948", "dock-ended", "yes", 1),
            Measure(
                "clan at its end by 1948, where attacked in both",
                "dock-ended",
                "yes",
                1,
                given="dock-attacked",
            ),
            Measure("clan purged by a victor by 1948", "dock-how", "purged", 1),
            Measure("clan fallen apart by 1948", "dock-how", "dissolved", 1),
            Measure("severest sanction of its head by 1950", "dock-severity", "mean", 1),
            Measure("its head jailed or killed by 1950", "dock-jailed", "yes", 1),
        ),
    ),
    Fact(
        2,
        "Whoever helps to remove the own protector gains at once and falls about two years later.",
        "KZE ¶36",
        "after-stalin",
        ("E", "A"),
        "1953: Malenkov keeps out against joins in removing Beria",
        _BETRAYAL,
        _GAIN + _FALL,
    ),
    Fact(
        2,
        "The fall after the betrayal is for want of cover.",
        "KZE ¶36-37",
        "after-stalin",
        ("F", "A"),
        "1953: he joins with cover from the army against without",
        _BETRAYAL | {TREATMENT: {"value": "clans.cover[malenkov]", "at": "1953-07-15"}},
        _FALL,
    ),
    Fact(
        3,
        "A fait accompli succeeds if the leader accepts it and fails if the leader refuses.",
        "KZE ¶18",
        "state-defence-committee",
        ("I", None),
        "June 1941: refuses against is likely to accept",
        _FOUNDED
        | {
            TREATMENT: {"value": "leadership.acceptance", "at": "1941-06-23"},
            "dock-beria": {"happens": "elite.status[beria] != active"},
        },
        (
            *_FAILS,
            Measure(
                "Beria struck, where founded in both",
                "dock-beria",
                "yes",
                -1,
                given="dock-founded",
            ),
        ),
    ),
    Fact(
        3,
        "A fait accompli succeeds if the leader accepts it and fails if the leader refuses.",
        "KZE ¶18",
        "gkchp",
        ("A", "B"),
        "August 1991: refuses against accepts",
        _FOUNDED
        | {
            TREATMENT: {"value": "leadership.acceptance", "at": "1991-08-17 12:00"},
            "dock-struck": {"happens": "elite.status[security_chief] != active"},
        },
        (
            *_FAILS,
            Measure(
                "head of state security struck, where founded in both",
                "dock-struck",
                "yes",
                -1,
                given="dock-founded",
            ),
        ),
    ),
    Fact(
        4,
        "An attack on an indispensable clan costs posts, not lives; on a dispensable one, lives.",
        "KZE ¶32",
        "clan-war",
        (None, "C"),
        "1946: indispensable projects against dispensable, with cover",
        _SURVIVAL | _NEEDED,
        _LIVES,
    ),
    Fact(
        4,
        "An attack on an indispensable clan costs posts, not lives; on a dispensable one, lives.",
        "KZE ¶32",
        "clan-war",
        ("B", "D"),
        "1946: indispensable projects against dispensable, without cover",
        _SURVIVAL | _NEEDED,
        _LIVES,
    ),
    Fact(
        11,
        "More visibly sham elections raise the wish to be recognised as a democracy.",
        "TOR §2 ¶2",
        "post-soviet-transition",
        (None, "stolen-election"),
        "1996: an election with the owners' help against one that is plainly stolen",
        {
            TREATMENT: {"highest": "institutions.sham", "from": "1996-07", "until": "1997-06"},
            "dock-wish": {
                "mean": "institutions.recognition_wish",
                "from": "1996-07",
                "until": "1999-12",
            },
            "dock-restraint": {
                "mean": "institutions.restraint",
                "from": "1996-07",
                "until": "1999-12",
            },
            "dock-legitimacy": {
                "mean": "institutions.legitimacy",
                "from": "1996-07",
                "until": "1999-12",
            },
        },
        (
            Measure("mean wish for recognition until 1999", "dock-wish", "mean", 1),
            Measure("mean restraint until 1999", "dock-restraint", "mean", 1),
            Measure("mean legitimacy at home until 1999", "dock-legitimacy", "mean", -1),
        ),
    ),
    Fact(
        11,
        "More visibly sham elections raise the wish to be recognised as a democracy.",
        "TOR §2 ¶2",
        "post-soviet-transition",
        (None, "free-television"),
        "2001: television silenced against left as free as it was",
        {
            TREATMENT: {"mean": "institutions.sham", "from": "2002-01", "until": "2003-12"},
            "dock-wish-later": {
                "mean": "institutions.recognition_wish",
                "from": "2002-01",
                "until": "2003-12",
            },
        },
        (Measure("mean wish for recognition in 2002-03", "dock-wish-later", "mean", 1),),
    ),
)


@dataclasses.dataclass(frozen=True)
class Finding:
    """What a contrast says about one measure."""

    measure: Measure
    effect: Effect | None
    """`None` if no pair of histories answers to the condition."""
    chance: float
    """Two-sided probability, under no effect, of so uneven a split of the pairs that changed."""

    @property
    def verdict(self) -> str:
        """What the interval says about the expectation, in words."""
        e = self.effect
        if e is None:
            return "cannot be told: no such pairs"
        if e.low <= 0 <= e.high:
            return "not shown"
        return "yes" if np.sign(e.difference) == self.measure.expected else "no: the opposite"


@dataclasses.dataclass(frozen=True)
class Measured:
    """A fact, measured."""

    fact: Fact
    before: Ensemble
    after: Ensemble
    treatment: Effect
    findings: tuple[Finding, ...]


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


def _contrast(outcome: str, one: pd.DataFrame, two: pd.DataFrame, played: Ensemble) -> Contrast:
    kinds, horizon = (f(played.manifest) for f in (laboratory.kinds_of, laboratory.horizon_of))
    return contrast(one, two, [outcome], kinds=kinds, horizon=horizon)


def _holds(answers: pd.Series) -> pd.Series:
    return answers.astype(bool) if answers.dtype != np.float64 else answers.notna()
