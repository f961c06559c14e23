"""The command line: `vertikal list | show | check | run | compare | explain | report | new ...`.

Each command has a file of its name, or of what it is about. Nothing heavy is imported until a
command needs it, so that help answers at once. What a user can mend is printed without a traceback
and ends with exit code 2.
"""

import atexit
import errno
import gc
import os
import sys
import warnings
from collections.abc import Callable
from typing import Annotated, Any

import typer

from vertikal.cli import (
    bargain,
    claims,
    claims_rivals,
    claims_where,
    coalition,
    compare,
    explain,
    report,
    run,
    scenarios,
    trace,
)
from vertikal.errors import VertikalError

app = typer.Typer(
    name="vertikal",
    help="A laboratory for the politics of authoritarian, patronal regimes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="First: vertikal list; then: vertikal run stalins-court --runs 1000 --out runs/first",
)
COMMANDS: tuple[Callable[..., None], ...] = (
    scenarios.list_,
    scenarios.show,
    scenarios.check,
    run.run,
    compare.compare,
    explain.explain,
    report.report,
    scenarios.new,
    scenarios.schedule,
    trace.trace,
    bargain.bargain,
    coalition.coalition,
)
OF_CLAIMS: tuple[Callable[..., None], ...] = (
    claims_where.where,
    claims_where.screen,
    claims_where.overturn,
    claims_rivals.rivalry,
    claims_rivals.transfer,
)
for _command in COMMANDS:
    _settings = coalition.NUMBERS if _command is coalition.coalition else {}
    app.command(_command.__name__.rstrip("_"), context_settings=_settings)(_command)
for _command in OF_CLAIMS:
    claims.app.command(context_settings=claims.once_out("folder"))(_command)
for _info in (*app.registered_commands, *claims.app.registered_commands):
    # help keeps the line ends of all paragraphs but the first, which fall where the code is full
    _told = (_info.callback.__doc__ or "") if _info.callback else ""
    _info.help = "\n\n".join(" ".join(part.split()) for part in _told.split("\n\n"))
app.add_typer(claims.app, name="claims", no_args_is_help=True)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        import importlib.metadata

        print(f"vertikal {importlib.metadata.version('vertikal')}")
        raise typer.Exit


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
