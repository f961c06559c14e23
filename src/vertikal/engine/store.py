"""The run directory: where the results of an ensemble grow, block by block.

    DIR/manifest.json      what is run (see `manifest`); its presence makes the folder a run
    DIR/scenario.yaml      the resolved scenario
    DIR/ledger.jsonl       the finished blocks (see `ledger`)
    DIR/outcomes/000000.parquet, DIR/series/000000.parquet, DIR/parameters/000000.parquet

A block is written as three whole files and then noted in the ledger; a process killed between
the two leaves files that nobody refers to, which the next writer removes. A last block that is
shorter than the others carries its length in its name (`000002-952.parquet`): when the ensemble is
extended it is worked again at full length, and the short one is removed only after the full one has
been noted.

`MemoryStore` offers the same for an ensemble that is not to be kept.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from vertikal.engine import durable, ledger
from vertikal.engine.blocks import TABLES, Block, Span, check, encode
from vertikal.engine.ledger import Entry, StoredFile
from vertikal.engine.manifest import FORMAT, Manifest, now
from vertikal.errors import VertikalError

MANIFEST, SCENARIO = "manifest.json", "scenario.yaml"

_BLOCK_FILE = re.compile(r"^\d{6,}(-\d+)?\.parquet$")
_CREATED = {MANIFEST, SCENARIO, ledger.NAME, durable.LOCK, *TABLES}


class Store(Protocol):
    """Where the finished blocks of an ensemble are."""

    def finished(self) -> dict[int, Span]:
        """The finished blocks that can be read, by number."""

    def read(self, table: str, block: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Some columns of a table of a finished block."""

    def preparer(self) -> Callable[[Block, Span], Any]:
        """What a worker does with a block before it hands it over; can be pickled."""

    def write(self, block: int, span: Span, prepared: Any, seconds: float) -> None:
        """Keep a block that a worker has prepared."""


@dataclass(frozen=True)
class Encoded:
    """A checked block as Parquet.

    Attributes:
        data: The file of each table.
        rows: The number of rows of each table.
    """

    data: dict[str, bytes]
    rows: dict[str, int]


def _encoded(manifest: Manifest, block: Block, span: Span) -> Encoded:
    tables = check(block, span, manifest)._asdict()
    return Encoded(
        {name: encode(table) for name, table in tables.items()},
        {name: table.num_rows for name, table in tables.items()},
    )


def _checked(manifest: Manifest, block: Block, span: Span) -> Block:
    return check(block, span, manifest)


@dataclass(frozen=True)
class MemoryStore:
    """Finished blocks kept in memory; gone with the process."""

    manifest: Manifest
    _blocks: dict[int, tuple[Span, Block]] = field(default_factory=dict, repr=False)

    def finished(self) -> dict[int, Span]:
        """The finished blocks, by number."""
        return {block: span for block, (span, _) in sorted(self._blocks.items())}

    def read(self, table: str, block: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Some columns of a table of a finished block."""
        found = getattr(self._blocks[block][1], table)
        return found if columns is None else found.select(list(columns))

    def preparer(self) -> Callable[[Block, Span], Block]:
        """Check a block against the manifest."""
        return partial(_checked, self.manifest)

    def write(self, block: int, span: Span, prepared: Block, seconds: float) -> None:
        """Keep a block."""
        self._blocks[block] = (span, prepared)


@dataclass(frozen=True)
class RunDirectory:
    """A run directory as it was when it was opened: later blocks of another process are not seen.

    Attributes:
        path: The folder.
        manifest: What is run.
        entries: The finished blocks that can be read, by number.
        sessions: Who wrote them, in order.
        faults: What is wrong with blocks that the ledger calls finished (they count as not
            finished), and with the ledger.
    """

    path: Path
    manifest: Manifest
    entries: dict[int, Entry]
    sessions: tuple[ledger.Session, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every planned history is there."""
        return sum(entry.count for entry in self.entries.values()) == self.manifest.runs

    @property
    def scenario_yaml(self) -> str:
        """The resolved scenario, as text."""
        try:
            return (self.path / SCENARIO).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise VertikalError(
                "the resolved scenario is missing", where=str(self.path / SCENARIO)
            ) from error

    def finished(self) -> dict[int, Span]:
        """The finished blocks that can be read, by number."""
        return {b: Span(e.first, e.count) for b, e in sorted(self.entries.items())}

    def files(self, table: str) -> list[Path]:
        """The Parquet files of a table, in order."""
        return [self.path / entry.files[table].path for _, entry in sorted(self.entries.items())]

    def read(self, table: str, block: int, columns: Sequence[str] | None = None) -> pa.Table:
        """Some columns of a table of a finished block.

        Raises:
            VertikalError: If the file has been damaged or removed.
        """
        path = self.path / self.entries[block].files[table].path
        try:
            return pq.ParquetFile(path, memory_map=False).read(
                columns=None if columns is None else list(columns)
            )
        except (OSError, pa.ArrowException) as error:
            raise VertikalError(
                f"it cannot be read ({error})",
                where=str(path),
                mend=f"`vertikal run --resume {durable.shell(self.path)}` works it again.",
            ) from error

    def preparer(self) -> Callable[[Block, Span], Encoded]:
        """Check a block against the manifest and encode it."""
        return partial(_encoded, self.manifest)

    def write(self, block: int, span: Span, prepared: Encoded, seconds: float) -> None:
        """Write the files of a block, then note it in the ledger. Call it inside `writing` only.

        Raises:
            VertikalError: If the disk is full or may not be written; nothing of the block is left.
        """
        name = _file_name(block, span, self.manifest.runs_per_block)
        files = {
            table: StoredFile(
                path=f"{table}/{name}",
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                rows=prepared.rows[table],
            )
            for table, data in prepared.data.items()
        }
        entry = Entry(
            block=block,
            first=span.first,
            count=span.runs,
            files=files,
            seconds=round(seconds, 3),
            finished=now(),
        )
        with durable.explained(
            self.path, mend=f"go on with `vertikal run --resume {durable.shell(self.path)}`."
        ):
            try:
                for table, file in files.items():
                    durable.write(self.path / file.path, prepared.data[table])
                ledger.append(self.path, entry)
            except BaseException:
                for file in files.values():
                    (self.path / file.path).unlink(missing_ok=True)
                raise
            before = self.entries.get(block)
            self.entries[block] = entry
            for table, file in before.files.items() if before else ():
                if file.path != files[table].path:
                    (self.path / file.path).unlink(missing_ok=True)


def _file_name(block: int, span: Span, runs_per_block: int) -> str:
    return (
        f"{block:06d}.parquet"
        if span.runs == runs_per_block
        else f"{block:06d}-{span.runs}.parquet"
    )


def is_run(path: str | Path) -> bool:
    """Whether a folder is a run directory; what cannot even be a path is none."""
    try:
        return (Path(path) / MANIFEST).is_file()
    except OSError:  # for instance a name that is too long
        return False


def create(path: str | Path, manifest: Manifest, scenario_yaml: str = "") -> RunDirectory:
    """Make a new run directory.

    Args:
        path: A folder that does not exist yet, or an empty one.
        manifest: What will be run.
        scenario_yaml: The resolved scenario, kept so that the run can be resumed and repeated.

    Raises:
        VertikalError: If there is something in the folder, or it cannot be written.
    """
    path = Path(path)
    with durable.explained(path, mend="start again."):
        path.mkdir(parents=True, exist_ok=True)
        _refuse_occupied(path)
        with durable.locked(path):
            _refuse_occupied(path)  # somebody may have been quicker
            for table in TABLES:
                (path / table).mkdir(exist_ok=True)
            (path / ledger.NAME).unlink(missing_ok=True)
            durable.write(path / SCENARIO, scenario_yaml.encode())
            try:
                durable.write(path / MANIFEST, _manifest_bytes(manifest))
            except BaseException:
                (path / MANIFEST).unlink(missing_ok=True)
                raise
    return RunDirectory(path, manifest, {})


def _refuse_occupied(path: Path) -> None:
    if is_run(path):
        raise _already_a_run(path)
    if any(file for table in TABLES for file in (path / table).glob("*.parquet")):
        raise VertikalError(
            "the folder holds histories of a run whose manifest is gone",
            where=str(path),
            mend=f"Put {MANIFEST} back, or name a new folder for the results.",
        )
    # a process killed while it made a run leaves such a skeleton, which holds nothing to lose
    names = sorted(file.name for file in path.iterdir())
    strange = [n for n in names if n not in _CREATED and not n.endswith(durable.TEMPORARY)]
    if SCENARIO in names and not set(TABLES) <= set(names):  # which is somebody's own, then
        strange = [SCENARIO, *strange]
    if strange:
        raise VertikalError(
            f"the folder is not empty and not a run: it holds {', '.join(strange[:3])}",
            where=str(path),
            mend="Name a new folder for the results.",
        )


def _already_a_run(path: Path) -> VertikalError:
    run = open_directory(path)
    done = sum(entry.count for entry in run.entries.values())
    if run.is_complete:
        return VertikalError(
            f"the folder holds a complete run of {done} histories",
            where=str(path),
            mend="Name a new folder, or add histories with "
            f"`vertikal run --extend {durable.shell(path)} --runs N`.",
        )
    return VertikalError(
        f"the folder holds an unfinished run: {done} of {run.manifest.runs} histories",
        where=str(path),
        mend=f"Finish it with `vertikal run --resume {durable.shell(path)}`, or name a new folder.",
    )


def open_directory(path: str | Path, *, verify: bool = False) -> RunDirectory:
    """Open a run directory for reading; it may be unfinished, or be growing at this moment.

    Args:
        path: The folder.
        verify: Whether to compare the hash of every file, not just its size.

    Raises:
        VertikalError: If the folder is not a run, is of another format, or its manifest is damaged.
    """
    path = Path(path)
    manifest = _read_manifest(path)
    recorded = ledger.read(path)
    entries, faults = {}, []
    for block, entry in sorted(recorded.entries.items()):
        found = [f for f in (file.fault(path, verify=verify) for file in entry.files.values()) if f]
        faults += found
        if not found and set(entry.files) == set(TABLES):
            entries[block] = entry
    run = RunDirectory(path, manifest, entries, recorded.sessions, tuple(faults))
    if recorded.damaged and not run.is_complete:
        lines = ", ".join(map(str, recorded.damaged))
        run = replace(run, faults=(*faults, f"{ledger.NAME}, line {lines}: unreadable"))
    return run


def extended(path: Path, runs: int) -> Manifest:
    """Raise the planned histories of a run to `runs`. Call it inside `writing` only."""
    manifest = _read_manifest(path).model_copy(update={"runs": runs})
    with durable.explained(path, mend="extend it again."):
        durable.write(path / MANIFEST, _manifest_bytes(manifest))
    return manifest


@contextlib.contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Be the only writer of a run directory, after clearing away what a killed writer left behind.

    Raises:
        VertikalError: If another process is writing there, or nobody may.
    """
    path = Path(path)
    _read_manifest(path)
    with contextlib.ExitStack() as stack:
        with durable.explained(path, mend="try again."):
            stack.enter_context(durable.locked(path))
            _tidy(path)
        yield


def begin_session(path: Path, manifest: Manifest) -> None:
    """Note in the ledger who writes from here on. Call it inside `writing` only."""
    with durable.explained(path, mend=f"go on with `vertikal run --resume {durable.shell(path)}`."):
        ledger.begin_session(path, manifest)


def _tidy(path: Path) -> None:
    recorded = ledger.read(path).entries
    kept = {file.path for entry in recorded.values() for file in entry.files.values()}
    for folder in (path, *(path / table for table in TABLES)):
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            orphan = _BLOCK_FILE.match(file.name) and file.relative_to(path).as_posix() not in kept
            if orphan or file.name.endswith(durable.TEMPORARY):
                file.unlink()


def _manifest_bytes(manifest: Manifest) -> bytes:
    return manifest.model_dump_json(indent=2).encode() + b"\n"


def _read_manifest(path: Path) -> Manifest:
    file = path / MANIFEST
    try:
        text = file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VertikalError(
            "this is not a run directory: it has no manifest.json"
            if path.exists()
            else "there is no such folder",
            where=str(path),
            mend="Name the folder that `vertikal run --out` was given. A run that was killed "
            "before its manifest was written has lost nothing: start it again.",
        ) from error
    except UnicodeDecodeError as error:
        raise _damaged(file, "it is not text") from error
    except OSError as error:
        raise VertikalError(
            f"it cannot be read ({error.strerror or error})", where=str(file)
        ) from error
    try:
        found = json.loads(text)
        number = found.get("format")
    except (ValueError, AttributeError) as error:
        raise _damaged(file, "it is not a JSON object") from error
    if number != FORMAT:
        raise VertikalError(
            f"the run has format {number!r}, written by vertikal {found.get('vertikal', '?')}; "
            f"this version reads format {FORMAT}",
            where=str(file),
            mend="Open it with the version of vertikal that wrote it.",
        )
    try:
        return Manifest.model_validate(found)
    except ValidationError as error:
        fault = error.errors()[0]
        raise _damaged(file, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error


def _damaged(file: Path, why: str) -> VertikalError:
    return VertikalError(
        f"the manifest is damaged ({why})",
        where=str(file),
        mend="Restore it from a copy. The Parquet files beside it can be read without it.",
    )
