"""Real institutions: law with two zones, capital that grows slowly, the vertical, and decay.

`LegalDualism`: white and grey zones of law. `PathDependence`: declared and real institutions,
disorder, and the centralisation that answers it. `Decay`: vested interests that hold a regime up
for a time and hollow it out.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import either, keep, towards
from vertikal.regime.institutions import technocratic_share
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Regime, change

_ENOUGH = 1e-6
"""Guard of divisions by a rate that may be nil."""


def _balanced(
    now: Float[Array, " runs"], up: Array, down: Array, years: Array
) -> Float[Array, " runs"]:
    """A share that gains `up` of what it lacks and loses `down` of what it has, rates per year."""
    both = up + down
    settled = up / jnp.maximum(both, _ENOUGH)
    return now - jnp.expm1(-both * years) * (settled - now)


class LegalDualism(
    Mechanism,
    id=132,
    stage=Stage.SLOW,
    rules=("IN-5", "IN-14", "CO-7"),
    builds_on="after Fraenkel (1941), The Dual State",
    subsystem="institutions",
):
    r"""White and grey zones of law: rules for most days, and a case for anybody when it is wanted.

    - Oversight over the state machine is drawn to $o_0 + o_1 K (1 - V) + o_2 M$: institutions $K$
      that the vertical $V$ has not made its own, and free media $M$.
    - Law is applied selectively as far as there is no oversight and no restraint (IN-5).
    - The share of conduct that could be prosecuted at will, $g$, is drawn to
      $[1 - (1 - a\,selective)(1 - b (1 - order))](1 - c\, t\, (1 - u))$: it needs officials who
      choose and a broken legal order. Law matters to technocrats, share $t$ in power, until
      urgency $u$, a war, a shock or the use of force, makes them pass it by (IN-14).

    Grey law is a field of `coercion`, from where it makes everyone vulnerable (CO-7).
    """

    base_oversight: Value = parameter(0.05, "Oversight without institutions or media.", high=1)
    from_institutions: Value = parameter(
        0.7, "Oversight that full institutions outside of the vertical add.", high=1
    )
    from_media: Value = parameter(0.2, "Oversight that free media add.", high=1)
    oversight_years: Value = parameter(
        5.0, "In which oversight is built or undone.", unit="years", low=0.2, high=50
    )
    restrained: Value = parameter(
        0.3, "Share of selective justice that full restraint prevents (IN-3).", unit="share", high=1
    )
    justice_years: Value = parameter(
        2.0, "In which practice in the courts follows.", unit="years", low=0.1, high=20
    )
    from_selection: Value = parameter(
        0.5, "Grey law where justice is wholly selective.", unit="share", high=1
    )
    from_disorder: Value = parameter(
        0.6, "Grey law where nothing is left of the legal order.", unit="share", high=1
    )
    principle: Value = parameter(
        0.4, "Share of it that technocrats alone in power and without urgency do away with "
        "(IN-14).", unit="share", high=1,
    )  # fmt: skip
    law_years: Value = parameter(
        4.0, "In which the grey zone widens or narrows.", unit="years", low=0.2, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move oversight, selective justice and the grey zone."""
        now, policy = regime.institutions, regime.policy
        oversight = (
            self.base_oversight
            + self.from_institutions * now.capital * (1 - now.vertical)
            + self.from_media * regime.public.media_freedom
        )
        selective = (1 - now.oversight) * (1 - self.restrained * now.restraint)
        war = jnp.maximum(regime.military_industry.war, regime.war.intensity)
        urgency = either(war, regime.leadership.shock, policy.force)
        principle = self.principle * technocratic_share(regime) * (1 - urgency)
        grey = either(
            self.from_selection * now.selective_justice,
            self.from_disorder * (1 - policy.legal_order),
        ) * (1 - principle)
        law = regime.coercion
        return change(
            regime,
            institutions=change(
                now,
                oversight=towards(now.oversight, oversight, tick.step, self.oversight_years),
                selective_justice=towards(
                    now.selective_justice, selective, tick.step, self.justice_years
                ),
            ),
            coercion=change(law, grey_law=towards(law.grey_law, grey, tick.step, self.law_years)),
        )


class PathDependence(
    Mechanism,
    id=133,
    stage=Stage.SLOW,
    rules=("IN-7", "IN-8", "IN-10", "IN-13", "NK-6"),
    builds_on="after North (1990), Institutions, Institutional Change and Economic Performance",
    subsystem="institutions",
):
    r"""Institutions are declared in a year and grow in decades; disorder calls for a strong hand.

    - What is officially declared follows forms and the wish for recognition within two years.
    - Institutional capital $K$ gains $u$ of what it lacks and loses $d$ of what it has a year,
      $u = \frac{e (1 + h\, help)(k_0 + K + c\, self\ government)}{\tau}$ and
      $d = \frac{a\, disorder + b\, V}{\tau_d}$. Effort $e$ is what is declared as far as law binds
      and vested interests do not stand in the way. Institutions breed institutions, so that those
      who have few gain few, whatever the will and with help short of the need (IN-7).
    - Disorder is drawn to what neither institutions nor the vertical hold down, to protest, and to
      the fall of output; interests vested in the order calm it (IN-9).
    - Demand for order follows disorder within years and outlives it by many (IN-8).
    - The vertical of power is drawn to $v_0 + v_1 Q\, d_o (1 - m K)(1 - r\,restraint)$: demand for
      order $d_o$ where the state has the means $Q$, grip and rent, and no institutions that could
      give order otherwise. It is built in years and given up in decades: habit (IN-8).
    - Mobility falls where estates are vested in their places and no law opens them (IN-10, NK-6).
    """

    declared_forms: Value = parameter(
        0.7, "Institutions declared where forms are complete.", unit="share", high=1
    )
    declared_wish: Value = parameter(
        0.4, "Institutions declared where recognition is all that is wished for.", unit="share",
        high=1,
    )  # fmt: skip
    declared_years: Value = parameter(
        2.0, "In which institutions are declared.", unit="years", low=0.1, high=20
    )
    seed: Value = parameter(
        0.1, "Institutions that can grow where there are none.", unit="share", high=1
    )
    schooling: Value = parameter(
        0.3, "What full self-government adds to that (IN-13).", unit="share", high=1
    )
    help_weight: Value = parameter(
        1.0, "By how much help to the full extent of need quickens growth (IN-7, WE-4).", high=10
    )
    growth_years: Value = parameter(
        15.0,
        "In which full effort on grown institutions closes the gap: a generation, not a term.",
        unit="years",
        low=1,
        high=100,
    )
    eaten_by_disorder: Value = parameter(
        0.6, "Weight of full disorder in the loss of institutions.", high=5
    )
    eaten_by_vertical: Value = parameter(
        0.6, "Weight of a full vertical in the loss of institutions.", high=5
    )
    loss_years: Value = parameter(
        15.0, "In which the two would wear institutions down.", unit="years", low=1, high=100
    )
    lawless: Value = parameter(
        0.8, "Disorder where neither institutions nor a vertical hold it down.", high=1
    )
    from_protest: Value = parameter(0.5, "Disorder from protest by all people.", high=2)
    from_slump: Value = parameter(
        2.0, "Disorder from each unit by which output falls a year.", high=20
    )
    settled: Value = parameter(
        0.4, "Share of disorder that full vested interests prevent (IN-9).", unit="share", high=1
    )
    disorder_years: Value = parameter(
        2.0, "In which disorder comes and goes.", unit="years", low=0.1, high=20
    )
    demand_years: Value = parameter(
        3.0, "In which people who live in disorder come to ask for order.", unit="years",
        low=0.2, high=20,
    )  # fmt: skip
    memory_years: Value = parameter(15.0, "In which they forget.", unit="years", low=1, high=60)
    bare_vertical: Value = parameter(0.1, "Vertical of power that nobody asks for.", high=1)
    demanded: Value = parameter(
        1.2, "Vertical that full demand builds where means are full.", high=3
    )
    means_of_grip: Value = parameter(
        0.4, "Means to build it that the leader's grip gives without rent.", unit="share", high=1
    )
    half_rent: Value = parameter(
        0.1, "Rent, as a share of output, at which half of the other means are there.", low=0.005,
        high=1, unit="share",
    )  # fmt: skip
    instead: Value = parameter(
        0.7, "Share of the vertical that full institutions make needless.", unit="share", high=1
    )
    restrained: Value = parameter(
        0.3, "Share of it that full restraint forgoes (IN-3).", unit="share", high=1
    )
    build_years: Value = parameter(
        4.0, "In which a vertical is built.", unit="years", low=0.2, high=30
    )
    habit_years: Value = parameter(
        20.0, "In which the habit of centralisation fades (IN-8).", unit="years", low=1, high=100
    )
    open_mobility: Value = parameter(0.8, "Mobility without estates.", high=1)
    closed: Value = parameter(
        0.8, "Share of mobility lost where all places are vested and no law opens them.",
        unit="share", high=1,
    )  # fmt: skip
    mobility_years: Value = parameter(
        10.0, "In which careers show it.", unit="years", low=1, high=60
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move institutions on paper and in fact, disorder, the vertical and mobility."""
        now, step = regime.institutions, tick.step
        declared = either(
            self.declared_forms * now.facade, self.declared_wish * now.recognition_wish
        )
        up, down = self.growth(regime), self._loss(regime)
        asked = now.disorder
        demand_years = jnp.where(asked > now.order_demand, self.demand_years, self.memory_years)
        vertical = keep(self._vertical(regime))
        years = jnp.where(vertical > now.vertical, self.build_years, self.habit_years)
        estates = self.closed * now.vested * (1 - now.capital)
        return change(
            regime,
            institutions=change(
                now,
                declared=towards(now.declared, declared, step, self.declared_years),
                capital=_balanced(now.capital, up, down, step),
                disorder=towards(now.disorder, self._disorder(regime), step, self.disorder_years),
                order_demand=towards(now.order_demand, asked, step, demand_years),
                vertical=towards(now.vertical, vertical, step, years),
                mobility=towards(
                    now.mobility, self.open_mobility * (1 - estates), step, self.mobility_years
                ),
            ),
        )

    def growth(self, regime: Regime) -> Float[Array, " runs"]:
        """Rate a year at which institutional capital gains what it lacks."""
        now = regime.institutions
        effort = now.declared * regime.policy.legal_order * (1 - now.vested)
        helped = 1 + self.help_weight * regime.foreign.help
        ground = self.seed + now.capital + self.schooling * now.self_government
        return effort * helped * ground / self.growth_years

    def _loss(self, regime: Regime) -> Float[Array, " runs"]:
        now = regime.institutions
        weight = self.eaten_by_disorder * now.disorder + self.eaten_by_vertical * now.vertical
        return weight / self.loss_years

    def _disorder(self, regime: Regime) -> Float[Array, " runs"]:
        now = regime.institutions
        slump = jnp.maximum(-regime.economy.growth, 0.0)
        causes = (
            self.lawless * (1 - now.capital) * (1 - now.vertical)
            + self.from_protest * regime.public.unrest
            + self.from_slump * slump
        )
        return causes * (1 - self.settled * now.vested)

    def _vertical(self, regime: Regime) -> Float[Array, " runs"]:
        """Where the vertical of power tends."""
        now, rent = regime.institutions, regime.economy.rent
        paid = rent / (rent + self.half_rent)
        grip = self.means_of_grip + (1 - self.means_of_grip) * paid
        asked = self.demanded * now.order_demand * regime.leadership.control * grip
        spared = (1 - self.instead * now.capital) * (1 - self.restrained * now.restraint)
        return self.bare_vertical + asked * spared


class Decay(
    Mechanism,
    id=134,
    stage=Stage.SLOW,
    rules=("IN-5", "IN-9", "IN-10"),
    builds_on="after Olson (1982), The Rise and Decline of Nations",
    subsystem="institutions",
):
    r"""Vested interests keep a regime stable for a time, and by its type it wears out.

    Interests become vested as officials choose whom the law strikes and as the state owns more,
    $[1 - (1 - a\,selective)(1 - b\,state)]$, over a decade (IN-5); they calm disorder at once (see
    `PathDependence`). Decline gains $\rho\, p\, v (1 - K)(1 - M)$ of what it lacks and loses
    $\sigma K$ of what it has a year: a rule that rests on persons, $p$, on vested interests $v$ and
    on closed careers, $1 - M$ (IN-10), without institutions $K$, is stable in the short run and
    cannot last (IN-9). Decline takes from legitimacy and adds to discontent.
    """

    from_selection: Value = parameter(
        0.5, "Interests vested where justice is wholly selective.", unit="share", high=1
    )
    from_state: Value = parameter(
        0.5, "Interests vested where the state supervises the whole economy.", unit="share", high=1
    )
    vested_years: Value = parameter(
        10.0, "In which interests become vested.", unit="years", low=1, high=60
    )
    wear: Value = parameter(
        0.1,
        "Rate of decline of a wholly personal rule with all interests vested and careers closed.",
        unit="per year",
        high=2,
    )
    renewal: Value = parameter(
        0.05, "Rate at which full institutions renew a regime.", unit="per year", high=2
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move vested interests and decline."""
        now = regime.institutions
        vested = either(
            self.from_selection * now.selective_justice,
            self.from_state * regime.economy.state_share,
        )
        personal = regime.leadership.personal_power * now.vested
        up = self.wear * personal * (1 - now.capital) * (1 - now.mobility)
        down = self.renewal * now.capital
        return change(
            regime,
            institutions=change(
                now,
                vested=towards(now.vested, vested, tick.step, self.vested_years),
                decline=_balanced(now.decline, up, down, tick.step),
            ),
        )
