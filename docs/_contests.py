"""What contests of claims came to: rivalries, and transfers of parameters.

Usage: python docs/_contests.py [FOLDER]

The folder is that of tested claims; what is lacking in it is played and kept there. `contests.json`
holds what came out, with the digests of what was played, so that the page can say when it is out of
date.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from _claims import as_they_are, rounded, warnings
from _tables import table

from vertikal.claims import Claim, chosen, library
from vertikal.claims.contest import Contest, Field, contest
from vertikal.claims.reading import by_id
from vertikal.claims.rivals import Setting, setting
from vertikal.claims.running import FOLDER
from vertikal.claims.transfer import SISTERS, Moved, Transfer, transfer
from vertikal.cli.claims_progress import shown_progress
from vertikal.engine.manifest import code_digest

KEPT = Path(__file__).parent / "contests.json"


def main(folder: Path = FOLDER) -> None:
    """Compare all rivals, carry parameters to all sisters, and keep what came of it.

    Args:
        folder: Where they were tested.
    """
    books = library()
    claims = by_id(books)
    with shown_progress(folder) as progress:
        rivalries = [
            contest(r, claims, folder=folder, progress=progress) for b in books for r in b.rivalries
        ]
        carried = [
            transfer(pair, chosen(books), folder=folder, progress=progress) for pair in SISTERS
        ]
    kept = {
        "code": [code_digest()],
        "claims": as_they_are(claims.values()),
        "rivalries": [_rivalry(c) for c in rivalries],
        "transfers": [_transfer(t) for t in carried],
    }
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(KEPT)


def _rivalry(found: Contest) -> dict[str, Any]:
    return {
        "id": found.rivalry.id,
        "statement": found.rivalry.statement,
        "sides": {s.label: s.position for s in found.rivalry.sides},
        "obstacle": found.setting.obstacle,
        "fields": [_field(f) for f in found.fields],
    }


def _field(field: Field) -> dict[str, Any]:
    row = field.row()
    return {
        "scenario": row["scenario"],
        "draws": row["draws"],
        "answers": [
            {"answer": a["answer"], "share": round(a["share"], 6), "error": round(a["error"], 6)}
            for a in row["answers"]  # so that both here and in the statement they round alike
        ],
        "statement": [s for s in row["statement"] if s != field.absent],  # the page adds that
    }


def _transfer(found: Transfer) -> dict[str, Any]:
    return {
        "source": found.pair.source,
        "sister": found.pair.sister,
        "about": found.pair.about,
        "statement": found.statement,
        "foretold": [
            {"use": f.use, "records": f.records, "change": rounded(f.after - f.before),
             "error": rounded(f.error)}
            for f in found.foretold
        ],
        "claims": [_moved(m) for m in found.moved],
    }  # fmt: skip


def _moved(m: Moved) -> dict[str, Any]:
    return {
        "claim": m.claim,
        "in_source": None if m.in_source is None else m.in_source.told,
        "before": m.before.told,
        "after": m.after.told,
        "share": [rounded(m.before.share), rounded(m.after.share)],
        "error": rounded(m.error),
        "changed": m.changed,
        "share_changed": m.share_changed,
    }


# The page


def page(claims: dict[str, Claim]) -> str:
    """What the contests came to, as part of a page.

    Args:
        claims: The claims of the library and the positions of sides as they are now, by id.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    books = library()
    asked = by_id(books)
    settings = {r.id: setting(r, asked) for book in books for r in book.rivalries}
    parts = [
        *warnings(kept["code"], kept["claims"], claims),
        "## Rivalries",
        *_rivalries(kept["rivalries"], settings),
        "## Transfers",
        *_transfers(kept["transfers"], claims),
    ]
    return "\n\n".join(parts) + "\n"


def _rivalries(found: Sequence[dict[str, Any]], settings: Mapping[str, Setting]) -> Iterator[str]:
    met = [r for r in found if r["fields"]]
    apart = [r for r in found if not r["fields"]]
    absent = {
        (r["id"], f["scenario"]): told
        for r in met
        for f in r["fields"]
        if r["id"] in settings and (told := settings[r["id"]].absent(f["scenario"]))
    }
    some = len({rivalry for rivalry, _ in absent})
    yield (
        f"Of {len(found)} questions on which the documents, or one of them within itself, are at "
        f"odds, {len(met)} have claims of both sides, or tests of their positions, in one "
        "scenario. Shares are of parameter draws, with two standard errors; where a side has "
        "several claims, one of each is taken at random."
        + (
            f" In {some} of these some sides are not compared; which, and why, is told below."
            if some
            else ""
        )
    )
    rows = [
        (r["statement"], f["scenario"], _answers(f["answers"])) for r in met for f in r["fields"]
    ]
    yield table(("question", "scenario", "who is right"), rows)
    for r in met:
        yield f"### {r['statement']}"
        yield "\n".join(f"- {label}: {position}" for label, position in r["sides"].items())
        for f in r["fields"]:
            told = [*f["statement"], absent.get((r["id"], f["scenario"]), "")]
            yield f"*{f['scenario']}*, {f['draws']} draws. {' '.join(told).rstrip()}"
    if apart:
        yield "### Not on common ground"
        yield table(("question", "why"), [(r["statement"], r["obstacle"]) for r in apart])


def _answers(answers: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{a['answer']} {a['share']:.0%} ± {2 * a['error']:.0%}" for a in answers)


def _transfers(found: Sequence[dict[str, Any]], claims: dict[str, Claim]) -> Iterator[str]:
    rows = [
        (t["source"], t["sister"], t["about"],
         f"{sum(m['changed'] for m in t['claims'])} of {len(t['claims'])}",
         f"{sum(m['share_changed'] for m in t['claims'])} of {len(t['claims'])}",
         _foretold(t["foretold"]))
        if _carries(t)
        else (t["source"], t["sister"], t["about"], *["nothing can be carried"] * 3)
        for t in found
    ]  # fmt: skip
    yield table(("from", "to", "about", "verdicts that become another",
                 "claims that hold in another share of draws",
                 "log score of the sister's records"), rows)  # fmt: skip
    if empty := [t for t in found if not _carries(t)]:
        yield (
            f"Of {len(found)} transfers that the rule asks for {len(empty)} can carry nothing, as "
            "the two scenarios have no mechanism in common. That is a finding too: there the model "
            "has nothing general that one case could teach about the other."
        )
    yield "\n".join(f"- *{t['source']}* to *{t['sister']}*: {t['statement']}" for t in found)
    rows = [
        (claims[m["claim"]].statement, f"{t['source']} to {t['sister']}", m["before"], m["after"],
         f"{m['share'][0]:.0%} to {m['share'][1]:.0%} ± {2 * m['error']:.0%}")
        for t in found
        for m in t["claims"]
        if (m["changed"] or m["share_changed"]) and m["claim"] in claims
    ]  # fmt: skip
    if not rows:
        yield "No claim holds in another share of draws for more than chance."
        return
    yield "Claims that hold in another share of draws for more than chance, in the sister:"
    yield table(("claim", "carried from", "before", "after", "holds in, of the draws"), rows)


def _carries(transfer: dict[str, Any]) -> bool:
    """Whether there was anything to carry; without it nothing was judged."""
    return bool(transfer["claims"] or transfer["foretold"])


def _foretold(found: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{f['change']:+.2f} ± {2 * f['error']:.2f} ({f['use']})" for f in found)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
