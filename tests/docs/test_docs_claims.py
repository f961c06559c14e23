"""What the claims came to is read off a folder of tests, and says when it is out of date."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from tests import sample_ledger
from vertikal.claims import library

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def claims(steps_of_docs):
    """The module that writes the page."""
    import _claims

    return _claims


@pytest.fixture
def kept(claims, book, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(claims, "library", lambda: (book,))
    claims.main(folder)
    return tmp_path / "kept.json"


def test_verdicts_and_effects_are_kept(kept):
    found = json.loads(kept.read_text("utf-8"))
    assert found["tests"] == len(sample_ledger.SHAPES)
    one = found["claims"]["own-decreases"]
    assert (one["verdict"], one["firm"]) == ("contradicted", True)
    (effect,) = one["effects"]
    assert effect["mean"] == pytest.approx(0.1, abs=0.01)
    assert effect["holds_between"] == [None, -0.1]
    assert found["claims"]["own-cycle"]["effects"] == []


def test_the_page_tells_them(claims, book, kept):
    page = claims.page([book])
    assert "{warning}" not in page
    assert "| all |" in page
    firm = page.partition("## Firmly contradicted")[2].partition("##")[0]
    assert "| This is about decreases. | tiny.yaml | 0.0991 | at most \u22120.1 |" in firm
    assert "1 supported, 1 contradicted" in page.partition("## Firmly fragile")[2]
    assert "This is about increases." in page.partition("## Firmly supported")[2]


def test_what_the_equations_give_away_is_marked(claims, book, kept):
    page = claims.page([book])
    assert "Of 1 claim, marked † below," in page
    assert page.count("†") == 2
    assert "| This is about sweep. † |" in page
    others = dataclasses.replace(
        book, claims=tuple(c for c in book.claims if not c.by_construction)
    )
    assert "†" not in claims.page([others])


def test_of_what_is_unsettled_it_is_told_where_it_turns(claims, book, tmp_path, monkeypatch):
    claim = next(c for c in book.claims if c.id == "own-increases")
    rng = np.random.default_rng(5)
    answers = 0.5 + 0.02 * rng.standard_normal((2, 128, 16))
    answers[1] += 0.14 + 0.1 * rng.standard_normal((128, 1))
    sample_ledger.keep(tmp_path, claim, claim.tests[0], list(answers))
    only = dataclasses.replace(book, claims=(claim,))
    found = claims.summary(claims.entries_of([only], tmp_path))
    (effect,) = found["claims"]["own-increases"]["effects"]
    assert effect["supported_to"] < 0.14 < effect["contradicted_from"]
    monkeypatch.setattr(claims, "KEPT", tmp_path / "kept.json")
    claims.KEPT.write_text(claims.written(found), "utf-8")
    row = f"| up to {effect['supported_to']:.3g} | from {effect['contradicted_from']:.3g} |"
    assert row in claims.page([book]).partition("## Unsettled")[2]


def test_what_has_changed_since_is_told(claims, book, kept):
    found = json.loads(kept.read_text("utf-8"))
    kept.write_text(claims.written(found | {"code": ["other"]}), "utf-8")
    first, *others = book.claims
    test = first.tests[0].model_copy(update={"smallest": 0.2})
    changed = first.model_copy(update={"tests": (test,)})
    page = claims.page([dataclasses.replace(book, claims=(changed, *others))])
    told = "Changed since these numbers were computed: the code of the model, the claim"
    assert f"{told} `own-increases`." in page
    basis = first.tests[0].model_copy(update={"basis": "another reason"})
    assert claims.asked(first.model_copy(update={"tests": (basis,)})) == claims.asked(first)


@pytest.fixture
def played_twice(book, tmp_path):
    """A function: a test by other code, and again as `change` makes of its answers."""
    claim = next(c for c in book.claims if c.id == "own-increases")
    answers = list(np.random.default_rng(5).random((2, 64, 8)))

    def play(change):
        again = [change(arm.copy()) for arm in answers]
        sample_ledger.keep(tmp_path / "one", claim, claim.tests[0], answers, more={"code": "other"})
        sample_ledger.keep(tmp_path / "two", claim, claim.tests[0], again)
        return dataclasses.replace(book, claims=(claim,)), tmp_path / "one", tmp_path / "two"

    return play


@pytest.mark.parametrize(("moved", "is_told"), [(0, False), (1, False), (6, True)])
def test_code_by_which_the_first_histories_answer_as_before_has_not_changed(
    claims, played_twice, moved, is_told, tmp_path, monkeypatch
):
    def change(arm):
        arm[0, :moved] += 0.1
        return arm + 1e-9

    book, one, two = played_twice(change)
    monkeypatch.setattr(claims, "KEPT", tmp_path / "kept.json")
    monkeypatch.setattr(claims, "library", lambda: (book,))
    claims.main(one, two)
    again = json.loads(claims.KEPT.read_text("utf-8"))["again"]
    assert (again["histories"], again["same"]) == (512, 512 - moved)
    page = claims.page([book])
    assert ("the code of the model" in page) == is_told
    assert f"{moved or 'none'} of them answered otherwise in an arm" in page
    assert (f"in no test more than {moved / 512:.1%}" in page) == bool(moved)
    claims.main(one)
    assert "the code of the model" in claims.page([book])


def test_a_test_that_was_not_played_again_is_named(claims, played_twice, tmp_path):
    book, one, _ = played_twice(lambda arm: arm)
    with pytest.raises(ValueError, match=r"own-increases was not played again"):
        claims.compared(claims._played(claims.entries_of([book], one)), one, tmp_path / "nowhere")


def read_again(folder, old, new):
    """The claims with a scenario of their own, changed."""
    book = sample_ledger.read(sample_ledger.write_claims(folder))
    scenario = folder / "tiny.yaml"
    text = scenario.read_text("utf-8")
    assert not old or text.count(old) == 1
    scenario.write_text(text.replace(old, new), "utf-8")
    return book


CHANGES = {
    "nothing": ("", "", False),
    "a title": ("A leader, two clans and a question", "Another title", False),
    "a new question": (
        "outcomes:\n", "outcomes:\n  new: {ask: New?, value: coercion.fear}\n", False
    ),
    "a question that is asked": (
        "elite.status[organiser] == active", "elite.status[organiser] == dead", True
    ),
    "a value": ("cohesion: 0.7", "cohesion: 0.6", True),
    "a variant that a test plays": ("{engineers: {guards: 0}}", "{engineers: {guards: 0.1}}", True),
    "what a test needs": ("  engineers-strong:", "  engineers-weak:", True),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "is_told"), CHANGES.values(), ids=CHANGES)
def test_a_scenario_has_changed_if_a_test_would_be_played_otherwise(
    claims, kept, tmp_path, old, new, is_told
):
    page = claims.page([read_again(tmp_path, old, new)])
    assert ("the scenario tiny.yaml" in page) == is_told
    assert ("{warning}" in page) == is_told


def test_the_kept_file_is_of_claims_of_the_library(claims):
    kept = json.loads((DOCS / "claims-tested.json").read_text("utf-8"))
    known = {c.id: c for book in library() for c in book.claims}
    assert kept["claims"].keys() <= known.keys()
    for name, row in kept["claims"].items():
        if row["asked"] == claims.asked(known[name]):
            tests = (*known[name].tests, *known[name].elaborated)
            assert len(row["played"]) == len(tests), name
