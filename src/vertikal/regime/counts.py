"""Counts of rare events in groups, each from one random word."""

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, UInt32

LARGEST_EXACT_MEAN = 5.0
"""Expected count up to which `binomial` inverts the distribution exactly."""

_TERMS = 26
"""Counts looked at; at the largest exact mean a larger one has probability below 1e-10."""

_NEARLY_ALL = 1 - 1e-6


def binomial(
    number: Float[Array, "*groups runs"],
    probability: Float[Array, "*groups runs"],
    word: UInt32[Array, "*groups runs"],
) -> Float[Array, "*groups runs"]:
    r"""How many of `number` members an event strikes that strikes each with `probability`.

    Up to an expected count of `LARGEST_EXACT_MEAN` the distribution function is inverted, from
    $P(0) = (1-p)^n$ and $P(k+1) = P(k)\,\frac{n-k}{k+1}\,\frac{p}{1-p}$; beyond it the count is a
    rounded normal number with mean $np$ and variance $np(1-p)$, cut to $[0, n]$. The distribution
    function of the latter is off by less than 0.035 there and by less as the mean grows.

    Args:
        number: Members $n$; a fraction of a member is left out.
        probability: $p$, 0 to 1.
        word: One random word for each group and run.

    Returns:
        Whole numbers from 0 to $n$, as floats.
    """
    n = jnp.floor(number)
    p = jnp.clip(probability, 0.0, 1.0)
    mean = n * p
    u = (word >> 8).astype(jnp.float32) * 2.0**-24 + 2.0**-25
    is_small = mean <= LARGEST_EXACT_MEAN
    exact = jnp.where(is_small, jnp.minimum(p, _NEARLY_ALL), 0.0)
    odds = exact / (1 - exact)
    term = jnp.exp(n * jnp.log1p(-exact))
    below, count = term, jnp.zeros_like(n)
    for k in range(_TERMS):  # unrolled: one fused kernel
        count = count + (u > below)
        term = term * jnp.maximum(n - k, 0.0) / (k + 1) * odds
        below = below + term
    count = jnp.where(p > _NEARLY_ALL, n, jnp.minimum(count, n))
    normal = lax.erf_inv(jnp.clip(2 * u - 1, -1 + 2.0**-23, 1 - 2.0**-23)) * jnp.float32(2**0.5)
    large = jnp.clip(jnp.round(mean + jnp.sqrt(mean * (1 - p)) * normal), 0.0, n)
    return jnp.where(is_small, count, large)
