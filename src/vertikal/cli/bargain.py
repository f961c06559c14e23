"""`vertikal bargain`: play a table of stakeholders through a formal model of bargaining.

The Spatial Model of Politics or Bueno de Mesquita's expected-utility model. Nothing heavy is
imported until the command runs; the picture is in `vertikal.report.bargaining`.
"""

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from vertikal.cli.printing import Json, Svg, check_svg, choice, console, new_table, print_json
from vertikal.errors import VertikalError

if TYPE_CHECKING:
    import numpy as np

    from vertikal.theory.bargaining_spatial import SpatialBargaining, SpatialOptions
    from vertikal.theory.bargaining_utility import UtilityBargaining
    from vertikal.theory.spatial_ensemble import SpatialEnsemble
    from vertikal.theory.stakeholders import Stakeholders


def bargain(
    file: Annotated[
        str,
        typer.Argument(
            help="A CSV file (actor, description, influence, dimension, position, salience), or "
            "the name of a case that comes with the package, such as soe-policy."
        ),
    ],
    model: Annotated[
        Literal["smp", "eum"],
        typer.Option(help="smp: Spatial Model of Politics; eum: expected-utility model."),
    ] = "smp",
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option",
            metavar="NAME=VALUE",
            help="A technical option of smp, such as risk_adjustment=Half. Repeatable.",
        ),
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help="Reading of eum, such as masad; default velev.")
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(min=1, help="Rounds of eum, which has no rule to stop; default 10."),
    ] = None,
    low: Annotated[
        float | None, typer.Option("--low", help="Lowest position of the scale; default 0.")
    ] = None,
    high: Annotated[
        float | None, typer.Option("--high", help="Highest position of the scale; default 100.")
    ] = None,
    runs: Annotated[
        int,
        typer.Option(
            "--runs", "-n", min=0, help="Also play this many games with uncertain inputs (smp)."
        ),
    ] = 0,
    vary_options: Annotated[
        bool,
        typer.Option("--vary-options", help="With --runs: run through the technical options too."),
    ] = False,
    seed: Annotated[
        int | None, typer.Option("--seed", "-s", min=0, help="Of all draws (smp); default 0.")
    ] = None,
    as_json: Json = False,
    svg: Svg = None,
) -> None:
    """Play a table of stakeholders and show where they end up."""
    check_svg(svg)
    table = _stakeholders(file, low, high)
    if model == "eum":
        if runs or vary_options or option or seed is not None:
            raise VertikalError(
                "--runs, --vary-options, --option and --seed belong to the model smp",
                mend="Leave them out, or drop --model eum. Readings of eum: --variant.",
            )
        _utility(table, variant or "velev", rounds or 10, as_json, svg)
        return
    if variant is not None or rounds is not None:
        raise VertikalError(
            "--variant and --rounds belong to the model eum",
            mend="Leave them out, or add --model eum. Options of smp: --option.",
        )
    seed = seed or 0
    if vary_options and not runs:
        raise VertikalError(
            "--vary-options says what to draw, not how often", mend="Add --runs 1000, say."
        )
    from vertikal.theory.bargaining_spatial import bargain_spatial

    options = _options(option or [])
    game = bargain_spatial(
        table.influence, table.unit_positions, table.salience, options=options, seed=seed
    )
    ensemble = _ensemble(table, options, runs, vary_options, seed) if runs else None
    if as_json:
        print_json(_spatial_content(table, game, ensemble))
    else:
        _tell_spatial(table, game, ensemble)
    if svg is not None:
        from vertikal.report.bargaining import draw_bargaining

        finals = None
        if ensemble is not None:
            finals = table.on_scale(ensemble.outcomes.likeliest)
        draw_bargaining(svg, table, table.on_scale(game.positions), finals)


def _stakeholders(file: str, low: float | None, high: float | None) -> "Stakeholders":
    """The table of a file, or of a case that comes with the package."""
    from importlib.resources import as_file, files

    from vertikal.theory.stakeholders import read_stakeholders

    home = files("vertikal") / "data" / "bargaining"
    cases = {
        row["case"]: row
        for row in csv.DictReader((home / "cases.csv").read_text("utf-8").splitlines())
    }
    path = Path(file)
    if not os.path.exists(path) and file in cases:
        low = float(cases[file]["scale_low"]) if low is None else low
        high = float(cases[file]["scale_high"]) if high is None else high
        source = home / f"{file}.csv"
    elif not os.path.isfile(path):
        raise VertikalError(
            f'"{file}" is a folder' if os.path.isdir(path) else f'there is no file "{file}"',
            mend="Give a CSV file, or one of the cases that come with the package. "
            f"{choice(file, cases, 'Cases')}",
        )
    else:
        source = path
    scale = {
        "scale_low": 0.0 if low is None else low,
        "scale_high": 100.0 if high is None else high,
    }
    if scale["scale_low"] >= scale["scale_high"]:
        raise VertikalError(
            f"the low end of the scale, {scale['scale_low']:g}, must lie below the high end, "
            f"{scale['scale_high']:g}",
            where="--low, --high",
            mend="Give the lowest and the highest position that the file may hold.",
        )
    try:
        with as_file(source) as real:
            return read_stakeholders(real, **scale)
    except OSError as error:
        raise VertikalError(
            f"the file cannot be read: {error.strerror}",
            where=file,
            mend="Let it be read, or name another.",
        ) from None
    except ValueError as error:
        raise VertikalError(str(error)) from None


def _options(pairs: list[str]) -> "SpatialOptions":
    """Technical options from `name=value` on the command line."""
    import dataclasses

    from vertikal.theory.bargaining_spatial import DEFAULTS, SpatialOptions

    names = [field.name for field in dataclasses.fields(SpatialOptions)]
    chosen: dict[str, Any] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in names:
            raise VertikalError(
                f'there is no option "{name}"',
                where=f"--option {pair}",
                mend=choice(name, names, "Options"),
            )
        kind = type(getattr(DEFAULTS, name))
        try:
            chosen[name] = value == "true" if kind is bool else kind(value)
        except ValueError:
            raise VertikalError(
                f'"{value}" is not a number', where=f"--option {pair}", mend="Give a number."
            ) from None
        if kind is bool and value not in ("true", "false"):
            raise VertikalError(
                f'"{value}" is neither true nor false',
                where=f"--option {pair}",
                mend=f"Write {name}=true or {name}=false.",
            )
    try:
        return SpatialOptions(**chosen)
    except ValueError as error:
        raise VertikalError(str(error), where="--option") from None


def _ensemble(
    table: "Stakeholders", options: "SpatialOptions", runs: int, vary_options: bool, seed: int
) -> "SpatialEnsemble":
    from vertikal.theory.bargaining_spatial import option_variants
    from vertikal.theory.spatial_ensemble import bargain_ensemble

    return bargain_ensemble(
        table.influence,
        table.unit_positions,
        table.salience,
        runs=runs,
        options=option_variants(options) if vary_options else options,
        seed=seed,
    )


def _rounded(values: "np.ndarray") -> Any:
    """Numbers without the last bits of noise, as lists."""
    return values.round(10).tolist()


_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_ONE_RUN = "One run is one point; --runs 1000 --vary-options shows how far it can be trusted."
_READINGS = (
    "The model has no rule for the number of rounds, and readings differ; compare --variant."
)


def _spatial_content(
    table: "Stakeholders", game: "SpatialBargaining", ensemble: "SpatialEnsemble | None"
) -> dict[str, Any]:
    """What `--json` prints; positions on the scale of the file."""
    content = {
        "model": "smp",
        "actors": list(table.actors),
        "dimensions": list(table.dimensions),
        "positions": _rounded(table.on_scale(game.positions)),
        "probabilities": _rounded(game.probability),
        "risk": _rounded(game.risk),
        "movement": _rounded(game.movement),
        "turns": game.turns,
        "status": game.status.name.lower(),
        "likeliest": _rounded(table.on_scale(game.likeliest)),
        "note": _ONE_RUN if ensemble is None else "",
    }
    if ensemble is not None:
        content["ensemble"] = {
            "runs": len(ensemble.option),
            "seed": ensemble.seed,
            "noise": ensemble.noise._asdict(),
            "option_sets": len(ensemble.options),
            "levels": list(_LEVELS),
            "likeliest": _rounded(table.on_scale(ensemble.quantiles(_LEVELS))),
        }
    return content


def _tell_spatial(
    table: "Stakeholders", game: "SpatialBargaining", ensemble: "SpatialEnsemble | None"
) -> None:
    paths = table.on_scale(game.positions)
    shown = _positions_table(table, paths, "probability", game.probability[-1])
    terminal = console()
    terminal.print(shown)
    likeliest = ", ".join(f"{v:.2f}" for v in table.on_scale(game.likeliest))
    terminal.print(f"{_counted(game.turns, 'round')}. {game.status.sentence}")
    terminal.print(f"Likeliest final position: {likeliest}", style="bold")
    if ensemble is None:
        terminal.print(_ONE_RUN, style="dim")
        return
    quantiles = table.on_scale(ensemble.quantiles(_LEVELS))
    spread = new_table("issue", *(f"{level:.0%}" for level in _LEVELS), numbers=5)
    for k, dimension in enumerate(table.dimensions):
        spread.add_row(dimension, *(f"{v:.2f}" for v in quantiles[:, k]))
    terminal.print(
        f"\nLikeliest final position over {_counted(len(ensemble.option), 'game')} with uncertain"
        f" inputs and {_counted(len(ensemble.options), 'set')} of options:",
        soft_wrap=True,
    )
    terminal.print(spread)


def _counted(number: int, noun: str) -> str:
    """A number with its noun: 1 round, 2 rounds."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _utility(
    table: "Stakeholders", variant: str, rounds: int, as_json: bool, svg: Path | None
) -> None:
    """The expected-utility model, told."""
    import numpy as np

    from vertikal.theory.bargaining_utility import READINGS, bargain_utility

    if variant not in READINGS:
        raise VertikalError(
            f'the model eum has no reading "{variant}"',
            where=f"--variant {variant}",
            mend=choice(variant, READINGS, "Readings"),
        )
    if len(table.dimensions) != 1:
        raise VertikalError(
            f"the model eum knows one issue, the file has {len(table.dimensions)}: "
            f"{', '.join(table.dimensions)}",
            mend="Keep the rows of one dimension, or use --model smp.",
        )
    try:
        game = bargain_utility(
            table.influence,
            table.positions[:, 0],
            table.salience[:, 0],
            variant=variant,  # type: ignore[arg-type]
            rounds=rounds,
        )
    except ValueError as error:
        raise VertikalError(str(error)) from None
    if as_json:
        print_json(_utility_content(table, game, variant))
    else:
        _tell_utility(table, game, variant)
    if svg is not None:
        from vertikal.report.bargaining import draw_bargaining

        draw_bargaining(svg, table, np.asarray(game.positions)[..., None])


def _utility_content(
    table: "Stakeholders", game: "UtilityBargaining", variant: str
) -> dict[str, Any]:
    import numpy as np

    return {
        "model": "eum",
        "variant": variant,
        "actors": list(table.actors),
        "dimensions": list(table.dimensions),
        "positions": _rounded(np.asarray(game.positions)[..., None]),
        "median": _rounded(np.asarray(game.median)),
        "mean": _rounded(np.asarray(game.mean)),
        "exponents": _rounded(np.asarray(game.exponent)),
        "note": _READINGS,
    }


def _tell_utility(table: "Stakeholders", game: "UtilityBargaining", variant: str) -> None:
    import numpy as np

    terminal = console()
    paths = np.asarray(game.positions)[..., None]
    terminal.print(_positions_table(table, paths, "risk exponent", np.asarray(game.exponent)[-1]))
    by_round = new_table("round", "median", "mean", numbers=2)
    for number, (median, mean) in enumerate(zip(game.median, game.mean, strict=True)):
        by_round.add_row(str(number), f"{median:.3f}", f"{mean:.3f}")
    terminal.print(f"\nReading {variant}:")
    terminal.print(by_round)
    terminal.print(_READINGS, style="dim")


def _positions_table(
    table: "Stakeholders", paths: "np.ndarray", last: str, values: "np.ndarray"
) -> Any:
    """Actors with influence, salience, first and last positions, and one number more."""
    ends = [f"{name} {end}" for name in table.dimensions for end in ("from", "to")]
    shown = new_table("actor", "influence", "salience", *ends, last, numbers=3 + len(ends))
    for k, actor in enumerate(table.actors):
        places = [f"{v:.2f}" for pair in zip(paths[0, k], paths[-1, k], strict=True) for v in pair]
        weight = f"{table.influence[k]:g}", f"{table.salience[k].sum():.0%}"
        shown.add_row(actor, *weight, *places, f"{values[k]:.3f}")
    return shown
