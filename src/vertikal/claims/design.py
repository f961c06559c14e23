r"""What a test plays and how its histories are compared: arms, and contrasts between them.

An arm is the scenario with what is varied set one way. All arms share seed, parameter draws and
chance. A contrast is a weighted sum over arms of the same history's answer, oriented so that the
claim expects it to be positive (or, for no effect and for bounds, near its centre). With $y$ the
answer,

- *increases*, *decreases*, *no-effect*, one change: $y_\text{with} - y_\text{without}$; a sweep
  over $x_1 < \dots < x_J$: the least squares slope times $x_J - x_1$, which is the change over the
  whole sweep of the line that fits best. It does not see a bend;
- *ordering*: $y_{j+1} - y_j$ for each neighbouring two, all of which must be positive;
- *interaction* of two changes: $(y_{12} - y_2) - (y_1 - y_0)$, by how much one adds to the effect
  of the other;
- *threshold* at a stated step of a sweep: the change over that step less the mean change over the
  other steps. Where it lies must be said beforehand; one sought in the histories that test it
  would always be found;
- *bounded*: $y$ less the middle of the bounds, which must lie inside; with one bound the distance
  of $y$ from it, which must be positive; of the arm with the change.

Truth values count 1 and 0. A time counts as whether it came at all (`ever`), or as the years before
it within the clock (`years`, never as the whole clock). A name counts as whether it is `measure`.

Other shapes are written with these. A trade-off or a different horizon is two tests, with two
outcomes; persistence is an effect at a later date; a target is *bounded*, and a cycle a bounded
number of turns; of a loop each link is a test, and that it closes is not tested. For what the
source leaves open we have no contrast whose sign would settle the claim, and it is marked
untestable.
"""

import dataclasses
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from vertikal.analysis.records import range_of
from vertikal.claims.schema import Change, Claim, Test
from vertikal.claims.verdicts import REPLICATES, Criterion
from vertikal.engine.blocks import OK
from vertikal.engine.histories import Histories
from vertikal.engine.manifest import OutcomeSpec
from vertikal.errors import VertikalError
from vertikal.scenario.faults import listed, suggest
from vertikal.scenario.loader import load
from vertikal.scenario.model import Scenario
from vertikal.scenario.outcomes import MISSING, Outcome
from vertikal.scenario.patch import Patch

OUTCOME = "asked-by-claim"
"""Name that an outcome written in a claim has in the scenario."""


@dataclasses.dataclass(frozen=True)
class Contrast:
    """A weighted sum over arms that the claim expects to be positive, or near 0."""

    weights: Mapping[str, float]
    offset: float
    criterion: Criterion

    def values(self, answers: Mapping[str, np.ndarray]) -> np.ndarray:
        """The contrast in each history, from the answers by arm."""
        total = sum(w * answers[arm] for arm, w in self.weights.items())
        return np.asarray(total - self.offset)


@dataclasses.dataclass(frozen=True)
class Design:
    """A test made ready to be played.

    Attributes:
        test: The test.
        arms: The scenario of each arm, by a name that tells what is varied.
        outcome: The outcome that is read.
        replicates: Histories that every parameter draw has; some are given more.
    """

    test: Test
    arms: Mapping[str, Scenario]
    outcome: str
    replicates: int
    spec: OutcomeSpec

    @cached_property
    def contrasts(self) -> tuple[Contrast, ...]:
        """What is compared; several parts only for an ordering."""
        scale = _Scale(is_truth(self.test, self.spec), self._ends())
        return _contrasts(self.test, tuple(self.arms), scale)

    def _ends(self) -> tuple[float, ...]:
        """Values between which the answers of histories lie, if such are known."""
        if self.test.measure == "years":
            return (0.0, self.horizon)
        return range_of(next(iter(self.arms.values())).outcomes[self.outcome])

    @cached_property
    def digests(self) -> dict[str, str]:
        """The digest of each arm: all that is played of its scenario, and what the test asks."""
        return {
            name: _digest(self.bare_digests[name], ask(self.outcome, scenario.outcomes, {}))
            for name, scenario in self.arms.items()
        }

    @cached_property
    def bare_digests(self) -> dict[str, str]:
        """The digest of the scenario of each arm without its questions; see `bare`."""
        return {name: bare(scenario).digest for name, scenario in self.arms.items()}

    @property
    def horizon(self) -> float:
        """Years on the clock."""
        return next(iter(self.arms.values())).clock.length

    def answers(self, table: pa.Table, name: str = "") -> np.ndarray:
        """The answer of each history as a number; `nan` where it failed or has none.

        Args:
            table: Outcomes of histories.
            name: The column that answers the test; that of the outcome if not given.
        """
        column = np.array(table.column(name or self.outcome).to_pylist(), object)
        measure = self.test.measure
        if self.spec.kind == "label":
            found = (column == measure).astype(np.float64)
        elif measure == "ever":
            found = (~np.isnan(column.astype(np.float64))).astype(np.float64)
        else:
            found = column.astype(np.float64)
            if measure == "years":
                found = np.where(np.isnan(found), self.horizon, found)
        status = np.array(table.column("status").to_pylist(), object)
        return np.where(status == OK, found, np.nan)


def _digest(*content: str) -> str:
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


def bare(scenario: Scenario) -> Scenario:
    """A scenario without its questions, what is kept of every tick, its record and its texts."""
    texts = dict.fromkeys(("title", "document", "question"), "")
    return scenario.model_copy(update={"outcomes": {}, "series": (), "history": {}, **texts})


def ask(name: str, outcomes: Mapping[str, Outcome], questions: dict[str, Outcome]) -> str:
    """Add an outcome, and those of which it is put together, under a name for its content.

    Args:
        name: Of the outcome.
        outcomes: Among which it is.
        questions: Where it is added.

    Returns:
        The name.
    """
    outcome = outcomes[name]
    if outcome.parts:
        parts = tuple(ask(part, outcomes, questions) for part in outcome.parts)
        outcome = outcome.model_copy(update={outcome.kind: parts})
    content = outcome.model_dump_json(by_alias=True, exclude={"ask", "use", "origin"})
    key = hashlib.sha256(content.encode()).hexdigest()[:16]
    questions[key] = outcome
    return key


def make_design(
    claim: Claim,
    test: Test,
    folder: Path,
    replicates: int = REPLICATES,
    known: dict[str, Scenario] | None = None,
) -> Design:
    """Load the arms of a test and check that it can be played.

    Args:
        claim: The claim, for messages.
        test: One of its tests.
        folder: Where scenarios named by a file lie.
        replicates: Histories that every parameter draw has.
        known: Arms that are loaded already, to which these are added; many tests have one in
            common.

    Raises:
        VertikalError: If a scenario, a change or the outcome is at fault, or nothing is varied.
    """
    known = {} if known is None else known
    try:
        arms = {name: loaded(test, change, folder, known) for name, change in changes(test).items()}
    except VertikalError as error:
        where = f"{claim.place or claim.id}, test in {test.scenario}"
        raise VertikalError(f"{claim.id} cannot be tested: {error}", where=where) from error
    name = test.outcome if isinstance(test.outcome, str) else OUTCOME
    spec = _spec(claim, test, name, next(iter(arms.values())))
    design = Design(test, arms, name, replicates, spec)
    if test.shape != "bounded" and len(set(design.digests.values())) < len(arms):
        raise VertikalError(
            f"two arms of a test of {claim.id} in {test.scenario} are the same",
            where=claim.place,
            mend="Vary something that the scenario or its variant does not set that way already.",
        )
    return design


def changes(test: Test) -> dict[str, Change]:
    """What is changed in each arm beyond the base, by name."""
    treatment, nothing = test.treatment, Change()
    if treatment.form == "sweep":
        assert treatment.sweep is not None
        path = treatment.sweep.path
        return {f"{path}={v:g}": Change(set={path: v}) for v in treatment.sweep.values}
    if treatment.form == "order":
        return {f"arm {n}": change for n, change in enumerate(treatment.order, 1)}
    if treatment.form == "factorial":
        one, two = treatment.factorial
        return {"neither": nothing, "first": one, "second": two, "both": _both(one, two)}
    if test.shape == "bounded":
        return {"with": treatment}
    return {"without": nothing, "with": treatment}


def _both(one: Change, two: Change) -> Change:
    """Two changes as one; the second wins where both set the same."""
    return Change(
        variant=(*one.variant, *two.variant),
        patch=_merged(one.patch, two.patch),
        set={**one.set, **two.set},
    )


def _merged(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(one)
    for key, value in two.items():
        old = both.get(key)
        is_tree = isinstance(old, Mapping) and isinstance(value, Mapping)
        both[key] = _merged(old, value) if is_tree else value  # type: ignore[arg-type]
    return both


def loaded(
    test: Test, change: Change, folder: Path, known: dict[str, Scenario] | None = None
) -> Scenario:
    """The scenario of an arm.

    Args:
        test: The test.
        change: What the arm changes.
        folder: Where the claim file lies, for scenarios beside it.
        known: Those that are loaded already, to which this one is added.

    Raises:
        VertikalError: If it cannot be loaded with these changes.
    """
    whole = _both(test.base, change)
    patches = [Patch("the claim", whole.patch)] if whole.patch else []
    if not isinstance(test.outcome, str):
        patches.append(Patch("the outcome of the claim", {"outcomes": {OUTCOME: test.outcome}}))
    is_file = test.scenario.endswith((".yaml", ".yml"))
    name = folder / test.scenario if is_file else test.scenario
    key = repr((name, whole.variant, [p.changes for p in patches], whole.set))
    known = {} if known is None else known
    if key not in known:
        known[key] = load(name, variant=whole.variant, patches=patches, set=whole.set)
    return known[key]


def _spec(claim: Claim, test: Test, name: str, scenario: Scenario) -> OutcomeSpec:
    """What the outcome's answers are, after checking that `measure` goes with them."""
    if name not in scenario.outcomes:
        raise VertikalError(
            f'{claim.id}: "{test.scenario}" has no outcome "{name}"',
            where=claim.place,
            mend=suggest(name, scenario.outcomes, "outcomes"),
        )
    kind = scenario.outcomes[name].kind
    if kind in MISSING:
        raise VertikalError(
            f'{claim.id}: the outcome "{name}" of {test.scenario} is a `{kind}`, which some '
            "histories do not answer; those that do are others in each arm",
            where=claim.place,
            mend="Test the outcomes of which it is put together.",
        )
    spec = next(s for s in Histories(scenario, 0).outcome_specs if s.name == name)
    possible = {"time": ("ever", "years"), "label": spec.labels}.get(spec.kind, ("",))
    if test.measure not in possible:
        raise VertikalError(
            f'{claim.id}: the outcome "{name}" of {test.scenario} cannot be read as '
            f'"{test.measure}"',
            where=claim.place,
            mend=f"Write `measure`: {listed(possible)}." if any(possible) else "Remove `measure`.",
        )
    return spec


def is_truth(test: Test, spec: OutcomeSpec) -> bool:
    """Whether the answer of a history counts 1 or 0."""
    return spec.kind in ("bool", "label") or test.measure == "ever"


@dataclasses.dataclass(frozen=True)
class _Scale:
    """What the answers of histories can be."""

    truth: bool
    ends: tuple[float, ...]

    def above(self, weights: Mapping[str, float], offset: float, smallest: float) -> Contrast:
        """A contrast that is expected to be positive."""
        parts = tuple(weights.values())
        if self.truth:
            criterion = Criterion("above", smallest, possible=_possible(parts, offset))
        else:
            criterion = Criterion("above", smallest, limits=_limits(parts, offset, self.ends))
        return Contrast(weights, offset, criterion)


def _contrasts(test: Test, arms: tuple[str, ...], scale: _Scale) -> tuple[Contrast, ...]:
    """The contrasts of a shape; see the module's head."""
    if test.shape == "bounded":
        return (_bounded(arms[0], test.within, scale),)
    if test.shape == "ordering":
        pairs = itertools.pairwise(arms)
        return tuple(scale.above({one: -1.0, two: 1.0}, 0.0, test.smallest) for one, two in pairs)
    weights = _weights(test, len(arms))
    down = "decreases" in (test.shape, test.direction)
    signed = -weights if down and test.shape != "no-effect" else weights
    made = scale.above(dict(zip(arms, map(float, signed), strict=True)), 0.0, test.smallest)
    return (_inside(made) if test.shape == "no-effect" else made,)


def _inside(made: Contrast) -> Contrast:
    return dataclasses.replace(made, criterion=dataclasses.replace(made.criterion, kind="inside"))


def _possible(weights: Sequence[float], offset: float) -> tuple[float, ...]:
    """All weighted sums of truth values, less the offset, ascending."""
    found = np.array([-offset])
    for weight in weights:
        found = np.unique(np.round(np.concatenate([found, found + weight]), 12))
    return tuple(map(float, found))


def _limits(weights: Sequence[float], offset: float, ends: tuple[float, ...]) -> tuple[float, ...]:
    """The least and the largest weighted sum of answers within bounds, less the offset."""
    if not ends:
        return ()
    spans = [sorted((w * ends[0], w * ends[-1])) for w in weights]
    return (sum(low for low, _ in spans) - offset, sum(high for _, high in spans) - offset)


def _bounded(arm: str, within: tuple[float | None, ...], scale: _Scale) -> Contrast:
    low, high = within
    if low is not None and high is not None:
        return _inside(scale.above({arm: 1.0}, (low + high) / 2, (high - low) / 2))
    if low is not None:
        return scale.above({arm: 1.0}, low, 0.0)
    assert high is not None
    return scale.above({arm: -1.0}, -high, 0.0)


def _weights(test: Test, arms: int) -> np.ndarray:
    if test.shape == "interaction":
        return np.array([1.0, -1, -1, 1])
    if test.treatment.form == "change":
        return np.array([-1.0, 1])
    assert test.treatment.sweep is not None
    values = np.array(test.treatment.sweep.values)
    if test.shape == "threshold":
        at = test.treatment.sweep.values.index(test.step[0])
        steps = np.full(arms - 1, -1 / (arms - 2))
        steps[at] = 1.0
        return np.append(0.0, steps) - np.append(steps, 0.0)
    centred = values - values.mean()
    return centred / (centred**2).sum() * (values[-1] - values[0])
