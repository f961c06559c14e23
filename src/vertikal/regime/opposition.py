"""Opposition, exiles and openings: little weight, and no door but the technocrats'.

Rules: OP-1 to OP-6, EL-9, EL-12, EL-16, EL-17, PN-14. That exiles' hostility keeps insiders from
leaving (OP-2) is worked out in `defection`; here is what moves it.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, pick
from vertikal.regime.elite import formal_influence, leader_mix, seat_weight
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Pole, Regime, Setting, change

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""


class Exiles(
    Mechanism,
    id=170,
    stage=Stage.OPINION,
    rules=("OP-1", "OP-2", "OP-3", "EL-17"),
    subsystem="opposition",
):
    r"""Those abroad lose touch, talking among themselves; ideas without a base weigh little.

    Exiles' *realism* relaxes towards $\rho_0 + (1 - \rho_0) o$ with $o$ the opening: only where
    they can come home does discussion meet facts (OP-1). Their *hostility* to those who leave late
    relaxes towards $h_0 + h_1 (1 - realism)$, as purity grows where nothing can be tried (OP-2).

    *Seriousness* of the opposition as a whole relaxes, over years, towards
    $(1-e) s_0 + e \cdot realism + o (1 - s)$: what can be done at home makes serious (OP-3), and
    what exiles discuss has a weight $e$ of next to nothing, however many they are, so that no more
    of it reaches events (OP-1). Political *weight* follows at once what there is to carry it,
    $W = \lambda \, (b + o)$, cut to 1, with $b$ the share of people who hold liberal ideas (EL-17):
    about nil while both are.
    """

    aloof: Value = parameter(
        0.1, "Realism towards which exiles' discussion drifts while nothing can be tried (OP-1).",
        unit="share", high=1,
    )  # fmt: skip
    drift_years: Value = parameter(
        6.0, "In which exiles lose touch; correspondence of emigrations thins out over about as "
        "many years.", unit="years", low=0.5, high=50,
    )  # fmt: skip
    purity: Value = parameter(
        0.3, "Hostility of realistic exiles to late leavers (OP-2).", unit="share", high=1
    )
    bitterness: Value = parameter(
        0.6, "Hostility that complete loss of touch adds (OP-2).", unit="share", high=1
    )
    hostility_years: Value = parameter(
        2.0, "In which that hostility follows.", unit="years", low=0.1, high=20
    )
    domestic: Value = parameter(
        0.4, "Seriousness of an opposition at home that may not act.", unit="share", high=1
    )
    exile_part: Value = parameter(
        0.03, "Weight of exiles' discussion in how serious the opposition is (OP-1: about nil).",
        unit="share", high=0.1,
    )  # fmt: skip
    serious_years: Value = parameter(
        4.0, "In which an opposition becomes serious or ceases to be.", unit="years", low=0.2,
        high=40,
    )  # fmt: skip
    carrying: Value = parameter(
        0.5, "Political weight were all people liberals or the system wholly open.",
        unit="share", high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move what exiles and opposition are like."""
        own = regime.opposition
        free = own.opening
        touch = self.aloof + (1 - self.aloof) * free
        realism = own.realism + approach(tick.step, self.drift_years) * (touch - own.realism)
        cold = jnp.minimum(self.purity + self.bitterness * (1 - own.realism), 1.0)
        pull = approach(tick.step, self.hostility_years)
        serious = (1 - self.exile_part) * self.domestic + self.exile_part * own.realism
        serious = serious + free * (1 - serious)
        turn = approach(tick.step, self.serious_years)
        return change(
            regime,
            opposition=change(
                own,
                realism=realism,
                hostility=own.hostility + pull * (cold - own.hostility),
                seriousness=own.seriousness + turn * (serious - own.seriousness),
                weight=self.carrying * jnp.clip(regime.public.liberal_base + free, 0.0, 1.0),
            ),
        )


class Opening(
    Mechanism,
    id=171,
    stage=Stage.SLOW,
    rules=("OP-3", "OP-4", "OP-5", "OP-6", "EL-9", "EL-12", "EL-16", "PN-14"),
    subsystem="opposition",
):
    r"""A window opens only through technocrats, who fear whom it lets in.

    $T$ is technocrats' influence over decisions, through bodies that have power and the leader's
    own mind; $K$ the competence behind it. *Esteem* of the cabinet among opposition-minded experts
    is the technocrats' share of formal influence times $K$, whatever their politics (OP-5).
    Technocrats' *receptivity* relaxes towards $s (\alpha + (1-\alpha) \, esteem)$: the opposition's
    own seriousness $s$ is a gate (OP-3, EL-16), and respect is returned.

    The *opening* relaxes towards $T \, q \, (1 - f)(1 + \beta W) (1 - force)$, cut to 1:
    receptivity $q$ is nothing without influence (OP-6); support by an opposition of weight $W$
    adds next to nothing while it has none (OP-4). Fear of populism, $f = populism \, (1 - c)$, with
    counterweights $c = 1 - (1 - W)(1 - capital)$, keeps technocrats from democracy (EL-12); it does
    not touch *local* self-government, which relaxes towards $T q$.

    What it opens to is law and some democracy (OP-6): of what law lacks, and of the sham in
    elections, the part $\rho\, o$ a year goes. Those who make them go on pulling the other way
    (`BodyInfluence`, `Facade`). An opening also lets people protest (`unrest`) and gives rival
    clans something to win in public (`Attack`). Esteem, local
    self-government and reconciliation are told and nothing in the model follows from them.

    *Populism* gains on an opening and on discontent unless counterweights hold it, and fades by
    itself: $\dot p = \gamma \, (o + o \, d) (1 - c)(1 - p) - \delta p$ (PN-14), stepped exactly.

    *Reconciliation*, the push for better relations with the West, relaxes towards
    $T (1 - agenda)$ as far as the West is ready (EL-9).
    """

    routine: Value = parameter(
        0.4, "Weight of the apparatus left to itself against influence, as in `body_influence`.",
        low=0.01, high=10,
    )  # fmt: skip
    in_person: Value = parameter(
        0.8, "Weight of a leader in full control, as in `body_influence`.", high=10
    )
    openness: Value = parameter(
        0.4, "Share of receptivity that needs no mutual esteem.", unit="share", high=1
    )
    receptive_years: Value = parameter(
        2.0, "In which technocrats come to take an opposition seriously.", unit="years", low=0.1,
        high=20,
    )  # fmt: skip
    support: Value = parameter(
        1.0, "By how much an opposition of full weight would widen an opening (OP-4).", high=10
    )
    opening_years: Value = parameter(
        1.5, "In which a system opens; from the first steps to competitive elections the Soviet "
        "opening took some two to three years.", unit="years", low=0.1, high=20,
    )  # fmt: skip
    reform: Value = parameter(
        0.2, "Part of lawlessness and of sham in elections that goes in a year of full opening "
        "(OP-6).", unit="per year", high=5,
    )  # fmt: skip
    closing_years: Value = parameter(1.0, "In which it closes.", unit="years", low=0.05, high=20)
    populist_gain: Value = parameter(
        0.5, "Growth of populism in full opening without counterweights (PN-14).",
        unit="per year", high=10,
    )  # fmt: skip
    populist_fading: Value = parameter(
        0.1, "Rate at which populism fades.", unit="per year", high=5
    )
    outlook_years: Value = parameter(
        2.0, "In which a push for reconciliation takes shape.", unit="years", low=0.1, high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move technocrats' mind, the opening, and who profits by it."""
        own, step = regime.opposition, tick.step
        share, able, decides = keep(self._technocrats(regime, tick.setting))
        esteem = share * able
        heard = own.seriousness * (self.openness + (1 - self.openness) * esteem)
        receptivity = own.receptivity + approach(step, self.receptive_years) * (
            heard - own.receptivity
        )
        capital = regime.institutions.capital
        counter = keep(1 - (1 - own.weight) * (1 - capital))
        fear = own.populism * (1 - counter)
        wish = decides * own.receptivity
        window = wish * (1 - fear) * (1 + self.support * own.weight) * (1 - regime.policy.force)
        window = jnp.clip(window, 0.0, 1.0)
        pace = jnp.where(
            window > own.opening,
            approach(step, self.opening_years),
            approach(step, self.closing_years),
        )
        rise = self.populist_gain * own.opening * (1 + regime.public.discontent) * (1 - counter)
        both = rise + self.populist_fading
        level = rise / jnp.maximum(both, _ENOUGH)
        populism = own.populism - jnp.expm1(-both * step) * (level - own.populism)
        done = keep(-jnp.expm1(-self.reform * own.opening * step))
        policy, forms = regime.policy, regime.institutions
        push = decides * (1 - regime.policy.agenda) * regime.foreign.west_opening
        return change(
            regime,
            policy=change(policy, legal_order=policy.legal_order + done * (1 - policy.legal_order)),
            institutions=change(forms, sham=forms.sham * (1 - done)),
            opposition=change(
                own,
                esteem=esteem,
                receptivity=receptivity,
                opening=own.opening + pace * (window - own.opening),
                local=own.local + approach(step, self.opening_years) * (wish - own.local),
                populism=populism,
                reconciliation=own.reconciliation
                + approach(step, self.outlook_years) * (push - own.reconciliation),
            ),
        )

    def _technocrats(
        self, regime: Regime, setting: Setting
    ) -> tuple[Float[Array, " runs"], Float[Array, " runs"], Float[Array, " runs"]]:
        """Share of formal influence, competence behind it, and chance to carry a decision."""
        lead = regime.leadership
        formal = formal_influence(regime, setting)
        seats = seat_weight(regime, setting)
        able = pick(
            regime.elite.mix[Pole.TECHNOCRAT] * regime.elite.competence, regime.nomenklatura.holder
        )
        able = (seats * able).sum(0) / jnp.maximum(formal[Pole.TECHNOCRAT], _ENOUGH)
        share = formal[Pole.TECHNOCRAT] / jnp.maximum(formal.sum(0), _ENOUGH)
        mind = self.in_person * lead.control * lead.personal_power * leader_mix(regime)
        power = formal + mind
        decides = power[Pole.TECHNOCRAT] / (power.sum(0) + self.routine)
        return jnp.clip(share, 0.0, 1.0), jnp.clip(able, 0.0, 1.0), decides
