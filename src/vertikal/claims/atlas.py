r"""A map of who is right where: the two parameters that separate the sides of a rivalry best.

A draw is a point of a space with hundreds of axes. Those are looked for that tell most about the
answer: first each parameter by itself, by its information in bits (`vertikal.analysis.information`,
in bins of equal frequency), then each pair of the `CANDIDATES` best by how well a quadratic
multinomial logit of the two fits the probabilities of the answers in each draw,

$$ p(w \mid x, y) \propto \exp(\beta_w \cdot (1, x, y, x^2, y^2, xy)), $$

with $x$ and $y$ the parameters' places among the draws, from -1 to 1, and a normal prior of
standard deviation 3 on what is not an intercept (ours, weak; after Gelman, A., Jakulin, A., Pittau,
M. and Su, Y.-S. (2008), "A Weakly Informative Default Prior Distribution for Logistic and Other
Regression Models", *Annals of Applied Statistics* 2: 1360-1383).

Whoever looks through hundreds of parameters finds some that seem to separate. So the whole search
is done again in each of `FOLDS` parts of a cross-validation, without the draws that are to be
foretold; `Atlas.gain` is the information in bits that maps found in this way bring about draws that
they have not seen. Where it does not lie above zero by two standard errors, no two parameters tell
the sides apart, and the map says nothing.

The probabilities of the map are means over maps fitted to draws drawn again with replacement
(Breiman, L. (1996), "Bagging Predictors", *Machine Learning* 24: 123-140); where these maps name
different answers, the border is not known.
"""

import dataclasses
import itertools

import numpy as np
import pandas as pd
from scipy import special, stats

from vertikal.analysis.information import Information, cut, expected_information
from vertikal.claims.rivals import Ground

BINS = 3
"""Bins of a parameter, of equal frequency: low, middle, high."""

CANDIDATES = 8
"""Parameters that are tried in pairs."""

FOLDS = 5
"""Parts of the cross-validation."""

MAPS = 50
"""Maps fitted to draws drawn again."""

GRID = 30
"""Points of the map along each axis."""

_PRIOR = 3.0
_STEPS, _CLOSE = 30, 1e-5
_SCREENED = 20  # exchanges behind the bias of each parameter while pairs are sought


@dataclasses.dataclass(frozen=True)
class Axis:
    """One axis of a map."""

    address: str
    values: np.ndarray
    """The parameter in each draw, in its unit."""
    grid: np.ndarray
    """Points along the axis, ascending, in its unit; as far apart as draws are."""


@dataclasses.dataclass(frozen=True)
class Atlas:
    """Which parameters decide who is right, and a map over the best two."""

    ground: Ground
    addresses: tuple[str, ...]
    """Parameters that take more than `BINS` values, those that tell most first."""
    alone: Information
    """What each of `addresses` tells by itself."""
    axes: tuple[Axis, Axis] | None
    """`None` where fewer than two parameters vary or all draws have the same answer."""
    probabilities: np.ndarray
    """Of each answer over the map, (answers, points of the second axis, of the first)."""
    agreement: np.ndarray
    """Share of maps of draws drawn again that name the same answer there as the mean of them."""
    gain: float
    """Information about draws not seen, bits."""
    gain_error: float
    """Its standard error."""

    @property
    def tells(self) -> bool:
        """Whether two parameters tell the sides apart at all."""
        return self.gain > 2 * self.gain_error

    @property
    def telling(self) -> int:
        """How many parameters tell more by themselves than the best of all would by chance."""
        return int((self.alone.bits > self.alone.best_by_chance).sum())


def atlas(ground: Ground, seed: int = 0) -> Atlas:
    """The map of a rivalry in a scenario.

    Args:
        ground: Who is right in which draw.
        seed: Of exchanges, folds and draws drawn again.
    """
    answers = ground.probabilities
    table = _numbers(ground.parameters)
    observed = [_indicators(table[a].to_numpy()) for a in table.columns]
    alone = expected_information(answers, observed, seed=seed)
    order = np.argsort(-alone.bits, kind="stable")
    alone = dataclasses.replace(
        alone, bits=alone.bits[order], errors=alone.errors[order], bands=alone.bands[order]
    )
    names = tuple(str(table.columns[i]) for i in order)
    nothing = np.zeros((0, 0))
    if len(names) < 2 or alone.entropy < 1e-6:
        return Atlas(ground, names, alone, None, nothing, nothing, 0.0, 0.0)
    places = _places(table.to_numpy())
    pair = _best_pair(places, answers, order[:CANDIDATES])
    gain, error = _validated(places, observed, answers, seed)
    axes, points = [], np.linspace(-1, 1, GRID)
    for column in pair:
        values = table.iloc[:, column].to_numpy()
        grid = np.quantile(values, (points + 1) / 2)
        axes.append(Axis(str(table.columns[column]), values, grid))
    found, agreement = _map(places[:, pair], answers, points, seed)
    return Atlas(ground, names, alone, (axes[0], axes[1]), found, agreement, gain, error)


def _numbers(table: pd.DataFrame) -> pd.DataFrame:
    """The parameters that are numbers and take more values than there are bins."""
    kept = [
        a
        for a in table.columns
        if pd.api.types.is_numeric_dtype(table[a]) and table[a].nunique() > BINS
    ]
    return table[kept]


def _indicators(values: np.ndarray) -> np.ndarray:
    """The bin of each value, (draws, bins)."""
    bins, edges = cut(values, BINS)
    return np.eye(len(edges) + 1)[bins]


def _places(values: np.ndarray) -> np.ndarray:
    """The place of each value in its column, from -1 (smallest) to 1; equal ones have the same."""
    ranks = stats.rankdata(values, axis=0) - 1
    return np.asarray(2 * ranks / (len(values) - 1) - 1)


def _features(points: np.ndarray) -> np.ndarray:
    x, y = points.T
    return np.stack([np.ones_like(x), x, y, x * x, y * y, x * y], axis=1)


def _fit(features: np.ndarray, answers: np.ndarray) -> tuple[np.ndarray, float]:
    """Coefficients of the logit, (terms, answers), and the log likelihood that it reaches.

    By Newton's method, which halves a step that does not better the penalised likelihood.
    """
    terms, kinds = features.shape[1], answers.shape[1]
    pull = np.full(terms, 1 / _PRIOR**2)
    pull[0] /= 100  # an intercept is all but free
    crossed = (features[:, :, None] * features[:, None, :]).reshape(-1, terms * terms)
    own = np.eye(kinds)

    def state(beta: np.ndarray) -> tuple[float, np.ndarray, float]:
        scores = features @ beta
        scores -= scores.max(axis=1, keepdims=True)
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        likelihood = float((answers * logs).sum())
        return likelihood - float((pull @ beta**2).sum()) / 2, np.exp(logs), likelihood

    beta = np.zeros((terms, kinds))
    value, shares, likelihood = state(beta)
    for _ in range(_STEPS):
        slope = features.T @ (answers - shares) - pull[:, None] * beta
        spread = shares[:, :, None] * (own - shares[:, None, :])
        bend = (crossed.T @ spread.reshape(len(shares), -1)).reshape(terms, terms, kinds, kinds)
        bend = bend.transpose(0, 2, 1, 3).reshape(terms * kinds, -1)
        bend[np.diag_indices_from(bend)] += np.repeat(pull, kinds)
        step = np.linalg.solve(bend, slope.ravel()).reshape(beta.shape)
        new = state(beta + step)
        while new[0] < value and np.abs(step).max() > _CLOSE:
            step = step / 2
            new = state(beta + step)
        beta, (value, shares, likelihood) = beta + step, new
        if np.abs(step).max() < _CLOSE:
            break
    return beta, likelihood


def _best_pair(places: np.ndarray, answers: np.ndarray, candidates: np.ndarray) -> list[int]:
    """The two columns whose logit fits best."""
    pairs = [list(p) for p in itertools.combinations(map(int, candidates), 2)]
    return max(pairs, key=lambda pair: _fit(_features(places[:, pair]), answers)[1])


def _validated(
    places: np.ndarray, observed: list[np.ndarray], answers: np.ndarray, seed: int
) -> tuple[float, float]:
    """Information about draws not seen, the search being done without them; and its error."""
    draws = len(answers)
    fold = np.random.default_rng(seed).permutation(np.arange(draws) % FOLDS)
    gains = np.zeros(draws)
    for number in range(FOLDS):
        seen, new = fold != number, fold == number
        alone = expected_information(
            answers[seen], [o[seen] for o in observed], permutations=_SCREENED, seed=seed
        )
        best = np.argsort(-alone.bits, kind="stable")[:CANDIDATES]
        pair = _best_pair(places[seen], answers[seen], best)
        beta, _ = _fit(_features(places[np.ix_(seen, pair)]), answers[seen])
        logs = special.log_softmax(_features(places[np.ix_(new, pair)]) @ beta, axis=1)
        # Every answer is possible: half a draw is added to each (Jeffreys).
        base = np.log((answers[seen].sum(axis=0) + 0.5) / (seen.sum() + answers.shape[1] / 2))
        gains[new] = (answers[new] * (logs - base)).sum(axis=1) / np.log(2)
    return float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(draws))


def _map(
    places: np.ndarray, answers: np.ndarray, points: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean probabilities over maps of draws drawn again, and how far these agree."""
    x, y = np.meshgrid(points, points)
    grid = _features(np.stack([x.ravel(), y.ravel()], axis=1))
    features = _features(places)
    generator = np.random.default_rng(seed)
    maps = []
    for _ in range(MAPS):
        again = generator.integers(0, len(answers), len(answers))
        beta, _ = _fit(features[again], answers[again])
        maps.append(special.softmax(grid @ beta, axis=1))
    mean = np.mean(maps, axis=0)
    named = mean.argmax(axis=1)
    agreement = np.mean([m.argmax(axis=1) == named for m in maps], axis=0)
    shape = len(points), len(points)
    return mean.T.reshape(-1, *shape), agreement.reshape(shape)
