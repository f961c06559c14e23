"""Catching up against an integrator; the economics of imports against cost minimisation."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq, minimize

from vertikal.theory.catchup import (
    catch_up_growth,
    ces,
    ces_price,
    gap_limit,
    import_ratio,
    import_share,
    import_shock,
    nelson_phelps,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=40, deadline=None)
weights = st.floats(0.05, 0.95)
prices = st.floats(0.1, 10.0)
elasticities = st.floats(0.1, 8.0).filter(lambda s: abs(s - 1) > 1e-3)


def raw_ces(d, m, omega, sigma):
    rho = (sigma - 1) / sigma
    return (omega * d**rho + (1 - omega) * m**rho) ** (1 / rho)


def test_catching_up_stated_numbers_and_integrator():
    """Derived; the limit of the gap is published."""
    found = nelson_phelps([10, 40], 0.3, 1.0, 0.02, 0.06)
    np.testing.assert_allclose(found, [0.66908683, 1.62833262], atol=5e-9)
    path = solve_ivp(
        lambda t, a: 0.06 * (np.exp(0.02 * t) - a), (0, 40), [0.3], t_eval=[10, 40],
        rtol=1e-12, atol=1e-13,
    )  # fmt: skip
    np.testing.assert_allclose(found, path.y[0], rtol=1e-10)
    assert gap_limit(0.02, 0.06) == pytest.approx(1 / 3, rel=1e-13)
    far = nelson_phelps(500.0, 0.3, 1.0, 0.02, 0.06) / np.exp(10.0)
    assert far == pytest.approx(0.75, rel=1e-12)
    assert 1 / far - 1 == pytest.approx(gap_limit(0.02, 0.06), rel=1e-11)
    assert catch_up_growth(0.3, 1.0, 0.06) == pytest.approx(0.14, rel=1e-13)


def test_half_life_and_the_level_effect_of_absorption():
    """Derived: deviations from the limit halve in 8.664 years; halved absorption costs a fifth."""

    def deviation(t):
        return nelson_phelps(t, 0.3, 1.0, 0.02, 0.06) * np.exp(-0.02 * t) - 0.75

    half = brentq(lambda t: deviation(t) - deviation(0.0) / 2, 0, 50, xtol=1e-12)
    assert half == pytest.approx(8.664340, abs=5e-7)
    low, high = (nelson_phelps(2000.0, 0.3, 1.0, 0.02, phi) for phi in (0.03, 0.06))
    assert low / high == pytest.approx(0.8, rel=1e-10)


@few
@given(prices, prices, st.floats(0, 0.1), st.floats(0.005, 0.3))
def test_growth_is_the_slope_and_leaders_are_caught(own, best, growth, absorption):
    step = 1e-6
    slope = (nelson_phelps(step, own, best, growth, absorption) - own) / step
    assert slope / own == pytest.approx(catch_up_growth(own, best, absorption), rel=1e-4, abs=1e-6)
    # Twice the scale of technology is the same story in another unit.
    twice = nelson_phelps(7.0, 2 * own, 2 * best, growth, absorption)
    assert twice == pytest.approx(2 * nelson_phelps(7.0, own, best, growth, absorption), rel=1e-12)


@pytest.mark.parametrize(
    ("sigma", "price", "share", "ratio"),
    [(0.5, 2.4, 0.5, 2 / 3), (1.0, 2.3052698, 0.4, 4 / 9), (2.0, 15 / 7, 8 / 35, 16 / 81)],
)
def test_prices_and_shares(sigma, price, share, ratio):
    """Derived."""
    case = (1.0, 1.5, 0.6, sigma)
    assert ces_price(*case) == pytest.approx(price, abs=5e-8)
    assert import_share(*case) == pytest.approx(share, rel=1e-12)
    assert import_ratio(*case) == pytest.approx(ratio, rel=1e-12)


@pytest.mark.parametrize("case", [(1.0, 1.5, 0.6, 0.5), (2.0, 0.7, 0.3, 3.0), (1.0, 1.0, 0.5, 1.0)])
def test_price_is_the_least_cost(case):
    home, foreign, omega, sigma = case
    best = minimize(
        lambda x: home * np.exp(x[0]) + foreign * np.exp(x[1]),
        [0.0, 0.0],
        constraints={
            "type": "eq",
            "fun": lambda x: np.log(float(ces(np.exp(x[0]), np.exp(x[1]), omega, sigma))),
        },
        options={"ftol": 1e-13},
    )
    d, m = np.exp(best.x)
    assert ces_price(*case) == pytest.approx(best.fun, rel=1e-7)
    assert import_ratio(*case) == pytest.approx(m / d, rel=1e-4)
    assert import_share(*case) == pytest.approx(foreign * m / best.fun, rel=1e-4)


def test_a_cut_of_three_tenths():
    """Derived."""
    found = import_shock(0.7, 0.25, [0.05, 0.2, 0.5, 1, 2, np.inf])
    expected = [0.752848, 0.864394, 0.903226, 0.914691, 0.919998, 0.925]
    np.testing.assert_allclose(found, expected, atol=5e-7)


@few
@given(prices, prices, weights, elasticities)
def test_output_is_the_formula(d, m, omega, sigma):
    assert ces(d, m, omega, sigma) == pytest.approx(raw_ces(d, m, omega, sigma), rel=1e-9)
    assert ces(m, d, 1 - omega, sigma) == pytest.approx(ces(d, m, omega, sigma), rel=1e-12)


@few
@given(prices, prices, weights, elasticities, st.floats(0.05, 1.5))
def test_the_shock_in_shares_is_the_shock_in_quantities(home, foreign, omega, sigma, left):
    """The calibrated-share form against the raw function at the quantities that prices call for."""
    m = import_ratio(home, foreign, omega, sigma)
    cut = raw_ces(1.0, left * m, omega, sigma) / raw_ces(1.0, m, omega, sigma)
    share = import_share(home, foreign, omega, sigma)
    assert import_shock(left, share, sigma) == pytest.approx(cut, rel=1e-6)


def test_limits_of_the_elasticity():
    left, share = np.array([0.1, 0.7, 1.3]), 0.25
    np.testing.assert_allclose(import_shock(left, share, 1.0), left**share, rtol=1e-13)
    np.testing.assert_allclose(import_shock(left, share, np.inf), 1 - share + share * left)
    np.testing.assert_allclose(import_shock(left, share, 1e-6), np.minimum(left, 1), rtol=1e-5)
    assert import_shock(1e-200, share, 1e-6) == pytest.approx(1e-200, rel=1e-3)
    for near in (1 - 1e-7, 1 + 1e-7, 1 - 1e-9, 1 + 1e-9):
        np.testing.assert_allclose(import_shock(left, share, near), left**share, rtol=1e-6)
    gaps = 1e-7 * np.array([-1.0, -0.5, -0.05, 0.05, 0.5, 1.0])
    smooth = (import_shock(0.1, share, 1 + gaps) - 0.1**share) / gaps
    np.testing.assert_allclose(smooth, smooth.mean(), rtol=1e-4)


def test_without_imports():
    assert import_shock(0.0, 0.25, [0.5, 1.0]).tolist() == [0, 0]
    assert import_shock(0.0, 0.25, 2.0) == pytest.approx(0.75**2)
    assert import_shock(0.0, 0.0, 0.5) == 1
    np.testing.assert_allclose(import_shock(0.3, 1.0, [0.5, 1.0, 2.0]), 0.3)
    assert ces(2.0, 0.0, 0.5, 2.0) == pytest.approx(0.5)


@few
@given(st.floats(0.05, 0.95), weights, elasticities)
def test_easier_substitution_softens_the_blow(left, share, sigma):
    assert import_shock(left, share, sigma) <= import_shock(left, share, 1.3 * sigma) + 1e-12
    assert left - 1e-12 <= import_shock(left, share, sigma) <= 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nelson_phelps(-1.0, 0.3, 1.0, 0.02, 0.06), "years = -1.0"),
        (lambda: nelson_phelps(1.0, 0.0, 1.0, 0.02, 0.06), "technology = 0.0"),
        (lambda: nelson_phelps(1.0, 0.3, 1.0, -0.02, 0.06), "frontier_growth = -0.02"),
        (lambda: gap_limit(0.02, 0.0), "absorption_rate = 0.0"),
        (lambda: catch_up_growth(1.0, np.nan, 0.1), "frontier = nan"),
        (lambda: ces(1.0, -1.0, 0.5, 1.0), "imported = -1.0"),
        (lambda: ces(1.0, 1.0, 1.0, 1.0), "domestic_weight = 1.0"),
        (lambda: ces_price(1.0, 1.0, 0.5, 0.0), "elasticity = 0.0"),
        (lambda: import_share(0.0, 1.0, 0.5, 1.0), "domestic_price = 0.0"),
        (lambda: import_shock(-0.1, 0.5, 1.0), "imports_left = -0.1"),
        (lambda: import_shock(0.5, 1.1, 1.0), "share = 1.1"),
        (lambda: import_shock(0.5, 0.5, -1.0), "elasticity = -1.0"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    sigma = np.array([0.05, 0.5, 1.0, 1.001, 2.0, 9.0])
    double = import_shock(0.7, 0.25, sigma)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(import_shock)(0.7, 0.25, sigma), double, rtol=1e-14)
    single = jax.jit(import_shock)(np.float32(0.7), 0.25, sigma.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, double, rtol=2e-6)
    slopes = jax.jit(jax.vmap(jax.grad(import_shock, argnums=(0, 1, 2)), in_axes=(0, None, None)))
    for s in (0.5, 1.0, 2.0):
        assert np.isfinite(slopes(np.array([0.0, 0.5, 1.0, 2.0]), 0.25, s)).all()
    with jax.enable_x64(True):
        at_one = slope_of(import_shock, argnums=2)(0.7, 0.25, 1.0)
    step = 1e-4
    difference = import_shock(0.7, 0.25, 1 + step) - import_shock(0.7, 0.25, 1 - step)
    assert at_one == pytest.approx(difference / (2 * step), rel=1e-6)
