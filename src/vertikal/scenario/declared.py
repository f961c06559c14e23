"""Entries of scenario files for the subsystems, made from how their slices declare their fields.

A subsystem has a section of its own for its single numbers (`economy:`), and for each kind of row
that belongs to it a section with an entry a row (`sectors:`). A scenario that has one of them has
the subsystem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, Literal

from pydantic import Field, StrictBool, create_model

from vertikal.regime.kinds import KINDS
from vertikal.regime.levels import Level, dims, levels
from vertikal.regime.subsystems import SUBSYSTEMS
from vertikal.scenario.quantities import quantity
from vertikal.scenario.schema import Holder, Row, Text

ROW_KINDS = tuple(kind.name for kind in KINDS.values() if kind.subsystem)
"""Kinds of row that belong to a subsystem."""

SECTIONS = tuple(dict.fromkeys((*SUBSYSTEMS, *ROW_KINDS)))
"""Sections of a scenario file that declare a subsystem."""


def fields_of(subsystem: str) -> Iterator[tuple[str, tuple[str, ...], Level]]:
    """Name, kinds of row and declaration of each field of a subsystem that may be stated."""
    declared = levels(SUBSYSTEMS[subsystem])
    for field in fields(SUBSYSTEMS[subsystem]):
        if not declared[field.name].follows:
            yield field.name, dims(field), declared[field.name]


def fields_of_rows(kind: str) -> Iterator[tuple[str, str, Level]]:
    """Subsystem, name and declaration of each field that the rows of a kind have."""
    for subsystem in SUBSYSTEMS:
        for name, rows, level in fields_of(subsystem):
            if rows == (kind,):
                yield subsystem, name, level


@cache
def section_model(subsystem: str) -> type[Row]:
    """The entry of a subsystem: its single numbers, and one for each fixed row."""
    entries: dict[str, Any] = {}
    for name, rows, level in fields_of(subsystem):
        if not rows:
            entries[name] = _entry(level)
        elif KINDS[rows[0]].fixed:
            inner: dict[str, Any] = {row: _entry(level) for row in KINDS[rows[0]].fixed}
            model = create_model(f"{subsystem}_{name}", __base__=Row, **inner)
            entries[name] = (model, Field(default_factory=dict, validate_default=True))
    return _model(subsystem, entries)


@cache
def row_model(kind: str) -> type[Row]:
    """The entry of one row of a kind."""
    entries = {name: _entry(level) for _, name, level in fields_of_rows(kind)}
    return _model(kind, {"name": (Text, ""), **entries})


def _model(name: str, entries: dict[str, Any]) -> type[Row]:
    last: dict[str, Any] = {"certain": (StrictBool, False), "origin": (Text, "")}
    return create_model(name, __base__=Row, **entries, **last)


def _entry(level: Level) -> tuple[Any, Any]:
    if level.labels is None:
        return quantity(level.low, level.high, spread=level.is_ordinal), level.default
    if isinstance(level.labels, str):
        return Holder, None
    names = tuple(member.name.lower() for member in level.labels)
    return Literal[names], names[int(level.default)]


def references(kind: str) -> dict[str, str]:
    """Fields of the rows of a kind that name another row, and the kind of that."""
    return {
        name: next(k.name for k in KINDS.values() if k.singular == level.labels)
        for _, name, level in fields_of_rows(kind)
        if isinstance(level.labels, str)
    }


def references_of(subsystem: str) -> dict[str, str]:
    """Single entries of a subsystem's section that name a row, and the kind of that."""
    return {
        name: next(k.name for k in KINDS.values() if k.singular == level.labels)
        for name, rows, level in fields_of(subsystem)
        if not rows and isinstance(level.labels, str)
    }


def in_play(subsystems: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The subsystems that a scenario has, in the order of the state.

    Args:
        subsystems: Its entries for subsystems.
        tables: Its rows, by kind.
    """
    kinds = [KINDS[kind] for kind, rows in tables.items() if rows]
    homes = {name for kind in kinds for name in (kind.subsystem, kind.moved_by)}
    return [name for name in SUBSYSTEMS if name in subsystems or name in homes]
