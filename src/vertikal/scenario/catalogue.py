"""The scenarios that come with vertikal.

Only the heads of the files are read, so that a list of them costs nothing.
"""

import dataclasses
import re
from pathlib import Path

from vertikal import yaml12

FOLDER = Path(__file__).parent / "library"
_HEAD = ("vertikal", "name", "id", "title", "document", "question", "extends", "clock", "judgement")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A scenario of the library, by its head."""

    name: str
    id: str
    title: str
    question: str
    clock: str
    """For instance `1946-01-01 to 1957-12-31 by month`."""
    path: Path


def library() -> list[Entry]:
    """The scenarios of the library, by id."""
    return sorted((_entry(path) for path in FOLDER.glob("*.yaml")), key=_order)


def library_file(name: str) -> Path | None:
    """The file of a library scenario, by its name or its id; `None` if there is none."""
    wanted = name.removesuffix(".yaml")
    for path in FOLDER.glob("*.yaml"):
        if path.stem == wanted:
            return path
    return next((entry.path for entry in library() if entry.id and entry.id == name), None)


def _entry(path: Path) -> Entry:
    head = []
    for line in path.read_text("utf-8").splitlines():
        key = re.match(r"^([A-Za-z_]+):", line)
        if key and key[1] not in _HEAD:
            break
        head.append(line)
    raw = yaml12.load("\n".join(head)) or {}
    clock = raw.get("clock") or {}
    later = (f", from {day} by {step}" for day, step in (clock.get("then") or {}).items())
    span = f"{clock.get('start')} to {clock.get('end')} by {clock.get('step')}{''.join(later)}"
    return Entry(
        name=str(raw.get("name", path.stem)),
        id=str(raw.get("id", "")),
        title=str(raw.get("title", "")),
        question=str(raw.get("question", "")),
        clock=span,
        path=path,
    )


def _order(entry: Entry) -> tuple[int, str]:
    number = re.search(r"\d+", entry.id)
    return (int(number[0]) if number else 10_000, entry.id or entry.name)
