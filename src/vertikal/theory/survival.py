r"""Leaders' exits: Weibull hazards, competing modes of exit, and the Aalen-Johansen estimator.

Kalbfleisch, J. and Prentice, R. (2002), *The Statistical Analysis of Failure Time Data*, Wiley;
Prentice, R. et al. (1978), "The Analysis of Failure Times in the Presence of Competing Risks",
*Biometrics* 34: 541-554; Aalen, O. and Johansen, S. (1978), "An Empirical Transition Matrix for
Non-Homogeneous Markov Chains Based on Censored Observations", *Scandinavian Journal of Statistics*
5: 141-150. Applied to leaders by Goemans, H. (2008), "Which Way Out?", *Journal of Conflict
Resolution* 52(6): 771-794.

Published form [P].

Question: what is the baseline hazard of losing office, by mode (death, coup, removal by the elite,
revolt, end of term), and what share of leaders leaves by each mode?

Primitives: durations $t > 0$ in years; a cause $d \in \{0, 1, \dots, J\}$, 0 for a leader still in
office (censored); an entry age $v \ge 0$ for one already in office when observation began (left
truncation; it must not be dropped). Weibull shape $k > 0$ and scale $s > 0$ in years.

One minus Kaplan and Meier's estimate, with other causes taken as censoring, is *not* the
probability of leaving by a cause: it answers how many would leave if no other mode existed.

Case: exits of Soviet leaders (deaths in 1953, 1982, 1984 and 1985; removals in 1955 and 1964;
collapse in 1991), and Kazakhstan 1991-2019 and 2022 as censored and competing modes.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammaln
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, Wiley; Aalen "
    "and Johansen (1978), An Empirical Transition Matrix for Non-Homogeneous Markov Chains Based "
    "on Censored Observations, Scandinavian Journal of Statistics 5: 141-150"
)

LOG_SHAPE_RANGE = (-6.0, 6.0)
"""Where the root of the profile equation is sought: shapes from 0.0025 to 400 (our choice)."""


class WeibullFit(NamedTuple):
    """Maximum-likelihood Weibull hazard; `nan` where none exists."""

    shape: Float[Array, "*batch"]
    """$k$; above 1 the hazard rises with time in office, below 1 it falls."""
    scale: Float[Array, "*batch"]
    """$s$, years: the time by which 63 per cent would have left."""
    loglik: Float[Array, "*batch"]
    """Log-likelihood at the maximum."""
    events: Int[Array, "*batch"]
    """Number of exits (of the cause in question)."""
    exists: Bool[Array, "*batch"]
    """False without an exit ($s = \\infty$) or where the likelihood rises without bound in $k$."""


class CompetingRisks(NamedTuple):
    """What a Weibull model with one shape and several causes implies."""

    probability: Float[Array, "*batch causes"]
    """Probability of ever leaving by each cause."""
    mean: Float[Array, "*batch"]
    """Mean time in office, years."""


class Incidence(NamedTuple):
    """The Aalen-Johansen estimate at each observed duration, in ascending order."""

    time: Float[Array, "*batch times"]
    """Durations, years; ties repeat, with the same estimates."""
    incidence: Float[Array, "causes *batch times"]
    """Probability of having left by each cause up to and including that time; causes lead."""
    survival: Float[Array, "*batch times"]
    """Probability of being still in office after that time; with the incidences it sums to 1."""
    at_risk: Int[Array, "*batch times"]
    """Number under observation just before that time."""


# Likelihood and fit -----------------------------------------------------------------------------


def _check_durations(durations: np.ndarray, entry: np.ndarray | None) -> None:
    given = durations.ndim > 0 and durations.size > 0
    require(given, "durations", durations, "needs at least one duration")
    rule = "must be positive and finite (for 0 use half the recording unit)"
    require((durations > 0) & (durations < np.inf), "durations", durations, rule)
    if entry is not None:
        inside = (entry >= 0) & (entry < durations)
        require(inside, "entry", entry, "must be 0 or more and before the end of the duration")


def _check_events(event: np.ndarray, durations: np.ndarray) -> None:
    require((event == 0) | (event == 1), "event", event, "must be 0 or 1")
    same = np.shape(event) == np.shape(durations)
    require(same, "event", np.shape(event), "must have the shape of the durations")


def _check_loglik(
    log_shape: np.ndarray,
    log_scale: np.ndarray,
    durations: np.ndarray,
    event: np.ndarray,
    entry: np.ndarray | None = None,
    *,
    axis: int = -1,
) -> None:
    require(np.isfinite(log_shape), "log_shape", log_shape, "must be a finite number")
    require(np.isfinite(log_scale), "log_scale", log_scale, "must be a finite number")
    _check_durations(durations, entry)
    _check_events(event, durations)


@formal_model(check=_check_loglik, static=("axis",))
def weibull_loglik(
    log_shape: ArrayLike,
    log_scale: ArrayLike,
    durations: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None = None,
    *,
    axis: int = -1,
) -> Float[Array, "*batch"]:
    r"""Log-likelihood of a Weibull hazard for one cause of exit.

    $$ \sum_i d_i \log h(t_i) - (t_i/s)^k + (v_i/s)^k, \qquad
       h(t) = \frac{k}{s}\Bigl(\frac{t}{s}\Bigr)^{k-1}. $$

    The likelihoods of the causes separate: for cause $j$ let `event` mark the exits by that cause
    and count all others as censored. Covariates enter through the scale: pass
    `log_scale = x @ beta`, one value an observation.

    Args:
        log_shape: $\log k$; a scalar, or an array that broadcasts against `durations`.
        log_scale: $\log s$, $s$ in years; a scalar, or an array that broadcasts likewise.
        durations: $t$, years, positive.
        event: 1 for an exit by the cause, 0 for censored.
        entry: $v$, time already in office when observation began, years; without it 0.
        axis: The axis of observations.

    Returns:
        Log-likelihood.

    Raises:
        ValueError: If durations, entries or events are outside their ranges.

    Source:
        [P] Kalbfleisch and Prentice (2002).

    Example:
        >>> t, event = [1.0, 2.0, 3.0, 5.0, 9.0], [1, 1, 0, 1, 0]
        >>> round(float(weibull_loglik(0.0, np.log(20 / 3), t, event)), 5)
        -8.69136
    """
    log_shape, log_scale, t, event = floats(log_shape, log_scale, durations, event)
    shape = jnp.exp(log_shape)
    log_time = jnp.log(t) - log_scale
    log_hazard = log_shape - log_scale + (shape - 1) * log_time
    terms = event * log_hazard - jnp.exp(shape * log_time)
    if entry is not None:
        (late,) = floats(entry)
        terms = terms + _power(late, jnp.log(jnp.where(late > 0, late, 1)) - log_scale, shape)
    return terms.sum(axis=axis)


def _power(base: Array, log_base: Array, exponent: Array) -> Array:
    """`base ** exponent` with 0 for a zero base, from the logarithm, differentiable at 0."""
    return jnp.where(base > 0, jnp.exp(exponent * jnp.where(base > 0, log_base, 0.0)), 0.0)


def _check_fit(
    durations: np.ndarray, event: np.ndarray, entry: np.ndarray | None = None, *, axis: int = -1
) -> None:
    _check_durations(durations, entry)
    _check_events(event, durations)


@formal_model(check=_check_fit, static=("axis",))
def fit_weibull(
    durations: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None, *, axis: int = -1
) -> WeibullFit:
    r"""Maximum-likelihood Weibull hazard of one cause of exit.

    The scale is profiled out, $s^k = \sum (t^k - v^k)/D$ with $D$ exits, and the shape solves

    $$ \frac{\sum t^k \ln t - v^k \ln v}{\sum t^k - v^k} - \frac1k
       = \frac1D \sum_{\text{exits}} \ln t. $$

    Durations are divided by their maximum before powers are taken.

    Args:
        durations: $t$, years, positive.
        event: 1 for an exit by the cause, 0 for censored.
        entry: $v$, time already in office when observation began, years; without it 0.
        axis: The axis of observations.

    Returns:
        Shape, scale, log-likelihood and whether the maximum exists. For standard errors and
        covariates use the lifelines library or `weibull_loglik`.

    Raises:
        ValueError: If durations, entries or events are outside their ranges.

    Verified:
        Against a numerical maximiser and the lifelines library, with and without left truncation;
        see `tests/verification/test_survival.py`.

    Source:
        [P] Kalbfleisch and Prentice (2002).

    Example:
        >>> fit = fit_weibull([1.0, 2.0, 3.0, 5.0, 9.0], [1, 1, 0, 1, 0])
        >>> round(float(fit.shape), 6), round(float(fit.scale), 6)
        (1.109801, 6.503805)
    """
    t, late = _observed(durations, entry, axis)
    (exits,) = floats(event)
    return _fit(t, jnp.moveaxis(exits, axis, -1), late)


def _observed(durations: ArrayLike, entry: ArrayLike | None, axis: int) -> tuple[Array, Array]:
    """Durations and entries of one shape, the axis of observations last."""
    t, late = floats(durations, 0.0 if entry is None else entry)
    late = jnp.broadcast_to(late, t.shape)
    return jnp.moveaxis(t, axis, -1), jnp.moveaxis(late, axis, -1)


def _fit(t: Array, event: Array, late: Array) -> WeibullFit:
    """The fit over the last axis."""
    longest = t.max(axis=-1, keepdims=True)
    exits = event.sum(axis=-1)
    log_t = jnp.log(t / longest)
    log_late = jnp.log(jnp.where(late > 0, late, longest) / longest)
    mean_log = (event * log_t).sum(axis=-1) / jnp.maximum(exits, 1)

    def moments(log_shape: Array) -> tuple[Array, Array, Array]:
        shape = jnp.exp(log_shape)[..., None]
        now, before = jnp.exp(shape * log_t), _power(late, log_late, shape)
        zero = (now - before).sum(axis=-1)
        one = (now * log_t - before * log_late).sum(axis=-1) / zero
        return zero, one, (now * log_t**2 - before * log_late**2).sum(axis=-1) / zero

    def residual(log_shape: Array) -> Array:
        return moments(log_shape)[1] - jnp.exp(-log_shape) - mean_log

    def halve(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        is_below = residual(middle) < 0
        return jnp.where(is_below, middle, low), jnp.where(is_below, high, middle)

    ends = tuple(jnp.full_like(mean_log, end) for end in LOG_SHAPE_RANGE)
    exists = (exits > 0) & (residual(ends[0]) < 0) & (residual(ends[1]) > 0)
    low, high = jax.lax.fori_loop(0, 50, halve, jax.lax.stop_gradient(ends))
    start = jax.lax.stop_gradient(0.5 * (low + high))
    # The Newton step removes the last rounding and carries the derivative with respect to data.
    _, one, two = jax.lax.stop_gradient(moments(start))
    slope = jnp.exp(start) * (two - one**2) + jnp.exp(-start)
    log_shape = start - jnp.where(exists, residual(start) / slope, 0.0)
    shape = jnp.exp(log_shape)
    log_scale = (jnp.log(moments(log_shape)[0]) - jnp.log(jnp.maximum(exits, 1))) / shape
    log_scale = log_scale + jnp.log(longest[..., 0])
    loglik = weibull_loglik(log_shape[..., None], log_scale[..., None], t, event, late)
    shape, scale, loglik = (
        jnp.where(exists, found, jnp.nan) for found in (shape, jnp.exp(log_scale), loglik)
    )
    return WeibullFit(shape, scale, loglik, exits.astype(int), exists)


def _check_causes(
    durations: np.ndarray,
    cause: np.ndarray,
    entry: np.ndarray | None = None,
    *,
    causes: int,
    axis: int = -1,
) -> None:
    require(causes >= 1, "causes", causes, "must be at least 1")
    _check_durations(durations, entry)
    same = np.shape(cause) == np.shape(durations)
    require(same, "cause", np.shape(cause), "must have the shape of the durations")
    known = (cause >= 0) & (cause <= causes) & (cause == np.round(cause))
    require(known, "cause", cause, f"must be 0 (censored) or a whole number up to {causes}")


@formal_model(check=_check_causes, static=("causes", "axis"))
def fit_competing(
    durations: ArrayLike,
    cause: ArrayLike,
    entry: ArrayLike | None = None,
    *,
    causes: int,
    axis: int = -1,
) -> WeibullFit:
    r"""One Weibull hazard a cause, each with its own shape and scale.

    Args:
        durations: $t$, years, positive.
        cause: 0 for censored, else the number of the cause, 1 to $J$.
        entry: $v$, time already in office when observation began, years; without it 0.
        causes: $J$, number of causes, also of those that never occurred.
        axis: The axis of observations; causes take its place in the result.

    Returns:
        As `fit_weibull`, with an axis of causes; a cause that never occurred has `exists` False.

    Raises:
        ValueError: If durations, entries or causes are outside their ranges.

    Source:
        [P] Prentice et al. (1978).

    Example:
        >>> fit = fit_competing([1.0, 2.0, 3.0, 5.0, 9.0], [1, 2, 0, 1, 2], causes=3)
        >>> fit.exists.tolist(), fit.events.tolist()
        ([True, True, False], [2, 2, 0])
    """
    t, late = _observed(durations, entry, axis)
    which = jnp.moveaxis(jnp.asarray(cause), axis, -1)
    fits = [_fit(t, (which == j).astype(t.dtype), late) for j in range(1, causes + 1)]
    return WeibullFit(*(jnp.stack(field, axis=axis) for field in zip(*fits, strict=True)))


# What a fitted model implies --------------------------------------------------------------------


def _check_weibull(shape: np.ndarray, scale: np.ndarray, *, axis: int = -1) -> None:
    require((shape > 0) & (shape < np.inf), "shape", shape, "must be positive and finite")
    require((scale > 0) & (scale < np.inf), "scale", scale, "must be positive and finite")
    require(scale.ndim > 0, "scale", scale, "needs an axis of causes")


def _check_cif(years: np.ndarray, shape: np.ndarray, scale: np.ndarray, *, axis: int = -1) -> None:
    require(years >= 0, "years", years, "must be 0 or more")
    _check_weibull(shape, scale, axis=axis)


@formal_model(check=_check_weibull, static=("axis",))
def competing_risks(shape: ArrayLike, scale: ArrayLike, *, axis: int = -1) -> CompetingRisks:
    r"""Probability of each mode of exit and mean tenure, for causes with a common shape.

    With $r_j = s_j^{-k}$,

    $$ \Pr(j) = r_j / \textstyle\sum_i r_i, \qquad
       E[t] = (\textstyle\sum_i r_i)^{-1/k}\, \Gamma(1 + 1/k). $$

    Args:
        shape: $k$, common shape, positive; no axis of causes.
        scale: $s_j$, years, positive, with an axis of causes.
        axis: The axis of causes.

    Returns:
        Probability of each cause and the mean time in office.

    Raises:
        ValueError: If a shape or scale is not positive and finite.

    Source:
        [P] Prentice et al. (1978).

    Example:
        >>> risks = competing_risks(1.4, [10.0, 15.0])
        >>> round(float(risks.probability[0]), 6), round(float(risks.mean), 6)
        (0.638221, 6.613232)
    """
    shape, scale = floats(shape, scale)
    log_rate = -shape[..., None] * jnp.log(jnp.moveaxis(scale, axis, -1))
    total = jax.nn.logsumexp(log_rate, axis=-1)
    mean = jnp.exp(gammaln(1 + 1 / shape) - total / shape)
    return CompetingRisks(jnp.moveaxis(jax.nn.softmax(log_rate, axis=-1), -1, axis), mean)


@formal_model(check=_check_cif, static=("axis",))
def cif(
    years: ArrayLike, shape: ArrayLike, scale: ArrayLike, *, axis: int = -1
) -> Float[Array, "*batch causes"]:
    r"""Cumulative incidence: probability of having left by each cause, for a common shape.

    With $r_j = s_j^{-k}$ and $R = \sum_i r_i$,

    $$ F_j(t) = \frac{r_j}{R} \bigl(1 - e^{-R t^k}\bigr). $$

    Args:
        years: $t$, time in office, years, 0 or more; no axis of causes.
        shape: $k$, common shape, positive; no axis of causes.
        scale: $s_j$, years, positive, with an axis of causes.
        axis: The axis of causes in `scale` and in the result.

    Returns:
        Probabilities that sum to one less the chance of still being in office.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Prentice et al. (1978).

    Example:
        >>> [round(float(p), 6) for p in cif(6.0, 1.4, [10.0, 15.0])]
        [0.341643, 0.193662]
    """
    t, shape, scale = floats(years, shape, scale)
    log_rate = -shape[..., None] * jnp.log(jnp.moveaxis(scale, axis, -1))
    log_total = jax.nn.logsumexp(log_rate, axis=-1)
    hazard = _power(t, jnp.log(jnp.where(t > 0, t, 1.0)) + log_total / shape, shape)
    gone = -jnp.expm1(-hazard)[..., None] * jax.nn.softmax(log_rate, axis=-1)
    return jnp.moveaxis(gone, -1, axis)


@formal_model(check=_check_cif, static=("axis",))
def cif_by_shape(
    years: ArrayLike, shape: ArrayLike, scale: ArrayLike, *, axis: int = -1
) -> Float[Array, "*batch causes"]:
    r"""Cumulative incidence where every cause has its own shape, by quadrature.

    $$ F_j(t) = \int_0^t h_j(u)\, e^{-\sum_i (u/s_i)^{k_i}}\, du. $$

    The integral is taken on 97 double-exponential nodes, which bear the singularity of a falling
    hazard at zero; time beyond a cumulative hazard of 40 is left out.

    Args:
        years: $t$, time in office, years, 0 or more; no axis of causes.
        shape: $k_j$, positive, with an axis of causes.
        scale: $s_j$, years, positive, with an axis of causes.
        axis: The axis of causes.

    Returns:
        Probabilities that sum to one less the chance of still being in office.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Prentice et al. (1978).

    Example:
        >>> [round(float(p), 6) for p in cif_by_shape(6.0, [1.4, 1.4], [10.0, 15.0])]
        [0.341643, 0.193662]
    """
    t, shape, scale = floats(years, shape, scale)
    shape, scale = jnp.moveaxis(shape, axis, -1), jnp.moveaxis(scale, axis, -1)
    end = jnp.minimum(t, (scale * 40.0 ** (1 / shape)).min(axis=-1))[..., None]
    position = np.linspace(-3.6, 3.6, 97)
    node = 1 / (1 + np.exp(-np.pi * np.sinh(position)))
    weight = (position[1] - position[0]) * np.pi * np.cosh(position) * (1 - node)
    log_time = jnp.log(jnp.where(end > 0, end, 1.0)) + jnp.asarray(np.log(node), t.dtype)
    hazards = jnp.exp(shape[..., None] * (log_time[..., None, :] - jnp.log(scale)[..., None]))
    survival = jnp.exp(-hazards.sum(axis=-2, keepdims=True))
    share = (jnp.asarray(weight, t.dtype) * shape[..., None] * hazards * survival).sum(axis=-1)
    return jnp.moveaxis(jnp.where(end > 0, share, 0.0), -1, axis)


# Without a functional form ----------------------------------------------------------------------


def _aalen_johansen(t: Array, cause: Array, late: Array, *, causes: int) -> tuple[Array, ...]:
    """The estimate for one sample; see `aalen_johansen`."""
    # Exits before censorings at equal times: one at a time then gives what groups of ties give.
    order = jnp.lexsort((cause == 0, t))
    t, cause = t[order], cause[order]
    size = t.shape[0]
    entered = jnp.searchsorted(jnp.sort(late), t, side="left")
    at_risk = entered - jnp.arange(size)
    leaves = (cause != 0) / at_risk.astype(t.dtype)
    survival = jnp.cumprod(1 - leaves)
    before = jnp.concatenate([jnp.ones(1, t.dtype), survival[:-1]])
    by_cause = cause == jnp.arange(1, causes + 1)[:, None]
    incidence = jnp.cumsum(by_cause * before * leaves, axis=-1)
    first = jnp.searchsorted(t, t, side="left")
    last = jnp.searchsorted(t, t, side="right") - 1
    return t, incidence[:, last], survival[last], at_risk[first]


@formal_model(check=_check_causes, static=("causes", "axis"))
def aalen_johansen(
    durations: ArrayLike,
    cause: ArrayLike,
    entry: ArrayLike | None = None,
    *,
    causes: int,
    axis: int = -1,
) -> Incidence:
    r"""Share of leaders who have left by each cause, as time goes on, with censoring allowed for.

    With $n_i$ at risk and $d_{ij}$ exits by cause $j$ at time $t_i$,

    $$ F_j(t) = \sum_{t_i \le t} S(t_i^-)\, \frac{d_{ij}}{n_i}, \qquad
       S(t) = \prod_{t_i \le t} \Bigl(1 - \frac{\sum_j d_{ij}}{n_i}\Bigr). $$

    Censoring must tell nothing about the exit to come. Under left truncation the estimate is
    fragile while few are at risk: look at `at_risk`.

    Args:
        durations: $t$, years, positive; ties are welcome.
        cause: 0 for censored, else the number of the cause, 1 to $J$.
        entry: $v$, time already in office when observation began, years; without it 0.
        causes: $J$, number of causes.
        axis: The axis of observations; ordered times take its place in the result.

    Returns:
        Incidence by cause, survival and number at risk at each duration. The value at any other
        time is that of the last duration not after it.

    Raises:
        ValueError: If durations, entries or causes are outside their ranges.

    Verified:
        Against the product of matrices in the definition, Kaplan-Meier and the lifelines library;
        see `tests/verification/test_survival.py`.

    Source:
        [P] Aalen and Johansen (1978).

    Example:
        >>> estimate = aalen_johansen([1.0, 2.0, 2.0, 4.0], [1, 2, 0, 1], causes=2)
        >>> estimate.incidence.tolist()
        [[0.25, 0.25, 0.25, 0.75], [0.0, 0.25, 0.25, 0.25]]
    """
    t, late = _observed(durations, entry, axis)
    which = jnp.moveaxis(jnp.asarray(cause), axis, -1)
    estimate = jnp.vectorize(
        lambda *sample: _aalen_johansen(*sample, causes=causes),
        signature="(n),(n),(n)->(n),(j,n),(n),(n)",
    )
    time, incidence, survival, at_risk = estimate(t, which, late)
    incidence = jnp.moveaxis(incidence, -2, 0)
    place = axis if axis < 0 else axis + 1
    return Incidence(
        jnp.moveaxis(time, -1, axis),
        jnp.moveaxis(incidence, -1, place),
        jnp.moveaxis(survival, -1, axis),
        jnp.moveaxis(at_risk, -1, axis),
    )
