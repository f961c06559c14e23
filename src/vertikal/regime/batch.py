"""Helpers for authors of mechanisms: arrays whose last axis is the runs of a batch.

A mechanism is written for whole batches at once: reduce over axis 0, never loop over runs. These
few functions are the idioms that measured fastest; `docs/development/engine.md` says why.
"""

import functools
import math
from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental.xla_metadata import set_xla_metadata
from jaxtyping import Array, Bool, Float, Int, Num, Shaped

Tree = TypeVar("Tree")

NOBODY = -1
"""The row number that stands for no person, clan or office."""


@jax.jit
def _same(tree: Any) -> Any:
    return tree


def keep(tree: Tree) -> Tree:
    """Have the compiler compute `tree` once, instead of anew inside each of its consumers.

    Use it on whatever two later lines need and costs more than an addition or two. On the CPU it is
    a call that may not be inlined; elsewhere an optimisation barrier.
    """
    if accelerated():
        return lax.optimization_barrier(tree)
    with set_xla_metadata(inlineable="false"):
        return _same(tree)


def accelerated() -> bool:
    """Whether histories are played on an accelerator, which wants some things done differently."""
    return jax.default_backend() != "cpu"


def rows(n: int) -> Int[Array, "{n} 1"]:
    """Row numbers 0..n-1 as a column, to be compared with arrays over runs."""
    return lax.broadcasted_iota(jnp.int32, (n, 1), 0)


def first_best(score: Float[Array, "rows runs"]) -> Int[Array, " runs"]:
    """The row with the largest score in each run; the lowest row number on ties."""
    best = keep(score.max(0))
    return keep(jnp.where(score == best, rows(score.shape[0]), score.shape[0] - 1).min(0))


def pick(
    table: Shaped[Array, "rows #runs"], index: Int[Array, "*n runs"]
) -> Shaped[Array, "*n runs"]:
    """`table[index]` in each run; `NOBODY` picks row 0, so mask such entries afterwards."""
    n, runs = table.shape[0], index.shape[-1]
    flat = jnp.broadcast_to(table, (n, runs)).reshape(-1)
    at = jnp.maximum(index, 0) * runs + jnp.arange(runs, dtype=jnp.int32)
    return flat.at[at].get(mode="promise_in_bounds", wrap_negative_indices=False)


def sum_by(
    values: Num[Array, "items runs"], group: Int[Array, "items runs"], groups: int
) -> Num[Array, "{groups} runs"]:
    """Sums of `values` over the items of each group in each run; `NOBODY` belongs to no group.

    An accelerator adds in no fixed order, which would move the last bit of a sum of fractions from
    one time to the next. There they are added as whole numbers, of which the order is nothing to
    the sum: with 256 items each counts to 2^-44 of the largest of its run, with 2^13 to 2^-34.
    """
    if accelerated() and jnp.issubdtype(values.dtype, jnp.floating):
        return _sum_in_parts(values, group, groups)
    return _scattered(values, group, groups)


def _sum_in_parts(values: Array, group: Array, groups: int) -> Array:
    """Sums of float32 fractions as sums of whole numbers, whatever their size.

    In each run the largest magnitude sets the unit, a power of two, so that a run has the same bits
    in any company. Of n items each has a coarse and a fine part of b = 30 - log2(n) bits, log2(n)
    rounded up, so that no sum of parts passes 2^30: 22 bits with 256 items, 17 with 2^13. Each item
    is thereby exact to 2^-2b of the largest of its run (or of 2^-64, if that is larger), and the
    sum rounded as usual. Where a value is not finite, no sum of its run is.
    """
    bits = 30 - (values.shape[0] - 1).bit_length()
    values = jnp.where(group >= 0, values, 0.0)
    exponent = lax.bitcast_convert_type(jnp.abs(values).max(0, initial=0.0), jnp.int32) & 0x7F800000
    unit = jnp.maximum(lax.bitcast_convert_type(exponent, jnp.float32), 2.0**-64)  # above half
    scaled = values * (2.0 ** (bits - 1) / unit)
    coarse = jnp.round(scaled)
    fine = jnp.round((scaled - coarse) * 2.0**bits)
    whole, rest = (_scattered(part.astype(jnp.int32), group, groups) for part in (coarse, fine))
    total = whole.astype(jnp.float32) + rest.astype(jnp.float32) * 2.0**-bits
    return total * (unit * 2.0 ** (1 - bits))


def _scattered(values: Array, group: Array, groups: int) -> Array:
    runs = values.shape[-1]
    group = jnp.broadcast_to(group, values.shape)
    at = jnp.maximum(group, 0) * runs + jnp.arange(runs, dtype=jnp.int32)
    values = jnp.where(group >= 0, values, jnp.zeros_like(values))
    total = jnp.zeros(groups * runs, values.dtype)
    total = total.at[at.reshape(-1)].add(
        values.reshape(-1), mode="promise_in_bounds", wrap_negative_indices=False
    )
    return total.reshape(groups, runs)


def best_of_group(
    score: Float[Array, "items runs"], group: Int[Array, "items runs"], groups: int
) -> Int[Array, "{groups} runs"]:
    """The item with the largest score in each group and run; `NOBODY` where all scores are -inf.

    Looks at every pair of item and group, so call it where few runs need it.
    """
    items = score.shape[0]
    mine = keep(jnp.where(group[None] == rows(groups)[:, :, None], score[None], -jnp.inf))
    best = keep(mine.max(1))
    row = jnp.where(mine == best[:, None], rows(items)[None], items).min(1)
    return jnp.where(jnp.isfinite(best), row, NOBODY)


def choose(weights: Float[Array, "options runs"], u: Float[Array, " runs"]) -> Int[Array, " runs"]:
    """One option in each run with probability proportional to its weight, from one uniform draw."""
    return keep(_passed(weights, u * _sum(weights)))


def choose_pair(
    weights: Float[Array, "pairs runs"], u: Float[Array, " runs"]
) -> tuple[Int[Array, " runs"], Int[Array, " runs"]]:
    """An ordered pair in each run, with probability proportional to its weight, from one draw.

    First the one and then the other: two short sums instead of one over all pairs.

    Args:
        weights: Of every pair, as rows `first * n + second`.
        u: Uniform draws in [0, 1).

    Returns:
        The first and the second member.
    """
    n, runs = math.isqrt(weights.shape[0]), weights.shape[-1]
    sums = keep(weights.reshape(n, n, runs).sum(1))
    level = keep(u * _sum(sums))
    first = keep(_passed(sums, level))
    below = _sum(jnp.where(rows(n) < first, sums, 0.0))
    second = _passed(pick(weights, first * n + rows(n)), level - below)
    return first, keep(second)


def _passed(weights: Array, level: Array) -> Array:
    """The row in which the cumulative sum of a few weights passes a level.

    A level that rounding has brought to the sum of all or beyond belongs to the last row that has
    a weight.
    """
    level = jnp.minimum(level, _sum(weights) * np.float32(1 - 2.0**-23))
    total, row = jnp.zeros_like(level), jnp.zeros(level.shape, jnp.int32)
    for weight in weights[:-1]:
        total = total + weight
        row = row + (level >= total)
    return row


def _sum(few: Array) -> Array:
    """A sum over a short first axis, written out; one row after another."""
    return functools.reduce(lax.add, list(few))


def set_row(
    table: Shaped[Array, "rows runs"], index: Int[Array, " runs"], value: Any
) -> Shaped[Array, "rows runs"]:
    """`table` with `table[index] = value` in each run; unchanged where `index` is `NOBODY`."""
    return jnp.where(rows(table.shape[0]) == index, value, table)


def on_events(
    need: Bool[Array, " runs"], solve: Callable[..., Tree], *args: Any, size: int = 8
) -> Tree:
    """Solve something dear only in the runs that need it, a few runs at a time.

    Args:
        need: The runs in which the event happens.
        solve: Maps arrays `[..., size]` to a tree of arrays `[..., size]`, column by column.
        *args: Trees of arrays `[..., runs]`, gathered for `solve`; plain numbers are passed on.
        size: Runs solved at once; on an accelerator at least a sixteenth of all, since each round
            costs it as much however few they are.

    Returns:
        The tree over all runs; zeros where there was no need. Exact for any number of events.
    """
    runs = need.shape[0]
    if accelerated():
        size = max(size, runs // 16)

    # an index is never negative, and asking whether it is would cost a kernel each time
    def columns(a: Any, j: Array) -> Any:
        if jnp.ndim(a) == 0:
            return a
        return jnp.asarray(a).at[..., j].get(mode="promise_in_bounds", wrap_negative_indices=False)

    def gather(j: Array) -> list[Any]:
        return [jax.tree.map(lambda a: columns(a, j), arg) for arg in args]

    def put(whole: Array, part: Array, i: Array) -> Array:
        return whole.at[..., i].set(part, mode="drop", wrap_negative_indices=False)

    shapes = jax.eval_shape(lambda: solve(*gather(jnp.zeros(size, jnp.int32))))
    empty = jax.tree.map(lambda s: jnp.zeros((*s.shape[:-1], runs), s.dtype), shapes)

    number = jnp.arange(runs, dtype=jnp.int32)
    order = lax.sort(jnp.where(need, number, runs), is_stable=False)
    order = jnp.concatenate([order, jnp.full(-runs % size, runs, jnp.int32)])

    def body(carry: tuple[Any, Any]) -> tuple[Any, Any]:
        start, out = carry
        i = lax.dynamic_slice(order, (start,), (size,))
        solved = solve(*gather(jnp.minimum(i, runs - 1)))
        out = jax.tree.map(lambda o, s: put(o, s, i), out, solved)
        return start + size, out

    count = need.sum(dtype=jnp.int32)
    return lax.while_loop(lambda carry: carry[0] < count, body, (jnp.int32(0), empty))[1]


def logistic(x: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """1 / (1 + exp(-x)), for dimensionless x."""
    return jax.nn.sigmoid(x)


def probability(rate: Float[Array, "*n"], years: Any) -> Float[Array, "*n"]:
    """Chance of at least one event within a step: 1 - exp(-rate * years), rate per year.

    A short series where the exponent is small is as exact as `expm1` and a good deal cheaper.
    """
    x = rate * years
    series = x * (1 - x * (1 / 2 - x * (1 / 6 - x / 24)))
    return jnp.where(x < 0.05, series, 1 - jnp.exp(-x))


def approach(years: Any, relaxation_years: Any) -> Any:
    """Share of the distance to its target that a relaxing quantity covers within a step."""
    return -jnp.expm1(-years / relaxation_years)


def towards(
    now: Float[Array, "*n runs"], target: Any, years: Any, relaxation_years: Any
) -> Float[Array, "*n runs"]:
    """A share of 0 to 1 after a step of `years` in which it relaxes towards a target.

    The target is cut to 0..1; `relaxation_years` is the time that an e-fold takes.
    """
    return now + approach(years, relaxation_years) * (jnp.clip(target, 0.0, 1.0) - now)


def either(*causes: Any) -> Any:
    """How far at least one of several independent causes is at work: 1 - prod(1 - cause)."""
    left = 1.0
    for cause in causes:
        left = left * (1 - cause)
    return 1 - left
