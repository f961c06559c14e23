"""Series over many histories: the median, and bands that hold a stated share of histories."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vertikal.analysis.tables import Tabled
from vertikal.errors import VertikalError

if TYPE_CHECKING:
    import xarray as xr

BANDS = (0.5, 0.9)
"""Shares of histories that the bands of a fan hold, time by time."""


@dataclasses.dataclass(frozen=True)
class Fan(Tabled):
    """Quantiles over histories of one quantity, row by row (clans, persons) and time by time."""

    name: str
    """Address of the series, for instance `clans.share`."""
    rows: tuple[str, ...]
    """What is shown side by side."""
    time: tuple[str, ...]
    """Dates, ISO."""
    probabilities: tuple[float, ...]
    """Which quantiles, ascending."""
    quantiles: np.ndarray
    """(row, time, probability)."""
    runs: int
    """Histories."""

    def table(self) -> pd.DataFrame:
        """One row a row and time, one column a quantile."""
        frame = pd.DataFrame(
            self.quantiles.reshape(-1, len(self.probabilities)),
            columns=[f"q{100 * p:02g}" for p in self.probabilities],
        )
        frame.insert(0, "time", list(self.time) * len(self.rows))
        frame.insert(0, "row", np.repeat(self.rows, len(self.time)))
        return frame


def fan(
    name: str,
    values: "xr.DataArray | Mapping[str, np.ndarray]",
    *,
    time: Sequence[str] | None = None,
    rows: Sequence[str] | None = None,
    bands: Sequence[float] = BANDS,
) -> Fan:
    """The quantiles of a series over histories.

    Args:
        name: Address of the series.
        values: A DataArray with the dimensions `run` and `time` and at most one more for the rows;
            or for each row an array (run, time).
        time: Dates, where `values` does not carry them.
        rows: Which rows, in which order; all unless given.
        bands: Shares of histories that the bands hold.

    Raises:
        VertikalError: If the dimensions are not these, or a row is unknown.
    """
    blocks, dates = _blocks(name, values, time)
    chosen = tuple(rows) if rows is not None else tuple(blocks)
    for row in chosen:
        if row not in blocks:
            raise VertikalError(
                f"there is no row {row!r}", where=name, mend="Rows are " + ", ".join(blocks) + "."
            )
    tails = sorted({0.5, *((1 - b) / 2 for b in bands), *((1 + b) / 2 for b in bands)})
    found = np.stack([_quantiles(blocks[row], tails) for row in chosen])
    runs = len(next(iter(blocks.values())))
    return Fan(name, chosen, dates, tuple(round(t, 6) for t in tails), found, runs)


def _quantiles(values: np.ndarray, tails: Sequence[float]) -> np.ndarray:
    """Quantiles over histories, (time, probability)."""
    is_whole = len(values) > 0 and not np.isnan(values).any()
    quantile = np.quantile if is_whole else np.nanquantile  # which goes column by column
    return np.asarray(quantile(values, tails, axis=0)).T


def _blocks(
    name: str, values: "xr.DataArray | Mapping[str, np.ndarray]", time: Sequence[str] | None
) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """An array (run, time) for each row, and the dates."""
    if isinstance(values, Mapping):
        return {str(k): np.asarray(v) for k, v in values.items()}, tuple(map(str, time or ()))
    others = [d for d in values.dims if d not in ("run", "time")]
    if not {"run", "time"} <= set(values.dims) or len(others) > 1:
        raise VertikalError(
            f"dimensions {values.dims}", where=name, mend="Give run, time and at most one more."
        )
    if time is None:
        stamps = values["time"].values
        is_date = np.issubdtype(stamps.dtype, np.datetime64)
        time = [str(s)[:10] if is_date else str(s) for s in stamps]
    if not others:
        return {name: values.transpose("run", "time").values}, tuple(time)
    ordered = values.transpose(others[0], "run", "time")
    labels = [str(label) for label in ordered[others[0]].values]
    return dict(zip(labels, ordered.values, strict=True)), tuple(time)
