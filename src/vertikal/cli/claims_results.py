"""How `vertikal claims test` tells what came of claims: as tables, and as plain values for JSON."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vertikal.cli.printing import console, new_table

if TYPE_CHECKING:
    from vertikal.claims.played import Played
    from vertikal.claims.results import Result, Tested
    from vertikal.claims.schema import Test
    from vertikal.claims.turning import Turning


def looked_into(results: "list[Result]", folder: Path) -> "dict[str, Played]":
    """The files of those tests of which more must be told, by the hash of the test.

    That is what is unsettled, and what may lack room for an effect that would matter.
    """
    from vertikal.claims.ledger import read_ledger

    def is_wanted(one: "Tested") -> bool:
        near = any(min(mean, 1 - mean) < one.test.smallest for mean in one.arms.values())
        is_open = any(f.word == "unsettled" for f in one.findings)
        return is_open or near or one.test.measure == "years"

    wanted = [r.claim for r in results if any(map(is_wanted, (*r.tests, *r.elaborated)))]
    entries = read_ledger(wanted, folder) if wanted else ()
    played = [a.played for e in entries for a in (*e.tests, *e.elaborated) if a.played]
    return {p.key: p for p in played}


def row(result: "Result", known: "dict[str, Played]") -> dict[str, Any]:
    """What JSON says of a claim: what came of it, and what the tables note beside a verdict.

    Effects have their own sign, and of bounds it is the answer that is told, as in a ledger.

    Args:
        result: The claim.
        known: As of `looked_into`.
    """
    from vertikal.claims.caveats import disagreement, hangs_on_line

    found = result.row()
    for told, one in zip(
        (*found["tests"], *found["elaborated"]), (*result.tests, *result.elaborated), strict=True
    ):
        played = known.get(one.key)
        turning = _turning(one, played) if played else {}
        silent = {place for place, room in enumerate(played.no_room if played else ()) if room}
        for place, finding in enumerate(told["findings"]):
            finding |= _as_read(one, place)
            finding["impossible"] = place in silent
            finding |= turning[place].row() if place in turning else {}
    return found | {
        "disagreement": disagreement([t.findings for t in result.tests]),
        "hangs_on_line": hangs_on_line(result.findings),
    }


def _as_read(one: "Tested", place: int) -> dict[str, float | None]:
    """Mean and interval of an effect of a test as a reader sees it, for JSON."""
    from vertikal.claims.played import as_read, range_as_read

    f = one.findings[place]
    low, high = range_as_read(one.test, f.low, f.high)
    found = {"mean": as_read(one.test, f.mean), "low": low, "high": high}
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


_COLOURS = {"supported": "green", "fragile": "yellow", "contradicted": "red"}


def tell(results: "list[Result]", firm: dict[str, bool], known: "dict[str, Played]") -> None:
    """Print what came of claims, a table for each.

    Args:
        results: The claims in their order.
        firm: By id whether the verdict stands over all of them together.
        known: As of `looked_into`.
    """
    from rich.text import Text

    from vertikal.claims.caveats import disagreement, hangs_on_line

    terminal = console()
    for result in results:
        loose = result.word in _COLOURS and not firm[result.claim.id]
        apart = disagreement([t.findings for t in result.tests])
        why = apart or ("it lies on the line" if hangs_on_line(result.findings) else "")
        verdict = result.word + (f", {why}" if why else "")
        verdict += ", not firm among these claims" if loose else ""
        verdict += ", by construction but for the size" if result.claim.by_construction else ""
        head = Text(f"{result.claim.id}  ", "bold").append(verdict, _COLOURS.get(result.word, ""))
        terminal.print(head)
        if result.claim.reason:
            terminal.print(f"  {result.claim.reason}")
        if not (result.tests or result.elaborated):
            terminal.print()
            continue
        table = new_table(
            "tested in", "expected", "verdict", "effect", "95% interval", "holds in", "histories",
            numbers=4,
        )  # fmt: skip
        for row in (*_rows(result.tests), *_rows(result.elaborated, "we add: ")):
            table.add_row(*row)
        terminal.print(table)
        for one in (*result.tests, *result.elaborated):
            if played := known.get(one.key):
                for line in (*_turns(one, played), *_silent(one, played)):
                    terminal.print(f"  {line}")
        if result.word == "fragile" and any(t.word == "unsettled" for t in result.tests):
            terminal.print(
                "  Whatever comes of the unsettled, not all are supported and not all contradicted."
            )
        terminal.print()
    counts = {w: sum(r.word == w for r in results) for w in dict.fromkeys(r.word for r in results)}
    terminal.print(", ".join(f"{n} {word}" for word, n in counts.items()))
    if "unsettled" in counts:
        told = "Unsettled: the budget ended first. Give more by --budget; what was played is kept."
        terminal.print(told)


def _rows(tests: "tuple[Tested, ...]", prefix: str = "") -> Iterator[tuple[str, ...]]:
    """What a table tells of tests: one row an effect, positive where the answer rises.

    Of bounds it tells the answer.
    """
    from vertikal.claims.played import as_read, range_as_read

    for one in tests:
        sign = "" if one.test.shape == "bounded" else "+"
        for f in one.findings:
            low, high = range_as_read(one.test, f.low, f.high)
            yield (
                prefix + one.test.scenario,
                _expected(one.test),
                f.word + _idle(one),
                f"{as_read(one.test, f.mean):{sign}.3g}",
                f"{_end(low, sign)} to {_end(high, sign)}",
                f"{f.share_low:.0%} to {f.share_high:.0%}",
                f"{one.histories}",
            )


def _expected(test: "Test") -> str:
    """What a test expects, in a word or two, with the direction where the shape does not say it."""
    from vertikal.claims.wording import inline

    if test.shape == "bounded":
        return f"within {inline(test.within)}"
    has_own = test.shape in ("interaction", "threshold") and test.direction == "decreases"
    return f"{test.shape}, {test.direction}" if has_own else test.shape


def _idle(one: "Tested") -> str:
    if not one.inert:
        return ""
    is_due_to_it = one.test.shape == "no-effect" and one.word == "supported"
    return ", only because nothing changed" if is_due_to_it else ", nothing changed"


def _which(place: int, one: "Tested") -> str:
    return f", effect {place + 1}" if len(one.findings) > 1 else ""


def _silent(one: "Tested", played: "Played") -> Iterator[str]:
    """Which effects of a test are impossible, a line each."""
    for place, room in enumerate(played.no_room):
        if room is not None:
            arm = "without the change" if room.arm == "without" else f"in {room.arm}"
            yield (
                f"{one.test.scenario}{_which(place, one)}: the answer is {room.answer:.3g} {arm}, "
                f"so that a {room.way} of {one.test.smallest:g} is impossible: the verdict says "
                "nothing"
            )


def _turning(one: "Tested", played: "Played") -> "dict[int, Turning]":
    """At which smallest effect each unsettled effect of a test turns, by its place."""
    is_open = any(f.word == "unsettled" for f in one.findings)
    return {
        place: turning
        for place, turning in enumerate(played.turnings if is_open else ())
        if turning is not None and one.findings[place].word == "unsettled"
    }


def _turns(one: "Tested", played: "Played") -> Iterator[str]:
    """For which smallest effects the unsettled effects of a test are settled, a line each."""
    for place, turning in _turning(one, played).items():
        low = "at none" if turning.to is None else f"up to {turning.to:g}"
        high = "at none" if turning.since is None else f"from {turning.since:g} on"
        yield (
            f"{one.test.scenario}{_which(place, one)}, smallest effect {one.test.smallest:g}: "
            f"unsettled; {turning.small} {low}, {turning.large} {high}"
        )


def _end(value: float, sign: str) -> str:
    return f"{value:{sign}.3g}" if math.isfinite(value) else "?"
