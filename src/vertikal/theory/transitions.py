r"""Concede, repress or democratise: what an elite does under the threat of revolution.

Acemoglu, D. and Robinson, J. (2001), "A Theory of Political Transitions", *American Economic
Review* 91(4): 938-963; (2006), *Economic Origins of Dictatorship and Democracy*, Cambridge
University Press, chapters 5 and 6.

Published form [P]. The quadratic cost of taxation is one of the book's examples.

Question: facing a possible revolution, do elites promise redistribution, repress, or hand over
power? Promises bind only while the threat lasts; that is why a franchise may be needed.

Primitives: elite share of the population $\delta \in (0, 1/2)$ and of income $\theta \in
(\delta, 1)$; mean income 1, so elite members earn $\theta/\delta$ and citizens
$(1-\theta)/(1-\delta)$. A tax $\tau$ wastes $C(\tau) = \tau^2/2$ of mean income; the rest is shared
equally. Revolution destroys a share $\mu$ of income and citizens share what is left; the elite gets
nothing. Repression costs a share $\kappa$ of elite income. Static game: a promise is kept with
probability $p$. Dynamic game: the threat is there with probability $q$ each period, the discount
factor is $\beta$, and promises hold only under threat.

Case: the thaw of 1953-57 as concession; 1989-91 as concession without credit, then handover;
Kazakhstan 2002 as repression with a partial concession (the moderates' party tolerated); Russia
after 2012 as repression cheaper than concession.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Acemoglu and Robinson (2001), A Theory of Political Transitions, American Economic Review "
    "91(4): 938-963; (2006), Economic Origins of Dictatorship and Democracy, Cambridge University "
    "Press, chapters 5-6"
)

NO_THREAT, CONCEDE, REPRESS, DEMOCRATISE = 0, 1, 2, 3
"""What the elite does, as `elite_response` codes it."""


class Thresholds(NamedTuple):
    """Where one answer to the threat gives way to another."""

    citizens_tax: Float[Array, "*batch"]
    """$\\tau^p$, the tax that citizens prefer and that democracy sets."""
    concession_cutoff: Float[Array, "*batch"]
    """$\\mu^*$: a promise can avert revolution iff its cost $\\mu$ is at least this."""
    democracy_cutoff: Float[Array, "*batch"]
    """Democracy averts revolution iff its cost $\\mu$ is at least this."""
    repression_cutoff: Float[Array, "*batch"]
    """$\\bar\\kappa$: the elite prefers repression to democracy iff cheaper; may exceed 1."""


class Concession(NamedTuple):
    """The smallest promise that averts revolution."""

    tax: Float[Array, "*batch"]
    """$\\hat\\tau$; 0 without a threat, `nan` where no promise suffices."""
    repression_cutoff: Float[Array, "*batch"]
    """$\\kappa^*$: repression is better for the elite than the promise iff cheaper."""
    exists: Bool[Array, "*batch"]
    """Whether some promise suffices."""


def _check_society(
    elite_income_share: np.ndarray,
    elite_population_share: np.ndarray,
    promise_weight: np.ndarray,
    *,
    dynamic: bool = False,
) -> None:
    known = (elite_population_share > 0) & (elite_population_share < 0.5)
    rule = "must lie strictly between 0 and one half"
    require(known, "elite_population_share", elite_population_share, rule)
    known = (elite_income_share > elite_population_share) & (elite_income_share < 1)
    rule = "must lie strictly between elite_population_share and 1"
    require(known, "elite_income_share", elite_income_share, rule)
    known = (promise_weight > 0) & (promise_weight <= 1)
    require(known, "promise_weight", promise_weight, "must be in (0, 1]")


def _check_threat(
    revolution_cost: np.ndarray,
    elite_income_share: np.ndarray,
    elite_population_share: np.ndarray,
    promise_weight: np.ndarray,
    *,
    dynamic: bool = False,
) -> None:
    _check_society(elite_income_share, elite_population_share, promise_weight)
    known = (revolution_cost >= 0) & (revolution_cost <= 1)
    require(known, "revolution_cost", revolution_cost, "must lie between 0 and 1")


def _check_response(
    revolution_cost: np.ndarray,
    repression_cost: np.ndarray,
    elite_income_share: np.ndarray,
    elite_population_share: np.ndarray,
    promise_weight: np.ndarray,
    *,
    dynamic: bool = False,
) -> None:
    _check_threat(revolution_cost, elite_income_share, elite_population_share, promise_weight)
    known = (repression_cost >= 0) & (repression_cost < np.inf)
    require(known, "repression_cost", repression_cost, "must be 0 or more, and finite")


def _check_dynamics(discount_factor: np.ndarray, threat_probability: np.ndarray) -> None:
    known = (discount_factor >= 0) & (discount_factor < 1)
    require(known, "discount_factor", discount_factor, "must be in [0, 1)")
    known = (threat_probability >= 0) & (threat_probability <= 1)
    require(known, "threat_probability", threat_probability, "must lie between 0 and 1")


def _citizens_gain(tax: Array, theta: Array, delta: Array) -> Array:
    r"""All citizens' gain from a tax: $\tau(\theta-\delta) - (1-\delta)\tau^2/2$."""
    return tax * (theta - delta) - (1 - delta) * tax**2 / 2


def _elites_loss(tax: Array, theta: Array, delta: Array) -> Array:
    r"""The elite's loss from a tax: $\tau(\theta-\delta) + \delta\tau^2/2$."""
    return tax * (theta - delta) + delta * tax**2 / 2


@formal_model(check=_check_dynamics)
def promise_weight(
    discount_factor: ArrayLike, threat_probability: ArrayLike
) -> Float[Array, "*batch"]:
    r"""What a promise is worth that holds only while the threat lasts.

    $$ f = 1 - \beta(1 - q). $$

    A rare threat and patient citizens make promises cheap talk, and democracy necessary.

    Args:
        discount_factor: $\beta$ per period, 0 to 1, below 1.
        threat_probability: $q$, chance of a threat in each period, 0 to 1.

    Returns:
        $f$, the worth of a promise as a share of one kept for ever, in (0, 1].

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Acemoglu and Robinson (2001; 2006).

    Example:
        >>> round(float(promise_weight(0.9, 0.25)), 12)
        0.325
    """
    beta, q = floats(discount_factor, threat_probability)
    return 1 - beta * (1 - q)


@formal_model(check=_check_society, static=("dynamic",))
def transition_thresholds(
    elite_income_share: ArrayLike,
    elite_population_share: ArrayLike,
    promise_weight: ArrayLike,
    *,
    dynamic: bool = False,
) -> Thresholds:
    r"""The costs of revolution and repression at which the elite's answer changes.

    With $G(\tau) = \tau(\theta-\delta) - (1-\delta)C(\tau)$,
    $L(\tau) = \tau(\theta-\delta) + \delta C(\tau)$ and $f$ the weight of a promise,

    $$ \tau^p = \frac{\theta-\delta}{1-\delta}, \quad \mu^* = \theta - f\,G(\tau^p), \quad
       \mu^{dem} = \theta - G(\tau^p), \quad \bar\kappa = \frac{L(\tau^p)}{\theta g}, $$

    where $g = 1$ in the static and $g = f$ in the dynamic game: there repression is paid only
    under threat, and democracy always.

    Args:
        elite_income_share: $\theta$, between $\delta$ and 1.
        elite_population_share: $\delta$, 0 to one half.
        promise_weight: $f$: probability $p$ that a promise is kept (static), or the function
            `promise_weight` (dynamic); in (0, 1].
        dynamic: Whether the game is the dynamic one.

    Returns:
        The tax of democracy and the three cut-offs. A repression cut-off above 1 means that
        repression beats democracy at any cost that the elite can pay.

    Raises:
        ValueError: If an argument is outside its range.

    Verified:
        Both sides of each indifference, the dynamic ones by solving for the values; see
        `tests/verification/test_transitions.py`.

    Source:
        [P] Acemoglu and Robinson (2001; 2006).

    Example:
        >>> cut = transition_thresholds(0.6, 0.2, 0.5)
        >>> [round(float(c), 9) for c in cut]
        [0.5, 0.55, 0.5, 0.375]
    """
    theta, delta, f = floats(elite_income_share, elite_population_share, promise_weight)
    tax = (theta - delta) / (1 - delta)
    gain = _citizens_gain(tax, theta, delta)
    often = f if dynamic else jnp.ones_like(f)
    kappa = _elites_loss(tax, theta, delta) / (theta * often)
    return Thresholds(tax, theta - f * gain, theta - gain, kappa)


@formal_model(check=_check_threat, static=("dynamic",))
def min_concession(
    revolution_cost: ArrayLike,
    elite_income_share: ArrayLike,
    elite_population_share: ArrayLike,
    promise_weight: ArrayLike,
    *,
    dynamic: bool = False,
) -> Concession:
    r"""The smallest promised tax that averts revolution, and when repression is better.

    $$ \hat\tau = \tau^p - \sqrt{(\tau^p)^2 - \frac{2(\theta-\mu)}{f(1-\delta)}}, \qquad
       \kappa^* = \frac{p}{\theta} L(\hat\tau) \text{ static}, \quad
       \frac{L(\hat\tau)}{\theta} \text{ dynamic}. $$

    Args:
        revolution_cost: $\mu$, share of income that revolution destroys, 0 to 1.
        elite_income_share: $\theta$, between $\delta$ and 1.
        elite_population_share: $\delta$, 0 to one half.
        promise_weight: $f$, as in `transition_thresholds`, in (0, 1].
        dynamic: Whether the game is the dynamic one.

    Returns:
        The tax and the cut-off of repression; `nan` and `exists` False where no promise suffices
        ($\mu < \mu^*$), zeros where there is no threat ($\theta \le \mu$).

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Acemoglu and Robinson (2001; 2006).

    Example:
        >>> promise = min_concession(0.55, 0.6, 0.2, 0.5)
        >>> round(float(promise.tax), 6), round(float(promise.repression_cutoff), 6)
        (0.5, 0.1875)
    """
    mu, theta, delta, f = floats(
        revolution_cost, elite_income_share, elite_population_share, promise_weight
    )
    best = (theta - delta) / (1 - delta)
    needed = 2 * jnp.maximum(theta - mu, 0.0) / (f * (1 - delta))
    room = best**2 - needed
    # Asked as in `transition_thresholds`, so that rounding leaves no hole between the two.
    exists = mu >= theta - f * _citizens_gain(best, theta, delta)
    positive = room > 0
    root = jnp.where(positive, jnp.sqrt(jnp.where(positive, room, 1.0)), 0.0)
    tax = needed / (best + root)
    weight = jnp.ones_like(f) if dynamic else f
    kappa = weight * _elites_loss(tax, theta, delta) / theta
    return Concession(jnp.where(exists, tax, jnp.nan), jnp.where(exists, kappa, jnp.nan), exists)


@formal_model(check=_check_response, static=("dynamic",))
def elite_response(
    revolution_cost: ArrayLike,
    repression_cost: ArrayLike,
    elite_income_share: ArrayLike,
    elite_population_share: ArrayLike,
    promise_weight: ArrayLike,
    *,
    dynamic: bool = False,
) -> Int[Array, "*batch"]:
    r"""What the elite does: nothing, concede, repress or democratise.

    No threat if $\theta \le \mu$. If a promise can avert revolution ($\mu \ge \mu^*$) the elite
    concedes where $\kappa \ge \kappa^*$ and represses otherwise; if not, it democratises where
    $\kappa \ge \bar\kappa$ and democracy suffices, and represses otherwise.

    Args:
        revolution_cost: $\mu$, share of income that revolution destroys, 0 to 1.
        repression_cost: $\kappa$, share of elite income that repression costs, 0 or more.
        elite_income_share: $\theta$, between $\delta$ and 1.
        elite_population_share: $\delta$, 0 to one half.
        promise_weight: $f$, as in `transition_thresholds`, in (0, 1].
        dynamic: Whether the game is the dynamic one.

    Returns:
        `NO_THREAT` (0), `CONCEDE` (1), `REPRESS` (2) or `DEMOCRATISE` (3).

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Acemoglu and Robinson (2001; 2006).

    Example:
        >>> elite_response([0.65, 0.57, 0.57, 0.52], [0.1, 0.1, 0.01, 0.5], 0.6, 0.2, 0.5).tolist()
        [0, 1, 2, 3]
    """
    mu, kappa, theta, delta, f = floats(
        revolution_cost,
        repression_cost,
        elite_income_share,
        elite_population_share,
        promise_weight,
    )
    cut = transition_thresholds(theta, delta, f, dynamic=dynamic)
    promise = min_concession(mu, theta, delta, f, dynamic=dynamic)
    without = jnp.where(
        (kappa >= cut.repression_cutoff) & (mu >= cut.democracy_cutoff), DEMOCRATISE, REPRESS
    )
    concedes = kappa >= jnp.where(promise.exists, promise.repression_cutoff, jnp.inf)
    answer = jnp.where(promise.exists, jnp.where(concedes, CONCEDE, REPRESS), without)
    return jnp.where(theta <= mu, NO_THREAT, answer)
