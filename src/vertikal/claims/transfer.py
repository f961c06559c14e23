r"""The transfer rule: parameters are carried unchanged from one scenario to its sister.

Sister scenarios share mechanisms and differ in the situation that they declare. Two things are
carried from the one to the other before anything is refitted there:

- *numbers*: where the sister states a parameter of a shared mechanism otherwise than its source, it
  takes that of the source;
- *what the source's history teaches* (`vertikal.claims.learning`): parameter draws count the more,
  the better they reproduce what is recorded of the source. Of the outcomes only those are used
  whose record may set parameters (`use: reproduce`); what is held out judges.

Means and shares in the sister are then weighted. Where draws count alike, the verdict is that of
the tests themselves, as the ledger has it. Where they do not, draws are kept with a probability
proportional to their weight and judged by the usual rule as if there were no others (rejection
sampling). Of these, the draws beyond those that settled a verdict of the ledger have no more
histories than every draw begins with. Sixteen seldom show in any one draw that a claim holds or
fails, and a draw that is neither counts for no side; so a weighted verdict is often *unsettled*
where that of the ledger is not. Then it is told where it *leans*: what the verdict would be if the
weighted mean and the weighted share were exact. Whether the sister's own records became more
probable is told beside.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from vertikal.claims.commands import command
from vertikal.claims.holding import holding
from vertikal.claims.kept import Drawn, drawn, margin
from vertikal.claims.learning import Fit, Foretold, compared, fitted, foretold
from vertikal.claims.observed import OTHER, as_it_stands, note
from vertikal.claims.results import Result
from vertikal.claims.running import BUDGET, FOLDER, SEED, Progress, examine_all
from vertikal.claims.schema import Claim, Test
from vertikal.claims.verdicts import MOST, WORDS, Criterion, Finding, Word, combined, judge
from vertikal.errors import VertikalError
from vertikal.scenario.faults import listed
from vertikal.scenario.loader import load

DRAWS = 256
"""Parameter draws unless the caller says otherwise."""

ROUNDING = 1e-9
"""Differences of shares up to this are those of sums in another order."""


@dataclasses.dataclass(frozen=True)
class Sisters:
    """Two scenarios between which parameters are carried."""

    source: str
    sister: str
    about: str


SISTERS = (
    Sisters("stalins-court", "young-technocrats", "cover and technocrats"),
    Sisters("young-technocrats", "after-the-war", "cover and technocrats"),
    Sisters("stalins-court", "after-the-war", "cover and technocrats"),
    Sisters("state-defence-committee", "gkchp", "emergency bodies"),
    Sisters("stalins-court", "late-brezhnev", "cases late in a reign"),
    Sisters("elite-defection", "after-the-war", "defection"),
    Sisters("resource-state", "union-state", "neighbours"),
    Sisters("reform-and-stagnation", "resource-state", "slow variables"),
)
"""The pairs of the transfer rule. Of Stalin's court the committee of 1941 is a scenario by itself,
and what there is about emergency bodies is there. All that is recorded of the young technocrats is
held out, so that they teach nothing; what the court teaches reaches the time after the war
directly. The centuries of reform and stagnation are played by mechanisms of their own, which are
not at work in the resource state; the rule asks for that transfer, and it is told to be empty."""


@dataclasses.dataclass(frozen=True)
class Stand:
    """How a claim stands in one scenario under one state of knowledge.

    Attributes:
        word: The verdict: of the tests where draws count alike, else of the draws that are kept.
        leaning: What the verdict would be if `effects` and the shares of draws were exact.
        effects: Mean effect of each part of each test, oriented.
        share: Share of draws in which the claim holds.
    """

    word: Word
    leaning: Word
    effects: tuple[float, ...]
    share: float

    @property
    def told(self) -> str:
        """The verdict, or where it leans."""
        return self.word if self.word in WORDS else f"{self.word}, leaning {self.leaning}"


@dataclasses.dataclass(frozen=True)
class Moved:
    """A claim before and after the transfer.

    Attributes:
        claim: Its id.
        in_source: How it stands in the source, if it is tested there.
        before: How it stands in the sister by itself.
        after: How it stands there with what was carried.
        error: Standard error of the change of the share of draws; 0 if that can be rounding only.
        alike: Share of draws in which it holds in both scenarios or in neither, if it is tested in
            both.
    """

    claim: str
    in_source: Stand | None
    before: Stand
    after: Stand
    error: float
    alike: float | None

    @property
    def share_changed(self) -> bool:
        """Whether the share of draws in which it holds has moved by more than chance.

        That is by more than two standard errors, and by more than sums of weights are rounded.
        """
        return abs(self.after.share - self.before.share) > max(2 * self.error, ROUNDING)

    @property
    def changed(self) -> bool:
        """Whether a settled verdict becomes another settled verdict for more than chance.

        Weights leave few draws, whose evidence alone may settle another one; so the share of draws
        in which the claim holds must have moved too.
        """
        words = self.before.word, self.after.word
        return self.share_changed and words[0] != words[1] and set(words) <= set(WORDS)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        told = {"changed": self.changed, "share_changed": self.share_changed}
        return dataclasses.asdict(self) | told


@dataclasses.dataclass(frozen=True)
class Transfer:
    """What came of carrying parameters from a scenario to its sister.

    Attributes:
        pair: The scenarios.
        shared: Parameters of mechanisms that both have, by address.
        restated: Those that the sister states otherwise, with what it took from the source.
        fit: What the source's record teaches; nothing where none may set parameters.
        foretold: How probable the sister's own records became, by use.
        moved: Its claims.
    """

    pair: Sisters
    shared: tuple[str, ...]
    restated: Mapping[str, float | str]
    fit: Fit | None
    foretold: tuple[Foretold, ...]
    moved: tuple[Moved, ...]

    @property
    def statement(self) -> str:
        """What was carried, in words."""
        source, sister = self.pair.source, self.pair.sister
        if not self.shared:
            return (
                f"{source} and {sister} have no mechanism in common, so that nothing can be "
                f"carried over. That is a finding about the model: of {self.pair.about} it has "
                "nothing general that one of the two could teach about the other."
            )
        told = f"{len(self.shared)} parameters of mechanisms are shared; "
        if self.restated:
            told += f"{sister} states {listed(list(self.restated))} otherwise and takes them over. "
        else:
            told += "both state all of them alike, so that only the declared situation differs. "
        if self.fit is None:
            return told + f"No record of {source} may set parameters, so that no more is carried."
        return told + (
            f"{len(self.fit.records)} records of {source} weigh the draws, which then tell as much "
            f"as {self.fit.effective:.0f} of {len(self.fit.draws)}."
        )

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "source": self.pair.source,
            "sister": self.pair.sister,
            "about": self.pair.about,
            "statement": self.statement,
            "shared": len(self.shared),
            "restated": dict(self.restated),
            "fit": None
            if self.fit is None
            else {
                "records": list(self.fit.records),
                "power": self.fit.power,
                "draws": len(self.fit.draws),
                "effective_draws": self.fit.effective,
            },
            "foretold": [dataclasses.asdict(f) for f in self.foretold],
            "claims": [m.row() for m in self.moved],
        }


def pairs(source: str | None, sister: str | None = None) -> list[Sisters]:
    """The pairs of the rule, or the one of a source and its sister.

    The sister need not be named if the source has no other.

    Raises:
        VertikalError: If the rule has none, or several of the source.
    """
    found = [p for p in SISTERS if source in (None, p.source) and sister in (None, p.sister)]
    if not found:
        known = "; ".join(f"{p.source} to {p.sister}" for p in SISTERS)
        raise VertikalError(
            f"no parameters are carried from {source} to {sister or 'another scenario'}",
            mend=f"The rule has {known}.",
        )
    if source is not None and len(found) > 1:
        told = "\n  ".join(command(f"transfer {p.source} {p.sister}") for p in found)
        raise VertikalError(
            f"{source} has {len(found)} sisters, and each takes long to play",
            mend=f"Name one of them:\n  {told}",
        )
    return found


def extent(pair: Sisters, claims: Sequence[Claim]) -> tuple[int, int]:
    """How many claims are judged in a transfer, and how many tests of them are asked for that."""
    shared, restated = compared(load(pair.source), load(pair.sister))
    parts = _parts(pair, claims, restated) if shared else _Parts([], [], [])
    return len(parts.asked), sum(len(c.tests) for c in parts.played)


class _Parts(NamedTuple):
    """Claims with those of their tests that a transfer asks for."""

    asked: list[Claim]
    """In the sister as it stands."""
    moved: list[Claim]
    """In the sister by the numbers of the source; `asked` itself where these are the same."""
    there: list[Claim]
    """In the source."""

    @property
    def played(self) -> tuple[Claim, ...]:
        """All of them."""
        return (*self.asked, *(self.moved if self.moved is not self.asked else ()), *self.there)


def _parts(pair: Sisters, claims: Sequence[Claim], restated: Mapping[str, float | str]) -> _Parts:
    here = [c for c in claims if any(t.scenario == pair.sister for t in c.tests)]
    asked = [_in(c, pair.sister, {}) for c in here]
    moved = [_in(c, pair.sister, restated) for c in here] if restated else asked
    return _Parts(
        asked, moved, [_in(c, pair.source, {}) for c in here if pair.source in c.scenarios]
    )


def transfer(
    pair: Sisters,
    claims: Sequence[Claim],
    *,
    draws: int = DRAWS,
    budget: int = BUDGET,
    folder: str | Path = FOLDER,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Transfer:
    """Carry parameters from a scenario to its sister and judge the sister's claims again.

    Args:
        pair: The scenarios.
        claims: Claims; those that are tested in the sister count.
        draws: Parameter draws.
        budget: Histories of each arm after which a test ends unsettled; the draws are played all
            the same.
        folder: Where histories are kept and looked for.
        seed: As claims are tested.
        progress: Is told how far the tests have come.

    Raises:
        VertikalError: If a test cannot be played, or the folder cannot be used.
    """
    source, sister = load(pair.source), load(pair.sister)
    shared, restated = compared(source, sister)
    if not shared:
        return Transfer(pair, (), {}, None, (), ())
    parts = _parts(pair, claims, restated)
    together = [
        c.model_copy(
            update={"tests": tuple(t for p in parts.played if p.id == c.id for t in p.tests)}
        )
        for c in parts.asked
    ]
    results = examine_all(
        together, budget=budget, draws=draws, folder=folder, seed=seed, progress=progress
    )
    verdicts = {r.claim.id: r for r in results}
    note(progress, f"{pair.source} and {pair.sister} are played as they stand", together)
    patched = load(pair.sister, set={f"parameters.{a}": v for a, v in restated.items()})
    how: dict[str, Any] = {"folder": folder, "seed": seed, "carried": shared}
    learnt = fitted(source, as_it_stands(source, draws, **how))
    how["other"] = OTHER + 1  # other chance than that by which draws were weighed
    own = as_it_stands(sister, draws, **how)
    with_source = as_it_stands(patched, draws, **how) if restated else own

    def known(claim: Claim) -> Known:
        kept = tuple(drawn(claim, test, folder, seed=seed) for test in claim.tests)
        return Known(kept, _word(claim, verdicts[claim.id]))

    by_source = {c.id: known(c) for c in parts.there if c.tests}
    found = [
        judged(one.id, known(one), known(other), by_source.get(one.id), learnt)
        for one, other in zip(parts.asked, parts.moved, strict=True)
    ]
    return Transfer(
        pair, shared, restated, learnt, foretold(sister, own, with_source, learnt), tuple(found)
    )


def _in(claim: Claim, scenario: str, numbers: Mapping[str, float | str]) -> Claim:
    """A claim with its tests in one scenario, in which some parameters take other values."""

    def changed(test: Test) -> Test:
        stated = {f"parameters.{a}": v for a, v in numbers.items()}
        base = test.base.model_copy(update={"set": {**stated, **test.base.set}})
        return test.model_copy(update={"base": base}) if numbers else test

    tests = tuple(changed(t) for t in claim.tests if t.scenario == scenario)
    return claim.model_copy(update={"tests": tests, "elaborated": ()})


def _word(claim: Claim, result: Result) -> Word:
    """The verdict on a claim by some of the tests that were played together."""
    tests = [test.frozen() for test in claim.tests]
    return combined(f for t in result.tests if t.test.frozen() in tests for f in t.findings)


@dataclasses.dataclass(frozen=True)
class Known:
    """What is kept of the tests of a claim in one scenario.

    Attributes:
        tests: The draws of each test.
        word: The verdict that was reached as they were played.
    """

    tests: Sequence[Drawn]
    word: Word


def judged(
    claim: str, own: Known, with_source: Known, in_source: Known | None, learnt: Fit | None
) -> Moved:
    """A claim before and after the transfer, in the draws that all its tests have.

    Args:
        claim: Its id.
        own: What its tests in the sister keep, by the sister's own numbers.
        with_source: The same by the numbers of the source.
        in_source: What its tests in the source keep, if there are any.
        learnt: What the source's record teaches.
    """
    draws = own.tests[0].parameters.index
    for known in (own, with_source, in_source):
        for kept in known.tests if known else ():
            draws = draws.intersection(kept.parameters.index)
    if learnt is not None:
        draws = draws.intersection(pd.Index(learnt.draws))
    plain = np.full(len(draws), 1 / len(draws))
    weights = plain
    if learnt is not None:
        weights = learnt.weights[np.searchsorted(learnt.draws, draws.to_numpy())]
        weights = weights / weights.sum()
    is_weighted = bool(np.ptp(weights) > ROUNDING / len(draws))
    chances = [_chance(known.tests, draws) for known in (own, with_source)]
    before = _stand(own, draws, plain, chances[0])
    after = _stand(with_source, draws, weights, chances[1], is_weighted)
    parts = weights * (chances[1] - after.share) - plain * (chances[0] - before.share)
    error = float(np.sqrt((parts**2).sum()))
    source, alike = None, None
    if in_source is not None:
        there = _chance(in_source.tests, draws)
        source = _stand(in_source, draws, plain, there)
        alike = float((there * chances[0] + (1 - there) * (1 - chances[0])).mean())
    return Moved(claim, source, before, after, error if error > ROUNDING else 0.0, alike)


def _chance(tests: Sequence[Drawn], draws: pd.Index) -> np.ndarray:
    """Probability that a claim holds in each draw, in all its tests."""
    found = np.ones(len(draws))
    for kept in tests:
        place = kept.parameters.index.get_indexer(draws)
        for values, criterion in zip(kept.values, kept.criteria, strict=True):
            found = found * holding(values, criterion)[place]
    return found


def _stand(
    known: Known,
    draws: pd.Index,
    weights: np.ndarray,
    chances: np.ndarray,
    is_weighted: bool = False,
) -> Stand:
    """How a claim stands when draws have weights."""
    lots = np.random.default_rng(0).random(len(draws))
    chosen = lots * weights.max() <= weights
    findings: list[Finding] = []
    effects, leanings = [], set()
    for kept in known.tests:
        place = kept.parameters.index.get_indexer(draws)
        for values, criterion in zip(kept.values, kept.criteria, strict=True):
            if is_weighted:
                findings.append(judge(values[place][chosen], criterion, first=kept.first))
            effects.append(float(weights @ np.nanmean(values[place, : kept.first], axis=1)))
            share = float(weights @ holding(values, criterion)[place])
            leanings.add(_if_exact(effects[-1], share, criterion))
    return Stand(
        combined(findings) if is_weighted else known.word,
        leanings.pop() if len(leanings) == 1 else "fragile",
        tuple(effects),
        float(weights @ chances),
    )


def _if_exact(effect: float, share: float, criterion: Criterion) -> Word:
    """The verdict on a mean effect and a share of draws that are known, with no error in either."""
    holds = bool(margin(np.array(effect), criterion) >= 0)
    if holds and share >= MOST:
        return "supported"
    return "contradicted" if not holds and share <= 1 - MOST else "fragile"
