"""Speed and reproducibility of the engine inside one process, beside Mesa and NumPy.

All speeds are taken in the same interleaved rounds. An agent-step is one person for one tick with
all mechanisms of a court. "One core" figures divide by processor time; "both cores" figures by
wall time.
"""

import dataclasses
import importlib
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any

import jax
import numpy as np

from benchmarks import draws, world
from benchmarks.court_mesa import Court
from benchmarks.figures import Figure
from benchmarks.timing import Time, interleave, timed
from vertikal.engine import backend
from vertikal.engine.blocks import Block
from vertikal.engine.histories import Histories
from vertikal.laboratory import simulate
from vertikal.scenario import Scenario, library, load

SEED = 1953
CORES = 2
MEGA = 1e6


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is played.

    Attributes:
        persons: Rows of the elite of the ordinary court.
        crowd: Rows of the large one.
        months: Ticks.
        block: Histories that are played one batch after another.
        flight: Histories in each of the blocks that are in flight at a time.
        crowd_flight: The same for the large court.
        ensemble: Histories of the ensemble that is timed from end to end.
        rounds: Rounds of every timing.
        full: Whether to play 100,000 histories instead of extrapolating.
    """

    persons: int = 200
    crowd: int = 1000
    months: int = 240
    block: int = 256
    flight: int = 512
    crowd_flight: int = 256
    ensemble: int = 1000
    rounds: int = 5
    full: bool = False


QUICK = Size(persons=32, crowd=64, months=12, flight=256, ensemble=200, rounds=2)


def speed(size: Size) -> Iterator[Figure]:
    """Agent-steps a second, and ratios to Mesa, to NumPy and to draws alone."""
    scenario = world.court(size.persons, months=size.months)
    crowd = world.court(size.crowd, months=size.months)
    histories, crowded = Histories(scenario, SEED), Histories(crowd, SEED)
    size = _in_batches(size, histories.batch, crowded.batch)
    inputs = jax.device_put(histories.inputs())
    drawn = draws.drawn_by(histories.plan, inputs)
    only_draws = backend.compiled(
        partial(draws.draw_all, histories.plan, drawn), (inputs,), f"draws {histories.plan} {drawn}"
    )
    numpy = _numpy_reference()
    seeds = count()
    with ThreadPoolExecutor(CORES) as pool:
        candidates: dict[str, Callable[[], object]] = {
            "mesa": lambda: Court(scenario, next(seeds)).play(),
            "program": lambda: histories.run_block(0, size.block),
            "draws": lambda: [
                jax.block_until_ready(only_draws(inputs))
                for _ in range(size.block // histories.batch)
            ],
            "flight": lambda: _in_flight(pool, histories, size.flight),
            "crowd": lambda: _in_flight(pool, crowded, size.crowd_flight),
            "ensemble": lambda: simulate(scenario, size.ensemble, seed=SEED),
        }
        times = interleave(candidates, size.rounds)
    if numpy is not None:  # apart: slow, and interleaved with the program it is compared to
        pair = {"numpy": lambda: numpy(histories, 0, size.block), "program": candidates["program"]}
        times |= {f"{k} beside numpy": t for k, t in interleave(pair, min(size.rounds, 3)).items()}
    yield from _speeds(size, times, scenario)
    yield from _ratios(size, times, draws.words_in_tick(drawn), numpy is not None)


def _in_batches(size: Size, batch: int, crowd_batch: int) -> Size:
    """Sizes that fill whole batches, which are many times larger on an accelerator."""
    return dataclasses.replace(
        size,
        block=max(size.block, batch),
        flight=max(size.flight, batch),
        crowd_flight=max(size.crowd_flight, crowd_batch),
    )


def _speeds(size: Size, times: dict[str, Time], scenario: Scenario) -> Iterator[Figure]:
    played = size.persons * size.months
    both = CORES * size.flight * played / times["flight"].wall
    crowd = CORES * size.crowd_flight * size.crowd * size.months / times["crowd"].wall
    one = size.block * played / times["program"].processor
    yield Figure(
        f"agent-steps, both cores, {size.persons} persons",
        both / MEGA,
        "M/s",
        30,
        45,
        "higher",
        "two blocks in flight, tables made",
    )
    yield Figure(
        f"agent-steps, both cores, {size.crowd} persons",
        crowd / MEGA,
        "M/s",
        35,
        50,
        "higher",
        "two blocks in flight, tables made",
    )
    yield Figure(
        f"agent-steps per core-second, {size.persons} persons",
        one / MEGA,
        "M/s",
        better="higher",
        note=f"{size.block} histories, tables made",
    )
    yield Figure(
        f"{size.ensemble:,} histories x {size.months} ticks x {size.persons} persons, warm",
        times["ensemble"].wall,
        "s",
        2,
        1.2,
        note="`simulate`, kept in memory",
    )
    if size.full:
        with tempfile.TemporaryDirectory() as folder:
            work = partial(simulate, scenario, 100_000, seed=SEED, out=f"{folder}/run")
            yield Figure("100,000 histories, same", timed(work).wall / 60, "min", 3, 2)
    else:
        yield Figure(
            "100,000 histories, same",
            1e5 * played / both / 60,
            "min",
            3,
            2,
            note="extrapolated; --full plays them",
        )


def _ratios(size: Size, times: dict[str, Time], words: int, has_numpy: bool) -> Iterator[Figure]:
    mesa, program, flight = times["mesa"], times["program"], times["flight"]
    per_core = size.block * mesa.processor / program.processor
    both = CORES * size.flight * mesa.wall / flight.wall
    rate = size.persons * size.months / mesa.processor
    note = f"Mesa plays {rate / 1e3:,.0f} thousand agent-steps per core-second"
    yield Figure("one core, ratio to Mesa 3.3", per_core, "x", 200, 300, "higher", note)
    yield Figure("both cores, ratio to one-core Mesa", both, "x", 350, 550, "higher", "tables made")
    if has_numpy:
        slow, beside = times["numpy beside numpy"], times["program beside numpy"]
        yield Figure(
            "one core, ratio to the NumPy reference",
            slow.processor / beside.processor,
            "x",
            5,
            None,
            "higher",
            f"{size.block} histories each",
        )
    else:
        yield Figure(
            "one core, ratio to the NumPy reference",
            None,
            "x",
            5,
            None,
            "higher",
            "tests.reference.court_numpy is not there",
        )
    spent = times["draws"].processor
    each = 1e9 * spent / (size.block * size.months * words)
    yield Figure(
        "share of draws in run time",
        spent / program.processor,
        "share",
        0.25,
        0.18,
        note=f"{words} words a tick, {each:.2g} ns each",
    )


def replay(size: Size) -> Iterator[Figure]:
    """One history played again with everything kept."""
    histories = Histories(world.court(size.persons, months=size.months), SEED)
    runs = count()
    times = interleave({"replay": lambda: histories.replay(next(runs))}, size.rounds)
    yield Figure("replay of one run with full recording, warm", times["replay"].wall, "s", 1, 0.5)


def bits(size: Size) -> Iterator[Figure]:
    """Whether a history is the same, bit for bit, wherever and with whomever it is played."""
    scenario = world.court(size.persons, months=size.months)
    histories = Histories(scenario, SEED)
    batch = histories.batch
    whole = histories.run_block(0, 3 * batch)
    yield _equality("another place and other companions", _moved(histories, whole))
    alone = {first: histories.run_block(first, 1) for first in (0, 5, batch, 3 * batch - 1)}
    yield _equality("alone in a block", [_equal(whole, b, f) for f, b in alone.items()])
    small = dataclasses.replace(histories, runs_per_block=batch // 2)
    shares = []
    for workers in (1, 2, 4):
        with ThreadPoolExecutor(workers) as pool:
            firsts = range(0, 3 * batch, small.runs_per_block)
            blocks = list(pool.map(lambda f: small.run_block(f, small.runs_per_block), firsts))
        shares += [_equal(whole, b, f) for f, b in zip(firsts, blocks, strict=True)]
    yield _equality("1, 2 and 4 workers", shares)
    for entry in library() if size.full else ():
        histories = Histories(load(entry.name), SEED)
        whole = histories.run_block(0, 2 * histories.batch)
        yield _equality(f"another place, {entry.name}", _moved(histories, whole))


def _moved(histories: Histories, whole: Block) -> list[float]:
    """Shares of histories that are those of `whole` when they lie elsewhere in their batch."""
    batch = histories.batch
    moved = {first: histories.run_block(first, batch) for first in (1, 37, batch // 2, batch)}
    return [_equal(whole, block, first) for first, block in moved.items()]


def _equality(how: str, shares: list[float]) -> Figure:
    return Figure(f"bitwise equality: {how}", min(shares), "share", 1.0, 1.0, "higher", sized=False)


def _equal(whole: Block, part: Block, first: int) -> float:
    """Share of the histories of `part` that are bit for bit those of `whole`."""
    runs = part.outcomes.num_rows
    same = np.ones(runs, bool)
    for name in ("outcomes", "series"):
        table, other = getattr(part, name), getattr(whole, name)
        rows = table.num_rows // runs
        expected = other.slice(first * rows, table.num_rows)
        for column in table.column_names:
            a, b = _words(table[column]), _words(expected[column])
            same &= (a == b).reshape(runs, rows).all(1)
    return float(same.mean())


def _words(column: Any) -> np.ndarray:
    """A column as something whose equality is that of bits."""
    values = column.to_pandas().to_numpy()
    if values.dtype.kind == "f":
        return np.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
    return values.astype(str)


def _in_flight(pool: ThreadPoolExecutor, histories: Histories, runs: int) -> None:
    """One block of histories for each core, side by side."""
    list(pool.map(lambda k: histories.run_block(k * runs, runs), range(CORES)))


def _numpy_reference() -> Callable[[Histories, int, int], Any] | None:
    """The NumPy reference of the tests, if the tests are there."""
    try:
        return importlib.import_module("tests.reference.court_numpy").play_numpy
    except (ImportError, AttributeError):
        return None
