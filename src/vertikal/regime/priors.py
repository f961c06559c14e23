"""Priors: what is believed about a number before data are seen.

Distributions are those of scipy.stats under the names that a scenario file uses. A prior draws by
its quantile function from one uniform number, so that parameter draws are as replayable as all
others.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

_FAMILIES: dict[str, tuple[int, str, Callable[..., Any]]] = {}


@dataclasses.dataclass(frozen=True)
class Prior:
    """A named distribution and its arguments, for instance `triangular(0.1, 0.2, 0.4)`."""

    family: str
    arguments: tuple[float, ...]

    def quantile(self, u: Any) -> Any:
        """The number below which the prior puts probability `u`."""
        return np.asarray(self._distribution().ppf(u), dtype=np.float64)

    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value."""
        low, high = self._distribution().support()
        return float(low), float(high)

    def mean(self) -> float:
        """The prior mean."""
        return float(self._distribution().mean())

    def __str__(self) -> str:
        if self.family == "uniform":
            return f"{self.arguments[0]:g} to {self.arguments[1]:g}"
        return f"{self.family}({', '.join(f'{a:g}' for a in self.arguments)})"

    def _distribution(self) -> Any:
        return _FAMILIES[self.family][2](*self.arguments)


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


def fixed(value: float) -> Prior:
    """No doubt at all."""
    return Prior("fixed", (float(value),))


class _Point:
    def __init__(self, value: float) -> None:
        self.value = value

    def ppf(self, u: Any) -> Any:
        return np.full_like(np.asarray(u, dtype=np.float64), self.value)

    def support(self) -> tuple[float, float]:
        return self.value, self.value

    def mean(self) -> float:
        return self.value


def _triangular(low: float, mode: float, high: float) -> Any:
    if low == high:
        return _Point(low)
    return stats.triang((mode - low) / (high - low), loc=low, scale=high - low)


_FAMILIES.update(
    uniform=(2, "low < high", lambda a, b: stats.uniform(a, b - a)),
    triangular=(3, "low <= mode <= high", _triangular),
    normal=(2, "sd > 0", lambda m, s: stats.norm(m, s)),
    lognormal=(2, "median > 0, sigma > 0", lambda m, s: stats.lognorm(s, scale=m)),
    loguniform=(2, "0 < low < high", lambda a, b: stats.loguniform(a, b)),
    beta=(2, "a > 0, b > 0", lambda a, b: stats.beta(a, b)),
    fixed=(1, "a number", _Point),
)

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
        if not call or call[1] not in _FAMILIES:
            raise ValueError(
                f"{text!r} is no prior; write `LOW to HIGH` or one of "
                + ", ".join(f"{name}(...)" for name in _FAMILIES)
            )
        family, inside = call[1], call[2].split(",")
    count, rule, _ = _FAMILIES[family]
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
