"""The same mechanism gives the same hazard a year on each clock that it admits.

Each mechanism acts alone on random regimes, once on a clock and once on the next longer one, over
the same span of time; what it has moved by the end, and how often, has to agree. Clocks reach a
mechanism by nothing but the length of the tick, so neighbours in the list of clocks suffice.

Two things may set the clocks apart. *Chance*: both have their own draws, so a gap may be as wide as
`FAR` standard errors over histories, which none of the some thousand comparisons of this file
would exceed once in a thousand times. *The step*: a level is moved exactly over a step where what
drives it stays, but not where that moves within the step, which makes an error of first order:
half of the difference between the steps times the mechanism's fastest pace, which is read from its
parameters. Whatever the pace, the error may be no more than half of what a mechanism would show
that did the same in a tick whatever its length, or whose noise did not grow with its root.
"""

import dataclasses
from functools import cache
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests import strategies
from tests.court import QUICKLY
from tests.realm import put
from tests.strategies import RUNS, fields_of
from vertikal.regime import chance
from vertikal.regime.mechanism import YEARS_PER_STEP, Tick, parameters
from vertikal.regime.power import PowerBalance
from vertikal.regime.regime import change
from vertikal.regime.schedule import MECHANISMS

FAR = 5.0
"""Standard errors; beyond them lies a chance of 6 in 10 million."""

ROUGH = 0.02
"""Relative gap due to weeks that do not fill a month, and to single precision."""

SPAN = {"day": 14, "week": 8, "month": 6, "quarter": 4, "year": 1}
"""Ticks of the longer clock that are compared."""

QUICKER = {"day": 20.0, "week": 4.0}
"""By how much rates are raised where the span is short, so that there is something to be seen."""

EVENTS = {
    "alarm": "takes fright at those struck or gone in the same tick",
    "case": "settles an attack of the same tick",
    "sentence": "passes sentence on those condemned in the same tick",
    "vacate": "empties the offices of those struck in the same tick",
    "power_play": "settles what insiders and strata have chosen in the same tick",
    "heir_by_law": "fills a vacancy in the tick in which it finds one",
}
"""Mechanisms that act only on what others did in the tick, and so have no hazard of their own."""

FEW = {
    "attack",
    "betrayal",
    "coup",
    "policy_turn",
    "succession",
    "succession_by_force",
    "succession_by_pyramid",
    "succession_by_selectorate",
    "war_onset",
}
"""Those that act too seldom in a random regime for every pair of clocks to tell: they are compared,
but only a difference far beyond chance would be found."""

STATES = {
    "exit_climate": {"war.years": 100.0},  # the first ticks of a war are an event
    "war_onset": {"war.intensity": 0.0, "policy.agenda": 1.0},
}
"""Levels for mechanisms that seldom act, or by a jump, in a random regime."""

HASTE = {"coup": {"rate": 20.0}, "policy_turn": {"rate": 20.0}}
"""Rates for those."""

AMOUNTS = {"moves.pillars_left"}
"""What is recorded of a tick as an amount and adds up; of all else it is counted in how many ticks
there is some."""

BEFORE = {"inspection": (PowerBalance(),)}
"""What has to act before a mechanism that adds to what is reckoned anew in each tick."""

TRIED = [
    pytest.param(
        name,
        *pair,
        id=f"{name}-{'-'.join(pair)}",
    )
    for name, mechanism in MECHANISMS.items()
    if name not in EVENTS
    for pair in pairwise(mechanism.clocks)
]


@cache
def scene(name):
    """A random regime at the beginning of a tick, and a setting."""
    regime = strategies.random_regime(5, 0.0, quiet=True)
    return put(regime, STATES.get(name, {})), strategies.random_setting(15, 0.0)


def record(regime):
    """What the mechanisms of a tick leave for each other, and the next tick wipes."""
    passing = ("elite.condemned", "elite.fallen_by")
    return {k: v for k, v in fields_of(regime).items() if k.startswith("moves.") or k in passing}


@cache
def program(name):
    """A mechanism alone, compiled for steps of any length and any number of them."""

    def play(mechanism, regime, setting, step, ticks, seed):
        elite, moves, blank = regime.elite, regime.moves, record(regime)

        def body(index, carry):
            state, counted = carry
            fresh = change(state.elite, condemned=elite.condemned, fallen_by=elite.fallen_by)
            state = change(state, elite=fresh, moves=moves)
            index = index.astype(jnp.uint32)
            runs = jnp.arange(RUNS, dtype=jnp.uint32)
            number = jnp.uint32(mechanism.draws_as)
            key = chance.keys((seed, seed), runs, index, number, chance.SIMULATION)
            tick = Tick(index, index.astype(jnp.float32) * step, setting, key, step)
            for one in (*BEFORE.get(name, ()), mechanism):
                state = one(state, tick)
            done = record(state)
            new = {k: done[k] if k in AMOUNTS else done[k] != blank[k] for k in counted}
            return state, {k: counted[k] + new[k] for k in counted}

        none = {k: jnp.zeros(v.shape, jnp.float32) for k, v in blank.items()}
        return jax.lax.fori_loop(1, ticks + 1, body, (regime, none))

    return jax.jit(play, compiler_options=QUICKLY)


def quickened(name, clock):
    """A mechanism with rates that are high enough for the span that is played."""
    raised = {
        field: jnp.float32(min(p.default * QUICKER.get(clock, 1.0), p.high))
        for field, p in parameters(MECHANISMS[name]).items()
        if p.unit == "per year"
    }
    haste = {field: jnp.float32(v) for field, v in HASTE.get(name, {}).items()}
    return dataclasses.replace(strategies.default_mechanism(MECHANISMS[name]), **raised | haste)


def moved(name, mechanism, clock, years, seed):
    """By address what changed in a span of time (rows, runs): how far a level, whether a code."""
    regime, setting = scene(name)
    step = YEARS_PER_STEP[clock]
    ticks = round(years / step)
    after, counted = program(name)(
        mechanism, regime, setting, jnp.float32(step), ticks, jnp.uint32(seed)
    )
    found = {f"{address}, ticks": np.asarray(v) for address, v in counted.items()}
    was = fields_of(regime)
    for address, value in fields_of(after).items():
        if address not in counted:
            new, old = np.asarray(value), np.asarray(was[address])
            found[address] = new - old if new.dtype == np.float32 else (new != old) * 1.0
    return {k: v.reshape(-1, RUNS).astype(float) for k, v in found.items() if v.any()}


def fastest(mechanism):
    """The greatest pace that the parameters of a mechanism name, a year."""
    values = {
        f: (float(getattr(mechanism, f)), p.unit) for f, p in parameters(type(mechanism)).items()
    }
    paces = [
        v if unit == "per year" else 1 / v
        for v, unit in values.values()
        if unit in ("per year", "years") and v > 0
    ]
    return max(paces, default=1.0)


def gaps(name, short, long):
    """By address and kind of change: the gap, its standard error and the size of the change."""
    mechanism = quickened(name, long)
    years = SPAN[long] * YEARS_PER_STEP[long]
    one, two = (
        moved(name, mechanism, clock, years, seed) for seed, clock in enumerate((short, long), 1)
    )
    nothing = np.zeros((1, RUNS))
    for address in one.keys() | two.keys():
        a, b = one.get(address, nothing), two.get(address, nothing)
        size = max(np.abs(a).mean(), np.abs(b).mean())
        for kind, of in (("mean", lambda x: x), ("width", np.abs)):
            gap = of(a).mean(0) - of(b).mean(0)
            yield address, kind, abs(gap.mean()) / size, gap.std(ddof=1) / RUNS**0.5 / size


def tolerance(mechanism, short, long):
    """Relative gap that the step may make."""
    one, two = YEARS_PER_STEP[short], YEARS_PER_STEP[long]
    first_order = 0.5 * fastest(mechanism) * (two - one)
    return ROUGH + min(first_order, 0.5 * (1 - (one / two) ** 0.5))


def test_whatever_is_left_out_is_a_mechanism_and_has_its_reason():
    assert EVENTS.keys() | FEW | STATES.keys() | HASTE.keys() <= MECHANISMS.keys()
    assert all(EVENTS.values())
    assert {p.values[0] for p in TRIED} | EVENTS.keys() == MECHANISMS.keys()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "short", "long"), TRIED)
def test_neighbouring_clocks_agree_on_what_happens_in_a_span_of_time(name, short, long):
    allowed = tolerance(quickened(name, long), short, long)
    found = list(gaps(name, short, long))
    assert found, "nothing happens, so nothing is compared"
    for address, kind, gap, error in found:
        assert gap <= allowed + FAR * error, (address, kind)
    if name in FEW:
        return
    wrong = 1 - YEARS_PER_STEP[short] / YEARS_PER_STEP[long]
    assert min(allowed + FAR * error for _, _, _, error in found) < wrong, "too few to tell"
