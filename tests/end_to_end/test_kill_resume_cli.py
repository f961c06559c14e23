"""`vertikal run` really killed, at any moment: what is resumed ends in the bytes of an undisturbed
run. The compiled scenario is played, by the command, in processes of its own.
"""

import random
import signal
import time
from pathlib import Path

import pytest

from tests.commands import begin, command, parquet
from vertikal.engine.ensemble import open_ensemble
from vertikal.engine.store import is_run

RUNS = 20 * 1024 + 100
"""Many full blocks and a short one."""


@pytest.fixture(scope="module")
def undisturbed(tiny, tmp_path_factory) -> tuple[dict[str, bytes], float]:
    """The files of a run that nobody disturbed, and the seconds that its work took."""
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    assert command("run", tiny, "-n", 8, "-s", 1, "-o", folder.with_name("first")).code == 0
    start = time.monotonic()
    told = command("run", tiny, "-n", RUNS, "-s", 1, "-o", folder, "-j", 1)
    assert told.code == 0, told.err
    return parquet(folder), time.monotonic() - start


def session(tiny: Path, folder: Path, workers: int):
    how = ["--resume", folder] if is_run(folder) else [tiny, "-n", RUNS, "-s", 1, "-o", folder]
    return begin("run", *how, "-j", workers)


def wait_for_blocks(process, folder: Path, blocks: int) -> None:
    """Wait until the ledger counts so many blocks, or the session has ended."""
    ledger = folder / "ledger.jsonl"
    while process.poll() is None:
        if ledger.exists() and ledger.read_text().count('"block"') >= blocks:
            return
        time.sleep(0.01)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_run_killed_again_and_again_is_the_same_run(tiny, tmp_path, undisturbed, seed):
    """Kills fall anywhere: while the program loads, while a block is worked or written."""
    whole, seconds = undisturbed
    chance, folder, kills, least = random.Random(seed), tmp_path / "run", 0, 0
    for _ in range(30):
        with session(tiny, folder, chance.choice([1, 2, 4])) as process:
            if kills < 5:
                done = open_ensemble(folder).store.entries if is_run(folder) else {}
                if chance.random() < 0.7:
                    wait_for_blocks(process, folder, len(done) + chance.randrange(1, 4))
                    time.sleep(chance.uniform(0, seconds / 20))
                else:
                    time.sleep(chance.uniform(0, 5))
                process.send_signal(signal.SIGKILL)
            _, err = process.communicate(timeout=500)
        if process.returncode == -signal.SIGKILL:
            kills += 1
            if is_run(folder):
                ensemble = open_ensemble(folder)
                assert ensemble.runs >= least, "what was safe stays safe"
                least = ensemble.runs
                assert not least or len(ensemble.outcomes) == least
            continue
        assert process.returncode == 0, err
        break
    assert kills >= 3, "the run was over before it could be killed"
    assert open_ensemble(folder).is_complete
    assert parquet(folder) == whole


@pytest.mark.slow
def test_ctrl_c_again_and_again(tiny, tmp_path, undisturbed):
    folder, least = tmp_path / "run", 0
    for stop in range(3):
        with session(tiny, folder, workers=2) as process:
            done = len(open_ensemble(folder).store.entries) if is_run(folder) else 0
            wait_for_blocks(process, folder, done + 1)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=500)
        assert process.returncode == 130, err
        assert "Traceback" not in err
        safe = open_ensemble(folder).runs
        assert f"{safe} of {RUNS} histories are safe" in err
        assert f"vertikal run --resume {folder}" in err
        assert least < safe < RUNS, f"stop {stop}"
        assert not list(folder.rglob("*.tmp"))
        least = safe
    told = command("run", "--resume", folder, "--json")
    assert told.json["runs"] == RUNS
    assert parquet(folder) == undisturbed[0]
