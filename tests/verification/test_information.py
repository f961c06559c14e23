"""Expected information against channels whose information is known in closed form."""

import numpy as np
import pytest

from vertikal.analysis.information import cut, expected_information
from vertikal.errors import VertikalError


def entropy(p):
    return -p * np.log2(p) - (1 - p) * np.log2(1 - p)


def coded(values, count=2):
    return np.eye(count)[np.asarray(values, int)]


class TestClosedForms:
    @pytest.mark.parametrize("flip", [0.02, 0.1, 0.3])
    def test_binary_symmetric_channel(self, flip):
        generator = np.random.default_rng(3)
        sent = generator.integers(0, 2, 4000)
        got = sent ^ (generator.random(4000) < flip)
        found = expected_information(coded(sent), [coded(got)], permutations=50)
        # Four standard errors, which the estimate states of itself.
        assert abs(found.bits[0] - (1 - entropy(flip))) < 4 * found.errors[0]
        assert found.entropy == pytest.approx(1, abs=0.01)

    @pytest.mark.parametrize("correlation", [0.3, 0.8])
    def test_signs_of_two_normal_numbers(self, correlation):
        """The orthant probability of Sheppard (1899) makes their signs a symmetric channel."""
        generator = np.random.default_rng(4)
        one, noise = generator.normal(size=(2, 4000))
        two = correlation * one + np.sqrt(1 - correlation**2) * noise
        found = expected_information(coded(one > 0), [coded(two > 0)], permutations=50)
        exact = 1 - entropy(np.arccos(correlation) / np.pi)
        assert abs(found.bits[0] - exact) < 4 * found.errors[0]

    def test_gaussian_channel_by_fine_bins(self):
        generator = np.random.default_rng(5)
        sent, noise = generator.normal(size=(2, 20_000))
        got = 0.8 * sent + 0.6 * noise
        (a, _), (b, _) = cut(sent, 24), cut(got, 24)
        found = expected_information(coded(a, 24), [coded(b, 24)], permutations=3)
        exact = -0.5 * np.log2(1 - 0.8**2)
        # Bins lose some of it and add nothing.
        assert 0.95 * exact < found.bits[0] < exact

    def test_several_histories_of_a_draw_are_one_look_each(self):
        """The share of a draw's histories estimates what one of them shows: not their mean."""
        generator = np.random.default_rng(6)
        truth = generator.integers(0, 2, 2000)
        shown = generator.random((2000, 8)) < np.where(truth == 1, 0.8, 0.2)[:, None]
        shares = np.stack([1 - shown.mean(axis=1), shown.mean(axis=1)], axis=1)
        found = expected_information(coded(truth), [shares], permutations=20)
        assert abs(found.bits[0] - (1 - entropy(0.2))) < 4 * found.errors[0]

    def test_what_answers_leave_open_is_a_channel_too(self):
        """Answers known with probability q behind a flip of p: the two flips in a row."""
        truth = np.arange(4000) % 2
        answers = 0.9 * coded(truth) + 0.1 * coded(1 - truth)
        observed = 0.8 * coded(truth) + 0.2 * coded(1 - truth)
        found = expected_information(answers, [observed], permutations=20)
        together = 0.1 * 0.8 + 0.9 * 0.2
        assert found.bits[0] == pytest.approx(1 - entropy(together), abs=0.005)


class TestChance:
    def test_what_tells_nothing_is_unbiased_and_within_its_band(self):
        above, best, bits = 0, 0, []
        for seed in range(60):
            generator = np.random.default_rng(seed)
            answers = generator.dirichlet([0.2, 0.2, 0.2], 64)
            seen = [coded(generator.integers(0, 4, 64), 4) for _ in range(30)]
            found = expected_information(answers, seen, permutations=100, seed=seed)
            bits.extend(found.bits)
            above += (found.bits > found.bands).sum()
            best += found.bits.max() > found.best_by_chance
        assert abs(np.mean(bits)) < 4 * np.std(bits) / np.sqrt(len(bits))
        assert 0.03 < above / 1800 < 0.075  # nominally 0.05
        assert best <= 9  # nominally 3 of 60; more than 9 comes once in a thousand

    def test_errors_are_those_of_repeated_samples(self):
        found = []
        for seed in range(60):
            generator = np.random.default_rng(seed)
            sent = generator.integers(0, 2, 300)
            got = sent ^ (generator.random(300) < 0.15)
            one = expected_information(coded(sent), [coded(got)], permutations=20, seed=seed)
            found.append((one.bits[0], one.errors[0]))
        bits, errors = np.array(found).T
        assert np.mean(errors) == pytest.approx(np.std(bits), rel=0.3)

    def test_the_same_seed_gives_the_same_numbers(self):
        generator = np.random.default_rng(1)
        answers, seen = coded(generator.integers(0, 2, 40)), [coded(generator.integers(0, 2, 40))]
        one, two = (expected_information(answers, seen, permutations=10, seed=5) for _ in range(2))
        assert one.bits == two.bits
        assert one.best_by_chance == two.best_by_chance

    def test_draws_that_differ_are_refused(self):
        with pytest.raises(VertikalError, match="same draws"):
            expected_information(coded([0, 1]), [coded([0, 1, 1])])

    def test_without_observations_only_the_entropy_is_known(self):
        found = expected_information(coded([0, 1, 1, 1]), [])
        assert found.entropy == pytest.approx(entropy(0.25))
        assert len(found.bits) == 0


class TestCut:
    def test_bins_of_equal_frequency(self):
        bins, edges = cut(np.arange(8.0), 4)
        assert list(bins) == [0, 0, 1, 1, 2, 2, 3, 3]
        assert list(edges) == [1.5, 3.5, 5.5]

    def test_equal_numbers_share_a_bin(self):
        bins, edges = cut(np.array([0.0, 0, 0, 0, 0, 1, 2]), 3)
        assert list(edges) == [0.5]
        assert list(bins) == [0, 0, 0, 0, 0, 1, 1]

    def test_one_value_is_one_bin(self):
        bins, edges = cut(np.full(5, 2.0), 3)
        assert list(bins) == [0] * 5
        assert len(edges) == 0
