"""The pictures of a screening: by how much each assumption moves an effect, and its shares.

Blue is what favours a claim and vermilion what works against it, as in all pictures of a ledger.
"""

import math
import textwrap
from collections.abc import Sequence
from typing import Any

import altair as alt
from markupsafe import Markup

from vertikal.claims.screening import Screened, Sobol
from vertikal.report.figures import HISTORIES, MARKS, Records, percent_axis, short, svg
from vertikal.report.look import stand_in

WIDTH, ROW = 340, 38
"""Width of a picture, and height of a parameter in it."""

_LETTERS = 60
_TOP, _BOTTOM = 0.42, 0.8  # of the bar of a row; its name stands above
_AIR = 1.04


def moves_picture(rows: Sequence[Screened], is_truth: bool, key: str) -> Markup:
    """By how much an effect changes between the ends of each prior, against chance.

    A bar is the mean size of the change. Its solid part is what is left where changes of either
    sign are set against each other, in the colour of the sign; the rest goes both ways, as other
    parameters have it. A tick is what chance might reach.

    Args:
        rows: The parameters.
        is_truth: Whether answers are shares of histories.
        key: Unlike that of any other picture of the page.
    """
    bars: Records = []
    for place, row in enumerate(rows):
        colour = stand_in("c1" if row.mean > 0 else "c2")
        ends = {"a": place + _TOP, "b": place + _BOTTOM, "c": colour}
        bars += [
            {"to": short(row.size), "o": 0.3} | ends,
            {"to": short(min(abs(row.mean), row.size)), "o": 1} | ends,
        ]
    marks = _names([row.meaning for row in rows])
    marks += [
        {"k": "tick", "x": short(row.floor), "a": place + _TOP, "b": place + _BOTTOM + 0.08}
        for place, row in enumerate(rows)
        if math.isfinite(row.floor)
    ]
    axis = alt.Axis(title=None, tickCount=5)
    if is_truth:
        axis.labelExpr = "format(100 * datum.value, '.2~f')"
    top = _AIR * max(row.size for row in rows)
    x = alt.X("to:Q", scale=alt.Scale(domain=[0, short(top)], nice=False), axis=axis)
    solid = (
        alt.Chart(HISTORIES)
        .mark_rect()
        .encode(
            x=x,
            x2=alt.X2(datum=0),
            y=_vertical(len(rows)),
            y2="b:Q",
            color=alt.Color("c:N", scale=None),
            opacity=alt.Opacity("o:Q", scale=None),
        )
    )
    tick = _only("tick").mark_rule(color=stand_in("ink"), strokeWidth=1.6)
    ticks = tick.encode(x=alt.X("x:Q"), y=_vertical(len(rows)), y2="b:Q")
    return svg(_joined(solid, ticks, len(rows)), key, WIDTH, ROW * len(rows), bars, marks)


def shares_picture(indices: Sequence[Sobol], chance: float, key: str) -> Markup:
    """Which share of the differences between draws each assumption explains.

    The solid bar is what it explains by itself, the pale one what it explains together with
    others; lines are 95% intervals, and the broken line is the share of chance, at most.

    Args:
        indices: The parameters, and all others as one.
        chance: Share of the variance that is due to chance, at most; `nan` if not known.
        key: Unlike that of any other picture of the page.
    """
    bars: Records = []
    marks = _names([index.meaning for index in indices])
    for place, index in enumerate(indices):
        middle = place + (_TOP + _BOTTOM) / 2
        parts = (
            (index.first, index.first_half, place + _TOP, middle - 0.02, 1.0),
            (index.total, index.total_half, middle + 0.02, place + _BOTTOM, 0.35),
        )
        for share, half, above, below, opacity in parts:
            if not math.isfinite(share):
                continue
            bars.append({"to": short(max(share, 0)), "a": above, "b": below, "o": opacity})
            if math.isfinite(half):
                low, high = (min(max(end, 0), 1) for end in (share - half, share + half))
                at = (above + below) / 2
                marks.append({"k": "span", "x": short(low), "h": short(high), "a": at})
    if math.isfinite(chance):
        marks += [
            {"k": "chance", "x": short(chance), "a": place + _TOP, "b": place + _BOTTOM + 0.08}
            for place in range(len(indices))
        ]
    ends = [r["h"] for r in marks if r["k"] == "span"] + [r["to"] for r in bars]
    top = min(1.0, _AIR * max((*ends, chance if math.isfinite(chance) else 0.0, 0.05)))
    scale = alt.Scale(domain=[0, short(top)], nice=False, clamp=True)
    x = alt.X("to:Q", scale=scale, axis=percent_axis())
    y = _vertical(len(indices))
    solid = (
        alt.Chart(HISTORIES)
        .mark_rect(color=stand_in("c3"))
        .encode(x=x, x2=alt.X2(datum=0), y=y, y2="b:Q", opacity=alt.Opacity("o:Q", scale=None))
    )
    span = _only("span").mark_rule(color=stand_in("ink"), strokeWidth=1.4)
    broken = _only("chance").mark_rule(color=stand_in("muted"), strokeDash=[3, 2], strokeWidth=1.2)
    lines = alt.layer(
        broken.encode(x=alt.X("x:Q"), y=y, y2="b:Q"),
        span.encode(x=alt.X("x:Q"), x2="h:Q", y=y),
    )
    count = len(indices)
    return svg(_joined(solid, lines, count), key, WIDTH, ROW * count, bars, marks)


def _joined(solid: Any, lines: Any, count: int) -> Any:
    """Bars, the lines on them, and the name of each row above its bar."""
    names = _only("name").mark_text(
        align="left", baseline="bottom", fontSize=11, dx=1, dy=-3, color=stand_in("ink")
    )
    told = names.encode(x=alt.value(0), y=_vertical(count), text="t:N")
    return alt.layer(solid, lines, told)


def _names(names: Sequence[str]) -> Records:
    return [
        {"k": "name", "t": textwrap.shorten(name, _LETTERS, placeholder=" …"), "a": place + _TOP}
        for place, name in enumerate(names)
    ]


def _vertical(count: int) -> alt.Y:
    return alt.Y("a:Q", scale=alt.Scale(domain=[count, 0], nice=False), axis=None)


def _only(kind: str) -> Any:
    return alt.Chart(MARKS).transform_filter(f"datum.k == '{kind}'")
