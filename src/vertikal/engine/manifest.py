"""The manifest of a run directory: what was run, with which seed, by which versions, on what.

A manifest is written once and afterwards only changed by an extension, which raises `runs`. To
resume or extend a run, the manifest of the new session is compared with the recorded one
(`differences`): what would change the histories is an error, what could change their last bits
(another processor, another version of jax) is a warning.
"""

import datetime
import hashlib
import importlib.metadata
import os
import platform
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from vertikal.sources import source_digest

FORMAT = 1
"""The layout of run directories that this version writes and reads."""

_ROOMS = ("theory", "regime", "scenario", "engine")
_KEEPERS = {f"{name}.py" for name in (
    "durable", "ensemble", "export", "ledger", "lazy", "progress", "simulate", "store",
)}  # fmt: skip
"""Files of the engine that keep, share out and hand over what is played, and bear on none of it."""

_PACKAGES = ("jax", "jaxlib", "numpy", "pyarrow")
_ADDRESS = re.compile(r"^(?P<name>[^\[\],\s]+)(?:\[(?P<rows>[^\[\]]+)\])?$")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScenarioFacts(_Frozen):
    """Which scenario was run; the resolved file lies beside the manifest."""

    name: str
    """Slug, such as `stalins-court`."""
    id: str = ""
    """Short identifier, such as `S1`."""
    title: str = ""
    digest: str
    """SHA-256 of the canonical resolved content."""


class OutcomeSpec(_Frozen):
    """One outcome, that is, one question with an answer in each history.

    `bool` is a column of truth values, `number` and `time` columns of float64, `label` a column of
    strings. A `time` is in years since the start of the scenario, NaN where it never came; if it
    has `labels`, a second column `NAME.is` says how it came.
    """

    name: str
    kind: Literal["bool", "number", "time", "label"]
    ask: str = ""
    """The question in words."""
    labels: tuple[str, ...] = ()
    """The answers that a `label`, or the manner of a `time`, may take; empty if it has none."""
    unit: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that hold the answer."""
        return (
            (self.name, f"{self.name}.is") if self.kind == "time" and self.labels else (self.name,)
        )


class Variable(_Frozen):
    """What people need to know about the series that share one name.

    Attributes:
        name: Address without rows, such as `clans.share`.
        dims: What each row name in the brackets is, in order, such as `("clan",)`.
        unit: Unit of the numbers; empty for shares and the like.
        label: A few words for axes and tables.
        labels: What the whole numbers 0, 1, … stand for, if the series is a code; -1 is none.
    """

    name: str
    dims: tuple[str, ...] = ()
    unit: str = ""
    label: str = ""
    labels: tuple[str, ...] = ()


class Manifest(_Frozen):
    """Everything needed to know, repeat, resume and extend a run."""

    format: int = FORMAT
    vertikal: str
    """Version of this package."""
    code: str
    """SHA-256 over the source files of this package that histories depend on."""
    created: str
    """When the run was begun, ISO 8601, UTC."""
    scenario: ScenarioFacts
    seed: int = Field(ge=0)
    runs: int = Field(ge=1)
    """Histories planned."""
    runs_per_block: int = Field(ge=1)
    replicates: int = Field(ge=1)
    """Histories of each parameter draw; history `run` uses draw `run // replicates`."""
    time: tuple[str, ...] = Field(min_length=1)
    """First instant of each tick, ISO 8601."""
    step_years: float = Field(gt=0)
    """Length of the first tick in years, the scale on which `time` outcomes count."""
    spells: tuple[tuple[int, float], ...] = ()
    """Where the clock changes its pace: number of the tick, and the length of ticks from there."""
    series: tuple[str, ...]
    """Addresses recorded at each tick, one column each, such as `clans.share[leningrad]`."""
    variables: tuple[Variable, ...] = ()
    outcomes: tuple[OutcomeSpec, ...]
    versions: dict[str, str]
    """Versions of Python and of the packages that compute."""
    platform: dict[str, str]
    """What else could change the last bits: machine, processor features, compiler flags."""
    command: tuple[str, ...] = ()
    """The command line, if there was one."""

    @model_validator(mode="after")
    def _is_consistent(self) -> "Manifest":
        np.array(self.time, dtype="datetime64[s]")
        for address in self.series:
            split_address(address)
        columns = [*self.series, *(c for outcome in self.outcomes for c in outcome.columns)]
        doubled = {c for c in columns if columns.count(c) > 1}
        if doubled:
            raise ValueError(f"recorded twice: {sorted(doubled)}")
        return self

    @property
    def ticks(self) -> int:
        """Number of ticks in a history."""
        return len(self.time)

    @property
    def steps(self) -> np.ndarray:
        """Length of each tick in years."""
        found = np.full(self.ticks, self.step_years)
        for first, step_years in self.spells:
            found[first - 1 :] = step_years
        return found

    @property
    def ends(self) -> np.ndarray:
        """Years from the start to the end of each tick."""
        return self.steps.cumsum()

    def variable(self, name: str) -> Variable:
        """The description of the series of one name; a bare one if none was given."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        return Variable(name=name)


def new_manifest(
    *,
    scenario: ScenarioFacts,
    seed: int,
    runs: int,
    runs_per_block: int,
    replicates: int,
    time: Iterable[str],
    step_years: float,
    spells: Iterable[tuple[int, float]] = (),
    series: Iterable[str],
    outcomes: Iterable[OutcomeSpec],
    variables: Iterable[Variable] = (),
    command: Iterable[str] = (),
    platform: Mapping[str, str] | None = None,
) -> Manifest:
    """A manifest for a run that begins now, on this machine, with the versions installed here.

    Args:
        scenario: Which scenario.
        seed: Seed of all chance, at least 0.
        runs: Histories planned, at least 1.
        runs_per_block: Histories in a block, as the program says.
        replicates: Histories of each parameter draw, as the program says.
        time: First instant of each tick, ISO 8601.
        step_years: Length of the first tick in years.
        spells: Where the clock changes its pace, and to which length of ticks.
        series: Addresses recorded at each tick.
        outcomes: The questions answered in each history.
        variables: Dimensions, units and labels of the series; optional.
        command: The command line, if there was one.
        platform: Further facts that could change the last bits (the kind of device, say).
    """
    return Manifest(
        vertikal=_version("vertikal"),
        code=code_digest(),
        created=now(),
        scenario=scenario,
        seed=seed,
        runs=runs,
        runs_per_block=runs_per_block,
        replicates=replicates,
        time=tuple(time),
        step_years=step_years,
        spells=tuple(spells),
        series=tuple(series),
        variables=tuple(variables),
        outcomes=tuple(outcomes),
        versions=installed_versions(),
        platform=platform_facts() | dict(platform or {}),
        command=tuple(command),
    )


class Differences(NamedTuple):
    """How two manifests differ, in sentences; only `fatal` forbids to go on with the run."""

    fatal: tuple[str, ...]
    doubtful: tuple[str, ...]


def differences(recorded: Manifest, offered: Manifest) -> Differences:
    """What stands between a recorded run and a session that wants to go on with it.

    `runs`, `created` and `command` may differ freely, and so may words for people (titles, units,
    labels of axes).
    """
    fatal = []
    for name, one, other in (
        ("scenario", recorded.scenario.digest[:12], offered.scenario.digest[:12]),
        ("seed", recorded.seed, offered.seed),
        ("histories per block", recorded.runs_per_block, offered.runs_per_block),
        ("histories per parameter draw", recorded.replicates, offered.replicates),
        ("version of vertikal", recorded.vertikal, offered.vertikal),
    ):
        if one != other:
            fatal.append(f"{name}: recorded {one}, now {other}")
    if not same_clock(recorded, offered):
        fatal.append(f"clock: recorded {told_clock(recorded)}, now {told_clock(offered)}")
    if recorded.series != offered.series:
        fatal.append(f"series: {_moved(recorded.series, offered.series)}")
    mine, yours = ([(o.name, o.kind, o.labels) for o in m.outcomes] for m in (recorded, offered))
    if mine != yours:
        fatal.append(f"outcomes: {_moved([o[0] for o in mine], [o[0] for o in yours])}")
    doubtful = []
    if recorded.code != offered.code:
        doubtful.append("the source code of vertikal has changed")
    for kind in ("versions", "platform"):
        one, other = getattr(recorded, kind), getattr(offered, kind)
        for key in sorted(one.keys() | other.keys()):
            if one.get(key) != other.get(key):
                doubtful.append(f"{key}: recorded {one.get(key)}, now {other.get(key)}")
    return Differences(tuple(fatal), tuple(doubtful))


def same_clock(one: Manifest, other: Manifest) -> bool:
    """Whether two runs have the same ticks."""
    return (one.time, one.step_years, one.spells) == (other.time, other.step_years, other.spells)


def told_clock(manifest: Manifest) -> str:
    """The clock of a run in words."""
    lengths = [manifest.step_years, *(step for _, step in manifest.spells)]
    step = f"{', then '.join(f'{years:.4g}' for years in lengths)} years"
    return f"{manifest.ticks} ticks of {step} from {manifest.time[0]} to {manifest.time[-1]}"


def _moved(one: Iterable[str], other: Iterable[str]) -> str:
    gone, come = sorted(set(one) - set(other)), sorted(set(other) - set(one))
    words = [f"no longer {', '.join(gone)}"] * bool(gone) + [f"newly {', '.join(come)}"] * bool(
        come
    )
    return "; ".join(words) or "their order or their answers have changed"


def split_address(address: str) -> tuple[str, tuple[str, ...]]:
    """Name and rows of an address.

    Example:
        >>> split_address("clans.pact[malenkov,army]")
        ('clans.pact', ('malenkov', 'army'))
    """
    match = _ADDRESS.match(address)
    if match is None:
        raise ValueError(f"{address!r} is not an address such as clans.share[leningrad]")
    rows = match["rows"]
    return match["name"], tuple(row.strip() for row in rows.split(",")) if rows else ()


def now() -> str:
    """This moment, ISO 8601, UTC, to the second."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def installed_versions() -> dict[str, str]:
    """Versions of Python and of the packages that compute or write, without importing them."""
    return {"python": platform.python_version()} | {name: _version(name) for name in _PACKAGES}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def platform_facts() -> dict[str, str]:
    """What besides versions could change the last bits of a result.

    The features of the processor enter as a short hash: which instructions the compiler may use
    decides the order of its sums.
    """
    facts = {
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
    }
    return facts


def _processor() -> str:
    features = platform.processor()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.lower().startswith(("flags", "features")):
                features = " ".join(sorted(line.partition(":")[2].split()))
                break
    except OSError:
        pass  # not Linux: the processor's name has to do
    return hashlib.sha256(features.encode()).hexdigest()[:12]


@cache  # what counts is the code that this process runs, not what becomes of its files
def code_digest() -> str:
    """SHA-256 over the source files that histories depend on."""
    package = Path(__file__).resolve().parent.parent
    files = (file for room in _ROOMS for file in (package / room).rglob("*.py"))
    bearing = (f for f in files if f.parent.name != "engine" or f.name not in _KEEPERS)
    return source_digest(bearing, package)
