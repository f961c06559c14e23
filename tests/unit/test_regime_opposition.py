"""Exiles who lose touch, and openings that pass through technocrats or not at all."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step, together
from tests.throne import with_
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.opposition import Exiles, Opening
from vertikal.regime.regime import change

RUNS, PERSONS, OFFICES, CLANS = 8, 3, 2, 2
EXILES, OPENING = Exiles(), Opening()
SERIOUS = {"seriousness": 0.8, "populism": 0.1}


def scene(technocrat=0.8, power=0.6, competence=0.8, **parts):
    """Persons 0 (the leader, an ideocrat) and 1 and 2, in the two offices of one body."""
    rest = 1 - technocrat
    mix = jnp.array([[0.0, technocrat, technocrat], [1.0, rest, rest], [0.0, 0.0, 0.0]])
    regime = with_(
        blank_regime(PERSONS, OFFICES, CLANS, RUNS),
        elite={"mix": mix, "competence": [0.5, competence, competence]},
        nomenklatura={"holder": [1, 2]},
        **{"leadership": {"personal_power": 0.2}, "policy": {"force": 0.1}, **parts},
    )
    return regime, change(blank_setting(OFFICES, CLANS), body_power=jnp.full((1, 1), power))


def play(mechanism, made, years=10.0, clock="month"):
    regime, fixed = made
    return step(mechanism, regime, fixed, round(years / YEARS_PER_STEP[clock]), clock).opposition


class TestExiles:
    """OP-1, OP-2, OP-3, EL-17."""

    @pytest.mark.rules("OP-1")
    def test_discussion_drifts_away_unless_one_can_come_home(self):
        start = {"realism": 0.6}
        shut, open_ = (
            play(EXILES, scene(opposition={**start, "opening": o})).realism for o in (0.0, 0.9)
        )
        assert (shut < 0.3).all()
        assert (open_ > 0.6).all()

    @pytest.mark.rules("OP-1", "EL-17")
    def test_what_exiles_say_has_no_direct_effect_on_events(self):
        near, far = (play(OPENING, scene(opposition={"realism": r})) for r in (0.0, 1.0))
        for name in ("opening", "receptivity", "populism", "local", "reconciliation"):
            np.testing.assert_array_equal(getattr(near, name), getattr(far, name))
        assert (play(EXILES, scene()).weight < 0.05).all()
        assert (play(EXILES, scene(public={"liberal_base": 0.5})).weight > 0.2).all()

    @pytest.mark.rules("OP-1")
    def test_what_exiles_say_reaches_an_opening_next_to_not_at_all(self):
        def opening(**talk):
            made = scene(opposition={"seriousness": 0.3, "populism": 0.1, **talk})
            still = Exiles(drift_years=1e6)
            return together([still, OPENING], *made, ticks=120).opposition.opening

        near, far = (opening(realism=r) for r in (0.9, 0.1))
        serious = opening(seriousness=0.9)
        assert (near - far < 0.02).all()
        assert (near - far < 0.2 * (serious - far)).all()

    @pytest.mark.rules("OP-2")
    def test_exiles_out_of_touch_reject_defectors(self):
        near, far = (
            play(EXILES, scene(opposition={"realism": r, "hostility": 0.5}), 1).hostility
            for r in (0.9, 0.1)
        )
        assert (far > near + 0.05).all()

    @pytest.mark.rules("OP-3")
    def test_a_realistic_opposition_becomes_serious(self):
        low, high = (
            play(EXILES, scene(opposition={"realism": r}), 2).seriousness for r in (0.1, 0.9)
        )
        assert (high > low).all()

    @pytest.mark.parametrize("mechanism", [EXILES, OPENING])
    def test_same_course_on_two_clocks(self, mechanism):
        made = scene(opposition={"opening": 0.3, "realism": 0.7, "seriousness": 0.6})
        week, month = (play(mechanism, made, 4, clock) for clock in ("week", "month"))
        for name in vars(week):
            np.testing.assert_allclose(getattr(week, name), getattr(month, name), atol=0.02)


class TestOpening:
    """OP-3 to OP-6, EL-9, EL-12, EL-16, PN-14."""

    @pytest.mark.rules("OP-3", "EL-16")
    def test_seriousness_gates_receptivity(self):
        low, high = (
            play(OPENING, scene(opposition={"seriousness": s})).receptivity for s in (0.1, 0.9)
        )
        assert (high > low + 0.2).all()
        assert (play(OPENING, scene(opposition={"seriousness": 0.0})).receptivity < 0.01).all()

    @pytest.mark.rules("OP-5")
    def test_esteem_follows_competence_and_not_politics(self):
        able, dull = (play(OPENING, scene(competence=c)).esteem for c in (0.9, 0.2))
        assert (able > dull + 0.3).all()
        for seriousness in (0.1, 0.9):
            other = play(OPENING, scene(competence=0.9, opposition={"seriousness": seriousness}))
            np.testing.assert_allclose(other.esteem, able)

    @pytest.mark.rules("OP-6")
    def test_no_opening_without_technocrats_or_their_power(self):
        full = play(OPENING, scene(opposition=SERIOUS)).opening
        none = play(OPENING, scene(technocrat=0.0, opposition=SERIOUS)).opening
        powerless = play(OPENING, scene(power=0.0, opposition=SERIOUS)).opening
        assert (full > 0.1).all()
        assert (none < 1e-3).all()
        assert (powerless < 1e-3).all()

    @pytest.mark.rules("OP-6")
    def test_a_window_lets_in_law_and_some_democracy(self):
        def opened(window, technocrat=0.8):
            made = scene(
                technocrat, opposition={**SERIOUS, "opening": window},
                policy={"legal_order": 0.3}, institutions={"sham": 0.7},
            )  # fmt: skip
            return step(OPENING, *made, ticks=12)

        shut, wide = opened(0.0, technocrat=0.0), opened(0.8)
        np.testing.assert_allclose(shut.policy.legal_order, 0.3, atol=1e-3)
        np.testing.assert_allclose(shut.institutions.sham, 0.7, atol=1e-3)
        assert (wide.policy.legal_order > 0.34).all()
        assert (wide.institutions.sham < 0.66).all()
        assert (wide.institutions.sham > 0.4).all()

    @pytest.mark.rules("OP-4")
    def test_support_by_an_opposition_without_weight_means_nothing(self):
        none, today, great = (
            play(OPENING, scene(opposition={**SERIOUS, "weight": w})).opening
            for w in (0.0, 0.015, 0.5)
        )
        assert (today - none < 0.1 * (great - none)).all()
        powerless = play(OPENING, scene(power=0.0, opposition={**SERIOUS, "weight": 1.0}))
        assert (powerless.opening < 1e-3).all()

    @pytest.mark.rules("EL-12")
    def test_fear_of_populism_keeps_technocrats_from_democracy_but_not_from_municipalities(self):
        calm, afraid = (
            play(OPENING, scene(opposition={**SERIOUS, "populism": p}), 0.5) for p in (0.0, 0.9)
        )
        assert (afraid.opening < calm.opening).all()
        np.testing.assert_allclose(afraid.local, calm.local)
        guarded = {
            "opposition": {**SERIOUS, "populism": 0.9},
            "institutions": {"capital": 0.9},
        }
        assert (play(OPENING, scene(**guarded), 0.5).opening > afraid.opening).all()

    @pytest.mark.rules("PN-14")
    def test_populists_gain_by_an_opening_where_counterweights_are_gone(self):
        def populism(opening, capital):
            parts = {"opposition": {"populism": 0.2, "opening": opening, "weight": 0.0}}
            return play(OPENING, scene(**parts, institutions={"capital": capital}), 1).populism

        assert (populism(0.8, 0.1) > populism(0.0, 0.1) + 0.05).all()
        assert (populism(0.8, 0.1) > populism(0.8, 0.9) + 0.05).all()

    @pytest.mark.rules("EL-9")
    def test_technocrats_push_for_reconciliation_as_far_as_the_west_is_ready(self):
        def push(technocrat, ready):
            return play(OPENING, scene(technocrat, foreign={"west_opening": ready})).reconciliation

        assert (push(0.9, 0.8) > push(0.2, 0.8)).all()
        assert (push(0.9, 0.8) > push(0.9, 0.2)).all()
        assert (push(0.9, 0.0) < 0.01).all()
