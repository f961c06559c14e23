"""What history answered to the outcomes of a scenario, as ensembles are docked."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from vertikal.analysis.tables import Kind
from vertikal.engine.manifest import OutcomeSpec
from vertikal.scenario.model import Scenario
from vertikal.scenario.outcomes import Outcome, Recorded

HALF_YEAR = 0.5
"""Half-width of the window around a recorded date, beside half of what the date leaves open, where
what is played is long enough for that to tell something (`NEAR`)."""

NEAR = 0.05
"""Half-width of the window around a recorded number, as a share of the quantity's range, unless the
scenario states one: half of the tenth in which ordinal judgements are made. That around a date is
no larger a share of the time that is played."""

WIDEST = 10.0
"""Range up to which a quantity's bounds say how likely a number is by itself; beyond it they are
mere guards, and a window is a share of the recorded value."""


@dataclasses.dataclass(frozen=True)
class Records:
    """The recorded history of a scenario; see `vertikal.analysis.docking`.

    Attributes:
        values: What happened, by outcome; the mode of a time as `NAME.is`.
        uses: What each record may be used for.
        windows: Half-widths of windows around recorded times (years) and numbers.
        possible: Labels or the range that an outcome can take.
        kinds: What the values of each outcome are.
    """

    values: Mapping[str, Any]
    uses: Mapping[str, str]
    windows: Mapping[str, float]
    possible: Mapping[str, Any]
    kinds: Mapping[str, Kind]


def records(scenario: Scenario, outcomes: Sequence[OutcomeSpec]) -> Records:
    """What history answered to a scenario.

    Args:
        scenario: The scenario.
        outcomes: What its outcomes are.
    """
    values: dict[str, Any] = {}
    windows: dict[str, float] = {}
    possible: dict[str, Any] = {}
    for name, answer in scenario.history.items():
        spec = next(s for s in outcomes if s.name == name)
        if spec.kind == "time":
            values[name], windows[name] = recorded_time(answer, scenario)
            if answer.value is not None and spec.labels:
                values[f"{name}.is"] = answer.value
        else:
            values[name] = answer.value
        if spec.kind == "number":
            windows[name], ends = _window_of(scenario, name)
            possible |= {name: ends} if ends else {}
    possible |= {s.name: s.labels for s in outcomes if s.kind == "label"}
    possible |= {f"{s.name}.is": s.labels for s in outcomes if s.kind == "time" and s.labels}
    uses = {name: outcome.use for name, outcome in scenario.outcomes.items()}
    uses |= {f"{name}.is": use for name, use in uses.items()}
    return Records(values, uses, windows, possible, {s.name: s.kind for s in outcomes})


def recorded_time(answer: Recorded, scenario: Scenario) -> tuple[float | None, float]:
    """Years from the start to the middle of a recorded date, and the window around it.

    Nothing in place of the years if it never came. What lies outside the clock of a date that is
    known by the year, say, does not count.
    """
    whole = scenario.clock.length
    near = min(HALF_YEAR, NEAR * whole)
    if answer.first is None or answer.last is None:
        return None, near
    ends = (scenario.clock.years(answer.first), scenario.clock.years(answer.last))
    first, last = (min(max(end, 0.0), whole) for end in ends)
    return (first + last) / 2, near + (last - first) / 2


def _window_of(scenario: Scenario, outcome: str) -> tuple[float, tuple[float, float] | None]:
    """How near a history must come to a recorded number, and the range of what is possible."""
    asked, answer = scenario.outcomes[outcome], scenario.history[outcome]
    if ends := range_of(asked):
        return answer.within or NEAR * (ends[1] - ends[0]), ends
    if asked.address is None:
        assert answer.within is not None  # of a span, a difference or a ratio the range is unknown
        return answer.within, None
    return answer.within or 2 * NEAR * max(abs(float(answer.value or 0.0)), 1.0), None


def range_of(outcome: Outcome) -> tuple[float, float] | tuple[()]:
    """Between which values the answers to a question for a number lie; empty if that is unknown,
    or so wide that it is a mere guard (`WIDEST`)."""
    from vertikal.regime.observe import OBSERVABLES  # imports JAX

    if outcome.kind == "share":
        return (0.0, 1.0)
    if outcome.address is None:
        return ()
    low, high = OBSERVABLES[outcome.address.name].range
    return (low, high) if high - low <= WIDEST else ()
