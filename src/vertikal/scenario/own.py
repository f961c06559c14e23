"""Mechanisms of a user's own, from modules beside a scenario file.

They are imported once, when a scenario is loaded, and stay with it: what is played later does not
depend on what has become of the file. A module is imported anew by the next scenario that uses it
if its file has changed since, or another file of the user's that it imports.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any, NamedTuple

from vertikal.errors import VertikalError
from vertikal.scenario.faults import Problem, quoted


class Source(NamedTuple):
    """The file of a module, and what it and the user's other modules that it imports hold.

    Attributes:
        file: Of the module.
        digest: SHA-256 of the names and contents of all files.
        helpers: The files of the other modules by name.
    """

    file: Path
    digest: str
    helpers: dict[str, Path]


_lock = threading.RLock()
"""Held while the search path is another, and while a module is replaced."""

_imported: dict[str, Source] = {}
"""What was imported here, by the names of the modules."""


def own_mechanism(reference: str, folder: Path | None, taken: Mapping[str, Any]) -> Any:
    """A mechanism from a user's own module, which may be loading in several threads at once.

    Args:
        reference: `module:Class`.
        folder: Where to look for the module besides the usual places and the present folder: the
            folder of the scenario file.
        taken: The user's mechanisms so far by name.

    Returns:
        The class; `source` is the digest of the file from which it comes.

    Raises:
        Problem: If there is no such module or class, it is no mechanism, or its number is taken.
    """
    from vertikal.regime.schedule import user_mechanism

    try:
        with _lock, _importing_from(folder):
            source = _made_current(reference.partition(":")[0], folder)
            found = user_mechanism(reference)
            found.source = source.digest if source else ""
    except Problem:
        raise
    except VertikalError as why:
        raise Problem(f"{why.what}.", why.mend) from None
    except Exception as why:  # a user's module may fail in any way
        raise Problem(
            f"{quoted(reference)} cannot be imported ({type(why).__name__}: {why}).",
            "Mend the module.",
        ) from None
    for name, other in taken.items():
        same_answer = found.theory is not None and found.theory == other.theory
        if found.id == other.id or found.name == name or same_answer:
            raise Problem(
                f"{quoted(reference)} and {quoted(name)} have the same number, name or theory.",
                "Give each mechanism a number, a name and an answer of its own.",
            )
    return found


@contextlib.contextmanager
def _importing_from(folder: Path | None) -> Iterator[None]:
    added = [str(p) for p in (folder, Path.cwd()) if p is not None]
    sys.path[:0] = added
    try:
        yield
    finally:
        for entry in added:  # and whatever else was put there meanwhile stays
            with contextlib.suppress(ValueError):
                sys.path.remove(entry)


def _made_current(module: str, folder: Path | None) -> Source | None:
    """The source of a module, which is forgotten with its helpers if it was imported from another.

    It is not imported a second time into the same namespace (`importlib.reload`), in which the
    mechanisms of scenarios loaded before still look up their helpers.

    Raises:
        Problem: If the name stands for a module that somebody else has imported from elsewhere.
    """
    importlib.invalidate_caches()
    source = _source(module, folder)
    if source is None:
        return None
    there = sys.modules.get(module)
    known = _imported.get(module)
    if there is not None and known is None:
        file = Path(getattr(there, "__file__", None) or source.file)
        if file.resolve() != source.file.resolve():
            raise Problem(
                f'"{module}" is also the name of a module that is in use here ({file}).',
                f"Give {source.file} another name.",
            )
    elif there is not None and known != source:
        old = known.helpers if known else {}
        for name, file in {module: source.file, **old, **source.helpers}.items():
            sys.modules.pop(name, None)
            # Python tells by size and second whether compiled code is of this file
            Path(importlib.util.cache_from_source(str(file))).unlink(missing_ok=True)
    _imported[module] = source
    return source


def _source(module: str, folder: Path | None) -> Source | None:
    """What a module would be now; `None` if it has no file or cannot be found."""
    package = module.rpartition(".")[0]
    try:
        path = importlib.import_module(package).__path__ if package else None
        spec = PathFinder.find_spec(module, path) or importlib.util.find_spec(module)
        if spec is None or not spec.has_location or spec.origin is None:
            return None
        file = Path(spec.origin)
        helpers = _helpers(module, file, folder)
        digest = hashlib.sha256()
        for name, read in {module: file, **helpers}.items():
            digest.update(name.encode() + b"\0" + read.read_bytes() + b"\0")
        return Source(file, digest.hexdigest(), helpers)
    except (ImportError, AttributeError, ValueError, OSError):
        return None  # whoever imports it will say why


def _helpers(module: str, file: Path, folder: Path | None) -> dict[str, Path]:
    """Files of the user's that a module imports, and they in turn, by name and in order of names.

    They are looked for where the user's own files are, and not among installed packages.
    """
    root = file.parents[module.count(".") + (file.name == "__init__.py")]
    installed = {Path(p).resolve() for p in sysconfig.get_paths().values()}
    if root.resolve() in installed:
        return {}
    places = [p.resolve() for p in (folder, Path.cwd(), root) if p is not None]
    finder = ModuleFinder([str(p) for p in places if p not in installed], excludes=["vertikal"])
    try:
        finder.import_hook(module)
    except SyntaxError:  # whoever imports it will say where
        return {}
    found = {name: getattr(m, "__file__", None) for name, m in sorted(finder.modules.items())}
    return {name: Path(file) for name, file in found.items() if file and name != module}
