r"""Global games of regime change: at what strength does a regime fall to a coordinated attack?

Carlsson, H. and van Damme, E. (1993), "Global Games and Equilibrium Selection", *Econometrica*
61(5): 989-1018; Morris, S. and Shin, H. S. (1998), "Unique Equilibrium in a Model of
Self-Fulfilling Currency Attacks", *American Economic Review* 88(3): 587-597; the static benchmark
in Angeletos, G.-M., Hellwig, C. and Pavan, A. (2007), "Dynamic Global Games of Regime Change",
*Econometrica* 75(3): 711-756.

Published form [P] for the game. The lame-duck functions at the end are ours [O]: the argument that
clients desert a patron whose exit is in sight is Hale's, in words (Hale, H. (2005), "Regime
Cycles", *World Politics* 58(1): 133-165; (2015), *Patronal Politics*); every formula is ours.

Question: opponents gain by attacking only if enough others attack. Each has private, noisy news of
the regime's strength. When does it fall, and is the answer unique?

Primitives: strength $\theta \sim N(z, 1/\alpha)$; private signal $x_i = \theta + \xi_i$ with
$\xi_i \sim N(0, 1/\beta)$; a unit mass of agents; the regime falls iff the attacking mass
$A \ge \theta$. Attacking pays $1 - c$ if it falls and $-c$ if not; staying out pays 0.

Case: the State Committee of August 1991, where the strength in doubt was whether Alpha and the army
would fire; elite defection with $c$ = reprisal / (reprisal + gain). The founders of the Democratic
Choice of Kazakhstan had no common signal that others would follow.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import ndtr, ndtri
from jax.scipy.stats import norm
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Morris and Shin (1998), Unique Equilibrium in a Model of Self-Fulfilling Currency Attacks, "
    "American Economic Review 88(3): 587-597; Angeletos, Hellwig and Pavan (2007), Dynamic Global "
    "Games of Regime Change, Econometrica 75(3): 711-756"
)


class RegimeThreshold(NamedTuple):
    """The monotone equilibria: attack iff x ≤ x*, the regime falls iff θ ≤ θ*."""

    threshold: Float[Array, "*batch roots"]
    """Strengths below which the regime falls, ascending, `nan` after the last; length 3."""
    signal_cutoff: Float[Array, "*batch roots"]
    """Signals below which an agent attacks, in the same order."""
    n_roots: Int[Array, "*batch"]
    """Number of monotone equilibria: 1, 2 (a fold met exactly) or 3."""


def _check_game(
    cost: np.ndarray,
    prior_precision: np.ndarray,
    signal_precision: np.ndarray,
    prior_mean: np.ndarray,
    *,
    axis: int = -1,
) -> None:
    require((cost > 0) & (cost < 1), "cost", cost, "must lie strictly between 0 and 1")
    _check_precisions(prior_precision, signal_precision)
    require(np.isfinite(prior_mean), "prior_mean", prior_mean, "must be a finite number")


def _check_precisions(prior_precision: np.ndarray, signal_precision: np.ndarray) -> None:
    require(
        (prior_precision >= 0) & (prior_precision < np.inf),
        "prior_precision",
        prior_precision,
        "must be 0 or more, and finite",
    )
    require(
        (signal_precision > 0) & (signal_precision < np.inf),
        "signal_precision",
        signal_precision,
        "must be positive and finite",
    )


@formal_model(check=_check_precisions)
def is_unique(prior_precision: ArrayLike, signal_precision: ArrayLike) -> Bool[Array, "*batch"]:
    r"""Whether one equilibrium survives whatever the prior mean and the cost.

    $$ \beta \ge \alpha^2 / (2\pi). $$

    Private news must be precise enough against what everyone knows: a sharp common prior restores
    the self-fulfilling crises that private doubt rules out.

    Args:
        prior_precision: $\alpha$, precision of the common prior (public news included), 0 or more.
        signal_precision: $\beta$, precision of private news, positive.

    Returns:
        True where the bound holds.

    Raises:
        ValueError: If a precision is outside its range.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> bool(is_unique(10.0, 16.0)), bool(is_unique(10.0, 15.9))
        (True, False)
    """
    alpha, beta = floats(prior_precision, signal_precision)
    return beta >= alpha**2 / (2 * jnp.pi)


def _root_between(low: Array, high: Array, game: tuple[Array, Array, Array]) -> Array:
    r"""Root of $\alpha\Phi(u) - \sqrt\beta u - k$ in [low, high], where it is monotone."""
    alpha, root_beta, constant = game

    def residual(u: Array) -> Array:
        return alpha * ndtr(u) - root_beta * u - constant

    rises = residual(high) > residual(low)

    def halve(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        root_is_right = (residual(middle) < 0) == rises
        return jnp.where(root_is_right, middle, low), jnp.where(root_is_right, high, middle)

    ends = jax.lax.stop_gradient((low, high))
    low, high = jax.lax.fori_loop(0, 60, halve, ends)
    start = jax.lax.stop_gradient(0.5 * (low + high))
    # A Newton step changes the found root by rounding only, and carries the implicit derivative.
    slope = jax.lax.stop_gradient(alpha * norm.pdf(start) - root_beta)
    is_simple = jnp.abs(slope) > 1e-4 * jax.lax.stop_gradient(root_beta)
    step = residual(start) / jnp.where(is_simple, slope, 1.0)
    return start - jnp.where(is_simple, step, 0.0)


@formal_model(check=_check_game, static=("axis",))
def regime_threshold(
    cost: ArrayLike,
    prior_precision: ArrayLike,
    signal_precision: ArrayLike,
    prior_mean: ArrayLike,
    *,
    axis: int = -1,
) -> RegimeThreshold:
    r"""The strength at which the regime falls when opponents coordinate on noisy private news.

    The critical mass $\theta^* = \Phi(\sqrt\beta (x^* - \theta^*))$ and the indifference of the
    agent at the cut-off give, with $u = \Phi^{-1}(\theta^*)$,

    $$ \alpha(\Phi(u) - z) - \sqrt\beta\, u - \sqrt{\alpha+\beta}\,\Phi^{-1}(c) = 0,
       \qquad x^* = \theta^* + u/\sqrt\beta. $$

    The left side is monotone between its turning points $\pm u_0$,
    $\varphi(u_0) = \sqrt\beta/\alpha$, so that one bisection in each of the three pieces finds
    every root; strengths within rounding of 0 or 1 are kept apart because $u$ is solved for. As
    private news grows precise, or the prior vague, $\theta^* \to 1 - c$.

    Args:
        cost: $c$, cost of attacking as a share of what is at stake, 0 to 1 exclusive; see
            `cost_ratio`.
        prior_precision: $\alpha$, precision of the common prior (public news included), 0 or more.
        signal_precision: $\beta$, precision of private news, positive.
        prior_mean: $z$, prior mean of strength; strength is the attacking share that it withstands.
        axis: Where the axis of the (up to three) equilibria goes in the result.

    Returns:
        All monotone equilibria in ascending order of $\theta^*$; `select_threshold` picks one.

    Raises:
        ValueError: If an argument is outside its range.

    Verified:
        Against a scan with Brent's method and iterated best replies; the uniqueness bound and the
        limit $1 - c$. See `tests/verification/test_global_games.py`.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> equilibrium = regime_threshold(0.4, 1.0, 4.0, 0.6)
        >>> round(float(equilibrium.threshold[0]), 6), int(equilibrium.n_roots)
        (0.614232, 1)
    """
    c, alpha, beta, z = jnp.broadcast_arrays(
        *floats(cost, prior_precision, signal_precision, prior_mean)
    )
    root_beta = jnp.sqrt(beta)
    constant = alpha * z + jnp.sqrt(alpha + beta) * ndtri(c)
    game = (alpha, root_beta, constant)
    least, most = -constant / root_beta, (alpha - constant) / root_beta
    peak = alpha / (jnp.sqrt(2 * jnp.pi) * root_beta)
    turns = peak > 1
    turn = jnp.where(turns, jnp.sqrt(2 * jnp.log(jnp.where(turns, peak, 1.0))), 0.0)
    at_low_turn = alpha * ndtr(-turn) + root_beta * turn - constant
    at_high_turn = alpha * ndtr(turn) - root_beta * turn - constant
    found = jnp.stack(
        [
            at_low_turn <= 0,
            turns & (at_low_turn < 0) & (at_high_turn > 0),
            jnp.where(turns, at_high_turn >= 0, at_high_turn > 0),
        ]
    )
    low = jnp.stack([jnp.minimum(least, -turn), -turn, turn])
    high = jnp.stack([-turn, turn, jnp.maximum(most, turn)])
    u = jnp.sort(jnp.where(found, _root_between(low, high, game), jnp.nan), axis=0)
    theta = ndtr(u)
    cutoff = theta + u / root_beta
    return RegimeThreshold(
        jnp.moveaxis(theta, 0, axis), jnp.moveaxis(cutoff, 0, axis), found.sum(axis=0)
    )


@formal_model(static=("rule", "axis"))
def select_threshold(
    threshold: ArrayLike, *, rule: str = "lowest", axis: int = -1
) -> Float[Array, "*batch"]:
    """One of several equilibria, by name.

    Args:
        threshold: Equilibrium strengths with `nan` for those that do not exist.
        rule: `"lowest"`: opponents attack as little as an equilibrium allows (the regime's best
            case); `"highest"`: as much as it allows.
        axis: The axis of equilibria.

    Returns:
        The chosen strength below which the regime falls.

    Raises:
        ValueError: If `rule` is neither of the two.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> many = regime_threshold(0.5, 10.0, 14.0, 0.5).threshold
        >>> [round(float(select_threshold(many, rule=r)), 4) for r in ("lowest", "highest")]
        [0.2648, 0.7352]
    """
    require(rule in ("lowest", "highest"), "rule", rule, 'must be "lowest" or "highest"')
    (roots,) = floats(threshold)
    return jnp.nanmin(roots, axis=axis) if rule == "lowest" else jnp.nanmax(roots, axis=axis)


def _check_cutoff(threshold: np.ndarray, signal_precision: np.ndarray) -> None:
    # Roots that do not exist come as nan and stay nan.
    inside = np.isnan(threshold) | ((threshold >= 0) & (threshold <= 1))
    require(inside, "threshold", threshold, "must lie between 0 and 1 (or be nan)")
    _check_precisions(np.zeros(()), signal_precision)


@formal_model(check=_check_cutoff)
def signal_cutoff(threshold: ArrayLike, signal_precision: ArrayLike) -> Float[Array, "*batch"]:
    r"""The signal below which an agent attacks, from the strength at which the regime falls.

    $$ x^* = \theta^* + \Phi^{-1}(\theta^*) / \sqrt\beta. $$

    Args:
        threshold: $\theta^*$, 0 to 1; `nan` stays `nan`.
        signal_precision: $\beta$, precision of private news, positive.

    Returns:
        $x^*$, in units of strength. Near $\theta^* = 0$ or 1 take the field of
        `regime_threshold`, which does not lose digits there.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> round(float(signal_cutoff(0.6142321622, 4.0)), 6)
        0.759416
    """
    theta, beta = floats(threshold, signal_precision)
    return theta + ndtri(theta) / jnp.sqrt(beta)


def _check_attack(
    strength: np.ndarray, signal_cutoff: np.ndarray, signal_precision: np.ndarray
) -> None:
    require(np.isfinite(strength), "strength", strength, "must be a finite number")
    _check_precisions(np.zeros(()), signal_precision)


@formal_model(check=_check_attack)
def attack_share(
    strength: ArrayLike, signal_cutoff: ArrayLike, signal_precision: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Share of opponents who attack a regime of given strength.

    $$ A(\theta) = \Phi(\sqrt\beta (x^* - \theta)); \quad A(\theta^*) = \theta^*. $$

    Args:
        strength: $\theta$, strength.
        signal_cutoff: $x^*$, the signal below which an agent attacks.
        signal_precision: $\beta$, precision of private news, positive.

    Returns:
        Share, 0 to 1.

    Raises:
        ValueError: If strength is not finite or the precision not positive.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> round(float(attack_share(0.6142321622, 0.7594155389, 4.0)), 6)
        0.614232
    """
    theta, cutoff, beta = floats(strength, signal_cutoff, signal_precision)
    return ndtr(jnp.sqrt(beta) * (cutoff - theta))


def _check_fall(threshold: np.ndarray, prior_precision: np.ndarray, prior_mean: np.ndarray) -> None:
    require(
        (prior_precision > 0) & (prior_precision < np.inf),
        "prior_precision",
        prior_precision,
        "must be positive and finite",
    )
    require(np.isfinite(prior_mean), "prior_mean", prior_mean, "must be a finite number")


@formal_model(check=_check_fall)
def fall_probability(
    threshold: ArrayLike, prior_precision: ArrayLike, prior_mean: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Probability, before strength is drawn, that the regime falls.

    $$ \Pr(\theta \le \theta^*) = \Phi(\sqrt\alpha (\theta^* - z)). $$

    Args:
        threshold: $\theta^*$, strength below which it falls; `nan` stays `nan`.
        prior_precision: $\alpha$, precision of the common prior, positive.
        prior_mean: $z$, prior mean of strength.

    Returns:
        Probability, 0 to 1.

    Raises:
        ValueError: If the precision is not positive or the mean not finite.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> float(fall_probability(0.6, 1.0, 0.6))
        0.5
    """
    theta, alpha, mean = floats(threshold, prior_precision, prior_mean)
    return ndtr(jnp.sqrt(alpha) * (theta - mean))


def _check_stakes(gain: np.ndarray, loss: np.ndarray) -> None:
    require((gain > 0) & (gain < np.inf), "gain", gain, "must be positive and finite")
    require((loss > 0) & (loss < np.inf), "loss", loss, "must be positive and finite")


@formal_model(check=_check_stakes)
def cost_ratio(gain: ArrayLike, loss: ArrayLike) -> Float[Array, "*batch"]:
    r"""The cost of attacking in the game's unit, from what success brings and failure costs.

    $$ c = C / (b + C). $$

    Args:
        gain: $b$, gain of an attacker over staying out if the regime falls, utils, positive.
        loss: $C$, loss of an attacker if it stands, utils, positive.

    Returns:
        $c$, 0 to 1 exclusive.

    Raises:
        ValueError: If gain or loss is not positive and finite.

    Source:
        [P] Morris and Shin (1998); Angeletos, Hellwig and Pavan (2007).

    Example:
        >>> float(cost_ratio(3.0, 1.0))
        0.25
    """
    gain, loss = floats(gain, loss)
    return loss / (gain + loss)


# The lame duck: the same game with a dated reprisal ------------------------------------------


def _check_lame_duck(
    years_left: np.ndarray, gain: np.ndarray, withheld_flow: np.ndarray, discount_rate: np.ndarray
) -> None:
    require(years_left >= 0, "years_left", years_left, "must be 0 or more")
    _check_rewards(gain, withheld_flow, discount_rate)


def _check_rewards(gain: np.ndarray, withheld_flow: np.ndarray, discount_rate: np.ndarray) -> None:
    require((gain > 0) & (gain < np.inf), "gain", gain, "must be positive and finite")
    require(
        (withheld_flow > 0) & (withheld_flow < np.inf),
        "withheld_flow",
        withheld_flow,
        "must be positive and finite",
    )
    require(
        (discount_rate >= 0) & (discount_rate < np.inf),
        "discount_rate",
        discount_rate,
        "must be 0 or more, and finite",
    )


def _check_split(
    strength: np.ndarray, gain: np.ndarray, withheld_flow: np.ndarray, discount_rate: np.ndarray
) -> None:
    require(
        (strength > 0) & (strength < 1), "strength", strength, "must lie strictly between 0 and 1"
    )
    _check_rewards(gain, withheld_flow, discount_rate)


def _reprisal(tau: Array, ell: Array, r: Array) -> Array:
    r"""Cost of a failed defection: $\ell (1 - e^{-r\tau})/r$, or $\ell\tau$ if $r = 0$."""
    x = r * tau
    is_small = x < 1e-3
    # The series to third order is exact to rounding there, and has the right slope at r = 0.
    near = jnp.where(is_small, x, 0.0)
    series = tau * (1 - near / 2 * (1 - near / 3 * (1 - near / 4)))
    rate = jnp.where(is_small | (r == 0), 1.0, r)
    full = jnp.where(r > 0, -jnp.expm1(-jnp.where(is_small, 1.0, x)) / rate, jnp.inf)
    return ell * jnp.where(is_small, series, full)


@formal_model(check=_check_lame_duck)
def lame_duck_threshold(
    years_left: ArrayLike, gain: ArrayLike, withheld_flow: ArrayLike, discount_rate: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Strength below which clients desert an incumbent whose exit is a known time away.

    A client who defects in vain loses what the incumbent can withhold until he goes,
    $C(\tau) = \ell (1 - e^{-r\tau})/r$. With $c = C/(b + C)$ and precise private news,

    $$ \theta^*(\tau) = 1 - c = \frac{b}{b + C(\tau)}, $$

    which rises to 1 as the date nears. The game is played afresh at each date: an earlier attack
    that failed teaches nothing, which is a known limit of the argument.

    Args:
        years_left: $\tau$, time until the incumbent goes, years; infinity for no term limit.
        gain: $b$, gain from joining the successor early, utils, positive.
        withheld_flow: $\ell$, flow that the incumbent can withhold, utils per year, positive.
        discount_rate: $r$, discount rate, per year, 0 or more.

    Returns:
        $\theta^*$, 0 to 1.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [O] Ours; the argument is that of Hale (2005), in words.

    Example:
        >>> [round(float(lame_duck_threshold(t, 1.0, 0.8, 0.1)), 5) for t in (10, 2, 0)]
        [0.1651, 0.40814, 1.0]
    """
    tau, b, ell, r = floats(years_left, gain, withheld_flow, discount_rate)
    return b / (b + _reprisal(tau, ell, r))


@formal_model(check=_check_split)
def split_time(
    strength: ArrayLike, gain: ArrayLike, withheld_flow: ArrayLike, discount_rate: ArrayLike
) -> Float[Array, "*batch"]:
    r"""How long before a known exit a pyramid of given strength begins to split.

    The inverse of `lame_duck_threshold` in time,

    $$ \hat\tau = -\frac1r \ln\Bigl(1 - \frac{r\,b\,(1-\theta)}{\ell\,\theta}\Bigr). $$

    A strength of at most $b/(b + \ell/r)$ is exposed at any horizon ($\hat\tau = \infty$): removing
    the term limit does not save such a regime.

    Args:
        strength: $\theta$, strength of the pyramid, 0 to 1 exclusive.
        gain: $b$, gain from joining the successor early, utils, positive.
        withheld_flow: $\ell$, flow that the incumbent can withhold, utils per year, positive.
        discount_rate: $r$, discount rate, per year, 0 or more.

    Returns:
        $\hat\tau$, years before the exit; infinity where no horizon is long enough.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [O] Ours; the argument is that of Hale (2005), in words.

    Example:
        >>> [round(float(split_time(s, 1.0, 0.8, 0.1)), 6) for s in (0.1, 0.3, 0.9)]
        [inf, 3.448405, 0.139862]
    """
    theta, b, ell, r = floats(strength, gain, withheld_flow, discount_rate)
    undiscounted = b * (1 - theta) / (ell * theta)
    x = r * undiscounted
    is_small, is_finite = x < 1e-3, x < 1
    near = jnp.where(is_small, x, 0.0)
    series = undiscounted * (1 + near * (1 / 2 + near * (1 / 3 + near * (1 / 4 + near / 5))))
    far = jnp.where(is_finite & ~is_small, x, 0.5)
    full = -jnp.log1p(-far) / jnp.where(is_small, 1.0, r)
    return jnp.where(is_small, series, jnp.where(is_finite, full, jnp.inf))
