"""Where mechanisms act: the measurement, and the table of the library that it left behind."""

import dataclasses
import json
import re

import pytest

from tests.acting import TABLE, changing, written
from tests.commands import command
from tests.small_scenario import TEXT, changed, read
from vertikal import acting as table
from vertikal import traceability
from vertikal.acting import Measured, measured, scenario_digest
from vertikal.engine.histories import Histories
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import library, load

RENEW = "run: python -m tests.acting"


COURT = TEXT + "theory: {succession: {ruling_coalition: 0.000001, coercion: 1}}\n"
"""The coercers decide the succession in every history, for all that a rival theory is in play."""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What acts in two courts with the same compiled program; the generals of one are inspected.

    The inspector is of another clan than they are.
    """
    folder = tmp_path_factory.mktemp("courts")
    inspected = changed("mint: {holder: boris}", "mint: {holder: boris, inspection: 1}", COURT)
    tried = ("inspection", "mortality", "succession", "succession_by_force")
    return {
        name: changing(Histories(read(folder, text), 7, replicates=1), tried)
        for name, text in (("plain", COURT), ("inspected", inspected))
    }


class TestMeasurement:
    def test_what_waits_in_vain_is_idle(self, found):
        assert "inspection" not in found["plain"]

    def test_what_meets_what_it_waits_for_acts(self, found):
        assert "inspection" in found["inspected"]

    def test_what_acts_otherwise_does_so_in_both(self, found):
        assert all("mortality" in found[court] for court in found)

    def test_only_the_one_is_silenced_and_not_its_rivals(self, found):
        """The usual answer, which holds in none of the histories, is not missed; its rival is."""
        assert "succession_by_force" in found["plain"]
        assert "succession" not in found["plain"]

    def test_what_nothing_looks_at_changes_the_state_alone(self, tmp_path):
        blind = re.sub(r"(?s)^series:.*?(?=^variants:)", "", COURT, flags=re.M)
        histories = Histories(read(tmp_path, blind), 7, replicates=1)
        assert changing(histories, ["mortality"]) == {"mortality"}
        assert changing(histories, ["mortality"], "record") == frozenset()
        histories = Histories(read(tmp_path, COURT), 7, replicates=1)
        assert changing(histories, ["mortality"], "record") == {"mortality"}

    def test_where_all_are_idle_none_acts(self, tmp_path):
        histories = Histories(read(tmp_path, COURT), 7, replicates=1)
        assert changing(histories, ["inspection", "succession"]) == frozenset()


class TestTable:
    def test_it_covers_the_library(self):
        assert list(measured()) == [entry.name for entry in library()], RENEW

    @pytest.mark.parametrize("name", [entry.name for entry in library()])
    def test_it_was_measured_with_the_scenario_as_it_is(self, name):
        scenario = load(name)
        assert measured()[name].scenario == scenario_digest(scenario), f"{RENEW} {name}"

    @pytest.mark.parametrize("name", [entry.name for entry in library()])
    def test_every_mechanism_in_play_acts_or_is_idle(self, name):
        found, in_play = measured()[name], traceability._in_play()[name]
        assert found.acts | found.idle.get("", frozenset()) == in_play[""], f"{RENEW} {name}"
        assert found.unseen <= found.acts
        for letter, idle in found.idle.items():
            assert idle
            assert idle <= in_play[letter]

    def test_every_mechanism_acts_in_some_scenario_or_variant(self):
        acts = {
            mechanism
            for name, played in traceability._in_play().items()
            for letter, in_play in played.items()
            for mechanism in in_play - measured()[name].idle.get(letter, frozenset())
        }
        assert set(MECHANISMS) == acts

    def test_it_is_written_as_it_is_read(self):
        assert TABLE.read_text("utf-8") == written(measured())


class TestOutOfDate:
    @pytest.fixture
    def current(self, monkeypatch):
        """A table that fits, whatever the one in the package does."""
        fitting = {
            name: dataclasses.replace(
                found, model=table.model_digest(), scenario=scenario_digest(load(name))
            )
            for name, found in measured().items()
        }
        monkeypatch.setattr(traceability, "measured", lambda: fitting)
        monkeypatch.setattr(table, "measured", lambda: fitting)
        return fitting

    def test_a_table_that_fits_is_not_spoken_of(self, current):
        assert traceability.outdated() == []
        assert command("trace", "CO-4").err == ""

    def test_a_changed_scenario_is_named_with_the_command_that_helps(self, current):
        current["gkchp"] = dataclasses.replace(current["gkchp"], scenario="other")
        del current["governors"]
        told = command("trace", "CO-4", "--json")
        assert told.err == (
            "Out of date: what acts in gkchp, governors; measure it anew by "
            "`python -m tests.acting`.\n"
        )
        assert told.code == 0
        assert "governors" in {a["scenario"] for a in told.json[0]["scenarios"]}

    def test_many_changed_scenarios_are_counted(self, current):
        for name in list(current)[1:]:
            current[name] = dataclasses.replace(current[name], scenario="other")
        changed = len(current) - 1
        assert command("trace", "CO-4").err == (
            f"Out of date: what acts in {changed} of {len(current)} scenarios; measure it anew by "
            "`python -m tests.acting`.\n"
        )

    def test_changed_equations_are_too(self, current, monkeypatch):
        monkeypatch.setattr(table, "model_digest", lambda: "other")
        assert traceability.outdated() == list(current)
        told = command("trace", "CO-4")
        assert told.err == "Out of date: what acts; measure it anew by `python -m tests.acting`.\n"

    def test_the_digest_is_of_the_variants_too(self, tmp_path):
        plain = read(tmp_path)
        other = read(tmp_path, changed("north: {south: 0}", "north: {south: 0.1}"))
        titled = read(tmp_path, changed("title: No pact", "title: No pact at all"))
        assert plain.digest == other.digest
        assert scenario_digest(plain) != scenario_digest(other)
        assert scenario_digest(plain) == scenario_digest(titled)


def test_a_row_is_read_as_it_was_written():
    (found, *_) = measured().values()
    row = json.loads(json.dumps(found.row()))
    assert row["acts"] == sorted(found.acts)
    assert {f.name for f in dataclasses.fields(Measured)} == row.keys()
