"""Shares, means and quantiles of histories that come in draws."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from vertikal.analysis import frequencies
from vertikal.analysis.nested import (
    Draws,
    mean_variance,
    quantile_interval,
    share_interval,
    shares,
)
from vertikal.errors import VertikalError


def table(draw, status=None, **columns):
    runs = pd.RangeIndex(len(draw), name="run")
    status = ["ok"] * len(draw) if status is None else status
    return pd.DataFrame({"draw": draw, "status": status, **columns}, index=runs)


def test_cluster_variance_equals_the_formula_written_out():
    values = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0])
    draw = np.array([3, 1, 3, 1, 2, 2, 2])
    residual = values - values.mean()
    sums = [residual[draw == k].sum() for k in (1, 2, 3)]
    expected = 3 / 2 * sum(s**2 for s in sums) / 49
    assert mean_variance(values, Draws.of(draw)) == pytest.approx(expected)


def test_histories_of_their_own_draw_give_wilsons_interval():
    values = np.arange(400) < 30
    found = shares(values[:, None], Draws.of(np.arange(400)))
    wilson = stats.binomtest(30, 400).proportion_ci(method="wilson")
    # The variance with n - 1 instead of n is the only difference.
    assert found.low[0] == pytest.approx(wilson.low, abs=2e-4)
    assert found.high[0] == pytest.approx(wilson.high, abs=2e-4)


def test_copies_of_a_history_add_nothing():
    rng = np.random.default_rng(1)
    once = rng.random(60) < 0.3
    single = shares(once[:, None], Draws.of(np.arange(60)))
    copied = shares(np.repeat(once, 50)[:, None], Draws.of(np.repeat(np.arange(60), 50)))
    assert copied.low[0] == pytest.approx(single.low[0], abs=0.005)
    assert copied.high[0] == pytest.approx(single.high[0], abs=0.005)


@pytest.mark.parametrize("mean", [0.05, 0.4])
def test_coverage_with_beta_binomial_draws(mean):
    rng = np.random.default_rng(7)
    draws, replicates, repeats = 60, 20, 400
    correlation = 0.2
    scale = 1 / correlation - 1
    chance = rng.beta(mean * scale, (1 - mean) * scale, (repeats, draws))
    values = rng.random((repeats, draws, replicates)) < chance[..., None]
    labels = Draws.of(np.repeat(np.arange(draws), replicates))
    found = shares(values.reshape(repeats, -1).T, labels)
    covered = ((found.low <= mean) & (mean <= found.high)).mean()
    naive = np.sqrt(mean * (1 - mean) / (draws * replicates)) * 1.96
    ignorant = (abs(values.mean(axis=(1, 2)) - mean) < naive).mean()
    # Three standard errors of a coverage measured on 400 tables are 0.033.
    assert covered == pytest.approx(0.95, abs=0.033)
    assert ignorant < 0.75


@pytest.mark.parametrize("value", [False, True])
def test_never_and_always_lie_between_copies_and_independence(value):
    def reach(draw):
        found = shares(np.full((1000, 1), value), Draws.of(draw))
        assert (found.low[0], found.high[0])[value] == float(value)
        return (found.high[0], 1 - found.low[0])[value]

    nested = reach(np.repeat(np.arange(50), 20))
    assert reach(np.arange(1000)) == pytest.approx(3.84 / 1003.84, rel=0.01)
    # 50 draws that each count 1 + 1/2 + ... + 1/20 = 3.6 histories, and Student's for Gauss'.
    assert nested == pytest.approx(3.84 / (50 * 3.598 * (1.962 / 2.010) ** 2 + 3.84), rel=0.01)


def test_never_is_told_from_rare_events_of_beta_draws():
    """The rule for no event is exact where draws have the correlation that it assumes."""
    rng = np.random.default_rng(11)
    mean, size = 0.01, 20
    chance = rng.beta(mean, 1 - mean, 400_000)
    silent = (rng.random(400_000) < (1 - chance) ** size).mean()
    harmonic = (1 / np.arange(1, size + 1)).sum()
    # Three standard errors of a share of 0.035 among 400,000 are 0.0009; terms of mean^2 are less.
    assert silent == pytest.approx((1 - mean) ** harmonic, abs=0.001)


def test_one_draw_counts_histories_as_independent():
    values = (np.arange(500) < 100)[:, None]
    one = shares(values, Draws.of(np.zeros(500)))
    own = shares(values, Draws.of(np.arange(500)))
    assert one == own


def test_quantile_interval_covers():
    rng = np.random.default_rng(3)
    draws = Draws.of(np.repeat(np.arange(50), 10))
    hits = 0
    for _ in range(300):
        values = np.repeat(rng.normal(0, 1, 50), 10) + rng.normal(0, 1, 500)
        _, low, high = quantile_interval(values, 0.5, draws)
        hits += low <= 0 <= high
    # Three standard errors of a coverage measured on 300 tables are 0.038.
    assert hits / 300 == pytest.approx(0.95, abs=0.038)


@pytest.mark.parametrize(("never", "probability"), [(0.48, 0.5), (0.52, 0.5), (0.045, 0.95)])
def test_quantile_interval_covers_where_many_histories_never_come(never, probability):
    """Histories of a draw are alike: either it comes in all of them, or in none."""
    rng = np.random.default_rng(4)
    draws = Draws.of(np.repeat(np.arange(64), 20))
    truth = np.inf if 1 - never < probability else 1.0
    hits = 0
    for _ in range(300):
        values = np.repeat(np.where(rng.random(64) < never, np.inf, 1.0), 20)
        _, low, high = quantile_interval(values, probability, draws)
        hits += low <= truth <= high
    assert hits / 300 >= 0.95 - 0.038  # a step is covered more often than promised


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.95])
def test_quantile_interval_covers_rounded_values(probability):
    rng = np.random.default_rng(5)
    draws = Draws.of(np.repeat(np.arange(64), 20))
    truth = np.ceil(stats.norm.ppf(probability) / 0.8)
    hits = 0
    for _ in range(300):
        drawn = np.repeat(rng.normal(0, 1, 64), 20) + rng.normal(0, 1, 1280)
        _, low, high = quantile_interval(np.ceil(drawn / np.sqrt(2) / 0.8), probability, draws)
        hits += low <= truth <= high
    assert hits / 300 >= 0.95 - 0.038


def test_quantile_interval_of_values_that_differ_is_woodruffs():
    values = np.random.default_rng(6).normal(size=510)
    draws = Draws.of(np.repeat(np.arange(51), 10))
    for probability in (0.05, 0.5, 0.95):
        quantile = np.quantile(values, probability, method="inverted_cdf")
        variance = mean_variance((values <= quantile) * 1.0, draws)
        low, high, _ = share_interval(probability, variance, draws)
        ends = np.quantile(values, [low, high], method="inverted_cdf")
        assert quantile_interval(values, probability, draws) == (quantile, *ends)


def test_quantile_interval_of_few_and_of_equal_histories():
    one = Draws.of(np.zeros(200))
    half = np.where(np.arange(200) < 101, 1.0, np.inf)
    assert quantile_interval(half, 0.5, one) == (1.0, 1.0, np.inf)
    assert quantile_interval(np.ones(200), 0.5, one) == (1.0, 1.0, 1.0)
    # Of ten in five draws the largest is the quantile, and what is below it tells of draws.
    pairs = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 2)
    assert quantile_interval(pairs, 0.95, Draws.of(np.repeat(np.arange(5), 2)))[1] < 5.0


def test_frequencies_of_every_kind():
    draw = np.repeat(np.arange(20), 5)
    rng = np.random.default_rng(0)
    time = np.where(np.arange(100) < 40, 2.0, np.nan)
    outcomes = table(
        draw,
        fell=np.arange(100) < 25,
        premier=pd.Categorical(["a", "b"] * 50, categories=["a", "b", "c"]),
        tension=rng.normal(3, 1, 100),
        exit=time,
        **{"exit.is": pd.Categorical(np.where(np.isnan(time), None, "coup"))},
    )
    found = frequencies(outcomes)
    shown = {(row.outcome, row.value): row for row in found.rows}
    assert shown["fell", "yes"].estimate == 0.25
    assert [shown["premier", label].count for label in "abc"] == [50, 50, 0]
    assert shown["premier", "c"].high > 0
    assert shown["exit", "ever"].estimate == pytest.approx(0.4)
    assert shown["exit", "q50"].estimate == np.inf
    assert shown["exit", "q05"].estimate == 2.0
    assert shown["tension", "mean"].estimate == pytest.approx(outcomes["tension"].mean())
    assert shown["tension", "mean"].low < shown["tension", "mean"].estimate
    assert shown["exit.is", "coup"].estimate == shown["exit", "ever"].estimate
    assert shown["exit.is", "never"].estimate == pytest.approx(0.6)
    assert len(found.table()) == len(found.rows)
    assert "tension" in found._repr_html_()
    assert found.__rich__().row_count == len(found.rows)


@pytest.mark.parametrize("labels", [["mean", "q50", "ever", "no"], ["mean"], ["ever"]])
def test_labels_that_are_called_like_measures_are_labels(labels):
    outcomes = table(np.repeat(np.arange(10), 4), x=pd.Categorical(labels * (40 // len(labels))))
    rows = frequencies(outcomes).rows
    assert sorted(row.value for row in rows) == sorted(labels)
    assert all(row.is_share and row.estimate == 1 / len(labels) for row in rows)


def test_failed_histories_are_left_out_and_bounded():
    status = ["ok"] * 80 + ["nan in elite.cover"] * 20
    outcomes = table(np.repeat(np.arange(10), 10), status, fell=np.arange(100) < 40)
    found = frequencies(outcomes)
    row = found.of("fell")[0]
    assert (row.estimate, row.runs, found.failed) == (0.5, 80, 20)
    assert found.bounds(row) == (0.4, 0.6)


def test_missing_numbers_are_counted():
    values = np.where(np.arange(100) % 10 == 0, np.nan, 1.0 + np.arange(100))
    row = frequencies(table(np.repeat(np.arange(10), 10), x=values)).of("x")[0]
    assert (row.runs, row.missing) == (90, 10)


def test_unknown_outcome_names_those_there_are():
    with pytest.raises(VertikalError, match=r"no outcome 'feel'\n  The table has fell"):
        frequencies(table([0, 1], fell=[True, False]), ["feel"])


def test_no_finished_history_is_said():
    with pytest.raises(VertikalError, match="none of 2 histories finished"):
        frequencies(table([0, 1], ["bad", "bad"], fell=[True, False]))


def test_a_number_that_is_missing_is_told_with_how_often_it_is_there():
    """As a span between two events: its mean is of those histories in which both come."""
    draw = np.repeat(np.arange(50), 8)
    given = np.random.default_rng(8).random(400) < 0.3
    gap = np.where(given, 2.0 + draw / 50, np.nan)
    found = frequencies(table(draw, gap=gap, both=given))
    rows = {row.value: row for row in found.of("gap")}
    assert list(rows) == ["mean", "q05", "q50", "q95", "answered"]
    assert rows["mean"].estimate == pytest.approx(np.nanmean(gap))
    assert (rows["mean"].runs, rows["mean"].missing) == (given.sum(), 400 - given.sum())
    answered, both = rows["answered"], found.of("both")[0]
    assert (answered.estimate, answered.low, answered.high) == (both.estimate, both.low, both.high)
    assert (answered.count, answered.runs, answered.missing) == (given.sum(), 400, 0)
    assert answered.is_share
    assert answered.split.share == both.split.share


def test_a_number_that_no_history_has_is_told_as_such():
    found = frequencies(table(np.arange(40), gap=np.full(40, np.nan), x=np.ones(40)))
    (row,) = found.of("gap")
    assert (row.value, row.estimate, row.count, row.runs) == ("answered", 0.0, 0, 40)
    assert len(found.of("x")) == 4
