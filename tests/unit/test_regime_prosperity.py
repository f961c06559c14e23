"""Property, growth, people and land: paired comparative statics and closed forms."""

import numpy as np
import pytest
from jax import numpy as jnp

from tests.court import together
from tests.unit.test_regime_economy import CLANS, OFFICES, PERSONS, run, state
from vertikal.regime.blank import blank_setting
from vertikal.regime.economy import Rents
from vertikal.regime.levels import levels
from vertikal.regime.mechanism import parameters
from vertikal.regime.prosperity import Demography, Growth, Property
from vertikal.regime.regime import change
from vertikal.regime.subsystems import Economy
from vertikal.theory.catchup import catch_up_growth, gap_limit

assert OFFICES < PERSONS


def at(regime, **foreign):
    new = {k: jnp.full_like(regime.foreign.exits, v) for k, v in foreign.items()}
    return change(regime, foreign=change(regime.foreign, **new))


class TestProperty:
    default = Property()

    @pytest.mark.rules("CO-8", "EC-7", "CO-9")
    def test_grey_law_greed_and_force_make_property_insecure(self):
        def secure(**given):
            return run(self.default, state(**given), 5).economy.property_security

        plain = secure()
        assert (secure(coercion__grey_law=1.0) < plain).all()
        assert (secure(mix=(0.1, 0.1, 0.8)) < plain).all()
        assert (secure(policy__force=1.0) < plain).all()
        assert (secure(policy__legal_order=1.0) > plain).all()

    @pytest.mark.rules("EC-3", "CO-9")
    def test_the_unprotected_are_robbed_and_the_privileged_spared(self):
        def pool(**given):
            return run(Property(handing_years=1e4), state(**given), 2).economy.pool

        greedy = {"mix": (0.1, 0.1, 0.8), "policy__force": 0.8}
        assert (pool(**greedy) > pool(mix=(0.8, 0.1, 0.1), policy__force=0.0)).all()
        few, many = (pool(**greedy, economy__concentration=c) for c in (0.9, 0.1))
        assert (few < many).all()

    @pytest.mark.rules("EC-12")
    def test_exits_leave_assets_that_are_handed_out(self):
        m = Property(seizures=0.0, entry=0.0)
        settled = run(m, state(economy__foreign_firms=0.6), 1 / 12)
        np.testing.assert_allclose(settled.economy.pool, 0.0, atol=1e-7)
        after = run(m, at(settled, exits=0.5), 1 / 12).economy
        np.testing.assert_allclose(after.foreign_firms, 0.3, rtol=1e-4)
        step = 1 / 12
        given = 0.1 * 0.5 * 0.3 * (1 - np.exp(-step / 2))
        np.testing.assert_allclose(after.handed_out * step, given, rtol=1e-3)
        np.testing.assert_allclose(after.pool, 0.1 * 0.5 * 0.3 - given, rtol=1e-3)
        again = run(m, at(change(settled, economy=after), exits=0.5), 1 / 12).economy
        np.testing.assert_allclose(again.foreign_firms, 0.3, rtol=1e-4)
        later = run(m, at(change(settled, economy=after), exits=0.5), 20).economy
        assert (later.pool < 1e-4).all()

    def test_exits_before_the_start_have_been_settled(self):
        after = run(Property(seizures=0.0), state(foreign__exits=0.7), 1).economy
        np.testing.assert_allclose(after.pool, 0.0, atol=1e-7)

    @pytest.mark.rules("EC-2")
    def test_power_rent_and_gifts_concentrate_and_law_spreads(self):
        def share(**given):
            return run(self.default, state(**given), 5).economy.concentration

        assert (share(economy__rent=0.6) > share()).all()
        assert (share(leadership__personal_power=1.0) > share()).all()
        assert (share(economy__pool=0.5) > share()).all()
        assert (share(policy__legal_order=1.0) < share()).all()

    @pytest.mark.rules("EC-10")
    def test_the_state_takes_the_heights_and_sells_under_stress(self):
        def share(**given):
            return run(self.default, state(**given), 5).economy.state_share

        assert (share(economy__rent=0.6) > share(economy__rent=0.1)).all()
        assert (share(policy__agenda=1.0) > share(policy__agenda=0.0)).all()
        assert (share(economy__stress=1.0) < share(economy__stress=0.0)).all()

    @pytest.mark.rules("IN-8")
    def test_the_habit_of_centralising_takes_in_the_economy(self):
        loose, firm = (
            run(self.default, state(institutions__vertical=v), 30).economy.state_share
            for v in (0.2, 0.7)
        )
        np.testing.assert_allclose(firm - loose, 0.5 * self.default.central_state, rtol=0.01)

    @pytest.mark.rules("EC-6")
    def test_energy_draws_partners_and_dependence_blocks_them(self):
        def firms(**given):
            return run(self.default, state(**given), 3).economy.foreign_firms

        assert (firms(economy__rent=0.5) > firms(economy__rent=0.1)).all()
        assert (firms(economy__dependence=0.9) < firms(economy__dependence=0.3)).all()
        free = firms(economy__rent=0.5, economy__dependence=0.1)
        tied = firms(economy__rent=0.5, economy__dependence=1.0)
        plain = firms(economy__rent=0.1, economy__dependence=0.1)
        assert (free > plain).all()
        assert (tied < plain).all(), "the block outweighs the interest"

    def test_managers_depend_where_the_state_owns_or_could_rob(self):
        def depends(**given):
            return run(self.default, state(**given), 5).economy.dependence

        assert (depends(economy__state_share=0.9) > depends(economy__state_share=0.2)).all()
        assert (depends(mix=(0.1, 0.1, 0.8)) > depends(mix=(0.8, 0.1, 0.1))).all()

    @pytest.mark.rules("EL-15")
    def test_need_calls_for_administrative_means_and_principle_holds_them_back(self):
        def by_decree(stress, technocrats=0.4, **given):
            rest = (1 - technocrats) / 2
            start = state(mix=(technocrats, rest, rest), economy__stress=stress, **given)
            return run(self.default, start, 20).economy.administered

        np.testing.assert_allclose(by_decree(0.0), 0.0, atol=1e-6)
        law = 0.5 * 0.6 * (1 - 0.4 * 0.4)
        np.testing.assert_allclose(by_decree(0.6), law, rtol=1e-4)
        for pressed in ({"war__intensity": 0.8}, {"foreign__sanctions": 0.9}):
            assert (by_decree(0.0, **pressed) > 0.05).all()
        assert (by_decree(0.3, 0.9) < by_decree(0.3, 0.1) - 0.02).all()
        np.testing.assert_allclose(by_decree(1.0, 0.9), by_decree(1.0, 0.1), rtol=1e-4)
        given_up = by_decree(0.0, economy__administered=0.5)
        np.testing.assert_allclose(given_up, 0.0, atol=1e-6)

    @pytest.mark.rules("EL-15", "CO-8")
    def test_decrees_override_titles(self):
        def secure(mechanism):
            start = state(economy__stress=1.0, policy__legal_order=0.9)
            return run(mechanism, start, 6).economy.property_security

        assert (secure(self.default) < secure(Property(overridden=0.0)) - 0.02).all()

    @pytest.mark.parametrize("clock", ["week", "quarter"])
    def test_the_same_course_on_two_clocks(self, clock):
        start = state(mix=(0.2, 0.2, 0.6), economy__pool=0.3)
        month, other = (run(self.default, start, 3, c).economy for c in ("month", clock))
        for name in ("pool", "concentration", "property_security", "foreign_firms"):
            np.testing.assert_allclose(
                getattr(month, name), getattr(other, name), atol=0.02, err_msg=name
            )


class TestGrowth:
    default = Growth()

    @pytest.mark.rules("EL-15")
    def test_what_is_run_by_decree_is_wasted_like_what_the_state_supervises(self):
        def grown(decreed, owned=0.2, reason=0.0):
            start = state(
                economy__administered=decreed,
                economy__state_share=owned,
                policy__rationality=reason,
            )
            return run(self.default, start, 2).economy.growth

        assert (grown(0.8) < grown(0.0) - 0.002).all()
        np.testing.assert_allclose(grown(0.8, reason=1.0), grown(0.0, reason=1.0), atol=1e-7)
        np.testing.assert_allclose(grown(0.8, owned=1.0), grown(0.0, owned=1.0), atol=1e-7)

    @pytest.mark.rules("EC-7", "EC-3")
    def test_owners_invest_as_far_as_they_are_safe(self):
        def invests(**given):
            return run(self.default, state(**given), 4).economy.investment

        assert (
            invests(economy__property_security=0.9) > invests(economy__property_security=0.1) + 0.03
        ).all()
        spared = invests(economy__concentration=0.9) - invests(economy__concentration=0.1)
        assert (spared > 0).all()
        hunted = invests(economy__concentration=0.9, coercion__wave=1.0) - invests(
            economy__concentration=0.1, coercion__wave=1.0
        )
        np.testing.assert_allclose(hunted, 0.0, atol=1e-6)

    @pytest.mark.rules("EC-11")
    def test_a_tight_line_costs_output_the_more_the_longer_it_lasts(self):
        def lost(years):
            tight, easy = (
                run(self.default, state(economy__key_rate=r), years).economy.output
                for r in (0.25, 0.09)
            )
            return easy - tight

        assert (lost(1) > 0).all()
        assert (lost(3) > 2 * lost(1)).all()

    def test_prices_out_of_control_make_no_money_cheap(self):
        def invests(inflation):
            start = state(economy__inflation=inflation, economy__key_rate=0.1)
            return run(self.default, start, 4).economy.investment

        np.testing.assert_allclose(invests(3.0), invests(0.5), atol=1e-6)
        assert (invests(0.5) < invests(0.06) + self.default.dear_money * 0.25).all()
        assert (invests(0.1) > invests(0.06)).all()

    @pytest.mark.rules("EC-9")
    def test_a_captured_state_modernises_no_faster_however_much_it_spends(self):
        def gain(law, concentration):
            poor, rich = (
                self.default.absorbs(
                    state(policy__legal_order=law, economy__concentration=concentration,
                          economy__budget=(0.2, 0.2, 0.2, d, 0.4 - d))
                )
                for d in (0.05, 0.35)
            )  # fmt: skip
            return rich - poor

        for law, concentration in ((0.0, 1.0), (0.4, 0.6), (0.3, 0.5)):
            np.testing.assert_allclose(gain(law, concentration), 0.0, atol=1e-7)
        assert (gain(0.5, 0.3) > 0.001).all()
        assert (gain(0.9, 0.3) > 0.005).all()

    @pytest.mark.rules("EL-14", "EL-3")
    def test_an_able_state_catches_up_faster_and_a_middling_one_as_it_would(self):
        poor, middling, able = (
            self.default.absorbs(state(policy__capability=c)) for c in (0.1, 0.5, 0.9)
        )
        assert (poor < middling).all()
        assert (middling < able).all()
        np.testing.assert_array_equal(middling, Growth(state=0.0).absorbs(state()))

    @pytest.mark.rules("EL-18")
    def test_rational_rule_of_a_lawful_state_develops_fast(self):
        lawful = {"policy__legal_order": 0.9, "economy__concentration": 0.3}
        wise, foolish = (
            run(self.default, state(policy__rationality=q, **lawful), 15).economy
            for q in (0.9, 0.1)
        )
        assert (wise.modernisation > foolish.modernisation + 0.05).all()
        assert (wise.output > foolish.output * 1.1).all()

    def test_modernity_follows_nelson_and_phelps(self):
        regime = state()
        rate = np.asarray(self.default.absorbs(regime), float)
        limit = 1 / (1 + gap_limit(0.015, rate))
        after = run(self.default, regime, 1 / 12).economy.modernisation
        expected = limit + (0.4 - limit) * np.exp(-(rate + 0.015) / 12)
        np.testing.assert_allclose(after, expected, atol=1e-5)

    @pytest.mark.rules("EC-15")
    def test_growth_needs_fair_weather_outside(self):
        def growth(**given):
            return run(self.default, state(**given), 1).economy.growth

        assert (growth(economy__price=110.0) > growth(economy__price=30.0) + 0.005).all()
        assert (growth(foreign__sanctions=0.9) < growth() - 0.01).all()
        assert (growth(war__intensity=1.0) < growth()).all()

    @pytest.mark.rules("EC-10")
    def test_supervision_without_reason_wastes_growth(self):
        def growth(share, reason):
            return run(
                self.default, state(economy__state_share=share, policy__rationality=reason), 2
            ).economy.growth

        waste = growth(0.2, 0.2) - growth(0.9, 0.2)
        assert (waste > 0.005).all()
        np.testing.assert_allclose(growth(0.2, 1.0), growth(0.9, 1.0), atol=1e-6)

    def test_growth_at_rest_is_the_advantage_of_backwardness(self):
        m = Growth(from_investment=0.0, non_market=0.0, investment_years=20.0)
        regime = state(economy__price=51.0)
        rate = np.asarray(m.absorbs(regime), float)
        after = run(m, regime, 3, "week").economy.growth
        np.testing.assert_allclose(after, catch_up_growth(0.4, 1.0, rate), atol=3e-3)

    def test_the_normal_price_is_that_of_the_price_process(self):
        dear, cheap = (
            together(
                (Rents(normal_price=p, volatility=0.0), self.default),
                state(economy__rent=0.4),
                blank_setting(OFFICES, CLANS),
                ticks=12,
            ).economy.growth
            for p in (80.0, 35.0)
        )
        assert (cheap > dear + 0.01).all()
        assert parameters(Rents)["normal_price"].default == levels(Economy)["normal_price"].default


class TestDemography:
    default = Demography()

    @pytest.mark.rules("EC-8", "LR-8")
    def test_few_people_in_a_large_land_feel_vulnerable(self):
        def felt(people, land):
            regime = state(economy__population=people, long_run__territory=land)
            return run(self.default, regime, 10).economy.vulnerability

        assert (felt(0.5, 0.5) > felt(1.0, 0.5) + 0.05).all()
        assert (felt(1.0, 1.0) > felt(1.0, 0.2) + 0.05).all()

    @pytest.mark.rules("EC-8")
    def test_a_shrinking_people_feels_so_more_and_more(self):
        shrinking, growing = (
            run(Demography(population_growth=n), state(), 40).economy for n in (-0.01, 0.01)
        )
        np.testing.assert_allclose(shrinking.population, np.exp(-0.4), rtol=1e-4)
        assert (shrinking.vulnerability > growing.vulnerability + 0.05).all()
