"""The court in NumPy: the order of a tick, the script, what is watched, whole histories."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tests.reference import clans, emergency, law, society, succession, throne
from tests.reference.moment import (
    ACTIVE,
    DEAD,
    NOBODY,
    Array,
    Moment,
    State,
    active,
    at,
    by_group,
    by_owner,
    go,
    held,
    open_up,
)
from vertikal.engine.histories import Histories
from vertikal.engine.program import Inputs, Plan
from vertikal.regime import chance
from vertikal.regime.schedule import MECHANISMS

ACTS = {
    "register": law.register,
    "body_influence": society.body_influence,
    "mic_growth": society.mic_growth,
    "hidden_quality": society.hidden_quality,
    "fear": law.fear,
    "power_balance": clans.power_balance,
    "cohesion": clans.cohesion,
    "inspection": law.inspection,
    "pole_drift": society.pole_drift,
    "mortality": throne.mortality,
    "attack": clans.attack,
    "pact": clans.pact,
    "betrayal": clans.betrayal,
    "personal_power": throne.personal_power,
    "balancing": throne.balancing,
    "emergency": emergency.emergency,
    "purge_of_losers": clans.purge_of_losers,
    "case": law.case,
    "coup": throne.coup,
    "succession": succession.succession,
    "sentence": law.sentence,
    "force_threshold": society.force_threshold,
    "elite_quality": society.elite_quality,
    "alarm": law.alarm,
    "entry": law.entry,
    "vacate": law.vacate,
    "appointment": law.appointment,
    "clan_ends": clans.clan_ends,
    "shock_fades": emergency.shock_fades,
}
"""What each mechanism does, in the order in which they act in a tick."""


class Played(NamedTuple):
    """Histories as the reference played them.

    Attributes:
        outcomes: `[outcomes, 2, runs]`, as the compiled run leaves them.
        series: `[ticks, series, runs]`.
        doubt: For each run the first tick in which rounding may have decided, or infinity.
    """

    outcomes: Array
    series: Array
    doubt: Array


def play_numpy(
    histories: Histories,
    first: int,
    count: int,
    look: Callable[[int, State], None] = lambda tick, state: None,
) -> Played:
    """Play histories `first` to `first + count - 1` of a scenario.

    Args:
        histories: The scenario and its seed.
        first: Number of the first history.
        count: How many.
        look: Called with the number of each tick and the state after it, batch by batch.
    """
    size = histories.batch
    parts = [_play_batch(histories, k, min(size, first + count - k), look)
             for k in range(first, first + count, size)]  # fmt: skip
    return Played(*(np.concatenate(part, -1) for part in zip(*parts, strict=True)))


def _play_batch(
    histories: Histories, first: int, count: int, look: Callable[[int, State], None]
) -> Played:
    plan, inputs = histories.plan, histories.inputs(np.arange(first, first + histories.batch))
    runs = np.asarray(inputs.runs)[:count]
    seed = tuple(np.asarray(inputs.seed))
    setting = open_up(inputs.setting, histories.batch)
    state = open_up(inputs.regime, histories.batch)
    for part in (setting, *vars(state).values()):
        for name, array in vars(part).items():
            setattr(part, name, array[..., :count].copy())
    parameters = named_parameters(plan, np.asarray(inputs.parameters)[:, :count])
    numbers = {name: m.id for name, m in MECHANISMS.items()}
    doubt = np.zeros(count, bool)
    steps = np.concatenate([inputs.steps[:1], inputs.steps]).astype(np.float64)
    times = np.concatenate([[0.0], inputs.ends])

    def moment(name: str, index: int, stream: int = chance.SIMULATION) -> Moment:
        return Moment(numbers[name], index, times[index], float(steps[index]), setting,
                      parameters[name], seed, runs, doubt, stream)  # fmt: skip

    law.vary_ranks(state, moment("entry", 0, chance.INITIAL))
    clans.power_balance(state, moment("power_balance", 0))
    state.clans.trend[:] = clans.shares(state)
    rows, since = [_watched(plan, state, setting)], np.full(count, np.inf)
    for index in range(1, plan.ticks + 1):
        wipe(state)
        if inputs.assigned or inputs.added:
            impose(state, index, *(_tables(t) for t in (inputs.assigned, inputs.added)))
            depart(state, setting)
        for place, mechanism in enumerate(plan.mechanisms):
            if inputs.switches[place].all() and inputs.admitted[index - 1, place].all():
                ACTS[mechanism.name](state, moment(mechanism.name, index))
        since = np.minimum(since, np.where(doubt, index, np.inf))
        rows.append(_watched(plan, state, setting))
        look(index, state)
    watched = {w: np.stack([row[w] for row in rows]) for w in rows[0]}
    outcomes = [_outcome(o, watched, steps, times) for o in plan.outcomes]
    series = np.stack([watched[w][1:] for w in plan.series], 1)
    return Played(np.stack(outcomes), series, since)


def named_parameters(plan: Plan, values: Array) -> dict[str, Any]:
    """Parameters by mechanism and name, from the rows of the compiled run's input."""
    rows = iter(values)
    return {
        mechanism.name: SimpleNamespace(**{field: next(rows) for field in fields})
        for mechanism, fields in zip(plan.mechanisms, plan.fields, strict=True)
    }


def wipe(s: State) -> None:
    """Forget who did what to whom in the last tick."""
    for name, record in vars(s.moves).items():
        nothing = name in ("means", "grade", "repelled", "coup_success", "excluded", "pillars_left")
        record[:] = 0 if nothing else NOBODY
    s.elite.condemned[:], s.elite.fallen_by[:] = 0, 0


def _tables(tables: Inputs) -> dict[str, Array]:
    return {address: np.asarray(table) for address, table in tables.items()}


def impose(s: State, index: int, assigned: dict[str, Array], added: dict[str, Array]) -> None:
    """Apply the scripted events of one tick."""
    for tables, adds in ((assigned, False), (added, True)):
        for address, table in tables.items():
            part, field = address.split(".")
            array = getattr(getattr(s, part), field)
            for row in np.argwhere(~np.isnan(table[index - 1])):
                place = tuple(row)
                value = table[(index - 1, *place)]
                most = np.inf if address == "elite.age" else 1
                array[place] = np.clip(array[place] + value, 0, most) if adds else value


def depart(s: State, setting: State) -> None:
    """A leader whom the script has put out of play goes."""
    lead = s.leadership
    status = at(s.elite.status, lead.leader)
    for r in np.flatnonzero((lead.leader != NOBODY) & (status != ACTIVE)):
        go(s, setting, r, throne.BY_DEATH if status[r] == DEAD else throne.BY_SCRIPT)


def observe(name: str, s: State, setting: State) -> Array:
    """One thing that can be watched, `[*rows, runs]`."""
    ordinary = held(s) & ~setting.office_is_exile
    holder, persons, n = s.nomenklatura.holder, len(s.elite.power), len(s.clans.power)
    if name == "clans.share":
        return s.clans.power / (s.clans.power.sum(0) + np.float32(1e-9))
    if name == "clans.office_share":
        weight = np.where(ordinary, setting.office_policy, 0)
        clan = np.where(holder >= 0, at(s.elite.clan, holder), NOBODY)
        power = by_group(weight, clan, n)
        return power / (power.sum(0) + np.float32(1e-9))
    if name == "clans.members":
        return by_group(active(s).astype(np.float32), s.elite.clan, n)
    if name == "clans.excluded":
        return s.moves.excluded
    if name == "elite.offices":
        return by_owner(ordinary.astype(np.float32), holder, persons)
    if name == "leadership.clan":
        return at(s.elite.clan, s.leadership.leader)
    if name == "moves.attack":
        return s.moves.attacker != NOBODY
    part, field = name.split(".")
    return getattr(getattr(s, part), field)


def _watched(plan: Plan, s: State, setting: State) -> dict[Any, Array]:
    """Every number that the plan looks at, after one tick."""
    wanted = [*plan.series]
    for outcome in plan.outcomes:
        wanted += [t.watched for t in outcome.tests] + ([outcome.read] if outcome.read else [])
    arrays = {name: observe(name, s, setting) for name in {w.name for w in wanted}}
    return {w: arrays[w.name][w.rows].astype(np.float32) for w in wanted}


def _outcome(outcome: Any, watched: dict[Any, Array], steps: Array, times: Array) -> Array:
    """One outcome, read off whole histories after the fact, `[1 + ticks, runs]` from the start."""
    window = slice(outcome.start, outcome.stop + 1)
    years = steps[window, None]
    if outcome.kind in ("happens", "first", "share"):
        compare = {"==": np.equal, "!=": np.not_equal, ">=": np.greater_equal,
                   "<=": np.less_equal, ">": np.greater, "<": np.less}  # fmt: skip
        holds = np.logical_and.reduce(
            [compare[t.relation](watched[t.watched], np.float32(t.value)) for t in outcome.tests]
        )
        if outcome.anew:
            holds[1:] &= ~holds[:-1]
        holds = holds[window]
        if outcome.kind == "share":
            weighed = (years * holds).sum(0)
            return np.stack([weighed, np.full(len(weighed), years.sum())]).astype(np.float32)
        ever, tick = holds.any(0), holds.argmax(0)
        if outcome.kind == "happens":
            return np.stack([ever.astype(np.float32), np.zeros(len(ever), np.float32)])
        when = np.where(ever, (times - steps / 2)[tick + outcome.start], np.nan)
        what = np.full(len(ever), np.nan)
        if outcome.read is not None:
            seen = watched[outcome.read][window]
            what = np.where(ever, seen[tick, np.arange(len(ever))], np.nan)
        return np.stack([when, what]).astype(np.float32)
    seen = watched[outcome.read][window]
    none = np.zeros(seen.shape[-1], np.float32)
    if outcome.kind == "value":
        return np.stack([watched[outcome.read][outcome.stop], none])
    if outcome.kind == "mean":
        return np.stack([(years * seen).sum(0), none + years.sum()])
    return np.stack([seen.max(0) if outcome.kind == "highest" else seen.min(0), none])
