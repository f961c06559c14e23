"""Clans and the war between them: cohesion, attack, pact and betrayal, pursuit of losers.

Rules: CL-1 to CL-3, CL-5 to CL-7, CL-9 to CL-12, CL-14, CL-16 to CL-18, CO-2, CO-11, LD-4, LD-10,
LD-11, MI-8, NK-7.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import (
    NOBODY,
    approach,
    choose,
    choose_pair,
    first_best,
    keep,
    logistic,
    pick,
    probability,
    rows,
)
from vertikal.regime.blank import NEVER
from vertikal.regime.coercion import condemn
from vertikal.regime.leader import leader_clan
from vertikal.regime.mechanism import SHORT_CLOCKS, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.power import vulnerability
from vertikal.regime.priors import triangular
from vertikal.regime.regime import (
    Base,
    ClanFate,
    Means,
    Regime,
    Setting,
    Status,
    acts_as_one,
    change,
)
from vertikal.regime.succession_rule import heir
from vertikal.theory.contests import win_probability


def in_play(regime: Regime, setting: Setting) -> Bool[Array, "clans runs"]:
    """Clans that act as one, have not ended and have any power."""
    return acts_as_one(regime, setting) & (regime.clans.power > 0)


def expectation(regime: Regime, tick: Tick) -> Float[Array, "clans runs"]:
    """How sure each clan is to inherit power, 0 to 1 (CL-6).

    A clan with a date for it takes it for certain until the date is past. Otherwise it is the
    heir's by law as far as the rule is kept, and for the rest each clan's by its share in the power
    of all but the leader's own, who have what there is to inherit.
    """
    clans, setting, rule = regime.clans, tick.setting, regime.succession_rule
    n = clans.power.shape[0]
    waits = in_play(regime, setting) & (rows(n) != leader_clan(regime))
    power = jnp.where(waits, clans.power, 0.0)
    person = heir(regime)
    named = (person >= 0) & (rows(n) == pick(regime.elite.clan, person))
    kept = jnp.where(person >= 0, rule.strength, 0.0)
    open_to = kept * named + (1 - kept) * power / (power.sum(0) + 1e-6)
    dated = jnp.isfinite(setting.clan_timetable) & (setting.clan_timetable >= tick.years)
    return keep(jnp.where(dated, 1.0, open_to))


class Cohesion(
    Mechanism,
    id=30,
    stage=Stage.PERCEPTION,
    rules=("CL-1", "CL-2", "CL-3", "CL-12", "CL-16", "EL-19"),
):
    r"""What holds a clan together depends on its base.

    Territorial and tribal clans: $b + k \cdot communications$, whatever the state does (CL-1).
    Professional and business clans: $b + p \cdot C \cdot placement + s \cdot soft\ budget +
    h \cdot school + f \cdot favour^+$, with $C$ the centralisation of the system: careers of one's
    own must be guaranteed and costs must not count (CL-2, CL-3, CL-16), and the state's support is
    granted, not owned (EL-19, CL-12). Coercive clans: a base of their own. A clan
    without a base keeps the cohesion it has. Cohesion relaxes to its target.
    """

    territorial_base: Value = parameter(
        0.5, "Cohesion of a territorial clan without communications.", high=1
    )
    communications: Value = parameter(
        0.35, "Added by fully independent communications (CL-1).", high=1
    )
    professional_base: Value = parameter(
        0.2, "Cohesion of a professional clan without any prop.", high=1
    )
    careers: Value = parameter(
        0.6, "Added by full control of careers in a centralised system (CL-2).", high=3
    )
    soft_budget: Value = parameter(0.2, "Added by complete freedom from the market (CL-3).", high=1)
    school: Value = parameter(0.2, "Added by one common school (CL-16).", high=1)
    state_support: Value = parameter(
        0.2, "Added by the leader's full favour (EL-19, CL-12).", high=1
    )
    coercive_base: Value = parameter(0.65, "Cohesion of a clan of force.", high=1)
    unorganised: Value = parameter(0.1, "Cohesion of those who belong to no clan.", high=1)
    relaxation: Value = parameter(
        2.0, "How slowly cohesion follows.", unit="years", low=0.1, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move each clan's cohesion toward what its base supports."""
        clans, s = regime.clans, tick.setting
        territorial = self.territorial_base + self.communications * s.clan_communications
        professional = (
            self.professional_base
            + self.careers * s.centralisation * clans.placement
            + self.soft_budget * s.clan_soft_budget
            + self.school * s.clan_school
            + self.state_support * jnp.maximum(clans.favour, 0.0)
        )
        local = (s.clan_base == Base.TERRITORIAL) | (s.clan_base == Base.TRIBAL)
        trade = (s.clan_base == Base.PROFESSIONAL) | (s.clan_base == Base.BUSINESS)
        force = s.clan_base == Base.COERCIVE
        target = jnp.where(force, self.coercive_base, clans.cohesion)  # no base: nothing moves it
        target = jnp.where(local, territorial, jnp.where(trade, professional, target))
        target = jnp.where(s.clan_organised, jnp.clip(target, 0.0, 1.0), self.unorganised)
        pull = approach(tick.step, self.relaxation)
        return change(
            regime, clans=change(clans, cohesion=clans.cohesion + pull * (target - clans.cohesion))
        )


class Attack(
    Mechanism,
    id=31,
    stage=Stage.CLANS,
    rules=("CL-5", "CL-6", "CL-7", "CL-14", "CL-18", "CO-11", "LD-4", "LD-11", "MI-8"),
    clocks=SHORT_CLOCKS,
):
    r"""Clans strike at rivals: whom, when and by what means.

    Clan $a$ attacks $d$ at the rate $\rho (1 - \nu o) \, share_a \, e^{u_{ad}} / (n - 1)$, with
    $u_{ad} = \gamma (1 + \lambda e_a) [share_d - trend_d - \theta]^+ + \xi \, exposure_d + \tau \,
    timetable_a + \omega w - \pi \max(pact_{ad}, pact_{da}) + \eta \, pursuit_{ad}$: growth beyond
    what rivals put up with (MI-8), which alarms most the rival who expects to inherit, $e_a$ as in
    `expectation` (CL-6), material for a case, an heir's date drawing near (LD-11), a wave of cases
    that serves whoever strikes (CL-18), ties of protection, a hunt under way. The means
    are a case, removal from the leader's side and the register (CL-7), or sabotage of a
    foreign line by whoever commands intelligence (CL-14, CO-11); all are in use where no
    public victory is to be had (CL-5). As far as the system is open, $o$, one is, and the part
    $\nu o$ of the war is carried on in public instead. The person struck is the most powerful
    and exposed of the clan; what is known of how power was taken exposes whoever has no cover
    (LD-4). At most one attack a step. An heir by law leaves less to fight for (`KnownHeir`).
    """

    rate: Value = parameter(
        1.5, "Attacks a year in a court of equals at peace.", unit="per year", high=50
    )
    growth: Value = parameter(
        12.0,
        "Effect of a rival's growth in share of power on who has nothing to inherit (CL-6).",
        high=100,
    )
    inheritance: Value = parameter(
        1.0,
        "By how much more the same growth alarms a clan that is sure to inherit (CL-6): twice as "
        "much, since it is the prospect that is in danger and not only a place.",
        high=5,
    )
    tolerance: Value = parameter(
        0.02, "Growth that rivals put up with (CL-6).", unit="share", high=0.5
    )
    exposure: Value = parameter(1.5, "Effect of full exposure of the rival's people.", high=10)
    timetable: Value = parameter(1.0, "Effect of an heir's date at hand (LD-11).", high=10)
    timetable_lead: Value = parameter(
        2.0,
        "How long before the date an heir begins to strike (LD-11).",
        unit="years",
        low=0.1,
        high=20,
    )
    wave: Value = parameter(1.5, "Effect of a full wave of cases from the top (CL-18).", high=10)
    protection: Value = parameter(3.0, "Restraint toward a clan that lends all its force.", high=20)
    pursuit: Value = parameter(1.0, "Effect of a hunt for the beaten under way (CL-10).", high=10)
    case_weight: Value = parameter(1.0, "Pull of a case for a clan with full cover.", high=10)
    removal_weight: Value = parameter(
        0.4, "Pull of removal from the leader's side (CL-7).", high=10
    )
    sabotage_weight: Value = parameter(
        0.4,
        "Pull of sabotage for a clan with full command of intelligence against one line.",
        high=10,
    )
    visibility: Value = parameter(1.0, "How far exposure, beside power, marks the person.", high=10)
    in_public: Value = parameter(
        0.5,
        "Part of the war between clans that moves into the open where the system is wholly open "
        "and a public victory can be had (CL-5); what is settled at court alone stays there.",
        unit="share", high=1, prior=triangular(0.1, 0.5, 0.9),
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Draw at most one attack in each run and record it."""
        clans, elite, setting = regime.clans, regime.elite, tick.setting
        u = tick.uniform(3)
        hazard = keep(self.pair_rates(regime, tick))
        struck = keep(tick.happens(probability(hazard.sum(0), tick.step)[None], draw=1)[0])
        a, d = choose_pair(hazard, u[0])
        free = struck & (regime.moves.attacker < 0)  # a scripted attack goes first
        held = regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)
        theirs = held & (pick(elite.clan, regime.nomenklatura.holder) == a)
        spies = jnp.where(theirs, setting.office_intelligence, 0.0).sum(0)
        lines = pick(jnp.broadcast_to(setting.clan_lines, clans.power.shape), d)
        weights = jnp.stack(
            [
                self.case_weight * pick(clans.cover, a),
                jnp.broadcast_to(self.removal_weight, spies.shape),
                self.sabotage_weight * jnp.minimum(spies, 1.0) * lines,
            ]
        )
        means = choose(weights, u[1]) + Means.CASE
        open_to = vulnerability(elite.exposure, elite.knowledge, pick(clans.cover, d))
        mark = elite.power * (1 + self.visibility * open_to)
        target = most_visible(regime, free, keep(mark), d, regime.leadership.leader)
        done = keep(free & (target >= 0))
        moves = regime.moves
        return change(
            regime,
            moves=change(
                moves,
                attacker=jnp.where(done, a, moves.attacker),
                target_clan=jnp.where(done, d, moves.target_clan),
                target=jnp.where(done, target, moves.target),
                means=jnp.where(done, means, moves.means),
            ),
        )

    def pair_rates(self, regime: Regime, tick: Tick) -> Float[Array, "pairs runs"]:
        """Attacks a year of each clan on each other, as rows `attacker * clans + target`."""
        clans, setting = regime.clans, tick.setting
        n, runs = clans.power.shape
        share = clans.power / (clans.power.sum(0) + 1e-6)
        grown = jnp.maximum(share - clans.trend - self.tolerance, 0.0)
        remaining = setting.clan_timetable - tick.years
        due = (remaining >= 0) & (remaining <= self.timetable_lead)
        nearness = jnp.where(due, 1 - remaining / self.timetable_lead, 0.0)
        weak = self.exposure * clans.exposure + self.wave * regime.coercion.wave
        alarm = self.growth * (1 + self.inheritance * expectation(regime, tick))
        hunted = (rows(n)[:, :, None] == clans.victor[None]) & (clans.defeated > 0)[None]
        tie = jnp.maximum(clans.pact, clans.pact.swapaxes(0, 1))
        drive = (
            weak[None]
            + alarm[:, None] * grown[None]
            + (self.timetable * nearness)[:, None]
            + self.pursuit * hunted
            - self.protection * tie
        )
        plays = in_play(regime, setting)
        players = jnp.maximum(plays.sum(0) - 1, 1)
        other = plays[:, None] & plays[None] & (rows(n)[:, :, None] != rows(n)[None])
        allowed = other & (jnp.maximum(clans.bond, clans.bond.swapaxes(0, 1)) < 0.5)
        rate = self.rate * (1 - regime.succession_rule.truce)
        rate = rate * (1 - self.in_public * regime.opposition.opening)
        rate = rate * share[:, None] * jnp.exp(drive) / players
        return jnp.where(allowed, rate, 0.0).reshape(n * n, runs)


def most_visible(
    regime: Regime,
    where: Bool[Array, " runs"],
    mark: Float[Array, "persons runs"],
    clan: Int[Array, " runs"],
    but: Int[Array, " runs"],
) -> Int[Array, " runs"]:
    """The active member of a clan with the largest mark, one person apart, or `NOBODY`.

    Looked for in all runs, which is no slower than gathering those `where` it is asked; `NOBODY` in
    others.
    """
    elite = regime.elite
    persons = rows(mark.shape[0])
    fair = (elite.clan == clan) & (elite.status == Status.ACTIVE) & (persons != but)
    score = keep(jnp.where(fair, mark, -1.0))
    return jnp.where(where & (score.max(0) >= 0), first_best(score), NOBODY)


class Pact(
    Mechanism, id=32, stage=Stage.CLANS, rules=("CL-9", "CO-1", "CO-12"), clocks=SHORT_CLOCKS
):
    r"""Clans lend each other force, and such ties fade.

    An uncovered clan $c$ and a clan $d$ with force come together at the rate $\rho \, need_c \,
    force_d \, worth_c \, t_c$, where $need_c = 1 - \min(cover_c, 1)$, $worth_c$ is the power that
    $c$ brings, and $t_c$ the trust that is left to those who have turned on a partner before
    (CO-2): $1 - e^{-y/\tau}$ after $y$ years. A pact lends a fixed share of force both ways.
    """

    rate: Value = parameter(
        0.25,
        "Pacts a year for a clan in full need with a fully armed one.",
        unit="per year",
        high=10,
    )
    lends: Value = parameter(
        0.6, "Share of its force that a new partner lends.", unit="share", high=1
    )
    fading: Value = parameter(
        8.0, "How slowly a pact fades if nothing renews it.", unit="years", low=0.2, high=100
    )
    distrust: Value = parameter(
        3.0,
        "How long a betrayal is held against the betrayer (CO-2).",
        unit="years",
        low=0.1,
        high=50,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let pacts fade and draw at most one new pact in each run."""
        clans = regime.clans
        n, runs = clans.power.shape
        plays = in_play(regime, tick.setting)
        share = clans.power / (clans.power.sum(0) + 1e-6)
        need = 1 - jnp.minimum(clans.cover, 1.0)
        trust = 1 - jnp.exp(-clans.since_betrayal / self.distrust)
        seeks = need * share * trust
        offers = jnp.minimum(clans.coercion, 1.0)
        hostile = (clans.defeated > 0)[None] | (clans.defeated > 0)[:, None]
        fair = plays[:, None] & plays[None] & (rows(n)[:, :, None] != rows(n)[None]) & ~hostile
        fair = fair & (clans.pact < self.lends)
        hazard = jnp.where(fair, self.rate * seeks[:, None] * offers[None], 0.0).reshape(
            n * n, runs
        )
        hazard = keep(hazard)
        made = keep(tick.happens(probability(hazard.sum(0), tick.step)[None], draw=1)[0])
        c, d = choose_pair(hazard, tick.uniform(1)[0])
        row = rows(n)
        mine = ((row == c)[:, None] & (row == d)) | ((row == d)[:, None] & (row == c))
        left = clans.pact * (1 - approach(tick.step, self.fading))
        pact = jnp.where(made & mine, jnp.maximum(left, self.lends), left)
        older = jnp.minimum(clans.since_betrayal + tick.step, NEVER)
        return change(regime, clans=change(clans, pact=pact, since_betrayal=older))


class Betrayal(
    Mechanism,
    id=34,
    stage=Stage.CLANS,
    rules=("CO-2", "CL-9"),
    builds_on="Tullock (1980), Efficient Rent Seeking",
    clocks=SHORT_CLOCKS,
):
    r"""A clan turns on the partner that covers it when the prize exceeds the cover to come.

    For each pact, $u = \alpha \, share_d \, P_{win} - \beta \, pact_{cd} f_d$, with $P_{win}$ the
    chance that all others together overcome $d$; the rate is $\rho \Lambda(u)$, and a leader in
    control stands in the way. The move itself is a contest of the others' cover with $d$'s: if it
    is won, $d$'s head is condemned, his offices fall vacant and his people are hunted. Won or
    lost, the pact is gone, and with it the betrayer's borrowed cover (CL-9, CO-2).
    """

    rate: Value = parameter(
        1.0, "Betrayals a year where prize and cover balance.", unit="per year", high=20
    )
    prize: Value = parameter(6.0, "Weight of the partner's share of power as a prize.", high=50)
    cover: Value = parameter(5.0, "Weight of the cover that would be lost.", high=50)
    reluctance: Value = parameter(
        1.0, "Log odds against turning on a partner, other things even.", low=-5, high=10,
        prior=triangular(0.0, 1.0, 3.0),
    )  # fmt: skip
    decisiveness: Value = parameter(1.5, "How sharply force decides the move.", low=0.2, high=8)
    pursuit_years: Value = parameter(
        1.5, "How long the victors hunt the people of a beaten head (CL-10).", unit="years", high=20
    )
    partnership: Value = parameter(
        0.05, "Share of force lent from which a pact can be betrayed.", unit="share", high=1
    )
    spoils: Value = parameter(
        0.5,
        "Share of the remaining distance to the centre that the betrayer's head gains.",
        unit="share",
        high=1,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Draw at most one betrayal in each run and resolve it."""
        clans, elite, moves = regime.clans, regime.elite, regime.moves
        n, runs = clans.power.shape
        plays = in_play(regime, tick.setting)
        share = clans.power / (clans.power.sum(0) + 1e-6)
        allies = jnp.where(plays, clans.coercion, 0.0)
        against = allies.sum(0) - allies
        wins = keep(win_probability(against, allies, self.decisiveness))
        covered = clans.pact * clans.coercion[None]
        utility = self.prize * (share * wins)[None] - self.cover * covered - self.reluctance
        bound = jnp.maximum(clans.bond, clans.bond.swapaxes(0, 1)) > 0.5
        fair = plays[:, None] & plays[None] & (clans.pact > self.partnership) & ~bound
        loose = 1 - regime.leadership.control
        hazard = keep(
            jnp.where(fair, self.rate * logistic(utility) * loose, 0.0).reshape(n * n, runs)
        )
        turned = tick.happens(probability(hazard.sum(0), tick.step)[None], draw=1)[0]
        u = tick.uniform(2)
        first, second = choose_pair(hazard, u[0])
        scripted = moves.betrayer >= 0
        c = jnp.where(scripted, moves.betrayer, first)
        d = jnp.where(scripted, moves.betrayed, second)
        turned = keep(turned | scripted)
        won = keep(turned & (u[1] < pick(wins, d)))
        target = most_visible(regime, won, elite.power, d, regime.leadership.leader)
        stake = jnp.clip(0.5 * tick.setting.narrowness + 0.5 * pick(share, d), 0.0, 1.0)
        gainer = most_visible(regime, won, elite.power, c, jnp.full(runs, NOBODY))
        closer = rows(elite.power.shape[0]) == gainer
        proximity = elite.proximity + jnp.where(closer, self.spoils * (1 - elite.proximity), 0.0)
        row = rows(n)
        cut = turned & (
            (row == c)[:, None] & (row == d)[None] | (row == d)[:, None] & (row == c)[None]
        )
        return change(
            regime,
            elite=change(elite, condemned=condemn(regime, target, stake, won), proximity=proximity),
            clans=change(
                clans,
                pact=jnp.where(cut, 0.0, clans.pact),
                since_betrayal=jnp.where(turned & (row == c), 0.0, clans.since_betrayal),
                defeated=jnp.where(won & (row == d), self.pursuit_years, clans.defeated),
                victor=jnp.where(won & (row == d), c, clans.victor),
            ),
            moves=change(
                moves,
                betrayer=jnp.where(turned, c, NOBODY),
                betrayed=jnp.where(turned, d, NOBODY),
            ),
        )


class PurgeOfLosers(Mechanism, id=33, stage=Stage.RESOLUTION, rules=("CL-10", "LD-10", "NK-7")):
    r"""Victors hunt the people of the beaten, for as long as the pursuit lasts.

    Each member of a beaten clan is condemned at the rate $\rho \, (1 - \kappa \min(cover, 1)) \,
    (1 - \iota x_i)$: cover and indispensability protect (CL-8); the stake grows with the
    narrowness of the competition for succession (LD-10).
    """

    rate: Value = parameter(
        0.8, "Rate at which an unprotected loser is struck.", unit="per year", high=20
    )
    protection: Value = parameter(
        0.7, "Share of the risk that full cover takes away.", unit="share", high=1
    )
    shield: Value = parameter(
        0.6, "Share of the risk that full indispensability takes away.", unit="share", high=1
    )
    stake: Value = parameter(
        0.5, "Stake in a loser when the competition is narrowest (LD-10).", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Condemn members of clans under pursuit and let the pursuit run down."""
        clans, elite = regime.clans, regime.elite
        chased = clans.defeated > 0
        risk = self.rate * jnp.where(
            chased, 1 - self.protection * jnp.minimum(clans.cover, 1.0), 0.0
        )
        hazard = pick(keep(risk), elite.clan) * (1 - self.shield * elite.indispensability)
        struck = tick.happens(probability(hazard, tick.step)) & (elite.status == Status.ACTIVE)
        struck = keep(struck & (rows(elite.power.shape[0]) != regime.leadership.leader))
        mark = jnp.maximum(self.stake * tick.setting.narrowness, 1e-3)
        return change(
            regime,
            elite=change(
                elite,
                condemned=jnp.where(struck, jnp.maximum(elite.condemned, mark), elite.condemned),
                fallen_by=jnp.where(struck, self.id, elite.fallen_by),
            ),
            clans=change(clans, defeated=jnp.maximum(clans.defeated - tick.step, 0.0)),
        )


class ClanEnds(Mechanism, id=44, stage=Stage.FATES, rules=("CL-11", "CL-10", "CL-12")):
    r"""How clans end: without cover they dissolve, without people they are purged.

    A professional or business clan whose cover stays below a threshold dissolves at a rate once
    the grace period is over, and its people join the unaffiliated (CL-11); territorial clans have
    a base of their own (CL-12). A clan under pursuit that has lost most of its weight counts as
    purged (CL-10). With a clan end its pacts, both ways.
    """

    cover_needed: Value = parameter(0.25, "Cover below which a clan counts as uncovered.", high=2)
    grace: Value = parameter(1.0, "How long a clan can do without cover.", unit="years", high=20)
    rate: Value = parameter(
        0.8, "Rate of dissolution after the grace period.", unit="per year", high=20
    )
    purged_share: Value = parameter(
        0.02, "Share of power below which a hunted clan is finished.", unit="share", high=0.5
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Update how long clans have been uncovered and end those that are finished."""
        clans, elite, s = regime.clans, regime.elite, tick.setting
        n = clans.power.shape[0]
        plays = acts_as_one(regime, s)
        bare = clans.cover < self.cover_needed
        uncovered = jnp.where(bare, clans.uncovered + tick.step, 0.0)
        trade = (s.clan_base == Base.PROFESSIONAL) | (s.clan_base == Base.BUSINESS)
        hazard = jnp.where(trade & (uncovered > self.grace), self.rate, 0.0)
        dissolved = plays & tick.happens(probability(hazard, tick.step))
        share = clans.power / (clans.power.sum(0) + 1e-6)
        purged = plays & (clans.defeated > 0) & (share < self.purged_share)
        fate = jnp.where(dissolved, ClanFate.DISSOLVED, clans.fate)
        fate = keep(jnp.where(purged, ClanFate.PURGED, fate))
        residual = jnp.where(s.clan_organised, n, rows(n)).min(0)
        over = fate != ClanFate.IN_PLAY
        pact = jnp.where(over[:, None] | over[None], 0.0, clans.pact)
        leaves = pick(keep(dissolved & ~purged), elite.clan) & (residual < n)
        clan = jnp.where(leaves, residual, elite.clan)
        return change(
            regime,
            elite=change(elite, clan=clan),
            clans=change(clans, fate=fate, uncovered=uncovered, pact=pact),
        )
