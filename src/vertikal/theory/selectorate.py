r"""Selectorate theory: what a leader must spend, and on what, to keep a winning coalition.

Bueno de Mesquita, B., Smith, A., Siverson, R. and Morrow, J. (2003), *The Logic of Political
Survival*, MIT Press; Bueno de Mesquita, B., Morrow, J., Siverson, R. and Smith, A. (2002),
"Political Institutions, Policy Choice and the Survival of Leaders", *British Journal of Political
Science* 32(4): 559-590.

Published form [P]; the square-root utility that gives a closed form is ours.

Question: how much does survival cost a leader who needs a winning coalition of size $W$ drawn from
a selectorate of size $S$, how much of the budget can he keep, and do supporters live on public or
on private goods?

Primitives: $0 < W \le S$ (persons; ratios from data sets are not counts); budget $R > 0$; a public
good $x \ge 0$ at price $p > 0$; a private good $g \ge 0$ for each of the coalition, which costs
$W g$; discount factor $\delta \in [0, 1)$; utility per period $h(x) + u(g)$ with $u(0) = 0$.

Case: the Politburo of 1946-57 as a tiny coalition in a larger Central Committee, and June 1957 as a
fight over who belongs to it. Founders of the Democratic Choice of Kazakhstan (2001) left as their
private goods fell while the risk of exclusion $1 - W/S$ rose.
"""

from collections.abc import Callable
from typing import NamedTuple, cast

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.typing import ArrayLike
from jaxtyping import Bool, Float
from scipy.optimize import brentq, minimize_scalar

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Bueno de Mesquita, Smith, Siverson and Morrow (2003), The Logic of Political Survival, MIT "
    "Press"
)


class Selectorate(NamedTuple):
    """The cheapest policy that keeps the incumbent in office."""

    loyalty: Float[Array, "*batch"]
    """$k$, weight of private goods from the incumbent: 1 plus the worth of being sure of them."""
    challenger_value: Float[Array, "*batch"]
    """$v_C$, best offer of a challenger who spends everything, utils."""
    public_good: Float[Array, "*batch"]
    """$x^*$, units of the public good."""
    private_good: Float[Array, "*batch"]
    """$g^*$, units of the private good for each member."""
    spending: Float[Array, "*batch"]
    """$p x^* + W g^*$, in the unit of the budget."""
    surplus_share: Float[Array, "*batch"]
    """Share of the budget that the leader keeps, 0 to 1."""
    private_public_ratio: Float[Array, "*batch"]
    """Spending on private over spending on public goods."""


def _check_polity(
    coalition: np.ndarray,
    selectorate_size: np.ndarray,
    budget: np.ndarray,
    price: np.ndarray,
    discount_factor: np.ndarray,
) -> None:
    known = (selectorate_size > 0) & (selectorate_size < np.inf)
    require(known, "selectorate_size", selectorate_size, "must be positive and finite")
    inside = (coalition > 0) & (coalition <= selectorate_size)
    require(inside, "coalition", coalition, "must be positive and at most selectorate_size")
    require((budget > 0) & (budget < np.inf), "budget", budget, "must be positive and finite")
    require((price > 0) & (price < np.inf), "price", price, "must be positive and finite")
    patient = (discount_factor >= 0) & (discount_factor < 1)
    require(patient, "discount_factor", discount_factor, "must be in [0, 1)")


def _loyalty(coalition: Array, size: Array, delta: Array) -> Array:
    r"""$1 + \frac{\delta}{1-\delta}(1 - W/S)$."""
    return 1 + delta / (1 - delta) * (1 - coalition / size)


@formal_model(check=_check_polity)
def selectorate(
    coalition: ArrayLike,
    selectorate_size: ArrayLike,
    budget: ArrayLike,
    price: ArrayLike,
    discount_factor: ArrayLike,
) -> Selectorate:
    r"""The cheapest policy that survives, for square-root utility $\sqrt x + \sqrt g$.

    A challenger can promise everything today, but not that today's defectors will belong to his
    coalition tomorrow: the chance is $W/S$. Incumbent private goods weigh
    $k = 1 + \frac{\delta}{1-\delta}(1 - W/S)$, so with $v_C = \sqrt{R(1/p + 1/W)}$ and
    $D = 1/p + k^2/W$,

    $$ x^* = \Bigl(\frac{v_C}{pD}\Bigr)^2, \quad g^* = \Bigl(\frac{k\,v_C}{WD}\Bigr)^2, \quad
       \frac{\text{spending}}{R} = \frac{W+p}{W+k^2p}, \quad
       \frac{\text{private}}{\text{public}} = \frac{k^2 p}{W}. $$

    A small coalition in a large selectorate is loyal and cheap, and is paid in private goods.

    Args:
        coalition: $W$, persons whose support suffices, positive.
        selectorate_size: $S$, persons from whom they are drawn, at least $W$.
        budget: $R$ per period, positive, any unit.
        price: $p$, price of a unit of the public good, in units of the private good, positive.
        discount_factor: $\delta$ per period, 0 to 1, below 1.

    Returns:
        Policy, spending and the share of the budget that the leader keeps.

    Raises:
        ValueError: If an argument is outside its range.

    Verified:
        Against a constrained optimiser and against `selectorate_numeric`; see
        `tests/verification/test_selectorate.py`.

    Source:
        [P] Bueno de Mesquita, Smith, Siverson and Morrow (2003); the square-root utility is ours.

    Example:
        >>> tiny = selectorate(10, 1000, 1000.0, 50.0, 0.8)
        >>> round(float(tiny.loyalty), 2), round(float(tiny.surplus_share), 6)
        (4.96, 0.951616)
    """
    w, size, income, p, delta = floats(coalition, selectorate_size, budget, price, discount_factor)
    k = _loyalty(w, size, delta)
    offer = jnp.sqrt(income * (1 / p + 1 / w))
    scale = 1 / p + k**2 / w
    public, private = (offer / (p * scale)) ** 2, (k * offer / (w * scale)) ** 2
    surplus = p * (k - 1) * (k + 1) / (w + k**2 * p)
    return Selectorate(k, offer, public, private, p * public + w * private, surplus, k**2 * p / w)


def _check_policy(
    public_good: np.ndarray,
    private_good: np.ndarray,
    coalition: np.ndarray,
    selectorate_size: np.ndarray,
    budget: np.ndarray,
    price: np.ndarray,
    discount_factor: np.ndarray,
) -> None:
    _check_polity(coalition, selectorate_size, budget, price, discount_factor)
    known = (public_good >= 0) & (public_good < np.inf)
    require(known, "public_good", public_good, "must be 0 or more, and finite")
    known = (private_good >= 0) & (private_good < np.inf)
    require(known, "private_good", private_good, "must be 0 or more, and finite")


@formal_model(check=_check_policy)
def survives(
    public_good: ArrayLike,
    private_good: ArrayLike,
    coalition: ArrayLike,
    selectorate_size: ArrayLike,
    budget: ArrayLike,
    price: ArrayLike,
    discount_factor: ArrayLike,
) -> Bool[Array, "*batch"]:
    r"""Whether a policy keeps the coalition, for square-root utility.

    $$ \sqrt x + k \sqrt g \ge v_C = \sqrt{R (1/p + 1/W)}. $$

    The comparison allows a relative rounding error of a few units in the last place, so that the
    cheapest surviving policy survives.

    Args:
        public_good: $x$, units, 0 or more.
        private_good: $g$, units for each member, 0 or more.
        coalition: $W$, persons, positive.
        selectorate_size: $S$, persons, at least $W$.
        budget: $R$ per period, positive.
        price: $p$, price of a unit of the public good, positive.
        discount_factor: $\delta$ per period, 0 to 1, below 1.

    Returns:
        True where the incumbent stays.

    Raises:
        ValueError: If an argument is outside its range.

    Source:
        [P] Bueno de Mesquita, Smith, Siverson and Morrow (2003).

    Example:
        >>> bool(survives(0.0, 5.0, 10, 1000, 1000.0, 50.0, 0.8))
        True
        >>> bool(survives(0.0, 4.0, 10, 1000, 1000.0, 50.0, 0.8))
        False
    """
    x, g, w, size, income, p, delta = floats(
        public_good, private_good, coalition, selectorate_size, budget, price, discount_factor
    )
    kept = jnp.sqrt(x) + _loyalty(w, size, delta) * jnp.sqrt(g)
    return kept >= jnp.sqrt(income * (1 / p + 1 / w)) * (1 - 8 * jnp.finfo(x.dtype).eps)


def selectorate_numeric(
    public_utility: Callable[[float], float],
    private_utility: Callable[[float], float],
    *,
    coalition: float,
    selectorate_size: float,
    budget: float,
    price: float,
    discount_factor: float,
) -> Selectorate:
    r"""The cheapest policy that survives, for any increasing and concave utilities.

    For each total of spending the best split between public and private goods is a search in one
    dimension, and the total is the one whose best split just matches the challenger. Corners, such
    as no public goods at all, are found. For plain numbers only.

    Args:
        public_utility: $h$, utility of the public good.
        private_utility: $u$, utility of the private good, with $u(0) = 0$.
        coalition: $W$, persons, positive.
        selectorate_size: $S$, persons, at least $W$.
        budget: $R$ per period, positive.
        price: $p$, price of a unit of the public good, positive.
        discount_factor: $\delta$ per period, 0 to 1, below 1.

    Returns:
        As `selectorate`; the ratio is infinite where there is no public good.

    Raises:
        ValueError: If a number is outside its range or $u(0)$ is not 0.

    Source:
        [P] Bueno de Mesquita, Smith, Siverson and Morrow (2003).

    Example:
        >>> cheap = selectorate_numeric(
        ...     np.sqrt, np.sqrt, coalition=100, selectorate_size=1000, budget=1000.0, price=50.0,
        ...     discount_factor=0.8,
        ... )
        >>> round(float(cheap.surplus_share), 4)
        0.8705
    """
    w, size, income, p, delta = coalition, selectorate_size, budget, price, discount_factor
    _check_polity(*(np.asarray(number, dtype=np.float64) for number in (w, size, income, p, delta)))
    at_zero = private_utility(0.0)
    require(abs(at_zero) < 1e-12, "private_utility(0)", at_zero, "must be 0")
    k = 1 + delta / (1 - delta) * (1 - w / size)

    def best_split(total: float, weight: float) -> tuple[float, float]:
        """Highest utility from a total of spending, and the share spent on the public good."""

        def utility(share: float) -> float:
            public = public_utility(share * total / p)
            return float(public + weight * private_utility((1 - share) * total / w))

        inner = minimize_scalar(
            lambda s: -utility(s), bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-10}
        )
        return max((utility(s), s) for s in (0.0, 1.0, float(inner.x)))

    offer = best_split(income, 1.0)[0]

    def excess(total: float) -> float:
        return best_split(total, k)[0] - offer

    # Where the future does not bind (k = 1) all is spent; rounding may leave no change of sign.
    total = brentq(excess, 0.0, income, xtol=1e-12 * income) if excess(income) > 0 else income
    share = best_split(total, k)[1]
    public, private = share * total, (1 - share) * total
    ratio = private / public if public > 0 else np.inf
    numbers = (k, offer, public / p, private / w, total, 1 - total / income, ratio)
    return Selectorate(*cast(tuple[Array, ...], tuple(np.asarray(n) for n in numbers)))
