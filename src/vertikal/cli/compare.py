"""`vertikal compare`: a scenario and a patch of it, or two runs, history by history."""

from typing import Annotated

import typer

from vertikal.cli import notes
from vertikal.cli.options import PatchOption, Seed, Set, VariantOption, Workers
from vertikal.cli.printing import NARROW, Json, console, fit, plain, print_json
from vertikal.errors import VertikalError


def compare(
    name: Annotated[
        str,
        typer.Argument(
            help="A library scenario by name or id, or a YAML file; or a run directory, to be "
            "compared with another by --patch OTHER_DIR."
        ),
    ],
    variant: VariantOption = None,
    patch: PatchOption = None,
    set_: Set = None,
    runs: Annotated[
        int | None, typer.Option("--runs", "-n", min=1, help="How many histories; default 1000.")
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Compare a scenario with a patch of it, history by history, sharing all chance.

    Pairs of which a history failed in either arm are left out and counted. In the rows `years` of
    a date, never counts as the end of the clock; rows of NAME.is say in which way it comes.
    """
    from vertikal import laboratory
    from vertikal.engine.progress import shown

    if notes.names_a_run(name):
        others = patch or []
        if len(others) != 1 or variant or set_ or {runs, seed, workers} != {None}:
            raise VertikalError(
                "two run directories are compared as they are",
                mend="Write: vertikal compare DIR --patch OTHER_DIR.",
            )
        from vertikal.engine.ensemble import open_ensemble

        arms = open_ensemble(name), open_ensemble(others[0])
        for arm in arms:
            laboratory.scenario_of(arm)  # is it still what was played?
        notes.warn_of_unfinished(*arms)
        found = laboratory.compare(*arms)
    else:
        with shown() as progress, notes.told_of_variants(name, variant):
            found = laboratory.contrast(
                name,
                variant=variant,
                patches=patch or (),
                set=set_ or (),
                runs=runs or 1000,
                seed=seed,
                workers=workers,
                progress=progress,
            )
    if as_json:
        left_out = {"failed": found.failed, "unpaired": found.unpaired}
        print_json([plain(row) | left_out for row in found.table().to_dict("records")])
    else:
        terminal = console()
        table = found.shown(narrow=terminal.width < NARROW)
        terminal.print(fit(table, terminal.width))
