"""What every mechanism of the library owes, found by discovery."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import vertikal.regime
from tests import strategies
from tests.court import QUICKLY, make_tick
from tests.single import CLOCK, compiled
from tests.strategies import CLANS, OFFICES, PERSONS, RUNS, fields_of
from vertikal.regime.batch import NOBODY
from vertikal.regime.clans import Cohesion
from vertikal.regime.levels import dims as kinds_of_rows
from vertikal.regime.mechanism import CLOCKS, Mechanism, Stage, parameters
from vertikal.regime.nomenklatura import Inspection, Register, Vacate
from vertikal.regime.power import PowerBalance
from vertikal.regime.regime import Status, change
from vertikal.regime.schedule import FIRST_USER_ID, MECHANISMS, fence_changes, in_order
from vertikal.regime.subsystems import SUBSYSTEMS

SEEDS = (1, 2, 3)
CORNERS = {1: 0.0, 2: 0.1, 3: 0.5}
every = pytest.mark.parametrize("name", list(MECHANISMS))
"""A test for each mechanism by name."""


@cache
def scene(seed):
    """A random regime in the midst of a tick, and a setting."""
    corners = CORNERS[seed]
    return strategies.random_regime(seed, corners), strategies.random_setting(seed + 10, corners)


@cache
def acted(name, seed):
    """What a mechanism with random parameters makes of a random regime."""
    regime, setting = scene(seed)
    cls = MECHANISMS[name]
    mechanism = strategies.random_mechanism(cls, seed + 20, CORNERS[seed])
    tick = make_tick(mechanism, setting, RUNS, seed, clock=CLOCK[cls.name], seed=seed)
    return compiled(name)(mechanism, regime, tick)


def same(a, b):
    return all(
        np.array_equal(x, y, equal_nan=True)
        for x, y in zip(jax.tree.leaves(a), jax.tree.leaves(b), strict=True)
    )


class TestBehaviour:
    @every
    @pytest.mark.parametrize("seed", SEEDS)
    def test_keeps_shapes_types_and_ranges(self, name, seed):
        before, after = fields_of(scene(seed)[0]), acted(name, seed)
        for address, array in fields_of(after).items():
            assert array.shape == before[address].shape, address
            assert array.dtype == before[address].dtype, address
        assert strategies.faults_of(after) == []

    @every
    def test_is_a_pure_function(self, name):
        regime, setting = scene(1)
        untouched = jax.tree.map(np.array, regime)
        mechanism = strategies.random_mechanism(MECHANISMS[name], 21, 0.0)
        clock = CLOCK[name]
        tick = make_tick(mechanism, setting, RUNS, 1, clock=clock, seed=1)
        again = compiled(name)(mechanism, regime, tick)
        assert same(again, acted(name, 1))
        assert same(regime, untouched)

    @every
    def test_leaves_a_trace_somewhere(self, name):
        if name == "heir_by_law":  # waits for a vacancy, which no random regime has
            for seed in SEEDS:
                assert same(scene(seed)[0], acted(name, seed))
            return
        assert not all(same(scene(seed)[0], acted(name, seed)) for seed in SEEDS)

    def test_an_heir_leaves_one_where_there_is_a_vacancy(self):
        regime, setting = scene(1)
        vacant = jnp.full_like(regime.leadership.leader, NOBODY)
        regime = change(regime, leadership=change(regime.leadership, leader=vacant))
        heir = strategies.random_mechanism(MECHANISMS["heir_by_law"], 21, 0.0)
        tick = make_tick(heir, setting, RUNS, 1, clock=CLOCK["heir_by_law"], seed=1)
        assert not same(regime, compiled("heir_by_law")(heir, regime, tick))

    @every
    def test_a_leader_who_goes_leaves_his_offices_empty(self, name):
        for seed in SEEDS:
            (before, setting), after = scene(seed), acted(name, seed)
            gone = (before.leadership.leader >= 0) & (after.leadership.leader < 0)
            holder = np.asarray(after.nomenklatura.holder)
            assert (holder[np.asarray(setting.office_of_leader & gone)] == NOBODY).all()

    @every
    def test_does_nothing_when_switched_off(self, name):
        before, after = scene(2)[0], acted(name, 2)
        assert same(fence_changes(before, after, jnp.float32(0.0)), before)
        assert same(fence_changes(before, after, jnp.float32(1.0)), after)

    @every
    def test_plain_numbers_serve_as_parameters(self, name):
        """As whoever calls a mechanism in Python has them, with a step that is one too."""
        regime, setting = scene(1)
        plain = MECHANISMS[name]()
        tick = make_tick(plain, setting, RUNS, 1, clock=CLOCK[name])
        after = fields_of(jax.eval_shape(lambda before: plain(before, tick), regime))
        for address, array in fields_of(regime).items():
            assert after[address].shape == array.shape, address
            assert after[address].dtype == array.dtype, address

    @every
    def test_one_run_is_as_good_as_many(self, name):
        """A history does not depend on its companions in the batch: their states are shuffled."""
        regime, setting = scene(2)
        cls = MECHANISMS[name]
        mechanism = strategies.random_mechanism(cls, 22, CORNERS[2])
        tick = make_tick(mechanism, setting, RUNS, 2, clock=CLOCK[cls.name], seed=2)
        order = np.random.default_rng(5).permutation(RUNS)
        move = lambda tree: jax.tree.map(  # noqa: E731
            lambda a: np.asarray(a)[..., order] if a.ndim and a.shape[-1] == RUNS else a, tree
        )
        moved = compiled(name)(
            move(mechanism), move(regime), dataclasses.replace(tick, key=move(tick.key))
        )
        assert same(moved, move(acted(name, 2)))


class TestDeclaration:
    def test_every_mechanism_of_the_package_is_on_the_schedule(self):
        found = set()
        for module in pkgutil.iter_modules(vertikal.regime.__path__, "vertikal.regime."):
            members = vars(importlib.import_module(module.name)).values()
            found |= {
                m
                for m in members
                if isinstance(m, type) and issubclass(m, Mechanism) and m is not Mechanism
            }
        assert found == set(MECHANISMS.values())

    def test_ids_are_unique_and_leave_room_for_users(self):
        ids = [m.id for m in MECHANISMS.values()]
        assert len(set(ids)) == len(ids)
        assert min(ids) > 0
        assert max(ids) < FIRST_USER_ID

    def test_they_act_by_stage_and_id(self):
        order = [(m.stage, m.id) for m in MECHANISMS.values()]
        assert order == sorted(order)
        assert list(in_order(list(MECHANISMS.values())[::-1])) == list(MECHANISMS.values())

    @every
    def test_names_rules_clocks_and_stage(self, name):
        mechanism = MECHANISMS[name]
        assert mechanism.rules
        assert len(set(mechanism.rules)) == len(mechanism.rules)
        for rule in mechanism.rules:
            assert re.fullmatch(r"[A-Z]{2}-[1-9]\d?", rule), rule
        assert mechanism.clocks
        assert set(mechanism.clocks) <= set(CLOCKS)
        assert isinstance(mechanism.stage, Stage)
        assert mechanism.name == name

    @every
    def test_says_what_it_does(self, name):
        mechanism = MECHANISMS[name]
        assert len(inspect.cleandoc(mechanism.__doc__).split()) > 15
        assert mechanism.__call__.__doc__

    @every
    def test_parameters_have_unit_bounds_prior_and_reason(self, name):
        for field, p in parameters(MECHANISMS[name]).items():
            assert p.unit in ("", "per year", "years", "share"), field
            assert len(p.why.split()) >= 3, field
            assert p.basis in ("data", "literature", "judgement"), field
            assert p.low <= p.default <= p.high, field
            low, high = p.prior.support()
            assert low <= p.default <= high, field
            assert p.low <= low, field
            assert high <= p.high, field
            assert low < high or p.default == 0, f"{field} is not in doubt"
            if p.unit == "share":
                assert p.low >= 0, field
                assert p.high <= 1, field


OF_PERSONS = {
    name: [f.name for f in dataclasses.fields(kind) if kinds_of_rows(f) == ("persons",)]
    for name, kind in SUBSYSTEMS.items()
}
"""What subsystems add to persons."""


@cache
def born():
    """A regime and its setting, and both with one more person.

    He is in the last row, dead, and of no account to anybody.
    """
    regime, setting = strategies.random_regime(2), strategies.random_setting(12)
    grown = {}
    for field in dataclasses.fields(regime.elite):
        array = getattr(regime.elite, field.name)
        grown[field.name] = jnp.concatenate([array, jnp.zeros_like(array[..., -1:, :])], -2)
    grown["status"] = grown["status"].at[-1].set(Status.DEAD)
    grown["clan"] = grown["clan"].at[-1].set(CLANS - 1)
    grown["patron"] = grown["patron"].at[-1].set(NOBODY)
    grown["mix"] = grown["mix"].at[0, -1].set(1.0)
    cadre = jnp.concatenate([setting.person_is_cadre, jnp.zeros((1, 1), bool)])
    own = {}
    for name, added in OF_PERSONS.items():
        part = getattr(regime, name)
        rows = {f: getattr(part, f) for f in added}
        more = {f: jnp.concatenate([a, jnp.zeros_like(a[-1:])]) for f, a in rows.items()}
        own[name] = change(part, **more)
    more = change(regime, elite=change(regime.elite, **grown), **own)
    return (regime, setting), (more, change(setting, person_is_cadre=cadre))


@every
def test_one_more_birth_and_one_number_for_all_runs(name):
    """One more person changes nothing for anybody else, nor does a number instead of its copies.

    Both in one program, since either takes a program of its own.
    """
    cls = MECHANISMS[name]
    (regime, setting), (more, wider) = born()
    drawn = strategies.random_mechanism(cls, 22)
    number = cls(**{p: getattr(drawn, p)[0] for p in parameters(cls)})
    copies = cls(**{p: jnp.full(RUNS, getattr(number, p)) for p in parameters(cls)})
    tick = make_tick(number, setting, RUNS, 1, clock=CLOCK[name])
    before = fields_of(compiled(name)(copies, regime, tick))
    alone = jax.jit(lambda *given: given[0](*given[1:]), compiler_options=QUICKLY)
    after = fields_of(alone(number, more, dataclasses.replace(tick, setting=wider)))
    for address, array in before.items():
        found = np.asarray(after[address])
        part, _, field = address.partition(".")
        if part == "elite" or field in OF_PERSONS.get(part, ()):
            found = found[..., :-1, :]
        close = np.isclose(found.astype(float), np.asarray(array, float), 1e-5, 1e-6)
        assert close.all(), address


def permuted(regime, persons):
    """The regime with person `persons[k]` in row k, all references following."""
    place = np.argsort(persons)
    at = lambda rows: jnp.where(rows >= 0, jnp.asarray(place)[rows], NOBODY)  # noqa: E731
    elite = {
        f.name: getattr(regime.elite, f.name)[..., persons, :]
        for f in dataclasses.fields(regime.elite)
    }
    elite["patron"] = at(elite["patron"])
    return change(
        regime,
        elite=change(regime.elite, **elite),
        nomenklatura=change(regime.nomenklatura, holder=at(regime.nomenklatura.holder)),
        leadership=change(regime.leadership, leader=at(regime.leadership.leader)),
        moves=change(regime.moves, target=at(regime.moves.target)),
    )


@pytest.mark.parametrize("cls", [PowerBalance, Register, Cohesion, Inspection, Vacate])
def test_the_order_of_persons_does_not_matter(cls):
    regime, setting = scene(2)
    persons = np.random.default_rng(9).permutation(PERSONS)
    mechanism = strategies.random_mechanism(cls, 22, CORNERS[2])
    tick = make_tick(mechanism, setting, RUNS, 2, clock=CLOCK[cls.name], seed=2)
    straight = fields_of(permuted(acted(cls.name, 2), persons))
    crossed = compiled(cls.name)(mechanism, permuted(regime, persons), tick)
    for address, array in fields_of(crossed).items():
        np.testing.assert_allclose(array, straight[address], 1e-5, 1e-6, err_msg=address)


@pytest.mark.parametrize("cls", [PowerBalance, Register, Cohesion, Inspection, Vacate])
def test_the_order_of_clans_and_offices_does_not_matter(cls):
    regime, setting = scene(2)
    generator = np.random.default_rng(4)
    clans, offices = generator.permutation(CLANS), generator.permutation(OFFICES)
    place = jnp.asarray(np.argsort(clans))

    def move(state):
        rows = {
            f.name: getattr(state.clans, f.name)[clans] for f in dataclasses.fields(state.clans)
        }
        rows |= {name: rows[name][:, clans] for name in ("pact", "bond")}
        rows["victor"] = jnp.where(rows["victor"] >= 0, place[rows["victor"]], NOBODY)
        posts = state.nomenklatura
        return change(
            state,
            elite=change(state.elite, clan=place[state.elite.clan]),
            clans=change(state.clans, **rows),
            nomenklatura=change(posts, holder=posts.holder[offices], active=posts.active[offices]),
        )

    features = {}
    for field in dataclasses.fields(setting):
        array = getattr(setting, field.name)
        if field.name.startswith("clan_"):
            features[field.name] = array[clans]
        elif field.name.startswith("office_"):
            features[field.name] = array[offices]
        elif field.name == "body_share":
            features[field.name] = array[:, offices]
    mechanism = strategies.random_mechanism(cls, 22, CORNERS[2])
    there = make_tick(mechanism, change(setting, **features), RUNS, 2, CLOCK[cls.name], seed=2)
    crossed = compiled(cls.name)(mechanism, move(regime), there)
    straight = fields_of(move(acted(cls.name, 2)))
    for address, array in fields_of(crossed).items():
        np.testing.assert_allclose(array, straight[address], 1e-5, 1e-6, err_msg=address)
