"""Small regimes and a stepper for tests of single mechanisms."""

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
    index: int,
    clock: str = "month",
    seed: int = 0,
) -> Tick:
    """The tick that `mechanism` would see."""
    return _tick(mechanism.id, setting, runs, jnp.uint32(index), YEARS_PER_STEP[clock], seed)


def _tick(number, setting, runs, index, years, seed):
    low, high = np.uint32(seed & 0xFFFFFFFF), np.uint32(seed >> 32)
    run = jnp.arange(runs, dtype=jnp.uint32)
    key = chance.keys((low, high), run, index, jnp.uint32(number), chance.SIMULATION)
    return Tick(index, index.astype(jnp.float32) * years, setting, key, years)


@partial(jax.jit, static_argnames=("runs", "ticks", "clock", "seed", "number"))
def _advance(mechanism, regime, setting, *, runs, ticks, clock, seed, number):
    def body(state, index):
        tick = _tick(number, setting, runs, index, YEARS_PER_STEP[clock], seed)
        return mechanism(state, tick), None

    return jax.lax.scan(body, regime, jnp.arange(1, ticks + 1, dtype=jnp.uint32))[0]


def step(
    mechanism: Mechanism,
    regime: Regime,
    setting: Setting,
    ticks: int = 1,
    clock: str = "month",
    seed: int = 0,
) -> Regime:
    """The regime after `ticks` ticks of one mechanism alone, compiled."""
    return _advance(
        mechanism,
        regime,
        setting,
        runs=regime.leadership.leader.shape[0],
        ticks=ticks,
        clock=clock,
        seed=seed,
        number=mechanism.id,
    )
