"""What a finished test keeps, draw by draw: the parameters and the effect in each.

Where a claim fails, and which assumptions it hangs on, is asked of the histories that tested it,
and costs no new ones. The parameters themselves are not stored: they follow from the seed.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from vertikal.claims.commands import command
from vertikal.claims.design import Contrast, Design, make_design
from vertikal.claims.folders import freeze, home_of, kept_sample
from vertikal.claims.holding import holding
from vertikal.claims.running import FOLDER, SEED
from vertikal.claims.schema import Claim, Test
from vertikal.claims.verdicts import ERROR, REPLICATES, Criterion, degrees
from vertikal.engine.histories import Histories
from vertikal.errors import VertikalError


class NotPlayed(VertikalError):
    """A test was not played as it stands now."""


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A test, one row a parameter draw in which histories of all arms count.

    Attributes:
        parameters: One row a draw, by its number, one column an address, of what varies between
            draws. Where arms have different priors for an address, the value in the first arm that
            is in doubt of it; all arms take the same quantile of their priors.
        values: For each contrast the effect in each history, oriented as the claim expects it, one
            column a history of the draw; `nan` where one failed or the draw has fewer. Draws near
            the smallest effect of interest have more.
        criteria: What the claim expects of each contrast.
        first: Histories that every draw has; by default as many as there are columns.
    """

    parameters: pd.DataFrame
    values: tuple[np.ndarray, ...]
    criteria: tuple[Criterion, ...]
    first: int | None = None

    @property
    def effects(self) -> tuple[np.ndarray, ...]:
        """For each contrast the mean effect of each draw over its histories."""
        return tuple(np.nanmean(v, axis=1) for v in self.values)

    @property
    def noise(self) -> tuple[np.ndarray, ...]:
        """For each contrast the variance that chance leaves in each of `effects`.

        It is `nan` for a draw with one history.
        """
        return tuple(variance_of_mean(v) for v in self.values)

    @property
    def margins(self) -> tuple[np.ndarray, ...]:
        """For each contrast by how much the effect of a draw exceeds what the claim asks for.

        That is the effect less the smallest of interest or, for no effect and for bounds, the
        largest admissible less the absolute value.
        """
        return tuple(margin(e, c) for e, c in zip(self.effects, self.criteria, strict=True))

    @property
    def holds(self) -> np.ndarray:
        """Whether the claim holds in each draw, all its parts, by the mean over its histories."""
        return np.min(self.margins, axis=0) >= 0

    @property
    def holding(self) -> np.ndarray:
        """Probability that the claim holds in each draw, doubts about its parts as independent."""
        pairs = zip(self.values, self.criteria, strict=True)
        return np.prod([holding(v, c) for v, c in pairs], axis=0)

    @property
    def shown(self) -> np.ndarray:
        """To which degree, 0 to 1, the histories of each draw show that the claim holds in it."""
        pairs = zip(self.values, self.criteria, strict=True)
        return np.min([degrees(v, c, self.first)[0] for v, c in pairs], axis=0)


def drawn(
    claim: Claim,
    test: Test,
    folder: str | Path = FOLDER,
    *,
    replicates: int = REPLICATES,
    seed: int = SEED,
    error: float = ERROR,
) -> Drawn:
    """The parameters and effects of a test that was played before, by `vertikal.claims.test`.

    Args:
        claim: The claim.
        test: One of its tests.
        folder: Where histories and verdicts are kept.
        replicates: As the claim was tested.
        seed: As the claim was tested.
        error: As the claim was tested.

    Raises:
        NotPlayed: If the test as it stands now was not played there.
    """
    design = make_design(claim, test, claim.folder, replicates)
    home = home_of(folder, claim, freeze(claim, design, seed, error))
    sample = kept_sample(home, design)
    if not sample.histories:
        raise NotPlayed(
            f"the test of {claim.id} in {test.scenario} has not been played as it stands",
            where=str(home),
            mend=f"Play it first: {command(f'test {claim.id}', [claim.file], folder)}",
        )
    table = parameters(design, seed, len(sample.counts))
    return tabulate(table, sample.answers, design.contrasts, replicates)


def tabulate(
    table: pd.DataFrame,
    answers: Mapping[str, np.ndarray],
    contrasts: Iterable[Contrast],
    first: int | None = None,
) -> Drawn:
    """Parameters and effects, without the draws in which none of the first histories counts.

    Histories beyond these are of chosen draws, and what drives an effect is asked of the first.

    Args:
        table: Parameters, one row a draw.
        answers: By arm the answers, one row a draw, one column a history.
        contrasts: What is compared.
        first: Histories that every draw has; by default as many as there are columns.
    """
    contrasts = tuple(contrasts)
    values = [c.values(answers) for c in contrasts]
    counts = ~np.any([np.isnan(v[:, :first]).all(axis=1) for v in values], axis=0)
    return Drawn(
        table.loc[counts].rename_axis("draw"),
        tuple(v[counts] for v in values),
        tuple(c.criterion for c in contrasts),
        first,
    )


def parameters(design: Design, seed: int, draws: int) -> pd.DataFrame:
    """What the arms of a test draw: one row a draw, one column an address that varies."""
    found: dict[str, np.ndarray] = {}
    runs = np.arange(draws) * design.replicates
    for scenario in {s.digest: s for s in design.arms.values()}.values():
        played = Histories(scenario, seed, replicates=design.replicates).draws(runs)
        found = played | found  # the first arm wins
    return pd.DataFrame({a: v for a, v in sorted(found.items()) if np.ptp(v) > 0})


def margin(effects: np.ndarray, criterion: Criterion) -> np.ndarray:
    """By how much effects exceed what a criterion asks for; negative where it is not met."""
    if criterion.kind == "above":
        return effects - criterion.smallest
    return criterion.smallest - np.abs(effects)


def variance_of_mean(values: np.ndarray) -> np.ndarray:
    """The variance that chance leaves in the mean of each row; `nan` where less than two count."""
    known = (~np.isnan(values)).sum(axis=1)
    mean = np.nansum(values, axis=1, keepdims=True) / np.maximum(known, 1)[:, None]
    squares = np.nansum((values - mean) ** 2, axis=1)
    return np.where(known > 1, squares / np.maximum(known - 1, 1) / known, np.nan)
