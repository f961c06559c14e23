"""What the public and institutions tell of a tick, from two successive states."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vertikal.regime.regime import Regime

if TYPE_CHECKING:
    from vertikal.regime.events import Found, Names

CROWD, MASS = 0.005, 0.035
"""Shares of all people in the streets: protest that is told, and the most that a campaign on record
has failed with (Chenoweth and Stephan 2011)."""
STRONG, SHAM, GONE = 0.5, 0.5, 0.2
"""Levels whose crossing is told: of the vertical, of sham, and of legitimacy or credibility."""


def society(before: Regime, after: Regime, names: "Names") -> "Iterator[Found]":
    """Protest, the leading theme of the official story, and thresholds of institutions crossed."""
    from vertikal.regime.events import Weight

    yield from _protest(before, after)
    old, new = before.public, after.public
    themes = names.rows.get("themes", ())
    if len(themes) > 1 and float(new.narrative) > 0:
        was, now = int(np.argmax(old.intensity)), int(np.argmax(new.intensity))
        if was != now:
            text = f"The official story turns from {themes[was]} to {themes[now]}"
            yield "theme", text, "narrative", [], [], Weight.NOTABLE
    if float(old.credibility) >= GONE > float(new.credibility):
        text = "Hardly anybody believes official claims any more"
        yield "credibility", text, "belief", [], [], Weight.MAJOR
    was_, now_ = before.institutions, after.institutions
    if float(was_.vertical) < STRONG <= float(now_.vertical):
        text = "Power is centralised in a vertical"
        yield "vertical", text, "path_dependence", [], [], Weight.MAJOR
    if float(was_.sham) < SHAM <= float(now_.sham):
        text = "Most people see through the elections"
        yield "sham", text, "facade", [], [], Weight.NOTABLE
    if float(was_.legitimacy) >= GONE > float(now_.legitimacy):
        text = "The regime has lost its legitimacy at home"
        yield "legitimacy", text, "legitimacy", [], [], Weight.MAJOR


def _protest(before: Regime, after: Regime) -> "Iterator[Found]":
    from vertikal.regime.events import Weight

    was, now = float(before.public.unrest), float(after.public.unrest)
    if was < CROWD <= now:
        weight = Weight.MAJOR if now >= MASS else Weight.NOTABLE
        yield "protest", f"Protest fills the streets: {now:.1%} of people", "unrest", [], [], weight
    elif was < MASS <= now:
        text = f"Protest becomes a mass movement: {now:.1%} of people"
        yield "protest", text, "unrest", [], [], Weight.MAJOR
    elif was >= CROWD > now:
        yield "protest", "The streets empty", "unrest", [], [], Weight.MINOR
