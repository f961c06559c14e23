"""Where claims fail is read off a folder of tests, and the page says when it is out of date."""

import dataclasses
import json

import numpy as np
import pytest

from tests import sample_ledger
from vertikal.claims.regions import ERROR
from vertikal.engine.manifest import code_digest


@pytest.fixture(scope="module")
def where(steps_of_docs):
    """The module that writes the page."""
    import _where

    return _where


@pytest.fixture(scope="module")
def claims(book):
    return {c.id: c for c in book.claims}


@pytest.fixture(scope="module")
def kept(where, book, folder, tmp_path_factory):
    file = tmp_path_factory.mktemp("kept") / "kept.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, "KEPT", file)
        patch.setattr(where, "library", lambda: (book,))
        where.main(folder)
    return json.loads(file.read_text("utf-8"))


@pytest.fixture
def page(where, claims, kept, tmp_path, monkeypatch):
    """The page, if other things had been kept."""
    monkeypatch.setattr(where, "KEPT", tmp_path / "kept.json")

    def written(**changed):
        where.KEPT.write_text(json.dumps(kept | changed), "utf-8")
        return where.page(claims)

    return written


def test_of_each_test_it_is_kept_where_it_fails_and_what_drives_it(kept, claims):
    assert {t["claim"] for t in kept["tests"]} <= set(claims)
    found = [t for t in kept["tests"] if t["told"]]
    assert found
    assert all(t["p"] <= ERROR for t in found)
    assert any(t["drivers"] for t in kept["tests"])


def test_why_no_region_is_told_is_counted_by_what_was_found(where, page, kept):
    one = kept["tests"][0]
    said = {p: where._without(p) for p in (None, ERROR * 2, ERROR / 2)}
    assert len(set(said.values())) == 3
    for p, words in said.items():
        tests = [row | {"told": "", "p": p, "verdict": "fragile"} for row in (one, one)]
        told = page(tests=tests).partition("## Fragile tests")[2].partition("##")[0]
        assert f"Of 2 tests a region was found for 0; of the others 2 {words}." in told


def test_the_page_tells_regions_and_assumptions(page, kept, claims):
    told = page()
    assert "{warning}" not in told
    for one in kept["tests"]:
        asked = f"{one['scenario']}: {one['question']}"
        place = f"| {claims[one['claim']].statement} | {asked} | {one['told']} |"
        assert (place in told) == bool(one["told"])
        for driver in one["drivers"] if one["told"] else ():
            assert f"{driver['meaning']} ({driver['share']:.0%}, more of it" in told
    for row in kept["assumptions"]:
        assert f"| {row['meaning']} | `{row['address']}` |" in told


def test_the_page_says_when_it_is_out_of_date(page, kept):
    name, row = next((i, r) for i, r in kept["claims"].items() if r["played"])
    assert "the code of the model" in page(code=["0" * 64])
    changed = {name: row | {"played": ["0"] * len(row["played"])}}
    assert "the scenario tiny.yaml" in page(claims=kept["claims"] | changed)
    assert f"the claim `{name}`" in page(claims=kept["claims"] | {name: row | {"asked": "0"}})


def test_code_is_that_by_which_the_tests_were_played(where, book, tmp_path, monkeypatch):
    import _claims

    claim = next(c for c in book.claims if c.id == "own-increases")
    answers = list(np.random.default_rng(5).random((2, 64, 8)))
    more = {"code": "other"}
    sample_ledger.keep(tmp_path / "tests", claim, claim.tests[0], answers, more=more)
    monkeypatch.setattr(where, "KEPT", tmp_path / "where.json")
    monkeypatch.setattr(where, "library", lambda: (dataclasses.replace(book, claims=(claim,)),))
    where.main(tmp_path / "tests")
    monkeypatch.setattr(_claims, "KEPT", tmp_path / "claims.json")
    for least, is_told in ((1.0, False), (0.98, True)):
        again = {"code": code_digest(), "least": least}
        _claims.KEPT.write_text(json.dumps({"code": ["other"], "again": again}), "utf-8")
        assert ("the code of the model" in where.page({claim.id: claim})) == is_told
