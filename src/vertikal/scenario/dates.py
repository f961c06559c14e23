"""Dates as scenario files write them, and the clock of a scenario.

A date may be a day, a month, a year, or a day with an hour. Where a date opens something it means
the beginning of that span, where it closes something the end of it.
"""

import calendar
import math
import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import PlainSerializer, PlainValidator

from vertikal.scenario.faults import Problem, quoted

Step = Literal["hour", "day", "week", "month", "quarter", "year"]
YEARS_PER_STEP: dict[str, float] = {
    "hour": 1 / 8766,
    "day": 1 / 365.25,
    "week": 7 / 365.25,
    "month": 1 / 12,
    "quarter": 1 / 4,
    "year": 1.0,
}
"""Length of a step in years; that of `vertikal.regime.mechanism`, whose import is slow."""
_FIXED: dict[str, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DATE = re.compile(
    r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2})(?:(?:[ T]+)(\d{1,2})(?::(\d{2})(?::(\d{2}))?)?)?)?)?$"
)
LAST_YEAR = 9000
"""No later year, so that a step after any date is still one that Python can hold."""
_HOW = "Write a date as 1953-03-05, 1953-03, 1953, or 1991-08-19 06:00."


def moment(value: Any, end: bool = False) -> datetime:
    """The moment that a date names: its beginning, or its end.

    Args:
        value: `1953`, `1953-03`, `1953-03-05` or `1953-03-05 06:00`; text, a number or a date.
        end: Whether the date closes something, so that its last second is meant.

    Raises:
        Problem: If it is no date.
    """
    if isinstance(value, datetime):
        value = value.isoformat(" ")
    text = "" if isinstance(value, bool) else str(value).strip()
    match = _DATE.match(text)
    if not match:
        raise Problem(f"{quoted(value)} is no date.", _HOW)
    year, month, day, hour, minute, second = (int(g) if g else None for g in match.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0)
    except ValueError:
        raise Problem(f"{text} is no date{_why_not(year, month, day)}.", _HOW) from None
    if start.year > LAST_YEAR:
        raise Problem(f"{text} is too far off.", f"Give a year up to {LAST_YEAR}.")
    if not end or hour is not None:
        return start
    last_month = month or 12
    last_day = day or calendar.monthrange(start.year, last_month)[1]
    return datetime(start.year, last_month, last_day, 23, 59, 59)


def _why_not(year: int | None, month: int | None, day: int | None) -> str:
    if year and month and 1 <= month <= 12 and day:
        days = calendar.monthrange(year, month)[1]
        if not 1 <= day <= days:
            return f": {calendar.month_name[month]} {year} has {days} days"
    if month and not 1 <= month <= 12:
        return ": a year has 12 months"
    return ""


def written(when: datetime) -> str:
    """A moment that opens something, as a scenario file writes it."""
    if (when.hour, when.minute, when.second) == (0, 0, 0):
        return when.strftime("%Y-%m-%d").rjust(10, "0")
    return when.isoformat(" ")


def written_end(when: datetime) -> str:
    """A moment that closes something, as a scenario file writes it."""
    last = (when.hour, when.minute, when.second) == (23, 59, 59)
    return when.date().isoformat() if last else when.isoformat(" ")


Day = Annotated[datetime, PlainValidator(moment), PlainSerializer(written)]
"""A date that opens something."""
LastDay = Annotated[
    datetime, PlainValidator(lambda value: moment(value, end=True)), PlainSerializer(written_end)
]
"""A date that closes something."""


def months_later(when: datetime, months: int) -> datetime:
    """The same day some months later, or the last of that month if it has no such day."""
    years, month = divmod(when.month - 1 + months, 12)
    year = when.year + years
    day = min(when.day, calendar.monthrange(year, month + 1)[1])
    return when.replace(year=year, month=month + 1, day=day)


def steps_between(start: datetime, when: datetime, step: str) -> float:
    """Steps from one moment to another, with a fraction; negative if `when` is earlier."""
    if step in _FIXED:
        return (when - start) / _FIXED[step]
    whole = (when.year - start.year) * 12 + when.month - start.month
    if months_later(start, whole) > when:
        whole -= 1
    left, right = months_later(start, whole), months_later(start, whole + 1)
    return (whole + (when - left) / (right - left)) / _MONTHS[step]


def steps_later(start: datetime, steps: int, step: str) -> datetime:
    """The moment some whole steps after another."""
    if step in _FIXED:
        return start + steps * _FIXED[step]
    return months_later(start, steps * _MONTHS[step])


class Spell(NamedTuple):
    """Ticks of one length that follow one another."""

    start: datetime
    step: Step
    first: int
    """Number of the first of them."""
    years: float
    """From the start of the clock to that of the spell, on the scale of the ticks."""

    @property
    def step_years(self) -> float:
        """Length of a tick in years."""
        return YEARS_PER_STEP[self.step]

    def followed(self, start: datetime, step: Step) -> "Spell":
        """The spell that begins where this one ends.

        Raises:
            Problem: If it would begin within a tick of this one, or before it.
        """
        ticks = round(steps_between(self.start, start, self.step))
        if ticks < 1:
            raise Problem(
                f"the clock cannot go on by the {step} from {written(start)}, since it goes by the "
                f"{self.step} from {written(self.start)} only.",
                "Give a later date.",
            )
        if steps_later(self.start, ticks, self.step) != start:
            left = tick_of(self.start, start, self.step)
            ends = [written(steps_later(self.start, t, self.step)) for t in (left - 1, left)]
            raise Problem(
                f"{written(start)} lies within a {self.step} that begins on {ends[0]}.",
                f"Go on by the {step} from the end of a whole {self.step}: {ends[0]} or {ends[1]}.",
            )
        return Spell(start, step, self.first + ticks, self.years + ticks * self.step_years)


def tick_of(start: datetime, when: datetime, step: str) -> int:
    """Number of the tick whose span holds a moment; 1 is the first after the start."""
    return 1 + math.floor(steps_between(start, when, step) + 1e-9)
