"""Insiders as one table, persons of the court and strata below them, and how they see things."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from vertikal.regime.batch import pick, rows
from vertikal.regime.leader import highest_grade, leader_clan
from vertikal.regime.regime import Regime, Setting, acts_as_one, is_active
from vertikal.regime.subsystems import Choice

_ENOUGH = 1e-6
"""Guard of divisions by a number that may be nil."""


class Insiders(NamedTuple):
    """What the choice of an insider depends on: arrays `[persons + strata, runs]`."""

    rank: Float[Array, "insiders runs"]
    """Grade of the highest post held, or rank of the stratum."""
    stakes: Float[Array, "insiders runs"]
    """What would be left behind at home."""
    abroad: Float[Array, "insiders runs"]
    """Assets abroad."""
    aversion: Float[Array, "insiders runs"]
    """Moral aversion to what the regime does."""
    sincerity: Float[Array, "insiders runs"]
    """How far one acts on feeling, or the share of the stratum that does."""
    reach: Float[Array, "insiders runs"]
    """Force within reach, against which the leader's loyal force is set."""
    gone: Float[Array, "insiders runs"]
    """Share of peers who have left."""


class Worth(NamedTuple):
    """What each course is worth, as sums `[insiders, runs]`; what leaving is weighed against."""

    serve: Float[Array, "insiders runs"]
    lie_low: Float[Array, "insiders runs"]
    quiet: Float[Array, "insiders runs"]
    noisy: Float[Array, "insiders runs"]
    switch: Float[Array, "insiders runs"]
    play: Float[Array, "insiders runs"]
    penalty: Float[Array, "insiders runs"]
    """Loss of one found inside when the regime falls."""
    fall_rate: Float[Array, " runs"]
    """Hazard of the regime's fall as insiders see it, per year."""
    tips: Float[Array, " runs"]
    """How far the ship lists beyond the threshold, 0 to 1."""


class Outlook(NamedTuple):
    """How insiders stand when they think of leaving; arrays over insiders and runs."""

    flow: Float[Array, "insiders runs"]
    """What staying yields a year, the option on the succession included."""
    outside: Float[Array, "insiders runs"]
    """Worth of leaving for good, a sum; may be negative."""
    penalty: Float[Array, "insiders runs"]
    """Loss of one found inside when the regime falls, a sum, 0 or more."""
    fall_rate: Float[Array, " runs"]
    """Hazard of the fall as insiders see it, per year."""
    gone: Float[Array, "insiders runs"]
    """Share of one's peers who have left, 0 to 1."""
    rank: Float[Array, "insiders runs"]
    """Rank, 0 to 1."""


def insiders(regime: Regime, setting: Setting) -> Insiders:
    """Persons first, then strata."""
    elite, own, strata = regime.elite, regime.defection, regime.strata
    left = strata.quiet + strata.noisy + strata.switched
    here = is_active(regime)
    gone = (~here & (own.choice >= Choice.QUIET_EXIT) & (own.choice <= Choice.SWITCH_SIDES)).sum(0)
    share = gone / (gone + here.sum(0) + _ENOUGH)
    both = lambda a, b: jnp.concatenate([a, b]).astype(jnp.float32)  # noqa: E731
    return Insiders(
        rank=both(highest_grade(regime, setting), strata.rank),
        stakes=both(own.stakes, strata.stakes),
        abroad=both(own.assets_abroad, strata.abroad),
        aversion=both(own.aversion, strata.aversion),
        sincerity=both(elite.sincerity, strata.sincerity),
        reach=both(persons_reach(regime, setting), strata.force),
        gone=both(
            jnp.broadcast_to(share, elite.power.shape), left / (left + strata.number + _ENOUGH)
        ),
    )


def persons_reach(regime: Regime, setting: Setting) -> Float[Array, "persons runs"]:
    """Force that a person can lead against the leader; nil for those who command none.

    It is that of his clan with what pacts lend it, as `leader.force_of` counts when it is used.
    """
    elite, clans = regime.elite, regime.clans
    n = clans.coercion.shape[0]
    others = jnp.where(rows(n) != leader_clan(regime), clans.coercion, 0.0)
    own = rows(n)[:, None] == rows(n)[None]
    share = jnp.where(own, 1.0, clans.pact)
    force = jnp.where(able_clans(regime, setting), (share * others[None]).sum(1), 0.0)
    leads = is_active(regime) & (elite.coercion > 0) & (elite.clan >= 0)
    return jnp.where(leads, pick(force, elite.clan), 0.0)


def able_clans(regime: Regime, setting: Setting) -> Bool[Array, "clans runs"]:
    """Clans that can act against the leader: organised, in play, and not his own."""
    others = rows(regime.clans.coercion.shape[0]) != leader_clan(regime)
    return acts_as_one(regime, setting) & others


def pillar(
    rank: Float[Array, "insiders runs"], rarity: Float[Array, "insiders runs"]
) -> Float[Array, "insiders runs"]:
    r"""Weight of one departure, $rank^4 \cdot rarity$ (DF-12): nil but for rare and senior posts.

    Args:
        rank: Of the post left, 0 to 1.
        rarity: How hard the post is to fill again, 0 to 1.
    """
    square = rank * rank
    return square * square * rarity
