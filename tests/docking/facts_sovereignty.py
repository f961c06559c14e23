"""Stylised facts 7 and 8, of the sovereignty of technology.

Fact 8 is a contrast of two variants that share all chance. Fact 7 compares quantities within one
history: belief in one sector with belief in another, and capability at two dates. NAD is the essay
on technological sovereignty, by paragraph.
"""

from tests.docking.facts import TREATMENT, Fact, Measure, Within

SCENARIO = "technological-sovereignty"

NARRATIVE = Fact(
    8,
    "The narrative grows with the threat to identity even where there is no capability at all.",
    "NAD ¶13",
    SCENARIO,
    ("NB", "N"),
    "2022, without capability: sanctions of 2014 only against sanctions beyond expectation",
    {
        TREATMENT: {"value": "foreign.sanctions", "at": "2022-06-30"},
        "dock-stress": {"mean": "public.identity_stress", "from": "2022-04", "until": "2023-12"},
        "dock-narrative": {"mean": "public.narrative", "from": "2022-04", "until": "2023-12"},
        "dock-showcase": {"mean": "technology.showcase", "from": "2022-04", "until": "2023-12"},
    },
    (
        Measure("mean stress of identity, April 2022 to 2023", "dock-stress", "mean", 1),
        Measure("mean intensity of the narrative", "dock-narrative", "mean", 1),
        Measure("mean weight of staged successes", "dock-showcase", "mean", 1),
    ),
)

GRADIENT = Fact(
    7,
    "Belief falls with the complexity of a sector, and is high while capability falls.",
    "NAD ¶11, ¶22",
    SCENARIO,
    (None,),
    "2022, within each history",
    {
        **{
            f"dock-belief-{sector}": {"value": f"public.belief[{sector}]", "at": "2022-06-30"}
            for sector in ("food", "electronics", "cars")
        },
        **{
            f"dock-{when}-{sector}": {"value": f"technology.capability[{sector}]", "at": date}
            for when, date in (("before", "2021-12-31"), ("after", "2025-12-31"))
            for sector in ("electronics", "cars", "transport", "computing")
        },
        "dock-replacement": {"value": "public.answer[vciom_replacement]", "at": "2025-12-31"},
    },
    (
        Within("belief in food above belief in electronics", "dock-belief-food",
               "dock-belief-electronics"),
        Within("belief in electronics above belief in cars", "dock-belief-electronics",
               "dock-belief-cars"),
        *(
            Within(f"capability in {sector} at the end of 2021 above that of 2025",
                   f"dock-before-{sector}", f"dock-after-{sector}")
            for sector in ("cars", "transport", "computing", "electronics")
        ),
        Within("share that says in 2025 that the departed can be replaced above a half",
               "dock-replacement", 0.5),
    ),
)  # fmt: skip
