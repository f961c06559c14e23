"""Random states of a court in which everything that may be the case is the case in some run."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.regime import Regime, Setting, change

PERSONS, OFFICES, CLANS, BODIES = 14, 16, 6, 3


def random_court(seed: int, runs: int) -> tuple[Regime, Setting]:
    """States as they may stand in the middle of a tick, and as many settings."""
    rng = np.random.default_rng(seed)
    regime = blank_regime(PERSONS, OFFICES, CLANS, runs)
    elite, leader = _elite(rng, runs)
    fields = {
        "elite": elite,
        "clans": _clans(rng, runs),
        "nomenklatura": {
            "holder": _some(rng, (OFFICES, runs), 0.7, PERSONS),
            "active": rng.random((OFFICES, runs)) < 0.85,
        },
        "leadership": _leadership(rng, runs, leader),
        "coercion": _shares(rng, runs, "fear terror grey_law wave"),
        "military_industry": _arms(rng, runs),
        "policy": _shares(
            rng, runs, "rationality agenda legal_order entrant_quality capability force"
        ),
        "moves": _moves(rng, runs, elite["clan"], leader),
        "opposition": {"opening": _at_times(rng, (runs,), 0.4, 1)},
        "succession_rule": {
            "heir": _some(rng, (runs,), 0.5, OFFICES),
            "strength": rng.random(runs),
        },
        "foreign": _shares(rng, runs, "china_success"),
    }
    return _filled(regime, fields), _setting(rng, runs)


def _filled(regime: Regime, fields: dict[str, dict[str, Any]]) -> Regime:
    for part, new in fields.items():
        old = getattr(regime, part)
        arrays = {n: jnp.asarray(v, getattr(old, n).dtype) for n, v in new.items()}
        regime = change(regime, **{part: change(old, **arrays)})
    return regime


def _some(rng: np.random.Generator, shape: tuple[int, ...], share: float, below: int) -> Any:
    """Random row numbers in some places, nobody (-1) in the others."""
    return np.where(rng.random(shape) < share, rng.integers(0, below, shape), -1)


def _at_times(rng: np.random.Generator, shape: tuple[int, ...], share: float, most: float) -> Any:
    """Zero, but in some places up to `most`."""
    return np.where(rng.random(shape) < share, rng.random(shape) * most, 0)


def _shares(rng: np.random.Generator, runs: int, names: str, rows: int = 0) -> dict[str, Any]:
    shape = (rows, runs) if rows else (runs,)
    return {name: rng.random(shape) for name in names.split()}


def _elite(rng: np.random.Generator, runs: int) -> tuple[dict[str, Any], Any]:
    shape = (PERSONS, runs)
    status = np.where(rng.random(shape) < 0.7, 0, rng.integers(1, 6, shape))
    leader = _some(rng, (runs,), 0.85, PERSONS)
    fallen = rng.random(shape) < 0.1  # in this tick, in which they counted for something
    status[np.maximum(leader, 0), np.arange(runs)] *= leader < 0
    mix = rng.dirichlet((0.7, 0.7, 0.7), shape).transpose(2, 0, 1).astype(np.float32)
    shares = "competence ambition sincerity loyalty proximity indispensability exposure"
    return _shares(rng, runs, shares, PERSONS) | {
        "mix": mix / mix.sum(0),
        "age": rng.uniform(25, 90, shape),
        "frailty": rng.uniform(0.5, 4, shape),
        "safe_until": rng.uniform(-10, 10, shape),
        "status": status,
        "severity": rng.integers(0, 5, shape) / 4,
        "clan": rng.integers(0, CLANS, shape),
        "patron": _some(rng, shape, 0.6, PERSONS),
        "founder": _at_times(rng, shape, 0.3, 1),
        "knowledge": _at_times(rng, shape, 0.3, 1),
        "power": np.where((status == 0) | fallen, rng.lognormal(-0.5, 1, shape), 0),
        "coercion": _at_times(rng, shape, 0.3, 1),
        "condemned": _at_times(rng, shape, 0.15, 1),
        "fallen_by": np.where(fallen, 31, 0),
    }, leader


def _clans(rng: np.random.Generator, runs: int) -> dict[str, Any]:
    shape, square = (CLANS, runs), (CLANS, CLANS, runs)
    apart = ~np.eye(CLANS, dtype=bool)[..., None]
    return _shares(rng, runs, "cohesion placement exposure", CLANS) | {
        "power": np.where(rng.random(shape) < 0.9, rng.lognormal(0, 1, shape), 0),
        "trend": rng.dirichlet(np.ones(CLANS), runs).T,
        "coercion": _at_times(rng, shape, 0.7, 1.5),
        "cover": _at_times(rng, shape, 0.8, 1.5),
        "favour": rng.uniform(-1, 1, shape),
        "pact": _at_times(rng, square, 0.4, 1) * apart,
        "bond": (rng.random(square) < 0.05) * apart,
        "defeated": _at_times(rng, shape, 0.3, 2),
        "victor": _some(rng, shape, 0.4, CLANS),
        "since_betrayal": np.where(rng.random(shape) < 0.3, rng.random(shape) * 5, 100),
        "uncovered": _at_times(rng, shape, 0.4, 3),
        "losses": rng.integers(0, 9, shape),
        "fate": np.where(rng.random(shape) < 0.85, 0, rng.integers(1, 3, shape)),
    }


def _leadership(rng: np.random.Generator, runs: int, leader: Any) -> dict[str, Any]:
    return _shares(rng, runs, "control personal_power shock acceptance") | {
        "leader": leader,
        "established": rng.random(runs) < 0.3,
        "reign": rng.uniform(0, 30, runs),
        "horizon": rng.uniform(0, 20, runs),
        "coalition": rng.random((CLANS, runs)) < 0.6,
        "exits": rng.integers(0, 3, runs),
        "exit_mode": rng.integers(0, 5, runs),
        "body": rng.integers(0, 4, runs),
    }


def _arms(rng: np.random.Generator, runs: int) -> dict[str, Any]:
    return _shares(rng, runs, "tension quality apparent_quality") | {
        "spending": rng.uniform(0, 0.5, (2, runs)),
        "influence": rng.random((2, runs)),
        "war": _at_times(rng, (runs,), 0.4, 1),
    }


def _moves(rng: np.random.Generator, runs: int, clan: Any, leader: Any) -> dict[str, Any]:
    target = rng.integers(0, PERSONS, runs)
    attacked = (rng.random(runs) < 0.6) & (target != leader)
    struck = lambda row: np.where(attacked, row, -1)  # noqa: E731
    betrayer = _some(rng, (runs,), 0.2, CLANS)
    plotter = _some(rng, (runs,), 0.4, CLANS)
    won = (leader < 0) & (plotter >= 0) & (rng.random(runs) < 0.6)
    return {
        "attacker": struck(rng.integers(0, CLANS, runs)),
        "target_clan": struck(clan[target, np.arange(runs)]),
        "target": struck(target),
        "means": np.where(attacked, rng.integers(1, 4, runs), 0),
        "betrayer": betrayer,
        "betrayed": np.where(betrayer >= 0, (betrayer + 1) % CLANS, -1),
        "plotter": plotter,
        "coup_success": won,
        "removed_leader": np.where(leader < 0, _some(rng, (runs,), 0.8, PERSONS), -1),
    }


def _setting(rng: np.random.Generator, runs: int) -> Setting:
    offices, clans = (OFFICES, runs), (CLANS, runs)
    setting = blank_setting(OFFICES, CLANS, BODIES)
    number = np.arange(OFFICES)[:, None] * np.ones(runs, int)
    sits = rng.random((BODIES, OFFICES, 1)) < 0.4
    share = sits / np.maximum(sits.sum(1, keepdims=True), 1)
    named = {
        "person_is_cadre": np.arange(PERSONS)[:, None] * np.ones(runs) >= PERSONS // 2,
        "office_policy": rng.uniform(0, 2, offices),
        "office_grip": rng.random(offices),
        "office_grade": rng.random(offices),
        "office_is_exile": number >= OFFICES - 2,
        "office_of_leader": number == 0,
        "body_share": share * np.ones(runs),
        "body_power": rng.random((BODIES, runs)),
        "clan_base": rng.integers(0, 6, clans),
        "clan_organised": np.arange(CLANS)[:, None] * np.ones(runs) < CLANS - 1,
        "clan_timetable": np.where(rng.random(clans) < 0.5, rng.uniform(0, 8, clans), np.inf),
        "centralisation": rng.random(runs),
        "narrowness": rng.random(runs),
        "soviet_lesson": rng.random(runs),
    }
    for power in ("coercion", "register", "inspection", "intelligence", "strategic"):
        named[f"office_{power}"] = _at_times(rng, offices, 0.4, 1)
    for trait in ("communications", "soft_budget", "school", "lines"):
        named[f"clan_{trait}"] = rng.random(clans)
    return change(
        setting, **{n: jnp.asarray(v, getattr(setting, n).dtype) for n, v in named.items()}
    )
