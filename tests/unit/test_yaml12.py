"""What plain words of a YAML file mean, and that what is written reads as it was."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vertikal import yaml12


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True), ("False", False), ("yes", "yes"), ("no", "no"), ("on", "on"),
        ("tRUE", "tRUE"), ("null", None), ("~", None), ("", None), ("nil", "nil"),
        ("12", 12), ("-3", -3), ("1_000", 1000), ("010", 10), ("0x1f", 31), ("0b11", 3),
        ("12:30", "12:30"),
        ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("1e5", 1e5), ("1.5e-3", 0.0015),
        ("-.inf", -math.inf), ("1e", "1e"), (".", "."), ("-x", "-x"), ("5%", "5%"),
        ("0.6 to 0.9", "0.6 to 0.9"), ("1953-03-05", "1953-03-05"), ("1953-99-99", "1953-99-99"),
    ],
)  # fmt: skip
def test_words_mean_what_version_1_2_says(word, value):
    found = yaml12.load(f"key: {word}")["key"]
    assert found == value
    assert type(found) is type(value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")))
    | st.sampled_from(["no", "1e5", "1_0", "null", "0x1", "~", "1953-03-05", "- a", "a: b", "#"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_written_reads_as_it_was(values):
    found = yaml12.load(yaml12.dump(values))
    assert found == values
    assert repr(found) == repr(values)


@pytest.mark.parametrize("much", ["[" * 200_000, "- " * 200_000, "{a: " * 200_000])
def test_what_is_nested_without_end_is_refused(much):
    with pytest.raises((RecursionError, yaml.YAMLError)):
        yaml12.load(much)


def test_aliases_are_the_same_value():
    found = yaml12.load("a: &x [1, 2]\nb: *x\n")
    assert found["a"] is found["b"]


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_what_is_open_at_the_end_is_marked_where_it_begins(end):
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml12.compose(f"name: x\npeople: {{a: [1, 2{end}")
    assert (caught.value.problem_mark.line, caught.value.problem_mark.column) == (1, 12)
    assert caught.value.problem == "expected its end and found that of the text"


def test_a_word_that_is_no_key_is_marked_itself():
    with pytest.raises(yaml.MarkedYAMLError) as caught:
        yaml12.compose("vertikal: 1\nname\n")
    assert (caught.value.problem_mark.line, caught.value.problem_mark.column) == (1, 0)
    assert caught.value.problem == "could not find expected ':'"
