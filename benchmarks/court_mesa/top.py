"""Rules about the leader: death, personal power, the balancing of clans, coups."""

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from benchmarks.court_mesa.clans import Clan
from benchmarks.court_mesa.formulas import (
    GUARD,
    approach,
    at_stake,
    clip,
    logistic,
    probability,
    softplus,
    win_probability,
)
from benchmarks.court_mesa.people import Person
from vertikal.regime.regime import Base, Exit

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court

_NORMAL = NormalDist()


def mortality(court: "Court") -> None:
    """Age everybody, let some die, update what is expected of the leader."""
    p, lead = court.p.mortality, court.lead
    court.agents_by_type[Person].do("grow_old")
    person = lead.leader
    if person is None:
        return
    rate = person.frailty * p.level * math.exp(p.slope * (person.age - 60))
    years = math.log1p(p.slope / rate * math.log(2)) / p.slope
    move = approach(court.step_years, p.rumour_years)
    gossip = p.rumour_noise * math.sqrt(move * (2 - move)) * court.random.gauss(0, 1)
    lead.horizon = max(lead.horizon + move * (years - lead.horizon) + years * gossip, 0.0)
    if person.fallen_by == "mortality":
        court.vacate(Exit.DEATH)


def loyal_force(court: "Court") -> float:
    """Force on which the leader can count."""
    own = court.lead.clan
    return court.leader_force() + (own.coercion if own else 0.0)


def force_of(court: "Court", members: list[Clan]) -> float:
    """Force that clans can turn against the leader: their own and what pacts lend them."""
    total = 0.0
    for clan in court.clans:
        if clan is not court.lead.clan:
            lent = max((m.pact[clan] for m in members if m is not clan), default=0.0)
            total += clan.coercion * max(float(clan in members), lent)
    return total


def contested_limit(p: Any) -> tuple[float, float]:
    """The most power that can be contested, and the rate of removal (after Svolik 2009)."""
    bite = (p.alarm_grab - p.alarm_false) - p.alarm_false * p.grab_gain
    removal = math.inf
    if bite > 0:
        removal = p.grab_gain * (1 - p.patience) / (p.patience * bite)
    credible = (p.success - p.acquiescence) / (p.success + p.failure)
    limit = min(credible, 1 - removal)
    return limit, p.alarm_false * removal if limit >= 0 else 0.0


def personal_power(court: "Court") -> None:
    """Let allies remove the leader or the leader take more power."""
    p, lead, step = court.p.personal_power, court.lead, court.step_years
    court.agents_by_type[Person].do("fade", 2 ** (-step / p.founder_half_life))
    lead.established = lead.established and lead.leader is not None
    if lead.leader is None:
        return
    loyal, allied = loyal_force(court), force_of(court, lead.coalition)
    power = clip(lead.personal_power, GUARD, 1 - GUARD)
    edge = p.decisiveness * math.log((loyal + p.unarmed) / (allied + p.unarmed))
    holds = logistic(math.log(power / (1 - power)) + edge)
    limit, removal = contested_limit(p)
    lead.established = holds > limit
    hazard = p.residual if lead.established else removal
    removed = court.random.random() < probability(hazard, step)
    pace = p.free_grabs
    if not lead.established:
        pace = p.hidden_grabs * clip(holds / max(limit, GUARD))
    grip = p.grip_floor + (1 - p.grip_floor) * lead.personal_power
    lead.control += approach(step, p.grip_years) * (grip - lead.control)
    if not removed and court.random.random() < probability(pace, step):
        lead.personal_power = min(lead.personal_power + p.grab_step, 1.0)
    lead.reign += step
    if removed:
        stake = at_stake(court.narrowness, loyal / (loyal + allied + GUARD))
        lead.leader.depose(Exit.ELITE_REMOVAL, stake, "personal_power")


def balancing(court: "Court") -> None:
    """Move favour, access and the wave of cases toward their targets."""
    p, lead, law, step = court.p.balancing, court.lead, court.law, court.step_years
    own = lead.clan
    balanced = [c for c in court.clans if c.plays and c is not own]
    power = sum(c.power for c in balanced) + GUARD
    relative = {c: len(balanced) * c.power / power for c in balanced}
    ahead = max(max(relative.values(), default=0.0) - 1, 0.0)
    will = p.effort * lead.control * ahead / (ahead + p.half_lead)
    pull = approach(step, p.favour_years)
    for clan in court.clans:
        target = 0.0
        if lead.leader is not None:
            if clan is own:
                target = p.own_clan * clan.organised
            elif clan in relative:
                target = will * (1 - relative[clan])
                target += p.security_ear * law.wave * (clan.base is Base.COERCIVE)
        clan.favour += pull * (clip(target, -1.0, 1.0) - clan.favour)
    court.agents_by_type[Person].do("seek_access")
    demand = 0.0
    if lead.leader is not None:
        late = lead.reign / (lead.reign + p.long_reign)
        demand = p.wave_peak * late * math.exp(-lead.horizon / p.short_horizon)
    law.wave += approach(step, p.wave_years) * (demand - law.wave)


def coup(court: "Court") -> None:
    """Let one armed clan plot, and settle the attempt by force."""
    p, lead, moves = court.p.coup, court.lead, court.moves
    own = lead.clan
    able = [c for c in court.clans if c.plays and c.coercion > 0 and c is not own]
    if not able or lead.leader is None or moves.plotter is not None:
        return
    plotter = court.random.choices(able, [c.coercion for c in able])[0]
    force, loyal = force_of(court, [plotter]), loyal_force(court) + p.guard
    hazard = coup_hazard(court, plotter, force, loyal)
    if court.random.random() >= probability(hazard, court.step_years):
        return
    moves.plotter = plotter
    odds = force / (force + loyal)
    if court.random.random() < win_probability(force, loyal, p.decisiveness):
        moves.coup_success = True
        for person in plotter.active_members():
            if person.coercion > 0:
                person.knowledge = max(person.knowledge, p.knowledge)
        lead.leader.depose(Exit.COUP, at_stake(court.narrowness, 1 - odds), "coup")
        return
    head = plotter.head()
    if head is not None:
        head.condemn(at_stake(court.narrowness, odds), "coup")
    plotter.defeated, plotter.victor = max(plotter.defeated, p.pursuit_years), own
    if plotter in lead.coalition:
        lead.coalition.remove(plotter)
        moves.excluded.append(plotter)


def coup_hazard(court: "Court", plotter: Clan, force: float, loyal: float) -> float:
    """Plots per year: temptation times opportunity times coordination times disloyalty."""
    p, lead = court.p.coup, court.lead
    danger, army = p.threat * court.arms.tension + GUARD, force + GUARD
    wage = army / (army + loyal) * p.survives * (army + danger) / (p.survives * army + danger)
    paid = plotter.share * (1 + plotter.favour)
    temptation = p.sharpness * softplus((wage - paid) / p.sharpness)
    leaving = p.lame_duck * math.exp(-lead.horizon / p.duck_years)
    opportunity = 1 - lead.control * (1 - leaving)
    price = p.fear_cost * court.law.fear
    weakness = 1 - price / (1 + price) - loyal / (loyal + force)
    people = plotter.active_members()
    power = sum(person.power for person in people) + GUARD
    tied = sum(person.power * (person.loyalty - 0.5) for person in people) / power
    coordination = _NORMAL.cdf(weakness / p.uncertainty)
    return p.rate * temptation * opportunity * coordination * math.exp(-p.loyalty * tied)
