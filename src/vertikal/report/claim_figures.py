"""The pictures of the ledger: a score by document, answers in the arms, effects in the draws.

Blue is what bears a claim out and vermilion what speaks against it, in every picture.
"""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
from markupsafe import Markup

from vertikal.claims.ledger import STANDINGS
from vertikal.claims.played import Part, Played
from vertikal.claims.schema import Test
from vertikal.claims.turning import Turning
from vertikal.claims.verdicts import ENDS
from vertikal.report.figures import HISTORIES, LARGE, MARKS, Records, percent_axis, short, svg
from vertikal.report.look import stand_in
from vertikal.report.treatments import arm_names
from vertikal.scenario.model import Scenario

COLOURS = {
    "supported": "c1",
    "fragile": "c4",
    "contradicted": "c2",
    "unsettled": "c8",
    "untested": "paper",
    "untestable": "line",
    "normative": "panel",
}
"""Role of the colour of each standing."""

DRAWN = 64
"""Parameter draws of which a picture shows the answers."""

BLOCKS = 300
"""Draws up to which each is a block of its own in the picture of effects."""

_SETTLED = ("supported", "fragile", "contradicted", "unsettled")
_BINS = 28
_LETTERS = 48
"""Under the axis of answers, those of all arms beside each other."""


def scoreboard_picture(
    board: Mapping[str, Mapping[str, int]], names: Mapping[str, str], key: str
) -> Markup:
    """How the claims of each document stand, as bars on one scale.

    Args:
        board: By document the number of claims by standing.
        names: What to write for each document.
        key: Unlike that of any other picture of the page.
    """
    records: Records = []
    for code, row in board.items():
        at = 0
        for standing in STANDINGS:
            count = row[standing]
            if count:
                told = standing in _SETTLED
                records.append({
                    "document": names[code], "from": at, "to": at + count, "n": count,
                    "middle": at + count / 2, "colour": stand_in(COLOURS[standing]),
                    "text": stand_in("paper" if told else "muted"),
                })  # fmt: skip
                at += count
    order = [names[code] for code in board]
    rows = alt.Y(
        "document:N",
        sort=order,
        axis=alt.Axis(title=None, labelLimit=150, labelFontSize=12, labelPadding=8),
    )
    base = alt.Chart(HISTORIES)
    bars = base.mark_bar(stroke=stand_in("muted"), strokeWidth=0.8, height={"band": 0.72}).encode(
        y=rows,
        x=alt.X("from:Q", axis=alt.Axis(title=None, tickCount=5, tickMinStep=1)),
        x2="to:Q",
        color=alt.Color("colour:N", scale=None),
    )
    numbers = (
        base.transform_filter("datum.n * 340 > datum.top * (datum.n > 9 ? 10 : 5)")
        .mark_text(fontSize=9, fontWeight="bold")
        .encode(y=rows, x="middle:Q", text="n:Q", color=alt.Color("text:N", scale=None))
    )
    top = max((r["to"] for r in records), default=1)
    for record in records:
        record["top"] = top
    return svg(alt.layer(bars, numbers), key, 340, 34 * len(order) + 4, records)


def answers_picture(played: Played, key: str) -> Markup | None:
    """The answers in the arms: a thin line a parameter draw, a thick one for their mean.

    None where there is but one arm or the histories are gone.

    Args:
        played: The test.
        key: Unlike that of any other picture of the page.
    """
    design = played.design
    if design is None or not played.answers or design.test.shape == "bounded":
        return None
    form = design.test.treatment.form
    places, series = _places(form, design.arms, design.test)
    means = {arm: _draw_means(values) for arm, values in played.answers.items()}
    draws = min(len(next(iter(means.values()))), DRAWN)
    rows: Records = []
    for arm, values in means.items():
        x, name = places[arm]
        rows += [{"x": x, "y": short(v), "d": d, "s": name} for d, v in enumerate(values[:draws])]
    marks: Records = [
        {"x": places[arm][0], "y": short(mean), "s": places[arm][1]}
        for arm, mean in played.arms.items()
    ]
    colour = alt.Color(
        "s:N",
        legend=alt.Legend(
            title=None,
            orient="top",
            labelFontSize=11,
            labelColor=stand_in("ink"),
            symbolType="stroke",
            symbolStrokeWidth=3,
            symbolOpacity=1,
        )
        if len(series) > 1
        else None,
        scale=alt.Scale(domain=series, range=[stand_in(c) for c in ("c8", "c3")[-len(series) :]]),
    )
    x = _answers_axis(form, places)
    axis = percent_axis() if played.is_truth else alt.Axis(title=None, tickCount=5)
    y = alt.Y("y:Q", axis=axis, scale=alt.Scale(zero=False))
    thin = alt.Chart(HISTORIES).mark_line(strokeWidth=0.8, opacity=0.35)
    thick = alt.Chart(MARKS)
    layers: list[Any] = [
        thin.encode(x=x, y=y, detail="d:N", color=colour),
        thick.mark_line(strokeWidth=3).encode(x=x, y=y, color=colour),
        thick.mark_point(filled=True, size=55, opacity=1).encode(x=x, y=y, color=colour),
    ]
    if design.test.shape == "threshold":
        layers.insert(0, _step(design.test.step))
    return svg(alt.layer(*layers), key, 290, LARGE[1], rows, marks)


def _places(
    form: str, arms: Mapping[str, Scenario], test: Test
) -> tuple[dict[str, Any], list[str]]:
    """Where each arm stands on the horizontal axis and to which line it belongs."""
    if form == "sweep":
        assert test.treatment.sweep is not None
        values = test.treatment.sweep.values
        return {arm: (v, "all") for arm, v in zip(arms, values, strict=True)}, ["all"]
    if form == "factorial":
        without, with_ = "without A", "with A"
        return {
            "neither": ("without B", without), "first": ("without B", with_),
            "second": ("with B", without), "both": ("with B", with_),
        }, [without, with_]  # fmt: skip
    if form == "order":
        wide = _LETTERS // len(arms)
        told = [_wrapped(name, wide) for name in arm_names(test, arms).values()]
        if len(set(told)) < len(told):
            told = [f"{number}. {name}" for number, name in enumerate(told, 1)]
        return {arm: (name, "all") for arm, name in zip(arms, told, strict=True)}, ["all"]
    return {arm: (f"{arm} the change", "all") for arm in arms}, ["all"]


def _wrapped(name: str, wide: int) -> str:
    """In lines, as many as fit under an axis."""
    return "\n".join(textwrap.wrap(name, wide, max_lines=4, placeholder=" …"))


def _answers_axis(form: str, places: Mapping[str, Any]) -> alt.X:
    order = list(dict.fromkeys(x for x, _ in places.values()))
    if form == "sweep":
        scale = alt.Scale(zero=False, nice=False, padding=12)
        return alt.X("x:Q", scale=scale, axis=alt.Axis(title=None, values=order, format="~g"))
    axis = alt.Axis(
        title=None,
        labelAngle=0,
        labelFontSize=11 if form == "order" else 12,
        labelColor=stand_in("ink"),
        labelExpr="split(datum.label, '\\n')",
        labelLimit=0,
    )
    return alt.X("x:N", sort=order, axis=axis, scale=alt.Scale(type="point", padding=0.35))


def _step(step: Sequence[float]) -> Any:
    shade = alt.Chart(alt.Data(values=[{"a": step[0], "b": step[1]}]))
    return shade.mark_rect(color=stand_in("c5"), opacity=0.15).encode(x="a:Q", x2="b:Q")


def effects_picture(
    part: Part, is_truth: bool, key: str, turns: Turning | None = None
) -> Markup | None:
    """The effects in the parameter draws, against what the claim asks for.

    Blocks are draws, in blue where the claim holds; the region in which it does is shaded; below
    stand the mean of all draws and its interval, and at the foot for which smallest effects the
    verdict would be supported or contradicted. `None` where the histories are gone.

    Args:
        part: The effect.
        is_truth: Whether answers are shares of histories.
        key: Unlike that of any other picture of the page.
        turns: At which smallest effect the verdict turns.
    """
    if not len(part.effects):
        return None
    low, high = _span(part)
    width = _bin_width(part, high - low)
    bars = _blocks(part, width)
    tall = max(r["b"] for r in bars)
    top = max(1.08 * tall, 6.0)
    bottom = -0.2 * top
    scale = alt.Scale(domain=[short(low), short(high)], nice=False, clamp=True)
    is_answer = math.isfinite(part.mean) and len(part.arms) == 1
    axis = alt.Axis(title=None, tickCount=5, labelOverlap=True)
    if is_truth:
        axis = percent_axis() if is_answer else axis
        if not is_answer:
            axis.labelExpr = "format(100 * datum.value, '+.0f')"
    x = alt.X("l:Q", scale=scale, axis=axis)
    y = alt.Y("a:Q", scale=alt.Scale(domain=[short(bottom), short(top)], nice=False), axis=None)
    colour = alt.Color("c:N", scale=None)
    edge = 0.6 if len(part.effects) <= BLOCKS and tall <= 60 else 0
    marks = _effect_marks(part, low, high, bottom, top, is_answer)
    if turns is not None:
        marks += _strip(part, turns, low, high, bottom)
    base = alt.Chart(MARKS)
    layers: list[Any] = [
        _only(base, "region")
        .mark_rect(opacity=0.1)
        .encode(x=x, x2="h:Q", y=y, y2="b:Q", color=colour),
        _only(base, "turn")
        .mark_rect(opacity=0.8)
        .encode(x=x, x2="h:Q", y=y, y2="b:Q", color=colour),
        _only(base, "zero").mark_rule(strokeWidth=1).encode(x=x, y=y, y2="b:Q", color=colour),
        alt.Chart(HISTORIES)
        .mark_rect(stroke=stand_in("paper"), strokeWidth=edge)
        .encode(x=x, x2="h:Q", y=y, y2="b:Q", color=colour),
        _only(base, "edge")
        .mark_rule(strokeWidth=1.4, strokeDash=[5, 3])
        .encode(x=x, y=y, y2="b:Q", color=colour),
        _only(base, "interval")
        .mark_rule(strokeWidth=4, opacity=0.55)
        .encode(x=x, x2="h:Q", y=y, color=colour),
        _only(base, "mean")
        .mark_point(filled=True, size=80, opacity=1)
        .encode(x=x, y=y, color=colour),
    ]
    return svg(alt.layer(*layers), key, 340, LARGE[1] - 40, bars, marks)


def _only(base: Any, kind: str) -> Any:
    return base.transform_filter(f"datum.k == '{kind}'")


def _effect_marks(
    part: Part, low: float, high: float, bottom: float, top: float, is_answer: bool
) -> Records:
    """The region in which the claim holds, its edges, the line of no effect, mean and interval."""
    start, end = max(part.region[0], low), min(part.region[1], high)
    floor = bottom / 2
    blue, ink, line = (stand_in(c) for c in ("c1", "ink", "muted"))
    whole = {"a": short(bottom), "b": short(top)}
    marks: Records = [
        {"k": "region", "l": short(start), "h": short(end), "c": blue} | whole,
        {"k": "mean", "l": short(part.mean), "a": short(floor), "c": ink},
    ]  # fmt: skip
    if math.isfinite(part.low) or math.isfinite(part.high):
        one, two = short(max(part.low, low)), short(min(part.high, high))
        marks.append({"k": "interval", "l": one, "h": two, "a": short(floor), "c": ink})
    marks += [
        {"k": "edge", "l": short(e), "c": blue} | whole for e in part.region if math.isfinite(e)
    ]
    if not is_answer:
        marks.append({"k": "zero", "l": 0, "c": line} | whole)
    return marks


def _strip(part: Part, turns: Turning, low: float, high: float, bottom: float) -> Records:
    """The smallest effects for which a verdict is settled, on the side on which they are asked."""
    colours = {word: stand_in(COLOURS[word]) for word in ENDS}
    sides = [side for side, end in zip((-1, 1), part.region, strict=True) if math.isinf(end)]
    found: Records = []
    for side in sides or (-1, 1):
        far = max(0.0, side * (high if side > 0 else low))
        for word, start, stop in ((turns.small, 0.0, turns.to), (turns.large, turns.since, far)):
            if start is None or stop is None or start >= min(stop, far):
                continue
            one, two = sorted((side * start, side * min(stop, far)))
            found.append({"k": "turn", "l": short(one), "h": short(two), "c": colours[word]})
            found[-1] |= {"a": short(bottom), "b": short(0.8 * bottom)}
    return found


def _span(part: Part) -> tuple[float, float]:
    """Ends of the scale: all effects, the edges of the region, and none."""
    ends = [*part.effects, part.mean, *(e for e in (*part.region,) if math.isfinite(e))]
    if len(part.arms) > 1:
        ends.append(0.0)
    low, high = float(np.nanmin(ends)), float(np.nanmax(ends))
    air = 0.06 * (high - low or abs(high) or 1.0)
    return low - air, high + air


def _bin_width(part: Part, span: float) -> float:
    """About `_BINS` bins, so that the edges of the region fall between two of them."""
    low, high = part.region
    if math.isfinite(low) and math.isfinite(high):
        return (high - low) / max(1, round((high - low) / span * _BINS))
    return span / _BINS


def _blocks(part: Part, width: float) -> Records:
    """Draws heaped up by size, those in which the claim fails below."""
    start = next((e for e in part.region if math.isfinite(e)), 0.0)
    place = np.floor((part.effects - start) / width)
    place -= part.effects == part.region[1]  # what lies on the upper edge holds
    records: Records = []
    for at in np.unique(place):
        holds = np.sort(part.holds[place == at])
        left, right = short(start + at * width), short(start + (at + 1) * width)
        if len(part.effects) <= BLOCKS:
            heaps = [(n, n + 1, h) for n, h in enumerate(holds)]
        else:
            fails = int((~holds).sum())
            heaps = [(0, fails, False), (fails, len(holds), True)]
        records += [
            {"l": left, "h": right, "a": a, "b": b, "c": stand_in("c1" if h else "c2")}
            for a, b, h in heaps
            if b > a
        ]
    return records


def _draw_means(values: np.ndarray) -> np.ndarray:
    kept = values[~np.isnan(values).all(axis=1)]
    return np.asarray(np.nanmean(kept, axis=1))
