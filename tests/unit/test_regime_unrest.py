"""Private discontent, public protest, and the cascade between them."""

import numpy as np
import pytest
from scipy.stats import norm

from tests.court import step
from tests.realm import SETTING, put, read, realm
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.unrest import Discontent, Unrest
from vertikal.theory.thresholds import fixed_points

CALM = {"coercion.fear": 0.0, "policy.force": 0.0, "public.liberal_base": 0.0}
STILL = Unrest(mood_spread=0.0, exhaustion=0.0)
"""Without passing moods and weariness: the bare model of thresholds."""


def after(mechanism, levels, field, years=1.0, clock="month"):
    ticks = max(1, round(years / YEARS_PER_STEP[clock]))
    return read(step(mechanism, realm(levels), SETTING, ticks, clock), f"public.{field}")[..., 0]


class TestDiscontent:
    @pytest.mark.parametrize(
        ("address", "value"),
        [
            ("public.popularity", 0.1),
            ("institutions.legitimacy", 0.1),
            ("public.life", 0.1),
            ("institutions.decline", 0.9),
        ],
    )
    @pytest.mark.rules("IN-9")
    def test_what_turns_people_away(self, address, value):
        base = {"public.popularity": 0.5, "institutions.decline": 0.1}
        assert after(Discontent(), base | {address: value}, "discontent") > after(
            Discontent(), base, "discontent"
        )

    @pytest.mark.rules("EL-17", "PN-13")
    def test_liberal_ideas_have_no_base_and_slowly_find_a_small_one(self):
        best = {"public.media_freedom": 1.0, "opposition.seriousness": 1.0}
        for years in (1, 100):
            without = after(Discontent(), {"public.media_freedom": 0.0}, "liberal_base", years)
            won = after(Discontent(), best, "liberal_base", years)
            assert without < won < 0.1
        assert after(Discontent(), best, "liberal_base", 3) < 0.04

    @pytest.mark.rules("PN-14")
    def test_populists_win_what_no_counterweight_holds(self):
        angry = {"public.discontent": 0.7, "institutions.ideology": 0.0}
        bare = after(Discontent(), angry | {"institutions.capital": 0.0}, "populist_base")
        for weight in ("institutions.capital", "institutions.ideology", "public.liberal_base"):
            levels = angry | {"institutions.capital": 0.0} | {weight: 0.8}
            assert after(Discontent(), levels, "populist_base") < bare
        content = angry | {"institutions.capital": 0.0, "public.discontent": 0.1}
        assert after(Discontent(), content, "populist_base") < bare


class TestUnrest:
    @pytest.mark.parametrize("mean", [0.1, 0.2, 0.3])
    @pytest.mark.parametrize("discontent", [0.2, 0.6, 0.9])
    def test_it_rests_where_thresholds_say(self, mean, discontent):
        """From nobody, protest ends at the least fixed point of the distribution of thresholds."""
        m = Unrest(mood_spread=0.0, exhaustion=0.0, caution=mean)
        share = after(m, CALM | {"public.discontent": discontent}, "unrest", 5) / m.reach
        roots = fixed_points(lambda r: discontent * norm.cdf((r - mean) / m.spread))
        assert share == pytest.approx(roots.shares[0], abs=2e-3)

    def test_a_small_shift_of_thresholds_changes_everything(self):
        """The fold for discontent of nine tenths and a spread of 0.12 lies at a mean of 0.240."""
        angry = CALM | {"public.discontent": 0.9}
        small, great = (
            after(Unrest(mood_spread=0.0, exhaustion=0.0, caution=c), angry, "unrest", 5)
            for c in (0.25, 0.23)
        )
        assert great > 8 * small

    def test_private_discontent_need_not_show(self):
        frightened = {"public.discontent": 0.9, "coercion.fear": 0.9}
        assert after(STILL, frightened, "unrest", 5) < 0.001
        bold = frightened | {"coercion.fear": 0.0, "policy.force": 0.0}
        assert after(STILL, bold | {"public.mood": 0.0}, "unrest", 5) > 0.003

    @pytest.mark.rules("EL-17")
    @pytest.mark.parametrize(
        ("address", "bolder"),
        [
            ("coercion.fear", 0.0),
            ("policy.force", 0.0),
            ("opposition.opening", 0.9),
            ("public.liberal_base", 0.2),
            ("public.discontent", 0.9),
        ],
    )
    def test_what_brings_people_out(self, address, bolder):
        base = {"coercion.fear": 0.3, "policy.force": 0.3, "public.discontent": 0.5,
                "public.liberal_base": 0.01}  # fmt: skip
        assert after(STILL, base | {address: bolder}, "unrest") > after(STILL, base, "unrest")

    def test_protest_tires(self):
        """A crowd that thresholds would keep in the streets goes home in time."""
        angry = CALM | {"public.discontent": 0.9, "public.unrest": 0.08}
        kept, tired = (
            after(Unrest(mood_spread=0.0, exhaustion=e, caution=0.2), angry, "unrest", 2)
            for e in (0.0, 1.0)
        )
        assert kept > 0.08
        assert tired < 0.02

    def test_nobody_protests_without_discontent(self):
        assert after(Unrest(), {"public.discontent": 0.0}, "unrest", 5) == pytest.approx(
            0, abs=1e-6
        )

    @pytest.mark.parametrize("clock", ["day", "week", "month", "quarter"])
    def test_a_cascade_is_over_within_a_quarter_on_every_clock(self, clock):
        angry = CALM | {"public.discontent": 0.9}
        m = Unrest(mood_spread=0.0, exhaustion=0.0, caution=0.1)
        assert after(m, angry, "unrest", 0.25, clock) > 0.9 * after(m, angry, "unrest", 5)

    @pytest.mark.parametrize("clock", ["week", "quarter"])
    def test_moods_have_the_same_spread_on_every_clock(self, clock):
        many = put(realm({}, runs=4096), {"public.discontent": 0.0})
        ticks = round(3 / YEARS_PER_STEP[clock])
        mood = read(step(Unrest(), many, SETTING, ticks, clock), "public.mood")
        # 1.1 per cent standard error of the deviation of 4096 normal numbers.
        assert mood.std() == pytest.approx(Unrest().mood_spread, rel=0.05)
        assert abs(mood.mean()) < 4 * mood.std() / np.sqrt(4096)
