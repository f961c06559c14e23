"""Five centuries of catching up: backwardness, mobilisation, privilege, stagnation.

A relaxation oscillator on the clock of years and generations, after Torbakov (2011), "What Does
Russia Want?", and the concept of service-class revolutions of Hellie (1977). `Backwardness`: the
gap, how it is felt, and the conflict that it feeds. `ServiceRevolution`: why all resources are
mobilised, and when not. `Degeneration`: what becomes of the class that did it. `Emulation`: why
institutions grow so slowly, even in a window. Nothing in it has a period.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, either, keep, probability
from vertikal.regime.mechanism import Clock, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Regime, change

SLOW: tuple[Clock, ...] = ("month", "quarter", "year")
"""Clocks on which a process of generations makes sense."""


def vulnerability(regime: Regime) -> Float[Array, " runs"]:
    """Long borders and few people to hold them, 0 to 1 (LR-8)."""
    long_run = regime.long_run
    return long_run.territory * (1 - long_run.people)


class Backwardness(
    Mechanism,
    id=180,
    stage=Stage.ECONOMY,
    rules=("LR-1", "LR-5", "LR-8", "LR-10", "LR-11"),
    builds_on=(
        "Nelson and Phelps (1966), Investment in Humans, Technological Diffusion, and Economic "
        "Growth; after Gerschenkron (1962), Economic Backwardness in Historical Perspective"
    ),
    clocks=SLOW,
):
    r"""The gap closes by mobilisation and institutions, opens by stagnation, and is never unfelt.

    The gap $g$ to the leading states follows $\dot g = -g (\kappa_m M + \kappa_i N) + \kappa_s S
    (1 - g)$: catching up is the faster the larger the gap and the more is mobilised ($M$) or the
    better institutions are ($N$); stagnation ($S$) lets it grow. Perception lags behind and never
    falls below a share of the truth, whatever is said officially (LR-10).

    Conflict with the advanced states relaxes towards $1 - (1 - a\,g\,r)(1 - b\,M)$: the adaptation
    to backwardness, a rigid order ($r$) and mobilisation, makes the two sides threatening to each
    other without any unusual aggressiveness (LR-5, LR-11). The threat that is felt relaxes towards
    $1 - (1 - D)(1 - c\,conflict)(1 - e\,v)$ with danger $D$ from outside the model and
    vulnerability $v$, territory times want of people (LR-8).
    """

    catch_up: Value = parameter(
        0.02, "Part of the gap closed in a year of full mobilisation: some four fifths stay after "
        "ten years, a third is made up in twenty.", unit="per year", high=0.5,
    )  # fmt: skip
    institutions: Value = parameter(
        0.015, "Part of the gap closed in a year by good institutions alone.",
        unit="per year", high=0.5,
    )  # fmt: skip
    falling_behind: Value = parameter(
        0.012, "Part of the way to full backwardness lost in a year of full stagnation.",
        unit="per year", high=0.5,
    )  # fmt: skip
    perception: Value = parameter(
        15.0, "In which a gap is felt: wars and travellers bring the news.",
        unit="years", low=0.5, high=100,
    )  # fmt: skip
    undeniable: Value = parameter(
        0.6, "Share of the gap that is felt whatever is said officially (LR-10).",
        unit="share", high=1,
    )  # fmt: skip
    adaptation: Value = parameter(
        0.8, "Conflict bred by full backwardness in a wholly rigid order.", unit="share", high=1
    )
    garrison: Value = parameter(0.5, "Conflict bred by full mobilisation.", unit="share", high=1)
    conflict_years: Value = parameter(
        10.0, "In which relations follow.", unit="years", low=0.5, high=100
    )
    echo: Value = parameter(0.5, "Threat felt in full conflict alone.", unit="share", high=1)
    borders: Value = parameter(
        0.3, "Threat felt by a vast and empty land alone (LR-8).", unit="share", high=1
    )
    threat_years: Value = parameter(
        4.0, "In which the sense of threat rises or calms.", unit="years", low=0.2, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the gap, its perception, conflict and threat."""
        now = regime.long_run
        closing = self.catch_up * now.mobilisation + self.institutions * now.institutions
        opening = self.falling_behind * now.stagnation
        total = closing + opening
        target = opening / jnp.maximum(total, 1e-9)
        gap = keep(now.gap - jnp.expm1(-total * tick.step) * (target - now.gap))
        felt = now.perceived_gap + approach(tick.step, self.perception) * (gap - now.perceived_gap)
        felt = jnp.maximum(felt, self.undeniable * gap)
        quarrel = 1 - (1 - self.adaptation * gap * now.rigidity) * (
            1 - self.garrison * now.mobilisation
        )
        conflict = now.conflict + approach(tick.step, self.conflict_years) * (
            quarrel - now.conflict
        )
        alarm = 1 - (1 - now.danger) * (1 - self.echo * now.conflict) * (
            1 - self.borders * vulnerability(regime)
        )
        threat = now.threat + approach(tick.step, self.threat_years) * (alarm - now.threat)
        return change(
            regime,
            long_run=change(
                now,
                gap=gap.astype(jnp.float32),
                perceived_gap=felt.astype(jnp.float32),
                conflict=conflict.astype(jnp.float32),
                threat=threat.astype(jnp.float32),
            ),
        )


class ServiceRevolution(
    Mechanism,
    id=181,
    stage=Stage.SLOW,
    rules=("LR-1", "LR-2", "LR-4", "LR-6", "EC-9"),
    builds_on="after Hellie (1977), The Structure of Modern Russian History",
    clocks=SLOW,
):
    r"""Backwardness and threat together mobilise everything, unless rent makes it unnecessary.

    Pressure is perceived gap times threat, less what rent buys off: $P = g_p T (1 - \rho R)$ (LR-1,
    LR-6, EC-9). In quiet times a revolution from above begins with the hazard $\lambda \,
    \epsilon \ln(1 + e^{(P - \theta (1 + \pi p)) / \epsilon})$: the privileged hold it up, for the
    threshold is raised by privilege $p$. While it is under way mobilisation and the hold of the new
    service class rise, society is ordered in castes that serve ($r$ rises, LR-2), and the old
    privileges are cut. It ends with the hazard $\mu (1 + p / (P + 0.1))$: sooner the more its own
    class has got and the less pressure is left. Mobilisation then runs down.
    """

    rate: Value = parameter(
        1.5, "Revolutions begun a year for each unit of pressure above the threshold.",
        unit="per year", high=50,
    )  # fmt: skip
    threshold: Value = parameter(
        0.25, "Pressure at which they begin to be likely: half the largest gap under half the "
        "largest threat.", low=0.01, high=1,
    )  # fmt: skip
    sharpness: Value = parameter(
        0.02, "Pressure over which likelihood sets in.", low=0.001, high=0.5
    )
    bought_off: Value = parameter(
        0.9, "Share of the pressure that full rent takes away (LR-6).", unit="share", high=1
    )
    resistance: Value = parameter(0.6, "By how much full privilege raises the threshold.", high=5)
    rising: Value = parameter(
        4.0, "In which mobilisation and the new class rise.", unit="years", low=0.2, high=50
    )
    ending: Value = parameter(
        0.04, "Rate at which a revolution ends whose class has no privileges yet; with a typical "
        "course they last some twenty years.", unit="per year", low=0.001, high=2,
    )  # fmt: skip
    running_down: Value = parameter(
        15.0, "In which mobilisation runs down afterwards.", unit="years", low=0.5, high=100
    )
    ordering: Value = parameter(
        12.0, "In which castes form while it lasts (LR-2).", unit="years", low=0.5, high=100
    )
    levelling: Value = parameter(
        6.0, "In which the old privileges are cut while it lasts.", unit="years", low=0.2, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Begin and end service-class revolutions; raise or run down mobilisation."""
        now = regime.long_run
        pressure = keep(now.perceived_gap * now.threat * (1 - self.bought_off * now.rent))
        bar = self.threshold * (1 + self.resistance * now.privilege)
        hazard = self.rate * self.sharpness * jnp.logaddexp(0.0, (pressure - bar) / self.sharpness)
        on = now.revolution > 0
        begins = ~on & tick.happens(probability(hazard, tick.step)[None], draw=0)[0]
        over = self.ending * (1 + now.privilege / (pressure + 0.1))
        ends = on & tick.happens(probability(over, tick.step)[None], draw=1)[0]
        under_way = keep((on | begins) & ~ends)
        up = approach(tick.step, self.rising)
        down = approach(tick.step, self.running_down)
        mobilised = now.mobilisation + jnp.where(
            under_way, up * (1 - now.mobilisation), -down * now.mobilisation
        )
        service = now.service + jnp.where(under_way, up * (1 - now.service), 0.0)
        castes = jnp.where(under_way, approach(tick.step, self.ordering), 0.0)
        cut = jnp.where(under_way, approach(tick.step, self.levelling), 0.0)
        return change(
            regime,
            long_run=change(
                now,
                revolution=under_way.astype(jnp.float32),
                revolutions=now.revolutions + begins,
                age=jnp.where(under_way, 0.0, now.age + tick.step).astype(jnp.float32),
                mobilisation=mobilised.astype(jnp.float32),
                service=service.astype(jnp.float32),
                rigidity=(now.rigidity + castes * (1 - now.rigidity)).astype(jnp.float32),
                privilege=(now.privilege * (1 - cut)).astype(jnp.float32),
            ),
        )


class Degeneration(
    Mechanism,
    id=182,
    stage=Stage.SLOW,
    rules=("LR-3", "LR-4", "LR-6", "LR-8", "LR-9", "IN-9"),
    builds_on="after Olson (1982), The Rise and Decline of Nations",
    clocks=SLOW,
):
    r"""The class that served comes to own; what it owns stands still; in the end it may fall.

    Between revolutions privileges grow with the hold of the service class, $\dot p = \gamma \sigma
    (1 - p)$ (LR-3), and stagnation relaxes towards $p (1 - M)$. The order is stable in the short
    run, since the privileged support it, and unsustainable in the long (LR-9, IN-9): a collapse has
    the hazard $\chi S g_p (1 - R)$. It takes with it most of the hold, the privileges and the
    castes of the class, and what was mobilised. Afterwards a service class comes back by itself, as
    far as no institutions stand in its place, and castes with it, but without a revolution (LR-6).
    Castes grow beyond that where long borders are to be held by few people: each estate is bound to
    its place and its service. They come back as far as $1 - (1 - \sigma)(1 - d\, v)$, with
    vulnerability $v$ (LR-8).
    """

    entrenchment: Value = parameter(
        0.015, "Rate at which a class with full hold makes its place its own: two generations for "
        "two thirds.", unit="per year", high=1,
    )  # fmt: skip
    settling: Value = parameter(
        12.0, "In which stagnation follows privilege.", unit="years", low=0.5, high=100
    )
    collapse: Value = parameter(
        0.015, "Collapses of a wholly stagnant and backward order without rent.",
        unit="per year", high=1,
    )  # fmt: skip
    swept_away: Value = parameter(
        0.7, "Share of hold, privilege and castes that a collapse sweeps away.",
        unit="share", high=1,
    )  # fmt: skip

    returning: Value = parameter(
        25.0, "In which a service class and its castes come back by themselves: a generation.",
        unit="years", low=1, high=200,
    )  # fmt: skip
    duty: Value = parameter(
        0.3, "Rigidity of castes to which a vast and empty land alone leads (LR-8).",
        unit="share", high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let privileges and stagnation grow, and some orders collapse."""
        now = regime.long_run
        quiet = now.revolution <= 0
        grown = jnp.where(quiet, -jnp.expm1(-self.entrenchment * now.service * tick.step), 0.0)
        privilege = now.privilege + grown * (1 - now.privilege)
        still = privilege * (1 - now.mobilisation)
        stagnation = now.stagnation + approach(tick.step, self.settling) * (still - now.stagnation)
        hazard = self.collapse * now.stagnation * now.perceived_gap * (1 - now.rent)
        falls = quiet & tick.happens(probability(hazard, tick.step)[None], draw=0)[0]
        kept = keep(jnp.where(falls, 1 - self.swept_away, 1.0))
        back = jnp.where(quiet, approach(tick.step, self.returning), 0.0)
        vacant = 1 - now.institutions
        service = now.service + back * jnp.maximum(vacant - now.service, 0.0)
        bound = either(service, self.duty * vulnerability(regime))
        castes = now.rigidity + back * jnp.maximum(bound - now.rigidity, 0.0)
        return change(
            regime,
            long_run=change(
                now,
                privilege=(privilege * kept).astype(jnp.float32),
                stagnation=stagnation.astype(jnp.float32),
                service=(service * kept).astype(jnp.float32),
                rigidity=(castes * kept).astype(jnp.float32),
                mobilisation=(now.mobilisation * kept).astype(jnp.float32),
                collapses=now.collapses + falls,
            ),
        )


class Emulation(
    Mechanism,
    id=183,
    stage=Stage.SLOW,
    rules=("LR-7", "IN-7", "WE-4"),
    builds_on="after North (1990), Institutions, Institutional Change and Economic Performance",
    clocks=SLOW,
):
    r"""Institutions grow where castes are loose and help is at hand, and slowly even there.

    Institutional capital follows $\dot N = \nu (1 - r)(1 - M)(f + H)(N + n_0)(1 - N) - \delta r N$:
    growth needs loose castes ($r$) and peace, builds on what there is, and is quickened by help
    $H$ from outside; a rigid order eats it. A collapse opens a window by loosening the castes, and
    with little capital and little help the window closes before much has grown (LR-7).
    """

    growth: Value = parameter(
        0.04, "Growth in the best of circumstances; a generation for most of the way.",
        unit="per year", high=1,
    )  # fmt: skip
    unaided: Value = parameter(0.4, "Pace without help, against full help.", unit="share", high=1)
    seed: Value = parameter(
        0.05, "Capital from which growth starts where there is none.", low=0.001, high=1
    )
    erosion: Value = parameter(0.03, "Loss in a wholly rigid order.", unit="per year", high=1)

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let institutions grow or erode."""
        now = regime.long_run
        loose = (1 - now.rigidity) * (1 - now.mobilisation)
        helped = jnp.clip(self.unaided + regime.foreign.help, 0.0, 1.0)
        up = self.growth * loose * helped * jnp.clip(now.institutions + self.seed, 0.0, 1.0)
        down = self.erosion * now.rigidity
        total = up + down
        target = up / jnp.maximum(total, 1e-9)
        moved = -jnp.expm1(-total * tick.step)
        grown = now.institutions + moved * (target - now.institutions)
        return change(regime, long_run=change(now, institutions=grown.astype(jnp.float32)))
