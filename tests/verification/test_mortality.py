"""`mortality` against a life table, quadrature and simulation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import brentq, least_squares

from vertikal.theory.mortality import (
    death_probability,
    fit_gompertz,
    hazard,
    life_expectancy,
    sample_lifetime,
    survival,
    survival_quantile,
)

FEW = settings(max_examples=60, deadline=None)

# US Social Security period life table, males, as reproduced in a public course page (vintage not
# stated there): ages, chance of dying within a year, remaining life, survival from 60.
AGES = np.array([60.0, 70.0, 80.0, 90.0])
ANNUAL = np.array([0.012263, 0.028904, 0.071687, 0.188644])
EXPECTANCY = np.array([20.00, 12.98, 7.43, 3.68])
FROM_SIXTY = np.array([0.8291, 0.5227, 0.1519])
FITTED = tuple(map(float, fit_gompertz(AGES, ANNUAL)))

laws = st.tuples(
    st.floats(40, 95), st.floats(0.002, 0.05), st.floats(0.05, 0.15), st.floats(0.3, 3.0)
)


# The published table, and the fit to it (derived)


def test_the_fit_to_the_table():
    fit = fit_gompertz(AGES, ANNUAL)
    assert fit.level == pytest.approx(0.0113326, abs=5e-8)
    assert fit.slope == pytest.approx(0.0939678, abs=5e-8)
    assert np.log(2) / fit.slope == pytest.approx(7.376, abs=5e-4)

    def misfit(law):
        return np.log(death_probability(1.0, AGES, np.exp(law[0]), law[1])) - np.log(ANNUAL)

    reference = least_squares(misfit, [np.log(0.02), 0.08], xtol=1e-14, ftol=1e-14)
    np.testing.assert_allclose(fit, [np.exp(reference.x[0]), reference.x[1]], rtol=1e-6)


def test_the_law_is_close_to_the_table():
    np.testing.assert_allclose(death_probability(1.0, AGES, *FITTED), ANNUAL, rtol=0.045)
    expectancy = life_expectancy(AGES, *FITTED)
    np.testing.assert_allclose(expectancy, [19.8713, 12.8197, 7.4171, 3.8140], atol=5e-5)
    np.testing.assert_allclose(expectancy, EXPECTANCY, rtol=0.05)
    lived = survival(np.array([10.0, 20.0, 30.0]), 60.0, *FITTED)
    np.testing.assert_allclose(lived, [0.8286, 0.5121, 0.1495], atol=5e-5)
    np.testing.assert_allclose(lived, FROM_SIXTY, rtol=0.05)


def test_numbers_of_the_cases():  # derived
    assert death_probability(6.0, 70.0, *FITTED) == pytest.approx(0.208436, abs=2e-6)
    assert death_probability(6.0, 73.0, *FITTED) == pytest.approx(0.266454, abs=2e-6)
    assert survival_quantile(0.5, 70.0, *FITTED) == pytest.approx(12.529564, abs=2e-5)
    assert death_probability(1.0, 70.0, *FITTED, 0.5) == pytest.approx(0.0151, abs=5e-5)
    # a chance is not a hazard: at 90 the table's 0.189 is a hazard of 0.209 over the year
    chance = death_probability(1.0, 90.0, *FITTED)
    assert chance == pytest.approx(1 - np.exp(-quad(hazard, 90, 91, args=FITTED)[0]), rel=1e-10)
    assert -np.log1p(-ANNUAL[3]) == pytest.approx(0.209, abs=5e-4)


# Slow references


@FEW
@given(laws)
def test_expectancy_and_survival_by_quadrature(law):
    age, level, slope, frailty = law

    def rate(t):
        return frailty * level * np.exp(slope * (age + t - 60))

    def alive(t):
        return np.exp(-quad(rate, 0, t)[0])

    assert survival(7.5, *law) == pytest.approx(alive(7.5), rel=1e-10)

    def closed(t):
        return np.exp(-(rate(0) / slope) * np.expm1(slope * t))

    end = survival_quantile(1e-18, *law)
    mean, _ = quad(closed, 0, float(end), epsabs=1e-12, epsrel=1e-12, limit=200)
    assert life_expectancy(*law) == pytest.approx(mean, rel=1e-9)


def test_expectancy_far_beyond_the_table():
    # the branches of the scaled integral meet, and for large hazards life is 1 / hazard
    for age in (99.0, 105.0, 106.5, 107.0, 130.0, 300.0, 2000.0):
        rate = 0.05 * np.exp(0.1 * (age - 60))

        def lived(y, rate=rate):  # y counts years in units of 1 / rate
            return np.exp(-np.expm1(0.1 * y / rate) * rate / 0.1) / rate

        mean, _ = quad(lived, 0, 60)
        assert life_expectancy(age, 0.05, 0.1) == pytest.approx(mean, rel=1e-9)


@FEW
@given(laws, st.floats(0.01, 0.99))
def test_quantiles_invert_survival(law, chance):
    years = survival_quantile(chance, *law)
    assert survival(years, *law) == pytest.approx(chance, rel=1e-9)
    root = brentq(lambda t: survival(t, *law) - chance, 0, 500)
    assert years == pytest.approx(root, abs=1e-8)


@FEW
@given(laws, st.floats(0.001, 5), st.floats(0.001, 5))
def test_steps_compose(law, first, second):
    age, *rest = law
    together = survival(first + second, age, *rest)
    assert together == pytest.approx(
        survival(first, age, *rest) * survival(second, age + first, *rest), rel=1e-10
    )
    soon = death_probability(first, age, *rest)
    certain = soon > 1 - 1e-15  # nothing is larger in double precision
    assert certain or death_probability(first, age + 1, *rest) > soon
    assert certain or death_probability(first + second, age, *rest) > soon


def test_a_short_step_keeps_its_precision():
    step = 1e-12
    expected = hazard(70.0, *FITTED) * step
    assert death_probability(step, 70.0, *FITTED) == pytest.approx(expected, rel=1e-9)


def test_simulated_lives():
    draws = sample_lifetime(jax.random.key(1), np.full(1_000_000, 70.0), *FITTED)
    assert draws.mean() == pytest.approx(12.8197, abs=4 * draws.std() / 1000)
    assert np.median(draws) == pytest.approx(12.5296, abs=0.04)
    assert (draws < 6).mean() == pytest.approx(0.208436, abs=4 * 0.00041)


def test_a_fit_returns_its_own_law():
    ages = np.arange(55.0, 92.0, 3.0)
    laws = np.array([[0.01, 0.09], [0.03, 0.06]])
    tables = np.stack([death_probability(1.0, ages, *law) for law in laws])
    fit = fit_gompertz(ages, tables)
    np.testing.assert_allclose(np.stack(fit, axis=-1), laws, rtol=1e-10)


# Traced


def test_traced_in_single_precision():
    ages = np.linspace(40, 95, 12)
    single = jnp.asarray(ages, jnp.float32)
    law = [jnp.float32(x) for x in FITTED]
    pairs = [
        (jax.jit(hazard)(single, *law), hazard(ages, *FITTED)),
        (
            jax.jit(death_probability)(jnp.float32(1 / 52), single, *law),
            death_probability(1 / 52, ages, *FITTED),
        ),
        (jax.jit(life_expectancy)(single, *law), life_expectancy(ages, *FITTED)),
        (jax.jit(fit_gompertz)(AGES.astype("f4"), ANNUAL.astype("f4")), FITTED),
    ]
    for traced, whole in pairs:
        assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves(traced))
        np.testing.assert_allclose(traced, whole, rtol=3e-5)
    draws = jax.jit(sample_lifetime)(jax.random.key(0), single, *law)
    assert draws.dtype == jnp.float32


def test_gradients_are_finite():
    gradient = jax.jit(jax.grad(life_expectancy, argnums=(0, 1, 2)))
    for age in (50.0, 70.0, 95.0, 110.0):
        slopes = gradient(age, *FITTED)
        assert np.isfinite(slopes).all()
        assert slopes[0] < 0


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: hazard(70.0, 0.0, 0.1), "level"),
        (lambda: hazard(70.0, 0.01, -0.1), "slope"),
        (lambda: hazard(np.nan, 0.01, 0.1), "age"),
        (lambda: hazard(-1.0, 0.01, 0.1), "age"),
        (lambda: survival(-1.0, 70.0, 0.01, 0.1), "years"),
        (lambda: death_probability(1.0, 70.0, 0.01, 0.1, 0.0), "frailty"),
        (lambda: survival_quantile(0.0, 70.0, 0.01, 0.1), "chance"),
        (lambda: life_expectancy(70.0, np.inf, 0.1), "level"),
        (lambda: fit_gompertz([60.0, 70.0], [0.1, 1.0]), "annual"),
        (lambda: fit_gompertz([60.0, 60.0], [0.1, 0.2]), "age"),
        (lambda: fit_gompertz([60.0, 70.0, 80.0], [0.1, 0.2]), "annual"),
    ],
)
def test_invalid_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
