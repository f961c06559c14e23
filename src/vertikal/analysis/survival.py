r"""How and when it ends: cumulative incidence under competing risks.

The Aalen-Johansen estimate of the probability that the event has come by time $t$ and in mode $j$:
with $Y(s)$ histories still at risk at $s$ and $d_j(s)$ events of mode $j$,

$$ F_j(t) = \sum_{s \le t} S(s^-)\, \frac{d_j(s)}{Y(s)}, \qquad
   S(t) = \prod_{s \le t} \Bigl(1 - \frac{\sum_j d_j(s)}{Y(s)}\Bigr). $$

Aalen, O. and Johansen, S. (1978), "An Empirical Transition Matrix for Non-Homogeneous Markov
Chains Based on Censored Observations", *Scandinavian Journal of Statistics* 5: 141-150. For a
sample of durations without draws, with late entry and as a traced function, see
`vertikal.theory.survival.aalen_johansen`.

Its variance respects that histories come in parameter draws: it is the infinitesimal jackknife,
the sum over draws of the squared derivative of the estimate with respect to the weight of a draw,
which is what a bootstrap over draws tends to with endlessly many samples, and needs no random
numbers. Efron, B. (1982), *The Jackknife, the Bootstrap and Other Resampling Plans*, SIAM,
chapter 6. Without censoring before the horizon the estimate is the plain share, and the interval
is exactly that of `vertikal.analysis.frequency`.
"""

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from vertikal.analysis.nested import LEVEL, Draws, share_interval
from vertikal.analysis.tables import MODE, NEVER, Tabled, column
from vertikal.errors import VertikalError

EVENT = "event"
"""The mode where an outcome tells none."""

_DIGITS = 6
"""Times closer than a millionth of a year are the same (half a minute; steps are hours or more)."""


@dataclasses.dataclass(frozen=True)
class Incidence(Tabled):
    """Cumulative incidence of each mode; axes are (mode, time) or (time,)."""

    modes: tuple[str, ...]
    """Modes in the order of the estimates."""
    time: np.ndarray
    """Years since the start: 0, every time at which a history left observation, the horizon."""
    share: np.ndarray
    """Probability that the event has come by each time, by mode."""
    low: np.ndarray
    """Lower end of the interval of `share`, time by time."""
    high: np.ndarray
    """Upper end of the interval of `share`, time by time."""
    remaining: np.ndarray
    """Probability that the event has not come by each time."""
    remaining_low: np.ndarray
    """Lower end of the interval of `remaining`."""
    remaining_high: np.ndarray
    """Upper end of the interval of `remaining`."""
    at_risk: np.ndarray
    """Histories in which, just before each time, the event has not come and which go on."""
    events: np.ndarray
    """Events up to and including each time, by mode."""
    censored: np.ndarray
    """Histories that ended before each time without the event."""
    runs: int
    """Histories."""
    draws: int
    """Parameter draws."""
    level: float
    """Level of the intervals."""

    @property
    def horizon(self) -> float:
        """The last time, years."""
        return float(self.time[-1])

    def place(self, times: ArrayLike) -> np.ndarray:
        """Where in `time` the estimate for each of `times` stands."""
        at = np.round(np.asarray(times, np.float64), _DIGITS)
        return np.searchsorted(self.time, at, side="right") - 1

    def table(self) -> pd.DataFrame:
        """One row a time and mode."""
        shape = self.share.shape
        return pd.DataFrame(
            {
                "time": np.broadcast_to(self.time, shape).ravel(),
                "mode": np.repeat(self.modes, shape[1]),
                "share": self.share.ravel(),
                "low": self.low.ravel(),
                "high": self.high.ravel(),
                "events": self.events.ravel(),
                "at_risk": np.broadcast_to(self.at_risk, shape).ravel(),
                "censored": np.broadcast_to(self.censored, shape).ravel(),
            }
        )

    def risk_table(self, times: ArrayLike) -> pd.DataFrame:
        """Histories still at risk just before each time, and what had become of the others by then.

        A row always adds up to the number of histories: at risk, events by mode, censored.
        """
        at = np.round(np.atleast_1d(np.asarray(times, np.float64)), _DIGITS)
        place = np.minimum(np.searchsorted(self.time, at, side="left"), len(self.time) - 1)
        frame = pd.DataFrame({"time": at, "at_risk": self.at_risk[place]})
        before = np.concatenate([np.zeros((len(self.modes), 1), int), self.events], axis=1)
        for mode, events in zip(self.modes, before, strict=True):
            frame[mode] = events[place]
        frame["censored"] = self.censored[place]
        return frame


def incidence(
    times: ArrayLike,
    modes: ArrayLike | None,
    draw: ArrayLike,
    *,
    horizon: float,
    labels: Sequence[str] | None = None,
    censored_at: ArrayLike | None = None,
    level: float = LEVEL,
) -> Incidence:
    """Cumulative incidence of the modes of an event, with intervals that respect the draws.

    Args:
        times: Years since the start at which the event came in each history; `nan` for never.
        modes: The mode in each history; ignored where the event never came; `None` for one mode.
        draw: The parameter draw of each history.
        horizon: Years that each history was observed.
        labels: Order of the modes; also names modes that never occurred.
        censored_at: Years that a history was observed where that is less than the horizon.
        level: Level of the intervals.

    Raises:
        VertikalError: If a time lies outside 0 to the end of observation, or a mode is unknown.
    """
    t = np.round(np.asarray(times, np.float64), _DIGITS)
    is_event = ~np.isnan(t)
    end = np.full(t.shape, float(horizon))
    if censored_at is not None:
        end = np.minimum(end, np.asarray(censored_at, np.float64))
    end = np.round(end, _DIGITS)
    if (t[is_event] > end[is_event]).any() or (t[is_event] < 0).any():
        raise VertikalError(
            f"an event at {np.nanmax(t):g} years, the earliest at {np.nanmin(t):g}",
            where="times",
            mend=f"Times must lie between 0 and the end of observation (at most {horizon:g}).",
        )
    names, code = _codes(modes, is_event, labels)
    stop = np.where(is_event, t, end)
    return _estimate(stop, np.where(is_event, code, -1), names, Draws.of(draw), end, level)


def outcome_incidence(
    outcomes: pd.DataFrame,
    name: str,
    *,
    horizon: float,
    labels: Sequence[str] | None = None,
    level: float = LEVEL,
) -> Incidence:
    """Cumulative incidence of a time outcome, by the modes in its column `NAME.is` if it has one.

    Args:
        outcomes: One row a history; see `vertikal.analysis.tables`.
        name: The outcome.
        horizon: Years that each history was observed.
        labels: Order of the modes.
        level: Level of the intervals.

    Raises:
        VertikalError: If there is no such outcome or its times do not fit the horizon.
    """
    kinds: Mapping = {name: "time"}
    times = column(outcomes, name, kinds)
    modes = None
    if f"{name}{MODE}" in outcomes.columns:
        which = column(outcomes, f"{name}{MODE}")
        modes = np.asarray(which.labels, dtype=object)[which.values]
        if labels is None:
            labels = [label for label in which.labels if (modes == label).any() and label != NEVER]
    return incidence(times.values, modes, times.draw, horizon=horizon, labels=labels, level=level)


def _codes(
    modes: ArrayLike | None, is_event: np.ndarray, labels: Sequence[str] | None
) -> tuple[tuple[str, ...], np.ndarray]:
    if modes is None:
        return (EVENT,), np.zeros(is_event.shape, np.int64)
    given = np.asarray(modes, dtype=object)
    present = {str(m) for m in given[is_event]}
    names = tuple(labels) if labels is not None else tuple(sorted(present))
    unknown = sorted(present.difference(names))
    if unknown:
        raise VertikalError(
            f"unknown mode {unknown[0]!r}",
            where="modes",
            mend="Modes are " + ", ".join(names) + ".",
        )
    number = {name: j for j, name in enumerate(names)}
    return names, np.array(
        [number[str(m)] if e else -1 for m, e in zip(given, is_event, strict=True)]
    )


@dataclasses.dataclass(frozen=True)
class _Path:
    """The estimate along its times; `variance` has what remains as its last row."""

    share: np.ndarray
    remaining: np.ndarray
    variance: np.ndarray
    events: np.ndarray
    at_risk: np.ndarray


def _estimate(
    stop: np.ndarray,
    code: np.ndarray,
    modes: tuple[str, ...],
    draws: Draws,
    end: np.ndarray,
    level: float,
) -> Incidence:
    """The estimate with its intervals."""
    time = np.unique(np.concatenate([[0.0], stop, [end.max()]]))
    path = _walk(np.searchsorted(time, stop), len(time), code, len(modes), draws.units())
    every = np.concatenate([path.share, path.remaining[None]])
    # Rounding must not turn never and always into almost.
    every = np.where(every < 1e-12, 0.0, np.where(every > 1 - 1e-12, 1.0, every))
    interval = share_interval(every, path.variance, draws, level)
    events = path.events.cumsum(axis=1)
    gone = np.concatenate([[0], events.sum(axis=0)[:-1]])
    return Incidence(
        modes=modes,
        time=time,
        share=every[:-1],
        low=interval.low[:-1],
        high=interval.high[:-1],
        remaining=every[-1],
        remaining_low=interval.low[-1],
        remaining_high=interval.high[-1],
        at_risk=path.at_risk,
        events=events,
        censored=draws.runs - path.at_risk - gone,
        runs=draws.runs,
        draws=draws.count,
        level=level,
    )


def _walk(slot: np.ndarray, times: int, code: np.ndarray, causes: int, units: Draws) -> _Path:
    """The estimate and its derivative with respect to the weight of each unit, time by time."""
    unit = np.empty(units.runs, np.int64)
    unit[units.order] = np.repeat(np.arange(units.count), units.sizes)
    path = _Path(
        share=np.zeros((causes, times)),
        remaining=np.ones(times),
        variance=np.zeros((causes + 1, times)),
        events=np.zeros((causes, times), np.int64),
        at_risk=np.zeros(times, np.int64),
    )
    scale = units.count / max(units.count - 1, 1)
    exposed, left = units.sizes.astype(np.float64), units.runs
    survival, incident, spread = 1.0, np.zeros(causes), np.zeros(causes + 1)
    d_survival, d_incident = np.zeros(units.count), np.zeros((units.count, causes))
    by_slot = np.argsort(slot, kind="stable")
    edges = np.searchsorted(slot[by_slot], np.arange(times + 1))
    for i in range(times):
        here = by_slot[edges[i] : edges[i + 1]]
        struck = here[code[here] >= 0]
        path.at_risk[i] = left
        if len(struck):
            counts = np.zeros((units.count, causes))
            np.add.at(counts, (unit[struck], code[struck]), 1.0)
            hazard = counts.sum(axis=0) / left
            change = (counts - hazard * exposed[:, None]) / left
            incident = incident + survival * hazard
            d_incident += d_survival[:, None] * hazard + survival * change
            d_survival = d_survival * (1 - hazard.sum()) - survival * change.sum(axis=1)
            survival *= 1 - hazard.sum()
            path.events[:, i] = counts.sum(axis=0)
            spread = np.append((d_incident**2).sum(axis=0), (d_survival**2).sum()) * scale
        # Events come before censoring at equal times, so both leave only now.
        exposed -= np.bincount(unit[here], minlength=units.count)
        left -= len(here)
        path.share[:, i], path.remaining[i], path.variance[:, i] = incident, survival, spread
    return path
