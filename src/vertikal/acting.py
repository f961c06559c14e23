"""Where in the library each mechanism acts, measured by switching it off.

A mechanism may be in play and yet change nothing, since what it waits for never comes. The same
histories are therefore played with each mechanism silent in turn, by `python -m tests.acting`, and
what came out is kept in `data/acting.json`. It holds for the equations and the scenarios with which
it was played; digests tell when it is out of date.
"""

import dataclasses
import functools
import hashlib
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vertikal.sources import source_digest

if TYPE_CHECKING:
    from vertikal.scenario.model import Scenario

_ROOMS = ("theory", "regime")
"""Where it is written what mechanisms do; an engine that plays the same histories may change."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """What silencing mechanisms one by one changed in a library scenario."""

    model: str
    """Digest of the equations, see `model_digest`."""
    scenario: str
    """Digest of the scenario and its variants, see `scenario_digest`."""
    histories: int
    """How many were compared, each with a parameter draw of its own."""
    acts: frozenset[str]
    """The mechanisms that changed the state in the scenario as it stands."""
    unseen: frozenset[str]
    """Those of them that changed nothing that is recorded or that a question looks at."""
    idle: Mapping[str, frozenset[str]]
    """The mechanisms in play that changed nothing, by variant; of the scenario itself under ""."""

    def fits(self, scenario: "Scenario") -> bool:
        """Whether it was measured with this scenario and the present equations."""
        return self.model == model_digest() and self.scenario == scenario_digest(scenario)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            **vars(self),
            "acts": sorted(self.acts),
            "unseen": sorted(self.unseen),
            "idle": {variant: sorted(names) for variant, names in self.idle.items()},
        }


@functools.cache
def measured() -> dict[str, Measured]:
    """What was measured, by library scenario."""
    table = resources.files("vertikal.data") / "acting.json"
    return {
        name: Measured(
            **row
            | {"acts": frozenset(row["acts"]), "unseen": frozenset(row["unseen"])}
            | {"idle": {variant: frozenset(names) for variant, names in row["idle"].items()}}
        )
        for name, row in json.loads(table.read_text("utf-8")).items()
    }


@functools.cache  # what counts is the code that this process runs
def model_digest() -> str:
    """SHA-256 over the source files that say what mechanisms do."""
    package = Path(__file__).parent
    return source_digest((f for room in _ROOMS for f in (package / room).rglob("*.py")), package)


def scenario_digest(scenario: "Scenario") -> str:
    """SHA-256 of the resolved content of a scenario and of what its variants change."""
    patches = {
        letter: [variant.includes, variant.patch] for letter, variant in scenario.variants.items()
    }
    plain = json.dumps([scenario.digest, patches], sort_keys=True, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
