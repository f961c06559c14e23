"""Where claims fail, and which assumptions matter most over all of them.

Usage: python docs/_where.py [FOLDER]

The folder is that of tested claims. Nothing is played. `where.json` holds what came out, with the
digests of what was played, so that the page can say when it is out of date.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from _claims import as_good_as, as_they_are, rounded, warnings
from _tables import table

from vertikal.claims import Claim, library
from vertikal.claims.failing import Where, assumptions
from vertikal.claims.ledger import Asked, explained, read_ledger
from vertikal.claims.regions import ERROR
from vertikal.claims.running import FOLDER
from vertikal.engine.progress import shown
from vertikal.report.words import number

KEPT = Path(__file__).parent / "where.json"

TOLD = 25
"""Assumptions on the page."""

DRIVERS = 3
"""Parameters that are told of a test: as many as a region has at most."""


def main(folder: Path = FOLDER) -> None:
    """Keep where the claims of a folder fail, and what drives them.

    Args:
        folder: Where they were tested.
    """
    claims = [c for book in library() for c in book.claims]
    with shown(what="claims") as progress:
        entries = explained(read_ledger(claims, folder), progress)
    found = [a.where for e in entries for a in e.tests if a.where]
    kept = {
        "code": sorted({p.frozen["code"] for e in entries for a in e.tests if (p := a.played)}),
        "claims": as_they_are(claims),
        "tests": [_test(e.claim, a) for e in entries for a in e.tests if a.where],
        "assumptions": [a.row() for a in assumptions(found)],
    }
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(KEPT)


def _test(claim: Claim, one: Asked) -> dict[str, Any]:
    assert one.where is not None
    assert one.played is not None
    assert one.played.design is not None
    place = one.where.place
    return {
        "claim": claim.id,
        "scenario": one.test.scenario,
        "question": one.played.design.spec.ask,
        "verdict": one.played.word,
        "told": place.told if place.region.box is not None else "",
        "p": place.row()["p"],
        "drivers": list(_drivers(one.where)),
    }


def _drivers(found: Where) -> Iterator[dict[str, Any]]:
    """The parameters that drive a test most, over its effects."""
    seen: dict[str, dict[str, Any]] = {}
    for effect in found.drivers:
        for i in effect.indices:
            if i.address not in seen or i.first > seen[i.address]["share"]:
                row = {"meaning": i.meaning, "share": rounded(i.first)}
                more = "" if i.slope is None else "helps" if i.slope > 0 else "hurts"
                seen[i.address] = row | {"more": more}
    yield from sorted(seen.values(), key=lambda row: -row["share"])[:DRIVERS]


# The page


def page(claims: dict[str, Claim]) -> str:
    """Where the claims fail, as part of a page.

    Args:
        claims: The claims of the library as they are now, by id.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    tests = [t for t in kept["tests"] if t["claim"] in claims]
    parts = [
        *warnings(as_good_as(kept["code"]), kept["claims"], claims),
        "## Assumptions that matter most",
        *_assumptions(kept["assumptions"], tests),
    ]
    for verdict in ("fragile", "supported", "contradicted", "unsettled"):
        parts += [
            f"## {verdict.capitalize()} tests",
            *_regions([t for t in tests if t["verdict"] == verdict], claims),
        ]
    return "\n\n".join(parts) + "\n"


def _assumptions(found: Sequence[dict[str, Any]], tests: Sequence[dict[str, Any]]) -> Iterator[str]:
    driven = sum(bool(t["drivers"]) for t in tests)
    yield (
        f"Of {len(tests)} tests, {driven} have an effect that some parameter drives more than "
        f"chance would; {len(found)} parameters do so in one test at least. The {TOLD} that matter "
        "most, by the sum over tests of the share of the variance between draws that each explains "
        "by itself:"
    )
    rows = [
        (a["meaning"], f"`{a['address']}`", number(a["weight"]), a["tests"], len(a["claims"]))
        for a in found
    ]
    yield table(("assumption", "address", "sum of shares", "tests", "claims"), rows[:TOLD])


def _regions(tests: Sequence[dict[str, Any]], claims: dict[str, Claim]) -> Iterator[str]:
    there = [t for t in tests if t["told"]]
    none = Counter(_without(t["p"]) for t in tests if not t["told"])
    yield f"Of {len(tests)} tests a region was found for {len(there)}" + (
        "; of the others " + ", ".join(f"{n} {why}" for why, n in none.most_common()) + "."
        if none
        else "."
    )
    rows = [
        (
            claims[t["claim"]].statement,
            f"{t['scenario']}: {t['question']}",
            t["told"],
            _told(t["drivers"]),
        )
        for t in there
    ]
    if rows:
        yield table(("claim", "what was asked", "region", "what drives the effect"), rows)


def _told(drivers: Sequence[dict[str, Any]]) -> str:
    """Drivers with the share of the variance that each explains, and for whom more of it speaks."""
    return "; ".join(f"{d['meaning']} ({d['share']:.0%}{_for_whom(d['more'])})" for d in drivers)


def _for_whom(more: str) -> str:
    """Of which theory holds there is no more and no less."""
    return f", more of it {more} the claim" if more else ""


def _without(p: float | None) -> str:
    """Why no region is told of a test, from the probability of one as good by chance."""
    if p is None:
        return "have too few draws of one kind to look for one"
    if p > ERROR:
        return "have none that beats chance"
    return "have one that beats chance and is not borne out by draws held out"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
