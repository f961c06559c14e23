"""Insiders who stay, wait, leave or grab for power: comparative statics with the same draws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from tests.court import make_tick, step
from tests.throne import with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.counts import LARGEST_EXACT_MEAN, binomial
from vertikal.regime.defection import ExitClimate, StayOrGo
from vertikal.regime.defection_rivals import LeaveAtRandom, LeaveTogether
from vertikal.regime.insiders import Outlook, insiders, persons_reach, pillar
from vertikal.regime.leader import force_of
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.power_play import PowerPlay
from vertikal.regime.regime import Exit, Status, change
from vertikal.regime.strata import leave, left_behind
from vertikal.regime.subsystems import Choice
from vertikal.theory.thresholds import fixed_points

RUNS, PERSONS, OFFICES, CLANS = 512, 4, 3, 3
LEADER, ARMED, CLERK, OUT = 0, 1, 2, 3
LOW, MIDDLE, TOP = 0, 1, 2
"""Strata."""
DEFAULT = StayOrGo()
ACCOUNTS = (StayOrGo, LeaveTogether, LeaveAtRandom)


def court(runs=RUNS, **parts):
    """A leader, an armed man and a clerk of clans of their own, one without post; three strata."""
    regime = blank_regime(PERSONS, OFFICES, CLANS, runs, {"strata": 3})
    given = {
        "elite": {"clan": [0, 1, 2, 2], "coercion": [0.0, 0.6, 0.0, 0.0], "power": [2, 1, 0.3, 0]},
        "clans": {"coercion": [0.4, 0.6, 0.0], "cohesion": [0.6, 0.6, 0.6]},
        "nomenklatura": {"holder": [LEADER, ARMED, CLERK]},
        "strata": {
            "number": 1000.0,
            "rank": [0.2, 0.5, 0.95],
            "stakes": [0.3, 0.5, 0.9],
            "force": [0.0, 0.0, 0.6],
            "sincerity": 0.3,
            "aversion": 0.4,
        },
        "opposition": {"hostility": 0.7},
    }
    for part, fields in parts.items():
        given[part] = {**given.get(part, {}), **fields}
    return with_(regime, **given)


@pytest.mark.rules("DF-9")
@pytest.mark.parametrize("lent", [0.0, 0.5])
def test_who_weighs_a_grab_for_power_counts_the_force_that_will_be_used(lent):
    pact = np.zeros((3, 3, 1), np.float32)
    pact[1, 2], pact[1, 0] = lent, 0.9
    clans = {"coercion": [0.4, 0.6, 0.5], "pact": pact}
    regime = court(clans=clans, elite={"coercion": [0.0, 0.6, 0.0, 0.0]})
    reach = persons_reach(regime, setting())
    members = jnp.broadcast_to(jnp.arange(3)[:, None] == 1, (3, RUNS))
    np.testing.assert_allclose(reach[ARMED], force_of(regime, members))
    np.testing.assert_allclose(reach[ARMED], 0.6 + 0.5 * lent)  # the leader's own lend nothing
    assert not reach[CLERK].any()


def setting(grade=(1.0, 0.9, 0.3)):
    return change(
        blank_setting(OFFICES, CLANS),
        office_grade=jnp.asarray(grade, jnp.float32)[:, None],
        office_of_leader=jnp.array([[True], [False], [False]]),
    )


def worth(regime, fixed=None, mechanism=DEFAULT):
    return _worth(mechanism, regime, setting() if fixed is None else fixed)


@jax.jit
def _worth(mechanism, regime, fixed):
    return mechanism.worth(regime, fixed, insiders(regime, fixed))


def hazards(regime, clock="day", fixed=None, mechanism=DEFAULT):
    """Hazard of leaving within a step, `[3 ways, insiders]`, in the first run."""
    fixed = setting() if fixed is None else fixed
    tick = make_tick(mechanism, fixed, RUNS, 1, clock)
    return np.asarray(_exits(mechanism, regime, tick))[..., 0]


@jax.jit
def _exits(mechanism, regime, tick):
    who = insiders(regime, tick.setting)
    return mechanism.exits(regime, tick, who, mechanism.worth(regime, tick.setting, who))[0]


def yearly(regime, **more):
    """Cool hazard of leaving of each insider, per year."""
    return hazards(regime, **more).sum(0) / YEARS_PER_STEP["day"]


def run(regime, days=1, clock="day", mechanism=DEFAULT, fixed=None, seed=0):
    fixed = setting() if fixed is None else fixed
    return step(mechanism, regime, fixed, days, clock, seed)


class TestCounts:
    """Binomial counts from single words."""

    @staticmethod
    def grid(size=200_000):
        return jnp.asarray((np.arange(size) + 0.5) / size * 2.0**32, jnp.uint32)

    @pytest.mark.parametrize(("n", "p"), [(5000, 1e-4), (3, 0.4), (60, 0.05), (4, 0.97), (7, 0.0)])
    def test_small_means_are_exact(self, n, p):
        word = self.grid()
        draws = np.asarray(binomial(jnp.full(word.shape, float(n)), jnp.full(word.shape, p), word))
        for k in range(8):
            assert (draws <= k).mean() == pytest.approx(stats.binom.cdf(k, n, p), abs=2e-5)

    @pytest.mark.parametrize(("n", "p"), [(5100, 1e-3), (400, 0.05), (100, 0.5), (1000, 0.9)])
    def test_large_means_are_nearly_normal(self, n, p):
        word = self.grid()
        draws = np.asarray(binomial(jnp.full(word.shape, float(n)), jnp.full(word.shape, p), word))
        assert n * p > LARGEST_EXACT_MEAN
        assert draws.mean() == pytest.approx(n * p, rel=0.01)
        assert draws.var() == pytest.approx(n * p * (1 - p), rel=0.05)
        ks = np.arange(n + 1)
        gap = np.searchsorted(np.sort(draws), ks, side="right") / len(draws)
        assert abs(gap - stats.binom.cdf(ks, n, p)).max() < 0.035

    def test_counts_are_whole_and_never_exceed_the_group(self):
        word = self.grid(1000)
        for n, p in ((0.0, 0.5), (2.7, 1.0), (3.0, 1.0), (1e6, 1.0), (50.0, 0.99)):
            draws = np.asarray(binomial(jnp.full(1000, n), jnp.full(1000, p), word))
            assert (draws == np.floor(draws)).all()
            assert ((draws >= 0) & (draws <= np.floor(n))).all()
            if p == 1.0:
                assert (draws == np.floor(n)).all()


class TestAccounts:
    """Three accounts of leaving, interchangeable."""

    @staticmethod
    def leaving(mechanism, **more):
        """Hazard of one insider of low rank who thinks of leaving."""
        base = {"flow": 0.3, "outside": 1.0, "penalty": 1.0, "fall_rate": 0.02, "gone": 0.0}
        found = {**base, "rank": 0.2, **more}
        who = Outlook(**{k: jnp.full((1, 1), v, jnp.float32) for k, v in found.items()})
        return float(mechanism.leaving(who)[0, 0])

    @pytest.mark.parametrize("account", ACCOUNTS)
    def test_hazards_are_finite_and_at_most_the_reviews(self, account):
        for flow in (-1.0, 0.0, 0.5, 5.0):
            for outside in (-20.0, 0.0, 5.0, 100.0):
                found = self.leaving(account(), flow=flow, outside=outside, gone=0.5)
                assert 0 <= found <= DEFAULT.reviews

    def test_uncertainty_makes_one_wait(self):
        calm, rough = (self.leaving(StayOrGo(volatility=v)) for v in (0.1, 0.6))
        assert rough < calm

    def test_nobody_leaves_for_nothing(self):
        assert self.leaving(DEFAULT, outside=-5.0) == 0

    def test_a_cascade_rests_where_theory_has_its_rest_points(self):
        mean = (0.9 / 0.12 - 5.0) / 10
        rest = fixed_points(lambda r: stats.norm.cdf(r, mean, 0.1)).shares[0]
        gone = 0.0
        for _ in range(200):
            hazard = self.leaving(LeaveTogether(), flow=0.9, outside=5.0, penalty=0.0, gone=gone)
            gone += (1 - gone) * -np.expm1(-hazard * 0.2)
        assert gone == pytest.approx(rest, abs=1e-3)

    @pytest.mark.parametrize("account", ACCOUNTS)
    def test_others_leaving_matters_in_cascades_alone(self, account):
        few, many = (self.leaving(account(), gone=g) for g in (0.0, 0.15))
        assert (many > few) == (account is LeaveTogether)

    @pytest.mark.rules("DF-3")
    def test_without_calculation_nothing_but_rank_counts(self):
        base = self.leaving(LeaveAtRandom())
        assert self.leaving(LeaveAtRandom(), outside=9.0, flow=0.0) == base
        assert self.leaving(LeaveAtRandom(), rank=0.9) < base / 10

    @pytest.mark.rules("DF-1", "DF-9")
    @pytest.mark.parametrize("account", [StayOrGo, LeaveTogether])
    def test_better_terms_and_defeat_draw_in_both_accounts_that_calculate(self, account):
        base = self.leaving(account())
        assert self.leaving(account(), outside=2.0) > base
        assert self.leaving(account(), flow=0.5) < base
        assert self.leaving(account(), fall_rate=0.5) > base


class TestWorth:
    """What courses are worth, and the hazard of leaving that follows."""

    @pytest.mark.rules("DF-1", "DF-3")
    def test_hazard_falls_with_rank_and_serving_pays_at_the_top(self):
        regime = court(strata={"stakes": 0.5})
        low, middle, top = yearly(regime)[PERSONS:]
        assert low > middle > top
        low, middle, top = yearly(court())[PERSONS:]  # and more is at stake at the top
        assert low > 5 * middle
        assert middle > 5 * top
        one = worth(regime)
        for course in ("quiet", "noisy", "switch"):
            assert (one.serve[-1] > getattr(one, course)[-1]).all()

    @pytest.mark.rules("DF-4")
    def test_punishment_keeps_people_quiet(self):
        mild, hard = (hazards(court(defection={"punishment": p}))[:, PERSONS] for p in (0.2, 1.0))
        assert hard[1] < mild[1]
        assert hard[2] < mild[2]
        assert hard[1] / hard[0] < mild[1] / mild[0]

    @pytest.mark.rules("CO-8", "DF-4")
    def test_owners_whose_property_is_insecure_comply_and_do_not_speak_out(self):
        safe, unsafe = (court(economy={"property_security": s}) for s in (1.0, 0.2))
        before, after = worth(safe), worth(unsafe)
        stakes = np.asarray(insiders(safe, setting()).stakes)
        lost = np.asarray(before.noisy - after.noisy)
        np.testing.assert_allclose(lost, 1.0 * 0.8 * stakes, rtol=1e-3)
        assert (np.asarray(after.lie_low) < np.asarray(before.lie_low)).all()
        for course in ("serve", "quiet", "switch"):
            np.testing.assert_array_equal(getattr(after, course), getattr(before, course))

    @pytest.mark.rules("CO-8")
    def test_owners_whose_property_is_insecure_become_loyal_and_serve(self):
        def after(security, stakes):
            parts = {"defection": {"stakes": stakes}, "strata": {"stakes": stakes}}
            found = run(court(economy={"property_security": security}, **parts), 2, "month")
            return found.elite.loyalty[OUT], found.strata.serving

        for owned, changes in ((0.8, True), (0.0, False)):
            safe, unsafe = after(0.9, owned), after(0.1, owned)
            for one, two in zip(safe, unsafe, strict=True):
                assert (two > one).all() if changes else (two == one).all()

    @pytest.mark.rules("CO-8")
    @pytest.mark.parametrize("account", ACCOUNTS)
    def test_what_open_dissenters_owned_is_there_to_be_handed_out(self, account):
        def after(security, owned):
            fled = {"shock": 1.0, "punishment": 0.0, "welcome": 1.0, "assets_abroad": 1.0}
            economy = {"property_security": security, "pool": 0.01, "payout": 0.2}
            counted = {"stakes": owned, "abroad": 1.0, "sincerity": 1.0, "aversion": 1.0}
            person = {"sincerity": 1.0}
            return run(
                court(defection={**fled, "stakes": owned}, economy=economy, strata=counted,
                      elite=person), 1, "quarter", account(),
            )  # fmt: skip

        for security, owned in ((1.0, 0.6), (0.4, 0.0)):
            np.testing.assert_array_equal(after(security, owned).economy.pool, np.float32(0.01))
        found = after(0.4, 0.6)
        abroad = np.asarray(found.elite.status == Status.ABROAD).sum(0)
        loud = np.asarray(found.strata.noisy + found.strata.switched).sum(0)
        assert 0 < (abroad > 0).mean() < 1
        assert (loud > 0).mean() > 0.9
        assert (found.strata.quiet > 0).any()
        rank, heads = np.array([1.0, 0.9, 0.3, 0.0, 0.2, 0.5, 0.95]), [1] * 4 + [1000] * 3
        rents = (0.15 + 0.85 * rank) @ heads
        lost = 1.0 * 0.6 * (1 - 0.4) * (abroad + loud) * 0.2 / rents
        np.testing.assert_allclose(found.economy.pool, np.minimum(0.01 + lost, 1.0), rtol=1e-4)

    @pytest.mark.rules("DF-5", "DF-6", "OP-2")
    def test_welcome_acceptance_and_friendly_exiles_draw(self):
        for part, field, low, high in (
            ("defection", "acceptance", 0.1, 0.8),
            ("defection", "welcome", 0.1, 0.8),
            ("opposition", "hostility", 0.9, 0.1),
        ):
            cold, warm = (yearly(court(**{part: {field: v}}))[PERSONS] for v in (low, high))
            assert warm > cold, field

    @pytest.mark.rules("DF-7")
    def test_a_windfall_of_foreign_assets_binds_without_changing_minds(self):
        poor, rich = (court(economy={"handed_out": g, "payout": 0.05}) for g in (0.0, 0.05))
        assert (worth(rich).serve >= worth(poor).serve).all()
        assert (yearly(rich)[PERSONS:] <= yearly(poor)[PERSONS:]).all()
        assert yearly(rich)[PERSONS] < yearly(poor)[PERSONS]
        before, after = run(poor, 200), run(rich, 200)
        assert (after.elite.loyalty[ARMED] > before.elite.loyalty[ARMED]).all()
        assert (after.strata.serving[MIDDLE] >= before.strata.serving[MIDDLE]).all()
        for now in (before, after):
            for part, fields in (("defection", ["aversion"]), ("strata", ["aversion"])):
                for field in fields:
                    start = getattr(getattr(poor, part), field)
                    np.testing.assert_array_equal(getattr(getattr(now, part), field), start)
        np.testing.assert_array_equal(before.elite.sincerity, after.elite.sincerity)

    @pytest.mark.rules("DF-8", "LD-6")
    def test_an_ageing_leader_makes_people_wait(self):
        far, near = (court(leadership={"horizon": h}) for h in (15.0, 3.0))
        assert (yearly(near)[PERSONS:] <= yearly(far)[PERSONS:]).all()
        assert yearly(near)[PERSONS] < yearly(far)[PERSONS]
        gain = [worth(r).lie_low - worth(r).serve for r in (far, near)]
        assert (gain[1][PERSONS:] > gain[0][PERSONS:]).all()
        waits = [run(r, 400).strata.serving[TOP] for r in (far, near)]
        assert (waits[1] <= waits[0]).all()

    @pytest.mark.rules("WR-8")
    def test_while_a_war_is_not_lost_the_next_gate_is_the_leader_s_age(self):
        ages = {h: court(leadership={"horizon": h}) for h in (15.0, 3.0)}
        fights = {h: court(leadership={"horizon": h}, war={"defeat": 0.5}) for h in ages}
        for horizon in ages:
            np.testing.assert_array_equal(yearly(fights[horizon]), yearly(ages[horizon]))
        assert yearly(fights[3.0])[PERSONS] < yearly(fights[15.0])[PERSONS]

    @pytest.mark.rules("DF-10")
    def test_what_stayers_keep_after_a_fall_makes_waiting_gain(self):
        regime = court(war={"defeat": 0.9})
        none, some = (StayOrGo(kept=k) for k in (0.0, 0.5))
        before, after = (worth(regime, mechanism=m) for m in (none, some))
        gain = {way: np.asarray(getattr(after, way) - getattr(before, way))[PERSONS:, 0]
                for way in ("serve", "lie_low", "quiet", "noisy", "switch", "play")}  # fmt: skip
        fall, rents = float(after.fall_rate[0]), 0.15 + 0.85 * np.array([0.2, 0.5, 0.95])
        expected = 0.5 * rents / 0.1 * fall / (0.1 + fall)
        for way in ("serve", "lie_low"):
            np.testing.assert_allclose(gain[way], expected, rtol=1e-3)
        for way in ("quiet", "noisy", "switch"):
            np.testing.assert_allclose(gain[way], 0.05 * expected, rtol=2e-3)
        np.testing.assert_array_equal(gain["play"], 0)
        for account in (StayOrGo, LeaveTogether):
            stays, goes = (yearly(regime, mechanism=account(kept=k)) for k in (0.5, 0.0))
            assert (stays <= goes).all()
            assert stays[PERSONS + TOP] < goes[PERSONS + TOP]

    @pytest.mark.rules("DF-10")
    def test_what_is_kept_counts_the_more_the_nearer_the_fall(self):
        gains = []
        for defeat in (0.0, 0.7, 1.0):
            low = [worth(court(war={"defeat": defeat}), mechanism=StayOrGo(kept=k)).lie_low
                   for k in (0.0, 0.5)]  # fmt: skip
            gains.append(float((low[1] - low[0])[PERSONS + TOP, 0]))
        assert 0 < gains[0] < gains[1] < gains[2]

    @pytest.mark.rules("DF-10")
    def test_hope_of_a_comeback_draws_abroad(self):
        slim, good = (worth(court(), mechanism=StayOrGo(comeback=c)).quiet for c in (0.0, 0.5))
        assert (good[PERSONS:] > slim[PERSONS:]).all()

    @pytest.mark.rules("DF-13")
    def test_aversion_makes_people_lie_low_rather_than_leave(self):
        plain, averse = (court(strata={"aversion": a}) for a in (0.0, 1.0))
        assert (worth(averse).serve < worth(plain).serve)[PERSONS:].all()
        gap = [(worth(r).lie_low - worth(r).serve)[PERSONS + MIDDLE, 0] for r in (plain, averse)]
        assert gap[1] > gap[0]
        assert yearly(averse)[PERSONS + TOP] < 0.01

    @pytest.mark.rules("NK-10")
    def test_a_last_insignificant_post_precedes_exit(self):
        regime = court(defection={"assets_abroad": 0.7, "stakes": 0.3})
        minister, envoy = (yearly(regime, fixed=setting((1.0, 0.9, g)))[CLERK] for g in (0.9, 0.1))
        assert envoy > 3 * minister

    @pytest.mark.rules("DF-9", "DF-14")
    def test_a_setback_short_of_the_threshold_moves_no_one(self):
        calm, setback = (court(war={"defeat": d}) for d in (0.0, 0.59))
        np.testing.assert_array_equal(yearly(calm), yearly(setback))
        for a, b in zip(worth(calm)[:-2], worth(setback)[:-2], strict=True):
            np.testing.assert_array_equal(a, b)
        assert (run(setback, 365).strata.plays == 0).all()
        assert (run(setback, 365).defection.choice[ARMED] != Choice.POWER_PLAY).all()

    @pytest.mark.rules("DF-9", "DF-14")
    def test_past_the_threshold_the_top_grabs_and_those_below_flee(self):
        near, rout = (court(war={"defeat": d}) for d in (0.59, 0.95))
        assert (yearly(rout)[PERSONS:-1] > yearly(near)[PERSONS:-1]).all()
        after = run(rout, 365)
        assert after.strata.plays[TOP].mean() > 0.3
        assert (after.strata.plays[:TOP] == 0).all()
        one = worth(rout)
        assert (one.play[-1] > one.serve[-1]).all()

    @pytest.mark.rules("DF-9")
    def test_paralysis_or_a_dying_leader_list_the_ship_as_defeat_does(self):
        assert (worth(court()).tips == 0).all()
        assert (worth(court(leadership={"control": 0.0, "shock": 0.9})).tips > 0).all()
        assert (worth(court(leadership={"horizon": 0.05})).tips > 0).all()
        assert (worth(court(leadership={"control": 0.0, "shock": 0.0})).tips == 0).all()


class TestEmotion:
    """DF-2, DF-11."""

    @pytest.mark.rules("DF-2")
    def test_a_spike_in_the_first_week_and_then_a_trickle(self):
        regime = court(defection={"shock": 1.0}, strata={"number": 5000.0, "sincerity": 0.5})
        left = [5000.0]
        for days in (7, 14, 21, 28):
            left.append(float(run(regime, days).strata.number[LOW].mean()))
        weeks = -np.diff(left)
        assert weeks[0] > 3 * weeks[1]
        assert weeks[3] < weeks[0] / 5
        calm = 5000 - float(run(court(strata={"number": 5000.0}), 7).strata.number[LOW].mean())
        assert weeks[0] > 3 * calm

    @pytest.mark.rules("DF-2")
    def test_only_the_sincere_are_moved(self):
        shock = {"shock": 1.0}
        for sincerity in (0.0, 0.5):
            calm, moved = (
                hazards(court(strata={"sincerity": sincerity}, defection=d)).sum(0)[PERSONS]
                for d in ({}, shock)
            )
            assert (moved > calm) == (sincerity > 0)

    @pytest.mark.rules("DF-2")
    @pytest.mark.parametrize("clock", ["hour", "week", "month", "year"])
    def test_the_same_hazard_results_on_every_clock(self, clock):
        regime = court(defection={"shock": 1.0})
        total = hazards(regime, clock)
        calm = hazards(court(), clock) / YEARS_PER_STEP[clock]
        span = YEARS_PER_STEP[clock]
        decayed = -np.expm1(-span / DEFAULT.shock_years) * DEFAULT.shock_years
        day = (hazards(regime, "hour") - hazards(court(), "hour")) / (
            -np.expm1(-YEARS_PER_STEP["hour"] / DEFAULT.shock_years) * DEFAULT.shock_years
        )
        np.testing.assert_allclose(total, calm * span + day * decayed, rtol=2e-3, atol=1e-9)

    def test_the_shock_decays_alike_on_every_clock(self):
        regime = court(defection={"shock": 1.0})
        days, week = run(regime, 7).defection.shock, run(regime, 1, "week").defection.shock
        np.testing.assert_allclose(days, week, rtol=1e-4)

    @pytest.mark.rules("DF-11")
    def test_those_who_stay_are_less_sincere_when_the_sincere_have_gone(self):
        regime = court(defection={"shock": 1.0}, strata={"number": 5000.0})
        after = run(regime, 7).strata
        assert (after.sincerity[LOW] < 0.3).all()
        lost = jnp.full((1, 4), 100.0)
        args = (jnp.full((1, 4), 0.3), lost, jnp.full((1, 4), 900.0))
        emotion = left_behind(args[0], jnp.ones((1, 4)), *args[1:])
        np.testing.assert_allclose(emotion, (300 - 100) / 900, rtol=1e-5)
        cool = left_behind(args[0], jnp.zeros((1, 4)), *args[1:])
        np.testing.assert_allclose(cool, 0.3, rtol=1e-5)

    @pytest.mark.rules("DF-2", "DF-5")
    def test_a_war_shocks_once_and_welcome_wears_off(self):
        war = {"intensity": 0.8, "years": YEARS_PER_STEP["day"]}
        assert np.allclose(run(court(war=war), mechanism=ExitClimate()).defection.shock, 0.8)
        old = {"intensity": 0.8, "years": 1.0}
        assert (run(court(war=old), mechanism=ExitClimate()).defection.shock == 0).all()
        start = court(defection={"welcome": 0.9, "acceptance": 0.1})
        after = run(start, 3, "year", ExitClimate()).defection.welcome
        np.testing.assert_allclose(after, 0.1 + 0.8 * np.exp(-3), rtol=1e-4)


class TestConsequences:
    """DF-12, and what leaving does to persons."""

    @pytest.mark.rules("DF-12")
    def test_only_the_rare_and_senior_weigh(self):
        weight = lambda rank, rarity: float(pillar(jnp.float32(rank), jnp.float32(rarity)))  # noqa: E731
        assert weight(0.2, 0.0) == 0
        assert weight(0.95, 0.6) > 100 * weight(0.3, 0.2)
        flight = {"stakes": 0.0, "abroad": 1.0, "rank": 0.2, "number": 3000.0}
        rooted = {"stakes": 1.0}  # so that no person of the court leaves
        artists, pillars = (
            run(court(defection=rooted, strata={**flight, **more}), 365)
            for more in ({"replaceable": 1.0}, {"rank": 0.6, "replaceable": 0.0})
        )
        assert (artists.strata.number[LOW] < 3000).all()
        np.testing.assert_array_equal(artists.clans.cohesion, court().clans.cohesion)
        assert (pillars.clans.cohesion < 0.6).any()
        assert (pillars.defection.pillars_lost > artists.defection.pillars_lost).any()

    def test_leavers_are_out_of_play_and_the_leader_never_leaves(self):
        regime = court(
            defection={"stakes": 0.0, "assets_abroad": 1.0, "acceptance": 1.0, "punishment": 0.0},
            opposition={"hostility": 0.0},
        )
        after = run(regime, 5, "year")
        gone = after.elite.status != Status.ACTIVE
        assert gone[CLERK].mean() > 0.5
        assert not gone[LEADER].any()
        loud = after.elite.status == Status.ABROAD
        assert (after.elite.severity[loud] >= 0.25).all()
        assert (after.elite.severity[after.elite.status == Status.RETIRED] == 0).all()
        before = run(regime, 1, "year")
        struck = before.elite.fallen_by == StayOrGo.id
        np.testing.assert_array_equal(struck, before.elite.status != Status.ACTIVE)

    def test_ways_of_leaving_share_the_leavers_as_their_hazards_do(self):
        regime = court(strata={"number": 20_000.0})
        tick = make_tick(DEFAULT, setting(), RUNS, 1)
        hazard = jnp.broadcast_to(jnp.array([0.2, 0.1, 0.05])[:, None, None], (3, 3, RUNS))
        none = jnp.zeros((3, RUNS))
        after = leave(regime, tick, hazard, none, none, none, 0.0, 0.0).strata
        gone = 20_000 * -np.expm1(-0.35)
        error = 4 * np.sqrt(20_000 * 0.3 / RUNS)
        for way, part in (("quiet", 0.2), ("noisy", 0.1), ("switched", 0.05)):
            mean = np.asarray(getattr(after, way)).mean(1)
            np.testing.assert_allclose(mean, gone * part / 0.35, atol=error)

    def test_members_are_conserved(self):
        after = run(court(defection={"shock": 1.0}), 30).strata
        total = after.number + after.quiet + after.noisy + after.switched
        np.testing.assert_array_equal(total, 1000)

    def test_a_scenario_without_strata_works(self):
        regime = with_(blank_regime(PERSONS, OFFICES, CLANS, 8), elite={"clan": [0, 1, 2, 2]})
        after = run(regime, 3)
        assert after.strata.number.shape == (0, 8)
        assert run(after, mechanism=PowerPlay()).strata.number.shape == (0, 8)


class TestPowerPlay:
    """DF-9, DF-14: force settles."""

    @pytest.mark.rules("DF-9", "DF-14")
    def test_a_clan_s_grab_is_settled_as_a_coup(self):
        regime = court(defection={"choice": [0, Choice.POWER_PLAY, 0, 0]})
        after = run(regime, mechanism=PowerPlay())
        assert (after.moves.plotter == 1).all()
        won = np.asarray(after.moves.coup_success)
        assert 0.1 < won.mean() < 0.9
        leader = np.asarray(after.leadership.leader)
        assert (leader[won] == NOBODY).all()
        assert (leader[~won] == LEADER).all()
        assert (np.asarray(after.leadership.exit_mode)[won] == Exit.COUP).all()
        assert (np.asarray(after.elite.condemned[ARMED])[~won] > 0).all()
        assert (after.defection.choice[ARMED] == Choice.LIE_LOW).all()

    @pytest.mark.rules("DF-9")
    def test_more_force_wins_more_often(self):
        weak, strong = (
            run(
                court(
                    defection={"choice": [0, Choice.POWER_PLAY, 0, 0]},
                    elite={"coercion": [0.0, f, 0.0, 0.0]},
                    clans={"coercion": [0.4, f, 0.0]},
                ),
                mechanism=PowerPlay(),
            ).moves.coup_success
            for f in (0.2, 1.5)
        )
        assert (strong >= weak).all()
        assert strong.mean() > weak.mean() + 0.2

    def test_without_force_or_choice_nothing_happens(self):
        quiet = run(court(), mechanism=PowerPlay())
        unarmed = run(
            court(defection={"choice": [0, 0, Choice.POWER_PLAY, 0]}), mechanism=PowerPlay()
        )
        for after in (quiet, unarmed):
            assert (after.moves.plotter == NOBODY).all()
            assert (after.leadership.leader == LEADER).all()

    @pytest.mark.rules("DF-9")
    def test_a_stratum_that_fails_loses_its_circle(self):
        regime = court(strata={"plotting": [0.0, 0.0, 1.0], "number": 1000.0})
        after = run(regime, mechanism=PowerPlay())
        won = np.asarray(after.leadership.leader) == NOBODY
        assert 0.05 < won.mean() < 0.95
        np.testing.assert_array_equal(np.asarray(after.strata.number[TOP])[~won], 990)
        np.testing.assert_array_equal(np.asarray(after.strata.number[TOP])[won], 1000)
        assert (after.strata.number[:TOP] == 1000).all()

    def test_one_attempt_a_tick(self):
        regime = court(moves={"plotter": 2}, strata={"plotting": [0.0, 0.0, 1.0]})
        after = run(regime, mechanism=PowerPlay())
        assert (after.leadership.leader == LEADER).all()
