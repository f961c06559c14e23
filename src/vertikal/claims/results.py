"""What came of tests and claims, and which verdicts stand over all of them together."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from vertikal.claims.design import Contrast, Design
from vertikal.claims.sampling import Sample
from vertikal.claims.schema import Claim, Test
from vertikal.claims.verdicts import (
    ERROR,
    MARGIN,
    Finding,
    Word,
    combined,
    degrees,
    firm,
    judge,
)


@dataclasses.dataclass(frozen=True)
class Tested:
    """What came of one test."""

    test: Test
    key: str
    """Hash of what was frozen."""
    word: Word
    findings: tuple[Finding, ...]
    """One for each part; several only for an ordering."""
    arms: Mapping[str, float]
    """Mean answer in each arm."""
    histories: int
    """Histories of each arm that were played."""
    budget: int
    new: int
    """How many of them in this call."""
    inert: bool = False
    """Whether what was varied changed the answer in no history at all, which may only mean that
    nothing in the scenario leads from the one to the other."""

    @property
    def failed(self) -> int:
        """Histories that do not count since they failed in an arm."""
        return self.histories - min(f.histories for f in self.findings)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "scenario": self.test.scenario,
            "shape": self.test.shape,
            "smallest": self.test.smallest,
            "verdict": self.word,
            "hash": self.key,
            "histories": self.histories,
            "failed": self.failed,
            "inert": self.inert,
            "budget": self.budget,
            "arms": {name: _finite(mean) for name, mean in self.arms.items()},
            "findings": [_plain(f) for f in self.findings],
        }


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a claim."""

    claim: Claim
    word: Word
    tests: tuple[Tested, ...]
    elaborated: tuple[Tested, ...]
    """Tests of what we added to the claim; they do not count. A claim that is untestable may have
    them too."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found of each effect that the claim asserts."""
        return tuple(f for t in self.tests for f in t.findings)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "id": self.claim.id,
            "verdict": self.word,
            "reason": self.claim.reason,
            "tests": [t.row() for t in self.tests],
            "elaborated": [t.row() for t in self.elaborated],
        }


class Judged(NamedTuple):
    """What the histories of a test say; fields as of `Tested`."""

    word: Word
    findings: tuple[Finding, ...]
    arms: dict[str, float]
    inert: bool
    unclear: np.ndarray
    """For each draw whether it is neither shown to hold nor refuted of something for which that is
    what is wanted to settle it."""


def judged(design: Design, sample: Sample, error: float) -> Judged:
    """What the histories of a test say.

    Args:
        design: The test.
        sample: What has been played of it.
        error: Probability that a false verdict is ever settled.
    """
    effects = [c.values(sample.answers) for c in design.contrasts]
    findings, unclear = [], np.zeros(len(sample.counts), bool)
    for values, contrast in zip(effects, design.contrasts, strict=True):
        findings.append(judge(values, contrast.criterion, error, sample.first))
        if findings[-1].word == "unsettled" and findings[-1].wants == "histories":
            unclear |= _unclear(values, contrast, sample.first)
    means = {arm: _mean(values[:, : sample.first]) for arm, values in sample.answers.items()}
    known = [e[~np.isnan(e)] for e in effects]
    inert = len(means) > 1 and any(map(len, known)) and not any(map(np.any, known))
    return Judged(combined(findings), tuple(findings), means, inert, unclear)


def _unclear(values: np.ndarray, contrast: Contrast, first: int) -> np.ndarray:
    counts = ~np.isnan(values[:, :first]).all(axis=1)
    return counts & (np.max(degrees(values, contrast.criterion, first, MARGIN), axis=0) < 1)


def firm_verdicts(results: Sequence[Result], error: float = ERROR) -> dict[str, bool]:
    """For each claim whether the verdict on it stands when errors are controlled over all of them.

    Args:
        results: Everything that was tested together; see `vertikal.claims.verdicts.firm`.
        error: Expected share of false verdicts among the firm ones.
    """
    kept = firm([r.findings for r in results], error)
    return {r.claim.id: is_firm for r, is_firm in zip(results, kept, strict=True)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(finding: Finding) -> dict[str, Any]:
    row = dataclasses.asdict(finding)
    for name in ("evidence", "against"):
        row[name] = {w: _finite(v) for w, v in row[name].items()}
    row = {k: _finite(v) if isinstance(v, float) else v for k, v in row.items()}
    return row | {"leaning": finding.leaning}


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else math.nan
