"""Rules at the end of a tick: sentences, newcomers, offices, and the register at its beginning."""

from statistics import fmean
from types import SimpleNamespace
from typing import TYPE_CHECKING

from benchmarks.court_mesa.clans import Clan
from benchmarks.court_mesa.formulas import clip, loyalty_cutoff, probability
from benchmarks.court_mesa.offices import Office
from benchmarks.court_mesa.people import Person
from vertikal.regime.regime import Grade

if TYPE_CHECKING:
    from benchmarks.court_mesa.model import Court


TRAITS = ("ambition", "loyalty", "proximity", "frailty")
"""What a newcomer has of the rank and file of his clan, besides the mixture of poles."""


def register(court: "Court") -> None:
    """Compute each clan's hold on appointments."""
    court.agents_by_type[Clan].do("count_places")


def power_balance(court: "Court") -> None:
    """Compute person, clan and leader strength from offices, proximity and ties."""
    court.agents_by_type[Person].do("count_own_power")
    court.agents_by_type[Person].do("count_power")
    court.agents_by_type[Clan].do("count_power")
    court.total_power = sum(c.power for c in court.clans)
    court.agents_by_type[Clan].do("count_cover", court.leader_force())


def cohesion(court: "Court") -> None:
    """Move each clan's cohesion toward what its base supports."""
    court.agents_by_type[Clan].do("cohere")


def inspection(court: "Court") -> None:
    """Add the inspectors' hold over the generals to their clans' cover."""
    court.agents_by_type[Clan].do("use_inspectors")


def sentence(court: "Court") -> None:
    """Grade and carry out the sanctions of this tick."""
    court.agents_by_type[Person].do("face_sentence")
    banished = next((p for p in court.people if p.grade is Grade.EXILE), None)
    station = next((o for o in court.offices if o.is_exile and o.active and not o.holder), None)
    if banished is not None and station is not None:
        station.give(banished)


def entry(court: "Court") -> None:
    """Fill empty places in the ranks with new people."""
    p, r, quality = court.p.entry, court.random, court.policy.entrant_quality
    unaffiliated = next((c for c in court.clans if not c.organised), court.clans[-1])
    open_ = [c for c in court.clans if c.plays] or [unaffiliated]
    at_home = court.arms.influence[0]
    drawn = [c.school * (1 + p.technical * c.soft_budget * at_home) for c in open_]
    pull = [p.open_door + c.placement + p.school * d for c, d in zip(open_, drawn, strict=True)]
    able = clip(quality + p.scatter * (r.random() - 0.5))
    clan = r.choices(open_, pull)[0]
    ranks = [person for person in court.people if person.is_cadre]
    peers = [person for person in ranks if person.clan is clan and person.active] or ranks
    like = {trait: fmean(getattr(person, trait) for person in peers) for trait in TRAITS}
    newcomer = SimpleNamespace(
        clan=clan,
        competence=able,
        sincerity=able * quality,
        age=p.youngest + p.age_span * r.random(),
        mix=[fmean(shares) for shares in zip(*(person.mix for person in peers), strict=True)],
        **like | {"ambition": clip(like["ambition"] + p.scatter * (r.random() - 0.5))},
    )
    court.agents_by_type[Person].do("enter", newcomer, probability(p.rate, court.step_years))


def vacate(court: "Court") -> None:
    """Empty the offices of people out of play."""
    court.agents_by_type[Office].do("vacate")


def appointment(court: "Court") -> None:
    """Fill each vacancy at a rate, the weightiest first."""
    p, lead = court.p.appointment, court.lead
    open_ = [o for o in court.offices if o.active and not (o.holder or o.is_exile or o.of_leader)]
    chance = probability(p.rate, court.step_years)
    due = [o for o in open_ if court.random.random() < chance]
    vulnerable = clip(1 - lead.control * (0.5 + 0.5 * lead.personal_power), 0.02, 1.0)
    plot = clip(p.strongest_plot * vulnerable, 0.01, 0.95)
    safe = min(loyalty_cutoff(plot, p.plot_reward, p.plot_penalty, 1.0, p.plot_rescue), 1.0)
    fair = [person for person in court.people if person.active and not person.leads]
    for office in sorted(due, key=lambda o: -(o.policy + o.coercion + o.register)):
        appeal = {person: person.appeal(office, safe, vulnerable) for person in fair}
        if appeal:
            office.give(max(appeal, key=appeal.__getitem__))


def clan_ends(court: "Court") -> None:
    """Update how long clans have been uncovered and end those that are finished."""
    court.agents_by_type[Clan].do("end")
