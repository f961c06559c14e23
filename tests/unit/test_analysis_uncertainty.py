"""The split of an outcome's variance into chance and parameters."""

from dataclasses import astuple

import numpy as np
import pytest

from vertikal.analysis import split, splits
from vertikal.errors import VertikalError


def nested(rng, sizes, between, within):
    draw = np.repeat(np.arange(len(sizes)), sizes)
    means = rng.normal(0, np.sqrt(between), len(sizes))
    return means[draw] + rng.normal(0, np.sqrt(within), len(draw)), draw


def test_equals_the_anova_table_written_out():
    values = np.array([3.0, 5.0, 4.0, 9.0, 7.0, 1.0])
    draw = np.array([0, 0, 0, 1, 1, 2])
    groups = [values[draw == k] for k in range(3)]
    within = sum(((g - g.mean()) ** 2).sum() for g in groups) / 3
    between = sum(len(g) * (g.mean() - values.mean()) ** 2 for g in groups) / 2
    n0 = (6 - (9 + 4 + 1) / 6) / 2
    found = split(values, draw)
    assert found.chance == pytest.approx(within)
    assert found.parameters == pytest.approx((between - within) / n0)


def test_is_unbiased_with_draws_of_unequal_size():
    rng = np.random.default_rng(2)
    sizes = np.array([2, 3, 5, 8, 13, 21] * 3)
    found = np.array(
        [
            (part.chance, part.parameters)
            for part in (split(*nested(rng, sizes, 0.5, 2.0), resamples=2) for _ in range(1500))
        ]
    )
    error = found.std(axis=0) / np.sqrt(len(found))
    assert np.all(abs(found.mean(axis=0) - [2.0, 0.5]) < 3 * error)


def test_known_split_of_a_probability():
    rng = np.random.default_rng(4)
    chance = rng.beta(2, 6, 4000)
    values = rng.random((4000, 10)) < chance[:, None]
    found = split(values.ravel(), np.repeat(np.arange(4000), 10))
    # Beta(2, 6): mean 1/4, variance 1/48; all of p(1 - p) = 3/16 is one ninth parameters.
    assert found.parameters == pytest.approx(1 / 48, rel=0.08)
    assert found.share == pytest.approx(1 / 9, rel=0.08)
    assert found.low < 1 / 9 < found.high
    # Quantiles of Beta(2, 6) are 0.053 and 0.521; pulled means have its variance, not its shape.
    assert found.draw_low == pytest.approx(0.053, abs=0.03)
    assert found.draw_high == pytest.approx(0.521, abs=0.03)


def test_interval_covers():
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(200):
        found = split(*nested(rng, np.full(80, 6), 1.0, 3.0), resamples=300)
        hits += found.low <= 0.25 <= found.high
    # Percentile intervals of a variance fall somewhat short; 3 standard errors are 0.046.
    assert 0.88 < hits / 200 < 0.995


def test_without_parameters_the_estimate_falls_on_both_sides_of_zero():
    rng = np.random.default_rng(8)
    found = [split(*nested(rng, np.full(30, 10), 0.0, 1.0), resamples=2) for _ in range(400)]
    negative = [part for part in found if part.parameters < 0]
    assert 100 < len(negative) < 300
    assert "below zero" in negative[0].note
    assert negative[0].share < 0
    assert negative[0].draw_low == negative[0].draw_high == pytest.approx(negative[0].mean)
    error = np.std([part.parameters for part in found]) / 20
    assert abs(np.mean([part.parameters for part in found])) < 3 * error


def test_copies_are_all_parameters():
    found = split(np.repeat([0.0, 1.0, 1.0, 0.0], 25), np.repeat(np.arange(4), 25))
    assert found.chance == 0
    assert found.share == 1


@pytest.mark.parametrize(
    ("values", "draw", "note"),
    [
        (np.arange(10.0), np.arange(10), "cannot be told apart"),
        (np.arange(10.0), np.zeros(10), "all spread is chance"),
        (np.ones(10), np.repeat(np.arange(5), 2), "never varies"),
    ],
)
def test_what_cannot_be_known_is_said(values, draw, note):
    found = split(values, draw)
    assert note in found.note
    assert np.isnan(found.share)


def test_many_at_once_equal_one_at_a_time():
    rng = np.random.default_rng(9)
    values = rng.normal(size=(60, 3))
    draw = np.repeat(np.arange(12), 5)
    together = splits(values, draw)
    alone = split(values[:, 1], draw)
    assert astuple(together[1]) == pytest.approx(astuple(alone), abs=1e-12)
    assert split(values[:, 1], draw, seed=1).low != alone.low


def test_missing_values_are_refused():
    with pytest.raises(VertikalError, match="missing or infinite"):
        split([1.0, np.nan], [0, 1])


class TestTheories:
    def histories(self, gap, seed=3, draws=600, replicates=8):
        """Two theories whose answers lie `gap` apart; parameters of variance 1, chance of 4."""
        rng = np.random.default_rng(seed)
        theory = np.arange(draws) % 2
        expected = gap * theory + rng.normal(size=draws)
        values = expected[:, None] + 2 * rng.normal(size=(draws, replicates))
        names = {k: ("one", "other")[t] for k, t in enumerate(theory)}
        return values.reshape(-1), np.repeat(np.arange(draws), replicates), names

    def test_the_three_parts_are_found(self):
        values, draw, names = self.histories(gap=3.0)
        found = splits(values[:, None], draw, theories=names)[0]
        assert found.chance == pytest.approx(4, rel=0.1)
        assert found.parameters == pytest.approx(1, rel=0.2)
        assert found.theory == pytest.approx(1.5**2, rel=0.15)
        assert found.theories == 2
        assert found.low < found.share < found.high
        whole = splits(values[:, None], draw)[0]
        assert whole.parameters == pytest.approx(found.parameters + found.theory, rel=0.05)
        assert whole.theory == 0

    def test_no_theory_is_found_where_none_matters(self):
        parts = [
            splits(v[:, None], d, theories=n, resamples=10)[0].theory
            for v, d, n in (self.histories(0.0, seed, draws=40) for seed in range(200))
        ]
        assert abs(np.mean(parts)) < 3 * np.std(parts) / np.sqrt(len(parts))
        assert min(parts) < 0

    def test_a_combination_seen_once_changes_little(self):
        values, draw, names = self.histories(gap=3.0)
        before, after = (
            splits(values[:, None], draw, theories=t)[0] for t in (names, {**names, 1: "alone"})
        )
        assert (before.theories, before.seen_once, before.theory_note) == (2, 0, "")
        assert (after.theories, after.seen_once) == (3, 1)
        assert after.theory == pytest.approx(before.theory, rel=0.02)
        for name in ("share", "low", "high"):
            assert getattr(after, name) == pytest.approx(getattr(before, name), abs=0.01)
        assert after.note.startswith("1 of 3 combinations of theories are seen in one draw only")

    def test_parts_that_cannot_be_told_apart_are_told_together(self):
        values, draw, _ = self.histories(gap=3.0, draws=60)
        found = splits(values[:, None], draw, theories={k: str(k) for k in range(60)})[0]
        unknown = (found.parameters, found.share, found.low, found.high, found.theory)
        assert np.isnan((*unknown, found.theory_share)).all()
        assert "cannot be told from parameters" in found.note
        whole = splits(values[:, None], draw)[0]
        assert (found.doubt, found.doubt_share) == (whole.parameters, whole.share)
        assert (found.draw_low, found.draw_high) == (whole.draw_low, whole.draw_high)


class TestManyCombinations:
    """Combinations seen in one to five draws: chance 4, parameters 1, theories as drawn."""

    SEEN = np.array([1] * 12 + [2] * 8 + [3] * 4 + [5] * 2)
    HISTORIES = 4

    def found(self, seed, between_theories=9.0, last=HISTORIES, **how):
        """The split, and the variance between theories that was there to be found."""
        rng = np.random.default_rng(seed)
        theory = np.repeat(np.arange(len(self.SEEN)), self.SEEN)
        answer = np.sqrt(between_theories) * rng.normal(size=len(self.SEEN))[theory]
        draw = np.repeat(np.arange(len(theory)), self.HISTORIES)
        kept = slice(self.HISTORIES - last, None)  # the first draw is seen once
        expected = answer + rng.normal(size=len(theory))
        values = expected[draw] + 2 * rng.normal(size=len(draw))
        names = {k: f"theory {t}" for k, t in enumerate(theory)}
        found = splits(values[kept, None], draw[kept], theories=names, **how)[0]
        return found, answer[draw][kept].var()

    def errors(self, **how):
        """What the three estimates are off by, over many ensembles."""
        pairs = (self.found(seed, resamples=2, **how) for seed in range(1500))
        return np.array([(s.chance - 4, s.parameters - 1, s.theory - true) for s, true in pairs])

    @pytest.mark.parametrize(
        "how", [{}, {"last": 1}, {"between_theories": 0.0}], ids=["", "one history", "no theory"]
    )
    def test_all_parts_are_unbiased(self, how):
        off = self.errors(**how)
        assert np.all(abs(off.mean(axis=0)) < 3 * off.std(axis=0) / np.sqrt(len(off)))
        # Booked as parameters, theories would add about 9.
        assert off[:, 1].std() < 1

    def test_interval_covers(self):
        hits = 0
        for seed in range(300):
            found, theory = self.found(seed, resamples=300)
            hits += found.low <= 1 / (5 + theory) <= found.high
        # 28 degrees of freedom: percentile intervals fall short, as those of few draws do.
        assert 0.85 < hits / 300 < 0.98
