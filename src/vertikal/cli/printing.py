"""How commands print: the console, plain tables, JSON."""

import json
import math
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vertikal.errors import VertikalError

if TYPE_CHECKING:
    from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Svg = Annotated[
    Path | None,
    typer.Option("--svg", "--out", "-o", help="Also draw a picture (SVG) here."),
]


NARROW = 100
"""Columns of a terminal below which some tables leave a column out."""


def console() -> "Console":
    """Standard output, 120 columns wide where nobody watches.

    Square brackets are printed as they are: `clans.share[leningrad]` is an address, not a style.
    """
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 120
    return Console(width=width, markup=False, emoji=False)


def check_svg(path: Path | None) -> None:
    """Refuse a picture of another kind, or where none can be, before anything is computed.

    Raises:
        VertikalError: If the name has an ending other than .svg or is that of a folder, or if no
            file can be made there.
    """
    if path is None:
        return
    given = f"--svg {path}"
    if path.suffix.lower() not in ("", ".svg"):
        raise VertikalError(
            f'"{path.suffix}" is no picture that this command can draw',
            where=given,
            mend="End the name in .svg.",
        )
    if os.path.isdir(path):
        raise VertikalError(
            "this is a folder, not a picture",
            where=given,
            mend=f"Name a file in it, such as {path / 'picture.svg'}.",
        )
    check_folder(path.parent, given)


def check_folder(path: Path, where: str, *, to_write: bool = True) -> None:
    """Refuse a folder that cannot be used, before anything is computed.

    Args:
        path: The folder.
        where: The option by which it, or what is to be in it, was given.
        to_write: Whether something is to be written in it, whatever it holds.

    Raises:
        VertikalError: If it or a folder above it is a file, or must be written to and may not.
    """
    found = next((p for p in (path, *path.absolute().parents) if os.path.exists(p)), path)
    what = "" if os.path.isdir(found) else f"{found} is a file, not a folder"
    if not what and to_write and not os.access(found, os.W_OK):
        what = f"{found} may not be written to"
    if what:
        raise VertikalError(what, where=where, mend="Name a folder, new or one of your own.")


def choice(word: str, known: Iterable[str], kind: str) -> str:
    """The remedy for an unknown name: the known one most like it, if any is, and then all of them.

    Args:
        word: The name.
        known: Those that there are.
        kind: What they are, in the plural and with a capital.
    """
    from vertikal.scenario.faults import nearest

    names = list(known)
    close = nearest(word, names)
    hint = f'Did you mean "{close}"? ' if close else ""
    return f"{hint}{kind}: {', '.join(names)}."


def number_of(number: int, one: str, several: str) -> str:
    """A number and what it counts."""
    return f"{number} {one if number == 1 else several}"


def new_table(*columns: str, numbers: int = 0) -> Any:
    """A table whose last `numbers` columns are numbers."""
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for place, column in enumerate(columns):
        is_number = place >= len(columns) - numbers
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    return table


def fit(table: Any, width: int) -> Any:
    """Have a table fold between words, as far as all of its longest words fit a width.

    Rich takes room from the widest columns and would break a name there before it folds a sentence.
    """
    from rich.text import Text

    lines = [[str(cell) for cell in (c.header, *c.cells)] for c in table.columns]
    widths = [max(Text(line).cell_len for line in column) for column in lines]
    words = [max(Text(w).cell_len for line in c for w in line.split() or [""]) for c in lines]
    room = width - 3 * (len(widths) - 1)  # less the lines between columns and the blanks beside
    while sum(widths) > max(room, len(widths)):
        loose = [k for k, wide in enumerate(widths) if wide > words[k]] or range(len(widths))
        widths[max(loose, key=lambda k: widths[k])] -= 1
    for column, wide in zip(table.columns, widths, strict=True):
        column.width = wide
    return table


def tell_rest(terminal: "Console", count: int) -> None:
    """Say how many rows a table leaves out, if it does."""
    if count:
        terminal.print(f"and {count} more; --json lists them all", style="dim")


def print_json(content: Any) -> None:
    """Print what a command found as JSON."""
    print(json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False))


def plain(value: Any) -> Any:
    """A value without what JSON does not know: NumPy numbers, paths, dates, and NaN and infinity.

    Both become null: what is missing, and a time that never comes.
    """
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)
