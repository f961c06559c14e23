"""The scenarios on foreign policy say what their tables say."""

import pytest

from vertikal.scenario import load, world

BRENT = {2001: 24.4, 2002: 25.0, 2003: 28.8, 2004: 38.3, 2005: 54.5, 2006: 65.1, 2007: 72.4,
         2008: 97.3, 2009: 61.7, 2010: 79.5, 2011: 111.3}  # fmt: skip
"""Annual means of Brent in dollars a barrel, as in the scenario paper."""


@pytest.fixture(scope="module")
def resource_state():
    return load("resource-state")


def test_the_price_of_oil_is_historys(resource_state):
    events = resource_state.events
    assert {y: events[f"brent-{y}"].set["economy.price"] for y in BRENT} == BRENT
    cheap = load("resource-state", variant="cheap-oil").events
    assert {cheap[f"brent-{y}"].set["economy.price"] for y in range(2003, 2012)} == {25.0}
    assert "paris-club" in cheap


def test_without_a_windfall_the_debt_is_not_repaid_by_decree():
    both = load("resource-state", variant="B").events
    assert not {"debt-2003", "fund-monetary", "paris-club"} & set(both)
    assert both["brent-2008"].set["economy.price"] == 25.0


def test_nine_neighbours_and_one(resource_state):
    assert len(resource_state.tables["neighbours"]) == 9
    assert list(load("union-state").tables["neighbours"]) == ["belarus"]


@pytest.mark.parametrize("name", ["resource-state", "union-state"])
def test_the_cast_has_roles_and_no_names(name):
    people = load(name).people
    assert all(person.name == key for key, person in people.items())
    assert sum(bool(person.role) for person in people.values()) == 16


def test_what_is_at_work(resource_state):
    used = {m.subsystem for m in world.used_mechanisms(resource_state)}
    assert {"foreign", "neighbours", "economy", "institutions", "public"} <= used
    assert "war" not in used


def test_two_complexes_differ_in_who_has_one():
    base = load("two-complexes")
    for arm, side in (("us-only", "home"), ("soviet-only", "abroad")):
        events = load("two-complexes", variant=arm).events
        put = [e for key, e in events.items() if key not in base.events]
        assert len(put) == 17
        assert all(e.set == {f"military_industry.influence[{side}]": 0.0} for e in put)
