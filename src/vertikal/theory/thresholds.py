r"""Preference falsification and threshold cascades: how far does open opposition spread?

Granovetter, M. (1978), "Threshold Models of Collective Behavior", *American Journal of Sociology*
83(6): 1420-1443; Kuran, T. (1989), "Sparks and Prairie Fires", *Public Choice* 61(1): 41-74;
Kuran, T. (1991), "Now Out of Never", *World Politics* 44(1): 7-48.

Published form [P]: the primitives and the recursion are Granovetter's; Kuran reads a threshold as
the size of open opposition at which the reputational cost of dissent no longer exceeds the inner
cost of lying. The closed form of the fold for normal thresholds is our derivation.

Question: given each person's threshold, how many end up acting in the open, and how close is the
crowd to a very different outcome?

Primitives: $n$ people; person $i$ acts once at least $t_i$ *others* act ($t_i \le 0$: always;
$t_i = \infty$: never). Thresholds are counts of people, not shares: comparing shares in floating
point miscounts ties (0.1 + 0.2 > 0.3). With very many people, a distribution function $F$ of
thresholds as shares takes the place of the list.

Case: the State Committee of August 1991 bet that nobody would act first, and the crowds of Moscow
passed the fold within two days. The Democratic Choice of Kazakhstan (November 2001) was a cascade
that stopped at the first tier of officials.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.stats import norm
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int
from scipy.optimize import brentq

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Granovetter (1978), Threshold Models of Collective Behavior, American Journal of Sociology "
    "83(6): 1420-1443; Kuran (1991), Now Out of Never, World Politics 44(1): 7-48"
)


class Tipping(NamedTuple):
    """How near a crowd is to a larger cascade."""

    gap: Float[Array, "*batch"]
    """Smallest fall of one person's threshold that raises the outcome, in people; inf if none."""
    before: Int[Array, "*batch"]
    """How many act as things are."""
    after: Int[Array, "*batch"]
    """How many act after that one change."""


class FixedPoints(NamedTuple):
    """Where a continuous crowd can rest."""

    shares: Float[np.ndarray, "n_roots"]
    """Shares $r$ with $F(r) = r$, ascending; the first is where a cascade from nobody ends."""
    is_stable: Bool[np.ndarray, "n_roots"]
    """Whether a small disturbance dies out: $F$ crosses the diagonal from above."""


class Fold(NamedTuple):
    """Where the lower rest point of a crowd with normal thresholds disappears."""

    spread: Float[Array, "*batch"]
    """Critical standard deviation of thresholds, a share."""
    share: Float[Array, "*batch"]
    """Share acting at the fold, just before the jump."""


def _check_thresholds(thresholds: np.ndarray, *, axis: int = -1, steps: int | None = None) -> None:
    require(thresholds.ndim > 0, "thresholds", thresholds, "needs an axis of people")
    require(thresholds.shape[axis] > 0, "thresholds", thresholds.shape, "needs at least one person")
    require(~np.isnan(thresholds), "thresholds", thresholds, "must be numbers, not NaN")
    require(steps is None or steps >= 0, "steps", steps, "must be 0 or more")


def _first_gap(is_gap: Array, size: int) -> Array:
    """Index of the first true entry of the last axis, `size` where there is none."""
    return jnp.where(is_gap.any(-1), jnp.argmax(is_gap, axis=-1), size)


@formal_model(check=_check_thresholds, static=("axis",))
def final_adoption(thresholds: ArrayLike, *, axis: int = -1) -> Int[Array, "*batch"]:
    r"""How many people act when the cascade has come to rest.

    Starting from nobody, each round all those join whose threshold is met by the number acting.
    With thresholds in ascending order $t_{(0)} \le \dots \le t_{(n-1)}$ the smallest fixed point is

    $$ \min \{ k : t_{(k)} > k \}, \quad \text{or } n \text{ if there is none.} $$

    Args:
        thresholds: $t_i$, number of others who must act first, any real number or infinity.
        axis: The axis of people.

    Returns:
        Number of people acting, 0 to $n$.

    Raises:
        ValueError: If a threshold is NaN or there are no people.

    Verified:
        Against naive iteration; thresholds 0, 1, ..., 99 give 100, and 1 person if the threshold
        1 becomes 2 (Granovetter 1978). See `tests/verification/test_thresholds.py`.

    Source:
        [P] Granovetter (1978).

    Example:
        >>> crowd = np.arange(100)
        >>> int(final_adoption(crowd))
        100
        >>> crowd[1] = 2
        >>> int(final_adoption(crowd))
        1
    """
    ordered = jnp.sort(jnp.moveaxis(jnp.asarray(thresholds), axis, -1), axis=-1)
    size = ordered.shape[-1]
    return _first_gap(ordered > jnp.arange(size), size)


@formal_model(check=_check_thresholds, static=("axis", "steps"))
def cascade_path(
    thresholds: ArrayLike, *, axis: int = -1, steps: int | None = None
) -> Int[Array, "*batch rounds"]:
    r"""Number of people acting, round by round.

    $$ r_0 = 0, \qquad r_{j+1} = \#\{ i : t_i \le r_j \}. $$

    Args:
        thresholds: $t_i$, number of others who must act first.
        axis: The axis of people; rounds take its place in the result.
        steps: How many rounds; without it $n$, after which every cascade is at rest.

    Returns:
        $r_0, \dots, r_{steps}$; once at rest the number repeats.

    Raises:
        ValueError: If a threshold is NaN, there are no people, or `steps` is negative.

    Source:
        [P] Granovetter (1978).

    Example:
        >>> cascade_path([0, 1, 1, 3, 9]).tolist()
        [0, 1, 3, 4, 4, 4]
    """
    ordered = jnp.sort(jnp.moveaxis(jnp.asarray(thresholds), axis, -1), axis=-1)
    size = ordered.shape[-1]
    met = jnp.vectorize(
        lambda row: jnp.searchsorted(row, jnp.arange(size + 1), side="right"),
        signature="(n)->(m)",
    )(ordered)

    def advance(acting: Array, _: None) -> tuple[Array, Array]:
        joined = jnp.take_along_axis(met, acting[..., None], axis=-1)[..., 0]
        return joined, joined

    nobody = jnp.zeros(met.shape[:-1], met.dtype)
    _, later = jax.lax.scan(advance, nobody, None, length=size if steps is None else steps)
    return jnp.moveaxis(jnp.concatenate([nobody[None], later]), 0, axis)


@formal_model(check=_check_thresholds, static=("axis",))
def tipping_gap(thresholds: ArrayLike, *, axis: int = -1) -> Tipping:
    r"""The smallest change of one threshold that sets off a larger cascade.

    A crowd at rest at $k < n$ waits for the person with the lowest unmet threshold $t_{(k)} > k$.
    Lowering anyone else's unmet threshold to $k$ is a larger change, and lowering a met one changes
    nothing, so the gap is $t_{(k)} - k$. The same outcome may therefore be robust or a hair's
    breadth from upheaval, which is Kuran's point on why revolutions surprise.

    Args:
        thresholds: $t_i$, number of others who must act first.
        axis: The axis of people.

    Returns:
        The gap and the outcomes before and after; a crowd in which all act, or in which the others
        never will, has an infinite gap and `after` equal to `before`.

    Raises:
        ValueError: If a threshold is NaN or there are no people.

    Source:
        [O] Ours, on the cascade of Granovetter (1978).

    Example:
        >>> tipping_gap([0, 2, 2, 3, 4, 5, 6, 7, 8, 10])
        Tipping(gap=array(1.), before=array(1), after=array(9))
    """
    (values,) = floats(thresholds)
    ordered = jnp.sort(jnp.moveaxis(values, axis, -1), axis=-1)
    size = ordered.shape[-1]
    rank = jnp.arange(size)
    unmet = ordered > rank
    before = _first_gap(unmet, size)
    waiting = jnp.take_along_axis(ordered, jnp.minimum(before, size - 1)[..., None], axis=-1)[
        ..., 0
    ]
    gap = jnp.where(before < size, waiting - before, jnp.inf)
    moved = _first_gap(unmet & (rank != before[..., None]), size)
    return Tipping(gap, before, jnp.where(jnp.isfinite(gap), moved, before))


@formal_model(check=_check_thresholds, static=("axis",))
def latent_opposition(thresholds: ArrayLike, *, axis: int = -1) -> Int[Array, "*batch"]:
    r"""How many would act if enough others did: the number of finite thresholds.

    Args:
        thresholds: $t_i$, number of others who must act first; infinity for a true supporter.
        axis: The axis of people.

    Returns:
        $\#\{i : t_i < \infty\}$.

    Raises:
        ValueError: If a threshold is NaN or there are no people.

    Source:
        [P] Kuran (1989; 1991).

    Example:
        >>> int(latent_opposition([0, 3, 5, np.inf]))
        3
    """
    return jnp.sum(jnp.asarray(thresholds) < jnp.inf, axis=axis)


def fixed_points(
    distribution: Callable[[np.ndarray], ArrayLike], *, points: int = 20_001
) -> FixedPoints:
    r"""Where a crowd too large to count can rest: the solutions of $r = F(r)$ on [0, 1].

    The function is scanned on an even grid and each change of sign of $F(r) - r$ is refined. Two
    rest points closer than the grid spacing escape the scan, as they do within that distance of a
    fold; a jump of $F$ across the diagonal is not a rest point and is left out.

    Args:
        distribution: $F$, the share of people whose threshold, as a share, is at most $r$; takes
            an array.
        points: Number of grid points.

    Returns:
        The rest points in ascending order and whether each is stable.

    Raises:
        ValueError: If $F$ leaves [0, 1] or falls, or `points` is below 3.

    Source:
        [P] Granovetter (1978).

    Example:
        >>> from scipy.stats import norm as normal
        >>> low_and_high = fixed_points(lambda r: normal.cdf(r, 0.25, 0.122))
        >>> [round(float(share), 4) for share in low_and_high.shares]
        [0.0548, 0.0695, 1.0]
    """
    require(points >= 3, "points", points, "must be at least 3")
    grid = np.linspace(0.0, 1.0, points)
    values = np.asarray(distribution(grid), dtype=np.float64)
    require((values >= 0) & (values <= 1), "distribution", values, "must lie in [0, 1]")
    require(np.diff(values) >= -1e-12, "distribution", np.diff(values), "must not fall")

    def excess(share: float) -> float:
        return float(np.asarray(distribution(np.asarray(share)))) - share

    surplus = values - grid
    roots = list(grid[surplus == 0.0])
    for i in np.flatnonzero(surplus[:-1] * surplus[1:] < 0):
        root = brentq(excess, grid[i], grid[i + 1], xtol=1e-15)
        if abs(excess(root)) < 1e-9:
            roots.append(root)
    shares = np.sort(np.asarray(roots))
    step = 0.25 / points
    below = np.array([r < step or excess(r - step) > 0 for r in shares], dtype=bool)
    above = np.array([r > 1 - step or excess(r + step) < 0 for r in shares], dtype=bool)
    return FixedPoints(shares, below & above)


def _check_fold(mean: np.ndarray) -> None:
    require((mean > 0) & (mean < 1), "mean", mean, "must lie strictly between 0 and 1")


@formal_model(check=_check_fold)
def critical_spread(mean: ArrayLike) -> Fold:
    r"""The spread of normal thresholds at which a small cascade becomes a great one.

    With thresholds N(mean, spread²) a rest point solves $r = \Phi((r - m)/\sigma)$. It disappears
    in a fold where the slope is one as well: with $z = (r - m)/\sigma$,

    $$ \Phi(z) - z\varphi(z) = m, \qquad \sigma_c = \varphi(z), \qquad r_c = \Phi(z). $$

    Granovetter found the jump by iteration, for a mean of 25 per cent at a spread of about 12.

    Args:
        mean: $m$, mean threshold as a share of people, 0 to 1 exclusive. Below one half the *low*
            rest point disappears as the spread grows past the fold; above it, the high one.

    Returns:
        Critical spread $\sigma_c$ and share $r_c$ at the fold, both shares of people.

    Raises:
        ValueError: If `mean` is outside (0, 1).

    Source:
        [O] Ours, on the cascade of Granovetter (1978).

    Example:
        >>> fold = critical_spread(0.25)
        >>> round(100 * float(fold.spread), 6), round(100 * float(fold.share), 3)
        (12.222087, 6.2)
    """
    (target,) = floats(mean)

    def residual(z: Array) -> Array:
        return norm.cdf(z) - z * norm.pdf(z) - target

    def halve(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = 0.5 * (low + high)
        is_below = residual(middle) < 0
        return jnp.where(is_below, middle, low), jnp.where(is_below, high, middle)

    ends = (jnp.full_like(target, -12.0), jnp.full_like(target, 12.0))
    low, high = jax.lax.fori_loop(0, 60, halve, jax.tree.map(jax.lax.stop_gradient, ends))
    start = jax.lax.stop_gradient(0.5 * (low + high))
    # One Newton step from the found root changes it by rounding only, and carries the derivative.
    slope = jax.lax.stop_gradient(start**2 * norm.pdf(start))
    z = start - jnp.where(slope > 0, residual(start) / jnp.where(slope > 0, slope, 1.0), 0.0)
    return Fold(norm.pdf(z), norm.cdf(z))
