"""Long-run cycles: the gap, service-class revolutions, degeneration, emulation."""

from functools import partial

import numpy as np
import pytest

from tests.court import step, together
from tests.throne import with_
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.long_run import Backwardness, Degeneration, Emulation, ServiceRevolution

RUNS = 512
SETTING = blank_setting(1, 1)
YEARS = partial(step, setting=SETTING, clock="year")
ALL = (Backwardness(), ServiceRevolution(), Degeneration(), Emulation())


def state(**long_run):
    return with_(blank_regime(1, 1, 1, RUNS), long_run=long_run)


def mean(regime, field):
    return float(getattr(regime.long_run, field).mean())


def play(regime, years, mechanisms=ALL, seed=0):
    """All of them together, year by year; the path of revolution in each history."""
    path = []
    for year in range(1, years + 1):
        regime = together(mechanisms, regime, SETTING, 1, "year", seed, first=year)
        path.append(np.asarray(regime.long_run.revolution))
    return regime, np.stack(path)


class TestBackwardness:
    def test_mobilisation_and_institutions_close_the_gap_and_stagnation_opens_it(self):
        calm = {"mobilisation": 0.0, "institutions": 0.0, "stagnation": 0.0, "gap": 0.5}
        gaps = {
            name: mean(YEARS(Backwardness(), state(**{**calm, name: 1.0}), ticks=20), "gap")
            for name in ("mobilisation", "institutions", "stagnation")
        }
        still = mean(YEARS(Backwardness(), state(**calm), ticks=20), "gap")
        assert still == pytest.approx(0.5)
        assert gaps["mobilisation"] == pytest.approx(0.5 * np.exp(-0.4), rel=1e-4)
        assert gaps["institutions"] < still < gaps["stagnation"]

    @pytest.mark.rules("LR-10")
    def test_a_gap_is_felt_whatever_is_said(self):
        after = YEARS(Backwardness(), state(gap=0.8, perceived_gap=0.0), ticks=1)
        assert mean(after, "perceived_gap") > 0.6 * 0.75

    @pytest.mark.rules("LR-5", "LR-11")
    def test_adaptation_to_backwardness_breeds_conflict(self):
        base = {"gap": 0.2, "rigidity": 0.2, "mobilisation": 0.2, "conflict": 0.1}
        found = [
            mean(YEARS(Backwardness(), state(**{**base, **more}), ticks=15), "conflict")
            for more in ({}, {"gap": 0.8}, {"rigidity": 0.9}, {"mobilisation": 0.9})
        ]
        assert found[1] > found[0]
        assert found[2] > found[0]
        assert found[3] > found[0]

    @pytest.mark.rules("LR-5", "LR-8")
    def test_threat_follows_danger_conflict_and_long_borders(self):
        base = {"danger": 0.1, "conflict": 0.0, "territory": 0.2, "people": 0.9, "threat": 0.1}
        threat = [
            mean(YEARS(Backwardness(), state(**{**base, **more}), ticks=10), "threat")
            for more in ({}, {"danger": 0.8}, {"conflict": 0.9}, {"territory": 1.0, "people": 0.1})
        ]
        assert min(threat[1:]) > threat[0]

    def test_the_same_pace_on_every_clock(self):
        start = state(gap=0.6, stagnation=0.5, mobilisation=0.3)
        slow = step(Backwardness(), start, SETTING, ticks=10, clock="year")
        fast = step(Backwardness(), start, SETTING, ticks=120, clock="month")
        assert mean(slow, "gap") == pytest.approx(mean(fast, "gap"), abs=0.01)


class TestRevolution:
    def begun(self, years=20, **long_run):
        after = YEARS(ServiceRevolution(), state(**long_run), ticks=years)
        return np.asarray(after.long_run.revolutions) > 0

    @pytest.mark.rules("LR-1", "LR-4")
    def test_backwardness_and_threat_are_both_needed(self):
        both = self.begun(perceived_gap=0.7, threat=0.8, rent=0.0)
        for part in ({"perceived_gap": 0.1}, {"threat": 0.1}):
            alone = self.begun(**{"perceived_gap": 0.7, "threat": 0.8, "rent": 0.0, **part})
            assert (both | ~alone).all()
            assert alone.mean() < 0.2 * both.mean()

    @pytest.mark.rules("LR-6", "EC-9")
    def test_with_rent_high_enough_mobilisation_does_not_start(self):
        shares = [self.begun(perceived_gap=0.6, threat=0.7, rent=r).mean() for r in (0.0, 0.5, 1.0)]
        assert shares[0] > shares[1] > shares[2]
        assert shares[2] < 0.02

    @pytest.mark.rules("LR-3")
    def test_the_privileged_hold_it_up(self):
        free, held = (
            self.begun(perceived_gap=0.6, threat=0.7, rent=0.0, privilege=p) for p in (0.0, 1.0)
        )
        assert (free | ~held).all()
        assert free.mean() > held.mean()

    @pytest.mark.rules("LR-1", "LR-2")
    def test_it_orders_society_in_castes_and_cuts_old_privileges(self):
        start = state(revolution=1.0, privilege=0.8, rigidity=0.2, service=0.2, mobilisation=0.1)
        now = YEARS(ServiceRevolution(ending=0.001), start, ticks=10)
        assert mean(now, "rigidity") > 0.2
        assert mean(now, "service") > 0.2
        assert mean(now, "mobilisation") > 0.5
        assert mean(now, "privilege") < 0.4

    @pytest.mark.parametrize(("clock", "ticks"), [("quarter", 40), ("year", 10)])
    def test_the_hazard_a_year_is_the_same_on_every_clock(self, clock, ticks):
        start = state(perceived_gap=0.7, threat=0.8, rent=0.0, privilege=0.0)
        after = step(ServiceRevolution(), start, SETTING, ticks=ticks, clock=clock)
        rate = 1.5 * 0.02 * np.logaddexp(0, (0.56 - 0.25) / 0.02)
        law = 1 - np.exp(-10 * rate)
        share = float((after.long_run.revolutions > 0).mean())
        assert abs(share - law) < 4.5 * np.sqrt(law * (1 - law) / RUNS) + 1e-3


class TestDegeneration:
    @pytest.mark.rules("LR-3")
    def test_privileges_grow_with_the_hold_of_the_class_and_bring_stagnation(self):
        weak, strong = (
            YEARS(Degeneration(collapse=0.0), state(service=s, privilege=0.1), ticks=40)
            for s in (0.1, 0.9)
        )
        assert mean(strong, "privilege") > mean(weak, "privilege") > 0.1
        assert mean(strong, "stagnation") > mean(weak, "stagnation")

    @pytest.mark.rules("LR-8")
    def test_long_borders_and_few_people_bind_estates_to_their_service(self):
        free = {"rigidity": 0.05, "service": 0.1, "institutions": 0.9, "stagnation": 0.0}

        def bound(**land):
            return mean(YEARS(Degeneration(), state(**free, **land), ticks=60), "rigidity")

        vast, empty = bound(territory=1.0, people=0.1), bound(territory=1.0, people=0.6)
        small = bound(territory=0.1, people=0.1)
        assert vast > empty + 0.03
        assert vast > small + 0.1
        assert bound(territory=0.0, people=0.1) == pytest.approx(bound(territory=1.0, people=1.0))

    def test_mobilisation_keeps_stagnation_away(self):
        idle, busy = (
            YEARS(Degeneration(collapse=0.0), state(privilege=0.6, mobilisation=m), ticks=20)
            for m in (0.0, 0.9)
        )
        assert mean(busy, "stagnation") < mean(idle, "stagnation")

    @pytest.mark.rules("LR-9", "IN-9")
    def test_stable_in_the_short_run_and_not_in_the_long(self):
        order = state(stagnation=0.8, privilege=0.8, perceived_gap=0.6, rent=0.1)
        short, long = (YEARS(Degeneration(), order, ticks=t) for t in (3, 100))
        assert mean(short, "collapses") < 0.05
        assert mean(long, "collapses") > 0.3

    def test_rent_holds_it_together(self):
        poor, rich = (
            YEARS(Degeneration(), state(stagnation=0.8, perceived_gap=0.6, rent=r), ticks=60)
            for r in (0.0, 1.0)
        )
        assert (poor.long_run.collapses >= rich.long_run.collapses).all()
        assert mean(rich, "collapses") == 0

    @pytest.mark.rules("LR-6")
    def test_a_service_class_comes_back_without_a_revolution(self):
        after = YEARS(Degeneration(collapse=0.0), state(service=0.1, institutions=0.1), ticks=40)
        assert mean(after, "service") > 0.5
        assert mean(after, "revolutions") == 0
        kept = YEARS(Degeneration(collapse=0.0), state(service=0.1, institutions=0.9), ticks=40)
        assert mean(kept, "service") < 0.2


class TestEmulation:
    def grown(self, help=0.1, **long_run):
        start = with_(state(institutions=0.15, **long_run), foreign={"help": help})
        return mean(YEARS(Emulation(), start, ticks=12), "institutions")

    @pytest.mark.rules("LR-7", "IN-7", "WE-4")
    def test_a_window_needs_loose_castes_and_help_and_is_short_of_both(self):
        window = {"rigidity": 0.2, "mobilisation": 0.0}
        assert self.grown(**window) > self.grown(rigidity=0.9, mobilisation=0.0)
        assert self.grown(help=0.9, **window) > self.grown(**window)
        assert self.grown(**window) < 0.25, "institutions cannot be created at once"

    @pytest.mark.rules("IN-7")
    def test_capital_builds_on_capital(self):
        low, high = (
            mean(YEARS(Emulation(), state(institutions=n, rigidity=0.1), ticks=5), "institutions")
            - n
            for n in (0.05, 0.4)
        )
        assert high > low


class TestCycle:
    @pytest.mark.rules("LR-4")
    def test_cycles_of_irregular_period_arise_without_being_scripted(self):
        start = state(danger=0.5, gap=0.4, perceived_gap=0.4, rent=0.1)
        _, path = play(start, 400)
        onsets = [np.flatnonzero(np.diff(run, prepend=0) > 0) for run in path.T]
        counts = np.array([len(o) for o in onsets])
        assert counts.mean() > 1.5
        gaps = np.concatenate([np.diff(o) for o in onsets])
        assert gaps.std() > 0.2 * gaps.mean()

    @pytest.mark.rules("LR-1")
    def test_no_threat_no_cycle(self):
        calm = state(danger=0.0, gap=0.4, perceived_gap=0.4, people=1.0, conflict=0.0)
        tense = state(danger=0.6, gap=0.4, perceived_gap=0.4, people=1.0, conflict=0.0)
        quiet, busy = (play(s, 150)[0] for s in (calm, tense))
        assert mean(quiet, "revolutions") < mean(busy, "revolutions")
