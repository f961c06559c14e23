"""Commands about claims as a reader can give them: with the claim files and the folder he used."""

from collections.abc import Iterable
from pathlib import Path

from vertikal.engine.durable import shell


def elsewhere(folder: str | Path) -> Path | None:
    """A folder of histories, if a command must name it: if it is not the usual one."""
    from vertikal.claims.running import FOLDER

    return None if Path(folder) == FOLDER else Path(folder)


def command(
    words: str, files: Iterable[str | Path | None] = (), folder: str | Path | None = None
) -> str:
    """A command of `vertikal claims`.

    Args:
        words: What it is called, and of which claims; for instance `test own-cover`.
        files: The claim files that hold them; `None` stands for one of the library.
        folder: Where their histories are kept, if the command asks for that.
    """
    named = [f"--file {shell(file)}" for file in dict.fromkeys(files) if file is not None]
    kept = [] if folder is None else [f"--folder {shell(folder)}"]
    return " ".join(["vertikal claims", words, *named, *kept])
