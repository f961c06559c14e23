"""Draws made outside the compiled run: seeds, and one value of every parameter for each draw."""

import secrets
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from vertikal.regime import chance
from vertikal.regime.priors import Prior


def new_seed() -> int:
    """A fresh 63-bit seed."""
    return secrets.randbits(63)


def halves(seed: int) -> tuple[np.uint32, np.uint32]:
    """Low and high 32 bits of a seed."""
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32 & 0xFFFFFFFF)


def parameter_draws(priors: Mapping[str, Prior], seed: int, draws: Any) -> dict[str, np.ndarray]:
    """One value of each parameter for each draw.

    A parameter's draw hangs on the seed, the number of the draw and the parameter's own address,
    so that adding a parameter, or fixing one, leaves all others as they were.

    Args:
        priors: By address.
        seed: The ensemble's seed.
        draws: Numbers of the draws, a sequence or an array.

    Returns:
        For each address an array over the draws, float64.
    """
    run = np.asarray(draws, np.uint32)
    entities = np.array([zlib.crc32(a.encode()) for a in priors], np.uint32)[:, None]
    with np.errstate(over="ignore"):
        key = chance.keys(halves(seed), run, np.uint32(0), np.uint32(0), chance.PARAMETERS)
        words = chance.words(key, entities, 0)
    uniform = (words.astype(np.float64) + 0.5) * 2.0**-32
    return {a: prior.quantile(u) for (a, prior), u in zip(priors.items(), uniform, strict=True)}
