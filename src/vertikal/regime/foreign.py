"""An authoritarian regime and the world around it: what its rulers see, hope for and gain by.

`Outlook`: what the rulers see abroad. `Prospect`: how much integration with the West is to be had,
and how that is learned and forgotten. `FusedInterests`: how far foreign moves serve private gain.
`Friction`: competition in the shared neighbourhood beside cooperation.

The line that foreign policy takes is decided in `foreign_bargain`; the West and China are in
`west`, the neighbours in `neighbours`.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, probability
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Regime, change
from vertikal.regime.subsystems import Stance
from vertikal.theory.alignment import agreement

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""


def autocracy(regime: Regime) -> Float[Array, " runs"]:
    """How autocratic the regime is, 0 to 1.

    One less the mean of three parts of a law-governed democracy: law that binds, institutions of
    society, and elections that are not a sham.
    """
    real = regime.institutions.facade * (1 - regime.institutions.sham)
    return 1 - (regime.policy.legal_order + regime.institutions.capital + real) / 3


def mean_over(
    values: Float[Array, "rows runs"], weight: Float[Array, "rows runs"]
) -> Float[Array, " runs"]:
    """Mean of `values` by `weight`; nil where there are no rows."""
    return (values * weight).sum(0) / (weight.sum(0) + _ENOUGH)


def inroads(regime: Regime) -> Float[Array, "neighbours runs"]:
    """How far each neighbour looks like a Western attempt on regimes of one's own kind (NB-10).

    Autocracy at home, times the neighbour's democracy, times its option in the West.
    """
    there = regime.neighbours
    return autocracy(regime) * (1 - there.autocracy) * there.western_option


class Outlook(
    Mechanism,
    id=140,
    stage=Stage.PERCEPTION,
    rules=("FP-6", "FP-9", "FP-11", "FP-12", "NB-10", "WE-2", "WE-5", "WR-7"),
    builds_on="",
):
    r"""What the rulers see abroad: threat, mistrust, a world of poles, and their own stake in it.

    Threat and suspicion gather independent causes: each relaxes towards $1 - \prod (1 - x_k)$.

    - Threat $T$: enlargement of the West at one's borders times autocracy at home, so that the
      prickliness has its root in not being a law-governed state (WE-2, FP-9); democratic
      neighbours with an option in the West (NB-10); felt emptiness of a large land; tension,
      whatever has caused it, a war of clans at home included (WR-7); suspicion.
    - Suspicion $S$: the distance between an autocracy and the societies of the West, which are not
      of one's own kind (FP-11); assertion; and adaptation to backwardness, the gap to modernity
      times mobilisation in the long run or for a war, whichever is larger, which frightens without
      any intent to (FP-12).
    - Multipolarity $M^* = (1 - P)[m + (1-m)(1 - w)]$: the doctrine grows as the prospect $P$ of
      integration fades and as the West, of strength $w$, weakens (FP-6).
    - Attachment grows with rents earned in interdependence and is severed by sanctions (WE-5).
    """

    enlargement: Value = parameter(
        0.5, "Threat seen in full enlargement by a full autocracy (WE-2, FP-9).", high=1
    )
    inroads: Value = parameter(
        0.5, "Threat seen in neighbours that are all democratic and bound for the West.", high=1
    )
    emptiness: Value = parameter(0.2, "Threat seen in a wholly vulnerable land (EC-8).", high=1)
    tension: Value = parameter(0.4, "Threat seen in the highest tension (WR-7).", high=1)
    mistrust: Value = parameter(0.3, "Threat seen by full suspicion (FP-11).", high=1)
    difference: Value = parameter(
        0.5, "Suspicion between a full autocracy and the West, whatever either does.", high=1
    )
    conduct: Value = parameter(0.4, "Suspicion that full assertion adds.", high=1)
    adaptation: Value = parameter(
        0.3, "Suspicion that full mobilisation of a wholly backward state adds (FP-12).", high=1
    )
    poles: Value = parameter(
        0.4, "Weight of the doctrine of poles facing a strong West, where no prospect is left.",
        unit="share", high=1,
    )  # fmt: skip
    years: Value = parameter(
        2.0, "In which views of the world follow it.", unit="years", low=0.1, high=20
    )
    growing: Value = parameter(
        0.5,
        "Rate at which rents that are the whole of output, in full interdependence, would become "
        "homes and accounts abroad.",
        unit="per year",
        high=10,
    )
    severing: Value = parameter(
        0.2, "Rate at which the heaviest sanctions cut such ties.", unit="per year", high=5
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let views and stakes abroad follow what there is."""
        abroad, economy = regime.foreign, regime.economy
        kind = keep(autocracy(regime))
        bound_west = mean_over(inroads(regime), jnp.ones_like(regime.neighbours.size))
        threat = gathered(
            self.enlargement * abroad.enlargement * kind,
            self.inroads * bound_west,
            self.emptiness * economy.vulnerability,
            self.tension * regime.military_industry.tension,
            self.mistrust * abroad.suspicion,
        )
        mobilised = jnp.maximum(regime.long_run.mobilisation, regime.war.mobilisation)
        suspicion = gathered(
            self.difference * kind,
            self.conduct * abroad.assertion,
            self.adaptation * (1 - economy.modernisation) * mobilised,
        )
        weak = self.poles + (1 - self.poles) * (1 - abroad.west_strength)
        doctrine = (1 - abroad.prospect) * weak
        pull = approach(tick.step, self.years)
        earned = self.growing * economy.rent * abroad.interdependence
        held = abroad.attachment + probability(earned, tick.step) * (1 - abroad.attachment)
        held = held * (1 - probability(self.severing * abroad.sanctions, tick.step))
        return change(
            regime,
            foreign=change(
                abroad,
                threat=abroad.threat + pull * (threat - abroad.threat),
                suspicion=abroad.suspicion + pull * (suspicion - abroad.suspicion),
                multipolarity=abroad.multipolarity + pull * (doctrine - abroad.multipolarity),
                attachment=held,
            ),
        )


def gathered(*causes: Any) -> Any:
    r"""Independent causes together, $1 - \prod (1 - x_k)$."""
    rest = 1.0
    for cause in causes:
        rest = rest * (1 - cause)
    return 1 - rest


class Prospect(
    Mechanism,
    id=141,
    stage=Stage.FOREIGN,
    rules=("FP-1", "FP-2", "FP-5", "IN-4", "WE-4"),
    builds_on="after Putnam (1988), Diplomacy and Domestic Politics: The Logic of Two-Level Games",
):
    r"""How much integration with the West there is to be had, and what the rulers believe of it.

    Both sides must ratify. The rulers accept no more depth than their regime survives,
    $D_H = 1 - \pi A$ with autocracy $A$ (FP-1). The West accepts what is like itself and what it
    has recognised as a democracy, $D_W = [\rho R + (1-\rho)(1 - A)](1 - \kappa O)$, less for a
    partner who claims terms of his own, $O = 1 - (1 - G)(1 - \sigma F I)$ (FP-5, IN-4): equality
    with the great powers, by the agenda of greatness $G$, and the Soviet place in Eurasia, by
    attention to the neighbourhood $F$ as the main line of a state that proclaims its independence
    $I$; as a means of joining the West, attention claims nothing (NB-8). That institutions are left
    out where modernity is adopted selectively tells in $1 - A$. With nothing as the status quo the
    deepest agreement $D$ is the top of the intersection of the two win-sets (FP-2).

    It is learned by trying: under the line of integration the believed prospect relaxes towards
    $D$ within a few years. Otherwise hope returns, more slowly, towards
    $h = (\text{opening} + R + \text{attachment})/3 - \delta\,\text{need}\,(1 - \text{help})$, but
    no lower than $D$, with help as a share of need: help that falls short of what so large a change
    needs leaves a country to itself (WE-4).
    """

    preservation: Value = parameter(
        0.9,
        "Share of full integration that a full autocracy could not survive (FP-1).",
        unit="share",
        high=1,
    )
    certificate: Value = parameter(
        0.5,
        "Weight of recognition, beside the regime itself, in what the West offers.",
        unit="share",
        high=1,
    )
    claims: Value = parameter(
        0.5, "Share of the offer lost by insisting on greatness and one's own terms.",
        unit="share", high=1,
    )  # fmt: skip
    sphere: Value = parameter(
        0.5,
        "How much of one's own terms the claim to the Soviet place in Eurasia makes by itself, "
        "where an independent state attends to the neighbourhood above all (FP-5).",
        unit="share",
        high=1,
    )
    learning_years: Value = parameter(
        2.0, "In which trying teaches what is to be had.", unit="years", low=0.1, high=20
    )
    hoping_years: Value = parameter(
        5.0, "In which hope returns when nothing is tried.", unit="years", low=0.1, high=50
    )
    disappointment: Value = parameter(
        0.3, "Hope lost where there is full need and no help (WE-4).", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Learn or forget what the West and the regime have for each other."""
        abroad = regime.foreign
        depth = keep(self.depth(regime))
        short = (1 - regime.economy.modernisation) * (1 - abroad.help)
        hope = (abroad.west_opening + abroad.recognition + abroad.attachment) / 3
        hope = jnp.maximum(hope - self.disappointment * short, depth)
        trying = abroad.stance == Stance.INTEGRATION
        target = jnp.where(trying, depth, hope)
        pace = jnp.where(
            trying, approach(tick.step, self.learning_years), approach(tick.step, self.hoping_years)
        )
        believed = abroad.prospect + pace * (target - abroad.prospect)
        return change(regime, foreign=change(abroad, prospect=believed))

    def depth(self, regime: Regime) -> Float[Array, " runs"]:
        """The deepest integration that both sides would ratify, 0 to 1."""
        kind = autocracy(regime)
        home = 1 - self.preservation * kind
        abroad = regime.foreign
        offer = self.certificate * abroad.recognition + (1 - self.certificate) * (1 - kind)
        place = self.sphere * abroad.focus * abroad.independence
        west = offer * (1 - self.claims * gathered(regime.policy.agenda, place))
        return agreement(jnp.stack([home, west]) / 2, 0.0, axis=0).high


class FusedInterests(
    Mechanism,
    id=143,
    stage=Stage.FOREIGN,
    rules=("FP-8", "EC-13", "EC-14"),
    builds_on="",
):
    r"""Where power and property are one, foreign moves are made for private gain as well.

    The share of such moves relaxes towards $g^* = (1 - o)[1 - (1 - c \, k)(1 - f \, s \, d)]$:
    rents concentrated in the ruling elite ($k$), and a state-run economy ($s$) whose managers and
    the bureaucracy depend on one another ($d$), so that profit and state interest cannot be told
    apart (EC-13, FP-8). A state with oversight $o$ over its machine can act against the business
    of its own managers (EC-14).
    """

    concentration: Value = parameter(
        0.4, "Share of moves for gain where the elite takes all rents.", unit="share", high=1
    )
    fusion: Value = parameter(
        0.5, "Share of moves for gain where all firms are the state's and its managers tied to it.",
        unit="share", high=1,
    )  # fmt: skip
    years: Value = parameter(
        3.0, "In which interests entrench themselves.", unit="years", low=0.1, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the share of foreign moves made for private gain."""
        abroad, economy = regime.foreign, regime.economy
        fused = gathered(
            self.concentration * economy.concentration,
            self.fusion * economy.state_share * economy.dependence,
        )
        target = fused * (1 - regime.institutions.oversight)
        gain = abroad.private_gain + approach(tick.step, self.years) * (
            target - abroad.private_gain
        )
        return change(regime, foreign=change(abroad, private_gain=gain))


class Friction(
    Mechanism,
    id=144,
    stage=Stage.FOREIGN,
    rules=("FP-13",),
    builds_on="",
):
    r"""Competition with the West in the shared neighbourhood, beside all cooperation.

    Assertion where the West also has a stake raises tension (`military_industry.tension`) at the
    rate $\phi \, assertion \, v (1 - \iota I)$, with $v$ the larger of the prospect of enlargement
    and a floor. Interdependence $I$ softens the competition and does not end it (FP-13).
    """

    rate: Value = parameter(
        0.3, "Rate at which full assertion against a West at one's borders fills the scale.",
        unit="per year", high=10,
    )  # fmt: skip
    elsewhere: Value = parameter(
        0.3, "Stake of the West where no enlargement is in prospect.", unit="share", high=1
    )
    softening: Value = parameter(
        0.4, "Share of friction that full interdependence takes away.", unit="share", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let assertion heat the climate."""
        abroad, arms = regime.foreign, regime.military_industry
        stake = jnp.maximum(abroad.enlargement, self.elsewhere)
        rate = self.rate * abroad.assertion * stake
        rate = rate * (1 - self.softening * abroad.interdependence)
        heated = arms.tension + probability(rate, tick.step) * (1 - arms.tension)
        return change(regime, military_industry=change(arms, tension=heated))
