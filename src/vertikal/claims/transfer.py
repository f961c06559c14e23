r"""The transfer rule: parameters are carried unchanged from one scenario to its sister.

Sister scenarios share mechanisms and differ in the situation that they declare. Two things are
carried from the one to the other before anything is refitted there:

- *numbers*: where the sister states a parameter of a shared mechanism otherwise than its source, it
  takes that of the source;
- *what the source's history teaches*: parameter draws count the more, the better they reproduce
what
  is recorded of the source. Of the outcomes only those are used whose record may set parameters
  (`use: reproduce`); what is held out judges.

A draw has the same values of the shared parameters in both scenarios, since they hang on seed,
number and address alone. With $\hat p_{ij}$ the share of the source's histories of draw $i$ that
show record $j$ (with Jeffreys' half a history for and against it), the weight of a draw is

$$ w_i \propto \prod_j \hat p_{ij}^{\,k}, \qquad
   k = \frac{1}{J} \frac{(\sum_m \lambda_m)^2}{\sum_m \lambda_m^2}, $$

a composite likelihood: records are multiplied as if they were independent, and $k$, from the
eigenvalues $\lambda$ of the correlations of records among histories of the same draw, takes back
what they tell twice (the adjustment of magnitude in Pauli, F., Racugno, W. and Ventura, L. (2011),
"Bayesian Composite Marginal Likelihoods", *Statistica Sinica* 21: 149-164; this $k$ is ours). What
the source declares of its own situation, and all chance, is drawn anew for these histories, so that
nothing but the shared parameters is learnt about.

Means and shares in the sister are then weighted. For a verdict by the usual rule, draws are kept
with a probability proportional to their weight and judged as if there were no others (rejection
sampling). Whether what was carried foretells the sister's own records better than the prior does is
told by the change of their log score. Kish, L. (1965), *Survey Sampling*, Wiley: the weighted draws
tell as much as $1 / \sum_i w_i^2$ equal ones.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vertikal.analysis.docking import hits
from vertikal.analysis.records import records
from vertikal.claims.kept import Drawn, drawn
from vertikal.claims.observed import as_it_stands
from vertikal.claims.rivals import holding
from vertikal.claims.running import FOLDER, SEED, Progress, examine_all
from vertikal.claims.schema import Claim, Test
from vertikal.claims.verdicts import WORDS, Finding, Word, combined, judge
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError
from vertikal.scenario import world
from vertikal.scenario.faults import listed
from vertikal.scenario.loader import load
from vertikal.scenario.model import Scenario
from vertikal.scenario.quantities import Quantity

DRAWS = 256
"""Parameter draws unless the caller says otherwise."""


@dataclasses.dataclass(frozen=True)
class Sisters:
    """Two scenarios between which parameters are carried."""

    source: str
    sister: str
    about: str


SISTERS = (
    Sisters("stalins-court", "young-technocrats", "cover and technocrats"),
    Sisters("young-technocrats", "after-the-war", "cover and technocrats"),
    Sisters("state-defence-committee", "gkchp", "emergency bodies"),
    Sisters("stalins-court", "late-brezhnev", "cases late in a reign"),
    Sisters("elite-defection", "after-the-war", "defection"),
    Sisters("resource-state", "union-state", "neighbours"),
    Sisters("reform-and-stagnation", "resource-state", "slow variables"),
)
"""The pairs of the transfer rule. Of Stalin's court the committee of 1941 is a scenario by itself,
and what there is about emergency bodies is there."""


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
        before: Log score by the sister's own numbers and the prior, nats.
        after: By what was carried.
        error: Standard error of the difference over draws.
    """

    use: str
    records: int
    before: float
    after: float
    error: float


@dataclasses.dataclass(frozen=True)
class Stand:
    """How a claim stands in one scenario under one state of knowledge.

    Attributes:
        word: The verdict by the usual rule.
        leaning: That for which there is most evidence.
        effects: Mean effect of each part of each test, oriented.
        share: Share of draws in which the claim holds.
    """

    word: Word
    leaning: Word
    effects: tuple[float, ...]
    share: float

    @property
    def told(self) -> str:
        """The verdict, or where it leans."""
        return self.word if self.word in WORDS else f"{self.word}, leaning {self.leaning}"


@dataclasses.dataclass(frozen=True)
class Moved:
    """A claim before and after the transfer.

    Attributes:
        claim: Its id.
        in_source: How it stands in the source, if it is tested there.
        before: How it stands in the sister by itself.
        after: How it stands there with what was carried.
        error: Standard error of the change of the share of draws.
        alike: Share of draws in which it holds in both scenarios or in neither, if it is tested in
            both.
    """

    claim: str
    in_source: Stand | None
    before: Stand
    after: Stand
    error: float
    alike: float | None

    @property
    def changed(self) -> bool:
        """Whether the verdict, or where it leans, is another one."""
        return self.before.leaning != self.after.leaning

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return dataclasses.asdict(self) | {"changed": self.changed}


@dataclasses.dataclass(frozen=True)
class Transfer:
    """What came of carrying parameters from a scenario to its sister.

    Attributes:
        pair: The scenarios.
        shared: Parameters of mechanisms that both have, by address.
        restated: Those that the sister states otherwise, with what it took from the source.
        fit: What the source's record teaches; nothing where none may set parameters.
        foretold: How probable the sister's own records became, by use.
        moved: Its claims.
    """

    pair: Sisters
    shared: tuple[str, ...]
    restated: Mapping[str, float | str]
    fit: Fit | None
    foretold: tuple[Foretold, ...]
    moved: tuple[Moved, ...]

    @property
    def statement(self) -> str:
        """What was carried, in words."""
        source, sister = self.pair.source, self.pair.sister
        if not self.shared:
            return (
                f"{source} and {sister} have no mechanism in common, so that nothing can be "
                "carried over."
            )
        told = f"{len(self.shared)} parameters of mechanisms are shared; "
        if self.restated:
            told += f"{sister} states {listed(list(self.restated))} otherwise and takes them over. "
        else:
            told += "both state all of them alike, so that only the declared situation differs. "
        if self.fit is None:
            return told + f"No record of {source} may set parameters, so that no more is carried."
        return told + (
            f"{len(self.fit.records)} records of {source} weigh the draws, which then tell as much "
            f"as {self.fit.effective:.0f} of {len(self.fit.draws)}."
        )

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "source": self.pair.source,
            "sister": self.pair.sister,
            "about": self.pair.about,
            "statement": self.statement,
            "shared": len(self.shared),
            "restated": dict(self.restated),
            "fit": None
            if self.fit is None
            else {
                "records": list(self.fit.records),
                "power": self.fit.power,
                "draws": len(self.fit.draws),
                "effective_draws": self.fit.effective,
            },
            "foretold": [dataclasses.asdict(f) for f in self.foretold],
            "claims": [m.row() for m in self.moved],
        }


def pairs(source: str | None, sister: str | None = None) -> list[Sisters]:
    """The pairs of the rule, perhaps only those of a source, or of a source and its sister.

    Raises:
        VertikalError: If the rule has none.
    """
    found = [p for p in SISTERS if source in (None, p.source) and sister in (None, p.sister)]
    if not found:
        known = "; ".join(f"{p.source} to {p.sister}" for p in SISTERS)
        raise VertikalError(
            f"no parameters are carried from {source} to {sister or 'another scenario'}",
            mend=f"The rule has {known}.",
        )
    return found


def transfer(
    pair: Sisters,
    claims: Sequence[Claim],
    *,
    draws: int = DRAWS,
    folder: str | Path = FOLDER,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Transfer:
    """Carry parameters from a scenario to its sister and judge the sister's claims again.

    Args:
        pair: The scenarios.
        claims: Claims; those that are tested in the sister count.
        draws: Parameter draws.
        folder: Where histories are kept and looked for.
        seed: As claims are tested.
        progress: Is told how far the tests have come.

    Raises:
        VertikalError: If a test cannot be played, or the folder cannot be used.
    """
    source, sister = load(pair.source), load(pair.sister)
    shared, restated = compared(source, sister)
    if not shared:
        return Transfer(pair, (), {}, None, (), ())
    patched = load(pair.sister, set={f"parameters.{a}": v for a, v in restated.items()})
    how: dict[str, Any] = {"folder": folder, "seed": seed, "carried": shared}
    learnt = fitted(source, as_it_stands(source, draws, **how))
    own = as_it_stands(sister, draws, **how)
    with_source = as_it_stands(patched, draws, **how) if restated else own
    here = [c for c in claims if any(t.scenario == pair.sister for t in c.tests)]
    asked = [_in(c, pair.sister, {}) for c in here]
    moved = [_in(c, pair.sister, restated) for c in here]
    there = [_in(c, pair.source, {}) for c in here if pair.source in c.scenarios]
    parts = [*asked, *(moved if restated else ()), *there]
    together = [
        c.model_copy(update={"tests": tuple(t for p in parts if p.id == c.id for t in p.tests)})
        for c in asked
    ]
    examine_all(together, draws=draws, folder=folder, seed=seed, progress=progress)
    known = {c.id: _kept(c, folder, seed) for c in there if c.tests}
    found = [
        judged(
            one.id,
            _kept(one, folder, seed),
            _kept(other, folder, seed),
            known.get(one.id),
            learnt,
        )
        for one, other in zip(asked, moved, strict=True)
    ]
    return Transfer(
        pair, shared, restated, learnt, foretold(sister, own, with_source, learnt), tuple(found)
    )


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
    horizon = scenario.clock.ticks * scenario.clock.step_years
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
        own: Its histories by its own numbers.
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
            both = both.intersection(learnt.draws)
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


def _in(claim: Claim, scenario: str, numbers: Mapping[str, float | str]) -> Claim:
    """A claim with its tests in one scenario, in which some parameters take other values."""

    def changed(test: Test) -> Test:
        stated = {f"parameters.{a}": v for a, v in numbers.items()}
        base = test.base.model_copy(update={"set": {**stated, **test.base.set}})
        return test.model_copy(update={"base": base}) if numbers else test

    tests = tuple(changed(t) for t in claim.tests if t.scenario == scenario)
    return claim.model_copy(update={"tests": tests, "elaborated": ()})


def _kept(claim: Claim, folder: str | Path, seed: int) -> list[Drawn]:
    return [drawn(claim, test, folder, seed=seed) for test in claim.tests]


def judged(
    claim: str,
    own: Sequence[Drawn],
    with_source: Sequence[Drawn],
    in_source: Sequence[Drawn] | None,
    learnt: Fit | None,
) -> Moved:
    """A claim before and after the transfer, in the draws that all its tests have.

    Args:
        claim: Its id.
        own: What its tests in the sister keep, by the sister's own numbers.
        with_source: The same by the numbers of the source.
        in_source: What its tests in the source keep, if there are any.
        learnt: What the source's record teaches.
    """
    draws = own[0].parameters.index
    for kept in (*own, *with_source, *(in_source or ())):
        draws = draws.intersection(kept.parameters.index)
    if learnt is not None:
        draws = draws.intersection(learnt.draws)
    plain = np.full(len(draws), 1 / len(draws))
    weights = plain
    if learnt is not None:
        weights = learnt.weights[np.searchsorted(learnt.draws, draws.to_numpy())]
        weights = weights / weights.sum()
    chances = [_chance(kept, draws) for kept in (own, with_source)]
    before = _stand(own, draws, plain, chances[0])
    after = _stand(with_source, draws, weights, chances[1])
    parts = weights * (chances[1] - after.share) - plain * (chances[0] - before.share)
    source, alike = None, None
    if in_source is not None:
        there = _chance(in_source, draws)
        source = _stand(in_source, draws, plain, there)
        alike = float((there * chances[0] + (1 - there) * (1 - chances[0])).mean())
    return Moved(claim, source, before, after, float(np.sqrt((parts**2).sum())), alike)


def _chance(tests: Sequence[Drawn], draws: pd.Index) -> np.ndarray:
    """Probability that a claim holds in each draw, in all its tests."""
    found = np.ones(len(draws))
    for kept in tests:
        place = kept.parameters.index.get_indexer(draws)
        for values, criterion in zip(kept.values, kept.criteria, strict=True):
            found = found * holding(values, criterion)[place]
    return found


def _stand(
    tests: Sequence[Drawn], draws: pd.Index, weights: np.ndarray, chances: np.ndarray
) -> Stand:
    """How a claim stands when draws have weights."""
    lots = np.random.default_rng(0).random(len(draws))
    chosen = lots * weights.max() <= weights
    findings: list[Finding] = []
    effects = []
    for kept in tests:
        place = kept.parameters.index.get_indexer(draws)
        for values, criterion in zip(kept.values, kept.criteria, strict=True):
            findings.append(judge(values[place][chosen], criterion))
            effects.append(float(weights @ np.nanmean(values[place], axis=1)))
    return Stand(
        combined(f.word for f in findings),
        combined(f.leaning for f in findings),
        tuple(effects),
        float(weights @ chances),
    )
