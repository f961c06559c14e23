"""Whether the parts of a scenario fit together.

Each function looks at one thing that needs several sections, and notes every fault that it finds.
Rows that are themselves at fault count as declared and are otherwise left alone.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from vertikal.scenario import registry
from vertikal.scenario.assemble import Draft, without_nulls
from vertikal.scenario.conditions import COMPUTED, check_address, check_label, read_address
from vertikal.scenario.dates import written, written_end
from vertikal.scenario.faults import Problem, nearest, quoted, suggest
from vertikal.scenario.outcomes import Recorded, check_outcome, check_parts, read_history
from vertikal.scenario.schema import Event, Office
from vertikal.scenario.source import plain


def check_all(draft: Draft) -> None:
    """Run every check on a draft."""
    for check in (
        check_people,
        check_patrons,
        check_clans,
        check_pairs,
        check_offices,
        check_leader,
        check_events,
        check_story,
        check_mechanisms,
        check_series,
        check_outcomes,
        check_history,
        check_variants,
    ):
        check(draft)


def refer(
    draft: Draft,
    path: tuple[Any, ...],
    name: str,
    section: str,
    kind: str,
    at_key: bool = False,
) -> bool:
    """Note a fault unless `name` is a row of a section; whether it is."""
    known = getattr(draft, section)
    if name in known:
        return True
    named = [n for n in known if n not in draft.generated]
    close = nearest(name, known)
    remedy = suggest(name, named, section, draft.lines(section))
    if close in draft.generated:
        remedy = f'Did you mean "{close}"? {remedy}'
    draft.fault(path, f'there is no {kind} "{name}".', remedy, at_key=at_key)
    return False


def check_people(draft: Draft) -> None:
    """Clans of people."""
    if not draft.people:
        draft.fault(
            ("people",),
            "the scenario has no people.",
            "Declare at least one person under `people`.",
        )
    for name, person in draft.people.items():
        if person is not None:
            refer(draft, ("people", name, "clan"), person.clan, "clans", "clan")


def check_patrons(draft: Draft) -> None:
    """Patrons exist, live, and are not their clients' clients."""
    in_ring: set[str] = set()
    for name, person in draft.people.items():
        if person is None or person.patron is None:
            continue
        path = ("people", name, "patron")
        if not refer(draft, path, person.patron, "people", "person"):
            continue
        patron = draft.people[person.patron]
        if patron is not None and patron.status == "dead" and person.status != "dead":
            draft.fault(
                path,
                f'the patron "{person.patron}" is dead at the start.',
                "Name a living patron, or nobody.",
            )
        ring = _ring(draft, name)
        if ring and name not in in_ring:
            in_ring.update(ring)
            shown = " -> ".join((*ring, ring[0]))
            draft.fault(
                path, f"the patrons form a ring: {shown}.", "Let one of them have no patron."
            )


def _ring(draft: Draft, name: str) -> list[str]:
    """The ring of patrons on which a person stands, or nothing."""
    seen, at = [name], draft.people[name]
    while at is not None and at.patron is not None:
        if at.patron == name:
            return seen
        if at.patron in seen:
            return []
        seen.append(at.patron)
        at = draft.people.get(at.patron)
    return []


def check_clans(draft: Draft) -> None:
    """There are clans, their people exist, and their timetables lie ahead."""
    if not draft.clans:
        draft.fault(
            ("clans",), "the scenario has no clans.", "Declare at least one clan under `clans`."
        )
    members = {person.clan for person in draft.people.values() if person is not None}
    whole = all(person is not None for person in draft.people.values())
    for name, clan in draft.clans.items():
        if clan is None:
            continue
        if whole and name not in members:
            draft.fault(
                ("clans", name),
                "the clan has no members.",
                "Give people this `clan`, or the clan some `cadres`.",
                at_key=True,
            )
        if clan.cadre and not clan.cadres:
            draft.fault(
                ("clans", name, "cadre"),
                "`cadre` describes people, but `cadres` asks for none.",
                "Add for instance `cadres: 5`.",
                at_key=True,
            )
        if clan.timetable and draft.clock and clan.timetable < draft.clock.start:
            draft.fault(
                ("clans", name, "timetable"),
                f"{written(clan.timetable)} is before the start of the clock.",
                "Give a later date, or remove it.",
            )


def check_pairs(draft: Draft) -> None:
    """Pacts and bonds are between two different clans."""
    for section in ("pacts", "bonds"):
        for one, row in getattr(draft, section).items():
            refer(draft, (section, one), one, "clans", "clan", at_key=True)
            for other in row:
                if (
                    refer(draft, (section, one, other), other, "clans", "clan", at_key=True)
                    and other == one
                ):
                    draft.fault(
                        (section, one, other),
                        f'the clan "{one}" is paired with itself.',
                        "Name two different clans.",
                        at_key=True,
                    )


def check_offices(draft: Draft) -> None:
    """Holders, bodies and dates of offices."""
    for name, office in draft.offices.items():
        if office is None:
            continue
        path = ("offices", name)
        for place, body in members(draft, (*path, "body"), office.body):
            refer(draft, place, body, "bodies", "body")
        _check_holder(draft, path, office)
        for key in ("opens", "closes"):
            _inside(draft, (*path, key), getattr(office, key))
        if office.opens and office.closes and office.closes <= office.opens:
            draft.fault(
                (*path, "closes"),
                "the office closes before it opens.",
                "Exchange or correct the dates.",
            )
    used = {body for office in draft.offices.values() if office is not None for body in office.body}
    for name in draft.bodies:
        if name not in used and all(office is not None for office in draft.offices.values()):
            draft.fault(
                ("bodies", name),
                "no office sits on this body.",
                f"Give offices `body: {name}`, or remove it.",
                at_key=True,
            )


def _check_holder(draft: Draft, path: tuple[str, ...], office: Office) -> None:
    if office.holder is None or not refer(
        draft, (*path, "holder"), office.holder, "people", "person"
    ):
        return
    holder, clock = draft.people[office.holder], draft.clock
    if clock and office.opens and office.opens > clock.start:
        draft.fault(
            (*path, "holder"),
            f"{office.holder} holds an office that opens on {written(office.opens)}.",
            "Remove `holder`, and appoint by an event, or open the office from the start.",
        )
    if holder is not None and holder.status == "dead":
        draft.fault(
            (*path, "holder"),
            f'the holder "{office.holder}" is dead at the start.',
            "Name a living holder, or nobody.",
        )
    elif holder is not None and holder.status != "active" and not office.exile:
        draft.fault(
            (*path, "holder"),
            f'the holder "{office.holder}" is {holder.status} at the start.',
            "Make the person active, or the office vacant.",
        )
    if office.leader and draft.leader is not None and office.holder != draft.leader.person:
        draft.fault(
            (*path, "holder"),
            f"the office goes with the leadership, but {office.holder} does not lead.",
            f"Remove `holder`, or write {draft.leader.person}.",
        )


def _inside(draft: Draft, path: tuple[Any, ...], when: datetime | None) -> None:
    """Note a fault unless a date lies within the clock."""
    clock = draft.clock
    if clock is None or when is None or clock.start <= when <= clock.end:
        return
    side = "before the start" if when < clock.start else "after the end"
    span = f"{written(clock.start)} to {written_end(clock.end)}"
    draft.fault(
        path,
        f"{written(when)[:10]} is {side} of the clock ({span}).",
        "Change the date, or the clock.",
    )


def check_leader(draft: Draft) -> None:
    """The leader exists, can lead, and did not come to power in the future."""
    leader = draft.leader
    if leader is None:
        return
    if refer(draft, ("leader", "person"), leader.person, "people", "person"):
        person = draft.people[leader.person]
        if person is not None and person.status != "active":
            draft.fault(
                ("leader", "person"),
                f'"{leader.person}" is {person.status} at the start.',
                "The leader must be active.",
            )
    if leader.since and draft.clock and leader.since > draft.clock.start:
        draft.fault(
            ("leader", "since"),
            "the reign begins after the start of the clock.",
            "Give an earlier date.",
        )
    for place, name in members(draft, ("leader", "coalition"), leader.coalition or ()):
        refer(draft, place, name, "clans", "clan")


def check_events(draft: Draft) -> None:
    """Dates, people, offices, clans and addresses of events."""
    for name, event in draft.events.items():
        if event is None:
            continue
        path = ("events", name)
        _inside(draft, (*path, "date"), event.date)
        for place, who in members(draft, (*path, "dies"), event.dies):
            refer(draft, place, who, "people", "person")
        for office, holder in event.appoint.items():
            refer(draft, (*path, "appoint", office), office, "offices", "office", at_key=True)
            if holder is not None:
                refer(draft, (*path, "appoint", office), holder, "people", "person")
        for key in ("open", "close"):
            for place, office in members(draft, (*path, key), getattr(event, key)):
                refer(draft, place, office, "offices", "office")
        _check_moves(draft, path, event)
        for key in ("set", "add"):
            for address, value in getattr(event, key).items():
                attempt(draft, (*path, key, address), _check_change, draft, address, value, key)
        _check_effect(draft, path, event)


def _check_moves(draft: Draft, path: tuple[str, ...], event: Event) -> None:
    if event.attack:
        refer(draft, (*path, "attack", "by"), event.attack.by, "clans", "clan")
        refer(draft, (*path, "attack", "on"), event.attack.on, "people", "person")
        target = draft.people.get(event.attack.on)
        if target is not None and target.clan == event.attack.by:
            draft.fault(
                (*path, "attack", "on"),
                f'"{event.attack.on}" belongs to the attacking clan.',
                "Name a person of another clan.",
            )
    if event.betray:
        refer(draft, (*path, "betray", "by"), event.betray.by, "clans", "clan")
        refer(draft, (*path, "betray", "of"), event.betray.of, "clans", "clan")
        if event.betray.by == event.betray.of:
            draft.fault((*path, "betray", "of"), "a clan cannot betray itself.", "Name two clans.")


def attempt(draft: Draft, path: tuple[Any, ...], check: Callable[..., Any], *given: Any) -> Any:
    """Run a check, note its problem if it has one, and return what it found or `None`."""
    try:
        return check(*given)
    except Problem as why:
        draft.fault(path, why)
        return None


def members(
    draft: Draft, path: tuple[Any, ...], names: Iterable[str]
) -> list[tuple[tuple[Any, ...], str]]:
    """Names of a list with the paths where they stand; a single name may stand without a list."""
    node = draft.tree.get(*path)
    is_list = node is not None and isinstance(node.value, list)
    return [((*path, i) if is_list else path, name) for i, name in enumerate(names)]


def _check_change(draft: Draft, text: str, value: Any, how: str) -> None:
    address = read_address(text)
    seen = check_address(address, draft.rows)
    if address.name in COMPUTED:
        raise Problem(
            f'"{address.name}" is computed anew in each tick and cannot be set.',
            f"It follows from {COMPUTED[address.name]}: change those.",
        )
    if seen.derived:
        raise Problem(
            f'"{address.name}" is derived from the state and cannot be set.',
            "Change what it is derived from.",
        )
    if how == "add" and seen.labels is not None:
        raise Problem(
            f'"{address}" has names for values, so nothing can be added to it.', "Use `set`."
        )
    check_label(address, seen, value, draft.rows)


def _check_effect(draft: Draft, path: tuple[str, ...], event: Event) -> None:
    effects = ("set", "add", "dies", "appoint", "open", "close")
    if (
        not any(getattr(event, e) for e in effects)
        and event.shock is None
        and not event.attack
        and not event.betray
    ):
        draft.fault(
            path,
            "the event changes nothing.",
            f"Give it one of: {', '.join((*effects, 'shock', 'attack', 'betray'))}.",
            at_key=True,
        )


def check_story(draft: Draft) -> None:
    """Scripted events do not contradict each other or the state at the start."""
    events = [(name, e) for name, e in draft.events.items() if e is not None]
    events.sort(key=lambda pair: pair[1].date)
    every = [event for _, event in events]
    died: dict[str, datetime] = {}
    appointed: dict[tuple[str, datetime], str | None] = {}
    for name, event in events:
        for place, who in members(draft, ("events", name, "dies"), event.dies):
            _check_death(draft, place, who, event.date, who in died)
            died[who] = event.date
        for office, holder in event.appoint.items():
            path = ("events", name, "appoint", office)
            day = written(event.date)
            if holder in died and died[holder] < event.date:
                draft.fault(
                    path,
                    f'"{holder}" has died on {written(died[holder])}.',
                    "Appoint a living person.",
                )
            if appointed.setdefault((office, event.date), holder) != holder:
                draft.fault(
                    path,
                    f'two holders of "{office}" are appointed on {day}.',
                    "Keep one appointment.",
                )
            if not _open_at(draft, office, event.date, every):
                draft.fault(
                    path,
                    f'the office "{office}" is closed on {day}.',
                    "Open it before, or change the date.",
                )


def _check_death(
    draft: Draft, place: tuple[Any, ...], who: str, when: datetime, died_before: bool
) -> None:
    row = draft.people.get(who)
    if row is None:
        return
    if row.status == "dead" or died_before:
        draft.fault(place, f'"{who}" is dead already.', "Remove one of the deaths.")
    if row.survives_until and row.survives_until > when:
        day = written_end(row.survives_until)
        draft.fault(
            place,
            f'"{who}" dies before {day}, the day in `survives_until`.',
            "Change one of the dates.",
        )


def _open_at(draft: Draft, office: str, when: datetime, events: Iterable[Event]) -> bool:
    """Whether an office is open at the end of a date, by its own dates and scripted events."""
    row, clock = draft.offices.get(office), draft.clock
    if row is None or clock is None:
        return True
    changes = [(e.date, True) for e in events if office in e.open] + [
        (e.date, False) for e in events if office in e.close
    ]
    changes += [(row.opens, True)] if row.opens else []
    changes += [(row.closes, False)] if row.closes else []
    is_open = row.opens is None or row.opens <= clock.start
    for date, opens in sorted(changes):
        if date <= when:
            is_open = opens
    return is_open


def check_mechanisms(draft: Draft) -> None:
    """Mechanisms switched off or brought along, and parameters."""
    known = registry.mechanisms()
    for place, name in members(draft, ("mechanisms", "off"), draft.mechanisms.off):
        if name not in known:
            draft.fault(
                place, f'there is no mechanism "{name}".', suggest(name, known, "mechanisms")
            )
    own: dict[str, Any] = {}
    for place, reference in members(draft, ("mechanisms", "use"), draft.mechanisms.use):
        found = attempt(draft, place, registry.own_mechanism, reference, draft.folder, own)
        if found is not None:
            own[found.name] = found
            _on_clock(draft, place, found)
    _parameters(draft, {**known, **own})


def _on_clock(draft: Draft, path: tuple[Any, ...], mechanism: Any) -> None:
    if draft.clock and draft.clock.step not in mechanism.clocks:
        draft.fault(
            path,
            f'the mechanism "{mechanism.name}" has no meaning by the {draft.clock.step}.',
            f"Its clocks: {', '.join(mechanism.clocks)}. Remove the entry, or change `clock.step`.",
        )


def _parameters(draft: Draft, known: dict[str, Any]) -> None:
    node = draft.tree.get("parameters")
    if node is None or node.value is None:
        return
    if not isinstance(node.value, dict):
        draft.fault(
            ("parameters",),
            "parameters must be a mapping from mechanisms to their parameters.",
            "Write `succession: {noise: 0.3}`.",
        )
        return
    for name, row in node.value.items():
        path = ("parameters", name)
        if name not in known:
            draft.fault(
                path,
                f'there is no mechanism "{name}".',
                suggest(name, known, "mechanisms"),
                at_key=True,
            )
            continue
        if row.value is None:
            continue
        if not isinstance(row.value, dict):
            draft.fault(
                path,
                f"{quoted(plain(row))} is not a mapping of parameters.",
                "Write `name: value` entries.",
            )
            continue
        if name in draft.mechanisms.off:
            draft.fault(
                path,
                f'the mechanism "{name}" is switched off.',
                "Remove its parameters, or switch it on.",
                at_key=True,
            )
        _on_clock(draft, path, known[name])
        for parameter, child in row.value.items():
            place = (*path, parameter)
            value = attempt(
                draft, place, registry.read_parameter, known[name], parameter, plain(child)
            )
            if value is not None:
                draft.parameters.setdefault(name, {})[parameter] = value


def check_series(draft: Draft) -> None:
    """Addresses recorded in each tick."""
    node = draft.tree.get("series")
    if node is None or node.value is None:
        return
    if not isinstance(node.value, list):
        draft.fault(
            ("series",),
            "series must be a list of addresses.",
            "Write for instance [clans.share, leadership.control].",
        )
        return
    for i, child in enumerate(node.value):
        address = attempt(draft, ("series", i), read_address, plain(child))
        if address is None:
            continue
        if attempt(draft, ("series", i), check_address, address, draft.rows, True) is None:
            continue
        if address in draft.series:
            draft.fault(("series", i), f'"{address}" is given twice.', "Remove one of them.")
        else:
            draft.series.append(address)


def check_outcomes(draft: Draft) -> None:
    """Addresses, windows and parts of outcomes."""
    for name, outcome in draft.outcomes.items():
        if outcome is None:
            continue
        path = ("outcomes", name)
        for key, when in (("from", outcome.start), ("until", outcome.until), ("at", outcome.at)):
            _inside(draft, (*path, key), when)
        attempt(draft, (*path, outcome.kind), check_outcome, outcome, draft.rows)
        attempt(draft, (*path, outcome.kind), check_parts, outcome, draft.outcomes)


def check_history(draft: Draft) -> None:
    """What happened answers to declared outcomes in their own kind."""
    node = draft.tree.get("history")
    if node is None or node.value is None:
        return
    if not isinstance(node.value, dict):
        draft.fault(
            ("history",),
            "history must be a mapping from outcomes to what happened.",
            "Write `outcome: answer` entries.",
        )
        return
    for name, child in node.value.items():
        path = ("history", name)
        if child.value is None:
            continue
        if name not in draft.outcomes:
            draft.fault(
                path,
                f'there is no outcome "{name}".',
                suggest(name, draft.outcomes, "outcomes"),
                at_key=True,
            )
            continue
        outcome = draft.outcomes[name]
        if outcome is None:
            continue
        value = without_nulls(plain(child))
        recorded = attempt(draft, path, read_history, value, outcome, draft.rows)
        if recorded is not None:
            draft.history[name] = recorded
            _history_inside(draft, path, recorded)


def _history_inside(draft: Draft, path: tuple[str, ...], recorded: Recorded) -> None:
    clock = draft.clock
    if clock is None or recorded.first is None or recorded.last is None:
        return
    if recorded.last < clock.start or recorded.first > clock.end:
        day = written(recorded.first)[:10]
        draft.fault(
            path, f"{day} lies outside the clock.", "Within the clock the answer is: never."
        )


def check_variants(draft: Draft) -> None:
    """Variants include declared variants, and change something."""
    for name, variant in draft.variants.items():
        if variant is None:
            continue
        for place, other in members(draft, ("variants", name, "includes"), variant.includes):
            refer(draft, place, other, "variants", "variant")
        if not variant.patch and not variant.includes:
            draft.fault(
                ("variants", name),
                "the variant changes nothing.",
                "Give it a `patch`, or `includes`.",
                at_key=True,
            )
