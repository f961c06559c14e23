"""The line of foreign policy: whose interests move it, and how it wavers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.abroad import AUTOCRACY, DEMOCRACY, having, play, together, world
from tests.court import make_tick
from vertikal.regime.blank import blank_setting
from vertikal.regime.foreign import Prospect
from vertikal.regime.foreign_bargain import ForeignBargain, windfall
from vertikal.regime.subsystems import Stance

WEST, ALONE, MIGHT = Stance.INTEGRATION, Stance.INDEPENDENCE, Stance.ASSERTION
PLAIN = ForeignBargain()


def payoff(regime, of, mechanism=PLAIN):
    """What the line `of` is worth beside independence."""
    tick = make_tick(mechanism, blank_setting(2, 2), regime.foreign.stance.shape[0], 1)
    found = _payoffs(mechanism, regime, tick)
    return float((found[of] - found[ALONE])[0])


@jax.jit
def _payoffs(mechanism, regime, tick):
    return mechanism.payoffs(regime, tick, mechanism.means(regime))


def moved(slice_, field, low, high, of, **start):
    """How much a line gains when a field rises from low to high."""
    base = world(**start)
    one, two = (payoff(having(base, slice_, **{field: v}), of) for v in (low, high))
    return two - one


def chosen(regime, of, years=20.0, mechanism=PLAIN, seed=0):
    """Share of histories whose line is `of` after some years."""
    return float((play(mechanism, regime, years, seed=seed).foreign.stance == of).mean())


@pytest.mark.parametrize(
    ("slice_", "field", "of", "sign"),
    [
        pytest.param("foreign", "attachment", WEST, 1, marks=pytest.mark.rules("WE-5", "FP-4")),
        pytest.param("foreign", "prospect", WEST, 1, marks=pytest.mark.rules("FP-2")),
        pytest.param("policy", "legal_order", WEST, 1, marks=pytest.mark.rules("FP-1", "FP-2")),
        pytest.param("foreign", "west_opening", WEST, 1, marks=pytest.mark.rules("EL-9", "WE-3")),
        pytest.param("foreign", "multipolarity", WEST, -1, marks=pytest.mark.rules("FP-6")),
        pytest.param("foreign", "china_ties", WEST, -1, marks=pytest.mark.rules("CH-2")),
        pytest.param("foreign", "recognition", WEST, 1, marks=pytest.mark.rules("FP-14")),
        pytest.param("economy", "dependence", WEST, -1, marks=pytest.mark.rules("EC-6")),
        pytest.param("economy", "rent", MIGHT, 1, marks=pytest.mark.rules("EC-4", "NB-8")),
        pytest.param("economy", "fund", MIGHT, 1, marks=pytest.mark.rules("EC-4")),
        pytest.param("foreign", "attraction", MIGHT, -1, marks=pytest.mark.rules("NB-5")),
        pytest.param("foreign", "west_strength", MIGHT, -1, marks=pytest.mark.rules("FP-10")),
        pytest.param("foreign", "west_unity", MIGHT, -1, marks=pytest.mark.rules("FP-10")),
        pytest.param("foreign", "private_gain", MIGHT, 1, marks=pytest.mark.rules("EC-13")),
        pytest.param("institutions", "restraint", MIGHT, -1, marks=pytest.mark.rules("IN-3")),
        pytest.param("foreign", "expected_sanctions", MIGHT, -1, marks=pytest.mark.rules("WE-5")),
        pytest.param("foreign", "threat", MIGHT, 1),
        pytest.param("policy", "agenda", MIGHT, 1),
    ],
)  # fmt: skip
def test_interests_pull_their_way(slice_, field, of, sign):
    gained = moved(slice_, field, 0.1, 0.9, of, economy={"debt": 0.0, "usual_rent": 0.1})
    assert sign * gained > 0.01


@pytest.mark.rules("EC-15", "FP-14")
@pytest.mark.parametrize("mix", [(0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)])
def test_all_want_favourable_conditions_as_far_as_growth_needs_them(mix):
    def gained(modernity, of, field):
        economy, abroad = {"modernisation": modernity}, {"attachment": 0.0, "west_opening": 0.0}
        one, two = (
            payoff(world(mix=mix, economy=economy, foreign={**abroad, field: v}), of)
            for v in (0.1, 0.9)
        )
        return two - one

    behind = gained(0.2, WEST, "prospect"), gained(0.2, MIGHT, "expected_sanctions")
    np.testing.assert_allclose(behind, (0.8 * 0.16, -0.8 * 0.16), rtol=1e-3)
    modern = gained(1.0, WEST, "prospect"), gained(1.0, MIGHT, "expected_sanctions")
    np.testing.assert_allclose(modern, 0.0, atol=1e-6)


@pytest.mark.rules("EL-9", "WE-3")
def test_technocrats_seek_the_west_only_where_there_is_an_opening():
    def gain(opening):
        given = {"west_opening": opening, "prospect": 0.6}
        one, two = (
            payoff(world(foreign=given, mix=m), WEST) for m in ((0.1, 0.8, 0.1), (0.9, 0.0, 0.1))
        )
        return two - one

    assert gain(0.8) > 0.1
    assert gain(0.0) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.rules("CH-1")
def test_china_takes_a_part_of_the_pull_of_the_west_and_never_all():
    given = {"prospect": 0.8, "west_opening": 0.8, "china_ties": 1.0}
    extreme = ForeignBargain(chinese_example=0.9)
    few, many = (
        payoff(world(foreign=given, mix=m), WEST, extreme)
        for m in ((0.0, 0.9, 0.1), (0.9, 0.0, 0.1))
    )
    assert many > few
    feared = world(foreign={"expected_sanctions": 0.9, "attachment": 0.9, "china_ties": 1.0})
    calm = having(feared, "foreign", expected_sanctions=0.0)
    assert payoff(feared, MIGHT) < payoff(calm, MIGHT)


@pytest.mark.rules("EC-6")
def test_managers_tied_to_the_bureaucracy_block_the_bargains_that_they_want():
    def stake(dependence):
        start = world(economy={"dependence": dependence})
        trade = [having(start, "foreign", interdependence=i) for i in (0.1, 0.9)]
        return payoff(trade[1], WEST) - payoff(trade[0], WEST)

    assert stake(0.1) > 0.05
    assert stake(0.9) < -0.05


class TestWindfall:
    def test_is_what_exceeds_the_usual(self):
        got = windfall(world(economy={"rent": 0.4, "usual_rent": 0.3, "fund": 0.0}), 0.1, 0.1)
        np.testing.assert_allclose(got, 1 - np.exp(-1), rtol=1e-5)
        poorer = world(economy={"rent": 0.2, "usual_rent": 0.3})
        assert (windfall(poorer, 0.1, 0.1) == 0).all()

    @pytest.mark.rules("EC-4")
    @pytest.mark.parametrize("rent", [0.0, 0.1, 0.4])
    def test_a_rent_that_the_state_has_always_had_is_none(self, rent):
        start = world(economy={"rent": rent, "debt": 0.0})
        later = play(PLAIN, start, 5)
        np.testing.assert_allclose(later.economy.usual_rent, rent, atol=1e-6)
        np.testing.assert_allclose(PLAIN.means(later), 0.0, atol=1e-6)
        assert (PLAIN.means(having(later, "economy", rent=rent + 0.2)) > 0.8).all()

    def test_the_state_gets_used_to_more(self):
        start = world(economy={"rent": 0.4, "usual_rent": 0.1, "debt": 0.0})
        after = play(PLAIN, start, 10).economy.usual_rent
        np.testing.assert_allclose(after, 0.4 - 0.3 * np.exp(-10 / 5), rtol=1e-3)

    @pytest.mark.rules("EC-4", "NB-8")
    def test_only_with_debts_paid_does_it_give_means(self):
        rich = {"rent": 0.35, "usual_rent": 0.1, "fund": 0.2}
        owing, free = (PLAIN.means(world(economy={**rich, "debt": d})) for d in (0.6, 0.0))
        poor = PLAIN.means(world(economy={"rent": 0.05, "usual_rent": 0.1, "debt": 0.0}))
        assert (owing == 0).all()
        assert (poor == 0).all()
        assert (free > 0.8).all()

    @pytest.mark.rules("EC-4")
    def test_a_windfall_with_debts_paid_makes_policy_assertive(self):
        def asserts(rent, debt):
            given = {"rent": rent, "usual_rent": 0.1, "debt": debt}
            return chosen(world(1024, economy=given), MIGHT, mechanism=unspoilt)

        unspoilt = ForeignBargain(habit_years=1e6)

        assert asserts(0.4, 0.0) > asserts(0.4, 0.6) + 0.1
        assert asserts(0.4, 0.0) > asserts(0.05, 0.0) + 0.1
        assert asserts(0.05, 0.0) == pytest.approx(asserts(0.05, 0.6), abs=1e-6)

    @pytest.mark.rules("FP-3", "NB-8")
    def test_the_neighbourhood_becomes_the_main_line_with_independence_and_means(self):
        free = {"rent": 0.4, "usual_rent": 0.1, "debt": 0.0}
        joining, apart, rich = (
            play(
                ForeignBargain(review=0.01),
                world(foreign={"stance": s, "independence": float(s != WEST)}, economy=e),
                8,
            ).foreign.focus.mean()
            for s, e in ((WEST, free), (ALONE, {"rent": 0.0}), (ALONE, free))
        )
        assert joining < apart - 0.1
        assert apart < rich - 0.1


class TestOscillation:
    """Attachment to the West and a regime that cannot join it (FP-4)."""

    both = (Prospect(), PLAIN)

    def turns(self, attachment, kind):
        start = world(
            512, foreign={"attachment": attachment, "west_opening": 0.7, "help": 0.6}, **kind
        )
        return float(together(self.both, start, 30, "year").foreign.turns.mean())

    @pytest.mark.rules("FP-4")
    def test_the_line_wavers_where_assets_abroad_and_regime_type_conflict(self):
        torn = self.turns(1.0, AUTOCRACY)
        assert torn > self.turns(0.0, AUTOCRACY) + 1
        assert torn > self.turns(1.0, DEMOCRACY) + 1

    @pytest.mark.rules("FP-4", "FP-1")
    def test_integration_is_dropped_when_its_price_is_learned(self):
        quiet = ForeignBargain(noise=1e-4, blur=0.0, contradiction=0.0, inertia=0.1)
        given = {"attachment": 1.0, "prospect": 0.8, "stance": WEST, "west_opening": 0.9}
        start = world(foreign=given, **AUTOCRACY)
        late = together((Prospect(), quiet), start, 12, "year").foreign
        assert (late.turns >= 1).all()

    @pytest.mark.rules("IN-6")
    def test_a_false_front_makes_conduct_contradictory(self):
        def turns(mechanism):
            start = world(2048, institutions={"facade": 1.0, "sham": 1.0, "capital": 0.1})
            return float(play(mechanism, start, 40).foreign.turns.mean())

        assert turns(ForeignBargain(contradiction=4.0)) > turns(ForeignBargain(contradiction=0.0))

    @pytest.mark.rules("FP-8")
    def test_private_gain_makes_interests_hard_to_discern(self):
        """The line is told less well from the payoffs, which here favour independence."""
        bargain = ForeignBargain(blur=4.0, spoils=0.0)

        def told(gain):
            start = world(2048, foreign={"private_gain": gain, "attraction": 0.9}, **AUTOCRACY)
            return chosen(start, ALONE, mechanism=bargain)

        assert told(0.0) > told(1.0) + 0.05


@pytest.mark.rules("FP-7")
def test_a_state_without_ideology_defies_only_to_a_point():
    firm = ForeignBargain(review=0.01)
    start = world(foreign={"stance": MIGHT})
    bare, armed = (play(firm, having(start, "institutions", ideology=i), 15) for i in (0.0, 1.0))
    still = np.asarray((bare.foreign.turns == 0) & (armed.foreign.turns == 0))
    assert still.any()
    np.testing.assert_allclose(bare.foreign.assertion[still], 0.7, atol=1e-3)
    np.testing.assert_allclose(armed.foreign.assertion[still], 1.0, atol=1e-3)


@pytest.mark.rules("FP-14")
@pytest.mark.parametrize("mix", [(0.9, 0.05, 0.05), (0.05, 0.9, 0.05), (0.05, 0.05, 0.9)])
def test_all_compositions_of_the_elite_want_to_be_a_recognised_great_power(mix):
    start = world(mix=mix)
    gained = [payoff(having(start, "foreign", recognition=r), WEST) for r in (0.1, 0.9)]
    assert gained[1] - gained[0] == pytest.approx(0.8 * PLAIN.greatness, abs=1e-5)


@pytest.mark.rules("FP-14")
def test_what_divides_the_elite_are_the_specifics():
    given = {"prospect": 0.8, "west_opening": 0.8}
    west, mission = (
        payoff(world(foreign=given, mix=m), WEST) for m in ((0.9, 0.05, 0.05), (0.05, 0.9, 0.05))
    )
    assert west > mission + 0.1


def test_reviews_come_at_the_same_rate_on_every_clock():
    torn = {"foreign": {"attachment": 1.0, "prospect": 0.7}}
    turns = [
        float(play(ForeignBargain(noise=2.0), world(2048, **torn), 3, c).foreign.turns.mean())
        for c in ("week", "quarter")
    ]
    assert turns[0] == pytest.approx(turns[1], rel=0.15)  # two reviews in a step count once


def test_between_reviews_the_line_stands():
    start = world(foreign={"stance": MIGHT, "attraction": 1.0})
    after = play(ForeignBargain(review=0.01), start, 0.25)
    kept = after.foreign.turns == 0
    assert (after.foreign.stance == MIGHT)[kept].all()
    assert kept.mean() > 0.9
    assert jnp.all(after.foreign.turns == (after.foreign.stance != MIGHT))
