"""Rents, the budget, spoils and money: closed forms, paired comparative statics, invariants."""

import numpy as np
import pandas as pd
import pytest
from jax import numpy as jnp

from tests.court import make_tick, step, together
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.clans import Attack
from vertikal.regime.economy import (
    DEVELOPMENT,
    MILITARY,
    PATRONAGE,
    PUBLIC,
    SECURITY,
    Budget,
    Money,
    Rents,
    Spoils,
    ruling_mix,
)
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.military_industry import HOME, MicGrowth
from vertikal.regime.regime import Base, change

RUNS, OFFICES, PERSONS, CLANS = 16, 3, 4, 3
MANY = 4096
CLOCKS = ("month", "quarter", "year")


def state(runs=RUNS, mix=None, **fields):
    """A plain court with given numbers by address, `economy__rent=0.4`."""
    regime = blank_regime(PERSONS, OFFICES, CLANS, runs)
    holder = jnp.broadcast_to(jnp.arange(OFFICES, dtype=jnp.int32)[:, None], (OFFICES, runs))
    regime = change(regime, nomenklatura=change(regime.nomenklatura, holder=holder))
    if mix is not None:
        poles = jnp.broadcast_to(jnp.asarray(mix, jnp.float32)[:, None, None], (3, PERSONS, runs))
        regime = change(regime, elite=change(regime.elite, mix=poles))
    for address, value in fields.items():
        part, field = address.split("__")
        old = getattr(getattr(regime, part), field)
        value = jnp.asarray(value, old.dtype)
        value = value[:, None] if value.ndim == 1 and old.ndim == 2 else value
        new = jnp.broadcast_to(value, old.shape)
        regime = change(regime, **{part: change(getattr(regime, part), **{field: new})})
    return regime


def run(mechanism, regime, years=1.0, clock="month", fixed=None, seed=0):
    fixed = blank_setting(OFFICES, CLANS) if fixed is None else fixed
    ticks = max(round(years / YEARS_PER_STEP[clock]), 1)
    return step(mechanism, regime, fixed, ticks, clock, seed)


STEADY = Rents(volatility=0.0, reversion=0.0)
"""A world price that stays where it is put."""


class TestRents:
    @pytest.mark.rules("EC-1")
    def test_odds_of_rent_move_with_the_price_whoever_moves_it(self):
        start = run(STEADY, state(economy__price=50.0, economy__rent=0.2, economy__growth=0.0))
        np.testing.assert_allclose(start.economy.rent, 0.2, atol=1e-6)
        spiked = change(start, economy=change(start.economy, price=2 * start.economy.price))
        after = run(STEADY, spiked, 1 / 12).economy.rent
        np.testing.assert_allclose(after, 0.5 / 1.5, atol=1e-6)

    def test_a_stated_rent_belongs_to_the_stated_price(self):
        after = run(STEADY, state(economy__price=20.0, economy__rent=0.4, economy__growth=0.0), 3)
        np.testing.assert_allclose(after.economy.rent, 0.4, atol=1e-5)

    @pytest.mark.rules("EC-1")
    def test_an_event_that_imposes_price_and_rent_moves_the_rent_once(self):
        start = run(STEADY, state(economy__price=50.0, economy__rent=0.2, economy__growth=0.0))
        price, rent = start.economy.price, start.economy.rent
        both = change(start, economy=change(start.economy, price=2 * price, rent=rent + 0.1))
        np.testing.assert_allclose(run(STEADY, both, 3).economy.rent, rent + 0.1, atol=1e-5)

    def test_the_rent_follows_the_price_from_the_first_step_on(self):
        start = state(economy__price=51.0, economy__rent=0.2, economy__growth=0.0)
        after = run(Rents(decline=0.0), start, 1, "year").economy
        odds = 0.25 * np.asarray(after.price) / 51.0
        np.testing.assert_allclose(after.rent, odds / (1 + odds), rtol=1e-4)

    @pytest.mark.parametrize("clock", CLOCKS)
    def test_the_price_has_the_moments_of_the_process_on_every_clock(self, clock):
        m = Rents()
        logs = np.log(run(m, state(MANY, economy__price=20.0), 4, clock).economy.price)
        pull = np.exp(-4 * m.reversion)
        mean = np.log(m.normal_price) + (np.log(20.0) - np.log(m.normal_price)) * pull
        sd = m.volatility * np.sqrt((1 - pull**2) / (2 * m.reversion))
        assert abs(logs.mean() - mean) < 4 * sd / np.sqrt(MANY)  # four standard errors
        assert abs(logs.std() / sd - 1) < 4 / np.sqrt(2 * MANY)

    def test_without_reversion_it_is_a_random_walk(self):
        logs = np.log(run(Rents(reversion=0.0), state(MANY), 2).economy.price)
        assert abs(logs.std() / (0.34 * np.sqrt(2)) - 1) < 4 / np.sqrt(2 * MANY)

    @pytest.mark.rules("EC-17")
    def test_fields_without_investment_are_exhausted_and_rent_with_them(self):
        poor, rich = (
            run(STEADY, state(economy__investment=i, economy__growth=0.0), 20).economy
            for i in (0.05, 0.2)
        )
        np.testing.assert_allclose(poor.volume, np.exp(-20 * 0.05 * 0.75), rtol=1e-4)
        np.testing.assert_allclose(rich.volume, 1.0, rtol=1e-4)
        assert (poor.rent < rich.rent - 0.05).all()

    @pytest.mark.rules("EC-5", "EC-16")
    def test_a_spike_gives_land_its_worth_in_a_resource_state(self):
        def worth(price, rent):
            regime = state(economy__price=price, economy__rent=rent, economy__growth=0.0)
            return run(STEADY, regime, 5).economy.territory

        gain = worth(110.0, 0.4) - worth(51.0, 0.4)
        assert (gain > 0.1).all()
        assert (gain > 2 * (worth(110.0, 0.05) - worth(51.0, 0.05))).all()
        assert (worth(51.0, 0.4) > worth(51.0, 0.05)).all()


class TestBudget:
    default = Budget()

    @pytest.mark.rules("EC-1", "EC-2", "EC-5")
    def test_the_powerful_get_their_lines(self):
        def budget(**given):
            return run(self.default, state(**given), 6).economy.budget

        plain = budget(mix=(0.3, 0.4, 0.3))
        greedy = budget(mix=(0.1, 0.2, 0.7))
        able = budget(mix=(0.7, 0.2, 0.1))
        assert (greedy[PATRONAGE] > plain[PATRONAGE]).all()
        assert (able[DEVELOPMENT] > plain[DEVELOPMENT]).all()
        assert (budget(economy__concentration=0.9)[PATRONAGE] > budget()[PATRONAGE]).all()
        assert (budget(war__intensity=1.0)[MILITARY] > budget()[MILITARY] + 0.1).all()
        assert (budget(public__discontent=0.9)[PUBLIC] > budget()[PUBLIC]).all()
        land, none = (budget(mix=(0.7, 0.2, 0.1), economy__territory=t) for t in (1.0, 0.0))
        assert (land[DEVELOPMENT] < none[DEVELOPMENT]).all()

    @pytest.mark.rules("MI-3", "MI-10")
    def test_arms_take_what_the_military_line_pays_and_tension_presses_for_it(self):
        def after(**given):
            start = state(military_industry__spending=(0.4, 0.2), **given)
            rules, fixed = (MicGrowth(), self.default), blank_setting(OFFICES, CLANS)
            return together(rules, start, fixed, 24)

        calm, tense = (after(military_industry__tension=t) for t in (0.0, 1.0))
        great = after(policy__agenda=1.0)
        waging = after(military_industry__war=1.0)
        for now in (calm, tense, great, waging):
            paid = now.economy.budget[MILITARY] * now.economy.spending
            np.testing.assert_allclose(now.military_industry.spending[HOME], paid, rtol=1e-5)
        home = [now.military_industry.spending[HOME] for now in (calm, tense)]
        assert (home[1] > home[0] + 0.003).all()
        assert (great.military_industry.spending[HOME] > home[0]).all()
        assert (waging.military_industry.spending[HOME] > home[1]).all()

    def test_clans_of_force_raise_the_line_of_security(self):
        plain = blank_setting(OFFICES, CLANS)
        base = plain.clan_base.at[0].set(Base.COERCIVE)
        regime = state(clans__power=(2.0, 1.0, 1.0))
        armed, unarmed = (
            run(self.default, regime, 4, fixed=change(plain, clan_base=b)).economy.budget[SECURITY]
            for b in (base, plain.clan_base)
        )
        assert (armed > unarmed + 0.03).all()

    @pytest.mark.rules("EC-4")
    def test_a_windfall_repays_debt_first_and_then_fills_the_fund(self):
        rich = state(economy__rent=0.5, economy__debt=0.03, economy__spending=0.3,
                     economy__growth=0.0)  # fmt: skip
        first = run(self.default, rich, 1 / 12).economy
        taken = 0.5 * 0.8 + 0.5 * 0.65
        surplus = (0.33 * 0.5 + taken * 0.5 - np.asarray(first.spending)) / 12
        np.testing.assert_allclose(0.03 - first.debt, 0.7 * surplus, rtol=1e-3)
        np.testing.assert_allclose(first.fund, 0.3 * surplus, rtol=1e-3)
        later = run(self.default, rich, 3).economy
        np.testing.assert_allclose(later.debt, 0.0, atol=1e-6)
        poor = run(self.default, state(economy__rent=0.05, economy__debt=0.05), 3).economy
        assert (poor.debt > 0.05).all()
        assert (poor.fund < later.fund).all()

    @pytest.mark.rules("EC-1", "EC-4")
    @pytest.mark.parametrize(
        ("owned", "concentration"), [(0.0, 0.5), (0.4, 0.6), (0.5, 0.7), (0.9, 0.5), (1.0, 1.0)]
    )
    def test_with_the_same_spending_more_rent_repays_debt_and_fills_the_fund(
        self, owned, concentration
    ):
        same = Budget(raise_years=1e6, cut_years=1e6, repayment=0.5)
        low, high = (
            run(same, state(economy__rent=r, economy__state_share=owned, economy__spending=0.34,
                            economy__concentration=concentration, economy__growth=0.0)).economy
            for r in (0.2, 0.4)
        )  # fmt: skip
        np.testing.assert_allclose(low.spending, high.spending, atol=1e-5)
        assert (high.fund > low.fund + 0.01).all()
        assert (high.debt < low.debt - 0.01).all()

    def test_a_deficit_empties_the_fund_then_borrows_and_prints(self):
        lean = {"economy__rent": 0.05, "economy__spending": 0.4, "economy__growth": 0.0}
        covered = run(self.default, state(**lean, economy__fund=0.5), 1).economy
        bare = run(self.default, state(**lean), 1).economy
        cut_off = run(self.default, state(**lean, foreign__sanctions=1.0), 1).economy
        assert (covered.fund < 0.5).all()
        assert (covered.stress < bare.stress).all()
        np.testing.assert_allclose(covered.debt, 0.2, atol=1e-6)
        assert (bare.debt > 0.2).all()
        np.testing.assert_allclose(cut_off.debt, 0.2, atol=1e-6)
        np.testing.assert_allclose(cut_off.stress, bare.stress, atol=1e-6)

    @pytest.mark.rules("EC-14")
    def test_managers_keep_from_the_state_what_is_theirs(self):
        spread, fused = (
            self.default.taken(state(economy__concentration=c, economy__state_share=0.8))
            for c in (0.1, 0.9)
        )
        assert (fused < spread - 0.2).all()

    @pytest.mark.rules("EC-1", "EC-17")
    def test_what_is_paid_for_loyalty_falls_with_rent(self):
        low, high = (run(self.default, state(economy__rent=r)).economy.payout for r in (0.05, 0.4))
        assert (high > low + 0.05).all()

    def test_the_shares_stay_whole(self):
        after = run(self.default, state(mix=(0.2, 0.2, 0.6)), 10).economy.budget
        np.testing.assert_allclose(after.sum(0), 1.0, atol=1e-5)

    def test_the_more_claimants_the_more_overspending(self):
        regime = state(policy__rationality=0.0)
        strict, lax = (run(Budget(laxity=x), regime, 3).economy.spending for x in (0.0, 0.1))
        assert (lax > strict + 0.02).all()
        wise = run(Budget(laxity=0.1), state(policy__rationality=1.0), 3).economy.spending
        np.testing.assert_allclose(wise, run(Budget(laxity=0.0), state(), 3).economy.spending,
                                   atol=1e-5)  # fmt: skip

    @pytest.mark.parametrize("clock", ["month", "quarter"])
    def test_the_same_course_on_two_clocks(self, clock):
        start = state(economy__rent=0.4, economy__spending=0.3)
        week, other = (run(self.default, start, 3, c).economy for c in ("week", clock))
        for name in ("budget", "spending", "debt", "fund"):
            np.testing.assert_allclose(
                getattr(week, name), getattr(other, name), atol=0.02, err_msg=name
            )
        # the fund runs out within a step, which stress sees late by as much
        np.testing.assert_allclose(week.stress, other.stress, atol=0.05)


def paid(payout, due, **fields):
    return state(economy__payout=payout, economy__entitlement=due, **fields)


class TestSpoils:
    default = Spoils()

    @pytest.mark.rules("EC-1", "EC-2", "EC-12")
    def test_gifts_raise_loyalty_and_change_no_opinion(self):
        none, some = (
            run(self.default, paid(0.1, 0.1, economy__handed_out=h), 1) for h in (0.0, 0.1)
        )
        assert (some.elite.loyalty > none.elite.loyalty + 0.02).all()
        np.testing.assert_array_equal(some.elite.mix, none.elite.mix)
        np.testing.assert_allclose(none.elite.loyalty, 0.5, atol=1e-5)

    @pytest.mark.rules("CL-17")
    def test_ties_decide_who_is_paid_as_far_as_no_law_binds(self):
        favoured, neutral, shunned = range(3)

        def loyal(favour=(0.8, 0.0, -0.8), law=0.0, ties=0.3, payout=0.1):
            start = paid(
                payout, payout, clans__favour=np.array(favour), clans__power=1.0,
                policy__legal_order=law, elite__clan=np.array([0, 1, 2, 2]),
            )  # fmt: skip
            return run(Spoils(ties=ties), start, 1).elite.loyalty

        found = loyal()
        assert (found[favoured] > found[neutral] + 0.02).all()
        assert (found[shunned] < found[neutral] - 0.02).all()
        half = loyal(law=0.5)
        assert (half[favoured] < found[favoured]).all()
        for even in (loyal(law=1.0), loyal(ties=0.0), loyal((1.0,) * 3), loyal(payout=0.0)):
            np.testing.assert_allclose(even, 0.5, atol=1e-5)

    def test_the_greedy_are_moved_most(self):
        greedy, devout = (
            run(self.default, paid(0.2, 0.1, mix=m)).elite.loyalty
            for m in ((0.1, 0.0, 0.9), (0.1, 0.9, 0.0))
        )
        assert (greedy > devout + 0.02).all()

    @pytest.mark.rules("EC-17")
    def test_falling_rents_raise_the_conflict_of_clans(self):
        pact = jnp.zeros((CLANS, CLANS, RUNS)).at[0, 1].set(0.6)
        fixed = blank_setting(OFFICES, CLANS)
        attack = Attack()
        tick = make_tick(attack, fixed, RUNS, 1)

        def rates(payout):
            regime = paid(payout, 0.1, clans__power=1.0)
            regime = change(regime, clans=change(regime.clans, pact=pact))
            after = run(self.default, regime, 2)
            # what the balance of power makes of it: exposure of the members
            exposure = after.elite.exposure.mean(0, keepdims=True)
            clans = change(after.clans, exposure=jnp.broadcast_to(exposure, (CLANS, RUNS)))
            return attack.pair_rates(change(after, clans=clans), tick).sum(0)

        fallen, steady, risen = rates(0.02), rates(0.1), rates(0.2)
        assert (fallen > steady * 1.1).all()
        np.testing.assert_allclose(risen, steady, rtol=1e-5)

    def test_a_loss_dissolves_pacts_and_gathers_material(self):
        m, years = Spoils(habit_years=1e6), 2.0
        regime = paid(0.0, 0.1, clans__pact=0.5)
        after = run(m, regime, years)
        np.testing.assert_allclose(after.clans.pact, 0.5 * np.exp(-0.7 * years), rtol=1e-4)
        np.testing.assert_allclose(1 - after.elite.exposure, 0.8 * np.exp(-0.15 * years), rtol=1e-4)

    def test_insiders_get_used_to_what_they_are_paid(self):
        after = run(self.default, paid(0.2, 0.1), 8).economy.entitlement
        np.testing.assert_allclose(after, 0.2 - 0.1 * np.exp(-8 / 4), rtol=1e-3)
        fresh = run(self.default, paid(0.2, 0.0), 1)
        np.testing.assert_allclose(fresh.economy.entitlement, 0.2, rtol=1e-5)
        np.testing.assert_allclose(fresh.elite.loyalty, 0.5, atol=1e-6)

    @pytest.mark.parametrize("clock", ["week", "quarter"])
    def test_the_same_course_on_two_clocks(self, clock):
        start = paid(0.03, 0.1, clans__pact=0.5)
        month, other = (run(self.default, start, 2, c) for c in ("month", clock))
        np.testing.assert_allclose(month.elite.loyalty, other.elite.loyalty, atol=0.02)
        np.testing.assert_allclose(month.clans.pact, other.clans.pact, atol=0.02)


class TestMoney:
    default = Money()

    @pytest.mark.rules("EC-11")
    def test_taylors_rule_at_his_own_numbers(self):
        m = Money(neutral=0.02, goal=0.02, usual_growth=0.022)
        regime = state(economy__inflation=0.04, economy__growth=0.022)
        np.testing.assert_allclose(m.rule(regime), 0.04 + 0.5 * 0.02 + 0.02, atol=1e-6)

    @pytest.mark.rules("EL-15")
    def test_technocrats_keep_to_the_rule_and_urgency_bends_it(self):
        hot = {"economy__inflation": 0.2, "economy__key_rate": 0.2}

        def rate(mix, **more):
            return run(self.default, state(mix=mix, **hot, **more), 0.5).economy.key_rate

        able, devout = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1)
        assert (rate(able) > rate(devout) + 0.01).all()
        kept = rate(able) - rate(devout)
        bent = rate(able, war__intensity=1.0) - rate(devout, war__intensity=1.0)
        np.testing.assert_allclose(bent, 0.0, atol=1e-6)
        assert (kept > bent).all()

    @pytest.mark.rules("EC-11", "EL-15")
    def test_a_blow_from_outside_is_met_at_once_and_by_decree(self):
        blow = {"foreign__sanctions": 0.9, "foreign__expected_sanctions": 0.3}
        able, devout = (
            run(self.default, state(mix=m, **blow), 1 / 12).economy.key_rate
            for m in ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1))
        )
        assert (able > devout + 0.005).all()

    def test_a_high_rate_works_and_printed_deficits_blunt_it(self):
        def inflation(rate, stress):
            m = Money(rate_years=5.0)
            regime = state(economy__key_rate=rate, economy__inflation=0.15, economy__stress=stress)
            return run(m, regime, 1).economy.inflation

        free = inflation(0.15, 0.0) - inflation(0.3, 0.0)
        dominated = inflation(0.15, 1.0) - inflation(0.3, 1.0)
        assert (free > 0.02).all()
        assert (dominated < 0.5 * free).all()
        assert (inflation(0.2, 0.8) > inflation(0.2, 0.0)).all()

    def test_the_key_rate_can_follow_inflation_beyond_a_doubling_of_prices(self):
        high = state(economy__inflation=3.0, economy__key_rate=0.5, economy__stress=0.0)
        after = run(Money(rate_years=0.01), high, 1 / 12).economy.key_rate
        assert (after > 3.0).all()
        assert (run(self.default, state(economy__inflation=10.0), 1).economy.key_rate <= 10.0).all()

    def test_inflation_comes_to_rest_under_the_rule(self):
        after = run(self.default, state(economy__inflation=0.6, economy__stress=0.0,
                    military_industry__influence=(0.0, 0.0)), 25)  # fmt: skip
        np.testing.assert_allclose(after.economy.inflation, self.default.goal, atol=2e-3)
        np.testing.assert_allclose(
            after.economy.key_rate - after.economy.inflation, self.default.neutral, atol=4e-3
        )


def test_those_who_rule_are_the_leader_as_far_as_power_is_personal():
    mix = np.tile(np.float32([[0.2], [0.5], [0.3]])[:, :, None], (1, PERSONS, RUNS))
    mix[:, 0] = np.float32([[1.0], [0.0], [0.0]])
    regime = state()
    regime = change(regime, elite=change(regime.elite, mix=jnp.asarray(mix)))
    for own, expected in ((1.0, [1, 0, 0]), (0.0, (mix[:, :3, 0].mean(1)).tolist())):
        lead = change(regime.leadership, personal_power=jnp.full(RUNS, own))
        found = ruling_mix(change(regime, leadership=lead), blank_setting(OFFICES, CLANS))
        np.testing.assert_allclose(found[:, 0], expected, atol=1e-5)


def test_only_the_price_is_a_matter_of_chance():
    regime = state(economy__entitlement=0.2)
    for mechanism, differs in ((Rents(), True), (Budget(), False), (Spoils(), False),
                               (Money(), False)):  # fmt: skip
        a, b = (pd.Series(run(mechanism, regime, 1, seed=s).economy.price) for s in (0, 1))
        assert (not a.equals(b)) is differs
