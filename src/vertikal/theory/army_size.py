r"""How large and how well paid the forces should be that can both save and topple the ruler.

[R] After McMahon, R. Blake and Branislav Slantchev (2015), "The Guardianship Dilemma: Regime
Security through and from the Armed Forces", *American Political Science Review* 109(2): 297-313;
Besley, Timothy and James Robinson (2010), "Quis Custodiet Ipsos Custodes? Civilian Control over
the Military", *Journal of the European Economic Association* 8(2-3): 655-663; Acemoglu, Daron,
Davide Ticchi and Andrea Vindigni (2010), "A Theory of Military Dictatorships", *American Economic
Journal: Macroeconomics* 2(1): 1-42. For rivals let into government, after Roessler, Philip (2011),
"The Enemy Within: Personal Rule, Coups, and Civil War in Africa", *World Politics* 63(2): 300-346,
and Roessler, Philip and David Ohls (2018), "Self-Enforcing Power Sharing in Weak States",
*International Organization* 72(2): 423-454; a critique is Paine, Jack (2022), "Reframing the
Guardianship Dilemma", *American Political Science Review* 116(4): 1425-1442. The mechanisms are
theirs; the ratio forms and what follows from them are ours.

Question: how strong should an army be that the ruler must also pay not to overthrow him? When does
he bring a strong rival into the government and bear the risk of a coup?

Primitives: an army of strength $m > 0$, an outside threat $T > 0$ and the ruler's own guard
$k > 0$, all in one unit of strength. The state survives an attack with chance $m / (m + T)$, a coup
succeeds with chance $m / (m + k)$ and leaves strength $\varphi m$, $\varphi \in (0, 1]$. Rents are
1; the army is paid a share $w$ of them if the state survives.

Case: August 1991, with the force ministers in the committee and elite units refusing; Beria's
ministry against the army in 1953; auxiliary forces in 2022-23 that raised both strength and risk.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "reduced form"
CITATION = (
    "After McMahon, R. Blake and Branislav Slantchev (2015), The Guardianship Dilemma: Regime "
    "Security through and from the Armed Forces, American Political Science Review 109(2): 297-313."
)

CUTOFF = 0
"""Rivals weaker than the cut-off are kept out, stronger ones let in."""

ALWAYS_INCLUDE = 1
"""Every rival is let in: keeping one out costs more at any strength."""

ALWAYS_EXCLUDE = 2
"""Every rival is kept out: a civil war costs no more than a coup."""


class OptimalArmy(NamedTuple):
    """The army that is best for the ruler.

    Attributes:
        strength: $m^*$, in the unit of the threat.
        wage: $w^*$, its share of rents.
        survival: Chance that the state survives an attack.
        value: The ruler's expected rents.
    """

    strength: jax.Array
    wage: jax.Array
    survival: jax.Array
    value: jax.Array


class InclusionCutoff(NamedTuple):
    """When a rival is let into government.

    Attributes:
        strength: $a^*$, the rival's strength from which he is let in; nan without a cut-off.
        rule: `CUTOFF`, `ALWAYS_INCLUDE` or `ALWAYS_EXCLUDE`.
    """

    strength: jax.Array
    rule: jax.Array


def _check_positive(**given: Any) -> None:
    """Refuse numbers that are not positive and finite."""
    for name, value in given.items():
        require((value > 0) & (value < float("inf")), name, value, "must be positive and finite")


def _check_remaining(remaining: Any) -> None:
    """Refuse a remaining strength outside (0, 1]."""
    allowed = (remaining > 0) & (remaining <= 1)
    require(allowed, "remaining", remaining, "must be above 0 and at most 1")


def _check_wage(army: Any, threat: Any, guard: Any, remaining: Any = 1.0) -> None:
    """Refuse strengths that are not positive and a remainder outside (0, 1]."""
    _check_positive(army=army, threat=threat, guard=guard)
    _check_remaining(remaining)


def _check_army(threat: Any, guard: Any, remaining: Any = 1.0) -> None:
    """Refuse strengths that are not positive and a remainder outside (0, 1]."""
    _check_positive(threat=threat, guard=guard)
    _check_remaining(remaining)


@formal_model(check=_check_wage)
def loyalty_wage(
    army: ArrayLike, threat: ArrayLike, guard: ArrayLike, remaining: ArrayLike = 1.0
) -> jax.Array:
    r"""Share of rents that keeps an army from a coup.

    A coup is worth $\frac{m}{m + k} \frac{\varphi m}{\varphi m + T}$ to the army, loyalty
    $w \frac{m}{m + T}$:

    $$ w^*(m, T) = \frac{m}{m + k} \frac{\varphi (m + T)}{\varphi m + T} $$

    At a given $m$ and $\varphi < 1$ an outside threat disciplines the army:
    $\partial w^* / \partial T < 0$. That is not a statement about the equilibrium, in which the
    army grows with the threat and its wage with it (`optimal_army`).

    Args:
        army: $m > 0$, strength.
        threat: $T > 0$, strength of the outside threat.
        guard: $k > 0$, strength of the ruler's own guard.
        remaining: $\varphi \in (0, 1]$, part of its strength that an army keeps after a coup.

    Returns:
        $w^*$, between 0 and 1.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After McMahon and Slantchev (2015); Besley and Robinson (2010).

    Example:
        >>> float(loyalty_wage(1.0, 1.0, 1.0, 0.5).round(6))
        0.333333
    """
    army, threat, guard, remaining = floats(army, threat, guard, remaining)
    return army / (army + guard) * remaining * (army + threat) / (remaining * army + threat)


@formal_model(check=_check_army)
def optimal_army(threat: ArrayLike, guard: ArrayLike, remaining: ArrayLike = 1.0) -> OptimalArmy:
    r"""The army that maximises the ruler's rents $\frac{m}{m + T} (1 - w^*(m, T))$.

    If a coup costs the army no strength ($\varphi = 1$):

    $$ m^* = \sqrt{k T}, \quad w^* = \frac{\sqrt T}{\sqrt k + \sqrt T}, \quad
    P(\text{survival}) = \frac{\sqrt k}{\sqrt k + \sqrt T}, \quad
    \text{rents} = \frac{k}{(\sqrt k + \sqrt T)^2} $$

    In general $m^*$ is where the marginal gain in survival equals the marginal cost of loyalty,
    $T (m + k)^2 (\varphi m + T)^2 = \varphi m (m + T)^2 [(T + \varphi k) m + 2 k T]$. The ratio of
    the two sides falls in $m$ from infinity to below one, so there is one solution.

    Args:
        threat: $T > 0$, strength of the outside threat.
        guard: $k > 0$, strength of the ruler's own guard.
        remaining: $\varphi \in (0, 1]$, part of its strength that an army keeps after a coup.

    Returns:
        The army, its wage, the chance of survival and the ruler's rents.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After McMahon and Slantchev (2015); Besley and Robinson (2010).

    Example:
        >>> [round(float(x), 6) for x in optimal_army(1.0, 4.0)]
        [2.0, 0.333333, 0.666667, 0.444444]
    """
    threat, guard, remaining = jnp.broadcast_arrays(*floats(threat, guard, remaining))
    fixed = jax.lax.stop_gradient((threat, guard, remaining))
    # At the ends the marginal gain is above and below the marginal cost, whatever the arguments.
    low = jnp.log(jnp.minimum(fixed[0], fixed[1]) / 8)
    high = jnp.log(2 * (fixed[0] * (1 / fixed[2] + 1) + fixed[1]))

    def halve(_: int, bounds: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        middle = (bounds[0] + bounds[1]) / 2
        worth_more = _log_marginal_ratio(middle, *fixed) > 0
        return jnp.where(worth_more, middle, bounds[0]), jnp.where(worth_more, bounds[1], middle)

    low, high = jax.lax.fori_loop(0, jnp.finfo(low.dtype).nmant + 6, halve, (low, high))
    root = (low + high) / 2
    slope = jax.lax.stop_gradient(_log_marginal_slope(root, *fixed))
    # One step of Newton's method, through which the derivative of the solution passes.
    army = jnp.exp(root - _log_marginal_ratio(root, threat, guard, remaining) / slope)
    survival = army / (army + threat)
    wage = loyalty_wage(army, threat, guard, remaining)
    return OptimalArmy(army, wage, survival, survival * (1 - wage))


def _log_marginal_ratio(
    log_army: jax.Array, threat: jax.Array, guard: jax.Array, remaining: jax.Array
) -> jax.Array:
    """Logarithm of marginal gain over marginal cost of a larger army."""
    army = jnp.exp(log_army)
    gain = jnp.log(threat) + 2 * jnp.log(army + guard) + 2 * jnp.log(remaining * army + threat)
    linear = (threat + remaining * guard) * army + 2 * guard * threat
    return gain - jnp.log(remaining) - log_army - 2 * jnp.log(army + threat) - jnp.log(linear)


def _log_marginal_slope(
    log_army: jax.Array, threat: jax.Array, guard: jax.Array, remaining: jax.Array
) -> jax.Array:
    """Derivative of `_log_marginal_ratio` in the logarithm of the army; negative."""
    army = jnp.exp(log_army)
    coefficient = threat + remaining * guard
    rising = 2 * army / (army + guard) + 2 * remaining * army / (remaining * army + threat)
    linear = coefficient * army + 2 * guard * threat
    return rising - 1 - 2 * army / (army + threat) - coefficient * army / linear


def _check_inclusion(ruler: Any, forces: Any, leverage: Any, coup_loss: Any, war_loss: Any) -> None:
    """Refuse strengths and losses outside the model's domain."""
    _check_positive(ruler=ruler, coup_loss=coup_loss, war_loss=war_loss)
    finite = (forces >= 0) & (forces < float("inf"))
    require(finite, "forces", forces, "must be zero or more and finite")
    inside = (leverage > 1) & (leverage < float("inf"))
    require(inside, "leverage", leverage, "must be above 1 and finite")


@formal_model(check=_check_inclusion)
def inclusion_cutoff(
    ruler: ArrayLike,
    forces: ArrayLike,
    leverage: ArrayLike,
    coup_loss: ArrayLike,
    war_loss: ArrayLike,
) -> InclusionCutoff:
    r"""From which strength a rival is let into government.

    A rival of strength $a$ inside may stage a coup, at an expected loss of
    $L_c \psi a / (\psi a + r_0)$; outside he may start a war, $L_w a / (a + r_0 + f)$. He is kept
    out if and only if

    $$ a < a^* = \frac{\psi (r_0 + f) L_c - r_0 L_w}{\psi (L_w - L_c)}. $$

    Strong rivals are let in and the risk of a coup is borne.

    Args:
        ruler: $r_0 > 0$, the ruler's own strength.
        forces: $f \ge 0$, strength of the state's forces, which fight a war but do not stop a coup.
        leverage: $\psi > 1$, how much a place inside multiplies the rival's strength.
        coup_loss: $L_c > 0$, the ruler's loss in a coup.
        war_loss: $L_w > 0$, his loss in a lost war.

    Returns:
        The cut-off, and which rule holds: where $L_w \le L_c$ every rival is kept out, where
        $L_w > L_c$ and $a^* \le 0$ every one is let in.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Roessler (2011); Roessler and Ohls (2018).

    Example:
        >>> float(inclusion_cutoff(1.0, 1.0, 2.0, 1.0, 1.8).strength.round(6))
        1.375
    """
    ruler, forces, leverage, coup, war = floats(ruler, forces, leverage, coup_loss, war_loss)
    dearer = war > coup
    gap = jnp.where(dearer, war - coup, 1.0)
    strength = (leverage * (ruler + forces) * coup - ruler * war) / (leverage * gap)
    always = jnp.where(dearer, ALWAYS_INCLUDE, ALWAYS_EXCLUDE)
    has_cutoff = dearer & (strength > 0)
    return InclusionCutoff(
        jnp.where(has_cutoff, strength, jnp.nan), jnp.where(has_cutoff, CUTOFF, always)
    )
