"""A scenario made ready to be played: its compiled program and its tables.

`Histories` turns run numbers into tables. It draws parameters, builds the initial state, runs the
compiled program in batches of one fixed size, and answers the scenario's questions. The batch size
never changes, not even for one history, since smaller batches compile to other last bits.
"""

import dataclasses
import functools
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import jax
import numpy as np
import pyarrow as pa

from vertikal.engine import backend, seeds
from vertikal.engine.blocks import OK, Block
from vertikal.engine.manifest import OutcomeSpec, Variable
from vertikal.engine.program import Inputs, Plan, Results, batch_size, begin, play
from vertikal.engine.watch import Kind, Reduction, Test, Watched
from vertikal.errors import VertikalError
from vertikal.regime.batch import accelerated
from vertikal.regime.kinds import KINDS
from vertikal.regime.mechanism import parameters
from vertikal.regime.observe import OBSERVABLES
from vertikal.regime.priors import Prior
from vertikal.regime.regime import Regime
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import world
from vertikal.scenario.conditions import Address, labels_of
from vertikal.scenario.model import Scenario
from vertikal.scenario.outcomes import TRUTHS, Outcome
from vertikal.scenario.schema import Clock

REPLICATES = 8
"""Histories of each parameter draw: enough to tell chance from ignorance."""

ROUNDING = 1e-4
"""How far beyond its range a quantity may end, for each unit of the bound, by rounding alone."""

Move = tuple[int, str]
"""What one mechanism does in one tick; the usual answer to a question stands for its rivals too."""

RUNS_PER_BLOCK = 512
"""Histories that are stored together, unless a batch has more."""


def block_size() -> int:
    """Histories that are stored together on the device at hand."""
    return max(RUNS_PER_BLOCK, batch_size(persons=0))


@dataclasses.dataclass(frozen=True, eq=False)
class Given:
    """Parameter draws that are chosen, not drawn, so that they can be compared with each other.

    They are quantiles, since two patches of a scenario may have different priors for one address.
    All draws meet the same chance: history k of each draws the same random numbers, so that two
    draws differ in nothing but their parameters.

    Attributes:
        quantiles: By address the quantile of its prior, between 0 and 1, one for each draw.

    Raises:
        ValueError: If there is no draw, addresses have different numbers of them, or a quantile
            does not lie strictly between 0 and 1.
    """

    quantiles: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        shapes = {q.shape for q in self.quantiles.values()}
        if len(shapes) != 1 or len(shape := shapes.pop()) != 1 or shape == (0,):
            raise ValueError("each address needs one quantile a draw, the same number for all")
        if not all(((q > 0) & (q < 1)).all() for q in self.quantiles.values()):
            raise ValueError("quantiles lie strictly between 0 and 1")

    @property
    def draws(self) -> int:
        """How many there are."""
        return len(next(iter(self.quantiles.values())))

    def replace(
        self, drawn: dict[str, np.ndarray], priors: Mapping[str, Prior], draws: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Draws in which the given addresses take their given quantiles.

        Addresses of which the scenario is in no doubt are passed over; histories beyond the last
        draw, which fill up a batch, take the last.
        """
        rows = np.minimum(draws, self.draws - 1)
        chosen = {a: priors[a].quantile(q[rows]) for a, q in self.quantiles.items() if a in priors}
        return drawn | chosen


@dataclasses.dataclass(frozen=True)
class Histories:
    """The histories of a scenario under one seed; equal arguments give equal bits.

    Attributes:
        scenario: What is played.
        seed: Of all draws.
        replicates: Histories of each parameter draw.
        fixed: Whether every number takes its central value instead of being drawn.
        runs_per_block: Histories stored together.
        scripted: Addresses that another scenario scripts with which this one is to share its
            compiled program: they have tables in which nothing happens.
        given: Parameter draws that are chosen; addresses that it leaves out are drawn as ever.

    Raises:
        VertikalError: If the seed is out of bounds.
        ValueError: If every number is fixed and draws are given all the same.
    """

    scenario: Scenario
    seed: int
    replicates: int = REPLICATES
    fixed: bool = False
    runs_per_block: int = dataclasses.field(default_factory=block_size)
    scripted: world.Scripted = ((), ())
    given: Given | None = None

    def __post_init__(self) -> None:
        if self.fixed and self.given is not None:
            raise ValueError("numbers cannot take their central values and given ones")
        if not 0 <= self.seed < 2**63:
            raise VertikalError(
                f"{self.seed} is no seed",
                where="seed",
                mend="Give a whole number from 0 to 2^63 - 1.",
            )

    @cached_property
    def plan(self) -> Plan:
        """The static shape of the compiled program."""
        return make_plan(self.scenario)

    @cached_property
    def batch(self) -> int:
        """How many histories the compiled program plays at once."""
        return batch_size(len(self.scenario.people))

    @cached_property
    def _script(self) -> world.Script:
        return world.script(self.scenario, self.scripted)

    @cached_property
    def _switches(self) -> np.ndarray:
        off = set(self.scenario.mechanisms.off)
        return np.array([m.name not in off for m in self.plan.mechanisms], np.float32)

    @cached_property
    def _admitted(self) -> np.ndarray:
        """Whether each mechanism has a meaning by the step of each tick."""
        clock = self.scenario.clock
        steps = [clock.step_of(tick) for tick in range(1, clock.ticks + 1)]
        known = {s: [s in m.clocks for m in self.plan.mechanisms] for s in set(steps)}
        return np.array([known[step] for step in steps], np.float32)[..., None]

    @cached_property
    def _doubts(self) -> tuple[dict[str, Any], dict[str, tuple[float, float]]]:
        return world.uncertain(self.scenario), world.limits(self.scenario)

    @cached_property
    def _central(self) -> np.ndarray:
        known = world.quantities(self.scenario)
        return np.array([known[a].value for a in self.plan.parameters()], np.float32)

    @cached_property
    def _fixed(self) -> dict[str, np.ndarray]:
        """Central values in the form of draws, so that they use the same compiled program."""
        known = world.quantities(self.scenario)
        return {a: np.full(self.batch, q.value) for a, q in known.items() if not q.certain}

    def draws(self, runs: Any) -> dict[str, np.ndarray]:
        """For each uncertain address its value in each of these histories, float64."""
        if self.fixed:
            return {}
        priors, limits = self._doubts
        unique, place = np.unique(np.asarray(runs) // self.replicates, return_inverse=True)
        drawn = seeds.parameter_draws(priors, self.seed, unique)
        if self.given is not None:
            drawn = self.given.replace(drawn, priors, unique)
        return {a: np.clip(values, *limits[a])[place] for a, values in drawn.items()}

    def inputs(self, runs: np.ndarray | None = None) -> Inputs:
        """What the compiled program needs for a batch of histories.

        The arrays are of NumPy: a program takes them over faster than `jax.device_put` can.

        Args:
            runs: Numbers of the histories, as many as a batch has; by default the first of all.
        """
        runs = np.arange(self.batch) if runs is None else runs
        return self._inputs(runs, self.draws(runs), self._left_out(None))

    def _inputs(
        self,
        runs: np.ndarray,
        drawn: Mapping[str, np.ndarray],
        suppressed: np.ndarray,
    ) -> Inputs:
        values = self._fixed if self.fixed else drawn
        regime, setting = world.initial_state(self.scenario, values)
        regime = jax.tree.map(lambda a: np.broadcast_to(a, (*a.shape[:-1], len(runs))), regime)
        rows = np.tile(self._central[:, None], (1, len(runs)))
        for row, address in enumerate(self.plan.parameters()):
            if address in values:
                rows[row] = values[address]
        numbers = runs if self.given is None else runs % self.replicates
        clock = self.scenario.clock
        made: dict[str, Any] = {
            "regime": regime,
            "setting": setting,
            "parameters": tuple(rows),
            "switches": np.tile(self._switches[:, None], (1, len(runs))),
            "admitted": self._admitted,
            "steps": clock.steps.astype(np.float32),
            "ends": clock.ends.astype(np.float32),
            "suppressed": suppressed,
            "assigned": self._script.assigned,
            "added": self._script.added,
            "seed": np.array(seeds.halves(self.seed), np.uint32),
            "runs": numbers.astype(np.uint32),
        }
        return Inputs(**made)

    def prepare(self) -> None:
        """Compile the program, or load it, unless that has been done."""
        _executables(self.plan, self.inputs())

    def _left_out(self, suppressed: Sequence[Move | None] | None) -> np.ndarray:
        """The moves that are left out, in the form of `Inputs`, for whole batches of histories."""
        known = (*MECHANISMS.values(), *self.plan.mechanisms)
        numbers = {mechanism.name: mechanism.draws_as for mechanism in known}
        moves = [(0, 0) if m is None else (m[0], numbers[m[1]]) for m in suppressed or [None]]
        return np.stack([_filled(row, self.batch) for row in np.array(moves, np.int32).T])

    def run_block(self, first: int, count: int) -> Block:
        """Play histories `first` to `first + count - 1` and tabulate them."""
        runs = np.arange(first, first + count)
        drawn = self.draws(_filled(runs, self.batch))
        found = (
            (results.outcomes, status_of(results.regime), results.series)
            for results in self._batches(runs, drawn)
        )
        outcomes, status, series = _together(found, count)
        return Block(
            self._outcome_table(runs, outcomes, status),
            self._series_table(runs, series),
            self._parameter_table(runs, drawn),
        )

    def outcomes_of(
        self, runs: np.ndarray, suppressed: Sequence[Move | None] | None = None
    ) -> pa.Table:
        """Play chosen histories and answer the scenario's questions.

        Args:
            runs: Their numbers; one may come several times.
            suppressed: For each of them the move that is left out, if any.

        Returns:
            The table of outcomes, a row for each history in the order given, the same that it has
            among others.
        """
        found = (
            (results.outcomes, status_of(results.regime))
            for results in self._batches(runs, self.draws(_filled(runs, self.batch)), suppressed)
        )
        return self._outcome_table(runs, *_together(found, len(runs)))

    def _batches(
        self,
        runs: np.ndarray,
        drawn: Mapping[str, np.ndarray],
        suppressed: Sequence[Move | None] | None = None,
    ) -> Iterator[Results]:
        """Play histories batch by batch, the last filled up, with draws for those that fill it."""
        whole = _filled(runs, self.batch)
        left_out = self._left_out(suppressed or [None] * len(runs))
        for start in range(0, len(whole), self.batch):
            part = slice(start, start + self.batch)
            values = {address: v[part] for address, v in drawn.items()}
            inputs = self._inputs(whole[part], values, left_out[:, part])
            starts, plays = _executables(self.plan, inputs)
            yield plays(inputs, *starts(inputs), _span(1, self.plan.ticks))

    def replay(self, run: int, suppressed: Move | None = None) -> tuple[Regime, Regime]:
        """Play one history again, keeping everything.

        Args:
            run: Number of the history.
            suppressed: The move that is left out, if any.

        Returns:
            The initial regime and the regime after each tick (leading axis ticks), as NumPy arrays
            without an axis over runs.
        """
        return self.replays((run,), (suppressed,))[0]

    def replays(
        self, runs: Sequence[int], suppressed: Sequence[Move | None] | None = None
    ) -> list[tuple[Regime, Regime]]:
        """Play some histories again as one batch, keeping everything; see `replay`.

        Raises:
            ValueError: If there are more than one batch holds.
        """
        if len(runs) > self.batch:
            raise ValueError(f"{len(runs)} histories are more than a batch of {self.batch}")
        batch = _filled(np.array(runs), self.batch)
        inputs = self._inputs(batch, self.draws(batch), self._left_out(suppressed))
        inputs = jax.device_put(inputs)  # once, and not for each tick
        starts, plays = _executables(self.plan, inputs)
        regime, series = starts(inputs)
        states = []
        for tick in range(1, self.plan.ticks + 1):
            results: Results = plays(inputs, regime, series, _span(tick, tick))
            states.append(_first(regime, len(runs)))  # of the tick before, during this one
            regime, series = results.regime, results.series
        states.append(_first(regime, len(runs)))
        later = jax.tree.map(lambda *a: np.stack(a), *states[1:])
        return [(_only(states[0], k), _only(later, k)) for k in range(len(runs))]

    @cached_property
    def outcome_specs(self) -> tuple[OutcomeSpec, ...]:
        """What the outcome columns mean."""
        return tuple(_spec(n, o, self.scenario) for n, o in self.scenario.outcomes.items())

    @cached_property
    def series_columns(self) -> tuple[str, ...]:
        """Addresses of the recorded series, in the order of the columns."""
        return tuple(_written(w, self.scenario) for w in self.plan.series)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """What the series are about."""
        names = dict.fromkeys(w.name for w in self.plan.series)
        return tuple(
            Variable(
                name=name,
                dims=tuple(KINDS[d].singular for d in OBSERVABLES[name].dims),
                label=OBSERVABLES[name].meaning,
            )
            for name in names
        )

    @cached_property
    def time(self) -> tuple[str, ...]:
        """First instant of each tick, ISO 8601."""
        clock = self.scenario.clock
        return tuple(clock.span(t)[0].isoformat() for t in range(1, clock.ticks + 1))

    def _outcome_table(self, runs: np.ndarray, raw: np.ndarray, status: np.ndarray) -> pa.Table:
        outcomes = self.scenario.outcomes
        names = [n for n, o in outcomes.items() if not o.parts]
        found = dict(zip(names, raw.astype(np.float64), strict=True))
        columns: dict[str, Any] = {
            "run": pa.array(runs, pa.int64()),
            "draw": pa.array(runs // self.replicates, pa.int64()),
            "status": pa.array(status.tolist()).dictionary_encode(),
        }

        def answer(name: str) -> np.ndarray:
            outcome = outcomes[name]
            if not outcome.parts:
                return _answer(outcome, self.scenario.clock, *found[name])
            return _combined(outcome, [answer(p) for p in outcome.parts])

        for spec in self.outcome_specs:
            columns |= _columns(spec, answer(spec.name), found.get(spec.name))
        return pa.table(columns)

    def _series_table(self, runs: np.ndarray, series: np.ndarray) -> pa.Table:
        ticks = series.shape[0]
        columns: dict[str, Any] = {
            "run": pa.array(np.repeat(runs, ticks), pa.int64()),
            "tick": pa.array(np.tile(np.arange(1, ticks + 1, dtype=np.int32), len(runs))),
        }
        for k, name in enumerate(self.series_columns):
            columns[name] = pa.array(np.ascontiguousarray(series[:, k].T).reshape(-1))
        return pa.table(columns)

    def _parameter_table(self, runs: np.ndarray, drawn: Mapping[str, np.ndarray]) -> pa.Table:
        draws, first = np.unique(runs // self.replicates, return_index=True)
        columns = {"draw": pa.array(draws, pa.int64())}
        return pa.table(columns | {a: self._drawn(a, v[first]) for a, v in drawn.items()})

    def _drawn(self, address: str, values: np.ndarray) -> pa.Array:
        """The values of one parameter; of a question on which theories disagree, their names."""
        section, _, question = address.partition(".")
        if section != "theory":
            return pa.array(values, pa.float64())
        names = world.answers(self.scenario)[question]
        return pa.array([names[int(v)] for v in values])


def _filled(runs: np.ndarray, batch: int) -> np.ndarray:
    """Numbers of histories, and of some of them again, so that they make whole batches."""
    return np.resize(runs, -(-len(runs) // batch) * batch)


def _together(batches: Iterable[tuple[Any, ...]], count: int) -> list[np.ndarray]:
    """Each array of several batches in one piece, for the first `count` histories."""
    parts = zip(*(map(np.asarray, batch) for batch in batches), strict=True)
    return [np.concatenate(part, -1)[..., :count] for part in parts]


def make_plan(scenario: Scenario) -> Plan:
    """The static shape of the compiled program of a scenario."""
    mechanisms = world.used_mechanisms(scenario)
    series = [w for address in scenario.series for w in _watched_rows(address, scenario)]
    return Plan(
        mechanisms=mechanisms,
        fields=tuple(tuple(parameters(m)) for m in mechanisms),
        ticks=scenario.clock.ticks,
        series=tuple(dict.fromkeys(series)),
        outcomes=tuple(_reduction(o, scenario) for o in scenario.outcomes.values() if not o.parts),
    )


_lock = threading.Lock()
_locks: dict[Any, threading.Lock] = {}
_compiled: dict[Any, tuple[Any, Any]] = {}


def _executables(plan: Plan, inputs: Inputs) -> tuple[Any, Any]:
    """The compiled `begin` and `play` for inputs of these shapes, compiled at most once.

    Other programs may be compiled and played meanwhile.
    """
    backend.refuse_late_flags()
    shapes = tuple((str(a.dtype), a.shape) for a in jax.tree.leaves(inputs))
    key = (plan, shapes, tuple(sorted(inputs.assigned)), tuple(sorted(inputs.added)))
    with _lock:
        own = _locks.setdefault(key, threading.Lock())
    with own:
        found = _compiled.get(key)
        if found is None:
            found = _both(plan, inputs, f"{plan} {key[2:]}")
            with _lock:
                _compiled[key] = found
        return found


def _both(plan: Plan, inputs: Inputs, key: str) -> tuple[Any, Any]:
    """`begin` and `play`, compiled or loaded at the same time: `begin` costs a tenth of `play`.

    Of a mechanism that is not of the library the key tells the name, and nothing of what it does.
    """
    known = all(MECHANISMS.get(m.name) is m for m in plan.mechanisms)
    regime, span = inputs.regime, _span(1, 1)  # the regime at the start has the same shapes
    series = jax.ShapeDtypeStruct((plan.ticks, len(plan.series), len(inputs.runs)), np.float32)
    with ThreadPoolExecutor(1) as beside:
        starts = beside.submit(
            backend.compiled, lambda i: begin(plan, i), (inputs,), f"begin {key}", known=known
        )
        plays = backend.compiled(
            lambda *a: play(plan, *a),
            (inputs, regime, series, span),
            f"play {key}",
            donated=(2,),
            known=known,
        )
        return starts.result(), plays


def forget(plan: Plan) -> None:
    """Drop the compiled programs of a plan from memory; they are loaded again when they are needed.

    Each takes some hundred megabytes and some thousand of the memory mappings that a system allows.
    """
    with _lock:
        for key in [key for key in _compiled if key[0] == plan]:
            del _compiled[key]


def _span(first: int, last: int) -> Any:
    return np.array([first, last + 1], np.int32)


def status_of(regime: Regime) -> np.ndarray:
    """For each run whether all is well with the state at the end, or what is wrong first.

    The compiler would make kernels of each array; NumPy looks at all in some milliseconds.
    """
    status = np.full(regime.leadership.leader.shape, OK, object)
    for part in dataclasses.fields(regime):
        for field in dataclasses.fields(getattr(regime, part.name)):
            values = np.asarray(getattr(getattr(regime, part.name), field.name))
            if values.dtype == np.float32 and values.size:
                _tell_faults(status, f"{part.name}.{field.name}", values)
    return status


def _tell_faults(status: np.ndarray, address: str, values: np.ndarray) -> None:
    """Write into `status` where a quantity is not finite or beyond its range, rounding aside."""
    low, high = OBSERVABLES[address].range
    low, high = low - ROUNDING * max(1.0, abs(low)), high + ROUNDING * max(1.0, abs(high))
    least, most = values.min(), values.max()
    if np.isfinite(least) and np.isfinite(most) and low <= least and most <= high:
        return
    rows = values.reshape(-1, values.shape[-1])
    within = ((rows >= low) & (rows <= high)).all(0)
    finite = np.isfinite(rows).all(0)
    status[(status == OK) & ~finite] = f"not finite: {address}"
    status[(status == OK) & ~within] = f"out of bounds: {address}"


def _first(regime: Regime, count: int) -> Regime:
    """The first histories of a batch, as NumPy arrays; of an accelerator no more are fetched."""
    if accelerated():
        regime = _cut(regime, count)
    return jax.tree.map(lambda a: np.array(a[..., :count]), jax.device_get(regime))


@functools.partial(jax.jit, static_argnums=1)
def _cut(regime: Regime, count: int) -> Regime:
    return jax.tree.map(lambda a: a[..., :count], regime)


def _only(regimes: Regime, place: int) -> Regime:
    """One history of several, without their axis."""
    return jax.tree.map(lambda a: np.array(a[..., place]), regimes)


def _watched(address: Address, scenario: Scenario) -> Watched:
    dims = OBSERVABLES[address.name].dims
    at = tuple(scenario.index(d, row) for d, row in zip(dims, address.rows, strict=True))
    return Watched(address.name, at)


def _watched_rows(address: Address, scenario: Scenario) -> list[Watched]:
    dims = OBSERVABLES[address.name].dims
    if address.rows or not dims:
        return [_watched(address, scenario)]
    sizes = [len(scenario.rows[d]) for d in dims]
    return [Watched(address.name, tuple(int(i) for i in at)) for at in np.ndindex(*sizes)]


def _written(watched: Watched, scenario: Scenario) -> str:
    dims = OBSERVABLES[watched.name].dims
    rows = [scenario.rows[d][i] for d, i in zip(dims, watched.rows, strict=True)]
    return f"{watched.name}[{', '.join(rows)}]" if rows else watched.name


def _reduction(outcome: Outcome, scenario: Scenario) -> Reduction:
    clock = scenario.clock
    tests = tuple(
        Test(_watched(c.address, scenario), c.comparison, scenario.code(c.address, c.value))
        for c in outcome.conditions
    )
    seen = outcome.read or outcome.address
    stop = outcome.at if outcome.kind == "value" else outcome.until
    kind: Kind = outcome.kind  # type: ignore[assignment]
    return Reduction(
        kind=kind,
        start=max(1, clock.tick(outcome.start)) if outcome.start else 1,
        stop=min(clock.ticks, clock.tick(stop)) if stop else clock.ticks,
        tests=tests,
        read=_watched(seen, scenario) if seen is not None else None,
        anew=outcome.anew,
    )


def _spec(name: str, outcome: Outcome, scenario: Scenario) -> OutcomeSpec:
    if outcome.kind in TRUTHS:
        return OutcomeSpec(name=name, kind="bool", ask=outcome.ask)
    seen = outcome.read or outcome.address
    labels = labels_of(OBSERVABLES[seen.name], scenario.rows) if seen else None
    if outcome.kind == "first":
        return OutcomeSpec(
            name=name, kind="time", ask=outcome.ask, labels=labels or (), unit="years"
        )
    if labels:
        return OutcomeSpec(name=name, kind="label", ask=outcome.ask, labels=labels)
    unit = {"share": "share of time", "span": "years"}.get(outcome.kind, "")
    return OutcomeSpec(name=name, kind="number", ask=outcome.ask, unit=unit)


def _answer(outcome: Outcome, clock: Clock, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The answers of histories, from the two numbers that each carried along.

    A time is the middle of a tick, and is told as exactly as the clock knows it.
    """
    if outcome.kind == "happens":
        return first > 0
    if outcome.kind == "first":
        came = ~np.isnan(first)
        tick = np.searchsorted(clock.ends, np.where(came, first, 0.0))
        return np.where(came, (clock.ends - clock.steps / 2)[tick], np.nan)
    return first / second if outcome.kind in ("mean", "share") else first


def _combined(outcome: Outcome, parts: Sequence[np.ndarray]) -> np.ndarray:
    """The answers of an outcome that puts others together.

    What is not finite is missing: the span of what never came, the ratio to nil.
    """
    if outcome.kind == "all":
        return np.logical_and.reduce(parts)
    if outcome.kind in ("any", "none"):
        return np.logical_or.reduce(parts) == (outcome.kind == "any")
    one, other = parts
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if outcome.kind == "span":
            answer = other - one
        else:
            answer = one - other if outcome.kind == "difference" else one / other
    return np.where(np.isfinite(answer), answer, np.nan)


def _columns(
    spec: OutcomeSpec, answer: np.ndarray, carried: np.ndarray | None
) -> dict[str, pa.Array]:
    """The columns of an outcome; `carried` are the numbers of one that the run answers."""
    if spec.kind == "label":
        return {spec.name: _labels(spec, answer)}
    if spec.kind == "bool":
        return {spec.name: pa.array(answer)}
    columns = {spec.name: pa.array(answer, pa.float64())}
    if spec.kind == "time" and spec.labels:
        assert carried is not None
        codes = np.where(np.isnan(answer), np.nan, carried[1])
        columns[f"{spec.name}.is"] = _labels(spec, codes)
    return columns


def _labels(spec: OutcomeSpec, codes: np.ndarray) -> pa.Array:
    """Codes as names; the code of nobody, -1, is the last label."""
    missing = np.isnan(codes)
    index = np.where(missing, 0, codes).astype(np.int64) % len(spec.labels)
    return pa.DictionaryArray.from_arrays(
        pa.array(index.astype(np.int32), mask=missing), pa.array(spec.labels)
    )
