r"""When the threat of an allies' rebellion deters a dictator's power grabs: alarm and deterrence.

[R] After Svolik, Milan (2009), "Power Sharing and Leadership Dynamics in Authoritarian Regimes",
*American Journal of Political Science* 53(2): 477-494; also Svolik (2012), *The Politics of
Authoritarian Rule*, Cambridge University Press, and, with institutions, Boix, Carles and Milan
Svolik (2013), "The Foundations of Limited Authoritarian Government", *Journal of Politics* 75(2):
300-316. The mechanism is theirs; the functional forms are ours, chosen so that everything has a
closed form, and no proposition of theirs is claimed.

Question: when does the threat of a rebellion hold a dictator back, and when has he outgrown it?

Primitives: the dictator's power $b \in [0, 1)$ is the chance that a rebellion fails. He has a flow
utility $u > 0$, could gain $g > 0$ once by a grab, discounts by $\delta \in (0, 1)$ and gets 0 once
removed. Allies see an alarm with chance $\pi_D$ after a grab and $\pi_C < \pi_D$ without one, and
rebel after an alarm with chance $\beta$; success is worth $S$ to them, failure $-P$, acquiescence
$A$, with $S > A \ge 0$ and $P \ge 0$.

A limit of the model, shared with Green and Porter's (1984) theory of cartels: on the contested path
the allies rebel after alarms that they know to be false. $\beta$ is therefore a rule that they
follow and not a best reply, except where the rebellion is worth exactly as much as acquiescence.

Case: Stalin in 1946-52 as established; the collective of 1953-57 as contested, with Khrushchev's
June 1957 as a rung climbed and October 1964 as a removal.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "reduced form"
CITATION = (
    "After Svolik, Milan (2009), Power Sharing and Leadership Dynamics in Authoritarian Regimes, "
    "American Journal of Political Science 53(2): 477-494."
)

CONTESTED = 0
"""Code of a regime in which the allies' threat holds."""

ESTABLISHED = 1
"""Code of a regime in which the dictator has outgrown it."""


class RebellionThreshold(NamedTuple):
    """Where deterrence ends.

    Attributes:
        removal: $y^*$, chance of removal per alarm that just deters a grab; infinite if none does.
        deterrence_limit: $b_D = 1 - y^*$, most power at which allies can still threaten that much.
        credibility_limit: $b_C$, most power at which they would rather rebel than acquiesce.
        contested_limit: $b^*$, the lower of the two; up to it the regime is contested.
        removal_rate: $h = \\pi_C y^*$, chance of removal per period on the contested path,
            whatever the power; nan where `exists` is false.
        exists: Whether any power $b \\ge 0$ is contested.
    """

    removal: jax.Array
    deterrence_limit: jax.Array
    credibility_limit: jax.Array
    contested_limit: jax.Array
    removal_rate: jax.Array
    exists: jax.Array


class Ladder(NamedTuple):
    """A dictator's way from contested to established autocracy.

    Attributes:
        rungs: Hidden grabs that have to succeed, 0 if he is established already.
        established_probability: Chance of getting there before being removed.
        contested_periods: Expected number of contested periods, until either.
    """

    rungs: jax.Array
    established_probability: jax.Array
    contested_periods: jax.Array


def _check_game(
    gain: Any,
    flow: Any,
    discount: Any,
    alarm_after_grab: Any,
    alarm_without: Any,
    success: Any,
    failure: Any,
    acquiescence: Any,
) -> None:
    """Refuse utilities, discounting and alarms outside the model's domain."""
    large = float("inf")
    require((gain > 0) & (gain < large), "gain", gain, "must be positive and finite")
    require((flow > 0) & (flow < large), "flow", flow, "must be positive and finite")
    require((discount > 0) & (discount < 1), "discount", discount, "must be between 0 and 1")
    at_most_one = (alarm_after_grab > 0) & (alarm_after_grab <= 1)
    require(at_most_one, "alarm_after_grab", alarm_after_grab, "must be above 0 and at most 1")
    informative = (alarm_without >= 0) & (alarm_without < alarm_after_grab)
    rule = "must be zero or more and below alarm_after_grab"
    require(informative, "alarm_without", alarm_without, rule)
    rule = "must be zero or more and finite"
    require((acquiescence >= 0) & (acquiescence < large), "acquiescence", acquiescence, rule)
    require((failure >= 0) & (failure < large), "failure", failure, rule)
    worth_it = (success > acquiescence) & (success < large)
    require(worth_it, "success", success, "must exceed acquiescence and be finite")


def _check_regime(power: Any, *game: Any) -> None:
    """Refuse power outside [0, 1) and what `rebellion_threshold` refuses."""
    require((power >= 0) & (power < 1), "power", power, "must be at least 0 and below 1")
    _check_game(*game)


@formal_model(check=_check_game)
def rebellion_threshold(
    gain: ArrayLike,
    flow: ArrayLike,
    discount: ArrayLike,
    alarm_after_grab: ArrayLike,
    alarm_without: ArrayLike,
    success: ArrayLike,
    failure: ArrayLike,
    acquiescence: ArrayLike,
) -> RebellionThreshold:
    r"""How much removal deters a grab, and up to which power allies can threaten it.

    With $y = \beta (1 - b)$, complying for ever is worth
    $V = u / (1 - \delta (1 - \pi_C y))$, and a single grab is deterred if
    $g \le \delta (\pi_D - \pi_C) y V$, that is if $y \ge y^*$:

    $$ y^* = \frac{g (1 - \delta)}{\delta [(\pi_D - \pi_C) u - \pi_C g]}, \quad
    b_D = 1 - y^*, \quad b_C = \frac{S - A}{S + P}, \quad b^* = \min(b_C, b_D) $$

    Where the bracket is not positive, no removal deters and $y^* = \infty$.

    Args:
        gain: $g > 0$, one-off gain from a grab, in utils.
        flow: $u > 0$, the dictator's utility per period, in utils.
        discount: $\delta \in (0, 1)$ per period.
        alarm_after_grab: $\pi_D \in (0, 1]$, chance of an alarm after a grab.
        alarm_without: $\pi_C \in [0, \pi_D)$, chance of a false alarm.
        success: $S > A$, value of a successful rebellion to the allies, in their utils.
        failure: $P \ge 0$, loss in a failed one.
        acquiescence: $A \ge 0$, value of not rebelling.

    Returns:
        The thresholds, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Svolik (2009; 2012).

    Example:
        >>> found = rebellion_threshold(3.0, 1.0, 0.95, 0.8, 0.1, 10.0, 6.0, 2.0)
        >>> float(found.removal.round(6)), float(found.contested_limit)
        (0.394737, 0.5)
    """
    gain, flow, discount, grab, false, success, failure, acquiescence = floats(
        gain, flow, discount, alarm_after_grab, alarm_without, success, failure, acquiescence
    )
    bite = (grab - false) * flow - false * gain
    deters = bite > 0
    finite = gain * (1 - discount) / (discount * jnp.where(deters, bite, 1.0))
    removal = jnp.where(deters, finite, jnp.inf)
    deterrence = 1 - removal
    credibility = (success - acquiescence) / (success + failure)
    limit = jnp.minimum(credibility, deterrence)
    exists = limit >= 0
    rate = jnp.where(exists, false * jnp.where(exists, finite, 0.0), jnp.nan)
    return RebellionThreshold(removal, deterrence, credibility, limit, rate, exists)


@formal_model(check=_check_regime)
def alarm_rebellion_rate(power: ArrayLike, *game: ArrayLike) -> jax.Array:
    r"""How often allies must rebel after an alarm to deter a dictator of given power.

    $$ \beta^* = y^* / (1 - b) $$

    Args:
        power: $b \in [0, 1)$, chance that a rebellion fails.
        *game: The arguments of `rebellion_threshold`, in its order.

    Returns:
        $\beta^*$, 0 to 1; nan where the regime is established, since there they do not rebel.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Svolik (2009; 2012).

    Example:
        >>> float(alarm_rebellion_rate(0.5, 3.0, 1.0, 0.95, 0.8, 0.1, 10.0, 6.0, 2.0).round(6))
        0.789474
    """
    found = rebellion_threshold(*game)
    (power,) = floats(power)
    contested = power <= found.contested_limit
    return jnp.where(contested, jnp.where(contested, found.removal, 0.0) / (1 - power), jnp.nan)


@formal_model(check=_check_regime)
def regime(power: ArrayLike, *game: ArrayLike) -> jax.Array:
    r"""Whether autocracy is contested ($b \le b^*$) or established.

    Args:
        power: $b \in [0, 1)$, chance that a rebellion fails.
        *game: The arguments of `rebellion_threshold`, in its order.

    Returns:
        0 (`CONTESTED`) or 1 (`ESTABLISHED`).

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Svolik (2009; 2012).

    Example:
        >>> regime([0.5, 0.51], 3.0, 1.0, 0.95, 0.8, 0.1, 10.0, 6.0, 2.0).tolist()
        [0, 1]
    """
    established = jnp.asarray(power) > rebellion_threshold(*game).contested_limit
    return jnp.where(established, ESTABLISHED, CONTESTED)


def _check_ladder(start: Any, step: Any, limit: Any, removal_rate: Any, grab_rate: Any) -> None:
    """Refuse power, steps and rates outside the model's domain."""
    require((start >= 0) & (start < 1), "start", start, "must be at least 0 and below 1")
    require((step > 0) & (step < float("inf")), "step", step, "must be positive and finite")
    require(limit < 1, "limit", limit, "must be below 1")
    _check_rates(removal_rate, grab_rate)


def _check_rates(
    removal_rate: Any, grab_rate: Any, established_rate: Any = 0.0, **counts: int
) -> None:
    """Refuse chances outside [0, 1] and counts below their least."""
    rates = {
        "removal_rate": removal_rate,
        "grab_rate": grab_rate,
        "established_rate": established_rate,
    }
    for name, rate in rates.items():
        require((rate >= 0) & (rate <= 1), name, rate, "must be between 0 and 1")
    for name, count in counts.items():
        require(count >= 0, name, count, "must be zero or more")


@formal_model(check=_check_ladder)
def ladder(
    start: ArrayLike,
    step: ArrayLike,
    limit: ArrayLike,
    removal_rate: ArrayLike,
    grab_rate: ArrayLike,
) -> Ladder:
    r"""How likely, and after how long, a contested dictator establishes himself.

    Each contested period he is removed with chance $h$; else with chance $s$ a hidden grab
    succeeds and adds $\Delta$ to his power. With $q = h + (1 - h) s$ and
    $\rho = (1 - h) s / q$,

    $$ K = \lfloor (b^* - b_0) / \Delta \rfloor + 1, \quad P(\text{established}) = \rho^K, \quad
    E[\text{contested periods}] = \frac{1 - \rho^K}{(1 - \rho) q} = \frac{1 - \rho^K}{h} $$

    Args:
        start: $b_0 \in [0, 1)$, power at the start.
        step: $\Delta > 0$, power won by one hidden grab.
        limit: $b^* < 1$, the contested limit.
        removal_rate: $h \in [0, 1]$ per period.
        grab_rate: $s \in [0, 1]$ per period.

    Returns:
        Rungs, chance and mean. If he is neither removed nor ever succeeds ($h = s = 0$) he is
        contested for ever.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Svolik (2009; 2012).

    Example:
        >>> found = ladder(0.0, 0.1, 0.5, 3 / 76, 0.15)
        >>> int(found.rungs), float(found.established_probability.round(6))
        (6, 0.233905)
    """
    start, step, limit, removal_rate, grab_rate = floats(
        start, step, limit, removal_rate, grab_rate
    )
    # Whole numbers of steps come out of the division a few units in the last place off.
    slack = 4096 * jnp.finfo(start.dtype).eps
    rungs = jnp.maximum(jnp.floor((limit - start) / step + slack) + 1, 0)
    leaves = removal_rate + (1 - removal_rate) * grab_rate
    moves = leaves > 0
    removed = jnp.where(moves, removal_rate / jnp.where(moves, leaves, 1.0), 1.0)
    climbs = removed < 1
    log_all = rungs * jnp.log1p(-jnp.where(climbs, removed, 0.0))
    established = jnp.where(climbs, jnp.exp(log_all), jnp.where(rungs > 0, 0.0, 1.0))
    fails = jnp.where(climbs, -jnp.expm1(log_all), jnp.where(rungs > 0, 1.0, 0.0))
    threatened = removal_rate > 0
    unthreatened = jnp.where(rungs > 0, rungs / jnp.where(moves, leaves, 1.0), 0.0)
    unthreatened = jnp.where(moves | (rungs == 0), unthreatened, jnp.inf)
    mean = jnp.where(threatened, fails / jnp.where(threatened, removal_rate, 1.0), unthreatened)
    return Ladder(rungs, established, mean)


@formal_model(check=_check_rates, static=("rungs", "periods"))
def tenure_hazard(
    removal_rate: ArrayLike,
    grab_rate: ArrayLike,
    established_rate: ArrayLike,
    *,
    rungs: int,
    periods: int,
) -> jax.Array:
    r"""Chance of losing office in each period of tenure, over all who started on the ladder.

    A mixture: contested dictators face $h$, established ones $h_E$. It falls with tenure where
    $h_E < h$, though no one's own danger falls except by climbing the last rung.

    Args:
        removal_rate: $h \in [0, 1]$ per contested period.
        grab_rate: $s \in [0, 1]$, chance that a hidden grab succeeds in a period survived.
        established_rate: $h_E \in [0, 1]$ per established period.
        rungs: $K$, successful grabs until established.
        periods: Number of periods of tenure.

    Returns:
        Hazards, periods on the last axis after the broadcast shape.

    Raises:
        ValueError: If a rate is outside [0, 1] or a count is negative.

    Source:
        [R] After Svolik (2009; 2012).

    Example:
        >>> tenure_hazard(3 / 76, 0.15, 0.01, rungs=6, periods=50)[[0, 49]].round(5).tolist()
        [0.03947, 0.01463]
    """
    rates = jnp.broadcast_arrays(*floats(removal_rate, grab_rate, established_rate))
    removed, climbs, removed_late = (rate[..., None] for rate in rates)
    # Shares of those still in office: one a rung, and the established last.
    start = jnp.zeros((*rates[0].shape, rungs + 1), rates[0].dtype).at[..., 0].set(1.0)
    contested = jnp.arange(rungs + 1) < rungs

    def period(share: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        hazard = jnp.sum(share * jnp.where(contested, removed, removed_late), axis=-1)
        stays = share * jnp.where(contested, 1 - removed, 1 - removed_late)
        up = jnp.where(contested, climbs, 0.0) * stays
        moved = stays - up + jnp.roll(up, 1, axis=-1)
        left = jnp.sum(moved, axis=-1, keepdims=True)
        return jnp.where(left > 0, moved / jnp.where(left > 0, left, 1.0), share), hazard

    _, hazards = jax.lax.scan(period, start, None, length=periods)
    return jnp.moveaxis(hazards, 0, -1)
