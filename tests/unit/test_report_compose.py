"""What the report of a run is made of, held against the run itself."""

import dataclasses
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests import commands
from vertikal import laboratory
from vertikal.analysis import predictive
from vertikal.engine.blocks import Block
from vertikal.engine.histories import RUNS_PER_BLOCK
from vertikal.engine.simulate import Interrupted
from vertikal.engine.store import MemoryStore
from vertikal.errors import VertikalError
from vertikal.regime.events import Weight
from vertikal.report import compose as composing
from vertikal.report.compose import base_rates, compose, parameter_facts
from vertikal.report.page import render
from vertikal.report.words import count
from vertikal.scenario import load

RUNS, SEED = 96, 5


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return commands.starter(tmp_path_factory.mktemp("compose"))


@pytest.fixture(scope="module")
def scenario(file):
    history = {"organiser-stays": True, "leader-exit": {"date": "2002-03", "how": "death"}}
    return load(file, patches=[{"history": history}])


@pytest.fixture(scope="module")
def ensemble(scenario):
    return laboratory.simulate(scenario, RUNS, seed=SEED)


@pytest.fixture(scope="module")
def data(ensemble, scenario):
    return compose(ensemble, scenario)


def test_an_ensemble_in_memory_needs_its_scenario(ensemble):
    with pytest.raises(VertikalError, match="does not hold its scenario"):
        compose(ensemble)


def test_what_was_played_is_named(data, scenario):
    facts = data.scenario
    assert (facts.name, facts.digest) == ("tiny", scenario.digest)
    assert (f"{facts.clock.start:%F}", f"{facts.clock.end:%F}") == ("2000-01-01", "2004-12-31")
    assert "3 people" in facts.description[0]
    assert "16 of the rank and file" in facts.description[0]
    assert "1 dated event." in facts.description[1]
    assert (data.ensemble.runs, data.ensemble.draws) == (RUNS, RUNS // 8)
    assert data.ensemble.failures == {}
    assert data.ensemble.seed == str(SEED)
    assert data.caveats[: len(composing.GENERAL_CAVEATS)] == composing.GENERAL_CAVEATS


def test_every_question_is_answered(data, scenario, ensemble):
    assert [o.name for o in data.outcomes] == list(scenario.outcomes)
    stays = data.frequencies.of("organiser-stays")[0]
    assert stays.estimate == ensemble.outcomes["organiser-stays"].mean()
    (incidence,) = data.incidences
    assert incidence.outcome == "leader-exit"
    middle = pytest.approx(2 + 2.5 / 12, abs=0.01)
    assert incidence.recorded == (middle, "death", "Mar 2002"), "known to the month"
    assert {e.date[:10]: e.title for e in data.events} == {"2004-06-01": "A foreign crisis"}


def test_failures_are_counted(ensemble, scenario):
    table = ensemble.outcomes.copy()
    table["status"] = table["status"].cat.add_categories(["not finite"])
    table.loc[[3, 7], "status"] = "not finite"
    spoilt = dataclasses.replace(ensemble)
    spoilt.__dict__["outcomes"] = table
    assert composing._ensemble_facts(spoilt).failures == {"not finite": 2}
    assert not {3, 7} & set(composing._surprise(spoilt).index)


def test_a_run_of_which_no_history_finished_says_where_to_look(ensemble, scenario, tmp_path):
    table = ensemble.outcomes.copy()
    table["status"] = pd.Categorical(["not finite"] * len(table))
    spoilt = dataclasses.replace(ensemble, path=tmp_path)
    spoilt.__dict__["outcomes"] = table
    with pytest.raises(VertikalError, match=f"none of its {RUNS} histories.*not finite") as caught:
        compose(spoilt, scenario)
    assert caught.value.where == str(tmp_path)
    assert f"`status` of the files {tmp_path}/outcomes/" in caught.value.mend


def test_a_report_of_an_unfinished_run_says_so(scenario, data, tmp_path):
    out, planned = tmp_path / "run", 3 * RUNS_PER_BLOCK

    def impatient(done, total, seconds):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        laboratory.simulate(scenario, planned, seed=SEED, out=out, workers=1, progress=impatient)
    unfinished = laboratory.open_ensemble(out)
    assert 0 < unfinished.runs < unfinished.manifest.runs
    found = compose(unfinished)
    assert (found.ensemble.runs, found.ensemble.planned) == (unfinished.runs, planned)
    assert f"--runs {unfinished.runs} --seed {SEED}" in found.commands[0]
    page = render(found)
    assert page.index("This run is unfinished") < page.index('id="asked"')
    assert f"{count(unfinished.runs)} of the {count(planned)} histories planned" in page
    assert "The run is unfinished" in page[page.index('id="again"') :]
    assert not data.commands, "in memory, where what was changed is not known"
    assert "unfinished" not in render(data)


def test_fans_are_quantiles_of_the_series(data, ensemble):
    share, whole = (
        next(f for f in data.fans if f.fan.name == name) for name in ("clans.share", "regime")
    )
    assert share.fan.rows == ("engineers", "guards"), "clans that act; the court is none"
    assert share.unit == "share"
    series = ensemble.series(["clans.share", "leadership.control", "coercion.fear"])
    levels = share.fan.probabilities
    for row, clan in enumerate(share.fan.rows):
        values = series["clans.share"].sel(clan=clan).values
        expected = np.quantile(values, levels, axis=0).T
        np.testing.assert_allclose(share.fan.quantiles[row], expected, atol=1e-6)
    assert set(whole.fan.rows) == {"leadership.control", "coercion.fear"}
    control = whole.fan.quantiles[whole.fan.rows.index("leadership.control")]
    expected = np.quantile(series["leadership.control"].values, levels, axis=0).T
    np.testing.assert_allclose(control, expected, atol=1e-6)


def test_the_typical_history_is_commoner_than_the_surprising_one(data, ensemble):
    surprise = composing._surprise(ensemble)
    typical, surprising = data.chronicles
    assert (typical.kind, surprising.kind) == ("typical", "surprising")
    assert surprise[typical.run] == surprise.min() < surprise.max() == surprise[surprising.run]
    answers = ensemble.outcomes[["organiser-stays", "leader-exit"]]
    commonest = answers["organiser-stays"].mode()[0], answers["leader-exit"].notna().mode()[0]
    row = answers.loc[typical.run]
    assert (row["organiser-stays"], row["leader-exit"] == row["leader-exit"]) == commonest
    for chronicle in data.chronicles:
        dates = [e.date for e in chronicle.entries]
        assert dates == sorted(dates)
        assert len(dates) <= composing.CHRONICLE_LENGTH
        assert any(e.text == "A foreign crisis" for e in chronicle.entries)
        for e in chronicle.entries:
            same_month = e.until[:7] == e.date[:7]
            assert same_month if e.rules else e.until == ""


def test_surprise_is_reckoned_in_nats(ensemble):
    """A history with the answers of half the others has a surprise of log 2 in each."""
    table = ensemble.outcomes
    stays, came = table["organiser-stays"], table["leader-exit"].notna()
    expected = [
        -(np.log((stays == stays[r]).mean()) + np.log((came == came[r]).mean())) / 2
        for r in table.index
    ]
    np.testing.assert_allclose(composing._surprise(ensemble), expected, rtol=1e-12)


def test_long_chronicles_lose_their_minor_events_first(scenario, ensemble):
    chronicle = laboratory.explain(ensemble, 0, scenario)
    scripted = next(e for e in chronicle.entries if e.event is None)
    event = next(e for e in chronicle.entries if e.event is not None)
    minor, notable, major = (
        dataclasses.replace(event, weight=w) for w in (Weight.MINOR, Weight.NOTABLE, Weight.MAJOR)
    )
    length = composing.CHRONICLE_LENGTH
    assert composing._worth_telling([minor] * length) == [minor] * length
    kept = composing._worth_telling([minor] * length + [notable] * 5 + [scripted])
    assert kept == [notable] * 5 + [scripted]
    kept = composing._worth_telling([notable] * (length + 1) + [major, scripted])
    assert kept == [major, scripted]


def test_the_network_is_that_of_the_typical_history(data, ensemble, scenario):
    chronicle = laboratory.explain(ensemble, data.chronicles[0].run, scenario)
    snapshots = data.network.snapshots
    assert snapshots[0].date[:10] == "2000-01-01"
    last = chronicle.state(scenario.clock.ticks)
    people = {p.id: p for p in snapshots[-1].persons}
    assert people.keys() == scenario.people.keys()
    for number, name in enumerate(scenario.people):
        assert people[name].power == pytest.approx(float(last.elite.power[number]))
        assert people[name].is_active == (int(last.elite.status[number]) == 0)
    assert sum(p.is_leader for p in people.values()) == 1
    start = snapshots[0]
    assert {(t.client, t.patron) for t in start.ties} >= {("organiser", "leader")}
    (pact,) = (p for p in start.pacts if p.borrower == "engineers")
    assert pact.lender == "guards"
    assert pact.share == pytest.approx(0.5, abs=0.1001)


def test_numbers_in_doubt_are_listed_with_their_basis(scenario):
    facts = {f.address: f for f in parameter_facts(scenario)}
    assert facts["people.organiser.proximity"].value == 0.8
    assert facts["succession.noise"].why
    assert all(f.basis for f in facts.values())
    assert "people.engineers-01.proximity" not in facts, "the rank and file differ by chance"
    assert list(facts).index("succession.noise") < list(facts).index("people.organiser.proximity")
    stated = load(scenario_file(scenario), set=["succession.noise=0.25"])
    fact = next(f for f in parameter_facts(stated) if f.address == "succession.noise")
    assert (fact.value, fact.why) == (0.25, "Set by the scenario.")


def scenario_file(scenario):
    """The file that a scenario was read from."""
    return next(str(o).rpartition(":")[0] for o in scenario.origins().values() if ".yaml" in str(o))


def test_base_rates_come_from_the_reference_data(scenario):
    rates = base_rates(scenario)
    assert rates.keys() == {"leader-exit.is"}
    rate = rates["leader-exit.is"]
    assert 0 < rate.probability < 1
    assert "Archigos" in rate.source
    plain = load(scenario_file(scenario))
    assert base_rates(plain) == {}, "nothing is on record"


def test_docking_is_part_of_the_report(data, ensemble):
    docks = {d.outcome: d for d in data.docking.docks}
    assert docks["organiser-stays"].hits == ensemble.outcomes["organiser-stays"].sum()
    assert docks["leader-exit.is"].base > 0


def test_the_page_can_be_drawn(data):
    page = render(data)
    for words in ("A leader, two clans and a question", "A foreign crisis"):
        assert words in page
    assert f"History {data.chronicles[0].run}" in page


def test_recorded_numbers_have_their_place_on_the_page(data):
    name = "engineers-strong"
    places = predictive(pd.DataFrame({name: np.arange(100) / 100}), {name: 0.985})
    page = render(dataclasses.replace(data, predictive=places))
    assert "Recorded numbers among those foretold" in page
    assert ", outside" in page
    assert "98%" in page
    assert "Recorded numbers among those foretold" not in render(data), "only times are recorded"


def test_histories_that_failed_are_in_no_fan(ensemble, scenario):
    """A quantity that is beyond its range makes a history fail, and would draw any band to it."""
    whole = compose(ensemble, scenario)
    table = ensemble.store.read("outcomes", 0)
    status = np.array(["ok"] * RUNS, object)
    status[: RUNS // 2] = "out of bounds: coercion.fear"
    place = table.schema.get_field_index("status")
    marked = table.set_column(place, "status", pa.array(status).dictionary_encode())
    store = MemoryStore(ensemble.manifest)
    others = (ensemble.store.read(name, 0) for name in ("series", "parameters"))
    store.write(0, ensemble.store.finished()[0], Block(marked, *others), 0.0)
    half = compose(dataclasses.replace(ensemble, store=store), scenario)
    for one, other in zip(half.fans, whole.fans, strict=True):
        assert one.fan.runs == RUNS // 2 < other.fan.runs


def test_what_a_change_does_is_told_of_runs_that_share_chance(file, tmp_path):
    plain, other = tmp_path / "plain", tmp_path / "no-organiser"
    base = laboratory.simulate(load(file), 24, seed=SEED, out=plain)
    changed = load(file, set={"people.organiser.indispensability": 0.1})
    laboratory.simulate(changed, 24, seed=SEED, out=other)
    (told,) = compose(base, changed=[laboratory.open_ensemble(other)]).contrasts
    assert told.title == "no-organiser"
    assert told.text == "Changed: people.organiser.indispensability = 0.1."
    again = laboratory.compare(base, laboratory.open_ensemble(other))
    assert [e.difference for e in told.contrast.effects] == [e.difference for e in again.effects]
    weaker = tmp_path / "tiny"
    pact = load(file, set={"pacts.engineers.guards": 0.0})
    laboratory.simulate(pact, 24, seed=SEED, out=weaker)
    (told,) = compose(base, changed=[laboratory.open_ensemble(weaker)]).contrasts
    assert told.text == "Changed: pacts.engineers.guards = 0.0."
    page = commands.command("report", plain, "--with", other, "--out", tmp_path / "r.html")
    assert page.code == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "What a change would do" in text
    assert "no-organiser" in text
    stranger = tmp_path / "stranger"
    laboratory.simulate(changed, 24, seed=SEED + 1, out=stranger)
    refused = commands.command("report", plain, "--with", stranger)
    assert refused.code == 2
    assert "do not share chance" in refused.err


def test_the_commands_of_a_report_make_it_again(file, tmp_path, monkeypatch):
    """They are given in the folder of the run, wherever the changed runs lie."""
    monkeypatch.chdir(tmp_path)
    changed = load(file, set={"people.organiser.indispensability": 0.1})
    laboratory.simulate(load(file), 24, seed=SEED, out="runs/plain")
    laboratory.simulate(changed, 24, seed=SEED, out="other runs/less needed")
    other = laboratory.open_ensemble(tmp_path / "other runs" / "less needed")
    told = compose(laboratory.open_ensemble("runs/plain"), changed=[other])
    monkeypatch.chdir(tmp_path / "runs" / "plain")
    for line in told.commands:
        assert commands.command(*shlex.split(line)[1:]).code == 0, line
    assert commands.parquet(Path("less needed")) == commands.parquet(other.path)
    assert "less needed" in Path("tiny/report.html").read_text("utf-8")
    page = render(told)
    assert page.index("In the folder of the run:") < page.index("vertikal run scenario.yaml")


def test_runs_of_one_name_are_made_again_apart(file, tmp_path):
    base = laboratory.simulate(load(file), 8, seed=SEED, out=tmp_path / "plain")
    changed = load(file, set={"people.organiser.indispensability": 0.1})
    other = laboratory.simulate(changed, 8, seed=SEED, out=tmp_path / "tiny")
    assert composing._commands(base, [other]) == (
        f"vertikal run scenario.yaml --runs 8 --seed {SEED} --out tiny-1",
        f"vertikal run ../tiny/scenario.yaml --runs 8 --seed {SEED} --out tiny-2",
        "vertikal report tiny-1 --with tiny-2",
    )


def test_no_command_makes_a_run_of_other_replicates_again(file, tmp_path):
    out = tmp_path / "pairs"
    pairs = laboratory.simulate(load(file), 8, seed=SEED, out=out, replicates=2)
    assert composing._commands(pairs, []) == ()


def test_what_is_asked_anew_is_told():
    row = {"first": "coercion.fear > 0.5", "from": "1953-03-01T00:00:00"}
    told = composing._declared(row | {"anew": True}, "first")
    assert told == "first: coercion.fear > 0.5; anew; from: 1953-03-01T00:00:00"
    assert "anew" not in composing._declared(row, "first")
