"""Rival theories of how a leader keeps power: the size of the guard, the loyalty of the able.

Each is `PersonalPower` with another answer to one question, how dangerous those around the leader
are; what he does and what becomes of him follows from the answer in the same way. Rules: LD-3,
CO-1, EL-14.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import pick
from vertikal.regime.leader import GUARD, PersonalPower
from vertikal.regime.mechanism import Value, parameter
from vertikal.regime.regime import Regime, Setting, is_active
from vertikal.theory.army_size import optimal_army
from vertikal.theory.loyal_agent import loyalty_cutoff


class Guardianship(
    PersonalPower,
    id=193,
    rules=("LD-3", "CO-1"),
    builds_on="after McMahon and Slantchev (2015), The Guardianship Dilemma",
    theory=("rule", "guardianship"),
    rival_of=PersonalPower,
):
    r"""Those strong enough to guard the leader are strong enough to overthrow him.

    Against an outside threat $T$ and with an own guard $k$ the leader is best served by allies of
    force $m^*(T, k)$, who can be paid for their loyalty out of what they protect
    (`vertikal.theory.army_size`). The danger of allies with force $F$ is $2 F / (F + m^*)$: 1 where
    they are just as strong as that, nearly none where they are weak, up to twice as much where they
    outgrow what he can pay. The greater the threat, the stronger the allies that he can bear.
    """

    threat: Value = parameter(
        1.0, "Outside threat at full tension, in units of one full force office.", low=0.01, high=20
    )
    survives: Value = parameter(
        0.6, "Part of the force that survives a successful coup.", unit="share", low=0.05, high=1
    )

    def danger(
        self,
        regime: Regime,
        setting: Setting,
        loyal: Float[Array, " runs"],
        allied: Float[Array, " runs"],
    ) -> Float[Array, " runs"]:
        """How dangerous allies of this force are, 0 to 2."""
        threat = self.threat * regime.military_industry.tension + self.unarmed
        best = optimal_army(threat, loyal + self.unarmed, self.survives).strength
        return (2 * allied / (allied + best)).astype(jnp.float32)


class LoyalAble(
    PersonalPower,
    id=194,
    rules=("LD-3", "EL-14"),
    builds_on="after Egorov and Sonin (2011), Dictators and Their Viziers",
    theory=("rule", "loyalty_competence"),
    rival_of=PersonalPower,
):
    r"""The able know when a plot is worth joining, so a leader lives by the loyalty of the dull.

    A vizier betrays once he is able enough to tell a strong plot from a weak one: above a cut-off
    $\hat\kappa$ that falls with the chance $p$ that a plot is strong and rises with what he is paid
    (`vertikal.theory.loyal_agent`). Here $p$ is the allies' share of all force, pay is loyalty, and
    a person's ability is $\kappa = (1 + competence) / 2$. The danger is twice the share of power
    around the leader that lies with people above the cut-off.
    """

    reward: Value = parameter(
        2.0, "Gain from joining a strong plot, in units of the loss from joining a weak one.",
        low=0.1, high=20,
    )  # fmt: skip
    wage: Value = parameter(
        1.0, "What full loyalty is worth to a person, in the same units.", high=20
    )
    rescue: Value = parameter(
        0.5, "Chance that a loyal and able person saves the leader.", unit="share", high=1
    )

    def danger(
        self,
        regime: Regime,
        setting: Setting,
        loyal: Float[Array, " runs"],
        allied: Float[Array, " runs"],
    ) -> Float[Array, " runs"]:
        """How dangerous the present company is, 0 to 2."""
        elite, lead = regime.elite, regime.leadership
        odds = (allied + self.unarmed) / (allied + loyal + 2 * self.unarmed)
        cutoff = loyalty_cutoff(
            odds, self.reward, 1.0, self.wage * elite.loyalty, self.rescue
        ).competence
        inside = pick(lead.coalition, elite.clan) & (elite.clan >= 0) & is_active(regime)
        weight = jnp.where(inside, elite.power, 0.0)
        able = (1 + elite.competence) / 2 > cutoff
        share = jnp.where(able, weight, 0.0).sum(0) / (weight.sum(0) + GUARD)
        return (2 * share).astype(jnp.float32)
