"""Whatever a file holds, loading it gives a scenario or faults that say where and how."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.small_scenario import TEXT

from vertikal import yaml12
from vertikal.scenario import ScenarioError, check, load
from vertikal.scenario.source import Layer, read_text

FUZZ = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
GOOD = yaml12.load(TEXT)
WORDS = st.sampled_from([
    "boris", "gleb", "north", "south", "tsar", "nobody", "elite.status[boris]", "clans.share",
    "dead", "7", "5%", "0.6 to 0.9", "1952-03", "never", "true", "null", "death", "[", "{",
    "7 days", "5% per month", "beta(2, 3)", "elite.severity[boris] >= 0.25", "",
])  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-5, 3000)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.just(10**30)
    | WORDS
    | st.text(max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value, path=()):
    """The paths of all entries below a mapping or list."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in entries:
        yield (*path, key)
        if isinstance(child, dict | list):
            yield from paths(child, (*path, key))


def copied(value):
    if isinstance(value, dict):
        return {key: copied(child) for key, child in value.items()}
    return [copied(child) for child in value] if isinstance(value, list) else value


@st.composite
def mutated(draw):
    """A good scenario after a few entries have been deleted, renamed, replaced or moved."""
    data = copied(GOOD)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(sorted(paths(data), key=str)))
        *above, last = path
        parent = data
        for step in above:
            parent = parent[step]
        how = draw(st.sampled_from(["delete", "rename", "replace", "copy"]))
        if how == "delete":
            del parent[last]
        elif how == "rename" and isinstance(parent, dict):
            parent[draw(WORDS | st.text(max_size=8))] = parent.pop(last)
        elif how == "copy":
            other = draw(st.sampled_from(sorted(paths(GOOD), key=str)))
            source = GOOD
            for step in other:
                source = source[step]
            parent[last] = copied(source)
        else:
            parent[last] = draw(VALUES)
        if not data:
            break
    return data


def attempted(path, **how):
    """The scenario of a file, or `None` and the faults; any other error is a bug."""
    try:
        return load(path, **how), ()
    except ScenarioError as error:
        return None, error.faults


def loads_or_says_why(raw: bytes, **how) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fuzz.yaml"
        path.write_bytes(raw)
        faults = check(path)
        scenario, found = attempted(path, **how)
        if scenario is None:
            assert how or faults
            assert all(fault.message and str(fault) and fault.place for fault in found)
            return
        again = Path(folder) / "again.yaml"
        again.write_text(scenario.to_yaml(), "utf-8")
        assert load(again) == scenario


@FUZZ
@given(mutated())
def test_mutated_scenarios(data):
    loads_or_says_why(yaml12.dump(data).encode("utf-8", "surrogatepass"))


@FUZZ
@given(start=st.integers(0, len(TEXT)), length=st.integers(0, 80), text=st.text(max_size=40))
def test_garbled_text(start, length, text):
    garbled = TEXT[:start] + text + TEXT[start + length :]
    loads_or_says_why(garbled.encode("utf-8", "surrogatepass"))


@FUZZ
@given(st.binary(max_size=200))
def test_random_bytes(raw):
    loads_or_says_why(raw)


@settings(FUZZ, max_examples=300)
@given(st.text(alphabet="ab01: -[]{}\n\t&*!|>'\"%@`?,#.<~", max_size=80))
def test_random_yaml_is_read_or_refused(text):
    layer = Layer("file", "fuzz")
    with suppress(ScenarioError):
        assert read_text(text, "fuzz", layer).layer == layer


@FUZZ
@given(data=mutated(), kind=st.sampled_from(["patch", "variant"]))
def test_mutated_patches(data, kind):
    if kind == "variant":
        whole = {**GOOD, "variants": {"A": {"title": "Garbled", "patch": data}}}
        loads_or_says_why(yaml12.dump(whole).encode("utf-8", "surrogatepass"), variant="A")
    else:
        loads_or_says_why(TEXT.encode(), patches=[data])


@FUZZ
@given(
    path=st.lists(st.sampled_from([str(p) for q in paths(GOOD) for p in q]) | WORDS, max_size=5),
    value=WORDS | st.text(max_size=10),
)
def test_settings_of_any_kind(path, value):
    setting = ".".join(path) + "=" + value
    with TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.yaml"
        file.write_text(TEXT)
        _, found = attempted(file, set=[setting])
        assert all(fault.file.startswith(("--set", str(file))) for fault in found)


@pytest.mark.parametrize("name", [None, 3, "", "..", "a/b", "x\0y", "~", " ", "S1 "])
def test_odd_names(name):
    with pytest.raises(ScenarioError):
        load(name)
