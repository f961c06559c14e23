"""The rows and sections of a scenario file, as frozen models.

Every model refuses unknown keys. Plain numbers become a `Quantity`, whose spread comes from the
validation context (`spread`); ages need its `start`, the beginning of the clock. Whether names
refer to something is checked elsewhere (`checks`), since that needs the whole file. Defaults are
those of `vertikal.regime.blank`.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    RootModel,
    StrictBool,
    StrictInt,
    ValidationInfo,
    model_validator,
)

from vertikal.scenario.dates import (
    YEARS_PER_STEP,
    Day,
    LastDay,
    Step,
    steps_between,
    steps_later,
    tick_of,
)
from vertikal.scenario.faults import Problem, quoted
from vertikal.scenario.quantities import quantity, read

MOST_TICKS = 50_000
FORMAT = 1
"""Version of the format that this code reads."""

Share = quantity(0, 1)
Signed = quantity(-1, 1)
Size = quantity(0, 5)
Force = quantity(0, 2)
Years = quantity(0, 200, spread=False)
Factor = quantity(0.001, 1000, spread=False)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _many(value: Any) -> Any:
    """One name, or a list of names."""
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return tuple(value)
    return (value,)


def _name_or_nobody(value: Any) -> str | None:
    if value is None or value == "nobody":
        return None
    if not isinstance(value, str):
        raise Problem(f"{quoted(value)} is no name of a person.", "Give one name, or nobody.")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Names = Annotated[tuple[str, ...], BeforeValidator(_many)]
Holder = Annotated[str | None, PlainValidator(_name_or_nobody)]


class Row(BaseModel):
    """Base of all entries of a scenario file."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        populate_by_name=True,
        arbitrary_types_allowed=True,
    )


class Clock(Row):
    """When a scenario begins and ends, and the length of a tick."""

    start: Day
    end: LastDay
    step: Step

    @model_validator(mode="after")
    def _in_order(self) -> "Clock":
        if self.end <= self.start:
            raise Problem("the clock ends before it starts.", "Give an `end` after the `start`.")
        if self.ticks > MOST_TICKS:
            raise Problem(
                f"the clock has {self.ticks} ticks, more than {MOST_TICKS}.",
                "Give a longer `step` or an earlier `end`.",
            )
        return self

    @property
    def ticks(self) -> int:
        """Number of ticks; tick 0 is the initial state."""
        return tick_of(self.start, self.end, self.step)

    @property
    def step_years(self) -> float:
        """Length of a tick in years."""
        return YEARS_PER_STEP[self.step]

    def tick(self, when: datetime) -> int:
        """Number of the tick whose span holds a moment."""
        return tick_of(self.start, when, self.step)

    def years(self, when: datetime) -> float:
        """Years from the start to a moment, on the scale of the ticks; negative before it."""
        return steps_between(self.start, when, self.step) * self.step_years

    def span(self, tick: int) -> tuple[datetime, datetime]:
        """First moment of a tick and first moment after it; for tick 0 twice the start."""
        if tick == 0:
            return self.start, self.start
        return steps_later(self.start, tick - 1, self.step), steps_later(
            self.start, tick, self.step
        )


class Judgement(Row):
    """How far the author's plain numbers between 0 and 1 may be wrong."""

    spread: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)] = 0.1


class Poles(Row):
    """A person's mixture of technocrat, ideocrat and corruptionist; sums to one."""

    technocrat: Annotated[float, Field(ge=0, le=1)] = 0.0
    ideocrat: Annotated[float, Field(ge=0, le=1)] = 0.0
    corruptionist: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _whole(self) -> "Poles":
        total = self.technocrat + self.ideocrat + self.corruptionist
        if abs(total - 1) > 1e-6:
            raise Problem(
                f"the poles sum to {total:g}, not to 1.",
                "Change the three shares so that they sum to 1.",
            )
        return self


StatusName = Literal["active", "retired", "exiled", "imprisoned", "dead", "abroad"]
BaseName = Literal["none", "territorial", "tribal", "professional", "coercive", "business"]
FateName = Literal["in_play", "purged", "dissolved"]
MeansName = Literal["case", "removal", "sabotage"]


class Person(Row):
    """A person, or one of the rank and file of a clan."""

    name: Text = ""
    role: Text = ""
    clan: str
    patron: Holder = None
    born: Day | None = None
    age: Years = 50.0
    """Years at the start; computed from `born` where that is given."""
    frailty: Factor = 1.0
    """Multiplier of the mortality of the population."""
    survives_until: LastDay | None = None
    """No natural death before."""
    poles: Poles = Poles(technocrat=1 / 3, ideocrat=1 / 3, corruptionist=1 / 3)
    competence: Share = 0.5
    ambition: Share = 0.5
    sincerity: Share = 0.2
    loyalty: Share = 0.5
    proximity: Share = 0.3
    indispensability: Share = 0.3
    exposure: Share = 0.2
    founder: Size = 0.0
    knowledge: Share = 0.0
    stakes: Share = 0.5
    assets_abroad: Share = 0.2
    aversion: Share = 0.2
    last_office: Holder = None
    """The office held last, for one who holds none at the start."""
    status: StatusName = "active"
    severity: Share = 0.0
    certain: StrictBool = False
    origin: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _age_from_birth(cls, data: Any, info: ValidationInfo) -> Any:
        start = (info.context or {}).get("start")
        if not isinstance(data, dict) or "born" not in data or data["born"] is None:
            return data
        if "age" in data:
            raise Problem("both `born` and `age` are given.", "Keep one of them.")
        try:
            born = Day.__metadata__[0].func(data["born"])  # type: ignore[attr-defined]
        except Problem:
            return data  # the field reports it
        if start is None:
            return data
        years = steps_between(born, start, "year")
        if years < 0:
            raise Problem("the person is born after the start of the clock.", "Correct `born`.")
        return {**data, "age": round(years, 3)}


class Clan(Row):
    """A patron-client group."""

    name: Text = ""
    base: BaseName = "territorial"
    organised: StrictBool = True
    """False for the residual group of those who belong nowhere; it never acts as one."""
    cohesion: Share = 0.5
    communications: Share = 0.5
    soft_budget: Share = 0.5
    school: Share = 0.0
    favour: Signed = 0.0
    placement: Share = 0.0
    foreign_lines: Share = 0.0
    lines: Names = ()
    """The policy lines that it owns, for the reader."""
    timetable: Day | None = None
    trend: Share | None = None
    """Its share of power in memory; the model starts from its actual share if not given."""
    fate: FateName = "in_play"
    cadres: Annotated[StrictInt, Field(ge=0, le=200)] = 0
    cadre: dict[str, Any] = Field(default_factory=dict)
    """What each of its rank and file looks like; entries as of a person."""
    certain: StrictBool = False
    origin: Text = ""


class Office(Row):
    """A post and what it gives to its holder."""

    name: Text = ""
    body: Names = ()
    policy: Size = 1.0
    coercion: Force = 0.0
    grip: Share = 0.0
    register_: Share = Field(default=0.0, alias="register")
    inspection: Share = 0.0
    intelligence: Share = 0.0
    strategic: Share = 0.0
    grade: Share = 0.5
    exile: StrictBool = False
    leader: StrictBool = False
    holder: Holder = None
    opens: Day | None = None
    closes: Day | None = None
    certain: StrictBool = False
    origin: Text = ""


class Body(Row):
    """A collegial body on which offices sit."""

    name: Text = ""
    power: Share = 0.5
    certain: StrictBool = False
    origin: Text = ""


class Leader(Row):
    """Who leads, and how firmly."""

    person: str
    control: Share = 0.9
    personal_power: Share = 0.3
    established: StrictBool = False
    since: Day | None = None
    horizon: Years | None = None
    acceptance: Share = 0.5
    shock: Share = 0.0
    coalition: Names | None = None
    """Clans of the ruling coalition; all organised ones if not given."""
    certain: StrictBool = False
    origin: Text = ""


class CoercionState(Row):
    """Fear, terror and the law."""

    fear: Share = 0.3
    terror: Share = 0.4
    grey_law: Share = 0.5
    wave: Share = 0.0
    certain: StrictBool = False
    origin: Text = ""


class Spending(Row):
    """Military share of output at home and abroad."""

    home: Share = 0.15
    abroad: Share = 0.15


class Influence(Row):
    """Political weight of the military-industrial complexes at home and abroad."""

    home: Share = 0.3
    abroad: Share = 0.3


class MilitaryIndustryState(Row):
    """Tension and the military-industrial complexes."""

    tension: Share = 0.3
    spending: Spending = Field(default_factory=dict, validate_default=True)
    influence: Influence = Field(default_factory=dict, validate_default=True)
    quality: Share = 0.5
    apparent_quality: Share = 0.6
    war: Share = 0.0
    certain: StrictBool = False
    origin: Text = ""


class PolicyState(Row):
    """What the mixture of the elite makes of the state."""

    rationality: Share = 0.5
    agenda: Share = 0.5
    legal_order: Share = 0.5
    entrant_quality: Share = 0.5
    capability: Share = 0.5
    force: Share = 0.2
    certain: StrictBool = False
    origin: Text = ""


class System(Row):
    """Features of the whole that stay as they are."""

    centralisation: Share = 0.7
    narrowness: Share = 0.5
    soviet_lesson: Share = 1.0
    certain: StrictBool = False
    origin: Text = ""


class Mechanisms(Row):
    """Which mechanisms are at work besides the usual, or not at work."""

    off: Names = ()
    use: Names = ()
    only: Names = ()
    """Subsystems, or modules of the court, whose mechanisms alone are at work; all if empty."""


class Between(RootModel[dict[str, dict[str, Share]]]):
    """A number for pairs of clans."""

    model_config = ConfigDict(frozen=True)


class Attack(Row):
    """A scripted attack."""

    by: str
    on: str
    means: MeansName


class Betrayal(Row):
    """A scripted betrayal."""

    by: str
    of: str


def _change(value: Any) -> float | str:
    """What an event sets: a name, or a number (a script has no doubts)."""
    if isinstance(value, str):
        return value.strip()
    return read(float(value) if isinstance(value, bool) else value, -1e6, 1e6).value


ChangeValue = Annotated[float | str, PlainValidator(_change)]
Appointee = Annotated[
    str | None, PlainValidator(_name_or_nobody), PlainSerializer(lambda v: v or "nobody")
]
Pressure = Annotated[float, PlainValidator(lambda v: read(v, 0, 1).value)]


class Event(Row):
    """Something that a scenario imposes at a date."""

    date: Day
    title: Text = ""
    origin: Text = ""
    set: dict[str, ChangeValue] = Field(default_factory=dict)
    add: dict[str, ChangeValue] = Field(default_factory=dict)
    dies: Names = ()
    appoint: dict[str, Appointee] = Field(default_factory=dict)
    open: Names = ()
    close: Names = ()
    shock: Pressure | None = None
    attack: Attack | None = None
    betray: Betrayal | None = None


class Variant(Row):
    """A named patch on the scenario that declares it."""

    title: Text
    note: Text = ""
    includes: Names = ()
    """Other variants that are applied before."""
    patch: dict[str, Any] = Field(default_factory=dict)
    origin: Text = ""
