"""Testing claims on a small scenario: arms, contrasts, freezing, resuming."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests import commands, small_claims
from vertikal import claims
from vertikal.claims import read_book, trials
from vertikal.claims.design import ask, changes, make_design
from vertikal.claims.folders import kept_sample, read, written
from vertikal.claims.played import as_read
from vertikal.claims.running import examine, examine_all
from vertikal.claims.schema import Test
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError

ROOT = Path(__file__).parents[2]
SHOT = """
import os, signal, sys
from tests.unit import test_claims_running as here
from vertikal.claims import read_book, running, trials
from vertikal.engine.histories import Histories

trials.BATCH = 128
played = []

def shot(self, runs):
    played.append(runs[0])
    if len(played) == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return here.played(self, runs)

Histories.prepare = lambda self: None
Histories.outcomes_of = shot
running.examine(read_book(sys.argv[1]).claims[0], folder=sys.argv[2], workers=1)
"""


def played(self, runs):
    """Histories that are not played: what is asked of clans is how far the guards lend cover."""
    cover = self.scenario.pacts["engineers"]["guards"].value
    answers = {
        name: runs / 1000 + cover * (outcome.address.name[:5] == "clans")
        for name, outcome in self.scenario.outcomes.items()
    }
    return pa.table({"status": ["ok"] * len(runs), **answers})


def against_fear(kind):
    """A test of the strength of the engineers as a difference from fear, or as a ratio to it."""
    fear = {"fear": {"ask": "How much fear is there?", "mean": "coercion.fear"}}
    asked = {"ask": "How do they compare?", kind: ["engineers-strong", "fear"]}
    return {"base": {"patch": {"outcomes": fear}}, "outcome": asked}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return small_claims.write(tmp_path_factory.mktemp("claims")).parent


@pytest.fixture(scope="module")
def claim(folder):
    return read_book(folder / "own.yaml").claims[0]


@pytest.fixture
def quick(monkeypatch):
    """Small batches of stand-ins."""
    monkeypatch.setattr(trials, "BATCH", 128)
    monkeypatch.setattr(Histories, "prepare", lambda self: None)
    monkeypatch.setattr(Histories, "outcomes_of", played)


def design(claim, folder, **fields):
    test = Test.model_validate({"scenario": "tiny.yaml", **small_claims.DEFAULTS, **fields})
    return make_design(claim, test, folder)


def made(claim):
    return make_design(claim, claim.tests[0], claim.folder)


class TestDesign:
    def test_arms_and_their_scenarios(self, claim, folder):
        found = design(claim, folder, treatment={"variant": "no-cover"}, shape="increases")
        assert list(found.arms) == ["without", "with"]
        assert found.arms["with"].pacts["engineers"]["guards"].value == 0
        assert found.replicates == 16
        assert found.contrasts[0].criterion.possible == ()

    def test_truth_values_are_judged_exactly(self, claim, folder):
        change = {"treatment": {"variant": "no-cover"}, "shape": "increases"}
        for more in (
            {"outcome": "organiser-stays"},
            {"outcome": "leader-exit", "measure": "ever"},
            {"outcome": {"ask": "Who?", "value": "leadership.leader"}, "measure": "organiser"},
        ):
            (found,) = design(claim, folder, **change, **more).contrasts
            assert found.criterion.possible == (-1, 0, 1), more
        (years,) = design(claim, folder, **change, outcome="leader-exit", measure="years").contrasts
        assert years.criterion.possible == ()

    @pytest.mark.parametrize(
        ("fields", "possible"),
        [
            ({"shape": "bounded", "within": [0.9, None], "smallest": 0}, (-0.9, 0.1)),
            ({"shape": "bounded", "within": [None, 0.9], "smallest": 0}, (-0.1, 0.9)),
            ({"shape": "bounded", "within": [0.2, 0.4], "smallest": 0}, (-0.3, 0.7)),
            ({"shape": "interaction", "treatment": {"factorial": [
                {"variant": "no-cover"}, {"set": {"coercion.fear": 0.9}}]}}, (-2, -1, 0, 1, 2)),
            ({"shape": "threshold", "step": [0.2, 0.4],
              "treatment": {"sweep": {"path": "coercion.fear", "values": [0, 0.2, 0.4]}}},
             (-2, -1, 0, 1, 2)),
        ],
    )  # fmt: skip
    def test_all_values_that_an_effect_on_a_truth_value_can_have(
        self, claim, folder, fields, possible
    ):
        (found,) = design(claim, folder, **fields, outcome="organiser-stays").contrasts
        assert found.criterion.possible == pytest.approx(possible)

    @pytest.mark.parametrize(
        ("fields", "limits"),
        [
            ({}, (-1, 1)),
            ({"outcome": "leader-exit", "measure": "years"}, (-5, 5)),  # on a clock of five years
            ({"outcome": {"ask": "?", "mean": "clans.favour[guards]"}}, (-2, 2)),
            ({"outcome": {"ask": "?", "mean": "clans.cover[guards]"}}, ()),  # without an upper end
            ({"shape": "interaction", "treatment": {"factorial": [
                {"variant": "no-cover"}, {"set": {"coercion.fear": 0.9}}]}}, (-2, 2)),
            ({"shape": "bounded", "within": [0.2, 0.4], "smallest": 0}, (-0.3, 0.7)),
            ({"shape": "bounded", "within": [None, 0.9], "smallest": 0}, (-0.1, 0.9)),
            ({"outcome": "organiser-stays"}, ()),  # of truth values all that is possible is known
        ],
    )  # fmt: skip
    def test_limits_of_an_effect_on_a_number(self, claim, folder, fields, limits):
        change = {"treatment": {"variant": "no-cover"}, "shape": "increases"}
        (found,) = design(claim, folder, **change | fields).contrasts
        assert found.criterion.limits == pytest.approx(limits)

    @pytest.mark.parametrize(
        ("fields", "answers", "values", "seen"),
        [
            ({"shape": "decreases", "treatment": {"variant": "no-cover"}},
             [0.7, 0.2], [0.5], [-0.5]),
            ({"shape": "no-effect", "treatment": {"variant": "no-cover"}},
             [0.7, 0.2], [-0.5], [-0.5]),
            ({"shape": "increases",
              "treatment": {"sweep": {"path": "coercion.fear", "values": [0, 0.2, 0.4]}}},
             [1.0, 5, 3], [2.0], [2.0]),
            ({"shape": "threshold", "step": [0.2, 0.4],
              "treatment": {"sweep": {"path": "coercion.fear", "values": [0, 0.2, 0.4, 0.6]}}},
             [1.0, 2, 5, 7], [3 - 1.5], [3 - 1.5]),
            ({"shape": "interaction", "treatment": {"factorial": [
                {"variant": "no-cover"}, {"set": {"coercion.fear": 0.9}}]}},
             [1.0, 2, 4, 9], [4.0], [4.0]),
            ({"shape": "interaction", "direction": "decreases", "treatment": {"factorial": [
                {"variant": "no-cover"}, {"set": {"coercion.fear": 0.9}}]}},
             [1.0, 2, 4, 9], [-4.0], [4.0]),
            ({"shape": "ordering", "treatment": {"order": [
                {}, {"variant": "no-cover"}, {"set": {"coercion.fear": 0.9}}]}},
             [1.0, 4, 3], [3.0, -1.0], [3.0, -1.0]),
            ({"shape": "bounded", "within": [0.2, 0.8], "smallest": 0}, [0.6], [0.1], [0.6]),
            ({"shape": "bounded", "within": [0.2, None], "smallest": 0}, [0.6], [0.4], [0.6]),
            ({"shape": "bounded", "within": [None, 0.8], "smallest": 0}, [0.6], [0.2], [0.6]),
        ],
    )  # fmt: skip
    def test_contrasts_by_hand(self, claim, folder, fields, answers, values, seen):
        """What is judged, and what a reader sees of it."""
        found = design(claim, folder, **fields)
        given = {arm: np.array([a]) for arm, a in zip(found.arms, answers, strict=True)}
        assert [c.values(given)[0] for c in found.contrasts] == pytest.approx(values)
        assert [as_read(found.test, v) for v in values] == pytest.approx(seen)

    def test_two_changes_together(self):
        test = Test.model_validate({
            "scenario": "x", **small_claims.DEFAULTS, "shape": "interaction",
            "treatment": {"factorial": [
                {"patch": {"leader": {"control": 0.1}}, "set": {"coercion.fear": 0.1}},
                {"patch": {"leader": {"control": 0.2, "personal_power": 0.3}}},
            ]},
        })  # fmt: skip
        both = changes(test)["both"]
        assert both.patch == {"leader": {"control": 0.2, "personal_power": 0.3}}
        assert both.set == {"coercion.fear": 0.1}

    def test_answers(self, claim, folder):
        change = {"treatment": {"variant": "no-cover"}, "shape": "increases"}
        ever = design(claim, folder, **change, outcome="leader-exit", measure="ever")
        years = design(claim, folder, **change, outcome="leader-exit", measure="years")
        table = Histories(ever.arms["without"], 3, replicates=32).run_block(0, 128).outcomes
        came = ~np.isnan(table.column("leader-exit").to_numpy())
        assert came.any()
        assert not came.all()
        assert list(ever.answers(table)) == list(came.astype(float))
        assert set(years.answers(table)[~came]) == {years.horizon}
        status = ["lost"] + ["ok"] * 127
        place = table.column_names.index("status")
        failed = table.set_column(place, "status", [status])
        assert np.isnan(ever.answers(failed)[0])
        assert not np.isnan(ever.answers(failed)[1:]).any()

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"outcome": "engineers-weak"}, 'has no outcome "engineers-weak"'),
            ({"outcome": "leader-exit"}, "cannot be read as"),
            (against_fear("ratio"), "is a `ratio`, which some histories do not answer"),
            ({"measure": "ever"}, "Remove `measure`"),
            ({"treatment": {"variant": "cover"}}, 'there is no variant "cover"'),
            ({"treatment": {"set": {"leader.control": 0.8}}}, "are the same"),
            ({"treatment": {"set": {"leader.kontrol": 0.8}}}, 'there is no entry "kontrol"'),
        ],
    )
    def test_what_cannot_be_played_is_told(self, claim, folder, fields, words):
        given = {"treatment": {"variant": "no-cover"}, "shape": "increases", **fields}
        with pytest.raises(VertikalError) as caught:
            design(claim, folder, **given)
        assert words in str(caught.value)
        assert "own-cover" in str(caught.value)

    def test_a_question_is_named_by_itself_and_its_parts(self, claim, folder):
        """Kinds that questions have gained since do not change the names of older ones."""
        arms = {"treatment": {"variant": "no-cover"}, "shape": "increases"}
        found = design(claim, folder, **arms, **against_fear("difference"))
        (scenario, _), questions = found.arms.values(), {}
        name = ask(found.outcome, scenario.outcomes, questions)
        assert {q.kind for q in questions.values()} == {"difference", "value", "mean"}
        assert questions[name].difference == tuple(q for q in questions if q != name)
        older = next(q for q in questions.values() if q.kind == "mean")
        assert not {"share", "span", "difference", "ratio"} & older.model_dump().keys()


class TestExamine:
    def test_it_is_frozen_before_it_is_played(self, claim, tmp_path, quick, monkeypatch):
        def refuse(*_):
            (found,) = tmp_path.rglob("frozen.json")
            assert json.loads(found.read_text())["test"]["smallest"] == 5
            raise KeyboardInterrupt

        monkeypatch.setattr(Histories, "outcomes_of", refuse)
        with pytest.raises(KeyboardInterrupt):
            examine(claim, folder=tmp_path)
        assert not list(tmp_path.rglob("result.json"))

    def test_it_stops_when_it_is_settled_and_keeps_what_it_played(self, claim, tmp_path):
        seen = []
        found = examine(claim, budget=8192, folder=tmp_path, progress=seen.append)
        (tested,) = found.tests
        assert found.word == tested.word == "contradicted"
        assert tested.histories == tested.new < 8192
        assert tested.histories >= 32 * 16
        assert tested.failed == 0
        words = f"own-cover, test 1 of 1: contradicted after {tested.histories}"
        assert seen[-1] == (words, 1, 1, 1, 1, 1.0)
        assert (seen[0].tests, seen[0].all_tests, seen[0].share) == (0, 1, 0)
        (result,) = tmp_path.rglob("result.json")
        kept = json.loads(result.read_text())
        assert kept["verdict"] == "contradicted"
        assert kept["hash"].startswith(result.parent.name)

        again = examine(claim, budget=8192, folder=tmp_path)
        assert again.tests[0].new == 0
        assert again.row() == found.row()

    def test_a_killed_test_goes_on_to_the_same_result(self, claim, tmp_path, quick, monkeypatch):
        whole = examine(claim, folder=tmp_path / "whole")
        played, play = [], Histories.outcomes_of

        def killed(self, runs):
            played.append(runs[0])
            if len(played) == 5:
                raise KeyboardInterrupt
            return play(self, runs)

        monkeypatch.setattr(Histories, "outcomes_of", killed)
        with pytest.raises(KeyboardInterrupt):
            examine(claim, folder=tmp_path / "killed")
        monkeypatch.setattr(Histories, "outcomes_of", play)
        assert len(list((tmp_path / "killed").rglob("batch-*.parquet"))) == 2
        after = examine(claim, folder=tmp_path / "killed")
        assert after.tests[0].new == whole.tests[0].histories - 256
        assert after.row() == whole.row()
        assert commands.parquet(tmp_path / "whole") == commands.parquet(tmp_path / "killed")

    def test_a_process_that_is_shot_loses_the_batch_in_work(self, claim, tmp_path, quick):
        words = [sys.executable, "-c", SHOT, str(claim.folder / "own.yaml"), str(tmp_path / "shot")]
        assert subprocess.run(words, check=False, cwd=ROOT).returncode == -signal.SIGKILL
        kept = [path.name for path in (tmp_path / "shot").rglob("*.parquet")]
        assert sorted(kept) == ["batch-00000.parquet", "batch-00001.parquet"]
        whole = examine(claim, folder=tmp_path / "whole")
        after = examine(claim, folder=tmp_path / "shot")
        assert after.tests[0].new == whole.tests[0].histories - 256
        assert after.row() == whole.row()
        assert commands.parquet(tmp_path / "whole") == commands.parquet(tmp_path / "shot")

    def test_a_changed_test_is_run_anew_and_the_words_around_it_are_not(
        self, claim, tmp_path, quick
    ):
        key = examine(claim, folder=tmp_path).tests[0].key
        said = claim.model_copy(update={"statement": "Otherwise put.", "priority": 3})
        said._folder = claim.folder
        assert examine(said, folder=tmp_path).tests[0].new == 0
        (test,) = claim.tests
        changed = claim.model_copy(update={"tests": (test.model_copy(update={"smallest": 6.0}),)})
        changed._folder = claim.folder
        found = examine(changed, folder=tmp_path).tests[0]
        assert found.key != key
        assert found.new > 0

    def test_the_budget_may_end_first_and_be_raised(self, claim, tmp_path, quick):
        (test,) = claim.tests
        fine = test.model_copy(update={"smallest": 1e-9})
        unclear = claim.model_copy(update={"tests": (fine,)})
        unclear._folder = claim.folder
        first = examine(unclear, budget=128, folder=tmp_path).tests[0]
        assert (first.word, first.histories, first.new) == ("unsettled", 128, 128)
        more = examine(unclear, budget=256, folder=tmp_path).tests[0]
        assert (more.histories, more.new) == (256, 128)
        again = examine(unclear, budget=128, folder=tmp_path).tests[0]
        assert (again.histories, again.new) == (256, 0), "what a larger budget found stays"

    def test_draws_near_what_matters_climb_whenever_the_test_is_stopped(
        self, claim, tmp_path, quick, monkeypatch
    ):
        """Effects of 0.1 and chance of 1: sixteen histories of a draw tell little."""
        (test,) = claim.tests
        near = claim.model_copy(update={"tests": (test.model_copy(update={"smallest": 0.0}),)})
        near._folder = claim.folder

        def noisy(self, runs):
            gains = self.scenario.pacts["engineers"]["guards"].value == 0
            chance = np.array([np.random.default_rng(int(run)).normal() for run in runs])
            answers = dict.fromkeys(self.scenario.outcomes, gains * (0.1 + chance))
            return pa.table({"status": ["ok"] * len(runs), **answers})

        monkeypatch.setattr(Histories, "outcomes_of", noisy)
        whole = examine(near, budget=4096, folder=tmp_path / "whole")
        for budget in (128, 1024, 1500, 4096):
            found = examine(near, budget=budget, folder=tmp_path / "parts")
        assert found.row() == whole.row()
        assert commands.parquet(tmp_path / "whole") == commands.parquet(tmp_path / "parts")
        sample = kept_sample(next((tmp_path / "whole").glob("*/*")), made(near))
        assert len(sample.counts) >= 64
        assert {16, 64} <= set(sample.counts.tolist())
        assert whole.tests[0].histories == sample.histories
        assert whole.tests[0].failed == 0

    def test_more_draws_than_the_verdict_takes_are_kept_apart(self, claim, tmp_path, quick):
        first = examine_all([claim], folder=tmp_path, draws=100)[0].tests[0]
        home = next(tmp_path.glob("*/*"))
        extra = sorted(path.name for path in home.glob("extra-*"))
        assert extra[0] == "extra-00000.parquet"
        assert len(kept_sample(home, made(claim)).counts) >= 100
        assert kept_sample(home, made(claim), first.histories).histories == first.histories < 1600
        again = examine_all([claim], folder=tmp_path, draws=100)[0].tests[0]
        assert (again.new, again.histories) == (0, first.histories)
        more = examine_all([claim], folder=tmp_path, draws=200)[0].tests[0]
        assert more.word == first.word
        assert len(kept_sample(home, made(claim)).counts) >= 200

    def test_a_batch_out_of_place_is_told(self, claim, tmp_path, quick):
        examine(claim, folder=tmp_path)
        second = next(tmp_path.rglob("batch-00001.parquet"))
        next(tmp_path.rglob("batch-00000.parquet")).write_bytes(second.read_bytes())
        with pytest.raises(VertikalError, match="not the one that follows"):
            examine(claim, folder=tmp_path)

    def test_a_change_that_changes_nothing_is_told(self, claim, quick):
        (test,) = claim.tests
        age = {"ask": "How old?", "value": "elite.age[organiser]", "at": "2000-01-31"}
        other = test.model_copy(update={"outcome": age, "smallest": 0.1})
        changed = claim.model_copy(update={"tests": (other,)})
        changed._folder = claim.folder
        assert examine(changed, budget=128, folder=None).tests[0].inert
        assert not examine(claim, budget=128, folder=None).tests[0].inert

    def test_without_a_folder_nothing_is_kept(self, claim, tmp_path, quick, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert claims.test(claim, folder=None).word == "contradicted"
        assert not list(tmp_path.iterdir())

    def test_a_spoilt_batch_is_told(self, claim, tmp_path, quick):
        examine(claim, folder=tmp_path)
        next(tmp_path.rglob("batch-00000.parquet")).write_bytes(b"rubbish")
        with pytest.raises(VertikalError, match="no batch of answers"):
            examine(claim, folder=tmp_path)

    def test_a_batch_with_a_spoilt_byte_is_told(self, tmp_path):
        whole, path = written({"a": np.arange(1000.0)}), tmp_path / "x.parquet"
        told = 0
        for place in range(0, len(whole), 97):
            path.write_bytes(whole[:place] + b"\xff" * 8 + whole[place + 8 :])
            try:
                read(path)  # what spoils a number alone is not seen
            except VertikalError as why:
                told += "no batch of answers" in why.what and "Remove the file" in why.mend
        assert told > 3
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "y.parquet")

    def test_what_cannot_be_tested_says_why(self, folder):
        untested = read_book(folder / "own.yaml").claims[1]
        found = examine(untested)
        assert (found.word, found.row()["reason"]) == ("untestable", "a cycle has no contrast")

    def test_what_we_add_to_a_claim_that_cannot_be_tested_is_played(self, tmp_path, quick):
        small_claims.write(tmp_path, small_claims.entry(), small_claims.ADDED)
        (claim, untested) = read_book(tmp_path / "own.yaml").claims
        reports = []
        found = examine_all([claim, untested], folder=tmp_path / "kept", progress=reports.append)
        assert [(r.word, len(r.tests)) for r in found] == [("contradicted", 1), ("untestable", 0)]
        (added,) = found[1].elaborated
        assert added.word == "supported"
        assert found[1].findings == (), "nothing of it counts"
        assert (reports[-1].claims, reports[-1].all_claims) == (2, 2)

    @pytest.mark.parametrize("bad", [{"budget": 0}, {"error": 0}, {"error": 1.0}])
    def test_impossible_wishes(self, claim, bad):
        with pytest.raises(VertikalError, match="a budget is at least 1"):
            examine(claim, folder=None, **bad)
