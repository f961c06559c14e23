"""`alarm_deterrence` against value iteration, the fundamental matrix and simulated tenures."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from vertikal.theory.alarm_deterrence import (
    ESTABLISHED,
    alarm_rebellion_rate,
    ladder,
    rebellion_threshold,
    regime,
    tenure_hazard,
)

FEW = settings(max_examples=60, deadline=None)
GAME = (3.0, 1.0, 0.95, 0.8, 0.1, 10.0, 6.0, 2.0)
"""g, u, delta, pi_D, pi_C, S, P, A"""


# Derived numbers


def test_thresholds():
    found = rebellion_threshold(*GAME)
    assert found.removal == pytest.approx(15 / 38, abs=1e-14)
    assert found.credibility_limit == 0.5
    assert found.deterrence_limit == pytest.approx(23 / 38, abs=1e-14)
    assert found.contested_limit == 0.5
    assert found.removal_rate == pytest.approx(3 / 76, abs=1e-14)
    value = 1 / (1 - 0.95 * (1 - 0.1 * found.removal))
    assert value == pytest.approx(80 / 7)
    assert 0.95 * 0.7 * found.removal * value == pytest.approx(3)  # indifferent to a grab


def test_without_false_alarms():
    found = rebellion_threshold(3.0, 1.0, 0.95, 0.8, 0.0, 10.0, 6.0, 2.0)
    assert found.removal == pytest.approx(3 * 0.05 / (0.95 * 0.8))
    assert found.removal_rate == 0


def test_the_ladder():
    found = ladder(0.0, 0.1, 0.5, 3 / 76, 0.15)
    assert found.rungs == 6
    assert found.established_probability == pytest.approx(0.233905, abs=5e-7)
    assert found.contested_periods == pytest.approx(19.407740, abs=5e-7)


def test_the_hazard_of_a_population_falls():
    hazards = tenure_hazard(3 / 76, 0.15, 0.01, rungs=6, periods=200)
    np.testing.assert_allclose(hazards[[0, 49, 199]], [0.03947, 0.01463, 0.01], atol=6e-6)
    assert (np.diff(hazards) <= 1e-15).all()


# Slow references


def prefers_to_comply(removal, gain, flow, discount, after_grab, without):
    """Value iteration of the dictator's decision problem, with the grab as a one-shot deviation."""
    value = 0.0
    for _ in range(4000):
        value = flow + discount * (1 - without * removal) * value
    grab = gain + flow + discount * (1 - after_grab * removal) * value
    return value - grab


@pytest.mark.parametrize("game", [GAME[:5], (1.0, 2.0, 0.9, 0.6, 0.05), (0.3, 1.0, 0.99, 0.3, 0.2)])
def test_deterrence_by_value_iteration(game):
    root = brentq(lambda y: prefers_to_comply(y, *game), 0, 1, xtol=1e-13)
    assert rebellion_threshold(*game, *GAME[5:]).removal == pytest.approx(root, abs=1e-9)


def test_nothing_deters_a_dictator_without_a_stake():
    found = rebellion_threshold(8.0, *GAME[1:])
    assert found.removal == np.inf
    assert found.deterrence_limit == -np.inf
    assert not found.exists
    assert np.isnan(found.removal_rate)
    assert prefers_to_comply(1.0, 8.0, *GAME[1:5]) < 0
    assert regime(0.0, 8.0, *GAME[1:]) == ESTABLISHED


def chain(rungs, h, s):
    """Transitions among the contested rungs."""
    stay = np.diag(np.full(rungs, (1 - h) * (1 - s)))
    return stay + np.diag(np.full(rungs - 1, (1 - h) * s), 1)


@FEW
@given(st.floats(0.001, 0.999), st.floats(0.001, 1), st.integers(1, 12))
def test_the_ladder_by_the_fundamental_matrix(h, s, rungs):
    visits = np.linalg.inv(np.eye(rungs) - chain(rungs, h, s))[0]
    found = ladder(0.0, 1 / 16, (rungs - 1) / 16, h, s)
    assert found.rungs == rungs
    assert found.established_probability == pytest.approx(visits[-1] * (1 - h) * s, rel=1e-9)
    assert found.contested_periods == pytest.approx(visits.sum(), rel=1e-9)


def test_the_hazard_by_powers_of_the_chain():
    h, s, late, rungs = 0.05, 0.2, 0.01, 4
    full = np.zeros((rungs + 1, rungs + 1))
    full[:rungs, :rungs] = chain(rungs, h, s)
    full[rungs - 1, rungs] = (1 - h) * s
    full[rungs, rungs] = 1 - late
    alive = [np.linalg.matrix_power(full, t)[0].sum() for t in range(31)]
    hazards = tenure_hazard(h, s, late, rungs=rungs, periods=30)
    np.testing.assert_allclose(hazards, 1 - np.array(alive[1:]) / alive[:-1], rtol=1e-10)


def test_the_ladder_by_simulation():
    rng = np.random.default_rng(4)
    number, h, s = 200_000, 3 / 76, 0.15
    rung, periods = np.zeros(number, int), np.zeros(number, int)
    contested = np.ones(number, bool)
    while contested.any():
        periods += contested
        removed = contested & (rng.random(number) < h)
        rung += contested & ~removed & (rng.random(number) < s)
        contested &= ~removed & (rung < 6)
    found = ladder(0.0, 0.1, 0.5, h, s)
    share = (rung == 6).mean()
    assert share == pytest.approx(found.established_probability, abs=4.5 * 0.00095)
    error = periods.std() / np.sqrt(number)
    assert periods.mean() == pytest.approx(found.contested_periods, abs=4.5 * error)


# Properties


@pytest.mark.parametrize(("position", "sign"), [(0, 1), (1, -1), (2, -1), (3, -1), (4, 1)])
def test_signs(position, sign):
    with jax.enable_x64(True):
        slope = jax.grad(lambda *g: rebellion_threshold(*g).removal, argnums=position)(*GAME)
    assert np.sign(slope) == sign


@FEW
@given(st.floats(0, 0.99), st.floats(0.1, 10))
def test_units_of_utility_do_not_matter(power, unit):
    scaled = (GAME[0] * unit, GAME[1] * unit, *GAME[2:5], *(unit * x for x in GAME[5:]))
    np.testing.assert_allclose(
        np.array(rebellion_threshold(*scaled)), np.array(rebellion_threshold(*GAME)), rtol=1e-9
    )
    rate = alarm_rebellion_rate(power, *GAME)
    if regime(power, *GAME) == ESTABLISHED:
        assert np.isnan(rate)
    else:
        assert 0 < rate <= 1
        assert rate * (1 - power) == pytest.approx(15 / 38)


def test_limits_of_the_ladder():
    assert [float(x) for x in ladder(0.6, 0.1, 0.5, 0.1, 0.2)] == [0, 1, 0]  # already established
    assert ladder(0.5, 0.1, 0.5, 0.1, 0.2).rungs == 1
    assert [float(x) for x in ladder(0.0, 0.1, 0.3, 0.0, 0.2)] == pytest.approx([4, 1, 20])
    assert [float(x) for x in ladder(0.0, 0.1, 0.3, 0.2, 0.0)] == pytest.approx([4, 0, 5])
    assert [float(x) for x in ladder(0.0, 0.1, 0.3, 0.0, 0.0)] == [4, 0, np.inf]
    assert [float(x) for x in ladder(0.0, 0.1, 0.3, 1.0, 0.5)] == [4, 0, 1]
    # exact multiples that floating-point division misses: 0.3 / 0.1 < 3
    assert ladder(0.0, 0.1, 0.3, 0.1, 0.1).rungs == 4
    assert tenure_hazard(0.1, 0.2, 0.03, rungs=0, periods=3).tolist() == [0.03] * 3
    assert tenure_hazard(1.0, 0.2, 0.0, rungs=2, periods=3).tolist() == [1.0] * 3


def test_traced_in_single_precision():
    single = [jnp.float32(x) for x in GAME]
    traced = jax.jit(rebellion_threshold)(*single)
    assert traced.removal.dtype == jnp.float32
    np.testing.assert_allclose(np.array(traced), np.array(rebellion_threshold(*GAME)), rtol=1e-5)
    start = jnp.linspace(0, 0.5, 6, dtype=jnp.float32)
    climb = jax.jit(ladder)(start, jnp.float32(0.1), jnp.float32(0.5), jnp.float32(0.04), 0.15)
    whole = ladder(np.linspace(0, 0.5, 6), 0.1, 0.5, 0.04, 0.15)
    np.testing.assert_allclose(np.array(climb), np.array(whole), rtol=2e-5)
    hazards = jax.jit(lambda h: tenure_hazard(h, 0.15, 0.01, rungs=6, periods=50))(
        jnp.full((2, 3), 0.04, jnp.float32)
    )
    assert hazards.shape == (2, 3, 50)
    assert hazards.dtype == jnp.float32
    np.testing.assert_allclose(
        hazards[0, 0], tenure_hazard(0.04, 0.15, 0.01, rungs=6, periods=50), rtol=1e-4
    )
    slope = jax.jit(jax.grad(lambda h, s: ladder(0.0, 0.1, 0.5, h, s).established_probability))
    for removed in (0.0, 0.05, 1.0):
        for succeeds in (0.0, 0.2, 1.0):
            assert np.isfinite(slope(removed, succeeds))


@pytest.mark.parametrize(
    ("position", "value", "named"),
    [
        (0, 0.0, "gain"),
        (1, -1.0, "flow"),
        (2, 1.0, "discount"),
        (3, 1.1, "alarm_after_grab"),
        (4, 0.8, "alarm_without"),
        (5, 2.0, "success"),
        (6, -1.0, "failure"),
        (7, np.nan, "acquiescence"),
    ],
)
def test_invalid_games(position, value, named):
    game = [*GAME[:position], value, *GAME[position + 1 :]]
    with pytest.raises(ValueError, match=named):
        rebellion_threshold(*game)
    with pytest.raises(ValueError, match=named):
        regime(0.5, *game)


def test_other_invalid_input():
    with pytest.raises(ValueError, match="power"):
        regime(1.0, *GAME)
    with pytest.raises(ValueError, match="step"):
        ladder(0.0, 0.0, 0.5, 0.1, 0.1)
    with pytest.raises(ValueError, match="removal_rate"):
        ladder(0.0, 0.1, 0.5, 1.1, 0.1)
    with pytest.raises(ValueError, match="start"):
        ladder(-0.1, 0.1, 0.5, 0.1, 0.1)
    with pytest.raises(ValueError, match="established_rate"):
        tenure_hazard(0.1, 0.1, -0.1, rungs=2, periods=3)
    with pytest.raises(ValueError, match="rungs"):
        tenure_hazard(0.1, 0.1, 0.1, rungs=-1, periods=3)
