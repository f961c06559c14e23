"""How the West answers, and what China does not replace."""

import numpy as np
import pytest

from tests.abroad import AUTOCRACY, DEMOCRACY, having, play, together, world
from tests.court import step
from tests.realm import SETTING, realm
from vertikal.regime.institutions import Legitimacy
from vertikal.regime.prosperity import Property
from vertikal.regime.war import WarCourse
from vertikal.regime.west import ChinaTies, FirmExits, WesternOffer, WesternResponse


def foreign(mechanism, regime, **more):
    return play(mechanism, regime, **more).foreign


class TestWesternResponse:
    @pytest.mark.rules("WE-1")
    def test_war_brings_sanctions_wider_than_expected(self):
        start = world(foreign={"assertion": 0.4})
        peace, war = (
            foreign(WesternResponse(), having(start, "war", intensity=w), years=1)
            for w in (0.0, 1.0)
        )
        assert (war.sanctions > peace.sanctions + 0.3).all()
        assert (war.sanctions > war.expected_sanctions + 0.3).all()
        later = foreign(WesternResponse(), having(start, "war", intensity=1.0), years=20)
        assert (later.sanctions - later.expected_sanctions < 0.05).all()

    @pytest.mark.rules("WE-1")
    def test_assertion_is_tolerated_to_a_point(self):
        mild, firm, wild = (
            foreign(WesternResponse(), world(foreign={"assertion": a})).sanctions
            for a in (0.0, 0.5, 1.0)
        )
        np.testing.assert_allclose(mild, firm, atol=1e-6)
        assert (wild > firm + 0.03).all()

    @pytest.mark.rules("PN-5")
    def test_a_show_of_strength_softens_the_answer_until_the_field_belies_it(self):
        def softened(**war):
            start = world(war={"intensity": 1.0, **war})
            quiet, loud = (
                foreign(WesternResponse(), having(start, "public", narrative_abroad=n)).sanctions
                for n in (0.0, 0.9)
            )
            return quiet - loud

        even, setback, rout = (softened(fortunes=f) for f in (0.0, -0.5, -1.0))
        assert (even > setback + 0.01).all()
        assert (setback > 0.01).all()
        assert (even < 0.1).all()
        np.testing.assert_allclose(rout, 0.0, atol=1e-6)

    @pytest.mark.rules("PN-5")
    def test_no_state_media_keep_failures_from_the_audience_abroad(self):
        shown = {"war.intensity": 1.0, "technology.priority": 1.0}

        def softened(**given):
            levels = shown | {f"technology.{k}": v for k, v in given.items()}
            quiet, loud = (
                step(WesternResponse(), realm(levels | {"public.narrative_abroad": n}), SETTING, 24)
                for n in (0.0, 0.9)
            )
            return quiet.foreign.sanctions - loud.foreign.sanctions

        assert (softened(failures=0.1) > softened(failures=0.8) + 0.01).all()

    @pytest.mark.rules("PN-5")
    def test_what_is_told_at_home_alone_leaves_the_west_unmoved(self):
        start = world(war={"intensity": 1.0})
        quiet, loud = (
            foreign(WesternResponse(), having(start, "public", narrative=n)).sanctions
            for n in (0.0, 0.9)
        )
        np.testing.assert_array_equal(quiet, loud)

    @pytest.mark.rules("WE-1")
    def test_a_small_war_is_answered_by_less_while_the_war_takes_its_course(self):
        endless = WarCourse(
            chance=0.0, fatigue=0.0, reluctance=0.0, exhaustion=0.0, decision=0.0
        )  # fmt: skip
        small, large = (
            together(
                (WesternResponse(), FirmExits(), endless), world(war={"intensity": w}), years=3
            ).foreign
            for w in (0.2, 0.9)
        )
        assert (large.sanctions > small.sanctions + 0.2).all()
        assert (large.exits > small.exits + 0.1).all()

    def test_a_united_west_sanctions_more_and_war_unites_it(self):
        def after(war, trade):
            start = world(foreign={"interdependence": trade}, war={"intensity": war})
            return foreign(WesternResponse(), start, years=3)

        assert (after(1.0, 0.5).west_unity > after(0.0, 0.5).west_unity + 0.2).all()
        assert (after(0.0, 0.0).west_unity > after(0.0, 1.0).west_unity + 0.1).all()
        assert (after(1.0, 0.0).sanctions > after(1.0, 1.0).sanctions).all()

    def test_sanctions_come_fast_and_go_slowly(self):
        up = foreign(WesternResponse(), world(war={"intensity": 1.0}), years=1).sanctions
        down = foreign(WesternResponse(), world(foreign={"sanctions": 0.8}), years=1).sanctions
        assert (up > 0.4).all()
        assert (down > 0.65).all()

    def test_a_major_war_counts_like_a_war_of_choice(self):
        chosen, major = (
            foreign(WesternResponse(), world(**w), years=2).sanctions
            for w in ({"war": {"intensity": 1.0}}, {"military_industry": {"war": 1.0}})
        )
        np.testing.assert_array_equal(chosen, major)


class TestFirmExits:
    @pytest.mark.rules("WE-1")
    def test_firms_leave_under_sanctions_and_in_war_and_not_otherwise(self):
        calm, pressed, at_war = (
            foreign(FirmExits(), world(foreign={"sanctions": s}, war={"intensity": w}), years=2)
            for s, w in ((0.0, 0.0), (0.8, 0.0), (0.8, 1.0))
        )
        assert (calm.exits == 0).all()
        assert (pressed.exits > 0.3).all()
        assert (at_war.exits > pressed.exits + 0.1).all()

    @pytest.mark.rules("WR-6", "EC-12")
    def test_war_leaves_assets_for_loyalists(self):
        peace, war = (
            together(
                (Property(), FirmExits()),
                world(war={"intensity": w}, economy={"foreign_firms": 0.6}),
                years=3,
            ).economy
            for w in (0.0, 1.0)
        )
        assert (war.pool + war.handed_out > peace.pool + peace.handed_out).all()

    @pytest.mark.rules("WE-1")
    def test_dozens_become_hundreds_by_example(self):
        start = world(foreign={"sanctions": 0.6}, war={"intensity": 0.6})
        alone, follow = (
            foreign(FirmExits(imitation=q), start, years=1.5).exits for q in (0.0, 8.0)
        )
        assert (follow > alone + 0.05).all()

    def test_it_is_a_diffusion_in_closed_form(self):
        start = world(foreign={"sanctions": 1.0}, war={"intensity": 0.0})
        p, q, t = 0.4, 0.4 * 3.0, 3.0
        share = (1 - np.exp(-(p + q) * t)) / (1 + q / p * np.exp(-(p + q) * t))
        got = foreign(FirmExits(), start, years=t, clock="day").exits
        np.testing.assert_allclose(got, share, atol=2e-3)  # steps of a day

    def test_they_come_back_slowly_when_nothing_keeps_them(self):
        start = world(foreign={"exits": 0.8, "sanctions": 0.0})
        np.testing.assert_allclose(
            foreign(FirmExits(), start, years=10).exits, 0.8 * np.exp(-1), rtol=1e-3
        )


class TestWesternOffer:
    @pytest.mark.rules("IN-4")
    def test_being_seen_as_a_democracy_is_the_ticket(self):
        free, closed = (foreign(WesternOffer(), world(**k)) for k in (DEMOCRACY, AUTOCRACY))
        assert (free.recognition > closed.recognition + 0.2).all()
        false, staged = (
            foreign(WesternOffer(), having(world(), "institutions", facade=0.9, sham=s))
            for s in (0.9, 0.1)
        )
        assert (staged.recognition > false.recognition + 0.1).all()

    @pytest.mark.rules("IN-2")
    def test_standing_at_home_and_recognition_depend_on_each_other(self):
        def after(rules, legitimacy, recognition):
            start = world(
                institutions={"legitimacy": legitimacy}, foreign={"recognition": recognition}
            )
            return together(rules, start, years=3)

        west, both = (WesternOffer(),), (WesternOffer(), Legitimacy())
        mean, proud = (after(west, legal, 0.5).foreign.recognition for legal in (0.1, 0.9))
        assert (proud > mean + 0.02).all()
        shunned, honoured = (after(both, 0.5, r).institutions.legitimacy for r in (0.1, 0.9))
        assert (honoured > shunned + 0.02).all()

    @pytest.mark.rules("FP-11")
    def test_suspicion_keeps_status_from_being_legitimate(self):
        trusted, suspect = (
            foreign(WesternOffer(), world(foreign={"suspicion": s})) for s in (0.1, 0.9)
        )
        assert (trusted.recognition > suspect.recognition + 0.05).all()
        assert (trusted.west_opening > suspect.west_opening + 0.2).all()

    @pytest.mark.rules("WE-4")
    def test_help_answers_goodwill_and_falls_short(self):
        start = world(foreign={"integration": 1.0, "suspicion": 0.0})
        helped = foreign(WesternOffer(), start).help
        assert (helped > 0.05).all()
        assert (helped < 0.35).all()
        refused = foreign(WesternOffer(), having(start, "foreign", integration=0.0)).help
        assert (refused < helped - 0.05).all()

    @pytest.mark.rules("WE-2")
    def test_those_who_seek_cover_are_taken_in(self):
        def prospect(balancing, option):
            rows = {"balancing": balancing, "western_option": option}
            return foreign(WesternOffer(), world(neighbours=rows)).enlargement

        assert (prospect(0.9, 0.8) > prospect(0.1, 0.8) + 0.2).all()
        assert (prospect(0.9, 0.8) > prospect(0.9, 0.1) + 0.2).all()

    @pytest.mark.rules("FP-13")
    def test_trade_outlives_competition_and_yields_to_sanctions(self):
        start = world()
        mild, wild = (
            foreign(WesternOffer(), having(start, "foreign", assertion=a)) for a in (0.0, 1.0)
        )
        np.testing.assert_array_equal(mild.interdependence, wild.interdependence)
        cut = foreign(WesternOffer(), having(start, "foreign", sanctions=0.9, exits=0.8))
        assert (cut.interdependence < mild.interdependence - 0.2).all()


class TestChinaTies:
    @pytest.mark.rules("CH-1")
    def test_a_closed_west_and_able_policy_turn_east(self):
        open_, closed = (
            foreign(ChinaTies(), world(foreign={"west_opening": o})) for o in (0.9, 0.1)
        )
        assert (closed.china_ties > open_.china_ties + 0.1).all()
        dull, able = (foreign(ChinaTies(), world(policy={"rationality": r})) for r in (0.1, 0.9))
        assert (able.china_ties > dull.china_ties + 0.05).all()

    @pytest.mark.rules("CH-1")
    def test_ties_stay_below_what_the_west_was(self):
        start = world(
            foreign={"china_ties": 1.0, "china_warmth": 1.0, "west_opening": 0.0},
            policy={"rationality": 1.0},
        )
        assert (foreign(ChinaTies(), start, years=60).china_ties <= 0.8 + 1e-6).all()

    @pytest.mark.rules("CH-3")
    def test_beijing_says_less_than_is_done_and_less_still_under_sanctions(self):
        calm, risky = (
            foreign(ChinaTies(), world(foreign={"sanctions": s}), years=3) for s in (0.0, 0.9)
        )
        assert (calm.china_warmth < calm.china_ties).all()
        assert (risky.china_warmth < calm.china_warmth - 0.03).all()


@pytest.mark.parametrize("kind", [WesternResponse, WesternOffer, ChinaTies])
def test_same_course_on_two_clocks(kind):
    start = world(foreign={"assertion": 0.9, "sanctions": 0.2, "exits": 0.3}, **AUTOCRACY)
    week, month = (foreign(kind(), start, years=4, clock=c) for c in ("week", "month"))
    for name in ("sanctions", "west_unity", "recognition", "interdependence", "china_ties"):
        np.testing.assert_allclose(getattr(week, name), getattr(month, name), atol=0.01)
