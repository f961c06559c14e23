"""A stand-in for a compiled scenario: random walks of three clans, a pure function of (seed, run).

Run as a program it works an ensemble in a run directory: `walks.py DIR RUNS WORKERS [resume]`.
"""

import sys
import time
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from vertikal.engine.blocks import Block
from vertikal.engine.manifest import Manifest, OutcomeSpec, ScenarioFacts, Variable, new_manifest
from vertikal.engine.simulate import simulate

CLANS = ("army", "beria", "leningrad")
SERIES = (
    *(f"clans.share[{clan}]" for clan in CLANS),
    "clans.pact[army,beria]",
    "elite.loyalty[beria]",
    "leadership.control",
)
OUTCOMES = (
    OutcomeSpec(name="control-lost", kind="bool", ask="Is control ever below zero?"),
    OutcomeSpec(name="peak", kind="number", ask="How high does control rise?"),
    OutcomeSpec(name="exit", kind="time", ask="When and how?", labels=("coup", "death")),
    OutcomeSpec(name="strongest", kind="label", ask="Who is strongest?", labels=CLANS),
)
VARIABLES = (
    Variable(name="clans.share", dims=("clan",), label="Share in power"),
    Variable(name="clans.pact", dims=("clan", "clan")),
    Variable(name="elite.loyalty", dims=("person",)),
    Variable(name="leadership.control", unit="points", label="Control"),
)


@dataclass(frozen=True)
class Walks:
    """Histories of random walks; every seventeenth history fails half-way if `fails`."""

    seed: int = 7
    ticks: int = 12
    runs_per_block: int = 64
    replicates: int = 10
    pause: float = 0.0
    fails: bool = True

    def run_block(self, first: int, count: int) -> Block:
        runs = np.arange(first, first + count)
        walk = np.stack([self._walk(run) for run in runs])
        draws = np.unique(runs // self.replicates)
        if self.pause:
            time.sleep(self.pause)
        return Block(self._outcomes(runs, walk), self._series(runs, walk), self._parameters(draws))

    def _walk(self, run: int) -> np.ndarray:
        noise = np.random.default_rng([self.seed, run])
        drift = self._drift(run // self.replicates)
        walk = np.cumsum(noise.normal(drift, 1, (self.ticks, len(SERIES))), 0).astype(np.float32)
        if self.has_failed(run):
            walk[self.ticks // 2 :] = np.nan
        return walk

    def has_failed(self, run: int) -> bool:
        return self.fails and run % 17 == 5

    def _drift(self, draw: int) -> float:
        return float(np.random.default_rng([self.seed, draw, 1]).normal())

    def _outcomes(self, runs: np.ndarray, walk: np.ndarray) -> pa.Table:
        failed = np.array([self.has_failed(run) for run in runs])
        control = np.where(failed[:, None], 0, walk[..., -1])
        lost = control < 0
        years = np.where(lost.any(1), lost.argmax(1) / 12, np.nan)
        how = np.where(runs % 2 == 0, "coup", "death")
        return pa.table(
            {
                "run": runs,
                "draw": runs // self.replicates,
                "status": pa.array(np.where(failed, "not a number", "ok")).dictionary_encode(),
                "control-lost": pa.array(lost.any(1), mask=failed),
                "peak": np.where(failed, np.nan, control.max(1)).astype(float),
                "exit": years,
                "exit.is": pa.array(how, mask=np.isnan(years)).dictionary_encode(),
                "strongest": pa.array(
                    [CLANS[k] for k in np.nan_to_num(walk[:, -1, :3]).argmax(1)], mask=failed
                ).dictionary_encode(),
            }
        )

    def _series(self, runs: np.ndarray, walk: np.ndarray) -> pa.Table:
        columns = {name: walk[..., k].ravel() for k, name in enumerate(SERIES)}
        ticks = np.arange(1, self.ticks + 1, dtype=np.int32)
        return pa.table(
            {"run": np.repeat(runs, self.ticks), "tick": np.tile(ticks, len(runs)), **columns}
        )

    def _parameters(self, draws: np.ndarray) -> pa.Table:
        drift = [self._drift(draw) for draw in draws]
        theory = ["force" if draw % 3 else "votes" for draw in draws]
        return pa.table({"draw": draws, "walk.drift": drift, "walk.theory": theory})

    def manifest(self, runs: int) -> Manifest:
        months = np.datetime64("1946-01") + np.arange(self.ticks)
        manifest = new_manifest(
            scenario=ScenarioFacts(name="walks", title="Random <walks>", digest=64 * "0"),
            seed=self.seed,
            runs=runs,
            runs_per_block=self.runs_per_block,
            replicates=self.replicates,
            time=[f"{month}-01" for month in months],
            step_years=1 / 12,
            series=SERIES,
            outcomes=OUTCOMES,
            variables=VARIABLES,
        )
        # tests go on with runs of other processes, between which the sources may be edited
        return manifest.model_copy(update={"code": "walks"})


if __name__ == "__main__":
    folder, histories, threads, *mode = sys.argv[1:]
    program = Walks(pause=0.01)
    simulate(
        program,
        program.manifest(int(histories)),
        folder,
        scenario_yaml="name: walks\n",
        resume="resume" in mode,
        workers=int(threads),
        progress=lambda done, total, seconds: print(done, flush=True),
    )
