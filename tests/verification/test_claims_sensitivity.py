"""Sensitivity indices on models for which they are known."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from vertikal.claims.kept import Drawn
from vertikal.claims.sensitivity import (
    Drivers,
    Index,
    _between,
    _groups,
    drivers,
    first_order,
    harmonics,
    most_important,
)
from vertikal.claims.verdicts import Criterion

ISHIGAMI = (0.3139, 0.4424, 0.0)
"""First-order indices for a = 7, b = 0.1: Ishigami, T. and Homma, T. (1990), "An Importance
Quantification Technique in Uncertainty Analysis for Computer Models", ISUMA: 398-403."""


def ishigami(table, a=7.0, b=0.1):
    x = np.pi * (2 * table[:, :3] - 1)
    return np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0])


class Words:
    """A lexicon that knows names only."""

    def meaning(self, address):
        return address.upper()


def kept(table, values):
    names = [f"x{n}" for n in range(1, table.shape[1] + 1)]
    return Drawn(pd.DataFrame(table, columns=names), (values,), (Criterion("above", 0.0),))


class TestFirstOrder:
    def test_ishigami(self):
        table = np.random.default_rng(1).random((4096, 4))
        found = first_order(table, ishigami(table))
        # the standard error of the estimate at this size is 0.015
        assert found == pytest.approx([*ISHIGAMI, 0.0], abs=0.04)

    @pytest.mark.parametrize("count", [127, 128, 1000])
    def test_as_salib_has_it(self, count):
        rbd_fast = pytest.importorskip("SALib.analyze.rbd_fast")
        table = np.random.default_rng(2).random((count, 3))
        effects = ishigami(table)
        problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}
        theirs = rbd_fast.analyze(problem, table, effects, M=harmonics(count), num_resamples=2)
        assert first_order(table, effects) == pytest.approx(np.array(theirs["S1"]), abs=1e-9)


class TestDrivers:
    def test_what_matters_is_named_and_the_rest_is_not(self):
        rng = np.random.default_rng(3)
        table = rng.random((256, 200))
        values = (table[:, 0] - 2 * table[:, 1])[:, None] + 0.4 * rng.normal(size=(256, 16))
        found = drivers(kept(table, values), Words())
        assert [i.address for i in found.indices] == ["x2", "x1"]
        two, one = found.indices
        assert two.meaning == "X2"
        assert two.low < 0.8 < two.high
        assert one.low < 0.2 < one.high
        assert two.slope < 0 < one.slope
        signal = (5 / 12) / (5 / 12 + 0.16 / 16)
        assert found.signal == pytest.approx(signal, abs=0.01)

    def test_indices_are_of_what_is_not_chance(self):
        rng = np.random.default_rng(4)
        table = rng.random((2048, 20))
        values = table[:, :1] + rng.normal(size=(2048, 4))
        found = drivers(kept(table, values), Words())
        assert found.signal == pytest.approx((1 / 12) / (1 / 12 + 1 / 4), abs=0.08)
        assert found.indices[0].first == pytest.approx(1, abs=0.15)
        assert first_order(table, values.mean(axis=1))[0] < 0.4

    def test_chance_alone_names_no_parameter_at_the_stated_rate(self):
        rng = np.random.default_rng(5)
        named = 0
        for seed in range(60):
            found = drivers(kept(rng.random((64, 50)), rng.normal(size=(64, 4))), Words(), 0, seed)
            named += bool(found.indices)
        assert named <= 8  # of 60 at a rate of 1/20: more with a probability of 0.3%

    def test_several_effects_name_one_no_more_often(self):
        """The rate is that of a test, not of each of its effects."""
        rng = np.random.default_rng(8)
        named = 0
        for seed in range(60):
            one = kept(rng.random((32, 50)), rng.normal(size=(32, 4)))
            both = dataclasses.replace(
                one, values=(*one.values, rng.normal(size=(32, 4))), criteria=one.criteria * 2
            )
            named += any(drivers(both, Words(), effect, seed).indices for effect in (0, 1))
        assert named <= 8  # of 60 at a rate of 1/20: more with a probability of 0.3%

    @pytest.mark.parametrize("theories", [2, 3, 4, 6])
    def test_theories_have_no_order(self, theories):
        """Every other theory of a question raises the effect."""
        rng = np.random.default_rng(9)
        answer = rng.integers(0, theories, 128)
        values = 0.4 * (answer % 2)[:, None] + 0.1 * rng.normal(size=(128, 16))
        one = kept(rng.random((128, 60)), values)
        one = dataclasses.replace(one, parameters=one.parameters.assign(**{"theory.q": answer}))
        (found,) = drivers(one, Words()).indices
        assert (found.address, found.slope) == ("theory.q", None)
        assert found.first == pytest.approx(1, abs=0.03)
        assert found.low > 0.95

    def test_the_share_between_theories(self):
        rng = np.random.default_rng(10)
        answer = rng.choice(3, 64, p=[0.6, 0.3, 0.1])
        effects = np.array([0.0, 1.0, -1.0])[answer] + rng.normal(size=(4000, 64))
        found = _between(_groups(answer), effects)
        means = [effects[0, answer == k].mean() for k in range(3)]
        within = ((effects[0] - np.array(means)[answer]) ** 2).sum() / (64 - 3)
        assert found[0] == pytest.approx(1 - within / effects[0].var(ddof=1))
        true = np.var(np.array([0.0, 1.0, -1.0])[answer], ddof=1)
        assert found.mean() == pytest.approx(true / (true + 1), abs=0.01)
        assert _between(_groups(np.tile(answer, (2, 1))), effects[:2]) == pytest.approx(found[:2])
        shuffled = _between(_groups(answer), rng.permuted(effects, axis=1))
        assert shuffled.mean() == pytest.approx(0, abs=0.003)

    def test_questions_alone(self):
        rng = np.random.default_rng(11)
        named = 0
        for seed in range(60):
            one = kept(rng.integers(0, 4, (64, 30)), rng.normal(size=(64, 4)))
            one.parameters.columns = [f"theory.q{n}" for n in range(30)]
            named += bool(drivers(one, Words(), 0, seed).indices)
        assert named <= 8  # of 60 at a rate of 1/20: more with a probability of 0.3%

    def test_what_cannot_be_estimated_is_told(self):
        few = drivers(kept(np.random.default_rng(6).random((8, 2)), np.ones((8, 4))), Words())
        assert few.why == "8 draws are too few for indices"
        flat = drivers(kept(np.random.default_rng(6).random((64, 2)), np.ones((64, 4))), Words())
        assert flat.why == "the effect is the same in all draws"


def test_assumptions_are_ranked_over_all_claims():
    def index(address, first):
        return Index(address, address.upper(), first, 0, 1, 1.0)

    def found(*pairs):
        return Drivers(tuple(index(*p) for p in pairs), 0.1, 1.0, 64, 9)

    ranked = most_important(
        [
            ("one", [found(("a", 0.2), ("b", 0.5)), found()]),
            ("two", [found(("a", 0.4))]),
            ("three", [found(("c", 0.1))]),
        ]
    )
    assert [(r.address, r.tests, r.claims) for r in ranked] == [
        ("a", 2, ("two", "one")),
        ("b", 1, ("one",)),
        ("c", 1, ("three",)),
    ]
    assert ranked[0].weight == pytest.approx(0.6)
    assert ranked[0].row()["meaning"] == "A"


def test_an_assumption_counts_once_of_a_test_with_several_effects():
    def found(first):
        return Drivers((Index("a", "A", first, 0, 1, 1.0),), 0.1, 1.0, 64, 9)

    (row,) = most_important([("one", [found(0.4), found(0.5), found(0.3)])])
    assert (row.tests, row.weight) == (1, 0.5)
