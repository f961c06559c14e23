"""Mechanisms and parameters by the names that scenario files use.

Importing mechanisms imports JAX, so this is done only when a scenario is checked.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vertikal.scenario.faults import Problem, suggest
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
