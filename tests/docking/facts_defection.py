"""Stylised facts about departures, windfalls, technocrats and the meaning of few defectors.

BER is the essay on the scarcity of defectors, BEL the one on technocracy, by paragraph.
"""

import dataclasses

from tests.docking.facts import TREATMENT, Fact, Measure

_WEEK, _SPRING = "2022-03-03", "2022-05-31"
_EXITS = {
    "dock-artists-week": {"value": "strata.number[artists]", "at": _WEEK},
    "dock-diplomats-week": {"value": "strata.number[diplomats]", "at": _WEEK},
    "dock-ministers-week": {"value": "strata.number[ministers]", "at": _WEEK},
    "dock-diplomats-end": {"value": "strata.number[diplomats]"},
    "dock-ministers-end": {"value": "strata.number[ministers]"},
    "dock-play": {"happens": "strata.plays[generals] >= 1"},
    "dock-plot": {"happens": "moves.plotter != nobody"},
    "dock-leader": {"happens": "leadership.exits >= 1"},
}
_DEFEAT = {TREATMENT: {"value": "war.defeat", "at": "2022-02-25"}}
_PLAYS = (
    Measure("generals play for power within two years", "dock-play", "yes", 1),
    Measure("a clan of the court tries a coup", "dock-plot", "yes", 1),
    Measure("the leader goes within two years", "dock-leader", "yes", 1),
)
_NO_PLAYS = tuple(dataclasses.replace(m, expected=0) for m in _PLAYS)
_TECHNOCRATS = {
    TREATMENT: {"value": "elite.mix[technocrat, head_of_government]", "at": "2030-01-31"},
    "dock-rational": {"mean": "policy.rationality", "until": "2033-12"},
    "dock-capable": {"value": "policy.capability", "at": "2034-12-31"},
    "dock-agenda": {"value": "policy.agenda", "at": "2034-12-31"},
    "dock-share": {"value": "clans.share[technocrats]", "at": "2034-12-31"},
    "dock-opening": {"highest": "opposition.opening"},
    "dock-force": {"mean": "policy.force"},
}
_EFFICIENCY = (
    Measure("rationality of policy in the first four years", "dock-rational", "mean", 1),
    Measure("capability of the state after five years", "dock-capable", "mean", 1),
)
_ELSE = (
    Measure("share of the technocratic clan after five years", "dock-share", "mean", 1),
    Measure("greatness agenda after five years", "dock-agenda", "mean", -1),
    Measure("widest opening", "dock-opening", "mean", 1),
    Measure("force used against society", "dock-force", "mean", -1),
)
_LITTLE_ELSE = tuple(dataclasses.replace(m, expected=0) for m in _ELSE)
_CLAIM_5 = (
    "Defection: a spike in the first week, then a trickle; near zero at the top; a power play past "
    "a threshold of defeat, not before."
)
_CLAIM_13 = (
    "A larger technocratic share raises efficiency and rationality but, without body power or "
    "cover, little else."
)

DEFECTION_FACTS = (
    Fact(
        5, _CLAIM_5, "BER ¶8", "elite-defection", ("N", None),
        "2022: no shock against the shock of the first day",
        _EXITS | {TREATMENT: {"highest": "defection.shock", "until": "2022-02-26"}},
        (
            Measure("cultural figures who stay in week one", "dock-artists-week", "mean", -1),
            Measure("mid-rank diplomats who stay in week one", "dock-diplomats-week", "mean", -1),
            *(
                Measure(f"ministers who stay {span}", outcome, "mean", 0)
                for span, outcome in (
                    ("in week one", "dock-ministers-week"),
                    ("for two years", "dock-ministers-end"),
                )
            ),
        ),
    ),
    Fact(
        5, _CLAIM_5, "BER ¶14", "elite-defection", (None, "L"),
        "2022: slight defeat felt against a setback short of the threshold",
        _EXITS | _DEFEAT, _NO_PLAYS,
    ),
    Fact(
        5, _CLAIM_5, "BER ¶16", "elite-defection", ("L", "B"),
        "2022: a setback short of the threshold against a rout",
        _EXITS | _DEFEAT,
        (
            *_PLAYS,
            Measure("mid-rank diplomats who stay for two years", "dock-diplomats-end", "mean", -1),
        ),
    ),
    Fact(
        6, "A windfall of foreign assets raises loyalty without changing opinions.",
        "BER ¶10, ¶14", "elite-defection", ("G", None),
        "2022: no seized assets against seized assets",
        {
            TREATMENT: {"mean": "economy.handed_out"},
            "dock-artists": {"value": "strata.number[artists]"},
            "dock-diplomats": {"value": "strata.number[diplomats]"},
            "dock-serving": {"value": "strata.serving[systemic_liberals]"},
            "dock-loyalty": {"value": "elite.loyalty[state_company_head]"},
            "dock-aversion": {"value": "strata.aversion[systemic_liberals]"},
            "dock-mind": {"value": "defection.aversion[head_of_government]"},
        },
        (
            Measure("cultural figures who stay for two years", "dock-artists", "mean", 1),
            Measure("mid-rank diplomats who stay for two years", "dock-diplomats", "mean", 1),
            Measure("share of systemic liberals who serve", "dock-serving", "mean", 1),
            Measure("loyalty of the head of the oil company", "dock-loyalty", "mean", 1),
            Measure("aversion of systemic liberals", "dock-aversion", "mean", 0),
            Measure("aversion of the head of government", "dock-mind", "mean", 0),
        ),
    ),
    *(
        Fact(
            13, _CLAIM_13, "BEL ¶10, ¶12; KZE ¶36-39", "after-the-war", arms,
            f"technocratic share as it was against a larger one, in a cabinet {words}",
            _TECHNOCRATS, (*_EFFICIENCY, *rest),
        )
        for arms, words, rest in (
            (("powerless-cabinet", "more-technocrats-powerless"), "without power", _LITTLE_ELSE),
            ((None, "more-technocrats"), "of power .4", _LITTLE_ELSE),
            (("cover-full", "more-technocrats-covered"), "of power .4, under cover", _ELSE),
        )
    ),
    Fact(
        14,
        "Few defectors predict no collapse in the short run, yet go with falling long-run quality.",
        "BER ¶2, ¶17", "elite-defection", ("I", None),
        "2022: a system of five years against one of twenty-two",
        {
            TREATMENT: {"value": "leadership.reign", "at": "2022-02-25"},
            "dock-artists": {"value": "strata.number[artists]"},
            "dock-diplomats": {"value": "strata.number[diplomats]"},
            "dock-leader": {"happens": "leadership.exits >= 1"},
            "dock-entrants": {"value": "policy.entrant_quality"},
            "dock-capable": {"value": "policy.capability"},
        },
        (
            Measure("cultural figures who stay for two years", "dock-artists", "mean", 1),
            Measure("mid-rank diplomats who stay for two years", "dock-diplomats", "mean", 1),
            Measure("the leader goes within two years", "dock-leader", "yes", 0),
            Measure("quality of entrants after two years", "dock-entrants", "mean", -1),
            Measure("capability of the state after two years", "dock-capable", "mean", -1),
        ),
    ),
)  # fmt: skip
