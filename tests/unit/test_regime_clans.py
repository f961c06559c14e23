"""Clans: what holds them together, how they strike, ally, betray, hunt and end."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick, step, together
from tests.throne import CLANS, PERSONS, hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import NEVER
from vertikal.regime.clans import (
    Attack,
    Betrayal,
    ClanEnds,
    Cohesion,
    Pact,
    PurgeOfLosers,
    expectation,
    in_play,
)
from vertikal.regime.coercion import Case
from vertikal.regime.nomenklatura import Register
from vertikal.regime.power import PowerBalance
from vertikal.regime.regime import Base, ClanFate, Means, Status

RUNS = 2048
SETTING = hall()


def room(powers=(2.0, 2.0, 2.0, 2.0), **parts):
    """Four clans of two; person 0 leads; each clan's slow average is its share."""
    clans = {"trend": np.asarray(powers) / np.sum(powers), **parts.pop("clans", {})}
    return with_(throne_room(powers, RUNS), clans=clans, **parts)


def between(**entries):
    """A table of clans by clans with entries such as `c1_d2=0.5`."""
    table = np.zeros((CLANS, CLANS))
    for name, value in entries.items():
        table[int(name[1]), int(name[-1])] = value
    return table


def near(found, expected, runs=RUNS, width=4.5):
    """Whether a frequency lies within sampling error of a probability."""
    spread = np.sqrt(max(expected * (1 - expected), 1e-9) / runs)
    return abs(float(found) - float(expected)) < width * spread + 1e-6


class TestCohesion:
    @pytest.mark.rules("CL-1", "CL-3", "CL-16")
    @pytest.mark.parametrize(
        ("base", "feature", "helps"),
        [
            (Base.TERRITORIAL, "clan_communications", True),
            (Base.TRIBAL, "clan_communications", True),
            (Base.TERRITORIAL, "clan_soft_budget", False),
            (Base.PROFESSIONAL, "clan_soft_budget", True),
            (Base.PROFESSIONAL, "clan_school", True),
            (Base.PROFESSIONAL, "clan_communications", False),
            (Base.BUSINESS, "clan_soft_budget", True),
            (Base.COERCIVE, "clan_communications", False),
            (Base.COERCIVE, "clan_soft_budget", False),
        ],
    )
    def test_each_base_has_its_own_props(self, base, feature, helps):
        bare, propped = (
            step(
                Cohesion(), room(), hall(clan_base=[base] * 4, **{feature: [x] * 4})
            ).clans.cohesion
            for x in (0.0, 1.0)
        )
        assert (propped > bare).all() if helps else (propped == bare).all()

    @pytest.mark.rules("CL-2", "CL-12", "EL-19")
    @pytest.mark.parametrize(("field", "value"), [("placement", [0.8] * 4), ("favour", [0.8] * 4)])
    def test_only_clans_of_trade_live_on_careers_and_favour(self, field, value):
        for base, helped in ((Base.PROFESSIONAL, True), (Base.TERRITORIAL, False)):
            setting = hall(clan_base=[base] * 4)
            bare = step(Cohesion(), room(), setting).clans.cohesion
            more = step(Cohesion(), room(clans={field: value}), setting).clans.cohesion
            assert (more > bare).all() if helped else (more == bare).all()

    @pytest.mark.rules("CL-2")
    def test_careers_hold_only_in_a_centralised_system(self):
        placed = room(clans={"placement": 0.8})
        plain = {"clan_base": [Base.PROFESSIONAL] * 4}
        loose, tight = (
            step(Cohesion(), placed, with_central(hall(**plain), c)).clans.cohesion for c in (0, 1)
        )
        assert (tight > loose).all()
        unplaced = step(Cohesion(), room(), with_central(hall(**plain), 1)).clans.cohesion
        np.testing.assert_array_equal(loose, unplaced)

    @pytest.mark.rules("CL-7")
    def test_to_lose_the_register_and_the_leader_s_side_breaks_a_clan_of_trade_alone(self):
        def held(base, holder=(0, 2, 4, 6), access=0.9):
            fixed = hall(clan_base=[base] * 4, office_register=[0.0, 1.0, 0.0, 0.0])
            near = room(
                nomenklatura={"holder": list(holder)},
                elite={"proximity": [0.5, 0.5, access, 0.5, 0.5, 0.5, 0.5, 0.5]},
            )
            after = together([Register(), Cohesion()], near, with_central(fixed, 1), 5, "year")
            return np.asarray(after.clans.placement[1]), np.asarray(after.clans.cohesion[1])

        elsewhere = (0, 6, 4, 2)  # the register with a head of another clan
        beside, far, without = (
            held(Base.PROFESSIONAL, holder, access)
            for holder, access in (((0, 2, 4, 6), 0.9), ((0, 2, 4, 6), 0.0), (elsewhere, 0.0))
        )
        for more, less in ((beside, far), (far, without)):
            assert (less[0] < more[0] - 0.2).all(), "placement"
            assert (less[1] < more[1] - 0.1).all(), "and with it cohesion"
        local = [held(Base.TERRITORIAL, h, a)[1] for h, a in (((0, 2, 4, 6), 0.9), (elsewhere, 0))]
        np.testing.assert_array_equal(*local)

    def test_the_unorganised_lose_what_held_them(self):
        setting = hall(clan_organised=[True, True, True, False])
        after = step(Cohesion(), room(), setting, ticks=12, clock="year").clans.cohesion
        np.testing.assert_allclose(after[3], 0.1 + 0.9 * np.exp(-6), rtol=1e-3)

    def test_the_pace_is_the_same_on_every_clock(self):
        months = step(Cohesion(), room(), SETTING, ticks=12)
        year = step(Cohesion(), room(), SETTING, clock="year")
        np.testing.assert_allclose(months.clans.cohesion, year.clans.cohesion, rtol=1e-4)
        sound(room(), months)


def with_central(setting, value):
    return dataclasses.replace(setting, centralisation=jnp.full(1, value, jnp.float32))


def attacks(regime, setting=SETTING, clock="quarter", seed=0, **parameters):
    return step(Attack(**parameters), regime, setting, clock=clock, seed=seed).moves


class TestAttack:
    @pytest.mark.rules("CL-6", "MI-8")
    def test_growth_beyond_tolerance_draws_fire(self):
        still = attacks(room())
        grown = attacks(room(clans={"trend": [0.25, 0.1, 0.25, 0.25]}))
        assert ((grown.attacker >= 0) | (still.attacker < 0)).all(), "more growth, more attacks"
        on = lambda moves: (moves.target_clan == 1).mean()  # noqa: E731
        assert on(grown) > 1.5 * on(still)
        assert on(attacks(room(clans={"trend": [0.25, 0.24, 0.25, 0.25]}))) == on(still)

    @pytest.mark.rules("CL-6")
    @pytest.mark.parametrize(
        ("office", "date", "expects"),
        [
            (NOBODY, np.inf, [0, 1 / 3, 1 / 3, 1 / 3]),
            (1, np.inf, [0, 1 / 6, 1 / 6, 2 / 3]),
            (2, np.inf, [1 / 2, 1 / 6, 1 / 6, 1 / 6]),
            (NOBODY, 3.0, [0, 1, 1 / 3, 1 / 3]),
            (NOBODY, 0.1, [0, 1 / 3, 1 / 3, 1 / 3]),
        ],
        ids=["by power", "by law", "of the leader's own", "by a date", "date past"],
    )
    def test_who_expects_to_inherit(self, office, date, expects):
        setting = hall(clan_timetable=[np.inf, date, np.inf, np.inf])
        regime = room(
            succession_rule={"heir": office, "strength": 0.5},
            nomenklatura={"holder": [0, 6, 1, NOBODY]},
        )
        found = expectation(regime, make_tick(Attack(), setting, RUNS, 1, "quarter"))
        np.testing.assert_allclose(found[:, 0], expects, rtol=1e-5)

    @pytest.mark.rules("CL-6")
    def test_growth_alarms_most_the_rival_who_expects_to_inherit(self):
        grown = {"trend": [0.25, 0.15, 0.25, 0.25]}
        rule = {"heir": 1, "strength": 1.0}

        def on_the_grown(clans=None, **parameters):
            regime = room(clans=clans or {}, succession_rule=rule,
                          nomenklatura={"holder": [0, 6, NOBODY, NOBODY]})  # fmt: skip
            tick = make_tick(Attack(), SETTING, RUNS, 1)
            rates = Attack(**parameters).pair_rates(regime, tick)
            return np.asarray(rates.reshape(CLANS, CLANS, RUNS)[:, 1, 0])

        still, alarmed = on_the_grown(), on_the_grown(grown)
        assert still[3] == still[2] == still[0], "without growth the heir strikes like others"
        assert alarmed[3] > 1.5 * alarmed[2], "the heir is alarmed more"
        assert alarmed[2] == alarmed[0] > 1.5 * still[0], "all others are alarmed as before"
        alike = on_the_grown(grown, inheritance=0.0)
        assert alike[3] == alike[2] == alarmed[2]

    @pytest.mark.parametrize(
        "worse",
        [
            {"clans": {"exposure": [0.2, 0.9, 0.2, 0.2]}},
            {"clans": {"defeated": [0, 1.0, 0, 0], "victor": [-1, 2, -1, -1]}},
        ],
    )
    def test_exposure_and_a_hunt_draw_fire(self, worse):
        still, moves = attacks(room()), attacks(room(**worse))
        assert ((moves.attacker >= 0) | (still.attacker < 0)).all()
        assert (moves.target_clan == 1).sum() > 1.2 * (still.target_clan == 1).sum()

    @pytest.mark.rules("LD-4")
    def test_who_knows_how_power_was_taken_is_struck_once_cover_is_lost(self):
        equals = {"power": [1.1, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]}
        who = {"exposure": 0.2, "knowledge": [0, 0, 0, 0.5, 0, 0.5, 0, 0]}
        covers = {"cover": [1.0, 1.0, 0.0, 1.0]}
        moves = attacks(room(elite={**equals, **who}, clans=covers))
        struck = lambda person: (moves.target == person).any()  # noqa: E731
        assert struck(2), "under cover the lower row of two equals"
        assert not struck(3)
        assert struck(5), "without it the one who knows"
        assert not struck(4)

    def test_the_hunters_lead_the_hunt(self):
        hunted = room(clans={"defeated": [0, 1.0, 0, 0], "victor": [-1, 2, -1, -1]})
        moves = attacks(hunted)
        by = [int(((moves.target_clan == 1) & (moves.attacker == a)).sum()) for a in (0, 2, 3)]
        assert by[1] > 1.5 * max(by[0], by[2])

    @pytest.mark.rules("CL-18")
    def test_a_wave_of_cases_raises_them_all(self):
        still = attacks(room())
        wave = attacks(room(coercion={"wave": 1.0}))
        assert ((wave.attacker >= 0) | (still.attacker < 0)).all()
        assert (wave.attacker >= 0).mean() > 1.5 * (still.attacker >= 0).mean()

    def test_the_strong_attack_more(self):
        moves = attacks(room((1.0, 1.0, 1.0, 5.0)))
        assert (moves.attacker == 3).sum() > 2 * (moves.attacker == 1).sum()

    @pytest.mark.parametrize("clock", ["week", "month", "quarter"])
    def test_the_hazard_a_year_is_the_same_on_every_clock(self, clock):
        tick = make_tick(Attack(), SETTING, RUNS, 1, clock)
        rate = float(Attack().pair_rates(room(), tick).sum(0)[0])
        share = (attacks(room(), clock=clock, seed=1).attacker >= 0).mean()
        assert near(share, 1 - np.exp(-rate * tick.step))

    def test_a_court_of_equals_without_grudges_has_the_rate_that_it_says(self):
        tick = make_tick(Attack(), SETTING, RUNS, 1)
        innocent = room(clans={"exposure": 0.0})
        rate = Attack(rate=1.3).pair_rates(innocent, tick).sum(0)
        np.testing.assert_allclose(rate, 1.3, rtol=1e-4)

    @pytest.mark.parametrize(
        "idle",
        [
            {"rate": 0.0},
            {"clans": {"bond": 1.0 - np.eye(CLANS)}},
            {"clans": {"fate": ClanFate.DISSOLVED}},
            {"clans": {"power": 0.0}},
        ],
    )
    def test_nothing_happens(self, idle):
        idle = dict(idle)
        parameters = {"rate": idle.pop("rate")} if "rate" in idle else {}
        regime = room(**idle)
        assert same(step(Attack(**parameters), regime, SETTING, clock="quarter"), regime)

    def test_pacts_restrain_both_sides_and_bonds_bind_them(self):
        free = attacks(room())
        pair = lambda m: (  # noqa: E731
            ((m.attacker == 1) & (m.target_clan == 2)) | ((m.attacker == 2) & (m.target_clan == 1))
        ).sum()
        tied = attacks(room(clans={"pact": between(c1_d2=0.9)}))
        bound = attacks(room(clans={"bond": between(c2_d1=1.0)}))
        assert pair(free) > 20
        assert pair(tied) < 0.4 * pair(free)
        assert pair(bound) == 0

    def test_the_unorganised_and_the_ended_never_act_and_are_left_alone(self):
        setting = hall(clan_organised=[True, True, True, False])
        moves = attacks(room(clans={"fate": [0, 0, ClanFate.PURGED, 0]}), setting, rate=20.0)
        for outside in (2, 3):
            assert not (moves.attacker == outside).any()
            assert not (moves.target_clan == outside).any()
        assert (moves.attacker >= 0).mean() > 0.5

    @pytest.mark.rules("LD-11")
    def test_an_heir_strikes_before_the_date_and_not_after(self):
        by_heir = []
        for date in (np.inf, 10.0, 0.5, 0.01):  # none, far off, near, past at the end of the tick
            setting = hall(clan_timetable=[np.inf, date, np.inf, np.inf])
            by_heir.append(int((attacks(room(), setting).attacker == 1).sum()))
        none, far, close, past = by_heir
        assert none == far == past
        assert close > 1.3 * none

    @pytest.mark.rules("CL-5", "CL-14", "CO-11")
    @pytest.mark.parametrize(("spies", "lines", "any_"), [(0, 1, 0), (1, 0, 0), (1, 1, 1)])
    def test_sabotage_needs_intelligence_and_a_foreign_line(self, spies, lines, any_):
        setting = hall(office_intelligence=[0, spies, 0, 0], clan_lines=[lines] * 4)
        regime = room(nomenklatura={"holder": [0, 2, 4, 6]})
        moves = attacks(regime, setting, rate=20.0, sabotage_weight=5.0)
        sabotage = moves.means == Means.SABOTAGE
        assert bool(sabotage.any()) == bool(any_)
        assert (moves.attacker[sabotage] == 1).all(), "only the clan that commands intelligence"

    @pytest.mark.rules("CL-5")
    def test_cover_turns_clans_to_cases(self):
        bare = attacks(room(), rate=20.0)
        covered = attacks(room(clans={"cover": 1.0}), rate=20.0)
        assert not (bare.means == Means.CASE).any()
        assert (covered.means == Means.CASE).mean() > 0.3

    @pytest.mark.rules("CL-5")
    def test_where_a_public_victory_can_be_had_less_of_the_war_is_fought_at_court(self):
        shut, ajar, wide = (
            np.asarray(attacks(room(opposition={"opening": o}), rate=4.0).attacker >= 0)
            for o in (0.0, 0.5, 1.0)
        )
        assert (shut | ~ajar).all(), "an opening adds no attack"
        assert (ajar | ~wide).all()
        assert shut.mean() > ajar.mean() + 0.05 > wide.mean() + 0.1
        wholly = attacks(room(opposition={"opening": 1.0}), rate=50.0, in_public=1.0)
        assert not (wholly.attacker >= 0).any()

    def test_the_target_is_the_most_visible_of_the_clan_and_never_the_leader(self):
        status = [0, 0, 0, 0, Status.EXILED, 0, 0, 0]
        exposed = [0, 0, 0, 0, 0, 0, 0.1, 0.9]
        regime = room(elite={"status": status, "power": [1, 1, 1.2, 1, 1, 1, 1, 0.7],
                             "exposure": exposed})  # fmt: skip
        moves = attacks(regime, rate=50.0)
        done = np.asarray(moves.attacker >= 0)
        assert done.mean() > 0.9
        expected = np.array([1, 2, 5, 7])[np.asarray(moves.target_clan)]
        np.testing.assert_array_equal(np.asarray(moves.target)[done], expected[done])
        assert (np.asarray(moves.attacker) != np.asarray(moves.target_clan))[done].all()

    def test_there_is_no_attack_on_a_clan_of_which_only_the_leader_is_left(self):
        status = [0, Status.DEAD, 0, 0, 0, 0, 0, 0]
        moves = attacks(room(elite={"status": status}), rate=50.0)
        assert not (moves.target_clan == 0).any()
        assert (moves.attacker == 0).any()

    def test_a_scripted_attack_goes_first(self):
        scripted = {"attacker": 3, "target_clan": 2, "target": 5, "means": Means.REMOVAL}
        regime = room(moves=scripted)
        assert same(attacks(regime, rate=50.0), regime.moves)


ARMED = {"coercion": [0.0, 1.0, 0.0, 0.0], "cover": [0.0, 1.0, 0.0, 0.0]}
"""One clan with force, three without."""


class TestPact:
    def test_the_bare_come_to_terms_with_the_armed_both_ways(self):
        after = step(Pact(rate=10.0), room(clans=ARMED), SETTING, clock="quarter").clans.pact
        made = np.asarray(after > 0)
        assert made[1].any()
        np.testing.assert_array_equal(made, made.swapaxes(0, 1))
        assert not made[[0, 0, 2], [2, 3, 3]].any(), "no force, nothing to lend"
        assert (made.sum((0, 1)) <= 2).all(), "one pact a step"
        np.testing.assert_allclose(np.asarray(after)[made], 0.6, rtol=1e-6)

    @pytest.mark.parametrize(
        "idle",
        [
            {"coercion": 0.0},
            {"cover": 1.0, "coercion": 1.0},
            {"fate": ClanFate.DISSOLVED},
            {"defeated": 1.0},
            {"since_betrayal": 0.0},
        ],
    )
    def test_nobody_comes_to_terms(self, idle):
        regime = room(clans={**ARMED, **idle})
        assert (step(Pact(rate=10.0), regime, SETTING, clock="quarter").clans.pact == 0).all()
        assert (step(Pact(rate=0.0), room(clans=ARMED), SETTING).clans.pact == 0).all()

    @pytest.mark.rules("CO-2")
    def test_betrayers_are_shunned_for_years(self):
        made = []
        for years in (0.5, 3.0, NEVER):
            regime = room(clans={**ARMED, "since_betrayal": [NEVER, NEVER, years, NEVER]})
            pact = step(Pact(rate=10.0), regime, SETTING, clock="quarter").clans.pact
            made.append(float((pact[2, 1] > 0).mean()))
        assert made[0] < 0.5 * made[2]
        assert made[0] < made[1] < made[2]

    def test_the_hazard_a_year_is_the_same_on_every_clock(self):
        for clock, step_years in (("month", 1 / 12), ("quarter", 1 / 4)):
            after = step(Pact(rate=2.0), room(clans=ARMED), SETTING, clock=clock)
            rate = 2.0 * 3 * 0.25  # three bare clans with a quarter of all power each
            assert near((after.clans.pact > 0).any((0, 1)).mean(), 1 - np.exp(-rate * step_years))

    def test_pacts_fade_alike_on_every_clock_and_betrayals_recede(self):
        regime = room(clans={"pact": between(c1_d2=0.9, c2_d1=0.4), "since_betrayal": 1.0})
        for clock, ticks in (("month", 12), ("quarter", 4)):
            after = step(Pact(rate=0.0), regime, SETTING, ticks=ticks, clock=clock).clans
            np.testing.assert_allclose(after.pact, regime.clans.pact * np.exp(-1 / 8), rtol=1e-4)
            np.testing.assert_allclose(after.since_betrayal, 2.0, rtol=1e-4)

    def test_a_better_pact_is_not_cut_down(self):
        regime = room(clans={**ARMED, "pact": between(c0_d1=0.9, c1_d0=0.1)})
        after = step(Pact(rate=10.0), regime, SETTING, clock="quarter").clans.pact
        assert (after[0, 1] > 0.85).all()


def betrayal(regime, setting=SETTING, clock="quarter", **parameters):
    return step(Betrayal(**parameters), regime, setting, clock=clock)


TIED = {"pact": between(c1_d2=0.8), "coercion": [0.2, 0.0, 0.5, 0.3]}
"""Clan 2 covers clan 1; the others have as much force together."""


class TestBetrayal:
    def tied(self, control=0.3, **clans):
        return room(clans={**TIED, **clans}, leadership={"control": control})

    def turned(self, regime, **parameters):
        moves = betrayal(regime, rate=20.0, **parameters).moves
        assert ((moves.betrayed == 2) | (moves.betrayer == NOBODY)).all()
        return np.asarray(moves.betrayer >= 0)

    def test_the_prize_tempts_and_the_cover_at_stake_holds_back(self):
        plain = self.turned(self.tied())
        rich = self.turned(self.tied(power=[2.0, 2.0, 6.0, 2.0]))
        assert (rich | ~plain).all()
        assert rich.mean() > 1.2 * plain.mean()
        dependent = self.turned(self.tied(pact=between(c1_d2=1.0)))
        assert (plain | ~dependent).all()
        assert dependent.mean() < plain.mean()

    def test_a_leader_in_control_stands_in_the_way(self):
        assert not self.turned(self.tied(control=1.0)).any()
        loose, tight = self.turned(self.tied(control=0.0)), self.turned(self.tied(control=0.7))
        assert (loose | ~tight).all()
        assert loose.sum() > tight.sum()

    @pytest.mark.parametrize("idle", [{"bond": between(c2_d1=1.0)}, {"pact": 0.0},
                                      {"fate": ClanFate.PURGED}])  # fmt: skip
    def test_nobody_turns(self, idle):
        regime = self.tied(**idle)
        after = betrayal(regime, rate=20.0)
        assert same(after, regime)
        assert same(betrayal(self.tied(), rate=0.0), self.tied())

    def test_the_unorganised_have_nobody_to_turn_on(self):
        setting = hall(clan_organised=[True, True, False, True])
        assert same(betrayal(self.tied(), setting, rate=20.0), self.tied())

    def test_the_hazard_a_year_is_the_same_on_every_clock(self):
        utility = 6.0 * 0.25 * 0.5 - 5.0 * 0.4 - 1.0  # others' force equals the partner's
        rate = 5.0 / (1 + np.exp(-utility)) * 0.7
        for clock, years in (("month", 1 / 12), ("quarter", 1 / 4)):
            moves = betrayal(self.tied(), clock=clock, rate=5.0).moves
            assert near((moves.betrayer >= 0).mean(), 1 - np.exp(-rate * years))

    def test_what_follows_a_betrayal_that_succeeds_and_one_that_fails(self):
        regime = self.tied()
        after = betrayal(regime, rate=20.0, prize=50.0)
        turned = np.asarray(after.moves.betrayer == 1)
        won = np.asarray(after.elite.condemned[4] > 0)
        assert 0 < won.sum() < turned.sum() < RUNS
        assert (turned | ~won).all()
        np.testing.assert_array_equal(after.clans.pact[1, 2], np.where(turned, 0, 0.8).astype("f4"))
        np.testing.assert_array_equal(after.clans.since_betrayal[1] == 0, turned)
        np.testing.assert_array_equal(after.clans.defeated[2] == 1.5, won)
        np.testing.assert_array_equal(after.clans.victor[2], np.where(won, 1, NOBODY))
        closer = np.asarray(after.elite.proximity - regime.elite.proximity)
        np.testing.assert_allclose(closer[2], np.where(won, 0.35, 0.0), atol=1e-6)
        assert (closer[[0, 1, 3, 4, 5, 6, 7]] == 0).all()
        others = np.delete(np.asarray(after.elite.condemned), 4, 0)
        assert (others == 0).all()
        sound(regime, after)

    def test_force_decides(self):
        won = []
        for others in (0.05, 0.3, 3.0):
            regime = room(
                clans={"pact": between(c1_d2=0.8), "coercion": [others, 0.0, 0.5, 0.0]},
                moves={"betrayer": 1, "betrayed": 2},
            )
            won.append(np.asarray(betrayal(regime).elite.condemned[4] > 0))
        assert (won[1] | ~won[0]).all()
        assert (won[2] | ~won[1]).all()
        assert won[0].mean() < won[1].mean() < won[2].mean()

    def test_the_leader_is_never_the_one_condemned(self):
        regime = room(
            clans={"pact": between(c1_d0=0.8), "coercion": [0.1, 0.0, 0.9, 0.9]},
            moves={"betrayer": 1, "betrayed": 0},
        )
        condemned = np.asarray(betrayal(regime).elite.condemned > 0)
        assert not condemned[0].any()
        assert condemned[1].any()

    def test_a_script_can_dictate_it_against_any_control(self):
        regime = self.tied(control=1.0)
        scripted = with_(regime, moves={"betrayer": 1, "betrayed": 2})
        after = betrayal(scripted, rate=0.0)
        assert (after.moves.betrayer == 1).all()
        assert (after.clans.pact[1, 2] == 0).all()
        share = (after.elite.condemned[4] > 0).mean()
        assert near(share, 0.5), "the others' force equals his"

    @pytest.mark.rules("CO-2")
    def test_who_has_turned_on_a_protector_is_a_target_and_finds_no_other(self):
        faithful = self.tied()
        turned = betrayal(with_(faithful, moves={"betrayer": 1, "betrayed": 2}), rate=0.0)
        assert (turned.clans.since_betrayal[1] == 0).all()
        tick = make_tick(Attack(), SETTING, RUNS, 1)
        before, after = (
            np.asarray(Attack().pair_rates(regime, tick).reshape(CLANS, CLANS, RUNS))
            for regime in (faithful, turned)
        )
        assert (after[2, 1] > 5 * before[2, 1]).all(), "by the one that was turned on"
        np.testing.assert_allclose(after[[0, 3], 1], before[[0, 3], 1])
        years = [with_(turned, clans={"since_betrayal": [NEVER, y, NEVER, NEVER], "defeated": 0})
                 for y in (0.0, NEVER)]  # fmt: skip
        covers = [step(Pact(rate=10.0), r, SETTING, clock="quarter").clans.pact[1] for r in years]
        shunned, trusted = (np.asarray((pact > 0).any(0)) for pact in covers)
        assert not shunned.any()
        assert trusted.mean() > 0.1


@pytest.mark.rules("CO-2", "CL-9")
def test_betraying_one_s_protector_gains_now_and_costs_later():
    """CO-2, CL-9: the sequence of 1953-55, with the same draws with and without the betrayal."""
    setting = hall(office_coercion=[0.0, 0.8, 0.5, 0.5], office_policy=[1.0, 1.0, 1.0, 1.0])
    start = with_(
        throne_room(runs=RUNS, control=0.0),
        clans={"pact": between(c1_d2=0.9), "cohesion": 0.8},
        nomenklatura={"holder": [0, 4, 6, 1]},  # clan 2 covers clan 1; clans 3 and 0 are armed too
    )
    start = step(PowerBalance(), start, setting)
    turned = step(Betrayal(), with_(start, moves={"betrayer": 1, "betrayed": 2}), setting)
    won = np.asarray(turned.elite.condemned[4] > 0)
    assert won.mean() > 0.2
    head = 2
    gained = np.asarray(turned.elite.proximity[head] - start.elite.proximity[head])
    assert (gained[won] > 0.1).all()
    assert (gained[~won] == 0).all()

    attack = {"attacker": 3, "target_clan": 1, "target": head, "means": Means.CASE}
    fell = {}
    for name, regime in (("faithful", start), ("betrayer", turned)):
        quiet = with_(regime, elite={"condemned": 0.0, "status": 0}, moves={"betrayer": NOBODY})
        later = step(PowerBalance(), quiet, setting)
        fell[name] = step(Case(), with_(later, moves=attack), setting)
        fell[name + " cover"] = np.asarray(later.clans.cover[1])
    assert (fell["betrayer cover"] < fell["faithful cover"] - 0.5).all()
    lost = {
        name: np.asarray(fell[name].elite.condemned[head] > 0) for name in ("faithful", "betrayer")
    }
    assert (lost["betrayer"] | ~lost["faithful"]).all()
    assert lost["betrayer"].mean() > 1.5 * lost["faithful"].mean()


class TestPurgeOfLosers:
    def struck(self, clock="quarter", setting=SETTING, clans=None, elite=None, **parameters):
        beaten = {"defeated": [0, 1.0, 0, 0], "victor": [-1, 2, -1, -1], **(clans or {})}
        regime = room(clans=beaten, elite=elite or {})
        after = step(PurgeOfLosers(**parameters), regime, setting, clock=clock)
        sound(regime, after)
        return np.asarray(after.elite.condemned > 0)

    @pytest.mark.rules("CL-10")
    def test_the_people_of_the_beaten_are_struck_and_nobody_else(self):
        hit = self.struck(rate=5.0)
        assert hit[2:4].mean() > 0.3
        assert not np.delete(hit, [2, 3], 0).any()

    @pytest.mark.rules("CO-1", "CO-4")
    def test_cover_and_indispensability_protect(self):
        plain = self.struck(rate=5.0)
        covered = self.struck(rate=5.0, clans={"cover": 1.0})
        needed = self.struck(rate=5.0, elite={"indispensability": 1.0})
        both = self.struck(rate=5.0, clans={"cover": 1.0}, elite={"indispensability": 1.0})
        for safer in (covered, needed):
            assert (plain | ~safer).all()
            assert safer.mean() < 0.7 * plain.mean()
            assert (safer | ~both).all()
        assert both.mean() < 0.6 * min(covered.mean(), needed.mean())

    def test_the_hazard_a_year_is_the_same_on_every_clock(self):
        risk = 0.8 * (1 - 0.6 * 0.3)
        for clock, years in (("week", 7 / 365.25), ("quarter", 0.25)):
            assert near(self.struck(clock)[2:4].mean(), 1 - np.exp(-risk * years), 2 * RUNS)

    def test_nobody_is_struck_without_a_hunt_or_a_rate(self):
        assert not self.struck(rate=5.0, clans={"defeated": 0.0}).any()
        assert not self.struck(rate=0.0).any()
        assert not self.struck(rate=5.0, elite={"status": Status.RETIRED}).any()

    def test_the_leader_is_spared(self):
        hit = self.struck(rate=20.0, clans={"defeated": 1.0})
        assert not hit[0].any()
        assert hit[1].any()

    @pytest.mark.rules("LD-10")
    def test_the_narrower_the_competition_the_more_is_at_stake(self):
        regime = room(clans={"defeated": 1.0})
        marks = []
        for narrow in (0.1, 0.9):
            setting = narrowed(narrow)
            after = step(PurgeOfLosers(rate=5.0), regime, setting, clock="quarter").elite
            marks.append(np.asarray(after.condemned))
            np.testing.assert_array_equal(after.fallen_by, np.where(after.condemned > 0, 33, 0))
        np.testing.assert_array_equal(marks[0] > 0, marks[1] > 0)
        assert (marks[1] >= marks[0]).all()
        np.testing.assert_allclose(marks[1].max(), 0.45, rtol=1e-5)

    def test_a_hunt_runs_down(self):
        regime = room(clans={"defeated": [0.0, 0.6, 2.0, 0.1]})
        left = step(PurgeOfLosers(rate=0.0), regime, SETTING, ticks=4, clock="quarter")
        np.testing.assert_allclose(left.clans.defeated[:, 0], [0, 0, 1.0, 0], atol=1e-6)


def narrowed(value):
    return dataclasses.replace(SETTING, narrowness=jnp.full(1, value, jnp.float32))


class TestClanEnds:
    TRADE = hall(
        clan_base=[Base.PROFESSIONAL, Base.BUSINESS, Base.TERRITORIAL, Base.NONE],
        clan_organised=[True, True, True, False],
    )

    @pytest.mark.rules("CL-9", "CL-11", "CL-12")
    def test_clans_of_trade_dissolve_without_cover_and_their_people_are_dispersed(self):
        regime = room(clans={"cover": 0.1, "uncovered": 2.0})
        after = step(ClanEnds(rate=2.0), regime, self.TRADE, clock="quarter")
        gone = np.asarray(after.clans.fate == ClanFate.DISSOLVED)
        for clan in (0, 1):
            assert near(gone[clan].mean(), 1 - np.exp(-0.5))
        assert not gone[2:].any(), "a territorial clan has a base of its own"
        clan = np.asarray(after.elite.clan)
        for person in range(PERSONS):
            own = person // 2
            np.testing.assert_array_equal(clan[person], np.where(gone[own], 3, own))

    @pytest.mark.rules("CL-11")
    def test_cover_saves_and_resets_the_count(self):
        covered = step(ClanEnds(), room(clans={"cover": 0.5, "uncovered": 2.0}), self.TRADE)
        assert (covered.clans.uncovered == 0).all()
        assert (covered.clans.fate == 0).all()

    def test_there_is_a_time_of_grace_alike_on_every_clock(self):
        regime = room(clans={"cover": 0.0})
        for clock, ticks in (("month", 11), ("quarter", 3)):
            after = step(ClanEnds(rate=20.0), regime, self.TRADE, ticks=ticks, clock=clock)
            assert (after.clans.fate == 0).all()
            np.testing.assert_allclose(
                after.clans.uncovered, ticks * (1 / 12 if clock == "month" else 1 / 4), rtol=1e-5
            )
        later = step(ClanEnds(rate=20.0), regime, self.TRADE, ticks=12, clock="quarter")
        assert (later.clans.fate[:2] == ClanFate.DISSOLVED).all()

    def test_the_hazard_a_year_is_the_same_on_every_clock(self):
        regime = room(clans={"cover": 0.0, "uncovered": 5.0})
        for clock, ticks in (("month", 12), ("quarter", 4)):
            fate = step(ClanEnds(), regime, self.TRADE, ticks=ticks, clock=clock).clans.fate
            assert near((fate[:2] == ClanFate.DISSOLVED).mean(), 1 - np.exp(-0.8), 2 * RUNS)

    @pytest.mark.rules("CL-10")
    def test_the_hunted_without_weight_are_finished(self):
        regime = room((1.0, 0.01, 1.0, 1.0), clans={"cover": 1.0, "defeated": [0, 1.0, 1.0, 0]})
        after = step(ClanEnds(), regime, self.TRADE)
        assert (after.clans.fate[1] == ClanFate.PURGED).all()
        assert (np.asarray(after.clans.fate)[[0, 2, 3]] == 0).all()
        assert same(after.elite, regime.elite), "the purged are not dispersed"

    def test_with_a_clan_end_its_pacts_both_ways(self):
        pact = np.full((4, 4), 0.4) * (1 - np.eye(4))
        regime = room(clans={"cover": 0.1, "uncovered": 2.0, "pact": pact})
        after = step(ClanEnds(rate=2.0), regime, self.TRADE, clock="quarter").clans
        over = np.asarray(after.fate != ClanFate.IN_PLAY)
        assert 0 < over.mean() < 1
        void = over[:, None] | over[None]
        np.testing.assert_allclose(after.pact, np.where(void, 0.0, pact[..., None]))

    def test_without_a_residual_group_the_people_stay(self):
        regime = room(clans={"cover": 0.0, "uncovered": 5.0})
        after = step(
            ClanEnds(rate=20.0), regime, hall(clan_base=[Base.BUSINESS] * 4), clock="quarter"
        )
        assert (after.clans.fate == ClanFate.DISSOLVED).mean() > 0.9
        assert same(after.elite, regime.elite)

    def test_an_end_is_final(self):
        regime = room(clans={"fate": ClanFate.PURGED, "cover": 0.0, "uncovered": 5.0})
        assert (step(ClanEnds(rate=20.0), regime, self.TRADE).clans.fate == ClanFate.PURGED).all()


def test_who_is_in_play():
    setting = hall(clan_organised=[True, False, True, True])
    regime = room((1.0, 1.0, 0.0, 1.0), clans={"fate": [0, 0, 0, ClanFate.DISSOLVED]})
    assert in_play(regime, setting)[:, 0].tolist() == [True, False, False, False]
