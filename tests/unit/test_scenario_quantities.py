import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vertikal.regime import priors
from vertikal.regime.priors import fixed, triangular, uniform
from vertikal.scenario.faults import Problem
from vertikal.scenario.quantities import Quantity, read, scaled, write_prior


def test_a_plain_number_between_none_and_all_is_a_judgement():
    assert read(0.8, 0, 1, spread=0.1) == Quantity(0.8, triangular(0.7, 0.8, 0.9))
    assert read(0.05, 0, 1, spread=0.1).prior == triangular(0, 0.05, 0.15)
    assert read(-0.4, -1, 1, spread=0.1).prior == triangular(-0.5, -0.4, -0.3)


@pytest.mark.parametrize("number", [0, 1, 2.5])
def test_none_all_and_sizes_above_one_are_certain(number):
    assert read(number, 0, 5, spread=0.1) == Quantity(number, fixed(number))


@pytest.mark.parametrize(
    ("raw", "value", "prior"),
    [
        ("0.6 to 0.9", 0.75, uniform(0.6, 0.9)),
        ("beta(2, 3)", 0.4, priors.beta(2, 3)),
        ({"value": 0.8, "prior": "0.6 to 0.9"}, 0.8, uniform(0.6, 0.9)),
        ("20%", 0.2, fixed(0.2)),
        ("10 to 30%", 0.2, uniform(0.1, 0.3)),
    ],
)
def test_priors_as_files_write_them(raw, value, prior):
    got = read(raw, 0, 1, spread=0.1)
    assert got.value == pytest.approx(value)
    assert got.prior.family == prior.family
    assert got.prior.arguments == pytest.approx(prior.arguments)


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("7 days", "years", 7 / 365.25),
        ("3 months", "years", 0.25),
        ("1 year", "years", 1),
        ("2 quarters", "years", 0.5),
        ("48 hours", "years", 48 / 8766),
        ("0.5 per year", "per year", 0.5),
        ("5% per month", "per year", 0.6),
        ("2 a week", "per year", 2 * 365.25 / 7),
        ("1/day", "per year", 365.25),
        ("3", "years", 3),
    ],
)
def test_units_of_time_are_converted(text, unit, value):
    got = read(text, 0, math.inf, unit=unit)
    assert got.value == pytest.approx(value)
    assert got.certain


def test_priors_are_converted_as_a_whole():
    got = read("7 to 14 days", 0, 10, unit="years")
    assert got.prior.arguments == pytest.approx((7 / 365.25, 14 / 365.25))
    got = read("lognormal(2, 0.5) per month", 0, math.inf, unit="per year")
    assert got.prior.arguments == pytest.approx((24, 0.5))


@pytest.mark.parametrize(
    ("raw", "unit", "words"),
    [
        ("7 days", "per year", "span of time, but a rate"),
        ("0.5 per year", "years", "rate, but a span of time"),
        ("7 days", "", "span of time, but a pure number"),
        ("5%", "years", "no span of time"),
        ("beta(2, 3) days", "years", "has no unit"),
        ("gamma(1, 2)", "", "neither a number nor a prior"),
        ("0.9 to 0.6", "", "low < high"),
        (True, "", "is no number"),
        (math.nan, "", "no finite number"),
        (10**400, "", "no finite number"),
        ("1e999", "", "no finite number"),
        ("nan", "", "no finite number"),
        ([0.5], "", "a list is no number"),
        (-0.1, "", "out of bounds"),
        ("0.5 to 1.5", "", "out of bounds"),
        ("normal(0.5, 0.5)", "", "out of bounds"),
        ({"value": 0.5}, "", "two entries"),
        ({"value": 0.5, "prior": "0.6 to 0.9"}, "", "outside its own prior"),
        ({"value": "0.1 to 0.2", "prior": "0.1 to 0.9"}, "", "must be one number"),
    ],
)
def test_what_is_no_number_is_refused(raw, unit, words):
    with pytest.raises(Problem, match=words):
        read(raw, 0, 1, unit=unit)


def test_a_prior_with_a_thin_tail_beyond_the_bounds_is_admitted():
    assert read("normal(0.5, 0.1)", 0, 1).prior == priors.normal(0.5, 0.1)
    assert read("lognormal(1, 0.5)", 0, 10).prior == priors.lognormal(1, 0.5)


positive = st.floats(1e-6, 1e3, allow_nan=False)


@given(a=positive, b=positive)
def test_priors_are_written_to_the_last_digit(a, b):
    low, high = sorted((a, b))
    made = [priors.lognormal(a, b), priors.beta(a, b), triangular(low, low, high)]
    if low < high:
        made += [uniform(low, high), priors.loguniform(low, high)]
    for prior in made:
        assert priors.parse(write_prior(prior)) == prior


@given(factor=st.floats(1e-3, 1e3), u=st.floats(0.01, 0.99))
def test_scaling_a_prior_scales_its_quantiles(factor, u):
    for prior in (
        uniform(1, 3),
        triangular(1, 2, 4),
        priors.normal(2, 1),
        priors.lognormal(2, 0.5),
        priors.loguniform(1, 9),
        fixed(2),
    ):
        got = float(scaled(prior, factor).quantile(u))
        assert got == pytest.approx(float(prior.quantile(u)) * factor, rel=1e-6)
