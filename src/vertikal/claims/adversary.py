r"""The nearest parameters at which a claim is overturned.

An adversary may move parameters, each within the central `BULK` of its prior, away from the centre
at which all are at their medians. He wants the claim to turn out otherwise than at the centre, and
to go no farther than he must. Parameters are measured in normal scores of their priors, $z =
\Phi^{-1}(F(x))$, and distance is $|z|$, as in the reliability of structures, where the nearest
failing point is the design point: Hasofer, A. and Lind, N. (1974), "Exact and Invariant
Second-Moment Code Format", *Journal of the Engineering Mechanics Division* 100: 111-121. A distance
of 1 is one parameter moved by a standard deviation, or four moved by half of one each.

He moves the parameters that a screening finds to matter most, and searches by evolution strategy
with covariance matrix adaptation: Hansen, N. and Ostermeier, A. (2001), "Completely Derandomized
Self-Adaptation in Evolution Strategies", *Evolutionary Computation* 9: 159-195. Points that
overturn the claim beyond chance are ranked by distance and come before all others, which are ranked
by how much is missing (Deb, K. (2000), "An Efficient Constraint Handling Method for Genetic
Algorithms", *Computer Methods in Applied Mechanics and Engineering* 186: 311-338). Afterwards
parameters that moved least are put back where they need not have moved, and the rest is pulled
towards the centre.

All points of the search meet the same chance, so that it finds what overturns the claim in *these*
histories. Whether it does is then asked of fresh ones: the nearest point counts whose effect is on
the other side with an interval that is wide enough for as many points as are asked about. Of truth
values it is exact, and of numbers approximate, also where their range is known and a verdict would
be exact: the histories of one point differ by chance alone and come by the hundred, and exact
intervals are several times as wide where they differ little, so that a point just beyond the line,
which is what he looks for, could never be confirmed.
"""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from vertikal.claims.chosen_draws import Play, Tell, bench, part_of, silent, test_of
from vertikal.claims.kept import Drawn
from vertikal.claims.played import as_read, range_as_read
from vertikal.claims.reading import one_of_library
from vertikal.claims.running import FOLDER, SEED
from vertikal.claims.schema import Claim, Test
from vertikal.claims.screening import PATHS, morris
from vertikal.claims.screening import REPLICATES as SCREENED_WITH
from vertikal.claims.sequential import interval
from vertikal.claims.verdicts import ERROR, Criterion
from vertikal.claims.wording import Side
from vertikal.scenario.faults import shown_of

BULK = 0.9
"""Central share of each prior within which parameters may move."""

MOVABLE = 12
"""Parameters that the adversary moves."""

BUDGET = 16384
"""Histories of each arm for the search."""

REPLICATES = 32
"""Histories of each point of the search."""

CONFIRMING = (512, 1024, 2048, 4096)
"""Fresh histories of a point that is confirmed: more where fewer do not tell."""

WORTH_TELLING = 0.25
"""Normal score from which a move is told."""

_TRIES = 4  # points that are confirmed before he gives up
_POINTS = 16  # of a generation
_APART = 1.1  # how much farther the next point is that is confirmed
_CLEAR = 2.0  # standard errors beyond the line
_STEP = 0.5  # first step of the search, in normal scores


@dataclasses.dataclass(frozen=True)
class Effect:
    """The effects at a point, with intervals, and whether the claim holds there.

    Attributes:
        means: Mean effect of each contrast, as it is judged: the claim expects a positive one.
        intervals: Interval of each.
        word: `holds`, `fails`, or `open` where the intervals do not tell.
    """

    means: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    word: str

    def as_read(self, test: Test) -> "Effect":
        """The same as a reader sees it; see `vertikal.claims.played.as_read`."""
        return dataclasses.replace(
            self,
            means=tuple(as_read(test, mean) for mean in self.means),
            intervals=tuple(range_as_read(test, *ends) for ends in self.intervals),
        )

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        ends = [[e if np.isfinite(e) else None for e in pair] for pair in self.intervals]
        return {"means": list(self.means), "intervals": ends, "word": self.word}


@dataclasses.dataclass(frozen=True)
class Found:
    """A point at which a claim is overturned.

    Attributes:
        scores: Normal scores of the parameters that moved, by address, the farthest first.
        distance: How far it is from the centre.
        effect: What fresh histories say there.
    """

    scores: dict[str, float]
    distance: float
    effect: Effect


@dataclasses.dataclass(frozen=True)
class Overturning:
    """What the adversary achieved.

    Attributes:
        claim: Id of the claim.
        test: The test.
        centre: What histories say at the centre.
        movable: The parameters that might move.
        found: The nearest point that overturns the claim; `None` if there is none.
        moves: Its parameters in words.
        histories: Histories of each arm that were looked at, those of the screening included.
        starts: The parameters of `moves` at the centre, in words.
    """

    claim: str
    test: Test
    centre: Effect
    movable: tuple[str, ...]
    found: Found | None
    moves: tuple[Side, ...]
    histories: int
    starts: tuple[Side, ...] = ()

    @property
    def far(self) -> int:
        """How many of `moves` are to be told; the rest has hardly moved."""
        scores = self.found.scores.values() if self.found else ()
        return shown_of(len(scores), sum(abs(z) >= WORTH_TELLING for z in scores))

    @property
    def told(self) -> str:
        """The outcome in words."""
        within = f"within the central {BULK:.0%} of {len(self.movable)} parameters"
        after = f"after {self.histories} histories of each arm"
        if self.centre.word == "open":
            return f"At the centre of the prior histories do not tell whether it holds, {after}."
        start = f"At the centre of the prior it {self.centre.word}."
        if self.found is None:
            return f"{start} No point found {within} that overturns it, {after}."
        told = [str(m) for m in self.moves[: self.far]]
        if rest := len(self.moves) - self.far:
            told.append(f"{rest} others moved by less than {WORTH_TELLING} each")
        at = f"{self.found.effect.word} at distance {self.found.distance:.2f}"
        return f"{start} It {at}, where {' and '.join(told)}."

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON; effects as a reader sees them."""
        found = self.found
        return {
            "claim": self.claim,
            "scenario": self.test.scenario,
            "told": self.told,
            "centre": self.centre.as_read(self.test).row(),
            "bulk": BULK,
            "movable": list(self.movable),
            "distance": None if found is None else found.distance,
            "scores": None if found is None else found.scores,
            "effect": None if found is None else found.effect.as_read(self.test).row(),
            "moves": [s.row() for s in self.moves],
            "starts": [s.row() for s in self.starts],
            "histories": self.histories,
        }


def overturn(
    claim: Claim | str,
    *,
    number: int = 1,
    folder: str | Path | None = FOLDER,
    budget: int = BUDGET,
    movable: Sequence[str] = (),
    seed: int = SEED,
    tell: Tell = silent,
) -> Overturning:
    """The nearest parameters at which a test of a claim turns out otherwise than at the centre.

    Args:
        claim: A claim, or the id of one of the library.
        number: Which of its tests, from 1.
        folder: Where histories are kept, so that they are not played twice, and what was found,
            for the ledger; `None` to keep nothing.
        budget: Histories of each arm for the search.
        movable: Addresses that may move; those that a screening finds to matter most if none.
        seed: Of all chance; fresh histories have the next one.
        tell: Is told how far the work has come.

    Raises:
        VertikalError: If there is no such claim or test, or it cannot be played.
    """
    claim = one_of_library(claim)
    test = test_of(claim, number)
    made = bench(claim, test, REPLICATES, folder, seed)
    screening = 0 if movable else PATHS * (len(made.addresses) + 1) * SCREENED_WITH
    whole = screening + budget
    if not movable:
        coarse = bench(claim, test, SCREENED_WITH, folder, seed)
        found = morris(
            coarse.play, coarse.addresses, coarse.criteria, coarse.lexicon,
            tell=part_of(tell, 0, whole),
        )  # fmt: skip
        movable = [s.address for s in found if s.size > 0][:MOVABLE]
    fresh = {n: bench(claim, test, n, folder, seed + 1) for n in CONFIRMING}

    def confirm(quantiles: pd.DataFrame, histories: int) -> tuple[np.ndarray, ...]:
        return fresh[histories].play(quantiles, silent)

    centre, point, histories = nearest(
        made.play, confirm, made.addresses, movable, made.criteria, budget,
        part_of(tell, screening, whole),
    )  # fmt: skip
    tell(whole, whole)
    moves, starts = (
        tuple(
            made.lexicon.at(a, float(made.lexicon.values(a, special.ndtr(share * z))))
            for a, z in (point.scores.items() if point else ())
        )
        for share in (1, 0)
    )
    told = Overturning(
        claim.id, test, centre, tuple(movable), point, moves, screening + histories, starts
    )
    made.keep("adversary", {"budget": budget, "bulk": BULK, "replicates": REPLICATES}, told)
    return told


def nearest(
    play: Play,
    confirm: Callable[[pd.DataFrame, int], tuple[np.ndarray, ...]],
    addresses: Sequence[str],
    movable: Sequence[str],
    criteria: tuple[Criterion, ...],
    budget: int = BUDGET,
    tell: Tell = silent,
    seed: int = 0,
) -> tuple[Effect, Found | None, int]:
    """The nearest point at which a claim is overturned.

    Args:
        play: Effects at chosen draws, for the search; all draws meet the same chance.
        confirm: The same with other chance and a stated number of histories of each draw.
        addresses: All parameters; those that may not move stay at their medians.
        movable: Those that may move.
        criteria: What the claim expects of each contrast.
        budget: Histories of each arm for the search.
        tell: Is told how far the work has come.
        seed: Of the search.

    Returns:
        What histories say at the centre; the point, or `None`; and the histories of each arm.
    """

    spent = 0

    def asked(scores: np.ndarray, error: float) -> Effect:
        nonlocal spent
        for histories in CONFIRMING:
            values = confirm(_quantiles(scores[None], addresses, movable), histories)
            spent += histories
            effect = _judged([v[0] for v in values], criteria, error)
            if effect.word != "open":
                break
        return effect

    centre = asked(np.zeros(len(movable)), ERROR)
    if centre.word == "open" or not movable:
        return centre, None, spent
    trail = _Trail(play, addresses, movable, criteria, 1.0 if centre.word == "holds" else -1.0)
    _evolve(trail, budget, tell, seed)
    for _ in range(2):
        _tidy(trail)
    for scores in _candidates(trail):
        effect = asked(scores, ERROR / _TRIES)
        if effect.word not in ("open", centre.word):
            order = np.argsort(-np.abs(scores), kind="stable")
            moved = {movable[k]: float(scores[k]) for k in order if scores[k] != 0}
            distance = float(np.linalg.norm(scores))
            return centre, Found(moved, distance, effect), spent + trail.histories
    return centre, None, spent + trail.histories


@dataclasses.dataclass
class _Trail:
    """Points that the search has looked at."""

    play: Play
    addresses: Sequence[str]
    movable: Sequence[str]
    criteria: tuple[Criterion, ...]
    sign: float
    """1 if the claim is to fail, -1 if it is to hold."""
    points: list[np.ndarray] = dataclasses.field(default_factory=list)
    missing: list[float] = dataclasses.field(default_factory=list)
    """For each point what is missing to overturn the claim; not positive where nothing is."""
    histories: int = 0

    def look(self, scores: np.ndarray) -> np.ndarray:
        """What is missing at some points."""
        values = self.play(_quantiles(scores, self.addresses, self.movable), silent)
        seen = Drawn(pd.DataFrame(scores), values, self.criteria)
        least = np.argmin(seen.margins, axis=0)[None]
        margin, noise = (
            np.take_along_axis(np.array(a), least, 0)[0] for a in (seen.margins, seen.noise)
        )
        found = self.sign * margin + _CLEAR * np.sqrt(np.nan_to_num(noise))
        found = np.where(np.isnan(found), np.inf, found)
        self.points.extend(scores)
        self.missing.extend(map(float, found))
        self.histories += len(scores) * values[0].shape[1]
        return found

    def best(self) -> np.ndarray | None:
        """The nearest point that overturns the claim."""
        found = [p for p, m in zip(self.points, self.missing, strict=True) if m <= 0]
        return min(found, key=np.linalg.norm) if found else None


def _evolve(trail: _Trail, budget: int, tell: Tell, seed: int) -> None:
    """Search until the budget is spent or the strategy has come to rest."""
    import cma

    size = len(trail.movable)
    edge = float(special.ndtri((1 + BULK) / 2))
    rng = np.random.default_rng(seed)
    options = {
        "bounds": [-edge, edge],
        "popsize": _POINTS,
        "randn": lambda *shape: rng.standard_normal(shape),
        "seed": np.nan,
        "tolx": 0.01,
        "verbose": -9,
    }
    search = cma.CMAEvolutionStrategy(np.zeros(size), _STEP, options)
    farthest = edge * np.sqrt(size)
    while trail.histories < budget and not search.stop():
        asked = np.array(search.ask())
        missing = trail.look(asked)
        distance = np.linalg.norm(asked, axis=1)
        search.tell(list(asked), list(np.where(missing <= 0, distance, farthest + missing)))
        tell(trail.histories, budget)


def _tidy(trail: _Trail) -> None:
    """Put back what need not have moved, and pull the rest towards the centre."""
    best = trail.best()
    if best is None:
        return
    order = np.argsort(-np.abs(best), kind="stable")
    place = np.argsort(order)
    kept = [np.where(place < n, best, 0) for n in range(1, len(best))]
    pulled = [share * best for share in np.linspace(0.5, 0.98, 13)]
    trail.look(np.array(kept + pulled))


def _candidates(trail: _Trail) -> list[np.ndarray]:
    """The nearest points that overturn the claim, some way apart."""
    found = [p for p, m in zip(trail.points, trail.missing, strict=True) if m <= 0]
    chosen: list[np.ndarray] = []
    for point in sorted(found, key=np.linalg.norm):
        far = float(np.linalg.norm(point))
        if not chosen or far >= _APART * np.linalg.norm(chosen[-1]):
            chosen.append(point)
    return chosen[:_TRIES]


def _quantiles(
    scores: np.ndarray, addresses: Sequence[str], movable: Sequence[str]
) -> pd.DataFrame:
    """Draws with some parameters moved and all others at their medians."""
    table = pd.DataFrame(0.5, index=range(len(scores)), columns=list(addresses))
    table[list(movable)] = special.ndtr(scores)
    return table


def _judged(values: Sequence[np.ndarray], criteria: tuple[Criterion, ...], error: float) -> Effect:
    """Whether a claim holds at one point, from independent histories."""
    known = [v[~np.isnan(v)] for v in values]
    ends = tuple(interval(v, error, c.possible) for v, c in zip(known, criteria, strict=True))
    holds, fails = [], []
    for (low, high), c in zip(ends, criteria, strict=True):
        bottom, top = (-c.smallest, c.smallest) if c.kind == "inside" else (c.smallest, np.inf)
        holds.append(bottom <= low and high <= top)
        fails.append(high < bottom or low > top)
    word = "holds" if all(holds) else "fails" if any(fails) else "open"
    return Effect(tuple(float(v.mean()) for v in known), ends, word)
