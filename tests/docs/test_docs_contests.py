"""The page of contests tells what is kept of them, and says when that is out of date."""

import json
import sys
from pathlib import Path

import pytest

from vertikal.claims import library

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def contests():
    """The module that writes the page."""
    before = list(sys.path)
    sys.path.insert(0, str(DOCS))
    import _contests

    yield _contests
    sys.path[:] = before


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


@pytest.fixture
def page(contests, claims, kept, tmp_path, monkeypatch):
    """The page, if other things had been kept of a few claims; to look at all takes long."""
    monkeypatch.setattr(contests, "KEPT", tmp_path / "kept.json")
    few = [i for i, row in kept["claims"].items() if row["played"]][:2]

    def written(**changed):
        rows = {i: kept["claims"][i] for i in few}
        text = json.dumps(kept | {"claims": rows} | changed)
        contests.KEPT.write_text(text, "utf-8")
        shown = {m["claim"] for t in kept["transfers"] for m in t["claims"]}
        named = {i: c for i, c in claims.items() if i in few or i in shown}
        return contests.page(named)

    written.rows = {i: kept["claims"][i] for i in few}
    return written


def test_the_page_tells_what_is_kept(kept, page):
    told = page()
    for rivalry in kept["rivalries"]:
        assert " ".join(rivalry["statement"].split()).replace("|", "\\|") in told
    for transfer in kept["transfers"]:
        assert transfer["statement"] in told


def test_the_page_says_when_it_is_out_of_date(claims, page):
    def warned(**changed):
        return page(**changed).partition("## Rivalries")[0]

    assert "the code of the model" in warned(code=["0" * 64])
    name, row = next(iter(page.rows.items()))
    scenario = f"the scenario {claims[name].tests[0].scenario}"
    assert scenario not in warned()
    played = ["0"] * len(row["played"])
    assert scenario in warned(claims=page.rows | {name: row | {"played": played}})
    assert "claims, such as" in warned(claims=page.rows | {name: row | {"asked": "0"}})
