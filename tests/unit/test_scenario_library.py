import re
from datetime import datetime

import numpy as np
import pytest

from tests.court import step
from tests.small_scenario import write
from vertikal.regime.long_run import Degeneration
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.power import PowerBalance
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import check, library, load
from vertikal.scenario.catalogue import FOLDER
from vertikal.scenario.world import initial_state

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


@pytest.mark.parametrize("name", NAMES)
def test_nobody_remembers_what_has_not_ended(name):
    """EL-11: the bad experience of the Soviet Union is a lesson once it is over."""
    scenario = load(name)
    lesson = scenario.system.soviet_lesson.value
    if scenario.clock.end < datetime(1991, 8, 1):
        assert lesson == 0
    elif scenario.clock.start > datetime(1991, 12, 1):
        assert lesson == 1


def test_gkchp_names_no_living_person():
    scenario = load("gkchp")
    text = scenario.to_yaml()
    assert not re.search(r"Gorbachev|Yeltsin|Kryuchkov|Yazov|Yanayev|Rutskoi", text)
    assert scenario.clock.step == "hour"
    assert "emergency" in MECHANISMS


TABLE = {
    "young-technocrats": {"strongmen": 0.3, "territorial": 0.35, "technocrats": 0.2},
    "late-brezhnev": {"dnepropetrovsk": 0.35},
    "governors": {"regional": 0.45, "security": 0.3, "appointees": 0.25},
}
"""Sizes of clans in the scenario table."""


@pytest.mark.parametrize("name", TABLE)
def test_clans_start_near_the_sizes_of_the_table(name):
    scenario = load(name)
    regime, setting = initial_state(scenario, {})
    power = np.asarray(step(PowerBalance(), regime, setting, clock="month").clans.power)[:, 0]
    share = dict(zip(scenario.clans, power / power.sum(), strict=True))
    for clan, size in TABLE[name].items():
        assert share[clan] == pytest.approx(size, abs=0.05), clan


@pytest.mark.parametrize("name", TABLE)
def test_only_places_of_exile_wait_for_a_holder(name):
    scenario = load(name)
    vacant = {k for k, o in scenario.offices.items() if o.holder is None and not o.leader}
    assert vacant == {k for k, o in scenario.offices.items() if o.exile}


def test_young_technocrats_and_governors_name_nobody():
    for name in ("young-technocrats", "governors"):
        scenario = load(name)
        assert all(person.name in ("", key) for key, person in scenario.people.items())
        assert not re.search(r"Zhakiyanov|Ablyazov|Nazarbayev|Putin", scenario.to_yaml())


def test_technocrats_are_asked_after_before_what_is_done_to_them():
    """A tick with the end of the month before the treatment, in variants that move it as well."""
    month = lambda outcome: (outcome.start, outcome.until)  # noqa: E731
    young = load("young-technocrats")
    (_, last) = month(young.outcomes["technocrats-in-play"])
    assert last < young.events["movement-founded"].date
    for variant in (None, "handover-early", "leader-dies-early", "leader-dies-late"):
        scenario = load("after-the-war", variant=variant)
        goes = next(scenario.events[e] for e in ("handover", "death") if e in scenario.events)
        first, last = month(scenario.outcomes["technocrats-in-play"])
        assert first < last <= goes.date
        assert (goes.date - last).days < 31


def test_arms_of_the_young_technocrats():
    def arm(letter):
        return load("young-technocrats", variant=letter)

    base = load("young-technocrats")
    moved = base.events["movement-founded"].set
    assert moved["clans.favour[technocrats]"] == -0.5
    assert arm("C").events["movement-founded"].set == moved | {"clans.favour[technocrats]": 0.3}
    assert arm("B").people["security_deputy"].clan == "technocrats"
    assert arm("D").clans["technocrats"].base == "territorial"
    assert set(base.events) - set(arm("F").events) == {"movement-founded", "moderates-leave"}


def test_the_headships_of_the_governors():
    """Twelve for each clan, or six and eighteen; no person holds two."""

    def heads(variant=None):
        offices = load("governors", variant=variant).offices.values()
        return [o.holder for o in offices if "heads" in o.body]

    for variant, appointed in ((None, 12), ("technocrats-quarter", 6),
                               ("technocrats-three-quarters", 18)):  # fmt: skip
        held = heads(variant)
        assert len(set(held)) == 24
        assert sum(h.startswith("appointees-") for h in held) == appointed


def test_late_brezhnev_without_the_head_of_security():
    scenario = load("late-brezhnev", variant="B")
    assert scenario.people["andropov"].status == "retired"
    assert "andropov" not in {o.holder for o in scenario.offices.values()}


def test_files_are_where_the_package_looks():
    assert {p.stem for p in FOLDER.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("days", [0, 1, 3, 7, 30])
@pytest.mark.parametrize("insiders", [1, 2, 3, 4, 5])
def test_paralysis_and_insiders_can_be_crossed(days, insiders):
    """Arm J of the scenario paper: any length of the paralysis with any number of insiders."""
    of_days = f"J-{days}-day" + ("" if days == 1 else "s")
    of_people = f"J-{insiders}-insider" + ("" if insiders == 1 else "s")
    crossed = load("S1a", variant=[of_days, of_people])
    alone = load("S1a", variant=of_people)
    assert crossed.applied == (f"variant {of_days}", f"variant {of_people}")
    assert crossed.people == alone.people
    assert crossed.parameters == load("S1a", variant=of_days).parameters
    assert crossed.digest != alone.digest


def test_the_collapse_of_1991_does_what_one_that_comes_by_itself_does():
    scripted = load("S7").events["collapse"]
    left = 1 - Degeneration().swept_away
    for field in ("service", "privilege", "rigidity"):
        np.testing.assert_allclose(scripted.set[f"long_run.{field}"], left)
    assert scripted.add == {
        "long_run.mobilisation": -Degeneration().swept_away, "long_run.collapses": 1,
    }  # fmt: skip
    calm = load("S7", variant="B").events["collapse"]
    assert calm.set == {a: v for a, v in scripted.set.items() if a != "long_run.danger"}
    assert calm.add == scripted.add
