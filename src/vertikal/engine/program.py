"""The compiled run: a scan over ticks of a batch of histories.

`Plan` is what shapes the compiled program; `Inputs` is what a run of it needs. Whatever an analyst
varies (parameters, initial values, switches, scripted events, the seed) is an input, so that both
arms of a contrast use the same executable and differ in nothing but the patch.
"""

import dataclasses
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, UInt32

from vertikal.engine import watch
from vertikal.regime import chance
from vertikal.regime.mechanism import Mechanism, Tick
from vertikal.regime.nomenklatura import Entry, vary_ranks
from vertikal.regime.power import PowerBalance
from vertikal.regime.regime import Regime, Setting, change, pytree
from vertikal.regime.schedule import advance
from vertikal.regime.script import Tables

CHUNK = 128
"""Histories in one compiled batch; a power of two, since smaller ones compile to other bits."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """The static shape of a compiled program.

    Attributes:
        mechanisms: In the order in which they act.
        fields: For each mechanism the names of its parameters, in order.
        ticks: How many ticks are played.
        step: Years in a step.
        series: What is kept of every tick.
        outcomes: What is reduced inside the run.
    """

    mechanisms: tuple[type[Mechanism], ...]
    fields: tuple[tuple[str, ...], ...]
    ticks: int
    step: float
    series: tuple[watch.Watched, ...]
    outcomes: tuple[watch.Reduction, ...]

    def parameters(self) -> list[str]:
        """Addresses of all parameters, in the order of the rows of `Inputs.parameters`."""
        return [
            f"{m.name}.{field}"
            for m, fields in zip(self.mechanisms, self.fields, strict=True)
            for field in fields
        ]


@pytree
class Inputs:
    """What one batch of histories needs; the last axis is one or the runs."""

    regime: Regime
    setting: Setting
    parameters: Float[Array, "parameters runs"]
    switches: Float[Array, "ticks mechanisms"]
    assigned: Tables
    added: Tables
    seed: UInt32[Array, " 2"]
    runs: UInt32[Array, " runs"]


@pytree
class Results:
    """What a batch of histories leaves behind."""

    outcomes: Float[Array, "outcomes 2 runs"]
    series: Float[Array, "ticks series runs"]
    faulty: Array
    """For each run the number of the first state array that is not finite, or -1."""


def play(plan: Plan, inputs: Inputs) -> Results:
    """Play a batch of histories from beginning to end."""
    mechanisms = build_mechanisms(plan, inputs.parameters)
    regime = initial_regime(mechanisms, inputs, plan.step)
    wanted = _wanted(plan)

    def body(carry: tuple[Regime, list[Array]], row: tuple[Array, Array]) -> Any:
        regime, kept = carry
        regime = play_tick(plan, mechanisms, inputs, regime, row)
        numbers = dict(zip(wanted, watch.read(regime, inputs.setting, wanted), strict=True))
        kept = watch.reduce(kept, plan.outcomes, numbers, row[0].astype(jnp.int32), plan.step)
        shown = [numbers[w] for w in plan.series]
        return (regime, kept), jnp.stack(shown) if shown else jnp.zeros((0, inputs.runs.shape[0]))

    kept = watch.start_reductions(plan.outcomes, inputs.runs.shape[0])
    (regime, kept), series = lax.scan(body, (regime, kept), _rows(plan, inputs))
    outcomes = jnp.stack(kept) if kept else jnp.zeros((0, 2, inputs.runs.shape[0]))
    return Results(outcomes, series, _first_fault(regime))


def record(plan: Plan, inputs: Inputs) -> tuple[Regime, Regime]:
    """Play a batch, keeping every state of its first history.

    Returns:
        The initial regime and the regime after every tick (a leading axis over ticks), both of the
        first history alone.
    """
    mechanisms = build_mechanisms(plan, inputs.parameters)
    regime = initial_regime(mechanisms, inputs, plan.step)
    first = partial(jax.tree.map, lambda a: a[..., 0])

    def body(regime: Regime, row: tuple[Array, Array]) -> tuple[Regime, Regime]:
        regime = play_tick(plan, mechanisms, inputs, regime, row)
        return regime, first(regime)

    return first(regime), lax.scan(body, regime, _rows(plan, inputs))[1]


def build_mechanisms(plan: Plan, parameters: Float[Array, "parameters runs"]) -> list[Mechanism]:
    """The mechanisms with their parameters, one value for each run."""
    built, row = [], 0
    for mechanism, fields in zip(plan.mechanisms, plan.fields, strict=True):
        built.append(mechanism(**{field: parameters[row + k] for k, field in enumerate(fields)}))
        row += len(fields)
    return built


def initial_regime(mechanisms: list[Mechanism], inputs: Inputs, step: float) -> Regime:
    """The regime at the start: broadcast to all runs, ranks varied, strengths struck."""
    runs = inputs.runs.shape[0]
    regime = jax.tree.map(lambda a: jnp.broadcast_to(a, (*a.shape[:-1], runs)), inputs.regime)
    seed = (inputs.seed[0], inputs.seed[1])
    zero = jnp.uint32(0)
    for mechanism in mechanisms:
        if isinstance(mechanism, Entry):
            key = chance.keys(seed, inputs.runs, zero, jnp.uint32(Entry.id), chance.INITIAL)
            tick = Tick(zero, jnp.float32(0), inputs.setting, key, step)
            regime = vary_ranks(regime, tick, mechanism)
    for mechanism in mechanisms:
        if isinstance(mechanism, PowerBalance):
            tick = Tick(zero, jnp.float32(0), inputs.setting, (inputs.runs, inputs.runs), step)
            struck = mechanism(regime, tick)
            share = struck.clans.power / (struck.clans.power.sum(0) + 1e-6)
            regime = change(struck, clans=change(struck.clans, trend=share))
    return regime


def play_tick(
    plan: Plan,
    mechanisms: list[Mechanism],
    inputs: Inputs,
    regime: Regime,
    row: tuple[Array, Array],
) -> Regime:
    """One tick of a batch; `row` holds its number from 1 and the switches of its mechanisms."""
    index, switches = row
    years = index.astype(jnp.float32) * plan.step
    return advance(
        regime,
        mechanisms,
        switches,
        inputs.setting,
        (index, years),
        (inputs.seed[0], inputs.seed[1]),
        inputs.runs,
        plan.step,
        (inputs.assigned, inputs.added),
    )


def _rows(plan: Plan, inputs: Inputs) -> tuple[Array, Array]:
    return jnp.arange(1, plan.ticks + 1, dtype=jnp.uint32), inputs.switches


def _wanted(plan: Plan) -> list[watch.Watched]:
    wanted = dict.fromkeys(plan.series)
    for reduction in plan.outcomes:
        wanted |= dict.fromkeys(reduction.watched())
    return list(wanted)


def _first_fault(regime: Regime) -> Array:
    fault = jnp.full(regime.leadership.leader.shape, -1, jnp.int32)
    for number, leaf in reversed(list(enumerate(jax.tree.leaves(regime)))):
        if jnp.issubdtype(leaf.dtype, jnp.floating):
            bad = ~jnp.isfinite(leaf).reshape(-1, leaf.shape[-1]).all(0)
            fault = jnp.where(bad, number, fault)
    return fault
