"""Paired effects of a patch."""

import numpy as np
import pandas as pd
import pytest
from rich.text import Text

from vertikal.analysis import contrast
from vertikal.errors import VertikalError


def table(draw, **columns):
    return pd.DataFrame(
        {"draw": draw, "status": "ok", **columns}, index=pd.RangeIndex(len(draw), name="run")
    )


def test_flips_and_difference_by_hand():
    draw = np.repeat(np.arange(5), 2)
    a = [True, True, False, False, True, False, False, False, True, True]
    b = [True, False, True, True, True, False, False, True, True, True]
    found = contrast(table(draw, fell=a), table(draw, fell=b))
    effect = found.of("fell")
    assert (effect.before, effect.after) == (0.5, 0.7)
    assert effect.difference == pytest.approx(0.2)
    assert (effect.up, effect.down, effect.pairs) == (3, 1, 10)
    assert found.flips["fell"].loc[False, True] == 3
    # Mean effects of the draws: -1/2, 1, 0, 1/2, 0; in those of 0 nothing changed.
    assert (effect.changed_draws, effect.draws) == (3, 5)
    assert effect.same_sign == pytest.approx(2 / 3)
    assert effect.quantiles[1] == 0


def test_interval_covers_the_true_effect():
    rng = np.random.default_rng(0)
    draw = np.repeat(np.arange(50), 20)
    hits, repeats = 0, 300
    for _ in range(repeats):
        # True effects: draws range from 0 to 0.2, mean 0.1.
        reach = rng.uniform(0, 0.2, 50)[draw]
        common = rng.random(1000)
        found = contrast(
            table(draw, fell=common < 0.3), table(draw, fell=common < 0.3 + reach), resamples=2
        )
        effect = found.of("fell")
        hits += effect.low <= 0.1 <= effect.high
    # Three standard errors of a coverage measured on 300 tables are 0.038.
    assert hits / repeats == pytest.approx(0.95, abs=0.038)


def test_common_random_numbers_narrow_the_interval():
    rng = np.random.default_rng(1)
    draw = np.repeat(np.arange(100), 10)
    common, other = rng.random((2, 1000))
    before = table(draw, fell=common < 0.5)
    paired = contrast(before, table(draw, fell=common < 0.52)).of("fell")
    apart = contrast(before, table(draw, fell=other < 0.52)).of("fell")
    assert paired.high - paired.low < 0.5 * (apart.high - apart.low)


def test_nothing_flipped_is_not_certainty():
    draw = np.repeat(np.arange(100), 10)
    outcomes = table(draw, fell=np.arange(1000) % 3 == 0)
    effect = contrast(outcomes, outcomes).of("fell")
    assert effect.difference == 0
    assert -0.02 < effect.low < -0.01
    assert effect.high == -effect.low
    assert np.isnan(effect.same_sign)
    assert effect.changed_draws == 0


def test_draws_in_which_nothing_changed_do_not_contradict():
    draw = np.repeat(np.arange(5), 2)
    before = np.zeros(10, bool)
    after = before | (np.arange(10) < 3)
    effect = contrast(table(draw, fell=before), table(draw, fell=after)).of("fell")
    assert (effect.up, effect.down, effect.changed_draws, effect.same_sign) == (3, 0, 2, 1.0)
    # In the last draw one history is turned to yes and one to no: it changes, and takes no side.
    before[8:] = [False, True]
    after[8:] = [True, False]
    effect = contrast(table(draw, fell=before), table(draw, fell=after)).of("fell")
    assert effect.changed_draws == 3
    assert effect.same_sign == pytest.approx(2 / 3)


def test_effect_that_varies_over_draws_is_seen():
    rng = np.random.default_rng(2)
    draw = np.repeat(np.arange(200), 10)
    shift = np.where(np.arange(200) < 50, -1.0, 1.0)[draw]
    noise = rng.normal(0, 0.5, 2000)
    effect = contrast(table(draw, x=np.zeros(2000)), table(draw, x=shift + noise)).of("x")
    assert effect.difference == pytest.approx(0.5, abs=0.05)
    assert effect.same_sign == pytest.approx(0.75, abs=0.01)
    # Draws: variance 3/4; chance: 1/4.
    assert effect.split.share == pytest.approx(0.75, abs=0.05)
    assert effect.low < 0.5 < effect.high


def test_times_compare_by_coming_and_by_years_lived():
    draw = np.arange(4)
    a = table(draw, exit=[1.0, 2.0, np.nan, np.nan])
    b = table(draw, exit=[3.0, 2.0, 8.0, np.nan])
    found = contrast(a, b, horizon=10.0, kinds={"exit": "time"})
    assert found.of("exit", "ever").difference == 0.25
    assert found.of("exit", "years").difference == pytest.approx((2 + 0 - 2 + 0) / 4)
    assert "where it never does, the end of the clock" in found.__rich__().caption
    assert [e.value for e in contrast(a, b, kinds={"exit": "time"}).effects] == ["ever"]


def test_categories_tell_what_turned_into_what():
    draw = np.arange(4)
    a = table(draw, premier=pd.Categorical(["x", "x", "y", "y"]))
    b = table(draw, premier=pd.Categorical(["x", "z", "z", "y"]))
    found = contrast(a, b)
    assert found.flips["premier"].loc["x", "z"] == 1
    assert found.of("premier", "z").difference == 0.5
    assert found.of("premier", "x").down == 1


def test_failed_and_missing_histories_are_left_out_and_counted():
    draw = np.repeat(np.arange(5), 2)
    a, b = (table(draw, fell=np.arange(10) > 4) for _ in range(2))
    a.loc[3, "status"] = "nan"
    found = contrast(a, b.drop(index=9))
    assert (found.unpaired, found.failed) == (2, 1)
    told = found.__rich__().caption
    assert "Pairs left out since a history failed in either arm: 1." in told
    assert "Histories left out since they are in one arm only: 1." in told
    assert contrast(b, b).__rich__().caption is None
    assert found.of("fell").pairs == 8
    assert found.table()["pairs"].tolist() == [8]


def test_other_draws_are_refused():
    with pytest.raises(VertikalError, match="different parameter draws"):
        contrast(table([0, 0, 1, 1], x=[1.0] * 4), table([0, 1, 2, 3], x=[1.0] * 4))


def test_no_common_history_is_refused():
    a = table([0, 1], x=[1.0, 2.0])
    with pytest.raises(VertikalError, match="share no finished history"):
        contrast(a, a.set_index(a.index + 2))


def test_what_theories_do_to_an_effect_is_not_booked_as_parameters():
    rng = np.random.default_rng(7)
    draw = np.repeat(np.arange(60), 8)
    before = rng.normal(size=480)
    after = before + 3.0 * (draw % 3) + rng.normal(size=60)[draw] + rng.normal(size=480)
    tables = (table(draw, level=before), table(draw, level=after))
    names = {k: f"theory {k % 3}" for k in range(60)}
    found = contrast(*tables, theories=names).of("level").split
    assert found.parameters == pytest.approx(1, rel=0.5)
    assert found.theory == pytest.approx(6, rel=0.3)
    row = contrast(*tables, theories=names).table().iloc[0]
    assert row["parameters_share"] + row["theory_share"] == pytest.approx(row["doubt_share"])


def test_a_number_that_may_be_missing_is_compared_where_both_have_one():
    draw = np.repeat(np.arange(10), 2)
    a, b = np.arange(20.0), np.arange(20.0) + 1
    a[:4], b[2:10] = np.nan, np.nan
    found = contrast(table(draw, gap=a), table(draw, gap=b))
    mean, answered = found.effects
    assert (mean.value, mean.pairs, mean.difference, mean.up) == ("mean", 10, 1.0, 10)
    assert (answered.value, answered.pairs) == ("answered", 20)
    assert (answered.before, answered.after) == (0.8, 0.6)
    assert (answered.up, answered.down) == (2, 6)
    assert found.of("gap") == mean
    shown = found.__rich__()
    assert list(shown.columns[1].cells) == [Text("answered"), Text("mean")], "read it first"
    assert "only of pairs with a number in both arms; gap 10 of 20." in shown.caption


def test_numbers_that_never_meet_are_compared_by_whether_they_are_there():
    draw = np.arange(6)
    known = np.arange(6) < 3
    a, b = np.where(known, 1.0, np.nan), np.where(known, np.nan, 1.0)
    (effect,) = contrast(table(draw, gap=a), table(draw, gap=b)).effects
    assert (effect.value, effect.difference, effect.up, effect.down) == ("answered", 0.0, 3, 3)


@pytest.mark.parametrize(("rare", "rows"), [("a", 3), ("ab", 2)])
def test_a_single_rare_answer_is_shown(rare, rows):
    labels = np.array(["x", "y"] * 500, dtype=object)
    labels[: len(rare)] = list(rare)
    draw = np.repeat(np.arange(100), 10)
    shown = contrast(table(draw, who=labels), table(draw, who=labels)).__rich__()
    assert shown.row_count == rows
    assert (shown.caption is None) == (len(rare) == 1)
    if shown.caption:
        assert "2 answers" in shown.caption
