"""The page on claim files names every entry that a claim file can have, and no other."""

import re
from pathlib import Path
from typing import get_args

import pytest

from vertikal.claims import schema

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "claim-format.md").read_text("utf-8")
TABLES = {
    "Head": (schema.Document,),
    "Claims": (schema.Claim, schema.Place),
    "Tests": (schema.Test, schema.Treatment, schema.Sweep),
    "Rivalries": (schema.Rivalry, schema.Side),
}


def part(title):
    """What stands under a heading."""
    return PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("title", TABLES)
def test_every_entry_is_told(title):
    names = {name for model in TABLES[title] for name in model.model_fields}
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`]+`", part(title)))))
    assert names <= words, names - words


def test_no_entry_is_made_up():
    for title in ("Claims", "Rivalries"):
        told = re.findall(r"^\| ((?:`[a-z]+`(?:, )?)+) \|", part(title), re.MULTILINE)
        for name in re.findall(r"[a-z]+", " ".join(told)):
            assert name in TABLES[title][0].model_fields, name


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Claims", schema.SUBSYSTEMS),
        ("Claims", get_args(schema.Kind)),
        ("Claims", get_args(schema.Stance)),
        ("Tests", get_args(schema.Shape)),
        ("Tests", get_args(schema.Direction)),
    ],
)
def test_every_word_that_an_entry_takes_is_told(title, words):
    assert all(f"`{word}`" in part(title) for word in words)
