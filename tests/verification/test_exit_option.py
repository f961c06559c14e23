"""Defection as an option: policy search, finite differences, simulation and the game tree."""

import itertools

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar

from vertikal.theory.exit_option import (
    EXIT,
    LOYALTY,
    VOICE,
    exit_probability,
    exit_threshold,
    exit_voice_loyalty,
    stay_value,
    two_state_exit,
)

few = settings(max_examples=25, deadline=None)
R, LAM, K, P = 0.05, 0.05, 8.0, 4.0


def policy_value(x, threshold, r, lam, mu, sigma, k, p):
    """Value of the rule "leave at this threshold", from the discount to the hitting time.

    The exponent is found by numpy's polynomial roots, not by the formula under test.
    """
    rho = r + lam
    beta = np.roots([sigma**2 / 2, mu - sigma**2 / 2, -rho]).min()
    discount = (x / threshold) ** beta
    stays = x / (rho - mu) - lam * p / rho
    at_exit = threshold / (rho - mu) - lam * p / rho
    return stays + discount * (k - at_exit)


def test_the_exact_case():
    """Derived: beta = -4 and a threshold of 0.8; now or never would be 1."""
    leave = exit_threshold(R, LAM, 0.0, 0.1, K, P)
    assert leave.exponent == pytest.approx(-4, rel=1e-13)
    assert leave.threshold == pytest.approx(0.8, rel=1e-13)
    assert leave.net_present_value_threshold == pytest.approx(1.0, rel=1e-13)
    assert leave.exits


def test_volatility_and_hazard():
    """Derived: the threshold falls with uncertainty, rises with the risk of the regime's fall."""
    found = exit_threshold(R, LAM, 0.0, [0.2, 0.3, 0.5], K, P)
    np.testing.assert_allclose(found.threshold, [0.6417424305, 0.517451, 0.344131], atol=5e-7)
    assert found.exponent[0] == pytest.approx(-1.7912878475, abs=5e-11)
    np.testing.assert_allclose(found.net_present_value_threshold, 1.0, rtol=1e-13)
    found = exit_threshold(R, [0.0, 0.02, 0.05, 0.1], 0.0, 0.2, K, P).threshold
    np.testing.assert_allclose(found, [0.214670, 0.377327, 0.641742, 1.112772], atol=5e-7)
    assert stay_value(1.5, R, LAM, 0.0, 0.2, K, P) == pytest.approx(13.7828758638, abs=5e-11)


@pytest.mark.parametrize("mu", [-0.03, 0.0, 0.04])
@pytest.mark.parametrize("sigma", [0.1, 0.4])
def test_no_threshold_policy_does_better(mu, sigma):
    game = (R, LAM, mu, sigma, K, P)
    best = minimize_scalar(
        lambda y: -policy_value(1.5, y, *game), bounds=(1e-3, 1.5), options={"xatol": 1e-9}
    )
    assert exit_threshold(*game).threshold == pytest.approx(best.x, abs=2e-6)
    assert stay_value(1.5, *game) == pytest.approx(-best.fun, rel=1e-10)


def test_value_solves_the_equation_of_the_problem():
    """Generator of the diffusion on the value by central differences, and smooth pasting."""
    game = (R, LAM, 0.01, 0.25, K, P)
    threshold, rho = exit_threshold(*game).threshold, R + LAM
    x = threshold * np.array([1.05, 1.5, 3.0, 8.0])
    step = 1e-4 * x
    up, here, down = (stay_value(x + s * step, *game) for s in (1, 0, -1))
    slope, bend = (up - down) / (2 * step), (up - 2 * here + down) / step**2
    residual = 0.5 * 0.25**2 * x**2 * bend + 0.01 * x * slope - rho * here + x - LAM * P
    np.testing.assert_allclose(residual, 0, atol=1e-5)
    near = stay_value(threshold * (1 + 1e-5), *game)
    assert near == pytest.approx(K, abs=1e-7)  # the slope at the threshold is zero
    assert stay_value(threshold * 0.5, *game) == K
    # Below the threshold, staying an instant longer must lose.
    assert threshold - LAM * P - rho * K < 0


def test_value_by_dynamic_programming():
    """Derived: 13.7829 at x = 1.5, from value iteration on a grid of log flows.

    A trinomial step of the log flow with the right mean and variance; the error falls with the
    spacing squared and is below 0.005 at this one.
    """
    sigma, spacing = 0.2, 0.02
    dt = spacing**2 / (2 * sigma**2)
    log_x = np.arange(-3.0, 5.0, spacing)
    x = np.exp(log_x)
    drift = -(sigma**2) / 2 * dt / (2 * spacing)
    up, down = 0.25 + drift, 0.25 - drift
    keep = np.exp(-(R + LAM) * dt)
    flow = (x - LAM * P) * (1 - keep) / (R + LAM)
    value = np.maximum(x / (R + LAM) - 2.0, K)
    far = value[-1]
    for _ in range(20_000):
        inside = flow[1:-1] + keep * (up * value[2:] + 0.5 * value[1:-1] + down * value[:-2])
        new = np.concatenate([[K], np.maximum(inside, K), [far]])
        done = np.abs(new - value).max() < 1e-10
        value = new
        if done:
            break
    found = np.interp(np.log(1.5), log_x, value)
    assert found == pytest.approx(stay_value(1.5, R, LAM, 0.0, sigma, K, P), abs=5e-3)


def test_certainty_is_a_limit():
    """Derived: without risk leave at (rho - mu) B if the flow grows, at rho K + lambda P if not."""
    for mu, limit in ((0.0, 1.0), (0.02, 0.8), (-0.03, 0.1 * K + LAM * P)):
        found = exit_threshold(R, LAM, mu, 1e-3, K, P).threshold
        assert found == pytest.approx(limit, rel=2e-2 if mu == 0 else 1e-4)


def test_the_value_of_waiting_and_the_myopic_rule_differ_in_sign():
    """Uncertainty lowers the threshold of one who can wait and leaves that of now or never."""
    sigmas = np.linspace(0.05, 0.6, 12)
    found = exit_threshold(R, LAM, 0.0, sigmas, K, P)
    assert (np.diff(found.threshold) < 0).all()
    assert np.ptp(found.net_present_value_threshold) == 0


@few
@given(
    st.floats(0.01, 0.3), st.floats(0, 0.3), st.floats(-0.1, 0.009), st.floats(0.05, 0.8),
    st.floats(0.1, 20), st.floats(0, 10),
)  # fmt: skip
def test_doubling_every_utility_doubles_the_threshold(r, lam, mu, sigma, k, p):
    base, twice = (exit_threshold(r, lam, mu, sigma, m * k, m * p) for m in (1, 2))
    assert twice.threshold == pytest.approx(2 * base.threshold, rel=1e-12)
    assert 0 < base.threshold < base.net_present_value_threshold
    worth = stay_value(base.threshold * 1.7, r, lam, mu, sigma, k, p)
    assert worth >= max(k, base.threshold * 1.7 / (r + lam - mu) - lam * p / (r + lam))


def test_never_leaving():
    leave = exit_threshold(R, LAM, 0.0, 0.2, -2.0, 4.0)  # B is exactly zero
    assert (leave.threshold, leave.exits) == (0, False)
    assert stay_value(1.0, R, LAM, 0.0, 0.2, -3.0, 4.0) == pytest.approx(10 - 2)
    assert exit_probability(np.inf, 1.0, 0.0, 0.0, 0.2) == 0


# Time of leaving ---------------------------------------------------------------------------------


def test_hitting_law_by_quadrature_and_the_stated_numbers():
    """Derived: first passage of a Brownian motion with drift, by integrating its density."""
    fall, trend, sigma = np.log(1 / 1.5), 0.04 - 0.02, 0.2

    def density(t):
        return (
            -fall
            / np.sqrt(2 * np.pi * sigma**2 * t**3)
            * np.exp(-((fall - trend * t) ** 2) / (2 * sigma**2 * t))
        )

    for years in (1.0, 20.0, 150.0):
        slow = quad(density, 0, years, limit=200)[0]
        assert exit_probability(years, 1.5, 1.0, 0.04, 0.2) == pytest.approx(slow, abs=1e-9)
    assert exit_probability(150.0, 1.5, 1.0, 0.04, 0.2) == pytest.approx(0.652389, abs=5e-7)
    assert exit_probability(np.inf, 1.5, 1.0, 0.04, 0.2) == pytest.approx(2 / 3, rel=1e-13)
    assert exit_probability(np.inf, 1.5, 1.0, 0.02, 0.2) == 1
    assert exit_probability(1e9, 1.5, 1.0, 0.04, 0.2) == pytest.approx(2 / 3, rel=1e-9)
    assert exit_probability([0.0, 0.0], [1.5, 0.9], 1.0, 0.04, 0.2).tolist() == [0, 1]


def test_value_by_simulated_lives():
    """20 000 lives in steps of 1/16 year with bridge correction; the band is four errors."""
    mu, sigma, dt = 0.0, 0.2, 1 / 16
    threshold = exit_threshold(R, LAM, mu, sigma, K, P).threshold
    rng = np.random.default_rng(7)
    log_x = np.full(20_000, np.log(1.5))
    worth, inside = np.zeros(20_000), np.ones(20_000, bool)
    barrier = np.log(threshold)
    for i in range(16 * 80):
        discount = np.exp(-(R + LAM) * i * dt)
        worth += inside * discount * (np.exp(log_x) - LAM * P) * dt
        new = log_x + (mu - sigma**2 / 2) * dt + sigma * np.sqrt(dt) * rng.normal(size=20_000)
        gap = np.maximum(log_x - barrier, 0) * np.maximum(new - barrier, 0)
        hits = inside & (rng.random(20_000) < np.exp(-2 * gap / (sigma**2 * dt)))
        worth[hits] += K * discount
        inside &= ~hits
        log_x = new
    worth += inside * np.exp(-(R + LAM) * 80) * (np.exp(log_x) / 0.1 - 2)
    error = worth.std() / np.sqrt(20_000)
    value = stay_value(1.5, R, LAM, mu, sigma, K, P)
    assert worth.mean() == pytest.approx(value, abs=4 * error + 0.05)  # 0.05: the step's bias


# Good and bad times ------------------------------------------------------------------------------


def state_values(r, eta, nu, lam, good, bad, p, k):
    """Values in good and bad times by iteration on a short step."""
    dt = 0.01
    keep = np.exp(-r * dt)
    v = np.array([k, k])
    for _ in range(40_000):
        new_good = good * dt + keep * ((1 - eta * dt) * v[0] + eta * dt * v[1])
        # A fall ends the stay with the penalty.
        fallen = (1 - nu * dt - lam * dt) * v[1] + nu * dt * v[0] - lam * dt * p
        new = np.maximum([new_good, bad * dt + keep * fallen], k)
        if np.abs(new - v).max() < 1e-12:
            break
        v = new
    return v


def test_two_states():
    """Derived: the cut-off and the myopic one; leaving or staying by value iteration around it."""
    game = (0.05, 0.3, 0.5, 0.2, 1.0, -0.5, 3.0)
    cut = two_state_exit(*game)
    assert cut.leaves_in_bad == pytest.approx(1.0222222, abs=5e-8)
    assert cut.myopic == pytest.approx(-4.4, rel=1e-12)
    assert cut.leaves_at_once == pytest.approx(20)
    for k, stays_in_bad in ((0.9, True), (1.15, False)):
        good, bad = state_values(*game, k)
        assert (bad > k + 1e-9) == stays_in_bad
        assert good > k
    assert state_values(*game, 20.5).tolist() == [20.5, 20.5]


@few
@given(st.floats(0, 2), st.floats(0, 2), st.floats(0, 1))
def test_hope_of_good_times_holds_insiders(eta, nu, lam):
    cut = two_state_exit(0.05, eta, nu, lam, 1.0, -0.5, 3.0)
    assert cut.myopic - 1e-9 <= cut.leaves_in_bad <= cut.leaves_at_once + 1e-9
    lasting = two_state_exit(0.05, eta, 0.0, lam, 1.0, -0.5, 3.0)
    assert lasting.leaves_in_bad == pytest.approx(lasting.myopic, rel=1e-9)


# The game ----------------------------------------------------------------------------------------


def solve_tree(exit_payoff, dependence, cost):
    """Backward induction over the tree: (citizen, state) payoffs at each end."""
    exits, silent = (exit_payoff, 1.0), (0.0, 1.0 + dependence)
    gives_way = (1 - cost, dependence)
    after_refusal = max(
        [(exit_payoff - cost, 1.0, "exit"), (-cost, 1.0 + dependence, "loyalty")],
        key=lambda end: (end[0], end[2] == "loyalty"),
    )
    refused = after_refusal[:2]
    voiced = gives_way if gives_way[1] > refused[1] else refused
    options = [(silent[0], LOYALTY), (exits[0], EXIT), (voiced[0], VOICE)]
    return max(options, key=lambda option: option[0])[1]


def test_the_five_stated_cases():
    """Derived."""
    cases = [(0.3, 1.5, 0.4), (0.3, 0.5, 0.4), (0.8, 1.5, 0.4), (-0.2, 1.5, 0.4), (0.3, 1.5, 0.9)]
    expected = [VOICE, EXIT, EXIT, LOYALTY, EXIT]
    assert exit_voice_loyalty(*np.array(cases).T).tolist() == expected


def test_the_game_is_its_backward_induction():
    grid = itertools.product([-0.5, -0.1, 0.15, 0.45, 0.85, 1.2], [0.2, 0.8, 1.3], [0.1, 0.5, 0.9])
    for case in grid:
        assert exit_voice_loyalty(*case) == solve_tree(*case), case


# Boundaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: exit_threshold(0.0, LAM, 0.0, 0.2, K, P), "discount_rate = 0.0"),
        (lambda: exit_threshold(R, -0.1, 0.0, 0.2, K, P), "fall_rate = -0.1"),
        (lambda: exit_threshold(R, LAM, 0.1, 0.2, K, P), "infinitely much"),
        (lambda: exit_threshold(R, LAM, 0.0, 0.0, K, P), "volatility = 0.0"),
        (lambda: exit_threshold(R, LAM, 0.0, 0.2, np.nan, P), "outside_value = nan"),
        (lambda: exit_threshold(R, LAM, 0.0, 0.2, K, -1.0), "penalty = -1.0"),
        (lambda: stay_value(0.0, R, LAM, 0.0, 0.2, K, P), "flow = 0.0"),
        (lambda: exit_probability(-1.0, 1.0, 1.0, 0.0, 0.2), "years = -1.0"),
        (lambda: exit_probability(1.0, 1.0, -1.0, 0.0, 0.2), "threshold = -1.0"),
        (lambda: two_state_exit(R, -0.1, 0.5, 0.2, 1.0, -0.5, 3.0), "worsening_rate = -0.1"),
        (lambda: two_state_exit(R, 0.3, 0.5, 0.2, 1.0, 1.5, 3.0), "bad_flow = 1.5"),
        (lambda: exit_voice_loyalty(0.3, 1.5, 1.0), "voice_cost = 1.0"),
        (lambda: exit_voice_loyalty(np.inf, 1.5, 0.5), "exit_payoff = inf"),
        (lambda: exit_voice_loyalty(0.1, np.nan, 0.5), "state_dependence = nan"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree():
    mu = np.linspace(-0.05, 0.05, 11).astype(np.float32)
    game = (R, LAM, mu, 0.2, K, P)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(stay_value)(1.5, *game), stay_value(1.5, *game))
    single = jax.jit(exit_threshold)(*game)
    assert single.threshold.dtype == np.float32
    np.testing.assert_allclose(single.threshold, exit_threshold(*game).threshold, rtol=2e-5)
    np.testing.assert_allclose(
        jax.jit(exit_probability)(30.0, 1.5, 1.0, mu, 0.2),
        exit_probability(30.0, 1.5, 1.0, mu, 0.2),
        atol=2e-6,
    )


@pytest.mark.parametrize("outside", [-5.0, 8.0])
@pytest.mark.parametrize("flow", [0.3, 1.5])
def test_gradients_are_finite_where_one_leaves_and_where_not(flow, outside):
    arguments = (flow, R, LAM, 0.01, 0.2, outside, P)
    slopes = jax.jit(jax.grad(stay_value, argnums=tuple(range(7))))(*arguments)
    assert np.isfinite(slopes).all()
    slopes = jax.jit(jax.grad(exit_probability, argnums=(0, 1, 2, 3, 4)))(5.0, flow, 1.0, 0.0, 0.2)
    assert np.isfinite(slopes).all()
