"""Departures and grabs for power in a tick, told from two successive states."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vertikal.regime.defection import StayOrGo
from vertikal.regime.defection_rivals import LeaveAtRandom, LeaveTogether
from vertikal.regime.power_play import PowerPlay
from vertikal.regime.regime import Regime
from vertikal.regime.subsystems import Choice

if TYPE_CHECKING:
    from vertikal.regime.events import Found, Names

LEAVING = {m.id: m.name for m in (StayOrGo, LeaveTogether, LeaveAtRandom)}
"""Mechanisms by which persons leave of their own accord, by id."""

SENIOR = 0.6
"""Rank from which the departure of a stratum's member is worth a reader's notice."""

_WAYS = {
    Choice.QUIET_EXIT: "resigns and leaves without a word",
    Choice.NOISY_EXIT: "denounces the regime and leaves",
    Choice.SWITCH_SIDES: "goes over to the enemy",
}


def departures(before: Regime, after: Regime, names: "Names") -> "Iterator[Found]":
    """Who of the court leaves, how many of which stratum, and which stratum strikes."""
    from vertikal.regime.events import Weight

    elite = after.elite
    for i in np.flatnonzero(np.isin(elite.fallen_by, list(LEAVING))).tolist():
        if elite.status[i] == before.elite.status[i]:
            continue
        way = _WAYS[Choice(int(after.defection.choice[i]))]
        by = LEAVING[int(elite.fallen_by[i])]
        text = f"{names.persons[i]} {way}"
        yield "departure", text, by, [i], [int(before.elite.clan[i])], Weight.MAJOR
    old, new = before.strata, after.strata
    known = names.rows.get("strata", ())
    for row, stratum in enumerate(known):
        counts = [int(b - a) for a, b in zip(_left(old, row), _left(new, row), strict=True)]
        told = [f"{n} {how}" for n, how in zip(counts, _HOW, strict=True) if n > 0]
        if told:
            weight = Weight.NOTABLE if new.rank[row] >= SENIOR else Weight.MINOR
            text = f"Of {stratum}, {', '.join(told)}"
            yield "departure", text, StayOrGo.name, [], [], weight
        if new.plotting[row] > 0:
            gone = int(after.moves.removed_leader)
            won = gone >= 0 and int(elite.fallen_by[gone]) == PowerPlay.id
            won = won and int(after.moves.plotter) < 0
            text = f"{stratum} grab for power {'and win' if won else 'in vain'}"
            yield "coup", text, PowerPlay.name, [], [], Weight.MAJOR


_HOW = ("leave quietly", "leave in protest", "go over to the enemy")


def _left(strata: "object", row: int) -> tuple[float, float, float]:
    """Members of a stratum who have left so far, by way."""
    fields = ("quiet", "noisy", "switched")
    quiet, noisy, switched = (float(getattr(strata, name)[row]) for name in fields)
    return quiet, noisy, switched
