"""Pictures of formal models of bargaining: positions by round, and coalitions.

Standalone SVG files for light paper; drawn by Altair and converted without a browser.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np

from vertikal.errors import VertikalError
from vertikal.report.look import PALETTES
from vertikal.scenario.faults import listed

if TYPE_CHECKING:
    from vertikal.theory.stakeholders import Stakeholders

_INK = PALETTES["light"]
_WIDTH, _HEIGHT = 560, 380
_SHOWN_COALITIONS = 40
_Records = list[dict[str, Any]]


def draw_bargaining(
    path: Path,
    table: "Stakeholders",
    positions: np.ndarray,
    finals: np.ndarray | None = None,
) -> None:
    """Draw each actor's way through the rounds, one panel an issue.

    Lines are as thick as the actor's influence times salience, and coloured by where it started.

    Args:
        path: The SVG file to write.
        table: Names, influence and salience.
        positions: On the scale of the file, (rounds + 1, actors, dims).
        finals: Likeliest final positions of an ensemble, (runs, dims), for a histogram beside
            each panel; `None` for none.
    """
    panels = [
        _issue(table, positions[:, :, k], k, None if finals is None else finals[:, k])
        for k in range(positions.shape[-1])
    ]
    save(path, alt.vconcat(*panels, spacing=28))


def _issue(
    table: "Stakeholders", positions: np.ndarray, dimension: int, finals: np.ndarray | None
) -> Any:
    """One panel, with the histogram of an ensemble if there is one."""
    low, high = table.scale
    y = alt.Y("position:Q", scale=alt.Scale(domain=[low, high]), title=table.dimensions[dimension])
    lines = _ways(table, positions, dimension, y)
    if finals is None:
        return lines
    counts, edges = np.histogram(finals, bins=40, range=(low, high))
    bars: _Records = [
        {"from": float(a), "to": float(b), "games": int(n), "none": 0}
        for a, b, n in zip(edges[:-1], edges[1:], counts, strict=True)
        if n
    ]
    histogram = (
        alt.Chart(alt.Data(values=bars), width=130, height=_HEIGHT)
        .mark_bar(color=_INK["accent"], opacity=0.75)
        .encode(
            x=alt.X("games:Q", title="games ending here", axis=alt.Axis(tickCount=3)),
            y=alt.Y("from:Q", scale=alt.Scale(domain=[low, high]), axis=None),
            y2="to:Q",
            x2="none:Q",
        )
    )
    return alt.hconcat(lines, histogram, spacing=12)


def _ways(table: "Stakeholders", positions: np.ndarray, dimension: int, y: alt.Y) -> Any:
    """Lines of all actors over the rounds, named at their ends."""
    rounds, (low, high) = len(positions) - 1, table.scale
    power = table.influence * table.salience[:, dimension]
    points: _Records = [
        {
            "actor": actor,
            "round": turn,
            "position": round(float(positions[turn, k]), 6),
            "start": float(positions[0, k]),
            "power": float(power[k] / power.max()) if power.max() > 0 else 0.0,
        }
        for k, actor in enumerate(table.actors)
        for turn in range(rounds + 1)
    ]
    x = alt.X(
        "round:Q",
        title="round",
        scale=alt.Scale(domain=[0, max(rounds, 1)], nice=False),
        axis=alt.Axis(tickMinStep=1, format="d"),
    )
    colour = alt.Color(
        "start:Q",
        scale=alt.Scale(
            domain=[low, (low + high) / 2, high],
            range=[_INK["c2"], _INK["muted"], _INK["c1"]],
            interpolate="rgb",
        ),
        legend=None,
    )
    lines = (
        alt.Chart(alt.Data(values=points), width=_WIDTH, height=_HEIGHT)
        .mark_line(opacity=0.75)
        .encode(
            x=x,
            y=y,
            detail="actor:N",
            color=colour,
            strokeWidth=alt.StrokeWidth(
                "power:Q", scale=alt.Scale(domain=[0, 1], range=[0.7, 5]), legend=None
            ),
        )
    )
    names = _end_names(table, positions)
    labels = (
        alt.Chart(alt.Data(values=names))
        .mark_text(align="left", dx=8, fontSize=10)
        .encode(x=x, y=alt.Y("place:Q"), text="actor:N", color=colour)
    )
    return lines + labels


def _end_names(table: "Stakeholders", positions: np.ndarray) -> _Records:
    """Names at the ends of lines; those at one place share a label, and labels keep apart."""
    low, high = table.scale
    last = positions[-1]
    groups: list[list[int]] = []
    for k in np.argsort(last, kind="stable"):
        same = groups and last[k] - last[groups[-1][0]] < 0.012 * (high - low)
        if same:
            groups[-1].append(int(k))
        else:
            groups.append([int(k)])
    wanted = [float(np.mean(last[group])) for group in groups]
    places = _apart(wanted, 0.034 * (high - low), low, high)
    return [
        {
            "round": len(positions) - 1,
            "place": place,
            "actor": listed([table.actors[k] for k in group], most=4),
            "start": float(np.mean(positions[0, group])),
        }
        for group, place in zip(groups, places, strict=True)
    ]


def _apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Ascending places near the wanted ones, `gap` apart where the scale has room for that."""
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    places: list[float] = []
    for value in wanted:
        places.append(max(value, places[-1] + gap) if places else value)
    excess = places[-1] - high
    for k in range(len(places) - 1, -1, -1):
        limit = high if k == len(places) - 1 else places[k + 1] - gap
        if excess > 0:
            places[k] = max(min(places[k], limit), low)
    return places


def draw_coalitions(path: Path, content: dict[str, Any]) -> None:
    """Draw the winning coalitions: power as bars, members as dots, and who breaks up which.

    Args:
        path: The SVG file to write.
        content: What `vertikal coalition --json` prints.
    """
    winning = [row for row in content["coalitions"] if row["wins"]]
    # A column for each way in which a coalition breaks up; one for those that do not.
    columns = [(row, part) for row in winning for part in row["blocked_by"] or [row["members"]]]
    left_out = len(columns) - _SHOWN_COALITIONS
    if left_out > 0:  # whoever rules is shown, however little power that takes
        least = [c for c in columns if c[0]["members"] not in content["ruling"]][-left_out:]
        columns = [c for c in columns if c not in least]
    labels = {p: f"{p} ({power})" for p, power in content["players"].items()}
    dots: _Records = []
    bars: _Records = []
    for place, (row, part) in enumerate(columns):
        fate = _fate(row, content["ruling"])
        bars.append({"place": place, "share": row["share"], "fate": fate})
        dots += [
            {
                "place": place,
                "player": label,
                "fate": fate if p in row["members"] else "not a member",
                "stays": p in part or p not in row["members"],
            }
            for p, label in labels.items()
        ]
    share = _shares(bars, float(_number(content["alpha"])))
    picture = alt.vconcat(share, _memberships(dots, list(labels.values())), spacing=8)
    if left_out > 0:
        picture = picture.properties(
            title=f"what rules, and the most powerful beside it; {left_out} left out"
        )
    save(path, picture)


def _shares(bars: _Records, alpha: float) -> Any:
    """Power of each coalition, and how much it takes to win."""
    chart = (
        alt.Chart(alt.Data(values=bars), width=_column_width(bars), height=110)
        .mark_bar()
        .encode(
            x=alt.X("place:O", axis=None),
            y=alt.Y("share:Q", title="share of power", scale=alt.Scale(domain=[0, 1])),
            color=_fates(),
        )
    )
    threshold = (
        alt.Chart(alt.Data(values=[{"alpha": alpha}]))
        .mark_rule(color=_INK["ink"], strokeDash=[4, 3])
        .encode(y="alpha:Q")
    )
    return chart + threshold


def _memberships(dots: _Records, players: list[str]) -> Any:
    """Who belongs to each coalition, who breaks it up and who is put out."""
    x = alt.X("place:O", axis=None)
    y = alt.Y("player:N", sort=players, title="player (power)", scale=alt.Scale(domain=players))
    kept = (
        alt.Chart(alt.Data(values=[dot for dot in dots if dot["stays"]]))
        .mark_point(size=130, opacity=1, filled=True)
        .encode(x=x, y=y, color=_fates())
    )
    put_out = (
        alt.Chart(alt.Data(values=[dot for dot in dots if not dot["stays"]]))
        .mark_point(size=105, opacity=1, filled=False, strokeWidth=2)
        .encode(x=x, y=y, color=_fates())
    )
    note = [
        "full: stays, or breaks the coalition up",
        "ring: is put out by the full ones",
        "grey: not a member",
        "one column for each part that can break a coalition up",
    ]
    return (kept + put_out).properties(
        width=_column_width(dots),
        height=24 * len(players),
        title=alt.Title(
            note, orient="bottom", anchor="start", fontSize=10, fontWeight="normal", offset=8
        ),
    )


def _column_width(records: _Records) -> int:
    return max(26 * (1 + max(record["place"] for record in records)), 120)


def _fates() -> alt.Color:
    kinds = ["rules", "self-enforcing", "would break up", "not a member"]
    return alt.Color(
        "fate:N",
        scale=alt.Scale(domain=kinds, range=[_INK["c1"], _INK["c3"], _INK["c2"], _INK["line"]]),
        legend=alt.Legend(
            title=None, orient="top", values=kinds[:3], symbolType="circle", columnPadding=16
        ),
    )


def _fate(row: dict[str, Any], ruling: list[list[str]]) -> str:
    if row["members"] in ruling:
        return "rules"
    return "self-enforcing" if row["self_enforcing"] else "would break up"


def _number(text: str) -> float:
    """A whole number or a fraction, as printed."""
    above, _, below = text.partition("/")
    return float(above) / float(below or 1)


def save(path: Path, chart: Any) -> None:
    """Write a chart as SVG, with the muted axes of the reports."""
    chart = chart.configure(background=_INK["paper"], padding=12, font="sans-serif")
    chart = chart.configure_view(stroke=None).configure_axis(
        labelColor=_INK["muted"],
        titleColor=_INK["ink"],
        domainColor=_INK["line"],
        tickColor=_INK["line"],
        gridColor=_INK["line"],
        gridOpacity=0.6,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        chart.save(str(path), format="svg")
    except OSError as error:
        raise VertikalError(
            f"cannot write {path} ({error.strerror})", where="--svg", mend="Name another file."
        ) from None
