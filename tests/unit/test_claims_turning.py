"""At which smallest effect a verdict turns: closed forms, edges, and what a ledger tells of it."""

import math

import numpy as np
import pytest

from tests import sample_ledger
from vertikal.claims.ledger import read_ledger
from vertikal.claims.turning import DECADES, Turning, scale, turning
from vertikal.claims.verdicts import FEWEST_DRAWS, Criterion
from vertikal.report import claim_figures, claim_words
from vertikal.report.look import stand_in

TRUTHS = (-1.0, 0.0, 1.0)
DIRECTION, NONE = Criterion("above", 0.1), Criterion("inside", 0.1)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return sample_ledger.read(sample_ledger.write_claims(tmp_path_factory.mktemp("claims")))


def normal(mean, spread=0.05, draws=128, seed=1):
    rng = np.random.default_rng(seed)
    return mean + spread * rng.standard_normal((draws, 1)) + 0.02 * rng.standard_normal((draws, 16))


def test_what_is_the_same_in_every_history_turns_at_its_size():
    values = np.full((64, 16), 0.3)
    assert turning(values, DIRECTION) == Turning("supported", 0.299, 0.301)
    assert turning(values, NONE) == turning(-values, NONE) == Turning("contradicted", 0.299, 0.301)


def test_where_nothing_ever_changes_every_size_is_contradicted():
    values = np.zeros((64, 16))
    assert turning(values, DIRECTION) == Turning("supported", None, 0.0)
    assert turning(values, NONE) == Turning("contradicted", None, 0.0)


def test_what_never_changed_a_truth_value_may_yet_do_so_rarely():
    for draws, histories in ((64, 16), (256, 64)):
        found = turning(np.zeros((draws, histories)), Criterion("above", 0.1, TRUTHS))
        assert found.to is None
        assert 1 / histories < found.since < 8 / histories


def test_the_opposite_is_contradicted_whatever_is_asked():
    assert turning(normal(-0.3), DIRECTION) == Turning("supported", None, 0.0)


@pytest.mark.parametrize("criterion", [DIRECTION, NONE, Criterion("above", 0.1, TRUTHS)])
def test_nothing_turns_before_the_fewest_draws(criterion):
    for draws in (0, FEWEST_DRAWS - 1):
        found = turning(np.ones((draws, 16)), criterion)
        assert (found.to, found.since) == (None, None)


def test_an_effect_that_always_comes_is_never_too_small():
    found = turning(np.ones((64, 16)), Criterion("above", 0.1, TRUTHS))
    assert 0.5 < found.to < 1
    assert found.since is None


def test_the_size_that_is_asked_for_does_not_matter():
    values = normal(0.2)
    assert turning(values, DIRECTION) == turning(values, Criterion("above", 7.0))


def test_units_do_not_matter():
    found, larger = turning(normal(0.2), DIRECTION), turning(1000 * normal(0.2), DIRECTION)
    assert larger.to == pytest.approx(1000 * found.to)
    assert larger.since == pytest.approx(1000 * found.since)


def test_a_larger_effect_turns_later_and_more_draws_leave_less_unknown():
    small, large = turning(normal(0.2), DIRECTION), turning(normal(0.3), DIRECTION)
    assert (small.to, small.since) < (large.to, large.since)
    many = turning(normal(0.2, draws=1024), DIRECTION)
    assert many.since - many.to < small.since - small.to


def test_histories_that_failed_do_not_count():
    values = normal(0.2)
    lost = np.vstack([values, np.full((40, 16), np.nan)])
    wider = np.hstack([lost, np.full((len(lost), 48), np.nan)])
    assert turning(wider, DIRECTION, first=16) == turning(values, DIRECTION)


def test_less_error_leaves_more_unknown():
    strict, usual = (turning(normal(0.2), DIRECTION, error) for error in (0.001, 0.05))
    assert strict.to < usual.to
    assert usual.since < strict.since


@pytest.mark.parametrize(
    ("largest", "is_bound"),
    [(0.0, False), (0.02, False), (0.02, True), (1.0, False), (1.0, True), (730.0, False)],
)
def test_the_scale_has_numbers_of_three_digits(largest, is_bound):
    steps = scale(largest, is_bound)
    assert (np.diff(steps) > 0).all()
    assert all(float(f"{s:.3g}") == s for s in steps[1:])
    assert steps[1] <= max(largest, 1e-9) / 10 ** (DECADES - 1) or not largest
    assert steps[-1] <= largest or not is_bound
    assert steps[-1] > largest or is_bound


class TestOfALedger:
    @pytest.mark.parametrize(
        ("name", "low", "high"),
        [
            ("increases", 0.18, 0.22),
            ("sweep", 0.18, 0.22),
            ("threshold", 0.34, 0.42),
            ("interaction", 0.27, 0.33),
            ("truth", 0.3, 1.0),
        ],
    )
    def test_it_turns_at_the_size_of_the_effect(self, book, tmp_path, name, low, high):
        played = self.kept(book, tmp_path, name)
        (found,) = played.turnings
        assert low < found.to < abs(played.parts[0].mean) < found.since < high

    def test_what_rises_contradicts_that_it_falls(self, book, tmp_path):
        (found,) = self.kept(book, tmp_path, "decreases").turnings
        assert found == Turning("supported", None, 0.0)

    def test_no_effect_turns_the_other_way_round(self, book, tmp_path):
        (found,) = self.kept(book, tmp_path, "no-effect").turnings
        assert found.small == "contradicted"
        assert 0.0 < found.to < 0.02 < found.since < 0.04
        assert found.row() == {"contradicted_to": found.to, "supported_from": found.since}

    def test_each_effect_of_an_ordering_has_its_own(self, book, tmp_path):
        first, second = self.kept(book, tmp_path, "ordering").turnings
        assert first.to > 0.25
        assert (second.to, second.since) == (None, 0.0)

    @pytest.mark.parametrize("name", ["bounded", "highest"])
    def test_bounds_have_none(self, book, tmp_path, name):
        assert self.kept(book, tmp_path, name).turnings == (None,)

    def test_lost_histories_have_none(self, book, tmp_path):
        home = self.keep(book, tmp_path, "increases")
        (home / "batch-00000.parquet").unlink()
        (entry,) = read_ledger([self.claim(book, "increases")], tmp_path)
        assert entry.tests[0].played.turnings == (None,)
        assert "supported_to" not in entry.row()["tests"][0]["effects"][0]

    def test_the_data_have_it(self, book, tmp_path):
        self.keep(book, tmp_path, "increases")
        (entry,) = read_ledger([self.claim(book, "increases")], tmp_path)
        (effect,) = entry.row()["tests"][0]["effects"]
        (found,) = entry.tests[0].played.turnings
        assert effect["supported_to"] == found.to
        assert effect["contradicted_from"] == found.since

    def kept(self, book, folder, name):
        self.keep(book, folder, name)
        (entry,) = read_ledger([self.claim(book, name)], folder)
        return entry.tests[0].played

    def keep(self, book, folder, name):
        claim = self.claim(book, name)
        return sample_ledger.keep(
            folder, claim, claim.tests[0], sample_ledger.answers(name, 1024, 16)
        )

    def claim(self, book, name):
        return next(c for c in book.claims if c.id == f"own-{name}")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            Turning("supported", 0.041, 0.062),
            "Without a margin it would be supported for every smallest effect of interest up to "
            "0.041, and contradicted from 0.062 on; the test asks for 0.1.",
        ),
        (
            Turning("contradicted", 0.041, 0.062),
            "Without a margin it would be contradicted for every smallest effect of interest up to "
            "0.041, and supported from 0.062 on; the test asks for 0.1.",
        ),
        (Turning("supported", None, 0.0), "contradicted for every smallest effect of interest;"),
        (Turning("supported", None, 0.3), "from 0.3 on, and for none is it shown to be supported;"),
        (Turning("supported", 0.3, None), "up to 0.3, and for none is it shown to be contradicted"),
        (
            Turning("supported", None, None),
            "For no smallest effect of interest is it shown to be supported, and for none to be "
            "contradicted; the test asks for 0.1.",
        ),
    ],
)
def test_words(book, tmp_path, found, words):
    claim = next(c for c in book.claims if c.id == "own-increases")
    sample_ledger.keep(tmp_path, claim, claim.tests[0], sample_ledger.answers("increases", 40, 8))
    (entry,) = read_ledger([claim], tmp_path)
    amounts = claim_words.Amounts(claim.tests[0], entry.tests[0].played)
    assert words in claim_words.turns(found, claim.tests[0].smallest, amounts)


def test_sizes_of_shares_are_told_as_they_were_found(book, tmp_path):
    claim = next(c for c in book.claims if c.id == "own-truth")
    sample_ledger.keep(tmp_path, claim, claim.tests[0], sample_ledger.answers("truth", 40, 8))
    (entry,) = read_ledger([claim], tmp_path)
    amounts = claim_words.Amounts(claim.tests[0], entry.tests[0].played)
    assert amounts.exact(0.638) == "63.8 percentage points"
    assert math.isclose(float(amounts.exact(0.0145).split()[0]), 1.45)


@pytest.mark.parametrize("name", ["increases", "no-effect"])
def test_the_strip_in_the_picture_of_effects(book, tmp_path, monkeypatch, name):
    noted = []
    monkeypatch.setattr(claim_figures, "svg", lambda *given: noted.extend(given[-1]))
    claim = next(c for c in book.claims if c.id == f"own-{name}")
    sample_ledger.keep(tmp_path, claim, claim.tests[0], sample_ledger.answers(name, 1024, 16))
    (entry,) = read_ledger([claim], tmp_path)
    played = entry.tests[0].played
    (part,), (turns,) = played.parts, played.turnings
    claim_figures.effects_picture(part, played.is_truth, "k", turns)
    strip = [m for m in noted if m["k"] == "turn"]
    blue, vermilion = (
        [(m["l"], m["h"]) for m in strip if m["c"] == stand_in(c)] for c in ("c1", "c2")
    )
    if name == "increases":
        assert blue == [(0, turns.to)]
        ((start, _),) = vermilion
        assert start == turns.since
    else:
        assert vermilion == [(-turns.to, 0), (0, turns.to)]
        assert blue[-1][0] == turns.since
