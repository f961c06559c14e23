"""`vertikal claims where`: where claims fail, and which assumptions drive them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vertikal.cli_claims import Files, Ids, Priority, Source, Subsystem, wanted
from vertikal.cli_print import Json, console, new_table, print_json

if TYPE_CHECKING:
    from vertikal.claims.failing import Where
    from vertikal.claims.sensitivity import Assumption

Kept = Annotated[Path, typer.Option("--out", "-o", help="Where histories and verdicts are kept.")]
MOST_TOLD = 12  # assumptions over all claims in the table; `--json` has all


def register(app: typer.Typer) -> None:
    """Add the commands to `vertikal claims`."""
    app.command()(where)


def where(
    ids: Ids = None,
    source: Source = None,
    subsystem: Subsystem = None,
    priority: Priority = None,
    file: Files = None,
    out: Kept = Path("claims-runs"),
    as_json: Json = False,
) -> None:
    """Tell where tested claims fail, and which assumptions drive them.

    It uses the histories that tested them and plays none.
    """
    from vertikal.claims.failing import assumptions
    from vertikal.claims.failing import where as find

    claims = [c for c in wanted(ids, source, subsystem, priority, file) if ids or not c.reason]
    found = [one for claim in claims for one in find(claim, out)]
    over_all = assumptions(found)
    if as_json:
        print_json({"tests": [w.row() for w in found], "assumptions": [a.row() for a in over_all]})
        return
    for one in found:
        _tell(one)
    if len(claims) > 1:
        _tell_assumptions(over_all)


def _tell(one: "Where") -> None:
    terminal = console()
    added = ", we add" if one.elaborated else ""
    terminal.print(f"{one.claim}  {one.test.scenario}, {one.test.shape}{added}", style="bold")
    terminal.print(f"  {one.place.told}")
    for place, found in enumerate(one.drivers, 1):
        part = f" of effect {place}" if len(one.drivers) > 1 else ""
        if not found.indices:
            terminal.print(f"  What drives it{part}: {found.why}.")
            continue
        table = new_table(
            f"what drives it{part}", "address", "more of it", "share", "95%", numbers=2
        )
        for i in found.indices:
            more = "helps the claim" if i.slope > 0 else "hurts it"
            table.add_row(
                i.meaning, i.address, more, f"{i.first:.0%}", f"{i.low:.0%} to {i.high:.0%}"
            )
        terminal.print(table)
        terminal.print(
            f"  Of {found.parameters} parameters; chance alone would give {found.floor:.0%}. "
            f"{found.signal:.0%} of the variance over draws is not chance."
        )
    terminal.print()


def _tell_assumptions(ranked: "list[Assumption]") -> None:
    terminal = console()
    if not ranked:
        terminal.print("No assumption drives any of these claims beyond chance.")
        return
    table = new_table("assumptions that matter most", "address", "tests", "claims", numbers=2)
    for row in ranked[:MOST_TOLD]:
        named = ", ".join(row.claims[:3]) + (", ..." if len(row.claims) > 3 else "")
        table.add_row(row.meaning, row.address, str(row.tests), named)
    terminal.print(table)
