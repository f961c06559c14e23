"""What happened in a tick, read off two successive states of one history.

No history carries a log. An event is what differs between the state before and the state after a
tick, told with the record of the tick (`Moves`): who did what to whom, and which mechanism, with
which rules of the system, brought it about.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from vertikal.regime.batch import NOBODY
from vertikal.regime.chronicle_defection import LEAVING, departures
from vertikal.regime.chronicle_economy import business
from vertikal.regime.chronicle_foreign import abroad
from vertikal.regime.chronicle_public import society
from vertikal.regime.chronicle_war import war_and_revolution
from vertikal.regime.regime import Body, ClanFate, Exit, Grade, Means, Regime, Status
from vertikal.regime.schedule import MECHANISMS


class Weight(IntEnum):
    """How much an event matters to a reader."""

    MINOR = 1
    NOTABLE = 2
    MAJOR = 3


@dataclasses.dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        tick: When, from 1.
        kind: `attack`, `sanction`, `death`, `appointment`, `loss`, `pact`, `betrayal`, `coup`,
            `exit`, `accession`, `exclusion`, `clan_end`, `emergency`, `establishment`, `office`,
            `debt`, `fund`, `key_rate`, `policy` of industry, `shortage`, `turn` of foreign policy,
            `answer` of the West, `dispute` with a neighbour, `war`, `peace`, `revolution`,
            `collapse`, `departure` of an insider, `protest`, `theme` of the official story,
            `credibility`, `vertical` of power, `sham` of elections, `legitimacy`.
        text: One sentence.
        mechanism: Name of the mechanism behind it; `script` for what the scenario imposed.
        rules: Ids of the rules that the mechanism carries.
        persons: Rows of the persons concerned.
        clans: Rows of the clans concerned.
        weight: How much it matters.
    """

    tick: int
    kind: str
    text: str
    mechanism: str
    rules: tuple[str, ...]
    persons: tuple[int, ...] = ()
    clans: tuple[int, ...] = ()
    weight: Weight = Weight.NOTABLE

    @property
    def can_be_suppressed(self) -> bool:
        """Whether a replay can leave it out by switching its mechanism off for one tick."""
        return self.mechanism not in ("script", "succession", "vacate")


@dataclasses.dataclass(frozen=True)
class Names:
    """How to name rows to a reader."""

    persons: Sequence[str]
    clans: Sequence[str]
    offices: Sequence[str]
    leader_offices: frozenset[int] = frozenset()
    exile_offices: frozenset[int] = frozenset()
    rows: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    """Names of the other rows by kind: `neighbours`, `sectors`, ..."""


_BY_ID = {m.id: name for name, m in MECHANISMS.items()}
_FATES = {
    Status.RETIRED: "is retired",
    Status.EXILED: "is banished",
    Status.IMPRISONED: "is jailed",
    Status.DEAD: "is put to death",
    Status.ABROAD: "goes abroad",
}
_EXITS = {
    Exit.DEATH: "dies in office",
    Exit.COUP: "is overthrown",
    Exit.ELITE_REMOVAL: "is removed by the ruling coalition",
    Exit.SCRIPTED: "leaves office",
    Exit.REVOLT: "is driven out by the streets",
}
_MEANS = {
    Means.CASE: "opens a case against",
    Means.REMOVAL: "has the leader's door closed to",
    Means.SABOTAGE: "plays a foreign crisis against the line of",
}


def happened(tick: int, before: Regime, after: Regime, names: Names) -> list[Event]:
    """Everything that happened in one tick of one history, causes before what follows from them.

    Args:
        tick: Number of the tick.
        before: State before it, arrays without an axis over runs.
        after: State after it.
        names: How to name rows.
    """
    readers = (
        _moves,
        _departures,
        _betrayals,
        _sanctions,
        _offices,
        _ties,
        _clan_ends,
        _stages,
        business,
        abroad,
        departures,
        society,
        war_and_revolution,
    )
    return [_event(tick, *found) for reader in readers for found in reader(before, after, names)]


Found = tuple[str, str, str, Sequence[int], Sequence[int], Weight]
"""Kind, text, mechanism, persons, clans, weight."""


def _event(
    tick: int,
    kind: str,
    text: str,
    mechanism: str,
    persons: Sequence[int],
    clans: Sequence[int],
    weight: Weight,
) -> Event:
    rules = MECHANISMS[mechanism].rules if mechanism in MECHANISMS else ()
    return Event(
        tick,
        kind,
        text,
        mechanism,
        rules,
        tuple(int(p) for p in persons),
        tuple(int(c) for c in clans),
        weight,
    )


def _departures(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    lead, gone = after.leadership, int(after.moves.removed_leader)
    if int(lead.exits) > int(before.leadership.exits) and gone != NOBODY:
        mode = Exit(int(lead.exit_mode))
        by = _BY_ID.get(int(after.elite.fallen_by[gone]), "script")
        yield (
            "exit",
            f"{names.persons[gone]}, the leader, {_EXITS[mode]}",
            by,
            [gone],
            [],
            Weight.MAJOR,
        )
    new = int(lead.leader)
    if new != NOBODY and new != int(before.leadership.leader):
        members = [names.clans[c] for c in _rows(after.leadership.coalition)]
        with_whom = f", with the support of {_and(members)}" if members else ""
        text = f"{names.persons[new]} becomes leader{with_whom}"
        by = "heir_by_law" if _follows_by_law(before, after, new) else "succession"
        yield "accession", text, by, [new], [int(after.elite.clan[new])], Weight.MAJOR
    for c in _rows(after.moves.excluded):
        text = f"{names.clans[c]} is cut out of the ruling coalition"
        failed = c == int(after.moves.plotter) and not bool(after.moves.coup_success)
        yield "exclusion", text, "coup" if failed else "succession", [], [c], Weight.MAJOR


def _follows_by_law(before: Regime, after: Regime, new: int) -> bool:
    """Whether a new leader held the office of the heir and has left it for his new place."""
    office = int(after.succession_rule.heir)
    if office == NOBODY:
        return False
    then, now = (int(state.nomenklatura.holder[office]) for state in (before, after))
    return then == new != now


def _moves(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    m = after.moves
    a, i = int(m.attacker), int(m.target)
    if a != NOBODY and i != NOBODY:
        means = _MEANS[Means(int(m.means))]
        end = ", in vain" if bool(m.repelled) else ""
        text = f"{names.clans[a]} {means} {names.persons[i]}{end}"
        weight = Weight.MINOR if bool(m.repelled) else Weight.NOTABLE
        yield "attack", text, "attack", [i], [a, int(m.target_clan)], weight
    p, gone = int(m.plotter), int(m.removed_leader)
    if p != NOBODY:
        end = "and wins" if bool(m.coup_success) else "and fails"
        won_by = _BY_ID.get(int(after.elite.fallen_by[gone]), "") if gone != NOBODY else ""
        lost_by = {_BY_ID.get(int(k), "") for k in after.elite.fallen_by}
        by = won_by if won_by == "emergency" else "coup"
        by = "power_play" if "power_play" in lost_by else by
        yield "coup", f"{names.clans[p]} tries a coup {end}", by, [], [p], Weight.MAJOR


def _betrayals(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    m = after.moves
    c, d = int(m.betrayer), int(m.betrayed)
    if c != NOBODY and d != NOBODY:
        text = f"{names.clans[c]} turns on its partner {names.clans[d]}"
        by = "succession" if bool(m.excluded[d]) else "betrayal"
        yield "betrayal", text, by, [], [c, d], Weight.MAJOR


def _sanctions(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    old, new = before.elite, after.elite
    chiefs = {int(i) for i in np.argsort(-before.elite.power)[:12]}
    for i in _rows((new.fallen_by != 0) | (new.status != old.status)):
        status = Status(int(new.status[i]))
        if status == Status.ACTIVE and old.status[i] != Status.ACTIVE:
            continue  # a newcomer in the ranks
        if status != old.status[i] and int(new.fallen_by[i]) in LEAVING:
            continue  # told among the departures
        by = _BY_ID.get(int(new.fallen_by[i]), "script")
        weight = Weight.MAJOR if int(i) in chiefs else Weight.MINOR
        clan = [int(old.clan[i])]
        if by == "mortality" or (by == "script" and status == Status.DEAD):
            if _died_in_office(int(i), before, after):
                continue  # told as the leader's exit
            yield "death", f"{names.persons[i]} dies", by, [i], clan, weight
            continue
        cause, why = _reason(int(i), by, int(old.clan[i]), after, names)
        what = (
            _FATES.get(status, "is stripped of posts")
            if status != old.status[i]
            else "is stripped of posts"
        )
        if new.severity[i] <= Grade.POSTS / Grade.DEATH and status == Status.ACTIVE:
            weight = min(weight, Weight.NOTABLE)
        yield "sanction", f"{names.persons[i]} {what}{why}", cause, [i], clan, Weight(weight)


def _died_in_office(i: int, before: Regime, after: Regime) -> bool:
    lead = after.leadership
    left = int(lead.exits) > int(before.leadership.exits) and i == int(after.moves.removed_leader)
    return left and int(lead.exit_mode) == Exit.DEATH


def _reason(i: int, by: str, clan: int, after: Regime, names: Names) -> tuple[str, str]:
    """The mechanism behind a sanction, and how to put it.

    `Sentence` carries out what others decide; where it alone has left its mark, the record of the
    tick tells who decided.
    """
    m = after.moves
    if i == int(m.target) and not bool(m.repelled):
        return "attack", f", attacked by {names.clans[int(m.attacker)]}"
    if by == "purge_of_losers":
        victor = int(after.clans.victor[clan])
        # a hunt outlasts the power of whoever began it
        return by, f" as one of those beaten by {names.clans[victor]}" if victor != NOBODY else ""
    if by == "coup" and int(m.plotter) == clan:
        return by, " after the failed coup"
    if by == "sentence" and int(m.betrayed) == clan:
        return "betrayal", f", betrayed by {names.clans[int(m.betrayer)]}"
    return by, ""


def _offices(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    old, new = before.nomenklatura, after.nomenklatura
    for o in _rows(old.active != new.active):
        verb = "is created" if new.active[o] else "is abolished"
        yield "office", f"{names.offices[o]} {verb}", "script", [], [], Weight.NOTABLE
    for o in _rows(old.holder != new.holder):
        was, now = int(old.holder[o]), int(new.holder[o])
        if was != NOBODY and after.elite.status[was] == Status.ACTIVE:
            text = f"{names.persons[was]} loses: {names.offices[o]}"
            by = "sentence" if after.elite.fallen_by[was] else "script"
            by = "succession" if o in names.leader_offices else by
            yield "loss", text, by, [was], [], Weight.NOTABLE
        if now == NOBODY:
            continue
        if int(o) in names.leader_offices and now == int(after.leadership.leader):
            continue
        if int(o) in names.exile_offices:
            text = f"{names.persons[now]} is sent away as {names.offices[o]}"
            yield "sanction", text, "sentence", [now], [], Weight.NOTABLE
            continue
        text = f"{names.persons[now]} becomes {names.offices[o]}"
        weight = Weight.NOTABLE if before.elite.power[now] > 0.8 else Weight.MINOR
        yield "appointment", text, "appointment", [now], [int(after.elite.clan[now])], weight


def _ties(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    grown = after.clans.pact - before.clans.pact > 0.05
    for c, d in np.argwhere(np.triu(grown | grown.T)).tolist():
        text = f"{names.clans[c]} and {names.clans[d]} come to terms"
        yield "pact", text, "pact", [], [c, d], Weight.NOTABLE


def _clan_ends(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    words = {
        ClanFate.PURGED: "is finished as a force",
        ClanFate.DISSOLVED: "falls apart without cover",
    }
    for c in _rows(before.clans.fate != after.clans.fate):
        word = words.get(ClanFate(int(after.clans.fate[c])), "is back in play")
        yield "clan_end", f"{names.clans[c]} {word}", "clan_ends", [], [c], Weight.MAJOR


def _stages(before: Regime, after: Regime, names: Names) -> Iterator[Found]:
    old, new = before.leadership, after.leadership
    words: Mapping[Body, str] = {
        Body.PENDING: "insiders found an extraordinary body",
        Body.ACCEPTED: "the leader accepts the extraordinary body and heads it",
        Body.FAILED: "the leader refuses and the extraordinary body fails",
    }
    stage = Body(int(new.body))
    if stage != int(old.body) and stage in words:
        founders = [int(i) for i in _rows(after.elite.founder > before.elite.founder)]
        yield "emergency", words[stage].capitalize(), "emergency", founders, [], Weight.MAJOR
    if bool(new.established) and not bool(old.established) and int(new.leader) == int(old.leader):
        who = names.persons[int(new.leader)]
        text = f"{who} has outgrown the ruling coalition, which can no longer remove the leader"
        yield "establishment", text, "personal_power", [int(new.leader)], [], Weight.MAJOR


def _rows(mask: Any) -> list[int]:
    """Rows at which a mask is true."""
    return np.flatnonzero(mask).tolist()


def _and(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
