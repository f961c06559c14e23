"""What a person reads: self-contained HTML, a report of an ensemble or a ledger of claims.

In reading order: `data` (what a report is made of), `words` (numbers and dates as text), `look`
(colours), `figures` (charts), `network` (clans and patrons), `caveats`, `page` (the whole); of the
ledger `treatments` (what tests vary), `claim_words`, `claim_figures` and `ledger` (its pages).
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
