"""Whether scripted events, mechanisms and parameters are possible."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from vertikal.scenario import registry
from vertikal.scenario.assemble import Draft
from vertikal.scenario.conditions import COMPUTED, check_address, check_label, read_address
from vertikal.scenario.dates import written, written_end
from vertikal.scenario.faults import Problem, quoted, suggest
from vertikal.scenario.own import own_mechanism
from vertikal.scenario.quantities import bounds, read
from vertikal.scenario.referring import attempt, inside, members, refer
from vertikal.scenario.schema import Event
from vertikal.scenario.source import plain


def check_events(draft: Draft) -> None:
    """Dates, people, offices, clans and addresses of events."""
    for name, event in draft.events.items():
        if event is None:
            continue
        path = ("events", name)
        inside(draft, (*path, "date"), event.date)
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


def _check_change(draft: Draft, text: str, value: Any, how: str) -> None:
    address = read_address(text)
    seen = check_address(address, draft.rows)
    if address.name in COMPUTED:
        raise Problem(
            f'"{address.name}" is computed anew in each tick and cannot be set.',
            f"It follows from {COMPUTED[address.name]}: change those.",
        )
    if seen.level and seen.level.follows:
        raise Problem(
            f'"{address.name}" is computed anew in each tick and cannot be set.',
            f"It follows from {seen.level.follows}: change those.",
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
    low, high = seen.range
    if how == "set" and not isinstance(value, str) and not low <= value <= high:
        raise Problem(
            f"{value:g} is out of bounds for {address} ({bounds(low, high)}).",
            f"Give a value that is {bounds(low, high)}.",
        )


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


def check_own_mechanisms(draft: Draft) -> None:
    """Mechanisms that the scenario brings along."""
    for place, reference in members(draft, ("mechanisms", "use"), draft.mechanisms.use):
        found = attempt(draft, place, own_mechanism, reference, draft.folder, draft.own)
        if found is not None:
            draft.own[found.name] = found
            _on_clock(draft, place, found)


def check_theory(draft: Draft) -> None:
    """Theories in play: one by name, several as a list, or with weights."""
    node = draft.tree.get("theory")
    raw = plain(node) if node is not None and node.value is not None else {}
    if not isinstance(raw, dict):
        draft.fault(("theory",), f"{quoted(raw)} is no mapping of questions.", _THEORY_HOW)
        return
    known = registry.theories(draft.own.values())
    for question, stated in raw.items():
        path = ("theory", question)
        if question not in known:
            what = f'theories do not disagree on "{question}" here.'
            draft.fault(path, what, suggest(question, known, "questions"), at_key=True)
        elif stated is not None:
            weights = attempt(draft, path, _weights, stated, known[question])
            if weights:
                draft.theory[question] = weights


_THEORY_HOW = (
    "Write one theory, a list of them, or a mapping from theories to weights, for instance "
    "`succession: {ruling_coalition: 2, coercion: 1}`."
)


def _weights(stated: Any, known: tuple[str, ...]) -> dict[str, float]:
    """Theories with their weights, in the order of those known.

    Raises:
        Problem: If a theory is unknown or a weight impossible.
    """
    if isinstance(stated, str):
        stated = [stated]
    if isinstance(stated, list):
        stated = dict.fromkeys(map(str, stated), 1.0)
    if not isinstance(stated, dict) or not stated:
        raise Problem(f"{quoted(stated)} names no theory.", _THEORY_HOW)
    for name, weight in stated.items():
        if name not in known:
            raise Problem(f'there is no theory "{name}".', suggest(name, known, "theories"))
        read(weight, 0, 1e6)
    weights = {name: read(stated[name], 0, 1e6).value for name in known if name in stated}
    if sum(weights.values()) <= 0:
        raise Problem("all weights are nil.", _THEORY_HOW)
    return {name: weight for name, weight in weights.items() if weight > 0}


def check_mechanisms(draft: Draft) -> None:
    """Mechanisms switched off, and parameters."""
    known = registry.mechanisms()
    sections = registry.sections()
    for place, name in members(draft, ("mechanisms", "only"), draft.mechanisms.only):
        if name not in sections:
            draft.fault(
                place, f'there is no subsystem "{name}".', suggest(name, sections, "subsystems")
            )
    for place, name in members(draft, ("mechanisms", "off"), draft.mechanisms.off):
        if name not in known:
            draft.fault(
                place, f'there is no mechanism "{name}".', suggest(name, known, "mechanisms")
            )
    _parameters(draft, {**known, **draft.own})


def _on_clock(draft: Draft, path: tuple[Any, ...], mechanism: Any) -> None:
    steps = [spell.step for spell in draft.clock.spells] if draft.clock else []
    if steps and not any(step in mechanism.clocks for step in steps):
        draft.fault(
            path,
            f'the mechanism "{mechanism.name}" has no meaning by the {" or the ".join(steps)}.',
            f"Its clocks: {', '.join(mechanism.clocks)}. Remove the entry, or change `clock.step`.",
        )


def _at_work(draft: Draft, path: tuple[Any, ...], mechanism: Any) -> None:
    if not registry.at_work(mechanism, draft.rows["subsystems"], draft.mechanisms, draft.theory):
        what = f'the subsystem "{mechanism.subsystem}"'
        if mechanism.theory is not None:
            what += f" and the theory {mechanism.theory[1]} of {mechanism.theory[0]}"
        draft.fault(
            path,
            f'the mechanism "{mechanism.name}" is not at work in this scenario; it belongs to '
            f"{what}.",
            "Remove its parameters, or bring in what it belongs to.",
            at_key=True,
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
        _at_work(draft, path, known[name])
        for parameter, child in row.value.items():
            place = (*path, parameter)
            value = attempt(
                draft, place, registry.read_parameter, known[name], parameter, plain(child)
            )
            if value is not None:
                draft.parameters.setdefault(name, {})[parameter] = value
