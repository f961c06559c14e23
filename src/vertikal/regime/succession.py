"""Succession: who rules after an exit, and who is cut out of the ruling coalition in between.

Rules: CL-4, CL-9, CL-10, CO-2, LD-6, LD-9, LD-10.
"""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import (
    best_of_group,
    first_best,
    keep,
    on_events,
    pick,
    probability,
    rows,
    sum_by,
)
from vertikal.regime.leader import GUARD, at_stake, depose, leader_clan
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter, strike
from vertikal.regime.priors import triangular
from vertikal.regime.regime import ClanFate, Exit, Pole, Regime, change, is_active
from vertikal.theory.coalitions import urc_batch


class Succession(
    Mechanism,
    id=65,
    stage=Stage.RESOLUTION,
    rules=("CL-4", "LD-6", "LD-9", "LD-10", "CO-2", "CL-9", "CL-10"),
    builds_on=("Acemoglu, Egorov and Sonin (2008), Coalition Formation in Non-Democracies"),
):
    r"""Clans form the ultimate ruling coalition; the leader comes from within it.

    No rule transfers power (CL-4). When the leader is gone, the organised clans in play, with the
    power $\gamma_c = \pi_c e^{\sigma \epsilon_c}$ of their living members as it is seen, form the
    coalition that is strong enough ($\gamma_X > \alpha \gamma_N$), would not be split by a stronger
    part of itself, and is the weakest such. Clans bound to each other enter as one. The plotters of
    a successful coup take power themselves, with that coalition if they belong to it. The leader is
    drawn among the coalition's people with odds $\pi_i^\eta$; the strongest need not win.

    While no leader is established the coalition is put to the test about once a year: it stands if
    it is still strong enough among all and would not be split; otherwise the game is open again.
    Whoever was inside and is now outside is cut out: the head is condemned, with the more at stake
    the narrower the competition (LD-10), and the clan is hunted (CL-10). If it is the leader's own
    clan, he falls. Partners who took part have turned on a protector: the pact is void, its cover
    gone, and the memory of the betrayal starts (CO-2, CL-9). After an exit losers are hunted, but
    their heads not yet condemned.

    The agenda in force goes on after a leader, turned only in part toward the mission of those who
    now rule (LD-9).
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
    personal_power: Value = parameter(0.15, "Personal power of a new leader.", high=1)
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
        lead, runs = regime.leadership, regime.leadership.leader.shape[0]
        due = tick.happens(probability(jnp.full((1, runs), self.retest), tick.step), draw=2)[0]
        need = (lead.leader < 0) | (due & ~lead.established)

        def spread(x: Array) -> Array:
            return jnp.broadcast_to(jnp.asarray(x), (*jnp.shape(x)[:-1], runs))

        solved = on_events(
            need,
            lambda some, mechanism, setting, key: _outcome(
                mechanism.settle(some, dataclasses.replace(tick, setting=setting, key=key))
            ),
            regime,
            jax.tree.map(spread, self),
            jax.tree.map(spread, tick.setting),
            tick.key,
        )
        return _merge(regime, need, solved)

    def settle(self, regime: Regime, tick: Tick) -> Regime:
        """The outcome in runs that all need one."""
        clans, lead = regime.clans, regime.leadership
        vacant = lead.leader < 0
        strength, seen = keep(self.players(regime, tick))
        player = seen > 0
        bloc = keep(blocs(clans.bond, player))
        ruling = keep(self.ruling(regime, seen, bloc, vacant))
        out = keep(self.losers(regime, player, strength, ruling, vacant))
        toppled = ~vacant & (out & (rows(out.shape[0]) == leader_clan(regime))).any(0)
        winners = jnp.where(ruling, strength, 0.0).sum(0)
        threat = strength / (strength + winners + GUARD)
        stake = at_stake(tick.setting.narrowness, threat)
        own = jnp.where(rows(out.shape[0]) == leader_clan(regime), stake, 0.0).sum(0)
        condemned, hit = _heads(regime, jnp.where(out & ~vacant, stake, 0.0), leader_clan(regime))
        elite = change(regime.elite, condemned=condemned, fallen_by=strike(regime, hit, self.id))
        after = depose(change(regime, elite=elite), toppled, Exit.ELITE_REMOVAL, own, self.id)
        after = _kept(self.install(_kept(after), tick, ruling))
        return self.reckon(after, out, ruling)

    def players(
        self, regime: Regime, tick: Tick
    ) -> tuple[Float[Array, "clans runs"], Float[Array, "clans runs"]]:
        """Power of each clan's people still in the game, and as it is seen; 0 if not a player."""
        elite, clans, n = regime.elite, regime.clans, regime.clans.power.shape[0]
        there = is_active(regime) & (elite.condemned <= 0)
        strength = sum_by(jnp.where(there, elite.power, 0.0), elite.clan, n) * clans.cohesion
        plays = tick.setting.clan_organised & (clans.fate == ClanFate.IN_PLAY)
        strength = jnp.where(plays, strength, 0.0)
        return strength, strength * jnp.exp(self.noise * tick.normal(n, draw=0))

    def ruling(
        self,
        regime: Regime,
        seen: Float[Array, "clans runs"],
        bloc: Int[Array, "clans runs"],
        vacant: Bool[Array, " runs"],
    ) -> Bool[Array, "clans runs"]:
        """The clans that rule from now on."""
        lead, moves, n = regime.leadership, regime.moves, seen.shape[0]
        inside = lead.coalition & (seen > 0)
        # the present coalition among itself and the open game, solved as one batch of games
        games = jnp.concatenate([jnp.where(inside, seen, 0.0), seen], -1)
        blocs_twice = jnp.concatenate([bloc, bloc], -1)
        share = jnp.concatenate([self.majority, self.majority])
        rule = keep(urc_batch(keep(sum_by(games, blocs_twice, n)), share, axis=0))
        rule = pick(rule, blocs_twice) & (games > 0)
        runs = seen.shape[1]
        strong = jnp.where(inside, seen, 0.0).sum(0) > self.majority * seen.sum(0)
        stands = ~vacant & strong & (rule[:, :runs] == inside).all(0)
        ruling = jnp.where(stands, inside, rule[:, runs:])
        coup = vacant & moves.coup_success & (moves.plotter >= 0)
        plotters = (bloc == pick(bloc, moves.plotter)) & (seen > 0)
        alone = coup & plotters.any(0) & ~(ruling & plotters).any(0)
        return jnp.where(alone, plotters, ruling)

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

    def install(self, regime: Regime, tick: Tick, ruling: Bool[Array, "clans runs"]) -> Regime:
        """Choose a leader where there is none, from the coalition if it has anybody."""
        elite, lead, moves = regime.elite, regime.leadership, regime.moves
        persons, n = elite.power.shape[0], ruling.shape[0]
        vacant = lead.leader < 0
        coup = vacant & moves.coup_success
        first = jnp.where(coup, rows(n) == moves.plotter, ruling)
        member = elite.clan >= 0
        rank = (member & pick(ruling, elite.clan)).astype(jnp.float32)
        rank = rank + (member & pick(first, elite.clan))
        eligible = is_active(regime) & (elite.condemned <= 0)
        eligible = eligible & (rows(persons) != moves.removed_leader)
        merit = self.weight_of_power * jnp.log(elite.power + GUARD) + tick.gumbel(persons, draw=1)
        merit = jnp.where(eligible, merit + _APART * rank, -jnp.inf)
        chosen = vacant & eligible.any(0)
        leader = jnp.where(chosen, first_best(merit), lead.leader)
        weight = jnp.where(rank > 0, elite.power, 0.0)
        mission = (weight * elite.mix[Pole.IDEOCRAT]).sum(0) / (weight.sum(0) + GUARD)
        agenda = regime.policy.agenda
        turned = agenda + self.turn * (mission - agenda)
        turns = chosen & (weight.sum(0) > GUARD)
        places = tick.setting.office_of_leader & regime.nomenklatura.active & chosen
        new = lambda value, old: jnp.where(chosen, value, old)  # noqa: E731
        return change(
            regime,
            leadership=change(
                lead,
                leader=leader,
                control=new(self.control, lead.control),
                personal_power=new(self.personal_power, lead.personal_power),
                established=lead.established & ~chosen,
                reign=new(0.0, lead.reign),
                horizon=new(self.horizon, lead.horizon),
                coalition=jnp.where(ruling.any(0), ruling, lead.coalition),
            ),
            clans=change(regime.clans, favour=new(0.0, regime.clans.favour)),
            nomenklatura=change(
                regime.nomenklatura, holder=jnp.where(places, leader, regime.nomenklatura.holder)
            ),
            policy=change(regime.policy, agenda=jnp.where(turns, turned, agenda)),
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
    tied = keep(tied)
    name = jnp.broadcast_to(rows(n), player.shape)
    for _ in range(n - 1):  # the longest chain of bonds
        name = keep(jnp.minimum(name, jnp.where(tied, name[None], n).min(1)))
    return name


def _heads(
    regime: Regime, stake: Float[Array, "clans runs"], own: Int[Array, " runs"]
) -> tuple[Float[Array, "persons runs"], Bool[Array, "persons runs"]]:
    """`elite.condemned` with the head of each clan that has a stake against it, and who that is.

    The leader's own clan is left out, since there the leader himself is deposed.
    """
    elite, n = regime.elite, stake.shape[0]
    stake = jnp.where(rows(n) == own, 0.0, stake)
    head = best_of_group(jnp.where(is_active(regime), elite.power, -jnp.inf), elite.clan, n)
    persons = elite.power.shape[0]
    is_head = (elite.clan >= 0) & (rows(persons) == pick(head, elite.clan))
    mark = jnp.where(is_head, pick(stake, elite.clan), 0.0)
    return jnp.maximum(elite.condemned, mark), mark > 0


def _outcome(regime: Regime) -> dict[str, dict[str, Array]]:
    """The fields that a succession may change, by slice."""
    return {
        part: {field: getattr(getattr(regime, part), field) for field in fields}
        for part, fields in _CHANGED.items()
    }


def _kept(regime: Regime) -> Regime:
    """The regime with those fields, and no others, computed once."""
    parts = {
        part: change(getattr(regime, part), **fields)
        for part, fields in keep(_outcome(regime)).items()
    }
    return change(regime, **parts)


def _merge(regime: Regime, need: Array, solved: dict[str, dict[str, Array]]) -> Regime:
    """The regime with the outcome where there was a need for one."""
    parts = {}
    for part, fields in solved.items():
        old = getattr(regime, part)
        new = {f: jnp.where(need, v, getattr(old, f)) for f, v in fields.items()}
        parts[part] = change(old, **new)
    return change(regime, **parts)


_CHANGED = {
    "elite": ("condemned", "fallen_by"),
    "clans": ("favour", "pact", "defeated", "victor", "since_betrayal"),
    "nomenklatura": ("holder",),
    "leadership": (
        "leader", "control", "personal_power", "established", "reign", "horizon", "coalition",
        "exits", "exit_mode",
    ),
    "policy": ("agenda",),
    "moves": ("excluded", "betrayer", "betrayed", "removed_leader"),
}  # fmt: skip
