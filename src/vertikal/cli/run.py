"""`vertikal run`: play many histories of a scenario, and say how often each answer came."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from vertikal.cli import notes
from vertikal.cli.answers import date_in, interval_in, number_in
from vertikal.cli.options import PatchOption, Seed, Set, VariantOption, Workers, loaded
from vertikal.cli.printing import Json, console, new_table, number_of, plain, print_json
from vertikal.errors import VertikalError
from vertikal.scenario.faults import shown_of

MOST_LABELS = 4
"""Answers of a question that the table names; the rarer ones are counted together."""

_MEASURES = {"q05": "5% quantile", "q50": "median", "q95": "95% quantile"}


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
            scenario = loaded(name, variant, patch, set_)
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
    notes.warn_of_lost_programs()
    if name is None:
        scenario = laboratory.scenario_of(ensemble)
    _tell(ensemble, notes.clock_note(scenario), as_json)


def _tell(ensemble: Any, note: str, as_json: bool) -> None:
    from vertikal import laboratory

    if ensemble.failed == 1:
        from vertikal.report.compose import none_finished

        raise none_finished(ensemble)
    found = laboratory.outcome_frequencies(ensemble)
    if as_json:
        manifest = ensemble.manifest
        print_json(
            {
                "path": str(ensemble.path),
                "scenario": manifest.scenario.name,
                "seed": manifest.seed,
                "runs": ensemble.runs,
                "failed": ensemble.failed,
                "note": note,
                "theory_note": found.theory_note,
                "outcomes": plain(found.table().to_dict("records")),
            }
        )
        return
    terminal = console()
    terminal.print(_answers(ensemble, found))
    if found.theory_note:
        terminal.print(found.theory_note, soft_wrap=True)
    played = number_of(ensemble.runs, "history", "histories")
    where = f"{played}, seed {ensemble.manifest.seed}, in {ensemble.path}"
    terminal.print(where, soft_wrap=True)
    if note:
        terminal.print(note, soft_wrap=True)
    if ensemble.failed:
        terminal.print(f"{ensemble.failed:.2%} of the histories failed", style="bold red")
    terminal.print(f"Read them: vertikal report {ensemble.path}", soft_wrap=True)


def _answers(ensemble: Any, found: Any) -> Any:
    """The frequencies as a table for people: question, answer, how often, how sure."""
    heads = _heads([r.split for r in found.rows if r.split is not None])
    table = new_table("question", "answer", "frequency", "95% interval", *heads)
    manifest = ensemble.manifest
    for spec in manifest.outcomes:
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
        told, interval = _writers(spec, manifest)
        lines += [
            (
                _MEASURES.get(r.value, r.value),
                told(r.estimate),
                interval(r.low, r.high),
                *_doubts(r.split, len(heads)),
            )
            for r in rows
            if not r.is_share
        ]
        for k, line in enumerate(lines):
            table.add_row("" if k else spec.ask or spec.name, *line)
    return table


def _writers(spec: Any, manifest: Any) -> tuple[Any, Any]:
    """How to write a date or number that answers a question, and its interval."""
    if spec.kind != "time":
        step = manifest.step_years
        return number_in(spec, step), interval_in(spec, step)
    told = date_in(manifest.time, manifest.steps)
    return told, lambda low, high: f"{told(low)} to {told(high)}"


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
