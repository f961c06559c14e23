"""Outcomes reduced inside a run, and put together after it, against NumPy on whole histories."""

import dataclasses
import operator

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.small_scenario import changed, read
from vertikal.engine import watch
from vertikal.engine.blocks import OK
from vertikal.engine.histories import Histories
from vertikal.engine.watch import Reduction, Watched, at_start, reduce, start_reductions

STEP = 1 / 12
STEPS = np.resize([1 / 12, 1 / 12, 1 / 12, 1 / 365.25, 1 / 365.25, 1 / 4], 12)
"""Years of each tick, of which some are short and some long."""
MIDDLES = STEPS.cumsum() - STEPS / 2
FEW = settings(max_examples=50, deadline=None)
RELATIONS = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
    ">": operator.gt, "<": operator.lt,
}  # fmt: skip
ONE, OTHER = Watched("clans.share", (0,)), Watched("coercion.fear", ())


@st.composite
def courses(draw):
    """Two quantities over time `[ticks, runs]` in coarse steps, so that equality occurs."""
    shape = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    values = arrays(np.float32, shape, elements=st.integers(-2, 2).map(float))
    start = draw(st.integers(1, shape[0]))
    return {ONE: draw(values), OTHER: draw(values)}, start, draw(st.integers(start, shape[0]))


TESTS = st.lists(
    st.builds(
        watch.Test, st.sampled_from([ONE, OTHER]), st.sampled_from([*RELATIONS]), st.just(0.0)
    ),
    min_size=1,
    max_size=3,
).map(tuple)


def carried(reduction, courses, start=None):
    """What an outcome has carried along at the end of whole histories, [2, runs]."""
    ticks, runs = courses[ONE].shape
    looked = {w: jnp.asarray(start[w]) for w in at_start([reduction])}
    carry = start_reductions([reduction], runs, looked)
    for tick in range(1, ticks + 1):
        numbers = {w: jnp.asarray(values[tick - 1]) for w, values in courses.items()}
        moment = (np.int32(tick), STEPS[:tick].sum(), STEPS[tick - 1])
        carry = reduce(carry, [reduction], numbers, tuple(map(jnp.asarray, moment)))
    return np.asarray(carry)[0]


@FEW
@given(courses(), TESTS)
def test_conditions_are_counted_within_the_window(drawn, tests):
    """Of one set of conditions: for how long they hold, whether ever, and when first."""
    seen, start, stop = drawn
    holds = np.logical_and.reduce([RELATIONS[t.relation](seen[t.watched], t.value) for t in tests])
    inside = holds[start - 1 : stop]
    share = Reduction("share", start, stop, tests)
    held, years = carried(share, seen)
    window = STEPS[start - 1 : stop]
    np.testing.assert_allclose(years, window.sum(), rtol=1e-5)
    np.testing.assert_allclose(held, (window[:, None] * inside).sum(0), rtol=1e-5)
    ever = carried(dataclasses.replace(share, kind="happens"), seen)[0]
    np.testing.assert_array_equal(ever, inside.any(0))
    np.testing.assert_array_equal(ever > 0, held > 0)
    first = carried(dataclasses.replace(share, kind="first"), seen)[0]
    when = np.where(inside.any(0), MIDDLES[inside.argmax(0) + start - 1], np.nan)
    np.testing.assert_allclose(first, when, rtol=1e-5)


@FEW
@given(courses(), TESTS, st.data())
def test_what_counts_anew_did_not_hold_in_the_tick_before(drawn, tests, data):
    """Whether and when it begins within the window, and what is read off then."""
    seen, start, stop = drawn
    runs = seen[ONE].shape[1]
    numbers = arrays(np.float32, runs, elements=st.integers(-2, 2).map(float))
    before = {ONE: data.draw(numbers), OTHER: data.draw(numbers)}
    whole = {w: np.concatenate([before[w][None], values]) for w, values in seen.items()}
    holds = np.logical_and.reduce([RELATIONS[t.relation](whole[t.watched], t.value) for t in tests])
    begins = (holds[1:] & ~holds[:-1])[start - 1 : stop]
    anew = Reduction("happens", start, stop, tests, anew=True)
    np.testing.assert_array_equal(carried(anew, seen, before)[0], begins.any(0))
    for what in (None, ONE):
        anew = Reduction("first", start, stop, tests, what, anew=True)
        first, name = carried(anew, seen, before)
        tick = begins.argmax(0) + start
        when = np.where(begins.any(0), MIDDLES[tick - 1], np.nan)
        np.testing.assert_allclose(first, when, rtol=1e-5)
        if what is not None:
            there = begins.any(0)
            np.testing.assert_array_equal(name[there], whole[ONE][tick, np.arange(runs)][there])


def test_only_what_counts_anew_looks_at_the_start():
    test = watch.Test(ONE, ">", 0.0)
    usual = Reduction("happens", 1, 2, (test,))
    assert at_start([usual]) == []
    assert at_start([usual, dataclasses.replace(usual, anew=True)]) == [ONE]


BEGUN = """\
  boris-falls: {ask: Is Boris struck?, happens: "elite.severity[boris] >= 0.25"}
  led: {ask: Does the Tsar lead?, happens: leadership.leader == tsar}
  led-anew: {ask: Does he come to lead?, happens: leadership.leader == tsar, anew: true}
  war: {ask: When is there tension?, first: military_industry.war >= 0.5, from: 1953}
  war-anew: {ask: When does it begin?, first: military_industry.war >= 0.5, anew: true, from: 1953}
  outbreak:
    {ask: And under whom?, first: military_industry.war >= 0.5, anew: true, read: leadership.leader}
  leader-then: {ask: Who leads then?, value: leadership.leader, at: 1952-03}
"""
OUTBREAK = "add: {military_industry.tension: 0.4}"


def test_what_lasted_from_before_has_not_begun(tmp_path):
    text = changed(
        '  boris-falls: {ask: Is Boris struck?, happens: "elite.severity[boris] >= 0.25"}\n', BEGUN
    )
    text = text.replace(OUTBREAK, "set: {military_industry.war: 1}")
    found = Histories(read(tmp_path, text), seed=0).run_block(0, 8).outcomes.to_pydict()
    assert found["led"] == [True] * 8
    assert found["led-anew"] == [False] * 8
    january, march = (36 + 0.5) / 12, (26 + 0.5) / 12
    np.testing.assert_allclose(found["war"], [january] * 8, rtol=1e-6)
    assert np.isnan(found["war-anew"]).all()
    np.testing.assert_allclose(found["outbreak"], [march] * 8, rtol=1e-6)
    assert found["outbreak.is"] == found["leader-then"]


@FEW
@given(courses())
def test_numbers_are_read_within_the_window(drawn):
    seen, start, stop = drawn
    inside = seen[ONE][start - 1 : stop]
    total, years = carried(Reduction("mean", start, stop, read=ONE), seen)
    weighed = np.average(inside, axis=0, weights=STEPS[start - 1 : stop])
    np.testing.assert_allclose(total / years, weighed, atol=1e-5)
    for kind, expected in (
        ("value", inside[-1]), ("highest", inside.max(0)), ("lowest", inside.min(0)),
    ):  # fmt: skip
        found = carried(Reduction(kind, start, stop, read=ONE), seen)[0]
        np.testing.assert_array_equal(found, expected)


# What is put together of other outcomes


MORE = """\
  early: {ask: When is tension high?, first: military_industry.tension > 0.5}
  late: {ask: When is it higher?, first: military_industry.tension > 0.8}
  fear: {ask: How much fear?, mean: coercion.fear}
  calm: {ask: For how long is there none?, share: coercion.fear == 0, from: 1951}
  gap: {ask: How long from one to the other?, span: [early, late]}
  rise: {ask: How much more?, difference: [tension, fear]}
  times: {ask: How many times as much?, ratio: [tension, fear]}
  relative: {ask: By what part more?, ratio: [rise, fear]}
  per-year: {ask: How fast?, ratio: [rise, gap]}
history:
"""
ASKED = ("boris-falls", "exit", "head-of-mint", "tension", "early", "late", "fear", "calm")
"""What a run answers, in order."""
NUMBER = st.floats(-8, 8, width=32).filter(lambda x: x == 0 or abs(x) > 1e-3)


@pytest.fixture(scope="module")
def histories(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watch")
    return Histories(read(folder, changed("history:\n", MORE)), seed=0)


def answered(histories, **numbers):
    """The table of histories whose outcomes ended with these numbers, after nothing else."""
    runs = len(next(iter(numbers.values())))
    raw = np.zeros((len(ASKED), 2, runs), np.float32)
    raw[:, 1] = 1.0
    for name, values in numbers.items():
        raw[ASKED.index(name), 0] = values
    found = histories._outcome_table(np.arange(runs), raw, np.full(runs, OK)).to_pydict()
    return {name: np.array(values) for name, values in found.items()}


def ticks(values):
    """The middles of ticks, in years; `nan` for never."""
    return [np.nan if v is None else (v - 0.5) * STEP for v in values]


TICK = st.none() | st.integers(1, 60)


@FEW
@given(st.lists(st.tuples(TICK, TICK), min_size=1, max_size=20))
def test_a_span_is_the_whole_number_of_ticks_from_the_first_to_the_second(histories, pairs):
    one, other = zip(*pairs, strict=True)
    found = answered(histories, early=ticks(one), late=ticks(other))["gap"]
    expected = [np.nan if None in pair else (pair[1] - pair[0]) * STEP for pair in pairs]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@FEW
@given(st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=20))
def test_a_difference_is_the_first_less_the_second_and_a_ratio_is_by_the_second(histories, pairs):
    one, other = np.array(pairs, np.float64).T
    found = answered(histories, tension=one, fear=other)
    np.testing.assert_allclose(found["rise"], one - other)
    known = other != 0
    for name, parts in (("times", one), ("relative", one - other)):
        np.testing.assert_allclose(found[name][known], parts[known] / other[known])
        assert np.isnan(found[name][~known]).all()


def test_a_rate_is_missing_where_its_span_is(histories):
    found = answered(
        histories, tension=[3, 3, 3], fear=[1, 1, 1],
        early=ticks([1, 4, 4]), late=ticks([13, None, 4]),
    )  # fmt: skip
    np.testing.assert_allclose(found["gap"], [1, np.nan, 0])
    np.testing.assert_allclose(found["per-year"], [2, np.nan, np.nan])


def test_what_is_not_finite_is_no_answer(histories):
    """A history that failed leaves infinities behind, of which nothing can be made."""
    found = answered(histories, tension=[np.inf, np.inf, 1], fear=[np.inf, 1, np.nan])
    assert np.isnan(found["rise"]).all()
    assert np.isnan(found["times"]).all()


def test_a_share_is_of_the_years_of_its_window(histories):
    calm = histories.plan.outcomes[ASKED.index("calm")]
    assert (calm.start, calm.stop, len(calm.tests)) == (13, 60, 1)
    raw = np.ones((len(ASKED), 2, 1), np.float32)
    raw[ASKED.index("calm")] = [[1], [4]]
    table = histories._outcome_table(np.arange(1), raw, np.full(1, OK))
    assert table["calm"].to_pylist() == [0.25]


def test_each_has_a_unit_and_is_a_number(histories):
    specs = {s.name: s for s in histories.outcome_specs}
    units = {"calm": "share of time", "gap": "years", "rise": "", "times": "", "fear": ""}
    assert {n: (specs[n].kind, specs[n].unit) for n in units} == {
        n: ("number", unit) for n, unit in units.items()
    }
