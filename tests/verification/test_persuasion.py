"""Propaganda against grids of lie rates, the concave envelope and simulated messages."""

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from vertikal.theory.persuasion import (
    bayes_update,
    bias_with_cost,
    concavify,
    persuade,
    support_at_posterior,
    support_with_evidence,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=30, deadline=None)
beliefs = st.floats(0.03, 0.97)
LIES = np.linspace(0, 1, 20_001)


def hull(grid, values):
    """Upper hull by Qhull, interpolated."""
    floor = values.min() - 1
    points = np.column_stack([grid, values])
    points = np.vstack([points, [[grid[0], floor], [grid[-1], floor]]])
    corners = np.sort(ConvexHull(points).vertices)
    corners = corners[corners < len(grid)]
    return np.interp(grid, grid[corners], values[corners])


def test_the_prosecutor():
    """Published: a prior of 30 per cent and a threshold of one half give 60 per cent."""
    found = persuade(0.3, 0.5)
    assert found.support == pytest.approx(0.6, rel=1e-14)
    assert found.lie_rate == pytest.approx(3 / 7, rel=1e-14)
    assert bayes_update(0.3, found.lie_rate) == pytest.approx(0.5, rel=1e-14)


def test_the_prosecutor_by_simulated_messages():
    """4e5 messages: shares err by 0.0008, the band is four of them."""
    rng = np.random.default_rng(11)
    good = rng.random(400_000) < 0.3
    says_good = good | (rng.random(400_000) < persuade(0.3, 0.5).lie_rate)
    assert says_good.mean() == pytest.approx(0.6, abs=0.0032)
    assert good[says_good].mean() == pytest.approx(0.5, abs=0.0042)


@few
@given(beliefs, beliefs)
def test_no_lie_rate_wins_more(prior, needed):
    posterior = prior / (prior + (1 - prior) * LIES)
    heard = prior + (1 - prior) * LIES
    # Silence of the medium is "bad" news, after which nobody supports.
    wins = np.where(posterior >= needed, heard, 0.0)
    found = persuade(prior, needed)
    assert found.support >= wins.max() - 1e-9
    assert found.support == pytest.approx(wins.max(), abs=1e-4)
    assert found.support == pytest.approx(prior + (1 - prior) * found.lie_rate, rel=1e-12)


def test_cost_of_listening():
    """Derived."""
    found = bias_with_cost(0.3, 0.5, 0.05)
    assert found.lie_rate == pytest.approx(0.2857143, abs=5e-8)
    assert found.support == pytest.approx(0.5, rel=1e-12)
    assert found.exists
    deaf = bias_with_cost(0.3, 0.5, 0.16)
    assert (deaf.exists, deaf.support) == (False, 0.0)
    assert np.isnan(deaf.lie_rate)
    given_anyway = bias_with_cost(0.6, 0.5, 5.0)
    assert given_anyway == (1.0, 1.0, True)


@few
@given(beliefs, beliefs, st.floats(0, 0.5))
def test_the_listener_is_just_willing(prior, needed, cost):
    found = bias_with_cost(prior, needed, cost)
    if prior >= needed:
        assert found.support == 1
        return
    gain = prior * (1 - needed) - (1 - prior) * LIES * needed
    willing = gain >= cost
    assert found.exists == willing.any() or abs(gain[0] - cost) < 1e-12
    if found.exists and willing.any():
        assert found.lie_rate == pytest.approx(LIES[willing].max(), abs=1e-4)
        assert found.support <= persuade(prior, needed).support + 1e-12


def test_evidence_is_not_monotone():
    """Derived: the regime stops trying to convince those who know better."""
    found = support_with_evidence(0.3, 0.5, [0.6, 0.7, 0.8, 0.9])
    np.testing.assert_allclose(found.support, [0.5, 0.428571, 0.433333, 0.385], atol=5e-7)
    barely = support_with_evidence(0.3, 0.5, 0.5 + 1e-9).support
    assert barely == pytest.approx(0.6, abs=1e-7)


@few
@given(beliefs, beliefs, st.floats(0.52, 0.97))
def test_evidence_against_the_concave_envelope(prior, needed, accuracy):
    """The envelope on a grid that holds the jumps and the prior, by Qhull and by our hull."""
    found = support_with_evidence(prior, needed, accuracy)
    odds = needed / (1 - needed)
    jumps = [
        o / (1 + o) for o in (odds * (1 - accuracy) / accuracy, odds * accuracy / (1 - accuracy))
    ]
    np.testing.assert_allclose([found.low_posterior, found.high_posterior], jumps, rtol=1e-10)
    assume(min(abs(prior - jump) for jump in jumps) > 1e-12)  # on a jump rounding decides
    grid = np.unique(np.concatenate([np.linspace(0, 1, 301), jumps, [prior]]))
    share = grid * accuracy + (1 - grid) * (1 - accuracy)
    values = np.where(grid >= jumps[1], 1.0, np.where(grid >= jumps[0], share, 0.0))
    at = np.searchsorted(grid, prior)
    assert found.support == pytest.approx(hull(grid, values)[at], abs=1e-9)
    assert found.support == pytest.approx(concavify(grid, values)[at], abs=1e-9)
    assert found.without == pytest.approx(values[at], abs=1e-12)
    assert found.support >= found.without - 1e-12
    # No propaganda beats convincing people who all lack evidence.
    assert found.support <= max(persuade(prior, needed).support, found.without) + 1e-12


def test_support_at_a_belief_by_simulated_citizens():
    """1e5 citizens who weigh the news and their own evidence; shares err by 0.0016."""
    rng = np.random.default_rng(12)
    for belief in (0.1, 0.35, 0.75, 0.95):
        good = rng.random(100_000) < belief
        evidence = np.where(rng.random(100_000) < 0.8, good, ~good)
        likelihood = np.where(evidence, 4.0, 0.25)
        supports = belief / (1 - belief) * likelihood >= 0.6 / 0.4
        expected = support_at_posterior(belief, 0.6, 0.8)
        assert supports.mean() == pytest.approx(expected, abs=0.0065)


@few
@given(st.integers(0, 10_000))
def test_envelope_of_random_graphs(seed):
    rng = np.random.default_rng(seed)
    grid = np.sort(rng.random(40)) + np.arange(40) * 1e-3
    values = rng.normal(size=40)
    envelope = concavify(grid, values)
    np.testing.assert_allclose(envelope, hull(grid, values), atol=1e-10)
    assert (envelope >= values - 1e-12).all()
    np.testing.assert_allclose(concavify(grid, envelope), envelope, atol=1e-10)
    np.testing.assert_allclose(concavify(grid, -2 + 3 * values), -2 + 3 * envelope, atol=1e-9)


def test_envelope_of_batches_and_of_many_points():
    grid = np.linspace(0, 1, 50_001)
    values = np.where(grid >= 0.5, 1.0, 0.0)
    np.testing.assert_allclose(concavify(grid, values), np.minimum(1, 2 * grid), atol=1e-12)
    several = np.random.default_rng(3).random((2, 3, 30))
    together = concavify(np.arange(30.0), several)
    np.testing.assert_array_equal(together[1, 2], concavify(np.arange(30.0), several[1, 2]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: persuade(0.0, 0.5), "prior = 0.0"),
        (lambda: persuade(0.3, 1.0), "support_threshold = 1.0"),
        (lambda: persuade(np.nan, 0.5), "prior = nan"),
        (lambda: bias_with_cost(0.3, 0.5, -0.1), "listening_cost = -0.1"),
        (lambda: support_with_evidence(0.3, 0.5, 0.5), "evidence_accuracy = 0.5"),
        (lambda: support_at_posterior(1.2, 0.5, 0.7), "posterior = 1.2"),
        (lambda: bayes_update(0.3, 1.5), "lie_rate = 1.5"),
        (lambda: concavify([0.0, 0.0], [1.0, 2.0]), "must ascend"),
        (lambda: concavify([0.0, 1.0], [1.0, 2.0, 3.0]), "as long as the grid"),
        (lambda: concavify([0.0, 1.0], [1.0, np.nan]), "values = nan"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    prior = np.linspace(0.05, 0.95, 19)
    double = support_with_evidence(prior, 0.5, 0.7)
    with jax.enable_x64(True):
        again = jax.jit(support_with_evidence)(prior, 0.5, 0.7)
    single = jax.jit(support_with_evidence)(prior.astype(np.float32), 0.5, 0.7)
    np.testing.assert_allclose(again.support, double.support, rtol=1e-13)
    np.testing.assert_allclose(single.support, double.support, rtol=1e-5)
    for cost in (0.05, 0.2):
        slopes = slope_of(lambda *a: bias_with_cost(*a).support, argnums=(0, 1, 2))(0.3, 0.5, cost)
        assert np.isfinite(slopes).all()
    assert slope_of(lambda m: persuade(m, 0.5).support)(0.3) == pytest.approx(2)
    assert bayes_update(0.0, 0.0) == 0
    assert np.isfinite(slope_of(bayes_update, argnums=(0, 1))(0.0, 0.0)).all()
    slope = slope_of(lambda v: concavify(np.arange(4.0), v)[1])(np.array([0.0, 0.0, 1.0, 1.0]))
    np.testing.assert_allclose(slope, [0.5, 0, 0.5, 0])
