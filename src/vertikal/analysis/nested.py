r"""Means and shares of histories that come in draws: several histories for each parameter draw.

Histories of one draw resemble each other, so the error of a mean over histories must be reckoned
from draws, not from histories. With $r_k$ the sum over draw $k$ of deviations from the mean, $K$
draws and $N$ histories, the cluster-robust variance of the mean is

$$ v = \frac{K}{K-1} \sum_k \frac{r_k^2}{N^2}. $$

Liang, K.-Y. and Zeger, S. (1986), "Longitudinal Data Analysis Using Generalized Linear Models",
*Biometrika* 73: 13-22.

A share $p$ takes Wilson's interval with the effective number of histories $n^* = p(1-p)/v$, shrunk
for the few degrees of freedom that $K$ draws give. Korn, E. and Graubard, B. (1998), "Confidence
Intervals for Proportions with Small Expected Number of Positive Counts Estimated from Survey
Data", *Survey Methodology* 24: 193-201, proposed this for exact intervals; Dean, N. and Pagano, M.
(2015), "Evaluating Confidence Interval Methods for Binomial Proportions in Clustered Surveys",
*Journal of Survey Statistics and Methodology* 3: 484-503, compare it with others and find
Wilson's form among those that keep their promise. We never let $n^*$ exceed $N$.

Where an outcome happened in no history, or in every one, the data cannot tell how alike the
histories of a draw are. Then we assume an intraclass correlation of one half, far above what is
usual for rare events and so cautious. For rare outcomes whose probability varies over draws as a
beta distribution with that correlation, a draw of $n$ histories without the outcome tells as much
as $1 + 1/2 + \dots + 1/n$ independent ones, which gives $n^*$ (our choice and derivation).

With a single draw (fixed parameters) histories are independent and the interval is about chance
alone.
"""

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

LEVEL = 0.95
"""Level of all intervals of an estimate unless the caller asks otherwise."""


@dataclasses.dataclass(frozen=True)
class Draws:
    """How histories fall into parameter draws.

    Attributes:
        order: Permutation that puts the histories of each draw side by side.
        starts: Where each draw starts in that order.
        sizes: Histories in each draw.
        labels: The number of each draw.
    """

    order: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, draw: ArrayLike) -> "Draws":
        """Draws from the draw number of each history."""
        numbers = np.asarray(draw)
        labels, starts, sizes = np.unique(np.sort(numbers), return_index=True, return_counts=True)
        return cls(np.argsort(numbers, kind="stable"), starts, sizes, labels)

    @property
    def runs(self) -> int:
        """Number of histories."""
        return len(self.order)

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.sizes)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sum over the histories of each draw; histories are the first axis."""
        return np.add.reduceat(values[self.order].astype(np.float64), self.starts, axis=0)

    def units(self) -> "Draws":
        """The independent units: the draws, or the histories where there is one draw only."""
        return self if self.count > 1 else Draws.of(np.arange(self.runs))


class ShareInterval(NamedTuple):
    """An interval of a share."""

    low: np.ndarray
    """Lower end, 0 to 1."""
    high: np.ndarray
    """Upper end, 0 to 1."""
    effective: np.ndarray
    """Number of independent histories that would tell as much."""


def mean_variance(values: np.ndarray, draws: Draws) -> np.ndarray:
    """Cluster-robust variance of the mean over histories (the first axis).

    Returns:
        The variance; `nan` with a single history.
    """
    units = draws.units()
    deviations = values - values.mean(axis=0)
    if units.count < 2:
        return np.full(np.shape(deviations)[1:], np.nan)
    scale = units.count / (units.count - 1) / units.runs**2
    return scale * (units.sums(deviations) ** 2).sum(axis=0)


def share_interval(
    share: ArrayLike, variance: ArrayLike, draws: Draws, level: float = LEVEL
) -> ShareInterval:
    """Wilson's interval with the effective number of histories; see the module's head.

    Args:
        share: Estimated shares, 0 to 1.
        variance: Their cluster-robust variances.
        draws: The draws of the histories.
        level: Level of the interval, 0 to 1.
    """
    from scipy import special  # slow to import, and playing histories needs no interval

    p, v = np.asarray(share, np.float64), np.asarray(variance, np.float64)
    units = draws.units()
    binomial = p * (1 - p)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(v > 0, binomial / v, units.runs)
    silent = (special.digamma(units.sizes + 1.0) + np.euler_gamma).sum()
    effective = np.where(binomial > 0, np.minimum(effective, units.runs), silent)
    tail = (1 + level) / 2
    z = special.ndtri(tail)
    if units.count > 1:
        few = special.stdtrit(units.runs - 1, tail) / special.stdtrit(units.count - 1, tail)
        effective = effective * few**2
    centre = (p + z**2 / (2 * effective)) / (1 + z**2 / effective)
    reach = z * np.sqrt(binomial / effective + z**2 / (4 * effective**2)) / (1 + z**2 / effective)
    low = np.where(p == 0, 0.0, np.clip(centre - reach, 0.0, p))
    high = np.where(p == 1, 1.0, np.clip(centre + reach, p, 1.0))
    return ShareInterval(low, high, effective)


def shares(indicators: np.ndarray, draws: Draws, level: float = LEVEL) -> ShareInterval:
    """Intervals of the means of truth values over histories (the first axis)."""
    values = indicators.astype(np.float64)
    return share_interval(values.mean(axis=0), mean_variance(values, draws), draws, level)


def mean_interval(
    values: np.ndarray, draws: Draws, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Student's interval of a mean, with as many degrees of freedom as draws less one."""
    from scipy import special

    mean, variance = values.mean(axis=0), mean_variance(values, draws)
    freedom = max(draws.units().count - 1, 1)
    reach = special.stdtrit(freedom, (1 + level) / 2) * np.sqrt(variance)
    return mean - reach, mean + reach


def quantile_interval(
    values: np.ndarray, probability: float, draws: Draws, level: float = LEVEL
) -> tuple[float, float, float]:
    """A quantile and its interval, by inverting the interval of the share below it.

    Woodruff, R. (1952), "Confidence Intervals for Medians and Other Position Measures", *Journal
    of the American Statistical Association* 47: 635-646. Infinite values are welcome: a time that
    never comes is above every number.

    Returns:
        The quantile, the lower and the upper end.
    """
    below, low, high = _at_or_below(values, probability, draws, level)
    found = np.quantile(values, [below, low, high], method="inverted_cdf")
    return float(found[0]), float(found[1]), float(found[2])


def _at_or_below(
    values: np.ndarray, probability: float, draws: Draws, level: float
) -> tuple[float, float, float]:
    """The probability and the interval that data as clustered as these put around it.

    A value that several histories have is a step in the distribution, and no share near it is the
    probability itself: how far down the quantile may lie is told by the share below the step, how
    far up by the share with it. Each end is reckoned with as many independent histories as tell as
    much about its share; that number depends on the level of a share far less than a variance does,
    which is nil where all histories are on one side. There is nothing beyond that end then.
    """
    quantile = np.quantile(values, probability, method="inverted_cdf")
    under, upto = values < quantile, values <= quantile
    if upto.sum() - under.sum() == 1 and not upto.all():  # no step
        interval = share_interval(probability, mean_variance(upto * 1.0, draws), draws, level)
        return probability, float(interval.low), float(interval.high)
    low, _ = _around(under, probability, draws, level)
    _, high = _around(upto, probability, draws, level)
    return probability, low, high


def _around(
    indicator: np.ndarray, probability: float, draws: Draws, level: float
) -> tuple[float, float]:
    """The interval of a probability that is told as well as the share of an indicator is."""
    share = indicator.mean()
    if not 0 < share < 1:
        return probability, probability
    scale = probability * (1 - probability) / (share * (1 - share))
    variance = scale * mean_variance(indicator.astype(np.float64), draws)
    interval = share_interval(probability, variance, draws, level)
    return float(interval.low), float(interval.high)
