"""Priors: quantiles, supports, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from vertikal.regime import priors

GOOD = {
    "0.1 to 0.4": priors.uniform(0.1, 0.4),
    "triangular(0.1, 0.2, 0.4)": priors.triangular(0.1, 0.2, 0.4),
    "lognormal(0.3, 0.5)": priors.lognormal(0.3, 0.5),
    "loguniform(0.01, 1)": priors.loguniform(0.01, 1),
    "normal(-1, 2)": priors.normal(-1, 2),
    "beta(2, 3)": priors.beta(2, 3),
    "fixed(7)": priors.fixed(7),
}


@pytest.mark.parametrize(("text", "prior"), GOOD.items())
def test_parse_reads_what_str_writes(text, prior):
    assert priors.parse(text) == prior
    assert priors.parse(str(prior)) == prior


@pytest.mark.parametrize(
    "text",
    ["", "0.4 to 0.1", "high", "uniform(1)", "beta(-1, 2)", "normal(0, nan)", "lognormal(a, b)",
     "triangular(3, 2, 1)", "import os"],
)  # fmt: skip
def test_parse_refuses_and_says_what_would_do(text):
    with pytest.raises(ValueError, match=r"prior|numbers|takes"):
        priors.parse(text)


@given(st.sampled_from(sorted(GOOD)), st.floats(1e-6, 1 - 1e-6))
def test_quantiles_rise_and_stay_in_the_support(text, u):
    prior = GOOD[text]
    low, high = prior.support()
    here, above = prior.quantile(u), prior.quantile(min(1 - 1e-9, u + 1e-6))
    assert low <= here <= high
    assert above >= here


@pytest.mark.parametrize("prior", GOOD.values(), ids=str)
def test_mean_is_the_mean_of_the_quantiles(prior):
    u = (np.arange(200_000) + 0.5) / 200_000
    assert prior.quantile(u).mean() == pytest.approx(prior.mean(), rel=2e-3)


def test_triangular_without_width_is_a_point():
    assert priors.triangular(1, 1, 1).quantile(0.3) == 1


REFERENCES = {
    "0.1 to 0.4": stats.uniform(0.1, 0.3),
    "triangular(0.1, 0.2, 0.4)": stats.triang(1 / 3, loc=0.1, scale=0.3),
    "lognormal(0.3, 0.5)": stats.lognorm(0.5, scale=0.3),
    "loguniform(0.01, 1)": stats.loguniform(0.01, 1),
    "normal(-1, 2)": stats.norm(-1, 2),
    "beta(2, 3)": stats.beta(2, 3),
}


@pytest.mark.parametrize(("text", "reference"), REFERENCES.items())
def test_quantiles_and_means_are_those_of_scipy(text, reference):
    u = np.linspace(0.001, 0.999, 201)
    np.testing.assert_allclose(GOOD[text].quantile(u), reference.ppf(u), rtol=1e-9, atol=1e-12)
    assert GOOD[text].mean() == pytest.approx(reference.mean())
    assert GOOD[text].support() == pytest.approx(reference.support())
