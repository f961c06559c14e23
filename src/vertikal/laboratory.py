"""The laboratory in a few verbs: load, simulate, contrast, explain, report.

What the commands do with histories are functions here, so that what an analyst does in a terminal
and what a social scientist does in Python are the same thing.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vertikal.analysis import (
    BaseRate,
    Contrast,
    Docking,
    Frequencies,
    Incidence,
    Predictive,
    dock,
    frequencies,
    outcome_incidence,
)
from vertikal.analysis import contrast as paired_contrast
from vertikal.analysis import predictive as place_records
from vertikal.analysis.records import recorded_time, records
from vertikal.analysis.replay import ButFor, Chronicle, Entry, but_for
from vertikal.analysis.replay import explain as replay
from vertikal.engine import backend, durable, seeds
from vertikal.engine.ensemble import Ensemble, open_ensemble
from vertikal.engine.histories import REPLICATES, Histories
from vertikal.engine.manifest import (
    Manifest,
    ScenarioFacts,
    new_manifest,
    same_clock,
    told_clock,
)
from vertikal.engine.simulate import Progress
from vertikal.engine.simulate import simulate as work
from vertikal.errors import VertikalError
from vertikal.scenario import world
from vertikal.scenario.loader import AnyPatch, load
from vertikal.scenario.model import Scenario

__all__ = [
    "contrast",
    "docking",
    "explain",
    "explain_but_for",
    "extend",
    "histories_of",
    "incidences",
    "load",
    "outcome_frequencies",
    "predictive",
    "resume",
    "scenario_of",
    "simulate",
]

FIXED = "central values"
"""What a manifest says of the parameters of a run in which none is drawn."""


def simulate(
    scenario: Scenario | str | Path,
    runs: int = 1000,
    *,
    seed: int | None = None,
    out: str | Path | None = None,
    workers: int | None = None,
    fixed: bool = False,
    replicates: int = REPLICATES,
    progress: Progress | None = None,
) -> Ensemble:
    """Play many histories of a scenario, over chance and over the priors at once.

    Args:
        scenario: A scenario, or the name or file of one.
        runs: How many histories.
        seed: Of all chance; a fresh one, to be found in the manifest, if not given.
        out: The run directory; without one everything is kept in memory.
        workers: Blocks of histories in work at a time.
        fixed: Whether every number takes its central value instead of being drawn from its prior.
        replicates: Histories of each parameter draw.
        progress: Is told how far the work has come.

    Raises:
        VertikalError: If the scenario is faulty, a number is out of bounds or the run directory
            cannot be used.
    """
    _check_runs(runs)
    if replicates < 1:
        raise VertikalError(
            f"{replicates} histories of each draw are none",
            where="replicates",
            mend="Ask for 1 or more.",
        )
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    histories = Histories(
        scenario, seeds.new_seed() if seed is None else seed, replicates=replicates, fixed=fixed
    )
    return work(
        histories,
        describe(histories, runs),
        out,
        scenario_yaml=scenario.to_yaml(),
        workers=workers,
        progress=progress,
    )


def _check_runs(runs: int) -> None:
    if runs < 1:
        raise VertikalError(f"{runs} histories are none", where="runs", mend="Ask for 1 or more.")


def resume(
    path: str | Path, *, workers: int | None = None, progress: Progress | None = None
) -> Ensemble:
    """Finish a run that was interrupted; the result has the same bits as if it had not been.

    Raises:
        VertikalError: If there is no run there, or it cannot be gone on with.
    """
    ensemble = open_ensemble(path)
    return _go_on(ensemble, ensemble.manifest.runs, workers, progress)


def extend(
    path: str | Path,
    runs: int,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Add histories to a finished run; those already there stay as they are.

    Args:
        path: The run directory.
        runs: How many histories to add.
        workers: Blocks of histories in work at a time.
        progress: Is told how far the work has come.

    Raises:
        VertikalError: If there is no run there, or it cannot be gone on with.
    """
    _check_runs(runs)
    ensemble = open_ensemble(path)
    return _go_on(ensemble, ensemble.manifest.runs + runs, workers, progress)


def _go_on(
    ensemble: Ensemble, runs: int, workers: int | None, progress: Progress | None
) -> Ensemble:
    histories = histories_of(ensemble)
    return work(
        histories,
        describe(histories, runs),
        ensemble.path,
        resume=True,
        workers=workers,
        progress=progress,
    )


def describe(histories: Histories, runs: int) -> Manifest:
    """The manifest of a run of these histories."""
    scenario = histories.scenario
    return new_manifest(
        scenario=ScenarioFacts(
            name=scenario.name, id=scenario.id, title=scenario.title, digest=scenario.digest
        ),
        seed=histories.seed,
        runs=runs,
        runs_per_block=histories.runs_per_block,
        replicates=histories.replicates,
        time=histories.time,
        step_years=scenario.clock.step_years,
        spells=((spell.first, spell.step_years) for spell in scenario.clock.spells[1:]),
        series=histories.series_columns,
        outcomes=histories.outcome_specs,
        variables=histories.variables,
        command=sys.argv[1:] if Path(sys.argv[0]).stem == "vertikal" else (),
        platform={
            "parameters": FIXED if histories.fixed else "drawn from priors",
            "device": backend.device(),
        },
    )


def scenario_of(ensemble: Ensemble) -> Scenario:
    """The scenario that a run directory holds.

    Raises:
        VertikalError: If the ensemble is in memory only, or its scenario file was changed.
    """
    if ensemble.path is None:
        raise VertikalError(
            "an ensemble in memory does not hold its scenario",
            mend="Give the scenario too, or simulate with `out=`.",
        )
    file = ensemble.path / "scenario.yaml"
    scenario = load(file)
    if scenario.digest != ensemble.manifest.scenario.digest:
        raise VertikalError(
            "the scenario in the run directory is not the one that was run",
            where=str(file),
            mend="Put the file, and those of mechanisms of your own, back as they were; to play a "
            "changed scenario begin a new run.",
        )
    return scenario


def histories_of(ensemble: Ensemble, scenario: Scenario | None = None) -> Histories:
    """The histories of an ensemble, ready to be played again.

    Args:
        ensemble: A run directory that was opened, or an ensemble in memory.
        scenario: What was played; read from the run directory if not given.

    Raises:
        VertikalError: If the scenario is needed and not to be had.
    """
    manifest = ensemble.manifest
    return Histories(
        scenario or scenario_of(ensemble),
        manifest.seed,
        replicates=manifest.replicates,
        fixed=manifest.platform.get("parameters") == FIXED,
        runs_per_block=manifest.runs_per_block,
    )


def contrast(
    scenario: Scenario | str | Path,
    *,
    variant: str | Sequence[str] | None = None,
    patches: Sequence[AnyPatch] = (),
    set: Mapping[str, Any] | Sequence[str] = (),
    runs: int = 1000,
    seed: int | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Contrast:
    """What a patch changes: the same histories with and without it, chance and parameters shared.

    Args:
        scenario: The name or file of a scenario.
        variant: Letter of a variant that the scenario declares, or several.
        patches: Files or mappings.
        set: `path=value` texts, or a mapping.
        runs: How many histories of each arm.
        seed: Of both arms.
        workers: Blocks of histories in work at a time.
        progress: Is told how far the work has come, over both arms.

    Raises:
        VertikalError: If nothing differs, or the scenario or the patch is faulty.
    """
    if isinstance(scenario, Scenario):
        raise VertikalError(
            "a contrast needs the name or the file of a scenario",
            mend='Write contrast("stalins-court", variant="E").',
        )
    _check_runs(runs)
    before = load(scenario)
    after = load(scenario, variant=variant, patches=patches, set=set)
    if before.digest == after.digest:
        raise VertikalError(
            "both arms are the same scenario", mend="Give a variant, a patch or a setting."
        )
    seed = seeds.new_seed() if seed is None else seed
    scripted = world.scripted((before, after))  # one program plays both arms
    arms = []
    for arm, half in zip((before, after), _halves(progress), strict=True):
        histories = Histories(arm, seed, scripted=scripted)
        arms.append(work(histories, describe(histories, runs), workers=workers, progress=half))
    return compare(*arms)


def compare(before: Ensemble, after: Ensemble) -> Contrast:
    """The paired effects of whatever differs between two ensembles of one seed.

    Raises:
        VertikalError: If the two do not share their seed and draws, their clock, or any outcome, or
            nothing differs.
    """
    one, two = before.manifest, after.manifest
    if (one.seed, one.replicates) != (two.seed, two.replicates):
        raise VertikalError(
            f"the two ensembles do not share chance: seeds {one.seed} and {two.seed}",
            mend="Run both with the same --seed and the same number of histories a draw.",
        )
    shared = [s for s in one.outcomes if s in two.outcomes]
    if not shared:
        raise VertikalError("the two ensembles share no outcome")
    if not same_clock(one, two):
        raise VertikalError(
            f"the two ensembles have different clocks: {told_clock(one)}, and {told_clock(two)}",
            mend="Run both over the same time by the same steps, or change it in both.",
        )
    if one.platform.get("parameters") != two.platform.get("parameters"):
        raise VertikalError(
            "of the two ensembles one takes central values and one draws from the priors",
            mend="Run both with --fixed, or both without.",
        )
    if one.scenario.digest == two.scenario.digest:
        raise VertikalError(
            "both arms are the same scenario",
            where=str(after.path or ""),
            mend="Name a run of the same seed in which something was changed.",
        )
    return paired_contrast(
        before.outcomes,
        after.outcomes,
        [column for s in shared for column in s.columns],
        kinds=kinds_of(one),
        theories=theories_of(before) or theories_of(after),
        horizon=horizon_of(one),
    )


def _halves(progress: Progress | None) -> tuple[Progress | None, Progress | None]:
    """Progress of the first and of the second of two arms, told as progress of both."""
    if progress is None:
        return None, None
    spent = 0.0

    def first(done: int, total: int, seconds: float) -> None:
        nonlocal spent
        spent = seconds
        progress(done, 2 * total, seconds)

    def second(done: int, total: int, seconds: float) -> None:
        progress(total + done, 2 * total, spent + seconds)

    return first, second


def kinds_of(manifest: Manifest) -> dict[str, Any]:
    """What each outcome's values are."""
    return {spec.name: spec.kind for spec in manifest.outcomes}


def horizon_of(manifest: Manifest) -> float:
    """Years that each history was observed, on the scale of its ticks."""
    return float(manifest.ends[-1])


def outcome_frequencies(ensemble: Ensemble) -> Frequencies:
    """How often each outcome comes about, split into chance, parameters and theories."""
    return frequencies(
        ensemble.outcomes, kinds=kinds_of(ensemble.manifest), theories=theories_of(ensemble)
    )


def theories_of(ensemble: Ensemble) -> dict[int, str] | None:
    """For each draw the theories that hold in it; `None` if the ensemble ranges over none."""
    drawn = ensemble.parameters
    columns = [name for name in drawn.columns if name.startswith("theory.")]
    if not columns:
        return None
    return {int(k): ", ".join(map(str, row)) for k, row in drawn[columns].iterrows()}  # type: ignore[call-overload]


def incidences(ensemble: Ensemble) -> dict[str, Incidence]:
    """Cumulative incidence of each time outcome that has modes: competing risks."""
    horizon = horizon_of(ensemble.manifest)
    return {
        spec.name: outcome_incidence(ensemble.outcomes, spec.name, horizon=horizon)
        for spec in ensemble.manifest.outcomes
        if spec.kind == "time" and spec.labels and ensemble.outcomes[spec.name].notna().any()
    }


def explain(
    ensemble: Ensemble | Histories, run: int, scenario: Scenario | None = None
) -> Chronicle:
    """One history told in full.

    Args:
        ensemble: A run directory that was opened, an ensemble in memory, or histories.
        run: Number of the history.
        scenario: What was played, for an ensemble in memory.

    Raises:
        VertikalError: If there is no such history, or it is none of the ensemble's.
    """
    if isinstance(ensemble, Histories):
        return replay(ensemble, run)
    check_is_among(ensemble, run)
    return replay(histories_of(ensemble, scenario), run)


def check_is_among(ensemble: Ensemble, run: int) -> None:
    """Refuse a history that is none of an ensemble's.

    Raises:
        VertikalError: If there is no such history.
    """
    manifest, path = ensemble.manifest, ensemble.path
    if 0 <= run < manifest.runs:
        return
    usual = manifest.replicates == REPLICATES and manifest.platform.get("parameters") != FIXED
    if path is None:
        mend = "Give one of these, or the scenario's `Histories` under the same seed."
    elif usual:
        file = durable.shell(path / "scenario.yaml")
        mend = (
            "Tell one of these, or any other from the scenario and the seed: "
            f"vertikal explain {file} --seed {manifest.seed} --run N."
        )
    else:
        mend = (
            f"Tell one of these, or add some: vertikal run --extend {durable.shell(path)} --runs N."
        )
    raise VertikalError(
        f"there is no history {run} in this run: it has histories 0 to {manifest.runs - 1}",
        where=str(path or ""),
        mend=mend,
    )


def explain_but_for(
    histories: Histories, chronicle: Chronicle, texts: Sequence[str]
) -> list[ButFor]:
    """But-for tests of the events of a chronicle that one of the words fits.

    A word fits an event if its text contains it, if it is its kind, or if it is the id of a person
    or clan that the event concerns; a reader is told titles, in which the id need not occur. What
    the scenario imposes is passed over.

    Raises:
        VertikalError: If no event matches that the model brought about.
    """
    scenario = chronicle.scenario
    persons = {row for row, id_ in enumerate(scenario.people) if id_ in texts}
    clans = {row for row, id_ in enumerate(scenario.clans) if id_ in texts}

    def fits(entry: Entry) -> bool:
        event = entry.event
        if event and (event.kind in texts or persons & {*event.persons} or clans & {*event.clans}):
            return True
        return any(word.lower() in entry.text.lower() for word in texts)

    matching = [entry for entry in chronicle.entries if fits(entry)]
    chosen = [e.event for e in matching if e.event and e.event.can_be_suppressed]
    if matching and not chosen:
        event = matching[0].event
        by = "script" if event is None else event.mechanism
        why = "the scenario imposes it" if by == "script" else f"{by} brought it about"
        raise VertikalError(
            f"{matching[0].text!r} cannot be suppressed, since {why}",
            mend="For what a scenario imposes compare with a patch that removes the event.",
        )
    if not chosen:
        raise VertikalError(
            f"no event of history {chronicle.run} matches {', '.join(map(repr, texts))}",
            mend="Give a word of its text, the id of a person or clan, or a kind such as attack.",
        )
    return but_for(histories, chronicle.run, chosen)


def docking(
    ensemble: Ensemble,
    scenario: Scenario | None = None,
    base_rates: Mapping[str, BaseRate] | None = None,
) -> Docking | None:
    """The recorded history against the model; `None` if the scenario records none.

    How near a history must come to recorded dates and numbers is told by `records`; `predictive`
    tells where they lie among those foretold, whatever counts as near.

    Args:
        ensemble: What was simulated.
        scenario: What was played, for an ensemble in memory.
        base_rates: Of recorded answers, with their sources.
    """
    scenario = scenario or scenario_of(ensemble)
    manifest = ensemble.manifest
    found = records(scenario, manifest.outcomes)
    if not found.values:
        return None
    return dock(
        ensemble.outcomes,
        found.values,
        uses=found.uses,
        horizon=horizon_of(manifest),
        windows=found.windows,
        possible=found.possible,
        kinds=found.kinds,
        base_rates=base_rates,
    )


def predictive(ensemble: Ensemble, scenario: Scenario | None = None) -> Predictive | None:
    """Where recorded numbers and times lie among those simulated; `None` if none is recorded.

    Args:
        ensemble: What was simulated, with parameters drawn from their priors.
        scenario: What was played, for an ensemble in memory.
    """
    scenario = scenario or scenario_of(ensemble)
    kinds = kinds_of(ensemble.manifest)
    recorded: dict[str, Any] = {
        name: recorded_time(answer, scenario)[0] if kinds[name] == "time" else answer.value
        for name, answer in scenario.history.items()
        if kinds[name] in ("number", "time")
    }
    if not recorded:
        return None
    uses = {name: outcome.use for name, outcome in scenario.outcomes.items()}
    return place_records(ensemble.outcomes, recorded, uses=uses, kinds=kinds)
