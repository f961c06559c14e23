from datetime import datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vertikal.regime.mechanism import CLOCKS
from vertikal.regime.mechanism import YEARS_PER_STEP as YEARS_OF_REGIME
from vertikal.scenario import dates
from vertikal.scenario.dates import YEARS_PER_STEP
from vertikal.scenario.faults import Problem
from vertikal.scenario.schema import Clock


def clock(start, end, step):
    return Clock.model_validate({"start": start, "end": end, "step": step})


def test_steps_are_those_of_the_regime():
    assert get_args(dates.Step) == CLOCKS
    assert YEARS_PER_STEP == YEARS_OF_REGIME


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("1953", datetime(1953, 1, 1), datetime(1953, 12, 31, 23, 59, 59)),
        (1953, datetime(1953, 1, 1), datetime(1953, 12, 31, 23, 59, 59)),
        ("1952-02", datetime(1952, 2, 1), datetime(1952, 2, 29, 23, 59, 59)),
        ("1953-03-05", datetime(1953, 3, 5), datetime(1953, 3, 5, 23, 59, 59)),
        ("1991-08-19 06:30", datetime(1991, 8, 19, 6, 30), datetime(1991, 8, 19, 6, 30)),
        ("1991-08-19T06", datetime(1991, 8, 19, 6), datetime(1991, 8, 19, 6)),
    ],
)
def test_a_date_names_a_span(text, start, end):
    assert dates.moment(text) == start
    assert dates.moment(text, end=True) == end


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1946-02-30", "February 1946 has 28 days"),
        ("1946-13-01", "a year has 12 months"),
        ("spring 1946", "is no date"),
        (True, "is no date"),
        ("1946-01-01 25:00", "is no date"),
    ],
)
def test_impossible_dates_say_why(text, reason):
    with pytest.raises(Problem, match=reason):
        dates.moment(text)


def test_a_month_is_a_twelfth_of_a_year_wherever_it_lies():
    c = clock("1946-01-01", "1957-12-31", "month")
    assert c.ticks == 144
    assert c.tick(datetime(1946, 1, 31)) == 1
    assert c.tick(datetime(1953, 3, 5)) == 87
    assert c.years(datetime(1947, 3, 1)) == pytest.approx(14 / 12)
    assert c.span(87) == (datetime(1953, 3, 1), datetime(1953, 4, 1))
    assert c.span(0) == (c.start, c.start)


@pytest.mark.parametrize(
    ("start", "end", "step", "ticks"),
    [
        ("1991-08-17", "1991-08-31", "hour", 15 * 24),
        ("1941-06-22", "1941-07-31", "day", 40),
        ("2022-02-24", "2022-03-23", "week", 4),
        ("2014-01", "2025", "quarter", 48),
        ("1450", "2011", "year", 562),
        ("1946-01-31", "1946-03-30", "month", 2),
    ],
)
def test_the_clock_counts_ticks_to_the_end_of_its_last_day(start, end, step, ticks):
    assert clock(start, end, step).ticks == ticks


@given(
    step=st.sampled_from(CLOCKS),
    start=st.datetimes(datetime(1900, 1, 1), datetime(1990, 1, 1)),
    tick=st.integers(1, 200),
    share=st.floats(0, 0.999),
)
def test_every_moment_lies_in_the_span_of_its_tick(step, start, tick, share):
    start = start.replace(minute=0, second=0, microsecond=0)
    left = dates.steps_later(start, tick - 1, step)
    right = dates.steps_later(start, tick, step)
    assert dates.tick_of(start, left, step) == tick
    within = left + (right - left) * share
    assert tick <= dates.tick_of(start, within, step) <= tick + 1
    assert dates.tick_of(start, right, step) == tick + 1


@given(st.dates(datetime(1000, 1, 1).date(), datetime(8999, 12, 31).date()))
def test_dates_are_written_as_they_are_read(day):
    when = datetime(day.year, day.month, day.day)
    assert dates.moment(dates.written(when)) == when
    last = dates.moment(day.isoformat(), end=True)
    assert dates.moment(dates.written_end(last), end=True) == last
