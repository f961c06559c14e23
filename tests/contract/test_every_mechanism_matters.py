"""No mechanism is decoration: switched off where it should act, it changes what is recorded."""

from functools import cache

import pandas as pd
import pytest

from vertikal.engine.histories import Histories
from vertikal.regime.schedule import MECHANISMS, THEORIES
from vertikal.scenario import load

RUNS = 128
SCENARIOS = (
    ("S11", {}), ("S7", {}), ("S3", {}), ("S12", {"uprising": {}}), ("S1a", {}),
    ("S9", {"succession_rule": {"heir": "second_secretary"}}),
    ("S4", {"clock": {"end": "2022-09-30"}}), ("S13", {"clock": {"end": "2026-12-31"}}),
    ("S1c", {"theory": {q: list(THEORIES[q]) for q in ("succession", "rule", "technocrat")}}),
    ("S4", {
        "theory": {"exit": list(THEORIES["exit"])}, "clock": {"end": "2022-09-30"},
        "war": {"fortunes": -0.9, "defeat": 0.9}, "leader": {"control": 0.1},
        "parameters": {"stay_or_go": {"prize": 30, "ruin": 1}},
    }),
)  # fmt: skip
"""Where mechanisms are tried, the quick ones first; the last two with all theories in play, and the
very last in a rout with a great prize, for those who act in no other case."""


def recorded(histories, off=()):
    """Outcomes and series of the first histories, with some mechanisms silent throughout."""
    ticks = range(1, histories.plan.ticks + 1)
    block = histories.run_block(0, RUNS, {tick: list(off) for tick in ticks} if off else None)
    return pd.concat([block.outcomes.to_pandas(), block.series.to_pandas()], axis=1)


@cache
def idle():
    """The mechanisms that changed nothing in any scenario, and those that were never tried."""
    left = dict.fromkeys(MECHANISMS, "never at work")
    for name, patch in SCENARIOS:
        histories = Histories(load(name, patches=[patch]), seed=7)
        tried = [m.name for m in histories.plan.mechanisms if m.name in left]
        base = recorded(histories) if tried else None
        for mechanism in tried:
            if recorded(histories, [mechanism]).equals(base):  # nan is equal to nan
                left[mechanism] = "changes nothing"
            else:
                del left[mechanism]
    return left


@pytest.mark.slow
def test_every_mechanism_changes_what_some_scenario_records():
    assert idle() == {}


def test_silence_is_not_a_change():
    """The comparison itself can fail: the same histories twice are equal."""
    histories = Histories(load("S11"), seed=7)
    assert recorded(histories).equals(recorded(histories))
