"""Stylised facts 7 and 8, of the sovereignty of technology: what is compared, and how.

Fact 8 is a contrast of two variants that share all chance, like those of `tests.docking.facts`.
Fact 7 compares quantities within one history: belief in one sector with belief in another, and
capability at two dates. As there, a fact is measured and not required.
"""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from tests.docking.facts import TREATMENT, Fact, Measure
from vertikal import laboratory

SCENARIO = "technological-sovereignty"

NARRATIVE = Fact(
    8,
    "The narrative grows with the threat to identity even where there is no capability at all.",
    "NAD ¶13",
    SCENARIO,
    ("NB", "N"),
    "2022, without capability: sanctions of 2014 only against sanctions beyond expectation",
    {
        TREATMENT: {"value": "foreign.sanctions", "at": "2022-06-30"},
        "dock-stress": {"mean": "public.identity_stress", "from": "2022-04", "until": "2023-12"},
        "dock-narrative": {"mean": "public.narrative", "from": "2022-04", "until": "2023-12"},
        "dock-showcase": {"mean": "technology.showcase", "from": "2022-04", "until": "2023-12"},
    },
    (
        Measure("mean stress of identity, April 2022 to 2023", "dock-stress", "mean", 1),
        Measure("mean intensity of the narrative", "dock-narrative", "mean", 1),
        Measure("mean weight of staged successes", "dock-showcase", "mean", 1),
    ),
)


@dataclasses.dataclass(frozen=True)
class Within:
    """A comparison of two numbers of the same history; the first is expected to be larger."""

    words: str
    larger: str
    """An outcome."""
    smaller: str | float
    """An outcome, or a number."""


GRADIENT_OUTCOMES: dict[str, Any] = {
    **{
        f"dock-belief-{sector}": {"value": f"public.belief[{sector}]", "at": "2022-06-30"}
        for sector in ("food", "electronics", "cars")
    },
    **{
        f"dock-{when}-{sector}": {"value": f"technology.capability[{sector}]", "at": date}
        for when, date in (("before", "2021-12-31"), ("after", "2025-12-31"))
        for sector in ("electronics", "cars", "transport", "computing")
    },
    "dock-replacement": {"value": "public.answer[vciom_replacement]", "at": "2025-12-31"},
}
"""Questions of fact 7: belief falls with complexity, and is high while capability falls."""

GRADIENT_NUMBER = 7
GRADIENT = (
    Within("belief in food above belief in electronics", "dock-belief-food",
           "dock-belief-electronics"),
    Within("belief in electronics above belief in cars", "dock-belief-electronics",
           "dock-belief-cars"),
    *(
        Within(f"capability in {sector} at the end of 2021 above that of 2025",
               f"dock-before-{sector}", f"dock-after-{sector}")
        for sector in ("electronics", "cars", "transport", "computing")
    ),
    Within("more than half say in 2025 that the departed can be replaced", "dock-replacement",
           0.5),
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Held:
    """What the histories say about a comparison."""

    within: Within
    difference: float
    low: float
    high: float
    share: float
    """Share of histories in which the first number is the larger."""

    @property
    def verdict(self) -> str:
        """What the interval of the mean difference says about the expectation."""
        if self.low <= 0 <= self.high:
            return "not shown"
        return "yes" if self.difference > 0 else "no: the opposite"


def measure_gradient(runs: int, seed: int) -> tuple[Held, ...]:
    """Play the base scenario and compare within each history.

    Args:
        runs: How many histories, at least 2.
        seed: Of the ensemble.
    """
    asked = {"outcomes": {k: {"ask": k, **v} for k, v in GRADIENT_OUTCOMES.items()}}
    answers = laboratory.simulate(
        laboratory.load(SCENARIO, patches=[asked]), runs, seed=seed
    ).outcomes
    return tuple(_held(each, answers) for each in GRADIENT)


def _held(within: Within, answers: pd.DataFrame) -> Held:
    """Compare within histories; those of one draw of parameters count as one observation."""
    other = answers[within.smaller] if isinstance(within.smaller, str) else within.smaller
    gap = answers[within.larger] - other
    by_draw = gap.groupby(answers["draw"]).mean()
    error = stats.t.ppf(0.975, len(by_draw) - 1) * by_draw.std(ddof=1) / np.sqrt(len(by_draw))
    mean = float(by_draw.mean())
    return Held(within, mean, mean - error, mean + error, float((gap > 0).mean()))
