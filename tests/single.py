"""Every mechanism of the library as a program of its own, for one clock each."""

from functools import cache

import jax
import jax.numpy as jnp

from vertikal.engine import backend
from vertikal.regime.schedule import MECHANISMS

CLOCK = {
    name: "quarter" if "quarter" in m.clocks else m.clocks[-1] for name, m in MECHANISMS.items()
}
"""The clock on which each mechanism is tried: quarters, or the longest step that it admits."""


@cache
def compiled(name):
    """One mechanism alone, as a compiled function of itself, a regime and a tick.

    Programs are kept as those of scenarios are, so that files of tests share them.
    """
    programs = {}

    def alone(mechanism, regime, tick):  # for each name its own: see `court.together`
        return mechanism(regime, tick)

    def act(*arguments):
        arguments = jax.tree.map(_as_array, arguments)
        leaves, structure = jax.tree.flatten(arguments)
        kind = structure, tuple((a.shape, a.dtype) for a in leaves)
        if kind not in programs:
            programs[kind] = backend.compiled(alone, arguments, f"alone {structure}")
        return programs[kind](*arguments)

    return act


def _as_array(value):
    """As `jnp.asarray`, which takes its time with what is one already."""
    return value if isinstance(value, jax.Array) else jnp.asarray(value)
