"""Clans: power, cover, cohesion, and how they end."""

from typing import TYPE_CHECKING

import mesa

from benchmarks.court_mesa.formulas import approach, clip, probability
from vertikal.regime.regime import Base, ClanFate, Status
from vertikal.scenario import schema

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court
    from benchmarks.court_mesa.people import Person

NEVER = 100.0
"""Years since something that never happened."""

LOCAL = (Base.TERRITORIAL, Base.TRIBAL)
TRADE = (Base.PROFESSIONAL, Base.BUSINESS)


class Clan(mesa.Agent):
    """A patron-client group."""

    def __init__(self, court: "Court", name: str, row: schema.Clan):
        super().__init__(court)
        self.name, self.organised = name, row.organised
        self.base, self.fate = Base[row.base.upper()], ClanFate[row.fate.upper()]
        self.cohesion, self.favour, self.placement = (
            row.cohesion.value,
            row.favour.value,
            row.placement.value,
        )
        self.communications, self.soft_budget = row.communications.value, row.soft_budget.value
        self.school, self.lines = row.school.value, row.foreign_lines.value
        self.timetable = court.scenario.clock.years(row.timetable) if row.timetable else None
        self.members: list[Person] = []
        self.pact: dict[Clan, float] = {}
        self.bond: dict[Clan, float] = {}
        self.power = self.trend = self.coercion = self.cover = self.exposure = 0.0
        self.defeated, self.victor = 0.0, None
        self.since_betrayal, self.uncovered, self.losses = NEVER, 0.0, 0

    @property
    def plays(self) -> bool:
        """Whether it acts as one and has not ended."""
        return self.organised and self.fate is ClanFate.IN_PLAY

    @property
    def share(self) -> float:
        """Its share of the power of all clans."""
        return self.power / (self.model.total_power + 1e-6)

    def active_members(self) -> "list[Person]":
        """Members who are in play."""
        return [p for p in self.members if p.status is Status.ACTIVE]

    def head(self) -> "Person | None":
        """The most powerful active member."""
        return max(self.active_members(), key=lambda p: p.power, default=None)

    def tie(self, other: "Clan") -> float:
        """The closer of the two pacts between two clans."""
        return max(self.pact[other], other.pact[self])

    def bound(self, other: "Clan") -> float:
        """The stronger of the two bonds between two clans."""
        return max(self.bond[other], other.bond[self])

    def count_places(self) -> None:
        """Its hold on the personnel register (`register`)."""
        far = self.model.p.register.far_share
        places = sum(
            o.register * (far + (1 - far) * o.holder.proximity)
            for o in self.model.offices
            if o.held and o.holder.clan is self
        )
        total = sum(o.register for o in self.model.offices if o.active)
        self.placement = places / max(total, 1e-6)

    def count_power(self) -> None:
        """Power and force of its members (`power_balance`)."""
        self.power = sum(p.power for p in self.members) * self.cohesion
        self.coercion = sum(p.coercion for p in self.members)

    def count_cover(self, leader_force: float) -> None:
        """Force that it can call on, exposure, and the memory of its share (`power_balance`)."""
        court = self.model
        lent = sum(share * other.coercion for other, share in self.pact.items())
        self.cover = self.coercion + lent + max(self.favour, 0.0) * leader_force
        power = sum(p.power for p in self.members)
        self.exposure = sum(p.power * p.open_to_cases() for p in self.members) / (power + 1e-6)
        pull = approach(court.step_years, court.p.power_balance.memory_years)
        self.trend += pull * (self.share - self.trend)

    def cohere(self) -> None:
        """Move toward the cohesion that its base supports (`cohesion`)."""
        p, court = self.model.p.cohesion, self.model
        if not self.organised:
            target = p.unorganised
        elif self.base in LOCAL:
            target = clip(p.territorial_base + p.communications * self.communications)
        elif self.base in TRADE:
            target = clip(
                p.professional_base
                + p.careers * court.centralisation * self.placement
                + p.soft_budget * self.soft_budget
                + p.school * self.school
                + p.state_support * max(self.favour, 0.0)
            )
        elif self.base is Base.COERCIVE:
            target = clip(p.coercive_base)
        else:  # without a base nothing moves it
            target = clip(self.cohesion)
        self.cohesion += approach(court.step_years, p.relaxation) * (target - self.cohesion)

    def use_inspectors(self) -> None:
        """Count on the force of generals whom it audits (`inspection`)."""
        court = self.model
        audits = sum(o.inspection for o in court.offices if o.held and o.holder.clan is self)
        others = sum(c.coercion for c in court.clans if c is not self)
        hold = court.p.inspection.hold * min(audits, 1.0)
        self.cover += hold * (1 - court.arms.quality) * others

    def tone(self) -> list[float]:
        """Mean mixture of its men in office, by policy power."""
        weight, mix = 1e-6, [0.0, 0.0, 0.0]
        for office in self.model.offices:
            if office.held and office.holder.clan is self:
                weight += office.policy
                for k, share in enumerate(office.holder.mix):
                    mix[k] += office.policy * share
        return [m / weight for m in mix]

    def reward_poles(self) -> None:
        """Payoffs of technocrats and corruptionists in it, against ideocrats (`pole_drift`).

        A court alone sees no example abroad, so that its weight is not asked for.
        """
        court, p = self.model, self.model.p.pole_drift
        policy, arms = court.policy, court.arms
        proven = 1 + p.war_prestige * arms.war * arms.quality
        support = 1 - p.granted + p.granted * (1 + self.favour)
        tone = self.tone()
        ideocrat = p.mission * policy.agenda + p.clan_pull * tone[1]
        technocrat = p.results * policy.rationality * proven * support + p.clan_pull * tone[0]
        corruptionist = p.rents * (1 - policy.legal_order) + p.clan_pull * tone[2]
        self.rewards = technocrat - ideocrat, corruptionist - ideocrat

    def run_down_pursuit(self) -> None:
        """Let the hunt for its people run down (`purge_of_losers`)."""
        self.defeated = max(self.defeated - self.model.step_years, 0.0)

    def end(self) -> None:
        """Dissolve without cover, or be finished by a hunt (`clan_ends`)."""
        court, p = self.model, self.model.p.clan_ends
        plays = self.plays
        bare = self.cover < p.cover_needed
        self.uncovered = self.uncovered + court.step_years if bare else 0.0
        risk = p.rate if self.base in TRADE and self.uncovered > p.grace else 0.0
        dissolves = plays and self.random.random() < probability(risk, court.step_years)
        if plays and self.defeated > 0 and self.share < p.purged_share:
            self.fate = ClanFate.PURGED
        elif dissolves:
            self.fate = ClanFate.DISSOLVED
            residual = next((c for c in court.clans if not c.organised), None)
            if residual is not None:
                for person in list(self.members):
                    person.join(residual)
        if self.fate is not ClanFate.IN_PLAY:
            for other in court.clans:
                if other is not self:
                    self.pact[other] = other.pact[self] = 0.0
