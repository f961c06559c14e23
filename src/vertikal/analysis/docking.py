r"""How probable the history that happened is under the model, against two plain forecasters.

For every outcome with a recorded value the model's probability of that value is the share of
histories that show it, moved a little towards equality so that it is never 0: with effective number
of histories $n^*$ (see `vertikal.analysis.nested`) and $J$ possible values, Jeffreys' prior gives

$$ P = \frac{\hat p\, n^* + 1/2}{n^* + J/2}. $$

A number or a time counts as hit if it falls within a stated window around the recorded value; the
probability integral transform (PIT: the share of histories below the recorded value, plus half of
those equal to it) says on which side the model errs, and needs no window. A history in which a
recorded number is missing does not show it; the PIT is of those that have one.

Scores are logarithmic, $\ln P$, in nats: 0 is certainty, higher is better. Good, I. J. (1952),
"Rational Decisions", *Journal of the Royal Statistical Society B* 14: 107-114; Gneiting, T. and
Raftery, A. (2007), "Strictly Proper Scoring Rules, Prediction, and Estimation", *Journal of the
American Statistical Association* 102: 359-378. The rivals are a forecaster who holds all possible
values equally likely, and one who knows only the base rate, where one is supplied.

The sum of scores over outcomes treats them as independent, which the outcomes of one history are
not; so the probability that *one* history shows all recorded values at once is reported beside it.
One recorded history is one observation: a good score does not make the model right.
"""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from vertikal.analysis.nested import LEVEL, Draws, shares
from vertikal.analysis.tables import NEVER, Column, Kind, Tabled, by_run, column
from vertikal.errors import VertikalError

Recorded = bool | str | float | None
"""What happened: a truth value, a label, a number; `None` or "never" for a time that never came."""

TIME_WINDOW = 0.5
"""Half a year to either side: how near a time must fall unless the caller says otherwise (ours)."""


USES = ("reproduce", "hold out", "explore")
"""What a recorded value may be used for; scores are never added up over uses."""


class BaseRate(NamedTuple):
    """How often the recorded value comes about where one knows nothing of the case."""

    probability: float
    """Probability of the recorded value, 0 to 1."""
    source: str
    """Where it comes from."""


@dataclasses.dataclass(frozen=True)
class Dock:
    """One outcome of the history that happened."""

    outcome: str
    """Name of the outcome."""
    recorded: str
    """What happened."""
    time: float
    """When it happened, years since the start; `nan` where it never did and for other outcomes."""
    use: str
    """What the record was used for: `reproduce`, `hold out` or `explore`."""
    model: float
    """Model's probability of what happened, Jeffreys-corrected."""
    low: float
    """Lower end of the interval of the uncorrected share."""
    high: float
    """Upper end of that interval."""
    hits: int
    """Histories that show what happened."""
    runs: int
    """Histories with a value."""
    uniform: float
    """Probability under the forecaster of equal chances; `nan` where the values are unbounded."""
    base: float
    """Probability by base rate; `nan` where none was supplied."""
    base_source: str
    """Where the base rate comes from."""
    window: float
    """Half-width of the window, years or the outcome's unit; `nan` for truth values and labels."""
    pit: float
    """Probability integral transform of a number or time; `nan` for others."""

    @property
    def model_score(self) -> float:
        """Log score of the model, nats."""
        return math.log(self.model)

    @property
    def uniform_score(self) -> float:
        """Log score of the uniform forecaster, nats."""
        return math.log(self.uniform) if self.uniform > 0 else math.nan

    @property
    def base_score(self) -> float:
        """Log score of the base-rate forecaster, nats; minus infinity where the rate is 0."""
        if math.isnan(self.base):
            return math.nan
        return math.log(self.base) if self.base > 0 else -math.inf


@dataclasses.dataclass(frozen=True)
class Total:
    """Sum of scores over outcomes of one use."""

    use: str
    """`reproduce`, `hold out` or `explore`; never added up over uses."""
    rival: str
    """`uniform` or `base rate`."""
    outcomes: int
    """Outcomes for which the rival has a probability."""
    model: float
    """Model's log score over these outcomes, nats."""
    score: float
    """The rival's over the same outcomes."""

    @property
    def lead(self) -> float:
        """By how much the model is ahead; negative if the rival is."""
        return self.model - self.score


@dataclasses.dataclass(frozen=True)
class Joint:
    """Histories that show all recorded values of one use at once."""

    use: str
    """`reproduce`, `hold out` or `explore`."""
    outcomes: int
    """Recorded values."""
    hits: int
    """Histories that show all of them."""
    runs: int
    """Histories with all values known."""
    probability: float
    """Probability of all at once, Jeffreys-corrected."""
    if_independent: float
    """What it would be if outcomes were independent: the product of single probabilities."""


@dataclasses.dataclass(frozen=True)
class Docking(Tabled):
    """The recorded history against the model."""

    docks: tuple[Dock, ...]
    """One entry an outcome."""
    joints: tuple[Joint, ...]
    """One entry a use."""
    level: float
    """Level of the intervals."""

    def totals(self) -> tuple[Total, ...]:
        """Scores by use against each rival, over those outcomes that the rival has a number for."""
        found = []
        for use in _uses(self.docks):
            for rival, name in (("uniform", "uniform_score"), ("base rate", "base_score")):
                docks = [d for d in self.docks if d.use == use and not math.isnan(getattr(d, name))]
                if docks:
                    own = math.fsum(d.model_score for d in docks)
                    other = math.fsum(getattr(d, name) for d in docks)
                    found.append(Total(use, rival, len(docks), own, other))
        return tuple(found)

    def table(self) -> pd.DataFrame:
        """One row an outcome with probabilities and log scores."""
        records = []
        for dock in self.docks:
            record = dataclasses.asdict(dock)
            for name in ("model_score", "uniform_score", "base_score"):
                record[name] = getattr(dock, name)
            records.append(record)
        return pd.DataFrame(records)


def dock(
    outcomes: pd.DataFrame,
    recorded: Mapping[str, Recorded],
    *,
    uses: Mapping[str, str] | None = None,
    horizon: float | None = None,
    windows: Mapping[str, float] | None = None,
    possible: Mapping[str, Sequence[str] | tuple[float, float]] | None = None,
    base_rates: Mapping[str, BaseRate] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    level: float = LEVEL,
) -> Docking:
    """Dock an ensemble against what happened.

    Args:
        outcomes: One row a history; see `vertikal.analysis.tables`.
        recorded: What happened, by outcome; times in years since the start.
        uses: What each record was used for; `explore` unless given.
        horizon: Years that each history was observed; needed for times.
        windows: Half-widths of windows around recorded times (years) and numbers; a time has half a
            year unless given, a number must have one.
        possible: Labels that an outcome, or the range (low, high) that a number can take.
        base_rates: Base rates of the recorded values, with their sources.
        kinds: Kinds that the columns do not show by themselves.
        level: Level of the intervals.

    Raises:
        VertikalError: If a recorded outcome is unknown or its value is of the wrong kind, a window
            or the horizon is missing, or a base rate is no probability.
    """
    docks: list[Dock] = []
    hits: dict[str, pd.Series] = {}
    for name, value in recorded.items():
        c = column(outcomes, name, kinds)
        case = _case(c, value, horizon, (windows or {}).get(name), (possible or {}).get(name))
        rate = _base_rate(name, base_rates)
        interval = shares(case.hit[:, None], Draws.of(c.draw), level)
        use = (uses or {}).get(name, "explore")
        hits[name] = pd.Series(case.hit, index=c.run)
        docks.append(
            Dock(
                name,
                case.text,
                case.time,
                use,
                model=_jeffreys(case.hit.mean(), float(interval.effective[0]), case.values),
                low=float(interval.low[0]),
                high=float(interval.high[0]),
                hits=int(case.hit.sum()),
                runs=len(case.hit),
                uniform=case.uniform,
                base=rate.probability,
                base_source=rate.source,
                window=case.window,
                pit=case.pit,
            )
        )
    return Docking(tuple(docks), _joints(outcomes, docks, hits, level), level)


def hits(
    outcomes: pd.DataFrame,
    recorded: Mapping[str, Recorded],
    *,
    horizon: float | None = None,
    windows: Mapping[str, float] | None = None,
    possible: Mapping[str, Sequence[str] | tuple[float, float]] | None = None,
    kinds: Mapping[str, Kind] | None = None,
) -> pd.DataFrame:
    """Which histories show what happened: one row a history, one column an outcome.

    Histories that failed, or have no truth value of some outcome, are left out; one in which a
    number is missing does not show it. Arguments and errors are those of `dock`.
    """
    found = {}
    for name, value in recorded.items():
        c = column(outcomes, name, kinds)
        case = _case(c, value, horizon, (windows or {}).get(name), (possible or {}).get(name))
        found[name] = pd.Series(case.hit, index=c.run)
    return pd.concat(found, axis=1, join="inner").astype(bool)


def _base_rate(name: str, base_rates: Mapping[str, BaseRate] | None) -> BaseRate:
    rate = (base_rates or {}).get(name, BaseRate(math.nan, ""))
    if not math.isnan(rate.probability) and not 0 <= rate.probability <= 1:
        raise VertikalError(f"{rate.probability:g} is no probability", where=f"base rate of {name}")
    return rate


def _uses(docks: Sequence[Dock]) -> list[str]:
    """The uses that occur, those of least weight as evidence first."""
    found = dict.fromkeys(dock.use for dock in docks)
    return sorted(found, key=lambda use: USES.index(use) if use in USES else len(USES))


def _jeffreys(share: float, effective: float, values: int) -> float:
    return float((share * effective + 0.5) / (effective + values / 2))


class _Case(NamedTuple):
    """What docking one outcome needs to know."""

    text: str
    hit: np.ndarray
    uniform: float
    values: int
    window: float
    pit: float
    time: float = math.nan


def _case(
    c: Column,
    value: Recorded,
    horizon: float | None,
    window: float | None,
    possible: Sequence[str] | tuple[float, float] | None,
) -> _Case:
    if c.kind == "bool":
        if not isinstance(value, (bool, np.bool_)):
            raise _wrong(c.name, value, "true or false")
        return _Case("yes" if value else "no", c.values == value, 0.5, 2, math.nan, math.nan)
    if c.kind == "label":
        return _label(c, value, possible)
    if c.kind == "time":
        return _time(c, value, horizon, TIME_WINDOW if window is None else window)
    return _number(c, value, window, possible)


def _label(c: Column, value: Recorded, possible: Sequence | None) -> _Case:
    label = NEVER if value is None else value
    labels = tuple(dict.fromkeys((*(possible or ()), *c.labels)))
    if not isinstance(label, str) or label not in labels:
        raise _wrong(c.name, value, "one of " + ", ".join(map(str, labels)))
    hit = np.asarray([known == label for known in c.labels])[c.values]
    return _Case(label, hit, 1 / len(labels), len(labels), math.nan, math.nan)


def _time(c: Column, value: Recorded, horizon: float | None, window: float) -> _Case:
    if horizon is None:
        raise VertikalError(
            f"{c.name} is a time, and how long histories were observed is not known",
            where="horizon",
            mend="Give the horizon in years.",
        )
    _check_window(c.name, window)
    # Equal chances: windows that tile the time observed, and never as one more possibility.
    tiles = horizon / (2 * window) + 1
    never = np.isnan(c.values)
    later = np.where(never, np.inf, c.values)
    if value is None or value == NEVER or (isinstance(value, float) and math.isnan(value)):
        pit = float((~never).mean() + never.mean() / 2)
        return _Case(NEVER, never, 1 / tiles, 2, window, pit)
    year = _real(c.name, value, "years since the start, or never")
    if not 0 <= year <= horizon:
        raise _wrong(c.name, value, f"between 0 and the horizon, {horizon:g} years")
    inside = min(year + window, horizon) - max(year - window, 0.0)
    hit = np.abs(later - year) <= window + 1e-9
    uniform = inside / (2 * window) / tiles
    return _Case(f"{year:.2f} years", hit, uniform, 2, window, _pit(later, year), year)


def _number(c: Column, value: Recorded, window: float | None, possible: Sequence | None) -> _Case:
    number = _real(c.name, value, "a number")
    if window is None:
        raise VertikalError(
            f"{c.name} is a number without a window",
            where="windows",
            mend="Say how near a history must come to count as a hit.",
        )
    _check_window(c.name, window)
    uniform = math.nan
    if possible is not None:
        low, high = possible
        inside = min(number + window, high) - max(number - window, low)
        uniform = min(max(inside, 0.0) / (high - low), 1.0)
    hit = np.abs(c.values - number) <= window * (1 + 1e-9)  # not where a number is missing
    return _Case(f"{number:g}", hit, uniform, 2, window, _pit(c.known().values, number))


def _check_window(name: str, window: float) -> None:
    if not window > 0:
        raise VertikalError(
            f"a window of {window:g}", where=f"windows.{name}", mend="Give a positive half-width."
        )


def _pit(values: np.ndarray, value: float) -> float:
    if not len(values):
        return math.nan
    return float((values < value).mean() + (values == value).mean() / 2)


def _real(name: str, value: Recorded, wanted: str) -> float:
    if isinstance(value, (bool, np.bool_, str)) or value is None:
        raise _wrong(name, value, wanted)
    return float(value)


def _wrong(name: str, value: Recorded, wanted: str) -> VertikalError:
    return VertikalError(
        f"recorded {value!r} does not fit the outcome {name}",
        where=f"history.{name}",
        mend=f"Give {wanted}.",
    )


def _joints(
    outcomes: pd.DataFrame, docks: Sequence[Dock], hits: Mapping[str, pd.Series], level: float
) -> tuple[Joint, ...]:
    """All recorded values of a use in one and the same history."""
    found = []
    table = by_run(outcomes)
    for use in _uses(docks):
        members = [dock for dock in docks if dock.use == use]
        together = pd.concat([hits[dock.outcome] for dock in members], axis=1, join="inner")
        hit = together.all(axis=1).to_numpy(dtype=bool)
        draw = table["draw"].loc[together.index] if "draw" in table.columns else together.index
        effective = float(shares(hit[:, None], Draws.of(draw), level).effective[0])
        found.append(
            Joint(
                use,
                outcomes=len(members),
                hits=int(hit.sum()),
                runs=len(hit),
                probability=_jeffreys(hit.mean(), effective, 2),
                if_independent=math.prod(dock.model for dock in members),
            )
        )
    return tuple(found)
