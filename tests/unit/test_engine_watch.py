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
from vertikal.engine.histories import Histories
from vertikal.engine.watch import Reduction, Watched, reduce, start_reductions

STEP = 1 / 12
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


def carried(reduction, courses):
    """What an outcome has carried along at the end of whole histories, [2, runs]."""
    ticks, runs = courses[ONE].shape
    carry = start_reductions([reduction], runs)
    for tick in range(1, ticks + 1):
        numbers = {w: jnp.asarray(values[tick - 1]) for w, values in courses.items()}
        carry = reduce(carry, [reduction], numbers, jnp.int32(tick), STEP)
    return np.asarray(carry)[0]


@FEW
@given(courses(), TESTS)
def test_conditions_are_counted_within_the_window(drawn, tests):
    """Of one set of conditions: how often they hold, whether ever, and when first."""
    seen, start, stop = drawn
    holds = np.logical_and.reduce([RELATIONS[t.relation](seen[t.watched], t.value) for t in tests])
    inside = holds[start - 1 : stop]
    share = Reduction("share", start, stop, tests)
    count, ticks = carried(share, seen)
    assert (ticks == stop - start + 1).all()
    np.testing.assert_array_equal(count, inside.sum(0))
    ever = carried(dataclasses.replace(share, kind="happens"), seen)[0]
    np.testing.assert_array_equal(ever, inside.any(0))
    np.testing.assert_array_equal(ever > 0, count > 0)
    first = carried(dataclasses.replace(share, kind="first"), seen)[0]
    when = np.where(inside.any(0), (inside.argmax(0) + start - 0.5) * STEP, np.nan)
    np.testing.assert_allclose(first, when, rtol=1e-6)


@FEW
@given(courses())
def test_numbers_are_read_within_the_window(drawn):
    seen, start, stop = drawn
    inside = seen[ONE][start - 1 : stop]
    total, ticks = carried(Reduction("mean", start, stop, read=ONE), seen)
    np.testing.assert_allclose(total / ticks, inside.mean(0), atol=1e-6)
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
    found = histories._outcome_table(np.arange(runs), raw, np.full(runs, -1)).to_pydict()
    return {name: np.array(values) for name, values in found.items()}


def ticks(values):
    """The middles of ticks, in years; `nan` for never."""
    return [np.nan if v is None else (v - 0.5) * STEP for v in values]


TICK = st.none() | st.integers(1, 7000)


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


def test_a_share_counts_the_ticks_of_its_window(histories):
    calm = histories.plan.outcomes[ASKED.index("calm")]
    assert (calm.start, calm.stop, len(calm.tests)) == (13, 60, 1)
    raw = np.zeros((len(ASKED), 2, 1), np.float32)
    raw[ASKED.index("calm")] = [[12], [48]]
    table = histories._outcome_table(np.arange(1), raw, np.full(1, -1))
    assert table["calm"].to_pylist() == [0.25]


def test_each_has_a_unit_and_is_a_number(histories):
    specs = {s.name: s for s in histories.outcome_specs}
    units = {"calm": "share of time", "gap": "years", "rise": "", "times": "", "fear": ""}
    assert {n: (specs[n].kind, specs[n].unit) for n in units} == {
        n: ("number", unit) for n, unit in units.items()
    }
