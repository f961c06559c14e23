"""Sectors under sanctions: what policy does, what it achieves, and what it shows.

`IndustrialPolicy`: effort and staged successes answer sanctions and the need of identity.
`PolicyTurn`: from an industrial policy of the market to one of sovereignty. `Supply`: what
sanctions cut and others return. `Specialists`: who leaves. `Capability`: catching up, sector by
sector. `Sovereignty`: how much of technology stands on home ground alone.
"""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, either, keep, probability, towards
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import loguniform, triangular
from vertikal.regime.public import mean_over, surprise
from vertikal.regime.regime import Regime, change
from vertikal.regime.subsystems import Industry
from vertikal.theory.catchup import import_shock, nelson_phelps

_ENOUGH = 1e-6
"""Guard of divisions by a sum that may be nil."""


class IndustrialPolicy(
    Mechanism,
    id=110,
    stage=Stage.TECHNOLOGY,
    rules=("TE-1", "TE-6", "TE-7", "TE-9"),
):
    r"""Effort and show answer sanctions and the need of identity, not capability.

    How far foreign products count as a threat relaxes towards
    $1 - (1 - \sigma_0)(1 - \sigma_s\, sanctions)(1 - \sigma_a\, agenda)$ (TE-9). Effort at
    substitution relaxes towards $1 - (1-e_0)(1 - e_s\, sanctions\, \bar d)(1 - e_i\, stress)$ with
    $\bar d$ the mean dependence on imports by priority: sanctions call for substitution (TE-1), and
    effort counts as success in itself where identity is under stress (TE-7). The weight of staged
    success stories relaxes towards $1 - (1-w_0)(1 - w_i\, stress)$: stories are told where they are
    needed, whatever has been achieved (TE-6).
    """

    plain_threat: Value = parameter(
        0.1, "How far foreign products count as a threat in quiet times.", unit="share", high=1
    )
    threat_by_sanctions: Value = parameter(
        0.7, "How far full sanctions alone make them one (TE-9).", unit="share", high=1
    )
    threat_by_agenda: Value = parameter(
        0.4, "How far a full greatness agenda alone does.", unit="share", high=1
    )
    plain_effort: Value = parameter(
        0.1, "Effort at substitution without sanctions.", unit="share", high=1
    )
    effort_by_sanctions: Value = parameter(
        0.6,
        "Effort that full sanctions alone call for where all inputs are imported (TE-1).",
        unit="share",
        high=1,
    )
    effort_by_identity: Value = parameter(
        0.4, "Effort that full stress of identity alone calls for (TE-7).", unit="share", high=1
    )
    plain_show: Value = parameter(
        0.1, "Weight of success stories where identity is safe.", unit="share", high=1
    )
    show_by_identity: Value = parameter(
        0.8, "Weight that full stress of identity alone gives them (TE-6).", unit="share", high=1
    )
    policy_years: Value = parameter(
        1.0,
        "In which programmes are set up; those of 2015 followed the sanctions of 2014 by a year.",
        unit="years",
        low=0.05,
        high=10,
    )
    show_years: Value = parameter(
        0.3, "In which stories are staged.", unit="years", low=0.02, high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move threat, effort and showcase."""
        tech, sanctions = regime.technology, regime.foreign.sanctions
        stress = regime.public.identity_stress
        dependent = mean_over(tech.import_dependence, tech.priority, 0.0)
        threat = either(
            self.plain_threat,
            self.threat_by_sanctions * sanctions,
            self.threat_by_agenda * regime.policy.agenda,
        )
        effort = either(
            self.plain_effort,
            self.effort_by_sanctions * sanctions * dependent,
            self.effort_by_identity * stress,
        )
        show = either(self.plain_show, self.show_by_identity * stress)
        step, years = tick.step, self.policy_years
        return change(
            regime,
            technology=change(
                tech,
                securitised=towards(tech.securitised, threat, step, years),
                effort=towards(tech.effort, effort, step, years),
                showcase=towards(tech.showcase, show, step, self.show_years),
            ),
        )


class PolicyTurn(
    Mechanism,
    id=111,
    stage=Stage.TECHNOLOGY,
    rules=("TE-9", "TE-10"),
):
    r"""Industrial policy turns from the market to sovereignty, and seldom back.

    The turn, and with it the new name, comes at the rate
    $\rho\, [\,\beta\, t + (1-\beta)\, agenda - \theta]^+/(1-\theta)$ with $t$ how far foreign
    products count as a threat: buying time gives way to a claim of great-power status (TE-9,
    TE-10). The way back is open at the rate $\rho_b (1 - t)$. Switched off, whatever policy the
    scenario states stays: so the two policies can be run as rivals.
    """

    rate: Value = parameter(
        2.0, "Turns a year where threat and agenda are full.", unit="per year", high=50
    )
    threat_weight: Value = parameter(
        0.6, "Weight of threat against agenda in the turn.", unit="share", high=1
    )
    threshold: Value = parameter(
        0.5, "Threat and agenda, so weighted, below which policy stays.", unit="share", high=0.95,
        prior=triangular(0.3, 0.5, 0.7),
    )  # fmt: skip
    return_rate: Value = parameter(
        0.1, "Turns back a year where nothing foreign is a threat.", unit="per year", high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Draw whether policy turns."""
        tech = regime.technology
        pull = self.threat_weight * tech.securitised
        pull = pull + (1 - self.threat_weight) * regime.policy.agenda
        out = self.rate * jnp.maximum(pull - self.threshold, 0.0) / (1 - self.threshold)
        back = self.return_rate * (1 - tech.securitised)
        is_market = tech.industry == Industry.MARKET
        rate = jnp.where(is_market, out, back)
        turned = tick.happens(probability(rate, tick.step)[None])[0]
        other = jnp.where(is_market, int(Industry.SOVEREIGNTY), int(Industry.MARKET))
        industry = jnp.where(turned, other, tech.industry).astype(jnp.int32)
        return change(regime, technology=change(tech, industry=industry))


class Supply(
    Mechanism,
    id=112,
    stage=Stage.TECHNOLOGY,
    rules=("TE-3", "TE-4", "TE-5", "TE-8", "TE-12", "CH-1"),
    builds_on="Arrow, Chenery, Minhas and Solow (1961), Capital-Labor Substitution and Economic "
    "Efficiency",
):
    r"""Sanctions cut inputs; parallel trade and China return a part; people see what is missing.

    Parallel trade and Chinese supply grow within a year or two once there are sanctions, the
    latter no further than ties allow. Of sector $s$'s imported inputs the share
    $m_s = 1 - x_s (1 - y_s)$ is left: $x_s = sanctions\,[a + (1-a) c_s]$ is cut, complex inputs
    first, and $y_s = 1 - (1 - \pi_s \phi)(1 - \chi (1 - k c_s))$ of that returns, by parallel trade
    $\phi$ up to the cap $\pi_s$ of the sector (TE-4) and by China, which cannot replace what is
    complex (TE-8). Availability relaxes towards output after such a cut by constant elasticity of
    substitution, with an elasticity that falls with complexity. What home inputs rest on without
    being mastered hangs on abroad as imports do: of the share of imports $d_s$ and capability $K_s$
    that makes $1 - (1 - d_s)(1 - h (1 - K_s))$. So under sanctions goods are missing the more, the
    further capability falls behind (TE-12); without them all is to be had.

    Failures are seen as far as goods are missing, soon; they are forgotten slowly, so that
    challenges accumulate (TE-5, TE-12).
    """

    simple_cut: Value = parameter(
        0.4,
        "Share of simple inputs that full sanctions cut; the lists of 2022 aim at the complex.",
        unit="share",
        high=1,
    )
    too_complex: Value = parameter(
        0.7,
        "Share by which full complexity lowers what China can replace (TE-8).",
        unit="share",
        high=1,
    )
    trade_years: Value = parameter(
        1.5, "In which parallel trade gets under way or dries up.", unit="years", low=0.1, high=20
    )
    china_years: Value = parameter(
        3.0, "In which Chinese supply follows ties and need.", unit="years", low=0.1, high=20
    )
    china_unasked: Value = parameter(
        0.6,
        "Chinese supply without sanctions, as a share of what ties allow.",
        unit="share",
        high=1,
    )
    simple_elasticity: Value = parameter(
        2.5,
        "Elasticity of substitution between home and foreign inputs in the simplest sector; "
        "estimates for goods run from 1 to 4.",
        low=0.05,
        high=20,
        basis="literature",
        prior=triangular(1.5, 2.5, 4.0),
    )
    complex_elasticity: Value = parameter(
        0.4,
        "The same in the most complex one: parts do not fit, as short-run estimates below 1 show.",
        low=0.05,
        high=20,
        basis="literature",
        prior=triangular(0.1, 0.4, 0.9),
    )
    unmastered: Value = parameter(
        0.5,
        "Share of home inputs that hang on what comes from abroad where a sector masters nothing.",
        unit="share",
        high=1,
    )
    stock_years: Value = parameter(0.4, "For which stocks last.", unit="years", low=0.02, high=5)
    visibility: Value = parameter(
        1.0, "Failures seen where a sector's goods are not to be had at all.", high=5
    )
    seen_years: Value = parameter(
        0.3, "In which failures are seen.", unit="years", low=0.02, high=5
    )
    forgotten_years: Value = parameter(
        3.0, "In which failures are forgotten.", unit="years", low=0.1, high=30
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move parallel trade, Chinese supply, availability and failures seen."""
        tech, foreign = regime.technology, regime.foreign
        pulled = (foreign.sanctions > 0.02).astype(jnp.float32)
        parallel = towards(tech.parallel, pulled, tick.step, self.trade_years)
        allowed = foreign.china_ties * (
            self.china_unasked + (1 - self.china_unasked) * foreign.sanctions
        )
        chinese = towards(tech.chinese_supply, allowed, tick.step, self.china_years)
        tech = change(tech, parallel=keep(parallel), chinese_supply=keep(chinese))
        left = keep(self.inputs_left(tech, foreign.sanctions))
        c = tech.complexity
        elasticity = self.simple_elasticity * (1 - c) + self.complex_elasticity * c
        home = (1 - tech.import_dependence) * (1 - self.unmastered * (1 - tech.capability))
        made = import_shock(left, 1 - home, elasticity)
        made = jnp.asarray(made, jnp.float32)
        availability = keep(towards(tech.availability, made, tick.step, self.stock_years))
        seen = jnp.clip(self.visibility * (1 - availability), 0.0, 1.0)
        pace = jnp.where(
            seen > tech.failures,
            approach(tick.step, self.seen_years),
            approach(tick.step, self.forgotten_years),
        )
        failures = tech.failures + pace * (seen - tech.failures)
        return change(regime, technology=change(tech, availability=availability, failures=failures))

    def inputs_left(self, tech: Any, sanctions: Array) -> Float[Array, "sectors runs"]:
        """Share of each sector's imported inputs that still comes."""
        c = tech.complexity
        cut = sanctions * (self.simple_cut + (1 - self.simple_cut) * c)
        china = tech.chinese_supply * (1 - self.too_complex * c)
        returned = either(tech.parallel_ease * tech.parallel, china)
        return jnp.clip(1 - cut * (1 - returned), 0.0, 1.0)


class Specialists(
    Mechanism,
    id=113,
    stage=Stage.TECHNOLOGY,
    rules=("TE-3",),
    builds_on="after Hirschman (1970), Exit, Voice, and Loyalty",
):
    r"""Specialists leave when war, blows from outside or fear drive them.

    The rate of emigration relaxes towards $h_0 + h_w\, war + h_m\, mobilisation + h_z z + h_f F$,
    with $z$ the surprise in sanctions and $F$ force against society. The stock falls at that
    rate beyond the quiet one and is made up by training: $\dot S = \tau (1 - S) - (h - h_0) S$.
    """

    quiet_rate: Value = parameter(
        0.01, "Emigration in quiet times, made up by ordinary training.", unit="per year", high=0.5
    )
    by_war: Value = parameter(
        0.02, "Emigration added by a war of full intensity.", unit="per year", high=1
    )
    by_mobilisation: Value = parameter(
        0.1, "Emigration added by full mobilisation for war.", unit="per year", high=1
    )
    by_surprise: Value = parameter(
        0.1,
        "Emigration added by a total surprise in sanctions; estimates of those who left in 2022 "
        "run to about a tenth of specialists in information technology.",
        unit="per year",
        high=1,
    )
    by_force: Value = parameter(
        0.02, "Emigration added by full force against society.", unit="per year", high=1
    )
    rate_years: Value = parameter(
        0.25, "In which people make up their minds.", unit="years", low=0.02, high=5
    )
    training: Value = parameter(
        0.04, "Share of a gap in the stock made up by training in a year.", unit="per year", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the rate of emigration and the stock."""
        tech = regime.technology
        aim = (
            self.quiet_rate
            + self.by_war * regime.war.intensity
            + self.by_mobilisation * regime.war.mobilisation
            + self.by_surprise * surprise(regime)
            + self.by_force * regime.policy.force
        )
        rate = keep(towards(tech.emigration, aim, tick.step, self.rate_years))
        drain = rate - self.quiet_rate
        total = jnp.maximum(self.training + drain, _ENOUGH)
        settled = self.training / total
        moved = -jnp.expm1(-total * tick.step)
        stock = jnp.clip(tech.specialists + moved * (settled - tech.specialists), 0.0, 3.0)
        return change(regime, technology=change(tech, emigration=rate, specialists=stock))


class Capability(
    Mechanism,
    id=114,
    stage=Stage.TECHNOLOGY,
    rules=("TE-1", "TE-3", "TE-4", "TE-8", "TE-9", "TE-12"),
    builds_on="Nelson and Phelps (1966), Investment in Humans, Technological Diffusion, and "
    "Economic Growth",
):
    r"""Sectors catch up by effort, skill and foreign inputs; the complex ones hardly.

    Capability, as a share of a frontier that moves at $\lambda_s = \lambda\, c_s$ (slow in food,
    fast in electronics), follows Nelson and Phelps with the rate of absorption
    $\Phi_s = \phi\, (e_0 + e_s)\, S\, o_s\, e^{-\kappa c_s}$: effort, skill and openness multiply,
    and complexity slows (TE-4). Openness is what can be made for want of inputs, times what can
    still be learnt: $o_s = a_s [1 - l\, sanctions\,(1 - \chi (1-c_s))]$, since progress comes from
    the West and China replaces the simple part (TE-8). Sanctions and emigration lower absorption,
    and what does not keep up falls back (TE-3, TE-12).

    Effort is spread over sectors: by a policy of the market where success is near, in proportion to
    $(1-c_s)$; by a policy of sovereignty where dependence is a threat, in proportion to
    priority times import dependence (TE-9). It buys substitution as well: dependence falls towards
    what home capability leaves open, $1 - K_s$, at the rate $\nu\, e_s (1-c_s)$ (TE-1), and never
    rises by policy.
    """

    absorption: Value = parameter(
        0.075,
        "Share of the gap absorbed in a year with full effort, skill and openness in a sector "
        "without complexity. In quiet times (effort 0.2) the ten civilian sectors of the "
        "technological-sovereignty scenario are then at rest, on average, where it puts them in "
        "2014: log(c K/(1-K)) regressed on complexity has the intercept ln 0.61, which is quiet "
        "absorption over the growth of the complex frontier.",
        unit="per year",
        high=3,
    )
    plain_effort: Value = parameter(
        0.3, "What firms do by themselves, in units of full policy effort.", high=5
    )
    complexity: Value = parameter(
        0.9,
        "By how much full complexity slows absorption, in powers of e: minus the slope of the same "
        "regression; with defence and space it is 0.5, standard error 1.1.",
        high=10,
        prior=triangular(0.0, 0.9, 3.0),
    )
    learning: Value = parameter(
        0.6,
        "Share of what is learnt from abroad that full sanctions would end if China taught "
        "nothing (TE-8).",
        unit="share",
        high=1,
    )
    frontier_growth: Value = parameter(
        0.06,
        "Growth of the frontier in the most complex sector; total productivity in the American "
        "making of computers and electronics grew faster than this from 1987 to 2010, that of all "
        "manufacturing at about 1%.",
        unit="per year",
        high=0.5,
        prior=triangular(0.03, 0.06, 0.12),
    )
    substitution: Value = parameter(
        0.3,
        "Rate at which full effort replaces simple imports that home firms could make (TE-1).",
        unit="per year",
        high=5,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move each sector's capability and dependence on imports."""
        tech = regime.technology
        effort = keep(efforts(regime))
        rate = keep(self.absorbs(regime, effort))
        frontier = self.frontier_growth * tech.complexity
        own = jnp.maximum(tech.capability, 1e-4)
        later = nelson_phelps(tick.step, own, 1.0, frontier, rate)
        capability = jnp.clip(later * jnp.exp(-frontier * tick.step), 0.0, 1.0)
        could = jnp.maximum(tech.import_dependence - (1 - tech.capability), 0.0)
        pace = self.substitution * effort * (1 - tech.complexity)
        replaced = -jnp.expm1(-pace * tick.step) * could
        return change(
            regime,
            technology=change(
                tech,
                capability=jnp.asarray(capability, jnp.float32),
                import_dependence=tech.import_dependence - replaced,
            ),
        )

    def absorbs(
        self, regime: Regime, effort: Float[Array, "sectors runs"]
    ) -> Float[Array, "sectors runs"]:
        """Share of the gap to the frontier that each sector absorbs in a year."""
        tech = regime.technology
        c = tech.complexity
        taught = tech.chinese_supply * (1 - c)
        opened = tech.availability * (1 - self.learning * regime.foreign.sanctions * (1 - taught))
        skill = jnp.minimum(tech.specialists, 1.5)
        slowed = jnp.exp(-self.complexity * c)
        rate = self.absorption * (self.plain_effort + effort) * skill * opened * slowed
        return jnp.asarray(jnp.maximum(rate, 1e-6), jnp.float32)


def efforts(regime: Regime) -> Float[Array, "sectors runs"]:
    """Policy effort in each sector, 0 to 1; its mean is `effort` unless it is cut (TE-9)."""
    tech = regime.technology
    is_market = tech.industry == Industry.MARKET
    weight = jnp.where(is_market, 1 - tech.complexity, tech.priority * tech.import_dependence)
    mean = keep(weight.mean(0) if weight.shape[0] else tech.effort)
    return jnp.clip(tech.effort * weight / jnp.maximum(mean, _ENOUGH), 0.0, 1.0)


class Sovereignty(
    Mechanism,
    id=115,
    stage=Stage.TECHNOLOGY,
    rules=("TE-4", "TE-12"),
    builds_on="after Kremer (1993), The O-Ring Theory of Economic Development; Cohen and Newman "
    "(1985), A Stochastic Theory of Community Food Webs",
):
    r"""How much of technology stands on home ground alone.

    Of the key technologies of a modern economy a share $K$, the mean capability of sectors, is
    mastered anyhow. A fund that aims at $N$ more of them succeeds with that same chance, so that
    $q = K + (1-K) \min(N K/n, 1)$ are mastered. A technology is sovereign if it is mastered and so
    is all that it rests on; what rests on what is drawn as in a cascade, each technology resting on
    every more basic one with a given chance. See `sovereign_share`.
    """

    needed: Value = parameter(
        600.0,
        "Key technologies of a modern economy; the patent classification has about 640 subclasses.",
        low=1,
        high=10000,
        prior=loguniform(100, 3000),
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Reckon the sovereign share."""
        tech = regime.technology
        own = keep(mean_over(tech.capability, jnp.ones_like(tech.capability), 0.0))
        aimed = jnp.minimum(tech.fund_size * own / self.needed, 1.0)
        mastered = own + (1 - own) * aimed
        share = sovereign_share(self.needed, mastered, tech.fund_density)
        return change(regime, technology=change(tech, sovereign=share))


def sovereign_share(needed: Any, mastered: Any, density: Any) -> Float[Array, "*n"]:
    r"""Share of technologies that are mastered with all that they rest on.

    Technologies $1..n$, from basic to advanced, each rest on every more basic one with chance $p$
    (the cascade model) and are each mastered with chance $q$. A technology is sovereign if it is
    mastered and rests on none that is not sovereign. With $B_k$ not sovereign among the first $k$,
    the next one fails with chance $1 - q(1-p)^{B_k}$, a Markov chain; in the fluid limit
    $dB/dk = 1 - q e^{-\lambda B}$ with $\lambda = -\ln(1-p)$, which has the solution

    $$ B_n = \frac1\lambda \ln\bigl[q + (1-q) e^{\lambda n}\bigr]. $$

    Without dependence the share is $q$; with any, all beyond about $-\ln(1-q)/\lambda$ technologies
    fall, however many are needed. The limit is close where failures come sooner than their reach,
    $1-q \ge p$; beyond that it understates the share, as it lets the first failure come in parts.

    Args:
        needed: $n$, key technologies, at least 1.
        mastered: $q$, share of them mastered, 0 to 1.
        density: $p$, chance that one rests on a given more basic one, 0 to 1.

    Returns:
        $1 - B_n/n$, 0 to 1.

    Source:
        Our own, for the structure of Cohen and Newman (1985) with the complementarity of Kremer
        (1993).
    """
    n, q, p = (jnp.asarray(x, jnp.float32) for x in (needed, mastered, density))
    strength = -jnp.log1p(-jnp.minimum(p, 1 - 1e-6)) * n
    safe = jnp.maximum(strength, 1e-4)
    lost = jnp.logaddexp(jnp.log(jnp.maximum(q, 1e-30)), jnp.log1p(-jnp.minimum(q, 1.0)) + safe)
    return jnp.where(strength > 1e-4, jnp.clip(1 - lost / safe, 0.0, 1.0), q)
