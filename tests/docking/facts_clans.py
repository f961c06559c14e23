"""Stylised facts 1 to 4, of clans, their cover and committees.

KZE is the essay on clans and siloviki, by paragraph.
"""

from tests.docking.facts import TREATMENT, Fact, Measure

_SURVIVAL = {
    "dock-ended": {"happens": "clans.fate[malenkov] != in_play", "until": "1948-12"},
    "dock-how": {"value": "clans.fate[malenkov]", "at": "1948-12-31"},
    "dock-attacked": {"happens": "moves.target_clan == malenkov", "until": "1948-12"},
    "dock-posts": {"happens": "elite.severity[malenkov] >= 0.25", "until": "1950-12"},
    "dock-jailed": {"happens": "elite.severity[malenkov] >= 0.75", "until": "1950-12"},
    "dock-killed": {"happens": "elite.severity[malenkov] >= 1", "until": "1950-12"},
    "dock-severity": {"highest": "elite.severity[malenkov]", "until": "1950-12"},
}
_COVER = {TREATMENT: {"value": "clans.cover[malenkov]", "at": "1946-02-15"}}
_NEEDED = {TREATMENT: {"value": "elite.indispensability[malenkov]", "at": "1946-02-15"}}

_BETRAYAL = {
    TREATMENT: {"happens": "moves.betrayer == malenkov", "from": "1953-06", "until": "1953-07"},
    "dock-share-year": {"mean": "clans.share[malenkov]", "from": "1953-07", "until": "1954-06"},
    "dock-share-later": {"mean": "clans.share[malenkov]", "from": "1955-01", "until": "1956-12"},
    "dock-power-year": {"mean": "elite.power[malenkov]", "from": "1953-07", "until": "1954-06"},
    "dock-fall": {"first": "elite.severity[malenkov] >= 0.25", "from": "1953-07"},
    "dock-banished": {
        "happens": "elite.severity[malenkov] >= 0.5", "from": "1953-07", "until": "1956-06",
    },
    "dock-clan-ended": {
        "happens": "clans.fate[malenkov] != in_play", "from": "1953-07", "until": "1956-06",
    },
}  # fmt: skip
_GAIN = (
    Measure("mean share of the clan in the first year", "dock-share-year", "mean", 1),
    Measure("mean power of its head in the first year", "dock-power-year", "mean", 1),
)
_FALL = (
    Measure("its head banished or worse within three years", "dock-banished", "yes", 1),
    Measure("mean years until its head is struck, by 1957", "dock-fall", "years", -1),
    Measure("clan at its end within three years", "dock-clan-ended", "yes", 1),
    Measure("mean share of the clan in 1955-56", "dock-share-later", "mean", -1),
)
_LIVES = (
    Measure("its head jailed or killed by 1950", "dock-jailed", "yes", 1),
    *(
        Measure(f"{words}, where struck in both", outcome, value, 1, given="dock-posts")
        for words, outcome, value in (
            ("its head jailed or killed by 1950", "dock-jailed", "yes"),
            ("its head killed by 1950", "dock-killed", "yes"),
            ("severest sanction of its head by 1950", "dock-severity", "mean"),
        )
    ),
)
_FOUNDED = {
    "dock-founded": {"happens": "leadership.body != none"},
    "dock-failed": {"happens": "leadership.body == failed"},
}
_FAILS = (
    Measure("the committee fails", "dock-failed", "yes", -1),
    Measure(
        "the committee fails, where founded in both", "dock-failed", "yes", -1, given="dock-founded"
    ),
)
_CLAIM_3 = "A fait accompli succeeds if the leader accepts it and fails if the leader refuses."
_CLAIM_4 = "An attack on an indispensable clan costs posts, not lives; on a dispensable one, lives."

CLAN_FACTS = (
    Fact(
        1,
        "The same professional clan, attacked, survives with cover by siloviki and is eliminated "
        "without it.",
        "KZE ¶36-38",
        "clan-war",
        (None, "B"),
        "1946: cover from Beria against none",
        _SURVIVAL | _COVER,
        (
            Measure("clan at its end by 1948", "dock-ended", "yes", 1),
            Measure(
                "clan at its end by 1948, where attacked in both",
                "dock-ended",
                "yes",
                1,
                given="dock-attacked",
            ),
            Measure("clan purged by a victor by 1948", "dock-how", "purged", 1),
            Measure("clan fallen apart by 1948", "dock-how", "dissolved", 1),
            Measure("severest sanction of its head by 1950", "dock-severity", "mean", 1),
            Measure("its head jailed or killed by 1950", "dock-jailed", "yes", 1),
        ),
    ),
    Fact(
        2,
        "Whoever helps to remove the own protector gains at once and falls about two years later.",
        "KZE ¶36",
        "after-stalin",
        ("E", "A"),
        "1953: Malenkov keeps out against joins in removing Beria",
        _BETRAYAL,
        _GAIN + _FALL,
    ),
    Fact(
        2,
        "The fall after the betrayal is for want of cover.",
        "KZE ¶36-37",
        "after-stalin",
        ("F", "A"),
        "1953: he joins with cover from the army against without",
        _BETRAYAL | {TREATMENT: {"value": "clans.cover[malenkov]", "at": "1953-07-15"}},
        _FALL,
    ),
    Fact(
        3,
        _CLAIM_3,
        "KZE ¶18",
        "state-defence-committee",
        ("I", None),
        "June 1941: refuses against is likely to accept",
        _FOUNDED
        | {
            TREATMENT: {"value": "leadership.acceptance", "at": "1941-06-23"},
            "dock-beria": {"happens": "elite.status[beria] != active"},
        },
        (
            *_FAILS,
            Measure(
                "Beria struck, where founded in both",
                "dock-beria",
                "yes",
                -1,
                given="dock-founded",
            ),
        ),
    ),
    Fact(
        3,
        _CLAIM_3,
        "KZE ¶18",
        "gkchp",
        ("A", "B"),
        "August 1991: refuses against accepts",
        _FOUNDED
        | {
            TREATMENT: {"value": "leadership.acceptance", "at": "1991-08-17 12:00"},
            "dock-struck": {"happens": "elite.status[security_chief] != active"},
        },
        (
            *_FAILS,
            Measure(
                "head of state security struck, where founded in both",
                "dock-struck",
                "yes",
                -1,
                given="dock-founded",
            ),
        ),
    ),
    Fact(
        4,
        _CLAIM_4,
        "KZE ¶32",
        "clan-war",
        (None, "C"),
        "1946: indispensable projects against dispensable, with cover",
        _SURVIVAL | _NEEDED,
        _LIVES,
    ),
    Fact(
        4,
        _CLAIM_4,
        "KZE ¶32",
        "clan-war",
        ("B", "D"),
        "1946: indispensable projects against dispensable, without cover",
        _SURVIVAL | _NEEDED,
        _LIVES,
    ),
)
