"""A small court for tests of the leader: four clans, two people each, one throne."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.regime import Regime, Setting, change

RUNS = 1024
PERSONS, OFFICES, CLANS = 8, 4, 4
THRONE = 0
"""The office that goes with the leadership."""


def rows_of(values: Any, kind: Any = jnp.float32, runs: int = RUNS) -> jax.Array:
    """A table with the same column in every run."""
    column = jnp.asarray(values, kind)
    return jnp.broadcast_to(column[..., None], (*column.shape, runs))


def throne_room(powers: Any = (3.0, 4.0, 5.0, 10.0), runs: int = RUNS, **leadership: Any) -> Regime:
    """Persons 2c and 2c + 1 are clan c, the first with nearly all its power; person 0 leads."""
    regime = blank_regime(PERSONS, OFFICES, CLANS, runs)
    powers = np.asarray(powers, np.float32)
    each = np.stack([powers * 0.999, powers * 0.001], 1).reshape(-1)
    return with_(
        regime,
        elite={
            "clan": rows_of(np.arange(PERSONS) // 2, jnp.int32, runs),
            "power": rows_of(each, runs=runs),
        },
        clans={"power": rows_of(powers, runs=runs), "cohesion": rows_of(np.ones(CLANS), runs=runs)},
        leadership=leadership,
    )


def with_(regime: Regime, **parts: dict[str, Any]) -> Regime:
    """A regime with some fields changed; plain numbers and columns are spread over the runs."""
    for part, fields in parts.items():
        old = getattr(regime, part)
        new = {}
        for name, value in fields.items():
            like = getattr(old, name)
            array = jnp.asarray(value, like.dtype)
            if array.ndim == like.ndim - 1 and array.shape == like.shape[:-1]:
                array = array[..., None]
            new[name] = jnp.broadcast_to(array, like.shape)
        regime = change(regime, **{part: change(old, **new)})
    return regime


def hall(**fields: Any) -> Setting:
    """The setting of a `throne_room`; columns are given without the run axis."""
    setting = blank_setting(OFFICES, CLANS)
    throne = jnp.arange(OFFICES)[:, None] == THRONE
    new = {
        name: jnp.asarray(v, getattr(setting, name).dtype)[..., None] for name, v in fields.items()
    }
    return change(setting, **{"office_of_leader": throne, **new})


def same(a: Any, b: Any) -> bool:
    """Whether two states are equal to the last bit."""
    return jax.tree.all(jax.tree.map(lambda x, y: bool((x == y).all()), a, b))


def sound(before: Regime, after: Regime) -> None:
    """Assert that shapes and types are kept and that numbers are finite and within their ranges."""
    for x, y in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert (x.shape, x.dtype) == (y.shape, y.dtype)
        assert not jnp.isnan(y).any()
    lead, elite, clans = after.leadership, after.elite, after.clans
    for share in (
        lead.control, lead.personal_power, lead.shock, after.coercion.wave, after.policy.agenda,
        elite.proximity, elite.condemned, elite.exposure, clans.pact,
    ):  # fmt: skip
        assert ((share >= 0) & (share <= 1)).all()
    assert ((clans.favour >= -1) & (clans.favour <= 1)).all()
    assert ((lead.leader >= -1) & (lead.leader < elite.power.shape[0])).all()
    assert (lead.horizon >= 0).all()
