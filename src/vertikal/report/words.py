"""Numbers, dates and probabilities as a reader wants them."""

import math
from datetime import UTC, datetime

import numpy as np

from vertikal.scenario.dates import YEARS_PER_STEP
from vertikal.scenario.schema import Clock

_LIKELY = (
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (1.01, "almost certain"),
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUS = "−"
_DASH = "–"


def percent(share: float) -> str:
    """A share in per cent, with a decimal only near 0 and 100; never rounded to either."""
    if math.isnan(share):
        return _DASH
    value = 100 * share + 0.0  # not a negative nil
    if value < 0:
        return _MINUS + percent(-share)
    if value in (0, 100) or 1 <= value <= 99:
        return f"{value:.0f}%"
    if value > 100 or 0.1 <= value <= 99.9:
        return f"{value:.1f}%"
    return "<0.1%" if value < 0.1 else ">99.9%"


def percent_range(low: float, high: float) -> str:
    """Two shares as a range, for instance `34–40%`; negative ends are set apart by `to`."""
    if math.isnan(low) or math.isnan(high):
        return _DASH
    one, two = percent(low), percent(high)
    if one == two:
        return one
    if low < 0:
        return f"{one} to {two}"
    return f"{one.removesuffix('%')}{_DASH}{two}"


def points(difference: float) -> str:
    """A difference of shares in percentage points, signed."""
    value = 100 * difference
    if math.isnan(value):
        return _DASH
    digits = 0 if abs(value) >= 10 else 1
    text = f"{abs(value):.{digits}f}"
    if float(text) == 0:
        return "0"
    return ("+" if value > 0 else _MINUS) + text


def likelihood(share: float) -> str:
    """The word of estimative probability for a share.

    The scale is that of Office of the Director of National Intelligence (2015), *Intelligence
    Community Directive 203: Analytic Standards*; its outer bands (1 to 5 and 95 to 99 per cent) are
    taken to the ends.
    """
    return next(word for limit, word in _LIKELY if share <= limit)


def number(value: float) -> str:
    """A number to three significant digits, with a true minus sign and thin thousands."""
    if math.isnan(value):
        return _DASH
    if math.isinf(value):
        return "∞" if value > 0 else _MINUS + "∞"
    if value != 0 and abs(value) < 0.001:
        text = f"{abs(value):.1e}"
    elif abs(value) >= 999.5:
        text = f"{abs(value):,.0f}".replace(",", " ")
    else:
        text = f"{abs(value):.3g}"
    return (_MINUS if value < 0 else "") + text


def plain(value: float) -> str:
    """A number as of `number`, but written out also where it is small, down to a millionth."""
    if not 1e-6 <= abs(value) < 0.001:
        return number(value)
    text = np.format_float_positional(abs(value), 3, unique=False, fractional=False, trim="-")
    return (_MINUS if value < 0 else "") + text


def measure(value: float) -> str:
    """A number to three significant digits, all of them written, for columns of like numbers."""
    if value == 0 or not math.isfinite(value) or not 0.001 <= abs(value) < 999.5:
        return number(value)
    return (_MINUS if value < 0 else "") + f"{abs(value):#.3g}".removesuffix(".")


def scaled(unit: str, step_years: float) -> tuple[float, str]:
    """By how much to multiply numbers in a unit, and in which unit the results are.

    Years are told in days where the steps of the clock are shorter than months.
    """
    if unit == "years" and step_years < YEARS_PER_STEP["month"]:
        return 1 / YEARS_PER_STEP["day"], "days"
    return 1.0, unit


def count(value: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{value:,}".replace(",", " ")


def score(value: float) -> str:
    """A log score to two decimals."""
    if math.isnan(value) or math.isinf(value):
        return number(value)
    return f"{value:.2f}".replace("-", _MINUS)


def read_date(text: str) -> datetime:
    """A moment from ISO text: year, year and month, date, or date and time."""
    parts = text.strip().replace(" ", "T").split("T")
    day = [int(part) for part in parts[0].split("-")]
    year, month, of_month = (*day, 1, 1)[:3]
    clock = [int(float(part)) for part in parts[1].rstrip("Z").split(":")] if parts[1:] else []
    hour, minute = (*clock, 0, 0)[:2]
    return datetime(year, month, of_month, hour, minute)


def moment(clock: Clock, years: float) -> str:
    """The tick in which an event came, in words.

    Args:
        clock: That of the scenario.
        years: Years since the start, to the middle of the tick or its end; infinite for never.
    """
    if not math.isfinite(years):
        return "never"
    tick = clock.tick_at(years)
    return date(clock.span(tick)[0], clock.step_of(tick))


def instant(clock: Clock, years: float) -> str:
    """A moment so many years after the start, in words; unlike `moment` taken as it is."""
    when = clock.at(years)
    return date(when, clock.step_of(clock.tick(when)))


def pace(clock: Clock) -> str:
    """By what steps a clock goes, for instance `day, week from 1 Jun 2022`."""
    later = (f"{spell.step} from {date(spell.start)}" for spell in clock.spells[1:])
    return ", ".join([clock.step, *later])


def date(when: str | datetime, step: str = "day") -> str:
    """A date as precise as the clock is, for instance `Jun 1953` on a monthly clock."""
    at = read_date(when) if isinstance(when, str) else when
    if step == "year":
        return f"{at.year}"
    if step == "quarter":
        return f"{at.year} Q{(at.month + 2) // 3}"
    month = _MONTHS[at.month - 1]
    if step == "month":
        return f"{month} {at.year}"
    day = f"{at.day} {month} {at.year}"
    return f"{day}, {at:%H:%M}" if step == "hour" else day


def span(first: str, last: str, clock: Clock) -> str:
    """A tick of the clock: as a date where it is a unit of the calendar, else from end to end.

    Quarters that begin in December, for instance, are told as `Dec 2002 – Feb 2003`.

    Args:
        first: First moment, ISO.
        last: Last moment, ISO; empty for what is dated by itself.
        clock: That of the scenario.
    """
    begin = read_date(first)
    step = clock.step_of(clock.tick(begin))
    every = {"month": 1, "quarter": 3, "year": 12}.get(step, 0)
    is_unit = every > 0 and begin.day == 1 and (begin.month - 1) % every == 0
    if not last or is_unit or step in ("hour", "day"):
        return date(begin, step)
    unit = "day" if step == "week" or begin.day > 1 else "month"
    return f"{date(begin, unit)} {_DASH} {date(last, unit)}"


def stamp(text: str) -> str:
    """When something was made, from ISO text with its time zone, for instance a manifest's."""
    return f"{date(datetime.fromisoformat(text).astimezone(UTC), 'hour')} UTC"
