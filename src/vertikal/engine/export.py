"""Ensembles in the formats of other programs: CSV, NetCDF and Zarr."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.csv

from vertikal.engine import durable
from vertikal.engine.blocks import TABLES
from vertikal.errors import VertikalError

if TYPE_CHECKING:
    import xarray as xr

    from vertikal.engine.ensemble import Ensemble

_NETCDF4 = ("netCDF4", "h5netcdf")


def write(ensemble: "Ensemble", path: Path, table: str) -> Path:
    """Write an ensemble as the ending of `path` says; see `Ensemble.export`."""
    writers = {".csv": _csv, ".nc": _netcdf, ".zarr": _zarr}
    if path.suffix not in writers:
        raise VertikalError(
            f"{path.suffix or 'no ending'!r} is no format to export to",
            where=str(path),
            mend=f"End the name in {', '.join(writers)}. For Parquet, read the run directory.",
        )
    if table not in TABLES:
        raise VertikalError(
            f"there is no table {table!r}", where="table", mend=f"Name one of {', '.join(TABLES)}."
        )
    with durable.explained(path, mend="export again."):
        path.parent.mkdir(parents=True, exist_ok=True)
        writers[path.suffix](ensemble, path, table)
    return path


def _csv(ensemble: "Ensemble", path: Path, table: str) -> None:
    if table == "parameters":  # small, and a draw shared by two blocks should stand there once
        ensemble.parameters.to_csv(path)
        return
    blocks = ensemble.blocks()
    schema = ensemble.store.read(table, blocks[0]).schema
    with pyarrow.csv.CSVWriter(path, _plain(schema)) as writer:
        for block in blocks:
            writer.write_table(ensemble.store.read(table, block).cast(_plain(schema)))


def _plain(schema: pyarrow.Schema) -> pyarrow.Schema:
    words = pyarrow.types.is_dictionary
    return pyarrow.schema([f.with_type(f.type.value_type) if words(f.type) else f for f in schema])


def everything(ensemble: "Ensemble") -> "xr.Dataset":
    """Series, outcomes (`outcome.NAME`) and parameters (`parameter.ADDRESS`) as one dataset."""
    data = ensemble.dataset
    outcomes = _plain_columns(ensemble.outcomes.drop(columns=["draw", "status"]))
    parameters = _plain_columns(ensemble.parameters).rename_axis("parameter_draw")
    for prefix, frame in (("outcome", outcomes), ("parameter", parameters)):
        index = str(frame.index.name)
        data = data.assign_coords({index: frame.index.to_numpy()})
        data = data.assign({f"{prefix}.{c}": (index, frame[c].to_numpy()) for c in frame.columns})
    for spec in ensemble.manifest.outcomes:
        data[f"outcome.{spec.name}"].attrs = {
            "long_name": spec.ask or spec.name,
            "units": spec.unit,
        }
    return data


def _plain_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories and truth values with gaps as what array formats know: strings and numbers."""
    plain: dict[Any, pd.Series] = {}
    for name, column in frame.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            plain[name] = column.astype(object).fillna("").astype(str)
        elif isinstance(column.dtype, pd.BooleanDtype):
            plain[name] = column.astype(float)
        else:
            plain[name] = column
    return pd.DataFrame(plain, index=frame.index)


def _netcdf(ensemble: "Ensemble", path: Path, _: str) -> None:
    better = next((name for name in _NETCDF4 if importlib.util.find_spec(name)), None)
    data = everything(ensemble)
    if better is None:
        data.to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")
    else:
        data.to_netcdf(path, engine=better)  # type: ignore[call-overload]


def _zarr(ensemble: "Ensemble", path: Path, _: str) -> None:
    if not importlib.util.find_spec("zarr"):
        raise VertikalError(
            "writing Zarr needs the library zarr, which is not installed",
            where=str(path),
            mend="`pip install zarr`, or export to .nc instead.",
        )
    everything(ensemble).to_zarr(path, mode="w-")
