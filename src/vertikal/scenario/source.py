"""A YAML file as a tree that remembers where everything in it stands.

libyaml composes the text; this module turns its nodes into plain values with marks, and
refuses what a scenario file has no use for: duplicate keys, tags, recursive or exploding aliases.
Dates stay text, so that an impossible one becomes a fault of its field and not of the parser.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from yaml import MappingNode, MarkedYAMLError, ScalarNode, SequenceNode
from yaml import Node as YamlNode

from vertikal import yaml12
from vertikal.scenario.faults import Fault, ScenarioError, quoted

_MOST_BYTES = 4_000_000
_MOST_NODES = 200_000
_MOST_DEPTH = 60
_LONGEST_NUMBER = 40
_TAG = "tag:yaml.org,2002:"
_TAGS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")


@dataclasses.dataclass(frozen=True)
class Layer:
    """One of the sources laid over one another to make a scenario.

    Attributes:
        kind: `library`, `file`, `variant`, `patch` or `set`.
        label: How to name it to a person.
        rank: How late it was written: a variant counts with the file that declares it, and a
            narrower clock leaves behind only what is older (see `assemble.drop_outside`).
    """

    kind: str
    label: str
    rank: float = 0


@dataclasses.dataclass(frozen=True)
class Mark:
    """A stretch of one line of a file; line and column from 1, or 0 where there is no file."""

    file: str
    line: int = 0
    column: int = 0
    width: int = 1
    text: str = ""


@dataclasses.dataclass(frozen=True)
class Node:
    """A value, where it stands, where its key stands, and the layer that it comes from."""

    value: Any
    """A dict of nodes, a list of nodes, or a plain scalar."""
    mark: Mark
    layer: Layer
    key: Mark | None = None

    def find(self, path: tuple[Any, ...]) -> tuple["Node", bool]:
        """The deepest node on the way along `path`, and whether it is the end of it."""
        node = self
        for step in path:
            rows = node.value
            if isinstance(rows, list) and isinstance(step, int):
                rows = dict(enumerate(rows))
            if not isinstance(rows, dict) or step not in rows:
                return node, False
            node = rows[step]
        return node, True

    def get(self, *path: Any) -> "Node | None":
        """The node at a path, or `None`."""
        node, there = self.find(path)
        return node if there else None

    def items(self) -> Iterator[tuple[str, "Node"]]:
        """Keys and nodes of a mapping; nothing for other values."""
        return iter(self.value.items() if isinstance(self.value, dict) else ())

    def fault(
        self, message: str, remedy: str = "", address: str = "", at_key: bool = False
    ) -> Fault:
        """A fault at this node, or at its key."""
        mark = self.key if at_key and self.key else self.mark
        return Fault(
            message,
            remedy,
            address,
            mark.file,
            mark.line or None,
            mark.column or None,
            mark.text,
            mark.width,
        )


def plain(node: Node) -> Any:
    """The values of a tree without their marks."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def stamp(node: Node, layer: Layer) -> Node:
    """The tree as a part of another layer."""
    value = node.value
    if isinstance(value, dict):
        value = {key: stamp(child, layer) for key, child in value.items()}
    elif isinstance(value, list):
        value = [stamp(child, layer) for child in value]
    return dataclasses.replace(node, value=value, layer=layer)


def read_file(path: Path, layer: Layer) -> Node:
    """Read a YAML file; faults call it by the label of its layer.

    Raises:
        ScenarioError: If it cannot be opened, is no UTF-8 text, or is no YAML.
    """
    name = layer.label
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise _error("there is no such file.", name, "Check the spelling and the folder.") from None
    except (OSError, ValueError) as why:
        reason = getattr(why, "strerror", None) or str(why)
        raise _error(f"the file cannot be read ({reason}).", name, "") from None
    if len(raw) > _MOST_BYTES:
        raise _error(
            "the file is too long for a scenario.", name, f"The limit is {_MOST_BYTES} bytes."
        )
    if b"\0" in raw:
        raise _error("this is a binary file, not a text.", name, "Give a YAML file.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = raw[: why.start].count(b"\n") + 1
        raise ScenarioError(
            [
                Fault(
                    "this line is not UTF-8.",
                    "Save the file with the encoding UTF-8.",
                    "",
                    name,
                    line,
                )
            ]
        ) from None
    return read_text(text, name, layer)


def _error(what: str, where: str, mend: str) -> ScenarioError:
    return ScenarioError([Fault(what, mend, file=where)])


@functools.lru_cache(maxsize=8)
def read_text(text: str, file: str, layer: Layer) -> Node:
    """Read YAML text; `file` is what faults call it.

    Parsing is the slowest part of loading and trees are never changed, so that the last few texts
    are remembered: the arms of a contrast share one file.

    Raises:
        ScenarioError: If the text is no YAML, or uses what scenario files do not allow.
    """
    lines = text.splitlines()
    try:
        root = yaml12.compose(text)
    except MarkedYAMLError as why:
        raise ScenarioError([_syntax_fault(why, file, lines)]) from None
    except RecursionError:
        raise _error(
            "the entries are nested too deeply.", file, f"Stay below {_MOST_DEPTH} levels."
        ) from None
    except Exception as why:  # the parser meets garbage with errors of many kinds
        reason = str(why).splitlines()[0] if str(why) else type(why).__name__
        raise _error(
            f"this is no YAML ({reason}).", file, "See the scenario format in the docs."
        ) from None
    if root is None:
        return Node(None, Mark(file, 1, 1), layer)
    builder = _Builder(file, lines, layer)
    node = builder.build(root, (), 0)
    if builder.faults:
        raise ScenarioError(builder.faults)
    return node


def _syntax_fault(why: MarkedYAMLError, file: str, lines: list[str]) -> Fault:
    mark = why.problem_mark or why.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = lines[line - 1] if line <= len(lines) else ""
    what = " ".join(str(p).strip() for p in (why.context, why.problem) if p) or "this is no YAML"
    remedy = "Check indentation, colons, quotes and brackets near this place."
    if "expected ','" in what and text[column - 1 : column] == "[":
        remedy = 'Put an address with brackets in quotes: "elite.proximity[beria]".'
    if "\\t" in what or text[:column].lstrip(" ").startswith("\t"):
        what, remedy = "a tab character is used for indentation", "Indent with spaces only."
    if "expected a single document" in what:
        what, remedy = (
            "the file holds more than one document",
            "Remove the line `---` and what follows it.",
        )
    return Fault(f"{what}.", remedy, "", file, line, column, text)


class _Builder:
    """Turns composed nodes into marked ones and collects what is wrong with them."""

    def __init__(self, file: str, lines: list[str], layer: Layer) -> None:
        self.file, self.lines, self.layer = file, lines, layer
        self.faults: list[Fault] = []
        self.count = 0
        self.open: set[int] = set()

    def build(self, node: YamlNode, path: tuple[str, ...], depth: int) -> Node:
        mark = self._mark(node)
        self.count += 1
        if self.count == _MOST_NODES:
            self._fault(
                mark,
                path,
                "this file grows too large when its aliases are filled in.",
                "Use fewer aliases (`*`).",
            )
        if self.count >= _MOST_NODES or depth > _MOST_DEPTH or id(node) in self.open:
            if id(node) in self.open:
                self._fault(mark, path, "this entry contains itself.", "Remove the alias (`*`).")
            elif depth > _MOST_DEPTH:
                self._fault(
                    mark,
                    path,
                    "the entries are nested too deeply.",
                    f"Stay below {_MOST_DEPTH} levels.",
                )
            return Node(None, mark, self.layer)
        self.open.add(id(node))
        try:
            return self._build(node, mark, path, depth)
        finally:
            self.open.discard(id(node))

    def _build(self, node: YamlNode, mark: Mark, path: tuple[str, ...], depth: int) -> Node:
        tag = str(node.tag)
        if tag.removeprefix(_TAG) not in _TAGS:
            self._fault(
                mark, path, f"tags such as {quoted(tag)} have no meaning here.", "Remove the tag."
            )
            return Node(None, mark, self.layer)
        if isinstance(node, MappingNode):
            return Node(self._mapping(node, path, depth), mark, self.layer)
        if isinstance(node, SequenceNode):
            children = [self.build(c, (*path, str(i)), depth + 1) for i, c in enumerate(node.value)]
            return Node(children, mark, self.layer)
        assert isinstance(node, ScalarNode)
        return Node(self._scalar(node, mark, path), mark, self.layer)

    def _mapping(self, node: MappingNode, path: tuple[str, ...], depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key_mark = self._mark(key_node)
            if not isinstance(key_node, ScalarNode):
                self._fault(
                    key_mark, path, "a key must be a word or a number.", "Put the key in one line."
                )
                continue
            key = str(key_node.value)
            if key == "<<" and not key_node.style:
                self._fault(
                    key_mark,
                    path,
                    "merge keys (`<<`) are not supported.",
                    "Write the entries out, or use `extends:`.",
                )
                continue
            child = self.build(value_node, (*path, key), depth + 1)
            if key in found:
                first = found[key].key
                line = first.line if first else 0
                self._fault(
                    key_mark,
                    (*path, key),
                    "this key is given twice.",
                    f"It stands in line {line} already; keep one of them.",
                )
                continue
            found[key] = dataclasses.replace(child, key=key_mark)
        return found

    def _scalar(self, node: ScalarNode, mark: Mark, path: tuple[str, ...]) -> Any:
        text, tag = str(node.value), str(node.tag)[len(_TAG) :]
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() in ("true", "yes", "on")
        if tag in ("int", "float"):
            try:
                return _number(text, tag)
            except (ValueError, OverflowError):
                self._fault(
                    mark,
                    path,
                    f"{quoted(text)} is no usable number.",
                    "Write a number such as 0.5 or 12.",
                )
                return None
        return text

    def _mark(self, node: YamlNode) -> Mark:
        start, end = node.start_mark, node.end_mark
        text = self.lines[start.line] if start.line < len(self.lines) else ""
        same_line = end is not None and end.line == start.line
        width = end.column - start.column if same_line else len(text.rstrip()) - start.column
        return Mark(self.file, start.line + 1, start.column + 1, max(1, width), text)

    def _fault(self, mark: Mark, path: tuple[str, ...], what: str, mend: str) -> None:
        self.faults.append(
            Fault(
                what, mend, ".".join(path), mark.file, mark.line, mark.column, mark.text, mark.width
            )
        )


def _number(text: str, tag: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError
    digits = text.replace("_", "")
    if tag == "float":
        return float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))
    low = digits.lower().lstrip("+-")
    return int(digits, 0) if low.startswith(("0x", "0o", "0b")) else int(digits)


def from_plain(value: Any, label: str, layer: Layer, depth: int = 0) -> Node:
    """A tree of plain Python values, as a patch in a program gives them.

    Raises:
        ScenarioError: If it holds anything but mappings, lists, text, numbers, dates and `None`.
    """
    mark = Mark(label)
    if depth > _MOST_DEPTH:
        raise _error(
            "the entries are nested too deeply.", label, f"Stay below {_MOST_DEPTH} levels."
        )
    if isinstance(value, Mapping):
        found = {}
        for key, child in value.items():
            if not isinstance(key, str):
                raise _error(f"the key {quoted(key)} is no text.", label, "Use text as keys.")
            found[key] = dataclasses.replace(from_plain(child, label, layer, depth + 1), key=mark)
        return Node(found, mark, layer)
    if isinstance(value, list | tuple):
        return Node([from_plain(child, label, layer, depth + 1) for child in value], mark, layer)
    if hasattr(value, "isoformat"):
        value = value.isoformat(" ") if hasattr(value, "hour") else value.isoformat()
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    if value is None or isinstance(value, str | int | float):
        return Node(value, mark, layer)
    raise _error(
        f"a value of type {type(value).__name__} has no meaning here.", label, "Use plain values."
    )
