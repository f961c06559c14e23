"""`vertikal trace`: what carries a rule, what holds it, where it is active, what rests on it."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from vertikal.cli.printing import Json, console, new_table, print_json
from vertikal.errors import VertikalError

if TYPE_CHECKING:
    from vertikal.regime.mechanism import Mechanism
    from vertikal.traceability import Activity, Trace

_NAME = 19
"""Width of a column that most names of mechanisms need."""
_NAMED = 4
"""Scenarios out of date that are named; more are counted."""


def trace(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RULE]...",
            help="Rules (CO-4) or the letters of a section (CO).",
            show_default=False,
        ),
    ] = None,
    everything: Annotated[
        bool,
        typer.Option(
            "--all", help="Every rule; exit code 1 if one has no mechanism, no reason or no test."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Trace rules to their source, mechanisms, parameters, tests, scenarios and claims."""
    from vertikal import traceability

    if bool(names) == everything:
        raise VertikalError(
            "rules are named beside --all" if names else "no rule is named",
            mend="Give rules such as CO-4, or the letters of a section, or --all alone.",
        )
    found = traceability.trace(*(names or ()))
    _warn(traceability.outdated())
    if as_json:
        print_json([t.row() for t in found])
    elif len(found) == 1:
        _tell_one(found[0])
    else:
        _tell_many(found)
    wanting = [t for t in found if t.gaps]
    if everything and wanting:
        print(f"{len(wanting)} of {len(found)} rules are not held:", file=sys.stderr)
        for t in wanting:
            print(f"  {t.rule.id}: {', '.join(t.gaps)}", file=sys.stderr)
        raise typer.Exit(1)


def _warn(outdated: list[str]) -> None:
    """Say so where scenarios or the model have changed since it was measured what acts in them."""
    from vertikal.scenario import library

    if outdated:
        count = sum(1 for _ in library())
        many = f"{len(outdated)} of {count} scenarios"
        where = f" in {many if len(outdated) > _NAMED else ', '.join(outdated)}"
        where = "" if len(outdated) == count else where
        mend = "python -m tests.acting"  # without names, it measures what is out of date
        print(f"Out of date: what acts{where}; measure it anew by `{mend}`.", file=sys.stderr)


def _tell_one(found: "Trace") -> None:
    """Everything about one rule, a paragraph for each kind.

    No column cuts the tests, so that they can be copied.
    """
    terminal, rule = console(), found.rule
    terminal.print(f"{rule.id}  {rule.statement}", style="bold")
    facts = new_table("", "")
    facts.show_header = False
    for place, s in enumerate(rule.sources):
        cited = f"{s.document.author}, {s.document.title} ({s.document.year}), {s.paragraphs}"
        facts.add_row("" if place else "source", cited)
    if not rule.sources:
        facts.add_row("source", "none: derived by us")
    if rule.marks:
        facts.add_row("marks", ", ".join(rule.marks))
    for name, rows in (
        ("mechanisms", [_mechanism(m) for m in found.mechanisms]),
        ("scenarios", [_activity(a) for a in found.scenarios]),
        *([("idle", _idle_places(found))] if found.idle else []),
        ("claims", found.claims),
    ):
        for place, row in enumerate(rows or ("none",)):
            facts.add_row("" if place else name, row)
    if rule.reason:
        facts.add_row("reason", rule.reason)
    if rule.left_out:
        facts.add_row("left out", rule.left_out)
    terminal.print(facts)
    terminal.print("\ntests", style="bold")
    for test in found.tests or ("none",):
        terminal.print(f"  {test}", soft_wrap=True)
    if found.idle:
        terminal.print(f"\n{_idle(found)}")
    shown = found.named_in or tuple(found.parameters)
    if shown:
        table = new_table("parameter", "value", "unit", "prior", "basis", "why")
        for address in shown:
            p = found.parameters[address]
            table.add_row(address, f"{p.default:g}", p.unit, str(p.prior), p.basis, p.why)
        terminal.print()
        terminal.print(table)
    if others := [address for address in found.parameters if address not in shown]:
        terminal.print(f"\nOther parameters of these mechanisms: {', '.join(others)}.")
    for gap in found.gaps:
        terminal.print(f"{rule.id}: {gap}", style="bold red")


def _idle_places(found: "Trace") -> list[str]:
    return [f"{name} in {_activity(a)}" for name, places in found.idle.items() for a in places]


def _idle(found: "Trace") -> str:
    """What it means to be idle."""
    from vertikal.acting import measured

    places = [a.scenario for activities in found.idle.values() for a in activities]
    histories = min(measured()[scenario].histories for scenario in places)
    return f"Idle: in play, but {histories} histories are the same to the last bit without it."


def _mechanism(mechanism: "type[Mechanism]") -> str:
    stage = mechanism.stage.name.lower()
    return f"{mechanism.name} ({stage}), {mechanism.builds_on or 'no published model'}"


def _activity(activity: "Activity") -> str:
    if not activity.base:
        return f"{activity.scenario}, only in variant {', '.join(activity.variants)}"
    exceptions = f", not in variant {', '.join(activity.not_in)}" if activity.not_in else ""
    return activity.scenario + exceptions


def _tell_many(found: list["Trace"]) -> None:
    """A line for each rule, and below what is wanting or why no mechanism carries it."""
    table = new_table("rule", "source", "mechanisms", "par.", "tests", "scen.", "claims",
                      numbers=4)  # fmt: skip
    table.columns[2].min_width = _NAME
    for t in found:
        table.add_row(
            t.rule.id,
            "; ".join(map(str, t.rule.sources)) or "derived",
            ", ".join(m.name for m in t.mechanisms),
            *(str(len(every)) for every in (t.parameters, t.tests, t.scenarios, t.claims)),
            style="red" if t.gaps else "",
        )
    terminal = console()
    terminal.print(table)
    terminal.print("Numbers of parameters, tests, scenarios and claims.", style="dim")
    for t in found:
        if told := "; ".join(t.gaps) or t.rule.reason:
            terminal.print(f"{t.rule.id}: {told}", style="red" if t.gaps else "")
