r"""How much of an outcome's spread is chance and how much is doubt about parameters.

Histories of one parameter draw differ by chance only; draws differ by parameters. In the one-way
random-effects model $y_{ki} = \mu + a_k + e_{ki}$ the variance of $a_k$ is the part of the
parameters, that of $e_{ki}$ the part of chance. With $N$ histories in $K$ draws of sizes $n_k$,

$$ \hat\sigma^2_e = \mathrm{MSW}, \qquad
   \hat\sigma^2_a = \frac{\mathrm{MSB} - \mathrm{MSW}}{n_0}, \qquad
   n_0 = \frac{N - \sum_k n_k^2 / N}{K - 1}. $$

Both are unbiased whatever the distribution. The second may come out negative, which means that
draws differ less than chance alone would make them differ; it is reported as it comes out, since
an estimator cut off at zero would find parameters at work where there are none. Searle, S.,
Casella, G. and McCulloch, C. (1992), *Variance Components*, Wiley, chapter 3. The same split for
simulations of decision problems: O'Hagan, A., Stevenson, M. and Madan, J. (2007), "Monte Carlo
Probabilistic Sensitivity Analysis for Patient Level Simulation Models", *Health Economics* 16:
1009-1023.

The interval of the parameters' share comes from drawing the draws again with replacement.
"""

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from vertikal.analysis.nested import LEVEL, Draws
from vertikal.analysis.tables import Tabled
from vertikal.errors import VertikalError

RESAMPLES = 1000
"""Bootstrap samples behind an interval (ours: its ends move by a few per cent of its width)."""

_AT_ONCE = 2_000_000


@dataclasses.dataclass(frozen=True)
class Split(Tabled):
    """The variance of one outcome split into chance and parameters."""

    mean: float
    """Mean over all histories."""
    chance: float
    """Variance within draws."""
    parameters: float
    """Variance between draws, unbiased and therefore perhaps below zero; `nan` if unknowable."""
    share: float
    """The parameters' part of the sum of both; below zero where `parameters` is."""
    low: float
    """Lower end of the interval of `share`."""
    high: float
    """Upper end of the interval of `share`."""
    draw_low: float
    """5 per cent of parameter draws have an expected value below this."""
    draw_high: float
    """5 per cent of parameter draws have an expected value above this."""
    runs: int
    """Histories."""
    draws: int
    """Parameter draws."""
    level: float
    """Level of the interval."""

    @property
    def note(self) -> str:
        """What a reader must know about this split, or an empty string."""
        if self.draws < 2:
            return "One parameter draw only: all spread is chance."
        if np.isnan(self.parameters):
            return "One history a draw: chance and parameters cannot be told apart."
        if np.isnan(self.share):
            return "The outcome never varies."
        if self.parameters < 0:
            return "The estimate for parameters is below zero: no part of theirs can be seen."
        if self.draws < 20:
            return "Fewer than 20 draws: the interval of the split is rough."
        return ""

    def table(self) -> pd.DataFrame:
        """One row with every number of the split."""
        return pd.DataFrame([{**dataclasses.asdict(self), "note": self.note}])


@dataclasses.dataclass(frozen=True)
class _Sums:
    """What every estimate needs of each draw: its size and the sums of values and squares."""

    sizes: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def components(
        self, weights: np.ndarray, inflate: float = 1.0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Variance within and between, for draws that count `weights` times (samples, draws)."""
        draws = weights.sum(axis=1, keepdims=True)
        runs = weights @ self.sizes[:, None]
        freedom = weights @ (self.sizes[:, None] - 1)
        inside = weights @ (self.second - self.first**2 / self.sizes[:, None])
        between = (
            weights @ (self.first**2 / self.sizes[:, None]) - (weights @ self.first) ** 2 / runs
        )
        n0 = (runs - weights @ self.sizes[:, None] ** 2 / runs) / (draws - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.where(freedom > 0, inside / freedom, np.nan)
            return chance, (inflate * between / (draws - 1) - chance) / n0


def split(
    values: ArrayLike,
    draw: ArrayLike,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Split:
    """Split the variance of one outcome into chance and parameters.

    Args:
        values: The outcome in each history; truth values count as 0 and 1.
        draw: The parameter draw of each history.
        level: Level of the interval of the parameters' share.
        resamples: Bootstrap samples.
        seed: Seed of the bootstrap.

    Raises:
        VertikalError: If the lengths differ or a value is missing.
    """
    array = np.asarray(values, np.float64)
    return splits(array[:, None], draw, level=level, resamples=resamples, seed=seed)[0]


def splits(
    values: ArrayLike,
    draw: ArrayLike,
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Split]:
    """Split several outcomes (columns) at once, on the same bootstrap samples; see `split`."""
    array = np.asarray(values, np.float64)
    draws = Draws.of(draw)
    _check(array, draws)
    mean = array.mean(axis=0)
    centred = array - mean
    sums = _Sums(draws.sizes.astype(np.float64), draws.sums(centred), draws.sums(centred**2))
    if draws.count < 2:
        return [_single(m, c, draws, level) for m, c in zip(mean, centred.T, strict=True)]
    chance, parameters = (part[0] for part in sums.components(np.ones((1, draws.count))))
    low, high = _intervals(sums, draws.count, level, resamples, seed)
    spread = _spread(sums, mean, chance, parameters)
    return [
        Split(
            mean=float(mean[j]),
            chance=float(chance[j]),
            parameters=float(parameters[j]),
            share=_ratio(chance[j], parameters[j]),
            low=float(low[j]),
            high=float(high[j]),
            draw_low=float(spread[0, j]),
            draw_high=float(spread[1, j]),
            runs=draws.runs,
            draws=draws.count,
            level=level,
        )
        for j in range(array.shape[1])
    ]


def splits_of_blocks(
    blocks: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[list[Split]]:
    """Splits of blocks of outcomes that need not have the same histories; see `splits`.

    Args:
        blocks: Values (histories, outcomes) and the draw of each history.
        level: Level of the interval of the parameters' share.
        resamples: Bootstrap samples, the same for all blocks with the same draws.
        seed: Seed of the bootstrap.
    """
    together: dict[bytes, list[int]] = {}
    for i, (_, draw) in enumerate(blocks):
        together.setdefault(draw.tobytes(), []).append(i)
    found: list[list[Split]] = [[] for _ in blocks]
    for members in together.values():
        joined = np.concatenate([blocks[i][0] for i in members], axis=1)
        draw = blocks[members[0]][1]
        parts = iter(splits(joined, draw, level=level, resamples=resamples, seed=seed))
        for i in members:
            found[i] = [next(parts) for _ in range(blocks[i][0].shape[1])]
    return found


def _check(array: np.ndarray, draws: Draws) -> None:
    if len(array) != draws.runs:
        raise VertikalError(
            f"{len(array)} values but {draws.runs} draw numbers",
            where="draw",
            mend="Give one draw number for each history.",
        )
    if not np.isfinite(array).all():
        raise VertikalError(
            "a value is missing or infinite",
            where="values",
            mend="Leave such histories out, or say what they count as.",
        )


def _single(mean: float, centred: np.ndarray, draws: Draws, level: float) -> Split:
    chance = float(centred.var(ddof=1)) if draws.runs > 1 else np.nan
    nan = float("nan")
    return Split(float(mean), chance, nan, nan, nan, nan, nan, nan, draws.runs, 1, level)


def _ratio(chance: float, parameters: float) -> float:
    total = chance + parameters
    return float(parameters / total) if total > 0 else float("nan")


def _intervals(
    sums: _Sums, count: int, level: float, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile intervals of the parameters' share, over draws drawn again."""
    found = []
    for weights in _resampled(count, resamples, seed):
        # A sample of draws drawn again varies less than draws do, by (K - 1) / K.
        chance, parameters = sums.components(weights, inflate=count / (count - 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(parameters / (chance + parameters))
    shares = np.concatenate(found)
    blank = np.isnan(shares).all(axis=0)
    shares = np.where(np.isfinite(shares), shares, np.nan)
    shares[:, blank] = 0.0
    ends = np.nanquantile(shares, [(1 - level) / 2, (1 + level) / 2], axis=0)
    ends[:, blank] = np.nan
    return ends[0], ends[1]


def _resampled(count: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each draw occurs in each bootstrap sample, some samples at a time."""
    generator = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // count)
    for first in range(0, resamples, step):
        size = min(step, resamples - first)
        rows = generator.integers(0, count, (size, count)) + np.arange(size)[:, None] * count
        yield np.bincount(rows.ravel(), minlength=size * count).reshape(size, count).astype(float)


def _spread(
    sums: _Sums, mean: np.ndarray, chance: np.ndarray, parameters: np.ndarray
) -> np.ndarray:
    """The 5th and 95th percentile of expected values over draws, with chance taken out.

    The mean of a draw varies by chance too. Pulled towards the overall mean just so far that what
    is left varies as parameters do, the means of draws have the spread of the expected values:
    Louis, T. (1984), "Estimating a Population of Parameter Values Using Bayes and Empirical Bayes
    Methods", *Journal of the American Statistical Association* 79: 393-398.
    """
    real = np.maximum(parameters, 0.0)
    noise = chance / sums.sizes[:, None]
    with np.errstate(invalid="ignore"):
        pull = np.where(real + noise > 0, np.sqrt(real / (real + noise)), 0.0)
    expected = mean + pull * sums.first / sums.sizes[:, None]
    return np.where(np.isnan(parameters), np.nan, np.quantile(expected, [0.05, 0.95], axis=0))
