"""The leader: death, personal power, the balancing of clans.

Rules: LD-3, LD-5, LD-6, LD-10, LD-12, DF-8, CL-7, CL-13, CL-18, CO-1, CO-5, CO-6.
Plots stand in `coup`, what follows an exit in `succession`, the paralysed leader in `emergency`.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import (
    NOBODY,
    approach,
    keep,
    logistic,
    pick,
    probability,
    rows,
)
from vertikal.regime.coercion import condemn
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter, strike
from vertikal.regime.power import leader_force
from vertikal.regime.priors import triangular
from vertikal.regime.regime import (
    Base,
    Exit,
    Regime,
    Setting,
    Status,
    acts_as_one,
    change,
    is_active,
)
from vertikal.theory.alarm_deterrence import rebellion_threshold
from vertikal.theory.mortality import death_probability, survival_quantile

GUARD = 1e-6
"""Keeps logarithms and shares finite; no quantity of interest is as small."""


def leader_clan(regime: Regime) -> Int[Array, " runs"]:
    """The clan from which the leader comes, or `NOBODY` while there is no leader."""
    leader = regime.leadership.leader
    return jnp.where(leader >= 0, pick(regime.elite.clan, leader), NOBODY)


def loyal_force(regime: Regime, setting: Setting) -> Float[Array, " runs"]:
    """Force on which the leader can count: what answers to him and what his own clan commands."""
    mine = rows(regime.clans.coercion.shape[0]) == leader_clan(regime)
    return leader_force(regime, setting) + jnp.where(mine, regime.clans.coercion, 0.0).sum(0)


def force_of(regime: Regime, members: Bool[Array, "clans runs"]) -> Float[Array, " runs"]:
    """Force that a group of clans can turn against the leader: its own and what pacts lend it.

    Each clan's force counts once, by the largest share of it that any member can call on; that of
    the leader's own clan does not count.
    """
    clans, n = regime.clans, regime.clans.coercion.shape[0]
    share = members.astype(jnp.float32)
    for c in range(n):  # a short axis
        share = jnp.maximum(share, jnp.where(members[c], clans.pact[c], 0.0))
    against = rows(n) != leader_clan(regime)
    return jnp.where(against, share * clans.coercion, 0.0).sum(0)


def at_stake(
    narrowness: Float[Array, " *runs"], threat: Float[Array, "*runs"]
) -> Float[Array, "*runs"]:
    """What the victors have at stake in destroying a loser (LD-10).

    Half is the narrowness of the competition, half the strength of the loser against theirs.
    """
    return jnp.clip((narrowness + threat) / 2, 0.0, 1.0)


def vacate(
    regime: Regime, setting: Setting, gone: Bool[Array, " runs"], mode: Exit | Int[Array, " runs"]
) -> Regime:
    """The regime after the leader has left in the runs `gone`; `Succession` fills the place.

    The offices that go with the leadership are empty until then.
    """
    lead, posts = regime.leadership, regime.nomenklatura
    return change(
        regime,
        nomenklatura=change(
            posts, holder=jnp.where(gone & setting.office_of_leader, NOBODY, posts.holder)
        ),
        leadership=change(
            lead,
            leader=jnp.where(gone, NOBODY, lead.leader),
            exits=lead.exits + gone.astype(jnp.int32),
            exit_mode=jnp.where(gone, mode, lead.exit_mode),
        ),
        moves=change(
            regime.moves,
            removed_leader=jnp.where(gone, lead.leader, regime.moves.removed_leader),
        ),
    )


def taken_over(regime: Regime, personal_power: Value, legacy: Value) -> Float[Array, " runs"]:
    """Personal power of whoever takes over, with what the last wave of cases leaves him (CL-18).

    Those struck are gone, the rest comply, and the blame is with the one who has left, whoever
    began the cases. So he begins that much of the way nearer to full personal power.

    Args:
        regime: The present state.
        personal_power: Of a new leader where no cases were brought.
        legacy: Part of the way to full personal power that a full wave goes for him.
    """
    gone = legacy * regime.coercion.wave
    return jnp.asarray(personal_power + (1 - personal_power) * gone, jnp.float32)


def has_successor(regime: Regime) -> Bool[Array, " runs"]:
    """Where somebody is left to take the leader's place; else a blow would put nobody there."""
    elite = regime.elite
    others = rows(elite.power.shape[0]) != regime.leadership.leader
    return (is_active(regime) & (elite.condemned <= 0) & others).any(0)


def depose(
    regime: Regime,
    setting: Setting,
    gone: Bool[Array, " runs"],
    mode: Exit,
    stake: Float[Array, " runs"],
    by: int,
) -> Regime:
    """The regime after the leader has been overthrown: the place is vacant and he is condemned.

    Args:
        regime: The present state.
        setting: What the scenario fixes for good.
        gone: The runs in which it happens; there must be a leader in them.
        mode: How he goes.
        stake: What the victors have at stake in destroying him, 0 to 1.
        by: Id of the mechanism that overthrows him.
    """
    leader = regime.leadership.leader
    hit = gone & (rows(regime.elite.power.shape[0]) == leader)
    elite = change(
        regime.elite,
        condemned=condemn(regime, leader, stake, gone),
        fallen_by=strike(regime, hit, by),
    )
    return vacate(change(regime, elite=elite), setting, gone, mode)


class Mortality(
    Mechanism,
    id=60,
    stage=Stage.PERSONS,
    rules=("LD-6", "DF-8"),
    builds_on=(
        "Gompertz (1825), On the Nature of the Function Expressive of the Law of Human Mortality"
    ),
):
    r"""People grow old and die; others guess how long the leader will last.

    Hazard of death per year at age $x$: $h = f a e^{b (x - 60)}$ with frailty $f$ (Gompertz). A
    scenario may keep a person from natural death until a date. The time that others still give the
    leader (DF-8, LD-6) follows his median remaining life $m = \ln(1 + b \ln 2 / h) / b$ as it is
    rumoured: an Ornstein-Uhlenbeck process about $m$, $dH = (m - H) dt / \tau + \sigma m
    \sqrt{2 / \tau} dW$, kept above zero, so that ageing and failing health shorten it and gossip
    blurs it.
    """

    level: Value = parameter(
        0.013,
        "Hazard of death at 60. United States men of the early 2000s show 0.0113 (social security "
        "period table, log-least-squares fit); Soviet men of the time died much earlier, their "
        "leaders were privileged: a judgement in between.",
        unit="per year", low=0.001, high=0.1, prior=triangular(0.008, 0.013, 0.025),
    )  # fmt: skip
    slope: Value = parameter(
        0.094,
        "Growth of the hazard with a year of age; 0.094 in the same fit, a doubling in 7.4 years, "
        "much the same in most populations.",
        unit="per year", low=0.02, high=0.2, prior=triangular(0.08, 0.094, 0.105),
        basis="literature",
    )  # fmt: skip
    rumour_years: Value = parameter(
        0.25, "Over which the court takes in news of the leader's health.", unit="years",
        low=0.01, high=5,
    )  # fmt: skip
    rumour_noise: Value = parameter(
        0.2, "Typical relative error of what the court believes about the leader's time.", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Age everybody, let some die, update what is expected of the leader."""
        elite, lead = regime.elite, regime.leadership
        alive = elite.status != Status.DEAD
        risk = death_probability(tick.step, elite.age, self.level, self.slope, elite.frailty)
        mortal = alive & (tick.years > elite.safe_until)
        risk = jnp.where(mortal, jnp.asarray(risk, jnp.float32), 0.0)
        dies = keep(tick.happens(risk, draw=0))
        age = elite.age + jnp.where(alive, tick.step, 0.0)
        elite = change(
            elite,
            age=age,
            status=jnp.where(dies, Status.DEAD, elite.status),
            fallen_by=strike(regime, dies, self.id),
        )
        years = survival_quantile(
            0.5, pick(age, lead.leader), self.level, self.slope, pick(elite.frailty, lead.leader)
        )
        move = approach(tick.step, self.rumour_years)
        gossip = self.rumour_noise * jnp.sqrt(move * (2 - move)) * tick.normal(1, draw=1)[0]
        horizon = jnp.maximum(lead.horizon + move * (years - lead.horizon) + years * gossip, 0.0)
        rules = lead.leader >= 0
        lead = change(lead, horizon=jnp.where(rules, horizon, lead.horizon).astype(jnp.float32))
        after = change(regime, elite=elite, leadership=lead)
        return vacate(after, tick.setting, rules & pick(dies, lead.leader), Exit.DEATH)


class PersonalPower(
    Mechanism,
    id=61,
    stage=Stage.LEADER,
    rules=("LD-3", "CO-1"),
    builds_on=(
        "after Svolik (2009), Power Sharing and Leadership Dynamics in Authoritarian Regimes"
    ),
    theory=("rule", "power_sharing"),
):
    r"""The leader tests his limits; his allies deter him while their threat is credible.

    Let $b$ be personal power: the chance that a rebellion of the allies would fail if force were
    even. With loyal force $L$ and the coalition's force $F$, own and borrowed (CO-1), that chance
    is $\hat b$ with $\mathrm{logit}\, \hat b = \mathrm{logit}\, b + r \ln((L + \epsilon) / (F +
    \epsilon))$, so the coalition's threat moves the threshold in $b$. The leader is established
    once $\hat b > b^* = \min(b_C, b_D)$: rebellion is then no longer credible or no longer deters.

    *Contested:* allies rebel after alarms as often as deterrence needs; he is removed at the rate
    $\pi_C y^*$ a year. Hidden grabs of power succeed at a rate $s \min(1, \hat b / b^*)$: he dares
    less the likelier he would fall. *Established:* grabs are free, and the coalition's removals
    nearly vanish. Each grab adds a step to $b$.

    Grip on the machinery follows personal power within years, $C \to c_0 + (1 - c_0) b$; the
    reign lengthens, and the enlarged power of founders of an extraordinary body fades by half in a
    few years (LD-3).
    """

    grab_gain: Value = parameter(
        2.5,
        "What one grab gains the leader, in years of the flow value of ruling; the prior keeps to "
        "stakes that some removal deters.",
        low=0.01, prior=triangular(1.5, 2.5, 3.2),
    )  # fmt: skip
    patience: Value = parameter(
        0.95, "The leader's yearly discount factor.", low=0.01, high=0.999,
        prior=triangular(0.92, 0.95, 0.98),
    )  # fmt: skip
    alarm_grab: Value = parameter(
        0.8, "Chance that a grab alarms the allies.", unit="share", low=0.01, high=1,
        prior=triangular(0.6, 0.8, 0.95),
    )  # fmt: skip
    alarm_false: Value = parameter(
        0.1, "Chance in a year that the allies are alarmed although nothing happened.",
        unit="share", low=0.001, high=0.9, prior=triangular(0.05, 0.1, 0.13),
    )  # fmt: skip
    success: Value = parameter(10.0, "What a successful rebellion is worth to the allies.")
    failure: Value = parameter(6.0, "What a failed one costs them.")
    acquiescence: Value = parameter(2.0, "What going along is worth to them.")
    hidden_grabs: Value = parameter(
        0.3, "Grabs that succeed unseen, per year, at the threshold of establishment.",
        unit="per year", high=10,
    )  # fmt: skip
    free_grabs: Value = parameter(1.0, "Grabs of an established leader.", unit="per year", high=20)
    grab_step: Value = parameter(0.06, "Personal power added by one grab.", low=0.001, high=1)
    residual: Value = parameter(
        0.004, "Removals of an established leader by his allies.", unit="per year", high=1
    )
    decisiveness: Value = parameter(
        1.0, "How sharply an advantage in force decides a rebellion.", low=0.1, high=8
    )
    unarmed: Value = parameter(
        0.1, "Force that people without any can improvise, in units of one full force office.",
        low=0.001, high=2,
    )  # fmt: skip
    grip_floor: Value = parameter(0.4, "Grip that the mere office of leader gives in time.", high=1)
    grip_years: Value = parameter(
        2.0, "Over which grip on the machinery follows personal power.", unit="years",
        low=0.05, high=30,
    )  # fmt: skip
    founder_half_life: Value = parameter(
        4.0, "Half-life of the enlarged power of a body's founders (LD-3).", unit="years",
        low=0.1, high=50,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let allies remove the leader or the leader take more power."""
        lead, elite = regime.leadership, regime.elite
        rules = lead.leader >= 0
        loyal = loyal_force(regime, tick.setting)
        allied = force_of(regime, lead.coalition)
        power = jnp.clip(lead.personal_power, GUARD, 1 - GUARD)
        edge = self.decisiveness * jnp.log((loyal + self.unarmed) / (allied + self.unarmed))
        holds = keep(logistic(jnp.log(power / (1 - power)) + edge))
        game = rebellion_threshold(
            self.grab_gain, jnp.ones_like(power), self.patience, self.alarm_grab, self.alarm_false,
            self.success, self.failure, self.acquiescence,
        )  # fmt: skip
        limit = game.contested_limit
        established = rules & (holds > limit)
        danger = self.danger(regime, tick.setting, loyal, allied)
        removal = jnp.where(established, self.residual, game.removal_rate * danger)
        rebels = tick.happens(probability(removal, tick.step)[None], draw=0)[0]
        removed = keep(rules & rebels & has_successor(regime))
        daring = jnp.clip(holds / jnp.maximum(limit, GUARD), 0.0, 1.0)
        daring = daring * jnp.maximum(2 - danger, 0.0)
        pace = jnp.where(established, self.free_grabs, self.hidden_grabs * daring)
        grabs = rules & ~removed & tick.happens(probability(pace, tick.step)[None], draw=1)[0]
        grown = jnp.minimum(lead.personal_power + self.grab_step, 1.0)
        grip = self.grip_floor + (1 - self.grip_floor) * lead.personal_power
        control = lead.control + approach(tick.step, self.grip_years) * (grip - lead.control)
        fade = keep(jnp.exp2(jnp.asarray(-tick.step / self.founder_half_life)))
        lead = change(
            lead,
            established=established,
            personal_power=jnp.where(grabs, grown, lead.personal_power).astype(jnp.float32),
            control=jnp.where(rules, control, lead.control).astype(jnp.float32),
            reign=lead.reign + jnp.where(rules, tick.step, 0.0),
        )
        elite = change(elite, founder=elite.founder * fade)
        stake = keep(at_stake(tick.setting.narrowness, loyal / (loyal + allied + GUARD)))
        after = change(regime, leadership=lead, elite=elite)
        return depose(after, tick.setting, removed, Exit.ELITE_REMOVAL, stake, self.id)

    def danger(
        self,
        regime: Regime,
        setting: Setting,
        loyal: Float[Array, " runs"],
        allied: Float[Array, " runs"],
    ) -> Any:
        """By what those around the leader are more dangerous than the game of alarms has it.

        This is the question on which theories disagree: 1 here; rivals answer from 0 to 2. Where
        they are twice as dangerous he dares nothing, where not at all twice as much.
        """
        return 1.0


class Balancing(
    Mechanism,
    id=62,
    stage=Stage.LEADER,
    rules=("CL-13", "LD-5", "LD-12", "CO-5", "CO-6", "CL-7"),
):
    r"""The leader backs the weaker side, and late in a long reign lets cases multiply.

    With $q_c$ the share of clan $c$ in the power of the clans to be balanced (his own is not among
    them), $n$ their number and $x = \max_c n q_c - 1$ the lead of the strongest over parity, favour
    moves to $e\, C\, \frac{x}{x + x_{1/2}} (1 - n q_c)$: support for the weak is as large as the
    need for a counterweight and goes when the strong no longer need one; partners in a balance have
    no claim of their own (CL-13, LD-12). The clan that he comes from keeps his favour. Persons'
    access follows the highest office held and the favour of their clan, so that a fallen favourite
    returns when the balance tips (CL-7).

    The wave of cases (LD-5) is drawn to $w \frac{R}{R + R_0} e^{-H / H_0}$ with reign $R$ and
    expected time left $H$: long reigns near their end. Demand runs ahead of the cases, which follow
    with a lag of about a year (CO-6); meanwhile the security clans gain the leader's ear, his own
    among them where he comes from one (CO-5).
    """

    effort: Value = parameter(0.8, "How much the leader works at balance.", high=3)
    half_lead: Value = parameter(
        0.5, "Lead of the strongest clan over parity at which he balances with half his effort.",
        low=0.01, high=5,
    )  # fmt: skip
    own_clan: Value = parameter(0.5, "Favour for the clan that the leader comes from.", high=1)
    favour_years: Value = parameter(0.5, "Relaxation of favour.", unit="years", low=0.02, high=20)
    access_grade: Value = parameter(
        0.8, "Access that goes with the highest office.", high=1,
    )  # fmt: skip
    access_favour: Value = parameter(0.4, "Access gained by full favour for one's clan.", high=1)
    access_years: Value = parameter(
        1.5, "Relaxation of access; Malenkov was back after two years.", unit="years",
        low=0.05, high=20,
    )  # fmt: skip
    wave_peak: Value = parameter(1.0, "Wave of cases at the very end of an endless reign.", high=1)
    long_reign: Value = parameter(
        8.0, "Reign at which half of the wave is possible.", unit="years", low=0.5, high=40
    )
    short_horizon: Value = parameter(
        6.0, "Expected time left that cuts the wave to 1/e.", unit="years", low=0.5, high=40
    )
    wave_years: Value = parameter(
        0.9, "Lag of cases behind the demand for them; 10 to 12 months in one account (CO-6).",
        unit="years", low=0.05, high=10,
    )  # fmt: skip
    security_ear: Value = parameter(
        0.4, "Favour that a full wave of cases brings the security clans (CO-5).", high=2
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move favour, access and the wave of cases toward their targets."""
        elite, clans, lead, setting = (
            regime.elite, regime.clans, regime.leadership, tick.setting
        )  # fmt: skip
        rules = lead.leader >= 0
        n = clans.power.shape[0]
        mine = rows(n) == leader_clan(regime)
        in_play = acts_as_one(regime, setting)
        plays = in_play & ~mine
        power = jnp.where(plays, clans.power, 0.0)
        count = plays.astype(jnp.float32).sum(0)
        relative = keep(count * power / (power.sum(0) + GUARD))
        ahead = jnp.maximum(jnp.where(plays, relative, 0.0).max(0) - 1, 0.0)
        will = self.effort * lead.control * ahead / (ahead + self.half_lead)
        target = jnp.where(plays, will * (1 - relative), 0.0)
        target = target + self.own_clan * (mine & setting.clan_organised)
        secret = in_play & (setting.clan_base == Base.COERCIVE)
        target = target + self.security_ear * regime.coercion.wave * secret
        target = jnp.where(rules, jnp.clip(target, -1.0, 1.0), 0.0)
        favour = clans.favour + approach(tick.step, self.favour_years) * (target - clans.favour)
        favour = keep(favour.astype(jnp.float32))
        access = self.access_grade * highest_grade(
            regime, setting
        ) + self.access_favour * jnp.where(elite.clan >= 0, pick(favour, elite.clan), 0.0)
        access = jnp.where(is_active(regime), jnp.clip(access, 0.0, 1.0), 0.0)
        pull = approach(tick.step, self.access_years)
        late = lead.reign / (lead.reign + self.long_reign)
        demand = self.wave_peak * late * jnp.exp(-lead.horizon / self.short_horizon)
        wave = regime.coercion.wave
        lag = approach(tick.step, self.wave_years)
        wave = wave + lag * (jnp.where(rules, demand, 0.0) - wave)
        return change(
            regime,
            elite=change(
                elite,
                proximity=(elite.proximity + pull * (access - elite.proximity)).astype(jnp.float32),
            ),
            clans=change(clans, favour=favour),
            coercion=change(regime.coercion, wave=wave.astype(jnp.float32)),
        )


def highest_grade(regime: Regime, setting: Setting) -> Float[Array, "persons runs"]:
    """Grade of the highest office that each person holds; 0 for those without."""
    offices = regime.nomenklatura
    persons, runs = regime.elite.power.shape
    held = offices.active & (offices.holder >= 0)
    grade = jnp.where(held, setting.office_grade, 0.0)
    at = jnp.where(held, offices.holder * runs + jnp.arange(runs), persons * runs)
    best = jnp.zeros(persons * runs + 1, grade.dtype)
    best = best.at[at.reshape(-1)].max(
        grade.reshape(-1), mode="promise_in_bounds", wrap_negative_indices=False
    )
    return keep(best[:-1].reshape(persons, runs))
