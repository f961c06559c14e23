"""What is wrong in a scenario file, where, and how to mend it.

A `Fault` is one mistake; a `ScenarioError` holds all that were found in one go. Both are written
for the author of the file, who may not read Python.
"""

import dataclasses
import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vertikal.errors import VertikalError

_SHOWN_NAMES = 12
_SHOWN_FAULTS = 40


class Problem(ValueError):
    """A bad value, before its place in the file is known.

    Args:
        what: What is wrong, with the offending value.
        mend: How to mend it; may be empty.
    """

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


@dataclasses.dataclass(frozen=True)
class Fault:
    """One mistake in a scenario.

    Attributes:
        message: What is wrong, with the offending value.
        remedy: How to mend it; may be empty.
        address: Dotted path of the entry, for instance `people.malenkov.clan`; may be empty.
        file: The file as the user named it, or `--set path=value`, or the name of a patch.
        line: Line in the file, from 1; `None` where there is no file.
        column: Column in the line, from 1; `None` where there is no file.
        text: The line as written; empty where there is no file.
        width: Number of characters at fault in it.
    """

    message: str
    remedy: str = ""
    address: str = ""
    file: str = ""
    line: int | None = None
    column: int | None = None
    text: str = ""
    width: int = 1

    @property
    def place(self) -> str:
        """`file:line:column`, as far as known."""
        parts = [self.file, self.line, self.column]
        return ":".join(str(p) for p in parts if p not in (None, ""))

    def __str__(self) -> str:
        head = ": ".join(p for p in (self.place, self.address, self.message) if p)
        lines = [head]
        if self.text and self.line is not None and self.column is not None:
            text, before = _excerpt(self.text, self.column)
            lines += [
                f"{self.line:>6} | {text}",
                " " * 6 + " | " + " " * before + "^" * self._carets(text, before),
            ]
        if self.remedy:
            lines += [f"  {line}" for line in self.remedy.splitlines()]
        return "\n".join(lines)

    def _carets(self, text: str, before: int) -> int:
        return max(1, min(self.width, len(text) - before))


def _excerpt(text: str, column: int, limit: int = 100) -> tuple[str, int]:
    """At most `limit` characters of a line around a column, and the column's place in them."""
    text = text.replace("\t", " ")
    before = column - 1
    if len(text) <= limit:
        return text, before
    start = max(0, min(before - limit // 3, len(text) - limit))
    left = "..." if start else ""
    right = "..." if start + limit < len(text) else ""
    return left + text[start : start + limit] + right, before - start + len(left)


class ScenarioError(VertikalError):
    """A scenario that cannot be used; holds every fault that was found.

    Args:
        faults: At least one fault.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(first.message, where=first.place, mend=first.remedy)

    def __str__(self) -> str:
        shown = [str(f) for f in self.faults[: shown_of(len(self.faults), _SHOWN_FAULTS)]]
        left = len(self.faults) - len(shown)
        if left:
            shown.append(f"and {left} more faults; mend these first.")
        return "\n\n".join(shown)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,)


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known name most like `word`, or `None` if none is alike."""
    names = {name.lower(): name for name in known}
    wanted = str(word).lower().replace(" ", "_")
    found = difflib.get_close_matches(wanted, names, n=1, cutoff=0.6)
    if found:
        return names[found[0]]
    inside = [
        n
        for n in names
        if len(wanted) >= 4 and (n.startswith(wanted) or wanted.startswith(n + "-"))
    ]
    return names[inside[0]] if inside else None


def shown_of(count: int, most: int) -> int:
    """How many of `count` entries to show where `most` are wanted, the rest being counted.

    One more than that is shown as well: its place would be taken by the words that one is left out.
    """
    return count if count <= most + 1 else most


def listed(
    names: Iterable[str], lines: Mapping[str, int] | None = None, most: int = _SHOWN_NAMES
) -> str:
    """Names in a row, with the lines where they are declared, cut short if many."""
    every = list(names)
    shown = shown_of(len(every), most)
    told = [f"{n} ({lines[n]})" if lines and n in lines else n for n in every[:shown]]
    more = f" and {len(every) - shown} more" if len(every) > shown else ""
    return ", ".join(told) + more


def suggest(
    word: object, known: Iterable[str], kind: str = "", lines: Mapping[str, int] | None = None
) -> str:
    """The remedy for an unknown name: the nearest known one, then the known ones."""
    every = list(known)
    close = nearest(word, every)
    hint = f'Did you mean "{close}"? ' if close else ""
    if not every:
        return (hint + (f"No {kind} are declared." if kind else "")).strip()
    known_as = f"{kind[:1].upper()}{kind[1:]}" if kind else "Known"
    return f"{hint}{known_as}: {listed(every, lines)}."


def quoted(value: object, limit: int = 60) -> str:
    """A value for a message: text in quotes, long ones cut."""
    if isinstance(value, str):
        text = f'"{value}"'
    elif isinstance(value, bool):
        text = str(value).lower()
    elif value is None:
        text = "nothing"
    elif isinstance(value, Mapping):
        text = "a mapping"
    elif isinstance(value, list):
        text = "a list"
    else:
        text = f"{value:g}" if isinstance(value, float) else str(value)
    text = text.encode("unicode_escape").decode() if not text.isprintable() else text
    return text if len(text) <= limit else text[: limit - 3] + "..."
