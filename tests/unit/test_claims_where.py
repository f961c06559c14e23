"""Where claims fail, from the command line, on histories whose answer is a known formula."""

import json
import shlex
import types

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests import small_claims
from tests.commands import command
from vertikal import claims
from vertikal.claims import read_book, sensitivity
from vertikal.claims.chosen_draws import bench, silent
from vertikal.claims.failing import assumptions, locate
from vertikal.claims.kept import Drawn, drawn
from vertikal.claims.ledger import explained, read_ledger
from vertikal.claims.regions import discover
from vertikal.claims.verdicts import Criterion
from vertikal.engine.blocks import OK
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError
from vertikal.scenario import world

LOYALTY = "people.organiser.loyalty"
played = []


def formula(self, runs):
    """Without cover engineers gain by loyalty above 0.5; chance is the same in both arms."""
    loyalty = self.draws(runs)[LOYALTY]
    number = runs if self.given is None else runs % self.replicates
    chance = np.random.default_rng(self.seed).normal(size=number.max() + 1)[number]
    gains = self.scenario.pacts["engineers"]["guards"].value == 0
    answer = gains * (loyalty - 0.5 + 0.01 * chance)
    played.append(len(runs))
    return pa.table({"status": [OK] * len(runs)} | dict.fromkeys(self.scenario.outcomes, answer))


def block(self, first, count):
    return types.SimpleNamespace(outcomes=formula(self, np.arange(first, first + count)))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    more = "    elaboration: and soon\n    elaborated: *cover\n"
    return small_claims.write(
        tmp_path_factory.mktemp("claims"),
        small_claims.entry(smallest=0.001, more=more),
        small_claims.UNTESTED,
    )


@pytest.fixture
def claim(file):
    return read_book(file).claims[0]


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setattr(Histories, "outcomes_of", formula)
    monkeypatch.setattr(Histories, "run_block", block)
    monkeypatch.setattr(Histories, "prepare", lambda self: None)
    played.clear()


@pytest.fixture(scope="module")
def tested(file, tmp_path_factory):
    out = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Histories, "outcomes_of", formula)
        patch.setattr(Histories, "prepare", lambda self: None)
        claims.test(read_book(file).claims[0], folder=out, budget=2048)
    return out


class TestWhere:
    def test_it_is_told_in_words(self, file, tested):
        told = command("claims", "where", "own-cover", "--file", file, "--folder", tested)
        assert told.code == 0, told.err
        words = " ".join(told.out.split())
        for head in ("own-cover test 1: tiny.yaml, increases, engineers-strong",
                     "own-cover elaboration 1: tiny.yaml"):  # fmt: skip
            assert head in words, words
        assert f"Fails where loyalty of The organiser [{LOYALTY}] is low (up to 0." in words
        assert "hurts it" not in words
        assert "helps the claim" in words
        assert played == []

    def test_as_json(self, file, tested):
        told = command("claims", "where", "own-cover", "--file", file, "--folder", tested, "--json")
        test, added = told.json["tests"]
        assert (test["elaborated"], added["elaborated"]) == (False, True)
        assert (test["test"], added["test"]) == (1, 1)
        (side,) = test["region"]["sides"]
        assert (side["address"], side["low"]) == (LOYALTY, None)
        assert side["high"] == pytest.approx(0.5, abs=0.01)
        assert test["region"]["coverage"] > 0.8
        assert test["drivers"][0]["indices"][0]["address"] == LOYALTY
        (assumed,) = told.json["assumptions"]
        assert (assumed["address"], assumed["tests"], assumed["claims"]) == (
            LOYALTY,
            1,
            ["own-cover"],
        )

    def test_of_theories_no_direction_is_told(self, file, tested, tmp_path, monkeypatch):
        monkeypatch.setattr(sensitivity, "_slope", lambda *_: None)
        told = command("claims", "where", "own-cover", "--file", file, "--folder", tested)
        assert LOYALTY in told.out
        assert "the claim" not in told.out
        pages = tmp_path / "pages"
        told = command("claims", "report", "--file", file, "--folder", tested, "--pages", pages)
        assert told.code == 0, told.err
        page = next(pages.rglob("own-cover.html")).read_text("utf-8")
        assert f"{LOYALTY}</code></th>" in page

    def test_a_folder_that_there_is_not_is_called_missing(self, file, tmp_path):
        for what in ("where", "report"):
            told = command("claims", what, "own-cover", "--file", file, "-o", tmp_path / "none")
            assert told.code == 2
            assert f"--folder {tmp_path / 'none'}: there is no such folder" in told.err
            assert "vertikal claims test own-cover --file" in told.err

    def test_without_kept_draws(self, file, tmp_path):
        kept = tmp_path / "kept here"
        kept.mkdir()
        told = command("claims", "where", "own-cover", "--file", file, "--folder", kept)
        assert told.code != 0
        assert "has not been played as it stands" in told.err
        remedy = told.err.partition("Play it first: vertikal ")[2].strip()
        assert shlex.split(remedy) == [
            *("claims", "test", "own-cover", "--file", str(file), "--folder", str(kept))
        ]

    def test_without_ids_what_was_not_tested_is_left_out(self, file, tmp_path):
        how = ("--source", "OWN", "--file", file, "--folder", tmp_path)
        assert command("claims", "where", *how, "--json").json["untested"] == ["own-cover"]
        told = command("claims", "where", *how)
        assert told.code == 0
        assert "not tested as they stand now: 1 claim." in told.out
        again = told.out.partition("Test them: vertikal ")[2]
        assert shlex.split(again) == ["claims", "test", *map(str, how)]
        none = command("claims", "where", "--folder", tmp_path, "--source", "BEL", "--priority", 3)
        assert none.code == 0
        assert "beyond chance" not in none.out, "of what was not tested nothing is known"

    @pytest.mark.parametrize(("fails", "said"), [
        (0, "none of 40 draws differs"), (1, "only 1 of 40 draws differs"),
        (3, "only 3 of 40 draws differ"),
    ])  # fmt: skip
    def test_too_few_draws_that_differ(self, fails, said):
        margins = np.where(np.arange(40) < fails, -1.0, 1.0)
        parameters = pd.DataFrame({"m.a": np.arange(40.0)})
        for seen in (margins, -margins):
            why = discover(parameters, seen, (seen < 0).astype(float)).why
            assert why == f"{said} from the others, too few to look for a region"

    def test_an_untestable_claim(self, file, tmp_path):
        told = command("claims", "where", "own-untested", "--file", file, "--folder", tmp_path)
        assert told.code != 0
        assert "a cycle has no contrast" in told.err

    def test_assumptions_over_claims(self, claim, tested):
        found = claims.where(claim, folder=tested)
        (one,) = assumptions([*found, *found])
        assert (one.address, one.tests, one.claims) == (LOYALTY, 2, ("own-cover",))

    def test_the_ledger_tells_the_same_where_some_draws_have_more_histories(self, claim, tested):
        kept = drawn(claim, claim.tests[0], tested)
        assert kept.values[0].shape[1] > kept.first
        (entry,) = explained(read_ledger([claim], tested))
        assert [a.where for a in (*entry.tests, *entry.elaborated)] == list(
            claims.where(claim, folder=tested)
        )


class TestLocate:
    def test_of_a_claim_that_mostly_fails_it_is_told_where_it_holds(self, claim):
        lexicon = bench(claim, claim.tests[0], 8, None).lexicon
        rng = np.random.default_rng(1)
        shares = rng.random(256)
        table = pd.DataFrame({LOYALTY: lexicon.values(LOYALTY, shares), "other": rng.random(256)})
        values = np.repeat(np.where(shares > 0.8, 2.0, 0.0)[:, None], 4, axis=1)
        found = locate(Drawn(table, (values,), (Criterion("above", 1.0),)), lexicon)
        (side,) = found.sides
        assert (found.sought, side.address) == ("holds", LOYALTY)
        assert side.from_share == pytest.approx(0.8, abs=0.02)
        assert found.told.startswith("Holds where loyalty of The organiser")
        assert "very high" in found.told
        assert found.row()["of_all"] == pytest.approx((shares > 0.8).mean())


class TestBench:
    def test_chosen_draws_are_played_once(self, claim, tmp_path):
        made = bench(claim, claim.tests[0], 8, tmp_path)
        table = pd.DataFrame(0.5, index=range(100), columns=made.addresses)
        table[LOYALTY] = np.linspace(0.1, 0.9, 100)
        (values,) = made.play(table, silent)
        prior = world.uncertain(made.design.arms["without"])[LOYALTY]
        chance = np.random.default_rng(1).normal(size=8)
        expected = prior.quantile(table[LOYALTY].to_numpy())[:, None] - 0.5 + 0.01 * chance
        assert values == pytest.approx(expected)
        assert sum(played) == 2 * 800
        (again,) = bench(claim, claim.tests[0], 8, tmp_path).play(table, silent)
        assert sum(played) == 2 * 800
        assert (again == values).all()
        bench(claim, claim.tests[0], 8, tmp_path).play(table * 0.99, silent)
        assert sum(played) == 4 * 800

    def test_what_varies(self, claim):
        made = bench(claim, claim.tests[0], 8, None)
        assert set(made.addresses) == set(world.uncertain(made.design.arms["without"]))


class TestScreen:
    def test_it_finds_the_one_that_matters(self, file, tmp_path):
        told = command(
            "claims", "screen", "own-cover", "--file", file, "--folder", tmp_path, "--json"
        )
        found = told.json
        assert [s["address"] for s in found["screened"] if s["matters"]] == [LOYALTY]
        assert found["inert"] == len(found["screened"]) - 1
        own, others = found["indices"]
        assert (own["address"], others["address"]) == (LOYALTY, "all others")
        assert own["first"] == pytest.approx(1, abs=0.05)
        assert own["total"] == pytest.approx(1, abs=0.05)
        assert found["region"]["sides"][0]["high"] == pytest.approx(0.5, abs=0.01)
        once = sum(played)
        table = command("claims", "screen", "own-cover", "--file", file, "--folder", tmp_path)
        assert sum(played) == once
        assert "1 of" in table.out
        assert LOYALTY in table.out

    def test_the_ledger_has_it(self, claim, tmp_path):
        found = claims.screen(claim, folder=tmp_path)
        (entry,) = read_ledger([claim], tmp_path)
        assert (entry.tests[0].screen.found, entry.tests[0].screen.changed) == (found, ())
        assert entry.elaborated[0].screen is None

    def test_no_such_test(self, claim):
        with pytest.raises(VertikalError, match="has no test 2") as caught:
            claims.screen(claim, number=2, folder=None)
        assert "vertikal claims show own-cover" in str(caught.value)


class TestOverturn:
    def test_the_nearest_point_is_told(self, file, tmp_path):
        how = ("own-cover", "--file", file, "--folder", tmp_path, "-n", 2048)
        found = command("claims", "overturn", *how, "--json").json
        assert found["movable"] == [LOYALTY]
        assert {found["centre"]["word"], found["effect"]["word"]} == {"holds", "fails"}
        assert 0 < found["distance"] < 1.0
        assert list(found["scores"]) == [LOYALTY]
        once = sum(played)
        told = command("claims", "overturn", *how)
        assert sum(played) == once
        assert "At the centre of the prior it" in told.out
        how = (*how[:-2], "--pages", tmp_path / "pages")
        assert command("claims", "report", *how).code == 0
        (row,) = json.loads((tmp_path / "pages" / "ledger.json").read_text("utf-8"))["claims"]
        kept = row["tests"][0]["adversary"]
        assert {name: kept[name] for name in found if name in kept} == {
            name: value for name, value in found.items() if name not in ("claim", "scenario")
        }
        assert (kept["changed"], kept["budget"]) == ([], 2048)
        page = (tmp_path / "pages" / "claims" / "own-cover.html").read_text("utf-8")
        assert "The nearest draw that overturns it" in page
