"""A test on its way to a verdict: what it wants to be played, and what it makes of it."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from vertikal.claims.design import Design
from vertikal.claims.folders import batch_path, extra_batches, key_of, read_batch, written_batch
from vertikal.claims.results import Tested, judged
from vertikal.claims.sampling import Cells, Sample, next_cells, nothing, widened
from vertikal.claims.schema import Claim
from vertikal.claims.sharing import Arm
from vertikal.claims.staging import Tables
from vertikal.engine import durable
from vertikal.errors import VertikalError

BATCH = 512
"""Histories of each arm between two looks, at first; later a quarter of those there are."""


@dataclasses.dataclass(eq=False)
class Trial:
    """A test on its way to a verdict; see `vertikal.claims.staging.Trial`.

    Attributes:
        claim: The claim.
        label: What it is called where progress is told.
        design: The test.
        frozen: What decides its verdict (`vertikal.claims.folders.freeze`).
        home: Its folder; `None` to keep nothing.
        budget: Histories of each arm after which it ends unsettled.
        error: Probability that a false verdict is ever settled.
        tell: Is told what has just happened.
        least: Parameter draws that it plays even where fewer settle it.
        arms: What it plays.
        new: Histories of each arm that were played and not found.
        done: What came of it.
    """

    claim: Claim
    label: str
    design: Design
    frozen: str
    home: Path | None
    budget: int
    error: float
    tell: Callable[[str], None]
    least: int = 0
    arms: Mapping[str, Arm] = dataclasses.field(default_factory=dict)
    new: int = 0
    done: Tested | None = None
    _sample: Sample = dataclasses.field(init=False)
    _batches: int = 0
    _next: Cells | None = None

    def __post_init__(self) -> None:
        self._sample = nothing(self.design.replicates)
        self._next = widened(self._sample, BATCH)

    @property
    def key(self) -> str:
        """Hash of what is frozen."""
        return key_of(self.frozen)

    @property
    def stage(self) -> str:
        """The scenario."""
        return self.design.test.scenario

    @property
    def wanted(self) -> np.ndarray | None:
        """Run numbers of the histories that it wants next, ascending; nothing if it is over."""
        return None if self._next is None else self._next.runs(self.design.replicates)

    @property
    def histories(self) -> int:
        """Histories of each arm that it has seen."""
        return self._sample.histories

    @property
    def ticks(self) -> int:
        """Of all arms."""
        return sum(scenario.clock.ticks for scenario in self.design.arms.values())

    @property
    def share(self) -> float:
        """How much of what it may play has been played."""
        if self._next is None:
            return 1.0
        most = max(self.budget, self.least * self.design.replicates)
        return min(1.0, self._sample.histories / most)

    def catch_up(self) -> None:
        """Look at the batches that are kept.

        Raises:
            VertikalError: If one is spoilt.
        """
        while self.done is None and (path := self._path) is not None and path.is_file():
            assert self._next is not None
            cells, answers = read_batch(path, self.design)
            if not all(np.array_equal(*pair) for pair in zip(cells, self._next, strict=True)):
                raise VertikalError(
                    "this batch is not the one that follows on those before it",
                    where=str(path),
                    mend="Remove it and those after it; they are then played again.",
                )
            self._look(answers)

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
        """Keep the answers of what it wanted and look at them."""
        assert self._next is not None
        answers = {
            arm: self.design.answers(table, self.arms[arm].column) for arm, table in tables.items()
        }
        self.new += len(self._next.draw)
        if (path := self._path) is not None:
            with self._explained():
                durable.write(path, written_batch(self._next, answers))
        self._look(answers)
        histories = self._sample.histories
        reached = f"{self.done.word} after {histories}" if self.done else f"{histories} so far"
        self.tell(f"{self.label}: {reached}")

    @property
    def _path(self) -> Path | None:
        """The file of the next batch."""
        if self.home is None:
            return None
        return batch_path(self.home, self._batches, "extra" if self.done else "batch")

    def _explained(self) -> contextlib.AbstractContextManager[None]:
        assert self.home is not None
        return durable.explained(self.home, mend="test the claim again; finished batches are kept.")

    def _look(self, answers: Mapping[str, np.ndarray]) -> None:
        """Judge what there is and decide what to play next."""
        assert self._next is not None
        self._sample = sample = self._sample.joined(self._next, answers)
        self._batches += 1
        if self.done is not None:  # the verdict is that of the first look that settles it
            self._next = self._more_draws()
            return
        found = judged(self.design, sample, self.error)
        kept = (path := self._path) is not None and path.is_file()  # of a call with a larger budget
        if found.word == "unsettled" and (kept or sample.histories < self.budget):
            self._next = next_cells(sample, found.unclear, self._size)
            return
        self.done = Tested(
            self.design.test, self.key, found.word, found.findings, found.arms,
            sample.histories, self.budget, self.new, found.inert,
        )  # fmt: skip
        self._write(self.done)
        extra = [] if self.home is None else extra_batches(self.home)
        for path in extra:
            self._sample = self._sample.joined(*read_batch(path, self.design))
        self._batches = len(extra)
        self._next = self._more_draws()

    def _more_draws(self) -> Cells | None:
        """What is played although the verdict stands."""
        fewer = len(self._sample.counts) < self.least
        return widened(self._sample, self._size) if fewer else None

    @property
    def _size(self) -> int:
        """Histories of the next batch, of each arm."""
        return max(BATCH, self._sample.histories // 4)

    def _write(self, done: Tested) -> None:
        if self.home is not None:
            result = {"claim": self.claim.id} | done.row()
            text = json.dumps(result, indent=1, ensure_ascii=False)
            with self._explained():
                durable.write(self.home / "result.json", text.encode())
