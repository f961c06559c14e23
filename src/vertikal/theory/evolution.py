r"""Which type spreads when success is imitated: replicator and logit dynamics.

[P] Taylor, Peter and Leo Jonker (1978), "Evolutionary Stable Strategies and Game Dynamics",
*Mathematical Biosciences* 40: 145-156; Hofbauer, Josef and Karl Sigmund (1998), *Evolutionary Games
and Population Dynamics*, Cambridge University Press; Sandholm, William (2010), *Population Games
and Evolutionary Dynamics*, MIT Press. The equation of one or two pyramids is that of Brock, William
and Steven Durlauf (2001), "Discrete Choice with Social Interactions", *Review of Economic Studies*
68(2): 235-260; reading it as patronal pyramids, after Hale, Henry (2015), *Patronal Politics*,
Cambridge University Press, is ours.

Question: which type of official (technocrat, ideocrat, corruptionist) spreads when success is
imitated, and when do clients gather in one patron's pyramid?

Primitives: shares $x_i \ge 0$ of the types, summing to one; the fitness $f_i$ of each type, in
utils, for instance $f = A x$ in a game with payoff matrix $A$ (row against column); sharpness of
choice $\eta \ge 0$, per util; time in units in which each person reconsiders once on average.

Case: Kazakhstan's technocrats squeezed by rent-takers in 1998-2002; Soviet ideocrats against
managers, Zhdanov's and Voznesensky's line against Malenkov's industrial cadres.

A type at share 0 never returns under the replicator: whoever wants it to must add a floor or
mutation explicitly.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.ode import odeint
from jax.typing import ArrayLike
from scipy.optimize import root

from vertikal.theory.boundary import floats, formal_model, is_traced, require

LABEL = "published"
CITATION = (
    "Taylor, Peter and Leo Jonker (1978), Evolutionary Stable Strategies and Game Dynamics, "
    "Mathematical Biosciences 40: 145-156; Sandholm, William (2010), Population Games and "
    "Evolutionary Dynamics, MIT Press."
)

MAX_TYPES = 12
"""Most types whose rest points are enumerated: $2^n$ supports."""

_DRIFT = 1e-9
"""How far given shares may be from summing to one."""


class RestPoints(NamedTuple):
    """Rest points of the replicator dynamics, one a row.

    Attributes:
        support: Which types are present.
        shares: Shares of the types.
        payoff: The common fitness of those present.
        is_nash: Whether no absent type would do better.
        degenerate: Supports, one a row, on which a whole line of rest points may lie; skipped.
    """

    support: np.ndarray
    shares: np.ndarray
    payoff: np.ndarray
    is_nash: np.ndarray
    degenerate: np.ndarray


class PyramidEquilibria(NamedTuple):
    """Solutions of the pyramid equation.

    Attributes:
        net_share: Three solutions on the last axis, ascending, filled up with nan.
        number: How many there are, 1 or 3.
    """

    net_share: jax.Array
    number: jax.Array


def _check_shares(shares: Any, axis: int) -> None:
    """Refuse shares that are negative or do not sum to one."""
    require(shares >= 0, "shares", shares, "must be zero or more")
    total = np.sum(shares, axis=axis)
    require(np.abs(total - 1) <= _DRIFT, "shares", total, "must sum to one")


def _check_fitness(shares: Any, fitness: Any, *, axis: int = -1) -> None:
    """Refuse invalid shares and fitness that is not finite."""
    _check_shares(shares, axis)
    require(np.isfinite(fitness), "fitness", fitness, "must be finite")


def _check_step(shares: Any, fitness: Any, step: Any, *, axis: int = -1) -> None:
    """Refuse invalid shares, fitness and time."""
    _check_fitness(shares, fitness, axis=axis)
    require((step >= 0) & np.isfinite(step), "step", step, "must be zero or more and finite")


def _check_logit(shares: Any, fitness: Any, sharpness: Any, *, axis: int = -1) -> None:
    """Refuse invalid shares, fitness and sharpness."""
    _check_fitness(shares, fitness, axis=axis)
    _require_sharpness(sharpness)


def _check_logit_step(
    shares: Any, fitness: Any, sharpness: Any, step: Any, *, axis: int = -1
) -> None:
    """Refuse invalid shares, fitness, sharpness and time."""
    _check_step(shares, fitness, step, axis=axis)
    _require_sharpness(sharpness)


def _require_sharpness(sharpness: Any) -> None:
    """Refuse a sharpness of choice that is negative or not finite."""
    allowed = (sharpness >= 0) & np.isfinite(sharpness)
    require(allowed, "sharpness", sharpness, "must be zero or more and finite")


@formal_model(check=_check_fitness, static=("axis",))
def replicator_rhs(shares: ArrayLike, fitness: ArrayLike, *, axis: int = -1) -> jax.Array:
    r"""Rate of change of shares when success is imitated.

    $$ \dot x_i = x_i \left( f_i - \sum_j x_j f_j \right) $$

    Args:
        shares: $x$, types along `axis`.
        fitness: $f$, in the shape of the shares; `game_fitness` gives that of a game.
        axis: The axis of the types.

    Returns:
        $\dot x$ per unit of time; sums to zero.

    Raises:
        ValueError: If concrete shares are negative or do not sum to one.

    Source:
        [P] Taylor and Jonker (1978).

    Example:
        >>> replicator_rhs([0.5, 0.5], [1.0, 0.0]).tolist()
        [0.25, -0.25]
    """
    shares, fitness = floats(shares, fitness)
    return shares * (fitness - jnp.sum(shares * fitness, axis=axis, keepdims=True))


@formal_model(check=_check_step, static=("axis",))
def replicator_step(
    shares: ArrayLike, fitness: ArrayLike, step: ArrayLike, *, axis: int = -1
) -> jax.Array:
    r"""Shares after a step of imitation, with fitness as at its beginning.

    $$ x_i \leftarrow x_i e^{f_i h} \Big/ \sum_j x_j e^{f_j h} $$

    Exact for constant fitness whatever the length of the step, and it never leaves the simplex.

    Args:
        shares: $x$, types along `axis`; all zero where nobody is, and then left so.
        fitness: $f$, in the shape of the shares.
        step: $h \ge 0$, broadcasting against the shares.
        axis: The axis of the types.

    Returns:
        Shares, summing to one.

    Raises:
        ValueError: If concrete shares are negative or do not sum to one.

    Source:
        [P] Hofbauer and Sigmund (1998).

    Example:
        >>> replicator_step([0.2, 0.3, 0.5], [0.1, 0.4, 0.2], 7.0).round(4).tolist()
        [0.0547, 0.67, 0.2753]
    """
    shares, fitness, step = floats(shares, fitness, step)
    present = shares > 0
    growth = jnp.where(present, step * fitness, -jnp.inf)
    fastest = jax.lax.stop_gradient(jnp.max(growth, axis=axis, keepdims=True))
    weights = shares * jnp.exp(jnp.where(present, growth - fastest, 0.0))
    total = jnp.sum(weights, axis=axis, keepdims=True)
    return weights / jnp.where(total > 0, total, 1.0)


@formal_model(check=_check_logit, static=("axis",))
def logit_rhs(
    shares: ArrayLike, fitness: ArrayLike, sharpness: ArrayLike, *, axis: int = -1
) -> jax.Array:
    r"""Rate of change of shares when people choose anew with some noise.

    $$ \dot x_i = \frac{e^{\eta f_i}}{\sum_j e^{\eta f_j}} - x_i $$

    Args:
        shares: $x$, types along `axis`.
        fitness: $f$, in the shape of the shares.
        sharpness: $\eta \ge 0$, per util; 0 is choice at random. Broadcasts against the shares.
        axis: The axis of the types.

    Returns:
        $\dot x$ per unit of time; sums to zero.

    Raises:
        ValueError: If concrete shares are negative or do not sum to one, or `sharpness` is
            negative.

    Source:
        [P] Sandholm (2010).

    Example:
        >>> logit_rhs([0.5, 0.5], [1.0, 0.0], 0.0).tolist()
        [0.0, 0.0]
    """
    shares, fitness, sharpness = floats(shares, fitness, sharpness)
    return jax.nn.softmax(sharpness * fitness, axis=axis) - shares


@formal_model(check=_check_logit_step, static=("axis",))
def logit_step(
    shares: ArrayLike,
    fitness: ArrayLike,
    sharpness: ArrayLike,
    step: ArrayLike,
    *,
    axis: int = -1,
) -> jax.Array:
    r"""Shares after a step in which some people choose anew, fitness as at its beginning.

    $$ x \leftarrow e^{-h} x + (1 - e^{-h}) \operatorname{softmax}(\eta f) $$

    Exact for constant fitness; it never leaves the simplex, and no type dies out.

    Args:
        shares: $x$, types along `axis`.
        fitness: $f$, in the shape of the shares.
        sharpness: $\eta \ge 0$, per util, broadcasting against the shares.
        step: $h \ge 0$, in units in which each person reconsiders once on average.
        axis: The axis of the types.

    Returns:
        Shares, summing to one.

    Raises:
        ValueError: As `logit_rhs`, or if `step` is negative.

    Source:
        [P] Sandholm (2010).

    Example:
        >>> logit_step([1.0, 0.0], [0.0, 0.0], 1.0, 100.0).tolist()
        [0.5, 0.5]
    """
    shares, fitness, sharpness, step = floats(shares, fitness, sharpness, step)
    choice = jax.nn.softmax(sharpness * fitness, axis=axis)
    return shares - jnp.expm1(-step) * (choice - shares)


@formal_model(static=("axis",))
def game_fitness(shares: ArrayLike, game: ArrayLike, *, axis: int = -1) -> jax.Array:
    r"""Fitness of each type when everyone meets everyone.

    $$ f_i = \sum_j A_{ij} x_j $$

    Args:
        shares: $x$, types along `axis`.
        game: $A$, payoff of the row's type when it meets the column's, in utils; (types, types).
        axis: The axis of the types.

    Returns:
        $f$, in the shape of the shares.

    Source:
        [P] Taylor and Jonker (1978).

    Example:
        >>> game_fitness([0.5, 0.5], [[3.0, 0.0], [2.0, 1.0]]).tolist()
        [1.5, 1.5]
    """
    shares, game = floats(shares, game)
    fitness = jnp.matmul(jnp.moveaxis(shares, axis, -1), game.T, precision="highest")
    return jnp.moveaxis(fitness, -1, axis)


def integrate(
    rhs: Callable[[jax.Array], jax.Array],
    start: ArrayLike,
    times: ArrayLike,
    *,
    tolerance: float = 1e-10,
) -> Any:
    """Path of a dynamic in continuous time, by an adaptive Runge-Kutta method.

    Args:
        rhs: Rate of change as a function of the shares alone, such as
            `lambda x: replicator_rhs(x, game_fitness(x, game))`.
        start: Shares at the first of `times`, types on the last axis, summing to one.
        times: Ascending times, in the unit of `rhs`.
        tolerance: Error allowed in a step, absolute and relative.

    Returns:
        Shares at each time, times on the first axis.

    Raises:
        ValueError: If concrete shares are negative or do not sum to one, or times do not ascend.

    Example:
        >>> ahead = jnp.array([0.3, 0.0])
        >>> path = integrate(lambda x: replicator_rhs(x, ahead), [0.1, 0.9], [0, 10])
        >>> float(path[-1, 0].round(6))
        0.690568
    """

    def at(shares: jax.Array, _: jax.Array) -> jax.Array:
        # With negative mean fitness the replicator equation blows up any drift off the simplex.
        return rhs(shares / jnp.sum(shares, axis=-1, keepdims=True))

    if is_traced(start, times):
        return odeint(at, start, times, rtol=tolerance, atol=tolerance)
    first, when = np.asarray(start, np.float64), np.asarray(times, np.float64)
    _check_shares(first, -1)
    require(np.diff(when) > 0, "times", when[1:], "must ascend")
    with jax.enable_x64(True):
        path = odeint(at, jnp.asarray(first), jnp.asarray(when), rtol=tolerance, atol=tolerance)
        return np.asarray(path)


def stability(rhs: Callable[[jax.Array], jax.Array], point: ArrayLike) -> np.ndarray:
    """Eigenvalues of a dynamic at a rest point, along the simplex.

    Args:
        rhs: Rate of change as a function of the shares alone.
        point: The rest point, types on its only axis.

    Returns:
        Complex eigenvalues, one fewer than types; the point is stable if all real parts are
        negative.

    Raises:
        ValueError: If shares are negative or do not sum to one.

    Source:
        [P] Hofbauer and Sigmund (1998).

    Example:
        >>> game = jnp.array([[1.0, 0.0], [0.0, 1.0]])
        >>> float(stability(lambda x: replicator_rhs(x, game_fitness(x, game)), [0.5, 0.5])[0].real)
        0.5
    """
    shares = np.asarray(point, np.float64)
    _check_shares(shares, -1)
    with jax.enable_x64(True):
        jacobian = np.asarray(jax.jacfwd(rhs)(jnp.asarray(shares)))
    # An orthonormal basis of the directions that keep the sum of shares.
    basis = np.linalg.svd(np.ones((1, len(shares))))[2][1:].T
    return np.linalg.eigvals(basis.T @ jacobian @ basis).astype(complex)


def _check_game(game: Any) -> None:
    """Refuse what is not a finite square matrix of at most `MAX_TYPES` types."""
    square = game.ndim == 2 and game.shape[0] == game.shape[1]
    require(square, "game", game.shape, "must be a square matrix")
    require(0 < len(game) <= MAX_TYPES, "game", len(game), f"needs 1 to {MAX_TYPES} types")
    require(np.isfinite(game), "game", game, "must be finite")


def rest_points(game: ArrayLike) -> RestPoints:
    r"""All isolated rest points of the replicator dynamics of a game.

    For every set $S$ of types, the solution of $A_S x = v 1$, $\sum x = 1$ with $x > 0$.

    Args:
        game: $A$, payoffs of 1 to 12 types, in utils.

    Returns:
        Rest points, those with fewer types first.

    Raises:
        ValueError: If `game` is not a finite square matrix of at most 12 types.

    Source:
        [P] Hofbauer and Sigmund (1998).

    Example:
        >>> found = rest_points([[3.0, 0.0], [2.0, 1.0]])
        >>> found.shares.round(9).tolist(), found.is_nash.tolist()
        ([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], [True, True, True])
    """
    matrix = np.asarray(game, np.float64)
    _check_game(matrix)
    n = len(matrix)
    scale = max(np.abs(matrix).max(), np.finfo(float).tiny)
    rows, degenerate = [], []
    for size in range(1, n + 1):
        for types in map(list, combinations(range(n), size)):
            system = np.ones((size + 1, size + 1))
            system[:size, :size] = matrix[np.ix_(types, types)] / scale
            system[:size, size], system[size, size] = -1, 0
            if np.linalg.cond(system) > 1e12:
                degenerate.append(np.isin(np.arange(n), types))
                continue
            solution = np.linalg.solve(system, np.eye(size + 1)[size])
            if (solution[:size] > 1e-12).all():
                shares = np.zeros(n)
                shares[types] = solution[:size]
                rows.append((shares, scale * solution[size]))
    shares = np.array([row[0] for row in rows])
    payoff = np.array([row[1] for row in rows])
    is_nash = (shares @ matrix.T <= payoff[:, None] + 1e-9 * scale).all(axis=1)
    skipped = np.array(degenerate, dtype=bool).reshape(-1, n)
    return RestPoints(shares > 0, shares, payoff, is_nash, skipped)


def tipping_share(game: ArrayLike) -> float:
    r"""Share of the first of two types above which it takes over, in a game of coordination.

    $$ x^* = \frac{d - b}{(a - c) + (d - b)}, \quad
    A = \begin{pmatrix} a & b \\ c & d \end{pmatrix} $$

    Args:
        game: $A$, two by two, in utils.

    Returns:
        $x^*$; nan if a type does better when rare, so that there is nothing to tip.

    Raises:
        ValueError: If `game` is not a finite two by two matrix.

    Source:
        [P] Hofbauer and Sigmund (1998).

    Example:
        >>> tipping_share([[3.0, 0.0], [2.0, 1.0]])
        0.5
    """
    matrix = np.asarray(game, np.float64)
    _check_game(matrix)
    require(len(matrix) == 2, "game", len(matrix), "needs two types")
    (a, b), (c, d) = matrix.tolist()
    return (d - b) / (a - c + d - b) if a > c and d > b else float("nan")


def logit_fixed_points(game: ArrayLike, sharpness: float) -> np.ndarray:
    r"""Rest points of the logit dynamics of a game, $x = \operatorname{softmax}(\eta A x)$.

    With two types all of them, by the pyramid equation. With more, those to which a
    root finder is led from a lattice over the simplex and from the rest points of the replicator:
    there is no guarantee that these are all, but none is returned that is not one.

    Args:
        game: $A$, payoffs of 2 to 12 types, in utils.
        sharpness: $\eta \ge 0$, per util.

    Returns:
        Rest points, one a row, in lexicographic order.

    Raises:
        ValueError: If `game` is not a finite square matrix of 2 to 12 types, or `sharpness` is
            negative or not finite.

    Source:
        [P] Sandholm (2010).

    Example:
        >>> logit_fixed_points([[1.0, 0.0], [0.0, 1.0]], 4.0).round(4).tolist()
        [[0.0212, 0.9788], [0.5, 0.5], [0.9788, 0.0212]]
    """
    matrix = np.asarray(game, np.float64)
    _check_game(matrix)
    require(len(matrix) > 1, "game", len(matrix), "needs two or more types")
    _require_sharpness(sharpness)
    if len(matrix) == 2:
        ahead = matrix[0] - matrix[1]
        slope, shift = sharpness * (ahead[0] - ahead[1]) / 4, sharpness * ahead.sum() / 4
        found = _any_pyramid(slope, shift)
        net = found.net_share[: int(found.number)]
        return np.stack([(1 + net) / 2, (1 - net) / 2], axis=-1)
    return _search_fixed_points(matrix, sharpness)


def _search_fixed_points(matrix: np.ndarray, sharpness: float) -> np.ndarray:
    """Fixed points found from many starts."""

    def choice(shares: np.ndarray) -> np.ndarray:
        utility = sharpness * matrix @ shares
        weights = np.exp(utility - utility.max())
        return weights / weights.sum()

    def gap(shares: np.ndarray) -> np.ndarray:
        return choice(shares) - shares

    def slope(shares: np.ndarray) -> np.ndarray:
        chosen = choice(shares)
        spread = np.diag(chosen) - np.outer(chosen, chosen)
        return sharpness * spread @ matrix - np.eye(len(shares))

    found: list[np.ndarray] = []
    for start in [*_lattice(len(matrix)), *rest_points(matrix).shares]:
        answer = root(gap, start, jac=slope, options={"xtol": 1e-13})
        point = answer.x
        fits = np.isfinite(point).all() and np.abs(gap(point)).max() < 1e-10
        if fits and not any(np.abs(point - other).max() < 1e-7 for other in found):
            found.append(point)
    return np.array(sorted(found, key=lambda point: point.round(9).tolist()))


def _lattice(n: int) -> np.ndarray:
    """Evenly spaced points of the simplex: as fine as some hundreds of points allow."""
    steps = 12 if n == 3 else 6 if n < 6 else 3
    bars = np.array(list(combinations(range(steps + n - 1), n - 1)))
    edges = np.pad(bars, ((0, 0), (1, 1)), constant_values=((0, 0), (-1, steps + n - 1)))
    return (np.diff(edges, axis=1) - 1) / steps


def _check_pyramid(complementarity: Any, bias: Any = 0.0) -> None:
    """Refuse negative complementarity and what is not finite."""
    allowed = (complementarity >= 0) & np.isfinite(complementarity)
    require(allowed, "complementarity", complementarity, "must be zero or more and finite")
    require(np.isfinite(bias), "bias", bias, "must be finite")


@formal_model(check=_check_pyramid)
def fold(complementarity: ArrayLike) -> jax.Array:
    r"""Bias beyond which only one pyramid can stand.

    $$ h_c = J m_s - \operatorname{artanh} m_s, \quad m_s = \sqrt{1 - 1/J} $$

    Args:
        complementarity: $J \ge 0$.

    Returns:
        $h_c$; nan where $J \le 1$, where there is one equilibrium whatever the bias.

    Raises:
        ValueError: If a concrete `complementarity` is negative or not finite.

    Source:
        [P] Brock and Durlauf (2001); the reading as pyramids is ours [O].

    Example:
        >>> float(fold(2.0).round(6))
        0.53284
    """
    (complementarity,) = floats(complementarity)
    _, edge = _turning_point(complementarity)
    return jnp.where(complementarity > 1, edge, jnp.nan)


@formal_model(check=_check_pyramid)
def pyramid_equilibria(complementarity: ArrayLike, bias: ArrayLike) -> PyramidEquilibria:
    r"""Net shares of clients with one of two patrons that expectations can sustain.

    $$ m = \tanh(J m + h) $$

    $m = 1$ is a single pyramid, $m = 0$ two equal ones. $J \le 1$: one equilibrium. $J > 1$: three
    where $|h| < h_c$ (`fold`), the middle one unstable; else the outer one that the bias favours.
    At exactly $|h| = h_c$ the equilibrium about to vanish is not counted.

    Args:
        complementarity: $J \ge 0$, value of being many times sharpness of choice.
        bias: $h$, advantage of the first patron, for instance by a constitution that makes one
            office the prize.

    Returns:
        The equilibria, ascending, on a new last axis, and their number.

    Raises:
        ValueError: If a concrete `complementarity` is negative, or an argument is not finite.

    Source:
        [P] Brock and Durlauf (2001); the reading as pyramids is ours.

    Example:
        >>> pyramid_equilibria(2.0, 0.0).net_share.round(6).tolist()
        [-0.957504, 0.0, 0.957504]
    """
    return _pyramid(*floats(complementarity, bias))


def _turning_point(complementarity: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Net share at which two equilibria merge and the bias at which they do; 0 where none do."""
    folds = complementarity > 1
    safe = jnp.where(folds, complementarity, 2.0)
    turning = jnp.sqrt(1 - 1 / safe)
    # A hair above 1 the fold is lost in rounding.
    edge = jnp.where(folds, jnp.maximum(safe * turning - jnp.arctanh(turning), 0.0), 0.0)
    return jnp.where(edge > 0, turning, 0.0), edge


def _pyramid(complementarity: jax.Array, bias: jax.Array) -> PyramidEquilibria:
    """Solve the pyramid equation for any real complementarity.

    artanh(m) - J m - h is monotone below, between and above the two turning points, so bisection
    in each of the three ranges finds the one solution there may be.
    """
    complementarity, bias = jnp.broadcast_arrays(complementarity, bias)
    turning, edge = _turning_point(complementarity)
    folds = edge > 0
    one = jnp.ones_like(turning)
    low = jnp.stack([-one, -turning, jnp.where(folds, turning, -one)], axis=-1)
    high = jnp.stack([-turning, turning, one], axis=-1)
    below, above = folds & (bias < edge), ~folds | (bias > -edge)
    exists = jnp.stack([below, below & above, above], axis=-1)
    # Between the turning points the function falls instead of rising.
    sign = jnp.array([1.0, -1.0, 1.0], turning.dtype)
    slope, shift = complementarity[..., None], bias[..., None]
    held = jax.lax.stop_gradient((slope, shift, low, high))

    def halve(_: int, bounds: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        middle = (bounds[0] + bounds[1]) / 2
        beyond = sign * (middle - jnp.tanh(held[0] * middle + held[1])) > 0
        return jnp.where(beyond, bounds[0], middle), jnp.where(beyond, middle, bounds[1])

    low, high = jax.lax.fori_loop(0, jnp.finfo(turning.dtype).nmant + 4, halve, held[2:])
    guess = (low + high) / 2
    # One step of Newton's method, through which the derivative of the solution passes.
    value = jnp.tanh(slope * guess + shift)
    steepness = jax.lax.stop_gradient(1 - slope * (1 - value**2))
    regular = abs(steepness) > jnp.sqrt(jnp.finfo(turning.dtype).eps)
    step = jnp.where(regular, (guess - value) / jnp.where(regular, steepness, 1.0), 0.0)
    net_share = jnp.sort(jnp.where(exists, guess - step, jnp.nan), axis=-1)
    return PyramidEquilibria(net_share, jnp.sum(exists, axis=-1))


_any_pyramid = formal_model()(_pyramid)
