"""What came out of the library scenarios: played beforehand, kept in `results/`, shown on a page.

Usage: python docs/_results.py [SCENARIO ...]

A file holds the answers of the scenario as it stands and of each variant, with the digests of what
was played, so that a page can say when its numbers are out of date.
"""

import json
import math
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from _tables import table, warning

import vertikal
from vertikal.analysis import Frequencies, Frequency
from vertikal.analysis.tables import MODE
from vertikal.engine.ensemble import Ensemble
from vertikal.engine.histories import Histories, forget, make_plan
from vertikal.engine.manifest import OutcomeSpec, code_digest
from vertikal.engine.simulate import default_workers
from vertikal.engine.simulate import simulate as work
from vertikal.laboratory import describe
from vertikal.report.words import scaled
from vertikal.scenario import world
from vertikal.scenario.model import Scenario

FOLDER = Path(__file__).parent / "results"
RUNS, SEED = 512, 1953
MOST_LABELS, RARE = 4, 0.01
"""Answers to a question that are kept, and the share below which they are not."""


def main(names: list[str]) -> None:
    """Play scenarios with their variants and keep the answers.

    Args:
        names: Of the library; none for all.
    """
    FOLDER.mkdir(exist_ok=True)
    for name in names or [entry.name for entry in vertikal.library()]:
        path = FOLDER / f"{name}.json"
        path.write_text(json.dumps(played(name), indent=1, allow_nan=False) + "\n", "utf-8")
        print(path, flush=True)


def played(name: str, runs: int = RUNS, seed: int = SEED) -> dict[str, Any]:
    """The answers of a scenario and of its variants, with what they were played from.

    Args:
        name: Of a library scenario.
        runs: Histories of each.
        seed: The same for all, so that they share all chance.
    """
    scenario = vertikal.load(name)
    changed = {letter: vertikal.load(name, variant=letter) for letter in scenario.variants}
    scripted = world.scripted((scenario, *changed.values()))  # one program plays them all

    def play(one: Scenario) -> Ensemble:
        histories = Histories(one, seed, scripted=scripted)
        return work(histories, describe(histories, runs))

    base = play(scenario)
    with ThreadPoolExecutor(default_workers()) as beside:  # one block each, so one core each
        variants = beside.map(lambda one: _variant(one, play(one)), changed.values())
    kept = {
        "scenario": name,
        "vertikal": base.manifest.vertikal,
        "code": base.manifest.code,
        "seed": seed,
        "runs": runs,
        "digest": scenario.digest,
        "answers": _answers(base),
        "variants": dict(zip(changed, variants, strict=True)),
    }
    for plan in {make_plan(one) for one in (scenario, *changed.values())}:
        forget(plan)  # the programs of all scenarios together take too much memory
    return kept


def _variant(scenario: Scenario, ensemble: Ensemble) -> dict[str, Any]:
    answers: dict[str, dict[str, Any]] = {}
    split: dict[str, dict[str, Any]] = {}
    for a in _answers(ensemble):
        answers.setdefault(a["outcome"], {})[a["answer"]] = a["is"][0]
        if a["theory"] is not None:
            parts = [a["parameters"], a["theory"]]
            split.setdefault(a["outcome"], {})[a["answer"]] = parts
    return {"digest": scenario.digest, "answers": answers} | ({"split": split} if split else {})


def _answers(ensemble: Ensemble) -> list[dict[str, Any]]:
    """How often each answer comes, the commonest first; of numbers and times the median.

    Each has the estimate and its interval under `is`, and the parts of the spread that are due to
    numbers in doubt under `parameters`, and to theories, if there are several, under `theory`.
    """
    found = vertikal.outcome_frequencies(ensemble)
    return [
        {
            "outcome": row.outcome.removesuffix(MODE),
            "answer": _named(row, spec, ensemble),
            "is": [_plain(x, row, spec, ensemble) for x in (row.estimate, row.low, row.high)],
            "parameters": None if row.split is None else _rounded(row.split.share),
            "theory": None
            if row.split is None or row.split.theories < 2
            else _rounded(row.split.theory_share),
        }
        for spec in ensemble.manifest.outcomes
        for row in _of(spec, found)
    ]


def _named(row: Frequency, spec: OutcomeSpec, ensemble: Ensemble) -> str:
    """What a number about an outcome is, with its unit if it has one."""
    if row.value != "q50":
        return row.value
    _, unit = scaled(spec.unit, ensemble.manifest.step_years)
    return f"median, {unit}" if unit and row.kind == "number" else "median"


def _of(spec: OutcomeSpec, found: Frequencies) -> Iterator[Frequency]:
    """The rows of one question that are kept."""
    name = spec.columns[-1]  # how a time came says more than that it came
    shares = [row for row in found.of(name) if row.is_share]
    for row in sorted(shares, key=lambda row: -row.estimate)[:MOST_LABELS]:
        if row.estimate >= RARE or len(shares) == 1:
            yield row
    yield from (r for r in found.of(spec.name) if r.value == "q50" and math.isfinite(r.estimate))


def _plain(
    value: float, row: Frequency, spec: OutcomeSpec, ensemble: Ensemble
) -> float | str | None:
    if row.is_share:
        return _rounded(value)
    if row.kind == "time":
        return _date(value, ensemble)
    return _rounded(value * scaled(spec.unit, ensemble.manifest.step_years)[0])


def _rounded(value: float) -> float | None:
    return float(f"{value:.4g}") if math.isfinite(value) else None


def _date(years: float, ensemble: Ensemble) -> str | None:
    """Years since the start as the date of a tick; None for never."""
    if not math.isfinite(years):
        return None
    manifest = ensemble.manifest
    tick = int(np.searchsorted(manifest.ends, years, side="right"))
    return manifest.time[min(tick, len(manifest.time) - 1)]


# The part of a scenario's page


def section(scenario: Scenario) -> list[str]:
    """What came out of a library scenario, as paragraphs of its page.

    Args:
        scenario: As it stands in the library now.
    """
    path = FOLDER / f"{scenario.name}.json"
    if not path.is_file():
        return []
    kept = json.loads(path.read_text("utf-8"))
    questions = {name: o.ask or name for name, o in scenario.outcomes.items()}
    head = ("question", "answer", "how often, or what", "95% interval", "due to parameters")
    parts = [
        "## What came out",
        *_warnings(scenario, kept),
        f"{kept['runs']} histories with seed {kept['seed']}, played by version {kept['vertikal']} "
        f"on the scenario with digest `{kept['digest'][:12]}`. Of questions with many answers the "
        "commonest are shown. An interval says how far chance may have moved a number, and narrows "
        "with more histories; the last column says how much of the spread is due to numbers in "
        "doubt.",
        table(head, _asked_once(_told(row, questions) for row in kept["answers"])),
    ]
    if kept["variants"]:
        parts += [
            "### In the variants",
            "How often each answer comes, sharing all chance with the scenario as it stands; blank "
            "where it is rare.",
            _compared(kept, questions),
        ]
    for name, variant in kept["variants"].items():
        if "split" in variant:
            told = scenario.variants[name].title if name in scenario.variants else name
            parts += [f"### {told}", _by_theory(variant, questions)]
    return parts


def _asked_once(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Rows in which a question is not repeated."""
    last = ""
    for asked, *rest in rows:
        yield ("" if asked == last else asked, *rest)
        last = asked


def _warnings(scenario: Scenario, kept: dict[str, Any]) -> list[str]:
    """What has changed since the numbers were computed."""
    if scenario.digest != kept["digest"]:
        moved = ["the scenario"]
    else:
        known = [v for v in kept["variants"] if v in scenario.variants]
        moved = [
            f"variant {v}"
            for v in known
            if vertikal.load(scenario.name, variant=v).digest != kept["variants"][v]["digest"]
        ]
    moved += [f"variant {v} (gone)" for v in kept["variants"] if v not in scenario.variants]
    moved += [f"variant {v} (new)" for v in scenario.variants if v not in kept["variants"]]
    if code_digest() != kept["code"]:
        moved.append("the code of the model")
    return warning(moved)


def _told(row: dict[str, Any], questions: dict[str, str]) -> tuple[str, ...]:
    asked, due = questions.get(row["outcome"], row["outcome"]), row["parameters"]
    value, low, high = (_shown(x, row["answer"]) for x in row["is"])
    part = "" if due is None else f"{max(0.0, due):.0%}"
    return asked, row["answer"], value, f"{low} to {high}", part


def _shown(value: float | str | None, answer: str) -> str:
    if value is None:
        return "never"
    if isinstance(value, str):
        return value.partition("T")[0]
    return f"{value:.3g}" if answer.startswith("median") else f"{value:.1%}"


def _compared(kept: dict[str, Any], questions: dict[str, str]) -> str:
    """The answers of the scenario as it stands, with those of the variants beside them."""
    variants = kept["variants"]
    rows = []
    for row in kept["answers"]:
        outcome, answer = row["outcome"], row["answer"]
        others = [v["answers"].get(outcome, {}).get(answer, "") for v in variants.values()]
        cells = [_shown(x, answer) if x != "" else "" for x in (row["is"][0], *others)]
        rows.append((questions.get(outcome, outcome), answer, *cells))
    return table(("question", "answer", "as it stands", *variants), _asked_once(rows))


def _by_theory(variant: dict[str, Any], questions: dict[str, str]) -> str:
    """The answers of a variant that ranges over theories, and what their spread is due to."""
    rows = []
    for outcome, answers in variant["split"].items():
        for answer, parts in answers.items():
            found = _shown(variant["answers"][outcome][answer], answer)
            known = [None if part is None else max(0.0, part) for part in parts]
            chance = None if None in known else max(0.0, 1 - sum(filter(None, known)))
            told = ("" if part is None else f"{part:.0%}" for part in (chance, *known))
            rows.append((questions.get(outcome, outcome), answer, found, *told))
    head = ("question", "answer", "how often, or what", "chance", "parameters", "theory")
    return table(head, _asked_once(rows))


if __name__ == "__main__":
    main(sys.argv[1:])
