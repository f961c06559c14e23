"""The court as a Mesa model: built from a scenario, stepped in the order of the library."""

import dataclasses
import math
from collections.abc import Callable
from types import SimpleNamespace

import mesa

from benchmarks.court_mesa import fates, state, succession, top, war
from benchmarks.court_mesa.clans import Clan
from benchmarks.court_mesa.offices import Body, Office
from benchmarks.court_mesa.people import Person
from benchmarks.court_mesa.readers import readers
from vertikal.regime.mechanism import parameters
from vertikal.regime.regime import Exit, Grade, Means
from vertikal.scenario.model import Scenario
from vertikal.scenario.world import used_mechanisms

ACTS: dict[str, Callable[["Court"], None]] = {
    act.__name__: act
    for act in (
        fates.register, state.body_influence, state.mic_growth, state.hidden_quality, state.fear,
        fates.power_balance, fates.cohesion, fates.inspection, state.pole_drift, top.mortality,
        war.attack, war.pact, war.betrayal, top.personal_power, top.balancing,
        war.purge_of_losers, war.case, top.coup, succession.succession, fates.sentence,
        state.force_threshold, state.elite_quality, state.alarm, fates.entry, fates.vacate,
        fates.appointment, fates.clan_ends, state.shock_fades,
    )
}  # fmt: skip
"""What each mechanism of the library is here, by the library's name."""


@dataclasses.dataclass
class Moves:
    """Who did what to whom in this tick."""

    attacker: Clan | None = None
    target_clan: Clan | None = None
    target: Person | None = None
    means: Means = Means.NONE
    repelled: bool = False
    grade: Grade = Grade.NONE
    betrayer: Clan | None = None
    betrayed: Clan | None = None
    plotter: Clan | None = None
    coup_success: bool = False
    excluded: list[Clan] = dataclasses.field(default_factory=list)
    removed_leader: Person | None = None


@dataclasses.dataclass
class Lead:
    """The leader and the reign."""

    leader: Person | None
    control: float
    personal_power: float
    established: bool
    reign: float
    horizon: float
    coalition: list[Clan]
    shock: float
    exits: int = 0
    exit_mode: Exit = Exit.NONE

    @property
    def clan(self) -> Clan | None:
        """The clan from which the leader comes."""
        return self.leader.clan if self.leader is not None else None


class Court(mesa.Model):
    """One history of a scenario, every number at its central value.

    Args:
        scenario: What to play, on a clock that all mechanisms here admit and without a script.
        seed: Of `model.random`.

    Raises:
        ValueError: If the scenario needs something that is not written here.
    """

    def __init__(self, scenario: Scenario, seed: int | None = None):
        super().__init__(seed=seed)
        self.scenario = scenario
        self.step_years = scenario.clock.step_years
        self.acts = _acts(scenario)
        self.p = _parameters(scenario)
        self.years = 0.0
        self._build_state()
        self._build_people()
        self._build_lead()
        self.moves = Moves()
        self.total_power = 0.0
        self.tones: dict[Body, tuple[float, float]] = {}
        self.agents_by_type[Person].do("vary")
        fates.power_balance(self)
        for clan in self.clans:
            clan.trend = clan.share
        self.datacollector = mesa.DataCollector(model_reporters=readers(scenario))

    def step(self) -> None:
        """Play one tick."""
        self.years = self.steps * self.step_years
        self.moves = Moves()
        self.agents_by_type[Person].do("begin")
        for act in self.acts:
            act(self)
        self.datacollector.collect(self)

    def play(self, ticks: int | None = None) -> "Court":
        """Play some ticks, or all of the scenario's clock."""
        for _ in range(ticks or self.scenario.clock.ticks):
            self.step()
        return self

    def vacate(self, mode: Exit) -> None:
        """Lose the leader; the succession fills the place."""
        self.moves.removed_leader, self.lead.leader = self.lead.leader, None
        self.lead.exits += 1
        self.lead.exit_mode = mode
        for office in self.offices:
            if office.of_leader:
                office.give(None)

    def leader_force(self) -> float:
        """Force that answers to the leader."""
        return sum(o.leader_force for o in self.offices if o.active)

    def gumbel(self) -> float:
        """A standard Gumbel draw."""
        return -math.log(-math.log(self.random.random() + 2.0**-54))

    def _build_state(self) -> None:
        s = self.scenario
        self.centralisation = s.system.centralisation.value
        self.narrowness = s.system.narrowness.value
        self.soviet_lesson = s.system.soviet_lesson.value
        self.law, self.policy, self.arms = _plain(s.coercion), _plain(s.policy), SimpleNamespace()
        arms = s.military_industry
        for name in ("tension", "quality", "apparent_quality", "war"):
            setattr(self.arms, name, getattr(arms, name).value)
        for name in ("spending", "influence"):
            sides = getattr(arms, name)
            setattr(self.arms, name, [sides.home.value, sides.abroad.value])

    def _build_people(self) -> None:
        s = self.scenario
        clans = {name: Clan(self, name, row) for name, row in s.clans.items()}
        for field in ("pact", "bond"):
            stated = getattr(s, f"{field}s")
            for a, clan in clans.items():
                between = {c: stated.get(a, {}).get(b) for b, c in clans.items() if b != a}
                setattr(clan, field, {c: q.value if q else 0.0 for c, q in between.items()})
        people = {
            name: Person(self, name, row, clans[row.clan], name in s.generated)
            for name, row in s.people.items()
        }
        for name, row in s.people.items():
            if row.patron is not None:
                people[name].patron = people[row.patron]
                people[row.patron].clients.append(people[name])
        self.bodies = [Body(name, row) for name, row in s.bodies.items()]
        offices = {name: Office(self, name, row) for name, row in s.offices.items()}
        for name, row in s.offices.items():
            if row.holder is not None:
                offices[name].give(people[row.holder])
        self.clans, self.people = list(clans.values()), list(people.values())
        self.offices = list(offices.values())

    def _build_lead(self) -> None:
        s, row = self.scenario, self.scenario.leader
        named = {p.name: p for p in self.people}
        clans = [c for c in self.clans if c.organised]
        if row.coalition is not None:
            clans = [c for c in self.clans if c.name in row.coalition]
        self.lead = Lead(
            leader=named[row.person],
            control=row.control.value,
            personal_power=row.personal_power.value,
            established=row.established,
            reign=-s.clock.years(row.since) if row.since else 5.0,
            horizon=row.horizon.value if row.horizon is not None else 15.0,
            coalition=clans,
            shock=row.shock.value,
        )


def _acts(scenario: Scenario) -> list[Callable[[Court], None]]:
    """The mechanisms of the scenario, in order."""
    dated = [o for o, row in scenario.offices.items() if row.opens or row.closes]
    if scenario.events or dated:
        raise ValueError("the Mesa court plays no script")
    if scenario.clock.then:
        raise ValueError("the Mesa court's clock keeps its pace")
    names = [m.name for m in used_mechanisms(scenario)]
    unknown = [name for name in names if name not in ACTS]
    if unknown:
        raise ValueError(f"the Mesa court lacks {', '.join(unknown)}")
    return [ACTS[name] for name in names if name not in scenario.mechanisms.off]


def _parameters(scenario: Scenario) -> SimpleNamespace:
    """Central values of all parameters, by mechanism."""
    found = {}
    for mechanism in used_mechanisms(scenario):
        values = {name: p.default for name, p in parameters(mechanism).items()}
        stated = scenario.parameters.get(mechanism.name, {})
        values |= {name: quantity.value for name, quantity in stated.items()}
        found[mechanism.name] = SimpleNamespace(**values)
    return SimpleNamespace(**found)


def _plain(row: object) -> SimpleNamespace:
    """The numbers of a section of the scenario."""
    numbers = {name: getattr(row, name) for name in type(row).model_fields}  # type: ignore[attr-defined]
    return SimpleNamespace(**{n: q.value for n, q in numbers.items() if hasattr(q, "prior")})
