"""The run directory under everything that can go wrong while it is written."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from tests.walks import Walks
from vertikal.engine import durable, ledger, manifest, store
from vertikal.engine.blocks import Block, Span, check, encode, plan
from vertikal.engine.ensemble import open_ensemble
from vertikal.engine.ledger import RunWarning
from vertikal.engine.manifest import differences, split_address
from vertikal.engine.simulate import Interrupted, simulate
from vertikal.errors import VertikalError

RUNS = 300  # four blocks of 64 and one of 44
PROGRAM = Walks()


def parquet(folder: Path) -> dict[str, bytes]:
    """Every Parquet file of a run directory."""
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.parquet")}


def rubbish(folder: Path) -> list[str]:
    return [f.name for f in folder.rglob("*") if f.name.endswith(durable.TEMPORARY)]


def work(folder: Path, runs: int = RUNS, program: Walks = PROGRAM, **options):
    return simulate(program, program.manifest(runs), folder, **options)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    work(folder, workers=1)
    return parquet(folder)


# the same bits, however the work is done


def test_blocks_are_stored_by_number(undisturbed):
    names = [f"{table}/{n:06d}.parquet" for table in store.TABLES for n in range(4)]
    short = [f"{table}/000004-44.parquet" for table in store.TABLES]
    assert sorted(undisturbed) == sorted(names + short)


@pytest.mark.parametrize("workers", [2, 4])
def test_bytes_do_not_depend_on_the_number_of_workers(tmp_path, undisturbed, workers):
    class Uneven(Walks):
        def run_block(self, first: int, count: int) -> Block:
            import time

            time.sleep(0.05 if first == 0 else 0.0)  # the first block comes last
            return super().run_block(first, count)

    work(tmp_path / "run", program=Uneven(), workers=workers)
    assert parquet(tmp_path / "run") == undisturbed
    order = [json.loads(x) for x in (tmp_path / "run" / ledger.NAME).read_text().splitlines()]
    assert [x["block"] for x in order if "block" in x] != sorted(range(5)), "order was not mixed"


def test_extension_gives_the_bytes_of_one_long_run(tmp_path, undisturbed):
    folder = tmp_path / "run"
    work(folder, runs=100)
    assert "outcomes/000001-36.parquet" in parquet(folder)
    for runs in (100, 130, RUNS):  # first nothing to do; then within a block; then across blocks
        ensemble = work(folder, runs=runs, resume=True)
        assert (ensemble.runs, ensemble.manifest.runs) == (runs, runs)
    assert parquet(folder) == undisturbed


def test_a_run_can_be_stopped_at_any_step_of_its_writing(tmp_path, monkeypatch):
    """As a killed process leaves it: a copy of the folder before each call that changes it."""
    folder, copies = tmp_path / "run", []
    work(tmp_path / "undisturbed", runs=150)
    undisturbed = parquet(tmp_path / "undisturbed")

    def copying(name):
        call = getattr(os, name)

        def copy_then_call(*args, **kwargs):
            copies.append(tmp_path / f"copy{len(copies):03d}")
            shutil.copytree(folder, copies[-1])
            return call(*args, **kwargs)

        monkeypatch.setattr(os, name, copy_then_call)

    work(folder, runs=100, workers=1)
    for name in ("fsync", "replace", "unlink"):
        copying(name)
    work(folder, runs=150, workers=1, resume=True)  # with a short block to be replaced
    monkeypatch.undo()
    assert parquet(folder) == undisturbed
    assert len(copies) > 20
    for copy in copies:
        readable = open_ensemble(copy)
        assert readable.runs >= 100, "histories finished before were lost"
        assert len(readable.outcomes) == readable.runs
        work(copy, runs=150, resume=True)
        assert parquet(copy) == undisturbed
        assert not rubbish(copy)


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("fsync", errno.ENOSPC),
        ("replace", errno.ENOSPC),
        ("replace", errno.EROFS),
        ("fsync", errno.EIO),
    ],
)
def test_a_full_disk_costs_nothing_finished(tmp_path, monkeypatch, call, fault):
    """The disk fills up at each call in turn, and stays full until it is cleared."""
    original, calls, full_at = getattr(os, call), 0, None

    def failing(*args, **kwargs):
        nonlocal calls
        calls += 1
        if full_at is not None and calls >= full_at:
            raise OSError(fault, os.strerror(fault))
        return original(*args, **kwargs)

    monkeypatch.setattr(os, call, failing)
    work(tmp_path / "undisturbed", runs=150)
    undisturbed, steps = parquet(tmp_path / "undisturbed"), calls
    assert steps >= 11  # manifest and scenario, three blocks of three files
    words = {errno.ENOSPC: "disk is full", errno.EROFS: "not be written"}.get(fault, "refuses")
    for step in range(1, steps + 1):
        folder, calls, full_at = tmp_path / f"run{step}", 0, step
        with pytest.raises(VertikalError, match=words) as error:
            work(folder, runs=150, workers=2)
        assert "vertikal run --resume" in error.value.mend or not store.is_run(folder)
        assert not rubbish(folder)
        if store.is_run(folder):
            kept = store.open_directory(folder).entries.values()
            recorded = {file.path for entry in kept for file in entry.files.values()}
            assert set(parquet(folder)) == recorded, "files were left that are of no use"
        full_at = None
        work(folder, runs=150, resume=store.is_run(folder))
        assert parquet(folder) == undisturbed


def test_what_is_written_short_is_not_taken_for_whole(tmp_path, undisturbed, monkeypatch):
    """A disk that takes half of a ledger line and then no more."""
    whole_write = os.write
    folder = tmp_path / "run"
    work(folder, runs=64)
    text = (folder / ledger.NAME).read_bytes()

    class Short:
        def __init__(self, file):
            self.file, self.full = file, False

        def __getattr__(self, name):
            return getattr(self.file, name)

        def __enter__(self):
            return self

        def __exit__(self, *exc):
            self.file.close()

        def write(self, data):
            if self.full:
                raise OSError(errno.ENOSPC, "no space")
            self.full = True
            return whole_write(self.file.fileno(), bytes(data)[: len(data) // 2])

    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda path, mode="r", *a, **k: (
            Short(opened(path, mode, *a, **k)) if mode == "ab" else opened(path, mode, *a, **k)
        ),
    )
    with pytest.raises(VertikalError, match="disk is full"):
        work(folder, resume=True)
    monkeypatch.undo()
    assert (folder / ledger.NAME).read_bytes() == text
    work(folder, resume=True)
    assert parquet(folder) == undisturbed


# damage


def test_a_torn_ledger_line_is_cut_off(tmp_path, undisturbed):
    work(tmp_path / "run")
    text = (tmp_path / "run" / ledger.NAME).read_bytes()
    last = text.rstrip(b"\n").rfind(b"\n") + 1
    for cut in (last + 1, last + 40, len(text) - 1):
        (tmp_path / "run" / ledger.NAME).write_bytes(text[:cut])
        assert open_ensemble(tmp_path / "run").runs < RUNS
        work(tmp_path / "run", resume=True)
        lines = (tmp_path / "run" / ledger.NAME).read_text().splitlines()
        assert all(json.loads(line) for line in lines)
        assert parquet(tmp_path / "run") == undisturbed


@pytest.mark.parametrize("damage", [b"\x00\xff not json", b"[]", b'{"block": 1}', b"3", b""])
def test_a_damaged_ledger_line_means_working_the_block_again(tmp_path, undisturbed, damage):
    folder = tmp_path / "run"
    work(folder)
    lines = (folder / ledger.NAME).read_bytes().split(b"\n")
    lines[2] = damage
    (folder / ledger.NAME).write_bytes(b"\n".join(lines))
    with pytest.warns(RunWarning, match=r"ledger.jsonl, line 3: unreadable"):
        assert open_ensemble(folder).runs < RUNS
    with pytest.warns(RunWarning, match="worked again"):
        ensemble = work(folder, resume=True)
    assert ensemble.is_complete
    assert parquet(folder) == undisturbed
    open_ensemble(folder)  # no more warnings


def _remove(file: Path) -> None:
    file.unlink()


def _shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize("harm", [_remove, _shorten, _flip])
def test_harmed_files_are_noticed_and_worked_again(tmp_path, undisturbed, harm):
    folder = tmp_path / "run"
    work(folder)
    harm(folder / "series" / "000002.parquet")
    if harm is not _flip:  # only hashes tell a changed byte, and opening does not read every file
        with pytest.warns(RunWarning, match=r"series/000002.parquet (is missing|has \d+ bytes)"):
            ensemble = open_ensemble(folder)
        assert ensemble.runs == RUNS - 64
        assert 128 not in ensemble.outcomes.index
        assert not ensemble.dataset["leadership.control"].isnull().all()
    assert [f for f in store.open_directory(folder, verify=True).faults if "series/000002" in f]
    with pytest.warns(RunWarning, match=r"series/000002.parquet"):
        work(folder, resume=True)
    assert parquet(folder) == undisturbed


def test_reading_a_file_that_is_no_parquet_says_so(tmp_path):
    ensemble = work(tmp_path / "run")
    file = tmp_path / "run" / "outcomes" / "000001.parquet"
    file.write_bytes(b"x" * file.stat().st_size)
    with pytest.raises(VertikalError, match=r"000001.parquet: it cannot be read") as error:
        _ = ensemble.outcomes
    assert "--resume" in error.value.mend


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"\xff\xfe", "not text"),
        (b'{"format": 2, "vertikal": "9.9"}', "format 2, written by vertikal 9.9"),
        (b'{"format": 1}', "vertikal: Field required"),
    ],
)
def test_a_damaged_manifest_is_told(tmp_path, text, words):
    work(tmp_path / "run", runs=10)
    (tmp_path / "run" / "manifest.json").write_bytes(text)
    with pytest.raises(VertikalError, match=words):
        open_ensemble(tmp_path / "run")


# refusals


def test_a_folder_in_use_is_refused(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").touch()
    with pytest.raises(VertikalError, match=r"not empty and not a run: it holds thesis.tex"):
        work(tmp_path / "other")
    assert [f.name for f in (tmp_path / "other").iterdir()] == ["thesis.tex"]
    (tmp_path / "file").touch()
    with pytest.raises(VertikalError, match="file in the way"):
        work(tmp_path / "file")


def test_the_scenario_of_a_user_is_not_taken_for_a_skeleton(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "scenario.yaml").write_text("# my notes\n")
    with pytest.raises(VertikalError, match=r"not empty and not a run: it holds scenario.yaml"):
        work(tmp_path / "own")
    assert (tmp_path / "own" / "scenario.yaml").read_text() == "# my notes\n"


def test_histories_without_a_manifest_are_not_written_over(tmp_path, undisturbed):
    folder = tmp_path / "run"
    work(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(VertikalError, match="histories of a run whose manifest is gone"):
        work(folder)
    assert parquet(folder) == undisturbed


def test_a_run_is_not_written_over(tmp_path):
    work(tmp_path / "run", runs=70)
    before = parquet(tmp_path / "run")
    with pytest.raises(VertikalError, match="complete run of 70 histories") as error:
        work(tmp_path / "run", runs=70)
    assert "--extend" in error.value.mend
    store.extended(tmp_path / "run", 200)
    with pytest.raises(VertikalError, match="unfinished run: 70 of 200") as error:
        work(tmp_path / "run", runs=200)
    assert "--resume" in error.value.mend
    assert parquet(tmp_path / "run") == before


def test_commands_in_messages_can_be_typed(tmp_path):
    with pytest.raises(Interrupted, match=r"--resume '.*/my run'`"):
        raise Interrupted(1, 2, tmp_path / "my run")


def test_resuming_what_is_not_a_run_is_refused(tmp_path):
    with pytest.raises(VertikalError, match=r"no such folder"):
        work(tmp_path / "none", resume=True)
    with pytest.raises(VertikalError, match=r"no manifest.json"):
        work(tmp_path, resume=True)
    with pytest.raises(VertikalError, match=r"no manifest.json"):
        open_ensemble(tmp_path)


def test_another_scenario_or_seed_is_another_run(tmp_path):
    work(tmp_path / "run", runs=70)
    manifest = PROGRAM.manifest(140)
    other = manifest.scenario.model_copy(update={"digest": 64 * "1"})
    changed = manifest.model_copy(update={"scenario": other, "seed": 8})
    with pytest.raises(
        VertikalError, match=r"scenario: recorded 0{12}, now 1{12}; seed: recorded 7"
    ):
        simulate(PROGRAM, changed, tmp_path / "run", resume=True)
    with pytest.raises(VertikalError, match="70 histories already; 10 would be fewer"):
        work(tmp_path / "run", runs=10, resume=True)


def test_another_machine_is_a_warning(tmp_path):
    work(tmp_path / "run", runs=70)
    manifest = PROGRAM.manifest(140)
    changed = manifest.model_copy(
        update={
            "versions": manifest.versions | {"jaxlib": "0.0.1"},
            "platform": manifest.platform | {"processor": "abacus"},
        }
    )
    with pytest.warns(RunWarning, match=r"jaxlib: recorded .*, now 0.0.1; processor: .* abacus"):
        simulate(PROGRAM, changed, tmp_path / "run", resume=True)
    sessions = store.open_directory(tmp_path / "run").sessions
    assert [s.platform["processor"] for s in sessions][1] == "abacus"
    assert [s.runs for s in sessions] == [70, 140]


def test_what_was_recorded_must_be_the_same():
    manifest = PROGRAM.manifest(10)
    less = manifest.model_copy(update={"series": manifest.series[1:], "time": manifest.time[1:]})
    found = differences(manifest, less).fatal
    assert "series: no longer clans.share[army]" in found
    assert any(f.startswith("clock: recorded 12 ticks of 0.08333 years from") for f in found)
    turned = manifest.model_copy(update={"outcomes": manifest.outcomes[::-1]})
    assert differences(manifest, turned).fatal == (
        "outcomes: their order or their answers have changed",
    )
    assert differences(manifest, PROGRAM.manifest(99)) == ((), ())


def test_one_writer_at_a_time(tmp_path):
    folder = tmp_path / "run"
    work(folder, runs=70)
    with store.writing(folder), pytest.raises(VertikalError, match=f"number {os.getpid()}"):
        work(folder, resume=True)
    assert work(folder, resume=True).is_complete


def test_the_lock_of_a_dead_process_locks_nothing(tmp_path):
    folder = tmp_path / "run"
    work(folder, runs=70)
    code = (
        "import sys, time; from pathlib import Path; from vertikal.engine import durable\n"
        "with durable.locked(Path(sys.argv[1])): print('locked', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"locked\n"
        with pytest.raises(VertikalError, match=rf"another process \(number {other.pid}\)"):
            work(folder, resume=True)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert work(folder, resume=True).is_complete


def test_a_skeleton_left_by_a_killed_start_may_be_used(tmp_path, undisturbed):
    folder = tmp_path / "run"
    for table in store.TABLES:
        (folder / table).mkdir(parents=True)
    (folder / ".lock").write_text("1\n")
    (folder / "scenario.yaml").write_text("torn")
    (folder / ".manifest.json.77.tmp").write_text("{")
    work(folder, scenario_yaml="name: walks\n")
    assert parquet(folder) == undisturbed
    assert store.open_directory(folder).scenario_yaml == "name: walks\n"
    assert not rubbish(folder)


# stops and faults


def test_an_interrupt_keeps_what_was_begun(tmp_path, undisturbed):
    def impatient(done, total, seconds):
        if done >= 128:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stop:
        work(tmp_path / "run", workers=2, progress=impatient)
    assert f"--resume {tmp_path / 'run'}" in stop.value.mend
    kept = open_ensemble(tmp_path / "run").runs
    assert kept == stop.value.done
    assert 128 <= kept < RUNS
    work(tmp_path / "run", resume=True)
    assert parquet(tmp_path / "run") == undisturbed


def test_an_interrupt_in_the_middle_of_a_write_loses_nothing(tmp_path, undisturbed, monkeypatch):
    replace, calls = os.replace, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 7:  # the second table of the second block, after the manifest's two files
            raise KeyboardInterrupt
        return replace(*args)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(Interrupted) as stop:
        work(tmp_path / "run", workers=1)
    assert stop.value.done == 192  # the second block was written again, and the third was begun
    monkeypatch.undo()
    work(tmp_path / "run", resume=True)
    assert parquet(tmp_path / "run") == undisturbed


def test_in_memory_an_interrupt_keeps_nothing_and_says_so():
    def impatient(done, total, seconds):
        raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="nothing is kept") as stop:
        simulate(PROGRAM, PROGRAM.manifest(RUNS), progress=impatient)
    assert "vertikal run NAME --out DIR" in stop.value.mend, "no other command has --out"
    assert "vertikal compare DIR --patch OTHER_DIR" in stop.value.mend


def test_a_fault_of_the_program_loses_no_other_block(tmp_path, undisturbed):
    class Faulty(Walks):
        def run_block(self, first: int, count: int) -> Block:
            if first == 64:
                raise ZeroDivisionError("a bug")
            return super().run_block(first, count)

    with pytest.raises(ZeroDivisionError, match="a bug"):
        work(tmp_path / "run", program=Faulty(), workers=2)
    assert 0 in open_ensemble(tmp_path / "run").outcomes.index
    work(tmp_path / "run", resume=True)
    assert parquet(tmp_path / "run") == undisturbed


def test_no_workers_do_no_work():
    with pytest.raises(VertikalError, match="-1 workers"):
        simulate(PROGRAM, PROGRAM.manifest(10), workers=-1)


def test_a_manifest_of_another_program_is_a_bug():
    with pytest.raises(ValueError, match="does not describe this program"):
        simulate(Walks(replicates=3), PROGRAM.manifest(10))


# the contract of blocks


def test_plan_covers_every_history_once():
    for runs in (1, 63, 64, 65, 300):
        spans = plan(runs, 64).values()
        assert [r for s in spans for r in range(s.first, s.first + s.runs)] == list(range(runs))


def _swap(table: pa.Table, column: str, values) -> pa.Table:
    return table.set_column(table.column_names.index(column), column, pa.array(values))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda b: b._replace(outcomes=b.outcomes.slice(1)), "outcomes: column run"),
        (lambda b: b._replace(outcomes=b.outcomes.drop_columns("peak")), "outcomes: columns"),
        (lambda b: b._replace(series=b.series.take(np.arange(b.series.num_rows)[::-1])), "series"),
        (
            lambda b: b._replace(series=_swap(b.series, "tick", b.series["tick"].to_numpy() - 1)),
            "series: column tick|series: tick is",
        ),
        (
            lambda b: b._replace(series=_swap(b.series, "leadership.control", np.zeros(96))),
            "leadership.control is double, not float",
        ),
        (
            lambda b: b._replace(outcomes=_swap(b.outcomes, "strongest", ["nobody"] * 8)),
            "strongest has undeclared labels",
        ),
        (
            lambda b: b._replace(outcomes=_swap(b.outcomes, "strongest", np.arange(8))),
            "strongest is int64, not strings",
        ),
        (lambda b: b._replace(parameters=b.parameters.slice(1)), "parameters: column draw"),
        (
            lambda b: b._replace(parameters=_swap(b.parameters, "walk.drift", [True])),
            "walk.drift is bool",
        ),
    ],
)
def test_a_block_out_of_contract_is_refused(spoil, words):
    block, manifest = PROGRAM.run_block(0, 8), PROGRAM.manifest(8)
    check(block, Span(0, 8), manifest)
    with pytest.raises(ValueError, match=words):
        check(spoil(block), Span(0, 8), manifest)


def test_equal_tables_give_equal_bytes():
    whole = PROGRAM.run_block(0, 64).outcomes
    pieces = pa.concat_tables([whole.slice(0, 10), whole.slice(10)]).combine_chunks()
    assert encode(pieces) == encode(whole)


def test_addresses_are_split():
    assert split_address("a.b[c, d]") == ("a.b", ("c", "d"))
    for wrong in ("", "a[", "a[]", "a b", "[x]", "a[b]c"):
        with pytest.raises(ValueError, match="is not an address"):
            split_address(wrong)


def test_nothing_is_recorded_twice():
    fields = PROGRAM.manifest(1).model_dump()
    with pytest.raises(ValueError, match="recorded twice"):
        type(PROGRAM.manifest(1))(**fields | {"series": ["a.b", "a.b"]})


# the code


def test_what_only_keeps_histories_is_no_part_of_the_code_that_they_depend_on(
    tmp_path, monkeypatch
):
    package = Path(manifest.__file__).parents[1]
    copy = tmp_path / "vertikal"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", "library"))
    monkeypatch.setattr(manifest, "__file__", str(copy / "engine" / "manifest.py"))
    before = manifest.code_digest.__wrapped__()
    for name in manifest._KEEPERS:
        (copy / "engine" / name).write_text((copy / "engine" / name).read_text() + "\n# more\n")
    assert manifest.code_digest.__wrapped__() == before
    for file in ("engine/program.py", "regime/coup.py", "scenario/world.py", "theory/survival.py"):
        (copy / file).write_text((copy / file).read_text() + "\n# more\n")
        after = manifest.code_digest.__wrapped__()
        assert after != before, file
        before = after
