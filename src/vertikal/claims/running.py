"""Test claims: freeze what will be run, play batches until the verdict is settled, keep all of it.

A later call goes on after the last batch that is kept (`vertikal.claims.folders`), whether the
process was killed, the budget ran out, or all is done; the verdict is reckoned anew from the
answers.

Tests that are put together share programs and histories (`vertikal.claims.sharing`) and are played
side by side (`vertikal.claims.staging`). What is frozen and kept is that of each test alone.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vertikal.claims import staging
from vertikal.claims.design import Design, make_design
from vertikal.claims.folders import freeze, home_of
from vertikal.claims.results import Result, Tested
from vertikal.claims.schema import Claim, Test
from vertikal.claims.sharing import shared
from vertikal.claims.trials import Trial
from vertikal.claims.verdicts import ERROR, REPLICATES, Word, combined
from vertikal.engine.simulate import default_workers
from vertikal.errors import VertikalError
from vertikal.scenario.model import Scenario

FOLDER = Path("claims-runs")
"""Where tests are kept unless the caller says otherwise."""

BUDGET = 16384
"""Histories of each arm after which a test ends unsettled."""

SEED = 1
"""Of all chance, the same for all claims: their errors are controlled however they depend."""


class Report(NamedTuple):
    """How far the tests of some claims have come."""

    words: str
    """What has just happened."""
    claims: int
    """Claims of which all tests are done."""
    all_claims: int
    """Claims with tests, be they only of what we add."""
    tests: int
    """Tests that are done: settled, or at the end of their budget."""
    all_tests: int
    share: float
    """How much of what may have to be played has been, by ticks; a settled test counts whole."""


Progress = Callable[[Report], None]
"""Is told how far the work has come, after each batch of a test."""


def examine(
    claim: Claim | str,
    *,
    budget: int = BUDGET,
    folder: str | Path | None = FOLDER,
    replicates: int = REPLICATES,
    seed: int = SEED,
    error: float = ERROR,
    progress: Progress | None = None,
    workers: int | None = None,
) -> Result:
    """Put a claim to the test, as `vertikal.claims.test` does.

    Args:
        claim: A claim, or the id of one of the library.
        budget: Histories of each arm of each test after which it ends unsettled; what a folder
            holds beyond it is not thrown away.
        folder: Where histories and verdicts are kept and looked for; `None` to keep nothing.
        replicates: Histories that each parameter draw has at first.
        seed: Of all chance.
        error: Probability that a false verdict on a test is ever settled.
        progress: Is told how far the work has come.
        workers: Programs compiled or played at a time; by default one for each core, at most four.

    Raises:
        VertikalError: If there is no such claim, a test cannot be played, or the folder cannot be
            used.
    """
    from vertikal.claims.reading import one_of_library

    (result,) = examine_all(
        [one_of_library(claim)],
        budget=budget,
        folder=folder,
        replicates=replicates,
        seed=seed,
        error=error,
        progress=progress,
        workers=workers,
    )
    return result


def examine_all(
    claims: Sequence[Claim],
    *,
    budget: int = BUDGET,
    folder: str | Path | None = FOLDER,
    replicates: int = REPLICATES,
    seed: int = SEED,
    error: float = ERROR,
    progress: Progress | None = None,
    workers: int | None = None,
    draws: int = 0,
) -> list[Result]:
    """Put many claims to the test; what their tests have in common is compiled and played once.

    The answers of each test are those that it would have alone. Arguments and errors are those of
    `examine`, and nothing is played unless all tests can be. In addition `draws` says how many
    parameter draws are played even where fewer settle a verdict, for questions that are put to what
    is kept (`vertikal.claims.kept`); the verdict is that of the first look that settles it all the
    same.
    """
    if budget < 1 or not 0 < error < 1:
        raise VertikalError(
            "a budget is at least 1 history, and an error rate lies between 0 and 1",
            where=f"budget {budget}, error {error}",
        )
    trials: dict[tuple[str, str], Trial] = {}
    own: dict[tuple[str, str, int], Trial] = {}
    tell = _teller(own, progress)
    known: dict[str, Scenario] = {}
    for claim, kind, number, test in _numbered(claims):
        design = make_design(claim, test, claim.folder, replicates, known)
        frozen = freeze(claim, design, seed, error)
        home = None if folder is None else home_of(folder, claim, frozen)
        label = f"{claim.id}, {kind} {number} of {len(getattr(claim, _FIELDS[kind]))}"
        trial = Trial(claim, label, design, frozen, home, budget, error, tell, draws)
        own[claim.id, kind, number] = trials.setdefault((claim.id, trial.key), trial)
    for trial in trials.values():
        trial.catch_up()
    live = [trial for trial in trials.values() if trial.wanted is not None]
    tell(f"{len(live)} {'test' if len(live) == 1 else 'tests'} to be played")
    designs = [trial.design for trial in live]
    beside = _beside(trials.values(), known)
    for trial, arms in zip(live, shared(designs, seed, beside), strict=True):
        trial.arms = arms
    staging.play(live, workers or default_workers(), tell)
    return [_result(claim, own) for claim in claims]


_FIELDS = {"test": "tests", "elaboration": "elaborated"}


def _numbered(claims: Sequence[Claim]) -> Iterator[tuple[Claim, str, int, Test]]:
    for claim in claims:
        for kind, field in _FIELDS.items():
            for number, test in enumerate(getattr(claim, field), 1):
                yield claim, kind, number, test


def _beside(trials: Collection[Trial], known: dict[str, Scenario]) -> Iterator[Design]:
    """Tests that are not to be played, of the library in scenarios in which some of it are.

    With their questions in it, the program that is stored is the same whatever is chosen.
    """
    ours = [trial for trial in trials if is_of_library(trial.claim)]
    scenarios = {trial.stage for trial in ours if trial.wanted is not None}
    yield from (t.design for t in ours if t.wanted is None and t.stage in scenarios)
    yield from asked_in(scenarios, {trial.claim.id for trial in ours}, known)


def asked_in(
    scenarios: Collection[str],
    leaving: Collection[str] = (),
    known: dict[str, Scenario] | None = None,
) -> Iterator[Design]:
    """Tests of the library in some scenarios, but for those of the claims that are left out."""
    from vertikal.claims.reading import library

    for book in library() if scenarios else ():
        for claim in book.asked:
            for test in () if claim.id in leaving else (*claim.tests, *claim.elaborated):
                if test.scenario in scenarios:
                    yield make_design(claim, test, claim.folder, known=known)


def is_of_library(claim: Claim) -> bool:
    """Whether a claim is one of the library."""
    from vertikal.claims.reading import FOLDER as library_folder

    return claim.folder == library_folder


def _result(claim: Claim, own: Mapping[tuple[str, str, int], Trial]) -> Result:
    """What came of a claim whose trials are over.

    Of a claim that no test can settle, what we add to it may have been played all the same.
    """

    def tested(kind: str) -> tuple[Tested, ...]:
        trials = [t for (name, k, _), t in own.items() if (name, k) == (claim.id, kind)]
        return tuple(t.done for t in trials if t.done is not None)

    tests, elaborated = tested("test"), tested("elaboration")
    if claim.reason:
        word: Word = "normative" if claim.kind == "normative" else "untestable"
    else:
        word = combined(f for t in tests for f in t.findings)
    return Result(claim, word, tests, elaborated)


def _teller(
    own: Mapping[tuple[str, str, int], Trial], progress: Progress | None
) -> Callable[[str], None]:
    """What tells how far the work has come, from whichever thread."""
    lock = threading.Lock()

    def tell(words: str) -> None:
        if progress is None or not own:
            return
        with lock:
            open_claims = {t.claim.id for t in own.values() if t.wanted is not None}
            done = sum(t.wanted is None for t in own.values())
            costs = {t: t.ticks for t in own.values()}
            share = sum(t.share * cost for t, cost in costs.items()) / sum(costs.values())
            tested = len({name for name, _, _ in own})
            progress(Report(words, tested - len(open_claims), tested, done, len(own), share))

    return tell
