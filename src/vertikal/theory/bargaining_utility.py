r"""Challenges by expected utility: Bueno de Mesquita's forecasting model, in several readings.

[P] Bueno de Mesquita, Bruce (1994), "Political Forecasting: An Expected Utility Method", in
*European Community Decision Making*, in the reading of Scholz, Jason B., Gregory J. Calbert and
Glen A. Smith (2011), "Unravelling Bueno de Mesquita's Group Decision Model", *Journal of
Theoretical Politics* 23(4). The paper leaves steps open; each published program fills them in its
own way. Such a filling is a `variant` here. Formulas only; no code is shared.

Question: where does policy on one issue settle when every actor challenges whomever it expects to
beat, and gives way to whoever it expects to lose to?

Primitives: $n$ actors with capability $c_i$, salience $s_i \in [0, 1]$ and position $x_i$ on one
scale. Votes of $k$ for $a$ against $b$ are $c_k s_k (|x_k - b| - |x_k - a|)/\rho$, with $\rho$ the
range of positions; they make the median position and the chance $P_{ij}$ that $i$ prevails over
$j$. With $\delta = |x_i - x_j|/\rho$ and a risk exponent $r$, success is worth
$2 - 4(1/2 - \delta/2)^r$, failure $2 - 4(1/2 + \delta/2)^r$, the status quo $2 - 4(1/2)^r$.
Exponents follow from how exposed an actor is to the challenges of others: the safest is the most
cautious.

Case: the European Community's choice of years of delay before new car emission standards (ten
governments, outcome 8.833 years), the example on which all replications are judged.

What to know before believing a run. The paper has no rule for the number of rounds, and the
readings differ by years: on the emission case `velev`, which reproduces the paper's table to one
decimal except in round 2, wanders between 7.0 and 9.96; `literal_least_move` stays at 7.0; `masad`
and `thirdwave` alternate. In `velev` the chance of winning is tiny by construction, and its rule
for compromises depends on the direction of the scale. No variant yields the forecast of 1994.
"""

from functools import partial
from typing import Any, Literal, NamedTuple, get_args

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Bueno de Mesquita, Bruce (1994), Political Forecasting: An Expected Utility Method, in "
    "European Community Decision Making; read after Scholz, Jason B., Gregory J. Calbert and Glen "
    "A. Smith (2011), Unravelling Bueno de Mesquita's Group Decision Model, Journal of Theoretical "
    "Politics 23(4)."
)

Variant = Literal[
    "velev",
    "literal_least_move",
    "literal_offer_order",
    "literal_strongest",
    "literal_no_conflict_move",
    "masad",
    "thirdwave",
]
"""Readings of the model; `Reading` says in what they differ, `READINGS` lists them."""

NONE, CONFRONTATION, COMPROMISE, CAPITULATION = range(4)
"""Codes of `UtilityBargaining.kind`."""


class Reading(NamedTuple):
    """One way to fill in what the paper leaves open."""

    odds: Literal["printed", "net", "over_all_pairs"]
    """$P_{ij}$: votes for $i$ over all votes of the pair, as printed; the same net of the votes for
    $j$; or votes, with risk exponents, over the votes of all pairs together."""
    other_gain: Literal["his", "mine"]
    """Whose view of the other's gain counts: the other's own, or the actor's."""
    accepts: Literal["least_move", "offer_order", "strongest", "velev"]
    """Which offer an actor accepts: the one that moves it least; confrontation before compromise
    before capitulation, then least move; the one the other gains most from, then least move; or a
    confrontation with the nearest, else the compromise with the smallest blended position."""
    conflict_moves: bool = True
    """Whether the loser of a confrontation moves."""
    range_anew: bool = False
    """Whether $\\rho$ is recomputed each round."""
    any_gainer: bool = False
    """Whether the other's gain alone selects the offer, even one that then moves the other side."""
    whole_exponents: bool = False
    """Whether exponents of success and failure are cut to whole numbers."""
    mean_centre: bool = False
    """Whether, once exponents are known, the mean stands for the median in the status quo."""
    quo_added: bool = False
    """Whether the last term of the gain is added, not subtracted (a slip; it matters for Q < 1)."""


READINGS: dict[str, Reading] = {
    "velev": Reading("over_all_pairs", "mine", "velev"),
    "literal_least_move": Reading("printed", "his", "least_move"),
    "literal_offer_order": Reading("printed", "his", "offer_order"),
    "literal_strongest": Reading("printed", "his", "strongest"),
    "literal_no_conflict_move": Reading(
        "printed", "his", "strongest", conflict_moves=False, range_anew=True
    ),
    "masad": Reading("net", "his", "strongest", any_gainer=True, mean_centre=True, quo_added=True),
    "thirdwave": Reading(
        "net",
        "his",
        "strongest",
        any_gainer=True,
        whole_exponents=True,
        mean_centre=True,
        quo_added=True,
    ),
}
"""The readings by name."""


class UtilityBargaining(NamedTuple):
    """The rounds of a game; leading axes as in the arguments, then rounds, then actors.

    Attributes:
        positions: On the scale of the arguments, (..., rounds + 1, actors).
        median: Weighted median position, (..., rounds + 1).
        mean: Weighted mean position, (..., rounds + 1).
        exponent: Risk exponent of each actor, 1/2 to 2, (..., rounds, actors); above 1 cautious.
        kind: Kind of the offer accepted: 0 none, 1 confrontation, 2 compromise, 3 capitulation.
        partner: From whom; -1 if none.
        own_gain: The actor's gain in its own view; nan if none.
        other_gain: The other's gain in the view that counts; nan if none.
    """

    positions: Array
    median: Array
    mean: Array
    exponent: Array
    kind: Array
    partner: Array
    own_gain: Array
    other_gain: Array


def _check(
    capability: Any,
    positions: Any,
    salience: Any,
    *,
    variant: str = "velev",
    rounds: int = 10,
    status_quo: Any = 1.0,
) -> None:
    """Refuse what is not a game."""
    require(variant in READINGS, "variant", variant, f"must be one of {', '.join(READINGS)}")
    require(rounds >= 1, "rounds", rounds, "must be at least 1")
    n = capability.shape[-1] if capability.ndim else 0
    require(n >= 2, "capability", capability.shape, "needs at least two actors")
    require(
        np.isfinite(capability) & (capability > 0), "capability", capability, "must be positive"
    )
    for name, value in (("positions", positions), ("salience", salience)):
        fits = value.ndim >= 1 and value.shape[-1] == n
        require(fits, name, value.shape, f"needs shape (..., {n} actors)")
    require(np.isfinite(positions), "positions", positions, "must be finite")
    require((salience >= 0) & (salience <= 1), "salience", salience, "must be from 0 to 1")
    require((salience > 0).any(-1), "salience", 0.0, "somebody must care")
    require((status_quo >= 0) & (status_quo <= 1), "status_quo", status_quo, "must be from 0 to 1")


@formal_model(check=_check, static=("variant", "rounds"))
def bargain_utility(
    capability: ArrayLike,
    positions: ArrayLike,
    salience: ArrayLike,
    *,
    variant: Variant = "velev",
    rounds: int = 10,
    status_quo: ArrayLike = 1.0,
) -> UtilityBargaining:
    r"""Play a fixed number of rounds.

    In each, actor $i$ expects of a challenge to $j$, who resists with chance $s_j$,

    $$ E_{ij} = s_j (P_{ij} S_{ij} + (1 - P_{ij}) F_{ij}) + (1 - s_j) S_{ij}
    - Q N - (1 - Q) D_{ij} $$

    where it prevails, if all votes count as printed, with chance

    $$ P_{ij} = \frac{\sum_k \max(v_k(x_i, x_j), 0)}{\sum_k |v_k(x_i, x_j)|} $$

    with success, failure and the status quo worth

    $$ S_{ij} = 2 - 4 (1/2 - \delta_{ij}/2)^{r_i}, \quad
    F_{ij} = 2 - 4 (1/2 + \delta_{ij}/2)^{r_i}, \quad N = 2 - 4 (1/2)^{r_i} $$

    and $D_{ij}$ what comes without a challenge if the status quo does not hold. Exponents follow
    from the sum $X_i$ of what all others would gain by challenging $i$:

    $$ R_i = \frac{2 X_i - \max X - \min X}{\max X - \min X}, \quad
    r_i = \frac{1 - R_i/3}{1 + R_i/3} $$

    Let an actor gain $a$ by its own challenge and the other $b$ by the reverse. With $b > a > 0$ it
    goes over to the other's position, with $a < 0$ and $b > -a$ the part $-a/b$ of the way, with
    $a < 0 < b < -a$ all of it. Which of several offers it accepts is a matter of the reading.

    Args:
        capability: $c_i > 0$, (..., actors), any unit.
        positions: $x_i$, (..., actors), any scale.
        salience: $s_i$, 0 to 1, (..., actors). Leading axes broadcast.
        variant: Reading of the paper.
        rounds: How many; the model has no rule of its own, and the answer depends on it.
        status_quo: $Q$, chance that the status quo holds if nobody challenges; 1 in all
            replications.

    Returns:
        All rounds. Where all agree, or nobody is more exposed than another, exponents are 1.

    Raises:
        ValueError: If an argument is out of its range or the shapes disagree.

    Source:
        [P] Bueno de Mesquita (1994), as read by Scholz, Calbert and Smith (2011).

    Example:
        >>> game = bargain_utility([1.0, 1.0, 3.0], [0.0, 5.0, 10.0], [0.6, 0.2, 0.6], rounds=2)
        >>> game.positions.round(3).tolist()
        [[0.0, 5.0, 10.0], [0.0, 0.0, 10.0], [0.0, 10.0, 10.0]]
    """
    capability, positions, salience, quo = floats(capability, positions, salience, status_quo)
    arrays = jnp.broadcast_arrays(capability, positions, salience)
    lead, n = arrays[0].shape[:-1], arrays[0].shape[-1]
    play = partial(_play, quo=quo, reading=READINGS[variant], rounds=rounds)
    result = jax.vmap(play)(*(array.reshape(-1, n) for array in arrays))
    return jax.tree.map(lambda leaf: leaf.reshape(lead + leaf.shape[1:]), result)


def _play(
    capability: Array, start: Array, salience: Array, *, quo: Array, reading: Reading, rounds: int
) -> UtilityBargaining:
    """One game."""
    weight = capability * salience
    full_range = jnp.ptp(start)

    def step(positions: Array, _: Any) -> tuple[Array, tuple[Array, ...]]:
        width = jnp.ptp(positions) if reading.range_anew else full_range
        width = jnp.where(width > 0, width, 1.0)
        one = jnp.ones_like(positions)
        first, _ = _gains(positions, weight, salience, one, width, quo, reading, first_pass=True)
        exponent = _exponents(first)
        own, seen = _gains(
            positions, weight, salience, exponent, width, quo, reading, first_pass=False
        )
        other = seen if reading.other_gain == "mine" else own.T
        moved, taken = _accept(positions, own, other, reading)
        return moved, (moved, exponent, *taken)

    _, (later, *answers) = jax.lax.scan(step, start, length=rounds)
    path = jnp.concatenate([start[None], later])
    median = jax.vmap(partial(weighted_median, weight))(path)
    mean = path @ weight / weight.sum()
    return UtilityBargaining(path, median, mean, *answers)


def weighted_median(
    weight: Float[Array, "actors"], positions: Float[Array, "actors"]
) -> Float[Array, ""]:
    """The held position that no other beats in weighted votes; of several, the lowest.

    Source:
        [P] Bueno de Mesquita (1994), as read by Scholz, Calbert and Smith (2011).
    """
    gaps = jnp.abs(positions[:, None] - positions)
    lead = weight @ (gaps[:, None, :] - gaps[:, :, None]).reshape(len(weight), -1)
    worst = lead.reshape(gaps.shape).min(-1)
    slack = 16 * jnp.finfo(worst.dtype).eps * weight.sum() * jnp.ptp(positions)
    unbeaten = worst >= jnp.minimum(worst.max(), -slack)
    return jnp.where(unbeaten, positions, jnp.inf).min()


def _odds(
    gaps: Array, weight: Array, exponent: Array, reading: Reading
) -> Float[Array, "actors actors"]:
    """Chance that the row's actor prevails over the column's; 0 where they stand together."""
    power = exponent if reading.odds == "over_all_pairs" else jnp.ones_like(exponent)
    far = gaps ** power[:, None]
    votes = weight[:, None, None] * (far[:, None, :] - far[:, :, None])
    total = jnp.abs(votes).sum(0)
    if reading.odds == "over_all_pairs":
        total = jnp.broadcast_to(total.sum(), total.shape)
    net = votes.sum(0) if reading.odds == "net" else jnp.maximum(votes, 0.0).sum(0)
    return jnp.where(total > 0, jnp.maximum(net, 0.0) / jnp.where(total > 0, total, 1.0), 0.0)


def _gains(
    positions: Array,
    weight: Array,
    salience: Array,
    exponent: Array,
    width: Array,
    quo: Array,
    reading: Reading,
    *,
    first_pass: bool,
) -> tuple[Array, Array]:
    """Gain to each row's actor from challenging the column's, and its view of the reverse.

    Both with the row's exponent; the salience is that of the one challenged.
    """
    gaps = jnp.abs(positions[:, None] - positions) / width
    power = exponent[:, None]
    cut = power
    if reading.whole_exponents and not first_pass:
        cut = jnp.floor(power)
    odds = _odds(gaps, weight, exponent, reading)
    success = 2.0 - 4.0 * jnp.maximum(0.5 - 0.5 * gaps, 0.0) ** cut
    failure = 2.0 - 4.0 * (0.5 + 0.5 * gaps) ** cut
    centre = weighted_median(weight, positions)
    if reading.mean_centre and not first_pass:
        centre = weight @ positions / weight.sum()
    off_centre = jnp.abs(positions - centre)[:, None] / width
    better = 2.0 - 4.0 * jnp.maximum(0.5 - 0.25 * (off_centre + gaps), 0.0) ** power
    worse = 2.0 - 4.0 * (0.5 + 0.25 * (off_centre + gaps)) ** power
    drift = (1.0 - quo) * jnp.where(off_centre < gaps, better, worse)
    unchallenged = quo * (2.0 - 4.0 * 0.5**power) + (-drift if reading.quo_added else drift)

    def gain(chance: Array, resistance: Array) -> Array:
        contest = chance * success + (1.0 - chance) * failure
        return resistance * contest + (1.0 - resistance) * success - unchallenged

    return gain(odds, salience[None, :]), gain(odds.T, salience[:, None])


def _exponents(gains: Float[Array, "actors actors"]) -> Float[Array, "actors"]:
    r"""Risk exponents from the sum of what all others would gain by challenging each actor.

    $$ R_i = \frac{2 X_i - \max X - \min X}{\max X - \min X}, \quad
    r_i = \frac{1 - R_i/3}{1 + R_i/3} $$
    """
    others = ~jnp.eye(gains.shape[0], dtype=bool)
    exposure = jnp.where(others, gains, 0.0).sum(0)
    high, low = exposure.max(), exposure.min()
    differ = high - low > 64 * jnp.finfo(gains.dtype).eps
    spread = jnp.where(differ, high - low, 1.0)
    rank = jnp.where(differ, (2.0 * exposure - high - low) / spread, 0.0)
    return (1.0 - rank / 3.0) / (1.0 + rank / 3.0)


def _accept(
    positions: Array, own: Array, other: Array, reading: Reading
) -> tuple[Array, tuple[Array, ...]]:
    """Positions after each row's actor has answered the offers of the columns', and the answers."""
    n = positions.shape[0]
    here, there = positions[:, None], positions[None, :]
    lost = (other > own) & (own > 0)
    compromise = (own < 0) & (other > 0) & (other >= -own)
    capitulation = (own < 0) & (other > 0) & (other < -own)
    kind = CONFRONTATION * lost + COMPROMISE * compromise + CAPITULATION * capitulation
    share = jnp.abs(own) / jnp.where(compromise, other, 1.0)
    proposal = jnp.where(compromise, here + (there - here) * share, there)
    proposal = jnp.where(kind == NONE, here, proposal)

    apart = ~jnp.eye(n, dtype=bool)
    open_ = apart & ((other > 0) if reading.any_gainer else (kind != NONE))
    if not reading.conflict_moves:
        open_ &= ~lost
    move = jnp.abs(proposal - here)
    if reading.accepts == "velev":
        open_ &= ~capitulation
        mass = jnp.abs(own) + jnp.abs(other)
        blend = jnp.abs(own) * here + jnp.abs(other) * there
        blend = blend / jnp.where(mass > 0, mass, 1.0)
        keys: tuple[Array, ...] = (kind, jnp.where(lost, move, blend))
    elif reading.accepts == "least_move":
        keys = (move,)
    elif reading.accepts == "offer_order":
        keys = (kind, move)
    else:
        keys = (-other, move)
    partner, any_offer = _first_smallest(keys, open_)

    actors = jnp.arange(n)
    moved = jnp.where(any_offer, proposal[actors, partner], positions)
    taken = jnp.where(any_offer, kind[actors, partner], NONE)
    answered = taken != NONE
    return moved, (
        taken,
        jnp.where(answered, partner, -1),
        jnp.where(answered, own[actors, partner], jnp.nan),
        jnp.where(answered, other[actors, partner], jnp.nan),
    )


def _first_smallest(
    keys: tuple[Array, ...], open_: Bool[Array, "rows columns"]
) -> tuple[Array, Array]:
    """In each row the first open column, smallest by the keys in turn, and whether there is one."""
    for key in keys:
        best = jnp.where(open_, key.astype(float), jnp.inf).min(-1, keepdims=True)
        open_ = open_ & (key == best)
    return open_.argmax(-1), open_.any(-1)


assert set(READINGS) == set(get_args(Variant))
