"""Coups: those who guard the leader may turn on him. Rules: CO-1, CL-4, EC-2, LD-4."""

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import NOBODY, choose, first_best, keep, pick, probability, rows
from vertikal.regime.coercion import condemn
from vertikal.regime.leader import (
    GUARD,
    at_stake,
    depose,
    force_of,
    has_successor,
    leader_clan,
    loyal_force,
)
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter, strike
from vertikal.regime.regime import Exit, Regime, Setting, acts_as_one, change, is_active
from vertikal.theory.army_size import loyalty_wage
from vertikal.theory.contests import win_probability


class Coup(
    Mechanism,
    id=64,
    stage=Stage.RESOLUTION,
    rules=("CO-1", "CL-4", "EC-2", "LD-4"),
    builds_on=(
        "after Besley and Robinson (2010), Quis Custodiet Ipsos Custodes?; "
        "Morris and Shin (1998), Unique Equilibrium in a Model of Self-Fulfilling Currency Attacks"
    ),
):
    r"""Those who guard the leader may turn on him.

    One armed clan, drawn by force, is in a position to plot. With its force $m$ (its own and what
    partners lend), the leader's guard $k$ and an outside threat $T$, staying loyal would have to
    pay $w^* = \frac{m}{m + k} \frac{\varphi (m + T)}{\varphi m + T}$: the chance of a coup times
    how much better the state would fare without it, $\varphi$ being the part of the force that
    survives a coup. The regime pays it its share of power, moved by favour. The hazard a year is
    $\rho \cdot \zeta \ln(1 + e^{(w^* - w) / \zeta}) \cdot (1 - C (1 - \lambda e^{-H / H_0})) \cdot
    \Phi((1 - c - k / (k + m)) / \sigma) \cdot e^{-\beta (\bar\ell - 1/2)}$: temptation;
    opportunity, which needs a leader without grip or without a future; and coordination, in the
    limit game of regime change, in which plotters attack if the guard is weaker than $1 - c$ with
    $c = \phi f / (1 + \phi f)$ the cost of failing in fear $f$; and the mean loyalty $\bar\ell$ of
    the clan's people, by power, by which what is handed out keeps in power those who hand it out
    (EC-2). A guard in the leader's own hand deters; in another's hand it tempts its holder. A rule
    of succession keeps some from joining (`KnownHeir`). Arms decide (CO-1). A failed plotter's head
    is condemned, his clan hunted. Those of a successful clan who command force know from then on
    how power was taken (LD-4).
    """

    rate: Value = parameter(
        1.5, "Plots a year where all factors invite one.", unit="per year", high=50
    )
    survives: Value = parameter(
        0.6, "Part of the force that survives a successful coup.", unit="share", low=0.05, high=1
    )
    threat: Value = parameter(
        1.0, "Outside threat at full tension, in units of one full force office.", low=0.01, high=20
    )
    guard: Value = parameter(
        0.1, "Guard of a leader to whom no force answers, in units of one full force office.",
        low=0.001, high=2,
    )  # fmt: skip
    sharpness: Value = parameter(
        0.15, "Shortfall in pay over which temptation sets in.", low=0.01, high=2
    )
    lame_duck: Value = parameter(
        0.5, "Share of grip lost for plotters when the leader is about to go.", unit="share", high=1
    )
    duck_years: Value = parameter(
        3.0, "Expected time left that cuts that loss to 1/e.", unit="years", low=0.2, high=20
    )
    fear_cost: Value = parameter(
        1.5, "What failing costs in full fear, in units of the prize.", high=20
    )
    uncertainty: Value = parameter(
        0.25, "Doubt about the guard's strength among plotters.", low=0.02, high=3
    )
    loyalty: Value = parameter(
        1.0, "Fall of the log rate of plots from wholly disloyal to wholly loyal plotters (EC-2); "
        "a mean loyalty of one half counts for nothing.", high=10,
    )  # fmt: skip
    decisiveness: Value = parameter(
        1.5, "How sharply an advantage in force decides a coup.", low=0.1, high=8
    )
    pursuit_years: Value = parameter(
        2.0, "How long the people of a failed plotter are hunted.", unit="years", high=20
    )
    knowledge: Value = parameter(
        0.5, "What those who led the force of a successful coup know of how power was taken, as "
        "exposure of one without cover (LD-4).", high=1,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let one armed clan plot, and settle the attempt by force."""
        clans, lead, setting = regime.clans, regime.leadership, tick.setting
        n = clans.power.shape[0]
        own = leader_clan(regime)
        plays = acts_as_one(regime, setting) & (clans.coercion > 0)
        able = keep(plays & (rows(n) != own) & (lead.leader >= 0))
        plotter = choose(jnp.where(able, clans.coercion, 0.0), tick.uniform(1, draw=0)[0])
        ready = able.any(0) & (regime.moves.plotter < 0)
        force = keep(force_of(regime, rows(n) == plotter))
        loyal = keep(loyal_force(regime, setting) + self.guard)
        hazard = self.hazard(regime, plotter, force, loyal)
        tries = keep(ready & tick.happens(probability(hazard, tick.step)[None], draw=1)[0])
        wins = jnp.asarray(win_probability(force, loyal, self.decisiveness), jnp.float32)
        success = keep(tries & tick.happens(wins[None], draw=2)[0])
        odds = keep(force / (force + loyal))
        return settle(
            regime, tick.setting, plotter, tries, success, odds, self.pursuit_years,
            self.knowledge, self.id,
        )  # fmt: skip

    def hazard(
        self,
        regime: Regime,
        plotter: Int[Array, " runs"],
        force: Float[Array, " runs"],
        loyal: Float[Array, " runs"],
    ) -> Float[Array, " runs"]:
        """Plots per year: temptation times opportunity times coordination times disloyalty."""
        clans, lead, elite = regime.clans, regime.leadership, regime.elite
        danger = self.threat * regime.military_industry.tension + GUARD
        wage = loyalty_wage(force + GUARD, danger, loyal, self.survives)
        share = pick(clans.power, plotter) / (clans.power.sum(0) + GUARD)
        paid = share * (1 + pick(clans.favour, plotter))
        temptation = self.sharpness * jnp.logaddexp(0.0, (wage - paid) / self.sharpness)
        leaving = self.lame_duck * jnp.exp(-lead.horizon / self.duck_years)
        opportunity = 1 - lead.control * (1 - leaving)
        price = self.fear_cost * regime.coercion.fear
        weakness = 1 - price / (1 + price) - loyal / (loyal + force)
        coordination = ndtr(jnp.asarray(weakness / self.uncertainty, jnp.float32))
        weight = jnp.where(is_active(regime) & (elite.clan == plotter), elite.power, 0.0)
        tied = (weight * (elite.loyalty - 0.5)).sum(0) / (weight.sum(0) + GUARD)
        willing = jnp.exp(-self.loyalty * tied)
        waits = regime.succession_rule.restraint
        return self.rate * temptation * opportunity * coordination * willing * (1 - waits)


def settle(
    regime: Regime,
    setting: Setting,
    plotter: Int[Array, " runs"],
    tries: Bool[Array, " runs"],
    success: Bool[Array, " runs"],
    odds: Float[Array, " runs"],
    pursuit_years: Value,
    knowledge: Value,
    by: int,
) -> Regime:
    """The regime after a coup has been tried by force.

    A successful one deposes the leader, and those of the clan who command force know how it was
    done (LD-4). The head of a clan that fails is condemned, his clan hunted and cut out of the
    ruling coalition.

    Args:
        regime: The present state.
        setting: What the scenario fixes for good.
        plotter: Clan that plots.
        tries: The runs in which it does; there must be a leader in them.
        success: Those in which it wins.
        odds: Force of the plotters as a share of theirs and the loyal force.
        pursuit_years: How long the people of a failed plotter are hunted.
        knowledge: What those who win know of how power was taken, 0 to 1.
        by: Id of the mechanism at work.
    """
    clans, lead, moves = regime.clans, regime.leadership, regime.moves
    n = clans.power.shape[0]
    possible = has_successor(regime)
    tries, success = tries & possible, success & possible
    failed = tries & ~success
    fallen = failed & (rows(n) == plotter)
    leads = jnp.where(is_active(regime) & (regime.elite.clan == plotter), regime.elite.power, -1.0)
    leads = keep(leads)
    head = jnp.where(leads.max(0) >= 0, first_best(leads), NOBODY)
    hit = failed & (rows(leads.shape[0]) == head)
    knows = success & (leads >= 0) & (regime.elite.coercion > 0)
    known = jnp.maximum(regime.elite.knowledge, knowledge)
    elite = change(
        regime.elite,
        knowledge=jnp.where(knows, known, regime.elite.knowledge).astype(jnp.float32),
        condemned=condemn(regime, head, at_stake(setting.narrowness, odds), failed),
        fallen_by=strike(regime, hit, by),
    )
    hunted = jnp.maximum(clans.defeated, pursuit_years).astype(jnp.float32)
    after = change(
        regime,
        elite=elite,
        clans=change(
            clans,
            defeated=jnp.where(fallen, hunted, clans.defeated),
            victor=jnp.where(fallen, leader_clan(regime), clans.victor),
        ),
        leadership=change(lead, coalition=lead.coalition & ~fallen),
        moves=change(
            moves,
            plotter=jnp.where(tries, plotter, moves.plotter),
            coup_success=moves.coup_success | success,
            excluded=moves.excluded | (fallen & lead.coalition),
        ),
    )
    stake = at_stake(setting.narrowness, 1 - odds)
    return depose(after, setting, success, Exit.COUP, stake, by)
