"""Power and the force that clans can call on."""

import numpy as np
import pytest

from tests.court import step
from tests.throne import CLANS, THRONE, hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.power import PowerBalance, leader_force, office_force
from vertikal.regime.regime import Status

RUNS = 64
POSTS = {"office_policy": [1.0, 0.5, 0.5, 0.2], "office_coercion": [0.0, 0.6, 0.0, 0.8]}
SETTING = hall(**POSTS)


def room(holder=(0, 2, 4, 6), **leadership):
    return with_(throne_room(runs=RUNS, **leadership), nomenklatura={"holder": list(holder)})


def balance(regime, setting=SETTING, ticks=1, clock="month", **parameters):
    return step(PowerBalance(**parameters), regime, setting, ticks=ticks, clock=clock)


class TestPersons:
    def test_power_is_the_sum_that_the_formula_says(self):
        elite = balance(room()).elite
        with_force = 0.5 + 1.2 * 0.6 + 0.4 * 0.5 * 0.6 + 0.6 * 0.3
        np.testing.assert_allclose(elite.power[2], with_force, rtol=1e-5)
        np.testing.assert_allclose(elite.power[4], 0.5 + 0.6 * 0.3, rtol=1e-5)
        np.testing.assert_allclose(elite.power[1], 0.6 * 0.3, rtol=1e-5)
        np.testing.assert_allclose(elite.coercion[2], 0.6, rtol=1e-6)

    @pytest.mark.rules("NK-8")
    def test_force_and_production_in_one_hand_are_more_than_additive(self):
        both = balance(room((0, 2, 2, NOBODY))).elite.power[2]
        apart = balance(room((0, 2, 4, NOBODY))).elite.power
        access = 0.6 * 0.3
        assert (both - access > (apart[2] - access) + (apart[4] - access) + 0.05).all()
        plain = {"portfolio_synergy": 0.0}
        both = balance(room((0, 2, 2, NOBODY)), **plain).elite.power[2]
        apart = balance(room((0, 2, 4, NOBODY)), **plain).elite.power
        np.testing.assert_allclose(both - access, apart[2] + apart[4] - 2 * access, rtol=1e-4)

    def test_nearness_adds_power(self):
        near = balance(with_(room(), elite={"proximity": 0.9})).elite.power
        assert (near > balance(room()).elite.power).all()

    @pytest.mark.rules("CL-17")
    def test_clients_count_for_their_patron_one_step_up(self):
        alone = balance(room()).elite.power
        chain = with_(room(), elite={"patron": [-1, 0, 1, -1, -1, -1, -1, -1]})
        tied = balance(chain).elite.power
        np.testing.assert_allclose(tied[1] - alone[1], 0.15 * alone[2], rtol=1e-4)
        np.testing.assert_allclose(tied[0] - alone[0], 0.15 * alone[1], rtol=1e-4)
        np.testing.assert_allclose(tied[2:], alone[2:])

    @pytest.mark.parametrize("status", [s for s in Status if s != Status.ACTIVE])
    def test_whoever_is_out_of_play_has_none_and_lends_none(self, status):
        gone = with_(
            room(),
            elite={
                "status": [0, 0, status, 0, 0, 0, 0, 0],
                "patron": [-1, -1, 0, 2, -1, -1, -1, -1],
            },
        )
        after = balance(gone)
        plain = balance(room())
        assert (after.elite.power[2] == 0).all()
        assert (after.elite.coercion[2] == 0).all()
        np.testing.assert_allclose(after.elite.power[0], plain.elite.power[0], rtol=1e-6)
        assert (after.clans.coercion[1] == 0).all()

    @pytest.mark.rules("MI-6", "CL-15")
    def test_committee_heads_grow_with_the_complex_at_home_and_others_do_not(self):
        setting = hall(**POSTS, office_strategic=[0.0, 0.8, 0.0, 0.0])

        def power(home, abroad=0.5, **parameters):
            weights = {"influence": np.array([[home], [abroad]], np.float32)}
            regime = with_(room(), military_industry=weights)
            return balance(regime, setting, **parameters).elite.power

        weak, even, strong = power(0.1), power(0.5), power(0.9)
        grown = 0.5 * 0.5 * 0.8 * 0.4
        np.testing.assert_allclose(strong[2] - even[2], grown * (1 + 0.4 * 0.6), rtol=1e-4)
        assert same(weak, even), "no committee makes its head the weaker"
        assert same(even, balance(room()).elite.power)
        assert same(power(0.9, committees=0.0), even)
        assert same(power(0.5, abroad=1.0), even)
        np.testing.assert_array_equal(strong[4:], even[4:])

    @pytest.mark.rules("LD-3", "NK-5")
    def test_founders_weigh_more_through_their_offices_alone(self):
        founder = with_(room(), elite={"founder": 1.0})
        more, plain = balance(founder).elite.power, balance(room()).elite.power
        np.testing.assert_allclose(more[2] - plain[2], plain[2] - 0.6 * 0.3, rtol=1e-5)
        np.testing.assert_allclose(more[1], plain[1])

    def test_closed_and_vacant_offices_give_nothing(self):
        closed = with_(room(), nomenklatura={"active": [True, False, True, True]})
        assert same(balance(closed).elite.power[2], balance(room((0, -1, 4, 6))).elite.power[2])
        assert (balance(closed).clans.coercion[1] == 0).all()


class TestExposure:
    def exposure(self, cover=0.0, knowledge=0.0, exposure=0.2):
        """Exposure of clan 2, whose head (person 4) knows something; a pact gives it cover."""
        pact = np.zeros((CLANS, CLANS))
        pact[2, 1] = cover / 0.6  # of the force of clan 1
        elite = {"knowledge": [0, 0, 0, 0, knowledge, 0, 0, 0], "exposure": exposure}
        after = balance(with_(room(), elite=elite, clans={"pact": pact, "favour": 0.0}))
        np.testing.assert_allclose(after.clans.cover[2], cover, atol=1e-6)
        return float(after.clans.exposure[2, 0]), float(after.elite.power[4, 0])

    @pytest.mark.rules("LD-4")
    def test_what_is_known_of_how_power_was_taken_endangers_as_far_as_cover_is_lost(self):
        bare, half, plain = (self.exposure(c, k)[0] for c, k in ((0, 0.5), (0.5, 0.5), (0, 0)))
        assert bare > half + 0.05 > plain + 0.1
        power = self.exposure()[1]
        weight = power / (power + 0.6 * 0.3)
        np.testing.assert_allclose(bare, 0.2 + weight * 0.8 * 0.5, rtol=1e-4)
        np.testing.assert_allclose(half, 0.2 + weight * 0.8 * 0.25, rtol=1e-4)

    @pytest.mark.rules("LD-4")
    def test_full_cover_keeps_it_harmless_and_more_is_no_shield_of_other_material(self):
        pact = np.zeros((CLANS, CLANS))
        covered = with_(room(), elite={"knowledge": 0.9}, clans={"pact": pact, "favour": 0.0})
        setting = hall(**{**POSTS, "office_coercion": [0.0, 0.6, 3.0, 0.8]})
        np.testing.assert_allclose(balance(covered, setting).clans.exposure[2], 0.2, rtol=1e-5)
        assert self.exposure(knowledge=1.0, exposure=1.0)[0] == pytest.approx(1.0, rel=1e-5)


class TestForce:
    @pytest.mark.parametrize("control", [0.0, 0.4, 1.0])
    def test_force_is_divided_between_holders_and_the_leader(self, control):
        setting = hall(**POSTS, office_grip=[0.0, 0.5, 0.0, 1.0])
        regime = room(control=control)
        own, his = office_force(regime, setting).sum(0), leader_force(regime, setting)
        np.testing.assert_allclose(own + his, 1.4, rtol=1e-6)
        np.testing.assert_allclose(his, control * (0.3 + 0.8), rtol=1e-6)

    def test_a_leader_who_loses_control_loses_force_to_those_who_hold_it(self):
        setting = hall(**POSTS, office_grip=[0.0, 0.5, 0.0, 0.9])
        strong, weak = (balance(room(control=c), setting) for c in (1.0, 0.1))
        assert (weak.clans.coercion[1] > strong.clans.coercion[1]).all()
        assert (weak.elite.power[6] > strong.elite.power[6]).all()


class TestClans:
    def test_power_is_members_power_times_cohesion(self):
        after = balance(with_(room(), clans={"cohesion": [0.2, 0.5, 1.0, 0.0]}))
        members = np.asarray(after.elite.power).reshape(CLANS, 2, RUNS).sum(1)
        expected = members * np.array([0.2, 0.5, 1.0, 0.0])[:, None]
        np.testing.assert_allclose(after.clans.power, expected, rtol=1e-5)

    @pytest.mark.rules("CO-1")
    def test_pacts_lend_cover_one_way(self):
        pact = np.zeros((CLANS, CLANS))
        pact[2, 1] = 0.5
        after, plain = balance(with_(room(), clans={"pact": pact})), balance(room())
        gained = np.asarray(after.clans.cover - plain.clans.cover)
        np.testing.assert_allclose(gained[2], 0.5 * 0.6, rtol=1e-6)
        assert (gained[[0, 1, 3]] == 0).all()

    def test_favour_lends_the_leader_s_force_and_disfavour_takes_none(self):
        setting = hall(**POSTS, office_grip=[0.0, 1.0, 0.0, 0.0])
        regime = with_(room(control=0.5), clans={"favour": [0.0, 0.0, 0.5, -1.0]})
        after = balance(regime, setting)
        np.testing.assert_allclose(after.clans.cover[2], 0.5 * 0.5 * 0.6, rtol=1e-5)
        np.testing.assert_allclose(after.clans.cover[3], after.clans.coercion[3])

    def test_exposure_weighs_the_powerful_more(self):
        exposed = [0.2, 0.2, 0.9, 0.1, 0.2, 0.2, 0.2, 0.2]
        after = balance(with_(room(), elite={"exposure": exposed}))
        a, b = (np.asarray(after.elite.power)[k] for k in (2, 3))
        np.testing.assert_allclose(
            after.clans.exposure[1], (0.9 * a + 0.1 * b) / (a + b), rtol=1e-4
        )

    def test_the_slow_average_closes_in_on_the_share_alike_on_every_clock(self):
        regime = with_(room(), clans={"trend": [0.0, 0.0, 0.0, 1.0]})
        found = []
        for clock, ticks in (("month", 12), ("quarter", 4), ("year", 1)):
            after = balance(regime, ticks=ticks, clock=clock)
            share = after.clans.power / after.clans.power.sum(0)
            left = (share - after.clans.trend) / (share - regime.clans.trend)
            np.testing.assert_allclose(left, np.exp(-1 / 1.5), rtol=1e-3)
            found.append(after.clans.trend)
        np.testing.assert_allclose(found[0], found[2], rtol=1e-4)

    def test_ranges_hold(self):
        sound(room(), balance(room()))


def test_the_throne_counts_like_any_office():
    ruled, vacant = balance(room()), balance(room((NOBODY, 2, 4, 6)))
    np.testing.assert_allclose(
        ruled.elite.power[THRONE] - vacant.elite.power[THRONE], 1.0, rtol=1e-5
    )
