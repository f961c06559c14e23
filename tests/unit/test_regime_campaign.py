"""Cases made an example of: whom they reach, and how arrests are counted by office."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step
from tests.throne import hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.campaign import Arrests, ShowcaseCases, highest_office
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.regime import Status, change
from vertikal.scenario import ScenarioError, load

RUNS = 4096
HEAD, DEPUTY, FORMER = 2, 4, 6
"""Heads of clans 1, 2 and 3; the leader is person 0."""
GRADES = [1.0, 0.7, 0.4, 0.5]
HEADSHIP, SECOND, OTHER = 1, 2, 3
"""Offices; the last one is vacant."""


def regions(wave=0.5, **parts):
    """A head, a deputy and a former head, alike in all but their offices."""
    room = with_(
        throne_room((2.0, 2.0, 2.0, 2.0), RUNS),
        elite={"exposure": 0.5, "indispensability": 0.0, **parts.pop("elite", {})},
        clans={"cover": 0.4, **parts.pop("clans", {})},
        nomenklatura={"holder": [0, HEAD, DEPUTY, NOBODY]},
        coercion={"wave": wave},
    )
    last = [NOBODY] * 8
    last[FORMER] = HEADSHIP
    return with_(room, campaign={"last_office": last}, **parts)


SETTING = hall(office_grade=GRADES)
OFTEN = {"rate": 20.0}


def struck(regime, **parameters):
    """Who is condemned, persons by runs."""
    after = step(ShowcaseCases(**parameters), regime, SETTING, clock="quarter")
    sound(regime, after)
    hit = np.asarray(after.elite.condemned) > 0
    np.testing.assert_array_equal(hit, np.asarray(after.elite.fallen_by) == ShowcaseCases.id)
    return hit


class TestShowcaseCases:
    @pytest.mark.rules("CO-6")
    def test_former_heads_and_deputies_are_struck_before_sitting_heads(self):
        hit = struck(regions(), **OFTEN).mean(1)
        assert hit[FORMER] > 1.3 * hit[DEPUTY] > 1.3**2 * hit[HEAD] > 0

    @pytest.mark.rules("CO-6")
    @pytest.mark.parametrize(("cost", "example"), [(4.0, 2.0), (3.0, 6.0), (2.0, 0.0)])
    def test_the_turn_comes_where_the_example_is_worth_its_cost(self, cost, example):
        act = ShowcaseCases(cost=cost, example=example)
        for wave in (0.1, 0.45, 0.55, 1.0):
            hazard = act.hazard(regions(wave), jnp.asarray(np.full((8, RUNS), 0.7), jnp.float32))
            none = act.hazard(regions(wave), jnp.zeros((8, RUNS)))
            ratio = np.asarray(hazard / none)
            np.testing.assert_allclose(ratio, np.exp((example * wave - cost) * 0.7), rtol=1e-4)
            assert (ratio < 1).all() == (wave < cost / max(example, 1e-9))

    @pytest.mark.rules("CO-6", "LD-5")
    def test_more_demand_strikes_more_and_above_all_those_who_stand_high(self):
        act = ShowcaseCases()
        low, high = (act.hazard(regions(w), jnp.full((8, RUNS), 0.7)) for w in (0.3, 0.6))
        bare = [act.hazard(regions(w), jnp.zeros((8, RUNS))) for w in (0.3, 0.6)]
        assert (high / low > bare[1] / bare[0]).all()
        few, many = struck(regions(0.3), **OFTEN), struck(regions(0.6), **OFTEN)
        assert (many | ~few).all()
        assert many.sum() > 1.3 * few.sum()

    @pytest.mark.rules("LD-4")
    def test_what_is_known_of_how_power_was_taken_reaches_those_without_cover(self):
        act, nobody = ShowcaseCases(), jnp.zeros((8, RUNS))
        raised = [
            float((act.hazard(regions(elite={"knowledge": 0.5}, clans=cover), nobody)
                   / act.hazard(regions(clans=cover), nobody))[HEAD, 0])
            for cover in ({"cover": 0.0}, {"cover": 0.5}, {"cover": 1.0})
        ]  # fmt: skip
        np.testing.assert_allclose(raised, [1.5, 1.25, 1.0], rtol=1e-5)

    @pytest.mark.rules("CO-4", "CO-6")
    @pytest.mark.parametrize(
        "parts", [{"clans": {"cover": 1.0}}, {"elite": {"indispensability": 0.9}}]
    )
    def test_cover_and_need_protect(self, parts):
        plain, spared = struck(regions(), **OFTEN), struck(regions(**parts), **OFTEN)
        assert (plain | ~spared).all()
        assert spared.sum() < 0.8 * plain.sum()

    def test_exposure_draws_cases_and_its_absence_none(self):
        assert not struck(regions(elite={"exposure": 0.0}), **OFTEN).any()
        few, many = (struck(regions(elite={"exposure": x}), **OFTEN) for x in (0.2, 0.8))
        assert (many | ~few).all()
        assert many.sum() > 2 * few.sum()

    @pytest.mark.rules("LD-5")
    def test_without_a_wave_or_at_a_rate_of_nil_nobody_is_struck(self):
        assert not struck(regions(0.0), **OFTEN).any()
        assert not struck(regions(), rate=0.0).any()

    def test_neither_the_leader_nor_those_out_of_play(self):
        status = [Status.ACTIVE] * 8
        status[DEPUTY], status[FORMER] = Status.RETIRED, Status.EXILED
        hit = struck(regions(1.0, elite={"status": status}), **OFTEN).any(1)
        assert not hit[[0, DEPUTY, FORMER]].any()
        assert hit[HEAD]

    def test_who_holds_what_is_remembered_and_what_was_lost_stays(self):
        after = step(ShowcaseCases(rate=0.0), regions(), SETTING)
        last = np.asarray(after.campaign.last_office)[:, 0]
        assert last.tolist() == [0, -1, HEADSHIP, -1, SECOND, -1, HEADSHIP, -1]


def test_of_two_offices_the_higher_counts_and_of_equals_the_later():
    room = with_(regions(), nomenklatura={"holder": [HEAD, HEAD, FORMER, FORMER]})
    assert np.asarray(highest_office(room, SETTING))[[HEAD, FORMER], 0].tolist() == [0, OTHER]
    equal = hall(office_grade=[0.5] * 4)
    assert np.asarray(highest_office(room, equal))[[HEAD, FORMER], 0].tolist() == [1, OTHER]
    closed = with_(room, nomenklatura={"active": [True, True, True, False]})
    assert np.asarray(highest_office(closed, equal))[FORMER, 0] == SECOND


class TestArrests:
    @staticmethod
    def counted(status=Status.IMPRISONED, condemned=(HEAD, DEPUTY, FORMER), **parts):
        states, marks = [Status.ACTIVE] * 8, [0.0] * 8
        for person in condemned:
            states[person], marks[person] = status, 0.8
        room = step(ShowcaseCases(rate=0.0), regions(**parts), SETTING)
        room = with_(room, elite={"status": states, "condemned": marks})
        after = step(Arrests(), room, SETTING)
        sound(room, after)
        return room, after

    @pytest.mark.rules("CO-6")
    @pytest.mark.parametrize("status", [Status.IMPRISONED, Status.DEAD])
    def test_those_in_office_and_those_who_had_left_it_are_counted_apart(self, status):
        _, after = self.counted(status)
        campaign = after.campaign
        assert np.asarray(campaign.arrested)[:, 0].tolist() == [0, 1, 1, 0]
        assert np.asarray(campaign.arrested_after)[:, 0].tolist() == [0, 1, 0, 0]

    @pytest.mark.rules("CO-6")
    def test_bodies_are_the_sum_of_their_offices(self):
        _, after = self.counted()
        seats = jnp.asarray([[0, 1, 0, 0], [0, 0, 0.5, 0.5]], jnp.float32)[..., None]
        setting = change(SETTING, body_share=seats)
        for name, expected in (("campaign.sitting", [1, 1]), ("campaign.former", [1, 0])):
            seen = OBSERVABLES[name].read(after, setting)
            assert np.asarray(seen)[:, 0].tolist() == expected

    def test_loss_of_posts_or_exile_is_no_arrest_and_the_dead_of_before_are_not_counted(self):
        room, after = self.counted(Status.EXILED)
        assert same(after.campaign.arrested, room.campaign.arrested)
        room, after = self.counted(condemned=())
        dead = with_(room, elite={"status": [0, 0, Status.DEAD, 0, 0, 0, 0, 0]})
        assert not np.asarray(step(Arrests(), dead, SETTING).campaign.arrested).any()

    def test_whoever_takes_the_place_of_one_out_of_play_starts_anew(self):
        _, after = self.counted()
        last = np.asarray(after.campaign.last_office)[:, 0]
        assert last.tolist() == [0] + [-1] * 7


def test_the_scenario_knows_at_the_start_who_held_what(tmp_path):
    from vertikal.scenario import world

    scenario = load("S13")
    regime, _ = world.initial_state(scenario, {})
    last = np.asarray(regime.campaign.last_office)[:, 0]
    offices, people = list(scenario.offices), list(scenario.people)
    assert offices[last[people.index("regional-01")]] == "republic_1"
    assert offices[last[people.index("regional-19")]] == "border_region_1"
    assert last[people.index("regional-28")] == NOBODY


def test_a_last_office_must_exist():
    with pytest.raises(ScenarioError) as caught:
        load("S13", patches=[{"people": {"regional-19": {"last_office": "republic_9"}}}])
    assert 'there is no office "republic_9"' in str(caught.value)
