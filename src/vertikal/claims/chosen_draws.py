"""Histories of a test at parameters that are chosen, kept like those that test it.

All chosen draws meet the same chance, in all arms, so that effects at two of them differ by the
parameters alone (`vertikal.engine.histories.Given`). They are given as quantiles of the priors.
What was played is kept beside the batches of the test, by content:

    claims-runs/CLAIM/HASH/given/HASH.parquet
"""

import dataclasses
import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from vertikal.claims.commands import command
from vertikal.claims.design import Design, make_design
from vertikal.claims.folders import freeze, home_of, read, written
from vertikal.claims.running import SEED, asked_in, is_of_library
from vertikal.claims.schema import Claim, Test
from vertikal.claims.sharing import Arm, shared
from vertikal.claims.verdicts import ERROR, Criterion
from vertikal.claims.wording import Lexicon
from vertikal.engine import durable
from vertikal.engine.histories import RUNS_PER_BLOCK, Given
from vertikal.errors import VertikalError

Tell = Callable[[int, int], None]
"""Is told the histories of each arm done, and how many there will be."""

Play = Callable[[pd.DataFrame, Tell], tuple[np.ndarray, ...]]
"""Effects at chosen draws: from their quantiles, one row a draw and one column an address, for each
contrast one row a draw and one column a history."""


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
