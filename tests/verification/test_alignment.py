"""Alignment and ratification against grids, best replies and counting."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.theory.alignment import (
    agreement,
    aligned_share,
    demand,
    duopoly_assertion,
    optimal_assertion,
    win_set,
)


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=40, deadline=None)


def counted_share(offers, assertions, t, c, f):
    """Share of a million states on the line that prefer the hegemon."""
    x = (np.arange(1_000_000) + 0.5) / 1_000_000
    here = offers[0] - t * x - (c - f) * assertions[0]
    there = offers[1] - t * (1 - x) - (c - f) * assertions[1]
    return (here >= there).mean()


def test_stated_case():
    """Derived: base share .6, t = 1, c = .8, f = .3."""
    found = optimal_assertion(0.6, 1.0, 0.8, 0.3)
    np.testing.assert_allclose(found[:3], [1.2, 0.3, 0.36], rtol=1e-12)
    assert found.is_interior
    z = np.linspace(0, 3, 3_000_001)
    take = z * aligned_share(0.2, z, 1.0, 0.5)
    assert z[take.argmax()] == pytest.approx(1.2, abs=2e-6)
    assert take.max() == pytest.approx(0.36, abs=1e-10)
    assert aligned_share(0.2, 1.2, 1.0, 0.5) == pytest.approx(
        counted_share((0.2, 0.0), (1.2, 0.0), 1.0, 0.8, 0.3), abs=2e-6
    )


@few
@given(
    st.floats(-0.5, 4.0), st.floats(0.2, 3.0), st.floats(0.0, 2.0), st.floats(0.0, 2.0),
    st.floats(0.1, 20.0),
)  # fmt: skip
def test_no_assertion_takes_more(start, t, c, f, cap):
    found = optimal_assertion(start, t, c, f, cap)
    z = np.linspace(0, cap, 40_001)
    take = z * aligned_share((2 * start - 1) * t, z, t, c - f)
    assert found.assertion <= cap
    assert found.take >= take.max() - 1e-9
    assert found.take == pytest.approx(take.max(), rel=1e-3, abs=1e-6)
    assert found.share == pytest.approx(
        aligned_share((2 * start - 1) * t, found.assertion, t, c - f), abs=1e-9
    )
    if found.is_interior:
        assert found.share == pytest.approx(start / 2, rel=1e-9)


def test_fear_without_aversion_knows_no_limit():
    equal = optimal_assertion(0.6, 1.0, 0.3, 0.3)
    assert (equal.assertion, equal.share, equal.take) == (np.inf, 0.6, np.inf)
    cowed = optimal_assertion(0.6, 1.0, 0.1, 0.3, 10.0)
    assert (cowed.assertion, cowed.share, cowed.take) == (10, 1, 10)
    assert not cowed.is_interior
    nobody = optimal_assertion(-0.2, 1.0, 0.8, 0.3)
    assert (nobody.share, nobody.take) == (0, 0)


def test_two_active_poles():
    """Derived: assertions 1.2 and .8, share .6; also by iterated best replies on a grid."""
    np.testing.assert_allclose(duopoly_assertion(0.6, 1.0)[:3], [1.2, 0.8, 0.6], rtol=1e-12)
    z = np.linspace(0, 4, 40_001)
    ours, theirs = 0.0, 0.0
    for _ in range(60):
        ours = z[(z * aligned_share(0.6, z - theirs, 1.0, 1.0)).argmax()]
        theirs = z[(z * (1 - aligned_share(0.6, ours - z, 1.0, 1.0))).argmax()]
    assert (ours, theirs) == (pytest.approx(1.2, abs=2e-4), pytest.approx(0.8, abs=2e-4))


@few
@given(st.floats(-6, 6), st.floats(0.2, 3), st.floats(0.2, 3))
def test_neither_pole_gains_by_another_assertion(gap, t, net):
    found = duopoly_assertion(gap, t, net)
    z = np.linspace(0, (abs(gap) + 3 * t) / net, 20_001)
    for own, other, sign in ((found.hegemon, found.rival, 1), (found.rival, found.hegemon, -1)):
        share = aligned_share(sign * gap, own - other, t, net)
        best = (z * aligned_share(sign * gap, z - other, t, net)).max()
        assert own * share >= best - 1e-9 * (1 + best)
    assert found.share == pytest.approx(
        aligned_share(gap, found.hegemon - found.rival, t, net), abs=1e-9
    )
    mirror = duopoly_assertion(-gap, t, net)
    assert mirror.rival == pytest.approx(found.hegemon, rel=1e-12, abs=1e-12)
    assert mirror.share == pytest.approx(1 - found.share, abs=1e-12)


@pytest.mark.parametrize(
    ("ideals", "expected"),
    [((0.6, 0.8), (0.5, 0.7)), ((0.3, 0.8), (0.5, 0.5)), ((0.55, 0.9), (0.5, 0.6))],
)
def test_agreements_of_two(ideals, expected):
    """Derived."""
    np.testing.assert_allclose(agreement(ideals, 0.5), expected, atol=1e-12)


@few
@given(st.lists(st.floats(-1, 2), min_size=1, max_size=4), st.floats(-1, 2))
def test_agreement_is_what_no_ratifier_rejects(ideals, quo):
    found = agreement(ideals, quo)
    grid = np.linspace(-5, 7, 24_001)
    ideals = np.array(ideals)[:, None]
    accepted = (np.abs(grid - ideals) <= np.abs(quo - ideals)).all(axis=0)
    assert found.low - 1e-12 <= quo <= found.high + 1e-12
    if accepted.any():
        assert grid[accepted].min() == pytest.approx(found.low, abs=6e-4)
        assert grid[accepted].max() == pytest.approx(found.high, abs=6e-4)
    else:
        assert found.high - found.low <= 6e-4
    single = win_set(ideals[0, 0], quo)
    assert single.low - 1e-12 <= found.low <= found.high <= single.high + 1e-12


def test_agreement_over_batches_and_axes():
    ideals = np.random.default_rng(1).random((2, 7))
    quo = np.linspace(0, 1, 7)
    first = agreement(ideals, quo, axis=0)
    last = agreement(ideals.T, quo)
    np.testing.assert_array_equal(first, last)
    np.testing.assert_array_equal(first.low[3], agreement(ideals[:, 3], quo[3]).low)


def test_tied_hands():
    """Derived: floors .3, .4, .5, .7 against a limit uniform on [.2, .8]."""
    found = demand([0.3, 0.4, 0.5, 0.7], 0.2, 0.8)
    np.testing.assert_allclose(found.demand, [0.55, 0.6, 0.65, 0.75], rtol=1e-12)
    np.testing.assert_allclose(found.ratified, [0.4167, 0.3333, 0.25, 0.0833], atol=5e-5)


@few
@given(st.floats(-2, 2), st.floats(-1, 1), st.floats(0.1, 2))
def test_no_demand_is_worth_more(floor, low, width):
    found = demand(floor, low, low + width)
    x = np.linspace(low - 1, low + width, 20_001)
    worth = (x - floor) * np.clip((low + width - x) / width, 0, 1)
    assert found.exists == (floor < low + width)
    if found.exists:
        best = (found.demand - floor) * found.ratified
        assert best >= worth.max() - 1e-9
        assert best == pytest.approx(worth.max(), abs=1e-3)
    else:
        assert np.isnan(found.demand)
        assert found.ratified == 0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: aligned_share(0.0, 0.0, 0.0, 1.0), "distance_cost = 0.0"),
        (lambda: aligned_share(np.nan, 0.0, 1.0, 1.0), "security_gap = nan"),
        (lambda: optimal_assertion(0.6, 1.0, -0.1, 0.3), "aversion = -0.1"),
        (lambda: optimal_assertion(0.6, 1.0, 0.1, 0.3, -1.0), "cap = -1.0"),
        (lambda: duopoly_assertion(0.6, 1.0, 0.0), "net_aversion = 0.0"),
        (lambda: win_set(np.inf, 0.5), "ideal = inf"),
        (lambda: agreement(0.5, 0.5), "axis of ratifiers"),
        (lambda: agreement([0.5], np.nan), "status_quo = nan"),
        (lambda: demand(0.5, 0.8, 0.8), "must exceed lowest"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    start = np.linspace(-0.5, 3, 15)
    double = optimal_assertion(start, 1.0, 0.8, 0.3)
    single = jax.jit(optimal_assertion)(start.astype(np.float32), 1.0, 0.8, 0.3)
    np.testing.assert_allclose(single.take, double.take, rtol=1e-5, atol=1e-6)
    with jax.enable_x64(True):
        again = jax.jit(duopoly_assertion)(start, 1.0)
    np.testing.assert_array_equal(again, duopoly_assertion(start, 1.0))
    for c in (0.8, 0.3):
        take = slope_of(lambda *a: optimal_assertion(*a, 5.0).take, argnums=(0, 1, 2, 3))
        assert np.isfinite(take(0.6, 1.0, c, 0.3)).all()
    assert np.isfinite(slope_of(lambda a: demand(a, 0.2, 0.8).ratified)(0.5))
    assert np.isfinite(slope_of(lambda a: demand(a, 0.2, 0.8).ratified)(0.9))
