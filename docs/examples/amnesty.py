"""A mechanism of one's own: when terror eases, the imprisoned and the banished may come home."""

import jax.numpy as jnp

from vertikal import Mechanism, Regime, Stage, Tick, parameter
from vertikal.regime.batch import probability
from vertikal.regime.regime import Status, change


class Amnesty(
    Mechanism,
    id=1001,
    stage=Stage.LEADER,
    rules=(),
    clocks=("week", "month", "quarter", "year"),
):
    r"""Those in prison or banished are let go, the sooner the less terror the era allows.

    Each goes free at the rate $a \, (1 - terror)$ a year, as far as the leader controls the
    machinery. Who comes home may hold office again; what he suffered stays on the record.
    """

    rate: float = parameter(
        0.5,
        "Half of them a year or so once terror has gone: the order of magnitude of the returns of "
        "1953-56 (judgement).",
        unit="per year",
        high=12.0,
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Let some of them go."""
        status = regime.elite.status
        held = (status == Status.IMPRISONED) | (status == Status.EXILED)
        mildness = (1 - regime.coercion.terror) * regime.leadership.control
        chance = probability(self.rate * mildness, tick.step)
        free = held & tick.happens(jnp.broadcast_to(chance, status.shape))
        elite = change(regime.elite, status=jnp.where(free, Status.ACTIVE, status))
        return change(regime, elite=elite)
