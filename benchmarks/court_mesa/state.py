"""Rules about the state as a whole: policy, arms, fear, force and the quality of people."""

import math
from typing import TYPE_CHECKING

from benchmarks.court_mesa.clans import Clan
from benchmarks.court_mesa.formulas import approach, clip, logistic, success_probabilities
from benchmarks.court_mesa.people import Person
from vertikal.regime.regime import Base

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court

HOME = 0
T, I, C = range(3)  # technocrats, ideocrats, corruptionists
ENOUGH = 1e-6


def formal_influence(court: "Court") -> list[float]:
    """Influence of each pole through the bodies (EL-13)."""
    influence = [0.0, 0.0, 0.0]
    for office in court.offices:
        if office.held:
            weight = office.formal_power
            for k, share in enumerate(office.holder.mix):
                influence[k] += weight * share
    return influence


def body_influence(court: "Court") -> None:
    """Decide on policy by the balance of the poles in the bodies that matter."""
    p, policy, lead, step = court.p.body_influence, court.policy, court.lead, court.step_years
    person = lead.leader
    in_person = p.leader_weight * lead.control * lead.personal_power if person else 0.0
    own = [in_person * share for share in person.mix] if person else [0.0] * 3
    strengths = [a + b for a, b in zip(formal_influence(court), own, strict=True)]
    chance = success_probabilities([*strengths, p.routine], p.decisiveness)

    seats = able = 0.0
    for office in court.offices:
        if office.held:
            weight = office.formal_power * office.holder.mix[T]
            seats += weight
            able += weight * office.holder.competence
    able += own[T] * person.competence if person else 0.0
    competence = (able + 0.5 * ENOUGH) / (seats + own[T] + ENOUGH)
    yields = (
        p.technocrat_yield * competence, p.ideocrat_yield, p.corruptionist_yield, p.routine_yield,
    )  # fmt: skip
    mean = sum(c * y for c, y in zip(chance, yields, strict=True))
    square = sum(c * y * y for c, y in zip(chance, yields, strict=True))
    moved = approach(step, p.policy_memory)
    settled = max(square - mean * mean, 0.0) / (2 * p.decisions_per_year * p.policy_memory)
    noise = math.sqrt(settled * moved * (2 - moved)) * court.random.gauss(0, 1)
    rationality = clip(policy.rationality + moved * (mean - policy.rationality) + noise)

    push = (
        p.agenda_mission * chance[I]
        + p.agenda_war * court.arms.war
        + p.agenda_hold * policy.agenda
        - p.agenda_caution * court.soviet_lesson * chance[T]
        - p.agenda_threshold
    )
    wanted = logistic(p.agenda_steepness * push)
    up = p.order_building * chance[T] * (1 - policy.force)
    down = p.order_decay * chance[C]
    target = up / max(up + down, ENOUGH)
    policy.legal_order += -math.expm1(-(up + down) * step) * (target - policy.legal_order)
    policy.agenda += approach(step, p.agenda_years) * (wanted - policy.agenda)
    policy.rationality = rationality


def mic_growth(court: "Court") -> None:
    """Turn the loop of tension, spending and influence for one step."""
    p, arms, agenda, step = court.p.mic_growth, court.arms, court.policy.agenda, court.step_years
    money = p.influence_per_spending * (1 + p.widening * p.research_integration)
    influence = [
        clip(p.normal_influence + money * (s - p.normal_spending) + p.war_formation * arms.war)
        for s in arms.spending
    ]
    base = p.normal_spending + p.alarm * (arms.tension - p.normal_tension)
    base += p.war_spending * arms.war
    spending = [
        clip(base + p.lobbying * (i - p.normal_influence) + extra, 0.0, p.spending_cap)
        for i, extra in zip(arms.influence, (p.greatness_spending * agenda, 0.0), strict=True)
    ]
    tension = clip(
        p.normal_tension
        + p.provocation * (sum(arms.influence) / 2 - p.normal_influence)
        + p.war_tension * arms.war
        + p.assertion * agenda
    )
    depends = 1 - (1 - arms.influence[HOME]) * (1 - p.security_stake * arms.tension)
    for side in range(2):
        pull = approach(step, p.influence_years)
        arms.influence[side] += pull * (influence[side] - arms.influence[side])
        pull = approach(step, p.spending_years)
        arms.spending[side] += pull * (spending[side] - arms.spending[side])
    arms.tension += approach(step, p.tension_years) * (tension - arms.tension)
    court.agents_by_type[Person].do("become_needed", depends)


def hidden_quality(court: "Court") -> None:
    """Move true and reported quality and what can be held against whom."""
    p, arms, step = court.p.hidden_quality, court.arms, court.step_years
    audit = clip(sum(o.inspection for o in court.offices if o.held))
    seen = arms.war * (1 - (1 - p.front) * (1 - audit))
    gap = seen * max(arms.apparent_quality - arms.quality, 0.0)
    total, managed, soft = ENOUGH, 0.0, 0.0
    for office in court.offices:
        if office.held:
            person = office.holder
            total += office.strategic
            managed += office.strategic * person.mix[T] * person.competence
            soft += office.strategic * person.clan.soft_budget
    lost = p.softness * soft / total * (1 - arms.war)
    made = clip(p.base_quality + p.management * managed / total - lost)
    opacity = p.secrecy + (1 - p.secrecy) * arms.influence[HOME]
    rosy = arms.quality + (1 - arms.war) * p.optimism * opacity * (1 - arms.quality)
    pace = step * ((1 - arms.war) / p.peace_years + arms.war / p.war_years)
    arms.quality -= math.expm1(-pace) * (made - arms.quality)
    pace = step * ((1 - arms.war) / p.report_years + seen / p.truth_years)
    arms.apparent_quality -= math.expm1(-pace) * (rosy - arms.apparent_quality)
    court.agents_by_type[Person].do("answer_for_arms", gap)


def fear(court: "Court") -> None:
    """Move fear and loyalty toward their targets."""
    p, law = court.p.fear, court.law
    target = p.from_terror * law.terror + p.from_wave * law.wave + p.from_grey_law * law.grey_law
    law.fear += approach(court.step_years, p.fear_years) * (clip(target) - law.fear)
    court.agents_by_type[Person].do("comply")


def alarm(court: "Court") -> None:
    """Take fright at the fall of others."""
    people, law = court.agents_by_type[Person], court.law
    p = court.p.alarm
    fallen = sum(person.power * person.alarms(p.resignation) for person in people)
    share = fallen / (sum(person.power for person in people) + 1e-6)
    calm = math.exp(-p.contagion * share)
    law.fear = 1 - (1 - law.fear) * calm
    for clan in court.clans if court.lead.leader else ():
        if clan.plays and clan.base is Base.COERCIVE:
            clan.favour += p.security_ear * (1 - calm) * (1 - clan.favour)


def shock_fades(court: "Court") -> None:
    """Let an external shock wear off."""
    court.lead.shock *= math.exp(-court.step_years / court.p.shock_fades.shock_years)


def pole_drift(court: "Court") -> None:
    """Let everybody's mixture drift for one step."""
    p = court.p.pole_drift
    wave = p.enthusiasm * court.centralisation * court.random.gauss(0, 1)
    court.wave_of_enthusiasm = math.exp(wave * math.sqrt(court.step_years))
    court.tones = {body: body.tone() for body in court.bodies}
    court.agents_by_type[Clan].do("reward_poles")
    court.agents_by_type[Person].do("drift")
    court.agents_by_type[Person].do("settle")


def force_threshold(court: "Court") -> None:
    """Move the use of force and the severity of the era."""
    p, policy, law, step = court.p.force_threshold, court.policy, court.law, court.step_years
    lead = court.lead
    hunted = sum(c.power for c in court.clans if c.defeated > 0)
    conflict = hunted / max(sum(c.power for c in court.clans), ENOUGH)
    need = 1 - (
        (1 - p.shock_weight * lead.shock)
        * (1 - p.tension_weight * court.arms.tension)
        * (1 - p.conflict_weight * conflict)
    )
    bodies = formal_influence(court)
    among = bodies[T] / max(sum(bodies), ENOUGH)
    own = lead.leader.mix[T] if lead.leader else 0.0
    ruling = lead.personal_power * own + (1 - lead.personal_power) * among
    bar = p.threshold + p.restraint * ruling * (1 - need) * (1 - law.terror)
    force, terror = policy.force, law.terror
    wanted = clip(p.response * (need - bar) + p.spiral * force)
    years = p.rise_years if wanted > force else p.calm_years
    court.agents_by_type[Person].do("answer_for_force", force)
    built = approach(step, p.building_years) * max(force - terror, 0.0)
    fading = 0.0 if force > terror else approach(step * (1 - need), p.dismantling_years)
    policy.force = force + approach(step, years) * (wanted - force)
    law.terror = terror * (1 - fading) + built


def elite_quality(court: "Court") -> None:
    """Let people and state follow the manner of rule."""
    p, policy, lead, step = court.p.elite_quality, court.policy, court.lead, court.step_years
    personal = 1.0 if lead.established else lead.personal_power
    tamed = personal * -math.expm1(-lead.reign / p.taming_years)
    weight, premium = ENOUGH, 0.0
    for office in court.offices:
        if office.held:
            weight += office.policy
            premium += office.policy * (office.holder.loyalty - office.holder.competence)
    fit = (1 - p.taming * tamed) * (1 - p.loyalty_first * clip(premium / weight))
    entrants = policy.entrant_quality
    entrants += approach(step, p.entrant_years) * (p.best_entrants * fit - entrants)
    bodies = formal_influence(court)
    filled = sum(bodies)
    share = [b / max(filled, ENOUGH) for b in bodies]
    able = p.people_weight * entrants + (1 - p.people_weight) * policy.rationality
    able *= 1 - p.undelivered * share[C]
    missing = clip(1 - share[T] / p.floor) if filled > 0 else 0.0
    capability = policy.capability
    capability += approach(step, p.lag_years) * (able - capability)
    policy.capability = capability * math.exp(-p.collapse * missing * step)
    policy.entrant_quality = entrants
    court.agents_by_type[Person].do("lose_illusions", math.exp(-p.feeding * personal * step))
