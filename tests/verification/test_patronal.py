"""Patronal pyramids and lame ducks through the module that names them: scans and root finding."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from vertikal.theory.patronal import fold, lame_duck_threshold, pyramid_equilibria, split_time

few = settings(max_examples=25, deadline=None)
GRID = np.linspace(-1.0, 1.0, 40_001)


def scanned(j, h):
    """Every root of m = tanh(Jm + h) by a scan and Brent's method."""

    def excess(m):
        return np.tanh(j * m + h) - m

    values = excess(GRID)
    cells = np.flatnonzero((values[:-1] > 0) != (values[1:] > 0))
    return np.array([brentq(excess, GRID[i], GRID[i + 1], xtol=1e-15) for i in cells])


@pytest.mark.parametrize(
    ("j", "h", "expected"),
    [
        (2.0, 0.0, [-0.9575040241, 0.0, 0.9575040241]),
        (2.0, 0.2, [-0.9302972027, -0.2028532145, 0.9730156867]),
        (2.0, 0.6, [0.9885145026]),
        (0.8, 0.0, [0.0]),
        (0.8, 0.2, [0.5821658254]),
    ],
)
def test_pyramids_of_the_specification(j, h, expected):
    """Derived."""
    found = pyramid_equilibria(j, h)
    assert found.number == len(expected)
    np.testing.assert_allclose(found.net_share[: len(expected)], expected, atol=5e-11)
    np.testing.assert_allclose(found.net_share[: len(expected)], scanned(j, h), atol=1e-10)
    assert np.isnan(found.net_share[len(expected) :]).all()


def test_the_fold_is_where_the_scan_loses_two_roots():
    """Derived: h_c = 0.5328399754 at J = 2."""
    edge = fold(2.0)
    assert edge == pytest.approx(0.5328399754, abs=5e-11)
    assert len(scanned(2.0, edge - 1e-4)) == 3
    assert len(scanned(2.0, edge + 1e-4)) == 1
    assert pyramid_equilibria(2.0, edge - 1e-9).number == 3
    assert pyramid_equilibria(2.0, edge + 1e-9).number == 1


@few
@given(st.floats(0, 4), st.floats(-2, 2))
def test_pyramids_against_the_scan(j, h):
    if (j > 1 and abs(abs(h) - fold(j)) < 1e-4) or abs(j - 1) < 1e-3:
        return
    found = pyramid_equilibria(j, h)
    count = int(found.number)
    np.testing.assert_allclose(found.net_share[:count], scanned(j, h), atol=1e-9)
    mirror = pyramid_equilibria(j, -h).net_share[:count]
    np.testing.assert_allclose(mirror, -found.net_share[:count][::-1], atol=1e-9)


def test_lame_duck_by_root_finding():
    """Derived: split times at strengths .15, .3, .6, .9; never safe at .1 (the floor is 1/9)."""
    split = split_time([0.15, 0.3, 0.6, 0.9, 0.1], 1.0, 0.8, 0.1)
    np.testing.assert_allclose(split, [12.321437, 3.448405, 0.870114, 0.139862, np.inf], atol=5e-7)
    for strength, years in zip((0.15, 0.3, 0.6, 0.9), split, strict=False):
        root = brentq(
            lambda t, s=strength: lame_duck_threshold(t, 1.0, 0.8, 0.1) - s, 0, 50, xtol=1e-12
        )
        assert years == pytest.approx(root, abs=1e-9)
    assert lame_duck_threshold(np.inf, 1.0, 0.8, 0.1) == pytest.approx(1 / 9, rel=1e-12)


def test_a_longer_term_protects_down_to_the_floor():
    tau = np.array([0.0, 0.5, 1, 2, 4, 8, 16, 64, np.inf])
    exposed = lame_duck_threshold(tau, 1.0, 0.8, 0.1)
    assert exposed[0] == 1
    assert (np.diff(exposed) < 0).all()


def test_compiled_agrees():
    with jax.enable_x64(True):
        found = jax.jit(pyramid_equilibria)(2.0, 0.2)
        split = jax.jit(split_time)(0.3, 1.0, 0.8, 0.1)
    np.testing.assert_allclose(found.net_share, pyramid_equilibria(2.0, 0.2).net_share, atol=1e-14)
    assert split == pytest.approx(float(split_time(0.3, 1.0, 0.8, 0.1)), rel=1e-13)
    rough = jax.jit(pyramid_equilibria)(np.float32(2.0), np.float32(0.2)).net_share
    np.testing.assert_allclose(rough, found.net_share, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: pyramid_equilibria(-0.1, 0.0), "complementarity = -0.1"),
        (lambda: fold(np.nan), "complementarity = nan"),
        (lambda: split_time(0.0, 1.0, 0.8, 0.1), "strength = 0.0"),
        (lambda: lame_duck_threshold(-1.0, 1.0, 0.8, 0.1), "years_left = -1.0"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
