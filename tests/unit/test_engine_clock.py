"""A clock that changes its pace on the way, against clocks that do not."""

from datetime import datetime

import numpy as np
import pytest

from tests.small_scenario import changed, read
from vertikal.cli import notes
from vertikal.engine.histories import Histories
from vertikal.engine.manifest import same_clock, told_clock
from vertikal.laboratory import describe
from vertikal.scenario import load

CLOCK = "clock: {start: 1950-01-01, end: 1954-12-31, step: month}\n"
FAST = "clock: {start: 1950-01-01, end: 1950-05-27, step: day}\n"
"""By the day throughout, for as many ticks as the other: one program plays both."""
BOTH = "clock: {start: 1950-01-01, end: 1954-12-31, step: day, then: {1950-04-01: month}}\n"
DAYS = 31 + 28 + 31
ASKED = """
  tense: {ask: How tense on the whole?, mean: military_industry.tension}
  tense-share: {ask: For how long is it tense?, share: military_industry.tension > 0.5}
  struck: {ask: When does a clan strike?, first: moves.attacker != nobody}
"""
EARLY = """events:
  blow: {date: 1950-02-01, shock: 1}
"""
LATER = """  late-blow: {date: 1953-02-01, shock: 1}
  war: {date: 1952-03-15, title: War, add: {military_industry.tension: 0.4}}
  railway-head: {date: 1951-07-01, appoint: {railway: boris}}
"""
AFTERWARDS = {
    "1953-02-01": "1950-05-01",
    "1952-03-15": "1950-05-02",
    "1951-07-01": "1950-05-03",
    "1951-06-01": "1950-05-01",
}
"""Dates by months, and by days: after the pace has changed."""


@pytest.fixture(scope="module")
def texts():
    both = changed(CLOCK, BOTH)
    both = changed(
        "series: [clans.share,", "series: [military_industry.tension, moves.attacker, clans.share,",
        both,
    )  # fmt: skip
    both = changed("events:\n", EARLY + LATER.partition("  war:")[0], both)
    both = changed(", from: 1952, until: 1953", "", both)
    both = changed("  both: {ask: Does Boris fall?, all: [boris-falls]}", ASKED.strip("\n"), both)
    fast = changed(BOTH, FAST, both)
    for late, soon in AFTERWARDS.items():
        fast = changed(late, soon, fast)
    return both, changed("  exit: {date: 1953-03, how: death}\n", "", fast)


@pytest.fixture(scope="module")
def both(texts, tmp_path_factory):
    histories = Histories(read(tmp_path_factory.mktemp("both"), texts[0]), seed=5)
    return histories, histories.run_block(0, 64)


def numbers(histories, block, name):
    return block.series.column(name).to_numpy().reshape(-1, histories.plan.ticks)


def test_until_it_changes_its_pace_it_is_as_if_it_never_did(both, texts, tmp_path):
    mixed, played = both
    fast = Histories(read(tmp_path, texts[1]), seed=5)
    alone = fast.run_block(0, 64)
    assert fast.plan == mixed.plan
    for name in ("military_industry.tension", "leadership.control"):
        one, other = (numbers(h, b, name) for h, b in ((mixed, played), (fast, alone)))
        assert np.ptp(one[:, :DAYS]) > 0.01
        np.testing.assert_array_equal(one[:, :DAYS], other[:, :DAYS])


def test_a_mechanism_rests_while_it_has_no_meaning(both):
    histories, block = both
    used = {m.name: m.clocks for m in histories.plan.mechanisms}
    assert "month" not in used["emergency"]
    assert notes.clock_note(histories.scenario) == (
        "Not at work while the clock goes by the month: emergency."
    )
    control = numbers(histories, block, "leadership.control")
    clock = histories.scenario.clock
    early, late = (clock.tick(datetime(year, 2, 1)) for year in (1950, 1953))
    by_days = control[:, early - 2] - control[:, early - 1 : early + 10].min(1)
    by_months = control[:, late - 2] - control[:, late - 1 : late + 2].min(1)
    assert by_days.mean() > 0.4, "a blow paralyses within days"
    assert by_months.mean() < 0.1, "and is not played by the month"


def test_means_and_shares_are_over_years_and_times_are_middles_of_ticks(both):
    histories, block = both
    clock, found = histories.scenario.clock, block.outcomes.to_pydict()
    tension = numbers(histories, block, "military_industry.tension").astype(np.float64)
    mean = np.average(tension, axis=1, weights=clock.steps)
    assert abs(mean - tension.mean(axis=1)).max() > 0.01, "days and months weigh alike"
    np.testing.assert_allclose(found["tense"], mean, rtol=1e-4)
    share = np.average(tension > 0.5, axis=1, weights=clock.steps)
    np.testing.assert_allclose(found["tense-share"], share, rtol=1e-4, atol=1e-6)
    struck = numbers(histories, block, "moves.attacker") >= 0
    first = np.where(struck.any(1), (clock.ends - clock.steps / 2)[struck.argmax(1)], np.nan)
    np.testing.assert_array_equal(found["struck"], first)


def test_a_run_records_each_pace(both, texts, tmp_path):
    histories, _ = both
    mixed = describe(histories, 64)
    assert mixed.spells == ((DAYS + 1, 1 / 12),)
    np.testing.assert_allclose(mixed.ends, histories.scenario.clock.ends)
    assert told_clock(mixed).startswith(f"{DAYS + 57} ticks of 0.002738, then 0.08333 years")
    steady = describe(Histories(read(tmp_path, texts[1]), seed=5), 64)
    assert not same_clock(mixed, steady)
    assert same_clock(steady, steady)


def test_an_earlier_end_leaves_a_later_change_of_pace_behind():
    assert load("elite-defection", set=["clock.end=2022-12-31"]).clock.then.values()
    assert not load("elite-defection", set=["clock.end=2022-03-31"]).clock.then
