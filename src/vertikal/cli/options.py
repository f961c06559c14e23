"""Options that several commands take, and the scenario that they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vertikal.cli import notes

if TYPE_CHECKING:
    from vertikal.scenario.model import Scenario

Name = Annotated[str, typer.Argument(help="A library scenario by name or id, or a YAML file.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value: people.beria.proximity=0.2, succession.noise=0.1. Repeatable.",
    ),
]
VariantOption = Annotated[
    list[str] | None,
    typer.Option("--variant", "-v", help="Apply a variant that the scenario declares. Repeatable."),
]
PatchOption = Annotated[
    list[Path] | None, typer.Option("--patch", "-p", help="Apply a patch file. Repeatable.")
]
Seed = Annotated[
    int | None, typer.Option("--seed", "-s", min=0, help="Of all chance; a fresh one if not given.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", "-j", min=1, help="Blocks in work at a time; default one a core, at most four."
    ),
]


def loaded(
    name: str,
    variant: list[str] | None = None,
    patch: list[Path] | None = None,
    set_: list[str] | None = None,
) -> "Scenario":
    """A scenario with what the options change in it."""
    from vertikal.scenario.faults import ScenarioError
    from vertikal.scenario.loader import load

    if fault := notes.folder_fault(name):
        raise ScenarioError([fault])
    with notes.told_of_variants(name, variant):
        return load(name, variant=variant, patches=patch or (), set=set_ or ())
