"""What a mechanism, a parameter and a tick are.

A mechanism is one causal rule or a few that belong together: a frozen module whose fields are its
parameters and whose call is a pure function `(regime, tick) -> regime`. It names its own number
for random draws, the rules of the system that it answers for, the published model on which it
builds, the stage of the tick in which it acts and the clocks on which it makes sense.
"""

import dataclasses
import re
from enum import IntEnum
from typing import Any, ClassVar, Literal, dataclass_transform

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int, UInt32

from vertikal.regime import chance
from vertikal.regime.priors import Prior, triangular
from vertikal.regime.regime import Regime, Setting

Value = Any
"""A parameter's value: a number, or an array over runs."""

Clock = Literal["hour", "day", "week", "month", "quarter", "year"]
CLOCKS: tuple[Clock, ...] = ("hour", "day", "week", "month", "quarter", "year")
SHORT_CLOCKS = CLOCKS[:-1]
"""Those of what happens several times a year, or turns on what happens in between."""

YEARS_PER_STEP: dict[str, float] = {
    "hour": 1 / 8766,
    "day": 1 / 365.25,
    "week": 7 / 365.25,
    "month": 1 / 12,
    "quarter": 1 / 4,
    "year": 1.0,
}
"""Length of a step on each clock, in years."""

Basis = Literal["data", "literature", "judgement"]


class Stage(IntEnum):
    """The order of a tick."""

    INPUTS = 1
    ECONOMY = 2
    TECHNOLOGY = 3
    OPINION = 4
    PERCEPTION = 5
    PERSONS = 6
    CLANS = 7
    LEADER = 8
    RESOLUTION = 9
    FOREIGN = 10
    SLOW = 11
    FATES = 12


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A number in a mechanism: what it is, what it may be, and why it is what it is."""

    default: float
    unit: str
    """'per year', 'years', 'share', or '' for a pure number."""
    low: float
    high: float
    prior: Prior
    basis: Basis
    why: str
    """The reason, the source (author, year) or the fit behind the default and the prior."""


def parameter(
    default: float,
    why: str,
    *,
    unit: str = "",
    low: float = 0.0,
    high: float = np.inf,
    prior: Prior | None = None,
    basis: Basis = "judgement",
) -> Any:
    """Declare a parameter as a field of a mechanism.

    Args:
        default: The value in use unless a scenario overrides it.
        why: What the number means and why it is what it is; for `literature` with its source.
        unit: 'per year', 'years', 'share', or '' for a pure number.
        low: Smallest admissible value.
        high: Largest admissible value.
        prior: What we believe before data; default triangular from half to twice the default,
            within the bounds, as our judgement of its order of magnitude.
        basis: `data`, `literature` or `judgement`.
    """
    if prior is None:
        prior = triangular(max(low, default / 2), default, min(high, default * 2))
    return dataclasses.field(
        default=default,
        metadata={"parameter": Parameter(default, unit, low, high, prior, basis, why)},
    )


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True)
class Tick:
    """What a mechanism may know of the moment: the time, the step, and its own draws.

    Attributes:
        index: Number of the tick, from 1; tick 0 is the initial state.
        years: Years from the start to the end of this tick.
        setting: What the scenario fixes for good.
        key: This mechanism's key words, one pair for each run.
        step: Length of this tick in years; a scenario's clock may change its pace.
    """

    index: UInt32[Array, ""]
    years: Float[Array, ""]
    setting: Setting
    key: tuple[UInt32[Array, " runs"], UInt32[Array, " runs"]]
    step: Float[Array, ""]

    def word(self, entities: int, draw: int = 0) -> UInt32[Array, "{entities} runs"]:
        """One random word for each entity and run; every `draw` number is a fresh set."""
        rows = jax.lax.broadcasted_iota(jnp.uint32, (entities, 1), 0)
        return chance.words(self.key, rows, draw)

    def uniform(self, entities: int, draw: int = 0) -> Float[Array, "{entities} runs"]:
        """Uniform draws in [0, 1), one for each entity and run."""
        return chance.unit(self.word(entities, draw), jnp.float32)

    def normal(self, entities: int, draw: int = 0) -> Float[Array, "{entities} runs"]:
        """Standard normal draws, exact in the tails up to 5.3 standard deviations."""
        u = (self.word(entities, draw) >> 8).astype(jnp.float32) * 2.0**-23 - (1 - 2.0**-24)
        return np.float32(2**0.5) * jax.lax.erf_inv(u)

    def gumbel(self, entities: int, draw: int = 0) -> Float[Array, "{entities} runs"]:
        """Standard Gumbel draws: adding them to utilities and taking the best is a logit choice."""
        return gumbel(self.word(entities, draw))

    def happens(
        self, probability: Float[Array, "entities runs"], draw: int = 0
    ) -> Bool[Array, "entities runs"]:
        """Whether an event of the given probability happens to each entity in each run."""
        word = self.word(probability.shape[0], draw)
        threshold = (jnp.clip(probability, 0.0, 1 - 2.0**-24) * np.float32(2.0**32)).astype(
            jnp.uint32
        )
        return (word < threshold) | (probability >= 1)


@dataclass_transform(frozen_default=True, field_specifiers=(parameter,))
class Mechanism:
    """Base of all mechanisms: subclass it, declare parameters, write `__call__`.

    Class keywords:
        id: Number of its random draws; fixed for ever, never re-used; 1000 and above for users.
        stage: When in a tick it acts; within a stage by id.
        rules: Ids of the rules that it carries, such as `CO-4`.
        builds_on: Author, year and title of the published model, or "" if there is none.
        clocks: Clocks on which it makes sense.
        subsystem: What it belongs to: a name in `subsystems.SUBSYSTEMS` or of a module of the
            court; by default the name of its module. One that belongs to a subsystem acts where a
            scenario declares that.
        theory: For one of several rival answers to the same question: the question and the name of
            the answer, such as `("succession", "selectorate")`.
        rival_of: The mechanism that gives the usual answer to that question. A rival acts at the
            same stage and on the same clocks, and draws the same random numbers.
    """

    id: ClassVar[int]
    stage: ClassVar[Stage]
    rules: ClassVar[tuple[str, ...]]
    builds_on: ClassVar[str]
    clocks: ClassVar[tuple[str, ...]]
    subsystem: ClassVar[str]
    theory: ClassVar[tuple[str, str] | None]
    draws_as: ClassVar[int]
    name: ClassVar[str]
    source: ClassVar[str] = ""
    """Of one that a scenario brings along, the SHA-256 of the file from which it was imported."""

    def __init_subclass__(
        cls,
        *,
        id: int,
        rules: tuple[str, ...],
        stage: Stage | None = None,
        builds_on: str = "",
        clocks: tuple[str, ...] = CLOCKS,
        subsystem: str = "",
        theory: tuple[str, str] | None = None,
        rival_of: "type[Mechanism] | None" = None,
    ) -> None:
        if rival_of is not None:
            stage, clocks, subsystem = rival_of.stage, rival_of.clocks, rival_of.subsystem
        if stage is None:
            raise TypeError(f"{cls.__name__} needs a stage")
        cls.id, cls.stage, cls.rules, cls.builds_on, cls.clocks = (
            id,
            stage,
            rules,
            builds_on,
            clocks,
        )
        cls.subsystem = subsystem or cls.__module__.rpartition(".")[2]
        cls.theory = theory
        cls.draws_as = id if rival_of is None else rival_of.id
        cls.name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        dataclasses.dataclass(frozen=True)(cls)
        names = [f.name for f in dataclasses.fields(cls)]  # type: ignore[arg-type]
        jax.tree_util.register_dataclass(cls, data_fields=names, meta_fields=[])

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """The regime after this mechanism has acted within one tick."""
        raise NotImplementedError


def gumbel(word: UInt32[Array, "*n"]) -> Float[Array, "*n"]:
    """A random word as a standard Gumbel number."""
    u = chance.unit(word, jnp.float32) + np.float32(2.0**-25)
    u = jnp.minimum(u, np.float32(1 - 2.0**-24))  # the largest sum would round to 1
    return -jnp.log(-jnp.log(u))


def parameters(mechanism: type[Mechanism]) -> dict[str, Parameter]:
    """The parameters of a mechanism by field name, in order of declaration."""
    return {f.name: f.metadata["parameter"] for f in dataclasses.fields(mechanism)}  # type: ignore[arg-type]


def strike(regime: Regime, hit: Bool[Array, "persons runs"], by: int) -> Int[Array, "persons runs"]:
    """`elite.fallen_by` after mechanism number `by` has struck the persons in `hit`."""
    return jnp.where(hit, by, regime.elite.fallen_by)
