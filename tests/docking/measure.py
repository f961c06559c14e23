"""Measure the stylised facts: `python -m tests.docking.measure [RUNS [SEED]]` prints a table.

Markdown, to be pasted into the documentation.
"""

import sys

from tests.docking.facts import FACTS, Finding, Measured, by_scenario, loaded, measure, play
from tests.docking.facts_abroad import ABROAD
from tests.docking.facts_defection import DEFECTION_FACTS
from tests.docking.facts_long_run import LONG_RUN_FACTS
from tests.docking.facts_sovereignty import NARRATIVE, SCENARIO, measure_gradient

ALL = (*FACTS, *DEFECTION_FACTS, NARRATIVE, *ABROAD, *LONG_RUN_FACTS)
"""Every fact that is measured."""

RUNS, SEED = 4096, 1953
HEAD = (
    "| Fact | Contrast | Measure | Before | After | Effect | 95% interval | Up, down | "
    "Sign test | As the documents say? |"
)


def main(runs: int = RUNS, seed: int = SEED) -> None:
    print(f"{runs} histories of each arm, seed {seed}; numbers in doubt drawn from their priors.\n")
    print(HEAD)
    print("|" + " --- |" * (HEAD.count("|") - 1))
    for facts in by_scenario(ALL).values():
        played = play(loaded(facts), runs, seed)
        for fact in facts:
            measured = measure(fact, played)
            for finding in measured.findings:
                print(row(measured, finding), flush=True)
    print(f"\nFact 7, within each history of {SCENARIO}.\n")
    print("| Comparison | Difference | 95% interval | Of histories | As the documents say? |")
    print("| --- | --- | --- | --- | --- |")
    for held in measure_gradient(runs, seed):
        interval = f"{held.low:+.3f} to {held.high:+.3f}"
        cells = (held.within.words, f"{held.difference:+.3f}", interval, f"{held.share:.1%}")
        print("| " + " | ".join([*cells, held.verdict]) + " |")


def row(measured: Measured, finding: Finding) -> str:
    """One measure of one fact as a row of the table."""
    fact, e = measured.fact, finding.effect
    cells = [f"{fact.number}", f"{fact.scenario}: {fact.words}", finding.measure.words]
    if e is None:
        cells += ["", "", "", "", "", ""]
    else:
        is_share = finding.measure.value not in ("mean", "years")
        told = (lambda x: f"{x:.1%}") if is_share else (lambda x: f"{x:.3f}")
        gap = (lambda x: f"{100 * x:+.1f}") if is_share else (lambda x: f"{x:+.3f}")
        cells += [told(e.before), told(e.after), f"{gap(e.difference)}{' points' * is_share}"]
        cells += [f"{gap(e.low)} to {gap(e.high)}", f"{e.up}, {e.down} of {e.pairs}"]
        cells += ["< 0.0001" if finding.chance < 1e-4 else f"{finding.chance:.2g}"]
    return "| " + " | ".join([*cells, finding.verdict]) + " |"


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
