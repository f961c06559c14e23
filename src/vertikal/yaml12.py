"""YAML 1.2 by libyaml, which reads ten times as fast as what is written in Python.

PyYAML takes plain words by version 1.1, where `no` is false and `1e5` a word. Here they mean what
the core schema of version 1.2 says (YAML 1.2.2, section 10.3.2), with `1_000` and `0b11` besides.
Dates stay text.
"""

import re
from typing import Any, ClassVar

import yaml

_MEANINGS = (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?([0-9][0-9_]*|0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+)", "-+0123456789"),
    (
        "float",
        r"[-+]?([0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))([eE][-+]?[0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        "-+.0123456789",
    ),
)
"""What plain words mean: a kind, the words of that kind, and the letters that begin them."""

DEEPEST = 200
"""Levels of nesting that are read."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}
    _depth = 0

    # libyaml calls itself for each level, and does not look how much room there is
    def descend_resolver(self, parent: Any, index: Any) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise RecursionError

    def ascend_resolver(self) -> None:
        self._depth -= 1


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for _kind, _words, _letters in _MEANINGS:
    for _reads_or_writes in (_Loader, _Dumper):
        _reads_or_writes.add_implicit_resolver(
            f"tag:yaml.org,2002:{_kind}", re.compile(rf"(?:{_words})\Z"), list(_letters)
        )


def _whole(loader: Any, node: yaml.ScalarNode) -> int:
    """A whole number; PyYAML would take 010 for 8, as version 1.1 does."""
    text = node.value.replace("_", "").lower()
    base = {"0b": 2, "0o": 8, "0x": 16}.get(text.lstrip("+-")[:2], 10)
    try:
        return int(text, base)
    except ValueError:
        raise yaml.constructor.ConstructorError(
            None, None, f"{node.value!r} is not a number", node.start_mark
        ) from None


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)


def compose(text: str) -> yaml.Node | None:
    """The nodes of a text, with their marks; none if it is empty.

    Raises:
        yaml.YAMLError: If it is no YAML, or more than one document. What is open at the end of the
            text is marked where it begins.
        RecursionError: If it is nested too deeply.
    """
    try:
        return yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as why:
        end = why.problem_mark
        if end and why.context_mark and end.line >= len(text.splitlines()):
            why.problem_mark = why.context_mark
            if "':'" not in str(why.problem):
                why.problem = "expected its end and found that of the text"
        raise


def load(text: str) -> Any:
    """The plain values of a text.

    Raises:
        yaml.YAMLError: If it is no YAML, or more than one document.
        RecursionError: If it is nested too deeply.
    """
    return yaml.load(text, _Loader)


def dump(values: Any) -> str:
    """Plain values as a text that `load` makes the same values of, in their order."""
    return yaml.dump(
        values,
        Dumper=_Dumper,
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        width=110,
    )
