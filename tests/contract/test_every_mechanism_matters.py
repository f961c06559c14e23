"""No mechanism is decoration: switched off where it should act, it changes what is recorded."""

import pytest

from tests.acting import changing
from vertikal.engine.histories import Histories, forget
from vertikal.regime.schedule import MECHANISMS, THEORIES
from vertikal.scenario import load

SCENARIOS = (
    ("S11", {}), ("S3", {}), ("S12", {"uprising": {}}),
    ("S1c", {"theory": {q: list(THEORIES[q]) for q in ("succession", "rule", "technocrat")}}),
    ("S9", {"succession_rule": {"heir": "second_secretary"}}),
    ("S13", {"clock": {"end": "2026-12-31"}}), ("S7", {}),
    ("S4", {
        "theory": {"exit": list(THEORIES["exit"])}, "clock": {"end": "2022-09-30"},
        "war": {"fortunes": -0.9, "defeat": 0.9}, "leader": {"control": 0.1},
        "parameters": {"stay_or_go": {"prize": 30, "ruin": 1}},
    }),
)  # fmt: skip
"""Where mechanisms are tried, none twice, the quick ones first; two with all theories in play, and
the very last in a rout with a great prize, for those who act in no other case."""


@pytest.mark.slow
def test_every_mechanism_changes_what_some_scenario_records():
    left = dict.fromkeys(MECHANISMS, "never at work")
    for name, patch in SCENARIOS:
        histories = Histories(load(name, patches=[patch]), seed=7, replicates=1)
        tried = [m.name for m in histories.plan.mechanisms if m.name in left]
        for mechanism in changing(histories, tried, "record"):
            del left[mechanism]
        left |= {m: f"changes nothing in {name}" for m in tried if m in left}
        forget(histories.plan)
    assert left == {}
