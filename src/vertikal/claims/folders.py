"""The folder of a test: what was frozen before it was played, and the answers of its histories.

Before the first history of a test is played, everything that decides its verdict is written down
and hashed: the test as it stands in the claim file, a digest of what is played and asked in each
arm, the code that plays histories and judges them, seed and error rate. The hash names the folder,
so that a test which is changed afterwards has another folder, and what was run can be told from
what was thought of later:

    claims-runs/CLAIM/HASH/frozen.json        what is run
                           batch-00000.parquet  answers of all arms, history by history
                           extra-00000.parquet  those that were asked for beyond the verdict
                           result.json        the verdict so far

What else is kept there, `vertikal.claims.chosen_draws` says.

A batch is written whole or not at all.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from vertikal.claims.design import Design
from vertikal.claims.sampling import Cells, Sample, nothing
from vertikal.claims.schema import Claim
from vertikal.engine.manifest import code_digest, installed_versions
from vertikal.errors import VertikalError
from vertikal.sources import source_digest

FORMAT = 3
"""The layout of the folder of a test."""


def freeze(claim: Claim, design: Design, seed: int, error: float) -> str:
    """Everything that decides the verdict on a test, as canonical JSON."""
    content = {
        "format": FORMAT,
        "claim": claim.id,
        "test": design.test.frozen(),
        "arms": design.digests,
        "replicates": design.replicates,
        "seed": seed,
        "error": error,
        "code": code_digest(),
        "verdicts": _verdicts_digest(),
        "versions": installed_versions(),
    }
    return json.dumps(content, sort_keys=True, indent=1, ensure_ascii=False)


def key_of(frozen: str) -> str:
    """Hash of what is frozen; its first 16 digits name the folder."""
    return hashlib.sha256(frozen.encode()).hexdigest()


def home_of(folder: str | Path, claim: Claim, frozen: str) -> Path:
    """Where a test is kept."""
    return Path(folder) / claim.id / key_of(frozen)[:16]


def _verdicts_digest() -> str:
    """SHA-256 over the modules that choose histories and turn them into verdicts."""
    here = Path(__file__).parent
    names = ("sequential", "sampling", "trials", "verdicts", "design", "sharing", "results")
    return source_digest((here / f"{name}.py" for name in names), here)


def batch_path(home: Path, number: int, kind: Literal["batch", "extra"] = "batch") -> Path:
    """The file of a batch; an extra one is not looked at for the verdict."""
    return home / f"{kind}-{number:05d}.parquet"


def extra_batches(home: Path) -> list[Path]:
    """The files of batches that were played although the verdict stood."""
    return sorted(home.glob("extra-*.parquet"))


def written(columns: Mapping[str, np.ndarray]) -> bytes:
    """Columns of a batch, a row a history, as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.table({n: pa.array(v) for n, v in columns.items()}), sink, compression="zstd")
    return sink.getvalue()


def read(path: Path) -> dict[str, np.ndarray]:
    """The columns that a batch holds.

    Raises:
        VertikalError: If the file is none.
    """
    table = read_table(path, "batch of answers of this test")
    return {n: table.column(n).to_numpy(zero_copy_only=False) for n in table.column_names}


def read_table(path: Path, wanted: str) -> pa.Table:
    """The table that a Parquet file holds.

    Args:
        path: The file.
        wanted: What it should be, in words.

    Raises:
        VertikalError: If the file is spoilt.
    """
    content = path.read_bytes()  # so that what goes wrong below is the file's fault
    try:
        return pq.read_table(pa.BufferReader(content))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as why:
        raise _spoilt(path, wanted) from why


def written_batch(cells: Cells, answers: Mapping[str, np.ndarray]) -> bytes:
    """Answers of a batch by arm, as a Parquet file."""
    draw, history = (column.astype(np.int32) for column in cells)
    return written({"draw": draw, "history": history, **answers})


def read_batch(path: Path, design: Design) -> tuple[Cells, dict[str, np.ndarray]]:
    """The histories of a batch, and their answers by arm.

    Raises:
        VertikalError: If the file is no batch of this test.
    """
    columns = read(path)
    if set(columns) != {"draw", "history", *design.arms}:
        raise _spoilt(path, "batch of answers of this test")
    cells = Cells(columns["draw"], columns["history"])
    return cells, {arm: columns[arm] for arm in design.arms}


def kept_sample(home: Path, design: Design, histories: int | None = None) -> Sample:
    """What a folder holds of a test.

    Args:
        home: The folder.
        design: The test.
        histories: Those of each arm that count for its verdict; by default all there are.
    """
    sample = nothing(design.replicates)
    extra = extra_batches(home) if histories is None else []
    for path in [*sorted(home.glob("batch-*.parquet")), *extra]:
        if sample.histories == histories:
            break
        sample = sample.joined(*read_batch(path, design))
    return sample


def _spoilt(path: Path, wanted: str) -> VertikalError:
    return VertikalError(
        f"this is no {wanted}",
        where=str(path),
        mend="Remove the file; the batch is then played again.",
    )
