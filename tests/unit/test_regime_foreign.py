"""What rulers see abroad, what integration is to be had, and what foreign moves are for."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.abroad import AUTOCRACY, DEMOCRACY, having, play, together, world
from vertikal.regime.coercion import Case
from vertikal.regime.foreign import (
    Friction,
    FusedInterests,
    Outlook,
    Prospect,
    autocracy,
    gathered,
    inroads,
)
from vertikal.regime.military_industry import MicGrowth
from vertikal.regime.regime import Means, change
from vertikal.regime.subsystems import Stance
from vertikal.regime.west import WesternOffer


def foreign(mechanism, regime, **more):
    return play(mechanism, regime, **more).foreign


def test_autocracy_is_the_want_of_law_institutions_and_real_elections():
    assert float(autocracy(world(**DEMOCRACY))[0]) == pytest.approx(0.1)
    assert float(autocracy(world(**AUTOCRACY))[0]) == pytest.approx(1 - (0.2 + 0.1 + 0.18) / 3)
    sham = having(world(**DEMOCRACY), "institutions", sham=1.0)
    assert (autocracy(sham) > autocracy(world(**DEMOCRACY))).all()


def test_independent_causes_gather():
    assert gathered(0.5, 0.5, 0.0) == pytest.approx(0.75)
    assert gathered(1.0, 0.3) == 1.0


@pytest.mark.rules("NB-10")
def test_democratic_neighbours_bound_for_the_west_look_like_inroads_to_an_autocrat():
    rows = {"autocracy": [0.9, 0.2, 0.2], "western_option": [0.8, 0.8, 0.1]}
    seen = inroads(world(neighbours=rows, **AUTOCRACY))[:, 0]
    assert seen[1] > seen[0]
    assert seen[1] > seen[2]
    assert (inroads(world(neighbours=rows, **DEMOCRACY))[1] < seen[1]).all()
    calm, alarmed = (
        foreign(Outlook(), world(neighbours={"autocracy": a, "western_option": 0.7}, **AUTOCRACY))
        for a in (0.9, 0.3)
    )
    assert (alarmed.threat > calm.threat + 0.05).all()


class TestOutlook:
    @pytest.mark.rules("WE-2", "FP-9")
    def test_enlargement_threatens_a_state_that_is_not_law_governed(self):
        near, far = (
            foreign(Outlook(), world(foreign={"enlargement": e}, **AUTOCRACY)).threat
            for e in (0.9, 0.1)
        )
        assert (near > far + 0.1).all()
        lawful = [
            foreign(Outlook(), world(foreign={"enlargement": e}, **DEMOCRACY)).threat
            for e in (0.9, 0.1)
        ]
        assert (lawful[0] - lawful[1] < (near - far) / 2).all()

    @pytest.mark.rules("FP-11")
    def test_suspicion_comes_of_difference_and_feeds_threat(self):
        alike, different = (
            foreign(Outlook(), world(foreign={"assertion": 0.0}, **kind))
            for kind in (DEMOCRACY, AUTOCRACY)
        )
        assert (different.suspicion > alike.suspicion + 0.2).all()
        low, high = (
            foreign(Outlook(), world(foreign={"suspicion": s}), years=1).threat for s in (0.1, 0.9)
        )
        assert (high > low).all()

    @pytest.mark.rules("FP-12")
    def test_adaptation_to_backwardness_frightens_without_assertion(self):
        plain, mobilised = (
            foreign(Outlook(), world(foreign={"assertion": 0.0}, long_run={"mobilisation": m}))
            for m in (0.0, 1.0)
        )
        assert (mobilised.suspicion > plain.suspicion).all()
        assert (mobilised.threat > plain.threat).all()

    @pytest.mark.rules("FP-12")
    def test_what_frightens_is_backwardness_that_is_mobilised_against(self):
        def suspicion(modern, effort):
            given = {"economy": {"modernisation": modern}, "war": {"mobilisation": effort}}
            return foreign(Outlook(), world(foreign={"assertion": 0.0}, **given)).suspicion

        assert (suspicion(0.1, 0.9) > suspicion(0.9, 0.9) + 0.05).all()
        assert (suspicion(0.1, 0.9) > suspicion(0.1, 0.0) + 0.05).all()
        np.testing.assert_array_equal(suspicion(1.0, 0.0), suspicion(1.0, 1.0))

    @pytest.mark.rules("FP-6")
    def test_the_doctrine_of_poles_follows_lost_prospects_and_a_weak_west(self):
        def doctrine(prospect, strength):
            given = {"prospect": prospect, "west_strength": strength}
            return foreign(Outlook(), world(foreign=given)).multipolarity

        assert (doctrine(0.1, 0.7) > doctrine(0.8, 0.7) + 0.1).all()
        assert (doctrine(0.1, 0.2) > doctrine(0.1, 0.9) + 0.1).all()
        np.testing.assert_allclose(doctrine(1.0, 0.2), doctrine(1.0, 0.9), atol=1e-5)

    @pytest.mark.rules("WE-5")
    def test_rents_make_stakes_in_the_west_and_sanctions_sever_them(self):
        start = world(foreign={"attachment": 0.5, "interdependence": 0.6})
        poor, rich = (
            foreign(Outlook(), having(start, "economy", rent=r)).attachment for r in (0.0, 0.5)
        )
        np.testing.assert_allclose(poor, 0.5, atol=1e-5)
        assert (rich > 0.6).all()
        cut = foreign(Outlook(), having(start, "foreign", sanctions=1.0)).attachment
        assert (cut < poor - 0.2).all()

    @pytest.mark.rules("WR-7", "CL-14")
    def test_a_war_of_clans_becomes_a_crisis_that_arms_both_sides_and_is_seen_as_threat(self):
        """The chain that one document offers, hedged, as another account of the Cold War."""
        peace = world(military_industry={"tension": 0.3})
        one = jnp.ones_like(peace.moves.attacker)
        moves = change(
            peace.moves, attacker=0 * one, target_clan=one, target=2 * one,
            means=Means.SABOTAGE * one,
        )  # fmt: skip
        peace = change(peace, clans=change(peace.clans, cover=jnp.ones_like(peace.clans.cover)))
        clan_war = change(peace, moves=moves)
        quiet, crisis = (play(Case(), r, years=0.25) for r in (peace, clan_war))
        struck = ~np.asarray(crisis.moves.repelled)
        assert struck.any()
        assert (crisis.military_industry.tension > quiet.military_industry.tension)[struck].all()
        armed = [play(MicGrowth(), r, years=1).military_industry.spending for r in (quiet, crisis)]
        assert (armed[1] > armed[0])[:, struck].all()
        threat = [foreign(Outlook(), r, years=1).threat for r in (quiet, crisis)]
        assert (threat[1] > threat[0])[struck].all()


class TestProspect:
    @pytest.mark.rules("FP-1", "FP-2")
    def test_the_regime_type_bounds_what_both_sides_would_ratify(self):
        free, closed = (Prospect().depth(world(**kind)) for kind in (DEMOCRACY, AUTOCRACY))
        assert (free > closed + 0.2).all()
        total = world(policy={"legal_order": 0.0}, institutions={"capital": 0.0, "facade": 0.0})
        assert (Prospect(preservation=1.0).depth(total) == 0).all()
        unafraid = Prospect(preservation=0.0).depth(
            world(foreign={"recognition": 0.9}, **AUTOCRACY)
        )
        assert (unafraid > Prospect().depth(world(foreign={"recognition": 0.9}, **AUTOCRACY))).all()

    @pytest.mark.rules("IN-4")
    def test_recognition_as_a_democracy_opens_the_club(self):
        def depth(recognition):
            return Prospect().depth(world(foreign={"recognition": recognition}))

        assert (depth(0.9) > depth(0.1)).all()

    @pytest.mark.rules("FP-5")
    def test_terms_of_ones_own_narrow_the_offer(self):
        def depth(agenda):
            kind = {**DEMOCRACY, "policy": {"legal_order": 0.9, "agenda": agenda}}
            return Prospect().depth(world(foreign={"recognition": 0.5}, **kind))

        assert (depth(0.9) < depth(0.1) - 0.1).all()

    @pytest.mark.rules("FP-5")
    def test_to_claim_the_soviet_place_in_eurasia_narrows_the_offer_too(self):
        def depth(focus, independence, **parameters):
            kind = {**DEMOCRACY, "policy": {"legal_order": 0.9, "agenda": 0.2}}
            given = {"recognition": 0.5, "focus": focus, "independence": independence}
            return Prospect(**parameters).depth(world(foreign=given, **kind))

        assert (depth(0.9, 0.9) < depth(0.2, 0.9) - 0.03).all()
        # as a means of joining the West, leadership in the neighbourhood claims nothing
        np.testing.assert_array_equal(depth(0.9, 0.0), depth(0.2, 0.0))
        unclaimed = [depth(f, 0.9, sphere=0.0) for f in (0.2, 0.9)]
        np.testing.assert_array_equal(*unclaimed)

    def test_trying_teaches_and_abstaining_restores_hope(self):
        start = world(
            foreign={"prospect": 0.5, "west_opening": 0.8, "attachment": 0.9, "help": 1.0},
            **AUTOCRACY,
        )
        tried, waited = (
            foreign(Prospect(), having(start, "foreign", stance=s), years=4).prospect
            for s in (Stance.INTEGRATION, Stance.INDEPENDENCE)
        )
        depth = Prospect().depth(start)
        np.testing.assert_allclose(tried, depth + (0.5 - depth) * np.exp(-4 / 2), atol=1e-4)
        assert (waited > 0.5).all()

    @pytest.mark.rules("WE-4")
    def test_help_that_falls_short_disappoints(self):
        start = world(foreign={"prospect": 0.6}, economy={"modernisation": 0.1})
        alone, helped = (
            foreign(Prospect(), having(start, "foreign", help=h)).prospect for h in (0.0, 1.0)
        )
        assert (helped > alone + 0.1).all()

    @pytest.mark.rules("WE-4")
    def test_a_small_need_half_met_still_disappoints_half_as_much(self):
        def lost(help):
            start = world(foreign={"prospect": 0.6, "help": help}, economy={"modernisation": 0.7})
            fond = foreign(Prospect(disappointment=0.0), start).prospect
            return fond - foreign(Prospect(), start).prospect

        assert (lost(0.5) > 0).all()
        np.testing.assert_allclose(lost(0.5), lost(0.0) / 2, rtol=1e-3)
        np.testing.assert_allclose(lost(1.0), 0.0, atol=1e-6)

    @pytest.mark.parametrize("stance", list(Stance))
    def test_same_course_on_two_clocks(self, stance):
        start = world(foreign={"stance": stance, "prospect": 0.7}, **AUTOCRACY)
        month, year = (foreign(Prospect(), start, clock=c).prospect for c in ("month", "year"))
        np.testing.assert_allclose(month, year, atol=1e-4)


class TestFusedInterests:
    @pytest.mark.rules("FP-8", "EC-13")
    def test_fusion_of_power_and_property_makes_moves_for_gain(self):
        apart, fused = (
            foreign(FusedInterests(), world(economy={"state_share": s, "dependence": s}))
            for s in (0.1, 0.9)
        )
        assert (fused.private_gain > apart.private_gain + 0.1).all()
        shared, taken = (
            foreign(FusedInterests(), world(economy={"concentration": c})) for c in (0.1, 0.9)
        )
        assert (taken.private_gain > shared.private_gain + 0.1).all()

    @pytest.mark.rules("EC-14")
    def test_oversight_frees_the_state_from_its_managers(self):
        start = world(economy={"state_share": 0.9, "dependence": 0.9, "concentration": 0.9})
        captured, free = (
            foreign(FusedInterests(), having(start, "institutions", oversight=o), years=40)
            for o in (0.0, 1.0)
        )
        assert (captured.private_gain > 0.4).all()
        np.testing.assert_allclose(free.private_gain, 0.0, atol=1e-4)


class TestFriction:
    @pytest.mark.rules("FP-13")
    def test_assertion_heats_the_climate_and_interdependence_softens_it(self):
        def tension(assertion, trade):
            given = {"assertion": assertion, "interdependence": trade, "enlargement": 0.5}
            return play(Friction(), world(foreign=given), years=3).military_industry.tension

        np.testing.assert_array_equal(tension(0.0, 0.5), np.float32(0.3))
        assert (tension(0.8, 0.9) > 0.3).all()
        assert (tension(0.8, 0.0) > tension(0.8, 0.9)).all()

    def test_the_same_hazard_on_every_clock(self):
        start = world(foreign={"assertion": 0.7, "enlargement": 0.8})
        found = [play(Friction(), start, 2, c).military_industry.tension for c in ("day", "year")]
        np.testing.assert_allclose(*found, atol=1e-4)


def test_suspicion_and_recognition_hold_each_other_down():
    """Mutual suspicion is a loop with the West's answer (FP-11)."""
    start = world(foreign={"suspicion": 0.2, "recognition": 0.8}, **AUTOCRACY)
    after = together((Outlook(), WesternOffer()), start, 15).foreign
    assert (after.suspicion > 0.4).all()
    assert (after.recognition < 0.4).all()
