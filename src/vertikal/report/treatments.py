"""What a test varies, in words: the changes in its arms, and names for the arms of an ordering."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from vertikal.claims.schema import Change, Test
from vertikal.claims.wording import inline, meanings
from vertikal.report.words import number
from vertikal.scenario.faults import listed
from vertikal.scenario.model import Scenario


class Setting(NamedTuple):
    """One thing that is changed: in words, and as a scenario file has it."""

    words: str
    address: str = ""
    """Empty where the words are those of the file already."""


def arms(test: Test, scenario: Scenario | None) -> list[tuple[str, list[Setting]]]:
    """What is changed in the arms of a test: a name and its changes, one a line.

    Args:
        test: The test.
        scenario: One of its arms; `None` if it can no longer be loaded.
    """
    treatment, known = test.treatment, _known(scenario)

    def told(change: Change) -> list[Setting]:
        return list(_settings(change, scenario, known)) or [Setting("nothing is changed")]

    found = [] if test.base.is_empty else [("in every arm", told(test.base))]
    if treatment.form == "sweep" and treatment.sweep:
        values = ", ".join(number(v) for v in treatment.sweep.values)
        return [*found, ("swept", [_setting(treatment.sweep.path, values, known)])]
    if treatment.form == "factorial":
        names = ("A", "B")
        return [*found, *((n, told(c)) for n, c in zip(names, treatment.factorial, strict=True))]
    if treatment.form == "order":
        return [*found, *((f"arm {n}", told(c)) for n, c in enumerate(treatment.order, 1))]
    if treatment.form == "nothing":
        return found or [("in the one arm", [Setting("nothing is changed")])]
    name = "in the one arm" if test.shape == "bounded" else "with the change"
    return [*found, (name, told(treatment))]


def arm_names(test: Test, arms: Mapping[str, Scenario]) -> dict[str, str]:
    """What is varied in each arm of an ordering, in a few words, by arm.

    Args:
        test: A test that varies changes in an order.
        arms: The scenario of each arm.
    """
    scenario = next(iter(arms.values()))
    known = _known(scenario) if any(c.set or c.patch for c in test.treatment.order) else {}
    found = {}
    for name, change in zip(arms, test.treatment.order, strict=True):
        told = [s.words for s in _settings(change, scenario, known)]
        found[name] = listed(told, most=2) or "the scenario as it is"
    return found


def _settings(
    change: Change, scenario: Scenario | None, known: Mapping[str, str]
) -> Iterator[Setting]:
    variants = scenario.variants if scenario else {}
    for name in change.variant:
        if name in variants and variants[name].title:
            yield Setting(variants[name].title, f"variant {name}")
        else:
            yield Setting(f"variant {name}")
    for path, value in (*_leaves(change.patch, known), *change.set.items()):
        yield _setting(path, "nothing" if value is None else inline(value), known)


def _setting(path: str, value: str, known: Mapping[str, str]) -> Setting:
    if path not in known:
        return Setting(f"{path} = {value}")
    return Setting(f"{known[path]} = {value}", path)


def _known(scenario: Scenario | None) -> dict[str, str]:
    return meanings(scenario) if scenario is not None else {}


def _leaves(
    tree: Mapping[str, Any], known: Mapping[str, str], path: str = ""
) -> Iterator[tuple[str, Any]]:
    """A patch as pairs of a path and a value, as deep as there is something to say of a path."""
    for key, value in tree.items():
        here = f"{path}.{key}" if path else str(key)
        inner = value.items() if isinstance(value, Mapping) else ()
        if any(isinstance(v, Mapping) or f"{here}.{k}" in known for k, v in inner):
            yield from _leaves(value, known, here)
        else:
            yield here, value
