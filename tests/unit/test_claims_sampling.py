"""Which histories a test plays next."""

import numpy as np
import pytest

from vertikal.claims import sampling
from vertikal.claims.sampling import PRICE, next_cells, nothing, room, widened
from vertikal.claims.sequential import FEWEST_DRAWS


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(sampling, "DRAWS", 1)


def sample(*counts, first=16):
    """So many histories of each draw, whose answers are their numbers."""
    found = nothing(first)
    for draw, count in enumerate(counts):
        cells = widened(found, 1)
        assert list(cells.draw) == [draw] * first
        found = found.joined(cells, {"arm": np.arange(first)})
        while found.counts[draw] < count:
            cells = next_cells(found, np.arange(draw + 1) == draw, 1)
            found = found.joined(cells, {"arm": cells.history})
    assert list(found.counts) == list(counts)
    return found


def test_a_draw_begins_with_as_many_histories_as_all():
    cells = widened(nothing(16), 512)
    assert list(cells.draw) == sorted([*range(32)] * 16)
    assert list(cells.history[:17]) == [*range(16), 0]
    assert len(widened(nothing(16), 1).draw) == 16


def test_what_was_played_stands_at_its_place():
    found = sample(16, 64, 16)
    values = found.answers["arm"]
    assert values.shape == (3, 64)
    assert list(values[1]) == list(range(64))
    assert np.isnan(values[0, 16:]).all()
    assert found.histories == 96


def test_run_numbers_do_not_change_when_a_draw_climbs():
    first = widened(nothing(16), 32).runs(16)
    more = next_cells(sample(16, 16), np.array([False, True]), 1).runs(16)
    assert list(first) == [*range(16), *range(room(16), room(16) + 16)]
    assert list(more) == list(range(room(16) + 16, room(16) + 64))


def test_unclear_draws_climb_the_cheapest_first():
    cells = next_cells(sample(64, 16, 16, 16), np.array([True, True, False, True]), 100)
    assert sorted(set(cells.draw.tolist())) == [1, 3]
    assert (np.bincount(cells.draw)[[1, 3]] == 48).all()
    every = next_cells(sample(64, 16, 16, 16), np.array([True, True, False, True]), 10**4)
    assert sorted(set(every.draw.tolist())) == [0, 1, 3]


def test_there_are_new_draws_where_none_is_unclear():
    cells = next_cells(sample(16, 64), np.zeros(2, bool), 32)
    assert sorted(set(cells.draw.tolist())) == [2, 3]


def test_there_are_new_draws_where_to_climb_is_dear():
    """The mean is little more than 16, the next rung of the unclear one 192 or 768 more."""
    many = (16,) * 40
    unclear = np.arange(41) == 0
    for count, dear in ((64, 192), (256, 768)):
        found = sample(count, *many)
        cells = next_cells(found, unclear, 64)
        expected = dear <= PRICE * found.counts.mean()
        assert (set(cells.draw.tolist()) == {0}) == expected


def test_there_are_as_many_new_draws_as_can_be_looked_at_as_closely():
    """At least as many as a first look takes, and not all that a batch has room for."""
    found = sample(*(256,) * 8)
    none = np.zeros(8, bool)
    for histories, draws in ((2**14, 64), (2**12, FEWEST_DRAWS)):
        assert len(set(next_cells(found, none, histories).draw.tolist())) == draws


def test_nobody_climbs_beyond_the_last_rung():
    top = sample(16 * 4**4)
    assert top.counts[0] == room(16)
    assert set(next_cells(top, np.array([True]), 16).draw.tolist()) == {1}


def test_nobody_climbs_before_there_are_draws_enough(monkeypatch):
    monkeypatch.setattr(sampling, "DRAWS", 3)
    assert set(next_cells(sample(16, 16), np.ones(2, bool), 16).draw.tolist()) == {2}
    found = sample(16, 16).joined(widened(sample(16, 16), 16), {"arm": np.arange(16)})
    assert set(next_cells(found, np.ones(3, bool), 16).draw.tolist()) == {0}


@pytest.mark.parametrize("first", [1, 8, 16])
def test_any_first_number_of_histories_will_do(first):
    found = sample(first, first, first=first)
    cells = next_cells(found, np.ones(2, bool), 1)
    assert len(cells.draw) == 3 * first
