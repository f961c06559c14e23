"""Stylised fact 11, of elections and recognition.

TOR is the paper on what Russia wants, by section and paragraph.
"""

from tests.docking.facts import TREATMENT, Fact, Measure

SHAM_FACTS = (
    Fact(
        11,
        "More visibly sham elections raise the wish to be recognised as a democracy.",
        "TOR §2 ¶2",
        "post-soviet-transition",
        (None, "stolen-election"),
        "1996: an election with the owners' help against one that is plainly stolen",
        {
            TREATMENT: {"highest": "institutions.sham", "from": "1996-07", "until": "1997-06"},
            "dock-wish": {
                "mean": "institutions.recognition_wish",
                "from": "1996-07",
                "until": "1999-12",
            },
            "dock-restraint": {
                "mean": "institutions.restraint",
                "from": "1996-07",
                "until": "1999-12",
            },
            "dock-legitimacy": {
                "mean": "institutions.legitimacy",
                "from": "1996-07",
                "until": "1999-12",
            },
        },
        (
            Measure("mean wish for recognition until 1999", "dock-wish", "mean", 1),
            Measure("mean restraint until 1999", "dock-restraint", "mean", 1),
            Measure("mean legitimacy at home until 1999", "dock-legitimacy", "mean", -1),
        ),
    ),
    Fact(
        11,
        "More visibly sham elections raise the wish to be recognised as a democracy.",
        "TOR §2 ¶2",
        "post-soviet-transition",
        (None, "free-television"),
        "2001: television silenced against left as free as it was",
        {
            TREATMENT: {"mean": "institutions.sham", "from": "2002-01", "until": "2003-12"},
            "dock-wish-later": {
                "mean": "institutions.recognition_wish",
                "from": "2002-01",
                "until": "2003-12",
            },
        },
        (Measure("mean wish for recognition in 2002-03", "dock-wish-later", "mean", 1),),
    ),
)
