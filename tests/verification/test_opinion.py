"""Opinion dynamics against eigenvectors, long iteration and exact rational arithmetic."""

from fractions import Fraction

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.theory.opinion import (
    clusters,
    deffuant,
    degroot_limit,
    friedkin_johnsen,
    hegselmann_krause,
)

few = settings(max_examples=20, deadline=None)
W = np.array([[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]])
X = np.array([0.0, 0.3, 1.0])


def random_influence(seed, people=5, density=0.5):
    rng = np.random.default_rng(seed)
    w = rng.random((people, people)) * (rng.random((people, people)) < density)
    w += np.eye(people) * (w.sum(axis=1) == 0)[:, None]
    return w / w.sum(axis=1, keepdims=True), rng.normal(size=people)


def exact_krause(views, bound):
    """Bounded confidence in rationals, by the definition."""
    steps = 0
    while True:
        new = []
        for x in views:
            near = [y for y in views if abs(y - x) <= bound]
            new.append(sum(near, Fraction(0)) / len(near))
        if new == views:
            return views, steps
        views, steps = new, steps + 1


def slow_krause(x, bound):
    """The same in floating point with a matrix of distances."""
    for _ in range(1000):
        near = np.abs(x[:, None] - x) <= bound + 1e-12
        new = near @ x / near.sum(axis=1)
        if np.abs(new - x).max() < 1e-13:
            return x
        x = new
    return x


# DeGroot and Friedkin-Johnsen --------------------------------------------------------------------


def test_three_people_reach_a_consensus():
    """Derived: weights (1/4, 1/2, 1/4), consensus 0.4, second modulus one half."""
    found = degroot_limit(W, X)
    np.testing.assert_allclose(found.opinions, 0.4, atol=1e-14)
    np.testing.assert_allclose(found.influence, np.tile([0.25, 0.5, 0.25], (3, 1)), atol=1e-14)
    assert found.exists
    assert found.is_consensus
    moduli = np.sort(np.abs(np.linalg.eigvals(W)))
    assert moduli[-2] == pytest.approx(0.5)
    errors = [np.abs(np.linalg.matrix_power(W, n) @ X - 0.4).max() for n in (20, 21)]
    assert errors[1] / errors[0] == pytest.approx(0.5, rel=1e-3)


def test_a_cycle_has_no_limit():
    found = degroot_limit([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0])
    assert not found.exists
    assert not found.is_consensus
    assert np.isnan(found.opinions).all()
    third = np.roll(np.eye(3), 1, axis=0)
    assert not degroot_limit(third, X).exists


def test_closed_groups_keep_their_own_views():
    w = np.array([[0.5, 0.5, 0, 0], [0.5, 0.5, 0, 0], [0, 0, 1, 0], [0.25, 0.25, 0.5, 0]])
    found = degroot_limit(w, [0.0, 1.0, 3.0, 9.0])
    np.testing.assert_allclose(found.opinions, [0.5, 0.5, 3.0, 1.75], atol=1e-12)
    assert found.exists
    assert not found.is_consensus


@few
@given(st.integers(0, 10_000), st.floats(0.3, 1.0))
def test_limit_is_long_iteration_and_the_eigenvector(seed, density):
    w, x = random_influence(seed, density=density)
    found = degroot_limit(w, x)
    values = np.linalg.eigvals(w)
    on_circle = values[np.abs(values) > 1 - 1e-9]
    assert found.exists == (np.abs(on_circle - 1) < 1e-6).all()
    assert found.is_consensus == (found.exists and len(on_circle) == 1)
    if found.exists and np.sort(np.abs(values))[::-1][len(on_circle) :].max(initial=0) < 0.99:
        slow = x
        for _ in range(4000):
            slow = w @ slow
        np.testing.assert_allclose(found.opinions, slow, atol=1e-9)
    if found.is_consensus:
        left = np.linalg.eig(w.T)
        weights = np.real(left[1][:, np.argmax(np.real(left[0]))])
        np.testing.assert_allclose(found.influence[0], weights / weights.sum(), atol=1e-8)
    order = np.random.default_rng(seed).permutation(5)
    mixed = degroot_limit(w[np.ix_(order, order)], x[order])
    np.testing.assert_allclose(mixed.opinions, found.opinions[order], atol=1e-9)


def test_slow_mixing_is_still_a_limit():
    leak = 1e-7
    found = degroot_limit([[1 - leak, leak], [leak, 1 - leak]], [0.0, 1.0])
    assert found.is_consensus
    np.testing.assert_allclose(found.opinions, 0.5, atol=1e-6)


def test_three_people_with_anchors():
    """Derived: (11/40, 33/80, 1), also by iteration."""
    openness = np.array([0.8, 0.5, 0.0])
    found = friedkin_johnsen(W, openness, X)
    np.testing.assert_allclose(found.opinions, [11 / 40, 33 / 80, 1], rtol=1e-13)
    assert found.exists
    slow = X
    for _ in range(500):
        slow = openness * (W @ slow) + (1 - openness) * X
    np.testing.assert_allclose(found.opinions, slow, atol=1e-12)


@few
@given(st.integers(0, 10_000))
def test_anchors_by_iteration_and_by_the_spectral_radius(seed):
    w, x = random_influence(seed, people=6, density=0.3)
    rng = np.random.default_rng(seed + 1)
    openness = np.where(rng.random(6) < 0.7, 1.0, rng.random(6))
    found = friedkin_johnsen(w, openness, x)
    radius = np.abs(np.linalg.eigvals(openness[:, None] * w)).max()
    assert found.exists == (radius < 1 - 1e-9)
    if radius < 0.99:
        slow = x
        for _ in range(4000):
            slow = openness * (w @ slow) + (1 - openness) * x
        np.testing.assert_allclose(found.opinions, slow, atol=1e-9)
        assert x.min() - 1e-12 <= found.opinions.min() <= found.opinions.max() <= x.max() + 1e-12
    elif not found.exists:
        assert np.isnan(found.opinions).all()


def test_no_anchor_no_unique_limit():
    assert not friedkin_johnsen(W, np.ones(3), X).exists
    np.testing.assert_allclose(friedkin_johnsen(W, 0.0, X).opinions, X)


def test_people_on_the_first_axis():
    w, x = random_influence(3, people=4)
    crowd = np.stack([x, 2 * x, -x], axis=1)
    stacked = np.repeat(w[:, :, None], 3, axis=2)
    found = degroot_limit(stacked, crowd, axis=0)
    anchored = friedkin_johnsen(stacked, np.full((4, 3), 0.5), crowd, axis=0)
    for i in range(3):
        np.testing.assert_allclose(found.opinions[:, i], degroot_limit(w, crowd[:, i]).opinions)
        np.testing.assert_allclose(found.influence[:, :, i], degroot_limit(w, x).influence)
        slow = friedkin_johnsen(w, np.full(4, 0.5), crowd[:, i]).opinions
        np.testing.assert_allclose(anchored.opinions[:, i], slow)


# Bounded confidence ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("people", "limits", "steps"),
    [
        (3, {"1"}, 2),
        (4, {"3/2"}, 5),
        (5, {"2"}, 6),
        (6, {"2885/1728", "5755/1728"}, 6),
        (7, {"26185/15552", "3", "67127/15552"}, 6),
        (10, {"26209/15552", "9/2", "113759/15552"}, 10),
    ],
)
def test_evenly_spaced_crowds_in_exact_arithmetic(people, limits, steps):
    """Derived: limits and rounds in rationals."""
    exact, rounds = exact_krause([Fraction(i) for i in range(people)], Fraction(1))
    assert {str(x) for x in exact} == limits
    assert rounds == steps
    found = hegselmann_krause(np.arange(people), 1.0)
    np.testing.assert_allclose(found.opinions, [float(x) for x in exact], rtol=1e-12)
    assert found.steps == steps
    assert found.has_settled


@few
@given(st.integers(0, 10_000), st.floats(0.02, 0.5))
def test_bounded_confidence_by_the_definition(seed, bound):
    x = np.random.default_rng(seed).random(30)
    found = hegselmann_krause(x, bound)
    slow = slow_krause(x, bound)
    np.testing.assert_allclose(found.opinions, slow, atol=1e-9)
    ranked = found.opinions[np.argsort(x)]
    assert (np.diff(ranked) >= -1e-12).all()
    gaps = np.diff(np.unique(ranked.round(8)))
    assert (gaps > bound).all()
    # Reversing the scale reverses the result.
    np.testing.assert_allclose(hegselmann_krause(-x, bound).opinions, -found.opinions, atol=1e-9)
    # A far origin changes nothing but rounding.
    far = hegselmann_krause(x + 100, bound).opinions - 100
    np.testing.assert_allclose(far, found.opinions, atol=1e-7)


def test_thousand_people():
    """Derived simulation facts: 20 uniform crowds; one cluster from .25, mostly two at .2."""
    crowds = np.random.default_rng(2024).random((20, 1000))
    for bound, fewest, most in ((0.25, 1, 1), (0.3, 1, 1), (0.1, 3, 5)):
        rest = hegselmann_krause(crowds, bound)
        assert rest.has_settled.all()
        number = clusters(rest.opinions, 1e-6).number
        assert fewest <= number.min() <= number.max() <= most
    number = clusters(hegselmann_krause(crowds, 0.2).opinions, 1e-6).number
    assert (number == 2).sum() >= 15


def test_giving_up_is_said():
    rest = hegselmann_krause(np.arange(10), 1.0, max_steps=3)
    assert not rest.has_settled
    assert rest.steps == 3


def test_random_meetings():
    """Derived: the mean stays, the variance does not grow, and two camps remain at .2."""
    x = np.random.default_rng(5).random(200)
    views = [x]
    for i in range(5):
        views.append(deffuant(jax.random.key(i), views[-1], 0.2, 0.5, meetings=4_000))
    drift = [abs(v.mean() - x.mean()) for v in views]
    assert max(drift) < 1e-14
    spread = np.array([v.var() for v in views])
    assert (np.diff(spread) <= 1e-15).all()
    assert spread[-1] < spread[0]
    groups = clusters(views[-1], 0.05)
    large = np.bincount(groups.label) > 10
    assert large.sum() == 2
    centres = [views[-1][groups.label == g].mean() for g in np.flatnonzero(large)]
    assert centres[1] - centres[0] > 0.2


def test_random_meetings_replayed_in_plain_python():
    """One crowd, the same pairs drawn outside."""
    x = np.random.default_rng(8).random(6)
    key = jax.random.key(3)
    with jax.enable_x64(True):
        keys = jax.vmap(jax.random.split)(jax.random.split(key, 40))
        draw = jax.vmap(jax.random.randint, in_axes=(0, None, None, None))
        first, shift = draw(keys[:, 0], (), 0, 6), draw(keys[:, 1], (), 1, 6)
        slow = x.copy()
        for i, s in zip(first.tolist(), shift.tolist(), strict=True):
            j = (i + s) % 6
            assert i != j
            if abs(slow[i] - slow[j]) < 0.4:
                move = 0.3 * (slow[j] - slow[i])
                slow[i], slow[j] = slow[i] + move, slow[j] - move
    np.testing.assert_allclose(deffuant(key, x, 0.4, 0.3, meetings=40), slow, rtol=1e-13)
    together = deffuant(key, np.stack([x, x + 1], axis=1), 0.4, 0.3, meetings=40, axis=0)
    assert together.shape == (6, 2)
    np.testing.assert_allclose(together.mean(axis=0), [x.mean(), x.mean() + 1])


def test_groups():
    rng = np.random.default_rng(4)
    x = rng.random((3, 9))
    found = clusters(x, 0.06)
    for row, number, label in zip(x, found.number, found.label, strict=True):
        ranked = np.sort(row)
        assert number == 1 + (np.diff(ranked) > 0.06).sum()
        for i, value in enumerate(row):
            assert label[i] == (np.diff(ranked[ranked <= value]) > 0.06).sum()
    np.testing.assert_array_equal(clusters(x.T, 0.06, axis=0).label, found.label.T)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: degroot_limit([[0.5, 0.4], [0.5, 0.5]], [0.0, 1.0]), "rows must sum to 1"),
        (lambda: degroot_limit([[1.5, -0.5], [0.5, 0.5]], [0.0, 1.0]), "influence = -0.5"),
        (lambda: degroot_limit(W, [0.0, 1.0]), "two axes of 2 people"),
        (lambda: degroot_limit(W, [0.0, np.nan, 1.0]), "opinions = nan"),
        (lambda: friedkin_johnsen(W, [0.5, 1.2, 0.1], X), "susceptibility = 1.2"),
        (lambda: hegselmann_krause(X, -0.1), "bound = -0.1"),
        (lambda: hegselmann_krause(X, 0.1, -1.0), "tolerance = -1.0"),
        (lambda: hegselmann_krause(1.0, 0.1), "axis of people"),
        (lambda: hegselmann_krause(X, 0.1, max_steps=0), "max_steps = 0"),
        (lambda: deffuant(jax.random.key(0), X, 0.2, 0.6, meetings=3), "step = 0.6"),
        (lambda: deffuant(jax.random.key(0), [1.0], 0.2, 0.5, meetings=3), "two people"),
        (lambda: deffuant(jax.random.key(0), X, 0.2, 0.5, meetings=-1), "meetings = -1"),
        (lambda: clusters(X, np.inf), "tolerance = inf"),
    ],
)
def test_invalid_input_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_compiled_and_single_precision_agree_and_gradients_are_finite():
    w, x = W.astype(np.float32), X.astype(np.float32)
    single = jax.jit(degroot_limit)(w, x)
    assert single.opinions.dtype == np.float32
    assert single.is_consensus
    np.testing.assert_allclose(single.opinions, 0.4, rtol=1e-5)
    assert not jax.jit(degroot_limit)(np.eye(2, dtype=np.float32)[::-1], x[:2]).exists
    anchored = jax.jit(friedkin_johnsen)(w, np.array([0.8, 0.5, 0.0], np.float32), x)
    np.testing.assert_allclose(anchored.opinions, [0.275, 0.4125, 1.0], rtol=1e-5)
    crowd = np.random.default_rng(6).random(40).astype(np.float32)
    rough, fine = jax.jit(hegselmann_krause)(crowd, 0.17), hegselmann_krause(crowd, 0.17)
    np.testing.assert_allclose(rough.opinions, fine.opinions, atol=1e-4)
    grad = jax.jit(jax.grad(lambda a: friedkin_johnsen(W, a, X).opinions[0]))
    assert np.isfinite(grad(np.array([0.8, 0.5, 0.0]))).all()
    weights = jax.jit(jax.grad(lambda a: degroot_limit(W, a).opinions[0]))(X)
    np.testing.assert_allclose(weights, [0.25, 0.5, 0.25], rtol=1e-5)
    slopes = jax.jit(jax.jacfwd(lambda a: hegselmann_krause(a, 1.5).opinions[0]))(X)
    np.testing.assert_allclose(slopes, 1 / 3, rtol=1e-5)
