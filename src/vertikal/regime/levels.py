"""How a slice of the state declares its fields: once, for everything that needs to know of them.

A field declared by `level` or `code` says what it is, between which bounds it lies, and where it
starts unless a scenario says otherwise. The neutral regime, the keys of scenario files, the
addresses, the random regimes of the tests and the documentation are all made from that.
"""

import dataclasses
from enum import IntEnum
from typing import Any, TypeVar, dataclass_transform

import jax

from vertikal.regime.kinds import KINDS

Slice = TypeVar("Slice")


@dataclasses.dataclass(frozen=True)
class Level:
    """What a field of the state is.

    Attributes:
        default: Where it starts, a number or the code of a label.
        low: Smallest value.
        high: Largest value.
        unit: `years`, `per year`, `share`, ... or empty for a pure number.
        meaning: In a sentence.
        labels: What its whole numbers stand for, if it is a code.
        follows: What it is computed from anew in each tick; such a field cannot be set.
    """

    default: float
    low: float
    high: float
    unit: str
    meaning: str
    labels: type[IntEnum] | str | None = None
    follows: str = ""

    @property
    def is_ordinal(self) -> bool:
        """Whether it lies between none and all, so that a stated number is a guess in tenths."""
        return self.low in (-1.0, 0.0) and self.high == 1.0 and self.unit in ("", "share")


def level(
    default: float,
    meaning: str,
    *,
    low: float = 0.0,
    high: float = 1.0,
    unit: str = "",
    follows: str = "",
) -> Any:
    """Declare a field that holds a number.

    Args:
        default: Where it starts unless a scenario says otherwise.
        meaning: What it is, in a sentence.
        low: Smallest value; mechanisms and scripted events keep to it.
        high: Largest value.
        unit: `years`, `per year`, `share`, ... or empty for a pure number.
        follows: What it is computed from anew in each tick, if it is; then nobody may set it.
    """
    found = Level(default, low, high, unit, meaning, follows=follows)
    return dataclasses.field(metadata={"level": found})


def code(default: IntEnum, meaning: str) -> Any:
    """Declare a field that holds one of the members of an enumeration."""
    labels = type(default)
    found = Level(int(default), 0, max(labels), "", meaning, labels)
    return dataclasses.field(metadata={"level": found})


def row(kind: str, meaning: str) -> Any:
    """Declare a field that holds the number of a row, or none (-1).

    Args:
        kind: One of them: `person`, `clan`, `sector`, ...
        meaning: What it is, in a sentence.
    """
    return dataclasses.field(metadata={"level": Level(-1, -1, 1e6, "", meaning, kind)})


@dataclass_transform(frozen_default=True, field_specifiers=(level, code, row))
def pytree(cls: type[Slice]) -> type[Slice]:
    """Make a class a frozen dataclass whose fields are all leaves or branches of a pytree."""
    made = dataclasses.dataclass(frozen=True)(cls)
    names = [f.name for f in dataclasses.fields(made)]  # type: ignore[arg-type]
    return jax.tree_util.register_dataclass(made, data_fields=names, meta_fields=[])


def levels(cls: type[Any]) -> dict[str, Level]:
    """The declared fields of a slice by name; none for a slice that declares none."""
    found = {f.name: f.metadata.get("level") for f in dataclasses.fields(cls)}
    return {name: each for name, each in found.items() if each is not None}


_SIZES = {str(len(kind.fixed)): kind.name for kind in KINDS.values() if kind.fixed}


def dims(field: dataclasses.Field[Any]) -> tuple[str, ...]:
    """Kinds of the rows of a field, in order; runs, which come last, are left out."""
    sizes = getattr(field.type, "dim_str", "").split()[:-1]
    return tuple(_SIZES.get(size, size) for size in sizes)
