"""The idioms of batch arrays against plain NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.regime import batch

RUNS, ITEMS, GROUPS = 16, 7, 3


def arrays(seed):
    g = np.random.default_rng(seed)
    values = g.normal(size=(ITEMS, RUNS)).astype(np.float32)
    group = g.integers(-1, GROUPS, (ITEMS, RUNS)).astype(np.int32)
    return values, group


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_sum_by_equals_the_loop(seed):
    values, group = arrays(seed)
    wanted = np.zeros((GROUPS, RUNS), np.float32)
    for i in range(ITEMS):
        for r in range(RUNS):
            if group[i, r] >= 0:
                wanted[group[i, r], r] += values[i, r]
    got = batch.sum_by(jnp.asarray(values), jnp.asarray(group), GROUPS)
    np.testing.assert_allclose(got, wanted, atol=1e-5)


SIZES = st.sampled_from([1, 2, 7, 256, 257, 2**13])


def fractions(seed, items, power):
    """Numbers of most different sizes, larger from run to run, and the groups that they are of."""
    g = np.random.default_rng(seed)
    sizes = np.exp2(g.uniform(-30, 0, (items, RUNS)) * g.integers(0, 2, RUNS))
    values = g.uniform(-1, 1, (items, RUNS)) * sizes * np.exp2(power - np.arange(RUNS))
    return values.astype(np.float32), g.integers(-1, GROUPS, (items, RUNS)).astype(np.int32)


in_parts = jax.jit(batch._sum_in_parts, static_argnums=2)
"""How items are added on an accelerator, which does so in no fixed order."""


@given(st.integers(0, 10_000), SIZES, st.integers(-60, 113))
@settings(max_examples=60, deadline=None)
def test_a_sum_in_parts_is_that_sum_whatever_its_size(seed, items, power):
    values, group = fractions(seed, items, power)
    wanted = np.stack([np.where(group == k, values, 0).sum(0, np.float64) for k in range(GROUPS)])
    largest = np.maximum(np.abs(np.where(group >= 0, values, 0)).max(0), 2.0**-64)
    bits = 30 - np.ceil(np.log2(items))
    bound = items * largest * 2.0 ** (-2 * bits) + np.abs(wanted) * 2.0**-22
    assert (np.abs(np.asarray(in_parts(values, group, GROUPS), np.float64) - wanted) <= bound).all()


@given(st.integers(0, 10_000), SIZES, st.integers(-60, 113))
@settings(max_examples=60, deadline=None)
def test_a_sum_in_parts_is_the_same_in_any_order_and_company(seed, items, power):
    values, group = fractions(seed, items, power)
    got = np.asarray(in_parts(values, group, GROUPS))
    order = np.random.default_rng(seed).permutation(items)
    np.testing.assert_array_equal(got, in_parts(values[order], group[order], GROUPS))
    others = np.where(np.arange(RUNS) % 2, values, np.float32(3e38))
    apart = np.asarray(in_parts(others, group, GROUPS))
    np.testing.assert_array_equal(got[:, 1::2], apart[:, 1::2])
    np.testing.assert_array_equal(got[:, 3:4], in_parts(values[:, 3:4], group[:, 3:4], GROUPS))


def test_the_largest_items_are_added_without_wrapping():
    """2^13 of them in one group; in parts of a fixed size sums wrapped from 2^21 on."""
    for size in (300.0, 2.0**21, 3e34):
        values = np.full((2**13, 2), size, np.float32)
        got = in_parts(values, np.zeros_like(values, np.int32), 1)
        np.testing.assert_allclose(got, size * 2.0**13, rtol=2.0**-22)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_sum_in_parts_does_not_hide_what_is_not_finite(value):
    values, group = fractions(1, ITEMS, 0)
    values[3, 5], group[3, 5] = value, 1
    got = np.asarray(in_parts(values, group, GROUPS))
    assert not np.isfinite(got[1, 5])
    assert np.isfinite(np.delete(got, 5, axis=1)).all()
    group[3, 5] = batch.NOBODY
    assert np.isfinite(in_parts(values, group, GROUPS)).all(), "it belongs to no group"


def test_a_sum_in_parts_of_nothing_is_nil():
    got = in_parts(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), 2)
    np.testing.assert_array_equal(got, np.zeros((2, 3)))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_first_best_is_argmax_with_the_lowest_row_on_ties(seed):
    values = np.random.default_rng(seed).integers(0, 4, (ITEMS, RUNS)).astype(np.float32)
    np.testing.assert_array_equal(batch.first_best(jnp.asarray(values)), values.argmax(0))


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_pick_and_set_row(seed):
    values, _ = arrays(seed)
    index = np.random.default_rng(seed).integers(-1, ITEMS, RUNS).astype(np.int32)
    picked = np.asarray(batch.pick(jnp.asarray(values), jnp.asarray(index)))
    changed = np.asarray(batch.set_row(jnp.asarray(values), jnp.asarray(index), 9.0))
    for r in range(RUNS):
        assert picked[r] == values[max(index[r], 0), r]
        wanted = values[:, r].copy()
        if index[r] >= 0:
            wanted[index[r]] = 9.0
        np.testing.assert_array_equal(changed[:, r], wanted)


def test_choose_follows_the_weights():
    runs = 40_000
    weights = jnp.broadcast_to(jnp.array([[1.0], [0.0], [3.0], [1.0]]), (4, runs))
    u = (jnp.arange(runs) + 0.5) / runs
    shares = np.bincount(np.asarray(batch.choose(weights, u)), minlength=4) / runs
    np.testing.assert_allclose(shares, [0.2, 0.0, 0.6, 0.2], atol=1e-4)


def test_choose_pair_follows_the_weights():
    n, runs = 5, 40_000
    weight = np.random.default_rng(7).gamma(0.5, size=n * n).astype(np.float32)
    weight[::n] = 0
    u = (jnp.arange(runs) + 0.5) / runs
    first, second = batch.choose_pair(jnp.broadcast_to(weight[:, None], (n * n, runs)), u)
    shares = np.bincount(np.asarray(first * n + second), minlength=n * n) / runs
    np.testing.assert_allclose(shares, weight / weight.sum(), atol=1e-4)


def test_no_choice_falls_on_what_has_no_weight():
    runs = 4096
    g = np.random.default_rng(3)
    weight = g.gamma(0.5, size=(16, runs)).astype(np.float32) * (g.random((16, runs)) < 0.4)
    weight[5] = 1  # some weight in every run
    nearly_one = jnp.full(runs, np.float32(1 - 2.0**-24))
    index = np.arange(runs)
    first, second = batch.choose_pair(jnp.asarray(weight), nearly_one)
    assert (weight[np.asarray(first * 4 + second), index] > 0).all()
    assert (weight[np.asarray(batch.choose(jnp.asarray(weight), nearly_one)), index] > 0).all()


@pytest.mark.parametrize("size", [8, 24, 64])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 31, 64])
def test_on_events_solves_exactly_where_needed(count, size):
    runs = 64
    need = np.zeros(runs, bool)
    need[np.random.default_rng(count).permutation(runs)[:count]] = True
    x = jnp.arange(3 * runs, dtype=jnp.float32).reshape(3, runs)
    scale = jnp.arange(runs, dtype=jnp.float32)

    def solve(a, s, plain):
        return a.sum(0) * s + plain, a * 2

    play = jax.jit(lambda n: batch.on_events(n, solve, x, scale, 1.0, size=size))
    total, doubled = play(jnp.asarray(need))
    np.testing.assert_allclose(total, np.where(need, np.asarray(x).sum(0) * scale + 1, 0))
    np.testing.assert_allclose(doubled, np.where(need, np.asarray(x) * 2, 0))


def test_probability_composes_over_steps():
    rate = jnp.array([0.0, 0.3, 2.0])
    whole = batch.probability(rate, 1.0)
    twelve = 1 - (1 - batch.probability(rate, 1 / 12)) ** 12
    np.testing.assert_allclose(whole, twelve, rtol=1e-5)


def test_keep_changes_nothing():
    x = jnp.linspace(0, 1, 5)
    assert (jax.jit(lambda a: batch.keep(a * 3))(x) == x * 3).all()
