"""The page of power tells what was simulated, and says when that is out of date."""

import json
from pathlib import Path

import pytest

from vertikal.claims.verdicts import ERROR, WORDS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def power(steps_of_docs):
    """The module that writes the page."""
    import _power

    return _power


@pytest.fixture(scope="module")
def kept(power):
    return json.loads(power.KEPT.read_text("utf-8"))


@pytest.fixture
def page(power, kept, tmp_path, monkeypatch):
    """The page, if other things had been kept."""
    monkeypatch.setattr(power, "KEPT", tmp_path / "kept.json")
    fresh = kept | {"verdicts": power._verdicts_digest(), "asked": power.asked()}

    def written(**changed):
        power.KEPT.write_text(json.dumps(fresh | changed), "utf-8")
        return power.page(lambda svg: svg)

    return written


def test_every_model_is_kept_with_all_its_tests(power, kept):
    assert list(kept["curves"]) == list(power.CURVES)
    assert list(kept["lines"]) == list(power.LINES)
    for rows in kept["curves"].values():
        assert [row["size"] for row in rows] == list(power.SIZES)
        for row in rows:
            assert list(row["within"]) == [str(b) for b in power.BUDGETS]
            assert {sum(count.values()) for count in row["within"].values()} == {power.REPEATS}
    for row in kept["lines"].values():
        assert sum(row["found"].values()) == row["tests"] == power.AT_LINES


def test_what_is_kept_is_what_comes_out_of_the_same_chance(power, kept):
    """Of the first tests of one size; an interval decides nothing, so that they take it in."""
    if kept["verdicts"] != power._verdicts_digest():
        pytest.skip("verdicts are decided otherwise since; the page says so")
    size = 3.0
    found = power.counted(power.CURVES["number"], size, 3, power.BUDGETS[:1])
    assert found == {"1024": {**dict.fromkeys(WORDS, 0), "supported": 3, "unsettled": 0}}
    (row,) = [row for row in kept["curves"]["number"] if row["size"] == size]
    assert row["within"]["1024"]["supported"] == row["tests"]


@pytest.mark.parametrize(
    ("name", "size", "right"),
    [
        ("number", 0.79, ["contradicted"]),
        ("number", 1.0, ["supported", "fragile", "contradicted"]),
        ("number", 1.21, ["supported"]),
        ("spread", 0.79, ["fragile", "contradicted"]),
        ("spread", 3.0, ["supported"]),
        ("half", 0.5, ["contradicted"]),
        ("half", 3.0, ["fragile"]),
        ("truth", 0.0, ["contradicted"]),
    ],
)
def test_which_verdicts_are_right_follows_from_the_definitions(power, name, size, right):
    assert power.CURVES[name].right(size) == right


def test_at_every_line_one_verdict_is_right_and_false_ones_are_rare(power, kept):
    """With 95% confidence the rate of false verdicts is below that which is promised."""
    for name, (model, size) in power.LINES.items():
        row = kept["lines"][name]
        assert row["right"] == model.right(size)
        assert len(row["right"]) == 1
        assert power.interval(power.false_verdicts(row), row["tests"])[1] <= ERROR


def test_more_histories_settle_more_and_clear_effects_are_settled(power, kept):
    for rows in kept["curves"].values():
        for row in rows:
            unsettled = [count["unsettled"] for count in row["within"].values()]
            assert unsettled == sorted(unsettled, reverse=True)
        clear = rows[-1]["within"][str(power.BUDGETS[-1])]
        assert sum(clear[word] for word in rows[-1]["right"]) >= 0.9 * rows[-1]["tests"]


def test_the_page_tells_what_is_kept(power, kept, page):
    told = page()
    assert "{warning}" not in told
    assert told.count("<svg") == 1
    for name, rows in kept["curves"].items():
        words = power.CURVES[name].words
        assert told.count(f"\n| {words} | ") == len(rows)
    for name, row in kept["lines"].items():
        (line,) = [x for x in told.splitlines() if x.startswith(f"| {power.LINES[name][0].words} ")]
        assert f"| {power.false_verdicts(row)} of {row['tests']} | " in line


def test_the_page_is_there_and_repeats_no_share(kept):
    text = (DOCS / "explanation" / "power.md").read_text("utf-8")
    assert text.count("generated/power.inc\n") == 1
    assert "%" not in text
    assert "\npower\n" in (DOCS / "explanation" / "index.md").read_text("utf-8")


def test_the_page_says_when_it_is_out_of_date(power, page):
    assert "the code that decides verdicts" in page(verdicts="0" * 64)
    asked = power.asked()
    assert "what is simulated" in page(asked=asked | {"smallest": 0.2})
    assert "out of date" not in page()
