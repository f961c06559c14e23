"""Timing on a machine that is not quiet: interleaved rounds, medians, processor time.

Every candidate runs once in every round, so that all ratios are taken under the same load. Wall
time says what a user waits for; processor time, over all threads of this process, says what a
result costs and is the better basis of ratios where others use the machine too.
"""

import contextlib
import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple


class Time(NamedTuple):
    """Median times of one candidate, in seconds."""

    wall: float
    processor: float


def interleave(
    candidates: Mapping[str, Callable[[], object]], rounds: int = 5, warm: int = 1
) -> dict[str, Time]:
    """Median times of several candidates, each run once a round.

    Args:
        candidates: Functions that return when their work is done, by name.
        rounds: How often each is timed.
        warm: How often each is run before, untimed.
    """
    for _ in range(warm):
        for work in candidates.values():
            work()
    times: dict[str, list[Time]] = {name: [] for name in candidates}
    with _no_collection():
        for _ in range(rounds):
            for name, work in candidates.items():
                times[name].append(timed(work))
    return {name: _median(found) for name, found in times.items()}


def timed(work: Callable[[], object]) -> Time:
    """Time of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Time(time.perf_counter() - wall, time.process_time() - processor)


def _median(times: list[Time]) -> Time:
    return Time(*(statistics.median(column) for column in zip(*times, strict=True)))


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
