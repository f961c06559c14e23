"""Death, personal power and balancing."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick, step
from tests.throne import CLANS, PERSONS, RUNS, hall, rows_of, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.leader import Balancing, Mortality, PersonalPower, force_of
from vertikal.regime.regime import Base, Exit, Status, change
from vertikal.theory.alarm_deterrence import rebellion_threshold
from vertikal.theory.mortality import death_probability, survival_quantile

SETTING = hall()


def near(found, expected, runs=RUNS, width=4.5):
    """Whether a frequency lies within sampling error of a probability."""
    spread = np.sqrt(max(expected * (1 - expected), 1e-9) / runs)
    return abs(float(found) - float(expected)) < width * spread + 1e-9


def dead(regime):
    return regime.elite.status == Status.DEAD


class TestMortality:
    def test_deaths_follow_the_law_on_every_clock(self):
        room = with_(throne_room(), elite={"age": 70.0})
        law = float(death_probability(5.0, 70.0, 0.013, 0.094))
        for clock, ticks in (("quarter", 20), ("year", 5)):
            after = step(Mortality(), room, SETTING, ticks=ticks, clock=clock)
            assert near(dead(after).mean(), law, RUNS * PERSONS)

    @pytest.mark.parametrize("worse", [{"age": 75.0}, {"frailty": 3.0}])
    def test_the_old_and_the_frail_die_first(self, worse):
        room = with_(throne_room(), elite={"age": 60.0})
        well = step(Mortality(), room, SETTING, ticks=5, clock="year")
        ill = step(Mortality(), with_(room, elite=worse), SETTING, ticks=5, clock="year")
        assert (dead(ill) | ~dead(well)).all()
        assert dead(ill).mean() > 1.5 * dead(well).mean()

    def test_nobody_dies_before_the_date_and_all_can_after(self):
        room = with_(throne_room(), elite={"age": 95.0, "safe_until": 5.0})
        assert not dead(step(Mortality(), room, SETTING, ticks=5, clock="year")).any()
        assert dead(step(Mortality(), room, SETTING, ticks=15, clock="year")).mean() > 0.5

    def test_the_leader_s_death_vacates_the_throne(self):
        room = with_(throne_room(leader=3), elite={"age": 85.0})
        after = step(Mortality(), room, SETTING, clock="year")
        gone = dead(after)[3]
        assert 0 < gone.sum() < RUNS
        lead = after.leadership
        np.testing.assert_array_equal(lead.leader, np.where(gone, NOBODY, 3))
        np.testing.assert_array_equal(lead.exit_mode, np.where(gone, Exit.DEATH, Exit.NONE))
        np.testing.assert_array_equal(lead.exits, gone.astype(int))
        np.testing.assert_array_equal(after.moves.removed_leader, np.where(gone, 3, NOBODY))
        np.testing.assert_array_equal(after.elite.fallen_by, np.where(dead(after), Mortality.id, 0))
        assert not after.elite.condemned.any()
        sound(room, after)

    def test_the_dead_do_not_age_or_die_again(self):
        room = with_(throne_room(), elite={"age": 99.0, "status": Status.DEAD})
        after = step(Mortality(), room, SETTING, ticks=5, clock="year")
        assert (after.elite.age == 99.0).all()
        assert not after.elite.fallen_by.any()

    def test_prisoners_die_too(self):
        room = with_(throne_room(), elite={"age": 99.0, "status": Status.IMPRISONED})
        assert dead(step(Mortality(), room, SETTING, ticks=5, clock="year")).mean() > 0.5

    @pytest.mark.parametrize(("age", "frailty"), [(50.0, 1.0), (70.0, 1.0), (70.0, 2.5)])
    def test_what_is_expected_follows_health(self, age, frailty):
        room = with_(throne_room(), elite={"age": age, "frailty": frailty, "safe_until": 99.0})
        after = step(Mortality(rumour_noise=0.0), room, SETTING, ticks=12, clock="month")
        median = float(survival_quantile(0.5, age + 1, 0.013, 0.094, frailty))
        assert after.leadership.horizon[0] == pytest.approx(median, rel=0.06)

    def test_rumours_have_the_same_spread_on_every_clock(self):
        room = with_(throne_room(), elite={"age": 70.0, "safe_until": 99.0})
        for clock, ticks in (("week", 104), ("quarter", 8)):
            horizon = step(Mortality(), room, SETTING, ticks=ticks, clock=clock).leadership.horizon
            median = float(survival_quantile(0.5, 72.0, 0.013, 0.094))
            assert horizon.std() == pytest.approx(0.2 * median, rel=0.1)
            assert horizon.mean() == pytest.approx(median, rel=0.05)

    def test_without_a_leader_nothing_is_expected_of_him(self):
        room = throne_room(leader=NOBODY)
        after = step(Mortality(), room, SETTING, ticks=12)
        assert same(after.leadership, room.leadership)


def armed(forces=(0.0, 0.3, 0.3, 0.3), guard=0.6, **leadership):
    """A court whose clans command `forces` and whose leader has `guard`."""
    room = with_(throne_room(**{"control": 1.0, **leadership}), clans={"coercion": forces})
    room = with_(room, nomenklatura={"holder": [0, NOBODY, NOBODY, NOBODY]})
    setting = hall(office_coercion=[guard, 0.0, 0.0, 0.0], office_grip=[1.0, 0.0, 0.0, 0.0])
    return room, setting


FREE = {"grip_years": 1e6}
"""Holds the grip, and so the guard, where the test has put it."""


class TestPersonalPower:
    def test_a_stronger_coalition_lowers_grabs(self):
        untouchable = PersonalPower(alarm_false=1e-7, residual=0.0, **FREE)
        weak, setting = armed((0.0, 0.1, 0.1, 0.1), personal_power=0.1)
        strong, _ = armed((0.0, 0.6, 0.6, 0.6), personal_power=0.1)
        few = step(untouchable, strong, setting, ticks=10, clock="year").leadership.personal_power
        many = step(untouchable, weak, setting, ticks=10, clock="year").leadership.personal_power
        assert (many >= few).all()
        assert many.mean() > few.mean() + 0.05

    def test_past_the_threshold_removals_nearly_vanish(self):
        still = PersonalPower(hidden_grabs=0.0, free_grabs=0.0, **FREE)
        contested, setting = armed((0.0, 0.2, 0.2, 0.2), personal_power=0.3)
        established, _ = armed((0.0, 0.2, 0.2, 0.2), personal_power=0.9)
        rate = float(rebellion_threshold(2.5, 1.0, 0.95, 0.8, 0.1, 10.0, 6.0, 2.0).removal_rate)
        for clock, ticks in (("quarter", 40), ("year", 10)):
            before = step(still, contested, setting, ticks=ticks, clock=clock).leadership
            past = step(still, established, setting, ticks=ticks, clock=clock).leadership
            assert near(before.exits.mean(), 1 - np.exp(-10 * rate))
            assert near(past.exits.mean(), 1 - np.exp(-10 * 0.004))
            assert past.exits.sum() < before.exits.sum() / 3
            assert past.established.any()
            assert not before.established.any()

    def test_on_the_contested_path_removal_does_not_depend_on_power(self):
        still = PersonalPower(hidden_grabs=0.0, **FREE)
        exits = [
            step(
                still, *armed((0.0, 0.3, 0.3, 0.0), personal_power=b), ticks=10, clock="year"
            ).leadership.exits
            for b in (0.05, 0.4)
        ]
        np.testing.assert_array_equal(*exits)

    @pytest.mark.parametrize(("power", "expected"), [(0.49, False), (0.51, True)])
    def test_with_even_force_the_threshold_is_the_theory_s(self, power, expected):
        room, setting = armed((0.0, 0.2, 0.2, 0.2), guard=0.6, personal_power=power)
        after = step(PersonalPower(hidden_grabs=0.0, alarm_false=1e-7), room, setting, clock="day")
        assert (after.leadership.established == expected).all()

    def test_the_coalition_s_threat_moves_the_threshold(self):
        rule = PersonalPower(hidden_grabs=0.0, free_grabs=0.0, alarm_false=1e-7, residual=0.0)
        shares = []
        for force in (0.05, 0.2, 0.8):
            room, setting = armed((0.0, force, force, force))
            ladder = jnp.linspace(0.0, 1.0, RUNS)
            room = with_(room, leadership={"personal_power": ladder})
            shares.append(float(step(rule, room, setting).leadership.established.mean()))
        assert shares[0] > shares[1] > shares[2] > 0

    def test_only_members_of_the_coalition_threaten(self):
        room, _ = armed((0.0, 0.2, 0.3, 0.4), coalition=rows_of([1, 1, 0, 0], bool))
        assert force_of(room, room.leadership.coalition)[0] == pytest.approx(0.2)

    @pytest.mark.rules("CO-1")
    def test_lent_force_counts_once_and_the_leader_s_own_not_at_all(self):
        room, _ = armed((0.5, 0.2, 0.3, 0.4))
        pact = np.zeros((CLANS, CLANS))
        pact[1, 3], pact[2, 3], pact[1, 0], pact[1, 2] = 0.5, 0.25, 1.0, 1.0
        room = with_(room, clans={"pact": pact})
        both = rows_of([0, 1, 1, 0], bool)
        assert force_of(room, both)[0] == pytest.approx(0.2 + 0.3 + 0.5 * 0.4)

    def test_who_is_removed_is_condemned(self):
        room, setting = armed(personal_power=0.1)
        removal = PersonalPower(alarm_false=0.6, **FREE)
        after = step(removal, room, setting, clock="year")
        gone = after.leadership.leader == NOBODY
        assert 0 < gone.sum() < RUNS
        np.testing.assert_array_equal(after.elite.condemned[0] > 0, gone)
        np.testing.assert_array_equal(after.elite.fallen_by[0], np.where(gone, 61, 0))
        np.testing.assert_array_equal(after.leadership.exit_mode == Exit.ELITE_REMOVAL, gone)
        assert not after.elite.condemned[1:].any()
        sound(room, after)

    @pytest.mark.rules("LD-3")
    def test_books_of_reign_grip_and_founders(self):
        room = with_(
            throne_room(reign=2.0, control=0.2, personal_power=1.0), elite={"founder": 0.8}
        )
        for clock, ticks in (("week", 209), ("year", 4)):
            after = step(PersonalPower(residual=0.0), room, SETTING, ticks=ticks, clock=clock)
            assert after.leadership.reign[0] == pytest.approx(6.0, abs=0.01)
            assert after.elite.founder[0, 0] == pytest.approx(0.4, rel=0.002)
            assert after.leadership.control[0] == pytest.approx(1 - 0.8 * np.exp(-2), rel=0.002)

    def test_without_a_leader_only_the_founders_fade(self):
        room = with_(throne_room(leader=NOBODY), elite={"founder": 0.8})
        after = step(PersonalPower(), room, SETTING, ticks=24)
        assert same(
            after.leadership, change(room.leadership, established=after.leadership.established)
        )
        assert not after.leadership.established.any()
        assert (after.elite.founder < 0.8).all()


def balanced(powers, **leadership):
    """A throne room whose leader belongs to no organised clan."""
    room = throne_room(powers, **{"control": 1.0, **leadership})
    return room, hall(clan_organised=[False, True, True, True])


class TestBalancing:
    def favour(self, powers, rule=None, ticks=60, setting=None, **leadership):
        room, plain = balanced(powers, **leadership)
        after = step(rule or Balancing(), room, setting or plain, ticks=ticks)
        sound(room, after)
        return np.asarray(after.clans.favour[:, 0])

    @pytest.mark.rules("LD-12")
    def test_the_weak_are_backed_and_the_strong_held_down(self):
        favour = self.favour([9.0, 1.0, 2.0, 6.0])
        assert favour[0] == 0
        assert favour[1] > favour[2] > 0 > favour[3]

    @pytest.mark.rules("CL-13", "LD-12")
    def test_support_grows_with_the_lead_of_the_strongest(self):
        backing = [self.favour([0.0, 1.0, 1.0, lead])[1] for lead in (1.0, 1.5, 3.0, 6.0)]
        assert backing[0] == 0
        assert (np.diff(backing) > 0).all()

    @pytest.mark.rules("CL-13")
    def test_support_goes_when_it_is_no_longer_needed(self):
        room, setting = balanced([0.0, 1.0, 1.0, 6.0])
        backed = step(Balancing(), room, setting, ticks=60)
        assert backed.clans.favour[1, 0] > 0.2
        even = with_(backed, clans={"power": [0.0, 1.0, 1.0, 1.0]})
        assert abs(step(Balancing(), even, setting, ticks=60).clans.favour).max() < 0.01

    @pytest.mark.parametrize("idle", [{"rule": Balancing(effort=0.0)}, {"control": 0.0}])
    def test_it_takes_effort_and_control(self, idle):
        assert not self.favour([0.0, 1.0, 1.0, 6.0], **idle).any()

    def test_his_own_clan_is_favoured_and_not_weighed(self):
        room = throne_room([50.0, 1.0, 1.0, 1.0], control=1.0)
        favour = step(Balancing(), room, SETTING, ticks=60).clans.favour[:, 0]
        assert favour[0] == pytest.approx(0.5, abs=0.01)
        assert abs(favour[1:]).max() < 1e-6

    def test_a_fallen_favourite_returns_when_the_balance_tips(self):
        room, setting = balanced([0.0, 6.0, 1.0, 1.0])
        room = with_(
            room, nomenklatura={"holder": [NOBODY, 2, NOBODY, NOBODY]}, elite={"proximity": 0.4}
        )
        fallen = step(Balancing(), room, setting, ticks=60)
        tipped = with_(fallen, clans={"power": [0.0, 1.0, 6.0, 1.0]})
        back = step(Balancing(), tipped, setting, ticks=60)
        assert (back.elite.proximity[2] > fallen.elite.proximity[2] + 0.1).all()
        # without the balance tipping he stays where he fell
        stays = step(Balancing(), fallen, setting, ticks=60)
        assert (abs(stays.elite.proximity[2] - fallen.elite.proximity[2]) < 0.06).all()

    def test_access_follows_the_highest_office(self):
        room, _ = balanced([0.0, 1.0, 1.0, 1.0])
        setting = hall(office_grade=[0.9, 0.3, 0.6, 0.5])
        room = with_(room, nomenklatura={"holder": [NOBODY, 2, 2, 3]})
        access = step(Balancing(), room, setting, ticks=120).elite.proximity[:, 0]
        assert access[2] == pytest.approx(0.8 * 0.6, abs=0.01)
        assert access[3] == pytest.approx(0.8 * 0.5, abs=0.01)
        assert access[4] == pytest.approx(0.0, abs=0.01)

    def test_who_is_out_of_play_loses_access(self):
        room, setting = balanced([0.0, 1.0, 1.0, 1.0])
        room = with_(
            room,
            nomenklatura={"holder": [2, 3, NOBODY, NOBODY]},
            elite={"status": [0, 0, Status.EXILED, 0, 0, 0, 0, 0], "proximity": 0.9},
        )
        access = step(Balancing(), room, setting, ticks=60).elite.proximity
        assert (access[2] < 0.1).all()
        assert (access[3] > 0.3).all()

    @pytest.mark.rules("LD-5")
    def test_waves_need_a_long_reign_and_a_near_end(self):
        def wave(reign, horizon):
            room = throne_room(reign=reign, horizon=horizon)
            return float(step(Balancing(), room, SETTING, ticks=120).coercion.wave[0])

        assert wave(25.0, 2.0) > 3 * wave(25.0, 20.0)
        assert wave(25.0, 2.0) > 3 * wave(1.0, 2.0)
        assert wave(25.0, 2.0) > wave(25.0, 4.0) > wave(25.0, 8.0)

    @pytest.mark.rules("CO-6")
    def test_cases_lag_behind_the_demand(self):
        room = throne_room(reign=25.0, horizon=1.0)
        soon = step(Balancing(), room, SETTING, ticks=2).coercion.wave[0]
        later = step(Balancing(), room, SETTING, ticks=60).coercion.wave[0]
        assert soon < later / 4

    @pytest.mark.rules("LD-5")
    def test_waves_cluster_in_the_end_phase_of_natural_reigns(self):
        age, balance = Mortality(), Balancing()

        def body(regime, index):
            for rule in (age, balance):
                regime = rule(regime, make_tick(rule, SETTING, RUNS, index, "quarter"))
            lead = regime.leadership
            regime = change(regime, leadership=change(lead, reign=lead.reign + 0.25))
            return regime, regime.coercion.wave

        room = with_(throne_room(reign=0.0, horizon=20.0), elite={"age": 50.0, "safe_until": 25.0})
        waves = jax.jit(lambda r: jax.lax.scan(body, r, jnp.arange(1, 101, dtype=jnp.uint32)))(
            room
        )[1]
        assert (waves[80:].mean(0) > 3 * waves[:40].mean(0)).mean() > 0.95

    @pytest.mark.rules("CO-5")
    def test_a_wave_brings_security_clans_the_leader_s_ear(self):
        bases = [Base.NONE, Base.COERCIVE, Base.TERRITORIAL, Base.PROFESSIONAL]
        setting = change(hall(clan_organised=[False, True, True, True]),
                         clan_base=jnp.asarray(bases, jnp.int32)[:, None])  # fmt: skip
        calm = self.favour([0.0, 1.0, 1.0, 1.0], setting=setting, reign=1.0, horizon=30.0)
        storm = self.favour([0.0, 1.0, 1.0, 1.0], setting=setting, reign=30.0, horizon=0.5)
        assert storm[1] > calm[1] + 0.1
        np.testing.assert_allclose(storm[2:], calm[2:], atol=1e-6)

    @pytest.mark.rules("CO-5")
    def test_his_own_security_clan_gains_his_ear_as_well(self):
        bases = [Base.COERCIVE, Base.TERRITORIAL, Base.TERRITORIAL, Base.PROFESSIONAL]
        setting = change(
            hall(clan_organised=True), clan_base=jnp.asarray(bases, jnp.int32)[:, None]
        )
        calm, storm = (
            self.favour([1.0, 1.0, 1.0, 1.0], setting=setting, reign=r, horizon=h)
            for r, h in ((1.0, 30.0), (30.0, 0.5))
        )
        assert storm[0] > calm[0] + 0.1
        np.testing.assert_allclose(storm[1:], calm[1:], atol=1e-6)

    def test_the_same_pace_on_every_clock(self):
        room, setting = balanced([0.0, 1.0, 2.0, 6.0], reign=20.0, horizon=3.0)
        fast = step(Balancing(security_ear=0.0), room, setting, ticks=12, clock="month")
        slow = step(Balancing(security_ear=0.0), room, setting, ticks=1, clock="year")
        np.testing.assert_allclose(fast.clans.favour, slow.clans.favour, atol=1e-5)
        np.testing.assert_allclose(fast.coercion.wave, slow.coercion.wave, atol=1e-5)

    def test_without_a_leader_favour_and_waves_die_down(self):
        room = with_(
            throne_room(leader=NOBODY), clans={"favour": [0.5, -0.5, 0.2, 0.0]},
            coercion={"wave": 0.8},
        )  # fmt: skip
        after = step(Balancing(), room, SETTING, ticks=60)
        assert abs(after.clans.favour).max() < 0.01
        assert after.coercion.wave.max() < 0.01
