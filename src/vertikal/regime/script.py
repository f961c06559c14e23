"""What a scenario imposes from outside: dated changes of the state.

Wars, treaties, deaths that the scenario fixes, committees opened and closed, moves that it
dictates: all are assignments or additions to fields of the state at certain ticks.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import pick
from vertikal.regime.leader import vacate
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.regime import Exit, Regime, Setting, Status, change

Tables = dict[str, Float[Array, "ticks *rows"]]
"""For each address a value for each tick and row; nan where nothing happens."""


def impose(regime: Regime, index: Array, assigned: Tables, added: Tables) -> Regime:
    """Apply the scripted events of one tick.

    Args:
        regime: The state before.
        index: Number of the tick, from 1.
        assigned: New values by state address (`elite.proximity`, ...).
        added: Additions, after the assignments; sums are cut to the range of the quantity.
    """
    for address in sorted(set(assigned) | set(added)):
        part, field = address.split(".")
        old = getattr(getattr(regime, part), field)
        new = old
        if address in assigned:
            value = jax.lax.dynamic_index_in_dim(assigned[address], index - 1, keepdims=False)[
                ..., None
            ]
            new = jnp.where(jnp.isnan(value), new, jnp.nan_to_num(value).astype(old.dtype))
        if address in added:
            value = jax.lax.dynamic_index_in_dim(added[address], index - 1, keepdims=False)[
                ..., None
            ]
            low, high = OBSERVABLES[address].range
            new = jnp.where(jnp.isnan(value), new, jnp.clip(new + jnp.nan_to_num(value), low, high))
        regime = change(regime, **{part: change(getattr(regime, part), **{field: new})})
    return regime


def depart(regime: Regime, setting: Setting) -> Regime:
    """Let a leader go whom the script has killed or put out of play."""
    leader = regime.leadership.leader
    status = pick(regime.elite.status, leader)
    gone = (leader >= 0) & (status != Status.ACTIVE)
    mode = jnp.where(status == Status.DEAD, Exit.DEATH, Exit.SCRIPTED)
    return vacate(regime, setting, gone, mode)
