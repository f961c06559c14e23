"""Progress of an ensemble, or of other work, for people: what is done, rate, time left.

On a terminal a bar, elsewhere a line every few seconds, always on the error stream, so that
whatever is piped from the output stays clean. Progress never stops the work: a closed stream
silences it.
"""

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO, TypeVar

from vertikal.engine.simulate import Progress

if TYPE_CHECKING:
    import rich.progress

Item = TypeVar("Item")

SECONDS_BETWEEN_LINES = 5.0
"""Least time between two lines where there is no terminal."""


def pace(done: int, begun_with: int, total: int, seconds: float, what: str = "histories") -> str:
    """Rate and time left in words, judged by this session alone.

    Args:
        done: Histories stored.
        begun_with: Histories that were stored when the session began.
        total: Histories planned.
        seconds: Time since the session began.
        what: What is counted instead of histories.

    Example:
        >>> pace(3000, 1000, 10000, 4.0)
        '500 histories/s, 14 s left'
    """
    worked = done - begun_with
    if worked <= 0 or seconds <= 0:
        return "starting"
    rate = worked / seconds
    number = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
    if done >= total:
        return f"{number} {what}/s, {duration(seconds)} in all"
    return f"{number} {what}/s, {duration((total - done) / rate)} left"


def duration(seconds: float) -> str:
    """A span of time in words.

    Example:
        >>> duration(14), duration(200), duration(7500)
        ('14 s', '3 min 20 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@contextlib.contextmanager
def shown(stream: TextIO | None = None, what: str = "histories") -> Iterator[Progress]:
    """Progress to hand to `simulate`, drawn on the error stream while the context lasts.

    Args:
        stream: Where to draw instead of the error stream.
        what: What is counted instead of histories.
    """
    stream = stream or sys.stderr
    if not _is_terminal(stream):
        yield _Lines(stream, what)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as RichProgress

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"))
    with RichProgress(*columns, console=Console(file=stream), transient=False) as bar:
        yield _Bar(bar, what)


def counted(items: Sequence[Item], progress: Progress | None = None) -> Iterator[Item]:
    """Items one by one; after each is done with, progress is told so.

    Args:
        items: What is to be worked through.
        progress: Is told how many are done, of how many, and the seconds since the first.
    """
    begun = time.monotonic()
    if progress is not None:
        progress(0, len(items), 0.0)
    for number, item in enumerate(items, 1):
        yield item
        if progress is not None:
            progress(number, len(items), time.monotonic() - begun)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


class _Bar:
    def __init__(self, bar: "rich.progress.Progress", what: str) -> None:
        self.bar, self.what, self.begun_with = bar, what, 0
        self.task: rich.progress.TaskID | None = None

    def __call__(self, done: int, total: int, seconds: float) -> None:
        if self.task is None:
            self.begun_with = done
            self.task = self.bar.add_task("", total=total, pace="starting")
        words = pace(done, self.begun_with, total, seconds, self.what)
        self.bar.update(self.task, completed=done, pace=words)


class _Lines:
    def __init__(self, stream: TextIO, what: str) -> None:
        self.stream, self.what, self.last = stream, what, time.monotonic()
        self.begun_with: int | None = None

    def __call__(self, done: int, total: int, seconds: float) -> None:
        if self.begun_with is None:
            self.begun_with = done
            return
        now = time.monotonic()
        if now - self.last < SECONDS_BETWEEN_LINES and done < total:
            return
        self.last = now
        with contextlib.suppress(OSError, ValueError):  # nobody reads any more
            words = pace(done, self.begun_with, total, seconds, self.what)
            self.stream.write(f"{done:,} of {total:,} {self.what}, {words}\n")
            self.stream.flush()
