"""Load a scenario: find the file, lay the layers over one another, check everything.

Layers, each winning over those before: the file that `extends:` names (and what that extends), the
file itself, a variant, patches, settings (`--set`).
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from vertikal.scenario.assemble import SECTIONS, Draft, read_draft
from vertikal.scenario.catalogue import FOLDER, library, library_file
from vertikal.scenario.checks import check_all
from vertikal.scenario.faults import Fault, ScenarioError, quoted, suggest
from vertikal.scenario.model import Scenario
from vertikal.scenario.patch import Patch, merge, patch_node, set_nodes, variant_nodes
from vertikal.scenario.schema import FORMAT, Body, Clan, Office, Person, Row
from vertikal.scenario.source import Layer, Node, read_file

RowModel = TypeVar("RowModel")
AnyPatch = Patch | Path | str | Mapping[str, Any]


def load(
    name_or_path: str | Path,
    *,
    variant: str | Sequence[str] | None = None,
    patches: Sequence[AnyPatch] = (),
    set: Mapping[str, Any] | Sequence[str] = (),
) -> Scenario:
    """Load a scenario and check everything in it.

    Args:
        name_or_path: Name or id of a library scenario (`stalins-court`, `S1`), or a YAML file.
        variant: Letter of a variant that the scenario declares, or several, laid one upon the
            other in this order.
        patches: Further changes: files, mappings in the format of a file, or `Patch` objects.
        set: Single values: `path=value` texts or a mapping from path to value, where a path is
            `people.beria.proximity` or, for a parameter, `succession.noise`.

    Raises:
        ScenarioError: Holding every fault that was found.
    """
    tree, path = _layered(name_or_path)
    rank = 100
    applied: list[str] = []
    faults: list[Fault] = []
    for letter in [variant] if isinstance(variant, str) else variant or ():
        for node in variant_nodes(tree, letter):
            tree = merge(tree, node, faults)
        applied.append(f"variant {letter}")
    for number, changes in enumerate(patches, start=1):
        node = patch_node(changes, number, rank + number)
        applied.append(node.layer.label)
        tree = merge(tree, node, faults)
    for node in set_nodes(set, SECTIONS, rank + len(patches) + 1):
        applied.append(node.layer.label)
        tree = merge(tree, node, faults)
    draft = _drafted(tree, path)
    draft.faults[:0] = faults
    if draft.faults:
        raise ScenarioError(_in_order(draft.faults))
    return _finished(draft, tuple(applied))


def check(path: str | Path) -> list[Fault]:
    """Every fault in a scenario file and in its variants; none if it can be used.

    Args:
        path: A YAML file, or the name of a library scenario.
    """
    try:
        tree, where = _layered(path)
    except ScenarioError as error:
        return list(error.faults)
    faults = list(_drafted(tree, where).faults)
    variants = tree.get("variants")
    for letter, _ in variants.items() if variants and not faults else ():
        for fault in _variant_faults(tree, where, letter):
            if fault not in faults:
                faults.append(fault)
    return _in_order(faults)


def _variant_faults(tree: Node, where: Path, letter: str) -> list[Fault]:
    faults: list[Fault] = []
    try:
        for node in variant_nodes(tree, letter):
            tree = merge(tree, node, faults)
    except ScenarioError as error:
        return list(error.faults)
    return faults + _drafted(tree, where).faults


def _in_order(faults: list[Fault]) -> list[Fault]:
    return sorted(faults, key=lambda f: (f.line is None, f.file, f.line or 0, f.column or 0))


def _drafted(tree: Node, path: Path) -> Draft:
    draft = read_draft(tree, path.parent)
    if isinstance(tree.value, dict):
        check_all(draft)
    return draft


def locate(name_or_path: str | Path) -> tuple[Path, str]:
    """The file that a name or path means, and whether it is of the `library` or a `file`.

    Raises:
        ScenarioError: If there is none.
    """
    text = str(name_or_path)
    looks_like_file = (
        isinstance(name_or_path, Path)
        or text.endswith((".yaml", ".yml"))
        or "/" in text
        or "\\" in text
    )
    if looks_like_file:
        path = Path(name_or_path)
        return path, "library" if _is_library(path) else "file"
    found = library_file(text)
    if found is None:
        names = [entry.name for entry in library()]
        message = f"there is no library scenario {quoted(text)}."
        remedy = (
            suggest(text, names, "library scenarios")
            + " For a file of your own, give its path with .yaml."
        )
        raise ScenarioError([Fault(message, remedy)])
    return found, "library"


def _is_library(path: Path) -> bool:
    try:
        return path.resolve().parent == FOLDER.resolve() and path.suffix == ".yaml"
    except (OSError, ValueError, RuntimeError):
        return False


def _layered(name_or_path: str | Path) -> tuple[Node, Path]:
    """The tree of a file laid over what it extends, and the file."""
    path, kind = locate(name_or_path)
    chain = _chain(path, kind)
    tree = chain[0]
    faults: list[Fault] = []
    for node in chain[1:]:
        tree = merge(tree, node, faults)
        tree = dataclasses.replace(tree, mark=node.mark, layer=node.layer)
    if faults:
        raise ScenarioError(faults)
    if isinstance(tree.value, dict) and "extends" in tree.value:
        tree = dataclasses.replace(
            tree, value={k: v for k, v in tree.value.items() if k != "extends"}
        )
    return tree, path


def _chain(path: Path, kind: str) -> list[Node]:
    """The files from the one that extends nothing to the one asked for."""
    found: list[Node] = []
    seen: list[Path] = []
    while True:
        layer = Layer(kind, _shown(path, kind), rank=-len(found))
        node = _checked_head(read_file(path, layer), layer.label)
        found.append(node)
        seen.append(path.resolve())
        extends = node.get("extends")
        if extends is None or extends.value is None:
            break
        path, kind = _extended(extends, path)
        if path.resolve() in seen:
            ring = " -> ".join(p.name for p in (*seen, path))
            raise ScenarioError(
                [
                    extends.fault(
                        f"the files extend each other: {ring}.", "Remove one `extends`.", "extends"
                    )
                ]
            )
    found.reverse()
    return found


def _shown(path: Path, kind: str) -> str:
    return path.name if kind == "library" else str(path)


def _extended(node: Node, path: Path) -> tuple[Path, str]:
    """The file that `extends:` names, beside the file that extends it or in the library."""
    if not isinstance(node.value, str):
        raise ScenarioError(
            [
                node.fault(
                    f"{quoted(node.value)} names no scenario.", "Write a name or a file.", "extends"
                )
            ]
        )
    if node.value.endswith((".yaml", ".yml")):
        found = path.parent / node.value
        if not found.is_file():
            raise ScenarioError(
                [
                    node.fault(
                        f"there is no file {quoted(node.value)}.",
                        "Write its path from this file's folder.",
                        "extends",
                    )
                ]
            )
        return found, "library" if _is_library(found) else "file"
    try:
        return locate(node.value)
    except ScenarioError as error:
        first = error.faults[0]
        raise ScenarioError([node.fault(first.message, first.remedy, "extends")]) from None


def _checked_head(node: Node, shown: str) -> Node:
    """The tree of one file, after checking that it is a scenario of a version that we read."""
    if node.value is None:
        raise ScenarioError(
            [Fault("the file is empty.", "Begin with `vertikal: 1` and `name: ...`.", file=shown)]
        )
    if not isinstance(node.value, dict):
        raise ScenarioError(
            [
                node.fault(
                    "this is no scenario: the file must hold entries such as `name: ...`.",
                    "Begin with `vertikal: 1` and `name: ...`.",
                )
            ]
        )
    version = node.get("vertikal")
    if version is None or version.value is None:
        raise ScenarioError(
            [
                Fault(
                    "the file does not say that it is a scenario.",
                    f"Add the line `vertikal: {FORMAT}` at the top.",
                    "vertikal",
                    node.mark.file,
                    1,
                    1,
                )
            ]
        )
    if isinstance(version.value, bool) or version.value != FORMAT:
        raise ScenarioError(
            [
                version.fault(
                    f"format version {quoted(version.value)} is unknown.",
                    f"This vertikal reads version {FORMAT}.",
                    "vertikal",
                )
            ]
        )
    return node


def _finished(draft: Draft, applied: tuple[str, ...]) -> Scenario:
    """The scenario of a draft without faults."""
    assert draft.clock is not None
    assert draft.leader is not None
    offices = {name: _filled(office, draft.leader.person) for name, office in draft.offices.items()}
    scenario = Scenario(
        name=_scalar(draft.tree, "name"),
        id=_scalar(draft.tree, "id"),
        title=_scalar(draft.tree, "title"),
        document=_scalar(draft.tree, "document"),
        question=_scalar(draft.tree, "question"),
        clock=draft.clock,
        people=_named(draft.people, Person),
        clans=_named(draft.clans, Clan),
        pacts=draft.pacts,
        bonds=draft.bonds,
        offices=_named(offices, Office),
        bodies=_named(draft.bodies, Body),
        leader=draft.leader,
        **draft.sections,
        subsystems=draft.subsystems,
        tables={k: _named(rows, Row) for k, rows in draft.tables.items() if rows},
        theory=draft.theory,
        mechanisms=draft.mechanisms,
        parameters=draft.parameters,
        events=dict(sorted(_whole(draft.events).items(), key=lambda pair: pair[1].date)),
        series=tuple(draft.series),
        outcomes=_whole(draft.outcomes),
        history=draft.history,
        variants=_whole(draft.variants),
        notes=tuple(draft.notes),
        applied=applied,
        generated=frozenset(draft.generated),
    )
    scenario._tree = draft.tree
    scenario._own = tuple(draft.own.values())
    scenario._stated = frozenset(draft.stated)
    return scenario


def _whole(rows: Mapping[str, RowModel | None]) -> dict[str, RowModel]:
    """The rows of a section in which none is at fault."""
    return {name: row for name, row in rows.items() if row is not None}


def _scalar(tree: Node, key: str) -> str:
    node = tree.get(key)
    return "" if node is None or node.value is None else str(node.value)


def _filled(office: Office | None, leader: str) -> Office | None:
    """An office that goes with the leadership is the leader's."""
    if office is not None and office.leader and office.holder is None:
        return office.model_copy(update={"holder": leader})
    return office


def _named(rows: dict[str, Any], model: type) -> dict[str, Any]:
    """Rows in which whoever has no name is called by the name of the row."""
    return {k: row if row.name else row.model_copy(update={"name": k}) for k, row in rows.items()}
