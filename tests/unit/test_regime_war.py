"""War: onset, course, the two effects of technocrats, and when the leader feels it."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step, together
from tests.throne import with_
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.military_industry import MicGrowth
from vertikal.regime.war import Reversal, WarCourse, WarOnset

RUNS = 2048
SETTING = blank_setting(4, 3)
QUIET = WarCourse(chance=0.0, fatigue=0.0, reluctance=0.0, exhaustion=0.0, decision=0.0)
"""A war without chance and without end."""


def state(mix=(1 / 3, 1 / 3, 1 / 3), **parts):
    regime = blank_regime(6, 4, 3, RUNS)
    shares = jnp.broadcast_to(jnp.asarray(mix, jnp.float32)[:, None, None], (3, 6, RUNS))
    regime = with_(regime, elite={"mix": shares}, nomenklatura={"holder": jnp.arange(4)})
    return with_(regime, **parts)


def at_war(mix=(1 / 3, 1 / 3, 1 / 3), fortunes=0.0, **parts):
    return with_(state(mix, **parts), war={"intensity": 0.6, "fortunes": fortunes})


def over(regime):
    return np.asarray(regime.war.intensity) <= 0


class TestOnset:
    def begun(self, years=10, **parts):
        after = step(WarOnset(), state(**parts), SETTING, ticks=4 * years, clock="quarter")
        return np.asarray(after.war.wars) > 0

    @pytest.mark.rules("WR-1", "EL-2")
    def test_greatness_makes_war_likelier(self):
        meek, great = (self.begun(policy={"agenda": a}) for a in (0.2, 0.9))
        assert (great | ~meek).all()
        assert great.mean() > 3 * meek.mean()

    def test_a_strong_and_united_west_deters(self):
        weak, strong = (
            self.begun(foreign={"west_unity": u, "west_strength": 1.0}) for u in (0.2, 0.9)
        )
        assert (weak | ~strong).all()
        assert weak.mean() > strong.mean()

    def test_reported_quality_tempts_and_true_quality_does_not(self):
        base = self.begun(military_industry={"quality": 0.2, "apparent_quality": 0.5})
        rosy = self.begun(military_industry={"quality": 0.2, "apparent_quality": 0.9})
        able = self.begun(military_industry={"quality": 0.9, "apparent_quality": 0.5})
        assert rosy.mean() > base.mean()
        np.testing.assert_array_equal(able, base)

    @pytest.mark.parametrize(("clock", "ticks"), [("month", 24), ("quarter", 8), ("year", 2)])
    def test_the_hazard_a_year_is_the_same_on_every_clock(self, clock, ticks):
        sure = state(policy={"agenda": 1.0}, military_industry={"apparent_quality": 1.0},
                     foreign={"west_unity": 0.0})  # fmt: skip
        after = step(WarOnset(), sure, SETTING, ticks=ticks, clock=clock)
        share = float((after.war.wars > 0).mean())
        law = 1 - np.exp(-0.25 * 2)
        assert abs(share - law) < 4.5 * np.sqrt(law * (1 - law) / RUNS)

    def test_one_war_at_a_time(self):
        after = step(WarOnset(rate=100.0), at_war(), SETTING, ticks=5)
        assert (after.war.wars == 0).all()


class TestCourse:
    def years_of_war(self, rule, mix, fortunes=0.0, **parts):
        regime = at_war(mix, fortunes, **parts)
        after = step(rule, regime, SETTING, ticks=240, clock="month")
        return np.asarray(after.war.years)

    @pytest.mark.rules("EL-8", "MI-7", "WR-3")
    def test_technocrats_make_the_effort_efficient(self):
        few, many = (
            step(QUIET, at_war(m), SETTING, ticks=24) for m in ((0, 0.5, 0.5), (0.8, 0.1, 0.1))
        )
        assert (many.war.efficiency > few.war.efficiency).all()
        assert (many.war.fortunes > few.war.fortunes).all()

    @pytest.mark.rules("EL-8", "WR-5")
    def test_the_two_effects_of_technocrats_on_duration_have_opposite_signs(self):
        few, many = (0.05, 0.9, 0.05), (0.9, 0.05, 0.05)
        weak_arms = {"military_industry": {"quality": 0.4}, "policy": {"agenda": 0.9}}
        only_will = WarCourse(management=0.0)
        shorter = [self.years_of_war(only_will, m, **weak_arms).mean() for m in (few, many)]
        assert shorter[1] < shorter[0]
        only_skill = WarCourse(reluctance=0.0, exhaustion=0.0)
        longer = [self.years_of_war(only_skill, m, -0.7, **weak_arms).mean() for m in (few, many)]
        assert longer[1] > longer[0]

    @pytest.mark.rules("WR-4")
    def test_human_waves_stand_in_for_efficiency(self):
        crude, able = (
            step(QUIET, at_war(m, -0.5), SETTING, ticks=36) for m in ((0, 0.5, 0.5), (1, 0, 0))
        )
        assert (crude.war.human_waves > able.war.human_waves).all()
        without = step(
            WarCourse(waves=0.0, chance=0.0, fatigue=0.0, reluctance=0.0, exhaustion=0.0,
                      decision=0.0),
            at_war((0, 0.5, 0.5), -0.5), SETTING, ticks=36,
        )  # fmt: skip
        assert (crude.war.fortunes > without.war.fortunes).all()

    def test_help_for_the_other_side_turns_fortunes(self):
        alone, helped = (
            step(QUIET, at_war(foreign={"west_unity": u}), SETTING, ticks=24) for u in (0.0, 1.0)
        )
        assert (helped.war.fortunes < alone.war.fortunes).all()

    @pytest.mark.rules("WR-3", "MI-5")
    def test_military_industry_knows_the_war_by_its_intensity_until_it_ends(self):
        after = step(WarCourse(), at_war(), SETTING, ticks=60)
        np.testing.assert_array_equal(
            after.military_industry.war, np.where(over(after), 0, np.float32(0.6))
        )
        assert 0 < over(after).mean() < 1
        assert (np.asarray(after.war.cost)[over(after)] == 0).all()

    @pytest.mark.rules("WR-3", "MI-1")
    def test_arms_output_and_the_complex_grow_with_the_intensity_of_the_war(self):
        small, large = (
            together([QUIET, MicGrowth()], with_(state(), war={"intensity": i}), SETTING, 24)
            for i in (0.2, 0.8)
        )
        assert (large.military_industry.spending > small.military_industry.spending + 0.1).all()
        assert (large.military_industry.influence > small.military_industry.influence).all()

    def test_a_war_stated_for_military_industry_alone_stays(self):
        start = with_(state(), military_industry={"war": 0.7})
        after = step(MicGrowth(), start, SETTING, ticks=24)
        np.testing.assert_array_equal(after.military_industry.war, np.float32(0.7))

    @pytest.mark.rules("EL-14", "EL-3")
    def test_an_able_state_is_stronger_and_a_middling_one_as_its_arms_are(self):
        def fortunes(capability, rule=QUIET):
            return step(rule, at_war(policy={"capability": capability}), SETTING, 24).war.fortunes

        poor, middling, able = (fortunes(c) for c in (0.1, 0.5, 0.9))
        assert (poor < middling).all()
        assert (middling < able).all()
        blind = dataclasses.replace(QUIET, state=0.0)
        np.testing.assert_allclose(middling, fortunes(0.9, blind), rtol=1e-5)

    def test_decided_wars_end_sooner(self):
        even, won = (
            step(WarCourse(chance=0.0, momentum=10.0), at_war(fortunes=f), SETTING, ticks=12)
            for f in (0.0, 0.95)
        )
        assert over(won).mean() > over(even).mean()

    def test_peace_stays_peace(self):
        before = state()
        after = step(WarCourse(), before, SETTING, ticks=12)
        np.testing.assert_array_equal(after.war.years, 0)
        np.testing.assert_array_equal(after.war.fortunes, before.war.fortunes)


class TestReversal:
    def after(self, fortunes, ticks=12, clock="month"):
        regime = with_(at_war(fortunes=fortunes), leadership={"control": 0.9})
        return step(Reversal(), regime, SETTING, ticks=ticks, clock=clock)

    @pytest.mark.rules("WR-2", "LD-8", "DF-14")
    def test_a_setback_short_of_a_major_reversal_leaves_the_leader_alone(self):
        for fortunes in (0.5, 0.0, -0.3, -0.59):
            lead = self.after(fortunes).leadership
            np.testing.assert_array_equal(lead.control, np.float32(0.9))

    @pytest.mark.rules("WR-2", "LD-8", "DF-9", "DF-14")
    def test_past_the_threshold_he_loses_grip_the_faster_the_worse_it_is(self):
        grips = [float(self.after(f).leadership.control.mean()) for f in (-0.6, -0.8, -1.0)]
        assert grips[0] == pytest.approx(0.9)
        assert grips[0] > grips[1] > grips[2]

    def test_news_takes_weeks_and_a_lost_war_is_slowly_forgotten(self):
        assert float(self.after(-0.8, ticks=3, clock="day").war.defeat.mean()) < 0.2
        told = self.after(-0.8, ticks=6)
        assert float(told.war.defeat.mean()) == pytest.approx(0.8, abs=0.01)
        peace = with_(told, war={"intensity": 0.0})
        later = step(Reversal(), peace, SETTING, ticks=12)
        assert 0.3 < float(later.war.defeat.mean()) < 0.6
