"""Whether people, clans, offices and the leader fit together."""

from vertikal.regime.kinds import KINDS
from vertikal.scenario import declared
from vertikal.scenario.assemble import Draft
from vertikal.scenario.dates import written
from vertikal.scenario.faults import suggest
from vertikal.scenario.referring import inside, members, refer
from vertikal.scenario.schema import Office


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
            if person.last_office is not None:
                path = ("people", name, "last_office")
                refer(draft, path, person.last_office, "offices", "office")


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
    joined = {person.clan if person is not None else "" for person in draft.people.values()}
    whole = joined <= set(draft.clans)  # otherwise the fault lies with a person
    for name, clan in draft.clans.items():
        if clan is None:
            continue
        if whole and name not in joined:
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
            inside(draft, (*path, key), getattr(office, key))
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


def check_tables(draft: Draft) -> None:
    """What the rows and the sections of subsystems refer to exists."""
    for section, entry in draft.subsystems.items():
        for field, other in declared.references_of(section).items():
            named = getattr(entry, field, None)
            if named is not None:
                refer(draft, (section, field), named, KINDS[other].section, KINDS[other].singular)
    if "uprising" in draft.subsystems and "public" not in draft.rows["subsystems"]:
        draft.fault(
            ("uprising",),
            "the streets are empty where there is no public.",
            "Declare `public` as well, or remove it.",
            at_key=True,
        )
    rule = draft.subsystems.get("succession_rule")
    if rule is not None and rule.heir is None:
        draft.fault(
            ("succession_rule",),
            "the rule does not say who follows.",
            "Add `heir`, the office whose holder does.",
            at_key=True,
        )
    for kind, rows in draft.tables.items():
        for field, other in declared.references(kind).items():
            for name, row in rows.items():
                named = getattr(row, field, None)
                known = draft.rows[other]
                if named is not None and named not in known:
                    draft.fault(
                        (kind, name, field),
                        f'there is no {KINDS[other].singular} "{named}".',
                        suggest(named, known, other),
                    )
