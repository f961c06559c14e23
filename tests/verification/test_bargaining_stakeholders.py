"""The reader of stakeholder tables: what it reads, and the words with which it refuses."""

from importlib.resources import files

import numpy as np
import pytest

from vertikal.theory.stakeholders import read_stakeholders

HEAD = "actor,description,influence,dimension,position,salience\n"


@pytest.fixture
def write(tmp_path):
    def to_file(text, encoding="utf-8"):
        path = tmp_path / "case.csv"
        path.write_bytes(text.encode(encoding))
        return path

    return to_file


def test_shipped_cases_can_be_read():
    home = files("vertikal") / "data" / "bargaining"
    sizes = {}
    for path in home.iterdir():
        if path.name.endswith(".csv") and path.name != "cases.csv":
            table = read_stakeholders(path)
            sizes[path.name[:-4]] = (len(table.actors), len(table.dimensions))
    assert sizes == {
        "soe-policy": (26, 1),
        "soe-competitive": (34, 1),
        "soe-pol-comp": (13, 2),
        "dummy-3dim": (7, 3),
        "dummy-6dim": (27, 6),
        "dummy-a040": (40, 1),
        "dummy-a080": (80, 1),
        "dummy-a160": (160, 1),
        "ec-emission": (10, 1),
    }


def test_values_order_and_scale(write):
    path = write(HEAD + 'B,"b, the first",2,y,6,30\nA,,1,x,4,50\nB,,2,x,10,40\nA,,1,y,8.5,0\n')
    table = read_stakeholders(path, scale_low=4, scale_high=10)
    assert table.actors == ("B", "A")
    assert table.dimensions == ("y", "x")
    assert table.descriptions == ("b, the first", "")
    np.testing.assert_array_equal(table.influence, [2, 1])
    np.testing.assert_array_equal(table.positions, [[6, 10], [8.5, 4]])
    np.testing.assert_allclose(table.salience, [[0.3, 0.4], [0.0, 0.5]])
    np.testing.assert_allclose(table.unit_positions, [[1 / 3, 1], [0.75, 0]])
    np.testing.assert_allclose(table.on_scale(table.unit_positions), table.positions)


def test_byte_order_mark_columns_in_any_order_and_no_description(write):
    text = "salience,actor,influence,position,dimension\n50,A,1,10,x\n50,B,1,20,x\n"
    table = read_stakeholders(write(text, "utf-8-sig"))
    assert table.actors == ("A", "B")
    np.testing.assert_array_equal(table.positions, [[10], [20]])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("A,,1,x,101,5\nB,,1,x,5,5\n", "case.csv:2: position: 101 is out of range. Give a number"),
        ("A,,0,x,1,5\nB,,1,x,5,5\n", "case.csv:2: influence: 0 is out of range. Give a positive"),
        ("A,,1,x,1,5\nB,,1,x,5,-1\n", "case.csv:3: salience: -1 is out of range. Give a percent"),
        ("A,,1,x,nan,5\nB,,1,x,5,1\n", "case.csv:2: position: nan is out of range"),
        ("A,,1,x,1,5\nB,,much,x,5,1\n", 'case.csv:3: influence: "much" is not a number. Give a'),
        ("A,,1,x,1,5\n,,1,x,5,1\n", 'case.csv:3: actor: "" is empty. Name the actor.'),
        ("A,,1,x,1\nB,,1,x,5,1\n", "case.csv:2: the number of fields differs from the header"),
        ("A,,1,x,1,5\nA,,1,x,5,1\nB,,1,x,1,1\n", "already in line 2. Remove one of the two rows"),
        ("A,,1,x,1,5\nA,,2,y,5,1\nB,,1,x,1,1\nB,,1,y,1,1\n", "influence: 2 differs from 1"),
        ("A,,1,x,1,5\nA,,1,y,5,1\nB,,1,x,1,1\n", 'actor "B" has no row for dimension "y". Add one'),
        ("A,,1,x,1,60\nA,,1,y,5,50\nB,,1,x,1,1\nB,,1,y,1,1\n", "add up to 110. Lower them"),
        ("A,,1,x,1,0\nB,,1,x,1,1\n", '"A" cares about nothing'),
        ("A,,1,x,1,5\n", "1 actor(s). Bargaining needs two or more."),
        ("", "0 actor(s). Bargaining needs two or more."),
    ],
)
def test_faults_name_file_line_field_value_and_remedy(write, body, words):
    with pytest.raises(ValueError, match=r"case\.csv") as caught:
        read_stakeholders(write(HEAD + body))
    assert words in str(caught.value)


def test_all_faults_are_told_at_once(write):
    with pytest.raises(ValueError, match=r"case\.csv") as caught:
        read_stakeholders(write(HEAD + "A,,x,x,-5,200\nB,,1,x,5,5\n"))
    assert len(str(caught.value).splitlines()) == 3


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (
            "actor,influnce,dimension,position,salience\n",
            'no column "influence". Rename "influnce"',
        ),
        ("actor,influence,dimension,position,salience,mood\n", 'unknown column "mood"'),
        ("actor,actor,influence,dimension,position,salience\n", 'column "actor" appears twice'),
        ("", 'there is no column "actor". The columns are actor,'),
    ],
)
def test_wrong_headers(write, head, words):
    with pytest.raises(ValueError, match=r"case\.csv:1") as caught:
        read_stakeholders(write(head + "A,1,x,5,5,1\n"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty. Its first line must be actor,influence,dimension"),
        ("actor;influence;x\nA;1;2\n", "separated by ';'. Save it with commas"),
        ("actor\tinfluence\nA\t1\n", "separated by '\\t'. Save it with commas"),
    ],
)
def test_files_that_are_no_tables(write, text, words):
    with pytest.raises(ValueError, match=r"case\.csv") as caught:
        read_stakeholders(write(text))
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_other_encodings_empty_scales_and_missing_files(write, tmp_path):
    with pytest.raises(ValueError, match="Save the file as UTF-8"):
        read_stakeholders(write(HEAD + "Хрущёв,,1,x,5,5\n", "cp1251"))
    with pytest.raises(ValueError, match="low end of the scale must lie below"):
        read_stakeholders(write(HEAD), scale_low=3, scale_high=3)
    with pytest.raises(FileNotFoundError):
        read_stakeholders(tmp_path / "none.csv")
