"""Happenings abroad are read off two states."""

import jax
import numpy as np

from tests.abroad import having, world
from vertikal.regime.events import Names, Weight, happened
from vertikal.regime.schedule import MECHANISMS
from vertikal.regime.subsystems import Stance

NAMES = Names(
    persons=("Anna", "Boris", "Clara"), clans=("palace", "north"), offices=("throne", "mint"),
    rows={"neighbours": ("Near", "Middle", "Far")},
)  # fmt: skip


def one(regime):
    return jax.tree.map(lambda a: np.array(a[..., 0]), regime)


def told(name, before, after):
    start = world()
    events = happened(
        3, one(having(start, name, **before)), one(having(start, name, **after)), NAMES
    )
    assert all(e.mechanism == "script" or e.mechanism in MECHANISMS for e in events)
    return events


def test_nothing_is_told_of_a_quiet_tick():
    assert told("foreign", {}, {}) == []
    assert told("foreign", {"sanctions": 0.3}, {"sanctions": 0.6}) == []


def test_a_turn_of_the_line_is_told_with_who_made_it():
    decided = told("foreign", {}, {"stance": Stance.ASSERTION, "turns": 1.0})
    assert [e.mechanism for e in decided] == ["foreign_bargain"]
    assert decided[0].weight == Weight.MAJOR
    assert "EC-4" in decided[0].rules
    imposed = told("foreign", {}, {"stance": Stance.INTEGRATION})
    assert [e.mechanism for e in imposed] == ["script"]
    assert "integration" in imposed[0].text


def test_sanctions_and_exits_are_told_once():
    found = told("foreign", {"sanctions": 0.1, "exits": 0.4}, {"sanctions": 0.3, "exits": 0.6})
    assert [e.mechanism for e in found] == ["western_response", "firm_exits"]


def test_disputes_name_the_neighbour():
    found = told("neighbours", {}, {"disputes": [0, 1, 2]})
    assert [e.text for e in found] == [
        "Energy and trade dispute with Middle",
        "Energy and trade dispute with Far",
    ]
