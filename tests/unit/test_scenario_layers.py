from datetime import datetime

import pytest

from tests.small_scenario import TEXT, changed, read, write
from vertikal.scenario import Patch, ScenarioError, check, load

CHILD = """\
vertikal: 1
name: child
extends: small.yaml
clock: {start: 1950-01-01, end: 1951-12-31, step: month}
people:
  boris: {proximity: 0.2, patron: null}
  dmitri: {clan: south}
events:
  railway-head: null
  fire: {date: 1950-05, shock: 0.5}
history: {boris-falls: false, exit: never}
"""


@pytest.fixture
def family(tmp_path):
    write(tmp_path)
    return write(tmp_path, CHILD, "child.yaml")


def test_a_file_extends_another(family):
    child = load(family)
    assert child.name == "child"
    assert child.title == "A small court"
    assert child.people["boris"].proximity.value == 0.2
    assert child.people["boris"].patron is None
    assert child.people["boris"].poles.technocrat == 0.5
    assert list(child.people)[:4] == ["tsar", "boris", "gleb", "dmitri"]


def test_what_a_narrower_clock_leaves_behind_falls_away(family):
    child = load(family)
    assert list(child.events) == ["fire"]
    assert "tension" not in child.outcomes
    assert any("war" in note and "1950-01-01 to 1951-12-31" in note for note in child.notes)


def test_a_composite_falls_away_with_its_parts(tmp_path):
    text = changed(
        'happens: "elite.severity[boris] >= 0.25"}',
        'happens: "elite.severity[boris] >= 0.25", from: 1953}',
    )
    write(tmp_path, text)
    child = load(write(tmp_path, CHILD.replace("boris-falls: false, ", ""), "child.yaml"))
    assert "boris-falls" not in child.outcomes
    assert "both" not in child.outcomes
    assert "boris-falls" not in child.history


def test_a_composite_of_composites_falls_away_with_the_first(tmp_path):
    text = changed(
        "  both: {",
        "  fear: {ask: How much?, mean: coercion.fear}\n"
        "  rise: {ask: How much more?, difference: [tension, fear]}\n"
        "  relative: {ask: By what part?, ratio: [rise, fear]}\n  both: {",
    )
    write(tmp_path, text)
    child = load(write(tmp_path, CHILD, "child.yaml"))
    assert "fear" in child.outcomes
    assert not {"tension", "rise", "relative"} & set(child.outcomes)
    assert any("tension, rise, relative" in note for note in child.notes)


def test_a_patch_with_one_kind_of_outcome_displaces_another(tmp_path):
    patch = {"outcomes": {"both": {"span": ["exit", "falls"]}}}
    text = changed(
        "  both: {", '  falls: {ask: When?, first: "elite.severity[boris] > 0"}\n  both: {'
    )
    assert read(tmp_path, text, patches=[patch]).outcomes["both"].parts == ("exit", "falls")


def test_a_window_that_reaches_beyond_the_clock_is_cut(tmp_path):
    text = changed("from: 1952, until: 1953}", "from: 1950-06, until: 1953}")
    write(tmp_path, text)
    tension = load(write(tmp_path, CHILD, "child.yaml")).outcomes["tension"]
    assert (tension.start, tension.until) == (datetime(1950, 6, 1), None)


def test_what_stands_beside_the_clock_is_a_fault_instead(tmp_path):
    faults = check(write(tmp_path, changed("end: 1954-12-31", "end: 1951-12-31")))
    assert any("events.war.date" in str(f) and "after the end" in str(f) for f in faults)


def test_a_setting_of_the_clock_drops_what_it_leaves_behind(tmp_path):
    short = read(tmp_path, set=["clock.end=1951-12-31", "history.exit=null"])
    assert list(short.events) == ["railway-head"]


def test_a_variant_is_a_patch(tmp_path):
    base, variant = read(tmp_path), read(tmp_path, variant="A")
    assert base.pacts["north"]["south"].value == 0.8
    assert variant.pacts["north"]["south"].value == 0
    assert variant.applied == ("variant A",)
    assert variant.digest != base.digest


def test_a_variant_includes_others(tmp_path):
    text = TEXT + (
        "  B: {title: Weak, patch: {people: {boris: {proximity: 0}}}}\n"
        "  C: {title: Both, includes: [A, B], patch: {pacts: {north: {south: 0.1}}}}\n"
    )
    both = read(tmp_path, text, variant="C")
    assert both.people["boris"].proximity.value == 0
    assert both.pacts["north"]["south"].value == 0.1


def test_variants_are_checked_with_the_file(tmp_path):
    text = TEXT + "  B: {title: Bad, patch: {people: {boris: {clan: east}}}}\n"
    path = write(tmp_path, text)
    load(path)
    [fault] = check(path)
    assert fault.address == "people.boris.clan"
    assert fault.line == len(TEXT.splitlines()) + 1


def test_variants_in_a_ring_are_refused(tmp_path):
    text = TEXT + "  B: {title: One, includes: C}\n  C: {title: Two, includes: B}\n"
    with pytest.raises(ScenarioError, match="B -> C -> B"):
        read(tmp_path, text, variant="B")


def test_patches_are_laid_over_one_another(tmp_path):
    over = write(tmp_path, "people: {boris: {proximity: 0.1, competence: 0.3}}\n", "over.yaml")
    one = read(
        tmp_path,
        patches=[
            over,
            {"people": {"boris": {"proximity": 0.9}}},
            Patch("loyal", {"people": {"boris": {"loyalty": 1}}}),
        ],
    )
    boris = one.people["boris"]
    assert (boris.proximity.value, boris.competence.value, boris.loyalty.value) == (0.9, 0.3, 1)
    assert one.applied == ("over.yaml", "patch 2", "loyal")


def test_lists_are_replaced_and_null_removes(tmp_path):
    one = read(
        tmp_path,
        patches=[{"series": ["coercion.fear"], "events": {"war": None}, "pacts": {"north": None}}],
    )
    assert [str(a) for a in one.series] == ["coercion.fear"]
    assert "war" not in one.events
    assert one.pacts == {}


def test_an_age_displaces_a_birth_and_a_question_another(tmp_path):
    one = read(
        tmp_path,
        patches=[
            {
                "people": {"tsar": {"age": 40}},
                "outcomes": {"boris-falls": {"first": "elite.status[boris] == exiled"}},
                "history": {"boris-falls": "1951", "exit": None},
            },
            {"outcomes": {"both": None}},
        ],
    )
    assert one.people["tsar"].age.value == 40
    assert one.outcomes["boris-falls"].kind == "first"


def noise(scenario):
    return scenario.parameters["succession"]["noise"].value


def tension(scenario):
    return scenario.events["war"].add["military_industry.tension"]


@pytest.mark.parametrize(
    ("setting", "read_off", "value"),
    [
        ("people.boris.proximity=0.2", lambda s: s.people["boris"].proximity.value, 0.2),
        ("succession.noise=0.7", lambda s: noise(s), 0.7),
        ("parameters.succession.noise=0.1 to 0.4", lambda s: noise(s), 0.25),
        ("pact.rate=0.7", lambda s: s.parameters["pact"]["rate"].value, 0.7),  # beside `pacts`
        ("events.war.add.military_industry.tension=0.1", lambda s: tension(s), 0.1),
        ("events.war.date=1952-04", lambda s: s.events["war"].date, datetime(1952, 4, 1)),
        ("people.boris.patron=null", lambda s: s.people["boris"].patron, None),
        ("mechanisms.off=[attack]", lambda s: s.mechanisms.off, ("attack",)),
    ],
)
def test_single_values_are_set_by_path(tmp_path, setting, read_off, value):
    got = read_off(read(tmp_path, set=[setting]))
    assert got == (pytest.approx(value) if isinstance(value, float) else value)


def test_settings_may_be_a_mapping(tmp_path):
    assert (
        read(tmp_path, set={"people.boris.proximity": 0.2}).people["boris"].proximity.value == 0.2
    )


def test_every_value_says_where_it_comes_from(family):
    child = load(
        family, variant="A", patches=[{"coercion": {"fear": 0.7}}], set=["succession.noise=0.5"]
    )
    origins = child.origins()
    small = str(family.parent / "small.yaml")
    assert str(child.origin("people.boris.poles.technocrat")) == f"{small}:15"
    assert str(child.origin("people.boris.proximity")) == f"{family}:6"
    assert child.origin("people.boris.loyalty").kind == "default"
    assert child.origin("pacts.north.south").kind == "variant"
    assert str(child.origin("coercion.fear")) == "patch 1"
    assert str(child.origin("parameters.succession.noise")) == "--set succession.noise=0.5"
    assert origins["people.boris.proximity.value"].label == f"{family}:6"
    assert {o.kind for o in origins.values()} == {"default", "file", "variant", "patch", "set"}


def test_base_first_then_child_and_variants_of_the_base_keep_to_the_clock(family):
    text = TEXT + "  B: {title: Late, patch: {events: {late: {date: 1953-01, shock: 1}}}}\n"
    write(family.parent, text)
    assert "late" not in load(family, variant="B").events
    assert check(family) == []


def test_variants_are_laid_one_upon_the_other(tmp_path):
    text = (
        TEXT
        + """
  late:
    title: Set by the later
    patch: {people: {boris: {proximity: 0.3}}}
  later:
    title: Wins over the earlier
    patch: {people: {boris: {proximity: 0.1}, gleb: {proximity: 0.1}}}
"""
    )
    path = write(tmp_path, text)
    both = load(path, variant=("late", "later"))
    assert (both.people["boris"].proximity.value, both.people["gleb"].proximity.value) == (0.1, 0.1)
    assert load(path, variant=["later", "late"]).people["boris"].proximity.value == 0.3
    assert load(path, variant=()).digest == load(path).digest
