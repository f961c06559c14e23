"""Histories of a test at parameters that are chosen, kept like those that test it.

All chosen draws meet the same chance, in all arms, so that effects at two of them differ by the
parameters alone (`vertikal.engine.histories.Given`). They are given as quantiles of the priors.
What was played is kept beside the batches of the test, by content:

    claims-runs/CLAIM/HASH/given/HASH.parquet

What a study of such histories found is kept beside the verdict on the test, whether there is one
yet or not; `vertikal.claims.studies` reads it:

    claims-runs/CLAIM/HASH/screen.json         which assumptions drive it
                           adversary.json      the nearest parameters that overturn it
"""

import dataclasses
import hashlib
import json
import math
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from vertikal.claims.commands import command
from vertikal.claims.design import Design, make_design
from vertikal.claims.folders import freeze, home_of, key_of, read, written
from vertikal.claims.running import SEED, asked_in, is_of_library
from vertikal.claims.schema import Claim, Test
from vertikal.claims.sharing import Arm, shared
from vertikal.claims.verdicts import ERROR, REPLICATES, Criterion
from vertikal.claims.wording import Lexicon
from vertikal.engine import durable
from vertikal.engine.histories import RUNS_PER_BLOCK, Given
from vertikal.errors import VertikalError
from vertikal.sources import source_digest

Tell = Callable[[int, int], None]
"""Is told the histories of each arm done, and how many there will be."""

Play = Callable[[pd.DataFrame, Tell], tuple[np.ndarray, ...]]
"""Effects at chosen draws: from their quantiles, one row a draw and one column an address, for each
contrast one row a draw and one column a history."""

Kind = Literal["screen", "adversary"]
"""Studies of a test beyond its verdict."""

STUDY_FORMAT = 1
"""The layout of the file of a study."""

_METHODS: dict[Kind, tuple[str, ...]] = {
    "screen": ("chosen_draws", "screening", "holding", "regions"),
    "adversary": ("chosen_draws", "screening", "adversary"),
}


@dataclasses.dataclass(frozen=True)
class Bench:
    """A test whose histories can be played at chosen parameters.

    Attributes:
        claim: The claim.
        design: The test, with the histories of each draw.
        seed: Of all chance.
        folder: Where histories are kept; `None` to keep nothing.
    """

    claim: Claim
    design: Design
    seed: int
    folder: Path | None

    @cached_property
    def lexicon(self) -> Lexicon:
        """What the parameters are."""
        return Lexicon(self.design.arms.values())

    @property
    def addresses(self) -> list[str]:
        """What is in doubt in some arm and varies."""
        ends = {
            a: prior.quantile(np.array([0.01, 0.99])) for a, prior in self.lexicon.priors.items()
        }
        return sorted(a for a, (low, high) in ends.items() if high > low)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """What the claim expects of each contrast."""
        return tuple(c.criterion for c in self.design.contrasts)

    @cached_property
    def _frozen(self) -> str:
        return freeze(self.claim, self.design, self.seed, ERROR)

    @cached_property
    def _arms(self) -> dict[str, Arm]:
        """The arms, by the program with which the library is tested."""
        beside = asked_in({self.design.test.scenario}) if is_of_library(self.claim) else ()
        return shared([self.design], self.seed, beside)[0]

    def play(self, quantiles: pd.DataFrame, tell: Tell) -> tuple[np.ndarray, ...]:
        """Effects at chosen draws, as `Play` says; what was played before is not played again."""
        size = self.design.replicates
        rows = max(1, RUNS_PER_BLOCK // size)
        blocks = []
        for first in range(0, len(quantiles), rows):
            tell(first * size, len(quantiles) * size)
            blocks.append(self._block(quantiles.iloc[first : first + rows]))
        tell(len(quantiles) * size, len(quantiles) * size)
        answers = {arm: np.concatenate([b[arm] for b in blocks]) for arm in self.design.arms}
        return tuple(c.values(answers) for c in self.design.contrasts)

    def _block(self, quantiles: pd.DataFrame) -> dict[str, np.ndarray]:
        if self.folder is None:
            return self._played(quantiles)
        told = "\n".join((self._frozen, *map(str, quantiles.columns)))
        content = told.encode() + np.ascontiguousarray(quantiles.to_numpy()).tobytes()
        home = home_of(self.folder, self.claim, self._frozen) / "given"
        path = home / f"{hashlib.sha256(content).hexdigest()[:16]}.parquet"
        if path.is_file():
            return {arm: v.reshape(len(quantiles), -1) for arm, v in read(path).items()}
        with durable.explained(home, mend="ask again; what was played is kept."):
            home.mkdir(parents=True, exist_ok=True)
            played = self._played(quantiles)
            durable.write(path, written({arm: v.ravel() for arm, v in played.items()}))
        return played

    def _played(self, quantiles: pd.DataFrame) -> dict[str, np.ndarray]:
        given = Given({str(a): quantiles[a].to_numpy() for a in quantiles.columns})
        size = self.design.replicates
        tables: dict[int, pa.Table] = {}
        found = {}
        for name, arm in self._arms.items():
            key = id(arm.histories)
            if key not in tables:
                chosen = dataclasses.replace(arm.histories, given=given, replicates=size)
                tables[key] = chosen.run_block(0, len(quantiles) * size).outcomes
            found[name] = self.design.answers(tables[key], arm.column).reshape(-1, size)
        return found

    def keep(self, kind: Kind, settings: Mapping[str, Any], found: Any) -> None:
        """Keep what a study found, beside the verdict on the test if there is one.

        Args:
            kind: The study.
            settings: Its sizes and whatever else decides what it finds.
            found: What it found: a dataclass of plain values and the test.
        """
        if self.folder is None:
            return
        tested = dataclasses.replace(self.design, replicates=REPLICATES)
        frozen = freeze(self.claim, tested, self.seed, ERROR)
        home = home_of(self.folder, self.claim, frozen)
        told = dataclasses.asdict(found)
        del told["test"]  # as it is frozen
        content = {
            "format": STUDY_FORMAT,
            "hash": key_of(frozen),
            "frozen": json.loads(frozen),
            "method": method_digest(kind),
            "settings": dict(settings),
            "found": _plain(told),
        }
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        with durable.explained(home, mend="ask again; what was played is kept."):
            home.mkdir(parents=True, exist_ok=True)
            durable.write(study_path(home, kind), text.encode())


def study_path(home: Path, kind: Kind) -> Path:
    """The file of a study in the folder of a test."""
    return home / f"{kind}.json"


def method_digest(kind: Kind) -> str:
    """SHA-256 over the modules of a study."""
    here = Path(__file__).parent
    return source_digest((here / f"{name}.py" for name in _METHODS[kind]), here)


def _plain(value: Any) -> Any:
    """Values as JSON knows them: numbers that are not finite are missing."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


def bench(
    claim: Claim, test: Test, replicates: int, folder: str | Path | None, seed: int = SEED
) -> Bench:
    """A test of a claim made ready for chosen draws.

    Args:
        claim: The claim.
        test: One of its tests.
        replicates: Histories of each draw.
        folder: Where histories are kept; `None` to keep nothing.
        seed: Of all chance.
    """
    design = make_design(claim, test, claim.folder, replicates)
    return Bench(claim, design, seed, None if folder is None else Path(folder))


def test_of(claim: Claim, number: int) -> Test:
    """One of the tests of a claim, counted from 1.

    Raises:
        VertikalError: If there is none of that number.
    """
    if not 1 <= number <= len(claim.tests):
        show = command(f"show {claim.id}", [claim.file])
        raise VertikalError(
            f"{claim.id} has no test {number}",
            where=claim.place,
            mend=f"It is not tested: {claim.reason}."
            if claim.reason
            else f"Its tests count from 1 to {len(claim.tests)}: {show}",
        )
    return claim.tests[number - 1]


test_of.__test__ = False  # type: ignore[attr-defined]  # no test for pytest


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def part_of(tell: Tell, before: int, total: int) -> Tell:
    """Tells of a part of some work as of the whole of it."""
    return lambda done, _: tell(min(before + done, total), total)
