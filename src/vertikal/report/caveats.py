"""What a reader must be told because of the numbers themselves."""

import math
from collections.abc import Iterator

from vertikal.analysis import Frequency
from vertikal.report.data import ReportData
from vertikal.report.words import count, percent


def automatic(data: ReportData) -> tuple[str, ...]:
    """Caveats that follow from how many histories there are, and from how they came out."""
    return (*_failures(data), *_draws(data), *_theories(data), *_judgement(data))


def _failures(data: ReportData) -> Iterator[str]:
    ensemble, found = data.ensemble, data.frequencies
    failed = sum(ensemble.failures.values())
    if not failed:
        return
    text = (
        f"{count(failed)} of {count(ensemble.runs)} histories failed and are left out of every "
        "number."
    )
    row = _widest(data)
    if row is not None and found is not None and found.failed:
        low, high = found.bounds(row)
        text += (
            f" If all of them had gone one way, the probability of {row.outcome} "
            f"({percent(row.estimate)}) would lie between {percent(low)} and {percent(high)}."
        )
    yield text


def _widest(data: ReportData) -> Frequency | None:
    """The probability nearest to one half, which failures could move the most."""
    rows = [r for r in (data.frequencies.rows if data.frequencies else ()) if r.kind == "bool"]
    return min(rows, key=lambda row: abs(row.estimate - 0.5), default=None)


def _draws(data: ReportData) -> Iterator[str]:
    ensemble = data.ensemble
    if ensemble.draws < 2:
        yield (
            "All histories share one set of parameter values, so intervals are about chance alone "
            "and doubt about parameters is not in any number."
        )
    elif ensemble.draws >= ensemble.runs:
        yield (
            "Every history has parameter values of its own, so chance and parameters cannot be "
            "told apart."
        )
    elif ensemble.draws < 50:
        yield (
            f"Only {ensemble.draws} sets of parameter values were drawn; intervals and the split "
            "between chance and parameters are rough."
        )
    splits = [row.split for row in (data.frequencies.rows if data.frequencies else ())]
    if any(s is not None and not math.isnan(s.parameters) and s.parameters < 0 for s in splits):
        yield (
            "Where the parameters’ part is given as 0% with a mark, its estimate fell below zero: "
            "draws differ no more than chance makes them differ."
        )


def _theories(data: ReportData) -> Iterator[str]:
    if data.frequencies and data.frequencies.theory_note:
        yield data.frequencies.theory_note


def _judgement(data: ReportData) -> Iterator[str]:
    total = len(data.parameters)
    ours = sum(parameter.basis == "judgement" for parameter in data.parameters)
    if ours:
        yield (
            f"{ours} of {total} parameters rest on judgement, not on data or published estimates; "
            "their priors are part of the argument."
        )
