"""The entries of a claim file, as frozen models.

A claim says in our words what a source asserts, and how histories can be asked about it. What the
source says and what we add are kept apart: `tests` are about the former, `elaborated` about the
latter, and only the former decide the verdict on the claim. A side of a rivalry that no claim
states may have tests as well, by which its position is asked as if it were one; it is told apart
from the claims of documents.
"""

import itertools
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, PrivateAttr, StrictInt, model_validator

from vertikal.scenario.faults import Problem, quoted
from vertikal.scenario.schema import Names, Row, Text

FORMAT = 1
"""Version of the format of claim files."""

SUBSYSTEMS = (
    "elite", "defection", "clans", "nomenklatura", "leader", "coercion", "mic", "economy",
    "technology", "public", "institutions", "foreign-west", "neighbours", "china", "war",
    "long-run", "opposition",
)  # fmt: skip
"""What a claim is about, in the words of the claim ledger."""

Kind = Literal["causal", "predictive", "normative"]
Stance = Literal["asserted", "hedged", "reported", "implied"]
Shape = Literal[
    "increases", "decreases", "no-effect", "interaction", "threshold", "ordering", "bounded"
]
Direction = Literal["increases", "decreases"]
Whole = Literal[
    "loop", "cycle", "persistence", "horizon", "choice", "trade-off", "target", "pattern",
    "ambiguous", "open",
]  # fmt: skip
"""What sources assert and no single test asks: a loop, say, is asked by its links."""
Asserted = Literal[Shape, Whole]
Subsystem = Literal[SUBSYSTEMS]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Misfit(Problem):
    """Entries that do not go together, told at the one that is to be mended.

    Args:
        what: What is wrong.
        mend: How to mend it.
        entry: Name of that entry.
    """

    def __init__(self, what: str, mend: str, entry: str) -> None:
        super().__init__(what, mend)
        self.entry = entry


def _question(value: Any) -> Any:
    if isinstance(value, dict) or (isinstance(value, str) and value.strip()):
        return value
    raise Problem(
        f"{quoted(value)} is no outcome.",
        "Name an outcome of the scenario, or write one as in a scenario file.",
    )


def _yes_or_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise Problem(f"{quoted(value)} is neither true nor false.", "Write true, or leave it out.")


def _list(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class Document(Row):
    """Whose argument a file holds."""

    code: Text
    """Short name by which claims are found, such as `BEL`."""
    author: Text
    title: Text
    year: StrictInt | None = None


class Place(Row):
    """Where a document makes a claim."""

    doc: Text
    para: Text = ""


class Change(Row):
    """What is changed in a scenario; nothing if empty."""

    variant: Names = ()
    """Variants that the scenario declares."""
    patch: dict[str, Any] = Field(default_factory=dict)
    """Changes in the format of a scenario file."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Single values by path, as with `--set`."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return not (self.variant or self.patch or self.set)


class Sweep(Row):
    """One path that takes several values in turn."""

    path: Text
    values: Annotated[tuple[Number, ...], BeforeValidator(_list)]

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        if len(self.values) < 3 or list(self.values) != sorted(set(self.values)):
            raise Problem(
                "a sweep takes at least three values, each larger than the one before.",
                "Write values: [0, 0.5, 1]; for two values write a change.",
            )
        return self


class Treatment(Change):
    """What a test varies: one change, a sweep, two changes crossed, or changes in an order."""

    sweep: Sweep | None = None
    factorial: Annotated[tuple[Change, ...], BeforeValidator(_list)] = ()
    """Two changes, applied alone and together."""
    order: Annotated[tuple[Change, ...], BeforeValidator(_list)] = ()
    """Changes of which each is to give more of the outcome than the one before."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in ("sweep", "factorial", "order") if getattr(self, name)]
        if not self.is_empty:
            given.insert(0, "a change")
        if len(given) > 1:
            raise Problem(f"a treatment is one of several: {', '.join(given)}.", "Keep one.")
        if self.factorial and len(self.factorial) != 2:
            raise Problem("a factorial crosses two changes.", "Write factorial: [{...}, {...}].")
        if self.order and len(self.order) < 2:
            raise Problem("an order needs two changes or more.", "Add one, or write a change.")
        return self

    @property
    def form(self) -> str:
        """`nothing`, `change`, `sweep`, `factorial` or `order`."""
        for name in ("sweep", "factorial", "order"):
            if getattr(self, name):
                return name
        return "nothing" if self.is_empty else "change"


_FORMS: dict[str, tuple[str, ...]] = {
    "increases": ("change", "sweep"),
    "decreases": ("change", "sweep"),
    "no-effect": ("change", "sweep"),
    "interaction": ("factorial",),
    "threshold": ("sweep",),
    "ordering": ("order",),
    "bounded": ("nothing", "change"),
}
"""The treatments that go with each shape."""

_WRITTEN = {
    "nothing": "no `treatment` at all",
    "change": "treatment: {variant: one}, or {set: {parameters.case.shield: 0.9}}",
    "sweep": "treatment: {sweep: {path: parameters.case.shield, values: [0.1, 0.5, 0.9]}}",
    "factorial": "treatment: {factorial: [{variant: one}, {variant: other}]}",
    "order": "treatment: {order: [{}, {variant: one}, {variant: other}]}",
}
"""How a treatment of each form is written."""


class Test(Row):
    """One question put to paired histories: what is varied, what is read, what is expected."""

    __test__ = False  # no test for pytest

    scenario: Text
    """A library scenario, or a file beside the claim file."""
    base: Change = Change()
    """What is changed in every arm."""
    treatment: Treatment = Treatment()
    outcome: Annotated[str | dict[str, Any], BeforeValidator(_question)]
    """An outcome that the scenario declares, or one in the format of a scenario file."""
    measure: Text = ""
    """Of a dated outcome `ever`, or `years` before it; of one with names a name."""
    shape: Shape
    direction: Direction = "increases"
    """Of an `interaction` or a `threshold`."""
    step: Annotated[tuple[Number, ...], BeforeValidator(_list)] = ()
    """Of a `threshold`: the two neighbouring values of the sweep between which it lies."""
    within: Annotated[tuple[Number | None, ...], BeforeValidator(_list)] = ()
    """Of `bounded`: the lowest and the highest value; empty (`null`) where there is no bound, as
    where the answer could not lie beyond it anyway."""
    smallest: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """The smallest effect of interest, in the unit of the outcome."""
    by_construction: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    """Whether an equation of the model says so already, so that only the size is found out."""
    basis: Text
    """Why this scenario, outcome and smallest effect."""

    @property
    def is_of_a_difference(self) -> bool:
        """Whether bounds are set to the difference of two answers, written in the test."""
        return (
            self.shape == "bounded"
            and isinstance(self.outcome, dict)
            and "difference" in self.outcome
        )

    def frozen(self) -> dict[str, Any]:
        """What decides a verdict, as plain values: all but what is said about the test."""
        return self.model_dump(mode="json", exclude={"basis", "by_construction"})

    @model_validator(mode="after")
    def _fits(self) -> Self:
        self._check_treatment()
        self._check_pair("threshold", "step", "step: [0.4, 0.5]")
        self._check_pair("bounded", "within", "within: [0.2, 0.5]")
        if self.step:
            self._check_step()
        if self.within:
            bounds = [b for b in self.within if b is not None]
            if len(self.within) != 2 or not bounds or bounds != sorted(set(bounds)):
                raise Misfit(
                    "`within` is a lower and a higher value, one of which may be null.",
                    "Write within: [0.2, 0.5], or within: [null, 0.5].",
                    "within",
                )
        if self.shape != "bounded" and not self.smallest > 0:
            mend = "Write `smallest`, in the unit of the outcome, and say why in `basis`."
            if "smallest" in self.model_fields_set:
                raise Misfit("the smallest effect of interest must be above 0.", mend, "smallest")
            raise Problem("the smallest effect of interest is missing.", mend)
        return self

    def _check_treatment(self) -> None:
        forms, given = _FORMS[self.shape], self.treatment.form
        if given in forms:
            return
        mend = "\n".join(f"In the form {form}: {_WRITTEN[form]}" for form in forms)
        if given == "nothing":
            entry = "treatment" if "treatment" in self.model_fields_set else "shape"
            raise Misfit(f"`{self.shape}` needs a treatment, which is missing.", mend, entry)
        raise Misfit(
            f"`{self.shape}` is not tested by a treatment of the form {given}.", mend, "treatment"
        )

    def _check_pair(self, shape: str, entry: str, example: str) -> None:
        """Whether an entry is there if, and only if, the shape is the one that needs it."""
        if self.shape == shape and not getattr(self, entry):
            what = f"`{shape}` needs `{entry}`, which is missing."
            raise Misfit(what, f"Add {example}.", "shape")
        if self.shape != shape and getattr(self, entry):
            raise Misfit(
                f"`{entry}` goes with `{shape}`, not with `{self.shape}`.",
                f"Remove it, or write shape: {shape}.",
                entry,
            )

    def _check_step(self) -> None:
        assert self.treatment.sweep is not None
        values = self.treatment.sweep.values
        if self.step not in list(itertools.pairwise(values)):
            raise Misfit(
                "a threshold lies between two neighbouring values of the sweep.",
                f"Choose them from {', '.join(f'{v:g}' for v in values)}.",
                "step",
            )


class Claim(Row):
    """One sentence of an argument, and what histories can be asked about it."""

    id: Text
    kind: Kind
    source: Place
    statement: Text
    """What the source asserts, in our words."""
    stance: Stance = "asserted"
    priority: Annotated[StrictInt, Field(ge=1, le=3)] = 2
    """1 central to its document, 2 supporting, 3 incidental."""
    subsystem: Subsystem
    rules: Names = ()
    """The rules on which it rests."""
    asserts: Asserted | None = None
    """The form of what follows from the source."""
    expected: Text = ""
    """What follows from the source."""
    elaboration: Text = ""
    """What we add to it; a test that fails only here does not count against the claim."""
    tests: Annotated[tuple[Test, ...], BeforeValidator(_list)] = ()
    elaborated: Annotated[tuple[Test, ...], BeforeValidator(_list)] = ()
    """Tests of the elaboration, which may have some where the claim itself has none."""
    untestable: Text = ""
    """Why there are no tests."""

    _place: str = PrivateAttr("")
    _folder: Path = PrivateAttr(Path())
    _file: Path | None = PrivateAttr(None)
    _position_in: str = PrivateAttr("")

    @model_validator(mode="after")
    def _tested_or_not(self) -> Self:
        if self.kind == "normative":
            if self.tests or self.elaborated:
                raise Problem("a normative claim has no tests.", "Remove them, or its kind.")
        elif bool(self.tests) == bool(self.untestable):
            raise Problem(
                "a claim has either `tests` or a reason why it is `untestable`.", "Give one."
            )
        return self

    @property
    def by_construction(self) -> bool:
        """Whether equations of the model say already all that is tested, but for the size."""
        return bool(self.tests) and all(test.by_construction for test in self.tests)

    @property
    def in_parts(self) -> bool:
        """Whether the form of what is asserted is not that of any of its tests.

        Of directions it never is so: to take the cause away reverses them. That there is no effect
        may be asked by bounds as well, and an order by a difference that lies within bounds.
        """
        asked = {test.shape for test in self.tests}
        if "bounded" in asked:
            asked.add("no-effect")
        if any(test.is_of_a_difference for test in self.tests):
            asked.add("ordering")
        forms = (*get_args(Whole), "threshold", "interaction", "ordering", "no-effect")
        return bool(asked) and self.asserts in forms and self.asserts not in asked

    @property
    def place(self) -> str:
        """File and line where it stands."""
        return self._place

    @property
    def folder(self) -> Path:
        """Where the files of its scenarios lie."""
        return self._folder

    @property
    def file(self) -> Path | None:
        """The claim file, as it was named; `None` for a claim of the library."""
        return self._file

    @property
    def position_in(self) -> str:
        """The rivalry of which it is the position of a side, with tests of ours; empty of a claim
        that a document makes."""
        return self._position_in

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios in which it is tested."""
        return tuple(dict.fromkeys(t.scenario for t in (*self.tests, *self.elaborated)))

    @property
    def reason(self) -> str:
        """Why it is not tested; empty if it is."""
        return "a value judgement or a premise" if self.kind == "normative" else self.untestable


class Side(Row):
    """One answer to the question of a rivalry."""

    label: Text
    source: Place
    position: Text
    claims: Names = ()
    """The claims that state it, by id."""
    tests: Annotated[tuple[Test, ...], BeforeValidator(_list)] = ()
    """Tests of the position itself, where no claim states it."""

    _stated: Claim | None = PrivateAttr(None)

    @property
    def stated(self) -> Claim | None:
        """The position as a claim with these tests, if there are any."""
        return self._stated

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Ids of all that is asked of the side: its claims, and its position if it has tests."""
        return (*self.claims, *([] if self._stated is None else [self._stated.id]))


class Rivalry(Row):
    """A question to which sources give different answers."""

    id: Text
    statement: Text
    """The question."""
    treatment: Text = ""
    """What would be varied to tell the sides apart, in our words. What is played are the tests of
    its sides, which may go about it otherwise."""
    outcome: Text = ""
    """What would be read."""
    expected: Text = ""
    """What each side expects of it."""
    sides: Annotated[tuple[Side, ...], BeforeValidator(_list), Field(min_length=2)]
    subsystem: Subsystem
    rules: Names = ()
    priority: Annotated[StrictInt, Field(ge=1, le=3)] = 2

    @model_validator(mode="after")
    def _state(self) -> Self:
        for side in self.sides:
            if side.tests:
                words = re.findall(r"[^\W_]+", side.label.lower())
                stated = Claim(
                    id="-".join([self.id, *words]),
                    kind="causal",
                    source=side.source,
                    statement=side.position,
                    stance="reported",
                    priority=self.priority,
                    subsystem=self.subsystem,
                    rules=self.rules,
                    tests=side.tests,
                )
                stated._position_in = self.id
                side._stated = stated
        return self

    @property
    def positions(self) -> tuple[Claim, ...]:
        """The positions of sides that have tests of their own."""
        return tuple(side.stated for side in self.sides if side.stated is not None)
