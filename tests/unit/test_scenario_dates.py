import itertools
from datetime import datetime, timedelta
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
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


# A clock that changes its pace


def changing(then, end="2024-02-24", start="2022-02-24", step="day"):
    return Clock.model_validate({"start": start, "end": end, "step": step, "then": then})


def test_a_clock_may_go_by_days_and_then_by_weeks():
    c = changing({"2022-06-01": "week", "2023-06-21": "day", "2023-08-02": "week"})
    assert [(s.step, s.first) for s in c.spells] == [
        ("day", 1), ("week", 98), ("day", 153), ("week", 195),
    ]  # fmt: skip
    assert c.tick(datetime(2022, 5, 31, 23)) == 97
    assert c.tick(datetime(2022, 6, 7)) == 98
    assert c.span(98) == (datetime(2022, 6, 1), datetime(2022, 6, 8))
    assert c.step_of(97) == "day"
    assert c.step_of(98) == "week"
    assert c.ticks == 224
    assert c.span(c.ticks)[0] <= c.end < c.span(c.ticks)[1]
    days = (c.span(c.ticks)[1] - c.start).days
    assert c.length == pytest.approx(days / 365.25)
    np.testing.assert_allclose(c.steps.cumsum(), c.ends)


@settings(deadline=None)
@given(data=st.data())
def test_the_ticks_of_a_changing_clock_follow_one_another(data):
    start = data.draw(st.datetimes(datetime(1900, 1, 1), datetime(1950, 1, 1)))
    start = start.replace(hour=0, minute=0, second=0, microsecond=0, day=min(start.day, 28))
    steps = data.draw(st.lists(st.sampled_from(CLOCKS[1:]), min_size=2, max_size=4))
    when, then = start, {}
    for one, other in itertools.pairwise(steps):
        when = dates.steps_later(when, data.draw(st.integers(1, 60)), one)
        then[dates.written(when)] = other
    end = dates.steps_later(when, data.draw(st.integers(1, 20)), steps[-1])
    c = changing(then, start=start, end=end, step=steps[0])
    spans = [c.span(tick) for tick in range(1, c.ticks + 1)]
    assert spans[0][0] == c.start
    assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))
    assert spans[-1][0] <= c.end < spans[-1][1]
    for tick, (first, after) in enumerate(spans, 1):
        left, right = c.ends[tick - 1] - c.steps[tick - 1], c.ends[tick - 1]
        middle = first + (after - first) / 2
        assert c.tick(first) == c.tick(middle) == tick
        assert c.years(first) == pytest.approx(left, abs=1e-9)
        assert left < c.years(middle) < right
        assert abs(c.at(c.years(first)) - first) < timedelta(seconds=120)
        assert c.tick_at(np.float32(right)) == c.tick_at(np.float32((left + right) / 2)) == tick
    written = c.model_dump()
    assert Clock.model_validate(written) == c


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ({"2022-06-01": "week", "2022-06-12": "month"}, "within a week that begins on 2022-06-08"),
        ({"2022-02-24": "week"}, "goes by the day from 2022-02-24 only"),
        ({"2021-06-01": "week"}, "goes by the day from 2022-02-24 only"),
        ({"2024-03-01": "week"}, "the clock ends on 2024-02-24, before it would go on by the week"),
        ({"2022-06-01": "wek"}, "week"),
        ({"soon": "week"}, "is no date"),
    ],
)  # fmt: skip
def test_a_clock_cannot_change_its_pace_there(then, reason):
    with pytest.raises(ValueError, match=reason):
        changing(then)
