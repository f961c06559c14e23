"""The West and China, as far as they answer to what the regime does.

`WesternResponse`: sanctions, what rulers expect of them, and unity. `FirmExits`: foreign firms
leave. `WesternOffer`: recognition, opening, help, enlargement, trade. `ChinaTies`: cooperation that
does not replace the West. How strong the West is, a scenario says.
"""

import jax.numpy as jnp

from vertikal.regime.batch import approach, either, keep, probability
from vertikal.regime.foreign import autocracy, mean_over
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.public import failures_felt, rout
from vertikal.regime.regime import Regime, change


class WesternResponse(
    Mechanism,
    id=145,
    stage=Stage.FOREIGN,
    rules=("WE-1", "PN-5"),
    builds_on="",
    subsystem="foreign",
):
    r"""Sanctions in answer to war and assertion, wider than rulers had expected.

    Sanctions rise fast towards and fall slowly from
    $s^* = u [w \, war + a \, [assertion - \theta]_+] \, (1 - d \, N_a (1 - f))$ cut to 1: a united
    West answers war with nearly all that it has, assertion beyond what it tolerates with less. The
    story of strength that is heard abroad, $N_a$, is meant to weaken its resolve (PN-5): nobody
    there is bound to it by memory or by belief in greatness, and no state media keep back the
    failures and the rout that belie it, $f = 1 - (1 - failures)(1 - rout)$. Unity $u$ relaxes
    towards a base that interdependence loosens and war closes up, so that the answer outgrows
    itself. Rulers learn what to expect from what they have lived through, over years; the first
    answer to a war of a new size is therefore a surprise (WE-1).
    """

    war: Value = parameter(0.9, "Sanctions of a united West in answer to a full war.", high=1)
    assertion: Value = parameter(
        0.4, "Sanctions for each unit of assertion beyond what is tolerated.", high=3
    )
    tolerance: Value = parameter(
        0.5, "Assertion that the West lets pass; none followed the war of August 2008.",
        unit="share", high=1,
    )  # fmt: skip
    rise_years: Value = parameter(
        0.25, "In which sanctions are imposed.", unit="years", low=0.01, high=10
    )
    fall_years: Value = parameter(
        8.4,
        "In which they are lifted once their cause is gone: years in force for each episode that "
        "ended among those imposed by the EU, the US and the UN up to 2008 in EUSANCT (Weber and "
        "Schneider 2022). Its cause lasted for a part of these years, so it is rather less.",
        unit="years",
        low=0.1,
        high=50,
        prior=triangular(3.0, 8.4, 10.0),
        basis="data",
    )
    learning_years: Value = parameter(
        4.0, "In which rulers come to expect what they have lived through.", unit="years",
        low=0.1, high=30,
    )  # fmt: skip
    unity: Value = parameter(
        0.7, "Unity of the West towards a state with which it does no business.", high=1
    )
    business: Value = parameter(0.3, "Unity lost to full interdependence.", unit="share", high=1)
    closing: Value = parameter(
        0.8, "Share of the way to full unity that a full war goes.", unit="share", high=1
    )
    unity_years: Value = parameter(0.5, "In which unity follows.", unit="years", low=0.02, high=10)
    dissuasion: Value = parameter(
        0.1,
        "Share of the answer that the fullest story of strength talks the West out of, where "
        "nothing belies it (PN-5); small, as nothing but the story speaks for it there.",
        unit="share",
        high=1,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Answer what the regime does, and let its rulers learn."""
        abroad = regime.foreign
        war = jnp.maximum(regime.war.intensity, regime.military_industry.war)
        excess = jnp.maximum(abroad.assertion - self.tolerance, 0.0)
        belied = either(failures_felt(regime), rout(regime))
        told = regime.public.narrative_abroad * (1 - belied)
        wanted = (self.war * war + self.assertion * excess) * (1 - self.dissuasion * told)
        target = jnp.minimum(abroad.west_unity * wanted, 1.0)
        pace = jnp.where(
            target > abroad.sanctions,
            approach(tick.step, self.rise_years),
            approach(tick.step, self.fall_years),
        )
        sanctions = keep(abroad.sanctions + pace * (target - abroad.sanctions))
        learned = approach(tick.step, self.learning_years)
        expected = abroad.expected_sanctions
        loose = self.unity * (1 - self.business * abroad.interdependence)
        unity = loose + self.closing * war * (1 - loose)
        pull = approach(tick.step, self.unity_years)
        return change(
            regime,
            foreign=change(
                abroad,
                sanctions=sanctions,
                expected_sanctions=expected + learned * (sanctions - expected),
                west_unity=abroad.west_unity + pull * (unity - abroad.west_unity),
            ),
        )


class FirmExits(
    Mechanism,
    id=146,
    stage=Stage.FOREIGN,
    rules=("WE-1", "WR-6"),
    builds_on="after Bass (1969), A New Product Growth for Model Consumer Durables",
    subsystem="foreign",
):
    r"""Foreign firms leave: a few at first, then by example.

    The share gone grows as $\dot x = (1-x)[p + q \, x]$ with $p = p_s s + p_w war$ and $q$
    proportional to the same push, a diffusion with outside pressure and imitation, so that dozens
    become hundreds (WE-1). What they leave behind is taken over by `Property`, so that war pays
    some (WR-6). Without sanctions and war they come back slowly.
    """

    sanctions: Value = parameter(
        0.4, "Exits a year of a firm under the heaviest sanctions, on its own.", unit="per year",
        high=20,
    )  # fmt: skip
    war: Value = parameter(
        0.5, "Exits a year of a firm in a country at full war, for its good name.", unit="per year",
        high=20,
    )  # fmt: skip
    imitation: Value = parameter(
        3.0, "By how many times the example of all others would raise that rate.", high=50
    )
    return_years: Value = parameter(
        10.0, "In which firms come back when nothing keeps them away.", unit="years", low=0.2,
        high=100,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let firms leave or come back."""
        abroad = regime.foreign
        war = jnp.maximum(regime.war.intensity, regime.military_industry.war)
        push = self.sanctions * abroad.sanctions + self.war * war
        rate = keep(push * (1 + self.imitation * abroad.exits))
        left = abroad.exits + probability(rate, tick.step) * (1 - abroad.exits)
        calm = (1 - abroad.sanctions) * (1 - war)
        back = approach(tick.step, self.return_years) * calm
        return change(regime, foreign=change(abroad, exits=left * (1 - back)))


class WesternOffer(
    Mechanism,
    id=147,
    stage=Stage.FOREIGN,
    rules=("IN-2", "IN-4", "FP-11", "FP-13", "WE-2", "WE-4"),
    builds_on="",
    subsystem="foreign",
):
    r"""What the West grants: recognition, readiness for better relations, help, enlargement, trade.

    - Recognition as one of the club relaxes towards $D \, (1 - \sigma S)(1 - war)$, where $D$ is
      how far the state is seen as a democracy, the front counting for a part (IN-4), less
      $h (1 - L)$ of it for rulers who want legitimacy $L$ at home, which in turn gains by
      recognition (IN-2, see `Legitimacy`); suspicion keeps the status of one who is not of one's
      own kind from being legitimate (FP-11).
    - Opening towards $o (1 - S)(1 - s) + g \, [stance = integration]$: goodwill answers goodwill.
    - Help towards a share of opening and integration, whatever the need (WE-4).
    - The prospect of enlargement towards $u \, \epsilon \,$ times the mean over neighbours of
      balancing times the option in the West: they are taken in who ask for cover (WE-2). Without
      neighbours in the scenario it stays as it is.
    - Interdependence towards its normal level less what sanctions and exits cut. Assertion by
      itself leaves trade alone: competition and cooperation coexist (FP-13).
    """

    front: Value = parameter(
        0.5, "Part of being seen as a democracy for which a front suffices.", unit="share", high=1
    )
    standing: Value = parameter(
        0.3, "Share of recognition lost to complete want of legitimacy at home (IN-2).",
        unit="share", high=1,
    )  # fmt: skip
    distance: Value = parameter(
        0.6, "Share of recognition lost to full suspicion (FP-11).", unit="share", high=1
    )
    recognition_years: Value = parameter(
        3.0, "In which recognition follows.", unit="years", low=0.1, high=30
    )
    goodwill: Value = parameter(
        0.7, "Opening towards a state that arouses no suspicion and bears no sanctions.",
        unit="share", high=1,
    )  # fmt: skip
    answer: Value = parameter(
        0.2, "Opening added where the other side seeks integration.", high=0.3
    )
    opening_years: Value = parameter(
        1.5, "In which opening follows.", unit="years", low=0.05, high=20
    )
    generosity: Value = parameter(
        0.3, "Help, as a share of need, from a West that is wholly open.", unit="share", high=1
    )
    eagerness: Value = parameter(
        1.0, "Prospect of enlargement where all neighbours ask for cover and could have it.", high=1
    )
    enlargement_years: Value = parameter(
        5.0, "In which prospects of enlargement ripen.", unit="years", low=0.2, high=30
    )
    trade: Value = parameter(
        0.6, "Interdependence in normal times, the energy trade foremost.", unit="share", high=1
    )
    cut: Value = parameter(
        0.6, "Share of it that the heaviest sanctions cut.", unit="share", high=1
    )
    withdrawn: Value = parameter(
        0.3, "Share of it that goes with all foreign firms.", unit="share", high=1
    )
    trade_years: Value = parameter(3.0, "In which trade follows.", unit="years", low=0.1, high=30)

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move what the West grants and what trade remains."""
        abroad, there = regime.foreign, regime.neighbours
        war = jnp.maximum(regime.war.intensity, regime.military_industry.war)
        form = regime.institutions.facade * (1 - regime.institutions.sham)
        seen = self.front * form + (1 - self.front) * (1 - autocracy(regime))
        seen = seen * (1 - self.standing * (1 - regime.institutions.legitimacy))
        recognition = seen * (1 - self.distance * abroad.suspicion) * (1 - war)
        opening = self.goodwill * (1 - abroad.suspicion) * (1 - abroad.sanctions)
        opening = opening + self.answer * abroad.integration
        aid = self.generosity * abroad.west_opening * abroad.integration
        left = (1 - self.cut * abroad.sanctions) * (1 - self.withdrawn * abroad.exits)
        targets = {
            "recognition": (recognition, self.recognition_years),
            "west_opening": (jnp.minimum(opening, 1.0), self.opening_years),
            "help": (aid, self.opening_years),
            "interdependence": (self.trade * left, self.trade_years),
        }
        if there.size.shape[0]:
            asked = mean_over(there.balancing * there.western_option, jnp.ones_like(there.size))
            grown = self.eagerness * abroad.west_unity * asked
            targets["enlargement"] = (grown, self.enlargement_years)
        moved = {
            name: getattr(abroad, name) + approach(tick.step, years) * (to - getattr(abroad, name))
            for name, (to, years) in targets.items()
        }
        return change(regime, foreign=change(abroad, **moved))


class ChinaTies(
    Mechanism,
    id=148,
    stage=Stage.FOREIGN,
    rules=("CH-1", "CH-3"),
    builds_on="",
    subsystem="foreign",
):
    r"""Cooperation with China: a turn to the East that replaces the West only in part.

    Ties relax towards $c_0 + (c_1 - c_0)[r (1 - o) + e \, \rho]$ times half of one plus the warmth
    of what Beijing says: need, where the West is closed ($1 - o$), and ability, the rationality
    $\rho$ of policy, since technocrats work well with China (CH-1). Their ceiling $c_1$ stays
    below one. Warmth relaxes towards ties times a reserve, less in war and under sanctions that
    might strike third parties: Beijing says less than Moscow (CH-3).
    """

    floor: Value = parameter(
        0.2, "Ties of neighbours without need of each other.", unit="share", high=0.5
    )
    ceiling: Value = parameter(
        0.8, "The closest ties: another civilisation stays one.", unit="share", low=0.5, high=1
    )
    need: Value = parameter(
        0.6, "Share of the way that a closed West makes worthwhile.", unit="share", high=1
    )
    skill: Value = parameter(
        0.4, "Share of it that wholly rational policy adds.", unit="share", high=1
    )
    years: Value = parameter(
        3.0, "In which ties are built and loosen.", unit="years", low=0.1, high=30
    )
    reserve: Value = parameter(
        0.8, "Share of ties that Beijing puts into words.", unit="share", high=1
    )
    caution: Value = parameter(
        0.4, "Share of warmth that the heaviest sanctions or a full war take away.",
        unit="share", high=1,
    )  # fmt: skip
    words_years: Value = parameter(0.5, "In which words follow.", unit="years", low=0.02, high=10)

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move ties with China and the tone of Beijing."""
        abroad = regime.foreign
        war = jnp.maximum(regime.war.intensity, regime.military_industry.war)
        drive = self.need * (1 - abroad.west_opening) + self.skill * regime.policy.rationality
        wanted = self.floor + (self.ceiling - self.floor) * jnp.minimum(drive, 1.0)
        ties = wanted * (1 + abroad.china_warmth) / 2
        risk = jnp.maximum(abroad.sanctions, war)
        words = self.reserve * abroad.china_ties * (1 - self.caution * risk)
        pull = approach(tick.step, self.years)
        tone = approach(tick.step, self.words_years)
        return change(
            regime,
            foreign=change(
                abroad,
                china_ties=abroad.china_ties + pull * (ties - abroad.china_ties),
                china_warmth=abroad.china_warmth + tone * (words - abroad.china_warmth),
            ),
        )
