"""What designed draws told of a test, read back from its folder; nothing is played.

`vertikal.claims.screening` and `vertikal.claims.adversary` keep what they found beside the verdict
on the test, with all that it hangs on: the test as it was frozen, the seed, the sizes, and the
code of the study. A study counts for a test that is the same word for word, as a verdict does.
"""

import contextlib
import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from vertikal.claims.adversary import Effect, Found, Overturning
from vertikal.claims.chosen_draws import STUDY_FORMAT, Kind, method_digest, study_path
from vertikal.claims.commands import command
from vertikal.claims.design import Design, is_truth
from vertikal.claims.failing import Place
from vertikal.claims.played import since
from vertikal.claims.regions import Box, Region
from vertikal.claims.schema import Claim, Test
from vertikal.claims.screening import Screen, Screened, Sobol
from vertikal.claims.wording import Side
from vertikal.errors import VertikalError

NAMES: dict[Kind, str] = {"screen": "screening", "adversary": "search of an adversary"}
"""What the studies are called."""

COMMANDS: dict[Kind, str] = {"screen": "screen", "adversary": "overturn"}
"""Which command of `vertikal claims` plays a study."""

_SOUGHT: dict[str, Literal["fails", "holds"]] = {"fails": "fails", "holds": "holds"}
_Result = TypeVar("_Result", Screen, Overturning)
_Row = TypeVar("_Row", Screened, Sobol)


@dataclasses.dataclass(frozen=True)
class File:
    """The file of a study, whichever test it is of.

    Attributes:
        kind: The study.
        path: The file.
        key: Hash of what was frozen.
        frozen: What decides the verdict on the test, as it was then.
        method: Digest of the code of the study.
        settings: Sizes of the study.
        found: What it found, as plain values.
        changed: Why it counts for no test, if it does not.
    """

    kind: Kind
    path: Path
    key: str
    frozen: Mapping[str, Any]
    method: str
    settings: Mapping[str, Any]
    found: Mapping[str, Any]
    changed: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """What identifies it, as plain values, for JSON."""
        return {
            "hash": self.key,
            "seed": self.frozen["seed"],
            **self.settings,
            "changed": list(self.changed),
        }


@dataclasses.dataclass(frozen=True)
class Study(Generic[_Result]):
    """A study of a test as the claim makes it now.

    Attributes:
        file: Where it is kept, with what has changed since.
        found: What it found.
        design: The test made ready; `None` if it can no longer be played.
    """

    file: File
    found: _Result
    design: Design | None

    @property
    def changed(self) -> tuple[str, ...]:
        """What is not today as it was when it was played."""
        return self.file.changed

    @cached_property
    def is_truth(self) -> bool:
        """Whether answers are shares of histories."""
        return self.design is not None and is_truth(self.design.test, self.design.spec)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON; of a screening the parameters that matter, and the counts."""
        told = self.found.row()
        del told["claim"], told["scenario"]
        if isinstance(self.found, Screen):
            told["screened"] = [s.row() for s in self.found.screened if s.matters]
            told["parameters"] = len(self.found.screened)
        return self.file.row() | told


def ask(kind: Kind, claim: Claim, number: int = 1, folder: str | Path | None = None) -> str:
    """The command that plays a study.

    Args:
        kind: The study.
        claim: The claim.
        number: Which of its tests, from 1.
        folder: Where histories are kept, if the command is to name it.
    """
    which = f" --test {number}" if len(claim.tests) > 1 else ""
    return command(f"{COMMANDS[kind]} {claim.id}{which}", [claim.file], folder)


def read_files(claim: Claim, home: Path, kind: Kind) -> list[File]:
    """The files of a study of any test of a claim.

    Args:
        claim: The claim.
        home: The folder of its tests.
        kind: The study.

    Raises:
        VertikalError: If one cannot be read.
    """
    places = sorted(home.glob(str(study_path(Path("*"), kind))))
    return [file for path in places if (file := _read(claim, path, kind)) is not None]


def _read(claim: Claim, path: Path, kind: Kind) -> File | None:
    """A file; `None` in another format."""
    with _told(claim, path, kind):
        content = json.loads(path.read_text("utf-8"))
        if content["format"] != STUDY_FORMAT:
            return None
        frozen, settings, found = (dict(content[n]) for n in ("frozen", "settings", "found"))
        for name in ("test", "arms", "replicates", "seed", "error"):
            frozen[name]
        return File(
            kind, path, str(content["hash"]), frozen, str(content["method"]), settings, found
        )


def latest(
    claim: Claim, test: Test, files: Sequence[File], restore: "type[_Result]"
) -> "Study[_Result] | None":
    """The study of a test as it stands; of several the one least out of date, then the last.

    Args:
        claim: The claim.
        test: Its test.
        files: As `read_files` has them.
        restore: What the study finds.

    Raises:
        VertikalError: If the file does not hold it.
    """
    asked = test.frozen()
    known = []
    for file in files:
        if file.frozen["test"] == asked:
            design, changed = since(claim, test, file.frozen)
            if file.method != method_digest(file.kind):
                changed += (f"the code of the {NAMES[file.kind]}",)
            known.append((dataclasses.replace(file, changed=changed), design))
    if not known:
        return None
    file, design = max(known, key=lambda k: (not k[0].changed, k[0].path.stat().st_mtime))
    with _told(claim, file.path, file.kind):
        made = _screen if restore is Screen else _overturning
        found: Any = made(claim, test, file.found)
        return Study(file, found, design)


@contextlib.contextmanager
def _told(claim: Claim, path: Path, kind: Kind) -> Iterator[None]:
    """Say of a file that cannot be read which it is and how to get another."""
    name = NAMES[kind]
    try:
        yield
    except OSError as why:
        raise VertikalError(
            f"what a {name} found cannot be read: {why.strerror}", where=str(path)
        ) from why
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        again = ask(kind, claim, folder=path.parents[2])
        raise VertikalError(
            f"this is no result of a {name}",
            where=str(path),
            mend=f"Remove the file, and ask again, which plays nothing anew: {again}",
        ) from why


# What was found, from its plain values, in which numbers that are not finite are missing


def _screen(claim: Claim, test: Test, found: Mapping[str, Any]) -> Screen:
    place = found["place"]
    return Screen(
        claim.id,
        test,
        tuple(_row(Screened, row) for row in found["screened"]),
        tuple(_row(Sobol, row) for row in found["indices"]),
        _number(found["chance"]),
        None if place is None else _place(place),
        int(found["histories"]),
    )


def _overturning(claim: Claim, test: Test, found: Mapping[str, Any]) -> Overturning:
    point = found["found"]
    if point is not None:
        scores = {str(a): float(z) for a, z in point["scores"].items()}
        point = Found(scores, float(point["distance"]), _effect(point["effect"]))
    moves, starts = (tuple(map(_side, found[name])) for name in ("moves", "starts"))
    if not len(moves) == len(starts) == (len(point.scores) if point else 0):
        raise ValueError("as many moves as scores")
    return Overturning(
        claim.id,
        test,
        _effect(found["centre"]),
        tuple(map(str, found["movable"])),
        point,
        moves,
        int(found["histories"]),
        starts,
    )


def _number(value: Any, endless: float = math.nan) -> float:
    return endless if value is None else float(value)


def _ends(pair: Any) -> tuple[float, float]:
    low, high = pair
    return _number(low, -math.inf), _number(high, math.inf)


def _row(kind: type[_Row], row: Mapping[str, Any]) -> _Row:
    fields: dict[str, Any] = {
        f.name: str(row[f.name]) if f.type is str else _number(row[f.name])
        for f in dataclasses.fields(kind)
    }
    return kind(**fields)


def _effect(row: Mapping[str, Any]) -> Effect:
    means = tuple(_number(mean) for mean in row["means"])
    return Effect(means, tuple(map(_ends, row["intervals"])), str(row["word"]))


def _place(row: Mapping[str, Any]) -> Place:
    told, box = row["region"], row["region"]["box"]
    if box is not None:
        box = Box({str(a): _ends(ends) for a, ends in box["bounds"].items()})
    p, coverage, density, fails = (
        _number(told[name]) for name in ("p", "coverage", "density", "fails")
    )
    region = Region(box, p, coverage, density, fails, int(told["draws"]), str(told["why"]))
    return Place(_SOUGHT[row["sought"]], region, tuple(map(_side, row["sides"])))


def _side(row: Mapping[str, Any]) -> Side:
    ends = _ends((row["low"], row["high"]))
    shares = float(row["from_share"]), float(row["to_share"])
    return Side(str(row["address"]), *ends, *shares, str(row["meaning"]), str(row["words"]))
