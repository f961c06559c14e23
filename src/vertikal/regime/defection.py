"""Stay or go: what serving, waiting, leaving and plotting are worth to an insider.

One value function serves the persons of the court and the strata below them, which are counted.
Rules: DF-1 to DF-14, NK-10, LD-6, OP-2, CO-8. How groups are counted stands in `strata`, rival
accounts of leaving in `defection_rivals`, power plays in `power_play`.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime import strata
from vertikal.regime.batch import approach, choose, either, keep, probability, rows, sum_by
from vertikal.regime.insiders import Insiders, Outlook, Worth, insiders, pillar
from vertikal.regime.leader import loyal_force
from vertikal.regime.mechanism import (
    SHORT_CLOCKS,
    Mechanism,
    Stage,
    Tick,
    Value,
    parameter,
    strike,
)
from vertikal.regime.priors import triangular
from vertikal.regime.regime import Grade, Regime, Setting, Status, change, is_active
from vertikal.regime.subsystems import Choice
from vertikal.theory.exit_option import exit_threshold

_ENOUGH = 1e-3
"""Guard of divisions by rents that may be nil, as a share of output."""

_NONPERSON = Grade.POSTS / Grade.DEATH
"""Severity of losing name and belongings for open dissent (DF-4)."""

_LEAST_FLOW = 1e-4
"""Below this flow, in yearly rents of the top post, logarithms are cut off."""

_TINY = 1e-30
"""Guard of divisions by a hazard that may be nil."""


class ExitClimate(
    Mechanism, id=80, stage=Stage.INPUTS, rules=("DF-2", "DF-5"), subsystem="defection"
):
    r"""A war that begins shocks; a welcome abroad lasts as long as it is of use.

    In the first ticks of a war that `war` brings about, the emotional shock rises to the intensity
    of the fighting (DF-2). The welcome of those who leave is a device and relaxes to what
    acceptance is in the long run (DF-5).
    """

    welcome_years: Value = parameter(
        1.0,
        "In which encouragement of defectors gives way to indifference; press attention to the "
        "leavers of spring 2022 had passed within about a year.",
        unit="years",
        low=0.05,
        high=20,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let a war's beginning shock and the welcome wear off."""
        own, war = regime.defection, regime.war
        begins = (war.intensity > 0) & (war.years > 0) & (war.years <= 1.5 * tick.step)
        shock = jnp.where(begins, jnp.maximum(own.shock, war.intensity), own.shock)
        worn = approach(tick.step, self.welcome_years) * (own.acceptance - own.welcome)
        return change(regime, defection=change(own, shock=shock, welcome=own.welcome + worn))


class StayOrGo(
    Mechanism,
    id=81,
    stage=Stage.PERSONS,
    rules=(
        "DF-1", "DF-2", "DF-3", "DF-4", "DF-5", "DF-6", "DF-7", "DF-8", "DF-9", "DF-10", "DF-11",
        "DF-12", "DF-13", "DF-14", "NK-10", "LD-6", "OP-2", "WR-8", "CO-8",
    ),
    builds_on=(
        "after Hirschman (1970), Exit, Voice, and Loyalty; Dixit and Pindyck (1994), Investment "
        "under Uncertainty"
    ),
    clocks=SHORT_CLOCKS,
    subsystem="defection",
    theory=("exit", "optimal_stopping"),
):  # fmt: skip
    r"""An insider weighs service, waiting, leaving and a grab for power.

    The unit is what the highest post yields in a year. *Serving* is worth
    $V = (w + g \, rank \, G - c \, a - \lambda P \, rank) / (r + \lambda) + O + F$: rents
    $w = w_0 + (1-w_0) \, rank$, a share of the assets being handed out, in units of the rents paid
    for loyalty, $G = handed / payout$ (DF-7); less aversion $a$; and the option of
    being near when the shares are handed out anew, $O = \omega \, rank \, e^{-H/\tau_o}$ with $H$
    the years still given to the leader (DF-8). Those who stayed, however compromised, keep a share
    $\phi$ of what the post is worth for good after a fall, now worth
    $F = \frac{\lambda}{r + \lambda} \, \phi w / r$ (DF-10). *Lying low* forgoes part of the rents
    and all hand-outs, but spares most of the aversion and of the loss in a fall, keeps $F$, and
    adds to the option (LD-6, DF-13). As far as property is insecure, $1 - s_p$, to keep what one
    has at home, $k$, is a matter of compliance (CO-8): who lies low risks a part of it a year,
    $\kappa_l k (1 - s_p)$. The hazard of the fall is $\lambda = \lambda_0 + \lambda_1 e$, with $e$
    the part of perceived defeat beyond the threshold, exactly nil below it (DF-9, DF-14).

    *Leaving quietly* brings $K = (C A (1 - \eta E) + l \, s)/r - L \, k + \kappa (O + F)$: a
    career as far as one is accepted in the long run (DF-5), the less the more hostile the exiles
    (DF-6, OP-2), living off assets abroad $s$, less home stakes $k$, with a slender hope of a
    comeback to what those who stayed have then (DF-10). *Noisily* adds short fame and the relief
    of speaking, less punishment (DF-4) and less the title to what is left behind, which an owner
    who dissents loses, $\kappa_n k (1 - s_p)$ (CO-8); *switching sides* more of each and all
    stakes. One leaves when the flow from staying has fallen to the threshold
    $x^* = \frac{\beta}{\beta-1}(r+\lambda) B$ of `theory.exit_option`. As circumstances differ
    from person to person and change, at each of $\nu$ cool reviews a year the flow $x$ is that low
    with probability $1/(1+(x/x^*)^{1/s})$, $s$ being their scatter; the way is a logit of the
    three. Ranks differ in $w$, $P$ and $O$ (DF-3); a demotion lowers them (NK-10).

    *Emotion* (DF-2): the sincere who are still in shock, a share $e^{-t/\tau_s}$ of them, review
    often and with service spoilt by outrage; integrated exactly over the step.

    *A power play* is open to those with force $f$ in reach once the ship lists beyond the
    threshold, $e_z > 0$, where the list joins defeat, a leader near his end and a paralysed one:
    chance $p = e_z f / (f + loyal)$, worth $p \, \Pi - (1-p) \Lambda (punishment)$; plots come at a
    rate times the logit of that against staying (DF-9). As long as the war is not lost the regime
    is expected to survive it, and the next gate is the leader's age (WR-8).

    Consequences: leavers are out of play and their posts fall vacant; cohesion falls by the weight
    of the pillars lost, $rank^4 \cdot rarity$ (DF-12); hand-outs raise loyalty and leave aversion
    and sincerity as they are (DF-7); owners grow loyal at the rate $k (1 - s_p) / \tau_k$ (CO-8);
    strata that the sincere leave are less sincere (DF-11). What those who leave with noise or
    switch sides owned at home goes into the pool of assets that is handed out to the loyal (CO-8):
    of each, $\kappa_n k (1 - s_p)$ in yearly rents of the highest post, which are worth
    $payout / \sum w$ of output, as all insiders share the rents paid for loyalty. Writes
    `elite.status`, `elite.severity`, `elite.loyalty`, `clans.cohesion` and `economy.pool` besides
    its own.
    """

    discount: Value = parameter(
        0.1, "Discount rate of insiders, who have learnt not to trust the distant future.",
        unit="per year", low=0.02, high=1,
    )  # fmt: skip
    base_rents: Value = parameter(
        0.15, "Rents of the lowest insider against the highest.", low=0.01, high=1
    )
    handouts: Value = parameter(
        1.0, "Gain of the highest rank where hand-outs equal the usual rents (DF-7).", high=10
    )
    aversion_cost: Value = parameter(
        0.15, "Yearly cost of serving what one fully abhors; alone it moves few (DF-13).", high=2
    )
    slack: Value = parameter(
        0.15, "Share of rents forgone by lying low: the post is kept, favours are not.",
        unit="share", high=1,
    )  # fmt: skip
    unsullied: Value = parameter(
        0.7, "Share of aversion and of the loss in a fall spared by lying low (DF-13).",
        unit="share", high=1,
    )  # fmt: skip
    option: Value = parameter(
        3.0, "What being near is worth to the highest rank at the moment of succession (DF-8).",
        high=30,
    )  # fmt: skip
    option_years: Value = parameter(
        6.0, "Years given to the leader that cut that option to 1/e.", unit="years", low=0.5,
        high=40,
    )  # fmt: skip
    waiting_edge: Value = parameter(
        0.3, "Share by which the option is worth more to those who did not stand out (LD-6).",
        high=3,
    )  # fmt: skip
    quiet_fall: Value = parameter(
        0.02, "Hazard of the regime's fall as insiders see it in quiet times.", unit="per year",
        high=1,
    )  # fmt: skip
    defeat_fall: Value = parameter(
        1.0, "What certain defeat adds to that hazard (DF-14).", unit="per year", high=20
    )
    fall_loss: Value = parameter(
        5.0, "Loss of the highest rank, found inside when the regime falls.", high=100
    )
    kept: Value = parameter(
        0.3, "Share of what a post is worth for good that those who stayed, however compromised, "
        "keep after a fall (DF-10): most lose the post, many are found in another.",
        unit="share", high=1,
    )  # fmt: skip
    career: Value = parameter(
        1.0, "Yearly worth of a career abroad where one is wholly accepted (DF-5).", high=10
    )
    living: Value = parameter(0.2, "Yearly worth abroad of the largest assets there.", high=5)
    cold_shoulder: Value = parameter(
        0.5, "Share of career and fame abroad that wholly hostile exiles spoil (DF-6).",
        unit="share", high=1,
    )  # fmt: skip
    uprooting: Value = parameter(2.0, "Worth of all one may leave behind at home.", high=50)
    comeback: Value = parameter(
        0.05, "Share of the option, and of what those who stayed keep after a fall, that one "
        "abroad still has; few exiles prosper after (DF-10).",
        unit="share", high=1,
    )  # fmt: skip
    fame: Value = parameter(0.4, "Worth of the fullest welcome of a denouncer (DF-5).", high=20)
    voice: Value = parameter(0.5, "Relief of speaking out against what one fully abhors.", high=20)
    reprisal: Value = parameter(1.0, "Cost of full punishment of open dissent (DF-4).", high=50)
    conditional: Value = parameter(
        0.05, "Yearly loss of an owner of most who lies low where no property is safe (CO-8).",
        high=2,
    )  # fmt: skip
    forfeit: Value = parameter(
        1.0, "Title to all that one owns at home, lost by open dissent where no property is safe, "
        "beyond what leaving alone costs (CO-8).", high=50,
    )  # fmt: skip
    hostage_years: Value = parameter(
        4.0, "In which an owner of most would be bound where no property is safe (CO-8).",
        unit="years", low=0.2, high=50,
    )  # fmt: skip
    treason: Value = parameter(
        3.0, "By how much all rewards and reprisals grow for one who joins the enemy.", low=1,
        high=20,
    )  # fmt: skip
    reviews: Value = parameter(
        4.0, "Cool reviews of one's position (DF-1).", unit="per year", low=0.1, high=50
    )
    noise: Value = parameter(
        0.3, "Noise in the choice between courses, in yearly rents of the top post.", low=0.02,
        high=5,
    )  # fmt: skip
    volatility: Value = parameter(
        0.3, "Volatility of the rents of a post, per square root of a year; that of a share price.",
        low=0.02, high=2,
    )  # fmt: skip
    scatter: Value = parameter(
        0.35, "Scatter of personal circumstances, in logarithms of the worth of staying.",
        low=0.05, high=2,
    )  # fmt: skip
    shock_years: Value = parameter(
        4 / 365.25, "In which emotion subsides: days, perhaps a week (BER ¶8).", unit="years",
        low=1 / 365.25, high=0.5, prior=triangular(2 / 365.25, 4 / 365.25, 8 / 365.25),
    )  # fmt: skip
    shocked_reviews: Value = parameter(
        50.0, "Reviews by the sincere in shock; about one in the week.", unit="per year", high=400
    )
    outrage: Value = parameter(
        0.15, "Yearly worth of serving that full shock spoils for the sincere.", high=5
    )
    threshold: Value = parameter(
        0.6, "Perceived defeat below which nobody stirs on that account (DF-9).", low=0.05,
        high=0.95, prior=triangular(0.4, 0.6, 0.8),
    )  # fmt: skip
    illness_years: Value = parameter(
        0.5, "Years left to the leader that make his end felt to 1/e.", unit="years", low=0.05,
        high=5,
    )  # fmt: skip
    plots: Value = parameter(
        2.0, "Power plays by one who surely gains by one.", unit="per year", high=50
    )
    prize: Value = parameter(15.0, "Worth of supreme power; ten or more top posts.", high=200)
    ruin: Value = parameter(10.0, "Cost of a failed power play at full punishment.", high=200)
    guard: Value = parameter(
        0.1, "Guard of a leader to whom no force answers, in units of one full force office.",
        low=0.001, high=2,
    )  # fmt: skip
    cohesion_loss: Value = parameter(
        0.2, "Share of cohesion lost with one pillar of the highest and rarest rank (DF-12).",
        unit="share", high=1,
    )  # fmt: skip
    gratitude_years: Value = parameter(
        1.0, "In which hand-outs as large as all rents would bind the highest rank (DF-7).",
        unit="years", low=0.05, high=20,
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let persons and strata choose."""
        who = keep(insiders(regime, tick.setting))
        worth = keep(self.worth(regime, tick.setting, who))
        exits, moved = keep(self.exits(regime, tick, who, worth))
        plays = keep(self.plays(who, worth, tick.step))
        n, before = regime.elite.power.shape[0], regime
        regime = self._persons(regime, tick, who, worth, exits[:, :n], plays[:n])
        serves = keep(self._serves(worth)[n:])
        regime = strata.leave(
            regime, tick, exits[:, n:], moved[n:], plays[n:], serves,
            approach(tick.step, 1 / self.reviews), self.cohesion_loss,
        )  # fmt: skip
        shock = regime.defection.shock * jnp.exp(-tick.step / self.shock_years)
        pool = regime.economy.pool + self._taken(before, regime, who)
        return change(
            regime,
            defection=change(regime.defection, shock=shock.astype(jnp.float32)),
            economy=change(regime.economy, pool=jnp.minimum(pool, 1.0).astype(jnp.float32)),
        )

    def worth(self, regime: Regime, setting: Setting, who: Insiders) -> Worth:
        """What each course is worth to each insider."""
        lead, own = regime.leadership, regime.defection
        beyond = lambda level: jnp.maximum(level - self.threshold, 0.0) / (1 - self.threshold)  # noqa: E731
        defeat = regime.war.defeat
        fall = self.quiet_fall + self.defeat_fall * beyond(defeat)
        paralysed = lead.shock * (1 - lead.control)
        dying = jnp.exp(-lead.horizon / self.illness_years)
        tips = beyond(1 - (1 - defeat) * (1 - paralysed) * (1 - dying))
        rents = self.rents(who)
        gift = self.handouts * who.rank * self.hand_out(regime)
        option = self.option * who.rank * jnp.exp(-lead.horizon / self.option_years)
        cost, penalty = self.aversion_cost * who.aversion, self.fall_loss * who.rank
        rate, spared = self.discount + fall, 1 - self.unsullied
        afterwards = fall * self.kept * rents / (self.discount * rate)
        serve = (rents + gift - cost - fall * penalty) / rate + option + afterwards
        held = keep(who.stakes * (1 - regime.economy.property_security))
        low = (1 - self.slack) * rents - spared * (cost + fall * penalty)
        low = (low - self.conditional * held) / rate + afterwards
        low = low + (1 + self.waiting_edge) * option
        open_door = 1 - self.cold_shoulder * regime.opposition.hostility
        outside = self.career * own.acceptance * open_door + self.living * who.abroad
        outside = outside / self.discount + self.comeback * (option + afterwards)
        quiet = outside - self.uprooting * who.stakes
        loud = self.fame * own.welcome * open_door + self.voice * who.aversion
        loud = loud - self.reprisal * own.punishment
        noisy = quiet + loud - self.forfeit * held
        switch = outside - self.uprooting + self.treason * loud
        loyal = loyal_force(regime, setting) + self.guard
        chance = tips * who.reach / (who.reach + loyal)
        play = chance * self.prize - (1 - chance) * self.ruin * own.punishment
        return Worth(serve, low, quiet, noisy, switch, play, penalty, fall, tips)

    def rents(self, who: Insiders) -> Float[Array, "insiders runs"]:
        """Yearly rents of each insider, in those of the highest post."""
        return self.base_rents + (1 - self.base_rents) * who.rank

    def hand_out(self, regime: Regime) -> Float[Array, " runs"]:
        """Assets being handed out, in units of the rents paid for loyalty; at most ten."""
        given = regime.economy
        return jnp.minimum(given.handed_out / (given.payout + _ENOUGH), 10.0)

    def exits(
        self, regime: Regime, tick: Tick, who: Insiders, worth: Worth
    ) -> tuple[Float[Array, "3 insiders runs"], Float[Array, "insiders runs"]]:
        """Hazard within the step of leaving quietly, noisily, to the enemy; emotion's share."""
        leave = jnp.stack([worth.quiet, worth.noisy, worth.switch]) / self.noise
        best = keep(jax.nn.logsumexp(leave, axis=0))
        ways = jnp.exp(leave - best)
        rate = self.discount + worth.fall_rate
        stay = self.noise * jnp.logaddexp(worth.serve / self.noise, worth.lie_low / self.noise)
        flow = keep(rate * stay + worth.fall_rate * worth.penalty)
        calm = Outlook(flow, self.noise * best, worth.penalty, worth.fall_rate, who.gone, who.rank)
        cool = self.leaving(calm) * tick.step
        upset = calm._replace(flow=flow - self.outrage)
        hot = self.leaving(upset) / self.reviews * self.shocked_reviews
        felt = regime.defection.shock * self.shock_years * approach(tick.step, self.shock_years)
        hot = who.sincerity * felt * hot
        total = keep(jnp.asarray(cool + hot, jnp.float32))
        return total * ways.astype(jnp.float32), hot / jnp.maximum(total, _TINY)

    def leaving(self, who: Outlook) -> Float[Array, "insiders runs"]:
        """Hazard of leaving after cool review, per year; the question on which theories disagree.

        Here leaving is an option whose exercise can wait; see the class.
        """
        leave = exit_threshold(
            self.discount, who.fall_rate, 0.0, self.volatility, who.outside, who.penalty
        )
        threshold = jnp.log(jnp.maximum(leave.threshold, _LEAST_FLOW))
        flow = jnp.log(jnp.maximum(who.flow, _LEAST_FLOW))
        chance = jax.nn.sigmoid((threshold - flow) / self.scatter)
        pays = leave.exits & (leave.threshold > _LEAST_FLOW)
        return jnp.where(pays, self.reviews * chance, 0.0)

    def plays(self, who: Insiders, worth: Worth, step: Array) -> Float[Array, "insiders runs"]:
        """Hazard of a power play within the step; nil below the threshold and without force."""
        stay = jnp.maximum(worth.serve, worth.lie_low)
        gain = jax.nn.sigmoid((worth.play - stay) / self.noise)
        is_open = (who.reach > 0) & (worth.tips > 0)
        return jnp.where(is_open, self.plots * step * gain, 0.0)

    def _serves(self, worth: Worth) -> Float[Array, "insiders runs"]:
        """Chance that one who stays serves rather than lies low."""
        return jax.nn.sigmoid((worth.serve - worth.lie_low) / self.noise)

    def _taken(self, before: Regime, after: Regime, who: Insiders) -> Float[Array, " runs"]:
        """What those who have just dissented openly owned at home, in years of output (CO-8)."""
        heads = jnp.concatenate([is_active(before), before.strata.number])
        paid = before.economy.payout / ((heads * self.rents(who)).sum(0) + _ENOUGH)
        held = who.stakes * (1 - before.economy.property_security)
        return self.forfeit * ((_against(after) - _against(before)) * held).sum(0) * paid

    def _persons(
        self,
        regime: Regime,
        tick: Tick,
        who: Insiders,
        worth: Worth,
        exits: Float[Array, "3 persons runs"],
        plays: Float[Array, "persons runs"],
    ) -> Regime:
        """Each person comes to a choice or leaves it as it is."""
        elite, own, n = regime.elite, regime.defection, regime.elite.power.shape[0]
        serves = self._serves(worth)[:n]
        review = self.reviews * tick.step
        courses = keep(
            jnp.stack([review * serves, review * (1 - serves), *exits, plays]).astype(jnp.float32)
        )
        free = is_active(regime) & (rows(n) != regime.leadership.leader)
        decides = free & tick.happens(probability(courses.sum(0), 1.0), draw=0)
        taken = choose(courses, tick.uniform(n, draw=1))
        newcomer = free & _leaves(own.choice)  # in the place of one who left
        choice = jnp.where(newcomer, Choice.SERVE, own.choice)
        choice = keep(jnp.where(decides, taken, choice))
        gone = keep(decides & _leaves(choice))
        loud = gone & (choice != Choice.QUIET_EXIT)
        lost = jnp.where(gone, pillar(who.rank[:n], jnp.minimum(elite.power, 1.0)), 0.0)
        rank = jnp.minimum(who.rank[:n], 1.0)
        bound = approach(tick.step * self.hand_out(regime), self.gratitude_years)
        owned = own.stakes * (1 - regime.economy.property_security)
        tied = approach(tick.step * owned, self.hostage_years)
        moved = either(rank * bound, tied) * (1 - elite.loyalty)
        loyalty = elite.loyalty + jnp.where(free, moved, 0.0)
        clans = regime.clans
        weakened = jnp.clip(
            1 - self.cohesion_loss * sum_by(lost, elite.clan, clans.power.shape[0]), 0.0, 1.0
        )
        status = jnp.where(loud, Status.ABROAD, jnp.where(gone, Status.RETIRED, elite.status))
        return change(
            regime,
            elite=change(
                elite,
                status=status,
                severity=jnp.where(loud, jnp.maximum(elite.severity, _NONPERSON), elite.severity),
                loyalty=loyalty.astype(jnp.float32),
                fallen_by=strike(regime, gone, self.id),
            ),
            clans=change(clans, cohesion=(clans.cohesion * weakened).astype(jnp.float32)),
            defection=change(
                own,
                choice=choice,
                pillars_lost=jnp.minimum(own.pillars_lost + lost.sum(0), 100.0),
            ),
        )


def _against(regime: Regime) -> Float[Array, "insiders runs"]:
    """How many there are of each insider who have left with noise or switched sides."""
    abroad = regime.elite.status == Status.ABROAD
    return jnp.concatenate([abroad, regime.strata.noisy + regime.strata.switched])


def _leaves(choice: Int[Array, "persons runs"]) -> Bool[Array, "persons runs"]:
    return (choice >= Choice.QUIET_EXIT) & (choice <= Choice.SWITCH_SIDES)
