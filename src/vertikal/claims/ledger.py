"""The ledger of claims: what a folder of tests says about them, with nothing played.

A result counts for a test of a claim if it answers the same test, word for word. It may have been
played by other code, or on another state of the scenario; then it counts still, and what has
changed since is said. Results of tests that a claim makes no longer are told apart from it. The
same goes for studies of a test by designed draws (`vertikal.claims.studies`).
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from vertikal.claims.adversary import Overturning
from vertikal.claims.caveats import disagreement, hangs_on_line
from vertikal.claims.commands import command
from vertikal.claims.failing import Where, explain
from vertikal.claims.kept import parameters, tabulate
from vertikal.claims.played import Kept, Played, judged, read_result, unjudged
from vertikal.claims.running import FOLDER
from vertikal.claims.schema import Claim, Rivalry, Test
from vertikal.claims.screening import Screen
from vertikal.claims.studies import File, Study, latest, read_files
from vertikal.claims.verdicts import WORDS, Finding, Word, combined, firm
from vertikal.claims.wording import Lexicon
from vertikal.engine.progress import counted
from vertikal.engine.simulate import Progress
from vertikal.errors import VertikalError

Standing = Word | Literal["untested"]
STANDINGS: tuple[Standing, ...] = (*WORDS, "unsettled", "untested", "untestable", "normative")
"""Every way in which a claim can stand in the ledger: the verdicts, and those not yet tested."""

_FEW = 3
"""As many claims are named in a command; of more it is left to the reader to choose."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """A test of a claim, and what the folder holds of it."""

    test: Test
    played: Played | None
    where: Where | None = None
    """Where it fails and what drives its effects, if that was asked and can be told."""
    screen: Study[Screen] | None = None
    """Which assumptions drive it, by designed draws, if that was played."""
    overturning: Study[Overturning] | None = None
    """The nearest parameters that overturn it, if they were sought."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """A claim in the ledger."""

    claim: Claim
    word: Standing
    tests: tuple[Asked, ...] = ()
    elaborated: tuple[Asked, ...] = ()
    """Tests of what we add to the claim; they do not count."""
    others: tuple[Played, ...] = ()
    """Results in the folder that answer none of these tests, or that a later one replaced."""
    firm: bool = False
    """Whether the verdict on it stands when errors are controlled over the ledger."""
    other_studies: tuple[File, ...] = ()
    """Studies in the folder of none of these tests, or that a later one replaced."""
    folder: Path = FOLDER
    """Where its tests are kept."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found of each effect that the claim asserts."""
        return tuple(f for a in self.tests if a.played for f in a.played.findings)

    @property
    def disagreement(self) -> str:
        """How its effects disagree, where it is fragile for that; see `caveats.disagreement`."""
        if self.word != "fragile":
            return ""
        return disagreement([a.played.findings for a in self.tests if a.played])

    @property
    def added(self) -> Word | None:
        """How what we add stands by itself; `None` if it has no tests or not all were played."""
        played = [a.played for a in self.elaborated if a.played]
        if not played or len(played) < len(self.elaborated):
            return None
        return combined(f for p in played for f in p.findings)

    @property
    def hangs_on_line(self) -> bool:
        """Whether it is fragile for want of a clear line; see `caveats.hangs_on_line`."""
        return self.word == "fragile" and hangs_on_line(self.findings)

    @property
    def changed(self) -> tuple[str, ...]:
        """What has changed since any of its tests was played."""
        played = [a.played for a in (*self.tests, *self.elaborated) if a.played]
        return tuple(dict.fromkeys(what for p in played for what in p.changed))

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        c = self.claim
        return {
            "id": c.id,
            "source": {"doc": c.source.doc, "para": c.source.para},
            "statement": c.statement,
            "kind": c.kind,
            "priority": c.priority,
            "subsystem": c.subsystem,
            "verdict": self.word,
            "disagreement": self.disagreement,
            "hangs_on_line": self.hangs_on_line,
            "firm": self.firm,
            "asserts": c.asserts,
            "in_parts": c.in_parts,
            "by_construction": c.by_construction,
            "reason": c.reason,
            "changed": list(self.changed),
            "tests": [_row(a) for a in self.tests],
            "elaborated": [_row(a) for a in self.elaborated],
            "added": self.added,
            "others": [_result(p) for p in self.others],
            "other_studies": [{"study": f.kind} | f.row() for f in self.other_studies],
        }


def read_ledger(claims: Iterable[Claim], folder: str | Path = FOLDER) -> tuple[Entry, ...]:
    """What a folder of tests says about claims.

    Args:
        claims: The claims, in the order of the ledger.
        folder: Where tests were kept.

    Raises:
        VertikalError: If the folder holds nothing on any claim that has tests, or files in it
            cannot be read.
    """
    claims, faults = tuple(claims), list[VertikalError]()
    entries = []
    for claim in claims:
        try:
            entries.append(_entry(claim, Path(folder) / claim.id))
        except VertikalError as error:
            faults.append(error)
    if faults:
        if len(faults) == 1:
            raise faults[0]
        told = "\n".join(f"  {fault}" for fault in faults)
        raise VertikalError(f"the tests of {len(faults)} claims cannot be read:\n{told}")
    asked = [a for e in entries for a in (*e.tests, *e.elaborated)]
    known = any(a.played or a.screen or a.overturning for a in asked)
    if asked and not known and not any(e.others or e.other_studies for e in entries):
        some = " ".join(c.id for c in claims) if len(claims) <= _FEW else "CLAIM"
        test = command(f"test {some}", [c.file for c in claims], folder)
        raise VertikalError(
            "there are no results on these claims",
            where=str(folder),
            mend=f"Name by --folder the folder that has some, or test the claims first: {test}",
        )
    kept = firm([e.findings if e.word != "untested" else () for e in entries])
    return tuple(dataclasses.replace(e, firm=f) for e, f in zip(entries, kept, strict=True))


def read_positions(rivalries: Iterable[Rivalry], folder: str | Path = FOLDER) -> tuple[Entry, ...]:
    """What a folder of tests says about positions of sides that have tests of their own.

    They are not part of the ledger: none need have been tested, and errors are controlled without
    them.

    Args:
        rivalries: The rivalries.
        folder: Where tests were kept.

    Raises:
        VertikalError: If files in it cannot be read.
    """
    return tuple(_entry(p, Path(folder) / p.id) for r in rivalries for p in r.positions)


def explained(entries: Sequence[Entry], progress: Progress | None = None) -> tuple[Entry, ...]:
    """Entries with where their tests fail and what drives them.

    It is told of tests that are up to date and whose histories are in the folder: of others the
    parameter draws are not known.

    Args:
        entries: As `read_ledger` has them.
        progress: Is told of how many claims it is known.
    """

    def told(claim: Claim, tests: tuple[Asked, ...], elaborated: bool) -> tuple[Asked, ...]:
        return tuple(dataclasses.replace(a, where=_where(claim, a, elaborated)) for a in tests)

    return tuple(
        dataclasses.replace(
            e,
            tests=told(e.claim, e.tests, False),
            elaborated=told(e.claim, e.elaborated, True),
        )
        for e in counted(entries, progress)
    )


def _where(claim: Claim, asked: Asked, elaborated: bool) -> Where | None:
    played = asked.played
    if played is None or played.design is None or played.changed or not played.answers:
        return None
    design = played.design
    draws = len(next(iter(played.answers.values())))
    table = parameters(design, played.frozen["seed"], draws)
    kept = tabulate(table, played.answers, design.contrasts, played.frozen["replicates"])
    return explain(claim.id, asked.test, kept, Lexicon(design.arms.values()), elaborated)


def _entry(claim: Claim, home: Path) -> Entry:
    kept = [p for p in (read_result(place) for place in sorted(home.glob("*/frozen.json"))) if p]
    taken: set[str] = set()

    def asked(tests: tuple[Test, ...]) -> tuple[Asked, ...]:
        return tuple(Asked(test, _latest(claim, test, kept, taken)) for test in tests)

    tests, elaborated = asked(claim.tests), asked(claim.elaborated)
    others = tuple(
        dataclasses.replace(unjudged(k), changed=_difference(claim, k.frozen))
        for k in kept
        if k.key not in taken
    )
    screens, searches = (read_files(claim, home, kind) for kind in ("screen", "adversary"))
    tests = tuple(
        dataclasses.replace(
            a,
            screen=latest(claim, a.test, screens, Screen),
            overturning=latest(claim, a.test, searches, Overturning),
        )
        for a in tests
    )
    used = {s.file.path for a in tests for s in (a.screen, a.overturning) if s is not None}
    other_studies = tuple(
        dataclasses.replace(f, changed=_difference(claim, f.frozen))
        for f in (*screens, *searches)
        if f.path not in used
    )
    if claim.reason:
        word: Standing = "normative" if claim.kind == "normative" else "untestable"
    elif all(a.played for a in tests):
        word = combined(f for a in tests if a.played for f in a.played.findings)
    else:
        word = "untested"
    return Entry(
        claim, word, tests, elaborated, others, other_studies=other_studies, folder=home.parent
    )


def _latest(claim: Claim, test: Test, kept: Sequence[Kept], taken: set[str]) -> Played | None:
    """The result on a test as it stands, and if there are several the one that is least out of
    date, then the one written last."""
    asked = test.frozen()
    found = [judged(claim, test, k) for k in kept if k.frozen["test"] == asked]
    if not found:
        return None
    order = {k.key: (k.home / "result.json").stat().st_mtime for k in kept}
    best = max(found, key=lambda p: (not p.changed, order[p.key]))
    taken.add(best.key)
    return best


def _difference(claim: Claim, frozen: Mapping[str, Any]) -> tuple[str, ...]:
    """Why a result counts for no test of a claim."""
    asked = frozen["test"]
    tests = [t.frozen() for t in (*claim.tests, *claim.elaborated)]
    if asked in tests:
        return ("replaced by a later result on the same test",)
    near: list[list[str]] = [
        [name for name in asked if asked[name] != test.get(name)]
        for test in tests
        if (test["scenario"], test["outcome"]) == (asked["scenario"], asked["outcome"])
    ]
    if not near:
        return ("the claim makes no such test now",)
    fewest = min(near, key=len)
    return (f"the claim has changed since: {', '.join(fewest)}",)


# As plain values


def _row(asked: Asked) -> dict[str, Any]:
    studies = {
        "screen": asked.screen.row() if asked.screen else None,
        "adversary": asked.overturning.row() if asked.overturning else None,
    }
    row = {"test": asked.test.model_dump(mode="json", exclude_defaults=True)} | studies
    if asked.played is None:
        return row | {"verdict": "untested"}
    where = asked.where.row() if asked.where else None
    return row | {"where": where} | _result(asked.played)


def _result(played: Played) -> dict[str, Any]:
    found: dict[str, Any] = {
        "verdict": played.word,
        "hash": played.key,
        "seed": played.frozen["seed"],
        "error": played.frozen["error"],
        "histories": played.histories,
        "failed": played.failed,
        "budget": played.budget,
        "inert": played.inert,
        "changed": list(played.changed),
        "arms": {name: _finite(mean) for name, mean in played.arms.items()},
        "effects": [
            {
                "arms": list(p.arms),
                "mean": _finite(p.mean),
                "interval": [_finite(p.low), _finite(p.high)],
                "holds_between": [_finite(end) for end in p.region],
                "share_of_draws": [p.finding.share_low, p.finding.share_high],
                "draws": p.finding.draws,
                "verdict": p.finding.word,
                "leaning": p.finding.leaning,
                "impossible": room is not None,
                **(turns.row() if turns else {}),
            }
            for p, turns, room in zip(played.parts, played.turnings, played.no_room, strict=True)
        ],
    }
    if not found["effects"]:
        found["test"] = played.frozen["test"]
    return found


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def scoreboard(entries: Iterable[Entry]) -> dict[str, dict[str, int]]:
    """By document how many claims stand how, and how many verdicts are firm."""
    found: dict[str, dict[str, int]] = {}
    for entry in entries:
        row = found.setdefault(entry.claim.source.doc, dict.fromkeys((*STANDINGS, "firm"), 0))
        row[entry.word] += 1
        row["firm"] += entry.firm
    return found
