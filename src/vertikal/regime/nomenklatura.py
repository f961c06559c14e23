"""Offices and the personnel register: who places whom, who audits whom, who fills a vacancy.

Rules: NK-1 to NK-4, NK-6, NK-9, CL-7, CL-16, EL-14, MI-4, MI-11.
"""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import (
    NOBODY,
    choose,
    first_best,
    keep,
    pick,
    probability,
    rows,
    set_row,
    sum_by,
)
from vertikal.regime.chance import unit, words
from vertikal.regime.mechanism import (
    SHORT_CLOCKS,
    Mechanism,
    Stage,
    Tick,
    Value,
    gumbel,
    parameter,
)
from vertikal.regime.military_industry import HOME
from vertikal.regime.regime import Pole, Regime, Status, acts_as_one, change
from vertikal.theory.loyal_agent import loyalty_cutoff


class Register(Mechanism, id=41, stage=Stage.INPUTS, rules=("NK-1", "NK-3", "NK-4", "CL-7")):
    r"""Whose people the personnel register serves.

    $placement_c = \sum_o r_o \, (a_0 + (1 - a_0) \, a_{h(o)}) [clan(h(o)) = c] / \sum_o r_o$: the
    register belongs to an office and outlives its holder (NK-3, NK-4); it places clients in
    proportion to its holder's nearness to the leader, so that distance alone breaks a clan that
    lives on careers (NK-1, CL-7).
    """

    far_share: Value = parameter(
        0.3, "Placement power left to a register whose holder has no access.", unit="share", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Compute each clan's hold on appointments."""
        holder, weight = regime.nomenklatura.holder, tick.setting.office_register
        near = self.far_share + (1 - self.far_share) * pick(regime.elite.proximity, holder)
        held = regime.nomenklatura.active & (holder >= 0)
        clan = jnp.where(held, pick(regime.elite.clan, holder), NOBODY)
        places = sum_by(jnp.where(held, weight * near, 0.0), clan, regime.clans.power.shape[0])
        total = jnp.where(regime.nomenklatura.active, weight, 0.0).sum(0)
        placement = places / jnp.maximum(total, 1e-6)
        return change(regime, clans=change(regime.clans, placement=placement))


class Inspection(Mechanism, id=42, stage=Stage.PERCEPTION, rules=("NK-9", "MI-11")):
    r"""Whoever audits the generals can count on some of their force.

    Cover of the inspector's clan rises by $\iota \, inspection_o \, (1 - q) \, F_{army}$: the worse
    the true quality of arms, the more errors there are to report and the more the generals depend
    on the auditor (MI-11). Acts after the balance of power has been struck.
    """

    hold: Value = parameter(
        0.3, "Share of other clans' force that a full inspector of a wholly bad army can use.",
        unit="share", high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Add the inspectors' hold over the generals to their clans' cover."""
        clans, holder = regime.clans, regime.nomenklatura.holder
        n = clans.power.shape[0]
        held = regime.nomenklatura.active & (holder >= 0)
        clan = jnp.where(held, pick(regime.elite.clan, holder), NOBODY)
        audits = sum_by(jnp.where(held, tick.setting.office_inspection, 0.0), clan, n)
        others = clans.coercion.sum(0) - clans.coercion
        faults = 1 - regime.military_industry.quality
        gained = self.hold * jnp.minimum(audits, 1.0) * faults * others
        return change(regime, clans=change(clans, cover=clans.cover + gained))


class Vacate(Mechanism, id=39, stage=Stage.FATES, rules=("NK-7",)):
    """Offices are left by those who can no longer hold them, and closed offices by everyone.

    The dead, jailed, retired and banished lose ordinary offices; the banished keep a post of exile.
    """

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Empty the offices of people out of play."""
        holder = regime.nomenklatura.holder
        status = pick(regime.elite.status, holder)
        exile = tick.setting.office_is_exile & (status == Status.EXILED)
        stays = ((status == Status.ACTIVE) | exile) & regime.nomenklatura.active
        return change(
            regime,
            nomenklatura=change(regime.nomenklatura, holder=jnp.where(stays, holder, NOBODY)),
        )


class Appointment(
    Mechanism,
    id=40,
    stage=Stage.FATES,
    rules=("NK-1", "NK-2", "NK-6", "CL-16", "EL-14", "EL-19"),
    builds_on="Egorov and Sonin (2011), Dictators and Their Viziers (reduced form)",
    clocks=SHORT_CLOCKS,
):
    r"""Each vacancy is filled at a rate, by a logit choice among those at hand.

    Utility of candidate $i$: $\mu \, m \, (k_i + \epsilon \, x_{T,i})$ for skill and education
    where merit counts (NK-2), with competence $k_i$ and the technocratic share $x_{T,i}$ of his
    mixture, which stands for an education for the work; $\lambda \, v \, \ell_i$ for loyalty, the
    more so the more vulnerable the leader; the same vulnerability puts off whoever is abler than
    the ablest safe vizier, $-\zeta [k_i - \hat\kappa(v)]^+ (1 - \ell_i)$ (after Egorov and Sonin
    2011); $\pi \, placement_c$ and $\phi \, favour_c$ for his clan (NK-1, EL-19),
    $\sigma \, school_c \, placement_c$ (CL-16), $\alpha \, a_i$ for access; minus
    $\rho |a_i - grade_o|$ where estates are rigid (NK-6) and a cost of each office already held.
    Every vacancy has its own chance; of several that are filled in a step the weightiest comes
    first. Poles have no other say.
    """

    rate: Value = parameter(5.0, "Rate at which each vacancy is filled.", unit="per year", high=100)
    merit: Value = parameter(
        2.0, "Weight of competence where decisions are rational (NK-2).", high=20
    )
    education: Value = parameter(
        0.5,
        "What an education for the work counts in merit, where competence counts one: most "
        "technocrats are engineers and economists, who are taken for it (NK-2). At 0 they gain "
        "only as far as they are abler.",
        high=5,
    )
    loyalty: Value = parameter(
        3.0, "Weight of loyalty for a leader wholly vulnerable (EL-14).", high=20
    )
    caution: Value = parameter(6.0, "Aversion to able and disloyal candidates.", high=50)
    placement: Value = parameter(3.0, "Weight of a clan's hold on the register (NK-1).", high=20)
    favour: Value = parameter(1.5, "Weight of the leader's favour for a clan (EL-19).", high=20)
    school: Value = parameter(0.5, "Weight of a common school (CL-16).", high=10)
    access: Value = parameter(1.5, "Weight of nearness to the leader.", high=20)
    rigidity: Value = parameter(
        2.0, "Cost of the distance between a person and the grade (NK-6).", high=20
    )
    load: Value = parameter(1.5, "Cost of each ordinary office already held.", high=20)
    plot_reward: Value = parameter(
        10.0,
        "R: what a disloyal vizier wins, in units of which his wage is one.",
        low=0.1,
        high=100,
    )
    plot_penalty: Value = parameter(
        5.0, "F: what a failed traitor loses, in the same units.", high=100
    )
    plot_rescue: Value = parameter(
        0.5,
        "m: chance that a loyal vizier saves the leader from a strong plot.",
        unit="share",
        high=1,
    )
    strongest_plot: Value = parameter(
        0.5,
        "Chance of a strong plot against a leader without any hold.",
        unit="share",
        low=0.01,
        high=0.95,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Fill the vacancies that have found attention in this step."""
        elite, clans, setting = regime.elite, regime.clans, tick.setting
        holder = regime.nomenklatura.holder
        persons = elite.power.shape[0]
        open_ = regime.nomenklatura.active & (holder < 0)
        open_ = open_ & ~setting.office_is_exile & ~setting.office_of_leader
        chance = probability(jnp.broadcast_to(self.rate, holder.shape), tick.step)
        due = open_ & tick.happens(chance, draw=1)
        clan_pull = keep(
            self.placement * clans.placement
            + self.favour * clans.favour
            + self.school * setting.clan_school * jnp.maximum(clans.placement, 0.0)
        )
        hold = regime.leadership.control * (0.5 + 0.5 * regime.leadership.personal_power)
        vulnerable = keep(jnp.clip(1 - hold, 0.02, 1.0))
        chance_of_plot = jnp.clip(self.strongest_plot * vulnerable, 0.01, 0.95)
        cutoff = loyalty_cutoff(
            chance_of_plot, self.plot_reward, self.plot_penalty, 1.0, self.plot_rescue
        )
        safe = keep(jnp.minimum(cutoff.competence, 1.0))

        fitness = elite.competence + self.education * elite.mix[Pole.TECHNOCRAT]
        merits = (
            self.merit * regime.policy.rationality * fitness
            + self.loyalty * vulnerable * elite.loyalty
            - self.caution * jnp.maximum(elite.competence - safe, 0.0) * (1 - elite.loyalty)
            + pick(clan_pull, elite.clan)
            + self.access * elite.proximity
        )
        fair = (elite.status == Status.ACTIVE) & (rows(persons) != regime.leadership.leader)
        merits = keep(jnp.where(fair, merits, -jnp.inf))
        placed = self.fill(regime, tick, keep(due & fair.any(0)), merits)
        return change(regime, nomenklatura=change(regime.nomenklatura, holder=placed))

    def fill(
        self,
        regime: Regime,
        tick: Tick,
        due: Bool[Array, "offices runs"],
        merits: Float[Array, "persons runs"],
    ) -> Int[Array, "offices runs"]:
        """Holders once the vacancies that are due have been filled, the weightiest first.

        Args:
            regime: The present state.
            tick: The present tick.
            due: Vacancies to be filled.
            merits: Utility of each candidate, but for the office and those already held.
        """
        setting, access = tick.setting, regime.elite.proximity
        persons = merits.shape[0]
        weight = setting.office_policy + setting.office_coercion + setting.office_register
        grades = jnp.broadcast_to(setting.office_grade, due.shape)
        person = lax.broadcasted_iota(jnp.uint32, (persons, 1), 0)

        def fill_one(state: tuple[Array, Array]) -> tuple[Array, Array]:
            holder, due = state
            office = first_best(keep(jnp.where(due, weight, -1.0)))
            ordinary = jnp.where(setting.office_is_exile, NOBODY, holder)
            busy = sum_by(jnp.ones(holder.shape, jnp.float32), ordinary, persons)
            # one draw for each pair of person and office, whatever else is vacant
            noise = gumbel(words(tick.key, person | (office.astype(jnp.uint32) << 16), 0))
            score = merits + noise - self.load * busy
            score = score - self.rigidity * jnp.abs(access - pick(grades, office))
            chosen = first_best(keep(score))
            holder = set_row(holder, jnp.where(due.any(0), office, NOBODY), chosen)
            return holder, due & (rows(due.shape[0]) != office)

        state = (regime.nomenklatura.holder, due)
        return lax.while_loop(lambda state: state[1].any(), fill_one, state)[0]


class Entry(Mechanism, id=38, stage=Stage.FATES, rules=("NK-1", "NK-2", "EL-14", "CL-16", "MI-4")):
    r"""Newcomers take the places of the rank and file who have gone.

    A place that has fallen empty is taken at a rate. The newcomer joins a clan with probability
    proportional to $\epsilon + placement_c + \sigma \, school_c (1 + \tau \, b_c I)$ (NK-1, CL-16):
    a school of those whose sector does not depend on the market, $b_c$, counts for more the more
    the complex at home weighs, $I$, which research that joins it widens (MI-4). Competence and
    sincerity follow the present quality of entrants (EL-14). In all else he is like the rank and
    file of the clan that he joins, of whom he has the mean mixture of poles, loyalty, access and
    frailty, and the mean ambition give or take; where it has none left, like the rank and file of
    all, those gone included. Nothing of the one who has gone is inherited: his offices fall vacant,
    and his clients have no patron.
    """

    rate: Value = parameter(
        1.0, "Rate at which an empty place in the ranks is taken.", unit="per year", high=50
    )
    open_door: Value = parameter(
        0.15, "Pull of any clan, beside its hold on the register.", low=1e-3, high=5
    )
    school: Value = parameter(0.2, "Pull of a full common school (CL-16).", high=5)
    technical: Value = parameter(
        0.5,
        "Share by which a school pulls more where its clan's sector is wholly off the market and "
        "the complex has full weight (MI-4).",
        high=5,
    )
    youngest: Value = parameter(
        35.0, "Age of the youngest newcomers.", unit="years", low=18, high=60
    )
    age_span: Value = parameter(15.0, "Range of newcomers' ages.", unit="years", low=1, high=40)
    scatter: Value = parameter(
        0.3, "Range of competence, sincerity and ambition about their mean.", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Fill empty places in the ranks with new people."""
        elite, clans, setting = regime.elite, regime.clans, tick.setting
        persons, runs = elite.power.shape
        gone = setting.person_is_cadre & (elite.status != Status.ACTIVE)
        gone = gone & (elite.fallen_by == 0)  # who fell in this tick is still on its record
        risk = jnp.broadcast_to(
            probability(jnp.full((1, runs), self.rate), tick.step), (persons, runs)
        )
        comes = keep(gone & tick.happens(risk))
        u = keep(unit(tick.word(4, 1), jnp.float32))  # one newcomer's traits serve all of a step
        plays = acts_as_one(regime, setting)
        plays = jnp.where(plays.any(0), plays, ~setting.clan_organised)  # else the unaffiliated
        complex_ = regime.military_industry.influence[HOME]
        role = 1 + self.technical * setting.clan_soft_budget * complex_
        pull = self.open_door + clans.placement + self.school * setting.clan_school * role
        clan = choose(keep(jnp.where(plays, pull, 0.0)), u[0])
        quality = jnp.clip(regime.policy.entrant_quality + self.scatter * (u[1] - 0.5), 0.0, 1.0)
        ranks = jnp.broadcast_to(setting.person_is_cadre, (persons, runs))
        peers = ranks & (elite.clan == clan) & (elite.status == Status.ACTIVE)
        peers = keep(jnp.where(peers.any(0), peers, ranks))
        number = jnp.maximum(peers.astype(jnp.float32).sum(0), 1.0)
        like = lambda trait: jnp.where(peers, trait, 0.0).sum(-2) / number  # noqa: E731
        keen = jnp.clip(like(elite.ambition) + self.scatter * (u[3] - 0.5), 0.0, 1.0)
        take = lambda new, old: jnp.where(comes, new, old)  # noqa: E731
        holder = regime.nomenklatura.holder
        left = (holder >= 0) & pick(comes, holder)
        orphaned = (elite.patron >= 0) & pick(comes, elite.patron)
        return change(
            regime,
            nomenklatura=change(regime.nomenklatura, holder=jnp.where(left, NOBODY, holder)),
            elite=change(
                elite,
                status=take(Status.ACTIVE, elite.status),
                clan=take(clan, elite.clan),
                patron=jnp.where(comes | orphaned, NOBODY, elite.patron),
                mix=take(like(elite.mix)[:, None], elite.mix),
                ambition=take(keen, elite.ambition),
                loyalty=take(like(elite.loyalty), elite.loyalty),
                proximity=take(like(elite.proximity), elite.proximity),
                frailty=take(like(elite.frailty), elite.frailty),
                safe_until=take(0.0, elite.safe_until),
                competence=take(quality, elite.competence),
                sincerity=take(quality * regime.policy.entrant_quality, elite.sincerity),
                age=take(self.youngest + self.age_span * u[2], elite.age),
                severity=take(0.0, elite.severity),
                exposure=take(0.0, elite.exposure),
                indispensability=take(0.0, elite.indispensability),
                founder=take(0.0, elite.founder),
                knowledge=take(0.0, elite.knowledge),
            ),
        )


def vary_ranks(regime: Regime, tick: Tick, entry: Entry) -> Regime:
    """The rank and file as they are at the start: no two alike, as newcomers differ (`Entry`)."""
    elite, cadre = regime.elite, tick.setting.person_is_cadre
    persons = elite.power.shape[0]
    u, v, w = (tick.uniform(persons, draw) - 0.5 for draw in range(3))
    able = jnp.clip(elite.competence + entry.scatter * u, 0.0, 1.0)
    keen = jnp.clip(elite.ambition + entry.scatter * v, 0.0, 1.0)
    return change(
        regime,
        elite=change(
            elite,
            competence=jnp.where(cadre, able, elite.competence),
            ambition=jnp.where(cadre, keen, elite.ambition),
            age=jnp.where(cadre, elite.age + entry.age_span * w, elite.age),
        ),
    )
