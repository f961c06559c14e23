"""What a folder of tests says about claims."""

import dataclasses
import json
import math
import shutil

import numpy as np
import pytest

from tests import sample_ledger
from vertikal.claims import folders, results
from vertikal.claims.ledger import STANDINGS, read_ledger, scoreboard
from vertikal.claims.results import Result, firm_verdicts
from vertikal.errors import VertikalError


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return sample_ledger.read(sample_ledger.write_claims(tmp_path_factory.mktemp("claims")))


@pytest.fixture(scope="module")
def kept(book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    sample_ledger.keep_all(folder, book)
    return folder


@pytest.fixture(scope="module")
def entries(book, kept):
    return {e.claim.id.removeprefix("own-"): e for e in read_ledger(book.claims, kept)}


def claim_of(book, name):
    return next(c for c in book.claims if c.id == f"own-{name}")


def two_arms(book, name, effects, replicates=8):
    """Answers in two arms that differ by an effect in each draw, with little chance."""
    rng = np.random.default_rng(2)
    noise = 0.001 * rng.standard_normal((2, len(effects), replicates))
    return [0.5 + noise[0], 0.5 + np.array(effects)[:, None] + noise[1]]


class TestEffects:
    @pytest.mark.parametrize(
        ("name", "mean", "region"),
        [
            ("increases", 0.2, (0.1, math.inf)),
            ("decreases", 0.1, (-math.inf, -0.1)),
            ("no-effect", 0.02, (-0.1, 0.1)),
            ("sweep", 0.2, (0.1, math.inf)),
            ("threshold", 0.39 - 0.01, (0.1, math.inf)),
            ("interaction", -0.3, (-math.inf, -0.1)),
            ("bounded", 0.5, (0.2, 0.8)),
            ("highest", 0.3, (-math.inf, 0.8)),
        ],
    )
    def test_they_have_the_sign_and_the_unit_of_what_is_read(self, entries, name, mean, region):
        (part,) = entries[name].tests[0].played.parts
        assert part.mean == pytest.approx(mean, abs=0.01)
        assert part.low < part.mean < part.high
        assert part.region == pytest.approx(region)
        assert part.effects.mean() == pytest.approx(part.mean)
        inside = region[0] <= part.mean <= region[1]
        assert part.holds.all() == inside
        assert entries[name].word == ("supported" if inside else "contradicted")

    def test_an_ordering_has_one_for_each_neighbouring_two(self, entries):
        parts = entries["ordering"].tests[0].played.parts
        assert [p.arms for p in parts] == [("arm 1", "arm 2"), ("arm 2", "arm 3")]
        assert [p.mean for p in parts] == pytest.approx([0.3, -0.1], abs=0.01)
        assert [p.finding.word for p in parts] == ["supported", "contradicted"]
        assert entries["ordering"].word == "fragile"

    def test_truth_values_are_shares_of_histories(self, entries):
        assert entries["truth"].tests[0].played.is_truth
        assert not entries["years"].tests[0].played.is_truth

    def test_failed_histories_and_draws_do_not_count(self, book, tmp_path):
        claim = claim_of(book, "increases")
        found = sample_ledger.answers("increases", 40, 8)
        found[1][0] = math.nan
        found[0][1, 3] = math.nan
        sample_ledger.keep(tmp_path, claim, claim.tests[0], found)
        (entry,) = read_ledger([claim], tmp_path)
        played = entry.tests[0].played
        assert len(played.parts[0].effects) == 39
        assert played.failed == 9


class TestStandings:
    @pytest.mark.parametrize(
        ("effects", "word"),
        [
            ([0.5] * 64, "supported"),
            ([-0.5] * 64, "contradicted"),
            ([0.5, -0.5] * 200, "fragile"),
            ([0.5, -0.5] * 10, "unsettled"),
        ],
    )
    def test_verdicts(self, book, tmp_path, effects, word):
        claim = claim_of(book, "increases")
        found = two_arms(book, "increases", effects)
        sample_ledger.keep(tmp_path, claim, claim.tests[0], found)
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.word == word
        assert entry.firm == (word != "unsettled")
        assert entry.row()["verdict"] == word

    def test_what_is_not_tested(self, book, kept, entries, tmp_path):
        assert entries["cycle"].word == "untestable"
        assert entries["premise"].word == "normative"
        claim = claim_of(book, "increases")
        shutil.copytree(kept / claim_of(book, "bounded").id, tmp_path / "own-bounded")
        found = read_ledger([claim, claim_of(book, "bounded")], tmp_path)
        assert [e.word for e in found] == ["untested", "supported"]
        assert found[0].row()["tests"][0]["verdict"] == "untested"

    def test_a_claim_of_which_some_tests_were_played_is_not_tested_yet(self, book, kept):
        claim = claim_of(book, "increases")
        more = claim.tests[0].model_copy(update={"smallest": 0.2})
        wider = claim.model_copy(update={"tests": (*claim.tests, more)})
        wider._folder = claim.folder
        (entry,) = read_ledger([wider], kept)
        assert entry.word == "untested"
        assert [a.played is not None for a in entry.tests] == [True, False]

    def test_firm_as_when_they_are_tested(self, entries):
        told = [
            Result(
                e.claim, e.word,
                tuple(
                    results.Tested(a.test, p.key, p.word, p.findings, {}, 1, 1, 0)
                    for a in e.tests if (p := a.played)
                ),
                (),
            )
            for e in entries.values()
        ]  # fmt: skip
        expected = firm_verdicts(told)
        assert {e.claim.id: e.firm for e in entries.values()} == expected
        assert any(expected.values())
        assert not all(expected.values())

    def test_the_scoreboard_counts_each_claim_once(self, entries):
        board = scoreboard(entries.values())
        assert sum(board["OWN"][s] for s in STANDINGS) == len(entries)
        assert board["OWN"]["firm"] == sum(e.firm for e in entries.values())


class TestWhatHasChangedSince:
    def test_nothing(self, entries):
        assert all(e.changed == () and e.others == () for e in entries.values())

    def test_the_code(self, book, kept, monkeypatch):
        monkeypatch.setattr(folders, "code_digest", lambda: "other")
        (entry,) = read_ledger([claim_of(book, "increases")], kept)
        assert entry.word == "supported"
        assert entry.changed == ("the code that plays histories",)
        assert entry.row()["changed"] == ["the code that plays histories"]

    def test_the_scenario(self, tmp_path):
        path = sample_ledger.write_claims(tmp_path)
        book = sample_ledger.read(path)
        sample_ledger.keep_all(tmp_path / "kept", book, draws=128)
        tiny = tmp_path / "tiny.yaml"
        text = tiny.read_text("utf-8")
        claims = [claim_of(book, "increases")]
        assert "control: 0.8" in text
        tiny.write_text(text.replace("control: 0.8", "control: 0.7"), "utf-8")
        (entry,) = read_ledger(claims, tmp_path / "kept")
        assert entry.changed == ("the scenario",)
        assert entry.tests[0].played.parts
        tiny.write_text(text.replace("engineers-strong:", "engineers-mighty:"), "utf-8")
        (entry,) = read_ledger(claims, tmp_path / "kept")
        (told,) = entry.changed
        assert told.startswith("it cannot be played now")
        assert "engineers-strong" in told
        assert entry.word == "supported"
        assert entry.tests[0].played.parts == ()
        assert entry.row()["tests"][0]["effects"] == []

    def test_the_claim(self, book, kept):
        claim = claim_of(book, "increases")
        changed = claim.tests[0].model_copy(update={"smallest": 0.15})
        other = claim.model_copy(update={"tests": (changed,)})
        other._folder = claim.folder
        (entry,) = read_ledger([other], kept)
        assert entry.word == "untested"
        (old,) = entry.others
        assert (old.word, old.changed) == ("supported", ("the claim has changed since: smallest",))

    def test_the_words_around_a_test_decide_nothing(self, book, kept):
        claim = claim_of(book, "increases")
        said = claim.tests[0].model_copy(update={"basis": "Otherwise put."})
        other = claim.model_copy(update={"tests": (said,), "statement": "Otherwise put."})
        other._folder = claim.folder
        (entry,) = read_ledger([other], kept)
        assert (entry.word, entry.others) == ("supported", ())

    def test_a_result_that_is_up_to_date_comes_before_a_later_one_that_is_not(self, book, tmp_path):
        claim = claim_of(book, "increases")
        found = sample_ledger.answers("increases", 40, 8)
        today = sample_ledger.keep(tmp_path, claim, claim.tests[0], found)
        sample_ledger.keep(tmp_path, claim, claim.tests[0], found, more={"code": "other"})
        (entry,) = read_ledger([claim], tmp_path)
        assert entry.tests[0].played.key.startswith(today.name)
        (old,) = entry.others
        assert old.changed == ("replaced by a later result on the same test",)


class TestFaults:
    def test_an_empty_folder(self, book, tmp_path):
        with pytest.raises(VertikalError, match="no results on these claims") as caught:
            read_ledger(book.claims, tmp_path / "nowhere")
        assert "vertikal claims test" in str(caught.value)

    def test_claims_of_which_there_can_be_none_need_no_folder(self, book, tmp_path):
        found = read_ledger([claim_of(book, "cycle"), claim_of(book, "premise")], tmp_path)
        assert [e.word for e in found] == ["untestable", "normative"]

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("batch-00000.parquet", b"rubbish", "no batch of answers"),
            ("result.json", b"{", "no files of a test"),
            ("result.json", b"{}", "no files of a test"),
            ("frozen.json", b"[]", "no files of a test"),
        ],
    )
    def test_spoilt_files_are_told_all_at_once(self, book, kept, tmp_path, name, content, words):
        shutil.copytree(kept, tmp_path / "kept")
        for claim in ("own-increases", "own-bounded"):
            next((tmp_path / "kept" / claim).glob(f"*/{name}")).write_bytes(content)
        with pytest.raises(VertikalError, match=words) as caught:
            read_ledger(book.claims, tmp_path / "kept")
        for claim in ("own-increases", "own-bounded"):
            assert claim in str(caught.value)
        assert str(caught.value).count("Remove the f") == 2

    def test_a_test_that_was_begun_has_no_verdict(self, book, kept, tmp_path):
        shutil.copytree(kept, tmp_path / "kept")
        next((tmp_path / "kept" / "own-increases").glob("*/result.json")).unlink()
        found = read_ledger(book.claims[:2], tmp_path / "kept")
        assert found[0].word == "untested"

    def test_lost_histories_leave_the_verdict(self, book, kept, tmp_path):
        shutil.copytree(kept, tmp_path / "kept")
        next((tmp_path / "kept" / "own-increases").glob("*/batch-00001.parquet")).unlink()
        (entry,) = read_ledger(book.claims[:1], tmp_path / "kept")
        assert entry.word == "supported"
        assert not entry.tests[0].played.answers
        assert len(entry.tests[0].played.parts[0].effects) == 0

    def test_histories_beyond_the_verdict_are_not_shown(self, book, kept, tmp_path):
        shutil.copytree(kept, tmp_path / "kept")
        home = next((tmp_path / "kept" / "own-increases").glob("*"))
        shutil.copy(home / "batch-00001.parquet", home / "batch-00002.parquet")
        (entry,) = read_ledger(book.claims[:1], tmp_path / "kept")
        assert len(entry.tests[0].played.parts[0].effects) == 64

    def test_endless_numbers_survive_the_file(self, book, tmp_path):
        claim = claim_of(book, "increases")
        home = sample_ledger.keep(
            tmp_path, claim, claim.tests[0], sample_ledger.answers("increases", 4, 8)
        )
        result = json.loads((home / "result.json").read_text())
        result["findings"][0] |= {"low": None, "high": None}  # as of numbers without a known range
        (home / "result.json").write_text(json.dumps(result), "utf-8")
        (entry,) = read_ledger([claim], tmp_path)
        (found,) = entry.tests[0].played.findings
        assert (found.low, found.high) == (-math.inf, math.inf)
        assert json.loads(json.dumps(entry.row(), allow_nan=False))["verdict"] == "unsettled"
        assert dataclasses.asdict(found)["draws"] == 4
