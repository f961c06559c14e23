"""The line of foreign policy, as the interests within the elite settle on it.

`ForeignBargain` chooses among integration with the West, aloof independence and assertion in the
neighbourhood, the regime's survival first; what is said and done follows.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, probability
from vertikal.regime.elite import formal_influence
from vertikal.regime.foreign import autocracy
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.regime import Pole, Regime, change
from vertikal.regime.subsystems import Economy, Stance

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""


def usual(economy: Economy) -> Float[Array, " runs"]:
    """Rent that the state is used to: the one it begins with, unless another is stated."""
    return jnp.where(economy.usual_rent >= 0, economy.usual_rent, economy.rent)


def windfall(regime: Regime, scale: Any, fund_scale: Any) -> Float[Array, " runs"]:
    """How far rents exceed what the state is used to, and what of them it has saved, 0 to 1.

    Args:
        regime: With its economy.
        scale: Rent above the usual that counts for two thirds of a windfall, share of output.
        fund_scale: Savings that do so, years of output.
    """
    economy = regime.economy
    above = jnp.maximum(economy.rent - usual(economy), 0.0) / scale
    return 1 - jnp.exp(-above - economy.fund / fund_scale)


class ForeignBargain(
    Mechanism,
    id=142,
    stage=Stage.FOREIGN,
    rules=(
        "FP-1", "FP-2", "FP-3", "FP-4", "FP-6", "FP-7", "FP-8", "FP-10", "FP-14", "NB-5", "NB-8",
        "EL-9", "WE-3", "WE-5", "EC-4", "EC-6", "EC-13", "EC-14", "EC-15", "IN-3", "IN-6",
        "CH-1", "CH-2",
    ),
    builds_on="after Grossman and Helpman (1994), Protection for Sale",
    subsystem="foreign",
):  # fmt: skip
    r"""The line of foreign policy on which the interests within the elite settle.

    Now and then the line is reviewed. As with a government that weighs its own survival with what
    lobbies would give, the line with the largest sum of payoffs is taken, up to Gumbel noise.
    Payoffs are relative to independence:

    - integration: $P [a_1 \, attachment + a_2 \, p_T \, opening (1 - e \, C)] + a_3 \, E (1 - 2 d)
      - \pi A - \mu M - \gamma (1 - R) + \phi \, P (1 - Y)$. The prospect $P$ scales what those with
      a stake in the West (WE-5) and the technocrats, once there is an opening (EL-9, WE-3), can
      gain; China's ties $C$ and example take part of that pull, never all (CH-1, CH-2). Energy
      managers want deals, but where they depend on the bureaucracy ($d > 1/2$) they block (EC-6).
      Survival of the regime, of autocracy $A$, comes first (FP-1, FP-2), and all alike want to be a
      great power: a pole (FP-6), recognised ($R$; FP-14). All want favourable conditions abroad
      as well, which the prospect promises, in the measure in which growth depends on them: an open
      country gains by catching up, the more the less modern it is, $1 - Y$ (EC-15, FP-14).
    - assertion: $b_1 \, W + b_2 \, agenda + b_3 (1 - attraction) + b_4 T + b_5 (1 - w u) + b_6 \, g
      - b_7 (1 - e_r C) \, attachment \, \hat s - b_8 \, restraint - \phi \, \hat s (1 - Y) - b_0$:
      means $W$, the windfall times the share of Western debts repaid (EC-4, NB-8), with the
      windfall a rent above the one that the state has got used to, and what is saved; the agenda of
      greatness; want of attraction (NB-5); threat; a West of strength $w$ and unity $u$ in decline
      (FP-10); private gain $g$ in the neighbourhood (EC-13, EC-14); against them sanctions expected
      by those with a stake in the West (WE-5), the restraint of those who need its recognition
      (IN-3), and the conditions for growth that sanctions would spoil for all (EC-15).

    Noise grows with the gap between democratic language and practice, so that conduct contradicts
    itself (IN-6), and with private gain, so that interests are hard to discern (FP-8). With
    attachment and autocracy both high, integration is taken up while it is hoped for and dropped
    when its price is learned (see prospect), again and again (FP-4).

    What is proclaimed and done follows the line: weights of integration, of independence, of
    assertion up to the point to which a state without ideology can defy (FP-7), and attention to
    the neighbourhood, auxiliary at first and the main line with independence and means (FP-3,
    NB-8).
    """

    review: Value = parameter(
        1.0, "Reviews of the line; about one a year.", unit="per year", low=0.001, high=50
    )
    noise: Value = parameter(0.15, "Spread of what payoffs leave out (Gumbel).", high=5)
    contradiction: Value = parameter(
        1.0, "By how much a wholly false front widens that spread (IN-6).", high=10
    )
    blur: Value = parameter(1.0, "By how much moves made all for gain widen it (FP-8).", high=10)
    inertia: Value = parameter(0.15, "Advantage of the line in force.", high=5)
    assets: Value = parameter(1.2, "Gain of full attachment from full integration.", high=10)
    technocrats: Value = parameter(
        1.2, "Gain of technocrats in full control from it, in a full opening (EL-9).", high=10
    )
    chinese_example: Value = parameter(
        0.3,
        "Share of that pull that ties with a technocratic China take away (CH-2); less than all, "
        "since China does not replace the West (CH-1).",
        unit="share",
        high=0.9,
    )
    deals: Value = parameter(0.3, "Stake of energy managers, for or against (EC-6).", high=5)
    survival: Value = parameter(
        0.6, "Loss of a full autocracy from opening itself to the West (FP-1).", high=10
    )
    pole: Value = parameter(0.4, "Pull of the doctrine of poles (FP-6).", high=5)
    greatness: Value = parameter(
        0.2, "What all groups would lose by joining unrecognised (FP-14).", high=5
    )
    conditions: Value = parameter(
        0.2,
        "What all groups would gain by the fullest integration and lose by the heaviest sanctions "
        "in a country with everything to catch up (EC-15, FP-14).",
        high=5,
    )
    might: Value = parameter(0.8, "Pull of a windfall with all debts repaid (EC-4).", high=10)
    mission: Value = parameter(0.4, "Pull of a full greatness agenda.", high=5)
    unloved: Value = parameter(0.4, "Push of a total want of attraction (NB-5).", high=5)
    alarm: Value = parameter(0.3, "Push of full threat.", high=5)
    hard_power: Value = parameter(0.3, "Room that a West without weight leaves (FP-10).", high=5)
    spoils: Value = parameter(0.2, "Pull of private gain in the neighbourhood (EC-13).", high=5)
    exposure: Value = parameter(
        0.8, "Loss of full attachment from the heaviest sanctions expected (WE-5).", high=10
    )
    chinese_cushion: Value = parameter(
        0.3, "Share of that loss that ties with China can soften.", unit="share", high=0.9
    )
    restraint: Value = parameter(0.4, "Weight of restraint for recognition's sake.", high=5)
    cost: Value = parameter(0.8, "Cost of assertion, whatever its occasion.", low=-5, high=10)
    habit_years: Value = parameter(
        5.0,
        "In which a state gets used to its rent; the Russian budget rule of 2012 took for usual "
        "the mean price of the last five, later ten, years, which are half as old on average.",
        unit="years",
        low=0.2,
        high=50,
        prior=triangular(2.5, 5.0, 10.0),
    )
    rent_scale: Value = parameter(
        0.1, "Rent above the usual which counts for two thirds of a windfall, in shares of output.",
        low=0.005, high=2,
    )  # fmt: skip
    fund_scale: Value = parameter(
        0.1, "Savings that do so; Russia's reserve funds passed a tenth of output in 2007.",
        unit="years", low=0.005, high=10,
    )  # fmt: skip
    debt_scale: Value = parameter(
        0.3,
        "Debt to Western creditors that binds hands entirely; Russia's stood near a third of "
        "output at the start of 2001.",
        unit="years",
        low=0.01,
        high=5,
    )
    defiance: Value = parameter(
        0.7, "Assertion to which a state without ideology can go (FP-7).", unit="share", high=1
    )
    mildness: Value = parameter(
        0.15, "Assertion under the other lines: a large state is never without.", unit="share",
        high=1,
    )  # fmt: skip
    auxiliary: Value = parameter(
        0.2, "Attention to the neighbourhood while it is auxiliary (NB-8).", unit="share", high=1
    )
    years: Value = parameter(
        1.0, "In which conduct follows the line.", unit="years", low=0.05, high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Review the line, let what is said and done follow it, and get used to the rent."""
        abroad = regime.foreign
        wealth = keep(self.means(regime))
        payoff = keep(self.payoffs(regime, tick, wealth))
        front = regime.institutions.facade * autocracy(regime)
        spread = self.noise * (1 + self.contradiction * front + self.blur * abroad.private_gain)
        drawn = tick.gumbel(3)
        score = [payoff[i] + spread * drawn[i] for i in Stance]
        score = [s + self.inertia * (abroad.stance == i) for i, s in enumerate(score)]
        east = jnp.where(score[2] > score[1], Stance.ASSERTION, Stance.INDEPENDENCE)
        best = jnp.where(
            score[0] >= jnp.maximum(score[1], score[2]), Stance.INTEGRATION, east
        ).astype(jnp.int32)
        rate = jnp.broadcast_to(self.review, best.shape)
        due = tick.happens(probability(rate, tick.step)[None], draw=1)[0]
        stance = keep(jnp.where(due, best, abroad.stance))
        turns = jnp.minimum(abroad.turns + (stance != abroad.stance), 1000.0)
        conduct = self._conduct(regime, stance, wealth)
        pull = approach(tick.step, self.years)
        moved = {
            name: getattr(abroad, name) + pull * (to - getattr(abroad, name))
            for name, to in conduct.items()
        }
        economy, due = regime.economy, usual(regime.economy)
        due = due + approach(tick.step, self.habit_years) * (economy.rent - due)
        return change(
            regime,
            foreign=change(abroad, stance=stance, turns=turns, **moved),
            economy=change(economy, usual_rent=due.astype(jnp.float32)),
        )

    def means(self, regime: Regime) -> Float[Array, " runs"]:
        """Windfall times the share of Western debts repaid, 0 to 1 (EC-4)."""
        free = jnp.clip(1 - regime.economy.debt / self.debt_scale, 0.0, 1.0)
        return windfall(regime, self.rent_scale, self.fund_scale) * free

    def payoffs(
        self, regime: Regime, tick: Tick, wealth: Float[Array, " runs"]
    ) -> Float[Array, "3 runs"]:
        """Sum of the payoffs of each `Stance`, without noise.

        Args:
            regime: The state.
            tick: The moment.
            wealth: The means of assertion.
        """
        abroad, economy = regime.foreign, regime.economy
        weight = formal_influence(regime, tick.setting)
        technocrats = weight[Pole.TECHNOCRAT] / (weight.sum(0) + _ENOUGH)
        pull = self.technocrats * technocrats * abroad.west_opening
        pull = pull * (1 - self.chinese_example * abroad.china_ties)
        common = self.conditions * (1 - economy.modernisation)
        integration = (
            abroad.prospect * (self.assets * abroad.attachment + pull + common)
            + self.deals * abroad.interdependence * (1 - 2 * economy.dependence)
            - self.survival * autocracy(regime)
            - self.pole * abroad.multipolarity
            - self.greatness * (1 - abroad.recognition)
        )
        dear = self.exposure * (1 - self.chinese_cushion * abroad.china_ties)
        assertion = (
            self.might * wealth
            + self.mission * regime.policy.agenda
            + self.unloved * (1 - abroad.attraction)
            + self.alarm * abroad.threat
            + self.hard_power * (1 - abroad.west_strength * abroad.west_unity)
            + self.spoils * abroad.private_gain
            - dear * abroad.attachment * abroad.expected_sanctions
            - self.restraint * regime.institutions.restraint
            - common * abroad.expected_sanctions
            - self.cost
        )
        return jnp.stack([integration, jnp.zeros_like(integration), assertion])

    def _conduct(self, regime: Regime, stance: Array, wealth: Array) -> dict[str, Array]:
        """Where words and deeds tend under a line."""
        abroad = regime.foreign
        west, might = stance == Stance.INTEGRATION, stance == Stance.ASSERTION
        furthest = self.defiance + (1 - self.defiance) * regime.institutions.ideology
        proclaimed = jnp.where(west, 0.0, 1.0)
        main = abroad.independence * (1 + wealth) / 2
        return {
            "integration": jnp.where(west, 1.0, 0.0),
            "independence": proclaimed,
            "assertion": jnp.where(might, jnp.maximum(furthest, self.mildness), self.mildness),
            "focus": self.auxiliary + (1 - self.auxiliary) * main,
        }
