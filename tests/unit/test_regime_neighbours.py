"""Neighbours who side, balance, haggle and turn elsewhere."""

from typing import ClassVar

import numpy as np
import pytest

from tests.abroad import AUTOCRACY, DEMOCRACY, having, play, together, world
from vertikal.regime.foreign_bargain import ForeignBargain
from vertikal.regime.neighbours import (
    KindredRegimes,
    Leverage,
    NeighbourAlignment,
    SoftPower,
    Union,
    outside_option,
    size_gap,
)
from vertikal.regime.subsystems import Stance


def there(mechanism, regime, **more):
    return play(mechanism, regime, **more).neighbours


def rows(**fields):
    return world(neighbours=fields)


def test_a_giant_dwarfs_and_equals_do_not():
    found = size_gap(rows(size=[0.001, 1.0, 3.0]))[:, 0]
    np.testing.assert_allclose(found, [0.999 / 1.001, 0, 0], atol=1e-5)
    options = outside_option(rows(western_option=0.5, eastern_option=[0.0, 0.5, 1.0]))[:, 0]
    np.testing.assert_allclose(options, [0.5, 0.75, 1.0], atol=1e-6)


class TestAlignment:
    @pytest.mark.rules("NB-5", "NB-6")
    @pytest.mark.parametrize("affinity", [0.1, 0.9])
    def test_assertion_raises_balancing_and_lowers_alignment(self, affinity):
        mild, wild = (
            there(NeighbourAlignment(), having(rows(affinity=affinity), "foreign", assertion=a))
            for a in (0.1, 0.8)
        )
        assert (wild.balancing > mild.balancing + 0.05).all()
        assert (wild.alignment < mild.alignment - 0.05).all()

    @pytest.mark.rules("NB-1", "NB-6")
    def test_a_giant_is_balanced_even_when_quiet_and_an_equal_is_not(self):
        quiet = having(rows(size=[0.01, 0.3, 1.0], pressure=0.0), "foreign", assertion=0.0)
        found = there(NeighbourAlignment(), quiet, years=40).balancing[:, 0]
        assert found[0] > found[1] > found[2]
        np.testing.assert_allclose(found[2], 0.0, atol=1e-4)

    @pytest.mark.rules("NB-1")
    def test_openly_egoistic_talk_makes_wary(self):
        polite, rude = (
            there(NeighbourAlignment(), having(rows(), "foreign", egoism=e)) for e in (0.0, 1.0)
        )
        assert (rude.balancing > polite.balancing + 0.03).all()

    def test_ties_support_and_dependence_bind_and_options_loosen(self):
        base = there(NeighbourAlignment(), rows(affinity=0.3, energy=0.3, support=0.1))
        for field in ("affinity", "energy", "support", "concession"):
            more = there(
                NeighbourAlignment(),
                rows(**{"affinity": 0.3, "energy": 0.3, "support": 0.1, field: 0.9}),
            )
            assert (more.alignment > base.alignment + 0.02).all(), field
        freer = there(NeighbourAlignment(), rows(affinity=0.3, energy=0.3, support=0.1,
                                                 western_option=0.9))  # fmt: skip
        assert (freer.alignment < base.alignment - 0.05).all()

    def test_with_fear_above_aversion_states_bandwagon(self):
        coward = NeighbourAlignment(aversion=0.1, fear=0.6)
        mild, wild = (there(coward, having(rows(), "foreign", assertion=a)) for a in (0.1, 0.8))
        assert (wild.alignment > mild.alignment).all()


class TestUnion:
    start: ClassVar = {"affinity": 0.8, "energy": 0.8, "fear": 0.6, "support": 0.2}

    @pytest.mark.rules("NB-2")
    def test_likeness_of_autocracies_obstructs(self):
        found = there(Union(), world(neighbours={**self.start, "autocracy": [0.1, 0.5, 0.9]},
                                     **AUTOCRACY)).union[:, 0]  # fmt: skip
        assert found[0] > found[1] > found[2]
        free = there(Union(), world(neighbours={**self.start, "autocracy": [0.1, 0.5, 0.9]},
                                    **DEMOCRACY)).union[:, 0]  # fmt: skip
        assert free[0] - free[2] < found[0] - found[2]
        assert (free > found).all()

    @pytest.mark.rules("NB-3")
    def test_support_brakes_integration(self):
        none, full = (
            there(Union(), rows(**{**self.start, "support": s})).union for s in (0.0, 1.0)
        )
        assert (full < none - 0.03).all()

    @pytest.mark.rules("NB-1")
    def test_beside_a_giant_union_costs_a_ruler_his_power(self):
        equal, dwarf = (
            there(Union(), rows(**{**self.start, "fear": 0.9, "size": s})).union
            for s in (1.0, 0.01)
        )
        assert (dwarf < equal - 0.1).all()
        unafraid = there(Union(), rows(**{**self.start, "fear": 0.0, "size": 0.01})).union
        np.testing.assert_allclose(unafraid, equal, atol=1e-5)

    @pytest.mark.rules("NB-9")
    def test_egoism_is_a_poor_base(self):
        start = rows(affinity=1.0, energy=1.0, fear=0.0)
        start = having(start, "foreign", attraction=1.0)
        kind, selfish = (
            there(Union(), having(start, "foreign", egoism=e)).union for e in (0.0, 1.0)
        )
        assert (selfish < kind - 0.1).all()

    def test_compensated_delegation_deepens(self):
        none, full = (there(Union(), rows(**self.start, compensation=c)).union for c in (0.0, 1.0))
        assert (full > none + 0.1).all()


class TestLeverage:
    belarus: ClassVar = {"energy": 0.9, "western_option": 0.3, "fear": 0.9, "size": 0.05}

    def pressed(self, **fields):
        start = rows(**{**self.belarus, "alignment": 0.2, **fields})
        return having(start, "foreign", assertion=0.9, focus=0.9)

    @pytest.mark.rules("NB-4")
    def test_pressure_brings_manoeuvre_and_not_submission(self):
        start = self.pressed()
        calm = having(start, "foreign", assertion=0.0)
        hard, soft = (there(Leverage(), r) for r in (start, calm))
        assert (hard.pressure.mean() > soft.pressure.mean() + 0.1).all()
        assert hard.manoeuvre.mean() > soft.manoeuvre.mean() + 0.1
        assert hard.disputes.mean() > soft.disputes.mean()
        assert (hard.manoeuvre.mean() > hard.concession.mean() + 0.1).all()

    @pytest.mark.rules("NB-4")
    def test_a_ruler_who_fears_for_his_power_resists(self):
        at = Leverage()
        yields = [float(at.yielding(self.pressed(fear=f), 0.7)[0, 0]) for f in (0.1, 0.5, 0.9)]
        assert yields[0] > yields[1] > yields[2]
        open_, shut = (
            float(at.yielding(self.pressed(western_option=w, eastern_option=0.0), 0.7)[0, 0])
            for w in (0.8, 0.0)
        )
        assert shut > open_
        bought = at.yielding(self.pressed(compensation=0.9), 0.7)
        assert (bought > at.yielding(self.pressed(), 0.7)).all()

    @pytest.mark.rules("NB-4")
    def test_a_dispute_escalates_and_turns_the_neighbour_elsewhere(self):
        start = self.pressed(manoeuvre=0.1, pressure=0.5)
        after = there(Leverage(), start, years=0.25)
        quarrel = np.asarray(after.disputes > 0)
        assert quarrel.any()
        assert not quarrel.all()
        assert after.pressure[quarrel].min() > after.pressure[~quarrel].max()
        assert after.manoeuvre[quarrel].min() > after.manoeuvre[~quarrel].max()

    @pytest.mark.rules("NB-10")
    def test_democracies_bound_for_the_west_are_pressed(self):
        start = world(neighbours={"autocracy": [0.9, 0.2, 0.2], "western_option": [0.8, 0.8, 0.0]},
                      **AUTOCRACY)  # fmt: skip
        found = there(Leverage(disputes=0.0), start).pressure[:, 0]
        assert found[1] > found[0] + 0.05
        assert found[1] > found[2] + 0.05

    @pytest.mark.rules("EC-13")
    def test_firms_press_for_their_own_gain(self):
        idle, greedy = (
            there(Leverage(disputes=0.0), having(rows(), "foreign", private_gain=g, assertion=0.0))
            for g in (0.0, 1.0)
        )
        assert (greedy.pressure > idle.pressure + 0.05).all()

    def test_no_energy_no_leverage(self):
        after = there(Leverage(), having(self.pressed(energy=0.0, pressure=0.0), "foreign"))
        np.testing.assert_allclose(after.pressure, 0.0, atol=1e-6)
        assert (after.disputes == 0).all()

    def test_disputes_come_at_the_same_rate_on_every_clock(self):
        firm = Leverage(escalation=0.0, years=10.0)
        start = world(2048, neighbours={"pressure": 0.3, "concession": 0.0, "fear": 1.0})
        found = [float(there(firm, start, years=1, clock=c).disputes.mean())
                 for c in ("week", "quarter")]  # fmt: skip
        assert found[0] == pytest.approx(found[1], rel=0.12)  # pressure moves within a quarter


class TestKindredRegimes:
    @pytest.mark.rules("NB-3")
    def test_autocrats_support_their_own_kind(self):
        found = there(KindredRegimes(), world(neighbours={"autocracy": [0.9, 0.5, 0.1]},
                                              **AUTOCRACY)).support[:, 0]  # fmt: skip
        assert found[0] > found[1] > found[2]
        free = there(KindredRegimes(), world(neighbours={"autocracy": 0.9}, **DEMOCRACY)).support
        assert (free < found[0] - 0.1).all()

    @pytest.mark.rules("NB-10")
    def test_one_fallen_to_democracy_brings_more_for_the_others(self):
        before, after = (
            there(
                KindredRegimes(),
                world(neighbours={"autocracy": [0.9, 0.9, a], "western_option": 0.7}, **AUTOCRACY),
            ).support
            for a in (0.9, 0.2)
        )
        assert (after[:2] > before[:2] + 0.03).all()


class TestSoftPower:
    @pytest.mark.rules("NB-5")
    def test_being_opposed_costs_attraction(self):
        loved, opposed = (
            play(SoftPower(), rows(balancing=b)).foreign.attraction for b in (0.1, 0.9)
        )
        assert (opposed < loved - 0.2).all()

    @pytest.mark.rules("NB-7")
    def test_norms_attract_only_where_they_can_be_named(self):
        mute, named = (
            play(SoftPower(), having(rows(), "institutions", ideology=i)).foreign.attraction
            for i in (0.0, 1.0)
        )
        assert (named > mute + 0.1).all()


@pytest.mark.rules("NB-5")
class TestTrap:
    """Assertion, balancing, want of attraction, assertion: two basins, without any chance."""

    def settle(self, attraction, stance, unloved=2.0, cost=1.4):
        bargain = ForeignBargain(
            noise=1e-4, blur=0.0, contradiction=0.0, inertia=0.0, unloved=unloved, cost=cost,
            mission=0.0, alarm=0.0, hard_power=0.0, spoils=0.0, exposure=0.0, might=0.0,
            restraint=0.0,
        )  # fmt: skip
        start = world(
            4,
            foreign={"attraction": attraction, "stance": stance, "prospect": 0.0,
                     "assertion": 0.7 if stance == Stance.ASSERTION else 0.1},
            neighbours={"balancing": 0.6 if stance == Stance.ASSERTION else 0.1, "affinity": 0.7},
        )  # fmt: skip
        both = (bargain, NeighbourAlignment(steepness=3.0), SoftPower(culture=0.7))
        return together(both, start, 30, "year")

    def test_the_unloved_stay_assertive_and_the_loved_stay_mild(self):
        loved = self.settle(0.6, Stance.INDEPENDENCE)
        bully = self.settle(0.1, Stance.ASSERTION)
        assert (loved.foreign.stance != Stance.ASSERTION).all()
        assert (bully.foreign.stance == Stance.ASSERTION).all()
        assert (bully.neighbours.balancing > loved.neighbours.balancing + 0.1).all()
        assert (bully.foreign.attraction < loved.foreign.attraction - 0.05).all()

    def test_without_the_link_from_attraction_there_is_one_basin(self):
        ends = [
            self.settle(a, s, unloved=0.0, cost=0.1).foreign.stance
            for a, s in ((0.6, Stance.INDEPENDENCE), (0.1, Stance.ASSERTION))
        ]
        np.testing.assert_array_equal(*ends)
