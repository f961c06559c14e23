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

Where an ensemble ranges over theories, draws fall into groups $g$, one for each combination of
theories, with the share $p_g$ of the histories, mean $m_g$ and error $v_g$ of that mean. Chance and
parameters are then split within groups and averaged, and what theories add is the unbiased
$\hat\sigma^2_t = \sum_g p_g (m_g - \bar m)^2 - \sum_g p_g (1 - p_g) v_g$ (ours: the theories in
play are all there are, so they are a fixed effect).

A combination seen in one draw cannot tell what parameters do in it. It is taken to be as the others
on average, by their degrees of freedom,

$$ \hat\sigma^2_{a,g} = \sum_h (K_h - 1)\, \hat\sigma^2_{a,h} / \sum_h (K_h - 1), $$

which keeps all three parts unbiased if parameters matter alike in all combinations. Survey
statisticians treat strata with a single unit the same way: Lumley, T. (2010), *Complex Surveys*,
Wiley, section 3.2. Where every combination is seen once, only the sum of parameters and theories is
known, and it is told as such.

The interval of the parameters' share comes from drawing the draws again with replacement, within
each combination. One seen once takes on the deviation from the mean of its combination of a draw
that is not alone in its own (ours).
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

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
    """The variance of one outcome split into chance, parameters and theories."""

    mean: float
    """Mean over all histories."""
    chance: float
    """Variance within draws."""
    parameters: float
    """Variance between draws, unbiased and therefore perhaps below zero; `nan` if unknowable."""
    share: float
    """The parameters' part of the sum; below zero where `parameters` is."""
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
    theory: float = 0.0
    """Variance between theories, unbiased and therefore perhaps below zero; 0 with one theory."""
    theory_share: float = 0.0
    """The theories' part of the sum of all three."""
    theories: int = 1
    """Combinations of theories in play."""
    seen_once: int = 0
    """How many of them are seen in one draw only."""
    doubt: float = float("nan")
    """Variance of parameters and theories together; known even if the two cannot be told apart."""
    doubt_share: float = float("nan")
    """The part of parameters and theories together in the sum of all."""

    @property
    def is_joint(self) -> bool:
        """Whether parameters cannot be told from theories, and only `doubt` is known."""
        return np.isnan(self.parameters) and not np.isnan(self.doubt)

    @property
    def theory_note(self) -> str:
        """What a reader must know because combinations of theories are seen once."""
        if self.is_joint:
            return (
                "Each combination of theories is seen in one draw only: theories cannot be told "
                "from parameters. More histories bring more draws."
            )
        if self.seen_once:
            return (
                f"{self.seen_once} of {self.theories} combinations of theories are seen in one "
                "draw only: parameters are taken to matter there as they do in the others."
            )
        return ""

    @property
    def note(self) -> str:
        """What a reader must know about this split, or an empty string."""
        if self.draws < 2:
            return "One parameter draw only: all spread is chance."
        if np.isnan(self.doubt):
            return "One history a draw: chance and parameters cannot be told apart."
        if np.isnan(self.doubt_share):
            return "The outcome never varies."
        if self.is_joint:
            return self.theory_note
        if self.parameters < 0:
            return "The estimate for parameters is below zero: no part of theirs can be seen."
        if self.draws < 20:
            return "Fewer than 20 draws: the interval of the split is rough."
        return self.theory_note

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
        with np.errstate(divide="ignore", invalid="ignore"):
            n0 = (runs - weights @ self.sizes[:, None] ** 2 / runs) / (draws - 1)
            chance = np.where(freedom > 0, inside / freedom, np.nan)
            return chance, (inflate * between / (draws - 1) - chance) / n0

    def within(
        self, weights: np.ndarray, group: np.ndarray, resampled: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Variance within and between the draws of each group, (groups, samples, outcomes)."""
        draws = np.bincount(group)
        # A sample of draws drawn again varies less than draws do, by (K - 1) / K.
        inflate = draws / np.maximum(draws - 1, 1) if resampled else np.ones(len(draws))
        found = [
            self.components(weights * (group == g), float(inflate[g])) for g in range(len(draws))
        ]
        chance, parameters = (np.stack(part) for part in zip(*found, strict=True))
        spare = np.bincount(group, self.sizes) - draws
        for part, freedom in ((chance, spare), (parameters, draws - 1)):
            silent, telling = (draws == 1) & (freedom == 0), freedom > 0
            if silent.any() and telling.any():
                part[silent] = np.average(part[telling], axis=0, weights=freedom[telling])
        return chance, parameters

    def deviations(self, group: np.ndarray) -> np.ndarray:
        """How far the mean of each draw lies from that of its group, varying as draws do."""
        member = (group == np.arange(group.max() + 1)[:, None]).astype(np.float64)
        mean = (member @ self.first) / (member @ self.sizes[:, None])
        draws = np.bincount(group)[group][:, None]
        own = self.first / self.sizes[:, None]
        return (own - mean[group]) * np.sqrt(draws / np.maximum(draws - 1, 1))

    def parts(
        self, weights: np.ndarray, group: np.ndarray, donors: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Variance within draws, between draws of a group, and between groups.

        Args:
            weights: How often each draw counts (samples, draws).
            group: The group of each draw, from 0.
            donors: If the draws were drawn again, which adds their error once more: the draw whose
                deviation each group of one takes on (samples, groups of one).
        """
        groups = int(group.max()) + 1
        total = weights @ self.sizes[:, None]
        chance, parameters = self.within(weights, group, donors is not None)
        mean, error = np.zeros_like(chance), np.zeros_like(chance)
        share = np.zeros((groups, len(weights), 1))
        for g in range(groups):
            mine = weights * (group == g)
            runs = mine @ self.sizes[:, None]
            mean[g], share[g] = (mine @ self.first) / runs, runs / total
            error[g] = (
                parameters[g] * (mine @ self.sizes[:, None] ** 2) / runs**2 + chance[g] / runs
            )
        if donors is not None and donors.size:
            mean[np.bincount(group) == 1] += self.deviations(group)[donors.T]
        centre = (share * mean).sum(0)
        between = (share * (mean - centre) ** 2).sum(0)
        bias = (share * (1 - share) * error).sum(0) * (1 if donors is None else 2)
        theory = between - bias if groups > 1 else np.zeros_like(between)
        return (share * chance).sum(0), (share * parameters).sum(0), theory


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
    theories: Mapping[int, str] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Split]:
    """Split several outcomes (columns) at once, on the same bootstrap samples; see `split`.

    Args:
        values: The outcomes in each history, (histories, outcomes).
        draw: The parameter draw of each history.
        theories: For each draw the theories that hold in it, if the ensemble ranges over several.
        level: Level of the interval of the parameters' share.
        resamples: Bootstrap samples.
        seed: Seed of the bootstrap.

    Raises:
        VertikalError: If the lengths differ or a value is missing.
    """
    array = np.asarray(values, np.float64)
    draws = Draws.of(draw)
    _check(array, draws)
    group = _groups(draws, theories)
    mean = array.mean(axis=0)
    centred = array - mean
    sums = _Sums(draws.sizes.astype(np.float64), draws.sums(centred), draws.sums(centred**2))
    if draws.count < 2:
        return [_single(m, c, draws, level) for m, c in zip(mean, centred.T, strict=True)]
    sizes, whole = np.bincount(group), np.ones((1, draws.count))
    chance, parameters, theory = (p[0] for p in sums.parts(whole, group))
    doubt = parameters + theory
    if sizes.max() == 1:
        chance, doubt = (p[0] for p in sums.components(whole))
    low = high = np.full(len(mean), np.nan)
    if sizes.max() > 1:
        low, high = _intervals(sums, group, level, resamples, seed)
    spread = _spread(sums, mean, chance, doubt)
    return [
        Split(
            mean=float(mean[j]),
            chance=float(chance[j]),
            parameters=float(parameters[j]),
            share=_ratio(parameters[j], chance[j] + parameters[j] + theory[j]),
            low=float(low[j]),
            high=float(high[j]),
            draw_low=float(spread[0, j]),
            draw_high=float(spread[1, j]),
            runs=draws.runs,
            draws=draws.count,
            level=level,
            theory=float(theory[j]),
            theory_share=_ratio(theory[j], chance[j] + parameters[j] + theory[j]),
            theories=len(sizes),
            seen_once=int((sizes == 1).sum()),
            doubt=float(doubt[j]),
            doubt_share=_ratio(doubt[j], chance[j] + doubt[j]),
        )
        for j in range(array.shape[1])
    ]


def splits_of_blocks(
    blocks: Sequence[tuple[np.ndarray, np.ndarray]],
    *,
    theories: Mapping[int, str] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[list[Split]]:
    """Splits of blocks of outcomes that need not have the same histories; see `splits`.

    Args:
        blocks: Values (histories, outcomes) and the draw of each history.
        theories: See `splits`.
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
        parts = iter(
            splits(joined, draw, theories=theories, level=level, resamples=resamples, seed=seed)
        )
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


def _ratio(part: float, total: float) -> float:
    return float(part / total) if total > 0 else float("nan")


def _groups(draws: Draws, theories: Mapping[int, str] | None) -> np.ndarray:
    """The group of each draw by the theories that hold in it, from 0."""
    if theories is None:
        return np.zeros(draws.count, np.int64)
    return np.unique([theories[int(k)] for k in draws.labels], return_inverse=True)[1]


def _intervals(
    sums: _Sums, group: np.ndarray, level: float, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Percentile intervals of the parameters' share, over draws drawn again."""
    found = []
    for weights, donors in _resampled(group, resamples, seed):
        chance, parameters, theory = sums.parts(weights, group, donors)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append(parameters / (chance + parameters + theory))
    shares = np.concatenate(found)
    blank = np.isnan(shares).all(axis=0)
    shares = np.where(np.isfinite(shares), shares, np.nan)
    shares[:, blank] = 0.0
    ends = np.nanquantile(shares, [(1 - level) / 2, (1 + level) / 2], axis=0)
    ends[:, blank] = np.nan
    return ends[0], ends[1]


def _resampled(
    group: np.ndarray, resamples: int, seed: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """How often each draw occurs in each bootstrap sample, some samples at a time.

    With it goes for each group of one the draw of another group whose deviation it takes on.
    """
    generator = np.random.default_rng(seed)
    count = len(group)
    step = max(1, _AT_ONCE // count)
    sizes = np.bincount(group)
    alone, freedom = int((sizes == 1).sum()), 1 - 1 / sizes[group]
    for first in range(0, resamples, step):
        size = min(step, resamples - first)
        weights = np.zeros((size, count))
        for g in range(int(group.max()) + 1):
            mine = np.flatnonzero(group == g)
            n = len(mine)
            rows = generator.integers(0, n, (size, n)) + np.arange(size)[:, None] * n
            weights[:, mine] = np.bincount(rows.ravel(), minlength=size * n).reshape(size, n)
        # A group of one has no spread of its own to draw from: groups lend by their freedom.
        yield weights, generator.choice(count, (size, alone), p=freedom / freedom.sum())


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
