"""The compiled run: a scan over ticks of a batch of histories.

`Plan` is what shapes the compiled program; `Inputs` is what a run of it needs. Whatever an analyst
varies (parameters, initial values, switches, scripted events, the seed) is an input, so that both
arms of a contrast use the same executable and differ in nothing but the patch.
"""

import dataclasses
from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int, UInt32

from vertikal.engine import watch
from vertikal.regime import chance
from vertikal.regime.batch import accelerated, keep
from vertikal.regime.mechanism import Mechanism, Tick
from vertikal.regime.nomenklatura import Entry, vary_ranks
from vertikal.regime.power import PowerBalance
from vertikal.regime.regime import Regime, Setting, change, pytree
from vertikal.regime.schedule import advance
from vertikal.regime.script import Tables

SMALLEST, LARGEST = 128, 256
"""Bounds of a batch on the CPU. Below 128 it compiles to other bits; these two give the same."""

CACHED = 256 * 128
"""Persons, over all histories of a batch, whose fields a processor core still has at hand."""

ACCELERATED = 8192
"""Histories in a batch on an accelerator, which is quick only where it has much to do at once."""


def batch_size(persons: int) -> int:
    """Histories in one compiled batch of a scenario with so many persons; a power of two."""
    if accelerated():
        return ACCELERATED
    return LARGEST if persons * LARGEST <= CACHED else SMALLEST


@dataclasses.dataclass(frozen=True)
class Plan:
    """The static shape of a compiled program.

    Attributes:
        mechanisms: In the order in which they act.
        fields: For each mechanism the names of its parameters, in order.
        ticks: How many ticks are played.
        series: What is kept of every tick.
        outcomes: What is reduced inside the run.
    """

    mechanisms: tuple[type[Mechanism], ...]
    fields: tuple[tuple[str, ...], ...]
    ticks: int
    series: tuple[watch.Watched, ...]
    outcomes: tuple[watch.Reduction, ...]

    def parameters(self) -> list[str]:
        """Addresses of all parameters, in the order of `Inputs.parameters`."""
        return [
            f"{m.name}.{field}"
            for m, fields in zip(self.mechanisms, self.fields, strict=True)
            for field in fields
        ]


@pytree
class Inputs:
    """What one batch of histories needs; the last axis is one or the runs.

    Each parameter is an array of its own, since cutting rows from a table would be a kernel for
    each; and the regime is given for every run, since broadcasting would be one for each array.
    """

    regime: Regime
    setting: Setting
    parameters: tuple[Float[Array, " runs"], ...]
    switches: Float[Array, "mechanisms runs"]
    """1 where a mechanism acts, 0 where it is switched off."""
    admitted: Float[Array, "ticks mechanisms 1"]
    """1 where a mechanism has a meaning by the length of a tick, else 0."""
    steps: Float[Array, " ticks"]
    """Years of each tick."""
    ends: Float[Array, " ticks"]
    """Years from the start to the end of each tick."""
    suppressed: Int[Array, "2 runs"]
    """The tick in which a mechanism of the history does not act, 0 for none, and its number."""
    assigned: Tables
    added: Tables
    seed: UInt32[Array, " 2"]
    runs: UInt32[Array, " runs"]


Series = Float[Array, "ticks series runs"]


@pytree
class Results:
    """What a batch of histories leaves behind."""

    regime: Regime
    """The state at the end."""
    outcomes: Float[Array, "outcomes 2 runs"]
    series: Series


def begin(plan: Plan, inputs: Inputs) -> tuple[Regime, Series]:
    """The regime at the start, ranks varied and strengths struck, and room for the series."""
    regime = initial_regime(build_mechanisms(plan, inputs.parameters), inputs)
    shape = (plan.ticks, len(plan.series), inputs.runs.shape[0])
    return regime, jnp.zeros(shape, jnp.float32)


def play(plan: Plan, inputs: Inputs, regime: Regime, series: Series, span: Array) -> Results:
    """Play a batch of histories from one tick to another.

    The bounds are inputs, so that one executable plays whole histories and single ticks alike: a
    history that is replayed tick by tick has the bits that it had in the ensemble.

    Args:
        plan: The shape of the program.
        inputs: What the batch needs.
        regime: The state before the first tick.
        series: Where the series of these ticks are written. The memory is used again, since to
            claim as much anew for every single tick of a replay takes longer than to play it.
        span: First tick, and the one after the last.
    """
    wanted = _wanted(plan)
    runs = inputs.runs.shape[0]

    def body(index: Array, carry: tuple[Regime, Array, Array]) -> Any:
        regime, kept, series = carry
        # What depends on inputs alone would else leave the loop as some hundred kernels. The regime
        # at the start is left out: the less a loop carries, the sooner it is compiled.
        index, given = lax.optimization_barrier((index, change(inputs, regime=None)))
        mechanisms = build_mechanisms(plan, given.parameters)
        regime = play_tick(plan, mechanisms, given, regime, index)
        numbers = dict(zip(wanted, watch.read(regime, given.setting, wanted), strict=True))
        moment = (index, given.ends[index - 1], given.steps[index - 1])
        kept = watch.reduce(kept, plan.outcomes, numbers, moment)
        if plan.series:
            shown = jnp.stack([numbers[w] for w in plan.series])
            series = lax.dynamic_update_index_in_dim(series, shown, index - 1, 0)
        return regime, kept, series

    looked = watch.at_start(plan.outcomes)
    numbers = dict(zip(looked, watch.read(regime, inputs.setting, looked), strict=True))
    kept = watch.start_reductions(plan.outcomes, runs, numbers)
    regime, kept, series = lax.fori_loop(span[0], span[1], body, (regime, kept, series))
    return Results(regime, kept, series)


def build_mechanisms(plan: Plan, parameters: tuple[Float[Array, " runs"], ...]) -> list[Mechanism]:
    """The mechanisms with their parameters, one value for each run."""
    left = iter(parameters)
    return [
        mechanism(**{field: next(left) for field in fields})
        for mechanism, fields in zip(plan.mechanisms, plan.fields, strict=True)
    ]


def initial_regime(mechanisms: list[Mechanism], inputs: Inputs) -> Regime:
    """Vary the ranks of the start, and strike the balance of power.

    A share of power in memory that is below 0 is not stated, and is the share that there is.
    """
    regime = inputs.regime
    seed = (inputs.seed[0], inputs.seed[1])
    zero, step = jnp.uint32(0), inputs.steps[0]
    for mechanism in mechanisms:
        if isinstance(mechanism, Entry):
            key = chance.keys(seed, inputs.runs, zero, jnp.uint32(Entry.id), chance.INITIAL)
            tick = Tick(zero, jnp.float32(0), inputs.setting, key, step)
            regime = vary_ranks(regime, tick, mechanism)
    remembered = regime.clans.trend
    for mechanism in mechanisms:
        if isinstance(mechanism, PowerBalance):
            tick = Tick(zero, jnp.float32(0), inputs.setting, (inputs.runs, inputs.runs), step)
            regime = mechanism(regime, tick)
    share = regime.clans.power / (regime.clans.power.sum(0) + 1e-6)
    trend = jnp.where(remembered >= 0, remembered, share)
    return change(regime, clans=change(regime.clans, trend=trend))


def play_tick(
    plan: Plan, mechanisms: list[Mechanism], inputs: Inputs, regime: Regime, index: Array
) -> Regime:
    """One tick of a batch; ticks count from 1."""
    tick, left_out = inputs.suppressed
    numbers = jnp.asarray([m.draws_as for m in plan.mechanisms])[:, None]
    silent = (tick == index) & (left_out == numbers)
    switches = inputs.switches * inputs.admitted[index - 1]
    return advance(
        regime,
        mechanisms,
        keep(jnp.where(silent, 0.0, switches)),
        inputs.setting,
        (index.astype(jnp.uint32), inputs.ends[index - 1]),
        (inputs.seed[0], inputs.seed[1]),
        inputs.runs,
        inputs.steps[index - 1],
        (inputs.assigned, inputs.added),
    )


def _wanted(plan: Plan) -> list[watch.Watched]:
    wanted = dict.fromkeys(plan.series)
    for reduction in plan.outcomes:
        wanted |= dict.fromkeys(reduction.watched())
    return list(wanted)
