"""Outcomes: questions with an answer in each history; and the history that happened.

An outcome asks whether something happens, when it first happens and in which way, during what
share of the time it lasts, or the value, extreme or mean of a quantity. Others are put together of
these: whether all, any or none of them hold, the span from one date to another, the difference or
the ratio of two numbers.
"""

import dataclasses
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, PlainSerializer, PlainValidator, StrictBool, model_validator

from vertikal.scenario.conditions import (
    Address,
    Condition,
    check_address,
    check_condition,
    check_label,
    read_address,
    read_conditions,
)
from vertikal.scenario.dates import Day, LastDay, moment
from vertikal.scenario.faults import Problem, listed, nearest, quoted
from vertikal.scenario.schema import Names, Row, Text

Kind = Literal[
    "happens", "first", "value", "highest", "lowest", "mean", "share",
    "all", "any", "none", "span", "difference", "ratio",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

TRUTHS: tuple[Kind, ...] = ("happens", "all", "any", "none")
NUMBERS: tuple[Kind, ...] = ("value", "highest", "lowest", "mean", "share")
PARTS: dict[Kind, tuple[Kind, ...]] = {
    "all": ("happens",),
    "any": ("happens",),
    "none": ("happens",),
    "span": ("first",),
    "difference": NUMBERS,
    "ratio": (*NUMBERS, "span", "difference"),
}
"""The kinds that are put together of other outcomes, and of which kinds these may be."""

MISSING: tuple[Kind, ...] = ("span", "ratio")
"""Kinds that some history may leave without an answer, a `first` besides, whose answer is never."""
Use = Literal["reproduce", "hold out", "explore"]

Conditions = Annotated[
    tuple[Condition, ...],
    PlainValidator(read_conditions),
    PlainSerializer(lambda many: " and ".join(str(c) for c in many)),
]
Watched = Annotated[Address, PlainValidator(read_address), PlainSerializer(str)]


def _later(default: Any = None) -> Any:
    """A field younger than the hashes of questions: not written where it says nothing, so that they
    stand."""
    return Field(default=default, exclude_if=lambda value: value is default)


class Outcome(Row):
    """A question, what answers it, and what the answer may be used for.

    Exactly one of the fields named in `KINDS` is given.
    """

    ask: Text
    happens: Conditions | None = None
    """Whether the conditions hold together in at least one tick."""
    first: Conditions | None = None
    """The first tick in which the conditions hold together."""
    read: Watched | None = None
    """With `first`: what to read off in that tick, such as the mode of an exit."""
    anew: StrictBool = _later(False)
    """With `happens` or `first`: whether a tick counts only if the conditions did not hold together
    in the one before; before the first tick stands the state at the start."""
    value: Watched | None = None
    """The value at a date."""
    at: LastDay | None = None
    """With `value`: when; the end of the clock if not given."""
    highest: Watched | None = None
    lowest: Watched | None = None
    mean: Watched | None = None
    share: Conditions | None = _later()
    """The share of the ticks in which the conditions hold together."""
    all: Names | None = None
    any: Names | None = None
    none: Names | None = None
    span: Names | None = _later()
    """Years from the first of two dates to the second; below 0 where the second comes first."""
    difference: Names | None = _later()
    """The first of two numbers less the second."""
    ratio: Names | None = _later()
    """The first of two numbers divided by the second."""
    start: Day | None = Field(default=None, alias="from")
    until: LastDay | None = None
    use: Use = "explore"
    origin: Text = ""

    @property
    def kind(self) -> Kind:
        """Which question it asks."""
        return next(k for k in KINDS if getattr(self, k) is not None)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions of a `happens`, `first` or `share`; otherwise none."""
        return self.happens or self.first or self.share or ()

    @property
    def address(self) -> Address | None:
        """The quantity that a `value`, `highest`, `lowest` or `mean` reads."""
        return self.value or self.highest or self.lowest or self.mean

    @property
    def parts(self) -> tuple[str, ...]:
        """The outcomes of which it is put together, by the kinds of `PARTS`; otherwise none."""
        return next((getattr(self, k) for k in PARTS if getattr(self, k) is not None), ())

    @model_validator(mode="after")
    def _one_kind(self) -> "Outcome":
        given = [k for k in KINDS if getattr(self, k) is not None]
        if len(given) != 1:
            what = "asks nothing" if not given else f"asks several things ({', '.join(given)})"
            raise Problem(f"this outcome {what}.", f"Give exactly one of: {', '.join(KINDS)}.")
        kind = given[0]
        fields = (("read", ("first",)), ("at", ("value",)), ("anew", ("happens", "first")))
        for field, kinds in fields:
            if getattr(self, field) not in (None, False) and kind not in kinds:
                fitting = " or ".join(f"`{k}`" for k in kinds)
                raise Problem(
                    f"`{field}` goes with {fitting}, not with `{kind}`.", f"Remove `{field}`."
                )
        windowed = kind in ("happens", "first", "highest", "lowest", "mean", "share")
        if (self.start or self.until) and not windowed:
            mend = "put them on its parts" if kind in PARTS else "`value` takes `at`"
            raise Problem(f"`from` and `until` do not go with `{kind}`.", f"Remove them; {mend}.")
        if self.start and self.until and self.until < self.start:
            raise Problem("`until` comes before `from`.", "Exchange or correct them.")
        if kind in PARTS:
            _check_number_of_parts(kind, self.parts)
        return self


def _check_number_of_parts(kind: Kind, parts: tuple[str, ...]) -> None:
    if kind in ("all", "any", "none"):
        if not parts:
            raise Problem(
                f"`{kind}` names no outcome.", "Name at least one outcome with `happens`."
            )
    elif len(set(parts)) != 2 or len(parts) != 2:
        raise Problem(
            f"`{kind}` is of two different outcomes, and this names {listed(parts) or 'none'}.",
            f"Write {kind}: [ONE, OTHER]; the answer is {_ORDERS[kind]}.",
        )


_ORDERS = {
    "span": "the time from ONE to OTHER",
    "difference": "ONE less OTHER",
    "ratio": "ONE divided by OTHER",
}


@dataclasses.dataclass(frozen=True)
class Recorded:
    """What history answered to an outcome.

    Attributes:
        written: As the file has it.
        value: `True` or `False`, a number, or a name; for a `first` with `read` the name or number
            read; `None` where only a date is asked.
        first: Beginning of the recorded date of a `first`.
        last: End of it; later than `first` where only a month or a year is known.
        never: Whether a `first` never happened.
        within: How near a number must come to count as the same, if the file says so.
    """

    written: Any
    value: bool | float | str | None = None
    first: datetime | None = None
    last: datetime | None = None
    never: bool = False
    within: float | None = None


def check_outcome(outcome: Outcome, rows: Any) -> None:
    """Check the addresses and conditions of an outcome.

    Raises:
        Problem: At the first that is wrong.
    """
    for condition in outcome.conditions:
        check_condition(condition, rows)
    if outcome.address:
        seen = check_address(outcome.address, rows)
        if seen.labels is not None and outcome.kind != "value":
            raise Problem(
                f'"{outcome.address}" has names for values, which have no `{outcome.kind}`.',
                "Use `value` or `first`.",
            )
    if outcome.read and check_address(outcome.read, rows).labels is None:
        raise Problem(
            f'"{outcome.read}" is a number, and `read` is for names.',
            "Ask for it by `value`, with `at`, or compare it in a condition.",
        )


def read_history(raw: Any, outcome: Outcome, rows: Any) -> Recorded:
    """What history answered, checked against the kind of the outcome.

    Raises:
        Problem: If it is no possible answer.
    """
    kind = outcome.kind
    if kind in TRUTHS:
        if not isinstance(raw, bool):
            raise Problem(f"{quoted(raw)} is no answer to a `{kind}`.", "Write true or false.")
        return Recorded(raw, raw)
    if kind == "first":
        return _dated(raw, outcome, rows)
    value, within = _with_window(raw)
    if outcome.address is None:
        return _numbered(raw, value, within, kind)
    _check_answer(outcome.address, value, rows)
    if isinstance(value, str) and within is not None:
        raise Problem("`within` goes with a number, not with a name.", "Remove `within`.")
    return Recorded(raw, float(value) if not isinstance(value, str) else value, within=within)


def _with_window(raw: Any) -> tuple[Any, float | None]:
    """A recorded value, and how near a history must come to it, if that is stated.

    Raises:
        Problem: If the entries are others than `value` and `within`, or `within` is no distance.
    """
    if not isinstance(raw, dict):
        return raw, None
    if set(raw) != {"value", "within"}:
        raise Problem(
            "a recorded number has the entries `value` and `within`.",
            "Write {value: 0.81, within: 0.05}.",
        )
    within = raw["within"]
    if isinstance(within, bool) or not isinstance(within, int | float) or not within > 0:
        raise Problem(f"{quoted(within)} is no distance.", "Write a positive number.")
    return raw["value"], float(within)


def _numbered(raw: Any, value: Any, within: float | None, kind: Kind) -> Recorded:
    """A recorded number that is of no single quantity, whose bounds would say what is near."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Problem(f"{quoted(value)} is no answer to a `{kind}`.", "Write a number.")
    if kind == "share" and not 0 <= value <= 1:
        raise Problem(f"{quoted(value)} is no share.", "Write a number between 0 and 1.")
    if kind != "share" and within is None:
        raise Problem(
            f"how near is near to a `{kind}` of {quoted(value)} is not known.",
            f"Write {{value: {value}, within: ...}}.",
        )
    return Recorded(raw, float(value), within=within)


def _check_answer(address: Address, raw: Any, rows: Any) -> None:
    if not isinstance(raw, str | int | float):
        raise Problem(f"{quoted(raw)} is no value of {address}.", "Write one number or name.")
    check_label(address, check_address(address, rows), raw, rows)


def _dated(raw: Any, outcome: Outcome, rows: Any) -> Recorded:
    if raw == "never":
        return Recorded(raw, never=True)
    how, date = None, raw
    if isinstance(raw, dict):
        extra = [key for key in raw if key not in ("date", "how")]
        if extra or "date" not in raw:
            raise Problem(
                "a dated answer has the entries `date` and `how`.",
                "Write {date: 1953-03-05, how: death}.",
            )
        date, how = raw["date"], raw.get("how")
        if how is not None and outcome.read is None:
            raise Problem(
                "`how` answers a `read`, which this outcome has not.",
                "Remove `how`, or give the outcome a `read`.",
            )
    if how is not None:
        assert outcome.read is not None
        _check_answer(outcome.read, how, rows)
    if isinstance(date, bool):
        raise Problem(f"{quoted(date)} is no answer to a `first`.", "Write a date, or never.")
    return Recorded(raw, how, moment(date), moment(date, end=True))


def check_parts(outcome: Outcome, declared: dict[str, Outcome | None]) -> None:
    """Check that what an outcome puts together are declared outcomes of the kinds it can use.

    Args:
        outcome: The outcome.
        declared: All outcomes by id; `None` for one that is itself at fault.

    Raises:
        Problem: At the first part that is not.
    """
    for part in outcome.parts:
        if part not in declared:
            close = nearest(part, declared)
            hint = f'Did you mean "{close}"? ' if close else ""
            raise Problem(f'there is no outcome "{part}".', f"{hint}Outcomes: {listed(declared)}.")
        other = declared[part]
        if other is not None:
            _check_part(part, other, outcome.kind)


def _check_part(name: str, part: Outcome, kind: Kind) -> None:
    possible = PARTS[kind]
    if part.kind not in possible:
        what = {"happens": "true or false", "first": "a date"}.get(possible[0], "a number")
        raise Problem(
            f'"{name}" asks `{part.kind}`, which is not {what}.',
            f"Refer to outcomes with {' or '.join(f'`{k}`' for k in possible)}.",
        )
    if part.kind == "value" and part.address is not None and _has_names(part.address):
        raise Problem(
            f'"{name}" has a name for an answer, and a `{kind}` is of numbers.',
            "Refer to an outcome that reads a number.",
        )


def _has_names(address: Address) -> bool:
    """Whether an address has names for values; what is wrong with it is told elsewhere."""
    from vertikal.regime.observe import OBSERVABLES

    seen = OBSERVABLES.get(address.name)
    return seen is not None and seen.labels is not None
