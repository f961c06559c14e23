"""What people believe and how they feel: sectors, daily life, the West, the leader.

`Belief`: whether home industry can do without imports, by plain sense, experience and what
officials claim. `Livelihood`: life as felt, fear of shortages, preference for home products, regard
for the West. `Popularity`: the leader's, in private.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import either, keep, towards
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.public import (
    failures_felt,
    great_power_of_all,
    mean_over,
    resonance_of_all,
    rout,
)
from vertikal.regime.regime import Regime, change
from vertikal.theory.persuasion import bayes_update


def claimed(regime: Regime) -> Float[Array, " runs"]:
    """How loudly it is claimed that anything can be made at home: story and showcases (TE-6)."""
    return either(regime.public.narrative, regime.technology.showcase)


def heard(regime: Regime) -> Float[Array, " runs"]:
    """How far the claim reaches people who are ready to hear it."""
    return claimed(regime) * resonance_of_all(regime)


class Belief(
    Mechanism,
    id=123,
    stage=Stage.OPINION,
    rules=("PN-6", "PN-7", "TE-5", "TE-6"),
    builds_on="Kamenica and Gentzkow (2011), Bayesian Persuasion",
    subsystem="public",
):
    r"""Belief that a sector can do without imports: sense, experience, and the official claim.

    What a person expects without being told, $\mu_s = (1 - \kappa c_s)(1 - \nu z f_s)(1 - \alpha
    (1 - v_s))$, falls with the sector's complexity $c_s$ (PN-6), with failures $f_s$ as far as they
    become public, $z$, and with goods that are not to be had, $1 - v_s$ (PN-7). Capability itself
    nobody sees.

    Those who hear the claim know that it would be made in any case, and how often such claims have
    been true: with credibility $C$ they take the lie rate to be $1 - C$ and update by Bayes,
    $\mu_s / (\mu_s + (1-\mu_s)(1-C))$. Belief is drawn to the mean over those who hear it, a share
    $H$ of narrative, showcases and resonance, and the others.

    Credibility is lost where claims meet visible failure, or a war that goes badly, and is won back
    far more slowly (TE-5; Slovic, 1993, "Perceived Risk, Trust, and Democracy"). State media alone
    let a part of the failures through; free ones all.
    """

    complexity_weight: Value = parameter(
        0.6, "Belief lost where technology is as complex as can be.", high=1
    )
    failure_weight: Value = parameter(
        0.6, "Belief lost in a sector that fails for all to see.", high=1
    )
    shortage_weight: Value = parameter(
        0.4, "Belief lost in a sector whose goods are not to be had.", high=1
    )
    state_media: Value = parameter(
        0.4, "Share of failures that becomes public even through state media (TE-5).",
        unit="share", high=1,
    )  # fmt: skip
    belief_years: Value = parameter(
        0.5, "In which belief follows its causes.", unit="years", low=0.02, high=10
    )
    full_credibility: Value = parameter(
        0.8, "Credibility of officials whom no failure contradicts.", unit="share", high=1
    )
    disproof: Value = parameter(
        0.8, "Credibility lost if full claims meet full and public failure.", high=1
    )
    loss_years: Value = parameter(
        0.7, "In which credibility is lost.", unit="years", low=0.02, high=10
    )
    repair_years: Value = parameter(4.0, "In which it is won back.", unit="years", low=0.1, high=50)

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move beliefs about sectors and the credibility of official claims."""
        public = regime.public
        seen = self.state_media + (1 - self.state_media) * public.media_freedom
        sense = keep(self._sense(regime, seen))
        told = bayes_update(sense, 1 - public.credibility)
        target = sense + heard(regime) * (told - sense)
        wrong = either(failures_felt(regime), rout(regime))
        trust = self.full_credibility * (1 - self.disproof * seen * claimed(regime) * wrong)
        trust = keep(trust)
        years = jnp.where(trust < public.credibility, self.loss_years, self.repair_years)
        return change(
            regime,
            public=change(
                public,
                belief=towards(public.belief, target, tick.step, self.belief_years),
                credibility=towards(public.credibility, trust, tick.step, years),
            ),
        )

    def _sense(self, regime: Regime, seen: Array) -> Float[Array, "sectors runs"]:
        """What people expect of a sector without being told."""
        technology = regime.technology
        return (
            (1 - self.complexity_weight * technology.complexity)
            * (1 - self.failure_weight * seen * technology.failures)
            * (1 - self.shortage_weight * (1 - technology.availability))
        )


class Livelihood(
    Mechanism,
    id=124,
    stage=Stage.OPINION,
    rules=("PN-2", "PN-9", "PN-12"),
    builds_on="",
    subsystem="public",
):
    r"""Life as felt, and three attitudes that say how much hardship people will bear.

    - life $\to l_0 + g\,growth - i\,inflation - u\,shortage - d\,disorder$;
    - fear of shortages $\to (q_0 + q\,shortage + p\,inflation)(1 - k H)$: a story that is heard,
      $H$, keeps people calm (PN-2, PN-9);
    - preference for home products $\to p_0 + a H + b\,securitised - c\,failures$ (PN-9);
    - regard for the West $\to e_0 - m H - n\,sanctions$, over many years: elite and mass regard it
      as developed and affluent despite propaganda (PN-12), so $m$ is small.
    """

    base_life: Value = parameter(0.55, "Life as felt without growth, inflation or want.", high=1)
    growth_weight: Value = parameter(
        4.0, "Life gained by each unit of growth: five per cent a year is felt as a fifth.", high=20
    )
    inflation_weight: Value = parameter(
        0.5, "Life lost to each unit of inflation up to a doubling of prices.", high=5
    )
    shortage_weight: Value = parameter(0.6, "Life lost where nothing is to be had.", high=2)
    disorder_weight: Value = parameter(0.3, "Life lost to full disorder.", high=2)
    life_years: Value = parameter(
        0.5, "In which people feel a change of conditions.", unit="years", low=0.02, high=10
    )
    base_fear: Value = parameter(0.2, "Fear of shortages where there are none.", high=1)
    fear_of_want: Value = parameter(0.7, "Fear that full shortage adds.", high=2)
    fear_of_prices: Value = parameter(0.5, "Fear that a doubling of prices adds.", high=2)
    calm: Value = parameter(0.4, "Share of fear that a story heard by all takes away.", high=1)
    fear_years: Value = parameter(
        0.25, "In which fear of shortages comes and goes.", unit="years", low=0.02, high=5
    )
    base_preference: Value = parameter(
        0.5, "Share that prefers home products at the same price by itself.", unit="share", high=1
    )
    told_preference: Value = parameter(0.2, "Share that a story heard by all adds.", high=1)
    safe_preference: Value = parameter(
        0.2, "Share that adds where foreign products count as a threat.", high=1
    )
    failed_preference: Value = parameter(0.3, "Share lost if home products fail.", high=1)
    preference_years: Value = parameter(
        1.5, "In which tastes follow.", unit="years", low=0.05, high=20
    )
    base_esteem: Value = parameter(0.65, "Regard for the West by itself (PN-12).", high=1)
    told_esteem: Value = parameter(
        0.15, "Regard lost to a story heard by all; small, as regard lasts despite propaganda.",
        high=1,
    )  # fmt: skip
    sanctioned_esteem: Value = parameter(0.15, "Regard lost to the widest sanctions.", high=1)
    esteem_years: Value = parameter(
        5.0, "In which regard for the West changes.", unit="years", low=0.2, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move life as felt and the three attitudes."""
        public, economy, technology = regime.public, regime.economy, regime.technology
        told = keep(heard(regime))
        prices = jnp.clip(economy.inflation, 0.0, 1.0)
        want = keep(mean_over(1 - technology.availability, technology.priority, middle=0.0))
        life = (
            self.base_life
            + self.growth_weight * economy.growth
            - self.inflation_weight * prices
            - self.shortage_weight * want
            - self.disorder_weight * regime.institutions.disorder
        )
        fear = self.base_fear + self.fear_of_want * want + self.fear_of_prices * prices
        preference = (
            self.base_preference
            + self.told_preference * told
            + self.safe_preference * technology.securitised
            - self.failed_preference * failures_felt(regime)
        )
        esteem = (
            self.base_esteem
            - self.told_esteem * told
            - self.sanctioned_esteem * regime.foreign.sanctions
        )
        after = {
            "life": (life, self.life_years),
            "shortage_fear": (fear * (1 - self.calm * told), self.fear_years),
            "domestic_preference": (preference, self.preference_years),
            "esteem_of_west": (esteem, self.esteem_years),
        }
        moved = {
            name: towards(getattr(public, name), target, tick.step, years)
            for name, (target, years) in after.items()
        }
        return change(regime, public=change(public, **moved))


class Popularity(
    Mechanism,
    id=125,
    stage=Stage.OPINION,
    rules=("LD-7", "PN-4"),
    builds_on="after Treisman (2011), Presidential Popularity in a Hybrid Regime",
    subsystem="public",
):
    r"""The leader's popularity in private: life, rallies, greatness, and luck.

    It is drawn to $p_0 + a(L - \frac12) + r S H + g G A + w\,fortunes + l\,luck$: life as felt $L$,
    which follows the economy (Treisman, 2011), a rally under stress $S$ as far as the story is
    heard (Mueller, 1970, "Presidential Popularity from Truman to Johnson"), assertion $A$ where
    belief in greatness $G$ is strong, war won or lost. It belongs to a person (LD-7): a new leader
    begins at $p_1$. Random steps give it the stated spread around its target.

    Pace and spread are those of the Levada Center's monthly approval of one president, 2000 to
    2024: its first-order autocorrelation of 0.92 a month is a relaxation of one year.
    """

    base: Value = parameter(0.5, "Popularity of a leader of whom nothing is known.", high=1)
    life_weight: Value = parameter(0.8, "Popularity gained from misery to plenty.", high=3)
    rally: Value = parameter(
        0.4,
        "Popularity from full stress answered by a story heard by all; approval rose by 20 points "
        "in 2014 and by 13 in 2022.",
        high=1,
    )
    greatness: Value = parameter(0.2, "Popularity from full assertion among believers.", high=1)
    victory: Value = parameter(0.3, "Popularity from victory in a full war, or lost to a rout.",
        high=1)  # fmt: skip
    newcomer: Value = parameter(0.5, "Popularity with which a new leader begins.", high=1)
    popularity_years: Value = parameter(
        1.0,
        "In which popularity returns to its causes: monthly approval 2000 to 2024 has a "
        "first-order autocorrelation of 0.92.",
        unit="years",
        low=0.1,
        high=10,
        basis="data",
    )
    luck: Value = parameter(
        0.05,
        "Standard deviation around its causes; monthly approval 2000 to 2024 has 0.078 in all, "
        "causes included.",
        high=0.3,
        basis="data",
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the leader's popularity; a new leader starts afresh."""
        public, war = regime.public, regime.war
        target = (
            self.base
            + self.life_weight * (public.life - 0.5)
            + self.rally * public.identity_stress * heard(regime)
            + self.greatness * great_power_of_all(regime) * regime.foreign.assertion
            + self.victory * war.intensity * war.fortunes
        )
        fresh = regime.leadership.reign < tick.step / 2
        now = jnp.where(fresh, self.newcomer, public.popularity)
        moved = towards(now, target, tick.step, self.popularity_years)
        spread = jnp.sqrt(-jnp.expm1(-2 * tick.step / self.popularity_years))
        luck = self.luck * spread * tick.normal(1)[0]
        popularity = jnp.clip(moved + luck, 0.0, 1.0)
        return change(regime, public=change(public, popularity=popularity))
