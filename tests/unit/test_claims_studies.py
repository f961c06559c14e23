"""What designed draws told of a test: kept in its folder and read back by the ledger."""

import json

import pytest

from tests import sample_ledger
from vertikal.claims import chosen_draws, folders
from vertikal.claims.ledger import read_ledger
from vertikal.errors import VertikalError


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return sample_ledger.read(sample_ledger.write_claims(tmp_path_factory.mktemp("claims")))


def claim_of(book, name):
    return next(c for c in book.claims if c.id == f"own-{name}")


def with_result(book, folder):
    """A claim with a result on its test."""
    claim = claim_of(book, "increases")
    answers = sample_ledger.answers("increases", 64, 8)
    sample_ledger.keep(folder, claim, claim.tests[0], answers)
    return claim


class TestReading:
    @pytest.mark.parametrize("matters", [0, 3])
    def test_a_screening_is_read_as_it_was_kept(self, book, tmp_path, matters):
        claim = claim_of(book, "increases")
        found = sample_ledger.screen_of(claim, matters)
        path = sample_ledger.keep_screen(tmp_path, claim, found)
        (entry,) = read_ledger([claim], tmp_path)
        study = entry.tests[0].screen
        assert entry.word == "untested"
        assert repr(study.found) == repr(found)  # of which some numbers are nan
        assert (study.changed, study.is_truth) == ((), False)
        assert path.parent.name == study.file.key[:16]

    @pytest.mark.parametrize("is_found", [True, False])
    def test_a_search_is_read_as_it_was_kept(self, book, tmp_path, is_found):
        claim = claim_of(book, "ordering")
        found = sample_ledger.search_of(claim, is_found=is_found)
        sample_ledger.keep_search(tmp_path, claim, found)
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.tests[0].overturning.found == found
        assert entry.tests[0].screen is None

    def test_both_lie_beside_the_verdict_whatever_their_histories(self, book, tmp_path):
        claim = claim_of(book, "increases")
        answers = sample_ledger.answers("increases", 64, 16)
        home = sample_ledger.keep(tmp_path, claim, claim.tests[0], answers)
        paths = (
            sample_ledger.keep_screen(tmp_path, claim),
            sample_ledger.keep_search(tmp_path, claim),
        )
        frozen = json.loads((home / "frozen.json").read_text("utf-8"))
        for path in paths:
            assert json.loads(path.read_text("utf-8"))["frozen"] == frozen
        first, second = (json.loads(path.read_text("utf-8")) for path in paths)
        assert first["hash"] == second["hash"] == paths[0].parent.name + first["hash"][16:]
        assert first["settings"] == {"paths": 6, "base": 256, "replicates": 8}

    def test_the_data_have_what_matters(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        (bare,) = read_ledger([claim], tmp_path)
        row = bare.row()["tests"][0]
        assert (row["screen"], row["adversary"]) == (None, None)
        sample_ledger.keep_screen(tmp_path, claim)
        sample_ledger.keep_search(tmp_path, claim)
        (entry,) = read_ledger([claim], tmp_path)
        row = json.loads(json.dumps(entry.row(), allow_nan=False))["tests"][0]
        assert row["verdict"] == "supported"
        found = row["screen"]
        assert len(found["screened"]) == 3 < found["parameters"]
        assert (found["changed"], found["seed"], found["base"]) == ([], 1, 256)
        assert found["region"]["sides"][0]["low"] is None
        search = row["adversary"]
        assert (search["distance"], search["effect"]["word"]) == (1.3, "fails")
        assert search["effect"]["intervals"] == [[None, 0.06]]
        assert len(search["moves"]) == len(search["starts"]) == 4


class TestWhatHasChangedSince:
    def test_the_code_and_the_method(self, book, tmp_path, monkeypatch):
        claim = with_result(book, tmp_path)
        sample_ledger.keep_screen(tmp_path, claim)
        monkeypatch.setattr(folders, "code_digest", lambda: "other")
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.tests[0].screen.changed == ("the code that plays histories",)
        monkeypatch.undo()
        monkeypatch.setattr(chosen_draws, "_METHODS", {"screen": (), "adversary": ()})
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.tests[0].screen.changed == ("the code of the screening",)
        assert entry.changed == ()

    def test_the_scenario(self, tmp_path):
        book = sample_ledger.read(sample_ledger.write_claims(tmp_path))
        claim = with_result(book, tmp_path / "kept")
        sample_ledger.keep_search(tmp_path / "kept", claim)
        tiny = tmp_path / "tiny.yaml"
        text = tiny.read_text("utf-8")
        tiny.write_text(text.replace("control: 0.8", "control: 0.7"), "utf-8")
        (entry,) = read_ledger([claim], tmp_path / "kept")
        assert entry.tests[0].overturning.changed == ("the scenario",)
        tiny.write_text(text.replace("engineers-strong:", "engineers-mighty:"), "utf-8")
        (entry,) = read_ledger([claim], tmp_path / "kept")
        (told,) = entry.tests[0].overturning.changed
        assert told.startswith("it cannot be played now")
        assert entry.tests[0].overturning.found.found is not None

    def test_the_test(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        sample_ledger.keep_screen(tmp_path, claim)
        other = sample_ledger.altered(claim, smallest=0.15)
        (entry,) = read_ledger([other], tmp_path)
        assert entry.tests[0].screen is None
        (old,) = entry.other_studies
        assert old.changed == ("the claim has changed since: smallest",)
        assert entry.row()["other_studies"][0]["study"] == "screen"

    def test_what_is_up_to_date_comes_before_what_was_played_later(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        path = sample_ledger.keep_screen(tmp_path, claim)
        content = json.loads(path.read_text("utf-8"))
        content["frozen"]["code"] = "other"
        later = tmp_path / claim.id / "later"
        later.mkdir()
        (later / "screen.json").write_text(json.dumps(content), "utf-8")
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.tests[0].screen.file.path == path
        (old,) = entry.other_studies
        assert old.changed == ("replaced by a later result on the same test",)


class TestFaults:
    @pytest.mark.parametrize(("kind", "verb", "name"), [
        ("screen", "screen", "screening"), ("adversary", "overturn", "search of an adversary"),
    ])  # fmt: skip
    @pytest.mark.parametrize(
        "broken", ["{", "[]", '{"format": 1}', None, "scores"], ids=lambda b: str(b)[:9]
    )
    def test_a_file_that_cannot_be_read(self, book, tmp_path, kind, verb, name, broken):
        claim = with_result(book, tmp_path)
        keep = {"screen": sample_ledger.keep_screen, "adversary": sample_ledger.keep_search}[kind]
        path = keep(tmp_path, claim)
        content = json.loads(path.read_text("utf-8"))
        if broken is None:
            content["found"].pop("histories")
        elif broken == "scores":
            content["found"]["screened" if kind == "screen" else "moves"] = [{"size": "large"}]
        path.write_text(broken if broken not in (None, "scores") else json.dumps(content), "utf-8")
        with pytest.raises(VertikalError, match=f"this is no result of a {name}") as caught:
            read_ledger([claim], tmp_path)
        assert str(path) in str(caught.value)
        again = f"vertikal claims {verb} own-increases --file {book.path} --folder {tmp_path}"
        assert f"Remove the file, and ask again, which plays nothing anew: {again}" in str(
            caught.value
        )

    def test_another_format_is_passed_over(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        path = sample_ledger.keep_screen(tmp_path, claim)
        path.write_text(json.dumps({"format": 99}), "utf-8")
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.tests[0].screen is None
