"""Small regimes and a stepper for tests of single mechanisms."""

from collections.abc import Sequence
from functools import partial

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
    index: int | jax.Array,
    clock: str = "month",
    seed: int = 0,
) -> Tick:
    """The tick that `mechanism` would see."""
    run = np.arange(runs, dtype=np.uint32)  # by NumPy, which does single operations at once
    index = index if isinstance(index, jax.Array) else np.uint32(index)
    return _tick(mechanism, setting, run, index, YEARS_PER_STEP[clock], _words(seed))


def _tick(mechanism, setting, run, index, years, seed):
    key = chance.keys(seed, run, index, np.uint32(mechanism.id), chance.SIMULATION)
    index, *key = map(jnp.asarray, (index, *key))
    return Tick(index, index.astype(jnp.float32) * years, setting, tuple(key), years)


def _words(seed):
    return np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)


QUICKLY = {"xla_backend_optimization_level": 0}
"""How to compile what runs once or twice: to optimise it takes longer than it saves."""


@partial(jax.jit, static_argnums=0, compiler_options=QUICKLY)
def _advance(kinds, mechanisms, regime, setting, first, ticks, years, seed):
    run = jnp.arange(regime.leadership.leader.shape[0], dtype=jnp.uint32)

    def body(index, state):
        for mechanism in mechanisms:
            here = _tick(mechanism, setting, run, index.astype(jnp.uint32), years, seed)
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
    Of mechanisms with equally many parameters JAX may take one for the other, since it calls the
    structures of dataclasses of different types equal (0.10); so it is told of what types they are.
    """
    years = np.float32(YEARS_PER_STEP[clock])
    kinds = tuple(type(mechanism) for mechanism in mechanisms)
    return _advance(kinds, tuple(mechanisms), regime, setting, first, ticks, years, _words(seed))


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
