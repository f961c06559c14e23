"""The elite's poles, policy, force and quality: comparative statics in paired histories."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.court import make_tick, step, together
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.clans import Attack
from vertikal.regime.elite import (
    BodyInfluence,
    EliteQuality,
    ForceThreshold,
    PoleDrift,
    formal_influence,
    loyalty_premium,
)
from vertikal.regime.mechanism import YEARS_PER_STEP, parameters
from vertikal.regime.regime import Status, change
from vertikal.theory.evolution import replicator_step

RUNS = 64
ALL = (BodyInfluence, PoleDrift, ForceThreshold, EliteQuality)
TECHNOCRATS, IDEOCRATS, CORRUPT = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)


def court(mix=(1 / 3, 1 / 3, 1 / 3), persons=6, offices=4, clans=2, runs=RUNS, **policy):
    """A regime of like people, of whom the first hold the offices, and a leader without a say."""
    regime = blank_regime(persons, offices, clans, runs)
    holder = jnp.broadcast_to(jnp.arange(offices, dtype=jnp.int32)[:, None], (offices, runs))
    mixes = jnp.broadcast_to(jnp.array(mix, jnp.float32)[:, None, None], (3, persons, runs))
    filled = {k: jnp.full(runs, v, jnp.float32) for k, v in policy.items()}
    return change(
        regime,
        elite=change(regime.elite, mix=mixes),
        nomenklatura=change(regime.nomenklatura, holder=holder),
        leadership=change(regime.leadership, personal_power=jnp.zeros(runs, jnp.float32)),
        policy=change(regime.policy, **filled),
    )


def with_power(setting, power):
    return change(setting, body_power=jnp.full((1, 1), power, jnp.float32))


def lead(regime, **fields):
    runs = regime.leadership.leader.shape[0]
    made = {k: jnp.broadcast_to(jnp.asarray(v), (runs,)) for k, v in fields.items()}
    return change(regime, leadership=change(regime.leadership, **made))


def people(regime, **fields):
    shape = regime.elite.power.shape
    made = {
        k: jnp.broadcast_to(jnp.asarray(v), shape if k != "mix" else (3, *shape))
        for k, v in fields.items()
    }
    return change(regime, elite=change(regime.elite, **made))


def arms(regime, **fields):
    runs = regime.leadership.leader.shape[0]
    made = {k: jnp.full(runs, v, jnp.float32) for k, v in fields.items()}
    return change(regime, military_industry=change(regime.military_industry, **made))


def mixed_court():
    """People of all sorts, by chance, some of them out of play."""
    draw = np.random.default_rng(3)
    regime = court()
    shape = (6, RUNS)
    return people(
        regime,
        mix=draw.dirichlet([0.4, 0.4, 0.4], shape).transpose(2, 0, 1).astype(np.float32),
        clan=draw.integers(0, 2, shape).astype(np.int32),
        patron=draw.integers(-1, 6, shape).astype(np.int32),
        status=draw.integers(0, 6, shape).astype(np.int32),
        competence=draw.random(shape, np.float32),
        loyalty=draw.random(shape, np.float32),
    )


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("clock", ["day", "month"])
def test_stays_in_range_and_keeps_shapes(kind, clock):
    before = mixed_court()
    before = change(
        before,
        nomenklatura=change(
            before.nomenklatura, holder=before.nomenklatura.holder.at[2, ::2].set(NOBODY)
        ),
    )
    after = step(kind(), before, blank_setting(4, 2), 60, clock)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert old.shape == new.shape
        assert old.dtype == new.dtype
        assert np.isfinite(np.asarray(new)).all()
    for value in jax.tree.leaves((after.policy, after.coercion)):
        assert ((value >= 0) & (value <= 1)).all()
    assert ((after.elite.mix >= 0) & (after.elite.mix <= 1)).all()
    np.testing.assert_allclose(after.elite.mix.sum(0), 1, atol=1e-5)


@pytest.mark.slow  # op by op, each of them compiled
@pytest.mark.parametrize("kind", ALL)
def test_eager_agrees_with_compiled(kind):
    regime, setting = mixed_court(), blank_setting(4, 2)
    plain = step(kind(), regime, setting)
    eager = kind()(regime, make_tick(kind(), setting, RUNS, 1))
    for a, b in zip(jax.tree.leaves(plain), jax.tree.leaves(eager), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, atol=2e-6)


@pytest.mark.parametrize("kind", ALL)
def test_parameters_may_vary_over_runs(kind):
    regime, setting = mixed_court(), blank_setting(4, 2)
    plain = step(kind(), regime, setting)
    spread = kind(
        **{k: jnp.full(RUNS, p.default, jnp.float32) for k, p in parameters(kind).items()}
    )
    over_runs = step(spread, regime, setting)
    for a, b in zip(jax.tree.leaves(plain), jax.tree.leaves(over_runs), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, atol=2e-6)


class TestBodyInfluence:
    """EL-1, EL-2, EL-3, EL-5, EL-11, EL-13, EL-20."""

    sure = BodyInfluence(decisions_per_year=1e9)

    def settled(self, regime, setting, mechanism=sure, years=15):
        return step(mechanism, regime, setting, 12 * years).policy

    @pytest.mark.rules("EL-1", "EL-13")
    @pytest.mark.parametrize(("power", "least", "most"), [(0.001, 0.0, 0.01), (0.9, 0.15, 1.0)])
    def test_technocrats_matter_as_far_as_their_body_has_power(self, power, least, most):
        setting = with_power(blank_setting(4, 2), power)
        able = [people(court(m), competence=np.float32(0.9)) for m in (IDEOCRATS, TECHNOCRATS)]
        few, many = (self.settled(regime, setting) for regime in able)
        gain = many.rationality - few.rationality
        assert (gain >= least).all()
        assert (gain <= most).all()

    @pytest.mark.rules("EL-5")
    def test_corruptionists_yield_less_than_ideocrats_and_competence_yields_more(self):
        setting = blank_setting(4, 2)
        ideocrats, corrupt = (self.settled(court(m), setting) for m in (IDEOCRATS, CORRUPT))
        assert (corrupt.rationality < ideocrats.rationality - 0.05).all()
        able = self.settled(people(court(TECHNOCRATS), competence=np.float32(0.9)), setting)
        dull = self.settled(people(court(TECHNOCRATS), competence=np.float32(0.2)), setting)
        assert (able.rationality > dull.rationality + 0.1).all()

    def test_empty_seats_leave_decisions_to_routine(self):
        setting, full = blank_setting(4, 2), court(CORRUPT)
        empty = change(
            full,
            nomenklatura=change(full.nomenklatura, holder=jnp.full((4, RUNS), NOBODY, jnp.int32)),
        )
        np.testing.assert_allclose(formal_influence(full, setting)[:, 0], [0.05, 0.05, 0.4])
        assert (formal_influence(empty, setting) == 0).all()
        rationality = self.settled(empty, setting, years=40).rationality
        np.testing.assert_allclose(rationality, self.sure.routine_yield, atol=1e-3)

    def test_leader_decides_as_far_as_he_rules_in_person(self):
        setting = blank_setting(4, 2)
        base = people(court(IDEOCRATS), competence=np.float32(0.9))
        base = lead(
            change(
                base,
                elite=change(
                    base.elite, mix=base.elite.mix.at[:, 5].set(jnp.array(TECHNOCRATS)[:, None])
                ),
            ),
            leader=5,
        )
        weak, strong = (
            self.settled(lead(base, personal_power=np.float32(p)), setting) for p in (0.0, 0.9)
        )
        assert (strong.rationality > weak.rationality + 0.05).all()
        paralysed = self.settled(
            lead(base, personal_power=np.float32(0.9), control=np.float32(0)), setting
        )
        np.testing.assert_allclose(paralysed.rationality, weak.rationality, atol=1e-5)

    @pytest.mark.rules("EL-1", "EL-20")
    @pytest.mark.parametrize("clock", ["month", "year"])
    def test_chance_in_decisions_has_the_variance_of_theory_on_every_clock(self, clock):
        mechanism, setting = BodyInfluence(decisions_per_year=30.0), blank_setting(4, 2)
        regime = court(TECHNOCRATS, runs=2048)
        ticks = round(20 / YEARS_PER_STEP[clock])
        found = np.asarray(step(mechanism, regime, setting, ticks, clock).policy.rationality)
        # Expected from the docstring: shares .4, .05, .05 of influence against routine .4.
        p = np.array([0.4, 0.05, 0.05, 0.4]) / 0.9
        y = np.array([0.5, 0.35, 0.03, 0.4])  # competence is 1/2
        variance = (p @ y**2 - (p @ y) ** 2) / (2 * 30 * mechanism.policy_memory)
        assert found.mean() == pytest.approx(p @ y, abs=4 * np.sqrt(variance / 2048))
        assert found.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / 2048))

    @pytest.mark.rules("EL-20")
    def test_decisiveness_gives_the_stronger_pole_more(self):
        regime, setting = court(IDEOCRATS), blank_setting(4, 2)
        mild, sharp = (
            BodyInfluence(decisiveness=r, routine=0.1).balance(regime, setting) for r in (1.0, 2.0)
        )
        assert (sharp[1] > mild[1]).all()
        assert (sharp[0] < mild[0]).all()
        np.testing.assert_allclose(sharp.sum(0), 1, atol=1e-6)

    @pytest.mark.rules("EL-2")
    def test_agenda_that_war_has_raised_outlasts_the_war(self):
        setting = with_power(blank_setting(4, 2), 1.0)
        mechanism = BodyInfluence(agenda_caution=0.0)

        def after_war(mix, war):
            regime = court(mix, agenda=0.2)
            fought = step(mechanism, arms(regime, war=war), setting, 60)
            return step(mechanism, arms(fought, war=0.0), setting, 12 * 40).policy.agenda

        some = (0.35, 0.4, 0.25)
        assert (after_war(some, 0.0) < 0.3).all()
        assert (after_war(some, 1.0) > 0.6).all()
        assert (after_war(TECHNOCRATS, 1.0) < 0.1).all()  # hysteresis has an end

    @pytest.mark.rules("EL-2", "EL-11")
    def test_ideocrats_raise_and_memory_lowers_the_agenda(self):
        setting = with_power(blank_setting(4, 2), 1.0)
        shares = [(0.7 - i, i, 0.3) for i in (0.1, 0.3, 0.5, 0.7)]
        agenda = [float(self.settled(court(m, agenda=0.4), setting).agenda[0]) for m in shares]
        assert agenda == sorted(agenda)
        assert agenda[-1] > agenda[0] + 0.3
        levers = [
            self.settled(
                court((0.4, 0.5, 0.1), agenda=0.4), setting, BodyInfluence(agenda_caution=a)
            ).agenda[0]
            for a in (0.0, 0.3, 0.6)
        ]
        assert levers[0] > levers[1] > levers[2]

    @pytest.mark.rules("EL-11")
    def test_while_the_soviet_order_stands_there_is_no_lesson_to_cite(self):
        setting = with_power(blank_setting(4, 2), 1.0)
        regime = court((0.4, 0.5, 0.1), agenda=0.4)
        none, half, full = (
            self.settled(regime, change(setting, soviet_lesson=jnp.full(1, lesson))).agenda
            for lesson in (0.0, 0.5, 1.0)
        )
        assert (none > half + 0.01).all()
        assert (half > full + 0.01).all()
        bare = self.settled(regime, setting, BodyInfluence(agenda_caution=0.0)).agenda
        np.testing.assert_array_equal(none, bare)

    def test_legal_order_follows_its_equation_on_every_clock(self):
        setting = with_power(blank_setting(4, 2), 1.2)
        mechanism = BodyInfluence()
        p = np.array(CORRUPT) * 1.2 / 1.6
        up, down = mechanism.order_building * p[0] * (1 - 0.3), mechanism.order_decay * p[2]
        rest = up / (up + down)
        expected = rest + (0.7 - rest) * np.exp(-5 * (up + down))
        for clock in ("month", "year"):
            ticks = round(5 / YEARS_PER_STEP[clock])
            after = step(
                mechanism, court(CORRUPT, legal_order=0.7, force=0.3), setting, ticks, clock
            )
            np.testing.assert_allclose(after.policy.legal_order, expected, atol=1e-5)

    def test_legal_order_grows_slowly_under_technocrats_and_not_under_force(self):
        setting = blank_setting(4, 2)
        peace, force = (
            self.settled(court(TECHNOCRATS, legal_order=0.3, force=f), setting, years=5).legal_order
            for f in (0.0, 0.9)
        )
        assert (peace > 0.35).all()
        assert (peace < 0.6).all()
        assert (force < peace).all()


class TestPoleDrift:
    """EL-3, EL-4, EL-10, EL-19, EL-20, WR-3."""

    alone = PoleDrift(
        patron_pull=0.0, clan_pull=0.0, body_pull=0.0, mutation=0.0, enthusiasm=0.0, floor=0.0,
        granted=0.0,
    )  # fmt: skip

    def shares(self, mechanism, regime, ticks=60, clock="month", setting=None):
        setting = blank_setting(4, 2) if setting is None else setting
        return step(mechanism, regime, setting, ticks, clock).elite.mix

    @pytest.mark.parametrize(("clock", "ticks"), [("month", 84), ("year", 7)])
    def test_constant_rewards_give_the_closed_form(self, clock, ticks):
        regime = court((0.2, 0.3, 0.5), rationality=1.0, agenda=1.0, legal_order=0.0)
        mechanism = self.with_rates(results=0.1, mission=0.4, rents=0.2)
        found = self.shares(mechanism, regime, ticks, clock)
        expected = np.array([0.05469371, 0.66995725, 0.27534904])  # x_k e^{7 pi_k} / sum
        np.testing.assert_allclose(
            found, np.broadcast_to(expected[:, None, None], found.shape), atol=2e-6
        )

    def test_a_step_is_the_replicator_step_of_theory(self):
        regime = mixed_court()
        rates = np.array([0.3, 0.1, 0.6])
        mechanism = self.with_rates(results=0.3, mission=0.1, rents=0.6)
        ideal = {"rationality": 1.0, "agenda": 1.0, "legal_order": 0.0}
        policy = change(regime.policy, **{k: jnp.full(RUNS, v) for k, v in ideal.items()})
        found = self.shares(mechanism, change(regime, policy=policy), 1, "year")
        mix = np.asarray(regime.elite.mix, np.float64)
        fitness = np.broadcast_to(rates[:, None, None], mix.shape)
        expected = replicator_step(mix / mix.sum(0), fitness, 1.0, axis=0)
        active = np.asarray(regime.elite.status == Status.ACTIVE)
        np.testing.assert_allclose(np.asarray(found)[:, active], expected[:, active], atol=1e-6)

    def with_rates(self, **rates):
        plain = {k: getattr(self.alone, k) for k in parameters(PoleDrift)}
        return PoleDrift(**{**plain, **rates})

    def test_with_mutation_it_follows_the_differential_equation(self):
        rates, mu = np.array([0.3, 0.1, 0.6]), 0.05
        regime = court((0.2, 0.3, 0.5), rationality=1.0, agenda=1.0, legal_order=0.0)
        mechanism = self.with_rates(results=0.3, mission=0.1, rents=0.6, mutation=mu)

        def flow(_, x):
            return x * (rates - x @ rates) + mu * (1 / 3 - x)

        exact = solve_ivp(flow, (0, 10), [0.2, 0.3, 0.5], rtol=1e-10, atol=1e-12).y[:, -1]
        errors = [
            np.abs(self.shares(mechanism, regime, ticks, clock)[:, 0, 0] - exact).max()
            for clock, ticks in (("month", 120), ("quarter", 40))
        ]
        assert errors[1] < 6e-3
        assert errors[0] < errors[1] / 2  # mutation acts after growth: an error of first order

    @pytest.mark.rules("EL-4")
    @pytest.mark.parametrize(("pole", "reward"), [(0, "results"), (1, "mission"), (2, "rents")])
    def test_what_is_rewarded_grows(self, pole, reward):
        regime = mixed_court()
        setting = blank_setting(4, 2)
        low, high = (
            self.shares(PoleDrift(**{reward: r}), regime, setting=setting) for r in (0.1, 0.6)
        )
        active = np.asarray(regime.elite.status == Status.ACTIVE)
        assert (np.asarray(high[pole] >= low[pole] - 1e-6))[active].all()
        assert (high[pole] - low[pole])[active].mean() > 0.05

    @pytest.mark.rules("EL-4")
    @pytest.mark.parametrize(
        ("pole", "field", "poor", "rich"),
        [(0, "rationality", 0.1, 0.9), (1, "agenda", 0.1, 0.9), (2, "legal_order", 0.9, 0.1)],
    )
    def test_the_regime_sets_what_pays(self, pole, field, poor, rich):
        low, high = (self.shares(PoleDrift(), court(**{field: v})) for v in (poor, rich))
        assert (high[pole] > low[pole] + 0.02).all()

    @pytest.mark.rules("EL-3")
    def test_decay_of_order_and_corruption_can_run_away(self):
        setting = with_power(blank_setting(4, 2), 1.2)
        loop = (BodyInfluence(), PoleDrift(enthusiasm=0.0))
        lawful, broken = (
            together(loop, court(legal_order=order, agenda=0.2), setting, 12 * 30)
            for order in (0.95, 0.3)
        )
        assert (broken.elite.mix[2] > 0.6).all()
        assert (broken.policy.legal_order < 0.1).all()
        assert (lawful.elite.mix[2] < broken.elite.mix[2] - 0.1).all()
        cut = together(
            (BodyInfluence(order_decay=0.0), PoleDrift(enthusiasm=0.0)),
            court(legal_order=0.95, agenda=0.2), setting, 12 * 30,
        )  # fmt: skip
        assert (cut.elite.mix[2] < lawful.elite.mix[2]).all()  # the loop, not rents alone

    @pytest.mark.rules("EL-10")
    def test_technocrats_never_vanish(self):
        hostile = PoleDrift(results=0.0, rents=5.0, mission=5.0, mutation=0.0, floor=0.05)
        regime = court((0.3, 0.4, 0.3), legal_order=0.0, agenda=1.0)
        np.testing.assert_allclose(self.shares(hostile, regime, 600)[0], 0.05, atol=1e-6)
        start = court((0.02, 0.5, 0.48), legal_order=0.0, agenda=1.0)
        below = self.shares(hostile, start, 600)[0]
        np.testing.assert_allclose(below, 0.02, atol=1e-6)  # nobody is lifted by the floor
        lifted = self.shares(PoleDrift(mutation=0.2), court((0.0, 1.0, 0.0)), 120)[0]
        assert (lifted > 0.05).all()  # but by mutation

    def test_who_is_out_of_play_does_not_drift(self):
        regime = mixed_court()
        out = np.asarray(regime.elite.status != Status.ACTIVE)
        after = np.asarray(self.shares(PoleDrift(), regime, setting=blank_setting(4, 2)))
        np.testing.assert_array_equal(after[:, out], np.asarray(regime.elite.mix)[:, out])
        assert (np.abs(after - np.asarray(regime.elite.mix))[:, ~out].max(0) > 1e-4).all()

    def test_people_come_to_resemble_patron_clan_and_colleagues(self):
        still = {"results": 0.0, "mission": 0.0, "rents": 0.0, "enthusiasm": 0.0}
        base = court(persons=6, offices=2)
        mix = base.elite.mix.at[:, 0].set(jnp.array(CORRUPT)[:, None])
        patron = jnp.full((6, RUNS), NOBODY, jnp.int32).at[4].set(0)
        clan = jnp.zeros((6, RUNS), jnp.int32).at[3].set(1).at[4].set(1)
        office = jnp.zeros((2, RUNS), jnp.int32).at[1].set(2)
        regime = change(
            people(base, mix=mix, patron=patron, clan=clan),
            nomenklatura=change(base.nomenklatura, holder=office),
        )
        setting = blank_setting(2, 2)
        client, member, colleague, stranger = 4, 5, 2, 3

        def corruption(**pulls):
            none = {"patron_pull": 0.0, "clan_pull": 0.0, "body_pull": 0.0}
            after = self.shares(
                PoleDrift(**{**none, **pulls}, **still), regime, 24, setting=setting
            )
            return after[2]

        for who, pull in ((client, "patron_pull"), (member, "clan_pull"), (colleague, "body_pull")):
            share = corruption(**{pull: 0.5})
            assert (share[who] > share[stranger] + 0.03).all()
            np.testing.assert_allclose(share[stranger], 1 / 3, atol=1e-5)

    @pytest.mark.rules("EL-4")
    @pytest.mark.parametrize("status", list(Status))
    def test_only_an_active_patron_pulls(self, status):
        regime = court(persons=8)
        mix = np.array(regime.elite.mix)
        mix[:, 6] = np.array(CORRUPT)[:, None]
        patron = np.full((8, RUNS), NOBODY, np.int32)
        patron[5] = 6
        standing = np.zeros((8, RUNS), np.int32)
        standing[6] = status
        regime = people(regime, mix=mix, patron=patron, status=standing)
        alone = people(regime, patron=np.full((8, RUNS), NOBODY, np.int32))
        with_him, without = (self.shares(PoleDrift(), r, 24)[2, 5] for r in (regime, alone))
        assert (with_him > without).all() == (status == Status.ACTIVE)
        assert (with_him == without).all() == (status != Status.ACTIVE)

    @pytest.mark.rules("EL-19")
    def test_results_pay_only_with_the_support_of_the_state(self):
        def technocrats(favour, granted):
            regime = court()
            clans = change(regime.clans, favour=jnp.full((2, RUNS), favour, jnp.float32))
            return self.shares(PoleDrift(granted=granted), change(regime, clans=clans))[0]

        for favour in (-0.8, 0.0, 0.8):
            np.testing.assert_allclose(technocrats(favour, 0.0), technocrats(0.0, 0.6), atol=1e-6)
        withdrawn, plain, lent = (technocrats(f, 0.6) for f in (-0.8, 0.0, 0.8))
        assert (withdrawn < plain).all()
        assert (plain < lent).all()

    @pytest.mark.rules("EL-19")
    @pytest.mark.parametrize(("clock", "ticks"), [("month", 60), ("year", 5)])
    def test_enthusiasm_comes_in_waves_where_the_vertical_is_rigid(self, clock, ticks):
        regime, mechanism = (
            court(runs=2048),
            self.with_rates(enthusiasm=0.1, results=0.0, mission=0.0, rents=0.0),
        )
        setting = blank_setting(4, 2)
        loose = change(setting, centralisation=jnp.zeros(1))
        still = self.shares(mechanism, regime, ticks, clock, loose)[0, 0]
        assert np.ptp(still) < 1e-6
        mix = np.asarray(self.shares(mechanism, regime, ticks, clock, setting)[:, 0])
        odds = np.log(mix[0] / mix[1])
        assert odds.var() == pytest.approx(5 * (0.1 * 0.7) ** 2, rel=4 * np.sqrt(2 / 2048))
        np.testing.assert_allclose(np.log(mix[2] / mix[1]), 0, atol=1e-4)

    @pytest.mark.rules("WR-3")
    def test_good_arms_in_war_bring_technocrats_prestige(self):
        war, bad, peace = (
            self.shares(PoleDrift(), arms(court(), war=w, quality=q))[0]
            for w, q in ((1.0, 0.9), (1.0, 0.1), (0.0, 0.9))
        )
        assert (war > bad).all()
        assert (bad > peace).all()

    @pytest.mark.rules("CH-2")
    def test_a_technocracy_that_succeeds_abroad_wins_people_over(self):
        def technocrats(success, rationality=0.7, **parameters):
            regime = court(rationality=rationality)
            abroad = change(regime.foreign, china_success=jnp.full(RUNS, success, jnp.float32))
            return self.shares(PoleDrift(**parameters), change(regime, foreign=abroad))[0]

        assert (technocrats(0.9) > technocrats(0.5)).all()
        assert (technocrats(0.5) > technocrats(0.0)).all()
        np.testing.assert_array_equal(technocrats(0.9, example=0.0), technocrats(0.0, example=0.0))
        # an example persuades where there is something to show at home as well
        gained = [technocrats(0.9, r) - technocrats(0.0, r) for r in (0.2, 0.9)]
        assert (gained[1] > gained[0]).all()


class TestForceThreshold:
    """EL-6, EL-7, EL-15, CO-10."""

    def ruled_by(self, mix, runs=RUNS, terror=0.0, **fields):
        regime = court(mix, runs=runs, force=fields.pop("force", 0.0))
        regime = change(
            regime, coercion=change(regime.coercion, terror=jnp.full(runs, terror, jnp.float32))
        )
        return lead(arms(regime, tension=fields.pop("tension", 0.0)), **fields)

    def onset(self, mix, mechanism=None, **fields):
        """The smallest shock that makes rulers of a given mixture use force."""
        shocks = np.linspace(0, 1, 201, dtype=np.float32)
        regime = self.ruled_by(mix, runs=201, shock=shocks, **fields)
        after = step(mechanism or ForceThreshold(), regime, blank_setting(4, 2), 1).policy.force
        used = np.asarray(after) > 0
        assert (np.diff(used.astype(int)) >= 0).all()
        return shocks[used.argmax()] if used.any() else np.inf

    @pytest.mark.rules("EL-6")
    def test_technocrats_wait_for_greater_need_and_below_it_use_none(self):
        bars = [self.onset(m) for m in ((0.0, 0.7, 0.3), (0.4, 0.4, 0.2), (0.9, 0.1, 0.0))]
        assert 0 < bars[0] < bars[1] < bars[2] < 1
        calm = self.ruled_by(TECHNOCRATS, shock=np.float32(0.2))
        after = step(ForceThreshold(), calm, blank_setting(4, 2), 120)
        assert (after.policy.force == 0).all()
        assert (after.coercion.terror == 0).all()

    def test_onset_is_where_necessity_meets_the_bar(self):
        m, technocrats = ForceThreshold(), 0.9
        need = (m.threshold + m.restraint * technocrats) / (1 + m.restraint * technocrats)
        assert self.onset((0.9, 0.1, 0.0)) == pytest.approx(need / m.shock_weight, abs=0.006)

    @pytest.mark.rules("EL-15")
    def test_any_cause_can_suffice_and_principle_gives_way_with_urgency(self):
        m, setting = ForceThreshold(), blank_setting(4, 2)
        quiet = self.ruled_by(TECHNOCRATS)
        pursued = change(
            quiet,
            clans=change(
                quiet.clans,
                defeated=quiet.clans.defeated.at[1].set(2.0),
                power=jnp.zeros_like(quiet.clans.power).at[1].set(1.0),
            ),
        )
        causes = (
            self.ruled_by(TECHNOCRATS, shock=np.float32(1.0)),
            pursued,
            arms(quiet, tension=1.0),
        )
        needs = [m.necessity(r) for r in (quiet, *causes)]
        np.testing.assert_allclose([n[0] for n in needs], [0, 0.9, 0.4, 0.4], atol=1e-6)
        bars = [m.bar(quiet, setting, jnp.full(RUNS, n)) for n in (0.0, 0.4, 0.9)]
        assert (bars[0] > bars[1]).all()
        assert (bars[1] > bars[2]).all()

    @pytest.mark.rules("EL-15")
    def test_a_hunt_counts_by_the_power_of_the_hunted_and_not_by_its_years(self):
        quiet, m = self.ruled_by(TECHNOCRATS), ForceThreshold()

        def need(share, years):
            power = jnp.stack([jnp.full(RUNS, 1 - share), jnp.full(RUNS, share)])
            hunted = quiet.clans.defeated.at[1].set(years)
            clans = change(quiet.clans, power=power.astype(jnp.float32), defeated=hunted)
            return float(m.necessity(change(quiet, clans=clans))[0])

        assert need(0.0, 3.0) == need(0.5, 0.0) == 0
        assert need(0.2, 3.0) == need(0.2, 0.1) == pytest.approx(0.2 * m.conflict_weight)
        assert need(0.5, 3.0) > need(0.2, 3.0)

    @pytest.mark.rules("EL-6")
    def test_with_a_beaten_clan_of_little_power_technocrats_still_use_less_force(self):
        def resting(mix):
            regime = arms(self.ruled_by(mix), tension=0.8)
            power = jnp.stack([jnp.full(RUNS, 0.9), jnp.full(RUNS, 0.1)]).astype(jnp.float32)
            hunted = regime.clans.defeated.at[1].set(50.0)
            regime = change(regime, clans=change(regime.clans, power=power, defeated=hunted))
            return step(ForceThreshold(), regime, blank_setting(4, 2), 120).policy.force

        assert (resting(TECHNOCRATS) < resting(IDEOCRATS) - 0.1).all()

    @pytest.mark.rules("EL-6")
    @pytest.mark.parametrize(("spiral", "lasts"), [(0.8, False), (3.2, True)])
    def test_force_feeds_on_itself_past_unit_gain(self, spiral, lasts):
        mechanism, setting = ForceThreshold(spiral=spiral, response=4.0), blank_setting(4, 2)
        shocked = step(mechanism, self.ruled_by(TECHNOCRATS, shock=np.float32(1.0)), setting, 24)
        assert (shocked.policy.force > 0.9).all()
        after = step(mechanism, lead(shocked, shock=np.float32(0.0)), setting, 240).policy.force
        assert ((after > 0.9) if lasts else (after < 0.05)).all()

    @pytest.mark.rules("EL-6")
    def test_spiral_multiplies_force_below_unit_gain(self):
        levels = []
        for spiral in (0.0, 0.5, 0.8):
            mechanism = ForceThreshold(spiral=spiral, response=2.0, building_years=1e9)
            regime = self.ruled_by((0.0, 1.0, 0.0), shock=np.float32(0.3))
            levels.append(float(step(mechanism, regime, blank_setting(4, 2), 600).policy.force[0]))
        expected = 2.0 * (0.27 - 0.2) / (1 - np.array([0.0, 0.5, 0.8]))
        np.testing.assert_allclose(levels, expected, rtol=1e-3)

    @pytest.mark.rules("EL-6")
    def test_force_in_use_turns_on_who_commands_it(self):
        def exposed(force, clock="month", **parameters):
            regime = self.ruled_by(IDEOCRATS, force=force)
            held = jnp.zeros_like(regime.elite.coercion).at[2].set(1.0).at[3].set(0.4)
            regime = change(regime, elite=change(regime.elite, coercion=held))
            ticks = round(1 / YEARS_PER_STEP[clock])
            mechanism = ForceThreshold(calm_years=1e9, **parameters)
            after = step(mechanism, regime, blank_setting(4, 2), ticks, clock)
            return np.asarray(after.elite.exposure)[:, 0]

        idle, some, full = exposed(0.0), exposed(0.5), exposed(1.0)
        assert (idle == 0.2).all()
        assert full[2] > some[2] > idle[2]
        assert full[2] > full[3] > idle[3]
        assert (np.delete(full, [2, 3]) == idle[0]).all(), "the others are not touched"
        assert full[2] == pytest.approx(1 - 0.8 * np.exp(-0.2), rel=1e-4)
        assert full[2] == pytest.approx(exposed(1.0, "quarter")[2], rel=1e-4)
        assert (exposed(1.0, stain=0.0) == idle).all()

    @pytest.mark.rules("EL-6")
    def test_who_commands_force_in_use_becomes_the_one_who_is_struck(self):
        regime = people(
            self.ruled_by(IDEOCRATS, force=1.0, runs=512),
            clan=np.repeat(np.int32([0, 1]), 3)[:, None],
            power=np.float32(1),
            coercion=np.float32([0, 0, 0, 0, 1, 0])[:, None],
        )
        clans = change(regime.clans, power=jnp.full_like(regime.clans.power, 3.0))
        regime = change(regime, clans=clans)

        def struck(stain):
            acts = [ForceThreshold(stain=stain), Attack(rate=50.0)]
            moves = together(acts, regime, blank_setting(4, 2)).moves
            return set(np.asarray(moves.target)[np.asarray(moves.target_clan) == 1].tolist())

        assert struck(0.0) == {3}, "among equals the first"
        assert struck(0.2) == {4}, "who commands the force in use"

    @pytest.mark.rules("EL-7", "CO-10")
    def test_inherited_terror_is_kept_whoever_rules_and_used(self):
        setting = blank_setting(4, 2)
        kept = [
            step(ForceThreshold(), self.ruled_by(m, terror=0.8), setting, 120).coercion.terror
            for m in (TECHNOCRATS, IDEOCRATS)
        ]
        np.testing.assert_array_equal(*kept)  # competence does not imply humaneness
        assert (kept[0] > 0.5).all()
        threatened = self.ruled_by(TECHNOCRATS, terror=0.8, tension=0.6)
        longer = step(ForceThreshold(), threatened, setting, 120).coercion.terror
        assert (longer > kept[0]).all()
        assert self.onset(TECHNOCRATS, terror=0.9) < self.onset(TECHNOCRATS, terror=0.0) - 0.1

    def test_force_in_use_builds_terror(self):
        setting = blank_setting(4, 2)
        used = self.ruled_by(IDEOCRATS, shock=np.float32(1.0), terror=0.1)
        assert (step(ForceThreshold(), used, setting, 60).coercion.terror > 0.6).all()

    def test_the_leader_rules_as_far_as_he_rules_in_person(self):
        regime = court(IDEOCRATS)
        mix = regime.elite.mix.at[:, 5].set(jnp.array(TECHNOCRATS)[:, None])
        regime = lead(change(regime, elite=change(regime.elite, mix=mix)), leader=5)
        m, need, setting = ForceThreshold(), jnp.zeros(RUNS), blank_setting(4, 2)
        bars = [
            m.bar(lead(regime, personal_power=np.float32(p)), setting, need)[0] for p in (0, 0.5, 1)
        ]
        assert bars[0] < bars[1] < bars[2]

    def test_same_course_on_two_clocks(self):
        start = self.ruled_by(IDEOCRATS, shock=np.float32(0.45), terror=0.3)
        ends = [
            step(ForceThreshold(), start, blank_setting(4, 2), round(3 / YEARS_PER_STEP[c]), c)
            for c in ("day", "month")
        ]
        np.testing.assert_allclose(ends[0].policy.force, ends[1].policy.force, atol=0.03)
        np.testing.assert_allclose(ends[0].coercion.terror, ends[1].coercion.terror, atol=0.03)


class TestEliteQuality:
    """EL-3, EL-10, EL-14, EL-18."""

    def after(self, regime, years=10, clock="month", **parameters):
        ticks = round(years / YEARS_PER_STEP[clock])
        return step(EliteQuality(**parameters), regime, blank_setting(4, 2), ticks, clock)

    @pytest.mark.rules("EL-14")
    def test_long_personal_rule_lowers_entrants_then_capability(self):
        def course(reign, personal):
            start = lead(court(), reign=np.float32(reign), personal_power=np.float32(personal))
            return [self.after(start, years) for years in (1, 15)]

        base, long, personal, both = (
            course(*a) for a in ((2, 0.2), (25, 0.2), (2, 0.9), (25, 0.9))
        )
        for soon, late in zip(base, both, strict=True):
            assert (late.policy.entrant_quality < soon.policy.entrant_quality).all()
        for other in (long, personal):
            assert (other[1].policy.entrant_quality < base[1].policy.entrant_quality).all()
            assert (both[1].policy.entrant_quality < other[1].policy.entrant_quality).all()
        assert (both[1].policy.capability < base[1].policy.capability - 0.03).all()
        quality_lost = base[0].policy.entrant_quality - both[0].policy.entrant_quality
        capability_lost = base[0].policy.capability - both[0].policy.capability
        assert (capability_lost < quality_lost / 4).all()  # the lag

    def test_an_established_leader_counts_as_wholly_personal(self):
        free = lead(court(), reign=np.float32(20), personal_power=np.float32(0.3))
        bound = lead(free, established=True)
        full = lead(free, personal_power=np.float32(1.0))
        np.testing.assert_allclose(
            self.after(bound).policy.entrant_quality, self.after(full).policy.entrant_quality
        )
        assert (
            self.after(bound).policy.entrant_quality < self.after(free).policy.entrant_quality
        ).all()

    def test_loyalty_before_competence_lowers_entrants(self):
        setting = blank_setting(4, 2)
        loyal = people(court(), loyalty=np.float32(0.9), competence=np.float32(0.3))
        able = people(court(), loyalty=np.float32(0.3), competence=np.float32(0.9))
        np.testing.assert_allclose(loyalty_premium(loyal, setting), 0.6, atol=1e-5)
        assert (loyalty_premium(able, setting) == 0).all()
        assert (
            self.after(loyal).policy.entrant_quality < self.after(able).policy.entrant_quality - 0.1
        ).all()
        outside = change(
            loyal, nomenklatura=change(loyal.nomenklatura, active=jnp.zeros((4, RUNS), bool))
        )
        assert (loyalty_premium(outside, setting) == 0).all()

    @pytest.mark.rules("EL-14")
    def test_insiders_are_tamed_at_the_stated_rate(self):
        regime = lead(court(), personal_power=np.float32(0.8))
        out = regime.elite.status.at[3].set(Status.RETIRED)
        regime = people(regime, sincerity=np.float32(0.5), status=out)
        for clock in ("month", "year"):
            after = self.after(regime, 20, clock).elite.sincerity
            tamed = 0.5 * np.exp(-0.05 * 0.8 * 20)
            np.testing.assert_allclose(after[jnp.array([0, 1, 2, 4, 5])], tamed, rtol=1e-4)
            np.testing.assert_array_equal(after[3], 0.5)
        free = self.after(lead(regime, personal_power=np.float32(0.0)), 20).elite.sincerity
        np.testing.assert_array_equal(free, 0.5)

    @pytest.mark.rules("EL-3", "EL-18")
    def test_rational_policy_raises_and_corruption_lowers_capability(self):
        wise, foolish = (self.after(court(rationality=r)).policy.capability for r in (0.9, 0.2))
        assert (wise > foolish + 0.1).all()
        clean, corrupt = (
            self.after(court(m)).policy.capability for m in ((0.4, 0.5, 0.1), (0.4, 0.1, 0.5))
        )
        assert (corrupt < clean - 0.05).all()

    @pytest.mark.rules("EL-10")
    def test_without_technocrats_the_state_decays_fast(self):
        shares = (0.0, 0.05, 0.1, 0.3)
        left = [float(self.after(court((t, 1 - t, 0.0)), 5).policy.capability[0]) for t in shares]
        assert left[0] < left[1] - 0.05 < left[2] - 0.1
        assert left[2] == pytest.approx(left[3], abs=1e-5)

    @pytest.mark.parametrize("clock", ["week", "year"])
    def test_same_course_on_other_clocks(self, clock):
        regime = lead(court(CORRUPT), reign=np.float32(15), personal_power=np.float32(0.7))
        month, other = self.after(regime), self.after(regime, clock=clock)
        np.testing.assert_allclose(
            month.policy.entrant_quality, other.policy.entrant_quality, atol=1e-3
        )
        np.testing.assert_allclose(month.policy.capability, other.policy.capability, atol=0.015)
