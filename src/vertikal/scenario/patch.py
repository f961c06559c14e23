"""Laying one scenario file over another: `extends:`, variants, patches, `--set`.

One rule serves all: mappings are merged entry by entry, everything else is replaced, and an empty
value (`null`) removes an entry.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vertikal.regime.kinds import KINDS
from vertikal.scenario.faults import Fault, ScenarioError, nearest, suggest
from vertikal.scenario.outcomes import KINDS as KINDS_OF_OUTCOMES
from vertikal.scenario.registry import mechanisms
from vertikal.scenario.source import Layer, Mark, Node, from_plain, read_file, read_text, stamp

ROW_SECTIONS = (
    "people",
    "clans",
    "offices",
    "bodies",
    "events",
    "outcomes",
    "history",
    "variants",
    "pacts",
    "bonds",
    "parameters",
    *(kind.section for kind in KINDS.values() if kind.subsystem),
)
_EITHER: dict[str, tuple[frozenset[str], ...]] = {
    "people": (frozenset({"born", "age"}),),
    "outcomes": (frozenset(KINDS_OF_OUTCOMES),),
}
"""Entries of which a row has at most one, so that a patch with one displaces the other."""


@dataclasses.dataclass(frozen=True)
class Patch:
    """Changes to a scenario under a name.

    Attributes:
        label: How results and faults call it.
        changes: Nested mappings in the format of a scenario file.
    """

    label: str
    changes: Mapping[str, Any]


def merge(base: Node, over: Node, faults: list[Fault], path: tuple[str, ...] = ()) -> Node:
    """A tree with another laid over it.

    Args:
        base: The tree below.
        over: The tree above; wins.
        faults: Receives what cannot be done, such as removing what is not there.
        path: Where in the file the two stand.
    """
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(base.value)
    for names in _EITHER.get(path[0], ()) if len(path) == 2 else ():
        given = names & {k for k, child in over.value.items() if child.value is not None}
        if given:
            merged = {k: v for k, v in merged.items() if k not in names or k in given}
    for key, child in over.value.items():
        if child.value is None and not path:
            continue  # an empty section says nothing
        if child.value is None:
            if key not in merged and len(path) == 1 and path[0] in ROW_SECTIONS:
                faults.append(
                    child.fault(
                        f'there is no "{key}" to remove.',
                        suggest(key, merged, path[0]),
                        ".".join((*path, key)),
                        True,
                    )
                )
            merged.pop(key, None)
        elif key in merged:
            merged[key] = merge(merged[key], child, faults, (*path, key))
        else:
            merged[key] = child
    return dataclasses.replace(base, value=merged)


def variant_nodes(tree: Node, letter: str, above: tuple[str, ...] = ()) -> list[Node]:
    """The patches of a variant, those of the variants that it includes first.

    Raises:
        ScenarioError: If there is no such variant, or variants include each other in a ring.
    """
    variants = tree.get("variants")
    names = [name for name, _ in variants.items()] if variants else []
    row = variants.get(letter) if variants else None
    if row is None:
        message = f'there is no variant "{letter}".'
        remedy = (
            suggest(letter, names, "variants") if names else "This scenario declares no variants."
        )
        where = variants or tree
        raise ScenarioError([where.fault(message, remedy, "variants", at_key=True)])
    if letter in above:
        ring = " -> ".join((*above, letter))
        raise ScenarioError(
            [
                row.fault(
                    f"the variants include each other: {ring}.",
                    "Remove one `includes`.",
                    f"variants.{letter}",
                )
            ]
        )
    found: list[Node] = []
    includes = row.get("includes")
    if includes is not None:
        named = includes.value if isinstance(includes.value, list) else [includes]
        for child in named:
            if isinstance(child.value, str):
                found += variant_nodes(tree, child.value, (*above, letter))
    patch = row.get("patch")
    if patch is not None and isinstance(patch.value, dict):
        found.append(stamp(patch, Layer("variant", f"variant {letter}", row.layer.rank + 0.5)))
    return found


def patch_node(patch: Patch | Path | str | Mapping[str, Any], number: int, rank: int) -> Node:
    """A patch as a tree.

    Args:
        patch: A `Patch`, a mapping, or the path of a file.
        number: Its place among the patches, for its label.
        rank: Its place among the layers.

    Raises:
        ScenarioError: If it cannot be read.
    """
    if isinstance(patch, Patch):
        return _from_mapping(patch.changes, patch.label, rank)
    if isinstance(patch, Mapping):
        return _from_mapping(patch, f"patch {number}", rank)
    node = read_file(Path(patch), Layer("patch", Path(patch).name, rank))
    if not isinstance(node.value, dict):
        raise ScenarioError(
            [node.fault("a patch must be a mapping.", "Write entries such as `pacts: {...}`.")]
        )
    return node


def _from_mapping(changes: Mapping[str, Any], label: str, rank: int) -> Node:
    return from_plain(changes, label, Layer("patch", label, rank))


def set_nodes(
    settings: Mapping[str, Any] | Sequence[str], sections: Sequence[str], rank: int
) -> list[Node]:
    """The settings of `--set` as trees, one each.

    Args:
        settings: `path=value` texts, or a mapping from path to value.
        sections: Names of the sections of a scenario; a path that begins with none of them is that
            of a parameter.
        rank: Their place among the layers.

    Raises:
        ScenarioError: Holding every setting that cannot be read.
    """
    if isinstance(settings, Mapping):
        pairs = [(str(path), value) for path, value in settings.items()]
    else:
        pairs = [_split(text) for text in ([settings] if isinstance(settings, str) else settings)]
    return [_set_node(path, value, sections, rank) for path, value in pairs]


def _split(text: str) -> tuple[str, str]:
    path, equals, value = str(text).partition("=")
    if not equals or not path.strip():
        fault = Fault(
            "this says not what to set to what.",
            "Write --set path=value, for instance --set people.beria.proximity=0.2.",
            file=f"--set {text}",
        )
        raise ScenarioError([fault])
    return path.strip(), value.strip()


def _set_node(path: str, value: Any, sections: Sequence[str], rank: int) -> Node:
    label = f"--set {path}={value}"
    layer = Layer("set", label, rank)
    node = (
        read_text(value, label, layer)
        if isinstance(value, str)
        else from_plain(value, label, layer)
    )
    node = _without_lines(node, label)
    steps = _steps(path)
    if steps[0] not in sections:
        close = nearest(steps[0], sections)
        misspelt = close and steps[0].startswith(close[:4]) and steps[0] not in mechanisms()
        if len(steps) != 2 or misspelt:
            raise ScenarioError(
                [
                    Fault(
                        f'there is no section "{steps[0]}".',
                        suggest(steps[0], sections, "sections"),
                        path,
                        label,
                    )
                ]
            )
        steps = ["parameters", *steps]
    for step in reversed(steps):
        node = Node({step: dataclasses.replace(node, key=Mark(label))}, Mark(label), layer)
    return node


def _steps(path: str) -> list[str]:
    """The steps of a dotted path; the address that an event changes is one step, dots and all."""
    steps = path.split(".")
    if steps[0] == "events" and len(steps) > 4 and steps[2] in ("set", "add"):
        steps = [*steps[:3], ".".join(steps[3:])]
    return steps


def _without_lines(node: Node, label: str) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {
            key: dataclasses.replace(_without_lines(c, label), key=Mark(label))
            for key, c in value.items()
        }
    elif isinstance(value, list):
        value = [_without_lines(child, label) for child in value]
    return dataclasses.replace(node, value=value, mark=Mark(label))
