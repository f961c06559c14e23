"""Stylised fact about the long run: cycles, and what stops them.

TOR is the paper on what Russia wants, by section and paragraph.
"""

from tests.docking.facts import TREATMENT, Fact, Measure

_CLAIM = (
    "Cycles emerge from backwardness, threat, mobilisation and privilege; with resource rents high "
    "enough the mobilisation fails to start."
)
_CYCLES = {
    "dock-revolutions": {"value": "long_run.revolutions"},
    "dock-first": {"happens": "long_run.revolutions >= 1"},
    "dock-second": {"happens": "long_run.revolutions >= 2"},
    "dock-late": {"happens": "long_run.revolution >= 1", "from": "2000"},
}
_FEWER = (
    Measure("service-class revolutions from 1450 to 2011", "dock-revolutions", "mean", -1),
    Measure("one at least", "dock-first", "yes", -1),
    Measure("two at least", "dock-second", "yes", -1),
)

LONG_RUN_FACTS = (
    Fact(
        12, _CLAIM, "TOR §2 ¶4", "reform-and-stagnation", (None, "B"),
        "1450-2011: dangers as they were against none",
        _CYCLES | {TREATMENT: {"highest": "long_run.danger"}},
        _FEWER,
    ),
    Fact(
        12, _CLAIM, "TOR §2 ¶4", "reform-and-stagnation", (None, "C"),
        "1450-2011: rent as it was against high rent throughout",
        _CYCLES | {TREATMENT: {"lowest": "long_run.rent"}},
        (*_FEWER, Measure("one under way in 2000-2011", "dock-late", "yes", -1)),
    ),
)  # fmt: skip
