"""Imitated institutions: the facade, the wish to be recognised, legitimacy, self-government."""

import numpy as np
import pytest

from tests.court import step
from tests.realm import SETTING, read, realm
from vertikal.regime.institutions import Facade, Legitimacy, SelfGovernment, technocratic_share
from vertikal.regime.mechanism import YEARS_PER_STEP

POWERFUL = {"elite.power": 1.0}
TECHNOCRATS = POWERFUL | {"elite.mix": np.broadcast_to([[1.0], [0.0], [0.0]], (3, 4))}
IDEOCRATS = POWERFUL | {"elite.mix": np.broadcast_to([[0.0], [1.0], [0.0]], (3, 4))}


def after(mechanism, levels, field, years=2.0, clock="month"):
    ticks = max(1, round(years / YEARS_PER_STEP[clock]))
    return read(step(mechanism, realm(levels), SETTING, ticks, clock), f"institutions.{field}")[0]


def rises(mechanism, field, address, values=(0.1, 0.5, 0.9), base=None, years=2.0):
    """Whether a field rises all along with what stands at an address; `None` if it never moves."""
    found = [after(mechanism, (base or {}) | {address: x}, field, years) for x in values]
    steps = np.diff(found)
    return None if (steps == 0).all() else bool((steps > 0).all())


def test_share_of_technocrats_goes_by_power():
    levels = {"elite.mix": np.array([[1, 0, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]])}
    share = technocratic_share(realm(levels | {"elite.power": [3, 1, 0, 0]}))
    np.testing.assert_allclose(share, 0.75, rtol=1e-5)
    assert (technocratic_share(realm(levels)) == 0).all()


class TestFacade:
    @pytest.mark.rules("IN-1")
    @pytest.mark.parametrize("source", ["tradition", "ideology"])
    def test_forms_are_for_want_of_tradition_and_ideology(self, source):
        assert rises(Facade(), "facade", f"institutions.{source}") is False

    @pytest.mark.rules("IN-2")
    def test_sham_raises_the_wish_for_recognition(self):
        assert rises(Facade(), "recognition_wish", "institutions.sham", years=0.5)

    @pytest.mark.rules("IN-2")
    @pytest.mark.parametrize("media", [0.2, 0.5, 0.8])
    def test_seen_more_freely_the_same_elections_are_a_greater_sham(self, media):
        more = {"public.media_freedom": media + 0.2}
        sham = [after(Facade(), x, "sham", 4) for x in ({"public.media_freedom": media}, more)]
        wish = [
            after(Facade(), x, "recognition_wish", 4)
            for x in ({"public.media_freedom": media}, more)
        ]
        assert sham[1] > sham[0]
        assert wish[1] > wish[0]

    @pytest.mark.rules("IN-2")
    def test_want_of_legitimacy_at_home_raises_it_too(self):
        assert rises(Facade(), "recognition_wish", "institutions.legitimacy") is False
        assert rises(Facade(), "recognition_wish", "foreign.attachment")

    @pytest.mark.rules("IN-1", "IN-2")
    def test_a_monarchy_does_not_ask_abroad(self):
        def gain(tradition):
            levels = {"institutions.tradition": tradition}
            wish = [
                after(Facade(), levels | {"institutions.sham": s}, "recognition_wish", 0.5)
                for s in (0.1, 0.9)
            ]
            return wish[1] - wish[0]

        assert gain(0.1) > gain(0.9) > 0

    @pytest.mark.rules("IN-3", "IN-4")
    def test_recognition_restrains_those_who_wish_for_it(self):
        assert rises(Facade(), "restraint", "foreign.recognition")
        assert rises(Facade(), "restraint", "institutions.recognition_wish", years=0.5)

    @pytest.mark.rules("IN-4")
    def test_the_gate_of_the_clubs(self):
        below, at, above = (
            after(Facade(), {"foreign.recognition": r}, "restraint", 0.5) for r in (0.3, 0.5, 0.7)
        )
        far = after(Facade(), {"foreign.recognition": 0.1}, "restraint", 0.5)
        assert above - below > below - far, "most is gained at the gate"
        assert at > below

    @pytest.mark.rules("IN-3")
    def test_restraint_makes_elections_less_of_a_sham(self):
        assert rises(Facade(), "sham", "institutions.restraint") is False

    @pytest.mark.rules("FP-7")
    def test_without_ideology_an_esteemed_west_cannot_be_defied(self):
        wishless = {"institutions.recognition_wish": 0.0, "institutions.tradition": 1.0}
        assert rises(Facade(), "restraint", "institutions.ideology", base=wishless) is False
        assert rises(Facade(), "restraint", "public.esteem_of_west", base=wishless)

    @pytest.mark.rules("IN-6")
    def test_contradiction_is_language_against_practice(self):
        state = step(Facade(), realm({}), SETTING, 3)
        forms, sham, both = (
            read(state, f"institutions.{x}") for x in ("facade", "sham", "contradiction")
        )
        np.testing.assert_allclose(both, forms * sham, rtol=1e-5)

    @pytest.mark.rules("EL-12")
    def test_technocrats_back_democracy_unless_they_fear_populists(self):
        def helped(populists):
            serious = {"opposition.seriousness": 0.9, "public.populist_base": populists}
            sham = [after(Facade(), x | serious, "sham") for x in (IDEOCRATS, TECHNOCRATS)]
            return sham[0] - sham[1]

        assert helped(0.1) > helped(0.8) > 0


class TestLegitimacy:
    @pytest.mark.rules("LD-7")
    def test_popularity_carries_what_tradition_does_not(self):
        def load(tradition):
            levels = {"institutions.tradition": tradition}
            both = [
                after(Legitimacy(), levels | {"public.popularity": p}, "legitimacy", 5)
                for p in (0.2, 0.9)
            ]
            return both[1] - both[0]

        assert load(0.0) > load(0.5) > load(0.9) > 0

    @pytest.mark.rules("IN-1", "IN-2", "IN-11")
    @pytest.mark.parametrize(
        "address",
        ["institutions.tradition", "institutions.ideology", "foreign.recognition",
         "institutions.facade"],
    )  # fmt: skip
    def test_sources(self, address):
        believed = {"institutions.sham": 0.0, "institutions.contradiction": 0.0}
        assert rises(Legitimacy(), "legitimacy", address, base=believed)

    @pytest.mark.rules("IN-6", "IN-9")
    @pytest.mark.parametrize("what", ["sham", "contradiction", "decline"])
    def test_drains(self, what):
        assert rises(Legitimacy(), "legitimacy", f"institutions.{what}") is False

    @pytest.mark.rules("IN-11", "IN-12")
    def test_a_programme_comes_slowly_and_wariness_limits_it(self):
        great = {"policy.agenda": 1.0, "institutions.ideology": 0.0}
        soon, late = (after(Legitimacy(), great, "ideology", t) for t in (2, 40))
        assert soon < 0.1 < late
        bold = after(Legitimacy(wariness=0.2), great, "ideology", 40)
        wary = after(Legitimacy(wariness=0.9), great, "ideology", 40)
        assert bold > late > wary
        assert wary < 0.1


class TestSelfGovernment:
    @pytest.mark.rules("IN-13")
    def test_technocrats_grant_it_and_the_vertical_denies_it(self):
        granted, refused = (
            after(SelfGovernment(), x, "self_government", 10) for x in (TECHNOCRATS, IDEOCRATS)
        )
        assert granted > refused
        assert (
            rises(SelfGovernment(), "self_government", "institutions.vertical", base=TECHNOCRATS)
            is False
        )

    @pytest.mark.rules("EL-12")
    def test_fear_of_populists_does_not_enter(self):
        assert (
            rises(SelfGovernment(), "self_government", "public.populist_base", base=TECHNOCRATS)
            is None
        )


@pytest.mark.parametrize("kind", [Facade, Legitimacy, SelfGovernment])
def test_years_count_and_not_steps(kind):
    levels = TECHNOCRATS | {"institutions.sham": 0.8, "institutions.tradition": 0.4}
    week, quarter = (
        step(kind(), realm(levels), SETTING, n, clock)
        for n, clock in ((104, "week"), (8, "quarter"))
    )
    for field in ("facade", "sham", "recognition_wish", "restraint", "legitimacy", "ideology"):
        a, b = (read(s, f"institutions.{field}") for s in (week, quarter))
        np.testing.assert_allclose(a, b, atol=0.02, err_msg=field)
