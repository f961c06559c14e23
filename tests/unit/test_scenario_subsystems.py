"""Subsystems in scenario files: entries made from the declarations of the state."""

import dataclasses
import sys

import numpy as np
import pytest

from tests.small_scenario import write
from vertikal.engine.histories import Histories
from vertikal.engine.program import begin
from vertikal.regime.kinds import KINDS
from vertikal.regime.levels import dims, levels
from vertikal.regime.schedule import MECHANISMS
from vertikal.regime.subsystems import SUBSYSTEMS
from vertikal.scenario import ScenarioError, declared, load, world
from vertikal.scenario.assemble import SECTIONS
from vertikal.scenario.schema import Person

MORE = """
economy: {price: 30, growth: -0.02, budget: {military: 0.4}}
sectors:
  food: {complexity: 0.2, belief: 0.8}
  cars: {complexity: 0.8}
surveys:
  food-poll: {asks: sector_belief, about: food, bias: 0.1}
  mood: {asks: approval}
"""


def loaded(tmp_path, text=MORE, **more):
    write(tmp_path)
    path = tmp_path / "more.yaml"
    path.write_text("vertikal: 1\nname: more\nextends: small.yaml\n" + text, "utf-8")
    return load(path, **more)


def faults(tmp_path, text, **more):
    with pytest.raises(ScenarioError) as caught:
        loaded(tmp_path, text, **more)
    return [f"{f.message} {f.remedy}" for f in caught.value.faults]


@pytest.mark.parametrize("name", SUBSYSTEMS)
def test_every_field_is_declared_within_its_bounds(name):
    cls = SUBSYSTEMS[name]
    assert list(levels(cls)) == [f.name for f in dataclasses.fields(cls)]
    for field in dataclasses.fields(cls):
        level = levels(cls)[field.name]
        assert level.low <= level.default <= level.high, field.name
        assert level.meaning.endswith("."), field.name
        assert len(dims(field)) <= 1, field.name
        assert set(dims(field)) <= set(KINDS), field.name


@pytest.mark.parametrize("kind", declared.ROW_KINDS)
def test_fields_of_rows_have_names_of_their_own(kind):
    names = [name for _, name, _ in declared.fields_of_rows(kind)]
    assert names
    assert len(set(names)) == len(names)


def test_persons_can_state_every_number_that_subsystems_add_to_them():
    added = {name for _, name, level in declared.fields_of_rows("persons") if not level.labels}
    assert added
    assert added <= set(Person.model_fields)


def test_mechanisms_and_sections_do_not_share_names():
    assert not set(MECHANISMS) & set(SECTIONS)


def test_a_scenario_has_the_subsystems_that_it_declares(tmp_path):
    assert loaded(tmp_path, "").in_play == []
    scenario = loaded(tmp_path)
    assert scenario.in_play == ["economy", "technology", "public"]
    assert loaded(tmp_path, "war: {}\n").in_play == ["war"]
    strata = loaded(tmp_path, "strata: {aides: {number: 10}}\n")
    assert strata.in_play == ["defection", "strata"], "rows come with what moves them"


def test_the_state_begins_as_stated(tmp_path):
    scenario = loaded(tmp_path)
    regime, _ = world.initial_state(scenario, {})
    assert regime.economy.price[0] == 30
    assert regime.economy.growth[0] == np.float32(-0.02)
    np.testing.assert_allclose(regime.economy.budget[:, 0], [0.2, 0.2, 0.4, 0.2, 0.2])
    np.testing.assert_allclose(regime.technology.complexity[:, 0], [0.2, 0.8])
    np.testing.assert_allclose(regime.public.belief[:, 0], [0.8, 0.5])
    assert regime.public.about[:, 0].tolist() == [0, -1]
    assert regime.neighbours.size.shape == (0, 1)


def test_clans_begin_with_the_share_that_others_remember_else_with_their_own(tmp_path):
    scenario = loaded(tmp_path, "clans: {north: {trend: 0}, south: {trend: 0.7}}\n")
    histories = Histories(scenario, 1, fixed=True)
    clans = begin(histories.plan, histories.inputs())[0].clans
    palace, *others = np.asarray(clans.trend)[:, 0]
    assert palace == pytest.approx(float(clans.power[0, 0] / clans.power[:, 0].sum()), abs=1e-5)
    assert others == pytest.approx([0, 0.7], abs=1e-6)
    doubts = world.uncertain(scenario)
    assert "clans.south.trend" in doubts
    assert "clans.palace.trend" not in doubts


def test_doubts_are_those_of_what_is_declared(tmp_path):
    plain, more = (world.uncertain(loaded(tmp_path, text)) for text in ("", MORE))
    assert set(plain) < set(more)
    assert "sectors.food.complexity" in more
    assert "economy.budget.military" in more
    assert "economy.growth" not in more, "a rate is no guess in tenths"
    assert "people.boris.stakes" not in more
    assert "people.boris.stakes" in world.uncertain(loaded(tmp_path, "defection: {}\n"))
    limits = world.limits(loaded(tmp_path, "economy: {price: 20 to 60}\n"))
    assert limits["economy.price"] == (1.0, 500.0)


def test_the_content_loads_to_an_equal_scenario(tmp_path):
    scenario = loaded(tmp_path)
    again = tmp_path / "again.yaml"
    again.write_text(scenario.to_yaml(), "utf-8")
    assert load(again) == scenario
    assert load(again).digest == scenario.digest


def test_events_keep_to_the_bounds_of_a_field(tmp_path):
    event = "\nevents: {slump: {date: 1950-03-01, %s}}\n"
    text = MORE + event.lstrip() % "set: {economy.price: 900}"
    assert "out of bounds" in faults(tmp_path, text)[0]
    assert loaded(tmp_path, MORE + event.lstrip() % "add: {economy.price: -10}")


def test_faults_say_what_is_missing(tmp_path):
    assert "no sector" in faults(tmp_path, MORE.replace("about: food", "about: foot"))[0]
    assert "economy" in faults(tmp_path, "series: [economy.price]\n")[0]
    assert "sectors" in faults(tmp_path, "series: [technology.effort]\n")[0]
    found = faults(tmp_path, MORE.replace("complexity: 0.2", "complexty: 0.2"))[0]
    assert "complexity" in found
    assert "out of bounds" in faults(tmp_path, MORE.replace("price: 30", "price: 0"))[0]
    assert "no subsystem" in faults(tmp_path, "mechanisms: {only: [ecnomy, succession]}\n")[0]


def test_only_some_subsystems_may_be_at_work(tmp_path):
    used = world.used_mechanisms(loaded(tmp_path, "mechanisms: {only: [power, succession]}\n"))
    assert {m.subsystem for m in used} == {"power", "succession"}
    text = "mechanisms: {only: [power, succession]}\nparameters: {mortality: {level: 0.02}}\n"
    assert "not at work" in faults(tmp_path, text)[0]


class TestTheories:
    def test_the_usual_theory_is_in_play_unless_others_are_named(self, tmp_path):
        usual = world.used_mechanisms(loaded(tmp_path, ""))
        assert "succession" in {m.name for m in usual}
        assert not any(m.draws_as != m.id for m in usual)
        text = "theory: {succession: selectorate}\nparameters: {succession: null}\n"
        chosen = {m.name for m in world.used_mechanisms(loaded(tmp_path, text))}
        assert "succession_by_selectorate" in chosen
        assert "succession" not in chosen

    def test_an_ensemble_may_range_over_theories(self, tmp_path):
        text = "theory: {succession: {ruling_coalition: 3, coercion: 1}}\n"
        scenario = loaded(tmp_path, text)
        prior = world.uncertain(scenario)["theory.succession"]
        codes = prior.quantile(np.linspace(0, 1, 1000, endpoint=False) + 0.0005)
        assert np.mean(codes == 0) == pytest.approx(0.75)
        assert np.mean(codes == 1) == pytest.approx(0.25)
        _, setting = world.initial_state(scenario, {"theory.succession": codes})
        np.testing.assert_array_equal(setting.theories["succession"], codes)
        assert load_again(tmp_path, scenario) == scenario

    OWN = """
from vertikal.regime.succession import Succession

class Lot(Succession, id=1007, rules=(), theory=("succession", "lot"), rival_of=Succession):
    "One answer more."

class Same(Succession, id=1008, rules=(), theory=("succession", "lot"), rival_of=Succession):
    "The same answer."

class Known(Succession, id=1009, rules=(), theory=("succession", "coercion"), rival_of=Succession):
    "An answer of the library."

class Stranger(Succession, id=1010, stage=1, rules=(), theory=("succession", "chance")):
    "No rival."
"""
    USED = "mechanisms: {use: ['own_theories:Lot']}\n"

    @pytest.fixture
    def own(self, tmp_path, monkeypatch):
        (tmp_path / "own_theories.py").write_text(self.OWN)
        monkeypatch.chdir(tmp_path)
        monkeypatch.delitem(sys.modules, "own_theories", raising=False)

    @pytest.mark.usefixtures("own")
    def test_one_of_a_users_own_is_among_them(self, tmp_path):
        text = self.USED + "theory: {succession: {ruling_coalition: 1, lot: 3}}\n"
        scenario = loaded(tmp_path, text)
        names = [m.name for m in world.used_mechanisms(scenario)]
        assert {"succession", "lot"} <= set(names)
        last = len(world.answers(scenario)["succession"]) - 1
        assert world.answers(scenario)["succession"][last] == "lot"
        codes = world.uncertain(scenario)["theory.succession"].quantile(
            np.linspace(0.0005, 0.9995, 1000)
        )
        assert np.mean(codes == last) == pytest.approx(0.75, abs=0.002)
        assert load_again(tmp_path, scenario) == scenario

    @pytest.mark.usefixtures("own")
    def test_one_of_a_users_own_acts_only_where_it_is_chosen(self, tmp_path):
        aside = world.used_mechanisms(loaded(tmp_path, self.USED))
        assert "lot" not in {m.name for m in aside}
        alone = loaded(
            tmp_path, self.USED + "theory: {succession: lot}\nparameters: {succession: null}\n"
        )
        names = {m.name for m in world.used_mechanisms(alone)}
        assert "lot" in names
        assert "succession" not in names

    @pytest.mark.usefixtures("own")
    @pytest.mark.parametrize(
        ("names", "says"),
        [
            (["Lot", "Same"], "the same number, name or theory"),
            (["Known"], "is no rival of those that there are"),
            (["Stranger"], "is no rival of those that there are"),
        ],
    )
    def test_what_is_no_answer_of_its_own_is_refused(self, tmp_path, names, says):
        use = ", ".join(f"'own_theories:{name}'" for name in names)
        assert says in faults(tmp_path, f"mechanisms: {{use: [{use}]}}\n")[0]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("theory: {sucession: coercion}\n", "succession"),
            ("theory: {succession: coertion}\n", "coercion"),
            ("theory: {succession: {coercion: 0}}\n", "nil"),
            ("theory: [coercion]\n", "mapping"),
            ("theory: {succession: coercion}\n", "not at work"),  # the parameters of the usual one
        ],
    )
    def test_faults(self, tmp_path, text, says):
        assert says in faults(tmp_path, text)[0]


def load_again(tmp_path, scenario):
    again = tmp_path / "again.yaml"
    again.write_text(scenario.to_yaml(), "utf-8")
    return load(again)
