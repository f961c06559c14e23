"""`python -m benchmarks`: measure, print a table, and write JSON for machines if asked to."""

import argparse
import dataclasses
import json
import os
from pathlib import Path

from rich.console import Console

from benchmarks import claims, engine, processes
from benchmarks.engine import QUICK, Size
from benchmarks.figures import Figure, table
from vertikal.engine.manifest import installed_versions, platform_facts

BENCHMARKS = {
    "speed": engine.speed,
    "replay": engine.replay,
    "bits": engine.bits,
    "cores": processes.cores,
    "start": processes.start,
    "memory": processes.memory,
    "command": processes.command,
    "library": processes.library,
    "claims": claims.claims,
}


def main() -> None:
    """Run the benchmarks that the arguments name, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="tiny sizes, to see that all works")
    size.add_argument("--full", action="store_true", help="play 100,000 histories in earnest")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {', '.join(unknown)}")
    chosen = QUICK if given.quick else Size(full=given.full)
    console, errors = Console(), Console(stderr=True)
    if not console.is_terminal:
        console = Console(width=160)
    figures: list[Figure] = []
    before = os.getloadavg()
    for name in given.names or BENCHMARKS:
        errors.print(f"[dim]{name} ...[/]")
        figures += BENCHMARKS[name](chosen)
    console.print(table(figures, given.quick))
    console.print(f"[dim]load {before[0]:.1f} before, {os.getloadavg()[0]:.1f} after[/]")
    if given.json:
        rows = [dataclasses.asdict(f) | {"met": f.met} for f in figures]
        facts = {
            "size": dataclasses.asdict(chosen),
            "versions": installed_versions(),
            "platform": platform_facts(),
            "load": [before, os.getloadavg()],
        }
        given.json.write_text(json.dumps({**facts, "figures": rows}, indent=1, default=str))


if __name__ == "__main__":
    main()
