"""`vertikal list | show | check | new | schedule`: scenarios, before anything is played."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from vertikal.cli import notes
from vertikal.cli.options import Name, PatchOption, Set, VariantOption, loaded
from vertikal.cli.printing import NARROW, Json, console, fit, new_table, plain, print_json


def list_(as_json: Json = False) -> None:
    """List the scenarios of the library."""
    from vertikal.scenario.catalogue import library

    entries = library()
    if as_json:
        rows = [
            {k: getattr(e, k) for k in ("name", "id", "title", "clock", "question")}
            for e in entries
        ]
        print_json(rows)
        return
    from rich.text import Text

    table = new_table("id", "name", "title", "clock")
    for e in entries:
        table.add_row(e.id, Text(e.name, "bold"), e.title, e.clock)
    console().print(table)


def show(
    name: Name,
    variant: VariantOption = None,
    patch: PatchOption = None,
    set_: Set = None,
    origins: Annotated[
        bool, typer.Option("--origins", help="Say of each value where it comes from.")
    ] = False,
    parameters: Annotated[
        bool,
        typer.Option("--parameters", help="List every number in doubt with its prior and basis."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a scenario as it is played: everything filled in, and where each value comes from."""
    scenario = loaded(name, variant, patch, set_)
    if parameters:
        from vertikal.report.compose import parameter_facts

        facts = parameter_facts(scenario)
        if as_json:
            import dataclasses

            print_json([plain(dataclasses.asdict(f)) for f in facts])
            return
        terminal = console()
        is_narrow = terminal.width < NARROW
        heads = ("address", "value", "prior", "unit", "basis", "why")
        table = new_table(*(("address", "value", "prior", "basis") if is_narrow else heads))
        for f in facts:
            value = "–" if f.value != f.value else f"{f.value:g}"
            if is_narrow:
                table.add_row(f.address, f"{value} {f.unit}".rstrip(), f.prior, f.basis)
            else:
                table.add_row(f.address, value, f.prior, f.unit, f.basis, f.why)
        terminal.print(fit(table, terminal.width))
        if is_narrow:
            terminal.print("A wider terminal, and --json, tell why each is so.", style="dim")
        return
    if as_json:
        content = plain(scenario.content())
        print_json(
            {
                "scenario": content,
                "digest": scenario.digest,
                "variants": {letter: v.title for letter, v in scenario.variants.items()},
            }
            | ({"origins": {k: str(o) for k, o in scenario.origins().items()}} if origins else {})
        )
        return
    if origins:
        table, content = new_table("address", "value", "origin"), scenario.content()
        for path, origin in scenario.origins().items():
            table.add_row(path, str(_at(content, path)), str(origin))
        console().print(table)
        return
    note = "# Every prior is written out; what has none is certain, so that judgement.spread is 0."
    text = f"{note}\n{scenario.to_yaml()}"
    if sys.stdout.isatty():
        from rich.syntax import Syntax

        console().print(Syntax(text, "yaml", background_color="default"))
        variants = new_table("variant", "title")
        for letter, v in scenario.variants.items():
            variants.add_row(letter, v.title)
        console().print(variants)
    else:
        print(text, end="")


def _at(content: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(content, dict) or key not in content:
            return ""
        content = content[key]
    return content


def check(
    files: Annotated[
        list[str], typer.Argument(help="Scenario files, or library scenarios by name or id.")
    ],
    as_json: Json = False,
) -> None:
    """Check scenarios and report every fault with its line and how to mend it."""
    import dataclasses

    from vertikal.scenario.loader import check as check_file
    from vertikal.scenario.loader import load

    places = {file: Path(file) if os.path.isfile(file) else file for file in files}
    found = {
        file: [folder] if (folder := notes.folder_fault(file)) else check_file(where)
        for file, where in places.items()
    }
    asides = {
        file: "" if faults else notes.clock_note(load(places[file]))
        for file, faults in found.items()
    }
    if as_json:
        print_json(
            {
                file: {"faults": plain([*map(dataclasses.asdict, faults)]), "note": asides[file]}
                for file, faults in found.items()
            }
        )
    else:
        for file, faults in found.items():
            for fault in faults:
                print(f"{fault}\n", file=sys.stderr)
            print(f"{file}: " + (f"{len(faults)} fault(s)" if faults else "no faults"))
            if asides[file]:
                print(f"  {asides[file]}")
    if any(found.values()):
        raise typer.Exit(2)


def new(
    name: Annotated[
        str, typer.Argument(help="Name of the new scenario: letters, digits and hyphens.")
    ],
    folder: Annotated[Path, typer.Option("--in", help="Where to write NAME.yaml.")] = Path("."),
) -> None:
    """Write a small scenario to start from, with comments."""
    from vertikal.scenario.starter import write_starter

    path = write_starter(name, folder)
    print(f"{path}\nCheck it: vertikal check {path}\nPlay it:  vertikal run {path} --runs 1000")


def schedule(name: Name, as_json: Json = False) -> None:
    """Print the order of a tick: which mechanisms act, when, and by which rules."""
    from vertikal.scenario.world import used_mechanisms

    scenario = loaded(name)
    off = set(scenario.mechanisms.off)
    rows = [
        {
            "stage": m.stage.name.lower(),
            "mechanism": m.name,
            "on": m.name not in off,
            "rules": list(m.rules),
            "builds_on": m.builds_on,
        }
        for m in used_mechanisms(scenario)
    ]
    if as_json:
        print_json(rows)
        return
    table = new_table("stage", "mechanism", "rules", "builds on")
    for row in rows:
        label = str(row["mechanism"]) if row["on"] else f"{row['mechanism']} (off)"
        style = "" if row["on"] else "dim"
        cells = (str(row["stage"]), label, ", ".join(row["rules"]), str(row["builds_on"]))  # type: ignore[arg-type]
        table.add_row(*cells, style=style)
    console().print(table)
