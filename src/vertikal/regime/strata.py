"""Groups of insiders as counts: how many leave, how, and what that does to those who stay.

What moves them is the value function of `defection`, which calls this module; nothing here acts
by itself. Rules: CO-5, DF-2, DF-9, DF-11, DF-12, LD-6 for groups.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import probability
from vertikal.regime.counts import binomial
from vertikal.regime.insiders import pillar
from vertikal.regime.mechanism import Tick, Value
from vertikal.regime.regime import Regime, change

_ENOUGH = 1e-6
"""Guard of divisions by a number of members or a hazard that may be nil."""


def leave(
    regime: Regime,
    tick: Tick,
    exits: Float[Array, "3 strata runs"],
    moved: Float[Array, "strata runs"],
    plays: Float[Array, "strata runs"],
    serves: Float[Array, "strata runs"],
    reviewed: Value,
    cohesion_loss: Value,
) -> Regime:
    """The regime after members of strata have left or begun to plot.

    Members leave independently of each other, each in one way: counts are binomial, one way after
    another out of those who remain. A power play is the deed of a stratum's leading circle, so
    there is one at a time however many members there are.

    What share of all pillars has left stands in the record of the tick, for `Alarm` (CO-5).

    Args:
        regime: The state before.
        tick: The present tick; draws 2 to 5 are used.
        exits: Hazard of leaving quietly, noisily, to the other side within the step, a member.
        moved: Share of that hazard which is emotion.
        plays: Hazard of a power play within the step, for each stratum.
        serves: Chance that a member who stays serves rather than lies low.
        reviewed: Share of members who review their choice within the step.
        cohesion_loss: Share of a clan's cohesion lost with one pillar; who belongs to which clan
            is not known, so that each bears its part.
    """
    strata, own, clans = regime.strata, regime.defection, regime.clans
    n = strata.number.shape[0]
    if n == 0:
        return regime
    total = exits.sum(0)
    chance = probability(total, 1.0) / jnp.maximum(total, _ENOUGH * 1e-6)
    left, spared, counts = strata.number, jnp.ones_like(total), []
    for way in (2, 1, 0):
        p = exits[way] * chance
        count = binomial(left, p / jnp.maximum(spared, _ENOUGH), tick.word(n, draw=2 + way))
        left, spared = left - count, spared - p
        counts.append(count)
    switched, noisy, quiet = counts
    gone = switched + noisy + quiet
    plot = (left > 0) & tick.happens(probability(plays, 1.0), draw=5)
    weight = pillar(strata.rank, 1 - strata.replaceable)
    lost = (gone * weight).sum(0)
    share = lost / ((strata.number * weight).sum(0) + _ENOUGH)
    kept = jnp.clip(1 - cohesion_loss * lost / clans.cohesion.shape[0], 0.0, 1.0)
    most = lambda total: jnp.minimum(total, 1e6).astype(jnp.float32)  # noqa: E731
    return change(
        regime,
        strata=change(
            strata,
            number=left,
            sincerity=left_behind(strata.sincerity, moved, gone, left),
            serving=(strata.serving + reviewed * (serves - strata.serving)).astype(jnp.float32),
            quiet=most(strata.quiet + quiet),
            noisy=most(strata.noisy + noisy),
            switched=most(strata.switched + switched),
            plays=most(strata.plays + plot),
            plotting=plot.astype(jnp.float32),
        ),
        defection=change(own, pillars_lost=jnp.minimum(own.pillars_lost + lost, 100.0)),
        clans=change(clans, cohesion=(clans.cohesion * kept).astype(jnp.float32)),
        moves=change(regime.moves, pillars_left=jnp.clip(share, 0.0, 1.0).astype(jnp.float32)),
    )


def left_behind(
    sincerity: Float[Array, "strata runs"],
    moved: Float[Array, "strata runs"],
    gone: Float[Array, "strata runs"],
    left: Float[Array, "strata runs"],
) -> Float[Array, "strata runs"]:
    r"""Sincerity of those who stay after some have gone (DF-11).

    Emotion moves the sincere alone, calculation all alike: of $g$ who leave, $q = m + (1-m)s$ are
    sincere, and $s' = (s N - q g)/(N - g)$.

    Args:
        sincerity: $s$ before, 0 to 1.
        moved: $m$, share of the leavers moved by emotion, 0 to 1.
        gone: $g$, how many leave.
        left: $N - g$, how many stay.
    """
    sincere = sincerity * (left + gone) - (moved + (1 - moved) * sincerity) * gone
    share = jnp.clip(sincere / jnp.maximum(left, 1.0), 0.0, 1.0)
    return jnp.where((gone > 0) & (left > 0), share, sincerity).astype(jnp.float32)
