"""A program that only draws: the words that a scenario's mechanisms draw, and nothing else."""

from unittest import mock

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, UInt32

from vertikal.engine.program import Inputs, Plan, build_mechanisms, initial_regime
from vertikal.regime import chance
from vertikal.regime.batch import keep
from vertikal.regime.mechanism import Tick

Drawn = tuple[tuple[tuple[int, int], ...], ...]
"""For each mechanism the pairs of entities and draw number of each set of words."""


def drawn_by(plan: Plan, inputs: Inputs) -> Drawn:
    """What each mechanism draws in a tick, found by watching it being traced."""
    mechanisms = build_mechanisms(plan, inputs.parameters)
    regime = jax.eval_shape(lambda i: initial_regime(mechanisms, i), inputs)
    original, found = Tick.word, []

    for mechanism in mechanisms:
        words: dict[tuple[int, int], None] = {}

        def watched(
            tick: Tick, entities: int, draw: int = 0, words: dict = words
        ) -> UInt32[Array, "_ runs"]:
            words[entities, draw] = None
            return original(tick, entities, draw)

        with mock.patch.object(Tick, "word", watched):
            jax.eval_shape(mechanism, regime, _tick(inputs, (inputs.runs, inputs.runs)))
        found.append(tuple(words))
    return tuple(found)


def words_in_tick(drawn: Drawn) -> int:
    """How many words one history draws in a tick."""
    return sum(entities for words in drawn for entities, _ in words)


def draw_all(plan: Plan, drawn: Drawn, inputs: Inputs) -> UInt32[Array, " runs"]:
    """Draw the words of all ticks and fold them into one word for each history."""
    seed = (inputs.seed[0], inputs.seed[1])
    ids = jnp.asarray([m.id for m in plan.mechanisms], jnp.uint32)[:, None]

    def body(folded: Array, index: Array) -> tuple[Array, None]:
        keys = keep(chance.keys(seed, inputs.runs[None], index, ids, chance.SIMULATION))
        for number, sets in enumerate(drawn):
            tick = _tick(inputs, (keys[0][number], keys[1][number]), index)
            for entities, draw in sets:
                words = tick.word(entities, draw)
                folded = folded ^ lax.reduce(words, jnp.uint32(0), lax.bitwise_xor, (0,))
            folded = keep(folded)
        return folded, None

    ticks = jnp.arange(1, plan.ticks + 1, dtype=jnp.uint32)
    return lax.scan(body, jnp.zeros_like(inputs.runs), ticks)[0]


def _tick(inputs: Inputs, key: tuple[Array, Array], index: Array | int = 1) -> Tick:
    steps, ends = jnp.asarray(inputs.steps), jnp.asarray(inputs.ends)
    return Tick(jnp.uint32(index), ends[index - 1], inputs.setting, key, steps[index - 1])
