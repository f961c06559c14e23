r"""Who ends up ruling when nobody knows exactly how strong the others are.

[P] for the game: Acemoglu, Daron, Georgy Egorov and Konstantin Sonin (2008), "Coalition Formation
in Non-Democracies", *Review of Economic Studies* 75(4): 987-1009 (`vertikal.theory.coalitions`).
[O] for the noise: powers drawn around their medians are ours.

Question: if powers are known only up to noise, which coalitions are likely to rule after a
succession, and who is safe?

Primitives: true powers $\gamma_i = \bar\gamma_i e^{\sigma_i \varepsilon_i}$ with $\varepsilon$
normal, of unit variance and a given correlation; $\bar\gamma_i$ is the median, so that
$\ln \bar\gamma_i$ is the mean of the logarithm. Every draw is one game of `coalitions`; the
answer is the distribution of its ultimate ruling coalition. The players of each game know the draw;
the uncertainty is the observer's.

A companion, [P]: Axelrod, Robert and D. Scott Bennett (1993), "A Landscape Theory of Aggregation",
*British Journal of Political Science* 23(2): 211-233. Where players mind whom they are with rather
than who is stronger, they settle in two camps at a low point of an energy (`alignment_energy`,
`alignment_minima`).

Case: March to June 1953, when the control of troops and files was uncertain; the succession of
ageing incumbents together with the timing of `mortality`.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require
from vertikal.theory.coalitions import MAX_BATCH_PLAYERS, members, urc, urc_batch

LABEL = "published"
CITATION = (
    "Acemoglu, Daron, Georgy Egorov and Konstantin Sonin (2008), Coalition Formation in "
    "Non-Democracies, Review of Economic Studies 75(4): 987-1009. The noise in powers is ours."
)

_GROUPS_AT_ONCE = 2**22
"""Entries of the group tables computed together: some 30 megabytes a table."""


class SuccessionOdds(NamedTuple):
    """How likely each coalition is to rule.

    Attributes:
        masks: Coalitions that occurred, as bit masks, most likely first.
        probability: Chance of each, 0 to 1; sums to one.
        probability_error: Standard error of each chance from the number of draws.
        inclusion: Chance of each player to be in the ruling coalition.
        inclusion_error: Its standard error.
        tie: Whether powers were certain and several coalitions tied. The theory does not choose
            among them; giving them equal chances is a convention.
    """

    masks: np.ndarray
    probability: np.ndarray
    probability_error: np.ndarray
    inclusion: np.ndarray
    inclusion_error: np.ndarray
    tie: bool


class AlignmentMinima(NamedTuple):
    """Divisions into two camps that nobody wants to leave alone.

    Attributes:
        masks: The camp without player 0, as a bit mask; the lowest energy first.
        energy: Energy of each division.
    """

    masks: np.ndarray
    energy: np.ndarray


def _check_draws(
    key: Any, mean_power: Any, sigma: Any, correlation: Any = None, *, draws: int
) -> None:
    """Refuse powers that are not positive, negative noise, and what is not a correlation matrix."""
    require(mean_power.ndim == 1, "mean_power", mean_power.shape, "needs one axis, of players")
    finite = np.isfinite(mean_power)
    require(finite & (mean_power > 0), "mean_power", mean_power, "must be positive and finite")
    require((sigma >= 0) & np.isfinite(sigma), "sigma", sigma, "must be zero or more and finite")
    require(draws >= 1, "draws", draws, "must be at least 1")
    if correlation is None:
        return
    n = mean_power.shape[-1]
    require(correlation.shape == (n, n), "correlation", correlation.shape, f"must be {n} by {n}")
    require(np.isfinite(correlation), "correlation", correlation, "must be finite")
    is_symmetric = np.allclose(correlation, correlation.T, atol=1e-10)
    require(is_symmetric, "correlation", correlation, "must be symmetric")
    diagonal = np.diag(correlation)
    require(np.isclose(diagonal, 1), "correlation", diagonal, "must be one on the diagonal")
    least = np.linalg.eigvalsh(correlation)[0]
    require(least >= -1e-10, "correlation", least, "its eigenvalues must be zero or more")


@formal_model(check=_check_draws, static=("draws",))
def draw_powers(
    key: jax.Array,
    mean_power: ArrayLike,
    sigma: ArrayLike,
    correlation: ArrayLike | None = None,
    *,
    draws: int,
) -> jax.Array:
    r"""Draw powers around their medians.

    $$ \gamma_i = \bar\gamma_i e^{\sigma_i \varepsilon_i}, \quad \varepsilon \sim N(0, \Sigma) $$

    The same key gives the same $\varepsilon$ whatever the medians and sigmas, so that scenarios can
    be compared draw by draw.

    Args:
        key: A `jax.random` key.
        mean_power: $\bar\gamma_i > 0$, players on the last and only axis.
        sigma: $\sigma_i \ge 0$, one for all or one a player: spread of the logarithm.
        correlation: $\Sigma$, a correlation matrix of the players; the identity if `None`.
        draws: Number of draws.

    Returns:
        Powers, shape (draws, players).

    Raises:
        ValueError: If a power is not positive, a sigma negative, there are no draws, or
            `correlation` is not a correlation matrix.

    Source:
        [O] Ours.

    Example:
        >>> draw_powers(jax.random.key(0), [3.0, 4.0], 0.0, draws=2).tolist()
        [[3.0, 4.0], [3.0, 4.0]]
    """
    mean_power, sigma = floats(mean_power, sigma)
    noise = jax.random.normal(key, (draws, mean_power.shape[-1]), mean_power.dtype)
    if correlation is not None:
        values, vectors = jnp.linalg.eigh(jnp.asarray(correlation, mean_power.dtype))
        root = (vectors * jnp.sqrt(jnp.maximum(values, 0.0))) @ vectors.T
        noise = noise @ root
    return mean_power * jnp.exp(sigma * noise)


def coalition_odds(powers: ArrayLike, alpha: float = 0.5) -> SuccessionOdds:
    r"""Distribution of the ultimate ruling coalition over given draws of powers.

    For powers from any continuous distribution; with ties among exactly equal powers use
    `vertikal.theory.coalitions.urc`.

    Args:
        powers: Powers, zero or more, shape (draws, players), 1 to 12 players; a player of power 0
            is absent.
        alpha: $\alpha \in [1/2, 1)$, the weighted super-majority.

    Returns:
        Chances with standard errors $\sqrt{p (1 - p) / B}$.

    Raises:
        ValueError: If there are no draws, no players or more than 12, a power is negative or not
            finite, or `alpha` is outside [1/2, 1).

    Source:
        [P] Acemoglu, Egorov and Sonin (2008) for each game; the odds over draws are ours [O].

    Example:
        >>> odds = coalition_odds([[3.0, 4.0, 5.0], [3.0, 4.0, 8.0]])
        >>> odds.masks.tolist(), odds.probability.tolist(), odds.inclusion.tolist()
        ([4, 7], [0.5, 0.5], [0.5, 0.5, 1.0])
    """
    games = np.asarray(powers, dtype=np.float64)
    require(games.ndim == 2 and len(games) > 0, "powers", games.shape, "must be draws by players")
    count, n = games.shape
    require(0 < n <= MAX_BATCH_PLAYERS, "powers", n, f"needs 1 to {MAX_BATCH_PLAYERS} players")
    at_once = min(count, _GROUPS_AT_ONCE >> n)
    # Equal blocks, so that one compiled program serves them all; the last is filled up.
    padded = np.resize(games, (-(-count // at_once) * at_once, n))
    blocks = padded.reshape(-1, at_once, n).swapaxes(1, 2)
    weights = 1 << np.arange(n)
    masks = np.concatenate([weights @ urc_batch(block, alpha, axis=0) for block in blocks])[:count]
    found, times = np.unique(masks, return_counts=True)
    return _odds(found, times / count, n, count)


def succession_odds(
    key: jax.Array,
    mean_power: ArrayLike,
    sigma: ArrayLike,
    alpha: Any = 0.5,
    *,
    draws: int = 10_000,
    correlation: ArrayLike | None = None,
) -> SuccessionOdds:
    r"""Distribution of the ultimate ruling coalition when powers are uncertain.

    Without noise the exact solution of `vertikal.theory.coalitions.urc` is returned, for up to 26
    players. The chance of belonging to the ruling coalition is not monotone in own median power.

    Args:
        key: A `jax.random` key; the same key means the same noise in every scenario.
        mean_power: $\bar\gamma_i > 0$, 1 to 12 players, any unit. Integers stay exact if there
            is no noise.
        sigma: $\sigma_i \ge 0$, one for all or one a player: spread of the logarithm of power.
        alpha: $\alpha \in [1/2, 1)$, the weighted super-majority.
        draws: Number of draws, at least 1.
        correlation: Correlation matrix of the noise; independent if `None`.

    Returns:
        Chances with standard errors; those of an exact solution are zero.

    Raises:
        ValueError: As `draw_powers` and `coalition_odds`.

    Source:
        [P] Acemoglu, Egorov and Sonin (2008) for each game; the odds over draws are ours [O].

    Example:
        >>> odds = succession_odds(jax.random.key(0), [3, 4, 5, 10], 0.0)
        >>> odds.masks.tolist(), odds.inclusion.tolist()
        ([7], [1.0, 1.0, 1.0, 0.0])
    """
    mean, spread = np.asarray(mean_power), np.asarray(sigma, dtype=np.float64)
    matrix = None if correlation is None else np.asarray(correlation, dtype=np.float64)
    _check_draws(key, mean, spread, matrix, draws=draws)
    if (spread == 0).all():
        exact = urc(mean, alpha)
        even = np.full(len(exact.masks), 1 / len(exact.masks))
        odds = _odds(np.array(exact.masks), even, len(mean), count=None)
        return odds._replace(tie=not exact.unique)
    return coalition_odds(draw_powers(key, mean, spread, matrix, draws=draws), float(alpha))


def _odds(masks: np.ndarray, probability: np.ndarray, n: int, count: int | None) -> SuccessionOdds:
    """Chances sorted, with inclusion and standard errors (zero if there is no count of draws)."""
    order = np.argsort(-probability, kind="stable")
    masks, probability = masks[order], probability[order]
    belongs = np.zeros((len(masks), n))
    for row, mask in zip(belongs, masks.tolist(), strict=True):
        row[list(members(mask, n))] = 1
    inclusion = np.minimum(probability @ belongs, 1.0)
    scale = 0.0 if count is None else 1 / np.sqrt(count)
    errors = [scale * np.sqrt(p * (1 - p)) for p in (probability, inclusion)]
    return SuccessionOdds(masks, probability, errors[0], inclusion, errors[1], tie=False)


def _check_alignment(camps: Any, size: Any, propensity: Any) -> None:
    """Refuse camps, sizes and propensities that do not fit together."""
    n = size.shape[-1] if size.ndim else 0
    require(camps.shape[-1:] == (n,), "camps", camps.shape, f"must end in {n} players")
    require((size > 0) & np.isfinite(size), "size", size, "must be positive and finite")
    square = propensity.shape == (n, n)
    require(square, "propensity", propensity.shape, f"must be {n} by {n}")
    is_mutual = np.allclose(propensity, propensity.T, rtol=1e-12) and np.isfinite(propensity).all()
    require(is_mutual, "propensity", propensity, "must be symmetric and finite")


@formal_model(check=_check_alignment)
def alignment_energy(camps: ArrayLike, size: ArrayLike, propensity: ArrayLike) -> jax.Array:
    r"""Frustration of a division into two camps.

    $$ E = \sum_{i \ne j} s_i s_j p_{ij} [i \text{ and } j \text{ in different camps}] $$

    Low where friends ($p_{ij} > 0$) are together and enemies apart.

    Args:
        camps: Which of two camps each player is in (boolean), players on the last axis.
        size: $s_i > 0$, weight of each player.
        propensity: $p_{ij}$, symmetric: how much two players like to be together, any unit.

    Returns:
        $E$, without the players' axis.

    Raises:
        ValueError: If a size is not positive or `propensity` not symmetric.

    Source:
        [P] Axelrod and Bennett (1993).

    Example:
        >>> float(alignment_energy([True, False], [2.0, 3.0], [[0.0, -1.0], [-1.0, 0.0]]))
        -12.0
    """
    size, propensity = floats(size, propensity)
    sign = jnp.where(jnp.asarray(camps), 1.0, -1.0).astype(size.dtype)
    bond = propensity * size * size[:, None]
    bond = bond - jnp.diag(jnp.diag(bond))
    pulls = jnp.matmul(sign, bond, precision="highest")
    return (jnp.sum(bond) - jnp.sum(pulls * sign, axis=-1)) / 2


def alignment_minima(size: ArrayLike, propensity: ArrayLike) -> AlignmentMinima:
    """All divisions into two camps from which no single player's move lowers the energy.

    Args:
        size: Weight of each of 1 to 20 players, positive.
        propensity: How much two players like to be together, symmetric.

    Returns:
        Local minima of `alignment_energy`, the lowest first, by enumeration.

    Raises:
        ValueError: As `alignment_energy`, or if there are more than 20 players.

    Source:
        [P] Axelrod and Bennett (1993).

    Example:
        >>> found = alignment_minima([2.0, 3.0], [[0.0, -1.0], [-1.0, 0.0]])
        >>> found.masks.tolist(), found.energy.tolist()
        ([2], [-12.0])
    """
    weights, matrix = np.asarray(size, np.float64), np.asarray(propensity, np.float64)
    n = weights.shape[-1] if weights.ndim else 0
    require(1 <= n <= 20, "size", weights.shape, "needs 1 to 20 players")
    masks = np.arange(0, 1 << n, 2)  # player 0 stays in the first camp
    camps = (masks[:, None] >> np.arange(n) & 1).astype(bool)
    energy = np.asarray(alignment_energy(camps, weights, matrix))
    bond = matrix * np.outer(weights, weights)
    np.fill_diagonal(bond, 0.0)
    sign = np.where(camps, 1.0, -1.0)
    # Moving player i changes the energy by twice its pull towards its own camp.
    change = 2 * sign * (sign @ bond)
    stays = (change >= -1e-12 * np.abs(bond).sum()).all(axis=1)
    order = np.flatnonzero(stays)[np.argsort(energy[stays], kind="stable")]
    return AlignmentMinima(masks[order], energy[order])
