"""Reference: power, and the war between clans."""

import numpy as np

from tests.reference.moment import (
    ACTIVE,
    NOBODY,
    Array,
    Moment,
    State,
    active,
    at,
    at_stake,
    beats,
    by_group,
    by_owner,
    condemn,
    held,
)

TERRITORIAL, TRIBAL, PROFESSIONAL, COERCIVE, BUSINESS = range(1, 6)
CASE, REMOVAL, SABOTAGE = range(1, 4)
IN_PLAY, PURGED, DISSOLVED = range(3)
NEVER = np.float32(100)
TINY = np.float32(1e-6)


def leader_force(s: State, setting: State) -> Array:
    """Force that answers to the leader."""
    through = setting.office_coercion * setting.office_grip * s.leadership.control
    return np.where(s.nomenklatura.active, through, 0).sum(0)


def shares(s: State) -> Array:
    """Share of each clan in the power of all."""
    return s.clans.power / (s.clans.power.sum(0) + TINY)


def in_play(s: State, setting: State) -> Array:
    """Clans that act as one and have not ended."""
    return setting.clan_organised & (s.clans.fate == IN_PLAY) & (s.clans.power > 0)


def power_balance(s: State, m: Moment) -> None:
    """Who is how strong, and what force each clan can call on."""
    p, setting, elite, clans, holder = m.p, m.setting, s.elite, s.clans, s.nomenklatura.holder
    persons, n = len(elite.power), len(clans.power)
    complex_weighs = np.maximum(s.military_industry.influence[0] - np.float32(0.5), 0)
    grown = 1 + p.committees * setting.office_strategic * complex_weighs
    policy = by_owner(np.where(held(s), setting.office_policy * grown, 0), holder, persons)
    commands = setting.office_coercion * (1 - setting.office_grip * s.leadership.control)
    force = by_owner(np.where(held(s), commands, 0), holder, persons)
    here = active(s)
    own = policy + p.coercive_weight * force + p.portfolio_synergy * policy * force
    own = own * (1 + elite.founder) + p.proximity_weight * elite.proximity
    own = np.where(here, own, 0)
    clients = by_owner(own, np.where(here, elite.patron, NOBODY), persons)
    elite.power[:] = np.where(here, own + p.client_share * clients, 0)
    elite.coercion[:] = np.where(here, force, 0)

    members = by_group(elite.power, elite.clan, n)
    clans.power[:] = members * clans.cohesion
    clans.coercion[:] = by_group(elite.coercion, elite.clan, n)
    for c in range(n):
        lent = sum(clans.pact[c, d] * clans.coercion[d] for d in range(n))
        favoured = np.maximum(clans.favour[c], 0) * leader_force(s, setting)
        clans.cover[c] = clans.coercion[c] + lent + favoured
    clans.exposure[:] = by_group(elite.power * _open_to(s), elite.clan, n) / (members + TINY)
    clans.trend += m.way(p.memory_years) * (shares(s) - clans.trend)


def _open_to(s: State) -> Array:
    """What a case could be made of: material, and a secret that no cover hides."""
    hidden = np.minimum(at(s.clans.cover, s.elite.clan), 1)
    material, secret = s.elite.exposure, s.elite.knowledge * (1 - hidden)
    return material + secret - material * secret


def cohesion(s: State, m: Moment) -> None:
    """What holds a clan together depends on its base."""
    p, setting, clans = m.p, m.setting, s.clans
    for c in range(len(clans.power)):
        local = p.territorial_base + p.communications * setting.clan_communications[c]
        careers = (
            p.professional_base
            + p.careers * setting.centralisation * clans.placement[c]
            + p.soft_budget * setting.clan_soft_budget[c]
            + p.school * setting.clan_school[c]
            + p.state_support * np.maximum(clans.favour[c], 0)
        )
        base = setting.clan_base[c]
        target = np.where(base == COERCIVE, p.coercive_base, clans.cohesion[c])
        target = np.where((base == TERRITORIAL) | (base == TRIBAL), local, target)
        target = np.where((base == PROFESSIONAL) | (base == BUSINESS), careers, target)
        target = np.where(setting.clan_organised[c], np.clip(target, 0, 1), p.unorganised)
        clans.cohesion[c] += m.way(p.relaxation) * (target - clans.cohesion[c])


def attack(s: State, m: Moment) -> None:
    """At most one attack: who on whom, on which person, by what means."""
    p, setting, elite, clans, moves = m.p, m.setting, s.elite, s.clans, s.moves
    n, share, plays = len(clans.power), shares(s), in_play(s, setting)
    rivals = np.maximum(plays.sum(0) - 1, 1)
    hopes = _hopes(s, m)
    rates = np.zeros((n * n, plays.shape[-1]), np.float32)
    for a in range(n):
        left = setting.clan_timetable[a] - m.years
        due = (left >= 0) & (left <= p.timetable_lead)
        drawn = p.timetable * np.where(due, 1 - left / p.timetable_lead, 0)
        for d in range(n):
            growth = np.maximum(share[d] - clans.trend[d] - p.tolerance, 0)
            u = p.growth * growth + p.inheritance * hopes[a] * p.growth * growth
            u = u + p.exposure * clans.exposure[d] + drawn
            u = u + p.wave * s.coercion.wave
            u = u + p.pursuit * ((clans.victor[d] == a) & (clans.defeated[d] > 0))
            u = u - p.protection * np.maximum(clans.pact[a, d], clans.pact[d, a])
            free = plays[a] & plays[d] & (a != d)
            free = free & (clans.bond[a, d] < 0.5) & (clans.bond[d, a] < 0.5)
            rates[a * n + d] = np.where(free, p.rate * share[a] * np.exp(u) / rivals, 0)
    rates *= 1 - p.in_public * s.opposition.opening
    u, open_to = m.uniform(3), _open_to(s)
    strikes = m.happens(m.within_step(rates.sum(0))[None], draw=1)[0]
    for run in np.flatnonzero(strikes & (moves.attacker == NOBODY)):
        a, d = divmod(m.pick(rates[:, run], u[0, run], run), n)
        spies = np.float32(0)
        for office in np.flatnonzero(held(s)[:, run]):
            if elite.clan[s.nomenklatura.holder[office, run], run] == a:
                spies += setting.office_intelligence[office, run]
        pull = [
            p.case_weight[run] * clans.cover[a, run],
            p.removal_weight[run],
            p.sabotage_weight[run] * min(spies, 1) * setting.clan_lines[d, run],
        ]
        mark = elite.power[:, run] * (1 + p.visibility[run] * open_to[:, run])
        target = _best_member(m, s, d, run, mark)
        if target != NOBODY:
            moves.attacker[run], moves.target_clan[run], moves.target[run] = a, d, target
            moves.means[run] = CASE + m.pick(np.array(pull), u[1, run], run)


def _hopes(s: State, m: Moment) -> Array:
    """How sure each clan is to inherit: by a date, by law, or by its power outside the palace."""
    elite, clans, lead, rule = s.elite, s.clans, s.leadership, s.succession_rule
    hopes = np.zeros_like(clans.power)
    plays = in_play(s, m.setting)
    for r in range(hopes.shape[-1]):
        leader, office = lead.leader[r], rule.heir[r]
        palace = NOBODY if leader == NOBODY else elite.clan[leader, r]
        outside = [c for c in range(len(hopes)) if plays[c, r] and c != palace]
        total = sum(clans.power[c, r] for c in outside) + TINY
        for c in outside:
            hopes[c, r] = clans.power[c, r] / total
        if office != NOBODY and held(s)[office, r]:
            heir = s.nomenklatura.holder[office, r]
            fit = elite.status[heir, r] == ACTIVE and elite.condemned[heir, r] <= 0
            if fit and heir not in (leader, s.moves.removed_leader[r]):
                hopes[:, r] *= 1 - rule.strength[r]
                hopes[elite.clan[heir, r], r] += rule.strength[r]
        for c in range(len(hopes)):
            date = m.setting.clan_timetable[c, r]
            if date < np.inf and date >= m.years:
                hopes[c, r] = 1
    return hopes


def _best_member(m: Moment, s: State, clan: int, run: int, score: Array) -> int:
    """The active member of a clan with the largest score who is not the leader."""
    fair = (s.elite.clan[:, run] == clan) & (s.elite.status[:, run] == ACTIVE)
    fair[s.leadership.leader[run]] &= s.leadership.leader[run] == NOBODY
    if not fair.any():
        return NOBODY
    return int(m.best(np.where(fair, score, -1)[:, None], run)[0])


def pact(s: State, m: Moment) -> None:
    """At most one new pact; old ones fade."""
    p, clans = m.p, s.clans
    n, share, plays = len(clans.power), shares(s), in_play(s, m.setting)
    trust = 1 - np.exp(-clans.since_betrayal / p.distrust)
    rates = np.zeros((n * n, plays.shape[-1]), np.float32)
    for c in range(n):
        need = 1 - np.minimum(clans.cover[c], 1)
        for d in range(n):
            fair = plays[c] & plays[d] & (c != d) & (clans.pact[c, d] < p.lends)
            fair = fair & (clans.defeated[c] <= 0) & (clans.defeated[d] <= 0)
            force = np.minimum(clans.coercion[d], 1)
            rates[c * n + d] = np.where(fair, p.rate * need * force * share[c] * trust[c], 0)
    made = m.happens(m.within_step(rates.sum(0))[None], draw=1)[0]
    u = m.uniform(1)[0]
    clans.pact *= 1 - m.way(p.fading)
    for run in np.flatnonzero(made):
        c, d = divmod(m.pick(rates[:, run], u[run], run), n)
        for one, other in ((c, d), (d, c)):
            clans.pact[one, other, run] = max(clans.pact[one, other, run], p.lends[run])
    clans.since_betrayal[:] = np.minimum(clans.since_betrayal + m.step, NEVER)


def betrayal(s: State, m: Moment) -> None:
    """At most one clan turns on its partner; force decides."""
    p, elite, clans, moves = m.p, s.elite, s.clans, s.moves
    n, share, plays = len(clans.power), shares(s), in_play(s, m.setting)
    arms = np.where(plays, clans.coercion, 0)
    rates = np.zeros((n * n, plays.shape[-1]), np.float32)
    wins = np.stack([beats(arms.sum(0) - arms[d], arms[d], p.decisiveness) for d in range(n)])
    for c in range(n):
        for d in range(n):
            bound = (clans.bond[c, d] > 0.5) | (clans.bond[d, c] > 0.5)
            fair = plays[c] & plays[d] & (clans.pact[c, d] > p.partnership) & ~bound
            m.close(clans.pact[c, d], p.partnership)
            u = p.prize * share[d] * wins[d] - p.reluctance
            u = u - p.cover * clans.pact[c, d] * clans.coercion[d]
            rate = p.rate / (1 + np.exp(-u)) * (1 - s.leadership.control)
            rates[c * n + d] = np.where(fair, rate, 0)
    turns = m.happens(m.within_step(rates.sum(0))[None], draw=1)[0]
    u = m.uniform(2)
    for run in np.flatnonzero(turns | (moves.betrayer != NOBODY)):
        if moves.betrayer[run] != NOBODY:  # the scenario says so
            c, d = moves.betrayer[run], moves.betrayed[run]
        else:
            c, d = divmod(m.pick(rates[:, run], u[0, run], run), n)
        moves.betrayer[run], moves.betrayed[run] = c, d
        clans.pact[c, d, run] = clans.pact[d, c, run] = 0
        clans.since_betrayal[c, run] = 0
        m.close(u[1], wins[d], np.arange(len(turns)) == run)
        if u[1, run] >= wins[d, run]:
            continue
        clans.defeated[d, run], clans.victor[d, run] = p.pursuit_years[run], c
        head = _best_member(m, s, d, run, elite.power[:, run])
        if head != NOBODY:
            condemn(s, head, at_stake(m.setting.narrowness[run], share[d, run]), run)
        mine = np.flatnonzero((elite.clan[:, run] == c) & (elite.status[:, run] == ACTIVE))
        if mine.size:
            gainer = mine[m.best(elite.power[mine, run][:, None], run)[0]]
            elite.proximity[gainer, run] += p.spoils[run] * (1 - elite.proximity[gainer, run])


def purge_of_losers(s: State, m: Moment) -> None:
    """The people of clans under pursuit are condemned one by one."""
    p, elite, clans = m.p, s.elite, s.clans
    risk = np.zeros_like(elite.power)
    for c in range(len(clans.power)):
        rate = p.rate * (1 - p.protection * np.minimum(clans.cover[c], 1))
        hunted = (clans.defeated[c] > 0) & (elite.clan == c)
        risk = np.where(hunted, rate * (1 - p.shield * elite.indispensability), risk)
    struck = m.happens(m.within_step(risk)) & active(s)
    for person, run in np.argwhere(struck):
        if person != s.leadership.leader[run]:
            condemn(s, person, p.stake[run] * m.setting.narrowness[run], run)
            elite.fallen_by[person, run] = m.number
    clans.defeated[:] = np.maximum(clans.defeated - m.step, 0)


def clan_ends(s: State, m: Moment) -> None:
    """Clans without cover dissolve, hunted ones without weight are purged."""
    p, setting, clans = m.p, m.setting, s.clans
    share = shares(s)
    ended = np.zeros((len(clans.power), clans.power.shape[-1]), bool)
    hazard = np.zeros_like(clans.power)
    for c, base in enumerate(setting.clan_base):
        bare = m.above(p.cover_needed, clans.cover[c])
        clans.uncovered[c] = np.where(bare, clans.uncovered[c] + m.step, 0)
        late = ((base == PROFESSIONAL) | (base == BUSINESS)) & m.above(clans.uncovered[c], p.grace)
        hazard[c] = np.where(late, p.rate, 0)
    falls = m.happens(m.within_step(hazard))
    for c in range(len(clans.power)):
        plays = setting.clan_organised[c] & (clans.fate[c] == IN_PLAY)
        purged = plays & (clans.defeated[c] > 0) & m.above(p.purged_share, share[c])
        ended[c] = plays & falls[c] & ~purged
        clans.fate[c] = np.where(purged, PURGED, np.where(ended[c], DISSOLVED, clans.fate[c]))
    for c, run in np.argwhere(clans.fate != IN_PLAY):
        clans.pact[c, :, run] = clans.pact[:, c, run] = 0
    for c, run in np.argwhere(ended):
        residual = np.flatnonzero(~setting.clan_organised[:, run])
        if residual.size:
            s.elite.clan[s.elite.clan[:, run] == c, run] = residual[0]
