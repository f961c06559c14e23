"""From an ensemble to what its report shows: choosing, counting, and telling two histories.

The page itself is made by `page`; here it is decided which history is typical and which is
surprising, at which dates the network is drawn, and what is known about each number.
"""

import csv
import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vertikal import laboratory
from vertikal.analysis import BaseRate, fan
from vertikal.analysis import replay as told
from vertikal.analysis.records import recorded_time
from vertikal.engine.blocks import OK
from vertikal.engine.durable import shell
from vertikal.engine.ensemble import Ensemble
from vertikal.engine.histories import REPLICATES, Histories
from vertikal.engine.store import SCENARIO
from vertikal.errors import VertikalError
from vertikal.regime.events import Weight
from vertikal.regime.mechanism import parameters
from vertikal.regime.observe import CLAN, OBSERVABLES, PERSON, meanings
from vertikal.regime.regime import Status
from vertikal.report import data as shown
from vertikal.report.documents import cited, spelled_out
from vertikal.report.words import date
from vertikal.scenario import world
from vertikal.scenario.faults import listed
from vertikal.scenario.model import Scenario
from vertikal.scenario.outcomes import Outcome, Recorded

_CHANGES = 8  # that are named of a run in which something was changed

CHRONICLE_LENGTH = 60
"""Entries of a history that the report tells; minor ones are left out first."""

DATA = Path(__file__).parent.parent / "data"

GENERAL_CAVEATS = (
    "This is a model of structures. It says what follows from stated assumptions about a kind of "
    "regime; it does not say what any person thought, wanted or did.",
    "Most numbers are judgements with a prior, not measurements. The intervals show how far our "
    "ignorance of those numbers carries, not whether the mechanisms are the right ones.",
    "A frequency is a share of modelled histories. It is no forecast of an event in the world, and "
    "agreement with the recorded history is weak evidence where that history helped to set up the "
    "scenario.",
    "What the scenario imposes from outside (wars, treaties, fixed deaths) is not explained by it.",
)


def compose(
    ensemble: Ensemble, scenario: Scenario | None = None, changed: Sequence[Ensemble] = ()
) -> shown.ReportData:
    """Everything that the report of an ensemble shows.

    Args:
        ensemble: A run directory that was opened, or an ensemble in memory.
        scenario: What was played; read from the run directory if not given.
        changed: Run directories of the same seed in which something was changed, whose effects are
            told.

    Raises:
        VertikalError: If the scenario is not to be had, no history came to its end, or a changed
            run cannot be compared.
    """
    scenario = scenario or laboratory.scenario_of(ensemble)
    histories = laboratory.histories_of(ensemble, scenario)
    surprise = _surprise(ensemble)
    if surprise.empty:
        raise none_finished(ensemble)
    order, numbers = surprise.to_numpy(), surprise.index.to_numpy()
    typical, surprising = int(numbers[order.argmin()]), int(numbers[order.argmax()])
    chronicle, other = told.explain_together(histories, (typical, surprising))
    return shown.ReportData(
        scenario=_scenario_facts(scenario),
        ensemble=_ensemble_facts(ensemble),
        outcomes=_outcome_facts(scenario, ensemble),
        frequencies=laboratory.outcome_frequencies(ensemble),
        incidences=_incidences(ensemble, scenario),
        fans=_fans(ensemble, scenario),
        events=tuple(
            shown.RecordedEvent(e.date.isoformat(), e.title or name.replace("-", " "))
            for name, e in scenario.events.items()
        ),
        network=_network(chronicle),
        chronicles=(
            _chronicle(chronicle, "typical", surprise, typical),
            _chronicle(other, "surprising", surprise, surprising),
        ),
        docking=laboratory.docking(ensemble, scenario, base_rates(scenario)),
        predictive=laboratory.predictive(ensemble, scenario),
        contrasts=tuple(_contrast(ensemble, scenario, other) for other in changed),
        parameters=parameter_facts(scenario),
        commands=_commands(ensemble, changed),
        caveats=(*GENERAL_CAVEATS, *scenario.notes),
        sources=(*_sources(histories), *cited(scenario)),
    )


def _contrast(ensemble: Ensemble, scenario: Scenario, other: Ensemble) -> shown.ContrastSection:
    """What another run says of its change, and what that is."""
    found = laboratory.compare(ensemble, other)
    before, after = (
        {  # a number with a prior goes by the address that it has without one
            str(a).removesuffix(".value"): v
            for a, v in pd.json_normalize(one.content()).iloc[0].items()
        }
        for one in (scenario, laboratory.scenario_of(other))
    )
    differ = {a: after.get(a, "nothing") for a in before | after if before.get(a) != after.get(a)}
    for a in list(differ):  # the prior goes with its number
        differ.pop(f"{a}.prior", None)
    told = listed((f"{a} = {v}" for a, v in differ.items()), most=_CHANGES)
    assert other.path is not None
    return shown.ContrastSection(other.path.resolve().name, found, f"Changed: {told or 'nothing'}.")


def none_finished(ensemble: Ensemble) -> VertikalError:
    """That there is nothing to report, and where the reasons are."""
    failures = _ensemble_facts(ensemble).failures
    files = f"the files {ensemble.path / 'outcomes'}/*.parquet" if ensemble.path else "`outcomes`"
    return VertikalError(
        f"none of its {ensemble.runs} histories came to its end, so that there is nothing to "
        f"report; most often: {next(iter(failures))}",
        where=str(ensemble.path or ""),
        mend=f"The column `status` of {files} says of each history why.",
    )


def _scenario_facts(scenario: Scenario) -> shown.ScenarioFacts:
    people = [p.name for key, p in scenario.people.items() if key not in scenario.generated]
    clans = [c.name or key for key, c in scenario.clans.items() if c.organised]
    imposed = len(scenario.events)
    return shown.ScenarioFacts(
        name=scenario.name,
        id=scenario.id,
        title=scenario.title,
        question=scenario.question,
        clock=scenario.clock,
        digest=scenario.digest,
        document=spelled_out(scenario.document),
        variant=", ".join(scenario.applied),
        description=(
            f"{len(people)} people of note and {len(scenario.generated)} of the rank and file, "
            f"in {len(clans)} clans: {', '.join(clans)}; {len(scenario.offices)} offices.",
            f"Imposed from outside: {imposed} dated event{'s' if imposed != 1 else ''}. All else "
            "is free.",
        ),
    )


def _ensemble_facts(ensemble: Ensemble) -> shown.EnsembleFacts:
    status = ensemble.outcomes["status"].astype(str)
    failures = status[status != "ok"].value_counts()
    return shown.EnsembleFacts(
        runs=ensemble.runs,
        planned=ensemble.manifest.runs,
        draws=int(ensemble.outcomes["draw"].nunique()),
        seed=str(ensemble.manifest.seed),
        failures={str(k): int(v) for k, v in failures.items()},
        created=ensemble.manifest.created,
        versions={"vertikal": ensemble.manifest.vertikal, **ensemble.manifest.versions},
    )


def _outcome_facts(scenario: Scenario, ensemble: Ensemble) -> tuple[shown.OutcomeFacts, ...]:
    content = scenario.content().get("outcomes", {})
    units = {spec.name: spec.unit for spec in ensemble.manifest.outcomes}
    return tuple(
        shown.OutcomeFacts(
            name=name,
            ask=outcome.ask,
            unit=units.get(name, ""),
            use=outcome.use,
            declared=_declared(content[name], outcome.kind),
            labels=_labels(scenario, outcome),
        )
        for name, outcome in scenario.outcomes.items()
    )


def _declared(row: dict[str, Any], kind: str) -> str:
    """What is asked and of which span, as the scenario has it."""
    parts = {k: row[k] for k in (kind, "anew", "read", "from", "until", "at") if k in row}
    texts = {k: ", ".join(v) if isinstance(v, list) else str(v) for k, v in parts.items()}
    return "; ".join(k if k == "anew" else f"{k}: {text}" for k, text in texts.items())


def _labels(scenario: Scenario, outcome: Outcome) -> dict[str, str]:
    """Words for the answers of an outcome that has names for answers."""
    address = outcome.read or outcome.address
    labels = OBSERVABLES[address.name].labels if address is not None else None
    rows: dict[str, Any] = {PERSON: scenario.people, CLAN: scenario.clans}
    if isinstance(labels, str):
        return told.titles(rows[labels])
    return {m.name.lower(): m.name.lower().replace("_", " ") for m in labels or ()}


def _incidences(ensemble: Ensemble, scenario: Scenario) -> tuple[shown.IncidenceSection, ...]:
    sections = []
    for name, found in laboratory.incidences(ensemble).items():
        answer = scenario.history.get(name)
        recorded: shown.RecordedEnd | None = None
        if answer is not None and answer.first is not None and answer.value is not None:
            middle, _ = recorded_time(answer, scenario)
            if middle is not None:
                recorded = shown.RecordedEnd(middle, str(answer.value), _known(answer))
        sections.append(
            shown.IncidenceSection(
                title=scenario.outcomes[name].ask or name,
                incidence=found,
                outcome=name,
                labels={m: m.replace("_", " ") for m in found.modes},
                recorded=recorded,
            )
        )
    return tuple(sections)


def _known(answer: Recorded) -> str:
    """A recorded date as precisely as it is known."""
    assert answer.first is not None
    assert answer.last is not None
    days = (answer.last - answer.first).total_seconds() / 86_400
    step = "year" if days > 300 else "month" if days > 20 else "day" if days > 0.9 else "hour"
    return date(answer.first, step)


def _fans(ensemble: Ensemble, scenario: Scenario) -> tuple[shown.FanSection, ...]:
    """A section for each series with rows of its own, and one for all quantities of the whole."""
    by_name: dict[str, list[str]] = {}
    for column in ensemble.manifest.series:
        by_name.setdefault(column.partition("[")[0], []).append(column)
    sections: list[shown.FanSection] = []
    whole: dict[str, np.ndarray] = {}
    clan_names = told.titles(scenario.clans)
    for name in by_name:
        seen = OBSERVABLES[name]
        if seen.labels is not None or name.startswith("moves."):
            continue  # names, and things that happen in single ticks, have no quantiles to speak of
        values = ensemble.series([name])[name]
        values = values[values["status"].values == OK]
        if not seen.dims:
            whole[name] = values.values
        elif seen.dims == ("clans",):
            rows = [r for r in values.coords["clan"].values if scenario.clans[str(r)].organised]
            sections.append(
                shown.FanSection(
                    title=_title(name),
                    fan=fan(name, values, time=ensemble.manifest.time, rows=[str(r) for r in rows]),
                    labels=clan_names,
                    unit="share" if "share" in name or name == "clans.placement" else "",
                    text=_meaning(name),
                    shared_scale=False,
                )
            )
    if whole:
        sections.append(
            shown.FanSection(
                title="The state of the regime",
                fan=fan("regime", whole, time=ensemble.manifest.time),
                labels={name: _title(name) for name in whole},
                unit="",
                text=" ".join(f"{_title(name)}: {_meaning(name)}" for name in whole),
                shared_scale=False,
            )
        )
    return tuple(sections)


def _meaning(name: str) -> str:
    return meanings()[name].replace("`", "")


def _title(name: str) -> str:
    part, _, field = name.partition(".")
    return f"{field.replace('_', ' ')} ({part.replace('_', ' ')})".capitalize()


def _surprise(ensemble: Ensemble) -> pd.Series:
    """For each history the mean surprise of its answers, in nats: minus log of their frequency.

    Answers without names (numbers, times) do not count; times count by whether the event came.
    """
    table = ensemble.outcomes
    table = table[table["status"].astype(str) == "ok"]
    total, count = np.zeros(len(table)), 0
    for spec in ensemble.manifest.outcomes:
        if spec.kind == "number":
            continue
        answers = table[spec.name].notna() if spec.kind == "time" else table[spec.name].astype(str)
        total += -np.log(answers.map(answers.value_counts(normalize=True)).to_numpy(float))
        count += 1
    return pd.Series(total / max(count, 1), index=table.index)


def _chronicle(
    chronicle: told.Chronicle, kind: shown.Theme, surprise: pd.Series, run: int
) -> shown.Chronicle:
    why = {
        "typical": "Its answers to the questions are, taken together, the commonest: mean surprise "
        f"{surprise[run]:.2f} nats an answer, {surprise.median():.2f} in the median history.",
        "surprising": "Its answers are the rarest of all: mean surprise "
        f"{surprise[run]:.2f} nats an answer, {surprise.median():.2f} in the median history.",
    }
    return shown.Chronicle(
        kind=kind,
        title=f"History {run}",
        run=run,
        why=why[kind],
        entries=tuple(
            shown.Entry(
                date=entry.date.isoformat(),
                text=entry.text,
                rules=entry.rules,
                is_turning=entry.weight == Weight.MAJOR,
                until=_until(chronicle.scenario, entry),
            )
            for entry in _worth_telling(chronicle.entries)
        ),
    )


def _until(scenario: Scenario, entry: told.Entry) -> str:
    """The last second of the step in which the model brought something about."""
    if entry.event is None:
        return ""
    return (scenario.clock.span(entry.event.tick)[1] - timedelta(seconds=1)).isoformat()


def _worth_telling(entries: Sequence[told.Entry]) -> list[told.Entry]:
    for least in (Weight.MINOR, Weight.NOTABLE, Weight.MAJOR):
        kept = [e for e in entries if e.weight >= least or e.event is None]
        if len(kept) <= CHRONICLE_LENGTH:
            break
    return kept


def _network(chronicle: told.Chronicle) -> shown.Network:
    scenario = chronicle.scenario
    ticks = _turning_ticks(chronicle)
    return shown.Network(
        clans=told.titles(scenario.clans),
        snapshots=tuple(_snapshot(chronicle, tick) for tick in ticks),
        text=f"History {chronicle.run}, the typical one.",
    )


def _turning_ticks(chronicle: told.Chronicle) -> list[int]:
    """The start, the eve of the first change of leader, a while after, and the end."""
    last = chronicle.scenario.clock.ticks
    exits = np.asarray(chronicle.states.leadership.exits)
    changed = np.flatnonzero(exits > 0)
    if not changed.size:
        return sorted({0, last // 3, 2 * last // 3, last})
    first = int(changed[0]) + 1
    return sorted({0, first - 1, min(last, first + max(1, last // 12)), last})


def _snapshot(chronicle: told.Chronicle, tick: int) -> shown.Snapshot:
    scenario, state = chronicle.scenario, chronicle.state(tick)
    keys, clans = list(scenario.people), list(scenario.clans)
    elite, titles = state.elite, told.titles(scenario.people)
    alive = np.asarray(elite.status) == Status.ACTIVE
    persons = tuple(
        shown.Person(
            id=key,
            label=titles[key],
            clan=clans[int(elite.clan[i])],
            power=float(elite.power[i]),
            is_active=bool(alive[i]),
            is_leader=i == int(state.leadership.leader),
            is_named=key not in scenario.generated,
        )
        for i, key in enumerate(keys)
    )
    ties = tuple(
        shown.Tie(client=key, patron=keys[int(elite.patron[i])])
        for i, key in enumerate(keys)
        if int(elite.patron[i]) >= 0 and alive[i] and alive[int(elite.patron[i])]
    )
    pacts = tuple(
        shown.Pact(
            lender=clans[d], borrower=clans[c], share=min(1.0, float(state.clans.pact[c, d]))
        )
        for c in range(len(clans))
        for d in range(len(clans))
        if float(state.clans.pact[c, d]) > 0.05
    )
    when = scenario.clock.span(max(tick, 1))[0] if tick else scenario.clock.start
    return shown.Snapshot(date=when.isoformat(), persons=persons, ties=ties, pacts=pacts)


def parameter_facts(scenario: Scenario) -> tuple[shown.ParameterFacts, ...]:
    """Every number in doubt, with its prior and its basis: mechanisms first, then attributes."""
    declared = {
        f"{m.name}.{field}": p
        for m in world.used_mechanisms(scenario)
        for field, p in parameters(m).items()
    }
    facts = []
    for address, quantity in world.quantities(scenario).items():
        p = declared.get(address)
        if p is None and quantity.certain:
            continue
        if address.startswith("theory."):
            facts.append(_theory_facts(scenario, address))
            continue
        stated = p is not None and address.split(".")[1] in scenario.parameters.get(
            address.split(".")[0], {}
        )
        facts.append(
            shown.ParameterFacts(
                address=address,
                value=quantity.value,
                prior="certain" if quantity.certain else str(quantity.prior),
                unit=p.unit if p else "",
                basis=p.basis if p and not stated else "judgement",
                why=(p.why if p and not stated else "Set by the scenario.")
                if p
                else _row_note(scenario, address),
            )
        )
    return tuple(sorted(facts, key=lambda f: f.address not in declared))


def _theory_facts(scenario: Scenario, address: str) -> shown.ParameterFacts:
    """A question on which the ensemble ranges over theories."""
    weights = scenario.theory[address.partition(".")[2]]
    total = sum(weights.values())
    shares = ", ".join(f"{name} {weight / total:.0%}" for name, weight in weights.items())
    return shown.ParameterFacts(
        address=address, value=float("nan"), prior=shares, unit="", basis="judgement",
        why="Theories on which scholars disagree; the ensemble ranges over them.",
    )  # fmt: skip


def _row_note(scenario: Scenario, address: str) -> str:
    section, name, *_ = address.split(".")
    rows: Any = {"people": scenario.people, "clans": scenario.clans, "offices": scenario.offices}
    row = {**rows, **scenario.tables}.get(section, {}).get(name, scenario.subsystems.get(section))
    return (
        f"Attribute in the scenario ({row.origin})."
        if row and row.origin
        else "Attribute in the scenario."
    )


def base_rates(scenario: Scenario) -> dict[str, BaseRate]:
    """Base rates of recorded answers, where our reference data give one.

    At present: the mode of a leader's exit among autocrats 1946-2008.
    """
    with (DATA / "leader_exits.csv").open(newline="") as file:
        counts = {
            r["mode"]: float(r["count"]) for r in csv.DictReader(file) if r["regime"] == "all"
        }
    modes = ("death", "coup", "elite_removal", "regular", "other", "foreign")
    exits = sum(counts.get(m, 0.0) for m in modes)
    found = {}
    for name, outcome in scenario.outcomes.items():
        if outcome.read is None or outcome.read.name != "leadership.exit_mode":
            continue
        answer = scenario.history.get(name)
        if answer is not None and answer.value in counts and not answer.never:
            found[f"{name}.is"] = BaseRate(
                counts[str(answer.value)] / exits,
                "share of this mode among exits of autocrats 1946-2008 (after Archigos 4.1)",
            )
    return found


def _commands(ensemble: Ensemble, changed: Sequence[Ensemble]) -> tuple[str, ...]:
    """What makes the report again in the run directory: all histories up to the last there is.

    Nothing for an ensemble in memory, since what was changed in its scenario is not known, and for
    one of more or fewer histories a draw than the command plays.
    """
    if ensemble.path is None or ensemble.manifest.replicates != REPLICATES:
        return ()
    here = ensemble.path.resolve()
    folders = [here, *(other.path.resolve() for other in changed if other.path)]
    names = [ensemble.manifest.scenario.name, *(folder.name for folder in folders[1:])]
    if len(set(names)) < len(names):
        names = [f"{name}-{k}" for k, name in enumerate(names, start=1)]
    played = (
        _playing(arm, os.path.relpath(folder / SCENARIO, here), name)
        for arm, folder, name in zip((ensemble, *changed), folders, names, strict=True)
    )
    report = " --with ".join(shell(name) for name in names)
    return (*played, f"vertikal report {report}")


def _playing(ensemble: Ensemble, file: str, out: str) -> str:
    """The command that plays an ensemble again from its scenario file."""
    m = ensemble.manifest
    fixed = " --fixed" if m.platform.get("parameters") == "central values" else ""
    runs = max(span.first + span.runs for span in ensemble.store.finished().values())
    how = f"--runs {runs} --seed {m.seed}{fixed}"
    return f"vertikal run {shell(file)} {how} --out {shell(out)}"


def _sources(histories: Histories) -> tuple[str, ...]:
    works = [m.builds_on for m in histories.plan.mechanisms if m.builds_on]
    return tuple(dict.fromkeys(works))
