"""What a report is made of: plain frozen records, filled by whoever has an ensemble at hand.

Nothing here computes. Every part but the scenario and the ensemble may be left out; its section
then does not appear.
"""

import dataclasses
from collections.abc import Mapping
from typing import Literal, NamedTuple

from vertikal.analysis import Contrast, Docking, Fan, Frequencies, Incidence, Predictive
from vertikal.scenario.schema import Clock

Theme = Literal["typical", "surprising"]


@dataclasses.dataclass(frozen=True)
class ScenarioFacts:
    """What was asked of which regime."""

    name: str
    """Slug, for instance `stalins-court`."""
    id: str
    """Short number, for instance `S1`."""
    title: str
    question: str
    clock: Clock
    digest: str = ""
    """Hash of the resolved scenario."""
    document: str = ""
    """The text whose argument the scenario carries."""
    variant: str = ""
    """Title of the variant or patches in force."""
    description: tuple[str, ...] = ()
    """Paragraphs that say what is set up: who, where, and what is scripted."""


@dataclasses.dataclass(frozen=True)
class EnsembleFacts:
    """How many histories were played, and with what."""

    runs: int
    draws: int
    seed: str
    failures: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Histories that failed, by reason."""
    created: str = ""
    """When the run was made; a report never asks the clock."""
    versions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Versions of what computed it."""
    planned: int = 0
    """Histories that the run is to have; no more than `runs` unless it is unfinished."""


@dataclasses.dataclass(frozen=True)
class OutcomeFacts:
    """An outcome as the scenario declares it."""

    name: str
    ask: str
    """The question in words."""
    unit: str = ""
    use: str = ""
    """`reproduce`, `hold out` or `explore`."""
    declared: str = ""
    """The line of the scenario, for instance `first: leadership.exits >= 1`."""
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Words for answers."""

    def label(self, answer: str) -> str:
        """An answer in words."""
        return self.labels.get(answer, answer)


class RecordedEnd(NamedTuple):
    """How and when something did end."""

    years: float
    """Since the start; the middle of the date, if that is no single day."""
    mode: str
    date: str
    """As precisely as it is known."""


@dataclasses.dataclass(frozen=True)
class IncidenceSection:
    """How and when one thing ends."""

    title: str
    incidence: Incidence
    outcome: str = ""
    """Name of the time outcome, so that its splits into chance and parameters can be shown."""
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Words for modes."""
    remaining: str = "not yet"
    """Words for histories in which it has not come."""
    text: str = ""
    recorded: RecordedEnd | None = None
    """What happened."""


@dataclasses.dataclass(frozen=True)
class FanSection:
    """One quantity over time, a panel for each row."""

    title: str
    fan: Fan
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Words for rows."""
    unit: str = "share"
    """`share` is shown in per cent."""
    text: str = ""
    shared_scale: bool = True
    """Whether all panels have the same vertical scale."""


@dataclasses.dataclass(frozen=True)
class RecordedEvent:
    """Something that happened or is scripted, marked on the time axes."""

    date: str
    title: str


@dataclasses.dataclass(frozen=True)
class Person:
    """A person in a snapshot of the network."""

    id: str
    label: str
    clan: str
    """Clan, or empty for none."""
    power: float
    """0 or more; the area of the mark."""
    is_active: bool = True
    """Whether alive and in play."""
    is_leader: bool = False
    is_named: bool = True
    """Whether the label may be written; rank and file stay unlabelled."""


@dataclasses.dataclass(frozen=True)
class Tie:
    """A client's tie to a patron."""

    client: str
    patron: str
    weight: float = 1.0
    """Share of histories in which it holds, or its strength; 0 to 1."""


@dataclasses.dataclass(frozen=True)
class Pact:
    """One clan lends force to another."""

    lender: str
    borrower: str
    share: float
    """Share of the lender's force, 0 to 1."""


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """The network at one date."""

    date: str
    persons: tuple[Person, ...]
    ties: tuple[Tie, ...] = ()
    pacts: tuple[Pact, ...] = ()


@dataclasses.dataclass(frozen=True)
class Network:
    """Clans and patrons at chosen dates."""

    clans: Mapping[str, str]
    """Clans in a fixed order, with words for them."""
    snapshots: tuple[Snapshot, ...]
    text: str = ""
    """What is shown: which history, or what the weights of an ensemble mean."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One thing that happened in a history."""

    date: str
    text: str
    rules: tuple[str, ...] = ()
    """Ids of the rules that fired."""
    is_turning: bool = False
    """Whether the course of the history turned on it."""
    until: str = ""
    """Last moment of the step in which it came, where no more is known than the step."""


@dataclasses.dataclass(frozen=True)
class Chronicle:
    """One history told."""

    kind: Theme
    title: str
    run: int
    why: str
    """Why this history: by what measure it is typical or surprising."""
    entries: tuple[Entry, ...]


@dataclasses.dataclass(frozen=True)
class ContrastSection:
    """What one patch changes."""

    title: str
    contrast: Contrast
    text: str = ""


@dataclasses.dataclass(frozen=True)
class ParameterFacts:
    """A number in the model, and why it is what it is."""

    address: str
    """For instance `succession.noise`."""
    value: float
    prior: str
    unit: str
    basis: str
    """`data`, `literature` or `judgement`."""
    why: str


@dataclasses.dataclass(frozen=True)
class ReportData:
    """Everything that a report shows."""

    scenario: ScenarioFacts
    ensemble: EnsembleFacts
    outcomes: tuple[OutcomeFacts, ...] = ()
    frequencies: Frequencies | None = None
    incidences: tuple[IncidenceSection, ...] = ()
    fans: tuple[FanSection, ...] = ()
    events: tuple[RecordedEvent, ...] = ()
    network: Network | None = None
    chronicles: tuple[Chronicle, ...] = ()
    docking: Docking | None = None
    predictive: Predictive | None = None
    """Places of recorded numbers and times among those foretold."""
    contrasts: tuple[ContrastSection, ...] = ()
    parameters: tuple[ParameterFacts, ...] = ()
    commands: tuple[str, ...] = ()
    """Command lines that make this report again."""
    caveats: tuple[str, ...] = ()
    """What the model cannot say; those that follow from the numbers are added."""
    sources: tuple[str, ...] = ()
    """Works that the mechanisms and data rest on."""
