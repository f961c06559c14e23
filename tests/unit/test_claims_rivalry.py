"""Who is right where, on what it hangs, and what would settle it: effects with known regions."""

import dataclasses
import functools
import itertools
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tests import commands, small_claims
from tests.commands import command
from vertikal.claims import contest as contests
from vertikal.claims import library, read_book, trials
from vertikal.claims.atlas import _places, atlas
from vertikal.claims.contest import Contest, Field, _in_words, contest
from vertikal.claims.evidence import ranked
from vertikal.claims.holding import holding
from vertikal.claims.kept import Drawn, NotPlayed
from vertikal.claims.observed import Observation, _sorted, as_it_stands, observations, periods
from vertikal.claims.rivals import find, on_ground, setting
from vertikal.claims.schema import Rivalry
from vertikal.claims.verdicts import Criterion
from vertikal.errors import VertikalError
from vertikal.report.rivalry_map import comparisons, draw_map, map_picture
from vertikal.scenario import load

ABOVE = Criterion("above", 0.02)
LABELS = ("hopeful", "doomed")


def rivalry(*labels):
    sides = [{"label": la, "source": {"doc": "OWN"}, "position": "so"} for la in labels]
    return Rivalry.model_validate(
        {"id": "r", "statement": "Is it so?", "subsystem": "elite", "sides": sides}
    )


def kept(truth, parameters, generator, noise=0.1):
    """A test that holds where `truth` says so, by five times the smallest effect."""
    effects = np.where(truth, 0.12, -0.08)
    values = effects[:, None] + noise * generator.normal(size=(len(truth), 16))
    return Drawn(parameters, (values,), (ABOVE,))


def regions(draws=160, columns=60, seed=0, real=True):
    """One side is right where `m.a` is high, the other where `m.b` is low."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame(
        generator.random((draws, columns)),
        columns=["m.a", "m.b", *(f"m.c{i}" for i in range(columns - 2))],
    ).rename_axis("draw")
    decide = table if real else pd.DataFrame(generator.random((draws, 2)), columns=["m.a", "m.b"])
    one, two = decide["m.a"].to_numpy() > 0.5, decide["m.b"].to_numpy() < 0.4
    tests = [("x", 0, kept(one, table, generator)), ("y", 1, kept(two, table, generator))]
    return on_ground(rivalry(*LABELS), "somewhere", tests), one, two


@functools.cache
def mapped(real=True):
    ground, one, _ = regions(draws=160 if real else 96, real=real)
    return ground, one, atlas(ground)


class TestHolding:
    @pytest.mark.parametrize("spread", [0.1, 0.2])
    def test_probabilities_are_calibrated(self, spread):
        generator = np.random.default_rng(1)
        said, true = [], []
        for _ in range(40):
            effect = 0.05 + spread * generator.normal(size=100)
            values = effect[:, None] + 0.3 * generator.normal(size=(100, 16))
            said.append(holding(values, Criterion("above", 0.08)))
            true.append(effect >= 0.08)
        said, true = np.concatenate(said), np.concatenate(true)
        for low in (0.0, 0.2, 0.4, 0.6, 0.8):
            near = (said >= low) & (said < low + 0.2)
            assert true[near].mean() == pytest.approx(said[near].mean(), abs=0.08)

    @pytest.mark.parametrize("spread", [0.05, 0.2])
    def test_they_are_where_draws_in_doubt_have_more_histories(self, spread):
        """Those that are not looked at again are those whose first histories were extreme."""
        generator = np.random.default_rng(1)
        said, true = [], []
        for _ in range(30):
            effect = 0.05 + spread * generator.normal(size=64)
            values = effect[:, None] + generator.normal(size=(64, 1024))
            count = np.full(64, 16)
            for more in (64, 256, 1024):
                for draw, known in enumerate(count):
                    seen = values[draw, :known]
                    if abs(seen.mean() - 0.08) < 2 * seen.std(ddof=1) / np.sqrt(known):
                        count[draw] = more
            values[np.arange(1024) >= count[:, None]] = np.nan
            said.append(holding(values, Criterion("above", 0.08)))
            true.append(effect >= 0.08)
        said, true = np.concatenate(said), np.concatenate(true)
        for low, high in ((0.0, 0.3), (0.3, 0.7), (0.7, 1.1)):
            near = (said >= low) & (said < high)
            assert true[near].mean() == pytest.approx(said[near].mean(), abs=0.08)

    def test_draws_that_differ_by_chance_alone_are_not_told_apart(self):
        generator = np.random.default_rng(2)
        values = 0.1 + 0.3 * generator.normal(size=(100, 16))
        assert np.mean(holding(values, ABOVE) > 0.9) == pytest.approx(1, abs=0.03)

    def test_effects_without_chance_are_certain(self):
        values = np.repeat([[0.02], [0.01]], 4, axis=1)
        assert list(holding(values, ABOVE)) == [1, 0]
        assert list(holding(values, Criterion("inside", 0.015))) == [0, 1]
        assert list(holding(values, Criterion("inside", 0.02))) == [1, 1]

    def test_failed_histories_do_not_count(self):
        values = np.array([[0.5, np.nan, 0.5], [-0.5, -0.5, np.nan]])
        assert list(holding(values, ABOVE)) == [1, 0]


class TestGround:
    def test_each_draw_has_its_answer(self):
        ground, one, two = regions()
        assert ground.answers == ("hopeful", "doomed", "both", "neither")
        expected = np.stack([one & ~two, two & ~one, one & two, ~(one | two)], axis=1)
        assert (ground.probabilities.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.97
        assert ground.probabilities.sum(axis=1) == pytest.approx(1)
        assert ground.shares[0] == pytest.approx(expected.mean(axis=0), abs=0.03)
        assert ground.clear > 0.9

    def test_only_draws_that_all_tests_have_count(self):
        generator = np.random.default_rng(0)
        table = pd.DataFrame({"m.a": generator.random(10)}).rename_axis("draw")
        truth = np.arange(10) < 5
        one, two = kept(truth, table, generator, 0), kept(~truth, table, generator, 0)
        fewer = Drawn(two.parameters.iloc[3:8], (two.values[0][3:8],), two.criteria)
        ground = on_ground(rivalry(*LABELS), "s", [("x", 0, one), ("y", 1, fewer)])
        assert list(ground.parameters.index) == [3, 4, 5, 6, 7]
        assert list(ground.probabilities.argmax(axis=1)) == [0, 0, 1, 1, 1]

    def test_three_sides_have_all_their_combinations(self):
        generator = np.random.default_rng(0)
        table = pd.DataFrame({"m.a": generator.random(8)}).rename_axis("draw")
        bits = np.array([[n >> k & 1 for k in range(3)] for n in range(8)], bool)
        tests = [(f"c{k}", k, kept(bits[:, k], table, generator, 0)) for k in range(3)]
        ground = on_ground(rivalry("a", "b", "c"), "s", tests)
        names = [ground.answers[n] for n in ground.probabilities.argmax(axis=1)]
        assert names == ["none", "a", "b", "a and b", "c", "a and c", "b and c", "all"]
        assert ground.answers[-1] == "none"

    def test_a_side_is_right_to_the_share_of_its_claims_that_hold(self):
        generator = np.random.default_rng(0)
        table = pd.DataFrame({"m.a": generator.random(4)}).rename_axis("draw")
        claims = np.array([[1, 1, 0, 0], [1, 0, 0, 0], [1, 0, 1, 0]], bool)
        tests = [(f"x{k}", 0, kept(t, table, generator, 0)) for k, t in enumerate(claims)]
        tests.append(("y", 1, kept(claims[0], table, generator, 0)))
        ground = on_ground(rivalry(*LABELS), "s", tests)
        assert ground.right[:, 0] == pytest.approx([1, 1 / 3, 1 / 3, 0])
        assert ground.side_shares[0] == pytest.approx([5 / 12, 1 / 2])
        assert list(ground.whole[:, 0]) == [1, 0, 0, 0]
        assert ground.probabilities == pytest.approx(
            np.array([[0, 0, 1, 0], [0, 2 / 3, 1 / 3, 0], [1 / 3, 0, 0, 2 / 3], [0, 0, 0, 1]])
        )

    def test_a_side_gains_nothing_by_saying_the_same_more_often(self):
        generator = np.random.default_rng(3)
        table = pd.DataFrame({"m.a": generator.random(200)}).rename_axis("draw")
        alike = [kept(generator.random(200) < 0.3, table, generator, 0) for _ in range(6)]
        tests = [(f"c{k}", int(k > 0), one) for k, one in enumerate(alike)]  # one against five
        (one, five), (error, _) = on_ground(rivalry(*LABELS), "s", tests).side_shares
        assert one == pytest.approx(five, abs=3 * error)

    def test_a_claim_that_two_sides_make_holds_for_both_or_for_neither(self):
        generator = np.random.default_rng(1)
        table = pd.DataFrame({"m.a": generator.random(50)}).rename_axis("draw")
        unsure = kept(np.arange(50) % 2 > 0, table, generator, noise=1.0)
        ground = on_ground(rivalry(*LABELS), "s", [("x", 0, unsure), ("x", 1, unsure)])
        hopeful, doomed, both, neither = ground.probabilities.T
        assert ((both > 0.05) & (both < 0.95)).any()
        assert both == pytest.approx(ground.held[0].probability)
        assert neither == pytest.approx(1 - both)
        assert not np.any([hopeful, doomed])

    def test_sides_without_common_draws_cannot_be_compared(self):
        generator = np.random.default_rng(0)
        table = pd.DataFrame({"m.a": generator.random(4)}).rename_axis("draw")
        one = kept(np.ones(4, bool), table, generator, 0)
        parts = [Drawn(one.parameters[p], (one.values[0][p],), one.criteria)
                 for p in (slice(0, 2), slice(1, 4))]  # fmt: skip
        with pytest.raises(NotPlayed, match="share 1 parameter draws"):
            on_ground(rivalry(*LABELS), "s", [("x", 0, parts[0]), ("y", 1, parts[1])])

    def test_a_claim_holds_if_all_its_tests_do(self):
        generator = np.random.default_rng(0)
        table = pd.DataFrame({"m.a": generator.random(4)}).rename_axis("draw")
        first, second = np.array([1, 1, 0, 0], bool), np.array([1, 0, 1, 0], bool)
        tests = [("x", 0, kept(t, table, generator, 0)) for t in (first, second)]
        tests.append(("y", 1, kept(first, table, generator, 0)))
        ground = on_ground(rivalry(*LABELS), "s", tests)
        assert [h.claim for h in ground.held] == ["x", "y"]
        assert list(ground.held[0].probability) == [1, 0, 0, 0]


class TestAtlas:
    def test_the_two_that_decide_are_found_and_their_regions_drawn(self):
        ground, _, found = mapped()
        assert set(found.addresses[:2]) == {"m.a", "m.b"}
        assert {axis.address for axis in found.axes} == {"m.a", "m.b"}
        assert found.tells
        assert 0.6 < found.gain < found.alone.entropy
        assert found.telling >= 2
        corners = {}
        for j, i in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            where = {a.address: a.grid[k] for a, k in zip(found.axes, (i, j), strict=True)}
            corners[where["m.a"] > 0.5, where["m.b"] < 0.4] = ground.answers[
                found.probabilities[:, j, i].argmax()
            ]
        assert corners == {
            (True, False): "hopeful", (False, True): "doomed",
            (True, True): "both", (False, False): "neither",
        }  # fmt: skip
        assert found.probabilities.sum(axis=0) == pytest.approx(1)

    def test_where_nothing_decides_none_of_many_is_believed(self):
        found = mapped(real=False)[2]
        assert not found.tells
        assert found.gain < 0.05
        assert found.agreement.mean() < mapped()[2].agreement.mean()

    def test_equal_values_have_the_same_place(self):
        values = np.array([[0.3, 1], [0.1, 1], [0.3, 2], [0.5, 1]])
        first, second = _places(values).T
        assert first == pytest.approx([0, -1, 0, 1])
        assert second == pytest.approx([-1 / 3, -1 / 3, 1, -1 / 3])

    def test_without_two_answers_there_is_no_map(self):
        generator = np.random.default_rng(0)
        table = pd.DataFrame(generator.random((64, 3)), columns=list("abc")).rename_axis("draw")
        always = np.ones(64, bool)
        tests = [(c, k, kept(always, table, generator, 0)) for k, c in enumerate("xy")]
        found = atlas(on_ground(rivalry(*LABELS), "s", tests))
        assert found.axes is None
        assert not found.tells


def watched(ground, flips):
    """Observations that show whether the first side is right, each wrong with a probability."""
    right = ground.right[:, 0]
    return [
        Observation(
            f"o{n}", "", "?", ("no", "yes"),
            np.stack([1 - right, right], 1) * (1 - f) + np.stack([right, 1 - right], 1) * f,
        )
        for n, f in enumerate(flips)
    ]  # fmt: skip


class TestEvidence:
    def test_what_tells_most_comes_first_with_what_it_would_mean(self):
        ground, one, _ = mapped()
        found = ranked(ground, ground.probabilities, watched(ground, (0.4, 0.02, 0.5, 0.2)))
        assert [t.observation.name for t in found.found] == ["o1", "o3", "o0", "o2"]
        assert [t.observation.name for t in found.telling] == ["o1", "o3", "o0"]
        best = found.found[0]
        p = one.mean()
        exact = -(p * np.log2(p) + (1 - p) * np.log2(1 - p)) - 0.1414  # less that of a flip of 0.02
        assert best.bits == pytest.approx(exact, abs=0.06)
        assert best.given.sum(axis=0) == pytest.approx(1)
        yes = dict(zip(ground.answers, best.given[:, 1], strict=True))
        assert yes["hopeful"] + yes["both"] > 0.95
        assert (best.given @ best.chances) == pytest.approx(found.before)
        assert found.gain == pytest.approx(best.bits, abs=0.1)  # nothing else comes near it
        assert found.gain > 4 * found.gain_error

    def test_the_best_of_many_that_tell_nothing_brings_nothing(self):
        ground = mapped()[0]
        for seed in range(3):
            coins = np.random.default_rng(seed).integers(0, 2, (100, len(ground.right)))
            seen = [Observation(f"o{n}", "", "?", ("no", "yes"), np.eye(2)[c])
                    for n, c in enumerate(coins)]  # fmt: skip
            found = ranked(ground, ground.probabilities, seen, seed)
            assert found.found[0].bits > 0.01  # the best looks as if it told something
            assert found.gain < found.found[0].bits / 2
            assert found.gain < 2 * found.gain_error

    def test_errors_of_what_a_value_would_mean_are_those_of_repeated_samples(self):
        ground, said, shown = mapped()[0], [], []
        for seed in range(100):
            generator = np.random.default_rng(seed)
            truth = generator.random(120) < 0.4
            seen = generator.random(120) < np.where(truth, 0.8, 0.3)
            (one,) = ranked(
                ground,
                np.eye(2)[truth.astype(int)],
                [Observation("o", "", "?", ("no", "yes"), np.eye(2)[seen.astype(int)])],
            ).found
            said.append(one.given_errors[1, 1])
            shown.append(one.given[1, 1])
        assert np.mean(shown) == pytest.approx(0.32 / 0.5, abs=0.02)
        assert np.mean(said) == pytest.approx(np.std(shown), rel=0.25)


def field_of(name):
    claims = {c.id: c for book in library() for c in book.claims}
    return setting({r.id: r for book in library() for r in book.rivalries}[name], claims)


class TestWords:
    def field(self, real=True, flips=(0.05, 0.5)):
        ground, _, found = mapped(real)
        seen = ranked(ground, ground.probabilities, watched(ground, flips))
        return Field("Somewhere", found, seen, {"m.a": "cover", "m.b": "reach"})

    def test_a_map_that_tells(self):
        field = self.field()
        told = " ".join(field.statement)
        assert "160 parameter draws" in told
        assert "Most hangs on" in told
        assert "cover [m.a]" in told
        assert "Both: likeliest where" in told
        assert "To observe “?” [o0] would settle most" in told
        json.dumps(field.row(), allow_nan=False)

    @pytest.mark.parametrize(
        ("name", "ask", "told"),
        [
            ("strata.noisy[old_artists]", "Noisy exits from a stratum so far.",
             "noisy exits from a stratum so far (old artists) [strata.noisy[old_artists]]"),
            ("elite.severity[boss]", "The worst sanction so far, as `Grade` / 4.",
             "the worst sanction so far (boss) [elite.severity[boss]]"),
            ("at-end", "What is left?", "“What is left?” [at-end]"),
            ("at-end", "", "[at-end]"),
        ],
    )  # fmt: skip
    def test_what_is_observed_has_words_beside_its_address(self, name, ask, told):
        seen = Observation(name, "2022", ask, ("no", "yes"), np.eye(2))
        assert _in_words(seen) == told

    def test_a_map_that_tells_nothing(self):
        told = " ".join(self.field(real=False, flips=(0.5,)).statement)
        assert "No two of 60 parameters tell the sides apart" in told
        assert "None of 1 observations" in told
        assert "likeliest" not in told

    def test_the_picture_has_regions_draws_and_words(self, tmp_path):
        field = self.field()
        text = draw_map(field, tmp_path / "map.svg").read_text("utf-8")
        for word in ("hopeful", "neither", "cover", "m.b", "Is it so?"):
            assert word in text
        page = map_picture(field, "k")
        assert "var(--c1)" in page
        assert "#0d0c" not in page

    def test_a_page_of_the_ledger_has_the_map_or_the_obstacle(self):
        field, one = self.field(), field_of("rival-integrate-or-balance")
        met = Contest(dataclasses.replace(one, common=("somewhere",)), (field,), {})
        (found,) = comparisons(met)
        assert found.title == "Somewhere"
        assert found.statement == field.statement
        assert "<svg" in found.picture
        (apart,) = comparisons(Contest(dataclasses.replace(one, common=()), (), {}))
        assert apart.picture is None
        assert apart.statement[0].startswith("No scenario tests claims of two sides")
        assert (found.state, apart.state) == (field.statement[1], "No scenario tests both sides.")

    def test_sides_that_are_absent_are_told_beside_the_answer(self, tmp_path):
        told = "Not compared here: torn, tested in elsewhere."
        usual = self.field()
        field = dataclasses.replace(usual, absent=told)
        assert set(field.statement) - set(usual.statement) == {told}
        assert (field.row()["absent"], usual.row()["absent"]) == (told, "")
        one = field_of("rival-which-cleavage-matters")
        (shown,) = comparisons(Contest(one, (field,), {}))
        assert told in shown.statement
        assert told in shown.told
        assert shown.state == f"{usual.statement[1]} {told}"
        assert "Not compared here" in draw_map(field, tmp_path / "map.svg").read_text("utf-8")
        assert "Not compared here" not in draw_map(usual, tmp_path / "one.svg").read_text("utf-8")
        (lacking,) = comparisons(Contest(one, (), {"after-the-war": "x"}))
        assert lacking.statement[-1] == one.absent("after-the-war") != ""

    def test_a_page_of_the_ledger_says_what_is_not_played_yet(self):
        one = field_of("rival-technocracy-hopeful-or-doomed")
        (lacking,) = comparisons(Contest(one, (), {"after-the-war": "x has not been played"}))
        assert lacking.title == "Not played yet: after-the-war"
        assert lacking.statement[0] == "X has not been played."
        assert lacking.command == "vertikal claims rivalry rival-technocracy-hopeful-or-doomed"
        assert lacking.state == "Not compared yet in after-the-war."
        (there,) = comparisons(Contest(one, (), {"after-the-war": "x"}), (), "my-runs")
        assert there.command.endswith(" --folder my-runs")
        assert "--folder" not in lacking.command
        (own,) = comparisons(Contest(one, (), {"after-the-war": "x"}), ["own.yaml", None])
        assert own.command == f"{lacking.command} --file own.yaml"

    def test_the_command_says_what_it_did_not_compare(self, monkeypatch):
        one = field_of("rival-technocracy-hopeful-or-doomed")
        found = Contest(one, (), {"after-the-war": "tests share 1 parameter draws"})
        monkeypatch.setattr(contests, "contest", lambda *_, **__: found)
        asked = ("claims", "rivalry", "rival-technocracy-hopeful-or-doomed")
        told = command(*asked)
        assert "after-the-war: not compared; tests share 1 parameter draws." in told.out
        assert command(*asked, "--json").json["unplayed"] == found.unplayed


class TestSetting:
    def test_what_keeps_the_sides_apart_is_told(self):
        claims = {c.id: c for book in library() for c in book.claims}
        asked = {r.id: r for book in library() for r in book.rivalries}
        trigger = asked["rival-trigger-slow-defeat-or-sudden-vacuum"]
        assert setting(trigger, claims).common == ("elite-defection",)
        one = claims["kze-leader-paralysis-lets-two-insiders-take-over"]
        elsewhere = tuple(t for t in one.tests if t.scenario == "state-defence-committee")
        alone = {**claims, one.id: one.model_copy(update={"tests": elsewhere, "elaborated": ()})}
        apart = setting(trigger, alone)
        assert apart.common == ()
        assert "tested in after-the-war and elite-defection" in apart.obstacle
        assert "tested in state-defence-committee" in apart.obstacle
        two = claims["ber-teaser-china-friendship-cools"]
        gone = two.model_copy(update={"tests": (), "elaborated": (), "untestable": "no warmth"})
        untested = setting(asked["rival-china-partner-or-substitute"], {**claims, two.id: gone})
        assert f"not tested ({two.id}: no warmth" in untested.obstacle
        together = setting(asked["rival-technocracy-hopeful-or-doomed"], claims)
        assert together.common == ("after-the-war",)
        assert together.obstacle == ""

    def test_sides_that_are_not_compared_are_told_with_where_they_are(self):
        cleavage = field_of("rival-which-cleavage-matters").absent("after-the-war")
        assert cleavage.startswith(
            "Not compared here: rank and stake, tested in elite-defection; ownership of power, "
            "not tested (tor-common-elite-interest-is-dominance: "
        )
        for label in ("pole mixture", "cover and territory"):
            assert label not in cleavage
        few = field_of("rival-few-defectors-strength-or-weakness")
        assert few.absent("elite-defection") == (
            "Not compared here: cracks (outside reading), without claims or tests of its own."
        )
        assert field_of("rival-technocracy-hopeful-or-doomed").absent("after-the-war") == ""

    def test_a_side_may_be_absent_from_one_common_scenario_and_not_from_another(self):
        claims = {c.id: c for book in library() for c in book.claims}
        asked = rivalry("here", "there", "in both")
        places = (("a",), ("b",), ("a", "b"))
        one = next(c for c in claims.values() if c.tests)
        made = {
            str(n): one.model_copy(update={"tests": tuple(
                one.tests[0].model_copy(update={"scenario": s}) for s in scenarios
            )})
            for n, scenarios in enumerate(places)
        }  # fmt: skip
        sides = [s.model_copy(update={"claims": (n,)})
                 for s, n in zip(asked.sides, made, strict=True)]  # fmt: skip
        found = setting(asked.model_copy(update={"sides": tuple(sides)}), made)
        assert found.common == ("a", "b")
        assert found.absent("a") == "Not compared here: there, tested in b."
        assert found.absent("b") == "Not compared here: here, tested in a."

    def test_an_unknown_rivalry(self):
        with pytest.raises(VertikalError, match="there is no rivalry") as caught:
            find({"rival-one": rivalry(*LABELS)}, "rival-on")
        assert 'Did you mean "rival-one"?' in str(caught.value)

    def test_a_claim_is_no_rivalry(self):
        one = rivalry(*LABELS)
        side, name = one.sides[0], "own-cover"
        one = one.model_copy(update={"sides": (side.model_copy(update={"claims": (name,)}),)})
        with pytest.raises(VertikalError, match=f'"{name}" is a claim') as caught:
            find({one.id: one}, name)
        assert f"vertikal claims rivalry {one.id}" in str(caught.value)


class TestPeriods:
    def test_years_or_equal_parts(self):
        assert periods(load("after-the-war"))[0] == ("2030", 1, 12)
        for name in ("reform-and-stagnation", "gkchp", "elite-defection"):
            scenario = load(name)
            found = periods(scenario)
            assert 1 < len(found) <= 20
            assert found[0][1] == 1
            assert found[-1][2] == scenario.clock.ticks
            for (_, _, last), (_, first, _) in itertools.pairwise(found):
                assert first == last + 1

    @pytest.mark.parametrize(
        ("values", "spec", "words"),
        [
            ([True, False], None, ("no", "yes")),
            (["b", "a", None], None, ("a", "b", "none")),
            ([0.1, 0.2, 0.30001, 0.3, 0.4], None, ("below 0.15", "0.15 to 0.25", "0.25 to 0.35",
                                                  "above 0.35")),
            ([np.nan, 0.5], "time", ("at some time", "never")),
            ([2.0, 2.0], None, ("the same",)),
        ],
    )  # fmt: skip
    def test_values_in_words(self, values, spec, words):
        spec = SimpleNamespace(kind=spec) if spec else None
        codes, found = _sorted(pd.Series(values), spec, load("after-the-war"))
        assert found == words
        assert codes.max() < len(words)


RIVALS = """\
rivalries:
  - id: rival-own
    statement: Do they seem stronger or weaker?
    subsystem: clans
    sides:
      - {label: stronger, source: {doc: OWN}, position: so, claims: [own-increases]}
      - {label: weaker, source: {doc: OWN}, position: so, claims: [own-decreases]}
  - id: rival-three
    statement: Do they seem stronger, weaker or neither?
    subsystem: clans
    treatment: Give the guards away.
    sides:
      - {label: stronger, source: {doc: OWN}, position: so, claims: [own-increases]}
      - {label: weaker, source: {doc: OWN}, position: so, claims: [own-decreases]}
      - {label: silent, source: {doc: OWN}, position: Nobody can know.}
  - id: rival-unstated
    statement: Do they seem stronger, or as before?
    subsystem: clans
    sides:
      - {label: stronger, source: {doc: OWN}, position: so, claims: [own-increases]}
      - label: as before
        source: {doc: OWN, para: "7"}
        position: Nothing changes.
        tests:
          - scenario: tiny.yaml
            treatment: {variant: no-cover}
            outcome: engineers-strong
            shape: no-effect
            smallest: 5
            basis: no share can change by five
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    shapes = [small_claims.entry(shape, shape=shape) for shape in ("increases", "decreases")]
    return small_claims.write(tmp_path_factory.mktemp("rivalry"), *shapes, RIVALS)


class TestPlayed:
    def test_the_command_plays_tells_draws_and_keeps(self, file, tmp_path, monkeypatch):
        monkeypatch.setattr(trials, "BATCH", 512)
        asked = ("claims", "rivalry", "rival-own", "-f", file, "-n", 64, "-o", tmp_path / "kept")
        told = command(*asked, "--svg", tmp_path / "map.svg")
        assert told.code == 0, told.err
        assert "Do they seem stronger or weaker?" in told.out
        assert "stronger 0% ± 2%; weaker 0% ± 2%" in " ".join(told.out.split())
        assert "Who is right: 0% ± 2% stronger;" in " ".join(told.out.split())
        assert "100% ± 2% neither" in " ".join(told.out.split())
        assert "The parameters hardly matter for this." in " ".join(told.out.split())
        book = read_book(file)
        claims = {c.id: c for c in book.claims}
        kept_files = commands.parquet(tmp_path / "kept")
        again = contest(book.rivalries[0], claims, draws=64, folder=tmp_path / "kept")
        assert commands.parquet(tmp_path / "kept") == kept_files  # nothing is played again
        (field,) = again.row()["fields"]
        assert 64 <= field["draws"] < 256
        assert [c["holds_in"] for c in field["claims"]] == [0, 0]
        for sentence in field["statement"]:
            assert sentence.split()[0] in told.out
        assert (tmp_path / "map.svg").exists() == bool(field["map"]["axes"])
        report = command("claims", "report", "own-increases", "-f", file, "--folder",
                         tmp_path / "kept", "--pages", tmp_path / "report")  # fmt: skip
        assert report.code == 0, report.err
        page = (tmp_path / "report" / "rivalries" / "rival-own.html").read_text("utf-8")
        assert "100% ± 2% neither" in page
        nothing = contest(book.rivalries[0], claims, folder=tmp_path / "none", play=False)
        assert nothing.fields == ()
        assert nothing.unplayed["tiny.yaml"].endswith("has not been played")

    def test_a_position_that_no_claim_states_is_played_compared_and_shown(
        self, file, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(trials, "BATCH", 512)
        name, kept = "rival-unstated-as-before", ("-f", file, "-o", tmp_path / "kept")
        shown = command("claims", "show", "rival-unstated", "-f", file)
        assert f"- {name} (the position itself, with 1 test of ours)" in shown.out
        alone = command("claims", "show", name, "-f", file)
        assert "rival-unstated; no claim states it" in alone.out
        told = command("claims", "rivalry", "rival-unstated", *kept, "-n", 64)
        assert told.code == 0, told.err
        assert "stronger 0% ± 2%; as before 100% ± 2%" in " ".join(told.out.split())
        (row,) = command("claims", "test", name, *kept, "--json").json
        assert (row["id"], row["verdict"]) == (name, "supported")
        pages = tmp_path / "report"
        asked = ("claims", "report", *kept, "--pages", pages)
        report = command(*asked, "own-increases")
        assert report.code == 0, report.err
        page = (pages / "rivalries" / "rival-unstated.html").read_text("utf-8")
        assert f'<a href="../claims/{name}.html">The position itself, which no claim states' in page
        assert "Nothing changes." in page
        assert "100% ± 2% as before" in page
        own = (pages / "claims" / f"{name}.html").read_text("utf-8")
        assert "The tests are ours" in own
        assert "not firm" not in own
        ledger = json.loads((pages / "ledger.json").read_text("utf-8"))
        assert [c["id"] for c in ledger["claims"]] == ["own-increases"]
        (position,) = ledger["positions"]
        assert (position["id"], position["verdict"]) == (name, "supported")
        assert position["rivalry"] == "rival-unstated"
        assert "supported" not in {w for w, n in ledger["documents"]["OWN"].items() if n}
        refused = command(*asked, name)
        assert refused.code == 2
        assert "is the position of a side" in refused.err

    def test_a_side_that_no_test_is_about_is_told_wherever_the_others_are_compared(
        self, file, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(trials, "BATCH", 512)
        kept = ("-f", file, "-o", tmp_path / "kept")
        absent = "Not compared here: silent, without claims or tests of its own."
        told = command("claims", "rivalry", "rival-three", *kept, "-n", 64)
        assert told.code == 0, told.err
        assert absent in " ".join(told.out.split())
        pages = tmp_path / "report"
        report = command("claims", "report", "own-increases", *kept, "--pages", pages)
        assert report.code == 0, report.err
        page = (pages / "rivalries" / "rival-three.html").read_text("utf-8")
        assert f"<p>{absent}</p>" in page
        assert "No claim states this side, and it has no test" in page
        other = (pages / "rivalries" / "rival-own.html").read_text("utf-8")
        assert "Not compared here" not in other
        assert "No claim states this side" not in other

    @pytest.mark.parametrize("play", [True, False])
    def test_a_spoilt_batch_is_told(self, file, tmp_path, play):
        scenario = load(file.parent / "tiny.yaml")
        as_it_stands(scenario, 2, folder=tmp_path)
        next(tmp_path.rglob("batch-00000.parquet")).write_bytes(b"rubbish")
        with pytest.raises(VertikalError, match=r"no batch of histories.*\n  Remove the file"):
            as_it_stands(scenario, 2, folder=tmp_path, play=play)

    def test_what_is_observed_has_the_draws_and_other_chance(self, file, tmp_path):
        scenario = load(file.parent / "tiny.yaml")
        table = as_it_stands(scenario, 64, folder=tmp_path)
        assert sorted(table["draw"].unique()) == list(range(1, 64))
        draws, seen = observations(table, scenario)
        assert list(draws) == list(range(1, 64))
        for one in seen:
            assert one.shares.shape == (63, len(one.values))
            assert one.shares.sum(axis=1) == pytest.approx(1)
            assert len(one.values) > 1
        assert any(o.when == "2002" for o in seen)
        assert {o.name for o in seen} & set(scenario.outcomes)
