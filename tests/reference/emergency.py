"""Reference: a paralysed leader and the founders of an extraordinary body (clocks to a week)."""

import numpy as np

from tests.reference.moment import (
    ACTIVE,
    NOBODY,
    Array,
    Moment,
    State,
    at_stake,
    beats,
    condemn,
    depose,
    leader_clan,
    logistic,
)
from tests.reference.throne import BY_COUP, loyal_force

TINY = np.float32(1e-6)
NO_BODY, PENDING, ACCEPTED, FAILED = range(4)


def emergency(s: State, m: Moment) -> None:
    """Grip goes with the shock; a pending body is put to the leader; a body is founded."""
    p, lead = m.p, s.leadership
    rules = lead.leader != NOBODY
    before = _depth(lead.control, p.paralysis)
    extreme = np.where(rules, np.maximum((lead.shock - p.ordinary) / (1 - p.ordinary), 0), 0)
    ceiling = np.where(lead.body == ACCEPTED, 1, 1 - extreme)
    falls = m.way(p.collapse_years) * np.maximum(lead.control - ceiling, 0)
    rises = m.way(p.recovery_years) * np.maximum(lead.personal_power * ceiling - lead.control, 0)
    lead.control[:] = np.where(rules, lead.control - falls + rises, lead.control)
    _answer(s, m, extreme)
    _found(s, m, (before + _depth(lead.control, p.paralysis)) / 2)


def shock_fades(s: State, m: Moment) -> None:
    """A shock wears off by itself."""
    s.leadership.shock *= np.exp(-m.step / m.p.shock_years)


def _depth(control: Array, paralysis: Array) -> Array:
    return np.clip(1 - control / paralysis, 0, 1)


def _two_best(score: Array) -> Array:
    return np.argsort(-score, kind="stable")[:2]


def _answer(s: State, m: Moment, extreme: Array) -> None:
    """The leader accepts, or refuses and force decides."""
    p, elite, lead, clans = m.p, s.elite, s.leadership, s.clans
    asked = (lead.body == PENDING) & (lead.leader != NOBODY)
    met = asked & m.happens(m.within_step(1 / p.answer_years)[None], draw=1)[0]
    ready = np.clip(lead.acceptance, TINY, 1 - TINY)
    need = 1 - (1 - extreme) * lead.control
    agrees = logistic(np.log(ready / (1 - ready)) + p.need_weight * need)
    accepts = m.happens(agrees[None], draw=2)[0]
    loyal, own_clan = loyal_force(s, m.setting), leader_clan(s)
    rebels = np.zeros_like(loyal)
    for r in np.flatnonzero(met):
        founders = _two_best(elite.founder[:, r])
        theirs = set(elite.clan[founders, r]) - {own_clan[r]}
        mates = sum(clans.coercion[c, r] for c in theirs)
        rebels[r] = max(mates, elite.coercion[founders, r].sum())
    wins = m.happens((p.obedience * beats(rebels, loyal, p.decisiveness))[None], draw=3)[0]
    for r in np.flatnonzero(met):
        founders = _two_best(elite.founder[:, r])
        both = rebels[r] + loyal[r] + TINY
        if accepts[r] or wins[r]:
            for i in founders:
                if elite.founder[i, r] > 0:
                    elite.knowledge[i, r] = max(elite.knowledge[i, r], p.knowledge[r])
        if accepts[r]:
            lead.control[r] = max(lead.control[r], p.restored[r])
            lead.personal_power[r] = min(lead.personal_power[r] + p.enlarged[r], 1)
            lead.body[r] = ACCEPTED
        elif wins[r]:
            lead.body[r] = ACCEPTED
            s.moves.plotter[r] = elite.clan[founders[0], r]
            s.moves.coup_success[r] = True
            stake = at_stake(m.setting.narrowness[r], loyal[r] / both)
            depose(s, m.setting, r, BY_COUP, stake, m.number)
        else:
            lead.body[r] = FAILED
            stake = at_stake(m.setting.narrowness[r], rebels[r] / both) + TINY
            for i in founders:
                elite.founder[i, r] = 0
                if elite.status[i, r] == ACTIVE:
                    condemn(s, i, stake, r)
                    elite.fallen_by[i, r] = m.number


def _found(s: State, m: Moment, depth: Array) -> None:
    """Two willing insiders found a body."""
    p, elite, lead = m.p, s.elite, s.leadership
    will = np.maximum(elite.proximity * elite.ambition - p.reserve, 0)
    others = np.arange(len(will))[:, None] != lead.leader
    will = np.where((elite.status == ACTIVE) & others, will, 0)
    pairs = sum(will[i] * will[j] for i in range(len(will)) for j in range(i))
    founded = m.happens(m.within_step(p.pair_rate * depth * pairs)[None])[0]
    free = (lead.body == NO_BODY) & (lead.leader != NOBODY)
    for r in np.flatnonzero(founded & free & ((will > 0).sum(0) > 1)):
        for i in _two_best(will[:, r]):
            elite.founder[i, r] = p.bonus[r]
        lead.body[r] = PENDING
