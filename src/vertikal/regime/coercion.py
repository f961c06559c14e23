"""The coercive apparatus and law as a weapon: how attacks end, who is punished and how hard, fear.

A mechanism that decides that a person is to be punished writes what is at stake into
`elite.condemned`; `Sentence`, last in the stage of resolution, alone turns that into a grade of
sanction, so that the rule on grades (NK-7) stands in one place. Rules: CO-1 to CO-5, CO-7, CO-12,
CL-8, CL-9, CL-14, MI-9, NK-4, NK-7, IN-5.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import (
    NOBODY,
    approach,
    first_best,
    keep,
    logistic,
    pick,
    rows,
    set_row,
    sum_by,
)
from vertikal.regime.mechanism import SHORT_CLOCKS, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.regime import (
    Base,
    Grade,
    Means,
    Regime,
    Status,
    acts_as_one,
    change,
    is_active,
)
from vertikal.theory.contests import win_probability


def condemn(
    regime: Regime, who: Array, stake: Float[Array, " runs"], where: Array
) -> Float[Array, "persons runs"]:
    """`elite.condemned` after one person in each run has been marked for punishment.

    Args:
        regime: The present state.
        who: Row of the person in each run.
        stake: What is at stake for the victors, 0 to 1.
        where: The runs in which it happens.
    """
    mark = jnp.where(where & (who >= 0), jnp.maximum(stake, 1e-3), 0.0)
    persons = regime.elite.condemned.shape[0]
    return jnp.where(
        rows(persons) == who, jnp.maximum(regime.elite.condemned, mark), regime.elite.condemned
    )


class Case(
    Mechanism,
    id=50,
    stage=Stage.RESOLUTION,
    rules=("CO-1", "CO-3", "CO-4", "CO-12", "CL-8", "CL-9", "CL-14", "MI-9", "CL-7"),
    builds_on="Tullock (1980), Efficient Rent Seeking",
    clocks=SHORT_CLOCKS,
):
    r"""An attack of one clan on another is carried through or comes to nothing.

    The contest sets the attacker's cover and what grey law offers against the target's cover and
    indispensability, $p = S_a^m / (S_a^m + S_d^m)$ with $S_a = cover_a + \gamma g$ and
    $S_d = cover_d + \iota x_i$ (CO-1, CO-4, CL-8, MI-9). Exposure, and so the truth of the charge,
    plays no part (CO-3). A leader in control must assent; he spares favourites and the
    indispensable and gives way in a wave of cases. A case that is won condemns the target and
    opens the pursuit of the clan's people; removal costs posts at most; sabotage of a foreign line
    costs the target's clan favour and raises tension (CL-14).
    """

    decisiveness: Value = parameter(
        1.5, "How sharply an advantage in strength decides a case.", low=0.2, high=8
    )
    law_strength: Value = parameter(
        0.25, "Strength that wholly grey law lends to any accuser (CO-7).", high=3
    )
    shield: Value = parameter(
        0.8, "Strength that full indispensability gives the accused (CO-4, MI-9).", high=5
    )
    assent: Value = parameter(
        0.0, "Log odds that a leader in full control assents, other things even.",
        low=-6, high=6, prior=triangular(-1.5, 0.0, 1.5),
    )  # fmt: skip
    assent_favour: Value = parameter(
        1.5, "How far the leader's favour for one side moves the log odds.", high=10
    )
    assent_wave: Value = parameter(
        2.0, "How far a wave of cases driven from the top moves the log odds (LD-5).", high=10
    )
    assent_shield: Value = parameter(
        1.5, "How far indispensability of the accused moves the log odds against (CO-4).", high=10
    )
    pursuit_years: Value = parameter(
        1.5, "How long the victors hunt the people of a beaten head (CL-10).", unit="years", high=20
    )
    lost_favour: Value = parameter(
        0.3, "Favour lost by the owner of a sabotaged foreign line (CL-14).", high=2
    )
    lost_access: Value = parameter(
        0.5,
        "Share of proximity lost by whoever owns a sabotaged line (CL-14).",
        unit="share",
        high=1,
    )
    crisis_tension: Value = parameter(
        0.1, "International tension added by a sabotaged line (CL-14).", high=1
    )
    backfire: Value = parameter(
        0.1, "Favour lost by an accuser whose attack comes to nothing.", high=2
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Resolve the attack of this tick, if there is one."""
        elite, clans, moves = regime.elite, regime.clans, regime.moves
        a, d, i = moves.attacker, moves.target_clan, moves.target
        attacked = (a >= 0) & (i >= 0)
        need = pick(elite.indispensability, i)
        law = self.law_strength * regime.coercion.grey_law
        wins = win_probability(
            pick(clans.cover, a) + law, pick(clans.cover, d) + self.shield * need, self.decisiveness
        )
        willing = logistic(
            self.assent
            + self.assent_favour * (pick(clans.favour, a) - pick(clans.favour, d))
            + self.assent_wave * regime.coercion.wave
            - self.assent_shield * need
        )
        assent = 1 - regime.leadership.control * (1 - willing)
        success = keep(attacked & tick.happens((wins * assent)[None])[0])
        tried = success & (moves.means == Means.CASE)
        removed = success & (moves.means == Means.REMOVAL)
        sabotaged = success & (moves.means == Means.SABOTAGE)
        repelled = attacked & ~success
        threat = pick(clans.power, d) / (pick(clans.power, a) + pick(clans.power, d) + 1e-6)
        stake = jnp.clip(0.5 * tick.setting.narrowness + 0.5 * threat, 0.0, 1.0)
        # a removal is marked like a case; `Sentence` caps it at the loss of posts
        condemned = condemn(regime, i, stake, tried | removed)
        leads = elite.power * (elite.clan == d) * is_active(regime)
        beaten = tried & (first_best(keep(leads)) == i)
        c = rows(clans.power.shape[0])
        distant = sabotaged & (rows(elite.power.shape[0]) == i)
        favour = clans.favour - jnp.where(sabotaged & (c == d), self.lost_favour, 0.0)
        favour = favour - jnp.where(repelled & (c == a), self.backfire, 0.0)
        tension = regime.military_industry.tension
        tension = jnp.where(sabotaged, tension + self.crisis_tension, tension)
        return change(
            regime,
            elite=change(
                elite,
                condemned=condemned,
                proximity=jnp.where(
                    distant, elite.proximity * (1 - self.lost_access), elite.proximity
                ),
            ),
            clans=change(
                clans,
                favour=jnp.clip(favour, -1.0, 1.0),
                defeated=jnp.where(
                    beaten & (c == d),
                    jnp.maximum(clans.defeated, self.pursuit_years),
                    clans.defeated,
                ),
                victor=jnp.where(beaten & (c == d), a, clans.victor),
            ),
            military_industry=change(regime.military_industry, tension=jnp.clip(tension, 0.0, 1.0)),
            moves=change(moves, repelled=moves.repelled | repelled),
        )


class Sentence(
    Mechanism,
    id=69,
    stage=Stage.RESOLUTION,
    rules=("NK-7", "NK-4", "CO-4", "CL-8", "MI-9", "LD-10"),
):
    r"""What becomes of those condemned in this tick: posts, exile, prison or death.

    $s_i = \tau T + \sigma \, stake_i - \iota x_i - \kappa \min(cover_{c(i)}, 1) + \epsilon_i$: the
    era's terror and the stake of the victors push the grade up, indispensability and cover pull it
    down (NK-7, CO-4, CL-8, LD-10); $\epsilon$ is logistic. The grade is the number of thresholds
    passed. Whoever only loses posts keeps those whose projects cannot do without him, so that
    losing the register need not cost the sector (NK-4); past pension age he is retired instead.
    The banished go to a post of exile where there is one.
    """

    terror_weight: Value = parameter(1.2, "Push of the era's terror on the grade (NK-7).", high=10)
    stake_weight: Value = parameter(
        0.8, "Push of the victors' stake on the grade (LD-10).", high=10
    )
    shield: Value = parameter(1.0, "Pull of indispensability on the grade (CO-4).", high=10)
    cover_weight: Value = parameter(0.8, "Pull of coercive cover on the grade (CL-8).", high=10)
    spread: Value = parameter(0.25, "Scale of the logistic noise in the grade.", low=0.01, high=3)
    exile_above: Value = parameter(
        0.3, "Grade score from which posts are not enough.", low=-3, high=5
    )
    prison_step: Value = parameter(0.3, "Score between exile and prison.", low=0.01, high=5)
    death_step: Value = parameter(0.4, "Score between prison and death.", low=0.01, high=5)
    keeps_office: Value = parameter(
        0.35, "Indispensability times strategic weight from which a post is kept (NK-4).", high=1
    )
    lost_access: Value = parameter(
        0.5, "Share of proximity lost with posts (CL-7).", unit="share", high=1
    )
    pension_age: Value = parameter(
        60.0, "Soviet men's pension age from 1932; a judgement for the elite, which works longer.",
        unit="years", low=50, high=90,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Grade and carry out the sanctions of this tick."""
        elite, moves = regime.elite, regime.moves
        persons, clans = elite.power.shape[0], regime.clans.power.shape[0]
        u = tick.uniform(persons) + 2.0**-25
        cover = pick(jnp.minimum(regime.clans.cover, 1.0), elite.clan)
        score = (
            self.terror_weight * regime.coercion.terror
            + self.stake_weight * elite.condemned
            - self.shield * elite.indispensability
            - self.cover_weight * cover
            + self.spread * jnp.log(u / (1 - u))
            - self.exile_above
        )
        grade = (
            Grade.POSTS
            + (score > 0).astype(jnp.int32)
            + (score > self.prison_step).astype(jnp.int32)
            + (score > self.prison_step + self.death_step).astype(jnp.int32)
        )
        only_posts = (moves.means == Means.REMOVAL) & (rows(persons) == moves.target)
        grade = jnp.where(only_posts, Grade.POSTS, grade)
        hit = (elite.condemned > 0) & (elite.status == Status.ACTIVE)
        grade = keep(jnp.where(hit, grade, Grade.NONE))
        posts = grade == Grade.POSTS
        fate = jnp.where(posts & (elite.age >= self.pension_age), Status.RETIRED, elite.status)
        for level, status in (
            (Grade.EXILE, Status.EXILED),
            (Grade.PRISON, Status.IMPRISONED),
            (Grade.DEATH, Status.DEAD),
        ):
            fate = jnp.where(grade == level, status, fate)
        holder, active = regime.nomenklatura.holder, regime.nomenklatura.active
        indispensable = tick.setting.office_strategic * pick(elite.indispensability, holder)
        loses = (holder >= 0) & pick(posts, holder) & (indispensable < self.keeps_office)
        holder = jnp.where(loses & ~tick.setting.office_of_leader, NOBODY, holder)
        banished = keep((grade == Grade.EXILE).astype(jnp.float32))
        free = tick.setting.office_is_exile & active & (holder < 0)
        station = keep(jnp.where(free, 1.0, 0.0))
        sent = (banished.max(0) > 0) & (station.max(0) > 0)
        who, at = first_best(banished), first_best(station)
        holder = set_row(holder, jnp.where(sent, at, NOBODY), who)
        target_grade = jnp.where(moves.target >= 0, pick(grade, moves.target), 0)
        return change(
            regime,
            elite=change(
                elite,
                status=fate,
                severity=jnp.maximum(elite.severity, grade.astype(jnp.float32) / Grade.DEATH),
                proximity=jnp.where(hit, elite.proximity * (1 - self.lost_access), elite.proximity),
                fallen_by=jnp.where(hit & (elite.fallen_by == 0), self.id, elite.fallen_by),
            ),
            nomenklatura=change(regime.nomenklatura, holder=holder),
            clans=change(
                regime.clans,
                losses=regime.clans.losses + sum_by(hit.astype(jnp.float32), elite.clan, clans),
            ),
            moves=change(moves, grade=jnp.maximum(moves.grade, target_grade)),
        )


class Fear(Mechanism, id=51, stage=Stage.OPINION, rules=("CO-5", "CO-7", "IN-5")):
    r"""Fear follows terror, waves and grey law; fear buys compliance.

    $f^* = \tau T + \omega w + \gamma g$, approached within months. Loyalty of each person is
    drawn toward $\ell_0 + \lambda f + \mu \cdot favour_{c(i)} - \nu \cdot severity_i$: everyone is
    vulnerable where law is grey, so everyone complies (CO-7, IN-5), the favoured more, those once
    struck less.
    """

    from_terror: Value = parameter(0.5, "Fear from full terror.", high=2)
    from_wave: Value = parameter(0.4, "Fear from a full wave of cases (CO-5).", high=2)
    from_grey_law: Value = parameter(0.2, "Fear from wholly grey law (CO-7).", high=2)
    fear_years: Value = parameter(0.3, "Relaxation of fear.", unit="years", low=0.01, high=10)
    base_loyalty: Value = parameter(0.4, "Loyalty without fear, favour or grievance.", high=1)
    compliance: Value = parameter(0.4, "Loyalty bought by full fear (CO-7).", high=2)
    gratitude: Value = parameter(0.3, "Loyalty from full favour for one's clan.", high=2)
    grievance: Value = parameter(0.3, "Loyalty lost by the gravest past sanction.", high=2)
    loyalty_years: Value = parameter(1.0, "Relaxation of loyalty.", unit="years", low=0.05, high=20)

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move fear and loyalty toward their targets."""
        law, elite = regime.coercion, regime.elite
        target = jnp.clip(
            self.from_terror * law.terror
            + self.from_wave * law.wave
            + self.from_grey_law * law.grey_law,
            0.0,
            1.0,
        )
        fear = keep(law.fear + approach(tick.step, self.fear_years) * (target - law.fear))
        bond = (
            self.base_loyalty
            + self.compliance * fear
            + self.gratitude * pick(regime.clans.favour, elite.clan)
            - self.grievance * elite.severity
        )
        pull = approach(tick.step, self.loyalty_years)
        loyalty = elite.loyalty + pull * (jnp.clip(bond, 0.0, 1.0) - elite.loyalty)
        return change(regime, coercion=change(law, fear=fear), elite=change(elite, loyalty=loyalty))


class Alarm(Mechanism, id=52, stage=Stage.SLOW, rules=("CO-5",)):
    r"""Those who are left take fright at the fall of others, and at their leaving.

    With $s$ the share of all persons' power that belonged to those struck in this tick, and $q$
    that of those who left it of their own will (`StayOrGo`), the alarm is
    $a = 1 - e^{-\alpha (s + \kappa [q + \gamma g])}$. Of members of groups that are only counted no
    power is known, but what a departure weighs, by rank and by how rare the post is (DF-12); $g$ is
    the share of all the weight in the groups that left (CO-5). Fear moves to $f' = f + a (1 - f)$:
    two falls frighten as much in two ticks as in one, and the fall of the mighty frightens more
    than that of the small. `Fear` lets the alarm fade within months, and fear does the rest:
    compliance and reluctance to plot. An alarmed leader listens to the security clans, whose favour
    moves to $\phi' = \phi + \sigma a (1 - \phi)$ until `Balancing` has drawn it back. Deaths from
    natural causes and those who have retired before alarm nobody.
    """

    contagion: Value = parameter(
        2.0,
        "Alarm at the fall of the whole elite at once: a tenth of its power struck brings fear by "
        "a fifth of the way to its height.",
        high=20,
    )
    resignation: Value = parameter(
        0.5,
        "Alarm at one who leaves of his own will, against that at one struck: his going tells that "
        "something is amiss, and not that he who stays is next.",
        unit="share",
        high=1,
    )
    groups: Value = parameter(
        1.0,
        "Alarm at the leaving of all pillars of groups that are only counted, against that at the "
        "leaving of all persons of power: each is a whole elite (CO-5).",
        high=5,
    )
    security_ear: Value = parameter(
        0.4, "Favour that the height of alarm brings the security clans; as of a full wave.", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Raise fear and the favour of security by the weight of those struck or gone."""
        elite, law, clans, setting = regime.elite, regime.coercion, regime.clans, tick.setting
        out = (elite.status == Status.RETIRED) | (elite.status == Status.ABROAD)
        resigned = out & (elite.fallen_by != 0)  # in this tick, and by nobody's sentence
        weight = jnp.where(elite.condemned > 0, 1.0, jnp.where(resigned, self.resignation, 0.0))
        share = (weight * elite.power).sum(0) / (elite.power.sum(0) + 1e-6)
        if regime.strata.number.shape[0]:
            share = share + self.resignation * self.groups * regime.moves.pillars_left
        alarm = keep(1 - jnp.exp(-self.contagion * share))
        security = acts_as_one(regime, setting) & (setting.clan_base == Base.COERCIVE)
        heard = security & (regime.leadership.leader >= 0)
        gained = jnp.where(heard, self.security_ear * alarm * (1 - clans.favour), 0.0)
        return change(
            regime,
            coercion=change(law, fear=law.fear + alarm * (1 - law.fear)),
            clans=change(clans, favour=(clans.favour + gained).astype(jnp.float32)),
        )
