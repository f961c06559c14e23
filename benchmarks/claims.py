"""What it costs to put claims to the test, and how that grows.

The claims are made up, on a court of the size of those in the library: each asks a question of its
own. No verdict is ever settled, so that every test plays its whole budget.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import world
from benchmarks.engine import Size
from benchmarks.figures import Figure
from benchmarks.processes import child
from benchmarks.timing import interleave

CLAIMS = 12
"""Claims that are tested together, two for each change."""

PERSONS, MONTHS = 60, 120
"""Of the court, at most."""

NEVER = 1e-300
"""An error rate at which no verdict is settled."""

Row = dict[str, Any]


def claims(size: Size) -> Iterator[Figure]:
    """Claims a minute, together and one by one; and the growth of costs with arms and histories."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        months = min(size.months, MONTHS)
        world.write(folder, min(size.persons, PERSONS), months=months)
        yield from _together(folder, CLAIMS if size.rounds > 2 else 4)
        yield from _growth(folder, size.rounds)
        yield from _parameters(folder, size.rounds)
    if size.full:
        yield from _library()


def _together(folder: Path, count: int) -> Iterator[Figure]:
    """Many claims in one call, and each in one of its own; all in fresh processes."""
    file = _write(folder / "many.yaml", [_change(number) for number in range(count)])
    cold, warm = (_tested(folder / "together", file, "all") for _ in range(2))
    single = [_tested(folder / f"single{n}", file, f"claim-{n}") for n in range(min(count, 3))]
    alone = float(np.mean([found["processor"] for found in single]))
    how = f"{count} claims, 512 histories of each arm, fresh process, two cores at most"
    for state, found in (("cold", cold), ("warm", warm)):
        yield Figure(
            f"claims a minute, {state}",
            60 * count / found["seconds"],
            "/min",
            better="higher",
            note=f"{how}; {found['processor']:.3g} s of processor time",
        )
    yield Figure(
        "one by one, by together, cold",
        alone * count / cold["processor"],
        "x",
        better="higher",
        note=f"processor time; alone a claim takes {alone:.3g} s, mean of {len(single)}",
    )
    yield Figure("cold, by warm", cold["processor"] / warm["processor"], "x", note="processor time")


def _growth(folder: Path, rounds: int) -> Iterator[Figure]:
    """Exponents of the growth of processor time with values of a sweep and with histories."""
    from vertikal.claims import read_book
    from vertikal.claims.running import examine
    from vertikal.claims.trials import BATCH

    arms, batches = (3, 6, 12), (1, 2, 4)
    file = _write(
        folder / "sweeps.yaml", [_sweep(number, count) for number, count in enumerate(arms)]
    )
    found = dict(zip(arms, read_book(file).claims, strict=True))

    def test(values: int, count: int) -> Any:
        return lambda: examine(found[values], budget=count * BATCH, folder=None, error=NEVER)

    wide = {f"{n} arms": test(n, 1) for n in arms}
    long = {f"{n} batches": test(arms[0], n) for n in batches[1:]}
    times = interleave(wide | long, rounds)
    by_arms = [times[f"{n} arms"].processor for n in arms]
    by_batches = [by_arms[0], *(times[f"{n} batches"].processor for n in batches[1:])]
    yield _exponent("arms", arms, by_arms)
    yield _exponent("histories", [BATCH * n for n in batches], by_batches)


def _parameters(folder: Path, rounds: int) -> Iterator[Figure]:
    """Growth with the parameters in doubt: of a test, and of telling where it fails."""
    from vertikal.claims import read_book
    from vertikal.claims.design import make_design
    from vertikal.claims.failing import explain
    from vertikal.claims.kept import parameters, tabulate
    from vertikal.claims.running import SEED, examine
    from vertikal.claims.trials import BATCH
    from vertikal.claims.verdicts import REPLICATES
    from vertikal.claims.wording import Lexicon

    world.write(folder, PERSONS, months=12, spread=0.0)
    (claim,) = read_book(_write(folder / "doubts.yaml", [_change(0)])).claims
    all_ = parameters(make_design(claim, claim.tests[0], folder), SEED, 2).iloc[0]
    counts = [len(all_) // n for n in (4, 2, 1)]
    drawn: dict[str, Callable[[], Any]] = {}
    wheres: dict[str, Callable[[], Any]] = {}
    rng = np.random.default_rng(SEED)
    for count in counts:
        known: dict[str, dict[str, float]] = {}
        for address in rng.permutation(all_.index)[count:]:
            mechanism, name = address.split(".")
            known.setdefault(mechanism, {})[name] = float(all_[address])
        home = folder / f"{count}-in-doubt"
        home.mkdir()
        world.write(home, PERSONS, months=12, spread=0.0, parameters=known)
        (one,) = read_book(_write(home / "doubts.yaml", [_change(0)])).claims
        design = make_design(one, one.tests[0], home)
        draws = 4 * BATCH // REPLICATES
        table = parameters(design, SEED, draws)
        if table.shape[1] != count:
            raise AssertionError(f"{table.shape[1]} parameters vary where {count} should")
        noise = rng.normal(size=(draws, REPLICATES))
        effect = 0.1 * table.rank(pct=True).to_numpy()[:, :1] + 0.1 * noise
        answers = {"without": np.zeros_like(noise), "with": effect}
        kept, lexicon = tabulate(table, answers, design.contrasts), Lexicon(design.arms.values())
        drawn[f"{count} tested"] = partial(examine, one, budget=BATCH, folder=None, error=NEVER)
        wheres[f"{count} told"] = partial(explain, one.id, one.tests[0], kept, lexicon)
    times = interleave(drawn | wheres, rounds)
    for what, which in (("parameters", "tested"), ("parameters, where it fails", "told")):
        yield _exponent(what, counts, [times[f"{n} {which}"].processor for n in counts])


def _exponent(what: str, steps: Sequence[int], costs: Sequence[float]) -> Figure:
    """The power of a size with which processor time grows."""
    told = ", ".join(f"{cost:.3g} s" for cost in costs)
    return Figure(
        f"growth of processor time with {what}",
        float(np.polyfit(np.log(steps), np.log(costs), 1)[0]),
        "",
        1.0,
        note=f"exponent; {told} for {', '.join(map(str, steps))}, warm",
    )


def _library() -> Iterator[Figure]:
    """All claims of priority 1 of the library, as a user tests them."""
    with tempfile.TemporaryDirectory() as name:
        cold, warm = (_tested(Path(name), None, "1", Path(name) / f"runs{n}") for n in range(2))
    for state, found in (("cold", cold), ("warm", warm)):
        yield Figure(
            f"library, claims of priority 1, {state}",
            found["seconds"],
            "s",
            600,
            note=f"{found['claims']} claims, {found['unsettled']} of them unsettled; "
            f"{found['processor']:.3g} s of processor time",
        )


def _tested(cache: Path, file: Path | None, which: str, out: Path | None = None) -> Row:
    environment = {"VERTIKAL_CACHE": str(cache)}
    return child(environment, "claims", str(file or ""), which, str(out or ""))


def _write(path: Path, rows: Sequence[Row]) -> Path:
    """A claim file; a JSON text is a YAML text."""
    document = {"code": "BENCH", "author": "Nobody", "title": "Made-up claims"}
    book = {"vertikal": 1, "document": document, "claims": list(rows)}
    path.write_text(json.dumps(book, indent=1), encoding="utf-8")
    return path


def _change(number: int) -> Row:
    """A claim about one of six changes, with a question of its own."""
    power = round(0.4 + 0.1 * (number // 2 % 6), 2)
    return _claim(number, {"set": {"leader.personal_power": power}}, number)


def _sweep(number: int, values: int) -> Row:
    powers = [round(x, 4) for x in np.linspace(0.1, 0.9, values)]
    return _claim(number, {"sweep": {"path": "leader.personal_power", "values": powers}}, 0)


def _claim(number: int, treatment: Row, question: int) -> Row:
    month = f"1946-{question % 12 + 1:02d}-01"
    ask = {"ask": f"Question {question}", "highest": "coercion.fear", "from": month}
    return {
        "id": f"claim-{number}",
        "kind": "causal",
        "source": {"doc": "BENCH"},
        "statement": "A stronger leader is feared more.",
        "subsystem": "leader",
        "tests": [
            {
                "scenario": "court.yaml",
                "treatment": treatment,
                "outcome": ask,
                "shape": "increases",
                "smallest": 0.05,
                "basis": "a benchmark",
            }
        ],
    }
