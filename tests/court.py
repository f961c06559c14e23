"""Small regimes and a stepper for tests of single mechanisms."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np

from vertikal.regime import chance
from vertikal.regime.mechanism import YEARS_PER_STEP, Mechanism, Tick
from vertikal.regime.regime import Regime, Setting


def make_tick(
    mechanism: Mechanism,
    setting: Setting,
    runs: int,
    index: int,
    clock: str = "month",
    seed: int = 0,
) -> Tick:
    """The tick that `mechanism` would see."""
    return _tick(mechanism, setting, runs, jnp.uint32(index), YEARS_PER_STEP[clock], _words(seed))


def _tick(mechanism, setting, runs, index, years, seed):
    run = jnp.arange(runs, dtype=jnp.uint32)
    key = chance.keys(seed, run, index, jnp.uint32(mechanism.id), chance.SIMULATION)
    return Tick(index, index.astype(jnp.float32) * years, setting, key, years)


def _words(seed):
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)


@jax.jit
def _advance(mechanisms, regime, setting, first, ticks, years, seed):
    runs = regime.leadership.leader.shape[0]

    def body(index, state):
        for mechanism in mechanisms:
            here = _tick(mechanism, setting, runs, index.astype(jnp.uint32), years, seed)
            state = mechanism(state, here)
        return state

    return jax.lax.fori_loop(first, first + ticks, body, regime)


def together(
    mechanisms: Sequence[Mechanism],
    regime: Regime,
    setting: Setting,
    ticks: int = 1,
    clock: str = "month",
    seed: int = 0,
    first: int = 1,
) -> Regime:
    """The regime after `ticks` ticks of several mechanisms, one after the other in each.

    One program serves all clocks, seeds and numbers of ticks; `first` is the number of the first.
    """
    years = np.float32(YEARS_PER_STEP[clock])
    return _advance(tuple(mechanisms), regime, setting, first, ticks, years, _words(seed))


def step(
    mechanism: Mechanism,
    regime: Regime,
    setting: Setting,
    ticks: int = 1,
    clock: str = "month",
    seed: int = 0,
) -> Regime:
    """The regime after `ticks` ticks of one mechanism alone, compiled."""
    return together([mechanism], regime, setting, ticks, clock, seed)
