"""The pages of stylised facts tell what is kept of them, and say when that is out of date."""

import copy
import dataclasses
import json
import re
from pathlib import Path

import pytest

from tests.docking.measure import ALL, PERCENTAGES, POLLS
from vertikal.engine.manifest import code_digest

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "explanation" / "stylised-facts.md").read_text("utf-8")
FEW = [fact for fact in ALL if fact.scenario in ("gkchp", "technological-sovereignty")]
"""To look at what all facts play takes longer."""
COMMITTEE, BELIEF = "3-gkchp-A-B", "7-technological-sovereignty-base"


@pytest.fixture(scope="module")
def facts(steps_of_docs):
    """The module that writes the tables."""
    import _facts

    return _facts


@pytest.fixture(scope="module")
def kept(facts):
    return json.loads(facts.KEPT.read_text("utf-8"))


@pytest.fixture(scope="module")
def declared(facts):
    return facts.declared(FEW)


@pytest.fixture
def written(facts, kept, declared, tmp_path, monkeypatch):
    """The parts of pages that tell a few facts, had another thing been kept of one."""
    monkeypatch.setattr(facts, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(facts, "declared", lambda facts: copy.deepcopy(declared))
    fresh = {name: kept[name] | {"code": code_digest()} | now for name, now in declared.items()}

    def parts(**changed):
        changes = {name: changed.get(name, {}) for name in fresh}
        rows = {name: fresh[name] | c for name, c in changes.items() if c is not None}
        facts.KEPT.write_text(json.dumps(rows), "utf-8")
        facts.write(tmp_path, FEW)
        return {path.stem: path.read_text("utf-8") for path in tmp_path.glob("*.inc")}

    return parts


def test_every_fact_is_kept_as_it_is_declared(kept):
    assert list(kept) == [*(fact.name for fact in ALL), POLLS]
    for fact in ALL:
        assert len(kept[fact.name]["findings"]) == len(fact.measures), fact.name
        assert len(kept[fact.name]["played"]) == len(fact.arms), fact.name
    assert [place["outcome"] for place in kept[POLLS]["findings"]] == list(PERCENTAGES)


def test_what_is_kept_is_an_honest_comparison(kept):
    for name, row in kept.items():
        for found in filter(None, row["findings"]):
            if name == POLLS:
                assert found["low"] <= found["median"] <= found["high"]
                assert 0 <= found["quantile"] <= 1
                continue
            assert found["low"] <= found["difference"] <= found["high"]
            if "pairs" in found:
                assert found["up"] + found["down"] <= found["pairs"] <= row["histories"]


def test_treatments_were_given_in_most_histories(kept):
    paired = [fact.name for fact in ALL if len(fact.arms) > 1]
    assert [name for name, row in kept.items() if "treatment" in row] == paired
    for name in paired:
        given = kept[name]["treatment"]
        assert given["pairs"] == kept[name]["histories"], name
        assert given["difference"] != 0, name
        assert max(given["up"], given["down"]) > given["pairs"] / 2, name


def test_the_pages_include_every_part_and_repeat_no_number_of_them():
    for number in {fact.number for fact in ALL}:
        assert PAGE.count(f"generated/fact-{number}.inc\n") == 1
        assert PAGE.count(f"\n## {number}. ") == 1
    assert PAGE.count("generated/facts.inc\n") == 1
    public = (DOCS / "explanation" / "public-and-institutions.md").read_text("utf-8")
    assert public.count("generated/foretold.inc\n") == 1
    for text in (PAGE, public):
        assert not re.findall(r"\d\.\d+|\d+ points", text)


def test_the_tables_tell_what_is_kept(facts, kept, written):
    told = written()
    assert told.keys() == {"facts", "fact-3", "fact-7", "fact-8", "foretold"}
    for fact in FEW:
        text = told[f"fact-{fact.number}"]
        assert f"*{fact.claim}* ({fact.source})" in text
        assert f"`{fact.scenario}`, {fact.words}; {kept[fact.name]['histories']} hist" in text
        for measure, found in zip(fact.measures, kept[fact.name]["findings"], strict=True):
            assert f"| {measure.words} |" in text
            if getattr(measure, "value", "mean") == "mean":
                assert f"{facts._signed(found['difference'])} [" in text
    (first, *_) = kept[COMMITTEE]["findings"]
    assert f"| {first['before']:.1%}, {first['after']:.1%} | \N{MINUS SIGN}" in told["fact-3"]
    assert f"| {first['up']}, {first['down']}, of {first['pairs']} |" in told["fact-3"]
    assert told["foretold"].count("\n| What share ") == len(PERCENTAGES)


@pytest.mark.parametrize(
    ("interval", "said"),
    [((-0.3, -0.1), "yes"), ((-0.2, 0.1), "not shown"), ((0.1, 0.2), "the opposite")],
)
def test_whether_a_fact_holds_is_told_from_interval_and_expectation(kept, written, interval, said):
    findings = copy.deepcopy(kept[COMMITTEE]["findings"])
    findings[0] |= dict(zip(("low", "high"), interval, strict=True))
    told = written(**{COMMITTEE: {"findings": findings}})
    (row,) = [row for row in told["fact-3"].splitlines() if "| the committee fails |" in row]
    assert row.endswith(f"| {said} |")
    other = written(**{COMMITTEE: {"findings": [None, *findings[1:]]}})["fact-3"]
    assert "no such pairs |  | cannot be told |" in other


def test_the_overview_counts_what_the_tables_say(kept, written):
    told = written()
    answers = [line.split(" | ")[-1].rstrip(" |") for line in told["fact-7"].splitlines()]
    (row,) = [line for line in told["facts"].splitlines() if line.startswith("| 7 |")]
    counts = [int(cell or 0) for cell in row.strip("| ").split(" | ")[2:]]
    assert counts[0] == answers.count("yes") > 0
    assert sum(counts[1:]) == answers.count("not shown") + answers.count("the opposite")


def test_places_of_percentages_are_told(kept, written):
    place = kept[POLLS]["findings"][0]
    outside = place | {"recorded": 0.1, "median": 0.5, "low": 0.2, "high": 0.8, "quantile": 0}
    told = written(**{POLLS: {"findings": [outside]}})["foretold"]
    assert "| 10% | 50% | 20\N{EN DASH}80%, outside | below all |" in told
    assert "Of 1 percentages 0 lie within nine tenths of the histories, and 1 below" in told
    inside = outside | {"recorded": 0.6, "quantile": 0.55}
    told = written(**{POLLS: {"findings": [inside]}})["foretold"]
    assert "| 60% | 50% | 20\N{EN DASH}80% | 55.0% |" in told
    assert "Of 1 percentages 1 lie within nine tenths of the histories, and 0 below" in told


def test_the_pages_say_when_they_are_out_of_date(written):
    def warned(part="facts", **changed):
        return re.findall(r"(?s)^```{warning}\n(.*?)\n```", written(**changed)[part])

    def since(what):
        return [f"Changed since these numbers were computed: {what}."]

    assert warned() == warned("foretold") == []
    other = {"code": "0" * 64}
    assert warned(**{BELIEF: other}) == since("the code of the model")
    assert warned("foretold", **{BELIEF: other}) == []
    assert warned("foretold", **{POLLS: other}) == since("the code of the model")
    played = {"played": ["0"]}
    assert warned(**{BELIEF: played}) == since("the scenario technological-sovereignty")
    assert warned("foretold", **{POLLS: played}) == since("the scenario technological-sovereignty")
    asked = {"asked": "0"}
    for lacking in (asked, None):
        assert warned(**{BELIEF: lacking}) == since(f"what is asked in `{BELIEF}`")
        assert "not measured since it is declared" in written(**{BELIEF: lacking})["fact-7"]
        assert warned("foretold", **{POLLS: lacking}) == since(f"what is asked in `{POLLS}`")
        assert "They were not measured" in written(**{POLLS: lacking})["foretold"]


def test_digests_are_of_what_a_fact_plays_and_measures(facts, kept, declared):
    (fact,) = [fact for fact in FEW if fact.name == COMMITTEE]
    first, *others = fact.measures

    def digests(**changed):
        return facts.declared([dataclasses.replace(fact, **changed)])[COMMITTEE]

    def measured(**changed):
        return digests(measures=(dataclasses.replace(first, **changed), *others))

    usual = digests()
    assert usual == declared[COMMITTEE]
    assert measured(words="in other words") == digests(claim="another") == usual
    assert measured(expected=1)["asked"] != usual["asked"]
    assert measured(given="dock-founded")["asked"] != usual["asked"]
    failed = {"dock-failed": {"happens": "leadership.body == none"}}
    asked = digests(outcomes={**fact.outcomes, **failed})
    assert asked["asked"] == usual["asked"]
    assert asked["played"] != usual["played"]


def test_facts_are_measured_anew_by_scenario(facts, kept, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(facts, "KEPT", tmp_path / "kept.json")
    asked = []

    def measured(name):
        asked.append(name)
        return {COMMITTEE: {"found": len(asked)}}

    monkeypatch.setattr(facts, "measured", measured)
    gone = {"1-gone-base": {}, BELIEF: kept[BELIEF], COMMITTEE: {}}
    facts.KEPT.write_text(json.dumps(gone), "utf-8")
    facts.main(["gkchp"])
    found = json.loads(facts.KEPT.read_text("utf-8"))
    assert list(found) == [COMMITTEE, BELIEF]
    assert found[COMMITTEE] == {"found": 1}
    assert found[BELIEF] == kept[BELIEF]
    facts.main([])
    assert asked == ["gkchp", *facts.HISTORIES]
