"""Revolt from below: when crowds drive a leader out, and what is left afterwards."""

from itertools import pairwise

import numpy as np
import pytest

from tests.court import step
from tests.small_scenario import write
from tests.throne import hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.regime import Exit, Status
from vertikal.regime.uprising import Revolt
from vertikal.scenario import ScenarioError, load

RUNS = 4096


def crowd(unrest=0.03, **parts):
    """A leader, the guard in his own hand, and people in the streets."""
    room = with_(
        throne_room(runs=RUNS),
        nomenklatura={"holder": [0, NOBODY, NOBODY, NOBODY]},
        public={"unrest": unrest},
    )
    return with_(room, **parts)


def guard(force):
    return hall(office_coercion=[force, 0, 0, 0], office_grip=[1, 0, 0, 0])


def driven_out(room, force=1.0, **parameters):
    after = step(Revolt(**parameters), room, guard(force))
    sound(room, after)
    gone = np.asarray(after.leadership.leader == NOBODY)
    np.testing.assert_array_equal(gone, np.asarray(after.uprising.falls) == 1)
    return after, gone


class TestRevolt:
    @pytest.mark.rules("LD-7", "IN-9")
    def test_the_more_are_in_the_streets_the_likelier_he_falls(self):
        falls = [driven_out(crowd(x))[1] for x in (0.0, 0.02, 0.05, 0.1)]
        assert not falls[0].any(), "while they stay at home nothing happens"
        for fewer, more in pairwise(falls):
            assert (more | ~fewer).all()
        assert falls[3].sum() > 2 * falls[1].sum() > 0

    @pytest.mark.parametrize(
        ("weak", "strong"),
        [
            ({"force": 0.3}, {"force": 3.0}),
            ({"room": crowd(leadership={"control": 0.2})}, {"room": crowd()}),
        ],
    )
    def test_a_strong_guard_that_answers_to_him_holds_the_streets(self, weak, strong):
        often, seldom = (driven_out(**{"room": crowd(), **c})[1] for c in (weak, strong))
        assert (often | ~seldom).all()
        assert often.sum() > 1.3 * seldom.sum() > 0

    @pytest.mark.parametrize("unrest", [0.01, 0.035, 0.09])
    def test_the_rate_is_the_contest_of_crowd_and_guard(self, unrest):
        act, loyal = Revolt(), np.full(RUNS, 1.0, np.float32)
        faced = act.crowd * 0.5
        odds = unrest**act.decisiveness / (unrest**act.decisiveness + faced**act.decisiveness)
        found = np.asarray(act.hazard(crowd(unrest), loyal))
        np.testing.assert_allclose(found, act.rate * odds, rtol=1e-4)
        assert act.hazard(crowd(0.001), 0 * loyal)[0] == pytest.approx(act.rate), "no guard at all"
        assert not np.asarray(act.hazard(crowd(0.0), 0 * loyal)).any()

    def test_he_is_condemned_the_place_is_vacant_and_most_go_home(self):
        room = crowd(0.09)
        after, gone = driven_out(room, rate=50.0)
        assert gone.any()
        assert (np.asarray(after.leadership.exit_mode)[gone] == Exit.REVOLT).all()
        assert (np.asarray(after.elite.condemned)[0, gone] > 0).all()
        assert (np.asarray(after.elite.fallen_by)[0, gone] == Revolt.id).all()
        np.testing.assert_allclose(np.asarray(after.public.unrest)[gone], 0.2 * 0.09, rtol=1e-5)
        np.testing.assert_allclose(np.asarray(after.public.unrest)[~gone], 0.09, rtol=1e-5)

    def test_nobody_is_driven_out_where_there_is_no_leader_or_nobody_to_follow_him(self):
        vacant = crowd(0.09, leadership={"leader": NOBODY})
        assert same(step(Revolt(rate=50.0), vacant, guard(1.0)), vacant)
        alone = crowd(0.09, elite={"status": [Status.ACTIVE] + [Status.DEAD] * 7})
        assert same(step(Revolt(rate=50.0), alone, guard(1.0)), alone)


def test_it_is_at_work_where_it_is_declared_and_there_is_a_public(tmp_path):
    write(tmp_path)
    path = tmp_path / "streets.yaml"
    head = "vertikal: 1\nname: streets\nextends: small.yaml\n"
    path.write_text(head + "public: {}\nuprising: {}\n", "utf-8")
    assert load(path).in_play == ["public", "uprising"]
    path.write_text(head + "uprising: {}\n", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert "the streets are empty" in str(caught.value)
