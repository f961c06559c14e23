"""Counter-based draws: every decision of every history has a random number of its own.

A key block from Philox4x32-10 is made for each (seed, run, tick, mechanism, stream); the words of
one mechanism are then the first words of Threefry2x32-13 under that key, counted by entity and draw
number (Salmon, Moraes, Dror and Shaw 2011, Parallel Random Numbers: As Easy as 1, 2, 3). Nothing
is stored and no order of evaluation matters, so switching a mechanism off or adding an entity
leaves every other draw of a history as it was, and two histories that differ by a patch share all
chance that the patch does not touch.

The same text serves NumPy and JAX arrays; tests hold it to the published known answers.
"""

from typing import Any

import numpy as np

SIMULATION, INITIAL, PARAMETERS, RESAMPLING = range(4)
"""Streams: draws of a tick, of initial conditions, of parameters, of analyses."""

_U32 = np.uint32
_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def threefry2x32(k0: Any, k1: Any, c0: Any, c1: Any, rounds: int = 13) -> tuple[Any, Any]:
    """Both words of Threefry2x32 for a key and a counter; all arguments broadcast, uint32."""
    keys = (k0, k1, k0 ^ k1 ^ _U32(0x1BD11BDA))
    x0, x1 = c0 + k0, c1 + k1
    for r in range(rounds):
        turn = _ROTATIONS[(r // 4) % 2][r % 4]
        x0 = x0 + x1
        x1 = ((x1 << _U32(turn)) | (x1 >> _U32(32 - turn))) ^ x0
        if r % 4 == 3:
            j = r // 4 + 1
            x0 = x0 + keys[j % 3]
            x1 = x1 + keys[(j + 1) % 3] + _U32(j)
    return x0, x1


def philox4x32(
    key: tuple[Any, Any], counter: tuple[Any, Any, Any, Any], rounds: int = 10
) -> tuple[Any, Any, Any, Any]:
    """All four words of Philox4x32 for a key of two and a counter of four uint32 arrays."""
    m0, m1 = _U32(0xD2511F53), _U32(0xCD9E8D57)
    c0, c1, c2, c3 = counter
    for r in range(rounds):
        a = key[0] + _U32(0x9E3779B9 * r & 0xFFFFFFFF)
        b = key[1] + _U32(0xBB67AE85 * r & 0xFFFFFFFF)
        high0, low0 = _multiply_high(c0, m0), c0 * m0
        high1, low1 = _multiply_high(c2, m1), c2 * m1
        c0, c1, c2, c3 = high1 ^ c1 ^ a, low1, high0 ^ c3 ^ b, low0
    return c0, c1, c2, c3


def keys(
    seed: tuple[Any, Any], run: Any, tick: Any, mechanism: Any, stream: int
) -> tuple[Any, Any]:
    """The two key words of a mechanism at a tick of a run.

    Args:
        seed: Low and high half of the ensemble's 64-bit seed, uint32.
        run: Index of the history in the ensemble (never its place in a chunk), uint32.
        tick: 0 for initial conditions, then 1, 2, ...; uint32.
        mechanism: The mechanism's number, written beside it and never re-used; uint32.
        stream: One of `SIMULATION`, `INITIAL`, `PARAMETERS`, `RESAMPLING`.
    """
    zero = _U32(0) * (run + tick + mechanism)
    block = philox4x32(
        (seed[0] + zero, seed[1] + zero),
        (run + zero, tick + zero, mechanism + zero, _U32(stream) + zero),
    )
    return block[0], block[1]


def words(key: tuple[Any, Any], entity: Any, draw: int) -> Any:
    """One uint32 word for each entity (`[entities, 1]` against keys `[runs]`) and draw number."""
    zero = _U32(0) * (entity + key[0])
    return threefry2x32(key[0] + zero, key[1] + zero, entity + zero, _U32(draw) + zero)[0]


def unit(word: Any, kind: Any = np.float32) -> Any:
    """A word as a number in [0, 1) on a grid of 2^-24."""
    return (word >> _U32(8)).astype(kind) * kind(2.0**-24)


def _multiply_high(a: Any, b: np.uint32) -> Any:
    if isinstance(a, np.ndarray | np.generic):
        return ((np.asarray(a, np.uint64) * np.uint64(b)) >> np.uint64(32)).astype(_U32)
    import jax.numpy as jnp
    from jax import lax

    return lax.mulhi(a, jnp.full_like(a, b))
