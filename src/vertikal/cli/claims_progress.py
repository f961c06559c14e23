"""Progress of tests of claims on the error stream, and what is said when they are stopped."""

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vertikal.errors import VertikalError

if TYPE_CHECKING:
    from vertikal.claims.running import Progress, Report


class Stopped(VertikalError):
    """The work was stopped from outside; what had been finished is safe in the folder."""

    exit_code = 130
    """What shells expect of a command that Ctrl-C has ended."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            "stopped; finished batches are kept",
            where=str(folder),
            mend="Give the same command again to go on after them.",
        )


@contextlib.contextmanager
def resumable(folder: Path) -> Iterator[None]:
    """Tell whoever stops the work that it can be gone on with.

    Raises:
        Stopped: If it is stopped from the keyboard.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(folder) from None


SECONDS_BEFORE_FORECAST = 10.0
"""Least time between the first batch and the first word about how much time is left."""


def forecast() -> "Callable[[Report, float], str]":
    """What tells, at each report, how much time is left if no more tests are settled early.

    It goes by what is done after the first batch, since programs are compiled before it, and is
    silent until some seconds of play have shown how fast that is.
    """
    from vertikal.engine.progress import duration

    looks: list[tuple[float, float]] = []  # when, and which share was done: at first, and batches

    def left(report: "Report", now: float) -> str:
        if looks and report.share < looks[-1][1]:
            looks.clear()  # the work on other tests begins
        if not looks or report.share > looks[-1][1]:
            looks.append((now, report.share))
        if len(looks) < 3 or report.share >= 1:
            return ""
        start, first = looks[1]
        if now - start < SECONDS_BEFORE_FORECAST:
            return ""
        seconds = (now - start) * (1 - report.share) / (report.share - first)
        return f", at most about {duration(seconds)} left"

    return left


@contextlib.contextmanager
def shown_progress(folder: Path) -> "Iterator[Progress]":
    """On a terminal a bar under the verdicts as they come, elsewhere lines; on the error stream.

    Args:
        folder: Where what is played is kept.

    Raises:
        Stopped: If the work is stopped from the keyboard.
    """
    with resumable(folder), _shown() as progress:
        yield progress


@contextlib.contextmanager
def _shown() -> "Iterator[Progress]":
    from vertikal.engine.progress import SECONDS_BETWEEN_LINES

    left = forecast()

    def ahead(report: "Report") -> str:
        told = f"{report.tests} of {report.all_tests} tests, "
        told += f"{report.claims} of {report.all_claims} claims"
        return told + left(report, time.monotonic())

    if sys.stderr.isatty():
        with _bar(ahead) as progress:
            yield progress
        return
    last = [-math.inf, -1.0]

    def line(report: "Report") -> None:
        now = time.monotonic()
        told = ahead(report)
        if report.tests > last[1] or now - last[0] >= SECONDS_BETWEEN_LINES:
            last[:] = now, report.tests
            with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                print(f"{told}; {report.words}", file=sys.stderr, flush=True)

    yield line


@contextlib.contextmanager
def _bar(ahead: "Callable[[Report], str]") -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = (BarColumn(), TextColumn("{task.description}"))
    with Bars(*columns, console=Console(file=sys.stderr)) as bars:
        task = bars.add_task("", total=1.0)
        tests = -1

        def bar(report: "Report") -> None:
            nonlocal tests
            if report.tests > tests >= 0:
                bars.console.print(report.words, style="dim", highlight=False)
            tests = report.tests
            bars.update(task, completed=report.share, description=ahead(report))

        yield bar
