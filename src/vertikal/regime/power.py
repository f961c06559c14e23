"""Power, the one currency that all subsystems share, and the force that clans can call on.

A person's power comes from offices, command of force, nearness to the leader and clients; a clan's
is the sum over its members, weighted by cohesion.

Rules: NK-8, CL-15, CL-17, CO-1, LD-3, LD-4, MI-6.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import approach, either, keep, pick, sum_by
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.military_industry import HOME
from vertikal.regime.regime import Regime, Setting, change, is_active

MIDDLING = 0.5
"""Weight of the complex at home up to which offices have the policy power that scenarios state."""


def office_force(regime: Regime, setting: Setting) -> Float[Array, "offices runs"]:
    """Force that each office's holder commands, net of what answers to the leader."""
    held = regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)
    own = setting.office_coercion * (1 - setting.office_grip * regime.leadership.control)
    return jnp.where(held, own, 0.0)


def policy_power(
    regime: Regime, setting: Setting, committees: Value
) -> Float[Array, "offices runs"]:
    """Policy power of each office that somebody holds, with the weight of the complex (MI-6)."""
    held = regime.nomenklatura.active & (regime.nomenklatura.holder >= 0)
    weight = jnp.maximum(regime.military_industry.influence[HOME] - MIDDLING, 0.0)
    power = setting.office_policy * (1 + committees * setting.office_strategic * weight)
    return jnp.where(held, power, 0.0)


def leader_force(regime: Regime, setting: Setting) -> Float[Array, " runs"]:
    """Force that answers to the leader; falls with the leader's control."""
    through = setting.office_coercion * setting.office_grip * regime.leadership.control
    return jnp.where(regime.nomenklatura.active, through, 0.0).sum(0)


def vulnerability(
    exposure: Float[Array, "persons runs"], knowledge: Float[Array, "persons runs"], cover: Array
) -> Float[Array, "persons runs"]:
    r"""What a case could be made of: $1 - (1 - x)(1 - k [1 - cover]_+)$ (LD-4).

    Args:
        exposure: $x$, material for a case, 0 to 1.
        knowledge: $k$, what a person knows of how power was taken, 0 to 1.
        cover: Of the person's clan, 0 or more; what is known harms only whoever has lost it.
    """
    return either(exposure, knowledge * (1 - jnp.minimum(cover, 1.0)))


class PowerBalance(
    Mechanism,
    id=10,
    stage=Stage.PERCEPTION,
    rules=("NK-8", "CL-15", "CL-17", "CO-1", "LD-3", "LD-4", "CL-6", "MI-6"),
):
    r"""Who is how strong, and what force each clan can call on.

    Person $i$: $\pi_i = (p_i + \kappa f_i + \sigma p_i f_i)(1 + \phi_i) + \chi a_i + \delta
    \sum_{j: patron(j)=i} \pi^0_j$, with $p$ policy power and $f$ force from offices held, $a$
    proximity, $\phi$ the bonus of founders, and $\pi^0$ power before clients; nothing for those
    who are out of play. An office of policy power $p_o$ and strategic weight $s_o$ gives
    $p_o (1 + \mu s_o [I - 1/2]_+)$: whoever heads the committees that shape the forces is the
    stronger the more the complex at home weighs, $I$, and never the weaker for it (MI-6, CL-15).
    The product term is the more than additive power of police, intelligence and production in one
    hand (NK-8). Clan $c$: sum over members times cohesion. Cover (CO-1): $f_c + \sum_d pact_{cd}
    f_d + \max(favour_c, 0) \cdot F$, with $F$ the force that answers to the leader. Exposure of a
    clan is the mean over its members, by power, of what a case could be made of (`vulnerability`):
    what is known of how power was taken counts as far as that cover falls short of one (LD-4).
    """

    coercive_weight: Value = parameter(
        1.2, "Power of full command of force, in full policy offices.", high=10
    )
    portfolio_synergy: Value = parameter(
        0.4, "Extra power of holding force and policy in one hand (NK-8).", high=5
    )
    proximity_weight: Value = parameter(
        0.6, "Power of the closest access to the leader, in full policy offices.", high=10
    )
    client_share: Value = parameter(
        0.15, "Share of clients' power that counts for the patron (CL-17).", unit="share", high=1
    )
    committees: Value = parameter(
        0.5,
        "Share of policy power that a wholly strategic office gains for each unit of weight of the "
        "complex above one half (MI-6): a quarter from middling weight to the greatest.",
        high=2,
    )
    memory_years: Value = parameter(
        1.5, "Over which rivals notice that a clan grows (CL-6).", unit="years", low=0.05, high=20
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Compute person, clan and leader strength from offices, proximity and ties."""
        elite, clans, setting = regime.elite, regime.clans, tick.setting
        persons, n_clans = elite.power.shape[0], clans.power.shape[0]
        holder = regime.nomenklatura.holder
        policy = sum_by(keep(policy_power(regime, setting, self.committees)), holder, persons)
        force = keep(sum_by(office_force(regime, setting), holder, persons))
        active = is_active(regime)
        office = policy + self.coercive_weight * force + self.portfolio_synergy * policy * force
        own = office * (1 + elite.founder) + self.proximity_weight * elite.proximity
        own = keep(jnp.where(active, own, 0.0))
        clients = sum_by(own, jnp.where(active, elite.patron, -1), persons)
        power = keep(jnp.where(active, own + self.client_share * clients, 0.0))
        clan_power = keep(sum_by(power, elite.clan, n_clans) * clans.cohesion)
        clan_force = keep(sum_by(jnp.where(active, force, 0.0), elite.clan, n_clans))
        lent = sum(clans.pact[:, d] * clan_force[d] for d in range(n_clans))
        cover = clan_force + lent + jnp.maximum(clans.favour, 0.0) * leader_force(regime, setting)
        open_to = vulnerability(elite.exposure, elite.knowledge, pick(keep(cover), elite.clan))
        weighted = sum_by(power * open_to, elite.clan, n_clans)
        exposure = weighted / (sum_by(power, elite.clan, n_clans) + 1e-6)
        share = clan_power / (clan_power.sum(0) + 1e-6)
        trend = clans.trend + approach(tick.step, self.memory_years) * (share - clans.trend)
        return change(
            regime,
            elite=change(elite, power=power, coercion=jnp.where(active, force, 0.0)),
            clans=change(
                clans,
                power=clan_power,
                coercion=clan_force,
                cover=cover,
                exposure=exposure,
                trend=trend,
            ),
        )
