"""Common random numbers: what a change leaves alone draws as it drew before.

Switching a mechanism off, adding one or adding a person leaves all other draws of a history as they
were, and a history is the same wherever in the ensemble it is worked.
"""

import dataclasses
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests import short_court, strategies
from tests.court import make_tick
from tests.strategies import PERSONS, RUNS
from vertikal.engine import seeds
from vertikal.regime.mechanism import Tick
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.priors import uniform
from vertikal.regime.regime import change
from vertikal.regime.schedule import MECHANISMS, advance

every = pytest.mark.parametrize("name", list(MECHANISMS))


def words(names, off=(), runs=range(RUNS), index=3, seed=(5, 6)):
    """The random words that each mechanism would see in a tick."""
    regime, setting = strategies.random_regime(1, quiet=True), strategies.random_setting(1)
    seen = {}

    spies = [Spy(MECHANISMS[name].draws_as, name, seen) for name in names]
    switches = jnp.asarray([0.0 if name in off else 1.0 for name in names])
    moment = (jnp.uint32(index), jnp.float32(index / 12))
    key = tuple(jnp.uint32(s) for s in seed)
    numbers = jnp.asarray(list(runs), jnp.uint32)
    advance(regime, spies, switches, setting, moment, key, numbers, 1 / 12, ({}, {}))
    return seen


@dataclasses.dataclass
class Spy:
    """Stands in for a mechanism: notes its draws and changes the state for those that follow."""

    draws_as: int
    name: str
    seen: dict
    id = 0
    theory = None
    subsystem = "court"

    def __call__(self, regime, tick):
        self.seen[self.name] = np.stack([tick.word(PERSONS, draw) for draw in range(3)])
        return change(regime, elite=change(regime.elite, age=regime.elite.age + 1))


@cache
def all_on():
    """The words of all mechanisms with none of them off."""
    return words(list(MECHANISMS))


@cache
def scene(seed, corners):
    return strategies.random_regime(seed, corners), strategies.random_setting(seed, corners)


class TestMechanisms:
    @pytest.mark.parametrize("bit", range(len(MECHANISMS).bit_length()))
    @pytest.mark.parametrize("value", [0, 1])
    def test_switching_some_off_leaves_the_draws_of_the_others(self, bit, value):
        """By the digits of their places each mechanism is off while each other one is on."""
        names = list(MECHANISMS)
        off = [name for place, name in enumerate(names) if place >> bit & 1 == value]
        assert 0 < len(off) < len(names)
        seen = words(names, off=off)
        assert all(np.array_equal(all_on()[name], seen[name]) for name in names)

    def test_leaving_some_out_or_changing_their_order_leaves_the_draws_of_the_others(self):
        names = list(MECHANISMS)
        for fewer in (names[::2], names[1::2], names[::-1]):
            seen = words(fewer)
            assert all(np.array_equal(all_on()[name], seen[name]) for name in fewer)

    def test_no_two_mechanisms_share_their_draws(self):
        usual = [name for name, m in MECHANISMS.items() if m.draws_as == m.id]  # rivals share
        table = np.stack([all_on()[name].reshape(-1) for name in usual])
        for k in range(1, len(table)):
            assert (table[:-k] != table[k:]).mean() > 0.9999

    def test_ticks_runs_and_seeds_have_draws_of_their_own(self):
        some = ["attack", "case"]
        for other in (
            words(some, index=4),
            words(some, seed=(5, 7)),
            words(some, runs=range(RUNS, 2 * RUNS)),
        ):
            assert (other["attack"] != all_on()["attack"]).mean() > 0.9999
        shifted = words(some, runs=range(10, RUNS + 10))
        assert np.array_equal(shifted["attack"][..., :-10], all_on()["attack"][..., 10:])

    @every
    def test_what_is_drawn_does_not_depend_on_the_state(self, name, monkeypatch):
        """Each mechanism asks for the same draws whatever has happened, each at most once."""
        asked = []
        plain = Tick.word

        def note(tick, entities, draw=0):
            asked.append((entities, draw))
            return plain(tick, entities, draw)

        monkeypatch.setattr(Tick, "word", note)
        cls = MECHANISMS[name]
        wanted = []
        for seed, corners in ((1, 0.0), (2, 0.5)):
            asked.clear()
            regime, setting = scene(seed, corners)
            mechanism = strategies.random_mechanism(cls, seed)
            tick = make_tick(mechanism, setting, RUNS, 1, clock=cls.clocks[0])
            jax.eval_shape(lambda m, r, t: m(r, t), mechanism, regime, tick)
            wanted.append(set(asked))
        assert wanted[0] == wanted[1]
        draws = [draw for _, draw in wanted[0]]
        assert len(draws) == len(set(draws)), "a draw number serves two purposes"


def test_a_parameter_s_draw_hangs_on_its_own_address():
    priors = {"a.x": uniform(0, 1), "b.y": uniform(0, 1)}
    both = seeds.parameter_draws(priors, 3, [0, 1, 2])
    one = seeds.parameter_draws({"b.y": uniform(0, 1)}, 3, [2, 1])
    assert np.array_equal(one["b.y"], both["b.y"][[2, 1]])
    assert not np.isin(both["a.x"], both["b.y"]).any()


def columns(table, rows=None):
    """A table as arrays that compare equal to the last bit, missing values included."""
    table = table if rows is None else table.filter(rows)
    frame = table.to_pandas()
    return {c: frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in frame}


@pytest.mark.slow
class TestPlaceInTheEnsemble:
    @pytest.mark.parametrize(("first", "count"), [(0, 100), (37, 64), (128, 1), (200, 56)])
    def test_a_history_is_the_same_wherever_it_is_worked(self, first, count):
        whole, part = short_court.block(0, 256), short_court.histories().run_block(first, count)
        runs = np.arange(first, first + count)
        for table in ("outcomes", "series"):
            all_rows = getattr(whole, table)
            chosen = np.isin(all_rows["run"].to_numpy(), runs)
            assert columns(getattr(part, table)) == columns(all_rows, chosen)
        draws = np.isin(whole.parameters["draw"].to_numpy(), runs // 8)
        assert columns(part.parameters) == columns(whole.parameters, draws)

    def test_chosen_histories_are_those_of_the_ensemble(self):
        """Any of them, in any order, some twice, and more than a batch of them."""
        whole = short_court.block(0, 256).outcomes
        for runs in (np.array([3, 200, 77, 3]), np.arange(255, 0, -1)):
            chosen = short_court.histories().outcomes_of(runs)
            assert columns(chosen) == columns(whole.take(runs))

    def test_histories_of_a_draw_share_its_parameters_and_nothing_else(self):
        whole = short_court.block(0, 256)
        assert whole.parameters.num_rows == 256 // 8
        share = whole.series["clans.share[malenkov]"].to_numpy().reshape(256, -1)
        assert len(np.unique(share, axis=0)) == 256

    def test_another_seed_gives_other_histories(self):
        ours = short_court.block(0, 128, 7).series["clans.share[malenkov]"].to_numpy()
        others = short_court.block(0, 128, 8).series["clans.share[malenkov]"].to_numpy()
        assert (ours != others).mean() > 0.99

    @pytest.mark.parametrize("run", [0, 5, 141])
    def test_a_replay_is_the_history_of_the_ensemble(self, run):
        """The series recorded in the run, and the series read off the replayed states."""
        series = short_court.block(0, 256).series
        mine = series.filter(series["run"].to_numpy() == run)
        _, states = short_court.replayed(run)
        for address in ("coercion.fear", "military_industry.tension", "leadership.control"):
            part, field = address.split(".")
            found = np.asarray(getattr(getattr(states, part), field))
            np.testing.assert_array_equal(found, mine[address].to_numpy(), err_msg=address)
        for k, clan in enumerate(short_court.scenario().rows["clans"]):
            cover = np.asarray(states.clans.cover)[:, k]
            np.testing.assert_array_equal(cover, mine[f"clans.cover[{clan}]"].to_numpy())

    @pytest.mark.parametrize("run", [0, 5, 141])
    def test_answers_are_what_a_slow_reading_of_the_replay_finds(self, run):
        outcomes = short_court.block(0, 256).outcomes.to_pandas().iloc[run]
        scenario = short_court.scenario()
        answers = slow_answers(scenario, *short_court.replayed(run), setting_of(scenario, run))
        assert set(answers) == set(scenario.outcomes)
        for name, answer in answers.items():
            found = outcomes[name]
            if isinstance(answer, float):
                assert found == pytest.approx(answer, rel=1e-6, nan_ok=True), name
            else:
                assert found == answer, name


def slow_answers(scenario, start, states, setting):
    """Every outcome of a recorded history, evaluated tick by tick in plain Python."""
    clock, answers = scenario.clock, {}
    numbers = {}

    def number(address, tick):
        if address.name not in numbers:
            whole = jax.tree.map(lambda a, b: np.concatenate([a[None], b]), start, states)
            with_run = jax.tree.map(lambda a: jnp.moveaxis(jnp.asarray(a), 0, -1), whole)
            read = OBSERVABLES[address.name].read(with_run, setting)
            numbers[address.name] = np.asarray(read)
        dims = OBSERVABLES[address.name].dims
        at = tuple(scenario.index(d, row) for d, row in zip(dims, address.rows, strict=True))
        return float(numbers[address.name][(*at, tick)])

    compare = {
        "==": np.equal, "!=": np.not_equal, ">=": np.greater_equal, "<=": np.less_equal,
        ">": np.greater, "<": np.less,
    }  # fmt: skip
    for name, outcome in scenario.outcomes.items():
        if outcome.parts:
            continue
        inside = [
            t
            for t in range(1, clock.ticks + 1)
            if (outcome.start is None or t >= clock.tick(outcome.start))
            and (outcome.until is None or t <= clock.tick(outcome.until))
        ]

        def hold(t, outcome=outcome):
            return all(
                compare[c.comparison](
                    np.float32(number(c.address, t)), np.float32(scenario.code(c.address, c.value))
                )
                for c in outcome.conditions
            )

        holds = [t for t in inside if hold(t) and not (outcome.anew and hold(t - 1))]
        if outcome.kind == "happens":
            answers[name] = bool(holds)
        elif outcome.kind == "first":
            answers[name] = (holds[0] - 0.5) * clock.step_years if holds else float("nan")
        elif outcome.kind == "share":
            answers[name] = len(holds) / len(inside)
        elif outcome.kind == "value":
            at = min(clock.ticks, clock.tick(outcome.at)) if outcome.at else clock.ticks
            value = number(outcome.address, at)
            people = OBSERVABLES[outcome.address.name].labels == "person"
            answers[name] = scenario.rows["persons"][int(value)] if people else value
        else:
            seen = [number(outcome.address, t) for t in inside]
            answers[name] = float(
                {"highest": max, "lowest": min, "mean": np.mean}[outcome.kind](seen)
            )
    for name, outcome in scenario.outcomes.items():
        if outcome.parts:
            parts = [answers[p] for p in outcome.parts]
            put_together = {
                "all": all, "any": any, "none": lambda p: not any(p),
                "span": lambda p: p[1] - p[0], "difference": lambda p: p[0] - p[1],
                "ratio": lambda p: p[0] / p[1] if p[1] else float("nan"),
            }  # fmt: skip
            answers[name] = put_together[outcome.kind](parts)
    return answers


def setting_of(scenario, run):
    """What stands still in a history of the short court, by the numbers that were drawn for it."""
    from vertikal.scenario import world

    drawn = short_court.block(0, 256).parameters.to_pandas().set_index("draw")
    mine = drawn.loc[run // short_court.histories().replicates]
    return world.initial_state(scenario, {a: np.array([v]) for a, v in mine.items()})[1]
