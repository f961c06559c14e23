"""Events are read rightly off two states, a chronicle is dated, but-for removes the event."""

import dataclasses
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests import short_court
from vertikal.analysis.replay import (
    _attributed,
    but_for,
    explain,
    explain_together,
    names_of,
    state_numbers,
    titles,
)
from vertikal.engine.histories import Histories, _executables, _span
from vertikal.errors import VertikalError
from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime
from vertikal.regime.events import Event, Names, Weight, happened
from vertikal.regime.regime import Body, ClanFate, Exit, Means, Status, change
from vertikal.regime.schedule import MECHANISMS
from vertikal.regime.subsystems import Choice
from vertikal.scenario import load, world

PEOPLE = ("Anna", "Boris", "Clara", "Dmitri", "Elena", "Fyodor", "Galina", "Ivan")
NAMES = Names(
    persons=PEOPLE,
    clans=("palace", "north", "south", "army"),
    offices=("the throne", "the mint", "the guard", "the power station"),
    leader_offices=frozenset({0}),
    exile_offices=frozenset({3}),
)


def state(**parts):
    """A court of eight in four clans of two; Anna leads; given fields are set in given rows."""
    regime = jax.tree.map(lambda a: np.array(a[..., 0]), blank_regime(8, 4, 4, 1))
    regime.elite.clan[:] = np.arange(8) // 2
    regime.elite.power[:] = [3, 0.1, 2, 0.1, 2, 0.1, 2, 0.1]
    regime.nomenklatura.holder[:] = [0, 2, 4, NOBODY]
    for part, fields in parts.items():
        for field, value in fields.items():
            array = getattr(getattr(regime, part), field)
            if isinstance(value, dict):
                for row, number in value.items():
                    array[row] = number
            else:
                array[...] = value
    return regime


def read(before, after):
    return happened(5, before, after, NAMES)


def only(before, after):
    found = read(before, after)
    assert len(found) == 1, [e.text for e in found]
    assert found[0].tick == 5
    return found[0]


def test_nothing_happens_between_equal_states():
    assert read(state(), state()) == []


SINGLE = {
    "natural death": (
        {"elite": {"status": {2: Status.DEAD}, "fallen_by": {2: 60}}},
        ("death", "Clara dies", "mortality", (2,), (1,), Weight.MAJOR),
    ),
    "death of a small man": (
        {"elite": {"status": {3: Status.DEAD}, "fallen_by": {3: 60}},
         "nomenklatura": {}},
        ("death", "Dmitri dies", "mortality", (3,), (1,), Weight.MAJOR),
    ),
    "scripted death": (
        {"elite": {"status": {5: Status.DEAD}}},
        ("death", "Fyodor dies", "script", (5,), (2,), Weight.MAJOR),
    ),
    "exile by purge": (
        {"elite": {"status": {5: Status.EXILED}, "fallen_by": {5: 33}, "severity": {5: 0.5}},
         "clans": {"victor": {2: 3}}},
        ("sanction", "Fyodor is banished as one of those beaten by army", "purge_of_losers",
         (5,), (2,), Weight.MAJOR),
    ),
    "loss of posts alone": (
        {"elite": {"fallen_by": {5: 33}, "severity": {5: 0.25}}},
        ("sanction", "Fyodor is stripped of posts", "purge_of_losers", (5,), (2,), Weight.NOTABLE),
    ),
    "going abroad": (
        {"elite": {"status": {5: Status.ABROAD}}},
        ("sanction", "Fyodor goes abroad", "script", (5,), (2,), Weight.MAJOR),
    ),
    "an attack in vain": (
        {"moves": {"attacker": 3, "target_clan": 1, "target": 2, "means": Means.CASE,
                   "repelled": True}},
        ("attack", "army opens a case against Clara, in vain", "attack", (2,), (3, 1),
         Weight.MINOR),
    ),
    "sabotage": (
        {"moves": {"attacker": 3, "target_clan": 1, "target": 2, "means": Means.SABOTAGE}},
        ("attack", "army plays a foreign crisis against the line of Clara", "attack", (2,), (3, 1),
         Weight.NOTABLE),
    ),
    "betrayal": (
        {"moves": {"betrayer": 1, "betrayed": 2}},
        ("betrayal", "north turns on its partner south", "betrayal", (), (1, 2), Weight.MAJOR),
    ),
    "a failed coup": (
        {"moves": {"plotter": 3}},
        ("coup", "army tries a coup and fails", "coup", (), (3,), Weight.MAJOR),
    ),
    "exclusion": (
        {"moves": {"excluded": {1: True}}},
        ("exclusion", "north is cut out of the ruling coalition", "succession", (), (1,),
         Weight.MAJOR),
    ),
    "a pact": (
        {"clans": {"pact": {(1, 2): 0.6, (2, 1): 0.6}}},
        ("pact", "north and south come to terms", "pact", (), (1, 2), Weight.NOTABLE),
    ),
    "the end of a clan": (
        {"clans": {"fate": {1: ClanFate.DISSOLVED}}},
        ("clan_end", "north falls apart without cover", "clan_ends", (), (1,), Weight.MAJOR),
    ),
    "a clan finished": (
        {"clans": {"fate": {2: ClanFate.PURGED}}},
        ("clan_end", "south is finished as a force", "clan_ends", (), (2,), Weight.MAJOR),
    ),
    "an extraordinary body": (
        {"leadership": {"body": Body.PENDING}, "elite": {"founder": {2: 1.0, 4: 1.0}}},
        ("emergency", "Insiders found an extraordinary body", "emergency", (2, 4), (),
         Weight.MAJOR),
    ),
    "its acceptance": (
        {"leadership": {"body": Body.ACCEPTED}},
        ("emergency", "The leader accepts the extraordinary body and heads it", "emergency", (),
         (), Weight.MAJOR),
    ),
    "establishment": (
        {"leadership": {"established": True}},
        ("establishment", "Anna has outgrown the ruling coalition, which can no longer remove the "
         "leader", "personal_power", (0,), (), Weight.MAJOR),
    ),
    "an office created": (
        {"nomenklatura": {"active": {3: False}}},
        ("office", "the power station is abolished", "script", (), (), Weight.NOTABLE),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", list(SINGLE))
def test_one_event_is_read_off_two_states(case):
    changes, (kind, text, mechanism, persons, clans, weight) = SINGLE[case]
    event = only(state(), state(**changes))
    assert (event.kind, event.text, event.mechanism) == (kind, text, mechanism)
    assert (event.persons, event.clans, event.weight) == (persons, clans, weight)
    expected = MECHANISMS[mechanism].rules if mechanism in MECHANISMS else ()
    assert event.rules == expected
    assert event.can_be_suppressed == (mechanism not in ("script", "succession"))


def test_small_men_s_fates_are_minor():
    crowd = dataclasses.replace(
        NAMES, persons=[f"person {i}" for i in range(20)], offices=("the throne",) * 4
    )
    regime = jax.tree.map(lambda a: np.array(a[..., 0]), blank_regime(20, 4, 4, 1))
    regime.elite.power[:] = np.arange(20)[::-1]
    after = jax.tree.map(np.copy, regime)
    after.elite.status[[2, 15]] = Status.DEAD
    after.elite.fallen_by[[2, 15]] = 60
    weights = [e.weight for e in happened(1, regime, after, crowd)]
    assert weights == [Weight.MAJOR, Weight.MINOR]


class TestPosts:
    def test_a_vacancy_is_filled(self):
        before = state(nomenklatura={"holder": {1: NOBODY}})
        event = only(before, state(nomenklatura={"holder": {1: 5}}))
        assert (event.kind, event.text) == ("appointment", "Fyodor becomes the mint")
        assert (event.mechanism, event.persons, event.clans) == ("appointment", (5,), (2,))
        assert event.weight == Weight.MINOR

    def test_a_man_of_weight_is_placed(self):
        before = state(nomenklatura={"holder": {1: NOBODY}})
        assert only(before, state(nomenklatura={"holder": {1: 4}})).weight == Weight.NOTABLE

    def test_the_dead_do_not_lose_their_posts_twice(self):
        after = state(
            elite={"status": {2: Status.DEAD}, "fallen_by": {2: 60}},
            nomenklatura={"holder": {1: NOBODY}},
        )
        assert [e.kind for e in read(state(), after)] == ["death"]

    def test_posts_lost_by_sentence_and_by_dictate_are_told_apart(self):
        gone = {"holder": {1: NOBODY}}
        dictated = only(state(), state(nomenklatura=gone))
        assert (dictated.text, dictated.mechanism) == ("Clara loses: the mint", "script")
        struck = state(elite={"fallen_by": {2: 33}, "severity": {2: 0.25}}, nomenklatura=gone)
        losses = [e for e in read(state(), struck) if e.kind == "loss"]
        assert [(e.text, e.mechanism) for e in losses] == [("Clara loses: the mint", "sentence")]

    def test_banishment_to_a_post(self):
        after = state(
            elite={"status": {2: Status.EXILED}, "fallen_by": {2: 33}, "severity": {2: 0.5}},
            nomenklatura={"holder": {1: NOBODY, 3: 2}},
        )
        texts = [e.text for e in read(state(), after)]
        assert texts == ["Clara is banished", "Clara is sent away as the power station"]

    def test_a_newcomer_in_the_ranks_is_no_event(self):
        before = state(elite={"status": {5: Status.DEAD}})
        assert read(before, state()) == []


class TestWhoIsBehindASanction:
    ATTACK = {"attacker": 3, "target_clan": 1, "target": 2, "means": Means.CASE}  # noqa: RUF012
    JAILED = {"status": {2: Status.IMPRISONED}, "severity": {2: 0.75}}  # noqa: RUF012

    def sanction(self, by, moves, **parts):
        elite = {**self.JAILED, "fallen_by": {2: MECHANISMS[by].id}}
        found = read(state(), state(elite=elite, moves=moves, **parts))
        return next(e for e in found if e.kind == "sanction")

    def test_an_attack_carried_through(self):
        event = self.sanction("sentence", self.ATTACK)
        assert event.mechanism == "attack"
        assert event.text == "Clara is jailed, attacked by army"

    def test_not_an_attack_that_was_repelled(self):
        moves = {**self.ATTACK, "repelled": True}
        assert self.sanction("purge_of_losers", moves).mechanism == "purge_of_losers"

    def test_a_betrayal(self):
        event = self.sanction("sentence", {"betrayer": 3, "betrayed": 1})
        assert event.mechanism == "betrayal"
        assert event.text == "Clara is jailed, betrayed by army"

    def test_a_failed_coup_of_a_member_of_the_coalition(self):
        moves = {"plotter": 1, "excluded": {1: True}}
        event = self.sanction("coup", moves)
        assert event.mechanism == "coup"
        assert event.text == "Clara is jailed after the failed coup"
        out = [e for e in read(state(), state(moves=moves)) if e.kind == "exclusion"]
        assert [e.mechanism for e in out] == ["coup"]

    def test_the_succession_even_if_partners_took_part(self):
        moves = {"excluded": {1: True}, "betrayer": 3, "betrayed": 1}
        assert self.sanction("succession", moves).mechanism == "succession"
        turned = [e for e in read(state(), state(moves=moves)) if e.kind == "betrayal"]
        assert [e.mechanism for e in turned] == ["succession"]


class TestDepartures:
    def after(self, mode, by, status=Status.DEAD, **moves):
        struck = {0: MECHANISMS[by].id} if by in MECHANISMS else {}
        return state(
            elite={"status": {0: status}, "fallen_by": struck},
            leadership={"leader": 4, "exits": 1, "exit_mode": mode, "coalition": [0, 0, 1, 1]},
            moves={"removed_leader": 0, **moves},
            nomenklatura={"holder": {0: 4}},
        )

    @pytest.mark.parametrize(
        ("mode", "by", "words"),
        [
            (Exit.DEATH, "mortality", "dies in office"),
            (Exit.DEATH, "script", "dies in office"),
            (Exit.COUP, "coup", "is overthrown"),
            (Exit.COUP, "emergency", "is overthrown"),
            (Exit.ELITE_REMOVAL, "personal_power", "is removed by the ruling coalition"),
            (Exit.ELITE_REMOVAL, "succession", "is removed by the ruling coalition"),
            (Exit.SCRIPTED, "script", "leaves office"),
        ],
    )
    def test_how_a_leader_goes_and_who_follows(self, mode, by, words):
        status = Status.RETIRED if mode == Exit.SCRIPTED else Status.DEAD
        found = read(state(), self.after(mode, by, status))
        leaving = next(e for e in found if e.kind == "exit")
        assert leaving.text == f"Anna, the leader, {words}"
        assert leaving.mechanism == by
        coming = next(e for e in found if e.kind == "accession")
        assert coming.text == "Elena becomes leader, with the support of south and army"
        assert coming.clans == (2,)
        assert not [e for e in found if e.kind == "appointment"], "the throne is not an appointment"

    def test_the_coup_of_an_extraordinary_body_is_the_emergency_s(self):
        plot = {"plotter": 2, "coup_success": True}
        for by in ("emergency", "coup"):
            found = read(state(), self.after(Exit.COUP, by, **plot))
            assert next(e for e in found if e.kind == "coup").mechanism == by

    def test_an_heir_by_law_leaves_the_office_of_the_heir(self):
        rule = {"heir": 2, "strength": 1.0}
        before = state(succession_rule=rule)
        after = self.after(Exit.DEATH, "mortality")
        after.succession_rule.heir[...] = 2
        by = lambda: next(e for e in read(before, after) if e.kind == "accession").mechanism  # noqa: E731
        assert by() == "succession", "power chose him, and he holds his office still"
        after.nomenklatura.holder[2] = NOBODY
        assert by() == "heir_by_law"

    @pytest.mark.parametrize("by", ["mortality", "script"])
    def test_a_leader_s_death_is_told_once(self, by):
        found = read(state(), self.after(Exit.DEATH, by))
        assert [e.kind for e in found] == ["exit", "accession"]

    def test_causes_come_before_what_follows_from_them(self):
        after = self.after(Exit.COUP, "coup", plotter=2, coup_success=True)
        kinds = [e.kind for e in read(state(), after)]
        assert kinds == ["coup", "exit", "accession", "sanction"]

    def test_a_fallen_leader_loses_the_throne_to_the_succession(self):
        after = self.after(Exit.ELITE_REMOVAL, "personal_power", Status.ACTIVE)
        loss = next(e for e in read(state(), after) if e.kind == "loss")
        assert (loss.text, loss.mechanism) == ("Anna loses: the throne", "succession")


class TestWhatTheScriptDictates:
    SCRIPT = world.Script(
        assigned={
            "moves.attacker": np.array([np.nan, 3.0]),
            "nomenklatura.holder": np.array([[np.nan] * 2, [np.nan, 4.0]]),
            "clans.pact": np.full((2, 2, 2), np.nan),
        },
        added={},
    )

    def event(self, kind, mechanism, tick=2, persons=(2,), clans=(0, 1)):
        rules = MECHANISMS[mechanism].rules
        return Event(tick, kind, "...", mechanism, rules, persons, clans)

    def test_it_owns_its_own_moves_in_its_own_ticks(self):
        attack = _attributed(self.event("attack", "attack"), self.SCRIPT)
        assert (attack.mechanism, attack.rules) == ("script", ())
        assert not attack.can_be_suppressed
        free = self.event("attack", "attack", tick=1)
        assert _attributed(free, self.SCRIPT) == free

    def test_how_a_dictated_attack_ends_is_up_to_the_case(self):
        fall = _attributed(self.event("sanction", "attack"), self.SCRIPT)
        assert (fall.mechanism, fall.rules) == ("case", MECHANISMS["case"].rules)

    def test_appointments_are_owned_person_by_person(self):
        his = self.event("appointment", "appointment", persons=(4,))
        hers = self.event("appointment", "appointment", persons=(5,))
        assert _attributed(his, self.SCRIPT).mechanism == "script"
        assert _attributed(hers, self.SCRIPT) == hers

    def test_what_is_not_dictated_stays(self):
        for kind in ("pact", "betrayal"):
            event = self.event(kind, kind)
            assert _attributed(event, self.SCRIPT) == event


RUN = 5


@pytest.fixture(scope="module")
def told():
    return explain(short_court.histories(), RUN)


@pytest.mark.slow
class TestChronicle:
    def test_entries_are_dated_and_in_order(self, told):
        clock = told.scenario.clock
        places = [(clock.tick(e.date), e.event is not None) for e in told.entries]
        assert places == sorted(places), "what is imposed comes before what follows from it"
        clock = told.scenario.clock
        for entry in told.entries:
            if entry.event is None:
                assert clock.start <= entry.date <= clock.end
            else:
                assert entry.date == clock.span(entry.event.tick)[0]
        played = [e for e in told.entries if e.event is not None]
        assert played
        assert {e.event.tick for e in played} <= set(range(1, clock.ticks + 1))

    def test_what_the_scenario_imposes_is_told_on_its_day(self, told):
        scripted = {e.text: e.date for e in told.entries if e.event is None}
        within = {e.title: e.date for e in told.scenario.events.values()}
        assert scripted == within
        assert scripted["Truman doctrine"].isoformat()[:10] == "1947-03-12"

    def test_the_states_are_those_of_the_replay(self, told):
        start, states = short_court.replayed(RUN)
        assert np.array_equal(state_numbers(told, "clans.power"), states.clans.power)
        for a, b in zip(jax.tree.leaves(told.state(0)), jax.tree.leaves(start), strict=True):
            assert np.array_equal(a, b)
        assert np.array_equal(told.state(7).clans.power, states.clans.power[6])

    def test_a_history_told_beside_others_is_told_as_ever(self, told):
        other, again = explain_together(short_court.histories(), (RUN + 1, RUN))
        assert (other.run, again.run) == (RUN + 1, RUN)
        assert again.entries == told.entries != other.entries
        for part in ("start", "states"):
            one, two = (jax.tree.leaves(getattr(c, part)) for c in (told, again))
            for a, b in zip(one, two, strict=True):
                assert (a.shape, a.dtype) == (b.shape, b.dtype)
                assert np.array_equal(a, b)

    def test_every_event_is_a_difference_between_two_states(self, told):
        names = names_of(told.scenario)
        for tick in (1, 7, 24):
            events = happened(tick, told.state(tick - 1), told.state(tick), names)
            shown = [e.text for e in told.entries if e.event is not None and e.event.tick == tick]
            assert sorted(e.text for e in events) == sorted(shown)

    def test_the_table_keeps_what_matters(self, told):
        everything, major = told.table(), told.table(Weight.MAJOR)
        assert len(everything) == len(told.entries)
        assert 0 < len(major) < len(everything)
        assert list(everything.columns) == ["date", "text", "kind", "mechanism", "rules"]

    def test_there_is_no_history_before_the_first(self):
        with pytest.raises(VertikalError, match="no history -1"):
            explain(short_court.histories(), -1)


def same(one, other, nearly=0.0):
    """Whether two answers are the same; numbers but for a relative difference."""
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, nearly, nearly / 10, equal_nan=True))
    return one == other


@pytest.mark.slow
class TestButFor:
    def first(self, kind):
        """The first event of a kind in some history, with the history's number."""
        for run in range(40):
            told = explain(short_court.histories(), run)
            for entry in told.entries:
                event = entry.event
                if event is not None and event.kind == kind and event.can_be_suppressed:
                    return run, told, event
        raise AssertionError(f"no {kind} in forty histories")

    @pytest.mark.parametrize("kind", ["attack", "appointment", "death"])
    def test_the_event_is_gone_and_nothing_before_it_has_changed(self, kind):
        run, told, event = self.first(kind)
        move = (event.tick, event.mechanism)
        start, without = short_court.histories().replay(run, move)
        for a, b in zip(jax.tree.leaves(told.states), jax.tree.leaves(without), strict=True):
            assert np.array_equal(a[: event.tick - 1], b[: event.tick - 1])
        other = jax.tree.map(lambda a: a[event.tick - 1], without)
        before = told.state(event.tick - 1)
        found = happened(event.tick, before, other, names_of(told.scenario))
        assert event.text not in [e.text for e in found]
        assert event.text in [
            e.text
            for e in happened(event.tick, before, told.state(event.tick), names_of(told.scenario))
        ]
        assert np.array_equal(start.elite.age, told.start.elite.age)

    def test_it_is_the_tick_with_the_mechanism_switched_off(self):
        run, _, event = self.first("attack")
        histories = short_court.histories()
        _, without = histories.replay(run, (event.tick, event.mechanism))
        inputs = histories.inputs()
        off = np.array([m.name != event.mechanism for m in histories.plan.mechanisms])
        starts, plays = _executables(histories.plan, inputs)
        regime, series = starts(inputs)
        for tick in range(1, histories.plan.ticks + 1):
            here = inputs.switches * off[:, None] if tick == event.tick else inputs.switches
            given = dataclasses.replace(inputs, switches=here.astype(np.float32))
            results = plays(given, regime, series, _span(tick, tick))
            regime, series = results.regime, results.series
        found = jax.tree.map(lambda a: np.asarray(a)[..., run], regime)
        for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(without), strict=True):
            assert np.array_equal(a, b[-1])

    def test_the_answers_are_those_with_nothing_and_with_this_move_left_out(self):
        run, told, _ = self.first("attack")
        histories = short_court.histories()
        events = [e.event for e in told.entries if e.event and e.event.can_be_suppressed][:6]
        assert len(events) == 6
        actual = histories.run_block(run, 1).outcomes.to_pandas().iloc[0]
        for event, test in zip(events, but_for(histories, run, events), strict=True):
            assert test.event is event
            move = (event.tick, event.mechanism)
            without = histories.outcomes_of(np.array([run]), [move]).to_pandas().iloc[0]
            for name, row in test.outcomes.iterrows():
                was, other = actual[name], without[name]
                assert same(row["as it was"], was)
                assert same(row["without it"], other)
                assert (name in test.changed) == (not same(was, other, nearly=1e-5)), name

    def test_what_is_imposed_cannot_be_left_out(self):
        event = Event(3, "death", "Stalin dies", "script", ())
        with pytest.raises(VertikalError, match="cannot be suppressed"):
            but_for(short_court.histories(), 0, [event])


@pytest.mark.slow
def test_a_mechanism_that_is_switched_off_leaves_no_trace():
    scenario = short_court.scenario(off=("attack", "mortality"))
    _, states = Histories(scenario, 7).replay(5)
    assert (states.moves.attacker == NOBODY).all()
    assert (states.elite.fallen_by != MECHANISMS["mortality"].id).all()
    age = states.elite.age
    assert np.array_equal(age[0], age[-1]), "ageing is part of what is switched off"


def test_names_of_a_scenario():
    names = names_of(load("stalins-court"))
    assert "Georgy Malenkov" in names.persons
    offices = list(load("stalins-court").offices)
    assert {offices[i] for i in names.exile_offices} == {"ust_kamenogorsk", "ekibastuz"}
    assert len(names.leader_offices) >= 1


def test_whoever_has_no_name_goes_by_the_role_or_the_key_in_words():
    def row(name, role=""):
        return SimpleNamespace(name=name, role=role)

    rows = {
        "presidential_staff": row("presidential_staff", "Head of the president's staff"),
        "premier": row("", "Prime minister (from 1999; until then a banker)"),
        "deputy_one": row("deputy_one", "Deputy minister"),
        "deputy_two": row("deputy_two", "Deputy minister, an economist"),
        "beria": row("Lavrenty Beria", "Head of security"),
        "oil_region_1": row("oil_region_1"),
        "oil_region_2": row(" "),
        "leningrad-05": row("leningrad-05"),
    }
    told = list(titles(rows).values())
    assert told == [
        "Head of the president's staff",
        "Prime minister",
        "Deputy one",
        "Deputy two",
        "Lavrenty Beria",
        "Oil region 1",
        "Oil region 2",
        "Leningrad-05",
    ]
    assert not any("_" in name for name in names_of(load("resource-state")).persons)


def test_hand_made_states_have_the_shape_of_replayed_ones():
    made = state()
    assert jnp.ndim(made.leadership.leader) == 0
    assert change(made, elite=made.elite).elite.power.shape == (8,)


class TestDefections:
    """Those who leave of their own accord, persons and counted."""

    def told(self, before, after):
        names = dataclasses.replace(NAMES, rows={"strata": ("the generals", "the artists")})
        return happened(5, before, after, names)

    @staticmethod
    def counted(**fields):
        """A court with two strata, of which some fields are given."""
        blank = blank_regime(8, 4, 4, 1, {"strata": 2})
        regime = jax.tree.map(lambda a: np.array(a[..., 0]), blank)
        regime.elite.clan[:] = np.arange(8) // 2
        regime.nomenklatura.holder[:] = [0, 2, 4, NOBODY]
        for field, value in {"rank": [0.9, 0.2], **fields}.items():
            getattr(regime.strata, field)[:] = value
        return regime

    @pytest.mark.parametrize(
        ("choice", "status", "words"),
        [
            (Choice.QUIET_EXIT, Status.RETIRED, "Boris resigns and leaves without a word"),
            (Choice.NOISY_EXIT, Status.ABROAD, "Boris denounces the regime and leaves"),
            (Choice.SWITCH_SIDES, Status.ABROAD, "Boris goes over to the enemy"),
        ],
    )
    def test_a_person_leaves(self, choice, status, words):
        struck = {"status": {1: status}, "fallen_by": {1: MECHANISMS["stay_or_go"].id}}
        event = only(state(), state(elite=struck, defection={"choice": {1: choice}}))
        assert (event.kind, event.text, event.persons) == ("departure", words, (1,))
        assert event.mechanism == "stay_or_go"
        assert "DF-3" in event.rules

    def test_members_of_strata_leave_by_number_and_way(self):
        (event,) = self.told(self.counted(), self.counted(quiet=[0, 3], switched=[0, 1]))
        assert event.text == "Of the artists, 3 leave quietly, 1 go over to the enemy"
        assert event.weight == Weight.MINOR
        (event,) = self.told(self.counted(), self.counted(noisy=[1, 0]))
        assert event.weight == Weight.NOTABLE

    def test_a_stratum_grabs_for_power(self):
        (event,) = self.told(self.counted(), self.counted(plotting=[1, 0]))
        assert event.text == "the generals grab for power in vain"
        assert event.mechanism == "power_play"
        assert event.weight == Weight.MAJOR
