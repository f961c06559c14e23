"""Priors: what is believed about a number before data are seen.

A prior draws by its quantile function from one uniform number, so that parameter draws are as
replayable as all others.
"""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True)
class Prior:
    """A named distribution and its arguments, for instance `triangular(0.1, 0.2, 0.4)`."""

    family: str
    arguments: tuple[float, ...]

    def quantile(self, u: Any) -> Any:
        """The number below which the prior puts probability `u`."""
        return _QUANTILES[self.family](np.asarray(u, dtype=np.float64), *self.arguments)

    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value."""
        return float(self.quantile(0.0)), float(self.quantile(1.0))

    def mean(self) -> float:
        """The prior mean."""
        return float(_MEANS[self.family](*self.arguments))

    def __str__(self) -> str:
        if self.family == "uniform":
            return f"{self.arguments[0]:g} to {self.arguments[1]:g}"
        return f"{self.family}({', '.join(f'{a:g}' for a in self.arguments)})"


def uniform(low: float, high: float) -> Prior:
    """Every value from low to high alike."""
    return Prior("uniform", (float(low), float(high)))


def triangular(low: float, mode: float, high: float) -> Prior:
    """Rising straight from low to mode and falling straight to high."""
    return Prior("triangular", (float(low), float(mode), float(high)))


def normal(mean: float, sd: float) -> Prior:
    """Normal."""
    return Prior("normal", (float(mean), float(sd)))


def lognormal(median: float, sigma: float) -> Prior:
    """Log-normal by its median and the standard deviation of the logarithm."""
    return Prior("lognormal", (float(median), float(sigma)))


def loguniform(low: float, high: float) -> Prior:
    """Every order of magnitude from low to high alike."""
    return Prior("loguniform", (float(low), float(high)))


def beta(a: float, b: float) -> Prior:
    """Beta with the usual two shapes, on 0 to 1."""
    return Prior("beta", (float(a), float(b)))


def categorical(*weights: float) -> Prior:
    """One of the whole numbers from 0, each with the probability of its weight."""
    total = float(sum(weights))
    return Prior("categorical", tuple(float(w) / total for w in weights))


def fixed(value: float) -> Prior:
    """No doubt at all."""
    return Prior("fixed", (float(value),))


def _triangular_quantile(u: Any, low: float, mode: float, high: float) -> Any:
    if low == high:
        return np.full_like(u, low)
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - u) * (high - low) * (high - mode))
    return np.where(u < turn, rising, falling)


def _category(u: Any, *weights: float) -> Any:
    ends = np.cumsum(weights)
    last = int(np.flatnonzero(weights)[-1])
    return np.minimum(np.searchsorted(ends, u, side="right"), last).astype(np.float64)


def _special() -> Any:
    """SciPy's functions, imported when a prior needs them: a seventh of what a start imports."""
    from scipy import special

    return special


_QUANTILES: dict[str, Callable[..., Any]] = {
    "uniform": lambda u, a, b: a + u * (b - a),
    "triangular": _triangular_quantile,
    "normal": lambda u, m, s: m + s * _special().ndtri(u),
    "lognormal": lambda u, m, s: m * np.exp(s * _special().ndtri(u)),
    "loguniform": lambda u, a, b: a * (b / a) ** u,
    "beta": lambda u, a, b: _special().betaincinv(a, b, u),
    "categorical": _category,
    "fixed": np.full_like,
}
_MEANS: dict[str, Callable[..., float]] = {
    "uniform": lambda a, b: (a + b) / 2,
    "triangular": lambda a, m, b: (a + m + b) / 3,
    "normal": lambda m, s: m,
    "lognormal": lambda m, s: m * math.exp(s * s / 2),
    "loguniform": lambda a, b: (b - a) / math.log(b / a),
    "beta": lambda a, b: a / (a + b),
    "categorical": lambda *weights: float(np.dot(np.arange(len(weights)), weights)),
    "fixed": lambda value: value,
}
_RULES: dict[str, tuple[int, str]] = {
    "uniform": (2, "low < high"),
    "triangular": (3, "low <= mode <= high"),
    "normal": (2, "sd > 0"),
    "lognormal": (2, "median > 0, sigma > 0"),
    "loguniform": (2, "0 < low < high"),
    "beta": (2, "a > 0, b > 0"),
    "fixed": (1, "a number"),
}

_CALL = re.compile(r"^\s*([a-z]+)\s*\(([^()]*)\)\s*$")
_RANGE = re.compile(r"^\s*(\S+)\s+to\s+(\S+)\s*$")


def parse(text: str) -> Prior:
    """Read a prior as a scenario file writes it.

    Args:
        text: `LOW to HIGH` for a uniform, or a family with its arguments, for instance
            `lognormal(0.3, 0.5)`.

    Raises:
        ValueError: If the text is no prior; the message says what would be.
    """
    span = _RANGE.match(text)
    family, inside = ("uniform", [span[1], span[2]]) if span else ("", [])
    if not span:
        call = _CALL.match(text)
        if not call or call[1] not in _RULES:
            raise ValueError(
                f"{text!r} is no prior; write `LOW to HIGH` or one of "
                + ", ".join(f"{name}(...)" for name in _RULES)
            )
        family, inside = call[1], call[2].split(",")
    count, rule = _RULES[family]
    try:
        arguments = tuple(float(a) for a in inside)
    except ValueError:
        raise ValueError(f"{text!r}: the arguments of {family} must be numbers") from None
    if len(arguments) != count or not _valid(family, arguments):
        raise ValueError(f"{text!r}: {family} takes {count} number(s) with {rule}")
    return Prior(family, arguments)


def _valid(family: str, a: tuple[float, ...]) -> bool:
    if not all(np.isfinite(a)):
        return False
    checks = {
        "uniform": lambda: a[0] < a[1],
        "triangular": lambda: a[0] <= a[1] <= a[2],
        "normal": lambda: a[1] > 0,
        "lognormal": lambda: a[0] > 0 and a[1] > 0,
        "loguniform": lambda: 0 < a[0] < a[1],
        "beta": lambda: a[0] > 0 and a[1] > 0,
        "fixed": lambda: True,
    }
    return checks[family]()
