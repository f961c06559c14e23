"""The military-industrial complex: the loop's gain, and quality that only war shows."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from tests.court import make_tick, step
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.mechanism import YEARS_PER_STEP, parameters
from vertikal.regime.military_industry import (
    HiddenQuality,
    MicGrowth,
    loop_gain,
    strategic_weight,
)
from vertikal.regime.regime import change

RUNS, OFFICES, PERSONS, CLANS = 16, 3, 5, 2
ALL = (MicGrowth, HiddenQuality)
BUILDER, PARTNER, CLERK, PRIVATE = 0, 1, 2, 4


def complex_(war=0.0, agenda=0.0, tension=0.2, spending=0.05, influence=0.15, **arms):
    """A regime at rest; persons 0 and 1 hold strategic offices, 2 a plain one, the rest none."""
    regime = blank_regime(PERSONS, OFFICES, CLANS, RUNS)
    holder = jnp.broadcast_to(jnp.arange(OFFICES, dtype=jnp.int32)[:, None], (OFFICES, RUNS))
    given = {"war": war, "tension": tension, **arms}
    full = {k: jnp.full(RUNS, v, jnp.float32) for k, v in given.items()}
    both = {
        k: jnp.broadcast_to(jnp.asarray(v, jnp.float32).reshape(-1, 1), (2, RUNS))
        for k, v in (("spending", spending), ("influence", influence))
    }
    return change(
        regime,
        nomenklatura=change(regime.nomenklatura, holder=holder),
        military_industry=change(regime.military_industry, **full, **both),
        policy=change(regime.policy, agenda=jnp.full(RUNS, agenda, jnp.float32)),
    )


def setting(inspection=0.0, soft=0.5):
    plain = blank_setting(OFFICES, CLANS)
    return change(
        plain,
        office_strategic=jnp.array([[1.0], [0.4], [0.0]]),
        office_inspection=jnp.array([[0.0], [0.0], [inspection]]),
        clan_soft_budget=jnp.full((CLANS, 1), soft),
    )


def at_war(regime, war):
    return change(
        regime,
        military_industry=change(regime.military_industry, war=jnp.full(RUNS, war, jnp.float32)),
    )


def builders(regime, mix, competence=0.8):
    table = jnp.array(mix, jnp.float32)[:, None, None]
    return change(
        regime,
        elite=change(
            regime.elite,
            mix=jnp.broadcast_to(table, (3, PERSONS, RUNS)),
            competence=jnp.full((PERSONS, RUNS), competence, jnp.float32),
        ),
    )


def run(mechanism, regime, years=5.0, clock="month", fixed=None):
    ticks = round(years / YEARS_PER_STEP[clock])
    return step(mechanism, regime, setting() if fixed is None else fixed, ticks, clock)


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("clock", ["day", "year"])
def test_stays_in_range_and_keeps_shapes(kind, clock):
    draw = np.random.default_rng(5)
    before = complex_(
        war=1.0, agenda=0.9, tension=0.9, spending=[0.5, 0.1], influence=[0.9, 0.2],
        quality=0.1, apparent_quality=0.95,
    )  # fmt: skip
    before = builders(before, (0.9, 0.1, 0.0))
    holder = jnp.asarray(draw.integers(-1, PERSONS, (OFFICES, RUNS)), jnp.int32)
    before = change(before, nomenklatura=change(before.nomenklatura, holder=holder))
    after = step(kind(), before, setting(1.0), 60, clock)
    for old, new in zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True):
        assert old.shape == new.shape
        assert old.dtype == new.dtype
        assert np.isfinite(np.asarray(new)).all()
    persons = (after.elite.exposure, after.elite.indispensability)
    for value in (*jax.tree.leaves(after.military_industry), *persons):
        assert ((value >= 0) & (value <= 1)).all()


@pytest.mark.parametrize("kind", ALL)
def test_eager_and_parameters_over_runs_agree_with_compiled(kind):
    regime = complex_(war=0.5, agenda=0.5, spending=[0.3, 0.1])
    plain = step(kind(), regime, setting())
    eager = kind()(regime, make_tick(kind(), setting(), RUNS, 1))
    spread = kind(
        **{k: jnp.full(RUNS, p.default, jnp.float32) for k, p in parameters(kind).items()}
    )
    over_runs = step(spread, regime, setting())
    for a, b, c in zip(*map(jax.tree.leaves, (plain, eager, over_runs)), strict=True):
        assert a.dtype == b.dtype == c.dtype
        np.testing.assert_allclose(a, b, atol=1e-6)
        np.testing.assert_allclose(a, c, atol=1e-6)


def test_strategic_weight_belongs_to_holders_of_strategic_offices():
    regime = complex_()
    np.testing.assert_allclose(strategic_weight(regime, setting())[:, 0], [1, 0.4, 0, 0, 0])
    both = jnp.zeros((OFFICES, RUNS), jnp.int32)
    regime = change(regime, nomenklatura=change(regime.nomenklatura, holder=both))
    np.testing.assert_allclose(strategic_weight(regime, setting())[:, 0], [1, 0, 0, 0, 0])
    shut = change(regime.nomenklatura, active=jnp.zeros((OFFICES, RUNS), bool))
    assert (strategic_weight(change(regime, nomenklatura=shut), setting()) == 0).all()


def jacobian(m):
    """Of (influence home, abroad, spending home, abroad, tension), by hand from the docstring."""
    money = m.influence_per_spending * (1 + m.widening * m.research_integration)
    pull = np.zeros((5, 5))
    pull[0, 2] = pull[1, 3] = money
    pull[2, 0] = pull[3, 1] = m.lobbying
    pull[2, 4] = pull[3, 4] = m.alarm
    pull[4, 0] = pull[4, 1] = m.provocation / 2
    pace = 1 / np.array([m.influence_years] * 2 + [m.spending_years] * 2 + [m.tension_years])
    return pace[:, None] * (pull - np.eye(5))


class TestMicGrowth:
    """MI-1, MI-2, MI-3, MI-4, MI-9, MI-10, CL-15, EL-2."""

    mild, wild = MicGrowth(), MicGrowth(influence_per_spending=12.0)

    def test_quiet_times_are_at_rest(self):
        before = complex_().military_industry
        after = run(self.mild, complex_(), 20).military_industry
        for name in ("tension", "spending", "influence"):
            np.testing.assert_allclose(getattr(after, name), getattr(before, name), atol=1e-5)

    @pytest.mark.rules("MI-3")
    def test_the_sign_of_growth_changes_at_unit_gain(self):
        draw = np.random.default_rng(11)
        for _ in range(300):
            m = MicGrowth(
                influence_per_spending=draw.uniform(0.5, 15), lobbying=draw.uniform(0, 0.2),
                alarm=draw.uniform(0, 0.4), provocation=draw.uniform(0, 2),
                research_integration=draw.random(), influence_years=draw.uniform(0.3, 10),
                spending_years=draw.uniform(0.3, 10), tension_years=draw.uniform(0.3, 10),
            )  # fmt: skip
            fastest = np.linalg.eigvals(jacobian(m)).real.max()
            assert np.sign(fastest) == np.sign(loop_gain(m) - 1)

    @pytest.mark.rules("MI-3", "CL-15")
    def test_collusion_adds_what_the_weaker_gains_and_takes_two(self):
        def heat(collusion, influence):
            m = MicGrowth(collusion=collusion, tension_years=1e-3)
            return float(run(m, complex_(influence=influence), 1 / 12).military_industry.tension[0])

        for home, abroad in ((0.5, 0.5), (0.9, 0.3), (0.3, 0.9)):
            apart = heat(0.0, [home, abroad])
            for share in (0.5, 1.0):
                added = share * self.mild.provocation * (min(home, abroad) - 0.15)
                assert heat(share, [home, abroad]) - apart == pytest.approx(added, abs=0.02)
        assert heat(1.0, [0.9, 0.15]) == heat(0.0, [0.9, 0.15]), "nobody to collude with"
        assert heat(1.0, [0.9, 0.0]) == heat(0.0, [0.9, 0.0])

    @pytest.mark.rules("MI-3")
    def test_collusion_can_make_a_crisis_escalate_that_would_have_died_away(self):
        gains = [loop_gain(MicGrowth(influence_per_spending=4.0, collusion=c)) for c in (0, 1)]
        assert gains[0] < 1 < gains[1]
        alone, together = (
            run(
                MicGrowth(influence_per_spending=4.0, collusion=c),
                complex_(tension=0.4, spending=0.08, influence=0.25), 120,
            ).military_industry.tension
            for c in (0.0, 1.0)
        )  # fmt: skip
        np.testing.assert_allclose(alone, 0.2, atol=0.1)
        assert (together > 0.9).all()

    def test_loop_gain_is_below_one_by_default_and_above_it_in_the_wild(self):
        assert loop_gain(self.mild) < 1 < loop_gain(self.wild)
        many = loop_gain(MicGrowth(alarm=jnp.array([0.1, 0.5])))
        assert many[0] < many[1]

    def test_below_unit_gain_a_crisis_dies_away(self):
        crisis = complex_(tension=0.8, spending=0.12, influence=0.4)
        gone = run(self.mild, crisis, 80).military_industry
        np.testing.assert_allclose(gone.tension, 0.2, atol=0.02)
        np.testing.assert_allclose(gone.spending, 0.05, atol=0.005)
        np.testing.assert_allclose(gone.influence, 0.15, atol=0.03)

    @pytest.mark.rules("MI-3")
    def test_above_unit_gain_it_escalates_to_the_caps_and_without_crisis_it_does_not(self):
        heated = run(self.wild, complex_(tension=0.25), 80).military_industry
        np.testing.assert_allclose(heated.influence, 1.0, atol=0.02)
        np.testing.assert_allclose(heated.tension, 0.2 + 0.8 * 0.85, atol=0.02)
        assert (heated.spending > 0.15).all()
        cooled = run(self.wild, complex_(tension=0.15), 80).military_industry
        assert (cooled.influence < 0.02).all()  # the same loop disarms

    @pytest.mark.rules("MI-2", "MI-3")
    @pytest.mark.parametrize(("clock", "error"), [("week", 2e-3), ("month", 6e-3)])
    def test_small_disturbances_follow_the_linear_system(self, clock, error):
        start = np.array([0.05, 0.05, 0.02, 0.02, 0.2])
        normal = np.array([0.15, 0.15, 0.05, 0.05, 0.2])
        expected = normal + expm(jacobian(self.mild) * 5) @ start
        regime = complex_(tension=0.4, spending=0.07, influence=0.2)
        after = run(self.mild, regime, 5, clock).military_industry
        found = np.concatenate([after.influence, after.spending, after.tension[None]])[:, 0]
        np.testing.assert_allclose(found, expected, atol=error)

    def test_both_sides_obey_the_same_law(self):
        one = run(self.mild, complex_(spending=[0.3, 0.05], influence=[0.1, 0.5])).military_industry
        two = run(self.mild, complex_(spending=[0.05, 0.3], influence=[0.5, 0.1])).military_industry
        np.testing.assert_allclose(one.spending, two.spending[::-1], atol=1e-6)
        np.testing.assert_allclose(one.influence, two.influence[::-1], atol=1e-6)
        np.testing.assert_allclose(one.tension, two.tension, atol=1e-6)

    @pytest.mark.rules("MI-3")
    def test_one_side_arms_the_other_through_tension_alone(self):
        calm, armed = (
            run(self.mild, complex_(influence=[i, 0.15], spending=[s, 0.05])).military_industry
            for i, s in ((0.15, 0.05), (0.8, 0.3))
        )
        assert (armed.tension > calm.tension + 0.02).all()
        assert (armed.spending[1] > calm.spending[1]).all()
        assert (armed.influence[1] > calm.influence[1]).all()
        deaf = MicGrowth(provocation=0.0)
        alone = run(deaf, complex_(influence=[0.8, 0.15], spending=[0.3, 0.05])).military_industry
        np.testing.assert_allclose(alone.influence[1], 0.15, atol=1e-5)

    @pytest.mark.rules("MI-2")
    def test_money_makes_power(self):
        def gained(mild):
            few, much = (run(mild, complex_(spending=[s, 0.05]), 1) for s in (0.05, 0.3))
            return much.military_industry.influence - few.military_industry.influence

        home, abroad = gained(self.mild)
        assert (home > 0.03).all()
        assert (abs(abroad) < 0.1 * home).all(), "money at home makes power at home"
        np.testing.assert_allclose(gained(MicGrowth(influence_per_spending=0.0)), 0.0, atol=1e-6)

    @pytest.mark.rules("CL-15")
    def test_a_worse_climate_strengthens_both(self):
        low, high = (run(self.mild, complex_(tension=t)).military_industry for t in (0.2, 0.9))
        assert (high.influence > low.influence + 0.01).all()
        assert (high.spending > low.spending).all()

    @pytest.mark.rules("MI-1")
    def test_war_forms_the_interest_group_and_it_outlives_the_war(self):
        without = MicGrowth(war_formation=0.0)
        fought, moneyed = (
            run(m, complex_(war=1.0)).military_industry for m in (self.mild, without)
        )
        assert (fought.influence > moneyed.influence).all()
        assert (fought.spending > 0.3).all()
        later = run(self.mild, at_war(run(self.mild, complex_(war=1.0)), 0.0), 3).military_industry
        assert (later.spending < fought.spending / 2).all()
        assert (later.influence > 0.35).all()

    @pytest.mark.rules("MI-10", "EL-2")
    def test_greatness_keeps_spending_after_the_war_at_home(self):
        def after_war(agenda):
            fought = run(self.mild, complex_(war=1.0, agenda=agenda))
            return run(self.mild, at_war(fought, 0.0), 10).military_industry

        plain, great = after_war(0.0), after_war(0.9)
        assert (great.spending[0] > plain.spending[0] + 0.04).all()
        assert (great.spending[0] > great.spending[1] + 0.03).all()
        assert (great.tension > plain.tension).all()

    @pytest.mark.rules("MI-4")
    def test_research_widens_the_complex(self):
        small, wide = (
            run(MicGrowth(research_integration=x), complex_(tension=0.9)).military_industry
            for x in (0.0, 1.0)
        )
        assert (wide.influence > small.influence).all()
        assert loop_gain(MicGrowth(research_integration=1.0)) > loop_gain(MicGrowth())

    @pytest.mark.rules("MI-9")
    def test_builders_become_indispensable_as_the_complex_weighs_more(self):
        weak, strong = (
            run(self.mild, complex_(influence=i, tension=t, spending=s)).elite.indispensability
            for i, t, s in ((0.15, 0.2, 0.05), (0.9, 0.9, 0.4))
        )
        assert (strong[BUILDER] > weak[BUILDER] + 0.2).all()
        assert (strong[BUILDER] > strong[PARTNER] + 0.1).all()
        for who in (CLERK, PRIVATE):
            np.testing.assert_allclose(strong[who], weak[who], atol=1e-6)
            expected = 0.1 + 0.2 * np.exp(-5 / 4)  # from 0.3 to the base
            np.testing.assert_allclose(strong[who], expected, atol=1e-4)

    def test_dismissal_makes_replaceable(self):
        kept = complex_(influence=0.8, tension=0.8)
        gone = change(
            kept,
            nomenklatura=change(
                kept.nomenklatura, holder=kept.nomenklatura.holder.at[0].set(NOBODY)
            ),
        )
        there, out = (run(self.mild, r, 3).elite.indispensability for r in (kept, gone))
        assert (out[BUILDER] < there[BUILDER] - 0.1).all()
        np.testing.assert_allclose(out[PARTNER], there[PARTNER])

    def test_no_chance_is_involved(self):
        regime = complex_(tension=0.7)
        a, b = (step(self.mild, regime, setting(), 12, seed=s) for s in (0, 1))
        np.testing.assert_array_equal(a.military_industry.tension, b.military_industry.tension)


class TestHiddenQuality:
    """MI-2, MI-5, MI-7, MI-11, EL-3."""

    default = HiddenQuality()

    @pytest.mark.rules("MI-5")
    def test_in_peace_reports_are_rosy_and_nobody_is_blamed(self):
        after = run(self.default, complex_(quality=0.4, apparent_quality=0.4), 10)
        gap = after.military_industry.apparent_quality - after.military_industry.quality
        assert (gap > 0.1).all()
        rest = 0.15 + 0.4 / 3 * (1 - 0.9 * 0.5)  # for one third corrupt and half loyal
        expected = rest + (0.2 - rest) * np.exp(-10 / 5)
        np.testing.assert_allclose(after.elite.exposure, expected, atol=1e-4)

    @pytest.mark.rules("MI-2")
    def test_power_makes_the_complex_opaque(self):
        weak, strong = (
            run(self.default, complex_(influence=i)).military_industry for i in (0.1, 0.9)
        )
        assert (strong.apparent_quality > weak.apparent_quality + 0.02).all()
        np.testing.assert_array_equal(strong.quality, weak.quality)

    @pytest.mark.rules("MI-5")
    def test_war_shows_the_truth_and_makes_files_on_those_who_answer(self):
        start = complex_(quality=0.3, apparent_quality=0.8)
        peace, war = (run(self.default, at_war(start, w), 2) for w in (0.0, 1.0))
        shown = war.military_industry.apparent_quality - war.military_industry.quality
        hidden = peace.military_industry.apparent_quality - peace.military_industry.quality
        assert (shown < hidden - 0.2).all()
        assert (war.elite.exposure[BUILDER] > peace.elite.exposure[BUILDER] + 0.2).all()
        assert (war.elite.exposure[BUILDER] > war.elite.exposure[PARTNER]).all()
        for who in (CLERK, PRIVATE):
            np.testing.assert_allclose(war.elite.exposure[who], peace.elite.exposure[who])
        lasting = run(self.default, at_war(war, 0.0), 2).elite.exposure[BUILDER]
        assert (lasting > peace.elite.exposure[BUILDER] + 0.1).all()  # 1946 follows 1945

    @pytest.mark.rules("EL-3")
    def test_corruption_leaves_traces_that_are_overlooked_in_the_loyal(self):
        def file(corrupt, loyalty, **parameters):
            regime = complex_()
            poles = jnp.asarray([1 - corrupt, 0.0, corrupt], jnp.float32)[:, None, None]
            elite = change(
                regime.elite,
                mix=jnp.broadcast_to(poles, regime.elite.mix.shape),
                loyalty=jnp.full_like(regime.elite.loyalty, loyalty),
            )
            after = run(HiddenQuality(**parameters), change(regime, elite=elite), 10)
            return float(after.elite.exposure[PRIVATE, 0])

        honest = file(0.0, 0.0)
        assert file(0.5, 0.5) > honest + 0.05
        assert file(1.0, 0.5) > file(0.5, 0.5) + 0.05
        assert file(1.0, 0.0) > file(1.0, 0.5) + 0.1 > file(1.0, 1.0) + 0.2
        assert file(0.0, 1.0) == honest, "the honest need nobody to overlook anything"
        assert file(1.0, 1.0, impunity=1.0) == honest
        assert file(1.0, 0.0, graft=0.0) == honest
        assert file(1.0, 1.0, impunity=0.0) == file(1.0, 0.0)
        assert file(1.0, 0.0, clean=0.8, graft=1.0) <= 1.0

    def test_a_wider_gap_makes_a_thicker_file(self):
        files = [
            run(self.default, complex_(war=1.0, quality=0.3, apparent_quality=q), 2).elite.exposure
            for q in (0.3, 0.5, 0.7)
        ]
        assert (files[0][BUILDER] < files[1][BUILDER]).all()
        assert (files[1][BUILDER] < files[2][BUILDER]).all()

    @pytest.mark.rules("MI-11")
    def test_auditors_bring_out_more(self):
        start = complex_(war=1.0, quality=0.3, apparent_quality=0.7)
        half = 0.5
        blind, audited = (
            run(HiddenQuality(front=0.2), start, half, fixed=setting(inspection=a))
            for a in (0.0, 1.0)
        )
        assert (audited.elite.exposure[BUILDER] > blind.elite.exposure[BUILDER] + 0.1).all()
        reports = [r.military_industry.apparent_quality for r in (blind, audited)]
        assert (reports[1] < reports[0] - 0.05).all()
        peace = [
            run(HiddenQuality(front=0.2), at_war(start, 0.0), half, fixed=setting(inspection=a))
            for a in (0.0, 1.0)
        ]
        np.testing.assert_array_equal(peace[0].elite.exposure, peace[1].elite.exposure)

    @pytest.mark.rules("MI-7")
    @pytest.mark.parametrize("war", [0.0, 1.0])
    def test_technocratic_and_competent_managers_make_better_arms(self, war):
        def made(mix, competence):
            regime = builders(complex_(war=war, quality=0.4), mix, competence)
            return run(self.default, regime).military_industry.quality

        best, dull, mission = (
            made((0.9, 0.1, 0), 0.9),
            made((0.9, 0.1, 0), 0.3),
            made((0.1, 0.9, 0), 0.9),
        )
        assert (best > dull + 0.1).all()
        assert (best > mission + 0.1).all()

    @pytest.mark.rules("MI-7")
    def test_success_comes_faster_in_war(self):
        start = builders(complex_(quality=0.4), (0.9, 0.1, 0.0), 0.9)
        peace, war = (
            run(self.default, at_war(start, w), 2).military_industry.quality for w in (0.0, 1.0)
        )
        assert (war > peace + 0.1).all()

    def test_soft_budgets_spoil_arms_in_peace_only(self):
        for war, worse in ((0.0, True), (1.0, False)):
            hard, soft = (
                run(
                    self.default, complex_(war=war, quality=0.5), fixed=setting(soft=b)
                ).military_industry.quality
                for b in (0.0, 1.0)
            )
            if worse:
                assert (soft < hard - 0.05).all()
            else:
                np.testing.assert_array_equal(soft, hard)

    def test_only_those_in_strategic_offices_count(self):
        base = complex_(quality=0.4)
        mix = base.elite.mix.at[:, CLERK:].set(jnp.array([1.0, 0, 0])[:, None, None])
        other = change(base, elite=change(base.elite, mix=mix))
        a, b = (run(self.default, r).military_industry.quality for r in (base, other))
        np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize("war", [0.0, 1.0])
    def test_same_course_on_two_clocks(self, war):
        start = complex_(war=war, quality=0.35, apparent_quality=0.7)
        week, month = (run(self.default, start, 3, c) for c in ("week", "month"))
        for name in ("quality", "apparent_quality"):
            np.testing.assert_allclose(
                getattr(week.military_industry, name),
                getattr(month.military_industry, name),
                atol=0.01,
            )
        np.testing.assert_allclose(week.elite.exposure, month.elite.exposure, atol=0.02)
