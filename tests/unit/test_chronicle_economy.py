"""What `explain` tells of debts, funds, the key rate, industrial policy and shortages."""

import jax
import jax.numpy as jnp

from vertikal.regime.blank import blank_regime
from vertikal.regime.events import Names, happened
from vertikal.regime.regime import change
from vertikal.regime.subsystems import Industry

NAMES = Names(["A", "B"], ["C"], ["O"], rows={"sectors": ["Food", "Cars"]})


def one(**fields):
    """A single history with given numbers by address."""
    regime = blank_regime(2, 1, 1, 1, {"sectors": 2})
    for address, value in fields.items():
        part, field = address.split("__")
        old = getattr(getattr(regime, part), field)
        value = jnp.asarray(value, old.dtype)
        value = value[:, None] if value.ndim else value
        new = jnp.broadcast_to(value, old.shape)
        regime = change(regime, **{part: change(getattr(regime, part), **{field: new})})
    return jax.tree.map(lambda a: a[..., 0], regime)


def told(before, after):
    return [(e.kind, e.text, e.mechanism) for e in happened(3, one(**before), one(**after), NAMES)]


def test_nothing_is_told_of_nothing():
    assert told({}, {}) == []
    assert told({"economy__key_rate": 0.10}, {"economy__key_rate": 0.11}) == []


def test_debts_and_funds_are_told_when_they_end():
    assert told({"economy__debt": 0.01}, {"economy__debt": 0.0}) == [
        ("debt", "The debts to foreign creditors are repaid", "budget")
    ]
    assert told({"economy__debt": 0.0}, {"economy__debt": 0.01}) == []
    assert told({"economy__fund": 0.1}, {"economy__fund": 0.0})[0][0] == "fund"


def test_moves_of_the_key_rate():
    raised = told({"economy__key_rate": 0.1}, {"economy__key_rate": 0.2})
    assert raised == [("key_rate", "The central bank raises its key rate to 20%", "money")]
    assert "cuts" in told({"economy__key_rate": 0.2}, {"economy__key_rate": 0.18})[0][1]


def test_turns_of_policy_and_shortages():
    turn = told({}, {"technology__industry": int(Industry.SOVEREIGNTY)})
    assert turn == [("policy", "Industrial policy turns to sovereignty", "policy_turn")]
    short = told({}, {"technology__availability": (0.9, 0.6)})
    assert short == [("shortage", "Goods run short: Cars", "supply")]
