"""Series of an ensemble as arrays that are read only where they are touched.

A series is stored as one Parquet column for each address; `clans.share[leningrad]` and
`clans.share[malenkov]` together are one variable `clans.share` with dimensions run, time and clan.
Reading part of it reads only the blocks and columns which that part needs.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from xarray.backends import BackendArray
from xarray.core import indexing

from vertikal.engine.manifest import Manifest, split_address
from vertikal.engine.store import Store
from vertikal.errors import VertikalError

RowNames = tuple[str, ...]


@dataclass(frozen=True)
class Wanted:
    """One variable to be read.

    Attributes:
        name: Address without rows.
        dims: Names of its dimensions after run and time.
        columns: The column of each tuple of row names.
    """

    name: str
    dims: tuple[str, ...]
    columns: dict[RowNames, str]


def select(manifest: Manifest, names: Sequence[str] | None) -> list[Wanted]:
    """The variables that some addresses name; all of them if `names` is `None`.

    Args:
        manifest: Says what was recorded.
        names: Addresses, with or without rows.

    Raises:
        VertikalError: If an address was not recorded.
    """
    found: dict[str, dict[RowNames, str]] = {}
    recorded = {address: split_address(address) for address in manifest.series}
    for name in recorded if names is None else names:
        matching = {a: parts for a, parts in recorded.items() if _names(name, a, parts)}
        if not matching:
            known = sorted({*recorded, *(parts[0] for parts in recorded.values())})
            near = difflib.get_close_matches(name, known, n=1)
            raise VertikalError(
                f"the series {name!r} was not recorded",
                where="series",
                mend=(f"Did you mean {near[0]!r}? " if near else "")
                + f"Recorded: {', '.join(known[:12])}"
                f"{' …' if len(known) > 12 else ''}.",
            )
        for address, (variable, rows) in matching.items():
            found.setdefault(variable, {})[rows] = address
    return [
        Wanted(name, _dims(manifest, name, columns), columns) for name, columns in found.items()
    ]


def _names(name: str, address: str, parts: tuple[str, RowNames]) -> bool:
    """Whether a user's spelling means an address, whatever the blanks between its rows."""
    variable, rows = parts
    return name in (address, variable) or "".join(name.split()) == f"{variable}[{','.join(rows)}]"


def _dims(manifest: Manifest, name: str, columns: dict[RowNames, str]) -> tuple[str, ...]:
    depth = len(next(iter(columns)))
    given = manifest.variable(name).dims or tuple(f"{name} row {i + 1}" for i in range(depth))
    # xarray wants different names where a variable relates a kind of row to itself
    return tuple(f"other {dim}" if dim in given[:i] else dim for i, dim in enumerate(given))[:depth]


def dataset(
    store: Store, manifest: Manifest, names: Sequence[str] | None, coordinates: dict[str, Any]
) -> xr.Dataset:
    """Series as a dataset with dimensions run, time and the kinds of row, read when touched.

    Args:
        store: Where the finished blocks are.
        manifest: Says what was recorded.
        names: Addresses, with or without rows; `None` for all.
        coordinates: Further coordinates along `run`.
    """
    wanted = select(manifest, names)
    rows: dict[str, dict[str, None]] = {}
    for variable in wanted:
        for position, dim in enumerate(variable.dims):
            rows.setdefault(dim, {}).update(
                dict.fromkeys(row[position] for row in variable.columns)
            )
    axes = {dim: np.array(list(names), dtype=str) for dim, names in rows.items()}
    data = {}
    for variable in wanted:
        array = SeriesArray(
            store, manifest.ticks, variable, [list(axes[dim]) for dim in variable.dims]
        )
        dims = ("run", "time", *variable.dims)
        data[variable.name] = xr.Variable(
            dims, indexing.LazilyIndexedArray(array), attrs=_attributes(manifest, variable.name)
        )
    time = np.array(manifest.time, dtype="datetime64[s]")
    facts = {
        "scenario": manifest.scenario.name,
        "digest": manifest.scenario.digest,
        "seed": str(manifest.seed),
        "vertikal": manifest.vertikal,
    }
    return xr.Dataset(data, coords={"time": time, **coordinates, **axes}, attrs=facts)


def _attributes(manifest: Manifest, name: str) -> dict[str, Any]:
    variable = manifest.variable(name)
    found: dict[str, Any] = {"units": variable.unit, "long_name": variable.label or name}
    if variable.labels:  # as the CF conventions have it
        found["flag_values"] = np.arange(len(variable.labels), dtype=np.int32)
        found["flag_meanings"] = " ".join(label.replace(" ", "_") for label in variable.labels)
    return found


class SeriesArray(BackendArray):
    """A variable over run, time and rows that reads the blocks and columns which an index touches.

    Rows of the coordinates that were not recorded for this variable are NaN.
    """

    def __init__(self, store: Store, ticks: int, wanted: Wanted, rows: list[list[str]]) -> None:
        self.store, self.ticks, self.wanted, self.rows = store, ticks, wanted, rows
        self.spans = store.finished()
        runs = sum(span.runs for span in self.spans.values())
        self.shape = (runs, ticks, *(len(names) for names in rows))
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> Any:
        chosen = [np.atleast_1d(np.arange(n)[k]) for n, k in zip(self.shape, key, strict=True)]
        runs, ticks, *rows = chosen
        shape = tuple(len(axis) for axis in chosen)
        out = np.full(shape, np.nan, np.float32)
        places: dict[str, list[tuple[int, ...]]] = {}
        for place in np.ndindex(shape[2:]):
            names = tuple(self.rows[d][rows[d][i]] for d, i in enumerate(place))
            if names in self.wanted.columns:
                places.setdefault(self.wanted.columns[names], []).append(place)
        start = 0
        for block, span in self.spans.items():
            inside = np.flatnonzero((runs >= start) & (runs < start + span.runs))
            if inside.size and places:
                self._fill(out, block, span.runs, places, (inside, runs[inside] - start, ticks))
            start += span.runs
        singles = tuple(i for i, k in enumerate(key) if isinstance(k, int | np.integer))
        return out.squeeze(axis=singles)

    def _fill(
        self,
        out: np.ndarray,
        block: int,
        count: int,
        places: dict[str, list[tuple[int, ...]]],
        where: tuple[np.ndarray, np.ndarray, np.ndarray],
    ) -> None:
        inside, runs, ticks = where
        table = self.store.read("series", block, list(places))
        for column, at in places.items():
            values = table[column].to_numpy().reshape(count, self.ticks)[np.ix_(runs, ticks)]
            for place in at:
                index: Any = (inside, slice(None), *place)
                out[index] = values
