"""Play what trials need, on all cores, so that verdicts come as soon as they can.

Trials of one scenario make up a stage. A stage compiles its programs and then goes from round to
round: in each every trial without a verdict plays one more batch. Of an arm for which several
trials ask each history is played once, and kept as long as several may come to ask for it. As many
stages as there are cores are open at a time, so that one compiles while another plays; those with
little to do come first.

A few trials that hardly settle at all take most of the time. So no trial of any stage goes far
(`SOON`) before all have come as far: most verdicts are there in a quarter of the time, and what is
left may be waited for or not.
"""

import contextlib
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Protocol

import numpy as np
import pyarrow as pa

from vertikal.claims.sharing import Arm
from vertikal.engine.histories import Histories, block_size, forget
from vertikal.engine.program import Plan

SOON = 4096
"""Histories of each arm that every trial plays before any plays more. A judgement: of the 98 tests
of priority 1 of the library that are settled within 16,384, some seven in ten are within so many,
in a quarter of the time."""

PATIENCE = 5.0
"""Seconds that a stopped call waits for what is being played."""

Tables = Mapping[str, pa.Table]
"""Outcomes of some histories, by arm."""


class Trial(Protocol):
    """A test on its way to a verdict."""

    @property
    def stage(self) -> str:
        """What it shares with those with which it is played."""

    @property
    def arms(self) -> Mapping[str, Arm]:
        """What it plays."""

    @property
    def wanted(self) -> np.ndarray | None:
        """Run numbers of the histories that it wants next, ascending; nothing if it is over."""

    @property
    def histories(self) -> int:
        """Histories of each arm that it has seen."""

    def open(self) -> contextlib.AbstractContextManager[None]:
        """Hold what it needs to go on, such as a lock."""

    def take(self, tables: Tables) -> None:
        """Look at what it wanted."""


def play(trials: Sequence[Trial], workers: int, tell: Callable[[str], None]) -> None:
    """Play trials until none wants more.

    Args:
        trials: The trials.
        workers: Programs that are compiled or played at a time.
        tell: Is told when the programs of a stage are made ready.
    """
    stages: dict[str, list[Trial]] = {}
    for trial in trials:
        stages.setdefault(trial.stage, []).append(trial)
    begun: list[Future[None]] = []
    inner = ThreadPoolExecutor(workers, thread_name_prefix="vertikal")
    outer = ThreadPoolExecutor(workers, thread_name_prefix="vertikal-stage")
    try:
        in_order = sorted(stages.items(), key=lambda stage: _work(stage[1]))
        shelves: dict[str, dict[int, _Shelf]] = {name: {} for name in stages}
        soon = {
            n: outer.submit(_play_stage, n, t, inner, tell, shelves[n], SOON) for n, t in in_order
        }
        begun += soon.values()
        begun += [
            outer.submit(_play_stage, n, t, inner, tell, shelves[n], None, soon[n])
            for n, t in in_order
        ]
        for stage in wait(begun, return_when=FIRST_EXCEPTION).done:
            stage.result()
    finally:
        for pool in (outer, inner):
            pool.shutdown(wait=False, cancel_futures=True)
        # what is being played is kept; a compilation can neither be stopped nor is it waited for
        wait(begun, timeout=PATIENCE)


def _work(trials: Sequence[Trial]) -> int:
    """Ticks in a round, over all arms that differ."""
    played = {id(arm.histories): arm.histories for trial in trials for arm in trial.arms.values()}
    return sum(histories.plan.ticks for histories in played.values())


def _play_stage(
    name: str,
    trials: Sequence[Trial],
    pool: ThreadPoolExecutor,
    tell: Callable[[str], None],
    shelves: "dict[int, _Shelf]",
    most: int | None,
    after: Future[None] | None = None,
) -> None:
    """Play the trials of a stage until none wants more, or all have seen so many histories."""
    if after is not None:
        after.result()
    with contextlib.ExitStack() as stack:
        for trial in trials:
            if trial.wanted is not None:
                stack.enter_context(trial.open())
        ready: set[Plan] = set()
        try:
            while going := [t for t in trials if t.wanted is not None and _below(t, most)]:
                _prepare(name, going, pool, tell, ready)
                _play_round(going, [t for t in trials if t.wanted is not None], pool, shelves)
        finally:
            for plan in ready:
                forget(plan)


def _below(trial: Trial, most: int | None) -> bool:
    return most is None or trial.histories < most


def _prepare(
    name: str,
    trials: Sequence[Trial],
    pool: ThreadPoolExecutor,
    tell: Callable[[str], None],
    ready: set[Plan],
) -> None:
    """Compile the programs that are not ready yet, each once."""
    missing: dict[Plan, Histories] = {}
    for trial in trials:
        for arm in trial.arms.values():
            if arm.histories.plan not in ready:
                missing.setdefault(arm.histories.plan, arm.histories)
    if missing:
        tell(f"{name}: programs are made ready")
        for future in [pool.submit(histories.prepare) for histories in missing.values()]:
            future.result()
        ready |= set(missing)


@dataclasses.dataclass
class _Shelf:
    """Outcomes of an arm for which several trials ask, one perhaps later than another."""

    runs: np.ndarray
    """Run numbers, ascending."""
    table: pa.Table
    """A row for each."""

    def rows(self, runs: np.ndarray) -> pa.Table:
        """The outcomes of some of them."""
        return self.table.take(pa.array(np.searchsorted(self.runs, runs)))


def _play_round(
    trials: Sequence[Trial],
    live: Sequence[Trial],
    pool: ThreadPoolExecutor,
    shelves: dict[int, _Shelf],
) -> None:
    """One batch of each trial; a trial looks at it as soon as its arms are played.

    Args:
        trials: Those that go on.
        live: They and all others that have no verdict yet.
        pool: What plays.
        shelves: Outcomes that several may ask for, by arm.
    """
    begun: dict[int, tuple[np.ndarray, list[Future[pa.Table]]]] = {}
    size = block_size()
    for key, (histories, wanted) in _asked(trials).items():
        missing = np.setdiff1d(wanted, shelves[key].runs) if key in shelves else wanted
        pieces = np.split(missing, range(size, len(missing), size)) if len(missing) else []
        begun[key] = missing, [pool.submit(histories.outcomes_of, piece) for piece in pieces]
    asking = Counter(key for trial in live for key in _keys(trial))
    for trial in trials:
        for key in _keys(trial) & set(begun):
            missing, played = begun.pop(key)
            _put(shelves, key, missing, [piece.result() for piece in played])
        runs = trial.wanted
        assert runs is not None
        arms = trial.arms.items()
        trial.take({name: shelves[id(arm.histories)].rows(runs) for name, arm in arms})
        asking.subtract(_keys(trial) if trial.wanted is None else ())
    for key in [key for key in shelves if asking[key] < 2]:
        del shelves[key]


def _keys(trial: Trial) -> set[int]:
    return {id(arm.histories) for arm in trial.arms.values()}


def _asked(trials: Sequence[Trial]) -> dict[int, tuple[Histories, np.ndarray]]:
    """The histories that are wanted of each arm."""
    wanted: dict[int, tuple[Histories, list[np.ndarray]]] = {}
    for trial in trials:
        assert trial.wanted is not None
        for arm in trial.arms.values():
            wanted.setdefault(id(arm.histories), (arm.histories, []))[1].append(trial.wanted)
    return {key: (h, np.unique(np.concatenate(runs))) for key, (h, runs) in wanted.items()}


def _put(
    shelves: dict[int, _Shelf], key: int, runs: np.ndarray, played: Sequence[pa.Table]
) -> None:
    """Add outcomes to those of the same arm."""
    if key in shelves:
        before = shelves[key]
        runs, played = np.concatenate([before.runs, runs]), [before.table, *played]
    order = np.argsort(runs, kind="stable")
    table = pa.concat_tables(played).unify_dictionaries().combine_chunks()
    shelves[key] = _Shelf(runs[order], table.take(pa.array(order)))
