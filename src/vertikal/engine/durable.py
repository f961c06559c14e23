"""Writing so that a crash, a full disk or a second writer never spoils what is already there.

A file appears under its name only when it is whole and on the disk; a line is appended whole or
cut off again; one process at a time may write in a folder.
"""

import contextlib
import errno
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from vertikal.errors import VertikalError

TEMPORARY = ".tmp"
"""Ending of files that are not whole yet; what a killed process leaves of them is rubbish."""

LOCK = ".lock"
"""Name of the file that the writing process holds locked."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def shell(path: Path | str | None) -> str:
    """A path as it must be typed in a command line."""
    return shlex.quote(str(path))


def write(path: Path, data: bytes) -> None:
    """Put `data` into the file `path`, which afterwards holds all of it or is as it was before."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def append_line(path: Path, line: str) -> None:
    """Append one line to the file `path`; if that fails, the file is cut back to what it was."""
    with path.open("ab", buffering=0) as file:
        before = os.fstat(file.fileno()).st_size
        try:
            data = memoryview(line.encode() + b"\n")
            while data:
                data = data[file.write(data) :]
            os.fsync(file.fileno())
        except BaseException:
            os.ftruncate(file.fileno(), before)
            raise


def sync_folder(path: Path) -> None:
    """Have the names in a folder written to the disk, where the system can do that."""
    if os.name == "nt":
        return  # folders cannot be opened there; renames are journalled
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process that writes in `folder`.

    The system holds the lock for the process and drops it when the process ends, however it ends;
    a lock file left behind by a dead process therefore locks nothing.

    Raises:
        VertikalError: If another process (or another part of this one) is writing there.
    """
    with (folder / LOCK).open("a+") as file:
        if not _try_lock(file.fileno()):
            file.seek(0)
            owner = file.read().strip()
            raise VertikalError(
                f"another process{f' (number {owner})' if owner else ''} is writing there",
                where=str(folder),
                mend="Wait until it has finished, or end it; then try again.",
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)  # nobody is writing any more; closing the file drops the lock


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            # far beyond the text, since a locked byte cannot be read by others there
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


@contextlib.contextmanager
def explained(folder: Path, *, mend: str) -> Iterator[None]:
    """Turn a full, forbidden or failing disk into a sentence that says what to do.

    Args:
        folder: The run directory.
        mend: How to go on once the fault is mended.

    Raises:
        VertikalError: In place of any `OSError`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            what = "the disk is full; every block of histories finished before is safe"
            raise VertikalError(
                what, where=str(folder), mend=f"Free some space, then {mend}"
            ) from error
        if error.errno in _FORBIDDEN:
            what = f"it may not be written ({error.strerror or error})"
            remedy = (
                f"Choose a folder that you may write in, or change its permissions; then {mend}"
            )
            raise VertikalError(what, where=str(folder), mend=remedy) from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST):
            raise VertikalError(
                "there is a file in the way",
                where=str(error.filename or folder),
                mend="Name another folder.",
            ) from error
        what = f"the system refuses to write there ({error.strerror or error})"
        raise VertikalError(
            what, where=str(folder), mend=f"Name another folder, or mend the cause; then {mend}"
        ) from error
