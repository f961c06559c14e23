"""Blocks of histories: what a program gives back, and how that becomes Parquet.

A program works histories `[k * n, (k + 1) * n)` as block `k`; the last block may be shorter. A
block is a pure function of its first run and its count. Its three tables are checked against the
manifest before they are kept, and encoded with fixed options, so that equal tables give equal
bytes.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from vertikal.engine.manifest import Manifest, OutcomeSpec

TABLES = ("outcomes", "series", "parameters")
"""The tables of a block, each in a folder of its own."""

OK = "ok"
"""The status of a history that came to its end; any other status is the reason why not."""


class Block(NamedTuple):
    """The results of a stretch of histories.

    Attributes:
        outcomes: One row a history: `run` (int64), `draw` (int64), `status` (string: "ok" or the
            reason of the failure), then the columns of each outcome of the manifest.
        series: `ticks` rows a history, run after run: `run` (int64), `tick` (int32, from 1), then a
            float32 column for each address of the manifest.
        parameters: The draws that these histories use: `draw` (int64), then a column for each
            parameter, float64, or strings where it names a theory.
    """

    outcomes: pa.Table
    series: pa.Table
    parameters: pa.Table


class Program(Protocol):
    """Something that can work histories: a compiled scenario, or a stand-in for tests.

    `run_block` is called from several threads at once. It must be pure (same arguments, same bits,
    whatever else is running) and should let other threads run while it computes. To be sent to
    other processes or machines, a program must also be picklable.
    """

    @property
    def runs_per_block(self) -> int:
        """Histories in a block."""

    @property
    def replicates(self) -> int:
        """Histories of each parameter draw."""

    def run_block(self, first: int, count: int) -> Block:
        """Work histories `first` to `first + count - 1`."""


class Span(NamedTuple):
    """The histories `first` to `first + runs - 1`."""

    first: int
    runs: int


def plan(runs: int, runs_per_block: int) -> dict[int, Span]:
    """The blocks of an ensemble, by number.

    Example:
        >>> plan(2500, 1024)[2]
        Span(first=2048, runs=452)
    """
    return {
        block: Span(first, min(runs_per_block, runs - first))
        for block, first in enumerate(range(0, runs, runs_per_block))
    }


def check(block: Block, span: Span, manifest: Manifest) -> Block:
    """Hold a block against the manifest; return it with its tables in one piece each.

    Raises:
        ValueError: If a column, a type or a row is not as the contract says. This is a fault of the
            program, not of the user.
    """
    outcomes, series, parameters = (t.combine_chunks().replace_schema_metadata() for t in block)
    runs = np.arange(span.first, span.first + span.runs)
    _check_outcomes(outcomes, runs, manifest)
    wanted = {"run": pa.int64(), "tick": pa.int32()} | dict.fromkeys(manifest.series, pa.float32())
    _check_types("series", series, wanted)
    _check_rows("series", "run", series, np.repeat(runs, manifest.ticks))
    _check_rows("series", "tick", series, np.tile(np.arange(1, manifest.ticks + 1), span.runs))
    _check_types("parameters", parameters, _parameter_types(parameters))
    _check_rows("parameters", "draw", parameters, np.unique(runs // manifest.replicates))
    return Block(outcomes, series, parameters)


def _check_outcomes(outcomes: pa.Table, runs: np.ndarray, manifest: Manifest) -> None:
    wanted: dict[str, pa.DataType | None] = {"run": pa.int64(), "draw": pa.int64(), "status": None}
    for spec in manifest.outcomes:
        wanted |= _outcome_types(spec)
    _check_types("outcomes", outcomes, wanted)
    _check_rows("outcomes", "run", outcomes, runs)
    _check_rows("outcomes", "draw", outcomes, runs // manifest.replicates)
    for spec in manifest.outcomes:
        if spec.labels:
            found = set(outcomes[spec.columns[-1]].cast(pa.string()).unique().to_pylist()) - {None}
            if found - set(spec.labels):
                raise ValueError(
                    f"outcomes: {spec.name} has undeclared labels {found - set(spec.labels)}"
                )


def _parameter_types(parameters: pa.Table) -> dict[str, pa.DataType | None]:
    wanted: dict[str, pa.DataType | None] = {"draw": pa.int64()}
    for field in list(parameters.schema)[1:]:  # numbers, or the name of a theory in play
        wanted[field.name] = pa.float64() if pa.types.is_floating(field.type) else None
    return wanted


def _outcome_types(spec: OutcomeSpec) -> dict[str, pa.DataType | None]:
    kinds = {"bool": pa.bool_(), "number": pa.float64(), "time": pa.float64(), "label": None}
    return dict.fromkeys(spec.columns) | {spec.name: kinds[spec.kind]}


def _check_types(name: str, table: pa.Table, wanted: dict[str, pa.DataType | None]) -> None:
    if table.column_names != list(wanted):
        raise ValueError(f"{name}: columns {table.column_names}, not {list(wanted)}")
    for column, kind in wanted.items():
        found = table.schema.field(column).type
        if kind is None:  # a column of words, plain or by dictionary
            plain = found.value_type if pa.types.is_dictionary(found) else found
            if not pa.types.is_string(plain) and not pa.types.is_large_string(plain):
                raise ValueError(f"{name}: {column} is {found}, not strings")
        elif found != kind:
            raise ValueError(f"{name}: {column} is {found}, not {kind}")


def _check_rows(name: str, column: str, table: pa.Table, wanted: np.ndarray) -> None:
    if not np.array_equal(table[column].to_numpy(), wanted):
        raise ValueError(f"{name}: column {column} does not hold the rows asked for, in order")


def encode(table: pa.Table) -> bytes:
    """A table as a Parquet file; equal tables give equal bytes under one version of pyarrow.

    Numbers with a fraction are split by byte, which lets zstd find the likeness of their exponents;
    everything else (row numbers, truth values, words) goes through a dictionary.
    """
    import pyarrow.parquet as pq

    fractions = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    others = [f.name for f in table.schema if not pa.types.is_floating(f.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        use_dictionary=others,
        use_byte_stream_split=fractions,
        write_statistics=True,
    )
    return sink.getvalue().to_pybytes()


def joined(tables: Iterable[pa.Table]) -> pa.Table:
    """Tables of several blocks, one under the other; one dictionary for each column of words."""
    return pa.concat_tables(tables).unify_dictionaries()
