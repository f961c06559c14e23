"""Succession: who rules after an exit, and who is cut out of the ruling coalition."""

import math
from typing import TYPE_CHECKING

from benchmarks.court_mesa.clans import Clan
from benchmarks.court_mesa.formulas import GUARD, at_stake, probability, ruling_coalition
from vertikal.regime.regime import Exit, Pole

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court
    from benchmarks.court_mesa.people import Person

Powers = dict[Clan, float]


def succession(court: "Court") -> None:
    """Fill a vacancy; test the coalition where a test falls due."""
    p, lead = court.p.succession, court.lead
    vacant = lead.leader is None
    due = court.random.random() < probability(p.retest, court.step_years)
    if not (vacant or (due and not lead.established)):
        return
    strength = strengths(court)
    ruling = rulers(court, strength)
    total = sum(strength.values())
    former, own, leader = lead.coalition, lead.clan, lead.leader
    out = [
        c
        for c, power in strength.items()
        if power > 0
        and ruling
        and c not in ruling
        and (c in former or (vacant and power >= p.consequence * total))
    ]
    winners = sum(strength[c] for c in ruling)
    stake = {
        c: at_stake(court.narrowness, strength[c] / (strength[c] + winners + GUARD)) for c in out
    }
    toppled = not vacant and own in out
    struck = [] if vacant else [c for c in out if c is not own]
    heads = [head for head in (c.head() for c in struck) if head is not None]
    chosen = None
    if vacant or toppled:
        chosen = choose_leader(court, ruling, heads, leader or court.moves.removed_leader)
    for head in heads:
        head.condemn(stake[head.clan], "succession")
    if toppled:
        leader.depose(Exit.ELITE_REMOVAL, stake[own], "succession")
    if ruling:
        lead.coalition = ruling
    if chosen is not None:
        install(court, chosen, ruling)
    reckon(court, out, ruling)


def strengths(court: "Court") -> Powers:
    """Power of the living and uncondemned members of each clan that plays."""
    return {
        c: sum(m.power for m in c.active_members() if m.condemned <= 0) * c.cohesion
        for c in court.clans
        if c.plays
    }


def rulers(court: "Court", strength: Powers) -> list[Clan]:
    """The clans that rule from now on."""
    p, lead, moves = court.p.succession, court.lead, court.moves
    seen = {
        c: power * math.exp(p.noise * court.random.gauss(0, 1)) for c, power in strength.items()
    }
    seen = {c: power for c, power in seen.items() if power > 0}
    bloc = blocs(list(seen))
    inside = {c: power for c, power in seen.items() if c in lead.coalition}
    if lead.leader is not None:
        strong = sum(inside.values()) > p.majority * sum(seen.values())
        if strong and set(solve(inside, bloc, p.majority)) == set(inside):
            return list(inside)
    ruling = solve(seen, bloc, p.majority)
    if lead.leader is None and moves.coup_success and moves.plotter in bloc:
        plotters = [c for c in seen if bloc[c] is bloc[moves.plotter]]
        if not set(plotters) & set(ruling):
            return plotters
    return ruling


def blocs(clans: list[Clan]) -> dict[Clan, Clan]:
    """For each clan the first of those with whom it is bound, directly or through others."""
    bloc: dict[Clan, Clan] = {}
    for first in clans:
        if first in bloc:
            continue
        bloc[first], fresh = first, [first]
        while fresh:
            clan = fresh.pop()
            for other in clans:
                if other not in bloc and clan.bound(other) > 0:
                    bloc[other] = first
                    fresh.append(other)
    return bloc


def solve(powers: Powers, bloc: dict[Clan, Clan], majority: float) -> list[Clan]:
    """The ultimate ruling coalition of a game among blocs."""
    names = list(dict.fromkeys(bloc[c] for c in powers))
    joint = [sum(power for c, power in powers.items() if bloc[c] is name) for name in names]
    ruling = {names[i] for i in ruling_coalition(joint, majority)}
    return [c for c in powers if bloc[c] in ruling]


def choose_leader(
    court: "Court", ruling: list[Clan], falling: list["Person"], gone: "Person | None"
) -> "Person | None":
    """A leader from the coalition if it has anybody, else from anywhere."""
    p, moves = court.p.succession, court.moves
    coup = court.lead.leader is None and moves.coup_success
    first = [moves.plotter] if coup else ruling
    eligible = [
        m
        for m in court.people
        if m.active and m.condemned <= 0 and m not in falling and m is not gone
    ]
    claims = {
        m: m.claim((m.clan in ruling) + (m.clan in first), p.weight_of_power) for m in eligible
    }
    return max(claims, key=claims.__getitem__, default=None)


def install(court: "Court", leader: "Person", ruling: list[Clan]) -> None:
    """Put the chosen leader in place and turn the agenda."""
    p, lead, policy = court.p.succession, court.lead, court.policy
    first = [court.moves.plotter] if court.moves.coup_success else []
    mission = weight = 0.0
    for clan in dict.fromkeys([*ruling, *first]):
        for member in clan.members:
            mission += member.power * member.mix[Pole.IDEOCRAT]
            weight += member.power
    if weight > GUARD:
        policy.agenda += p.turn * (mission / (weight + GUARD) - policy.agenda)
    lead.leader, lead.established, lead.reign = leader, False, 0.0
    lead.control, lead.horizon = p.control, p.horizon
    lead.personal_power = 1 - (1 - p.personal_power) * (1 - p.legacy * court.law.wave)
    for clan in court.clans:
        clan.favour = 0.0
    for office in court.offices:
        if office.of_leader and office.active:
            office.give(leader)


def reckon(court: "Court", out: list[Clan], ruling: list[Clan]) -> None:
    """Open the hunt for the losers' people and void their pacts with the winners."""
    p, moves = court.p.succession, court.moves
    for winner in court.clans:
        turned = [loser for loser in out if winner in ruling and winner.tie(loser) >= p.partnership]
        if turned:
            winner.since_betrayal = 0.0
            if moves.betrayer is None:
                moves.betrayer, moves.betrayed = winner, turned[0]
    for loser in out:
        loser.defeated, loser.victor = max(loser.defeated, p.pursuit_years), court.lead.clan
        for winner in ruling:
            winner.pact[loser] = loser.pact[winner] = 0.0
        moves.excluded.append(loser)
