"""The command line: `vertikal list | show | check | run | compare | explain | report | new ...`.

Nothing heavy is imported until a command needs it, so that help answers at once. What a user can
mend is printed without a traceback and ends with exit code 2.
"""

import atexit
import errno
import gc
import json
import math
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vertikal import (
    cli_bargain,
    cli_claims,
    cli_claims_rivals,
    cli_claims_where,
    cli_notes,
    cli_trace,
)
from vertikal.cli_print import console
from vertikal.errors import VertikalError
from vertikal.scenario.faults import shown_of

if TYPE_CHECKING:
    from vertikal.scenario.model import Scenario

app = typer.Typer(
    name="vertikal",
    help="A laboratory for the politics of authoritarian, patronal regimes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="First: vertikal list; then: vertikal run stalins-court --runs 1000 --out runs/first",
)
cli_bargain.register(app)
cli_claims.register(app)
cli_claims_where.register(cli_claims.app)
cli_claims_rivals.register(cli_claims.app)
app.command("trace")(cli_trace.trace)

Name = Annotated[str, typer.Argument(help="A library scenario by name or id, or a YAML file.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value: people.beria.proximity=0.2, succession.noise=0.1. Repeatable.",
    ),
]
VariantOption = Annotated[
    list[str] | None,
    typer.Option("--variant", "-v", help="Apply a variant that the scenario declares. Repeatable."),
]
PatchOption = Annotated[
    list[Path] | None, typer.Option("--patch", "-p", help="Apply a patch file. Repeatable.")
]
Seed = Annotated[
    int | None, typer.Option("--seed", "-s", min=0, help="Of all chance; a fresh one if not given.")
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", "-j", min=1, help="Blocks in work at a time; default one a core."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        import importlib.metadata

        print(f"vertikal {importlib.metadata.version('vertikal')}")
        raise typer.Exit


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the scenarios of the library."""
    from vertikal.scenario.catalogue import library

    entries = library()
    if as_json:
        rows = [
            {k: getattr(e, k) for k in ("name", "id", "title", "clock", "question")}
            for e in entries
        ]
        _print_json(rows)
        return
    from rich.text import Text

    table = _table("id", "name", "title", "clock")
    for e in entries:
        table.add_row(e.id, Text(e.name, "bold"), e.title, e.clock)
    console().print(table)


@app.command()
def show(
    name: Name,
    variant: VariantOption = None,
    patch: PatchOption = None,
    set_: Set = None,
    origins: Annotated[
        bool, typer.Option("--origins", help="Say of each value where it comes from.")
    ] = False,
    parameters: Annotated[
        bool,
        typer.Option("--parameters", help="List every number in doubt with its prior and basis."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a scenario as it is played: everything filled in, and where each value comes from."""
    scenario = _loaded(name, variant, patch, set_)
    if parameters:
        from vertikal.report.compose import parameter_facts

        facts = parameter_facts(scenario)
        if as_json:
            import dataclasses

            _print_json([dataclasses.asdict(f) for f in facts])
            return
        table = _table("address", "value", "prior", "unit", "basis", "why")
        for f in facts:
            table.add_row(f.address, f"{f.value:g}", f.prior, f.unit, f.basis, f.why)
        console().print(table)
        return
    if as_json:
        content = scenario.content()
        _print_json(
            {
                "scenario": content,
                "digest": scenario.digest,
                "variants": {letter: v.title for letter, v in scenario.variants.items()},
            }
            | ({"origins": {k: str(o) for k, o in scenario.origins().items()}} if origins else {})
        )
        return
    if origins:
        table, content = _table("address", "value", "origin"), scenario.content()
        for path, origin in scenario.origins().items():
            table.add_row(path, str(_at(content, path)), str(origin))
        console().print(table)
        return
    note = "# Every prior is written out; what has none is certain, so that judgement.spread is 0."
    text = f"{note}\n{scenario.to_yaml()}"
    if sys.stdout.isatty():
        from rich.syntax import Syntax

        console().print(Syntax(text, "yaml", background_color="default"))
        variants = _table("variant", "title")
        for letter, v in scenario.variants.items():
            variants.add_row(letter, v.title)
        console().print(variants)
    else:
        print(text, end="")


def _loaded(
    name: str,
    variant: list[str] | None = None,
    patch: list[Path] | None = None,
    set_: list[str] | None = None,
) -> "Scenario":
    """A scenario with what the options change in it."""
    from vertikal.scenario.faults import ScenarioError
    from vertikal.scenario.loader import load

    if fault := cli_notes.folder_fault(name):
        raise ScenarioError([fault])
    with cli_notes.told_of_variants(name, variant):
        return load(name, variant=variant, patches=patch or (), set=set_ or ())


@app.command()
def check(
    files: Annotated[
        list[str], typer.Argument(help="Scenario files, or library scenarios by name or id.")
    ],
    as_json: Json = False,
) -> None:
    """Check scenarios and report every fault with its line and how to mend it."""
    import dataclasses

    from vertikal.scenario.loader import check as check_file
    from vertikal.scenario.loader import load

    places = {file: Path(file) if os.path.isfile(file) else file for file in files}
    found = {
        file: [folder] if (folder := cli_notes.folder_fault(file)) else check_file(where)
        for file, where in places.items()
    }
    notes = {
        file: "" if faults else cli_notes.clock_note(load(places[file]))
        for file, faults in found.items()
    }
    if as_json:
        _print_json(
            {
                file: {"faults": _plain([*map(dataclasses.asdict, faults)]), "note": notes[file]}
                for file, faults in found.items()
            }
        )
    else:
        for file, faults in found.items():
            for fault in faults:
                print(f"{fault}\n", file=sys.stderr)
            print(f"{file}: " + (f"{len(faults)} fault(s)" if faults else "no faults"))
            if notes[file]:
                print(f"  {notes[file]}")
    if any(found.values()):
        raise typer.Exit(2)


@app.command()
def run(
    name: Annotated[
        str | None, typer.Argument(help="A library scenario by name or id, or a YAML file.")
    ] = None,
    runs: Annotated[
        int | None,
        typer.Option(
            "--runs",
            "-n",
            min=1,
            help="How many histories (default 1000); with --extend how many more.",
        ),
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The run directory; default runs/NAME-SEED.")
    ] = None,
    variant: VariantOption = None,
    patch: PatchOption = None,
    set_: Set = None,
    fixed: Annotated[
        bool,
        typer.Option("--fixed", help="Take central values instead of drawing from the priors."),
    ] = False,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="DIR", help="Finish a run that was interrupted."),
    ] = None,
    extend: Annotated[
        Path | None, typer.Option("--extend", metavar="DIR", help="Add --runs histories to a run.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play many histories of a scenario and keep them in a run directory."""
    from vertikal.engine.progress import shown

    given = {"NAME": name, "--resume": resume, "--extend": extend}
    chosen = [k for k, v in given.items() if v is not None]
    if len(chosen) != 1:
        raise VertikalError(
            "what to run is not clear" if chosen else "nothing to run",
            where=", ".join(chosen),
            mend="Give either the name of a scenario, or --resume DIR, or --extend DIR --runs M.",
        )
    if name is None:
        stray = {
            "--seed": seed, "--out": out, "--variant": variant, "--patch": patch, "--set": set_,
            "--fixed": fixed or None, "--runs": runs if resume else None,
        }  # fmt: skip
        for option, value in stray.items():
            if value is not None:
                raise VertikalError(
                    f"{option} does not go with {chosen[0]}: the run directory says what is played",
                    mend=f"Leave {option} out, or begin a new run.",
                )
    from vertikal import laboratory

    with shown() as progress:
        if resume is not None:
            ensemble = laboratory.resume(resume, workers=workers, progress=progress)
        elif extend is not None:
            if runs is None:
                raise VertikalError("how many histories to add is not said", mend="Give --runs M.")
            ensemble = laboratory.extend(extend, runs, workers=workers, progress=progress)
        else:
            from vertikal.engine.seeds import new_seed

            assert name is not None
            scenario = _loaded(name, variant, patch, set_)
            seed = new_seed() if seed is None else seed
            ensemble = laboratory.simulate(
                scenario,
                runs or 1000,
                seed=seed,
                out=out or Path("runs") / f"{scenario.name}-{seed}",
                workers=workers,
                fixed=fixed,
                progress=progress,
            )
    cli_notes.warn_of_lost_programs()
    if name is None:
        scenario = laboratory.scenario_of(ensemble)
    _tell(ensemble, cli_notes.clock_note(scenario), as_json)


def _tell(ensemble: Any, note: str, as_json: bool) -> None:
    from vertikal import laboratory

    found = laboratory.outcome_frequencies(ensemble)
    if as_json:
        manifest = ensemble.manifest
        _print_json(
            {
                "path": str(ensemble.path),
                "scenario": manifest.scenario.name,
                "seed": manifest.seed,
                "runs": ensemble.runs,
                "failed": ensemble.failed,
                "note": note,
                "theory_note": found.theory_note,
                "outcomes": _plain(found.table().to_dict("records")),
            }
        )
        return
    terminal = console()
    terminal.print(_answers(ensemble, found))
    if found.theory_note:
        terminal.print(found.theory_note, soft_wrap=True)
    where = f"{ensemble.runs} histories, seed {ensemble.manifest.seed}, in {ensemble.path}"
    terminal.print(where, soft_wrap=True)
    if note:
        terminal.print(note, soft_wrap=True)
    if ensemble.failed:
        terminal.print(f"{ensemble.failed:.2%} of the histories failed", style="bold red")
    terminal.print(f"Read them: vertikal report {ensemble.path}", soft_wrap=True)


MOST_LABELS = 4
"""Answers of a question that the table names; the rarer ones are counted together."""


def _answers(ensemble: Any, found: Any) -> Any:
    """The frequencies as a table for people: question, answer, how often, how sure."""
    heads = _heads([r.split for r in found.rows if r.split is not None])
    table = _table("question", "answer", "frequency", "95% interval", *heads)
    step = ensemble.manifest.step_years
    for spec in ensemble.manifest.outcomes:
        rows = [r for r in found.rows if r.outcome in (spec.name, f"{spec.name}.is")]
        shares = sorted((r for r in rows if r.is_share), key=lambda r: -r.estimate)
        shares = [r for r in shares if r.estimate > 0] or shares[:1]
        most = shown_of(len(shares), MOST_LABELS)
        lines = [
            (
                row.value,
                f"{row.estimate:.1%}",
                f"{row.low:.1%} to {row.high:.1%}",
                *_doubts(row.split, len(heads)),
            )
            for row in shares[:most]
        ]
        if rest := sum(r.estimate for r in shares[most:]):
            lines.append((f"{len(shares) - most} rarer", f"{rest:.1%}", "", ""))
        told = (
            _date_in(ensemble.manifest.time, step)
            if spec.kind == "time"
            else _number_in(spec, step)
        )
        lines += [
            (
                _MEASURES.get(r.value, r.value),
                told(r.estimate),
                f"{told(r.low)} to {told(r.high)}",
                "",
            )
            for r in rows
            if not r.is_share
        ]
        for k, line in enumerate(lines):
            table.add_row("" if k else spec.ask or spec.name, *line)
    return table


def _heads(splits: list[Any]) -> tuple[str, ...]:
    """What the spread of answers may be due to, besides chance."""
    ranging = [split for split in splits if split.theories > 1]
    if not ranging:
        return ("due to parameters",)
    if all(split.is_joint for split in ranging):
        return ("due to parameters or theory",)
    return "due to parameters", "due to theory"


def _doubts(split: Any, columns: int) -> tuple[str, ...]:
    """How much of an answer's spread is due to parameters and, if they vary, to theories."""
    if split is None:
        return ("",) * columns
    if columns == 1:
        return (_part(split.doubt_share),)
    if split.is_joint:
        return (f"{_part(split.doubt_share)} together",) * columns
    return _part(split.share), _part(split.theory_share)


def _part(share: float) -> str:
    """A part of the spread; a dash where it is not known."""
    return "–" if math.isnan(share) else f"{min(max(share, 0.0), 1.0):.0%}"


@app.command()
def compare(
    name: Annotated[
        str,
        typer.Argument(
            help="A library scenario by name or id, or a YAML file; or a run directory, to be "
            "compared with another by --patch OTHER_DIR."
        ),
    ],
    variant: VariantOption = None,
    patch: PatchOption = None,
    set_: Set = None,
    runs: Annotated[
        int | None, typer.Option("--runs", "-n", min=1, help="How many histories; default 1000.")
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Compare a scenario with a patch of it, history by history, sharing all chance.

    Pairs of which a history failed in either arm are left out and counted. In the rows `years` of
    a date, never counts as the end of the clock; rows of NAME.is say in which way it comes.
    """
    from vertikal import laboratory
    from vertikal.engine.progress import shown

    if cli_notes.names_a_run(name):
        others = patch or []
        if len(others) != 1 or variant or set_ or {runs, seed, workers} != {None}:
            raise VertikalError(
                "two run directories are compared as they are",
                mend="Write: vertikal compare DIR --patch OTHER_DIR.",
            )
        from vertikal.engine.ensemble import open_ensemble

        arms = open_ensemble(name), open_ensemble(others[0])
        cli_notes.warn_of_unfinished(*arms)
        found = laboratory.compare(*arms)
    else:
        with shown() as progress, cli_notes.told_of_variants(name, variant):
            found = laboratory.contrast(
                name,
                variant=variant,
                patches=patch or (),
                set=set_ or (),
                runs=runs or 1000,
                seed=seed,
                workers=workers,
                progress=progress,
            )
    if as_json:
        left_out = {"failed": found.failed, "unpaired": found.unpaired}
        _print_json([_plain(row) | left_out for row in found.table().to_dict("records")])
    else:
        console().print(found)


@app.command()
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

    if cli_notes.names_a_run(where):
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
        cli_notes.warn_of_unfinished(ensemble)
        histories = laboratory.histories_of(ensemble)
    else:
        histories = Histories(_loaded(where, variant, patch, set_), 0 if seed is None else seed)
    chronicle = laboratory.explain(histories, history)
    tests = laboratory.explain_but_for(histories, chronicle, without) if without else []
    shown = chronicle.table(Weight.MINOR if everything else Weight.NOTABLE)
    if as_json:
        _print_json(
            {
                "run": history,
                "seed": histories.seed,
                "events": _plain(shown.to_dict("records")),
                "but_for": [
                    {
                        "event": t.event.text,
                        "tick": t.event.tick,
                        "changed": {c: _plain(dict(t.outcomes.loc[c])) for c in t.changed},
                    }
                    for t in tests
                ],
            }
        )
        return
    terminal = console()
    table, clock = _table("date", "what happened", "rules"), histories.scenario.clock
    for entry in shown.itertuples():
        scripted = bool(entry.kind == "scripted")
        when = _when(entry.date, clock, exact=scripted)
        table.add_row(when, str(entry.text), str(entry.rules), style="dim" if scripted else "")
    terminal.print(table)
    for test in tests:
        terminal.print(f"\nWithout: {test.event.text}", style="bold")
        changed = _table("outcome", "as it was", "without it")
        for outcome in test.changed:
            row = test.outcomes.loc[outcome]
            changed.add_row(outcome, *(_answer(histories, outcome, value) for value in row))
        terminal.print(changed if test.changed else "  no outcome would have been different")


@app.command()
def report(
    directory: Annotated[Path, typer.Argument(help="A run directory.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file; default DIR/report.html.")
    ] = None,
) -> None:
    """Write a report of a run as one HTML file that opens without a network."""
    from vertikal.engine.ensemble import open_ensemble
    from vertikal.report.compose import compose
    from vertikal.report.page import write_report

    ensemble = open_ensemble(directory)
    cli_notes.warn_of_unfinished(ensemble)
    path = write_report(compose(ensemble), out or directory / "report.html")
    print(path)


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(help="Name of the new scenario: letters, digits and hyphens.")
    ],
    folder: Annotated[Path, typer.Option("--in", help="Where to write NAME.yaml.")] = Path("."),
) -> None:
    """Write a small scenario to start from, with comments."""
    from vertikal.scenario.starter import write_starter

    path = write_starter(name, folder)
    print(f"{path}\nCheck it: vertikal check {path}\nPlay it:  vertikal run {path} --runs 1000")


@app.command()
def schedule(name: Name, as_json: Json = False) -> None:
    """Print the order of a tick: which mechanisms act, when, and by which rules."""
    from vertikal.scenario.world import used_mechanisms

    scenario = _loaded(name)
    off = set(scenario.mechanisms.off)
    rows = [
        {
            "stage": m.stage.name.lower(),
            "mechanism": m.name,
            "on": m.name not in off,
            "rules": list(m.rules),
            "builds_on": m.builds_on,
        }
        for m in used_mechanisms(scenario)
    ]
    if as_json:
        _print_json(rows)
        return
    table = _table("stage", "mechanism", "rules", "builds on")
    for row in rows:
        label = str(row["mechanism"]) if row["on"] else f"{row['mechanism']} (off)"
        style = "" if row["on"] else "dim"
        cells = (str(row["stage"]), label, ", ".join(row["rules"]), str(row["builds_on"]))  # type: ignore[arg-type]
        table.add_row(*cells, style=style)
    console().print(table)


_MEASURES = {"q05": "5% quantile", "q50": "median", "q95": "95% quantile"}


def _number_in(spec: Any, step: float) -> Any:
    """How to write a number in its unit, given the years of a step of the clock."""
    from vertikal.report.words import scaled

    scale, unit = scaled(spec.unit, step)
    return lambda value: f"{value * scale:.3g} {unit}".rstrip()


def _date_in(time: Sequence[str], step: float) -> Callable[[float], str]:
    """How to write years since the start of a run as a date, to the precision of its clock.

    Args:
        time: First instant of each tick.
        step: Years of a tick.
    """
    digits = 7 if step >= 1 / 12 else 10 if step > 1 / 400 else 16

    def date(years: float) -> str:
        if years == float("inf"):
            return "never"
        return time[min(int(years / step), len(time) - 1)][:digits].replace("T", " ")

    return date


def _answer(histories: Any, outcome: str, value: Any) -> str:
    """How to write the answer of one history.

    Args:
        histories: To which it belongs.
        outcome: Column of the table of outcomes.
        value: What stands there.
    """
    step = histories.scenario.clock.step_years
    spec = next(s for s in histories.outcome_specs if outcome in s.columns)
    if value is None or value != value:
        return "no answer" if spec.kind in ("number", "bool") else "never"
    if spec.kind == "number":
        return str(_number_in(spec, step)(value))
    if spec.kind == "time" and outcome == spec.name:
        return _date_in(histories.time, step)(value)
    if spec.kind == "bool":
        return "yes" if value else "no"
    return str(value)


def _when(date: Any, clock: Any, *, exact: bool) -> str:
    """A date to the precision of the clock; what a scenario dates itself, to the day at least.

    A step that is no unit of the calendar, such as a week, is told from its first day or month to
    its last, since what a scenario imposes in the midst of it comes first in it.
    """
    if exact or clock.step in ("day", "hour"):
        return f"{date:%Y-%m-%d %H:%M}"[: 16 if clock.step == "hour" else 10]
    first, after = clock.span(clock.tick(date))
    digits = 10 if clock.step == "week" or first.day > 1 else 7
    if clock.step == "year" and (first.month, first.day) == (1, 1):
        digits = 4
    one, two = (f"{day:%Y-%m-%d}"[:digits] for day in (first, after - timedelta(days=1)))
    return one if one == two else f"{one} to {two}"


def _table(*columns: str) -> Any:
    from rich.table import Table

    table = Table(show_edge=False, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str, allow_nan=False))


def _plain(value: Any) -> Any:
    """A value without what JSON does not know: NumPy numbers, paths, dates, and NaN and infinity.

    Both become null: what is missing, and a time that never comes.
    """
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)


def _at(content: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(content, dict) or key not in content:
            return ""
        content = content[key]
    return content


def _shown_as_message(usual: Callable[..., None]) -> Callable[..., None]:
    """How to show warnings: ours without the place in the code, which is no concern of a user."""

    def show(message: Warning | str, category: type[Warning], *where: Any, **how: Any) -> None:
        if category.__module__.partition(".")[0] == "vertikal":
            print(f"vertikal: {message}", file=sys.stderr)
        else:
            usual(message, category, *where, **how)

    return show


def main() -> None:
    """Entry point: run a command and turn a user's mistake into a message and exit code 2."""
    # what is imported and compiled is no garbage: looking for some is a fifth of a start
    gc.set_threshold(100_000, 20, 20)
    atexit.register(gc.freeze)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _shown_as_message(warnings.showwarning)
            try:
                app()
            finally:
                print(end="", flush=True)
    except VertikalError as error:
        print(f"vertikal: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        print("vertikal: interrupted", file=sys.stderr)
        raise SystemExit(130) from None
    except BrokenPipeError:
        _print_no_more()
        raise SystemExit(141) from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _print_no_more()
        where = f" {error.filename}" if error.filename else ""
        print(f"vertikal: cannot write{where}: {error.strerror}", file=sys.stderr)
        raise SystemExit(74) from None


def _print_no_more() -> None:
    """Let what is still to be printed go nowhere, so that the end is not told of it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
