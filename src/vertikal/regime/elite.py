"""Technocrats, ideocrats and corruptionists: what they make of the state, and it of them.

Four mechanisms, in the order of a tick. `BodyInfluence`: the mixtures of office holders, weighted
by the formal power of the bodies in which they sit, move policy and the legal order.
`PoleDrift`: persons drift towards the pole that pays. `ForceThreshold`: when force is used, and
why it may not stop. `EliteQuality`: what decades of personal rule do to people and state.

Rules of the elite that are not here: EL-8, EL-9, EL-12, EL-16 and EL-17 need a war
with fortunes, a West, a local self-government and an opposition to act upon.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, keep, pick, sum_by
from vertikal.regime.mechanism import SHORT_CLOCKS, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Pole, Regime, Setting, change, is_active
from vertikal.theory.contests import success_probability

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""

_STEEPEST = 30.0
"""Keeps the exponential of a year's drift finite whatever the parameters."""
_TINY = 1e-30
"""Guard of divisions by a share that may be nil, and must stay exact where it is small."""


def seat_weight(regime: Regime, setting: Setting) -> Float[Array, "offices runs"]:
    """Formal power of each occupied seat: its share in each body times the body's power.

    A vacant seat weighs nothing and its weight passes to nobody: a half-empty body decides less.
    """
    formal = (setting.body_share * setting.body_power[:, None]).sum(0)
    held = regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)
    return jnp.where(held, formal, 0.0)


def holders_mix(regime: Regime) -> Float[Array, "3 offices runs"]:
    """The mixture of each office's holder; row 0's where there is none, so weigh by seats."""
    holder = jnp.maximum(regime.nomenklatura.holder, 0)
    return jnp.take_along_axis(regime.elite.mix, holder[None], 1)


def leader_mix(regime: Regime) -> Float[Array, "3 runs"]:
    """The leader's own mixture; nil between an exit and the succession."""
    leader = regime.leadership.leader
    mix = jnp.take_along_axis(regime.elite.mix, jnp.maximum(leader, 0)[None, None], 1)[:, 0]
    return jnp.where(leader >= 0, mix, 0.0)


def formal_influence(regime: Regime, setting: Setting) -> Float[Array, "3 runs"]:
    """Influence of each pole through bodies: share in the body times its formal power (EL-13)."""
    return (seat_weight(regime, setting) * holders_mix(regime)).sum(1)


class BodyInfluence(
    Mechanism,
    id=20,
    stage=Stage.ECONOMY,
    rules=("EL-1", "EL-2", "EL-3", "EL-5", "EL-11", "EL-13", "EL-20"),
    builds_on="Tullock (1980), Efficient Rent Seeking",
    theory=("technocrat", "pole"),
):
    r"""What the poles make of policy, each through the power of the bodies in which it sits.

    The influence of pole $k$ is its share in each body times the body's formal power, plus the
    leader's own mind as far as he rules in person (EL-13):
    $E_k = \sum_b P_b \sum_o s_{bo} m_{k,h(o)} + \lambda \, c \, \pi \, m_{k,leader}$.
    Every decision is a contest of the poles with one another and with routine, the apparatus left
    to itself (EL-20): pole $k$ carries it with probability
    $p_k = E_k^r / (\sum_j E_j^r + \rho^r)$. So the share of technocrats in a powerless body moves
    almost nothing.

    *Rationality* (EL-1, EL-5). A decision carried by pole $k$ yields $y_k$; a technocrat's yield is
    scaled by his competence, and a corruptionist's is about nil. With $N$ decisions a year and a
    memory of $\tau$ years, rationality follows the exact step of
    $dR = (\bar y - R)\,dt/\tau + \sqrt{V/N}\,dW/\tau$, where $\bar y$ and $V$ are mean and variance
    of the yield of one decision: technocrats tilt decisions, not always with success.

    *Agenda* (EL-2, EL-11). The weight of the greatness agenda relaxes towards
    $\sigma(\kappa(w\,p_I + v\,war + f\,agenda - a\,m\,p_T - \theta))$. The term in the agenda
    itself is hysteresis: what ideocrats and war have raised stays up after the war unless they lose
    more ground than it took to raise it. Memory $m$ of the Soviet Union's negative experience gives
    technocrats the lever $a$ for caution; a scenario says how far there is any.

    *Legal order* (EL-3). Technocrats mend it as far as force does not rule, corruptionists eat it:
    $\dot L = u(1-L) - dL$ with $u = b\,p_T(1-force)$ and $d = e\,p_C$, stepped exactly.
    """

    leader_weight: Value = parameter(
        0.8,
        "Weight of a leader in full control and with full personal power, against one body of full "
        "formal power.",
        high=10,
    )
    routine: Value = parameter(
        0.4,
        "Weight of the apparatus left to itself in each decision, in the same unit; it makes a "
        "powerless body powerless (EL-13).",
        low=0.01,
        high=10,
    )
    decisiveness: Value = parameter(
        1.0, "How far the stronger pole takes all in the contest over a decision (EL-20).", high=5
    )
    technocrat_yield: Value = parameter(
        1.0,
        "Rationality of a decision carried by fully competent technocrats.",
        unit="share",
        high=1,
    )
    ideocrat_yield: Value = parameter(
        0.35,
        "Rationality of a decision for the mission's sake: able to plan, at any cost (EL-5).",
        unit="share",
        high=1,
    )
    corruptionist_yield: Value = parameter(
        0.03, "Use to the state of a decision for private gain (EL-5).", unit="share", high=1
    )
    routine_yield: Value = parameter(
        0.4, "Rationality of what the apparatus does by itself.", unit="share", high=1
    )
    decisions_per_year: Value = parameter(
        12.0,
        "Decisions a year weighty enough to set a course; fewer make chance larger (EL-1).",
        unit="per year",
        low=0.5,
        high=1000,
    )
    policy_memory: Value = parameter(
        1.5, "Over which past decisions still make policy.", unit="years", low=0.1, high=20
    )
    agenda_years: Value = parameter(
        2.0, "In which the agenda follows what drives it.", unit="years", low=0.1, high=30
    )
    agenda_steepness: Value = parameter(
        10.0,
        "How sharply the agenda tips; above 4 over `agenda_hold` it has two basins.",
        high=100,
    )
    agenda_mission: Value = parameter(
        1.0, "Push of decisions carried by ideocrats towards greatness (EL-2).", high=10
    )
    agenda_war: Value = parameter(0.3, "Push of a major war towards greatness (EL-2).", high=10)
    agenda_hold: Value = parameter(
        0.5, "Push of the agenda in force towards its own persistence (EL-2).", high=10
    )
    agenda_caution: Value = parameter(
        0.3,
        "Lever of technocrats against greatness where the Soviet Union's negative experience is "
        "remembered as it was (EL-11); a scenario before its end has none to remember.",
        high=10,
    )
    agenda_threshold: Value = parameter(
        0.55,
        "Push at which the agenda is at one half: some two fifths of decisions to ideocrats, three "
        "tenths to technocrats.",
        high=10,
    )
    order_building: Value = parameter(
        0.08,
        "Rate at which technocrats alone would mend the legal order; institutions grow slowly.",
        unit="per year",
        high=5,
    )
    order_decay: Value = parameter(
        0.2,
        "Rate at which corruptionists alone would eat the legal order; it outpaces growth (EL-3).",
        unit="per year",
        high=5,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Decide on policy by the balance of the poles in the bodies that matter."""
        chance = keep(self.balance(regime, tick.setting))
        policy = regime.policy
        return change(
            regime,
            policy=change(
                policy,
                rationality=self._rationality(regime, tick, chance),
                agenda=self._agenda(regime, tick, chance),
                legal_order=self._order(regime, tick, chance),
            ),
        )

    def balance(self, regime: Regime, setting: Setting) -> Float[Array, "4 runs"]:
        """Chance of each pole, and last of routine, to carry a decision."""
        influence = self.influence(regime, setting) + self._in_person(regime)
        routine = jnp.full_like(influence[:1], self.routine)
        strength = jnp.concatenate([influence, routine])
        return success_probability(strength, self.decisiveness, axis=0)

    def influence(self, regime: Regime, setting: Setting) -> Float[Array, "3 runs"]:
        """Influence of each pole through bodies.

        Here and in the next two methods theories of what a technocrat is disagree.
        """
        return formal_influence(regime, setting)

    def best_yield(self, competence: Float[Array, " runs"]) -> Float[Array, " runs"]:
        """Rationality of a decision that technocrats of some competence carry."""
        return self.technocrat_yield * competence

    def lawfulness(self) -> float:
        """How far technocrats mend the law and caution against greatness, as a factor."""
        return 1.0

    def _in_person(self, regime: Regime) -> Float[Array, "3 runs"]:
        """Influence of each pole through the leader's own mind."""
        lead = regime.leadership
        return self.leader_weight * lead.control * lead.personal_power * leader_mix(regime)

    def _competence(self, regime: Regime, setting: Setting) -> Float[Array, " runs"]:
        """Mean competence behind the technocratic influence; 1/2 where there is none."""
        competence = regime.elite.competence
        seats = seat_weight(regime, setting) * holders_mix(regime)[Pole.TECHNOCRAT]
        own = self._in_person(regime)[Pole.TECHNOCRAT]
        able = (seats * pick(competence, regime.nomenklatura.holder)).sum(0)
        able = able + own * pick(competence, regime.leadership.leader)
        return (able + 0.5 * _ENOUGH) / (seats.sum(0) + own + _ENOUGH)

    def _rationality(self, regime: Regime, tick: Tick, chance: Array) -> Float[Array, " runs"]:
        best = self.best_yield(self._competence(regime, tick.setting))
        yields = (best, self.ideocrat_yield, self.corruptionist_yield, self.routine_yield)
        mean = sum(p * y for p, y in zip(chance, yields, strict=True))
        square = sum(p * y * y for p, y in zip(chance, yields, strict=True))
        variance = jnp.maximum(square - mean * mean, 0.0)
        moved = approach(tick.step, self.policy_memory)
        settled = variance / (2 * self.decisions_per_year * self.policy_memory)
        noise = jnp.sqrt(settled * moved * (2 - moved)) * tick.normal(1)[0]
        now = regime.policy.rationality
        return jnp.clip(now + moved * (mean - now) + noise, 0.0, 1.0)

    def _agenda(self, regime: Regime, tick: Tick, chance: Array) -> Float[Array, " runs"]:
        now = regime.policy.agenda
        lever = self.agenda_caution * self.lawfulness() * tick.setting.soviet_lesson
        push = (
            self.agenda_mission * chance[Pole.IDEOCRAT]
            + self.agenda_war * regime.military_industry.war
            + self.agenda_hold * now
            - lever * chance[Pole.TECHNOCRAT]
            - self.agenda_threshold
        )
        target = 1 / (1 + jnp.exp(-self.agenda_steepness * push))
        return now + approach(tick.step, self.agenda_years) * (target - now)

    def _order(self, regime: Regime, tick: Tick, chance: Array) -> Float[Array, " runs"]:
        built = self.order_building * self.lawfulness()
        up = built * chance[Pole.TECHNOCRAT] * (1 - regime.policy.force)
        down = self.order_decay * chance[Pole.CORRUPTIONIST]
        both = up + down
        moved = -jnp.expm1(-both * tick.step)
        now = regime.policy.legal_order
        return now + moved * (up / jnp.maximum(both, _ENOUGH) - now)


class PoleDrift(
    Mechanism,
    id=21,
    stage=Stage.PERSONS,
    rules=("EL-3", "EL-4", "EL-10", "EL-19", "EL-20", "WR-3", "CH-2"),
    builds_on="Taylor and Jonker (1978), Evolutionary Stable Strategies and Game Dynamics",
):
    r"""Persons drift towards the pole that is rewarded where they stand.

    The mixture of an active person follows replicator dynamics with mutation: what pays more than
    one's average grows, $\dot x_k = x_k(\pi_k - \bar\pi) + \mu(1/3 - x_k)$. Payoffs, in log-odds a
    year:

    - technocrat: results, as far as policy is rational (EL-4) and the state lends its support,
      which is granted and not owned: the reward is $1 + g \, favour$ times what it is where the
      leader neither favours nor slights the person's clan, so that in full disfavour a share $g$ is
      withdrawn; and enthusiasm for efficient officials in a rigid vertical comes in waves (EL-19),
      here a random walk scaled by centralisation; arms that prove good in a war add prestige
      (WR-3), and so does an example abroad, $1 + e \, S$ with the success $S$ of technocratic rule
      in China (CH-2), which a scenario states;
    - ideocrat: mission, as far as the greatness agenda prevails (EL-4);
    - corruptionist: rents, as far as the legal order is broken (EL-3; with `BodyInfluence` this
      closes a loop that can run away);
    - each pole: its share in the mixture of an active patron, among the clan's men in office, and
      among the colleagues in the body, so that the antagonists of EL-20 contest each milieu.

    Drift cannot take a person's technocratic share below a floor (EL-10); who starts below it can
    only be lifted, by mutation.
    """

    results: Value = parameter(
        0.15,
        "Reward of results where policy is wholly rational: alone, odds grow e-fold in seven "
        "years. People turn within careers, not within campaigns.",
        unit="per year",
        high=10,
    )
    mission: Value = parameter(
        0.15, "Reward of mission where greatness is the whole agenda.", unit="per year", high=10
    )
    rents: Value = parameter(
        0.2, "Reward of rents where no law binds (EL-3).", unit="per year", high=10
    )
    war_prestige: Value = parameter(
        0.5,
        "By how much perfect arms in a major war raise the reward of results (WR-3).",
        high=10,
    )
    example: Value = parameter(
        0.3,
        "By how much technocratic rule that wholly succeeds in China raises the reward of results, "
        "as proof that it can be done; less than arms of one's own in a war (CH-2).",
        high=10,
    )
    granted: Value = parameter(
        0.6,
        "Share of the reward of results that full disfavour to the clan takes away and full favour "
        "adds (EL-19).",
        unit="share",
        high=1,
    )
    enthusiasm: Value = parameter(
        0.1,
        "Volatility of the state's enthusiasm for results in a wholly centralised regime (EL-19), "
        "in log-odds per square root of a year.",
        high=5,
    )
    patron_pull: Value = parameter(
        0.08, "Pull of a patron who is of one pole entirely.", unit="per year", high=10
    )
    clan_pull: Value = parameter(
        0.05, "Pull of a clan whose men in office are of one pole.", unit="per year", high=10
    )
    body_pull: Value = parameter(
        0.05, "Pull of colleagues in a body that are of one pole (EL-20).", unit="per year", high=10
    )
    mutation: Value = parameter(
        0.03, "Rate at which persons turn to any pole for no reason.", unit="per year", high=5
    )
    floor: Value = parameter(
        0.05,
        "Technocratic share below which drift takes nobody; without it the country decays (EL-10).",
        unit="share",
        high=0.33,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let every active person's mixture drift for one step."""
        elite = regime.elite
        clan = keep(_against_ideocrats(self._clan_payoff(regime, tick.setting)))
        gain = jnp.zeros_like(elite.mix[:2])
        for c in range(clan.shape[1]):  # few clans: unrolled beats a gather
            gain = jnp.where(elite.clan == c, clan[:, c][:, None], gain)
        at = jnp.maximum(elite.patron, 0)[None]
        patron = keep(_against_ideocrats(elite.mix))
        patron = keep(jnp.take_along_axis(patron, at, 1, mode="promise_in_bounds"))
        leads = (elite.patron >= 0) & pick(is_active(regime), elite.patron)
        gain = gain + jnp.where(leads, self.patron_pull * patron, 0.0)
        gain = gain + self.body_pull * keep(self._colleagues(regime, tick.setting))
        wave = self.enthusiasm * tick.setting.centralisation * tick.normal(1)[0]
        wave = keep(jnp.exp(wave * jnp.sqrt(tick.step)))
        # `evolution.replicator_step` with ideocrats' payoff as zero, which saves an exponential for
        # every person; a test holds the two together.
        technocrat, ideocrat, corruptionist = elite.mix
        growth = keep(jnp.exp(jnp.clip(gain * tick.step, -_STEEPEST, _STEEPEST)))
        favoured, corrupted = technocrat * growth[0] * wave, corruptionist * growth[1]
        total = favoured + ideocrat + corrupted
        kept = keep(jnp.exp(-self.mutation * tick.step))
        scale, spread = kept / total, (1 - kept) / 3
        lasting = jnp.minimum(self.floor, technocrat)
        drifted = keep(jnp.maximum(favoured * scale + spread, lasting))
        rest = (ideocrat + corrupted) * scale + 2 * spread
        share = (ideocrat * scale + spread) / jnp.maximum(rest, _TINY)
        settled = keep((1 - drifted) * share)
        new = (drifted, settled, jnp.maximum(1 - drifted - settled, 0.0))
        active = is_active(regime)
        # chosen before they are stacked: a choice inside a concatenation is not vectorised
        poles = keep([jnp.where(active, x, y) for x, y in zip(new, elite.mix, strict=True)])
        mix = keep(jnp.stack(poles))
        return change(regime, elite=change(elite, mix=mix))

    def _clan_payoff(self, regime: Regime, setting: Setting) -> Float[Array, "3 clans runs"]:
        """Payoff of each pole to the members of each clan, before patrons and colleagues."""
        policy, arms, clans = regime.policy, regime.military_industry, regime.clans
        proven = 1 + self.war_prestige * arms.war * arms.quality
        proven = proven * (1 + self.example * regime.foreign.china_success)
        support = 1 - self.granted + self.granted * (1 + clans.favour)
        rewards = (
            self.results * policy.rationality * proven * support,
            self.mission * policy.agenda,
            self.rents * (1 - policy.legal_order),
        )
        table = jnp.stack([jnp.broadcast_to(r, clans.favour.shape) for r in rewards])
        return table + self.clan_pull * clan_tone(regime, setting)

    def _colleagues(self, regime: Regime, setting: Setting) -> Float[Array, "2 persons runs"]:
        """Mixture of the bodies in which each person sits, against ideocrats; nil outside."""
        holder, persons = regime.nomenklatura.holder, regime.elite.power.shape[0]
        held = regime.nomenklatura.active & (holder >= 0)
        seat = jnp.where(held, setting.body_share, 0.0)
        body = (seat[:, None] * keep(_against_ideocrats(holders_mix(regime)))).sum(2)
        body = keep(body / (seat.sum(1)[:, None] + _ENOUGH))
        around = seat[0] * body[0, :, None]
        for b in range(1, seat.shape[0]):  # few bodies: unrolled beats a reduction
            around = around + seat[b] * body[b, :, None]
        per_seat = keep(around)
        weight = sum_by(seat.sum(0), holder, persons) + _ENOUGH
        return jnp.stack([sum_by(seats, holder, persons) for seats in per_seat]) / weight


def clan_tone(regime: Regime, setting: Setting) -> Float[Array, "3 clans runs"]:
    """Mean mixture of each clan's men in office, by policy power; nil for a clan out of office."""
    holder, clans = regime.nomenklatura.holder, regime.clans.power.shape[0]
    held = regime.nomenklatura.active & (holder >= 0)
    clan = jnp.where(held, pick(regime.elite.clan, holder), -1)
    weight = jnp.where(held, setting.office_policy, 0.0)
    total = sum_by(weight, clan, clans) + _ENOUGH
    return jnp.stack([sum_by(weight * m, clan, clans) for m in holders_mix(regime)]) / total


def _against_ideocrats(payoff: Float[Array, "3 *n"]) -> Float[Array, "2 *n"]:
    """Advantage of technocrats and corruptionists over ideocrats; only that drives drift."""
    return jnp.stack(
        [
            payoff[Pole.TECHNOCRAT] - payoff[Pole.IDEOCRAT],
            payoff[Pole.CORRUPTIONIST] - payoff[Pole.IDEOCRAT],
        ]
    )


class ForceThreshold(
    Mechanism,
    id=22,
    stage=Stage.SLOW,
    rules=("EL-6", "EL-7", "EL-15", "CO-10"),
    builds_on="",
    clocks=SHORT_CLOCKS,
):
    r"""Force is used when it seems necessary; then it feeds on itself; and terror is inherited.

    Necessity joins shock, tension and open clan war, any of which can suffice:
    $n = 1 - (1-a_s shock)(1-a_t tension)(1-a_c conflict)$, where the conflict is the share of all
    clans' power that belongs to clans under pursuit: to hunt down the powerless takes no force
    beyond theirs. Force relaxes towards
    $F^* = r \, [n - \theta] + g F$, cut to 0..1, where the threshold
    $\theta = \theta_0 + q \, T (1-n)(1-terror)$ is raised by the technocratic share $T$ of those
    who rule (EL-6). Principle gives way with urgency, the factor $1-n$ (EL-15), and where a
    working terror system lies at hand, the factor $1-terror$ (EL-7). The term $gF$ is the spiral:
    with $g < 1$ it multiplies force by $1/(1-g)$ and dies with its cause; with
    $g \ge 1 + r\theta$, force past a point needs no cause any more, whoever rules. Force rises
    faster than it calms.

    It turns on its user (EL-6): what is done by force can be held against whoever commands it.
    Exposure $x_i$ rises towards one at the rate $\rho \, F \min(f_i, 1)$, with $f_i$ the force that
    is the person's own to command. From exposure follow attacks and cases (`Attack`,
    `ShowcaseCases`), a hunt for the beaten, and with it more need of force: the loop closes.

    Terror, the severity that an era allows, is built up by force in use beyond it. It is not
    dismantled because the rulers are rational (EL-7, CO-10): it fades with the years, and only as
    far as necessity does not make dismantling it risky.
    """

    shock_weight: Value = parameter(
        0.9, "Necessity of force felt at the largest external shock alone.", unit="share", high=1
    )
    tension_weight: Value = parameter(
        0.4, "Necessity of force felt at the highest tension alone.", unit="share", high=1
    )
    conflict_weight: Value = parameter(
        0.4,
        "Necessity of force felt where all power is in the hands of clans under pursuit.",
        unit="share",
        high=1,
    )
    threshold: Value = parameter(
        0.2, "Necessity above which rulers without technocrats use force.", unit="share", high=1
    )
    restraint: Value = parameter(
        0.6,
        "How much purely technocratic rule raises the threshold: force only when really needed.",
        high=5,
    )
    response: Value = parameter(2.0, "Force for each unit of necessity above threshold.", high=20)
    spiral: Value = parameter(
        0.8,
        "Force that force in full use calls forth by itself (EL-6): below one it dies with its "
        "cause, above one, as in a good third of the prior, it may need none.",
        high=5,
    )
    stain: Value = parameter(
        0.2,
        "Rate at which material gathers against whoever commands a full force office while force "
        "is in full use (EL-6); as fast as a file loses its weight again (`hidden_quality`).",
        unit="per year",
        high=5,
    )
    rise_years: Value = parameter(
        0.3, "In which force is brought to bear.", unit="years", low=0.01, high=10
    )
    calm_years: Value = parameter(
        2.0, "In which force that is not needed is given up.", unit="years", low=0.01, high=30
    )
    building_years: Value = parameter(
        3.0, "In which force in use makes an apparatus of terror.", unit="years", low=0.1, high=50
    )
    dismantling_years: Value = parameter(
        25.0,
        "In which terror fades where nothing makes that risky: about a generation (EL-7).",
        unit="years",
        low=0.5,
        high=500,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move the use of force, the severity of the era and what is held against its users."""
        need = keep(self.necessity(regime))
        force, terror = regime.policy.force, regime.coercion.terror
        called = self.response * (need - self.bar(regime, tick.setting, need))
        wanted = jnp.clip(called + self.spiral * force, 0.0, 1.0)
        pace = jnp.where(
            wanted > force,
            approach(tick.step, self.rise_years),
            approach(tick.step, self.calm_years),
        )
        built = approach(tick.step, self.building_years) * jnp.maximum(force - terror, 0.0)
        fading = jnp.where(
            force > terror, 0.0, approach(tick.step * (1 - need), self.dismantling_years)
        )
        elite = regime.elite
        done = -jnp.expm1(-self.stain * tick.step * force * jnp.minimum(elite.coercion, 1.0))
        return change(
            regime,
            elite=change(elite, exposure=elite.exposure + done * (1 - elite.exposure)),
            policy=change(regime.policy, force=force + pace * (wanted - force)),
            coercion=change(regime.coercion, terror=terror * (1 - fading) + built),
        )

    def necessity(self, regime: Regime) -> Float[Array, " runs"]:
        """How necessary force seems: 0 not at all, 1 beyond question."""
        clans = regime.clans
        hunted = jnp.where(clans.defeated > 0, clans.power, 0.0).sum(0)
        conflict = hunted / jnp.maximum(clans.power.sum(0), _ENOUGH)
        return 1 - (
            (1 - self.shock_weight * regime.leadership.shock)
            * (1 - self.tension_weight * regime.military_industry.tension)
            * (1 - self.conflict_weight * conflict)
        )

    def bar(
        self, regime: Regime, setting: Setting, need: Float[Array, " runs"]
    ) -> Float[Array, " runs"]:
        """Necessity that force must reach while none is in use."""
        bodies = formal_influence(regime, setting)
        among = bodies[Pole.TECHNOCRAT] / jnp.maximum(bodies.sum(0), _ENOUGH)
        own = regime.leadership.personal_power
        ruling = own * leader_mix(regime)[Pole.TECHNOCRAT] + (1 - own) * among
        return self.threshold + self.restraint * ruling * (1 - need) * (1 - regime.coercion.terror)


class EliteQuality(
    Mechanism,
    id=23,
    stage=Stage.SLOW,
    rules=("EL-3", "EL-10", "EL-14", "EL-18"),
    builds_on="",
):
    r"""Long personal rule feeds and tames people; the state's capability follows with a lag.

    Personal rule is $P$, the leader's personal power, and one once he is established; it tames by
    $\tau = P(1-e^{-reign/h})$. Who enters the elite then is of quality
    $q^* = q_0 (1 - d\tau)(1 - \ell \, [\overline{loyalty - competence}]_+)$ (EL-14): the last
    factor is loyalty before competence among those in office, who choose the entrants. Those
    inside lose sincerity at a rate proportional to $P$.

    Capability relaxes, over years, towards
    $(w q + (1-w) R)(1 - e \, C)$ with $q$ the quality of entrants, $R$ rationality (EL-18) and $C$
    the corruptionists' share of formal influence, since their projects are not delivered (EL-3;
    that they are seldom punished is left out).
    Where technocrats hold less than a floor of formal influence, capability decays fast, the faster
    the less they hold (EL-10).
    """

    best_entrants: Value = parameter(
        0.7, "Quality of entrants under a new leader who appoints by merit.", unit="share", high=1
    )
    taming: Value = parameter(
        0.6,
        "Share of that quality lost to very long and wholly personal rule (EL-14).",
        unit="share",
        high=1,
    )
    taming_years: Value = parameter(
        10.0,
        "Years of reign in which two thirds of the taming is done; a diplomat tells of twenty "
        "years of decline (BER ¶17).",
        unit="years",
        low=0.5,
        high=100,
    )
    loyalty_first: Value = parameter(
        0.8,
        "Share of quality lost where men in office are wholly loyal and wholly incompetent.",
        unit="share",
        high=1,
    )
    entrant_years: Value = parameter(
        5.0, "In which the pool of entrants renews itself.", unit="years", low=0.2, high=50
    )
    feeding: Value = parameter(
        0.05,
        "Rate at which sincerity is lost under wholly personal rule: two thirds in twenty years, "
        "the two decades of BER ¶10.",
        unit="per year",
        high=5,
    )
    people_weight: Value = parameter(
        0.6,
        "Weight of people against rationality of decisions in what the state can do.",
        unit="share",
        high=1,
    )
    undelivered: Value = parameter(
        0.7, "Share of capability lost where corruptionists hold all posts.", unit="share", high=1
    )
    lag_years: Value = parameter(
        8.0, "In which capability follows quality.", unit="years", low=0.5, high=100
    )
    floor: Value = parameter(
        0.1,
        "Technocratic share of formal influence below which decay is fast (EL-10).",
        unit="share",
        low=0.001,
        high=1,
    )
    collapse: Value = parameter(
        0.3, "Rate of that decay where there are no technocrats at all.", unit="per year", high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let people and state follow the manner of rule."""
        elite, lead, policy = regime.elite, regime.leadership, regime.policy
        personal = jnp.where(lead.established, 1.0, lead.personal_power)
        tamed = personal * -jnp.expm1(-lead.reign / self.taming_years)
        fit = (1 - self.taming * tamed) * (
            1 - self.loyalty_first * loyalty_premium(regime, tick.setting)
        )
        entrants = policy.entrant_quality
        entrants = entrants + approach(tick.step, self.entrant_years) * (
            self.best_entrants * fit - entrants
        )
        bodies = keep(formal_influence(regime, tick.setting))
        filled = bodies.sum(0)
        share = bodies / jnp.maximum(filled, _ENOUGH)
        able = self.people_weight * entrants + (1 - self.people_weight) * policy.rationality
        able = able * (1 - self.undelivered * share[Pole.CORRUPTIONIST])
        missing = jnp.clip(1 - share[Pole.TECHNOCRAT] / self.floor, 0.0, 1.0)
        missing = jnp.where(filled > 0, missing, 0.0)
        capability = policy.capability
        capability = capability + approach(tick.step, self.lag_years) * (able - capability)
        capability = capability * jnp.exp(-self.collapse * missing * tick.step)
        kept = keep(jnp.exp(-self.feeding * personal * tick.step))
        return change(
            regime,
            elite=change(
                elite, sincerity=elite.sincerity * jnp.where(is_active(regime), kept, 1.0)
            ),
            policy=change(policy, entrant_quality=entrants, capability=capability),
        )


def loyalty_premium(regime: Regime, setting: Setting) -> Float[Array, " runs"]:
    """Excess of loyalty over competence among men in office, by policy power; at least 0."""
    holder = regime.nomenklatura.holder
    held = regime.nomenklatura.active & (holder >= 0)
    weight = jnp.where(held, setting.office_policy, 0.0)
    premium = pick(regime.elite.loyalty - regime.elite.competence, holder)
    return jnp.clip((weight * premium).sum(0) / (weight.sum(0) + _ENOUGH), 0.0, 1.0)
