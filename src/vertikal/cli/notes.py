"""What commands say beside their answers: what is no run, scenario or variant, and what is idle."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vertikal.cli.printing import choice
from vertikal.errors import VertikalError

if TYPE_CHECKING:
    from vertikal.engine.ensemble import Ensemble
    from vertikal.regime.mechanism import Mechanism
    from vertikal.scenario.faults import Fault
    from vertikal.scenario.model import Scenario


def names_a_run(name: str) -> bool:
    """Whether a name means a run directory.

    Raises:
        VertikalError: If it can mean nothing but a folder, and that is no run.
    """
    from vertikal.engine.ensemble import open_ensemble
    from vertikal.engine.store import is_run
    from vertikal.scenario.catalogue import library_file

    if os.path.isdir(name) and not is_run(name) and library_file(name) is None:
        open_ensemble(name)
    return is_run(name)


@contextlib.contextmanager
def told_of_variants(name: str, variants: Sequence[str] | None) -> Iterator[None]:
    """Tell a variant that a scenario does not declare by the option that asked for it.

    Raises:
        VertikalError: If the scenario cannot be used since it declares no such variant.
    """
    from vertikal.scenario.faults import ScenarioError
    from vertikal.scenario.loader import load

    try:
        yield
    except ScenarioError as error:
        try:
            declared = list(load(name).variants)
        except ScenarioError:
            raise error from None
        for letter in variants or ():
            if letter not in declared:
                raise _unknown_variant(name, letter, declared) from None
        raise


def _unknown_variant(name: str, letter: str, declared: list[str]) -> VertikalError:
    from vertikal.engine.durable import shell

    mend = "It declares none: leave --variant out."
    if declared:
        mend = f"{choice(letter, declared, 'Variants')} What each is: vertikal show {shell(name)}."
    what = f'{name} declares no variant "{letter}"'
    return VertikalError(what, where=f"--variant {letter}", mend=mend)


def folder_fault(name: str) -> "Fault | None":
    """What is wrong with a folder in place of a scenario; nothing if the name means another."""
    from vertikal.engine.store import SCENARIO, is_run
    from vertikal.scenario.catalogue import library_file
    from vertikal.scenario.faults import Fault

    if not os.path.isdir(name) or library_file(name) is not None:
        return None
    if is_run(name):
        mend = f"It holds a run; what was played is in {Path(name) / SCENARIO}."
    else:
        mend = "Name a scenario file, such as NAME.yaml, or a scenario of the library."
    return Fault("this is a folder, not a scenario file.", mend, file=name)


def left_out_by_clock(scenario: "Scenario") -> "list[type[Mechanism]]":
    """The mechanisms that would act in a scenario but have no meaning on its clock, in order.

    An attack is a matter of weeks, say, and is not to be told by the year.
    """
    return [m for m in _at_work(scenario) if not any(s in m.clocks for s in _steps(scenario))]


def _steps(scenario: "Scenario") -> list[str]:
    """The lengths of tick that a scenario's clock has, the first first."""
    return list(dict.fromkeys(spell.step for spell in scenario.clock.spells))


def _at_work(scenario: "Scenario") -> "list[type[Mechanism]]":
    from vertikal.regime.schedule import MECHANISMS
    from vertikal.scenario.registry import at_work

    return [
        m
        for m in MECHANISMS.values()
        if m.name not in scenario.mechanisms.off
        and at_work(m, scenario.in_play, scenario.mechanisms, scenario.theory)
    ]


def clock_note(scenario: "Scenario") -> str:
    """Which mechanisms a scenario's clock leaves out, or out of some of its ticks, in sentences.

    Empty if it leaves out none.
    """
    steps, told = _steps(scenario), []
    if left_out := left_out_by_clock(scenario):
        names = ", ".join(m.name for m in left_out)
        told.append(f"Not at work, having no meaning by the {' or the '.join(steps)}: {names}.")
    for step in steps:
        at_times = [m.name for m in _at_work(scenario) if step not in m.clocks]
        at_times = [name for name in at_times if name not in {m.name for m in left_out}]
        if at_times:
            told.append(f"Not at work while the clock goes by the {step}: {', '.join(at_times)}.")
    return " ".join(told)


def warn_of_unfinished(*ensembles: "Ensemble") -> None:
    """Say so of a run that lacks histories which it is to have."""
    from vertikal.engine.durable import shell

    for ensemble in ensembles:
        if not ensemble.is_complete:
            print(
                f"vertikal: {ensemble.path}: this run is unfinished: {ensemble.runs} of "
                f"{ensemble.manifest.runs} histories are there\n"
                f"  Finish it: vertikal run --resume {shell(ensemble.path)}",
                file=sys.stderr,
            )


def warn_of_lost_programs() -> None:
    """Say so where compiled programs cannot be kept, so that every command compiles again."""
    import jax

    from vertikal.engine.backend import cache_folder

    folder = there = cache_folder() / "programs"
    while not os.path.exists(there) and there != there.parent:
        there = there.parent
    is_kept = os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)
    by_jax = getattr(jax.config, "jax_compilation_cache_dir", None) is not None
    if not is_kept and not by_jax:
        print(
            f"vertikal: {folder}: no compiled program can be kept there; every run compiles again\n"
            "  Let VERTIKAL_CACHE name a folder that can be written to.",
            file=sys.stderr,
        )
