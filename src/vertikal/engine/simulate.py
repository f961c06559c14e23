"""Working an ensemble: which blocks are still to do, who does them, and what a stop leaves behind.

Blocks are worked by a few threads (the compiled program lets them run side by side) or by any other
`concurrent.futures` executor, and stored by the calling thread alone, in whatever order they
finish. Nothing about a block depends on that order.
"""

import contextlib
import os
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Protocol

from vertikal.engine import durable, store
from vertikal.engine.blocks import Block, Program, Span, plan
from vertikal.engine.ensemble import Ensemble, open_ensemble
from vertikal.engine.ledger import RunWarning
from vertikal.engine.manifest import Manifest, differences
from vertikal.engine.store import MemoryStore, RunDirectory, Store
from vertikal.errors import VertikalError


class Progress(Protocol):
    """Something that is told how far an ensemble has come."""

    def __call__(self, done: int, total: int, seconds: float) -> None:
        """Take note.

        Called once before the work, with what earlier sessions have done, and after each block.

        Args:
            done: Histories stored, those of earlier sessions included.
            total: Histories planned.
            seconds: Time since this session began.
        """


class Interrupted(VertikalError):
    """The work was stopped from outside; what had been finished is safe in the run directory.

    Args:
        done: Histories stored.
        total: Histories planned.
        path: The run directory, or `None` if the ensemble was in memory only.
    """

    exit_code = 130
    """What shells expect of a command that Ctrl-C has ended."""

    def __init__(self, done: int, total: int, path: Path | None) -> None:
        self.done, self.total, self.path = done, total, path
        if path is None:
            super().__init__(
                f"stopped after {done} of {total} histories; nothing is kept",
                mend="What `vertikal run NAME --out DIR` plays is kept and can be resumed; two "
                "such runs of one seed are compared by `vertikal compare DIR --patch OTHER_DIR`.",
            )
        else:
            super().__init__(
                f"stopped; {done} of {total} histories are safe",
                where=str(path),
                mend=f"Finish the run with `vertikal run --resume {durable.shell(path)}`.",
            )


def simulate(
    program: Program,
    manifest: Manifest,
    out: str | Path | None = None,
    *,
    scenario_yaml: str = "",
    resume: bool = False,
    workers: int | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Ensemble:
    """Work all histories that the manifest plans and that are not finished yet.

    Args:
        program: What works a block of histories.
        manifest: What is run, as `new_manifest` makes it.
        out: The run directory; without one the ensemble is kept in memory.
        scenario_yaml: The resolved scenario, stored in a new run directory.
        resume: Whether `out` is a run to go on with. If the manifest plans more histories than
            the recorded one, the run is extended.
        workers: Blocks in work at a time; by default one for each core, at most four.
        progress: Is told how far the work has come.
        executor: Where to work instead of threads of this process: any `concurrent.futures`
            executor, such as a process pool or that of a cluster. The program must then be
            picklable. It is not shut down.

    Returns:
        The ensemble, complete. The same manifest gives the same bits for any `workers`, any
        `executor` on one kind of machine, and any number of interruptions.

    Raises:
        Interrupted: After Ctrl-C. Blocks in work are finished and stored first; a second Ctrl-C
            drops them.
        VertikalError: If the run directory does not fit the manifest, is in use, or cannot be
            written.

    Warns:
        RunWarning: If a run is resumed under circumstances in which its bits may differ.
    """
    if (program.runs_per_block, program.replicates) != (
        manifest.runs_per_block,
        manifest.replicates,
    ):
        raise ValueError(
            "the manifest does not describe this program: its blocks or replicates differ"
        )
    workers = workers or default_workers()
    if workers < 1:
        raise VertikalError(
            f"{workers} workers cannot do any work", where="workers", mend="Give 1 or more."
        )
    if out is None:
        kept = MemoryStore(manifest)
        _work_missing(program, manifest, kept, None, workers, progress, executor)
        return Ensemble(manifest, kept)
    path = Path(out)
    if not resume:
        store.create(path, manifest, scenario_yaml)
    with store.writing(path):
        directory = _admitted(path, manifest)
        if not directory.is_complete:
            store.begin_session(path, manifest)
        _work_missing(program, directory.manifest, directory, path, workers, progress, executor)
    return open_ensemble(path)


def default_workers() -> int:
    """One for each core that this process may use, at most four."""
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(cores, 4)


def _admitted(path: Path, manifest: Manifest) -> RunDirectory:
    """The run directory to go on with, if the manifest agrees with the recorded one."""
    directory = store.open_directory(path, verify=True)
    recorded = directory.manifest
    found = differences(recorded, manifest)
    if found.fatal:
        raise VertikalError(
            "this is another run than the one recorded there: " + "; ".join(found.fatal),
            where=str(path),
            mend="Go on with the recorded scenario and settings, or name a new folder.",
        )
    if manifest.runs < recorded.runs:
        raise VertikalError(
            f"the run has {recorded.runs} histories already; {manifest.runs} would be fewer",
            where=str(path),
            mend=f"Ask for more than {recorded.runs}.",
        )
    if found.doubtful:
        warnings.warn(
            f"{path}: new histories may differ from those of a run never interrupted: "
            + "; ".join(found.doubtful),
            RunWarning,
            stacklevel=3,
        )
    if directory.faults:
        warnings.warn(
            f"{path}: damaged, and worked again: " + "; ".join(directory.faults),
            RunWarning,
            stacklevel=3,
        )
    if manifest.runs > recorded.runs:
        store.extended(path, manifest.runs)
        directory = store.open_directory(path)
    return directory


def _work_missing(
    program: Program,
    manifest: Manifest,
    kept: Store,
    path: Path | None,
    workers: int,
    progress: Progress | None,
    executor: Executor | None,
) -> None:
    finished = kept.finished()
    todo = {
        block: span
        for block, span in plan(manifest.runs, manifest.runs_per_block).items()
        if finished.get(block) != span
    }
    work = _Work(program, kept, todo, manifest.runs, progress)
    with contextlib.ExitStack() as stack:
        pool = executor or _threads(stack, workers)
        try:
            work.report()
            work.run(pool, workers)
        except KeyboardInterrupt:
            with contextlib.suppress(KeyboardInterrupt):
                work.finish_begun()
            raise Interrupted(work.done, work.total, path) from None
        except BaseException:
            work.drop_begun()
            raise


def _threads(stack: contextlib.ExitStack, workers: int) -> Executor:
    pool = ThreadPoolExecutor(workers, thread_name_prefix="vertikal")
    # not waited for: after a second Ctrl-C the user should not stand before a silent terminal
    stack.callback(pool.shutdown, wait=False, cancel_futures=True)
    return pool


class _Work:
    """The bookkeeping of one session: what is to do, begun, stored."""

    def __init__(
        self,
        program: Program,
        kept: Store,
        todo: dict[int, Span],
        total: int,
        progress: Progress | None,
    ) -> None:
        self.program, self.kept, self.total, self.progress = program, kept, total, progress
        self.waiting = iter(todo.items())
        self.spans = todo
        self.begun: dict[Future[Any], int] = {}
        self.done = total - sum(span.runs for span in todo.values())
        self.start = time.monotonic()
        self.fault: BaseException | None = None

    def run(self, pool: Executor, workers: int) -> None:
        self._begin(pool, workers)
        for ready in self._finishing():
            self._begin(pool, len(ready))
            self._store(ready)
        if self.fault is not None:
            raise self.fault

    def finish_begun(self) -> None:
        """Begin nothing more, but keep what has been begun."""
        self.waiting = iter(())
        for ready in self._finishing():
            self._store(ready)

    def drop_begun(self) -> None:
        for future in self.begun:
            future.cancel()

    def report(self) -> None:
        if self.progress is not None:
            self.progress(self.done, self.total, time.monotonic() - self.start)

    def _begin(self, pool: Executor, count: int) -> None:
        for _, (block, span) in zip(range(count), self.waiting, strict=False):
            future = pool.submit(_work_block, self.program, self.kept.preparer(), span)
            self.begun[future] = block

    def _finishing(self) -> Iterator[set[Future[Any]]]:
        while self.begun:
            yield wait(self.begun, return_when=FIRST_COMPLETED).done

    def _store(self, ready: set[Future[Any]]) -> None:
        for future in sorted(ready, key=self.begun.__getitem__):
            block = self.begun[future]
            if (fault := future.exception()) is not None:  # keep the others, then raise it
                self.fault, self.waiting = self.fault or fault, iter(())
                del self.begun[future]
                continue
            prepared, seconds = future.result()
            self.kept.write(block, self.spans[block], prepared, seconds)
            del self.begun[future]  # only now: an interrupted write is repeated
            self.done += self.spans[block].runs
            self.report()


def _work_block(
    program: Program, prepare: Callable[[Block, Span], Any], span: Span
) -> tuple[Any, float]:
    start = time.monotonic()
    block = program.run_block(*span)
    return prepare(block, span), time.monotonic() - start
