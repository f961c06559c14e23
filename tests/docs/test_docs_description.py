"""The description of the model is read off the code, and says when results are out of date."""

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from jaxtyping import Array, Bool, Float

import vertikal
from tests.small_scenario import TEXT
from vertikal.data.rules import rules
from vertikal.regime.mechanism import Mechanism, Stage, parameters
from vertikal.regime.observe import meanings
from vertikal.regime.regime import Setting, change
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import catalogue
from vertikal.scenario.world import initial_state

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "reference" / "model-description.md").read_text("utf-8")


@pytest.fixture(scope="module")
def pages(steps_of_docs):
    """The modules that write pages."""
    import _description
    import _results
    import _rules
    import _state

    return SimpleNamespace(description=_description, results=_results, rules=_rules, state=_state)


@pytest.fixture(scope="module")
def start():
    """A regime and its setting."""
    return initial_state(vertikal.load("gkchp"), {})


@pytest.fixture(scope="module")
def library(tmp_path_factory, pages):
    """A library of one scenario, and what came out of it."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "small-court.yaml").write_text(TEXT, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "FOLDER", folder)
        kept = pages.results.played("small-court", runs=64, seed=7)
    return folder, kept


@dataclasses.dataclass(frozen=True)
class Mixed:
    """A slice that declares its fields in both ways."""

    old: Float[Array, "clans runs"]
    """Told in a
    docstring."""
    new: Float[Array, "sectors runs"] = dataclasses.field(
        metadata={"level": SimpleNamespace(
            default=1.0, low=0.0, high=5.0, unit="years", meaning="Told in metadata.", labels=None
        )}
    )  # fmt: skip
    flag: Bool[Array, " runs"]
    """Whether it is so."""


class Curious(Mechanism, id=1999, stage=Stage.SLOW, rules=("CO-1",)):
    """Reads the age of persons and the clans' bases, moves control, draws a shock."""

    def __call__(self, regime, tick):
        """The regime after it."""
        wisdom = regime.elite.age.mean(0) + tick.setting.clan_base.sum() + tick.normal(1)[0]
        return change(regime, leadership=change(regime.leadership, control=wisdom))


class TestState:
    def test_a_field_says_what_it_is_in_either_way(self, pages):
        old, new, flag = pages.state.fields(Mixed)
        assert (old.rows, old.values, old.meaning) == (("clans",), "", "Told in a docstring.")
        assert (new.rows, new.values, new.meaning) == (
            ("sectors",), "0 to 5 years", "Told in metadata.",
        )  # fmt: skip
        assert flag.values == "yes or no"

    def test_every_field_of_state_and_setting_has_a_meaning(self, pages):
        assert all(meanings().values())
        assert all(field.meaning for field in pages.state.fields(Setting))

    def test_codes_are_put_in_words(self, pages):
        known = {f.name: f for f in pages.state.fields(pages.state.slices()["elite"], "elite.")}
        assert known["status"].values.startswith("active, retired")
        assert known["patron"].values == "a person"
        assert known["mix"].rows == ("poles", "persons")


class TestTrace:
    def test_it_finds_what_is_read_changed_and_drawn(self, pages, start):
        read, changed, drawn = pages.description.traced(Curious, *start)
        assert read == ["elite.age", "setting.clan_base"]
        assert changed == ["leadership.control"]
        assert drawn == ["a normal shock"]

    def test_it_agrees_with_what_is_known_of_a_mechanism(self, pages, start):
        read, changed, drawn = pages.description.traced(MECHANISMS["register"], *start)
        assert {"nomenklatura.holder", "elite.proximity", "setting.office_register"} <= set(read)
        assert changed == ["clans.placement"]
        assert drawn == []


class TestDescription:
    def test_every_part_is_on_the_page_and_the_page_includes_no_other(self, pages, tmp_path):
        pages.description.write(tmp_path)
        assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
            re.findall(r"generated/(model-[a-z]+\.inc)", PAGE)
        )

    def test_the_sections_are_those_of_the_standard(self):
        found = re.findall(r"^##+ ([IV]+(?:\.[ivx]+)?) ", PAGE, re.MULTILINE)
        assert found == [
            "I", "I.i", "I.ii", "I.iii",
            "II", "II.i", "II.ii", "II.iii", "II.iv", "II.v", "II.vi", "II.vii", "II.viii",
            "II.ix", "II.x",
            "III", "III.i", "III.ii", "III.iii", "III.iv",
        ]  # fmt: skip

    def test_parts_know_every_slice_mechanism_and_model(self, pages):
        d = pages.description
        entities = d.entities()
        for part, cls in pages.state.slices().items():
            for field in dataclasses.fields(cls):
                assert f"| `{field.name}` |" in entities, part
        for text in (d.schedule(), d.submodels(), d.access()):
            assert all(m.name in text for m in MECHANISMS.values())
        sources = d.sources()
        for m in MECHANISMS.values():
            assert all(source.strip() in sources for source in m.builds_on.split(";")), m.name
        assert all(entry.name in d.initial() for entry in vertikal.library())

    def test_each_submodel_is_somebody_s_decision_or_nobody_s(self, pages):
        d = pages.description
        decided = {name for names in d.DECIDERS.values() for name in names}
        assert not decided & set(d.UNDECIDED)
        assert decided | set(d.UNDECIDED) == set(MECHANISMS), "say who decides"
        text = d.deciders()
        assert all(who in text for who in d.DECIDERS)
        assert all(f"[{name}](" in text for name in MECHANISMS)

    def test_what_is_worded_as_perceived_is_told_as_such(self, pages):
        told, words = pages.description.PERCEIVED, meanings()
        assert set(told) <= set(words)
        seen = re.compile(
            r"perceive|reckon with|expect|as reported|Felt|as felt|Belief|seen (as|to)|is used to"
        )
        assert {address for address, text in words.items() if seen.search(text)} <= set(told)
        text = pages.description.perceived()
        (row,) = (line for line in text.splitlines() if "`foreign.expected_sanctions`" in line)
        moved, read = row.split("|")[3:5]
        assert "western_response" in moved
        assert "foreign_bargain" in read

    def test_memory_and_foresight_are_found_by_their_words(self, pages):
        back, ahead = pages.description.time().split("looks ahead")
        for found in ("learning_years", "memory_years", "distrust", "habit_years"):
            assert f"`{found}`" in back
        for found in ("discount", "patience", "timetable_lead"):
            assert f"`{found}`" in ahead

    def test_names_in_the_prose_are_names_of_the_model(self):
        known = {f"{m.name}.{p}" for m in MECHANISMS.values() for p in parameters(m)}
        known |= set(MECHANISMS) | set(meanings())
        for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)?)`", PAGE):
            assert name in known, name

    def test_the_page_of_rules_has_them_all(self, pages):
        text = pages.rules.rules()
        assert all(f"| {rule.id} | {rule.statement}" in text for rule in rules().values())


@pytest.mark.slow
class TestResults:
    @pytest.fixture
    def shown(self, library, pages, tmp_path, monkeypatch):
        """What the page says after changes to the scenario and to what was kept."""
        kept = library[1]

        def show(old="", new="", **stated):
            (tmp_path / "small-court.yaml").write_text(TEXT.replace(old, new, 1), "utf-8")
            (tmp_path / "small-court.json").write_text(json.dumps(kept | stated), "utf-8")
            monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
            monkeypatch.setattr(pages.results, "FOLDER", tmp_path)
            return "\n".join(pages.results.section(vertikal.load("small-court")))

        return show

    def test_what_is_kept_is_what_the_histories_say(self, library, pages, monkeypatch):
        folder, kept = library
        monkeypatch.setattr(catalogue, "FOLDER", folder)
        scenario = vertikal.load("small-court")
        found = vertikal.outcome_frequencies(vertikal.simulate(scenario, 64, seed=7))
        (expected,) = (r for r in found.of("boris-falls") if r.value == "yes")
        (row,) = (a for a in kept["answers"] if a["outcome"] == "boris-falls")
        assert row["is"] == pytest.approx(
            [expected.estimate, expected.low, expected.high], rel=1e-3
        )
        assert kept["digest"] == scenario.digest
        variant = vertikal.load("small-court", variant="A")
        assert kept["variants"]["A"]["digest"] == variant.digest != scenario.digest
        heads = [a for a in kept["answers"] if a["outcome"] == "head-of-mint"]
        assert 0 < len(heads) <= pages.results.MOST_LABELS
        assert sum(a["is"][0] for a in heads) <= 1 + 1e-3
        assert json.loads(json.dumps(kept, allow_nan=False)) == kept

    def test_the_page_shows_it_with_its_seed_and_digest(self, shown, library):
        text, kept = shown(), library[1]
        assert "64 histories with seed 7" in text
        assert kept["digest"][:12] in text
        assert "Is Boris struck?" in text
        assert "as it stands | A" in text
        assert "warning" not in text

    @pytest.mark.parametrize(
        ("change", "moved"),
        [
            ({"old": "loyalty: 0.4", "new": "loyalty: 0.5"}, "the scenario"),
            ({"old": "{south: 0}}", "new": "{south: 0.1}}"}, "variant A"),
            ({"old": "  A:\n", "new": "  B:\n"}, "variant A (gone), variant B (new)"),
            ({"code": "other"}, "the code of the model"),
        ],
    )
    def test_it_warns_of_what_has_changed_since(self, shown, change, moved):
        assert f"Changed since these numbers were computed: {moved}.\n" in shown(**change)

    def test_a_variant_over_theories_tells_what_is_due_to_them(self, pages):
        variant = {
            "answers": {"who": {"one": 0.4, "two": 0.6}},
            "split": {"who": {"one": [0.25, 0.5], "two": [None, 0.1]}},
        }
        told = pages.results._by_theory(variant, {"who": "Who follows?"})
        assert "| Who follows? | one | 40.0% | 25% | 25% | 50% |" in told
        assert "|  | two | 60.0% |  |  | 10% |" in told

    def test_without_results_there_is_no_such_section(self, pages, tmp_path, monkeypatch):
        monkeypatch.setattr(pages.results, "FOLDER", tmp_path)
        assert pages.results.section(vertikal.load("gkchp")) == []

    def test_kept_files_are_of_scenarios_of_the_library(self):
        names = {entry.name for entry in vertikal.library()}
        for path in (DOCS / "results").glob("*.json"):
            assert json.loads(path.read_text("utf-8"))["scenario"] == path.stem
            assert path.stem in names
