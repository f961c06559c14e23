"""Three meanings of the word technocrat, each as a rival of what the poles make of policy.

The sources use one word for a career, a method and a set of values; Belanovsky's pole joins the
last two, and is the usual answer (`BodyInfluence`). Each rival keeps one meaning and drops the
others, so that a quarrel about technocracy can be told apart from a quarrel about the word. Rules:
EL-1, EL-3, EL-11, EL-13, NK-2.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import pick
from vertikal.regime.elite import BodyInfluence, holders_mix, seat_weight
from vertikal.regime.regime import Pole, Regime, Setting

_TINY = 1e-6
"""Guard of a division by what is left of a mixture."""


class TechnocratsByCareer(
    BodyInfluence,
    id=197,
    rules=("EL-1", "EL-13", "NK-2"),
    builds_on="",
    theory=("technocrat", "career"),
    rival_of=BodyInfluence,
):
    r"""Technocrats are those appointed for education and skill, whatever they value (KZE ¶28).

    In every seat the technocratic share is the holder's competence $c$; the other two poles share
    what is left, $1 - c$, as they do in his mixture. Such people make decisions rational, but mend
    no law and have no word against greatness by profession.
    """

    def influence(self, regime: Regime, setting: Setting) -> Float[Array, "3 runs"]:
        """Influence of each pole through bodies, skill counting as technocracy."""
        mix = holders_mix(regime)
        skill = pick(regime.elite.competence, regime.nomenklatura.holder)
        rest = (1 - skill) / jnp.maximum(1 - mix[Pole.TECHNOCRAT], _TINY)
        by_career = jnp.stack([skill, mix[Pole.IDEOCRAT] * rest, mix[Pole.CORRUPTIONIST] * rest])
        return (seat_weight(regime, setting) * by_career).sum(1)

    def lawfulness(self) -> float:
        """A career says nothing about the law."""
        return 0.0


class TechnocratsByMethod(
    BodyInfluence,
    id=198,
    rules=("EL-1", "EL-13"),
    builds_on="",
    theory=("technocrat", "method"),
    rival_of=BodyInfluence,
):
    """Technocrats calculate rationally, and that is all (BEL ¶3, ¶7).

    A rational ruler may keep terror and break the law where results require it: the pole raises
    the rationality of decisions, and leaves the legal order and the agenda alone.
    """

    def lawfulness(self) -> float:
        """A method has no values."""
        return 0.0


class TechnocratsByValues(
    BodyInfluence,
    id=199,
    rules=("EL-3", "EL-11", "EL-13"),
    builds_on="",
    theory=("technocrat", "values"),
    rival_of=BodyInfluence,
):
    """Technocrats are law-minded Westernisers, no better at deciding than routine (BEL ¶4-9).

    The pole mends the legal order and cautions against greatness; a decision that it carries is as
    rational as what the apparatus does by itself.
    """

    def best_yield(self, competence: Float[Array, " runs"]) -> Float[Array, " runs"]:
        """Rationality of a decision that such technocrats carry."""
        return jnp.zeros_like(competence) + self.routine_yield
