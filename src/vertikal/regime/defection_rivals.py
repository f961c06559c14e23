"""Rival accounts of why insiders leave: a cascade among them, or no calculation at all.

Each is `StayOrGo` with another hazard of leaving; what emotion adds, how people leave and what
comes of it follows in the same way. Rules: DF-2, DF-3.
"""

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

from vertikal.regime.defection import StayOrGo
from vertikal.regime.insiders import Outlook
from vertikal.regime.mechanism import Value, parameter


class LeaveTogether(
    StayOrGo,
    id=83,
    rules=(
        "DF-1",
        "DF-2",
        "DF-3",
        "DF-4",
        "DF-5",
        "DF-6",
        "DF-7",
        "DF-8",
        "DF-9",
        "DF-12",
        "DF-14",
    ),
    builds_on="after Kuran (1991), Now Out of Never",
    theory=("exit", "cascade"),
    rival_of=StayOrGo,
):
    r"""Insiders leave when enough others have left.

    Each has a threshold: the share of peers gone at which one goes too. Thresholds are normal with
    spread $s$ about the advantage of staying in units of a scale, $m = (V - K)/S$, so that
    $F(r) = \Phi((r - m)/s)$ would be gone if $r$ are. Those of them still there leave at their
    next review: $h = \nu \, [F(r) - r]_+ / (1 - r)$, at rest where $F(r) = r$, the rest points of
    `vertikal.theory.thresholds`.
    """

    scale: Value = parameter(
        10.0, "Advantage of staying that nothing but a general flight outweighs; what a top post "
        "is worth for good.", low=0.5, high=100,
    )  # fmt: skip
    spread: Value = parameter(0.1, "Spread of thresholds, as a share of peers.", low=0.01, high=1)

    def leaving(self, who: Outlook) -> Float[Array, "insiders runs"]:
        """Hazard of leaving after cool review, per year."""
        rate = self.discount + who.fall_rate
        stay = (who.flow - who.fall_rate * who.penalty) / rate
        mean = (stay - who.outside) / self.scale
        gone = jnp.clip(who.gone, 0.0, 1 - 1e-6)
        due = ndtr(jnp.asarray((gone - mean) / self.spread, jnp.float32))
        return self.reviews * jnp.clip((due - gone) / (1 - gone), 0.0, 1.0)


class LeaveAtRandom(
    StayOrGo,
    id=84,
    rules=("DF-2", "DF-3", "DF-12"),
    builds_on="",
    theory=("exit", "hazard_only"),
    rival_of=StayOrGo,
):
    r"""Insiders leave by chance, the seldomer the higher they stand: $h = h_0 e^{-b \cdot rank}$.

    The null account, against which the others must show what they explain. No reward, punishment
    or news moves it; emotion still makes the sincere review often.
    """

    base: Value = parameter(
        0.05, "Hazard of the lowest rank; a career of some twenty years.", unit="per year", high=0.5
    )
    gradient: Value = parameter(
        6.0, "Fall of its logarithm to the highest rank; four hundredfold.", high=20
    )

    def leaving(self, who: Outlook) -> Float[Array, "insiders runs"]:
        """Hazard of leaving, per year."""
        found = self.base * jnp.exp(-self.gradient * who.rank)
        return jnp.broadcast_to(found, who.flow.shape)
