"""What can only be measured from outside: starts of fresh processes, memory, the command line."""

import contextlib
import json
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import world
from benchmarks.engine import SEED, Size
from benchmarks.figures import Figure
from vertikal.scenario import catalogue, load

GIGA = 1e9
ROOT = Path(__file__).resolve().parent.parent


def start(size: Size) -> Iterator[Figure]:
    """From nothing to the first histories: nothing kept, a compilation cache, a stored program."""
    found: dict[str, list[dict[str, Any]]] = {"cold": [], "cache": [], "stored": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = world.write(folder, size.persons, months=size.months)
        for turn in range(max(1, size.rounds // 2)):
            keep = {"VERTIKAL_CACHE": str(folder / f"stored{turn}")}
            found["cold"].append(_first(file, keep))
            found["stored"].append(_first(file, keep))
            cache = _compilation_cache(folder / f"cache{turn}")
            _first(file, {"VERTIKAL_CACHE": str(folder / f"fill{turn}"), **cache})
            found["cache"].append(
                _first(file, {"VERTIKAL_CACHE": str(folder / f"empty{turn}"), **cache})
            )
    median = {
        how: {key: statistics.median(t[key] for t in times) for key in times[0]}
        for how, times in found.items()
    }
    cold = median["cold"]
    parts = f"import {cold['import']:.2g} s, scenario and inputs {cold['prepare']:.2g} s"
    yield Figure(
        "compile, a court, cold", cold["compile"], "s", 6, 4, note="first batch less second"
    )
    yield Figure("fresh process to first result, cold", cold["wait"], "s", 7, 5, note=parts)
    yield Figure(
        "fresh process to first result, cache warm",
        median["cache"]["wait"],
        "s",
        2.5,
        2,
        note="JAX's own compilation cache; the package keeps programs instead",
    )
    yield Figure(
        "fresh process to first result, stored executable", median["stored"]["wait"], "s", 1.5, 1.2
    )


def _compilation_cache(folder: Path) -> dict[str, str]:
    return {
        "JAX_COMPILATION_CACHE_DIR": str(folder),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }


def _first(file: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    begin = time.time()
    found = child(environment, "first", str(file))
    return found | {"wait": found["first result at"] - begin}


def memory(size: Size) -> Iterator[Figure]:
    """Peak memory of ensembles that go into a run directory, with twelve series."""
    peaks: dict[int, float] = {}
    runs = (100_000,) if size.full else (4 * size.ensemble, 16 * size.ensemble)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = world.write(folder, size.persons, months=size.months)
        for number in runs:
            found = child({}, "simulate", str(file), str(number), str(folder / f"run{number}"))
            peaks[number] = found["peak"]
    few, many = min(peaks), max(peaks)
    slope = (peaks[many] - peaks[few]) / max(many - few, 1)
    whole = peaks[many] + max(slope, 0.0) * max(100_000 - many, 0)
    shown = ", ".join(f"{peak / GIGA:.2g} GB at {number:,}" for number, peak in peaks.items())
    yield Figure(
        "memory for 100,000 runs with 12 series",
        whole / GIGA,
        "GB",
        2,
        1.5,
        note=shown + ("" if size.full else "; extrapolated along a line"),
    )


def cores(size: Size) -> Iterator[Figure]:
    """Whether one core and both give the same bits."""
    with tempfile.TemporaryDirectory() as name:
        file = world.write(Path(name), size.persons, months=size.months)
        found = [child({}, "digest", str(file), "256", str(n)) for n in (1, 2)]
    same = found[0]["digest"] == found[1]["digest"]
    number = " and ".join(str(f["cores"]) for f in found)
    yield Figure(
        f"bitwise equality: {number} cores",
        float(same),
        "share",
        1.0,
        1.0,
        "higher",
        "256 histories, two fresh processes",
        False,
    )


class Watched(NamedTuple):
    """A command that has ended.

    Attributes:
        seconds: From its start to its end.
        progress: From its start to the first line that tells of histories done; none if it told
            nothing.
        peak: Peak memory in bytes.
        processor: Seconds of processor time, over all threads.
    """

    seconds: float
    progress: float | None
    peak: float
    processor: float


def command(size: Size) -> Iterator[Figure]:
    """`vertikal run` and `vertikal report` as a user meets them."""
    runs = 10_000 if size.ensemble >= 1000 else size.ensemble
    for name in ("stalins-court", "clan-war"):
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            environment = {"VERTIKAL_CACHE": str(folder / "cache")}
            cold = _watch(environment, *_run(name, runs, folder / "cold"))
            warm = _watch(environment, *_run(name, runs, folder / "warm"))
            report = _watch(environment, "report", str(folder / "warm"))
        what = f"vertikal run {name}, {runs:,} histories"
        yield Figure(f"{what}: first progress, cold", cold.progress, "s")
        yield Figure(f"{what}: first progress, warm", warm.progress, "s", 3)
        yield Figure(
            f"{what}: whole run and report, warm",
            warm.seconds + report.seconds,
            "s",
            60,
            note=f"run {warm.seconds:.3g} s, report {report.seconds:.3g} s",
        )
        yield Figure(
            f"{what}: peak memory",
            max(warm.peak, report.peak) / GIGA,
            "GB",
            2 * 1024**3 / GIGA,
            note=f"run {warm.peak / GIGA:.2g} GB, report {report.peak / GIGA:.2g} GB",
        )


def library(size: Size) -> Iterator[Figure]:
    """Every scenario of the library played and reported by the command line, cold and warm."""
    runs, entries = min(1000, size.ensemble), catalogue.library()
    for entry in entries if size.rounds > 2 else entries[:1]:
        scenario = load(entry.name)
        court = f"{scenario.clock.ticks} ticks, {len(scenario.rows['persons'])} persons"
        with tempfile.TemporaryDirectory() as text:
            folder = Path(text)
            environment = {"VERTIKAL_CACHE": str(folder / "cache")}
            for state in ("cold", "warm"):
                run = _watch(environment, *_run(entry.name, runs, folder / state))
                report = _watch(environment, "report", str(folder / state))
                yield Figure(
                    f"{entry.name}, {runs:,} histories: run and report, {state}",
                    run.seconds + report.seconds,
                    "s",
                    10 if state == "warm" else None,
                    5 if state == "warm" else None,
                    note=f"{court}; run {_cost(run)}, report {_cost(report)}",
                )


def _cost(of: Watched) -> str:
    return f"{of.seconds:.3g} s ({of.processor:.3g} s of processor time)"


def _run(name: str, runs: int, out: Path) -> tuple[str, ...]:
    return ("run", name, "--runs", str(runs), "--seed", str(SEED), "--out", str(out))


def _watch(environment: Mapping[str, str], *arguments: str) -> Watched:
    """Run the command line on a terminal, noting when it first tells of histories done."""
    begin, progress, text = time.monotonic(), None, b""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "vertikal.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "160"} | environment,
    )
    os.close(theirs)
    with contextlib.suppress(OSError):  # what a terminal says when the other side has gone
        while seen := os.read(ours, 4096):
            text += seen
            if progress is None and b"histories/s" in text:
                progress = time.monotonic() - begin
    os.close(ours)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"vertikal {' '.join(arguments)} failed:\n{text.decode()}")
    processor = usage.ru_utime + usage.ru_stime
    return Watched(time.monotonic() - begin, progress, usage.ru_maxrss * 1024, processor)


def child(environment: Mapping[str, str], *arguments: str) -> dict[str, Any]:
    """The answer of a fresh process."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.child", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | environment,
    )
    if done.returncode:
        raise RuntimeError(f"benchmarks.child {arguments[0]} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
