"""What the claims of the library came to: read off the folder of their tests, shown on a page.

Usage: python docs/_claims.py [FOLDER [AGAIN]]

Nothing is played. `claims-tested.json` holds the verdicts and effects, with digests of what was
played and asked in each test, so that the page can say when its numbers are out of date.

The ledger takes hours and any change of the code might move it, though few do. In AGAIN the first
histories of each test were played once more by the code of today (`vertikal claims test --budget
1024 --folder AGAIN`): how many of them answer as they did is kept too, and where nearly all do the
page does not call the code changed.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from _tables import table, warning

from vertikal.claims import Book, Claim, library
from vertikal.claims.design import make_design
from vertikal.claims.folders import read
from vertikal.claims.ledger import STANDINGS, Asked, Entry, read_ledger
from vertikal.claims.played import Played
from vertikal.claims.running import FOLDER
from vertikal.claims.schema import Test
from vertikal.claims.verdicts import ENDS, WORDS
from vertikal.engine.manifest import code_digest
from vertikal.errors import VertikalError
from vertikal.report.words import number

KEPT = Path(__file__).parent / "claims-tested.json"


SAME = 0.99
"""The share of histories of each test that must answer as they did for the code to count as
unchanged. A few may differ by rounding, on another processor or by another compiler. One in a
hundred moves the mean of a truth value by 0.01 at most, which is as near to the smallest effect
that most tests ask for, 0.05, as verdicts take for being on the line (`verdicts.MARGIN`)."""

ROUNDING = {"rtol": 1e-4, "atol": 1e-6}
"""How far answers may be apart: what single precision, 6e-8, adds up to over hundreds of ticks."""


def main(folder: Path = FOLDER, again: Path | None = None) -> None:
    """Keep what a folder of tests says about the claims of the library.

    Args:
        folder: Where they were tested.
        again: Where the same tests were played once more, with fewer histories.
    """
    entries = entries_of(library(), folder)
    kept = summary(entries)
    if again is not None:
        kept = {"again": compared(_played(entries), folder, again), **kept}
    KEPT.write_text(written(kept), "utf-8")
    print(KEPT)


def compared(played: Iterable[Played], folder: Path, again: Path) -> dict[str, Any]:
    """How many histories that were played again answer as they did in all arms, and the share of
    them in the test where it is least.

    Args:
        played: The tests.
        folder: Where they were played.
        again: Where they were played once more, by other code.

    Raises:
        ValueError: If a test was not played again, or not all were by the same code.
    """
    anew = {}
    for frozen in again.glob("*/*/frozen.json"):
        content = json.loads(frozen.read_text("utf-8"))
        anew[_content(content)] = frozen.parent, content["code"]
    codes, counts = set(), []
    for one in played:
        claim = one.frozen["claim"]
        if _content(one.frozen) not in anew:
            raise ValueError(f"a test of {claim} was not played again in {again}")
        home, code = anew[_content(one.frozen)]
        codes.add(code)
        first, second = _answers(folder / claim / one.key[:16]), _answers(home)
        cells = first.index.intersection(second.index)
        before, after = first.loc[cells], second.loc[cells, first.columns]
        agree = np.isclose(before, after, **ROUNDING, equal_nan=True).all(axis=1)
        counts.append((len(cells), int(agree.sum())))
    if len(codes) > 1:
        raise ValueError(f"the tests in {again} were played by code of several states")
    histories, same = map(sum, zip(*counts, strict=True))
    least = min(alike / count for count, alike in counts)
    return {"code": codes.pop(), "histories": histories, "same": same, "least": rounded(least)}


def _content(frozen: Mapping[str, Any]) -> str:
    """What is asked and played in a test, whatever code plays it."""
    told = {k: v for k, v in frozen.items() if k not in ("code", "verdicts", "versions")}
    return json.dumps(told, sort_keys=True)


def _answers(home: Path) -> pd.DataFrame:
    """The answers of all arms that a test has on disk, by draw and history."""
    batches = [pd.DataFrame(read(path)) for path in sorted(home.glob("batch-*.parquet"))]
    return pd.concat(batches).set_index(["draw", "history"])


def written(kept: dict[str, Any]) -> str:
    """As JSON with a line for each claim."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)

    claims = ",\n".join(f"  {line(name)}: {line(row)}" for name, row in kept["claims"].items())
    head = "".join(f" {line(k)}: {line(v)},\n" for k, v in kept.items() if k != "claims")
    return f'{{\n{head} "claims": {{\n{claims}\n }}\n}}\n'


def entries_of(books: Sequence[Book], folder: Path) -> list[Entry]:
    """How claims stand by a folder of tests.

    Args:
        books: The claim files.
        folder: Where they were tested.
    """
    return read_ledger([c for book in books for c in book.claims], folder)


def summary(entries: Sequence[Entry]) -> dict[str, Any]:
    """How claims stand, with what they were played from.

    Args:
        entries: A ledger.
    """
    played = _played(entries)
    return {
        "code": sorted({p.frozen["code"] for p in played}),
        "seed": sorted({p.frozen["seed"] for p in played}),
        "error": max(p.frozen["error"] for p in played),
        "tests": len(played),
        "budget": max(p.budget for p in played),
        "histories": sum(p.histories * len(p.arms) for p in played),
        "draws": [pick(f.draws for p in played for f in p.findings) for pick in (min, max)],
        "claims": {e.claim.id: _row(e) for e in entries},
    }


def _played(entries: Sequence[Entry]) -> list[Played]:
    """The tests that were played, elaborations included."""
    return [a.played for e in entries for a in (*e.tests, *e.elaborated) if a.played]


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "verdict": entry.word,
        "firm": entry.firm,
        "on_line": entry.hangs_on_line,
        "asked": asked(entry.claim),
        "played": [
            _short(a.played.frozen["arms"]) if a.played else None
            for a in (*entry.tests, *entry.elaborated)
        ],
        "effects": [row for a in entry.tests for row in _effects(a)],
    }


def asked(claim: Claim) -> str:
    """A digest of the tests that a claim makes, without the reasons for them."""
    return _short([t.frozen() for t in (*claim.tests, *claim.elaborated)])


def as_they_are(claims: Iterable[Claim]) -> dict[str, dict[str, Any]]:
    """By claim what `warnings` compares: digests of what it asks, and of what its tests play."""
    return {
        c.id: {
            "asked": asked(c),
            "played": [played_today(c, t) for t in (*c.tests, *c.elaborated)],
        }
        for c in claims
    }


_known: dict[int, tuple[Test, str]] = {}


def played_today(claim: Claim, test: Test) -> str:
    """A digest of what a test plays and asks.

    Several pages ask it of the same tests, and each takes a tenth of a second: it is kept by the
    test's identity, with the test itself, so that no other takes its place.

    Raises:
        VertikalError: If it cannot be played.
    """
    if id(test) not in _known:
        _known[id(test)] = test, _short(make_design(claim, test, claim.folder).digests)
    return _known[id(test)][1]


def _short(content: Any) -> str:
    """A digest of plain values that tells them apart."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _effects(one: Asked) -> Iterator[dict[str, Any]]:
    """The effects of a test in the unit of the outcome; none if it was not played."""
    pairs = zip(one.played.parts, one.played.turnings, strict=True) if one.played else ()
    for part, turns in pairs:
        f = part.finding
        yield {
            "scenario": one.test.scenario,
            "verdict": f.word,
            "leaning": f.leaning,
            "nearby": list(f.nearby),
            "mean": rounded(part.mean),
            "holds_between": [rounded(end) for end in part.region],
            "share_of_draws": [rounded(f.share_low), rounded(f.share_high)],
            **(turns.row() if turns else {}),
        }


def rounded(value: float) -> float | None:
    """Three digits of a number; none if it is not finite."""
    return float(f"{value:.3g}") if abs(value) < float("inf") else None


# The page


def page(books: Sequence[Book]) -> str:
    """What the claims came to, as part of a page.

    Args:
        books: The claim files as they are now.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    rows = kept["claims"]
    claims = {c.id: c for book in books for c in book.claims}
    code = " and ".join(f"`{digest[:12]}`" for digest in kept["code"])
    draws = " to ".join(str(n) for n in dict.fromkeys(kept["draws"]))
    again = kept.get("again")
    parts = [
        *warnings(as_good_as(kept["code"]), rows, claims),
        f"{kept['tests']} tests, seed {' and '.join(map(str, kept['seed']))}, at most "
        f"{kept['budget']} histories of an arm, {draws} parameter draws a test and "
        f"{kept['histories']:,} histories in all, played by the code with digest {code}."
        + (_again(again) if again else ""),
        "## The score",
        _score(books, rows),
        f"{sum(r['firm'] for r in rows.values())} verdicts are *firm*: they stand when the false "
        f"ones among them are to be at most {kept['error']:.0%}, as expected over many ledgers.",
        *_by_construction(rows, claims),
    ]
    firm = [i for i, r in rows.items() if r["firm"] and i in claims]
    for title, word, on_line in (
        ("contradicted", "contradicted", False),
        ("fragile", "fragile", False),
        ("fragile, on the line", "fragile", True),
        ("supported", "supported", False),
    ):
        found = [i for i in firm if (rows[i]["verdict"], rows[i]["on_line"]) == (word, on_line)]
        if found:
            parts += [f"## Firmly {title}", _told(found, rows, claims)]
    return "\n\n".join([*parts, "## Unsettled", *_unsettled(rows, claims)]) + "\n"


def as_good_as(code: list[str]) -> list[str]:
    """The code that plays what this code played, if the ledger that it played was played again.

    Args:
        code: Digests of the code by which numbers on a page were computed.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    again = kept.get("again")
    if code == kept["code"] and again and again["least"] >= SAME:
        return [again["code"]]
    return code


def _again(again: dict[str, Any]) -> str:
    changed = again["histories"] - again["same"]
    return (
        f" Of the first of them {again['histories']:,} were played again by the code with digest "
        f"`{again['code'][:12]}`: {changed or 'none'} of them answered otherwise in an arm"
        + (f", in no test more than {1 - again['least']:.1%}." if changed else ".")
    )


def warnings(code: list[str], rows: dict[str, Any], claims: dict[str, Claim]) -> list[str]:
    """What has changed since numbers on a page were computed.

    Args:
        code: Digests of the code.
        rows: By claim a digest of the tests that it made (`asked`), and one for each of them of
            what it played and asked (`played`).
        claims: The claims as they are now, by id.
    """
    moved = [] if code == [code_digest()] else ["the code of the model"]
    same = [i for i in claims if i in rows and rows[i]["asked"] == asked(claims[i])]
    names = dict.fromkeys(name for i in same for name in _moved(claims[i], rows[i]["played"]))
    moved += [f"the scenario {name}" for name in names]
    others = [i for i in {**claims, **rows} if i not in same]
    if others:
        several = f"{len(others)} claims, such as" if len(others) > 1 else "the claim"
        moved.append(f"{several} `{others[0]}`")
    return warning(moved)


def _moved(claim: Claim, played: Iterable[str | None]) -> Iterator[str]:
    """The scenarios of the tests of a claim that would play or ask something else today."""
    for test, digest in zip((*claim.tests, *claim.elaborated), played, strict=True):
        try:
            now = played_today(claim, test)
        except VertikalError:
            now = ""
        if digest is not None and now != digest:
            yield test.scenario


def _score(books: Sequence[Book], rows: dict[str, Any]) -> str:
    """How many claims of each document stand how."""
    lines, total = [], Counter[str]()
    for book in books:
        own = [rows[c.id] for c in book.claims if c.id in rows]
        count = Counter(r["verdict"] for r in own) + Counter(firm=sum(r["firm"] for r in own))
        total += count
        lines.append((f"{book.document.author}, {book.document.title}", count))
    columns = [s for s in (*STANDINGS, "firm") if total[s]]
    told = [(name, *(count[s] or "" for s in columns)) for name, count in (*lines, ("all", total))]
    return table(("document", *columns), told)


def _by_construction(rows: dict[str, Any], claims: dict[str, Claim]) -> Iterator[str]:
    """How many verdicts the equations give away, but for the size of the effect."""
    own = [rows[i] for i, c in claims.items() if i in rows and c.by_construction]
    if not own:
        return
    count = Counter(r["verdict"] for r in own)
    told = ", ".join(f"{count[word]} {word}" for word in (*WORDS, "unsettled") if count[word])
    firm = sum(r["firm"] for r in own)
    yield (
        f"Of {len(own)} claim{'s' * (len(own) > 1)}, marked † below, an equation of the model says "
        f"already what is tested, but for the size of the effect: {told}, {firm} of them firmly. "
        "Such verdicts are no evidence for a claim."
    )


def _told(found: Iterable[str], rows: dict[str, Any], claims: dict[str, Claim]) -> str:
    """Claims with the effect that tells most: the first whose verdict is that on the claim, or else
    the first that does not support it."""
    lines = []
    for name in found:
        effects, word = rows[name]["effects"], rows[name]["verdict"]
        own = [e for e in effects if e["verdict"] == word]
        one = (own or [e for e in effects if e["verdict"] != "supported"])[0]
        low, high = one["share_of_draws"]
        count = Counter(e["verdict"] for e in effects)
        lines.append(
            (
                claims[name].statement + " †" * claims[name].by_construction,
                one["scenario"],
                "" if one["mean"] is None else number(one["mean"]),
                _between(*one["holds_between"]),
                f"{low:.0%} to {high:.0%}",
                ", ".join(f"{count[w]} {w}" for w in (*WORDS, "unsettled") if count[w])
                if len(effects) > 1
                else "",
            )
        )
    head = ("claim", "tested in", "effect or answer", "would hold", "holds in, of the draws",
            "effects, if several")  # fmt: skip
    return table(head, lines)


def _between(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"at most {number(high)}" if low is None else f"at least {number(low)}"
    return f"from {number(low)} to {number(high)}"


def _unsettled(rows: dict[str, Any], claims: dict[str, Claim]) -> Iterator[str]:
    """To which verdicts the tests lean that are not settled, and at which smallest effect each of
    their effects turns."""
    open_ = [r for r in rows.values() if r["verdict"] == "unsettled"]
    leaning = Counter(
        e["leaning"] for r in open_ for e in r["effects"] if e["verdict"] == "unsettled"
    )
    if not open_:
        yield "Every claim with tests is settled."
        return
    told = ", ".join(f"{leaning[word]} to {word}" for word in WORDS if leaning[word])
    yield f"{len(open_)} claims are not settled. Of their effects that are not, there lean {told}."
    lines = [
        (claims[name].statement, e["scenario"], "" if e["mean"] is None else number(e["mean"]),
         _between(*e["holds_between"]), *(_turn(e, word) for word in ENDS))
        for name, r in rows.items()
        if r["verdict"] == "unsettled" and name in claims
        for e in r["effects"]
        if e["verdict"] == "unsettled" and any(_turn(e, word) for word in ENDS)
    ]  # fmt: skip
    if lines:
        yield (
            "What is not settled for the smallest effect that was asked for is settled for smaller "
            "or larger ones, by the same histories and without a margin. The two numbers of an "
            "effect, which are sizes without a sign, are both right with a probability of 95%. "
            "Bounds ask for none."
        )
        head = ("claim", "tested in", "effect", "would hold", "supported for sizes",
                "contradicted for sizes")  # fmt: skip
        yield table(head, lines)


def _turn(effect: dict[str, Any], word: str) -> str:
    """For which smallest effects a verdict on an effect is settled."""
    if (most := effect.get(f"{word}_to")) is not None:
        return f"up to {number(most)}"
    least = effect.get(f"{word}_from")
    return "any" if least == 0 else "" if least is None else f"from {number(least)}"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
