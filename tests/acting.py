"""Measure for the package where each mechanism acts: `python -m tests.acting [SCENARIO ...]`.

The histories of each library scenario are played again with one mechanism silent throughout, by the
same compiled program and with the same random numbers, and compared tick by tick until they differ.
`vertikal trace` and the pages of scenarios read what came out.
"""

import dataclasses
import json
import sys
import threading
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

import vertikal.data
from vertikal.acting import Measured, measured, model_digest, scenario_digest
from vertikal.engine import progress
from vertikal.engine.histories import Histories, _executables, _span, forget
from vertikal.engine.program import Inputs
from vertikal.engine.simulate import default_workers
from vertikal.scenario import library, load, world
from vertikal.scenario.model import Scenario
from vertikal.traceability import mechanisms_in_play

TABLE = Path(vertikal.data.__file__).with_name("acting.json")
SEED = 1953


def changing(
    histories: Histories, names: Collection[str], what: Literal["state", "record"] = "state"
) -> frozenset[str]:
    """The mechanisms without which the first batch of histories is not what it is.

    Args:
        histories: What is played; of different parameter draws, if rare ones are to be met.
        names: The mechanisms that are silenced, one by one.
        what: Whether any array of the state is to differ after any tick of any history, or what is
            recorded or looked at by a question.
    """
    if not names:
        return frozenset()
    often = _changing_a_few(histories, names, what)
    rarely = [name for name in names if name not in often]
    inputs = jax.device_put(histories.inputs())
    usual = [_digest(found) for found in _ticks(histories, inputs, what)] if rarely else []

    def matter(silent: Collection[str]) -> bool:
        acts = np.array([[m.name not in silent] for m in histories.plan.mechanisms], np.float32)
        given = dataclasses.replace(inputs, switches=inputs.switches * acts)
        others = map(_digest, _ticks(histories, given, what))
        return any(here != there for here, there in zip(usual, others, strict=True))

    if len(rarely) > 1 and not matter(rarely):
        return often  # where none of them is missed, each would play in vain
    return often | {name for name in rarely if matter([name])}


def _changing_a_few(histories: Histories, names: Collection[str], what: str) -> frozenset[str]:
    """Those without which the first few histories are other ones, in a single batch.

    Each of the histories is played as it is and, beside that, with each mechanism silent.
    """
    size, versions = histories.batch, 1 + len(names)
    few = size // versions
    inputs = histories.inputs(np.resize(np.repeat(np.arange(few), versions), size))
    switches = inputs.switches.copy()
    for place, mechanism in enumerate(histories.plan.mechanisms):
        if mechanism.name in names:
            version = 1 + list(names).index(mechanism.name)
            switches[place, version : few * versions : versions] = 0.0
    inputs = jax.device_put(dataclasses.replace(inputs, switches=switches))
    differs = np.zeros(versions, bool)
    for arrays in _ticks(histories, inputs, what):
        for leaf in jax.tree.leaves(arrays):
            rows = np.asarray(leaf)[..., : few * versions]
            bits = np.ascontiguousarray(rows).view(f"u{rows.itemsize}").reshape(-1, few, versions)
            differs |= (bits != bits[..., :1]).any((0, 1))
    return frozenset(name for name, at_all in zip(names, differs[1:], strict=True) if at_all)


def _ticks(histories: Histories, inputs: Inputs, what: str) -> Iterator[Any]:
    """After each tick, the state, or what is recorded or looked at."""
    starts, plays = _executables(histories.plan, inputs)
    regime, series = starts(inputs)
    for tick in range(1, histories.plan.ticks + 1):
        results = plays(inputs, regime, series, _span(tick, tick))
        if what == "state":
            yield results.regime
        else:
            yield results.outcomes, results.series[tick - 1]
        regime, series = results.regime, results.series


def _digest(arrays: object) -> int:
    """A checksum that takes less time than the tick, as a cryptographic one does not."""
    found = 0
    for leaf in jax.tree.leaves(arrays):
        found = zlib.crc32(np.ascontiguousarray(leaf), found)
    return found


def measure(scenario: Scenario, done: Callable[[], None] = lambda: None) -> Measured:
    """Find out which mechanisms act in a library scenario and its variants.

    Args:
        scenario: As it stands in the library.
        done: Called after the scenario and after each variant.
    """
    changed = {letter: load(scenario.name, variant=letter) for letter in scenario.variants}
    scripted = world.scripted((scenario, *changed.values()))  # one program plays them all
    whole = Histories(scenario, SEED, replicates=1, scripted=scripted)
    acts = changing(whole, mechanisms_in_play(scenario))
    seen = changing(whole, acts, "record")
    idle = {"": mechanisms_in_play(scenario) - acts}
    done()
    for letter, one in changed.items():
        histories = dataclasses.replace(whole, scenario=one)
        idle[letter] = mechanisms_in_play(one) - _acting(histories, idle[""])
        if histories.plan != whole.plan:
            forget(histories.plan)
        done()
    forget(whole.plan)  # the programs of all scenarios together take too much memory
    return Measured(
        model=model_digest(),
        scenario=scenario_digest(scenario),
        histories=whole.batch,
        acts=acts,
        unseen=acts - seen,
        idle={letter: names for letter, names in idle.items() if names},
    )


def _acting(histories: Histories, rarely: frozenset[str]) -> frozenset[str]:
    """The mechanisms that act in a variant; together first those that are likely not to."""
    in_play = mechanisms_in_play(histories.scenario)
    return changing(histories, in_play & rarely) | changing(histories, in_play - rarely)


def main(names: list[str]) -> None:
    """Measure library scenarios and write down what came out.

    Args:
        names: Of the scenarios; none for all that were not measured as they stand.
    """
    everything = [entry.name for entry in library()]
    known = dict(measured()) if TABLE.is_file() else {}
    scenarios = [load(name) for name in names or everything]
    if not names:
        scenarios = [s for s in scenarios if s.name not in known or not known[s.name].fits(s)]
    scenarios.sort(key=lambda s: -s.clock.ticks)  # the longest begin first
    total = sum(1 + len(s.variants) for s in scenarios)
    begun, lock, count = time.monotonic(), threading.Lock(), 0
    with progress.shown(what="scenarios and variants") as tell:
        tell(0, total, 0.0)

        def done() -> None:
            nonlocal count
            with lock:
                count += 1
                tell(count, total, time.monotonic() - begun)

        def keep(scenario: Scenario) -> None:
            found = measure(scenario, done)
            with lock:  # at once, so that an interrupted measurement goes on where it stopped
                known[scenario.name] = found
                table = {name: known[name] for name in everything if name in known}
                TABLE.write_text(written(table), "utf-8")

        with ThreadPoolExecutor(default_workers()) as beside:
            list(beside.map(keep, scenarios))


def written(table: dict[str, Measured]) -> str:
    """The table as it stands in the package, a line for each fact."""
    parts = []
    for name, found in table.items():
        facts = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in found.row().items()]
        parts.append(f" {json.dumps(name)}: {{\n" + ",\n".join(facts) + "\n }")
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main(sys.argv[1:])
