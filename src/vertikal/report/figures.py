"""The charts of a report: Altair in, SVG out, without a browser and without the network."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import altair as alt
import numpy as np
import vl_convert
from markupsafe import Markup

from vertikal.analysis import Fan, Incidence
from vertikal.report.data import RecordedEvent
from vertikal.report.look import by_role, stand_in
from vertikal.report.words import read_date
from vertikal.scenario.schema import Clock

_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
_EPOCH = datetime(1970, 1, 1)
_NOISE = re.compile(
    r' (?:class|role|aria-[a-z]+|pointer-events|font-family|xmlns:xlink|version)="[^"]*"'
)
Records = list[dict[str, Any]]
SMALL, LARGE = (195, 110), (400, 220)
"""Width and height of a plot among others, and of one that stands alone."""

HISTORIES, MARKS = alt.NamedData(name="histories"), alt.NamedData(name="marks")
_LOOKS: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "padding": 2,
    "view": {"stroke": None},
    "axis": {
        "labelColor": stand_in("muted"),
        "domainColor": stand_in("line"),
        "tickColor": stand_in("line"),
        "gridColor": stand_in("line"),
        "gridOpacity": 0.6,
        "labelFontSize": 11,
        "tickSize": 4,
    },
    "axisX": {"grid": False, "labelFlush": False, "labelSeparation": 6},
    "axisY": {"domain": False, "ticks": False},
}
_SIZE = re.compile(r'<svg([^>]*?) width="(\d+(?:\.\d+)?)" height="[^"]*"')


def milliseconds(when: str | datetime) -> float:
    """A moment as Vega counts it. Text would be read in the time zone of the machine."""
    at = read_date(when) if isinstance(when, str) else when
    return (at - _EPOCH).total_seconds() * 1000


def event_marks(events: Sequence[RecordedEvent], times: Sequence[float]) -> Records:
    """Where events stand on a time axis; those too close to be told apart share one label."""
    first, last = times[0], times[-1]
    marks: Records = []
    for index, event in enumerate(events, start=1):
        at = milliseconds(event.date)
        if not first <= at <= last:
            continue
        if marks and at - marks[-1]["end"] < 0.045 * (last - first):
            marks[-1].update(end=at, numbers=[*marks[-1]["numbers"], index])
        else:
            marks.append({"t": at, "end": at, "numbers": [index]})
    for mark in marks:
        numbers = mark.pop("numbers")
        mark["label"] = f"{numbers[0]}–{numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
    return marks


def fan_panel(
    fan: Fan,
    row: str,
    colour: str,
    *,
    key: str,
    is_share: bool,
    limit: tuple[float, float],
    events: Sequence[RecordedEvent] = (),
) -> Markup:
    """The fan of one row: median, bands, and recorded events as numbered lines.

    Args:
        fan: The quantiles.
        row: Which row.
        colour: Role of its colour.
        key: Unlike that of any other picture of the page.
        is_share: Whether values are shown in per cent.
        limit: Ends of the vertical scale.
        events: Events to mark.
    """
    times = [milliseconds(t) for t in fan.time]
    found = fan.quantiles[fan.rows.index(row)]
    middle, width = len(fan.probabilities) // 2, len(fan.probabilities)
    records = [
        {"t": t, "m": short(q[middle])}
        | {f"l{j}": short(q[j]) for j in range(middle)}
        | {f"h{j}": short(q[width - 1 - j]) for j in range(middle)}
        for t, q in zip(times, found, strict=True)
    ]
    base = alt.Chart(HISTORIES).encode(x=_time_axis(times))
    scale = alt.Scale(domain=list(limit), nice=False, clamp=True)
    axis = percent_axis() if is_share else alt.Axis(title=None, tickCount=4)
    opacity = np.linspace(0.2, 0.38, middle) if middle > 1 else [0.28]
    layers: list[Any] = [
        base.mark_area(color=stand_in(colour), opacity=float(opacity[j])).encode(
            y=alt.Y(f"l{j}:Q", scale=scale, axis=axis), y2=alt.Y2(f"h{j}:Q")
        )
        for j in range(middle)
    ]
    layers.append(
        base.mark_line(color=stand_in(colour), strokeWidth=1.8).encode(
            y=alt.Y("m:Q", scale=scale, axis=axis)
        )
    )
    marks = event_marks(events, times)
    if marks:
        layers.extend(_event_layers())
    return svg(alt.layer(*layers), key, 260, 130, records, marks)


def incidence_overview(
    incidence: Incidence, clock: Clock, colours: Sequence[str], *, key: str
) -> Markup:
    """All modes on top of each other; what is left on top is not yet over."""
    times = _calendar(incidence.time, clock)
    place = _steps(incidence)
    records = [
        {"t": times[i], "s": short(incidence.share[j, i]), "o": j}
        for j in range(len(incidence.modes))
        for i in place
    ]
    domain = list(range(len(incidence.modes)))
    chart = (
        alt.Chart(HISTORIES)
        .mark_area(interpolate="step-after", opacity=0.85, stroke=stand_in("paper"))
        .encode(
            x=_time_axis(times),
            y=alt.Y("s:Q", stack="zero", scale=alt.Scale(domain=[0, 1]), axis=percent_axis()),
            color=alt.Color(
                "o:O",
                scale=alt.Scale(domain=domain, range=[stand_in(c) for c in colours]),
                legend=None,
            ),
            order=alt.Order("o:O"),
        )
    )
    return svg(chart, key, *LARGE, records)


def incidence_panel(
    incidence: Incidence,
    mode: str,
    clock: Clock,
    colour: str,
    *,
    key: str,
    top: float,
    recorded: float | None = None,
    size: tuple[int, int] = SMALL,
) -> Markup:
    """Cumulative incidence of one mode with its interval.

    Args:
        incidence: The estimate.
        mode: Which mode.
        clock: That of the scenario.
        colour: Role of its colour.
        key: Unlike that of any other picture of the page.
        top: Upper end of the vertical scale.
        recorded: Years since the start at which it did happen in this mode.
        size: Width and height of the plot.
    """
    times = _calendar(incidence.time, clock)
    j = incidence.modes.index(mode)
    records = [
        {
            "t": times[i],
            "s": short(incidence.share[j, i]),
            "l": short(incidence.low[j, i]),
            "h": short(incidence.high[j, i]),
        }
        for i in _steps(incidence)
    ]
    scale = alt.Scale(domain=[0, top], nice=False, clamp=True)
    base = alt.Chart(HISTORIES).encode(x=_time_axis(times))
    layers: list[Any] = [
        base.mark_area(interpolate="step-after", color=stand_in(colour), opacity=0.25).encode(
            y=alt.Y("l:Q", scale=scale, axis=percent_axis()), y2=alt.Y2("h:Q")
        ),
        base.mark_line(interpolate="step-after", color=stand_in(colour), strokeWidth=1.8).encode(
            y=alt.Y("s:Q", scale=scale, axis=percent_axis())
        ),
    ]
    marks: Records = []
    if recorded is not None:
        marks = [{"t": milliseconds(clock.at(recorded))}]
        layers.append(
            alt.Chart(MARKS)
            .mark_rule(color=stand_in("ink"), strokeDash=[5, 2], strokeWidth=1.2)
            .encode(x=alt.X("t:T"))
        )
    return svg(alt.layer(*layers), key, *size, records, marks)


def _event_layers() -> list[Any]:
    base = alt.Chart(MARKS).encode(x=alt.X("t:T"))
    return [
        base.mark_rule(color=stand_in("muted"), strokeDash=[2, 2], strokeWidth=0.8),
        base.mark_text(color=stand_in("muted"), fontSize=9, baseline="bottom", dy=-2).encode(
            y=alt.YValue(0), text=alt.Text("label:N")
        ),
    ]


def _calendar(years: np.ndarray, clock: Clock) -> list[float]:
    return [milliseconds(clock.at(float(y))) for y in years]


def _steps(incidence: Incidence) -> list[int]:
    """Which times of the estimate to draw: all, or enough for the width of a panel."""
    size = len(incidence.time)
    return sorted({round(i) for i in np.linspace(0, size - 1, min(size, 240))})


def _time_axis(times: Sequence[float]) -> alt.X:
    days = (times[-1] - times[0]) / 86_400_000
    if days > 1100:
        form, ticks = "%Y", 5
    elif days > 100:
        form, ticks = "%b %Y", 3
    else:
        form, ticks = ("%-d %b", 4) if days > 3 else ("%-d %b %H:%M", 3)
    axis = alt.Axis(title=None, format=form, tickCount=ticks, labelOverlap=True)
    scale = alt.Scale(type="utc", domain=[times[0], times[-1]], nice=False)
    return alt.X("t:T", scale=scale, axis=axis)


def percent_axis() -> alt.Axis:
    """An axis of shares."""
    return alt.Axis(title=None, format="%", tickCount=4)


def short(value: float) -> float | None:
    """A number with as many digits as a picture can show; missing ones are gaps."""
    return float(f"{value:.5g}") if np.isfinite(value) else None


def svg(
    chart: Any, key: str, width: int, height: int, histories: Records, marks: Records | None = None
) -> Markup:
    """The picture as SVG that takes its colours, fonts and width from the page."""
    # To check the whole against its schema takes as long as to draw it; the tests do it.
    spec = chart.to_dict(validate=False)
    # Altair copies a chart and all its data at every step; all that can wait therefore joins last.
    spec |= {"width": width, "height": height}
    spec["datasets"] = {HISTORIES.name: histories, MARKS.name: marks or []}
    spec["config"] = _LOOKS
    drawn = vl_convert.vegalite_to_svg(spec, vl_version=_VEGA_LITE)
    drawn = _SIZE.sub(r'<svg\1 style="max-width:\2px"', _NOISE.sub("", drawn))
    # Names inside pictures must differ from those of other pictures on the page.
    drawn = re.sub(r'\bid="', f'id="{key}-', drawn)
    drawn = drawn.replace("url(#", f"url(#{key}-")
    return Markup(by_role(drawn).replace("<svg", '<svg aria-hidden="true"', 1))
