"""`vertikal claims rivalry | transfer`: who is right where, and what sisters have in common."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vertikal.cli.claims import KEPT, Files, Kept
from vertikal.cli.claims_progress import shown_progress
from vertikal.cli.printing import (
    Json,
    check_svg,
    console,
    new_table,
    number_of,
    print_json,
    tell_rest,
)
from vertikal.scenario.faults import shown_of

if TYPE_CHECKING:
    from vertikal.claims.contest import Contest, Field
    from vertikal.claims.transfer import Moved, Stand, Transfer

Svg = Annotated[
    Path | None, typer.Option("--svg", help="Also draw the maps (SVG) here, one a scenario.")
]


def rivalry(
    id_: Annotated[str, typer.Argument(metavar="RIVALRY", help="The id of a rivalry.")],
    draws: Annotated[
        int,
        typer.Option(
            "--draws", "-n", min=64, help="Parameter draws in which the sides are compared."
        ),
    ] = 256,
    file: Files = None,
    folder: Kept = KEPT,
    svg: Svg = None,
    as_json: Json = False,
) -> None:
    """Say who is right where, and which observation would settle most.

    Plays what is lacking of the tests of all sides in the scenarios that they share.
    """
    from vertikal.claims import library
    from vertikal.claims.contest import contest
    from vertikal.claims.rivals import find

    check_svg(svg)
    books = library(file or ())
    asked = find({r.id: r for book in books for r in book.rivalries}, id_, file or ())
    claims = {c.id: c for book in books for c in book.claims}
    with shown_progress(folder) as progress:
        found = contest(asked, claims, draws=draws, folder=folder, progress=progress)
    drawn = [] if svg is None else _draw(found, svg)
    if as_json:
        print_json(found.row() | {"pictures": [str(p) for p in drawn]})
        return
    _tell(found)
    for path in drawn:
        console().print(f"picture: {path}")


def _draw(found: "Contest", svg: Path) -> list[Path]:
    """A picture a scenario; of several each has the scenario in its name."""
    from vertikal.report.rivalry_map import draw_map

    fields = [f for f in found.fields if f.atlas.axes is not None]
    target = svg.with_suffix(".svg")
    if len(fields) == 1:
        return [draw_map(fields[0], target)]
    return [
        draw_map(f, target.with_name(f"{target.stem}-{Path(f.ground.scenario).stem}.svg"))
        for f in fields
    ]


def _tell(found: "Contest") -> None:
    terminal = console()
    terminal.print(f"{found.rivalry.id}  {found.rivalry.statement}", style="bold")
    if found.setting.obstacle:
        terminal.print(found.setting.obstacle[0].upper() + found.setting.obstacle[1:])
    for field in found.fields:
        terminal.print()
        terminal.print(f"{field.ground.scenario}: {field.title}", style="bold")
        for sentence in field.statement:
            terminal.print(sentence)
        _tell_claims(field)
        _tell_evidence(field)
    for name, why in found.unplayed.items():
        terminal.print()
        terminal.print(f"{name}: not compared; {why}.")


def _tell_claims(field: "Field") -> None:
    table = new_table("side", "claim", "holds in", numbers=1)
    sides = field.ground.rivalry.sides
    for held in field.ground.held:
        table.add_row(sides[held.side].label, held.claim, f"{held.probability.mean():.0%}")
    console().print()
    console().print(table)


def _tell_evidence(field: "Field") -> None:
    telling = field.evidence.telling
    if not telling:
        return
    table = new_table("what would settle most", "observed in", "what it is", "bits", numbers=1)
    most = shown_of(len(telling), 8)
    for one in telling[:most]:
        o = one.observation
        table.add_row(o.name, o.when, o.ask, f"{one.bits:.2f} ± {2 * one.error:.2f}")
    console().print()
    console().print(table)
    tell_rest(console(), len(telling) - most)


def transfer(
    source: Annotated[
        str | None, typer.Argument(help="Where parameters come from; all pairs if none.")
    ] = None,
    sister: Annotated[
        str | None,
        typer.Argument(help="Where they are carried; may be left out if the source has one only."),
    ] = None,
    claim: Annotated[
        list[str] | None, typer.Option("--claim", help="Only this claim. Repeatable.")
    ] = None,
    draws: Annotated[
        int,
        typer.Option(
            "--draws",
            "-n",
            min=64,
            help="Parameter draws that are carried over, and in which claims are judged.",
        ),
    ] = 256,
    budget: Annotated[
        int,
        typer.Option(
            "--budget",
            min=1,
            help="Histories of each arm after which a test is left unsettled; the draws are "
            "played all the same.",
        ),
    ] = 16384,
    file: Files = None,
    folder: Kept = KEPT,
    as_json: Json = False,
) -> None:
    """Carry parameters from scenarios to their sisters and judge the claims there again.

    Says first which pairs, of how many claims and tests. Plays what is lacking: the tests of the
    claims in both, and both scenarios as they stand.
    """
    from vertikal.claims import chosen, library
    from vertikal.claims.transfer import extent, pairs
    from vertikal.claims.transfer import transfer as carry

    claims = chosen(library(file or ()), claim or ())
    asked = pairs(source, sister)
    for pair in asked:
        count, tests = extent(pair, claims)
        told = (
            f"{number_of(count, 'claim', 'claims')}, {number_of(tests, 'test', 'tests')} "
            f"in {draws} draws and more"
        )
        typer.echo(
            f"{pair.source} to {pair.sister}: {told if count else 'nothing to test'}", err=True
        )
    found = []
    how: dict[str, Any] = {"draws": draws, "budget": budget, "folder": folder}
    with shown_progress(folder) as progress:
        for pair in asked:
            found.append(carry(pair, claims, progress=progress, **how))
    if as_json:
        print_json([t.row() | {"notes": list(_notes(t))} for t in found])
        return
    for place, one in enumerate(found):
        if place:
            console().print()
        _tell_transfer(one)
    empty = sum(not one.shared for one in found)
    if empty and len(found) > 1:
        console().print(
            f"\n{empty} of {len(found)} transfers of the rule can carry nothing at all."
        )


def _tell_transfer(found: "Transfer") -> None:
    terminal = console()
    head = f"{found.pair.source} to {found.pair.sister}: {found.pair.about}"
    terminal.print(head, style="bold")
    terminal.print(found.statement)
    for f in found.foretold:
        terminal.print(
            f"{f.records} records of {found.pair.sister} ({f.use}): log score {f.before:.2f} "
            f"before, {f.after:.2f} after ({f.after - f.before:+.2f} ± {2 * f.error:.2f})."
        )
    if not found.moved:
        if found.shared:
            terminal.print("None of the claims is tested there.")
        return
    table = new_table(
        "claim", f"in {found.pair.source}", "before", "after", "held in", "holds in", numbers=2
    )
    for m in found.moved:
        table.add_row(*_moved(m), style="bold" if m.changed or m.share_changed else "")
    terminal.print()
    terminal.print(table)
    changed = sum(m.changed for m in found.moved)
    shares = sum(m.share_changed for m in found.moved)
    terminal.print(
        f"{changed} of {len(found.moved)} verdicts become another; the share of draws in which a "
        f"claim holds changes for more than chance in {shares} of {len(found.moved)}."
    )
    for note in _notes(found):
        terminal.print(note)


LEANING = (
    "Unsettled, leaning: what is kept does not suffice for a verdict; if the mean effect and the "
    "share of draws were exact, it would be the one named."
)
WEIGHTED = (
    "Before: the verdict of the tests as the ledger has it. After: that of draws which are kept in "
    "proportion to their weight. They are fewer, and most have only the histories that every draw "
    "begins with, so that it is often unsettled where the ledger is not."
)


def _notes(found: "Transfer") -> Iterator[str]:
    """What a reader of the verdicts must know."""
    if any(_leans(stand) for m in found.moved for stand in (m.in_source, m.before, m.after)):
        yield LEANING
    if found.moved and found.fit is not None:
        yield WEIGHTED


def _leans(stand: "Stand | None") -> bool:
    return stand is not None and stand.word == "unsettled"


def _moved(m: "Moved") -> tuple[str, ...]:
    source = "" if m.in_source is None else m.in_source.told
    return m.claim, source, m.before.told, m.after.told, f"{m.before.share:.0%}", _after(m)


def _after(m: "Moved") -> str:
    """The share of draws after, with two standard errors of how much it has changed."""
    if not m.error:
        return f"{m.after.share:.0%}"
    half = f"{2 * m.error:.0%}"
    return f"{m.after.share:.0%} ± {'<1%' if half == '0%' else half}"
