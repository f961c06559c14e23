"""Beliefs about sectors, daily life, regard for the West, and the leader's popularity."""

import numpy as np
import pytest

from tests.court import step
from tests.realm import ROWS, SETTING, put, read, realm
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.opinion import Belief, Livelihood, Popularity
from vertikal.theory.persuasion import bayes_update

LOUD = {"public.narrative": 0.8, "public.resonance": 0.7, "public.credibility": 0.7}


def state(mechanism, levels, years=2.0, clock="month", seed=0, rows=ROWS):
    ticks = max(1, round(years / YEARS_PER_STEP[clock]))
    return step(mechanism, realm(levels, rows), SETTING, ticks, clock, seed)


def after(mechanism, levels, field, years=2.0, **more):
    return read(state(mechanism, levels, years, **more), f"public.{field}")[..., 0]


class TestBelief:
    @pytest.mark.rules("PN-6")
    def test_it_falls_with_complexity(self):
        simple, hard, hardest = after(
            Belief(), LOUD | {"technology.complexity": [0.2, 0.6, 0.95]}, "belief"
        )
        assert simple > hard > hardest

    @pytest.mark.rules("PN-6", "TE-5")
    def test_food_before_electronics_before_cars_where_cars_fail_for_all_to_see(self):
        """At like failures cars come before electronics; the reverse is a matter of failures."""
        levels = LOUD | {"technology.complexity": [0.2, 0.95, 0.8]}
        alike = after(Belief(), levels | {"technology.failures": 0.2}, "belief")
        assert alike[0] > alike[2] > alike[1]
        failing = after(Belief(), levels | {"technology.failures": [0.1, 0.2, 0.8]}, "belief")
        assert failing[0] > failing[1] > failing[2]

    @pytest.mark.rules("PN-7", "TE-5")
    def test_failures_and_shortages_lower_it_the_more_the_freer_the_media(self):
        def lost(media):
            levels = LOUD | {"public.media_freedom": media}
            seen = after(Belief(), levels | {"technology.failures": [0.0, 0.4, 0.9]}, "belief")
            return seen[0] - seen[1], seen[0] - seen[2]

        muzzled, free = lost(0.0), lost(1.0)
        assert 0 < muzzled[0] < muzzled[1], "even through state media"
        assert free[0] > muzzled[0]
        assert free[1] > muzzled[1]
        short = after(Belief(), LOUD | {"technology.availability": [0.9, 0.5, 0.1]}, "belief")
        assert short[0] > short[1] > short[2]

    @pytest.mark.rules("TE-6")
    @pytest.mark.parametrize("address", ["public.narrative", "technology.showcase"])
    def test_claims_and_showcases_raise_it(self, address):
        low, high = (after(Belief(), LOUD | {address: x}, "belief") for x in (0.1, 0.9))
        assert (high > low).all()

    def test_belief_is_high_while_capability_falls(self):
        """Nobody sees capability; only failures and empty shelves are seen."""
        falling = LOUD | {"technology.complexity": 0.5, "technology.failures": 0.1}
        able, unable = (
            after(Belief(), falling | {"technology.capability": c}, "belief") for c in (0.9, 0.0)
        )
        np.testing.assert_array_equal(able, unable)

    def test_it_ends_where_bayes_says(self):
        levels = LOUD | {
            "technology.complexity": [0.2, 0.5, 0.9],
            "technology.failures": 0.0,
            "technology.availability": 1.0,
            "technology.showcase": 0.0,
            "public.narrative": 1.0,
            "public.resonance": 1.0,
            "public.credibility": 0.8,
            "public.share": [1, 0, 0],
        }
        m = Belief()
        sense = 1 - m.complexity_weight * np.array([0.2, 0.5, 0.9])
        told = bayes_update(sense, 1 - m.full_credibility)
        np.testing.assert_allclose(after(m, levels, "belief", 20), told, atol=2e-3)

    @pytest.mark.rules("TE-5")
    def test_credibility_is_lost_where_claims_meet_failure(self):
        base = {"public.narrative": 0.2, "technology.failures": 0.1, "technology.showcase": 0.1}
        for more in ({"public.narrative": 0.9}, {"technology.failures": 0.9}):
            worse = base | {"public.narrative": 0.5, "technology.failures": 0.5} | more
            assert after(Belief(), worse, "credibility") < after(Belief(), base, "credibility")
        silent = {"public.narrative": 0.0, "technology.showcase": 0.0, "technology.failures": 1.0}
        assert after(Belief(), silent, "credibility", 60) == pytest.approx(
            Belief().full_credibility, abs=1e-3
        )

    @pytest.mark.rules("TE-5")
    def test_it_is_lost_faster_than_won_back(self):
        bad = LOUD | {"technology.failures": 0.9, "public.credibility": 0.8}
        lost = 0.8 - after(Belief(), bad, "credibility", 0.5)
        worst = state(Belief(), bad, 20)
        mended = put(worst, {"technology.failures": 0.0})
        low = read(worst, "public.credibility")[0]
        won = read(step(Belief(), mended, SETTING, 6), "public.credibility")[0] - low
        assert lost > 2 * won > 0

    def test_without_sectors_there_is_nothing_to_believe(self):
        none = state(Belief(), LOUD, rows={"cohorts": 2})
        assert read(none, "public.belief").shape[0] == 0
        assert np.isfinite(read(none, "public.credibility")).all()


class TestLivelihood:
    @pytest.mark.parametrize(
        ("address", "value", "sign"),
        [
            ("economy.growth", 0.08, 1),
            ("economy.inflation", 0.9, -1),
            ("technology.availability", 0.2, -1),
            ("institutions.disorder", 0.9, -1),
        ],
    )
    def test_life_follows_what_people_live_through(self, address, value, sign):
        base = after(Livelihood(), {}, "life")
        assert np.sign(after(Livelihood(), {address: value}, "life") - base) == sign

    @pytest.mark.rules("PN-2", "PN-9")
    def test_want_frightens_and_a_story_calms(self):
        short = {"technology.availability": 0.3}
        frightened = after(Livelihood(), LOUD | short, "shortage_fear")
        assert frightened > after(Livelihood(), LOUD, "shortage_fear")
        quiet = LOUD | {"public.narrative": 0.0, "technology.showcase": 0.0}
        assert after(Livelihood(), quiet | short, "shortage_fear") > frightened

    @pytest.mark.rules("PN-9")
    def test_preference_for_home_products(self):
        base = after(Livelihood(), LOUD, "domestic_preference")
        safe = after(Livelihood(), LOUD | {"technology.securitised": 0.9}, "domestic_preference")
        failed = after(Livelihood(), LOUD | {"technology.failures": 0.9}, "domestic_preference")
        deaf = after(Livelihood(), LOUD | {"public.resonance": 0.0}, "domestic_preference")
        assert safe > base > failed
        assert base > deaf

    @pytest.mark.rules("PN-12")
    def test_regard_for_the_west_outlasts_propaganda(self):
        told = after(Livelihood(), LOUD | {"public.narrative": 1.0}, "esteem_of_west", 30)
        quiet = after(Livelihood(), LOUD | {"public.narrative": 0.0}, "esteem_of_west", 30)
        assert told < quiet
        assert quiet - told < 0.2


class TestPopularity:
    def test_it_follows_life_and_rallies(self):
        base = {"public.life": 0.5, "public.identity_stress": 0.2}
        mean = lambda levels: read(state(Popularity(), levels, 4), "public.popularity").mean()  # noqa: E731
        assert mean(base | {"public.life": 0.9}) > mean(base) > mean(base | {"public.life": 0.1})
        rally = base | {"public.identity_stress": 0.9}
        assert mean(rally | LOUD) > mean(base | LOUD)
        assert mean(rally | LOUD) > mean(rally | LOUD | {"public.resonance": 0.0})
        war = base | {"war.intensity": 0.9}
        assert mean(war | {"war.fortunes": 0.8}) > mean(war | {"war.fortunes": -0.8})

    @pytest.mark.rules("LD-7")
    def test_it_is_a_persons_and_goes_with_him(self):
        loved = {"public.popularity": 0.95, "leadership.reign": 8.0}
        old = read(state(Popularity(), loved, 1 / 12), "public.popularity")
        new = read(
            state(Popularity(), loved | {"leadership.reign": 0.0}, 1 / 12), "public.popularity"
        )
        assert (new < old - 0.2).all()

    @pytest.mark.rules("PN-4")
    def test_assertion_pays_among_those_who_believe_in_greatness(self):
        def gain(greatness):
            levels = {"public.great_power": greatness}
            both = [
                read(state(Popularity(), levels | {"foreign.assertion": a}, 3), "public.popularity")
                for a in (0.0, 0.9)
            ]
            return (both[1] - both[0]).mean()

        assert gain(0.9) > gain(0.2) > 0

    @pytest.mark.parametrize("clock", ["week", "month", "quarter", "year"])
    def test_its_spread_is_the_same_on_every_clock(self, clock):
        many = realm({"public.popularity": 0.5, "public.life": 0.5, "public.identity_stress": 0.0},
                     runs=4096)  # fmt: skip
        ticks = round(4 / YEARS_PER_STEP[clock])
        values = read(step(Popularity(), many, SETTING, ticks, clock), "public.popularity")
        # The standard error of a standard deviation of 4096 normal numbers is 1.1 per cent.
        assert values.std() == pytest.approx(Popularity().luck, rel=0.05)


@pytest.mark.parametrize("kind", [Belief, Livelihood])
def test_years_count_and_not_steps(kind):
    levels = LOUD | {"technology.failures": 0.4, "economy.inflation": 0.4}
    week, quarter = (state(kind(), levels, 1, clock=clock) for clock in ("week", "quarter"))
    for field in ("belief", "credibility", "life", "shortage_fear", "esteem_of_west"):
        a, b = (read(s, f"public.{field}") for s in (week, quarter))
        np.testing.assert_allclose(a, b, atol=0.02, err_msg=field)
