r"""Small states between two poles, and bargains that two parliaments must ratify.

The line of states is Hotelling, H. (1929), "Stability in Competition", *Economic Journal* 39:
41-57 [P]; its use for a hegemon and its neighbours, the assertion of power as a price and the
interval algebra of ratification are ours [O]. The verbal theories behind them: Walt, S. (1987),
*The Origins of Alliances*, Cornell University Press (threat against power); Morrow, J. (1991),
"Alliances and Asymmetry", *American Journal of Political Science* 35(4): 904-933 (security traded
for autonomy); Putnam, R. (1988), "Diplomacy and Domestic Politics", *International Organization*
42(3): 427-460; Iida, K. (1993), "When and How Do Domestic Constraints Matter?", *Journal of
Conflict Resolution* 37(3): 403-426. None of them is claimed to be formalised here.

Question: how hard can a hegemon assert itself before its neighbours drift to the other pole, and is
there anything that both parliaments would ratify?

Primitives: states $x \sim U[0, 1]$, hegemon at 0 and rival at 1, distance cost $t > 0$, security
offers $q_H, q_R$, assertion $z \ge 0$. Joining the hegemon is worth $q_H - tx - c z_H$, joining the
rival $q_R - t(1-x) - c z_R$; assertion also frightens, which adds $f z$ to staying with the one who
asserts. A ratifier has an ideal point $r_i$ and compares with the status quo $q$.

Case: the hedging of post-Soviet neighbours after 2014 and 2022 and Kazakhstan's policy of many
vectors; the Union Treaty of 1991 as a win-set without content.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Bool, Float

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "ours"
CITATION = (
    "Ours; the line of states after Hotelling (1929), Stability in Competition, Economic Journal "
    "39: 41-57"
)


class Assertion(NamedTuple):
    """How hard one pole asserts itself when the other does not."""

    assertion: Float[Array, "*batch"]
    """$z^*$, in the unit of utility over $c - f$."""
    share: Float[Array, "*batch"]
    """Share of states that stays with the hegemon."""
    take: Float[Array, "*batch"]
    """Assertion times share: what he extracts."""
    is_interior: Bool[Array, "*batch"]
    """Whether the textbook solution holds, neither the cap nor all states nor none."""


class Duopoly(NamedTuple):
    """Assertion of two poles that both choose it."""

    hegemon: Float[Array, "*batch"]
    """$z_H$."""
    rival: Float[Array, "*batch"]
    """$z_R$."""
    share: Float[Array, "*batch"]
    """Share of states with the hegemon."""
    is_interior: Bool[Array, "*batch"]
    """Whether both poles keep followers."""


class Interval(NamedTuple):
    """A closed interval of agreements."""

    low: Float[Array, "*batch"]
    """Lower end."""
    high: Float[Array, "*batch"]
    """Upper end; equal to the lower where only the status quo is acceptable."""


class Demand(NamedTuple):
    """A take-it-or-leave-it demand on a partner whose reservation value is not known."""

    demand: Float[Array, "*batch"]
    """What is demanded; `nan` where no demand beats one's own floor."""
    ratified: Float[Array, "*batch"]
    """Probability that it is ratified."""
    exists: Bool[Array, "*batch"]
    """Whether some demand is worth making."""


# The line of states ------------------------------------------------------------------------------


def _check_share(
    security_gap: np.ndarray,
    assertion_gap: np.ndarray,
    distance_cost: np.ndarray,
    net_aversion: np.ndarray,
) -> None:
    for name, value in (
        ("security_gap", security_gap),
        ("assertion_gap", assertion_gap),
        ("net_aversion", net_aversion),
    ):
        require(np.isfinite(value), name, value, "must be a finite number")
    _check_distance(distance_cost)


def _check_distance(distance_cost: np.ndarray) -> None:
    known = (distance_cost > 0) & (distance_cost < np.inf)
    require(known, "distance_cost", distance_cost, "must be positive and finite")


@formal_model(check=_check_share)
def aligned_share(
    security_gap: ArrayLike,
    assertion_gap: ArrayLike,
    distance_cost: ArrayLike,
    net_aversion: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""Share of states that align with the hegemon.

    $$ \hat x = \mathrm{clip}\Bigl(\tfrac12 + \frac{\Delta q - (c-f)\Delta z}{2t}, 0, 1\Bigr). $$

    Args:
        security_gap: $\Delta q = q_H - q_R$, utils.
        assertion_gap: $\Delta z = z_H - z_R$.
        distance_cost: $t$, utils for the whole distance between the poles, positive.
        net_aversion: $c - f$, how much assertion repels net of the fear that it inspires; negative
            where fear prevails and states bandwagon.

    Returns:
        Share, 0 to 1.

    Raises:
        ValueError: If an argument is not finite or `distance_cost` not positive.

    Source:
        [P] Hotelling (1929) for the line; assertion and fear along it are ours [O].

    Example:
        >>> round(float(aligned_share(0.2, 1.2, 1.0, 0.5)), 12)
        0.3
    """
    dq, dz, t, net = floats(security_gap, assertion_gap, distance_cost, net_aversion)
    return jnp.clip(0.5 + (dq - net * dz) / (2 * t), 0.0, 1.0)


def _check_assertion(
    base_share: np.ndarray,
    distance_cost: np.ndarray,
    aversion: np.ndarray,
    fear: np.ndarray,
    cap: np.ndarray | None = None,
) -> None:
    require(np.isfinite(base_share), "base_share", base_share, "must be a finite number")
    _check_distance(distance_cost)
    for name, value in (("aversion", aversion), ("fear", fear)):
        require((value >= 0) & (value < np.inf), name, value, "must be 0 or more, and finite")
    if cap is not None:
        require(cap >= 0, "cap", cap, "must be 0 or more")


@formal_model(check=_check_assertion)
def optimal_assertion(
    base_share: ArrayLike,
    distance_cost: ArrayLike,
    aversion: ArrayLike,
    fear: ArrayLike,
    cap: ArrayLike = np.inf,
) -> Assertion:
    r"""How hard a hegemon asserts himself against a passive rival.

    He takes $z$ from each follower. If assertion repels more than it frightens ($c > f$),

    $$ z^* = \frac{t x_0}{c-f}, \qquad \text{share } x_0/2, \qquad
       \text{take } \frac{t x_0^2}{2(c-f)}; $$

    half of those who would follow a mild hegemon are lost to a greedy one. With $c \le f$ there is
    no dilemma and assertion goes to its cap. With so strong an offer that half of $x_0$ exceeds the
    whole line, he asserts himself up to the point where the first state would leave.

    Args:
        base_share: $x_0 = \tfrac12 + \Delta q/(2t)$, share without assertion; above 1 (below 0)
            where even the farthest (nearest) state would (not) follow.
        distance_cost: $t$, utils for the whole distance, positive.
        aversion: $c$, how much assertion costs a follower, utils a unit, 0 or more.
        fear: $f$, how much it adds to staying, utils a unit, 0 or more.
        cap: Largest assertion possible, 0 or more; none if infinite.

    Returns:
        Assertion, share that stays, the take, and whether the interior solution holds.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [O] Ours, on the line of Hotelling (1929).

    Example:
        >>> found = optimal_assertion(0.6, 1.0, 0.8, 0.3)
        >>> [round(float(x), 12) for x in found[:3]]
        [1.2, 0.3, 0.36]
    """
    start, t, c, f, cap = floats(base_share, distance_cost, aversion, fear, cap)
    repels = c > f
    net = jnp.where(repels, c - f, 1.0)
    inner = t * jnp.maximum(start, 0.0) / net
    all_stay = 2 * t * (start - 1) / net
    free = jnp.maximum(inner, all_stay)
    # Fear keeps everyone from the point at which the last doubter is cowed.
    chosen = jnp.where(repels, jnp.minimum(free, cap), cap)
    # An infinite cap never meets a positive net aversion here; keep inf times 0 out of the share.
    pull = jnp.where(c == f, 0.0, (c - f) * jnp.where(c == f, 0.0, chosen))
    share = jnp.clip(start - pull / (2 * t), 0.0, 1.0)
    take = jnp.where(share > 0, chosen * jnp.where(share > 0, share, 1.0), 0.0)
    is_interior = repels & (chosen == inner) & (share > 0) & (share < 1)
    return Assertion(chosen, share, take, is_interior)


def _check_duopoly(
    security_gap: np.ndarray, distance_cost: np.ndarray, net_aversion: np.ndarray | None = None
) -> None:
    require(np.isfinite(security_gap), "security_gap", security_gap, "must be a finite number")
    _check_distance(distance_cost)
    if net_aversion is not None:
        known = (net_aversion > 0) & (net_aversion < np.inf)
        require(known, "net_aversion", net_aversion, "must be positive and finite")


@formal_model(check=_check_duopoly)
def duopoly_assertion(
    security_gap: ArrayLike, distance_cost: ArrayLike, net_aversion: ArrayLike = 1.0
) -> Duopoly:
    r"""How hard two poles assert themselves when both choose.

    For $|\Delta q| \le 3t$, with $n = c - f$,

    $$ z_H = (t + \Delta q/3)/n, \quad z_R = (t - \Delta q/3)/n, \quad
       \hat x = \tfrac12 + \Delta q/(6t). $$

    Beyond that the weaker pole has no followers at any assertion, and the stronger one asserts
    itself up to the point where the farthest state would leave.

    Args:
        security_gap: $\Delta q = q_H - q_R$, utils.
        distance_cost: $t$, utils for the whole distance, positive.
        net_aversion: $n = c - f$, utils a unit of assertion, positive.

    Returns:
        Assertions of the two, the hegemon's share and whether both keep followers.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Hotelling (1929); reading his prices as assertion is ours [O].

    Example:
        >>> found = duopoly_assertion(0.6, 1.0)
        >>> [round(float(x), 12) for x in found[:3]]
        [1.2, 0.8, 0.6]
    """
    dq, t, net = floats(security_gap, distance_cost, net_aversion)
    third = dq / 3
    is_interior = jnp.abs(third) <= t
    hegemon = jnp.where(is_interior, t + third, jnp.where(dq > 0, dq - t, 0.0)) / net
    rival = jnp.where(is_interior, t - third, jnp.where(dq < 0, -dq - t, 0.0)) / net
    share = jnp.where(is_interior, 0.5 + third / (2 * t), jnp.where(dq > 0, 1.0, 0.0))
    return Duopoly(hegemon, rival, share, is_interior)


# Two-level bargains ------------------------------------------------------------------------------


def _check_ideal(ideal: np.ndarray, status_quo: np.ndarray) -> None:
    require(np.isfinite(ideal), "ideal", ideal, "must be a finite number")
    require(np.isfinite(status_quo), "status_quo", status_quo, "must be a finite number")


@formal_model(check=_check_ideal)
def win_set(ideal: ArrayLike, status_quo: ArrayLike) -> Interval:
    r"""What one ratifier prefers to the status quo, or likes as well.

    $$ [\min(q, 2r - q), \max(q, 2r - q)]. $$

    Args:
        ideal: $r$, the ratifier's ideal point on one dimension.
        status_quo: $q$, what remains without an agreement.

    Returns:
        The interval; a single point for a ratifier content with the status quo.

    Raises:
        ValueError: If an argument is not finite.

    Source:
        [O] Ours; the argument is that of Putnam (1988), in words.

    Example:
        >>> [round(float(x), 12) for x in win_set(0.6, 0.5)]
        [0.5, 0.7]
    """
    r, q = floats(ideal, status_quo)
    mirror = 2 * r - q
    return Interval(jnp.minimum(q, mirror), jnp.maximum(q, mirror))


def _check_ideals(ideals: np.ndarray, status_quo: np.ndarray, *, axis: int = -1) -> None:
    require(ideals.ndim > 0 and ideals.size > 0, "ideals", ideals, "needs an axis of ratifiers")
    require(np.isfinite(ideals), "ideals", ideals, "must be finite numbers")
    require(np.isfinite(status_quo), "status_quo", status_quo, "must be a finite number")


@formal_model(check=_check_ideals, static=("axis",))
def agreement(ideals: ArrayLike, status_quo: ArrayLike, *, axis: int = -1) -> Interval:
    r"""What every ratifier accepts: the intersection of their win-sets.

    It always holds the status quo, and nothing else where ideals lie on both sides of it.

    Args:
        ideals: $r_i$, ideal points, with an axis of ratifiers (two parliaments, or any number).
        status_quo: $q$, what remains without an agreement; no axis of ratifiers.
        axis: The axis of ratifiers.

    Returns:
        The interval.

    Raises:
        ValueError: If an argument is not finite or there are no ratifiers.

    Source:
        [O] Ours; the argument is that of Putnam (1988), in words.

    Example:
        >>> [round(float(x), 12) for x in agreement([0.55, 0.9], 0.5)]
        [0.5, 0.6]
        >>> [round(float(x), 12) for x in agreement([0.3, 0.8], 0.5)]
        [0.5, 0.5]
    """
    r, q = floats(ideals, status_quo)
    mirror = 2 * r - jnp.expand_dims(q, axis) if q.ndim else 2 * r - q
    low, high = jnp.minimum(q, mirror.max(axis=axis)), jnp.maximum(q, mirror.min(axis=axis))
    return Interval(low, high)


def _check_demand(floor: np.ndarray, lowest: np.ndarray, highest: np.ndarray) -> None:
    for name, value in (("floor", floor), ("lowest", lowest), ("highest", highest)):
        require(np.isfinite(value), name, value, "must be a finite number")
    require(highest > lowest, "highest", highest, "must exceed lowest")


@formal_model(check=_check_demand)
def demand(floor: ArrayLike, lowest: ArrayLike, highest: ArrayLike) -> Demand:
    r"""What to demand of a partner whose limit is uniform between two values.

    The demand $x$ is ratified iff the partner's limit $b \ge x$; without agreement one keeps the
    floor $a$. Maximising $(x - a)\Pr(b \ge x)$,

    $$ x = \max\bigl(b_0, (a + b_1)/2\bigr), \qquad
       \Pr(\text{ratified}) = \frac{b_1 - x}{b_1 - b_0}. $$

    Tied hands at home (a higher floor) raise the demand by half as much, and the risk of failure.

    Args:
        floor: $a$, the least that one's own ratifiers accept.
        lowest: $b_0$, lowest value that the partner's limit can take.
        highest: $b_1$, highest value that it can take, above $b_0$.

    Returns:
        Demand and probability of ratification; `nan`, 0 and `exists` False where $a \ge b_1$.

    Raises:
        ValueError: If an argument is not finite or the range is empty.

    Source:
        [O] Ours; the argument is that of Putnam (1988), in words.

    Example:
        >>> [round(float(x), 6) for x in demand(0.4, 0.2, 0.8)[:2]]
        [0.6, 0.333333]
    """
    a, low, high = floats(floor, lowest, highest)
    exists = a < high
    x = jnp.maximum(low, (a + high) / 2)
    chance = jnp.where(exists, (high - x) / (high - low), 0.0)
    return Demand(jnp.where(exists, x, jnp.nan), chance, exists)
