"""Outcomes: questions with an answer in each history; and the history that happened.

An outcome asks whether something happens, when it first happens and in which way, the value,
extreme or mean of a quantity, or whether all, any or none of other outcomes hold.
"""

import dataclasses
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, PlainValidator, model_validator

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

Kind = Literal["happens", "first", "value", "highest", "lowest", "mean", "all", "any", "none"]
KINDS: tuple[Kind, ...] = (
    "happens",
    "first",
    "value",
    "highest",
    "lowest",
    "mean",
    "all",
    "any",
    "none",
)
Use = Literal["reproduce", "hold out", "explore"]

Conditions = Annotated[
    tuple[Condition, ...],
    PlainValidator(read_conditions),
    PlainSerializer(lambda many: " and ".join(str(c) for c in many)),
]
Watched = Annotated[Address, PlainValidator(read_address), PlainSerializer(str)]


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
    value: Watched | None = None
    """The value at a date."""
    at: LastDay | None = None
    """With `value`: when; the end of the clock if not given."""
    highest: Watched | None = None
    lowest: Watched | None = None
    mean: Watched | None = None
    all: Names | None = None
    any: Names | None = None
    none: Names | None = None
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
        """The conditions of a `happens` or `first`; otherwise none."""
        return self.happens or self.first or ()

    @property
    def address(self) -> Address | None:
        """The quantity that a `value`, `highest`, `lowest` or `mean` reads."""
        return self.value or self.highest or self.lowest or self.mean

    @property
    def parts(self) -> tuple[str, ...]:
        """The outcomes that an `all`, `any` or `none` puts together."""
        return self.all or self.any or self.none or ()

    @model_validator(mode="after")
    def _one_kind(self) -> "Outcome":
        given = [k for k in KINDS if getattr(self, k) is not None]
        if len(given) != 1:
            what = "asks nothing" if not given else f"asks several things ({', '.join(given)})"
            raise Problem(f"this outcome {what}.", f"Give exactly one of: {', '.join(KINDS)}.")
        kind = given[0]
        for field, kinds in (("read", ("first",)), ("at", ("value",))):
            if getattr(self, field) is not None and kind not in kinds:
                raise Problem(
                    f"`{field}` goes with `{kinds[0]}`, not with `{kind}`.", f"Remove `{field}`."
                )
        windowed = kind in ("happens", "first", "highest", "lowest", "mean")
        if (self.start or self.until) and not windowed:
            raise Problem(
                f"`from` and `until` do not go with `{kind}`.", "Remove them; `value` takes `at`."
            )
        if self.start and self.until and self.until < self.start:
            raise Problem("`until` comes before `from`.", "Exchange or correct them.")
        if kind in ("all", "any", "none") and not self.parts:
            raise Problem(
                f"`{kind}` names no outcome.", "Name at least one outcome with `happens`."
            )
        return self


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
    if kind in ("happens", "all", "any", "none"):
        if not isinstance(raw, bool):
            raise Problem(f"{quoted(raw)} is no answer to a `{kind}`.", "Write true or false.")
        return Recorded(raw, raw)
    if kind == "first":
        return _dated(raw, outcome, rows)
    assert outcome.address is not None
    value, within = _with_window(raw)
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
    """Check that an `all`, `any` or `none` refers to declared outcomes of the kind `happens`.

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
        if other is not None and other.kind != "happens":
            raise Problem(
                f'"{part}" asks `{other.kind}`, which is not true or false.',
                "Refer to outcomes with `happens`.",
            )
