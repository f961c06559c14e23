"""The order of a tick: which mechanisms there are, and when each acts.

Mechanisms act by stage (`Stage`) and, within a stage, by id. `advance` plays one tick: it wipes the
record of the last one, imposes what the scenario dictates, and lets each mechanism act in turn.
"""

import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.errors import VertikalError
from vertikal.regime import (
    campaign,
    chance,
    clans,
    coercion,
    coup,
    defection,
    defection_rivals,
    economy,
    elite,
    emergency,
    foreign,
    foreign_bargain,
    institution_building,
    institutions,
    leader,
    long_run,
    military_industry,
    neighbours,
    nomenklatura,
    opinion,
    opposition,
    power,
    power_play,
    prosperity,
    public,
    rule_rivals,
    succession,
    succession_rivals,
    succession_rule,
    survey,
    technocrat_rivals,
    technology,
    unrest,
    uprising,
    war,
    west,
)
from vertikal.regime.batch import keep
from vertikal.regime.blank import blank_moves
from vertikal.regime.mechanism import Mechanism, Tick
from vertikal.regime.regime import Regime, Setting, change
from vertikal.regime.script import Tables, depart, impose


def _found_in(*modules: Any) -> list[type[Mechanism]]:
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Mechanism) and value is not Mechanism
    }
    return sorted(found, key=lambda m: (m.stage, m.id))


SECTIONS = (
    campaign,
    clans,
    coercion,
    coup,
    defection,
    defection_rivals,
    economy,
    elite,
    emergency,
    foreign,
    foreign_bargain,
    institution_building,
    institutions,
    leader,
    long_run,
    military_industry,
    neighbours,
    nomenklatura,
    opinion,
    opposition,
    power,
    power_play,
    prosperity,
    public,
    rule_rivals,
    succession,
    succession_rivals,
    succession_rule,
    survey,
    technocrat_rivals,
    technology,
    unrest,
    uprising,
    war,
    west,
)

MECHANISMS: dict[str, type[Mechanism]] = {m.name: m for m in _found_in(*SECTIONS)}
"""Every mechanism of the library by name, in the order in which they act."""


def _theories() -> dict[str, dict[str, type[Mechanism]]]:
    found: dict[str, dict[str, type[Mechanism]]] = {}
    for mechanism in sorted(MECHANISMS.values(), key=lambda m: (m.draws_as != m.id, m.id)):
        if mechanism.theory is not None:
            question, answer = mechanism.theory
            found.setdefault(question, {})[answer] = mechanism
    return found


THEORIES: dict[str, dict[str, type[Mechanism]]] = _theories()
"""Questions on which scholars disagree: for each the rival mechanisms by name, the usual first."""

FIRST_USER_ID = 1000


def user_mechanism(address: str) -> type[Mechanism]:
    """Import a mechanism from a user's own module.

    Args:
        address: `module:Class`.

    Raises:
        VertikalError: If there is no such module or class, it is no mechanism, its id is taken, or
            it answers a question otherwise than as a rival of the usual answer.
    """
    module, _, name = address.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise VertikalError(
            f"cannot import the mechanism {address!r}: {error}",
            mend="Write `module:Class`, with the module in the present folder or installed.",
        ) from error
    if not (isinstance(found, type) and issubclass(found, Mechanism)):
        raise VertikalError(
            f"{address!r} is no mechanism", mend="Derive it from vertikal.Mechanism."
        )
    if found.id < FIRST_USER_ID or found.name in MECHANISMS:
        raise VertikalError(
            f"the mechanism {address!r} has id {found.id} and name {found.name!r}",
            mend=f"Give it an id from {FIRST_USER_ID} and a name of its own.",
        )
    if found.theory is not None:
        question, answer = found.theory
        rivals = THEORIES.get(question, {})
        if answer in rivals or found.draws_as not in {m.draws_as for m in rivals.values()}:
            raise VertikalError(
                f"the mechanism {address!r} gives the answer {answer!r} to {question!r}, and is no "
                "rival of those that there are",
                mend=f"Write `theory=(QUESTION, ANSWER)` with one of the questions "
                f"{', '.join(THEORIES)} and an answer of your own, and `rival_of` the usual "
                "answer.",
            )
    return found


def answers(own: Iterable[type[Mechanism]] = ()) -> dict[str, tuple[str, ...]]:
    """Questions on which theories disagree, and the names of their answers, the usual first.

    Args:
        own: Mechanisms beyond those of the library; their answers follow, by id.
    """
    found = {question: list(rivals) for question, rivals in THEORIES.items()}
    for mechanism in sorted(own, key=lambda m: m.id):
        if mechanism.theory is not None and mechanism.name not in MECHANISMS:
            question, answer = mechanism.theory
            found[question].append(answer)
    return {question: tuple(names) for question, names in found.items()}


def in_order(mechanisms: Sequence[type[Mechanism]]) -> tuple[type[Mechanism], ...]:
    """Mechanisms in the order in which they act in a tick."""
    return tuple(sorted(mechanisms, key=lambda m: (m.stage, m.id)))


def advance(
    regime: Regime,
    mechanisms: Sequence[Mechanism],
    switches: Float[Array, "mechanisms *runs"],
    setting: Setting,
    tick: tuple[Array, Array],
    seed: tuple[Array, Array],
    runs: Array,
    step: Array,
    script: tuple[Tables, Tables],
) -> Regime:
    """The regime one tick later.

    Args:
        regime: The regime before.
        mechanisms: With their parameters, in order.
        switches: For each mechanism, or each in each history, 1 if it acts in this tick, else 0.
        setting: What the scenario fixes for good.
        tick: Number of the tick from 1, and years from the start to its end.
        seed: Low and high half of the seed, uint32.
        runs: Index of each history in the ensemble, uint32.
        step: Years of this tick.
        script: What the scenario imposes, see `vertikal.regime.script`.
    """
    index, years = tick
    ids = jnp.asarray([m.draws_as for m in mechanisms], jnp.uint32)[:, None]
    keys = keep(chance.keys(seed, runs[None], index, ids, chance.SIMULATION))
    elite_slice = change(
        regime.elite,
        condemned=jnp.zeros_like(regime.elite.condemned),
        fallen_by=jnp.zeros_like(regime.elite.fallen_by),
    )
    n, size = regime.clans.power.shape
    regime = change(regime, elite=elite_slice, moves=blank_moves(n, size))
    if any(script):
        regime = keep(depart(impose(regime, index, *script), setting))
    if any(m.subsystem == "succession_rule" for m in mechanisms):
        setting = succession_rule.eased(setting, regime)
    theories = answers(type(m) for m in mechanisms)
    for number, mechanism in enumerate(mechanisms):
        here = Tick(index, years, setting, (keys[0][number], keys[1][number]), step)
        with jax.named_scope(mechanism.name):
            switch = switches[number] * holds_true(mechanism, setting, theories)
            regime = fence_changes(regime, _acted(mechanism, regime, here), switch)
    return regime


def _acted(mechanism: Mechanism, regime: Regime, tick: Tick) -> Regime:
    """The regime after a mechanism has acted.

    Raises:
        VertikalError: If it gives back something else, as one of a user's own may.
    """
    after = mechanism(regime, tick)
    if not isinstance(after, Regime):
        cls = type(mechanism)
        raise VertikalError(
            f"the mechanism {cls.__name__} returns {type(after).__name__}, not a regime",
            where=str(getattr(sys.modules.get(cls.__module__), "__file__", cls.__module__)),
            mend="End its `__call__` with `return change(regime, ...)`.",
        )
    return after


def holds_true(
    mechanism: Mechanism, setting: Setting, theories: Mapping[str, Sequence[str]]
) -> Any:
    """1 in histories in which a mechanism's theory is the one that holds, 0 in others.

    Args:
        mechanism: With its parameters.
        setting: Holds for each history the number of the theory.
        theories: By question the theories in the order of these numbers (`answers`).
    """
    if mechanism.theory is None or mechanism.theory[0] not in setting.theories:
        return 1.0
    question, answer = mechanism.theory
    code = theories[question].index(answer)
    return (setting.theories[question] == code).astype(jnp.float32)


def fence_changes(before: Regime, after: Regime, switch: Array) -> Regime:
    """`after` where the switch is on, with every array that changed computed just once."""
    old, tree = jax.tree.flatten(before)
    new = jax.tree.leaves(after)
    changed = [i for i, (a, b) in enumerate(zip(old, new, strict=True)) if a is not b]
    kept = keep(tuple(jnp.where(switch > 0, new[i], old[i]) for i in changed))
    for i, value in zip(changed, kept, strict=True):
        new[i] = value
    return jax.tree.unflatten(tree, new)
