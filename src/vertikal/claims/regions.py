r"""Scenario discovery: the part of the parameter space in which a claim fails.

After Bryant, B. and Lempert, R. (2010), "Thinking Inside the Box: A Participatory,
Computer-Assisted Approach to Scenario Discovery", *Technological Forecasting and Social Change* 77:
34-49, a region is a box: some parameters lie in a part of their prior each. It is judged by its

- *coverage*: which share of the draws in which the claim fails lies in it;
- *density*: in which share of the draws that lie in it the claim fails.

Whether it fails in a draw is seen through a few histories alone. So the search goes by their mean,
while of what is told each draw counts with the probability that the claim fails in it
(`vertikal.claims.holding`): else draws near the line, half of which come out on the wrong side of
it, would be told as failing.

Boxes are the leaves of a classification tree (CART). It and patient rule induction, the other usual
method, have been found comparable: Lempert, R., Bryant, B. and Bankes, S. (2008), *Comparing
Algorithms for Scenario Discovery*, RAND WR-557. The leaf that is told has the largest

$$ q = \frac{n_\text{box}}{n} \left( \text{density} - \frac{n_\text{fails}}{n} \right), $$

the weighted relative accuracy (Lavrač, N., Flach, P. and Zupan, B. (1999), "Rule Evaluation
Measures: A Unifying View", *Inductive Logic Programming*: 174-185).

A scenario has a thousand parameters and a test some hundred draws, and in each draw chance leaves
the effect uncertain, so that *some* box always looks good. So

- the tree is grown on the few parameters that go with the effect most by rank, and sides of the box
  that do not make it better are dropped;
- coverage and density are those of held-out draws: all of it, the choice of parameters too, is done
  anew on nine tenths of the draws and judged on the last, ten times;
- a region is told only if $q$ beats what the same search finds when effects are dealt out to the
  draws at random, with a probability of at most `ERROR` of telling one where there is none (a
  permutation test, exact for independent draws). It ends early if chance does as well again and
  again: Besag, J. and Clifford, P. (1991), "Sequential Monte Carlo p-Values", *Biometrika* 78:
  301-304;
- and only if held-out draws fail more often in it than draws do anywhere.
"""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

ERROR = 0.05
"""Probability that a region is told where parameters do not matter."""

FEWEST = 8
"""Draws of each kind, fails and holds, below which no region is sought."""

_CANDIDATES = 12  # parameters on which the tree may split
_DEPTH = 3  # a box of more sides is no story
_SMALLEST = 0.1  # share of the draws in a leaf
_FOLDS = 10
_SHUFFLES = 199
_AS_GOOD = 10  # shuffles as good as the data after which the test ends: none is told any more


@dataclasses.dataclass(frozen=True)
class Box:
    """A box of parameters: lower and upper bound by address, of the bounded ones alone."""

    bounds: dict[str, tuple[float, float]]

    def contains(self, parameters: pd.DataFrame) -> np.ndarray:
        """Which rows lie in it."""
        inside = np.ones(len(parameters), bool)
        for address, (low, high) in self.bounds.items():
            column = parameters[address].to_numpy()
            inside &= (column > low) & (column <= high)
        return inside


@dataclasses.dataclass(frozen=True)
class Region:
    """What scenario discovery says of a test.

    Attributes:
        box: The region; `None` where nothing beats chance.
        p: Probability of a region as good by chance; `nan` if none was sought.
        coverage: Share of the failing draws that lie in it, of held-out draws.
        density: Share of the draws that lie in it which fail, of held-out draws.
        fails: Share of all draws that fail: the density of no region at all.
        draws: Parameter draws that were looked at.
        why: Why there is none; empty if there is one.
    """

    box: Box | None
    p: float
    coverage: float
    density: float
    fails: float
    draws: int
    why: str = ""

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        numbers = {n: getattr(self, n) for n in ("p", "coverage", "density", "fails")}
        return {
            **{n: float(v) if np.isfinite(v) else None for n, v in numbers.items()},
            "draws": self.draws,
            "why": self.why,
        }


def discover(
    parameters: pd.DataFrame,
    margins: np.ndarray,
    failing: np.ndarray,
    error: float = ERROR,
    seed: int = 0,
) -> Region:
    """The box of parameters in which a claim fails, if there is one beyond chance.

    Args:
        parameters: One row a draw.
        margins: By how much the claim holds in each draw, as its histories have it; by these the
            box is sought, in which they are negative.
        failing: Probability that the claim fails in each draw; these are told.
        error: Probability of telling a region where parameters do not matter.
        seed: Of the shuffles and the folds.
    """
    fails = margins < 0
    count, share = len(margins), float(failing.mean()) if len(margins) else np.nan
    nothing = Region(None, np.nan, np.nan, np.nan, share, count)
    of_each = (fails.sum(), (~fails).sum(), failing.sum(), (1 - failing).sum())
    if min(of_each) < FEWEST:
        found = int(min(of_each))  # of either kind: margins may come reversed
        differ = f"only {found} of {count} draws {'differs' if found == 1 else 'differ'}"
        if not found:
            differ = f"none of {count} draws differs"
        told = f"{differ} from the others, too few to look for a region"
        return dataclasses.replace(nothing, why=told)
    table, ranks = parameters.to_numpy(), _ranks(parameters)
    rng = np.random.default_rng(seed)
    box, quality = _search(table, ranks, margins)
    p = _p_value(table, ranks, margins, quality, rng)
    if box is None or p > error:
        told = f"no region beats chance (p = {p:.2f}, {count} draws)"
        return dataclasses.replace(nothing, p=p, why=told)
    coverage, density = _held_out(table, ranks, margins, failing, rng)
    if not density > share:
        told = f"draws held out do not bear out the one that beats chance (p = {p:.2f})"
        return dataclasses.replace(nothing, p=p, why=told)
    named = {str(parameters.columns[k]): bounds for k, bounds in box.items()}
    return Region(Box(named), p, coverage, density, share, count)


_Bounds = dict[int, tuple[float, float]]


def _ranks(parameters: pd.DataFrame) -> np.ndarray:
    """Ranks of each column, standardised."""
    ranks = stats.rankdata(parameters.to_numpy(), axis=0)
    centred = ranks - ranks.mean(axis=0)
    return centred / np.maximum(centred.std(axis=0), 1e-12)


def _search(
    table: np.ndarray, ranks: np.ndarray, margins: np.ndarray
) -> tuple[_Bounds | None, float]:
    """The best box and its weighted relative accuracy; none where no leaf is better than all."""
    order = stats.rankdata(margins)
    strength = np.abs((order - order.mean()) @ ranks)
    columns = np.sort(np.argsort(-strength, kind="stable")[:_CANDIDATES])
    fails = margins < 0
    seen = table[:, columns].astype(np.float32)  # as trees see it; their checks take half the time
    tree = DecisionTreeClassifier(
        max_depth=_DEPTH, min_samples_leaf=max(4, int(_SMALLEST * len(fails))), random_state=0
    ).fit(seen, fails, check_input=False)
    leaf = tree.apply(seen, check_input=False)
    best, quality = -1, 0.0
    for one in np.unique(leaf):
        found = _quality(leaf == one, fails)
        if found > quality:
            best, quality = int(one), found
    if best < 0:
        return None, 0.0
    return _simpler(_bounds(tree.tree_, best, columns), quality, table, fails)


def _quality(inside: np.ndarray, fails: np.ndarray) -> float:
    """Weighted relative accuracy of a region."""
    return float((fails[inside] - fails.mean()).sum() / len(fails))


def _simpler(
    box: _Bounds, quality: float, table: np.ndarray, fails: np.ndarray
) -> tuple[_Bounds, float]:
    """A box without the sides that make it no better."""
    for column in list(box):
        fewer = {k: ends for k, ends in box.items() if k != column}
        found = _quality(_inside(fewer, table), fails) if fewer else -np.inf
        if found >= quality:
            box, quality = fewer, found
    return box, quality


def _inside(box: _Bounds, table: np.ndarray) -> np.ndarray:
    inside = np.ones(len(table), bool)
    for column, (low, high) in box.items():
        inside &= (table[:, column] > low) & (table[:, column] <= high)
    return inside


def _bounds(tree: Any, leaf: int, columns: np.ndarray) -> _Bounds:
    """Which bounds lead to a leaf, by column of the whole table."""
    sides = enumerate((tree.children_left, tree.children_right))
    parent = {int(c): (n, side) for side, ends in sides for n, c in enumerate(ends) if c >= 0}
    found: _Bounds = {}
    while leaf in parent:
        leaf, side = parent[leaf]
        column, cut = int(columns[tree.feature[leaf]]), float(tree.threshold[leaf])
        low, high = found.get(column, (-np.inf, np.inf))
        found[column] = (max(low, cut), high) if side else (low, min(high, cut))
    return dict(sorted(found.items()))


def _p_value(
    table: np.ndarray, ranks: np.ndarray, margins: np.ndarray, quality: float, rng: Any
) -> float:
    """How often effects dealt out at random give a box as good."""
    as_good = 0
    for done in range(1, _SHUFFLES + 1):
        as_good += _search(table, ranks, rng.permutation(margins))[1] >= quality
        if as_good == _AS_GOOD:
            return as_good / done
    return (as_good + 1) / (_SHUFFLES + 1)


def _held_out(
    table: np.ndarray, ranks: np.ndarray, margins: np.ndarray, failing: np.ndarray, rng: Any
) -> tuple[float, float]:
    """Coverage and density of boxes in draws that were not used to find them."""
    fold = rng.permutation(np.arange(len(margins)) % _FOLDS)
    inside = np.zeros(len(margins), bool)
    for number in range(_FOLDS):
        rest = fold != number
        box, _ = _search(table[rest], ranks[rest], margins[rest])
        if box is not None:
            inside |= _inside(box, table) & ~rest
    hits = failing[inside].sum()
    return float(hits / failing.sum()), float(hits / inside.sum()) if inside.any() else np.nan
