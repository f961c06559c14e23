"""`bargaining_spatial` against a slow second implementation, its invariances, and its edges."""

from dataclasses import replace
from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vertikal.theory.bargaining_spatial import (
    DEFAULTS,
    SpatialOptions,
    Status,
    bargain_spatial,
    option_variants,
)
from vertikal.theory.spatial_ensemble import Noise, bargain_ensemble, bargain_spatial_batch
from vertikal.theory.spatial_estimates import challenge_estimates

FEW = settings(max_examples=12, deadline=None)
ACTORS, DIMS = 5, 2


class UnresolvedError(Exception):
    """An election of the slow implementation did not come to rest."""


class Slow:
    """The model, computed number by number, as its formulas read."""

    def __init__(self, c, x, s, options):
        self.c, self.x, self.s, self.o = c, x.copy(), s, options
        self.q, self.n = x.copy(), len(c)
        self.total = s.sum(1)

    def distance(self, i, y):
        top = ((self.s[i] * (self.q[i] - y)) ** 2).sum()
        return np.sqrt(top / (self.s[i] ** 2).sum())

    def u(self, i, y, risk):
        d = self.distance(i, y)
        return (1 - d) * (1 + risk * min(d, 1))

    def vote(self, weight, a, b):
        delta = a - b
        if abs(delta) <= self.o.indifference:
            return 0.0
        sign = np.clip(delta / 1e-8, -1, 1)
        return (
            weight
            * {
                "Prop": delta,
                "Binary": sign,
                "PropBin": 0.8 * delta + 0.2 * sign,
                "Cubic": delta**3,
                "PropCbc": 0.5 * delta + 0.5 * delta**3,
                "ASymProsp": delta if delta < 0 else 2 * delta / 3,
            }[self.o.voting_rule]
        )

    def elect(self, utilities):
        """`utilities[k][o]`: of actor k for option o."""
        m = len(utilities[0])
        strength = np.full((m, m), 1e-8)
        for o in range(m):
            for e in range(o):
                for k in range(self.n):
                    v = self.vote(self.c[k], utilities[k][o], utilities[k][e])
                    strength[o, e] += max(v, 0)
                    strength[e, o] += max(-v, 0)
        beats = np.full((m, m), 0.5)
        for o in range(m):
            for e in range(m):
                if o != e:
                    beats[o, e] = self.victory(strength[o, e], strength[e, o])
        if self.o.election == "Conditional":
            p = np.array([np.prod(beats[o]) for o in range(m)])
            return p / p.sum()
        return self.stationary(strength, beats)

    def victory(self, a, b):
        rule = self.o.victory_probability
        if rule == "Binary":
            if a >= 1.1 * b:
                return 1 / (1 + 1e-6)
            if b >= 1.1 * a:
                return 1e-6 / (1 + 1e-6)
            return (2.1 * a / (a + b) - 1) / 0.1
        power = {"Linear": 1, "Square": 2, "Quartic": 4, "Octic": 8}[rule]
        return a**power / (a**power + b**power)

    def stationary(self, strength, beats):
        m = len(beats)
        p = np.full(m, 1 / m)
        incentive = strength * beats + 1e-10 * np.eye(m)
        proposed = incentive / incentive.sum(0)
        uniform = self.o.election == "MarkovUniform"
        for _ in range(1000):
            q = np.zeros(m)
            for o in range(m):
                for e in range(m):
                    if uniform:
                        q[o] += beats[o, e] * (p[o] + p[e]) / m
                    else:
                        q[o] += beats[o, e] * (p[o] * proposed[e, o] + p[e] * proposed[o, e])
            change = np.abs(q - p).max()
            p = (p + q) / 2
            if change <= (1e-6 if uniform else 1e-8):
                return p
        raise UnresolvedError

    def attitudes(self):
        p = self.elect([[self.u(i, y, 0) for y in self.x] for i in range(self.n)])
        lo, hi = p.min(), p.max()
        if hi - lo < 1e-14:
            return np.zeros(self.n)
        return {
            "Min": (p - lo) / (hi - lo),
            "Mid": (3 * p - hi - 2 * lo) / (2 * (hi - lo)),
            "Max": (2 * p - hi - lo) / (hi - lo),
        }[self.o.risk_range]

    def odds(self, h, i, j):
        """What h thinks of i's chance against j."""
        w = self.c * self.total
        known = {"None": 0, "OneThird": 1 / 3, "Half": 0.5, "TwoThirds": 2 / 3, "Full": 1}
        phi = known[self.o.risk_adjustment]

        def util(a, b):
            return self.u(a, self.x[b], (1 - phi) * self.risk[h] + phi * self.risk[a])

        votes = [self.vote(w[a], util(a, i), util(a, j)) for a in (i, j)]
        ours = 1e-10 + sum(max(v, 0) for v in votes)
        theirs = 1e-10 + sum(max(-v, 0) for v in votes)
        first, second = ours, theirs
        for n in range(self.n):
            if n in (i, j):
                continue
            alone = self.vote(w[n], util(n, i), util(n, j))
            pi = (ours + max(alone, 0)) / (ours + theirs + abs(alone))
            a = pi * (2 * util(n, i) + util(n, n)) + (1 - pi) * 3 * util(n, j)
            b = pi * 3 * util(n, i) + (1 - pi) * (2 * util(n, j) + util(n, n))
            v = self.vote(w[n], a, b) if self.o.third_parties == "SemiCommit" else 0.0
            first, second = first + max(v, 0), second + max(-v, 0)
        return first / (first + second)

    def compromise(self, i, j, p):
        b = np.zeros((2, self.x.shape[1]))
        for k in range(self.x.shape[1]):
            x, y, s, z, e = self.x[i, k], self.x[j, k], self.s[i, k], self.s[j, k], 1e-6
            if self.o.interpolation == "S2PMax":
                for side, (u, v, mine, theirs, q) in enumerate(
                    [(x, y, s, z, p), (y, x, z, s, 1 - p)]
                ):
                    delta = max(1 - 2 * q, 0)
                    give = delta * theirs**2
                    b[side, k] = u + give / (give + e + (1 - delta) * mine**2) * (v - u)
            else:
                m = 2 if self.o.interpolation == "S2P2" else 1
                f, g = (s * p) ** m, (z * (1 - p)) ** m
                b[0, k] = ((f + e) * x + g * y) / (f + g + e)
                b[1, k] = (f * x + (g + e) * y) / (f + g + e)
                b[:, k] = np.floor(b[:, k] * 1e4 + 0.5) / 1e4
        return b

    def proposals(self, i):
        here = self.u(i, self.x[i], self.risk[i])
        best, target = 1e-5, None
        for j in range(self.n):
            if j != i:
                p, s, there = self.odds(i, i, j), self.total[j], self.u(i, self.x[j], self.risk[i])
                gain = (1 - s) * 2 * here + s * (p * 2 * here + (1 - p) * 2 * there)
                gain -= here + there
                if gain > best + 1e-13:
                    best, target = gain, j
        if target is None:
            return []
        own = self.compromise(i, target, self.odds(i, i, target))
        if self.o.bargain_view == "InitOnlyInterp":
            return [(i, target, own)]
        other = self.compromise(i, target, self.odds(target, i, target))
        if self.o.bargain_view == "InitRcvrInterp":
            return [(i, target, own), (i, target, other)]
        a, b = (self.c[k] * self.total[k] for k in (i, target))
        return [(i, target, (a * own + b * other) / (a + b))]

    def world(self, a, bargain):
        total = 0.0
        for z in range(self.n):
            place = self.x[z]
            if bargain is not None and z in bargain[:2]:
                place = bargain[2][0 if z == bargain[0] else 1]
            total += self.u(a, place, self.risk[a])
        return total / self.n

    def round(self):
        self.risk = self.attitudes()
        made = [b for i in range(self.n) for b in self.proposals(i)]
        new = self.x.copy()
        for k in range(self.n):
            queue = [None] + [b for b in made if k in b[:2]]
            p = self.elect([[self.world(a, b) for b in queue] for a in range(self.n)])
            taken = queue[int(np.flatnonzero(p >= p.max() - 1e-12)[0])]
            if taken is not None:
                new[k] = taken[2][0 if k == taken[0] else 1]
        moved = np.sqrt(((new - self.x) ** 2).sum(1)).sum()
        self.x = self.q = new
        return moved

    def play(self):
        steps = [self.round(), self.round()]
        while steps[-1] / (steps[0] + 1e-4) >= 0.02 and len(steps) < self.o.most_turns:
            steps.append(self.round())
        return self.x, len(steps)


def random_games(count, seed, dims=DIMS, actors=ACTORS):
    draw = np.random.default_rng(seed)
    c = draw.uniform(1, 100, (count, actors))
    x = draw.uniform(0, 1, (count, actors, dims))
    s = draw.uniform(0.05, 0.95 / dims, (count, actors, dims))
    return c, x, s


def random_options(count, seed):
    draw = np.random.default_rng(seed)
    hints = get_type_hints(SpatialOptions)
    named = {n: get_args(h) for n, h in hints.items() if get_args(h) and n != "transition"}
    drawn = [{n: str(draw.choice(v)) for n, v in named.items()} for _ in range(count)]
    return [SpatialOptions(most_turns=4, **d) for d in drawn]


@pytest.mark.parametrize("mixed", [False, True])
def test_agrees_with_the_slow_implementation(mixed):
    count = 48
    c, x, s = random_games(count, 7)
    sets = random_options(count, 8) if mixed else [replace(DEFAULTS, most_turns=8)] * count
    outcomes = bargain_spatial_batch(c, x, s, options=sets)
    for k in range(count):
        try:
            positions, turns = Slow(c[k], x[k], s[k], sets[k]).play()
        except UnresolvedError:
            assert outcomes.status[k] == Status.UNRESOLVED
            continue
        assert outcomes.turns[k] == turns, sets[k]
        np.testing.assert_allclose(
            outcomes.positions[k], positions, atol=1e-7, err_msg=str(sets[k])
        )


@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_unit_of_influence_names_and_direction_do_not_matter(seed):
    c, x, s = (a[0] for a in random_games(1, seed))
    order = np.random.default_rng(seed).permutation(ACTORS)
    outcomes = bargain_spatial_batch(
        np.stack([c, 10 * c, c[order], c]),
        np.stack([x, x, x[order], 1 - x]),
        np.stack([s, s, s[order], s]),
    )
    base = outcomes.positions[0]
    # Proposals are rounded half-up to four decimals, which has a direction: one unit either way.
    np.testing.assert_allclose(outcomes.positions[1], base, atol=1e-9)
    np.testing.assert_allclose(outcomes.positions[2], base[order], atol=1e-9)
    np.testing.assert_allclose(1 - outcomes.positions[3], base, atol=2e-4)


@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_rules_of_probability_and_of_third_parties(seed):
    c, x, s = (a[0] for a in random_games(1, seed))
    game = bargain_spatial(c, x, s)
    np.testing.assert_allclose(game.queue_probability.sum(-1), 1, atol=1e-12)
    assert ((game.positions >= 0) & (game.positions <= 1)).all()
    estimates = challenge_estimates(c, x, s)
    odds = estimates.odds
    # Votes are antisymmetric: by one judge, i beats j as often as j does not beat i.
    off = ~np.eye(ACTORS, dtype=bool)
    np.testing.assert_allclose((odds + odds.swapaxes(1, 2))[:, off], 1, atol=1e-9)
    assert ((odds >= 0) & (odds <= 1)).all()
    idle = [SpatialOptions(third_parties=rule) for rule in ("NoCommit", "FullCommit")]
    outcomes = bargain_spatial_batch(
        np.stack([c, c]), np.stack([x, x]), np.stack([s, s]), options=idle
    )
    np.testing.assert_array_equal(outcomes.positions[0], outcomes.positions[1])


def test_halving_all_saliences_changes_the_run():
    c, x, s = (a[0] for a in random_games(1, 11))
    outcomes = bargain_spatial_batch(
        np.stack([c] * 4), np.stack([x] * 4), np.stack([s, s / 2, s, s])
    )
    assert np.abs(outcomes.positions[0] - outcomes.positions[1]).max() > 1e-3


@pytest.mark.parametrize("point", [0.0, 0.3, 1.0])
def test_a_position_held_by_all_stays(point):
    c, x, s = (a[0] for a in random_games(1, 3))
    game = bargain_spatial(c, np.full_like(x, point), s)
    np.testing.assert_array_equal(game.positions, point)
    assert game.status == Status.AGREED
    np.testing.assert_array_equal(game.risk, 0)
    np.testing.assert_allclose(game.probability, 1)
    assert (game.target == -1).all()


@pytest.mark.parametrize(
    ("salience", "status", "last"),
    [(0.5, Status.AGREED, [0.5] * 3), (1.0, Status.UNMOVED, [0.0, 0.5, 1.0])],
)
def test_symmetry_among_equals_ends_with_a_status(salience, status, last):
    game = bargain_spatial(np.ones(3), [[0.0], [0.5], [1.0]], np.full((3, 1), salience))
    assert game.status == status
    assert status.sentence
    np.testing.assert_allclose(game.positions[-1, :, 0], last)
    np.testing.assert_allclose(game.risk[0], [-0.5, 1.0, -0.5])


def test_turn_limit_and_rest_share_are_options():
    c, x, s = (a[0] for a in random_games(1, 7))
    short = bargain_spatial(c, x, s, options=SpatialOptions(most_turns=1))
    assert (short.turns, short.status) == (1, Status.TURN_LIMIT)
    coarse = bargain_spatial(c, x, s, options=SpatialOptions(rest_share=1e6))
    assert coarse.turns == 2
    np.testing.assert_array_equal(coarse.positions[1], short.positions[-1])


def test_stochastic_games_repeat_for_a_seed_whatever_else_is_in_the_batch():
    c, x, s = random_games(64, 5)
    chance = SpatialOptions(transition="Stochastic")
    first = bargain_spatial_batch(c, x, s, options=chance, seed=1)
    again = bargain_spatial_batch(c[:40], x[:40], s[:40], options=chance, seed=1)
    other = bargain_spatial_batch(c, x, s, options=chance, seed=2)
    np.testing.assert_array_equal(first.positions[:40], again.positions)
    assert np.abs(first.positions - other.positions).max() > 1e-3


def test_batches_agree_with_single_games_and_single_precision_in_distribution():
    c, x, s = random_games(64, 21)
    double = bargain_spatial_batch(c, x, s)
    for k in range(3):
        game = bargain_spatial(c[k], x[k], s[k])
        np.testing.assert_allclose(double.positions[k], game.positions[-1], atol=1e-9)
        np.testing.assert_allclose(double.probability[k], game.probability[-1], atol=1e-9)
        np.testing.assert_allclose(double.likeliest[k], game.likeliest, atol=1e-9)
        assert (double.turns[k], double.status[k]) == (game.turns, game.status)
    single = bargain_spatial_batch(c, x, s, precision="float32")
    same = np.abs(double.positions - single.positions).max((1, 2)) < 1e-4
    assert same.mean() > 0.7  # the rest took another turn at a tie or at a rounding edge
    error = np.abs(double.positions.mean((0, 1)) - single.positions.mean((0, 1)))
    assert error.max() < 0.02


def test_ensemble_without_noise_is_the_game_and_with_noise_spreads():
    c, x, s = (a[0] for a in random_games(1, 9))
    game = bargain_spatial(c, x, s)
    certain = bargain_ensemble(c, x, s, runs=64, noise=Noise(0, 0, 0))
    np.testing.assert_allclose(
        certain.outcomes.positions,
        np.broadcast_to(game.positions[-1], (64, ACTORS, DIMS)),
        atol=1e-9,
    )
    noisy = bargain_ensemble(c, x, s, runs=64, seed=4)
    again = bargain_ensemble(c, x, s, runs=64, seed=4)
    np.testing.assert_array_equal(noisy.outcomes.positions, again.outcomes.positions)
    quantiles = noisy.quantiles((0.1, 0.9))
    assert (quantiles[1] > quantiles[0]).any()
    assert noisy.outcomes.positions.min() >= 0
    assert noisy.outcomes.positions.max() <= 1


@pytest.mark.slow
def test_ensemble_over_options_uses_every_set_equally():
    c, x, s = (a[0] for a in random_games(1, 9))
    sets = option_variants()
    assert len(sets) == 25
    assert len({*sets}) == 25
    ensemble = bargain_ensemble(c, x, s, runs=50, options=sets)
    assert (np.bincount(ensemble.option) == 2).all()
    assert set(ensemble.outcomes.status) <= {s.value for s in Status}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"influence": [1.0, 0.0]}, r"influence = 0.0: must be positive"),
        ({"influence": [1.0]}, r"needs at least two actors"),
        ({"positions": [[0.0], [1.5]]}, r"positions = 1.5: must be from 0 to 1"),
        ({"positions": [[0.0], [1.0], [1.0]]}, r"positions = \(3, 1\): needs shape"),
        ({"salience": [[0.5], [-0.1]]}, r"salience = -0.1: must be zero or more"),
        ({"salience": [[0.5], [1.5]]}, r"salience = 1.5: an actor's saliences may add up"),
        ({"salience": [[0.5], [0.0]]}, r"salience = 0.0: each actor needs some"),
        ({"affinity": [[1.0, 1.0], [0.0, 1.0]]}, r"affinity = 2.0: rows may add up to 1"),
        ({"affinity": [[1.0]]}, r"affinity = \(1, 1\): needs shape"),
    ],
)
def test_invalid_input_is_refused(change, words):
    sound = {"influence": [1.0, 1.0], "positions": [[0.0], [1.0]], "salience": [[0.5], [0.5]]}
    with pytest.raises(ValueError, match=words):
        bargain_spatial(**(sound | change))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"voting_rule": "Majority"}, r"voting_rule = 'Majority': must be one of Prop, Binary"),
        ({"most_turns": 0}, r"most_turns = 0: must be at least 1"),
        ({"indifference": -1.0}, r"indifference = -1.0"),
        ({"rest_share": -1.0}, r"rest_share = -1.0"),
    ],
)
def test_invalid_options_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        SpatialOptions(**options)


def test_ensemble_refuses_what_it_cannot_draw():
    arrays = [1.0, 1.0], [[0.0], [1.0]], [[0.5], [0.5]]
    with pytest.raises(ValueError, match="runs = 0"):
        bargain_ensemble(*arrays, runs=0)
    with pytest.raises(ValueError, match=r"noise\.position = -1"):
        bargain_ensemble(*arrays, noise=Noise(-1, 0, 0))
    with pytest.raises(ValueError, match="options = 3"):
        bargain_spatial_batch(*arrays, options=[DEFAULTS] * 3)
