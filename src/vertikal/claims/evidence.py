"""What evidence would tell the sides of a rivalry apart, before it is in.

For each outcome of the scenario and each series in each year: how many bits it is expected to tell
about who is right, if it were observed once, in the one history that happens. The measure, its bias
and the band of chance are those of `vertikal.analysis.information`; what can be observed is read
off by `vertikal.claims.observed`, in the same parameter draws in which the claims were tested.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from vertikal.analysis.information import expected_information
from vertikal.claims.observed import Observation, observations
from vertikal.claims.rivals import Ground
from vertikal.errors import VertikalError
from vertikal.scenario.model import Scenario


@dataclasses.dataclass(frozen=True)
class Telling:
    """One observation and what it would tell.

    Attributes:
        observation: What would be observed. bits: Expected information, less what chance shows on
        average; below zero where it tells less. error: Its standard error. band: What chance alone
        stays below in 95 of 100 cases, for this observation by itself. chances: Probability of each
        value, before it is observed. given: Probability of each answer once a value is observed,
        (answers, values).
    """

    observation: Observation
    bits: float
    error: float
    band: float
    chances: np.ndarray
    given: np.ndarray


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
        draws: Parameter draws behind it.
    """

    ground: Ground
    before: np.ndarray
    entropy: float
    found: tuple[Telling, ...]
    best_by_chance: float
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
        VertikalError: If fewer than two draws are in both.
    """
    draws, seen = observations(table, scenario)
    numbers = ground.parameters.index.to_numpy()
    both = np.intersect1d(numbers, draws)
    if len(both) < 2:
        raise VertikalError(
            "the histories that test the claims and those that are observed share no draws",
            where=ground.scenario,
            mend="Ask for more parameter draws.",
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
    information = expected_information(answers, [o.shares for o in seen], seed=seed)
    found = []
    for one, bits, error, band in zip(
        seen, information.bits, information.errors, information.bands, strict=True
    ):
        joint, chances = answers.T @ one.shares / len(answers), one.shares.mean(axis=0)
        given = joint / np.where(chances > 0, chances, 1.0)
        found.append(Telling(one, float(bits), float(error), float(band), chances, given))
    found.sort(key=lambda t: -t.bits)
    return Evidence(
        ground,
        answers.mean(axis=0),
        information.entropy,
        tuple(found),
        information.best_by_chance,
        information.draws,
    )
