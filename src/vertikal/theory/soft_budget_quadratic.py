r"""Soft budget constraints with quadratic monitoring, and spending from a common pool.

After Dewatripont, M. and Maskin, E. (1995), "Credit and Efficiency in Centralized and Decentralized
Economies", *Review of Economic Studies* 62(4): 541-555; Kornai, J. (1986), "The Soft Budget
Constraint", *Kyklos* 39(1): 3-30; Kornai, J., Maskin, E. and Roland, G. (2003), "Understanding the
Soft Budget Constraint", *Journal of Economic Literature* 41(4): 1095-1136; Weingast, B., Shepsle,
K. and Johnsen, C. (1981), "The Political Economy of Benefits and Costs", *Journal of Political
Economy* 89(4): 642-664.

Reduced form [R]: the mechanism is theirs; the quadratic cost of monitoring is ours, and so are the
bounds 2 and 4 on $kR^2$, which must not be called published.

Question: why does a centre bail out failing enterprises although it announced that it would not,
and why do many claimants overspend?

Primitives: a round of finance costs 1. A share $\alpha$ of projects is good and returns $R_g$ after
one round. A poor one needs a second round and then returns $R$ with probability $a \in [0, 1]$, the
creditor's monitoring, at cost $a^2/(2k)$. What was spent before is sunk. Poor entrepreneurs apply
iff they expect to be refinanced.

Case: Soviet ministries and the defence complex (Malenkov's turn to consumer goods in 1953 was a
fight against them); the defence orders of 2022 with credit guaranteed by the state; the bankers of
the Democratic Choice of Kazakhstan as a constituency for hard budgets.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Bool, Float, Int

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "reduced form"
CITATION = (
    "After Dewatripont and Maskin (1995), Credit and Efficiency in Centralized and Decentralized "
    "Economies, Review of Economic Studies 62(4): 541-555; common pool after Weingast, Shepsle and "
    "Johnsen (1981), The Political Economy of Benefits and Costs, Journal of Political Economy "
    "89(4): 642-664"
)

HARD, SOFT_CENTRAL, SOFT_BOTH = 0, 1, 2
"""Whether a poor project is refinanced: by nobody, by a single creditor only, or by two as well."""


class CentralRefinance(NamedTuple):
    """What a single creditor does once the first round is sunk."""

    effort: Float[Array, "*batch"]
    """$a$, probability that a refinanced poor project succeeds."""
    gross: Float[Array, "*batch"]
    """Expected return less the cost of monitoring, before the second round is paid."""
    refinances: Bool[Array, "*batch"]
    """Whether it covers the second round."""


class DecentralRefinance(NamedTuple):
    """What two creditors do: one monitors, the other, who must break even, pays the round."""

    effort: Float[Array, "*batch"]
    """$a$ in the stable equilibrium; `nan` where there is none."""
    payoff: Float[Array, "*batch"]
    """The monitoring creditor's expected payoff; `nan` where there is none."""
    exists: Bool[Array, "*batch"]
    """Whether a newcomer can break even, so that the project is refinanced."""


class CommonPool(NamedTuple):
    """Spending by claimants who bear a share of the cost each."""

    spending: Float[Array, "*batch"]
    """What each claims."""
    efficient: Float[Array, "*batch"]
    """What each would claim at the full cost."""


def _require_positive(**values: np.ndarray) -> None:
    for name, value in values.items():
        require((value > 0) & (value < np.inf), name, value, "must be positive and finite")


def _check_project(monitoring_ease: np.ndarray, poor_return: np.ndarray) -> None:
    _require_positive(monitoring_ease=monitoring_ease, poor_return=poor_return)


@formal_model(check=_check_project)
def refinance_central(monitoring_ease: ArrayLike, poor_return: ArrayLike) -> CentralRefinance:
    r"""Whether a single creditor throws good money after bad.

    It monitors with $a = \min(1, kR)$, which brings $kR^2/2$ (or $R - 1/(2k)$ at full effort), and
    refinances iff that is at least 1; at interior effort, iff $kR^2 \ge 2$.

    Args:
        monitoring_ease: $k$; monitoring $a$ costs $a^2/(2k)$, in rounds of finance, positive.
        poor_return: $R$, return of a poor project that succeeds, in rounds of finance, positive.

    Returns:
        Effort, gross return and whether the project is refinanced.

    Raises:
        ValueError: If an argument is not positive and finite.

    Source:
        [R] After Dewatripont and Maskin (1995).

    Example:
        >>> found = refinance_central(0.3, 3.0)
        >>> round(float(found.effort), 9), round(float(found.gross), 9), bool(found.refinances)
        (0.9, 1.35, True)
    """
    k, r = floats(monitoring_ease, poor_return)
    effort = jnp.minimum(1.0, k * r)
    gross = effort * r - effort**2 / (2 * k)
    return CentralRefinance(effort, gross, gross >= 1)


@formal_model(check=_check_project)
def refinance_decentral(monitoring_ease: ArrayLike, poor_return: ArrayLike) -> DecentralRefinance:
    r"""Whether a creditor who has run out of money finds another to pay the second round.

    The newcomer does not monitor and must break even: of each success it takes $1/a$, so the
    monitor keeps $R - 1/a$ and works less, $a = k(R - 1/a)$. The stable solution is

    $$ a = \tfrac12 \bigl[kR + \sqrt{k^2R^2 - 4k}\bigr], \qquad \text{iff } kR^2 \ge 4, $$

    with payoff $a^2/(2k)$; the smaller root is unstable. Where the root exceeds 1 monitoring is
    full iff $k(R - 1) \ge 1$, with payoff $R - 1 - 1/(2k)$.

    Args:
        monitoring_ease: $k$; monitoring $a$ costs $a^2/(2k)$, in rounds of finance, positive.
        poor_return: $R$, return of a poor project that succeeds, in rounds of finance, positive.

    Returns:
        Effort and payoff of the monitor, `nan` and `exists` False where nobody would join.

    Raises:
        ValueError: If an argument is not positive and finite.

    Source:
        [R] After Dewatripont and Maskin (1995).

    Example:
        >>> found = refinance_decentral(0.2, 5.0)
        >>> round(float(found.effort), 7), round(float(found.payoff), 7)
        (0.7236068, 1.309017)
    """
    k, r = floats(monitoring_ease, poor_return)
    room = (k * r) ** 2 - 4 * k
    has_root = k * r**2 >= 4
    is_open = room > 0
    spread = jnp.where(is_open, jnp.sqrt(jnp.where(is_open, room, 1.0)), 0.0)
    root = 0.5 * (k * r + spread)
    is_full = k * (r - 1) >= 1
    exists = is_full | (has_root & (root <= 1))
    effort = jnp.where(is_full, 1.0, root)
    payoff = effort * r - 1 - effort**2 / (2 * k)
    return DecentralRefinance(
        jnp.where(exists, effort, jnp.nan), jnp.where(exists, payoff, jnp.nan), exists
    )


@formal_model(check=_check_project)
def softness(monitoring_ease: ArrayLike, poor_return: ArrayLike) -> Int[Array, "*batch"]:
    r"""Under which order of credit budgets are soft.

    At interior effort: hard if $kR^2 < 2$, soft only under a single creditor if
    $2 \le kR^2 < 4$, soft under both from 4 on. Dispersed credit is a commitment not to bail out.

    Args:
        monitoring_ease: $k$; monitoring $a$ costs $a^2/(2k)$, in rounds of finance, positive.
        poor_return: $R$, return of a poor project that succeeds, in rounds of finance, positive.

    Returns:
        `HARD` (0), `SOFT_CENTRAL` (1) or `SOFT_BOTH` (2).

    Raises:
        ValueError: If an argument is not positive and finite.

    Source:
        [R] After Dewatripont and Maskin (1995).

    Example:
        >>> softness([0.3, 0.3, 0.2], [2.5, 3.0, 5.0]).tolist()
        [0, 1, 2]
    """
    k, r = floats(monitoring_ease, poor_return)
    central = refinance_central(k, r).refinances
    decentral = refinance_decentral(k, r).exists
    return jnp.where(decentral, SOFT_BOTH, jnp.where(central, SOFT_CENTRAL, HARD))


def _check_surplus(
    good_share: np.ndarray,
    good_return: np.ndarray,
    monitoring_ease: np.ndarray,
    poor_return: np.ndarray,
    is_soft: np.ndarray,
) -> None:
    known = (good_share >= 0) & (good_share <= 1)
    require(known, "good_share", good_share, "must lie between 0 and 1")
    require(np.isfinite(good_return), "good_return", good_return, "must be a finite number")
    require((is_soft == 0) | (is_soft == 1), "is_soft", is_soft, "must be true or false")
    _check_project(monitoring_ease, poor_return)


@formal_model(check=_check_surplus)
def creditor_surplus(
    good_share: ArrayLike,
    good_return: ArrayLike,
    monitoring_ease: ArrayLike,
    poor_return: ArrayLike,
    is_soft: ArrayLike,
) -> Float[Array, "*batch"]:
    r"""A single creditor's expected surplus for each project that could apply.

    $$ \text{hard: } \alpha(R_g - 1), \qquad
       \text{soft: } \alpha(R_g - 1) + (1-\alpha)(\text{gross} - 2), $$

    since under a hard budget poor entrepreneurs stay away. Refinancing is right once the first
    round is sunk and may be wrong from the start: that is the trap.

    Args:
        good_share: $\alpha$, share of good projects, 0 to 1.
        good_return: $R_g$, return of a good project, in rounds of finance.
        monitoring_ease: $k$, positive.
        poor_return: $R$, return of a poor project that succeeds, positive.
        is_soft: Whether poor entrepreneurs can expect to be refinanced.

    Returns:
        Surplus, in rounds of finance.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [R] After Dewatripont and Maskin (1995).

    Example:
        >>> [round(float(creditor_surplus(0.7, 1.6, 0.3, 3.0, soft)), 9) for soft in (True, False)]
        [0.225, 0.42]
    """
    alpha, good, k, r = floats(good_share, good_return, monitoring_ease, poor_return)
    poor = (1 - alpha) * (refinance_central(k, r).gross - 2)
    return alpha * (good - 1) + jnp.where(is_soft, poor, 0.0)


def _check_pool(claimants: np.ndarray, benefit: np.ndarray) -> None:
    require((claimants >= 1) & (claimants < np.inf), "claimants", claimants, "must be at least 1")
    _require_positive(benefit=benefit)


@formal_model(check=_check_pool)
def common_pool(claimants: ArrayLike, benefit: ArrayLike) -> CommonPool:
    r"""Spending by claimants who reap the whole benefit and bear a share of the cost.

    Each maximises $b \ln x - x/n$, hence $x = nb$ where $b$ would be right: $n$ ministries
    overspend by the factor $n$.

    Args:
        claimants: $n$, ministries or branches that share the cost, at least 1.
        benefit: $b$, weight of the logarithmic benefit, in units of the budget, positive.

    Returns:
        What each claims, and what it would claim at full cost.

    Raises:
        ValueError: If there is no claimant or the benefit is not positive.

    Source:
        [R] After Weingast, Shepsle and Johnsen (1981).

    Example:
        >>> float(common_pool(10, 2.0).spending)
        20.0
    """
    n, b = jnp.broadcast_arrays(*floats(claimants, benefit))
    return CommonPool(n * b, b)
