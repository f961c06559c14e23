"""A made-up court of any size, as a scenario file, so that the whole pipeline is exercised."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vertikal.scenario import Scenario, load

BASES = ("professional", "territorial", "coercive", "business", "professional", "tribal")
"""Bases of the organised clans, in turn."""

CHIEFS = 3
"""Named people of each organised clan; all others are rank and file."""

SERIES = (
    "clans.share",
    "leadership.control",
    "leadership.personal_power",
    "coercion.fear",
    "policy.rationality",
)
"""With eight clans twelve numbers a tick."""

OUTCOMES = {
    "exit": {"ask": "When does the leader go?", "first": "leadership.exits >= 1",
             "read": "leadership.exit_mode"},
    "attacked": {"ask": "Does any clan attack?", "happens": "moves.attack >= 1"},
    "last-leader": {"ask": "Who leads at the end?", "value": "leadership.leader"},
    "strongest-wave": {"ask": "How strong a wave of cases?", "highest": "coercion.wave"},
}  # fmt: skip


def text(
    persons: int = 200,
    clans: int = 8,
    offices: int = 40,
    months: int = 240,
    *,
    series: Sequence[str] = SERIES,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    spread: float = 0.1,
) -> str:
    """A scenario file of a court in the middle of a long reign.

    Args:
        persons: Rows of the elite, the leader among them.
        clans: The last of them is the residual group of those who belong nowhere.
        offices: Posts; about one in ten commands force, two are posts of exile.
        months: Ticks of the clock.
        series: Addresses recorded at every tick.
        parameters: Values that replace those of mechanisms.
        spread: How far the plain numbers may be wrong.

    Raises:
        ValueError: If there are fewer people than chiefs and a leader.
    """
    names = [f"clan{c}" for c in range(1, clans)]
    chiefs = {f"{clan}-chief{k}": clan for k in range(1, CHIEFS + 1) for clan in names}
    cadres = persons - 1 - len(chiefs)
    if cadres < 0:
        raise ValueError(f"{persons} persons are fewer than {1 + len(chiefs)} who have names")
    share = [cadres // clans + (c < cadres % clans) for c in range(clans)]
    years, rest = divmod(months - 1, 12)
    rows = {
        "vertikal": 1,
        "name": f"court-{persons}-{clans}-{offices}-{months}",
        "title": f"A court of {persons} persons and {clans} clans",
        "clock": {
            "start": "1946-01-01",
            "end": f"{1946 + years}-{rest + 1:02d}-28",
            "step": "month",
        },
        "judgement": {"spread": spread},
        "people": {"leader": _LEADER}
        | {n: _chief(n, c, i) for i, (n, c) in enumerate(chiefs.items())},
        "clans": {name: _clan(c, share[c], f"{name}-chief1") for c, name in enumerate(names)}
        | {"court": {"base": "none", "organised": False, "cadres": share[-1]}},
        "pacts": {names[0]: {names[1]: 0.6}, names[2]: {names[-1]: 0.4}},
        "bodies": {
            "presidium": {"power": 0.7},
            "council": {"power": 0.4},
            "bureau": {"power": 0.3},
        },
        "offices": _offices(offices, list(chiefs)),
        "leader": {"person": "leader", "since": "1938-01-01", "personal_power": 0.35},
        "parameters": parameters or {},
        "series": list(series),
        "outcomes": OUTCOMES,
    }
    return json.dumps(rows, indent=1)


def court(*sizes: int, **more: Any) -> Scenario:
    """The scenario of `text`, loaded and checked."""
    with tempfile.TemporaryDirectory() as folder:
        return load(write(Path(folder), *sizes, **more))


def write(folder: Path, *sizes: int, **more: Any) -> Path:
    """Write the scenario of `text` into a folder; a JSON text is a YAML text."""
    path = folder / "court.yaml"
    path.write_text(text(*sizes, **more), encoding="utf-8")
    return path


_LEADER = {
    "clan": "court", "age": 66, "proximity": 1, "ambition": 0.9,
    "poles": {"technocrat": 0.3, "ideocrat": 0.6, "corruptionist": 0.1},
}  # fmt: skip


def _chief(name: str, clan: str, number: int) -> dict[str, Any]:
    """A named member of a clan; the first of each is its head and patron of the others."""
    rank = int(name[-1])
    mixes = ((0.6, 0.2, 0.2), (0.3, 0.5, 0.2), (0.25, 0.25, 0.5))
    mix = dict(zip(("technocrat", "ideocrat", "corruptionist"), mixes[number % 3], strict=True))
    return {
        "clan": clan,
        "age": 46 + number % 5 * 4,
        "patron": "leader" if rank == 1 else f"{clan}-chief1",
        "proximity": round(0.85 - 0.15 * rank - 0.02 * (number % 7), 2),
        "competence": round(0.4 + 0.07 * (number % 6), 2),
        "ambition": round(0.4 + 0.09 * (number % 5), 2),
        "exposure": round(0.1 + 0.08 * (number % 4), 2),
        "poles": mix,
    }


def _clan(number: int, cadres: int, head: str) -> dict[str, Any]:
    return {
        "base": BASES[number % len(BASES)],
        "cohesion": round(0.45 + 0.06 * (number % 5), 2),
        "soft_budget": round(0.3 + 0.1 * (number % 6), 2),
        "school": round(0.15 * (number % 3), 2),
        "foreign_lines": round(0.3 * (number % 3), 2),
        "cadres": cadres,
        "cadre": {"patron": head, "proximity": 0.15, "competence": 0.5},
    }


def _offices(count: int, chiefs: list[str]) -> dict[str, dict[str, Any]]:
    """The leader's office, exile, force, the register, inspection, and ordinary ones."""
    rows: dict[str, dict[str, Any]] = {
        "leadership": {"leader": True, "policy": 2, "grade": 1, "body": "presidium"},
        "register": {"register": 0.8, "grade": 0.9, "body": ["presidium", "bureau"]},
        "inspection": {"inspection": 0.8, "grade": 0.7, "body": "council"},
        "exile1": {"exile": True, "policy": 0.1, "grade": 0.1},
        "exile2": {"exile": True, "policy": 0.1, "grade": 0.1},
    }
    for number in range(max(1, count // 10)):
        rows[f"force{number + 1}"] = {
            "coercion": round(0.8 - 0.15 * (number % 4), 2), "grip": 0.5, "grade": 0.8,
            "intelligence": 0.6 if number % 2 else 0.1, "body": "presidium",
        }  # fmt: skip
    for number in range(count - len(rows)):
        rows[f"post{number + 1}"] = {
            "policy": round(0.9 - 0.1 * (number % 6), 2),
            "register": 0.2 if number % 9 == 0 else 0,
            "strategic": 0.5 if number % 4 == 0 else 0,
            "grade": round(0.75 - 0.08 * (number % 6), 2),
            "body": ("council", "bureau", "presidium")[number % 3],
        }
    holders = [name for name, row in rows.items() if not (row.get("leader") or row.get("exile"))]
    for number, name in enumerate(holders):
        rows[name]["holder"] = chiefs[number % len(chiefs)]
    return rows
