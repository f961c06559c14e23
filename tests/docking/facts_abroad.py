"""Stylised facts on foreign policy and neighbours (TOR is the paper of Torbakov, by section)."""

from tests.docking.facts import TREATMENT, Fact, Measure

_BALANCING = {
    TREATMENT: {"mean": "foreign.assertion", "from": "2002-01"},
    **{
        f"dock-balancing-{who}": {"mean": f"neighbours.balancing[{who}]", "from": "2006-01"}
        for who in ("belarus", "ukraine", "kazakhstan")
    },
    "dock-alignment": {"mean": "neighbours.alignment[ukraine]", "from": "2006-01"},
    "dock-attraction": {"mean": "foreign.attraction", "from": "2006-01"},
}
_UNION = {
    TREATMENT: {"value": "neighbours.autocracy[belarus]", "at": "2000-06-30"},
    "dock-union-belarus": {"value": "neighbours.union[belarus]"},
}
_WINDFALL = {
    TREATMENT: {"mean": "economy.rent", "from": "2006-01", "until": "2008-12"},
    "dock-assertive": {
        "happens": "foreign.stance == assertion", "from": "2006-01", "until": "2008-12",
    },
    "dock-assertion": {"mean": "foreign.assertion", "from": "2006-01", "until": "2008-12"},
    "dock-focus": {"mean": "foreign.focus", "from": "2006-01", "until": "2008-12"},
}  # fmt: skip
_ASSERTIVE = (
    Measure("the line is assertive at some time in 2006-08", "dock-assertive", "yes", 1),
    Measure("mean assertion in 2006-08", "dock-assertion", "mean", 1),
    Measure("mean attention to the neighbourhood in 2006-08", "dock-focus", "mean", 1),
)

ABROAD = (
    Fact(
        9,
        "Assertion raises balancing.",
        "TOR §6 ¶2",
        "resource-state",
        ("restrained", "assertive"),
        "the line held at independence against held at assertion",
        _BALANCING,
        (
            Measure("mean balancing by Belarus in 2006-11", "dock-balancing-belarus", "mean", 1),
            Measure("mean balancing by Ukraine", "dock-balancing-ukraine", "mean", 1),
            Measure("mean balancing by Kazakhstan", "dock-balancing-kazakhstan", "mean", 1),
            Measure("share of questions on which Ukraine sides", "dock-alignment", "mean", -1),
            Measure("attraction", "dock-attraction", "mean", -1),
        ),
    ),
    Fact(
        9,
        "More similar neighbours integrate less.",
        "TOR §5 ¶2",
        "resource-state",
        ("E", None),
        "democratic neighbours against neighbours as they were",
        _UNION | {"dock-union-kazakhstan": {"value": "neighbours.union[kazakhstan]"}},
        (
            Measure("depth of union with Belarus at the end", "dock-union-belarus", "mean", -1),
            Measure("depth of union with Kazakhstan", "dock-union-kazakhstan", "mean", -1),
        ),
    ),
    Fact(
        9,
        "More similar neighbours integrate less.",
        "TOR §5 ¶2",
        "union-state",
        ("democratic", None),
        "a democratic Belarus against Belarus as it was",
        _UNION,
        (Measure("depth of union with Belarus at the end", "dock-union-belarus", "mean", -1),),
    ),
    Fact(
        10,
        "A windfall with debts paid turns policy assertive; without windfall it does not.",
        "TOR §4 ¶7",
        "resource-state",
        ("B", None),
        "no windfall and the debt unpaid against both as they were",
        _WINDFALL,
        _ASSERTIVE,
    ),
    Fact(
        10,
        "Without a windfall it does not, though debts be paid.",
        "TOR §4 ¶7",
        "resource-state",
        ("cheap-oil", None),
        "debt repaid, oil at 25 dollars throughout against the prices of 2000-11",
        _WINDFALL,
        _ASSERTIVE,
    ),
    Fact(
        10,
        "A windfall with debts paid turns policy assertive; without windfall it does not.",
        "TOR §4 ¶7",
        "resource-state",
        ("C", None),
        "a windfall, the debt unpaid against repaid",
        _WINDFALL | {TREATMENT: {"mean": "economy.debt", "from": "2006-01", "until": "2008-12"}},
        _ASSERTIVE,
    ),
    Fact(
        10,
        "A windfall with debts paid turns policy assertive; without windfall it does not.",
        "TOR §4 ¶7",
        "resource-state",
        ("B", "C"),
        "repayment left to the model: no windfall against a windfall",
        _WINDFALL,
        _ASSERTIVE,
    ),
)
"""Facts 9 and 10 of the list."""
