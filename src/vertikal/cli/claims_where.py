"""`vertikal claims where | screen | overturn`: where claims fail, and what drives them."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vertikal.cli.claims import (
    KEPT,
    Files,
    Ids,
    Kept,
    Priority,
    Source,
    Subsystem,
    check_kept,
    wanted,
)
from vertikal.cli.claims_progress import resumable
from vertikal.cli.printing import Json, console, new_table, number_of, print_json, tell_rest
from vertikal.scenario.faults import listed, shown_of

if TYPE_CHECKING:
    from vertikal.claims import Claim
    from vertikal.claims.chosen_draws import Tell
    from vertikal.claims.failing import Where
    from vertikal.claims.screening import Screen, Sobol
    from vertikal.claims.sensitivity import Assumption

Id = Annotated[str, typer.Argument(metavar="CLAIM", help="Id of a claim.")]
Number = Annotated[int, typer.Option("--test", min=1, help="Which of its tests, from 1.")]
MOST_TOLD = 12
"""Assumptions in a table; the rest is counted."""


def where(
    ids: Ids = None,
    source: Source = None,
    subsystem: Subsystem = None,
    priority: Priority = None,
    file: Files = None,
    folder: Kept = KEPT,
    as_json: Json = False,
) -> None:
    """Tell where tested claims fail, and which assumptions drive them.

    It uses the histories that tested them and plays none.
    """
    from vertikal.claims import library
    from vertikal.claims.commands import command
    from vertikal.claims.failing import assumptions
    from vertikal.claims.failing import where as find
    from vertikal.claims.kept import NotPlayed
    from vertikal.engine.durable import shell

    asked = wanted(library(file or ()), ids, source, subsystem, priority)
    claims = [c for c in asked if ids or c.tests or c.elaborated]
    check_kept(folder, claims, file)
    found: list[Where] = []
    untested = []
    for claim in claims:
        try:
            found += find(claim, folder)
        except NotPlayed:
            if ids:
                raise
            untested.append(claim.id)
    numbered = _numbered(found)
    over_all = assumptions(found)
    if as_json:
        rows = [w.row() | {"test": n} for n, w in numbered]
        told = {"tests": rows, "assumptions": [a.row() for a in over_all], "untested": untested}
        print_json(told)
        return
    for number, one in numbered:
        _tell(one, number)
    if len(claims) - len(untested) > 1:
        _tell_assumptions(over_all)
    if untested:
        left_out = number_of(len(untested), "claim", "claims")
        console().print(f"Left out, since not tested as they stand now: {left_out}.")
        chosen = {"--source": source, "--subsystem": subsystem, "--priority": priority}
        options = [f"{name} {shell(str(v))}" for name, v in chosen.items() if v is not None]
        again = command(" ".join(["test", *options]), file or (), folder)
        console().print(f"Test them: {again}", soft_wrap=True)


def _numbered(found: "list[Where]") -> "list[tuple[int, Where]]":
    """With the place of each test in its claim, from 1; those that we add count apart."""
    counts: Counter[tuple[str, bool]] = Counter()
    numbered = []
    for one in found:
        counts[one.claim, one.elaborated] += 1
        numbered.append((counts[one.claim, one.elaborated], one))
    return numbered


def screen(
    claim: Id,
    test: Number = 1,
    file: Files = None,
    folder: Kept = KEPT,
    as_json: Json = False,
) -> None:
    """Play designed draws to tell which of all assumptions drive a claim.

    Morris screening of all parameters, then first-order and total Sobol' indices of those that
    matter most. What was played is kept and not played again, and what was found is on the page of
    the claim that `vertikal claims report` writes.
    """
    from vertikal.claims.screening import screen as find

    with resumable(folder), _told() as tell:
        found = find(_one(claim, file), number=test, folder=folder, tell=tell)
    if as_json:
        print_json(found.row())
    else:
        _tell_screen(found)


def overturn(
    claim: Id,
    test: Number = 1,
    budget: Annotated[
        int, typer.Option("--budget", "-n", min=1, help="Histories of each arm for the search.")
    ] = 16384,
    file: Files = None,
    folder: Kept = KEPT,
    as_json: Json = False,
) -> None:
    """Search the bulk of the prior for the nearest parameters that overturn a claim.

    What is found is confirmed by fresh histories. What was played is kept and not played again, and
    what was found is on the page of the claim that `vertikal claims report` writes.
    """
    from vertikal.claims.adversary import overturn as find

    with resumable(folder), _told() as tell:
        found = find(_one(claim, file), number=test, folder=folder, budget=budget, tell=tell)
    if as_json:
        print_json(found.row())
        return
    terminal = console()
    terminal.print(f"{found.claim}  {found.test.scenario}, {found.test.shape}", style="bold")
    terminal.print(f"  {found.told}")
    if found.found is not None:
        points = (("at the centre", found.centre), ("there", found.found.effect))
        table = new_table("effect", "mean", "interval", numbers=2)
        for name, point in points:
            effect = point.as_read(found.test)
            for mean, (low, high) in zip(effect.means, effect.intervals, strict=True):
                table.add_row(name, f"{mean:+.3g}", f"{low:+.3g} to {high:+.3g}")
        terminal.print(table)


@contextlib.contextmanager
def _told() -> "Iterator[Tell]":
    """Histories of each arm done, on the error stream."""
    from vertikal.engine.progress import shown

    begun = time.monotonic()
    with shown() as progress:
        yield lambda done, total: progress(done, total, time.monotonic() - begun)


def _one(claim: str, files: "list[Path] | None") -> "Claim":
    from vertikal.claims import library

    return wanted(library(files or ()), [claim])[0]


def _tell_screen(found: "Screen") -> None:
    terminal = console()
    terminal.print(f"{found.claim}  {found.test.scenario}, {found.test.shape}", style="bold")
    table = new_table("low to high", "address", "by itself", "in all", "for the claim", numbers=3)
    indices = {i.address: i for i in found.indices}
    matters = [s for s in found.screened if s.matters]
    for row in matters[: shown_of(len(matters), MOST_TOLD)]:
        index = indices.pop(row.address, None)
        shares = ("", "") if index is None else _shares(index)
        table.add_row(row.meaning, row.address, *shares, f"{row.mean:+.3g}")
    for rest in indices.values():
        table.add_row(rest.meaning, "", *_shares(rest), "")
    terminal.print(table)
    terminal.print(
        f"  {len(matters)} of {len(found.screened)} parameters matter beyond chance; {found.inert} "
        f"change nothing at all. {found.histories} histories of each arm."
    )
    if found.place is not None:
        told = f"At most {found.chance:.0%} of the variance is chance. {found.place.told}"
        terminal.print(f"  {told}")


def _shares(index: "Sobol") -> tuple[str, str]:
    return (
        f"{index.first:.0%} ± {index.first_half:.0%}",
        f"{index.total:.0%} ± {index.total_half:.0%}",
    )


def _tell(one: "Where", number: int) -> None:
    terminal = console()
    kind = "elaboration" if one.elaborated else "test"
    asked = one.test.outcome
    outcome = asked if isinstance(asked, str) else asked.get("ask", "an outcome of its own")
    head = f"{one.claim}  {kind} {number}: {one.test.scenario}, {one.test.shape}, {outcome}"
    terminal.print(head, style="bold")
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
            more = "" if i.slope is None else "helps the claim" if i.slope > 0 else "hurts it"
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
    most = shown_of(len(ranked), MOST_TOLD)
    for row in ranked[:most]:
        table.add_row(row.meaning, row.address, str(row.tests), listed(row.claims, most=3))
    terminal.print(table)
    tell_rest(terminal, len(ranked) - most)
