"""Mechanisms of a user's own, from modules beside a scenario file.

They are imported once, when a scenario is loaded, and stay with it: what is played later does not
depend on what has become of the file. A module whose file has changed since is imported anew by
the next scenario that uses it; modules that it imports in turn are read once, as Python does.
"""

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, NamedTuple

from vertikal.errors import VertikalError
from vertikal.scenario.faults import Problem, quoted


class Source(NamedTuple):
    """The file of a module, and the SHA-256 of its content."""

    file: Path
    digest: str


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
            source = _made_current(reference.partition(":")[0])
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


def _made_current(module: str) -> Source | None:
    """The source of a module, which is forgotten if it was imported from another.

    It is not imported a second time into the same namespace (`importlib.reload`), in which the
    mechanisms of scenarios loaded before still look up their helpers.

    Raises:
        Problem: If the name stands for a module that somebody else has imported from elsewhere.
    """
    importlib.invalidate_caches()
    source = _source(module)
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
        del sys.modules[module]
        # Python tells by size and second whether compiled code is of this file
        Path(importlib.util.cache_from_source(str(source.file))).unlink(missing_ok=True)
    _imported[module] = source
    return source


def _source(module: str) -> Source | None:
    """Where a module would be found now; `None` if it has no file or cannot be found."""
    package = module.rpartition(".")[0]
    try:
        path = importlib.import_module(package).__path__ if package else None
        spec = PathFinder.find_spec(module, path) or importlib.util.find_spec(module)
        if spec is None or not spec.has_location or spec.origin is None:
            return None
        return Source(Path(spec.origin), hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest())
    except (ImportError, AttributeError, ValueError, OSError):
        return None  # whoever imports it will say why
