"""`loyal_agent` against the betrayal decision itself, grids over competence and simulated plots."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.theory.loyal_agent import (
    loyalty_cutoff,
    loyalty_wage,
    ruler_choice,
    ruler_survival,
    treason_weight,
)

FEW = settings(max_examples=80, deadline=None)
GAME = (0.25, 10.0, 5.0, 2.0, 0.5)
"""p, R, F, w, m"""

games = st.tuples(
    st.floats(0.05, 0.9), st.floats(0.5, 20), st.floats(0, 10), st.floats(0, 5), st.floats(0, 1)
)


def betrays(kappa, game, strong_signal):
    """The vizier's own comparison of treason and loyalty."""
    p, reward, punishment, wage, rescue = game
    right, wrong = (kappa, 1 - kappa) if strong_signal else (1 - kappa, kappa)
    belief = p * right / (p * right + (1 - p) * wrong)
    treason = belief * reward - (1 - belief) * punishment
    loyalty = belief * rescue * wage + (1 - belief) * wage
    return treason > loyalty


def survival_by_cases(kappa, game):
    """The ruler's survival, summed over plots and signals."""
    p, _, _, _, rescue = game
    total = 0.0
    for strong, chance in ((True, p), (False, 1 - p)):
        for signal in (True, False):
            likely = kappa if signal == strong else 1 - kappa
            lives = np.where(betrays(kappa, game, signal), 0.0, rescue) if strong else 1.0
            total = total + chance * likely * lives
    return total


# Derived numbers


def test_cutoff_wage_and_weight():
    found = loyalty_cutoff(*GAME)
    assert found.competence == pytest.approx(0.7, abs=1e-14)
    assert not found.no_loyal_type
    assert not found.always_loyal
    assert loyalty_wage(0.7, 0.25, 10.0, 5.0, 0.5) == pytest.approx(2, abs=1e-12)
    assert treason_weight(*GAME) == pytest.approx(10 / 11, abs=1e-12)


@pytest.mark.parametrize(
    ("weight", "competence", "value", "other"),
    [(0.9, 0.7, 1.42625, 1.425), (0.92, 1.0, 1.44, 1.4385)],
)
def test_the_ruler_prefers_the_able_traitor_only_at_a_high_weight(weight, competence, value, other):
    found = ruler_choice(*GAME, weight)
    assert found.competence == pytest.approx(competence)
    assert found.value == pytest.approx(value, abs=1e-12)
    assert found.loyal == (competence < 1)
    alternative = 1.7 - competence
    forgone = ruler_survival(alternative - 1e-13, *GAME) * (1 + weight * alternative)
    assert forgone == pytest.approx(other, abs=1e-9)


def test_the_more_vulnerable_the_ruler_the_duller_the_safe_vizier():
    plots = np.array([0.15, 0.2, 0.25, 0.3, 0.35, 0.4])
    expected = [0.815068, 0.756757, 0.7, 0.644737, 0.590909, 0.538462]
    np.testing.assert_allclose(loyalty_cutoff(plots, *GAME[1:]).competence, expected, atol=5e-7)


def test_a_traitor_of_middling_competence():
    game = (0.4, 10.0, 2.0, 1.0, 1.0)
    assert loyalty_cutoff(*game).competence == pytest.approx(1 / 3)
    found = ruler_choice(*game, 1.0)
    assert found.competence == pytest.approx(0.75)
    assert found.value == pytest.approx(1.225)
    assert not found.loyal


def test_a_vizier_who_betrays_whatever_he_learns():
    game = (0.4, 20.0, 0.0, 1.0, 1.0)
    found = loyalty_cutoff(*game)
    assert found.competence == pytest.approx(0.0732, abs=5e-5)
    assert found.no_loyal_type
    assert np.isnan(treason_weight(*game))
    assert betrays(0.75, game, strong_signal=False)
    assert ruler_survival(0.75, *game) == pytest.approx(0.6)
    # so the best trade-off, 0.75, is out of reach: 1 - cut-off is the least that listens
    choice = ruler_choice(*game, 1.0)
    assert choice.competence == pytest.approx(38 / 41)
    assert choice.value == pytest.approx((0.6 + 0.4 * 3 / 41) * (1 + 38 / 41))


# Slow references


@FEW
@given(games)
def test_the_betrayal_rule_on_a_grid(game):
    kappa = np.linspace(0.5, 1, 401)
    cutoff = float(loyalty_cutoff(*game).competence)
    clear = (np.abs(kappa - cutoff) > 1e-9) & (np.abs(kappa - 1 + cutoff) > 1e-9)
    np.testing.assert_array_equal(betrays(kappa, game, True)[clear], (kappa > cutoff)[clear])
    expected = survival_by_cases(kappa, game)
    np.testing.assert_allclose(ruler_survival(kappa, *game)[clear], expected[clear], atol=1e-12)


@FEW
@given(games, st.floats(0, 5))
def test_no_competence_on_a_grid_is_better(game, weight):
    found = ruler_choice(*game, weight)
    kappa = np.linspace(0.5, 1, 4001)
    values = ruler_survival(kappa, *game) * (1 + weight * kappa)
    assert found.value >= values.max() - 1e-12
    assert found.value <= values.max() + (1 + weight) * 2e-4
    at_choice = ruler_survival(found.competence, *game) * (1 + weight * found.competence)
    assert found.value == pytest.approx(at_choice)


@FEW
@given(games)
def test_the_wage_is_the_inverse_of_the_cutoff(game):
    p, reward, punishment, _, rescue = game
    kappa = np.array([0.55, 0.7, 0.9, 0.99])
    wage = loyalty_wage(kappa, p, reward, punishment, rescue)
    again = loyalty_cutoff(p, reward, punishment, wage, rescue).competence
    paid = wage > 0
    np.testing.assert_allclose(again[paid], kappa[paid], rtol=1e-9)
    assert (again[~paid] >= kappa[~paid] - 1e-12).all()


def test_simulated_plots():
    rng = np.random.default_rng(5)
    number = 500_000
    for kappa, exact in ((0.9, 0.7625), (0.6, 0.875)):
        strong = rng.random(number) < GAME[0]
        signal = np.where(rng.random(number) < kappa, strong, ~strong)
        treason = np.where(signal, betrays(kappa, GAME, True), betrays(kappa, GAME, False))
        rescued = ~treason & (rng.random(number) < GAME[4])
        lives = (~strong | rescued).mean()
        assert ruler_survival(kappa, *GAME) == pytest.approx(exact)
        assert lives == pytest.approx(exact, abs=4.5 * np.sqrt(exact * (1 - exact) / number))


# Limits


def test_limits():
    assert loyalty_wage(1.0, 0.25, 10.0, 5.0, 0.5) == pytest.approx(20)
    assert loyalty_wage(1.0, 0.25, 10.0, 5.0, 0.0) == np.inf
    always = loyalty_cutoff(0.25, 10.0, 5.0, 20.0, 0.5)
    assert always.competence == np.inf
    assert always.always_loyal
    assert ruler_choice(0.25, 10.0, 5.0, 20.0, 0.5, 1.0).competence == 1
    assert ruler_choice(0.25, 10.0, 5.0, 20.0, 0.5, 1.0).loyal
    assert ruler_choice(*GAME, 0.0).competence == pytest.approx(0.7)
    useless = ruler_choice(0.25, 10.0, 0.0, 0.0, 0.0, 1.0)  # neither pay nor help
    assert useless.competence == 1
    assert treason_weight(0.6, 10.0, 5.0, 9.0, 1.0) == np.inf


def test_traced_in_single_precision():
    weights = jnp.linspace(0, 3, 16, dtype=jnp.float32)
    single = [jnp.float32(x) for x in GAME]
    traced = jax.jit(ruler_choice)(*single, weights)
    whole = ruler_choice(*GAME, np.linspace(0, 3, 16))
    assert traced.competence.dtype == jnp.float32
    np.testing.assert_allclose(traced.competence, whole.competence, rtol=1e-5)
    np.testing.assert_allclose(traced.value, whole.value, rtol=1e-5)
    np.testing.assert_array_equal(traced.loyal, whole.loyal)
    gradient = jax.grad(lambda *g: ruler_choice(*g, 0.5).value, argnums=tuple(range(5)))
    slopes = jax.jit(gradient)(*GAME)
    assert np.isfinite(slopes).all()
    assert np.isfinite(jax.grad(loyalty_wage)(0.8, 0.25, 10.0, 5.0, 0.5))


@pytest.mark.parametrize(
    ("position", "value", "named"),
    [
        (0, 0.0, "plot"),
        (0, 1.0, "plot"),
        (1, 0.0, "reward"),
        (2, -1.0, "punishment"),
        (3, np.nan, "wage"),
        (4, 1.5, "rescue"),
    ],
)
def test_invalid_input(position, value, named):
    game = [*GAME[:position], value, *GAME[position + 1 :]]
    for call in (
        lambda: loyalty_cutoff(*game),
        lambda: ruler_choice(*game, 1.0),
        lambda: ruler_survival(0.7, *game),
    ):
        with pytest.raises(ValueError, match=named):
            call()


def test_invalid_competence_and_weight():
    with pytest.raises(ValueError, match="competence"):
        loyalty_wage(0.4, 0.25, 10.0, 5.0, 0.5)
    with pytest.raises(ValueError, match="competence"):
        ruler_survival(1.1, *GAME)
    with pytest.raises(ValueError, match="weight"):
        ruler_choice(*GAME, -1.0)
