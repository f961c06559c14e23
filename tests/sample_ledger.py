"""A folder of tests without histories: claims of every shape, their answers made up."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests import commands
from vertikal.claims import Claim, read_book
from vertikal.claims.adversary import Effect, Found, Overturning
from vertikal.claims.chosen_draws import bench, study_path
from vertikal.claims.design import make_design
from vertikal.claims.failing import Place
from vertikal.claims.folders import batch_path, freeze, written_batch
from vertikal.claims.kept import parameters
from vertikal.claims.reading import Book
from vertikal.claims.regions import Box, Region
from vertikal.claims.results import Tested
from vertikal.claims.sampling import Cells
from vertikal.claims.schema import Test
from vertikal.claims.screening import OTHERS, Screen, Screened, Sobol
from vertikal.claims.verdicts import ERROR, combined, judge

TEXT = """\
vertikal: 1
document: {code: OWN, author: Somebody, title: "An <argument>", year: 2001}
claims:
"""
ENTRY = """\
  - id: own-{name}
    kind: causal
    source: {{doc: OWN, para: "1"}}
    statement: "This is about {name}."
    subsystem: clans
    priority: 1
    rules: [CO-4]
    expected: what follows
    elaboration: what we add
    tests:
      - scenario: tiny.yaml
        outcome: {outcome}
        smallest: 0.1
        basis: made up
        {shape}
"""
UNTESTED = """\
  - id: own-cycle
    kind: predictive
    source: {doc: OWN}
    statement: It recurs.
    subsystem: war
    untestable: a cycle has no contrast
  - id: own-premise
    kind: normative
    source: {doc: OWN}
    statement: It ought to be so.
    subsystem: war
rivalries:
  - id: own-rivalry
    statement: More or less?
    subsystem: clans
    rules: [CO-4]
    treatment: Vary what they <are>.
    outcome: Their number.
    expected: more goes with more
    sides:
      - {label: more, source: {doc: OWN, para: "2"}, position: Much more., claims: [own-increases]}
      - {label: less, source: {doc: OWN, para: "3"}, position: Much less., claims: [own-bounded]}
"""
CHANGE = "treatment: {variant: no-cover}"
SWEEP = "treatment: {sweep: {path: coercion.fear, values: [0, 0.2, 0.4]}}"
TWO = "treatment: {factorial: [{variant: no-cover}, {set: {coercion.fear: 0.9}}]}"
ORDER = "treatment: {order: [{}, {variant: no-cover}, {set: {coercion.fear: 0.9}}]}"
SHAPES = {
    "increases": f"shape: increases\n        {CHANGE}",
    "decreases": f"shape: decreases\n        {CHANGE}",
    "no-effect": f"shape: no-effect\n        {CHANGE}",
    "sweep": f"shape: increases\n        {SWEEP}\n        by_construction: true",
    "threshold": f"shape: threshold\n        step: [0.2, 0.4]\n        {SWEEP}",
    "interaction": f"shape: interaction\n        direction: decreases\n        {TWO}",
    "ordering": f"shape: ordering\n        {ORDER}",
    "bounded": "shape: bounded\n        within: [0.2, 0.8]",
    "highest": "shape: bounded\n        within: [null, 0.8]",
    "truth": f"shape: increases\n        {CHANGE}",
    "years": f"shape: increases\n        measure: years\n        {CHANGE}",
    "driven": f"shape: increases\n        {CHANGE}",
}
"""One claim each; `sweep` and those after `bounded` are further cases of other shapes. Of that of
`sweep` an equation says already what it asks.

The effect in `driven` hangs on one parameter.
"""
OUTCOMES = {"truth": "organiser-stays", "years": "leader-exit"}
MEANS = {
    "increases": [0.3, 0.5], "decreases": [0.5, 0.6], "no-effect": [0.5, 0.52],
    "sweep": [0.2, 0.3, 0.4], "threshold": [0.2, 0.21, 0.6], "interaction": [0.2, 0.3, 0.4, 0.2],
    "ordering": [0.2, 0.5, 0.4], "bounded": [0.5], "highest": [0.3], "truth": [0.2, 0.9],
    "years": [2.0, 2.1], "driven": [0.3, 0.4],
}  # fmt: skip
"""Mean answers in the arms."""


def write_claims(folder: Path) -> Path:
    """A claim file with a claim of each shape, and its scenario beside it."""
    commands.starter(folder)
    entries = [
        ENTRY.format(name=name, shape=shape, outcome=OUTCOMES.get(name, "engineers-strong"))
        for name, shape in SHAPES.items()
    ]
    path = folder / "own.yaml"
    path.write_text(TEXT + "".join(entries) + UNTESTED, "utf-8")
    return path


def read(path: Path) -> Book:
    """The claim file."""
    return read_book(path)


def answers(name: str, draws: int, replicates: int, seed: int = 1) -> list[np.ndarray]:
    """Made up answers in the arms of a claim, one row a draw, one column a history."""
    rng = np.random.default_rng(seed)
    shift = 0.02 * rng.standard_normal((draws, 1))
    if name == "truth":
        chance = rng.random((draws, replicates))
        return [(chance < m).astype(float) for m in MEANS[name]]
    noise = 0.01 * rng.standard_normal((len(MEANS[name]), draws, replicates))
    return [m + shift + e for m, e in zip(MEANS[name], noise, strict=True)]


def driver(claim: Claim, draws: int, replicates: int, seed: int = 1) -> tuple[str, np.ndarray]:
    """A parameter of the scenario of a claim, and its rank in each draw, from 0 to 1."""
    design = make_design(claim, claim.tests[0], claim.folder, replicates)
    table = parameters(design, seed, draws)
    address = str(table.columns[0])
    return address, table[address].rank().to_numpy() / draws


def keep(
    folder: Path, claim: Claim, test: Test, found: Mapping[str, np.ndarray] | list[np.ndarray],
    *, seed: int = 1, batches: int = 1, more: Mapping[str, object] | None = None,
) -> Path:  # fmt: skip
    """Write down a test as if it had been played with these answers.

    Args:
        folder: Where tests are kept.
        claim: The claim.
        test: Its test.
        found: Answers by arm.
        seed: Of chance.
        batches: Over how many files.
        more: What is frozen otherwise than it would be, such as the code.
    """
    replicates = next(iter(found.values() if isinstance(found, Mapping) else found)).shape[1]
    design = make_design(claim, test, claim.folder, replicates)
    by_arm = dict(zip(design.arms, found, strict=True)) if isinstance(found, list) else dict(found)
    asked = json.loads(freeze(claim, design, seed, ERROR)) | dict(more or {})
    frozen = json.dumps(asked, sort_keys=True)
    key = hashlib.sha256(frozen.encode()).hexdigest()
    effects = [c.values(by_arm) for c in design.contrasts]
    findings = tuple(judge(e, c.criterion) for e, c in zip(effects, design.contrasts, strict=True))
    histories = next(iter(by_arm.values())).size
    done = Tested(
        test, key, combined(findings), findings,
        {arm: _mean(v) for arm, v in by_arm.items()}, histories, histories, histories,
        len(by_arm) > 1 and all((np.nan_to_num(e) == 0).all() for e in effects),
    )  # fmt: skip
    home = folder / claim.id / key[:16]
    home.mkdir(parents=True)
    (home / "frozen.json").write_text(frozen, "utf-8")
    (home / "result.json").write_text(json.dumps({"claim": claim.id} | done.row()), "utf-8")
    draws = len(next(iter(by_arm.values())))
    for n, rows in enumerate(np.array_split(np.arange(draws), batches)):
        cells = Cells(np.repeat(rows, replicates), np.tile(np.arange(replicates), len(rows)))
        batch_path(home, n).write_bytes(
            written_batch(cells, {a: v[cells] for a, v in by_arm.items()})
        )
    return home


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if not np.isnan(values).all() else math.nan


def keep_all(folder: Path, book: Book, draws: int = 64, replicates: int = 8) -> None:
    """Results of all claims of the file but those of which there can be none."""
    for claim in book.claims:
        for test in claim.tests:
            name = claim.id.removeprefix("own-")
            found = answers(name, draws, replicates)
            if name == "driven":
                _, rank = driver(claim, draws, replicates)
                found[1] += 0.4 * (rank[:, None] - 0.5)
            keep(folder, claim, test, found, batches=2)


# Studies by designed draws


def screen_of(claim: Claim, matters: int = 3) -> Screen:
    """A screening of the first test of a claim, made up: of as many parameters that matter."""
    made = bench(claim, claim.tests[0], 8, None)
    sizes = [0.3 / (n + 1) if n < matters else 0.01 * (n % 2) for n in range(len(made.addresses))]
    screened = tuple(
        Screened(
            a, made.lexicon.meaning(a), size, size * (-1) ** n * (0.2 if n == 2 else 1), 0.01, 0.02
        )
        for n, (a, size) in enumerate(zip(made.addresses, sizes, strict=True))
    )
    test = claim.tests[0]
    if not matters:
        return Screen(claim.id, test, screened, (), math.nan, None, 240)
    indices = tuple(
        Sobol(s.address, s.meaning, s.size, 0.05, 1.2 * s.size, 0.1) for s in screened[:matters]
    )
    rest = Sobol(OTHERS, OTHERS, -0.01, 0.02, 0.1, 0.05)
    address = screened[0].address
    high = float(made.lexicon.values(address, np.array(0.5)))
    region = Region(Box({address: (-math.inf, high)}), 0.01, 0.8, 0.7, 0.3, 512)
    place = Place("fails", region, (made.lexicon.side(address, high=high),))
    return Screen(claim.id, test, screened, (*indices, rest), 0.07, place, 24000)


def search_of(claim: Claim, *, is_found: bool = True) -> Overturning:
    """What an adversary found of the first test of a claim, made up."""
    made = bench(claim, claim.tests[0], 32, None)
    movable = tuple(made.addresses[:4])
    parts = len(made.criteria)
    centre = Effect((0.2,) * parts, ((0.19, 0.21),) * parts, "holds")
    if not is_found:
        return Overturning(claim.id, claim.tests[0], centre, movable, None, (), 9000)
    scores = dict(zip(movable, (-1.2, 0.5, 0.1, -0.05), strict=False))
    there = Effect((0.05,) * parts, ((-math.inf, 0.06),) * parts, "fails")
    shares = {a: (0.115, 0.69, 0.54, 0.48)[n] for n, a in enumerate(movable)}
    moves, starts = (
        tuple(
            made.lexicon.at(a, float(made.lexicon.values(a, np.array(to)))) for a, to in at.items()
        )
        for at in (shares, dict.fromkeys(shares, 0.5))
    )
    point = Found(scores, 1.3, there)
    return Overturning(claim.id, claim.tests[0], centre, movable, point, moves, 9000, starts)


def altered(claim: Claim, **fields: object) -> Claim:
    """A claim that asks something else by its only test."""
    (test,) = claim.tests
    other = claim.model_copy(update={"tests": (test.model_copy(update=fields),)})
    other._folder = claim.folder
    return other


def keep_screen(folder: Path, claim: Claim, found: Screen | None = None) -> Path:
    """Write down a screening of the first test of a claim as if it had been played."""
    made = bench(claim, claim.tests[0], 8, folder)
    made.keep("screen", {"paths": 6, "base": 256, "replicates": 8}, found or screen_of(claim))
    (path,) = (folder / claim.id).glob(str(study_path(Path("*"), "screen")))
    return path


def keep_search(folder: Path, claim: Claim, found: Overturning | None = None) -> Path:
    """Write down the search of an adversary as if it had been played."""
    made = bench(claim, claim.tests[0], 32, folder)
    settings = {"budget": 8192, "bulk": 0.9, "replicates": 32}
    made.keep("adversary", settings, found or search_of(claim))
    (path,) = (folder / claim.id).glob(str(study_path(Path("*"), "adversary")))
    return path
