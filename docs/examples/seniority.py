"""A rival theory of one's own: the eldest takes power, as in monarchies without primogeniture."""

import jax.numpy as jnp

from vertikal.regime.batch import first_best, keep, pick
from vertikal.regime.succession import Game, Succession
from vertikal.regime.succession_rivals import Answer, still_wins


class SuccessionBySeniority(
    Succession,
    id=1002,
    rules=(),
    builds_on="after Kokkonen and Sundell (2014), Delivering Stability",
    theory=("succession", "seniority"),
    rival_of=Succession,
):
    r"""The bloc of the clan with the oldest man takes power, however weak it is.

    Age needs no agreement on who is strongest, which is its virtue, and says nothing of who can
    rule. The present coalition stands as long as the leader's bloc has the oldest man.
    """

    def settle(self, game: Game) -> Answer:
        """Whether the leader's bloc would come first again, and who is of the bloc that does."""
        clans = range(game.player.shape[0])
        eldest = jnp.stack(
            [jnp.where(game.elite.clan == c, game.elite.age, 0.0).max(0) for c in clans]
        )
        first = first_best(keep(jnp.where(game.player, eldest, -1.0)))
        winner = pick(game.bloc, first)
        return still_wins(game, winner), game.player & (game.bloc == winner)
