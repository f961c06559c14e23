"""Cases made an example of: whom a campaign from the top reaches, and in what order.

`ShowcaseCases`: who is struck. `Arrests`: who of them sat in an office, and who had left it.
Rules: CO-6, CO-4, LD-4, LD-5.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from vertikal.regime.batch import NOBODY, keep, pick, probability, rows, sum_by
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter, strike
from vertikal.regime.power import vulnerability
from vertikal.regime.priors import triangular
from vertikal.regime.regime import Regime, Setting, Status, change, is_active

_GRADES = 1000
"""Steps in which grades of offices are told apart."""


def highest_office(regime: Regime, setting: Setting) -> Int[Array, "persons runs"]:
    """The highest ordinary office of each person, the later of equals; `NOBODY` if none is held."""
    holder, (persons, runs) = regime.nomenklatura.holder, regime.elite.power.shape
    offices = holder.shape[0]
    held = regime.nomenklatura.active & (holder >= 0) & ~setting.office_is_exile
    rank = jnp.round(setting.office_grade * _GRADES).astype(jnp.int32) * offices + rows(offices)
    at = jnp.where(held, holder * runs + jnp.arange(runs, dtype=jnp.int32), persons * runs)
    best = jnp.full(persons * runs + 1, NOBODY, jnp.int32)
    best = best.at[at.reshape(-1)].max(
        jnp.where(held, rank, NOBODY).reshape(-1),
        mode="promise_in_bounds",
        wrap_negative_indices=False,
    )
    best = best[:-1].reshape(persons, runs)
    return keep(jnp.where(best >= 0, best % offices, NOBODY))


class ShowcaseCases(
    Mechanism,
    id=53,
    stage=Stage.RESOLUTION,
    rules=("CO-6", "CO-4", "LD-4", "LD-5"),
    clocks=("week", "month", "quarter"),
):
    r"""A demand for examples is met from below: the higher a victim stands, the dearer he is.

    A wave of cases $w$ (LD-5) strikes each active person at the rate

    $$ h_i = \rho \, w \, x_i \, (1 - \iota n_i) \, e^{(b w - c) s_i - \kappa \min(cover, 1)} $$

    with exposure $x_i$, to which what is known of how power was taken adds where cover is short
    (LD-4), indispensability $n_i$ (CO-4), standing $s_i$ the grade of the highest
    office held, nothing for those who hold none any more, and the cover of his clan. A case costs
    the more the higher the victim stands, $c s_i$, for he can hit back and his fall alarms his
    like; as an example he is worth the more, $b w s_i$, the more examples are asked for. Up to the
    demand $w^* = c / b$ those who have left office and deputies are struck before sitting heads
    (CO-6); beyond it, which there need not be, the heads come first.

    The form is ours. That who can do harm by falling is spared is what Buckley, Reuter, Rochlitz
    and Aisin (2022), "Staying Out of Trouble", find of Russian mayors: of those of the 221 largest
    cities a tenth were arrested from 2002 to 2018, the popular less often.
    """

    rate: Value = parameter(
        1.0,
        "Cases in a full wave against a fully exposed person without office or cover; with the "
        "other defaults and a wave of one half about 3% a year for a head of middling exposure and "
        "cover, a third of which end in prison. A judgement of the order of magnitude, with the "
        "arrests of mayors in mind.",
        unit="per year", high=20,
    )  # fmt: skip
    cost: Value = parameter(
        4.0, "What full standing takes off the log rate: a case against the highest costs most.",
        high=20, prior=triangular(1.0, 4.0, 8.0),
    )  # fmt: skip
    example: Value = parameter(
        2.0, "What full standing adds to it in a full wave, as the better example.",
        high=20, prior=triangular(0.0, 2.0, 6.0),
    )  # fmt: skip
    cover: Value = parameter(1.0, "What full cover takes off the log rate.", high=10)
    shield: Value = parameter(
        0.6, "Share of the risk that full indispensability takes away (CO-4).",
        unit="share", high=1,
    )  # fmt: skip
    stake: Value = parameter(
        0.8, "What is at stake in making an example: how hard it is struck.",
        low=0.01, high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Remember who holds which office, and strike those whom the demand reaches."""
        elite, setting = regime.elite, tick.setting
        persons, runs = elite.power.shape
        held = highest_office(regime, setting)
        grades = jnp.broadcast_to(setting.office_grade, (setting.office_grade.shape[0], runs))
        standing = jnp.where(held >= 0, pick(grades, held), 0.0)
        hazard = self.hazard(regime, standing)
        here = is_active(regime) & (rows(persons) != regime.leadership.leader)
        struck = keep(tick.happens(probability(hazard, tick.step)) & here)
        last = jnp.where(held >= 0, held, regime.campaign.last_office)
        return change(
            regime,
            elite=change(
                elite,
                condemned=jnp.where(
                    struck, jnp.maximum(elite.condemned, self.stake), elite.condemned
                ),
                fallen_by=strike(regime, struck, self.id),
            ),
            campaign=change(regime.campaign, last_office=last),
        )

    def hazard(
        self, regime: Regime, standing: Float[Array, "persons runs"]
    ) -> Float[Array, "persons runs"]:
        """Cases a year against each person.

        Args:
            regime: The present state.
            standing: Grade of each person's highest office, 0 for those without.
        """
        elite, wave = regime.elite, regime.coercion.wave
        cover = pick(jnp.minimum(regime.clans.cover, 1.0), elite.clan)
        drive = (self.example * wave - self.cost) * standing - self.cover * cover
        open_to = vulnerability(elite.exposure, elite.knowledge, cover)
        open_to = open_to * (1 - self.shield * elite.indispensability)
        return self.rate * wave * open_to * jnp.exp(drive)


class Arrests(
    Mechanism,
    id=54,
    stage=Stage.SLOW,
    rules=("CO-6",),
    clocks=("week", "month", "quarter"),
):
    """Counts arrests by the office that the arrested held, or had held last.

    An arrest is a sanction that ends in prison or death, whatever brought it on. Whoever is out of
    play leaves no trace for the one who takes his place in the ranks.
    """

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Add the arrests of this tick; the arrested still hold their offices."""
        elite, campaign, holder = regime.elite, regime.campaign, regime.nomenklatura.holder
        out = (elite.status == Status.IMPRISONED) | (elite.status == Status.DEAD)
        arrested = keep((elite.condemned > 0) & out)
        last = campaign.last_office
        sat = (holder >= 0) & regime.nomenklatura.active & pick(arrested, holder)
        sits = pick(holder, last) == rows(last.shape[0])
        left = (arrested & (last >= 0) & ~sits).astype(jnp.float32)
        return change(
            regime,
            campaign=change(
                campaign,
                last_office=jnp.where(is_active(regime), last, NOBODY),
                arrested=campaign.arrested + sat,
                arrested_after=campaign.arrested_after + sum_by(left, last, holder.shape[0]),
            ),
        )
