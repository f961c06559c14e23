"""How many histories a compiled program plays at once, which no history may notice."""

import dataclasses

import jax
import pytest
from pandas.testing import assert_frame_equal

from tests import short_court
from vertikal.engine import histories as module
from vertikal.engine.program import LARGEST, SMALLEST, batch_size
from vertikal.laboratory import describe
from vertikal.scenario import load

on_a_cpu = pytest.mark.skipif(jax.default_backend() != "cpu", reason="the sizes of a CPU")


@on_a_cpu
@pytest.mark.parametrize(("persons", "size"), [(1, 256), (128, 256), (129, 128), (5000, 128)])
def test_many_persons_play_in_small_batches(persons, size):
    assert batch_size(persons) == size


@on_a_cpu
@pytest.mark.slow
def test_a_history_has_the_same_bits_in_batches_of_either_size(monkeypatch):
    blocks = []
    for size in (SMALLEST, LARGEST):
        monkeypatch.setattr(module, "batch_size", lambda persons, size=size: size)
        blocks.append(dataclasses.replace(short_court.histories()).run_block(0, LARGEST))
    for small, large in zip(*blocks, strict=True):
        assert_frame_equal(small.to_pandas(), large.to_pandas(), check_exact=True)


@on_a_cpu
@pytest.mark.slow
def test_a_history_has_the_same_bits_at_another_place_in_its_batch():
    """Growth here is rounded otherwise where a loop does its last vector number by number."""
    played = module.Histories(load("technological-sovereignty"), seed=7)
    whole, moved = played.run_block(0, played.batch), played.run_block(37, played.batch - 37)
    for name in ("outcomes", "series"):
        here, there = getattr(whole, name), getattr(moved, name)
        assert there.num_rows > 0
        expected = here.slice(here.num_rows - there.num_rows)
        assert_frame_equal(expected.to_pandas(), there.to_pandas(), check_exact=True)


def test_a_run_records_its_device():
    assert describe(short_court.histories(), 8).platform["device"] == jax.devices()[0].device_kind
