"""Prior predictive places of recorded numbers and times."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from vertikal.analysis import predictive
from vertikal.errors import VertikalError


def table(runs=4001):
    draw = np.random.default_rng(2)
    when = np.where(draw.random(runs) < 0.3, draw.uniform(0, 5, runs), np.nan)
    return pd.DataFrame(
        {
            "share": (np.arange(runs) + 0.5) / runs,
            "when": when,
            "won": draw.random(runs) < 0.5,
            "who": "anna",
        }
    )


@pytest.mark.parametrize("value", [0.001, 0.03, 0.5, 0.81, 0.999])
def test_a_uniform_outcome_places_a_record_at_its_own_quantile(value):
    place = predictive(table(), {"share": value}).places[0]
    assert place.quantile == pytest.approx(value, abs=1e-3)
    assert place.median == pytest.approx(0.5, abs=1e-3)
    assert (place.low, place.high) == pytest.approx((0.05, 0.95), abs=1e-3)
    assert place.is_within == (0.05 <= value <= 0.95)
    assert place.tail == pytest.approx(2 * min(value, 1 - value), abs=2e-3)
    assert place.runs == 4001


def test_records_drawn_from_the_model_have_uniform_quantiles():
    """What makes a quantile readable: under the model it is uniform."""
    outcomes = pd.DataFrame({"x": np.random.default_rng(3).normal(size=20_000)})
    records = np.random.default_rng(4).normal(size=300)
    quantiles = [predictive(outcomes, {"x": v}).places[0].quantile for v in records]
    assert stats.kstest(quantiles, "uniform").pvalue > 0.01


def test_a_time_that_never_came_is_the_latest_of_all():
    found = predictive(table(), {"when": None}, kinds={"when": "time"}).places[0]
    assert found.recorded == found.median == found.high == np.inf
    assert found.quantile == pytest.approx(0.3 + 0.7 / 2, abs=0.03)
    early = predictive(table(), {"when": 0.01}, kinds={"when": "time"}).places[0]
    assert early.quantile < 0.01
    assert not early.is_within


def test_bands_are_as_wide_as_asked():
    narrow, wide = (predictive(table(), {"share": 0.5}, band=b).places[0] for b in (0.5, 0.9))
    assert (narrow.low, narrow.high) == pytest.approx((0.25, 0.75), abs=1e-3)
    assert wide.high - wide.low > narrow.high - narrow.low


def test_it_shows_itself_as_a_table():
    found = predictive(table(), {"share": 0.99}, uses={"share": "reproduce"})
    line = found.table().iloc[0]
    assert line["use"] == "reproduce"
    assert not line["within"]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"won": True}, "no order"),
        ({"who": "anna"}, "no order"),
        ({"share": "much"}, "no number"),
        ({"share": None}, "no number"),
        ({"shares": 0.5}, "no outcome"),
    ],
)
def test_what_cannot_be_placed_is_said(record, words):
    with pytest.raises(VertikalError, match=words):
        predictive(table(), record)
    with pytest.raises(VertikalError, match="band"):
        predictive(table(), {"share": 0.5}, band=1.0)


def test_a_number_is_placed_among_the_histories_that_have_one():
    gap = np.where(np.arange(400) % 4 == 0, np.arange(400) / 400, np.nan)
    outcomes = pd.DataFrame({"gap": gap, "none": np.nan})
    place, nowhere = predictive(outcomes, {"gap": 0.5, "none": 1.0}).places
    assert place.quantile == pytest.approx(0.5, abs=0.01)
    assert (place.runs, place.missing) == (100, 300)
    assert (nowhere.runs, nowhere.missing, nowhere.is_within) == (0, 400, False)
    assert np.isnan([nowhere.quantile, nowhere.median, nowhere.low, nowhere.high]).all()
