"""Fans: quantiles of series over histories."""

import numpy as np
import pytest
import xarray as xr

from vertikal.analysis import fan
from vertikal.errors import VertikalError

VALUES = np.random.default_rng(0).random((101, 4, 2)).astype(np.float32)


def array(dims=("run", "time", "clan"), values=VALUES):
    time = np.array(["1946-01", "1946-02", "1946-03", "1946-04"], "datetime64[ns]")
    coords = {"time": time, "clan": ["malenkov", "beria"]}
    return xr.DataArray(values, dims=dims, coords={d: coords[d] for d in dims if d in coords})


def test_quantiles_hold_the_stated_share():
    found = fan("clans.share", array(), bands=(0.5, 0.9))
    assert found.probabilities == (0.05, 0.25, 0.5, 0.75, 0.95)
    assert found.time[1] == "1946-02-01"
    assert found.rows == ("malenkov", "beria")
    low, high = found.quantiles[1, 2, 0], found.quantiles[1, 2, -1]
    inside = (VALUES[:, 2, 1] >= low) & (VALUES[:, 2, 1] <= high)
    assert inside.mean() == pytest.approx(0.9, abs=0.011)


def test_only_series_with_gaps_are_gone_through_column_by_column(monkeypatch):
    gaps = {"a": np.where(VALUES[:, :, 0] < 0.2, np.nan, VALUES[:, :, 0])}
    slow = np.stack([np.nanquantile(VALUES[:, :, j], [0.25, 0.5, 0.75], axis=0).T for j in (0, 1)])
    assert not np.isnan(fan("x", gaps).quantiles).any()
    monkeypatch.delattr(np, "nanquantile")
    assert np.array_equal(fan("x", array(), bands=(0.5,)).quantiles, slow)


def test_rows_dimensions_and_plain_arrays():
    turned = array(("clan", "time", "run"), VALUES.transpose(2, 1, 0))
    assert np.array_equal(fan("x", turned).quantiles, fan("x", array()).quantiles)
    one = fan("x", array(), rows=["beria"])
    plain = fan("x", {"beria": VALUES[:, :, 1]}, time=one.time)
    assert np.array_equal(one.quantiles, plain.quantiles)
    single = fan("tension", array().isel(clan=0, drop=True))
    assert single.rows == ("tension",)
    assert len(one.table()) == 4


def test_unknown_row_is_said():
    with pytest.raises(VertikalError, match="no row 'army'"):
        fan("clans.share", array(), rows=["army"])
