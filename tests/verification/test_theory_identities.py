"""Where two models must say the same: identities that hold across the theory package."""

import numpy as np
import pytest
from scipy.optimize import brentq

from vertikal.theory.alarm_deterrence import ladder, rebellion_threshold
from vertikal.theory.evolution import fold, logit_rhs, pyramid_equilibria
from vertikal.theory.global_games import (
    cost_ratio,
    lame_duck_threshold,
    regime_threshold,
    split_time,
)
from vertikal.theory.survival import aalen_johansen

# (a) The lame duck is a global game whose cost of failure is dated --------------------------------


@pytest.mark.parametrize("years", [0.25, 1.0, 3.0, 12.0])
@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_lame_duck_is_the_global_game_with_precise_private_news(years, rate):
    """With private precision beta the threshold is off its limit by the order of beta^(-1/2)."""
    gain, flow = 1.3, 0.8
    loss = flow * years if rate == 0 else flow * (1 - np.exp(-rate * years)) / rate
    limit = lame_duck_threshold(years, gain, flow, rate)
    assert limit == pytest.approx(1 - cost_ratio(gain, loss), rel=1e-13)
    beta = np.array([1e6, 1e8, 1e10])
    game = regime_threshold(cost_ratio(gain, loss), 1.0, beta, 0.4)
    assert (game.n_roots == 1).all()
    error = np.abs(game.threshold[:, 0] - limit)
    assert (error < 2 / np.sqrt(beta)).all()
    np.testing.assert_allclose(error[:-1] / error[1:], 10, rtol=0.02)
    # Without a common prior the game is the limit at any precision.
    vague = regime_threshold(cost_ratio(gain, loss), 0.0, 4.0, 0.4)
    assert vague.threshold[0] == pytest.approx(limit, rel=1e-12)


def test_split_time_is_when_the_games_threshold_passes_the_strength():
    strength = 0.45

    def game_threshold(years):
        cost = cost_ratio(1.0, 0.8 * (1 - np.exp(-0.1 * years)) / 0.1)
        return regime_threshold(cost, 0.0, 50.0, 0.0).threshold[0]

    root = brentq(lambda t: game_threshold(t) - strength, 0.01, 50, xtol=1e-12)
    assert split_time(strength, 1.0, 0.8, 0.1) == pytest.approx(root, abs=1e-9)


# (b) Two-strategy logit choice is the pyramid equation -------------------------------------------

GAMES = [
    np.array([[3.0, 0.0], [2.0, 1.0]]),
    np.array([[1.0, 0.0], [0.0, 1.0]]),
    np.array([[2.0, 0.3], [0.1, 1.0]]),
    np.array([[0.5, 0.4], [0.2, 0.15]]),
]


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("sharpness", [0.5, 3.0, 6.0])
def test_logit_choice_between_two_is_the_pyramid_equation(game, sharpness):
    """J = eta (a - b - c + d) / 4 and h = eta (a + b - c - d) / 4, share (1 + m) / 2.

    The rest points of the logit dynamics are found here by a scan of its own right-hand side.
    """
    (a, b), (c, d) = game
    complementarity = sharpness * (a - b - c + d) / 4
    bias = sharpness * (a + b - c - d) / 4
    found = pyramid_equilibria(complementarity, bias)
    shares = (1 + found.net_share[: int(found.number)]) / 2

    def flow(share):
        x = np.stack([share, 1 - share], axis=-1)
        return logit_rhs(x, x @ game.T, sharpness)[..., 0]

    np.testing.assert_allclose(flow(shares), 0, atol=1e-12)
    grid = np.linspace(0, 1, 20_002)
    values = flow(grid)
    cells = np.flatnonzero((values[:-1] > 0) != (values[1:] > 0))
    assert len(cells) == len(shares)
    assert (np.abs(grid[cells] - shares) < 1e-4).all()


def test_the_fold_is_where_the_logit_dynamics_loses_two_rest_points():
    sharpness, lean = 4.0, fold(2.0) / 2
    grid = np.linspace(0, 1, 200_001)
    x = np.stack([grid, 1 - grid], axis=-1)
    for shift, roots in ((-1e-3, 3), (1e-3, 1)):
        # J = 2 and h = 2 (lean + shift), by a bonus for the first strategy whoever plays what.
        game = np.array([[0.5, -0.5], [-0.5, 0.5]]) + np.array([[lean + shift], [0.0]])
        values = logit_rhs(x, x @ game.T, sharpness)[:, 0]
        assert ((values[:-1] > 0) != (values[1:] > 0)).sum() == roots


# (d) Tenures on the ladder, as a survival analyst would see them ---------------------------------


def simulated_tenures(n, rungs, removal, grab, rng):
    """Period of leaving the contested state, and 1 for removed, 2 for established."""
    period, cause, climbed = np.zeros(n, int), np.zeros(n, int), np.zeros(n, int)
    for t in range(1, 2_000):
        contested = cause == 0
        if not contested.any():
            break
        removed = contested & (rng.random(n) < removal)
        climbed += contested & ~removed & (rng.random(n) < grab)
        established = contested & ~removed & (climbed >= rungs)
        cause[removed], cause[established] = 1, 2
        period[removed | established] = t
    return period, cause


def exact_incidence(periods, rungs, removal, grab):
    """Chance of having been removed or established by each period, by powers of the chain."""
    chain = np.zeros((rungs + 2, rungs + 2))
    chain[rungs, rungs] = chain[rungs + 1, rungs + 1] = 1
    for i in range(rungs):
        chain[i, rungs + 1] = removal
        chain[i, i] = (1 - removal) * (1 - grab)
        chain[i, i + 1] = (1 - removal) * grab
    state, out = np.eye(rungs + 2)[0], []
    for _ in range(periods):
        state = state @ chain
        out.append([state[rungs + 1], state[rungs]])
    return np.array(out).T


@pytest.mark.parametrize("truncated", [False, True])
def test_ladder_tenures_return_the_chance_of_establishment(truncated):
    """20 000 tenures; shares err by 0.003 without censoring and somewhat more with it."""
    deterrence = rebellion_threshold(3.0, 1.0, 0.95, 0.8, 0.1, 10.0, 6.0, 2.0)
    removal, grab = float(deterrence.removal_rate), 0.15
    climb = ladder(0.0, 0.1, float(deterrence.contested_limit), removal, grab)
    rungs = int(climb.rungs)
    rng = np.random.default_rng(21)
    period, cause = simulated_tenures(20_000, rungs, removal, grab, rng)
    assert period.mean() == pytest.approx(float(climb.contested_periods), abs=0.6)
    # Some leave the record early, for reasons that tell nothing; some enter it late.
    last_seen = rng.integers(20, 400, period.size) + 0.5
    cause = np.where(last_seen < period, 0, cause)
    seen = np.minimum(last_seen, period)
    entry = np.zeros(seen.size)
    if truncated:
        entry = rng.integers(0, 12, seen.size) * (rng.random(seen.size) < 0.5) + 0.25
        kept = entry < seen
        seen, cause, entry = seen[kept], cause[kept], entry[kept]
    estimate = aalen_johansen(seen, cause, entry, causes=2)
    final = estimate.incidence[:, -1]
    assert final[1] == pytest.approx(float(climb.established_probability), abs=0.016)
    assert final.sum() == pytest.approx(1, abs=1e-3)
    exact = exact_incidence(100, rungs, removal, grab)
    at = np.searchsorted(estimate.time, np.arange(1, 101), side="right") - 1
    assert (at >= 0).all()
    np.testing.assert_allclose(estimate.incidence[:, at], exact, atol=0.02)
    np.testing.assert_allclose(exact[1, -1], climb.established_probability, atol=0.01)
