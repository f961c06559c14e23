"""Real institutions: two zones of law, slow growth, the vertical, vested interests, decline."""

import numpy as np
import pytest

from tests.court import step
from tests.realm import SETTING, put, read, realm
from tests.unit.test_regime_institutions import IDEOCRATS, TECHNOCRATS
from vertikal.regime.institution_building import Decay, LegalDualism, PathDependence
from vertikal.regime.mechanism import YEARS_PER_STEP


def after(mechanism, levels, address, years=3.0, clock="quarter"):
    ticks = max(1, round(years / YEARS_PER_STEP[clock]))
    address = address if "." in address else f"institutions.{address}"
    return read(step(mechanism, realm(levels), SETTING, ticks, clock), address)[0]


def rises(mechanism, field, address, base=None, years=3.0):
    found = [after(mechanism, (base or {}) | {address: x}, field, years) for x in (0.1, 0.5, 0.9)]
    steps = np.diff(found)
    return None if (steps == 0).all() else bool((steps > 0).all())


class TestLegalDualism:
    @pytest.mark.rules("IN-5", "CO-7")
    def test_the_chain_from_institutions_to_the_grey_zone(self):
        assert rises(LegalDualism(), "oversight", "institutions.capital")
        assert rises(LegalDualism(), "oversight", "public.media_freedom")
        assert rises(LegalDualism(), "oversight", "institutions.vertical") is False
        assert rises(LegalDualism(), "selective_justice", "institutions.oversight") is False
        assert rises(LegalDualism(), "coercion.grey_law", "institutions.selective_justice")
        assert rises(LegalDualism(), "coercion.grey_law", "policy.legal_order") is False

    @pytest.mark.rules("IN-3")
    def test_restraint_makes_justice_less_selective(self):
        assert rises(LegalDualism(), "selective_justice", "institutions.restraint") is False

    @pytest.mark.rules("IN-14")
    @pytest.mark.parametrize("cause", ["war.intensity", "leadership.shock", "policy.force"])
    def test_technocrats_keep_to_law_until_it_is_urgent(self, cause):
        def kept(urgency):
            grey = [
                after(LegalDualism(), x | {cause: urgency}, "coercion.grey_law", 8)
                for x in (IDEOCRATS, TECHNOCRATS)
            ]
            return grey[0] - grey[1]

        assert kept(0.0) > kept(0.5) > kept(1.0)
        assert kept(1.0) == pytest.approx(0, abs=1e-6)


class TestPathDependence:
    @pytest.mark.rules("IN-7")
    def test_institutions_grow_far_slower_than_they_are_declared(self):
        """Under the best of wills: complete forms, law, no vested interests, help, no vertical."""
        eager = {
            "institutions.facade": 1.0, "institutions.recognition_wish": 1.0,
            "institutions.declared": 0.2, "institutions.capital": 0.2,
            "institutions.vested": 0.0, "institutions.vertical": 0.0,
            "institutions.disorder": 0.0, "policy.legal_order": 1.0, "foreign.help": 1.0,
        }  # fmt: skip
        said = after(PathDependence(), eager, "declared", 5) - 0.2
        done = after(PathDependence(), eager, "capital", 5) - 0.2
        assert 0 < done < said / 3
        assert after(PathDependence(), eager, "capital", 40) > 0.6

    @pytest.mark.rules("IN-7")
    def test_who_has_little_gains_little_and_help_short_of_need_adds_little(self):
        rate = lambda levels: float(PathDependence().growth(realm(levels))[0])  # noqa: E731
        poor, rich = ({"institutions.capital": k} for k in (0.1, 0.6))
        assert rate(rich) > 2 * rate(poor)
        short, full = (rate(poor | {"foreign.help": h}) for h in (0.2, 1.0))
        assert short - rate(poor | {"foreign.help": 0.0}) < 0.3 * full
        assert full > short

    @pytest.mark.rules("IN-7", "IN-13")
    @pytest.mark.parametrize(
        ("address", "is_up"),
        [
            ("institutions.declared", True),
            ("policy.legal_order", True),
            ("institutions.self_government", True),
            ("institutions.vested", False),
            ("institutions.disorder", False),
            ("institutions.vertical", False),
        ],
    )
    def test_what_capital_grows_on(self, address, is_up):
        assert rises(PathDependence(), "capital", address) is is_up

    @pytest.mark.rules("IN-8")
    def test_chaos_calls_for_a_vertical_that_outlives_it(self):
        chaos = {"institutions.disorder": 0.9, "institutions.vertical": 0.2,
                 "institutions.capital": 0.1}  # fmt: skip
        calm = chaos | {"institutions.disorder": 0.1}
        assert after(PathDependence(), chaos, "order_demand") > after(
            PathDependence(), calm, "order_demand"
        )
        low, high = (
            after(PathDependence(), chaos | {"institutions.order_demand": d}, "vertical", 6)
            for d in (0.2, 0.8)
        )
        assert high > low
        built = put(realm(calm), {"institutions.vertical": 0.9, "institutions.order_demand": 0.0})
        left = read(step(PathDependence(), built, SETTING, 20, "quarter"), "institutions.vertical")
        assert (left > 0.6).all(), "five years undo little of the habit"

    @pytest.mark.rules("IN-8")
    @pytest.mark.parametrize("means", ["leadership.control", "economy.rent"])
    def test_only_a_state_with_means_can_build_it(self, means):
        asked = {"institutions.order_demand": 0.8, "institutions.vertical": 0.1}
        assert rises(PathDependence(), "vertical", means, asked)

    @pytest.mark.rules("IN-3", "IN-8")
    @pytest.mark.parametrize("instead", ["institutions.capital", "institutions.restraint"])
    def test_institutions_and_restraint_spare_it(self, instead):
        asked = {"institutions.order_demand": 0.8, "institutions.vertical": 0.1}
        assert rises(PathDependence(), "vertical", instead, asked) is False

    @pytest.mark.rules("IN-8", "IN-9")
    @pytest.mark.parametrize(
        ("address", "is_up"),
        [
            ("institutions.capital", False),
            ("institutions.vertical", False),
            ("institutions.vested", False),
            ("public.unrest", True),
        ],
    )
    def test_disorder(self, address, is_up):
        assert rises(PathDependence(), "disorder", address) is is_up
        slump = after(PathDependence(), {"economy.growth": -0.1}, "disorder")
        assert slump > after(PathDependence(), {"economy.growth": 0.0}, "disorder")

    @pytest.mark.rules("IN-10", "NK-6")
    def test_estates_close_careers(self):
        assert rises(PathDependence(), "mobility", "institutions.vested") is False
        assert rises(PathDependence(), "mobility", "institutions.capital")


class TestDecay:
    @pytest.mark.rules("IN-5", "IN-9")
    def test_interests_become_vested(self):
        assert rises(Decay(), "vested", "institutions.selective_justice")
        assert rises(Decay(), "vested", "economy.state_share")

    @pytest.mark.rules("IN-9", "IN-10")
    @pytest.mark.parametrize(
        ("address", "is_up"),
        [
            ("leadership.personal_power", True),
            ("institutions.vested", True),
            ("institutions.capital", False),
            ("institutions.mobility", False),
        ],
    )
    def test_what_a_regime_declines_by(self, address, is_up):
        assert rises(Decay(), "decline", address) is is_up

    @pytest.mark.rules("IN-9")
    def test_stable_in_the_short_run_and_not_in_the_long(self):
        vested = {"institutions.vested": 0.9, "leadership.personal_power": 0.9,
                  "institutions.capital": 0.1, "institutions.mobility": 0.2,
                  "institutions.decline": 0.0}  # fmt: skip
        loose = vested | {"institutions.vested": 0.1}
        now = [after(PathDependence(), x, "disorder", 2) for x in (vested, loose)]
        assert now[0] < now[1], "less disorder at once"
        later = [after(Decay(), x, "decline", 20) for x in (vested, loose)]
        assert later[0] > later[1], "more decline in the end"


@pytest.mark.parametrize("kind", [LegalDualism, PathDependence, Decay])
def test_years_count_and_not_steps(kind):
    levels = TECHNOCRATS | {"institutions.disorder": 0.8, "institutions.selective_justice": 0.9}
    ticks = (("week", 104), ("quarter", 8))
    week, quarter = (step(kind(), realm(levels), SETTING, n, clock) for clock, n in ticks)
    for field in ("capital", "declared", "vertical", "disorder", "order_demand", "vested",
                  "decline", "oversight"):  # fmt: skip
        a, b = (read(s, f"institutions.{field}") for s in (week, quarter))
        np.testing.assert_allclose(a, b, atol=0.02, err_msg=field)
