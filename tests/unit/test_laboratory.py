"""The laboratory from Python: one small scenario, played in memory and on disk."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests import commands
from tests.walks import Walks
from vertikal import laboratory
from vertikal.analysis import BaseRate
from vertikal.cli import notes
from vertikal.engine.histories import RUNS_PER_BLOCK, Histories
from vertikal.engine.simulate import simulate as work
from vertikal.errors import VertikalError
from vertikal.regime.mechanism import CLOCKS
from vertikal.scenario import load, world

RUNS, SEED = 160, 5
WINDOWS = {"outcomes": {"organiser-stays": None}, "events": {"crisis": None}}
"""Without what would make programs of one length differ: a question and an event with a date."""
TEN_YEARS = {"start": "2000-01-01", "end": "2009-12-31", "step": "month"}
LATER = {"start": "2000-07-01", "end": "2010-06-30", "step": "month"}
THIRTY_YEARS = {"start": "2000-01-01", "end": "2029-12-31", "step": "quarter"}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return commands.starter(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture(scope="module")
def scenario(file):
    return load(file)


@pytest.fixture(scope="module")
def ensemble(scenario):
    return laboratory.simulate(scenario, RUNS, seed=SEED)


@pytest.fixture(scope="module")
def folder(scenario, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    laboratory.simulate(scenario, RUNS, seed=SEED, out=folder, workers=1)
    return folder


def opened(folder):
    return laboratory.open_ensemble(folder)


# simulate -----------------------------------------------------------------------------------------


def test_memory_and_folder_hold_the_same(ensemble, folder):
    stored = opened(folder)
    assert (ensemble.path, stored.path) == (None, folder)
    assert ensemble.runs == stored.runs == RUNS
    pd.testing.assert_frame_equal(ensemble.outcomes, stored.outcomes)
    pd.testing.assert_frame_equal(ensemble.parameters, stored.parameters)


def test_a_scenario_may_be_given_by_its_file(file, ensemble):
    again = laboratory.simulate(file, 8, seed=SEED)
    pd.testing.assert_frame_equal(again.outcomes, ensemble.outcomes.iloc[:8])


def test_a_seed_is_found_where_none_is_given(scenario):
    one, two = (laboratory.simulate(scenario, 1) for _ in range(2))
    assert one.manifest.seed != two.manifest.seed
    again = laboratory.simulate(scenario, 1, seed=one.manifest.seed)
    pd.testing.assert_frame_equal(again.outcomes, one.outcomes)


def test_replicates_share_their_numbers(scenario):
    ensemble = laboratory.simulate(scenario, 12, seed=SEED, replicates=4)
    assert list(ensemble.outcomes["draw"]) == [0] * 4 + [1] * 4 + [2] * 4
    assert len(ensemble.parameters) == 3
    assert ensemble.parameters["people.organiser.proximity"].nunique() == 3


def test_numbers_stay_within_their_priors(scenario, ensemble):
    known = laboratory.histories_of(ensemble, scenario).draws(np.arange(RUNS))
    drawn = ensemble.parameters
    assert set(drawn.columns) == set(known)
    assert drawn["people.organiser.proximity"].between(0.7, 0.9).all()
    assert drawn["people.organiser.proximity"].nunique() == RUNS // 8


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"runs": 0}, "0 histories are none"),
        ({"replicates": 0}, "0 histories of each draw"),
        ({"seed": -1}, "-1 is no seed"),
        ({"seed": 2**63}, f"{2**63} is no seed"),
        ({"workers": -2}, "-2 workers"),
    ],
)
def test_numbers_that_make_no_sense(scenario, how, words):
    with pytest.raises(VertikalError, match=words):
        laboratory.simulate(scenario, **({"runs": 8} | how))


def test_histories_refuse_what_is_no_seed(scenario):
    with pytest.raises(VertikalError, match="is no seed"):
        Histories(scenario, 2**64)


def test_progress_is_told_to_the_end(scenario):
    told = []
    laboratory.simulate(scenario, 8, seed=1, progress=lambda *how: told.append(how[:2]))
    assert told == [(0, 8), (8, 8)]


# resume and extend --------------------------------------------------------------------------------


def test_extending_leaves_what_is_there(scenario, tmp_path, ensemble):
    laboratory.simulate(scenario, 50, seed=SEED, out=tmp_path / "run")
    longer = laboratory.extend(tmp_path / "run", RUNS - 50)
    pd.testing.assert_frame_equal(longer.outcomes, ensemble.outcomes)
    with pytest.raises(VertikalError, match="0 histories are none"):
        laboratory.extend(tmp_path / "run", 0)


def test_resuming_a_complete_run_gives_it_back(folder):
    before = commands.parquet(folder)
    assert laboratory.resume(folder).runs == RUNS
    assert commands.parquet(folder) == before


@pytest.mark.parametrize("verb", [laboratory.resume, lambda path: laboratory.extend(path, 8)])
def test_there_must_be_a_run_to_go_on_with(tmp_path, verb):
    with pytest.raises(VertikalError, match="no such folder"):
        verb(tmp_path / "nowhere")
    with pytest.raises(VertikalError, match="not a run directory"):
        verb(tmp_path)


def test_an_interrupted_run_is_finished_with_the_same_bytes(scenario, tmp_path):
    runs = 3 * RUNS_PER_BLOCK + 40

    def impatient(done, total, seconds):
        if done:
            raise KeyboardInterrupt

    out = tmp_path / "run"
    with pytest.raises(VertikalError, match=f"of {runs} histories are safe") as caught:
        laboratory.simulate(scenario, runs, seed=SEED, out=out, workers=1, progress=impatient)
    assert caught.value.exit_code == 130
    assert opened(out).runs == 2 * RUNS_PER_BLOCK, (
        "the block in work is finished, no other is begun"
    )
    assert laboratory.resume(out).is_complete
    laboratory.simulate(scenario, runs, seed=SEED, out=tmp_path / "other", workers=2)
    assert commands.parquet(out) == commands.parquet(tmp_path / "other")


def test_a_run_knows_its_scenario(scenario, ensemble, folder, tmp_path):
    assert laboratory.scenario_of(opened(folder)).digest == scenario.digest
    with pytest.raises(VertikalError, match="in memory does not hold its scenario"):
        laboratory.scenario_of(ensemble)


def test_what_was_played_with_central_values_goes_on_with_them(scenario, tmp_path):
    laboratory.simulate(scenario, 8, seed=SEED, out=tmp_path / "run", fixed=True)
    ensemble = opened(tmp_path / "run")
    assert laboratory.histories_of(ensemble).fixed
    longer = laboratory.extend(tmp_path / "run", 8)
    whole = laboratory.simulate(scenario, 16, seed=SEED, fixed=True)
    pd.testing.assert_frame_equal(longer.outcomes, whole.outcomes)
    assert longer.parameters.empty


def test_central_values_and_draws_use_one_program(scenario, monkeypatch):
    """Neither `fixed` nor a patch of numbers may cost the user another compilation."""
    laboratory.simulate(scenario, 1, seed=SEED)

    def refuse(*_):
        raise AssertionError("compiled again")

    monkeypatch.setattr("vertikal.engine.backend.compiled", refuse)
    laboratory.simulate(scenario, 1, seed=SEED, fixed=True)


def test_variants_that_change_numbers_use_one_program(file, scenario, monkeypatch):
    laboratory.simulate(scenario, 1, seed=SEED)

    def refuse(*_):
        raise AssertionError("compiled again")

    monkeypatch.setattr("vertikal.engine.backend.compiled", refuse)
    for how in (
        {"variant": "no-cover"},
        {"set": ["offices.security.coercion=0", "leader.control=1"]},
        {"patches": [{"pacts": {"engineers": {"guards": None}}}]},
        {"patches": [{"judgement": {"spread": 0}}]},
        {"patches": [{"bonds": {"engineers": {"guards": 1}}}]},
        {"patches": [{"mechanisms": {"off": ["attack"]}}]},
    ):
        laboratory.simulate(load(file, **how), 1, seed=SEED)


# contrast -----------------------------------------------------------------------------------------


def test_a_contrast_is_the_difference_of_two_ensembles(file, ensemble):
    found = laboratory.contrast(file, variant="no-cover", runs=RUNS, seed=SEED)
    after = laboratory.simulate(load(file, variant="no-cover"), RUNS, seed=SEED)
    effect = found.of("organiser-stays")
    one, two = (e.outcomes["organiser-stays"].to_numpy() for e in (ensemble, after))
    assert (effect.up, effect.down) == (int((two & ~one).sum()), int((one & ~two).sum()))
    assert effect.difference == pytest.approx(two.mean() - one.mean())
    assert found.unpaired == 0
    years = found.of("leader-exit", "years")
    lived = [
        e.outcomes["leader-exit"].fillna(laboratory.horizon_of(e.manifest)).mean()
        for e in (ensemble, after)
    ]
    assert years.difference == pytest.approx(lived[1] - lived[0])
    ways = [e for e in found.effects if e.outcome == "leader-exit.is"]
    shares = [e.outcomes["leader-exit.is"].value_counts() / RUNS for e in (ensemble, after)]
    for way in ways:
        if way.value != "never":
            assert (way.before, way.after) == pytest.approx([s[way.value] for s in shares])
    assert sum(way.difference for way in ways) == pytest.approx(0, abs=1e-9)
    assert {way.value for way in ways} == {
        *ensemble.outcomes["leader-exit.is"].cat.categories,
        "never",
    }


def test_a_patch_of_nothing_that_matters_changes_nothing(file):
    found = laboratory.contrast(
        file, patches=[{"title": "Another title"}], runs=32, seed=SEED
    )  # the digest differs, the histories do not
    assert all(e.up == e.down == 0 for e in found.effects)


def test_a_mechanism_switched_off_is_no_longer_felt(file):
    """No attacks, no losses by attack: nobody but death and age takes the organiser away."""
    found = laboratory.contrast(
        file, patches=[{"mechanisms": {"off": ["attack"]}}], runs=RUNS, seed=SEED
    )
    effect = found.of("organiser-stays")
    assert effect.up > effect.down


def test_contrasts_that_make_no_sense(file, scenario, ensemble):
    with pytest.raises(VertikalError, match="both arms are the same"):
        laboratory.contrast(file, runs=8)
    with pytest.raises(VertikalError, match="needs the name or the file"):
        laboratory.contrast(scenario, variant="no-cover")
    with pytest.raises(VertikalError, match="do not share chance"):
        laboratory.compare(ensemble, laboratory.simulate(scenario, 8, seed=SEED + 1))
    with pytest.raises(VertikalError, match="do not share chance"):
        laboratory.compare(ensemble, laboratory.simulate(scenario, 8, seed=SEED, replicates=4))
    walks = Walks(seed=SEED, replicates=8)
    stranger = work(walks, walks.manifest(8))
    with pytest.raises(VertikalError, match="share no outcome"):
        laboratory.compare(ensemble, stranger)
    longer = load(file, patches=[WINDOWS | {"clock": TEN_YEARS}])
    with pytest.raises(VertikalError, match=r"different clocks: 60 ticks .* and 120 ticks"):
        laboratory.compare(ensemble, laboratory.simulate(longer, 8, seed=SEED))
    with pytest.raises(VertikalError, match="one takes central values"):
        laboratory.compare(ensemble, laboratory.simulate(scenario, 8, seed=SEED, fixed=True))
    with pytest.raises(VertikalError, match="both arms are the same"):
        laboratory.compare(ensemble, laboratory.simulate(scenario, 8, seed=SEED))


def test_progress_of_a_contrast_covers_both_arms(file):
    told = []
    laboratory.contrast(
        file, variant="no-cover", runs=8, seed=1, progress=lambda *how: told.append(how)
    )
    assert [how[:2] for how in told] == [(0, 16), (8, 16), (8, 16), (16, 16)]
    seconds = [how[2] for how in told]
    assert seconds == sorted(seconds), "those of the second arm come on top of the first's"


# frequencies, incidences, docking -----------------------------------------------------------------


def test_frequencies_are_shares_of_histories(ensemble):
    found = laboratory.outcome_frequencies(ensemble)
    (stays,) = found.of("organiser-stays")
    assert stays.estimate == ensemble.outcomes["organiser-stays"].mean()
    assert stays.low <= stays.estimate <= stays.high
    ever = found.of("leader-exit")[0]
    assert ever.estimate == ensemble.outcomes["leader-exit"].notna().mean()
    assert (found.runs, found.failed, found.draws) == (RUNS, 0, RUNS // 8)


def test_incidences_add_up_to_how_often_it_comes(ensemble):
    incidence = laboratory.incidences(ensemble)["leader-exit"]
    table = ensemble.outcomes
    for mode, share in zip(incidence.modes, incidence.share[:, -1], strict=True):
        assert share == pytest.approx((table["leader-exit.is"] == mode).mean())
    assert incidence.remaining[-1] == pytest.approx(table["leader-exit"].isna().mean())
    assert incidence.horizon == pytest.approx(laboratory.horizon_of(ensemble.manifest))


def test_docking_needs_a_record(file, ensemble, scenario):
    assert laboratory.docking(ensemble, scenario) is None
    history = {"organiser-stays": True, "leader-exit": {"date": "2002-03", "how": "death"}}
    recorded = load(file, patches=[{"history": history}])
    rates = {"leader-exit.is": BaseRate(0.5, "made up for this test")}
    found = laboratory.docking(ensemble, recorded, rates)
    docks = {d.outcome: d for d in found.docks}
    assert docks.keys() == {"organiser-stays", "leader-exit", "leader-exit.is"}
    stays = docks["organiser-stays"]
    assert (stays.hits, stays.runs) == (int(ensemble.outcomes["organiser-stays"].sum()), RUNS)
    assert docks["leader-exit.is"].hits == (ensemble.outcomes["leader-exit.is"] == "death").sum()
    assert docks["leader-exit.is"].base == 0.5
    march = docks["leader-exit"]
    assert march.time == pytest.approx(2 + 2.5 / 12, abs=0.02), "the middle of March 2002"
    assert march.window == pytest.approx(0.25 + 0.5 / 12, abs=0.02), "a twentieth of five years"
    near = (ensemble.outcomes["leader-exit"] - march.time).abs() <= march.window
    assert march.hits == near.sum()


@pytest.mark.parametrize(
    ("patch", "date", "middle", "window"),
    [
        ({}, "2001-03", 1 + 2.5 / 12, 5 / 20 + 0.5 / 12),
        (WINDOWS | {"clock": TEN_YEARS}, "2002-03", 2 + 2.5 / 12, 0.5 + 0.5 / 12),
        (WINDOWS | {"clock": THIRTY_YEARS}, "2002-03", 2 + 2.5 / 12, 0.5 + 0.5 / 12),
        # half of the year before the clock
        (WINDOWS | {"clock": LATER}, "2000", 0.25, 0.5 + 0.25),
    ],
)
def test_a_date_is_met_within_half_a_year_or_a_twentieth_of_what_is_played(
    file, patch, date, middle, window
):
    asked = {"leader-exit": {"date": date, "how": "death"}}
    scenario = load(file, patches=[patch | {"history": asked}])
    ensemble = laboratory.simulate(scenario, 16, seed=SEED)
    found = {d.outcome: d for d in laboratory.docking(ensemble, scenario).docks}["leader-exit"]
    assert (found.time, found.window) == pytest.approx((middle, window), abs=0.02)


def test_recorded_numbers_are_placed_and_docked_within_a_window(file, ensemble, scenario):
    assert laboratory.predictive(ensemble, scenario) is None
    number = next(s.name for s in ensemble.manifest.outcomes if s.kind == "number")
    middle = float(ensemble.outcomes[number].median())
    history = {number: middle, "organiser-stays": True, "leader-exit": "never"}
    recorded = load(file, patches=[{"history": history}])
    found = {p.outcome: p for p in laboratory.predictive(ensemble, recorded).places}
    assert found.keys() == {number, "leader-exit"}
    assert found[number].is_within
    assert found[number].quantile == pytest.approx(0.5, abs=0.1)
    assert found["leader-exit"].recorded == np.inf
    docks = {d.outcome: d for d in laboratory.docking(ensemble, recorded).docks}
    near = (ensemble.outcomes[number] - middle).abs() <= docks[number].window + 1e-9
    assert docks[number].hits == near.sum()
    wide = load(file, patches=[{"history": {number: {"value": middle, "within": 1e6}}}])
    assert laboratory.docking(ensemble, wide).docks[0].hits == len(ensemble.outcomes)


# explain ------------------------------------------------------------------------------------------


def test_a_chronicle_agrees_with_the_ensemble(scenario, ensemble):
    struck = ensemble.outcomes.query("not `organiser-stays`").index
    assert len(struck) > 3, "the scenario is too calm for this test"
    for run in struck[:3]:
        chronicle = laboratory.explain(ensemble, int(run), scenario)
        last = chronicle.state(scenario.clock.ticks)
        organiser = list(scenario.people).index("organiser")
        assert int(last.elite.status[organiser]) != 0
        share = float(last.clans.power[0] / (last.clans.power.sum() + 1e-9))
        assert share == pytest.approx(ensemble.outcomes.loc[run, "engineers-strong"], abs=1e-6)
        assert any("organiser" in e.text for e in chronicle.entries)


def test_but_for_changes_what_hangs_on_the_event(scenario, ensemble):
    histories = laboratory.histories_of(ensemble, scenario)
    struck = ensemble.outcomes.query("not `organiser-stays`").index
    changed = []
    for run in struck[:6]:
        chronicle = laboratory.explain(histories, int(run))
        kinds = {e.event.kind for e in chronicle.entries if e.event}
        if "attack" not in kinds:
            continue
        tests = laboratory.explain_but_for(histories, chronicle, ["attack"])
        actual = ensemble.outcomes.loc[run]
        for test in tests:
            assert test.event.kind == "attack" or "attack" in test.event.text
            assert test.outcomes.loc["organiser-stays", "as it was"] == actual["organiser-stays"]
        changed += [t for t in tests if "organiser-stays" in t.changed]
    assert changed, "in six histories no attack decides the fate of the one who was struck"


def test_what_cannot_be_suppressed_is_said(scenario, ensemble):
    histories = laboratory.histories_of(ensemble, scenario)
    chronicle = laboratory.explain(histories, 0)
    with pytest.raises(VertikalError, match="the scenario imposes it"):
        laboratory.explain_but_for(histories, chronicle, ["foreign crisis"])
    with pytest.raises(VertikalError, match="no event of history 0 matches 'xyzzy'"):
        laboratory.explain_but_for(histories, chronicle, ["xyzzy"])


@pytest.mark.parametrize("run", [-1, 2**32])
def test_there_are_no_such_histories(scenario, ensemble, run):
    with pytest.raises(VertikalError, match="there is no history"):
        laboratory.explain(ensemble, run, scenario)


def test_an_ensemble_tells_its_own_histories(scenario, ensemble):
    with pytest.raises(VertikalError, match=f"it has histories 0 to {RUNS - 1}"):
        laboratory.explain(ensemble, RUNS, scenario)
    histories = laboratory.histories_of(ensemble, scenario)
    assert laboratory.explain(histories, RUNS).run == RUNS


@pytest.mark.parametrize("name", ["S7", "gkchp"])
def test_no_mechanism_is_left_out_without_a_word(name):
    """What a clock leaves out and what is at work are together what any clock would admit."""
    scenario = load(name)
    left_out = {m.name for m in notes.left_out_by_clock(scenario)}
    used = {m.name for m in world.used_mechanisms(scenario)}
    assert not left_out & used
    for step in CLOCKS:
        clock = scenario.clock.model_copy(update={"step": step})
        other = scenario.model_copy(update={"clock": clock})
        there = {m.name for m in world.used_mechanisms(other)}
        missing = {m.name for m in notes.left_out_by_clock(other)}
        assert there | missing == used | left_out
        assert not there & missing


def test_the_package_offers_the_verbs():
    import vertikal

    assert vertikal.simulate is laboratory.simulate
    assert set(vertikal.__all__) <= set(dir(vertikal))
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        vertikal.simulat  # noqa: B018


def test_what_only_some_commands_need_is_not_imported_before_histories_are_played():
    """A start is made of imports; `python -X importtime` says of which."""
    script = (
        "import sys; import vertikal.laboratory; "
        "print([m for m in ('scipy.special', 'xarray', 'altair') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
