"""Smaller states beside a large authoritarian one: whom they side with, and what they give up.

`NeighbourAlignment`: siding and balancing. `Union`: how deep integration goes. `Leverage`: energy
and trade pressure and what it brings. `KindredRegimes`: support for rulers of one's own kind.
`SoftPower`: attraction, and how it is lost; with assertion it closes the trap of the unloved.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, probability
from vertikal.regime.foreign import autocracy, gathered, inroads, mean_over
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Regime, change
from vertikal.theory.alignment import agreement, aligned_share
from vertikal.theory.contests import win_probability


def size_gap(regime: Regime) -> Float[Array, "neighbours runs"]:
    """How far the hegemon dwarfs each neighbour: 0 between equals, 1 beside a dwarf.

    $(1 - s)/(1 + s)$ for a size ratio $s$ below one, else nothing.
    """
    size = regime.neighbours.size
    return jnp.maximum(1 - size, 0.0) / (1 + size)


def outside_option(regime: Regime) -> Float[Array, "neighbours runs"]:
    """What each neighbour has elsewhere, in the West or the East."""
    return gathered(regime.neighbours.western_option, regime.neighbours.eastern_option)


class NeighbourAlignment(
    Mechanism,
    id=150,
    stage=Stage.FOREIGN,
    rules=("NB-1", "NB-5", "NB-6"),
    builds_on="after Hotelling (1929), Stability in Competition; Walt (1987), The Origins of "
    "Alliances",
):
    r"""Each neighbour sides with the hegemon on some questions and balances against him besides.

    The questions of a neighbour lie on a line between two poles, and it sides with the hegemon on
    the share $x^* = \mathrm{clip}(1/2 + [q_H - q_R - (c - f) z]/2t, 0, 1)$ of them, with offers
    $q_H = a \, affinity \cdot attraction + e \, energy + p \, support + g \, concession$ and
    $q_R = o \, option (1 + manoeuvre)/2$, and felt assertion $z$, assertion times the size gap.

    Balancing answers threat, which is power times intentions: $b^* = 1 - e^{-k T}$ with
    $T = gap (\theta_0 + \theta_a \, assertion + \theta_p \, pressure + \theta_e \, egoism)
    (1 - \tau \, affinity \cdot attraction) [\beta + (1 - \beta) option]$. The size gap alone makes
    classical balancers (NB-1, NB-6), openly egoistic talk more so (NB-1), assertion and pressure
    most (NB-5); ties of culture reassure, and without an option elsewhere little can be done.
    """

    attraction: Value = parameter(0.6, "Pull of full ties and full attraction.", high=5)
    energy: Value = parameter(0.4, "Pull of full dependence on energy and trade.", high=5)
    protection: Value = parameter(0.3, "Pull of full support for a neighbour's rulers.", high=5)
    conceded: Value = parameter(0.4, "What a full concession binds.", high=5)
    option: Value = parameter(0.8, "Pull of a full option elsewhere.", high=5)
    distance: Value = parameter(
        1.0, "Utility between the two poles, the unit of these pulls.", low=0.05, high=10
    )
    aversion: Value = parameter(0.7, "How much felt assertion repels.", high=5)
    fear: Value = parameter(
        0.2, "How much it frightens into line; with more than `aversion`, states bandwagon.", high=5
    )
    size: Value = parameter(0.2, "Threat of a giant who does nothing (NB-6).", high=5)
    assertion: Value = parameter(0.8, "Threat of full assertion (NB-5).", high=5)
    pressure: Value = parameter(0.5, "Threat of full pressure.", high=5)
    egoism: Value = parameter(0.3, "Threat heard in openly egoistic rhetoric (NB-1).", high=5)
    reassurance: Value = parameter(
        0.5, "Share of threat that full ties and attraction take away.", unit="share", high=1
    )
    helpless: Value = parameter(
        0.4, "Balancing of a state without any option elsewhere, against one with all.",
        unit="share", high=1,
    )  # fmt: skip
    steepness: Value = parameter(1.0, "How readily threat turns into balancing.", high=20)
    siding_years: Value = parameter(
        2.0, "In which a neighbour changes sides.", unit="years", low=0.1, high=20
    )
    balancing_years: Value = parameter(
        3.0, "In which it arms, seeks cover, or relaxes.", unit="years", low=0.1, high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move alignment and balancing of each neighbour."""
        there, abroad = regime.neighbours, regime.foreign
        gap, option = size_gap(regime), outside_option(regime)
        ties = keep(there.affinity * abroad.attraction)
        ours = (
            self.attraction * ties
            + self.energy * there.energy
            + self.protection * there.support
            + self.conceded * there.concession
        )
        theirs = self.option * option * (1 + there.manoeuvre) / 2
        felt = abroad.assertion * gap
        sides = aligned_share(ours - theirs, felt, self.distance, self.aversion - self.fear)
        intent = (
            self.size
            + self.assertion * abroad.assertion
            + self.pressure * there.pressure
            + self.egoism * abroad.egoism
        )
        threat = gap * intent * (1 - self.reassurance * ties)
        able = self.helpless + (1 - self.helpless) * option
        balances = 1 - jnp.exp(-self.steepness * threat * able)
        siding = approach(tick.step, self.siding_years)
        arming = approach(tick.step, self.balancing_years)
        return change(
            regime,
            neighbours=change(
                there,
                alignment=there.alignment + siding * (sides - there.alignment),
                balancing=there.balancing + arming * (balances - there.balancing),
            ),
        )


class Union(
    Mechanism,
    id=151,
    stage=Stage.FOREIGN,
    rules=("NB-1", "NB-2", "NB-3", "NB-9"),
    builds_on="after Putnam (1988), Diplomacy and Domestic Politics: The Logic of Two-Level Games",
):
    r"""How deep a neighbour's integration goes: what both rulers ratify and autocracy can delegate.

    A neighbour accepts $D_N = [a \, affinity \cdot attraction + e \, energy]
    [1 - fear \cdot gap (1 - m)]$ with compensation $m$ (a veto, rents): beside a giant only
    hegemonic integration is to be had, and it costs the ruler his power (NB-1). The hegemon accepts
    $D_H = 1 - \eta \, egoism$, since union needs accommodation (NB-9). The deepest agreement is the
    top of both win-sets. Of it only what can be delegated comes about: two autocrats can hand
    little to a common body, $1 - A_H A_N (1 - m)$, so that likeness obstructs (NB-2); and rulers
    supported for their own sake need not give anything in return, $1 - b \, support$ (NB-3).
    """

    ties: Value = parameter(0.5, "Depth that full ties and attraction are worth.", high=3)
    energy: Value = parameter(0.5, "Depth that full energy dependence is worth.", high=3)
    egoism: Value = parameter(
        0.6, "Share of depth that openly egoistic terms forgo (NB-9).", unit="share", high=1
    )
    brake: Value = parameter(
        0.4, "Share of depth that full support of a ruler forgoes (NB-3).", unit="share", high=1
    )
    years: Value = parameter(
        4.0, "In which common bodies are built or decay.", unit="years", low=0.2, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the depth of union with each neighbour."""
        there, abroad = regime.neighbours, regime.foreign
        uncovered = 1 - there.compensation
        worth = self.ties * there.affinity * abroad.attraction + self.energy * there.energy
        accepts = worth * (1 - there.fear * size_gap(regime) * uncovered)
        offers = jnp.broadcast_to(1 - self.egoism * abroad.egoism, accepts.shape)
        depth = agreement(jnp.stack([accepts, offers]) / 2, 0.0, axis=0).high
        delegable = 1 - autocracy(regime) * there.autocracy * uncovered
        target = jnp.minimum(depth, 1.0) * delegable * (1 - self.brake * there.support)
        union = there.union + approach(tick.step, self.years) * (target - there.union)
        return change(regime, neighbours=change(there, union=union))


class Leverage(
    Mechanism,
    id=152,
    stage=Stage.FOREIGN,
    rules=("NB-4", "NB-10", "EC-13"),
    builds_on="Tullock (1980), Efficient Rent Seeking",
):
    r"""Energy and trade pressure on neighbours, the disputes that follow, and who gives way.

    Pressure tends to $e \, [l \, assertion (1 - x) f + g \, gain + c \, inroads]$, where $e$ is the
    neighbour's energy dependence: more on those who do not side with the hegemon ($1 - x$), the
    more attention $f$ the neighbourhood has; for the firms' own gain (EC-13); and against
    democracies bound for the West (NB-10). At a rate proportional to pressure it breaks into open
    dispute, which raises both pressure and the neighbour's manoeuvring (NB-4).

    Whether a neighbour yields is a contest: what it would suffer, pressure times dependence times
    the want of options, against what its ruler would lose, power to a giant (his fear, the gap,
    less what compensates) and the options. Concessions tend to pressure times the chance of
    yielding; manoeuvring between the great powers to the rest of pressure, the more the wider the
    options.
    """

    assertive: Value = parameter(
        1.0, "Pressure of full assertion on a dependent state that sides with others.", high=5
    )
    gain: Value = parameter(0.3, "Pressure for private gain alone (EC-13).", high=5)
    counter: Value = parameter(0.5, "Pressure on a democracy bound for the West (NB-10).", high=5)
    disputes: Value = parameter(
        1.0, "Open disputes a year under full pressure.", unit="per year", high=50
    )
    escalation: Value = parameter(
        0.4, "Share of the way to full pressure that a dispute goes at once.", unit="share", high=1
    )
    turning: Value = parameter(
        0.4, "Share of the way to full manoeuvring, likewise, with options elsewhere.",
        unit="share", high=1,
    )  # fmt: skip
    decisiveness: Value = parameter(
        2.0, "How sharply strength decides whether a ruler yields.", low=0.2, high=8
    )
    stubborn: Value = parameter(
        0.3, "Resistance lent by a full option elsewhere, in units of full fear.", high=3
    )
    captive: Value = parameter(
        0.4, "Manoeuvring of a state without options, against one with all.", unit="share", high=1
    )
    years: Value = parameter(
        0.75, "In which pressure eases or builds up.", unit="years", low=0.05, high=100
    )
    answer_years: Value = parameter(
        1.5, "In which neighbours answer it.", unit="years", low=0.05, high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Press, quarrel, yield or turn elsewhere."""
        there, abroad = regime.neighbours, regime.foreign
        option = outside_option(regime)
        drive = (
            self.assertive * abroad.assertion * (1 - there.alignment) * abroad.focus
            + self.gain * abroad.private_gain
            + self.counter * inroads(regime)
        )
        target = jnp.minimum(there.energy * drive, 1.0)
        pressed = there.pressure + approach(tick.step, self.years) * (target - there.pressure)
        rate = self.disputes * there.pressure * (1 - there.concession)
        breaks = tick.happens(probability(rate, tick.step))
        pressed = keep(pressed + jnp.where(breaks, self.escalation, 0.0) * (1 - pressed))
        yields = keep(self.yielding(regime, pressed))
        wide = self.captive + (1 - self.captive) * option
        pull = approach(tick.step, self.answer_years)
        concession = there.concession + pull * (pressed * yields - there.concession)
        turned = there.manoeuvre + pull * (pressed * (1 - yields) * wide - there.manoeuvre)
        turned = turned + jnp.where(breaks, self.turning * wide, 0.0) * (1 - turned)
        return change(
            regime,
            neighbours=change(
                there,
                pressure=pressed,
                concession=concession,
                manoeuvre=turned,
                disputes=jnp.minimum(there.disputes + breaks, 1000.0),
            ),
        )

    def yielding(self, regime: Regime, pressure: Any) -> Float[Array, "neighbours runs"]:
        """Chance that each neighbour would give way to a pressure."""
        there = regime.neighbours
        option = outside_option(regime)
        suffers = pressure * there.energy * (1 - option)
        loses = there.fear * size_gap(regime) * (1 - there.compensation) + self.stubborn * option
        return win_probability(suffers, loses, self.decisiveness)


class KindredRegimes(
    Mechanism,
    id=153,
    stage=Stage.FOREIGN,
    rules=("NB-3", "NB-10"),
    builds_on="",
):
    r"""The hegemon stands by rulers of his own kind, the more so as others fall to democracy.

    Support relaxes towards $A_H A_N [s_0 + (1 - s_0) v]$: kinship of the two autocracies, and the
    danger $v$ that the West is taking such regimes one by one, from the prospect of enlargement
    and from neighbours that have become democracies with an option in the West (NB-3, NB-10).
    """

    quiet: Value = parameter(
        0.3, "Support for one's own kind where nothing endangers it.", unit="share", high=1
    )
    contagion: Value = parameter(
        1.5, "By how much a wholly lost neighbourhood exceeds full danger: one loss alarms.",
        high=10,
    )  # fmt: skip
    years: Value = parameter(
        1.0, "In which support is given or withdrawn.", unit="years", low=0.05, high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move support for each neighbour's rulers."""
        there = regime.neighbours
        lost = mean_over(inroads(regime), jnp.ones_like(there.size))
        danger = gathered(regime.foreign.enlargement, jnp.minimum(self.contagion * lost, 1.0))
        kin = autocracy(regime) * there.autocracy
        target = kin * (self.quiet + (1 - self.quiet) * danger)
        support = there.support + approach(tick.step, self.years) * (target - there.support)
        return change(regime, neighbours=change(there, support=support))


class SoftPower(
    Mechanism,
    id=154,
    stage=Stage.FOREIGN,
    rules=("NB-5", "NB-7"),
    builds_on="",
):
    r"""Attraction (`foreign.attraction`): what culture gives and being opposed as a bully takes.

    It relaxes towards $(c + n \, ideology)(1 - b \, \bar B)$, cut to 1: language, culture and
    church are worth much and not enough; norms are worth as much as there is a programme that can
    be named (NB-7); and where neighbours balance ($\bar B$ is their mean), words fall on deaf ears.
    Assertion raises balancing, balancing lowers attraction, and want of attraction invites
    assertion: the trap (NB-5).
    """

    culture: Value = parameter(
        0.6, "Attraction of language, culture and church alone.", unit="share", high=1
    )
    norms: Value = parameter(
        0.4, "Attraction that a full programme of one's own would add (NB-7).", high=1
    )
    deafness: Value = parameter(
        0.8, "Share of attraction lost where all neighbours balance.", unit="share", high=1
    )
    years: Value = parameter(
        3.0, "In which a reputation is made or lost.", unit="years", low=0.1, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move attraction."""
        abroad, there = regime.foreign, regime.neighbours
        opposed = mean_over(there.balancing, jnp.ones_like(there.balancing))
        given = jnp.minimum(self.culture + self.norms * regime.institutions.ideology, 1.0)
        target = given * (1 - self.deafness * opposed)
        now = abroad.attraction
        moved = now + approach(tick.step, self.years) * (target - now)
        return change(regime, foreign=change(abroad, attraction=moved))
