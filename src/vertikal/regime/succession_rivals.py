"""Rival theories of who wins a succession: the strongest force, the selectorate, the pyramid.

Each is `Succession` with another answer to one question, who rules when the place is vacant and
whether the present coalition stands; all that follows from the answer is the same. Rules: CL-4,
LD-6, CO-1, CL-17.
"""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from vertikal.regime.batch import NOBODY, first_best, keep, pick, rows, sum_by
from vertikal.regime.leader import GUARD
from vertikal.regime.succession import Game, Succession

Answer = tuple[Bool[Array, " runs"], Bool[Array, "clans runs"]]


def winners_bloc(
    game: Game, weight: Float[Array, "clans runs"]
) -> tuple[Int[Array, " runs"], Bool[Array, "clans runs"]]:
    """The bloc with the largest sum of weights, by its lowest row, and its members."""
    total = keep(sum_by(jnp.where(game.player, weight, 0.0), game.bloc, weight.shape[0]))
    winner = first_best(total)
    return winner, game.player & (game.bloc == winner)


def still_wins(game: Game, winner: Int[Array, " runs"]) -> Bool[Array, " runs"]:
    """Whether the bloc that would win is that of the present leader."""
    leader = game.lead.leader
    clan = jnp.where(leader >= 0, pick(game.elite.clan, leader), NOBODY)
    return (clan >= 0) & (pick(game.bloc, clan) == winner)


def affinity(game: Game, members: Bool[Array, "clans runs"]) -> Float[Array, "clans runs"]:
    """How close each clan is to a group: the largest share of force lent, either way."""
    pact = jnp.maximum(game.clans.pact, jnp.swapaxes(game.clans.pact, 0, 1))
    return jnp.where(members[:, None], pact, 0.0).max(0)


class SuccessionByForce(
    Succession,
    id=190,
    rules=("CL-4", "CO-1", "LD-6"),
    builds_on="after Tullock (1987), Autocracy",
    theory=("succession", "coercion"),
    rival_of=Succession,
):
    r"""Whoever commands the most force takes power; those who lend him theirs rule with him.

    The winner is the bloc with the largest cover $f_c + \sum_d pact_{cd} f_d + \max(favour_c, 0) F$
    (CO-1), seen with the same error as power is. Its coalition is its own members and the clans
    that lend it a share of force above `partnership`. Nobody's consent is needed, so power
    without force counts for nothing. The present coalition stands as long as the leader's bloc
    would win again.
    """

    def settle(self, game: Game) -> Answer:
        """Whether the leader's bloc is still the strongest in arms, and who would be."""
        force = jnp.where(game.player, game.clans.cover * game.noise, 0.0)
        unarmed = force.sum(0) <= GUARD  # where nobody has force, power has to do
        winner, members = winners_bloc(game, jnp.where(unarmed, game.seen, force))
        lends = jnp.where(members[:, None], game.clans.pact, 0.0).max(0) >= self.partnership
        return still_wins(game, winner), members | (game.player & lends)


class SuccessionBySelectorate(
    Succession,
    id=191,
    rules=("CL-4", "LD-6", "CL-17"),
    builds_on=(
        "after Bueno de Mesquita, Smith, Siverson and Morrow (2003), The Logic of Political "
        "Survival"
    ),
    theory=("succession", "selectorate"),
    rival_of=Succession,
):
    r"""The candidate with the most certain support picks the cheapest winning coalition.

    The selectorate is the power of all organised clans; a winning coalition needs more than the
    share `majority` of it. Support for a candidate is his own bloc's power and that of others by
    their affinity to it, $s_c = \gamma_c + \sum_d a_{cd} \gamma_d$, since only the certain can be
    sure to stay in later coalitions; the candidate with the largest wins. He then takes in
    others in the order of affinity, and among the equally close the weakest first, who claim
    least, until the coalition is just large enough. Incumbents keep those to whom they are
    closest, so the coalition stands while the leader's bloc would win again.
    """

    def settle(self, game: Game) -> Answer:
        """Whether the leader is still the candidate with most support, and the new coalition."""
        n = game.seen.shape[0]
        support = game.seen
        for c in range(n):  # a short axis
            mine = game.bloc == game.bloc[c]
            others = jnp.where(mine, 0.0, affinity(game, mine) * game.seen).sum(0)
            support = support.at[c].add(jnp.where(game.player[c], others, 0.0))
        best = first_best(keep(jnp.where(game.player, support, -1.0)))
        winner = pick(game.bloc, best)
        members = game.player & (game.bloc == winner)
        needed = self.majority * game.seen.sum(0)
        size = sum_by(game.seen, game.bloc, n)
        close = sum_by(affinity(game, members) * game.seen, game.bloc, n) / (size + GUARD)
        share = size / (size.sum(0) + GUARD)
        cheap = keep(close - 1e-3 * share)  # among the equally close the weakest come first
        for _ in range(n - 1):
            short = jnp.where(members, game.seen, 0.0).sum(0) <= needed
            left = game.player & ~members & (rows(n) == game.bloc)
            nearest = first_best(keep(jnp.where(left, cheap, -jnp.inf)))
            joins = short & left.any(0) & (game.bloc == nearest) & game.player
            members = keep(members | joins)
        return still_wins(game, winner), members


class SuccessionByPyramid(
    Succession,
    id=192,
    rules=("CL-4", "LD-6", "CL-17", "LD-12"),
    builds_on="after Hale (2015), Patronal Politics",
    theory=("succession", "pyramid"),
    rival_of=Succession,
):
    r"""Everybody joins the pyramid that everybody expects to win; its rival is cut out.

    Clients coordinate on a patron because others do (`vertikal.theory.patronal`). Expectations
    gather where power is and where the outgoing leader pointed: $q_b = \gamma_b (1 + C h
    \max(favour_b, 0))$ with his control $C$, and $h = \min(H / H_0, 1)$ his remaining time as it
    was believed, for a lame duck's favour points to nobody. The bloc with the largest $q$ wins.
    Those of no consequence of their own, and those who lend it force, join; every other pyramid of
    consequence is a rival and stays outside. The coalition stands while the leader's pyramid is
    the one expected to win.
    """

    def settle(self, game: Game) -> Answer:
        """Whether the leader's pyramid is still the focal one, and who would join the next."""
        lead, n = game.lead, game.seen.shape[0]
        ahead = jnp.minimum(lead.horizon / self.horizon, 1.0)
        pointed = lead.control * ahead * jnp.maximum(game.clans.favour, 0.0)
        winner, members = winners_bloc(game, game.seen * (1 + pointed))
        size = pick(keep(sum_by(game.seen, game.bloc, n)), game.bloc)
        small = size < self.consequence * game.seen.sum(0)
        joins = small | (affinity(game, members) >= self.partnership)
        return still_wins(game, winner), members | (game.player & joins)
