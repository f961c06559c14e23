"""Where a recorded number lies among the numbers that a model foretells before it sees any.

A prior predictive check: histories are played with parameters drawn from their priors, and the
recorded value of an outcome is placed in the distribution of its simulated values. Its quantile
says how far and on which side the record surprises the model: near 0 or 1 it lies beyond nearly all
that the model with its priors holds possible; in the middle it is unsurprising, which a vague model
brings about as well as a good one, so the width of the distribution is part of the answer.

Box, G. (1980), "Sampling and Bayes' Inference in Scientific Modelling and Robustness", *Journal of
the Royal Statistical Society A* 143: 383-430.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from vertikal.analysis.tables import Kind, Tabled, column, kind_of
from vertikal.errors import VertikalError

BAND = 0.9
"""Share of histories between the two outer quantiles."""


@dataclasses.dataclass(frozen=True)
class Place:
    """One recorded number among the simulated ones."""

    outcome: str
    """Name of the outcome."""
    recorded: float
    """What happened; infinite for a time that never came."""
    use: str
    """What the record may be used for: `reproduce`, `hold out` or `explore`."""
    median: float
    """Median of the simulated values; infinite where most histories never came to it. This and what
    follows is NaN where no history has a value."""
    low: float
    """Lower end of the band."""
    high: float
    """Upper end of the band."""
    quantile: float
    """Share of simulated values below the record, plus half of those equal to it."""
    runs: int
    """Histories with a value; the others are left out."""
    missing: int = 0
    """Finished histories without one, of a number that need not be there."""

    @property
    def is_within(self) -> bool:
        """Whether the record lies in the band."""
        return self.low <= self.recorded <= self.high

    @property
    def tail(self) -> float:
        """Two-sided probability of a value as far out as the record."""
        return 2 * min(self.quantile, 1 - self.quantile)


@dataclasses.dataclass(frozen=True)
class Predictive(Tabled):
    """Recorded numbers against the prior predictive distribution."""

    places: tuple[Place, ...]
    """One entry an outcome."""
    band: float
    """Share of histories that the bands hold."""

    def table(self) -> pd.DataFrame:
        """One row an outcome."""
        found = pd.DataFrame([dataclasses.asdict(place) for place in self.places])
        found["within"] = [place.is_within for place in self.places]
        return found


def predictive(
    outcomes: pd.DataFrame,
    recorded: Mapping[str, float | None],
    *,
    uses: Mapping[str, str] | None = None,
    kinds: Mapping[str, Kind] | None = None,
    band: float = BAND,
) -> Predictive:
    """Place recorded numbers and times in what an ensemble foretells.

    Args:
        outcomes: One row a history; see `vertikal.analysis.tables`.
        recorded: What happened, by outcome: numbers, or times in years since the start, `None` for
            a time that never came.
        uses: What each record may be used for; `explore` unless given.
        kinds: Kinds that the columns do not show by themselves.
        band: Share of histories between the outer quantiles, 0 to 1 exclusive.

    Raises:
        VertikalError: If an outcome is unknown or has no order, or a recorded value is no number.
    """
    if not 0 < band < 1:
        raise VertikalError(f"a band of {band:g}", mend="Give a share between 0 and 1.")
    places = [
        _place(outcomes, name, value, (uses or {}).get(name, "explore"), kinds, band)
        for name, value in recorded.items()
    ]
    return Predictive(tuple(places), band)


def is_ordered(outcomes: pd.DataFrame, name: str, kinds: Mapping[str, Kind] | None = None) -> bool:
    """Whether the values of an outcome have an order, so that a record has a place among them."""
    return kind_of(outcomes, name, kinds) in ("number", "time")


def _place(
    outcomes: pd.DataFrame,
    name: str,
    value: float | None,
    use: str,
    kinds: Mapping[str, Kind] | None,
    band: float,
) -> Place:
    if not is_ordered(outcomes, name, kinds):
        raise VertikalError(
            f"the outcome {name} has no order in which a record could be placed",
            where=f"history.{name}",
            mend="Dock it against the frequencies of its answers.",
        )
    known = column(outcomes, name, kinds).known()
    values = known.values
    if known.kind == "time":
        values = np.where(np.isnan(values), np.inf, values)
        value = np.inf if value is None else value
    if isinstance(value, bool | np.bool_ | str) or value is None or np.isnan(value):
        raise VertikalError(
            f"recorded {value!r} is no number", where=f"history.{name}", mend="Give a number."
        )
    if not len(values):
        nan = np.nan
        return Place(name, float(value), use, nan, nan, nan, nan, 0, known.missing)
    # The inverse of the empirical distribution needs no interpolation towards infinity.
    low, median, high = np.quantile(
        values, ((1 - band) / 2, 0.5, (1 + band) / 2), method="inverted_cdf"
    )
    quantile = (values < value).mean() + (values == value).mean() / 2
    return Place(
        name, float(value), use, float(median), float(low), float(high), float(quantile),
        len(values), known.missing,
    )  # fmt: skip
