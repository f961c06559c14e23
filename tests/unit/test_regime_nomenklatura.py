"""The register, the auditors, vacancies and newcomers."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick, step
from tests.throne import CLANS, PERSONS, THRONE, hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.nomenklatura import (
    Appointment,
    Entry,
    Inspection,
    Register,
    Vacate,
    vary_ranks,
)
from vertikal.regime.regime import ClanFate, Status

RUNS = 4096


def near(found, expected, runs=RUNS, width=4.5):
    """Whether a frequency lies within sampling error of a probability."""
    spread = np.sqrt(max(expected * (1 - expected), 1e-9) / runs)
    return abs(float(found) - float(expected)) < width * spread + 1e-6


def court(holder=(0, NOBODY, NOBODY, NOBODY), runs=RUNS, **parts):
    return with_(
        throne_room((2.0, 2.0, 2.0, 2.0), runs), nomenklatura={"holder": list(holder)}, **parts
    )


class TestRegister:
    SETTING = hall(office_register=[0.0, 0.8, 0.2, 0.0])

    def placement(self, holder=(0, 2, 4, 6), **parts):
        after = step(Register(), court(holder, runs=64, **parts), self.SETTING)
        return np.asarray(after.clans.placement)

    @pytest.mark.rules("NK-1")
    def test_it_serves_the_clan_of_its_keeper(self):
        found = self.placement()[:, 0]
        kept = 0.3 + 0.7 * 0.3
        np.testing.assert_allclose(found, [0, 0.8 * kept, 0.2 * kept, 0], rtol=1e-5)

    @pytest.mark.rules("NK-1", "CL-7")
    def test_distance_from_the_leader_cuts_placement(self):
        near_, far = (self.placement(elite={"proximity": x}) for x in (1.0, 0.1))
        assert (far[1] < 0.5 * near_[1]).all()
        np.testing.assert_allclose(near_.sum(0), 1.0, rtol=1e-5)
        nowhere = self.placement(elite={"proximity": 0.0})
        np.testing.assert_allclose(nowhere.sum(0), 0.3, rtol=1e-5)

    @pytest.mark.rules("NK-3", "NK-4")
    def test_it_outlives_its_keeper_and_goes_with_the_office(self):
        before, after = self.placement(), self.placement((0, 6, 4, 2))
        np.testing.assert_allclose(before[1], after[3])
        assert (self.placement((0, NOBODY, 4, 6))[1] == 0).all()

    def test_a_closed_office_keeps_no_register(self):
        closed = court((0, 2, 4, 6), runs=64)
        closed = with_(closed, nomenklatura={"active": [True, False, True, True]})
        found = np.asarray(step(Register(), closed, self.SETTING).clans.placement)[:, 0]
        np.testing.assert_allclose(found, [0, 0, 0.3 + 0.7 * 0.3, 0], rtol=1e-5)

    def test_without_a_register_nobody_places(self):
        assert (step(Register(), court(runs=64), hall()).clans.placement == 0).all()


ARMED = {"coercion": [0.0, 0.0, 0.4, 0.6], "cover": 0.1}


class TestInspection:
    SETTING = hall(office_inspection=[0.0, 0.7, 0.0, 0.0])

    def gained(self, quality=0.2, holder=(0, 2, 4, 6), **clans):
        regime = court(holder, runs=64, clans={**ARMED, **clans})
        regime = with_(regime, military_industry={"quality": quality})
        return np.asarray(step(Inspection(), regime, self.SETTING).clans.cover - regime.clans.cover)

    @pytest.mark.rules("NK-9", "MI-11")
    def test_the_auditor_of_bad_arms_can_count_on_the_generals(self):
        np.testing.assert_allclose(
            self.gained()[:, 0], [0, 0.3 * 0.7 * 0.8 * 1.0, 0, 0], rtol=1e-4, atol=1e-6
        )
        assert (self.gained(quality=0.8)[1] < self.gained()[1]).all()
        np.testing.assert_allclose(self.gained(quality=1.0), 0.0, atol=1e-7)

    def test_nobody_audits_his_own_clan(self):
        own = {"coercion": [0.0, 1.0, 0.0, 0.0]}
        np.testing.assert_allclose(self.gained(**own), 0.0, atol=1e-7)

    def test_without_an_auditor_there_is_no_hold(self):
        assert (self.gained(holder=(0, NOBODY, 4, 6)) == 0).all()


class TestVacate:
    SETTING = hall(office_is_exile=[False, False, False, True])

    def left(self, status, active=(True,) * 4):
        regime = court((0, 2, 4, 6), runs=64, elite={"status": status})
        regime = with_(regime, nomenklatura={"active": list(active)})
        return np.asarray(step(Vacate(), regime, self.SETTING).nomenklatura.holder)[:, 0].tolist()

    def test_the_active_stay(self):
        assert self.left(0) == [0, 2, 4, 6]

    @pytest.mark.parametrize(
        "status", [Status.RETIRED, Status.IMPRISONED, Status.DEAD, Status.ABROAD]
    )
    def test_those_out_of_play_leave_every_office(self, status):
        assert self.left(status) == [NOBODY] * 4

    @pytest.mark.rules("NK-7")
    def test_the_banished_keep_a_post_of_exile(self):
        assert self.left(Status.EXILED) == [NOBODY, NOBODY, NOBODY, 6]

    def test_closed_offices_are_left_by_everyone(self):
        assert self.left(0, (True, False, True, False)) == [0, NOBODY, 4, NOBODY]

    def test_one_person_s_fall_vacates_that_person_s_offices_alone(self):
        assert self.left([0, 0, Status.DEAD, 0, 0, 0, 0, 0]) == [0, NOBODY, 4, 6]


class TestAppointment:
    """One vacancy, office 1; candidates are persons 1 to 7, one of them much like another."""

    FULL = (0, NOBODY, 0, 0)

    def chosen(self, regime=None, setting=None, clock="year", **parameters):
        regime = court(self.FULL) if regime is None else regime
        after = step(Appointment(**parameters), regime, setting or hall(), clock=clock)
        sound(regime, after)
        return np.asarray(after.nomenklatura.holder[1])

    @pytest.mark.rules("EL-14")
    def test_insecure_rulers_pick_less_competent_viziers(self):
        able = np.array([0.5, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 0.95])
        weak = {"control": 0.2, "personal_power": 0.1}
        strong = {"control": 1.0, "personal_power": 1.0}
        mean, strong_mean = (
            able[self.chosen(court(self.FULL, leadership=lead, elite={"competence": able}),
                             rate=100.0, strongest_plot=0.95)].mean()
            for lead in (weak, strong)
        )  # fmt: skip
        assert mean < strong_mean - 0.05

    def test_the_loyal_need_not_be_feared(self):
        """The able are put off for what they might do; a loyal man is not."""
        able = {"competence": [0.5] * 7 + [0.95]}
        weak = {"control": 0.2, "personal_power": 0.1}
        disloyal = self.chosen(
            court(self.FULL, leadership=weak, elite={**able, "loyalty": [0.5] * 7 + [0.0]}),
            rate=100.0,
        )
        loyal = self.chosen(
            court(self.FULL, leadership=weak, elite={**able, "loyalty": [0.5] * 7 + [1.0]}),
            rate=100.0,
        )
        assert (loyal == 7).mean() > 3 * (disloyal == 7).mean()

    @pytest.mark.rules("NK-2")
    def test_merit_counts_where_decisions_are_rational(self):
        able = {"competence": [0.5] * 7 + [0.8], "loyalty": 1.0}
        found = [
            (self.chosen(court(self.FULL, elite=able, policy={"rationality": r}), rate=100.0) == 7)
            for r in (0.0, 1.0)
        ]
        assert (found[1] | ~found[0]).all()
        assert found[1].mean() > 1.3 * found[0].mean()

    @pytest.mark.rules("NK-2")
    def test_appointing_by_education_raises_the_share_of_technocrats(self):
        """Equals in skill, but one: he has learnt for the work, and counts where merit does."""
        mix = np.full((3, PERSONS), 1 / 3)
        mix[:, :7], mix[:, 7] = [[0.1], [0.45], [0.45]], (0.9, 0.05, 0.05)

        def taken(rationality, **given):
            start = with_(court(self.FULL, policy={"rationality": rationality}), elite={"mix": mix})
            return self.chosen(start, rate=100.0, **given) == 7

        aside, by_merit = taken(0.0), taken(1.0)
        assert (by_merit | ~aside).all()
        assert by_merit.mean() > 1.3 * aside.mean()
        np.testing.assert_array_equal(taken(1.0, education=0.0), aside)
        np.testing.assert_array_equal(taken(1.0, merit=0.0), aside)

    @pytest.mark.rules("NK-1")
    def test_control_of_the_register_multiplies_placement(self):
        plain = self.chosen(rate=100.0)
        placed = self.chosen(court(self.FULL, clans={"placement": [0, 0, 1.0, 0]}), rate=100.0)
        clan = lambda who: (who // 2 == 2).mean()  # noqa: E731
        assert near(clan(plain), 2 / 7)
        weight = np.exp(3.0)
        assert near(clan(placed), 2 * weight / (5 + 2 * weight))

    @pytest.mark.rules("EL-19")
    @pytest.mark.parametrize(
        "better",
        [
            {"clans": {"favour": [0, 0, 0.8, 0]}},
            {"elite": {"proximity": [0.3] * 4 + [0.9] * 2 + [0.3] * 2}},
            {"elite": {"loyalty": [0.5] * 4 + [1.0] * 2 + [0.5] * 2}},
        ],
    )
    def test_favour_access_and_loyalty_help(self, better):
        plain = self.chosen(rate=100.0, rigidity=0.0) // 2 == 2
        helped = self.chosen(court(self.FULL, **better), rate=100.0, rigidity=0.0) // 2 == 2
        assert (helped | ~plain).all()
        assert helped.mean() > plain.mean() + 0.02

    @pytest.mark.rules("CL-16")
    def test_a_school_helps_those_who_also_have_the_register(self):
        setting = hall(clan_school=[0, 0, 1.0, 0])
        assert (self.chosen(setting=setting, rate=100.0) == self.chosen(rate=100.0)).all()
        placed = court(self.FULL, clans={"placement": 0.5})
        plain = self.chosen(placed, rate=100.0) // 2 == 2
        schooled = self.chosen(placed, setting, rate=100.0) // 2 == 2
        assert (schooled | ~plain).all()
        assert schooled.sum() > plain.sum()

    @pytest.mark.rules("NK-6")
    def test_rigid_estates_slow_mobility(self):
        setting = hall(office_grade=[0.5, 0.9, 0.5, 0.5])
        ranks = court(self.FULL, elite={"proximity": [0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9]})
        upstart = {}
        for rigidity in (0.0, 2.0, 8.0):
            who = self.chosen(ranks, setting, rate=100.0, rigidity=rigidity, access=0.0)
            upstart[rigidity] = np.isin(who, [1, 2, 3, 4, 5])
        assert (upstart[0.0] | ~upstart[2.0]).all()
        assert (upstart[2.0] | ~upstart[8.0]).all()
        assert upstart[8.0].mean() < 0.2 * upstart[0.0].mean()

    def test_those_with_offices_are_passed_over(self):
        busy = court((0, NOBODY, 7, 7))
        assert (self.chosen(busy, rate=100.0) == 7).mean() < 0.3 / 7

    def test_the_hazard_a_year_is_the_same_on_every_clock(self):
        for clock, years in (("month", 1 / 12), ("quarter", 1 / 4)):
            filled = self.chosen(clock=clock, rate=2.0) >= 0
            assert near(filled.mean(), 1 - np.exp(-2.0 * years))
        assert (self.chosen(rate=0.0) == NOBODY).all()

    def test_only_the_active_other_than_the_leader_are_candidates(self):
        status = [0, 0, Status.RETIRED, Status.EXILED, Status.IMPRISONED, Status.DEAD, 5, 0]
        found = self.chosen(court(self.FULL, elite={"status": status}), rate=100.0)
        assert set(found[found >= 0].tolist()) == {1, 7}
        nobody = court(self.FULL, elite={"status": [0] + [Status.DEAD] * 7})
        assert (self.chosen(nobody, rate=100.0) == NOBODY).all()

    def test_the_weightiest_vacancy_comes_first_and_each_has_somebody_else(self):
        setting = hall(office_policy=[1.0, 0.3, 0.9, 0.6], office_coercion=[0, 0, 0, 0.4])
        able = court(elite={"competence": [0.5] * 4 + [0.6, 0.7, 0.8, 0.9], "loyalty": 1.0})
        sure = Appointment(rate=100.0, merit=400.0, load=100.0, rigidity=0.0)
        holder = np.asarray(step(sure, able, setting, clock="year").nomenklatura.holder)
        np.testing.assert_array_equal(holder[1:], np.array([[5], [6], [7]]) + np.zeros((3, RUNS)))

    def test_every_vacancy_is_filled_at_the_rate_whatever_else_is_vacant(self):
        one = np.asarray(step(Appointment(), court(self.FULL), hall()).nomenklatura.holder) >= 0
        all_ = np.asarray(step(Appointment(), court(), hall()).nomenklatura.holder) >= 0
        np.testing.assert_array_equal(one[1], all_[1])
        assert near(all_[1:].mean(), 1 - np.exp(-5 / 12), 3 * RUNS)
        both = 1 - 2 * np.exp(-5 / 12) + np.exp(-10 / 12)
        assert near((all_[1] & all_[2]).mean(), both)

    @pytest.mark.parametrize(("clock", "ticks"), [("day", 183), ("month", 6), ("quarter", 2)])
    def test_many_vacancies_are_filled_alike_on_every_clock(self, clock, ticks):
        regime, setting = blank_regime(40, 20, 2, 256), blank_setting(20, 2)
        after = step(Appointment(), regime, setting, ticks=ticks, clock=clock)
        filled = np.asarray(after.nomenklatura.holder >= 0).mean()
        assert near(filled, 1 - np.exp(-2.5), 20 * 256)

    def test_thrones_posts_of_exile_and_closed_offices_are_not_filled(self):
        setting = hall(office_is_exile=[False, True, False, False])
        regime = with_(court((NOBODY,) * 4), nomenklatura={"active": [True, True, False, True]})
        after = step(Appointment(rate=100.0), regime, setting, ticks=3, clock="year")
        holder = np.asarray(after.nomenklatura.holder)
        assert (holder[:3] == NOBODY).all()
        assert (holder[3] >= 0).all()
        assert (holder[THRONE] == NOBODY).all()


class TestEntry:
    RANKS = dataclasses.replace(hall(), person_is_cadre=jnp.arange(PERSONS)[:, None] >= 4)
    GONE = (0, 0, 0, Status.DEAD, Status.DEAD, Status.RETIRED, 0, Status.IMPRISONED)

    def entered(self, clock="year", setting=None, elite=None, ticks=1, rate=20.0, **parts):
        regime = court(runs=RUNS, elite={"status": list(self.GONE), **(elite or {})}, **parts)
        after = step(Entry(rate=rate), regime, setting or self.RANKS, ticks=ticks, clock=clock)
        sound(regime, after)
        return regime, after

    def test_empty_places_of_the_ranks_are_taken_and_no_others(self):
        before, after = self.entered()
        came = np.asarray(after.elite.status != before.elite.status)
        assert came[[4, 5, 7]].all()
        assert not came[[0, 1, 2, 3, 6]].any()
        for field in dataclasses.fields(after.elite):
            old, new = (np.asarray(getattr(e, field.name)) for e in (before.elite, after.elite))
            assert (old[..., [0, 1, 2, 3, 6], :] == new[..., [0, 1, 2, 3, 6], :]).all(), field.name

    @pytest.mark.rules("NK-1", "CL-16")
    def test_newcomers_follow_placement_and_school(self):
        members = lambda regime, clan: (regime.elite.clan[4] == clan).mean()  # noqa: E731
        _, plain = self.entered()
        _, placed = self.entered(clans={"placement": [0, 0, 0.6, 0]})
        _, schooled = self.entered(
            setting=dataclasses.replace(
                self.RANKS, clan_school=hall(clan_school=[0, 0, 1, 0]).clan_school
            )
        )
        assert near(members(plain, 2), 0.25)
        assert near(members(placed, 2), 0.75 / 1.2)
        assert near(members(schooled, 2), 0.35 / 0.8)

    @pytest.mark.rules("MI-4")
    def test_a_technical_school_draws_the_more_the_more_its_complex_weighs(self):
        def joins(weight, soft):
            clans = hall(clan_school=[0, 0, 1, 0], clan_soft_budget=[0, 0, soft, 0])
            taught = dataclasses.replace(
                self.RANKS, clan_school=clans.clan_school, clan_soft_budget=clans.clan_soft_budget
            )
            complexes = {"influence": [weight, 0.0]}
            _, after = self.entered(setting=taught, military_industry=complexes)
            return np.asarray(after.elite.clan[4] == 2)

        weak, strong, of_the_market = joins(0.0, 1.0), joins(1.0, 1.0), joins(1.0, 0.0)
        assert near(weak.mean(), 0.35 / 0.8)
        assert near(strong.mean(), 0.45 / 0.9)
        assert strong.sum() > weak.sum()
        np.testing.assert_array_equal(of_the_market, weak)

    def test_nobody_joins_the_unorganised_or_the_ended(self):
        setting = dataclasses.replace(
            self.RANKS, clan_organised=hall(clan_organised=[True, True, True, False]).clan_organised
        )
        _, after = self.entered(setting=setting, clans={"fate": [0, ClanFate.PURGED, 0, 0]})
        assert set(np.unique(after.elite.clan[4])) == {0, 2}

    @pytest.mark.rules("EL-14")
    def test_people_are_as_good_as_the_times(self):
        _, poor = self.entered(policy={"entrant_quality": 0.2})
        _, rich = self.entered(policy={"entrant_quality": 0.8})
        assert (rich.elite.competence[4] > poor.elite.competence[4]).all()
        assert (rich.elite.sincerity[4] > poor.elite.sincerity[4]).all()
        assert abs(float(rich.elite.competence[4].mean()) - 0.8) < 0.01

    @pytest.mark.rules("LD-4")
    def test_newcomers_are_young_and_owe_nothing_to_those_before_them(self):
        past = {"severity": 0.75, "exposure": 0.9, "indispensability": 0.9, "founder": 0.5,
                "knowledge": 0.5, "patron": 2}  # fmt: skip
        _, after = self.entered(elite=past)
        new = after.elite
        assert ((new.age[4] >= 35) & (new.age[4] <= 50)).all()
        for field in ("severity", "exposure", "indispensability", "founder", "knowledge"):
            assert (getattr(new, field)[4] == 0).all(), field
        assert (new.patron[4] == NOBODY).all()

    @pytest.mark.rules("NK-2")
    def test_a_newcomer_is_like_the_rank_and_file_of_his_clan(self):
        own = {
            "ambition": [0.9] * 4 + [0.3] + [0.4] * 3,
            "loyalty": [0.9] * 4 + [0.3] + [0.8] * 3,
            "proximity": [0.9] * 4 + [0.3] + [0.2] * 3,
            "frailty": [2.0] * 4 + [5.0] + [1.5] * 3,
            "safe_until": 40.0,
        }  # person 4 is gone, 6 is the only one left of the ranks
        before, _ = self.entered(elite=own, clans={"placement": [0, 0, 0, 1e6]})
        mix = np.full((3, PERSONS), 1 / 3)
        mix[:, 4], mix[:, 6] = (0.0, 0.0, 1.0), (0.7, 0.2, 0.1)
        before = with_(before, elite={"mix": mix})
        new = step(Entry(rate=20.0), before, self.RANKS, clock="year").elite
        for field, value in (("loyalty", 0.8), ("proximity", 0.2), ("frailty", 1.5)):
            np.testing.assert_allclose(getattr(new, field)[4], value, rtol=1e-6)
        np.testing.assert_allclose(new.mix[:, 4], mix[:, [6]] + np.zeros(RUNS), rtol=1e-6)
        assert (new.safe_until[4] == 0).all()
        keen = np.asarray(new.ambition[4])
        assert ((keen >= 0.25) & (keen <= 0.55)).all()
        assert keen.mean() == pytest.approx(0.4, abs=0.01)
        assert keen.std() > 0.05

    def test_where_his_clan_has_no_ranks_left_he_is_like_all_there_were(self):
        loyal = {"loyalty": [0.0] * 4 + [0.2, 0.4, 0.6, 0.8]}
        _, after = self.entered(elite=loyal, clans={"placement": [1e6, 0, 0, 0]})
        np.testing.assert_allclose(after.elite.loyalty[4], 0.5, rtol=1e-6)

    def test_the_clients_of_one_who_has_gone_are_not_the_newcomer_s(self):
        patron = [NOBODY, 4, 6, 5, NOBODY, NOBODY, 4, 6]
        before, after = self.entered(elite={"patron": patron}, rate=1.0)
        came = np.asarray(after.elite.status != before.elite.status)
        left = np.asarray(after.elite.patron)
        for client, of in ((1, 4), (3, 5), (6, 4)):
            assert 0 < came[of].mean() < 1
            np.testing.assert_array_equal(left[client], np.where(came[of], NOBODY, of))
        assert (left[2] == 6).all()

    def test_a_newcomer_does_not_inherit_posts(self):
        setting = dataclasses.replace(self.RANKS, office_is_exile=jnp.arange(4)[:, None] == 3)
        exiled = [0, 0, 0, 0, Status.EXILED, Status.DEAD, 0, 0]
        regime = court((0, 5, 6, 4), elite={"status": exiled})
        after = step(Entry(rate=100.0), regime, setting, clock="year")
        assert (np.asarray(after.elite.status)[4:6] == Status.ACTIVE).all()
        assert after.nomenklatura.holder[:, 0].tolist() == [0, NOBODY, 6, NOBODY]

    def test_a_place_emptied_in_this_tick_is_taken_in_a_later_one(self):
        """Otherwise nobody could tell that the person before had fallen."""
        _, after = self.entered(elite={"fallen_by": [0, 0, 0, 0, 69, 0, 0, 0]})
        assert (after.elite.status[4] == Status.DEAD).all()
        assert (after.elite.status[5] == Status.ACTIVE).all()

    def test_the_hazard_a_year_is_the_same_on_every_clock(self):
        for clock, ticks in (("month", 12), ("quarter", 4)):
            _, after = self.entered(clock, ticks=ticks, rate=1.0)
            came = np.asarray(after.elite.status)[[4, 5, 7]] == Status.ACTIVE
            assert near(came.mean(), 1 - np.exp(-1.0), 3 * RUNS)
        before, after = self.entered(rate=0.0)
        assert same(before, after)


def test_the_ranks_differ_at_the_start_about_what_was_said_of_them():
    regime = court(runs=512)
    tick = make_tick(Entry(), TestEntry.RANKS, 512, 0)
    varied = vary_ranks(regime, tick, Entry())
    for field in ("competence", "ambition", "age"):
        old, new = (np.asarray(getattr(r.elite, field)) for r in (regime, varied))
        assert (old[:4] == new[:4]).all(), "those with names are as stated"
        assert new[4:].std() > 0.05
        assert abs(new[4:].mean() - old[4:].mean()) < 0.02 * old[4:].mean() + 0.02
        assert len(np.unique(new[4:, 0])) == 4
    same_otherwise = dataclasses.replace(
        varied, elite=dataclasses.replace(
            varied.elite, competence=regime.elite.competence, ambition=regime.elite.ambition,
            age=regime.elite.age,
        ),
    )  # fmt: skip
    assert same(same_otherwise, regime)
    assert varied.clans.power.shape == (CLANS, 512)
