"""Emergency: a shock paralyses the leader, insiders may found an extraordinary body; it fades.

Rules: LD-1 to LD-4, CL-19, NK-5.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import (
    approach,
    first_best,
    keep,
    logistic,
    pick,
    probability,
    rows,
)
from vertikal.regime.leader import GUARD, at_stake, depose, leader_clan, loyal_force
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter, strike
from vertikal.regime.regime import Body, Exit, Leadership, Regime, change, is_active
from vertikal.theory.contests import win_probability


class Emergency(
    Mechanism,
    id=63,
    stage=Stage.LEADER,
    rules=("LD-1", "LD-2", "LD-3", "LD-4", "CL-19", "NK-5"),
    clocks=("hour", "day", "week"),
):
    r"""A leader in disarray, two insiders with a committee, and a question put to the leader.

    *Paralysis (LD-1).* Of a shock $s$ the part beyond what any leader bears, $d = \max(0, s - s_0)
    / (1 - s_0)$, caps control at $1 - d$, reached within days. As the shock fades (`ShockFades`) he
    recovers up to the measure of his personal power. *Founding (CL-19).* While control is below
    $C_0$ and there is no body, pairs of insiders dare: with willingness $v_i = \max(0, access_i
    \cdot ambition_i - v_0)$ the hazard is $\rho (1 - C / C_0) \sum_{i<j} v_i v_j$, zero for a
    single willing man. The two most willing are the founders. *Fait accompli (LD-2).* Within hours
    they face the leader, who accepts with log odds $\mathrm{logit}\, a + \nu (1 - (1 - d) C)$: his
    readiness and his need. Acceptance ends the paralysis and restores him with more power than
    before; the founders' power stays enlarged for years (LD-3, NK-5). They know how power was
    taken, which lasts and exposes them as soon as they lose cover (LD-4, `power.vulnerability`).
    After a refusal the body fails unless its founders' force obeys and beats the loyal force, in
    which case the leader is overthrown; the founders of a failed body are condemned.
    """

    ordinary: Value = parameter(
        0.4, "Shock that a leader bears without losing grip (LD-1 speaks of extreme ones).",
        unit="share", high=0.99,
    )  # fmt: skip
    collapse_years: Value = parameter(
        0.003, "Over which grip is lost; about a day.", unit="years", low=1e-4, high=0.1
    )
    recovery_years: Value = parameter(
        0.03, "Over which grip comes back; about eleven days.", unit="years", low=1e-3, high=1
    )
    paralysis: Value = parameter(
        0.25, "Control below which the top is without a leader.", low=0.01, high=0.9
    )
    reserve: Value = parameter(0.25, "Access times ambition below which nobody dares.", high=0.99)
    pair_rate: Value = parameter(
        600.0, "Foundings per year and wholly willing pair under full paralysis: several days pass "
        "with the few willing of an inner circle, as in June 1941.", unit="per year", high=1e4,
    )  # fmt: skip
    answer_years: Value = parameter(
        0.0007, "From the founding to the leader's answer; hours, as in 1941 and 1991.",
        unit="years", low=1e-5, high=0.1,
    )  # fmt: skip
    need_weight: Value = parameter(
        2.0, "How far full need moves the log odds of acceptance.", high=20
    )
    restored: Value = parameter(0.95, "Control of a leader who heads the body.", low=0.3, high=1)
    enlarged: Value = parameter(
        0.1, "Personal power gained by the leader who heads the body (LD-2).", high=1
    )
    bonus: Value = parameter(
        1.0, "Power from offices added to the founders', as a share of it (LD-3).", high=5
    )
    knowledge: Value = parameter(
        0.5, "What founders know of how power was taken, as exposure of one without cover (LD-4).",
        high=1,
    )  # fmt: skip
    obedience: Value = parameter(
        0.5, "Chance that forces obey the founders against the leader.", unit="share", high=1
    )
    decisiveness: Value = parameter(
        1.5, "How sharply an advantage in force decides after a refusal.", low=0.1, high=8
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move grip with the shock, put a pending body to the leader, found a body."""
        lead = regime.leadership
        extreme = keep(
            jnp.maximum((lead.shock - self.ordinary) / (1 - self.ordinary), 0.0)
            * (lead.leader >= 0)
        )
        lead = self.grip(lead, extreme, tick.step)
        asked = (lead.body == Body.PENDING) & (lead.leader >= 0)
        after = self.answer(change(regime, leadership=lead), tick, asked, extreme)
        return self.found(after, tick, self.depth(regime.leadership.control))

    def grip(self, lead: Leadership, extreme: Float[Array, " runs"], step: Array) -> Leadership:
        """Loss and return of control."""
        ceiling = jnp.where(lead.body == Body.ACCEPTED, 1.0, 1 - extreme)
        recovers = lead.personal_power * ceiling
        falling = jnp.maximum(lead.control - ceiling, 0.0)
        rising = jnp.maximum(recovers - lead.control, 0.0)
        control = (
            lead.control
            - approach(step, self.collapse_years) * falling
            + approach(step, self.recovery_years) * rising
        )
        control = jnp.where(lead.leader >= 0, control, lead.control)
        return change(lead, control=keep(control.astype(jnp.float32)))

    def answer(
        self,
        regime: Regime,
        tick: Tick,
        asked: Bool[Array, " runs"],
        extreme: Float[Array, " runs"],
    ) -> Regime:
        """The leader accepts, or refuses and force decides."""
        elite, lead = regime.elite, regime.leadership
        first, second = _two_best(elite.founder)
        met = (
            asked
            & tick.happens(
                probability(jnp.full_like(lead.control, 1 / self.answer_years), tick.step)[None],
                draw=1,
            )[0]
        )
        ready = jnp.clip(lead.acceptance, GUARD, 1 - GUARD)
        need = 1 - (1 - extreme) * lead.control
        agrees = logistic(jnp.log(ready / (1 - ready)) + self.need_weight * need)
        accepts = keep(met & tick.happens(agrees[None], draw=2)[0])
        refused = met & ~accepts
        rebels, loyal = _founders_force(regime, first, second), loyal_force(regime, tick.setting)
        odds = win_probability(rebels, loyal, self.decisiveness)
        wins = keep(refused & tick.happens((self.obedience * odds)[None], draw=3)[0])
        failed = keep(refused & ~wins)
        founders = (rows(elite.power.shape[0]) == first) | (rows(elite.power.shape[0]) == second)
        punished = failed & founders & is_active(regime)
        knows = (accepts | wins) & founders & (elite.founder > 0)
        known = jnp.maximum(elite.knowledge, self.knowledge)
        stake = keep(at_stake(tick.setting.narrowness, rebels / (rebels + loyal + GUARD)))
        enlarged = jnp.minimum(lead.personal_power + self.enlarged, 1.0)
        after = change(
            regime,
            elite=change(
                elite,
                founder=jnp.where(failed & founders, 0.0, elite.founder),
                knowledge=jnp.where(knows, known, elite.knowledge).astype(jnp.float32),
                condemned=jnp.where(
                    punished, jnp.maximum(elite.condemned, stake + GUARD), elite.condemned
                ),
                fallen_by=strike(regime, punished, self.id),
            ),
            leadership=change(
                lead,
                control=jnp.where(accepts, jnp.maximum(lead.control, self.restored), lead.control),
                personal_power=jnp.where(accepts, enlarged, lead.personal_power),
                body=jnp.where(
                    failed, Body.FAILED, jnp.where(accepts | wins, Body.ACCEPTED, lead.body)
                ),
            ),
            moves=change(
                regime.moves,
                plotter=jnp.where(wins, pick(elite.clan, first), regime.moves.plotter),
                coup_success=regime.moves.coup_success | wins,
            ),
        )
        victory = keep(at_stake(tick.setting.narrowness, loyal / (rebels + loyal + GUARD)))
        return depose(after, tick.setting, wins, Exit.COUP, victory, self.id)

    def depth(self, control: Float[Array, " runs"]) -> Float[Array, " runs"]:
        """How far the top is paralysed, 0 to 1."""
        return jnp.clip(1 - control / self.paralysis, 0.0, 1.0)

    def found(self, regime: Regime, tick: Tick, before: Float[Array, " runs"]) -> Regime:
        """Willing pairs found a body while the leader is paralysed.

        The hazard of a step is that of the mean of its beginning, `before`, and its end.
        """
        elite, lead = regime.elite, regime.leadership
        depth = (before + self.depth(lead.control)) / 2
        free = (lead.body == Body.NONE) & (lead.leader >= 0)
        other = rows(elite.power.shape[0]) != lead.leader
        will = jnp.maximum(elite.proximity * elite.ambition - self.reserve, 0.0)
        will = keep(jnp.where(is_active(regime) & other, will, 0.0))
        first, second = _two_best(will)
        two = free & (pick(will, second) > 0)
        total = will.sum(0)
        pairs = jnp.maximum(total * total - (will * will).sum(0), 0.0) / 2
        hazard = self.pair_rate * depth * pairs
        founded = keep(two & tick.happens(probability(hazard, tick.step)[None], draw=0)[0])
        person = rows(elite.power.shape[0])
        founders = founded & ((person == first) | (person == second))
        return change(
            regime,
            elite=change(
                elite,
                founder=jnp.where(founders, self.bonus, elite.founder).astype(jnp.float32),
            ),
            leadership=change(lead, body=jnp.where(founded, Body.PENDING, lead.body)),
        )


class ShockFades(Mechanism, id=67, stage=Stage.FATES, rules=("LD-1",)):
    r"""An external shock wears off by itself, once a tick has felt it.

    $s \to s\, e^{-\Delta t / \tau}$ after a step of $\Delta t$ years, on every clock: where a step
    is too coarse for `Emergency`, a shock still presses for force, and no longer than elsewhere.
    """

    shock_years: Value = parameter(
        0.1, "Over which a shock fades by itself; about five weeks, so that an extreme one "
        "paralyses for about a week.", unit="years", low=1e-3, high=3,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let the shock fade for one step."""
        lead = regime.leadership
        shock = lead.shock * jnp.exp(jnp.asarray(-tick.step / self.shock_years))
        return change(regime, leadership=change(lead, shock=shock.astype(jnp.float32)))


def _two_best(
    score: Float[Array, "persons runs"],
) -> tuple[Int[Array, " runs"], Int[Array, " runs"]]:
    """The rows with the largest and the second largest score."""
    first = keep(first_best(score))
    rest = keep(jnp.where(rows(score.shape[0]) == first, -jnp.inf, score))
    return first, keep(first_best(rest))


def _founders_force(
    regime: Regime, first: Int[Array, " runs"], second: Int[Array, " runs"]
) -> Float[Array, " runs"]:
    """Force of the founders and of their clans, except where that is the leader's own."""
    elite, clans = regime.elite, regime.clans
    a, b = pick(elite.clan, first), pick(elite.clan, second)
    c = rows(clans.coercion.shape[0])
    with_them = ((c == a) | (c == b)) & (c != leader_clan(regime))
    mates = jnp.where(with_them, clans.coercion, 0.0).sum(0)
    own = pick(elite.coercion, first) + pick(elite.coercion, second)
    return jnp.maximum(mates, own)
