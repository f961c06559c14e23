"""How often each outcome comes about, how sure that number is, and where its spread comes from.

Every number comes with two different doubts, which must not be mixed up. The *interval* says how
far the estimate may be from what endlessly many histories would give; it narrows as histories are
added. The *range over parameters* says between which values the expected outcome lies for nine in
ten parameter draws; no number of histories narrows it, only knowledge does.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from vertikal.analysis.nested import LEVEL, Draws, mean_interval, quantile_interval, shares
from vertikal.analysis.tables import Column, Kind, Tabled, column, outcome_names
from vertikal.analysis.uncertainty import RESAMPLES, Split, splits_of_blocks
from vertikal.errors import VertikalError

QUANTILES = (0.05, 0.5, 0.95)
"""Quantiles over histories that are reported of numbers and times."""


@dataclasses.dataclass(frozen=True)
class Frequency:
    """One number about one outcome."""

    outcome: str
    """Name of the outcome."""
    kind: Kind
    """What the outcome's values are."""
    value: str
    """What the number is about: `yes`, a label, `ever`, `mean`, a quantile such as `q50`, or
    `answered`: in how many histories a number is to be had that is missing in others."""
    estimate: float
    """A share, or in the outcome's own unit; infinite for a time that never comes."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""
    count: int
    """Histories in which it came about; for means and quantiles those with a value."""
    runs: int
    """Histories with a value."""
    effective: float
    """Number of independent histories that would tell as much; `nan` except for shares."""
    missing: int
    """Finished histories without a value, left out; of `answered` none is."""
    split: Split | None
    """Chance, parameters and theories; not for quantiles."""

    @property
    def is_share(self) -> bool:
        """Whether the number is a probability."""
        return self.kind == "label" or self.value not in _NUMERIC


_NUMERIC = ("mean", *(f"q{100 * q:02.0f}" for q in QUANTILES))


@dataclasses.dataclass(frozen=True)
class Frequencies(Tabled):
    """The frequencies of all outcomes of an ensemble."""

    rows: tuple[Frequency, ...]
    """Numbers in the order of the outcomes."""
    level: float
    """Level of the intervals."""
    runs: int
    """Histories asked for."""
    failed: int
    """Histories that failed and are left out of every number."""
    draws: int
    """Parameter draws among the finished histories."""

    def of(self, outcome: str) -> tuple[Frequency, ...]:
        """The numbers of one outcome.

        Raises:
            VertikalError: If there is no such outcome.
        """
        found = tuple(row for row in self.rows if row.outcome == outcome)
        if not found:
            raise VertikalError(f"there is no outcome {outcome!r}", where="frequencies")
        return found

    def bounds(self, row: Frequency) -> tuple[float, float]:
        """A share if all failed histories had gone against it, and if all had gone for it."""
        share = row.estimate * row.runs
        total = row.runs + row.missing + self.failed
        return share / total, (share + row.missing + self.failed) / total

    @property
    def theory_note(self) -> str:
        """What a reader must know because combinations of theories are seen once; or nothing."""
        splits = [row.split for row in self.rows if row.split is not None]
        worst = max(splits, key=lambda s: (s.is_joint, s.seen_once), default=None)
        return worst.theory_note if worst is not None else ""

    def table(self) -> pd.DataFrame:
        """One row a number, with the split beside it."""
        records = []
        for row in self.rows:
            record = {f.name: getattr(row, f.name) for f in dataclasses.fields(row)}
            found = record.pop("split")
            record["parameters_share"] = np.nan if found is None else found.share
            record["parameters_low"] = np.nan if found is None else found.low
            record["parameters_high"] = np.nan if found is None else found.high
            record["theory_share"] = np.nan if found is None else found.theory_share
            record["doubt_share"] = np.nan if found is None else found.doubt_share
            record["draw_low"] = np.nan if found is None else found.draw_low
            record["draw_high"] = np.nan if found is None else found.draw_high
            record["note"] = "" if found is None else found.note
            records.append(record)
        return pd.DataFrame(records)


def frequencies(
    outcomes: pd.DataFrame,
    names: Sequence[str] | None = None,
    *,
    kinds: Mapping[str, Kind] | None = None,
    theories: Mapping[int, str] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Frequencies:
    """Frequencies, means and quantiles of outcomes with intervals that respect the draws.

    Truth values give the share of histories in which they hold; labels the share of each; numbers
    their mean and quantiles, over the histories that have one, and where some have none the share
    of those that do; times the share of histories in which the event comes at all and quantiles
    over all histories, where never is later than any time.

    Args:
        outcomes: One row a history; see `vertikal.analysis.tables`.
        names: Which outcomes; all unless given.
        kinds: Kinds that the columns do not show by themselves.
        theories: For each draw the theories that hold in it, if the ensemble ranges over several.
        level: Level of the intervals.
        resamples: Bootstrap samples behind the interval of the split.
        seed: Seed of the bootstrap.

    Raises:
        VertikalError: If an outcome is unknown or no history finished.
    """
    chosen = list(names) if names is not None else outcome_names(outcomes)
    columns = [column(outcomes, name, kinds) for name in chosen]
    measured = [part for c in columns for part in _indicators(c)]
    blocks = [(values, c.draw) for c, _, values in measured]
    found = splits_of_blocks(blocks, theories=theories, level=level, resamples=resamples, seed=seed)
    rows: list[Frequency] = []
    for (c, labels, values), parts in zip(measured, found, strict=True):
        draws = Draws.of(c.draw)
        if c.kind == "number" and labels == ("mean",):
            rows.append(_mean(c, draws, parts[0], level))
        else:
            rows.extend(_shares(c, draws, labels, values, parts, level))
        if c.kind != "label" and labels in (("mean",), ("ever",)):
            rows.extend(_quantile(c, draws, q, level) for q in QUANTILES)
    failed = int((outcomes["status"] != "ok").sum()) if "status" in outcomes.columns else 0
    draws_used = max((len(np.unique(c.draw)) for c in columns), default=0)
    return Frequencies(tuple(rows), level, len(outcomes), failed, draws_used)


def _indicators(c: Column) -> Iterator[tuple[Column, tuple[str, ...], np.ndarray]]:
    """Of which histories what is averaged, (histories, numbers), and what each number is about."""
    given = (~np.isnan(c.values) if c.kind in ("number", "time") else c.values)[:, None]
    if c.kind == "bool":
        yield c, ("yes",), given.astype(np.float64)
    elif c.kind == "label":
        yield c, c.labels, (given == np.arange(len(c.labels))).astype(np.float64)
    elif c.kind == "time":
        yield c, ("ever",), given.astype(np.float64)
    else:
        known = c.known()
        if len(known.values):
            yield known, ("mean",), known.values[:, None]
        if c.missing:
            yield dataclasses.replace(c, missing=0), ("answered",), given.astype(np.float64)


def _shares(
    c: Column,
    draws: Draws,
    labels: Sequence[str],
    values: np.ndarray,
    parts: Sequence[Split],
    level: float,
) -> list[Frequency]:
    interval = shares(values, draws, level)
    count = values.sum(axis=0)
    return [
        Frequency(
            c.name,
            c.kind,
            label,
            estimate=float(count[j] / draws.runs),
            low=float(interval.low[j]),
            high=float(interval.high[j]),
            count=int(count[j]),
            runs=draws.runs,
            effective=float(interval.effective[j]),
            missing=c.missing,
            split=parts[j],
        )
        for j, label in enumerate(labels)
    ]


def _mean(c: Column, draws: Draws, part: Split, level: float) -> Frequency:
    low, high = mean_interval(c.values, draws, level)
    return _measure(c, "mean", float(c.values.mean()), float(low), float(high), part)


def _quantile(c: Column, draws: Draws, q: float, level: float) -> Frequency:
    values = np.where(np.isnan(c.values), np.inf, c.values) if c.kind == "time" else c.values
    estimate, low, high = quantile_interval(values, q, draws, level)
    return _measure(c, f"q{100 * q:02.0f}", estimate, low, high, None)


def _measure(
    c: Column, value: str, estimate: float, low: float, high: float, part: Split | None
) -> Frequency:
    """A number in the outcome's own unit."""
    runs = len(c.values)
    nan = float("nan")
    return Frequency(c.name, c.kind, value, estimate, low, high, runs, runs, nan, c.missing, part)
