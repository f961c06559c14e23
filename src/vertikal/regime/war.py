"""A war of choice: how it begins, how it goes, how it ends, and when it shakes the leader.

`WarOnset`: the greatness agenda and an opening. `WarCourse`: strength, fortunes, cost, and the two
opposite effects of technocrats on how long it lasts. `Reversal`: what insiders make of the news,
and why only a major reversal reaches the leader.

Not here: arms output in war (see `military_industry`, which reads the war), sanctions and the exit
of firms (`foreign`), the assets that change hands (`economy`), and who leaves (`defection`).
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, probability
from vertikal.regime.elite import formal_influence
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Pole, Regime, Setting, change

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""


def technocratic_share(regime: Regime, setting: Setting) -> Float[Array, " runs"]:
    """Technocrats' share in the formal influence of all bodies; nil where nobody sits."""
    bodies = formal_influence(regime, setting)
    return bodies[Pole.TECHNOCRAT] / jnp.maximum(bodies.sum(0), _ENOUGH)


class WarOnset(
    Mechanism,
    id=160,
    stage=Stage.FOREIGN,
    rules=("WR-1", "EL-2"),
    builds_on="after Fearon (1995), Rationalist Explanations for War",
):
    r"""A war of choice begins where greatness is the agenda and an opening seems to be there.

    In peace the hazard a year is $\rho \, A^{a} O$ with the weight $A$ of the greatness agenda
    (WR-1, EL-2) and the opening $O = Q^a (1 - u s)$: the quality of arms as reported, which need
    not be the true one, against a West of strength $s$ as far as it is united, $u$. Rulers who are
    deceived about their own arms misjudge the odds (private information of one's own side). The
    war begins at a given intensity, with even fortunes.
    """

    rate: Value = parameter(
        0.25, "Wars begun where greatness is the whole agenda and nothing deters.",
        unit="per year", high=10,
    )  # fmt: skip
    steepness: Value = parameter(
        2.0, "Power to which the agenda is raised: half-hearted greatness starts few wars.",
        low=0.2, high=8,
    )  # fmt: skip
    intensity: Value = parameter(0.6, "Intensity at which a war begins.", low=0.05, high=1)

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Begin a war in some of the histories that are at peace."""
        war, west = regime.war, regime.foreign
        agenda = jnp.exp(self.steepness * jnp.log(regime.policy.agenda + _ENOUGH))
        opening = regime.military_industry.apparent_quality * (
            1 - west.west_unity * west.west_strength
        )
        hazard = self.rate * agenda * opening
        starts = tick.happens(probability(hazard, tick.step)[None], draw=0)[0]
        starts = keep(starts & (war.intensity <= 0))
        new = lambda value, old: jnp.where(starts, value, old).astype(jnp.float32)  # noqa: E731
        begun = change(
            war,
            intensity=new(self.intensity, war.intensity),
            fortunes=new(0.0, war.fortunes),
            years=new(0.0, war.years),
            wars=war.wars + starts,
        )
        return change(regime, war=begun)


class WarCourse(
    Mechanism,
    id=161,
    stage=Stage.FOREIGN,
    rules=("WR-2", "WR-3", "WR-4", "WR-5", "EL-8", "EL-14", "MI-7"),
    builds_on="after Slantchev (2003), The Principle of Convergence in Wartime Negotiations",
):
    r"""Fortunes follow strength; cost, exhaustion and the will to end it bring a war to its end.

    *Strength* (EL-8, MI-7, WR-4). Efficiency $e$ relaxes towards $e_0 + m\,T$ with the technocratic
    share $T$ of formal influence. Own strength is $S = Q\,e\,(1 + M)\,[1 + k (2 C - 1)] + h W$:
    true quality of arms times efficiency, raised by mobilisation $M$ and by what the state is able
    to do, $C$, which counts for nothing either way where it is middling (EL-14, EL-3); and the mass
    of men thrown in. Human waves $W$ are what is to hand where the effort is inefficient,
    $W \to M (1 - e)$ (WR-4). The other side's strength is $s_0 + w\,u s$ with what the West lends.

    *Fortunes* $F \in [-1, 1]$ relax towards $F^* = \frac{S - S'}{S + S'}$ with chance:
    $dF = (F^* - F) dt / \tau + \sigma dW$. Mobilisation relaxes towards need,
    $M \to (1 - F) / 2 \cdot A^{1/2}$, as far as greatness is the agenda. Cost is $c_0 I (1 + M)$.

    *End.* The will to end it (WR-5) relaxes towards $T (1 - F) / 2 + c$: technocrats think it a
    mistake to be ended with small loss. The hazard of peace a year is $\lambda_0 + \lambda_w w +
    \lambda_c c / c_{max} + \lambda_d F^4$: will, exhaustion, and decision by arms either way. So
    technocrats shorten a war by their will and lengthen a losing one by their efficiency (EL-8).

    While it lasts `military_industry` knows it by its intensity: arms output rises and true quality
    shows as far as the war goes (WR-3, MI-5).
    """

    base_efficiency: Value = parameter(
        0.3, "Efficiency of the war effort without technocrats.", unit="share", high=1
    )
    management: Value = parameter(
        0.6, "Efficiency that purely technocratic rule adds (EL-8).", unit="share", high=1
    )
    adaptation: Value = parameter(
        0.7, "In which the effort follows its management.", unit="years", low=0.05, high=10
    )
    state: Value = parameter(
        0.3, "Share of own strength gained or lost where the state can do all or nothing (EL-14).",
        unit="share", high=1,
    )  # fmt: skip
    waves: Value = parameter(
        0.25, "Strength of a whole army of human waves, in that of good arms well used.", high=2
    )
    foe: Value = parameter(
        0.25, "Strength of the other side without help, in the same unit.", low=0.01, high=3
    )
    help: Value = parameter(
        0.4, "Strength that a strong and united West lends the other side.", high=3
    )
    momentum: Value = parameter(
        0.8, "In which fortunes follow strength.", unit="years", low=0.05, high=10
    )
    chance: Value = parameter(0.35, "Volatility of fortunes, per square root of a year.", high=3)
    mobilising: Value = parameter(
        0.5, "In which mobilisation follows need.", unit="years", low=0.05, high=10
    )
    burden: Value = parameter(
        0.08, "Cost of a full war without mobilisation.", unit="share", low=0.001, high=0.4
    )
    persuasion: Value = parameter(
        0.8, "In which the will to end the war forms.", unit="years", low=0.05, high=10
    )
    fatigue: Value = parameter(0.05, "Peace from outside causes.", unit="per year", high=10)
    reluctance: Value = parameter(
        0.4, "Peace by the will of all who matter (WR-5, EL-8).", unit="per year", high=10
    )
    exhaustion: Value = parameter(
        0.3, "Peace by exhaustion at the highest cost.", unit="per year", high=10
    )
    decision: Value = parameter(
        1.5, "Peace by arms where the war is wholly won or lost.", unit="per year", high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move fortunes, effort and cost; let some wars end."""
        war, west = regime.war, regime.foreign
        on = keep(war.intensity > 0)
        able = keep(technocratic_share(regime, tick.setting))
        wanted = jnp.clip(self.base_efficiency + self.management * able, 0.0, 1.0)
        efficiency = war.efficiency + approach(tick.step, self.adaptation) * (
            wanted - war.efficiency
        )
        pace = approach(tick.step, self.mobilising)
        need = (1 - war.fortunes) / 2 * jnp.sqrt(regime.policy.agenda)
        mobilised = war.mobilisation + pace * (jnp.where(on, need, 0.0) - war.mobilisation)
        waves = war.human_waves + pace * (mobilised * (1 - efficiency) - war.human_waves)
        able_state = 1 + self.state * (2 * regime.policy.capability - 1)
        well_used = regime.military_industry.quality * efficiency * (1 + mobilised) * able_state
        own = well_used + self.waves * waves
        foe = self.foe + self.help * west.west_unity * west.west_strength
        even = keep((own - foe) / (own + foe))
        moved = approach(tick.step, self.momentum)
        noise = self.chance * jnp.sqrt(tick.step) * tick.normal(1, draw=0)[0]
        fortunes = jnp.clip(war.fortunes + moved * (even - war.fortunes) + noise, -1.0, 1.0)
        cost = jnp.clip(self.burden * war.intensity * (1 + mobilised), 0.0, 1.0)
        mind = jnp.clip(able * (1 - war.fortunes) / 2 + cost, 0.0, 1.0)
        will = war.will_to_end + approach(tick.step, self.persuasion) * (mind - war.will_to_end)
        decided = jnp.square(jnp.square(war.fortunes))
        hazard = (
            self.fatigue
            + self.reluctance * will
            + self.exhaustion * cost / (2 * self.burden)
            + self.decision * decided
        )
        ends = keep(on & tick.happens(probability(hazard, tick.step)[None], draw=1)[0])
        goes_on = on & ~ends
        during = lambda value, old: jnp.where(on, value, old).astype(jnp.float32)  # noqa: E731
        war = change(
            war,
            intensity=jnp.where(goes_on, war.intensity, 0.0).astype(jnp.float32),
            fortunes=during(fortunes, war.fortunes),
            cost=jnp.where(goes_on, cost, 0.0).astype(jnp.float32),
            years=war.years + jnp.where(on, tick.step, 0.0),
            mobilisation=mobilised.astype(jnp.float32),
            efficiency=efficiency.astype(jnp.float32),
            will_to_end=during(will, war.will_to_end),
            human_waves=waves.astype(jnp.float32),
        )
        arms = change(regime.military_industry, war=war.intensity)
        return change(regime, war=war, military_industry=arms)


class Reversal(
    Mechanism,
    id=162,
    stage=Stage.PERCEPTION,
    rules=("WR-2", "LD-8", "DF-14", "DF-9"),
    builds_on="after Croco (2011), The Decider's Dilemma",
):
    r"""Setbacks are borne; only what looks like defeat reaches the leader.

    Insiders' sense of defeat $d$ relaxes, within weeks, towards $\max(-F, 0)$ while the war goes
    on, and after its end fades from where the terms have left it. Up to a threshold $d^*$ nothing
    follows (WR-2, DF-14). Beyond it the leader's grip on the machinery and his personal power are
    lost at the rate $\lambda \frac{d - d^*}{1 - d^*}$ a year (LD-8), which makes plots and removals
    likelier by the ways that `coup` and `leader` describe.
    """

    news: Value = parameter(
        0.08, "In which insiders learn how the war goes: a month.", unit="years", low=0.005, high=2
    )
    forgetting: Value = parameter(
        2.0, "In which a lost war loses its sting once it is over.", unit="years", low=0.1, high=30
    )
    threshold: Value = parameter(
        0.6, "Sense of defeat up to which nothing follows (DF-9, WR-2).", low=0.05, high=0.95
    )
    loss: Value = parameter(
        2.0, "Rate at which a leader in utter defeat loses grip and power.",
        unit="per year", high=50,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the sense of defeat, and past the threshold the leader's grip."""
        war, lead = regime.war, regime.leadership
        on = war.intensity > 0
        seen = jnp.where(on, jnp.maximum(-war.fortunes, 0.0), 0.0)
        pace = jnp.where(on, approach(tick.step, self.news), approach(tick.step, self.forgetting))
        defeat = keep((war.defeat + pace * (seen - war.defeat)).astype(jnp.float32))
        past = jnp.maximum(defeat - self.threshold, 0.0) / (1 - self.threshold)
        kept = keep(jnp.exp(-self.loss * past * tick.step).astype(jnp.float32))
        return change(
            regime,
            war=change(war, defeat=defeat),
            leadership=change(
                lead, control=lead.control * kept, personal_power=lead.personal_power * kept
            ),
        )
