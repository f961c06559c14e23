"""What an outcome table is: one row a history, one column an outcome.

Functions of this room take plain tables, so that they serve any data of this form: a pandas
DataFrame indexed by `run`, with a column `draw` (the parameter draw that the history used), a
column `status` ("ok" or the reason why the history failed), and outcomes as further columns. A
missing `draw` means that every history had its own; a missing `status` that none failed.
"""

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from rich.table import Table as RichTable
from rich.text import Text

from vertikal.errors import VertikalError

Kind = Literal["bool", "label", "number", "time"]
"""What an outcome's values are; `time` is years since the start, missing where it never came."""

KINDS: tuple[Kind, ...] = ("bool", "label", "number", "time")
MODE = ".is"
"""`NAME.is` is the column with the mode of the time outcome `NAME`."""
NEVER = "never"
"""The value of a mode, or of any label, in histories that have none."""

_OWN = ("run", "draw", "status")


class Tabled:
    """A result that shows itself as a table: in a terminal through rich, in a notebook as HTML."""

    def table(self) -> pd.DataFrame:
        """The whole result as a tidy table."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return self.table().to_html(float_format="{:.3g}".format, na_rep="", border=0)

    def __rich__(self) -> RichTable:
        frame = self.table()
        shown = RichTable()
        for name in frame.columns:
            is_number = pd.api.types.is_numeric_dtype(frame[name])
            shown.add_column(str(name), justify="right" if is_number else "left")
        for row in frame.itertuples(index=False):
            shown.add_row(*(Text(_cell(value)) for value in row))
        return shown


@dataclasses.dataclass(frozen=True)
class Column:
    """The usable values of one outcome.

    Attributes:
        name: The outcome.
        kind: What its values are.
        values: bool, float or category codes; a `number` that is missing is NaN, and so is a
            `time`, for which missing means never.
        labels: The values that a label may take, `never` last where some history has none.
        draw: The parameter draw of each history.
        run: The number of each history.
        missing: Usable histories in which there is no value: for a number among `values`, where
            `known` leaves them out, otherwise left out.
    """

    name: str
    kind: Kind
    values: np.ndarray
    labels: tuple[str, ...]
    draw: np.ndarray
    run: np.ndarray
    missing: int

    def known(self) -> "Column":
        """The same without the histories in which a number is missing."""
        if self.kind != "number" or not self.missing:
            return self
        kept = ~np.isnan(self.values)
        return dataclasses.replace(
            self, values=self.values[kept], draw=self.draw[kept], run=self.run[kept]
        )


def usable(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The rows of histories that did not fail.

    Raises:
        VertikalError: If none is left.
    """
    kept = outcomes[outcomes["status"] == "ok"] if "status" in outcomes.columns else outcomes
    if kept.empty:
        raise VertikalError(
            f"none of {len(outcomes)} histories finished",
            where="outcomes",
            mend="Look at the column `status` for the reasons.",
        )
    return kept


def by_run(outcomes: pd.DataFrame) -> pd.DataFrame:
    """The table with the number of the history as its index."""
    return outcomes.set_index("run") if "run" in outcomes.columns else outcomes


def outcome_names(outcomes: pd.DataFrame) -> list[str]:
    """The outcomes of a table in its order; modes (`NAME.is`) are outcomes too."""
    return [str(c) for c in outcomes.columns if c not in _OWN]


def kind_of(outcomes: pd.DataFrame, name: str, kinds: Mapping[str, Kind] | None = None) -> Kind:
    """The kind of an outcome: as `kinds` says, otherwise as its column shows.

    A column of truth values is `bool`, of labels `label`, of numbers `time` where a column
    `NAME.is` stands beside it and else `number`.

    Raises:
        VertikalError: If there is no such column or no such kind.
    """
    if name not in outcomes.columns:
        raise VertikalError(
            f"there is no outcome {name!r}",
            where="outcomes",
            mend="The table has " + ", ".join(outcome_names(outcomes)) + ".",
        )
    if kinds and name in kinds:
        if kinds[name] not in KINDS:
            raise VertikalError(
                f"{kinds[name]!r} is no kind of outcome",
                where=f"kinds[{name}]",
                mend="Kinds are " + ", ".join(KINDS) + ".",
            )
        return kinds[name]
    values = outcomes[name]
    if pd.api.types.is_bool_dtype(values):
        return "bool"
    if isinstance(values.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(values):
        return "label"
    return "time" if f"{name}{MODE}" in outcomes.columns else "number"


def column(outcomes: pd.DataFrame, name: str, kinds: Mapping[str, Kind] | None = None) -> Column:
    """The usable values of an outcome as arrays; see `Column`."""
    kind = kind_of(outcomes, name, kinds)
    kept = usable(outcomes)
    runs = np.asarray(kept["run"] if "run" in kept.columns else kept.index)
    draws = np.asarray(kept["draw"]) if "draw" in kept.columns else runs
    values = kept[name]
    labels: tuple[str, ...] = ()
    if kind == "label":
        categories = values.astype("category").cat
        labels = tuple(str(c) for c in categories.categories)
        array = categories.codes.to_numpy().astype(np.int64)
        if (array < 0).any():
            # A declared `never` and a missing label are the same answer.
            labels = labels if NEVER in labels else (*labels, NEVER)
            array = np.where(array < 0, labels.index(NEVER), array)
        return Column(name, kind, array, labels, draws, runs, 0)
    if kind == "time":
        return Column(name, kind, values.to_numpy(dtype=np.float64), labels, draws, runs, 0)
    known = values.notna().to_numpy()
    missing = int((~known).sum())
    if kind == "number":
        array = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return Column(name, kind, array, labels, draws, runs, missing)
    if not known.any():
        raise VertikalError(f"outcome {name!r} has no value in any history", where="outcomes")
    array = values[known].to_numpy(dtype=np.bool_)
    return Column(name, kind, array, labels, draws[known], runs[known], missing)


def _cell(value: object) -> str:
    if isinstance(value, (float, np.floating)):
        return "" if np.isnan(value) else f"{value:.3g}"
    return "" if value is None else str(value)
