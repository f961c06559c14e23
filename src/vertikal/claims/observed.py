"""What can be observed in a scenario as it stands: its outcomes, and its series year by year.

The histories are those of the parameter draws that test the claims, with other chance: the number
of a history decides its chance and the number of its draw its parameters, so that with another
number of histories a draw (`REPLICATES`) the same draws meet other chance. What is observed then
tells of the parameters of a draw and not of the accidents by which claims were judged in it. Only
the first draw would share some of both, and is left out.

They are kept beside the tests, hashed as these are:

    claims-runs/_scenarios/SCENARIO/HASH/frozen.json, batch-00000.parquet
"""

import dataclasses
import io
import itertools
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from vertikal.analysis.information import cut
from vertikal.claims.commands import command
from vertikal.claims.folders import key_of, read_table
from vertikal.claims.kept import NotPlayed
from vertikal.claims.running import FOLDER, SEED, Progress, Report
from vertikal.claims.schema import Claim
from vertikal.engine import durable
from vertikal.engine.blocks import OK, Block
from vertikal.engine.histories import Histories
from vertikal.engine.manifest import OutcomeSpec, code_digest, installed_versions
from vertikal.regime.observe import OBSERVABLES, meanings
from vertikal.scenario.conditions import labels_of
from vertikal.scenario.model import Scenario
from vertikal.scenario.schema import Clock

FORMAT = 1
"""The layout of a folder of histories."""

REPLICATES = 8
"""Histories of each draw; fewer than any test has, see the module's head."""

BATCH_DRAWS = 64
"""Draws that are stored together."""

PERIODS = 20
"""Most periods in which series are read: years, or equal parts of a clock that is shorter than two
years or longer than this."""

BINS = 4
"""Bins of a number, of equal frequency."""

_AT = " @ "
_WANTED = "batch of histories of this scenario"

CARRIED = 16
"""Histories of each draw of which only some parameters are those that test the claims."""

OTHER = 1
"""What is added to the seed of all else in them, unless the caller says otherwise."""


@dataclasses.dataclass(frozen=True)
class _Carried(Histories):
    """Histories of which some parameters are those of the draws of another seed."""

    of_seed: int = 0
    carried: frozenset[str] = frozenset()

    def draws(self, runs: Any) -> dict[str, np.ndarray]:
        """See `Histories.draws`."""
        other = dataclasses.replace(self, seed=self.of_seed, carried=frozenset())
        found = super().draws(runs)
        if not self.carried:
            return found
        return found | {a: v for a, v in other.draws(runs).items() if a in self.carried}


@dataclasses.dataclass(frozen=True)
class Observation:
    """Something that one could observe, as it comes out in the draws.

    Attributes:
        name: An outcome, or the address of a series.
        when: The period of a series; empty for an outcome.
        ask: What it is, in words.
        values: What may be observed, in words.
        shares: Share of the histories of each draw that show each value, (draws, values).
    """

    name: str
    when: str
    ask: str
    values: tuple[str, ...]
    shares: np.ndarray


def as_it_stands(
    scenario: Scenario,
    draws: int,
    *,
    folder: str | Path | None = FOLDER,
    seed: int = SEED,
    carried: Collection[str] | None = None,
    other: int = OTHER,
    play: bool = True,
) -> pd.DataFrame:
    """Histories of a scenario without any change: one row a history.

    Args:
        scenario: The scenario.
        draws: Parameter draws; the first of them is left out.
        folder: Where histories are kept and looked for; `None` to keep nothing.
        seed: As the claims were tested.
        carried: If given, only these addresses have the values of the draws that test the claims;
            all others, and chance, have a seed of their own.
        other: What is added to the seed of these; histories of scenarios that learn from each other
            must differ in it, lest they share chance.
        play: Whether to play what is lacking; otherwise as many draws count as the folder holds.

    Returns:
        Columns `draw`, `status`, the outcomes, and each series in each period.

    Raises:
        VertikalError: If the folder cannot be used; `NotPlayed` if it holds nothing and nothing is
            to be played.
    """
    if carried is None:
        played = Histories(scenario, seed, replicates=REPLICATES)
    else:
        played = _Carried(
            scenario, seed + other, replicates=CARRIED, of_seed=seed, carried=frozenset(carried)
        )
    count = -(-draws // BATCH_DRAWS)
    batches = [table.to_pandas() for table in _batches(played, count, folder, play)]
    if not batches:
        raise NotPlayed(
            f"{scenario.name} has not been played as it stands",
            mend=f"Play it first: {command('rivalry ID', folder=folder)}",
        )
    table = pd.concat(batches, ignore_index=True)
    return table[(table["draw"] > 0) & (table["draw"] < draws)].reset_index(drop=True)


def _batches(
    played: Histories, count: int, folder: str | Path | None, play: bool
) -> Iterator[pa.Table]:
    if folder is None:
        for number in range(count):
            yield _play(played, number)
        return
    frozen = _frozen(played)
    home = Path(folder) / "_scenarios" / played.scenario.name / key_of(frozen)[:16]
    if not play:
        for path in sorted(home.glob("batch-*.parquet"))[:count]:
            yield read_table(path, _WANTED)
        return
    with durable.explained(home, mend="try again; finished batches are kept."):
        home.mkdir(parents=True, exist_ok=True)
        with durable.locked(home):
            if not (home / "frozen.json").is_file():
                durable.write(home / "frozen.json", frozen.encode())
            for number in range(count):
                path = home / f"batch-{number:05d}.parquet"
                if not path.is_file():
                    sink = io.BytesIO()
                    pq.write_table(_play(played, number), sink, compression="zstd")
                    durable.write(path, sink.getvalue())
                yield read_table(path, _WANTED)


def _frozen(played: Histories) -> str:
    """Everything that decides what is kept, as canonical JSON."""
    content: dict[str, Any] = {
        "format": FORMAT,
        "scenario": played.scenario.digest,
        "replicates": played.replicates,
        "periods": [label for label, _, _ in periods(played.scenario)],
        "seed": played.seed,
        "code": code_digest(),
        "versions": installed_versions(),
    }
    if isinstance(played, _Carried):
        content |= {"carried": sorted(played.carried), "of_seed": played.of_seed}
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)


def _play(played: Histories, number: int) -> pa.Table:
    size = BATCH_DRAWS * played.replicates
    block = played.run_block(number * size, size)
    table = block.outcomes.drop_columns(["run"])
    for name, column in _by_period(played, block).items():
        table = table.append_column(name, column)
    return table


def periods(scenario: Scenario) -> list[tuple[str, int, int]]:
    """Label, first and last tick (from 1) of each period in which series are read."""
    clock = scenario.clock
    years = np.array([clock.span(t)[0].year for t in range(1, clock.ticks + 1)])
    if 2 <= len(np.unique(years)) <= PERIODS and clock.length >= 2:
        return [
            (str(year), int(ticks[0]) + 1, int(ticks[-1]) + 1)
            for year in np.unique(years)
            for ticks in [np.flatnonzero(years == year)]
        ]
    parts = np.linspace(0, clock.length, min(PERIODS, clock.ticks) + 1)
    ends = np.unique([0, *(clock.tick_at(float(years)) for years in parts[1:])])
    return [
        (f"until {_day(clock.span(int(last))[1], clock)}", int(first) + 1, int(last))
        for first, last in itertools.pairwise(ends)
    ]


def _day(when: datetime, clock: Clock) -> str:
    hourly = any(spell.step == "hour" for spell in clock.spells)
    return when.strftime("%Y-%m-%d %H:%M" if hourly else "%Y-%m-%d")


def _by_period(played: Histories, block: Block) -> dict[str, pa.Array]:
    """Each series in each period: the mean of a number, the last of a name."""
    scenario, found = played.scenario, {}
    for watched, name in zip(played.plan.series, played.series_columns, strict=True):
        values = block.series.column(name).to_numpy().reshape(-1, scenario.clock.ticks)
        labels = labels_of(OBSERVABLES[watched.name], scenario.rows)
        for label, first, last in periods(scenario):
            part, steps = values[:, first - 1 : last], scenario.clock.steps[first - 1 : last]
            if labels:
                codes = part[:, -1].astype(np.int32) % len(labels)
                column: pa.Array = pa.array(np.array(labels, object)[codes], pa.string())
            else:
                column = pa.array(np.average(part, axis=1, weights=steps))
            found[f"{name}{_AT}{label}"] = column
    return found


def note(progress: Progress | None, words: str, claims: Sequence[Claim]) -> None:
    """Tell what goes on once the tests of some claims are done."""
    if progress is not None:
        tests = sum(len(claim.tests) for claim in claims)
        progress(Report(words, len(claims), len(claims), tests, tests, 1.0))


def observations(table: pd.DataFrame, scenario: Scenario) -> tuple[np.ndarray, list[Observation]]:
    """What can be observed, sorted by values, in those draws of which a history finished.

    Args:
        table: As of `as_it_stands`.
        scenario: The scenario.

    Returns:
        The draws, and the observations that differ between histories at all.
    """
    table = table[table["status"] == OK]
    draws, place = np.unique(table["draw"].to_numpy(), return_inverse=True)
    words, specs = meanings(), {s.name: s for s in Histories(scenario, 0).outcome_specs}
    found = []
    for column in table.columns.difference(["draw", "status"], sort=False):
        name, _, when = str(column).partition(_AT)
        spec = specs.get(name.removesuffix(".is"))
        codes, values = _sorted(table[column], spec if name in specs else None, scenario)
        if len(values) < 2:
            continue
        shares = np.zeros((len(draws), len(values)))
        np.add.at(shares, (place, codes), 1.0)
        ask = spec.ask if spec else words.get(name.partition("[")[0], "")
        found.append(
            Observation(name, when, ask, values, shares / shares.sum(axis=1, keepdims=True))
        )
    return draws, found


def _sorted(
    column: pd.Series, spec: OutcomeSpec | None, scenario: Scenario
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The value of each history as a number from 0, and the values in words."""
    if pd.api.types.is_bool_dtype(column):
        codes, names = pd.factorize(column, sort=True)
        return codes, tuple("yes" if n else "no" for n in names)
    if not pd.api.types.is_numeric_dtype(column):
        codes, names = pd.factorize(column.astype(object), sort=True)
        words = tuple(map(str, names))
        if (codes < 0).any():
            codes, words = codes % (len(words) + 1), (*words, "none")
        return codes, words
    numbers = column.to_numpy(np.float64)
    missing = np.isnan(numbers)
    codes = np.zeros(len(numbers), np.int64)
    if spec is None or spec.kind == "number":
        numbers = _read_off(numbers)
    known, edges = cut(numbers[~missing], BINS) if not missing.all() else (codes[:0], np.zeros(0))
    if spec is not None and spec.kind == "time":
        ends = [_date(scenario, e) for e in edges]
        values = _ranges(ends, ("before {}", "from {} to {}", "after {}", "at some time"))
    else:
        ends = [f"{e:.4g}" for e in edges]
        values = _ranges(ends, ("below {}", "{} to {}", "above {}", "the same"))
    codes[~missing] = known
    if missing.all():
        return codes, ("never",)
    if missing.any():
        codes[missing] = len(values)
        values = (*values, "never" if spec is not None and spec.kind == "time" else "none")
    return codes, values


def _read_off(numbers: np.ndarray) -> np.ndarray:
    """Numbers as closely as anybody could read them, to about a hundredth of their range.

    Nothing is told apart then that only a model could tell apart (the hundredth is ours).
    """
    known = numbers[~np.isnan(numbers)]
    reach = np.ptp(known) if len(known) else 0.0
    if not reach > 0:
        return numbers
    step = 10.0 ** (np.ceil(np.log10(reach)) - 2)
    return np.asarray(np.round(numbers / step) * step)


def _ranges(ends: list[str], forms: tuple[str, str, str, str]) -> tuple[str, ...]:
    below, between, above, only = forms
    if not ends:
        return (only,)
    middle = (between.format(a, b) for a, b in itertools.pairwise(ends))
    return (below.format(ends[0]), *middle, above.format(ends[-1]))


def _date(scenario: Scenario, years: float) -> str:
    clock = scenario.clock
    if clock.steps.min() > 1 / 52:
        return clock.at(years).strftime("%Y-%m")
    return _day(clock.at(years), clock)
