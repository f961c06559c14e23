"""What a finished test keeps, draw by draw."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests import small_claims
from vertikal.claims import read_book, running
from vertikal.claims.design import Contrast, make_design
from vertikal.claims.kept import drawn, parameters, tabulate
from vertikal.claims.verdicts import Criterion
from vertikal.engine.blocks import OK
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError

ABOVE = Criterion("above", 0.5)


@pytest.fixture(scope="module")
def claim(tmp_path_factory):
    return read_book(small_claims.write(tmp_path_factory.mktemp("claims"))).claims[0]


@pytest.fixture
def asked(monkeypatch):
    """Histories whose answer is a parameter that all arms draw; where it is low they fail."""

    def answers(self, runs):
        loyalty = self.draws(runs)["people.organiser.loyalty"]
        gains = self.scenario.pacts["engineers"]["guards"].value == 0
        status = np.where(loyalty < 0.47, "lost", OK)
        answer = dict.fromkeys(self.scenario.outcomes, gains * loyalty)
        return pa.table({"status": status} | answer)

    monkeypatch.setattr(Histories, "prepare", lambda self: None)
    monkeypatch.setattr(Histories, "outcomes_of", answers)


class TestDrawn:
    def test_each_effect_stands_beside_the_parameters_that_gave_it(self, claim, tmp_path, asked):
        found = running.examine(claim, folder=tmp_path, budget=1024).tests[0]
        kept = drawn(claim, claim.tests[0], tmp_path)
        (effects,) = kept.effects
        assert 0 < len(effects) < found.histories / 16
        assert list(effects) == pytest.approx(list(kept.parameters["people.organiser.loyalty"]))
        assert np.mean(effects) == pytest.approx(found.findings[0].mean)
        assert not kept.holds.any()

    def test_what_was_not_played_is_told(self, claim, tmp_path):
        with pytest.raises(VertikalError, match="has not been played as it stands") as caught:
            drawn(claim, claim.tests[0], tmp_path)
        assert "vertikal claims test own-cover" in str(caught.value)

    def test_what_one_arm_alone_is_in_doubt_of_is_a_parameter(self, claim):
        design = make_design(claim, claim.tests[0], claim.folder)
        found = parameters(design, 1, 64)
        histories = {a: Histories(s, 1, replicates=16) for a, s in design.arms.items()}
        first = histories["without"].draws(np.arange(64) * 16)
        address = "pacts.engineers.guards"
        assert address not in histories["with"].draws(np.arange(64) * 16)
        assert list(found[address]) == list(first[address])
        assert set(found) == {a for a, v in first.items() if np.ptp(v) > 0}


class TestTabulate:
    answers = {  # noqa: RUF012
        "a": np.zeros((3, 2)),
        "b": np.array([[1.0, 2.0], [np.nan, 0.25], [np.nan, np.nan]]),
    }
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0]})

    def test_by_hand(self):
        up = Contrast({"a": -1.0, "b": 1.0}, 0.0, ABOVE)
        found = tabulate(self.table, self.answers, [up])
        assert list(found.parameters["x"]) == [1, 2]
        assert list(found.effects[0]) == [1.5, 0.25]
        assert list(found.margins[0]) == [1.0, -0.25]
        assert list(found.holds) == [True, False]
        assert found.noise[0][0] == 0.5 / 2
        assert np.isnan(found.noise[0][1])

    def test_a_draw_of_whose_first_histories_none_counts_is_left_out(self):
        up = Contrast({"a": -1.0, "b": 1.0}, 0.0, ABOVE)
        answers = {
            "a": np.zeros((2, 4)),
            "b": np.array([[1.0, 2.0, np.nan, np.nan], [np.nan, np.nan, 1.0, 1.0]]),
        }
        assert list(tabulate(self.table[:2], answers, [up], 2).parameters["x"]) == [1]

    def test_all_parts_must_hold(self):
        up = Contrast({"a": -1.0, "b": 1.0}, 0.0, ABOVE)
        near = Contrast({"a": -1.0, "b": 1.0}, 0.0, Criterion("inside", 1.0))
        found = tabulate(self.table, self.answers, [up, near])
        assert list(found.margins[1]) == [-0.5, 0.75]
        assert not found.holds.any()

    def test_draws_are_shown_to_hold_as_in_verdicts(self):
        up = Contrast({"a": -1.0, "b": 1.0}, 0.0, ABOVE)
        answers = {"a": np.zeros((2, 9)), "b": np.array([np.arange(9.0) + 3, np.arange(9.0) - 4])}
        assert list(tabulate(self.table[:2], answers, [up]).shown) == [1, 0]
