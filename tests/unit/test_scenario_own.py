"""Mechanisms that a scenario brings along: imported once, and never those of an older file."""

import builtins
import importlib
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.unit.test_scenario_subsystems import loaded
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError
from vertikal.scenario import ScenarioError, load, own, world

OWN = """
import builtins

import jax.numpy as jnp

from vertikal.regime.mechanism import Mechanism, Stage
from vertikal.regime.regime import change

LEVEL = {level}
builtins.own_imports = getattr(builtins, "own_imports", 0) + 1


class Frost(Mechanism, id=1234, stage=Stage.SLOW, rules=()):
    def __call__(self, regime, tick):
        chill = jnp.full_like(regime.coercion.fear, LEVEL)
        return change(regime, coercion=change(regime.coercion, fear=chill))
"""
USE = """
mechanisms: {use: ['own_frost:Frost'], only: [campaign]}
parameters: {succession: null}
series: [coercion.fear]
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A scenario's folder with a module of its own, which is forgotten afterwards."""
    (tmp_path / "own_frost.py").write_text(OWN.format(level=0.25))
    monkeypatch.setattr(builtins, "own_imports", 0, raising=False)
    yield tmp_path
    sys.modules.pop("own_frost", None)
    own._imported.pop("own_frost", None)


def imports():
    return builtins.own_imports


def fear(histories):
    return set(histories.run_block(0, 4).series["coercion.fear"].to_pylist())


def test_a_module_is_imported_once_for_all_batches(folder, monkeypatch):
    histories = Histories(loaded(folder, USE), 1)
    asked = []
    find = importlib.import_module
    monkeypatch.setattr(importlib, "import_module", lambda *a: asked.append(a) or find(*a))
    path = list(sys.path)
    histories.run_block(0, 2 * histories.batch)
    world.answers(histories.scenario)
    assert not [a for a in asked if a[0] == "own_frost"]
    assert imports() == 1
    assert sys.path == path


def test_a_file_that_was_edited_is_imported_anew_and_compiled_anew(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = loaded(folder, USE)
    same = loaded(folder, USE)
    assert same.own_mechanisms == before.own_mechanisms
    assert imports() == 1
    assert fear(Histories(same, 1)) == {np.float32(0.25)}
    (folder / "own_frost.py").write_text(OWN.format(level=0.75))  # same second, same length
    after = loaded(folder, USE)
    assert imports() == 2
    assert after.digest != before.digest
    assert after != before
    assert fear(Histories(after, 1)) == {np.float32(0.75)}
    assert fear(Histories(before, 2)) == {np.float32(0.25)}, "it keeps what it was loaded with"


@pytest.fixture
def divided(folder):
    """The same module, which has its level from another by way of a third."""
    text = OWN.format(level="SOUTH")
    (folder / "own_frost.py").write_text(f"from own_south import LEVEL as SOUTH\n{text}")
    (folder / "own_south.py").write_text("from own_pole import LEVEL\n")
    (folder / "own_pole.py").write_text("LEVEL = 0.25\n")
    (folder / "aside.py").write_text("never imported")
    yield folder
    for name in ("own_south", "own_pole"):
        sys.modules.pop(name, None)


def test_a_file_that_the_module_imports_is_part_of_it(divided):
    before = loaded(divided, USE)
    (divided / "aside.py").write_text("nor read")
    same = loaded(divided, USE)
    assert same.digest == before.digest
    assert imports() == 1
    assert fear(Histories(before, 1)) == {np.float32(0.25)}
    (divided / "own_pole.py").write_text("LEVEL = 0.75\n")  # same second, same length
    after = loaded(divided, USE)
    assert after.digest != before.digest
    assert imports() == 2
    assert fear(Histories(after, 1)) == {np.float32(0.75)}
    assert fear(Histories(before, 2)) == {np.float32(0.25)}, "it keeps what it was loaded with"


@pytest.mark.parametrize("file", ["own_frost.py", "own_pole.py"])
def test_a_file_that_was_broken_since_is_not_played_as_it_was(divided, file):
    loaded(divided, USE)
    (divided / file).write_text("LEVEL = (\n")
    with pytest.raises(ScenarioError, match="SyntaxError"):
        loaded(divided, USE)


def test_installed_packages_are_no_part_of_a_module(folder):
    (folder / "own_frost.py").write_text("import yaml, numpy\n" + OWN.format(level=0.25))
    loaded(folder, USE)
    assert own._imported["own_frost"].helpers == {}
    assert own._source("yaml", folder).helpers == {}, "not even by name"


def test_an_edited_file_is_not_played_by_the_stored_program_of_the_old_one(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert fear(Histories(loaded(folder, USE), 1)) == {np.float32(0.25)}
    (folder / "own_frost.py").write_text(OWN.format(level=0.75))
    del sys.modules["own_frost"], own._imported["own_frost"]  # as if in another process
    assert fear(Histories(loaded(folder, USE), 1)) == {np.float32(0.75)}


def test_threads_that_load_at_once_share_one_class_and_leave_the_search_path_alone(folder):
    path = list(sys.path)
    scenario = loaded(folder, USE)
    file = folder / "more.yaml"
    del sys.modules["own_frost"], own._imported["own_frost"]
    (folder / "own_frost.py").write_text("import time\ntime.sleep(0.05)\n" + OWN.format(level=0.5))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load(file).own_mechanisms, range(16)))
    assert imports() == 2, "once before, and once by all threads together"
    assert len(set(found)) == 1
    assert found[0] != scenario.own_mechanisms
    assert sys.path == path


def test_a_module_of_the_same_name_in_another_folder_is_another(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "own_frost.py").write_text(OWN.format(level=0.5))
    here, there = loaded(folder, USE), loaded(elsewhere, USE)
    assert here.own_mechanisms != there.own_mechanisms
    assert sys.modules["own_frost"].LEVEL == 0.5


def test_the_name_of_a_module_in_use_is_refused(folder):
    (folder / "colorsys.py").write_text(OWN.format(level=0.5))
    importlib.import_module("colorsys")
    with pytest.raises(ScenarioError, match="is also the name of a module that is in use") as why:
        loaded(folder, USE.replace("own_frost", "colorsys"))
    assert "another name" in why.value.faults[0].remedy
    assert why.value.faults[0].address == "mechanisms.use[0]"


def test_what_the_import_puts_on_the_search_path_stays(folder, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    text = OWN.format(level=0.5) + "\nimport sys\n\nsys.path.append('further')\n"
    (folder / "own_frost.py").write_text(text)
    loaded(folder, USE)
    assert sys.path[-1] == "further"
    assert str(folder) not in sys.path


def test_a_scenario_with_a_mechanism_of_its_own_can_be_pickled(folder):
    scenario = loaded(folder, USE)
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.own_mechanisms == scenario.own_mechanisms


AWRY = """
from vertikal.regime.mechanism import Mechanism, Stage
from vertikal.regime.regime import change


class Frost(Mechanism, id=1234, stage=Stage.SLOW, rules=()):
    def __call__(self, regime, tick):
        chilled = change(regime, coercion=change(regime.coercion, fear={fear}))
        {ending}
"""


@pytest.mark.parametrize(
    ("fear", "status"),
    [
        ("regime.coercion.fear + 7", "out of bounds: coercion.fear"),
        ("regime.coercion.fear - 7", "out of bounds: coercion.fear"),
        ("regime.coercion.fear / 0", "not finite: coercion.fear"),
        ("0 * regime.coercion.fear + 1.00001", "ok"),
    ],
)
def test_a_history_that_ends_beyond_a_range_has_failed(folder, fear, status):
    (folder / "own_frost.py").write_text(AWRY.format(fear=fear, ending="return chilled"))
    histories = Histories(loaded(folder, USE), 1)
    assert set(histories.run_block(0, 4).outcomes["status"].to_pylist()) == {status}
    assert set(histories.outcomes_of(np.arange(4))["status"].to_pylist()) == {status}


@pytest.mark.parametrize(("ending", "what"), [("pass", "NoneType"), ("return 1, chilled", "tuple")])
def test_a_mechanism_that_returns_no_regime_is_told_with_its_file(folder, ending, what):
    (folder / "own_frost.py").write_text(AWRY.format(fear="regime.coercion.fear", ending=ending))
    histories = Histories(loaded(folder, USE), 1)
    with pytest.raises(VertikalError, match=f"the mechanism Frost returns {what}") as told:
        histories.run_block(0, 1)
    assert told.value.where == str(folder / "own_frost.py")
