"""Reference: the leader - death, personal power, balancing - and coups."""

import numpy as np
from scipy.special import log_ndtr

from tests.reference.clans import COERCIVE, IN_PLAY, leader_force
from tests.reference.moment import (
    ACTIVE,
    DEAD,
    NOBODY,
    Array,
    Moment,
    State,
    active,
    at,
    at_stake,
    beats,
    condemn,
    depose,
    go,
    held,
    leader_clan,
    logistic,
)

TINY = np.float32(1e-6)
BY_DEATH, BY_COUP, BY_ELITE, BY_SCRIPT = range(1, 5)


def loyal_force(s: State, setting: State) -> Array:
    """What answers to the leader and what his own clan commands."""
    own = leader_clan(s)
    return leader_force(s, setting) + np.where(own >= 0, at(s.clans.coercion, own), 0)


def force_against(s: State, members: Array) -> Array:
    """Force of a group of clans and what pacts lend it, but for the leader's own clan's."""
    total = np.zeros(members.shape[-1], np.float32)
    for d, force in enumerate(s.clans.coercion):
        lent = [np.where(members[c], s.clans.pact[c, d], 0) for c in range(len(members))]
        part = np.maximum(members[d], np.max(lent, 0))
        total += np.where(leader_clan(s) != d, part * force, 0)
    return total


def mortality(s: State, m: Moment) -> None:
    """Gompertz mortality; what others expect of the leader."""
    p, elite, lead = m.p, s.elite, s.leadership
    alive = elite.status != DEAD
    hazard = elite.frailty * p.level * np.exp(p.slope * (elite.age - 60))
    risk = 1 - np.exp(-(hazard / p.slope * np.expm1(p.slope * m.step)).astype(np.float64))
    risk = np.where(alive & (m.years > elite.safe_until), risk, 0).astype(np.float32)
    dies = m.happens(risk)
    elite.age[:] = np.where(alive, elite.age + m.step, elite.age)
    elite.status[dies] = DEAD
    elite.fallen_by[dies] = m.number
    rules = lead.leader >= 0
    hazard = at(elite.frailty, lead.leader) * p.level
    hazard = hazard * np.exp(p.slope * (at(elite.age, lead.leader) - 60))
    median = np.log1p(p.slope * np.float32(np.log(2)) / hazard) / p.slope
    move = m.way(p.rumour_years)
    gossip = p.rumour_noise * np.sqrt(1 - (1 - move) ** 2) * m.normal(draw=1)[0]
    told = np.maximum(lead.horizon + move * (median - lead.horizon) + median * gossip, 0)
    lead.horizon[:] = np.where(rules, told, lead.horizon)
    for r in np.flatnonzero(rules & at(dies, lead.leader)):
        go(s, m.setting, r, BY_DEATH)


def personal_power(s: State, m: Moment) -> None:
    """Allies remove the leader, or he takes more power."""
    p, lead, elite = m.p, s.leadership, s.elite
    rules = lead.leader >= 0
    loyal, allied = loyal_force(s, m.setting), force_against(s, lead.coalition)
    b = np.clip(lead.personal_power, TINY, 1 - TINY)
    edge = p.decisiveness * np.log((loyal + p.unarmed) / (allied + p.unarmed))
    survives = logistic(np.log(b / (1 - b)) + edge)
    # after Svolik (2009), with a flow of one: the removal per alarm that just deters
    bite = p.alarm_grab - p.alarm_false - p.alarm_false * p.grab_gain
    deters = bite > 0
    needed = p.grab_gain * (1 - p.patience) / (p.patience * np.where(deters, bite, 1))
    needed = np.where(deters, needed, np.float32(np.inf))
    credible = (p.success - p.acquiescence) / (p.success + p.failure)
    limit = np.minimum(credible, 1 - needed)
    established = rules & m.above(survives, limit)
    contested = np.where(limit >= 0, p.alarm_false * needed, 0)
    removal = np.where(established, p.residual, contested)
    removed = rules & m.happens(m.within_step(removal)[None])[0]
    dares = np.clip(survives / np.maximum(limit, TINY), 0, 1)
    pace = np.where(established, p.free_grabs, p.hidden_grabs * dares)
    grabs = rules & ~removed & m.happens(m.within_step(pace)[None], draw=1)[0]

    grip = p.grip_floor + (1 - p.grip_floor) * lead.personal_power
    control = lead.control + m.way(p.grip_years) * (grip - lead.control)
    lead.control[:] = np.where(rules, control, lead.control)
    grown = np.minimum(lead.personal_power + p.grab_step, 1)
    lead.personal_power[:] = np.where(grabs, grown, lead.personal_power)
    lead.established[:] = established
    lead.reign[:] = np.where(rules, lead.reign + m.step, lead.reign)
    elite.founder *= np.float32(2) ** (-m.step / p.founder_half_life)
    for r in np.flatnonzero(removed):
        threat = loyal[r] / (loyal[r] + allied[r] + TINY)
        stake = at_stake(m.setting.narrowness[r], threat)
        depose(s, m.setting, r, BY_ELITE, stake, m.number)


def balancing(s: State, m: Moment) -> None:
    """Favour for the weak, access by office and favour, the wave of cases."""
    p, setting, elite, clans, lead = m.p, m.setting, s.elite, s.clans, s.leadership
    rules, own, n = lead.leader >= 0, leader_clan(s), len(clans.power)
    ours = np.arange(n)[:, None] == own
    plays = setting.clan_organised & (clans.fate == IN_PLAY) & ~ours
    total = np.where(plays, clans.power, 0).sum(0) + TINY
    parity = np.where(plays, plays.sum(0, dtype=np.float32) * clans.power / total, 0)
    ahead = np.maximum(parity.max(0) - 1, 0)
    will = p.effort * lead.control * ahead / (ahead + p.half_lead)
    for c in range(n):
        target = np.where(plays[c], will * (1 - parity[c]), 0)
        target = target + np.where(ours[c] & setting.clan_organised[c], p.own_clan, 0)
        acts = setting.clan_organised[c] & (clans.fate[c] == IN_PLAY)
        secret = acts & (setting.clan_base[c] == COERCIVE)
        target = target + np.where(secret, p.security_ear * s.coercion.wave, 0)
        target = np.where(rules, np.clip(target, -1, 1), 0)
        clans.favour[c] += m.way(p.favour_years) * (target - clans.favour[c])

    grade = np.zeros_like(elite.power)
    for office, holder in enumerate(s.nomenklatura.holder):
        r = np.flatnonzero(held(s)[office])
        grade[holder[r], r] = np.maximum(grade[holder[r], r], setting.office_grade[office, r])
    favour = np.where(elite.clan >= 0, at(clans.favour, elite.clan), 0)
    access = np.clip(p.access_grade * grade + p.access_favour * favour, 0, 1)
    access = np.where(active(s), access, 0)
    elite.proximity += m.way(p.access_years) * (access - elite.proximity)
    demand = p.wave_peak * lead.reign / (lead.reign + p.long_reign)
    demand = np.where(rules, demand * np.exp(-lead.horizon / p.short_horizon), 0)
    s.coercion.wave += m.way(p.wave_years) * (demand - s.coercion.wave)


def coup(s: State, m: Moment) -> None:
    """One armed clan may plot; force settles it."""
    p, setting, elite, clans, lead = m.p, m.setting, s.elite, s.clans, s.leadership
    n = len(clans.power)
    able = setting.clan_organised & (clans.fate == IN_PLAY) & (clans.coercion > 0)
    able &= (np.arange(n)[:, None] != leader_clan(s)) & (lead.leader >= 0)
    plotter = m.pick(np.where(able, clans.coercion, 0), m.uniform(1)[0])
    force = force_against(s, np.arange(n)[:, None] == plotter)
    guard = loyal_force(s, setting) + p.guard

    # after Besley and Robinson (2010): the wage that would keep the force loyal
    army, threat = force + TINY, p.threat * s.military_industry.tension + TINY
    wage = army / (army + guard) * p.survives * (army + threat) / (p.survives * army + threat)
    paid = at(clans.power, plotter) / (clans.power.sum(0) + TINY)
    paid = paid * (1 + at(clans.favour, plotter))
    tempted = p.sharpness * np.logaddexp(0, (wage - paid) / p.sharpness)
    lame = p.lame_duck * np.exp(-lead.horizon / p.duck_years)
    open_ = 1 - lead.control * (1 - lame)
    cost = p.fear_cost * s.coercion.fear
    cost = cost / (1 + cost)
    # after Morris and Shin (1998): they attack if the guard is weaker than 1 - cost
    weak = np.exp(log_ndtr((1 - cost - guard / (guard + force)) / p.uncertainty))
    weight = np.where(active(s) & (elite.clan == plotter), elite.power, 0)
    tied = (weight * (elite.loyalty - np.float32(0.5))).sum(0) / (weight.sum(0) + TINY)
    rate = (p.rate * tempted * open_ * weak * np.exp(-p.loyalty * tied)).astype(np.float32)
    tries = m.happens(m.within_step(rate)[None], draw=1)[0]
    tries &= able.any(0) & (s.moves.plotter == NOBODY)
    wins = tries & m.happens(beats(force, guard, p.decisiveness)[None], draw=2)[0]
    for r in np.flatnonzero(tries):
        c, odds = plotter[r], force[r] / (force[r] + guard[r])
        s.moves.plotter[r] = c
        there = np.flatnonzero((elite.clan[:, r] == c) & (elite.status[:, r] == ACTIVE))
        if wins[r]:
            s.moves.coup_success[r] = True
            stake = at_stake(setting.narrowness[r], 1 - odds)
            for i in there[elite.coercion[there, r] > 0]:
                elite.knowledge[i, r] = max(elite.knowledge[i, r], p.knowledge[r])
            depose(s, setting, r, BY_COUP, stake, m.number)
            continue
        if there.size:
            head = there[m.best(elite.power[there, r][:, None], r)[0]]
            condemn(s, head, at_stake(setting.narrowness[r], odds), r)
            elite.fallen_by[head, r] = m.number
        clans.defeated[c, r] = max(clans.defeated[c, r], p.pursuit_years[r])
        clans.victor[c, r] = leader_clan(s)[r]
        s.moves.excluded[c, r] |= lead.coalition[c, r]
        lead.coalition[c, r] = False
