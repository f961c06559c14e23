r"""What a scenario's record teaches about the parameters that it shares with another.

A draw has the same values of the shared parameters in both scenarios, since they hang on seed,
number and address alone. With $\hat p_{ij}$ the share of the source's histories of draw $i$ that
show record $j$ (with Jeffreys' half a history for and against it), the weight of a draw is

$$ w_i \propto \prod_j \hat p_{ij}^{\,k}, \qquad
   k = \frac{1}{J} \frac{(\sum_m \lambda_m)^2}{\sum_m \lambda_m^2}, $$

a composite likelihood: records are multiplied as if they were independent, and $k$, from the
eigenvalues $\lambda$ of the correlations of records among histories of the same draw ($J$ of them
differ between these), takes back what they tell twice (the adjustment of magnitude in Pauli, F.,
Racugno, W. and Ventura, L. (2011), "Bayesian Composite Marginal Likelihoods", *Statistica Sinica*
21: 149-164; this $k$ is ours). What the source declares of its own situation, and all chance, is
drawn anew for these histories, so that nothing but the shared parameters is learnt about.

Whether what was learnt foretells the records of the other scenario better than the prior does is
told by the change of their log score: the sum over records of the logarithm of the probability of
each, all draws together. The histories of the two scenarios must have other chance; the same one
would make draws count in which both were lucky. Kish, L. (1965), *Survey Sampling*, Wiley: draws
with weights tell as much as $1 / \sum_i w_i^2$ equal ones.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from vertikal.analysis.docking import hits
from vertikal.analysis.records import records
from vertikal.engine.histories import Histories
from vertikal.scenario import world
from vertikal.scenario.model import Scenario
from vertikal.scenario.quantities import Quantity


@dataclasses.dataclass(frozen=True)
class Fit:
    """What the record of a source teaches.

    Attributes:
        draws: Numbers of the draws.
        weights: Of each; they add up to 1.
        records: The records that were used.
        power: By how much records tell things twice, 0 to 1; see the module's head.
        effective: How many equal draws would tell as much.
    """

    draws: np.ndarray
    weights: np.ndarray
    records: tuple[str, ...]
    power: float
    effective: float


@dataclasses.dataclass(frozen=True)
class Foretold:
    """How probable a sister's own records are.

    Attributes:
        use: What the records may be used for.
        records: How many.
        before: Log score by the sister's own numbers and the prior, nats; summed over records.
        after: By what was carried.
        error: Standard error of the difference over draws.
    """

    use: str
    records: int
    before: float
    after: float
    error: float


def compared(source: Scenario, sister: Scenario) -> tuple[tuple[str, ...], dict[str, float | str]]:
    """Parameters of mechanisms that two scenarios share, and those that the second takes over."""
    known = [
        {
            a: q
            for a, q in world.quantities(s).items()
            if a.partition(".")[0] in {m.name for m in world.used_mechanisms(s)}
        }
        for s in (source, sister)
    ]
    shared = tuple(a for a in known[0] if a in known[1])
    return shared, {
        a: _written(known[0][a]) for a in shared if _written(known[0][a]) != _written(known[1][a])
    }


def _written(quantity: Quantity) -> float | str:
    """A quantity as a scenario file has it."""
    return quantity.value if quantity.certain else str(quantity.prior)


def fitted(source: Scenario, table: pd.DataFrame) -> Fit | None:
    """How much each draw counts by what is recorded of a source; see the module's head.

    Args:
        source: The scenario.
        table: Its histories, as of `as_it_stands`.
    """
    shown = _shown(source, table, ("reproduce",))
    if shown.empty:
        return None
    draw = table.loc[shown.index, "draw"].to_numpy()
    draws, place = np.unique(draw, return_inverse=True)
    counts = np.bincount(place)[:, None]
    sums = np.zeros((len(draws), shown.shape[1]))
    values = shown.to_numpy(np.float64)
    np.add.at(sums, place, values)
    power = _power(values - (sums / counts)[place])
    logs = power * np.log((sums + 0.5) / (counts + 1)).sum(axis=1)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    return Fit(draws, weights, tuple(map(str, shown.columns)), power, 1 / (weights**2).sum())


def _shown(scenario: Scenario, table: pd.DataFrame, uses: Sequence[str]) -> pd.DataFrame:
    """Which histories show what is recorded, of the records with some uses."""
    found = records(scenario, Histories(scenario, 0).outcome_specs)
    values = {a: v for a, v in found.values.items() if found.uses[a] in uses}
    if not values:
        return pd.DataFrame()
    horizon = scenario.clock.length
    return hits(
        table,
        values,
        horizon=horizon,
        windows=found.windows,
        possible=found.possible,
        kinds=found.kinds,
    )


def _power(residuals: np.ndarray) -> float:
    """Share of the records that tell something of their own, from their correlations in draws."""
    varying = residuals[:, residuals.std(axis=0) > 0]
    if varying.shape[1] < 2:
        return 1.0
    roots = np.linalg.eigvalsh(np.corrcoef(varying, rowvar=False))
    return float(roots.sum() ** 2 / (roots**2).sum() / len(roots))


def foretold(
    sister: Scenario, own: pd.DataFrame, with_source: pd.DataFrame, learnt: Fit | None
) -> tuple[Foretold, ...]:
    """How probable the sister's records are before and after, by what they may be used for.

    Args:
        sister: The scenario.
        own: Its histories by its own numbers, with other chance than those of the source.
        with_source: Its histories by the numbers of the source.
        learnt: What the source's record teaches.
    """
    found = []
    for use in ("reproduce", "hold out"):
        before, after = (_shares(_shown(sister, t, (use,)), t) for t in (own, with_source))
        if before.empty:
            continue
        both = before.index.intersection(after.index)
        if learnt is not None:
            both = both.intersection(pd.Index(learnt.draws))
        if both.empty:
            continue
        one, two = before.loc[both].to_numpy(), after.loc[both].to_numpy()
        plain = np.full(len(both), 1 / len(both))
        weights = plain
        if learnt is not None:
            weights = learnt.weights[np.searchsorted(learnt.draws, both.to_numpy())]
            weights = weights / weights.sum()
        first, second = plain @ one, weights @ two
        # each draw's part in the change of the score, to first order
        parts = weights[:, None] * (two - second) / second - plain[:, None] * (one - first) / first
        error = float(np.sqrt((parts.sum(axis=1) ** 2).sum()))
        scores = float(np.log(first).sum()), float(np.log(second).sum())
        found.append(Foretold(use, one.shape[1], *scores, error))
    return tuple(found)


def _shares(shown: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Share of the histories of each draw that show each record, with half a history either way."""
    if shown.empty:
        return shown
    grouped = shown.groupby(table.loc[shown.index, "draw"].to_numpy())
    return (grouped.sum() + 0.5).div(grouped.size() + 1, axis=0)
