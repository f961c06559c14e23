"""Every mechanism of the library compiled once, for one shape and one clock each."""

from functools import cache

import jax

from vertikal.regime.schedule import MECHANISMS

CLOCK = {
    name: "quarter" if "quarter" in m.clocks else m.clocks[-1] for name, m in MECHANISMS.items()
}
"""The clock on which each mechanism is tried: quarters, or the longest step that it admits."""


@cache
def compiled(name):
    """One mechanism alone, as a compiled function of itself, a regime and a tick."""
    return jax.jit(lambda mechanism, regime, tick: mechanism(regime, tick))
