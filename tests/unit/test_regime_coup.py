"""Coups: temptation, opportunity, coordination, and what follows."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step
from tests.throne import CLANS, RUNS, hall, rows_of, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.coup import Coup
from vertikal.regime.regime import ClanFate, Exit

BASE = {
    "leadership": {"control": 0.5, "horizon": 10.0},
    "clans": {"coercion": [0.0, 0.0, 0.6, 0.0], "favour": 0.0},
    "coercion": {"fear": 0.3},
    "military_industry": {"tension": 0.3},
}
HASTY = Coup(rate=8.0)
"""Plots often, so that a year in a thousand runs shows differences."""


def court(**changed):
    """One armed clan (number 2) against a leader whose guard is held by office 0."""
    parts = {part: {**fields, **changed.get(part, {})} for part, fields in BASE.items()}
    room = with_(throne_room([3.0, 3.0, 3.0, 3.0]), **parts)
    return with_(room, nomenklatura={"holder": [0, NOBODY, NOBODY, NOBODY]})


def setting(guard=0.6):
    return hall(office_coercion=[guard, 0, 0, 0], office_grip=[1, 0, 0, 0])


def plots(room, where=None, rule=HASTY):
    return step(rule, room, where or setting(), clock="year").moves.plotter >= 0


class TestPlots:
    @pytest.mark.parametrize(
        ("part", "calm", "tempting"),
        [
            ("clans", {"coercion": [0.0, 0.0, 0.3, 0.0]}, {"coercion": [0.0, 0.0, 0.9, 0.0]}),
            ("clans", {"power": [3.0, 3.0, 9.0, 3.0]}, {"power": [3.0, 3.0, 1.0, 3.0]}),
            ("clans", {"favour": [0.0, 0.0, 0.9, 0.0]}, {"favour": [0.0, 0.0, -0.9, 0.0]}),
            ("leadership", {"control": 0.9}, {"control": 0.3}),
            ("leadership", {"horizon": 20.0}, {"horizon": 0.5}),
            ("coercion", {"fear": 0.9}, {"fear": 0.1}),
            ("military_industry", {"tension": 0.9}, {"tension": 0.1}),
        ],
    )
    def test_what_tempts_and_what_deters(self, part, calm, tempting):
        few, many = plots(court(**{part: calm})), plots(court(**{part: tempting}))
        assert (many | ~few).all()
        assert many.sum() > 1.15 * few.sum()
        assert few.any()

    @pytest.mark.rules("EC-2")
    def test_the_loyal_keep_in_power_whoever_they_are_loyal_to(self):
        count = {
            (which, tied): plots(
                with_(court(), elite={"loyalty": [0.5] * 4 + [which] * 2 + [0.5] * 2}),
                rule=Coup(rate=8.0, loyalty=tied),
            )
            for which in (0.1, 0.5, 0.9)
            for tied in (0.0, 1.0)
        }
        assert (count[0.5, 1.0] == count[0.5, 0.0]).all(), "the middle counts for nothing"
        assert (count[0.9, 0.0] == count[0.1, 0.0]).all()
        assert (count[0.1, 1.0] | ~count[0.9, 1.0]).all()
        assert count[0.1, 1.0].sum() > 1.15 * count[0.5, 1.0].sum()
        assert count[0.5, 1.0].sum() > 1.15 * count[0.9, 1.0].sum()

    def test_the_loyalty_of_others_and_of_those_out_of_play_keeps_nobody_from_plotting(self):
        rest = with_(court(), elite={"loyalty": [0.9] * 4 + [0.5] * 2 + [0.9] * 2})
        assert (plots(rest) == plots(court())).all()
        jailed = with_(rest, elite={"loyalty": [0.5] * 5 + [0.9] * 3, "status": [0] * 5 + [3] * 3,
                                    "power": 1.0})  # fmt: skip
        assert (plots(jailed) == plots(court())).all()

    def test_a_guard_in_the_leader_s_hand_deters(self):
        few, many = plots(court(), setting(guard=1.5)), plots(court(), setting(guard=0.3))
        assert (many | ~few).all()
        assert many.sum() > 1.5 * few.sum()

    def test_the_same_guard_in_another_s_hand_tempts(self):
        """Arms that answer to their holder rather than to the leader turn from shield to danger."""
        room = with_(court(), clans={"coercion": [0.0, 0.0, 0.3, 0.0]})
        shield = plots(room, setting(guard=0.9))
        danger = plots(with_(room, clans={"coercion": [0.0, 0.0, 0.9, 0.0]}), setting(guard=0.3))
        assert (danger | ~shield).all()
        assert danger.sum() > 2 * shield.sum()

    def test_a_larger_guard_tempts_even_with_the_grip_on_it_unchanged(self):
        """At fixed odds of success the loyalty wage still rises with the army (phi < 1)."""
        rule = Coup(rate=8.0, guard=1e-3)
        small = with_(court(), clans={"coercion": [0.0, 0.0, 0.3, 0.0]})
        large = with_(court(), clans={"coercion": [0.0, 0.0, 0.9, 0.0]})
        few, many = plots(small, setting(0.6), rule), plots(large, setting(1.8), rule)
        assert many.sum() > few.sum()

    @pytest.mark.rules("CO-1")
    def test_borrowed_force_counts(self):
        pact = np.zeros((CLANS, CLANS))
        alone = with_(court(), clans={"coercion": [0.0, 0.0, 0.3, 0.0]})
        pact[2, 3] = 1.0
        room = with_(alone, clans={"coercion": [0.0, 0.0, 0.3, 1.2], "pact": pact})
        won = step(HASTY, room, setting(), ticks=3, clock="year")
        first = won.leadership.exit_mode == Exit.COUP
        assert (
            first.mean()
            > (
                step(HASTY, alone, setting(), ticks=3, clock="year").leadership.exit_mode
                == Exit.COUP
            ).mean()
        )

    @pytest.mark.parametrize(
        "idle",
        [
            {"clans": {"coercion": 0.0}},
            {"clans": {"coercion": [0.9, 0.0, 0.0, 0.0]}},
            {"clans": {"coercion": [0.0, 0.0, 0.9, 0.0], "fate": ClanFate.DISSOLVED}},
            {"leadership": {"leader": NOBODY}},
        ],
    )
    def test_nobody_plots_without_arms_or_without_a_leader(self, idle):
        room = court(**idle)
        assert same(step(Coup(rate=1e3), room, setting(), clock="year"), room)

    def test_the_unorganised_never_plot(self):
        where = hall(clan_organised=[True, True, False, True])
        assert same(step(Coup(rate=1e3), court(), where, clock="year"), court())

    def test_one_attempt_a_tick(self):
        room = with_(court(), moves={"plotter": 3})
        assert same(step(Coup(rate=1e3), room, setting(), clock="year"), room)

    def test_the_plotter_is_drawn_by_force(self):
        room = with_(court(), clans={"coercion": [0.0, 0.2, 0.6, 0.0]})
        room = with_(room, clans={"power": 1.0}, leadership={"control": 0.0})
        after = step(Coup(rate=1e4, sharpness=2.0), room, setting(), clock="year")
        plotted = after.moves.plotter
        assert (plotted == 2).sum() / (plotted >= 0).sum() == pytest.approx(0.75, abs=0.05)

    def test_the_same_hazard_on_every_clock(self):
        room = court()
        shares = []
        for clock, ticks in (("month", 36), ("year", 3)):
            # a hopeless plot leaves the leader in place, so that attempts can be counted
            after = step(Coup(rate=2.0), room, setting(2.0), ticks=ticks, clock=clock)
            shares.append(float((after.clans.defeated[2] > 0).mean()))
        assert shares[0] == pytest.approx(shares[1], abs=0.05)
        assert 0.02 < shares[1] < 0.9


class TestOutcome:
    def test_success_removes_the_leader(self):
        room = with_(court(), clans={"coercion": [0.0, 0.0, 50.0, 0.0]})
        after = step(Coup(rate=1e3, decisiveness=8.0), room, setting(), clock="year")
        lead, moves = after.leadership, after.moves
        assert moves.coup_success.all()
        assert (moves.plotter == 2).all()
        assert (lead.leader == NOBODY).all()
        assert (lead.exit_mode == Exit.COUP).all()
        assert (lead.exits == 1).all()
        assert (moves.removed_leader == 0).all()
        assert (after.elite.condemned[0] > 0).all()
        assert (after.elite.fallen_by[0] == Coup.id).all()
        sound(room, after)

    @pytest.mark.rules("LD-4")
    def test_those_who_led_its_force_know_how_power_was_taken(self):
        armed = {"coercion": [0, 0, 0, 0, 0.6, 0, 0.5, 0], "knowledge": [0, 0.9] + [0] * 6}
        room = with_(court(), clans={"coercion": [0.0, 0.0, 50.0, 0.0]}, elite=armed)
        rule = Coup(rate=1e3, decisiveness=8.0, knowledge=0.4)
        won = step(rule, room, setting(), clock="year")
        assert won.moves.coup_success.all()
        expected = np.array([0, 0.9, 0, 0, 0.4, 0, 0, 0], np.float32)[:, None]
        np.testing.assert_allclose(won.elite.knowledge, np.broadcast_to(expected, (8, RUNS)))
        room = with_(room, clans={"coercion": [0.0, 0.0, 0.6, 0.0]},
                     leadership={"control": 1.0, "horizon": 0.1})  # fmt: skip
        lost = step(rule, room, setting(20.0), clock="year")
        failed = ~np.asarray(lost.moves.coup_success)
        assert failed.any()
        assert not np.asarray(lost.elite.knowledge[4])[failed].any()

    def test_failure_ruins_the_plotters(self):
        room = with_(court(), leadership={"control": 1.0, "horizon": 0.1})
        after = step(Coup(rate=1e6, decisiveness=8.0), room, setting(20.0), clock="year")
        failed = (after.moves.plotter == 2) & ~after.moves.coup_success
        assert failed.mean() > 0.3
        np.testing.assert_array_equal(after.elite.condemned[4] > 0, failed)
        np.testing.assert_array_equal(after.elite.fallen_by[4] == Coup.id, failed)
        np.testing.assert_array_equal(after.clans.defeated[2] > 0, failed)
        np.testing.assert_array_equal(after.clans.victor[2], np.where(failed, 0, NOBODY))
        np.testing.assert_array_equal(after.leadership.coalition[2], ~failed)
        np.testing.assert_array_equal(after.moves.excluded[2], failed)
        assert (after.leadership.leader == 0).all()
        assert not after.elite.condemned[jnp.array([0, 1, 2, 3, 5, 6, 7])].any()
        sound(room, after)

    def test_arms_decide(self):
        wins = []
        for guard in (0.1, 0.6, 2.0):
            room = with_(court(), leadership={"control": 1.0, "horizon": 0.1})
            after = step(Coup(rate=1e6, uncertainty=3.0), room, setting(guard), clock="year")
            tried = after.moves.plotter >= 0
            wins.append(float(after.moves.coup_success.sum() / tried.sum()))
        assert wins[0] > wins[1] > wins[2]
        assert wins[1] == pytest.approx(0.6**1.5 / (0.6**1.5 + 0.7**1.5), abs=0.06)

    def test_parameters_may_differ_by_run(self):
        rate = jnp.where(jnp.arange(RUNS) % 2 == 0, 0.0, 1e3)
        tried = plots(court(), rule=Coup(rate=rate, uncertainty=rows_of(0.5)))
        assert not tried[::2].any()
        assert tried[1::2].any()
