"""How fast the Spatial Model of Politics is played, beside the program it was published as.

    python -m benchmarks.bargaining [--json] [--actors 13 26 40 80 160] [--games 256]

For each size: seconds for one game with every round kept, and seconds a game in a batch with
uncertain inputs, in double and single precision; wall-clock and CPU, without compilation. The
peer's CPU seconds are those of `benchmarks/data/peer_timing.csv` (median of its runs) for the same
tables and options. The ratio compares CPU seconds of one game; the peer writes a database
meanwhile, which is part of its time.
"""

import argparse
import json
import platform
import time
from importlib.resources import files
from pathlib import Path

import jax
import pandas as pd
from rich.console import Console
from rich.table import Table

from vertikal.theory.bargaining_spatial import bargain_spatial
from vertikal.theory.spatial_ensemble import bargain_ensemble
from vertikal.theory.stakeholders import read_stakeholders

CASES = {
    13: "soe-pol-comp",
    26: "soe-policy",
    40: "dummy-a040",
    80: "dummy-a080",
    160: "dummy-a160",
}


def timed(function, repeats):
    """Least wall-clock and CPU seconds of several calls after a first one; the last result."""
    result = function()
    wall, cpu = [], []
    for _ in range(repeats):
        start, start_cpu = time.perf_counter(), time.process_time()
        result = function()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    return min(wall), min(cpu), result


def measure(actors, games):
    case = CASES[actors]
    table = read_stakeholders(files("vertikal") / "data" / "bargaining" / f"{case}.csv")
    arrays = table.influence, table.unit_positions, table.salience
    wall, cpu, game = timed(lambda: bargain_spatial(*arrays), 3)
    found = {
        "case": case,
        "actors": actors,
        "turns": game.turns,
        "one_game_wall_s": wall,
        "one_game_cpu_s": cpu,
    }
    runs = max(4, games if actors <= 80 else games // 8)
    for precision in ("float64", "float32"):

        def batch(precision=precision):
            return bargain_ensemble(*arrays, runs=runs, precision=precision)

        wall, cpu, ensemble = timed(batch, 2)
        found[f"batch_{precision}_wall_s"] = wall / runs
        found[f"batch_{precision}_cpu_s"] = cpu / runs
        found["batch_mean_turns"] = float(ensemble.outcomes.turns.mean())
    return found | {"batch_games": runs} | peer(case, cpu_s=found["one_game_cpu_s"])


def peer(case, cpu_s):
    """The peer's median CPU seconds for the same game, and how many times ours that is."""
    rows = pd.read_csv(Path(__file__).parent / "data" / "peer_timing.csv").query("case == @case")
    medians = rows.groupby("variant").cpu_s.median()
    return {f"peer_{name}_cpu_s": float(value) for name, value in medians.items()} | {
        f"ratio_{name}": float(value) / cpu_s for name, value in medians.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--actors", type=int, nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--games", type=int, default=256, help="games in a batch, at least 4")
    arguments = parser.parse_args()
    rows = [measure(actors, arguments.games) for actors in arguments.actors]
    if arguments.json:
        machine = {"python": platform.python_version(), "jax": jax.__version__}
        machine["device"] = jax.devices()[0].device_kind
        print(json.dumps({"machine": machine, "rows": rows}, indent=2))
        return
    table = Table(title="Spatial Model of Politics: milliseconds a game", header_style="bold")
    for column in ("actors", "rounds", "one game", "its CPU", "batch", "its CPU", "batch, single"):
        table.add_column(column, justify="right")
    for column in ("games a second", "peer, CPU s", "peer less log, CPU s", "ratio", "less log"):
        table.add_column(column, justify="right")
    for row in rows:
        names = ("one_game_wall_s", "one_game_cpu_s", "batch_float64_wall_s")
        names += ("batch_float64_cpu_s", "batch_float32_wall_s")
        lean = "nologonly-noutil" if "peer_nologonly_cpu_s" not in row else "nologonly"
        table.add_row(
            str(row["actors"]),
            str(row["turns"]),
            *(f"{1000 * row[name]:.1f}" for name in names),
            f"{1 / min(row['batch_float64_wall_s'], row['batch_float32_wall_s']):,.0f}",
            f"{row['peer_asis_cpu_s']:.1f}" if "peer_asis_cpu_s" in row else "",
            f"{row[f'peer_{lean}_cpu_s']:.1f}",
            f"{row['ratio_asis']:,.0f}" if "ratio_asis" in row else "",
            f"{row[f'ratio_{lean}']:,.0f}",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
