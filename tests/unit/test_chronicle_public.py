"""What `explain` tells of protest, the official story and institutions."""

import jax
import pytest

from tests.realm import realm
from vertikal.regime.events import Names, happened

NAMES = Names(["A"] * 4, ["C", "D"], ["O"] * 3, rows={"themes": ["Normality", "Greatness"]})


def told(before, after):
    one = [jax.tree.map(lambda a: a[..., 0], realm(x, runs=1)) for x in (before, after)]
    return [(e.kind, e.text, e.mechanism, int(e.weight)) for e in happened(3, *one, NAMES)]


def test_nothing_is_told_of_nothing():
    assert told({}, {}) == []
    assert told({"public.unrest": 0.001}, {"public.unrest": 0.004}) == []


def test_protest_comes_grows_and_goes():
    rise = told({"public.unrest": 0.001}, {"public.unrest": 0.01})
    assert rise == [("protest", "Protest fills the streets: 1.0% of people", "unrest", 2)]
    assert told({"public.unrest": 0.001}, {"public.unrest": 0.05})[0][3] == 3
    assert "mass movement" in told({"public.unrest": 0.01}, {"public.unrest": 0.05})[0][1]
    assert "empty" in told({"public.unrest": 0.01}, {"public.unrest": 0.001})[0][1]


def test_the_leading_theme_changes():
    turn = told({"public.intensity": [0.4, 0.2]}, {"public.intensity": [0.2, 0.4]})
    assert [t[1] for t in turn] == ["The official story turns from Normality to Greatness"]


@pytest.mark.parametrize(
    ("address", "values", "kind", "mechanism"),
    [
        ("public.credibility", (0.3, 0.1), "credibility", "belief"),
        ("institutions.vertical", (0.4, 0.6), "vertical", "path_dependence"),
        ("institutions.sham", (0.4, 0.6), "sham", "facade"),
        ("institutions.legitimacy", (0.3, 0.1), "legitimacy", "legitimacy"),
    ],
)
def test_thresholds_are_told_in_one_direction(address, values, kind, mechanism):
    low, high = ({address: v} for v in values)
    assert [(t[0], t[2]) for t in told(low, high)] == [(kind, mechanism)]
    assert told(high, low) == []
