"""Sectors under sanctions: comparative statics, and the closed form of the sovereign share."""

import numpy as np
import pytest
from jax import numpy as jnp

from tests.court import step
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.regime import change
from vertikal.regime.subsystems import Industry
from vertikal.regime.technology import (
    Capability,
    IndustrialPolicy,
    PolicyTurn,
    Sovereignty,
    Specialists,
    Supply,
    efforts,
    sovereign_share,
)

RUNS, MANY = 16, 4096
FOOD, CARS, CHIPS = 0, 1, 2
"""Three sectors that differ in complexity alone, unless a test says otherwise."""


def state(runs=RUNS, **fields):
    """A regime with three sectors and given numbers by address, `foreign__sanctions=0.9`."""
    regime = blank_regime(2, 1, 2, runs, {"sectors": 3})
    given = {"technology__complexity": (0.2, 0.8, 0.95), **fields}
    for address, value in given.items():
        part, field = address.split("__")
        old = getattr(getattr(regime, part), field)
        value = jnp.asarray(value, old.dtype)
        value = value[:, None] if value.ndim == 1 else value
        new = jnp.broadcast_to(value, old.shape)
        regime = change(regime, **{part: change(getattr(regime, part), **{field: new})})
    return regime


def run(mechanisms, regime, years=1.0, clock="month", seed=0):
    mechanisms = mechanisms if isinstance(mechanisms, tuple) else (mechanisms,)
    fixed, ticks = blank_setting(1, 2), max(round(years / YEARS_PER_STEP[clock]), 1)
    if len(mechanisms) == 1:
        return step(mechanisms[0], regime, fixed, ticks, clock, seed)
    for _ in range(ticks):
        for mechanism in mechanisms:
            regime = step(mechanism, regime, fixed, 1, clock, seed)
    return regime


class TestIndustrialPolicy:
    default = IndustrialPolicy()

    @pytest.mark.rules("TE-1")
    def test_sanctions_call_for_substitution_where_inputs_are_imported(self):
        def effort(sanctions, dependence):
            regime = state(foreign__sanctions=sanctions, technology__import_dependence=dependence)
            return run(self.default, regime, 3).technology.effort

        assert (effort(0.9, 0.8) > effort(0.2, 0.8) + 0.1).all()
        assert (effort(0.2, 0.8) > effort(0.0, 0.8)).all()
        assert (effort(0.9, 0.8) > effort(0.9, 0.1)).all()

    @pytest.mark.rules("TE-6", "TE-7")
    def test_effort_and_show_answer_identity_and_not_capability(self):
        def shown(stress, capability):
            regime = state(public__identity_stress=stress, technology__capability=capability)
            return run(self.default, regime, 2).technology

        calm, stressed = shown(0.1, 0.4), shown(0.9, 0.4)
        assert (stressed.showcase > calm.showcase + 0.3).all()
        assert (stressed.effort > calm.effort + 0.1).all()
        unable = shown(0.9, 0.0)
        np.testing.assert_array_equal(unable.showcase, stressed.showcase)
        np.testing.assert_array_equal(unable.effort, stressed.effort)

    @pytest.mark.rules("TE-9")
    def test_sanctions_and_mission_make_foreign_products_a_threat(self):
        def threat(**given):
            return run(self.default, state(**given), 3).technology.securitised

        assert (threat(foreign__sanctions=0.9) > threat() + 0.2).all()
        assert (threat(policy__agenda=1.0) > threat(policy__agenda=0.0)).all()

    def test_it_acts_where_there_are_no_sectors(self):
        regime = blank_regime(2, 1, 2, RUNS)
        for mechanism in (self.default, PolicyTurn(), Supply(), Capability(), Sovereignty()):
            after = run(mechanism, regime, 1).technology
            for name in ("effort", "securitised", "parallel", "sovereign"):
                assert np.isfinite(getattr(after, name)).all()


class TestPolicyTurn:
    default = PolicyTurn()

    @pytest.mark.rules("TE-9", "TE-10")
    def test_threat_and_claims_of_greatness_turn_policy(self):
        def turned(threat, agenda):
            regime = state(MANY, technology__securitised=threat, policy__agenda=agenda)
            return (run(self.default, regime, 1).technology.industry == Industry.SOVEREIGNTY).mean()

        assert turned(0.2, 0.5) == 0
        assert turned(0.9, 0.3) > turned(0.7, 0.3)
        assert turned(0.8, 0.9) > turned(0.8, 0.3)

    @pytest.mark.parametrize("clock", ["week", "month", "quarter", "year"])
    def test_the_hazard_a_year_is_the_same_on_every_clock(self, clock):
        m = PolicyTurn(return_rate=0.0)
        regime = state(MANY, technology__securitised=0.8, policy__agenda=0.6)
        rate = 2.0 * (0.6 * 0.8 + 0.4 * 0.6 - 0.5) / 0.5
        after = run(m, regime, 1, clock).technology.industry == Industry.SOVEREIGNTY
        expected = 1 - np.exp(-rate)
        four_errors = 4 * np.sqrt(expected * (1 - expected) / MANY)
        assert abs(after.mean() - expected) < four_errors

    def test_the_way_back_is_open_where_nothing_is_a_threat(self):
        start = state(MANY, technology__industry=int(Industry.SOVEREIGNTY),
                      technology__securitised=0.0)  # fmt: skip
        assert 0 < (run(self.default, start, 1).technology.industry == Industry.MARKET).mean() < 0.3
        full = change(start, technology=change(start.technology,
                      securitised=jnp.ones(MANY)))  # fmt: skip
        assert (run(self.default, full, 1).technology.industry == Industry.SOVEREIGNTY).all()


class TestSupply:
    default = Supply()

    @pytest.mark.rules("TE-4")
    def test_parallel_trade_returns_a_part_up_to_a_cap(self):
        def left(parallel, ease=0.4):
            regime = state(technology__parallel=parallel, technology__parallel_ease=ease,
                           technology__chinese_supply=0.0)  # fmt: skip
            return np.asarray(self.default.inputs_left(regime.technology, jnp.ones(RUNS)))

        assert (left(1.0) > left(0.2)).all()
        cut = self.default.simple_cut + (1 - self.default.simple_cut) * 0.95
        np.testing.assert_allclose(left(1.0)[CHIPS], 1 - cut * 0.6, atol=1e-6)
        assert (left(1.0, 0.5) > left(1.0, 0.3)).all()

    @pytest.mark.rules("TE-8", "CH-1")
    def test_china_helps_and_cannot_replace_what_is_complex(self):
        def left(china):
            regime = state(technology__chinese_supply=china, technology__parallel=0.0,
                           technology__complexity=(0.2, 0.8, 0.95))  # fmt: skip
            return np.asarray(self.default.inputs_left(regime.technology, jnp.ones(RUNS)))

        gain = left(0.9) - left(0.1)
        assert (gain > 0).all()
        share = gain / (1 - left(0.1))
        assert (share[FOOD] > share[CARS]).all()
        assert (share[CARS] > share[CHIPS]).all()
        low, high = (
            run(self.default, state(foreign__sanctions=0.9, foreign__china_ties=t), 5)
            for t in (0.2, 0.8)
        )
        assert (high.technology.chinese_supply > low.technology.chinese_supply + 0.2).all()

    @pytest.mark.rules("TE-4", "TE-5")
    def test_the_complex_goes_missing_first_and_is_seen_to(self):
        after = run(self.default, state(foreign__sanctions=0.9), 2).technology
        assert (after.availability[FOOD] > after.availability[CARS] + 0.1).all()
        assert (after.availability[CARS] > after.availability[CHIPS]).all()
        assert (after.failures[CHIPS] > after.failures[FOOD] + 0.1).all()
        calm = run(self.default, state(), 2).technology
        assert (calm.availability > 0.99).all()

    @pytest.mark.rules("TE-12")
    def test_where_capability_is_lacking_problems_add_up(self):
        def sectors(mechanisms, sanctions, years):
            regime = state(foreign__sanctions=sanctions, technology__complexity=0.9,
                           technology__capability=(0.1, 0.5, 1.0),
                           technology__effort=0.0)  # fmt: skip
            return run(mechanisms, regime, years, "quarter").technology

        after = sectors(self.default, 0.9, 3)
        assert (np.diff(after.failures, axis=0) < -0.02).all()
        left_behind = (self.default, Capability())
        soon, late = (sectors(left_behind, 0.9, years).failures[2] for years in (10, 20))
        assert (late > soon + 0.01).all()
        calm = sectors(self.default, 0.0, 5).availability
        np.testing.assert_allclose(calm, 1.0, atol=1e-3)

    @pytest.mark.rules("TE-12")
    def test_failures_are_seen_soon_and_forgotten_slowly(self):
        struck = run(self.default, state(foreign__sanctions=0.9), 1)
        lifted = change(struck, foreign=change(struck.foreign, sanctions=jnp.zeros(RUNS)))
        later = run(self.default, lifted, 1).technology
        assert (later.availability[CHIPS] > 0.9).all()
        assert (later.failures[CHIPS] > 0.5 * struck.technology.failures[CHIPS]).all()

    def test_dependence_alone_makes_vulnerable(self):
        regime = state(foreign__sanctions=0.9, technology__complexity=0.6,
                       technology__import_dependence=(0.1, 0.5, 0.9))  # fmt: skip
        after = run(self.default, regime, 2).technology.availability
        assert (np.diff(after, axis=0) < 0).all()


class TestSpecialists:
    default = Specialists()

    @pytest.mark.rules("TE-3")
    def test_war_blows_and_force_drive_them_out(self):
        def stock(**given):
            return run(self.default, state(**given), 3).technology.specialists

        quiet = stock(policy__force=0.0)
        np.testing.assert_allclose(quiet, 1.0, atol=1e-5)
        for given in ({"war__intensity": 1.0}, {"war__mobilisation": 0.5},
                      {"foreign__sanctions": 0.9}, {"policy__force": 1.0}):  # fmt: skip
            assert (stock(**{"policy__force": 0.0, **given}) < quiet - 0.01).all()

    @pytest.mark.parametrize("clock", ["week", "quarter"])
    def test_the_same_course_on_two_clocks(self, clock):
        start = state(foreign__sanctions=0.9)
        month, other = (run(self.default, start, 3, c).technology.specialists
                        for c in ("month", clock))  # fmt: skip
        np.testing.assert_allclose(month, other, atol=0.01)


def after_sanctions(years=10, **given):
    start = {"foreign__sanctions": 0.9, "technology__effort": 0.6,
             "technology__capability": 0.4, "technology__import_dependence": 0.6,
             "technology__industry": int(Industry.SOVEREIGNTY)}  # fmt: skip
    return run((Supply(), Capability()), state(**{**start, **given}), years, "quarter").technology


class TestCapability:
    default = Capability()

    @pytest.mark.rules("TE-4")
    def test_food_recovers_and_cars_and_electronics_do_not_at_equal_effort(self):
        regime = state(technology__effort=0.6, technology__industry=int(Industry.SOVEREIGNTY))
        spread = efforts(regime)
        np.testing.assert_allclose(spread, 0.6, atol=1e-6)
        after = after_sanctions()
        assert (after.capability[FOOD] > 0.4 + 0.1).all()
        assert (after.capability[CARS] < 0.4).all()
        assert (after.capability[CHIPS] < 0.4).all()
        assert (after.import_dependence[FOOD] < after.import_dependence[CARS]).all()

    @pytest.mark.rules("TE-3", "TE-8")
    def test_sanctions_and_emigration_lower_capability(self):
        def made(**given):
            return after_sanctions(8, **given).capability

        free, cut = made(foreign__sanctions=0.0), made()
        assert (cut < free - 0.01).all()
        assert (free - cut)[CHIPS].mean() / free[CHIPS].mean() > (
            (free - cut)[FOOD].mean() / free[FOOD].mean()
        )
        assert (made(technology__specialists=0.6) < cut).all()

    @pytest.mark.rules("TE-12")
    def test_who_does_not_keep_up_falls_back(self):
        still = run(Capability(absorption=1e-7), state(technology__capability=0.5), 5).technology
        expected = 0.5 * np.exp(-0.06 * np.array([0.2, 0.8, 0.95]) * 5)
        np.testing.assert_allclose(still.capability[:, 0], expected, rtol=1e-3)

    @pytest.mark.rules("TE-1")
    def test_effort_replaces_imports_where_home_firms_can(self):
        def dependence(effort, capability):
            regime = state(technology__effort=effort, technology__capability=capability,
                           technology__import_dependence=0.6)  # fmt: skip
            return run(self.default, regime, 3).technology.import_dependence

        assert (dependence(0.8, 0.7)[FOOD] < dependence(0.1, 0.7)[FOOD] - 0.02).all()
        np.testing.assert_allclose(dependence(0.8, 0.1), 0.6, atol=1e-6)

    @pytest.mark.rules("TE-9")
    def test_the_market_goes_for_the_easy_and_sovereignty_for_the_wanted(self):
        wanted = {"technology__priority": (0.2, 0.5, 1.0), "technology__effort": 0.4,
                      "technology__import_dependence": (0.3, 0.6, 0.9)}  # fmt: skip
        market = efforts(state(**wanted))
        sovereign = efforts(state(**wanted, technology__industry=int(Industry.SOVEREIGNTY)))
        assert (np.diff(market, axis=0) < 0).all()
        assert (np.diff(sovereign, axis=0) > 0).all()
        np.testing.assert_allclose(market.mean(0), 0.4, atol=1e-5)

    @pytest.mark.parametrize("clock", ["week", "year"])
    def test_the_same_course_on_two_clocks(self, clock):
        month, other = (run(self.default, state(), 4, c).technology for c in ("month", clock))
        np.testing.assert_allclose(month.capability, other.capability, atol=5e-3)
        np.testing.assert_allclose(month.import_dependence, other.import_dependence, atol=0.01)


def exact_share(n, q, p):
    """Mean sovereign share of the Markov chain itself, by its distribution."""
    chance = np.zeros(n + 1)
    chance[0] = 1.0
    lost = np.arange(n + 1)
    for _ in range(n):
        keeps = chance * q * (1 - p) ** lost
        chance = keeps + np.concatenate([[0.0], (chance - keeps)[:-1]])
    return 1 - (chance * lost).sum() / n


class TestSovereignty:
    @pytest.mark.parametrize("n", [50, 300])
    @pytest.mark.parametrize(("q", "p"), [(0.2, 0.001), (0.2, 0.2), (0.6, 0.02), (0.6, 0.2),
                                          (0.95, 0.001), (0.95, 0.02)])  # fmt: skip
    def test_the_closed_form_is_close_to_the_chain(self, n, q, p):
        assert 1 - q >= p
        # The fluid limit ignores chance in the first few failures, of the order of 1/n each.
        assert abs(float(sovereign_share(n, q, p)) - exact_share(n, q, p)) < 0.02 + 3 / n

    @pytest.mark.parametrize("n", [50, 300])
    def test_beyond_its_range_the_closed_form_understates(self, n):
        assert float(sovereign_share(n, 0.95, 0.2)) < exact_share(n, 0.95, 0.2)

    def test_the_chain_is_that_of_the_graph(self):
        draw, n, q, p, graphs = np.random.default_rng(3), 40, 0.9, 0.05, 2000
        total = 0
        for _ in range(graphs):
            rests = np.tril(draw.random((n, n)) < p, -1)
            mastered, sound = draw.random(n) < q, np.zeros(n, bool)
            for k in range(n):
                sound[k] = mastered[k] and sound[rests[k]].all()
            total += sound.mean()
        assert abs(total / graphs - exact_share(n, q, p)) < 0.02  # some four standard errors

    def test_its_bounds(self):
        share = lambda *a: float(sovereign_share(*a))  # noqa: E731
        assert share(300, 0.4, 0.0) == pytest.approx(0.4)
        assert share(300, 1.0, 0.3) == pytest.approx(1.0)
        assert share(300, 0.0, 0.3) == pytest.approx(0.0, abs=1e-5)
        assert share(3000, 0.9, 0.1) < share(300, 0.9, 0.1)
        few = 300 * share(300, 0.9, 0.2)
        assert 3000 * share(3000, 0.9, 0.2) == pytest.approx(few, abs=0.1), "a bound on the number"
        assert np.isfinite(share(600, 0.5, 1.0))

    @pytest.mark.rules("TE-4", "TE-12")
    def test_a_fund_counts_for_less_the_denser_the_graph(self):
        def gain(density):
            none, some = (
                run(Sovereignty(), state(technology__fund_size=n, technology__fund_density=density,
                    technology__capability=0.6), 1 / 12).technology.sovereign
                for n in (0.0, 100.0)
            )  # fmt: skip
            return some - none

        assert (gain(0.0) > 0.02).all()
        assert (gain(0.2) < 0.25 * gain(0.0)).all()
        assert (gain(0.2) >= 0).all()
