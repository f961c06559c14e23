"""Statistics of histories: functions of plain tables and arrays, which serve anyone's data.

In reading order: `tables` (what an outcome table is), `nested` (means and shares of histories that
come in draws), `uncertainty` (chance against parameters), `frequency` (how often each outcome comes
about), `survival` (how and when it ends), `fans` (series over time), `contrasts` (what a patch
changes), `docking` (the history that happened, against the model), `predictive` (where recorded
numbers lie among those foretold).
"""

from vertikal.analysis.contrasts import Contrast, Effect, contrast
from vertikal.analysis.docking import BaseRate, Dock, Docking, dock
from vertikal.analysis.fans import Fan, fan
from vertikal.analysis.frequency import Frequencies, Frequency, frequencies
from vertikal.analysis.predictive import Place, Predictive, predictive
from vertikal.analysis.survival import Incidence, incidence, outcome_incidence
from vertikal.analysis.uncertainty import Split, split, splits

__all__ = [
    "BaseRate",
    "Contrast",
    "Dock",
    "Docking",
    "Effect",
    "Fan",
    "Frequencies",
    "Frequency",
    "Incidence",
    "Place",
    "Predictive",
    "Split",
    "contrast",
    "dock",
    "fan",
    "frequencies",
    "incidence",
    "outcome_incidence",
    "predictive",
    "split",
    "splits",
]
