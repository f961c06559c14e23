"""Addresses and conditions: how a scenario file speaks about the state.

`clans.share[malenkov]` is an address: a quantity of the regime, and the row meant. A condition
compares an address with a number or a name: `elite.status[beria] != active`. Conditions may be
joined by `and`. What can be addressed is `vertikal.regime.observe.OBSERVABLES`; it is imported only
when an address is checked, since that import is slow.
"""

import contextlib
import dataclasses
import math
import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any

from vertikal.regime.kinds import KINDS
from vertikal.scenario.faults import Problem, listed, nearest, quoted, suggest
from vertikal.scenario.quantities import bounds

NOBODY_LABEL = "nobody"
COMPARISONS = ("==", "!=", ">=", "<=", ">", "<")
_COMPARE = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
    ">": operator.gt, "<": operator.lt,
}  # fmt: skip
COMPUTED = {
    "elite.power": "offices, proximity and patrons",
    "elite.coercion": "offices",
    "clans.power": "offices, proximity and cohesion",
    "clans.coercion": "offices",
    "clans.cover": "offices, pacts and favour",
    "clans.exposure": "the exposure and knowledge of the members and their cover",
}
"""State that the balance of power computes anew in each tick, and what it is computed from."""
Rows = Mapping[str, Sequence[str]]
"""Names of the rows of each kind, see `vertikal.regime.kinds`; and of the subsystems in play."""

_NAME = r"[a-z_]+\.[a-z_]+"
_ADDRESS = re.compile(rf"^\s*({_NAME})\s*(?:\[([^\[\]]*)\])?\s*$")
_CONDITION = re.compile(
    rf"^\s*({_NAME}\s*(?:\[[^\[\]]*\])?)\s*(==|!=|>=|<=|>|<)\s*([^\s=!<>]\S*)\s*$"
)
_ADDRESS_HOW = "Write an address such as military_industry.tension or clans.share[malenkov]."
_CONDITION_HOW = (
    'Write a condition such as "elite.severity[malenkov] >= 0.25" or '
    '"elite.status[beria] != active"; join several with `and`.'
)
_HINTS = (
    (r"^\s*and\b|\band\s*$", "`and` stands between two conditions."),
    (r"(?i)\bor\b|\|", "For `or`, ask for each by an outcome, and put these together by `any`."),
    (r"(?i)\band\b|[&,;]", "Join conditions with `and`, in small letters."),
    (r"=>|≥", "Write >= for at least."),
    (r"=<|≤", "Write <= for at most."),
    (r"<>|=!|≠", "Write != for other than."),
    (r"[<>=][^<>=]+[<>=]", "Compare once in each condition."),
    (r"[<>=]\s*$", "Say with what it is compared."),
    (r"^\s*[-+.\d]", "Write the address first, and then the number."),
    (r"[^=!<>]=[^=]", "Write == for equality."),
)
"""What may be meant by what is no condition, what stands in brackets left aside."""


@dataclasses.dataclass(frozen=True)
class Address:
    """A quantity of the regime and the rows meant; no rows mean all of them."""

    name: str
    rows: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}[{', '.join(self.rows)}]" if self.rows else self.name


@dataclasses.dataclass(frozen=True)
class Condition:
    """One comparison of an addressed quantity with a number or a name."""

    address: Address
    comparison: str
    """One of `COMPARISONS`."""
    value: float | str

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else repr(self.value)
        return f"{self.address} {self.comparison} {value}"


def read_address(text: Any) -> Address:
    """Read an address; whether it exists is another question.

    Raises:
        Problem: If it has not the form of an address.
    """
    match = _ADDRESS.match(text) if isinstance(text, str) else None
    if not match:
        raise Problem(f"{quoted(text)} is no address.", _ADDRESS_HOW)
    rows = tuple(part.strip() for part in match[2].split(",")) if match[2] is not None else ()
    if any(not row for row in rows):
        raise Problem(f"{quoted(text)} names no row between its brackets.", _ADDRESS_HOW)
    return Address(match[1], rows)


def read_conditions(text: Any) -> tuple[Condition, ...]:
    """Read comparisons joined by `and`.

    Raises:
        Problem: If it has not the form of a condition.
    """
    if not isinstance(text, str):
        raise Problem(f"{quoted(text)} is no condition.", _CONDITION_HOW)
    return tuple(_condition(part) for part in re.split(r"\s+and\s+", text))


def _condition(text: str) -> Condition:
    match = _CONDITION.match(text)
    if not match:
        bare = re.sub(r"\[[^\[\]]*\]", "", text)
        hints = [f"{hint} " for pattern, hint in _HINTS if re.search(pattern, bare)][:1]
        raise Problem(f"{quoted(text)} is no condition.", "".join(hints) + _CONDITION_HOW)
    return Condition(read_address(match[1]), match[2], _literal(match[3]))


def _literal(text: str) -> float | str:
    if text in ("true", "false"):
        return float(text == "true")
    if re.match(r"^[-+]?(\d|\.\d)", text):
        with contextlib.suppress(ValueError):
            if math.isfinite(number := float(text)):
                return number
        raise Problem(f"{quoted(text)} is no number.", _CONDITION_HOW)
    return text.strip("\"'")


def observable(address: Address) -> Any:
    """The observable that an address names.

    Raises:
        Problem: If there is none.
    """
    from vertikal.regime.observe import OBSERVABLES

    found = OBSERVABLES.get(address.name)
    if found:
        return found
    part, _, field = address.name.partition(".")
    parts = sorted({name.split(".")[0] for name in OBSERVABLES})
    if part not in parts:
        close = nearest(address.name, OBSERVABLES)
        hint = f'Did you mean "{close}"? ' if close else ""
        raise Problem(
            f'nothing has the address "{address.name}".',
            f"{hint}Addresses begin with {listed(parts)}.",
        )
    fields = [name.split(".")[1] for name in OBSERVABLES if name.startswith(part + ".")]
    raise Problem(f'"{part}" has no "{field}".', suggest(field, fields, f"in {part}"))


def check_address(address: Address, rows: Rows, every: bool = False) -> Any:
    """The observable that an address names, after checking its rows.

    Args:
        address: The address.
        rows: Names of the rows of each kind.
        every: Whether an address without rows may mean all rows.

    Raises:
        Problem: If the quantity or a row does not exist, or rows are missing.
    """
    from vertikal.regime.subsystems import SUBSYSTEMS

    seen = observable(address)
    subsystem = address.name.partition(".")[0]
    if subsystem in SUBSYSTEMS and subsystem not in rows.get("subsystems", ()):
        sections = [k.section for k in KINDS.values() if k.subsystem == subsystem] or [subsystem]
        raise Problem(
            f'"{address}" belongs to a subsystem that the scenario does not have.',
            f"Declare it by a section `{sections[0]}`, or remove this.",
        )
    if not address.rows and every:
        return seen
    if len(address.rows) != len(seen.dims):
        kinds = ", ".join(KINDS[d].singular for d in seen.dims)
        what = f'"{address}" names {len(address.rows)} row(s), but {len(seen.dims)} are needed.'
        if not address.rows:
            what = f'"{address}" does not say which row is meant.'
        raise Problem(
            what, f"Write {address.name}[{kinds}]." if kinds else f"Write {address.name}."
        )
    for row, kind in zip(address.rows, seen.dims, strict=True):
        if row not in rows[kind]:
            raise Problem(
                f'there is no {KINDS[kind].singular} "{row}".', suggest(row, rows[kind], kind)
            )
    return seen


def labels_of(seen: Any, rows: Rows) -> tuple[str, ...] | None:
    """The names that the values of an observable stand for, or `None` for a quantity."""
    if seen.labels is None:
        return None
    if isinstance(seen.labels, str):
        return (*rows[_kind_of(seen)], NOBODY_LABEL)
    return tuple(member.name.lower() for member in seen.labels)


def _kind_of(seen: Any) -> str:
    """The kind of the rows that the values of an observable stand for."""
    return next(k.name for k in KINDS.values() if k.singular == seen.labels)


def code_of(seen: Any, label: str, rows: Rows) -> int:
    """The whole number that stands for a label in the arrays of a regime."""
    if isinstance(seen.labels, str):
        return -1 if label == NOBODY_LABEL else list(rows[_kind_of(seen)]).index(label)
    return int(seen.labels[label.upper()])


def check_label(address: Address, seen: Any, value: Any, rows: Rows) -> None:
    """Check that a value is of the kind that an address has.

    Raises:
        Problem: If a number is given for a name, a name for a number, or an unknown name.
    """
    names = labels_of(seen, rows)
    if names is None:
        if isinstance(value, str):
            raise Problem(
                f'"{address}" is a number, but {quoted(value)} is none.', "Give a number."
            )
        return
    if not isinstance(value, str):
        raise Problem(
            f'"{address}" has names for values, not numbers such as {value:g}.',
            f"Give one of: {listed(names)}.",
        )
    if value not in names:
        raise Problem(
            f'"{value}" is no value of "{address}".', suggest(value, names, "possible values")
        )


def check_condition(condition: Condition, rows: Rows) -> None:
    """Check a condition against what the scenario declares.

    Raises:
        Problem: If its address, rows, comparison or value are wrong.
    """
    seen = check_address(condition.address, rows)
    check_label(condition.address, seen, condition.value, rows)
    ordered = condition.address.name == "moves.grade"
    if seen.labels is not None and condition.comparison not in ("==", "!=") and not ordered:
        raise Problem(
            f'"{condition.address}" has names for values, which have no order, '
            f'so "{condition.comparison}" means nothing.',
            "Compare with == or !=.",
        )
    if seen.labels is None and not isinstance(condition.value, str):
        _check_threshold(condition, condition.value, *seen.range)


def _check_threshold(condition: Condition, value: float, low: float, high: float) -> None:
    """Check that a quantity between `low` and `high` may be on either side of a threshold.

    Raises:
        Problem: If the condition can never hold, or holds always.
    """
    holds = _COMPARE[condition.comparison]
    seen = {holds(low, value), holds(high, value)}
    if low <= value <= high and condition.comparison in ("==", "!="):
        return
    if len(seen) == 1:
        raise Problem(
            f'"{condition}" {"always holds" if seen == {True} else "can never hold"}: '
            f"{condition.address} is {bounds(low, high)}.",
            "Compare with a number on either side of which it can be.",
        )
