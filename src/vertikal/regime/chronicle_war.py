"""What war and the long run tell of a tick, from two successive states."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vertikal.regime.regime import Regime

if TYPE_CHECKING:
    from vertikal.regime.events import Found, Names

WON = 0.3
"""Fortunes beyond which a war that ends counts as won, or as lost."""


def war_and_revolution(before: Regime, after: Regime, names: "Names") -> "Iterator[Found]":
    """Wars begun and ended, service-class revolutions, collapses of the order."""
    from vertikal.regime.events import Weight

    old, new = before.war, after.war
    if float(new.wars) > float(old.wars):
        yield "war", "A war of choice begins", "war_onset", [], [], Weight.MAJOR
    if float(old.intensity) > 0 and float(new.intensity) <= 0:
        fortunes = float(new.fortunes)
        how = "in victory" if fortunes > WON else "in defeat" if fortunes < -WON else "undecided"
        yield "peace", f"The war ends {how}", "war_course", [], [], Weight.MAJOR
    was, now = before.long_run, after.long_run
    if float(now.revolutions) > float(was.revolutions):
        text = "A service-class revolution begins: everything is mobilised"
        yield "revolution", text, "service_revolution", [], [], Weight.MAJOR
    if float(was.revolution) > 0 and float(now.revolution) <= 0:
        text = "The service-class revolution comes to its end"
        yield "revolution", text, "service_revolution", [], [], Weight.MAJOR
    if float(now.collapses) > float(was.collapses):
        yield "collapse", "The order collapses", "degeneration", [], [], Weight.MAJOR
