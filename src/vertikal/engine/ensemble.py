"""Many histories of one scenario, as tables and arrays.

An `Ensemble` is what `simulate` gives back and `open_ensemble` opens. It holds no more in memory
than what is asked of it: the table of outcomes when that is asked for, a series when it is touched.
Statistics live in `vertikal.analysis`, pictures in `vertikal.report`.
"""

import html
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from vertikal.engine import durable, export
from vertikal.engine import store as stores
from vertikal.engine.blocks import OK, TABLES, joined
from vertikal.engine.ledger import RunWarning
from vertikal.engine.manifest import Manifest, OutcomeSpec
from vertikal.engine.store import RunDirectory, Store
from vertikal.errors import VertikalError

if TYPE_CHECKING:  # a twentieth of a start, and few runs are read by it
    import xarray as xr


@dataclass(frozen=True)
class Ensemble:
    """The finished histories of one scenario.

    Attributes:
        manifest: What was run.
        store: Where the finished blocks are.
        path: The run directory, or `None` if the ensemble is in memory only.
    """

    manifest: Manifest
    store: Store = field(repr=False)
    path: Path | None = None

    @property
    def runs(self) -> int:
        """Number of finished histories."""
        return sum(span.runs for span in self.store.finished().values())

    @property
    def is_complete(self) -> bool:
        """Whether every planned history is there."""
        return self.runs == self.manifest.runs

    @property
    def time(self) -> pd.DatetimeIndex:
        """First instant of each tick."""
        return pd.DatetimeIndex(np.array(self.manifest.time, dtype="datetime64[s]"), name="time")

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """One of the stored tables over all finished histories, as Arrow.

        Args:
            name: `outcomes`, `series` or `parameters`. Parameters may repeat a draw that two blocks
                share.
            columns: Which columns; all by default.
        """
        return joined(self.store.read(name, block, columns) for block in self.blocks())

    def blocks(self) -> list[int]:
        """Numbers of the finished blocks.

        Raises:
            VertikalError: If there is none.
        """
        blocks = list(self.store.finished())
        if not blocks:
            raise VertikalError(
                "there are no finished histories yet",
                where=str(self.path or ""),
                mend=f"Work them with `vertikal run --resume {durable.shell(self.path)}`.",
            )
        return blocks

    @cached_property
    def outcomes(self) -> pd.DataFrame:
        """One row a history, by `run`: `draw`, `status`, then the answers to the questions.

        Truth values are bool (`boolean` where a failed history has none), numbers and times float,
        labels and status categories. Read once; copy it before you change it.
        """
        frame = _frame(self.table("outcomes")).set_index("run")
        for spec in self.manifest.outcomes:
            if spec.kind == "bool" and frame[spec.name].dtype == object:
                frame[spec.name] = frame[spec.name].astype("boolean")
            if spec.labels:
                column = spec.columns[-1]
                frame[column] = frame[column].cat.set_categories(list(spec.labels))
        return frame

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """The value of each parameter, by `draw`. Read once; copy it before you change it."""
        return _frame(self.table("parameters")).drop_duplicates("draw").set_index("draw")

    @cached_property
    def failed(self) -> float:
        """Share of the finished histories that did not come to their end."""
        return float((self._status != OK).mean())

    @cached_property
    def _status(self) -> np.ndarray:
        return _frame(self.table("outcomes", ["status"]))["status"].to_numpy(dtype=str)

    @cached_property
    def _runs(self) -> np.ndarray:
        return np.concatenate(
            [np.arange(s.first, s.first + s.runs) for s in self.store.finished().values()]
        )

    def series(self, names: str | Sequence[str] | None = None) -> "xr.Dataset":
        """Recorded series, read when they are touched.

        Args:
            names: Addresses, with rows (`clans.share[leningrad]`) or without (`clans.share`, with a
                dimension of its own for the clans); all that were recorded by default.

        Returns:
            A dataset with dimensions `run`, `time` and the kinds of row; along `run` the
            coordinates `draw` and `status`.
        """
        from vertikal.engine import lazy

        self.blocks()
        chosen = [names] if isinstance(names, str) else names
        coordinates = {
            "run": self._runs,
            "draw": ("run", self._runs // self.manifest.replicates),
            "status": ("run", self._status),
        }
        return lazy.dataset(self.store, self.manifest, chosen, coordinates)

    @property
    def dataset(self) -> "xr.Dataset":
        """All recorded series, read when they are touched."""
        return self.series()

    def quantiles(self, name: str, q: float | Sequence[float]) -> "xr.DataArray":
        """Quantiles over histories of one series at each time, failed histories left out.

        Only one column of numbers is in memory at a time.

        Args:
            name: An address, with or without rows.
            q: One or more shares, 0 to 1.

        Returns:
            Quantiles with dimensions `quantile`, `time` and the kinds of row. Where no history has
            a number, NaN.
        """
        import xarray as xr

        shares = np.atleast_1d(np.asarray(q, float))
        (array,) = self.series(name).data_vars.values()
        good = self._status == OK
        rows = array.shape[2:]
        out = np.full((len(shares), *array.shape[1:]), np.nan)
        for place in np.ndindex(rows) if good.any() else ():
            out[(..., *place)] = _quantiles(
                array[(slice(None), slice(None), *place)].values[good], shares
            )
        coordinates = {dim: array.coords[dim] for dim in array.dims if dim != "run"}
        return xr.DataArray(
            out,
            dims=("quantile", *array.dims[1:]),
            coords={"quantile": shares, **coordinates},
            attrs=array.attrs,
        ).rename(name)

    def query(self, sql: str) -> pd.DataFrame:
        """Ask the stored tables in SQL (DuckDB): views `outcomes`, `series` and `parameters`.

        Names with dots or brackets go between double quotes:
        `select tick, avg("clans.share[beria]") from series group by tick`.

        Raises:
            VertikalError: If DuckDB does not accept the query.
        """
        import duckdb

        self.blocks()
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as connection:
            connection.execute("set enable_progress_bar = false")
            for name in TABLES:
                # two blocks may hold the same parameter draw
                distinct = "distinct" if name == "parameters" else ""
                if isinstance(self.store, RunDirectory):
                    stored = connection.read_parquet([str(file) for file in self.store.files(name)])
                else:
                    stored = connection.from_arrow(self.table(name))
                stored.create_view(f"stored {name}")
                connection.execute(
                    f'create view {name} as select {distinct} * from "stored {name}"'
                )
            try:
                return connection.execute(sql).df()
            except duckdb.Error as error:
                raise VertikalError(
                    f"DuckDB says: {error}",
                    where="query",
                    mend="There are views outcomes, series and parameters; put names with dots or "
                    'brackets between double quotes, such as "clans.share[beria]".',
                ) from error

    def export(self, path: str | Path, table: str = "outcomes") -> Path:
        """Write the ensemble for other programs; the ending of the name says how.

        Args:
            path: `.csv` for one table; `.nc` (NetCDF) or `.zarr` for everything.
            table: Which table goes into a CSV file: `outcomes`, `series` or `parameters`.

        Returns:
            The path.

        Raises:
            VertikalError: If the ending is unknown or the library for it is missing.
        """
        return export.write(self, Path(path), table)

    def __repr__(self) -> str:
        where = f", {self.path}" if self.path else ""
        return f"<Ensemble of {_name(self.manifest)}: {_count(self)}{where}>"

    def _repr_html_(self) -> str:
        rows = [
            ("scenario", _name(self.manifest)),
            ("histories", _count(self)),
            ("seed", str(self.manifest.seed)),
            (
                "period",
                f"{self.manifest.time[0]} to {self.manifest.time[-1]}, {self.manifest.ticks} ticks",
            ),
        ]
        if self.runs:
            good = self.outcomes[self.outcomes["status"] == OK]
            rows += [
                (spec.ask or spec.name, _answer(good, spec)) for spec in self.manifest.outcomes
            ]
        cells = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(name)}</th>'
            f"<td>{html.escape(value)}</td></tr>"
            for name, value in rows
        )
        return f"<table>{cells}</table>"


def open_ensemble(path: str | Path) -> Ensemble:
    """Open a run directory; it may be unfinished, then the finished histories are there.

    Raises:
        VertikalError: If the folder is not a run directory that this version can read.

    Warns:
        RunWarning: If files are missing or damaged; their histories are left out.
    """
    directory = stores.open_directory(path)
    if directory.faults:
        warnings.warn(
            f"{path}: left out because damaged: {'; '.join(directory.faults)}. "
            f"`vertikal run --resume {durable.shell(path)}` works them again.",
            RunWarning,
            stacklevel=2,
        )
    return Ensemble(directory.manifest, directory, directory.path)


def _frame(table: pa.Table) -> pd.DataFrame:
    """A table as a data frame, columns of words as categories."""
    words = [
        f.name
        for f in table.schema
        if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)
    ]
    return table.to_pandas(categories=words)


def _quantiles(values: np.ndarray, shares: np.ndarray) -> np.ndarray:
    if not np.isnan(values).any():
        return np.quantile(values, shares, axis=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice", RuntimeWarning)
        return np.nanquantile(values, shares, axis=0)


def _name(manifest: Manifest) -> str:
    return manifest.scenario.title or manifest.scenario.name


def _count(ensemble: Ensemble) -> str:
    runs, planned = ensemble.runs, ensemble.manifest.runs
    words = f"{runs:,} histories" if runs == planned else f"{runs:,} of {planned:,} histories"
    failures = round(ensemble.failed * runs) if runs else 0
    return f"{words}, {failures:,} failed" if failures else words


def _answer(good: pd.DataFrame, spec: OutcomeSpec) -> str:
    answers = good[spec.name]
    if not len(answers):
        return "no history came to its end"
    if spec.kind == "bool":
        return f"{answers.mean():.1%} yes"
    if spec.kind == "label":
        shares = answers.value_counts(normalize=True).head(3)
        return ", ".join(f"{label} {share:.1%}" for label, share in shares.items() if share > 0)
    if answers.isna().all():
        return "never" if spec.kind == "time" else "no number"
    came = answers.notna().mean()
    if spec.kind == "time":
        return f"{came:.1%} of histories, median {answers.median():.3g} years after the start"
    told = f"median {answers.median():.3g} {spec.unit}".rstrip()
    return f"{told} in the {came:.1%} of histories that have one" if came < 1 else told
