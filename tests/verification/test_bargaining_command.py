"""`vertikal bargain` and `vertikal coalition`, end to end."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from vertikal.cli import app
from vertikal.errors import VertikalError

REFERENCE = Path(__file__).parents[1] / "data" / "bargaining"
runner = CliRunner()


def printed(*arguments):
    result = runner.invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments):
    """The message of the mistake that a command reports."""
    result = runner.invoke(app, list(arguments))
    assert isinstance(result.exception, VertikalError), result.output
    return str(result.exception)


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text(
        "actor,description,influence,dimension,position,salience\n"
        "A,,1,budget,0,90\nB,,1,budget,50,60\nC,,2,budget,100,90\n"
    )
    return path


def test_json_gives_the_whole_run_on_the_scale_of_the_file():
    content = json.loads(printed("bargain", "dummy-3dim", "--json"))
    rows = pd.read_csv(REFERENCE / "dummy-3dim" / "positions.csv")
    expected = rows.position.to_numpy().reshape(-1, 7, 3)
    np.testing.assert_allclose(content["positions"], expected, atol=1e-8)
    assert content["actors"] == rows.actor[::3][:7].tolist()
    assert content["dimensions"] == ["Pstn1", "Pstn2", "Pstn3"]
    assert content["status"] == "settled"
    assert content["turns"] == 10
    chance = pd.read_csv(REFERENCE / "dummy-3dim" / "probabilities.csv").probability
    np.testing.assert_allclose(np.ravel(content["probabilities"]), chance, atol=5.01e-5)


def test_a_file_a_table_and_an_ensemble(small):
    text = printed("bargain", str(small), "--runs", "20")
    assert "budget from" in text
    assert "0.00" in text
    assert "One run is one point" not in text
    assert "5 rounds. The last round moved little compared with the first." in text
    assert "Likeliest final position: 61.31" in text
    assert "over 20 games with uncertain inputs and 1 set of options" in text
    content = json.loads(printed("bargain", str(small), "--runs", "20", "--json"))
    assert content["ensemble"]["runs"] == 20
    assert np.shape(content["ensemble"]["likeliest"]) == (5, 1)
    assert content["note"] == ""


@pytest.mark.parametrize("model", ["smp", "eum"])
def test_what_the_table_warns_of_is_in_json_too(small, model):
    arguments = ["bargain", str(small), "--model", model]
    note = json.loads(printed(*arguments, "--json"))["note"]
    assert note in " ".join(printed(*arguments).split())
    assert note.startswith({"smp": "One run is one point", "eum": "The model has no rule"}[model])


def test_another_scale_of_a_file(tmp_path):
    path = tmp_path / "years.csv"
    path.write_text(
        "actor,influence,dimension,position,salience\nA,1,years,4,90\nB,1,years,7,60\nC,2,years,10,90\n"
    )
    content = json.loads(printed("bargain", str(path), "--low", "4", "--high", "10", "--json"))
    assert content["likeliest"] == [pytest.approx(4 + 6 * 0.6131)]


def test_an_option_changes_the_run(small):
    option = ["--option", "interpolation=S2PMax", "--option", "most_turns=3"]
    changed = json.loads(printed("bargain", str(small), *option, "--json"))
    assert changed["turns"] == 3
    assert changed["positions"][1] != [[80.98], [50.0], [80.98]]


def test_expected_utility_model():
    arguments = ["bargain", "ec-emission", "--model", "eum", "--rounds", "20"]
    content = json.loads(printed(*arguments, "--json"))
    assert content["median"][:4] == [
        7,
        *(pytest.approx(v, abs=5e-7) for v in (8.415932, 9.610859, 9.961980)),
    ]
    assert np.shape(content["positions"]) == (21, 10, 1)
    text = printed(*arguments)
    assert "Reading velev" in text
    assert "9.611" in text


def test_pictures_are_sound_svg(small, tmp_path):
    for name, arguments in {
        "run.svg": ["bargain", str(small), "--runs", "20"],
        "eum.svg": ["bargain", "ec-emission", "--model", "eum", "--rounds", "20"],
        "who.svg": ["coalition", "3", "4", "5", "10"],
    }.items():
        path = tmp_path / "pictures" / name
        printed(*arguments, "--svg", str(path))
        root = ElementTree.parse(path).getroot()
        assert root.tag.endswith("svg")
        assert len(list(root.iter())) > 30
    # Of eight winning coalitions the seven with Beria break up, and put out 1 + 3 * 2 + 3 members.
    marks = (tmp_path / "pictures" / "who.svg").read_text().split("<path")
    rings = [mark for mark in marks if 'roledescription="point"' in mark and 'stroke="#' in mark]
    assert len(rings) == 10
    texts = (tmp_path / "pictures" / "run.svg").read_text()
    assert ">budget<" in texts
    assert ">A, B<" in texts
    assert ">games ending here<" in texts


def test_a_picture_of_many_coalitions_keeps_those_that_rule_and_counts_the_rest(tmp_path):
    powers = [str(power) for power in range(1, 9)]
    printed("coalition", *powers, "--svg", str(tmp_path / "many.svg"))
    texts = (tmp_path / "many.svg").read_text()
    assert ">what rules, and the most powerful beside it; 118 left out<" in texts
    bars = [mark for mark in texts.split("<path") if 'roledescription="bar"' in mark]
    assert len(bars) == 40
    assert sum("fate: rules" in bar for bar in bars) == 2
    printed("coalition", "3", "4", "5", "10", "--svg", str(tmp_path / "few.svg"))
    assert "left out" not in (tmp_path / "few.svg").read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bargain", "none.csv"], 'there is no file "none.csv"\n  Give a CSV file, or one of the'),
        (["bargain", "soe-pol-comp", "--model", "eum"], "knows one issue, the file has 2"),
        (["bargain", "soe-polcy"], 'Did you mean "soe-policy"? Cases: soe-policy, soe-comp'),
        (["bargain", "."], '"." is a folder\n  Give a CSV file'),
        (["bargain", "soe-policy", "--option", "mood=1"], 'there is no option "mood"\n  Options: '),
        (["bargain", "soe-policy", "--option", "pear=1"], 'Did you mean "peer"? Options: voting_'),
        (["bargain", "soe-policy", "--option", "voting_rule=1"], "must be one of Prop, Binary"),
        (["bargain", "soe-policy", "--option", "most_turns=x"], '"x" is not a number'),
        (["bargain", "soe-policy", "--option", "peer=maybe"], "neither true nor false"),
        (["bargain", "soe-policy", "--low", "5", "--high", "5"], "--low, --high: the low end of"),
        (["bargain", "soe-policy", "--high", "50"], "position: 60 is out of range"),
        (["bargain", "ec-emission", "--model", "eum", "--runs", "5"], "belong to the model smp"),
        (["bargain", "ec-emission", "--model", "eum", "--seed", "0"], "belong to the model smp"),
        (["bargain", "soe-policy", "--variant", "masad"], "belong to the model eum"),
        (["bargain", "soe-policy", "--rounds", "3"], "belong to the model eum"),
        (
            ["bargain", "ec-emission", "--model", "eum", "--variant", "velv"],
            '--variant velv: the model eum has no reading "velv"\n  Did you mean "velev"? ',
        ),
        (["coalition", "3", "x"], '"x" is not a number'),
        (["coalition", "3", "0"], "must be positive"),
        (["coalition", "3", "4", "--alpha", "1/4"], "alpha = 1/4: must be at least 1/2"),
        (["coalition", "3", "4", "--svg", "who.png"], '".png" is no picture that this command'),
        (["coalition", "3", "4", "--svg", "."], "--svg .: this is a folder, not a picture"),
        (
            ["bargain", "soe-policy", "--svg", f"{__file__}/x.svg"],
            "x.svg: " + __file__ + " is a file",
        ),
        (["bargain", "soe-policy", "--vary-options"], "not how often\n  Add --runs 1000, say."),
        (["coalition", *["1"] * 27], "powers = 27 of them: 1 to 26 players"),
        (["coalition", "3", "4", "--names", "A"], "1 name(s) for 2 player(s)"),
    ],
)
def test_mistakes_are_told_with_their_remedy(arguments, words):
    assert words in refused(*arguments)


def test_a_file_that_cannot_be_read(small, monkeypatch):
    def forbidden(*_, **__):
        raise PermissionError(13, "Permission denied", str(small))

    monkeypatch.setattr("vertikal.theory.stakeholders.read_stakeholders", forbidden)
    told = refused("bargain", str(small))
    assert told.startswith(f"{small}: the file cannot be read: Permission denied\n  ")


def test_coalitions_of_1953():
    arguments = ["coalition", "3", "4", "5", "10", "--names", "Malenkov,Khrushchev,Bulganin,Beria"]
    content = json.loads(printed(*arguments, "--json"))
    assert content["ruling"] == [["Malenkov", "Khrushchev", "Bulganin"]]
    rows = {" ".join(row["members"]): row for row in content["coalitions"]}
    assert len(rows) == 15
    assert rows["Malenkov Khrushchev Bulganin Beria"]["blocked_by"] == content["ruling"]
    assert rows["Bulganin Beria"]["blocked_by"] == [["Beria"]]
    assert rows["Malenkov Khrushchev Bulganin"]["self_enforcing"]
    assert rows["Beria"] == {
        "members": ["Beria"],
        "power": "10",
        "share": 10 / 22,
        "wins": False,
        "self_enforcing": True,
        "blocked_by": [],
    }
    text = printed(*arguments)
    assert "Rules in the end: Malenkov Khrushchev Bulganin" in text


def test_ties_fractions_and_many_players():
    text = printed("coalition", "5", "5", "5")
    assert "Rules in the end: P1 P2 or P1 P3 or P2 P3" in text
    assert "A tie: the theory does not choose among them." in text
    content = json.loads(printed("coalition", "3", "4", "5", "--alpha", "4/7", "--json"))
    assert content["ruling"] == [["P1", "P2"]]
    assert "Rules in the end: P1" in printed("coalition", "1e400", "1")
    many = [str(3 + 2 * k) for k in range(14)]
    content = json.loads(printed("coalition", *many, "--json"))
    assert content["coalitions"] == []
    assert content["ruling"]
    assert "14 players make too many" in refused("coalition", *many, "--svg", "x.svg")
