"""One history told in full: a dated chronicle, and what would have come without one of its events.

A history is played again from the scenario, the seed and its number, this time with everything
recorded; nothing was logged when the ensemble ran. A but-for test plays it once more with one
mechanism silenced in one tick and all other chance left as it was.
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import jax
import numpy as np
import pandas as pd

from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError
from vertikal.regime.events import Event, Names, Weight, happened
from vertikal.regime.regime import Regime
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import world
from vertikal.scenario.model import Scenario


@dataclasses.dataclass(frozen=True)
class Entry:
    """One line of a chronicle."""

    date: datetime
    text: str
    event: Event | None
    """What the model brought about; `None` for what the scenario imposed."""
    rules: tuple[str, ...] = ()
    weight: Weight = Weight.NOTABLE


@dataclasses.dataclass(frozen=True)
class Chronicle:
    """One history, dated and told.

    Attributes:
        scenario: What was played.
        run: Number of the history.
        seed: Of the ensemble.
        entries: In order of ticks; within a tick what the scenario imposes comes first.
        states: The regime after each tick; leading axis ticks, no axis over runs.
        start: The regime at the start.
    """

    scenario: Scenario
    run: int
    seed: int
    entries: tuple[Entry, ...]
    states: Regime
    start: Regime

    def state(self, tick: int) -> Regime:
        """The regime after a tick; 0 is the start."""
        if tick == 0:
            return self.start
        return jax.tree.map(lambda a: a[tick - 1], self.states)

    def table(self, weight: Weight = Weight.MINOR) -> pd.DataFrame:
        """The entries of at least this weight: date, text, kind, mechanism, rules."""
        return pd.DataFrame(
            {
                "date": e.date,
                "text": e.text,
                "kind": e.event.kind if e.event else "scripted",
                "mechanism": e.event.mechanism if e.event else "script",
                "rules": ", ".join(e.rules),
            }
            for e in self.entries
            if e.weight >= weight
        )

    def _repr_html_(self) -> str:
        return self.table(Weight.NOTABLE).to_html(index=False)


def names_of(scenario: Scenario) -> Names:
    """How to name the rows of a scenario to a reader."""
    offices = list(scenario.offices.values())
    return Names(
        persons=list(titles(scenario.people).values()),
        clans=list(titles(scenario.clans).values()),
        offices=list(titles(scenario.offices).values()),
        leader_offices=frozenset(i for i, o in enumerate(offices) if o.leader),
        exile_offices=frozenset(i for i, o in enumerate(offices) if o.exile),
        rows={kind: list(titles(table).values()) for kind, table in scenario.tables.items()},
    )


def titles(rows: Mapping[str, Any]) -> dict[str, str]:
    """What to call the rows of a scenario to a reader.

    A row has its name; a person without one goes by the first words of the role, unless two would
    share them; all others by their key, in words.

    Args:
        rows: Persons, clans, offices or other rows by key. One without a name has its key for it.
    """
    roles = {
        key: re.split(r"[,;(]", getattr(row, "role", ""))[0].strip() for key, row in rows.items()
    }
    shared = Counter(roles.values())

    def title(key: str) -> str:
        name = str(rows[key].name).strip()
        if name not in ("", key):
            return name
        if roles[key] and shared[roles[key]] == 1:
            return roles[key]
        return key[:1].upper() + key[1:].replace("_", " ")

    return {key: title(key) for key in rows}


def explain(histories: Histories, run: int) -> Chronicle:
    """Play one history again and tell what happened in it.

    Args:
        histories: The scenario under its seed.
        run: Number of the history.

    Raises:
        VertikalError: If the number is negative.
    """
    return explain_together(histories, (run,))[0]


def explain_together(histories: Histories, runs: Sequence[int]) -> list[Chronicle]:
    """Play some histories again and tell each; it costs little more than one of them.

    Args:
        histories: The scenario under its seed.
        runs: Their numbers; no more than a batch holds.

    Raises:
        VertikalError: If a number is negative.
    """
    for run in runs:
        if not 0 <= run < 2**32:
            raise VertikalError(
                f"there is no history {run}", mend="Histories count from 0 to 2^32 - 1."
            )
    scenario, seed = histories.scenario, histories.seed
    return [
        _told(Chronicle(scenario, run, seed, (), states, start))
        for run, (start, states) in zip(runs, histories.replays(runs), strict=True)
    ]


def _told(chronicle: Chronicle) -> Chronicle:
    """The chronicle with its entries."""
    scenario, clock = chronicle.scenario, chronicle.scenario.clock
    entries = sorted(  # what is imposed comes before what the court makes of it in the same tick
        [*_scripted(scenario), *_played(chronicle)],
        key=lambda e: (clock.tick(e.date), e.event is not None),
    )
    return dataclasses.replace(chronicle, entries=tuple(entries))


def _scripted(scenario: Scenario) -> Iterator[Entry]:
    for name, event in scenario.events.items():
        yield Entry(event.date, event.title or name.replace("-", " "), None)


def _played(chronicle: Chronicle) -> Iterator[Entry]:
    names, clock = names_of(chronicle.scenario), chronicle.scenario.clock
    script = world.script(chronicle.scenario)
    before = chronicle.start
    for tick in range(1, clock.ticks + 1):
        after = chronicle.state(tick)
        for event in happened(tick, before, after, names):
            event = _attributed(event, script)
            yield Entry(clock.span(tick)[0], event.text, event, event.rules, event.weight)
        before = after


def _attributed(event: Event, script: world.Script) -> Event:
    """The event, owned by the script if it is one that the scenario dictates in that tick.

    How a dictated attack ends is up to `Case`, so a sanction that it brings is not dictated.
    """

    def dictated(address: str, *at: int) -> np.ndarray:
        table = script.assigned.get(address)
        row = np.atleast_1d(np.nan if table is None else table[event.tick - 1][at])
        return row[~np.isnan(row)]

    attacked = dictated("moves.attacker").size > 0
    if event.kind == "sanction" and event.mechanism == "attack" and attacked:
        return dataclasses.replace(event, mechanism="case", rules=MECHANISMS["case"].rules)
    by_script = {
        "attack": lambda: attacked,
        "betrayal": lambda: dictated("moves.betrayer").size > 0,
        "pact": lambda: any(
            dictated("clans.pact", *pair).size for pair in (event.clans, event.clans[::-1])
        ),
        "appointment": lambda: event.persons[0] in dictated("nomenklatura.holder"),
    }
    if event.kind in by_script and by_script[event.kind]():
        return dataclasses.replace(event, mechanism="script", rules=())
    return event


@dataclasses.dataclass(frozen=True)
class ButFor:
    """What would have come without one event.

    Attributes:
        event: The event that was suppressed.
        outcomes: One row an outcome, with columns `as it was` and `without it`.
        changed: Names of the outcomes whose answer differs.
    """

    event: Event
    outcomes: pd.DataFrame
    changed: tuple[str, ...]


def but_for(histories: Histories, run: int, events: Sequence[Event]) -> list[ButFor]:
    """For each event, the answers of the same history with that event suppressed.

    All chance but the suppressed move is the same (a sufficient but-for test in the sense of
    causation in law; with several sufficient causes none of them need pass it).

    Args:
        histories: The scenario under its seed.
        run: Number of the history.
        events: Of that history, as its chronicle gives them.

    Raises:
        VertikalError: If an event cannot be suppressed, such as what the scenario imposed.
    """
    for event in events:
        if not event.can_be_suppressed:
            raise VertikalError(
                f"{event.text!r} cannot be suppressed, since {event.mechanism} brought it about",
                mend="For what a scenario imposes compare with a patch that removes the event.",
            )
    moves = [None, *((event.tick, event.mechanism) for event in events)]
    table = histories.outcomes_of(np.full(len(moves), run), moves).to_pandas()
    rows = table.drop(columns=["run", "draw", "status"]).astype(object)
    return [_compared(event, rows.iloc[0], rows.iloc[k]) for k, event in enumerate(events, 1)]


def _compared(event: Event, actual: pd.Series, other: pd.Series) -> ButFor:
    table = pd.DataFrame({"as it was": actual, "without it": other})
    changed = tuple(str(name) for name, row in table.iterrows() if not _same(*row))
    return ButFor(event, table, changed)


def _same(one: Any, other: Any) -> bool:
    """Whether two answers agree; numbers to the precision in which histories are played."""
    if pd.isna(one) or pd.isna(other):
        return bool(pd.isna(one) and pd.isna(other))
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=1e-5, atol=1e-6))
    return bool(one == other)


def state_numbers(chronicle: Chronicle, name: str) -> np.ndarray:
    """A field of the state over time, `[ticks, *rows]`, by address such as `clans.power`."""
    part, field = name.split(".")
    return np.asarray(getattr(getattr(chronicle.states, part), field))
