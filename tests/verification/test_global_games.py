"""Global games against a scan with Brent's method, iterated best replies and simulation."""

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.stats import norm

from vertikal.theory.global_games import (
    attack_share,
    cost_ratio,
    fall_probability,
    is_unique,
    lame_duck_threshold,
    regime_threshold,
    select_threshold,
    signal_cutoff,
    split_time,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


BOUND = 10.0**2 / (2 * np.pi)
"""Least private precision for one equilibrium with a common prior of precision 10: 15.91549."""

few = settings(max_examples=25, deadline=None)
costs = st.floats(0.02, 0.98)
precisions = st.floats(0.05, 200.0)
means = st.floats(-1.0, 2.0)


def residual(u, c, alpha, beta, z):
    return alpha * (norm.cdf(u) - z) - np.sqrt(beta) * u - np.sqrt(alpha + beta) * norm.ppf(c)


def scanned_roots(c, alpha, beta, z):
    """Every root by a scan in probit space and Brent's method."""
    reach = (abs(alpha) * (1 + abs(z)) + np.sqrt(alpha + beta) * 3) / np.sqrt(beta) + 1
    grid = np.linspace(-reach, reach, 20_001)
    values = residual(grid, c, alpha, beta, z)
    cells = np.flatnonzero((values[:-1] > 0) != (values[1:] > 0))
    game = (c, alpha, beta, z)
    return np.array([brentq(residual, grid[i], grid[i + 1], args=game, xtol=1e-14) for i in cells])


def best_reply_cutoff(start, c, alpha, beta, z):
    """The signal cut-off to which best replies lead, by the two published conditions."""
    cutoff = start

    def unmet(theta, cutoff):
        return norm.cdf(np.sqrt(beta) * (cutoff - theta)) - theta

    for _ in range(400):
        # Fall at the strength that equals the mass attacking, then re-solve the indifference.
        theta = brentq(unmet, -1, 2, args=(cutoff,), xtol=1e-15)
        posterior = theta - norm.ppf(c) / np.sqrt(alpha + beta)
        new = ((alpha + beta) * posterior - alpha * z) / beta
        if abs(new - cutoff) < 1e-13:
            break
        cutoff = new
    return cutoff


@pytest.mark.parametrize(("c", "expected"), [(0.2, 0.8), (0.5, 0.5), (0.8, 0.2)])
def test_a_vague_prior_gives_one_less_the_cost(c, expected):
    """Derived, agreeing with the literature's limit."""
    equilibrium = regime_threshold(c, 1e-12, 1.0, 0.3)
    assert equilibrium.n_roots == 1
    assert equilibrium.threshold[0] == pytest.approx(expected, abs=1e-9)
    assert regime_threshold(c, 0.0, 7.0, 0.3).threshold[0] == pytest.approx(expected, abs=1e-14)


def test_precise_private_news_leads_to_the_same_limit():
    found = regime_threshold(0.4, 1.0, [1e2, 1e4, 1e6], 0.3).threshold[:, 0]
    np.testing.assert_allclose(found, [0.612508, 0.601168, 0.600116], atol=5e-7)


def test_second_case_of_the_specification():
    """Derived: threshold, cut-off, the posterior at the cut-off and the critical mass."""
    c, alpha, beta, z = 0.4, 1.0, 4.0, 0.6
    found = regime_threshold(c, alpha, beta, z)
    theta, cutoff = found.threshold[0], found.signal_cutoff[0]
    assert theta == pytest.approx(0.6142321622, abs=5e-11)
    assert cutoff == pytest.approx(0.7594155389, abs=5e-11)
    assert signal_cutoff(theta, beta) == pytest.approx(cutoff, abs=1e-14)
    mean = (beta * cutoff + alpha * z) / (alpha + beta)
    assert norm.cdf(np.sqrt(alpha + beta) * (theta - mean)) == pytest.approx(c, abs=1e-13)
    assert attack_share(theta, cutoff, beta) == pytest.approx(theta, abs=1e-13)
    for start in (-30.0, 30.0):
        assert best_reply_cutoff(start, c, alpha, beta, z) == pytest.approx(cutoff, abs=1e-10)


def test_three_roots_below_the_bound_and_one_above():
    """Derived: alpha = 10, z = c = 1/2; precision 14.3239 is 0.9 and 16.0746 1.01 of the bound."""
    below, above = regime_threshold(0.5, 10.0, [0.9 * BOUND, 1.01 * BOUND], 0.5).threshold
    np.testing.assert_allclose(below, [0.284916, 0.5, 0.715084], atol=5e-7)
    np.testing.assert_allclose(above, [0.5, np.nan, np.nan], atol=1e-9)
    assert pytest.approx(15.91549, abs=5e-6) == BOUND
    np.testing.assert_array_equal(
        is_unique(10.0, [14.3239, BOUND * (1 - 1e-12), BOUND * (1 + 1e-12), 16.0746]),
        [False, False, True, True],
    )


def test_roots_next_to_zero_and_one_are_kept_apart():
    found = regime_threshold(0.5, 10.0, 1.0, 0.5)
    assert found.n_roots == 3
    assert found.threshold[0] == pytest.approx(2.9e-7, abs=5e-9)
    assert 1 - found.threshold[2] == pytest.approx(2.9e-7, abs=5e-9)
    scanned = scanned_roots(0.5, 10.0, 1.0, 0.5)
    np.testing.assert_allclose(found.threshold, norm.cdf(scanned), rtol=1e-9)


@few
@given(costs, precisions, precisions, means)
def test_every_root_of_a_scan_is_found(c, alpha, beta, z):
    scanned = scanned_roots(c, alpha, beta, z)
    found = regime_threshold(c, alpha, beta, z)
    count = int(found.n_roots)
    # Two roots that merge within a grid cell of the scan are seen by one of the two only.
    turn = np.sqrt(2 * np.log(max(alpha / np.sqrt(2 * np.pi * beta), 1.0)))
    assume(min(abs(residual(s * turn, c, alpha, beta, z)) for s in (-1, 1)) > 1e-5 or turn == 0)
    assert count == len(scanned)
    np.testing.assert_allclose(found.threshold[:count], norm.cdf(scanned), rtol=1e-7, atol=1e-12)
    assert np.isnan(found.threshold[count:]).all()
    assert count == 1 or not is_unique(alpha, beta)


@few
@given(costs, precisions, precisions, means)
def test_turning_attackers_into_defenders_mirrors_the_game(c, alpha, beta, z):
    found = regime_threshold(c, alpha, beta, z)
    mirror = regime_threshold(1 - c, alpha, beta, 1 - z)
    assert found.n_roots == mirror.n_roots
    count = int(found.n_roots)
    np.testing.assert_allclose(
        found.threshold[:count], 1 - mirror.threshold[:count][::-1], atol=1e-7
    )


@few
@given(st.floats(0.05, 0.9), st.floats(0.1, 5.0), means)
def test_the_regime_is_safer_the_dearer_an_attack_and_the_stronger_it_is_thought(c, alpha, z):
    beta = alpha**2  # above the bound
    base = regime_threshold(c, alpha, beta, z).threshold[0]
    assert regime_threshold(c + 0.05, alpha, beta, z).threshold[0] < base
    assert regime_threshold(c, alpha, beta, z + 0.1).threshold[0] < base


def test_derivatives_at_the_second_case():
    """Derived: implicit derivatives, against central differences as well."""
    with jax.enable_x64(True):
        slopes = jax.jit(
            jax.grad(lambda c, z: regime_threshold(c, 1.0, 4.0, z).threshold[0], argnums=(0, 1))
        )(0.4, 0.6)
    assert slopes[0] == pytest.approx(-1.368557, abs=5e-7)
    assert slopes[1] == pytest.approx(-0.236456, abs=5e-7)
    step = 1e-5
    up, down = regime_threshold([0.4 + step, 0.4 - step], 1.0, 4.0, 0.6).threshold[:, 0]
    assert slopes[0] == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_probability_of_a_fall_by_simulation():
    """Derived: 4e5 regimes; the error of a share is below 0.0008, the band is four of them."""
    found = regime_threshold(0.4, 2.0, 9.0, 0.7)
    theta, cutoff = found.threshold[0], found.signal_cutoff[0]
    strengths = np.random.default_rng(6).normal(0.7, 1 / np.sqrt(2.0), 400_000)
    falls = norm.cdf(3.0 * (cutoff - strengths)) >= strengths
    assert fall_probability(theta, 2.0, 0.7) == pytest.approx(falls.mean(), abs=0.0032)


def test_selection_by_name():
    many = regime_threshold(0.5, 10.0, [0.9 * BOUND, 1.01 * BOUND], 0.5).threshold
    np.testing.assert_allclose(select_threshold(many, rule="lowest"), [0.284916, 0.5], atol=5e-7)
    np.testing.assert_allclose(select_threshold(many, rule="highest"), [0.715084, 0.5], atol=5e-7)


def test_axis_of_equilibria():
    last = regime_threshold(0.5, 10.0, [14.3239, 16.0746, 30.0], 0.5)
    first = regime_threshold(0.5, 10.0, [14.3239, 16.0746, 30.0], 0.5, axis=0)
    np.testing.assert_array_equal(first.threshold, last.threshold.T)
    np.testing.assert_array_equal(first.n_roots, last.n_roots)


# The lame duck -----------------------------------------------------------------------------------


def test_threshold_rises_as_the_date_nears():
    """Derived."""
    found = lame_duck_threshold([10, 5, 2, 1, 0, np.inf], 1.0, 0.8, 0.1)
    np.testing.assert_allclose(found, [0.16510, 0.24109, 0.40814, 0.56776, 1, 1 / 9], atol=5e-6)


def test_split_time_is_the_root_of_the_threshold():
    found = split_time([0.15, 0.3, 0.6, 0.9, 0.1], 1.0, 0.8, 0.1)
    np.testing.assert_allclose(found, [12.321437, 3.448405, 0.870114, 0.139862, np.inf], atol=5e-7)
    for theta, tau in zip((0.15, 0.3, 0.6, 0.9), found, strict=False):
        root = brentq(
            lambda t, s=theta: 1 / (1 + 0.8 * (1 - np.exp(-0.1 * t)) / 0.1) - s, 0, 100, xtol=1e-13
        )
        assert tau == pytest.approx(root, abs=1e-10)


@few
@given(st.floats(0.05, 0.95), st.floats(0.1, 5), st.floats(0.1, 5), st.floats(0, 0.5))
def test_split_and_threshold_are_inverses(theta, b, ell, r):
    tau = split_time(theta, b, ell, r)
    floor = lame_duck_threshold(np.inf, b, ell, r)
    if np.isinf(tau):
        assert theta <= floor * (1 + 1e-12)
    else:
        assert theta > floor * (1 - 1e-12)
        assert lame_duck_threshold(tau, b, ell, r) == pytest.approx(theta, rel=1e-7)


def test_no_discounting_is_the_limit():
    assert lame_duck_threshold(3.0, 1.0, 0.8, 0.0) == pytest.approx(1 / 3.4, rel=1e-14)
    assert lame_duck_threshold(3.0, 1.0, 0.8, 1e-9) == pytest.approx(1 / 3.4, rel=1e-8)
    assert lame_duck_threshold(np.inf, 1.0, 0.8, 0.0) == 0
    assert split_time(0.25, 1.0, 0.5, 0.0) == pytest.approx(6.0)
    assert split_time(0.25, 1.0, 0.5, 1e-9) == pytest.approx(6.0, rel=1e-7)
    for r in (1e-310, 1e-5, 9.99e-4 / 3, 1.001e-3 / 3, 9.99e-4 / 6, 1.001e-3 / 6):
        exact = 0.8 * quad(lambda t, r=r: np.exp(-r * t), 0, 3, epsabs=1e-14)[0]
        assert lame_duck_threshold(3.0, 1.0, 0.8, r) == pytest.approx(1 / (1 + exact), rel=1e-13)
        back = lame_duck_threshold(split_time(0.25, 1.0, 0.5, r), 1.0, 0.5, r)
        assert back == pytest.approx(0.25, rel=1e-12)


def test_many_agents_with_slight_doubt_attack_as_the_threshold_says():
    """Derived: 10⁶ agents, noise 0.01, three years before the date; shares err by 0.0005."""
    threshold = lame_duck_threshold(3.0, 1.0, 0.8, 0.1)
    beta = 1 / 0.01**2
    cutoff = signal_cutoff(threshold, beta)
    noise = np.random.default_rng(7).normal(0.0, 0.01, 1_000_000)
    for shift, expected in ((-0.02, 0.939), (0.0, 0.326), (0.02, 0.007)):
        share = (threshold + shift + noise <= cutoff).mean()
        assert share == pytest.approx(expected, abs=0.002)
        assert share == pytest.approx(attack_share(threshold + shift, cutoff, beta), abs=0.002)
    assert threshold == pytest.approx(0.326, abs=1e-3)


# Boundaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: regime_threshold(1.0, 1.0, 1.0, 0.5), "cost = 1.0"),
        (lambda: regime_threshold(np.nan, 1.0, 1.0, 0.5), "cost = nan"),
        (lambda: regime_threshold(0.5, -1.0, 1.0, 0.5), "prior_precision = -1.0"),
        (lambda: regime_threshold(0.5, 1.0, 0.0, 0.5), "signal_precision = 0.0"),
        (lambda: regime_threshold(0.5, 1.0, 1.0, np.inf), "prior_mean = inf"),
        (lambda: regime_threshold([0.5, 0.4], 1.0, [1.0] * 3, 0.5), "[Ii]ncompatible shapes"),
        (lambda: attack_share([0.5, 0.4], [0.1] * 3, 1.0), "attack_share: shapes do not broadcast"),
        (lambda: is_unique(1.0, -2.0), "signal_precision = -2.0"),
        (lambda: select_threshold([0.5], rule="best"), "rule = best"),
        (lambda: signal_cutoff(1.5, 1.0), "threshold = 1.5"),
        (lambda: attack_share(np.nan, 0.5, 1.0), "strength = nan"),
        (lambda: fall_probability(0.5, 0.0, 0.5), "prior_precision = 0.0"),
        (lambda: cost_ratio(0.0, 1.0), "gain = 0.0"),
        (lambda: cost_ratio(1.0, -1.0), "loss = -1.0"),
        (lambda: lame_duck_threshold(-1.0, 1.0, 1.0, 0.1), "years_left = -1.0"),
        (lambda: lame_duck_threshold(1.0, 0.0, 1.0, 0.1), "gain = 0.0"),
        (lambda: lame_duck_threshold(1.0, 1.0, 0.0, 0.1), "withheld_flow = 0.0"),
        (lambda: split_time(1.0, 1.0, 1.0, 0.1), "strength = 1.0"),
        (lambda: split_time(0.5, 1.0, 1.0, -0.1), "discount_rate = -0.1"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree():
    rng = np.random.default_rng(3)
    game = (rng.uniform(0.1, 0.9, 30), rng.uniform(0, 5, 30), rng.uniform(1, 40, 30), 0.5)
    double = regime_threshold(*game)
    with jax.enable_x64(True):
        np.testing.assert_allclose(
            jax.jit(regime_threshold)(*game).threshold, double.threshold, rtol=1e-12
        )
    single = jax.jit(regime_threshold)(*(np.float32(a) for a in game))
    assert single.threshold.dtype == np.float32
    np.testing.assert_allclose(single.threshold, double.threshold, atol=2e-5)
    times = np.linspace(0.0, 9.0, 10)
    np.testing.assert_allclose(
        jax.jit(lame_duck_threshold)(np.float32(times), 1.0, 0.8, 0.1),
        lame_duck_threshold(times, 1.0, 0.8, 0.1),
        rtol=1e-5,
    )


@pytest.mark.parametrize("r", [0.0, 0.1])
def test_gradients_of_the_lame_duck_are_finite(r):
    if r == 0:
        slope = jax.jit(jax.grad(lame_duck_threshold, argnums=3))(2.0, 1.0, 0.8, r)
        assert slope == pytest.approx(0.8 * 2**2 / 2 / 2.6**2, rel=1e-5)
    for theta in (0.1, 0.5):  # the first has no finite split time when r is 0.1
        assert np.isfinite(slope_of(split_time, argnums=(1, 2))(theta, 1.0, 0.8, r)).all()
    assert np.isfinite(slope_of(lame_duck_threshold, argnums=(0, 1, 2, 3))(2.0, 1.0, 0.8, r)).all()
