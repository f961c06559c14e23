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

    def test_a_theory_seen_once_cannot_be_told_apart(self):
        values, draw, names = self.histories(3.0, draws=5)
        assert splits(values[:, None], draw, theories={**names, 1: "alone"})[0].theories == 1
