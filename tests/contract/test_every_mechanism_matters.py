"""No mechanism is decoration: switched off where it should act, it changes what is recorded."""

import pytest

from tests.acting import changing
from vertikal import yaml12
from vertikal.engine.histories import Histories, forget
from vertikal.regime.schedule import MECHANISMS, THEORIES
from vertikal.scenario import library, load


def sections(name, *wanted):
    """Sections of a library scenario, as they stand in its file."""
    (entry,) = (e for e in library() if e.name == name)
    text = yaml12.load(entry.path.read_text("utf-8"))
    return {section: text[section] for section in wanted}


def everything():
    """What makes of the resource state, with most mechanisms, one with nearly all that there are.

    Technology and opinion come from one scenario, war, exiles and defectors from another, with all
    theories, a prize that costs nothing to grab for, and series of what the added mechanisms move.
    """
    of_sectors = ("technology", "sectors", "public", "cohorts", "themes", "surveys", "series")
    patch = sections("technological-sovereignty", *of_sectors)
    more = ("institutions.order_demand", "institutions.facade", "institutions.legitimacy",
            "technology.sovereign", "campaign.arrested")  # fmt: skip
    return patch | sections("after-the-war", "defection", "opposition", "war") | {
        "clock": {"end": "2006-12-31"},
        "theory": {question: list(answers) for question, answers in THEORIES.items()},
        "succession_rule": {"heir": "government"},
        "offices": {"staff": {"inspection": 0.5}},
        "uprising": {},
        "campaign": {},
        "parameters": {"stay_or_go": {"prize": 100, "ruin": 0, "plots": 50}},
        "series": patch["series"] + list(more),
    }  # fmt: skip


SCENARIOS = {
    "resource-state": everything(),
    "reform-and-stagnation": {},
    "state-defence-committee": {},
}
"""Where mechanisms are tried, none twice: nearly all in one, those of centuries, those of days."""


@pytest.mark.slow
def test_every_mechanism_changes_what_some_scenario_records():
    left = dict.fromkeys(MECHANISMS, "never at work")
    for name, patch in SCENARIOS.items():
        histories = Histories(load(name, patches=[patch]), seed=7, replicates=1)
        tried = [m.name for m in histories.plan.mechanisms if m.name in left]
        for mechanism in changing(histories, tried, "record"):
            del left[mechanism]
        left |= {m: f"changes nothing in {name}" for m in tried if m in left}
        forget(histories.plan)
    assert left == {}
