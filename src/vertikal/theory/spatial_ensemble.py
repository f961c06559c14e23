r"""Many games of the Spatial Model of Politics at once: batches, and ensembles over the unknown.

[P] for the game (`bargaining_spatial`); [O] for the ensemble: the noise and its sizes are ours.

Question: how far does the predicted policy depend on judgements that nobody can make exactly, the
positions, saliences and influences of stakeholders, and on technical options that nobody has
calibrated?

A single run of a bargaining model is one deterministic point from inputs that experts guess. An
ensemble draws inputs around the given ones and options from a list, plays every game to its end,
and reports the distribution of the likeliest final position.

Case: the toolkit's own study of China's upstream oil and gas, where one technical option at a time
moves the likeliest final position from 30 to 49 of 100.

How it is computed: a compiled loop keeps some games going side by side; when one ends, the next
takes its place, so that a long game holds up nobody (`settle`).
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int, Key

from vertikal.theory import spatial_rounds as rounds
from vertikal.theory.bargaining_spatial import (
    DEFAULTS,
    SpatialOptions,
    Status,
    checked,
    report,
    verdict,
)
from vertikal.theory.boundary import require
from vertikal.theory.spatial_votes import Form, Rules

LABEL = "ours"
CITATION = (
    "After King Abdullah Petroleum Studies and Research Center, KAPSARC Toolkit for Behavioral "
    "Analysis (KTAB), Spatial Model of Politics (2019); the ensemble is ours."
)

_PAIRS_AT_ONCE = 2**16
"""Pairs of actors in games side by side: half a megabyte a table in double precision."""
_MOST_AT_ONCE = 64
"""Games side by side at most."""


class SpatialOutcomes(NamedTuple):
    """How many games ended; leading axes as in the arguments.

    Attributes:
        positions: Final positions, 0 to 1, (..., actors, dims).
        probability: Final chance of each actor's position, (..., actors).
        likeliest: Final position with the highest chance, first of equals, (..., dims).
        turns: Rounds played, (...,).
        status: How each game ended (`Status`), (...,).
    """

    positions: np.ndarray
    probability: np.ndarray
    likeliest: np.ndarray
    turns: np.ndarray
    status: np.ndarray


class Noise(NamedTuple):
    """How uncertain the inputs are; every size is a judgement, to be replaced by coders' own."""

    position: float = 0.05
    """Standard deviation of a position, as a share of the scale; draws stop at the ends."""
    salience: float = 0.15
    """Standard deviation of the logarithm of a salience; totals above 1 are scaled back to 1."""
    influence: float = 0.15
    """Standard deviation of the logarithm of an influence."""


MODERATE_NOISE = Noise()
"""The default sizes: five points of a hundred, and some 15 percent."""


class SpatialEnsemble(NamedTuple):
    """The distribution of outcomes over uncertain inputs and options.

    Attributes:
        outcomes: Final state of each game, first axis runs.
        option: Index into `options` of each run, (runs,).
        options: The option sets that were drawn from.
        noise: Sizes of the noise in the inputs.
        seed: Seed of all draws.
    """

    outcomes: SpatialOutcomes
    option: np.ndarray
    options: tuple[SpatialOptions, ...]
    noise: Noise
    seed: int

    def quantiles(self, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> np.ndarray:
        """Quantiles of the likeliest final position over resolved runs, (levels, dims)."""
        resolved = self.outcomes.status != Status.UNRESOLVED
        return np.quantile(self.outcomes.likeliest[resolved], levels, axis=0)


def settle(
    table: rounds.Table,
    positions: Float[Array, "games actors dims"],
    rules: Rules,
    keys: Key[Array, "games"],
    games: Int[Array, ""],
    form: Form,
    slots: int,
) -> rounds.Standing:
    """Play games to their ends, `slots` at a time; pure and traced.

    Args:
        table: Influence (games, actors), salience (games, actors, dims), and affinity (actors,
            actors) common to all games, or `None`.
        positions: Where the games start.
        rules: Options of each game, (games,) each.
        keys: One a game.
        games: How many of the games to play, from the first; the rest may be filling.
        form: Compiled form, for all games.
        slots: Games side by side; a Python integer.

    Returns:
        The last state of each game.
    """
    size = positions.shape[0]

    def fetch(game: Array) -> tuple[Any, ...]:
        chosen = jnp.minimum(game, size - 1)
        every = (table.influence, table.salience, rules, keys)
        return jax.tree.map(lambda leaf: leaf[chosen], every)

    def step(standing: rounds.Standing, game: Array) -> tuple[rounds.Standing, Array]:
        influence, salience, own_rules, key = fetch(game)
        own = rounds.Table(influence, salience, table.affinity)
        standing, _ = rounds.advance(standing, own, own_rules, form, key)
        return standing, rounds.is_over(standing, own_rules)

    def deal(game: Array) -> rounds.Standing:
        return jax.vmap(rounds.begin)(positions[jnp.minimum(game, size - 1)])

    def refill(carry: tuple[Any, ...]) -> tuple[Any, ...]:
        game, standing, following, results = carry
        standing, over = jax.vmap(step)(standing, game)
        over = over & (game < games)
        place = jnp.where(over, game, size)
        results = jax.tree.map(lambda r, s: r.at[place].set(s, mode="drop"), results, standing)
        game = jnp.where(over, following + jnp.cumsum(over) - 1, game)
        fresh = deal(game)
        standing = jax.tree.map(
            lambda new, old: jnp.where(jnp.expand_dims(over, range(1, new.ndim)), new, old),
            fresh,
            standing,
        )
        return game, standing, following + over.sum(), results

    first = jnp.arange(slots)
    start = (first, deal(first), jnp.array(slots), jax.vmap(rounds.begin)(positions))
    return jax.lax.while_loop(lambda carry: (carry[0] < games).any(), refill, start)[3]


@partial(jax.jit, static_argnames=("form", "slots"))
def _finish(
    table: rounds.Table,
    positions: Array,
    rules: Rules,
    keys: Array,
    games: Array,
    form: Form,
    slots: int,
) -> tuple[Array, ...]:
    """Play all games and describe their last states."""
    last = settle(table, positions, rules, keys, games, form, slots)

    def describe(game: tuple[Any, ...]) -> tuple[Array, Array]:
        standing, influence, salience, own_rules = game
        own = rounds.Table(influence, salience, table.affinity)
        return report(standing, own, own_rules, form)[1], verdict(standing, own_rules)

    every = (last, table.influence, table.salience, rules)
    probability, status = jax.lax.map(describe, every, batch_size=slots)
    best = probability.argmax(-1)[:, None, None]
    likeliest = jnp.take_along_axis(last.positions, best, axis=1)[:, 0]
    return last.positions, probability, likeliest, last.turn, status


def bargain_spatial_batch(
    influence: ArrayLike,
    positions: ArrayLike,
    salience: ArrayLike,
    *,
    affinity: ArrayLike | None = None,
    options: SpatialOptions | Sequence[SpatialOptions] = DEFAULTS,
    seed: int = 0,
    precision: Literal["float64", "float32"] = "float64",
) -> SpatialOutcomes:
    r"""Play many games and keep how each ended.

    Each game is the one that `bargain_spatial` would play. In single precision a tie may fall
    otherwise, and with it the course of a game; distributions agree.

    Args:
        influence: $c_i > 0$, (..., actors).
        positions: $x_{ik}$, 0 to 1, (..., actors, dims).
        salience: $s_{ik} \ge 0$, (..., actors, dims). Leading axes broadcast.
        affinity: $A_{ij}$, (actors, actors), the same in all games; `None` for the identity.
        options: One set for all games, or one a game in the order of the broadcast leading axes.
        seed: For `transition="Stochastic"`: game $g$ uses the $g$-th key of this seed.
        precision: Of the computation.

    Returns:
        How the games ended.

    Raises:
        ValueError: If an argument is out of its range or shapes and number of options disagree.

    Source:
        [P] KAPSARC, Spatial Model of Politics (2019).

    Example:
        >>> starts = [[[0.0], [0.5], [1.0]], [[0.2], [0.2], [0.2]]]
        >>> games = bargain_spatial_batch([1.0, 1.0, 2.0], starts, [[0.9], [0.6], [0.9]])
        >>> games.likeliest.tolist()
        [[0.6131], [0.2]]
    """
    c, x, s, a = checked(influence, positions, salience, affinity)
    lead = np.broadcast_shapes(c.shape[:-1], x.shape[:-2], s.shape[:-2])
    count = int(np.prod(lead))
    n, dims = x.shape[-2:]
    c = np.broadcast_to(c, (*lead, n)).reshape(count, n)
    x, s = (np.broadcast_to(v, (*lead, n, dims)).reshape(count, n, dims) for v in (x, s))
    sets = (options,) if isinstance(options, SpatialOptions) else tuple(options)
    one_each = len(sets) == count
    require(len(sets) == 1 or one_each, "options", len(sets), f"needs 1 or {count} sets")
    choice = np.arange(count) if one_each else np.zeros(count, int)
    require(precision in ("float64", "float32"), "precision", precision, "float64 or float32")
    flat = _play((c, x, s, a), sets, choice, seed, np.dtype(precision))
    return SpatialOutcomes(*(leaf.reshape((*lead, *leaf.shape[1:])) for leaf in flat))


def bargain_ensemble(
    influence: ArrayLike,
    positions: ArrayLike,
    salience: ArrayLike,
    *,
    runs: int = 1000,
    noise: Noise = MODERATE_NOISE,
    options: SpatialOptions | Sequence[SpatialOptions] = DEFAULTS,
    affinity: ArrayLike | None = None,
    seed: int = 0,
    precision: Literal["float64", "float32"] = "float64",
) -> SpatialEnsemble:
    r"""Play a game many times with uncertain inputs and options.

    Positions get normal noise, cut off at the ends of the scale; saliences and influences lognormal
    noise with median 1:

    $$ x'_{ik} = \min(\max(x_{ik} + \sigma_x \varepsilon_{ik}, 0), 1), \quad
    s'_{ik} = s_{ik} e^{\sigma_s \eta_{ik}}, \quad c'_i = c_i e^{\sigma_c \zeta_i} $$

    An actor's saliences are scaled back where they exceed 1 in all. Runs take the option sets in
    turn, so that each is used equally often.

    Args:
        influence: $c_i > 0$, (actors,).
        positions: $x_{ik}$, 0 to 1, (actors, dims).
        salience: $s_{ik} \ge 0$, (actors, dims).
        runs: Number of games, at least 1.
        noise: Sizes of the noise; `Noise(0, 0, 0)` for none.
        options: Option sets to run through; `option_variants()` for the defaults and every
            single departure from them.
        affinity: As in `bargain_spatial`.
        seed: Of all draws; the same seed draws the same inputs whatever the options.
        precision: Of the computation.

    Returns:
        All outcomes, with the option set of each.

    Raises:
        ValueError: As `bargain_spatial`, or if `runs` is below 1 or a noise below 0.

    Source:
        [O] Ours, over games of [P] KAPSARC, Spatial Model of Politics (2019).

    Example:
        >>> ensemble = bargain_ensemble(
        ...     [1.0, 1.0, 2.0], [[0.0], [0.5], [1.0]], [[0.9], [0.6], [0.9]], runs=20
        ... )
        >>> ensemble.outcomes.likeliest.shape
        (20, 1)
    """
    require(runs >= 1, "runs", runs, "must be at least 1")
    for name, size in noise._asdict().items():
        require(np.isfinite(size) and size >= 0, f"noise.{name}", size, "must be zero or more")
    c, x, s, a = checked(influence, positions, salience, affinity)
    require(x.ndim == 2, "positions", x.shape, "needs shape (actors, dims)")
    sets = (options,) if isinstance(options, SpatialOptions) else tuple(options)
    require(len(sets) >= 1, "options", len(sets), "needs at least one set")
    draw = np.random.Generator(np.random.PCG64(seed))
    x = np.clip(x + noise.position * draw.standard_normal((runs, *x.shape)), 0.0, 1.0)
    s = s * np.exp(noise.salience * draw.standard_normal((runs, *s.shape)))
    s = s / np.maximum(s.sum(-1, keepdims=True), 1.0)
    c = c * np.exp(noise.influence * draw.standard_normal((runs, *c.shape)))
    choice = np.arange(runs) % len(sets)
    outcomes = _play((c, x, s, a), sets, choice, seed, np.dtype(precision))
    return SpatialEnsemble(outcomes, choice, sets, noise, seed)


def _play(
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    sets: tuple[SpatialOptions, ...],
    choice: np.ndarray,
    seed: int,
    dtype: np.dtype,
) -> SpatialOutcomes:
    """Play games that may differ in options, those with the same number of offers together."""
    forms = [options.form() for options in sets]
    each = np.array([form.offers_each for form in forms])[choice]
    parts = []
    for offers in np.unique(each):
        members = np.flatnonzero(each == offers)
        used = [forms[k] for k in np.unique(choice[members])]
        form = Form(
            plain_vote=all(f.plain_vote for f in used),
            plain_election=all(f.plain_election for f in used),
            offers_each=int(offers),
            both_views=any(f.both_views for f in used),
            draws=any(f.draws for f in used),
            listed_sums=any(f.listed_sums for f in used),
        )
        parts.append((members, _play_alike(arrays, sets, choice, members, form, seed, dtype)))
    order = np.argsort(np.concatenate([members for members, _ in parts]))
    outcomes = [part for _, part in parts]
    return SpatialOutcomes(
        *(np.concatenate(leaves)[order] for leaves in zip(*outcomes, strict=True))
    )


def _play_alike(
    arrays: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None],
    sets: tuple[SpatialOptions, ...],
    choice: np.ndarray,
    members: np.ndarray,
    form: Form,
    seed: int,
    dtype: np.dtype,
) -> SpatialOutcomes:
    """Play the games `members`, filled up to a power of two so that few sizes are compiled."""
    c, x, s, a = arrays
    games = len(members)
    filled = np.resize(members, 1 << (games - 1).bit_length())
    slots = max(1, min(_PAIRS_AT_ONCE // x.shape[-2] ** 2, _MOST_AT_ONCE, len(filled)))
    coefficients = [sets[k].rules() for k in choice[filled]]
    with jax.enable_x64(dtype == np.float64):
        table = rounds.Table(
            jnp.asarray(c[filled], dtype),
            jnp.asarray(s[filled], dtype),
            None if a is None else jnp.asarray(a, dtype),
        )
        rules = Rules(*(jnp.asarray(v, dtype) for v in zip(*coefficients, strict=True)))
        keys = jax.vmap(partial(jax.random.fold_in, jax.random.key(seed)))(jnp.asarray(filled))
        played = _finish(
            table, jnp.asarray(x[filled], dtype), rules, keys, jnp.array(games), form, slots
        )
        return SpatialOutcomes(*(np.asarray(leaf)[:games] for leaf in played))
