r"""Propaganda and belief: how far can a regime's story lift support?

Kamenica, E. and Gentzkow, M. (2011), "Bayesian Persuasion", *American Economic Review* 101(6):
2590-2615; Gehlbach, S. and Sonin, K. (2014), "Government Control of the Media", *Journal of Public
Economics* 118: 163-171. Compare Guriev, S. and Treisman, D. (2020), "A Theory of Informational
Autocracy", *Journal of Public Economics* 186: 104158, whose signalling game is not built here.

Published form [P]; the extension to citizens with private evidence ("the gap between television and
the refrigerator") is ours [O].

Question: how much can a regime's story lift support, and how do the cost of listening and a visible
gap between story and life limit it?

Primitives: the state of affairs is good or bad, prior $\mu_0 \in (0, 1)$ of good; a citizen
supports iff the posterior is at least $\bar\mu \in (0, 1)$ (ties: supports). The medium always says
"good" in the good state and, with lie rate $b \in [0, 1]$, in the bad one. Listening costs
$k \ge 0$, where supporting is worth $1 - \bar\mu$ in the good state and $-\bar\mu$ in the bad.
Private evidence is right with probability $q \in (1/2, 1)$. The regime commits to its bias: cheap
talk is different.

Case: by 1991 the official story was no longer worth listening to; 2022, the story against what
soldiers' families saw ($q$ rising); attacks on the media of the Democratic Choice of Kazakhstan's
owners in 2001-02.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Bool, Float

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Kamenica and Gentzkow (2011), Bayesian Persuasion, American Economic Review 101(6): "
    "2590-2615; Gehlbach and Sonin (2014), Government Control of the Media, Journal of Public "
    "Economics 118: 163-171"
)


class Persuasion(NamedTuple):
    """The regime's best bias when listening is free."""

    support: Float[Array, "*batch"]
    """Probability that a citizen supports, 0 to 1."""
    lie_rate: Float[Array, "*batch"]
    """$b^*$, how often "good" is said in the bad state; 1 where no persuasion is needed."""


class CostlyPersuasion(NamedTuple):
    """The regime's best bias when listening has a cost."""

    support: Float[Array, "*batch"]
    """Probability that a citizen supports; 0 where nobody listens."""
    lie_rate: Float[Array, "*batch"]
    """Largest lie rate at which people still listen; `nan` where they never do."""
    exists: Bool[Array, "*batch"]
    """Whether some bias is worth listening to (or none is needed)."""


class InformedSupport(NamedTuple):
    """The most that can be had from citizens who also have evidence of their own."""

    support: Float[Array, "*batch"]
    """Probability that a citizen supports under the best propaganda."""
    without: Float[Array, "*batch"]
    """The same without propaganda, at the prior."""
    low_posterior: Float[Array, "*batch"]
    """$m_L$, public belief at which those with good evidence support."""
    high_posterior: Float[Array, "*batch"]
    """$m_H$, public belief at which even those with bad evidence support."""


def _check_beliefs(prior: np.ndarray, support_threshold: np.ndarray) -> None:
    for name, belief in (("prior", prior), ("support_threshold", support_threshold)):
        require((belief > 0) & (belief < 1), name, belief, "must lie strictly between 0 and 1")


def _check_costly(
    prior: np.ndarray, support_threshold: np.ndarray, listening_cost: np.ndarray
) -> None:
    _check_beliefs(prior, support_threshold)
    known = (listening_cost >= 0) & (listening_cost < np.inf)
    require(known, "listening_cost", listening_cost, "must be 0 or more, and finite")


def _check_informed(
    prior: np.ndarray, support_threshold: np.ndarray, evidence_accuracy: np.ndarray
) -> None:
    _check_beliefs(prior, support_threshold)
    _check_accuracy(evidence_accuracy)


def _check_accuracy(evidence_accuracy: np.ndarray) -> None:
    known = (evidence_accuracy > 0.5) & (evidence_accuracy < 1)
    rule = "must lie strictly between one half and 1"
    require(known, "evidence_accuracy", evidence_accuracy, rule)


def _check_update(prior: np.ndarray, lie_rate: np.ndarray) -> None:
    require((prior >= 0) & (prior <= 1), "prior", prior, "must lie between 0 and 1")
    require((lie_rate >= 0) & (lie_rate <= 1), "lie_rate", lie_rate, "must lie between 0 and 1")


@formal_model(check=_check_update)
def bayes_update(prior: ArrayLike, lie_rate: ArrayLike) -> Float[Array, "*batch"]:
    r"""Belief in the good state of one who hears "good" from a medium of known bias.

    $$ \mu = \frac{\mu_0}{\mu_0 + (1 - \mu_0) b}. $$

    Hearing "bad", which only a truthful moment produces, leaves no hope: belief 0.

    Args:
        prior: $\mu_0$, 0 to 1.
        lie_rate: $b$, how often "good" is said in the bad state, 0 to 1.

    Returns:
        Posterior, 0 to 1; 0 for a prior of 0.

    Raises:
        ValueError: If an argument is outside [0, 1].

    Source:
        [P] Kamenica and Gentzkow (2011).

    Example:
        >>> round(float(bayes_update(0.3, 3 / 7)), 12)
        0.5
    """
    prior, lies = floats(prior, lie_rate)
    heard = prior + (1 - prior) * lies
    is_heard = heard > 0
    return jnp.where(is_heard, prior / jnp.where(is_heard, heard, 1.0), 0.0)


@formal_model(check=_check_beliefs)
def persuade(prior: ArrayLike, support_threshold: ArrayLike) -> Persuasion:
    r"""The most support that a regime can win by choosing how often it lies.

    It lies just often enough that "good" is still believed enough:

    $$ b^* = \min\Bigl(1, \frac{\mu_0 (1-\bar\mu)}{(1-\mu_0)\bar\mu}\Bigr), \qquad
       \text{support} = \min(1, \mu_0/\bar\mu). $$

    Args:
        prior: $\mu_0$, belief in the good state before the news, 0 to 1 exclusive.
        support_threshold: $\bar\mu$, belief at which a citizen supports, 0 to 1 exclusive.

    Returns:
        Support and the lie rate that wins it.

    Raises:
        ValueError: If a belief is outside (0, 1).

    Verified:
        The published prosecutor, who convicts 60 per cent with a prior of 30; simulated messages
        and the concave envelope. See `tests/verification/test_persuasion.py`.

    Source:
        [P] Kamenica and Gentzkow (2011).

    Example:
        >>> [round(float(x), 6) for x in persuade(0.3, 0.5)]
        [0.6, 0.428571]
    """
    prior, needed = floats(prior, support_threshold)
    lies = jnp.minimum(prior * (1 - needed) / ((1 - prior) * needed), 1.0)
    return Persuasion(jnp.minimum(prior / needed, 1.0), lies)


@formal_model(check=_check_costly)
def bias_with_cost(
    prior: ArrayLike, support_threshold: ArrayLike, listening_cost: ArrayLike
) -> CostlyPersuasion:
    r"""The largest bias at which citizens still find the medium worth their time.

    A listener gains $\mu_0(1-\bar\mu) - (1-\mu_0) b \bar\mu$ from acting on what is said; it covers
    the cost iff

    $$ b \le b^* - \frac{k}{(1-\mu_0)\bar\mu}, \qquad
       \text{support} = \mu_0 + (1-\mu_0) b. $$

    Args:
        prior: $\mu_0$, belief in the good state before the news, 0 to 1 exclusive.
        support_threshold: $\bar\mu$, belief at which a citizen supports, 0 to 1 exclusive.
        listening_cost: $k$, in units of the gain from supporting rightly rather than wrongly, 0 or
            more.

    Returns:
        Support, lie rate, and whether any bias is worth listening to. With a prior of at least
        $\bar\mu$ all support without listening.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Gehlbach and Sonin (2014).

    Example:
        >>> [round(float(x), 6) for x in bias_with_cost(0.3, 0.5, 0.05)[:2]]
        [0.5, 0.285714]
    """
    prior, needed, cost = floats(prior, support_threshold, listening_cost)
    lies = (prior * (1 - needed) - cost) / ((1 - prior) * needed)
    is_given = prior >= needed
    is_heard = is_given | (lies >= 0)
    lies = jnp.where(is_given, 1.0, lies)
    support = jnp.where(is_heard, prior + (1 - prior) * lies, 0.0)
    return CostlyPersuasion(support, jnp.where(is_heard, lies, jnp.nan), is_heard)


def _check_posterior(
    posterior: np.ndarray, support_threshold: np.ndarray, evidence_accuracy: np.ndarray
) -> None:
    known = (posterior >= 0) & (posterior <= 1)
    require(known, "posterior", posterior, "must lie between 0 and 1")
    known = (support_threshold > 0) & (support_threshold < 1)
    require(known, "support_threshold", support_threshold, "must lie strictly between 0 and 1")
    _check_accuracy(evidence_accuracy)


def _needed_posteriors(needed: Array, accuracy: Array) -> tuple[Array, Array]:
    """Public beliefs at which those with good and with bad evidence support."""
    low = needed * (1 - accuracy)
    high = needed * accuracy
    return low / (low + (1 - needed) * accuracy), high / (high + (1 - needed) * (1 - accuracy))


@formal_model(check=_check_posterior)
def support_at_posterior(
    posterior: ArrayLike, support_threshold: ArrayLike, evidence_accuracy: ArrayLike
) -> Float[Array, "*batch"]:
    r"""Share who support at a public belief, when each has private evidence too.

    Nobody below $m_L$; those with good evidence, $mq + (1-m)(1-q)$, on $[m_L, m_H)$; all from
    $m_H$, where the odds of $m_L$ and $m_H$ are $o(1-q)/q$ and $oq/(1-q)$,
    $o = \bar\mu/(1-\bar\mu)$.

    Args:
        posterior: $m$, public belief in the good state after the news, 0 to 1.
        support_threshold: $\bar\mu$, belief at which a citizen supports, 0 to 1 exclusive.
        evidence_accuracy: $q$, probability that private evidence is right, one half to 1 exclusive.

    Returns:
        Share, 0 to 1.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [O] Ours, on the game of Kamenica and Gentzkow (2011).

    Example:
        >>> [round(float(support_at_posterior(m, 0.5, 0.8)), 2) for m in (0.1, 0.3, 0.9)]
        [0.0, 0.38, 1.0]
    """
    posterior, needed, accuracy = floats(posterior, support_threshold, evidence_accuracy)
    low, high = _needed_posteriors(needed, accuracy)
    some = posterior * accuracy + (1 - posterior) * (1 - accuracy)
    return jnp.where(posterior >= high, 1.0, jnp.where(posterior >= low, some, 0.0))


@formal_model(check=_check_informed)
def support_with_evidence(
    prior: ArrayLike, support_threshold: ArrayLike, evidence_accuracy: ArrayLike
) -> InformedSupport:
    r"""The most support that propaganda can win from citizens with private evidence.

    The best mix of public beliefs is the least concave majorant of `support_at_posterior`: with
    $s = m_L q + (1-m_L)(1-q)$, if $s/m_L \ge 1/m_H$ it runs through $(m_L, s)$ and $(m_H, 1)$, else
    straight from the origin to $(m_H, 1)$. It is not monotone in accuracy: once people know enough,
    the regime gives up on those who have seen bad evidence.

    Args:
        prior: $\mu_0$, belief in the good state before the news, 0 to 1 exclusive.
        support_threshold: $\bar\mu$, belief at which a citizen supports, 0 to 1 exclusive.
        evidence_accuracy: $q$, probability that private evidence is right, one half to 1 exclusive.

    Returns:
        Support with and without propaganda, and the two public beliefs that matter.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [O] Ours, on the game of Kamenica and Gentzkow (2011).

    Example:
        >>> [round(float(support_with_evidence(0.3, 0.5, q).support), 6) for q in (0.6, 0.7, 0.8)]
        [0.5, 0.428571, 0.433333]
    """
    prior, needed, accuracy = floats(prior, support_threshold, evidence_accuracy)
    low, high = _needed_posteriors(needed, accuracy)
    some = low * accuracy + (1 - low) * (1 - accuracy)
    broken = jnp.where(
        prior <= low, some * prior / low, some + (1 - some) * (prior - low) / (high - low)
    )
    value = jnp.where(some * high >= low, broken, prior / high)
    value = jnp.where(prior >= high, 1.0, value)
    without = support_at_posterior(prior, needed, accuracy)
    return InformedSupport(value, without, low, high)


def _check_graph(grid: np.ndarray, values: np.ndarray) -> None:
    require(grid.ndim == 1 and grid.size >= 2, "grid", grid.shape, "needs one axis of 2 points")
    require(np.isfinite(grid), "grid", grid, "must be finite")
    require(np.diff(grid) > 0, "grid", np.diff(grid), "must ascend")
    same = values.ndim > 0 and values.shape[-1] == grid.size
    require(same, "values", values.shape, "needs a last axis as long as the grid")
    require(np.isfinite(values), "values", values, "must be finite")


@formal_model(check=_check_graph)
def concavify(
    grid: Float[ArrayLike, "points"], values: Float[ArrayLike, "*batch points"]
) -> Float[Array, "*batch points"]:
    r"""The least concave function above a graph: what a sender who commits can reach.

    Walks the graph once and keeps the corners of the upper hull, so the cost is linear in the
    number of points. Where support jumps, put the upper value at the jump.

    Args:
        grid: Beliefs, ascending.
        values: What the sender gets at each belief; the last axis is that of the grid.

    Returns:
        The envelope on the grid.

    Raises:
        ValueError: If the grid does not ascend or the lengths differ.

    Source:
        [P] Kamenica and Gentzkow (2011).

    Example:
        >>> concavify([0.0, 0.25, 0.5, 1.0], [0.0, 0.0, 1.0, 1.0]).tolist()
        [0.0, 0.5, 1.0, 1.0]
    """
    points, heights = floats(grid, values)
    return jnp.vectorize(lambda v: _envelope(points, v), signature="(n)->(n)")(heights)


def _envelope(x: Array, y: Array) -> Array:
    """The upper hull of one graph, by a stack of corners."""
    size = x.shape[0]
    px, py = jax.lax.stop_gradient((x, y))

    def is_under(stack: Array, top: Array, i: Array) -> Array:
        a, b = stack[top - 2], stack[top - 1]
        turn = (px[b] - px[a]) * (py[i] - py[a]) - (py[b] - py[a]) * (px[i] - px[a])
        return (top >= 2) & (turn >= 0)

    def visit(i: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        stack, top = state
        top = jax.lax.while_loop(lambda t: is_under(stack, t, i), lambda t: t - 1, top)
        return stack.at[top].set(i), top + 1

    start = (jnp.zeros(size, jnp.int32), jnp.zeros((), jnp.int32))
    stack, top = jax.lax.fori_loop(0, size, visit, start)
    index = jnp.arange(size)
    corner = jnp.zeros(size, bool).at[jnp.where(index < top, stack, size)].set(True, mode="drop")
    left = jax.lax.cummax(jnp.where(corner, index, 0))
    right = jax.lax.cummin(jnp.where(corner, index, size - 1), reverse=True)
    span = jnp.where(corner, 1.0, x[right] - x[left])
    return y[left] + jnp.where(corner, 0.0, (y[right] - y[left]) * (x - x[left]) / span)
