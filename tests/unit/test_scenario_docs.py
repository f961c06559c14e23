import re
from pathlib import Path

import pytest

from vertikal.scenario import check, declared, load, outcomes, schema
from vertikal.scenario.assemble import SECTIONS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "scenario-format.md"
TEXT = PAGE.read_text("utf-8")
MODELS = (
    schema.Person, schema.Clan, schema.Office, schema.Body, schema.Leader, schema.CoercionState,
    schema.MilitaryIndustryState, schema.PolicyState, schema.System, schema.Mechanisms,
    schema.Event, schema.Variant, schema.Clock, schema.Judgement, schema.Poles, outcomes.Outcome,
)  # fmt: skip


def test_the_examples_load(tmp_path):
    first, paced, begun, second = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "two-clans.yaml").write_text(first, "utf-8")
    (tmp_path / "no-crisis.yaml").write_text(second, "utf-8")
    assert check(tmp_path / "two-clans.yaml") == []
    child = load(tmp_path / "no-crisis.yaml")
    assert child.events == {}
    assert "death" in load(tmp_path / "two-clans.yaml").events
    (tmp_path / "paced.yaml").write_text(paced, "utf-8")
    later = "elite-defection-later"
    assert len(load(later).clock.spells) == 1
    assert len(load(later, patches=[tmp_path / "paced.yaml"]).clock.spells) == 4
    (tmp_path / "begun.yaml").write_text(begun, "utf-8")
    asked = load("stalins-court", patches=[tmp_path / "begun.yaml"]).outcomes
    assert [asked[n].anew for n in ("dead-by-1954", "dies-in-1953-54", "falls")] == [0, 1, 1]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_every_entry_is_described(model):
    for name, field in model.model_fields.items():
        word = field.alias or name
        assert re.search(rf"`{word}`|`{word}:|\b{word}: ", TEXT), word


def test_every_section_is_described():
    generated = set(declared.SECTIONS)  # the build makes a table for each of them
    for section in [s for s in SECTIONS if s not in generated]:
        assert re.search(rf"`{section}`|\*\*{section}\*\*|^{section}:", TEXT, re.MULTILINE), section
