"""What is kept of a history: series at each tick, and outcomes reduced inside the run.

Memory does not grow with what is not asked for: a series is read at every tick, an outcome is one
or two numbers carried along.
"""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.regime import Regime, Setting

Kind = Literal["happens", "first", "value", "highest", "lowest", "mean", "share"]


@dataclasses.dataclass(frozen=True)
class Watched:
    """One number of a history at each tick: an observable and the rows of it that are meant."""

    name: str
    rows: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Test:
    """A comparison of a watched number with a constant."""

    watched: Watched
    relation: str
    """One of ==, !=, >=, <=, >, <."""
    value: float


@dataclasses.dataclass(frozen=True)
class Reduction:
    """An outcome as the run computes it.

    Attributes:
        kind: `happens`, `first` and `share` need tests, the others a number to read.
        start: First tick of the window.
        stop: Last tick of the window.
        tests: Conditions that must hold together.
        read: The number read; for `first`, read in the tick in which the tests first hold.
        anew: For `happens` and `first`, whether a tick counts only if the tests did not hold in the
            one before; before the first tick stands the state at the start.
    """

    kind: Kind
    start: int
    stop: int
    tests: tuple[Test, ...] = ()
    read: Watched | None = None
    anew: bool = False

    def watched(self) -> list[Watched]:
        """Everything that it looks at."""
        return [t.watched for t in self.tests] + ([self.read] if self.read is not None else [])


def read(
    regime: Regime, setting: Setting, watched: Sequence[Watched]
) -> list[Float[Array, " runs"]]:
    """The watched numbers of a regime, one array over runs each."""
    arrays = {w.name: OBSERVABLES[w.name].read(regime, setting) for w in watched}
    return [arrays[w.name][w.rows].astype(jnp.float32) for w in watched]


def at_start(reductions: Sequence[Reduction]) -> list[Watched]:
    """What is looked at in the state at the start, to tell what begins in the first tick."""
    return list(dict.fromkeys(t.watched for r in reductions if r.anew for t in r.tests))


def start_reductions(
    reductions: Sequence[Reduction], runs: int, numbers: dict[Watched, Float[Array, " runs"]]
) -> Float[Array, "outcomes 2 runs"]:
    """Initial values of the two numbers that each outcome carries along.

    Args:
        reductions: The outcomes.
        runs: How many histories.
        numbers: What is looked at in the state at the start (`at_start`).
    """
    first = {"first": np.nan, "value": np.nan, "highest": -np.inf, "lowest": np.inf}
    start = np.zeros((len(reductions), 2, runs), np.float32)
    for row, r in enumerate(reductions):
        start[row, 0] = first.get(r.kind, 0.0)
        start[row, 1] = np.nan if r.kind == "first" else 0.0
    carry = jnp.asarray(start)
    for row, r in enumerate(reductions):
        if r.anew:
            carry = carry.at[row, 1].set(_hold(r, numbers).astype(jnp.float32))
    return carry


def reduce(
    carry: Float[Array, "outcomes 2 runs"],
    reductions: Sequence[Reduction],
    numbers: dict[Watched, Float[Array, " runs"]],
    moment: tuple[Array, Array, Array],
) -> Float[Array, "outcomes 2 runs"]:
    """What the outcomes carry along after one more tick.

    The time of a first event is the middle of its tick, in years from the start. Of a mean and of a
    share the sum over years is carried, and the years by which it is to be divided. What counts
    only anew carries whether the tests held in the tick before, until a `first` has found its tick.

    Args:
        carry: What they carry so far.
        reductions: The outcomes.
        numbers: What is looked at, after this tick.
        moment: Number of the tick, years from the start to its end, and its length in years.
    """
    tick, end, step = moment
    out = []
    for old, r in zip(carry, reductions, strict=True):
        inside = (tick >= r.start) & (tick <= r.stop)
        a, b = old[0], old[1]
        if r.kind == "happens":
            holds = _hold(r, numbers)
            a = jnp.where(inside & _counts(r, holds, b), 1.0, a)
            b = holds.astype(jnp.float32) if r.anew else b
        elif r.kind == "first":
            holds = _hold(r, numbers)
            new = inside & _counts(r, holds, b) & jnp.isnan(a)
            b = jnp.where(jnp.isnan(a), holds.astype(jnp.float32), b) if r.anew else b
            a = jnp.where(new, end - 0.5 * step, a)
            b = b if r.read is None else jnp.where(new, numbers[r.read], b)
        elif r.kind == "value":
            a = jnp.where(tick == r.stop, numbers[_number(r)], a)
        elif r.kind in ("mean", "share"):
            new = _hold(r, numbers) if r.kind == "share" else numbers[_number(r)]
            a = jnp.where(inside, a + step * new, a)
            b = jnp.where(inside, b + step, b)
        else:
            better = jnp.maximum if r.kind == "highest" else jnp.minimum
            a = jnp.where(inside, better(a, numbers[_number(r)]), a)
        out.append(jnp.stack([a, b]))
    return jnp.stack(out) if out else carry


def _number(r: Reduction) -> Watched:
    assert r.read is not None
    return r.read


def _counts(r: Reduction, holds: Array, before: Array) -> Array:
    """Whether a tick counts in which the tests hold, given whether they held in the one before."""
    return holds & (before == 0) if r.anew else holds


def _hold(r: Reduction, numbers: dict[Watched, Array]) -> Array:
    holds = jnp.bool_(True)
    for test in r.tests:
        x, v = numbers[test.watched], jnp.float32(test.value)
        relations = {
            "==": x == v, "!=": x != v, ">=": x >= v, "<=": x <= v, ">": x > v, "<": x < v,
        }  # fmt: skip
        holds = holds & relations[test.relation]
    return holds
