"""`coalitions` against the inductive definition, worked examples and the paper's own statements."""

from fractions import Fraction
from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.theory.coalitions import MAX_BATCH_PLAYERS, members, self_enforcing, urc, urc_batch

HALF = Fraction(1, 2)
FEW = settings(max_examples=60, deadline=None)


def parts(group):
    """Every proper, non-empty part of a group."""
    return [
        frozenset(part)
        for size in range(1, len(group))
        for part in combinations(sorted(group), size)
    ]


def literal_solution(powers, alpha):
    """The inductive definition, applied as it is written: a set of coalitions for every group."""
    everyone = frozenset(range(len(powers)))
    worth = lambda group: sum(powers[i] for i in group)  # noqa: E731
    solution = {}
    for group in sorted([*parts(everyone), everyone], key=len):
        rivals = [p for p in parts(group) if worth(p) > alpha * worth(group) and p in solution[p]]
        options = [*rivals, group]
        least = min(worth(option) for option in options)
        solution[group] = {option for option in options if worth(option) == least}
    return solution


def by_power(powers, alpha):
    """Ultimate ruling coalitions as lists of their members' powers."""
    found = urc(powers, alpha)
    return [[powers[i] for i in members(mask, len(powers))] for mask in found.masks]


# The definition

games = st.tuples(
    st.one_of(
        st.lists(st.integers(1, 3), min_size=1, max_size=6),
        st.lists(st.integers(1, 12), min_size=1, max_size=6),
        st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
    ),
    st.sampled_from([HALF, Fraction(4, 7), Fraction(3, 5), Fraction(2, 3), Fraction(4, 5)]),
)


@FEW
@given(games)
def test_it_equals_the_inductive_definition(game):
    powers, alpha = game
    literal = literal_solution(powers, alpha)
    n = len(powers)
    table = self_enforcing(powers, alpha)
    assert not table[0]
    for mask in range(1, 1 << n):
        group = frozenset(members(mask, n))
        assert table[mask] == (group in literal[group])
    found = {frozenset(members(mask, n)) for mask in urc(powers, alpha).masks}
    assert found == literal[frozenset(range(n))]


def test_a_larger_game_equals_the_definition():
    powers = [3, 5, 8, 13, 13, 20, 31, 40]
    literal = literal_solution(powers, Fraction(3, 5))
    found = {frozenset(members(mask, 8)) for mask in urc(powers, Fraction(3, 5)).masks}
    assert found == literal[frozenset(range(8))]


# Published: the abstract's statements on sizes


def near_equal(n):
    return [10**6 + 997 * i**2 + 31 * i for i in range(n)]


@pytest.mark.parametrize(
    ("alpha", "sizes"), [(HALF, {1, 3, 7, 15}), (Fraction(2, 3), {1, 2, 4, 7, 11})]
)
def test_sizes_with_nearly_equal_powers(alpha, sizes):
    # alpha = 1/2: published (abstract); 2/3: derived
    table = self_enforcing(near_equal(15), alpha)
    masks = np.flatnonzero(table)
    assert set(np.bitwise_count(masks).tolist()) == sizes
    of_each_size = np.bincount(np.bitwise_count(masks), minlength=16)
    everyone = np.bincount(np.bitwise_count(np.arange(1 << 15)), minlength=16)
    assert all(of_each_size[size] == everyone[size] for size in sizes)


@pytest.mark.parametrize(
    ("alpha", "sizes"), [(HALF, {1, 2, 4, 8, 16}), (Fraction(2, 3), {1, 2, 3, 5, 8, 12})]
)
def test_sizes_with_exactly_equal_powers(alpha, sizes):  # derived
    masks = np.flatnonzero(self_enforcing([7] * 16, alpha))
    assert set(np.bitwise_count(masks).tolist()) == sizes


@FEW
@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_two_do_not_share_power_unless_they_are_equal(one, other):  # published (abstract)
    assert urc([one, other]).masks == ((3,) if one == other else (1,) if one > other else (2,))


# Derived: worked examples


@pytest.mark.parametrize(
    ("powers", "alpha", "ruling"),
    [
        ((3, 4, 5), HALF, [[3, 4, 5]]),
        ((3, 4, 5), Fraction(4, 7), [[3, 4]]),
        ((3, 4, 5), Fraction(2, 3), [[4, 5]]),
        ((3, 4, 5), Fraction(3, 4), [[3, 4, 5]]),
        ((3, 4, 5, 10), HALF, [[3, 4, 5]]),
        ((3, 4, 5, 8, 9, 13), HALF, [[5, 8, 9]]),
        ((1, 2, 3, 4, 5, 6, 7), HALF, [[4, 5, 6], [3, 5, 7], [2, 6, 7]]),
        ((3, 4, 5, 11), HALF, [[3, 4, 5]]),
        ((3, 4, 5, 12), HALF, [[3, 4, 5, 12]]),
        ((3, 4, 5, 13), HALF, [[13]]),
        ((2, 4, 7, 10), HALF, [[4, 7, 10]]),
        ((1, 2), HALF, [[2]]),
        ((5, 5, 5), HALF, [[5, 5]] * 3),
        ((2, 3, 5, 7, 11, 13), HALF, [[2, 3, 7, 11], [5, 7, 11]]),
    ],
)
def test_worked_examples(powers, alpha, ruling):
    assert sorted(by_power(powers, alpha)) == sorted(ruling)
    assert urc(powers, alpha).unique is (len(ruling) == 1)
    assert urc(powers, alpha).power == sum(ruling[0])


def test_own_power_is_not_monotone():
    chance = {g: [bool(mask & 8) for mask in urc([3, 4, 5, g]).masks] for g in range(1, 16)}
    assert all(all(chance[g]) for g in (1, 2, 12, 13, 14, 15))
    assert not any(any(chance[g]) for g in range(6, 12))
    assert urc([3, 4, 5, 13]).masks == (8,)
    assert [urc([3, 4, 5, g]).masks for g in (3, 4)] == [(0b0111, 0b1110), (0b0111, 0b1101)]
    assert by_power([3, 4, 5, 5], HALF) == [[5, 5]]  # an equal pair is self-enforcing


def test_how_often_the_strongest_of_four_is_out():
    excluded = sum(
        not any(mask & 8 for mask in urc(powers).masks) for powers in combinations(range(1, 13), 4)
    )
    assert excluded == 268


# Properties


@FEW
@given(games, st.integers(1, 1000), st.randoms(use_true_random=False))
def test_scale_and_order_do_not_matter(game, factor, random):
    powers, alpha = game
    found = urc(powers, alpha)
    assert urc([factor * p for p in powers], alpha).masks == found.masks
    assert urc([Fraction(p, factor) for p in powers], alpha).masks == found.masks
    order = list(range(len(powers)))
    random.shuffle(order)
    moved = urc([powers[i] for i in order], alpha)
    renamed = {sum(1 << order[i] for i in members(m, len(order))) for m in moved.masks}
    assert renamed == set(found.masks)
    assert moved.power == found.power


@FEW
@given(games)
def test_the_ruling_coalition_rules_itself(game):
    powers, alpha = game
    for mask in urc(powers, alpha).masks:
        inside = [powers[i] for i in members(mask, len(powers))]
        assert (1 << len(inside)) - 1 in urc(inside, alpha).masks


@FEW
@given(games)
def test_axioms_of_the_solution(game):
    """Power, self-enforcement and rationality, the axioms that the paper derives it from."""
    powers, alpha = game
    n, found, stable = len(powers), urc(powers, alpha), self_enforcing(powers, alpha)
    everyone = (1 << n) - 1
    worth = [sum(powers[i] for i in members(mask, n)) for mask in range(1 << n)]
    winning = [m for m in range(1, 1 << n) if worth[m] > alpha * worth[-1] or m == everyone]
    for mask in found.masks:
        assert mask in winning
        assert stable[mask]
    assert not any(stable[m] and worth[m] < found.power for m in winning)


def test_powers_may_be_fractions_and_come_back_in_their_unit():
    found = urc([Fraction(1, 3), Fraction(1, 4), Fraction(1, 5)])
    assert found.power == Fraction(47, 60)
    assert found.masks == (7,)
    assert urc([Fraction(1, 2), Fraction(3, 2)], HALF).power == Fraction(3, 2)


def test_very_large_integers_stay_exact():
    base = 10**30
    assert urc([base, base]).masks == (3,)
    assert urc([base, base + 1]).masks == (2,)
    assert urc([10**400, 1]).masks == (1,)  # beyond what a float can hold
    assert urc([Fraction(1, 10**400), 1]).masks == (2,)


# Thresholds and tolerance


def test_a_float_share_means_the_fraction_that_it_prints():
    assert urc([42, 58], 0.58).masks == (3,)
    assert urc([42, 58], 0.58) == urc([42, 58], Fraction(29, 50))
    assert urc([1, 2], 2 / 3).masks == (3,)


def test_floating_point_powers_have_a_tolerance():
    assert urc([0.1, 0.2, 0.3]).masks == (7,)  # 0.1 + 0.2 is 0.30000000000000004
    assert urc([0.1, 0.2, 0.3]).near_tie
    clear = urc(np.array([3.0, 4.0, 5.0, 10.0]))
    assert (clear.masks, clear.power, clear.near_tie) == ((7,), 12.0, False)
    assert not urc([5.0, 5.0, 5.0]).unique


def test_twenty_players():
    rng = np.random.default_rng(3)
    powers = rng.integers(10**5, 10**6, 20).tolist()
    found = urc(powers)
    table = self_enforcing(powers)
    assert all(table[mask] for mask in found.masks)
    total = sum(powers)
    assert 2 * found.power > total
    # nothing weaker is both stable and winning
    for mask in np.flatnonzero(table)[:: 1 + table.sum() // 2000]:
        power = sum(powers[i] for i in members(int(mask), 20))
        assert 2 * power <= total or power >= found.power


@pytest.mark.parametrize(
    ("powers", "alpha", "named"),
    [
        ([], HALF, "powers"),
        ([1] * 27, HALF, "powers"),
        ([1, 0], HALF, "powers"),
        ([1, -2], HALF, "powers"),
        ([1.0, float("nan")], HALF, "powers"),
        ([1.0, float("inf")], HALF, "powers"),
        ([1, 2], Fraction(1, 3), "alpha"),
        ([1, 2], 1, "alpha"),
        ([1, 2], float("nan"), "alpha"),
    ],
)
def test_invalid_input(powers, alpha, named):
    with pytest.raises(ValueError, match=named):
        urc(powers, alpha)
    with pytest.raises(ValueError, match=named):
        self_enforcing(powers, alpha)


def test_members_refuses_unknown_players():
    assert members(0, 3) == ()
    with pytest.raises(ValueError, match="mask"):
        members(8, 3)


# The compiled form


@pytest.mark.parametrize("alpha", [0.5, 0.6, 0.75])
def test_the_batch_equals_the_exact_recursion(alpha):
    rng = np.random.default_rng(5)
    for n in (1, 2, 5, 8):
        powers = rng.integers(1, 10**6, (40, n))
        ruling = urc_batch(powers, alpha)
        for row, game in zip(ruling, powers.tolist(), strict=True):
            expected = urc(game, alpha)
            assert expected.unique
            assert tuple(np.flatnonzero(row)) == members(expected.masks[0], n)


def test_the_batch_has_its_players_where_they_are_asked_for():
    powers = np.random.default_rng(6).lognormal(size=(3, 5, 4))
    last = urc_batch(powers)
    assert last.dtype == bool
    for axis in (0, 1, 2, -2):
        moved = urc_batch(np.moveaxis(powers, -1, axis), axis=axis)
        np.testing.assert_array_equal(np.moveaxis(moved, axis, -1), last)


def test_absent_players_change_nothing():
    rng = np.random.default_rng(7)
    powers = rng.lognormal(size=(50, 5))
    widened = np.insert(powers, [0, 3, 5], 0.0, axis=1)
    ruling = urc_batch(widened, 0.6)
    absent = [0, 4, 7]
    assert not ruling[:, absent].any()
    np.testing.assert_array_equal(np.delete(ruling, absent, axis=1), urc_batch(powers, 0.6))
    assert not urc_batch(np.zeros((2, 4))).any()


def test_it_runs_traced_in_single_precision_with_a_share_for_each_game():
    powers = np.random.default_rng(8).lognormal(size=(6, 32))
    alpha = np.linspace(0.5, 0.9, 32)
    traced = jax.jit(lambda p, a: urc_batch(p, a, axis=0))(
        jnp.asarray(powers, jnp.float32), jnp.asarray(alpha, jnp.float32)
    )
    np.testing.assert_array_equal(traced, urc_batch(powers, alpha, axis=0))
    for game in (0, 13, 31):
        alone = urc_batch(powers[:, game], float(alpha[game]))
        np.testing.assert_array_equal(traced[:, game], alone)


def test_it_runs_inside_a_compiled_loop():
    powers = jnp.asarray(np.random.default_rng(9).lognormal(size=(6, 64)), jnp.float32)

    def play(index, ruling):
        games = jax.lax.dynamic_slice_in_dim(powers, 8 * index, 8, axis=1)
        found = urc_batch(games, 0.5, axis=0)
        return jax.lax.dynamic_update_slice_in_dim(ruling, found, 8 * index, axis=1)

    looped = jax.jit(lambda: jax.lax.fori_loop(0, 8, play, jnp.zeros(powers.shape, bool)))()
    np.testing.assert_array_equal(looped, urc_batch(np.asarray(powers), axis=0))


@pytest.mark.parametrize(
    ("powers", "alpha", "named"),
    [
        (np.ones((2, MAX_BATCH_PLAYERS + 1)), 0.5, "powers"),
        (np.ones((2, 0)), 0.5, "powers"),
        ([1.0, -1.0], 0.5, "powers"),
        ([1.0, np.nan], 0.5, "powers"),
        ([1.0, 2.0], 0.4, "alpha"),
        ([1.0, 2.0], 1.0, "alpha"),
    ],
)
def test_the_batch_refuses_invalid_input(powers, alpha, named):
    with pytest.raises(ValueError, match=named):
        urc_batch(powers, alpha)
