import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vertikal.regime.kinds import KINDS
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.subsystems import SUBSYSTEMS
from vertikal.scenario.conditions import (
    COMPARISONS,
    COMPUTED,
    Address,
    Condition,
    check_address,
    check_condition,
    code_of,
    labels_of,
    read_address,
    read_conditions,
)
from vertikal.scenario.faults import Problem

ROWS = {
    "persons": ("boris", "gleb"),
    "clans": ("north", "south"),
    "offices": ("mint",),
    "bodies": ("council",),
    **{k.name: k.fixed or (f"a-{k.singular}",) for k in KINDS.values() if k.fixed or k.subsystem},
    "subsystems": tuple(SUBSYSTEMS),
}


def test_computed_state_exists():
    assert set(COMPUTED) <= set(OBSERVABLES)
    assert not any(OBSERVABLES[name].derived for name in COMPUTED)


@given(
    name=st.sampled_from(sorted(OBSERVABLES)),
    comparison=st.sampled_from(COMPARISONS),
    data=st.data(),
)
def test_every_address_can_be_written_and_read_in_a_condition(name, comparison, data):
    seen = OBSERVABLES[name]
    rows = tuple(data.draw(st.sampled_from(ROWS[d])) for d in seen.dims)
    labels = labels_of(seen, ROWS)
    number = st.floats(-2, 2) | st.floats(-1e6, 1e6)
    value = data.draw(st.sampled_from(labels) if labels else number)
    condition = Condition(Address(name, rows), comparison, value)
    [again] = read_conditions(str(condition))
    assert again == condition
    if labels is None and len(answers(comparison, value, *seen.range)) == 1:
        with pytest.raises(Problem, match=r"can never hold|always holds"):
            check_condition(again, ROWS)
    elif labels is None or comparison in ("==", "!=") or name == "moves.grade":
        check_condition(again, ROWS)
    else:
        with pytest.raises(Problem, match="no order"):
            check_condition(again, ROWS)


def answers(comparison, value, low, high):
    """Whether a comparison holds for numbers of a range, of which some lie about the value."""
    low, high = max(low, -1e7), min(high, 1e7)
    near = min(max(value, low), high)
    compare = {
        "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le,
        ">": operator.gt, "<": operator.lt,
    }[comparison]  # fmt: skip
    return {compare(x, value) for x in (low, (low + near) / 2, near, (near + high) / 2, high)}


def test_conditions_are_joined_by_and():
    both = read_conditions("clans.share[north] > .5 and leadership.established == true")
    assert [str(c) for c in both] == ["clans.share[north] > 0.5", "leadership.established == 1.0"]


def test_codes_are_those_of_the_arrays():
    assert code_of(OBSERVABLES["elite.status"], "dead", ROWS) == 4
    assert code_of(OBSERVABLES["clans.victor"], "south", ROWS) == 1
    assert code_of(OBSERVABLES["clans.victor"], "nobody", ROWS) == -1
    for seen in OBSERVABLES.values():
        labels = labels_of(seen, ROWS)
        if labels:
            codes = [code_of(seen, label, ROWS) for label in labels]
            assert len(set(codes)) == len(labels)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("clans.share[]", "names no row"),
        ("clans", "is no address"),
        (5, "is no address"),
        ("clans.share[north", "is no address"),
    ],
)
def test_what_is_no_address_is_refused(text, words):
    with pytest.raises(Problem, match=words):
        read_address(text)


@pytest.mark.parametrize(
    ("text", "words", "mend"),
    [
        ("clans.share", "does not say which row", r"clans.share\[clan\]"),
        ("clans.share[north, south]", "names 2 row", r"clans.share\[clan\]"),
        ("clans.pact[north]", "names 1 row", r"clans.pact\[clan, clan\]"),
        ("clans.share[boris]", 'no clan "boris"', "north, south"),
        ("elite.mix[north, boris]", 'no pole "north"', "technocrat"),
        ("clans.shares[north]", '"clans" has no "shares"', '"share"'),
        ("clan.share[north]", 'nothing has the address "clan.share"', '"clans.share"'),
        ("leadership.control[boris]", "names 1 row", "Write leadership.control"),
    ],
)
def test_wrong_addresses_say_what_is_right(text, words, mend):
    with pytest.raises(Problem, match=words) as caught:
        check_address(read_address(text), ROWS)
    import re

    assert re.search(mend, caught.value.mend)
