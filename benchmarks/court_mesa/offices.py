"""Offices and the nomenklatura."""

from functools import cached_property
from typing import TYPE_CHECKING

import mesa

from vertikal.regime.regime import Status
from vertikal.scenario import schema

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court
    from benchmarks.court_mesa.people import Person


class Office(mesa.Agent):
    """A post: what it gives, and who holds it."""

    def __init__(self, court: "Court", name: str, row: schema.Office):
        super().__init__(court)
        self.name = name
        self.policy = row.policy.value
        self.coercion, self.grip = row.coercion.value, row.grip.value
        self.register, self.inspection = row.register_.value, row.inspection.value
        self.intelligence, self.strategic = row.intelligence.value, row.strategic.value
        self.grade = row.grade.value
        self.is_exile, self.of_leader = row.exile, row.leader
        self.active = True
        self.seats = [body for body in court.bodies if body.name in row.body]
        for body in self.seats:
            body.offices.append(self)
        self.holder: Person | None = None

    @property
    def held(self) -> bool:
        """Whether somebody holds it while it exists."""
        return self.active and self.holder is not None

    @cached_property
    def formal_power(self) -> float:
        """Its share in each body times the body's power (EL-13)."""
        return sum(body.power / len(body.offices) for body in self.seats)

    @property
    def own_force(self) -> float:
        """Force that the holder commands, net of what answers to the leader."""
        return self.coercion * (1 - self.grip * self.model.lead.control)

    @property
    def leader_force(self) -> float:
        """Force in it that answers to the leader."""
        return self.coercion * self.grip * self.model.lead.control

    def give(self, person: "Person | None") -> None:
        """Change the holder."""
        if self.holder is not None:
            self.holder.offices.remove(self)
        self.holder = person
        if person is not None:
            person.offices.append(self)

    def vacate(self) -> None:
        """Lose a holder who is out of play (`vacate`)."""
        if self.holder is None:
            return
        banished = self.is_exile and self.holder.status is Status.EXILED
        if not (self.active and (self.holder.status is Status.ACTIVE or banished)):
            self.give(None)


class Body:
    """A collegial body."""

    def __init__(self, name: str, row: schema.Body):
        self.name, self.power = name, row.power.value
        self.offices: list[Office] = []

    def tone(self) -> tuple[float, float]:
        """Advantage of technocrats and corruptionists over ideocrats among its members."""
        weight, technocrats, corruptionists = 1e-6, 0.0, 0.0
        for office in self.offices:
            if office.held:
                t, i, c = office.holder.mix
                share = 1 / len(self.offices)
                weight += share
                technocrats += share * (t - i)
                corruptionists += share * (c - i)
        return technocrats / weight, corruptionists / weight
