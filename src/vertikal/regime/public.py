"""The official story: what makes it loud, which themes it takes up, and in whom it rings true.

`Identity`: what threatens the idea of a great power makes people anxious, and a story of continuity
calms them. `Narrative`: rulers answer with a louder story, for two audiences, whose themes compete
for attention and wear out. `Resonance`: memory and belief in greatness make it ring true, lived
hardship does not.

What people then believe stands in `opinion`, what they do in `unrest`, what they say in `survey`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import either, keep, towards
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Regime, change

_ENOUGH = 1e-3
"""Weight of a middling answer in a mean, which alone counts where there are no rows."""


def mean_over(
    values: Float[Array, "rows runs"], weights: Float[Array, "rows runs"], middle: float = 0.5
) -> Float[Array, " runs"]:
    """Weighted mean over rows; the middling value where there are no rows or no weights."""
    return ((values * weights).sum(0) + middle * _ENOUGH) / (weights.sum(0) + _ENOUGH)


def resonance_of_all(regime: Regime) -> Float[Array, " runs"]:
    """How far official narrative rings true to the population, cohorts by their share."""
    return mean_over(regime.public.resonance, regime.public.share)


def great_power_of_all(regime: Regime) -> Float[Array, " runs"]:
    """Belief of the population that the country is a great power, cohorts by their share."""
    return mean_over(regime.public.great_power, regime.public.share)


def surprise(regime: Regime) -> Float[Array, " runs"]:
    """Sanctions beyond those that the rulers reckoned with (TE-2)."""
    return jnp.maximum(regime.foreign.sanctions - regime.foreign.expected_sanctions, 0.0)


def rout(regime: Regime) -> Float[Array, " runs"]:
    """How badly a war goes, times how intense it is."""
    return regime.war.intensity * jnp.maximum(-regime.war.fortunes, 0.0)


def failures_felt(regime: Regime) -> Float[Array, " runs"]:
    """Failures of sectors that people see, by the priority that policy gives a sector."""
    technology = regime.technology
    return mean_over(technology.failures, technology.priority, middle=0.0)


class Identity(
    Mechanism, id=120, stage=Stage.OPINION, rules=("PN-1", "PN-2", "PN-16", "IN-15"), builds_on=""
):
    r"""Whatever denies that the country is a great power makes people anxious about what it is.

    States seek security of the self as well as of the body (PN-16; after Mitzen, 2006,
    "Ontological Security in World Politics", and Subotić, 2016, "Narrative, Ontological Security,
    and Foreign Policy Change"). Challenges add up as independent causes,

    $$ C = 1 - (1 - aS)(1 - b[S - S^e]_+)(1 - cX)(1 - dW)(1 - eP(1 - K)): $$

    sanctions $S$ and the surprise in them, exits of foreign firms $X$, a losing war $W$, and the
    prospect of Western enlargement $P$, which stings the more the less institutional capital $K$
    there is: the grievance is at root domestic (IN-15). Stress is drawn to
    $s_0 + (1-s_0)\, G\, C\, (1 - k \Gamma)$: it grows with belief in greatness $G$ (PN-1), and a
    sense of continuity $\Gamma$ calms it (PN-2). It comes in weeks and goes in months.

    Continuity is drawn to $\gamma_0 + (1-\gamma_0) N R$, narrative as far as it rings true; a
    story that nobody believes bridges nothing.
    """

    base_stress: Value = parameter(0.1, "Stress where nothing challenges identity.", high=1)
    from_sanctions: Value = parameter(0.4, "Challenge from the widest sanctions.", high=1)
    from_surprise: Value = parameter(
        0.5, "Challenge from sanctions wholly beyond what was reckoned with.", high=1
    )
    from_exits: Value = parameter(0.3, "Challenge if every foreign firm leaves.", high=1)
    from_rout: Value = parameter(0.6, "Challenge from a rout in a war of full intensity.", high=1)
    from_enlargement: Value = parameter(
        0.3, "Challenge from sure Western enlargement where there are no institutions.", high=1
    )
    calm: Value = parameter(0.5, "Share of stress that full continuity takes away (PN-2).", high=1)
    rise_years: Value = parameter(
        0.1, "In which stress follows a shock.", unit="years", low=0.01, high=2
    )
    fade_years: Value = parameter(
        1.0, "In which it fades when the shock is over.", unit="years", low=0.1, high=10
    )
    routine: Value = parameter(0.1, "Continuity that daily routine gives by itself.", high=1)
    continuity_years: Value = parameter(
        0.5, "In which a story becomes a sense of continuity.", unit="years", low=0.05, high=5
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move stress of identity and the sense of continuity."""
        public, foreign = regime.public, regime.foreign
        challenge = either(
            self.from_sanctions * foreign.sanctions,
            self.from_surprise * surprise(regime),
            self.from_exits * foreign.exits,
            self.from_rout * rout(regime),
            self.from_enlargement * foreign.enlargement * (1 - regime.institutions.capital),
        )
        felt = great_power_of_all(regime) * challenge * (1 - self.calm * public.continuity)
        target = keep(self.base_stress + (1 - self.base_stress) * felt)
        years = jnp.where(target > public.identity_stress, self.rise_years, self.fade_years)
        bridge = self.routine + (1 - self.routine) * public.narrative * resonance_of_all(regime)
        return change(
            regime,
            public=change(
                public,
                identity_stress=towards(public.identity_stress, target, tick.step, years),
                continuity=towards(public.continuity, bridge, tick.step, self.continuity_years),
            ),
        )


class Narrative(
    Mechanism,
    id=121,
    stage=Stage.OPINION,
    rules=("PN-1", "PN-5", "PN-10", "PN-11", "PN-15", "TE-2", "TE-7", "TE-11"),
    builds_on="after Hilgartner and Bosk (1988), The Rise and Fall of Social Problems",
):
    r"""Rulers tell a louder story when identity is at risk, and its themes compete for attention.

    The audience is double (PN-5), and each has needs of its own, which add up as independent
    causes. At home $N_h = 1 - (1-n_0) \prod_i (1 - a_i z_i)$ with $z$ the stress of identity
    (PN-1), surprise and exits (TE-2), exits with sanctions that are expected to last (TE-11), the
    greatness agenda, and one that looks abroad: that integration is out of reach cannot be said at
    home, so engagement is claimed to be on one's own terms (PN-15), esteem times $1$ less prospect.
    The West and the wider world are told what they do not grant, $N_w = a_w \cdot$ esteem
    $\cdot (1 -$ recognition$)$. Of what is told to one audience the other overhears a share $o$, so
    that $N^* = 1 - (1 - N_h)(1 - o N_w)$ at home and $N_a^* = 1 - (1 - N_w)(1 - o N_h)$ abroad;
    what the story gains abroad stands in `WesternResponse`. Capability appears nowhere: the reward
    is security of identity (TE-7).

    Attention is limited: themes share it by logit, $q_k \propto e^{\beta(\iota_k S + \tau_k
    \Gamma^- M - w V_k)}$, where $\iota_k$ says how far theme $k$ answers stress $S$, $\tau_k$ how
    far it draws on triumphs that people remember ($M$, the Soviet memory of the population; PN-10)
    and that are called up while continuity is wanting, $\Gamma^- = 1 - \Gamma$. Themes wear out by
    use and recover at rest, $V_k$; so they rise and fall (PN-11; compare Downs, 1972, "Up and Down
    with Ecology"). Intensities $N q_k$ sum to the whole.
    """

    base: Value = parameter(0.1, "Narrative where nothing calls for one.", high=1)
    from_stress: Value = parameter(0.7, "Need of a story from full stress (PN-1).", high=1)
    from_shock: Value = parameter(
        0.4, "Need from sanctions wholly beyond expectation and the exit of all firms (TE-2).",
        high=1,
    )  # fmt: skip
    from_duration: Value = parameter(
        0.3, "Need where all firms have left and sanctions are taken to last (TE-11).", high=1
    )
    from_agenda: Value = parameter(0.3, "Need from a full greatness agenda.", high=1)
    to_abroad: Value = parameter(
        0.2,
        "Need of a story for the West and the wider world, from recognition that an esteemed West "
        "wholly denies (PN-5).",
        high=1,
    )
    overheard: Value = parameter(
        0.5,
        "Share of what is told to one audience, at home or abroad, that reaches the other (PN-5).",
        unit="share",
        high=1,
    )
    own_terms: Value = parameter(
        0.2, "Need from integration with an esteemed West being out of reach (PN-15).", high=1
    )
    narrative_years: Value = parameter(
        0.15, "In which officials and media take up a need.", unit="years", low=0.01, high=3
    )
    sharpness: Value = parameter(
        4.0, "Log-odds of attention for each unit of a theme's appeal.", high=50
    )
    wear_weight: Value = parameter(0.5, "Appeal that a theme wholly worn out has lost.", high=5)
    wear_years: Value = parameter(
        1.0,
        "In which a theme that fills all attention wears out; cycles of public attention last from "
        "months to a few years.",
        unit="years",
        low=0.05,
        high=20,
    )
    rest_years: Value = parameter(
        3.0, "In which a theme at rest is fresh again.", unit="years", low=0.1, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the intensity of the story and the attention to its themes."""
        public, foreign = regime.public, regime.foreign
        at_home = either(
            self.base,
            self.from_stress * public.identity_stress,
            self.from_shock * (surprise(regime) + foreign.exits) / 2,
            self.from_duration * foreign.exits * foreign.expected_sanctions,
            self.from_agenda * regime.policy.agenda,
            self.own_terms * public.esteem_of_west * (1 - foreign.prospect),
        )
        at_home = keep(at_home)
        to_world = self.to_abroad * public.esteem_of_west * (1 - foreign.recognition)
        need = either(at_home, self.overheard * to_world)
        heard_abroad = either(to_world, self.overheard * at_home)
        narrative = keep(towards(public.narrative, need, tick.step, self.narrative_years))
        abroad = towards(public.narrative_abroad, heard_abroad, tick.step, self.narrative_years)
        attention = jax.nn.softmax(self._appeal(regime), axis=0)
        intensity = keep(narrative * attention)
        used, rested = intensity / self.wear_years, 1 / self.rest_years
        settled = used / (used + rested)
        wear = public.wear - jnp.expm1(-tick.step * (used + rested)) * (settled - public.wear)
        return change(
            regime,
            public=change(
                public,
                narrative=narrative,
                narrative_abroad=abroad,
                intensity=intensity,
                wear=wear,
            ),
        )

    def _appeal(self, regime: Regime) -> Float[Array, "themes runs"]:
        public = regime.public
        memory = mean_over(public.soviet_memory, public.share)
        answered = public.identity * public.identity_stress
        recalled = public.triumph * memory * (1 - public.continuity)
        return self.sharpness * (answered + recalled - self.wear_weight * public.wear)


class Resonance(
    Mechanism,
    id=122,
    stage=Stage.OPINION,
    rules=("PN-3", "PN-4", "PN-7", "PN-9", "PN-10", "TE-12"),
    builds_on="after Friedkin and Johnsen (1990), Social Influence and Opinions",
):
    r"""The story rings true to those who remember what it tells of, until life contradicts it.

    A cohort's own view is $o_j = r_0 + a\, m_j T + b\, c_j + g\, G_j - h\, D$: memory of the USSR
    $m_j$ as far as the story speaks of triumphs, $T$ (PN-3, PN-10), memory of the crisis of the
    1990s $c_j$, belief in a great power $G_j$ (PN-4), less doubt $D$. People also listen to one
    another, so the cohort is drawn to $(1-\lambda) o_j + \lambda \bar R$, one round of the model of
    Friedkin and Johnsen with everyone heard by share.

    Doubt is what is lived, hardship and failures that are seen (PN-7, TE-12), softened by
    resilience: a preference for home products and little fear of shortages (PN-9).

    Belief in greatness follows, over years, the story as far as it rings true, assertion, and the
    fortunes of war.
    """

    base: Value = parameter(0.2, "Resonance without memory, belief or doubt.", high=1)
    from_triumphs: Value = parameter(
        0.3, "Resonance from full Soviet memory in a story of triumphs alone (PN-3).", high=1
    )
    from_crisis: Value = parameter(
        0.2, "Resonance from full memory of the crisis of the 1990s (PN-3).", high=1
    )
    from_greatness: Value = parameter(0.4, "Resonance from sure belief in greatness.", high=1)
    doubt: Value = parameter(0.6, "Resonance lost to full hardship and failure (PN-7).", high=2)
    patience: Value = parameter(0.5, "Share of doubt that full resilience stills (PN-9).", high=1)
    listening: Value = parameter(
        0.4, "How far a cohort's view is that of all others rather than its own.", unit="share",
        high=1,
    )  # fmt: skip
    resonance_years: Value = parameter(
        1.5,
        "In which a story begins to ring true or hollow; the documents leave the timing open "
        "(PN-7).",
        unit="years",
        low=0.05,
        high=20,
    )
    base_greatness: Value = parameter(
        0.4, "Belief in a great power without story, assertion or war.", high=1
    )
    greatness_told: Value = parameter(0.4, "Belief that the fullest story adds.", high=1)
    greatness_shown: Value = parameter(
        0.3,
        "Belief that full assertion adds; majorities have held it since 2014 (PN-4).",
        high=1,
    )
    greatness_won: Value = parameter(
        0.3, "Belief that victory in a full war adds and a rout takes.", high=1
    )
    greatness_years: Value = parameter(
        5.0, "In which belief in greatness changes.", unit="years", low=0.2, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the resonance of the story and the belief in greatness, cohort by cohort."""
        public = regime.public
        own = self._own(regime)
        all_ = resonance_of_all(regime)
        target = (1 - self.listening) * jnp.clip(own, 0.0, 1.0) + self.listening * all_
        resonance = keep(towards(public.resonance, target, tick.step, self.resonance_years))
        greatness = (
            self.base_greatness
            + self.greatness_told * public.narrative * public.resonance
            + self.greatness_shown * regime.foreign.assertion
            + self.greatness_won * regime.war.intensity * regime.war.fortunes
        )
        return change(
            regime,
            public=change(
                public,
                resonance=resonance,
                great_power=towards(public.great_power, greatness, tick.step, self.greatness_years),
            ),
        )

    def _own(self, regime: Regime) -> Float[Array, "cohorts runs"]:
        """What a cohort would make of the story by itself."""
        public = regime.public
        triumphs = mean_over(public.triumph, public.intensity, middle=0.0)
        resilience = (public.domestic_preference + 1 - public.shortage_fear) / 2
        lived = either(1 - public.life, failures_felt(regime))
        doubt = keep(self.doubt * lived * (1 - self.patience * resilience))
        return (
            self.base
            + self.from_triumphs * public.soviet_memory * triumphs
            + self.from_crisis * public.crisis_memory
            + self.from_greatness * public.great_power
            - doubt
        )
