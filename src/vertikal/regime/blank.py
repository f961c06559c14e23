"""A neutral regime of given size: where scenarios and tests start from.

Every field has an unremarkable value, so that whoever builds a regime states only what is special
about it. The arrays are filled by NumPy and then handed to JAX, for which every way of filling one
would be a program to compile at every start.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from vertikal.regime.batch import NOBODY
from vertikal.regime.kinds import KINDS
from vertikal.regime.levels import dims, levels
from vertikal.regime.regime import (
    Base,
    Clans,
    Coercion,
    Elite,
    Leadership,
    MilitaryIndustry,
    Moves,
    Nomenklatura,
    Policy,
    Regime,
    Setting,
)
from vertikal.regime.subsystems import SUBSYSTEMS

host: Any = np
"""NumPy, untyped: its arrays stand for those of JAX until they are handed on."""

NEVER = 100.0
"""Years since something that never happened."""


def blank_moves(clans: int, runs: int) -> Moves:
    """The record of a tick in which nothing has been done yet."""
    return jax.device_put(_moves(clans, runs))


def _moves(clans: int, runs: int) -> Moves:
    none = host.full(runs, NOBODY, host.int32)
    zero = host.zeros(runs, host.int32)
    no = host.zeros(runs, bool)
    return Moves(
        attacker=none,
        target_clan=none,
        target=none,
        means=zero,
        repelled=no,
        grade=zero,
        betrayer=none,
        betrayed=none,
        plotter=none,
        coup_success=no,
        excluded=host.zeros((clans, runs), bool),
        removed_leader=none,
        pillars_left=host.zeros(runs, host.float32),
    )


def _subsystem(name: str, rows: Mapping[str, int], runs: int) -> Any:
    """A slice of `SUBSYSTEMS` with every field at its default.

    Args:
        name: Of the subsystem.
        rows: How many rows there are of each kind; none of a kind that is not named.
        runs: How many histories.
    """
    cls, made = SUBSYSTEMS[name], {}
    declared = levels(cls)
    for field in dataclasses.fields(cls):
        found = declared[field.name]
        shape = [len(KINDS[d].fixed) or rows.get(d, 0) for d in dims(field)]
        kind = host.float32 if found.labels is None else host.int32
        made[field.name] = host.full((*shape, runs), found.default, kind)
    return cls(**made)


def blank_regime(
    persons: int, offices: int, clans: int, runs: int, rows: Mapping[str, int] | None = None
) -> Regime:
    """A peacetime regime of middling people and vacant offices, without pacts; person 0 leads.

    Args:
        persons: How many persons.
        offices: How many offices.
        clans: How many clans.
        runs: How many histories.
        rows: How many rows of the other kinds (`sectors`, `neighbours`, ...); none by default.
    """
    return jax.device_put(host_regime(persons, offices, clans, runs, rows))


def host_regime(
    persons: int, offices: int, clans: int, runs: int, rows: Mapping[str, int] | None = None
) -> Regime:
    """`blank_regime` as NumPy arrays, for whoever has more to put in before JAX gets it."""
    rows = {"persons": persons, "offices": offices, "clans": clans, **(rows or {})}
    p = lambda x: host.full((persons, runs), x, host.float32)  # noqa: E731
    c = lambda x: host.full((clans, runs), x, host.float32)  # noqa: E731
    r = lambda x: host.full(runs, x, host.float32)  # noqa: E731
    pi = lambda x: host.full((persons, runs), x, host.int32)  # noqa: E731
    ci = lambda x: host.full((clans, runs), x, host.int32)  # noqa: E731
    ri = lambda x: host.full(runs, x, host.int32)  # noqa: E731
    return Regime(
        elite=Elite(
            mix=host.full((3, persons, runs), 1 / 3, host.float32),
            competence=p(0.5), ambition=p(0.5), sincerity=p(0.2), loyalty=p(0.5), proximity=p(0.3),
            indispensability=p(0.3), exposure=p(0.2), age=p(50.0), frailty=p(1.0),
            safe_until=p(0.0),
            status=pi(0), severity=p(0.0), clan=pi(0), patron=pi(NOBODY), founder=p(0.0),
            knowledge=p(0.0), power=p(0.0), coercion=p(0.0), condemned=p(0.0), fallen_by=pi(0),
        ),
        clans=Clans(
            power=c(0.0), trend=c(1 / clans), coercion=c(0.0), cover=c(0.0), cohesion=c(0.5),
            placement=c(0.0), exposure=c(0.2), favour=c(0.0),
            pact=host.zeros((clans, clans, runs), host.float32),
            bond=host.zeros((clans, clans, runs), host.float32),
            defeated=c(0.0), victor=ci(NOBODY), since_betrayal=c(NEVER), uncovered=c(0.0),
            losses=c(0.0), fate=ci(0),
        ),
        nomenklatura=Nomenklatura(
            holder=host.full((offices, runs), NOBODY, host.int32),
            active=host.ones((offices, runs), bool),
        ),
        leadership=Leadership(
            leader=ri(0), control=r(0.9), personal_power=r(0.3), established=host.zeros(runs, bool),
            reign=r(5.0), horizon=r(15.0), coalition=host.ones((clans, runs), bool), exits=ri(0),
            exit_mode=ri(0), shock=r(0.0), acceptance=r(0.5), body=ri(0),
        ),
        coercion=Coercion(fear=r(0.3), terror=r(0.4), grey_law=r(0.5), wave=r(0.0)),
        military_industry=MilitaryIndustry(
            tension=r(0.3), spending=host.full((2, runs), 0.15, host.float32),
            influence=host.full((2, runs), 0.3, host.float32), quality=r(0.5),
            apparent_quality=r(0.6), war=r(0.0),
        ),
        policy=Policy(
            rationality=r(0.5), agenda=r(0.5), legal_order=r(0.5), entrant_quality=r(0.5),
            capability=r(0.5), force=r(0.2),
        ),
        moves=_moves(clans, runs),
        **{name: _subsystem(name, rows, runs) for name in SUBSYSTEMS},
    )  # fmt: skip


def blank_setting(offices: int, clans: int, bodies: int = 1) -> Setting:
    """Plain offices of one unit of policy power, one body of all of them, territorial clans."""
    return jax.device_put(host_setting(offices, clans, bodies))


def host_setting(offices: int, clans: int, bodies: int = 1) -> Setting:
    """`blank_setting` as NumPy arrays."""
    o = lambda x: host.full((offices, 1), x, host.float32)  # noqa: E731
    c = lambda x: host.full((clans, 1), x, host.float32)  # noqa: E731
    return Setting(
        person_is_cadre=host.zeros((1, 1), bool), office_policy=o(1.0), office_coercion=o(0.0),
        office_grip=o(0.0), office_register=o(0.0),
        office_inspection=o(0.0), office_intelligence=o(0.0), office_strategic=o(0.0),
        office_grade=o(0.5), office_is_exile=host.zeros((offices, 1), bool),
        office_of_leader=host.zeros((offices, 1), bool),
        body_share=host.full((bodies, offices, 1), 1 / max(offices, 1), host.float32),
        body_power=host.full((bodies, 1), 0.5, host.float32),
        clan_base=host.full((clans, 1), Base.TERRITORIAL, host.int32),
        clan_organised=host.ones((clans, 1), bool), clan_communications=c(0.5),
        clan_soft_budget=c(0.5), clan_school=c(0.0), clan_lines=c(0.0), clan_timetable=c(host.inf),
        centralisation=host.full(1, 0.7, host.float32), narrowness=host.full(1, 0.5, host.float32),
        soviet_lesson=host.full(1, 1.0, host.float32), theories={},
    )  # fmt: skip
