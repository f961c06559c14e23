"""Soft budgets against optimised effort and iterated break-even claims."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from vertikal.theory.soft_budget_quadratic import (
    HARD,
    SOFT_BOTH,
    SOFT_CENTRAL,
    common_pool,
    creditor_surplus,
    refinance_central,
    refinance_decentral,
    softness,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=60, deadline=None)
ease, returns = st.floats(0.02, 6.0), st.floats(0.2, 8.0)


def best_effort(kept, k):
    """The monitor's best effort by a bounded search, and what it brings."""
    found = minimize_scalar(
        lambda a: -(a * kept - a**2 / (2 * k)), bounds=(0, 1), options={"xatol": 1e-11}
    )
    return min(((found.fun, found.x), (0.0, 0.0), (-(kept - 1 / (2 * k)), 1.0)))[::-1]


def claim_equilibrium(k, r):
    """Stable effort by best replies to the claim of a newcomer who breaks even, from full effort.

    Returns `None` where the newcomer's claim spirals until nothing is left.
    """
    a = 1.0
    for _ in range(200_000):
        new = min(1.0, k * (r - 1 / a))
        if new <= 0:
            return None
        if abs(new - a) < 1e-14:
            return new
        a = new
    return a


@pytest.mark.parametrize(
    ("k", "r", "code"), [(0.3, 3.0, SOFT_CENTRAL), (0.3, 2.5, HARD), (0.2, 5.0, SOFT_BOTH)]
)
def test_three_orders(k, r, code):
    """Derived: kR² is 2.7, 1.875 and 5."""
    assert softness(k, r) == code


def test_stated_numbers():
    """Derived."""
    central = refinance_central(0.3, 3.0)
    assert central.effort == pytest.approx(0.9, rel=1e-12)
    assert central.gross == pytest.approx(1.35, rel=1e-12)
    found = refinance_decentral([0.2, 0.25], [5.0, 4.2])
    np.testing.assert_allclose(found.effort, [0.7236068, 0.685078], atol=5e-7)
    np.testing.assert_allclose(found.payoff, [1.3090170, 0.938664], atol=5e-7)
    np.testing.assert_allclose(found.payoff, found.effort**2 / (2 * np.array([0.2, 0.25])))
    assert creditor_surplus(0.7, 1.6, 0.3, 3.0, True) == pytest.approx(0.225, rel=1e-12)
    assert creditor_surplus(0.7, 1.6, 0.3, 3.0, False) == pytest.approx(0.42, rel=1e-12)
    np.testing.assert_allclose(common_pool([3, 10], 2.0).spending, [6, 20])


@few
@given(ease, returns)
def test_one_creditor_by_search(k, r):
    effort, gross = best_effort(r, k)
    found = refinance_central(k, r)
    assert found.effort == pytest.approx(effort, abs=1e-5)
    assert found.gross == pytest.approx(-gross, rel=1e-9)
    if k * r < 1:
        assert found.refinances == (k * r**2 >= 2)
    else:
        assert found.gross == pytest.approx(r - 1 / (2 * k), rel=1e-12)


@few
@given(ease, returns)
def test_two_creditors_by_best_replies(k, r):
    slow = claim_equilibrium(k, r)
    found = refinance_decentral(k, r)
    near = abs(k * r**2 - 4) < 1e-3 or abs(k * (r - 1) - 1) < 1e-3
    if near:
        return
    assert found.exists == (slow is not None)
    if slow is not None:
        assert found.effort == pytest.approx(slow, rel=1e-6)
        effort, payoff = best_effort(r - 1 / slow, k)
        assert effort == pytest.approx(found.effort, abs=1e-5)
        assert found.payoff == pytest.approx(-payoff, rel=1e-6)
        assert refinance_central(k, r).refinances
    else:
        assert np.isnan([found.effort, found.payoff]).all()


@few
@given(st.floats(0.05, 0.24), st.floats(0.5, 6.0))
def test_the_bounds_at_interior_effort(k, r):
    """Easy monitoring aside, softness is read off kR² alone."""
    level = k * r**2
    if k * r >= 1 or min(abs(level - 2), abs(level - 4)) < 1e-9:
        return  # on a bound rounding decides
    assert softness(k, r) == (HARD if level < 2 else SOFT_CENTRAL if level < 4 else SOFT_BOTH)


def test_the_common_pool_by_search():
    for n, b in ((1, 0.5), (3, 2.0), (10, 2.0)):
        own = minimize_scalar(lambda x, n=n, b=b: x / n - b * np.log(x), bounds=(1e-6, 100))
        assert common_pool(n, b).spending == pytest.approx(own.x, rel=1e-4)
        full = minimize_scalar(lambda x, b=b: x - b * np.log(x), bounds=(1e-6, 100))
        assert common_pool(n, b).efficient == pytest.approx(full.x, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: refinance_central(0.0, 3.0), "monitoring_ease = 0.0"),
        (lambda: refinance_decentral(0.3, -1.0), "poor_return = -1.0"),
        (lambda: softness(np.nan, 3.0), "monitoring_ease = nan"),
        (lambda: creditor_surplus(1.2, 1.6, 0.3, 3.0, True), "good_share = 1.2"),
        (lambda: creditor_surplus(0.7, np.inf, 0.3, 3.0, True), "good_return = inf"),
        (lambda: creditor_surplus(0.7, 1.6, 0.3, 3.0, 0.5), "is_soft = 0.5"),
        (lambda: common_pool(0, 2.0), "claimants = 0"),
        (lambda: common_pool(3, 0.0), "benefit = 0.0"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    r = np.linspace(1.0, 7.0, 25)
    double = refinance_decentral(0.22, r)
    with jax.enable_x64(True):
        np.testing.assert_array_equal(jax.jit(softness)(0.22, r), softness(0.22, r))
    single = jax.jit(refinance_decentral)(np.float32(0.22), r.astype(np.float32))
    np.testing.assert_array_equal(single.exists, double.exists)
    np.testing.assert_allclose(single.payoff, double.payoff, rtol=2e-5)
    for k, ret in ((0.2, 5.0), (0.3, 2.0), (2.0, 4.0), (0.25, 4.0)):
        slopes = slope_of(lambda *a: refinance_decentral(*a).payoff, argnums=(0, 1))(k, ret)
        assert np.isfinite(slopes).all()
