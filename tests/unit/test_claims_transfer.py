"""The transfer rule: weights from a source's record, and claims judged again under them."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from tests import commands, small_claims
from tests.commands import command
from vertikal.claims import transfer
from vertikal.claims.kept import Drawn
from vertikal.claims.learning import Fit, compared, fitted, foretold
from vertikal.claims.observed import _Carried, as_it_stands
from vertikal.claims.transfer import Moved, Stand, judged, pairs
from vertikal.claims.verdicts import Criterion
from vertikal.cli.claims_rivals import LEANING, WEIGHTED
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError
from vertikal.scenario import load

DRAWS, HISTORIES = 200, 16


@pytest.fixture(scope="module")
def source():
    """A scenario whose record has two answers that may set parameters, and one that is held out."""
    patch = {
        "outcomes": {
            name: {"ask": "?", "happens": "leadership.control < 0.5", "use": use}
            for name, use in (("one", "reproduce"), ("two", "reproduce"), ("three", "hold out"))
        },
        "history": {"one": True, "two": True, "three": True},
    }
    scenario = load("state-defence-committee", patches=[patch])
    outcomes = {k: v for k, v in scenario.outcomes.items() if k in patch["outcomes"]}
    history = {k: v for k, v in scenario.history.items() if k in outcomes}
    return scenario.model_copy(update={"outcomes": outcomes, "history": history})


def told(**answers):
    """A table of histories in which each record is shown as given, (draws, histories)."""
    table = {name: np.asarray(shown).ravel() for name, shown in answers.items()}
    draw = np.repeat(np.arange(DRAWS), HISTORIES)
    return pd.DataFrame({"draw": draw, "status": "ok", **table})


def flips(probability, generator):
    return generator.random((DRAWS, HISTORIES)) < np.asarray(probability)[:, None]


class TestFit:
    def test_weights_are_those_of_the_likelihood(self, source):
        """Two records of known probability in each draw: the posterior mean is known."""
        generator = np.random.default_rng(0)
        p = (np.arange(DRAWS) + 0.5) / DRAWS
        means = []
        for _ in range(20):
            found = fitted(source, told(one=flips(p, generator), two=flips(p, generator),
                                        three=flips(1 - p, generator)))  # fmt: skip
            means.append(found.weights @ p)
        assert found.records == ("one", "two")
        assert found.power == pytest.approx(1, abs=0.02)
        # A prior that is even on 0 to 1, times p squared: a mean of 3/4, and half a history of 17
        # either way pulls by less than 0.02.
        assert np.mean(means) == pytest.approx(0.75, abs=0.025)
        assert found.weights.sum() == pytest.approx(1)
        assert 1 < found.effective < DRAWS

    def test_what_is_told_twice_counts_once(self, source):
        generator = np.random.default_rng(1)
        p = (np.arange(DRAWS) + 0.5) / DRAWS
        shown = flips(p, generator)
        found = fitted(source, told(one=shown, two=shown, three=shown))
        assert found.power == pytest.approx(0.5)
        assert found.weights @ p == pytest.approx(2 / 3, abs=0.025)  # p, not p squared

    def test_what_is_held_out_is_not_used(self, source):
        generator = np.random.default_rng(2)
        even, p = np.full(DRAWS, 0.5), np.linspace(0, 1, DRAWS)
        alike = {"one": flips(even, generator), "two": flips(even, generator)}
        one = fitted(source, told(**alike, three=flips(p, generator)))
        two = fitted(source, told(**alike, three=flips(1 - p, generator)))
        assert (one.weights == two.weights).all()

    def test_without_records_nothing_is_learnt(self, source):
        outcomes = {"three": source.outcomes["three"]}
        bare = source.model_copy(update={
            "outcomes": outcomes, "history": {"three": source.history["three"]},
        })  # fmt: skip
        assert fitted(bare, told(three=np.ones((DRAWS, HISTORIES), bool))) is None


class TestForetold:
    def test_a_fit_foretells_what_goes_with_it(self, source):
        generator = np.random.default_rng(3)
        p = (np.arange(DRAWS) + 0.5) / DRAWS
        learnt = fitted(source, told(one=flips(p, generator), two=flips(p, generator),
                                     three=flips(p, generator)))  # fmt: skip
        for way, sign in ((p, 1), (1 - p, -1)):
            table = told(one=flips(p, generator), two=flips(p, generator),
                         three=flips(way, generator))  # fmt: skip
            (_, held) = foretold(source, table, table, learnt)
            assert (held.use, held.records) == ("hold out", 1)
            assert held.before == pytest.approx(np.log(0.5), abs=0.06)
            assert (held.after - held.before) * sign > 2 * held.error

    def test_without_a_fit_the_same_table_tells_the_same(self, source):
        generator = np.random.default_rng(4)
        even = {name: flips(np.full(DRAWS, 0.5), generator) for name in ("one", "two", "three")}
        for one in foretold(source, told(**even), told(**even), None):
            assert one.after == one.before
            assert one.error == 0


def kept(truth, generator, draws=None):
    """A test that holds where `truth` says so."""
    table = pd.DataFrame({"m.a": np.arange(DRAWS) / DRAWS}).rename_axis("draw")
    values = np.where(truth, 0.12, -0.08)[:, None] + 0.1 * generator.normal(size=(DRAWS, 16))
    chosen = slice(None) if draws is None else draws
    return Drawn(table.iloc[chosen], (values[chosen],), (Criterion("above", 0.02),))


def fit(weights):
    weights = np.asarray(weights, np.float64) / np.sum(weights)
    return Fit(np.arange(DRAWS), weights, ("one",), 1.0, 1 / (weights**2).sum())

    def test_a_record_shared_by_chance_alone_would_seem_to_be_foretold(self, source):
        """Why the two scenarios must not share chance: nothing here hangs on any parameter."""
        generator = np.random.default_rng(5)
        even = np.full(DRAWS, 0.5)
        lucky = flips(even, generator)
        learnt = fitted(source, told(one=lucky, two=flips(even, generator), three=lucky))
        gains = {}
        for name, shown in (("shared", lucky), ("anew", flips(even, generator))):
            table = told(one=flips(even, generator), two=flips(even, generator), three=shown)
            (_, held) = foretold(source, table, table, learnt)
            gains[name] = (held.after - held.before) / held.error
        assert gains["shared"] > 3
        assert abs(gains["anew"]) < 3

    def test_without_common_draws_nothing_is_foretold(self, source):
        table = told(**{n: np.ones((DRAWS, HISTORIES), bool) for n in ("one", "two", "three")})
        late = table.assign(draw=table["draw"] + DRAWS)
        assert foretold(source, table, late, None) == ()


def known(*tests, word="unsettled"):
    return transfer.Known(tests, word)


class TestJudged:
    def test_a_verdict_that_hangs_on_the_parameters_moves_with_them(self):
        generator = np.random.default_rng(5)
        high = np.arange(DRAWS) >= DRAWS // 2
        test = known(kept(high, generator), word="fragile")
        up = judged("c", test, test, None, fit(np.where(high, 1.0, 0.02)))
        assert up.before.told == up.before.leaning == "fragile"
        assert up.after.word == up.after.leaning == "supported"
        assert up.changed
        assert up.share_changed
        assert up.before.share == pytest.approx(0.5, abs=0.02)
        assert up.after.share == pytest.approx(50 / 51, abs=0.02)
        assert up.after.effects[0] == pytest.approx(0.12 * 50 / 51 - 0.08 / 51, abs=0.01)
        assert up.after.share - up.before.share > 4 * up.error
        lean = dataclasses.replace(up, after=dataclasses.replace(up.after, share=up.before.share))
        assert not lean.changed  # fewer draws settle otherwise, but it holds in as many
        down = judged("c", test, test, None, fit(np.where(high, 0.02, 1.0)))
        assert down.after.word == "contradicted"

    def test_equal_weights_leave_the_verdict_of_the_tests(self):
        test = known(kept(np.arange(DRAWS) % 3 > 0, np.random.default_rng(6)), word="supported")
        for learnt in (None, fit(np.ones(DRAWS))):
            found = judged("c", test, test, None, learnt)
            assert found.before.word == found.after.word == "supported"
            assert found.before.effects == pytest.approx(found.after.effects)
            assert found.before.share == pytest.approx(found.after.share)
            assert found.error == 0
            assert not found.changed
            assert not found.share_changed

    def test_what_is_rounded_is_no_change(self):
        """A claim that holds in all draws: weights that add up to 1 but for the last digit."""
        generator = np.random.default_rng(9)
        sure = kept(np.ones(DRAWS, bool), generator)
        sure = dataclasses.replace(sure, values=(sure.values[0] + 9,))
        test = known(sure, word="supported")
        found = judged("c", test, test, None, fit(generator.random(DRAWS) ** 3))
        assert found.before.share == pytest.approx(1, abs=1e-12)
        assert (found.error, found.share_changed, found.changed) == (0.0, False, False)
        loose = dataclasses.replace(found.after, share=found.before.share + 2e-16, word="fragile")
        assert not dataclasses.replace(found, after=loose).share_changed
        assert not dataclasses.replace(found, after=loose).changed

    def test_a_share_may_change_and_the_verdict_be_open(self):
        """Where few draws are left nothing is settled, and leaning goes with the share."""
        generator = np.random.default_rng(10)
        high = np.arange(DRAWS) >= DRAWS // 2
        test = known(kept(high, generator), word="fragile")
        few = fit(np.where(np.arange(DRAWS) >= DRAWS - 12, 1.0, 1e-6))
        found = judged("c", test, test, None, few)
        assert found.after.told == "unsettled, leaning supported"
        assert found.share_changed
        assert not found.changed

    @pytest.mark.parametrize(("effect", "share", "word"), [
        (0.1, 0.7, "supported"), (0.1, 0.6, "fragile"), (0.0, 0.7, "fragile"),
        (0.0, 0.4, "fragile"), (0.0, 0.3, "contradicted"),
    ])  # fmt: skip
    def test_where_it_leans_is_the_verdict_on_what_is_exact(self, effect, share, word):
        assert transfer._if_exact(effect, share, Criterion("above", 0.02)) == word

    def test_the_same_claim_in_both_scenarios(self):
        generator = np.random.default_rng(7)
        high = np.arange(DRAWS) >= DRAWS // 2
        test, opposite = known(kept(high, generator)), known(kept(~high, generator))
        same = judged("c", test, test, known(kept(high, generator)), None)
        assert same.alike > 0.95
        assert judged("c", test, test, opposite, None).alike < 0.05
        assert same.in_source.leaning == "fragile"

    def test_only_draws_that_all_have_count(self):
        generator = np.random.default_rng(8)
        high = np.arange(DRAWS) >= DRAWS // 2
        fewer = known(kept(high, generator, np.arange(DRAWS // 2, DRAWS)))
        assert judged("c", fewer, fewer, None, fit(np.ones(DRAWS))).before.share > 0.95


class TestPairs:
    def test_sisters_share_mechanisms_and_say_what_they_state_otherwise(self):
        assert compared(load("reform-and-stagnation"), load("resource-state")) == ((), {})
        shared, restated = compared(load("stalins-court"), load("young-technocrats"))
        assert len(shared) > 100
        assert restated == {}
        assert not [a for a in shared if a.startswith(("people.", "clans.", "offices."))]
        quick = load("gkchp", set={"parameters.emergency.pair_rate": 10000})
        shared, restated = compared(load("state-defence-committee"), quick)
        assert "emergency.pair_rate" in restated
        assert set(restated) < set(shared)

    def test_what_is_taken_over_is_what_the_source_has(self):
        source = load("state-defence-committee")
        sister = load("gkchp", set={"parameters.emergency.pair_rate": 10000})
        _, restated = compared(source, sister)
        taken = load("gkchp", set={f"parameters.{a}": v for a, v in restated.items()})
        assert compared(source, taken)[1] == {}

    def test_a_pair_that_the_rule_does_not_have(self):
        with pytest.raises(VertikalError, match="no parameters are carried from gkchp") as caught:
            pairs("gkchp", "governors")
        assert "stalins-court to young-technocrats" in str(caught.value)

    def test_a_source_with_several_sisters_must_name_one(self, monkeypatch, tmp_path):
        monkeypatch.setattr(transfer, "transfer", lambda *_, **__: pytest.fail("is played"))
        told = command("claims", "transfer", "stalins-court", "-o", tmp_path)
        assert told.code == 2
        assert "stalins-court has 3 sisters" in told.err
        assert "vertikal claims transfer stalins-court late-brezhnev" in told.err
        assert len(pairs(None)) == len(transfer.SISTERS)


def test_a_transfer_that_can_carry_nothing_says_so_as_a_finding(monkeypatch, tmp_path):
    """The centuries are played by mechanisms that are not at work in the resource state."""
    (pair,) = pairs("reform-and-stagnation")
    asked = ("claims", "transfer", "reform-and-stagnation", "-o", tmp_path)
    assert "reform-and-stagnation to resource-state: nothing to test" in command(*asked).err
    told = " ".join(command(*asked).out.split())
    assert "have no mechanism in common, so that nothing can be carried over" in told
    assert "a finding about the model: of slow variables it has nothing general" in told
    assert "of the rule can carry nothing" not in told, "it is said above of the only one"
    full = transfer.Transfer(transfer.SISTERS[0], ("m.a",), {}, None, (), ())
    empty = transfer.Transfer(pair, (), {}, None, (), ())
    monkeypatch.setattr(transfer, "transfer", lambda one, *_, **__: empty if one == pair else full)
    every = command("claims", "transfer", "-o", tmp_path)
    assert f"1 of {len(transfer.SISTERS)} transfers of the rule can carry nothing" in every.out


def test_the_budget_of_the_tests_is_passed_on(monkeypatch):
    given = {}
    empty = transfer.Transfer(transfer.SISTERS[-1], (), {}, None, (), ())
    monkeypatch.setattr(transfer, "transfer", lambda *_, **how: given.update(how) or empty)
    assert command("claims", "transfer", "reform-and-stagnation", "--budget", 512).code == 0
    assert given["budget"] == 512


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("word", ["supported", "unsettled"])
def test_notes_of_the_table_are_in_json_too(monkeypatch, word, weighed):
    stand = Stand(word, "supported", (0.1,), 0.8)
    moved = (Moved("kze-cover", None, stand, stand, 0.0, None),)
    fit = Fit(np.arange(2), np.full(2, 0.5), ("one",), 1.0, 2.0) if weighed else None
    found = transfer.Transfer(transfer.SISTERS[0], ("m.a",), {}, fit, (), moved)
    monkeypatch.setattr(transfer, "transfer", lambda *_, **__: found)
    asked = ("claims", "transfer", "stalins-court", "young-technocrats")
    (row,) = command(*asked, "--json").json
    words = " ".join(command(*asked).out.split())
    assert [n for n in (LEANING, WEIGHTED) if n in words] == row["notes"]
    assert row["notes"] == [LEANING] * (word == "unsettled") + [WEIGHTED] * weighed


class TestCarried:
    def test_shared_parameters_are_those_of_the_tests_and_nothing_else_is(self, tmp_path):
        commands.starter(tmp_path)
        scenario = load(tmp_path / "tiny.yaml")
        usual = Histories(scenario, 1, replicates=16).draws(np.arange(64) * 16)
        carried = [a for a in usual if a.startswith("case.")]
        found = _Carried(scenario, 2, replicates=8, of_seed=1, carried=frozenset(carried)).draws(
            np.arange(64) * 8
        )
        assert carried
        for address, values in found.items():
            assert (values == usual[address]).all() == (address in carried)

    def test_the_command_on_two_small_sisters(self, tmp_path, monkeypatch):
        """The small scenario is its own sister: what is carried can only be what it teaches."""
        path = tmp_path / "tiny.yaml"
        small_claims.write(tmp_path, small_claims.entry("strong", scenario=path))
        own = transfer.Sisters(str(path), str(path), "itself")
        monkeypatch.setattr(transfer, "SISTERS", (own,))
        asked = ("claims", "transfer", "-f", tmp_path / "own.yaml", "--claim", "own-strong")
        told = command(*asked, "-n", 64, "-o", tmp_path / "kept")
        assert told.code == 0, told.err
        assert f"{path} to {path}: 1 claim, 2 tests in 64 draws and more" in told.err
        words = " ".join(told.out.split())
        assert "both state all of them alike" in words
        assert "own-strong" in told.out
        table = as_it_stands(load(path), 64, folder=None)
        assert set(table["draw"]) == set(range(1, 64))
        seeds = {json.loads(f.read_text("utf-8"))["seed"] for f in
                 (tmp_path / "kept" / "_scenarios").rglob("frozen.json")}  # fmt: skip
        assert len(seeds) == 2  # the source and the sister, with chance of their own
