"""The scenario in its final form: everything filled in, checked and frozen."""

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field, PrivateAttr

from vertikal import yaml12
from vertikal.scenario import declared
from vertikal.scenario.assemble import SECTIONS, rows_of
from vertikal.scenario.conditions import Address, code_of, observable
from vertikal.scenario.outcomes import Outcome, Recorded
from vertikal.scenario.quantities import Quantity
from vertikal.scenario.schema import (
    FORMAT,
    Body,
    Clan,
    Clock,
    CoercionState,
    Event,
    Leader,
    Mechanisms,
    MilitaryIndustryState,
    Office,
    Person,
    PolicyState,
    Row,
    System,
    Variant,
)
from vertikal.scenario.source import Node


@dataclasses.dataclass(frozen=True)
class Origin:
    """Where a value of a scenario comes from."""

    kind: str
    """`default`, `library`, `file`, `variant`, `patch` or `set`."""
    label: str
    """How to name it to a person, with file and line where there is one."""

    def __str__(self) -> str:
        return self.label


class Scenario(Row):
    """A regime, a clock and questions, ready to be played.

    All names refer to something, all numbers lie within their bounds, and the rank and file of the
    clans (`Clan.cadres`) stand among the `people`. The order of `people`, `clans`, `offices` and
    `bodies` is that of the rows of the regime.
    """

    name: str
    id: str = ""
    title: str = ""
    document: str = ""
    question: str = ""
    clock: Clock
    people: dict[str, Person]
    clans: dict[str, Clan]
    pacts: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """`pacts[c][d]`: share of d's force that d lends to c, a `Quantity`."""
    bonds: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """`bonds[c][d]`: a `Quantity`, 1 where c will not turn on d."""
    offices: dict[str, Office]
    bodies: dict[str, Body]
    leader: Leader
    coercion: CoercionState
    military_industry: MilitaryIndustryState
    policy: PolicyState
    system: System
    subsystems: dict[str, Any] = Field(default_factory=dict)
    """Entries of the subsystems in play that have a section of their own."""
    tables: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Rows of the kinds that belong to subsystems, by kind and name."""
    theory: dict[str, dict[str, float]] = Field(default_factory=dict)
    """Theories in play by question, each with its weight; the usual ones where none are named."""
    mechanisms: Mechanisms
    parameters: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Values that replace a mechanism's own, by mechanism and parameter, each a `Quantity`."""
    events: dict[str, Event] = Field(default_factory=dict)
    series: tuple[Address, ...] = ()
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    history: dict[str, Recorded] = Field(default_factory=dict)
    variants: dict[str, Variant] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What was left out, for instance inherited events outside a narrower clock."""
    applied: tuple[str, ...] = ()
    """The variants, patches and settings in force, in order."""
    generated: frozenset[str] = frozenset()
    """The rank and file among the people."""
    _stated: frozenset[str] = PrivateAttr(default=frozenset())
    """Those of the rank and file who have entries of their own."""
    _tree: Node | None = PrivateAttr(default=None)
    _own: tuple[Any, ...] = PrivateAttr(default=())

    @property
    def own_mechanisms(self) -> tuple[Any, ...]:
        """The mechanisms that the scenario brings along, as they were when it was loaded."""
        return self._own

    @property
    def rows(self) -> Mapping[str, tuple[str, ...]]:
        """Names of the rows of each kind, in the order of the regime's arrays."""
        return rows_of(self)

    @property
    def in_play(self) -> list[str]:
        """The subsystems that the scenario declares, in the order of the state."""
        return declared.in_play(self.subsystems, self.tables)

    def index(self, kind: str, name: str | None) -> int:
        """Row of a person, clan, office, ...; -1 for nobody.

        Args:
            kind: See `vertikal.regime.kinds`.
            name: Its name, or `None`.
        """
        return -1 if name is None else self.rows[kind].index(name)

    def code(self, address: Address, value: float | str) -> float:
        """The number that stands for a value of an addressed quantity in the regime's arrays."""
        if not isinstance(value, str):
            return float(value)
        return float(code_of(observable(address), value, self.rows))

    @property
    def digest(self) -> str:
        """SHA-256 of the resolved content, and of the files of mechanisms that it brings along.

        Variants that are not in force do not count.
        """
        plain = json.dumps(self.content(), sort_keys=True, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256("\0".join([plain, *self._sources]).encode()).hexdigest()

    @property
    def _sources(self) -> list[str]:
        return [mechanism.source for mechanism in self._own]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Scenario)
            and self.content() == other.content()
            and self._sources == other._sources
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    def content(self) -> dict[str, Any]:
        """Everything that the scenario says, as plain values in the format of a file."""
        raw = self.model_dump(
            mode="json",
            by_alias=True,
            exclude_none=True,
            exclude={
                "variants",
                "notes",
                "applied",
                "generated",
                "pacts",
                "bonds",
                "parameters",
                "history",
                "series",
            },
        )
        raw |= raw.pop("subsystems") | raw.pop("tables")
        for name in self.generated - self._stated:
            del raw["people"][name]
        for name, row in self.people.items():
            if row.born is not None and name in raw["people"]:
                raw["people"][name].pop("age", None)
        for name, row in raw["clans"].items():
            row["cadre"] = self._cadre(name)
            if not row["cadre"]:
                del row["cadre"]
        for section in ("pacts", "bonds", "parameters"):
            raw[section] = {
                a: {b: _written(q) for b, q in row.items()}
                for a, row in getattr(self, section).items()
            }
        raw["history"] = {name: recorded.written for name, recorded in self.history.items()}
        raw["series"] = [str(address) for address in self.series]
        said = {**_without_certain(raw), "vertikal": FORMAT, "judgement": {"spread": 0.0}}
        return {section: said[section] for section in SECTIONS if section in said}

    def _cadre(self, clan: str) -> dict[str, Any]:
        """What the rank and file of a clan look like, with every number and prior written out."""
        names = sorted(n for n in self.generated - self._stated if self.people[n].clan == clan)
        if not names:
            return {}
        row = self.people[names[0]].model_dump(mode="json", by_alias=True, exclude_none=True)
        if "born" in row:
            del row["age"]
        return {key: value for key, value in row.items() if key not in ("clan", "name")}

    def to_yaml(self) -> str:
        """A file that loads to an equal scenario, with nothing left to default."""
        return yaml12.dump(self.content())

    def origin(self, path: str) -> Origin:
        """Where the value at a dotted path comes from, for instance `people.beria.proximity`."""
        return self._origin(tuple(path.split(".")))

    def origins(self) -> dict[str, Origin]:
        """Where each value of `content()` comes from, by dotted path.

        The spread of judgement is left out: it is spent, since every prior is written out.
        """
        spent = ("judgement", "spread")
        paths = [path for path in _leaves(self.content()) if path != spent]
        return {".".join(path): self._origin(path) for path in paths}

    def _origin(self, path: tuple[str, ...]) -> Origin:
        if self._tree is not None:
            node, there = self._tree.find(path)
            quantity = (
                not there and path[-1] in ("value", "prior") and not isinstance(node.value, dict)
            )
            if there or (quantity and self._tree.get(*path[:-1]) is node):
                mark = node.mark
                where = f"{mark.file}:{mark.line}" if mark.line else mark.file
                named = node.layer.kind in ("variant", "patch") and where != node.layer.label
                label = f"{node.layer.label} ({where})" if named else where
                return Origin(node.layer.kind, label)
        return Origin("default", "default")


def _written(quantity: Quantity) -> Any:
    return quantity.written()


def _without_certain(raw: dict[str, Any]) -> dict[str, Any]:
    """Drop `certain`, which has done its work, and empty descriptions."""
    out = {}
    for key, value in raw.items():
        if (key == "certain" and isinstance(value, bool)) or value == "":
            continue
        out[key] = _without_certain(value) if isinstance(value, dict) else value
    return out


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict) and value:
        for key, child in value.items():
            yield from _leaves(child, (*path, str(key)))
    else:
        yield path
