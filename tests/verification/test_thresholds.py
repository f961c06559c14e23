"""Threshold cascades against naive iteration, root finding and the published example."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import brentq
from scipy.stats import norm

from vertikal.theory.thresholds import (
    cascade_path,
    critical_spread,
    final_adoption,
    fixed_points,
    latent_opposition,
    tipping_gap,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


CROWDS = arrays(np.int64, 12, elements=st.integers(-2, 14))
few = settings(max_examples=20, deadline=None)


def iterate(thresholds):
    """The cascade by the definition, round by round, with everyone's *others* counted."""
    acting = np.zeros(len(thresholds), dtype=bool)
    path = [0]
    while True:
        now = np.array([t <= acting.sum() for t in thresholds])
        if (now == acting).all():
            return path
        acting = now
        path.append(int(acting.sum()))


def test_granovetter_riot_and_its_neighbour():
    """Published: 0..99 riots in full; with 2 for 1 a single person acts."""
    crowd = np.arange(100)
    assert final_adoption(crowd) == 100
    crowd[1] = 2
    assert final_adoption(crowd) == 1


@pytest.mark.parametrize(
    ("per_cent", "expected"),
    [
        ([0, 20, 20, 30, 40, 50, 60, 70, 80, 100], 10),
        ([0, 10, 20, 30, 40, 50, 60, 70, 80, 100], 90),
        ([0, 20, 30, 30, 40, 50, 60, 70, 80, 100], 10),
        ([0, 10, 30, 30, 40, 50, 60, 70, 80, 100], 20),
    ],
)
def test_ten_people_one_threshold_apart(per_cent, expected):
    """Derived; the sequences follow Kuran (1991) from memory."""
    counts = np.array(per_cent) // 10
    assert 10 * final_adoption(counts) == expected
    assert 10 * iterate(counts)[-1] == expected


def test_sorted_rule_equals_iteration_on_random_crowds():
    rng = np.random.default_rng(5)
    crowds = rng.integers(-1, 26, size=(1000, 24)).astype(float)
    crowds[rng.random(crowds.shape) < 0.1] = np.inf
    crowds[: len(crowds) // 2] -= rng.random((len(crowds) // 2, 24))  # thresholds between counts
    final = final_adoption(crowds)
    paths = cascade_path(crowds)
    for crowd, count, path in zip(crowds, final, paths, strict=True):
        slow = iterate(crowd)
        assert count == slow[-1]
        np.testing.assert_array_equal(path[: len(slow)], slow)
        assert (path[len(slow) :] == slow[-1]).all()


@few
@given(CROWDS, st.permutations(range(12)))
def test_relabelling_changes_nothing(crowd, order):
    assert final_adoption(crowd) == final_adoption(crowd[list(order)])
    assert tipping_gap(crowd) == tipping_gap(crowd[list(order)])


@few
@given(CROWDS, st.integers(0, 11))
def test_a_lower_threshold_never_shrinks_the_cascade(crowd, who):
    lower = crowd.copy()
    lower[who] -= 1
    assert final_adoption(lower) >= final_adoption(crowd)
    assert final_adoption(crowd) <= latent_opposition(crowd)


@few
@given(CROWDS)
def test_tipping_gap_is_the_smallest_that_search_finds(crowd):
    """Every whole change of every single threshold, smallest first."""
    tipping = tipping_gap(crowd)
    before = iterate(crowd)[-1]
    assert tipping.before == before
    found = np.inf
    for change in range(1, 20):
        outcomes = [
            iterate([t - change * (i == who) for i, t in enumerate(crowd)])[-1]
            for who in range(len(crowd))
        ]
        if max(outcomes) > before:
            found = change
            assert tipping.after == max(outcomes)
            break
    assert tipping.gap == found


def test_axis_and_batches():
    rng = np.random.default_rng(1)
    crowds = rng.integers(0, 9, size=(8, 3, 5))
    np.testing.assert_array_equal(
        final_adoption(crowds, axis=0), final_adoption(np.moveaxis(crowds, 0, -1))
    )
    np.testing.assert_array_equal(
        cascade_path(crowds, axis=0, steps=4),
        np.moveaxis(cascade_path(np.moveaxis(crowds, 0, -1), steps=4), -1, 0),
    )
    assert cascade_path(crowds, axis=0, steps=4).shape == (5, 3, 5)


def test_extremes():
    assert final_adoption([-3.0]) == 1
    assert final_adoption([np.inf, np.inf]) == 0
    assert tipping_gap([np.inf, np.inf]) == (np.inf, 0, 0)
    assert tipping_gap([0, 1]) == (np.inf, 2, 2)
    assert latent_opposition([np.inf, 2.0]) == 1
    # "at least as many others as": a threshold of one half is met by one person, not by none.
    assert final_adoption([0.5, 0.0]) == 2
    assert final_adoption([0.5, 0.5]) == 0


# The continuum ----------------------------------------------------------------------------------


def normal(spread):
    return lambda share: norm.cdf(share, 0.25, spread)


@pytest.mark.parametrize(
    ("spread", "per_cent"), [(0.122, 5.479), (0.1225, 100.000), (0.20, 99.991), (0.30, 99.339)]
)
def test_rest_of_a_cascade_from_nobody(spread, per_cent):
    """Derived: the first fixed point equals the limit of iterating F from zero."""
    share = 0.0
    for _ in range(20_000):
        share = norm.cdf(share, 0.25, spread)
    found = fixed_points(normal(spread))
    assert found.shares[0] == pytest.approx(share, abs=1e-9)
    assert 100 * found.shares[0] == pytest.approx(per_cent, abs=6e-4)
    assert found.is_stable[0]


def test_low_middle_and_high_rest_points():
    found = fixed_points(normal(0.122))
    np.testing.assert_array_equal(found.is_stable, [True, False, True])


def test_a_jump_across_the_diagonal_is_not_a_rest_point():
    """A step function: nobody below 1/3 of the crowd, all above."""
    found = fixed_points(lambda share: np.where(share < 1 / 3, 0.0, 1.0))
    np.testing.assert_allclose(found.shares, [0.0, 1.0])


def test_fold_of_normal_thresholds():
    """Derived: root of the fold condition and the jump seen by iterating F on either side."""
    z = brentq(lambda z: norm.cdf(z) - z * norm.pdf(z) - 0.25, -5, 0)
    fold = critical_spread(0.25)
    assert z == pytest.approx(-1.538172, abs=5e-7)
    assert fold.spread == pytest.approx(norm.pdf(z), rel=1e-12)
    assert fold.share == pytest.approx(norm.cdf(z), rel=1e-12)
    assert 100 * fold.spread == pytest.approx(12.222087, abs=5e-7)
    assert 100 * fold.share == pytest.approx(6.200, abs=5e-4)
    assert fixed_points(normal(fold.spread - 1e-5)).shares[0] < 0.063
    assert fixed_points(normal(fold.spread + 1e-5)).shares[0] > 0.999


def test_a_crowd_of_a_hundred_jumps_later():
    """Derived: mid-point quantiles of a discretised normal move the critical spread."""
    quantiles = (np.arange(100) + 0.5) / 100
    assert final_adoption(norm.ppf(quantiles, 25, 12.3)) == 4
    assert final_adoption(norm.ppf(quantiles, 25, 13)) == 100


def test_the_fold_is_symmetric_about_one_half():
    low, high = critical_spread(0.3), critical_spread(0.7)
    assert low.spread == pytest.approx(high.spread, rel=1e-12)
    assert low.share == pytest.approx(1 - high.share, rel=1e-12)


# Boundaries -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: final_adoption([0.0, np.nan]), "thresholds = nan"),
        (lambda: final_adoption(np.zeros((2, 0))), "at least one person"),
        (lambda: final_adoption(3.0), "axis of people"),
        (lambda: cascade_path([0, 1], steps=-1), "steps = -1"),
        (lambda: critical_spread(1.0), "mean = 1.0"),
        (lambda: fixed_points(lambda share: 2 * share), "distribution"),
        (lambda: fixed_points(lambda share: 1 - share), "must not fall"),
        (lambda: fixed_points(lambda share: share, points=2), "points = 2"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree():
    crowds = np.random.default_rng(2).integers(0, 30, size=(50, 20))
    np.testing.assert_array_equal(jax.jit(final_adoption)(crowds), final_adoption(crowds))
    single = jax.jit(final_adoption)(crowds.astype(np.float32))
    np.testing.assert_array_equal(single, final_adoption(crowds))
    means = np.linspace(0.05, 0.95, 7, dtype=np.float32)
    np.testing.assert_allclose(
        jax.jit(critical_spread)(means).spread, critical_spread(means).spread, rtol=2e-4
    )


def test_gradient_of_the_fold():
    with jax.enable_x64(True):
        slope = slope_of(lambda m: critical_spread(m).spread)(0.25)
    step = 1e-6
    difference = (critical_spread(0.25 + step).spread - critical_spread(0.25 - step).spread) / 2
    assert slope == pytest.approx(difference / step, rel=1e-6)
