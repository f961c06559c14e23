"""What contests of claims came to: rivalries, transfers, and what overturns central claims.

Usage: python docs/_contests.py [FOLDER]

The folder is that of tested claims; what is lacking in it is played and kept there. `contests.json`
holds what came out, with the digests of what was played, so that the page can say when it is out of
date.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from _claims import asked, played_today, warnings
from _tables import table

from vertikal.claims import Claim, library
from vertikal.claims.adversary import BULK, Overturning, overturn
from vertikal.claims.contest import Contest, Field, contest
from vertikal.claims.ledger import Entry, read_ledger
from vertikal.claims.running import FOLDER
from vertikal.claims.transfer import SISTERS, Moved, Transfer, transfer
from vertikal.cli_claims_progress import shown_progress
from vertikal.engine.manifest import code_digest
from vertikal.engine.progress import counted, shown
from vertikal.report.words import number

KEPT = Path(__file__).parent / "contests.json"


def main(folder: Path = FOLDER) -> None:
    """Compare, carry over and attack what the claims of the library say, and keep what came of it.

    Args:
        folder: Where they were tested.
    """
    books = library()
    claims = {c.id: c for book in books for c in book.claims}
    with shown_progress(folder) as progress:
        rivalries = [
            contest(r, claims, folder=folder, progress=progress) for b in books for r in b.rivalries
        ]
        carried = [
            transfer(pair, tuple(claims.values()), folder=folder, progress=progress)
            for pair in SISTERS
        ]
    central = [
        (entry.claim, test)
        for entry in read_ledger(tuple(claims.values()), folder)
        for test in _attacked(entry)
    ]
    with shown(what="tests attacked") as progress:
        attacked = [
            overturn(claim, number=test, folder=folder)
            for claim, test in counted(central, progress)
        ]
    kept = {
        "code": [code_digest()],
        "claims": {
            c.id: {
                "asked": asked(c),
                "played": [played_today(c, t) for t in (*c.tests, *c.elaborated)],
            }
            for c in claims.values()
        },
        "rivalries": [_rivalry(c) for c in rivalries],
        "transfers": [_transfer(t) for t in carried],
        "attacks": [_attack(o) for o in attacked],
    }
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(KEPT)


def _attacked(entry: Entry) -> range:
    """Numbers of the tests of a central claim that is firmly supported."""
    is_one = entry.word == "supported" and entry.firm and entry.claim.priority == 1
    return range(1, len(entry.tests) + 1 if is_one else 1)


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
    best = row["evidence"]["telling"][:1]
    return {
        "scenario": row["scenario"],
        "draws": row["draws"],
        "answers": [
            {"answer": a["answer"], "share": _short(a["share"]), "error": _short(a["error"])}
            for a in row["answers"]
        ],
        "hangs_on": [a["meaning"] for a in row["map"]["axes"]] if row["map"]["tells"] else [],
        "settles": [
            {"name": b["name"], "when": b["when"], "bits": _short(b["bits"])} for b in best
        ],
        "entropy": _short(row["entropy_bits"]),
        "statement": row["statement"],
    }


def _transfer(found: Transfer) -> dict[str, Any]:
    return {
        "source": found.pair.source,
        "sister": found.pair.sister,
        "about": found.pair.about,
        "statement": found.statement,
        "foretold": [
            {"use": f.use, "records": f.records, "change": _short(f.after - f.before),
             "error": _short(f.error)}
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
        "share": [_short(m.before.share), _short(m.after.share)],
        "error": _short(m.error),
        "changed": m.changed,
        "share_changed": m.share_changed,
    }


def _attack(found: Overturning) -> dict[str, Any]:
    return {
        "claim": found.claim,
        "scenario": found.test.scenario,
        "centre": found.centre.word,
        "distance": None if found.found is None else _short(found.found.distance),
        "moves": [str(move) for move in found.moves],
        "told": found.told,
    }


def _short(value: float) -> float:
    return float(f"{value:.3g}")


# The page


def page(claims: dict[str, Claim]) -> str:
    """What the contests came to, as part of a page.

    Args:
        claims: The claims of the library as they are now, by id.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    parts = [
        *warnings(kept["code"], kept["claims"], claims),
        "## Rivalries",
        *_rivalries(kept["rivalries"]),
        "## Transfers",
        *_transfers(kept["transfers"], claims),
        "## What overturns a central claim",
        *_attacks(kept["attacks"], claims),
    ]
    return "\n\n".join(parts) + "\n"


def _rivalries(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    met = [r for r in found if r["fields"]]
    apart = [r for r in found if not r["fields"]]
    yield (
        f"Of {len(found)} questions on which the documents, or one of them within itself, are at "
        f"odds, {len(met)} have claims of both sides that are tested in one scenario. Shares are "
        "of parameter draws, with two standard errors; where a side has several claims, one of "
        "each is taken at random."
    )
    rows = [
        (r["statement"], f["scenario"], _answers(f["answers"]), " and ".join(f["hangs_on"]),
         _settles(f))
        for r in met
        for f in r["fields"]
    ]  # fmt: skip
    yield table(("question", "scenario", "who is right", "on what it hangs most",
                 "what would settle most"), rows)  # fmt: skip
    for r in met:
        yield f"### {r['statement']}"
        yield "\n".join(f"- {label}: {position}" for label, position in r["sides"].items())
        for f in r["fields"]:
            yield f"*{f['scenario']}*, {f['draws']} draws. {' '.join(f['statement'])}"
    if apart:
        yield "### Not on common ground"
        yield table(("question", "why"), [(r["statement"], r["obstacle"]) for r in apart])


def _answers(answers: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{a['answer']} {a['share']:.0%} ± {2 * a['error']:.0%}" for a in answers)


def _settles(field: dict[str, Any]) -> str:
    return "; ".join(
        f"{o['name']}{' in ' + o['when'] if o['when'] else ''} ({number(o['bits'])} of "
        f"{number(field['entropy'])} bits)"
        for o in field["settles"]
    )


def _transfers(found: Sequence[dict[str, Any]], claims: dict[str, Claim]) -> Iterator[str]:
    rows = [
        (t["source"], t["sister"], t["about"],
         f"{sum(m['changed'] for m in t['claims'])} of {len(t['claims'])}",
         f"{sum(m['share_changed'] for m in t['claims'])} of {len(t['claims'])}",
         _foretold(t["foretold"]))
        for t in found
    ]  # fmt: skip
    yield table(("from", "to", "about", "verdicts that become another",
                 "claims that hold in another share of draws",
                 "log score of the sister's records"), rows)  # fmt: skip
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


def _foretold(found: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{f['change']:+.2f} ± {2 * f['error']:.2f} ({f['use']})" for f in found)


def _attacks(found: Sequence[dict[str, Any]], claims: dict[str, Claim]) -> Iterator[str]:
    fallen = sorted((a for a in found if a["distance"] is not None), key=lambda a: a["distance"])
    stood = [a for a in found if a["distance"] is None and a["centre"] == "holds"]
    yield (
        f"The adversary looked for the nearest parameters, within the central {BULK:.0%} of their "
        f"priors, at which a test of a central and firmly supported claim fails. Of {len(found)} "
        f"tests {len(fallen)} fell and {len(stood)} stood; the rest do not hold at the centre of "
        "the prior, or histories do not tell. Distances are in standard deviations of priors made "
        "normal."
    )
    rows = [
        (claims[a["claim"]].statement, a["scenario"], number(a["distance"]), "; ".join(a["moves"]))
        for a in fallen
        if a["claim"] in claims
    ]
    if rows:
        yield table(("claim", "tested in", "distance", "where it fails"), rows)
    rows = [(claims[a["claim"]].statement, a["scenario"]) for a in stood if a["claim"] in claims]
    if rows:
        yield "No such point was found for these:"
        yield table(("claim", "tested in"), rows)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
