"""Challenges in the Spatial Model of Politics: what actors want, dare and expect.

What each actor thinks of each position (`distances`, `utility`), its attitude to risk
(`attitudes`), the odds of a challenge (`challenge_odds`), and whom to challenge (`challenges`).
For citation and primitives see `bargaining_spatial`; for votes, `spatial_votes`.

The sum over third parties runs inside a loop over initiators, so that memory grows with the square
of the number of actors. Everything is pure and traced: arrays of one game, positions from 0 to 1,
the caller's precision.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from vertikal.theory.spatial_votes import Form, Rules, opposition, support

_CHALLENGE_FLOOR = 1e-10
"""Votes that each side of a challenge has for nothing."""
_GAIN_FLOOR = 1e-5
"""Smallest expected gain worth a challenge, in utility."""


def distances(
    ideals: Float[Array, "actors dims"],
    salience: Float[Array, "actors dims"],
    points: Float[Array, "points dims"],
) -> Float[Array, "actors points"]:
    r"""How far each actor finds each point, weighing the dimensions by its own salience.

    $$ d_i(y)^2 = \sum_k [s_{ik} (q_{ik} - y_k)]^2 / \sum_k s_{ik}^2 $$
    """
    dims = ideals.shape[-1]
    if dims == 1:
        return jnp.abs(ideals - points[:, 0])
    total = sum(
        (salience[:, k, None] * (ideals[:, k, None] - points[:, k])) ** 2 for k in range(dims)
    )
    return jnp.sqrt(total / sum(salience[:, k, None] ** 2 for k in range(dims)))


def utility(distance: Array, risk: Array) -> Array:
    r"""Value of a point: concave in the distance for $R > 0$ (averse to risk), convex for $R < 0$.

    $$ u(d, R) = (1 - d)(1 + R \min(d, 1)) $$
    """
    return (1.0 - distance) * (1.0 + risk * jnp.minimum(distance, 1.0))


def attitudes(probability: Float[Array, "actors"], rules: Rules) -> Float[Array, "actors"]:
    r"""Risk attitude of each actor from the chance of its position: the likeliest is most averse.

    By default (the range from $-1/2$ to 1)

    $$ R_i = \frac{3 p_i - \max p - 2 \min p}{2 (\max p - \min p)} $$

    Where all are equally likely the formula is 0/0; all are then risk-neutral.
    """
    high, low = probability.max(), probability.min()
    known = high - low > 16 * jnp.finfo(probability.dtype).eps
    above = rules.risk_slope * probability - rules.risk_high * high - rules.risk_low * low
    return jnp.where(known, above / jnp.where(known, rules.risk_width * (high - low), 1.0), 0.0)


def believed_risk(own: Array, others: Array, rules: Rules) -> Array:
    """Risk attitude that one actor ascribes to another: its own, corrected by what it knows."""
    return (1.0 - rules.risk_knowledge) * own + rules.risk_knowledge * others


def third_party_votes(
    weight: Array,
    at_home: Array,
    at_initiator: Array,
    at_receiver: Array,
    sides: tuple[Array, Array],
    rules: Rules,
    form: Form,
) -> tuple[Array, Array]:
    """Votes of one third party for initiator and for receiver of a challenge.

    It first judges who would win if it alone joined in, then compares the worlds in which it joins
    either side: by joining the loser it is drawn along.

    Args:
        weight: Influence times total salience of the third party.
        at_home: Its utility for its own position.
        at_initiator: Its utility for the initiator's position.
        at_receiver: Its utility for the receiver's position.
        sides: Votes of the two principals for initiator and receiver.
        rules: Options.
        form: Compiled form.
    """
    ours, theirs = sides
    delta = at_initiator - at_receiver
    joins = weight * support(delta, rules, form)
    balks = weight * opposition(delta, rules, form)
    odds = (ours + joins) / (ours + theirs + joins + balks)
    loss = at_home - at_receiver
    stake = rules.third_parties * (odds * (at_home - at_initiator + loss) - loss)
    return weight * support(stake, rules, form), weight * opposition(stake, rules, form)


def _principals(
    apart: Array, risk: Array, view: Array, weights: Array, rules: Rules, form: Form
) -> tuple[Array, Array]:
    """Votes of initiator (row) and receiver (column) themselves, for one and for the other."""
    home = jnp.diagonal(apart)
    of_initiator = believed_risk(view, risk, rules)
    of_receiver = believed_risk(view[:, None], risk, rules)
    ahead = utility(home, of_initiator)[:, None] - utility(apart, of_initiator[:, None])
    behind = utility(apart.T, of_receiver) - utility(home, of_receiver)
    ours = weights[:, None] * support(ahead, rules, form)
    ours = ours + weights * support(behind, rules, form) + _CHALLENGE_FLOOR
    theirs = weights[:, None] * opposition(ahead, rules, form)
    theirs = theirs + weights * opposition(behind, rules, form) + _CHALLENGE_FLOOR
    return ours, theirs


def challenge_odds(
    apart: Float[Array, "actors actors"],
    risk: Float[Array, "actors"],
    view: Float[Array, "actors"],
    weights: Float[Array, "actors"],
    rules: Rules,
    form: Form,
) -> Float[Array, "actors actors"]:
    r"""Chance that the row's actor defeats the column's, as seen by somebody.

    With the votes $v_n$ of the two themselves and of all third parties, for the one ($v_n > 0$) or
    the other,

    $$ P_{ij} = \sum_n \max(v_n, 0) / \sum_n |v_n| $$

    Args:
        apart: Distance from each actor's ideal to each position.
        risk: True risk attitudes.
        view: Risk attitude of the one who judges each row: `risk` itself if each actor judges its
            own challenges.
        weights: Influence times total salience.
        rules: Options.
        form: Compiled form.
    """
    actors = jnp.arange(risk.shape[0])
    home = jnp.diagonal(apart)
    itself = jnp.eye(risk.shape[0], dtype=bool)
    # All pairs of principals at once: inside the loop the compiler would redo this for each third.
    sides = _principals(apart, risk, view, weights, rules, form)

    def against_all(row: tuple[Array, ...]) -> Array:
        initiator, judge, to_initiator, ours, theirs = row
        believed = believed_risk(judge, risk, rules)
        third = (actors != initiator)[:, None] & ~itself
        joined, balked = third_party_votes(
            jnp.where(third, weights[:, None], 0.0),
            utility(home, believed)[:, None],
            utility(to_initiator, believed)[:, None],
            utility(apart, believed[:, None]),
            (ours, theirs),
            rules,
            form,
        )
        ours, theirs = ours + joined.sum(0), theirs + balked.sum(0)
        return ours / (ours + theirs)

    return jax.lax.map(against_all, (actors, view, apart.T, *sides))


def challenge_gain(odds: Array, resistance: Array, mine: Array, theirs: Array) -> Array:
    r"""What a challenge is worth to somebody who values the two positions at `mine` and `theirs`.

    The target resists with probability `resistance` (its salience); otherwise it gives way:

    $$ (1 - s)\,2 u_i + s\,(2 P u_i + 2 (1 - P) u_j) - (u_i + u_j) $$
    """
    contest = odds * 2.0 * mine + (1.0 - odds) * 2.0 * theirs
    return (1.0 - resistance) * 2.0 * mine + resistance * contest - (mine + theirs)


def challenges(
    odds: Float[Array, "actors actors"],
    utilities: Float[Array, "actors actors"],
    resistance: Float[Array, "actors"],
) -> tuple[Int[Array, "actors"], Float[Array, "actors"]]:
    """Each actor's best target (-1 where none is worth a challenge) and its expected gain."""
    gain = challenge_gain(odds, resistance, jnp.diagonal(utilities)[:, None], utilities)
    gain = jnp.where(jnp.eye(gain.shape[0], dtype=bool), -jnp.inf, gain)
    best = gain.max(-1)
    return jnp.where(best > _GAIN_FLOOR, gain.argmax(-1), -1), best
