"""Succession: the ultimate ruling coalition, the leader from within it, who is cut out."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick, step
from tests.throne import CLANS, RUNS, THRONE, hall, rows_of, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.regime import ClanFate, Exit, Pole, Status, change
from vertikal.regime.succession import Succession, blocs
from vertikal.theory.coalitions import members, urc

SETTING = hall()
EXACT = Succession(noise=0.0)
OFTEN = Succession(noise=0.0, retest=1e4)
"""Tests the coalition in every tick."""


def vacant(powers=(3.0, 4.0, 5.0, 10.0), **parts):
    """Somebody who belonged to no clan has just left the throne."""
    room = throne_room(powers, leader=NOBODY, exits=1, exit_mode=Exit.DEATH)
    return with_(room, **parts)


def contested(powers=(3.0, 4.0, 5.0, 10.0), leader=0, inside=(1, 1, 1, 1), **parts):
    """A leader who is not established, and the coalition `inside`."""
    coalition = np.asarray(inside, bool)
    return with_(throne_room(powers, leader=leader, coalition=rows_of(coalition, bool)), **parts)


def settle(room, rule=EXACT, setting=SETTING, clock="month"):
    after = step(rule, room, setting, clock=clock)
    sound(room, after)
    return after


def ruling(room, rule=EXACT, setting=SETTING):
    return np.asarray(settle(room, rule, setting).leadership.coalition[:, 0])


class TestCoalition:
    @pytest.mark.rules("CL-4")
    @pytest.mark.parametrize(
        ("powers", "expected"),
        [
            ([3, 4, 5, 0], [1, 1, 1, 0]),
            ([3, 4, 5, 10], [1, 1, 1, 0]),
            ([3, 4, 5, 13], [0, 0, 0, 1]),
            ([2, 4, 7, 10], [0, 1, 1, 1]),
            ([1, 2, 0, 0], [0, 1, 0, 0]),
        ],
    )
    def test_who_rules_after_an_exit(self, powers, expected):
        np.testing.assert_array_equal(ruling(vacant(powers)), expected)

    def test_the_weakest_stable_winners_rule_whatever_the_powers(self):
        powers = np.random.default_rng(1).lognormal(sigma=0.7, size=(CLANS, RUNS))
        room = vacant(np.ones(CLANS))
        people = np.repeat(powers, 2, axis=0) * np.tile([0.6, 0.4], CLANS)[:, None]
        after = settle(with_(room, elite={"power": people})).leadership
        for run in range(0, RUNS, 8):
            theory = members(urc(powers[:, run]).masks[0], CLANS)
            assert tuple(np.flatnonzero(after.coalition[:, run])) == theory
            assert after.leader[run] // 2 in theory

    def test_a_larger_majority_changes_the_outcome(self):
        room = vacant([3, 4, 5, 0])
        np.testing.assert_array_equal(
            ruling(room, Succession(noise=0.0, majority=4 / 7)), [1, 1, 0, 0]
        )

    def test_bonds_make_clans_play_as_one(self):
        bond = np.zeros((CLANS, CLANS))
        bond[0, 3] = 1  # 3 and 10 against 4 and 5
        np.testing.assert_array_equal(ruling(vacant(clans={"bond": bond})), [1, 0, 0, 1])
        bond = np.zeros((CLANS, CLANS))
        bond[1, 0] = 1  # 7, 5 and 10: nobody dominates
        np.testing.assert_array_equal(ruling(vacant(clans={"bond": bond})), [1, 1, 1, 1])

    def test_bonds_chain_among_players_only(self):
        bond = np.zeros((5, 5, 1))
        bond[4, 3], bond[3, 1], bond[0, 2] = 1, 1, 1
        everyone = jnp.ones((5, 1), bool)
        np.testing.assert_array_equal(blocs(jnp.asarray(bond), everyone)[:, 0], [0, 1, 0, 1, 1])
        cut = everyone.at[3].set(False)
        np.testing.assert_array_equal(blocs(jnp.asarray(bond), cut)[:, 0], [0, 1, 0, 3, 4])

    @pytest.mark.parametrize(
        "absent",
        [
            {"clans": {"fate": [0, 0, 0, ClanFate.PURGED]}},
            {"elite": {"status": [0, 0, 0, 0, 0, 0, Status.DEAD, Status.IMPRISONED]}},
            {"elite": {"condemned": [0, 0, 0, 0, 0, 0, 0.5, 0.5]}},
        ],
    )
    def test_who_is_out_of_play_does_not_count(self, absent):
        after = settle(vacant([3, 4, 5, 13], **absent))
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [1, 1, 1, 0])
        assert not after.moves.excluded.any()

    def test_the_unorganised_are_no_player_and_never_excluded(self):
        after = settle(vacant([3, 4, 5, 13]), setting=hall(clan_organised=[1, 1, 1, 0]))
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [1, 1, 1, 0])
        assert not after.moves.excluded.any()

    def test_noise_blurs_who_rules(self):
        room = vacant([3, 4, 5, 10])
        inside = settle(room, Succession(noise=0.2)).leadership.coalition
        # published model, noise as in vertikal.theory.succession: 0.2735 at sigma 0.2
        assert float(inside[3].mean()) == pytest.approx(0.2735, abs=0.06)


class TestNewLeader:
    def test_comes_from_within_the_coalition_and_takes_the_throne(self):
        room = vacant(nomenklatura={"holder": [NOBODY, 7, 1, 2]})
        after = settle(room)
        lead, holder = after.leadership, after.nomenklatura.holder
        assert (after.elite.clan[lead.leader, jnp.arange(RUNS)] < 3).all()
        np.testing.assert_array_equal(holder[THRONE], lead.leader)
        np.testing.assert_array_equal(holder[1:], room.nomenklatura.holder[1:])
        assert (lead.control == np.float32(0.45)).all()
        assert (lead.personal_power == np.float32(0.15)).all()
        assert (lead.reign == 0).all()
        assert not lead.established.any()
        assert (lead.exits == 1).all()

    @pytest.mark.rules("CL-4")
    def test_odds_go_with_power(self):
        leader = settle(vacant()).leadership.leader // 2
        odds = np.array([3.0, 4.0, 5.0]) ** 3
        found = [float((leader == c).mean()) for c in range(3)]
        np.testing.assert_allclose(found, odds / odds.sum(), atol=0.06)

    def test_an_abolished_office_is_not_filled(self):
        room = vacant(nomenklatura={"active": [False, True, True, True]})
        assert (settle(room).nomenklatura.holder[THRONE] == NOBODY).all()

    def test_neither_the_dead_nor_the_condemned_nor_the_removed(self):
        room = vacant(
            elite={
                "status": [Status.DEAD, 0, 0, 0, 0, 0, 0, 0],
                "condemned": [0, 0, 0.5, 0, 0, 0, 0, 0],
                "power": [3.0, 3.0, 4.0, 4.0, 5.0, 5.0, 0.1, 0.1],
            },
            moves={"removed_leader": 4},
        )
        leader = settle(room).leadership.leader
        assert set(np.unique(leader)) <= {1, 3, 5}

    def test_the_old_leader_s_favour_goes_with_him(self):
        assert not settle(vacant(clans={"favour": 0.8})).clans.favour.any()

    @pytest.mark.rules("CL-18")
    @pytest.mark.parametrize("moves", [{}, {"plotter": 2, "coup_success": True}])
    def test_cases_late_in_a_reign_serve_whoever_takes_power(self, moves):
        def taken(wave, **parameters):
            room = vacant(moves=moves, coercion={"wave": wave})
            return settle(room, Succession(noise=0.0, **parameters)).leadership

        none, some, full = taken(0.0), taken(0.5), taken(1.0)
        np.testing.assert_array_equal(none.leader, full.leader, "cases do not say who")
        assert (none.personal_power < some.personal_power).all()
        assert (some.personal_power < full.personal_power).all()
        np.testing.assert_allclose(full.personal_power, 0.15 + 0.85 * 0.3, rtol=1e-6)
        assert same(taken(1.0, legacy=0.0), none)
        np.testing.assert_array_equal(none.control, full.control)

    @pytest.mark.rules("CL-18")
    def test_cases_serve_nobody_while_a_leader_stays(self):
        after = settle(contested(coercion={"wave": 1.0}), OFTEN).leadership
        stays = np.asarray(after.leader == 0)
        before = contested().leadership.personal_power
        assert stays.any()
        assert (after.personal_power == before)[stays].all()

    @pytest.mark.rules("LD-9")
    def test_the_agenda_turns_in_part_to_those_who_rule(self):
        def agenda(ideocrats):
            mix = np.zeros((3, 8))
            mix[Pole.TECHNOCRAT] = 1
            mix[:, ideocrats] = [[0], [1], [0]]
            room = vacant([3, 4, 5, 10], elite={"mix": mix}, policy={"agenda": 0.5})
            return float(settle(room).policy.agenda[0])

        outsiders, nobody, some, all_in = (agenda(x) for x in ([6, 7], [], [4, 5], list(range(6))))
        assert outsiders == nobody == pytest.approx(0.4)
        assert nobody < some < all_in == pytest.approx(0.6)

    def test_plotters_take_the_throne_even_if_weak(self):
        room = vacant([3, 4, 5, 13], moves={"plotter": 0, "coup_success": True})
        after = settle(room)
        assert (after.leadership.leader // 2 == 0).all()
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [1, 0, 0, 0])

    def test_plotters_share_with_a_coalition_to_which_they_belong(self):
        room = vacant([3, 4, 5, 10], moves={"plotter": 1, "coup_success": True})
        after = settle(room)
        assert (after.leadership.leader // 2 == 1).all()
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [1, 1, 1, 0])

    def test_without_any_clan_the_strongest_rise_alone(self):
        after = settle(vacant([3, 4, 5, 10]), setting=hall(clan_organised=[0, 0, 0, 0]))
        assert (after.leadership.leader >= 0).all()
        np.testing.assert_array_equal(after.leadership.coalition, vacant().leadership.coalition)

    def test_nobody_is_left(self):
        room = vacant(elite={"status": Status.DEAD})
        after = settle(room)
        assert (after.leadership.leader == NOBODY).all()
        assert (after.leadership.exits == 1).all()

    @pytest.mark.rules("CL-10")
    def test_losers_of_a_succession_are_hunted_but_not_yet_condemned(self):
        after = settle(vacant())
        np.testing.assert_array_equal(after.moves.excluded[:, 0], [0, 0, 0, 1])
        assert (after.clans.defeated[3] == 1.5).all()
        np.testing.assert_array_equal(after.clans.victor[3], after.leadership.leader // 2)
        assert not after.elite.condemned.any()

    def test_small_outsiders_are_no_losers(self):
        inside = rows_of([1, 1, 1, 0], bool)
        room = with_(vacant([30, 40, 50, 2]), leadership={"coalition": inside})
        assert not settle(room).moves.excluded.any()


class TestRetest:
    def test_the_strongest_is_cut_out(self):
        after = settle(contested(leader=0), OFTEN)
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [1, 1, 1, 0])
        np.testing.assert_array_equal(after.moves.excluded[:, 0], [0, 0, 0, 1])
        assert (after.leadership.leader == 0).all()
        assert (after.elite.condemned[6] > 0).all()
        assert (after.elite.fallen_by[6] == Succession.id).all()
        assert (np.delete(after.elite.condemned, 6, axis=0) == 0).all()
        assert (after.clans.defeated[3] > 0).all()
        assert (after.clans.victor[3] == 0).all()
        assert (after.leadership.exits == 0).all()

    def test_a_leader_whose_clan_is_cut_out_falls_and_is_replaced_at_once(self):
        after = settle(contested(leader=6), OFTEN)
        lead = after.leadership
        assert (lead.exit_mode == Exit.ELITE_REMOVAL).all()
        assert (lead.exits == 1).all()
        assert (after.moves.removed_leader == 6).all()
        assert (lead.leader // 2 < 3).all()
        assert (lead.leader >= 0).all()
        assert (after.elite.condemned[6] > 0).all()
        np.testing.assert_array_equal(after.clans.victor[3], lead.leader // 2)

    def test_a_coalition_that_is_strong_enough_stands(self):
        room = contested([3, 4, 5, 10], inside=(1, 1, 1, 0))
        assert same(settle(room, OFTEN), room)

    def test_a_member_that_outgrows_the_others_is_cut_out_by_an_open_game(self):
        room = contested([3.0, 4.0, 10.0, 5.1], inside=(1, 1, 1, 0))
        after = settle(room, OFTEN)
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [1, 1, 0, 1])
        assert (after.elite.condemned[4] > 0).all()

    def test_a_coalition_that_has_become_too_weak_falls_apart(self):
        room = contested([1.0, 1.1, 1.2, 9.0], inside=(1, 1, 1, 0))
        after = settle(room, OFTEN)
        np.testing.assert_array_equal(after.leadership.coalition[:, 0], [0, 0, 0, 1])
        np.testing.assert_array_equal(after.moves.excluded[:, 0], [1, 1, 1, 0])

    def test_an_established_leader_is_not_tested(self):
        room = with_(contested(leader=6), leadership={"established": True})
        assert same(settle(room, OFTEN), room)

    def test_a_leader_without_a_clan_of_his_own_stays(self):
        room = contested([9.0, 4.0, 5.0, 10.0], leader=0, inside=(0, 1, 1, 1))
        after = settle(room, OFTEN, hall(clan_organised=[0, 1, 1, 1]))
        assert (after.leadership.leader == 0).all()

    def test_bonds_forbid_turning_on_each_other(self):
        bond = np.zeros((CLANS, CLANS))
        bond[0, 3] = 1
        after = settle(contested(clans={"bond": bond}), OFTEN)
        np.testing.assert_array_equal(after.moves.excluded[:, 0], [0, 1, 1, 0])

    @pytest.mark.rules("CO-2")
    def test_partners_who_take_part_have_turned_on_a_protector(self):
        pact = np.zeros((CLANS, CLANS))
        pact[1, 3], pact[1, 2], pact[3, 2] = 0.8, 0.5, 0.05
        after = settle(contested(clans={"pact": pact}), OFTEN)
        clans = after.clans
        np.testing.assert_array_equal(clans.since_betrayal[:, 0] == 0, [0, 1, 0, 0])
        assert (after.moves.betrayer == 1).all()
        assert (after.moves.betrayed == 3).all()
        expected = np.zeros((CLANS, CLANS))
        expected[1, 2] = 0.5
        np.testing.assert_array_equal(clans.pact[..., 0], np.float32(expected))

    @pytest.mark.rules("LD-10")
    def test_the_narrower_the_competition_the_higher_the_stake(self):
        stakes = [
            settle(contested(), OFTEN, hall()).elite.condemned[6],
            settle(contested(), OFTEN, with_narrowness(0.9)).elite.condemned[6],
        ]
        assert (stakes[1] > stakes[0]).all()

    def test_about_once_a_year_on_every_clock(self):
        for clock, ticks in (("month", 12), ("year", 1)):
            after = step(EXACT, contested(leader=0), SETTING, ticks=ticks, clock=clock)
            tested = (after.clans.defeated[3] > 0).mean()
            assert float(tested) == pytest.approx(1 - np.exp(-1), abs=0.06)


def with_narrowness(value):
    return change(hall(), narrowness=jnp.full(1, value, jnp.float32))


class TestContract:
    def test_runs_without_need_are_untouched(self):
        leader = jnp.where(jnp.arange(RUNS) % 3 == 0, NOBODY, 0)
        room = with_(contested(), leadership={"leader": leader, "established": True})
        after = settle(room)
        touched = np.asarray(after.leadership.leader != leader)
        np.testing.assert_array_equal(touched, np.arange(RUNS) % 3 == 0)
        assert (after.elite.condemned == 0).all()
        np.testing.assert_array_equal(
            np.asarray(after.leadership.coalition).all(0), np.arange(RUNS) % 3 != 0
        )

    def test_parameters_may_differ_by_run_and_calls_may_be_eager(self):
        majority = jnp.where(jnp.arange(RUNS) % 2 == 0, 0.5, 4 / 7)
        rule = Succession(noise=0.0, majority=majority)
        after = rule(vacant([3, 4, 5, 0]), make_tick(rule, SETTING, RUNS, 1))
        expected = np.where(np.arange(RUNS) % 2 == 0, 1, 0)
        np.testing.assert_array_equal(after.leadership.coalition[2], expected)

    def test_a_run_does_not_depend_on_its_companions(self):
        alone = settle(vacant(), Succession(noise=0.5)).leadership.leader
        few = with_(
            vacant(),
            leadership={
                "leader": jnp.where(jnp.arange(RUNS) % 7 == 0, NOBODY, 0),
                "established": True,
            },
        )
        some = settle(few, Succession(noise=0.5)).leadership.leader
        np.testing.assert_array_equal(alone[::7], some[::7])
