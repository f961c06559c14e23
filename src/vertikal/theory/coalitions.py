r"""Which coalition ends up ruling when nobody can promise anything: the ultimate ruling coalition.

[P] Acemoglu, Daron, Georgy Egorov and Konstantin Sonin (2008), "Coalition Formation in
Non-Democracies", *Review of Economic Studies* 75(4): 987-1009.

Question: given only how powerful each member is, which group takes power and is then not split by
a stronger part of itself?

Primitives: players with power $\gamma_i > 0$ (any unit, only ratios matter), the power of a group
$\gamma_X = \sum_{i \in X} \gamma_i$, and a weighted super-majority $\alpha \in [1/2, 1)$. A group
$Y \subset X$ wins in $X$ if $\gamma_Y > \alpha \gamma_X$. The solution is built by induction on the
number of members: $X$ is *self-enforcing* if no self-enforcing proper part of $X$ wins in $X$; the
ultimate ruling coalition of $N$ is $N$ if self-enforcing, else the weakest self-enforcing group
that wins in $N$.

Case: in the summer of 1953 the strongest of four, with the security ministry, was put out by three
weaker peers (powers like 3, 4, 5 and 10); in June 1957 a majority of the Presidium was not
self-enforcing once the Central Committee entered the game.

How it is computed: let $G(X)$ be the power of the strongest self-enforcing part of $X$ ($X$
included) and $h(X) = \max_{i \in X} G(X \setminus \{i\})$. Then $X$ is self-enforcing unless
$h(X) > \alpha \gamma_X$; $n 2^n$ steps where the definition, taken literally, costs $3^n$. Every
group is a bit mask: bit $i$ is set if player $i$ belongs.

`urc` and `self_enforcing` are exact for integers and fractions; `urc_batch` is the compiled form
for many small games with powers drawn from a continuous distribution.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from math import lcm
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from vertikal.theory.boundary import floats, formal_model, require

LABEL = "published"
CITATION = (
    "Acemoglu, Daron, Georgy Egorov and Konstantin Sonin (2008), Coalition Formation in "
    "Non-Democracies, Review of Economic Studies 75(4): 987-1009."
)

MAX_PLAYERS = 26
"""Most players `urc` accepts; its tables then take about two gigabytes."""

MAX_BATCH_PLAYERS = 12
"""Most players `urc_batch` accepts; its tables are part of the compiled program."""

Power = int | float | Fraction


class URC(NamedTuple):
    """The ultimate ruling coalition of one game.

    Attributes:
        masks: Every weakest self-enforcing winning coalition, ascending; more than one in a tie.
        power: Their common power, in the unit of the argument.
        unique: Whether there is exactly one.
        near_tie: Whether some comparison with a threshold, anywhere in the recursion, was closer
            than the tolerance; always false for integers and fractions, which compare exactly.
    """

    masks: tuple[int, ...]
    power: Power
    unique: bool
    near_tie: bool


class _Table(NamedTuple):
    """Power and stability of each of the $2^n$ groups, in the unit of the scaled powers."""

    power: np.ndarray
    stable: np.ndarray
    near_tie: bool


def members(mask: int, n: int) -> tuple[int, ...]:
    """Players in a coalition.

    Args:
        mask: Bit mask of the coalition, 0 to $2^n - 1$.
        n: Number of players, at least 1.

    Returns:
        Their indices, ascending.

    Raises:
        ValueError: If `mask` names a player who does not exist.

    Example:
        >>> members(0b1011, 4)
        (0, 1, 3)
    """
    require(0 <= mask < 1 << n, "mask", mask, f"a coalition of {n} players is 0 to {(1 << n) - 1}")
    return tuple(i for i in range(n) if mask >> i & 1)


def urc(
    powers: Sequence[Power] | np.ndarray,
    alpha: Power = Fraction(1, 2),
    *,
    rtol: float = 1e-9,
) -> URC:
    r"""The ultimate ruling coalition of one game.

    $$ \phi(N) = \arg\min \{ \gamma_X : X \text{ self-enforcing},
    \gamma_X > \alpha \gamma_N \text{ or } X = N \} $$

    Integers and fractions are compared exactly. Floating-point powers are compared with a
    tolerance: a group within it of the threshold does not win, and `near_tie` says so.

    Args:
        powers: $\gamma_i > 0$, one for each of 1 to 26 players, any unit.
        alpha: $\alpha \in [1/2, 1)$, best as a `Fraction`. A float is read as the simple fraction
            that it stands for (0.58 as 29/50, 2/3 as 2/3): taken literally, 0.58 lies below 29/50,
            and in a game of 42 and 58 a tie would be mistaken for a victory.
        rtol: Tolerance for floating-point powers, relative to the power of the group in question.

    Returns:
        All minimisers. With equal powers, the least generic case, there are usually several.

    Raises:
        ValueError: If there are no players or more than 26, a power is not positive and finite,
            or `alpha` is outside [1/2, 1).

    Source:
        [P] Acemoglu, Egorov and Sonin (2008).

    Example:
        >>> [members(mask, 4) for mask in urc([3, 4, 5, 10]).masks]
        [(0, 1, 2)]
        >>> urc([3, 4, 5], Fraction(2, 3))
        URC(masks=(6,), power=9, unique=True, near_tie=False)
    """
    scaled, unit = _scaled(powers)
    share = _share(alpha)
    table = _table(scaled, share, rtol)
    total = table.power[-1:]
    wins, close = _exceeds(table.power, total, share, rtol)
    candidates = np.flatnonzero(table.stable & wins)
    if not candidates.size:  # only within the tolerance: everyone together
        candidates = np.array([len(table.power) - 1])
    weakest = table.power[candidates].min()
    slack = rtol * weakest if table.power.dtype.kind == "f" else 0
    masks = candidates[table.power[candidates] <= weakest + slack]
    near_tie = table.near_tie or bool((close & table.stable).any())
    return URC(tuple(masks.tolist()), _in_unit(weakest, unit), len(masks) == 1, near_tie)


def self_enforcing(
    powers: Sequence[Power] | np.ndarray,
    alpha: Power = Fraction(1, 2),
    *,
    rtol: float = 1e-9,
) -> np.ndarray:
    r"""Which groups would not be split by a stronger part of themselves.

    Args:
        powers: $\gamma_i > 0$, one for each of 1 to 26 players, any unit.
        alpha: $\alpha \in [1/2, 1)$, read as in `urc`.
        rtol: Tolerance for floating-point powers, as in `urc`.

    Returns:
        Boolean array of length $2^n$, indexed by bit mask; the empty group counts as not
        self-enforcing, since nobody rules in it.

    Raises:
        ValueError: As `urc`.

    Source:
        [P] Acemoglu, Egorov and Sonin (2008).

    Example:
        >>> np.flatnonzero(self_enforcing([3, 4, 5])).tolist()
        [1, 2, 4, 7]
    """
    scaled, _ = _scaled(powers)
    return _table(scaled, _share(alpha), rtol).stable


def _scaled(powers: Sequence[Power] | np.ndarray) -> tuple[np.ndarray, int]:
    """Powers as exact integers (times a common denominator) or as float64."""
    values = powers.tolist() if isinstance(powers, np.ndarray | jax.Array) else list(powers)
    count = len(values)
    require(0 < count <= MAX_PLAYERS, "powers", f"{count} of them", f"1 to {MAX_PLAYERS} players")
    if not all(isinstance(v, int | np.integer | Fraction) for v in values):
        floats = np.array([float(v) for v in values])
        require(np.isfinite(floats) & (floats > 0), "powers", floats, "must be positive and finite")
        return floats, 1
    for value in values:
        require(value > 0, "powers", value, "must be positive and finite")
    fractions = [Fraction(v) if isinstance(v, Fraction) else Fraction(int(v)) for v in values]
    unit = lcm(*(f.denominator for f in fractions))
    return np.array([int(f * unit) for f in fractions], dtype=object), unit


def _share(alpha: Power) -> Fraction:
    """`alpha` as an exact fraction; a float as the simple fraction that it stands for."""
    value = Fraction(alpha) if np.isfinite(float(alpha)) else Fraction(-1)
    if isinstance(alpha, float):
        simple = value.limit_denominator(10_000)
        value = simple if float(simple) == alpha else value
    require(Fraction(1, 2) <= value < 1, "alpha", alpha, "must be at least 1/2 and below 1")
    return value


def _in_unit(power: Any, unit: int) -> Power:
    """A scaled power back in the caller's unit."""
    if isinstance(power, np.floating):
        return float(power)
    value = Fraction(int(power), unit)
    return value.numerator if value.denominator == 1 else value


def _table(scaled: np.ndarray, share: Fraction, rtol: float) -> _Table:
    """Power and stability of every group, one group size after another."""
    if scaled.dtype == object and sum(scaled) * share.denominator < 2**62:
        scaled = scaled.astype(np.int64)
    n = len(scaled)
    power = np.zeros(1 << n, dtype=scaled.dtype)
    for player, own in enumerate(scaled):
        power[1 << player : 2 << player] = power[: 1 << player] + own
    strongest = np.zeros_like(power)
    stable = np.zeros(1 << n, dtype=bool)
    near_tie = False
    size = np.bitwise_count(np.arange(1 << n, dtype=np.uint32))
    for count in range(1, n + 1):
        groups = np.flatnonzero(size == count).astype(np.int32)
        rest, rival = groups.copy(), np.zeros_like(power, shape=groups.shape)
        for _ in range(count):
            member = rest & -rest
            np.maximum(rival, strongest[groups ^ member], out=rival)
            rest ^= member
        own = power[groups]
        beaten, close = _exceeds(rival, own, share, rtol)
        near_tie |= bool(close.any())
        stable[groups] = ~beaten
        strongest[groups] = np.where(beaten, rival, own)
    return _Table(power, stable, near_tie)


def _exceeds(
    part: np.ndarray, whole: np.ndarray, share: Fraction, rtol: float
) -> tuple[np.ndarray, np.ndarray]:
    """Whether a part wins in the whole, and whether that is too close to call."""
    if part.dtype.kind == "f":
        margin = part - float(share) * whole
        close = np.abs(margin) <= rtol * whole
        return (margin > 0) & ~close, close & (part > 0)
    wins = share.denominator * part > share.numerator * whole
    return wins.astype(bool), np.zeros(part.shape, dtype=bool)


class _Levels(NamedTuple):
    """Tables for all groups of n players, ordered by size and then by mask."""

    belongs: np.ndarray
    smaller: tuple[np.ndarray, ...]


@lru_cache
def _levels(n: int) -> _Levels:
    """Group masks by size, who belongs, and where each group finds itself less one member.

    The positions in `smaller[k]` count from the first group of size k, so that one level is
    computed from the level below it alone.
    """
    masks = sorted(range(1 << n), key=lambda mask: (mask.bit_count(), mask))
    levels = [[mask for mask in masks if mask.bit_count() == k] for k in range(n + 1)]
    place = {mask: at for level in levels for at, mask in enumerate(level)}
    smaller = tuple(
        np.array([[place[mask ^ 1 << i] for i in members(mask, n)] for mask in level], np.int32)
        for level in levels[1:]
    )
    belongs = np.array([[bool(mask >> i & 1) for i in range(n)] for mask in masks])
    return _Levels(belongs, smaller)


def _check_batch(powers: Any, alpha: Any = 0.5, *, axis: int = -1) -> None:
    """Refuse powers below zero, not finite, and a share outside [1/2, 1)."""
    require(np.isfinite(powers) & (powers >= 0), "powers", powers, "must be finite, zero or more")
    require((alpha >= 0.5) & (alpha < 1), "alpha", alpha, "must be at least 1/2 and below 1")


@formal_model(check=_check_batch, static=("axis",))
def urc_batch(powers: ArrayLike, alpha: ArrayLike = 0.5, *, axis: int = -1) -> jax.Array:
    r"""Members of the ultimate ruling coalition, for many small games with generic powers.

    The recursion of this module in floating-point numbers. Meant for powers without ties, as
    drawn from a continuous distribution; among groups of exactly equal power it takes the one
    with fewer members, then the one with the lower mask. For integers use `urc`.

    Args:
        powers: $\gamma_i \ge 0$, players along `axis` (1 to 12 of them), games along the others. A
            player of power 0 is absent and never a member.
        alpha: $\alpha \in [1/2, 1)$, one for all games or one a game (the shape of `powers`
            without `axis`).
        axis: The axis of the players.

    Returns:
        Boolean array of the shape of `powers`: who belongs. Nobody does where all powers are 0.

    Raises:
        ValueError: If there are no players or more than 12; with concrete arguments also if a
            power is negative or not finite, or `alpha` is outside [1/2, 1).

    Source:
        [P] Acemoglu, Egorov and Sonin (2008).

    Example:
        >>> urc_batch([[3.0, 4.0, 5.0, 10.0], [2.0, 4.0, 7.0, 10.0]]).tolist()
        [[True, True, True, False], [False, True, True, True]]
    """
    powers, alpha = floats(powers, alpha)
    games = jnp.moveaxis(powers, axis, 0)
    n = games.shape[0]
    require(0 < n <= MAX_BATCH_PLAYERS, "powers", n, f"needs 1 to {MAX_BATCH_PLAYERS} players")
    levels = _levels(n)
    power = _group_power(games, levels)
    stable = _stable_groups(power, alpha, levels)
    eligible = jnp.where(stable & (power > alpha * power[-1]), power, jnp.inf)
    weakest = jnp.min(eligible, axis=0)
    positions = np.arange(1 << n, dtype=np.int32).reshape((-1,) + (1,) * (games.ndim - 1))
    # A minimum over positions is several times faster here than argmin.
    chosen = jnp.min(jnp.where(eligible == weakest, positions, (1 << n) - 1), axis=0)
    ruling = jnp.asarray(levels.belongs)[chosen] & jnp.isfinite(weakest)[..., None]
    return jnp.moveaxis(ruling, -1, axis)


def _group_power(games: jax.Array, levels: _Levels) -> jax.Array:
    """Power of every group; adding a player of power 0 leaves it exactly as it was."""
    belongs = levels.belongs.reshape((*levels.belongs.shape, *(1,) * (games.ndim - 1)))
    parts = [jnp.where(belongs[:, i], own, 0.0) for i, own in enumerate(games)]
    return reduce(jnp.add, parts)


def _stable_groups(power: jax.Array, alpha: ArrayLike, levels: _Levels) -> jax.Array:
    """Which groups are self-enforcing, in the order of `levels`; the empty one is not."""
    strongest = power[:1]
    rivals = [jnp.full(strongest.shape, jnp.inf, power.dtype)]
    start = 1
    for smaller in levels.smaller:
        own = power[start : start + len(smaller)]
        rival = jnp.max(strongest.at[smaller].get(mode="promise_in_bounds"), axis=1)
        strongest = jnp.where(rival > alpha * own, rival, own)
        rivals.append(rival)
        start += len(smaller)
    return ~(jnp.concatenate(rivals) > alpha * power)
