"""Reference: the succession game by its definition, and what follows from it."""

import numpy as np

from tests.reference.clans import IN_PLAY
from tests.reference.moment import (
    ACTIVE,
    NEAR,
    NOBODY,
    Array,
    Moment,
    State,
    at_stake,
    condemn,
    depose,
    leader_clan,
)
from tests.reference.throne import BY_ELITE

TINY = np.float32(1e-6)
IDEOCRAT = 1


def ruling_coalition(powers: list[float], alpha: float) -> tuple[set[int], bool]:
    """Acemoglu, Egorov and Sonin (2008), section 2, taken literally.

    A group is self-enforcing if no self-enforcing proper part of it has more than `alpha` of its
    power; all rule if they are, else the weakest self-enforcing group with more than `alpha` of
    all power does.

    Args:
        powers: Of each player; positive.
        alpha: Share of power that rules.

    Returns:
        The members, and whether any comparison on the way was close.
    """
    n = len(powers)
    power = [sum(powers[i] for i in range(n) if group >> i & 1) for group in range(1 << n)]
    stable, close = [False], False
    for group in range(1, 1 << n):
        needed, holds, part = alpha * power[group], True, (group - 1) & group
        while part:
            if stable[part]:
                close |= abs(power[part] - needed) < NEAR * power[group]
                holds &= power[part] <= needed
            part = (part - 1) & group
        stable.append(holds)
    everyone = (1 << n) - 1
    wins = [g for g in range(1, 1 << n) if stable[g] and power[g] > alpha * power[everyone]]
    ruling = everyone if stable[everyone] else min(wins, key=lambda g: power[g])
    ranked = sorted(power[g] for g in wins)
    close |= len(ranked) > 1 and ranked[1] - ranked[0] < NEAR * power[everyone]
    return {i for i in range(n) if ruling >> i & 1}, close


def succession(s: State, m: Moment) -> None:
    """Fill a vacancy; test the coalition where a test falls due."""
    clans, lead = s.clans, s.leadership
    noise, luck = m.normal(0, len(clans.power)), m.gumbel(len(s.elite.power), draw=1)
    due = m.happens(m.within_step(m.p.retest)[None], draw=2)[0]
    for r in np.flatnonzero((lead.leader == NOBODY) | (due & ~lead.established)):
        _settle(s, m, r, noise[:, r], luck[:, r])


def _settle(s: State, m: Moment, r: int, noise: Array, luck: Array) -> None:
    """One run: who rules, who is cut out, who leads, and what it costs the losers."""
    p, elite, clans, lead, moves = m.p, s.elite, s.clans, s.leadership, s.moves
    vacant = lead.leader[r] == NOBODY
    setting, n = m.setting, len(clans.power)
    there = (elite.status[:, r] == ACTIVE) & (elite.condemned[:, r] <= 0)
    strength = np.zeros(n, np.float32)
    for c in range(n):
        if setting.clan_organised[c, r] and clans.fate[c, r] == IN_PLAY:
            mine = there & (elite.clan[:, r] == c)
            strength[c] = elite.power[mine, r].sum() * clans.cohesion[c, r]
    seen = strength * np.exp(p.noise[r] * noise)
    players = set(np.flatnonzero(seen > 0))
    blocs = _blocs(clans.bond[..., r], players)
    ruling = _ruling(s, m, r, seen, players, blocs)
    coalition = set(np.flatnonzero(lead.coalition[:, r]))
    weighty = {c for c in players if strength[c] >= p.consequence[r] * strength.sum()}
    m.close(
        strength[:, None] * np.ones(len(moves.target)),
        p.consequence[r] * strength.sum(),
        (np.arange(len(moves.target)) == r) & vacant,
    )
    out = (players - ruling) & (coalition | (weighty if vacant else set()))
    out = out if ruling else set()

    if not vacant:
        winners = sum(strength[c] for c in ruling)
        own = leader_clan(s)[r]
        for c in out:
            threat = strength[c] / (strength[c] + winners + TINY)
            stake = at_stake(setting.narrowness[r], threat)
            if c == own:
                depose(s, setting, r, BY_ELITE, stake, m.number)
                continue
            mine = np.flatnonzero((elite.clan[:, r] == c) & (elite.status[:, r] == ACTIVE))
            head = mine[m.best(elite.power[mine, r][:, None], r)[0]]
            condemn(s, head, stake, r)
            elite.fallen_by[head, r] = m.number
    if ruling:
        lead.coalition[:, r] = [c in ruling for c in range(n)]
    if lead.leader[r] == NOBODY:
        _install(s, m, r, ruling, luck)
    _reckon(s, m, r, ruling, out)


def _blocs(bond: Array, players: set[int]) -> list[set[int]]:
    """Players bound to each other, directly or through others, as one."""
    blocs: list[set[int]] = []
    for c in sorted(players):
        tied = [b for b in blocs if any(bond[c, d] > 0 or bond[d, c] > 0 for d in b)]
        blocs = [b for b in blocs if b not in tied] + [{c}.union(*tied)]
    return blocs


def _ruling(
    s: State, m: Moment, r: int, seen: Array, players: set[int], blocs: list[set[int]]
) -> set[int]:
    """The clans that rule from now on."""
    lead, moves, alpha = s.leadership, s.moves, float(m.p.majority[r])

    def play(among: set[int]) -> set[int]:
        sides = [b & among for b in blocs if b & among]
        powers = [float(sum(seen[c] for c in sorted(side))) for side in sides]
        if not sides:
            return set()
        won, close = ruling_coalition(powers, alpha)
        m.doubt[r] |= close
        return set().union(*(sides[i] for i in won))

    if lead.leader[r] != NOBODY:
        inside = {c for c in players if lead.coalition[c, r]}
        margin = sum(seen[c] for c in inside) - alpha * seen.sum()
        m.doubt[r] |= abs(margin) < NEAR * seen.sum()
        if margin > 0 and play(inside) == inside:
            return inside
        return play(players)
    ruling = play(players)
    if moves.coup_success[r] and moves.plotter[r] != NOBODY:
        plotters = next((b for b in blocs if moves.plotter[r] in b), set())
        if plotters and not plotters & ruling:
            return plotters
    return ruling


def _install(s: State, m: Moment, r: int, ruling: set[int], luck: Array) -> None:
    """A leader from the plotters if there was a coup, else from the coalition, else anyone."""
    p, elite, lead, moves = m.p, s.elite, s.leadership, s.moves
    clan = elite.clan[:, r]
    fair = (elite.status[:, r] == ACTIVE) & (elite.condemned[:, r] <= 0)
    fair[moves.removed_leader[r]] &= moves.removed_leader[r] == NOBODY
    first = {moves.plotter[r]} if moves.coup_success[r] else ruling
    rank = np.isin(clan, list(ruling)).astype(int) + np.isin(clan, list(first))
    if not fair.any():
        return
    fair &= rank == rank[fair].max()
    merit = p.weight_of_power[r] * np.log(elite.power[:, r] + TINY) + luck
    # the compiled model adds a large rank to the merit, which costs the last digits
    gap = np.sort(merit[fair])[-2:]
    m.doubt[r] |= len(gap) == 2 and gap[1] - gap[0] < 5e-4
    lead.leader[r] = np.where(fair, merit, -np.inf).argmax()
    lead.control[r] = p.control[r]
    left = 1 - p.personal_power[r]  # of which the cases of the old reign take a part
    lead.personal_power[r] = 1 - left * (1 - p.legacy[r] * s.coercion.wave[r])
    lead.established[r], lead.reign[r], lead.horizon[r] = False, 0, p.horizon[r]
    s.clans.favour[:, r] = 0
    throne = m.setting.office_of_leader[:, r] & s.nomenklatura.active[:, r]
    s.nomenklatura.holder[throne, r] = lead.leader[r]
    weight = np.where(rank > 0, elite.power[:, r], 0)
    if weight.sum() > TINY:
        mission = (weight * elite.mix[IDEOCRAT, :, r]).sum() / (weight.sum() + TINY)
        s.policy.agenda[r] += p.turn[r] * (mission - s.policy.agenda[r])


def _reckon(s: State, m: Moment, r: int, ruling: set[int], out: set[int]) -> None:
    """The hunt for the losers' people; pacts with the winners are void, some betrayed."""
    p, clans, moves = m.p, s.clans, s.moves
    betrayals = []
    for c in sorted(ruling):
        for d in sorted(out):
            lent = max(clans.pact[c, d, r], clans.pact[d, c, r])
            m.doubt[r] |= 0 < abs(lent - p.partnership[r]) < NEAR
            if lent >= p.partnership[r]:
                betrayals.append((c, d))
                clans.since_betrayal[c, r] = 0
            clans.pact[c, d, r] = clans.pact[d, c, r] = 0
    if betrayals and moves.betrayer[r] == NOBODY:
        moves.betrayer[r], moves.betrayed[r] = betrayals[0]
    for d in out:
        clans.defeated[d, r] = max(clans.defeated[d, r], p.pursuit_years[r])
        clans.victor[d, r] = leader_clan(s)[r]
        moves.excluded[d, r] = True
