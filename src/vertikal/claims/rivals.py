r"""Who is right where: the sides of a rivalry in the same scenario, draw by draw.

All tests in one scenario share seed and parameter draws, so that the claims of different sides can
be asked about the same draw. A claim holds in a draw if all its tests in the scenario do. The
position of a side that no claim states may have tests of ours, and then counts as one more claim.

A side makes several claims, some more than others, and in one draw some of them may hold and some
fail. Any line from which on it were called right (all, most) would favour sides that make few
claims, or many. So there is none: in a draw a side is right *to the share* of its claims that hold
in it, which is the probability that one of its claims, taken at random, does. Nor does the number
of claims change what that is on average. An *answer* says for which sides such a claim holds: with
$S_s$ the claims of side $s$ and $p_{ic}$ the probability that $c$ holds in draw $i$, it is for
sides $A$ alone

$$ p_i(A) = \operatorname{mean}_{c_1 \in S_1, c_2 \in S_2, \dots}
   \prod_{s \in A} p_{i c_s} \prod_{s \notin A} (1 - p_{i c_s}), $$

in which a claim that two sides make holds for both or for neither. Of one claim a side this is who
is right; of more, what mixed evidence leaves open counts as open. How often *all* claims of a side
hold, which is what it asserts word for word, is told beside.

Whether a claim holds in a draw is not seen, but it has a probability (`vertikal.claims.holding`).
Doubts about several tests are taken as independent.
"""

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from vertikal.claims.commands import command
from vertikal.claims.holding import holding
from vertikal.claims.kept import Drawn, NotPlayed, drawn
from vertikal.claims.running import FOLDER, SEED
from vertikal.claims.schema import Claim, Rivalry
from vertikal.errors import VertikalError
from vertikal.scenario.faults import listed, nearest

CLEAR = 0.9
"""Probability from which on it counts as clear who is right in a draw (ours)."""


@dataclasses.dataclass(frozen=True)
class Held:
    """One claim in one scenario."""

    claim: str
    side: int
    """Place of its side in the rivalry."""
    probability: np.ndarray
    """Probability that it holds, all its tests in the scenario, in each draw."""


@dataclasses.dataclass(frozen=True)
class Ground:
    """A rivalry in one scenario in which claims of at least two sides are tested."""

    rivalry: Rivalry
    scenario: str
    held: tuple[Held, ...]
    parameters: pd.DataFrame
    """What is drawn there: one row a draw, numbered as the draws are, one column an address."""

    @property
    def sides(self) -> tuple[int, ...]:
        """The sides that have claims tested here."""
        return tuple(sorted({h.side for h in self.held}))

    @property
    def claims(self) -> tuple[tuple[Held, ...], ...]:
        """The claims of each of `sides` that are tested here."""
        return tuple(tuple(h for h in self.held if h.side == side) for side in self.sides)

    @property
    def right(self) -> np.ndarray:
        """Expected share of the claims of each of `sides` that hold, (draws, sides)."""
        return np.stack(
            [np.mean([h.probability for h in own], axis=0) for own in self.claims], axis=1
        )

    @property
    def whole(self) -> np.ndarray:
        """Probability that all claims of each of `sides` hold in each draw, (draws, sides)."""
        return np.stack(
            [np.prod([h.probability for h in own], axis=0) for own in self.claims], axis=1
        )

    @property
    def answers(self) -> tuple[str, ...]:
        """For which sides a claim of each, taken at random, holds: one, several, all, or none."""
        return tuple(self._named(pattern) for pattern in self._patterns)

    @property
    def probabilities(self) -> np.ndarray:
        """Probability of each answer in each draw, (draws, answers); rows add up to 1."""
        chosen = list(itertools.product(*self.claims))
        columns = [
            np.mean([_together(claims, pattern) for claims in chosen], axis=0)
            for pattern in self._patterns
        ]
        return np.stack(columns, axis=1)

    @property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Share of each answer over draws, and its standard error."""
        return _over_draws(self.probabilities)

    @property
    def side_shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Share of the claims of each of `sides` that hold, over draws, and its standard error."""
        return _over_draws(self.right)

    @property
    def clear(self) -> float:
        """Share of draws in which one answer has a probability of at least `CLEAR`."""
        return float((self.probabilities.max(axis=1) >= CLEAR).mean())

    @property
    def _patterns(self) -> list[np.ndarray]:
        """Which sides are right, in the order of `answers`: one side, several, all, none."""
        count = len(self.sides)
        found = [np.array(p) for p in itertools.product((False, True), repeat=count)]
        return sorted(found, key=lambda p: ((p.sum() - 1) % (count + 1), *(~p)))

    def _named(self, pattern: np.ndarray) -> str:
        labels = [self.rivalry.sides[side].label for side in self.sides]
        if not pattern.any():
            return "neither" if len(labels) == 2 else "none"
        if pattern.all():
            return "both" if len(labels) == 2 else "all"
        return " and ".join(
            label for label, is_right in zip(labels, pattern, strict=True) if is_right
        )


@dataclasses.dataclass(frozen=True)
class Setting:
    """Where the claims of a rivalry are tested.

    Attributes:
        rivalry: The rivalry.
        common: Scenarios in which claims of at least two sides are tested.
        tested: For each side the scenarios in which its claims are tested, those in common too.
        untested: For each side its claims without tests, with the reason.
    """

    rivalry: Rivalry
    common: tuple[str, ...]
    tested: tuple[tuple[str, ...], ...]
    untested: tuple[Mapping[str, str], ...]

    @property
    def obstacle(self) -> str:
        """Why the sides cannot be put on the same axes, in words; empty if they can."""
        if self.common:
            return ""
        parts = [
            f"{side.label}: {told}"
            for side, told in zip(self.rivalry.sides, self._whereabouts, strict=True)
        ]
        return "no scenario tests claims of two sides, so who is right where cannot be told. " + (
            ". ".join(parts) + "."
        )

    def absent(self, scenario: str) -> str:
        """Which sides are not compared in a scenario, and why, in a sentence; empty if all are."""
        parts = [
            f"{side.label}, {told}"
            for side, tested, told in zip(
                self.rivalry.sides, self.tested, self._whereabouts, strict=True
            )
            if scenario not in tested
        ]
        return f"Not compared here: {'; '.join(parts)}." if parts else ""

    @property
    def _whereabouts(self) -> list[str]:
        """Of each side where it is tested, or why nowhere."""
        return [
            _where(tested, untested)
            for tested, untested in zip(self.tested, self.untested, strict=True)
        ]


def find(rivalries: Mapping[str, Rivalry], name: str, files: Iterable[str | Path] = ()) -> Rivalry:
    """A rivalry by its id.

    Args:
        rivalries: All there are, by id.
        name: The id.
        files: The claim files that were read beside those of the library.

    Raises:
        VertikalError: If there is none.
    """
    sides = {claim: r.id for r in rivalries.values() for side in r.sides for claim in side.rests_on}
    if name in sides:
        raise VertikalError(
            f'"{name}" is a claim, not a rivalry',
            mend=f"It is on a side of a rivalry: {command(f'rivalry {sides[name]}', files)}",
        )
    if name not in rivalries:
        close = nearest(name, rivalries)
        hint = f'Did you mean "{close}"? ' if close else ""
        raise VertikalError(
            f'there is no rivalry "{name}"',
            mend=f"{hint}There are {listed(rivalries)}. See: {command('list', files)}",
        )
    return rivalries[name]


def asked_of(rivalry: Rivalry, claims: Mapping[str, Claim]) -> dict[str, Claim]:
    """Claims by id, and with them the positions of sides of a rivalry that have tests."""
    return {**claims, **{p.id: p for p in rivalry.positions}}


def setting(rivalry: Rivalry, claims: Mapping[str, Claim]) -> Setting:
    """Where the claims of a rivalry are tested, and why some are not."""
    claims = asked_of(rivalry, claims)
    places = [
        {t.scenario for name in side.rests_on for t in claims[name].tests} for side in rivalry.sides
    ]
    counts = [scenario for found in places for scenario in sorted(found)]
    common = tuple(s for s in dict.fromkeys(counts) if counts.count(s) > 1)
    return Setting(
        rivalry,
        common,
        tuple(tuple(sorted(found)) for found in places),
        tuple(
            {name: claims[name].reason for name in side.rests_on if claims[name].reason}
            for side in rivalry.sides
        ),
    )


def ground(
    rivalry: Rivalry,
    claims: Mapping[str, Claim],
    scenario: str,
    *,
    folder: str | Path = FOLDER,
    seed: int = SEED,
) -> Ground:
    """Who is right where in a scenario, from tests that were played before.

    Args:
        rivalry: The rivalry.
        claims: The claims of its sides by id.
        scenario: One of `Setting.common`.
        folder: Where histories are kept.
        seed: As the claims were tested.

    Raises:
        NotPlayed: If a test has not been played as it stands, or tests share no draws.
    """
    claims = asked_of(rivalry, claims)
    tests = [
        (name, side, drawn(claims[name], test, folder, seed=seed))
        for side, one in enumerate(rivalry.sides)
        for name in one.rests_on
        for test in claims[name].tests
        if test.scenario == scenario
    ]
    return on_ground(rivalry, scenario, tests)


def on_ground(rivalry: Rivalry, scenario: str, tests: Sequence[tuple[str, int, Drawn]]) -> Ground:
    """Put tests of the claims of several sides side by side, in the draws that all of them have.

    Args:
        rivalry: The rivalry.
        scenario: In which all of them were played.
        tests: Claim, place of its side, and what its test keeps.

    Raises:
        NotPlayed: If they have fewer than two draws in common.
    """
    draws = tests[0][2].parameters.index
    for _, _, kept in tests[1:]:
        draws = draws.intersection(kept.parameters.index)
    if len(draws) < 2:
        raise NotPlayed(
            f"tests of the sides of {rivalry.id} share {len(draws)} parameter draws in which "
            "histories finished; two are the least",
            where=scenario,
            mend="Ask for more parameter draws, by --draws.",
        )
    found: dict[tuple[str, int], np.ndarray] = {}
    for claim, side, kept in tests:
        place = kept.parameters.index.get_indexer(draws)
        for values, criterion in zip(kept.values, kept.criteria, strict=True):
            holds = holding(values, criterion)[place]
            found[claim, side] = found.get((claim, side), 1.0) * holds
    held = tuple(Held(claim, side, p) for (claim, side), p in found.items())
    table = pd.concat([kept.parameters.loc[draws] for _, _, kept in tests], axis=1)
    table = table.loc[:, ~table.columns.duplicated()]
    return Ground(rivalry, scenario, held, table)


def _where(tested: Sequence[str], untested: Mapping[str, str]) -> str:
    if tested:
        return f"tested in {' and '.join(tested)}"
    if untested:
        return "not tested (" + "; ".join(f"{k}: {v}" for k, v in untested.items()) + ")"
    return "without claims or tests of its own"


def _together(claims: Sequence[Held], pattern: np.ndarray) -> np.ndarray:
    """Probability in each draw that claims of several sides hold as a pattern has it.

    Args:
        claims: One of each side; the same claim may be made by several.
        pattern: Whether each holds.
    """
    wanted: dict[str, tuple[bool, np.ndarray]] = {}
    for one, holds in zip(claims, pattern, strict=True):
        known, _ = wanted.setdefault(one.claim, (bool(holds), one.probability))
        if known != holds:
            return np.zeros(len(one.probability))  # no claim both holds and fails
    return np.asarray(np.prod([p if holds else 1 - p for holds, p in wanted.values()], axis=0))


def _over_draws(found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means of shares over draws, and at most how large their standard errors are.

    Half a draw for and against is added, so that no share is known without error (Jeffreys). Shares
    between 0 and 1 in a draw are what it leaves open, and vary no more than 0 and 1 would.
    """
    draws = len(found)
    mean = (found.sum(axis=0) + 0.5) / (draws + 1)
    return found.mean(axis=0), np.sqrt(mean * (1 - mean) / draws)
