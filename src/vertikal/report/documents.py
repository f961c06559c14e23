"""The texts whose arguments scenarios carry, by the codes under which they are cited."""

import re
from collections.abc import Mapping
from typing import Any

from vertikal.scenario.model import Scenario

DOCUMENTS = {
    "BEL": "Belanovsky, Sergey, On the Prospects of Russian Technocracy",
    "NAD": "Understanding Russia's Efforts at Technological Sovereignty, Foreign Policy Research "
    "Institute (2022); attributed to Anna Nadibaidze by public catalogues",
    "KZE": "Parallels with the USSR. The Failure of the Technocrats (KZ.expert, unsigned and "
    "undated)",
    "BER": "Bershidsky, Leonid (2022), Why So Few Big Rats Have Fled Putin's Ship, Bloomberg "
    "Opinion",
    "TOR": 'Torbakov, Igor (2011), "What Does Russia Want?" Investigating the Interrelationship '
    "between Moscow's Domestic and Foreign Policy, DGAPanalyse 1",
}
"""Author, title and place of each document, by code."""

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
