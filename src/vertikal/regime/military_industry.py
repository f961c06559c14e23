"""The military-industrial complex: why it grows without a plot, and why its faults stay hidden.

`MicGrowth`: tension, spending and influence drive one another, at home and abroad alike, and those
who hold its strategic offices become hard to replace. `HiddenQuality`: what arms are worth shows
only in war, and what then shows is material for a case against those who answer for them, as traces
of corruption are.

Not here: the rivals' alarm at a growing clan (MI-8, see clan attacks), the shield of the
indispensable (MI-9, see cases), the power of committee heads (MI-6, see the balance of power).
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, pick, sum_by
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import fixed
from vertikal.regime.regime import Pole, Regime, Setting, change

HOME, ABROAD = 0, 1
"""Rows of the two complexes."""

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""


def strategic_seats(regime: Regime, setting: Setting) -> Float[Array, "offices runs"]:
    """Strategic weight of each office that somebody holds."""
    held = regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)
    return jnp.where(held, setting.office_strategic, 0.0)


def strategic_weight(regime: Regime, setting: Setting) -> Float[Array, "persons runs"]:
    """How far strategic projects are in each person's hands, 0 to 1."""
    persons = regime.elite.power.shape[0]
    total = sum_by(strategic_seats(regime, setting), regime.nomenklatura.holder, persons)
    return jnp.clip(total, 0.0, 1.0)


class MicGrowth(
    Mechanism,
    id=70,
    stage=Stage.ECONOMY,
    rules=("MI-1", "MI-2", "MI-3", "MI-4", "MI-9", "MI-10", "CL-15", "EL-2"),
    builds_on="",
):
    r"""Tension feeds spending, spending feeds the complex, the complex feeds tension.

    The same equations hold for the complex at home and the one abroad; they meet only in the
    tension that both profit from, so that they strengthen each other without any understanding
    (MI-3, CL-15). Each quantity relaxes, at its own pace, towards a target cut to its range:

    - influence: $I_j^* = I_0 + g (1 + w \rho)(s_j - s_0) + a \, war$: money makes power (MI-2), the
      more so the more research is part of the complex (MI-4; what that does for technical schools
      stands in `Entry`), and war forms the interest group (MI-1);
    - spending: $s_j^* = s_0 + b (T - T_0) + l (I_j - I_0) + m \, war$, and at home also
      $+ e \, agenda$: the greatness agenda goes on spending after the war (MI-10, EL-2). Where a
      budget is kept at home, what its military line pays stands instead (see `Budget`);
    - tension: $T^* = T_0 + p (\bar I - I_0) + c \, p \, [\min(I_{home}, I_{abroad}) - I_0]_+ + v \,
      war + f \, agenda$ (MI-3, EL-2).

    Tension is a good that both complexes enjoy whoever makes it, so each for itself makes too
    little of it for the two together. Collusion $c$, none unless a scenario says so, is how far
    each counts the other's gain as its own when it provokes. That takes two: it is bounded by the
    weaker, and a complex alone has nobody to collude with.

    In peace and without the agenda the normal levels $I_0, s_0, T_0$ are at rest. One round of the
    loop multiplies a small disturbance by `loop_gain`; below one it dies away, above one it grows
    until a cap stops it.

    Holders of strategic offices become indispensable (MI-9's input): indispensability relaxes
    towards a base plus the strategic weight in one's hands times the dependence of state security,
    $1 - (1-I_{home})(1-k T)$; of those without such offices, to the base.
    """

    normal_spending: Value = parameter(
        0.05,
        "Military share of output in quiet times; the United States spent about 4% in 1948.",
        unit="share",
        high=1,
    )
    normal_influence: Value = parameter(
        0.15, "Political weight of the complex in quiet times.", unit="share", high=1
    )
    normal_tension: Value = parameter(0.2, "Tension in quiet times.", unit="share", high=1)
    spending_cap: Value = parameter(
        0.6, "Largest military share of output; about that of a total war.", unit="share", high=1
    )
    influence_per_spending: Value = parameter(
        3.0,
        "Political weight bought by each share of output (MI-2): a tenth of output more makes the "
        "complex a first-rate power.",
        high=30,
    )
    research_integration: Value = parameter(
        0.3,
        "Share of research and training that is part of the complex (MI-4).",
        unit="share",
        high=1,
    )
    widening: Value = parameter(
        0.5, "By how much full integration of research widens the weight of money (MI-4).", high=5
    )
    war_formation: Value = parameter(
        0.3, "Weight that a major war gives the complex besides its money (MI-1).", high=1
    )
    alarm: Value = parameter(
        0.12,
        "Share of output by which spending would rise from no tension to the highest: the American "
        "rise from 4% in 1948 to 14% in 1953.",
        high=1,
    )
    lobbying: Value = parameter(
        0.08, "Share of output that a complex of full weight would add for itself.", high=1
    )
    war_spending: Value = parameter(
        0.35,
        "Share of output that a major war adds; the United States reached about 38% in 1944.",
        high=1,
    )
    greatness_spending: Value = parameter(
        0.06, "Share of output that a full greatness agenda adds at home (MI-10).", high=1
    )
    provocation: Value = parameter(
        0.8, "Tension that two complexes of full weight would add, since they gain by it.", high=10
    )
    collusion: Value = parameter(
        0.0,
        "How far each complex counts the other's gain from tension as its own; 1 is one interest "
        "over the border. None by default: that none is needed is what MI-3 says.",
        high=5, prior=fixed(0.0),
    )  # fmt: skip
    war_tension: Value = parameter(0.7, "Tension that a major war adds.", high=1)
    assertion: Value = parameter(
        0.15, "Tension that a full greatness agenda adds: assertive foreign policy (EL-2).", high=1
    )
    influence_years: Value = parameter(
        8.0,
        "In which political weight follows money: four years of world war should leave a complex "
        "of middling weight, and peace should not undo it soon.",
        unit="years",
        low=0.1,
        high=50,
    )
    spending_years: Value = parameter(
        1.0,
        "In which budgets follow; the American budget fell by nine tenths from 1944 to 1948.",
        unit="years",
        low=0.05,
        high=20,
    )
    tension_years: Value = parameter(
        2.0, "In which tension follows its causes or calms.", unit="years", low=0.05, high=20
    )
    security_stake: Value = parameter(
        0.5,
        "Dependence of state security on strategic projects at the highest tension alone.",
        unit="share",
        high=1,
    )
    replaceable: Value = parameter(
        0.1, "Indispensability of a person without strategic offices.", unit="share", high=1
    )
    project_years: Value = parameter(
        4.0,
        "In which a person grows into strategic projects, or is grown out of; the term of a large "
        "project.",
        unit="years",
        low=0.1,
        high=30,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Turn the loop of tension, spending and influence for one step."""
        arms, agenda = regime.military_industry, regime.policy.agenda
        both = jnp.stack([agenda, jnp.zeros_like(agenda)])
        influence = (
            self.normal_influence
            + _weight_of_money(self) * (arms.spending - self.normal_spending)
            + self.war_formation * arms.war
        )
        spending = (
            self.normal_spending
            + self.alarm * (arms.tension - self.normal_tension)
            + self.lobbying * (arms.influence - self.normal_influence)
            + self.war_spending * arms.war
            + self.greatness_spending * both
        )
        tension = (
            self.normal_tension
            + self.provocation
            * ((arms.influence[HOME] + arms.influence[ABROAD]) / 2 - self.normal_influence)
            + self.collusion * self.provocation * _common_gain(self, arms.influence)
            + self.war_tension * arms.war
            + self.assertion * agenda
        )
        target = (
            (arms.influence, jnp.clip(influence, 0.0, 1.0), self.influence_years),
            (arms.spending, jnp.clip(spending, 0.0, self.spending_cap), self.spending_years),
            (arms.tension, jnp.clip(tension, 0.0, 1.0), self.tension_years),
        )
        influence, spending, tension = (
            now + approach(tick.step, years) * (to - now) for now, to, years in target
        )
        needed = keep(self._indispensability(regime, tick.setting))
        now = regime.elite.indispensability
        grown = now + approach(tick.step, self.project_years) * (needed - now)
        return change(
            regime,
            elite=change(regime.elite, indispensability=grown),
            military_industry=change(arms, influence=influence, spending=spending, tension=tension),
        )

    def _indispensability(self, regime: Regime, setting: Setting) -> Float[Array, "persons runs"]:
        """Where each person's indispensability tends."""
        arms = regime.military_industry
        depends = 1 - (1 - arms.influence[HOME]) * (1 - self.security_stake * arms.tension)
        hands = strategic_weight(regime, setting)
        return self.replaceable + (1 - self.replaceable) * hands * depends


def _common_gain(mechanism: MicGrowth, influence: Float[Array, "2 runs"]) -> Float[Array, " runs"]:
    """Weight above the normal that both complexes have, for which they might make common cause."""
    weaker = jnp.minimum(influence[HOME], influence[ABROAD])
    return jnp.maximum(weaker - mechanism.normal_influence, 0.0)


def _weight_of_money(mechanism: MicGrowth) -> Any:
    """Influence for each share of output, widened by research (MI-2, MI-4)."""
    widened = 1 + mechanism.widening * mechanism.research_integration
    return mechanism.influence_per_spending * widened


def loop_gain(mechanism: MicGrowth) -> Any:
    r"""By what one round of tension, spending and influence multiplies a small disturbance.

    $$ G = g (1 + w \rho) (l + b p (1 + c)) $$

    Away from the caps the system is linear with non-negative feedback, so it is stable exactly if
    $G < 1$, whatever the paces at which the three quantities move (the determinant of the loop's
    matrix, which is an M-matrix, changes sign at $G = 1$). This is the gain of a disturbance that
    is alike in both complexes, upward if they collude; one that is opposite leaves tension alone
    and has the smaller gain $g (1 + w \rho) l$ without collusion.

    Args:
        mechanism: With parameters as numbers or arrays over runs.

    Returns:
        $G$, a pure number.
    """
    return _weight_of_money(mechanism) * (
        mechanism.lobbying + mechanism.alarm * mechanism.provocation * (1 + mechanism.collusion)
    )


class HiddenQuality(
    Mechanism,
    id=71,
    stage=Stage.TECHNOLOGY,
    rules=("MI-2", "MI-5", "MI-7", "MI-11", "EL-3"),
    builds_on="after Kornai (1986), The Soft Budget Constraint",
):
    r"""Arms are as good as their managers make them; how good, only war tells.

    True quality relaxes towards $Q^* = q_0 + m M - k B (1 - war)$, cut to 0..1. $M$ is technocratic
    management, technocratic share times competence of those who hold the strategic offices, by
    strategic weight (MI-7); $B$ the softness of their clans' budgets: where failure is paid for,
    nobody need avoid it, until the front presents the bill. War quickens the pace, so that good
    management brings real success in the war at hand.

    Reported quality is rosy in peace: it relaxes towards $Q + o \, h (1-Q)$ with opacity
    $h = h_0 + (1-h_0) I_{home}$, which grows with the weight of the complex (MI-2). In war it
    falls to the truth as fast as the truth is seen, $z = war \, [1 - (1-z_0)(1-A)]$, at the front
    and by auditors of the generals with power $A$ (MI-11).

    The gap between report and truth, so far as it is seen, becomes case material against those
    who answer for it (MI-5): their exposure rises towards $c \, S_i \, z \, [Q^a - Q]_+$, with
    $S_i$ the strategic weight in their hands, where that exceeds it, and otherwise moves over the
    years towards $x_0 + g \, m_{C,i} (1 - \iota \ell_i)$: corruption leaves traces, which are
    overlooked as far as one is loyal, so that corruptionists are rarely punished and the disloyal
    among them less rarely (EL-3). Truth is all that is modelled here; a case needs none (CO-3).
    """

    base_quality: Value = parameter(
        0.3, "Quality of arms made without technocrats under hard budgets.", unit="share", high=1
    )
    management: Value = parameter(
        0.6, "Quality added by fully technocratic and competent management (MI-7).", high=1
    )
    softness: Value = parameter(
        0.25, "Quality lost in peace where budgets are wholly soft (MI-5).", unit="share", high=1
    )
    peace_years: Value = parameter(
        6.0, "In which a generation of arms takes shape in peace.", unit="years", low=0.2, high=50
    )
    war_years: Value = parameter(
        1.5, "In which it does in a major war.", unit="years", low=0.1, high=20
    )
    optimism: Value = parameter(
        0.6,
        "Share of the way to perfection that wholly opaque reports claim.",
        unit="share",
        high=1,
    )
    secrecy: Value = parameter(
        0.5, "Opacity of a complex without political weight.", unit="share", high=1
    )
    report_years: Value = parameter(
        3.0, "In which reports grow rosy in peace.", unit="years", low=0.1, high=30
    )
    truth_years: Value = parameter(
        1.5,
        "In which a truth fully seen reaches the reports; audits found very many errors as late as "
        "1944 (KZE ¶22).",
        unit="years",
        low=0.02,
        high=10,
    )
    front: Value = parameter(
        0.7, "Share of defects that the front shows without auditors.", unit="share", high=1
    )
    blame: Value = parameter(
        3.0, "Exposure of the sole holder of all projects for each unit of gap seen.", high=20
    )
    clean: Value = parameter(
        0.15,
        "Exposure of an honest person who answers for no defects; nobody is beyond reproach.",
        unit="share",
        high=1,
    )
    graft: Value = parameter(
        0.4,
        "Exposure added in one who is wholly corrupt, were nothing overlooked (EL-3).",
        unit="share",
        high=1,
    )
    impunity: Value = parameter(
        0.9, "Share of it that is overlooked in the wholly loyal (EL-3).", unit="share", high=1
    )
    blame_years: Value = parameter(
        0.3, "In which defects seen become a file.", unit="years", low=0.02, high=10
    )
    fading_years: Value = parameter(
        5.0, "In which a file loses its force.", unit="years", low=0.1, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move true and reported quality and what can be held against whom."""
        arms = regime.military_industry
        seen = keep(self._seen(regime, tick.setting))
        gap = keep(seen * jnp.maximum(arms.apparent_quality - arms.quality, 0.0))
        target = self._made(regime, tick.setting)
        pace = tick.step * ((1 - arms.war) / self.peace_years + arms.war / self.war_years)
        quality = arms.quality - jnp.expm1(-pace) * (target - arms.quality)
        opacity = self.secrecy + (1 - self.secrecy) * arms.influence[HOME]
        rosy = arms.quality + (1 - arms.war) * self.optimism * opacity * (1 - arms.quality)
        pace = tick.step * ((1 - arms.war) / self.report_years + seen / self.truth_years)
        reported = arms.apparent_quality - jnp.expm1(-pace) * (rosy - arms.apparent_quality)
        now = regime.elite.exposure
        answers = strategic_weight(regime, tick.setting)
        corrupt, loyalty = regime.elite.mix[Pole.CORRUPTIONIST], regime.elite.loyalty
        traces = self.graft * corrupt * (1 - self.impunity * loyalty)
        base = jnp.minimum(self.clean + traces, 1.0)
        faded = now + approach(tick.step, self.fading_years) * (base - now)
        file = jnp.minimum(self.blame * answers * gap, 1.0)
        blamed = approach(tick.step, self.blame_years) * jnp.maximum(file - faded, 0.0)
        return change(
            regime,
            elite=change(regime.elite, exposure=faded + blamed),
            military_industry=change(arms, quality=quality, apparent_quality=reported),
        )

    def _made(self, regime: Regime, setting: Setting) -> Float[Array, " runs"]:
        """Quality that the present managers tend to; the base where there are none."""
        elite, holder = regime.elite, regime.nomenklatura.holder
        weight = strategic_seats(regime, setting)
        total = weight.sum(0) + _ENOUGH
        able = pick(elite.mix[Pole.TECHNOCRAT] * elite.competence, holder)
        managed = (weight * able).sum(0) / total
        budgets = jnp.broadcast_to(
            setting.clan_soft_budget, (setting.clan_soft_budget.shape[0], holder.shape[-1])
        )
        clan = pick(elite.clan, holder)
        soft = (weight * jnp.where(clan >= 0, pick(budgets, clan), 0.0)).sum(0) / total
        lost = self.softness * soft * (1 - regime.military_industry.war)
        return jnp.clip(self.base_quality + self.management * managed - lost, 0.0, 1.0)

    def _seen(self, regime: Regime, setting: Setting) -> Float[Array, " runs"]:
        """Share of the truth about arms that comes to light now."""
        held = regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)
        audit = jnp.clip(jnp.where(held, setting.office_inspection, 0.0).sum(0), 0.0, 1.0)
        return regime.military_industry.war * (1 - (1 - self.front) * (1 - audit))
