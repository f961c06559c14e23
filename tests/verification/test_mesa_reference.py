"""The court against the same mechanisms written independently for Mesa, in distribution.

The two share the scenario and the equations, but neither code nor random numbers, so only
distributions can agree. Rates are raised so that within three years everything happens often:
attacks, betrayals, coups, removals, successions, sentences, appointments, ends of clans.
"""

import numpy as np
import pytest

from vertikal.engine.histories import Histories
from vertikal.regime.regime import Status
from vertikal.theory.coalitions import members, urc

pytest.importorskip("mesa")

from benchmarks import world
from benchmarks.court_mesa import Court
from benchmarks.court_mesa.formulas import ruling_coalition

OURS, THEIRS = 2048, 150
SIZE = {"persons": 24, "clans": 5, "offices": 12, "months": 36}
LIVELY = {
    "attack": {"rate": 8},
    "pact": {"rate": 3},
    "betrayal": {"rate": 6, "reluctance": 0},
    "personal_power": {"hidden_grabs": 1.5, "residual": 0.1},
    "purge_of_losers": {"rate": 1.5},
    "coup": {"rate": 12},
    "succession": {"retest": 2},
    "mortality": {"level": 0.04},
    "entry": {"rate": 3},
    "appointment": {"rate": 9},
    "clan_ends": {"cover_needed": 0.4, "grace": 0.5},
}
SERIES = (
    *(
        f"clans.{field}"
        for field in (
            "share", "power", "cover", "coercion", "cohesion", "placement", "exposure", "favour",
            "defeated", "since_betrayal", "losses", "fate", "members", "office_share", "excluded",
        )
    ),
    *(
        f"leadership.{field}"
        for field in (
            "leader", "control", "personal_power", "established", "reign", "horizon", "exits",
            "exit_mode",
        )
    ),
    *(f"policy.{field}" for field in (
        "rationality", "agenda", "legal_order", "entrant_quality", "capability", "force",
    )),
    *(f"coercion.{field}" for field in ("fear", "terror", "wave")),
    *(f"military_industry.{field}" for field in (
        "tension", "spending", "influence", "quality", "apparent_quality",
    )),
    *(f"moves.{field}" for field in (
        "attack", "means", "repelled", "grade", "betrayer", "plotter", "coup_success",
    )),
    *(f"elite.{field}[clan1-chief1]" for field in (
        "power", "loyalty", "proximity", "indispensability", "exposure", "severity",
        "sincerity", "offices",
    )),
    *(f"elite.{field}[clan2-01]" for field in ("age", "competence", "ambition", "clan")),
    "elite.status",
    "elite.mix[technocrat, clan3-chief1]",
    "elite.mix[corruptionist, clan4-chief2]",
)  # fmt: skip

TOTALS = ("persons out of play", "cadres out of play")


def scenario(**parameters):
    return world.court(*SIZE.values(), series=SERIES, parameters=LIVELY | parameters, spread=0.0)


def play_mesa(court, histories, columns, first=0):
    played = (Court(court, seed).play() for seed in range(first, first + histories))
    variables = [p.datacollector.model_vars for p in played]
    return with_totals(columns, np.array([[found[c] for c in columns] for found in variables]))


def with_totals(columns, series):
    """Series `[runs, columns, ticks]` and how many persons and cadres are out of play."""
    people = [k for k, c in enumerate(columns) if c.startswith("elite.status")]
    cadres = [k for k in people if columns[k][-3:-1].isdigit()]
    out = [(series[:, rows] != Status.ACTIVE).sum(1) for rows in (people, cadres)]
    return np.concatenate([series, np.stack(out, 1)], 1)


@pytest.fixture(scope="module")
def courts():
    """Columns, our series and Mesa's, each `[runs, columns, ticks]`, and our outcomes."""
    court = scenario()
    histories = Histories(court, 1953, fixed=True)
    columns = histories.series_columns
    block = histories.run_block(0, OURS)
    ours = np.stack([block.series[c].to_numpy().reshape(OURS, -1) for c in columns], 1)
    outcomes = block.outcomes.to_pandas()
    theirs = play_mesa(court, THEIRS, columns)
    return (*columns, *TOTALS), with_totals(columns, ours.astype(float)), theirs, outcomes


def scores(ours, theirs):
    """Differences of means in Monte Carlo standard errors, from the pooled variance.

    Neither rounding in single precision nor half a history, in the smaller sample, that went from
    one extreme to the other (the continuity correction of counts) is a difference.
    """
    runs = len(ours) + len(theirs)
    both = np.concatenate([ours, theirs])
    error = np.sqrt(both.var(0, ddof=1) * runs / (len(ours) * len(theirs)))
    gap = theirs.mean(0) - ours.mean(0)
    slack = 2e-5 * (1 + np.abs(both).max(0)) + np.ptp(both, 0) / (2 * len(theirs))
    return np.sign(gap) * np.maximum(np.abs(gap) - slack, 0.0) / np.maximum(error, 1e-9)


def offenders(columns, found, limit=4.0):
    return {c: round(float(z), 1) for c, z in zip(columns, found, strict=True) if abs(z) > limit}


def summaries(series):
    return {"mean over time": series.mean(2), "half way": series[..., 17], "end": series[..., -1]}


@pytest.mark.parametrize("which", ["mean over time", "half way", "end"])
def test_series_have_the_same_means(courts, which):
    columns, ours, theirs, _ = courts
    found = scores(summaries(ours)[which], summaries(theirs)[which])
    assert not offenders(columns, found)


def test_no_excess_of_small_differences(courts):
    _, ours, theirs, _ = courts
    # scores of one quantity hang together, so the bound is wide; all zero would be no test at all
    found = scores(ours.mean(2), theirs.mean(2))
    assert 0.4 < np.sqrt((found**2).mean()) < 1.5


def test_series_have_the_same_spread(courts):
    columns, ours, theirs, _ = courts
    centre = ours.mean(0)
    found = scores(((ours - centre) ** 2).mean(2), ((theirs - centre) ** 2).mean(2))
    assert not offenders(columns, found)


def test_outcomes_are_as_frequent(courts):
    columns, _, theirs, outcomes = courts
    at = {c: theirs[:, k] for k, c in enumerate(columns)}
    exits, mode = at["leadership.exits"], at["leadership.exit_mode"]
    gone = exits[:, -1] >= 1
    first = np.where(gone, (exits >= 1).argmax(1), 0)
    how = mode[np.arange(len(first)), first]
    modes = {"death": 1, "coup": 2, "elite_removal": 3}
    leaders = list(scenario().people)
    mesa = {"exit": gone, "attacked": at["moves.attack"].any(1)}
    ours = {"exit": outcomes["exit"].notna(), "attacked": outcomes["attacked"]}
    for name, code in modes.items():
        mesa[name] = gone & (how == code)
        ours[name] = outcomes["exit.is"] == name
    for person in ("leader", "clan1-chief1", "clan3-chief1"):
        mesa[person] = at["leadership.leader"][:, -1] == leaders.index(person)
        ours[person] = outcomes["last-leader"] == person
    found = scores(*(np.stack([*side.values()], 1).astype(float) for side in (ours, mesa)))
    assert not offenders(ours, found)
    assert all(np.mean(ours[name]) > 0.005 for name in ("exit", *modes))  # it does happen


def test_times_of_exit_agree(courts):
    columns, _, theirs, outcomes = courts
    exits = theirs[:, list(columns).index("leadership.exits")]
    when = np.where(exits[:, -1] >= 1, ((exits >= 1).argmax(1) + 0.5) / 12, np.inf)
    years = outcomes["exit"].fillna(np.inf).to_numpy()
    limits = np.array([0.5, 1.0, 1.5, 2.0, 2.5, 3.0])
    found = scores(*((t[:, None] <= limits).astype(float) for t in (years, when)))
    assert not offenders(limits.astype(str), found)


@pytest.mark.parametrize(
    "changed",
    [
        {"coup": {"rate": 50}},
        {"mortality": {"level": 0.09}},
        {"pole_drift": {"results": 0.3}},
        {"purge_of_losers": {"rate": 4}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_wrong_number_would_be_seen(courts, changed):
    columns, ours, _, _ = courts
    theirs = play_mesa(scenario(**changed), 60, columns[: -len(TOTALS)], first=10_000)
    found = scores(ours.mean(2), theirs.mean(2))
    assert offenders(columns, found)


def test_mesa_records_what_was_asked_for(courts):
    columns = courts[0]
    recorded = tuple(Court(scenario(), 1).play(1).datacollector.model_vars)
    assert (*recorded, *TOTALS) == columns


def test_mesa_refuses_a_script(tmp_path):
    from tests.small_scenario import read

    with pytest.raises(ValueError, match="no script"):
        Court(read(tmp_path))


def test_mesa_refuses_a_clock_that_changes_its_pace():
    kept = scenario()
    clock = kept.clock.model_copy(update={"then": {kept.clock.span(4)[0]: "quarter"}})
    with pytest.raises(ValueError, match="keeps its pace"):
        Court(kept.model_copy(update={"clock": clock}))


def test_the_coalition_is_that_of_the_theory():
    draw = np.random.default_rng(7)
    for _ in range(40):
        powers = draw.exponential(size=draw.integers(1, 8)).tolist()
        exact = set(members(urc(powers, 0.6).masks[0], len(powers)))
        assert ruling_coalition(powers, 0.6) == exact
    assert ruling_coalition([0.0, 2.0, 0.0], 0.5) == {1}
    assert ruling_coalition([0.0, 0.0], 0.5) == set()
