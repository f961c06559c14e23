"""`vertikal report`: a run as one page."""

from pathlib import Path
from typing import Annotated

import typer

from vertikal.cli import notes


def report(
    directory: Annotated[Path, typer.Argument(help="A run directory.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file; default DIR/report.html.")
    ] = None,
    changed: Annotated[
        list[Path] | None,
        typer.Option(
            "--with",
            metavar="DIR",
            help="A run of the same seed in which something was changed: the report tells what "
            "that does. Repeatable.",
        ),
    ] = None,
) -> None:
    """Write a report of a run as one HTML file that opens without a network."""
    from vertikal.engine.ensemble import open_ensemble
    from vertikal.report.compose import compose
    from vertikal.report.page import write_report

    ensemble, others = open_ensemble(directory), [open_ensemble(other) for other in changed or ()]
    notes.warn_of_unfinished(ensemble, *others)
    path = write_report(compose(ensemble, changed=others), out or directory / "report.html")
    print(path)
