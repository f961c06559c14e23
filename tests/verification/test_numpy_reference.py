"""The compiled court and its plain second implementation agree, run by run.

The two share their draws, so a history of the one is the same history in the other. They round
differently (sums, exponentials), which moves numbers by some parts in ten million and can tip a
decision whose draw lies that close to its probability; the reference notes where that may have
happened, and nothing else may excuse a difference.
"""

import dataclasses
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick
from tests.reference.court_numpy import ACTS, Played, depart, impose, play_numpy
from tests.reference.moment import Moment, close_again, open_up, signature
from tests.reference.random_court import random_court
from vertikal.engine.blocks import Block
from vertikal.engine.histories import Histories
from vertikal.engine.seeds import halves
from vertikal.regime import script
from vertikal.regime.mechanism import YEARS_PER_STEP, Tick, parameters
from vertikal.regime.schedule import MECHANISMS
from vertikal.regime.subsystems import SUBSYSTEMS
from vertikal.scenario import load

RUNS, TICK, SEED = 1024, 29, 20_250_601
HISTORIES = 128


COURT = [n for n, m in MECHANISMS.items() if m.subsystem not in SUBSYSTEMS and m.draws_as == m.id]
"""Mechanisms of the court; rivals of theirs and the subsystems have closed forms of their own."""


def test_every_mechanism_of_the_court_has_a_reference_and_they_act_in_one_order():
    assert list(ACTS) == COURT


@pytest.fixture(scope="module")
def court():
    """Random states and settings, the same for all mechanisms."""
    return random_court(7, RUNS)


def random_mechanism(kind):
    """A mechanism with parameters from their priors, and with ten times the rates."""
    rng = np.random.default_rng(kind.id)
    values = {}
    for name, parameter in parameters(kind).items():
        drawn = parameter.prior.quantile(rng.random(RUNS))
        quick = 10 if parameter.unit == "per year" else 1
        drawn = np.clip(drawn * quick, parameter.low, parameter.high)
        values[name] = jnp.asarray(drawn, jnp.float32)
    return kind(**values)


def reference_of(mechanism, regime, setting, clock):
    """The state after the reference has acted, and the runs in doubt."""
    state = open_up(regime, RUNS)
    doubt = np.zeros(RUNS, bool)
    named = {name: np.asarray(getattr(mechanism, name)) for name in parameters(type(mechanism))}
    moment = Moment(
        mechanism.id, TICK, TICK * YEARS_PER_STEP[clock], YEARS_PER_STEP[clock],
        open_up(setting, RUNS), SimpleNamespace(**named), halves(SEED), np.arange(RUNS), doubt,
    )  # fmt: skip
    ACTS[mechanism.name](state, moment)
    return close_again(state, regime), doubt


def differing(one, other, tolerance=1e-5):
    """By address, in which runs two states differ by more than rounding."""
    found = {}
    for (address, a), (_, b) in zip(signature(one), signature(other), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype), address
        gap = np.abs(a.astype(np.float64) - b) > tolerance * (1 + np.abs(a))
        if (gap := gap.reshape(-1, a.shape[-1]).any(0)).any():
            found[address] = gap
    return found


@pytest.mark.parametrize("name", COURT)
def test_a_mechanism_does_what_its_equations_say(name, court):
    regime, setting = court
    kind = MECHANISMS[name]
    clock = "quarter" if "quarter" in kind.clocks else "day"
    mechanism = random_mechanism(kind)
    tick = make_tick(mechanism, setting, RUNS, TICK, clock, SEED)
    compiled = jax.device_get(jax.jit(lambda m, r, t: m(r, t))(mechanism, regime, tick))
    expected, doubt = reference_of(mechanism, regime, setting, clock)
    assert differing(regime, expected), "nothing happened, so nothing was tested"
    assert doubt.mean() < 0.03
    differ = differing(compiled, expected)
    unexplained = {a: np.flatnonzero(g & ~doubt) for a, g in differ.items() if (g & ~doubt).any()}
    assert not unexplained


def test_the_script_is_imposed_as_written(court):
    regime, setting = court
    rng = np.random.default_rng(3)
    table = lambda *rows: np.where(rng.random((4, *rows)) < 0.3, rng.random((4, *rows)), np.nan)  # noqa: E731
    status = np.full((4, 14), np.nan)
    status[1, [2, 5]], status[1, 7] = 4, 2
    assigned = {"elite.status": status, "elite.proximity": table(14), "leadership.shock": table()}
    added = {
        "elite.proximity": table(14) - 0.5, "clans.pact": table(6, 6), "elite.age": 9 * table(14),
    }  # fmt: skip
    tables = [
        {a: jnp.asarray(t, jnp.float32) for a, t in some.items()} for some in (assigned, added)
    ]
    compiled = script.depart(script.impose(regime, jnp.uint32(2), *tables), setting)
    state = open_up(regime, RUNS)
    impose(state, 2, assigned, added)
    depart(state, open_up(setting, RUNS))
    assert (state.leadership.leader != np.asarray(regime.leadership.leader)).any()
    assert not differing(jax.device_get(compiled), close_again(state, regime))


REPLAYED = 3
"""One history of which every field is compared at every tick."""


class Shared(NamedTuple):
    """One ensemble of the library's main scenario, played by both."""

    histories: Histories
    compiled: Block
    reference: Played
    states: list[Any]


@pytest.fixture(scope="module")
def shared():
    histories = Histories(load("stalins-court"), seed=SEED)
    states = []
    reference = play_numpy(
        histories, 0, HISTORIES, lambda _, s: states.append(one_history(s, REPLAYED))
    )
    return Shared(histories, histories.run_block(0, HISTORIES), reference, states)


def one_history(state, run):
    """A copy of a reference state without the axis over runs."""
    if isinstance(state, np.ndarray):
        return state[..., run].copy()
    return SimpleNamespace(**{name: one_history(part, run) for name, part in vars(state).items()})


def test_whole_histories_agree_in_every_series(shared):
    histories, reference = shared.histories, shared.reference
    shape = (HISTORIES, histories.plan.ticks)
    first = np.full(HISTORIES, np.inf)
    for k, column in enumerate(histories.series_columns):
        compiled = shared.compiled.series[column].to_numpy().reshape(shape)
        apart = np.abs(compiled - reference.series[:, k].T) > 1e-4
        first = np.minimum(first, np.where(apart.any(1), apart.argmax(1) + 1, np.inf))
    differ = np.isfinite(first)
    assert (first >= reference.doubt)[differ].all(), np.flatnonzero(first < reference.doubt)
    # not all: where a draw fell beside its probability the two may go separate ways
    assert differ.mean() <= 0.03


def test_whole_histories_agree_in_every_outcome(shared):
    sure = ~np.isfinite(shared.reference.doubt)
    assert sure.mean() > 0.8
    differ = np.zeros(HISTORIES, bool)
    for column, expected in outcome_columns(shared.histories, shared.reference).items():
        compiled = shared.compiled.outcomes[column].to_pylist()
        if isinstance(expected, np.ndarray) and expected.dtype == float:
            same = np.isclose(np.array(compiled, float), expected, atol=1e-4, equal_nan=True)
        else:
            same = np.array([a == b for a, b in zip(compiled, expected, strict=True)])
        assert same[sure].all(), column
        differ |= ~same
    assert differ.mean() <= 0.03


def outcome_columns(histories, reference):
    """What the columns of the outcomes should hold, from the raw numbers of the reference."""
    outcomes, columns = histories.scenario.outcomes, {}
    names = [name for name, outcome in outcomes.items() if not outcome.parts]
    raw = dict(zip(names, reference.outcomes.astype(np.float64), strict=True))
    join = {
        "all": lambda a: np.all(a, 0), "any": lambda a: np.any(a, 0),
        "none": lambda a: ~np.any(a, 0),
        "span": lambda a: a[1] - a[0], "difference": lambda a: a[0] - a[1],
    }  # fmt: skip
    for spec in histories.outcome_specs:
        outcome = outcomes[spec.name]
        one, other = raw.get(spec.name, (None, None))
        named = lambda codes: [None if np.isnan(c) else spec.labels[int(c)] for c in codes]  # noqa: B023, E731
        if outcome.parts:
            parts = [columns[part] for part in outcome.parts]
            columns[spec.name] = join[outcome.kind](parts)
        elif spec.kind == "bool":
            columns[spec.name] = one > 0
        elif spec.kind == "label":
            columns[spec.name] = named(one)
        else:
            columns[spec.name] = one / other if outcome.kind in ("mean", "share") else one
            if spec.kind == "time" and spec.labels:
                columns[f"{spec.name}.is"] = named(other)
    return columns


def test_a_replayed_history_agrees_in_every_field_at_every_tick(shared):
    assert shared.reference.doubt[REPLAYED] == np.inf
    _, compiled = shared.histories.replay(REPLAYED)
    for tick, state in enumerate(shared.states):
        expected = signature(close_again(state, compiled))
        for (address, a), (_, b) in zip(signature(compiled), expected, strict=True):
            np.testing.assert_allclose(
                a[tick].astype(float), b.astype(float), rtol=1e-4, atol=1e-5,
                err_msg=f"{address} in tick {tick + 1}",
            )  # fmt: skip


def test_the_histories_compared_have_all_kinds_of_events(shared):
    series = dict(zip(shared.histories.series_columns, shared.reference.series.swapaxes(0, 1),
                      strict=True))  # fmt: skip
    assert series["moves.attack"].sum() > HISTORIES
    exits = outcome_columns(shared.histories, shared.reference)["leader-exit.is"]
    assert {"death"} < set(exits) - {None}
    ends = outcome_columns(shared.histories, shared.reference)["malenkov-clan-ends.is"]
    assert {"purged", "dissolved"} <= set(ends)


@dataclasses.dataclass(frozen=True)
class Extreme(Tick):
    """A tick in which every word is the largest there is."""

    def word(self, entities, draw=0):
        return jnp.full((entities, 4), 0xFFFFFFFF, jnp.uint32)


def test_the_largest_word_gives_finite_draws(court):
    tick = Extreme(jnp.uint32(1), jnp.float32(0), court[1], (jnp.zeros(4),) * 2, 1.0)
    assert np.isfinite(tick.gumbel(2)).all()
    assert np.isfinite(tick.normal(2)).all()
    assert (tick.uniform(2) < 1).all()
