"""The ledger of claims as pages: a front page, a page a claim, a page a rivalry, and the data.

Each page opens without a network and without the others; the same results give the same bytes.
"""

import dataclasses
import json
import math
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from markupsafe import Markup

from vertikal.claims.caveats import NoRoom
from vertikal.claims.commands import command, elsewhere
from vertikal.claims.failing import assumptions
from vertikal.claims.ledger import STANDINGS, Asked, Entry, scoreboard
from vertikal.claims.played import Part, Played
from vertikal.claims.reading import Book
from vertikal.claims.regions import ERROR as REGION_ERROR
from vertikal.claims.schema import Rivalry, Test
from vertikal.claims.sensitivity import Assumption
from vertikal.claims.studies import NAMES
from vertikal.claims.turning import Turning
from vertikal.claims.verdicts import ERROR, WORDS
from vertikal.claims.wording import inline
from vertikal.data.rules import rules
from vertikal.engine.progress import counted
from vertikal.engine.simulate import Progress
from vertikal.report import claim_words as told
from vertikal.report.claim_figures import (
    COLOURS,
    DRAWN,
    answers_picture,
    effects_picture,
    scoreboard_picture,
)
from vertikal.report.claim_studies import confirmed, studies
from vertikal.report.documents import DOCUMENTS
from vertikal.report.page import environment, put
from vertikal.report.treatments import arm_names, arms
from vertikal.report.words import number

SHOWN_ASSUMPTIONS = 12
"""Assumptions on the front page; the data have all."""

FOLDED = ("untested", "untestable", "normative")
"""Parts of the ledger that are folded at first."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The sides of a rivalry in the same histories: who is right where, and what would tell."""

    title: str
    """Of the scenario."""
    statement: tuple[str, ...]
    """What was found, in sentences."""
    picture: Markup | None = None
    """A map; its names are unlike those of other pictures of the page."""
    told: str = ""
    """The map in words."""
    state: str = ""
    """What was found, or why nothing was, in one line for the front page."""
    command: str = ""
    """What plays that which is lacking."""


def write_ledger(
    entries: Sequence[Entry],
    books: Iterable[Book],
    folder: str | os.PathLike[str],
    comparisons: Mapping[str, Sequence[Comparison]] = MappingProxyType({}),
    progress: Progress | None = None,
    positions: Sequence[Entry] = (),
) -> Path:
    """Write the ledger: `index.html`, `claims/ID.html`, `rivalries/ID.html`, `ledger.json`.

    Args:
        entries: The claims and how they stand, from `vertikal.claims.ledger`.
        books: The claim files, for their documents and rivalries.
        folder: Where to write; folders are made as needed.
        comparisons: By rivalry, how its sides compare in the scenarios where both are tested.
        progress: Is told how many pages of claims are written.
        positions: How positions of sides stand that have tests of their own. They have a page each,
            and are no part of the score.

    Returns:
        The front page.

    Raises:
        VertikalError: If a file cannot be written.
    """
    books, home = tuple(books), Path(folder)
    for path, page in pages(entries, books, comparisons, progress, positions).items():
        put(home / path, page)
    return home / "index.html"


def pages(
    entries: Sequence[Entry],
    books: Sequence[Book],
    comparisons: Mapping[str, Sequence[Comparison]] = MappingProxyType({}),
    progress: Progress | None = None,
    positions: Sequence[Entry] = (),
) -> dict[str, str]:
    """All pages and the data, by path."""
    rivalries = at_odds(books, {e.claim.id for e in entries})
    by_id = {e.claim.id: e for e in (*entries, *positions)}
    shared: dict[str, Any] = {
        "labels": told.LABELS,
        "heads": told.HEADS,
        "stances": told.STANCES,
        "priorities": told.PRIORITIES,
        "headline": told.headline,
        "gist": told.gist,
        "reservations": told.reservations,
        "why_fragile": told.why_fragile,
        "evidence": told.evidence,
        "study_names": NAMES,
        "documents": _documents(books),
        "names": {b.document.code: _surname(b.document.author) for b in books},
        "WORDS": WORDS,
        "DRAWN": DRAWN,
    }
    templates = environment()
    front, of_claim, of_rivalry = map(
        templates.get_template, ("ledger.html", "claim.html", "rivalry.html")
    )
    found = {"index.html": front.render(shared | _front(entries, rivalries, shared, comparisons))}
    for entry in counted((*entries, *positions), progress):
        context = shared | _claim(entry, rivalries, shared["documents"])
        found[f"claims/{entry.claim.id}.html"] = of_claim.render(context)
    for rivalry in rivalries:
        context = shared | {
            "rivalry": rivalry,
            "by_id": by_id,
            "rules": _rules(rivalry.rules),
            "comparisons": comparisons.get(rivalry.id, ()),
            "again": _comparing(rivalry, by_id),
        }
        found[f"rivalries/{rivalry.id}.html"] = of_rivalry.render(context)
    found["ledger.json"] = _data(entries, rivalries, positions)
    return found


def at_odds(books: Iterable[Book], ids: Collection[str]) -> list[Rivalry]:
    """The rivalries in which a claim of the ledger takes a side."""
    return [
        rivalry
        for book in books
        for rivalry in book.rivalries
        if any(name in ids for side in rivalry.sides for name in side.claims)
    ]


def _comparing(rivalry: Rivalry, by_id: Mapping[str, Entry]) -> str:
    """The command that compares the sides of a rivalry."""
    names = [name for side in rivalry.sides for name in side.rests_on if name in by_id]
    files = [by_id[name].claim.file for name in names]
    return command(f"rivalry {rivalry.id}", files, elsewhere(by_id[names[0]].folder))


def _testing(entries: Sequence[Entry]) -> str:
    """The command that tests claims again."""
    return command("test", [e.claim.file for e in entries], elsewhere(entries[0].folder))


def _documents(books: Sequence[Book]) -> dict[str, str]:
    """Author, title and year by code; those of claim files beside those of the rules."""
    own = {
        d.code: f"{d.author}, {d.title}" + (f" ({d.year})" if d.year else "")
        for d in (b.document for b in books)
    }
    return {**own, **{code: text for code, text in DOCUMENTS.items() if code in own}}


def _surname(author: str) -> str:
    """The last word of a name; what stands in brackets where the author is not named."""
    return author.rstrip(")").rpartition("(")[2].rpartition(" ")[2]


def _rules(names: Iterable[str]) -> list[Any]:
    known = rules()
    return [known[name] for name in names]


def _front(
    entries: Sequence[Entry],
    rivalries: Sequence[Rivalry],
    shared: Mapping[str, Any],
    comparisons: Mapping[str, Sequence[Comparison]],
) -> dict[str, Any]:
    board, by_id = scoreboard(entries), {e.claim.id: e for e in entries}
    totals = {s: sum(row[s] for row in board.values()) for s in (*STANDINGS, "firm")}
    groups = [
        (
            part,
            sorted(
                (e for e in entries if told.part_of_ledger(e) == part),
                key=lambda e: e.claim.priority,
            ),
        )
        for part in told.HEADS
    ]
    played = [a.played for e in entries for a in (*e.tests, *e.elaborated) if a.played]
    assumed = _assumptions(entries)
    known = confirmed(entries, assumed)
    changed = [e for e in entries if e.changed]
    return {
        "entries": entries,
        "statements": {e.claim.id: e.claim.statement for e in entries},
        "board": board,
        "score": scoreboard_picture(board, shared["names"], "score"),
        "order": STANDINGS,
        "totals": totals,
        "all_of": {code: sum(row[s] for s in STANDINGS) for code, row in board.items()},
        "colours": COLOURS,
        "groups": [(word, found) for word, found in groups if found],
        "folded": FOLDED,
        "rivalries": rivalries,
        "states": {
            r.id: " ".join(c.state for c in comparisons.get(r.id, ()))
            or f"Not compared yet: {_comparing(r, by_id)}."
            for r in rivalries
        },
        "subsystems": sorted({e.claim.subsystem for e in entries}),
        "settled": sum(totals[w] for w in WORDS),
        "contradicted": totals["contradicted"],
        "histories": sum(p.histories * len(p.arms) for p in played),
        "contradictions": told.contradictions(entries),
        **{part: sum(told.part_of_ledger(e) == part for e in entries) for part in told.FRAGILE},
        "changed": len(changed),
        "again": _testing(changed) if changed else "",
        "by_construction": {
            word: sum(e.word == word and e.claim.by_construction for e in entries)
            for word in (*WORDS, "unsettled")
        },
        "error": ERROR,
        "assumptions": assumed[:SHOWN_ASSUMPTIONS],
        "confirmed": known,
        "screened": any(screened for _, screened in known.values()),
        "looked_into": sum(a.where is not None for e in entries for a in e.tests),
        "regions": _regions(entries),
        "region_error": REGION_ERROR,
    }


def _regions(entries: Sequence[Entry]) -> dict[str, int]:
    """In how many tests a region was sought in which they fail, and of how many one is told."""
    found = [
        a.where.place.region
        for e in entries
        for a in (*e.tests, *e.elaborated)
        if a.where is not None
    ]
    return {
        "sought": sum(math.isfinite(region.p) for region in found),
        "told": sum(region.box is not None for region in found),
    }


def _assumptions(entries: Sequence[Entry]) -> list[Assumption]:
    """The assumptions that matter most over all claims, as far as that was asked."""
    return assumptions(a.where for e in entries for a in e.tests if a.where)


def _claim(
    entry: Entry, rivalries: Sequence[Rivalry], documents: Mapping[str, str]
) -> dict[str, Any]:
    sides = [r for r in rivalries if any(entry.claim.id in side.rests_on for side in r.sides)]
    tests = [
        _test(a, f"t{n}") | {"studies": studies(entry, a, n, f"t{n}")}
        for n, a in enumerate(entry.tests, 1)
    ]
    elaborated = [_test(a, f"e{n}") for n, a in enumerate(entry.elaborated, 1)]
    return {
        "entry": entry,
        "place": told.place(entry.claim, documents),
        "tests": tests,
        "elaborated": elaborated,
        "first_drawn": next((t for t in (*tests, *elaborated) if t.get("drawn")), None),
        "rules": _rules(entry.claim.rules),
        "rivalries": sides,
        "again": command(f"test {entry.claim.id}", [entry.claim.file], elsewhere(entry.folder)),
    }


def _test(asked: Asked, key: str) -> dict[str, Any]:
    """A test as its section of a page shows it."""
    test, played = asked.test, asked.played
    scenario = None
    if played is not None and played.design is not None:
        scenario = next(iter(played.design.arms.values()))
    found: dict[str, Any] = {
        "test": test,
        "played": played,
        "where": asked.where,
        "question": told.question(played, test),
        "expectation": told.expectation(test, played is not None and played.is_truth),
        "read_as": told.read_as(test),
        "outcome": test.outcome if isinstance(test.outcome, str) else inline(test.outcome),
        "title": scenario.title if scenario else "",
        "arms": arms(test, scenario),
        "smallest": number(test.smallest),
        "studies": None,
    }
    if played is None:
        return found
    amounts = told.Amounts(test, played)
    answers = answers_picture(played, f"{key}a")
    known = zip(played.parts, played.turnings, played.no_room, strict=True)
    parts = [_part(test, *k, played, amounts, f"{key}p{n}") for n, k in enumerate(known)]
    return found | {
        "amounts": amounts,
        "unit": amounts.unit if test.shape != "bounded" else "",
        "smallest": amounts.size(test.smallest),
        "answers": answers,
        "answers_told": _answers_told(played, amounts),
        "arm_names": _arm_names(test, played),
        "drawn": bool(answers) or any(p["picture"] for p in parts),
        "draws": max((f.draws for f in played.findings), default=0),
        "some": any(f.draws > DRAWN for f in played.findings),
        "parts": parts,
        "wanted": number(2 / played.frozen["error"]),
    }


def _part(
    test: Test,
    part: Part,
    turns: Turning | None,
    room: NoRoom | None,
    played: Played,
    amounts: told.Amounts,
    key: str,
) -> dict[str, Any]:
    name = told.part_name(test, part.arms, played)
    holds, draws = int(part.holds.sum()), len(part.effects)
    is_bounded = test.shape == "bounded"
    value = (amounts.answer if is_bounded else amounts.change)(part.mean)
    unit = f" In {amounts.unit}." if amounts.unit and not is_bounded else ""
    what = "answers" if is_bounded else "effects"
    return {
        "part": part,
        "name": name,
        "more": told.more_of_it(test),
        "title": f"{name[:1].upper()}{name[1:]}, draw by draw",
        "sentence": told.finding(test, part, played),
        "silence": told.silence(room, test, played),
        "turns": told.turns(turns, test.smallest, amounts) if turns else "",
        "mean": value if is_bounded else amounts.cell(part.mean),
        "interval": amounts.range(part.low, part.high),
        "picture": effects_picture(part, played.is_truth, key, turns),
        "told": f"Mean {what} in {draws} parameter draws: the claim holds in {holds} of them. "
        f"Mean {value}, interval {amounts.range(part.low, part.high)}.",
        "caption": f"It holds in {holds} of {draws} draws.{unit}",
    }


def _arm_names(test: Test, played: Played) -> dict[str, str]:
    """What to write for each arm in a table of answers."""
    if test.treatment.form == "order" and played.design is not None:
        return arm_names(test, played.design.arms)
    return {arm: arm for arm in played.arms}


def _answers_told(played: Played, amounts: told.Amounts) -> str:
    names = _arm_names(amounts.test, played)
    return "Mean answers: " + "; ".join(
        f"{names[arm]} {amounts.answer(mean)}" for arm, mean in played.arms.items()
    )


def _data(
    entries: Sequence[Entry], rivalries: Sequence[Rivalry], positions: Sequence[Entry]
) -> str:
    assumed = _assumptions(entries)
    known = confirmed(entries, assumed)
    content = {
        "documents": scoreboard(entries),
        "claims": [e.row() for e in entries],
        "assumptions": [
            a.row() | dict(zip(("confirmed", "screened"), known[a.address], strict=True))
            for a in assumed
        ],
        "regions": _regions(entries),
        "rivalries": [r.model_dump(mode="json") for r in rivalries],
        "positions": [e.row() | {"rivalry": e.claim.position_in} for e in positions],
    }
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
