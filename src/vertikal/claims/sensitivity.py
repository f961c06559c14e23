r"""Which assumptions drive an effect, from the draws of a test and at no further cost.

The first-order index of a parameter is the share of the variance of an effect over draws that would
go if the parameter were known,

$$ S_i = \frac{\operatorname{Var}(\operatorname{E}[\theta \mid x_i])}{\operatorname{Var}(\theta)} $$

(Sobol', I. (1993), "Sensitivity Estimates for Nonlinear Mathematical Models", *Mathematical
Modeling and Computational Experiment* 1: 407-414). It needs no designed sample: sort the draws by
the parameter, up the odd and down the even ranks, and the variance at the lowest $M$ frequencies is
that of the conditional mean. Plischke, E. (2010), "An Effective Algorithm for Computing Global
Sensitivity Indices (EASI)", *Reliability Engineering and System Safety* 95: 354-360, with the
correction of its bias, $S - \frac{\lambda}{1 - \lambda}(1 - S)$ where $\lambda = 2M/n$, of Tissot,
J.-Y. and Prieur, C. (2012), "Bias Correction for the Estimation of Sensitivity Indices Based on
Random Balance Designs", the same journal 107: 205-213. All columns are done at once here; the tests
compare with SALib, which does one at a time.

Theories that answer a question have no order, so that no wave runs through them. Of a question the
index is the share of the variance that lies between its $k$ theories, $\eta^2$, with the same
correction where $\lambda = (k - 1)/(n - 1)$: the adjusted $R^2$ of an analysis of variance.

**Noise.** A thousand parameters and a hundred draws make some index large by chance. The floor is
what the *largest* index of all parameters exceeds with a probability of 5% at most when effects are
dealt out to the draws at random, so that every parameter is a dummy (a permutation test; of a test
with several effects 5% for all of them together). Only parameters above it are said to matter.
Since an index must be large to be told, those that are told are too large on average: with 64 draws
one of a tenth is told in one of twenty tests, and then as three tenths on average; with 128 as one
sixth.

**Chance.** The effect of a draw is the mean over few histories, and part of its variance over draws
is chance. The share that is not is estimated by the variance within draws, and indices are given of
the variance of that part.
"""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from vertikal.claims.kept import Drawn, variance_of_mean
from vertikal.claims.wording import Lexicon

FEWEST = 24
"""Draws below which no index is estimated."""

ERROR = 0.05
"""Probability that a test in which no parameter matters names one."""

_SHUFFLES = 199  # of the draws of a test with one effect
_RESAMPLES = 200


@dataclasses.dataclass(frozen=True)
class Index:
    """How much of the variance of an effect a parameter explains by itself.

    Attributes:
        address: The parameter.
        meaning: What it is.
        first: First-order index, of the variance that is not chance.
        low: Lower end of its bootstrap interval, 95%.
        high: Upper end of it.
        slope: Rank correlation with the effect: whether the claim gains (+) or loses by more of it;
            `None` of a question that theories answer, of which there is no more and no less.
    """

    address: str
    meaning: str
    first: float
    low: float
    high: float
    slope: float | None

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Drivers:
    """What drives an effect.

    Attributes:
        indices: Of the parameters that matter beyond chance, the largest first.
        floor: The index that the largest of all parameters would reach by chance.
        signal: Share of the variance of the effect over draws that is not chance.
        draws: Parameter draws that were looked at.
        parameters: How many parameters vary.
        why: Why none can be named; empty if one is.
    """

    indices: tuple[Index, ...]
    floor: float
    signal: float
    draws: int
    parameters: int
    why: str = ""

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "indices": [i.row() for i in self.indices],
            "floor": self.floor if np.isfinite(self.floor) else None,
            "signal": self.signal if np.isfinite(self.signal) else None,
            "draws": self.draws,
            "parameters": self.parameters,
            "why": self.why,
        }


def drivers(kept: Drawn, lexicon: Lexicon, contrast: int = 0, seed: int = 0) -> Drivers:
    """Which parameters drive an effect beyond chance.

    Args:
        kept: Parameters and effects.
        lexicon: What the parameters are.
        contrast: Number of the effect; there are several only for an ordering.
        seed: Of shuffles and resamples.
    """
    values = kept.values[contrast][:, : kept.first]  # as many of each draw, chosen by nothing
    effects, noise = np.nanmean(values, axis=1), variance_of_mean(values)
    count, width = kept.parameters.shape
    spread = float(np.var(effects, ddof=1)) if count > 1 else 0.0
    nothing = Drivers((), np.nan, np.nan, count, width)
    if count < FEWEST or width == 0:
        return dataclasses.replace(nothing, why=f"{count} draws are too few for indices")
    if spread == 0:
        return dataclasses.replace(nothing, why="the effect is the same in all draws")
    signal = float(np.clip(1 - np.nanmean(noise) / spread, 0, 1)) if (noise >= 0).any() else 1.0
    table = kept.parameters.to_numpy()
    rng = np.random.default_rng(seed)
    names = [str(address) for address in kept.parameters.columns]
    indices = _indices_of(table, np.array([_is_question(name) for name in names]))
    raw = indices(effects[None])[0]
    shuffles = (_SHUFFLES + 1) * len(kept.criteria) - 1  # so that as many may be as good
    dummies = indices(np.array([rng.permutation(effects) for _ in range(shuffles)]))
    as_good = round(ERROR * (_SHUFFLES + 1))  # of the shuffles and the data
    floor = float(np.sort(dummies.max(axis=1))[-as_good])
    above = [int(k) for k in np.argsort(-raw, kind="stable") if raw[k] > floor]
    scale = max(signal, floor, 1e-9)
    found = tuple(
        _index(names[k], table[:, k], effects, raw[k], scale, lexicon, rng) for k in above
    )
    why = "" if found else f"no parameter explains more than chance would ({count} draws)"
    return Drivers(found, floor / scale, signal, count, width, why)


def first_order(table: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """First-order indices of the columns of a table, from any random sample; see the module's head.

    Args:
        table: One row a draw, one column a parameter; all are numbers, not theories.
        effects: One number a draw.
    """
    return _indices(_waves(table), effects[None])[0]


def _is_question(address: str) -> bool:
    """Whether theories answer what stands at an address; their numbers have no order."""
    return address.startswith("theory.")


def _indices_of(table: np.ndarray, questions: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """What gives the indices of all columns for rows of effects; questions are marked."""
    waves = _waves(table[:, ~questions])
    groups = [_groups(column) for column in table[:, questions].T]

    def indices(effects: np.ndarray) -> np.ndarray:
        found = np.empty((len(effects), table.shape[1]))
        found[:, ~questions] = _indices(waves, effects)
        if groups:
            found[:, questions] = np.transpose([_between(group, effects) for group in groups])
        return found

    return indices


def _groups(codes: np.ndarray) -> np.ndarray:
    """Whether each theory, the last axis, holds in each draw."""
    return (codes[..., None] == np.unique(codes)).astype(np.float64)


def _between(groups: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Share of the variance of each row of effects between theories, its bias taken away.

    Args:
        groups: Of `_groups`, the same for all rows or one for each.
        effects: One row a sample, one column a draw.
    """
    count = effects.shape[1]
    centred = effects - effects.mean(axis=1, keepdims=True)
    sizes = groups.sum(axis=-2)
    sums = np.matmul(centred[:, None, :], groups)[:, 0]
    total = (centred**2).sum(axis=1)
    raw = (sums**2 / np.maximum(sizes, 1)).sum(axis=1) / np.where(total > 0, total, 1)
    return _unbiased(raw, ((sizes > 0).sum(axis=-1) - 1) / (count - 1))


def _unbiased(raw: np.ndarray, skew: np.ndarray | float) -> np.ndarray:
    """Indices without what chance adds to them, a share `skew` of what there is to explain."""
    return raw - skew / (1 - skew) * (1 - raw)


def harmonics(count: int) -> int:
    """Frequencies that are looked at: more where there are more draws to tell them from noise."""
    return int(np.clip(count // 64, 2, 6))


def _around(table: np.ndarray) -> np.ndarray:
    """The draws by a parameter, up its odd and down its even ranks, for each column."""
    order = np.argsort(table, axis=0, kind="stable")
    return np.concatenate([order[::2], order[1::2][::-1]])


def _basis(count: int) -> np.ndarray:
    """Cosine and sine at the lowest frequencies, (waves, places)."""
    angles = 2 * np.pi * np.arange(1, harmonics(count) + 1)[:, None] * np.arange(count) / count
    return np.concatenate([np.cos(angles), np.sin(angles)])


def _waves(table: np.ndarray) -> np.ndarray:
    """Cosine and sine at the lowest frequencies at each draw's place, for each column.

    Returns:
        One row a draw; columns by wave and parameter.
    """
    around = _around(table)
    count = len(table)
    place = np.empty_like(around)
    np.put_along_axis(place, around, np.arange(count)[:, None], axis=0)
    basis = _basis(count)
    return basis[:, place].transpose(1, 0, 2).reshape(count, len(basis) * table.shape[1])


def _indices(waves: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """First-order indices, one row for each row of effects and one column a parameter."""
    rows, count = effects.shape
    lowest = harmonics(count)
    centred = effects - effects.mean(axis=1, keepdims=True)
    power = ((centred @ waves).reshape(rows, 2 * lowest, -1) ** 2).sum(axis=1)
    return _corrected(power, (centred**2).sum(axis=1, keepdims=True), count)


def _corrected(power: np.ndarray, squares: np.ndarray, count: int) -> np.ndarray:
    """Indices from the power at the lowest frequencies, their bias taken away."""
    total = count * squares / 2  # over all frequencies
    raw = power / np.where(total > 0, total, 1)
    return _unbiased(raw, 2 * harmonics(count) / count)


def _resampled(column: np.ndarray, effects: np.ndarray, picks: np.ndarray) -> np.ndarray:
    """The index of one parameter in samples of the draws, one row of `picks` each."""
    around = _around(column[picks].T).T
    found = np.take_along_axis(effects[picks], around, axis=1)
    found = found - found.mean(axis=1, keepdims=True)
    power = ((found @ _basis(len(effects)).T) ** 2).sum(axis=1)
    return _corrected(power, (found**2).sum(axis=1), len(effects))


def _index(
    address: str,
    column: np.ndarray,
    effects: np.ndarray,
    raw: float,
    scale: float,
    lexicon: Lexicon,
    rng: np.random.Generator,
) -> Index:
    picks = rng.integers(0, len(effects), (_RESAMPLES, len(effects)))
    if _is_question(address):
        again, slope = _between(_groups(column[picks]), effects[picks]), None
    else:
        again, slope = _resampled(column, effects, picks), _slope(column, effects)
    # Draws that are there twice make a resample smoother than a sample: it is centred on the index.
    away = np.quantile(again - again.mean(), [0.025, 0.975])
    low, high = np.clip((raw + away) / scale, 0, 1)
    first = float(min(raw / scale, 1))
    return Index(address, lexicon.meaning(address), first, float(low), float(high), slope)


def _slope(column: np.ndarray, effects: np.ndarray) -> float:
    """Rank correlation."""
    ranks = [pd.Series(values).rank().to_numpy() for values in (column, effects)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


@dataclasses.dataclass(frozen=True)
class Assumption:
    """A parameter and the tests that hang on it."""

    address: str
    meaning: str
    tests: int
    """Tests in which it matters beyond chance."""
    weight: float
    """Sum of its first-order indices over all tests, the largest of each."""
    claims: tuple[str, ...]
    """The claims, the one that hangs on it most first."""

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return dataclasses.asdict(self) | {"claims": list(self.claims)}


def most_important(found: Iterable[tuple[str, Sequence[Drivers]]]) -> list[Assumption]:
    """The assumptions that matter most over all claims, by the sum of their first-order indices.

    Of a test with several effects an assumption counts once, with the largest of its indices.

    Args:
        found: Each pair is one test: its claim by id, and what drives each of its effects. A claim
            may come several times.
    """
    seen: dict[str, list[tuple[str, Index]]] = {}
    for claim, effects in found:
        largest: dict[str, Index] = {}
        for index in sorted((i for e in effects for i in e.indices), key=lambda i: i.first):
            largest[index.address] = index
        for address, index in largest.items():
            seen.setdefault(address, []).append((claim, index))
    rows = []
    for address, pairs in seen.items():
        by_claim = sorted(pairs, key=lambda pair: -pair[1].first)
        names = tuple(dict.fromkeys(claim for claim, _ in by_claim))
        weight = float(sum(index.first for _, index in pairs))
        rows.append(Assumption(address, pairs[0][1].meaning, len(pairs), weight, names))
    return sorted(rows, key=lambda row: (-row.weight, row.address))
