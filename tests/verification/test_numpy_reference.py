"""The compiled court and its plain second implementation agree, run by run.

The two share their draws, so a history of the one is the same history in the other. They round
differently (sums, exponentials), which moves numbers by some parts in ten million and can tip a
decision whose draw lies that close to its probability; the reference notes where that may have
happened, and nothing else may excuse a difference.
"""

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick
from tests.reference.court_numpy import ACTS, depart, impose, play_numpy
from tests.reference.moment import Moment, close_again, open_up, signature
from tests.reference.random_court import random_court
from vertikal.engine.histories import Histories
from vertikal.engine.seeds import halves
from vertikal.regime import script
from vertikal.regime.mechanism import YEARS_PER_STEP, parameters
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import load

RUNS, TICK, SEED = 1024, 29, 20_250_601
HISTORIES = 128


def test_every_mechanism_has_a_reference_and_they_act_in_one_order():
    assert list(ACTS) == list(MECHANISMS)


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
        values[name] = jnp.asarray(np.clip(drawn * quick, parameter.low, parameter.high), jnp.float32)
    return kind(**values)


def reference_of(mechanism, regime, setting, clock):
    """The state after the reference has acted, and the runs in doubt."""
    state = open_up(regime, RUNS)
    doubt = np.zeros(RUNS, bool)
    named = {name: np.asarray(getattr(mechanism, name)) for name in parameters(type(mechanism))}
    moment = Moment(
        mechanism.id, TICK, YEARS_PER_STEP[clock], open_up(setting, RUNS),
        SimpleNamespace(**named), halves(SEED), np.arange(RUNS), doubt,
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


@pytest.mark.parametrize("name", MECHANISMS)
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
    unexplained = {a: np.flatnonzero(g & ~doubt)[:5] for a, g in differing(compiled, expected).items()}
    assert not any(runs.size for runs in unexplained.values()), unexplained


def test_the_script_is_imposed_as_written(court):
    regime, _ = court
    rng = np.random.default_rng(3)
    table = lambda *rows: np.where(rng.random((4, *rows)) < 0.3, rng.random((4, *rows)), np.nan)  # noqa: E731
    status = np.full((4, 14), np.nan)
    status[1, [2, 5]], status[1, 7] = 4, 2
    assigned = {"elite.status": status, "elite.proximity": table(14), "leadership.shock": table()}
    added = {"elite.proximity": table(14) - 0.5, "clans.pact": table(6, 6)}
    compiled = script.depart(
        script.impose(regime, jnp.uint32(2), *({a: jnp.asarray(t, jnp.float32) for a, t in ts.items()}
                                               for ts in (assigned, added)))
    )  # fmt: skip
    state = open_up(regime, RUNS)
    impose(state, 2, assigned, added)
    depart(state)
    assert (state.leadership.leader != np.asarray(regime.leadership.leader)).any()
    assert not differing(jax.device_get(compiled), close_again(state, regime))


@pytest.fixture(scope="module")
def both():
    """The library's main scenario, played by both."""
    histories = Histories(load("stalins-court"), seed=SEED)
    return histories, histories.play(0, HISTORIES), play_numpy(histories, 0, HISTORIES)


def test_whole_histories_agree_in_every_series(both):
    histories, block, reference = both
    shape = (HISTORIES, histories.plan.ticks)
    agrees = np.ones(HISTORIES, bool)
    for k, column in enumerate(histories.series_columns):
        compiled = block.series[column].to_numpy().reshape(shape)
        apart = np.abs(compiled - reference.series[:, k].T) > 1e-4
        first = np.where(apart.any(1), apart.argmax(1) + 1, np.inf)
        assert (first >= reference.doubt)[apart.any(1)].all(), f"{column} in {np.flatnonzero(apart.any(1))}"
        agrees &= ~apart.any(1)
    # some run may differ where a draw fell beside its probability, see above
    assert agrees.mean() >= 0.97


def test_whole_histories_agree_in_every_outcome(both):
    histories, block, reference = both
    sure = ~np.isfinite(reference.doubt)
    assert sure.mean() > 0.5
    names = [n for n, o in histories.scenario.outcomes.items() if not o.parts]
    raw = dict(zip(names, reference.outcomes, strict=True))
    agrees = np.ones(HISTORIES, bool)
    for spec in histories.outcome_specs:
        column = block.outcomes[spec.name].to_pandas()
        if spec.name not in raw:
            parts = [raw[p][0] > 0 for p in histories.scenario.outcomes[spec.name].parts]
            join = {"all": np.all, "any": np.any, "none": lambda a, _: ~np.any(a, 0)}
            same = column == join[histories.scenario.outcomes[spec.name].kind](parts, 0)
        elif spec.kind == "bool":
            same = column == (raw[spec.name][0] > 0)
        elif spec.kind == "label":
            same = column == [spec.labels[int(c)] for c in raw[spec.name][0]]
        else:
            number, other = raw[spec.name].astype(np.float64)
            if histories.scenario.outcomes[spec.name].kind == "mean":
                number = number / other
            same = np.isclose(column, number, atol=1e-4, equal_nan=True)
            if f"{spec.name}.is" in block.outcomes.column_names:
                mode = block.outcomes[f"{spec.name}.is"].to_pandas()
                named = [None if np.isnan(n) else spec.labels[int(c)] for n, c in zip(number, other, strict=True)]
                same &= (mode.astype(object).where(mode.notna(), None) == named) | mode.isna() & np.isnan(number)
        assert np.asarray(same)[sure].all(), spec.name
        agrees &= np.asarray(same)
    assert agrees.mean() >= 0.97
