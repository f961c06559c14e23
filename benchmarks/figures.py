"""Figures and targets, and how they are shown."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

from rich.table import Table


@dataclasses.dataclass(frozen=True)
class Figure:
    """One measured figure beside its targets.

    Attributes:
        name: What was measured.
        measured: In `unit`; none if it could not be measured.
        unit: `M/s`, `x` (a ratio), `s`, `GB`, `share`, `ns`, `/min`, or none.
        must: What the design asks for; none where it sets no target.
        stretch: What would be better still.
        better: Which direction is better.
        note: How it was measured, or why not.
        sized: Whether the figure depends on how much is played.
    """

    name: str
    measured: float | None
    unit: str
    must: float | None = None
    stretch: float | None = None
    better: Literal["higher", "lower"] = "lower"
    note: str = ""
    sized: bool = True

    def meets(self, target: float | None) -> bool:
        """Whether a target is met."""
        if target is None or self.measured is None:
            return False
        if self.better == "higher":
            return self.measured >= target
        return self.measured <= target

    @property
    def met(self) -> str:
        """`stretch`, `must`, `no`, or a dash where there is nothing to say."""
        if self.must is None or self.measured is None:
            return "-"
        return "stretch" if self.meets(self.stretch) else "must" if self.meets(self.must) else "no"


def written(value: float | None, unit: str) -> str:
    """A figure with its unit, for people."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{100 * value:.3g}%"
    number = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return f"{number}{unit}" if unit == "x" else f"{number} {unit}".rstrip()


def table(figures: Sequence[Figure], quick: bool) -> Table:
    """All figures side by side."""
    caption = "Sizes cut down: these figures say nothing about the targets." if quick else None
    shown = Table(title="Engine", caption=caption, title_justify="left")
    shown.add_column("figure")
    for column in ("must", "stretch", "measured"):
        shown.add_column(column, justify="right")
    shown.add_column("met?")
    shown.add_column("note", overflow="fold")
    colours = {"stretch": "green", "must": "green", "no": "red", "-": "dim"}
    for f in figures:
        met = "-" if quick and f.sized else f.met
        numbers = (written(x, f.unit) for x in (f.must, f.stretch, f.measured))
        shown.add_row(f.name, *numbers, f"[{colours[met]}]{met}[/]", f.note)
    return shown
