"""Small regimes with named levels, for tests of the subsystems."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.regime import Regime, change

RUNS, PERSONS, OFFICES, CLANS = 16, 4, 3, 2
ROWS = {"sectors": 3, "cohorts": 3, "themes": 2, "surveys": 2}
SETTING = blank_setting(OFFICES, CLANS)


def realm(
    levels: Mapping[str, Any] | None = None, rows: Mapping[str, int] = ROWS, runs: int = RUNS
) -> Regime:
    """A neutral regime with some levels by address.

    Args:
        levels: A number, or one for each row, by address such as `public.narrative`.
        rows: How many rows there are of each kind.
        runs: How many histories.
    """
    return put(blank_regime(PERSONS, OFFICES, CLANS, runs, rows), levels or {})


def put(regime: Regime, levels: Mapping[str, Any]) -> Regime:
    """The regime with other levels, by address."""
    for address, value in levels.items():
        part, field = address.split(".")
        old = getattr(getattr(regime, part), field)
        table = np.asarray(value, np.asarray(old).dtype)
        new = jnp.broadcast_to(jnp.asarray(table)[..., None], old.shape)
        regime = change(regime, **{part: change(getattr(regime, part), **{field: new})})
    return regime


def read(regime: Regime, address: str) -> np.ndarray:
    """An array of a regime, in double precision, by address."""
    part, field = address.split(".")
    return np.asarray(getattr(getattr(regime, part), field), np.float64)
