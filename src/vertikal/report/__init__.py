"""What a person reads: one self-contained HTML report of an ensemble.

In reading order: `data` (what a report is made of), `words` (numbers and dates as text), `look`
(colours), `figures` (charts), `network` (clans and patrons), `caveats`, `page` (the whole).
"""

from vertikal.report.data import (
    Chronicle,
    ContrastSection,
    EnsembleFacts,
    Entry,
    FanSection,
    IncidenceSection,
    Network,
    OutcomeFacts,
    Pact,
    ParameterFacts,
    Person,
    RecordedEvent,
    ReportData,
    ScenarioFacts,
    Snapshot,
    Tie,
)
from vertikal.report.page import render, write_report

__all__ = [
    "Chronicle",
    "ContrastSection",
    "EnsembleFacts",
    "Entry",
    "FanSection",
    "IncidenceSection",
    "Network",
    "OutcomeFacts",
    "Pact",
    "ParameterFacts",
    "Person",
    "RecordedEvent",
    "ReportData",
    "ScenarioFacts",
    "Snapshot",
    "Tie",
    "render",
    "write_report",
]
