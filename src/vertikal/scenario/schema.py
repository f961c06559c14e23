"""The rows and sections of a scenario file, as frozen models.

Every model refuses unknown keys. Plain numbers become a `Quantity`, whose spread comes from the
validation context (`spread`); ages need its `start`, the beginning of the clock. Whether names
refer to something is checked elsewhere (`checks`), since that needs the whole file. Defaults are
those of `vertikal.regime.blank`.
"""

import math
from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
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
    Day,
    LastDay,
    Spell,
    Step,
    steps_between,
    steps_later,
    tick_of,
    written,
    written_end,
)
from vertikal.scenario.faults import Problem, quoted
from vertikal.scenario.quantities import quantity, read

MOST_TICKS = 50_000
FORMAT = 1
"""Version of the format that this code reads."""
NOISE = 5e-7
"""By how much of a step or a time it may be off, since times are float32 when they are played."""

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
    """When a scenario begins and ends, and the length of its ticks, which may change on the way."""

    start: Day
    end: LastDay
    step: Step
    then: dict[Day, Step] = {}
    """The length of the ticks from later dates on."""

    @model_validator(mode="after")
    def _in_order(self) -> "Clock":
        if self.end <= self.start:
            raise Problem("the clock ends before it starts.", "Give an `end` after the `start`.")
        last = self.spells[-1]
        if last.start > self.end:
            raise Problem(
                f"the clock ends on {written_end(self.end)[:10]}, before it would go on by the "
                f"{last.step} on {written(last.start)[:10]}.",
                "Leave that out of `then`, or give a later `end`.",
            )
        if self.ticks > MOST_TICKS:
            raise Problem(
                f"the clock has {self.ticks} ticks, more than {MOST_TICKS}.",
                "Give a longer `step` or an earlier `end`.",
            )
        return self

    @property
    def spells(self) -> tuple[Spell, ...]:
        """The spells of ticks of one length, in order."""
        found = [Spell(self.start, self.step, 1, 0.0)]
        for start, step in sorted(self.then.items()):
            found.append(found[-1].followed(start, step))
        return tuple(found)

    @property
    def ticks(self) -> int:
        """Number of ticks; tick 0 is the initial state."""
        return self.tick(self.end)

    @property
    def steps(self) -> np.ndarray:
        """Length of each tick in years."""
        found = np.empty(self.ticks)
        for spell in self.spells:
            found[spell.first - 1 :] = spell.step_years
        return found

    @property
    def ends(self) -> np.ndarray:
        """Years from the start to the end of each tick."""
        found = np.empty(self.ticks)
        for spell in self.spells:
            after = found[spell.first - 1 :]
            after[:] = spell.years + np.arange(1, len(after) + 1) * spell.step_years
        return found

    @property
    def step_years(self) -> float:
        """Length of the first tick in years."""
        return self.spells[0].step_years

    @property
    def length(self) -> float:
        """Years from the start to the end of the last tick."""
        return float(self.ends[-1])

    def tick(self, when: datetime) -> int:
        """Number of the tick whose span holds a moment."""
        spell = self._spell(when, "start")
        return spell.first - 1 + tick_of(spell.start, when, spell.step)

    def years(self, when: datetime) -> float:
        """Years from the start to a moment, on the scale of the ticks; negative before it."""
        spell = self._spell(when, "start")
        return spell.years + steps_between(spell.start, when, spell.step) * spell.step_years

    def at(self, years: float) -> datetime:
        """The moment so many years after the start, on the scale of the ticks.

        Months are of equal length on that scale, so that a twelfth of a year after New Year is the
        first of February.
        """
        spell = self._spell(years + NOISE * max(1.0, years), "years")
        steps = (years - spell.years) / spell.step_years
        whole = math.floor(steps + NOISE * max(1.0, abs(steps)))
        one, two = (steps_later(spell.start, n, spell.step) for n in (whole, whole + 1))
        return one + max(steps - whole, 0.0) * (two - one)

    def tick_at(self, years: float) -> int:
        """Number of the tick that ends so many years after the start or holds that moment."""
        place = np.searchsorted(self.ends, years - NOISE * max(1.0, years))
        return min(int(place) + 1, self.ticks)

    def span(self, tick: int) -> tuple[datetime, datetime]:
        """First moment of a tick and first moment after it; for tick 0 twice the start."""
        if tick == 0:
            return self.start, self.start
        spell = self._spell(tick, "first")
        one, two = (steps_later(spell.start, tick - spell.first + n, spell.step) for n in (0, 1))
        return one, two

    def step_of(self, tick: int) -> Step:
        """The step by which the clock goes in a tick."""
        return self._spell(max(tick, 1), "first").step

    def _spell(self, value: Any, field: str) -> Spell:
        """The last spell that has begun by a date, a tick or a time in years; else the first."""
        begun = [spell for spell in self.spells if getattr(spell, field) <= value]
        return begun[-1] if begun else self.spells[0]


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
