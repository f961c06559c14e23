"""An heir by law: what changes where the transfer of power follows a rule that is kept.

`KnownHeir`: how far the rule restrains those who might not wait. `HeirByLaw`: who follows.
Rules: CL-4, CL-18, LD-6, LD-10. What happens where no rule decides stands in `succession`.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import NOBODY, keep, pick, rows
from vertikal.regime.leader import taken_over
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.regime import Regime, Setting, Status, change


def heir(regime: Regime) -> Int[Array, " runs"]:
    """The person who would follow by law at this moment, or `NOBODY`.

    Whoever holds the office named by the rule, unless he leads, has just lost the leadership, is
    condemned or out of play. It is asked anew by each who needs to know: within a tick people die,
    leave and are struck between one who asks and the next.
    """
    office, posts, elite = regime.succession_rule.heir, regime.nomenklatura, regime.elite
    person = jnp.where(
        (office >= 0) & pick(posts.active, office), pick(posts.holder, office), NOBODY
    )
    fair = (pick(elite.status, person) == Status.ACTIVE) & (pick(elite.condemned, person) <= 0)
    other = (person != regime.leadership.leader) & (person != regime.moves.removed_leader)
    return keep(jnp.where((person >= 0) & fair & other, person, NOBODY))


def eased(setting: Setting, regime: Regime) -> Setting:
    """The setting with what the rule left of the competition for the succession (LD-10).

    It goes by the restraint of the last tick, so that all mechanisms of a tick see the same.
    """
    left = setting.narrowness * (1 - regime.succession_rule.restraint)
    return change(setting, narrowness=keep(left))


class KnownHeir(
    Mechanism,
    id=66,
    stage=Stage.PERCEPTION,
    rules=("CL-4", "LD-10"),
    builds_on=(
        "after Frantz and Stein (2017), Countering Coups: Leadership Succession Rules in "
        "Dictatorships; Kokkonen and Sundell (2014), Delivering Stability: Primogeniture and "
        "Autocratic Survival in European Monarchies 1000-1800"
    ),
):
    r"""Where it is known who follows, there is less to gain by not waiting.

    While an heir by law is in place, the rule restrains by $\delta s$, with $s$ how far it is
    kept: that part of the plots against the leader (`Coup`) and of the tests of a new leader's
    coalition (`Succession`) does not come about, since those whom the rule leaves a prospect gain
    more by patience and are missing among the plotters, and the narrowness of the competition for
    the succession, and so the stake in destroying a rival (LD-10), shrinks by that part. Of the war
    between clans (`Attack`) the part $\delta s \rho$ does not take place, with $\rho$ the part of
    it that is about who follows: where power passes openly nobody need be squeezed out for it
    (CL-4). Without an heir in place the rule restrains nobody.

    That an heir may be too impatient to wait (the crown prince problem of Herz 1952) is not here:
    his clan plots as others do.
    """

    deference: Value = parameter(
        0.6,
        "Part of plots, tests and stakes that a rule wholly kept takes away. The cited studies "
        "find the sign, over dictatorships and over monarchies; the size is our judgement.",
        unit="share", high=1, prior=triangular(0.2, 0.6, 0.9),
    )  # fmt: skip
    rivalry: Value = parameter(
        0.5, "Part of the war between clans that is about who follows (CL-4).",
        unit="share", high=1, prior=triangular(0.1, 0.5, 0.9),
    )  # fmt: skip

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Reckon how far the rule restrains in this tick."""
        rule = regime.succession_rule
        restraint = jnp.where(heir(regime) >= 0, self.deference * rule.strength, 0.0)
        rule = change(rule, restraint=_number(restraint), truce=_number(self.rivalry * restraint))
        return change(regime, succession_rule=rule)


class HeirByLaw(
    Mechanism,
    id=55,
    stage=Stage.RESOLUTION,
    rules=("CL-4", "CL-18", "LD-6", "LD-9"),
    builds_on=(
        "after Meng (2021), Winning the Game of Thrones: Leadership Succession in Modern "
        "Autocracies"
    ),
):
    r"""When the place falls vacant, the heir by law takes it as far as the rule is kept.

    With chance $s$ the holder of the office that the rule names becomes leader before anybody
    fights for it: the ruling coalition goes on and takes his clan in, nobody is cut out, the
    agenda stays (LD-9), and his old office falls vacant. Otherwise, and where there is no heir, the
    rule is broken and power decides, by whatever theory of the succession is in force
    (`Succession`). Those who have overthrown a leader by force keep no rule. A wave of cases under
    way serves the heir as it serves whoever takes power otherwise (CL-18).
    """

    control: Value = parameter(
        0.55, "Grip of an heir by law on the machinery: nobody's hand was forced.", high=1
    )
    personal_power: Value = parameter(0.15, "His personal power, as of any new leader.", high=1)
    legacy: Value = parameter(
        0.3,
        "Part of the way from there to full personal power that a full wave of cases goes for him, "
        "as for any new leader (CL-18).",
        unit="share", high=1,
    )  # fmt: skip
    horizon: Value = parameter(
        12.0, "Years that others give him, as any new leader.", unit="years", low=0.5, high=60
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Install the heir where there is a vacancy and the rule is kept."""
        kept = tick.happens(regime.succession_rule.strength[None])[0]
        person = heir(regime)
        open_ = (regime.leadership.leader < 0) & ~regime.moves.coup_success
        follows = keep(open_ & kept & (person >= 0))
        return self.install(regime, tick.setting, follows, person)

    def install(
        self,
        regime: Regime,
        setting: Setting,
        follows: Bool[Array, " runs"],
        person: Int[Array, " runs"],
    ) -> Regime:
        """The regime after the heir has taken the leader's place in the runs `follows`."""
        lead, clans, posts = regime.leadership, regime.clans, regime.nomenklatura
        new = lambda value, old: jnp.where(follows, value, old)  # noqa: E731
        joins = follows & setting.clan_organised
        joins = joins & (rows(clans.power.shape[0]) == pick(regime.elite.clan, person))
        holder = posts.holder
        left = follows & (rows(holder.shape[0]) == regime.succession_rule.heir)
        holder = jnp.where(left, NOBODY, holder)
        holder = jnp.where(follows & setting.office_of_leader & posts.active, person, holder)
        return change(
            regime,
            leadership=change(
                lead,
                leader=new(person, lead.leader),
                control=_number(new(self.control, lead.control)),
                personal_power=_number(
                    new(taken_over(regime, self.personal_power, self.legacy), lead.personal_power)
                ),
                established=lead.established & ~follows,
                reign=new(0.0, lead.reign),
                horizon=_number(new(self.horizon, lead.horizon)),
                coalition=lead.coalition | joins,
            ),
            clans=change(clans, favour=new(0.0, clans.favour)),
            nomenklatura=change(posts, holder=holder),
        )


def _number(value: Array) -> Float[Array, " runs"]:
    return jnp.asarray(value, jnp.float32)
