"""Test claims: freeze what will be run, play batches until the verdict is settled, keep all of it.

Before the first history of a test is played, everything that decides its verdict is written down
and hashed: the test as it stands in the claim file, the digest of each arm's scenario, the code
that plays histories, seed and error rate. The hash names the folder, so that a test which is
changed afterwards has another folder, and what was run can be told from what was thought of later:

    claims-runs/CLAIM/HASH/frozen.json        what is run
                           batch-00000.parquet  answers of all arms, draw by draw
                           result.json        the verdict so far

A batch is written whole or not at all. A later call goes on after the last one, whether the process
was killed, the budget ran out, or all is done; the verdict is reckoned anew from the answers.
"""

import dataclasses
import functools
import hashlib
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vertikal.claims.design import Design, make_design
from vertikal.claims.schema import Claim, Test
from vertikal.claims.verdicts import ERROR, Finding, Word, combined, firm, judge
from vertikal.engine import durable
from vertikal.engine.histories import Histories
from vertikal.engine.manifest import code_digest, installed_versions
from vertikal.errors import VertikalError

FORMAT = 1
"""The layout of the folder of a test."""

FOLDER = Path("claims-runs")
"""Where tests are kept unless the caller says otherwise."""

BUDGET = 4096
"""Histories of each arm after which a test ends unsettled."""

BATCH = 512
"""Histories of each arm between two looks."""

SEED = 1
"""Of all chance, the same for all claims: their errors are controlled however they depend."""

Progress = Callable[[str, int, int], None]
"""Is told the test, the histories of each arm done, and the budget."""


@dataclasses.dataclass(frozen=True)
class Tested:
    """What came of one test."""

    test: Test
    key: str
    """Hash of what was frozen."""
    word: Word
    findings: tuple[Finding, ...]
    """One for each part; several only for an ordering."""
    arms: Mapping[str, float]
    """Mean answer in each arm."""
    histories: int
    """Histories of each arm that were played."""
    budget: int
    new: int
    """How many of them in this call."""
    inert: bool = False
    """Whether what was varied changed the answer in no history at all, which may only mean that
    nothing in the scenario leads from the one to the other."""

    @property
    def failed(self) -> int:
        """Histories that do not count since they failed in an arm."""
        return self.histories - min(f.histories for f in self.findings)

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "scenario": self.test.scenario,
            "shape": self.test.shape,
            "smallest": self.test.smallest,
            "verdict": self.word,
            "hash": self.key,
            "histories": self.histories,
            "failed": self.failed,
            "inert": self.inert,
            "budget": self.budget,
            "arms": {name: _finite(mean) for name, mean in self.arms.items()},
            "findings": [_plain(f) for f in self.findings],
        }


@dataclasses.dataclass(frozen=True)
class Result:
    """What came of a claim."""

    claim: Claim
    word: Word
    tests: tuple[Tested, ...]
    elaborated: tuple[Tested, ...]
    """Tests of what we added to the claim; they do not count."""

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "id": self.claim.id,
            "verdict": self.word,
            "reason": self.claim.reason,
            "tests": [t.row() for t in self.tests],
            "elaborated": [t.row() for t in self.elaborated],
        }


def examine(
    claim: Claim | str,
    *,
    budget: int = BUDGET,
    folder: str | Path | None = FOLDER,
    replicates: int | None = None,
    seed: int = SEED,
    error: float = ERROR,
    progress: Progress | None = None,
) -> Result:
    """Put a claim to the test, as `vertikal.claims.test` does.

    Args:
        claim: A claim, or the id of one of the library.
        budget: Histories of each arm of each test after which it ends unsettled; what a folder
            holds beyond it is not thrown away.
        folder: Where histories and verdicts are kept and looked for; `None` to keep nothing.
        replicates: Histories of each parameter draw; by the kind of outcome if not given.
        seed: Of all chance.
        error: Probability that a false verdict on a test is ever settled.
        progress: Is told how far the work has come.

    Raises:
        VertikalError: If there is no such claim, a test cannot be played, or the folder cannot be
            used.
    """
    if budget < 1 or not 0 < error < 1:
        raise VertikalError(
            "a budget is at least 1 history, and an error rate lies between 0 and 1",
            where=f"budget {budget}, error {error}",
        )
    if isinstance(claim, str):
        from vertikal.claims.reading import chosen, library

        (claim,) = chosen(library(), [claim])
    if claim.reason:
        word: Word = "normative" if claim.kind == "normative" else "untestable"
        return Result(claim, word, (), ())
    where = None if folder is None else Path(folder) / claim.id

    def put(tests: Sequence[Test], kind: str) -> tuple[Tested, ...]:
        done = []
        for number, one in enumerate(tests, 1):
            design = make_design(claim, one, claim.folder, replicates)
            label = f"{claim.id}, {kind} {number} of {len(tests)}"
            tell = functools.partial(progress, label) if progress else _silent
            done.append(_put(claim, design, where, budget, seed, error, tell))
        return tuple(done)

    tests = put(claim.tests, "test")
    return Result(
        claim, combined(t.word for t in tests), tests, put(claim.elaborated, "elaboration")
    )


def firm_verdicts(results: Sequence[Result], error: float = ERROR) -> dict[str, bool]:
    """For each claim whether all verdicts on it stand when errors are controlled over the ledger.

    Args:
        results: Everything that was tested together; see `vertikal.claims.verdicts.firm`.
        error: Expected share of false verdicts among the firm ones.
    """
    asserted = [f for r in results for t in r.tests for f in t.findings]
    added = [f for r in results for t in r.elaborated for f in t.findings]
    kept = iter(firm([*asserted, *added], error))
    found = {}
    for result in results:
        own = [next(kept) for t in result.tests for _ in t.findings]
        found[result.claim.id] = bool(own) and all(own)
    return found


def _silent(done: int, total: int) -> None:
    pass


def freeze(claim: Claim, design: Design, seed: int, error: float) -> str:
    """Everything that decides the verdict on a test, as canonical JSON."""
    content = {
        "format": FORMAT,
        "claim": claim.id,
        "test": design.test.model_dump(mode="json", exclude={"basis"}),
        "arms": {name: scenario.digest for name, scenario in design.arms.items()},
        "replicates": design.replicates,
        "seed": seed,
        "error": error,
        "code": code_digest(),
        "verdicts": _verdicts_digest(),
        "versions": installed_versions(),
    }
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)


def _verdicts_digest() -> str:
    """SHA-256 over the modules that turn histories into verdicts."""
    here = Path(__file__).parent
    names = ("sequential", "verdicts", "design")
    return hashlib.sha256(b"\0".join((here / f"{n}.py").read_bytes() for n in names)).hexdigest()


def _put(
    claim: Claim,
    design: Design,
    folder: Path | None,
    budget: int,
    seed: int,
    error: float,
    tell: Callable[[int, int], None],
) -> Tested:
    """Play a test until it is settled or its budget is spent."""
    frozen = freeze(claim, design, seed, error)
    key = hashlib.sha256(frozen.encode()).hexdigest()
    if folder is None:
        return _look(design, key, budget, seed, error, tell, None)
    home = folder / key[:16]
    with durable.explained(home, mend="test the claim again; finished batches are kept."):
        home.mkdir(parents=True, exist_ok=True)
        with durable.locked(home):
            if not (home / "frozen.json").is_file():
                durable.write(home / "frozen.json", frozen.encode())
            done = _look(design, key, budget, seed, error, tell, home)
            result = json.dumps({"claim": claim.id} | done.row(), indent=1, ensure_ascii=False)
            durable.write(home / "result.json", result.encode())
    return done


def _look(
    design: Design,
    key: str,
    budget: int,
    seed: int,
    error: float,
    tell: Callable[[int, int], None],
    home: Path | None,
) -> Tested:
    """Batch after batch, with a look after each."""
    arms = design.histories(seed)
    draws = max(1, BATCH // design.replicates)
    size, new = draws * design.replicates, 0
    batches: list[dict[str, np.ndarray]] = []
    while True:
        path = None if home is None else home / f"batch-{len(batches):05d}.parquet"
        if path is not None and path.is_file():
            batches.append(read_batch(path, design, draws))
        else:
            batches.append(_play(design, arms, len(batches) * draws, draws))
            new += size
            if path is not None:
                durable.write(path, _written(batches[-1]))
        done = len(batches) * size
        answers = {arm: np.concatenate([b[arm] for b in batches]) for arm in design.arms}
        effects = [c.values(answers) for c in design.contrasts]
        findings = tuple(
            judge(values, c.criterion, error)
            for values, c in zip(effects, design.contrasts, strict=True)
        )
        word = combined(f.word for f in findings)
        tell(done, max(done, budget))
        if word != "unsettled" or done >= budget:
            means = {arm: _mean(values) for arm, values in answers.items()}
            inert = len(arms) > 1 and all((np.nan_to_num(e) == 0).all() for e in effects)
            return Tested(design.test, key, word, findings, means, done, budget, new, inert)


def _play(
    design: Design, arms: Mapping[str, Histories], first: int, draws: int
) -> dict[str, np.ndarray]:
    """The answers by arm in some draws: one row a draw, one column a history."""
    size = design.replicates
    found: dict[int, np.ndarray] = {}
    for histories in arms.values():
        if id(histories) not in found:
            table = histories.run_block(first * size, draws * size).outcomes
            found[id(histories)] = design.answers(table).reshape(draws, size)
    return {arm: found[id(histories)] for arm, histories in arms.items()}


def _written(answers: Mapping[str, np.ndarray]) -> bytes:
    """Answers of a batch as a Parquet file: a row a history, a column an arm."""
    sink = io.BytesIO()
    table = pa.table({arm: pa.array(values.ravel()) for arm, values in answers.items()})
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def read_batch(path: Path, design: Design, draws: int) -> dict[str, np.ndarray]:
    """The answers by arm that a batch holds: one row a draw, one column a history.

    Raises:
        VertikalError: If the file is none of this test.
    """
    try:
        table = pq.read_table(path)
        shape = (draws, design.replicates)
        return {
            arm: table.column(arm).to_numpy(zero_copy_only=False).reshape(shape)
            for arm in design.arms
        }
    except (pa.ArrowInvalid, KeyError, ValueError) as why:
        raise VertikalError(
            "this is no batch of answers of this test",
            where=str(path),
            mend="Remove the file; the batch is then played again.",
        ) from why


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else math.nan


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _plain(finding: Finding) -> dict[str, Any]:
    row = dataclasses.asdict(finding)
    row["evidence"] = {w: _finite(v) for w, v in row["evidence"].items()}
    row = {k: _finite(v) if isinstance(v, float) else v for k, v in row.items()}
    return row | {"leaning": finding.leaning}
