r"""Why a ruler knowingly hires mediocre agents: loyalty against competence.

[R] After Egorov, Georgy and Konstantin Sonin (2011), "Dictators and Their Viziers: Endogenizing the
Loyalty-Competence Trade-Off", *Journal of the European Economic Association* 9(5): 903-930. The
mechanism is theirs (an able agent knows when treason pays); the functional forms are ours, chosen
so that everything has a closed form.

Question: whom does a ruler appoint who can be betrayed, and when would he pay for ability?

Primitives: a plot against the ruler is strong with chance $p \in (0, 1)$. The vizier's competence
$\kappa \in [1/2, 1]$ is the chance that his private signal of the plot's strength is right. If he
betrays he gains $R > 0$ when the plot is strong (it then wins) and loses $F \ge 0$ when it is weak
(the ruler lives to punish him). If loyal he is paid $w \ge 0$ by a ruler who survives, and saves
him from a strong plot with chance $m \in [0, 1]$. The ruler survives with value $1 + y \kappa$,
$y \ge 0$ being the weight of competence.

Case: Stalin's choice among Zhdanov, Malenkov and Voznesensky; Beria as able and feared; loyalists
appointed to the force ministries after 2012.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "reduced form"
CITATION = (
    "After Egorov, Georgy and Konstantin Sonin (2011), Dictators and Their Viziers: Endogenizing "
    "the Loyalty-Competence Trade-Off, Journal of the European Economic Association 9(5): 903-930."
)


class LoyaltyCutoff(NamedTuple):
    """Which viziers are loyal.

    Attributes:
        competence: $\\hat\\kappa$: he betrays after a strong signal if more competent than this;
            infinite if he never does. Below 1/2 it is no competence anyone has: see the next.
        no_loyal_type: Whether even an uninformed vizier would betray ($\\hat\\kappa < 1/2$).
        always_loyal: Whether none ever betrays ($R \\le w m$).
    """

    competence: jax.Array
    no_loyal_type: jax.Array
    always_loyal: jax.Array


class RulerChoice(NamedTuple):
    """The ruler's best vizier.

    Attributes:
        competence: His competence.
        value: The ruler's expected value.
        loyal: Whether he is loyal whatever he learns.
    """

    competence: jax.Array
    value: jax.Array
    loyal: jax.Array


def _check_vizier(
    plot: Any, reward: Any, punishment: Any, wage: Any, rescue: Any, weight: Any = 0.0
) -> None:
    """Refuse chances and payoffs outside the model's domain."""
    large = float("inf")
    require((plot > 0) & (plot < 1), "plot", plot, "must be between 0 and 1")
    require((reward > 0) & (reward < large), "reward", reward, "must be positive and finite")
    require((rescue >= 0) & (rescue <= 1), "rescue", rescue, "must be between 0 and 1")
    for name, given in (("punishment", punishment), ("wage", wage), ("weight", weight)):
        require((given >= 0) & (given < large), name, given, "must be zero or more and finite")


def _check_competence(competence: Any, *game: Any) -> None:
    """Refuse competence outside [1/2, 1] and what the game refuses."""
    able = (competence >= 0.5) & (competence <= 1)
    require(able, "competence", competence, "must be between 1/2 and 1")
    _check_vizier(*game)


def _check_wage(competence: Any, plot: Any, reward: Any, punishment: Any, rescue: Any) -> None:
    """Refuse competence outside [1/2, 1] and what the game refuses."""
    _check_competence(competence, plot, reward, punishment, 0.0, rescue)


@formal_model(check=_check_vizier)
def loyalty_cutoff(
    plot: ArrayLike,
    reward: ArrayLike,
    punishment: ArrayLike,
    wage: ArrayLike,
    rescue: ArrayLike,
) -> LoyaltyCutoff:
    r"""Competence above which a vizier betrays once his signal says that the plot is strong.

    His belief after that signal is $p \kappa / (p \kappa + (1 - p)(1 - \kappa))$; he betrays if it
    exceeds $(F + w) / (R + F + w (1 - m))$, that is if $\kappa > \hat\kappa$:

    $$ \hat\kappa = \frac{(F + w)(1 - p)}{(F + w)(1 - p) + (R - w m) p} $$

    The more vulnerable the ruler (the higher $p$), the duller the safe vizier.

    Args:
        plot: $p \in (0, 1)$, chance that the plot is strong.
        reward: $R > 0$, gain from betraying to a strong plot, in the vizier's utils.
        punishment: $F \ge 0$, loss from betraying to a weak one.
        wage: $w \ge 0$, pay for loyalty if the ruler survives.
        rescue: $m \in [0, 1]$, chance that a loyal vizier saves the ruler from a strong plot.

    Returns:
        The cut-off, and whether anybody or everybody is loyal.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Egorov and Sonin (2011).

    Example:
        >>> float(loyalty_cutoff(0.25, 10.0, 5.0, 2.0, 0.5).competence)
        0.7
    """
    plot, reward, punishment, wage, rescue = floats(plot, reward, punishment, wage, rescue)
    stake = (punishment + wage) * (1 - plot)
    temptation = (reward - wage * rescue) * plot
    tempted = temptation > 0
    cutoff = jnp.where(tempted, stake / (stake + jnp.where(tempted, temptation, 1.0)), jnp.inf)
    return LoyaltyCutoff(cutoff, cutoff < 0.5, ~tempted)


@formal_model(check=_check_wage)
def loyalty_wage(
    competence: ArrayLike,
    plot: ArrayLike,
    reward: ArrayLike,
    punishment: ArrayLike,
    rescue: ArrayLike,
) -> jax.Array:
    r"""Least wage that keeps a vizier of given competence loyal; the inverse of the cut-off.

    $$ w(\kappa) = \max\left( 0, \frac{\kappa p R - F (1 - p)(1 - \kappa)}
    {(1 - p)(1 - \kappa) + \kappa p m} \right) \to R / m \text{ as } \kappa \to 1 $$

    Args:
        competence: $\kappa \in [1/2, 1]$.
        plot: $p \in (0, 1)$, chance that the plot is strong.
        reward: $R > 0$, gain from betraying to a strong plot, in utils.
        punishment: $F \ge 0$, loss from betraying to a weak one.
        rescue: $m \in [0, 1]$, chance that a loyal vizier saves the ruler.

    Returns:
        $w$, in utils; infinite at $\kappa = 1$ if $m = 0$.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Egorov and Sonin (2011).

    Example:
        >>> float(loyalty_wage(0.7, 0.25, 10.0, 5.0, 0.5).round(12))
        2.0
    """
    able, plot, reward, punishment, rescue = floats(competence, plot, reward, punishment, rescue)
    wrong = (1 - plot) * (1 - able)
    right = plot * able
    return jnp.maximum(0.0, (right * reward - punishment * wrong) / (wrong + right * rescue))


@formal_model(check=_check_competence)
def ruler_survival(
    competence: ArrayLike,
    plot: ArrayLike,
    reward: ArrayLike,
    punishment: ArrayLike,
    wage: ArrayLike,
    rescue: ArrayLike,
) -> jax.Array:
    r"""Chance that the ruler survives with a vizier of given competence.

    Loyal ($\kappa \le \hat\kappa$): $1 - p (1 - m)$. Loyal only after a weak signal:
    $1 - p + p (1 - \kappa) m$. Betraying whatever he learns ($\kappa < 1 - \hat\kappa$, possible
    only if there is no loyal type): $1 - p$.

    Args:
        competence: $\kappa \in [1/2, 1]$.
        plot: $p \in (0, 1)$, chance that the plot is strong.
        reward: $R > 0$, gain from betraying to a strong plot, in utils.
        punishment: $F \ge 0$, loss from betraying to a weak one.
        wage: $w \ge 0$, pay for loyalty if the ruler survives.
        rescue: $m \in [0, 1]$, chance that a loyal vizier saves the ruler.

    Returns:
        Chance of survival, 0 to 1.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Egorov and Sonin (2011).

    Example:
        >>> ruler_survival([0.6, 0.9], 0.25, 10.0, 5.0, 2.0, 0.5).tolist()
        [0.875, 0.7625]
    """
    able, plot, rescue = floats(competence, plot, rescue)
    cutoff = loyalty_cutoff(plot, reward, punishment, wage, rescue).competence
    betrayed = jnp.where(able < 1 - cutoff, 0.0, 1 - able)
    return 1 - plot + plot * rescue * jnp.where(able <= cutoff, 1.0, betrayed)


@formal_model(check=_check_vizier)
def treason_weight(
    plot: ArrayLike,
    reward: ArrayLike,
    punishment: ArrayLike,
    wage: ArrayLike,
    rescue: ArrayLike,
) -> jax.Array:
    r"""Weight of competence above which the ablest traitor is worth more than the safe vizier.

    $$ y^* = \frac{p m}{(1 - p) - \hat\kappa (1 - p + p m)} $$

    Compares $\kappa = 1$ with $\kappa = \hat\kappa$ only; `ruler_choice` also looks between them.

    Args:
        plot: $p \in (0, 1)$, chance that the plot is strong.
        reward: $R > 0$, gain from betraying to a strong plot, in utils.
        punishment: $F \ge 0$, loss from betraying to a weak one.
        wage: $w \ge 0$, pay for loyalty if the ruler survives.
        rescue: $m \in [0, 1]$, chance that a loyal vizier saves the ruler.

    Returns:
        $y^*$; infinite where he never prefers the traitor, nan where there is no loyal type.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Egorov and Sonin (2011).

    Example:
        >>> float(treason_weight(0.25, 10.0, 5.0, 2.0, 0.5).round(6))
        0.909091
    """
    plot, rescue = floats(plot, rescue)
    found = loyalty_cutoff(plot, reward, punishment, wage, rescue)
    cutoff = jnp.minimum(found.competence, 1.0)
    margin = (1 - plot) - cutoff * (1 - plot + plot * rescue)
    positive = margin > 0
    weight = jnp.where(positive, plot * rescue / jnp.where(positive, margin, 1.0), jnp.inf)
    return jnp.where(found.no_loyal_type, jnp.nan, weight)


@formal_model(check=_check_vizier)
def ruler_choice(
    plot: ArrayLike,
    reward: ArrayLike,
    punishment: ArrayLike,
    wage: ArrayLike,
    rescue: ArrayLike,
    weight: ArrayLike,
) -> RulerChoice:
    r"""The competence that the ruler chooses.

    He maximises the chance of survival times $1 + y \kappa$. Candidates are the ablest loyal type
    $\hat\kappa$, the ablest of all, and among those who betray after a strong signal only the best
    trade-off $\kappa_i = [y (1 - p + p m) - p m] / (2 y p m)$, brought into their range
    $[\max(\hat\kappa, 1 - \hat\kappa), 1]$. A loyal vizier is preferred in a tie.

    Args:
        plot: $p \in (0, 1)$, chance that the plot is strong.
        reward: $R > 0$, gain from betraying to a strong plot, in utils.
        punishment: $F \ge 0$, loss from betraying to a weak one.
        wage: $w \ge 0$, pay for loyalty if the ruler survives.
        rescue: $m \in [0, 1]$, chance that a loyal vizier saves the ruler.
        weight: $y \ge 0$, weight of competence.

    Returns:
        Competence, value and loyalty of the vizier chosen.

    Raises:
        ValueError: If a concrete argument is outside its range.

    Source:
        [R] After Egorov and Sonin (2011).

    Example:
        >>> ruler_choice(0.25, 10.0, 5.0, 2.0, 0.5, [0.9, 0.92]).competence.tolist()
        [0.7, 1.0]
    """
    arguments = floats(plot, reward, punishment, wage, rescue, weight)
    plot, reward, punishment, wage, rescue, weight = jnp.broadcast_arrays(*arguments)
    cutoff = loyalty_cutoff(plot, reward, punishment, wage, rescue).competence
    lost = plot * rescue
    curved = weight * lost > 0
    best = (weight * (1 - plot + lost) - lost) / (2 * jnp.where(curved, weight * lost, 1.0))
    # Without curvature the value is linear in competence, and one end of the range is best.
    best = jnp.where(curved, best, jnp.where(lost > 0, 0.0, 1.0))
    informed = jnp.clip(jnp.maximum(cutoff, 1 - cutoff), 0.5, 1.0)
    ablest = jnp.ones_like(cutoff)
    candidates = jnp.stack([jnp.clip(cutoff, 0.5, 1.0), jnp.clip(best, informed, 1.0), ablest])
    survives = ruler_survival(candidates, plot, reward, punishment, wage, rescue)
    values = survives * (1 + weight * candidates)
    chosen = jnp.argmax(values, axis=0)[None]
    competence = jnp.take_along_axis(candidates, chosen, axis=0)[0]
    value = jnp.take_along_axis(values, chosen, axis=0)[0]
    return RulerChoice(competence, value, competence <= cutoff)
