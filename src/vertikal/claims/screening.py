r"""Which of all assumptions drive an effect, by designed draws: Morris, then Sobol'.

*Screening*: all parameters move one at a time along random paths over a grid of their priors,
between the quantiles 0.05 and 0.95. The mean absolute elementary effect $\mu^*$, which is the
change of the effect per move across that whole range, ranks them at a cost of one draw a parameter
and path. Morris, M. (1991), "Factorial Sampling Plans for Preliminary Computational Experiments",
*Technometrics* 33: 161-174; Campolongo, F., Cariboni, J. and Saltelli, A. (2007), "An Effective
Screening Design for Sensitivity Analysis of Large Models", *Environmental Modelling and Software*
22: 1509-1518.

Since all draws meet the same chance, a parameter that plays no part changes nothing at all. One
that only stirs chance, so that the same history takes another course, has elementary effects whose
mean is zero. By how much they scatter, the differences of single histories tell, pooled over paths.
A parameter is said to matter if its $\mu^*$ is larger than what the largest of as many that only
stir chance reaches with a probability of 5%, were the differences normal.

*Indices*: of those that matter most, first-order and total Sobol' indices by the design of
Saltelli, A. et al. (2010), "Variance Based Sensitivity Analysis of Model Output", *Computer Physics
Communications* 181: 259-270; all other parameters vary as one group, so that indices are shares of
the variance over the whole prior. The total index of a parameter includes up to the share of
chance, which is stated, if it stirs chance.

Both are by SALib: Iwanaga, T., Usher, W. and Herman, J. (2022), "Toward SALib 2.0",
*Socio-Environmental Systems Modelling* 4: 18155.
"""

import dataclasses
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vertikal.claims.chosen_draws import Play, Tell, bench, part_of, silent, test_of
from vertikal.claims.failing import Place, locate
from vertikal.claims.kept import Drawn, variance_of_mean
from vertikal.claims.reading import one_of_library
from vertikal.claims.running import FOLDER, SEED
from vertikal.claims.schema import Claim, Test
from vertikal.claims.verdicts import Criterion
from vertikal.claims.wording import Lexicon

PATHS = 6
"""Paths of the screening."""

REPLICATES = 8
"""Histories of each chosen draw."""

BASE = 256
"""Draws of the design for indices, a power of two; it plays as many times the groups and two."""

MOST = 8
"""Parameters that get indices of their own."""

OTHERS = "all others"
_ENDS = (0.05, 0.95)
_LEVELS = 4
_INSIDE = 1e-9  # quantiles lie strictly between 0 and 1
_TRIALS = 1_000_000  # enough for one in a thousand parameters at 5%


@dataclasses.dataclass(frozen=True)
class Screened:
    """What screening says of a parameter.

    Attributes:
        address: The parameter.
        meaning: What it is.
        size: Mean absolute elementary effect: by how much the effect changes when the parameter
            moves from the low to the high end of its prior, all else being somewhere.
        mean: Mean elementary effect, positive where more of the parameter favours the claim.
        spread: Standard deviation of elementary effects: large where it hangs on other parameters.
        floor: What `size` might be by chance alone.
    """

    address: str
    meaning: str
    size: float
    mean: float
    spread: float
    floor: float

    @property
    def matters(self) -> bool:
        """Whether it does more than chance would."""
        return self.size > self.floor

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return dataclasses.asdict(self) | {"matters": self.matters}


@dataclasses.dataclass(frozen=True)
class Sobol:
    """Sobol' indices of a parameter; half widths are of 95% bootstrap intervals.

    Attributes:
        address: The parameter, or `OTHERS`.
        meaning: What it is.
        first: Share of the variance that it explains by itself.
        first_half: Half width of the interval of `first`.
        total: Share with all interactions in which it takes part.
        total_half: Half width of the interval of `total`.
    """

    address: str
    meaning: str
    first: float
    first_half: float
    total: float
    total_half: float


@dataclasses.dataclass(frozen=True)
class Screen:
    """Which assumptions drive a test.

    Attributes:
        claim: Id of the claim.
        test: The test.
        screened: All parameters, the one that matters most first.
        indices: Sobol' indices of those that matter most and of all others; empty if none matters.
        chance: Share of the variance of the effect that is due to chance, at most: chance that no
            parameter stirs is the same in all draws. `nan` without indices.
        place: Where the claim fails, in the parameters that have indices; `None` without them.
        histories: Histories of each arm.
    """

    claim: str
    test: Test
    screened: tuple[Screened, ...]
    indices: tuple[Sobol, ...]
    chance: float
    place: Place | None
    histories: int

    @property
    def inert(self) -> int:
        """How many parameters changed nothing at all."""
        return sum(s.size == 0 for s in self.screened)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "claim": self.claim,
            "scenario": self.test.scenario,
            "screened": [s.row() for s in self.screened],
            "inert": self.inert,
            "indices": [dataclasses.asdict(s) for s in self.indices],
            "chance": self.chance if np.isfinite(self.chance) else None,
            "region": None if self.place is None else self.place.row(),
            "histories": self.histories,
        }


def screen(
    claim: Claim | str,
    *,
    number: int = 1,
    folder: str | Path | None = FOLDER,
    paths: int = PATHS,
    base: int = BASE,
    replicates: int = REPLICATES,
    seed: int = SEED,
    tell: Tell = silent,
) -> Screen:
    """Which assumptions drive a test of a claim, by designed draws.

    Args:
        claim: A claim, or the id of one of the library.
        number: Which of its tests, from 1.
        folder: Where histories are kept, so that they are not played twice, and what was found,
            for the ledger; `None` to keep nothing.
        paths: Paths of the screening.
        base: Draws of the design for indices, a power of two.
        replicates: Histories of each draw.
        seed: Of all chance.
        tell: Is told how far the work has come.

    Raises:
        VertikalError: If there is no such claim or test, or it cannot be played.
    """
    claim = one_of_library(claim)
    test = test_of(claim, number)
    made = bench(claim, test, replicates, folder, seed)
    first = paths * (len(made.addresses) + 1) * replicates
    whole = first + base * (MOST + 3) * replicates

    def done(found: Screen) -> Screen:
        tell(whole, whole)
        made.keep("screen", {"paths": paths, "base": base, "replicates": replicates}, found)
        return found

    found = morris(
        made.play, made.addresses, made.criteria, made.lexicon, paths, part_of(tell, 0, whole)
    )
    chosen = [s.address for s in found if s.matters][:MOST]
    if not chosen:
        return done(Screen(claim.id, test, found, (), np.nan, None, first))
    indices, chance, drawn = sobol(
        made.play, made.addresses, chosen, made.criteria, made.lexicon, base,
        part_of(tell, first, whole),
    )  # fmt: skip
    place = locate(dataclasses.replace(drawn, parameters=drawn.parameters[chosen]), made.lexicon)
    histories = first + base * (len(chosen) + 3) * replicates
    return done(Screen(claim.id, test, found, indices, chance, place, histories))


def morris(
    play: Play,
    addresses: Sequence[str],
    criteria: tuple[Criterion, ...],
    lexicon: Lexicon,
    paths: int = PATHS,
    tell: Tell = silent,
    seed: int = 0,
) -> tuple[Screened, ...]:
    """Elementary effects of all parameters, the largest first.

    Args:
        play: Effects at chosen draws.
        addresses: The parameters.
        criteria: What the claim expects of each contrast.
        lexicon: What the parameters are.
        paths: How many paths through the grid.
        tell: Is told how far the work has come.
        seed: Of the paths.
    """
    from SALib.analyze import morris as analysis
    from SALib.sample import morris as design

    problem = _problem(addresses, [_ENDS] * len(addresses))
    table = design.sample(problem, paths, num_levels=_LEVELS, seed=seed)
    values = play(pd.DataFrame(table, columns=list(addresses)), tell)
    effects, _ = _of(Drawn(pd.DataFrame(table), values, criteria))
    found = analysis.analyze(
        problem, table, effects, num_levels=_LEVELS, num_resamples=2, seed=seed
    )
    floors = _floors(table, values, paths)
    rows = [
        Screened(address, lexicon.meaning(address), size, mean, spread, floor)
        for address, size, mean, spread, floor in zip(
            addresses,
            map(float, found["mu_star"]),
            map(float, found["mu"]),
            map(float, found["sigma"]),
            map(float, floors),
            strict=True,
        )
    ]
    return tuple(sorted(rows, key=lambda s: (-s.size, s.address)))


def sobol(
    play: Play,
    addresses: Sequence[str],
    chosen: Sequence[str],
    criteria: tuple[Criterion, ...],
    lexicon: Lexicon,
    base: int = BASE,
    tell: Tell = silent,
    seed: int = 0,
) -> tuple[tuple[Sobol, ...], float, Drawn]:
    """First-order and total indices of some parameters and of all others as one group.

    Args:
        play: Effects at chosen draws.
        addresses: All parameters.
        chosen: Those that get indices of their own.
        criteria: What the claim expects of each contrast.
        lexicon: What the parameters are.
        base: Draws of the design, a power of two.
        tell: Is told how far the work has come.
        seed: Of the design.

    Returns:
        The indices, the share of the variance that is due to chance at most, and the draws of the
        design that are draws of the prior, with their parameters.
    """
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as design

    groups = [*chosen, OTHERS]
    problem = _problem(groups, [(0.0, 1.0)] * len(groups))
    rows = pd.DataFrame(
        design.sample(problem, base, calc_second_order=False, seed=seed), columns=groups
    )
    table = _with_others(rows, addresses, base, seed)
    values = play(table, tell)
    effects, noise = _of(Drawn(table, values, criteria))
    found = analysis.analyze(problem, effects, calc_second_order=False, seed=seed)
    columns = [found[key] for key in ("S1", "S1_conf", "ST", "ST_conf")]
    told = [
        Sobol(name, name if name == OTHERS else lexicon.meaning(name), *map(float, numbers))
        for name, *numbers in zip(groups, *columns, strict=True)
    ]
    stride = len(groups) + 2
    drawn = np.sort(np.r_[0 : len(table) : stride, stride - 1 : len(table) : stride])
    known = pd.DataFrame({a: lexicon.values(a, table[a].to_numpy()[drawn]) for a in addresses})
    kept = Drawn(known, tuple(v[drawn] for v in values), criteria)
    spread = float(np.var(effects[drawn], ddof=1))
    told.sort(key=lambda s: (s.address == OTHERS, -s.total))
    return tuple(told), min(1.0, noise / spread) if spread else np.nan, kept


def _with_others(
    rows: pd.DataFrame, addresses: Sequence[str], base: int, seed: int
) -> pd.DataFrame:
    """A design in which one column stands for all other parameters, with these in its stead.

    They are drawn at random: a Sobol' sequence of a thousand columns and few rows has columns that
    go together. Where the column has the value of the first sample, they do, else of the second.
    """
    others = [a for a in addresses if a not in rows.columns]
    two = np.random.default_rng(seed).random((2, base, len(others)))
    stride = len(rows) // base
    block = np.arange(len(rows)) // stride
    marker = rows[OTHERS].to_numpy()
    is_second = (marker != marker[block * stride]).astype(int)
    drawn = pd.DataFrame(two[is_second, block], columns=others)
    table = pd.concat([rows.drop(columns=OTHERS), drawn], axis=1)[list(addresses)]
    return table.clip(_INSIDE, 1 - _INSIDE)


def _problem(addresses: Sequence[str], bounds: Sequence[tuple[float, float]]) -> dict[str, Any]:
    names = list(addresses)
    return {"num_vars": len(names), "names": names, "bounds": [list(b) for b in bounds]}


def _floors(table: np.ndarray, values: tuple[np.ndarray, ...], paths: int) -> np.ndarray:
    """For each parameter the mean absolute elementary effect that chance may reach."""
    count = table.shape[1]
    before = (np.arange(paths)[:, None] * (count + 1) + np.arange(count)).ravel()
    moved = np.abs(table[before + 1] - table[before]).argmax(axis=1)
    chance = np.zeros((paths, count))
    for effects in values:  # of several effects the one with most chance
        noise = variance_of_mean(effects[before + 1] - effects[before]).reshape(paths, count)
        by_parameter = np.zeros_like(chance)
        np.put_along_axis(by_parameter, moved.reshape(paths, count), np.nan_to_num(noise), axis=1)
        chance = np.maximum(chance, by_parameter)
    step = _LEVELS / (2 * (_LEVELS - 1))
    stir = np.sqrt(chance.mean(axis=0)) / step
    return stir * _worst(paths, paths * (values[0].shape[1] - 1), 0.05 / count)


@functools.cache
def _worst(paths: int, freedom: int, error: float) -> float:
    """Quantile of the mean of absolute normal numbers in units of their estimated deviation."""
    rng = np.random.default_rng(0)
    sizes = np.abs(rng.standard_normal((_TRIALS, paths), np.float32)).mean(axis=1)
    deviation = np.sqrt(rng.chisquare(max(freedom, 1), _TRIALS) / max(freedom, 1))
    return float(np.quantile(sizes / deviation, 1 - error))


def _of(kept: Drawn) -> tuple[np.ndarray, float]:
    """One number a draw, and its mean variance by chance.

    It is the effect or, where there are several, by how much the least of them exceeds what the
    claim asks for. A draw of which all histories failed counts as the mean of the others.
    """
    one = len(kept.criteria) == 1
    numbers = kept.effects[0] if one else np.min(kept.margins, axis=0)
    noise = float(np.nanmean(kept.noise))
    return np.where(np.isnan(numbers), np.nanmean(numbers), numbers), noise
