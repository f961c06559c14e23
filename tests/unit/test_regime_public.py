"""The official story: what makes it loud, what wears it out, and in whom it rings true."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step, together
from tests.realm import SETTING, put, read, realm
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.public import Identity, Narrative, Resonance, mean_over, resonance_of_all
from vertikal.theory.opinion import friedkin_johnsen

STORM = {"foreign.sanctions": 0.9, "foreign.expected_sanctions": 0.2, "foreign.exits": 0.8}


def after(mechanism, levels, address, years=1.0, clock="month", seed=0):
    """One number after some years of a mechanism alone."""
    ticks = max(1, round(years / YEARS_PER_STEP[clock]))
    state = step(mechanism, realm(levels), SETTING, ticks, clock, seed)
    return read(state, address)[..., 0]


ALL = Identity(), Narrative(), Resonance()


def settle(levels, years=3.0):
    """The story settled, all three mechanisms in turn."""
    return together(ALL, realm(levels), SETTING, round(years * 12))


def test_a_mean_over_no_rows_is_middling():
    assert np.allclose(mean_over(jnp.zeros((0, 4)), jnp.zeros((0, 4))), 0.5)
    assert np.allclose(mean_over(jnp.ones((2, 4)), jnp.ones((2, 4)), 0.0), 1.0, atol=1e-3)
    one = realm({"public.resonance": [0.2, 0.5, 0.8], "public.share": [1, 0, 0]})
    assert np.allclose(resonance_of_all(one), 0.2, atol=1e-3)


class TestIdentity:
    @pytest.mark.rules("PN-1")
    @pytest.mark.parametrize(
        "given",
        [
            {"foreign.sanctions": 0.9, "foreign.expected_sanctions": 0.9},
            {"foreign.expected_sanctions": 0.2},
            {"foreign.exits": 0.8},
            {"war.intensity": 0.8, "war.fortunes": -0.8},
            {"foreign.enlargement": 0.9},
        ],
    )
    def test_each_challenge_raises_stress(self, given):
        calm = {
            "foreign.enlargement": 0.0,
            "foreign.sanctions": 0.5,
            "foreign.expected_sanctions": 0.5,
        }
        before = after(Identity(), calm, "public.identity_stress")
        assert after(Identity(), calm | given, "public.identity_stress") > before

    @pytest.mark.rules("PN-1")
    def test_only_those_who_believe_in_greatness_are_hurt(self):
        small, great = (
            after(Identity(), STORM | {"public.great_power": g}, "public.identity_stress")
            for g in (0.1, 0.9)
        )
        assert great > small + 0.2

    @pytest.mark.rules("PN-2", "PN-16")
    def test_a_story_that_rings_true_gives_continuity_and_calms(self):
        loud = STORM | {"public.narrative": 0.9, "public.resonance": 0.9}
        for hushed in ({"public.narrative": 0.1}, {"public.resonance": 0.1}):
            quiet = loud | hushed
            assert after(Identity(), loud, "public.continuity") > after(
                Identity(), quiet, "public.continuity"
            )
            stress = [after(Identity(), x, "public.identity_stress") for x in (loud, quiet)]
            assert stress[0] < stress[1]

    @pytest.mark.rules("IN-15")
    def test_enlargement_stings_where_there_are_no_institutions(self):
        stress = [
            after(
                Identity(),
                {"foreign.enlargement": 0.9, "institutions.capital": k},
                "public.identity_stress",
            )
            for k in (0.05, 0.5, 0.95)
        ]
        assert stress[0] > stress[1] > stress[2]

    def test_stress_comes_faster_than_it_goes(self):
        up = after(Identity(), STORM, "public.identity_stress", 0.1)
        settled = after(Identity(), STORM, "public.identity_stress", 10)
        calm = {"public.identity_stress": settled, "foreign.enlargement": 0.0}
        down = after(Identity(), calm, "public.identity_stress", 0.1)
        floor = after(Identity(), calm, "public.identity_stress", 20)
        assert (up - 0.2) / (settled - 0.2) > 3 * (settled - down) / (settled - floor)


class TestNarrative:
    @pytest.mark.rules("PN-1", "TE-7")
    def test_stress_alone_makes_it_loud_even_without_any_capability(self):
        none = {"technology.capability": 0.0, "technology.effort": 0.0}
        able = {"technology.capability": 1.0, "technology.effort": 1.0}
        loud = after(Narrative(), none | {"public.identity_stress": 0.9}, "public.narrative")
        quiet = after(Narrative(), none | {"public.identity_stress": 0.1}, "public.narrative")
        same = after(Narrative(), able | {"public.identity_stress": 0.9}, "public.narrative")
        assert loud > quiet + 0.3
        assert loud == same

    @pytest.mark.rules("TE-2")
    def test_sanctions_reckoned_with_move_less_than_a_surprise(self):
        reckoned, surprising = (
            after(
                Narrative(),
                {"foreign.sanctions": 0.9, "foreign.expected_sanctions": x},
                "public.narrative",
            )
            for x in (0.9, 0.1)
        )
        assert surprising > reckoned
        exits = [
            after(Narrative(), {"foreign.exits": x}, "public.narrative") for x in (0.0, 0.4, 0.9)
        ]
        assert exits[0] < exits[1] < exits[2]

    @pytest.mark.rules("TE-11")
    def test_exits_count_for_more_where_sanctions_are_taken_to_last(self):
        def gain(expected):
            base = {"foreign.expected_sanctions": expected}
            left = after(Narrative(), base | {"foreign.exits": 0.9}, "public.narrative")
            return left - after(Narrative(), base, "public.narrative")

        assert gain(0.9) > gain(0.1)

    @pytest.mark.rules("PN-5", "PN-15")
    @pytest.mark.parametrize("denied", ["foreign.recognition", "foreign.prospect"])
    def test_what_an_esteemed_west_denies_is_answered(self, denied):
        def gain(esteem):
            told = [
                after(Narrative(), {"public.esteem_of_west": esteem, denied: x}, "public.narrative")
                for x in (0.9, 0.1)
            ]
            return told[1] - told[0]

        assert gain(0.9) > gain(0.3) > 0
        assert gain(0.0) == pytest.approx(0, abs=1e-6)

    @pytest.mark.rules("PN-5")
    def test_each_audience_is_told_what_it_is_to_hear_and_overhears_the_rest(self):
        """Recognition denied is told abroad, stress at home; the other audience hears half."""
        calm = {"public.esteem_of_west": 0.9, "foreign.recognition": 0.9}
        calm |= {"public.identity_stress": 0.1, "foreign.prospect": 1.0}

        def heard(given, overheard):
            story = Narrative(overheard=overheard)
            home, abroad = (
                after(story, calm | given, f"public.{n}") - after(story, calm, f"public.{n}")
                for n in ("narrative", "narrative_abroad")
            )
            return home, abroad

        denied, afraid = {"foreign.recognition": 0.1}, {"public.identity_stress": 0.9}
        for given, first in ((denied, 1), (afraid, 0)):
            apart, usual, shared = (heard(given, o) for o in (0.0, 0.5, 1.0))
            assert apart[first] > 0.05
            assert apart[1 - first] == pytest.approx(0, abs=1e-6)
            assert apart[first] > usual[1 - first] > 0.02
            assert shared[first] == pytest.approx(shared[1 - first], rel=1e-5)

    @pytest.mark.rules("PN-11")
    def test_themes_share_one_attention(self):
        levels = {"public.identity": [0.2, 0.9], "public.identity_stress": 0.8}
        state = step(Narrative(), realm(levels), SETTING, 1)
        intensity = read(state, "public.intensity")
        np.testing.assert_allclose(intensity.sum(0), read(state, "public.narrative"), rtol=1e-5)
        assert (intensity[1] > intensity[0]).all()
        more = put(realm(levels), {"public.identity": [0.9, 0.9]})
        rival = read(step(Narrative(), more, SETTING, 1), "public.intensity")
        assert (rival[1] < intensity[1]).all()

    @pytest.mark.rules("PN-11")
    def test_a_theme_wears_out_and_recovers(self):
        levels = {"public.identity": [0.2, 0.9], "public.identity_stress": 0.8}
        first = step(Narrative(), realm(levels), SETTING, 1)
        later = step(Narrative(), realm(levels), SETTING, 24)
        share = [
            read(s, "public.intensity")[1] / read(s, "public.narrative") for s in (first, later)
        ]
        assert (share[1] < share[0]).all()
        idle = {"public.identity": [0.0, 5.0], "public.wear": [0.9, 0.0]}
        rested = step(Narrative(sharpness=20.0), realm(idle), SETTING, 60)
        assert (read(rested, "public.wear")[0] < 0.3).all()

    @pytest.mark.rules("PN-10")
    def test_triumphs_are_recalled_where_they_are_remembered(self):
        levels = {"public.triumph": [0.0, 0.9], "public.continuity": 0.1}
        share = []
        for memory in (0.1, 0.9):
            state = realm(levels | {"public.soviet_memory": memory})
            state = step(Narrative(), state, SETTING, 1)
            share.append(read(state, "public.intensity")[1, 0] / read(state, "public.narrative")[0])
        assert share[1] > share[0]


class TestResonance:
    @pytest.mark.rules("PN-3", "PN-4")
    @pytest.mark.parametrize("what", ["soviet_memory", "crisis_memory", "great_power"])
    def test_memory_and_belief_make_it_ring_true(self, what):
        levels = {"public.triumph": 0.8, f"public.{what}": [0.1, 0.5, 0.9]}
        low, middle, high = after(Resonance(), levels, "public.resonance", 3)
        assert low < middle < high

    @pytest.mark.rules("PN-10")
    def test_soviet_memory_helps_only_a_story_of_triumphs(self):
        def gain(triumph):
            levels = {"public.triumph": triumph, "public.soviet_memory": [0.0, 0.0, 1.0]}
            young, _, old = after(Resonance(), levels, "public.resonance", 3)
            return old - young

        assert gain(0.9) > gain(0.2) > 0
        assert gain(0.0) == pytest.approx(0, abs=1e-6)

    @pytest.mark.rules("PN-7", "TE-12")
    def test_hardship_and_failures_hollow_it_out_with_time(self):
        for bad in ({"public.life": 0.1}, {"technology.failures": 0.9}):
            good = {"public.life": 0.9, "technology.failures": 0.0}
            lost = [
                after(Resonance(), good, "public.resonance", t)[0]
                - after(Resonance(), good | bad, "public.resonance", t)[0]
                for t in (0.25, 1, 4)
            ]
            assert 0 < lost[0] < lost[1] < lost[2]

    @pytest.mark.rules("PN-9")
    def test_the_resilient_bear_more(self):
        hard = {"public.life": 0.1, "technology.failures": 0.5}
        firm = {"public.domestic_preference": 0.9, "public.shortage_fear": 0.1}
        weak = {"public.domestic_preference": 0.1, "public.shortage_fear": 0.9}
        kept = [after(Resonance(), hard | x, "public.resonance", 2)[0] for x in (firm, weak)]
        assert kept[0] > kept[1]

    @pytest.mark.rules("PN-4")
    def test_greatness_is_told_shown_and_won(self):
        quiet = {"public.narrative": 0.1, "foreign.assertion": 0.0}
        base = after(Resonance(), quiet, "public.great_power", 5)[0]
        victory = {"war.intensity": 0.9, "war.fortunes": 0.9}
        for more in ({"public.narrative": 0.9}, {"foreign.assertion": 0.9}, victory):
            assert after(Resonance(), quiet | more, "public.great_power", 5)[0] > base
        rout = victory | {"war.fortunes": -0.9}
        assert after(Resonance(), quiet | rout, "public.great_power", 5)[0] < base

    def test_cohorts_end_where_friedkin_and_johnsen_say(self):
        """At rest the mechanism is their model, with everyone heard by his share."""
        share, greatness = [0.5, 0.3, 0.2], [0.2, 0.5, 0.9]
        fixed = Resonance(greatness_years=1e9, base_greatness=0.5)
        levels = {"public.share": share, "public.great_power": greatness, "public.life": 1.0,
                  "technology.failures": 0.0}  # fmt: skip
        start = realm(levels)
        own = np.asarray(fixed._own(start), np.float64)[:, 0]
        rested = read(step(fixed, start, SETTING, 1200), "public.resonance")[:, 0]
        listening = np.full(3, float(fixed.listening))
        limit = friedkin_johnsen(np.tile(share, (3, 1)), listening, own).opinions
        # The guard against no cohorts weighs a thousandth of a middling answer.
        np.testing.assert_allclose(rested, np.asarray(limit), atol=1e-3)


@pytest.mark.rules("PN-1", "PN-2")
def test_a_shock_makes_the_story_loud_for_a_time():
    """Stress calls for a story, the story calms: narrative overshoots and falls back."""
    calm = settle({}, 3.0)
    start = float(read(calm, "public.narrative")[0])
    shocked = put(calm, STORM)
    path = []
    for index in range(1, 121):
        if index == 13:
            shocked = put(shocked, {"foreign.expected_sanctions": 0.9})
        shocked = together(ALL, shocked, SETTING, first=index)
        path.append(float(read(shocked, "public.narrative")[0]))
    assert max(path) > start + 0.2
    assert path[-1] < max(path)


@pytest.mark.parametrize("kind", [Identity, Narrative, Resonance])
def test_years_count_and_not_steps(kind):
    levels = STORM | {"public.triumph": [0.2, 0.9], "public.life": 0.2}
    week, quarter = (step(kind(), realm(levels), SETTING, n, clock)
                     for n, clock in ((52, "week"), (4, "quarter")))  # fmt: skip
    for field in ("identity_stress", "continuity", "narrative", "resonance", "great_power"):
        a, b = (read(s, f"public.{field}") for s in (week, quarter))
        np.testing.assert_allclose(a, b, atol=0.02, err_msg=field)
