"""The report: one HTML file that opens without a network, reads in light, dark and print.

The same data give the same bytes: nothing asks the clock, and pictures carry no random names.
"""

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from vertikal.analysis import Fan, Frequencies, Frequency, Split
from vertikal.engine import durable
from vertikal.errors import VertikalError
from vertikal.report import words
from vertikal.report.caveats import automatic
from vertikal.report.data import FanSection, IncidenceSection, ReportData
from vertikal.report.figures import (
    LARGE,
    SMALL,
    fan_panel,
    incidence_overview,
    incidence_panel,
)
from vertikal.report.look import CATEGORICAL, variables
from vertikal.report.network import pictures
from vertikal.scenario.faults import shown_of

SHOWN_LABELS = 8
"""Labels of an outcome that are shown at once; the rarer ones are summed up."""

SHOWN_PARAMETERS = 40
"""Parameters under one head that are shown at once; longer lists are folded on the screen."""


_FILTERS = (
    "percent",
    "points",
    "likelihood",
    "number",
    "measure",
    "count",
    "score",
    "date",
    "span",
    "moment",
    "pace",
    "instant",
    "stamp",
)


def write_report(data: ReportData, path: str | os.PathLike[str]) -> Path:
    """Write a report as one self-contained HTML file.

    Args:
        data: Everything that it shows.
        path: The file; folders are made as needed.

    Returns:
        The path written.

    Raises:
        VertikalError: If the file cannot be written.
    """
    return put(Path(path), render(data))


def put(target: Path, page: str) -> Path:
    """Write a page of a report, whole or not at all.

    Args:
        target: The file; folders are made as needed. What a link or a device leads to is written
            as it comes.
        page: Its text.

    Returns:
        The path written.

    Raises:
        VertikalError: If the file cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        is_stream = target.is_symlink() or (target.exists() and not target.is_file())
        write = Path.write_bytes if is_stream else durable.write
        write(target, page.encode("utf-8"))
    except OSError as error:
        raise VertikalError(
            f"the report cannot be written: {error.strerror}",
            where=str(target),
            mend="Name a file in a folder that can be written to and has room.",
        ) from error
    return target


def render(data: ReportData) -> str:
    """The report as text."""
    colours = _colours(data)
    context = {
        "data": data,
        "outcomes": {outcome.name: outcome for outcome in data.outcomes},
        "probabilities": list(_probabilities(data)),
        "numbers": list(_numbers(data)),
        "incidences": [_incidence(s, i, data) for i, s in enumerate(data.incidences)],
        "fans": [_fan(s, i, data, colours) for i, s in enumerate(data.fans)],
        "events": list(enumerate(data.events, start=1)),
        "pictures": pictures(data.network) if data.network else (),
        "colours": colours,
        "parameters": _by_mechanism(data),
        "caveats": (*data.caveats, *automatic(data)),
        "ranges": any(s.theories > 1 for s in _splits(data)),
        "split_of": partial(_split_of, data.frequencies),
        "SHOWN_LABELS": SHOWN_LABELS,
        "SHOWN_PARAMETERS": SHOWN_PARAMETERS,
    }
    return environment().get_template("page.html").render(context)


def environment() -> Environment:
    """Templates, with the words and colours that they use."""
    environment = Environment(
        loader=PackageLoader("vertikal.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in _FILTERS:
        environment.filters[name] = getattr(words, name)
    environment.filters["breakable"] = _breakable
    environment.globals["chance_of"] = _chance_of
    environment.globals["percent_range"] = words.percent_range
    environment.globals["shown_of"] = shown_of
    environment.globals["zip"] = zip
    environment.globals["theme"] = {t: Markup(variables(t)) for t in ("light", "dark")}
    return environment


def _breakable(text: str) -> Markup:
    """Text with addresses that a narrow column breaks at their joints."""
    return Markup(re.sub(r"(?<=[._])(?=[^\W\d])|(?=\[)", "<wbr>", str(escape(text))))


def _colours(data: ReportData) -> dict[str, str]:
    """A role of colour for each clan or row, the same in every picture."""
    names = list(data.network.clans) if data.network else []
    for section in data.fans:
        names.extend(row for row in section.fan.rows if row not in names)
    return {name: CATEGORICAL[i % len(CATEGORICAL)] for i, name in enumerate(names)}


def _probabilities(data: ReportData) -> Iterator[dict[str, Any]]:
    """Outcomes whose numbers are probabilities: truth values, times, labels."""
    for name, rows in _by_outcome(data).items():
        kind = rows[0].kind
        if kind == "number" or name.endswith(".is"):
            continue
        shares = [row for row in rows if row.is_share]
        if kind == "label":
            shares.sort(key=lambda row: -row.estimate)
        times = {row.value: row for row in rows if not row.is_share}
        yield {"name": name, "kind": kind, "rows": shares, "times": times}


def _numbers(data: ReportData) -> Iterator[dict[str, Any]]:
    """Outcomes whose answers are numbers; spans of years by a fast clock in days."""
    units, step = {o.name: o.unit for o in data.outcomes}, data.scenario.clock.step_years
    for name, rows in _by_outcome(data).items():
        if rows[0].kind == "number":
            scale, unit = words.scaled(units.get(name, ""), step)
            by_value = {row.value: row for row in rows}
            told = {"rows": by_value, "is_partial": "answered" in by_value}
            yield {"name": name, "scale": scale, "unit": unit, **told}


def _splits(data: ReportData) -> list[Split]:
    """The splits of all numbers that have one."""
    rows = data.frequencies.rows if data.frequencies else ()
    return [row.split for row in rows if row.split is not None]


def _chance_of(split: Split) -> float:
    """Share of chance in an outcome's variance; the parts of doubt are cut off at nil."""
    parts = (split.doubt_share,) if split.is_joint else (split.share, split.theory_share)
    doubt = sum(max(part, 0.0) for part in parts)
    return max(1.0 - doubt, 0.0)


def _split_of(found: Frequencies | None, outcome: str, value: str) -> Split | None:
    """Chance and parameters of one number, where known."""
    rows = found.rows if found else ()
    return next((r.split for r in rows if (r.outcome, r.value) == (outcome, value)), None)


def _by_outcome(data: ReportData) -> dict[str, list[Frequency]]:
    found: dict[str, list[Frequency]] = {}
    for row in data.frequencies.rows if data.frequencies else ():
        found.setdefault(row.outcome, []).append(row)
    return found


def _incidence(section: IncidenceSection, index: int, data: ReportData) -> dict[str, Any]:
    """The pictures and the tables of one set of competing risks."""
    found, clock = section.incidence, data.scenario.clock
    colours = [CATEGORICAL[j % len(CATEGORICAL)] for j in range(len(found.modes))]
    top = _round_up(float(found.high[:, -1].max(initial=0.05)))
    is_alone = len(found.modes) == 1
    panels = []
    for j, mode in enumerate(found.modes):
        recorded = section.recorded
        at = recorded.years if recorded and recorded.mode == mode else None
        picture = incidence_panel(
            found, mode, clock, colours[j],
            key=f"cif{index}-{j}", top=top, recorded=at, size=LARGE if is_alone else SMALL,
        )  # fmt: skip
        panels.append({"mode": mode, "colour": colours[j], "picture": picture, "row": j})
    times = [found.horizon * i / 6 for i in range(7)]
    risk = found.risk_table(times).to_dict("records")
    return {
        "section": section,
        "overview": None
        if is_alone
        else incidence_overview(found, clock, colours, key=f"cif{index}"),
        "panels": panels,
        "risk": risk,
        "remaining": float(found.remaining[-1]),
        "label": lambda mode: section.labels.get(mode, mode),
    }


def _fan(
    section: FanSection, index: int, data: ReportData, colours: Mapping[str, str]
) -> dict[str, Any]:
    """The panels of one quantity, and its numbers at a few dates."""
    found, is_share = section.fan, section.unit == "share"
    panels = []
    for j, row in enumerate(found.rows):
        picture = fan_panel(
            found, row, colours[row],
            key=f"fan{index}-{j}", is_share=is_share, limit=_limits(section, row),
            events=data.events,
        )  # fmt: skip
        panels.append(
            {"label": section.labels.get(row, row), "colour": colours[row], "picture": picture}
        )
    return {"section": section, "panels": panels, "table": list(_fan_table(section, found))}


def _limits(section: FanSection, row: str) -> tuple[float, float]:
    """Ends of the vertical scale: from zero where nothing is below it, with a little air."""
    found = section.fan
    chosen = found.quantiles if section.shared_scale else found.quantiles[found.rows.index(row)]
    low, high = float(chosen.min()), float(chosen.max())
    air = 0.04 * ((high - min(low, 0.0)) or 1.0)
    return (0.0 if low >= 0 else low - air), high + air


def _fan_table(section: FanSection, found: Fan) -> Iterator[dict[str, Any]]:
    """First, middle and last date of each row: median and widest band."""
    last = len(found.time) - 1
    for j, row in enumerate(found.rows):
        cells = []
        for i in sorted({0, last // 2, last}):
            q = found.quantiles[j, i]
            cells.append((found.time[i], float(q[len(q) // 2]), float(q[0]), float(q[-1])))
        yield {"label": section.labels.get(row, row), "cells": cells}


def _by_mechanism(data: ReportData) -> dict[str, list[Any]]:
    """Parameters under the first part of their address."""
    found: dict[str, list[Any]] = {}
    for parameter in data.parameters:
        found.setdefault(parameter.address.split(".")[0], []).append(parameter)
    return found


def _round_up(share: float) -> float:
    """A round upper end of a scale of shares."""
    return next(end for end in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0) if share <= end)
