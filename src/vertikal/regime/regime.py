"""The whole state of a batch of histories at one moment.

A `Regime` is a frozen pytree of arrays, one slice for each subsystem. Shapes are fixed by the
scenario; persons, offices and clans are rows, and the runs of a batch are always the last axis, so
that a scalar of one history is an array over runs. Mechanisms read a regime and return a changed
copy. All quantities without a unit lie between 0 and 1. `Moves` is not memory but the record of
what was done in the present tick; it is wiped when the next one begins.

The slices of the court stand in this one file, those of the other subsystems in `subsystems`; none
stands beside its mechanisms, since nearly every mechanism reads several of them.
"""

import dataclasses
from enum import IntEnum
from typing import Any

from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.levels import Slice, pytree
from vertikal.regime.subsystems import (
    Campaign,
    Defection,
    Economy,
    Foreign,
    Institutions,
    LongRun,
    Neighbours,
    Opposition,
    Public,
    Strata,
    SuccessionRule,
    Technology,
    Uprising,
    War,
)


class Pole(IntEnum):
    """The three poles of Belanovsky, On the Prospects of Russian Technocracy, ¶13-16."""

    TECHNOCRAT = 0
    IDEOCRAT = 1
    CORRUPTIONIST = 2


class Status(IntEnum):
    """Where a person stands; only the active can hold an ordinary office."""

    ACTIVE = 0
    RETIRED = 1
    EXILED = 2
    IMPRISONED = 3
    DEAD = 4
    ABROAD = 5


class Grade(IntEnum):
    """How far a sanction goes; a severity of 0 to 1 is the grade over four (NK-7)."""

    NONE = 0
    POSTS = 1
    EXILE = 2
    PRISON = 3
    DEATH = 4


class Means(IntEnum):
    """The means of apparatus war (CL-5)."""

    NONE = 0
    CASE = 1
    REMOVAL = 2
    SABOTAGE = 3


class Base(IntEnum):
    """What holds a clan together (CL-1, CL-2)."""

    NONE = 0
    TERRITORIAL = 1
    TRIBAL = 2
    PROFESSIONAL = 3
    COERCIVE = 4
    BUSINESS = 5


class ClanFate(IntEnum):
    """How a clan stands, or how it ended (CL-10, CL-11)."""

    IN_PLAY = 0
    PURGED = 1
    DISSOLVED = 2


class Exit(IntEnum):
    """How a leader left, after the usual competing risks of leader survival."""

    NONE = 0
    DEATH = 1
    COUP = 2
    ELITE_REMOVAL = 3
    SCRIPTED = 4
    REVOLT = 5


class Body(IntEnum):
    """Stages of an extraordinary body founded in an emergency (LD-1, LD-2)."""

    NONE = 0
    PENDING = 1
    ACCEPTED = 2
    FAILED = 3


@pytree
class Elite:
    """Persons, of whom rules EL-1 to EL-20 speak."""

    mix: Float[Array, "3 persons runs"]
    """Share of each `Pole` in a person; sums to one."""
    competence: Float[Array, "persons runs"]
    """Ability for office."""
    ambition: Float[Array, "persons runs"]
    """Readiness to take risks for power."""
    sincerity: Float[Array, "persons runs"]
    """How far a person acts on feeling or principle."""
    loyalty: Float[Array, "persons runs"]
    """To the present leader."""
    proximity: Float[Array, "persons runs"]
    """Closeness to the leader, also called access."""
    indispensability: Float[Array, "persons runs"]
    """How far strategic projects in hand depend on the person."""
    exposure: Float[Array, "persons runs"]
    """Material for a case: defects, failures, compromising facts, true or not."""
    age: Float[Array, "persons runs"]
    """Years."""
    frailty: Float[Array, "persons runs"]
    """Multiplier of the mortality hazard; 1 is the population's."""
    safe_until: Float[Array, "persons runs"]
    """Years since the start before which the person does not die of natural causes."""
    status: Int[Array, "persons runs"]
    """A `Status`."""
    severity: Float[Array, "persons runs"]
    """The worst sanction suffered so far, as `Grade` / 4."""
    clan: Int[Array, "persons runs"]
    """Row of the clan."""
    patron: Int[Array, "persons runs"]
    """Row of the patron, or `NOBODY`."""
    founder: Float[Array, "persons runs"]
    """Enlarged power from having founded an extraordinary body; fades (LD-3)."""
    knowledge: Float[Array, "persons runs"]
    """What a person knows of how power was taken, as what it could be made into; lasts (LD-4)."""
    power: Float[Array, "persons runs"]
    """In units of one full policy office."""
    coercion: Float[Array, "persons runs"]
    """Own control of force through offices, net of what answers to the leader."""
    condemned: Float[Array, "persons runs"]
    """What is at stake in a sanction decided in this tick, above 0; 0 if none is (NK-7)."""
    fallen_by: Int[Array, "persons runs"]
    """Id of the mechanism that struck the person in this tick; 0 if none."""


@pytree
class Clans:
    """Patron-client groups (rules CL-1 to CL-19)."""

    power: Float[Array, "clans runs"]
    """Sum of the members' power times cohesion, in units of one full policy office."""
    trend: Float[Array, "clans runs"]
    """Slow average of the clan's share of all power; growth is the share above it (CL-6)."""
    coercion: Float[Array, "clans runs"]
    """Force that the clan's own members command."""
    cover: Float[Array, "clans runs"]
    """Force that the clan can call on: its own, its partners', the leader's (CO-1)."""
    cohesion: Float[Array, "clans runs"]
    """How far the members act as one (CL-1, CL-2)."""
    placement: Float[Array, "clans runs"]
    """Share of the personnel register in the clan's hands, by nearness to the leader (NK-1)."""
    exposure: Float[Array, "clans runs"]
    """Power-weighted mean exposure of the members, with what they know where cover is short."""
    favour: Float[Array, "clans runs"]
    """The leader's favour, -1 to 1."""
    pact: Float[Array, "clans clans runs"]
    """`pact[c, d]`: share of d's force that d lends to c."""
    bond: Float[Array, "clans clans runs"]
    """1 where c will not turn on d, whatever the prize; else 0 (a scenario's choice)."""
    defeated: Float[Array, "clans runs"]
    """Years left of the victors' pursuit of the clan's people (CL-10)."""
    victor: Int[Array, "clans runs"]
    """The clan that last defeated it, or `NOBODY`."""
    since_betrayal: Float[Array, "clans runs"]
    """Years since the clan turned on a partner; large if it never did (CO-2)."""
    uncovered: Float[Array, "clans runs"]
    """Years that the clan has been without cover (CL-11)."""
    losses: Float[Array, "clans runs"]
    """Members sanctioned so far."""
    fate: Int[Array, "clans runs"]
    """A `ClanFate`."""


@pytree
class Nomenklatura:
    """Offices and who holds them (rules NK-1 to NK-10)."""

    holder: Int[Array, "offices runs"]
    """Row of the holder, or `NOBODY`."""
    active: Bool[Array, "offices runs"]
    """Whether the office exists at the moment."""


@pytree
class Leadership:
    """The leader, the reign, emergencies (rules LD-1 to LD-12)."""

    leader: Int[Array, " runs"]
    """Row of the leader; `NOBODY` only between an exit and the succession in the same tick."""
    control: Float[Array, " runs"]
    """Grip on the machinery; near 0 when paralysed (LD-1)."""
    personal_power: Float[Array, " runs"]
    """Chance that a rebellion of the allies would fail (after Svolik 2009)."""
    established: Bool[Array, " runs"]
    """Whether the ruling coalition can no longer remove the leader."""
    reign: Float[Array, " runs"]
    """Years in power."""
    horizon: Float[Array, " runs"]
    """Years that others expect the leader still to last (DF-8, LD-6)."""
    coalition: Bool[Array, "clans runs"]
    """Members of the present ruling coalition."""
    exits: Int[Array, " runs"]
    """How many leaders have gone."""
    exit_mode: Int[Array, " runs"]
    """How the last of them went, an `Exit`."""
    shock: Float[Array, " runs"]
    """External shock now pressing, 0 to 1 (LD-1)."""
    acceptance: Float[Array, " runs"]
    """The leader's readiness to accept a fait accompli (LD-2)."""
    body: Int[Array, " runs"]
    """Stage of the extraordinary body, a `Body`."""


@pytree
class Coercion:
    """Fear, terror and the law (rules CO-1 to CO-12)."""

    fear: Float[Array, " runs"]
    """How far everyone fears arrest (CO-7)."""
    terror: Float[Array, " runs"]
    """Severity that the era allows: 1 the late 1930s, 0 none (NK-7, EL-7)."""
    grey_law: Float[Array, " runs"]
    """Share of conduct that could be prosecuted at will (CO-7)."""
    wave: Float[Array, " runs"]
    """Intensity of a wave of cases driven from the top (LD-5)."""


@pytree
class MilitaryIndustry:
    """The military-industrial complex at home and abroad (rules MI-1 to MI-11)."""

    tension: Float[Array, " runs"]
    """International tension."""
    spending: Float[Array, "2 runs"]
    """Military share of output, at home and abroad."""
    influence: Float[Array, "2 runs"]
    """Political weight of each complex."""
    quality: Float[Array, " runs"]
    """True quality of arms."""
    apparent_quality: Float[Array, " runs"]
    """Quality as reported in peacetime."""
    war: Float[Array, " runs"]
    """Intensity of war, which alone shows true quality: 1 in a total one, 0 in peace (MI-5)."""


@pytree
class Policy:
    """What the mixture of the elite makes of the state (rules EL-1 to EL-20)."""

    rationality: Float[Array, " runs"]
    """Rationality of decisions (EL-1)."""
    agenda: Float[Array, " runs"]
    """Weight of the greatness agenda (EL-2)."""
    legal_order: Float[Array, " runs"]
    """How far state and law still bind (EL-3)."""
    entrant_quality: Float[Array, " runs"]
    """Sincerity and competence of those who enter the elite (EL-14)."""
    capability: Float[Array, " runs"]
    """What the state can do (EL-14)."""
    force: Float[Array, " runs"]
    """Use of force against society (EL-6)."""


@pytree
class Moves:
    """Who did what to whom in this tick; `NOBODY` or 0 where nothing was done."""

    attacker: Int[Array, " runs"]
    """Clan that attacks."""
    target_clan: Int[Array, " runs"]
    """Clan that is attacked."""
    target: Int[Array, " runs"]
    """Person attacked."""
    means: Int[Array, " runs"]
    """A `Means`."""
    repelled: Bool[Array, " runs"]
    """Whether the attack came to nothing."""
    grade: Int[Array, " runs"]
    """Sanction of the person attacked, a `Grade`."""
    betrayer: Int[Array, " runs"]
    """Clan that turned on its partner."""
    betrayed: Int[Array, " runs"]
    """Partner on whom it turned."""
    plotter: Int[Array, " runs"]
    """Clan that tried a coup."""
    coup_success: Bool[Array, " runs"]
    """Whether the coup succeeded."""
    excluded: Bool[Array, "clans runs"]
    """Clans cut out of the ruling coalition in this tick."""
    removed_leader: Int[Array, " runs"]
    """Row of the leader who went in this tick."""
    pillars_left: Float[Array, " runs"]
    """Share of the pillars of groups that are only counted who left in this tick (CO-5)."""


@pytree
class Regime:
    """A batch of histories at one moment."""

    elite: Elite
    clans: Clans
    nomenklatura: Nomenklatura
    leadership: Leadership
    coercion: Coercion
    military_industry: MilitaryIndustry
    policy: Policy
    moves: Moves
    defection: Defection
    strata: Strata
    economy: Economy
    technology: Technology
    public: Public
    institutions: Institutions
    foreign: Foreign
    neighbours: Neighbours
    war: War
    opposition: Opposition
    long_run: LongRun
    campaign: Campaign
    succession_rule: SuccessionRule
    uprising: Uprising


@pytree
class Setting:
    """What a scenario fixes for good: features of offices, bodies and clans.

    The last axis is one or the runs, so that a feature may itself be uncertain.
    """

    person_is_cadre: Bool[Array, "_ _"]
    """Whether a row is one of the nameless rank and file, whose place a newcomer can take."""
    office_policy: Float[Array, "offices _"]
    """Policy power of the office; 1 is a full policy office."""
    office_coercion: Float[Array, "offices _"]
    """Force that the office commands."""
    office_grip: Float[Array, "offices _"]
    """Share of that force which answers to a leader in full control rather than to the holder."""
    office_register: Float[Array, "offices _"]
    """Weight of the office in the control of personnel files (NK-3)."""
    office_inspection: Float[Array, "offices _"]
    """Power to audit the generals (NK-9)."""
    office_intelligence: Float[Array, "offices _"]
    """Means to play against a rival's foreign line (CO-11)."""
    office_strategic: Float[Array, "offices _"]
    """How far the office carries projects on which state security rests (MI-9)."""
    office_grade: Float[Array, "offices _"]
    """Rank of the office."""
    office_is_exile: Bool[Array, "offices _"]
    """Whether the office is a place of banishment (NK-7)."""
    office_of_leader: Bool[Array, "offices _"]
    """Whether the office goes with the leadership and is filled by the succession."""
    body_share: Float[Array, "bodies offices _"]
    """Weight of each office in each collegial body; rows sum to one."""
    body_power: Float[Array, "bodies _"]
    """Formal power of each body (EL-13)."""
    clan_base: Int[Array, "clans _"]
    """A `Base`."""
    clan_organised: Bool[Array, "clans _"]
    """False for the residual group of the unaffiliated, which never acts as one."""
    clan_communications: Float[Array, "clans _"]
    """Independence of the clan's communications (CL-1)."""
    clan_soft_budget: Float[Array, "clans _"]
    """How little its sector depends on market performance (CL-3)."""
    clan_school: Float[Array, "clans _"]
    """Strength of a common school (CL-16)."""
    clan_lines: Float[Array, "clans _"]
    """Foreign-policy lines that the clan answers for (CL-14)."""
    clan_timetable: Float[Array, "clans _"]
    """Years from the start to the date on which the clan expects power; inf if none (LD-11)."""
    centralisation: Float[Array, " _"]
    """How centralised the administrative system is (CL-2)."""
    narrowness: Float[Array, " _"]
    """How narrow the competition for succession is (LD-10)."""
    soviet_lesson: Float[Array, " _"]
    """How far the bad experience of the Soviet Union is there to be remembered (EL-11)."""
    theories: dict[str, Int[Array, " _"]]
    """For each question on which the ensemble ranges over theories, the row of the one that holds
    in a history, in the order of `schedule.answers`."""


def change(state: Slice, **fields: Any) -> Slice:
    """A copy of a slice or a regime with some fields changed."""
    return dataclasses.replace(state, **fields)  # type: ignore[type-var]


def is_active(regime: Regime) -> Bool[Array, "persons runs"]:
    """Whether each person can hold an ordinary office."""
    return regime.elite.status == Status.ACTIVE


def acts_as_one(regime: Regime, setting: Setting) -> Bool[Array, "clans runs"]:
    """Whether each clan is organised and has not ended."""
    return setting.clan_organised & (regime.clans.fate == ClanFate.IN_PLAY)
