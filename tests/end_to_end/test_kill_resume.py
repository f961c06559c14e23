"""Real processes, really killed: what is resumed ends in the bytes of a run never disturbed."""

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests import walks
from vertikal.engine.ensemble import open_ensemble
from vertikal.engine.simulate import simulate
from vertikal.engine.store import is_run

RUNS = 2000  # 32 blocks


def parquet(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.parquet")}


def begin(folder: Path, workers: int) -> subprocess.Popen[bytes]:
    mode = ["resume"] if is_run(folder) else []
    command = [sys.executable, walks.__file__, str(folder), str(RUNS), str(workers), *mode]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    program = walks.Walks()
    simulate(program, program.manifest(RUNS), folder, workers=1)
    return parquet(folder)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_run_killed_again_and_again_is_the_same_run(tmp_path, undisturbed, seed):
    chance, folder, kills = random.Random(seed), tmp_path / "run", 0
    for _ in range(20):
        with begin(folder, workers=chance.choice([1, 2, 4])) as process:
            if kills < 3:
                process.stdout.readline()  # the session has begun
                time.sleep(chance.uniform(0, 0.2))
                process.send_signal(signal.SIGKILL)
            output, faults = process.communicate()
        if process.returncode == -signal.SIGKILL:
            kills += 1
            done = open_ensemble(folder)
            assert not done.runs or len(done.outcomes) == done.runs
            continue
        assert process.returncode == 0, faults.decode()
        break
    assert kills >= 2, "the run was over before it could be killed"
    assert output.decode().split()[-1] == str(RUNS)
    assert parquet(folder) == undisturbed
    assert open_ensemble(folder).is_complete


@pytest.mark.slow
def test_ctrl_c_stops_in_good_order(tmp_path, undisturbed):
    folder = tmp_path / "run"
    with begin(folder, workers=2) as process:
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, faults = process.communicate(timeout=30)
    words = faults.decode()
    assert "vertikal.engine.simulate.Interrupted" in words
    assert f"vertikal run --resume {folder}" in words
    done = open_ensemble(folder).runs
    assert f"{done} of {RUNS} histories are safe" in words
    assert 0 < done < RUNS
    assert not list(folder.rglob("*.tmp"))
    with begin(folder, workers=2) as process:
        output, _ = process.communicate()
    assert output.decode().split()[0] == str(done), "what was done was not done again"
    assert parquet(folder) == undisturbed


@pytest.mark.slow
def test_other_processes_give_the_same_bytes(tmp_path, undisturbed):
    program = walks.Walks()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        simulate(program, program.manifest(RUNS), tmp_path / "run", workers=2, executor=pool)
    assert parquet(tmp_path / "run") == undisturbed
