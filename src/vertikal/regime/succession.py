"""Succession: who rules after an exit, and who is cut out of the ruling coalition in between.

Rules: CL-4, CL-9, CL-10, CL-18, CO-2, LD-6, LD-9, LD-10.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import (
    NOBODY,
    best_of_group,
    first_best,
    keep,
    on_events,
    pick,
    probability,
    rows,
    sum_by,
)
from vertikal.regime.chance import words
from vertikal.regime.leader import GUARD, at_stake, leader_clan, taken_over, vacate
from vertikal.regime.mechanism import (
    Mechanism,
    Stage,
    Tick,
    Value,
    gumbel,
    parameter,
    strike,
)
from vertikal.regime.priors import triangular
from vertikal.regime.regime import (
    Clans,
    Elite,
    Exit,
    Leadership,
    Moves,
    Pole,
    Regime,
    Status,
    acts_as_one,
    change,
)
from vertikal.theory.coalitions import urc_batch


class Succession(
    Mechanism,
    id=65,
    stage=Stage.RESOLUTION,
    rules=("CL-4", "LD-6", "LD-9", "LD-10", "CO-2", "CL-9", "CL-10", "CL-18"),
    builds_on=("Acemoglu, Egorov and Sonin (2008), Coalition Formation in Non-Democracies"),
    theory=("succession", "ruling_coalition"),
):
    r"""Clans form the ultimate ruling coalition; the leader comes from within it.

    No rule transfers power (CL-4), unless one is declared (`HeirByLaw`). When the leader is gone,
    the organised clans in play, with the power $\gamma_c = \pi_c e^{\sigma \epsilon_c}$ of their
    living members as it is seen, form the coalition that is strong enough ($\gamma_X > \alpha
    \gamma_N$), would not be split by a stronger part of itself, and is the weakest such. Clans
    bound to each other enter as one. The plotters of a successful coup take power themselves, with
    that coalition if they belong to it. The leader is drawn among the coalition's people with odds
    $\pi_i^\eta$; the strongest need not win.

    While no leader is established the coalition is put to the test about once a year: it stands if
    it is still strong enough among all and would not be split; otherwise the game is open again.
    Whoever was inside and is now outside is cut out: the head is condemned, with the more at stake
    the narrower the competition (LD-10), and the clan is hunted (CL-10). If it is the leader's own
    clan, he falls. Partners who took part have turned on a protector: the pact is void, its cover
    gone, and the memory of the betrayal starts (CO-2, CL-9). After an exit losers are hunted, but
    their heads not yet condemned.

    The agenda in force goes on after a leader, turned only in part toward the mission of those who
    now rule (LD-9). A wave of cases $w$ serves whoever takes power, whoever began it: he starts
    with personal power $b_0 + (1 - b_0) \lambda w$ (CL-18).
    """

    majority: Value = parameter(
        0.5, "Share of all power that rules. Half is the plain majority of force.",
        unit="share", low=0.5, high=0.95, prior=triangular(0.5, 0.5, 0.67),
    )  # fmt: skip
    noise: Value = parameter(
        0.1, "Typical relative error with which the players see each other's power.", high=2
    )
    retest: Value = parameter(
        1.0, "Tests of the coalition while no leader is established.", unit="per year", high=20
    )
    weight_of_power: Value = parameter(
        3.0, "How much a person's power counts in the choice of leader.", high=6
    )
    consequence: Value = parameter(
        0.1, "Share of all power from which an outsider counts as a loser of the succession.",
        unit="share", high=1,
    )  # fmt: skip
    partnership: Value = parameter(
        0.1, "Share of force lent from which a pact counts as partnership.", unit="share", high=1
    )
    pursuit_years: Value = parameter(
        1.5, "How long the people of those cut out are hunted (CL-10).", unit="years", high=20
    )
    control: Value = parameter(0.45, "Grip of a new leader on the machinery.", high=1)
    personal_power: Value = parameter(
        0.15, "Personal power of a new leader where no cases went before.", high=1
    )
    legacy: Value = parameter(
        0.3,
        "Part of the way from there to full personal power that a full wave of cases goes for him "
        "(CL-18): with the other defaults as much as some four grabs of power once in office.",
        unit="share", high=1,
    )  # fmt: skip
    horizon: Value = parameter(
        12.0, "Years that others give a new leader before they know better.", unit="years",
        low=0.5, high=60,
    )  # fmt: skip
    turn: Value = parameter(
        0.2, "Part of the way that the agenda turns at once to those who now rule (LD-9).",
        unit="share", high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Fill a vacancy; test the coalition where a test falls due."""
        elite, clans, lead, moves = regime.elite, regime.clans, regime.leadership, regime.moves
        n, runs = clans.power.shape
        tests = jnp.full((1, runs), self.retest) * (1 - regime.succession_rule.restraint)
        due = tick.happens(probability(tests, tick.step), draw=2)[0]
        vacant = keep(lead.leader < 0)
        need = keep(vacant | (due & ~lead.established))
        noise = jnp.exp(self.noise * tick.normal(n, draw=0))
        plays = acts_as_one(regime, tick.setting)
        strength, ruling = on_events(
            need,
            _rulers,
            self,
            elite,
            clans,
            lead,
            moves,
            noise,
            jnp.broadcast_to(plays, noise.shape),
        )
        ruling = keep(jnp.where(need, ruling, lead.coalition))
        out = keep(need & self.losers(regime, strength > 0, strength, ruling, vacant))
        own = rows(n) == leader_clan(regime)
        toppled = keep(~vacant & (out & own).any(0))
        winners = jnp.where(ruling, strength, 0.0).sum(0)
        stake = at_stake(tick.setting.narrowness, strength / (strength + winners + GUARD))
        struck = keep(jnp.where(out & ~vacant & ~own, stake, 0.0))
        chooses = keep((vacant | toppled) & need)
        found = on_events(
            keep(chooses | (struck > 0).any(0)),
            _people, self, elite, lead, moves, ruling, struck, toppled, tick.key,
        )  # fmt: skip
        fall = jnp.where(out & own, stake, 0.0).sum(0)
        marks = jnp.concatenate([struck, jnp.where(toppled, fall, 0.0)[None]])
        whom = jnp.concatenate([found.heads, lead.leader[None]])
        mark = keep(sum_by(marks, jnp.where(marks > 0, whom, NOBODY), persons_of(regime)))
        after = change(
            regime,
            elite=change(
                elite,
                condemned=jnp.maximum(elite.condemned, mark),
                fallen_by=strike(regime, mark > 0, self.id),
            ),
        )
        after = vacate(after, tick.setting, toppled, Exit.ELITE_REMOVAL)
        after = self.install(after, tick, ruling, chooses, found)
        return self.reckon(after, out, ruling & need)

    def settle(self, game: "Game") -> tuple[Bool[Array, " runs"], Bool[Array, "clans runs"]]:
        """Whether the present coalition would stand, and who would rule if all were open.

        This is the question on which theories disagree; rivals answer it in their own way.
        """
        # the present coalition among itself and the open game, solved as one batch of games
        runs = game.seen.shape[-1]
        games = keep(jnp.concatenate([jnp.where(game.inside, game.seen, 0.0), game.seen], -1))
        twice = jnp.concatenate([game.bloc, game.bloc], -1)
        joins = twice[None] == rows(games.shape[0])[:, :, None]  # blocs by clans
        share = jnp.broadcast_to(jnp.asarray(self.majority), (runs,))
        strength = keep(jnp.where(joins, games[None], 0.0).sum(1))
        rule = urc_batch(strength, jnp.concatenate([share, share]), axis=0)
        rule = (joins & rule[:, None]).any(0) & (games > 0)
        strong = jnp.where(game.inside, game.seen, 0.0).sum(0) > share * game.seen.sum(0)
        return strong & (rule[:, :runs] == game.inside).all(0), rule[:, runs:]

    def losers(
        self,
        regime: Regime,
        player: Bool[Array, "clans runs"],
        strength: Float[Array, "clans runs"],
        ruling: Bool[Array, "clans runs"],
        vacant: Bool[Array, " runs"],
    ) -> Bool[Array, "clans runs"]:
        """Clans cut out: former members, and at a succession outsiders of consequence."""
        weighty = strength >= self.consequence * strength.sum(0)
        counts = regime.leadership.coalition | (vacant & weighty)
        return player & ~ruling & counts & ruling.any(0)

    def install(
        self,
        regime: Regime,
        tick: Tick,
        ruling: Bool[Array, "clans runs"],
        chooses: Bool[Array, " runs"],
        found: "People",
    ) -> Regime:
        """Put the chosen leader in place and let the coalition take over."""
        lead, agenda = regime.leadership, regime.policy.agenda
        chosen = keep(chooses & (found.leader >= 0))
        places = tick.setting.office_of_leader & regime.nomenklatura.active & chosen
        new = lambda value, old: jnp.where(chosen, value, old)  # noqa: E731
        turned = agenda + self.turn * (found.mission - agenda)
        return change(
            regime,
            leadership=change(
                lead,
                leader=new(found.leader, lead.leader),
                control=new(self.control, lead.control),
                personal_power=new(
                    taken_over(regime, self.personal_power, self.legacy), lead.personal_power
                ),
                established=lead.established & ~chosen,
                reign=new(0.0, lead.reign),
                horizon=new(self.horizon, lead.horizon),
                coalition=jnp.where(ruling.any(0), ruling, lead.coalition),
            ),
            clans=change(regime.clans, favour=new(0.0, regime.clans.favour)),
            nomenklatura=change(
                regime.nomenklatura,
                holder=jnp.where(places, found.leader, regime.nomenklatura.holder),
            ),
            policy=change(
                regime.policy, agenda=jnp.where(chosen & found.has_mission, turned, agenda)
            ),
        )

    def reckon(
        self, regime: Regime, out: Bool[Array, "clans runs"], ruling: Bool[Array, "clans runs"]
    ) -> Regime:
        """Open the hunt for the losers' people and void their pacts with the winners."""
        clans, moves, n = regime.clans, regime.moves, out.shape[0]
        partners = jnp.maximum(clans.pact, jnp.swapaxes(clans.pact, 0, 1)) >= self.partnership
        turned = ruling[:, None] & out[None] & partners
        broken = (ruling[:, None] & out[None]) | (out[:, None] & ruling[None])
        betrays = turned.any(1)
        betrayer = jnp.where(betrays, rows(n), n).min(0)
        betrayed = jnp.where((turned & (rows(n)[:, None] == betrayer)).any(0), rows(n), n).min(0)
        record = betrays.any(0) & (moves.betrayer < 0)
        return change(
            regime,
            clans=change(
                clans,
                defeated=jnp.where(
                    out, jnp.maximum(clans.defeated, self.pursuit_years), clans.defeated
                ),
                victor=jnp.where(out, leader_clan(regime), clans.victor),
                since_betrayal=jnp.where(betrays, 0.0, clans.since_betrayal),
                pact=jnp.where(broken, 0.0, clans.pact),
            ),
            moves=change(
                moves,
                excluded=moves.excluded | out,
                betrayer=jnp.where(record, betrayer, moves.betrayer),
                betrayed=jnp.where(record, betrayed, moves.betrayed),
            ),
        )


_APART = 1e3
"""Puts ranks of candidates so far apart that no difference in power bridges them."""


def blocs(
    bond: Float[Array, "clans clans runs"], player: Bool[Array, "clans runs"]
) -> Int[Array, "clans runs"]:
    """The bloc of each clan, named by its lowest row: players bound to each other act as one."""
    n = player.shape[0]
    tied = (jnp.maximum(bond, jnp.swapaxes(bond, 0, 1)) > 0) & player[:, None] & player[None]
    tied = tied | (rows(n)[:, :, None] == rows(n)[None])
    for _ in range(max(n - 1, 1).bit_length()):  # each pass doubles the chains of bonds followed
        tied = keep((tied[:, :, None] & tied[None]).any(1))
    return jnp.where(tied, rows(n)[None], n).min(1)


class Game(NamedTuple):
    """What the clans know when they settle who is to rule."""

    seen: Float[Array, "clans runs"]
    """Power of each player as the others see it; 0 for those who do not play."""
    noise: Float[Array, "clans runs"]
    """Factor by which each clan's strength is misjudged."""
    player: Bool[Array, "clans runs"]
    """Who plays."""
    inside: Bool[Array, "clans runs"]
    """Players of the present coalition."""
    bloc: Int[Array, "clans runs"]
    """Bloc of each clan: those bound to each other act as one."""
    elite: Elite
    clans: Clans
    lead: Leadership


class People(NamedTuple):
    """What a succession settles about people."""

    heads: Int[Array, "clans runs"]
    """Head of each clan, or `NOBODY`."""
    leader: Int[Array, " runs"]
    """The new leader, or `NOBODY` if nobody is there to be one."""
    mission: Float[Array, " runs"]
    """Ideocratic share of those who now rule, weighted by power."""
    has_mission: Bool[Array, " runs"]


def persons_of(regime: Regime) -> int:
    """How many persons there are."""
    return regime.elite.power.shape[0]


def _rulers(
    m: Succession,
    elite: Elite,
    clans: Clans,
    lead: Leadership,
    moves: Moves,
    noise: Float[Array, "clans runs"],
    plays: Bool[Array, "clans runs"],
) -> tuple[Float[Array, "clans runs"], Bool[Array, "clans runs"]]:
    """Strength of each player, 0 for others, and the clans that rule from now on."""
    n = noise.shape[0]
    there = (elite.status == Status.ACTIVE) & (elite.condemned <= 0)
    strength = sum_by(jnp.where(there, elite.power, 0.0), elite.clan, n) * clans.cohesion
    strength = keep(jnp.where(plays, strength, 0.0))
    seen = keep(strength * noise)
    vacant = lead.leader < 0
    bloc = keep(blocs(clans.bond, seen > 0))
    inside = lead.coalition & (seen > 0)
    stands, open_game = m.settle(Game(seen, noise, seen > 0, inside, bloc, elite, clans, lead))
    ruling = jnp.where(stands & ~vacant, inside, open_game)
    coup = vacant & moves.coup_success & (moves.plotter >= 0)
    plotters = (bloc == pick(bloc, moves.plotter)) & (seen > 0)
    alone = coup & plotters.any(0) & ~(ruling & plotters).any(0)
    return strength, jnp.where(alone, plotters, ruling)


def _people(
    m: Succession,
    elite: Elite,
    lead: Leadership,
    moves: Moves,
    ruling: Bool[Array, "clans runs"],
    struck: Float[Array, "clans runs"],
    toppled: Bool[Array, " runs"],
    key: tuple[Array, Array],
) -> People:
    """Heads of clans, and a leader from the coalition if it has anybody, else from anywhere."""
    persons, n = elite.power.shape[0], ruling.shape[0]
    active = elite.status == Status.ACTIVE
    heads = best_of_group(jnp.where(active, elite.power, -jnp.inf), elite.clan, n)
    member = elite.clan >= 0
    falls = member & (rows(persons) == pick(heads, elite.clan)) & (pick(struck, elite.clan) > 0)
    gone = jnp.where(toppled, lead.leader, moves.removed_leader)
    eligible = keep(active & (elite.condemned <= 0) & ~falls & (rows(persons) != gone))
    coup = (lead.leader < 0) & moves.coup_success
    first = jnp.where(coup, rows(n) == moves.plotter, ruling)
    place = ruling.astype(jnp.float32) + first.astype(jnp.float32)
    rank = keep(jnp.where(member, pick(keep(place), elite.clan), 0.0))
    word = words(key, rows(persons).astype(jnp.uint32), 1)
    merit = m.weight_of_power * jnp.log(elite.power + GUARD) + gumbel(word)
    merit = keep(jnp.where(eligible, merit + _APART * rank, -jnp.inf))
    weight = keep(jnp.where(rank > 0, elite.power, 0.0))
    mission = (weight * elite.mix[Pole.IDEOCRAT]).sum(0) / (weight.sum(0) + GUARD)
    leader = jnp.where(eligible.any(0), first_best(merit), NOBODY)
    return People(heads, leader, mission, weight.sum(0) > GUARD)
