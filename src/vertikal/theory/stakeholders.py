"""Tables of stakeholders: who wants what, how much, and with what influence.

Reads the CSV form in common use for bargaining models, one row for each actor and dimension:

    actor,description,influence,dimension,position,salience
    XJ,Xi Jinping,100,Policy,30,30

`influence` is any positive number and the same in all rows of an actor; `position` lies on the
scale of the issue, 0 to 100 unless said otherwise; `salience` is a percentage, over all dimensions
of an actor at most 100. Actors and dimensions keep the order in which they first appear (it decides
ties). `description` may be left out.
"""

import csv
import difflib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

_NEEDED = ("actor", "influence", "dimension", "position", "salience")
_COLUMNS = (*_NEEDED, "description")


@dataclass(frozen=True)
class Stakeholders:
    """A table of stakeholders, as arrays."""

    actors: tuple[str, ...]
    """Names, unique, in the order of the file."""
    descriptions: tuple[str, ...]
    """Who each actor is; may be empty."""
    dimensions: tuple[str, ...]
    """Issues, in the order of the file."""
    influence: np.ndarray
    """Power on the issue, positive, any unit, (actors,)."""
    positions: np.ndarray
    """On the scale of the file, (actors, dims)."""
    salience: np.ndarray
    """Share of an actor's attention, 0 to 1, at most 1 in sum, (actors, dims)."""
    scale: tuple[float, float] = (0.0, 100.0)
    """Lowest and highest position of the scale."""

    @property
    def unit_positions(self) -> np.ndarray:
        """Positions from 0 to 1, as the bargaining models take them."""
        low, high = self.scale
        return (self.positions - low) / (high - low)

    def on_scale(self, unit: np.ndarray) -> np.ndarray:
        """Positions from 0 to 1 on the scale of the file."""
        low, high = self.scale
        return low + (high - low) * np.asarray(unit)


class _Row(NamedTuple):
    """One line of the file, read but not yet compared with the others."""

    line: int
    actor: str
    description: str
    dimension: str
    influence: float
    position: float
    salience: float


def read_stakeholders(
    path: str | Path, *, scale_low: float = 0.0, scale_high: float = 100.0
) -> Stakeholders:
    """Read a table of stakeholders.

    Args:
        path: A CSV file in UTF-8, as described at the head of this module.
        scale_low: Position that counts as the lowest possible.
        scale_high: Position that counts as the highest possible, above `scale_low`.

    Returns:
        The table. Every actor has a position and a salience on every dimension.

    Raises:
        ValueError: If the scale is empty or the file is at fault; names all faults at once, each
            with file, line, field, value and what to do.
        OSError: If the file cannot be read.
    """
    if not (math.isfinite(scale_low) and math.isfinite(scale_high) and scale_low < scale_high):
        raise ValueError(
            f"scale_low = {scale_low}, scale_high = {scale_high}: the low end of the scale must "
            "lie below the high end"
        )
    path = Path(path)
    faults: list[str] = []
    rows = list(_rows(path, (float(scale_low), float(scale_high)), faults))
    if not faults:
        faults += _contradictions(path, rows)
    if faults:
        raise ValueError("\n".join(faults))
    return _table(rows, (float(scale_low), float(scale_high)))


def _rows(path: Path, scale: tuple[float, float], faults: list[str]) -> Iterator[_Row]:
    """The sound rows of a file; what is wrong with the others goes to `faults`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = [name.strip() for name in reader.fieldnames or ()]
            faults += _wrong_columns(path, header)
            if faults:
                return
            reader.fieldnames = header
            for record in reader:
                row = _row(path, reader.line_num, record, scale, faults)
                if row is not None:
                    yield row
    except UnicodeDecodeError as error:
        faults.append(f"{path}: not UTF-8 ({error.reason}). Save the file as UTF-8.")
    except csv.Error as error:
        faults.append(f"{path}: not a CSV file ({error}). Save it as comma-separated values.")


def _wrong_columns(path: Path, header: list[str]) -> list[str]:
    """Missing, unknown and repeated columns."""
    if not any(header):
        return [f"{path}: the file is empty. Its first line must be {','.join(_COLUMNS)}."]
    if len(header) == 1 and (mark := next((c for c in ";\t|" if c in header[0]), None)):
        return [f"{path}:1: fields are separated by {mark!r}. Save it with commas between them."]
    faults = []
    for name in _NEEDED:
        if name not in header:
            near = difflib.get_close_matches(name, set(header) - set(_COLUMNS), 1)
            mend = f'Rename "{near[0]}".' if near else f"The columns are {', '.join(_COLUMNS)}."
            faults.append(f'{path}:1: there is no column "{name}". {mend}')
    if faults:
        return faults
    for name in header:
        if name not in _COLUMNS:
            faults.append(
                f'{path}:1: unknown column "{name}". The columns are {", ".join(_COLUMNS)}; '
                "remove the others."
            )
        elif header.count(name) > 1:
            faults.append(f'{path}:1: column "{name}" appears twice. Remove one.')
    return list(dict.fromkeys(faults))


def _row(
    path: Path,
    line: int,
    record: dict[str | None, object],
    scale: tuple[float, float],
    faults: list[str],
) -> _Row | None:
    """One row, or `None` and an entry in `faults`."""
    before = len(faults)
    if None in record or None in record.values():
        faults.append(
            f"{path}:{line}: the number of fields differs from the header. "
            "Put text that contains a comma in double quotes."
        )
        return None
    text = {str(name): str(value).strip() for name, value in record.items()}
    for name in ("actor", "dimension"):
        if not text[name]:
            faults.append(f'{path}:{line}: {name}: "" is empty. Name the {name}.')
    low, high = scale
    bounds = {
        "influence": (math.nextafter(0, 1), math.inf, "Give a positive number."),
        "position": (low, high, f"Give a number from {low:g} to {high:g}, or state the scale."),
        "salience": (0.0, 100.0, "Give a percentage from 0 to 100."),
    }
    numbers = {}
    for name, (least, most, mend) in bounds.items():
        try:
            numbers[name] = float(text[name])
        except ValueError:
            faults.append(f'{path}:{line}: {name}: "{text[name]}" is not a number. {mend}')
            continue
        if not (least <= numbers[name] <= most and math.isfinite(numbers[name])):
            faults.append(f"{path}:{line}: {name}: {text[name]} is out of range. {mend}")
    if len(faults) > before:
        return None
    return _Row(line, text["actor"], text.get("description", ""), text["dimension"], **numbers)


def _contradictions(path: Path, rows: list[_Row]) -> list[str]:
    """What is wrong between rows: doublets, gaps, two influences, too much or no salience."""
    faults = []
    cells: dict[tuple[str, str], _Row] = {}
    first: dict[str, _Row] = {}
    total: dict[str, float] = {}
    for row in rows:
        where = f"{path}:{row.line}"
        earlier = cells.setdefault((row.actor, row.dimension), row)
        if earlier is not row:
            faults.append(
                f'{where}: actor "{row.actor}" has dimension "{row.dimension}" already in line '
                f"{earlier.line}. Remove one of the two rows."
            )
            continue
        head = first.setdefault(row.actor, row)
        if row.influence != head.influence:
            faults.append(
                f'{where}: influence: {row.influence:g} differs from {head.influence:g} of "'
                f'{row.actor}" in line {head.line}. Give the same in all rows of an actor.'
            )
        total[row.actor] = total.get(row.actor, 0.0) + row.salience
    if len(first) < 2:
        faults.append(f"{path}: {len(first)} actor(s). Bargaining needs two or more.")
    dimensions = _in_order(row.dimension for row in rows)
    for actor, head in first.items():
        where = f"{path}:{head.line}"
        for dimension in dimensions:
            if (actor, dimension) not in cells:
                faults.append(
                    f'{where}: actor "{actor}" has no row for dimension "{dimension}". '
                    "Add one (with salience 0 if the actor does not care)."
                )
        if total[actor] > 100 + 1e-6:
            faults.append(
                f'{where}: salience: the saliences of "{actor}" add up to {total[actor]:g}. '
                "Lower them to 100 at most."
            )
        if total[actor] == 0:
            faults.append(
                f'{where}: salience: "{actor}" cares about nothing (0 in all dimensions). '
                "Give some salience or remove the actor."
            )
    return faults


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct names in order of first appearance."""
    return tuple(dict.fromkeys(names))


def _table(rows: list[_Row], scale: tuple[float, float]) -> Stakeholders:
    """Sound rows as arrays."""
    actors, dimensions = _in_order(r.actor for r in rows), _in_order(r.dimension for r in rows)
    cells = {(row.actor, row.dimension): row for row in rows}
    grid = [[cells[actor, dimension] for dimension in dimensions] for actor in actors]
    return Stakeholders(
        actors=actors,
        descriptions=tuple(line[0].description for line in grid),
        dimensions=dimensions,
        influence=np.array([line[0].influence for line in grid]),
        positions=np.array([[cell.position for cell in line] for line in grid]),
        salience=np.array([[cell.salience for cell in line] for line in grid]) / 100,
        scale=scale,
    )
