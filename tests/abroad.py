"""Small regimes with a West, a China and three neighbours, for tests of foreign policy."""

import jax.numpy as jnp

from tests import court
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.regime import change

RUNS, OFFICES, PERSONS, CLANS, NEIGHBOURS = 64, 2, 3, 2, 3


def world(runs=RUNS, mix=(0.4, 0.4, 0.2), **slices):
    """A blank regime whose office holders have the given poles.

    `slices` are mappings from field to a number, or to a list over rows, by slice of the state.
    """
    regime = blank_regime(PERSONS, OFFICES, CLANS, runs, {"neighbours": NEIGHBOURS})
    holders = jnp.broadcast_to(jnp.arange(OFFICES, dtype=jnp.int32)[:, None], (OFFICES, runs))
    poles = jnp.broadcast_to(jnp.asarray(mix, jnp.float32)[:, None, None], (3, PERSONS, runs))
    regime = change(
        regime,
        elite=change(regime.elite, mix=poles),
        nomenklatura=change(regime.nomenklatura, holder=holders),
    )
    for name, fields in slices.items():
        regime = having(regime, name, **fields)
    return regime


def having(regime, name, **fields):
    """The regime with some fields of one slice at given numbers, rows as lists."""
    part = getattr(regime, name)
    made = {}
    for field, value in fields.items():
        old = getattr(part, field)
        number = jnp.asarray(value, old.dtype)
        number = number[:, None] if number.ndim == 1 and old.ndim == 2 else number
        made[field] = jnp.broadcast_to(number, old.shape)
    return change(regime, **{name: change(part, **made)})


def play(mechanism, regime, years=10.0, clock="quarter", seed=0):
    """The regime after some years of one mechanism alone."""
    ticks = max(round(years / YEARS_PER_STEP[clock]), 1)
    return court.step(mechanism, regime, blank_setting(OFFICES, CLANS), ticks, clock, seed)


def together(mechanisms, regime, years=10.0, clock="quarter", seed=0):
    """The regime after some years of several mechanisms, one after the other in each tick."""
    ticks = round(years / YEARS_PER_STEP[clock])
    return court.together(mechanisms, regime, blank_setting(OFFICES, CLANS), ticks, clock, seed)


AUTOCRACY = {
    "institutions": {"capital": 0.1, "facade": 0.6, "sham": 0.7},
    "policy": {"legal_order": 0.2},
}
DEMOCRACY = {
    "institutions": {"capital": 0.9, "facade": 0.9, "sham": 0.0},
    "policy": {"legal_order": 0.9},
}
