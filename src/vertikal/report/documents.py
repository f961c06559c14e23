"""The texts whose arguments scenarios carry, by the codes under which they are cited."""

import re
from collections.abc import Mapping
from typing import Any

from vertikal.data.rules import documents
from vertikal.scenario.model import Scenario

DOCUMENTS = {code: f"{d.author}, {d.title} ({d.year})" for code, d in documents().items()}
"""Author, title and year of each document, by code."""

_CODE = re.compile(rf"\b({'|'.join(DOCUMENTS)})\b")


def spelled_out(text: str) -> str:
    """A text with each code followed by what it stands for."""
    return _CODE.sub(lambda code: f"{DOCUMENTS[code[0]]}, cited as {code[0]}", text)


def cited(scenario: Scenario) -> tuple[str, ...]:
    """The documents that a scenario cites anywhere, as entries of a list of sources."""
    rows: list[Mapping[str, Any]] = [
        scenario.people, scenario.clans, scenario.offices, scenario.events, scenario.outcomes,
        scenario.subsystems, *scenario.tables.values(),
    ]  # fmt: skip
    origins = [row.origin for section in rows for row in section.values()]
    found = {code for text in (scenario.document, *origins) for code in _CODE.findall(text)}
    return tuple(f"{code}: {text}" for code, text in DOCUMENTS.items() if code in found)
