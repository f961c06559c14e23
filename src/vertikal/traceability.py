"""From each rule to what carries it, what holds it to its word, and what rests on it.

Mechanisms name the rules that they carry; tests name the rules that they hold by
`@pytest.mark.rules("CO-4")`; a rule is active in a scenario in which one of its mechanisms acts, as
was measured (`vertikal.acting`): one that is in play may wait in vain for what sets it off. Marks
are read from the text of the tests, so that nothing has to be run. A package installed without its
tests has the same table in `data/rule_tests.json`.
"""

import ast
import dataclasses
import functools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from vertikal import yaml12
from vertikal.acting import measured
from vertikal.data.rules import Rule, rules, sections
from vertikal.errors import VertikalError
from vertikal.regime.mechanism import Mechanism, Parameter, parameters
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario.model import Scenario

_PASSIVE = {
    "people", "clans", "pacts", "bonds", "offices", "bodies", "leader", "coercion",
    "military_industry", "policy", "system", "parameters", "events", "series", "outcomes",
    "history",
}  # fmt: skip
"""Sections of a scenario that have no say in which mechanisms are in play."""


@dataclasses.dataclass(frozen=True)
class Activity:
    """Where in a library scenario one of some mechanisms acts, or where one is idle."""

    scenario: str
    base: bool
    """Whether that is so of the scenario as it stands."""
    variants: tuple[str, ...]
    """The variants of which it is so."""
    not_in: tuple[str, ...]
    """The variants of which it is not."""


@dataclasses.dataclass(frozen=True)
class Trace:
    """A rule and everything that hangs on it."""

    rule: Rule
    mechanisms: tuple[type[Mechanism], ...]
    parameters: dict[str, Parameter]
    """Those of the mechanisms by address."""
    tests: tuple[str, ...]
    """Tests and classes of tests, as pytest takes them."""
    scenarios: tuple[Activity, ...]
    """Where one of the mechanisms acts."""
    claims: tuple[str, ...]
    """Ids of the claims that rest on it."""
    idle: dict[str, tuple[Activity, ...]] = dataclasses.field(default_factory=dict)
    """By mechanism where it is in play and changed nothing in the histories that were played."""

    @property
    def named_in(self) -> tuple[str, ...]:
        """Addresses of the parameters whose reason names the rule."""
        is_named = re.compile(rf"\b{self.rule.id}\b").search
        return tuple(address for address, p in self.parameters.items() if is_named(p.why))

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is wanting: a mechanism or the reason why there is none; a test."""
        if not self.mechanisms and self.rule.reason:
            return ()
        wanting = [] if self.mechanisms else ["no mechanism and no reason"]
        return tuple(wanting + ([] if self.tests else ["no test"]))

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "rule": self.rule.id,
            "statement": self.rule.statement,
            "marks": list(self.rule.marks),
            "source": [
                {
                    "document": s.document.code,
                    "author": s.document.author,
                    "title": s.document.title,
                    "year": s.document.year,
                    "paragraphs": s.paragraphs,
                }
                for s in self.rule.sources
            ],
            "mechanisms": [m.name for m in self.mechanisms],
            "parameters": sorted(self.parameters, key=lambda a: a not in self.named_in),
            "tests": list(self.tests),
            "scenarios": [dataclasses.asdict(a) for a in self.scenarios],
            "idle": {name: [dataclasses.asdict(a) for a in at] for name, at in self.idle.items()},
            "claims": list(self.claims),
            "reason": self.rule.reason,
            "left_out": self.rule.left_out,
        }


def trace(*names: str) -> list[Trace]:
    """What carries each rule, what tests it, where it is active and what rests on it.

    Args:
        names: Ids of rules (`CO-4`) or letters of a section (`CO`); none for all rules.

    Returns:
        One entry a rule, in the order of the names.

    Raises:
        VertikalError: If there is no such rule.
    """
    wanted = list(dict.fromkeys(r for name in names for r in _meant(name))) or list(rules())
    held = rule_tests()
    resting = claims_by_rule(resources.files("vertikal") / "claims" / "library")
    found = []
    for name in wanted:
        carriers = tuple(m for m in MECHANISMS.values() if name in m.rules)
        idle = {m.name: tuple(_idle(m.name)) for m in carriers}
        found.append(
            Trace(
                rule=rules()[name],
                mechanisms=carriers,
                parameters={
                    f"{m.name}.{field}": p for m in carriers for field, p in parameters(m).items()
                },
                tests=tuple(held.get(name, ())),
                scenarios=tuple(_acting({m.name for m in carriers})),
                claims=tuple(resting.get(name, ())),
                idle={mechanism: places for mechanism, places in idle.items() if places},
            )
        )
    return found


def _meant(name: str) -> list[str]:
    """The rules that an id or the letters of a section mean."""
    from vertikal.scenario.faults import nearest

    wanted = name.strip().upper()
    if wanted in rules():
        return [wanted]
    members = [rule for rule in rules() if rule.startswith(f"{wanted}-")]
    if wanted and members:
        return members
    section = wanted.partition("-")[0]
    if section in sections():
        last = [rule for rule in rules() if rule.startswith(f"{section}-")][-1]
        mend = f"Rules about {sections()[section]} are {section}-1 to {last}."
    else:
        close = nearest(wanted, [*rules(), *sections()])
        mend = f'Did you mean "{close}"? ' if close else ""
        mend += f"Sections: {', '.join(sections())}."
    raise VertikalError(f'there is no rule "{name}"', mend=mend)


@functools.cache
def _library() -> dict[str, Scenario]:
    from vertikal.scenario.catalogue import library
    from vertikal.scenario.loader import load

    return {entry.name: load(entry.name) for entry in library()}


@functools.cache
def _in_play() -> dict[str, dict[str, frozenset[str]]]:
    """The mechanisms in play, by library scenario and variant; the scenario itself is ""."""
    from vertikal.scenario.loader import load

    found = {}
    for name, scenario in _library().items():
        found[name] = {"": mechanisms_in_play(scenario)}
        for letter in scenario.variants:
            is_passive = _touched(scenario, letter) <= _PASSIVE
            played = scenario if is_passive else load(name, variant=letter)
            found[name][letter] = mechanisms_in_play(played)
    return found


def mechanisms_in_play(scenario: Scenario) -> frozenset[str]:
    """Names of the mechanisms that a scenario uses and does not switch off."""
    from vertikal.scenario.world import used_mechanisms

    return frozenset({m.name for m in used_mechanisms(scenario)} - set(scenario.mechanisms.off))


def _touched(scenario: Any, letter: str) -> set[str]:
    """The sections that a variant changes, with those that it includes."""
    variant = scenario.variants[letter]
    return set(variant.patch).union(*(_touched(scenario, other) for other in variant.includes))


def _acting(names: set[str]) -> Iterator[Activity]:
    """Where in the library one of some mechanisms acts, as the scenario stands or in a variant.

    What is in play counts as acting in a scenario of which nothing was measured.
    """
    for scenario, played in _in_play().items():
        silent = _silent(scenario)
        acts = [v for v, there in played.items() if names & there - silent.get(v, frozenset())]
        yield from _activity(scenario, acts)


def _idle(name: str) -> Iterator[Activity]:
    """Where in the library a mechanism is in play and changes nothing."""
    for scenario, played in _in_play().items():
        silent = _silent(scenario)
        idle = [v for v, there in played.items() if name in there & silent.get(v, frozenset())]
        yield from _activity(scenario, idle)


def _silent(scenario: str) -> Mapping[str, frozenset[str]]:
    found = measured().get(scenario)
    return found.idle if found else {}


def _activity(scenario: str, letters: list[str]) -> Iterator[Activity]:
    """Something that is so of some variants, or of the scenario itself, ""."""
    if letters:
        variants = [letter for letter in _in_play()[scenario] if letter]
        so, others = ([v for v in variants if (v in letters) == which] for which in (True, False))
        yield Activity(scenario, "" in letters, tuple(so), tuple(others))


def outdated() -> list[str]:
    """The library scenarios that have changed, or the model, since it was measured what acts."""
    known = measured()
    return [n for n, s in _library().items() if n not in known or not known[n].fits(s)]


def claims_by_rule(folder: Traversable) -> dict[str, list[str]]:
    """The ids of the claims that rest on each rule, by rule.

    Args:
        folder: Of claim files: YAML with a list `claims`, whose entries have an `id` and perhaps
            `rules`; it need not exist.
    """
    found: dict[str, list[str]] = {}
    files = folder.iterdir() if folder.is_dir() else ()
    for file in sorted((f for f in files if f.name.endswith(".yaml")), key=lambda f: f.name):
        content = yaml12.load(file.read_text("utf-8"))
        for claim in content["claims"]:
            for rule in claim.get("rules", ()):
                found.setdefault(rule, []).append(claim["id"])
    return found


# Tests


def rule_tests() -> dict[str, list[str]]:
    """The tests that hold each rule: read from a checkout's tests, else as they were packaged."""
    checkout = Path(__file__).parents[2]
    if (checkout / "src" / "vertikal" / "traceability.py").is_file():
        return collect_tests(checkout)
    return json.loads((resources.files("vertikal.data") / "rule_tests.json").read_text("utf-8"))


def collect_tests(root: Path) -> dict[str, list[str]]:
    """Read from the text of the tests which rules each of them holds.

    Args:
        root: Folder that holds `tests/`.

    Returns:
        For each rule the functions, classes and files that bear its mark, as pytest takes them.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        text = path.read_text("utf-8")
        if "mark.rules(" not in text:
            continue
        here = path.relative_to(root).as_posix()
        for where, names in _marked(ast.parse(text, str(path)), here):
            for name in names:
                found.setdefault(name, []).append(where)
    return {name: found[name] for name in sorted(found, key=_number)}


def _marked(node: Any, where: str) -> Iterator[tuple[str, list[str]]]:
    """What bears a mark within a module or class, and the rules that the mark names."""
    for child in node.body:
        if isinstance(child, ast.Assign) and ast.unparse(child.targets[0]) == "pytestmark":
            marks = child.value.elts if isinstance(child.value, ast.List) else [child.value]
            yield where, _named(marks)
        elif isinstance(child, ast.FunctionDef | ast.ClassDef):
            place = f"{where}::{child.name}"
            yield place, _named(child.decorator_list)
            if isinstance(child, ast.ClassDef):
                yield from _marked(child, place)


def _named(marks: Iterable[ast.expr]) -> list[str]:
    """Rules in marks, and in the marks of single cases of a parametrised test."""
    found = [
        ast.literal_eval(argument)
        for mark in marks
        for call in ast.walk(mark)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.rules"
        for argument in call.args
    ]
    return list(dict.fromkeys(found))


def _number(rule: str) -> tuple[str, int]:
    section, _, number = rule.partition("-")
    return section, int(number) if number.isdigit() else 0
