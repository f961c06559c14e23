"""`vertikal explain`: one history told in full, and what would have come without some of it."""

from typing import Annotated

import typer

from vertikal.cli import notes
from vertikal.cli.answers import answer_of, date_of
from vertikal.cli.options import PatchOption, Set, VariantOption, loaded
from vertikal.cli.printing import Json, console, new_table, plain, print_json
from vertikal.errors import VertikalError


def explain(
    where: Annotated[str, typer.Argument(help="A run directory, or a scenario with --seed.")],
    variant: VariantOption = None,
    patch: PatchOption = None,
    set_: Set = None,
    history: Annotated[int, typer.Option("--run", "-r", min=0, help="Number of the history.")] = 0,
    seed: Annotated[
        int | None, typer.Option("--seed", "-s", min=0, help="Of a scenario's chance; default 0.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--but-for",
            metavar="WORD",
            help="Test what would have come without the events whose text contains a word, of a "
            "kind such as attack, or about a person or clan by id. Repeatable.",
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Minor events too.")] = False,
    as_json: Json = False,
) -> None:
    """Tell one history in full: who did what to whom, by which rule."""
    from vertikal import laboratory
    from vertikal.engine.ensemble import open_ensemble
    from vertikal.engine.histories import Histories
    from vertikal.regime.events import Weight

    if notes.names_a_run(where):
        if seed is not None:
            raise VertikalError("a run directory has its own seed", mend="Leave --seed out.")
        for option, value in {"--variant": variant, "--patch": patch, "--set": set_}.items():
            if value:
                raise VertikalError(
                    f"{option} does not go with a run directory, which says what was played",
                    where=where,
                    mend=f"Leave {option} out, or name the scenario and --seed instead.",
                )
        ensemble = open_ensemble(where)
        laboratory.check_is_among(ensemble, history)
        notes.warn_of_unfinished(ensemble)
        histories = laboratory.histories_of(ensemble)
    else:
        histories = Histories(loaded(where, variant, patch, set_), 0 if seed is None else seed)
    chronicle = laboratory.explain(histories, history)
    tests = laboratory.explain_but_for(histories, chronicle, without) if without else []
    shown = chronicle.table(Weight.MINOR if everything else Weight.NOTABLE)
    if as_json:
        print_json(
            {
                "run": history,
                "seed": histories.seed,
                "events": plain(shown.to_dict("records")),
                "but_for": [
                    {
                        "event": t.event.text,
                        "tick": t.event.tick,
                        "changed": {c: plain(dict(t.outcomes.loc[c])) for c in t.changed},
                    }
                    for t in tests
                ],
            }
        )
        return
    terminal = console()
    table, clock = new_table("date", "what happened", "rules"), histories.scenario.clock
    for entry in shown.itertuples():
        scripted = bool(entry.kind == "scripted")
        when = date_of(entry.date, clock, exact=scripted)
        table.add_row(when, str(entry.text), str(entry.rules), style="dim" if scripted else "")
    terminal.print(table)
    for test in tests:
        when = date_of(clock.span(test.event.tick)[0], clock, exact=False)
        terminal.print(f"\nWithout: {test.event.text} ({when})", style="bold")
        changed = new_table("outcome", "as it was", "without it")
        for outcome in test.changed:
            row = test.outcomes.loc[outcome]
            changed.add_row(outcome, *(answer_of(histories, outcome, value) for value in row))
        terminal.print(changed if test.changed else "  no outcome would have been different")
