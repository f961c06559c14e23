"""Who owns what, and whether the country grows: property, investment, growth, people and land.

`Property`: rights are conditional, the unprotected are robbed, and what is taken or left behind is
handed out. `Growth`: insecure owners do not invest, and a state that lives off rents cannot use
what it spends on modernisation. `Demography`: a shrinking people in a large land feels vulnerable.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, either, keep, towards
from vertikal.regime.economy import DEVELOPMENT, ruling_mix, urgency
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.public import surprise
from vertikal.regime.regime import Pole, Regime, change
from vertikal.theory.catchup import catch_up_growth, nelson_phelps


class Property(
    Mechanism,
    id=105,
    stage=Stage.ECONOMY,
    rules=("EC-2", "EC-3", "EC-6", "EC-7", "EC-10", "EC-12", "CO-8", "CO-9", "EL-15", "IN-8"),
    builds_on="after Acemoglu and Robinson (2012), Why Nations Fail",
    subsystem="economy",
):
    r"""Property is conditional; what is seized or left behind is handed out.

    Predation $p = 1 - (1 - w_f F)(1 - w_c c)$ joins the use of force (CO-9) and the corruptionist
    share $c$ of those who rule. Security of property relaxes towards
    $s^* = s_0 + (1-s_0)\, L\, (1 - w_g\, grey)(1 - w_a A)(1-p)$ with legal order $L$ (CO-8, EC-7).

    Principles of market and law hold as long as nothing presses. What is private is then run by
    administrative means, by decrees on prices, supplies and capital, in the share $A$, which
    relaxes towards $a\, u\, [1 - T(1-u)]$ with the urgency $u$ of the hour (see `Money`) and the
    technocratic share $T$ of those who rule: need calls for decrees, and principle, which gives way
    to the same need, holds them back (EL-15). A decree overrides a title, and what is run by
    decrees is wasted like what the state supervises (see `Growth`).

    Two streams fill the pool: seizures $z\, p\,(1-s)(1-C)$ from the unprotected, since the property
    of the privileged, to whom the share $C$ of rents goes, is spared (EC-3, CO-9); and the
    worth of foreign firms that leave, so far as it is not realised abroad (EC-12). The pool is
    handed out within years, and what is handed out concentrates ownership:
    $C^* = c_0 + c_r r + c_p\, power + c_h\, handed - c_L L$ (EC-2).

    The state's share of the economy follows rent, the greatness agenda and the vertical of power,
    since centralising, once a habit, takes in the economy (IN-8), and is sold under stress (EC-10).
    Managers depend on the bureaucracy as far as they are its or could be robbed by it.
    Foreign firms come at the rate $e\, (1-f)\, s\, r_m (1 - D)(1 - sanctions)$: energy firms want
    Western partners, $r_m$ growing with rent, but keep up the regime on which they depend, $D$, and
    that blocks what they want (EC-6).
    """

    by_force: Value = parameter(
        0.5, "Predation where force against society is in full use (CO-9).", unit="share", high=1
    )
    by_greed: Value = parameter(
        0.8, "Predation under wholly corruptionist rulers.", unit="share", high=1
    )
    bare_security: Value = parameter(
        0.15, "Security of property where law does not bind.", unit="share", high=1
    )
    grey_law: Value = parameter(
        0.6,
        "Share of security lost where all conduct could be prosecuted (CO-8).",
        unit="share",
        high=1,
    )
    decrees: Value = parameter(
        0.5,
        "Share of private business run by administrative means at the greatest urgency (EL-15).",
        unit="share",
        high=1,
    )
    decree_years: Value = parameter(
        0.5,
        "In which administrative means are brought in or given up.",
        unit="years",
        low=0.02,
        high=10,
    )
    overridden: Value = parameter(
        0.4,
        "Share of security lost where all private business is run by administrative means.",
        unit="share",
        high=1,
    )
    security_years: Value = parameter(
        3.0, "In which owners learn how safe they are.", unit="years", low=0.1, high=30
    )
    seizures: Value = parameter(
        0.03,
        "Years of output seized in a year from owners without protection by wholly predatory "
        "rulers.",
        unit="per year",
        high=1,
    )
    firm_worth: Value = parameter(
        0.1,
        "Assets of foreign firms at full presence, in years of output; the stock of inward direct "
        "investment in Russia was about a quarter to a third of a year of output in 2021, much of "
        "it round-trip money of residents.",
        high=2,
    )
    abandoned: Value = parameter(
        0.5,
        "Share of that worth which sellers cannot realise: discounts of at least half were decreed "
        "from the end of 2022 on.",
        unit="share",
        high=1,
        prior=triangular(0.3, 0.5, 0.8),
    )
    handing_years: Value = parameter(
        2.0, "In which a pool of assets is handed out.", unit="years", low=0.1, high=20
    )
    plain_concentration: Value = parameter(
        0.3, "Concentration of rents with little rent, power or law.", unit="share", high=1
    )
    rent_concentration: Value = parameter(
        0.4, "Concentration added where rent is the whole of output (EC-1).", high=2
    )
    power_concentration: Value = parameter(
        0.4, "Concentration added by fully personal power (EC-2).", high=2
    )
    gift_concentration: Value = parameter(
        2.0, "Concentration added by assets of a year of output handed out in a year.", high=20
    )
    law_spread: Value = parameter(0.3, "Concentration taken away by full legal order.", high=2)
    plain_state: Value = parameter(
        0.3, "State's share of the economy without rent, mission or vertical.", unit="share", high=1
    )
    heights: Value = parameter(
        0.5, "Share added where rent is the whole of output: commanding heights (EC-10).", high=2
    )
    mission_state: Value = parameter(
        0.2, "Share added by a full greatness agenda.", unit="share", high=1
    )
    central_state: Value = parameter(
        0.2, "Share added by a full vertical of power (IN-8).", unit="share", high=1
    )
    sales: Value = parameter(0.2, "Share sold under full budget stress.", unit="share", high=1)
    structure_years: Value = parameter(
        6.0, "In which ownership changes hands.", unit="years", low=0.2, high=50
    )
    entry: Value = parameter(
        0.3,
        "Rate at which foreign firms come where property is safe and managers are free.",
        unit="per year",
        high=5,
    )
    energy_interest: Value = parameter(
        2.0, "By how much rent draws foreign partners beyond what the market draws (EC-6).", high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move ownership, its security, decrees, and the pool of assets to hand out."""
        economy, order = regime.economy, regime.policy.legal_order
        mix = keep(ruling_mix(regime, tick.setting))
        greed = mix[Pole.CORRUPTIONIST]
        called = self.decreed(regime, mix[Pole.TECHNOCRAT])
        decreed = keep(towards(economy.administered, called, tick.step, self.decree_years))
        predation = keep(either(self.by_force * regime.policy.force, self.by_greed * greed))
        lawful = order * (1 - self.grey_law * regime.coercion.grey_law) * (1 - predation)
        lawful = lawful * (1 - self.overridden * decreed)
        secure = self.bare_security + (1 - self.bare_security) * lawful
        secure = keep(towards(economy.property_security, secure, tick.step, self.security_years))
        stays, abandoned, settled = self._leavers(regime)
        seized = self.seizures * predation * (1 - secure) * (1 - economy.concentration)
        pool = keep(jnp.clip(economy.pool + abandoned + seized * tick.step, 0.0, 1.0))
        given = pool * approach(tick.step, self.handing_years)
        handed = keep(jnp.clip(given / tick.step, 0.0, 1.0))
        depends = either(economy.state_share, predation * (1 - secure))
        step, years = tick.step, self.structure_years
        return change(
            regime,
            economy=change(
                economy,
                property_security=secure,
                administered=decreed,
                pool=pool - given,
                handed_out=handed,
                exits_settled=settled,
                foreign_firms=keep(self._arrivals(regime, stays, secure, tick.step)),
                concentration=towards(
                    economy.concentration,
                    self.plain_concentration
                    + self.rent_concentration * economy.rent
                    + self.power_concentration * regime.leadership.personal_power
                    + self.gift_concentration * handed
                    - self.law_spread * order,
                    step,
                    years,
                ),
                state_share=towards(
                    economy.state_share,
                    self.plain_state
                    + self.heights * economy.rent
                    + self.mission_state * regime.policy.agenda
                    + self.central_state * regime.institutions.vertical
                    - self.sales * economy.stress,
                    step,
                    years,
                ),
                dependence=towards(economy.dependence, depends, step, years),
            ),
        )

    def decreed(self, regime: Regime, technocrats: Float[Array, " runs"]) -> Float[Array, " runs"]:
        """Share of private business for which administrative means are called (EL-15)."""
        need = urgency(regime)
        return self.decrees * need * (1 - technocrats * (1 - need))

    def _leavers(self, regime: Regime) -> tuple[Array, Array, Array]:
        """Firms that stay, worth that leavers abandon, and the exits so settled."""
        economy, exits = regime.economy, regime.foreign.exits
        before = jnp.where(economy.exits_settled < 0, exits, economy.exits_settled)
        left = jnp.maximum(exits - before, 0.0) / jnp.maximum(1 - before, 1e-6)
        gone = keep(economy.foreign_firms * jnp.minimum(left, 1.0))
        return economy.foreign_firms - gone, self.firm_worth * self.abandoned * gone, exits

    def _arrivals(self, regime: Regime, stays: Array, secure: Array, step: Array) -> Array:
        """Presence of foreign firms after newcomers (EC-6)."""
        economy = regime.economy
        draw = (1 + self.energy_interest * economy.rent) * (1 - economy.dependence)
        rate = self.entry * secure * draw * (1 - regime.foreign.sanctions)
        return stays + (1 - stays) * -jnp.expm1(-rate * step)


class Growth(
    Mechanism,
    id=106,
    stage=Stage.ECONOMY,
    rules=("EC-3", "EC-7", "EC-9", "EC-10", "EC-11", "EC-15", "EL-14", "EL-15", "EL-18"),
    builds_on="Nelson and Phelps (1966), Investment in Humans, Technological Diffusion, and "
    "Economic Growth; after Acemoglu and Robinson (2012), Why Nations Fail",
    subsystem="economy",
):
    r"""Owners invest as far as they are safe; the state modernises as far as it is not captured.

    Investment relaxes towards $i_0 + (i_1 - i_0)\, \bar s - i_r\, [i - \pi - r]_{-b}^{b}$ less a
    share in isolation; a real rate is heeded within bounds $\pm b$, since where prices are out of
    control money that costs less than they rise is not to be had. The security that counts is
    $\bar s = C s_p + (1-C) s$, where the privileged have $s_p = s + (1-s)\, v\, (1-wave)$:
    protected as long as no wave of cases rolls (EC-3, EC-7).

    Modernity $M$ catches up with a frontier that moves at $\lambda$, by Nelson and Phelps, at the
    rate $\Phi = \phi \frac{I}{I_0} (1 - w_s\, sanctions)(u_0 + u\, D\, q\, [1 - K/\kappa]^+)$. Of
    the money for development $D$, in units of a normal budget, rational rule makes use in so far as
    the state is not captured, $K = C(1-L)$; from $\kappa$ on it spends without effect, by
    mobilisation or by innovation (EC-9), and where rational technocrats rule a lawful state
    modernisation is fast (EL-18). What the state is able to do, $c$, changes $\Phi$ by the factor
    $1 + k (2 c - 1)$: a middling state leaves it as it is (EL-14).

    Growth relaxes towards $\Phi (1/M - 1)$, the advantage of backwardness, plus $k_I (I - I_0)$ and
    favourable conditions outside, $k_p\, r \ln(P/\bar P) - k_z z - k_w\, war$ with $z$ the surprise
    in sanctions, a matter in which all in the elite agree (EC-15); less what non-market practices
    waste, $k_S [1 - (1-S)(1-A)](1-q)$: supervision by the state (EC-10) and, in what is private,
    administrative means $A$ (EL-15).
    """

    insecure_investment: Value = parameter(
        0.1, "Investment where no property is safe.", unit="share", high=1
    )
    secure_investment: Value = parameter(
        0.3, "Investment where all is safe; China and Korea went beyond.", unit="share", high=1
    )
    privilege: Value = parameter(
        0.6,
        "Share of insecurity from which connections protect the privileged (EC-3).",
        unit="share",
        high=1,
    )
    dear_money: Value = parameter(
        0.4, "Investment lost by each point of real rate above the neutral (EC-11).", high=5
    )
    neutral: Value = parameter(
        0.03,
        "Real rate that neither cools nor heats.",
        unit="per year",
        low=-0.05,
        high=0.2,
        basis="literature",
    )
    heeded: Value = parameter(
        0.2,
        "Distance of the real rate from the neutral beyond which investment heeds no more of it.",
        unit="per year",
        low=0.01,
        high=2,
    )
    isolation: Value = parameter(
        0.04, "Investment lost under full sanctions.", unit="share", high=1
    )
    investment_years: Value = parameter(
        1.5, "In which investment follows.", unit="years", low=0.1, high=20
    )
    normal_investment: Value = parameter(
        0.2, "Investment at which catching up runs at its usual rate.", unit="share", low=0.02,
        high=1,
    )  # fmt: skip
    absorption: Value = parameter(
        0.02,
        "Share of the gap to the frontier absorbed in a year by an open country with middling "
        "institutions; conditional convergence in cross-country regressions runs near 2%.",
        unit="per year",
        high=0.3,
        prior=triangular(0.01, 0.02, 0.04),
        basis="literature",
    )
    frontier_growth: Value = parameter(
        0.015,
        "Growth of the frontier: output per head of the United States since 1990, about 1.5%.",
        unit="per year",
        high=0.1,
        prior=triangular(0.01, 0.015, 0.02),
        basis="literature",
    )
    openness_lost: Value = parameter(
        0.6, "Share of absorption lost under full sanctions.", unit="share", high=1
    )
    unaided: Value = parameter(
        0.5, "Absorption without any use of development money, as a part of the usual.", high=5
    )
    development: Value = parameter(
        2.0,
        "Absorption added by a normal development budget wholly well used, in usual ones (EL-18).",
        high=20,
    )
    captured: Value = parameter(
        0.3,
        "Capture from which on development money has no effect (EC-9): half of rents with an "
        "elite, and law that binds to two fifths.",
        low=0.05,
        high=1,
        prior=triangular(0.2, 0.3, 0.5),
    )
    normal_development: Value = parameter(
        0.07, "Development budget that counts as normal, as a share of output.", unit="share",
        low=0.005, high=1,
    )  # fmt: skip
    from_investment: Value = parameter(
        0.1, "Growth added by each point of investment above the normal.", high=2
    )
    from_price: Value = parameter(
        0.08,
        "Growth added by a price e times the normal where rent is the whole of output.",
        unit="per year",
        high=1,
    )
    from_surprise: Value = parameter(
        0.06, "Growth lost to a total surprise in sanctions.", unit="per year", high=1
    )
    from_war: Value = parameter(
        0.01, "Growth lost to a war of full intensity, beside its cost.", unit="per year", high=1
    )
    non_market: Value = parameter(
        0.03,
        "Growth wasted where the state supervises everything without reason (EC-10).",
        unit="per year",
        high=1,
    )
    growth_years: Value = parameter(
        0.7, "In which growth follows its causes.", unit="years", low=0.05, high=10
    )
    state: Value = parameter(
        0.3, "Share of absorption gained or lost where the state can do all or nothing (EL-14).",
        unit="share", high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move investment, modernity, growth and output."""
        economy = regime.economy
        tight = economy.key_rate - economy.inflation - self.neutral
        safe = self.safety(regime)
        aim = (
            self.insecure_investment
            + (self.secure_investment - self.insecure_investment) * safe
            - self.dear_money * jnp.clip(tight, -self.heeded, self.heeded)
            - self.isolation * regime.foreign.sanctions
        )
        investment = keep(towards(economy.investment, aim, tick.step, self.investment_years))
        rate = keep(self.absorbs(regime))
        own = jnp.maximum(economy.modernisation, 0.01)
        later = nelson_phelps(tick.step, own, 1.0, self.frontier_growth, rate)
        modern = jnp.clip(later * jnp.exp(-self.frontier_growth * tick.step), 0.0, 1.0)
        aim = (
            catch_up_growth(own, 1.0, rate)
            + self.from_investment * (investment - self.normal_investment)
            + self.from_price * economy.rent * jnp.log(economy.price / economy.normal_price)
            - self.from_surprise * surprise(regime)
            - self.from_war * regime.war.intensity
            - self.non_market
            * either(economy.state_share, economy.administered)
            * (1 - regime.policy.rationality)
        )
        growth = economy.growth + approach(tick.step, self.growth_years) * (
            jnp.clip(aim, -0.5, 0.5) - economy.growth
        )
        growth = keep(jnp.asarray(growth, jnp.float32))
        output = jnp.clip(economy.output * jnp.exp(growth * tick.step), 0.01, 100.0)
        return change(
            regime,
            economy=change(
                economy,
                investment=investment,
                modernisation=jnp.asarray(modern, jnp.float32),
                growth=growth,
                output=output,
            ),
        )

    def safety(self, regime: Regime) -> Float[Array, " runs"]:
        """Security of property as owners feel it, weighted by what they own (EC-3)."""
        economy = regime.economy
        bare = economy.property_security
        spared = bare + (1 - bare) * self.privilege * (1 - regime.coercion.wave)
        return economy.concentration * spared + (1 - economy.concentration) * bare

    def absorbs(self, regime: Regime) -> Float[Array, " runs"]:
        """Share of the gap to the frontier absorbed in a year (EC-9, EL-18)."""
        economy, policy = regime.economy, regime.policy
        captured = economy.concentration * (1 - policy.legal_order)
        free = jnp.maximum(1 - captured / self.captured, 0.0)
        money = economy.budget[DEVELOPMENT] * economy.spending / self.normal_development
        used = self.unaided + self.development * money * policy.rationality * free
        opened = 1 - self.openness_lost * regime.foreign.sanctions
        rate = self.absorption * economy.investment / self.normal_investment * opened * used
        rate = rate * (1 + self.state * (2 * policy.capability - 1))
        return jnp.asarray(jnp.maximum(rate, 1e-5), jnp.float32)


class Demography(
    Mechanism,
    id=107,
    stage=Stage.SLOW,
    rules=("EC-8", "LR-8"),
    subsystem="economy",
):
    r"""A shrinking people in a large land feels vulnerable.

    Population grows at a rate $n$, below zero where it shrinks. The length of borders grows with
    the root of the land's area $A$ (a share of its largest extent), and each stretch is manned by
    people: felt vulnerability relaxes towards $1 - e^{-v \sqrt{A} / N}$ (EC-8, LR-8). Who perceives
    threats reads it from there.
    """

    population_growth: Value = parameter(
        -0.003,
        "Growth of population; Russia lost about 0.3% a year from 2000 to 2008.",
        unit="per year",
        low=-0.05,
        high=0.05,
        prior=triangular(-0.008, -0.003, 0.002),
        basis="literature",
    )
    exposed: Value = parameter(
        0.5,
        "Vulnerability for each unit of border per head: a third felt with half of the largest "
        "territory and the people of the start.",
        high=10,
    )
    vulnerability_years: Value = parameter(
        5.0, "In which such feelings follow.", unit="years", low=0.1, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move population and felt vulnerability."""
        economy = regime.economy
        people = economy.population * jnp.exp(self.population_growth * tick.step)
        people = keep(jnp.clip(people, 0.01, 100.0))
        stretch = jnp.sqrt(regime.long_run.territory) / people
        felt = 1 - jnp.exp(-self.exposed * stretch)
        vulnerability = towards(economy.vulnerability, felt, tick.step, self.vulnerability_years)
        return change(
            regime, economy=change(economy, population=people, vulnerability=vulnerability)
        )
