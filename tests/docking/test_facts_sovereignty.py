"""Fact 7 is measured and reported; a test fails only if a measurement is not valid."""

import numpy as np
import pandas as pd
import pytest

from tests.docking.facts_sovereignty import (
    GRADIENT,
    GRADIENT_OUTCOMES,
    Within,
    _held,
    measure_gradient,
)

RUNS, SEED = 128, 1953


@pytest.mark.slow
def test_comparisons_within_histories_are_honest(record_property):
    for held in measure_gradient(RUNS, SEED):
        record_property(held.within.words, f"{held.difference:+.3f}, {held.share:.0%}")
        assert np.isfinite([held.difference, held.low, held.high]).all()
        assert held.low <= held.difference <= held.high
        assert 0 <= held.share <= 1


def test_the_comparisons_are_declared_before_they_are_measured():
    for within in GRADIENT:
        assert within.larger in GRADIENT_OUTCOMES
        assert within.smaller in GRADIENT_OUTCOMES or isinstance(within.smaller, float)


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.1, "yes"), (-0.1, "no: the opposite"), (0.0, "not shown")]
)
def test_a_verdict_follows_the_interval(shift, verdict):
    noise = np.random.default_rng(5).normal(0, 0.05, 400)
    noise -= noise.mean()
    draws = np.repeat(np.arange(50), 8)
    answers = pd.DataFrame({"a": 0.5 + shift + noise, "b": 0.5, "draw": draws})
    held = _held(Within("a above b", "a", "b"), answers)
    assert held.verdict == verdict
    assert held.difference == pytest.approx(shift, abs=1e-9)


def test_histories_of_one_draw_count_as_one_observation():
    noise = np.random.default_rng(6).normal(0, 0.05, 40)
    once = pd.DataFrame({"a": 0.5 + noise, "b": 0.5, "draw": range(40)})
    often = pd.concat([once] * 10, ignore_index=True)
    within = Within("a above b", "a", "b")
    one, ten = _held(within, once), _held(within, often)
    assert ten.high - ten.low == pytest.approx(one.high - one.low)
