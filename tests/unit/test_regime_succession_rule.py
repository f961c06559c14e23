"""An heir by law: who follows, and what a rule that is kept spares everybody."""

import itertools

import numpy as np
import pytest

from tests.court import step
from tests.small_scenario import write
from tests.throne import CLANS, hall, rows_of, same, sound, throne_room, with_
from vertikal.engine.histories import Histories
from vertikal.regime.batch import NOBODY
from vertikal.regime.clans import Attack
from vertikal.regime.coup import Coup
from vertikal.regime.regime import Exit, Status
from vertikal.regime.succession import Succession
from vertikal.regime.succession_rule import HeirByLaw, KnownHeir, eased, heir
from vertikal.scenario import ScenarioError, load

VICE, VICE_PRESIDENT = 1, 2
"""The office of the heir, and the person who holds it: the head of clan 1, which is weak."""
SETTING = hall()


def ruled(strength=1.0, **parts):
    """A court with a vice-president who follows by law."""
    room = with_(
        throne_room((6.0, 1.0, 4.0, 5.0)),
        nomenklatura={"holder": [0, VICE_PRESIDENT, NOBODY, NOBODY]},
        succession_rule={"heir": VICE, "strength": strength},
    )
    return with_(room, **parts)


def vacant(strength=1.0, **parts):
    """The same after the leader, person 0, has just died."""
    lead = {"leader": NOBODY, "exits": 1, "exit_mode": Exit.DEATH, "coalition": [1, 0, 1, 0]}
    status = [Status.DEAD] + [Status.ACTIVE] * 7
    room = ruled(strength, leadership=lead, elite={"status": status}, moves={"removed_leader": 0})
    return with_(room, **parts)


def followed(room, **parameters):
    after = step(HeirByLaw(**parameters), room, SETTING)
    sound(room, after)
    return after, np.asarray(after.leadership.leader == VICE_PRESIDENT)


class TestHeirByLaw:
    @pytest.mark.rules("CL-4")
    def test_he_follows_as_often_as_the_rule_is_kept(self):
        kept = [followed(vacant(s))[1] for s in (0.0, 0.3, 0.8, 1.0)]
        assert [k.mean() for k in kept] == pytest.approx([0, 0.3, 0.8, 1], abs=0.05)
        for weaker, stronger in itertools.pairwise(kept):
            assert (stronger | ~weaker).all()

    @pytest.mark.rules("CL-4", "LD-6")
    def test_a_weak_heir_follows_where_power_alone_would_choose_another(self):
        choice = Succession(noise=0.0)
        without = step(choice, vacant(0.0), SETTING).leadership.leader
        assert (without == VICE_PRESIDENT).mean() < 0.1
        after, _ = followed(vacant())
        assert (step(choice, after, SETTING, ticks=1).leadership.exits == 1).all()
        assert (after.leadership.leader == VICE_PRESIDENT).all()

    def test_what_an_heir_takes_over(self):
        after, _ = followed(vacant(clans={"favour": 0.5}))
        lead, holder = after.leadership, np.asarray(after.nomenklatura.holder)[:, 0]
        assert holder.tolist() == [VICE_PRESIDENT, NOBODY, NOBODY, NOBODY]
        assert np.asarray(lead.coalition)[:, 0].tolist() == [1, 1, 1, 0], "his clan joins"
        assert (lead.reign == 0).all()
        assert not lead.established.any()
        assert not after.clans.favour.any()
        assert not after.moves.excluded.any(), "nobody is cut out"
        assert same(after.policy, vacant().policy), "the agenda stays (LD-9)"

    @pytest.mark.rules("CL-18")
    def test_cases_late_in_a_reign_serve_the_heir_by_law_as_well(self):
        none, full = (
            followed(vacant(coercion={"wave": w}))[0].leadership.personal_power for w in (0.0, 1.0)
        )
        assert (none == np.float32(0.15)).all()
        assert (full > none + 0.2).all()
        spared, _ = followed(vacant(coercion={"wave": 1.0}), legacy=0.0)
        assert (spared.leadership.personal_power == none).all()

    @pytest.mark.rules("CL-4")
    @pytest.mark.parametrize(
        "parts",
        [
            {"nomenklatura": {"holder": [0, NOBODY, NOBODY, NOBODY]}},
            {"nomenklatura": {"active": [1, 0, 1, 1]}},
            {"elite": {"status": [Status.DEAD] * 3 + [Status.ACTIVE] * 5}},
            {"elite": {"condemned": [0, 0, 0.5, 0, 0, 0, 0, 0]}},
            {"moves": {"removed_leader": VICE_PRESIDENT}},
            {"moves": {"coup_success": True, "plotter": 3}},
            {"succession_rule": {"heir": NOBODY}},
        ],
    )
    def test_no_heir_follows_who_is_gone_or_after_a_coup(self, parts):
        room = with_(vacant(), **parts)
        assert same(step(HeirByLaw(), room, SETTING), room)

    def test_while_there_is_a_leader_nothing_happens(self):
        assert same(step(HeirByLaw(), ruled(), SETTING), ruled())
        assert (heir(with_(ruled(), leadership={"leader": VICE_PRESIDENT})) == NOBODY).all()


def restrained(strength, room=None, **parameters):
    return step(KnownHeir(**parameters), room or ruled(strength), SETTING)


class TestRestraint:
    @pytest.mark.rules("CL-4")
    def test_it_grows_with_the_rule_and_needs_an_heir(self):
        for strength in (0.0, 0.4, 1.0):
            rule = restrained(strength, deference=0.5, rivalry=0.4).succession_rule
            assert np.asarray(rule.restraint) == pytest.approx(0.5 * strength)
            assert np.asarray(rule.truce) == pytest.approx(0.2 * strength)
        orphan = ruled(1.0, nomenklatura={"holder": [0, NOBODY, NOBODY, NOBODY]})
        assert not restrained(1.0, orphan).succession_rule.restraint.any()

    @pytest.mark.rules("CL-4")
    def test_a_rule_that_is_kept_makes_plots_rarer(self):
        def plots(strength):
            room = restrained(strength)
            room = with_(
                room, clans={"coercion": [0.0, 0.0, 0.6, 0.0]}, leadership={"control": 0.4}
            )
            where = hall(office_coercion=[0.6, 0, 0, 0], office_grip=[1, 0, 0, 0])
            return np.asarray(step(Coup(rate=8.0), room, where, clock="year").moves.plotter) >= 0

        none, some, much = plots(0.0), plots(0.5), plots(1.0)
        assert (none | ~some).all()
        assert (some | ~much).all()
        assert much.sum() < 0.7 * none.sum()
        assert much.any()

    @pytest.mark.rules("CL-4")
    def test_clans_fight_less_where_less_is_to_be_had_by_it(self):
        def attacks(strength):
            room = with_(restrained(strength), clans={"trend": [0.1] * CLANS, "cover": 0.4})
            moves = step(Attack(rate=0.3), room, SETTING, clock="quarter").moves
            return np.asarray(moves.attacker) >= 0

        none, much = attacks(0.0), attacks(1.0)
        assert (none | ~much).all()
        assert much.sum() < 0.85 * none.sum()

    @pytest.mark.rules("LD-10")
    def test_less_is_at_stake_in_destroying_a_loser(self):
        setting = hall()
        for strength, left in ((0.0, 1.0), (1.0, 0.4)):
            found = eased(setting, restrained(strength, deference=0.6)).narrowness
            np.testing.assert_allclose(found, left * setting.narrowness[0], rtol=1e-5)

    @pytest.mark.rules("CL-4")
    def test_a_new_leader_s_coalition_is_tested_less_often(self):
        def cut_out(strength):
            room = with_(
                restrained(strength),
                elite={"power": np.repeat([1.5, 2.0, 2.5, 5.0], 2)},
                leadership={"established": False, "coalition": rows_of([1, 1, 1, 1], bool)},
            )
            after = step(Succession(noise=0.0, retest=1.0), room, SETTING, clock="year")
            return np.asarray(after.moves.excluded).any(0)

        none, much = cut_out(0.0), cut_out(1.0)
        assert (none | ~much).all()
        assert 0 < much.sum() < 0.8 * none.sum()


RULED = "succession_rule: {heir: guard, strength: 1}\n"


def heirs(tmp_path, text):
    write(tmp_path)
    path = tmp_path / "ruled.yaml"
    path.write_text("vertikal: 1\nname: ruled\nextends: small.yaml\n" + text, "utf-8")
    return path


def test_in_a_whole_history_the_heir_follows_and_the_rule_can_be_left_out(tmp_path):
    scenario = load(heirs(tmp_path, RULED))
    death = {"events": {"end": {"date": "1950-02-10", "dies": "tsar"}}}
    outcome = {"outcomes": {"next": {"ask": "Who follows?", "value": "leadership.leader",
                                     "at": "1950-02-28"}}}  # fmt: skip

    def chosen(*patches):
        histories = Histories(
            load(heirs(tmp_path, RULED), patches=[death, outcome, *patches]), seed=3
        )
        return histories.run_block(0, 64).outcomes.to_pandas()["next"]

    assert scenario.in_play == ["succession_rule"]
    kept, broken = chosen(), chosen({"succession_rule": {"strength": 0}})
    assert (kept == "gleb").mean() > 0.9
    assert (broken == "gleb").mean() < (kept == "gleb").mean()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("succession_rule: {heir: gaurd}\n", 'there is no office "gaurd"'),
        ("succession_rule: {strength: 1}\n", "the rule does not say who follows"),
    ],
)
def test_a_rule_names_an_office_that_there_is(tmp_path, text, message):
    with pytest.raises(ScenarioError) as caught:
        load(heirs(tmp_path, text))
    assert message in str(caught.value)
