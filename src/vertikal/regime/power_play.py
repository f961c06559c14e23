"""Power plays: what comes of a grab for power when the ship lists.

Rules: DF-9, DF-14, LD-4.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import first_best, keep, pick, rows, sum_by
from vertikal.regime.coup import settle
from vertikal.regime.insiders import able_clans
from vertikal.regime.leader import at_stake, depose, force_of, has_successor, loyal_force
from vertikal.regime.mechanism import SHORT_CLOCKS, Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Exit, Regime, change, is_active
from vertikal.regime.subsystems import Choice
from vertikal.theory.contests import win_probability


class PowerPlay(
    Mechanism,
    id=82,
    stage=Stage.LEADER,
    rules=("DF-9", "DF-14", "LD-4"),
    clocks=SHORT_CLOCKS,
    subsystem="defection",
):
    r"""Force settles the power plays that insiders have chosen in this tick.

    The armed clan of the persons who have chosen one moves first, with its force and what pacts
    lend it; where none has, the most forceful stratum that plots. Against the leader's loyal force
    $k$ and guard they win with probability $m^r / (m^r + k^r)$. A clan's attempt is entered in the
    record of the tick and settled as any coup is (CO-1): success deposes the leader and leaves
    those who command the force with what they know (LD-4), failure condemns the clan's head. A
    stratum that fails loses its leading circle, one member in a hundred; one that wins leaves it to
    the succession who comes after. One attempt a tick; whoever has chosen a power play and not
    moved lies low again. Writes `leadership`, `moves`,
    `elite.condemned` and what else `coup.settle` does, besides its own.
    """

    decisiveness: Value = parameter(
        1.5, "How sharply an advantage in force decides; as of any coup.", low=0.1, high=8
    )
    guard: Value = parameter(
        0.1, "Guard of a leader to whom no force answers, in units of one full force office.",
        low=0.001, high=2,
    )  # fmt: skip
    pursuit_years: Value = parameter(
        2.0, "How long the people of a failed plotter are hunted; as of any coup.", unit="years",
        high=20,
    )  # fmt: skip
    knowledge: Value = parameter(
        0.5, "What those who led a successful one know of how power was taken, as exposure of one "
        "without cover (LD-4); as of any coup.", high=1,
    )  # fmt: skip
    circle: Value = parameter(
        0.01, "Share of a stratum that falls with a failed power play.", unit="share", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let one clan or one stratum strike."""
        own, setting, n = regime.defection, tick.setting, regime.clans.power.shape[0]
        loyal = keep(loyal_force(regime, setting) + self.guard)
        ready = (regime.leadership.leader >= 0) & (regime.moves.plotter < 0)
        plots = is_active(regime) & (own.choice == Choice.POWER_PLAY) & (regime.elite.coercion > 0)
        armed = sum_by(jnp.where(plots, regime.elite.coercion, 0.0), regime.elite.clan, n)
        armed = keep(jnp.where(able_clans(regime, setting), armed, 0.0))
        plotter = first_best(armed)
        tries = keep(ready & (armed.max(0) > 0))
        force = keep(force_of(regime, rows(n) == plotter))
        success = keep(tries & self._wins(tick, force, loyal, draw=0))
        odds = keep(force / (force + loyal))
        choice = jnp.where(own.choice == Choice.POWER_PLAY, Choice.LIE_LOW, own.choice)
        regime = change(regime, defection=change(own, choice=choice))
        regime = settle(
            regime, setting, plotter, tries, success, odds, self.pursuit_years, self.knowledge,
            self.id,
        )  # fmt: skip
        if regime.strata.number.shape[0] == 0:
            return regime
        return self._strata(regime, tick, ready & ~tries, loyal)

    def _strata(
        self,
        regime: Regime,
        tick: Tick,
        ready: Bool[Array, " runs"],
        loyal: Float[Array, " runs"],
    ) -> Regime:
        """The most forceful stratum that plots strikes where no clan has."""
        strata = regime.strata
        force = keep(jnp.where(strata.plotting > 0, strata.force, 0.0))
        first: Int[Array, " runs"] = first_best(force)
        tries = ready & (force.max(0) > 0) & has_successor(regime)
        strength = pick(force, first)
        success = keep(tries & self._wins(tick, strength, loyal, draw=1))
        failed = tries & ~success & (rows(force.shape[0]) == first)
        left = jnp.where(failed, jnp.floor(strata.number * (1 - self.circle)), strata.number)
        regime = change(regime, strata=change(strata, number=left.astype(jnp.float32)))
        stake = at_stake(tick.setting.narrowness, loyal / (strength + loyal))
        return depose(regime, tick.setting, success, Exit.COUP, stake, self.id)

    def _wins(
        self, tick: Tick, force: Float[Array, " runs"], loyal: Float[Array, " runs"], draw: int
    ) -> Bool[Array, " runs"]:
        chance = jnp.asarray(win_probability(force, loyal, self.decisiveness), jnp.float32)
        return tick.happens(chance[None], draw=draw)[0]
