"""Transitions: both sides of every indifference, values of the dynamic game, and grids."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.theory.transitions import (
    CONCEDE,
    DEMOCRATISE,
    NO_THREAT,
    REPRESS,
    elite_response,
    min_concession,
    promise_weight,
    transition_thresholds,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=40, deadline=None)
THETA, DELTA, P = 0.6, 0.2, 0.5
DYNAMIC = {"theta": 0.45, "delta": 0.2, "beta": 0.9, "q": 0.25}

societies = st.tuples(st.floats(0.05, 0.45), st.floats(0.05, 0.95), st.floats(0.1, 1.0)).map(
    lambda s: (s[0] + s[1] * (0.98 - s[0]), s[0], s[2])
)


def incomes(tax, theta, delta):
    """Income after tax and transfer of one citizen and one member of the elite; mean income 1."""
    transfer = tax - tax**2 / 2
    return (
        (1 - tax) * (1 - theta) / (1 - delta) + transfer,
        (1 - tax) * theta / delta + transfer,
    )


def two_state_values(in_threat, in_calm, beta, q):
    """Values of a stream that pays one income under threat and another in calm, states redrawn."""
    move = np.array([[q, 1 - q], [q, 1 - q]])
    return np.linalg.solve(np.eye(2) - beta * move, [in_threat, in_calm])


def test_static_cutoffs():
    """Derived."""
    cut = transition_thresholds(THETA, DELTA, P)
    np.testing.assert_allclose(cut, [0.5, 0.55, 0.5, 0.375], rtol=1e-12)
    promise = min_concession(0.55, THETA, DELTA, P)
    assert promise.exists
    assert promise.tax == pytest.approx(0.5, abs=1e-7)
    assert promise.repression_cutoff == pytest.approx(0.1875, abs=1e-7)


@pytest.mark.parametrize(
    ("mu", "kappa", "answer"),
    [
        (0.65, 0.1, NO_THREAT),
        (0.57, 0.1, CONCEDE),
        (0.57, 0.01, REPRESS),
        (0.52, 0.5, DEMOCRATISE),
        (0.52, 0.2, REPRESS),
        (0.45, 0.9, REPRESS),  # not even democracy would avert revolution
    ],
)
def test_static_regimes(mu, kappa, answer):
    """Derived."""
    assert elite_response(mu, kappa, THETA, DELTA, P) == answer


def test_dynamic_cutoffs_and_values():
    """Derived: values at the cut-offs by solving the two-state system."""
    theta, delta, beta, q = DYNAMIC.values()
    f = promise_weight(beta, q)
    assert f == pytest.approx(0.325, rel=1e-13)
    cut = transition_thresholds(theta, delta, f, dynamic=True)
    assert cut.citizens_tax == pytest.approx(0.3125, rel=1e-12)
    assert cut.concession_cutoff == pytest.approx(0.4373046875, rel=1e-12)
    assert cut.repression_cutoff == pytest.approx(0.6009615385, abs=5e-11)
    promise = min_concession(0.44, theta, delta, f, dynamic=True)
    assert promise.tax == pytest.approx(0.1685098160, abs=5e-11)
    assert promise.repression_cutoff == pytest.approx(0.0999266885, abs=5e-11)

    untaxed_citizen, untaxed_elite = incomes(0.0, theta, delta)
    citizen, _ = incomes(cut.citizens_tax, theta, delta)
    conceded = two_state_values(citizen, untaxed_citizen, beta, q)[0]
    revolution = (1 - cut.concession_cutoff) / ((1 - delta) * (1 - beta))
    assert conceded == pytest.approx(7.03369140625, rel=1e-12)
    assert conceded == pytest.approx(revolution, rel=1e-12)

    _, taxed_elite = incomes(cut.citizens_tax, theta, delta)
    democracy = taxed_elite / (1 - beta)
    repressing = two_state_values(
        (1 - cut.repression_cutoff) * untaxed_elite, untaxed_elite, beta, q
    )[0]
    assert democracy == pytest.approx(18.10546875, rel=1e-12)
    assert repressing == pytest.approx(democracy, rel=1e-12)

    citizen, elite = incomes(promise.tax, theta, delta)
    assert two_state_values(citizen, untaxed_citizen, beta, q)[0] == pytest.approx(
        (1 - 0.44) / ((1 - delta) * (1 - beta)), rel=1e-12
    )
    conceding = two_state_values(elite, untaxed_elite, beta, q)[0]
    repressing = two_state_values(
        (1 - promise.repression_cutoff) * untaxed_elite, untaxed_elite, beta, q
    )[0]
    assert conceding == pytest.approx(21.76928609, abs=5e-9)
    assert repressing == pytest.approx(conceding, rel=1e-12)


def test_repression_may_beat_democracy_at_any_price():
    """Derived: a cut-off above one is reported, not clipped."""
    f = promise_weight(0.9, 0.25)
    found = transition_thresholds(0.6, 0.2, f, dynamic=True).repression_cutoff
    assert found == pytest.approx(1.1538, abs=5e-5)


@few
@given(societies)
def test_the_tax_of_citizens_and_the_static_indifferences(society):
    theta, delta, p = society
    cut = transition_thresholds(*society)
    grid = np.linspace(0, 1, 100_001)
    assert cut.citizens_tax == pytest.approx(
        grid[incomes(grid, theta, delta)[0].argmax()], abs=1e-5
    )
    poor, rich = incomes(0.0, theta, delta)
    poor_taxed, rich_taxed = incomes(cut.citizens_tax, theta, delta)
    promised = p * poor_taxed + (1 - p) * poor
    assert promised == pytest.approx((1 - cut.concession_cutoff) / (1 - delta), rel=1e-10)
    assert poor_taxed == pytest.approx((1 - cut.democracy_cutoff) / (1 - delta), rel=1e-10)
    assert rich_taxed == pytest.approx((1 - cut.repression_cutoff) * rich, rel=1e-9, abs=1e-12)


@few
@given(societies, st.floats(0.0, 1.0))
def test_the_smallest_promise(society, mu):
    theta, delta, p = society
    cut = transition_thresholds(*society)
    promise = min_concession(mu, *society)
    if mu >= theta:
        assert promise.exists
        assert promise.tax == 0
        return
    if abs(mu - cut.concession_cutoff) > 1e-12:
        assert promise.exists == (mu > cut.concession_cutoff)
    if promise.exists:
        poor, rich = incomes(0.0, theta, delta)
        poor_taxed, rich_taxed = incomes(promise.tax, theta, delta)
        kept = p * poor_taxed + (1 - p) * poor
        assert kept == pytest.approx((1 - mu) / (1 - delta), rel=1e-8)
        assert promise.tax <= cut.citizens_tax + 1e-12
        conceding = p * rich_taxed + (1 - p) * rich
        assert conceding == pytest.approx((1 - promise.repression_cutoff) * rich, rel=1e-9)
    else:
        assert np.isnan([promise.tax, promise.repression_cutoff]).all()


@few
@given(societies, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_the_answer_is_the_elites_best_among_those_that_avert_revolution(society, mu, kappa):
    """Brute force over the elite's options in the static game."""
    theta, delta, p = society
    poor, rich = incomes(0.0, theta, delta)
    revolution = (1 - mu) / (1 - delta)
    taxes = np.linspace(0, 1, 20_001)
    poor_taxed, rich_taxed = incomes(taxes, theta, delta)
    accepted = p * poor_taxed + (1 - p) * poor >= revolution
    options = {REPRESS: (1 - kappa) * rich}
    if accepted.any():
        options[CONCEDE] = (p * rich_taxed + (1 - p) * rich)[accepted].max()
    else:
        free_poor, free_rich = incomes((theta - delta) / (1 - delta), theta, delta)
        if free_poor >= revolution:
            options[DEMOCRATISE] = free_rich
    best = NO_THREAT if theta <= mu else max(options, key=options.get)
    close = len(options) > 1 and abs(np.diff(list(options.values()))[0]) < 1e-3 * rich
    edge = abs(p * poor_taxed.max() + (1 - p) * poor - revolution) < 1e-6 or abs(theta - mu) < 1e-9
    edge |= abs(poor_taxed.max() - revolution) < 1e-6
    assert close or edge or elite_response(mu, kappa, *society) == best


def test_rounding_at_the_cutoff_is_no_hole():
    rng = np.random.default_rng(10)
    delta = rng.uniform(0.05, 0.45, 500)
    theta = delta + rng.uniform(0.05, 0.95, 500) * (0.98 - delta)
    f = rng.uniform(0.1, 1, 500)
    at = transition_thresholds(theta, delta, f).concession_cutoff
    promise = min_concession(at, theta, delta, f)
    best = transition_thresholds(theta, delta, f).citizens_tax
    assert promise.exists.all()
    np.testing.assert_allclose(promise.tax, best, rtol=1e-6)
    assert not min_concession(at - 1e-12, theta, delta, f).exists.any()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: transition_thresholds(0.2, 0.2, 0.5), "elite_income_share = 0.2"),
        (lambda: transition_thresholds(1.0, 0.2, 0.5), "elite_income_share = 1.0"),
        (lambda: transition_thresholds(0.6, 0.5, 0.5), "elite_population_share = 0.5"),
        (lambda: transition_thresholds(0.6, 0.2, 0.0), "promise_weight = 0.0"),
        (lambda: transition_thresholds(0.6, 0.2, 1.1), "promise_weight = 1.1"),
        (lambda: min_concession(1.2, 0.6, 0.2, 0.5), "revolution_cost = 1.2"),
        (lambda: elite_response(0.5, -0.1, 0.6, 0.2, 0.5), "repression_cost = -0.1"),
        (lambda: elite_response(np.nan, 0.1, 0.6, 0.2, 0.5), "revolution_cost = nan"),
        (lambda: promise_weight(1.0, 0.5), "discount_factor = 1.0"),
        (lambda: promise_weight(0.9, 1.5), "threat_probability = 1.5"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    mu = np.linspace(0.3, 0.7, 39)
    double = min_concession(mu, 0.6, 0.2, 0.5, dynamic=True)
    compiled = jax.jit(min_concession, static_argnames="dynamic")
    with jax.enable_x64(True):
        np.testing.assert_allclose(compiled(mu, 0.6, 0.2, 0.5, dynamic=True).tax, double.tax)
    single = compiled(mu.astype(np.float32), 0.6, 0.2, 0.5, dynamic=True)
    np.testing.assert_array_equal(single.exists, double.exists)
    np.testing.assert_allclose(single.tax, double.tax, atol=1e-3)
    np.testing.assert_array_equal(
        jax.jit(elite_response)(mu.astype(np.float32), 0.1, 0.6, 0.2, 0.5),
        elite_response(mu, 0.1, 0.6, 0.2, 0.5),
    )
    slope = slope_of(lambda m: min_concession(m, 0.6, 0.2, 0.5).tax)
    assert slope(0.57) < 0
    assert slope(0.65) == 0
    assert np.isfinite(slope_of(lambda t: transition_thresholds(t, 0.2, 0.5)[3])(0.6))
