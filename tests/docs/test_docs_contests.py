"""The page of contests tells what is kept of them, and says when that is out of date."""

import json
from types import SimpleNamespace

import pytest

from vertikal.claims import library
from vertikal.claims.reading import by_id
from vertikal.claims.rivals import setting


@pytest.fixture(scope="module")
def contests(steps_of_docs):
    """The module that writes the page."""
    import _contests

    return _contests


@pytest.fixture(scope="module")
def claims():
    return {c.id: c for book in library() for c in book.claims}


@pytest.fixture(scope="module")
def kept(contests):
    return json.loads(contests.KEPT.read_text("utf-8"))


def test_every_rivalry_and_pair_of_sisters_is_there(kept):
    rivalries = [r.id for book in library() for r in book.rivalries]
    assert [r["id"] for r in kept["rivalries"]] == rivalries
    from vertikal.claims.transfer import SISTERS

    assert [(t["source"], t["sister"]) for t in kept["transfers"]] == [
        (p.source, p.sister) for p in SISTERS
    ]
    assert all(r["fields"] or r["obstacle"] for r in kept["rivalries"])


def test_shares_of_answers_are_shares(kept):
    fields = [f for r in kept["rivalries"] for f in r["fields"]]
    assert fields
    for field in fields:
        shares = [a["share"] for a in field["answers"]]
        assert sum(shares) == pytest.approx(1, abs=0.01)
        assert min(shares) >= 0


@pytest.fixture(scope="module")
def few(contests, claims, kept):
    """What would be kept of two claims now; to look at what all of them play takes long."""
    names = [i for i, row in kept["claims"].items() if row["played"]][:2]
    return contests.as_they_are(claims[i] for i in names)


@pytest.fixture
def page(contests, claims, kept, few, tmp_path, monkeypatch):
    """The page of a library of these claims, if other things had been kept."""
    monkeypatch.setattr(contests, "KEPT", tmp_path / "kept.json")

    def written(**changed):
        contests.KEPT.write_text(json.dumps(kept | {"claims": few} | changed), "utf-8")
        return contests.page({i: claims[i] for i in few})

    return written


def test_the_page_tells_what_is_kept(kept, page):
    told = page()
    for rivalry in kept["rivalries"]:
        assert " ".join(rivalry["statement"].split()).replace("|", "\\|") in told
    for transfer in kept["transfers"]:
        assert transfer["statement"] in told


def test_the_table_has_the_percentages_of_the_text(contests, kept):
    fields = [f for r in kept["rivalries"] for f in r["fields"]]
    assert fields
    for field in fields:
        text = " ".join(field["statement"])
        for answer in field["answers"]:
            told = contests._answers([answer]).removeprefix(answer["answer"])
            assert f"{told} {answer['answer']}" in text


def test_sides_that_are_not_compared_are_told_once_from_the_library_as_it_is(kept, page):
    told, books = page(), library()
    settings = {r.id: setting(r, by_id(books)) for book in books for r in book.rivalries}
    sentence = "Not compared here: cracks (outside reading), without claims or tests of its own."
    assert told.count(sentence) == 1
    assert "rank and stake, tested in elite-defection; ownership of power, not tested" in told
    some = [
        r for r in kept["rivalries"]
        if any(settings[r["id"]].absent(f["scenario"]) for f in r["fields"])
    ]  # fmt: skip
    assert 0 < len(some) < len(kept["rivalries"])
    assert f"In {len(some)} of these some sides are not compared" in told
    whole = [r for r in kept["rivalries"] if r["id"] == "rival-technocracy-hopeful-or-doomed"]
    assert "not compared" not in page(rivalries=whole).lower()


def test_what_is_kept_of_a_field_leaves_to_the_page_which_sides_are_absent(contests):
    row = {"scenario": "s", "draws": 2, "answers": [], "statement": ["So.", "Not compared here."]}
    field = SimpleNamespace(row=lambda: row, absent="Not compared here.")
    assert contests._field(field)["statement"] == ["So."]


def test_a_transfer_that_carries_nothing_is_told_as_a_finding(kept, page):
    full = {"claims": [], "foretold": [{"change": 0.1, "error": 0.1, "use": "hold out"}]}
    pair = {"source": "a-past", "sister": "a-present", "about": "this", "statement": "So."}
    told = page(transfers=[pair | full, pair | {"claims": [], "foretold": []}])
    assert "Of 2 transfers that the rule asks for 1 can carry nothing" in told
    assert told.count("nothing can be carried") == 3
    assert "can carry nothing" not in page(transfers=[pair | full])


def test_the_page_says_when_it_is_out_of_date(claims, few, page):
    def warned(**changed):
        return page(**changed).partition("## Rivalries")[0]

    name, row = next(iter(few.items()))
    scenario = f"the scenario {claims[name].tests[0].scenario}"
    usual = warned()
    assert scenario not in usual
    assert "the claim" not in usual
    assert "the code of the model" in warned(code=["0" * 64])
    played = ["0"] * len(row["played"])
    assert scenario in warned(claims=few | {name: row | {"played": played}})
    assert f"the claim `{name}`" in warned(claims=few | {name: row | {"asked": "0"}})
