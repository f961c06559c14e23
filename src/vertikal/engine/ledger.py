"""The ledger of a run directory: one JSON line for each finished block, appended and never changed.

A block counts as finished when its line stands in the ledger and its files are there. A line torn
by a crash is cut off; a line damaged otherwise is left out, and its block is worked again. Lines of
sessions say who wrote the blocks that follow: versions, machine, command.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from vertikal.engine import durable
from vertikal.engine.manifest import Manifest, now

NAME = "ledger.jsonl"
"""Name of the ledger in the run directory."""


class RunWarning(UserWarning):
    """Something about a run directory that the user should know and that stops nothing."""


class StoredFile(BaseModel):
    """One Parquet file: where it is, and what it must be like."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    """Relative to the run directory, with forward slashes."""
    bytes: int
    sha256: str
    rows: int

    def fault(self, folder: Path, *, verify: bool) -> str:
        """What is wrong with the file in `folder`, or nothing.

        Args:
            folder: The run directory.
            verify: Whether to read the whole file and compare its hash, not just its size.
        """
        path = folder / self.path
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return f"{self.path} is missing"
        if size != self.bytes:
            return f"{self.path} has {size} bytes instead of {self.bytes}"
        if verify and _digest(path) != self.sha256:
            return f"{self.path} has other content than was written"
        return ""


class Entry(BaseModel):
    """A finished block."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    block: int
    first: int
    count: int
    files: dict[str, StoredFile]
    """By table."""
    seconds: float
    """Time that its computation took."""
    finished: str
    """When it was written, ISO 8601, UTC."""


class Session(BaseModel):
    """Who wrote the blocks that follow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: str
    """When it began, ISO 8601, UTC."""
    runs: int
    vertikal: str
    code: str
    versions: dict[str, str]
    platform: dict[str, str]
    command: tuple[str, ...]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def begin_session(folder: Path, manifest: Manifest) -> None:
    """Cut off what a crash left of a line, and note who writes from here on."""
    path = folder / NAME
    if path.exists():
        _cut_torn_line(path)
    session = Session(
        session=now(),
        runs=manifest.runs,
        vertikal=manifest.vertikal,
        code=manifest.code,
        versions=manifest.versions,
        platform=manifest.platform,
        command=manifest.command,
    )
    durable.append_line(path, session.model_dump_json())


def append(folder: Path, entry: Entry) -> None:
    """Note a finished block."""
    durable.append_line(folder / NAME, entry.model_dump_json())


def _cut_torn_line(path: Path) -> None:
    with path.open("r+b") as file:
        text = file.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            file.truncate(whole)
            os.fsync(file.fileno())


class Ledger(NamedTuple):
    """What a ledger says.

    Attributes:
        entries: The finished blocks by number; the last line of a block counts.
        sessions: Who wrote them, in order.
        damaged: Numbers of lines that say nothing intelligible, the last, torn one left aside.
    """

    entries: dict[int, Entry]
    sessions: tuple[Session, ...]
    damaged: tuple[int, ...]


def read(folder: Path) -> Ledger:
    """Read the ledger of a run directory; one that is missing says nothing."""
    path = folder / NAME
    entries: dict[int, Entry] = {}
    sessions, damaged = [], []
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []  # after the last \n: torn
    for number, line in enumerate(lines, start=1):
        try:
            content = json.loads(line)
            if "session" in content:
                sessions.append(Session.model_validate(content))
            else:
                entry = Entry.model_validate(content)
                entries[entry.block] = entry
        except (ValueError, TypeError):  # pydantic's faults are ValueErrors
            damaged.append(number)
    return Ledger(entries, tuple(sessions), tuple(damaged))
