"""Every stylised fact, and the percentages of 2022: what is played, and what came out.

`python docs/_facts.py` has it played and keeps it for the documentation.
"""

import dataclasses
import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from tests.docking.facts import (
    Fact,
    by_scenario,
    compare_within,
    digest,
    loaded,
    measure,
    play,
)
from tests.docking.facts_abroad import ABROAD
from tests.docking.facts_clans import CLAN_FACTS
from tests.docking.facts_defection import DEFECTION_FACTS
from tests.docking.facts_institutions import SHAM_FACTS
from tests.docking.facts_long_run import LONG_RUN_FACTS
from tests.docking.facts_sovereignty import GRADIENT, NARRATIVE
from vertikal import laboratory
from vertikal.engine.manifest import code_digest
from vertikal.scenario.model import Scenario

ALL = (
    *CLAN_FACTS,
    *SHAM_FACTS,
    *DEFECTION_FACTS,
    GRADIENT,
    NARRATIVE,
    *ABROAD,
    *LONG_RUN_FACTS,
)
"""Every fact that is measured."""

SEED = 1953
HISTORIES = {
    "clan-war": 4096,
    "after-stalin": 4096,
    "state-defence-committee": 4096,
    "gkchp": 2048,
    "post-soviet-transition": 1024,
    "reform-and-stagnation": 1024,
    "technological-sovereignty": 512,
    "resource-state": 512,
    "union-state": 512,
    "elite-defection": 512,
    "after-the-war": 1024,
}
"""Histories of each arm of a fact, by scenario."""

PERCENTAGES = (
    "belief-food",
    "belief-electronics",
    "belief-cars",
    "no-fear-of-shortage",
    "replacement",
    "home-preference",
    "exits-no-effect",
    "exits-no-harm",
)
"""Outcomes of the scenario of `GRADIENT` for which pollsters published a number in 2022."""
POLLS = "percentages-of-2022"


def measured(scenario: str) -> dict[str, dict[str, Any]]:
    """Play the facts of a scenario, and place the percentages among what it foretells.

    Args:
        scenario: Name of one of `HISTORIES`.

    Returns:
        By name what was measured: what came out, with the digests of what was played.
    """
    facts = by_scenario(ALL)[scenario]
    arms = loaded(facts)
    played = play(arms, HISTORIES[scenario], SEED)
    made = {"code": code_digest(), "seed": SEED, "histories": HISTORIES[scenario]}
    found = {fact.name: _findings(fact, played) for fact in facts}
    if GRADIENT in facts:
        found[POLLS] = {"findings": _places(played[None], arms[None])}
    digests = _digests(facts, arms)
    return {name: {**digests[name], **made, **found[name]} for name in found}


def declared(facts: Collection[Fact] = ALL) -> dict[str, dict[str, Any]]:
    """What facts, and the percentages, would play and ask today.

    Args:
        facts: All of them, or some.

    Returns:
        By name the scenario, a digest of what is measured, and one of each arm.
    """
    groups = by_scenario(facts).values()
    return {k: v for group in groups for k, v in _digests(group, loaded(group)).items()}


def _digests(
    facts: Collection[Fact], arms: Mapping[str | None, Scenario]
) -> dict[str, dict[str, Any]]:
    found = {
        fact.name: {
            "scenario": fact.scenario,
            "asked": _short([dataclasses.asdict(m) | {"words": ""} for m in fact.measures]),
            "played": [digest(arms[arm], fact.asked) for arm in fact.arms],
        }
        for fact in facts
    }
    if GRADIENT in facts:
        base = arms[None]
        found[POLLS] = {
            "scenario": base.name,
            "asked": _short([(name, base.history[name].value) for name in PERCENTAGES]),
            "played": [digest(base, PERCENTAGES)],
        }
    return found


def _short(content: Any) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]


def _findings(fact: Fact, played: Mapping[str | None, Any]) -> dict[str, Any]:
    """What came out for each measure; none where no pair of histories answers to its condition.

    Of two arms also what the treatment moved, which tells whether it was given at all.
    """
    if len(fact.arms) == 1:
        names = ("difference", "low", "high", "share")
        return {"findings": [_numbers(held, names) for held in compare_within(fact, played)]}
    names = ("before", "after", "difference", "low", "high")
    told = measure(fact, played)
    found = [
        None
        if (e := finding.effect) is None
        else {**_numbers(e, names), **_pairs(e), "chance": _rounded(finding.chance)}
        for finding in told.findings
    ]
    given = {"difference": _rounded(told.treatment.difference), **_pairs(told.treatment)}
    return {"treatment": given, "findings": found}


def _pairs(effect: Any) -> dict[str, int]:
    return {"up": effect.up, "down": effect.down, "pairs": effect.pairs}


def _places(played: Any, scenario: Scenario) -> list[dict[str, Any]]:
    """Where the percentages lie among those foretold."""
    found = {p.outcome: p for p in laboratory.predictive(played, scenario).places}
    names = ("recorded", "median", "low", "high", "quantile")
    return [{"outcome": name, **_numbers(found[name], names)} for name in PERCENTAGES]


def _numbers(found: Any, names: Collection[str]) -> dict[str, float]:
    return {name: _rounded(getattr(found, name)) for name in names}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
