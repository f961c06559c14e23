"""What evidence would tell the sides of a rivalry apart, before it is in.

For each outcome of the scenario and each series in each year: how many bits it is expected to tell
about who is right, if it were observed once, in the one history that happens. The measure, its bias
and the band of chance are those of `vertikal.analysis.information`; what can be observed is read
off by `vertikal.claims.observed`, in the same parameter draws in which the claims were tested.

The best of several hundred observations is best by chance too. So the choice is made again in each
of `FOLDS` parts of a cross-validation, without the draws that are to be foretold; `Evidence.gain`
is what an observation that was chosen in this way tells about them.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from vertikal.analysis.information import expected_information
from vertikal.claims.kept import NotPlayed
from vertikal.claims.observed import Observation, observations
from vertikal.claims.rivals import Ground
from vertikal.scenario.model import Scenario

FOLDS = 5
"""Parts of the cross-validation."""

_SCREENED = 20  # exchanges behind the bias of each observation while the best is sought


@dataclasses.dataclass(frozen=True)
class Telling:
    """One observation and what it would tell.

    Attributes:
        observation: What would be observed. bits: Expected information, less what chance shows on
        average; below zero where it tells less. error: Its standard error. band: What chance alone
        stays below in 95 of 100 cases, for this observation by itself. chances: Probability of each
        value, before it is observed. given: Probability of each answer once a value is observed,
        (answers, values). given_errors: Their standard errors.
    """

    observation: Observation
    bits: float
    error: float
    band: float
    chances: np.ndarray
    given: np.ndarray
    given_errors: np.ndarray


@dataclasses.dataclass(frozen=True)
class Evidence:
    """Observations by how much they would tell about a rivalry in a scenario.

    Attributes:
        ground: The rivalry in the scenario.
        before: Probability of each answer before anything is observed.
        entropy: Of the answer, bits: what there is to be told.
        found: All observations, those first that would tell most.
        best_by_chance: What the best of as many observations that tell nothing stays below in 95 of
            100 cases.
        gain: Information that the best brings about draws that were not used to choose it, bits.
        gain_error: Its standard error.
        draws: Parameter draws behind it.
    """

    ground: Ground
    before: np.ndarray
    entropy: float
    found: tuple[Telling, ...]
    best_by_chance: float
    gain: float
    gain_error: float
    draws: int

    @property
    def telling(self) -> tuple[Telling, ...]:
        """Of each outcome and series the best year, where it tells more than the best by chance."""
        best: dict[str, Telling] = {}
        for one in self.found:
            if one.bits > self.best_by_chance:
                best.setdefault(one.observation.name, one)
        return tuple(best.values())


def evidence(ground: Ground, scenario: Scenario, table: pd.DataFrame, seed: int = 0) -> Evidence:
    """What would tell the sides apart.

    Args:
        ground: Who is right in which draw.
        scenario: The scenario, as it stands.
        table: Its histories, as of `vertikal.claims.observed.as_it_stands`.
        seed: Of the exchanges behind bias and band.

    Raises:
        NotPlayed: If fewer than two draws are in both.
    """
    draws, seen = observations(table, scenario)
    numbers = ground.parameters.index.to_numpy()
    both = np.intersect1d(numbers, draws)
    if len(both) < 2:
        raise NotPlayed(
            "the histories that test the claims and those that are observed share no draws",
            where=ground.scenario,
            mend="Ask for more parameter draws, by --draws.",
        )
    answers = ground.probabilities[np.searchsorted(numbers, both)]
    place = np.searchsorted(draws, both)
    return ranked(
        ground, answers, [dataclasses.replace(o, shares=o.shares[place]) for o in seen], seed
    )


def ranked(
    ground: Ground, answers: np.ndarray, seen: Sequence[Observation], seed: int = 0
) -> Evidence:
    """Observations by what they tell.

    Args:
        ground: Who is right in which draw.
        answers: Probability of each of its answers in each draw, (draws, answers).
        seen: Observations in the same draws.
        seed: Of the exchanges.
    """
    shares = [o.shares for o in seen]
    information = expected_information(answers, shares, seed=seed)
    found = []
    for one, bits, error, band in zip(
        seen, information.bits, information.errors, information.bands, strict=True
    ):
        given, errors = _given(answers, one.shares)
        chances = one.shares.mean(axis=0)
        found.append(Telling(one, float(bits), float(error), float(band), chances, given, errors))
    found.sort(key=lambda t: -t.bits)
    gain, gain_error = _validated(answers, shares, seed)
    return Evidence(
        ground,
        answers.mean(axis=0),
        information.entropy,
        tuple(found),
        information.best_by_chance,
        gain,
        gain_error,
        information.draws,
    )


def _given(answers: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Probability of each answer given each value, (answers, values), and its standard error."""
    total = shares.sum(axis=0)
    weights = shares / np.where(total > 0, total, 1.0)
    given = answers.T @ weights
    away = answers[:, :, None] - given
    return given, np.sqrt(np.einsum("dv,dav->av", weights**2, away**2))


def _validated(answers: np.ndarray, shares: Sequence[np.ndarray], seed: int) -> tuple[float, float]:
    """Information about draws not seen of the observation that is best without them; its error."""
    draws = len(answers)
    if not shares or draws < 2 * FOLDS:
        return 0.0, 0.0
    fold = np.random.default_rng(seed).permutation(np.arange(draws) % FOLDS)
    gains = np.zeros(draws)
    for number in range(FOLDS):
        seen, new = fold != number, fold == number
        known = expected_information(
            answers[seen], [s[seen] for s in shares], permutations=_SCREENED, seed=seed
        )
        best = shares[int(known.bits.argmax())]
        # Every answer is possible: half a draw is added to each (Jeffreys), and to each value one
        # draw that tells nothing.
        base = (answers[seen].sum(axis=0) + 0.5) / (seen.sum() + answers.shape[1] / 2)
        joint = answers[seen].T @ best[seen] + base[:, None]
        bits = np.log2(joint / joint.sum(axis=0) / base[:, None])
        gains[new] = np.einsum("da,dv,av->d", answers[new], best[new], bits)
    return float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(draws))
