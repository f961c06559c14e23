"""`army_size` against scalar optimisation of the ruler's rents and the losses from each rival."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from vertikal.theory.army_size import (
    ALWAYS_EXCLUDE,
    ALWAYS_INCLUDE,
    CUTOFF,
    inclusion_cutoff,
    loyalty_wage,
    optimal_army,
)

FEW = settings(max_examples=60, deadline=None)
strength = st.floats(1e-3, 1e3)
part = st.floats(0.02, 1.0)


# Derived numbers


@pytest.mark.parametrize(
    ("guard", "threat", "expected"),
    [
        (4.0, 1.0, (2, 1 / 3, 2 / 3, 4 / 9)),
        (1.0, 4.0, (2, 2 / 3, 1 / 3, 1 / 9)),
        (0.25, 9.0, (1.5, 6 / 7, 1 / 7, 1 / 49)),
    ],
)
def test_without_losses_in_a_coup(guard, threat, expected):
    np.testing.assert_allclose(optimal_army(threat, guard), expected, rtol=1e-10)


def test_with_losses_in_a_coup():
    found = optimal_army(np.array([0.25, 1.0, 4.0]), 1.0, 0.5)
    np.testing.assert_allclose(found.strength, [0.5659, np.sqrt(2), 4.8215], atol=5e-5)
    np.testing.assert_allclose(found.wage, [0.2766, 0.4142, 0.5698], atol=5e-5)
    np.testing.assert_allclose(found.value, [0.50172, 0.34315, 0.23511], atol=5e-6)


def test_at_a_given_size_the_threat_disciplines():
    threats = np.array([0.01, 0.1, 1.0, 10.0, 1000.0])
    wages = loyalty_wage(1.0, threats, 1.0, 0.5)
    np.testing.assert_allclose(wages, [0.4951, 0.45833, 0.33333, 0.2619, 0.25012], atol=5e-5)
    assert loyalty_wage(1.0, 1e-12, 1.0, 0.5) == pytest.approx(0.5)
    assert loyalty_wage(1.0, 1e12, 1.0, 0.5) == pytest.approx(0.25)


def test_rivals():
    found = inclusion_cutoff(1.0, 1.0, 2.0, 1.0, 1.8)
    assert found.rule == CUTOFF
    assert found.strength == pytest.approx(1.375, abs=1e-14)
    inside, outside = losses(1.375, 1.0, 1.0, 2.0, 1.0, 1.8)
    assert inside == pytest.approx(0.733333, abs=5e-7)
    assert outside == pytest.approx(inside)


# Slow references


def rents(log_army, threat, guard, remaining):
    """The ruler's rents, from the army's indifference between a coup and loyalty."""
    army = np.exp(log_army)
    survives = army / (army + threat)
    coup = army / (army + guard) * (remaining * army / (remaining * army + threat))
    return survives * (1 - coup / survives)


@FEW
@given(strength, strength, part)
def test_the_army_by_scalar_optimisation(threat, guard, remaining):
    found = optimal_army(threat, guard, remaining)
    logs = np.linspace(-20, 20, 4001)
    best = logs[np.argmax(rents(logs, threat, guard, remaining))]
    fine = minimize_scalar(
        lambda x: -rents(x, threat, guard, remaining),
        bounds=(best - 0.02, best + 0.02),
        method="bounded",
        options={"xatol": 1e-10},
    )
    assert found.value >= -fine.fun - 1e-13
    assert found.value == pytest.approx(-fine.fun, rel=1e-9)
    assert np.log(found.strength) == pytest.approx(fine.x, abs=1e-4)
    assert found.value == pytest.approx(found.survival * (1 - found.wage))
    assert found.wage == pytest.approx(loyalty_wage(found.strength, threat, guard, remaining))


@FEW
@given(strength, strength, part, st.floats(0.01, 100))
def test_only_relative_strength_matters(threat, guard, remaining, unit):
    one = optimal_army(threat, guard, remaining)
    other = optimal_army(unit * threat, unit * guard, remaining)
    assert other.strength == pytest.approx(unit * one.strength, rel=1e-8)
    np.testing.assert_allclose(other[1:], one[1:], rtol=1e-8)
    if remaining == 1:
        assert one.strength == pytest.approx(np.sqrt(threat * guard), rel=1e-9)


def test_in_equilibrium_the_wage_rises_with_the_threat():
    threats = np.geomspace(0.01, 100, 40)
    assert (np.diff(optimal_army(threats, 1.0, 0.5).wage) > 0).all()
    assert (np.diff(loyalty_wage(1.0, threats, 1.0, 0.5)) < 0).all()


def losses(rival, ruler, forces, leverage, coup, war):
    """Expected loss from a rival inside and outside the government."""
    inside = coup * leverage * rival / (leverage * rival + ruler)
    return inside, war * rival / (rival + ruler + forces)


@FEW
@given(strength, strength, st.floats(1.01, 20), st.floats(0.1, 10), st.floats(0.1, 10))
def test_the_cutoff_by_comparing_losses(ruler, forces, leverage, coup, war):
    found = inclusion_cutoff(ruler, forces, leverage, coup, war)
    rivals = np.geomspace(1e-6, 1e6, 121)
    inside, outside = losses(rivals, ruler, forces, leverage, coup, war)
    clear = np.abs(inside - outside) > 1e-9 * (inside + outside)
    excludes = (outside < inside)[clear]
    if found.rule == CUTOFF:
        np.testing.assert_array_equal(excludes, (rivals < found.strength)[clear])
    else:
        assert np.isnan(found.strength)
        assert (excludes == (found.rule == ALWAYS_EXCLUDE)).all()


def test_rules_without_a_cutoff():
    assert inclusion_cutoff(1.0, 1.0, 2.0, 1.0, 0.9).rule == ALWAYS_EXCLUDE
    assert inclusion_cutoff(1.0, 0.1, 2.0, 1.0, 3.0).rule == ALWAYS_INCLUDE


# Traced


def test_traced_in_single_precision():
    threats = np.geomspace(0.01, 100, 12)
    single = jnp.asarray(threats, jnp.float32)
    traced = jax.jit(optimal_army)(single, jnp.float32(2), jnp.float32(0.4))
    assert traced.strength.dtype == jnp.float32
    np.testing.assert_allclose(
        np.array(traced), np.array(optimal_army(threats, 2.0, 0.4)), rtol=2e-5
    )
    rule = jax.jit(inclusion_cutoff)(single, single, 2.0, 1.0, 1.8)
    np.testing.assert_allclose(
        rule.strength, inclusion_cutoff(threats, threats, 2.0, 1.0, 1.8).strength, rtol=1e-5
    )


def test_gradients():
    with jax.enable_x64(True):
        slope = jax.grad(lambda t: optimal_army(t, 4.0).strength)(1.0)
        assert slope == pytest.approx(1.0, rel=1e-8)  # d sqrt(4 T) / dT at 1
        bent = jax.grad(lambda t: optimal_army(t, 4.0, 0.5).strength)(1.0)
    step = 1e-5
    high, low = (optimal_army(1 + s, 4.0, 0.5).strength for s in (step, -step))
    assert bent == pytest.approx((high - low) / (2 * step), rel=1e-6)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: loyalty_wage(0.0, 1.0, 1.0), "army"),
        (lambda: loyalty_wage(1.0, -1.0, 1.0), "threat"),
        (lambda: optimal_army(1.0, np.nan), "guard"),
        (lambda: optimal_army(1.0, 1.0, 0.0), "remaining"),
        (lambda: optimal_army(1.0, 1.0, 1.1), "remaining"),
        (lambda: inclusion_cutoff(1.0, -1.0, 2.0, 1.0, 2.0), "forces"),
        (lambda: inclusion_cutoff(1.0, 1.0, 1.0, 1.0, 2.0), "leverage"),
        (lambda: inclusion_cutoff(1.0, 1.0, 2.0, 0.0, 2.0), "coup_loss"),
    ],
)
def test_invalid_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
