"""Random but valid regimes, settings and parameters, for property and contract tests.

Shapes are fixed, since every new shape is compiled anew; only numbers are drawn. A share `corners`
of all numbers stands at a bound of its range, where mistakes live.
"""

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import strategies as st

from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.kinds import KINDS
from vertikal.regime.levels import Level
from vertikal.regime.mechanism import Mechanism, parameters
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.regime import (
    Base,
    ClanFate,
    Exit,
    Grade,
    Means,
    Regime,
    Setting,
    Status,
    change,
)
from vertikal.regime.subsystems import SUBSYSTEMS

PERSONS, OFFICES, CLANS, BODIES, RUNS = 20, 10, 5, 2, 128
ROWS = {"strata": 3, "sectors": 4, "cohorts": 3, "themes": 2, "surveys": 3, "neighbours": 3}
"""Rows of the kinds that belong to subsystems."""
SIZES = {"persons": PERSONS, "offices": OFFICES, "clans": CLANS, **ROWS}
DECLARED = {name: o.level for name, o in OBSERVABLES.items() if o.level}


def _codes_of(level: Level) -> tuple[int, int]:
    if isinstance(level.labels, str):
        kind = next(k.name for k in KINDS.values() if k.singular == level.labels)
        return NOBODY, SIZES[kind] - 1
    return 0, int(level.high)


CODES: dict[str, tuple[int, int]] = {
    "elite.status": (0, len(Status) - 1),
    "elite.clan": (0, CLANS - 1),
    "elite.patron": (NOBODY, PERSONS - 1),
    "elite.fallen_by": (0, 10**6),
    "clans.victor": (NOBODY, CLANS - 1),
    "clans.fate": (0, len(ClanFate) - 1),
    "nomenklatura.holder": (NOBODY, PERSONS - 1),
    "leadership.leader": (NOBODY, PERSONS - 1),
    "leadership.exits": (0, 10**6),
    "leadership.exit_mode": (0, len(Exit) - 1),
    "leadership.body": (0, 3),
    "moves.attacker": (NOBODY, CLANS - 1),
    "moves.target_clan": (NOBODY, CLANS - 1),
    "moves.target": (NOBODY, PERSONS - 1),
    "moves.means": (0, len(Means) - 1),
    "moves.grade": (0, len(Grade) - 1),
    "moves.betrayer": (NOBODY, CLANS - 1),
    "moves.betrayed": (NOBODY, CLANS - 1),
    "moves.plotter": (NOBODY, CLANS - 1),
    "moves.removed_leader": (NOBODY, PERSONS - 1),
    **{name: _codes_of(level) for name, level in DECLARED.items() if level.labels},
}
"""Smallest and largest code of every whole number of the state, for the shapes above."""


def fields_of(state: Any) -> dict[str, jax.Array]:
    """Every array of a regime by address."""
    return {
        f"{part.name}.{field.name}": getattr(getattr(state, part.name), field.name)
        for part in dataclasses.fields(state)
        for field in dataclasses.fields(getattr(state, part.name))
    }


def faults_of(regime: Regime, tolerance: float = 2e-6) -> list[str]:
    """What is wrong with a regime: ranges, codes, mixtures; empty if all is well."""
    found = []
    for address, array in fields_of(regime).items():
        values = np.asarray(array)
        if values.dtype == bool:
            continue
        if np.issubdtype(values.dtype, np.floating):
            low, high = OBSERVABLES[address].range
            if not np.isfinite(values).all():
                found.append(f"{address} is not finite")
                continue
        else:
            low, high = CODES[address]
        if (values < low - tolerance).any() or (values > high + tolerance).any():
            found.append(f"{address} runs from {values.min()} to {values.max()}")
    mixture = np.asarray(regime.elite.mix).sum(0)
    if not np.allclose(mixture, 1.0, atol=1e-5):
        found.append(f"elite.mix sums to {mixture.min()}..{mixture.max()}")
    return found


class Chance:
    """Random numbers of which a given share stands at a bound."""

    def __init__(self, seed: int, corners: float, runs: int = RUNS) -> None:
        self.numbers = np.random.default_rng(seed)
        self.corners = corners
        self.runs = runs

    def between(self, low: float, high: float, *shape: int) -> np.ndarray:
        size = (*shape, self.runs)
        values = self.numbers.uniform(low, high, size)
        edge = np.where(self.numbers.random(size) < 0.5, low, high)
        return np.where(self.numbers.random(size) < self.corners, edge, values).astype(np.float32)

    def share(self, *shape: int) -> np.ndarray:
        return self.between(0.0, 1.0, *shape)

    def code(self, low: int, high: int, *shape: int) -> np.ndarray:
        """A whole number from `low` to `high`."""
        return self.numbers.integers(low, high + 1, (*shape, self.runs), dtype=np.int32)

    def yes(self, probability: float, *shape: int) -> np.ndarray:
        return self.numbers.random((*shape, self.runs)) < probability


def random_regime(seed: int, corners: float = 0.1, runs: int = RUNS, quiet: bool = False) -> Regime:
    """A valid regime: somebody active leads, patrons form no cycle, ties have no self.

    In a quiet one only the active hold ordinary offices; in the midst of a tick some who were just
    struck still do.

    Args:
        seed: Of the numbers.
        corners: Share of numbers at a bound.
        runs: How many histories.
        quiet: Whether nothing has been done in the tick yet, as at its beginning.
    """
    c = Chance(seed, corners, runs)
    blank = blank_regime(PERSONS, OFFICES, CLANS, runs, ROWS)
    new = {
        part.name: {
            field.name: c.share(*getattr(getattr(blank, part.name), field.name).shape[:-1])
            for field in dataclasses.fields(getattr(blank, part.name))
            if jnp.issubdtype(getattr(getattr(blank, part.name), field.name).dtype, jnp.floating)
        }
        for part in dataclasses.fields(blank)
        if part.name not in SUBSYSTEMS
    }
    new |= _random_subsystems(c, blank)
    leader = c.code(0, PERSONS - 1)
    person = np.arange(PERSONS)[:, None]
    status = np.where(c.yes(0.75, PERSONS), Status.ACTIVE, c.code(0, len(Status) - 1, PERSONS))
    status = np.where(person == leader, Status.ACTIVE, status).astype(np.int32)
    mix = c.share(3, PERSONS) + 1e-3
    new["elite"] |= {
        "mix": mix / mix.sum(0),
        "age": c.between(20, 95, PERSONS),
        "frailty": c.between(0.3, 5, PERSONS),
        "safe_until": c.between(-1, 3, PERSONS),
        "status": status,
        "clan": c.code(0, CLANS - 1, PERSONS),
        "patron": np.where(c.yes(0.7, PERSONS), c.code(0, 10**6, PERSONS) % (person + 1) - 1, -1),
        "power": np.where(status == Status.ACTIVE, c.between(0, 3, PERSONS), 0),
        "coercion": np.where(status == Status.ACTIVE, c.between(0, 1, PERSONS), 0),
        "condemned": 0 * mix[0] if quiet else c.share(PERSONS) * c.yes(0.2, PERSONS),
        "severity": np.where(status == Status.ACTIVE, c.code(0, 1, PERSONS), np.minimum(status, 4))
        / 4,
    }
    coercion = c.between(0, 1.5, CLANS)
    apart = ~np.eye(CLANS, dtype=bool)[..., None]
    defeated = c.between(0, 2, CLANS) * c.yes(0.3, CLANS)
    new["clans"] |= {
        "power": c.between(0, 4, CLANS),
        "coercion": coercion,
        "cover": coercion + c.between(0, 1, CLANS),
        "favour": c.between(-1, 1, CLANS),
        "pact": apart * c.share(CLANS, CLANS) * c.yes(0.4, CLANS, CLANS),
        "bond": (apart & c.yes(0.1, CLANS, CLANS)).astype(np.float32),
        "defeated": defeated,
        "victor": np.where(defeated > 0, c.code(0, CLANS - 1, CLANS), NOBODY),
        "since_betrayal": c.between(0, 100, CLANS),
        "uncovered": c.between(0, 3, CLANS),
        "losses": c.code(0, 5, CLANS).astype(np.float32),
        "fate": np.where(c.yes(0.85, CLANS), 0, c.code(0, 2, CLANS)),
    }
    active = c.yes(0.9, OFFICES)
    holder = np.where(c.yes(0.8, OFFICES), c.code(0, PERSONS - 1, OFFICES), NOBODY)
    free = np.take_along_axis(status, np.maximum(holder, 0), 0) == Status.ACTIVE
    holder = np.where(active & (free | (not quiet)), holder, NOBODY)
    holder[EXILE] = NOBODY
    holder[THRONE] = np.where(active[THRONE], leader, NOBODY)
    new["nomenklatura"] = {"holder": holder, "active": active}
    exits = c.code(0, 1)
    new["leadership"] |= {
        "leader": leader,
        "established": c.yes(0.4),
        "reign": c.between(0, 40),
        "horizon": c.between(0, 40),
        "coalition": c.yes(0.7, CLANS),
        "exits": exits,
        "exit_mode": exits * c.code(1, len(Exit) - 1),
        "body": c.code(0, 3),
    }
    new["military_industry"]["war"] = c.yes(0.2).astype(np.float32)
    new["moves"] = {} if quiet else _random_moves(c, new["elite"]["clan"], leader)
    parts = {
        part: change(
            getattr(blank, part),
            **{
                name: jnp.asarray(value, getattr(getattr(blank, part), name).dtype)
                for name, value in fields.items()
            },
        )
        for part, fields in new.items()
    }
    return change(blank, **parts)


def _random_subsystems(c: Chance, blank: Regime) -> dict[str, dict[str, np.ndarray]]:
    """Every declared field within its bounds, large ones within ten times their default."""
    new: dict[str, dict[str, np.ndarray]] = {}
    for address, level in DECLARED.items():
        part, field = address.split(".")
        shape = getattr(getattr(blank, part), field).shape[:-1]
        if level.labels is not None:
            values = c.code(*CODES[address], *shape)
        else:
            values = c.between(level.low, min(level.high, 10 * max(level.default, 1.0)), *shape)
        new.setdefault(part, {})[field] = values
    for part, field in (("economy", "budget"), ("public", "share")):
        new[part][field] = (new[part][field] + 1e-3) / (new[part][field] + 1e-3).sum(0)
    return new


def _random_moves(c: Chance, clan: np.ndarray, leader: np.ndarray) -> dict[str, np.ndarray]:
    """An attack in most runs, on somebody who is not the leader; nothing else."""
    target = (leader + c.code(1, PERSONS - 1)) % PERSONS
    on = np.take_along_axis(clan, target[None], 0)[0]
    by = c.code(0, CLANS - 1)
    done = c.yes(0.7) & (by != on)
    return {
        "attacker": np.where(done, by, NOBODY),
        "target_clan": np.where(done, on, NOBODY),
        "target": np.where(done, target, NOBODY),
        "means": np.where(done, c.code(1, len(Means) - 1), 0),
    }


THRONE, EXILE = 0, OFFICES - 1
"""The office that goes with the leadership, and a post of exile."""


def random_setting(seed: int, corners: float = 0.1) -> Setting:
    """A valid setting: one throne, one post of exile, one unorganised clan, some rank and file."""
    c = Chance(seed, corners, 1)
    blank = blank_setting(OFFICES, CLANS, BODIES)
    office, clan = np.arange(OFFICES)[:, None], np.arange(CLANS)[:, None]
    names = [f.name for f in dataclasses.fields(blank)]
    shares = {
        name: c.share(*getattr(blank, name).shape[:-1])
        for name in names
        if name != "theories" and jnp.issubdtype(getattr(blank, name).dtype, jnp.floating)
    }
    seats = c.share(BODIES, OFFICES) * c.yes(0.6, BODIES, OFFICES)
    table = {
        **shares,
        "person_is_cadre": np.arange(PERSONS)[:, None] >= PERSONS // 2,
        "office_policy": c.between(0, 2, OFFICES),
        "office_of_leader": office == THRONE,
        "office_is_exile": office == EXILE,
        "body_share": seats / np.maximum(seats.sum(1, keepdims=True), 1e-6),
        "clan_base": c.code(0, len(Base) - 1, CLANS),
        "clan_organised": clan < CLANS - 1,
        "clan_timetable": np.where(c.yes(0.5, CLANS), c.between(0, 3, CLANS), np.inf),
    }
    return change(
        blank, **{name: jnp.asarray(v, getattr(blank, name).dtype) for name, v in table.items()}
    )


def random_mechanism(
    mechanism: type[Mechanism], seed: int, corners: float = 0.1, runs: int = RUNS
) -> Mechanism:
    """A mechanism with every parameter drawn from its prior, one value for each run."""
    c = Chance(seed, corners, runs)
    values = {}
    for name, p in parameters(mechanism).items():
        low, high = p.prior.support()
        u = c.between(0.0 if np.isfinite(low) else 1e-3, 1.0 if np.isfinite(high) else 0.999)
        values[name] = jnp.asarray(p.prior.quantile(u.astype(np.float64)), jnp.float32)
    return mechanism(**values)


def default_mechanism(mechanism: type[Mechanism]) -> Mechanism:
    """A mechanism with its default parameters as arrays, so that it can be traced."""
    return mechanism(**{name: jnp.float32(p.default) for name, p in parameters(mechanism).items()})


seeds = st.integers(0, 2**31 - 1)
"""Seeds of random regimes, settings and mechanisms."""

corners = st.sampled_from([0.0, 0.1, 0.5])
"""How much of a random regime stands at the bounds."""

regimes = st.builds(random_regime, seeds, corners, quiet=st.just(True))
"""Valid regimes at the beginning of a tick."""

settings_ = st.builds(random_setting, seeds, corners)
"""Valid settings."""
