"""What the fields of the state mean, between which values they lie, and what rows they have.

A field says it either in the metadata of its declaration (`level`) or in the docstring beneath it.
"""

import ast
import dataclasses
import inspect
import sys
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from typing import Any


@dataclasses.dataclass(frozen=True)
class Field:
    """A field of the state or of the setting."""

    name: str
    rows: tuple[str, ...]
    """Kinds of its rows, in order; the runs, which come last, are left out."""
    values: str
    """Labels, bounds, or "" for a share between 0 and 1."""
    meaning: str


def slices() -> dict[str, type]:
    """The parts of the state by name."""
    from vertikal.regime.regime import Regime

    return {part.name: part.type for part in dataclasses.fields(Regime)}


def fields(cls: type, prefix: str = "") -> Iterator[Field]:
    """The fields of a slice, in order of declaration.

    Args:
        cls: The slice.
        prefix: Its name with a dot, by which the observables know the fields.
    """
    from vertikal.regime.levels import dims
    from vertikal.regime.observe import OBSERVABLES

    told = _docstrings(cls)
    for field in dataclasses.fields(cls):
        level = field.metadata.get("level")
        seen = OBSERVABLES.get(prefix + field.name)
        labels = level.labels if level else seen.labels if seen else None
        yield Field(
            name=field.name,
            rows=tuple(kind for kind in dims(field) if kind != "_"),
            values=_values(field.type, labels, level),
            meaning=" ".join((level.meaning if level else told.get(field.name, "")).split()),
        )


def _values(kind: Any, labels: Any, level: Any) -> str:
    if isinstance(labels, type) and issubclass(labels, IntEnum):
        return ", ".join(member.name.lower() for member in labels)
    if labels:
        return f"a {labels}"
    if "bool" in getattr(kind, "dtypes", ()):
        return "yes or no"
    if level and (level.unit or (level.low, level.high) != (0.0, 1.0)):
        return f"{level.low:g} to {level.high:g} {level.unit}".strip()
    return ""


@cache
def _docstrings(cls: type) -> dict[str, str]:
    """The docstring beneath each field of a class, by field."""
    module = ast.parse(inspect.getsource(sys.modules[cls.__module__]))
    (here,) = [n for n in module.body if isinstance(n, ast.ClassDef) and n.name == cls.__name__]
    return {
        ast.unparse(field.target): ast.literal_eval(following.value)
        for field, following in zip(here.body, here.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
    }
