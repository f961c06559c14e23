"""Numbers as scenario files write them: plain, with a prior, with a unit.

A number in a scenario is a judgement unless it says otherwise. A plain number strictly between 0
and 1 therefore gets a triangular prior around it (`judgement.spread`); 0 and 1 mean none and all.
"""

import dataclasses
import functools
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, ValidationInfo

from vertikal.regime.priors import Prior, fixed, parse, triangular
from vertikal.scenario.dates import YEARS_PER_STEP
from vertikal.scenario.faults import Problem, quoted

_NUMBER_HOW = (
    'Write a number such as 0.6, a range such as "0.5 to 0.7", a prior such as "beta(2, 3)", '
    "or {value: 0.6, prior: ...}."
)
_TAIL = 0.005
_SPAN = "|".join(YEARS_PER_STEP)
_WITH_UNIT = re.compile(
    rf"^(?P<body>.*?[\d)%.])\s*(?:(?P<per>(?:per|a|an|/)\s*(?:{_SPAN}))|(?P<span>(?:{_SPAN})s?))$"
)


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A number and what is believed about it."""

    value: float
    """The central value."""
    prior: Prior
    """`fixed` where there is no doubt."""

    @property
    def certain(self) -> bool:
        """Whether there is no doubt about the number."""
        return self.prior.family == "fixed"

    def written(self) -> Any:
        """As a scenario file without spread writes it."""
        if self.certain:
            return self.value
        return {"value": self.value, "prior": write_prior(self.prior)}


def write_prior(prior: Prior) -> str:
    """A prior in the notation of scenario files, to the last digit."""
    if prior.family == "uniform":
        return f"{prior.arguments[0]!r} to {prior.arguments[1]!r}"
    return f"{prior.family}({', '.join(repr(a) for a in prior.arguments)})"


def exactly(value: float) -> Quantity:
    """A number without doubt."""
    return Quantity(float(value), fixed(value))


def read(raw: Any, low: float, high: float, *, spread: float = 0.0, unit: str = "") -> Quantity:
    """A number as written, with its prior.

    Args:
        raw: A number, text (range, prior, number with unit), or a mapping with `value` and `prior`.
        low: Smallest admissible value.
        high: Largest admissible value.
        spread: Half the width of the prior that a plain number between 0 and 1 gets.
        unit: `years` or `per year` where spans of time have a meaning; else text with a span is
            refused.

    Raises:
        Problem: If it is no number, or lies outside the bounds.
    """
    if isinstance(raw, Quantity):
        return raw
    if isinstance(raw, Mapping):
        return _pair(raw, low, high, unit)
    if isinstance(raw, str):
        value = _text(raw, unit)
        if isinstance(value, Prior):
            return _within(Quantity(_centre_and_ends(value)[0], value), raw, low, high)
        return _within(exactly(value), raw, low, high)
    number = _plain(raw)
    stated = _within(exactly(number), raw, low, high)
    if spread > 0 and low < number < high and number not in (0.0, 1.0) and abs(number) < 1:
        left, right = max(low, -1.0, number - spread), min(high, 1.0, number + spread)
        if low >= 0:
            left = max(0.0, left)
        return Quantity(number, triangular(_tidy(left), number, _tidy(right)))
    return stated


def _pair(raw: Mapping[str, Any], low: float, high: float, unit: str) -> Quantity:
    unknown = [key for key in raw if key not in ("value", "prior")]
    if unknown or "value" not in raw or "prior" not in raw:
        raise Problem("a number with a prior has the two entries `value` and `prior`.", _NUMBER_HOW)
    value = read(raw["value"], low, high, unit=unit)
    if not value.certain:
        raise Problem("`value` must be one number.", _NUMBER_HOW)
    prior = read(str(raw["prior"]), low, high, unit=unit).prior
    _, left, right = _centre_and_ends(prior)
    if not left <= value.value <= right:
        raise Problem(
            f"the value {value.value:g} lies outside its own prior {prior}.",
            "Change one of them so that the prior covers the value.",
        )
    return Quantity(value.value, prior)


def _plain(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise Problem(f"{quoted(raw)} is no number.", _NUMBER_HOW)
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Problem(f"{quoted(raw)} is no finite number.", _NUMBER_HOW)
    return number


def _tidy(number: float) -> float:
    return round(number, 12)


@functools.lru_cache(maxsize=1024)
def _centre_and_ends(prior: Prior) -> tuple[float, float, float]:
    """Mean of a prior, and its ends; where it has none, the points that cut off thin tails."""
    ends = [float(x) for x in prior.support()]
    for i, u in enumerate((_TAIL, 1 - _TAIL)):
        if not math.isfinite(ends[i]):
            ends[i] = float(prior.quantile(u))
    return prior.mean(), ends[0], ends[1]


def _within(quantity: Quantity, raw: Any, low: float, high: float) -> Quantity:
    _, left, right = _centre_and_ends(quantity.prior)  # thin tails are cut off when it is drawn
    if not (low <= left and right <= high):
        shown = raw.strip() if isinstance(raw, str) else quoted(raw)
        possible = bounds(low, high)
        raise Problem(
            f"{shown} is out of bounds ({possible}).", f"Give a value that is {possible}."
        )
    return quantity


def bounds(low: float, high: float) -> str:
    """Bounds in words."""
    if math.isinf(high):
        return f"{low:g} or more" if math.isfinite(low) else "any number"
    return f"{low:g} to {high:g}"


def _text(text: str, unit: str) -> float | Prior:
    """A number or a prior from text, in years or per year where the unit asks for it."""
    factor, body = 1.0, text.strip()
    match = _WITH_UNIT.match(body)
    if match:
        factor, body = _factor(text, match, unit), match["body"].strip()
    if body.endswith("%"):
        factor, body = factor / 100, body[:-1].strip()
        if unit == "years":
            raise Problem(f"{quoted(text)} is no span of time.", 'Write for instance "7 days".')
    try:
        number = float(body)
    except ValueError:
        pass
    else:
        return _plain(number) * factor
    try:
        prior = parse(body)
    except ValueError as why:
        what = f"{quoted(text)} is neither a number nor a prior."
        raise Problem(what if "is no prior" in str(why) else f"{why}.", _NUMBER_HOW) from None
    return scaled(prior, factor)


def _factor(text: str, match: re.Match[str], unit: str) -> float:
    if match["per"]:
        if unit != "per year":
            raise Problem(f"{quoted(text)} is a rate, but {_kind(unit)} is needed.", _example(unit))
        return 1 / YEARS_PER_STEP[re.sub(r"^(?:per|an|a|/)\s*", "", match["per"])]
    if unit != "years":
        raise Problem(
            f"{quoted(text)} is a span of time, but {_kind(unit)} is needed.", _example(unit)
        )
    return YEARS_PER_STEP[match["span"].rstrip("s")]


def _kind(unit: str) -> str:
    return {"years": "a span of time", "per year": "a rate"}.get(unit, "a pure number")


def _example(unit: str) -> str:
    return {
        "years": 'Write for instance "7 days", "3 months" or 0.5 (years).',
        "per year": 'Write for instance "0.5 per year", "5% per month" or 0.5 (per year).',
    }.get(unit, "Write a number without a unit.")


def scaled(prior: Prior, factor: float) -> Prior:
    """The prior of a quantity in another unit.

    Raises:
        Problem: If the family has no scale.
    """
    if factor == 1.0:
        return prior
    a = prior.arguments
    if prior.family == "beta":
        raise Problem(
            f"{prior} has no unit: a beta prior lives on 0 to 1.",
            "Use a range or a triangular prior.",
        )
    if prior.family == "lognormal":
        return Prior(prior.family, (a[0] * factor, a[1]))
    return Prior(prior.family, tuple(x * factor for x in a))


def quantity(low: float, high: float, *, spread: bool = True) -> Any:
    """The type of a field that holds a number within bounds.

    The spread for plain numbers comes from the validation context; see `schema`.
    """

    def validate(raw: Any, info: ValidationInfo) -> Quantity:
        wide = (info.context or {}).get("spread", 0.0) if spread else 0.0
        return read(raw, low, high, spread=wide)

    return Annotated[Quantity, PlainValidator(validate), PlainSerializer(lambda q: q.written())]
