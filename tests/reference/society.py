"""Reference: what the poles make of the state, and arms of the state (elite, military industry)."""

import numpy as np

from tests.reference.moment import (
    Array,
    Moment,
    State,
    active,
    at,
    by_group,
    by_owner,
    held,
    logistic,
)

TECHNOCRAT, IDEOCRAT, CORRUPTIONIST = range(3)
TINY = np.float32(1e-6)


def _seats(s: State, setting: State) -> Array:
    """Formal power of each occupied seat."""
    formal = sum(
        share * power for share, power in zip(setting.body_share, setting.body_power, strict=True)
    )
    return np.where(held(s), formal, 0)


def _holders(s: State, table: Array) -> Array:
    """A property of the holder of each office; of person 0 where there is none."""
    return at(table, s.nomenklatura.holder)


def _bodies(s: State, setting: State) -> Array:
    """Influence of each pole through bodies."""
    seats = _seats(s, setting)
    return np.stack([(seats * _holders(s, pole)).sum(0) for pole in s.elite.mix])


def _leaders(s: State) -> Array:
    """The leader's own mixture; nil where there is none."""
    lead = s.leadership.leader
    return np.stack([np.where(lead >= 0, at(pole, lead), 0) for pole in s.elite.mix])


def body_influence(s: State, m: Moment) -> None:
    """Decisions by the balance of the poles; rationality, agenda and legal order follow."""
    p, policy, lead = m.p, s.policy, s.leadership
    person = p.leader_weight * lead.control * lead.personal_power * _leaders(s)
    strength = [*(_bodies(s, m.setting) + person), p.routine]
    raised = [e**p.decisiveness for e in strength]
    carried = [e / sum(raised) for e in raised]

    seats = _seats(s, m.setting) * _holders(s, s.elite.mix[TECHNOCRAT])
    able = (seats * _holders(s, s.elite.competence)).sum(0)
    able = able + person[TECHNOCRAT] * at(s.elite.competence, lead.leader)
    able = (able + TINY / 2) / (seats.sum(0) + person[TECHNOCRAT] + TINY)
    yields = [p.technocrat_yield * able, p.ideocrat_yield, p.corruptionist_yield, p.routine_yield]
    mean = sum(c * y for c, y in zip(carried, yields, strict=True))
    variance = sum(c * (y - mean) ** 2 for c, y in zip(carried, yields, strict=True))
    # the exact step of dR = (mean - R) dt / tau + sqrt(V / N) dW / tau
    stays = np.exp(-m.step / p.policy_memory)
    settled = variance / p.decisions_per_year / (2 * p.policy_memory)
    noise = np.sqrt(settled * (1 - stays**2)) * m.normal()[0]
    rationality = np.clip(mean + (policy.rationality - mean) * stays + noise, 0, 1)

    push = (
        p.agenda_mission * carried[IDEOCRAT]
        + p.agenda_war * s.military_industry.war
        + p.agenda_hold * policy.agenda
        - p.agenda_caution * m.setting.soviet_lesson * carried[TECHNOCRAT]
        - p.agenda_threshold
    )
    aim = logistic(p.agenda_steepness * push)
    agenda = policy.agenda + m.way(p.agenda_years) * (aim - policy.agenda)

    up = p.order_building * carried[TECHNOCRAT] * (1 - policy.force)
    down = p.order_decay * carried[CORRUPTIONIST]
    rest = up / np.maximum(up + down, TINY)
    order = policy.legal_order + m.within_step(up + down) * (rest - policy.legal_order)
    policy.rationality[:], policy.agenda[:], policy.legal_order[:] = rationality, agenda, order


def pole_drift(s: State, m: Moment) -> None:
    """Replicator dynamics with mutation, for every active person."""
    p, setting, policy, arms = m.p, m.setting, s.policy, s.military_industry
    mix, holder = s.elite.mix, s.nomenklatura.holder
    persons, clans = mix.shape[1], len(s.clans.power)

    # by clan: results, mission, rents, and the tone of the clan's men in office
    proven = (1 + p.war_prestige * arms.war * arms.quality) * (
        1 + p.example * s.foreign.china_success
    )
    support = 1 - p.granted + p.granted * (1 + s.clans.favour)
    pay = np.zeros((3, clans, mix.shape[-1]), np.float32)
    pay[TECHNOCRAT] = p.results * policy.rationality * proven * support
    pay[IDEOCRAT] = p.mission * policy.agenda
    pay[CORRUPTIONIST] = p.rents * (1 - policy.legal_order)
    weight = np.where(held(s), setting.office_policy, 0)
    of_clan = np.where(held(s), _holders(s, s.elite.clan), -1)
    total = by_group(weight, of_clan, clans) + TINY
    for pole in range(3):
        tone = by_group(weight * _holders(s, mix[pole]), of_clan, clans) / total
        pay[pole] += p.clan_pull * tone

    # by seat: the mean mixture of the body, shared out by the weight of one's seats
    around = np.zeros((3, *holder.shape), np.float32)
    seats = np.zeros(holder.shape, np.float32)
    for share in setting.body_share:
        seat = np.where(held(s), share, 0)
        seats += seat
        for pole in range(3):
            body = (seat * _holders(s, mix[pole])).sum(0) / (seat.sum(0) + TINY)
            around[pole] += seat * body

    wave = p.enthusiasm * setting.centralisation * np.sqrt(np.float32(m.step)) * m.normal()[0]
    grown = np.empty_like(mix)
    own_weight = by_owner(seats, holder, persons) + TINY
    for pole in range(3):
        gain = at(pay[pole], s.elite.clan)
        patron = at(mix[pole], s.elite.patron)
        leads = (s.elite.patron >= 0) & at(active(s), s.elite.patron)
        gain += np.where(leads, p.patron_pull * patron, 0)
        gain += p.body_pull * by_owner(around[pole], holder, persons) / own_weight
        grown[pole] = mix[pole] * np.exp(gain * m.step + (wave if pole == TECHNOCRAT else 0))
    grown /= grown.sum(0)
    stays = np.exp(-p.mutation * m.step)
    turned = grown * stays + (1 - stays) / 3
    floor = np.minimum(p.floor, mix[TECHNOCRAT])
    technocrat = np.maximum(turned[TECHNOCRAT], floor)
    others = turned[1:] / np.maximum(turned[1:].sum(0), np.float32(1e-30)) * (1 - technocrat)
    new = np.stack([technocrat, *others])
    mix[:] = np.where(active(s), new, mix)


def force_threshold(s: State, m: Moment) -> None:
    """Force where it seems necessary; terror built by it, and hardly dismantled."""
    p, lead, policy, law = m.p, s.leadership, s.policy, s.coercion
    hunted = np.where(s.clans.defeated > 0, s.clans.power, 0).sum(0)
    conflict = hunted / np.maximum(s.clans.power.sum(0), TINY)
    calm = 1 - p.shock_weight * lead.shock
    calm = calm * (1 - p.tension_weight * s.military_industry.tension)
    calm = calm * (1 - p.conflict_weight * conflict)
    need = 1 - calm
    bodies = _bodies(s, m.setting)
    among = bodies[TECHNOCRAT] / np.maximum(bodies.sum(0), TINY)
    own = lead.personal_power
    ruling = own * _leaders(s)[TECHNOCRAT] + (1 - own) * among
    bar = p.threshold + p.restraint * ruling * (1 - need) * (1 - law.terror)
    wanted = np.clip(p.response * (need - bar) + p.spiral * policy.force, 0, 1)
    pace = np.where(wanted > policy.force, m.way(p.rise_years), m.way(p.calm_years))
    over = m.above(policy.force, law.terror)
    fades = np.where(over, 0, -np.expm1(-m.step * (1 - need) / p.dismantling_years))
    built = np.where(over, m.way(p.building_years) * (policy.force - law.terror), 0)
    law.terror[:] = law.terror * (1 - fades) + built
    clean = 1 - s.elite.exposure
    clean = clean * np.exp(-p.stain * policy.force * m.step * np.minimum(s.elite.coercion, 1))
    s.elite.exposure[:] = 1 - clean
    policy.force[:] = policy.force + pace * (wanted - policy.force)


def elite_quality(s: State, m: Moment) -> None:
    """Long personal rule feeds and tames people; capability follows."""
    p, lead, policy, elite = m.p, s.leadership, s.policy, s.elite
    personal = np.where(lead.established, 1, lead.personal_power)
    tamed = personal * (1 - np.exp(-lead.reign / p.taming_years))
    weight = np.where(held(s), m.setting.office_policy, 0)
    premium = (weight * _holders(s, elite.loyalty - elite.competence)).sum(0)
    premium = np.clip(premium / (weight.sum(0) + TINY), 0, 1)
    best = p.best_entrants * (1 - p.taming * tamed) * (1 - p.loyalty_first * premium)
    entrants = policy.entrant_quality + m.way(p.entrant_years) * (best - policy.entrant_quality)
    bodies = _bodies(s, m.setting)
    filled = bodies.sum(0)
    share = bodies / np.maximum(filled, TINY)
    able = p.people_weight * entrants + (1 - p.people_weight) * policy.rationality
    able = able * (1 - p.undelivered * share[CORRUPTIONIST])
    missing = np.where(filled > 0, np.clip(1 - share[TECHNOCRAT] / p.floor, 0, 1), 0)
    able = policy.capability + m.way(p.lag_years) * (able - policy.capability)
    policy.capability[:] = able * np.exp(-p.collapse * missing * m.step)
    policy.entrant_quality[:] = entrants
    elite.sincerity *= np.where(active(s), np.exp(-p.feeding * personal * m.step), 1)


def _strategic(s: State, setting: State) -> Array:
    """How far strategic projects are in each person's hands."""
    weight = np.where(held(s), setting.office_strategic, 0)
    return np.clip(by_owner(weight, s.nomenklatura.holder, len(s.elite.power)), 0, 1)


def mic_growth(s: State, m: Moment) -> None:
    """Tension, spending and influence drive one another, at home and abroad."""
    p, arms, agenda = m.p, s.military_industry, s.policy.agenda
    money = p.influence_per_spending * (1 + p.widening * p.research_integration)
    influence, spending = np.empty_like(arms.influence), np.empty_like(arms.spending)
    for side in (0, 1):
        target = p.normal_influence + money * (arms.spending[side] - p.normal_spending)
        target = np.clip(target + p.war_formation * arms.war, 0, 1)
        influence[side] = arms.influence[side] + m.way(p.influence_years) * (
            target - arms.influence[side]
        )
        target = p.normal_spending + p.alarm * (arms.tension - p.normal_tension)
        target = target + p.lobbying * (arms.influence[side] - p.normal_influence)
        target = target + p.war_spending * arms.war
        if side == 0:
            target = target + p.greatness_spending * agenda
        target = np.clip(target, 0, p.spending_cap)
        spending[side] = arms.spending[side] + m.way(p.spending_years) * (
            target - arms.spending[side]
        )
    target = p.normal_tension + p.provocation * (arms.influence.mean(0) - p.normal_influence)
    both = np.maximum(arms.influence.min(0) - p.normal_influence, 0)
    target = target + p.collusion * p.provocation * both
    target = np.clip(target + p.war_tension * arms.war + p.assertion * agenda, 0, 1)
    depends = 1 - (1 - arms.influence[0]) * (1 - p.security_stake * arms.tension)
    needed = p.replaceable + (1 - p.replaceable) * _strategic(s, m.setting) * depends
    s.elite.indispensability += m.way(p.project_years) * (needed - s.elite.indispensability)
    arms.tension += m.way(p.tension_years) * (target - arms.tension)
    arms.influence[:], arms.spending[:] = influence, spending


def hidden_quality(s: State, m: Moment) -> None:
    """True and reported quality of arms, and what can be held against whom."""
    p, arms, elite, setting = m.p, s.military_industry, s.elite, m.setting
    audit = np.clip(np.where(held(s), setting.office_inspection, 0).sum(0), 0, 1)
    seen = arms.war * (1 - (1 - p.front) * (1 - audit))
    gap = seen * np.maximum(arms.apparent_quality - arms.quality, 0)

    weight = np.where(held(s), setting.office_strategic, 0)
    total = weight.sum(0) + TINY
    managed = (weight * _holders(s, elite.mix[TECHNOCRAT] * elite.competence)).sum(0) / total
    clan = _holders(s, elite.clan)
    budget = at(setting.clan_soft_budget, clan)
    soft = (weight * np.where(clan >= 0, budget, 0)).sum(0) / total
    made = p.base_quality + p.management * managed - p.softness * soft * (1 - arms.war)
    made = np.clip(made, 0, 1)
    moved = m.within_step((1 - arms.war) / p.peace_years + arms.war / p.war_years)
    quality = arms.quality + moved * (made - arms.quality)

    opaque = p.secrecy + (1 - p.secrecy) * arms.influence[0]
    rosy = arms.quality + (1 - arms.war) * p.optimism * opaque * (1 - arms.quality)
    moved = m.within_step((1 - arms.war) / p.report_years + seen / p.truth_years)
    reported = arms.apparent_quality + moved * (rosy - arms.apparent_quality)

    file = np.minimum(p.blame * _strategic(s, setting) * gap, 1)
    overlooked = p.impunity * elite.loyalty
    rest = np.minimum(p.clean + p.graft * (1 - overlooked) * elite.mix[CORRUPTIONIST], 1)
    faded = elite.exposure + m.way(p.fading_years) * (rest - elite.exposure)
    rises = m.way(p.blame_years) * np.maximum(file - faded, 0)
    elite.exposure[:] = faded + rises
    arms.quality[:], arms.apparent_quality[:] = quality, reported
