"""The verdicts on claims, on synthetic models whose effects are known.

Stand-ins for paired ensembles: effects of a patch in histories that come in parameter draws, drawn
by NumPy. Every look after every batch counts, as it does when claims are tested.
"""

import math

import numpy as np
import pytest
from scipy import stats

from vertikal.claims.sequential import (
    FEWEST_DRAWS,
    discoveries,
    interval,
    log_above,
    log_wealth,
    shown_above,
    shown_below,
)
from vertikal.claims.verdicts import (
    ERROR,
    WORDS,
    Criterion,
    Finding,
    combined,
    evidence_for,
    firm,
    judge,
)

LOOK = 32
"""Draws between two looks."""


def numbers(rng, theta, replicates=16, chance=0.2):
    """Effects on a number: that of the draw and chance within it."""
    return theta[:, None] + chance * rng.standard_normal((len(theta), replicates))


def truths(rng, theta, replicates=32, churn=0.01):
    """Effects on a truth value: turned to yes, to no, or not; `churn` both ways besides."""
    up, down = np.maximum(theta, 0)[:, None] + churn, np.maximum(-theta, 0)[:, None] + churn
    thrown = rng.random((len(theta), replicates))
    return np.where(thrown < up, 1.0, np.where(thrown < up + down, -1.0, 0.0))


def settled(values, criterion):
    """The first verdict that is settled, looking after every batch, and the draws it took."""
    for draws in range(LOOK, len(values) + 1, LOOK):
        evidence = evidence_for(values[:draws], criterion)
        word = max(WORDS, key=lambda w: evidence[w])
        if evidence[word] >= math.log(2 / ERROR):
            return word, draws
    return "unsettled", len(values)


def tally(model, criterion, draws=256, times=60, seed=1):
    """How often each verdict is settled, and after how many draws on average."""
    found = [
        settled(model(np.random.default_rng([seed, k]), draws), criterion) for k in range(times)
    ]
    words = [word for word, _ in found]
    return {w: words.count(w) / times for w in set(words)}, float(np.mean([d for _, d in found]))


NUMBER = Criterion("above", 0.1)
TRUTH = Criterion("above", 0.1, 1.0)
NO_NUMBER = Criterion("inside", 0.1)
NO_TRUTH = Criterion("inside", 0.1, 1.0)


def halves(rng, draws, one, other, share=0.5):
    return np.where(rng.random(draws) < share, one, other)


class TestRightVerdicts:
    """Effects that are clear are settled, and settled rightly, well within the budget."""

    @pytest.mark.parametrize(
        ("criterion", "model", "verdict"),
        [
            (NUMBER, lambda r, k: numbers(r, 0.3 + 0.1 * r.standard_normal(k)), "supported"),
            (NUMBER, lambda r, k: numbers(r, -0.3 + 0.1 * r.standard_normal(k)), "contradicted"),
            (NUMBER, lambda r, k: numbers(r, np.zeros(k), chance=0.1), "contradicted"),
            (NUMBER, lambda r, k: numbers(r, halves(r, k, 0.8, -0.2)), "fragile"),
            (NUMBER, lambda r, k: numbers(r, halves(r, k, 0.4, -0.4)), "fragile"),
            (TRUTH, lambda r, k: truths(r, np.full(k, 0.5)), "supported"),
            (TRUTH, lambda r, k: truths(r, np.full(k, -0.3)), "contradicted"),
            (TRUTH, lambda r, k: truths(r, halves(r, k, 0.8, -0.3)), "fragile"),
            (NO_NUMBER, lambda r, k: numbers(r, 0.02 * r.standard_normal(k), chance=0.1),
             "supported"),
            (NO_NUMBER, lambda r, k: numbers(r, 0.3 + 0.05 * r.standard_normal(k)),
             "contradicted"),
            (NO_NUMBER, lambda r, k: numbers(r, halves(r, k, 0.5, 0.0), chance=0.08), "fragile"),
            (NO_TRUTH, lambda r, k: truths(r, np.zeros(k), churn=0.001), "supported"),
            (NO_TRUTH, lambda r, k: truths(r, np.full(k, -0.6)), "contradicted"),
        ],
    )  # fmt: skip
    def test_clear_effects(self, criterion, model, verdict):
        found, _ = tally(model, criterion, draws=512, times=20)
        assert found.get(verdict, 0) >= 0.9, found
        assert sum(found.get(w, 0) for w in WORDS if w != verdict) <= 0.05, found

    def test_a_planted_false_claim_is_found_out(self):
        """The patch halves an outcome; the claim says that it raises it. One model, two claims."""
        rng = np.random.default_rng(7)
        before = rng.beta(4, 4, size=(128, 1)) + 0.05 * rng.standard_normal((128, 16))
        effect = 0.5 * before - before
        assert judge(effect, Criterion("above", 0.05)).word == "contradicted"
        assert judge(-effect, Criterion("above", 0.05)).word == "supported"


class TestErrors:
    """False verdicts stay rare though every batch is looked at. Bounds: 5% and four binomial
    standard errors; models lie on the line between two verdicts, where errors are most frequent."""

    @pytest.mark.parametrize(
        ("criterion", "model", "false"),
        [
            (NUMBER, lambda r, k: numbers(r, np.full(k, 0.1)), "contradicted"),
            (NUMBER, lambda r, k: numbers(r, 0.1 * r.exponential(size=k)), "supported"),
            (NUMBER, lambda r, k: numbers(r, 0.2 - 0.1 * r.exponential(size=k)), "contradicted"),
            (NUMBER, lambda r, k: numbers(r, halves(r, k, 0.6, -0.2, 0.66)), "supported"),
            (NUMBER, lambda r, k: numbers(r, halves(r, k, 0.6, -0.2, 0.67)), "fragile"),
            (TRUTH, lambda r, k: truths(r, halves(r, k, 0.09, 0.9, 0.35)), "supported"),
            (TRUTH, lambda r, k: truths(r, np.full(k, 0.0999), churn=0), "supported"),
            (TRUTH, lambda r, k: truths(r, np.full(k, 0.1001), churn=0), "contradicted"),
            (NO_NUMBER, lambda r, k: numbers(r, np.full(k, 0.101)), "supported"),
        ],
    )
    def test_false_verdicts_are_rare_under_continuous_looking(self, criterion, model, false):
        times = 150
        found, _ = tally(model, criterion, draws=256, times=times)
        assert found.get(false, 0) <= ERROR + 4 * math.sqrt(ERROR * (1 - ERROR) / times), found

    @pytest.mark.parametrize("reach", [None, 1.0])
    def test_evidence_against_a_true_mean_rarely_ever_grows(self, reach):
        times, ever = 300, 0
        for k in range(times):
            rng = np.random.default_rng([3, k])
            values = rng.choice([-1.0, 0, 1], p=[0.2, 0.5, 0.3], size=512)  # the mean is 0.1
            looks = range(FEWEST_DRAWS, 513, 16)
            ever += max(log_above(values[:n], 0.1, reach) for n in looks) >= math.log(20)
        assert ever / times <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / times)

    def test_looking_often_at_an_ordinary_test_does_go_wrong(self):
        """The error that e-processes prevent is real: the same looks with Student's test."""
        times, ever = 100, 0
        for k in range(times):
            values = np.random.default_rng([3, k]).standard_normal(512)
            looks = range(FEWEST_DRAWS, 513, 16)
            ever += min(stats.ttest_1samp(values[:n], 0, alternative="greater").pvalue
                        for n in looks) <= 0.05  # fmt: skip
        assert ever / times > 0.1

    def test_intervals_hold_the_mean_at_all_looks_together(self):
        missed = 0
        for k in range(60):
            values = np.random.default_rng([5, k]).gamma(2.0, 0.5, size=256)  # the mean is 1
            intervals = [interval(values[:n], 0.05) for n in range(32, 257, 32)]
            missed += any(not low <= 1 <= high for low, high in intervals)
        assert missed / 60 <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 60)


class TestOneDraw:
    @pytest.mark.parametrize("bound", [-0.2, 0.0, 0.1])
    @pytest.mark.parametrize("downs", [0.0, 0.1, 0.3])
    def test_truth_values_on_the_bound_are_shown_to_at_most_the_slip_on_average(self, bound, downs):
        """By enumeration of the numbers of ups and downs among six histories, on the bound."""
        ups, count, slip, total = downs + bound, 6, 0.2, 0.0
        if not 0 <= ups <= 1 - downs:
            pytest.skip("no such probabilities")
        for up in range(count + 1):
            for down in range(count + 1 - up):
                chance = stats.multinomial.pmf(
                    [up, down, count - up - down], count, [ups, downs, 1 - ups - downs]
                )
                row = [1.0] * up + [-1.0] * down + [0.0] * (count - up - down)
                total += chance * shown_above(np.array([row]), bound, slip, 1.0)[0]
        assert total <= slip + 1e-9

    def test_a_draw_is_shown_when_its_histories_are_clear(self):
        clear = np.array([[1.0] * 32, [0.0] * 32, [-1.0] * 32])
        assert list(shown_above(clear, 0.1, 0.1, 1.0) > 0.99) == [True, False, False]
        assert list(shown_below(clear, 0.1, 0.1, 1.0) > 0.99) == [False, True, True]

    def test_histories_that_failed_do_not_count(self):
        values = np.array([[0.5, 0.6, np.nan, 0.7], [np.nan, np.nan, np.nan, 9.0]])
        assert list(shown_above(values, 0.1, 0.1)) == [1.0, 0.0]


class TestPower:
    def test_it_grows_with_the_effect_and_with_the_budget(self):
        def power(effect, draws):
            found, _ = tally(
                lambda r, k: numbers(r, effect + 0.1 * r.standard_normal(k)), NUMBER, draws, 30
            )
            return found.get("supported", 0)

        curve = [power(effect, 128) for effect in (0.1, 0.2, 0.3, 0.5)]
        assert curve == sorted(curve)
        assert curve[0] <= 0.1
        assert curve[-1] >= 0.95
        assert power(0.25, 64) <= power(0.25, 256)

    def test_clear_effects_take_fewer_draws(self):
        draws = [tally(lambda r, k, e=e: numbers(r, np.full(k, e)), NUMBER, times=10)[1]
                 for e in (0.2, 1.0)]  # fmt: skip
        assert draws[1] <= draws[0]


class TestLedger:
    def test_false_verdicts_among_the_firm_are_rare(self):
        """Thirty claims, most of them on the line between verdicts, on the same histories."""
        shares = []
        for k in range(6):
            rng = np.random.default_rng([9, k])
            common = 0.2 * rng.standard_normal((64, 1))
            real = [True] * 6 + [False] * 24
            findings = [
                judge(numbers(rng, np.full(64, 0.5 if r else 0.1)) + common * 0.2, NUMBER)
                for r in real
            ]
            kept = firm(findings)
            false = sum(f and not r and g.word == "supported"
                        for f, r, g in zip(kept, real, findings, strict=True))  # fmt: skip
            shares.append(false / max(sum(kept), 1))
            assert sum(kept[:6]) == 6
        assert np.mean(shares) <= ERROR

    def test_e_bh_is_as_published(self):
        """Ten hypotheses at 10%: the k-th largest needs 100/k."""
        evidence = np.log(np.array([120.0, 51, 34, 20, 1, 1, 1, 1, 1, 1]))
        assert list(discoveries(evidence, 0.1)) == [True] * 3 + [False] * 7
        assert not discoveries(np.log(np.full(10, 9.0)), 0.1).any()
        assert discoveries(np.log(np.full(10, 10.0)), 0.1).all()


class TestEdges:
    def test_without_histories_nothing_is_settled(self):
        found = judge(np.full((3, 4), np.nan), NUMBER)
        assert (found.word, found.draws, found.histories) == ("unsettled", 0, 0)
        assert (found.share_low, found.share_high) == (0, 1)

    def test_nothing_is_settled_before_the_fewest_draws(self):
        values = np.full((FEWEST_DRAWS - 1, 32), 1.0)
        assert judge(values, TRUTH).word == "unsettled"
        assert judge(np.vstack([values, values]), TRUTH).word == "supported"

    def test_no_effect_at_all_contradicts_a_direction_and_supports_its_absence(self):
        nothing = np.zeros((64, 16))
        assert judge(nothing, NUMBER).word == "contradicted"
        assert judge(nothing, NO_NUMBER).word == "supported"

    def test_wealth_does_not_depend_on_the_order_and_falls_with_the_bound(self):
        shares = np.random.default_rng(0).random(50)
        assert log_wealth(shares, 0.3) == pytest.approx(log_wealth(shares[::-1], 0.3))
        assert log_wealth(shares, 0.3) > log_wealth(shares, 0.4) > log_wealth(shares, 0.6)

    def test_parts_are_put_together(self):
        assert combined(["supported", "supported"]) == "supported"
        assert combined(["contradicted"]) == "contradicted"
        assert combined(["supported", "contradicted"]) == "fragile"
        assert combined(["supported", "unsettled"]) == "unsettled"
        assert combined([]) == "unsettled"

    def test_the_leaning_is_told_where_nothing_is_settled(self):
        rng = np.random.default_rng(2)
        found = judge(numbers(rng, np.full(32, 0.13)), NUMBER)
        assert isinstance(found, Finding)
        assert found.word == "unsettled"
        assert found.leaning in WORDS


def test_an_answer_at_the_end_of_its_range_lies_within_a_bound_beyond_it():
    """A chance of nil is below a tenth: no history of 48 draws has the event."""
    distance = 0.1 - np.zeros((48, 32))
    assert judge(distance, Criterion("above", 0.0)).word == "supported"
