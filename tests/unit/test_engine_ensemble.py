"""Finished histories as tables and arrays, in memory and on disk."""

import io
import re

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from tests.walks import CLANS, SERIES, Walks
from vertikal.engine import store
from vertikal.engine.ensemble import Ensemble, _answer, open_ensemble
from vertikal.engine.manifest import OutcomeSpec
from vertikal.engine.progress import counted, duration, pace, shown
from vertikal.engine.simulate import simulate
from vertikal.errors import VertikalError

RUNS = 150
PROGRAM = Walks()


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Ensemble:
    return simulate(PROGRAM, PROGRAM.manifest(RUNS), tmp_path_factory.mktemp("ensemble") / "run")


@pytest.fixture(scope="module")
def remembered() -> Ensemble:
    return simulate(PROGRAM, PROGRAM.manifest(RUNS))


@pytest.fixture(params=["stored", "remembered"])
def ensemble(request) -> Ensemble:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """All series, straight from the program, in one block: [run, time, series]."""
    series = PROGRAM.run_block(0, RUNS).series
    return np.stack([series[name].to_numpy().reshape(RUNS, 12) for name in SERIES], -1)


def good(truth: np.ndarray) -> np.ndarray:
    return truth[[not PROGRAM.has_failed(run) for run in range(RUNS)]]


def test_memory_and_disk_agree(stored, remembered):
    pd.testing.assert_frame_equal(stored.outcomes, remembered.outcomes)
    pd.testing.assert_frame_equal(stored.parameters, remembered.parameters)
    xr.testing.assert_identical(stored.dataset.load(), remembered.dataset.load())
    reopened = open_ensemble(stored.path)
    pd.testing.assert_frame_equal(stored.outcomes, reopened.outcomes)
    assert (reopened.path, remembered.path) == (stored.path, None)


def test_outcomes_are_typed_and_complete(ensemble):
    outcomes = ensemble.outcomes
    assert outcomes.index.name == "run"
    assert list(outcomes.index) == list(range(RUNS))
    assert (outcomes["draw"] == outcomes.index // 10).all()
    failed = [PROGRAM.has_failed(run) for run in range(RUNS)]
    assert (outcomes["status"] == "not a number").tolist() == failed
    assert ensemble.failed == pytest.approx(np.mean(failed))
    assert outcomes["control-lost"].dtype == "boolean"
    assert outcomes["control-lost"].isna().tolist() == failed
    assert outcomes["peak"].dtype == outcomes["exit"].dtype == np.float64
    assert list(outcomes["strongest"].cat.categories) == list(CLANS)
    assert (outcomes["exit"].isna() == outcomes["exit.is"].isna()).all()


def test_truth_values_are_plain_where_nothing_failed():
    program = Walks(fails=False)
    outcomes = simulate(program, program.manifest(20)).outcomes
    assert outcomes["control-lost"].dtype == bool


def test_parameters_stand_there_once(ensemble):
    # blocks of 64 and draws of 10 histories: draws 6 and 12 belong to two blocks each
    assert ensemble.table("parameters")["draw"].to_pylist().count(6) == 2
    assert list(ensemble.parameters.index) == list(range(15))
    assert ensemble.parameters.loc[6, "walk.drift"] == PROGRAM._drift(6)
    assert list(ensemble.parameters["walk.theory"][:4]) == ["votes", "force", "force", "votes"]
    assert ensemble.query("select count(*) n from parameters")["n"].item() == 15


def test_series_are_what_the_program_said(ensemble, truth):
    data = ensemble.dataset
    assert data["clans.share"].dims == ("run", "time", "clan")
    assert data["clans.pact"].dims == ("run", "time", "clan", "other clan")
    assert data["leadership.control"].dims == ("run", "time")
    for clan, column in zip(CLANS, range(3), strict=True):
        np.testing.assert_array_equal(data["clans.share"].sel(clan=clan), truth[..., column])
    pact = data["clans.pact"].sel(clan="army").squeeze("other clan")
    np.testing.assert_array_equal(pact, truth[..., 3])
    assert data["clans.pact"].sel(clan="beria").isnull().all(), "was not recorded"
    np.testing.assert_array_equal(data["leadership.control"], truth[..., 5])
    assert data["leadership.control"].attrs == {"units": "points", "long_name": "Control"}
    assert str(data["time"].values[3])[:10] == "1946-04-01"
    assert (data["draw"] == data["run"] // 10).all()


@pytest.mark.parametrize(
    "index",
    [
        {"run": 70},
        {"run": slice(60, 70), "time": 3},
        {"run": [149, 0, 64, 64], "clan": [2, 0]},
        {"run": slice(None, None, -7), "time": slice(2, 9, 3), "clan": 1},
        {"run": slice(0, 0)},
        {"run": -1, "time": -1, "clan": -1},
        {"run": xr.DataArray([1, 100], dims="point"), "time": xr.DataArray([0, 5], dims="point")},
    ],
)
def test_any_part_can_be_read(ensemble, index):
    lazy = ensemble.dataset["clans.share"]
    whole = lazy.copy(data=lazy.values)
    xr.testing.assert_identical(lazy.isel(index).load(), whole.isel(index))


def test_only_what_is_touched_is_read(stored, monkeypatch):
    read, asked = store.RunDirectory.read, []

    def noted(self, table, block, columns=None):
        asked.append((table, block, columns))
        return read(self, table, block, columns)

    monkeypatch.setattr(store.RunDirectory, "read", noted)
    fresh = open_ensemble(stored.path)
    data = fresh.dataset
    assert {(table, tuple(columns)) for table, _, columns in asked} == {("outcomes", ("status",))}
    asked.clear()
    data["clans.share"].sel(clan="beria", run=100).load()
    assert asked == [("series", 1, ["clans.share[beria]"])]
    asked.clear()
    fresh.quantiles("clans.share", 0.5)
    assert {len(columns) for *_, columns in asked} == {1}
    assert len(asked) == 9  # three clans in three blocks


def test_some_series_by_name(ensemble):
    assert list(ensemble.series("elite.loyalty")) == ["elite.loyalty"]
    some = ensemble.series(["clans.share[beria]", "clans.share[army]", "leadership.control"])
    assert list(some["clan"].values) == ["beria", "army"]
    assert list(some) == ["clans.share", "leadership.control"]
    assert ensemble.series("clans.pact[ army, beria]").sizes["other clan"] == 1
    with pytest.raises(VertikalError, match=r"'clans.shar' was not recorded") as error:
        ensemble.series("clans.shar")
    assert "Did you mean 'clans.share'?" in error.value.mend
    with pytest.raises(VertikalError, match="was not recorded"):
        ensemble.series("clans.share[zhdanov]")


def test_quantiles_leave_failed_histories_out(ensemble, truth):
    shares = [0.05, 0.5, 0.95]
    found = ensemble.quantiles("clans.share", shares)
    assert found.dims == ("quantile", "time", "clan")
    for column, clan in enumerate(CLANS):
        wanted = np.quantile(good(truth)[..., column], shares, axis=0)
        np.testing.assert_allclose(found.sel(clan=clan), wanted, rtol=1e-6)
    control = ensemble.quantiles("leadership.control", 0.5)
    assert control.dims == ("quantile", "time")
    np.testing.assert_allclose(control[0], np.median(good(truth)[..., 5], 0), rtol=1e-6)


def test_quantiles_where_numbers_are_missing():
    class Gaps(Walks):
        def _walk(self, run: int) -> np.ndarray:
            walk = super()._walk(run)
            walk[3, 5] = np.nan  # in all histories
            walk[4, 5] = walk[4, 5] if run % 2 else np.nan
            return walk

        def _outcomes(self, runs, walk):
            return super()._outcomes(runs, np.nan_to_num(walk))

    program = Gaps(fails=False)
    ensemble = simulate(program, program.manifest(40))
    found = ensemble.quantiles("leadership.control", 0.5)[0]
    assert found.isnull().values.nonzero()[0].tolist() == [3]
    odd = ensemble.dataset["leadership.control"][1::2, 4]
    assert found[4] == pytest.approx(np.median(odd))


def test_queries(ensemble):
    found = ensemble.query(
        'select tick, median("clans.share[beria]") as m from series join outcomes using (run) '
        "where status = 'ok' group by tick order by tick"
    )
    wanted = ensemble.quantiles("clans.share[beria]", 0.5).squeeze()
    np.testing.assert_allclose(found["m"], wanted, rtol=1e-6)
    with pytest.raises(VertikalError, match=r"DuckDB says: .*nowhere") as error:
        ensemble.query("select * from nowhere")
    assert "outcomes, series and parameters" in error.value.mend


def test_export_to_csv(ensemble, tmp_path):
    frame = pd.read_csv(
        ensemble.export(tmp_path / "new" / "a.csv"), index_col="run", float_precision="round_trip"
    )
    assert frame["status"].tolist() == ensemble.outcomes["status"].tolist()
    np.testing.assert_array_equal(frame["peak"], ensemble.outcomes["peak"])
    series = pd.read_csv(ensemble.export(tmp_path / "s.csv", "series"))
    assert len(series) == RUNS * 12
    np.testing.assert_allclose(
        series["leadership.control"],
        ensemble.dataset["leadership.control"].values.ravel(),
        rtol=1e-6,
    )
    draws = pd.read_csv(ensemble.export(tmp_path / "p.csv", "parameters"), index_col="draw")
    np.testing.assert_allclose(draws["walk.drift"], ensemble.parameters["walk.drift"])


def test_export_to_netcdf(ensemble, tmp_path):
    seconds = xr.coders.CFDatetimeCoder(time_unit="s")
    with xr.open_dataset(ensemble.export(tmp_path / "a.nc"), decode_times=seconds) as data:
        xr.testing.assert_equal(
            data["leadership.control"].drop_vars(["status", "draw"]).load(),
            ensemble.dataset["leadership.control"].drop_vars(["status", "draw"]).load(),
        )
        np.testing.assert_array_equal(data["outcome.peak"], ensemble.outcomes["peak"])
        labels = data["outcome.strongest"].values.astype(str)
        assert (labels == ensemble.outcomes["strongest"].astype(object).fillna("")).all()
        assert data["parameter.walk.drift"].sizes == {"parameter_draw": 15}
        assert data["outcome.control-lost"].attrs["long_name"] == "Is control ever below zero?"


def test_dates_of_long_ago_and_far_ahead(tmp_path):
    """Of which nanoseconds since 1970 are too many to count."""
    program = Walks(ticks=3)
    manifest = program.manifest(20)
    manifest = manifest.model_copy(update={"time": ("1450-01-01", "2000-01-01", "3000-01-01")})
    ensemble = simulate(program, manifest)
    assert [*ensemble.time.year] == [1450, 2000, 3000]
    assert [*ensemble.dataset.time.dt.year.values] == [1450, 2000, 3000]
    seconds = xr.coders.CFDatetimeCoder(time_unit="s")
    with xr.open_dataset(ensemble.export(tmp_path / "a.nc"), decode_times=seconds) as data:
        assert [*data.time.dt.year.values] == [1450, 2000, 3000]


def test_exports_that_cannot_be(ensemble, tmp_path, monkeypatch):
    with pytest.raises(VertikalError, match=r"'.xlsx' is no format to export to"):
        ensemble.export(tmp_path / "a.xlsx")
    with pytest.raises(VertikalError, match="no table 'people'"):
        ensemble.export(tmp_path / "a.csv", "people")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(VertikalError, match="needs the library zarr"):
        ensemble.export(tmp_path / "a.zarr")


def test_an_unfinished_run_is_readable(tmp_path):
    def impatient(done, total, seconds):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(VertikalError, match="stopped"):
        simulate(PROGRAM, PROGRAM.manifest(RUNS), tmp_path / "r", workers=1, progress=impatient)
    ensemble = open_ensemble(tmp_path / "r")
    assert not ensemble.is_complete
    assert len(ensemble.outcomes) == ensemble.runs == ensemble.dataset.sizes["run"] < RUNS
    assert f"{ensemble.runs} of {RUNS} histories" in repr(ensemble)


def test_no_histories_yet_is_told(tmp_path):
    store.create(tmp_path / "r", PROGRAM.manifest(RUNS))
    ensemble = open_ensemble(tmp_path / "r")
    assert ensemble.runs == 0
    assert "0 of 150 histories" in repr(ensemble)
    assert "0 of 150" in ensemble._repr_html_()
    for ask in (
        lambda: ensemble.outcomes,
        ensemble.series,
        lambda: ensemble.query("select 1"),
        lambda: ensemble.export(tmp_path / "a.csv"),
    ):
        with pytest.raises(VertikalError, match="no finished histories yet"):
            ask()


def test_what_a_notebook_shows(ensemble):
    page = ensemble._repr_html_()
    assert "Random &lt;walks&gt;" in page
    lost = ensemble.outcomes["control-lost"].mean()  # failed histories have no answer
    assert f"{lost:.1%} yes" in page
    assert re.search(r"\d failed", page)
    came = ensemble.outcomes.query("status == 'ok'")["exit"]
    assert f"{came.notna().mean():.1%} of histories, median {came.median():.3g} years" in page


def test_a_number_that_some_histories_lack_is_shown_with_how_many_have_one():
    spec = OutcomeSpec(name="gap", kind="number", unit="years")
    few, none = pd.DataFrame({"gap": [2, np.nan, np.nan, 4]}), pd.DataFrame({"gap": [np.nan] * 3})
    told = "median 3 years in the 50.0% of histories that have one"
    assert (_answer(few, spec), _answer(none, spec)) == (told, "no number")
    assert _answer(few.dropna(), spec) == "median 3 years"


# progress


def test_pace_counts_this_session_only():
    assert pace(1000, 1000, 5000, 0.0) == "starting"
    assert pace(3000, 1000, 10000, 4.0) == "500 histories/s, 14 s left"
    assert pace(5000, 1000, 5000, 80.0) == "50 histories/s, 1 min 20 s in all"
    assert pace(3, 0, 5000, 10.0) == "0.3 histories/s, 4 h 37 min left"
    assert pace(20, 0, 30, 10.0, "pages") == "2 pages/s, 5 s left"
    assert [duration(s) for s in (0, 59.4, 3599)] == ["0 s", "59 s", "59 min 59 s"]


def test_without_a_terminal_there_are_few_lines(monkeypatch):
    stream, clock = io.StringIO(), iter(range(0, 1000, 2))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with shown(stream) as progress:
        for k in range(11):
            progress(k * 10, 100, float(k))
    lines = stream.getvalue().splitlines()
    assert lines[-1] == "100 of 100 histories, 10 histories/s, 10 s in all"
    assert lines[0] == "30 of 100 histories, 10 histories/s, 7 s left"
    assert len(lines) == 4


def test_items_are_counted_as_they_are_done_with():
    told = []
    for item in counted(
        "ab", lambda done, total, seconds: told.append((done, total, seconds >= 0))
    ):
        told.append(item)
    assert told == [(0, 2, True), "a", (1, 2, True), "b", (2, 2, True)]
    assert list(counted("ab")) == ["a", "b"]


def test_nobody_listening_does_not_stop_the_work(monkeypatch):
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    monkeypatch.setattr("vertikal.engine.progress.SECONDS_BETWEEN_LINES", 0)
    closed = io.StringIO()
    closed.close()
    for stream in (Broken(), closed):
        with shown(stream) as progress:
            done = simulate(PROGRAM, PROGRAM.manifest(RUNS), progress=progress)
        assert done.is_complete


def test_a_terminal_gets_a_bar(capsys):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    with shown(terminal) as progress:
        simulate(PROGRAM, PROGRAM.manifest(RUNS), progress=progress)
    assert "150/150" in terminal.getvalue()
    assert "histories/s" in terminal.getvalue()
    assert capsys.readouterr() == ("", "")
