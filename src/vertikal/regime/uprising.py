"""Revolt from below: crowds that those who guard the leader do not stop. Rules: LD-7, IN-9."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import keep, probability
from vertikal.regime.leader import at_stake, depose, has_successor, loyal_force
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.regime import Exit, Regime, change
from vertikal.theory.contests import win_probability


class Revolt(
    Mechanism,
    id=129,
    stage=Stage.LEADER,
    rules=("LD-7", "IN-9"),
    builds_on=(
        "after Chenoweth and Stephan (2011), Why Civil Resistance Works; "
        "Tullock (1980), Efficient Rent Seeking"
    ),
):
    r"""A leader whom the streets want gone falls if too few stand up to them.

    Protest $x$, a share of all people (`Unrest`), is set against the crowd that the guard can face
    down, $\theta = \theta_1 \frac{L}{L + u}$ with $L$ the force on which the leader can count: it
    shrinks as his grip goes, since force that does not answer to him does not shoot for him. He is
    driven out at the rate $\rho \, x^m / (x^m + \theta^m)$. A regime that rests neither on a
    dynasty nor on the army nor on an ideology has nothing but his popularity to keep people at home
    (LD-7), and so cannot last for ever (IN-9); while they stay at home nothing happens.

    Most of the crowd then goes home. Who follows is settled as after any exit (`Succession`), among
    the clans that were there before: a revolt that ends the regime itself is not modelled. The
    documents know no revolt, so it is at work only where a scenario declares `uprising`.
    """

    rate: Value = parameter(
        6.0,
        "Falls a year where the crowd is beyond all that the guard can face: within weeks to "
        "months, as in 1989 and 2011.",
        unit="per year", high=50, prior=triangular(2.0, 6.0, 20.0),
    )  # fmt: skip
    crowd: Value = parameter(
        0.07,
        "Share of the people that the strongest guard can face. Half of it, what a guard of "
        "middling force can, is the 3.5 per cent beyond which the authors found no campaign that "
        "failed.",
        unit="share", low=0.001, high=1, prior=triangular(0.03, 0.07, 0.14), basis="literature",
    )  # fmt: skip
    middling: Value = parameter(
        1.0, "Loyal force that can face half of that, in units of one full force office.",
        low=0.01, high=20,
    )  # fmt: skip
    decisiveness: Value = parameter(
        4.0, "How sharply numbers decide.", low=0.5, high=12, prior=triangular(2.0, 4.0, 8.0)
    )
    relief: Value = parameter(
        0.8, "Part of the crowd that goes home when he is gone.", unit="share", high=1
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let the streets drive the leader out."""
        loyal = keep(loyal_force(regime, tick.setting))
        rate = self.hazard(regime, loyal)
        falls = tick.happens(probability(rate, tick.step)[None])[0]
        falls = keep(falls & (regime.leadership.leader >= 0) & has_successor(regime))
        stake = at_stake(tick.setting.narrowness, loyal / (loyal + self.middling))
        left = jnp.where(falls, 1 - self.relief, 1.0) * regime.public.unrest
        after = change(
            regime,
            public=change(regime.public, unrest=left.astype(jnp.float32)),
            uprising=change(regime.uprising, falls=regime.uprising.falls + falls),
        )
        return depose(after, tick.setting, falls, Exit.REVOLT, stake, self.id)

    def hazard(self, regime: Regime, loyal: Float[Array, " runs"]) -> Float[Array, " runs"]:
        """Falls a year.

        Args:
            regime: The present state.
            loyal: Force on which the leader can count, in units of one full force office.
        """
        faced = self.crowd * loyal / (loyal + self.middling)
        won = win_probability(regime.public.unrest, faced, self.decisiveness)
        return jnp.asarray(self.rate * jnp.where(regime.public.unrest > 0, won, 0.0), jnp.float32)
