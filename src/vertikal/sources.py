"""What source files do, apart from what they say of themselves.

What is kept of a computation names the code that it came from. A better sentence in a docstring
changes no history, and should not send anybody to play them again.
"""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

_DOCSTRING = re.compile(rb'^[ \t]*r?"""(?:[^"\\]|\\.|"(?!""))*"""[ \t]*$', re.MULTILINE | re.DOTALL)


def source_digest(files: Iterable[Path], folder: Path) -> str:
    """SHA-256 over source files, in the order of their names, without their docstrings.

    Args:
        files: Python files in which docstrings stand alone between three double quotes.
        folder: Where they lie: each counts by its path from there and its content.
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(folder).as_posix().encode())
        digest.update(b"\0" + without_docstrings(file.read_bytes()) + b"\0")
    return digest.hexdigest()


def without_docstrings(source: bytes) -> bytes:
    """A Python file without the strings that are statements of their own."""
    return _DOCSTRING.sub(b"", source)
