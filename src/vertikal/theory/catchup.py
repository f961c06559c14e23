r"""Catching up with a technological frontier, and the cost of losing imports.

Nelson, R. and Phelps, E. (1966), "Investment in Humans, Technological Diffusion, and Economic
Growth", *American Economic Review* 56(1/2): 69-75; Findlay, R. (1978), "Relative Backwardness,
Direct Foreign Investment, and the Transfer of Technology", *Quarterly Journal of Economics* 92(1):
1-16; Gerschenkron, A. (1962), *Economic Backwardness in Historical Perspective*, Harvard University
Press; Arrow, K., Chenery, H., Minhas, B. and Solow, R. (1961), "Capital-Labor Substitution and
Economic Efficiency", *Review of Economics and Statistics* 43(3): 225-250.

Published form [P].

Question: how fast does a follower close a technology gap, and how much output does an embargo cost,
depending on how well domestic goods replace imports?

Primitives: frontier $T = T_0 e^{\lambda t}$, $\lambda \ge 0$; follower's technology $A > 0$;
absorption $\Phi > 0$ (per year; it rises with human capital and openness). Domestic input $D$,
imported input $M$, weight $\omega \in (0, 1)$ of the domestic, elasticity of substitution
$\sigma > 0$, prices $p_D, p_M$.

Case: imitation under Stalin and after the war; the stagnation of the 1970s and 80s as falling
absorption; the export controls of 2022 as lower absorption and fewer imports; Kazakhstan's openness
as higher absorption.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Float

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Nelson and Phelps (1966), Investment in Humans, Technological Diffusion, and Economic Growth, "
    "American Economic Review 56(1/2): 69-75; Arrow, Chenery, Minhas and Solow (1961), "
    "Capital-Labor Substitution and Economic Efficiency, Review of Economics and Statistics 43(3): "
    "225-250"
)


def _require_positive(**values: np.ndarray) -> None:
    for name, value in values.items():
        require((value > 0) & (value < np.inf), name, value, "must be positive and finite")


# Catching up -----------------------------------------------------------------------------------


def _check_rates(frontier_growth: np.ndarray, absorption_rate: np.ndarray) -> None:
    known = (frontier_growth >= 0) & (frontier_growth < np.inf)
    require(known, "frontier_growth", frontier_growth, "must be 0 or more, and finite")
    _require_positive(absorption_rate=absorption_rate)


def _check_path(
    years: np.ndarray,
    technology: np.ndarray,
    frontier: np.ndarray,
    frontier_growth: np.ndarray,
    absorption_rate: np.ndarray,
) -> None:
    require((years >= 0) & (years < np.inf), "years", years, "must be 0 or more, and finite")
    _require_positive(technology=technology, frontier=frontier)
    _check_rates(frontier_growth, absorption_rate)


@formal_model(check=_check_path)
def nelson_phelps(
    years: ArrayLike,
    technology: ArrayLike,
    frontier: ArrayLike,
    frontier_growth: ArrayLike,
    absorption_rate: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""The follower's technology after given years.

    From $\dot A = \Phi (T - A)$, with $\hat g = \Phi/(\Phi + \lambda)$,

    $$ A(t) = (A_0 - \hat g T_0)\, e^{-\Phi t} + \hat g T_0\, e^{\lambda t}. $$

    Args:
        years: $t$, years from now, 0 or more.
        technology: $A_0$, the follower's technology now, positive; it may exceed the frontier's.
        frontier: $T_0$, technology at the frontier now, in the same unit, positive.
        frontier_growth: $\lambda$, growth of the frontier, per year, 0 or more.
        absorption_rate: $\Phi$, share of the gap absorbed per year, positive.

    Returns:
        $A(t)$, in the unit of technology.

    Raises:
        ValueError: If an argument is outside its range.

    Verified:
        Against an integrator; see `tests/verification/test_catchup.py`.

    Source:
        [P] Nelson and Phelps (1966).

    Example:
        >>> round(float(nelson_phelps(10, 0.3, 1.0, 0.02, 0.06)), 8)
        0.66908683
    """
    t, own, best, growth, absorption = floats(
        years, technology, frontier, frontier_growth, absorption_rate
    )
    level = absorption / (absorption + growth) * best
    return (own - level) * jnp.exp(-absorption * t) + level * jnp.exp(growth * t)


@formal_model(check=_check_rates)
def gap_limit(frontier_growth: ArrayLike, absorption_rate: ArrayLike) -> Float[Array, "*batch"]:
    r"""The technology gap that never closes, as a share of the follower's technology.

    $$ (T - A)/A \to \lambda / \Phi. $$

    Deviations of $A/T$ from its limit $\Phi/(\Phi+\lambda)$ decay at rate $\Phi + \lambda$.

    Args:
        frontier_growth: $\lambda$, growth of the frontier, per year, 0 or more.
        absorption_rate: $\Phi$, share of the gap absorbed per year, positive.

    Returns:
        The gap; 0 behind a frontier at rest.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Nelson and Phelps (1966).

    Example:
        >>> round(float(gap_limit(0.02, 0.06)), 6)
        0.333333
    """
    growth, absorption = floats(frontier_growth, absorption_rate)
    return growth / absorption


def _check_growth(
    technology: np.ndarray, frontier: np.ndarray, absorption_rate: np.ndarray
) -> None:
    _require_positive(technology=technology, frontier=frontier, absorption_rate=absorption_rate)


@formal_model(check=_check_growth)
def catch_up_growth(
    technology: ArrayLike, frontier: ArrayLike, absorption_rate: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Growth of the follower's technology: the advantage of backwardness.

    $$ \dot A / A = \Phi (T/A - 1). $$

    Args:
        technology: $A$, the follower's technology, positive.
        frontier: $T$, technology at the frontier, in the same unit, positive.
        absorption_rate: $\Phi$, share of the gap absorbed per year, positive.

    Returns:
        Growth per year; negative where the follower leads, since only the gap drives it.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Nelson and Phelps (1966).

    Example:
        >>> round(float(catch_up_growth(0.3, 1.0, 0.06)), 12)
        0.14
    """
    own, best, absorption = floats(technology, frontier, absorption_rate)
    return absorption * (best / own - 1)


# Replacing imports -----------------------------------------------------------------------------


def _log_power_mean(log_a: Array, log_b: Array, weight_b: Array, power: Array) -> Array:
    r"""$\log\bigl[(1-w) a^\rho + w\, b^\rho\bigr]^{1/\rho}$ for any power, 0 and infinities too.

    Written from the larger term, so that nothing overflows as $\rho \to -\infty$ and nothing
    cancels near $\rho = 0$.
    """
    log_a, log_b, weight_b, power = jnp.broadcast_arrays(log_a, log_b, weight_b, power)
    is_flat = jnp.abs(power) < 1e-8
    rho = jnp.where(is_flat, 1.0, power)
    finite_b = jnp.where(log_b > -jnp.inf, log_b, log_a)
    gap = finite_b - log_a
    b_leads = rho * gap > 0
    weight = jnp.where(b_leads, 1 - weight_b, weight_b)
    base = jnp.where(b_leads, finite_b, log_a)
    mean = base + jnp.log1p(weight * jnp.expm1(-jnp.abs(rho * gap))) / rho
    flat = log_a + weight_b * gap + 0.5 * power * weight_b * (1 - weight_b) * gap**2
    without_b = jnp.where(power > 0, log_a + jnp.log1p(-weight_b) / rho, -jnp.inf)
    without_b = jnp.where(is_flat, -jnp.inf, without_b)
    without_b = jnp.where(weight_b > 0, without_b, log_a)
    return jnp.where(log_b > -jnp.inf, jnp.where(is_flat, flat, mean), without_b)


def _log_or_none(value: Array) -> Array:
    """The logarithm, minus infinity at zero, with a finite gradient there."""
    is_some = value > 0
    return jnp.where(is_some, jnp.log(jnp.where(is_some, value, 1.0)), -jnp.inf)


def _check_technology(domestic_weight: np.ndarray, elasticity: np.ndarray) -> None:
    inside = (domestic_weight > 0) & (domestic_weight < 1)
    rule = "must lie strictly between 0 and 1"
    require(inside, "domestic_weight", domestic_weight, rule)
    require(elasticity > 0, "elasticity", elasticity, "must be positive")


def _check_inputs(
    domestic: np.ndarray, imported: np.ndarray, domestic_weight: np.ndarray, elasticity: np.ndarray
) -> None:
    _require_positive(domestic=domestic)
    known = (imported >= 0) & (imported < np.inf)
    require(known, "imported", imported, "must be 0 or more, and finite")
    _check_technology(domestic_weight, elasticity)


def _check_prices(
    domestic_price: np.ndarray,
    import_price: np.ndarray,
    domestic_weight: np.ndarray,
    elasticity: np.ndarray,
) -> None:
    _require_positive(
        domestic_price=domestic_price, import_price=import_price, elasticity=elasticity
    )
    _check_technology(domestic_weight, elasticity)


@formal_model(check=_check_inputs)
def ces(
    domestic: ArrayLike, imported: ArrayLike, domestic_weight: ArrayLike, elasticity: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Output from domestic and imported inputs that replace each other imperfectly.

    $$ Y = \bigl[\omega D^{(\sigma-1)/\sigma}
       + (1-\omega) M^{(\sigma-1)/\sigma}\bigr]^{\sigma/(\sigma-1)}, $$

    with the limits $\min(D, M)$ as $\sigma \to 0$, $D^\omega M^{1-\omega}$ at $\sigma = 1$ and
    $\omega D + (1-\omega) M$ as $\sigma \to \infty$.

    Args:
        domestic: $D$, positive.
        imported: $M$, in the same unit, 0 or more.
        domestic_weight: $\omega$, 0 to 1 exclusive.
        elasticity: $\sigma$, positive, infinity allowed.

    Returns:
        $Y$, in the unit of the inputs.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Arrow, Chenery, Minhas and Solow (1961).

    Example:
        >>> [round(float(ces(1.0, 0.25, 0.5, s)), 6) for s in (0.5, 1.0, np.inf)]
        [0.4, 0.5, 0.625]
    """
    d, m, omega, sigma = floats(domestic, imported, domestic_weight, elasticity)
    return jnp.exp(_log_power_mean(jnp.log(d), _log_or_none(m), 1 - omega, 1 - 1 / sigma))


@formal_model(check=_check_prices)
def ces_price(
    domestic_price: ArrayLike,
    import_price: ArrayLike,
    domestic_weight: ArrayLike,
    elasticity: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""Least cost of a unit of output.

    $$ P = \bigl[\omega^\sigma p_D^{1-\sigma}
       + (1-\omega)^\sigma p_M^{1-\sigma}\bigr]^{1/(1-\sigma)}. $$

    Args:
        domestic_price: $p_D$, positive.
        import_price: $p_M$, positive.
        domestic_weight: $\omega$, 0 to 1 exclusive.
        elasticity: $\sigma$, positive and finite.

    Returns:
        $P$, in the unit of the prices.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Arrow, Chenery, Minhas and Solow (1961).

    Example:
        >>> [round(float(ces_price(1.0, 1.5, 0.6, s)), 6) for s in (0.5, 1.0, 2.0)]
        [2.4, 2.30527, 2.142857]
    """
    home, foreign, omega, sigma = floats(domestic_price, import_price, domestic_weight, elasticity)
    # A power mean of prices per unit of weight, which has its limit at an elasticity of one.
    return jnp.exp(
        _log_power_mean(jnp.log(home / omega), jnp.log(foreign / (1 - omega)), 1 - omega, 1 - sigma)
    )


@formal_model(check=_check_prices)
def import_share(
    domestic_price: ArrayLike,
    import_price: ArrayLike,
    domestic_weight: ArrayLike,
    elasticity: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""Share of imports in the cost of inputs at given prices.

    $$ s = (1-\omega)^\sigma p_M^{1-\sigma} / P^{1-\sigma}. $$

    Args:
        domestic_price: $p_D$, positive.
        import_price: $p_M$, positive.
        domestic_weight: $\omega$, 0 to 1 exclusive.
        elasticity: $\sigma$, positive and finite.

    Returns:
        $s$, 0 to 1; not $\omega$, with which it must not be confused.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Arrow, Chenery, Minhas and Solow (1961).

    Example:
        >>> [round(float(import_share(1.0, 1.5, 0.6, s)), 6) for s in (0.5, 1.0, 2.0)]
        [0.5, 0.4, 0.228571]
    """
    home, foreign, omega, sigma = floats(domestic_price, import_price, domestic_weight, elasticity)
    odds = sigma * (jnp.log1p(-omega) - jnp.log(omega)) + (1 - sigma) * jnp.log(foreign / home)
    return jax.nn.sigmoid(odds)


@formal_model(check=_check_prices)
def import_ratio(
    domestic_price: ArrayLike,
    import_price: ArrayLike,
    domestic_weight: ArrayLike,
    elasticity: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""Imported per domestic input at given prices.

    $$ \frac MD = \Bigl(\frac{1-\omega}{\omega} \frac{p_D}{p_M}\Bigr)^{\sigma}. $$

    Args:
        domestic_price: $p_D$, positive.
        import_price: $p_M$, positive.
        domestic_weight: $\omega$, 0 to 1 exclusive.
        elasticity: $\sigma$, positive and finite.

    Returns:
        $M/D$.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Arrow, Chenery, Minhas and Solow (1961).

    Example:
        >>> round(float(import_ratio(1.0, 1.5, 0.6, 0.5)), 6)
        0.666667
    """
    home, foreign, omega, sigma = floats(domestic_price, import_price, domestic_weight, elasticity)
    return ((1 - omega) / omega * home / foreign) ** sigma


def _check_shock(imports_left: np.ndarray, share: np.ndarray, elasticity: np.ndarray) -> None:
    known = (imports_left >= 0) & (imports_left < np.inf)
    require(known, "imports_left", imports_left, "must be 0 or more, and finite")
    require((share >= 0) & (share <= 1), "share", share, "must lie between 0 and 1")
    require(elasticity > 0, "elasticity", elasticity, "must be positive")


@formal_model(check=_check_shock)
def import_shock(
    imports_left: ArrayLike, share: ArrayLike, elasticity: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Output after a cut of imports as a share of output before, domestic inputs unchanged.

    $$ \frac{Y'}{Y} = \bigl[(1-s) + s\, m^{(\sigma-1)/\sigma}\bigr]^{\sigma/(\sigma-1)}, $$

    with the limits $\min(1, m)$ as $\sigma \to 0$, $m^s$ at $\sigma = 1$ and $1 - s + sm$ as
    $\sigma \to \infty$. The share stands for all that the weights and prices said before the cut.

    Args:
        imports_left: $m$, imports after the cut as a share of those before, 0 or more.
        share: $s$, share of imports in the *cost* of inputs before the cut, 0 to 1.
        elasticity: $\sigma$, positive, infinity allowed.

    Returns:
        $Y'/Y$; at $m = 0$ nothing is produced unless $\sigma > 1$.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Arrow, Chenery, Minhas and Solow (1961).

    Example:
        >>> [round(float(import_shock(0.7, 0.25, s)), 6) for s in (0.2, 1.0, np.inf)]
        [0.864394, 0.914691, 0.925]
    """
    left, s, sigma = floats(imports_left, share, elasticity)
    return jnp.exp(_log_power_mean(jnp.zeros_like(left), _log_or_none(left), s, 1 - 1 / sigma))
