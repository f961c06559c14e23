"""Test claims: freeze what will be run, play batches until the verdict is settled, keep all of it.

Before the first history of a test is played, everything that decides its verdict is written down
and hashed: the test as it stands in the claim file, the digest of each arm's scenario, the code
that plays histories, seed and error rate. The hash names the folder, so that a test which is
changed afterwards has another folder, and what was run can be told from what was thought of later:

    claims-runs/CLAIM/HASH/frozen.json        what is run
                           batch-00000.parquet  answers of all arms, draw by draw
                           result.json        the verdict so far

A batch is written whole or not at all. A later call goes on after the last one, whether the process
was killed, the budget ran out, or all is done; the verdict is reckoned anew from the answers.

Tests that are put together share programs and histories (`vertikal.claims.sharing`) and are played
side by side (`vertikal.claims.staging`). What is frozen and kept is that of each test alone.
"""

import contextlib
import dataclasses
import hashlib
import io
import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vertikal.claims import staging
from vertikal.claims.design import Design, make_design
from vertikal.claims.results import Result, Tested, judged
from vertikal.claims.schema import Claim, Test
from vertikal.claims.sharing import Arm, shared
from vertikal.claims.staging import Tables
from vertikal.claims.verdicts import ERROR, combined
from vertikal.engine import durable
from vertikal.engine.manifest import code_digest, installed_versions
from vertikal.engine.simulate import default_workers
from vertikal.errors import VertikalError

FORMAT = 1
"""The layout of the folder of a test."""

FOLDER = Path("claims-runs")
"""Where tests are kept unless the caller says otherwise."""

BUDGET = 4096
"""Histories of each arm after which a test ends unsettled."""

BATCH = 512
"""Histories of each arm between two looks."""

SEED = 1
"""Of all chance, the same for all claims: their errors are controlled however they depend."""


class Report(NamedTuple):
    """How far the tests of some claims have come."""

    words: str
    """What has just happened."""
    claims: int
    """Claims of which all tests are done."""
    all_claims: int
    """Claims with tests."""
    tests: int
    """Tests that are done: settled, or at the end of their budget."""
    all_tests: int
    share: float
    """How much of what may have to be played has been, by ticks; a settled test counts whole."""


Progress = Callable[[Report], None]
"""Is told how far the work has come, after each batch of a test."""


@dataclasses.dataclass(eq=False)
class _Trial:
    """A test on its way to a verdict; see `vertikal.claims.staging.Trial`."""

    claim: Claim
    label: str
    design: Design
    frozen: str
    home: Path | None
    budget: int
    error: float
    tell: Callable[[str], None]
    least: int = 0
    """Parameter draws that it plays even where fewer settle it."""
    arms: Mapping[str, Arm] = dataclasses.field(default_factory=dict)
    batches: list[dict[str, np.ndarray]] = dataclasses.field(default_factory=list)
    new: int = 0
    done: Tested | None = None

    @property
    def key(self) -> str:
        """Hash of what is frozen."""
        return key_of(self.frozen)

    @property
    def stage(self) -> str:
        """The scenario."""
        return self.design.test.scenario

    @property
    def draws(self) -> int:
        """Parameter draws in a batch."""
        return max(1, BATCH // self.design.replicates)

    @property
    def size(self) -> int:
        """Histories in a batch, of each arm."""
        return self.draws * self.design.replicates

    @property
    def wanted(self) -> tuple[int, int] | None:
        """First history and number of histories of the next batch, if it wants one."""
        if self.done and len(self.batches) * self.draws >= self.least:
            return None
        return len(self.batches) * self.size, self.size

    @property
    def ticks(self) -> int:
        """Of all arms."""
        return sum(scenario.clock.ticks for scenario in self.design.arms.values())

    @property
    def share(self) -> float:
        """How much of what it may play has been played."""
        if self.wanted is None:
            return 1.0
        most = max(self.budget, self.least * self.design.replicates)
        return min(1.0, len(self.batches) * self.size / most)

    def catch_up(self) -> None:
        """Look at the batches that are kept."""
        while self.wanted is not None and (path := self._path) is not None and path.is_file():
            self._look(read_batch(path, self.design, self.draws))

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Write down what is run, and let no other process play it."""
        with contextlib.ExitStack() as stack:
            if self.home is not None:
                with self._explained():
                    self.home.mkdir(parents=True, exist_ok=True)
                    stack.enter_context(durable.locked(self.home))
                    if not (self.home / "frozen.json").is_file():
                        durable.write(self.home / "frozen.json", self.frozen.encode())
            yield

    def take(self, tables: Tables) -> None:
        """Keep the answers of a batch and look at it."""
        shape = (self.draws, self.design.replicates)
        answers = {
            arm: self.design.answers(table, self.arms[arm].column).reshape(shape)
            for arm, table in tables.items()
        }
        self.new += self.size
        if (path := self._path) is not None:
            with self._explained():
                durable.write(path, written_batch(answers))
        self._look(answers)
        histories = len(self.batches) * self.size
        reached = f"{self.done.word} after {histories}" if self.done else f"{histories} so far"
        self.tell(f"{self.label}: {reached}")

    @property
    def _path(self) -> Path | None:
        """The file of the next batch."""
        return None if self.home is None else self.home / f"batch-{len(self.batches):05d}.parquet"

    def _explained(self) -> contextlib.AbstractContextManager[None]:
        assert self.home is not None
        return durable.explained(self.home, mend="test the claim again; finished batches are kept.")

    def _look(self, answers: dict[str, np.ndarray]) -> None:
        self.batches.append(answers)
        if self.done is not None:
            return  # the verdict is that of the first look that settles it
        histories = len(self.batches) * self.size
        found = judged(self.design, self.batches, self.error)
        if found.word == "unsettled" and histories < self.budget:
            return
        self.done = Tested(
            self.design.test, self.key, found.word, found.findings, found.arms, histories,
            self.budget, self.new, found.inert,
        )  # fmt: skip
        if self.home is not None:
            result = {"claim": self.claim.id} | self.done.row()
            text = json.dumps(result, indent=1, ensure_ascii=False)
            with self._explained():
                durable.write(self.home / "result.json", text.encode())


def examine(
    claim: Claim | str,
    *,
    budget: int = BUDGET,
    folder: str | Path | None = FOLDER,
    replicates: int | None = None,
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
        replicates: Histories of each parameter draw; by the kind of outcome if not given.
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
    replicates: int | None = None,
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
    trials: dict[tuple[str, str], _Trial] = {}
    own: dict[tuple[str, str, int], _Trial] = {}
    tell = _teller(claims, own, progress)
    for claim, kind, number, test in _numbered(claims):
        design = make_design(claim, test, claim.folder, replicates)
        frozen = freeze(claim, design, seed, error)
        home = None if folder is None else home_of(folder, claim, frozen)
        label = f"{claim.id}, {kind} {number} of {len(getattr(claim, _FIELDS[kind]))}"
        trial = _Trial(claim, label, design, frozen, home, budget, error, tell, draws)
        own[claim.id, kind, number] = trials.setdefault((claim.id, trial.key), trial)
    for trial in trials.values():
        trial.catch_up()
    live = [trial for trial in trials.values() if trial.wanted is not None]
    tell(f"{len(live)} tests to be played")
    designs = [trial.design for trial in live]
    for trial, arms in zip(live, shared(designs, seed, _beside(trials.values())), strict=True):
        trial.arms = arms
    staging.play(live, workers or default_workers(), tell)
    return [_result(claim, own) for claim in claims]


_FIELDS = {"test": "tests", "elaboration": "elaborated"}


def _numbered(claims: Sequence[Claim]) -> Iterator[tuple[Claim, str, int, Test]]:
    for claim in claims:
        for kind, field in _FIELDS.items():
            for number, test in enumerate(getattr(claim, field), 1):
                yield claim, kind, number, test


def _beside(trials: Collection[_Trial]) -> Iterator[Design]:
    """Tests that are not to be played, of the library in scenarios in which some of it are.

    With their questions in it, the program that is stored is the same whatever is chosen.
    """
    ours = [trial for trial in trials if is_of_library(trial.claim)]
    scenarios = {trial.stage for trial in ours if trial.wanted is not None}
    yield from (t.design for t in ours if t.wanted is None and t.stage in scenarios)
    yield from asked_in(scenarios, {trial.claim.id for trial in ours})


def asked_in(scenarios: Collection[str], leaving: Collection[str] = ()) -> Iterator[Design]:
    """Tests of the library in some scenarios, but for those of the claims that are left out."""
    from vertikal.claims.reading import library

    for book in library() if scenarios else ():
        for claim in book.claims:
            for test in () if claim.id in leaving else (*claim.tests, *claim.elaborated):
                if test.scenario in scenarios:
                    yield make_design(claim, test, claim.folder)


def is_of_library(claim: Claim) -> bool:
    """Whether a claim is one of the library."""
    from vertikal.claims.reading import FOLDER as library_folder

    return claim.folder == library_folder


def _result(claim: Claim, own: Mapping[tuple[str, str, int], _Trial]) -> Result:
    """What came of a claim whose trials are over."""
    if claim.reason:
        return Result(claim, "normative" if claim.kind == "normative" else "untestable", (), ())

    def tested(kind: str) -> tuple[Tested, ...]:
        trials = [t for (name, k, _), t in own.items() if (name, k) == (claim.id, kind)]
        return tuple(t.done for t in trials if t.done is not None)

    tests = tested("test")
    return Result(claim, combined(t.word for t in tests), tests, tested("elaboration"))


def _teller(
    claims: Sequence[Claim], own: Mapping[tuple[str, str, int], _Trial], progress: Progress | None
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
            tested = sum(not claim.reason for claim in claims)
            progress(Report(words, tested - len(open_claims), tested, done, len(own), share))

    return tell


def freeze(claim: Claim, design: Design, seed: int, error: float) -> str:
    """Everything that decides the verdict on a test, as canonical JSON."""
    content = {
        "format": FORMAT,
        "claim": claim.id,
        "test": design.test.model_dump(mode="json", exclude={"basis"}),
        "arms": design.digests,
        "replicates": design.replicates,
        "seed": seed,
        "error": error,
        "code": code_digest(),
        "verdicts": _verdicts_digest(),
        "versions": installed_versions(),
    }
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)


def key_of(frozen: str) -> str:
    """Hash of what is frozen; its first 16 digits name the folder."""
    return hashlib.sha256(frozen.encode()).hexdigest()


def home_of(folder: str | Path, claim: Claim, frozen: str) -> Path:
    """Where a test is kept."""
    return Path(folder) / claim.id / key_of(frozen)[:16]


def _verdicts_digest() -> str:
    """SHA-256 over the modules that turn histories into verdicts."""
    here = Path(__file__).parent
    names = ("sequential", "verdicts", "design", "sharing", "results")
    return hashlib.sha256(b"\0".join((here / f"{n}.py").read_bytes() for n in names)).hexdigest()


def written_batch(answers: Mapping[str, np.ndarray]) -> bytes:
    """Answers of a batch as a Parquet file: a row a history, a column an arm."""
    sink = io.BytesIO()
    table = pa.table({arm: pa.array(values.ravel()) for arm, values in answers.items()})
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def read_batch(path: Path, design: Design, draws: int) -> dict[str, np.ndarray]:
    """The answers by arm that a batch holds: one row a draw, one column a history.

    Raises:
        VertikalError: If the file is none of this test.
    """
    try:
        table = pq.read_table(path)
        shape = (draws, design.replicates)
        return {
            arm: table.column(arm).to_numpy(zero_copy_only=False).reshape(shape)
            for arm in design.arms
        }
    except (pa.ArrowInvalid, KeyError, ValueError) as why:
        raise VertikalError(
            "this is no batch of answers of this test",
            where=str(path),
            mend="Remove the file; the batch is then played again.",
        ) from why
