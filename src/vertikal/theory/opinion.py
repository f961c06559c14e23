r"""Opinion dynamics: do the views of an elite converge, split, or stay anchored?

DeGroot, M. (1974), "Reaching a Consensus", *Journal of the American Statistical Association*
69(345): 118-121; Friedkin, N. and Johnsen, E. (1990), "Social Influence and Opinions", *Journal of
Mathematical Sociology* 15: 193-206; Deffuant, G. et al. (2000), "Mixing Beliefs among Interacting
Agents", *Advances in Complex Systems* 3: 87-98; Hegselmann, R. and Krause, U. (2002), "Opinion
Dynamics and Bounded Confidence", *Journal of Artificial Societies and Social Simulation* 5(3): 2.

Published form [P].

Question: given who listens to whom, who is stubborn and how far people listen to those who differ,
where do views end?

Primitives: opinions $x_i \in \mathbb R$; influence $W$, rows summing to one, $w_{ij}$ the weight
that $i$ gives to $j$; susceptibility $\lambda_i \in [0, 1]$; confidence bound $\varepsilon \ge 0$;
step $m \in (0, 1/2]$. How many clusters a bound leaves is a fact of simulation, not a theorem.

Case: the retreat from Stalinism in 1953-56 as bounded confidence; ideologues of 1991 as anchors
that do not move; the closed chats of the elite in 2022.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "DeGroot (1974), Reaching a Consensus, Journal of the American Statistical Association "
    "69(345): 118-121; Friedkin and Johnsen (1990), Social Influence and Opinions, Journal of "
    "Mathematical Sociology 15: 193-206; Hegselmann and Krause (2002), Opinion Dynamics and "
    "Bounded Confidence, Journal of Artificial Societies and Social Simulation 5(3): 2"
)


class Consensus(NamedTuple):
    """Where repeated averaging leads."""

    opinions: Float[Array, "*batch people"]
    """Limit of each opinion; `nan` where opinions go in cycles for ever."""
    influence: Float[Array, "*batch people people"]
    """Weight of each initial opinion (column) in each limit (row)."""
    exists: Bool[Array, "*batch"]
    """Whether averaging settles whatever the initial opinions."""
    is_consensus: Bool[Array, "*batch"]
    """Whether it settles in one view shared by all, whatever the initial opinions."""


class Anchored(NamedTuple):
    """Where averaging among partly stubborn people leads."""

    opinions: Float[Array, "*batch people"]
    """Limit of each opinion; `nan` without one."""
    exists: Bool[Array, "*batch"]
    """Whether everyone is tied, directly or through others, to someone who is not fully open."""


class BoundedConfidence(NamedTuple):
    """Opinions at rest under bounded confidence."""

    opinions: Float[Array, "*batch people"]
    """Opinions when the process stopped, in the order of the people given."""
    steps: Int[Array, "*batch"]
    """Number of rounds in which someone moved."""
    has_settled: Bool[Array, "*batch"]
    """Whether the process came to rest within the rounds allowed."""


class Clusters(NamedTuple):
    """Groups of people whose views are not further apart than a tolerance, link by link."""

    number: Int[Array, "*batch"]
    """Number of groups."""
    label: Int[Array, "*batch people"]
    """Group of each person, 0 for the lowest views upwards."""


def _require_opinions(opinions: np.ndarray) -> None:
    given = opinions.ndim > 0 and opinions.size > 0
    require(given, "opinions", opinions, "needs an axis of people")
    require(np.isfinite(opinions), "opinions", opinions, "must be finite numbers")


def _check_influence(influence: np.ndarray, opinions: np.ndarray, *, axis: int = -1) -> None:
    _require_opinions(opinions)
    people = opinions.shape[axis]
    listeners, speakers = (axis, axis + 1) if axis >= 0 else (axis - 1, axis)
    square = influence.ndim >= 2 and (
        influence.shape[listeners] == influence.shape[speakers] == people
    )
    require(square, "influence", influence.shape, f"needs two axes of {people} people")
    require(influence >= 0, "influence", influence, "must be 0 or more")
    total = influence.sum(axis=speakers)
    require(np.abs(total - 1) <= 1e-12 * people, "influence", total, "rows must sum to 1")


def _people_last(influence: Array, opinions: Array, axis: int) -> tuple[Array, Array]:
    """Influence and opinions with the axes of people last."""
    pair = (axis, axis + 1) if axis >= 0 else (axis - 1, axis)
    return jnp.moveaxis(influence, pair, (-2, -1)), jnp.moveaxis(opinions, axis, -1)


def _people_back(matrix: Array, axis: int) -> Array:
    """A matrix over people with its two axes where the caller has them."""
    pair = (axis, axis + 1) if axis >= 0 else (axis - 1, axis)
    return jnp.moveaxis(matrix, (-2, -1), pair)


@formal_model(check=_check_influence, static=("axis",))
def degroot_limit(influence: ArrayLike, opinions: ArrayLike, *, axis: int = -1) -> Consensus:
    r"""Where everyone ends who keeps averaging the views of those he listens to.

    $x \leftarrow W x$ for ever, $x_\infty = W^\infty x_0$. Where everyone reaches everyone and not
    in lockstep, all end at $\pi^\top x_0$ with $\pi^\top W = \pi^\top$. $W^\infty$ is found by
    squaring $W$ 60 times; it is a limit iff $W W^\infty = W^\infty$, which a cycle is not.

    Args:
        influence: $W$, $w_{ij} \ge 0$ the weight that $i$ gives to $j$; rows sum to one.
        opinions: $x_0$, initial opinions.
        axis: The axis of people in `opinions`. In `influence` listeners and speakers are the axes
            `axis` and `axis + 1`, or `axis - 1` and `axis` if it counts from the end.

    Returns:
        Limits, the weight of each initial opinion in them, and whether there is a limit and a
        consensus. Groups that do not listen to each other have limits of their own.

    Raises:
        ValueError: If shapes do not fit, a weight is negative or a row does not sum to one.

    Verified:
        Against left eigenvectors and long iteration; see `tests/verification/test_opinion.py`.

    Source:
        [P] DeGroot (1974).

    Example:
        >>> w = [[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]]
        >>> degroot_limit(w, [0.0, 0.3, 1.0]).opinions.round(12).tolist()
        [0.4, 0.4, 0.4]
    """
    w, x = floats(influence, opinions)
    w, x = _people_last(w, x, axis)

    def square(_: int, power: Array) -> Array:
        product = power @ power
        # Rounding in the row sums would double with every squaring.
        return product / product.sum(axis=-1, keepdims=True)

    last = jax.lax.fori_loop(0, 60, square, w)
    close = jnp.sqrt(jnp.finfo(w.dtype).eps)
    exists = (jnp.abs(w @ last - last) < close).all(axis=(-2, -1))
    shared = (jnp.abs(last - last[..., :1, :]) < close).all(axis=(-2, -1))
    limit = jnp.where(exists[..., None], (last @ x[..., None])[..., 0], jnp.nan)
    weights = jnp.where(exists[..., None, None], last, jnp.nan)
    return Consensus(
        jnp.moveaxis(limit, -1, axis), _people_back(weights, axis), exists, exists & shared
    )


def _check_anchors(
    influence: np.ndarray, susceptibility: np.ndarray, opinions: np.ndarray, *, axis: int = -1
) -> None:
    _check_influence(influence, opinions, axis=axis)
    inside = (susceptibility >= 0) & (susceptibility <= 1)
    require(inside, "susceptibility", susceptibility, "must lie between 0 and 1")


@formal_model(check=_check_anchors, static=("axis",))
def friedkin_johnsen(
    influence: ArrayLike, susceptibility: ArrayLike, opinions: ArrayLike, *, axis: int = -1
) -> Anchored:
    r"""Where people end who listen to others but hold on to their first views in part.

    $x \leftarrow \Lambda W x + (I - \Lambda) x_0$, hence

    $$ x_\infty = (I - \Lambda W)^{-1} (I - \Lambda)\, x_0. $$

    The limit is unique iff everyone reaches, along those he listens to, someone with
    $\lambda < 1$; otherwise use `degroot_limit`. One who never moves draws all who are tied to
    nobody else.

    Args:
        influence: $W$, $w_{ij} \ge 0$ the weight that $i$ gives to $j$; rows sum to one.
        susceptibility: $\lambda_i$, 0 (never moves) to 1 (no anchor), with the axis of people.
        opinions: $x_0$, initial opinions.
        axis: The axis of people, as in `degroot_limit`.

    Returns:
        Limits and whether they are unique.

    Raises:
        ValueError: If shapes do not fit or a weight or susceptibility is outside its range.

    Source:
        [P] Friedkin and Johnsen (1990).

    Example:
        >>> w = [[0.5, 0.5, 0.0], [0.25, 0.5, 0.25], [0.0, 0.5, 0.5]]
        >>> limit = friedkin_johnsen(w, [0.8, 0.5, 0.0], [0.0, 0.3, 1.0])
        >>> limit.opinions.round(12).tolist()
        [0.275, 0.4125, 1.0]
    """
    w, open_to, x = floats(influence, susceptibility, opinions)
    open_to = jnp.moveaxis(jnp.broadcast_to(open_to, x.shape), axis, -1)
    w, x = _people_last(w, x, axis)
    people = x.shape[-1]
    # Listening to someone who is open leads on; being anchored oneself is enough.
    reach = ((w > 0) & (open_to > 0)[..., None]).astype(w.dtype) + jnp.eye(people, dtype=w.dtype)
    for _ in range(max(people - 1, 1).bit_length()):
        reach = jnp.minimum(reach @ reach, 1.0)
    exists = ((reach @ (open_to < 1).astype(w.dtype)[..., None]) > 0).all(axis=(-2, -1))
    identity = jnp.eye(people, dtype=w.dtype)
    system = identity - open_to[..., None] * w
    # Where there is no limit the system is singular; solve a harmless one instead.
    system = jnp.where(exists[..., None, None], system, identity)
    found = jnp.linalg.solve(system, ((1 - open_to) * x)[..., None])[..., 0]
    return Anchored(jnp.moveaxis(jnp.where(exists[..., None], found, jnp.nan), -1, axis), exists)


def _check_bound(
    opinions: np.ndarray,
    bound: np.ndarray,
    tolerance: np.ndarray | None = None,
    *,
    axis: int = -1,
    max_steps: int = 10_000,
) -> None:
    _require_opinions(opinions)
    require((bound >= 0) & (bound < np.inf), "bound", bound, "must be 0 or more, and finite")
    if tolerance is not None:
        known = (tolerance >= 0) & (tolerance < np.inf)
        require(known, "tolerance", tolerance, "must be 0 or more, and finite")
    require(max_steps >= 1, "max_steps", max_steps, "must be at least 1")


@formal_model(check=_check_bound, static=("axis", "max_steps"))
def hegselmann_krause(
    opinions: ArrayLike,
    bound: ArrayLike,
    tolerance: ArrayLike | None = None,
    *,
    axis: int = -1,
    max_steps: int = 10_000,
) -> BoundedConfidence:
    r"""Opinions at rest if all average, at the same time, those views that are near their own.

    $$ x_i \leftarrow \text{mean}\{ x_j : |x_j - x_i| \le \varepsilon \}. $$

    The order of opinions is preserved and the process ends after finitely many rounds in clusters
    more than $\varepsilon$ apart, so one sort and running sums do: the cost is
    $O(n \log n)$ a round.

    Args:
        opinions: $x_0$, initial opinions.
        bound: $\varepsilon$, how far people listen, 0 or more; no axis of people.
        tolerance: Distances up to $\varepsilon$ plus this count as within the bound, and movements
            up to this as rest. Equal spacing decides everything in evenly spaced crowds; without
            an argument, the rounding error of sums over the crowd.
        axis: The axis of people.
        max_steps: Rounds after which to give up.

    Returns:
        Opinions at rest, the number of rounds, and whether rest was reached. Differentiable in
        forward mode only, as the number of rounds is not known before.

    Raises:
        ValueError: If opinions or bounds are not finite, or the bound is negative.

    Verified:
        Against exact rational arithmetic on evenly spaced crowds and the definition on random
        ones; see `tests/verification/test_opinion.py`.

    Source:
        [P] Hegselmann and Krause (2002).

    Example:
        >>> rest = hegselmann_krause([0.0, 1.0, 2.0, 3.0, 4.0], 1.0)
        >>> rest.opinions.round(9).tolist(), int(rest.steps)
        ([2.0, 2.0, 2.0, 2.0, 2.0], 6)
    """
    x, bound = floats(opinions, bound)
    x = jnp.moveaxis(x, axis, -1)
    people = x.shape[-1]
    if tolerance is None:
        largest = jnp.maximum(jnp.abs(x).max(axis=-1), 1.0)
        slack = 4 * people * jnp.finfo(x.dtype).eps * largest
    else:
        slack = floats(tolerance, x)[0]
    slack = jnp.broadcast_to(slack, x.shape[:-1])
    bound = jnp.broadcast_to(bound, x.shape[:-1])
    settle = jnp.vectorize(
        lambda row, eps, near: _settle(row, eps, near, max_steps),
        signature="(n),(),()->(n),(),()",
    )
    found, steps, settled = settle(x, bound, slack)
    return BoundedConfidence(jnp.moveaxis(found, -1, axis), steps, settled)


def _settle(x: Array, bound: Array, slack: Array, max_steps: int) -> tuple[Array, Array, Array]:
    """One crowd to rest under bounded confidence."""
    order = jnp.argsort(x)
    centre = x.mean()

    def average(y: Array) -> Array:
        below = jnp.searchsorted(y, y - (bound + slack), side="left")
        above = jnp.searchsorted(y, y + (bound + slack), side="right")
        total = jnp.concatenate([jnp.zeros(1, y.dtype), jnp.cumsum(y)])
        return (total[above] - total[below]) / (above - below)

    def goes_on(state: tuple[Array, Array, Array]) -> Array:
        _, steps, moved = state
        return moved & (steps < max_steps)

    def advance(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        y, steps, _ = state
        new = jax.lax.cummax(average(y))
        moved = jnp.abs(new - y).max() > slack
        return jnp.where(moved, new, y), steps + moved, moved

    start = (x[order] - centre, jnp.zeros((), jnp.int32), jnp.ones((), bool))
    y, steps, moving = jax.lax.while_loop(goes_on, advance, start)
    return jnp.zeros_like(x).at[order].set(y + centre), steps, ~moving


def _check_deffuant(
    key: Array,
    opinions: np.ndarray,
    bound: np.ndarray,
    step: np.ndarray,
    *,
    meetings: int,
    axis: int = -1,
) -> None:
    _require_opinions(opinions)
    require(opinions.shape[axis] >= 2, "opinions", opinions.shape, "needs at least two people")
    require((bound >= 0) & (bound < np.inf), "bound", bound, "must be 0 or more, and finite")
    require((step > 0) & (step <= 0.5), "step", step, "must be in (0, 1/2]")
    require(meetings >= 0, "meetings", meetings, "must be 0 or more")


@formal_model(check=_check_deffuant, static=("meetings", "axis"))
def deffuant(
    key: Array,
    opinions: ArrayLike,
    bound: ArrayLike,
    step: ArrayLike,
    *,
    meetings: int,
    axis: int = -1,
) -> Float[Array, "*batch people"]:
    r"""Opinions after random pairs have met and, if near enough, moved towards each other.

    If $|x_i - x_j| < \varepsilon$, then $x_i \leftarrow x_i + m(x_j - x_i)$ and likewise $x_j$. The
    mean stays and the variance never grows.

    Args:
        key: A random key from `jax.random.key`.
        opinions: $x_0$, initial opinions of two or more people.
        bound: $\varepsilon$, how far people listen, 0 or more; no axis of people.
        step: $m$, share of the distance that each moves, above 0 to one half; no axis of people.
        meetings: Number of pairs that meet, one after another, in each crowd.
        axis: The axis of people.

    Returns:
        Opinions after the meetings.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Deffuant et al. (2000).

    Example:
        >>> close = deffuant(jax.random.key(1), [0.0, 0.4, 5.0], 1.0, 0.5, meetings=50)
        >>> close.round(12).tolist()
        [0.2, 0.2, 5.0]
    """
    x, bound, step = floats(opinions, bound, step)
    x = jnp.moveaxis(x, axis, -1)
    crowds, people = x.shape[:-1], x.shape[-1]
    bound, step = jnp.broadcast_to(bound, crowds), jnp.broadcast_to(step, crowds)

    def meet(x: Array, key: Array) -> tuple[Array, None]:
        first_key, second_key = jax.random.split(key)
        first = jax.random.randint(first_key, crowds, 0, people)
        other = (first + jax.random.randint(second_key, crowds, 1, people)) % people
        pair = jnp.stack([first, other], axis=-1)
        views = jnp.take_along_axis(x, pair, axis=-1)
        gap = views[..., 1] - views[..., 0]
        move = jnp.where(jnp.abs(gap) < bound, step * gap, 0.0)[..., None]
        views = views + move * jnp.array([1.0, -1.0], x.dtype)
        return jnp.put_along_axis(x, pair, views, axis=-1, inplace=False), None

    x, _ = jax.lax.scan(meet, x, jax.random.split(key, meetings))
    return jnp.moveaxis(x, -1, axis)


def _check_clusters(opinions: np.ndarray, tolerance: np.ndarray, *, axis: int = -1) -> None:
    _require_opinions(opinions)
    known = (tolerance >= 0) & (tolerance < np.inf)
    require(known, "tolerance", tolerance, "must be 0 or more, and finite")


@formal_model(check=_check_clusters, static=("axis",))
def clusters(opinions: ArrayLike, tolerance: ArrayLike, *, axis: int = -1) -> Clusters:
    """Groups of opinions: a gap wider than the tolerance separates two.

    Args:
        opinions: Opinions.
        tolerance: Widest gap between neighbours of one group, 0 or more; no axis of people.
        axis: The axis of people.

    Returns:
        The number of groups and the group of each person.

    Raises:
        ValueError: If an argument is not finite or the tolerance negative.

    Example:
        >>> groups = clusters([0.1, 0.9, 0.12, 0.5], 0.05)
        >>> int(groups.number), groups.label.tolist()
        (3, [0, 2, 0, 1])
    """
    x, near = floats(opinions, tolerance)
    x = jnp.moveaxis(x, axis, -1)
    order = jnp.argsort(x, axis=-1)
    gaps = jnp.diff(jnp.take_along_axis(x, order, axis=-1), axis=-1) > near[..., None]
    ranked = jnp.pad(jnp.cumsum(gaps, axis=-1), [(0, 0)] * (x.ndim - 1) + [(1, 0)])
    label = jnp.take_along_axis(ranked, jnp.argsort(order, axis=-1), axis=-1)
    return Clusters(ranked[..., -1] + 1, jnp.moveaxis(label, -1, axis))
