"""What the folder of a test holds, and its effects as a reader sees them; nothing is played."""

import dataclasses
import json
import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from vertikal.claims.caveats import NoRoom, no_room
from vertikal.claims.design import Contrast, Design, is_truth, make_design
from vertikal.claims.folders import FORMAT, freeze, kept_sample
from vertikal.claims.schema import Claim, Test
from vertikal.claims.turning import Turning, turning
from vertikal.claims.verdicts import ENDS, WORDS, Finding, Word
from vertikal.errors import VertikalError

_Number = TypeVar("_Number", float, np.ndarray)

_CHANGED = {
    "arms": "the scenario",
    "code": "the code that plays histories",
    "verdicts": "the code that reaches verdicts",
    "versions": "the versions of the libraries in use",
    "format": "the layout of the folder",
}


@dataclasses.dataclass(frozen=True)
class Part:
    """One effect of a test as a reader sees it: in the unit of the outcome and with its own sign.

    Of bounds it is the answer itself; otherwise positive where what is varied raises the answer.
    """

    arms: tuple[str, ...]
    """The arms that are compared."""
    finding: Finding
    """With the sign turned so that the claim expects a positive effect."""
    effects: np.ndarray
    """Mean of each parameter draw over its histories, in the order of the draws."""
    mean: float
    low: float
    """Lower end of the interval of the mean."""
    high: float
    region: tuple[float, float]
    """Between which values the claim holds; an end may be infinite."""

    @property
    def holds(self) -> np.ndarray:
        """Whether the claim holds in the mean of each draw."""
        return (self.effects >= self.region[0]) & (self.effects <= self.region[1])


@dataclasses.dataclass(frozen=True)
class Played:
    """What the folder holds of one test.

    Attributes:
        design: The test made ready; `None` if it can no longer be played.
        frozen: What was written down before it was played.
        key: Hash of that.
        word: The verdict.
        findings: One for each part.
        arms: Mean answer in each arm.
        histories: Of each arm.
        failed: Histories that do not count since they failed in an arm.
        budget: Of histories of each arm.
        inert: Whether what was varied changed the answer in no history.
        answers: By arm, one row a draw and one column a history; empty where the batches are gone.
        changed: What is not today as it was when it was played.
    """

    design: Design | None
    frozen: Mapping[str, Any]
    key: str
    word: Word
    findings: tuple[Finding, ...]
    arms: Mapping[str, float]
    histories: int
    failed: int
    budget: int
    inert: bool
    answers: Mapping[str, np.ndarray]
    changed: tuple[str, ...]

    @property
    def is_truth(self) -> bool:
        """Whether answers are shares of histories."""
        return self.design is not None and is_truth(self.design.test, self.design.spec)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its effects; none if the test can no longer be played."""
        if self.design is None:
            return ()
        pairs = zip(self.design.contrasts, self.findings, strict=True)
        return tuple(_part(self.design.test, c, f, self.answers) for c, f in pairs)

    @cached_property
    def turnings(self) -> tuple[Turning | None, ...]:
        """At which smallest effect the verdict on each of its effects turns.

        `None` where the histories are gone, and of bounds, which ask for none.
        """
        if self.design is None:
            return ()
        if self.design.test.shape == "bounded" or not self.answers:
            return (None,) * len(self.design.contrasts)
        error, first = self.frozen["error"], self.frozen["replicates"]
        return tuple(
            turning(c.values(self.answers), c.criterion, error, first)
            for c in self.design.contrasts
        )

    @property
    def no_room(self) -> tuple[NoRoom | None, ...]:
        """Which of its effects the scale of the outcome leaves no room for."""
        return no_room(self.design, self.arms) if self.design is not None else ()

    @property
    def is_idle(self) -> bool:
        """Whether it is supported only because nothing changed."""
        no_effect = self.design is not None and self.design.test.shape == "no-effect"
        return no_effect and self.inert and self.word == "supported"


# The files of a test


@dataclasses.dataclass(frozen=True)
class Kept:
    """The files of a test that was played."""

    home: Path
    frozen: Mapping[str, Any]
    result: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def key(self) -> str:
        """Hash of what was frozen."""
        return str(self.result["hash"])


def read_result(frozen: Path) -> Kept | None:
    """What a folder holds; `None` where no verdict has been written yet, or in an older format."""
    result = frozen.with_name("result.json")
    if not result.is_file():
        return None
    try:
        asked, found = (json.loads(f.read_text("utf-8")) for f in (frozen, result))
        if asked["format"] < FORMAT:
            return None
        findings = tuple(map(_finding, found["findings"]))
        for field in ("hash", "verdict", "histories", "failed", "budget", "arms"):
            found[field]
        for field in ("test", "arms", "replicates", "seed", "error"):
            asked[field]
        return Kept(frozen.parent, asked, found, findings)
    except OSError as why:
        raise VertikalError(
            f"the files of a test cannot be read: {why.strerror}", where=str(frozen.parent)
        ) from why
    except (ValueError, KeyError, TypeError) as why:
        raise VertikalError(
            "these are no files of a test",
            where=str(frozen.parent),
            mend="Remove the folder; the test is then played again.",
        ) from why


def _finding(row: Mapping[str, Any]) -> Finding:
    """A finding from its plain values, in which what is infinite is missing."""
    endless = {"mean": math.nan, "low": -math.inf, "high": math.inf}
    fields = {
        field.name: endless.get(field.name) if row[field.name] is None else row[field.name]
        for field in dataclasses.fields(Finding)
    }
    for name, words in (("evidence", WORDS), ("against", ENDS)):
        fields[name] = {w: math.inf if row[name][w] is None else row[name][w] for w in words}
    return Finding(**fields | {name: tuple(row[name]) for name in ("excluded", "nearby")})


def judged(claim: Claim, test: Test, kept: Kept) -> Played:
    """A result on a test as it stands, with its histories and with what has changed since."""
    design, changed = since(claim, test, kept.frozen)
    answers = _answers(kept, design) if design is not None else {}
    return dataclasses.replace(unjudged(kept), design=design, answers=answers, changed=changed)


def since(
    claim: Claim, test: Test, frozen: Mapping[str, Any]
) -> tuple[Design | None, tuple[str, ...]]:
    """A test as it stands and what has changed since it was frozen.

    Args:
        claim: The claim.
        test: Its test.
        frozen: What was written down before the test was played.

    Returns:
        The test made ready, `None` if it can no longer be played; and what has changed, in words.
    """
    try:
        design = make_design(claim, test, claim.folder, frozen["replicates"])
    except VertikalError as error:
        return None, (f"it cannot be played now: {error}",)
    now = json.loads(freeze(claim, design, frozen["seed"], frozen["error"]))
    names = [name for name in now if now[name] != frozen.get(name)]
    return design, tuple(_CHANGED.get(name, name) for name in names)


def unjudged(kept: Kept) -> Played:
    """A result by itself, whatever is asked today."""
    result = kept.result
    return Played(
        design=None,
        frozen=kept.frozen,
        key=kept.key,
        word=result["verdict"],
        findings=kept.findings,
        arms={n: math.nan if mean is None else mean for n, mean in result["arms"].items()},
        histories=result["histories"],
        failed=result["failed"],
        budget=result["budget"],
        inert=result.get("inert", False) and any(f.draws for f in kept.findings),
        answers={},
        changed=(),
    )


def _answers(kept: Kept, design: Design) -> dict[str, np.ndarray]:
    """The histories that the verdict counts."""
    histories = kept.result["histories"]
    sample = kept_sample(kept.home, design, histories)
    return dict(sample.answers) if sample.histories == histories else {}


# Effects as a reader sees them


def _part(
    test: Test, contrast: Contrast, finding: Finding, answers: Mapping[str, np.ndarray]
) -> Part:
    least, inside = contrast.criterion.smallest, contrast.criterion.kind == "inside"
    effects = np.array([])
    if answers:
        values = contrast.values(answers)
        values = values[~np.isnan(values).all(axis=1)]
        effects = as_read(test, np.nanmean(values, axis=1))
    low, high = range_as_read(test, finding.low, finding.high)
    return Part(
        arms=tuple(contrast.weights),
        finding=finding,
        effects=effects,
        mean=as_read(test, finding.mean),
        low=low,
        high=high,
        region=range_as_read(test, -least if inside else least, least if inside else math.inf),
    )


def as_read(test: Test, effect: _Number) -> _Number:
    """What a reader sees of an effect: the change with its own sign, or the answer itself.

    Args:
        test: Of which it is an effect.
        effect: As it is judged (`vertikal.claims.design`), so that the claim expects it to be
            positive: the change, or less the change where a fall is expected. Of bounds it is how
            far the answer is beyond their middle, or inside the only one.
    """
    if test.shape == "bounded":
        low, high = test.within
        if low is None:
            assert high is not None
            return high - effect
        return effect + (low if high is None else (low + high) / 2)
    down = "decreases" in (test.shape, test.direction)
    # not the negative, so that no effect is not -0
    return 0.0 - effect if down and test.shape not in ("no-effect", "ordering") else effect


def range_as_read(test: Test, low: float, high: float) -> tuple[float, float]:
    """The ends of a range of effects as a reader sees them, the lower first; see `as_read`."""
    one, two = sorted((as_read(test, low), as_read(test, high)))
    return one, two
