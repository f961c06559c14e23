r"""Who fights, how hard, and who wins when several compete for one prize: Tullock contests.

[P] Tullock, Gordon (1980), "Efficient Rent Seeking", in J. Buchanan, R. Tollison and G. Tullock
(eds), *Toward a Theory of the Rent-Seeking Society*, 97-112. Equilibria: Hillman, Arye and John
Riley (1989), "Politically Contestable Rents and Transfers", *Economics & Politics* 1(1): 17-39;
Stein, William (2002), "Asymmetric Rent-Seeking with More than Two Contestants", *Public Choice*
113: 325-336; Nti, Kofi (1999), "Rent-Seeking with Asymmetric Valuations", *Public Choice* 98:
415-430; Cornes, Richard and Roger Hartley (2005), "Asymmetric Contests with General Technologies",
*Economic Theory* 26: 923-946. Difference form of success: Hirshleifer, Jack (1989), "Conflict and
Rent-Seeking Success Functions: Ratio vs. Difference Models of Relative Success", *Public Choice*
63: 101-112.

Question: when clans, agencies or prosecutors fight for one prize, who takes part, how much is spent
and who is likely to win?

Primitives: effort $e_i \ge 0$ at unit cost $c_i > 0$, impact $a_i > 0$, prize $V_i > 0$ and
decisiveness $r > 0$. Contestant $i$ wins with probability
$p_i = a_i e_i^r / \sum_j a_j e_j^r$ and expects $V_i p_i - c_i e_i$. All quantities of one contest
are in one unit of utility; effort is in its own unit.

Case: Zhdanov against Malenkov and Beria in 1946-48 as an asymmetric contest of two clans; a
prosecution as effort whose impact depends on the office held.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Tullock, Gordon (1980), Efficient Rent Seeking, in Buchanan, Tollison and Tullock (eds), "
    "Toward a Theory of the Rent-Seeking Society, 97-112."
)


class Contest(NamedTuple):
    """Equilibrium of a contest; arrays have the contestants along the axis asked for.

    Attributes:
        probability: Chance of winning, 0 to 1; sums to one.
        effort: Effort, zero or more.
        payoff: Expected payoff net of the cost of effort, in the unit of the prize.
        active: Whether the contestant takes part.
        exists: Whether an equilibrium in pure strategies was found (without the contestants' axis);
            where not, the other numbers are nan.
    """

    probability: jax.Array
    effort: jax.Array
    payoff: jax.Array
    active: jax.Array
    exists: jax.Array


def _check_strengths(strength_a: Any, strength_b: Any, decisiveness: Any = 1.0) -> None:
    """Refuse negative or nan strengths and decisiveness."""
    require(strength_a >= 0, "strength_a", strength_a, "must be zero or more")
    require(strength_b >= 0, "strength_b", strength_b, "must be zero or more")
    require(decisiveness >= 0, "decisiveness", decisiveness, "must be zero or more")


@formal_model(check=_check_strengths)
def win_probability(
    strength_a: ArrayLike, strength_b: ArrayLike, decisiveness: ArrayLike = 1.0
) -> jax.Array:
    r"""Chance that side A beats side B when relative strength decides (ratio form).

    $$ p = \frac{A^r}{A^r + B^r} $$

    Computed as a logistic function of $r(\ln A - \ln B)$, so it neither overflows nor divides by
    zero, and its gradient is finite: a side without strength loses to one with some, two sides
    without strength have even chances, and so have all at $r = 0$.

    Args:
        strength_a: $A \ge 0$, in the unit of `strength_b`.
        strength_b: $B \ge 0$.
        decisiveness: $r \ge 0$; 1 is a lottery, larger values favour the stronger more.

    Returns:
        Chance that A wins, 0 to 1, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is negative or nan.

    Source:
        [P] Tullock (1980); called the ratio form by Hirshleifer (1989).

    Example:
        >>> win_probability([3.0, 2.0, 0.0], [1.0, 1.0, 0.0], [1.0, 2.0, 1.0]).tolist()
        [0.75, 0.8, 0.5]
    """
    strength_a, strength_b, decisiveness = floats(strength_a, strength_b, decisiveness)
    some_a, some_b = strength_a > 0, strength_b > 0
    log_a = jnp.log(jnp.where(some_a, strength_a, 1.0))
    log_b = jnp.log(jnp.where(some_b, strength_b, 1.0))
    ratio = jax.nn.sigmoid(decisiveness * (log_a - log_b))
    one_sided = jnp.where(some_a == some_b, 0.5, jnp.where(some_a, 1.0, 0.0))
    one_sided = jnp.where(decisiveness > 0, one_sided, 0.5).astype(ratio.dtype)
    return jnp.where(some_a & some_b, ratio, one_sided)


def _check_difference(strength_a: Any, strength_b: Any, decisiveness: Any = 1.0) -> None:
    """Refuse strengths that are not finite and negative decisiveness."""
    require(abs(strength_a) < float("inf"), "strength_a", strength_a, "must be finite")
    require(abs(strength_b) < float("inf"), "strength_b", strength_b, "must be finite")
    require(decisiveness >= 0, "decisiveness", decisiveness, "must be zero or more")


@formal_model(check=_check_difference)
def win_probability_difference(
    strength_a: ArrayLike, strength_b: ArrayLike, decisiveness: ArrayLike = 1.0
) -> jax.Array:
    r"""Chance that side A beats side B when the gap in strength decides (difference form).

    $$ p = \frac{1}{1 + e^{-k (A - B)}} $$

    Args:
        strength_a: $A$, any real number.
        strength_b: $B$, in the unit of `strength_a`.
        decisiveness: $k \ge 0$, per unit of strength.

    Returns:
        Chance that A wins, 0 to 1. Unlike in the ratio form, a side of strength 0 has some chance.

    Raises:
        ValueError: If a concrete strength is not finite or `decisiveness` is negative or nan.

    Source:
        [P] Hirshleifer (1989).

    Example:
        >>> float(win_probability_difference(2.0, 2.0, 5.0))
        0.5
    """
    strength_a, strength_b, decisiveness = floats(strength_a, strength_b, decisiveness)
    return jax.nn.sigmoid(decisiveness * (strength_a - strength_b))


def _check_shares(strengths: Any, decisiveness: Any = 1.0, *, axis: int = -1) -> None:
    """Refuse negative or nan strengths and decisiveness."""
    require(strengths >= 0, "strengths", strengths, "must be zero or more")
    require(decisiveness >= 0, "decisiveness", decisiveness, "must be zero or more")


@formal_model(check=_check_shares, static=("axis",))
def success_probability(
    strengths: ArrayLike, decisiveness: ArrayLike = 1.0, *, axis: int = -1
) -> jax.Array:
    r"""Chance of each of several sides to win, by relative strength.

    $$ p_i = s_i^r \Big/ \sum_j s_j^r $$

    Args:
        strengths: $s_i \ge 0$, sides along `axis`.
        decisiveness: $r \ge 0$, broadcasting against `strengths` without `axis`.
        axis: The axis of the sides.

    Returns:
        Chances, in the shape of `strengths`, summing to one along `axis`. Sides without strength
        share the chances evenly where no side has any, and where $r = 0$.

    Raises:
        ValueError: If a concrete argument is negative or nan.

    Source:
        [P] Tullock (1980).

    Example:
        >>> success_probability([1.0, 2.0, 1.0]).tolist()
        [0.25, 0.5, 0.25]
    """
    strengths, power = floats(strengths, decisiveness)
    power = jnp.expand_dims(power, axis) if power.ndim else power
    some = strengths > 0
    absent = ~some & jnp.any(some, axis=axis, keepdims=True) & (power > 0)
    logs = power * jnp.log(jnp.where(some, strengths, 1.0))
    return jax.nn.softmax(logs, axis=axis, where=~absent)


def _check_contest(
    value: Any, cost: Any, impact: Any, decisiveness: Any = 1.0, *, axis: int = -1
) -> None:
    """Refuse prizes, costs, impacts and decisiveness that are not positive and finite."""
    given = {"value": value, "cost": cost, "impact": impact, "decisiveness": decisiveness}
    for name, numbers in given.items():
        require((numbers > 0) & (numbers < float("inf")), name, numbers, "must be positive, finite")


@formal_model(check=_check_contest, static=("axis",))
def tullock(value: ArrayLike, cost: ArrayLike, impact: ArrayLike, *, axis: int = -1) -> Contest:
    r"""Equilibrium of a lottery contest ($r = 1$) among any number of contestants.

    With the handicap $\kappa_i = c_i / (a_i V_i)$ sorted upwards, the $m$ strongest take part:
    $m$ is the largest index with $\kappa_m Y < 1$, where $Y = (m - 1) / \sum_{i \le m} \kappa_i$.

    $$ p_i = \max(0, 1 - \kappa_i Y), \quad e_i = p_i Y / a_i, \quad u_i = V_i p_i^2 $$

    Args:
        value: $V_i > 0$, prize to each contestant; two or more contestants along `axis`.
        cost: $c_i > 0$, cost of a unit of effort.
        impact: $a_i > 0$, impact of a unit of effort.
        axis: The axis of the contestants.

    Returns:
        The unique equilibrium. The two contestants with the least handicap always take part; one
        who is just indifferent ($\kappa_i Y = 1$) spends nothing and counts as inactive.

    Raises:
        ValueError: If there are fewer than two contestants or a concrete argument is not positive
            and finite.

    Source:
        [P] Hillman and Riley (1989); Stein (2002).

    Example:
        >>> tullock([1.0, 1.0, 1.0], [1.0, 1.0, 3.0], [1.0, 1.0, 1.0]).probability.tolist()
        [0.5, 0.5, 0.0]
    """
    value, cost, impact = (jnp.moveaxis(x, axis, -1) for x in _contestants(value, cost, impact))
    require(value.shape[-1] > 1, "value", value.shape[-1], "needs two or more contestants")
    handicap = cost / (impact * value)
    ordered = jnp.sort(handicap, axis=-1)
    others = jnp.arange(handicap.shape[-1], dtype=handicap.dtype)
    aggregates = others / jnp.cumsum(ordered, axis=-1)
    # The condition holds on a prefix of the sorted list, so the largest index is a count.
    taking_part = jnp.sum(ordered * aggregates < 1, axis=-1, keepdims=True)
    aggregate = jnp.take_along_axis(aggregates, taking_part - 1, axis=-1)
    active = handicap * aggregate < 1
    probability = jnp.where(active, 1 - handicap * aggregate, 0.0)
    return Contest(
        probability=jnp.moveaxis(probability, -1, axis),
        effort=jnp.moveaxis(probability * aggregate / impact, -1, axis),
        payoff=jnp.moveaxis(value * probability**2, -1, axis),
        active=jnp.moveaxis(active, -1, axis),
        exists=jnp.ones(aggregate.shape[:-1], bool),
    )


@formal_model(check=_check_contest, static=("axis",))
def tullock2(
    value: ArrayLike,
    cost: ArrayLike,
    impact: ArrayLike,
    decisiveness: ArrayLike,
    *,
    axis: int = -1,
) -> Contest:
    r"""Equilibrium of a contest of two at any decisiveness.

    $$ \theta = \frac{a_1}{a_2} \left( \frac{V_1 c_2}{V_2 c_1} \right)^r, \quad
    p_1 = \frac{\theta}{1 + \theta}, \quad e_i = r p_1 p_2 V_i / c_i $$

    Args:
        value: $V_i > 0$, prize to each of the two contestants along `axis`.
        cost: $c_i > 0$, cost of a unit of effort.
        impact: $a_i > 0$, impact of effort.
        decisiveness: $r > 0$, in the shape of the others without `axis`, or one for all.
        axis: The axis of the contestants.

    Returns:
        The equilibrium in pure strategies, which exists iff $r \le 1 + \min(\theta, 1/\theta)$.

    Raises:
        ValueError: If there are not two contestants or a concrete argument is not positive and
            finite.

    Source:
        [P] Nti (1999).

    Example:
        >>> tullock2([2.0, 1.0], [1.0, 1.0], [1.0, 1.0], 1.0).probability.round(4).tolist()
        [0.6667, 0.3333]
    """
    value, cost, impact = _contestants(value, cost, impact)
    require(value.shape[axis] == 2, "value", value.shape[axis], "needs two contestants")
    power = _a_contest(decisiveness, value, axis)
    odds = jnp.log(impact) + power * jnp.log(value / cost)
    log_odds = odds - jnp.flip(odds, axis)
    probability = jax.nn.sigmoid(log_odds)
    effort = power * probability * (1 - probability) * value / cost
    payoff = value * probability - cost * effort
    # Written for the weaker side, min(theta, 1/theta) = exp(-|ln theta|).
    exists = power <= 1 + jnp.exp(-jnp.abs(log_odds))
    return _where_exists(exists, probability, effort, payoff, axis)


@formal_model(check=_check_contest, static=("axis",))
def tullock_r(
    value: ArrayLike,
    cost: ArrayLike,
    impact: ArrayLike,
    decisiveness: ArrayLike,
    *,
    axis: int = -1,
) -> Contest:
    r"""Equilibrium of a contest of any number with diminishing returns to effort ($r < 1$).

    Everyone takes part. Given the aggregate $Y = \sum_j a_j e_j^r$, each share of success solves

    $$ r V_i (1 - p_i) p_i = c_i (p_i Y / a_i)^{1/r}, $$

    and $Y$ is such that shares sum to one; their sum falls in $Y$.

    Args:
        value: $V_i > 0$, prize to each contestant; two or more contestants along `axis`.
        cost: $c_i > 0$, cost of a unit of effort.
        impact: $a_i > 0$, impact of effort.
        decisiveness: $r > 0$, in the shape of the others without `axis`, or one for all.
        axis: The axis of the contestants.

    Returns:
        The unique equilibrium where $r < 1$. At $r \ge 1$ the share equation no longer has one
        solution: `exists` is false. Use `tullock` at $r = 1$ and `tullock2` for two contestants.

    Raises:
        ValueError: If there are fewer than two contestants or a concrete argument is not positive
            and finite.

    Source:
        [P] Cornes and Hartley (2005).

    Example:
        >>> tullock_r([1.0] * 4, [1.0] * 4, [1.0] * 4, 0.5).effort.round(6).tolist()
        [0.09375, 0.09375, 0.09375, 0.09375]
    """
    value, cost, impact = _contestants(value, cost, impact)
    require(value.shape[axis] > 1, "value", value.shape[axis], "needs two or more contestants")
    given = _a_contest(decisiveness, value, axis)
    exists = given < 1
    power = jnp.where(exists, given, 0.5)
    log_stake = jnp.log(power * value / cost) + jnp.log(impact) / power
    log_aggregate = _aggregate(log_stake, power, axis)
    share = _share_logit(log_stake - log_aggregate / power, power)
    probability = jax.nn.sigmoid(share)
    effort = power * value * probability * jax.nn.sigmoid(-share) / cost
    payoff = value * probability - cost * effort
    return _where_exists(exists, probability, effort, payoff, axis)


def _contestants(*arguments: ArrayLike) -> list[jax.Array]:
    """Prize, cost and impact as floating-point arrays of one shape with at least one axis."""
    return list(jnp.broadcast_arrays(*(jnp.atleast_1d(array) for array in floats(*arguments))))


def _a_contest(number: ArrayLike, like: jax.Array, axis: int) -> jax.Array:
    """A number for each contest, or one for all, with an axis of one for the contestants."""
    array = jnp.asarray(number, like.dtype)
    return jnp.expand_dims(array, axis) if array.ndim else array


def _where_exists(
    exists: jax.Array, probability: jax.Array, effort: jax.Array, payoff: jax.Array, axis: int
) -> Contest:
    """An equilibrium in which everyone takes part, with nan where there is none."""
    active = jnp.broadcast_to(exists, probability.shape)
    return Contest(
        probability=jnp.where(exists, probability, jnp.nan),
        effort=jnp.where(exists, effort, jnp.nan),
        payoff=jnp.where(exists, payoff, jnp.nan),
        active=active,
        exists=jnp.all(active, axis=axis),
    )


def _aggregate(log_stake: jax.Array, power: jax.Array, axis: int) -> jax.Array:
    """Logarithm of the aggregate at which shares sum to one, by bisection and one Newton step.

    Where every contestant would have exactly the share 1/n, the aggregates of the weakest and the
    strongest enclose the solution. The Newton step carries the derivative (the bisection has none).
    """
    count = log_stake.shape[axis]
    even = -jnp.log(jnp.asarray(float(count - 1), log_stake.dtype))
    at_even = power * (log_stake + _share_terms(even, power))
    fixed, held = jax.lax.stop_gradient((log_stake, power))
    low = jax.lax.stop_gradient(jnp.min(at_even, axis=axis, keepdims=True))
    high = jax.lax.stop_gradient(jnp.max(at_even, axis=axis, keepdims=True))

    def halve(_: int, bounds: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        middle = (bounds[0] + bounds[1]) / 2
        shares = jax.nn.sigmoid(_share_logit(fixed - middle / held, held))
        above = jnp.sum(shares, axis=axis, keepdims=True) > 1
        return jnp.where(above, middle, bounds[0]), jnp.where(above, bounds[1], middle)

    low, high = jax.lax.fori_loop(0, _bisections(low.dtype), halve, (low, high))
    root = (low + high) / 2
    logit = _share_logit(log_stake - root / power, power)
    share = jax.nn.sigmoid(logit)
    gain = share * (1 - share) / (power * _share_slope(logit, power))
    slope = jax.lax.stop_gradient(jnp.sum(gain, axis=axis, keepdims=True))
    return root - (jnp.sum(share, axis=axis, keepdims=True) - 1) / slope


def _bisections(dtype: Any) -> int:
    """Halvings after which an interval of ordinary size is down to rounding."""
    return jnp.finfo(dtype).nmant + 8


def _share_terms(logit: jax.Array, power: jax.Array) -> jax.Array:
    r"""$\ln(1 - p) + (1 - 1/r) \ln p$ at the logit of $p$, without cancellation."""
    return -jax.nn.softplus(logit) - (1 - 1 / power) * jax.nn.softplus(-logit)


def _share_slope(logit: jax.Array, power: jax.Array) -> jax.Array:
    """Derivative of `_share_terms` in the logit; negative, between -1 and 1 - 1/r."""
    return -jax.nn.sigmoid(logit) + (1 - 1 / power) * jax.nn.sigmoid(-logit)


def _share_logit(stake: jax.Array, power: jax.Array) -> jax.Array:
    """Logit of the share that solves one contestant's equation, by Newton's method.

    The function is monotone with slopes between two negative numbers, and convex or concave
    throughout, so Newton's method cannot fail; the last step carries the derivative.
    """
    start = jnp.where(stake > 0, stake, stake / (1 / power - 1))
    fixed, held = jax.lax.stop_gradient((stake, power))

    def step(_: int, logit: jax.Array) -> jax.Array:
        return logit - (fixed + _share_terms(logit, held)) / _share_slope(logit, held)

    logit = jax.lax.fori_loop(0, 12, step, jax.lax.stop_gradient(start))
    slope = jax.lax.stop_gradient(_share_slope(logit, power))
    return logit - (stake + _share_terms(logit, power)) / slope
