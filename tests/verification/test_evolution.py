"""`evolution` against closed forms, scipy's adaptive solver, finite differences and root scans."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from vertikal.theory.evolution import (
    fold,
    game_fitness,
    integrate,
    logit_fixed_points,
    logit_rhs,
    logit_step,
    pyramid_equilibria,
    replicator_rhs,
    replicator_step,
    rest_points,
    stability,
    tipping_share,
)

FEW = settings(max_examples=60, deadline=None)
CENTRE = np.full(3, 1 / 3)
SHARES = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda x: np.array(x) / sum(x))
FITNESS = st.lists(st.floats(-3, 3), min_size=3, max_size=3).map(np.array)


def cycle(win, loss):
    """Rock, paper, scissors."""
    return np.array([[0, -loss, win], [win, 0, -loss], [-loss, win, 0]], float)


def imitation(game):
    return lambda x: replicator_rhs(x, game_fitness(x, jnp.asarray(game)))


def choice(game, sharpness):
    return lambda x: logit_rhs(x, game_fitness(x, jnp.asarray(game)), sharpness)


def reference_path(game, start, end, sharpness=None):
    """The same dynamics, written out and solved by scipy."""

    def rhs(_, x):
        x = x / x.sum()
        f = game @ x
        if sharpness is None:
            return x * (f - x @ f)
        weights = np.exp(sharpness * (f - f.max()))
        return weights / weights.sum() - x

    return solve_ivp(rhs, (0, end), start, rtol=1e-11, atol=1e-13, method="DOP853").y[:, -1]


# Derived: closed forms


def test_constant_payoffs():
    start, payoff = np.array([0.2, 0.3, 0.5]), np.array([0.1, 0.4, 0.2])
    expected = [0.05469371, 0.66995725, 0.27534904]
    np.testing.assert_allclose(replicator_step(start, payoff, 7.0), expected, atol=5e-9)
    path = integrate(lambda x: replicator_rhs(x, jnp.asarray(payoff)), start, [0.0, 7.0])
    np.testing.assert_allclose(path[-1], expected, atol=1e-8)


def test_a_constant_advantage_is_logistic():
    share = replicator_step([0.1, 0.9], [0.3, 0.0], 10.0)[0]
    assert share == pytest.approx(0.6905678577, abs=1e-10)


@pytest.mark.parametrize(("win", "loss"), [(1, 1), (2, 1), (1, 2)])
def test_eigenvalues_of_the_cycle(win, loss):
    found = np.sort_complex(stability(imitation(cycle(win, loss)), CENTRE))
    real, imaginary = (loss - win) / 6, np.sqrt(3) * (loss + win) / 6
    np.testing.assert_allclose(found, [real - 1j * imaginary, real + 1j * imaginary], atol=1e-9)
    # the same by finite differences, along two directions within the simplex
    game, step = cycle(win, loss), 1e-6
    along = np.array([[1, -1, 0], [1, 1, -2]]) / np.sqrt([[2], [6]])

    def rate(x):
        return x * (game @ x - x @ game @ x)

    columns = [(rate(CENTRE + step * d) - rate(CENTRE - step * d)) / (2 * step) for d in along]
    numeric = np.linalg.eigvals(along @ np.array(columns).T)
    np.testing.assert_allclose(np.sort_complex(numeric), found, atol=1e-8)


def test_the_product_of_shares_is_conserved_in_the_even_cycle():
    path = integrate(imitation(cycle(1, 1)), [0.2, 0.3, 0.5], np.linspace(0, 40, 9))
    np.testing.assert_allclose(path.prod(axis=1), 0.03, atol=1e-8)


def test_the_uneven_cycles_run_in_and_out():
    times = np.array([0.0, 20.0, 120.0])
    inward = integrate(imitation(cycle(2, 1)), [0.2, 0.3, 0.5], times)
    assert inward[-1].prod() == pytest.approx(1 / 27, abs=1e-9)
    outward = integrate(imitation(cycle(1, 2)), [0.32, 0.33, 0.35], times)
    assert (np.diff(outward.prod(axis=1)) < 0).all()


def test_the_logit_cycle_loses_stability_at_the_hopf_point():
    game = cycle(1, 2)
    for sharpness in (4.0, 5.5, 6.5, 8.0):
        values = stability(choice(game, sharpness), CENTRE)
        np.testing.assert_allclose(values.real, sharpness / 6 - 1, atol=1e-9)
    assert stability(choice(game, 6.0), CENTRE).real == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize("sharpness", [4.0, 5.5, 6.5, 8.0])
def test_beyond_the_hopf_point_logit_cycles(sharpness):
    path = integrate(choice(cycle(1, 2), sharpness), [0.4, 0.35, 0.25], [0.0, 380.0, 400.0])
    distance = np.linalg.norm(path - CENTRE, axis=1)
    if sharpness < 6:
        assert distance[-1] < 1e-8
    else:  # how far depends on the phase, but it neither comes nor goes
        assert (distance[1:] > 0.03).all()
        assert (distance[1:] < 0.4).all()


def test_who_wins_among_technocrats_ideocrats_and_corruptionists():
    game = np.array([[2, 1, 0], [1, 1.5, 0], [3, 2, 1]])
    path = integrate(imitation(game), [0.98, 0.01, 0.01], [0.0, 60.0])
    assert path[-1, 2] > 0.999


def test_tipping():
    game = np.array([[3.0, 0.0], [2.0, 1.0]])
    assert tipping_share(game) == 0.5
    for start, end in ((0.49, 0.0), (0.51, 1.0)):
        path = integrate(imitation(game), [start, 1 - start], [0.0, 60.0])
        assert path[-1, 0] == pytest.approx(end, abs=1e-6)
    assert np.isnan(tipping_share([[0.0, 2.0], [1.0, 0.0]]))
    assert np.isnan(tipping_share([[2.0, 2.0], [1.0, 0.0]]))


# Slow reference: scipy


@pytest.mark.parametrize("sharpness", [None, 2.0])
def test_paths_equal_those_of_another_solver(sharpness):
    game = np.random.default_rng(2).normal(size=(4, 4))
    start = np.array([0.1, 0.2, 0.3, 0.4])
    rhs = imitation(game) if sharpness is None else choice(game, sharpness)
    path = integrate(rhs, start, [0.0, 3.0, 6.0])
    np.testing.assert_allclose(path[-1], reference_path(game, start, 6.0, sharpness), atol=1e-8)
    np.testing.assert_allclose(path.sum(axis=1), 1, atol=1e-9)


def test_a_path_keeps_to_the_simplex_where_everyone_loses():
    game = cycle(1, 1) - 5.0
    path = integrate(imitation(game), [0.2, 0.3, 0.5], [0.0, 20.0, 40.0])
    np.testing.assert_allclose(path.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(path.prod(axis=1), 0.03, atol=1e-7)


def test_steps_converge_to_the_path():
    game, start = cycle(2, 1), np.array([0.2, 0.3, 0.5])
    gaps = {True: [], False: []}
    for count in (100, 200):
        one = other = start
        for _ in range(count):
            one = replicator_step(one, game @ one, 2 / count)
            other = logit_step(other, game @ other, 3.0, 2 / count)
        gaps[True].append(np.abs(one - reference_path(game, start, 2.0)).max())
        gaps[False].append(np.abs(other - reference_path(game, start, 2.0, 3.0)).max())
    for coarse, fine in gaps.values():
        assert fine < 0.01
        assert coarse / fine == pytest.approx(2, rel=0.1)  # first order


# Properties of the steps


@FEW
@given(SHARES, FITNESS, st.floats(0, 50), st.floats(0, 5))
def test_steps_stay_on_the_simplex_and_compose(shares, fitness, step, sharpness):
    for move in (
        lambda x, h: replicator_step(x, fitness, h),
        lambda x, h: logit_step(x, fitness, sharpness, h),
    ):
        after = move(shares, step)
        assert (after >= 0).all()
        assert after.sum() == pytest.approx(1, abs=1e-12)
        halfway = move(shares, step / 2)
        twice = move(halfway / halfway.sum(), step / 2)
        np.testing.assert_allclose(twice, after, atol=1e-9)
        np.testing.assert_allclose(move(shares, 0.0), shares, atol=1e-15)
    order = [2, 0, 1]
    np.testing.assert_allclose(
        replicator_step(shares[order], fitness[order], step),
        replicator_step(shares, fitness, step)[order],
        atol=1e-14,
    )
    shifted = replicator_step(shares, fitness + 7.0, step)
    np.testing.assert_allclose(shifted, replicator_step(shares, fitness, step), atol=1e-9)


def test_an_absent_type_stays_absent_and_its_fitness_does_not_matter():
    assert replicator_step([0.5, 0.5, 0.0], [0.0, 0.0, 1e6], 1.0).tolist() == [0.5, 0.5, 0.0]
    assert replicator_step([1.0, 0.0], [-1e6, 1e6], 1.0).tolist() == [1.0, 0.0]
    nobody = jax.jit(replicator_step)(jnp.zeros(3), jnp.ones(3), 1.0)
    assert nobody.tolist() == [0, 0, 0]


def test_types_along_another_axis():
    rng = np.random.default_rng(3)
    shares = rng.dirichlet(np.ones(3), size=(4, 5))
    fitness, game = rng.normal(size=(4, 5, 3)), rng.normal(size=(3, 3))
    front = [np.moveaxis(x, -1, 0) for x in (shares, fitness)]
    for one, other in (
        (replicator_step(*front, 0.3, axis=0), replicator_step(shares, fitness, 0.3)),
        (logit_step(*front, 2.0, 0.3, axis=0), logit_step(shares, fitness, 2.0, 0.3)),
        (replicator_rhs(*front, axis=0), replicator_rhs(shares, fitness)),
        (logit_rhs(*front, 2.0, axis=0), logit_rhs(shares, fitness, 2.0)),
        (game_fitness(front[0], game, axis=0), game_fitness(shares, game)),
    ):
        np.testing.assert_allclose(np.moveaxis(one, 0, -1), other, atol=1e-14)
    np.testing.assert_allclose(game_fitness(shares, game), np.einsum("ij,abj->abi", game, shares))


# Rest points


def test_rest_points_of_the_cycle():
    found = rest_points(cycle(1, 1))
    assert found.shares.shape == (4, 3)
    np.testing.assert_allclose(found.shares[-1], CENTRE)
    assert found.is_nash.tolist() == [False, False, False, True]
    assert found.payoff[-1] == pytest.approx(0, abs=1e-12)


def test_rest_points_rest_and_are_all():
    game = np.random.default_rng(4).normal(size=(4, 4))
    found = rest_points(game)
    for shares, payoff, nash in zip(found.shares, found.payoff, found.is_nash, strict=True):
        rate = np.asarray(replicator_rhs(shares, game @ shares))
        assert np.abs(rate).max() < 1e-9
        assert payoff == pytest.approx(shares @ game @ shares)
        assert nash == ((game @ shares).max() <= payoff + 1e-9)
    assert found.is_nash.any()
    # every path within a face of two ends at a rest point found
    for i, j in ((0, 1), (1, 3), (2, 3)):
        start = np.zeros(4)
        start[[i, j]] = 0.4, 0.6
        end = reference_path(game, start, 400.0)
        assert np.abs(found.shares - end).max(axis=1).min() < 1e-4


def test_degenerate_supports_are_said_to_be():
    found = rest_points([[1.0, 1.0], [1.0, 1.0]])
    assert found.degenerate.tolist() == [[True, True]]
    assert len(found.shares) == 2


# Logit equilibria


@FEW
@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4), st.floats(0, 8))
def test_two_type_logit_equilibria_by_scanning(payoffs, sharpness):
    game = np.array(payoffs).reshape(2, 2)

    def gap(share):
        ahead = (game[0] - game[1]) @ np.array([share, 1 - share])
        return 1 / (1 + np.exp(-sharpness * ahead)) - share

    grid = np.linspace(0, 1, 4001)
    values = gap(grid)
    changes = np.flatnonzero(values[:-1] * values[1:] < 0)
    exact = np.flatnonzero(values == 0)
    roots = [brentq(gap, grid[i], grid[i + 1], xtol=1e-14) for i in changes] + grid[exact].tolist()
    found = logit_fixed_points(game, sharpness)
    np.testing.assert_allclose(gap(found[:, 0]), 0, atol=1e-8)
    for share in roots:
        assert np.abs(found[:, 0] - share).min() < 1e-6
    assert len(found) in (1, 3)


def test_logit_equilibria_of_three_types():
    np.testing.assert_allclose(logit_fixed_points(cycle(1, 2), 5.0), [CENTRE], atol=1e-9)
    pure = np.eye(3)
    few, many = logit_fixed_points(pure, 2.0), logit_fixed_points(pure, 4.0)
    assert len(few) == 1
    assert len(many) == 7  # three towns, three pairs, the centre
    for point in many:
        weights = np.exp(4 * point)
        np.testing.assert_allclose(weights / weights.sum(), point, atol=1e-9)
    assert logit_fixed_points(pure, 0.0) == pytest.approx(CENTRE[None])


# Pyramids (derived)


def test_pyramids():
    found = pyramid_equilibria(2.0, np.array([0.0, 0.2, 0.6]))
    assert found.number.tolist() == [3, 3, 1]
    np.testing.assert_allclose(found.net_share[0], [-0.9575040241, 0, 0.9575040241], atol=1e-10)
    np.testing.assert_allclose(
        found.net_share[1], [-0.9302972027, -0.2028532145, 0.9730156867], atol=1e-10
    )
    np.testing.assert_allclose(found.net_share[2], [0.9885145026, np.nan, np.nan], atol=1e-10)
    alone = pyramid_equilibria(0.8, [0.0, 0.2]).net_share[:, 0]
    np.testing.assert_allclose(alone, [0, 0.5821658254], atol=1e-10)
    assert fold(2.0) == pytest.approx(0.5328399754, abs=1e-10)
    assert np.isnan(fold(1.0))


@FEW
@given(st.floats(0, 6), st.floats(-2, 2))
def test_pyramids_by_scanning(complementarity, bias):
    grid = np.linspace(-1, 1, 20_001)
    signs = np.sign(np.tanh(complementarity * grid + bias) - grid)
    crossings = np.flatnonzero(signs[:-1] * signs[1:] < 0).size + np.flatnonzero(signs == 0).size
    found = pyramid_equilibria(complementarity, bias)
    number = int(found.number)
    roots = found.net_share[:number]
    np.testing.assert_allclose(np.tanh(complementarity * roots + bias), roots, atol=1e-9)
    assert (np.diff(roots) > 0).all()
    assert np.isnan(found.net_share[number:]).all()
    edge = fold(complementarity)
    if np.isnan(edge):
        assert number == 1
    else:
        assert number == (3 if abs(bias) < edge else 1)
        if abs(abs(bias) - edge) > 1e-3 and edge > 1e-3:
            assert crossings == number
    mirrored = pyramid_equilibria(complementarity, -bias).net_share[:number]
    np.testing.assert_allclose(-mirrored[::-1], roots, atol=1e-7)


def test_a_hair_above_one_there_is_still_an_equilibrium():
    for complementarity in (1.0, np.nextafter(1.0, 2.0), 1 + 1e-10):
        found = pyramid_equilibria(complementarity, 0.0)
        assert found.number >= 1
        assert np.nanmax(np.abs(found.net_share)) < 1e-4


def test_logit_of_two_types_is_the_pyramid_equation():
    game, sharpness = np.array([[2.0, 0.3], [0.1, 1.5]]), 3.0
    ahead = game[0] - game[1]
    net = 2 * logit_fixed_points(game, sharpness)[:, 0] - 1
    same = pyramid_equilibria(
        sharpness * (ahead[0] - ahead[1]) / 4, sharpness * (ahead[0] + ahead[1]) / 4
    )
    np.testing.assert_allclose(net, same.net_share[: len(net)], atol=1e-12)
    shares = np.stack([(1 + net) / 2, (1 - net) / 2], axis=-1)
    rates = logit_rhs(shares, game_fitness(shares, game), sharpness)
    np.testing.assert_allclose(rates, 0, atol=1e-12)


# Traced


def test_traced_in_single_precision():
    rng = np.random.default_rng(5)
    shares, fitness = rng.dirichlet(np.ones(4), size=6).T, rng.normal(size=(4, 6))
    single = [jnp.asarray(x, jnp.float32) for x in (shares, fitness)]
    step = jnp.float32(1 / 12)
    pairs = [
        (
            jax.jit(lambda x, f: replicator_step(x, f, step, axis=0))(*single),
            replicator_step(shares, fitness, 1 / 12, axis=0),
        ),
        (
            jax.jit(lambda x, f: logit_step(x, f, 2.0, step, axis=0))(*single),
            logit_step(shares, fitness, 2.0, 1 / 12, axis=0),
        ),
        (
            jax.jit(pyramid_equilibria)(jnp.float32(2), jnp.linspace(-1, 1, 9)).net_share,
            pyramid_equilibria(2.0, np.linspace(-1, 1, 9)).net_share,
        ),
    ]
    for traced, whole in pairs:
        assert traced.dtype == jnp.float32
        np.testing.assert_allclose(traced, whole, atol=2e-6)


def test_gradients():
    slope = jax.jit(jax.grad(lambda f: replicator_step(jnp.array([0.5, 0.5, 0.0]), f, 1.0)[0]))
    assert np.isfinite(slope(jnp.array([1.0, 2.0, 3.0]))).all()
    with jax.enable_x64(True):
        exact = jax.jit(jax.jacobian(lambda h: pyramid_equilibria(2.0, h).net_share))(0.2)
    m = pyramid_equilibria(2.0, 0.2).net_share  # by the implicit function theorem
    np.testing.assert_allclose(exact, (1 - m**2) / (1 - 2 * (1 - m**2)), rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: replicator_rhs([0.5, 0.6], [1.0, 1.0]), "shares"),
        (lambda: replicator_step([-0.5, 1.5], [1.0, 1.0], 1.0), "shares"),
        (lambda: replicator_step([0.5, 0.5], [1.0, np.nan], 1.0), "fitness"),
        (lambda: replicator_step([0.5, 0.5], [1.0, 1.0], -1.0), "step"),
        (lambda: logit_rhs([0.5, 0.5], [1.0, 1.0], -1.0), "sharpness"),
        (lambda: logit_step([0.5, 0.5], [1.0, 1.0], np.inf, 1.0), "sharpness"),
        (lambda: integrate(lambda x: x, [0.5, 0.4], [0.0, 1.0]), "shares"),
        (lambda: integrate(lambda x: x, [0.5, 0.5], [1.0, 0.0]), "times"),
        (lambda: stability(lambda x: x, [0.5, 0.4]), "shares"),
        (lambda: rest_points([[1.0, 2.0]]), "game"),
        (lambda: rest_points(np.ones((13, 13))), "game"),
        (lambda: rest_points([[1.0, np.nan], [0.0, 0.0]]), "game"),
        (lambda: tipping_share(np.eye(3)), "game"),
        (lambda: logit_fixed_points([[1.0]], 1.0), "game"),
        (lambda: logit_fixed_points(np.eye(2), -1.0), "sharpness"),
        (lambda: pyramid_equilibria(-1.0, 0.0), "complementarity"),
        (lambda: pyramid_equilibria(1.0, np.nan), "bias"),
        (lambda: fold(-1.0), "complementarity"),
    ],
)
def test_invalid_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
