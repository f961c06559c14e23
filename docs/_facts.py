"""Stylised facts, and percentages foretold: measured, kept in `facts.json`, shown on pages.

Usage: python docs/_facts.py [SCENARIO ...]

They are declared and measured in `tests/docking`. What came out is kept with the digests of what
was played and asked, so that a page can say when its numbers are out of date.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from _tables import table, warning

sys.path.append(str(Path(__file__).parents[1]))  # for the package of tests

from tests.docking.facts import Fact, verdict
from tests.docking.measure import ALL, HISTORIES, POLLS, declared, measured

from vertikal import load
from vertikal.engine.manifest import code_digest
from vertikal.report import words

KEPT = Path(__file__).parent / "facts.json"

AS_SAID, NOT_SHOWN, OTHERWISE = "as they say", "not shown", "otherwise"
STANDINGS = {
    "yes": AS_SAID,
    "no change shown": AS_SAID,
    "not shown": NOT_SHOWN,
    "cannot be told": NOT_SHOWN,
}
"""How the words of a verdict are counted; all others are `OTHERWISE`."""

ANSWER = "as the documents say?"
PAIRED = (
    "measure", "before, after", "effect, 95% interval", "raised, lowered, of pairs",
    "sign test", ANSWER,
)  # fmt: skip
WITHIN = ("comparison", "difference, 95% interval", "larger in", ANSWER)


def main(names: list[str]) -> None:
    """Measure facts and keep what came out.

    Args:
        names: Of scenarios whose facts are measured; none for all.
    """
    known = [fact.name for fact in ALL] + [POLLS]
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    for name in names or HISTORIES:
        kept |= measured(name)
        kept = {key: kept[key] for key in known if key in kept}
        KEPT.write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n", "utf-8")
        print(name, flush=True)


# The pages


def write(folder: Path, facts: Collection[Fact] = ALL) -> None:
    """Write the parts that pages include.

    Args:
        folder: For the files.
        facts: Those that are declared.
    """
    now = declared(facts)
    kept = {
        name: row
        for name, row in json.loads(KEPT.read_text("utf-8")).items()
        if name in now and row["asked"] == now[name]["asked"]
    }
    polls = {POLLS: now.pop(POLLS)} if POLLS in now else {}
    parts = {"facts": [*warnings(kept, now), *overview(kept, facts)]}
    for number, group in by_number(facts).items():
        parts[f"fact-{number}"] = [*tables(kept, group)]
    if polls:
        parts["foretold"] = [*warnings(kept, polls), *foretold(kept)]
    for name, texts in parts.items():
        text = "\n\n".join(text.strip() for text in texts) + "\n"
        (folder / f"{name}.inc").write_text(text, "utf-8")


def by_number(facts: Collection[Fact]) -> dict[int, list[Fact]]:
    """The contrasts of each fact, in the order of the list."""
    return {n: [f for f in facts if f.number == n] for n in sorted({f.number for f in facts})}


def warnings(kept: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What has changed since the numbers of a page were computed.

    Args:
        kept: By name what was measured, if it is asked now as it was then.
        now: By name what the page is about, as it is declared now.
    """
    same = [name for name in now if name in kept]
    moved = ["the code of the model"] * any(kept[n]["code"] != code_digest() for n in same)
    scenarios = [now[n]["scenario"] for n in same if kept[n]["played"] != now[n]["played"]]
    moved += [f"the scenario {name}" for name in dict.fromkeys(scenarios)]
    return warning([*moved, *(f"what is asked in `{name}`" for name in now if name not in kept)])


def overview(kept: Mapping[str, Any], facts: Collection[Fact]) -> Iterator[str]:
    """By which code facts were measured, and how each stands.

    Args:
        kept: By name what was measured.
        facts: Those that are declared.
    """
    rows = []
    for number, group in by_number(facts).items():
        answers = [
            _answer(*pair)
            for fact in group
            if fact.name in kept
            for pair in zip(fact.measures, kept[fact.name]["findings"], strict=True)
        ]
        count = Counter(STANDINGS.get(answer, OTHERWISE) for answer in answers)
        claims = " ".join(dict.fromkeys(fact.claim for fact in group))
        rows.append((number, claims, *(count[s] or "" for s in (AS_SAID, NOT_SHOWN, OTHERWISE))))
    found = [kept[fact.name] for fact in facts if fact.name in kept]
    codes, seeds = (sorted({row[key] for row in found}) for key in ("code", "seed"))
    yield (
        f"Played by the code with digest {' and '.join(f'`{code[:12]}`' for code in codes)}, seed "
        f"{' and '.join(map(str, seeds))}. How many measures of each fact come out how:"
    )
    yield table(("fact", "what the documents say", AS_SAID, NOT_SHOWN, OTHERWISE), rows)


def tables(kept: Mapping[str, Any], facts: Collection[Fact]) -> Iterator[str]:
    """For each claim of a fact what is compared and what came out.

    Args:
        kept: By name what was measured.
        facts: The contrasts of one fact.
    """
    for claim in dict.fromkeys(fact.claim for fact in facts):
        group = [fact for fact in facts if fact.claim == claim]
        yield f"*{claim}* ({'; '.join(dict.fromkeys(fact.source for fact in group))})"
        for fact in group:
            yield from _table(fact, kept.get(fact.name))


def _table(fact: Fact, row: dict[str, Any] | None) -> Iterator[str]:
    """What came out for each measure of a contrast."""
    contrast = f"`{fact.scenario}`, {fact.words}"
    if row is None:
        yield f"{contrast}: not measured since it is declared as it is now."
        return
    is_paired = len(fact.arms) > 1
    yield f"{contrast}; {row['histories']} histories{' of each arm' * is_paired}:"
    yield table(
        PAIRED if is_paired else WITHIN,
        [
            (m.words, *(_paired(m, found) if is_paired else _within(found)), _answer(m, found))
            for m, found in zip(fact.measures, row["findings"], strict=True)
        ],
    )


def _answer(measure: Any, found: dict[str, Any] | None) -> str:
    if found is None:
        return "cannot be told"
    return verdict(found["low"], found["high"], getattr(measure, "expected", 1))


def _paired(measure: Any, found: dict[str, Any] | None) -> tuple[str, ...]:
    if found is None:
        return "", "", "no such pairs", ""
    if measure.value in ("mean", "years"):
        level, gap, unit = _number, _signed, ""
    else:
        level, gap, unit = _share, _points, " points"
    chance = found["chance"]
    return (
        f"{level(found['before'])}, {level(found['after'])}",
        _effect(found, gap, unit),
        f"{found['up']}, {found['down']}, of {found['pairs']}",
        "<0.0001" if chance < 1e-4 else f"{chance:.2g}",
    )


def _within(found: dict[str, Any]) -> tuple[str, ...]:
    return _effect(found, _signed), f"{_share(found['share'])} of histories"


def _effect(found: dict[str, Any], gap: Callable[[float], str], unit: str = "") -> str:
    return f"{gap(found['difference'])}{unit} [{gap(found['low'])}, {gap(found['high'])}]"


def _share(value: float) -> str:
    return f"{value:.1%}"


def _points(value: float) -> str:
    return f"{100 * value:+z.1f}".replace("-", "−")


def _number(value: float) -> str:
    return words.plain(value) if abs(value) < 0.001 else words.measure(value)


def _signed(value: float) -> str:
    return "+" * (value > 0) + _number(value)


def foretold(kept: Mapping[str, Any]) -> Iterator[str]:
    """Where published percentages lie among those foretold.

    Args:
        kept: By name what was measured.
    """
    if POLLS not in kept:
        yield "They were not measured since they are as they are now."
        return
    row = kept[POLLS]
    questions = load(row["scenario"]).outcomes
    rows, within, below = [], 0, 0
    for place in row["findings"]:
        recorded, quantile = place["recorded"], place["quantile"]
        is_within = place["low"] <= recorded <= place["high"]
        band = words.percent_range(place["low"], place["high"])
        within, below = within + is_within, below + (recorded < place["median"])
        rows.append(
            (
                questions[place["outcome"]].ask,
                words.percent(recorded),
                words.percent(place["median"]),
                band + ("" if is_within else ", outside"),
                {0: "below all", 1: "above all"}.get(quantile, _share(quantile)),
            )
        )
    yield (
        f"{row['histories']} histories, seed {row['seed']}, played by the code with digest "
        f"`{row['code'][:12]}`; all parameters drawn from their priors."
    )
    head = ("question", "published", "median foretold", "5% to 95%", "quantile of the published")
    yield table(head, rows)
    yield (
        f"Of {len(rows)} percentages {within} lie within nine tenths of the histories, and {below} "
        "below the median."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
