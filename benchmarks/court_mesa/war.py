"""Rules about the war of the clans: attack, pact, betrayal, pursuit, cases."""

import math
from typing import TYPE_CHECKING

from benchmarks.court_mesa.clans import NEVER, Clan
from benchmarks.court_mesa.formulas import (
    GUARD,
    approach,
    at_stake,
    clip,
    logistic,
    probability,
    win_probability,
)
from benchmarks.court_mesa.people import Person
from vertikal.regime.regime import Means

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court

Pair = tuple[Clan, Clan]


def players(court: "Court") -> list[Clan]:
    """Clans that act as one, have not ended and have some power."""
    return [c for c in court.clans if c.plays and c.power > 0]


def drawn_pair(court: "Court", hazards: dict[Pair, float]) -> Pair | None:
    """At most one pair in a step, by the hazard of each per year."""
    total = sum(hazards.values())
    if court.random.random() >= probability(total, court.step_years):
        return None
    return court.random.choices(list(hazards), list(hazards.values()))[0]


def most_visible(court: "Court", clan: Clan, visibility: float) -> Person | None:
    """The most powerful and exposed person of a clan, the leader apart."""
    return max(
        (p for p in clan.active_members() if not p.leads),
        key=lambda p: p.power * (1 + visibility * p.open_to_cases()),
        default=None,
    )


def attack(court: "Court") -> None:
    """Let at most one clan strike at a rival."""
    p = court.p.attack
    pair = drawn_pair(court, attack_rates(court))
    if pair is None:
        return
    attacker, rival = pair
    spies = sum(o.intelligence for o in court.offices if o.held and o.holder.clan is attacker)
    weights = [
        p.case_weight * attacker.cover,
        p.removal_weight,
        p.sabotage_weight * min(spies, 1.0) * rival.lines,
    ]
    means = court.random.choices([Means.CASE, Means.REMOVAL, Means.SABOTAGE], weights)[0]
    target = most_visible(court, rival, p.visibility)
    if target is not None:
        moves = court.moves
        moves.attacker, moves.target_clan, moves.target, moves.means = (
            attacker, rival, target, means,
        )  # fmt: skip


def attack_rates(court: "Court") -> dict[Pair, float]:
    """Attacks a year of each clan on each other."""
    p, plays = court.p.attack, players(court)
    others = max(len(plays) - 1, 1)
    waiting = sum(c.power for c in plays if c is not court.lead.clan) + GUARD
    rates = {}
    for a in plays:
        nearness = 0.0
        hope = 0.0 if a is court.lead.clan else a.power / waiting
        if a.timetable is not None:
            remaining = a.timetable - court.years
            hope = 1.0 if remaining >= 0 else hope
            if 0 <= remaining <= p.timetable_lead:
                nearness = 1 - remaining / p.timetable_lead
        for d in plays:
            if a is d or a.bound(d) >= 0.5:
                continue
            drive = (
                p.growth * (1 + p.inheritance * hope) * max(d.share - d.trend - p.tolerance, 0.0)
                + p.exposure * d.exposure
                + p.wave * court.law.wave
                + p.timetable * nearness
                + p.pursuit * (d.victor is a and d.defeated > 0)
                - p.protection * a.tie(d)
            )
            rates[a, d] = p.rate * a.share * math.exp(drive) / others
    return rates


def pact(court: "Court") -> None:
    """Let pacts fade and let at most one pair come together."""
    p, plays = court.p.pact, players(court)
    hazards = {}
    for c in plays:
        trust = 1 - math.exp(-c.since_betrayal / p.distrust)
        seeks = (1 - min(c.cover, 1.0)) * c.share * trust
        for d in plays:
            hunted = c.defeated > 0 or d.defeated > 0
            if c is not d and not hunted and c.pact[d] < p.lends:
                hazards[c, d] = p.rate * seeks * min(d.coercion, 1.0)
    pair = drawn_pair(court, hazards)
    left = 1 - approach(court.step_years, p.fading)
    for clan in court.clans:
        clan.pact = {other: share * left for other, share in clan.pact.items()}
        clan.since_betrayal = min(clan.since_betrayal + court.step_years, NEVER)
    if pair is not None:
        for a, b in (pair, pair[::-1]):
            a.pact[b] = max(a.pact[b], p.lends)


def betrayal(court: "Court") -> None:
    """Let at most one clan turn on its partner, and settle it."""
    p, plays = court.p.betrayal, players(court)
    force = sum(c.coercion for c in plays)
    wins = {
        c: win_probability(max(force - c.coercion, 0.0), c.coercion, p.decisiveness) for c in plays
    }
    hazards = {}
    for c in plays:
        for d in plays:
            if c is not d and c.pact[d] > p.partnership and c.bound(d) <= 0.5:
                lost = p.cover * c.pact[d] * d.coercion
                utility = p.prize * d.share * wins[d] - lost - p.reluctance
                hazards[c, d] = p.rate * logistic(utility) * (1 - court.lead.control)
    pair = drawn_pair(court, hazards)
    if pair is None:
        return
    c, d = pair
    court.moves.betrayer, court.moves.betrayed = pair
    if court.random.random() < wins[d]:
        target = most_visible(court, d, 0.0)
        if target is not None:
            target.condemn(at_stake(court.narrowness, d.share))
        gainer = c.head()
        if gainer is not None:
            gainer.proximity += p.spoils * (1 - gainer.proximity)
        d.defeated, d.victor = p.pursuit_years, c
    c.pact[d] = d.pact[c] = 0.0
    c.since_betrayal = 0.0


def purge_of_losers(court: "Court") -> None:
    """Condemn members of clans under pursuit and let the pursuit run down."""
    court.agents_by_type[Person].do("face_hunters")
    court.agents_by_type[Clan].do("run_down_pursuit")


def case(court: "Court") -> None:
    """Resolve the attack of this tick, if there is one."""
    p, moves = court.p.case, court.moves
    if moves.target is None:
        return
    a, d, target = moves.attacker, moves.target_clan, moves.target
    need = target.indispensability
    strength = a.cover + p.law_strength * court.law.grey_law
    wins = win_probability(strength, d.cover + p.shield * need, p.decisiveness)
    willing = logistic(
        p.assent
        + p.assent_favour * (a.favour - d.favour)
        + p.assent_wave * court.law.wave
        - p.assent_shield * need
    )
    assent = 1 - court.lead.control * (1 - willing)
    if court.random.random() >= wins * assent:
        moves.repelled = True
        a.favour = clip(a.favour - p.backfire, -1.0, 1.0)
        return
    if moves.means is Means.SABOTAGE:
        d.favour = clip(d.favour - p.lost_favour, -1.0, 1.0)
        court.arms.tension = clip(court.arms.tension + p.crisis_tension)
        target.proximity *= 1 - p.lost_access
        return
    target.condemn(at_stake(court.narrowness, d.power / (a.power + d.power + 1e-6)))
    if moves.means is Means.CASE and d.head() is target:
        d.defeated, d.victor = max(d.defeated, p.pursuit_years), a
