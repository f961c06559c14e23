"""Votes and elections of the Spatial Model of Politics.

How one actor votes between two options (`support`, `opposition`), how votes add up to coalitions
(`tally`), how coalitions make one option beat another (`log_victory`), and how that makes a
distribution over many options (`elect`). The rounds of play in `spatial_rounds` hold such
elections over positions and over bargains. For citation and primitives see `bargaining_spatial`.

Every published option is a value of a few coefficients (`Rules`), so that one compiled program
serves all options and an ensemble may mix them; only what changes the amount of work (`Form`) is
compiled in. Everything is pure and traced, in the caller's precision.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

_FLOOR = 1e-8
"""Support that every option has for nothing, in units of influence: keeps odds finite."""
_SIGN_WIDTH = 1e-8
"""Difference of utilities at which a vote by sign reaches full weight."""
_MOST_PASSES = 1000
"""Passes after which a Markov election counts as unresolved."""

Scalar = float | Array


class Rules(NamedTuple):
    """The options as coefficients: scalars, which may differ between the games of a batch."""

    vote_linear: Scalar
    """Weight of $\\Delta$ in a vote."""
    vote_cubic: Scalar
    """Weight of $\\Delta^3$ in a vote."""
    vote_sign: Scalar
    """Weight of the sign of $\\Delta$ in a vote."""
    vote_gain: Scalar
    """Factor on votes for a gain (2/3 with asymmetric prospects, else 1)."""
    victory_power: Scalar
    """Exponent on the strength of a coalition; 0 stands for victory by clear majority."""
    election: Scalar
    """0 conditional, 1 Markov by incentive, 2 Markov with uniform proposals."""
    risk_slope: Scalar
    """a of the risk attitude $(a p - b \\max p - c \\min p)/(d(\\max p - \\min p))$."""
    risk_high: Scalar
    """b of the same."""
    risk_low: Scalar
    """c of the same."""
    risk_width: Scalar
    """d of the same."""
    risk_knowledge: Scalar
    """$\\phi$: how much of another's risk attitude an actor knows; 0 = takes its own for his."""
    third_parties: Scalar
    """1 if third parties take sides by their interest, 0 if they stay indifferent."""
    pull_power: Scalar
    """Exponent of salience times probability in a compromise; 0 = only the weaker side moves."""
    blend: Scalar
    """1 if the two sides' views of a bargain are averaged into one proposal, else 0."""
    slips: Scalar
    """1 = in the receiver's view, the toolkit's slips: a gain where a probability is meant, and the
    initiator's influence in the receiver's weight."""
    stochastic: Scalar
    """1 if actors draw from the election's distribution, 0 if they take the likeliest."""
    indifference: Scalar
    """Differences of utility up to this size count as none."""
    rest_share: Scalar
    """The game is at rest when movement falls below this share of the first round's."""
    most_turns: Scalar
    """Rounds after which the game ends in any case."""


class Form(NamedTuple):
    """What must be known to compile: hashable, a static argument."""

    plain_vote: bool = True
    """Whether every vote is proportional to the difference: a cheaper inner loop."""
    plain_election: bool = True
    """Whether every election is conditional: nothing to iterate."""
    offers_each: int = 1
    """Bargains proposed by each challenge: 2 when both sides' views are put to the vote."""
    both_views: bool = False
    """Whether the receiver's view of a challenge is needed at all."""
    draws: bool = False
    """Whether any actor may draw its bargain: random numbers are needed."""
    listed_sums: bool = False
    """Whether the value of a world is summed actor by actor in the listed order (bit-exact)."""


def _shape_of_vote(delta: Array, rules: Rules, form: Form) -> Array:
    if form.plain_vote:
        return delta
    sign = jnp.clip(delta / _SIGN_WIDTH, -1.0, 1.0)
    cubed = delta * delta * delta
    return rules.vote_linear * delta + rules.vote_cubic * cubed + rules.vote_sign * sign


def support(delta: Array, rules: Rules, form: Form) -> Array:
    """Votes per unit of weight for the first of two options, `delta` better than the second."""
    votes = _shape_of_vote(delta, rules, form)
    votes = votes if form.plain_vote else votes * rules.vote_gain
    return jnp.where(delta > rules.indifference, votes, 0.0)


def opposition(delta: Array, rules: Rules, form: Form) -> Array:
    """Votes per unit of weight for the second of two options; the mirror image of `support`."""
    return jnp.where(delta < -rules.indifference, -_shape_of_vote(delta, rules, form), 0.0)


def tally(
    utilities: Float[Array, "actors options"],
    weights: Float[Array, "actors"],
    rules: Rules,
    form: Form,
) -> Float[Array, "options options"]:
    r"""Strength of the coalition for each option (row) against each other one (column).

    With influence $c_k$ and, by default, votes in proportion to the difference of utility,

    $$ C_{ab} = \sum_k c_k \max(u_k(a) - u_k(b), 0) $$
    """
    options = utilities.shape[-1]

    def against_all(value: Array) -> Array:
        delta = value[:, None] - utilities
        votes = jnp.where(delta > rules.indifference, _shape_of_vote(delta, rules, form), 0.0)
        return weights @ votes

    total = jax.lax.map(against_all, utilities.T)
    if not form.plain_vote:
        # Of each pair the later option is compared with the earlier, so only its gains are scaled.
        later = jnp.tril(jnp.ones((options, options), bool), -1)
        total = jnp.where(later, total * rules.vote_gain, total)
    return total + _FLOOR


def log_victory(
    strength: Float[Array, "options options"], rules: Rules
) -> Float[Array, "options options"]:
    r"""Logarithm of the probability that the row's option beats the column's.

    By a power $m$ of the coalitions' strength, 1 by default,

    $$ V_{ab} = C_{ab}^m / (C_{ab}^m + C_{ba}^m) $$
    """
    log_odds = jnp.log(strength) - jnp.log(strength.T)
    by_power = -jnp.logaddexp(0.0, -rules.victory_power * log_odds)
    share = jax.nn.sigmoid(log_odds)
    ramp = jnp.log(jnp.clip((2.1 * share - 1.0) / 0.1, 1e-30, 1.0))
    clear = jnp.where(strength >= 1.1 * strength.T, -jnp.log1p(1e-6), ramp)
    lost = 1.1 * strength <= strength.T
    by_majority = jnp.where(lost, jnp.log(1e-6) - jnp.log1p(1e-6), clear)
    chance = jnp.where(rules.victory_power > 0, by_power, by_majority)
    return jnp.where(jnp.eye(strength.shape[0], dtype=bool), jnp.log(0.5), chance)


def elect(
    strength: Float[Array, "options options"],
    queue: Bool[Array, "voters options"],
    rules: Rules,
    form: Form,
) -> tuple[Float[Array, "voters options"], Bool[Array, ""]]:
    r"""Probability of each option in several elections among subsets of the same options.

    By default that of beating every rival in one round, given that some option does:

    $$ p_a \propto \prod_{b \ne a} V_{ab} $$

    Args:
        strength: From `tally`.
        queue: Which options stand in each election; at least one.
        rules: Options of victory and of the election.
        form: Compiled form.

    Returns:
        The distributions, one a row, and whether all came to rest (conditional ones always do).
    """
    log_chance = log_victory(strength, rules)
    member = queue.astype(strength.dtype)
    beats_all = jnp.where(queue, member @ log_chance.T, -jnp.inf)
    conditional = jax.nn.softmax(beats_all, axis=-1)
    if form.plain_election:
        return conditional, jnp.array(True)
    markov, resolved = _stationary(strength, jnp.exp(log_chance), member, rules)
    return jnp.where(rules.election > 0, markov, conditional), resolved


def _stationary(
    strength: Array, chance: Array, member: Array, rules: Rules
) -> tuple[Array, Bool[Array, ""]]:
    """Long-run distribution of a favourite that is challenged again and again."""
    by_incentive = rules.election == 1
    incentive = strength * chance + 1e-10 * jnp.eye(strength.shape[0], dtype=strength.dtype)
    win = jnp.where(by_incentive, chance * incentive, chance)
    hold = member @ jnp.where(by_incentive, chance * incentive.T, chance).T
    count = member.sum(-1, keepdims=True)
    rate = member / jnp.where(by_incentive, member @ incentive, count)
    limit = jnp.where(by_incentive, 1e-8, 1e-6)

    def advance(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        p, done, passes = carry
        turnover = p * rate
        q = member * (turnover * hold + turnover @ win.T)
        still = jnp.abs(q - p).max(-1) <= limit
        return jnp.where(done[:, None], p, (p + q) / 2), done | still, passes + 1

    start = member / count
    done = jnp.broadcast_to(rules.election == 0, member.shape[:1])
    p, done, _ = jax.lax.while_loop(
        lambda carry: ~carry[1].all() & (carry[2] < _MOST_PASSES),
        advance,
        (start, done, jnp.int32(0)),
    )
    return p, done.all()
