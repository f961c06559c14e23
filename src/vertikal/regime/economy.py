"""The resource state: rents, who gets them, what falling rents do, and money.

`Rents`: the price of oil, what is extracted, and what land seems worth. `Budget`: the powerful
bargain over the state's money, windfalls repay debts and fill a fund, lean years empty it.
`Spoils`: what is paid buys loyalty, and what is missed sets insiders on one another. `Money`: a
central bank that keeps to a rule as far as it is let.

Property, investment and growth are in `vertikal.regime.prosperity`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, either, keep, pick, towards
from vertikal.regime.elite import formal_influence, leader_mix
from vertikal.regime.mechanism import SHORT_CLOCKS, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.military_industry import HOME
from vertikal.regime.priors import triangular, uniform
from vertikal.regime.public import surprise
from vertikal.regime.regime import Base, Pole, Regime, Setting, change
from vertikal.theory.contests import success_probability
from vertikal.theory.soft_budget_quadratic import common_pool

PATRONAGE, SECURITY, MILITARY, DEVELOPMENT, PUBLIC = range(5)
"""Lines of the budget, by row."""

_ENOUGH = 1e-6
"""Guard of divisions by a sum that may be nil."""


def ruling_mix(regime: Regime, setting: Setting) -> Float[Array, "3 runs"]:
    """Share of each pole in those who rule: the leader as far as power is personal, else bodies."""
    bodies = formal_influence(regime, setting)
    among = bodies / jnp.maximum(bodies.sum(0), _ENOUGH)
    own = regime.leadership.personal_power
    return own * leader_mix(regime) + (1 - own) * among


def urgency(regime: Regime) -> Float[Array, " runs"]:
    """How much the hour presses: empty treasury, war, sanctions beyond those expected (EL-15)."""
    return either(regime.economy.stress, regime.war.intensity, surprise(regime))


class Rents(
    Mechanism,
    id=100,
    stage=Stage.ECONOMY,
    rules=("EC-1", "EC-5", "EC-16", "EC-17"),
    builds_on="Schwartz (1997), The Stochastic Behavior of Commodity Prices",
):
    r"""The world sets the price of oil, investment the volume, and both the rent.

    The logarithm of the price reverts to its mean as an Ornstein-Uhlenbeck process, stepped
    exactly: $x' = \mu + (x-\mu) e^{-\kappa \Delta} + \sigma \sqrt{(1-e^{-2\kappa\Delta})/2\kappa}
    \, z$. Fields decline at a rate $d$ unless they are invested in: $\dot V/V = d (I/I_0 - 1)$
    (EC-17). With rent as a share of output, the odds of rent to the rest of output move with
    earnings and against growth: $\frac{r'}{1-r'} = \frac{r}{1-r} \frac{P'V'}{PV} e^{-g\Delta}$;
    so a stated rent belongs to the stated price, and an imposed price moves the rent as a drawn
    one does (EC-1). A rent that is imposed belongs to the price that is then in force, so that an
    event that imposes both moves the rent once. The value put on land follows demand for what lies
    in it, the more so the more the country lives by that: $t^* = t_0 + a\, r + b\, r \ln(P/e^\mu)$
    (EC-5, EC-16).
    """

    reversion: Value = parameter(
        0.18,
        "Regression of the log of the annual real price of oil on the year before, 1984-2024: "
        "coefficient 0.84, standard error 0.09, so -ln 0.84 per year; the interval of two standard "
        "errors runs from next to nothing (a random walk is not rejected) to 0.41.",
        unit="per year",
        high=3,
        prior=triangular(0.01, 0.18, 0.41),
        basis="data",
    )
    normal_price: Value = parameter(
        51.0,
        "Long-run mean of the same regression, dollars of 2018 a barrel; 73 in 1999-2024 alone.",
        low=1,
        high=500,
        prior=triangular(35.0, 51.0, 80.0),
        basis="data",
    )
    volatility: Value = parameter(
        0.34,
        "Annualised standard deviation of monthly changes of the log of Brent, 1987-2026; that of "
        "annual means, 0.28 in real terms, is smaller by averaging alone, by the factor of 0.82.",
        high=2,
        prior=triangular(0.28, 0.34, 0.40),
        basis="data",
    )
    decline: Value = parameter(
        0.05,
        "Rate at which fields decline without investment; surveys of mature fields give 4 to 7%.",
        unit="per year",
        high=0.3,
    )
    upkeep: Value = parameter(
        0.2,
        "Investment, as a share of output, that just holds the volume.",
        unit="share",
        low=0.02,
        high=1,
    )
    plain_territory: Value = parameter(
        0.4, "Value put on land by a state that does not live by what lies in it.", high=1
    )
    resource_land: Value = parameter(
        0.5, "Value added where rent is the whole of output (EC-5).", high=5
    )
    spike: Value = parameter(
        1.0,
        "Value added by a price e times the normal where rent is the whole of output (EC-16).",
        high=10,
    )
    territory_years: Value = parameter(
        3.0, "In which beliefs about the worth of land change.", unit="years", low=0.1, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Draw the price, and reckon volume, rent and the value of land."""
        economy = regime.economy
        mean = jnp.log(self.normal_price)
        pull = jnp.exp(-self.reversion * tick.step)
        spread = self.volatility * jnp.sqrt(tick.step * _mean_decay(2 * self.reversion * tick.step))
        log_price = mean + (jnp.log(economy.price) - mean) * pull + spread * tick.normal(1)[0]
        price = keep(jnp.clip(jnp.exp(log_price), 1.0, 500.0))
        change_rate = self.decline * (economy.investment / self.upkeep - 1)
        volume = jnp.clip(economy.volume * jnp.exp(change_rate * tick.step), 0.0, 5.0)
        earnings = keep(price * volume)
        is_stated = economy.rent != economy.reckoned_rent
        before = jnp.where(is_stated, economy.price * economy.volume, economy.earnings)
        ratio = earnings / jnp.maximum(before, _ENOUGH) * jnp.exp(-economy.growth * tick.step)
        weight = economy.rent * ratio
        rent = keep(weight / jnp.maximum(1 - economy.rent + weight, _ENOUGH))
        worth = (
            self.plain_territory
            + self.resource_land * rent
            + self.spike * rent * (jnp.log(price) - mean)
        )
        territory = towards(economy.territory, worth, tick.step, self.territory_years)
        return change(
            regime,
            economy=change(
                economy,
                price=price,
                volume=volume,
                earnings=earnings,
                rent=rent,
                reckoned_rent=rent,
                normal_price=jnp.broadcast_to(self.normal_price, price.shape),
                territory=territory,
            ),
        )


def _mean_decay(x: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """(1 - exp(-x)) / x, and 1 at zero."""
    x = jnp.asarray(x, jnp.float32)
    return jnp.where(x < 1e-3, 1 - x / 2, -jnp.expm1(-x) / jnp.maximum(x, 1e-3))


class Budget(
    Mechanism,
    id=101,
    stage=Stage.ECONOMY,
    rules=("EC-1", "EC-2", "EC-4", "EC-5", "EC-14", "EC-17", "MI-3", "MI-10"),
    builds_on="Tullock (1980), Efficient Rent Seeking; Weingast, Shepsle and Johnsen (1981), "
    "The Political Economy of Benefits and Costs",
):
    r"""The powerful bargain over the state's money; windfalls repay debts, lean years need them.

    Each line of the budget has those who press for it: patronage the corruptionists and the owners
    of rents, security the clans of force, the military its complex, the greatness agenda, war and
    tension, development the technocrats, the less the more land counts (EC-5), the public its
    discontent. Shares relax towards those of a contest of these strengths,
    $b_l^* = s_l^m / \sum s^m$.

    The state takes $\theta r$ of the rent, with $\theta = S (1 - k C) + (1 - S)\, t_r$: all of
    that of its share $S$ of the economy but what its own managers keep, which it can hardly touch
    (EC-14), and a tax on that of private owners, above what is taken of other output. With taxes
    on the rest that is its revenue $R = t (1 - r) + \theta r$, which grows with rent. Spending
    relaxes towards $R$ times $1 + \lambda (1-q)(n-1)$ plus the cost of war: a common pool of
    $n = 1/\sum b^2$ claimants would overspend by the factor of $n$, and does by a part of that, the
    less the more rational decisions ($q$) are. It rises faster than it falls. A surplus repays debt
    to foreign creditors and then fills the fund (EC-4); a deficit empties the fund, then is
    borrowed as far as sanctions and the creditors' limit allow, and what then is left is printed.
    Stress follows the part that the fund does not cover.

    What the military line pays is what arms take of output at home, `military_industry.spending`.
    The causes of it that `MicGrowth` counts where nobody keeps a budget press for the line here
    (MI-3, MI-10).

    What is paid for loyalty is the line of patronage and the rents that managers keep in so far as
    these are concentrated: power gives wealth and wealth power (EC-1, EC-2); with rents it falls
    (EC-17).
    """

    decisiveness: Value = parameter(
        1.0, "How sharply strength decides the shares of the budget.", low=0.1, high=5
    )
    claim: Value = parameter(
        0.2, "Strength of every line without anybody behind it: what is always paid.", high=2
    )
    corrupt_claim: Value = parameter(
        1.0, "Strength that wholly corruptionist rulers give to patronage.", high=5
    )
    owners_claim: Value = parameter(
        0.5, "Strength that wholly concentrated rents give to patronage (EC-2).", high=5
    )
    force_claim: Value = parameter(
        0.8, "Strength that clans of force with all power give to security.", high=5
    )
    arms_claim: Value = parameter(
        0.8, "Strength that a complex of full weight gives to the military line.", high=5
    )
    greatness_claim: Value = parameter(
        0.4, "Strength that a full greatness agenda gives to the military line.", high=5
    )
    alarm_claim: Value = parameter(
        0.4, "Strength that the highest tension gives to the military line (MI-3).", high=5
    )
    war_claim: Value = parameter(
        1.5, "Strength that a war of full intensity gives to the military line.", high=10
    )
    technocrat_claim: Value = parameter(
        1.0, "Strength that wholly technocratic rulers give to development.", high=5
    )
    size_matters: Value = parameter(
        0.4,
        "Share of the claim of development that goes where land counts for all (EC-5).",
        unit="share",
        high=1,
    )
    public_claim: Value = parameter(
        0.8, "Strength that general discontent gives to the public line.", high=5
    )
    budget_years: Value = parameter(
        2.0, "In which the shares of the budget move.", unit="years", low=0.1, high=20
    )
    tax: Value = parameter(
        0.33,
        "Taxes as a share of output other than rent; middle-income states take 25 to 40%.",
        unit="share",
        high=1,
        prior=triangular(0.25, 0.33, 0.40),
    )
    rent_tax: Value = parameter(
        0.65,
        "Share of the rent of private owners that is taxed away; fiscal regimes leave governments "
        "65 to 85% of the rent of petroleum and 40 to 60% of that of mining (International "
        "Monetary Fund, 2012, Fiscal Regimes for Extractive Industries), and here hold loosely.",
        unit="share",
        high=1,
        prior=triangular(0.40, 0.65, 0.85),
        basis="literature",
    )
    kept_by_managers: Value = parameter(
        0.4,
        "Share of the state's part of the rent that its managers keep where rents are wholly "
        "concentrated (EC-14).",
        unit="share",
        high=1,
    )
    laxity: Value = parameter(
        0.01,
        "Part of the overspending from a common pool that irrational rule lets happen: under "
        "middling rule a lasting deficit of about half a per cent of output.",
        unit="share",
        high=1,
    )
    raise_years: Value = parameter(
        2.0,
        "In which spending follows revenue upwards; in 2004-07 Russia ran surpluses of two or more "
        "years' growth of its rents.",
        unit="years",
        low=0.05,
        high=20,
    )
    cut_years: Value = parameter(
        3.0, "In which spending follows revenue downwards.", unit="years", low=0.05, high=30
    )
    repayment: Value = parameter(
        0.7,
        "Share of a surplus that repays foreign debt while there is any; Russia repaid the Paris "
        "Club within two years of high prices, by August 2006.",
        unit="share",
        high=1,
    )
    debt_limit: Value = parameter(
        0.8,
        "Debt at which foreign creditors stop lending, in years of output.",
        low=0.05,
        high=3,
    )
    bearable: Value = parameter(
        0.03,
        "Uncovered deficit, as a share of output, that gives about two thirds of full stress.",
        unit="share",
        low=0.002,
        high=0.5,
    )
    stress_years: Value = parameter(
        0.5, "In which stress follows the deficit.", unit="years", low=0.02, high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the shares of the budget, spending, fund, debt and stress."""
        economy = regime.economy
        strength = keep(self.strengths(regime, tick.setting))
        wanted = success_probability(strength, self.decisiveness, axis=0)
        budget = economy.budget + approach(tick.step, self.budget_years) * (wanted - economy.budget)
        budget = keep(budget.astype(jnp.float32))
        taken = keep(self.taken(regime))
        revenue = keep(self.tax * (1 - economy.rent) + taken * economy.rent)
        claimants = jnp.clip(1 / jnp.maximum((budget * budget).sum(0), _ENOUGH), 1.0, 5.0)
        over = common_pool(claimants, 1.0).spending - 1
        lax = self.laxity * (1 - regime.policy.rationality) * over
        aim = jnp.clip(revenue * (1 + lax) + regime.war.cost, 0.0, 1.0)
        pace = jnp.where(
            aim > economy.spending,
            approach(tick.step, self.raise_years),
            approach(tick.step, self.cut_years),
        )
        spending = keep((economy.spending + pace * (aim - economy.spending)).astype(jnp.float32))
        fund, debt, uncovered = self._balance(regime, revenue - spending, tick.step)
        strain = 1 - jnp.exp(-uncovered / self.bearable)
        stress = towards(economy.stress, strain, tick.step, self.stress_years)
        kept = (1 - taken) * economy.rent * economy.concentration
        arms = regime.military_industry
        return change(
            regime,
            military_industry=change(
                arms, spending=arms.spending.at[HOME].set(budget[MILITARY] * spending)
            ),
            economy=change(
                economy,
                budget=budget,
                spending=spending,
                fund=fund.astype(jnp.float32),
                debt=debt.astype(jnp.float32),
                stress=stress.astype(jnp.float32),
                payout=jnp.clip(budget[PATRONAGE] * spending + kept, 0.0, 1.0),
            ),
        )

    def strengths(self, regime: Regime, setting: Setting) -> Float[Array, "5 runs"]:
        """How strongly each line of the budget is pressed for."""
        mix = keep(ruling_mix(regime, setting))
        clans, arms, economy = regime.clans, regime.military_industry, regime.economy
        war = jnp.maximum(regime.war.intensity, arms.war)
        armed = jnp.where(setting.clan_base == Base.COERCIVE, clans.power, 0.0).sum(0)
        armed = armed / (clans.power.sum(0) + _ENOUGH)
        military = (
            self.arms_claim * arms.influence[HOME]
            + self.greatness_claim * regime.policy.agenda
            + self.alarm_claim * arms.tension
            + self.war_claim * war
        )
        land = 1 - self.size_matters * economy.territory
        wishes = jnp.stack(
            [
                self.corrupt_claim * mix[Pole.CORRUPTIONIST]
                + self.owners_claim * economy.concentration,
                self.force_claim * armed,
                military,
                self.technocrat_claim * mix[Pole.TECHNOCRAT] * land,
                self.public_claim * regime.public.discontent,
            ]
        )
        return (self.claim + wishes).astype(jnp.float32)

    def taken(self, regime: Regime) -> Float[Array, " runs"]:
        """Share of the rent that the state takes (EC-14)."""
        economy = regime.economy
        own = economy.state_share * (1 - self.kept_by_managers * economy.concentration)
        return own + self.rent_tax * (1 - economy.state_share)

    def _balance(
        self, regime: Regime, balance: Float[Array, " runs"], step: Array
    ) -> tuple[Array, Array, Array]:
        """Fund and debt after a step, and the deficit a year that the fund did not cover."""
        economy = regime.economy
        shrunk = jnp.exp(-economy.growth * step)  # both are told in years of output
        fund, debt = economy.fund * shrunk, economy.debt * shrunk
        surplus = jnp.maximum(balance, 0.0) * step
        need = jnp.maximum(-balance, 0.0) * step
        repaid = jnp.minimum(self.repayment * surplus, debt)
        drawn = jnp.minimum(need, fund)
        fund = fund + surplus - repaid - drawn
        left = keep(need - drawn)
        credit = (1 - regime.foreign.sanctions) * jnp.clip(1 - debt / self.debt_limit, 0.0, 1.0)
        debt = debt - repaid + credit * left
        return jnp.clip(fund, 0.0, 5.0), jnp.clip(debt, 0.0, 3.0), left / step


class Spoils(
    Mechanism,
    id=102,
    stage=Stage.OPINION,
    rules=("EC-1", "EC-2", "EC-12", "EC-17", "CL-17"),
    builds_on="after Akerlof (1982), Labor Contracts as Partial Gift Exchange; Hale (2015), "
    "Patronal Politics",
):
    r"""What is paid buys loyalty; what is missed sets insiders on one another.

    Insiders measure what they get, payout and assets handed out, against what they have come to
    expect, $e$, which follows what is paid over the years. Who gets it is a matter of rules as far
    as law binds, $L$, and of ties beyond: in clan $c$ one gets $1 + t (1-L)(f_c - \bar f)$ times
    the usual, with the leader's favour $f_c$ against its mean by power $\bar f$, so that what some
    clans get others lack (CL-17). News is $x = (paid_c - e)/e$, cut to -1..1. A gain draws loyalty
    up and a loss draws it down, the more so in those who are in it for the rents (EC-1, EC-12);
    opinions, the mixture of poles, stay as they are. By loyalty the rents keep in
    power those who hand them out (EC-2).

    A loss for insiders as a whole, $m = [(e - paid)/e]^+$, does two more things (EC-17). Pacts
    between clans, which were paid for, dissolve at the rate $\delta m$; and since one's own income
    can now only come from that of others, material for cases is gathered: everybody's exposure
    rises at the rate $\sigma m$ towards one. Attacks follow from both (see clan attacks); nothing
    is added to them here.
    """

    loyalty_rate: Value = parameter(
        0.4,
        "Rate at which loyalty moves when pay doubles or stops.",
        unit="per year",
        high=5,
    )
    disinterested: Value = parameter(
        0.3,
        "Effect on those without a corruptionist share, as a part of that on full corruptionists.",
        unit="share",
        high=1,
    )
    ties: Value = parameter(
        0.3,
        "Share by which the pay of a wholly favoured clan exceeds the usual where no law binds: "
        "weight of ties against formal rules (CL-17).",
        unit="share",
        high=1,
    )
    dissolution: Value = parameter(
        0.7, "Rate at which pacts dissolve when nothing is paid any more.", unit="per year", high=10
    )
    scramble: Value = parameter(
        0.15,
        "Rate at which material for cases is gathered when nothing is paid any more.",
        unit="per year",
        high=5,
    )
    habit_years: Value = parameter(
        4.0, "In which insiders get used to what they are paid.", unit="years", low=0.2, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move loyalty, exposure, pacts and what is expected."""
        economy, elite, clans = regime.economy, regime.elite, regime.clans
        paid = keep(economy.payout + economy.handed_out)
        due = keep(jnp.where(economy.entitlement > 0, economy.entitlement, paid))
        all_in_all = keep((paid - due) / jnp.maximum(due, _ENOUGH))
        bound = self.ties * (1 - regime.policy.legal_order)
        share = keep(bound * (clans.favour - mean_favour(regime)))
        by_ties = pick(share, elite.clan) * paid / jnp.maximum(due, _ENOUGH)
        news = keep(jnp.clip(all_in_all + by_ties, -1.0, 1.0))
        greed = self.disinterested + (1 - self.disinterested) * elite.mix[Pole.CORRUPTIONIST]
        moved = -jnp.expm1(-self.loyalty_rate * jnp.abs(news) * tick.step * greed)
        loyalty = elite.loyalty + moved * (jnp.where(news > 0, 1.0, 0.0) - elite.loyalty)
        missed = jnp.clip(-all_in_all, 0.0, 1.0) * tick.step
        gathered = -jnp.expm1(-self.scramble * missed)
        habit = approach(tick.step, self.habit_years)
        return change(
            regime,
            economy=change(economy, entitlement=due + habit * (paid - due)),
            elite=change(
                elite,
                loyalty=loyalty,
                exposure=elite.exposure + gathered * (1 - elite.exposure),
            ),
            clans=change(clans, pact=clans.pact * jnp.exp(-self.dissolution * missed)),
        )


def mean_favour(regime: Regime) -> Float[Array, " runs"]:
    """The leader's favour for clans, by their power; nil where no clan has any."""
    clans = regime.clans
    return (clans.favour * clans.power).sum(0) / (clans.power.sum(0) + _ENOUGH)


class Money(
    Mechanism,
    id=103,
    stage=Stage.ECONOMY,
    rules=("EC-11", "EL-15"),
    clocks=SHORT_CLOCKS,
    builds_on="Taylor (1993), Discretion versus Policy Rules in Practice; after Sargent and "
    "Wallace (1981), Some Unpleasant Monetarist Arithmetic",
):
    r"""A central bank keeps to a rule as far as it is let.

    The rule asks for the rate $i^T = r + \pi + \frac12(\pi - \pi^*) + \frac12 (g - g_0)$, growth
    standing for the output gap. Those who live on credit, the military complex and a strained
    treasury, want it lower by $c\,[1-(1-I_{home})(1-stress)]$, and get that as far as principle
    does not hold: $1 - T(1-u)$, with $T$ the technocratic share of those who rule and
    $u = 1 - (1-stress)(1-war)(1-z)$ the urgency of the hour (EL-15). Against an outside blow $z$,
    sanctions beyond those expected, technocrats act at once and by decree: the rate leaps by
    $a\,T z$ (EC-11).

    Inflation relaxes towards $\pi^* + f \cdot stress + m z - k (1 - d \cdot stress)(i - \pi - r)$:
    where deficits are printed, a high rate does little (fiscal dominance).
    """

    neutral: Value = parameter(
        0.03,
        "Real rate that neither cools nor heats; Taylor took 2% for the United States, central "
        "banks of emerging markets reckon with 2 to 4%.",
        unit="per year",
        low=-0.05,
        high=0.2,
        basis="literature",
    )
    goal: Value = parameter(
        0.04,
        "Inflation aimed at; the Bank of Russia has aimed at 4% since 2015.",
        unit="per year",
        low=-0.02,
        high=0.5,
        basis="literature",
        prior=triangular(0.02, 0.04, 0.08),
    )
    on_inflation: Value = parameter(
        0.5, "Response to inflation beyond one to one: Taylor's.", high=5, basis="literature"
    )
    on_growth: Value = parameter(0.5, "Response to activity: Taylor's.", high=5, basis="literature")
    usual_growth: Value = parameter(
        0.02, "Growth at which the economy neither overheats nor idles.", unit="per year",
        low=-0.1, high=0.2,
    )  # fmt: skip
    cheap_money: Value = parameter(
        0.08, "By how much those who live on credit would lower the rate.", unit="per year", high=1
    )
    emergency: Value = parameter(
        0.15,
        "By how much technocrats raise the rate against a total surprise; the Bank of Russia went "
        "from 9.5 to 20% on 28 February 2022.",
        unit="per year",
        high=1,
    )
    rate_years: Value = parameter(
        0.2, "In which the rate is moved.", unit="years", low=0.01, high=5
    )
    printing: Value = parameter(
        0.2, "Inflation added by full budget stress.", unit="per year", high=5
    )
    import_prices: Value = parameter(
        0.15, "Inflation added by a total surprise in sanctions.", unit="per year", high=5
    )
    transmission: Value = parameter(
        0.6, "Inflation taken away by each point of real rate above the neutral.", high=5
    )
    dominance: Value = parameter(
        0.8,
        "Share of that effect that full budget stress takes away.",
        unit="share",
        high=1,
        prior=uniform(0.4, 1.0),
    )
    inflation_years: Value = parameter(
        1.0, "In which inflation follows its causes.", unit="years", low=0.05, high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the key rate and inflation."""
        economy = regime.economy
        technocrats = ruling_mix(regime, tick.setting)[Pole.TECHNOCRAT]
        blow = keep(surprise(regime))
        held = technocrats * (1 - urgency(regime))
        debtors = either(regime.military_industry.influence[0], economy.stress)
        wanted = (
            self.rule(regime)
            - self.cheap_money * debtors * (1 - held)
            + self.emergency * technocrats * blow
        )
        moved = approach(tick.step, self.rate_years)
        rate = economy.key_rate + moved * (jnp.clip(wanted, 0.0, 10.0) - economy.key_rate)
        rate = keep(rate.astype(jnp.float32))
        tight = rate - economy.inflation - self.neutral
        aim = (
            self.goal
            + self.printing * economy.stress
            + self.import_prices * blow
            - self.transmission * (1 - self.dominance * economy.stress) * tight
        )
        moved = approach(tick.step, self.inflation_years)
        inflation = economy.inflation + moved * (jnp.clip(aim, -0.2, 10.0) - economy.inflation)
        return change(regime, economy=change(economy, key_rate=rate, inflation=inflation))

    def rule(self, regime: Regime) -> Float[Array, " runs"]:
        """The rate that the rule asks for."""
        economy = regime.economy
        return (
            self.neutral
            + economy.inflation
            + self.on_inflation * (economy.inflation - self.goal)
            + self.on_growth * (economy.growth - self.usual_growth)
        )
