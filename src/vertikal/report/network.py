"""The network of clans and patrons at several dates: one layout for all, so that nothing jumps.

Every clan is a disc on a ring, as large as all persons who are ever in it need; a person keeps one
place in the disc of the clan in which he is first seen, the two mightiest in its middle. Those
without a clan, and the first leader, are in the centre. Colours tell the clan of the day.
"""

import dataclasses
import math
import re
from collections.abc import Mapping

from vertikal.report.data import Network, Pact, Person, Snapshot, Tie

SPACING = 15.0
"""Room for a person, in the unit of the picture."""

_GAP, _EDGE, _CORE, _LARGEST, _HEADS, _NAMES = 7.0, 10.0, 44.0, 7.0, 2, 44.0
_LONGEST = 14
_ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True)
class Disc:
    """Where a clan is drawn."""

    clan: str
    x: float
    y: float
    radius: float
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Mark:
    """A person as drawn at one date."""

    person: Person
    x: float
    y: float
    radius: float
    label_above: bool | None
    """`None` for a person without a written label."""

    @property
    def text(self) -> str:
        """The label as written; see `short`."""
        return short(self.person.label)


@dataclasses.dataclass(frozen=True)
class Line:
    """A tie or pact as drawn."""

    path: str
    weight: float
    title: str
    clan: str


@dataclasses.dataclass(frozen=True)
class Picture:
    """One date, ready for the template."""

    date: str
    size: float
    discs: tuple[Disc, ...]
    marks: tuple[Mark, ...]
    ties: tuple[Line, ...]
    pacts: tuple[Line, ...]


def short(label: str) -> str:
    """A name in the room that a picture has: no article, of a long personal name the surname.

    Of what is longer still, and of long names that are none of a person, the beginning.
    """
    label = _ARTICLE.sub("", label)
    words = label.split()
    if len(label) > _LONGEST and len(words) in (2, 3) and all(w[0].isupper() for w in words):
        label = words[-1]
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1].rstrip()}…"


def pictures(network: Network) -> tuple[Picture, ...]:
    """The snapshots of a network as drawn, all on one layout over everyone who ever appears."""
    everyone = _everyone(network)
    homes = _homes(network, everyone)
    discs = _discs(network, homes)
    places = {
        person: place
        for clan, members in homes.items()
        for person, place in zip(members, _seats(discs[clan], len(members)), strict=True)
    }
    size = 2 * max(math.hypot(d.x, d.y) + d.radius for d in discs.values()) + _NAMES
    mightiest = max((p.power for p in everyone.values()), default=0.0) or 1.0
    labelled = {
        person: rank == 0
        for members in homes.values()
        for rank, person in enumerate(members[:_HEADS])
        if everyone[person].is_named
    }
    return tuple(
        _picture(network, s, discs, places, labelled, mightiest, size) for s in network.snapshots
    )


def _everyone(network: Network) -> dict[str, Person]:
    """Each person as mightiest, with the clan in which first seen."""
    found: dict[str, Person] = {}
    for snapshot in network.snapshots:
        for person in snapshot.persons:
            known = found.get(person.id)
            power = max(person.power, known.power if known else 0.0)
            found[person.id] = dataclasses.replace(known or person, power=power)
    return found


def _homes(network: Network, everyone: Mapping[str, Person]) -> dict[str, list[str]]:
    """Persons by the disc in which they sit, `` for the centre; mightiest first."""
    homes: dict[str, list[str]] = {"": [], **{clan: [] for clan in network.clans}}
    first = network.snapshots[0].persons if network.snapshots else ()
    leaders = {person.id for person in first if person.is_leader}
    order = sorted(
        everyone.values(), key=lambda p: (p.id not in leaders, not p.is_named, -p.power, p.id)
    )
    for person in order:
        is_central = person.id in leaders or person.clan not in homes
        homes["" if is_central else person.clan].append(person.id)
    return homes


def _discs(network: Network, homes: Mapping[str, list[str]]) -> dict[str, Disc]:
    """A disc for every clan on a ring wide enough that none touch, and one in the middle."""
    radii = {clan: _radius(len(members)) for clan, members in homes.items()}
    ring = [clan for clan in network.clans if homes[clan]]
    discs = {clan: Disc(clan, 0.0, 0.0, radii[clan]) for clan in homes}
    if not ring:
        return discs
    needed = [radii[clan] + _GAP for clan in ring]
    closest = radii[""] + max(needed) + _GAP

    def excess(distance: float) -> float:
        return 2 * sum(math.asin(min(n / distance, 1.0)) for n in needed) - 2 * math.pi

    distance = closest
    if excess(closest) > 0:
        from scipy.optimize import brentq  # a tenth of a second that few courts need

        distance = brentq(excess, closest, 100 * closest)
    slack = -excess(distance) / len(ring)
    angle = -math.pi / 2
    for i, (clan, need) in enumerate(zip(ring, needed, strict=True)):
        half = math.asin(min(need / distance, 1.0)) + slack / 2
        angle += half if i else 0.0
        discs[clan] = Disc(
            clan, distance * math.cos(angle), distance * math.sin(angle), radii[clan]
        )
        angle += half
    return discs


def _rims(radius: float) -> list[tuple[float, int]]:
    """The circles on which rank and file sit, outermost first, and how many each holds."""
    circles = []
    reach = radius - _EDGE
    while reach > _CORE:
        circles.append((reach, int(2 * math.pi * reach / SPACING)))
        reach -= SPACING
    return circles


def _radius(members: int) -> float:
    """The smallest disc that holds so many, with room in the middle for names."""
    radius = _CORE + _EDGE + 1
    while sum(seats for _, seats in _rims(radius)) < members - _HEADS:
        radius += 2
    return radius


def _seats(disc: Disc, count: int) -> list[tuple[float, float]]:
    """Places by rank: the two mightiest in the middle, one above the other, the others around."""
    middle = [(disc.x, disc.y - 9.0), (disc.x, disc.y + 9.0)] if count > 1 else [(disc.x, disc.y)]
    places = middle[:count]
    left = count - len(places)
    for reach, seats in _rims(disc.radius):
        here = min(left, seats)
        for i in range(here):
            turn = 2 * math.pi * (i + 0.5) / here - math.pi / 2
            places.append((disc.x + reach * math.cos(turn), disc.y + reach * math.sin(turn)))
        left -= here
    return places


def _picture(
    network: Network,
    snapshot: Snapshot,
    discs: Mapping[str, Disc],
    places: Mapping[str, tuple[float, float]],
    labelled: Mapping[str, bool],
    mightiest: float,
    size: float,
) -> Picture:
    names = {person.id: person.label for person in snapshot.persons}
    marks = []
    for person in sorted(snapshot.persons, key=lambda p: (p.power, p.id)):
        x, y = places[person.id]
        radius = 1.8 + _LARGEST * math.sqrt(max(person.power, 0.0) / mightiest)
        above = labelled.get(person.id)
        marks.append(Mark(person, x, y, radius if person.is_active else 2.4, above))
    ties = [_tie(tie, names, places, snapshot) for tie in snapshot.ties if tie.weight > 0]
    pacts = [
        _pact(pact, network, discs)
        for pact in snapshot.pacts
        if pact.share > 0 and pact.lender in network.clans and pact.borrower in network.clans
    ]
    shown = tuple(
        dataclasses.replace(disc, label=short(network.clans[clan]))
        for clan, disc in discs.items()
        if clan
    )
    return Picture(snapshot.date, size, shown, tuple(marks), tuple(ties), tuple(pacts))


def _tie(
    tie: Tie,
    names: Mapping[str, str],
    places: Mapping[str, tuple[float, float]],
    snapshot: Snapshot,
) -> Line:
    (x1, y1), (x2, y2) = places[tie.client], places[tie.patron]
    clan = next((p.clan for p in snapshot.persons if p.id == tie.patron), "")
    title = f"{names.get(tie.client, tie.client)} → {names.get(tie.patron, tie.patron)}"
    return Line(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}", tie.weight, title, clan)


def _pact(pact: Pact, network: Network, discs: Mapping[str, Disc]) -> Line:
    """A curve from the lender's disc to the borrower's, bent towards the centre."""
    one, two = discs[pact.lender], discs[pact.borrower]
    # To the left of the straight line, so that a pair of mutual pacts does not coincide.
    bend_x = 0.75 * (one.x + two.x) / 2 + 0.08 * (two.y - one.y)
    bend_y = 0.75 * (one.y + two.y) / 2 - 0.08 * (two.x - one.x)
    ends = []
    for disc, room in ((one, 2.0), (two, 9.0)):
        reach = math.hypot(bend_x - disc.x, bend_y - disc.y) or 1.0
        share = (disc.radius + room) / reach
        ends.append((disc.x + share * (bend_x - disc.x), disc.y + share * (bend_y - disc.y)))
    (x1, y1), (x2, y2) = ends
    path = f"M{x1:.1f} {y1:.1f}Q{bend_x:.1f} {bend_y:.1f} {x2:.1f} {y2:.1f}"
    words = network.clans
    title = f"{words[pact.lender]} lends {pact.share:.0%} of its force to {words[pact.borrower]}"
    return Line(path, pact.share, title, pact.lender)
