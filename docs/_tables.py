"""Pieces of generated pages: tables, code, and the list of pages beneath a page."""

from collections.abc import Iterable, Sequence
from typing import Any


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(c) for c in line) + " |" for line in lines) + "\n"


def _cell(value: Any) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def code(value: Any) -> str:
    """A value as code; nothing if it is empty."""
    return f"`{value}`" if str(value) else ""


def warning(moved: Sequence[str]) -> list[str]:
    """A note that numbers are out of date, as one paragraph; none if nothing has changed.

    Args:
        moved: What has changed since they were computed.
    """
    if not moved:
        return []
    return [f"```{{warning}}\nChanged since these numbers were computed: {', '.join(moved)}.\n```"]


def toc(names: Iterable[str]) -> str:
    """A hidden table of contents of these pages."""
    return "```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"


def first_sentence(text: str) -> str:
    """The first sentence of a docstring, on one line."""
    return " ".join(text.split("\n\n")[0].split()).partition(". ")[0].rstrip(".") + "."
