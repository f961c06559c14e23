"""How commands write the answers of histories: numbers in their unit, dates, names."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any


def number_in(spec: Any, step: float) -> Any:
    """How to write a number in its unit, given the years of a step of the clock."""
    from vertikal.report.words import scaled

    scale, unit = scaled(spec.unit, step)
    return lambda value: "–" if value != value else f"{value * scale:.3g} {unit}".rstrip()


def interval_in(spec: Any, step: float) -> Callable[[float, float], str]:
    """How to write an interval of numbers whose unit stands beside it; see `number_in`."""
    from vertikal.report.words import scaled

    scale, _ = scaled(spec.unit, step)
    return lambda low, high: "–" if low != low else f"{low * scale:.3g} to {high * scale:.3g}"


def date_in(time: Sequence[str], steps: Any) -> Callable[[float], str]:
    """How to write years since the start of a run as a date, to the precision of its clock.

    Args:
        time: First instant of each tick.
        steps: Years of each tick.
    """
    ends = steps.cumsum()

    def date(years: float) -> str:
        if years == float("inf"):
            return "never"
        tick = min(int(ends.searchsorted(years, side="right")), len(time) - 1)
        digits = 7 if steps[tick] >= 1 / 12 else 10 if steps[tick] > 1 / 400 else 16
        return time[tick][:digits].replace("T", " ")

    return date


def answer_of(histories: Any, outcome: str, value: Any) -> str:
    """How to write the answer of one history.

    Args:
        histories: To which it belongs.
        outcome: Column of the table of outcomes.
        value: What stands there.
    """
    clock = histories.scenario.clock
    spec = next(s for s in histories.outcome_specs if outcome in s.columns)
    if value is None or value != value:
        return "no answer" if spec.kind in ("number", "bool") else "never"
    if spec.kind == "number":
        return str(number_in(spec, clock.step_years)(value))
    if spec.kind == "time" and outcome == spec.name:
        return date_in(histories.time, clock.steps)(value)
    if spec.kind == "bool":
        return "yes" if value else "no"
    return str(value)


def date_of(date: Any, clock: Any, *, exact: bool) -> str:
    """A date to the precision of the clock; what a scenario dates itself, to the day at least.

    A step that is no unit of the calendar, such as a week, is told from its first day or month to
    its last, since what a scenario imposes in the midst of it comes first in it.
    """
    tick = clock.tick(date)
    step = clock.step_of(tick)
    if exact or step in ("day", "hour"):
        return f"{date:%Y-%m-%d %H:%M}"[: 16 if step == "hour" else 10]
    first, after = clock.span(tick)
    digits = 10 if step == "week" or first.day > 1 else 7
    if step == "year" and (first.month, first.day) == (1, 1):
        digits = 4
    one, two = (f"{day:%Y-%m-%d}"[:digits] for day in (first, after - timedelta(days=1)))
    return one if one == two else f"{one} to {two}"
