"""Every command as a user gives it: what it prints, what it leaves, and how it refuses."""

import json
import math
import re
import signal
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import typer

from tests.commands import SCRIPT, begin, command, is_root, parquet, process
from tests.small_scenario import TEXT, changed
from vertikal import cli, laboratory
from vertikal.analysis import Frequencies, Split
from vertikal.analysis.frequency import Frequency
from vertikal.analysis.replay import ButFor
from vertikal.engine import store
from vertikal.engine.ensemble import open_ensemble
from vertikal.engine.histories import Histories
from vertikal.engine.manifest import OutcomeSpec
from vertikal.regime.mechanism import Stage
from vertikal.scenario import load, registry
from vertikal.scenario.schema import Clock

HEAVY = ("jax", "numpy", "pandas", "pyarrow", "xarray", "scipy", "duckdb", "altair")
COMMANDS = sorted(typer.main.get_command(cli.app).commands)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Commands are given in a fresh folder, with a terminal of one width."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")


def refused(told, *words):
    """The command has said what is wrong in one message, and ended with code 2."""
    assert told.code == 2, told
    assert "Traceback" not in told.err
    for word in words:
        assert word in told.err
    return True


# The entry points ---------------------------------------------------------------------------------


def test_help_of_every_command_loads_nothing_heavy():
    script = f"""
import io, contextlib, sys
from vertikal.cli import main
for words in [["--help"], ["--version"], *([name, "--help"] for name in {COMMANDS})]:
    sys.argv = ["vertikal", *words]
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            main()
        except SystemExit as end:
            assert not end.code, words
    assert "vertikal" in out.getvalue(), words
print(sorted(set(sys.modules) & set({HEAVY})))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_listing_the_library_does_not_wake_the_compiler():
    script = (
        "import sys; from vertikal.cli import app; app(['list'], standalone_mode=False); "
        "print('jax' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr.strip() == "False"
    assert "stalins-court" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_a_command_is_for(name):
    told = command(name, "-h")
    assert (told.code, told.err) == (0, "")
    assert f"vertikal {name}" in told.out


def test_the_installed_command_and_the_module_are_the_same():
    installed = subprocess.run([SCRIPT, "--version"], capture_output=True, text=True)
    assert re.fullmatch(r"vertikal \d+\.\d+\.\d+\n", installed.stdout)
    assert process("--version").out == installed.stdout
    refused(process("show", "stalins-cort"), 'Did you mean "stalins-court"?')


def test_without_a_command_there_is_help():
    told = command()
    assert all(name in told.out + told.err for name in COMMANDS)


def test_a_reader_that_leaves_early_sees_no_traceback():
    with begin("show", "S1") as show:
        show.stdout.readline()
        show.stdout.close()
        assert show.stderr.read() == ""


def test_ctrl_c_ends_with_130(monkeypatch, tiny):
    def impatient(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("vertikal.laboratory.simulate", impatient)
    told = command("run", tiny, "--runs", 8)
    assert told.code == 130
    assert "Traceback" not in told.err


# list, show, check, schedule, new -----------------------------------------------------------------


def test_list():
    table = command("list")
    rows = command("list", "--json").json
    assert table.code == 0
    assert {row["name"] for row in rows} >= {"stalins-court", "gkchp"}
    for row in rows:
        assert row["name"] in table.out
        assert {"name", "id", "title", "clock"} <= row.keys()
        assert load(row["id"]).name == row["name"]


def test_what_is_shown_loads_back_to_the_same_scenario(tiny, tmp_path):
    how = ("--variant", "no-cover", "--set", "people.organiser.proximity=0.2")
    digest = command("show", tiny, *how, "--json").json["digest"]
    (tmp_path / "shown.yaml").write_text(command("show", tiny, *how).out, encoding="utf-8")
    shown = load(tmp_path / "shown.yaml")
    assert shown.digest == digest != load(tiny).digest
    assert shown.people["organiser"].proximity.value == 0.2


def test_the_spread_of_judgement_is_spent_in_what_is_shown(tiny):
    first, *_ = command("show", tiny).out.splitlines()
    assert first.startswith("#")
    assert "judgement.spread is 0" in first
    told = command("show", tiny, "--origins", "--json").json
    assert told["scenario"]["judgement"] == {"spread": 0.0}
    assert not [path for path in told["origins"] if path.startswith("judgement")]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",)])
def test_a_full_disk_is_told_in_a_line(words):
    with open("/dev/full", "w") as full:
        how = {"stdout": full, "stderr": subprocess.PIPE, "text": True}
        ended = subprocess.run([sys.executable, "-m", "vertikal.cli", *words], check=False, **how)
    assert ended.returncode == 74
    assert ended.stderr.splitlines() == ["vertikal: cannot write: No space left on device"]


def test_show_says_where_values_come_from(tiny):
    told = command("show", tiny, "--set", "people.organiser.proximity=0.2", "--origins", "--json")
    origins = told.json["origins"]
    assert "--set" in origins["people.organiser.proximity.value"]
    line = tiny.read_text().splitlines().index("    indispensability: 0.7") + 1
    assert origins["people.organiser.indispensability.value"].endswith(f"tiny.yaml:{line}")
    table = command("show", tiny, "--origins").out
    assert "people.organiser.indispensability" in table
    assert "elite.status[organiser] == active" in table, "square brackets are no markup"


def test_show_lists_numbers_in_doubt_with_their_basis(tiny):
    rows = command("show", tiny, "--parameters", "--json").json
    by_address = {row["address"]: row for row in rows}
    assert by_address["people.organiser.proximity"]["value"] == 0.8
    assert by_address["people.organiser.proximity"]["prior"] != "certain"
    assert all(row["basis"] and row["why"] for row in rows)
    assert "succession.noise" in command("show", tiny, "--parameters").out


def test_schedule(tiny):
    rows = command("schedule", tiny, "--json").json
    assert len({row["mechanism"] for row in rows}) == len(rows)
    assert all(row["on"] and row["rules"] for row in rows)
    stages = [Stage[row["stage"].upper()] for row in rows]
    assert stages == sorted(stages)
    table = command("schedule", tiny)
    assert all(row["mechanism"] in table.out for row in rows)


def test_a_good_file_is_found_good(tiny):
    told = command("check", tiny)
    assert (told.code, told.err) == (0, "")
    assert "no faults" in told.out
    told = command("check", tiny, "gkchp", "--json").json
    assert told[str(tiny)] == {
        "faults": [],
        "note": "Not at work, having no meaning by the month: emergency.",
    }
    assert told["gkchp"]["faults"] == []


def test_every_fault_is_told_with_place_and_remedy(tmp_path):
    text = changed("clan: south", "clan: sout")
    text = changed("proximity: 0.6", "proximity: 1.4", text)
    text = changed("cohesion: 0.6", "cohesio: 0.6", text)
    (tmp_path / "bad.yaml").write_text(text)
    told = command("check", "bad.yaml")
    refused(told, 'Did you mean "south"?', 'Did you mean "cohesion"?', "1.4 is out of bounds")
    assert "bad.yaml: 3 fault(s)" in told.out
    lines = text.splitlines()
    for passage in ("sout", "1.4", "cohesio"):
        number, line = next((n, t) for n, t in enumerate(lines, 1) if f" {passage}" in t + " ")
        assert f"bad.yaml:{number}:{line.index(passage) + 1}: " in told.err
    found = command("check", "bad.yaml", "--json").json["bad.yaml"]
    assert (len(found["faults"]), found["note"]) == (3, "")


def test_one_bad_file_among_good_ones(tiny, tmp_path):
    (tmp_path / "bad.yaml").write_text(changed("clan: south", "clan: sout"))
    told = command("check", tiny, "bad.yaml")
    refused(told, "bad.yaml:")
    assert "tiny.yaml: no faults" in told.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes(range(256)) * 8, "binary"),
        (b"", "empty"),
        (b"\xff\xfen\x00o\x00", "file.yaml"),
        (b"people: {a: [1, 2", "file.yaml:1:"),
        (b"- 1\n- 2\n", "this is no scenario"),
        (b"vertikal: 99\nname: x\n", "format version 99 is unknown"),
        (b"vertikal: 1\nname: x\nextends: file.yaml\n", "extend each other"),
        (b"a: &a [*a]\n", "file.yaml"),
        (None, "no such file"),
    ],
    ids=["binary", "empty", "utf-16", "torn", "list", "version", "ring", "alias", "missing"],
)
def test_no_scenario_at_all(tmp_path, content, words):
    if content is not None:
        (tmp_path / "file.yaml").write_bytes(content)
    refused(command("check", "file.yaml"), words)
    refused(command("run", "file.yaml", "--runs", 8), words)


def test_a_folder_is_no_scenario(tmp_path, finished):
    refused(command("check", tmp_path), f"{tmp_path}: this is a folder", "such as NAME.yaml")
    refused(command("check", finished), str(finished / "scenario.yaml"))
    assert command("check", finished / "scenario.yaml").code == 0
    (tmp_path / "empty").mkdir()
    for what in ("show", "schedule", "run"):
        refused(command(what, "empty"), "empty: this is a folder", "such as NAME.yaml")
        refused(command(what, finished), str(finished / "scenario.yaml"))
    (tmp_path / "gkchp").mkdir()
    assert command("check", "gkchp").out == "gkchp: no faults\n", "the name of a scenario as well"


def test_a_folder_that_is_no_run(tmp_path):
    (tmp_path / "empty").mkdir()
    words = "empty: this is not a run directory"
    for how in (["explain"], ["compare"], ["report"], ["run", "--resume"]):
        refused(command(*how, "empty"), words)


@pytest.mark.parametrize(
    ("step", "left_out"),
    [
        (
            "year",
            {"pact", "attack", "betrayal", "case", "emergency", "appointment", "force_threshold"},
        ),
        ("month", {"emergency"}),
        ("day", set()),
    ],
)
def test_what_has_no_meaning_on_a_clock_is_told(tmp_path, step, left_out):
    text = changed("step: month", f"step: {step}", TEXT)
    (tmp_path / "court.yaml").write_text(text)
    told = command("check", "court.yaml")
    assert told.code == 0, told.err
    verdict, _, note = told.out.partition("\n")
    assert verdict == "court.yaml: no faults"
    assert set(re.findall(r"[a-z_]+", note.partition(": ")[2])) == left_out
    assert (f"no meaning by the {step}: " in note) == bool(left_out)
    off = f"mechanisms: {{off: [{', '.join(sorted(left_out))}]}}\n"
    (tmp_path / "court.yaml").write_text(text + off)
    assert command("check", "court.yaml").out == "court.yaml: no faults\n", "they are not wanted"


def test_new(tmp_path):
    told = command("new", "my-court", "--in", tmp_path / "deep")
    assert told.code == 0
    assert command("check", tmp_path / "deep" / "my-court.yaml").code == 0
    written = (tmp_path / "deep" / "my-court.yaml").read_text()
    refused(command("new", "my-court", "--in", "deep"), "a file of this name already")
    assert (tmp_path / "deep" / "my-court.yaml").read_text() == written
    refused(command("new", "x", "--in", "deep/my-court.yaml"), "a file, not a folder")
    refused(command("new", "x", "--in", "a" * 300), "cannot be written: File name too long")
    for name in ("My-Court", "../court", "1court", "", "court.yaml", "суд"):
        refused(command("new", name), "is no name for a scenario")


# run ----------------------------------------------------------------------------------------------


def test_a_run_is_told(finished):
    told = process("run", "--resume", finished)  # there is nothing left to do but to tell
    assert told.code == 0
    assert "200 histories, seed 1" in told.out
    assert f"vertikal report {finished}" in told.out
    assert "When and how does the leader go?" in told.out


def test_a_run_is_told_to_programs(tiny, finished):
    told = command("run", "--resume", finished, "--json")
    facts, ensemble = told.json, open_ensemble(finished)
    assert (facts["runs"], facts["seed"], facts["failed"]) == (200, 1, 0)
    assert (facts["scenario"], facts["path"]) == ("tiny", str(finished))
    assert facts["note"] != ""
    assert facts["theory_note"] == "", "it ranges over no theories"
    assert facts["note"] in command("check", tiny).out
    shares = {(r["outcome"], r["value"]): r["estimate"] for r in facts["outcomes"]}
    outcomes = ensemble.outcomes
    assert shares["organiser-stays", "yes"] == outcomes["organiser-stays"].mean()
    assert shares["leader-exit", "ever"] == outcomes["leader-exit"].notna().mean()
    assert shares["leader-exit", "q95"] is None, "a time that never comes has no number in JSON"
    for row in facts["outcomes"]:
        if row["estimate"] is not None and row["high"] is not None:
            assert row["low"] <= row["estimate"] <= row["high"]


@pytest.fixture(scope="module")
def rivals(tmp_path_factory):
    """A patch that puts 36 combinations of theories in play."""
    known = registry.theories()
    lists = "".join(f"  {q}: [{', '.join(known[q])}]\n" for q in ("succession", "rule", "exit"))
    path = tmp_path_factory.mktemp("patch") / "rivals.yaml"
    path.write_text(f"theory:\n{lists}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("runs", "column", "note"),
    [
        (16, "due to parameters or theory", "theories cannot be told from parameters"),
        (240, "due to theory", "combinations of theories are seen in one draw only"),
    ],
)
def test_theories_are_never_booked_as_parameters(tiny, rivals, runs, column, note):
    told = command("run", tiny, "-n", runs, "-s", 1, "-o", "run", "--patch", rivals)
    assert column in told.out
    assert ("due to parameters " in told.out.replace(column, "")) == (column == "due to theory")
    assert note in told.out
    told = command("run", "--resume", "run", "--json").json
    assert note in told["theory_note"]
    rows = told["outcomes"]
    assert any(row["doubt_share"] is not None for row in rows)
    known = any(row["theory_share"] is not None for row in rows)
    assert known == any(row["parameters_share"] is not None for row in rows)
    assert known == (column == "due to theory")
    assert command("report", "run").code == 0
    page = Path("run/report.html").read_text(encoding="utf-8")
    assert note in page
    assert "Parameters’ and theories’ part" in page
    assert (" together</span>" in page) == (not known)


def test_a_run_tells_what_its_clock_leaves_out(tiny):
    told = command("run", tiny, "-n", 8, "-s", 1, "-o", "run")
    assert "no meaning by the month: emergency" in told.out
    assert "no compiled program" not in told.err


def test_a_cache_that_cannot_be_used_is_told(finished, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VERTIKAL_CACHE", str(tmp_path / "file" / "cache"))
    told = command("run", "--resume", finished)
    assert told.code == 0
    assert "no compiled program can be kept there" in told.err
    assert "VERTIKAL_CACHE" in told.err
    monkeypatch.setenv("VERTIKAL_CACHE", str(tmp_path / "new" / "cache"))
    assert "VERTIKAL_CACHE" not in command("run", "--resume", finished).err


def frequency(outcome, value, estimate, kind):
    return Frequency(outcome, kind, value, estimate, 0.0, 1.0, 0, 64, 1.0, 0, None)


def rows_told(questions):
    """Question, answer and frequency of each row of the table for these questions and answers."""
    found = [
        frequency(name, value, share, kind)
        for name, (kind, answers) in questions.items()
        for value, share in answers.items()
    ]
    specs = [
        OutcomeSpec(name=name, kind=kind, labels=tuple(answers) if kind == "label" else ())
        for name, (kind, answers) in questions.items()
    ]
    facts = SimpleNamespace(
        outcomes=specs, step_years=1 / 12, steps=np.array([1 / 12]), time=("2000-01-01",)
    )
    table = cli.run._answers(
        SimpleNamespace(manifest=facts), Frequencies(tuple(found), 0.95, 64, 0, 8)
    )
    cells = [list(column.cells) for column in table.columns[:3]]
    return list(zip(*cells, strict=True))


def test_each_question_has_a_row_in_the_table():
    """What never came about is told as well, but labels that no history has are not listed."""
    assert rows_told({"never": ("bool", {"yes": 0.0}), "late": ("time", {"ever": 0.0})}) == [
        ("never", "yes", "0.0%"),
        ("late", "ever", "0.0%"),
    ]
    labels = {"a": 0.75, "b": 0.25, "c": 0.0, "d": 0.0}
    assert [row[1] for row in rows_told({"who": ("label", labels)})] == ["a", "b"]


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (4, ["a", "b", "c", "d"]),
        (5, ["a", "b", "c", "d", "e"]),
        (6, ["a", "b", "c", "d", "2 rarer"]),
    ],
)
def test_one_rarer_answer_takes_its_own_row(seen, told):
    weights = range(seen, 0, -1)
    labels = {x: w / sum(weights) for x, w in zip("abcdef", weights, strict=False)}
    assert [row[1] for row in rows_told({"who": ("label", labels | {"z": 0.0})})] == told


def test_means_say_how_much_is_due_to_parameters_and_intervals_no_unit():
    quarter = Split(
        mean=0.5, chance=0.75, parameters=0.25, share=0.25, low=0.1, high=0.4, draw_low=0.1,
        draw_high=0.9, runs=64, draws=8, level=0.95, doubt=0.25, doubt_share=0.25,
    )  # fmt: skip
    numbers = {"mean": (0.5, quarter), "q50": (0.4, None)}
    rows = tuple(
        Frequency("fear", "number", value, estimate, 0.25, 0.75, 64, 64, 1.0, 0, part)
        for value, (estimate, part) in numbers.items()
    )
    spec = OutcomeSpec(name="fear", kind="number", unit="share of time")
    facts = SimpleNamespace(outcomes=[spec], step_years=1 / 12)
    table = cli.run._answers(SimpleNamespace(manifest=facts), Frequencies(rows, 0.95, 64, 0, 8))
    frequencies, intervals, doubts = (list(column.cells) for column in table.columns[2:])
    assert frequencies == ["0.5 share of time", "0.4 share of time"]
    assert intervals == ["0.25 to 0.75"] * 2
    assert doubts == ["25%", ""]


def test_another_process_plays_the_same_histories(tiny, finished, tmp_path):
    told = command("run", tiny, "--runs", 200, "--seed", 1, "--out", "again", "--json")
    assert told.code == 0
    assert parquet(tmp_path / "again") == parquet(finished)


@pytest.fixture(scope="module")
def longer(tiny, tmp_path_factory):
    """A run that goes beyond one block, by one worker."""
    folder = tmp_path_factory.mktemp("longer") / "run"
    told = command("run", tiny, "-n", 1100, "-s", 1, "-o", folder, "-j", 1)
    assert told.code == 0, told.err
    return folder


def test_workers_change_no_bit(tiny, longer, tmp_path):
    assert command("run", tiny, "-n", 1100, "-s", 1, "-o", "two", "-j", 2).code == 0
    assert len(list((longer / "outcomes").iterdir())) > 1, "one block is no work for two"
    assert parquet(tmp_path / "two") == parquet(longer)


def test_an_extended_run_is_one_long_run(tiny, longer, tmp_path):
    assert command("run", tiny, "-n", 1000, "-s", 1, "-o", "grown").code == 0
    told = command("run", "--extend", "grown", "--runs", 100, "--json")
    assert told.json["runs"] == 1100
    assert parquet(tmp_path / "grown") == parquet(longer)


def test_more_histories_begin_with_the_same(finished, longer):
    short, long = open_ensemble(finished).outcomes, open_ensemble(longer).outcomes
    pd.testing.assert_frame_equal(short, long.iloc[:200])


def test_resuming_a_finished_run_changes_nothing(finished):
    before = {f: f.read_bytes() for f in finished.rglob("*") if f.is_file()}
    assert command("run", "--resume", finished).code == 0
    assert {f: f.read_bytes() for f in finished.rglob("*") if f.is_file()} == before


def test_a_damaged_block_is_worked_again(tiny, tmp_path):
    assert command("run", tiny, "-n", 100, "-s", 1, "-o", "run").code == 0
    whole = parquet(tmp_path / "run")
    (tmp_path / "run" / "outcomes" / "000000-100.parquet").write_bytes(b"torn")
    told = process("run", "--resume", "run")
    assert told.code == 0
    assert "vertikal: run: left out because damaged: outcomes/000000-100.parquet" in told.err
    assert "RunWarning" not in told.err
    assert ".py:" not in told.err
    assert "Traceback" not in told.err
    assert parquet(tmp_path / "run") == whole


def test_a_run_goes_where_its_name_and_seed_say(tiny, tmp_path):
    facts = command("run", tiny, "--runs", 8, "--json").json
    assert facts["path"] == str(Path("runs") / f"tiny-{facts['seed']}")
    assert open_ensemble(tmp_path / facts["path"]).manifest.seed == facts["seed"]
    other = command("run", tiny, "--runs", 8, "--json").json
    assert other["seed"] != facts["seed"]


def test_layers_of_a_run_are_kept_with_it(tiny, tmp_path):
    (tmp_path / "patch.yaml").write_text("pacts: {engineers: {guards: 0.25}}\n")
    told = command(
        "run", tiny, "-n", 16, "-s", 4, "-o", "run", "--variant", "no-cover", "--patch",
        "patch.yaml", "--set", "people.organiser.proximity=0.2", "--set", "succession.noise=0.25",
    )  # fmt: skip
    assert told.code == 0, told.err
    played = load(tmp_path / "run" / "scenario.yaml")
    assert played.pacts["engineers"]["guards"].value == 0.25
    assert played.people["organiser"].proximity.value == 0.2
    assert open_ensemble(tmp_path / "run").manifest.scenario.digest == played.digest


def test_both_kinds_of_path_change_what_is_played(tiny, tmp_path):
    base = ("run", tiny, "-n", 64, "-s", 4)
    paths = {"people.organiser.proximity": (0.2, 0.3), "succession.noise": (0.05, 0.06)}
    assert command(*base, "-o", "plain").code == 0
    plain = open_ensemble(tmp_path / "plain").parameters
    for number, (path, (low, high)) in enumerate(paths.items()):
        told = command(*base, "-o", str(number), "--set", f"{path}={low} to {high}")
        assert told.code == 0, told.err
        drawn = open_ensemble(tmp_path / str(number)).parameters
        assert drawn[path].between(low, high).all()
        assert not plain[path].between(low, high).all()
        pd.testing.assert_frame_equal(drawn.drop(columns=path), plain.drop(columns=path))


def test_fixed_numbers_are_the_same_in_every_history(tiny, tmp_path):
    assert command("run", tiny, "-n", 64, "-s", 4, "-o", "run", "--fixed").code == 0
    ensemble = open_ensemble(tmp_path / "run")
    assert list(ensemble.parameters.columns) == []
    start = ensemble.series("clans.share").isel(time=0)["clans.share"]
    drawn = tmp_path / "drawn"
    assert command("run", tiny, "-n", 64, "-s", 4, "-o", drawn).code == 0
    other = open_ensemble(drawn).series("clans.share").isel(time=0)["clans.share"]
    assert float(start.std("run").max()) < float(other.std("run").max())
    assert command("run", "--extend", "run", "-n", 64).code == 0
    assert list(open_ensemble(tmp_path / "run").parameters.columns) == []


@pytest.mark.parametrize("name", ["show", "explain", "compare", "schedule", "report"])
def test_a_name_that_the_system_refuses(name):
    refused(command(name, "a" * 300), "a" * 50)


def test_a_folder_that_the_system_refuses(tiny):
    refused(command("run", tiny, "--runs", 8, "--out", "a" * 300), "refuses to write there")


def test_results_are_never_written_over(tiny, finished, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("")
    base = ("run", tiny, "--runs", 8, "--out")
    refused(command(*base, "full"), "full: the folder is not empty", "thesis.txt")
    assert (tmp_path / "full" / "thesis.txt").read_text() == "years of work"
    before = parquet(finished)
    refused(command(*base, finished), "holds a complete run of 200 histories", "--extend")
    assert parquet(finished) == before
    refused(command(*base, "file"), "file: there is a file in the way")
    refused(command(*base, "file/run"), "file/run: there is a file in the way")


@pytest.mark.skipif(is_root(), reason="nothing is read-only for root")
def test_a_folder_that_may_not_be_written(tiny, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    refused(command("run", tiny, "--runs", 8, "--out", "locked/run"), "locked/run")
    refused(command("new", "court", "--in", "locked"), "cannot be written")


def test_a_changed_scenario_in_the_folder_is_noticed(tiny, tmp_path):
    assert command("run", tiny, "-n", 8, "-s", 1, "-o", "run").code == 0
    kept = tmp_path / "run" / "scenario.yaml"
    kept.write_text(kept.read_text().replace("value: 0.7", "value: 0.75", 1))
    assert command("run", tiny, "-v", "no-cover", "-n", 8, "-s", 1, "-o", "other").code == 0
    for words in (
        ("run", "--extend", "run", "-n", 8),
        ("explain", "run"),
        ("report", "run"),
        ("compare", "run", "--patch", "other"),
        ("compare", "other", "--patch", "run"),
    ):
        refused(command(*words), "run/scenario.yaml", "not the one that was run")


MISUSE = {
    "nothing": (["run"], "nothing to run"),
    "two things": (["run", "S1", "--resume", "a"], "NAME, --resume: what to run is not clear"),
    "resume and seed": (["run", "--resume", "a", "--seed", "1"], "--seed does not go with"),
    "resume and runs": (["run", "--resume", "a", "--runs", "9"], "--runs does not go with"),
    "resume and out": (["run", "--resume", "a", "--out", "b"], "--out does not go with"),
    "extend and set": (["run", "--extend", "a", "--set", "x=1"], "--set does not go with"),
    "extend and fixed": (["run", "--extend", "a", "--fixed"], "--fixed does not go with"),
    "extend by nothing": (["run", "--extend", "a"], "how many histories to add"),
    "resume nowhere": (["run", "--resume", "nowhere"], "nowhere: there is no such folder"),
    "extend nowhere": (["run", "--extend", "nowhere", "-n", "8"], "there is no such folder"),
    "resume elsewhere": (["run", "--resume", "."], "not a run directory"),
    "no histories": (["run", "S1", "--runs", "0"], "greater than or equal to"),
    "histories in words": (["run", "S1", "--runs", "many"], "Invalid value for '--runs'"),
    "negative seed": (["run", "S1", "--seed", "-1"], "Invalid value for '--seed'"),
    "huge seed": (["run", "S1", "--seed", "9" * 20], f"{'9' * 20} is no seed"),
    "no workers": (["run", "S1", "--workers", "0"], "Invalid value for '--workers'"),
    "unknown option": (["run", "S1", "--sede", "1"], "No such option: --sede"),
    "unknown command": (["rum"], "No such command 'rum'"),
    "unknown scenario": (["run", "stalins-cort"], 'Did you mean "stalins-court"?'),
    "unknown variant": (
        ["show", "S8", "--variant", "A", "--variant", "Q"],
        '--variant Q: S8 declares no variant "Q"\n  Variants: A, B, C, D, E, F, G, H, I. What each '
        "is: vertikal show S8.",
    ),
    "a variant nearly": (["run", "S1", "-v", "kregister"], 'Did you mean "K-register"? Variants: '),
    "no such variant to compare": (["compare", "S1", "-v", "x"], "--variant x: S1 declares no"),
    "no such variant to explain": (["explain", "S1", "-v", "x"], "--variant x: S1 declares no"),
    "unknown entry": (["show", "S1", "--set", "people.beria.proximty=1"], '"proximity"?'),
    "unknown parameter": (["show", "S1", "--set", "succession.noize=1"], '"noise"?'),
    "out of bounds": (["show", "S1", "--set", "people.beria.proximity=3"], "out of bounds"),
    "no setting": (["show", "S1", "--set", "rubbish"], "Write --set path=value"),
    "no patch": (["show", "S1", "--patch", "nowhere.yaml"], "nowhere.yaml: there is no such file"),
    "check nothing": (["check"], "Missing argument"),
    "compare one": (["compare", "S8", "--runs", "8"], "both arms are the same scenario"),
    "compare the same": (
        ["compare", "S8", "--set", "leader.control=0.4"], "both arms are the same scenario"
    ),
    "explain nowhere": (["explain", "nowhere"], 'no library scenario "nowhere"'),
    "explain before the first": (["explain", "S1", "--run", "-1"], "Invalid value for '--run'"),
    "explain beyond all": (["explain", "S1", "--run", str(2**32)], "there is no history"),
    "explain a huge seed": (["explain", "S1", "--seed", "9" * 20], "is no seed"),
    "report nowhere": (["report", "nowhere"], "nowhere: there is no such folder"),
    "schedule nowhere": (["schedule", "nowhere"], 'no library scenario "nowhere"'),
    "bargain nowhere": (["bargain", "nowhere"], 'there is no file "nowhere"'),
    "coalition of words": (["coalition", "3", "x"], '"x" is not a number'),
    "coalition without power": (["coalition", "3", "-1"], "powers = -1: must be positive"),
    "coalition of less than none": (["coalition", "-.5", "3"], "powers = -1/2: must be positive"),
    "coalition and no option": (
        ["coalition", "--alpah", "1/2", "3"], 'No such option: --alpah\n  Did you mean "--alpha"?'
    ),
}  # fmt: skip


def test_a_scenario_without_variants_says_so(tmp_path):
    (tmp_path / "bare.yaml").write_text(TEXT.partition("\nvariants:")[0])
    assert load(tmp_path / "bare.yaml").variants == {}
    refused(
        command("show", "bare.yaml", "-v", "x"), "--variant x: bare.yaml", "leave --variant out"
    )


def test_a_fault_in_a_variant_is_told_as_before(tiny, tmp_path):
    """The remedy is in the file, and not at the option that asked for the variant."""
    text = tiny.read_text("utf-8").replace("guards: 0}", "guards: 7}")
    (tmp_path / "bad.yaml").write_text(text)
    told = command("show", "bad.yaml", "-v", "no-cover")
    refused(told, "7 is out of bounds")
    assert "--variant" not in told.err


@pytest.mark.parametrize("words", MISUSE)
def test_misuse_is_answered_with_a_remedy(words):
    arguments, message = MISUSE[words]
    told = command(*arguments)
    assert told.out == ""
    refused(told, message)


# compare ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tiny):
    told = command("compare", tiny, "-v", "no-cover", "-n", 200, "-s", 1, "--json")
    assert told.code == 0, told.err
    return {(row["outcome"], row["value"]): row for row in told.json}


def test_a_comparison_pairs_the_histories(compared, finished):
    """Both arms share all chance: the arm without the patch is the run of the same seed."""
    before = open_ensemble(finished).outcomes["organiser-stays"]
    effect = compared["organiser-stays", "yes"]
    assert effect["before"] == before.mean()
    assert effect["pairs"] == 200
    assert effect["difference"] == pytest.approx((effect["up"] - effect["down"]) / 200)
    assert effect["after"] == pytest.approx(effect["before"] + effect["difference"])
    assert effect["low"] <= effect["difference"] <= effect["high"]
    assert effect["up"] + effect["down"] > 0, "without cover something must turn out otherwise"
    assert {(row["failed"], row["unpaired"]) for row in compared.values()} == {(0, 0)}


def test_two_run_directories_compare_as_two_arms(compared, tiny, finished):
    how = ("-v", "no-cover", "-n", 200, "-s", 1)
    assert command("run", tiny, *how, "-o", "other").code == 0
    told = command("compare", finished, "--patch", "other", "--json")
    rows = {(row["outcome"], row["value"]): row for row in told.json}
    assert rows.keys() == compared.keys()
    for key, row in rows.items():
        assert row["difference"] == compared[key]["difference"]
    assert command("run", tiny, "-n", 8, "-s", 2, "-o", "stranger").code == 0
    refused(command("compare", finished, "--patch", "stranger"), "do not share chance")
    for words in (("compare", finished, "--patch"), ("report", finished, "--with")):
        refused(command(*words, finished), "both arms are the same scenario", "Name a run")
    refused(command("compare", finished), "Write: vertikal compare DIR --patch OTHER_DIR")
    for option in ("--runs", "--seed", "--workers"):
        told = command("compare", finished, "--patch", "other", option, 1)
        refused(told, "two run directories are compared as they are", "compare DIR --patch")


def test_commands_on_an_unfinished_run_say_so(tiny, finished, tmp_path):
    assert command("run", tiny, "-v", "no-cover", "-n", 200, "-s", 1, "-o", "more").code == 0
    store.extended(tmp_path / "more", 300)
    told = "more: this run is unfinished: 200 of 300 histories are there"
    for how in (["report", "more"], ["explain", "more"], ["compare", finished, "--patch", "more"]):
        found = command(*how)
        assert found.code == 0, found.err
        assert told in found.err
        assert "Finish it: vertikal run --resume more" in found.err
    assert "unfinished" not in command("explain", finished).err


def test_a_comparison_fits_a_terminal(compared, tiny):
    told = command("compare", tiny, "-v", "no-cover", "-n", 200, "-s", 1)
    effect = compared["organiser-stays", "yes"]
    row = next(line for line in told.out.splitlines() if line.startswith("organiser-stays"))
    assert f"{effect['difference']:+.3g}" in row
    assert f"{effect['low']:+.3g} to {effect['high']:+.3g}" in row
    assert "…" not in told.out


def words_of(told):
    return {word for line in told.splitlines() for word in line.replace("│", " ").split()}


def test_tables_fold_between_words_on_a_narrow_terminal(compared, tiny, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = command("compare", tiny, "-v", "no-cover", "-n", 200, "-s", 1).out
    assert {name for name, _ in compared} <= words_of(told)
    ends = [f"{row['low']:+.3g}" for row in compared.values()]
    assert sum(end in words_of(told) for end in ends) > len(ends) / 2
    assert max(map(len, told.splitlines())) <= 80
    assert "after" not in words_of(told), "for want of room; before and difference say it"
    facts = command("show", tiny, "--parameters", "--json").json
    told = command("show", tiny, "--parameters").out
    assert {f["address"] for f in facts} <= words_of(told)
    assert {word for f in facts for word in f["prior"].split()} <= words_of(told)
    assert max(map(len, told.splitlines())) <= 80
    assert "A wider terminal" in told
    monkeypatch.setenv("COLUMNS", "120")
    assert "A wider terminal" not in command("show", tiny, "--parameters").out


@pytest.mark.parametrize("width", [5, 12, 20, 40, 200])
def test_a_table_fits_whatever_width_there_is(width):
    table = cli.printing.new_table("name", "meaning")
    table.add_row("an-identifier", "words that may be folded")
    cli.printing.fit(table, width)
    name, meaning = (column.width for column in table.columns)
    assert name + meaning + 3 <= max(width, 5)
    assert name >= min(13, width - 3 - 7), "words of meaning give way first"


# explain and report -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def eventful(finished):
    """Number of a history in which the organiser was struck, and its chronicle."""
    struck = open_ensemble(finished).outcomes.query("not `organiser-stays`")
    run = int(struck.index[0])
    return run, command("explain", finished, "--run", run, "--all", "--json").json


def test_a_history_is_told_with_dates_and_rules(finished, eventful):
    run, told = eventful
    assert (told["run"], told["seed"]) == (run, 1)
    events = told["events"]
    assert [e["date"] for e in events] == sorted(e["date"] for e in events)
    assert all("2000" <= e["date"] < "2005" for e in events)
    crisis = next(e for e in events if e["kind"] == "scripted")
    assert crisis["text"] == "A foreign crisis"
    assert crisis["date"].startswith("2004-06-01")
    assert all(e["rules"] for e in events if e["mechanism"] != "script")
    assert any("The organiser" in e["text"] for e in events)
    table = command("explain", finished, "--run", run)
    assert table.code == 0
    assert "A foreign crisis" in table.out


def test_a_history_is_the_same_from_the_folder_and_from_the_seed(tiny, eventful):
    run, told = eventful
    again = command("explain", tiny, "--seed", 1, "--run", run, "--all", "--json").json
    assert again == told


def test_a_history_of_a_variant_is_told_from_the_seed(tiny, finished, tmp_path):
    (tmp_path / "crisis.yaml").write_text("people: {organiser: {proximity: 0.3}}\n")
    changes = ("-v", "no-cover", "-p", "crisis.yaml", "--set", "succession.noise=0.25")
    assert command("run", tiny, *changes, "-n", 200, "-s", 1, "-o", "changed").code == 0
    before, after = (open_ensemble(where).outcomes for where in (finished, "changed"))
    run = int((before["organiser-stays"] != after["organiser-stays"]).idxmax())
    told = ("explain", tiny, "--seed", 1, "--run", run, "--all", "--json")
    from_seed = command(*told, *changes)
    assert from_seed.code == 0, from_seed.err
    assert from_seed.json == command("explain", "changed", "--run", run, "--all", "--json").json
    assert from_seed.json != command(*told).json


@pytest.mark.parametrize("change", [("-v", "A"), ("-p", "patch.yaml"), ("--set", "leader.age=50")])
def test_a_run_directory_is_told_as_it_was_played(finished, change):
    told = command("explain", finished, *change)
    option = {"-v": "--variant", "-p": "--patch"}.get(change[0], change[0])
    refused(told, f"{finished}: {option} does not go with a run directory", f"Leave {option} out")


def test_but_for(finished, eventful):
    run, told = eventful
    kind = next(e["kind"] for e in told["events"] if e["mechanism"] == "attack")
    without = command("explain", finished, "--run", run, "--but-for", kind, "--json").json
    tests = without["but_for"]
    assert tests
    outcomes = set(open_ensemble(finished).outcomes.columns)
    for test in tests:
        assert set(test["changed"]) <= outcomes
        for answer in test["changed"].values():
            assert answer["as it was"] != answer["without it"]
    words = command("explain", finished, "--run", run, "--but-for", kind).out
    assert words.count("Without:") == len(tests)
    dates = re.findall(r"Without: .*? \((\d{4}-\d\d)\)", " ".join(words.split()))
    ticks = [12 * int(date[:4]) + int(date[5:]) - 12 * 2000 for date in dates]
    assert ticks == [test["tick"] for test in tests]


def test_answers_of_but_for_tests_are_written_as_elsewhere(tiny, eventful, monkeypatch):
    run, _ = eventful
    seen = ButFor(
        SimpleNamespace(text="x", tick=3),
        pd.DataFrame(
            {"as it was": {"leader-exit": 2 + 2.5 / 12}, "without it": {"leader-exit": math.nan}}
        ),
        ("leader-exit",),
    )
    monkeypatch.setattr(laboratory, "explain_but_for", lambda *_: [seen])
    told = command("explain", tiny, "--seed", 1, "--run", run, "--but-for", "x").out
    assert re.search("leader-exit +│ 2002-03 +│ never", told)
    histories = Histories(load(tiny), 1)
    for outcome, value, told in (
        ("leader-exit", 2 + 2.5 / 12, "2002-03"),
        ("leader-exit", math.nan, "never"),
        ("leader-exit.is", "death", "death"),
        ("leader-exit.is", math.nan, "never"),
        ("organiser-stays", True, "yes"),
        ("organiser-stays", False, "no"),
    ):
        assert cli.answers.answer_of(histories, outcome, value) == told


def test_but_for_a_person_by_id(tiny, tmp_path):
    """The id is not in what a reader is told of someone who has a role and no name."""
    text = tiny.read_text("utf-8")
    name, file = "name: The organiser", tmp_path / "offices.yaml"
    assert text.count(name) == 1
    file.write_text(text.replace(name, "role: Head of personnel"), "utf-8")
    seed = ("explain", file, "--seed", 1, "--all", "--json", "--run")
    told = ((run, command(*seed, run).json["events"]) for run in range(40))
    run, events = next((r, e) for r, e in told if any("Head of personnel" in x["text"] for x in e))
    assert not any("organiser" in e["text"] for e in events)
    texts = [t["event"] for t in command(*seed, run, "--but-for", "organiser").json["but_for"]]
    assert texts
    assert all("Head of personnel" in text for text in texts)
    assert command(*seed, run, "--but-for", "engineers").json["but_for"]
    refused(command(*seed, run, "--but-for", "organisers"), "the id of a person or clan")


def test_but_for_what_never_was(finished, eventful):
    run, _ = eventful
    base = ("explain", finished, "--run", run, "--but-for")
    refused(command(*base, "xyzzy"), "no event of history", "'xyzzy'")
    refused(command(*base, "crisis"), "cannot be suppressed", "the scenario imposes it")
    refused(command("explain", finished, "--seed", 3), "a run directory has its own seed")


def test_a_history_that_is_not_in_the_folder(tiny, finished, tmp_path):
    file = finished / "scenario.yaml"
    told = command("explain", finished, "--run", 200)
    refused(told, "no history 200 in this run: it has histories 0 to 199")
    refused(told, f"vertikal explain {file} --seed 1 --run N")
    longer = command("explain", file, "--seed", 1, "--run", 200, "--json").json
    assert longer == command("explain", tiny, "--seed", 1, "--run", 200, "--json").json
    assert command("run", tiny, "-n", 8, "-s", 1, "-o", "run", "--fixed").code == 0
    refused(command("explain", "run", "--run", 8), "vertikal run --extend run --runs N")


@pytest.mark.parametrize(
    ("start", "step", "told"),
    [
        ("2003-01-01", "quarter", "2003-01 to 2003-03"),
        ("2002-12-01", "quarter", "2002-12 to 2003-02"),
        ("2002-12-26", "quarter", "2002-12-26 to 2003-03-25"),
        ("2002-12-30", "week", "2002-12-30 to 2003-01-05"),
        ("2002-12-01", "month", "2002-12"),
        ("2002-12-15", "month", "2002-12-15 to 2003-01-14"),
        ("2002-01-01", "year", "2002"),
        ("2002-12-01", "year", "2002-12 to 2003-11"),
        ("2002-12-01", "day", "2002-12-01"),
        ("2002-12-01", "hour", "2002-12-01 00:00"),
    ],
)
def test_steps_are_told_so_that_imposed_dates_in_them_are_in_order(start, step, told):
    clock = Clock.model_validate({"start": start, "end": "2004-01-31", "step": step})
    assert cli.answers.date_of(clock.start, clock, exact=False) == told
    assert cli.answers.date_of(clock.start, clock, exact=True)[:10] == start


class Fetches(HTMLParser):
    """Collects whatever a browser would fetch for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            is_fetch = name in ("src", "srcset", "poster", "data", "action", "background")
            is_fetch |= name in ("href", "xlink:href") and tag != "a"
            if is_fetch and value and not value.startswith(("#", "data:")):
                self.found.append(f"{tag} {name}={value}")


def test_a_report_is_one_file_that_fetches_nothing(finished, tmp_path):
    told = command("report", finished, "--out", "deep/report.html")
    assert told.code == 0, told.err
    assert told.out.strip() == str(Path("deep/report.html"))
    page = (tmp_path / "deep" / "report.html").read_text(encoding="utf-8")
    fetches = Fetches()
    fetches.feed(page)
    assert fetches.found == []
    assert not re.findall(r"url\((?!['\"]?(?:#|data:))", page)
    assert not re.findall(r"@import|fetch\(|XMLHttpRequest|importScripts", page)
    assert "A leader, two clans and a question" in page
    assert "200" in page
    assert "A foreign crisis" in page


# bargaining ---------------------------------------------------------------------------------------


def test_bargain_and_coalition_answer():
    game = command("bargain", "soe-policy", "--json").json
    assert len(game["actors"]) == len(game["positions"][0])
    assert 0 <= game["likeliest"][0] <= 100
    ruling = command("coalition", 3, 4, 5, "--json").json
    assert ruling["ruling"] == [["P1", "P2", "P3"]], "no pair of them could trust each other"
    told = command("coalition", 3, 4, 5, "--names", "[/bold],[red],c")
    assert told.code == 0
    assert "[/bold]" in told.out, "square brackets are no markup"


@pytest.mark.parametrize(("most", "left"), [(4, None), (3, None), (2, 2)])
def test_one_coalition_more_is_shown(monkeypatch, most, left):
    """Each pair of three and all of them win; a line that says `1 more` would hide but one row."""
    monkeypatch.setattr(cli.coalition, "_SHOWN", most)
    told = command("coalition", 3, 4, 5)
    assert len(re.findall(r"^P\d P\d.*%$", told.out, re.MULTILINE)) == 4 - (left or 0)
    assert ("more; --json" in told.out) == (left is not None)
    assert left is None or f"and {left} more" in told.out


# being stopped ------------------------------------------------------------------------------------


def test_a_run_stopped_by_ctrl_c_can_be_resumed(tiny, tmp_path):
    """The signal comes once the first block is safe; what was done is told and kept."""
    runs = 100_000
    with begin("run", tiny, "-n", runs, "-s", 1, "-o", "run", "-j", 2) as begun:
        ledger = tmp_path / "run" / "ledger.jsonl"
        while begun.poll() is None and not (ledger.exists() and '"block"' in ledger.read_text()):
            time.sleep(0.02)
        begun.send_signal(signal.SIGINT)
        _, err = begun.communicate(timeout=120)
    assert begun.returncode == 130
    assert "Traceback" not in err
    stopped = open_ensemble(tmp_path / "run")
    assert 0 < stopped.runs < runs
    assert f"{stopped.runs} of {runs} histories are safe" in err
    assert "vertikal run --resume run" in err
    assert json.loads((tmp_path / "run" / "manifest.json").read_text())["runs"] == runs


# Questions that some histories do not answer ------------------------------------------------------

MORE_QUESTIONS = """
  crisis-felt:
    ask: When is tension first above one half?
    first: military_industry.tension > 0.5
  end: {ask: How tense is it in the end?, value: military_industry.tension}
  peak: {ask: How tense is it at most?, highest: military_industry.tension}
  fearful: {ask: For how long is fear above one half?, share: coercion.fear > 0.5, from: 2001}
  reign-to-crisis: {ask: How long from the exit to the crisis?, span: [leader-exit, crisis-felt]}
  relaxed: {ask: By how much does tension fall from its peak?, difference: [peak, end]}
  left: {ask: What part of the peak is left?, ratio: [end, peak]}
  by-part: {ask: By what part does it fall?, ratio: [relaxed, peak]}

history:
  fearful: 0.1
  relaxed: {value: 0.2, within: 0.1}
  reign-to-crisis: {value: 1.5, within: 1}

variants:
"""


def test_spans_shares_and_ratios_are_asked_told_and_reported(tiny, tmp_path):
    """The stored table holds them to their parts; each place says how many have an answer."""
    text = tiny.read_text("utf-8")
    file = tmp_path / "asked.yaml"
    file.write_text(text.replace("\nvariants:\n", MORE_QUESTIONS, 1).replace("tiny", "asked", 1))
    assert command("check", file).code == 0
    told = command("run", file, "-n", 200, "-s", 1, "-o", "run")
    assert told.code == 0, told.err
    table = open_ensemble("run").outcomes
    both = table["leader-exit"].notna() & table["crisis-felt"].notna()
    assert 0 < both.sum() < len(table), "the scenario is too calm or too wild for this test"
    span = table["crisis-felt"] - table["leader-exit"]
    assert table["reign-to-crisis"].to_numpy() == pytest.approx(span, abs=1e-5, nan_ok=True)
    assert (table["relaxed"] == table["peak"] - table["end"]).all()
    assert table["left"].to_numpy() == pytest.approx(table["end"] / table["peak"])
    assert table["by-part"].to_numpy() == pytest.approx(1 - table["left"], abs=1e-6)
    assert table["fearful"].between(0, 1).all()
    months = table["fearful"] * 48
    assert months.to_numpy() == pytest.approx(months.round()), "of four years"
    rows = [line for line in told.out.splitlines() if "answered" in line]
    assert [f"{both.mean():.1%}" in row for row in rows] == [True]
    assert re.search(r"mean +│ +-?[\d.]+ years", told.out)
    assert re.search(r"median +│ +[\d.]+ share of time", told.out)
    summary = command("report", "run", "--out", "run.html")
    assert summary.code == 0, summary.err
    page = Path("run.html").read_text("utf-8")
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert f"answered in {both.sum()} of 200 histories" in words
    assert "share of time" in words
    assert words.count("histories without an answer do not show it") == 1, "of what is on record"
    assert "± 1 year " in words
    other = command("compare", file, "--variant", "no-cover", "-n", 64, "-s", 1, "--json")
    effects = {(e["outcome"], e["value"]) for e in other.json}
    assert {("reign-to-crisis", "mean"), ("reign-to-crisis", "answered")} <= effects
    assert ("left", "answered") not in effects
