"""What the reference is written with: a state that can be changed, a moment, and its draws."""

from types import SimpleNamespace
from typing import Any

import jax
import numpy as np
from scipy.special import erfinv

from vertikal.regime import chance

NOBODY = -1
ACTIVE, RETIRED, EXILED, IMPRISONED, DEAD, ABROAD = range(6)
"""Where a person stands."""

NEAR = 3e-6
"""Relative difference below which two numbers are too close to tell which is larger."""

Array = np.ndarray
State = SimpleNamespace
"""Slices as in `vertikal.regime.Regime`, each a namespace of arrays that may be written to."""


def open_up(slices: Any, runs: int) -> Any:
    """A dataclass of dataclasses of arrays as writable namespaces, broadcast to all runs."""
    if not hasattr(slices, "__dataclass_fields__"):
        array = np.asarray(slices)
        return np.array(np.broadcast_to(array, (*array.shape[:-1], runs)))
    return SimpleNamespace(
        **{name: open_up(getattr(slices, name), runs) for name in slices.__dataclass_fields__}
    )


def close_again(state: Any, like: Any) -> Any:
    """The inverse of `open_up`: a state in the containers of `like`."""
    if not hasattr(like, "__dataclass_fields__"):
        return state
    parts = {n: close_again(getattr(state, n), getattr(like, n)) for n in like.__dataclass_fields__}
    return type(like)(**parts)


class Moment:
    """One tick as one mechanism sees it.

    Attributes:
        index: Number of the tick, from 1.
        years: Years from the start to its end.
        step: Its length in years.
        setting: What the scenario fixes for good.
        p: The mechanism's parameters by name, each an array over runs.
        doubt: For each run, whether some decision was too close to call in single precision.
    """

    def __init__(
        self,
        number: int,
        index: int,
        years: float,
        step: float,
        setting: Any,
        p: Any,
        seed: tuple[Any, Any],
        runs: Array,
        doubt: Array,
        stream: int = chance.SIMULATION,
    ) -> None:
        self.number, self.index = number, index
        self.years, self.step = np.float32(years), step
        self.setting, self.p, self.doubt = setting, p, doubt
        with np.errstate(over="ignore"):
            self.key = chance.keys(
                seed, runs.astype(np.uint32), np.uint32(index), np.uint32(number), stream
            )

    def word(self, entities: int, draw: int) -> Array:
        """One random word for each entity and run."""
        return chance.words(self.key, np.arange(entities, dtype=np.uint32)[:, None], draw)

    def uniform(self, entities: int, draw: int = 0) -> Array:
        """Uniform draws in [0, 1)."""
        return chance.unit(self.word(entities, draw))

    def normal(self, draw: int = 0, entities: int = 1) -> Array:
        """Standard normal draws, by the inverse of the distribution function."""
        middle = ((self.word(entities, draw) >> np.uint32(8)).astype(np.float64) + 0.5) / 2**24
        return (2**0.5 * erfinv(2 * middle - 1)).astype(np.float32)

    def gumbel(self, entities: int, draw: int = 0) -> Array:
        """Standard Gumbel draws."""
        return _gumbel(self.uniform(entities, draw))

    def gumbel_of_pairs(self, entities: int, others: int) -> Array:
        """Standard Gumbel draws for each of the others and each entity."""
        pair = np.arange(entities) + 65536 * np.arange(others)[:, None]
        word = chance.words(self.key, pair.reshape(-1, 1).astype(np.uint32), 0)
        return _gumbel(chance.unit(word)).reshape(others, entities, -1)

    def happens(self, likely: Array, draw: int = 0) -> Array:
        """Whether something of the given chance happens to each entity in each run."""
        below = (np.clip(likely, 0, 1 - 2**-24) * np.float32(2**32)).astype(np.uint32)
        word = self.word(len(likely), draw)
        u = word.astype(np.float64) / 2**32
        self.close(u, likely, (likely > 0) & (likely < 1))
        return (word < below) | (likely >= 1)

    def within_step(self, rate: Array) -> Array:
        """Chance that what comes at a rate per year comes within the step."""
        return -np.expm1(-rate * self.step)

    def way(self, years: Any) -> Any:
        """Share of the way to its target that a quantity with this time constant covers."""
        return -np.expm1(-self.step / years)

    def close(self, one: Any, other: Any, where: Any = True) -> None:
        """Note the runs in which two numbers compared are all but equal."""
        gap = np.abs(np.asarray(one, np.float64) - other)
        near = (gap > 0) & (gap < NEAR * (0.1 + np.abs(other))) & where
        self.doubt |= near.reshape(-1, near.shape[-1]).any(0)

    def above(self, one: Array, other: Any) -> Array:
        """`one > other`, noting close calls."""
        self.close(one, other)
        return one > other

    def best(self, score: Array, run: Any = None) -> Any:
        """The row with the largest score, the lowest on ties; of one run if `score` is a column."""
        order = np.sort(score, 0)
        if len(order) > 1:
            first, second = order[-1:], order[-2:-1]
            finite = np.isfinite(first) & np.isfinite(second)
            gap = np.where(finite, first, 1) - np.where(finite, second, 0)
            near = (gap > 0) & (gap < NEAR * (1 + np.abs(np.where(finite, first, 0)))) & finite
            if run is None:
                self.doubt |= near[0]
            else:
                self.doubt[run] |= near[0]
        return score.argmax(0)

    def pick(self, weights: Array, u: Any, run: Any = slice(None)) -> Any:
        """One option with probability proportional to its weight; in one run if `run` is given."""
        ends = np.cumsum(weights, 0, dtype=np.float32)
        near = np.abs(u * ends[-1] - ends[:-1]) < NEAR * ends[-1]
        self.doubt[run] |= near.any(0)
        return (u * ends[-1] >= ends[:-1]).sum(0)


def _gumbel(u: Array) -> Array:
    u = np.minimum(u + np.float32(2**-25), np.float32(1 - 2**-24))
    return -np.log(-np.log(u))


def at(table: Array, row: Array) -> Array:
    """`table[row]` in each run; row 0 where there is nobody."""
    return table[np.maximum(row, 0), np.arange(table.shape[-1])]


def by_group(values: Array, group: Array, groups: int) -> Array:
    """Sums of the values of each group's members."""
    return np.stack(
        [np.where(group == g, values, 0).sum(0, dtype=values.dtype) for g in range(groups)]
    )


def by_owner(values: Array, owner: Array, owners: int) -> Array:
    """Sums of the values of what each owner has; things without an owner count for nobody."""
    out = np.zeros((owners + 1, values.shape[-1]), values.dtype)
    run = np.arange(values.shape[-1])
    for thing in range(len(owner)):
        out[owner[thing], run] += values[thing]  # the last row, -1, is nobody's
    return out[:-1]


def held(s: State) -> Array:
    """Whether each office exists and has a holder."""
    return s.nomenklatura.active & (s.nomenklatura.holder >= 0)


def active(s: State) -> Array:
    """Whether each person can hold an ordinary office."""
    return s.elite.status == ACTIVE


def logistic(x: Any) -> Any:
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    return np.where(np.asarray(x) >= 0, 1 / (1 + e), e / (1 + e))


def beats(a: Any, b: Any, decisiveness: Any) -> Any:
    """Tullock's chance a^r / (a^r + b^r); even where neither side has any strength."""
    a, b, r = np.broadcast_arrays(*(np.asarray(x, np.float32) for x in (a, b, decisiveness)))
    left, right = a**r, b**r
    none = left + right == 0
    return np.where(none, np.float32(0.5), left / np.where(none, np.float32(1), left + right))


def at_stake(narrowness: Any, threat: Any) -> Any:
    """Half the narrowness of the competition, half the loser's strength (LD-10)."""
    return np.clip((narrowness + threat) / 2, 0, 1)


def leader_clan(s: State) -> Array:
    """The clan of the leader; nobody's where there is no leader."""
    return np.where(s.leadership.leader >= 0, at(s.elite.clan, s.leadership.leader), NOBODY)


def condemn(s: State, who: int, stake: Any, run: int) -> None:
    """Mark one person of one run for punishment."""
    marks = s.elite.condemned
    marks[who, run] = max(marks[who, run], stake, np.float32(1e-3))


def go(s: State, setting: Any, run: int, mode: int) -> None:
    """The leader of one run leaves, and with him the holder of the offices that go with it."""
    lead = s.leadership
    s.moves.removed_leader[run] = lead.leader[run]
    lead.leader[run] = NOBODY
    lead.exits[run] += 1
    lead.exit_mode[run] = mode
    s.nomenklatura.holder[setting.office_of_leader[:, run], run] = NOBODY


def depose(s: State, setting: Any, run: int, mode: int, stake: Any, by: int) -> None:
    """The leader of one run is overthrown and condemned."""
    leader = s.leadership.leader[run]
    condemn(s, leader, stake, run)
    s.elite.fallen_by[leader, run] = by
    go(s, setting, run, mode)


def signature(slices: Any) -> list[tuple[str, Array]]:
    """The arrays of a regime by address."""
    leaves = jax.tree_util.tree_flatten_with_path(slices)[0]
    return [(".".join(str(k).strip(".") for k in path), np.asarray(leaf)) for path, leaf in leaves]
