"""Scenarios: from a YAML file that a political scientist can write to a checked model.

`load` gives a `Scenario`, or a `ScenarioError` with every fault in the file, its line and the way
to mend it; `check` only looks; `library` lists what comes with vertikal. The format is described
in `docs/reference/scenario-format.md`.

Read in this order: `schema` and `outcomes` (what can be written), `quantities`, `dates` and
`conditions` (its smallest parts), `source` (YAML with places), `patch` (layers), `assemble` (from
the file to rows), `checks` (whether they fit together), `model` (the result), `loader` (how it all
goes together), `catalogue` (the library), `registry` (mechanisms by name), `own` (those of a user),
`faults`.

The names below are imported when first used, so that listing the library stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vertikal.scenario.catalogue import Entry, library
from vertikal.scenario.faults import Fault, ScenarioError

if TYPE_CHECKING:
    from vertikal.scenario.loader import check, load
    from vertikal.scenario.model import Origin, Scenario
    from vertikal.scenario.patch import Patch

__all__ = [
    "Entry",
    "Fault",
    "Origin",
    "Patch",
    "Scenario",
    "ScenarioError",
    "check",
    "library",
    "load",
]

_LATER = {
    "check": "loader",
    "load": "loader",
    "Origin": "model",
    "Scenario": "model",
    "Patch": "patch",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(f"vertikal.scenario.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
