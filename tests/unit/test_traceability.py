"""Rules and everything that hangs on them: sources, mechanisms, tests, scenarios, claims."""

import dataclasses
import re
from importlib.resources import files
from pathlib import Path

import pytest

from tests.commands import command
from tests.rule_tests import TABLE, written
from tests.small_scenario import TEXT
from vertikal import traceability
from vertikal.acting import Measured
from vertikal.data.rules import documents, rules, sections
from vertikal.regime.mechanism import parameters
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import catalogue
from vertikal.traceability import Activity, Trace, claims_by_rule, collect_tests, rule_tests, trace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def other_library():
    """What is in play in the library is read once a process; here it is another for a while."""
    for once in (traceability._library, traceability._in_play):
        once.cache_clear()
    yield
    for once in (traceability._library, traceability._in_play):
        once.cache_clear()


class TestRules:
    def test_each_section_is_numbered_without_a_gap(self):
        counted = {s: [r.id for r in rules().values() if r.section == s] for s in sections()}
        for section, ids in counted.items():
            assert ids == [f"{section}-{k}" for k in range(1, len(ids) + 1)]
            assert ids, section
        assert sum(map(len, counted.values())) == len(rules()) == 215

    @pytest.mark.parametrize("rule", rules().values(), ids=lambda r: r.id)
    def test_each_says_briefly_what_it_is_and_where_it_stands(self, rule):
        assert 1 <= len(re.findall(r"[.?!](?= |$)", rule.statement)) <= 3
        assert set(rule.marks) <= {"derived", "hedged", "added"}
        assert rule.sources or "derived" in rule.marks
        for source in rule.sources:
            assert re.search(r"¶\d|side-\d|teaser \d", source.paragraphs), source
        assert ("Derived" in rule.statement) == ("derived" in rule.marks)

    def test_each_document_is_cited_and_named(self):
        cited = {s.document.code for r in rules().values() for s in r.sources}
        assert cited == set(documents())
        for document in documents().values():
            assert all(dataclasses.astuple(document))

    def test_mechanisms_and_tests_name_rules_that_there_are(self):
        named = {r for m in MECHANISMS.values() for r in m.rules} | set(rule_tests())
        assert named <= set(rules())

    def test_none_has_both_a_mechanism_and_a_reason_to_have_none(self):
        assert not [t.rule.id for t in trace() if t.mechanisms and t.rule.reason]


def test_every_rule_is_held():
    assert not {t.rule.id: t.gaps for t in trace() if t.gaps}


class TestMarks:
    def test_functions_classes_and_modules_bear_them(self, tmp_path):
        folder = tmp_path / "tests" / "unit"
        folder.mkdir(parents=True)
        (folder / "test_some.py").write_text(
            "import pytest\n"
            '@pytest.mark.rules("CO-4", "CL-10")\n'
            "@pytest.mark.slow\n"
            "def test_one(): ...\n"
            '@pytest.mark.rules("CL-9")\n'
            "class TestMany:\n"
            '    @pytest.mark.rules("CO-4")\n'
            "    def test_two(self): ...\n"
            "    def test_three(self): ...\n"
        )
        (folder / "test_whole.py").write_text(
            "import pytest\n"
            'pytestmark = [pytest.mark.slow, pytest.mark.rules("CL-9")]\n'
            "def test_four(): ...\n"
        )
        (folder / "helper.py").write_text('@pytest.mark.rules("CO-1")\ndef not_a_test(): ...\n')
        some = "tests/unit/test_some.py::"
        found = collect_tests(tmp_path)
        assert found == {
            "CL-9": [f"{some}TestMany", "tests/unit/test_whole.py"],
            "CL-10": [f"{some}test_one"],
            "CO-4": [f"{some}test_one", f"{some}TestMany::test_two"],
        }
        assert list(found) == ["CL-9", "CL-10", "CO-4"]

    def test_reading_finds_what_pytest_finds(self, request):
        """Of the tests collected together with this one, those with a mark."""
        mine = collect_tests(ROOT)
        for item in request.session.items:
            for mark in item.iter_markers("rules"):
                bearers = [mine[rule] for rule in mark.args]
                for places in bearers:
                    assert any(item.nodeid.startswith(place) for place in places), item.nodeid

    def test_the_packaged_table_is_current(self):
        assert TABLE.read_text("utf-8") == written(), "run: python -m tests.rule_tests"

    def test_without_a_checkout_the_packaged_table_serves(self, tmp_path, monkeypatch):
        live = rule_tests()
        monkeypatch.setattr(traceability, "__file__", str(tmp_path / "a" / "b" / "c.py"))
        assert rule_tests() == live
        assert live


class TestTrace:
    def test_a_rule_leads_to_all_that_carries_it(self):
        (found,) = trace("co-4")
        assert found.rule is rules()["CO-4"]
        assert "CO-4" in found.mechanisms[0].rules
        assert {m.name for m in found.mechanisms} == {
            m.name for m in MECHANISMS.values() if "CO-4" in m.rules
        }
        assert found.parameters.keys() == {
            f"{m.name}.{p}" for m in found.mechanisms for p in parameters(m)
        }
        assert "case.shield" in found.named_in
        assert "case.decisiveness" not in found.named_in
        for test in found.tests:
            path, *names = test.split("::")
            text = (ROOT / path).read_text("utf-8")
            assert all(re.search(rf"(def|class) {name}\b", text) for name in names)

    def test_the_row_has_the_parameters_that_name_the_rule_first(self):
        (found,) = trace("CO-4")
        row = found.row()
        first = set(row["parameters"][: len(found.named_in)])
        assert first == set(found.named_in)
        assert row["source"][0]["paragraphs"] == "¶32"

    def test_a_number_is_not_taken_for_a_longer_one(self):
        (one,) = trace("CL-1")
        assert all(re.search(r"CL-1\b", one.parameters[a].why) for a in one.named_in)

    def test_letters_mean_their_section_and_nothing_means_all(self):
        assert [t.rule.id for t in trace("CH")] == ["CH-1", "CH-2", "CH-3"]
        assert [t.rule.id for t in trace("CH-2", "EL-1", "CH")] == ["CH-2", "EL-1", "CH-1", "CH-3"]
        assert [t.rule.id for t in trace()] == list(rules())

    def test_what_is_wanting(self):
        (held,) = trace("CO-4")
        idle = dataclasses.replace(held, mechanisms=(), tests=())
        excused = dataclasses.replace(idle, rule=dataclasses.replace(held.rule, reason="So."))
        assert held.gaps == excused.gaps == ()
        assert idle.gaps == ("no mechanism and no reason", "no test")
        assert dataclasses.replace(held, tests=()).gaps == ("no test",)

    def test_where_it_is_active(self, tmp_path, monkeypatch, other_library):
        text = f"""{TEXT}
  other: {{title: People only, patch: {{people: {{gleb: {{loyalty: 0.1}}}}}}}}
  tried: {{title: With cases, patch: {{mechanisms: {{off: []}}}}}}
  both: {{title: Of both, includes: [other, tried]}}
  neither: {{title: Without, patch: {{mechanisms: {{off: [case, sentence]}}}}}}
mechanisms: {{off: [case]}}
"""
        (tmp_path / "small-court.yaml").write_text(text, "utf-8")
        monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
        assert {m.name for m in trace("CO-3")[0].mechanisms} == {"case"}
        assert {m.name for m in trace("CO-4")[0].mechanisms} == {
            "case",
            "sentence",
            "showcase_cases",
        }
        by_case, by_either = (trace(rule)[0].scenarios for rule in ("CO-3", "CO-4"))
        assert by_case == (
            Activity("small-court", False, ("tried", "both"), ("A", "other", "neither")),
        )
        assert by_either == (
            Activity("small-court", True, ("A", "other", "tried", "both"), ("neither",)),
        )

    def test_where_it_is_in_play_and_changes_nothing(self, tmp_path, monkeypatch, other_library):
        text = f"""{TEXT}
  tried: {{title: Nothing new, patch: {{people: {{gleb: {{loyalty: 0.1}}}}}}}}
  neither: {{title: Without, patch: {{mechanisms: {{off: [case, sentence]}}}}}}
"""
        (tmp_path / "small-court.yaml").write_text(text, "utf-8")
        monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
        idle = {"": frozenset({"case"}), "A": frozenset({"case", "sentence"})}
        found = Measured("", "", 256, frozenset({"sentence"}), frozenset(), idle)
        monkeypatch.setattr(traceability, "measured", lambda: {"small-court": found})
        by_case, by_either = trace("CO-3")[0], trace("CO-4")[0]
        assert by_case.scenarios == (Activity("small-court", False, ("tried",), ("A", "neither")),)
        in_case = (Activity("small-court", True, ("A",), ("tried", "neither")),)
        assert by_case.idle == {"case": in_case}
        assert by_either.scenarios == (Activity("small-court", True, ("tried",), ("A", "neither")),)
        in_sentence = (Activity("small-court", False, ("A",), ("tried", "neither")),)
        assert by_either.idle == {"case": in_case, "sentence": in_sentence}
        assert by_either.row()["idle"]["sentence"][0]["variants"] == ("A",)

    def test_variants_are_judged_without_loading_as_they_are_when_loaded(
        self, monkeypatch, other_library
    ):
        quick = traceability._in_play()
        monkeypatch.setattr(traceability, "_PASSIVE", frozenset())
        traceability._in_play.cache_clear()
        assert traceability._in_play() == quick

    def test_on_a_clock_that_a_mechanism_does_not_admit_it_is_not_active(self):
        (found,) = trace("LD-2")
        assert {m.name for m in found.mechanisms} == {"emergency"}
        assert "gkchp" in {a.scenario for a in found.scenarios}
        assert "clan-war" not in {a.scenario for a in found.scenarios}

    def test_claims_that_rest_on_it(self, tmp_path):
        (tmp_path / "one.yaml").write_text("claims: [{id: some-claim, rules: [CO-4, EL-1]}]\n")
        (tmp_path / "two.yaml").write_text(
            "claims: [{id: other, rules: [CO-4]}, {id: norm, kind: normative}]\n"
        )
        (tmp_path / "notes.txt").write_text("not a claim\n")
        assert claims_by_rule(tmp_path) == {"CO-4": ["some-claim", "other"], "EL-1": ["some-claim"]}
        assert claims_by_rule(tmp_path / "missing") == {}

    def test_the_library_of_claims_names_rules_that_there_are(self):
        assert set(claims_by_rule(files("vertikal") / "claims" / "library")) <= set(rules())


class TestCommand:
    def test_one_rule_is_told_in_full(self):
        told = command("trace", "CO-4")
        assert told.code == 0
        for word in ("KZ.expert", "¶32", "case", "case.shield", "test_regime_coercion.py",
                     "clan-war", "claims"):  # fmt: skip
            assert word in told.out, word

    def test_tests_are_told_whole_on_a_narrow_terminal(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        (row,) = command("trace", "CO-4", "--json").json
        assert max(map(len, row["tests"])) > 100
        lines = [line.strip() for line in command("trace", "CO-4").out.splitlines()]
        assert set(row["tests"]) <= set(lines)

    def test_what_is_idle_is_told_apart(self):
        told = command("trace", "NK-9").out
        acts, _, idle = told.partition("idle ")
        assert "inspection in gkchp" in idle
        assert "gkchp" not in acts
        assert "Idle: in play, but 256 histories are the same" in idle
        assert "Idle:" not in command("trace", "CL-1").out

    @pytest.mark.parametrize("rule", ["MI-4", "CL-12", "DF-10", "EL-6"])
    def test_what_of_a_rule_is_left_out_is_said(self, rule):
        (row,) = command("trace", rule, "--json").json
        assert row["left_out"] == rules()[rule].left_out != ""
        assert "left out" in command("trace", rule).out
        assert "left out" not in command("trace", "CO-4").out

    def test_only_what_has_a_mechanism_is_left_out_in_part(self):
        assert not [t.rule.id for t in trace() if t.rule.left_out and not t.mechanisms]

    def test_a_rule_that_we_derived_says_so(self):
        assert "derived by us" in command("trace", "EC-17").out

    def test_json_has_the_columns_of_the_table(self):
        rows = command("trace", "CO", "MI-9", "--json").json
        assert len(rows) == 13
        for row in rows:
            assert row.keys() >= {
                "rule", "source", "mechanisms", "parameters", "tests", "scenarios", "claims",
                "reason",
            }  # fmt: skip

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["CO-99"], "Rules about the coercive apparatus and law are CO-1 to CO-12."),
            (["ZO-4"], 'Did you mean "'),
            (["xyz"], "Sections: EL, DF, CL"),
            ([], "Give rules such as CO-4"),
            (["CO-4", "--all"], "rules are named beside --all"),
        ],
    )
    def test_a_mistake_is_explained(self, words, says):
        told = command("trace", *words)
        assert told.code == 2
        assert says in told.err

    @pytest.mark.parametrize("form", [(), ("--json",)])
    def test_all_fails_and_lists_what_is_not_held(self, monkeypatch, form):
        (held,) = trace("CO-4")
        bare = Trace(rules()["CH-2"], (), {}, (), (), ())
        for found, code in (([held], 0), ([held, bare], 1)):
            monkeypatch.setattr(traceability, "trace", lambda *_, found=found: found)
            told = command("trace", "--all", *form)
            assert told.code == code
            assert ("CH-2: no mechanism and no reason, no test" in told.err) == (code == 1)
            assert "CO-4: " not in told.err
            if form:
                assert [row["rule"] for row in told.json] == [t.rule.id for t in found]

    def test_a_section_with_gaps_is_shown_without_failing(self, monkeypatch):
        bare = [Trace(rules()[name], (), {}, (), (), ()) for name in ("CH-2", "CH-3")]
        monkeypatch.setattr(traceability, "trace", lambda *_: bare)
        told = command("trace", "CH")
        assert told.code == 0
        assert "no test" in told.out
