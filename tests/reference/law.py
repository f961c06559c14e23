"""Reference: cases, sentences and fear; the register and appointments."""

import numpy as np

from tests.reference.clans import CASE, COERCIVE, IN_PLAY, REMOVAL, SABOTAGE
from tests.reference.moment import (
    ABROAD,
    ACTIVE,
    DEAD,
    EXILED,
    IMPRISONED,
    NEAR,
    NOBODY,
    RETIRED,
    Moment,
    State,
    active,
    at,
    at_stake,
    beats,
    by_group,
    condemn,
    held,
    logistic,
)

TINY = np.float32(1e-6)
NONE, POSTS, EXILE, PRISON, DEATH = range(5)


def case(s: State, m: Moment) -> None:
    """The attack of this tick is carried through or comes to nothing."""
    p, elite, clans, moves, arms = m.p, s.elite, s.clans, s.moves, s.military_industry
    likely = np.zeros(len(moves.attacker), np.float32)
    attacked = np.flatnonzero((moves.attacker != NOBODY) & (moves.target != NOBODY))
    for r in attacked:
        a, d, i = moves.attacker[r], moves.target_clan[r], moves.target[r]
        need = elite.indispensability[i, r]
        accuser = clans.cover[a, r] + p.law_strength[r] * s.coercion.grey_law[r]
        accused = clans.cover[d, r] + p.shield[r] * need
        inclined = logistic(
            p.assent[r]
            + p.assent_favour[r] * (clans.favour[a, r] - clans.favour[d, r])
            + p.assent_wave[r] * s.coercion.wave[r]
            - p.assent_shield[r] * need
        )
        control = s.leadership.control[r]
        assents = (1 - control) + control * inclined
        likely[r] = beats(accuser, accused, p.decisiveness[r]) * assents
    success = m.happens(likely[None])[0]
    for r in attacked:
        a, d, i = moves.attacker[r], moves.target_clan[r], moves.target[r]
        if not success[r]:
            moves.repelled[r] = True
            clans.favour[a, r] = max(clans.favour[a, r] - p.backfire[r], -1)
            continue
        if moves.means[r] in (CASE, REMOVAL):
            both = clans.power[a, r] + clans.power[d, r]
            threat = clans.power[d, r] / (both + TINY)
            condemn(s, i, at_stake(m.setting.narrowness[r], threat), r)
        if moves.means[r] == CASE:
            there = (elite.clan[:, r] == d) & (elite.status[:, r] == ACTIVE)
            weights = np.where(there, elite.power[:, r], 0)[:, None]
            if there.any() and m.best(weights, r)[0] == i:
                clans.defeated[d, r] = max(clans.defeated[d, r], p.pursuit_years[r])
                clans.victor[d, r] = a
        if moves.means[r] == SABOTAGE:
            elite.proximity[i, r] *= 1 - p.lost_access[r]
            clans.favour[d, r] = max(clans.favour[d, r] - p.lost_favour[r], -1)
            arms.tension[r] = min(arms.tension[r] + p.crisis_tension[r], 1)


def sentence(s: State, m: Moment) -> None:
    """What becomes of those condemned in this tick."""
    p, setting, elite, moves = m.p, m.setting, s.elite, s.moves
    holder = s.nomenklatura.holder
    u = np.minimum(m.uniform(len(elite.power)) + np.float32(2**-25), np.float32(1 - 2**-24))
    for r in np.flatnonzero((elite.condemned > 0).any(0)):
        grade = np.zeros(len(elite.power), int)
        for i in np.flatnonzero((elite.condemned[:, r] > 0) & (elite.status[:, r] == ACTIVE)):
            cover = min(s.clans.cover[elite.clan[i, r], r], 1)
            score = (
                p.terror_weight[r] * s.coercion.terror[r]
                + p.stake_weight[r] * elite.condemned[i, r]
                - p.shield[r] * elite.indispensability[i, r]
                - p.cover_weight[r] * cover
                + p.spread[r] * np.log(u[i, r] / (1 - u[i, r]))
            )
            limits = p.exile_above[r] + np.array(
                [0, p.prison_step[r], p.prison_step[r] + p.death_step[r]]
            )
            m.doubt[r] |= (np.abs(score - limits) < NEAR).any()
            grade[i] = POSTS + (score > limits).sum()
            if moves.means[r] == REMOVAL and moves.target[r] == i:
                grade[i] = POSTS
            _carry_out(s, m, i, grade[i], r)
        banished = np.flatnonzero(grade == EXILE)
        station = np.flatnonzero(
            setting.office_is_exile[:, r] & s.nomenklatura.active[:, r] & (holder[:, r] == NOBODY)
        )
        if banished.size and station.size:
            holder[station[0], r] = banished[0]
        if moves.target[r] != NOBODY:
            moves.grade[r] = max(moves.grade[r], grade[moves.target[r]])


def _carry_out(s: State, m: Moment, i: int, grade: int, r: int) -> None:
    """One person's sanction."""
    p, elite, posts = m.p, s.elite, s.nomenklatura.holder
    elite.severity[i, r] = max(elite.severity[i, r], grade / DEATH)
    elite.proximity[i, r] *= 1 - p.lost_access[r]
    elite.fallen_by[i, r] = elite.fallen_by[i, r] or m.number
    s.clans.losses[elite.clan[i, r], r] += 1
    if grade > POSTS:
        elite.status[i, r] = {EXILE: EXILED, PRISON: IMPRISONED, DEATH: DEAD}[grade]
        return
    if elite.age[i, r] >= p.pension_age[r]:
        elite.status[i, r] = RETIRED
    for office in np.flatnonzero(posts[:, r] == i):
        strategic = m.setting.office_strategic[office, r] * elite.indispensability[i, r]
        if strategic < p.keeps_office[r] and not m.setting.office_of_leader[office, r]:
            posts[office, r] = NOBODY


def fear(s: State, m: Moment) -> None:
    """Fear follows terror, waves and grey law; fear buys compliance."""
    p, law, elite = m.p, s.coercion, s.elite
    target = p.from_terror * law.terror + p.from_wave * law.wave + p.from_grey_law * law.grey_law
    law.fear += m.way(p.fear_years) * (np.clip(target, 0, 1) - law.fear)
    favour = at(s.clans.favour, elite.clan)
    bond = p.base_loyalty + p.compliance * law.fear + p.gratitude * favour
    bond = np.clip(bond - p.grievance * elite.severity, 0, 1)
    elite.loyalty += m.way(p.loyalty_years) * (bond - elite.loyalty)


def alarm(s: State, m: Moment) -> None:
    """Those who are left take fright at the fall of others."""
    p, elite, law, clans = m.p, s.elite, s.coercion, s.clans
    struck = elite.condemned > 0
    left = ~struck & np.isin(elite.status, (RETIRED, ABROAD)) & (elite.fallen_by > 0)
    shocks = (elite.power * struck).sum(0) + p.resignation * (elite.power * left).sum(0)
    calm = np.exp(-p.contagion * shocks / (elite.power.sum(0) + TINY))
    law.fear[:] = 1 - (1 - law.fear) * calm
    for c, base in enumerate(m.setting.clan_base):
        hears = (base == COERCIVE) & m.setting.clan_organised[c] & (clans.fate[c] == IN_PLAY)
        hears &= s.leadership.leader != NOBODY
        gap = 1 - clans.favour[c]
        clans.favour[c] += np.where(hears, p.security_ear * (1 - calm) * gap, 0)


def register(s: State, m: Moment) -> None:
    """Whose people the personnel register serves."""
    elite, weight, n = s.elite, m.setting.office_register, len(s.clans.power)
    near = at(elite.proximity, s.nomenklatura.holder)
    clan = at(elite.clan, s.nomenklatura.holder)
    places = np.where(held(s), weight * (m.p.far_share + (1 - m.p.far_share) * near), 0)
    total = np.where(s.nomenklatura.active, weight, 0).sum(0)
    s.clans.placement[:] = by_group(places, clan, n) / np.maximum(total, TINY)


def inspection(s: State, m: Moment) -> None:
    """Whoever audits the generals can count on some of their force."""
    clans, n = s.clans, len(s.clans.power)
    clan = at(s.elite.clan, s.nomenklatura.holder)
    audits = by_group(np.where(held(s), m.setting.office_inspection, 0), clan, n)
    faults = 1 - s.military_industry.quality
    for c in range(n):
        others = sum(clans.coercion[d] for d in range(n) if d != c)
        clans.cover[c] += m.p.hold * np.minimum(audits[c], 1) * faults * others


def entry(s: State, m: Moment) -> None:
    """Newcomers take the places of the rank and file who have gone."""
    p, elite, setting, policy = m.p, s.elite, m.setting, s.policy
    gone = setting.person_is_cadre & ~active(s) & (elite.fallen_by == 0)
    rate = np.broadcast_to(m.within_step(p.rate), gone.shape)
    comes = gone & m.happens(rate)
    u = m.uniform(4, draw=1)
    plays = setting.clan_organised & (s.clans.fate == IN_PLAY)
    plays = np.where(plays.any(0), plays, ~setting.clan_organised)
    softness, complex_ = setting.clan_soft_budget, s.military_industry.influence[0]
    taught = p.school * setting.clan_school * (1 + p.technical * softness * complex_)
    pull = np.where(plays, p.open_door + s.clans.placement + taught, 0)
    for r in np.flatnonzero(comes.any(0)):
        new = comes[:, r]
        quality = np.clip(policy.entrant_quality[r] + p.scatter[r] * (u[1, r] - 0.5), 0, 1)
        clan, ranks = m.pick(pull[:, r], u[0, r], r), setting.person_is_cadre[:, r]
        peers = ranks & (elite.clan[:, r] == clan) & (elite.status[:, r] == ACTIVE)
        peers = peers if peers.any() else ranks
        for field in (elite.loyalty, elite.proximity, elite.frailty):
            field[new, r] = field[peers, r].mean()
        elite.mix[:, new, r] = elite.mix[:, peers, r].mean(1)[:, None]
        keen = elite.ambition[peers, r].mean() + p.scatter[r] * (u[3, r] - 0.5)
        elite.ambition[new, r] = np.clip(keen, 0, 1)
        elite.patron[np.isin(elite.patron[:, r], np.flatnonzero(new)), r] = NOBODY
        elite.status[new, r], elite.patron[new, r] = ACTIVE, NOBODY
        elite.clan[new, r] = clan
        elite.competence[new, r] = quality
        elite.sincerity[new, r] = quality * policy.entrant_quality[r]
        elite.age[new, r] = p.youngest[r] + p.age_span[r] * u[2, r]
        for name in ("severity", "exposure", "indispensability", "safe_until"):
            getattr(elite, name)[new, r] = 0
        elite.founder[new, r] = elite.knowledge[new, r] = 0
        posts = s.nomenklatura.holder[:, r]
        posts[np.isin(posts, np.flatnonzero(new))] = NOBODY


def vary_ranks(s: State, m: Moment) -> None:
    """The rank and file at the start: no two alike."""
    elite, cadre = s.elite, m.setting.person_is_cadre
    u, v, w = (m.uniform(len(elite.power), draw) - np.float32(0.5) for draw in range(3))
    able = np.clip(elite.competence + m.p.scatter * u, 0, 1)
    keen = np.clip(elite.ambition + m.p.scatter * v, 0, 1)
    elite.competence[:] = np.where(cadre, able, elite.competence)
    elite.ambition[:] = np.where(cadre, keen, elite.ambition)
    elite.age[:] = np.where(cadre, elite.age + m.p.age_span * w, elite.age)


def vacate(s: State, m: Moment) -> None:
    """Offices are left by those out of play, and closed offices by everyone."""
    posts, status = s.nomenklatura, s.elite.status
    for office, holder in enumerate(posts.holder):
        where = at(status, holder)
        stays = (where == ACTIVE) | (m.setting.office_is_exile[office] & (where == EXILED))
        posts.holder[office] = np.where(stays & posts.active[office], holder, NOBODY)


def appointment(s: State, m: Moment) -> None:
    """Each vacancy may be filled by a logit choice, the weightiest first."""
    p, setting, elite, clans = m.p, m.setting, s.elite, s.clans
    holder, persons = s.nomenklatura.holder, len(elite.power)
    vacant = s.nomenklatura.active & (holder == NOBODY)
    vacant &= ~setting.office_is_exile & ~setting.office_of_leader
    rank = setting.office_policy + setting.office_coercion + setting.office_register
    due = vacant & m.happens(np.broadcast_to(m.within_step(p.rate), holder.shape), draw=1)
    hold = s.leadership.control * (0.5 + 0.5 * s.leadership.personal_power)
    v = np.clip(1 - hold, 0.02, 1)
    plot = np.clip(p.strongest_plot * v, 0.01, 0.95)
    # after Egorov and Sonin (2011) with a wage of one: the ablest who stays loyal
    loyal = (p.plot_penalty + 1) * (1 - plot)
    tempted = np.maximum(p.plot_reward - p.plot_rescue, 0) * plot
    safe = loyal / (loyal + tempted)
    school = p.school * setting.clan_school * np.maximum(clans.placement, 0)
    pull = p.placement * clans.placement + p.favour * clans.favour + school
    able, loyalty, (schooled, _, _) = elite.competence, elite.loyalty, elite.mix
    merits = (
        p.merit * s.policy.rationality * (able + p.education * schooled)
        + p.loyalty * v * loyalty
        - p.caution * np.maximum(able - safe, 0) * (1 - loyalty)
        + at(pull, elite.clan)
        + p.access * elite.proximity
    )
    fair = active(s) & (np.arange(persons)[:, None] != s.leadership.leader)
    noise = m.gumbel_of_pairs(persons, len(holder))
    for r in np.flatnonzero(due.any(0) & fair.any(0)):
        for office in np.argsort(-rank[:, r], kind="stable"):  # fixed weights: no doubt
            if not due[office, r]:
                continue
            ordinary = holder[~setting.office_is_exile[:, r], r]
            busy = (ordinary == np.arange(persons)[:, None]).sum(1, dtype=np.float32)
            far = np.abs(elite.proximity[:, r] - setting.office_grade[office, r])
            utility = merits[:, r] - p.rigidity[r] * far - p.load[r] * busy + noise[office, :, r]
            utility = np.where(fair[:, r], utility, -np.inf)
            holder[office, r] = m.best(utility[:, None], r)[0]
