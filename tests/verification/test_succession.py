"""`succession` against exact integrals, the normal law, and the exact game of `coalitions`."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from vertikal.theory.coalitions import urc, urc_batch
from vertikal.theory.succession import (
    alignment_energy,
    alignment_minima,
    coalition_odds,
    draw_powers,
    succession_odds,
)

DRAWS = 200_000
KEY = jax.random.key(11)
CERTAIN = 4.5
"""Standard errors allowed: a right estimate misses it once in 150 000 tests."""


def chance_of(odds, *masks):
    found = dict(zip(odds.masks.tolist(), odds.probability.tolist(), strict=True))
    return sum(found.get(mask, 0.0) for mask in masks)


def near(exact, draws=DRAWS):
    return pytest.approx(exact, abs=CERTAIN * np.sqrt(exact * (1 - exact) / draws))


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(12)


# Derived: exact chances from order statistics


def test_three_exponential_powers(rng):
    odds = coalition_odds(rng.exponential(size=(DRAWS, 3)))
    for mask in (1, 2, 4, 7):
        assert chance_of(odds, mask) == near(1 / 4)
    assert len(odds.masks) == 4
    assert odds.inclusion == pytest.approx(0.5, abs=0.006)


def test_three_uniform_powers(rng):
    assert chance_of(coalition_odds(rng.uniform(size=(DRAWS, 3))), 7) == near(1 / 2)


def test_four_exponential_powers(rng):
    powers = rng.exponential(size=(DRAWS, 4))
    odds = coalition_odds(powers)
    assert chance_of(odds, 1, 2, 4, 8) == near(1 / 2)
    assert chance_of(odds, 7, 11, 13, 14) == near(25 / 56)
    assert chance_of(odds, 15) == near(3 / 56)
    # strongest first: the others without him are mask 14
    assert chance_of(coalition_odds(-np.sort(-powers, axis=1)), 14) == near(5 / 24)


def test_four_powers_by_the_rule_for_four(rng):
    """A second route: who outweighs the rest, else the cheapest triple without such a one."""
    powers = np.sort(rng.exponential(size=(2000, 4)), axis=1)
    expected = []
    for p in powers:
        triples = [m for m in (7, 11, 13, 14) if 2 * p[_players(m)].max() < p[_players(m)].sum()]
        triples = [m for m in triples if 2 * p[_players(m)].sum() > p.sum()]
        cheapest = min(triples, key=lambda m: p[_players(m)].sum(), default=15)
        expected.append(8 if 2 * p[3] > p.sum() else cheapest)
    assert (urc_batch(powers) @ (1, 2, 4, 8)).tolist() == expected


def _players(mask):
    return [k for k in range(4) if mask >> k & 1]


@pytest.mark.parametrize("n", [5, 6])
def test_someone_outweighs_all_others(rng, n):
    draws = 50_000
    odds = coalition_odds(rng.exponential(size=(draws, n)))
    assert chance_of(odds, *(1 << i for i in range(n))) == near(n / 2 ** (n - 1), draws)


def test_two_lognormal_powers():
    odds = succession_odds(KEY, [1.2, 1.0], 0.3, draws=DRAWS)
    exact = norm.cdf(np.log(1.2) / (0.3 * np.sqrt(2)))
    assert exact == pytest.approx(0.666306, abs=1e-6)
    assert chance_of(odds, 1) == near(exact)


def test_two_correlated_powers():
    odds = succession_odds(
        KEY, [1.2, 1.0], [0.3, 0.5], draws=DRAWS, correlation=[[1, 0.6], [0.6, 1]]
    )
    spread = np.sqrt(0.3**2 + 0.5**2 - 2 * 0.6 * 0.3 * 0.5)
    assert chance_of(odds, 1) == near(norm.cdf(np.log(1.2) / spread))


@pytest.mark.parametrize(
    ("sigma", "excluded", "included"),
    [(0.05, 0.9993, 0.0007), (0.1, 0.9418, 0.0582), (0.2, 0.7265, 0.2735), (0.4, 0.4049, 0.5909)],
)
def test_the_strongest_of_four(sigma, excluded, included):
    # derived by simulation with 400 000 draws, so both sides carry an error
    odds = succession_odds(KEY, [3, 4, 5, 10], sigma, draws=DRAWS)
    tolerance = CERTAIN * 0.5 * np.sqrt(1 / DRAWS + 1 / 400_000)
    assert chance_of(odds, 7) == pytest.approx(excluded, abs=tolerance)
    assert odds.inclusion[3] == pytest.approx(included, abs=tolerance)


# Slow reference: the exact game for every draw


def test_every_draw_is_one_game_of_coalitions():
    powers = draw_powers(KEY, np.arange(1.0, 7.0), 0.5, draws=300)
    odds = coalition_odds(powers, 0.6)
    single = [urc(game, 0.6) for game in powers]
    assert all(game.unique for game in single)
    counts = dict(
        zip(*np.unique([game.masks[0] for game in single], return_counts=True), strict=True)
    )
    assert len(counts) == len(odds.masks)
    for mask, probability in zip(odds.masks.tolist(), odds.probability, strict=True):
        assert probability == pytest.approx(counts[mask] / 300)
    assert (np.diff(odds.probability) <= 0).all()
    p = odds.probability
    np.testing.assert_allclose(odds.probability_error, np.sqrt(p * (1 - p) / 300))


def test_blocks_do_not_matter(monkeypatch):
    powers = draw_powers(KEY, np.ones(5), 1.0, draws=101)
    whole = coalition_odds(powers)
    monkeypatch.setattr("vertikal.theory.succession._GROUPS_AT_ONCE", 1 << 9)
    for one, other in zip(coalition_odds(powers), whole, strict=True):
        np.testing.assert_array_equal(one, other)


# Without noise


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_without_noise_it_is_the_exact_game(powers):
    odds, exact = succession_odds(KEY, powers, 0.0), urc(powers)
    assert sorted(odds.masks.tolist()) == list(exact.masks)
    assert odds.tie is not exact.unique
    assert odds.probability.sum() == pytest.approx(1)
    assert not odds.inclusion_error.any()


def test_a_tie_is_said_to_be_one():
    odds = succession_odds(KEY, [5, 5, 5], 0.0)
    assert odds.tie
    np.testing.assert_allclose(odds.inclusion, 2 / 3)


# Draws


def test_scenarios_share_their_noise():
    one = draw_powers(KEY, [1.0, 2.0, 3.0], 0.5, draws=50)
    other = draw_powers(KEY, [2.0, 2.0, 1.0], 0.25, draws=50)
    np.testing.assert_allclose((other / [2, 2, 1]) ** 2, one / [1, 2, 3], rtol=1e-12)


def test_correlation_of_draws():
    matrix = np.array([[1, 0.8, -0.3], [0.8, 1, 0.0], [-0.3, 0.0, 1]])
    logs = np.log(draw_powers(KEY, [1.0, 1.0, 1.0], 2.0, matrix, draws=DRAWS))
    np.testing.assert_allclose(np.corrcoef(logs.T), matrix, atol=0.01)
    np.testing.assert_allclose(logs.std(axis=0), 2.0, rtol=0.01)
    together = draw_powers(KEY, [1.0, 1.0], 1.0, np.ones((2, 2)), draws=20)  # singular, but allowed
    np.testing.assert_allclose(together[:, 0], together[:, 1], rtol=1e-7)


def test_draws_run_traced_in_single_precision():
    mean = jnp.array([1.0, 2.0, 3.0], jnp.float32)
    traced = jax.jit(lambda key, mean: draw_powers(key, mean, 0.3, np.eye(3), draws=8))(KEY, mean)
    assert traced.shape == (8, 3)
    assert traced.dtype == jnp.float32
    slope = jax.grad(lambda s: draw_powers(KEY, mean, s, draws=8).sum())(0.3)
    assert np.isfinite(slope)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"mean_power": [1.0, 0.0]}, "mean_power"),
        ({"mean_power": [1.0, np.nan]}, "mean_power"),
        ({"mean_power": 1.0}, "mean_power"),
        ({"sigma": -0.1}, "sigma"),
        ({"sigma": np.inf}, "sigma"),
        ({"draws": 0}, "draws"),
        ({"alpha": 0.3}, "alpha"),
        ({"mean_power": np.ones(13)}, "powers"),
        ({"correlation": np.eye(3)}, "correlation"),
        ({"correlation": [[1, 2], [2, 1]]}, "correlation"),
        ({"correlation": [[1, 0.5], [0.4, 1]]}, "correlation"),
        ({"correlation": [[1, 0.5], [0.5, 2]]}, "correlation"),
    ],
)
def test_invalid_input(change, named):
    arguments = {"mean_power": [1.0, 2.0], "sigma": 0.1, "draws": 10} | change
    with pytest.raises(ValueError, match=named):
        succession_odds(KEY, **arguments)


def test_invalid_draws():
    with pytest.raises(ValueError, match="powers"):
        coalition_odds([1.0, 2.0])
    with pytest.raises(ValueError, match="powers"):
        coalition_odds(np.empty((0, 3)))


# The companion: two camps


def energy_by_definition(mask, size, propensity):
    n = len(size)
    return sum(
        size[i] * size[j] * propensity[i][j]
        for i in range(n)
        for j in range(n)
        if i != j and (mask >> i & 1) != (mask >> j & 1)
    )


def test_two_hostile_blocks():  # derived
    size = [1, 2, 3, 1, 1, 2]
    block = np.array([0, 0, 0, 1, 1, 1])
    propensity = np.where(block[:, None] == block, 1.0, -1.0)
    found = alignment_minima(size, propensity)
    assert found.masks[0] == 0b111000
    assert found.energy[0] == -48 == -2 * 6 * 4


def test_minima_by_enumeration():
    rng = np.random.default_rng(13)
    size, raw = rng.uniform(0.5, 2, 6), rng.normal(size=(6, 6))
    propensity = raw + raw.T
    energy = {mask: energy_by_definition(mask, size, propensity) for mask in range(64)}
    local = [m for m in range(0, 64, 2) if all(energy[m ^ 1 << i] >= energy[m] for i in range(6))]
    found = alignment_minima(size, propensity)
    assert sorted(found.masks.tolist()) == local
    np.testing.assert_allclose(found.energy, [energy[m] for m in found.masks.tolist()], rtol=1e-12)
    assert found.energy[0] == pytest.approx(min(energy.values()))
    camps = np.array([[bool(m >> i & 1) for i in range(6)] for m in range(64)])
    single = [jnp.asarray(x, jnp.float32) for x in (size, propensity)]
    traced = jax.jit(lambda s, p: alignment_energy(camps, s, p))(*single)
    np.testing.assert_allclose(traced, list(energy.values()), atol=1e-4)
    assert traced.dtype == jnp.float32


@pytest.mark.parametrize(
    ("size", "propensity", "named"),
    [
        ([1.0, 0.0], np.eye(2), "size"),
        ([1.0, 1.0], [[0, 1], [2, 0]], "propensity"),
        ([1.0, 1.0], np.eye(3), "propensity"),
        (np.ones(21), np.eye(21), "size"),
    ],
)
def test_invalid_alignments(size, propensity, named):
    with pytest.raises(ValueError, match=named):
        alignment_minima(size, propensity)
