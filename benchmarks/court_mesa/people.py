"""Persons: what each does and suffers in a tick."""

import math
from typing import TYPE_CHECKING, Any

import mesa

from benchmarks.court_mesa.formulas import GUARD, approach, clip, probability
from vertikal.regime.regime import Exit, Grade, Means, Status
from vertikal.scenario import schema

if TYPE_CHECKING:
    from benchmarks.court_mesa.clans import Clan
    from benchmarks.court_mesa.model import Court
    from benchmarks.court_mesa.offices import Office

_NUMBERS = (
    "competence", "ambition", "sincerity", "loyalty", "proximity", "indispensability", "exposure",
    "age", "frailty", "founder", "knowledge", "severity",
)  # fmt: skip
_FATES = {
    Grade.EXILE: Status.EXILED,
    Grade.PRISON: Status.IMPRISONED,
    Grade.DEATH: Status.DEAD,
}


class Person(mesa.Agent):
    """A member of the elite."""

    def __init__(self, court: "Court", name: str, row: schema.Person, clan: "Clan", cadre: bool):
        super().__init__(court)
        self.name, self.is_cadre = name, cadre
        for field in _NUMBERS:
            setattr(self, field, getattr(row, field).value)
        self.mix = [row.poles.technocrat, row.poles.ideocrat, row.poles.corruptionist]
        self.status = Status[row.status.upper()]
        until = row.survives_until
        self.safe_until = court.scenario.clock.years(until) if until else 0.0
        self.clan = clan
        clan.members.append(self)
        self.patron: Person | None = None
        self.clients: list[Person] = []
        self.offices: list[Office] = []
        self.power = self.coercion = self.own_power = self.condemned = 0.0
        self.fallen_by: str | None = None

    @property
    def active(self) -> bool:
        """Whether the person can hold an ordinary office."""
        return self.status is Status.ACTIVE

    @property
    def leads(self) -> bool:
        """Whether the person is the leader."""
        return self.model.lead.leader is self

    def join(self, clan: "Clan") -> None:
        """Change clans."""
        self.clan.members.remove(self)
        self.clan = clan
        clan.members.append(self)

    def leave_patron(self) -> None:
        """Have no patron any more."""
        if self.patron is not None:
            self.patron.clients.remove(self)
            self.patron = None

    def vary(self) -> None:
        """Differ from the other rank and file at the start (`vary_ranks`)."""
        if self.is_cadre:
            p, r = self.model.p.entry, self.random
            self.competence = clip(self.competence + p.scatter * (r.random() - 0.5))
            self.ambition = clip(self.ambition + p.scatter * (r.random() - 0.5))
            self.age += p.age_span * (r.random() - 0.5)

    def begin(self) -> None:
        """Wipe the record of the last tick."""
        self.condemned, self.fallen_by = 0.0, None

    def condemn(self, stake: float, by: str | None = None) -> None:
        """Be marked for punishment."""
        self.condemned = max(self.condemned, stake, 1e-3)
        self.fallen_by = by or self.fallen_by

    def alarms(self, resignation: float) -> float:
        """How much others are alarmed at what has become of one in this tick (`alarm`)."""
        if self.condemned > 0:
            return 1.0
        out = self.status in (Status.RETIRED, Status.ABROAD)
        return resignation if out and self.fallen_by else 0.0

    def open_to_cases(self) -> float:
        """What a case could be made of: material, and a secret where there is no cover."""
        secret = self.knowledge * (1 - min(self.clan.cover, 1.0))
        return self.exposure + (1 - self.exposure) * secret

    def strategic_weight(self) -> float:
        """How far strategic projects are in the person's hands."""
        return clip(sum(o.strategic for o in self.offices if o.active))

    def become_needed(self, depends: float) -> None:
        """Grow into strategic projects, or out of them (`mic_growth`)."""
        p = self.model.p.mic_growth
        needed = p.replaceable + (1 - p.replaceable) * self.strategic_weight() * depends
        pull = approach(self.model.step_years, p.project_years)
        self.indispensability += pull * (needed - self.indispensability)

    def answer_for_arms(self, gap: float) -> None:
        """Be blamed for the defects that are seen, or for corruption (`hidden_quality`)."""
        p, step = self.model.p.hidden_quality, self.model.step_years
        overlooked = p.impunity * self.loyalty
        rest = min(p.clean + p.graft * self.mix[2] * (1 - overlooked), 1.0)
        faded = self.exposure + approach(step, p.fading_years) * (rest - self.exposure)
        file = min(p.blame * self.strategic_weight() * gap, 1.0)
        self.exposure = faded + approach(step, p.blame_years) * max(file - faded, 0.0)

    def answer_for_force(self, force: float) -> None:
        """Be blamed for the force in use, if it is one's own to command (`force_threshold`)."""
        pace = self.model.p.force_threshold.stain * force * min(self.coercion, 1.0)
        self.exposure += probability(pace, self.model.step_years) * (1 - self.exposure)

    def comply(self) -> None:
        """Be as loyal as fear, favour and grievance make one (`fear`)."""
        p = self.model.p.fear
        bond = (
            p.base_loyalty
            + p.compliance * self.model.law.fear
            + p.gratitude * self.clan.favour
            - p.grievance * self.severity
        )
        pull = approach(self.model.step_years, p.loyalty_years)
        self.loyalty += pull * (clip(bond) - self.loyalty)

    def count_own_power(self) -> None:
        """Power before clients (`power_balance`)."""
        if not self.active:
            self.own_power = self.coercion = 0.0
            return
        p = self.model.p.power_balance
        held = [o for o in self.offices if o.active]
        weight = p.committees * (self.model.arms.influence[0] - 0.5)
        policy = sum(o.policy * (1 + weight * o.strategic) for o in held)
        force = sum(o.own_force for o in held)
        office = policy + p.coercive_weight * force + p.portfolio_synergy * policy * force
        self.own_power = office * (1 + self.founder) + p.proximity_weight * self.proximity
        self.coercion = force

    def count_power(self) -> None:
        """Power with that of clients (`power_balance`)."""
        share = self.model.p.power_balance.client_share
        clients = sum(client.own_power for client in self.clients)
        self.power = self.own_power + share * clients if self.active else 0.0

    def drift(self) -> None:
        """Find the mixture of poles toward which one drifts (`pole_drift`)."""
        self.next_mix = self.mix
        if not self.active:
            return
        court, p = self.model, self.model.p.pole_drift
        technocrat, corruptionist = self.clan.rewards
        if self.patron is not None and self.patron.active:
            t, i, c = self.patron.mix
            technocrat += p.patron_pull * (t - i)
            corruptionist += p.patron_pull * (c - i)
        around = self.colleagues()
        technocrat += p.body_pull * around[0]
        corruptionist += p.body_pull * around[1]
        t, i, c = self.mix
        favoured = t * math.exp(technocrat * court.step_years) * court.wave_of_enthusiasm
        corrupted = c * math.exp(corruptionist * court.step_years)
        kept = math.exp(-p.mutation * court.step_years)
        scale, spread = kept / (favoured + i + corrupted), (1 - kept) / 3
        drifted = max(favoured * scale + spread, min(p.floor, t))
        rest = (i + corrupted) * scale + 2 * spread
        settled = (1 - drifted) * (i * scale + spread) / max(rest, 1e-30)
        self.next_mix = [drifted, settled, max(1 - drifted - settled, 0.0)]

    def colleagues(self) -> tuple[float, float]:
        """Tone of the bodies in which one sits; nil outside."""
        weight, technocrats, corruptionists = 1e-6, 0.0, 0.0
        for office in self.offices:
            for body in office.seats if office.active else ():
                share, tone = 1 / len(body.offices), self.model.tones[body]
                weight += share
                technocrats += share * tone[0]
                corruptionists += share * tone[1]
        return technocrats / weight, corruptionists / weight

    def settle(self) -> None:
        """Take on the mixture found."""
        self.mix = self.next_mix

    def grow_old(self) -> None:
        """Age, and die or not (`mortality`)."""
        if self.status is Status.DEAD:
            return
        court, p = self.model, self.model.p.mortality
        step = court.step_years
        if court.years > self.safe_until:
            rate = self.frailty * p.level * math.exp(p.slope * (self.age - 60))
            risk = -math.expm1(-rate / p.slope * math.expm1(p.slope * step))
            if self.random.random() < risk:
                self.status, self.fallen_by = Status.DEAD, "mortality"
        self.age += step

    def fade(self, share: float) -> None:
        """Lose the enlarged power of a founder (`personal_power`)."""
        self.founder *= share

    def seek_access(self) -> None:
        """Come nearer to the leader, or be farther away (`balancing`)."""
        p = self.model.p.balancing
        access = 0.0
        if self.active:
            grade = max((o.grade for o in self.offices if o.active), default=0.0)
            access = clip(p.access_grade * grade + p.access_favour * self.clan.favour)
        pull = approach(self.model.step_years, p.access_years)
        self.proximity += pull * (access - self.proximity)

    def face_hunters(self) -> None:
        """Be struck as one of the losers (`purge_of_losers`)."""
        clan = self.clan
        if clan.defeated <= 0 or not self.active or self.leads:
            return
        p = self.model.p.purge_of_losers
        risk = p.rate * (1 - p.protection * min(clan.cover, 1.0))
        risk *= 1 - p.shield * self.indispensability
        if self.random.random() < probability(risk, self.model.step_years):
            self.condemn(p.stake * self.model.narrowness, "purge_of_losers")

    def face_sentence(self) -> None:
        """Be punished, if condemned (`sentence`)."""
        self.grade = Grade.NONE
        if self.condemned <= 0 or not self.active:
            return
        p, moves = self.model.p.sentence, self.model.moves
        self.grade = self.graded(p)
        if moves.means is Means.REMOVAL and moves.target is self:
            self.grade = Grade.POSTS
        if moves.target is self:
            moves.grade = max(moves.grade, self.grade)
        if self.grade in _FATES:
            self.status = _FATES[self.grade]
        else:
            if self.age >= p.pension_age:
                self.status = Status.RETIRED
            for office in list(self.offices):
                needed = office.strategic * self.indispensability >= p.keeps_office
                if not needed and not office.of_leader:
                    office.give(None)
        self.severity = max(self.severity, self.grade / Grade.DEATH)
        self.proximity *= 1 - p.lost_access
        self.fallen_by = self.fallen_by or "sentence"
        self.clan.losses += 1

    def graded(self, p: Any) -> Grade:
        """How hard one is punished (NK-7)."""
        u = self.random.random() + 2.0**-25
        score = (
            p.terror_weight * self.model.law.terror
            + p.stake_weight * self.condemned
            - p.shield * self.indispensability
            - p.cover_weight * min(self.clan.cover, 1.0)
            + p.spread * math.log(u / (1 - u))
            - p.exile_above
        )
        steps = (0.0, p.prison_step, p.prison_step + p.death_step)
        return Grade(Grade.POSTS + sum(score > step for step in steps))

    def lose_illusions(self, share: float) -> None:
        """Lose sincerity under personal rule (`elite_quality`)."""
        if self.active:
            self.sincerity *= share

    def enter(self, newcomer: Any, chance: float) -> None:
        """Be replaced by a newcomer, if a place in the ranks is empty (`entry`)."""
        just_fell = self.fallen_by is not None
        if not self.is_cadre or self.active or just_fell or self.random.random() >= chance:
            return
        self.status = Status.ACTIVE
        self.join(newcomer.clan)
        self.leave_patron()
        for client in list(self.clients):
            client.leave_patron()
        self.competence, self.sincerity = newcomer.competence, newcomer.sincerity
        self.age, self.mix, self.safe_until = newcomer.age, newcomer.mix, 0.0
        self.ambition, self.loyalty = newcomer.ambition, newcomer.loyalty
        self.proximity, self.frailty = newcomer.proximity, newcomer.frailty
        self.severity = self.exposure = self.indispensability = 0.0
        self.founder = self.knowledge = 0.0
        for office in list(self.offices):  # not inherited
            office.give(None)

    def appeal(self, office: "Office", safe: float, vulnerable: float) -> float:
        """How much the leader would like the person in an office (`appointment`)."""
        p, court, clan = self.model.p.appointment, self.model, self.clan
        busy = sum(not o.is_exile for o in self.offices)
        pull = (
            p.placement * clan.placement
            + p.favour * clan.favour
            + p.school * clan.school * max(clan.placement, 0.0)
        )
        return (
            p.merit * court.policy.rationality * (self.competence + p.education * self.mix[0])
            + p.loyalty * vulnerable * self.loyalty
            - p.caution * max(self.competence - safe, 0.0) * (1 - self.loyalty)
            + pull
            + p.access * self.proximity
            - p.rigidity * abs(self.proximity - office.grade)
            - p.load * busy
            + court.gumbel()
        )

    def claim(self, rank: int, weight_of_power: float) -> float:
        """Standing as a candidate for the leadership (`succession`)."""
        merit = weight_of_power * math.log(self.power + GUARD) + self.model.gumbel()
        return merit + 1e3 * rank

    def depose(self, mode: Exit, stake: float, by: str) -> None:
        """Be overthrown as the leader."""
        self.condemn(stake, by)
        self.model.vacate(mode)
