"""From a checked scenario to the arrays of a regime at its start, and to its script.

Numbers about which the author has doubts are drawn anew for each parameter draw; the arrays then
have the histories as their last axis. What is never in doubt has a last axis of one.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import host_regime, host_setting
from vertikal.regime.kinds import KINDS
from vertikal.regime.levels import Level
from vertikal.regime.mechanism import Mechanism, parameters
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.priors import Prior, categorical
from vertikal.regime.regime import Base, ClanFate, Means, Regime, Setting, Status, change
from vertikal.regime.schedule import MECHANISMS, in_order
from vertikal.scenario import declared
from vertikal.scenario.conditions import read_address
from vertikal.scenario.model import Scenario
from vertikal.scenario.quantities import Quantity, exactly
from vertikal.scenario.registry import at_work, in_play, theories

Values = Mapping[str, np.ndarray]
"""For each uncertain address its value in each history."""

PERSON_FIELDS = (
    "competence", "ambition", "sincerity", "loyalty", "proximity", "indispensability", "exposure",
    "age", "frailty", "founder", "knowledge", "severity",
)  # fmt: skip
CLAN_FIELDS = ("cohesion", "favour", "placement")
OFFICE_FIELDS = (
    "policy", "coercion", "grip", "register", "inspection", "intelligence", "strategic", "grade",
)  # fmt: skip
LAW_FIELDS = ("fear", "terror", "grey_law", "wave")
ARMS_FIELDS = ("tension", "quality", "apparent_quality", "war")
POLICY_FIELDS = (
    "rationality", "agenda", "legal_order", "entrant_quality", "capability", "force",
)  # fmt: skip


def used_mechanisms(scenario: Scenario) -> tuple[type[Mechanism], ...]:
    """The mechanisms of the subsystems in play that the clock admits, in order.

    Those that are switched off are among them.
    """
    library = [
        m
        for m in MECHANISMS.values()
        if any(spell.step in m.clocks for spell in scenario.clock.spells)
        and at_work(m, scenario.in_play, scenario.mechanisms, scenario.theory)
    ]
    return in_order([*library, *_own_mechanisms(scenario)])


def _own_mechanisms(scenario: Scenario) -> list[type[Mechanism]]:
    """The user's mechanisms, but for theories that are not in play."""
    return [
        m
        for m in scenario.own_mechanisms
        if m.theory is None or m.theory[1] in in_play(m.theory[0], scenario.theory)
    ]


def answers(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """By question the theories that a scenario may range over, in the order of their numbers."""
    return theories(_own_mechanisms(scenario))


def quantities(scenario: Scenario) -> dict[str, Quantity]:
    """Every number of the scenario and its mechanisms about which there may be doubt, by address.

    The rank and file are left out: they differ by chance, not by our ignorance.
    """
    found: dict[str, Quantity] = {}

    def add(prefix: str, row: Any, fields: Sequence[str]) -> None:
        for field in fields:
            found[f"{prefix}.{field}"] = getattr(row, "register_" if field == "register" else field)

    for name, person in scenario.people.items():
        if name not in scenario.generated:
            add(f"people.{name}", person, PERSON_FIELDS)
    for name, clan in scenario.clans.items():
        add(
            f"clans.{name}",
            clan,
            (*CLAN_FIELDS, "communications", "soft_budget", "school", "foreign_lines"),
        )
        if clan.trend is not None:
            found[f"clans.{name}.trend"] = clan.trend
    for name, office in scenario.offices.items():
        add(f"offices.{name}", office, OFFICE_FIELDS)
    for name, body in scenario.bodies.items():
        add(f"bodies.{name}", body, ("power",))
    for section in ("pacts", "bonds"):
        for a, row in getattr(scenario, section).items():
            found |= {f"{section}.{a}.{b}": quantity for b, quantity in row.items()}
    add("leader", scenario.leader, ("control", "personal_power", "acceptance", "shock"))
    if scenario.leader.horizon is not None:
        found["leader.horizon"] = scenario.leader.horizon
    add("coercion", scenario.coercion, LAW_FIELDS)
    add("military_industry", scenario.military_industry, ARMS_FIELDS)
    for field in ("spending", "influence"):
        add(
            f"military_industry.{field}",
            getattr(scenario.military_industry, field),
            KINDS["complexes"].fixed,
        )
    add("policy", scenario.policy, POLICY_FIELDS)
    add("system", scenario.system, ("centralisation", "narrowness", "soviet_lesson"))
    for address, quantity, _ in _stated(scenario):
        if address.split(".")[1] not in scenario.generated:
            found[address] = quantity
    for question, weights in open_questions(scenario).items():
        found[f"theory.{question}"] = Quantity(float(np.argmax(weights)), categorical(*weights))
    for mechanism in used_mechanisms(scenario):
        stated = scenario.parameters.get(mechanism.name, {})
        for field, p in parameters(mechanism).items():
            found[f"{mechanism.name}.{field}"] = stated.get(field, Quantity(p.default, p.prior))
    return found


def open_questions(scenario: Scenario) -> dict[str, list[float]]:
    """Questions on which several theories are in play: the weight of each of `answers`."""
    return {
        question: [scenario.theory[question].get(name, 0.0) for name in names]
        for question, names in answers(scenario).items()
        if len(scenario.theory.get(question, ())) > 1
    }


def _stated(scenario: Scenario) -> Iterator[tuple[str, Quantity, Level]]:
    """Address, value and declaration of every number that the scenario states of a subsystem."""
    for subsystem in scenario.in_play:
        for field, rows, level in declared.fields_of(subsystem):
            if level.labels is None:
                for address, quantity in places(scenario, subsystem, field, rows):
                    yield address, quantity, level


def places(
    scenario: Scenario, subsystem: str, field: str, rows: tuple[str, ...]
) -> list[tuple[str, Any]]:
    """Where in a scenario file a field of a subsystem stands, and what stands there, row by row.

    Args:
        scenario: The scenario.
        subsystem: Name of a subsystem in play.
        field: Name of the field.
        rows: Kinds of its rows, none or one.
    """
    if not rows:
        return [(f"{subsystem}.{field}", getattr(scenario.subsystems[subsystem], field))]
    kind = KINDS[rows[0]]
    if kind.fixed:
        table = getattr(scenario.subsystems[subsystem], field)
        return [(f"{subsystem}.{field}.{row}", getattr(table, row)) for row in kind.fixed]
    items = (
        scenario.tables.get(kind.name, {}) if kind.subsystem else getattr(scenario, kind.section)
    )
    return [
        (f"{kind.section}.{name}.{field}", getattr(row, field))
        for name, row in items.items()
        if hasattr(row, field)
    ]


def uncertain(scenario: Scenario) -> dict[str, Prior]:
    """The priors of all numbers that are in doubt, by address."""
    return {a: q.prior for a, q in quantities(scenario).items() if not q.certain}


_LIMITS = {
    "age": (0.0, 200.0), "frailty": (1e-3, 1e3), "founder": (0.0, 5.0), "policy": (0.0, 5.0),
    "coercion": (0.0, 2.0), "favour": (-1.0, 1.0), "horizon": (0.0, 200.0),
}  # fmt: skip


def limits(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Smallest and largest admissible value of every number in doubt, by address.

    A prior may have a thin tail beyond them; draws are cut to them.
    """
    stated = {
        f"{m.name}.{field}": (p.low, p.high)
        for m in used_mechanisms(scenario)
        for field, p in parameters(m).items()
    }
    stated |= {f"theory.{q}": (0.0, len(w) - 1.0) for q, w in open_questions(scenario).items()}
    stated |= {address: (level.low, level.high) for address, _, level in _stated(scenario)}
    return {
        a: stated.get(a, _LIMITS.get(a.rpartition(".")[2], (0.0, 1.0))) for a in uncertain(scenario)
    }


def initial_state(scenario: Scenario, values: Values) -> tuple[Regime, Setting]:
    """The regime and the setting at the start.

    Args:
        scenario: What to build.
        values: For each uncertain address its value in each history; an address that is missing
            takes its central value.

    Returns:
        Arrays whose last axis is one for what is never in doubt, and the histories for all numbers
        that can be: what a patch makes certain keeps its shape, and with it the compiled program.
    """
    known = quantities(scenario)
    width = len(next(iter(values.values()))) if values else 1

    def column(addresses: Sequence[str], fallback: Sequence[Quantity]) -> Any:
        """One row for each address; drawn where there are draws, else the central value."""
        out = np.empty((len(addresses), width), np.float32)
        for row, (address, quantity) in enumerate(zip(addresses, fallback, strict=True)):
            out[row] = values.get(address, quantity.value)
        return out

    def rows(section: str, items: Mapping[str, Any], field: str) -> Any:
        attribute = "register_" if field == "register" else field
        return column(
            [f"{section}.{name}.{field}" for name in items],
            [getattr(row, attribute) for row in items.values()],
        )

    def one(address: str) -> Any:
        return column([address], [known[address]])[0]

    return _regime(scenario, rows, one, column), _setting(scenario, rows, one)


def _regime(
    scenario: Scenario,
    rows: Callable[..., Any],
    one: Callable[..., Any],
    column: Callable[..., Any],
) -> Regime:
    people, clans, offices = scenario.people, scenario.clans, scenario.offices
    others = {kind: len(rows) for kind, rows in scenario.tables.items()}
    blank = host_regime(len(people), len(offices), len(clans), 1, others)
    start = scenario.clock.start
    safe = [
        scenario.clock.years(p.survives_until) if p.survives_until else 0.0 for p in people.values()
    ]
    mix = np.array(
        [
            [getattr(p.poles, pole) for p in people.values()]
            for pole in ("technocrat", "ideocrat", "corruptionist")
        ]
    )
    elite = change(
        blank.elite,
        mix=np.asarray(mix[..., None], np.float32),
        safe_until=_numbers(safe),
        status=_codes([Status[p.status.upper()] for p in people.values()]),
        clan=_codes([scenario.index("clans", p.clan) for p in people.values()]),
        patron=_codes([scenario.index("persons", p.patron) for p in people.values()]),
        **{field: rows("people", people, field) for field in PERSON_FIELDS},
    )
    clan_state = change(
        blank.clans,
        pact=_between(scenario, "pacts", column),
        bond=_between(scenario, "bonds", column),
        fate=_codes([ClanFate[c.fate.upper()] for c in clans.values()]),
        trend=column(
            [f"clans.{name}.trend" for name in clans],
            [exactly(-1) if c.trend is None else c.trend for c in clans.values()],
        ),  # below 0 where it is not stated, see `engine.program.initial_regime`
        **{field: rows("clans", clans, field) for field in CLAN_FIELDS},
    )
    is_open = [
        (o.opens is None or o.opens <= start) and (o.closes is None or o.closes > start)
        for o in offices.values()
    ]
    posts = change(
        blank.nomenklatura,
        holder=_codes(
            [
                scenario.index("persons", o.holder) if ok else NOBODY
                for o, ok in zip(offices.values(), is_open, strict=True)
            ]
        ),
        active=_flags(is_open),
    )
    leader = scenario.leader
    members = (
        leader.coalition
        if leader.coalition is not None
        else [n for n, c in clans.items() if c.organised]
    )
    lead = change(
        blank.leadership,
        leader=_codes([scenario.index("persons", leader.person)])[0],
        control=one("leader.control"),
        personal_power=one("leader.personal_power"),
        acceptance=one("leader.acceptance"),
        shock=one("leader.shock"),
        established=np.asarray([leader.established]),
        reign=_numbers([-scenario.clock.years(leader.since) if leader.since else 5.0])[0],
        coalition=_flags([n in members for n in clans]),
    )
    if leader.horizon is not None:
        lead = change(lead, horizon=one("leader.horizon"))
    arms = change(
        blank.military_industry,
        **{field: one(f"military_industry.{field}") for field in ARMS_FIELDS},
        **{
            field: np.stack(
                np.broadcast_arrays(
                    *[one(f"military_industry.{field}.{side}") for side in KINDS["complexes"].fixed]
                )
            )
            for field in ("spending", "influence")
        },
    )
    return change(
        blank,
        elite=elite,
        clans=clan_state,
        nomenklatura=posts,
        leadership=lead,
        coercion=change(blank.coercion, **{f: one(f"coercion.{f}") for f in LAW_FIELDS}),
        military_industry=arms,
        policy=change(blank.policy, **{f: one(f"policy.{f}") for f in POLICY_FIELDS}),
        **{name: _subsystem(scenario, blank, name, column) for name in scenario.in_play},
    )


def _subsystem(
    scenario: Scenario, blank: Regime, subsystem: str, column: Callable[..., Any]
) -> Any:
    """The slice of a subsystem at the start."""
    made = {}
    for field, rows, level in declared.fields_of(subsystem):
        stated = places(scenario, subsystem, field, rows)
        if not stated:
            continue  # no such rows, or a field that no entry states
        if level.labels is None:
            array = column([a for a, _ in stated], [q for _, q in stated])
        else:
            array = _codes([_code(scenario, level, value) for _, value in stated])
        made[field] = array if rows else array[0]
    if subsystem == "campaign":
        made["last_office"] = _codes(_last_offices(scenario))
    return change(getattr(blank, subsystem), **made)


def _last_offices(scenario: Scenario) -> list[int]:
    """The office of highest grade that each person holds at the start, else the one held last."""
    held = [scenario.index("offices", p.last_office) for p in scenario.people.values()]
    offices: dict[str, Any] = scenario.offices
    for name, office in sorted(offices.items(), key=lambda item: item[1].grade.value):
        if office.holder is not None and not office.exile:
            held[scenario.index("persons", office.holder)] = scenario.index("offices", name)
    return held


def _code(scenario: Scenario, level: Level, value: str | None) -> int:
    """The number that stands for a label, or for a row by its name."""
    if isinstance(level.labels, str):
        kind = next(k.name for k in KINDS.values() if k.singular == level.labels)
        return scenario.index(kind, value)
    assert level.labels is not None
    assert value is not None
    return int(level.labels[value.upper()])


def _setting(scenario: Scenario, rows: Callable[..., Any], one: Callable[..., Any]) -> Setting:
    people, clans, offices, bodies = (
        scenario.people,
        scenario.clans,
        scenario.offices,
        scenario.bodies,
    )
    sits = np.array([[name in o.body for o in offices.values()] for name in bodies], np.float32)
    sits = sits.reshape(len(bodies), len(offices))
    share = sits / np.maximum(sits.sum(1, keepdims=True), 1)
    dates = [scenario.clock.years(c.timetable) if c.timetable else np.inf for c in clans.values()]
    blank = host_setting(len(offices), len(clans), max(len(bodies), 1))
    return change(
        blank,
        person_is_cadre=_flags([name in scenario.generated for name in people]),
        **{f"office_{field}": rows("offices", offices, field) for field in OFFICE_FIELDS},
        office_is_exile=_flags([o.exile for o in offices.values()]),
        office_of_leader=_flags([o.leader for o in offices.values()]),
        **(
            {
                "body_share": np.asarray(share[..., None]),
                "body_power": rows("bodies", bodies, "power"),
            }
            if bodies
            else {}
        ),
        clan_base=_codes([Base[c.base.upper()] for c in clans.values()]),
        clan_organised=_flags([c.organised for c in clans.values()]),
        clan_communications=rows("clans", clans, "communications"),
        clan_soft_budget=rows("clans", clans, "soft_budget"),
        clan_school=rows("clans", clans, "school"),
        clan_lines=rows("clans", clans, "foreign_lines"),
        clan_timetable=_numbers(dates),
        centralisation=one("system.centralisation"),
        narrowness=one("system.narrowness"),
        soviet_lesson=one("system.soviet_lesson"),
        theories={q: one(f"theory.{q}").astype(np.int32) for q in open_questions(scenario)},
    )


def _between(scenario: Scenario, section: str, column: Callable[..., Any]) -> Any:
    names = list(scenario.clans)
    stated = getattr(scenario, section)
    pairs = [(a, b) for a in stated for b in stated[a]]
    drawn = column([f"{section}.{a}.{b}" for a, b in pairs], [stated[a][b] for a, b in pairs])
    out = np.zeros((len(names), len(names), drawn.shape[-1]), np.float32)
    for row, (a, b) in enumerate(pairs):
        out[names.index(a), names.index(b)] = drawn[row]
    return np.asarray(out)


def _flags(values: Sequence[bool]) -> Any:
    return np.asarray(values, bool)[:, None]


def _numbers(values: Sequence[float]) -> Any:
    return np.asarray(values, np.float32)[:, None]


def _codes(values: Sequence[int]) -> Any:
    return np.asarray([int(v) for v in values], np.int32)[:, None]


@dataclasses.dataclass(frozen=True)
class Script:
    """Scripted changes as tables `[ticks, *rows]` by address; nan where nothing happens."""

    assigned: dict[str, np.ndarray]
    added: dict[str, np.ndarray]


Scripted = tuple[tuple[str, ...], tuple[str, ...]]
"""The addresses that a script assigns to, and those to which it adds."""


def scripted(scenarios: Sequence[Scenario]) -> Scripted:
    """The addresses that scenarios script, so that one compiled program can play them all.

    None if one of them scripts nothing: it is played by a program without that part.
    """
    scripts = [script(scenario) for scenario in scenarios]
    if not all(s.assigned or s.added for s in scripts):
        return ((), ())
    assigned = sorted({address for s in scripts for address in s.assigned})
    return tuple(assigned), tuple(sorted({address for s in scripts for address in s.added}))


def script(scenario: Scenario, ready: Scripted = ((), ())) -> Script:
    """The scripted events of a scenario, and the opening and closing of its offices.

    Args:
        scenario: The scenario.
        ready: Addresses that have a table even if nothing happens to them.
    """

    def blank(address: str) -> np.ndarray:
        sizes = tuple(len(scenario.rows[d]) for d in OBSERVABLES[address].dims)
        return np.full((scenario.clock.ticks, *sizes), np.nan, np.float32)

    assigned, added = ({a: blank(a) for a in addresses} for addresses in ready)

    def note(
        tables: dict[str, np.ndarray], tick: int, address: str, at: tuple[int, ...], value: float
    ) -> None:
        if 1 <= tick <= scenario.clock.ticks:
            if address not in tables:
                tables[address] = blank(address)
            table = tables[address]
            place = (tick - 1, *at)
            summed = tables is added and not np.isnan(table[place])
            table[place] = table[place] + value if summed else value

    for name, office in scenario.offices.items():
        row = (scenario.index("offices", name),)
        for when, state in ((office.opens, 1.0), (office.closes, 0.0)):
            if when is not None and when > scenario.clock.start:
                note(assigned, scenario.clock.tick(when), "nomenklatura.active", row, state)
    for event in scenario.events.values():
        tick = scenario.clock.tick(event.date)
        for address, at, value in _assignments(scenario, event):
            note(assigned, tick, address, at, value)
        for text, change_by in event.add.items():
            address, at = _place(scenario, text)
            note(added, tick, address, at, float(change_by))
    return Script(assigned, added)


def _place(scenario: Scenario, text: str) -> tuple[str, tuple[int, ...]]:
    address = read_address(text)
    dims = OBSERVABLES[address.name].dims
    return address.name, tuple(
        scenario.index(dim, row) for dim, row in zip(dims, address.rows, strict=True)
    )


def _assignments(scenario: Scenario, event: Any) -> list[tuple[str, tuple[int, ...], float]]:
    person = lambda name: scenario.index("persons", name)  # noqa: E731
    clan = lambda name: scenario.index("clans", name)  # noqa: E731
    office = lambda name: scenario.index("offices", name)  # noqa: E731
    found: list[tuple[str, tuple[int, ...], float]] = []
    for text, value in event.set.items():
        found.append((*_place(scenario, text), scenario.code(read_address(text), value)))
    found += [("elite.status", (person(p),), float(Status.DEAD)) for p in event.dies]
    found += [
        ("nomenklatura.holder", (office(o),), float(person(p))) for o, p in event.appoint.items()
    ]
    found += [("nomenklatura.active", (office(o),), 1.0) for o in event.open]
    found += [("nomenklatura.active", (office(o),), 0.0) for o in event.close]
    if event.shock is not None:
        found.append(("leadership.shock", (), event.shock))
    if event.attack is not None:
        target = scenario.people[event.attack.on]
        found += [
            ("moves.attacker", (), float(clan(event.attack.by))),
            ("moves.target", (), float(person(event.attack.on))),
            ("moves.target_clan", (), float(clan(target.clan))),
            ("moves.means", (), float(Means[event.attack.means.upper()])),
        ]
    if event.betray is not None:
        found += [
            ("moves.betrayer", (), float(clan(event.betray.by))),
            ("moves.betrayed", (), float(clan(event.betray.of))),
        ]
    return found
