"""Emergency: paralysis, the founding of a body, and the leader's answer."""

import numpy as np
import pytest

from tests.court import step, together
from tests.throne import PERSONS, RUNS, hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.emergency import Emergency, ShockFades
from vertikal.regime.leader import PersonalPower
from vertikal.regime.mechanism import CLOCKS, YEARS_PER_STEP
from vertikal.regime.military_industry import HiddenQuality
from vertikal.regime.regime import Body, Exit, Status
from vertikal.regime.succession import Succession

SETTING = hall()
WILLING = [0.9, 0.1, 0.9, 0.1, 0.8, 0.1, 0.1, 0.1]
"""Proximity: besides the leader (0), persons 2 and 4 are close to power."""


def june(shock=1.0, access=WILLING, **leadership):
    """A leader with all power in his hand on the day of a shock."""
    chief = {"control": 0.95, "personal_power": 0.9, "shock": shock, "acceptance": 0.5}
    room = throne_room([5.0, 5.0, 5.0, 5.0], **{**chief, **leadership})
    return with_(room, elite={"proximity": access, "ambition": 0.9})


def days(room, number=1, rule=None, clock="day", shock_years=0.1):
    both = [rule or Emergency(), ShockFades(shock_years=shock_years)]
    after = together(both, room, SETTING, ticks=number, clock=clock)
    sound(room, after)
    return after


NO_BODY = Emergency(pair_rate=0.0)


class TestParalysis:
    @pytest.mark.rules("LD-1")
    def test_control_is_gone_within_days_and_comes_back(self):
        path = [float(days(june(), n, NO_BODY).leadership.control[0]) for n in (5, 90)]
        assert path[0] < 0.25
        assert path[1] == pytest.approx(0.9, abs=0.02)

    @pytest.mark.rules("LD-1")
    def test_a_setback_that_any_leader_bears_changes_nothing(self):
        assert (
            days(june(shock=0.39), 10, NO_BODY).leadership.control == june().leadership.control
        ).all()

    @pytest.mark.rules("LD-1")
    def test_a_larger_shock_takes_more_grip(self):
        left = [days(june(shock=s), 5, NO_BODY).leadership.control[0] for s in (0.5, 0.75, 1.0)]
        assert left[0] > left[1] > left[2]

    def test_a_weak_leader_does_not_come_out_stronger(self):
        after = days(june(control=0.4, personal_power=0.2), 90, NO_BODY)
        assert (after.leadership.control <= 0.4).all()

    @pytest.mark.parametrize(("clock", "ticks"), [("hour", 24 * 7), ("day", 7)])
    def test_the_same_course_on_every_clock(self, clock, ticks):
        after = days(june(), ticks, NO_BODY, clock)
        assert after.leadership.control[0] == pytest.approx(0.15, abs=0.03)
        assert after.leadership.shock[0] == pytest.approx(np.exp(-7 / 365.25 / 0.1), rel=0.01)

    @pytest.mark.rules("LD-1")
    @pytest.mark.parametrize("clock", CLOCKS)
    def test_a_shock_fades_alike_on_every_clock(self, clock):
        ticks = max(1, round(0.25 / YEARS_PER_STEP[clock]))
        after = step(ShockFades(), june(), SETTING, ticks=ticks, clock=clock)
        years = ticks * YEARS_PER_STEP[clock]
        np.testing.assert_allclose(after.leadership.shock, np.exp(-years / 0.1), rtol=1e-3)

    def test_where_the_emergency_acts_it_fades_once(self):
        assert (step(Emergency(), june(), SETTING, clock="week").leadership.shock == 1).all()

    def test_nothing_happens_in_peace(self):
        assert same(days(june(shock=0.0), 20), june(shock=0.0))

    def test_nothing_happens_without_a_leader(self):
        room = june(leader=NOBODY)
        after = days(room, 20)
        assert (after.leadership.body == Body.NONE).all()
        assert (after.leadership.control == room.leadership.control).all()


class TestFounding:
    @pytest.mark.rules("CL-19", "LD-1")
    def test_two_insiders_suffice(self):
        body = days(june(), 20).leadership.body
        assert (body != Body.NONE).mean() > 0.5

    @pytest.mark.rules("CL-19")
    @pytest.mark.parametrize("lone", [[0.9, 0.1, 0.9] + [0.1] * 5, [0.9] + [0.1] * 7])
    def test_one_or_none_do_not(self, lone):
        after = days(june(access=lone), 20)
        assert (after.leadership.body == Body.NONE).all()
        assert not after.elite.founder.any()

    def test_the_ambitionless_and_the_absent_do_not_count(self):
        room = with_(june(), elite={"ambition": [0.9, 0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.9]})
        assert (days(room, 20).leadership.body == Body.NONE).all()
        room = with_(june(), elite={"status": [0, 0, 0, 0, Status.EXILED, 0, 0, 0]})
        assert (days(room, 20).leadership.body == Body.NONE).all()

    @pytest.mark.rules("CL-19")
    def test_the_two_most_willing_found_it(self):
        room = with_(june(), elite={"proximity": [1.0, 0.5, 0.6, 0.95, 0.7, 0.9, 0.8, 0.4]})
        slow = Emergency(answer_years=1e6)
        after = days(room, 20, slow)
        founded = after.leadership.body == Body.PENDING
        assert founded.mean() > 0.9
        expected = np.zeros((PERSONS, RUNS), bool)
        expected[[3, 5]] = founded
        np.testing.assert_array_equal(after.elite.founder > 0, expected)
        assert not after.elite.knowledge.any(), "power is not taken yet"
        assert (after.elite.exposure == room.elite.exposure).all()

    @pytest.mark.rules("LD-1")
    def test_longer_paralysis_gives_more_bodies(self):
        quick = days(june(), 20, shock_years=0.03).leadership.body != Body.NONE
        long = days(june(), 20, shock_years=0.3).leadership.body != Body.NONE
        assert (long | ~quick).all()
        assert long.mean() > quick.mean() + 0.1

    def test_more_willing_insiders_give_more_bodies(self):
        few = days(june(), 5).leadership.body != Body.NONE
        many = days(june(access=[0.9, 0.8, 0.9, 0.8, 0.8, 0.8, 0.1, 0.1]), 5)
        many = many.leadership.body != Body.NONE
        assert (many | ~few).all()
        assert many.sum() > few.sum()

    def test_the_same_hazard_on_every_clock(self):
        shares = [
            float((days(june(), ticks, clock=clock).leadership.body != Body.NONE).mean())
            for clock, ticks in (("hour", 24 * 7), ("day", 7))
        ]
        assert shares[0] == pytest.approx(shares[1], abs=0.12)

    def test_a_month_is_too_coarse_a_clock(self):
        assert set(Emergency.clocks) == {"hour", "day", "week"}


PENDING = {"body": Body.PENDING, "control": 0.02}
FOUNDERS = {"founder": [0, 0, 1, 0, 1, 0, 0, 0]}


def asked(**leadership):
    return with_(june(**{**PENDING, **leadership}), elite=FOUNDERS)


class TestAnswer:
    @pytest.mark.rules("LD-2", "LD-3", "NK-5")
    def test_acceptance_restores_the_leader_and_raises_the_founders(self):
        after = days(asked(acceptance=1.0), 5)
        lead = after.leadership
        assert (lead.body == Body.ACCEPTED).all()
        assert (lead.leader == 0).all()
        assert (lead.control > 0.9).all()
        assert (lead.personal_power == 1.0).all()
        assert (after.elite.founder[np.array([2, 4])] == 1).all()
        assert not after.elite.condemned.any()

    @pytest.mark.rules("LD-2")
    def test_refusal_ends_the_body_and_its_founders(self):
        rule = Emergency(obedience=0.0, need_weight=0.0)
        after = days(asked(acceptance=0.0), 5, rule)
        assert (after.leadership.body == Body.FAILED).all()
        assert (after.leadership.leader == 0).all()
        condemned = np.asarray(after.elite.condemned > 0).all(1)
        np.testing.assert_array_equal(condemned, [0, 0, 1, 0, 1, 0, 0, 0])
        assert (after.elite.fallen_by[np.array([2, 4])] == Emergency.id).all()
        assert not after.elite.founder.any()
        assert not after.leadership.exits.any()

    def test_refusal_against_decisive_force_costs_the_throne(self):
        room = with_(asked(acceptance=0.0), clans={"coercion": [0.0, 5.0, 0.0, 0.0]})
        rule = Emergency(obedience=1.0, need_weight=0.0, decisiveness=8.0)
        after = days(room, 5, rule)
        assert (after.leadership.leader == NOBODY).all()
        assert (after.leadership.exit_mode == Exit.COUP).all()
        assert after.moves.coup_success.all()
        assert (after.moves.plotter == 1).all()
        assert (after.elite.condemned[0] > 0).all()
        heir = step(Succession(noise=0.0), after, SETTING, clock="day")
        assert (heir.elite.clan[heir.leadership.leader[0]] == 1).all()

    @pytest.mark.rules("LD-4")
    @pytest.mark.parametrize("answer", ["accepts", "is overthrown", "prevails"])
    def test_founders_know_how_power_was_taken_once_it_is(self, answer):
        room = asked(acceptance=float(answer == "accepts"))
        room = with_(room, clans={"coercion": [0.0, 5.0, 0.0, 0.0]})
        obeyed = float(answer == "is overthrown")
        rule = Emergency(obedience=obeyed, need_weight=0.0, decisiveness=8.0, knowledge=0.4)
        known = np.asarray(days(room, 5, rule).elite.knowledge)
        took = 0.0 if answer == "prevails" else 0.4
        np.testing.assert_allclose(known[[2, 4]], took, rtol=1e-6)
        assert not known[[0, 1, 3, 5, 6, 7]].any()

    @pytest.mark.rules("LD-4")
    def test_what_they_know_stays_when_their_power_has_faded(self):
        rules = [Emergency(), ShockFades(), PersonalPower(), HiddenQuality()]
        after = together(rules, asked(acceptance=1.0), SETTING, ticks=52 * 20, clock="week")
        assert (after.elite.knowledge[np.array([2, 4])] == 0.5).all()
        assert (after.elite.founder[np.array([2, 4])] < 0.1).all()
        assert (after.elite.exposure[2] == after.elite.exposure[1]).all()

    def test_force_must_obey(self):
        room = with_(asked(acceptance=0.0), clans={"coercion": [0.0, 5.0, 0.0, 0.0]})
        wins = []
        for obedience in (0.2, 0.5, 0.9):
            rule = Emergency(obedience=obedience, need_weight=0.0, decisiveness=8.0)
            wins.append(days(room, 5, rule).leadership.exits > 0)
        assert (wins[1] | ~wins[0]).all()
        assert (wins[2] | ~wins[1]).all()
        assert wins[2].mean() == pytest.approx(0.9, abs=0.04)

    @pytest.mark.rules("LD-2")
    def test_readiness_and_need_make_acceptance(self):
        ready = [days(asked(acceptance=a), 5).leadership.body == Body.ACCEPTED for a in (0.1, 0.5)]
        assert (ready[1] | ~ready[0]).all()
        assert ready[1].sum() > ready[0].sum()
        calm = with_(asked(acceptance=0.3), leadership={"shock": 0.0, "control": 0.9})
        hard = asked(acceptance=0.3)
        calm, hard = (days(room, 5).leadership.body == Body.ACCEPTED for room in (calm, hard))
        assert (hard | ~calm).all()
        assert hard.sum() > calm.sum()

    def test_the_answer_comes_within_hours(self):
        waiting = days(asked(), 3, clock="hour").leadership.body == Body.PENDING
        assert 0.4 < waiting.mean() < 0.8
        assert not (days(asked(), 5).leadership.body == Body.PENDING).any()

    def test_no_second_body_after_the_first(self):
        failed = june(body=Body.FAILED, control=0.0)
        assert (days(failed, 20).leadership.body == Body.FAILED).all()

    def test_the_body_ends_the_paralysis_while_the_shock_lasts(self):
        headed = june(body=Body.ACCEPTED)
        assert (days(headed, 20, shock_years=1e3).leadership.control >= 0.9).all()
        assert (days(june(), 20, NO_BODY, shock_years=1e3).leadership.control < 0.01).all()
