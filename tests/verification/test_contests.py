"""`contests` against textbook cases, best replies found by search, and limits."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar

from vertikal.theory.contests import (
    success_probability,
    tullock,
    tullock2,
    tullock_r,
    win_probability,
    win_probability_difference,
)

FEW = settings(max_examples=40, deadline=None)
positive = st.floats(0.1, 10.0)


def largest_gain(value, cost, impact, r, effort):
    """What the best unilateral change of effort would bring, found by search."""
    impacts = impact * effort**r
    gains = []
    for i in range(len(value)):
        others = impacts.sum() - impacts[i]

        def loss(e, i=i, others=others):
            mine = impact[i] * e**r
            return cost[i] * e - value[i] * (mine / (mine + others) if mine + others else 0.5)

        top = value[i] / cost[i]
        grid = np.concatenate([[0.0], np.geomspace(1e-9, 1, 400) * top])
        best = grid[np.argmin([loss(e) for e in grid])]
        span = (0.9 * best, min(1.2 * best + 1e-12, top))
        fine = minimize_scalar(loss, bounds=span, method="bounded", options={"xatol": 1e-13})
        gains.append(loss(effort[i]) - min(fine.fun, loss(best)))
    return max(gains)


# Derived numbers (symmetric effort (n - 1) V / n^2 is textbook)


@pytest.mark.parametrize(("n", "effort", "payoff"), [(2, 0.25, 0.25), (5, 0.16, 0.04)])
def test_symmetric_contests(n, effort, payoff):
    found = tullock(np.ones(n), np.ones(n), np.ones(n))
    np.testing.assert_allclose(found.effort, effort, rtol=1e-14)
    np.testing.assert_allclose(found.payoff, payoff, rtol=1e-14)
    assert found.active.all()
    assert found.exists


def test_three_contestants():
    out = tullock(1.0, np.array([1.0, 1.0, 3.0]), 1.0)
    np.testing.assert_allclose(out.probability, [0.5, 0.5, 0])
    assert out.active.tolist() == [True, True, False]
    indifferent = tullock(1.0, np.array([1.0, 1.0, 2.0]), 1.0)
    assert indifferent.active.tolist() == [True, True, False]
    inside = tullock(1.0, np.array([1.0, 1.0, 1.5]), 1.0)
    np.testing.assert_allclose(inside.probability, [3 / 7, 3 / 7, 1 / 7], rtol=1e-14)
    np.testing.assert_allclose(inside.effort, [0.244898, 0.244898, 0.081633], atol=5e-7)


def test_two_contestants():
    linear = tullock2([2.0, 1.0], 1.0, 1.0, 1.0)
    np.testing.assert_allclose(linear.probability, [2 / 3, 1 / 3])
    np.testing.assert_allclose(linear.effort, [4 / 9, 2 / 9])
    root = tullock2([2.0, 1.0], 1.0, 1.0, 0.5)
    assert root.probability[0] == pytest.approx(2 - np.sqrt(2), abs=1e-14)


def test_the_bound_on_decisiveness():
    bound = brentq(lambda r: r - 1 - 2**-r, 1, 2)
    assert bound == pytest.approx(1.3833323, abs=5e-8)
    decisiveness = np.array([bound - 1e-6, bound + 1e-6])
    found = tullock2([[2.0, 1.0], [2.0, 1.0]], 1.0, 1.0, decisiveness)
    assert found.exists.tolist() == [True, False]
    assert np.isnan(found.effort[1]).all()


def test_beyond_the_bound_the_formula_can_be_improved_upon():
    theta = 2**1.4
    p = theta / (1 + theta)
    effort = 1.4 * p * (1 - p) * np.array([2.0, 1.0])
    assert not tullock2([2.0, 1.0], 1.0, 1.0, 1.4).exists
    gain = largest_gain(np.array([2.0, 1.0]), np.ones(2), np.ones(2), 1.4, effort)
    assert gain == pytest.approx(0.0042, abs=5e-5)


def test_diminishing_returns():
    symmetric = tullock_r(np.ones(4), 1.0, 1.0, 0.5)
    np.testing.assert_allclose(symmetric.effort, 0.09375, rtol=1e-13)
    found = tullock_r([2.0, 1.0, 0.7], 1.0, 1.0, 0.5)
    np.testing.assert_allclose(found.probability, [0.464540, 0.302541, 0.232919], atol=5e-7)


# Equilibrium: nobody gains by changing effort


def test_no_deviation_pays_in_random_contests():
    rng = np.random.default_rng(1)
    for n in (2, 3, 5, 8):
        for _ in range(8):
            value, cost, impact = np.exp(rng.normal(size=(3, n)))
            linear = tullock(value, cost, impact)
            assert largest_gain(value, cost, impact, 1.0, linear.effort) < 1e-9
            r = rng.uniform(0.2, 0.95)
            bent = tullock_r(value, cost, impact, r)
            assert largest_gain(value, cost, impact, r, bent.effort) < 1e-9
            assert bent.probability.sum() == pytest.approx(1, abs=1e-12)


def test_no_deviation_pays_for_two_at_any_decisiveness():
    rng = np.random.default_rng(2)
    for _ in range(20):
        value, cost, impact = np.exp(0.5 * rng.normal(size=(3, 2)))
        r = rng.uniform(0.2, 1.9)
        found = tullock2(value, cost, impact, r)
        if found.exists:
            assert largest_gain(value, cost, impact, r, found.effort) < 1e-9


def test_the_three_solutions_agree_where_they_meet():
    value, cost, impact = np.exp(np.random.default_rng(3).normal(size=(3, 30, 2)))
    for one, other in zip(
        tullock(value, cost, impact)[:3], tullock2(value, cost, impact, 1.0)[:3], strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    r = np.linspace(0.1, 0.9, 30)
    for one, other in zip(
        tullock_r(value, cost, impact, r)[:3], tullock2(value, cost, impact, r)[:3], strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9)


def test_near_linear_returns_come_close_to_the_lottery():
    value = np.array([2.0, 1.5, 1.0, 0.3])
    near = tullock_r(value, 1.0, 1.0, 0.9999)
    np.testing.assert_allclose(near.probability, tullock(value, 1.0, 1.0).probability, atol=2e-3)
    assert not tullock_r(value, 1.0, 1.0, 1.0).exists
    assert np.isnan(tullock_r(value, 1.0, 1.0, 1.5).effort).all()


@FEW
@given(st.lists(st.tuples(positive, positive, positive), min_size=4, max_size=4), positive)
def test_relabelling_and_units(contestants, unit):
    value, cost, impact = np.array(contestants).T
    for solve in (tullock, lambda *x, **k: tullock_r(*x, 0.6, **k)):
        found = solve(value, cost, impact)
        turned = solve(value[::-1], cost[::-1], impact[::-1])
        np.testing.assert_allclose(turned.effort[::-1], found.effort, rtol=1e-9, atol=1e-12)
        rescaled = solve(unit * value, unit * cost, impact)
        np.testing.assert_allclose(rescaled.probability, found.probability, rtol=1e-8, atol=1e-12)
        first = solve(*(x[:, None] for x in (value, cost, impact)), axis=0)
        np.testing.assert_allclose(first.payoff[:, 0], found.payoff, rtol=1e-9, atol=1e-12)
        assert first.exists.shape == (1,)


# Success functions


@FEW
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 5))
def test_two_sides_share_one_chance(one, other, decisiveness):
    chance = win_probability(one, other, decisiveness)
    assert 0 <= chance <= 1
    assert chance + win_probability(other, one, decisiveness) == pytest.approx(1)
    if one > other:
        assert chance >= 0.5
    several = success_probability([one, other], decisiveness)
    np.testing.assert_allclose(several, [chance, 1 - chance], atol=1e-12)


def test_the_ratio_form():
    strengths = np.array([0.5, 1.0, 3.0])
    np.testing.assert_allclose(
        win_probability(strengths, 2.0, 1.5), strengths**1.5 / (strengths**1.5 + 2**1.5)
    )
    weights = np.array([1.0, 2.0, 4.0]) ** 2
    np.testing.assert_allclose(success_probability([1, 2, 4], 2.0), weights / weights.sum())
    batch = success_probability(np.ones((3, 2)), np.array([1.0, 2.0]), axis=0)
    np.testing.assert_allclose(batch, np.full((3, 2), 1 / 3))


def test_zeros_and_extremes():
    assert win_probability(0.0, 0.0, 2.0) == 0.5
    assert win_probability(0.0, 1.0, 2.0) == 0.0
    assert win_probability(1.0, 0.0, 2.0) == 1.0
    assert win_probability(0.0, 1.0, 0.0) == 0.5
    assert win_probability(1e300, 1e-300, 4.0) == 1.0
    assert success_probability([0.0, 0.0]).tolist() == [0.5, 0.5]
    assert success_probability([0.0, 0.0, 3.0]).tolist() == [0.0, 0.0, 1.0]
    assert success_probability([0.0, 3.0], 0.0).tolist() == [0.5, 0.5]


def test_the_difference_form():
    assert win_probability_difference(1.5, 0.5, 2.0) == pytest.approx(1 / (1 + np.exp(-2)))
    assert win_probability_difference(0.0, 1.0, 1.0) > 0


# Traced


def test_traced_in_single_precision():
    value, cost, impact = np.exp(0.5 * np.random.default_rng(4).normal(size=(3, 4, 16)))
    single = [jnp.asarray(x, jnp.float32) for x in (value, cost, impact)]
    for solve in (tullock, lambda *x, **k: tullock_r(*x, 0.6, **k)):
        traced = jax.jit(lambda v, c, a, f=solve: f(v, c, a, axis=0))(*single)
        whole = solve(value, cost, impact, axis=0)
        assert traced.effort.dtype == jnp.float32
        np.testing.assert_allclose(traced.probability, whole.probability, atol=2e-6)
        np.testing.assert_allclose(traced.effort, whole.effort, atol=1e-5)
    chance = jax.jit(win_probability)(single[0], single[1], jnp.float32(1.5))
    assert chance.dtype == jnp.float32
    np.testing.assert_allclose(chance, win_probability(value, cost, 1.5), atol=2e-6)


def test_gradients_are_finite_and_right():
    slope = jax.jit(jax.grad(lambda a, b: win_probability(a, b, 1.5), argnums=(0, 1)))
    for pair in ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (2.0, 3.0)):
        assert np.isfinite(slope(*pair)).all()
    with jax.enable_x64(True):
        value = jnp.array([2.0, 1.0, 0.7])

        def effort(value):
            return tullock_r(value, jnp.ones(3), jnp.ones(3), 0.5).effort

        exact = jax.jit(jax.jacobian(effort))(value)
        step = 1e-5
        for i in range(3):
            shift = step * np.eye(3)[i]
            numeric = (np.asarray(effort(value + shift)) - np.asarray(effort(value - shift))) / (
                2 * step
            )
            np.testing.assert_allclose(exact[:, i], numeric, atol=1e-8)


@pytest.mark.parametrize(
    "solve", [tullock, lambda *x: tullock2(*x, 1.0), lambda *x: tullock_r(*x, 0.5)]
)
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([1.0, 0.0], 1.0, 1.0), "value"),
        (([1.0, 2.0], [1.0, -1.0], 1.0), "cost"),
        (([1.0, 2.0], 1.0, np.nan), "impact"),
        (([1.0], 1.0, 1.0), "value"),
    ],
)
def test_invalid_contests(solve, arguments, named):
    with pytest.raises(ValueError, match=named):
        solve(*arguments)


def test_invalid_strengths():
    with pytest.raises(ValueError, match="strength_a"):
        win_probability(-1.0, 1.0)
    with pytest.raises(ValueError, match="strength_b"):
        win_probability(1.0, np.nan)
    with pytest.raises(ValueError, match="decisiveness"):
        win_probability(1.0, 1.0, -1.0)
    with pytest.raises(ValueError, match="strengths"):
        success_probability([1.0, -1.0])
    with pytest.raises(ValueError, match="strength_a"):
        win_probability_difference(np.inf, 1.0)
    with pytest.raises(ValueError, match="decisiveness"):
        tullock2([1.0, 1.0], 1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match="two contestants"):
        tullock2([1.0, 1.0, 1.0], 1.0, 1.0, 1.0)
