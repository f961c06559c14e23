import re
from datetime import datetime

import pytest

from tests.small_scenario import write
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import check, library, load
from vertikal.scenario.catalogue import FOLDER

NAMES = [entry.name for entry in library()]


@pytest.fixture(scope="module")
def court():
    return load("stalins-court")


def test_the_list_comes_in_the_order_of_the_ids():
    ids = [entry.id for entry in library()]
    assert ids[:4] == ["S1", "S1a", "S1b", "S1c"]
    assert "S8" in ids
    assert len(set(ids)) == len(ids)
    assert all(e.title and e.question and e.path.stem == e.name for e in library())


@pytest.mark.parametrize("name", NAMES)
def test_every_library_scenario_and_variant_is_without_fault(name):
    assert [str(fault) for fault in check(name)] == []


@pytest.mark.parametrize("name", NAMES)
def test_library_scenarios_survive_the_round_trip(name, tmp_path):
    scenario = load(name)
    assert load(write(tmp_path, scenario.to_yaml(), f"{name}.yaml")) == scenario
    assert scenario.clock.step_years == YEARS_PER_STEP[scenario.clock.step]


@pytest.mark.parametrize("name", NAMES)
def test_no_two_variants_are_the_same(name):
    base = load(name)
    digests = [load(name, variant=letter).digest for letter in base.variants]
    assert len({base.digest, *digests}) == len(digests) + 1


@pytest.mark.parametrize("name", NAMES)
def test_what_history_tells_is_of_use(name):
    scenario = load(name)
    for outcome, row in scenario.outcomes.items():
        assert row.use == "explore" or outcome in scenario.history, outcome
    assert set(scenario.history) <= set(scenario.outcomes)


def test_a_library_scenario_can_be_loaded_by_its_id(court):
    assert load("S1") == court


def test_the_court_has_its_actors(court):
    assert 55 <= len(court.people) <= 70
    assert court.clock.ticks == 144
    assert court.people["malenkov"].age.value == pytest.approx(44, abs=0.1)
    assert court.pacts["malenkov"]["beria"].value == 0.9
    assert court.people["stalin"].survives_until < court.events["stalin-dies"].date
    assert not court.clans["unaffiliated"].organised


def test_the_cover_of_the_documents(court):
    """Beria's own force of 0.9 lent at 0.9 gives the cover of about 0.8 in the scenario table."""
    force = sum(o.coercion.value * (1 - o.grip.value * court.leader.control.value)
                for o in court.offices.values() if o.holder == "beria")  # fmt: skip
    assert force == pytest.approx(0.9)
    assert force * court.pacts["malenkov"]["beria"].value == pytest.approx(0.8, abs=0.02)
    record = load("stalins-court", variant="R")
    assert record.offices["security_oversight"].coercion.value == 0.5
    assert record.events["abakumov"].appoint == {"state_security": "abakumov"}


def test_arms_of_the_court(court):
    def arm(letter):
        return load("stalins-court", variant=letter)

    assert arm("D").pacts["malenkov"]["beria"].value == 0
    assert arm("D").people["malenkov"].indispensability.value == 0
    assert "beria-arrested" in arm("A").events
    assert "beria-arrested" not in arm("E").events
    assert set(arm("A").events) - set(arm("E").events) == {"beria-arrested", "beria-shot"}
    assert arm("F").events["army-covers-malenkov"].set == {"clans.pact[malenkov, army]": 0.9}
    assert "berlin-blockade" not in arm("G").events
    assert arm("X").history["malenkov-falls"].first == datetime(1957, 7, 1)


def test_gkchp_names_no_living_person():
    scenario = load("gkchp")
    text = scenario.to_yaml()
    assert not re.search(r"Gorbachev|Yeltsin|Kryuchkov|Yazov|Yanayev|Rutskoi", text)
    assert scenario.clock.step == "hour"
    assert "emergency" in MECHANISMS


def test_files_are_where_the_package_looks():
    assert {p.stem for p in FOLDER.glob("*.yaml")} == set(NAMES)
