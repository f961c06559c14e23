r"""What every actor believes about every challenge in the Spatial Model of Politics.

[P] As `bargaining_spatial`, whose moves need only each actor's view of its own challenges. The
toolkit also reports, in each round, what every actor $h$ expects of every challenge of $i$ to $j$.
These $n^3$ numbers move nobody and cost most of its time; here they are computed on demand, for one
state of the game.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from vertikal.theory.bargaining_spatial import DEFAULTS, SpatialOptions, checked
from vertikal.theory.spatial_challenges import (
    believed_risk,
    challenge_gain,
    challenge_odds,
    utility,
)
from vertikal.theory.spatial_rounds import Table, assess
from vertikal.theory.spatial_votes import Form, Rules

LABEL = "published"
CITATION = (
    "King Abdullah Petroleum Studies and Research Center, KAPSARC Toolkit for Behavioral Analysis "
    "(KTAB), Spatial Model of Politics (2019)."
)


class ChallengeEstimates(NamedTuple):
    """Beliefs of every actor (first axis) about every other; entries i = j mean nothing.

    Attributes:
        utility: Value to actor $a$ of the position of $b$, as $h$ sees it, (h, a, b).
        odds: Chance that $i$ defeats $j$, (h, i, j).
        initiator_gain: What the challenge of $i$ to $j$ is worth to $i$, (h, i, j).
        receiver_gain: What it is worth to $j$, (h, i, j).
    """

    utility: np.ndarray
    odds: np.ndarray
    initiator_gain: np.ndarray
    receiver_gain: np.ndarray


def challenge_estimates(
    influence: ArrayLike,
    positions: ArrayLike,
    salience: ArrayLike,
    *,
    ideals: ArrayLike | None = None,
    options: SpatialOptions = DEFAULTS,
) -> ChallengeEstimates:
    r"""Everybody's estimates at one state of a game.

    Args:
        influence: $c_i > 0$, (actors,).
        positions: $x_{ik}$, 0 to 1, (actors, dims).
        salience: $s_{ik} \ge 0$, (actors, dims).
        ideals: $q_{ik}$, 0 to 1, (actors, dims); `None`: equal to the positions.
        options: Technical options.

    Returns:
        Four arrays of $n^3$ numbers.

    Raises:
        ValueError: If an argument is out of its range or the shapes disagree.

    Source:
        [P] KAPSARC, Spatial Model of Politics (2019).

    Example:
        >>> estimates = challenge_estimates([1.0, 2.0], [[0.2], [0.8]], [[0.5], [0.5]])
        >>> estimates.odds[0].round(4).tolist()
        [[0.5, 0.375], [0.625, 0.5]]
    """
    c, x, s, _ = checked(influence, positions, salience)
    q = x if ideals is None else checked(influence, ideals, salience)[1]
    with jax.enable_x64(True):
        rules = Rules(*map(jnp.asarray, options.rules()))
        table = Table(jnp.asarray(c), jnp.asarray(s), None)
        parts = _estimate(jnp.asarray(x), jnp.asarray(q), table, rules, options.form())
        return ChallengeEstimates(*map(np.asarray, parts))


@partial(jax.jit, static_argnums=4)
def _estimate(
    positions: jax.Array, ideals: jax.Array, table: Table, rules: Rules, form: Form
) -> tuple[jax.Array, ...]:
    """The four arrays, one judge after another."""
    apart, risk, _ = assess(positions, ideals, table, rules, form)
    resistance = table.salience.sum(-1)
    weights = table.influence * resistance

    def judge(own: jax.Array) -> tuple[jax.Array, ...]:
        value = utility(apart, believed_risk(own, risk, rules)[:, None])
        odds = challenge_odds(apart, risk, jnp.full_like(risk, own), weights, rules, form)
        at_home = jnp.diagonal(value)
        ours = challenge_gain(odds, resistance, at_home[:, None], value)
        theirs = challenge_gain(odds, resistance, value.T, at_home)
        return value, odds, ours, theirs

    return jax.lax.map(judge, risk)
