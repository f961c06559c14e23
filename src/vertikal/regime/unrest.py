"""Discontent in private and protest in public, which may lie far apart.

`Discontent`: how many would rather see the regime go, and whom they could be won by. `Unrest`: how
many of them show it, which depends on how many others do.
"""

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, either, keep, towards
from vertikal.regime.mechanism import SHORT_CLOCKS, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Regime, change

ROUNDS = 8
"""Rounds of looking at one another within a tick."""


class Discontent(
    Mechanism,
    id=126,
    stage=Stage.OPINION,
    rules=("EL-17", "PN-13", "PN-14", "IN-9"),
    builds_on="",
    subsystem="public",
):
    r"""Who would rather see the regime go, and who could win them.

    Private discontent is drawn to $1 - (1 - (1-P)(1 - kL))(1 - aM)(1 - dD)$: people without liking
    for the leader, $1 - P$, whom legitimacy $L$ does not hold; misery $M = [1 - 2\,life]_+$; and
    the decline of the regime $D$ (IN-9).

    Liberal ideas have no base (EL-17, PN-13): it is a small share that doubles at most where media
    are free and the opposition is serious, and only within a generation. What discontent finds no
    counterweight in institutions, in an ideology or in liberals is there for populists to win
    (PN-14).
    """

    hold: Value = parameter(
        0.6, "Share of those without liking for the leader whom full legitimacy holds.",
        unit="share", high=1,
    )  # fmt: skip
    misery: Value = parameter(0.5, "Share of people whom utter misery turns against it.",
        unit="share", high=1)  # fmt: skip
    decline: Value = parameter(
        0.3, "Share whom a regime in full decline turns against it (IN-9).", unit="share", high=1
    )
    discontent_years: Value = parameter(
        0.7, "In which discontent follows its causes.", unit="years", low=0.02, high=10
    )
    liberals: Value = parameter(
        0.03, "Share of people who hold liberal ideas without free media (EL-17: about none).",
        unit="share", high=1,
    )  # fmt: skip
    liberals_won: Value = parameter(
        0.03, "Share that free media and a serious opposition could win.", unit="share", high=1
    )
    liberal_years: Value = parameter(
        15.0, "In which ideas find a base: half a generation.", unit="years", low=1, high=60
    )
    populist_years: Value = parameter(
        1.0, "In which populists find their public.", unit="years", low=0.05, high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move private discontent and the followings that it could have."""
        public, institutions = regime.public, regime.institutions
        cold = (1 - public.popularity) * (1 - self.hold * institutions.legitimacy)
        poor = self.misery * jnp.maximum(1 - 2 * public.life, 0.0)
        against = either(cold, poor, self.decline * institutions.decline)
        discontent = keep(towards(public.discontent, against, tick.step, self.discontent_years))
        reached = public.media_freedom * regime.opposition.seriousness
        liberal = self.liberals + self.liberals_won * reached
        counterweight = either(institutions.capital, institutions.ideology, public.liberal_base)
        return change(
            regime,
            public=change(
                public,
                discontent=discontent,
                liberal_base=towards(public.liberal_base, liberal, tick.step, self.liberal_years),
                populist_base=towards(
                    public.populist_base,
                    public.discontent * (1 - counterweight),
                    tick.step,
                    self.populist_years,
                ),
            ),
        )


class Unrest(
    Mechanism,
    id=127,
    stage=Stage.OPINION,
    rules=("EL-17", "IN-9"),
    builds_on="Granovetter (1978), Threshold Models of Collective Behavior; "
    "Kuran (1989), Sparks and Prairie Fires",
    clocks=SHORT_CLOCKS,
    subsystem="public",
):
    r"""Open protest feeds on itself: each waits until enough others are in the streets.

    Of the discontented $D$ only a share $\rho$ would ever be seen in the streets. One of them
    protests once the share of all who ever would has reached his threshold. Thresholds are normal,
    so that protest $x$, a share of all people, is drawn to

    $$ F(x) = \rho D\, \Phi\Bigl(\frac{x/\rho - m}{\sigma}\Bigr) $$

    within days, and rests where $x = F(x)$. Fear and force raise the mean threshold, an opening and
    a base of people who would protest on principle lower it,
    $m = m_0 + a\,fear + b\,force - c\,opening - e\,liberal\ base - \xi$, and so does a bold mood
    $\xi$, a random process with a memory of months. Protest also tires: mood is drawn down by the
    share of those who ever would that is in the streets, so that protest comes in waves (after
    Tarrow, 1998, "Power in Movement").

    Private discontent may be high while nobody stirs: that is the falsification of preferences
    (Kuran). Near the fold a small shift of the thresholds changes everything; without a base on
    principle nobody begins (EL-17).
    """

    reach: Value = parameter(
        0.1,
        "Share of the discontented who would ever protest in the open; the largest campaigns on "
        "record drew at their peak about a tenth of the people (Chenoweth and Stephan 2011).",
        unit="share",
        low=0.01,
        high=1,
        basis="literature",
    )
    caution: Value = parameter(
        0.25,
        "Mean threshold without fear or force, as a share of those who ever would; Granovetter's "
        "example.",
        unit="share",
        high=1,
    )
    fear_weight: Value = parameter(0.3, "By what full fear raises it.", high=2)
    force_weight: Value = parameter(0.2, "By what full use of force raises it.", high=2)
    opening_weight: Value = parameter(0.1, "By what a full opening lowers it.", high=2)
    base_weight: Value = parameter(
        1.0, "By what people who would protest on principle lower it, for each share of them.",
        high=10,
    )  # fmt: skip
    spread: Value = parameter(
        0.12,
        "Standard deviation of thresholds; with a mean of a quarter the small cascade becomes a "
        "great one at 0.122 (Granovetter 1978).",
        low=0.01,
        high=1,
        basis="literature",
    )
    mood_spread: Value = parameter(
        0.04, "Standard deviation of the passing mood of the streets.", high=0.5
    )
    mood_years: Value = parameter(0.3, "How long a mood lasts.", unit="years", low=0.02, high=5)
    exhaustion: Value = parameter(
        0.5, "By what protest of all who ever would raises the mean threshold in time.", high=5
    )
    protest_years: Value = parameter(
        0.03,
        "In which the streets fill or empty: about eleven days; from the first large rally to the "
        "fall of the regime took weeks in the autumn of 1989.",
        unit="years",
        low=0.002,
        high=1,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let people look at one another for the length of the tick."""
        public = regime.public
        kept = jnp.exp(-tick.step / self.mood_years)
        drift = self.mood_spread * jnp.sqrt(1 - kept * kept) * tick.normal(1)[0]
        tired = -self.exhaustion * jnp.minimum(public.unrest / self.reach, 1.0)
        mood = keep(jnp.clip(tired + kept * (public.mood - tired) + drift, -1.0, 1.0))
        mean = keep(self.threshold(regime) - mood)
        pull = approach(tick.step / ROUNDS, self.protest_years)
        protest, crowd = public.unrest, self.reach * public.discontent
        for _ in range(ROUNDS):
            joined = crowd * ndtr((protest / self.reach - mean) / self.spread)
            protest = protest + pull * (joined - protest)
        return change(regime, public=change(public, mood=mood, unrest=protest))

    def threshold(self, regime: Regime) -> Float[Array, " runs"]:
        """Mean threshold in a middling mood, a share of those who would ever protest."""
        return (
            self.caution
            + self.fear_weight * regime.coercion.fear
            + self.force_weight * regime.policy.force
            - self.opening_weight * regime.opposition.opening
            - self.base_weight * regime.public.liberal_base
        )
