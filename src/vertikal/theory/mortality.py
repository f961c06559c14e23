r"""How likely a leader of a given age is to die within a given time: Gompertz mortality.

[P] Gompertz, Benjamin (1825), "On the Nature of the Function Expressive of the Law of Human
Mortality", *Philosophical Transactions of the Royal Society* 115: 513-583.

Question: how long can an ageing incumbent be expected to last, and how likely is he to die in
office before a given date?

Primitives: the hazard of death per year at age $x$,
$h(x) = f a e^{b (x - 60)}$, with level $a > 0$ at age 60, slope $b > 0$ per year of age and a
personal multiplier $f > 0$ (frailty above 1, a privileged life below 1).

Level and slope belong to a population: fit them to its life table with `fit_gompertz`, and do not
use the law below age 50 or above 95, where tables leave it.

Case: Stalin (74), Brezhnev (75), Andropov (69) and Chernenko (73) died in office; the horizon of
every ageing incumbent's entourage.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Gompertz, Benjamin (1825), On the Nature of the Function Expressive of the Law of Human "
    "Mortality, Philosophical Transactions of the Royal Society 115: 513-583."
)

REFERENCE_AGE = 60.0
"""Age in years at which `level` is the hazard."""


class GompertzFit(NamedTuple):
    """A Gompertz law fitted to a life table.

    Attributes:
        level: Hazard at age 60, per year.
        slope: Growth of the hazard with age, per year.
    """

    level: jax.Array
    slope: jax.Array


def _check_law(age: Any, level: Any, slope: Any, frailty: Any = 1.0) -> None:
    """Refuse a law without hazard or ageing."""
    require((age >= 0) & (age < float("inf")), "age", age, "must be zero or more years")
    for name, given in (("level", level), ("slope", slope), ("frailty", frailty)):
        require((given > 0) & (given < float("inf")), name, given, "must be positive and finite")


def _check_years(years: Any, age: Any, level: Any, slope: Any, frailty: Any = 1.0) -> None:
    """Refuse a law without hazard or ageing, and negative time."""
    _check_law(age, level, slope, frailty)
    require(years >= 0, "years", years, "must be zero or more")


def _check_quantile(chance: Any, age: Any, level: Any, slope: Any, frailty: Any = 1.0) -> None:
    """Refuse a law without hazard or ageing, and chances of surviving outside (0, 1]."""
    _check_law(age, level, slope, frailty)
    require((chance > 0) & (chance <= 1), "chance", chance, "must be above 0 and at most 1")


def _check_sample(key: Any, age: Any, level: Any, slope: Any, frailty: Any = 1.0) -> None:
    """Refuse a law without hazard or ageing."""
    _check_law(age, level, slope, frailty)


@formal_model(check=_check_law)
def hazard(
    age: ArrayLike, level: ArrayLike, slope: ArrayLike, frailty: ArrayLike = 1.0
) -> jax.Array:
    r"""Hazard of death at an age.

    $$ h(x) = f a e^{b (x - 60)} $$

    Args:
        age: $x \ge 0$, years.
        level: $a > 0$, hazard at age 60, per year.
        slope: $b > 0$, per year.
        frailty: $f > 0$, the person's multiplier.

    Returns:
        $h$, per year, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [P] Gompertz (1825).

    Example:
        >>> float(hazard(60.0, 0.011, 0.09, 2.0))
        0.022
    """
    return _rate(*floats(age, level, slope, frailty))


@formal_model(check=_check_years)
def survival(
    years: ArrayLike,
    age: ArrayLike,
    level: ArrayLike,
    slope: ArrayLike,
    frailty: ArrayLike = 1.0,
) -> jax.Array:
    r"""Chance that a person of a given age lives at least so many years more.

    $$ S(t \mid x) = \exp\left( -\frac{h(x)}{b} (e^{bt} - 1) \right) $$

    Args:
        years: $t \ge 0$.
        age: $x \ge 0$, years.
        level: $a > 0$, hazard at age 60, per year.
        slope: $b > 0$, per year.
        frailty: $f > 0$, the person's multiplier.

    Returns:
        $S$, 0 to 1, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [P] Gompertz (1825).

    Example:
        >>> float(survival(0.0, 70.0, 0.011, 0.09))
        1.0
    """
    return jnp.exp(-_cumulative(years, age, level, slope, frailty))


@formal_model(check=_check_years)
def death_probability(
    years: ArrayLike,
    age: ArrayLike,
    level: ArrayLike,
    slope: ArrayLike,
    frailty: ArrayLike = 1.0,
) -> jax.Array:
    r"""Chance that a person of a given age dies within a given time, such as one step.

    $$ q = 1 - S(t \mid x) $$

    Exact for any length of step, and accurate for steps so short that $1 - S$ would round to 0;
    the chance over two steps is that of the two in turn.

    Args:
        years: $t \ge 0$, the length of the step in years.
        age: $x \ge 0$, age at its beginning, years.
        level: $a > 0$, hazard at age 60, per year.
        slope: $b > 0$, per year.
        frailty: $f > 0$, the person's multiplier.

    Returns:
        $q$, 0 to 1, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [P] Gompertz (1825).

    Example:
        >>> float(death_probability(6.0, 70.0, 0.0113326, 0.0939678).round(4))
        0.2084
    """
    return -jnp.expm1(-_cumulative(years, age, level, slope, frailty))


@formal_model(check=_check_quantile)
def survival_quantile(
    chance: ArrayLike,
    age: ArrayLike,
    level: ArrayLike,
    slope: ArrayLike,
    frailty: ArrayLike = 1.0,
) -> jax.Array:
    r"""Years that a person of a given age survives with a given chance; at one half, the median.

    $$ t_u = \frac{1}{b} \ln \left( 1 - \frac{b}{h(x)} \ln u \right) $$

    Args:
        chance: $u \in (0, 1]$, the chance of surviving that long.
        age: $x \ge 0$, years.
        level: $a > 0$, hazard at age 60, per year.
        slope: $b > 0$, per year.
        frailty: $f > 0$, the person's multiplier.

    Returns:
        $t_u$, years, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [P] Gompertz (1825).

    Example:
        >>> float(survival_quantile(0.5, 70.0, 0.0113326, 0.0939678).round(2))
        12.53
    """
    chance, age, level, slope, frailty = floats(chance, age, level, slope, frailty)
    rate = _rate(age, level, slope, frailty)
    return jnp.log1p(-slope / rate * jnp.log(chance)) / slope


@formal_model(check=_check_law)
def life_expectancy(
    age: ArrayLike, level: ArrayLike, slope: ArrayLike, frailty: ArrayLike = 1.0
) -> jax.Array:
    r"""Mean remaining life at an age.

    $$ e(x) = \frac{1}{b} e^{h/b} E_1(h/b) $$

    Args:
        age: $x \ge 0$, years.
        level: $a > 0$, hazard at age 60, per year.
        slope: $b > 0$, per year.
        frailty: $f > 0$, the person's multiplier.

    Returns:
        $e$, years, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [P] Gompertz (1825).

    Example:
        >>> float(life_expectancy(70.0, 0.0113326, 0.0939678).round(2))
        12.82
    """
    age, level, slope, frailty = floats(age, level, slope, frailty)
    return _scaled_exponential_integral(_rate(age, level, slope, frailty) / slope) / slope


@formal_model(check=_check_sample)
def sample_lifetime(
    key: jax.Array,
    age: ArrayLike,
    level: ArrayLike,
    slope: ArrayLike,
    frailty: ArrayLike = 1.0,
) -> jax.Array:
    """Draw remaining lifetimes, one for each entry of the broadcast arguments.

    Args:
        key: A `jax.random` key.
        age: Years, zero or more.
        level: Hazard at age 60, per year, positive.
        slope: Per year, positive.
        frailty: The person's multiplier, positive.

    Returns:
        Years until death, in the broadcast shape.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [P] Gompertz (1825).

    Example:
        >>> draws = sample_lifetime(jax.random.key(1), jnp.full(4, 70.0), 0.0113326, 0.0939678)
        >>> bool((draws > 0).all())
        True
    """
    age, level, slope, frailty = floats(age, level, slope, frailty)
    rate = _rate(age, level, slope, frailty)
    cumulative = jax.random.exponential(key, jnp.shape(rate / slope), rate.dtype)
    return jnp.log1p(slope / rate * cumulative) / slope


def _check_table(age: Any, annual: Any) -> None:
    """Refuse a life table with fewer than two ages or chances outside (0, 1)."""
    require(age.shape[-1:] == annual.shape[-1:], "annual", annual.shape, "must match the ages")
    require(len(set(age.ravel().tolist())) > 1, "age", age, "needs two different ages")
    require((annual > 0) & (annual < 1), "annual", annual, "must be between 0 and 1")


@formal_model(check=_check_table)
def fit_gompertz(age: ArrayLike, annual: ArrayLike) -> GompertzFit:
    r"""Fit the Gompertz law to a life table by least squares in the logarithm of the chances.

    $$ \min_{a, b} \sum_x (\ln q_x(a, b) - \ln q_x)^2, \quad
    q_x(a, b) = 1 - \exp\left( -\frac{a}{b} e^{b (x - 60)} (e^b - 1) \right) $$

    by Gauss-Newton steps from the straight line through $\ln(-\ln(1 - q_x))$, which is linear in
    age under the law.

    Args:
        age: $x$, years; two or more ages on the last axis.
        annual: $q_x$, the chance of dying within a year of reaching that age, between 0 and 1.

    Returns:
        Level and slope.

    Raises:
        ValueError: If the shapes differ, there are not two different ages, or a chance is outside
            (0, 1).

    Source:
        [P] Gompertz (1825).

    Example:
        >>> fit = fit_gompertz([60, 70, 80, 90], [0.012263, 0.028904, 0.071687, 0.188644])
        >>> float(fit.slope.round(6))
        0.093968
    """
    age, annual = floats(age, annual)
    years = age - REFERENCE_AGE
    target = jnp.log(-jnp.log1p(-annual))
    intercept, slope = _weighted_line(years, target, jnp.ones_like(target))
    start = (intercept - jnp.log(jnp.expm1(slope) / slope), slope)

    def step(_: int, guess: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        log_level, slope = guess
        year = jnp.log(jnp.expm1(slope) / slope)
        log_cumulative = log_level[..., None] + slope[..., None] * years + year[..., None]
        cumulative = jnp.exp(log_cumulative)
        residual = jnp.log(annual) - jnp.log(-jnp.expm1(-cumulative))
        weight = cumulative / jnp.expm1(cumulative)  # d ln q / d ln cumulative
        shift = jnp.exp(slope) / jnp.expm1(slope) - 1 / slope  # d year / d slope
        rise = years + shift[..., None]
        to_level, to_slope = _weighted_line(rise, residual / weight, weight**2)
        return log_level + to_level, slope + to_slope

    log_level, slope = jax.lax.fori_loop(0, 20, step, start)
    return GompertzFit(jnp.exp(log_level), slope)


def _weighted_line(
    abscissa: jax.Array, ordinate: jax.Array, weight: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Intercept and slope of the weighted least-squares line, along the last axis."""
    share = weight / jnp.sum(weight, axis=-1, keepdims=True)
    middle = jnp.sum(share * abscissa, axis=-1)
    height = jnp.sum(share * ordinate, axis=-1)
    centred = abscissa - middle[..., None]
    slope = jnp.sum(share * centred * ordinate, axis=-1) / jnp.sum(share * centred**2, axis=-1)
    return height - slope * middle, slope


def _rate(age: jax.Array, level: jax.Array, slope: jax.Array, frailty: jax.Array) -> jax.Array:
    """Hazard at an age, per year."""
    return frailty * level * jnp.exp(slope * (age - REFERENCE_AGE))


def _cumulative(
    years: ArrayLike, age: ArrayLike, level: ArrayLike, slope: ArrayLike, frailty: ArrayLike
) -> jax.Array:
    """Hazard accumulated over the coming years."""
    years, age, level, slope, frailty = floats(years, age, level, slope, frailty)
    return _rate(age, level, slope, frailty) / slope * jnp.expm1(slope * years)


def _scaled_exponential_integral(argument: jax.Array) -> jax.Array:
    """exp(x) times the exponential integral E1(x), without overflow at large arguments."""
    large = argument > 40
    near = jnp.where(large, 1.0, argument)
    far = jnp.where(large, argument, 40.0)
    series = jnp.ones_like(far)
    for order in range(20, 0, -1):  # 1 - 1!/x + 2!/x^2 - ..., by Horner's rule
        series = 1 - order / far * series
    return jnp.where(large, series / far, jnp.exp(near) * jax.scipy.special.exp1(near))
