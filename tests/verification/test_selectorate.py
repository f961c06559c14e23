"""Selectorate theory against a constrained optimiser and a grid."""

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from vertikal.theory.selectorate import selectorate, selectorate_numeric, survives


def slope_of(function, **options):
    """The gradient, compiled: eager differentiation compiles each operation by itself."""
    return jax.jit(jax.grad(function, **options))


few = settings(max_examples=25, deadline=None)
POLITY = {"selectorate_size": 1000, "budget": 1000.0, "price": 50.0, "discount_factor": 0.8}

polities = st.tuples(
    st.floats(1, 400), st.floats(1, 5), st.floats(1, 1e4), st.floats(0.5, 200), st.floats(0, 0.95)
).map(lambda p: (p[0], p[0] * p[1], *p[2:]))


def cheapest(coalition, size, budget, price, delta):
    """Spending, public and private good by SLSQP in the square roots, from several starts."""
    k = 1 + delta / (1 - delta) * (1 - coalition / size)
    share = np.linspace(0, 1, 200_001)
    offer = (np.sqrt(share * budget / price) + np.sqrt((1 - share) * budget / coalition)).max()
    best = None
    for start in ((1.0, 1.0), (0.1, 3.0), (3.0, 0.1)):
        found = minimize(
            lambda a: (price * a[0] ** 2 + coalition * a[1] ** 2) / budget,
            start,
            bounds=[(0, None), (0, None)],
            constraints={"type": "ineq", "fun": lambda a: a[0] + k * a[1] - offer},
            options={"ftol": 1e-14, "maxiter": 500},
        )
        if found.success and (best is None or found.fun < best.fun):
            best = found
    return best.fun * budget, best.x[0] ** 2, best.x[1] ** 2


@pytest.mark.parametrize(
    ("coalition", "loyalty", "surplus", "public", "private", "ratio"),
    [
        (10, 4.96, 0.951616, 0.007803, 4.799381, 123.008),
        (100, 4.60, 0.870466, 0.223720, 1.183477, 10.58),
        (500, 3.00, 0.421053, 6.094183, 0.548476, 0.9),
        (1000, 1.00, 0.0, 19.047619, 0.047619, 0.05),
    ],
)
def test_the_stated_table(coalition, loyalty, surplus, public, private, ratio):
    """Derived."""
    found = selectorate(coalition, **POLITY)
    assert found.loyalty == pytest.approx(loyalty, rel=1e-12)
    assert found.surplus_share == pytest.approx(surplus, abs=5e-7)
    assert found.public_good == pytest.approx(public, abs=5e-7)
    assert found.private_good == pytest.approx(private, abs=5e-7)
    assert found.private_public_ratio == pytest.approx(ratio, abs=5e-4)
    assert found.spending == pytest.approx(1000 * (1 - surplus), abs=1e-3)
    slow = cheapest(coalition, 1000, 1000.0, 50.0, 0.8)
    np.testing.assert_allclose(
        [found.spending, found.public_good, found.private_good], slow, rtol=2e-4
    )


@few
@given(polities)
def test_closed_form_is_the_numeric_optimum(polity):
    names = ("coalition", *POLITY)
    found = selectorate(*polity)
    slow = selectorate_numeric(np.sqrt, np.sqrt, **dict(zip(names, polity, strict=True)))
    np.testing.assert_allclose(found.challenger_value, slow.challenger_value, rtol=1e-7)
    np.testing.assert_allclose(found.spending, slow.spending, rtol=1e-6)
    assert found.surplus_share == pytest.approx(1 - found.spending / polity[2], abs=1e-12)
    # A flat optimum: the split is known to the square root of the utility's precision.
    np.testing.assert_allclose(found.public_good, slow.public_good, rtol=1e-3, atol=1e-6)


@few
@given(polities)
def test_the_policy_just_survives(polity):
    found = selectorate(*polity)
    assert survives(found.public_good, found.private_good, *polity)
    assert not survives(0.999 * found.public_good, 0.999 * found.private_good, *polity)


@few
@given(polities, st.floats(0.1, 100))
def test_the_unit_of_the_budget_does_not_matter(polity, unit):
    w, size, budget, price, delta = polity
    base, other = selectorate(*polity), selectorate(w, size, unit * budget, price, delta)
    assert other.surplus_share == pytest.approx(base.surplus_share, abs=1e-12)
    assert other.private_good == pytest.approx(unit * base.private_good, rel=1e-10)


def test_the_leader_gains_from_a_small_coalition_in_a_large_selectorate():
    w = np.arange(5, 1001)
    found = selectorate(w, **POLITY)
    assert (np.diff(found.surplus_share) < 0).all()
    larger = selectorate(w, **{**POLITY, "selectorate_size": 5000})
    assert (larger.surplus_share[:-1] > found.surplus_share[:-1]).all()


def test_a_members_lot_is_u_shaped_in_the_size_of_the_coalition():
    """Derived: 3.0260 at 5, least at 64, 4.582576 when all belong."""
    w = np.arange(5, 1001)
    found = selectorate(w, **POLITY)
    value = np.sqrt(found.public_good) + np.sqrt(found.private_good)
    assert value[0] == pytest.approx(3.0260, abs=5e-5)
    assert w[value.argmin()] == 64
    assert value.min() == pytest.approx(1.511644, abs=5e-7)
    assert value[-1] == pytest.approx(4.582576, abs=5e-7)


def test_linear_public_goods_lead_to_a_corner_and_other_utilities_to_their_own_optimum():
    """With h(x) = x/100 and a small coalition no public good is bought at all."""
    found = selectorate_numeric(lambda x: x / 100, np.sqrt, coalition=10, **POLITY)
    assert found.public_good == 0
    assert found.private_public_ratio == np.inf
    # Hand calculation: k sqrt(g) = v_C with v_C = sqrt(R/W), hence g = (R/W)/k².
    k = found.loyalty
    assert found.private_good == pytest.approx(1000 / 10 / k**2, rel=1e-4)
    # Logarithms: compare with a grid over the public good.
    found = selectorate_numeric(np.log1p, np.log1p, coalition=100, **POLITY)
    x = np.linspace(0, 20, 400_001)
    need = (found.challenger_value - np.log1p(x)) / found.loyalty
    cost = 50 * x + 100 * np.expm1(np.maximum(need, 0))
    assert found.spending == pytest.approx(cost.min(), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"coalition": 1001}, "coalition = 1001"),
        ({"coalition": 0}, "coalition = 0"),
        ({"selectorate_size": np.inf}, "selectorate_size = inf"),
        ({"budget": 0.0}, "budget = 0.0"),
        ({"price": 0.0}, "price = 0.0"),
        ({"discount_factor": 1.0}, "discount_factor = 1.0"),
        ({"discount_factor": np.nan}, "discount_factor = nan"),
    ],
)
def test_invalid_input_is_refused(change, words):
    polity = {"coalition": 10, **POLITY, **change}
    with pytest.raises(ValueError, match=words):
        selectorate(**polity)
    with pytest.raises(ValueError, match=words):
        survives(1.0, 1.0, **polity)
    with pytest.raises(ValueError, match=words.split(" =")[0]):
        selectorate_numeric(np.sqrt, np.sqrt, **polity)


def test_invalid_policies_and_utilities_are_refused():
    with pytest.raises(ValueError, match=r"private_good = -1\.0"):
        survives(1.0, -1.0, 10, **POLITY)
    with pytest.raises(ValueError, match="public_good = nan"):
        survives(np.nan, 1.0, 10, **POLITY)
    with pytest.raises(ValueError, match="must be 0"):
        selectorate_numeric(np.sqrt, lambda g: g + 1, coalition=10, **POLITY)


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    w = np.linspace(5, 1000, 40)
    double = selectorate(w, **POLITY)
    with jax.enable_x64(True):
        again = jax.jit(selectorate)(w, 1000, 1000.0, 50.0, 0.8)
    single = jax.jit(selectorate)(w.astype(np.float32), 1000, 1000.0, 50.0, 0.8)
    for fast, slow, rough in zip(again, double, single, strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-12)
        np.testing.assert_allclose(rough, slow, rtol=1e-4, atol=1e-5)
    slopes = slope_of(lambda *a: selectorate(*a).surplus_share, argnums=(0, 1, 2, 3, 4))(
        100.0, 1000.0, 1000.0, 50.0, 0.8
    )
    assert np.isfinite(slopes).all()
    assert slopes[0] < 0 < slopes[1]
