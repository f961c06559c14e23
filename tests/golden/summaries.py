"""What a golden file holds: the answers of an ensemble in numbers, each with its own error.

Bits are not compared. They change with the processor, the compiler and any reordering of a sum,
while what the model says stays the same. A golden file therefore holds means and shares over
histories, each with its Monte Carlo standard error, and a later run agrees if every number lies
within `LIMIT` standard errors of the difference of two independent runs.

How much that can see: with 512 histories a share of one half has a standard error of 2.2 points if
draws of parameters do not matter, so a change of about 12 points is found and a smaller one is not.
It is an alarm for changes of what the model says, not a proof that nothing has changed. As the seed
is the same, a run of unchanged code differs by exactly nothing, and whatever has moved is printed.

A false alarm: were two runs independent, a number would leave its band in one of 16 000
comparisons; with some 200 numbers in two files that is one alarm in 80 comparisons at most.
"""

import dataclasses
import json
import math
from pathlib import Path

import numpy as np

from vertikal import laboratory
from vertikal.analysis.nested import Draws, mean_variance
from vertikal.analysis.tables import column
from vertikal.engine.ensemble import Ensemble

LIMIT = 4.0
"""Standard errors of the difference beyond which a number has moved."""
RUNS, SEED = 512, 1953
SCENARIOS = ("stalins-court", "gkchp")
FOLDER = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Number:
    """A mean or a share over histories."""

    estimate: float
    error: float
    """Its standard error, reckoned from parameter draws."""


@dataclasses.dataclass(frozen=True)
class Move:
    """A number that is not what it was."""

    name: str
    before: Number
    after: Number

    @property
    def errors(self) -> float:
        """The move in standard errors of a difference of independent runs."""
        error = math.hypot(self.before.error, self.after.error)
        move = self.after.estimate - self.before.estimate
        if error > 0:
            return move / error
        return 0.0 if move == 0 else math.copysign(math.inf, move)

    def __str__(self) -> str:
        one, two = self.before, self.after
        return (
            f"{self.name}: {one.estimate:.4g} ± {one.error:.2g} -> "
            f"{two.estimate:.4g} ± {two.error:.2g} ({self.errors:+.1f} standard errors)"
        )


def play(name: str) -> dict[str, Number]:
    """Play a scenario and sum it up."""
    return summed_up(laboratory.simulate(name, RUNS, seed=SEED))


def summed_up(ensemble: Ensemble) -> dict[str, Number]:
    """Every share and mean of an ensemble's answers, by outcome and value.

    For times: how often the event comes, the mean time before it, where never counts as the
    horizon, and in what way it comes. For numbers that some histories lack: the mean of those that
    have one, and how many they are.
    """
    manifest, outcomes = ensemble.manifest, ensemble.outcomes
    found = {"failed": _share((outcomes["status"].astype(str) != "ok").to_numpy(), outcomes)}
    kinds = laboratory.kinds_of(manifest)
    kinds |= {f"{name}.is": "label" for name in kinds if f"{name}.is" in outcomes.columns}
    for name, kind in kinds.items():
        values = column(outcomes, name, {name: kind})
        if kind == "bool":
            found[name] = _share(values.values, outcomes)
        elif kind == "number":
            known = values.known()
            found[name] = _mean(known.values, known.draw)
            if values.missing:
                found[f"{name}: answered"] = _share(~np.isnan(values.values), outcomes)
        elif kind == "label":
            for code, label in enumerate(values.labels):
                found[f"{name}: {label}"] = _share(values.values == code, outcomes)
        else:
            came, horizon = ~np.isnan(values.values), laboratory.horizon_of(manifest)
            found[f"{name}: ever"] = _share(came, outcomes)
            found[f"{name}: years"] = _mean(np.where(came, values.values, horizon), values.draw)
    return found


def _mean(values: np.ndarray, draw: np.ndarray) -> Number:
    variance = float(mean_variance(values.astype(float), Draws.of(draw)))
    return Number(float(values.mean()), math.sqrt(variance))


def _share(values: np.ndarray, outcomes) -> Number:
    """A share; where it is near none or all, its error is that of Agresti and Coull's estimate.

    With four histories added, two of each kind, so that a share of nothing has an error too.
    """
    number = _mean(values, outcomes["draw"].to_numpy())
    runs = len(values) + 4
    softened = (values.sum() + 2) / runs
    return Number(number.estimate, max(number.error, math.sqrt(softened * (1 - softened) / runs)))


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


def read(name: str) -> dict[str, Number]:
    content = json.loads(file_of(name).read_text(encoding="utf-8"))
    return {k: Number(*v) for k, v in content["numbers"].items()}


def write(name: str, numbers: dict[str, Number]) -> None:
    rows = {k: [round(n.estimate, 6), round(n.error, 6)] for k, n in numbers.items()}
    content = {"scenario": name, "runs": RUNS, "seed": SEED, "numbers": rows}
    text = json.dumps(content, indent=1, ensure_ascii=False)
    # one number a line, so that a difference of two versions is read at a glance
    text = text.replace("[\n   ", "[").replace(",\n   ", ", ").replace("\n  ]", "]")
    file_of(name).write_text(text + "\n", encoding="utf-8")


def moves(before: dict[str, Number], after: dict[str, Number]) -> list[Move]:
    """Numbers in both that differ by more than the rounding of the file, the largest first."""
    moved = [Move(k, before[k], after[k]) for k in before.keys() & after.keys()]
    moved = [m for m in moved if abs(m.after.estimate - m.before.estimate) > 1e-6]
    return sorted(moved, key=lambda m: -abs(m.errors))
