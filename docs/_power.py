"""How often a test of a claim comes to which verdict, by the size of the effect: simulated, kept in
`power.json`, shown on a page.

Usage: python docs/_power.py

Effects are made up and the tests are real: `vertikal.claims.trials.Trial` decides what is played
next and when a verdict is settled. What came out is kept with a digest of the code that decides
verdicts, so that the page can say when its numbers are out of date. It takes some four minutes of a
core.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import altair as alt
import numpy as np
from _figures import draw
from _tables import table, warning
from scipy import stats

from vertikal.claims.design import Contrast
from vertikal.claims.folders import _verdicts_digest
from vertikal.claims.sampling import room
from vertikal.claims.sharing import Arm
from vertikal.claims.trials import Trial
from vertikal.claims.verdicts import (
    ERROR,
    LEEWAY,
    MARGIN,
    MOST,
    REPLICATES,
    WORDS,
    Criterion,
)
from vertikal.report.look import stand_in

KEPT = Path(__file__).parent / "power.json"

SMALLEST = 0.1
"""The smallest effect of interest; all sizes are told as multiples of it."""

BUDGETS = (1024, 4096, 16384)
"""Histories of each arm after which a test ends unsettled."""

SIZES = (0.0, 0.5, 0.79, 1.21, 1.5, 2.0, 2.5, 3.0)
"""Effects, in smallest effects. Two are just beyond the zone of indifference, where errors are
most frequent."""

REPEATS, AT_LINES = 120, 2000
"""Tests of each size, and of each model at a line. More of the first would take longer than anybody
waits; at the lines tests end at the second of the budgets, for the same reason."""

SEED = 1
"""Of all chance, the same for all models and sizes, so that curves differ by these alone."""


@dataclasses.dataclass(frozen=True)
class Model:
    """Where effects come from.

    Attributes:
        words: What it is called.
        is_truth: Whether a history is turned to yes or not, with the effect as probability, and in
            one of a hundred either way besides. Else the effect of a history is normal about that
            of its draw.
        chance: Standard deviation of that.
        spread: Standard deviation over draws of their effects, which are normal.
        share: Of draws with the effect; the others have a third as much the other way.
    """

    words: str
    is_truth: bool = False
    chance: float = 0.2
    spread: float = 0.0
    share: float = 1.0

    @property
    def criterion(self) -> Criterion:
        """That of a direction; numbers are differences of two shares."""
        if self.is_truth:
            return Criterion("above", SMALLEST, possible=(-1.0, 0.0, 1.0))
        return Criterion("above", SMALLEST, limits=(-1.0, 1.0))

    def draws(self, rng: np.random.Generator, count: int, size: float) -> np.ndarray:
        """The effects of parameter draws."""
        theta = size * SMALLEST + self.spread * rng.standard_normal(count)
        return np.where(rng.random(count) < self.share, theta, -theta / 3)

    def histories(self, rng: np.random.Generator, theta: np.ndarray) -> np.ndarray:
        """The effects of histories, from those of their draws."""
        if not self.is_truth:
            return theta + self.chance * rng.standard_normal(theta.shape)
        up, down = np.maximum(theta, 0) + 0.01, np.maximum(-theta, 0) + 0.01
        thrown = rng.random(theta.shape)
        return np.where(thrown < up, 1.0, np.where(thrown < up + down, -1.0, 0.0))

    def right(self, size: float) -> list[str]:
        """The verdicts that are not false, by the definitions of `vertikal.claims.verdicts`."""
        effect = size * SMALLEST
        mean = (self.share - (1 - self.share) / 3) * effect

        def holds(line: float) -> float:
            """The share of draws in which the effect is at least that large."""
            if not self.spread:
                return self.share * (effect >= line) + (1 - self.share) * (-effect / 3 >= line)
            return float(stats.norm.sf(line, effect, self.spread))

        less, more = (SMALLEST * (1 + sign * MARGIN) for sign in (-1, 1))
        supported = mean >= less and holds(less) >= MOST - LEEWAY
        contradicted = mean < more and holds(more) <= 1 - MOST + LEEWAY
        strictly = (mean >= more and holds(more) >= MOST + LEEWAY) or (
            mean < less and holds(less) <= 1 - MOST - LEEWAY
        )
        is_right = zip(WORDS, (supported, not strictly, contradicted), strict=True)
        return [word for word, true in is_right if true]


CURVES = {
    "number": Model("a number, draws alike"),
    "spread": Model("a number, draws differ", spread=0.05),
    "half": Model("a number, half of the draws", share=0.5),
    "truth": Model("a truth value, draws alike", is_truth=True),
}
"""Models whose power is drawn."""

LINES: dict[str, tuple[Model, float]] = {
    "below": (Model("a number, draws alike, just too small"), 0.79),
    "above": (Model("a number, draws alike, just large enough"), 1.21),
    "truth": (Model("a truth value, draws alike, just too small", is_truth=True), 0.79),
    "few": (Model("a number, clear effects in 61% of the draws", chance=0.1, share=0.61), 4.0),
    "many": (Model("a number, clear effects in 72% of the draws", chance=0.1, share=0.72), 4.0),
}
"""Models that lie just beyond the end of a zone of indifference, with sizes."""


def main() -> None:
    """Simulate all models and keep what came out."""
    # an interval is told of each look and decides nothing; to leave it out saves most of the time
    with mock.patch("vertikal.claims.verdicts.interval", return_value=(0.0, 0.0)):
        kept = {"verdicts": _verdicts_digest(), "asked": asked(), "seed": SEED, **simulated()}
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    print(KEPT)


def asked() -> dict[str, Any]:
    """What is simulated, as plain values."""
    return json.loads(
        json.dumps(
            {
                "smallest": SMALLEST,
                "budgets": BUDGETS,
                "sizes": SIZES,
                "repeats": (REPEATS, AT_LINES),
                "curves": {name: dataclasses.asdict(m) for name, m in CURVES.items()},
                "lines": {n: [dataclasses.asdict(m), size] for n, (m, size) in LINES.items()},
            }
        )
    )


def simulated(repeats: int = REPEATS, at_lines: int = AT_LINES) -> dict[str, Any]:
    """What came of tests of every model.

    Args:
        repeats: Tests of each size.
        at_lines: Tests of each model at a line.
    """
    curves = {}
    for name, model in CURVES.items():
        curves[name] = [
            {"size": size, "right": model.right(size), "tests": repeats,
             "within": counted(model, size, repeats, BUDGETS)}
            for size in SIZES
        ]  # fmt: skip
        print(name, flush=True)
    lines = {}
    for name, (model, size) in LINES.items():
        (found,) = counted(model, size, at_lines, BUDGETS[1:2]).values()
        lines[name] = {"right": model.right(size), "tests": at_lines, "found": found}
        print(name, flush=True)
    return {"curves": curves, "lines": lines}


def counted(
    model: Model, size: float, times: int, budgets: Sequence[int]
) -> dict[str, dict[str, int]]:
    """How many tests come to each verdict within each budget.

    Args:
        model: Where effects come from.
        size: Of the effect.
        times: How many tests.
        budgets: Histories of each arm, ascending.
    """
    found = {str(b): Counter(dict.fromkeys([*WORDS, "unsettled"], 0)) for b in budgets}
    for k in range(times):
        word, before = tested(np.random.default_rng([SEED, k]), model, size, budgets[-1])
        for budget in budgets:
            found[str(budget)][word if before < budget else "unsettled"] += 1
    return {budget: dict(count) for budget, count in found.items()}


def tested(rng: np.random.Generator, model: Model, size: float, budget: int) -> tuple[str, int]:
    """The verdict of a test, and how many histories had been played before its last batch.

    Args:
        rng: Of all chance.
        model: Where effects come from.
        size: Of the effect.
        budget: Histories of each arm after which it ends unsettled.
    """
    contrast = Contrast({"effect": 1.0}, 0.0, model.criterion)
    design: Any = SimpleNamespace(
        contrasts=(contrast,), replicates=REPLICATES, test=None, answers=lambda answers, _: answers
    )
    claim: Any = None
    trial = Trial(claim, "", design, "", None, budget, ERROR, lambda _: None)
    trial.arms = {"effect": Arm(claim, "")}
    theta, before = np.zeros(0), 0
    while (runs := trial.wanted) is not None:
        draw = runs // room(REPLICATES)
        new = max(0, int(draw.max()) + 1 - len(theta))
        theta = np.append(theta, model.draws(rng, new, size))
        before = trial.histories
        answers: Any = model.histories(rng, theta[draw])
        trial.take({"effect": answers})
    assert trial.done is not None
    return trial.done.word, before


# The page


def page(framed: Callable[[str], str]) -> str:
    """What was simulated, as part of a page.

    Args:
        framed: Puts a picture in a frame whose colours follow the page.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    moved = ["the code that decides verdicts"] * (kept["verdicts"] != _verdicts_digest())
    moved += ["what is simulated"] * (kept["asked"] != asked())
    repeats, at_lines = kept["asked"]["repeats"]
    few, more, most = kept["asked"]["budgets"]
    parts = [
        *warning(moved),
        f"{repeats} tests of each model and size, seed {kept['seed']}, judged by the code with "
        f"digest `{kept['verdicts'][:12]}`. A share of {repeats} tests has a standard error of at "
        f"most {50 / repeats**0.5:.1f} points.",
        f"```{{raw}} html\n{framed(picture(kept))}```",
        f"*Share of tests that come to each verdict within {few:,} (dotted), {more:,} (dashed) and "
        f"{most:,} histories of each arm (solid), by the size of the effect. In the zone that is "
        "shaded, more than one verdict is right.*",
        power_table(kept),
        "## Errors at the lines",
        f"{at_lines:,} tests of each model within {more:,} histories, just beyond the end of a "
        f"zone, where errors are most frequent. False verdicts may be settled in {ERROR:.0%} of "
        "the tests; the interval (Clopper and Pearson, 95%) tells in how many they are. A test "
        "that is left open is not false, so it is told as well how many are settled rightly.",
        error_table(kept),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def power_table(kept: Mapping[str, Any]) -> str:
    """How many tests come to which verdict within each budget."""
    rows = [
        (
            _words(kept, "curves", name),
            f"{row['size']:g}",
            " or ".join(row["right"]),
            *(_told(count, row["tests"]) for count in row["within"].values()),
        )
        for name, rows in kept["curves"].items()
        for row in rows
    ]
    within = [f"within {b:,}" for b in kept["asked"]["budgets"]]
    return table(("model", "effect", "right", *within), rows)


def _told(count: Mapping[str, int], times: int) -> str:
    words = (*WORDS, "unsettled")
    return ", ".join(f"{count[word] / times:.0%} {word}" for word in words if count[word])


def error_table(kept: Mapping[str, Any]) -> str:
    """How often verdicts at the lines are false."""
    rows = []
    for name, row in kept["lines"].items():
        false = false_verdicts(row)
        low, high = interval(false, row["tests"])
        right = sum(row["found"][word] for word in row["right"])
        rows.append(
            (_words(kept, "lines", name), " or ".join(row["right"]), f"{right / row['tests']:.0%}",
             f"{false} of {row['tests']}", f"{low:.1%} to {high:.1%}")
        )  # fmt: skip
    return table(("model", "right", "settled rightly", "false", "rate of false verdicts"), rows)


def false_verdicts(row: Mapping[str, Any]) -> int:
    """How many tests came to a verdict that is false."""
    return sum(row["found"][word] for word in WORDS if word not in row["right"])


def interval(count: int, times: int) -> tuple[float, float]:
    """A binomial interval of 95% (Clopper and Pearson)."""
    found = stats.binomtest(count, times).proportion_ci(0.95, "exact")
    return float(found.low), float(found.high)


def _words(kept: Mapping[str, Any], part: str, name: str) -> str:
    row = kept["asked"][part][name]
    return str((row if isinstance(row, dict) else row[0])["words"])


_DASHES = ([2, 3], [6, 3], [1, 0])


def picture(kept: Mapping[str, Any]) -> str:
    """Shares of verdicts by the size of the effect, a panel a model, as SVG."""
    panels = [_panel(kept, name) for name in kept["curves"]]
    return draw(alt.concat(*panels, columns=2, spacing=24))


def _panel(kept: Mapping[str, Any], name: str) -> alt.LayerChart:
    values = list(_points(kept["curves"][name]))
    colours = [stand_in(c) for c in ("c1", "c2", "c3")]
    budgets = [f"{b:,}" for b in kept["asked"]["budgets"]]
    x = alt.X(
        "x:Q",
        title="effect, as a multiple of the smallest that would matter",
        scale=alt.Scale(nice=False),
    )
    zone = {"x": 1 - MARGIN, "x2": 1 + MARGIN}
    shade = alt.Chart(alt.Data(values=[zone])).mark_rect(color=stand_in("line"), opacity=0.6)
    lines = alt.Chart(alt.Data(values=values)).mark_line(strokeWidth=2)
    legend = {"orient": "bottom", "columns": 3}
    return alt.layer(
        shade.encode(x=x, x2="x2:Q"),
        lines.encode(
            x=x,
            y=alt.Y("y:Q", title="share of tests",
                    scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%")),
            color=alt.Color("verdict:N", title=None, legend=alt.Legend(**legend),
                            scale=alt.Scale(domain=list(WORDS), range=colours)),
            strokeDash=alt.StrokeDash("histories:N", title=None, legend=None,
                                      scale=alt.Scale(domain=budgets, range=list(_DASHES))),
        ),
    ).properties(
        width=250, height=220,
        title=alt.Title(_words(kept, "curves", name), fontWeight="normal", color=stand_in("ink")),
    )  # fmt: skip


def _points(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        for budget, count in row["within"].items():
            for word in WORDS:
                yield {"x": row["size"], "y": round(count[word] / row["tests"], 4),
                       "verdict": word, "histories": f"{int(budget):,}"}  # fmt: skip


if __name__ == "__main__":
    main()
