"""What the data collector records: the library's observables, read off the agents."""

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Any

import mesa

from benchmarks.court_mesa.clans import Clan
from vertikal.regime.observe import OBSERVABLES
from vertikal.scenario.model import Scenario

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court

Reader = Callable[["Court"], float]

_PARTS: dict[str, Callable[..., Any]] = {
    "elite": lambda court, i: court.people[i],
    "clans": lambda court, i: court.clans[i],
    "nomenklatura": lambda court, i: court.offices[i],
    "leadership": lambda court: court.lead,
    "coercion": lambda court: court.law,
    "military_industry": lambda court: court.arms,
    "policy": lambda court: court.policy,
    "moves": lambda court: court.moves,
}


def _office_share(court: "Court", i: int) -> float:
    held = [o for o in court.offices if o.held and not o.is_exile]
    mine = sum(o.policy for o in held if o.holder.clan is court.clans[i])
    return mine / (sum(o.policy for o in held) + 1e-9)


_SPECIAL: dict[str, Callable[..., Any]] = {
    "elite.mix": lambda court, k, i: court.people[i].mix[k],
    "elite.offices": lambda court, i: sum(
        o.active and not o.is_exile for o in court.people[i].offices
    ),
    "clans.office_share": _office_share,
    "clans.members": lambda court, i: len(court.clans[i].active_members()),
    "clans.excluded": lambda court, i: court.clans[i] in court.moves.excluded,
    "clans.pact": lambda court, i, j: court.clans[i].pact.get(court.clans[j], 0.0),
    "leadership.coalition": lambda court, i: court.clans[i] in court.lead.coalition,
    "military_industry.spending": lambda court, i: court.arms.spending[i],
    "military_industry.influence": lambda court, i: court.arms.influence[i],
    "moves.attack": lambda court: court.moves.attacker is not None,
}


def readers(scenario: Scenario) -> dict[str, Reader]:
    """A reader for each recorded series, by the name of its column."""
    found = {}
    for address in scenario.series:
        kinds = OBSERVABLES[address.name].dims
        options = [scenario.rows[kind] for kind in kinds]
        for rows in [address.rows] if address.rows else product(*options):
            at = tuple(scenario.index(k, row) for k, row in zip(kinds, rows, strict=True))
            column = f"{address.name}[{', '.join(rows)}]" if rows else address.name
            found[column] = _reader(address.name, at)
    return found


def _reader(name: str, at: tuple[int, ...]) -> Reader:
    if name in _SPECIAL:
        read = _SPECIAL[name]
        return lambda court: float(read(court, *at))
    section, field = name.split(".")
    part = _PARTS[section]
    return lambda court: _number(court, getattr(part(court, *at), field))


def _number(court: "Court", value: Any) -> float:
    """A value as the library codes it: agents as their rows, nobody as -1."""
    if value is None:
        return -1.0
    if isinstance(value, mesa.Agent):
        rows: list[Any] = court.clans if isinstance(value, Clan) else court.people
        return float(rows.index(value))
    return float(value)
