r"""Bargaining over policy among unequal stakeholders: the Spatial Model of Politics.

[P] King Abdullah Petroleum Studies and Research Center, *KAPSARC Toolkit for Behavioral Analysis
(KTAB)*, model "SMP", as implemented in its last public version (2019); described in two KAPSARC
discussion papers, "An Introduction to the KAPSARC Toolkit for Behavioral Analysis (KTAB)" and
"Multidimensional Bargaining using KTAB". The lineage is Bueno de Mesquita's expected-utility model
(`bargaining_utility`). Formulas only; no code is shared.

Question: where does policy settle when actors with unequal influence and unequal interest in the
matter press one another, compromise, and vote on the compromises?

Primitives: $n$ actors with influence $c_i > 0$; on each of $K$ dimensions a position $x_{ik}$ from
0 to 1 and a salience $s_{ik} \ge 0$ with $\sum_k s_{ik} \le 1$; optionally an affinity $A_{ij}$,
the rate at which $i$'s ideal follows $j$'s position. In each round every actor (1) infers risk
attitudes from how likely each position is to win, (2) challenges the actor against whom it expects
the largest gain, if any, counting on third parties, (3) proposes a compromise to it, and (4) takes,
of staying and the compromises that concern it, the one that all actors' votes make likeliest. All
move at once, until a round moves little compared with the first.

Case: reform of state enterprises in China's upstream oil and gas (the toolkit's own study); the
contest over perestroika's economic programmes in 1990, with the "500 days" plan between a radical
and a cautious camp, has the same shape.

What to know before believing a run. The model's nine technical options are not calibrated, and they
matter: on the toolkit's own case the likeliest final position runs from 30 to 49 of 100. Use
`vertikal.theory.spatial_ensemble.bargain_ensemble` and report the spread. A bargain is not a joint
act: one side may carry it out alone. Under `SemiCommit` a third party may back the side it likes
less; under the two other rules third parties never count.

Differences from the toolkit, undone by `SpatialOptions(peer=True)`: differences of utility below
$10^{-12}$ count as none (there, rounding errors decide ties); a bargain in the receiver's view uses
the receiver's estimate of the probability (there, a gain) and its own weight (there, the
initiator's influence). Complete agreement and exact symmetry end in a result with a status (there,
in an error).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from functools import partial
from typing import Any, Literal, NamedTuple, get_args, get_type_hints

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from vertikal.theory import spatial_challenges, spatial_votes
from vertikal.theory import spatial_rounds as rounds
from vertikal.theory.boundary import require
from vertikal.theory.spatial_votes import Form, Rules

LABEL = "published"
CITATION = (
    "King Abdullah Petroleum Studies and Research Center, KAPSARC Toolkit for Behavioral Analysis "
    "(KTAB), Spatial Model of Politics (2019); An Introduction to the KAPSARC Toolkit for "
    "Behavioral Analysis (KTAB); Multidimensional Bargaining using KTAB."
)

EQUATIONS = spatial_challenges, spatial_votes, rounds
"""Modules that hold the equations of the game."""

_VOTES = {
    "Prop": (1.0, 0.0, 0.0, 1.0),
    "Binary": (0.0, 0.0, 1.0, 1.0),
    "PropBin": (0.8, 0.0, 0.2, 1.0),
    "PropCbc": (0.5, 0.5, 0.0, 1.0),
    "Cubic": (0.0, 1.0, 0.0, 1.0),
    "ASymProsp": (1.0, 0.0, 0.0, 2.0 / 3.0),
}
_POWERS = {"Linear": 1.0, "Square": 2.0, "Quartic": 4.0, "Octic": 8.0, "Binary": 0.0}
_ELECTIONS = {"Conditional": 0.0, "MarkovIncentive": 1.0, "MarkovUniform": 2.0}
_RANGES = {
    "Mid": (3.0, 1.0, 2.0, 2.0),
    "Min": (1.0, 0.0, 1.0, 1.0),
    "Max": (2.0, 1.0, 1.0, 1.0),
}
_KNOWLEDGE = {"OneThird": 1 / 3, "None": 0.0, "Half": 0.5, "TwoThirds": 2 / 3, "Full": 1.0}
_PULLS = {"S2P2": 2.0, "S1P1": 1.0, "S2PMax": 0.0}


@dataclass(frozen=True)
class SpatialOptions:
    """The technical options of the model, under the toolkit's names; the defaults are its own.

    None of them is calibrated. Only the defaults apply when the toolkit reads a CSV file.
    """

    voting_rule: Literal["Prop", "Binary", "PropBin", "PropCbc", "Cubic", "ASymProsp"] = "Prop"
    """How a difference of utility becomes a vote: in proportion, by its sign, a mixture of the
    two, a mixture with its cube, its cube, or with gains counting two thirds."""
    victory_probability: Literal["Linear", "Square", "Quartic", "Octic", "Binary"] = "Linear"
    """How the strength of two coalitions becomes the odds: powers 1, 2, 4, 8, or a clear majority
    (one tenth more) winning almost surely."""
    election: Literal["Conditional", "MarkovIncentive", "MarkovUniform"] = "Conditional"
    """How pairwise odds become a distribution: beating all rivals in one round, or the long run of
    favourites challenged by those with an incentive, or by anyone."""
    risk_range: Literal["Mid", "Min", "Max"] = "Mid"
    """Range of the risk attitude: -1/2 to 1, 0 to 1, -1 to 1."""
    risk_adjustment: Literal["OneThird", "None", "Half", "TwoThirds", "Full"] = "OneThird"
    """How much of another's risk attitude an actor knows; for the rest it takes its own."""
    third_parties: Literal["SemiCommit", "NoCommit", "FullCommit"] = "SemiCommit"
    """What a third party risks by joining a challenge. Under the last two rules it is indifferent,
    so that third parties never count."""
    interpolation: Literal["S2P2", "S1P1", "S2PMax"] = "S2P2"
    """Where a bargain meets: by salience times probability, squared or not; or only the weaker
    side moves."""
    bargain_view: Literal["InitOnlyInterp", "InitRcvrInterp", "PWCompInterp"] = "InitOnlyInterp"
    """Whose estimate of the odds makes the bargain: the initiator's; both, as two proposals; both,
    averaged by influence times salience."""
    transition: Literal["Deterministic", "Stochastic"] = "Deterministic"
    """Whether actors take the likeliest bargain or draw one."""
    peer: bool = False
    """Reproduce the toolkit's own program bit for bit, slips included (see the module's head)."""
    listed_sums: bool = False
    """Add the utilities of a world actor by actor in the order listed, as the toolkit does: slower,
    and of consequence only in exact ties. Implied by `peer`."""
    indifference: float = 1e-12
    """Differences of utility up to this count as none; 0 with `peer`. Judgement: above rounding
    error, far below any difference of substance."""
    rest_share: float = 0.02
    """The game ends when a round moves less than this share of the first; the toolkit's value."""
    most_turns: int = 100
    """The game ends after this many rounds in any case; the toolkit's value."""

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(SpatialOptions).items():
            allowed, value = get_args(kind), getattr(self, name)
            if allowed and value not in allowed:
                raise ValueError(f"{name} = {value!r}: must be one of {', '.join(allowed)}")
        require(self.indifference >= 0, "indifference", self.indifference, "must be zero or more")
        require(self.rest_share >= 0, "rest_share", self.rest_share, "must be zero or more")
        require(self.most_turns >= 1, "most_turns", self.most_turns, "must be at least 1")

    def rules(self) -> Rules:
        """These options as coefficients."""
        return Rules(
            *_VOTES[self.voting_rule],
            _POWERS[self.victory_probability],
            _ELECTIONS[self.election],
            *_RANGES[self.risk_range],
            _KNOWLEDGE[self.risk_adjustment],
            float(self.third_parties == "SemiCommit"),
            _PULLS[self.interpolation],
            float(self.bargain_view == "PWCompInterp"),
            float(self.peer),
            float(self.transition == "Stochastic"),
            0.0 if self.peer else self.indifference,
            self.rest_share,
            float(self.most_turns),
        )

    def form(self) -> Form:
        """What these options need to have compiled."""
        return Form(
            plain_vote=self.voting_rule == "Prop",
            plain_election=self.election == "Conditional",
            offers_each=2 if self.bargain_view == "InitRcvrInterp" else 1,
            both_views=self.bargain_view != "InitOnlyInterp",
            draws=self.transition == "Stochastic",
            listed_sums=self.peer or self.listed_sums,
        )


DEFAULTS = SpatialOptions()
"""The toolkit's defaults."""


def option_variants(base: SpatialOptions = DEFAULTS) -> tuple[SpatialOptions, ...]:
    """`base` and every option set that differs from it in one choice among named values."""
    hints = get_type_hints(SpatialOptions)
    others = [
        replace(base, **{field.name: value})
        for field in fields(base)
        for value in get_args(hints[field.name])
        if value != getattr(base, field.name)
    ]
    return (base, *others)


class Status(IntEnum):
    """How a game ended; `sentence` says it in words."""

    SETTLED = 0
    AGREED = 1
    UNMOVED = 2
    TURN_LIMIT = 3
    UNRESOLVED = 4

    @property
    def sentence(self) -> str:
        """The status in words."""
        return _SENTENCES[self]


_SENTENCES = {
    Status.SETTLED: "The last round moved little compared with the first.",
    Status.AGREED: "All actors stand at one point.",
    Status.UNMOVED: "No actor found a bargain worth making, although they disagree.",
    Status.TURN_LIMIT: "The rounds ran out while actors were still moving.",
    Status.UNRESOLVED: "An election did not come to rest; the positions are the last computed.",
}


class SpatialBargaining(NamedTuple):
    """One game, round by round.

    Arrays over turns hold the state before each round; those of positions, ideals, risk and
    probability also the last state. Offers are listed by initiator: the offers of actor $i$ are
    entries $i m$ to $i m + m - 1$ with $m$ offers a challenge (1, or 2 under `InitRcvrInterp`).

    Attributes:
        positions: 0 to 1, shape (turns + 1, actors, dims).
        ideals: What the actors want, same shape; equal to the positions without affinities.
        risk: Risk attitude, (turns + 1, actors); above 0 averse.
        probability: Chance of each actor's position in an election over the distinct positions,
            (turns + 1, actors); shared by actors at one place, so a row may exceed 1 in sum.
        movement: Distances moved in each round, added over actors, (turns,).
        target: Whom each actor challenged, (turns, actors); -1: nobody.
        gain: Expected gain of the best challenge, (turns, actors).
        offers: Proposed positions of initiator and receiver, (turns, offers, 2, dims); not
            meaningful where there is no target.
        queue_probability: Chance of each option in each actor's election, (turns, actors,
            1 + offers); option 0 is to stay, option $1 + k$ is offer $k$; 0 if not in the queue.
        choice: Option that each actor took, (turns, actors).
        status: How the game ended.
    """

    positions: np.ndarray
    ideals: np.ndarray
    risk: np.ndarray
    probability: np.ndarray
    movement: np.ndarray
    target: np.ndarray
    gain: np.ndarray
    offers: np.ndarray
    queue_probability: np.ndarray
    choice: np.ndarray
    status: Status

    @property
    def turns(self) -> int:
        """Rounds played."""
        return len(self.movement)

    @property
    def likeliest(self) -> np.ndarray:
        """Final position with the highest reported probability, first of equals; (dims,)."""
        return self.positions[-1, self.probability[-1].argmax()]


def bargain_spatial(
    influence: ArrayLike,
    positions: ArrayLike,
    salience: ArrayLike,
    *,
    affinity: ArrayLike | None = None,
    options: SpatialOptions = DEFAULTS,
    seed: int = 0,
) -> SpatialBargaining:
    r"""Play one game to its end and keep every round.

    Args:
        influence: $c_i > 0$, (actors,), any unit; at least two actors.
        positions: $x_{ik}$, 0 to 1, (actors, dims).
        salience: $s_{ik} \ge 0$, (actors, dims), each actor's sum above 0 and at most 1.
        affinity: $A_{ij} \ge 0$, (actors, actors), rows adding up to at most 1; `None` for the
            identity, that is, ideals equal to positions.
        options: Technical options.
        seed: For `transition="Stochastic"`; without effect otherwise.

    Returns:
        The game. It always returns; `status` says how it ended.

    Raises:
        ValueError: If an argument is out of its range or the shapes disagree.

    Source:
        [P] KAPSARC, Spatial Model of Politics (2019).

    Example:
        >>> game = bargain_spatial([1.0, 1.0, 2.0], [[0.0], [0.5], [1.0]], [[0.9], [0.6], [0.9]])
        >>> game.positions[[0, 1, -1], :, 0].tolist()
        [[0.0, 0.5, 1.0], [0.8098, 0.5, 0.8098], [0.6131, 0.6131, 0.7289]]
        >>> game.status.name
        'SETTLED'
    """
    arrays = checked(influence, positions, salience, affinity)
    require(arrays[1].ndim == 2, "positions", arrays[1].shape, "needs shape (actors, dims)")
    with jax.enable_x64(True):
        c, x, s, a = map(_array, arrays)
        table = rounds.Table(c, s, a)
        rules = Rules(*map(jnp.asarray, options.rules()))
        key, form = jax.random.key(seed), options.form()
        standing, states, past = rounds.begin(x), [], []
        while True:
            states.append(standing)
            following, *seen = _turn(standing, table, rules, form, key)
            past.append(seen)
            if _is_over(standing, rules):
                break
            standing = following
        status = Status(int(verdict(standing, rules)))
        states = _stacked(states)
        moves, probability = _stacked(past)
    turns = len(probability) - 1
    return SpatialBargaining(
        positions=states.positions,
        ideals=states.ideals,
        risk=moves.risk,
        probability=probability,
        movement=states.movement[1:],
        target=moves.target[:turns],
        gain=moves.gain[:turns],
        offers=moves.offers[:turns],
        queue_probability=moves.queue_probability[:turns],
        choice=moves.choice[:turns],
        status=status,
    )


_is_over = jax.jit(rounds.is_over)


@partial(jax.jit, static_argnums=3)
def _turn(
    standing: rounds.Standing, table: rounds.Table, rules: Rules, form: Form, key: jax.Array
) -> tuple[rounds.Standing, rounds.Moves, jax.Array]:
    """One round, and what is reported of the state before it."""
    following, moves = rounds.advance(standing, table, rules, form, key)
    place = standing.positions, standing.ideals, moves.risk
    return following, moves, rounds.reported_probability(*place, table, rules, form)


def report(
    standing: rounds.Standing, table: rounds.Table, rules: Rules, form: Form
) -> tuple[jax.Array, jax.Array]:
    """Risk attitudes and reported probabilities of a state; traced."""
    place = standing.positions, standing.ideals
    _, risk, _ = rounds.assess(*place, table, rules, form)
    return risk, rounds.reported_probability(*place, risk, table, rules, form)


def verdict(standing: rounds.Standing, rules: Rules) -> jax.Array:
    """The status of a game that is over, as an integer; traced."""
    unmoved = (standing.first_movement == 0) & (standing.movement == 0)
    return jnp.select(
        [~standing.resolved, rounds.agreed(standing), unmoved, rounds.at_rest(standing, rules)],
        [Status.UNRESOLVED.value, Status.AGREED.value, Status.UNMOVED.value, Status.SETTLED.value],
        Status.TURN_LIMIT.value,
    )


def checked(
    influence: Any, positions: Any, salience: Any, affinity: Any = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    """The arguments of a game (or of many, on leading axes) as float64 arrays.

    Raises:
        ValueError: If one is out of its range or the shapes disagree; names the argument.
    """
    c, x, s = (np.asarray(a, dtype=np.float64) for a in (influence, positions, salience))
    require(c.ndim >= 1 and c.shape[-1] >= 2, "influence", c.shape, "needs at least two actors")
    n = c.shape[-1]
    for name, value in (("positions", x), ("salience", s)):
        fits = value.ndim >= 2 and value.shape[-2] == n and value.shape[-1] >= 1
        require(fits, name, value.shape, f"needs shape (..., {n} actors, dims)")
    require(x.shape[-1] == s.shape[-1], "salience", s.shape, f"positions have shape {x.shape}")
    require(np.isfinite(c) & (c > 0), "influence", c, "must be positive and finite")
    require((x >= 0) & (x <= 1), "positions", x, "must be from 0 to 1")
    require((s >= 0) & np.isfinite(s), "salience", s, "must be zero or more and finite")
    total = s.sum(-1)
    require(total > 0, "salience", total, "each actor needs some salience")
    require(total <= 1 + 1e-9, "salience", total, "an actor's saliences may add up to 1 at most")
    if affinity is None:
        return c, x, s, None
    a = np.asarray(affinity, dtype=np.float64)
    require(a.shape == (n, n), "affinity", a.shape, f"needs shape ({n}, {n})")
    require((a >= 0) & np.isfinite(a), "affinity", a, "must be zero or more and finite")
    require(a.sum(-1) <= 1 + 1e-9, "affinity", a.sum(-1), "rows may add up to 1 at most")
    return c, x, s, a


def _array(value: Any) -> Any:
    return None if value is None else jnp.asarray(value)


def _stacked(items: Sequence[Any]) -> Any:
    """A list of equal structures as one structure of NumPy arrays with a leading axis."""
    return jax.tree.map(lambda *leaves: np.stack([np.asarray(leaf) for leaf in leaves]), *items)
