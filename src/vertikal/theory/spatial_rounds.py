"""One round of the Spatial Model of Politics: from positions to bargains, votes on them, and moves.

What a challenge proposes (`compromise`, `offers`), what each proposal is worth to all (`outlooks`),
the round itself (`play_round`), and the game as a sequence of rounds (`Standing`, `advance`). For
citation and primitives see `bargaining_spatial`; votes and elections are in `spatial_votes`,
challenges in `spatial_challenges`.

Everything is pure and traced: arrays of one game, positions from 0 to 1, the caller's precision.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Key

from vertikal.theory.spatial_challenges import (
    attitudes,
    believed_risk,
    challenge_gain,
    challenge_odds,
    challenges,
    distances,
    utility,
)
from vertikal.theory.spatial_votes import Form, Rules, elect, tally

_PULL_FLOOR = 1e-6
"""Pull that each side of a bargain exerts for nothing."""
_MERGE = 1e-3
"""Positions nearer than this count as one in the reported probabilities."""
_MOVEMENT_FLOOR = 1e-4
"""Added to the movement of the first round, to which later movement is compared."""


class Table(NamedTuple):
    """What stays fixed during a game."""

    influence: Float[Array, "actors"]
    salience: Float[Array, "actors dims"]
    affinity: Float[Array, "actors actors"] | None
    """`None`: each actor's ideal is its position."""


class Moves(NamedTuple):
    """What happened in one round."""

    positions: Float[Array, "actors dims"]
    """After the round."""
    risk: Float[Array, "actors"]
    """Risk attitude; above 0 averse."""
    target: Int[Array, "actors"]
    """Whom each actor challenged; -1: nobody."""
    gain: Float[Array, "actors"]
    """Expected gain of the best challenge."""
    offers: Float[Array, "offers 2 dims"]
    """Proposed positions of initiator and receiver; offers ordered by initiator."""
    queue_probability: Float[Array, "actors options"]
    """Chance of each option in each actor's queue; option 0 is to stay, then the offers."""
    choice: Int[Array, "actors"]
    """Option that each actor took."""
    resolved: Bool[Array, ""]
    """Whether the elections' iterations came to rest."""


def compromise(
    odds: Float[Array, "actors 1"],
    positions: tuple[Array, Array],
    salience: tuple[Array, Array],
    rules: Rules,
) -> Float[Array, "actors 2 dims"]:
    r"""Positions that a bargain proposes to initiator and receiver, dimension by dimension.

    By default ($m = 2$) both meet where their saliences and the odds $P$ pull them:

    $$ b_k = \frac{(s_{ik} P)^m x_{ik} + (s_{jk} (1 - P))^m x_{jk}}
    {(s_{ik} P)^m + (s_{jk} (1 - P))^m} $$

    Args:
        odds: Chance that the initiator would win the challenge.
        positions: Of initiators and of receivers.
        salience: Of initiators and of receivers.
        rules: `pull_power` 1 or 2: both are drawn to nearly one point by salience times
            probability, rounded to four decimals; 0: only the side likelier to lose moves.
    """
    (x, y), (s, z), e = positions, salience, _PULL_FLOOR
    pull, counter = s * odds, z * (1.0 - odds)
    pull = jnp.where(rules.pull_power == 2, pull * pull, pull)
    counter = jnp.where(rules.pull_power == 2, counter * counter, counter)
    weight = pull + counter + e
    first = ((pull + e) * x + counter * y) / weight
    second = (pull * x + (counter + e) * y) / weight
    both = _rounded(jnp.stack([first, second], 1))
    yielding = jnp.maximum(1.0 - 2.0 * odds, 0.0), jnp.maximum(2.0 * odds - 1.0, 0.0)
    give = yielding[0] * z * z
    first = x + give / (give + e + (1.0 - yielding[0]) * s * s) * (y - x)
    give = yielding[1] * s * s
    second = y + give / (give + e + (1.0 - yielding[1]) * z * z) * (x - y)
    return jnp.where(rules.pull_power > 0, both, jnp.stack([first, second], 1))


def _rounded(share: Array) -> Array:
    """`share` rounded half-up to four decimals, each the floating-point number nearest to it."""
    units = jnp.floor(share * 1e4 + 0.5)
    # A plain division by 1e4 would become a product with its inverse and miss the nearest number.
    return units / (1e4 + 0.0 * units)


def offers(
    odds: Float[Array, "actors"],
    receiver_odds: Float[Array, "actors"] | None,
    target: Int[Array, "actors"],
    positions: Float[Array, "actors dims"],
    table: Table,
    rules: Rules,
    form: Form,
) -> Float[Array, "offers 2 dims"]:
    """All proposed bargains, by initiator; those of actors without a target mean nothing.

    Args:
        odds: Chance that each actor beats its target, in its own eyes.
        receiver_odds: The same in the target's eyes, if `form.both_views`.
        target: Index of the target; any valid index where there is none.
        positions: At the start of the round.
        table: Influence and salience.
        rules: Options.
        form: Compiled form.
    """
    places = (positions, positions[target])
    saliences = (table.salience, table.salience[target])
    own = compromise(odds[:, None], places, saliences, rules)
    if receiver_odds is None:
        return own
    other = compromise(receiver_odds[:, None], places, saliences, rules)
    if form.offers_each == 2:
        return jnp.stack([own, other], 1).reshape(-1, *own.shape[1:])
    total = table.salience.sum(-1)
    ours = table.influence * total
    other_influence = jnp.where(rules.slips > 0, table.influence, table.influence[target])
    theirs = other_influence * total[target]
    ours, theirs = ours[:, None, None], theirs[:, None, None]
    blended = (ours * own + theirs * other) / (ours + theirs)
    return jnp.where(rules.blend > 0, blended, own)


def outlooks(
    utilities: Float[Array, "actors actors"],
    offered: tuple[Array, Array],
    initiator: Int[Array, "offers"],
    receiver: Int[Array, "offers"],
    form: Form,
) -> Float[Array, "actors options"]:
    """What the world after each option is worth to each actor: option 0 all stay, then the offers.

    The mean utility of all positions when only the two parties to the bargain have moved.

    Args:
        utilities: True utilities of the present positions.
        offered: Utilities of the initiators' and of the receivers' proposed positions.
        initiator: Initiator of each offer.
        receiver: Receiver of each offer.
        form: `listed_sums` adds actor by actor, in the order of the table.
    """
    count = utilities.shape[0]
    if not form.listed_sums:
        stay = utilities.sum(-1, keepdims=True)
        moved = offered[0] + offered[1] - utilities[:, initiator] - utilities[:, receiver]
        return jnp.concatenate([stay, stay + moved], -1) / count

    def add(total: Array, actor: tuple[Array, Array]) -> tuple[Array, None]:
        index, value = actor
        moves = jnp.concatenate([jnp.zeros(1, bool), (initiator == index) | (receiver == index)])
        return total + jnp.where(moves, 0.0, value[:, None]), None

    # The loop makes the compiler store both utilities first; fused with their sum they would be
    # rounded differently from the same utilities elsewhere, and exact ties would be lost.
    nothing = jnp.zeros(offered[0].shape, utilities.dtype)
    moved, _ = jax.lax.scan(lambda total, side: (total + side, None), nothing, jnp.stack(offered))
    start = jnp.concatenate([jnp.zeros((count, 1), utilities.dtype), moved], -1)
    total, _ = jax.lax.scan(add, start, (jnp.arange(count), utilities.T))
    return total / count


def assess(
    positions: Float[Array, "actors dims"],
    ideals: Float[Array, "actors dims"],
    table: Table,
    rules: Rules,
    form: Form,
) -> tuple[Array, Array, Array]:
    """Distance from each actor's ideal to each position, risk attitudes, and whether resolved.

    Risk attitudes follow from an election over all present positions among risk-neutral voters.
    """
    apart = distances(ideals, table.salience, positions)
    everywhere = jnp.ones((1, positions.shape[0]), bool)
    strength = tally(1.0 - apart, table.influence, rules, form)
    chance, resolved = elect(strength, everywhere, rules, form)
    return apart, attitudes(chance[0], rules), resolved


def play_round(
    positions: Float[Array, "actors dims"],
    ideals: Float[Array, "actors dims"],
    table: Table,
    rules: Rules,
    form: Form,
    key: Key[Array, ""],
) -> Moves:
    """Play one round: all challenge, all vote on the bargains, all move at once.

    Each actor chooses for itself among staying and the bargains that it is a party to; a bargain
    is not a joint act.

    Args:
        positions: At the start of the round.
        ideals: At the start of the round; equal to `positions` without affinities.
        table: What stays fixed.
        rules: Options.
        form: Compiled form.
        key: For draws, used if `rules.stochastic`.
    """
    actors = jnp.arange(positions.shape[0])
    apart, risk, standing_resolved = assess(positions, ideals, table, rules, form)
    utilities = utility(apart, risk[:, None])
    total_salience = table.salience.sum(-1)
    weights = table.influence * total_salience
    odds = challenge_odds(apart, risk, risk, weights, rules, form)
    target, gain = challenges(odds, utilities, total_salience)
    partner = jnp.maximum(target, 0)
    receiver_odds = None
    if form.both_views:
        receiver_odds = _receiver_odds(apart, risk, weights, partner, total_salience, rules, form)
    proposed = offers(odds[actors, partner], receiver_odds, partner, positions, table, rules, form)

    initiator = jnp.repeat(actors, form.offers_each, total_repeat_length=proposed.shape[0])
    receiver = partner[initiator]
    at_first = utility(distances(ideals, table.salience, proposed[:, 0]), risk[:, None])
    at_second = utility(distances(ideals, table.salience, proposed[:, 1]), risk[:, None])
    worlds = outlooks(utilities, (at_first, at_second), initiator, receiver, form)
    party = (actors[:, None] == initiator) | (actors[:, None] == receiver)
    standing = party & (target >= 0)[initiator]
    queue = jnp.concatenate([jnp.ones((len(actors), 1), bool), standing], -1)
    chance, resolved = elect(tally(worlds, table.influence, rules, form), queue, rules, form)
    choice = _choose(chance, rules, form, key)

    offer = jnp.maximum(choice - 1, 0)
    side = jnp.where(initiator[offer] == actors, 0, 1)
    moved = jnp.where((choice > 0)[:, None], proposed[offer, side], positions)
    return Moves(moved, risk, target, gain, proposed, chance, choice, standing_resolved & resolved)


def _receiver_odds(
    apart: Array,
    risk: Array,
    weights: Array,
    partner: Array,
    resistance: Array,
    rules: Rules,
    form: Form,
) -> Array:
    """Odds in the receivers' eyes; on demand the gain that the peer puts in their place."""
    view = risk[partner]
    every = challenge_odds(apart, risk, view, weights, rules, form)
    odds = every[jnp.arange(risk.shape[0]), partner]
    believed = believed_risk(view, risk, rules)
    mine = utility(jnp.diagonal(apart), believed)
    theirs = utility(apart[jnp.arange(risk.shape[0]), partner], believed)
    slip = challenge_gain(odds, resistance[partner], mine, theirs)
    return jnp.where(rules.slips > 0, slip, odds)


def _choose(chance: Array, rules: Rules, form: Form, key: Array) -> Array:
    """The likeliest option of each actor, the first of equals, or a draw."""
    if not form.draws:
        return chance.argmax(-1)
    level = jax.random.uniform(key, chance.shape[:1], chance.dtype)
    cumulative = jnp.cumsum(chance, -1)
    drawn = (cumulative < level[:, None] * cumulative[:, -1:]).sum(-1)
    return jnp.where(rules.stochastic > 0, drawn, chance.argmax(-1))


def reported_probability(
    positions: Float[Array, "actors dims"],
    ideals: Float[Array, "actors dims"],
    risk: Float[Array, "actors"],
    table: Table,
    rules: Rules,
    form: Form,
) -> Float[Array, "actors"]:
    """Chance of each actor's position in an election over the distinct positions.

    A position within 0.001 of an earlier listed distinct one is merged with it. Actors that share a
    position share its chance, so the sum over actors may exceed 1. No move depends on this.
    """
    gaps = jnp.abs(positions[:, None, :] - positions[None, :, :])
    distance = gaps[..., 0] if gaps.shape[-1] == 1 else jnp.sqrt((gaps * gaps).sum(-1))
    near = distance <= _MERGE

    def keep(distinct: Array, index: Array) -> tuple[Array, None]:
        earlier = jnp.arange(distinct.shape[0]) < index
        return distinct.at[index].set(~(near[index] & distinct & earlier).any()), None

    count = positions.shape[0]
    distinct, _ = jax.lax.scan(keep, jnp.ones(count, bool), jnp.arange(count))
    utilities = utility(distances(ideals, table.salience, positions), risk[:, None])
    chance, _ = elect(
        tally(utilities, table.influence, rules, form), distinct[None, :], rules, form
    )
    shown = count - 1 - (near & distinct)[:, ::-1].argmax(-1)
    return chance[0, shown]


class Standing(NamedTuple):
    """A game after some rounds."""

    positions: Float[Array, "actors dims"]
    """Where the actors stand."""
    ideals: Float[Array, "actors dims"]
    """What they want."""
    turn: Int[Array, ""]
    """Rounds played."""
    first_movement: Float[Array, ""]
    """Distances moved in the first round, added over actors."""
    movement: Float[Array, ""]
    """The same in the last round."""
    resolved: Bool[Array, ""]
    """Whether all elections came to rest and all numbers are finite."""


def begin(positions: Float[Array, "actors dims"]) -> Standing:
    """A game before its first round: everybody's ideal is its position."""
    nothing = jnp.zeros((), positions.dtype)
    return Standing(positions, positions, jnp.array(0), nothing, nothing, jnp.array(True))


def advance(
    standing: Standing, table: Table, rules: Rules, form: Form, key: Key[Array, ""]
) -> tuple[Standing, Moves]:
    r"""Play one round and let ideals follow positions.

    $$ q_i(t+1) = \sum_j A_{ij} x_j(t+1) + (1 - \sum_j A_{ij}) q_i(t) $$

    Args:
        standing: The game so far.
        table: What stays fixed.
        rules: Options.
        form: Compiled form.
        key: Of the whole game; each round uses its own.
    """
    before, turn = standing.positions, standing.turn
    key = jax.random.fold_in(key, turn)
    moves = play_round(before, standing.ideals, table, rules, form, key)
    ideals = moves.positions
    if table.affinity is not None:
        kept = 1.0 - table.affinity.sum(-1, keepdims=True)
        ideals = table.affinity @ moves.positions + kept * standing.ideals
    steps = moves.positions - before
    movement = jnp.sqrt((steps * steps).sum(-1)).sum()
    first = jnp.where(turn == 0, movement, standing.first_movement)
    resolved = standing.resolved & moves.resolved & jnp.isfinite(movement)
    return Standing(moves.positions, ideals, turn + 1, first, movement, resolved), moves


def is_over(standing: Standing, rules: Rules) -> Bool[Array, ""]:
    """Whether the game has ended: at rest, out of rounds, or not resolvable."""
    return at_rest(standing, rules) | (standing.turn >= rules.most_turns) | ~standing.resolved


def at_rest(standing: Standing, rules: Rules) -> Bool[Array, ""]:
    """Whether the last of two or more rounds moved little compared with the first."""
    share = standing.movement / (standing.first_movement + _MOVEMENT_FLOOR)
    return (standing.turn >= 2) & (share < rules.rest_share)


def agreed(standing: Standing) -> Bool[Array, ""]:
    """Whether all stand within 0.001 of one another in every dimension."""
    return (jnp.ptp(standing.positions, axis=0) <= _MERGE).all()
