"""Cases, sentences and fear."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step, together
from tests.throne import CLANS, THRONE, hall, rows_of, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime
from vertikal.regime.coercion import Alarm, Case, Fear, Sentence, condemn
from vertikal.regime.defection import StayOrGo
from vertikal.regime.leader import Mortality
from vertikal.regime.regime import Base, Grade, Means, Status, change

RUNS = 2048
ATTACKER, ACCUSED, HEAD, DEPUTY = 3, 1, 2, 3
"""Clan 3 attacks clan 1, whose head is person 2 and whose deputy is person 3."""


def court(means=Means.CASE, target=HEAD, **parts):
    """A court in which clan 3 has just attacked; all clans have some cover of their own."""
    attack = {"attacker": ATTACKER, "target_clan": ACCUSED, "target": target, "means": means}
    clans = {"cover": [0.4] * CLANS, **parts.pop("clans", {})}
    moves = {**attack, **parts.pop("moves", {})}
    return with_(throne_room((2.0, 2.0, 2.0, 2.0), RUNS), clans=clans, moves=moves, **parts)


def tried(regime, setting=None, **parameters):
    after = step(Case(**parameters), regime, setting or hall())
    sound(regime, after)
    return after


def lost(regime, **parameters):
    """The runs in which the case is won by the accuser."""
    after = tried(regime, **parameters)
    won = np.asarray(after.elite.condemned).any(0)
    np.testing.assert_array_equal(won, ~np.asarray(after.moves.repelled))
    return won


def fewer(one, other, factor=1.0):
    """Whether events of `one` are among those of `other`, and fewer by a factor."""
    return (other | ~one).all() and one.sum() < factor * other.sum()


class TestCase:
    @pytest.mark.rules("CO-1", "CO-4", "CL-8", "MI-9")
    def test_cover_and_indispensability_each_cut_the_loss_and_together_most(self):
        plain = lost(court(clans={"cover": [0.4, 0.0, 0.4, 0.4]}))
        covered = lost(court(clans={"cover": [0.4, 1.0, 0.4, 0.4]}))
        needed = lost(court(clans={"cover": [0.4, 0.0, 0.4, 0.4]}, elite={"indispensability": 0.9}))
        both = lost(court(clans={"cover": [0.4, 1.0, 0.4, 0.4]}, elite={"indispensability": 0.9}))
        assert fewer(covered, plain, 0.6)
        assert fewer(needed, plain, 0.6)
        assert fewer(both, covered, 0.8)
        assert fewer(both, needed, 0.8)

    @pytest.mark.rules("CO-3")
    @pytest.mark.parametrize("means", [Means.CASE, Means.REMOVAL, Means.SABOTAGE])
    def test_the_truth_of_the_charge_does_not_matter(self, means):
        clean = tried(court(means, elite={"exposure": 0.0}))
        guilty = tried(court(means, elite={"exposure": 1.0}))
        alike = dataclasses.replace(guilty, elite=clean.elite)
        assert same(clean, alike)
        assert same(clean.elite.condemned, guilty.elite.condemned)
        assert same(clean.elite.proximity, guilty.elite.proximity)

    @pytest.mark.rules("IN-5")
    def test_the_attacker_s_cover_and_grey_law_arm_the_accuser(self):
        plain = lost(court())
        assert fewer(plain, lost(court(clans={"cover": [0.4, 0.4, 0.4, 1.5]})), 0.9)
        lawful, grey = (
            lost(court(coercion={"grey_law": 0.0})),
            lost(court(coercion={"grey_law": 1.0})),
        )
        assert fewer(lawful, grey, 0.95)

    def test_a_leader_in_control_must_assent_and_has_favourites(self):
        plain = lost(court())
        favoured = lost(court(clans={"favour": [0, 0.9, 0, 0]}))
        accuser = lost(court(clans={"favour": [0, 0, 0, 0.9]}))
        assert fewer(favoured, plain, 0.8)
        assert fewer(plain, accuser, 0.9)
        assert not lost(court(leadership={"control": 1.0}), assent=-60.0).any()

    def test_favour_does_not_count_under_a_leader_without_control(self):
        idle = {"leadership": {"control": 0.0}}
        plain = lost(court(**idle))
        assert (plain == lost(court(clans={"favour": [0, 0.9, 0, -0.9]}, **idle))).all()
        assert (plain == lost(court(**idle), assent=-6.0)).all()

    def test_he_gives_way_in_a_wave(self):
        assert fewer(lost(court()), lost(court(coercion={"wave": 1.0})), 0.9)

    def test_the_fall_of_a_head_opens_the_hunt_and_a_deputy_s_does_not(self):
        head, deputy = tried(court()), tried(court(target=DEPUTY))
        won = np.asarray(head.elite.condemned[HEAD] > 0)
        assert 0 < won.sum() < RUNS
        np.testing.assert_array_equal(head.clans.defeated[ACCUSED], np.where(won, 1.5, 0.0))
        np.testing.assert_array_equal(head.clans.victor[ACCUSED], np.where(won, ATTACKER, NOBODY))
        assert (np.asarray(head.clans.defeated)[[0, 2, 3]] == 0).all()
        assert (deputy.elite.condemned[DEPUTY] > 0).any()
        assert (deputy.clans.defeated == 0).all()

    def test_a_hunt_under_way_is_not_cut_short(self):
        after = tried(court(clans={"defeated": [0, 5.0, 0, 0]}))
        assert (after.clans.defeated[ACCUSED] == 5.0).all()

    def test_the_stake_grows_with_the_threat(self):
        weak = tried(court(clans={"power": [2, 0.5, 2, 2]})).elite.condemned[HEAD]
        strong = tried(court(clans={"power": [2, 8.0, 2, 2]})).elite.condemned[HEAD]
        won = np.asarray(weak > 0)
        np.testing.assert_array_equal(won, strong > 0)
        assert (np.asarray(strong)[won] > np.asarray(weak)[won] + 0.1).all()

    def test_removal_leaves_access_to_the_sentence_and_opens_no_hunt(self):
        after = tried(court(Means.REMOVAL))
        won = ~np.asarray(after.moves.repelled)
        assert 0 < won.sum() < RUNS
        np.testing.assert_allclose(after.elite.proximity[HEAD], 0.3)
        assert (after.clans.defeated == 0).all()
        np.testing.assert_array_equal(after.elite.condemned[HEAD] > 0, won)

    @pytest.mark.rules("CL-14")
    def test_sabotage_costs_favour_and_raises_tension_and_condemns_nobody(self):
        before = court(Means.SABOTAGE)
        after = tried(before)
        won = ~np.asarray(after.moves.repelled)
        assert 0 < won.sum() < RUNS
        np.testing.assert_allclose(after.clans.favour[ACCUSED], np.where(won, -0.3, 0.0))
        np.testing.assert_allclose(
            after.military_industry.tension, np.where(won, 0.4, 0.3), rtol=1e-6
        )
        assert (after.elite.condemned == 0).all()

    def test_an_attack_that_comes_to_nothing_costs_the_accuser_favour(self):
        after = tried(court())
        beaten_off = np.asarray(after.moves.repelled)
        np.testing.assert_allclose(after.clans.favour[ATTACKER], np.where(beaten_off, -0.1, 0.0))
        assert (np.asarray(after.clans.favour)[:3] == 0).all()

    @pytest.mark.parametrize("nothing", [{"attacker": NOBODY}, {"target": NOBODY}])
    def test_without_an_attack_nothing_happens(self, nothing):
        regime = court(moves=nothing)
        assert same(tried(regime), regime)

    def test_all_runs_and_parameters_over_runs(self):
        spread = Case(**{f.name: jnp.full(RUNS, f.default) for f in dataclasses.fields(Case)})
        assert same(step(spread, court(), hall()).elite, tried(court()).elite)


def condemned(stake=0.5, who=(HEAD,), **parts):
    """A court in which some have been condemned in this tick."""
    marks = np.zeros(8)
    marks[list(who)] = stake
    elite = {"condemned": marks, **parts.pop("elite", {})}
    return with_(throne_room((2.0, 2.0, 2.0, 2.0), RUNS), elite=elite, **parts)


def sentence(regime, setting=None, **parameters):
    after = step(Sentence(**parameters), regime, setting or hall())
    sound(regime, after)
    return after


def grades(regime, **parameters):
    after = sentence(regime, **parameters)
    return np.asarray(after.elite.severity[HEAD] * 4).astype(int)


class TestSentence:
    @pytest.mark.rules("NK-7", "CO-4", "CL-8", "MI-9")
    @pytest.mark.parametrize(
        ("milder", "harsher"),
        [
            ({"coercion": {"terror": 0.1}}, {"coercion": {"terror": 0.9}}),
            ({"stake": 0.1}, {"stake": 0.9}),
            ({"elite": {"indispensability": 0.9}}, {"elite": {"indispensability": 0.1}}),
            ({"clans": {"cover": 0.9}}, {"clans": {"cover": 0.1}}),
        ],
    )
    def test_era_and_stake_push_the_grade_up_need_and_cover_pull_it_down(self, milder, harsher):
        less, more = grades(condemned(**milder)), grades(condemned(**harsher))
        assert (more >= less).all()
        assert more.mean() > less.mean() + 0.3
        assert set(less) | set(more) <= {1, 2, 3, 4}

    def test_cover_beyond_full_protects_no_more(self):
        full, more = (grades(condemned(clans={"cover": c})) for c in (1.0, 3.0))
        np.testing.assert_array_equal(full, more)

    def test_the_grade_is_what_the_person_becomes(self):
        after = sentence(condemned(elite={"age": 50.0}, coercion={"terror": 0.6}))
        grade = np.asarray(after.elite.severity[HEAD] * 4).astype(int)
        becomes = np.array(
            [Status.ACTIVE, Status.ACTIVE, Status.EXILED, Status.IMPRISONED, Status.DEAD]
        )
        assert set(grade) == {Grade.POSTS, Grade.EXILE, Grade.PRISON, Grade.DEATH}
        np.testing.assert_array_equal(after.elite.status[HEAD], becomes[grade])
        others = np.delete(np.arange(8), HEAD)
        assert (np.asarray(after.elite.status)[others] == 0).all()
        assert (np.asarray(after.elite.severity)[others] == 0).all()
        np.testing.assert_array_equal(after.clans.losses[:, 0], [0, 1, 0, 0])
        assert (after.elite.fallen_by[HEAD] == Sentence.id).all()

    def test_whoever_has_passed_pension_age_is_retired_rather_than_stripped(self):
        old = sentence(condemned(elite={"age": 61.0}, coercion={"terror": 0.6}))
        young = sentence(condemned(elite={"age": 59.0}, coercion={"terror": 0.6}))
        posts = np.asarray(old.elite.severity[HEAD] == 0.25)
        assert posts.any()
        status = np.asarray(old.elite.status[HEAD])
        assert (status[posts] == Status.RETIRED).all()
        np.testing.assert_array_equal(status[~posts], np.asarray(young.elite.status[HEAD])[~posts])
        assert same(old.elite.severity, young.elite.severity)

    def test_removal_costs_posts_at_most(self):
        moves = {"means": Means.REMOVAL, "target": HEAD, "attacker": 3, "target_clan": 1}
        harsh = {"coercion": {"terror": 1.0}, "stake": 1.0}
        assert grades(condemned(**harsh)).max() == Grade.DEATH
        assert (grades(condemned(moves=moves, **harsh)) == Grade.POSTS).all()

    @pytest.mark.rules("NK-4")
    def test_losing_the_register_need_not_cost_the_sector(self):
        setting = hall(office_register=[0, 1.0, 0, 0], office_strategic=[0, 0, 0.8, 0.8])
        needed = {"indispensability": 0.9, "age": 50.0}
        regime = condemned(0.1, elite=needed, nomenklatura={"holder": [0, HEAD, HEAD, 6]})
        after = sentence(regime, setting)
        posts = np.asarray(after.elite.severity[HEAD] == 0.25)
        assert posts.mean() > 0.3
        holder = np.asarray(after.nomenklatura.holder)
        assert (holder[1][posts] == NOBODY).all()
        assert (holder[2][posts] == HEAD).all()
        assert (holder[[0, 3]] == np.array([[0], [6]])).all()
        dispensable = sentence(with_(regime, elite={"indispensability": 0.3}), setting)
        stripped = np.asarray(dispensable.elite.severity[HEAD] == 0.25)
        assert (np.asarray(dispensable.nomenklatura.holder)[1:3][:, stripped] == NOBODY).all()

    def test_the_leader_s_office_is_left_to_the_succession(self):
        regime = condemned(0.1, nomenklatura={"holder": [HEAD, HEAD, NOBODY, NOBODY]})
        after = sentence(regime)
        posts = np.asarray(after.elite.severity[HEAD] == 0.25)
        assert (np.asarray(after.nomenklatura.holder)[THRONE] == HEAD).all()
        assert (np.asarray(after.nomenklatura.holder)[1][posts] == NOBODY).all()

    def test_the_banished_go_to_a_post_of_exile_where_there_is_one(self):
        setting = hall(office_is_exile=[False, False, False, True])
        regime = condemned(0.5, coercion={"terror": 0.6})
        after = sentence(regime, setting)
        exiled = np.asarray(after.elite.status[HEAD] == Status.EXILED)
        assert 0 < exiled.sum() < RUNS
        np.testing.assert_array_equal(after.nomenklatura.holder[3], np.where(exiled, HEAD, NOBODY))
        for kept in ({"active": [True, True, True, False]}, {"holder": [0, -1, -1, 7]}):
            occupied = with_(regime, nomenklatura=kept)
            after = sentence(occupied, setting)
            assert same(after.nomenklatura, occupied.nomenklatura)

    def test_the_jailed_the_dead_and_the_spared_are_left_alone(self):
        out = condemned(elite={"status": Status.IMPRISONED, "severity": 0.75})
        assert same(sentence(out), out)
        spared = condemned(who=())
        assert same(sentence(spared), spared)

    def test_past_sanctions_and_earlier_strikes_stand(self):
        regime = condemned(0.01, elite={"severity": 0.75, "fallen_by": 33})
        after = sentence(regime, spread=0.01)
        assert (after.elite.severity[HEAD] == 0.75).all()
        assert (after.elite.fallen_by == 33).all()
        np.testing.assert_allclose(after.elite.proximity[HEAD], 0.15)

    def test_the_record_shows_the_target_s_grade(self):
        moves = {"attacker": 3, "target_clan": 1, "target": HEAD, "means": Means.CASE}
        after = sentence(condemned(moves=moves))
        np.testing.assert_array_equal(after.moves.grade, after.elite.severity[HEAD] * 4)
        assert (sentence(condemned(who=(5,), moves=moves)).moves.grade == 0).all()

    def test_without_noise_thresholds_are_where_the_parameters_put_them(self):
        score = 1.2 * 0.4 + 0.8 * 0.5 - 0.3  # terror, stake, need; nobody has cover
        steps = {"prison_step": 0.2, "death_step": 0.3, "spread": 1e-4}
        for below, grade in ((-0.01, 1), (0.01, 2), (0.19, 2), (0.21, 3), (0.49, 3), (0.51, 4)):
            found = grades(condemned(0.5), exile_above=score - below, **steps)
            assert (found == grade).mean() > 0.99


class TestElimination:
    @pytest.mark.rules("CO-1", "CO-12")
    def test_a_target_without_cover_is_eliminated_more_often(self):
        """CO-12: the same attack with the same draws, with and without the cover of siloviki."""
        gone = {}
        for name, cover in (("bare", 0.0), ("covered", 1.0)):
            after = tried(court(clans={"cover": [0.4, cover, 0.4, 0.8]}, coercion={"terror": 0.6}))
            after = sentence(after)
            gone[name] = np.asarray(after.elite.status[HEAD] >= Status.EXILED)
        assert fewer(gone["covered"], gone["bare"], 0.3)

    @pytest.mark.rules("CO-4", "CL-8", "MI-9")
    def test_cover_and_need_together_save_lives_most(self):
        severity = {}
        for cover in (0.0, 1.0):
            for need in (0.0, 0.9):
                regime = court(
                    clans={"cover": [0.4, cover, 0.4, 0.8]}, coercion={"terror": 0.6},
                    elite={"indispensability": need},
                )  # fmt: skip
                severity[cover, need] = np.asarray(sentence(tried(regime)).elite.severity[HEAD])
        for either in ((1.0, 0.0), (0.0, 0.9)):
            assert (severity[either] <= severity[0.0, 0.0]).all()
            assert (severity[1.0, 0.9] <= severity[either]).all()
            assert severity[either].mean() < 0.7 * severity[0.0, 0.0].mean()
            assert severity[1.0, 0.9].mean() < 0.7 * severity[either].mean()


def test_condemn_keeps_the_graver_mark():
    regime = condemned(0.6, who=(2, 5))
    where = jnp.arange(RUNS) % 2 == 0
    who = jnp.full(RUNS, 2)
    mark = condemn(regime, who, jnp.full(RUNS, 0.9), where)
    np.testing.assert_allclose(mark[2], np.where(where, 0.9, 0.6), rtol=1e-6)
    np.testing.assert_allclose(mark[5], 0.6, rtol=1e-6)
    assert same(condemn(regime, who, jnp.full(RUNS, 0.3), where), regime.elite.condemned)
    nobody = condemn(regime, jnp.full(RUNS, NOBODY), jnp.full(RUNS, 0.9), where)
    assert same(nobody, regime.elite.condemned)


class TestFear:
    def after(self, ticks=12, clock="month", elite=None, clans=None, **law):
        regime = with_(throne_room(runs=64), coercion=law, elite=elite or {}, clans=clans or {})
        after = step(Fear(), regime, hall(), ticks=ticks, clock=clock)
        sound(regime, after)
        return after

    @pytest.mark.rules("CO-5", "CO-7", "IN-5")
    @pytest.mark.parametrize("cause", ["terror", "wave", "grey_law"])
    def test_terror_waves_and_grey_law_make_fear_and_fear_makes_compliance(self, cause):
        calm, harsh = (self.after(**{cause: x}) for x in (0.0, 1.0))
        assert (harsh.coercion.fear > calm.coercion.fear).all()
        assert (harsh.elite.loyalty > calm.elite.loyalty).all()

    def test_the_favoured_are_more_loyal_and_the_struck_less(self):
        plain = self.after().elite.loyalty
        assert (self.after(clans={"favour": 0.8}).elite.loyalty > plain).all()
        assert (self.after(elite={"severity": 0.5}).elite.loyalty < plain).all()

    @pytest.mark.rules("CO-7")
    def test_both_settle_where_the_formula_says(self):
        after = self.after(ticks=40, clock="year", terror=0.4, wave=0.5, grey_law=0.5)
        fear = 0.5 * 0.4 + 0.4 * 0.5 + 0.2 * 0.5
        np.testing.assert_allclose(after.coercion.fear, fear, rtol=1e-4)
        np.testing.assert_allclose(after.elite.loyalty, 0.4 + 0.4 * fear, rtol=1e-4)

    def test_the_pace_of_fear_is_the_same_on_every_clock(self):
        months = self.after(terror=1.0, fear=0.0).coercion.fear
        quarters = self.after(ticks=4, clock="quarter", terror=1.0, fear=0.0).coercion.fear
        np.testing.assert_allclose(months, quarters, rtol=1e-4)
        np.testing.assert_allclose(months, 0.6 * (1 - np.exp(-1 / 0.3)), rtol=1e-3)

    def test_ranges_hold_at_the_extremes(self):
        extreme = self.after(
            ticks=40, clock="year", terror=1.0, wave=1.0, grey_law=1.0, elite={"severity": 1.0},
            clans={"favour": rows_of([-1.0, 1.0, 0.0, 0.5], runs=64)},
        )  # fmt: skip
        assert (extreme.coercion.fear <= 1).all()
        assert ((extreme.elite.loyalty >= 0) & (extreme.elite.loyalty <= 1)).all()


class TestAlarm:
    def after(self, condemned, power=(1.0, 1.0, 1.0, 1.0), fear=0.3, **parameters):
        """The state after a tick in which persons 1, 2, ... have been struck as marked."""
        court_ = throne_room((2.0, 2.0, 2.0, 2.0), RUNS)
        persons = court_.elite.power.shape[0]
        pad = lambda some: [0.0, *some, *[0.0] * (persons - 1 - len(some))]  # noqa: E731
        elite = {"condemned": pad(condemned), "power": pad(power)}
        regime = with_(court_, elite=elite, coercion={"fear": fear})
        after = step(Alarm(**parameters), regime, hall())
        sound(regime, after)
        return np.asarray(after.coercion.fear)

    def test_nobody_struck_leaves_fear_as_it_was(self):
        np.testing.assert_array_equal(self.after([0, 0, 0, 0]), np.float32(0.3))

    def test_the_fall_of_one_in_four_by_the_closed_form(self):
        fear = self.after([0.5, 0, 0, 0], contagion=2.0)
        np.testing.assert_allclose(fear, 1 - 0.7 * np.exp(-2 * 0.25), rtol=1e-5)

    @pytest.mark.rules("CO-5")
    def test_more_and_mightier_victims_alarm_more(self):
        one, two = self.after([0.5, 0, 0, 0]), self.after([0.5, 0.5, 0, 0])
        mighty = self.after([0.5, 0, 0, 0], power=(3.0, 1.0, 1.0, 1.0))
        assert (two > one).all()
        assert (mighty > one).all()
        assert (self.after([0.5] * 4, contagion=20.0) <= 1).all()

    def test_two_falls_alarm_alike_at_once_and_one_after_the_other(self):
        first = self.after([0.5, 0, 0, 0])
        second = self.after([0, 0.5, 0, 0], fear=float(first[0]))
        np.testing.assert_allclose(second, self.after([0.5, 0.5, 0, 0]), rtol=1e-5)

    def left(self, status, resignation=0.5, by=StayOrGo.id, condemned=0.0, **parts):
        """The state after persons 1 and 2 have come to be out of play in this tick."""
        gone = {"status": [0, status, status] + [0] * 5, "fallen_by": [0, by, by] + [0] * 5,
                "condemned": [0, condemned, condemned] + [0] * 5, "power": 1.0}  # fmt: skip
        court_ = with_(throne_room((2.0, 2.0, 2.0, 2.0), RUNS), elite=gone, coercion={"fear": 0.3})
        setting = hall(clan_base=[Base.TERRITORIAL, Base.COERCIVE, Base.BUSINESS, Base.COERCIVE])
        court_ = with_(court_, clans={"favour": [0, 0.5, 0, 0], "fate": [0, 0, 0, 2]}, **parts)
        after = step(Alarm(resignation=resignation), court_, setting)
        sound(court_, after)
        return after

    @pytest.mark.rules("CO-5")
    def test_resignations_alarm_and_less_than_arrests(self):
        still = self.left(Status.ACTIVE, by=0).coercion.fear
        np.testing.assert_array_equal(still, np.float32(0.3))
        arrested = self.left(Status.IMPRISONED, condemned=0.5).coercion.fear
        for status in (Status.RETIRED, Status.ABROAD):
            slight, half, full = (self.left(status, r).coercion.fear for r in (0.1, 0.5, 1.0))
            assert (still < slight).all()
            assert (slight < half).all()
            assert (half < arrested).all()
            np.testing.assert_array_equal(full, arrested)
            np.testing.assert_allclose(half, 1 - 0.7 * np.exp(-2 * 0.5 * 2 / 8), rtol=1e-5)
            twice = self.left(status, condemned=0.5).coercion.fear
            np.testing.assert_array_equal(twice, arrested)

    @pytest.mark.rules("CO-5")
    @pytest.mark.parametrize(
        ("status", "by"),
        [(Status.DEAD, Mortality.id), (Status.RETIRED, 0), (Status.ABROAD, 0), (Status.DEAD, 0)],
    )
    def test_a_natural_death_and_those_long_retired_alarm_nobody(self, status, by):
        after = self.left(status, by=by)
        np.testing.assert_array_equal(after.coercion.fear, np.float32(0.3))
        assert (after.clans.favour[0] == 0).all()
        assert (after.clans.favour[1] == 0.5).all()

    @pytest.mark.rules("CO-5")
    @pytest.mark.parametrize(
        "gone", [{"status": Status.RETIRED}, {"status": Status.IMPRISONED, "condemned": 0.5}]
    )
    def test_alarm_raises_the_security_clans_that_are_in_play(self, gone):
        after = self.left(**gone)
        alarm = 1 - (1 - after.coercion.fear) / 0.7
        np.testing.assert_allclose(after.clans.favour[1], 0.5 + 0.4 * alarm * 0.5, rtol=1e-4)
        assert (after.clans.favour[1] > 0.52).all()
        assert not after.clans.favour[np.array([0, 2, 3])].any()
        alone = self.left(**gone, leadership={"leader": NOBODY})
        assert (alone.clans.favour[1] == 0.5).all(), "nobody is there to listen"

    @pytest.mark.rules("CO-5")
    def test_whoever_has_weighed_it_up_and_left_alarms_those_who_stay(self):
        """The chain as it is played: shock, resignations of persons, fear."""
        sincere = {"sincerity": [0] + [1.0] * 7, "power": 1.0}
        shocked = {"shock": 1.0, "stakes": 0.0, "assets_abroad": 1.0, "aversion": 1.0}
        room = with_(throne_room((2.0,) * 4, RUNS), elite=sincere, defection=shocked)
        play = lambda alarm: together([StayOrGo(), alarm], room, hall(), clock="week")  # noqa: E731
        deaf, after = play(Alarm(resignation=0.0)), play(Alarm())
        left = np.asarray(after.elite.status != Status.ACTIVE).any(0)
        assert 0.05 < left.mean() < 1
        assert (after.elite.status == deaf.elite.status).all()
        np.testing.assert_array_equal(np.asarray(after.coercion.fear > deaf.coercion.fear), left)

    @pytest.mark.rules("CO-5")
    def test_pillars_of_counted_groups_who_leave_alarm_by_their_share(self):
        """The chain as it is played: members of groups leave in the shock, and fear rises."""
        counted = blank_regime(1, 1, 1, RUNS, {"strata": 2}).strata
        court_ = change(throne_room((2.0,) * 4, RUNS), strata=counted)
        # clerks, of whom anybody can be replaced, and heads whose posts are hard to fill
        many = {"number": [900.0, 30.0], "rank": [0.2, 0.9], "replaceable": [1.0, 0.2],
                "stakes": 0.0, "abroad": 1.0, "sincerity": 1.0, "aversion": 1.0}  # fmt: skip
        room = with_(court_, strata=many, elite={"sincerity": 0.0}, coercion={"fear": 0.3},
                     defection={"shock": 1.0, "stakes": 1.0, "assets_abroad": 0.0})  # fmt: skip
        play = lambda alarm: together([StayOrGo(), alarm], room, hall(), clock="week")  # noqa: E731
        deaf, half, full = (play(Alarm(groups=g)) for g in (0.0, 0.5, 1.0))
        gone = np.asarray(room.strata.number - full.strata.number)
        assert (full.strata.number == deaf.strata.number).all()
        alone = np.asarray((full.elite.status == Status.ACTIVE).all(0))
        assert alone.any()
        np.testing.assert_allclose(full.moves.pillars_left, gone[1] / 30, rtol=1e-4)
        fear = np.asarray(full.coercion.fear)
        np.testing.assert_allclose(
            fear[alone], (1 - 0.7 * np.exp(-2 * 0.5 * gone[1] / 30))[alone], rtol=1e-5
        )
        left = gone[1] > 0
        assert 0.05 < left.mean() < 1
        assert (gone[0] > 0).all(), "clerks leave as well, and alarm nobody"
        assert (half.coercion.fear > deaf.coercion.fear)[left].all()
        assert (full.coercion.fear > half.coercion.fear)[left].all()
        assert (full.coercion.fear == deaf.coercion.fear)[~left].all()

    def test_what_is_at_stake_in_a_victim_does_not_matter(self):
        np.testing.assert_array_equal(self.after([0.1, 0, 0, 0]), self.after([1.0, 0, 0, 0]))
