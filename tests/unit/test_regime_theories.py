"""Rival theories: who wins a succession, how a leader keeps power, and how one is chosen."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import step
from tests.throne import CLANS, RUNS, hall, same, sound, throne_room, with_
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.elite import BodyInfluence
from vertikal.regime.leader import PersonalPower
from vertikal.regime.regime import Exit, change
from vertikal.regime.rule_rivals import Guardianship, LoyalAble
from vertikal.regime.schedule import THEORIES, answers, fence_changes, holds_true
from vertikal.regime.succession import Succession
from vertikal.regime.succession_rivals import (
    SuccessionByForce,
    SuccessionByPyramid,
    SuccessionBySelectorate,
)
from vertikal.regime.technocrat_rivals import (
    TechnocratsByCareer,
    TechnocratsByMethod,
    TechnocratsByValues,
)

SETTING = hall()
RIVALS = (SuccessionByForce, SuccessionBySelectorate, SuccessionByPyramid)


def vacant(powers=(3.0, 4.0, 5.0, 10.0), **parts):
    room = throne_room(powers, leader=NOBODY, exits=1, exit_mode=Exit.DEATH)
    return with_(room, **parts)


def ruling(theory, room):
    after = step(theory(noise=0.0), room, SETTING)
    sound(room, after)
    coalition = np.asarray(after.leadership.coalition)
    assert (coalition == coalition[:, :1]).all()
    clan = np.asarray(after.elite.clan)[np.asarray(after.leadership.leader)[0], 0]
    return coalition[:, 0].astype(int).tolist(), int(clan)


def lent(lender, borrower, share=0.9):
    pact = np.zeros((CLANS, CLANS), np.float32)
    pact[borrower, lender] = share
    return pact


class TestForce:
    def test_the_armed_rule_whatever_their_power(self):
        room = vacant(clans={"cover": np.float32([0.8, 0.1, 0.1, 0.1])})
        assert ruling(SuccessionByForce, room) == ([1, 0, 0, 0], 0)
        assert ruling(Succession, room)[0] == [1, 1, 1, 0]

    def test_who_lends_force_rules_as_well(self):
        room = vacant(clans={"cover": np.float32([0.8, 0.1, 0.1, 0.1]), "pact": lent(2, 0)})
        assert ruling(SuccessionByForce, room)[0] == [1, 0, 1, 0]

    def test_where_nobody_is_armed_power_decides(self):
        assert ruling(SuccessionByForce, vacant()) == ([0, 0, 0, 1], 3)


class TestSelectorate:
    def test_the_coalition_is_just_large_enough(self):
        assert ruling(SuccessionBySelectorate, vacant((3.0, 4.0, 5.0, 13.0)))[0] == [0, 0, 0, 1]
        members, leader = ruling(SuccessionBySelectorate, vacant((3.0, 4.0, 5.0, 10.0)))
        assert members == [1, 0, 0, 1], "the weakest clan claims least"
        assert leader in (0, 3)

    def test_the_close_are_taken_in_before_the_cheap(self):
        room = vacant((3.0, 4.0, 5.0, 10.0), clans={"pact": lent(2, 3)})
        assert ruling(SuccessionBySelectorate, room)[0] == [0, 0, 1, 1]

    def test_support_of_others_makes_a_candidate(self):
        pact = lent(0, 2) + lent(1, 2)
        room = vacant((6.0, 6.0, 8.0, 9.0), clans={"pact": pact})
        members, _ = ruling(SuccessionBySelectorate, room)
        assert members[2] == 1
        assert members[3] == 0


class TestPyramid:
    def test_all_join_the_focal_pyramid_but_its_rivals(self):
        members, leader = ruling(SuccessionByPyramid, vacant((0.5, 0.6, 6.0, 10.0)))
        assert members == [1, 1, 0, 1]
        assert leader in (0, 1, 3)

    def test_the_heir_wins_unless_the_leader_was_a_lame_duck(self):
        favour = {"favour": np.float32([0.0, 0.0, 0.9, 0.0])}
        strong = vacant((0.5, 0.6, 8.0, 10.0), clans=favour, leadership={"control": 0.9})
        heir = with_(strong, leadership={"horizon": 20.0})
        lame = with_(strong, leadership={"horizon": 0.0})
        assert ruling(SuccessionByPyramid, heir)[0] == [1, 1, 1, 0]
        assert ruling(SuccessionByPyramid, lame)[0] == [1, 1, 0, 1]


@pytest.mark.parametrize("theory", RIVALS)
def test_a_coalition_stands_while_its_leader_would_win_again(theory):
    arms = {"cover": np.float32([0.1, 0.1, 0.1, 0.9])}
    room = with_(throne_room((3.0, 4.0, 5.0, 13.0), leader=6), clans=arms)
    room = with_(room, leadership={"coalition": np.array([True, False, False, True])})
    often = theory(noise=0.0, retest=1e4)
    assert same(step(often, room, SETTING).leadership, room.leadership)
    upset = with_(room, leadership={"leader": 0})
    after = step(often, upset, SETTING)
    assert (after.leadership.leader != 0).all()
    assert (after.leadership.exit_mode == Exit.ELITE_REMOVAL).all()


class TestRule:
    def danger(self, theory, room, loyal=0.5, allied=0.5):
        force = lambda x: jnp.full(RUNS, x, jnp.float32)  # noqa: E731
        return float(np.mean(theory().danger(room, SETTING, force(loyal), force(allied))))

    def test_stronger_guards_are_more_dangerous_and_threats_make_them_bearable(self):
        room = throne_room()
        few = [self.danger(Guardianship, room, allied=f) for f in (0.0, 0.2, 0.5, 2.0)]
        assert few == sorted(few)
        assert few[0] == 0
        assert few[-1] < 2
        calm, tense = (with_(room, military_industry={"tension": t}) for t in (0.0, 1.0))
        assert self.danger(Guardianship, tense) < self.danger(Guardianship, calm)

    def test_the_able_are_dangerous_and_loyalty_pays(self):
        dull, able = (with_(throne_room(), elite={"competence": c}) for c in (0.1, 0.95))
        assert self.danger(LoyalAble, dull) <= self.danger(LoyalAble, able)
        assert self.danger(LoyalAble, able) > 0
        loyal = with_(able, elite={"loyalty": 1.0})
        disloyal = with_(able, elite={"loyalty": 0.0})
        assert self.danger(LoyalAble, loyal) <= self.danger(LoyalAble, disloyal)
        weak = self.danger(LoyalAble, throne_room(), loyal=0.05, allied=1.0)
        strong = self.danger(LoyalAble, throne_room(), loyal=1.0, allied=0.05)
        assert strong <= weak

    @pytest.mark.parametrize(
        ("theory", "safe", "dangerous"),
        [
            (Guardianship, {"coercion": 0.1}, {"coercion": 0.7}),
            (LoyalAble, {"competence": 0.0, "loyalty": 1.0}, {"competence": 1.0, "loyalty": 0.0}),
        ],
    )
    def test_danger_removes(self, theory, safe, dangerous):
        guard = hall(office_coercion=[0.4, 0, 0, 0], office_grip=[1.0, 0, 0, 0])
        gone = []
        for company in (safe, dangerous):
            force = company.get("coercion", 0.1) * np.float32([0, 1, 1, 1])
            room = with_(
                throne_room(leader=0, personal_power=0.02),
                elite={k: v for k, v in company.items() if k != "coercion"},
                clans={"coercion": force},
                military_industry={"tension": 0.5},
            )
            after = step(theory(), room, guard, ticks=3, clock="year")
            gone.append(float((after.leadership.exits > 0).mean()))
        assert gone[0] < 0.7 * gone[1]

    def test_the_usual_answer_leaves_the_game_alone(self):
        assert PersonalPower().danger(throne_room(), SETTING, None, None) == 1.0


class TestChoice:
    def test_the_usual_theory_comes_first(self):
        assert next(iter(THEORIES["succession"])) == "ruling_coalition"
        assert next(iter(THEORIES["rule"])) == "power_sharing"
        for theories in THEORIES.values():
            usual, *rivals = theories.values()
            assert {m.draws_as for m in rivals} == {usual.id}
            assert {m.stage for m in rivals} == {usual.stage}

    def test_in_each_history_the_theory_acts_that_holds_there(self):
        names = list(THEORIES["succession"])
        code = np.arange(RUNS) % len(names)
        setting = change(SETTING, theories={"succession": jnp.asarray(code, jnp.int32)})
        room = vacant(clans={"cover": np.float32([0.8, 0.1, 0.1, 0.1])})
        mixed = room
        alone = {}
        for name, cls in THEORIES["succession"].items():
            theory = cls(noise=0.0)
            alone[name] = step(theory, room, setting)
            acted = step(theory, mixed, setting)
            mixed = fence_changes(mixed, acted, holds_true(theory, setting, answers()))
        for k, name in enumerate(names):
            mine = np.flatnonzero(code == k)
            pick = lambda tree: jax.tree.map(lambda a: np.asarray(a)[..., mine], tree)  # noqa: B023, E731
            assert same(pick(mixed), pick(alone[name])), name

    def test_rivals_share_their_draws(self):
        usual, rival = Succession(), SuccessionByForce()
        assert rival.draws_as == usual.id


class TestMeaningsOfTechnocrat:
    """Each meaning keeps one part of the usual pole and drops the others."""

    setting = change(blank_setting(4, 2), body_power=jnp.full((1, 1), 0.9, jnp.float32))

    def policy(self, meaning, mix, competence=0.9, years=15):
        regime = blank_regime(6, 4, 2, 64)
        shares = jnp.broadcast_to(jnp.float32(mix)[:, None, None], (3, 6, 64))
        regime = with_(regime, elite={"mix": shares, "competence": competence})
        regime = with_(regime, nomenklatura={"holder": jnp.arange(4)}, policy={"force": 0.0})
        mechanism = meaning(decisions_per_year=1e9)
        return step(mechanism, regime, self.setting, ticks=12 * years).policy

    MANY, FEW = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1)

    def gain(self, meaning, field, **given):
        few, many = (self.policy(meaning, m, **given) for m in (self.FEW, self.MANY))
        return float((getattr(many, field) - getattr(few, field)).mean())

    @pytest.mark.rules("EL-1", "NK-2")
    def test_by_career_skill_counts_and_the_mixture_does_not(self):
        assert abs(self.gain(TechnocratsByCareer, "rationality")) < 0.05
        dull, able = (self.policy(TechnocratsByCareer, self.FEW, c) for c in (0.1, 0.9))
        assert (able.rationality > dull.rationality + 0.1).all()

    @pytest.mark.rules("EL-1")
    def test_by_method_decisions_are_rational_and_the_law_is_left_alone(self):
        assert self.gain(TechnocratsByMethod, "rationality") > 0.1
        usual, method = (self.gain(m, "legal_order") for m in (BodyInfluence, TechnocratsByMethod))
        assert method < usual
        lawful = self.policy(TechnocratsByMethod, self.MANY).legal_order
        assert (lawful < self.policy(BodyInfluence, self.MANY).legal_order).all()

    @pytest.mark.rules("EL-3", "EL-11")
    def test_by_values_the_law_is_mended_and_decisions_are_no_better(self):
        assert self.gain(TechnocratsByValues, "rationality") < 0.05
        same = self.policy(TechnocratsByValues, self.MANY).legal_order
        usual = self.policy(BodyInfluence, self.MANY).legal_order
        np.testing.assert_allclose(same, usual, rtol=1e-6)
