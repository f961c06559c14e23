"""What happens abroad in a tick, told from two successive states: turns, sanctions, disputes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vertikal.regime.regime import Regime
from vertikal.regime.subsystems import Stance

if TYPE_CHECKING:
    from vertikal.regime.events import Found, Names

_TURNS = {
    Stance.INTEGRATION: "Foreign policy turns towards integration with the West",
    Stance.INDEPENDENCE: "Foreign policy proclaims independence and stands apart",
    Stance.ASSERTION: "Foreign policy turns to assertion in the neighbourhood",
}
HEAVY, MOST = 0.2, 0.5
"""Levels of sanctions and of exits whose first passing is told."""


def abroad(before: Regime, after: Regime, names: "Names") -> "Iterator[Found]":
    """Turns of the line, sanctions, exits of firms, and disputes with neighbours."""
    from vertikal.regime.events import Weight

    old, new = before.foreign, after.foreign
    stance = Stance(int(new.stance))
    if stance != int(old.stance):
        by = "foreign_bargain" if float(new.turns) > float(old.turns) else "script"
        yield "turn", _TURNS[stance], by, [], [], Weight.MAJOR
    told = (
        (
            old.sanctions,
            new.sanctions,
            HEAVY,
            "The West imposes heavy sanctions",
            "western_response",
        ),
        (old.exits, new.exits, MOST, "Most foreign firms have left", "firm_exits"),
    )
    for was, now, mark, text, by in told:
        if float(was) < mark <= float(now):
            yield "answer", text, by, [], [], Weight.MAJOR
    known = names.rows.get("neighbours", ())
    for row in np.flatnonzero(after.neighbours.disputes > before.neighbours.disputes).tolist():
        text = f"Energy and trade dispute with {known[row]}"
        yield "dispute", text, "leverage", [], [], Weight.NOTABLE
