"""The commands as a user gives them, in this process or in one of their own."""

import contextlib
import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

from vertikal.cli import main
from vertikal.scenario.starter import TEMPLATE

SCRIPT = Path(sys.executable).with_name("vertikal")
"""The command as it was installed beside this Python."""


@dataclasses.dataclass(frozen=True)
class Told:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=_no_constant)


def _no_constant(name: str) -> Any:
    raise AssertionError(f"{name} is no JSON")


def command(*arguments: object) -> Told:
    """Give a command in this process; anything that it raises but an exit is let through."""
    words = ["vertikal", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    with (
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    return Told(0 if code is None else int(code), out.getvalue(), err.getvalue())


def begin(*arguments: object, **how: Any) -> subprocess.Popen[str]:
    """Give a command in a process of its own."""
    words = [sys.executable, "-m", "vertikal.cli", *map(str, arguments)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **how
    )


def process(*arguments: object, **how: Any) -> Told:
    """Give a command in a process of its own and wait for its end."""
    with begin(*arguments, **how) as begun:
        out, err = begun.communicate(timeout=500)
    return Told(begun.returncode, out, err)


def starter(folder: Path, name: str = "tiny") -> Path:
    """What `vertikal new` writes, on a clock of five years: one shape, and so one compilation."""
    text = TEMPLATE.format(name=name)
    for old, new in (("2009-12-31", "2004-12-31"), ("2009-12-01", "2004-12-01")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def parquet(folder: Path) -> dict[str, bytes]:
    """Every Parquet file of a run directory."""
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*.parquet")}


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
