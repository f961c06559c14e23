"""The rules of the system and the documents from which they were drawn.

Read from `rules.yaml` and `documents.yaml`; which mechanism carries a rule, it says itself.
"""

import dataclasses
from functools import cache
from importlib import resources
from typing import Any

from vertikal import yaml12


@dataclasses.dataclass(frozen=True)
class Document:
    """A document that rules are drawn from."""

    code: str
    """By which scenarios and rules cite it, such as `KZE`."""
    author: str
    title: str
    year: str
    """Of publication; `undated` if the copy has none."""


@dataclasses.dataclass(frozen=True)
class Source:
    """A place in a document."""

    document: Document
    paragraphs: str
    """Such as `¶14, ¶16`, or `§2 ¶1`."""

    def __str__(self) -> str:
        return f"{self.document.code} {self.paragraphs}"


@dataclasses.dataclass(frozen=True)
class Rule:
    """A numbered rule: what depends on what, and who says so."""

    id: str
    """Letters of its section and a number, such as `CO-4`."""
    statement: str
    """In our own words, with signs, gates and thresholds."""
    sources: tuple[Source, ...]
    """Empty for a rule that we derived altogether."""
    marks: tuple[str, ...]
    """`derived`, `hedged` or `added`, where a part of it is."""
    reason: str
    """Why it has no mechanism, or "" if it is to have one."""
    left_out: str
    """What of it none of its mechanisms carries, or ""."""

    @property
    def section(self) -> str:
        """The letters of its id."""
        return self.id.partition("-")[0]


@cache
def documents() -> dict[str, Document]:
    """The documents by code."""
    return {code: Document(code, **row) for code, row in _content("documents").items()}


@cache
def sections() -> dict[str, str]:
    """What each section of rules is about, by its letters."""
    return dict(_content("rules")["sections"])


@cache
def rules() -> dict[str, Rule]:
    """All rules by id, in order."""
    return {
        name: Rule(
            name,
            row["statement"],
            tuple(Source(documents()[code], text) for code, text in row["source"].items()),
            tuple(row.get("marks", ())),
            row.get("reason", ""),
            row.get("left_out", ""),
        )
        for name, row in _content("rules")["rules"].items()
    }


@cache
def _content(name: str) -> dict[str, Any]:
    text = (resources.files("vertikal.data") / f"{name}.yaml").read_text("utf-8")
    return yaml12.load(text)
