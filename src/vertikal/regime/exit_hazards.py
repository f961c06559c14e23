"""Why insiders leave: three rival accounts as functions of the same signature.

Each maps how an insider stands (`Outlook`) and the same `Temper` to the hazard of leaving after a
cool review, per year. They can be exchanged for one another, which makes the choice of theory a
factor of an experiment like any other. What emotion adds is left to the mechanisms that call them.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array
from jax.scipy.special import ndtr

from vertikal.regime.regime import Setting
from vertikal.theory.exit_option import exit_threshold

_LEAST_FLOW = 1e-4
"""Below this flow, in units of the top post's rents a year, logarithms are cut off."""


class ExitTheory(IntEnum):
    """Which account of leaving is in force."""

    OPTIMAL_STOPPING = 0
    CASCADE = 1
    HAZARD_ONLY = 2


class Outlook(NamedTuple):
    """How insiders stand: arrays `[insiders, runs]`, in units of the top post's rents a year."""

    flow: Any
    """What staying is worth a year, the option on the succession included."""
    outside: Any
    """Worth of leaving for good, a sum; may be negative."""
    penalty: Any
    """Loss of one found inside when the regime falls, a sum, 0 or more."""
    fall_rate: Any
    """Hazard of the fall as insiders see it, per year."""
    gone: Any
    """Share of one's peers who have left, 0 to 1."""
    rank: Any
    """Rank, 0 to 1."""


class Temper(NamedTuple):
    """Numbers that the three accounts need; each uses its own."""

    reviews: Any
    """Cool reviews of one's position, per year."""
    discount: Any
    """Discount rate, per year."""
    volatility: Any
    """Volatility of the flow from staying, per square root of a year."""
    scatter: Any
    """Scatter of personal circumstances, in logarithms of the flow."""
    scale: Any
    """Advantage of staying that makes one leave only after everybody, a sum."""
    spread: Any
    """Standard deviation of thresholds, a share of peers."""
    base: Any
    """Hazard at the lowest rank in the account without calculation, per year."""
    gradient: Any
    """Fall of its logarithm from the lowest to the highest rank."""


Account = Callable[[Outlook, Temper], Array]
"""An account of leaving: the hazard per year of every insider, `[insiders, runs]`."""


def optimal_stopping(who: Outlook, temper: Temper) -> Array:
    r"""Leaving as an option whose exercise can wait (after Dixit and Pindyck 1994).

    One leaves when the flow from staying has fallen to the threshold
    $x^* = \frac{\beta}{\beta-1}\rho B$ of `theory.exit_option`. Circumstances differ from person
    to person and change, so that at each of $\nu$ reviews a year the flow is at or below the
    threshold with probability $1/(1+(x/x^*)^{1/s})$, $s$ being their scatter (McDonald and Siegel
    1986, The Value of Waiting to Invest, for the value of waiting itself):
    $h = \nu / (1 + (x/x^*)^{1/s})$.
    """
    leave = exit_threshold(
        temper.discount, who.fall_rate, 0.0, temper.volatility, who.outside, who.penalty
    )
    threshold = jnp.log(jnp.maximum(leave.threshold, _LEAST_FLOW))
    flow = jnp.log(jnp.maximum(who.flow, _LEAST_FLOW))
    chance = 1 / (1 + jnp.exp((flow - threshold) / temper.scatter))
    pays = leave.exits & (leave.threshold > _LEAST_FLOW)
    return jnp.where(pays, temper.reviews * chance, 0.0)


def cascade(who: Outlook, temper: Temper) -> Array:
    r"""Leaving when enough others have left (after Kuran 1991, Now Out of Never).

    Each person has a threshold: the share of peers gone at which one goes too. Thresholds are
    normal with spread $s$ about the advantage of staying in units of `scale`, $m = (V - K)/S$, so
    that $F(r) = \Phi((r - m)/s)$ would be gone if $r$ are. Those of them still there leave at
    their next review: $h = \nu \, [F(r) - r]_+ / (1 - r)$, at rest where $F(r) = r$, the rest
    points of `theory.thresholds`.
    """
    rate = temper.discount + who.fall_rate
    stay = (who.flow - who.fall_rate * who.penalty) / rate
    mean = (stay - who.outside) / temper.scale
    gone = jnp.clip(who.gone, 0.0, 1 - 1e-6)
    due = ndtr(jnp.asarray((gone - mean) / temper.spread, jnp.float32))
    return temper.reviews * jnp.clip((due - gone) / (1 - gone), 0.0, 1.0)


def hazard_only(who: Outlook, temper: Temper) -> Array:
    r"""No calculation at all: a hazard that falls with rank, $h = h_0 e^{-b \cdot rank}$.

    The null account, against which the other two must show what they explain. Nothing that
    happens moves it.
    """
    return temper.base * jnp.exp(-temper.gradient * who.rank) + 0 * who.flow


ACCOUNTS: dict[ExitTheory, Account] = {
    ExitTheory.OPTIMAL_STOPPING: optimal_stopping,
    ExitTheory.CASCADE: cascade,
    ExitTheory.HAZARD_ONLY: hazard_only,
}
"""The three accounts by code."""


def exit_theory(setting: Setting) -> Any:
    """The account in force: a code for all runs, or one for each; optimal stopping if not said."""
    return getattr(setting, "theory_exit", ExitTheory.OPTIMAL_STOPPING)


def exit_hazard(theory: Any, who: Outlook, temper: Temper) -> Array:
    """The hazard of leaving under the account in force, per year."""
    if isinstance(theory, ExitTheory):
        return ACCOUNTS[theory](who, temper)
    found = ACCOUNTS[ExitTheory.OPTIMAL_STOPPING](who, temper)
    for other in (ExitTheory.CASCADE, ExitTheory.HAZARD_ONLY):
        found = jnp.where(theory == other, ACCOUNTS[other](who, temper), found)
    return found
