"""Mechanisms and parameters by the names that scenario files use.

Importing mechanisms imports JAX, so this is done only when a scenario is checked.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vertikal.errors import VertikalError
from vertikal.scenario.faults import Problem, quoted, suggest
from vertikal.scenario.quantities import Quantity, bounds, read


def mechanisms() -> dict[str, Any]:
    """The mechanisms of the model by name."""
    from vertikal.regime.schedule import MECHANISMS

    return dict(MECHANISMS)


def sections() -> list[str]:
    """Everything that mechanisms belong to: the subsystems and the modules of the court."""
    return sorted({m.subsystem for m in mechanisms().values()})


def theories(own: Iterable[Any] = ()) -> dict[str, tuple[str, ...]]:
    """Questions on which theories disagree, and the names of their answers, the usual first.

    Args:
        own: A user's mechanisms, whose answers follow on those of the library.
    """
    from vertikal.regime.schedule import answers

    return answers(own)


def in_play(question: str, chosen: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    """The answers to a question that a scenario has in play, with their weights.

    Args:
        question: One of `theories`.
        chosen: The scenario's entry `theory`.
    """
    return chosen.get(question) or {theories()[question][0]: 1.0}


def at_work(
    mechanism: Any,
    subsystems: Sequence[str],
    chosen: Any,
    theory: Mapping[str, Mapping[str, float]],
) -> bool:
    """Whether a mechanism acts in a scenario, the clock and what is switched off left aside.

    Args:
        mechanism: Of the library, or a user's own.
        subsystems: Those that the scenario declares.
        chosen: Its entry `mechanisms`.
        theory: Its entry `theory`.
    """
    from vertikal.regime.subsystems import SUBSYSTEMS

    if mechanism.theory is not None:
        question, answer = mechanism.theory
        if answer not in in_play(question, theory):
            return False
    declared = mechanism.subsystem not in SUBSYSTEMS or mechanism.subsystem in subsystems
    return declared and (not chosen.only or mechanism.subsystem in chosen.only)


def own_mechanism(reference: str, folder: Path | None, taken: Mapping[str, Any]) -> Any:
    """A mechanism from a user's own module.

    Args:
        reference: `module:Class`.
        folder: Where to look for the module besides the usual places and the present folder: the
            folder of the scenario file.
        taken: The user's mechanisms so far by name.

    Raises:
        Problem: If there is no such module or class, it is no mechanism, or its number is taken.
    """
    from vertikal.regime.schedule import user_mechanism

    try:
        with _importing_from(folder):
            found = user_mechanism(reference)
    except VertikalError as why:
        raise Problem(f"{why.what}.", why.mend) from None
    except Exception as why:  # a user's module may fail in any way
        raise Problem(
            f"{quoted(reference)} cannot be imported ({type(why).__name__}: {why}).",
            "Mend the module.",
        ) from None
    for name, other in taken.items():
        same_answer = found.theory is not None and found.theory == other.theory
        if found.id == other.id or found.name == name or same_answer:
            raise Problem(
                f"{quoted(reference)} and {quoted(name)} have the same number, name or theory.",
                "Give each mechanism a number, a name and an answer of its own.",
            )
    return found


@contextmanager
def _importing_from(folder: Path | None) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:0] = [str(p) for p in (folder, Path.cwd()) if p is not None]
    try:
        yield
    finally:
        sys.path[:] = before


def read_parameter(mechanism: Any, name: str, raw: Any) -> Quantity:
    """A parameter's value as a scenario overrides it, in the parameter's own unit.

    Raises:
        Problem: If the mechanism has no such parameter, or the value is not possible.
    """
    from vertikal.regime.mechanism import parameters

    known = parameters(mechanism)
    if name not in known:
        raise Problem(
            f'the mechanism "{mechanism.name}" has no parameter "{name}".',
            suggest(name, known, "parameters"),
        )
    found = known[name]
    try:
        return read(raw, found.low, found.high, unit=found.unit)
    except Problem as why:
        unit = f" {found.unit}" if found.unit else ""
        default = f"Remove the line to use the default ({found.default:g}{unit})."
        possible = f"Possible is {bounds(found.low, found.high)}{unit}."
        raise Problem(why.what, f"{why.mend}\n{possible} {default}") from None
