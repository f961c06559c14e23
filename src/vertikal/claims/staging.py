"""Play what trials need, on all cores, so that verdicts come as soon as they can.

Trials of one scenario make up a stage. A stage compiles its programs and then goes from round to
round: in each every trial without a verdict plays one more batch, and arms that several trials ask
for are played once. As many stages as there are cores are open at a time, so that one compiles
while another plays; those with little to do come first.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from typing import Protocol

import pyarrow as pa

from vertikal.claims.sharing import Arm
from vertikal.engine.histories import Histories, forget
from vertikal.engine.program import Plan

PATIENCE = 5.0
"""Seconds that a stopped call waits for what is being played."""

Tables = Mapping[str, pa.Table]
"""Outcomes of a batch of histories, by arm."""


class Trial(Protocol):
    """A test on its way to a verdict."""

    @property
    def stage(self) -> str:
        """What it shares with those with which it is played."""

    @property
    def arms(self) -> Mapping[str, Arm]:
        """What it plays."""

    @property
    def wanted(self) -> tuple[int, int] | None:
        """First history and number of histories that it wants next; nothing if it is done."""

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
        begun += [outer.submit(_play_stage, n, t, inner, tell) for n, t in in_order]
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
    name: str, trials: Sequence[Trial], pool: ThreadPoolExecutor, tell: Callable[[str], None]
) -> None:
    with contextlib.ExitStack() as stack:
        for trial in trials:
            stack.enter_context(trial.open())
        ready: set[Plan] = set()
        try:
            while live := [trial for trial in trials if trial.wanted is not None]:
                _prepare(name, live, pool, tell, ready)
                _play_round(live, pool)
        finally:
            for plan in ready:
                forget(plan)


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


def _play_round(trials: Sequence[Trial], pool: ThreadPoolExecutor) -> None:
    """One batch of each trial; a trial looks at it as soon as its arms are played."""
    begun: dict[tuple[int, int, int], Future[pa.Table]] = {}
    asked = [(trial, list(_asked(trial))) for trial in trials]
    for _, arms in asked:
        for _, key, histories in arms:
            if key not in begun:
                begun[key] = pool.submit(_outcomes, histories, *key[1:])
    for trial, arms in asked:
        trial.take({arm: begun[key].result() for arm, key, _ in arms})


def _asked(trial: Trial) -> Iterator[tuple[str, tuple[int, int, int], Histories]]:
    assert trial.wanted is not None
    for name, arm in trial.arms.items():
        yield name, (id(arm.histories), *trial.wanted), arm.histories


def _outcomes(histories: Histories, first: int, count: int) -> pa.Table:
    return histories.run_block(first, count).outcomes
