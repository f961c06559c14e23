r"""Exit, voice and loyalty; and defection as an option whose exercise can wait.

Hirschman, A. (1970), *Exit, Voice, and Loyalty*, Harvard University Press; the game follows Clark,
W. R., Golder, M. and Golder, S. (2017), "The British Academy Brian Barry Prize Essay: An Exit,
Voice and Loyalty Model of Politics", *British Journal of Political Science* 47(4): 719-748; the
stopping problem Dixit, A. and Pindyck, R. (1994), *Investment under Uncertainty*, Princeton
University Press, chapters 5-6.

The pieces are published [P]; their assembly into a theory of defection, with a hazard of the
regime's fall and a penalty for those found inside, is ours [O].

Question: when does an insider leave, given reprisals, assets at stake, the value of waiting, and
the risk that the regime falls while he is inside?

Primitives: the flow from staying follows $dx = \mu x\,dt + \sigma x\,dB$ (utils per year).
Discount rate $r > 0$; hazard $\lambda \ge 0$ of the regime's fall, at which one inside pays
$P \ge 0$; leaving brings $K$ = outside value less reprisal less assets forfeited (utils, any sign).
$\rho = r + \lambda > \max(\mu, 0)$, $\sigma > 0$.

Case: 2022, when assets could be seized by both sides and uncertainty was high, so that most waited;
exits such as the diplomat Bondarev's where the outside value was large. Ministers who waited in
August 1991; the founders of the Democratic Choice of Kazakhstan, who used voice while their exit
was credible but their loyalty not needed.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import log_ndtr, ndtr
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Hirschman (1970), Exit, Voice, and Loyalty, Harvard University Press; Clark, Golder and "
    "Golder (2017), An Exit, Voice and Loyalty Model of Politics, British Journal of Political "
    "Science 47(4): 719-748; Dixit and Pindyck (1994), Investment under Uncertainty, Princeton "
    "University Press"
)

EXIT, VOICE, LOYALTY = 0, 1, 2
"""The citizen's three answers, as `exit_voice_loyalty` codes them."""


class ExitThreshold(NamedTuple):
    """When to leave: as soon as the flow from staying falls to the threshold."""

    threshold: Float[Array, "*batch"]
    """$x^*$, utils per year; 0 where leaving never pays."""
    net_present_value_threshold: Float[Array, "*batch"]
    """The flow at which one would leave were it now or never; above $x^*$, as waiting pays."""
    exponent: Float[Array, "*batch"]
    """$\\beta < 0$, the negative root of the characteristic equation."""
    exits: Bool[Array, "*batch"]
    """Whether there is a flow at which leaving is best ($B > 0$)."""


class TwoStateExit(NamedTuple):
    """Outside values above which one leaves, with good and bad times alternating."""

    leaves_in_bad: Float[Array, "*batch"]
    """$K^*$: leave in bad times iff the outside value exceeds it."""
    leaves_at_once: Float[Array, "*batch"]
    """Leave even in good times iff the outside value exceeds it (and $K^*$)."""
    myopic: Float[Array, "*batch"]
    """The cut-off of one who takes bad times to last for ever."""


# Leaving for good ------------------------------------------------------------------------------


def _check_stopping(
    discount_rate: np.ndarray,
    fall_rate: np.ndarray,
    drift: np.ndarray,
    volatility: np.ndarray,
    outside_value: np.ndarray,
    penalty: np.ndarray,
) -> None:
    _check_rates(discount_rate, fall_rate, penalty)
    _check_flow(drift, volatility)
    patience = discount_rate + fall_rate - drift
    rule = "must be below discount_rate + fall_rate, else staying is worth infinitely much"
    require(patience > 0, "drift", drift, rule)
    require(np.isfinite(outside_value), "outside_value", outside_value, "must be a finite number")


def _check_rates(discount_rate: np.ndarray, fall_rate: np.ndarray, penalty: np.ndarray) -> None:
    positive = (discount_rate > 0) & (discount_rate < np.inf)
    require(positive, "discount_rate", discount_rate, "must be positive and finite")
    known = (fall_rate >= 0) & (fall_rate < np.inf)
    require(known, "fall_rate", fall_rate, "must be 0 or more, and finite")
    known = (penalty >= 0) & (penalty < np.inf)
    require(known, "penalty", penalty, "must be 0 or more, and finite")


def _check_flow(drift: np.ndarray, volatility: np.ndarray) -> None:
    require(np.isfinite(drift), "drift", drift, "must be a finite number")
    known = (volatility > 0) & (volatility < np.inf)
    require(known, "volatility", volatility, "must be positive and finite")


def _negative_root(rho: Array, mu: Array, sigma: Array) -> Array:
    r"""Negative root of $\tfrac12\sigma^2\beta(\beta-1) + \mu\beta - \rho = 0$."""
    centre = 0.5 - mu / sigma**2
    reach = jnp.sqrt(centre**2 + 2 * rho / sigma**2)
    # For a positive centre the difference would cancel; the product of the roots does not.
    is_positive = centre > 0
    product = -2 * rho / sigma**2 / jnp.where(is_positive, centre + reach, 1.0)
    return jnp.where(is_positive, product, centre - reach)


@formal_model(check=_check_stopping)
def exit_threshold(
    discount_rate: ArrayLike,
    fall_rate: ArrayLike,
    drift: ArrayLike,
    volatility: ArrayLike,
    outside_value: ArrayLike,
    penalty: ArrayLike,
) -> ExitThreshold:
    r"""The flow from staying at which an insider leaves for good.

    Leaving cannot be undone, so he waits beyond the point at which it would pay if it were now or
    never, and the longer the less certain the future. With $B = K + \lambda P/\rho$ and $\beta$ the
    negative root of $\tfrac12\sigma^2\beta(\beta-1) + \mu\beta - \rho = 0$,

    $$ x^* = \frac{\beta}{\beta - 1} (\rho - \mu) B \quad (B > 0; \text{ else never}), $$

    while the rule of now or never is $(\rho - \mu) B$.

    Args:
        discount_rate: $r$, per year, positive.
        fall_rate: $\lambda$, hazard of the regime's fall, per year, 0 or more.
        drift: $\mu$, growth of the flow, per year; below $r + \lambda$.
        volatility: $\sigma$, per square root of a year, positive.
        outside_value: $K$, worth of leaving net of reprisal and forfeited assets, utils, any sign.
        penalty: $P$, loss of one still inside when the regime falls, utils, 0 or more.

    Returns:
        The threshold, the rule of now or never, the exponent and whether leaving can ever pay.

    Raises:
        ValueError: If an argument is outside its range.

    Verified:
        Against a search over threshold policies and finite differences of the value; see
        `tests/verification/test_exit_option.py`.

    Source:
        [P] Dixit and Pindyck (1994); the fall of the regime in it is ours [O].

    Example:
        >>> leave = exit_threshold(0.05, 0.05, 0.0, 0.1, 8.0, 4.0)
        >>> round(float(leave.threshold), 12), float(leave.net_present_value_threshold)
        (0.8, 1.0)
    """
    r, lam, mu, sigma, outside, loss = floats(
        discount_rate, fall_rate, drift, volatility, outside_value, penalty
    )
    rho = r + lam
    beta = _negative_root(rho, mu, sigma)
    burden = outside + lam * loss / rho
    now_or_never = (rho - mu) * jnp.maximum(burden, 0.0)
    return ExitThreshold(beta / (beta - 1) * now_or_never, now_or_never, beta, burden > 0)


def _check_value(
    flow: np.ndarray,
    discount_rate: np.ndarray,
    fall_rate: np.ndarray,
    drift: np.ndarray,
    volatility: np.ndarray,
    outside_value: np.ndarray,
    penalty: np.ndarray,
) -> None:
    _check_stopping(discount_rate, fall_rate, drift, volatility, outside_value, penalty)
    require((flow > 0) & (flow < np.inf), "flow", flow, "must be positive and finite")


@formal_model(check=_check_value)
def stay_value(
    flow: ArrayLike,
    discount_rate: ArrayLike,
    fall_rate: ArrayLike,
    drift: ArrayLike,
    volatility: ArrayLike,
    outside_value: ArrayLike,
    penalty: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""What it is worth to be inside and free to leave at the best time.

    $$ V(x) = \frac{x}{\rho-\mu} - \frac{\lambda P}{\rho}
       + \Bigl(B - \frac{x^*}{\rho-\mu}\Bigr)\Bigl(\frac{x}{x^*}\Bigr)^{\beta}
       \quad (x > x^*), \qquad V = K \text{ below.} $$

    The last term is the value of the option to leave.

    Args:
        flow: $x$, flow from staying now, utils per year, positive.
        discount_rate: $r$, per year, positive.
        fall_rate: $\lambda$, hazard of the regime's fall, per year, 0 or more.
        drift: $\mu$, growth of the flow, per year; below $r + \lambda$.
        volatility: $\sigma$, per square root of a year, positive.
        outside_value: $K$, worth of leaving, utils, any sign.
        penalty: $P$, loss of one still inside when the regime falls, utils, 0 or more.

    Returns:
        $V$, utils.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Dixit and Pindyck (1994); the fall of the regime in it is ours [O].

    Example:
        >>> round(float(stay_value(1.5, 0.05, 0.05, 0.0, 0.2, 8.0, 4.0)), 6)
        13.782876
    """
    flow, r, lam, mu, sigma, outside, loss = floats(
        flow, discount_rate, fall_rate, drift, volatility, outside_value, penalty
    )
    leave = exit_threshold(r, lam, mu, sigma, outside, loss)
    rho = r + lam
    stays = flow / (rho - mu) - lam * loss / rho
    threshold = jnp.where(leave.exits, leave.threshold, 1.0)
    waits = leave.exits & (flow > threshold)
    ratio = jnp.where(waits, flow / threshold, 1.0)
    option = (outside + lam * loss / rho - threshold / (rho - mu)) * ratio**leave.exponent
    return jnp.where(leave.exits, jnp.where(waits, stays + option, outside), stays)


def _check_exit_probability(
    years: np.ndarray,
    flow: np.ndarray,
    threshold: np.ndarray,
    drift: np.ndarray,
    volatility: np.ndarray,
) -> None:
    require(years >= 0, "years", years, "must be 0 or more")
    require((flow > 0) & (flow < np.inf), "flow", flow, "must be positive and finite")
    known = (threshold >= 0) & (threshold < np.inf)
    require(known, "threshold", threshold, "must be 0 or more, and finite")
    _check_flow(drift, volatility)


@formal_model(check=_check_exit_probability)
def exit_probability(
    years: ArrayLike,
    flow: ArrayLike,
    threshold: ArrayLike,
    drift: ArrayLike,
    volatility: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""Probability that the flow has fallen to a threshold within given years.

    With $l = \ln(x^*/x) < 0$ and $\nu = \mu - \sigma^2/2$,

    $$ \Pr(\tau \le t) = \Phi\Bigl(\frac{l - \nu t}{\sigma\sqrt t}\Bigr)
       + e^{2\nu l/\sigma^2}\,\Phi\Bigl(\frac{l + \nu t}{\sigma\sqrt t}\Bigr), $$

    and ever: 1 if $\nu \le 0$, else $(x^*/x)^{2\nu/\sigma^2}$. The regime's fall is left out: this
    is the chance of leaving were it to last.

    Args:
        years: $t$, years, 0 or more; infinity for ever.
        flow: $x$, flow from staying now, utils per year, positive.
        threshold: $x^*$, utils per year, 0 or more (0: never).
        drift: $\mu$, growth of the flow, per year.
        volatility: $\sigma$, per square root of a year, positive.

    Returns:
        Probability, 0 to 1; 1 where the flow is already at the threshold or below.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Dixit and Pindyck (1994).

    Example:
        >>> [round(float(exit_probability(t, 1.5, 1.0, 0.04, 0.2)), 6) for t in (150, np.inf)]
        [0.652389, 0.666667]
    """
    years, flow, threshold, mu, sigma = floats(years, flow, threshold, drift, volatility)
    waits = (flow > threshold) & (threshold > 0)
    fall = jnp.log(jnp.where(waits, threshold / flow, 0.5))
    trend = mu - sigma**2 / 2
    is_open = (years > 0) & (years < jnp.inf)
    t = jnp.where(is_open, years, 1.0)
    spread = sigma * jnp.sqrt(t)
    reflected = 2 * trend * fall / sigma**2
    within = ndtr((fall - trend * t) / spread) + jnp.exp(
        reflected + log_ndtr((fall + trend * t) / spread)
    )
    ever = jnp.exp(jnp.minimum(reflected, 0.0))
    chance = jnp.where(is_open, within, jnp.where(years > 0, ever, 0.0))
    return jnp.where(waits, chance, jnp.where(threshold > 0, 1.0, 0.0))


# Good and bad times ------------------------------------------------------------------------------


def _check_two_state(
    discount_rate: np.ndarray,
    worsening_rate: np.ndarray,
    recovery_rate: np.ndarray,
    fall_rate: np.ndarray,
    good_flow: np.ndarray,
    bad_flow: np.ndarray,
    penalty: np.ndarray,
) -> None:
    _check_rates(discount_rate, fall_rate, penalty)
    for name, rate in (("worsening_rate", worsening_rate), ("recovery_rate", recovery_rate)):
        require((rate >= 0) & (rate < np.inf), name, rate, "must be 0 or more, and finite")
    require(np.isfinite(good_flow), "good_flow", good_flow, "must be a finite number")
    ordered = np.isfinite(bad_flow) & (bad_flow <= good_flow)
    require(ordered, "bad_flow", bad_flow, "must be finite and at most good_flow")


@formal_model(check=_check_two_state)
def two_state_exit(
    discount_rate: ArrayLike,
    worsening_rate: ArrayLike,
    recovery_rate: ArrayLike,
    fall_rate: ArrayLike,
    good_flow: ArrayLike,
    bad_flow: ArrayLike,
    penalty: ArrayLike,
) -> TwoStateExit:
    r"""When an insider leaves, if good and bad times follow each other.

    Good times turn bad at rate $\eta$ and bad ones good at rate $\nu$; the regime can fall (rate
    $\lambda$, penalty $P$) in bad times only. He leaves in bad times iff

    $$ K > K^* = \frac{(r+\eta)(x_b - \lambda P) + \nu x_g}{(r+\eta)(r+\nu+\lambda) - \nu\eta}, $$

    where one who forgets that good times return would compare with $(x_b - \lambda P)/(r+\lambda)$.
    He leaves in good times too iff, moreover, $K > x_g/r$.

    Args:
        discount_rate: $r$, per year, positive.
        worsening_rate: $\eta$, rate of turns from good to bad, per year, 0 or more.
        recovery_rate: $\nu$, rate of turns from bad to good, per year, 0 or more.
        fall_rate: $\lambda$, hazard of the regime's fall in bad times, per year, 0 or more.
        good_flow: $x_g$, flow from staying in good times, utils per year.
        bad_flow: $x_b$, flow in bad times, utils per year, at most $x_g$.
        penalty: $P$, loss of one still inside when the regime falls, utils, 0 or more.

    Returns:
        Cut-offs of the outside value $K$, utils.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [O] Ours, after the stopping problems of Dixit and Pindyck (1994).

    Example:
        >>> cut = two_state_exit(0.05, 0.3, 0.5, 0.2, 1.0, -0.5, 3.0)
        >>> round(float(cut.leaves_in_bad), 7), round(float(cut.myopic), 7)
        (1.0222222, -4.4)
    """
    r, eta, nu, lam, good, bad, loss = floats(
        discount_rate, worsening_rate, recovery_rate, fall_rate, good_flow, bad_flow, penalty
    )
    in_bad = bad - lam * loss
    cutoff = ((r + eta) * in_bad + nu * good) / ((r + eta) * (r + nu + lam) - nu * eta)
    return TwoStateExit(cutoff, good / r, in_bad / (r + lam))


# The game ----------------------------------------------------------------------------------------


def _check_game(
    exit_payoff: np.ndarray, state_dependence: np.ndarray, voice_cost: np.ndarray
) -> None:
    require(np.isfinite(exit_payoff), "exit_payoff", exit_payoff, "must be a finite number")
    known = np.isfinite(state_dependence)
    require(known, "state_dependence", state_dependence, "must be a finite number")
    known = (voice_cost > 0) & (voice_cost < 1)
    require(known, "voice_cost", voice_cost, "must lie strictly between 0 and 1")


@formal_model(check=_check_game)
def exit_voice_loyalty(
    exit_payoff: ArrayLike, state_dependence: ArrayLike, voice_cost: ArrayLike
) -> Int[Array, "*batch"]:
    r"""What a citizen does after losing a benefit: leave, protest or stay silent.

    Staying silent pays 0, leaving $E$, regaining the benefit 1 less the cost of voice $c$; the
    state keeps the benefit (worth 1 to it) or the citizen's loyalty (worth $L$). Known to both,
    the game is solved backwards: the state gives way to voice iff the threat to leave is credible
    ($E > 0$) and it depends on the citizen ($L > 1$). Then voice iff $1 - c > E$. Where it would
    not give way the citizen leaves iff $E > 0$ and else stays silent: silence of the powerless
    and of the content look alike.

    Args:
        exit_payoff: $E$, worth of leaving less that of silence, in units of the benefit.
        state_dependence: $L$, worth of the citizen's loyalty to the state, in the same unit.
        voice_cost: $c$, in the same unit, 0 to 1 exclusive.

    Returns:
        `EXIT` (0), `VOICE` (1) or `LOYALTY` (2).

    Raises:
        ValueError: If a payoff is not finite or the cost outside (0, 1).

    Source:
        [P] Clark, Golder and Golder (2017).

    Example:
        >>> exit_voice_loyalty([0.3, 0.3, -0.2], [1.5, 0.5, 1.5], 0.4).tolist()
        [1, 0, 2]
    """
    leave, depends, cost = floats(exit_payoff, state_dependence, voice_cost)
    gives_way = (leave > 0) & (depends > 1)
    silent_or_gone = jnp.where(leave > 0, EXIT, LOYALTY)
    return jnp.where(gives_way & (1 - cost > leave), VOICE, silent_or_gone)
