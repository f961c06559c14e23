"""Leaders' exits against numerical maximisers, quadrature, simulation and the lifelines library."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import AalenJohansenFitter, KaplanMeierFitter, WeibullFitter
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.stats import weibull_min

from vertikal.theory.survival import (
    aalen_johansen,
    cif,
    cif_by_shape,
    competing_risks,
    fit_competing,
    fit_weibull,
    weibull_loglik,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=15, deadline=None)
T = np.array([1.0, 2.0, 3.0, 5.0, 9.0])
EVENT = np.array([1, 1, 0, 1, 0])
SHAPE, SCALES = 1.4, np.array([10.0, 15.0])


def slow_loglik(shape, scale, t, event, entry=None):
    """The likelihood of each leader from scipy's Weibull, given that he reached his entry age."""
    law = weibull_min(shape, scale=scale)
    terms = np.where(event == 1, law.logpdf(t), law.logsf(t))
    return (terms - (law.logsf(entry) if entry is not None else 0)).sum()


def simulated(n, seed, censor_at=None):
    """Exits by two causes with a common shape, and by censoring at a uniform date."""
    rng = np.random.default_rng(seed)
    latent = SCALES * rng.weibull(SHAPE, size=(n, 2))
    t, cause = latent.min(axis=1), latent.argmin(axis=1) + 1
    if censor_at is not None:
        leave = rng.uniform(0, censor_at, n)
        t, cause = np.minimum(t, leave), np.where(leave < t, 0, cause)
    return t, cause


def step(estimate, when, values):
    """Value of a right-continuous step function at a time."""
    index = np.searchsorted(estimate.time, when, side="right") - 1
    return values[..., index]


# Likelihood and fit ------------------------------------------------------------------------------


def test_exponential_case():
    """Derived: the rate is exits over time at risk."""
    scale = T.sum() / EVENT.sum()
    assert scale == pytest.approx(20 / 3)
    loglik = weibull_loglik(0.0, np.log(scale), T, EVENT)
    assert loglik == pytest.approx(-8.6913600, abs=5e-8)
    assert loglik == pytest.approx(slow_loglik(1.0, scale, T, EVENT), rel=1e-13)
    with jax.enable_x64(True):
        slope = slope_of(weibull_loglik, argnums=1)(0.0, np.log(scale), T, EVENT)
    assert slope == pytest.approx(0, abs=1e-12)


def test_weibull_case():
    """Derived, and the numbers of an independent library."""
    fit = fit_weibull(T, EVENT)
    assert fit.shape == pytest.approx(1.109801, abs=5e-7)
    assert fit.scale == pytest.approx(6.503805, abs=5e-7)
    assert fit.loglik == pytest.approx(-8.6685640, abs=5e-8)
    assert (fit.events, fit.exists) == (3, True)
    theirs = WeibullFitter().fit(T, EVENT)
    assert fit.shape == pytest.approx(theirs.rho_, abs=2e-5)
    assert fit.scale == pytest.approx(theirs.lambda_, abs=2e-5)
    assert fit.loglik == pytest.approx(theirs.log_likelihood_, abs=1e-6)


@pytest.mark.parametrize("truncated", [False, True])
def test_fit_maximises_the_likelihood(truncated):
    rng = np.random.default_rng(18)
    t = 8 * rng.weibull(1.6, 60)
    event = (rng.random(60) < 0.7).astype(int)
    entry = t * rng.uniform(0, 0.8, 60) * (rng.random(60) < 0.5) if truncated else None
    fit = fit_weibull(t, event, entry)
    best = minimize(
        lambda x: -slow_loglik(np.exp(x[0]), np.exp(x[1]), t, event, entry), [0.0, 2.0], tol=1e-10
    )
    np.testing.assert_allclose([fit.shape, fit.scale], np.exp(best.x), rtol=1e-5)
    assert fit.loglik == pytest.approx(-best.fun, rel=1e-12)
    theirs = WeibullFitter().fit(t, event, entry=entry)
    np.testing.assert_allclose([fit.shape, fit.scale], [theirs.rho_, theirs.lambda_], rtol=2e-3)
    assert fit.loglik >= theirs.log_likelihood_ - 1e-9


@few
@given(st.integers(0, 10_000), st.floats(0.02, 50.0))
def test_a_change_of_unit_changes_the_scale_only(seed, unit):
    rng = np.random.default_rng(seed)
    t, event = rng.weibull(1.2, 12) + 0.01, (rng.random(12) < 0.7).astype(int)
    base, other = fit_weibull(t, event), fit_weibull(unit * t, event)
    assert base.exists == other.exists == (event.sum() > 0)
    if base.exists:
        assert other.shape == pytest.approx(base.shape, rel=1e-9)
        assert other.scale == pytest.approx(unit * base.scale, rel=1e-9)


@few
@given(st.permutations(range(5)))
def test_order_of_leaders_does_not_matter(order):
    mixed = fit_weibull(T[list(order)], EVENT[list(order)])
    assert mixed.shape == pytest.approx(fit_weibull(T, EVENT).shape, rel=1e-12)


def test_covariates_enter_through_the_scale():
    """Two groups with a dummy have the likelihood of the two groups apart."""
    x = np.array([[1.0, 0], [1, 1], [1, 0], [1, 1], [1, 1]])
    together = weibull_loglik(0.3, x @ np.array([1.5, -0.4]), T, EVENT)
    apart = sum(
        slow_loglik(np.exp(0.3), np.exp(1.5 - 0.4 * g), T[x[:, 1] == g], EVENT[x[:, 1] == g])
        for g in (0, 1)
    )
    assert together == pytest.approx(apart, rel=1e-12)


def test_no_maximum_is_said_and_not_invented():
    none = fit_weibull(T, np.zeros(5, int))
    assert not none.exists
    assert none.events == 0
    assert np.isnan([none.shape, none.scale, none.loglik]).all()
    # The only exit at the longest duration: a spike there has a likelihood without bound.
    assert not fit_weibull(T, [0, 0, 0, 0, 1]).exists


def test_separate_causes():
    fit = fit_competing(T, [1, 2, 0, 1, 2], causes=3)
    for j in (1, 2):
        single = fit_weibull(T, (np.array([1, 2, 0, 1, 2]) == j).astype(int))
        np.testing.assert_allclose(
            [fit.shape[j - 1], fit.scale[j - 1], fit.loglik[j - 1]], single[:3], rtol=1e-12
        )
    np.testing.assert_array_equal(fit.exists, [True, True, False])
    assert np.isnan(fit.scale[2])


def test_the_fit_recovers_what_made_the_data():
    """20 000 simulated exits: errors of the estimates are below one per cent."""
    t, cause = simulated(20_000, 1, censor_at=20.0)
    fit = fit_competing(t, cause, causes=2)
    np.testing.assert_allclose(fit.shape, SHAPE, rtol=0.03)
    np.testing.assert_allclose(fit.scale, SCALES, rtol=0.03)


def test_axes_and_batches():
    rng = np.random.default_rng(4)
    t, cause = rng.weibull(1.3, (30, 4)) + 0.01, rng.integers(0, 3, (30, 4))
    first = fit_competing(t, cause, causes=2, axis=0)
    last = fit_competing(t.T, cause.T, causes=2)
    np.testing.assert_allclose(first.scale, last.scale.T, rtol=1e-12)
    a, b = aalen_johansen(t, cause, causes=2, axis=0), aalen_johansen(t.T, cause.T, causes=2)
    np.testing.assert_array_equal(a.incidence, np.moveaxis(b.incidence, -1, 1))
    np.testing.assert_array_equal(a.time, b.time.T)
    np.testing.assert_allclose(
        cif(t[0], SHAPE, SCALES[:, None] * np.ones(4), axis=0),
        cif(t[0], SHAPE, SCALES * np.ones((4, 2))).T,
    )


# What a model implies ----------------------------------------------------------------------------


def hazard(t, shape, scale):
    return shape / scale * (t / scale) ** (shape - 1)


def integrated(t, shapes, scales, cause):
    def density(u):
        return hazard(u, shapes[cause], scales[cause]) * np.exp(-((u / scales) ** shapes).sum())

    return quad(density, 0, t, epsabs=1e-13, limit=200)[0]


def test_incidence_with_a_common_shape():
    """Derived: closed form, quadrature and the numbers of the specification."""
    assert cif(6.0, SHAPE, SCALES)[0] == pytest.approx(0.341643, abs=5e-7)
    shapes = np.full(2, SHAPE)
    for t in (0.5, 6.0, 30.0):
        slow = [integrated(t, shapes, SCALES, j) for j in (0, 1)]
        np.testing.assert_allclose(cif(t, SHAPE, SCALES), slow, atol=1e-11)
        np.testing.assert_allclose(cif_by_shape(t, shapes, SCALES), slow, atol=1e-11)
    risks = competing_risks(SHAPE, SCALES)
    assert risks.probability[0] == pytest.approx(0.638221, abs=5e-7)
    assert risks.mean == pytest.approx(6.613232, abs=5e-7)
    np.testing.assert_allclose(cif(np.inf, SHAPE, SCALES), risks.probability, rtol=1e-12)
    survives = quad(lambda t: np.exp(-((t / SCALES) ** SHAPE).sum()), 0, np.inf)[0]
    assert risks.mean == pytest.approx(survives, rel=1e-9)


@few
@given(
    st.floats(0.5, 4.0), st.floats(0.5, 4.0), st.floats(1.0, 30.0), st.floats(1.0, 30.0),
    st.floats(0.1, 40.0),
)  # fmt: skip
def test_incidence_with_unequal_shapes(k1, k2, s1, s2, t):
    shapes, scales = np.array([k1, k2]), np.array([s1, s2])
    fast = cif_by_shape(t, shapes, scales)
    assert fast.sum() == pytest.approx(-np.expm1(-((t / scales) ** shapes).sum()), abs=1e-9)
    assert fast[0] == pytest.approx(integrated(t, shapes, scales, 0), abs=1e-7)
    np.testing.assert_allclose(fast[::-1], cif_by_shape(t, shapes[::-1], scales[::-1]), rtol=1e-9)


def test_incidence_at_the_ends_of_time():
    np.testing.assert_array_equal(cif(0.0, SHAPE, SCALES), [0, 0])
    np.testing.assert_array_equal(cif_by_shape(0.0, [0.7, 2.0], SCALES), [0, 0])
    assert cif_by_shape(np.inf, [0.7, 2.0], SCALES).sum() == pytest.approx(1, abs=1e-12)


def test_incidence_and_mean_by_simulation():
    """Derived: 2e5 exits; shares err by 0.0011 and the mean by 0.011, bands of four errors."""
    t, cause = simulated(200_000, 2)
    assert ((t <= 6) & (cause == 1)).mean() == pytest.approx(0.341643, abs=0.0044)
    assert (cause == 1).mean() == pytest.approx(0.638221, abs=0.0044)
    assert t.mean() == pytest.approx(6.613232, abs=0.044)


# Without a functional form -----------------------------------------------------------------------


def slow_aalen_johansen(t, cause, causes, entry):
    """Product of transition matrices between *in office* and each mode of exit."""
    state = np.eye(causes + 1)[0]
    rows = {}
    for time in np.unique(t):
        at_risk = ((entry < time) & (t >= time)).sum()
        move = np.eye(causes + 1)
        for j in range(1, causes + 1):
            move[0, j] = ((t == time) & (cause == j)).sum() / at_risk
        move[0, 0] = 1 - move[0, 1:].sum()
        state = state @ move
        rows[time] = (state.copy(), at_risk)
    return rows


@few
@given(st.integers(0, 10_000), st.booleans())
def test_estimate_is_the_product_of_transition_matrices(seed, truncated):
    rng = np.random.default_rng(seed)
    t, cause = rng.integers(1, 9, 25).astype(float), rng.integers(0, 4, 25)
    entry = rng.integers(0, t) * truncated
    estimate = aalen_johansen(t, cause, entry.astype(float), causes=3)
    slow = slow_aalen_johansen(t, cause, 3, entry)
    for i, time in enumerate(estimate.time):
        state, at_risk = slow[time]
        np.testing.assert_allclose(estimate.survival[i], state[0], atol=1e-12)
        np.testing.assert_allclose(estimate.incidence[:, i], state[1:], atol=1e-12)
        assert estimate.at_risk[i] == at_risk
    np.testing.assert_allclose(estimate.incidence.sum(axis=0) + estimate.survival, 1, atol=1e-12)


def test_estimate_equals_the_librarys():
    t, cause = simulated(300, 3, censor_at=15.0)
    estimate = aalen_johansen(t, cause, causes=2)
    for j in (1, 2):
        theirs = AalenJohansenFitter(calculate_variance=False)
        theirs.fit(t, cause, event_of_interest=j)
        curve = theirs.cumulative_density_.iloc[:, 0]
        np.testing.assert_allclose(
            estimate.incidence[j - 1], curve.loc[estimate.time].to_numpy(), atol=1e-12
        )
    survival = KaplanMeierFitter().fit(t, cause > 0).survival_function_.iloc[:, 0]
    np.testing.assert_allclose(
        estimate.survival, survival.loc[estimate.time].to_numpy(), atol=1e-12
    )


def test_estimate_equals_the_librarys_under_left_truncation():
    rng = np.random.default_rng(9)
    t, cause = simulated(200, 4, censor_at=15.0)
    entry = t * rng.uniform(0, 0.9, 200) * (rng.random(200) < 0.4)
    estimate = aalen_johansen(t, cause, entry, causes=2)
    theirs = KaplanMeierFitter().fit(t, cause > 0, entry=entry).survival_function_.iloc[:, 0]
    np.testing.assert_allclose(estimate.survival, theirs.loc[estimate.time].to_numpy(), atol=1e-12)


def test_closed_form_and_the_naive_estimate():
    """Derived: the estimate returns the closed form; one less Kaplan-Meier is biased upwards."""
    t, cause = simulated(200_000, 5, censor_at=20.0)
    estimate = aalen_johansen(t, cause, causes=2)
    found = step(estimate, 6.0, estimate.incidence)
    # The error of a share of 0.34 with 2e5 leaders, a third of them censored before, is 0.0013.
    np.testing.assert_allclose(found, cif(6.0, SHAPE, SCALES), atol=0.005)
    naive = aalen_johansen(t, np.where(cause == 1, 1, 0), causes=1)
    biased = step(naive, 6.0, naive.incidence)[0]
    assert biased == pytest.approx(1 - np.exp(-(0.6**1.4)), abs=0.006)
    assert biased == pytest.approx(0.3868, abs=0.006)
    assert biased > found[0] + 0.03


# Boundaries --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fit_weibull([0.0, 1.0], [1, 0]), "durations = 0.0"),
        (lambda: fit_weibull([np.nan, 1.0], [1, 0]), "durations = nan"),
        (lambda: fit_weibull([], []), "at least one duration"),
        (lambda: fit_weibull([1.0, 2.0], [2, 0]), "event = 2"),
        (lambda: fit_weibull([1.0, 2.0], [1]), "shape of the durations"),
        (lambda: fit_weibull([1.0, 2.0], [1, 0], entry=[0.0, 2.0]), "entry = 2.0"),
        (lambda: weibull_loglik(np.nan, 0.0, T, EVENT), "log_shape = nan"),
        (lambda: weibull_loglik(0.0, np.inf, T, EVENT), "log_scale = inf"),
        (lambda: fit_competing(T, [0, 1, 2, 3, 1], causes=2), "cause = 3"),
        (lambda: aalen_johansen(T, [0, 1, 2, 1.5, 1], causes=2), "cause = 1.5"),
        (lambda: aalen_johansen(T, EVENT, causes=0), "causes = 0"),
        (lambda: aalen_johansen(T, EVENT[:2], causes=1), "shape of the durations"),
        (lambda: cif(-1.0, SHAPE, SCALES), "years = -1.0"),
        (lambda: cif(1.0, 0.0, SCALES), "shape = 0.0"),
        (lambda: competing_risks(1.0, [1.0, -2.0]), "scale = -2.0"),
        (lambda: competing_risks(1.0, 1.0), "axis of causes"),
        (lambda: cif_by_shape(1.0, [1.0, 0.0], SCALES), "shape = 0.0"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree():
    t, cause = simulated(400, 6, censor_at=15.0)
    t = t.astype(np.float32)
    event = (cause == 1).astype(np.float32)
    double, single = fit_weibull(t, event), jax.jit(fit_weibull)(t, event)
    assert single.scale.dtype == np.float32
    np.testing.assert_allclose(single[:3], double[:3], rtol=1e-4)
    estimate = jax.jit(aalen_johansen, static_argnames="causes")(t, cause, causes=2)
    np.testing.assert_allclose(
        estimate.incidence, aalen_johansen(t, cause, causes=2).incidence, atol=1e-5
    )
    np.testing.assert_allclose(
        jax.jit(cif_by_shape)(t[:9], np.array([0.6, 2.0], np.float32), SCALES),
        cif_by_shape(t[:9], [0.6, 2.0], SCALES),
        atol=1e-5,
    )


def test_gradients():
    with jax.enable_x64(True):
        slope = slope_of(lambda t: fit_weibull(t, EVENT).shape)(T)
        at_zero = slope_of(lambda k: cif(0.0, k, SCALES)[0])(SHAPE)
        with_entry = slope_of(weibull_loglik)(0.1, 1.0, T, EVENT, np.array([0.0, 1, 0, 2, 0]))
    step_size = 1e-5
    for i in range(5):
        nudge = step_size * (np.arange(5) == i)
        difference = fit_weibull(T + nudge, EVENT).shape - fit_weibull(T - nudge, EVENT).shape
        assert slope[i] == pytest.approx(difference / (2 * step_size), rel=1e-5)
    assert np.isfinite(at_zero)
    assert np.isfinite(with_entry)
