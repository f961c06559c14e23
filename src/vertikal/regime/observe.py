"""What can be watched in a regime, by address.

An address such as `clans.power[leningrad]` or `military_industry.tension` names one number of each
history at each tick. Every field of the state has one; some useful quantities derived from the
state have one as well. Scenario files, results, errors and reports all use these addresses.
"""

import ast
import dataclasses
import functools
import inspect
import itertools
import math
from collections.abc import Callable, Iterator
from enum import IntEnum

import jax.numpy as jnp
from jaxtyping import Array

from vertikal.regime import regime as state
from vertikal.regime.batch import sum_by
from vertikal.regime.levels import Level, dims, levels
from vertikal.regime.regime import (
    Body,
    ClanFate,
    Exit,
    Grade,
    Means,
    Regime,
    Setting,
    Status,
    is_active,
)

PERSON, CLAN = "person", "clan"

_LABELS: dict[str, type[IntEnum] | str] = {
    "elite.status": Status,
    "elite.clan": CLAN,
    "elite.patron": PERSON,
    "clans.victor": CLAN,
    "clans.fate": ClanFate,
    "nomenklatura.holder": PERSON,
    "leadership.leader": PERSON,
    "leadership.exit_mode": Exit,
    "leadership.body": Body,
    "moves.attacker": CLAN,
    "moves.target_clan": CLAN,
    "moves.target": PERSON,
    "moves.means": Means,
    "moves.grade": Grade,
    "moves.betrayer": CLAN,
    "moves.betrayed": CLAN,
    "moves.plotter": CLAN,
    "moves.removed_leader": PERSON,
}

_RANGES: dict[str, tuple[float, float]] = {
    "elite.safe_until": (-math.inf, math.inf),
    "clans.favour": (-1.0, 1.0),
    **dict.fromkeys(
        ("elite.age", "elite.frailty", "elite.founder", "elite.power", "elite.coercion",
         "elite.fallen_by", "elite.offices", "clans.power", "clans.coercion", "clans.cover",
         "clans.defeated", "clans.uncovered", "clans.losses", "clans.since_betrayal",
         "clans.members", "leadership.reign", "leadership.horizon", "leadership.exits",
         "campaign.sitting", "campaign.former"),
        (0.0, math.inf),
    ),
}  # fmt: skip
"""Where quantities lie that do not declare it and are no shares."""


@dataclasses.dataclass(frozen=True)
class Observable:
    """One thing that can be watched.

    Attributes:
        name: Its address without row names, for instance `clans.power`.
        dims: The kinds of row that an address must name, in order, see `kinds`.
        labels: What its whole numbers stand for: an enumeration, a kind of row such as `person`, or
            `None` for a quantity.
        read: Maps a regime and a setting to the array `[*rows, runs]`.
        derived: Whether it is computed from the state and so cannot be set.
        meaning: One line for people, for the derived ones; `meanings` has those of all.
        level: How the field is declared, if it is.
    """

    name: str
    dims: tuple[str, ...]
    labels: type[IntEnum] | str | None
    read: Callable[[Regime, Setting], Array]
    derived: bool = False
    meaning: str = ""
    level: Level | None = None

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value that a quantity can take."""
        if self.level:
            return self.level.low, self.level.high
        return _RANGES.get(self.name, (0.0, 1.0))


def _state_fields() -> dict[str, Observable]:
    found = {}
    for part in dataclasses.fields(Regime):
        declared = levels(part.type)  # type: ignore[arg-type]
        for field in dataclasses.fields(part.type):  # type: ignore[arg-type]
            name = f"{part.name}.{field.name}"
            level = declared.get(field.name)
            labels = level.labels if level else _LABELS.get(name)

            def read(
                regime: Regime, _: Setting, part: str = part.name, field: str = field.name
            ) -> Array:
                return getattr(getattr(regime, part), field)

            meaning = level.meaning if level else ""
            found[name] = Observable(name, dims(field), labels, read, meaning=meaning, level=level)
    return found


def _held(regime: Regime) -> Array:
    return regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)


def _offices(regime: Regime, setting: Setting) -> Array:
    ordinary = (_held(regime) & ~setting.office_is_exile).astype(jnp.float32)
    return sum_by(ordinary, regime.nomenklatura.holder, regime.elite.power.shape[0])


def _office_share(regime: Regime, setting: Setting) -> Array:
    weight = jnp.where(_held(regime) & ~setting.office_is_exile, setting.office_policy, 0.0)
    clan = jnp.where(
        regime.nomenklatura.holder >= 0,
        jnp.take_along_axis(regime.elite.clan, jnp.maximum(regime.nomenklatura.holder, 0), 0),
        -1,
    )
    held = sum_by(weight, clan, regime.clans.power.shape[0])
    return held / (held.sum(0) + 1e-9)


def _members(regime: Regime, setting: Setting) -> Array:
    return sum_by(
        is_active(regime).astype(jnp.float32), regime.elite.clan, regime.clans.power.shape[0]
    )


def _of_body(by_office: Array, setting: Setting) -> Array:
    member = (setting.body_share > 0)[..., : by_office.shape[-1]]
    return jnp.where(member, by_office[None], 0.0).sum(1)


_DERIVED = (
    Observable(
        "elite.offices", ("persons",), None, _offices, True, "Ordinary offices that a person holds."
    ),
    Observable(
        "clans.share",
        ("clans",),
        None,
        lambda regime, _: regime.clans.power / (regime.clans.power.sum(0) + 1e-9),
        True,
        "Share of a clan in the power of all clans.",
    ),
    Observable(
        "clans.office_share", ("clans",), None, _office_share, True, "Share of policy offices held."
    ),
    Observable("clans.members", ("clans",), None, _members, True, "Active members."),
    Observable(
        "campaign.sitting",
        ("bodies",),
        None,
        lambda regime, setting: _of_body(regime.campaign.arrested, setting),
        True,
        "Members of a body arrested in office so far.",
    ),
    Observable(
        "campaign.former",
        ("bodies",),
        None,
        lambda regime, setting: _of_body(regime.campaign.arrested_after, setting),
        True,
        "Former members of a body, without an office since, arrested so far.",
    ),
    Observable(
        "leadership.clan",
        (),
        CLAN,
        lambda regime, _: jnp.take_along_axis(
            regime.elite.clan, jnp.maximum(regime.leadership.leader, 0)[None], 0
        )[0],
        True,
        "The leader's clan.",
    ),
    Observable(
        "moves.attack",
        (),
        None,
        lambda regime, _: (regime.moves.attacker >= 0).astype(jnp.float32),
        True,
        "1 in a tick in which one clan attacks another, else 0.",
    ),
    Observable(
        "clans.excluded",
        ("clans",),
        None,
        lambda regime, _: regime.moves.excluded.astype(jnp.float32),
        True,
        "1 in the tick in which a clan is cut out of the ruling coalition, else 0.",
    ),
)

OBSERVABLES: dict[str, Observable] = _state_fields() | {o.name: o for o in _DERIVED}
"""Everything that can be watched, by name."""


@functools.cache
def meanings() -> dict[str, str]:
    """What can be watched, in words, by address without rows; parts of the state as well."""
    stated = {o.name: o.meaning for o in OBSERVABLES.values() if o.meaning}
    return dict(_told_in_source()) | stated


def _told_in_source() -> Iterator[tuple[str, str]]:
    """Docstrings of the parts of the state, and of fields, which exist in its source alone."""
    tree = ast.parse(inspect.getsource(state))
    classes = {n.name: n.body for n in tree.body if isinstance(n, ast.ClassDef)}
    for part in dataclasses.fields(Regime):
        yield part.name, " ".join((inspect.getdoc(part.type) or "").split())
        body = classes.get(part.type.__name__, [])  # type: ignore[union-attr]
        for field, following in itertools.pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(following, ast.Expr):
                text = " ".join(ast.literal_eval(following.value).split())
                yield f"{part.name}.{ast.unparse(field.target)}", text
