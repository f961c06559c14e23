"""The map of a rivalry: who is right over the two parameters on which it hangs most.

The ground has the colour of the answer that is likeliest there, deeper the likelier it is, and is
left blank where maps of draws drawn again disagree about it, or where the map tells nothing. Each
draw is a point in the colour of its own answer, hollow where it is not clear who is right in it.
"""

import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
from markupsafe import Markup

from vertikal.claims.atlas import Axis
from vertikal.claims.commands import command, elsewhere
from vertikal.claims.contest import Contest, Field
from vertikal.claims.rivals import CLEAR, Ground
from vertikal.claims.running import FOLDER
from vertikal.report.bargaining import save
from vertikal.report.figures import HISTORIES, MARKS, Records, short, svg
from vertikal.report.ledger import Comparison
from vertikal.report.look import CATEGORICAL, PALETTES, stand_in

SIZE = 380
"""Width and height of the plot."""

SURE = 0.9
"""Share of maps of draws drawn again that must agree before the ground is coloured (ours)."""

_WIDE = 30.0  # ratio of the outer twentieths of an axis from which on it is logarithmic
_LINE = 58


def map_picture(field: Field, key: str) -> Markup | None:
    """The map for a page; `None` where there is none to draw.

    Args:
        field: A rivalry in a scenario.
        key: Unlike that of any other picture of the page.
    """
    if field.atlas.axes is None:
        return None
    ground, points = _records(field, stand_in)
    chart = _chart(field, alt.Chart(HISTORIES), alt.Chart(MARKS), stand_in)
    return svg(chart, key, SIZE, SIZE, ground, points)


def comparisons(
    found: Contest, files: Iterable[str | Path | None] = (), folder: str | Path = FOLDER
) -> tuple[Comparison, ...]:
    """A rivalry for its page of the ledger: who is right where in each scenario, or why not.

    Args:
        found: The rivalry, compared as far as it has been played.
        files: The claim files of its claims, for the command that plays the rest.
        folder: Where that is kept.
    """
    if found.setting.obstacle:
        told = sentence(found.setting.obstacle)
        return (Comparison("No common scenario", (told,), state="No scenario tests both sides."),)
    compared = [
        Comparison(
            field.title,
            field.statement,
            map_picture(field, f"map{number}"),
            f"Map: {' '.join(field.statement[:-1])}",
            f"{field.statement[1]} {field.absent}".rstrip(),
        )
        for number, field in enumerate(found.fields)
    ]
    lacking = [
        Comparison(
            f"Not played yet: {name}",
            tuple(filter(None, (f"{sentence(why)}.", _ONCE, found.setting.absent(name)))),
            command=command(f"rivalry {found.rivalry.id}", files, elsewhere(folder)),
            state=f"Not compared yet in {name}.",
        )
        for name, why in found.unplayed.items()
    ]
    return (*compared, *lacking)


_ONCE = "The sides can be compared once their claims have been played."


def sentence(text: str) -> str:
    """With a capital at its head."""
    return text[:1].upper() + text[1:]


def draw_map(field: Field, path: Path) -> Path:
    """Write the map as a picture that stands alone.

    Args:
        field: A rivalry in a scenario, with a map.
        path: The SVG file.

    Raises:
        VertikalError: If the file cannot be written.
    """
    ink = PALETTES["light"].__getitem__
    ground, points = (alt.Chart(alt.Data(values=r)) for r in _records(field, ink))
    where = field.ground
    title = alt.Title(
        textwrap.wrap(where.rivalry.statement, _LINE),
        subtitle=[
            field.title,
            *([] if field.atlas.tells else [_SILENT]),
            *textwrap.wrap(field.absent, _LINE),
        ],
        anchor="start",
        fontSize=13,
        subtitleFontSize=11,
        offset=10,
    )
    chart = _chart(field, ground, points, ink).properties(width=SIZE, height=SIZE, title=title)
    save(path, chart)
    return path


_SILENT = "No two parameters foretell who is right: these are the draws alone."


def colours(where: Ground) -> dict[str, str]:
    """The role of the colour of each answer: of each side its own, grey where nobody is right."""
    names = where.answers
    found = dict(zip(names, CATEGORICAL, strict=False))
    return found | {names[-1]: "c8"}


def _records(field: Field, ink: Callable[[str], str]) -> tuple[Records, Records]:
    m, where = field.atlas, field.ground
    assert m.axes is not None
    role = {a: ink(c) for a, c in colours(where).items()}
    (x0, x1), (y0, y1) = (_edges(axis.grid) for axis in m.axes)
    likeliest, chance = m.probabilities.argmax(axis=0), m.probabilities.max(axis=0)
    ground: Records = [
        {
            "x": short(float(x0[i])), "x2": short(float(x1[i])),
            "y": short(float(y0[j])), "y2": short(float(y1[j])),
            "c": role[where.answers[likeliest[j, i]]],
            "o": round(0.1 + 0.5 * float(chance[j, i]), 2),
        }
        for j, i in np.ndindex(*likeliest.shape)
        if m.tells and m.agreement[j, i] >= SURE and x1[i] > x0[i] and y1[j] > y0[j]
    ]  # fmt: skip
    own = where.probabilities
    points: Records = [
        {
            "x": short(x), "y": short(y), "a": where.answers[p.argmax()],
            "f": role[where.answers[p.argmax()]] if p.max() >= CLEAR else ink("paper"),
        }
        for x, y, p in zip(m.axes[0].values, m.axes[1].values, own, strict=True)
    ]  # fmt: skip
    return ground, points


def _edges(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the cell of each point of an axis begins and ends."""
    middle = (grid[:-1] + grid[1:]) / 2
    return np.append(grid[0], middle), np.append(middle, grid[-1])


def _chart(field: Field, ground: Any, points: Any, ink: Callable[[str], str]) -> Any:
    assert field.atlas.axes is not None
    first, second = field.atlas.axes
    role = colours(field.ground)
    rects = ground.mark_rect().encode(
        x=alt.X("x:Q", scale=_scale(first), axis=_axis(field, first, ink)),
        x2="x2:Q",
        y=alt.Y("y:Q", scale=_scale(second), axis=_axis(field, second, ink)),
        y2="y2:Q",
        color=alt.Color("c:N", scale=None),
        opacity=alt.Opacity("o:Q", scale=None),
    )
    names = list(role)
    legend = alt.Legend(
        title=None,
        orient="top",
        labelFontSize=11,
        labelColor=ink("ink"),
        symbolStrokeWidth=2,
        symbolFillColor=ink("paper"),
    )
    dots = points.mark_point(size=30, strokeWidth=1.3, opacity=1).encode(
        x=alt.X("x:Q", scale=_scale(first)),
        y=alt.Y("y:Q", scale=_scale(second)),
        stroke=alt.Stroke(
            "a:N",
            scale=alt.Scale(domain=names, range=[ink(role[n]) for n in names]),
            legend=legend,
        ),
        fill=alt.Fill("f:N", scale=None),
    )
    return alt.layer(rects, dots).resolve_scale(color="independent")


def _scale(axis: Axis) -> alt.Scale:
    low, high = float(axis.grid[0]), float(axis.grid[-1])
    near, far = np.quantile(axis.values, (0.05, 0.95))
    wide = low > 0 and far / near > _WIDE
    return alt.Scale(type="log" if wide else "linear", domain=[low, high], nice=False)


def _axis(field: Field, axis: Axis, ink: Callable[[str], str]) -> alt.Axis:
    meaning = field.meanings.get(axis.address, "")
    title = [*textwrap.wrap(meaning, _LINE), axis.address]
    return alt.Axis(
        title=title, titleFontSize=11, titleFontWeight="normal", titleColor=ink("ink"),
        titlePadding=8, tickCount=5, grid=False,
    )  # fmt: skip
