"""What designed draws told of a test, as its section of a page shows it.

That is a screening, which tells the assumptions that drive the test, and an adversary, who looks
for the nearest parameters that overturn it.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vertikal.claims.adversary import BULK, WORTH_TELLING, Effect, Overturning
from vertikal.claims.chosen_draws import Kind
from vertikal.claims.commands import elsewhere
from vertikal.claims.ledger import Asked, Entry
from vertikal.claims.schema import Test
from vertikal.claims.screening import Screen, Screened, Sobol
from vertikal.claims.sensitivity import Assumption
from vertikal.claims.studies import Study, ask
from vertikal.claims.wording import Side
from vertikal.report import claim_words as told
from vertikal.report.study_figures import moves_picture, shares_picture
from vertikal.report.words import count, number, percent, percent_range, plain
from vertikal.scenario.faults import shown_of

SHOWN = 12
"""Parameters in the picture of a screening; the data have all that matter."""

_ASKS: dict[Kind, str] = {
    "screen": "which of all assumptions drive it",
    "adversary": "which nearest parameters would overturn it",
}


def studies(entry: Entry, asked: Asked, number_: int, key: str) -> dict[str, Any]:
    """The studies of a test as its section of a page shows them.

    Args:
        entry: The claim.
        asked: One of its tests.
        number_: Which, from 1.
        key: Of the pictures, unlike that of any other of the page.
    """
    kinds: tuple[Kind, ...] = ("screen", "adversary")
    folder = elsewhere(entry.folder)
    commands = {kind: ask(kind, entry.claim, number_, folder) for kind in kinds}
    there = {"screen": asked.screen, "adversary": asked.overturning}
    lacking = [(_ASKS[kind], commands[kind]) for kind in kinds if there[kind] is None]
    return {
        "screen": asked.screen and _screening(asked.test, asked.screen, key),
        "adversary": asked.overturning and _overturning(asked.test, asked.overturning),
        "commands": commands,
        "lacking": lacking if asked.played or len(lacking) < len(kinds) else [],
    }


# A screening


def _screening(test: Test, study: Study[Screen], key: str) -> dict[str, Any]:
    found = study.found
    matters = [s for s in found.screened if s.matters]
    shown = matters[: shown_of(len(matters), SHOWN)]
    amounts = told.Amounts(test, study)
    more = told.more_of_it(test)
    shares = {i.address: i for i in found.indices}
    several = study.design is not None and len(study.design.contrasts) > 1
    return {
        "changed": study.changed,
        "told": list(_screened(found, matters, amounts, more)),
        "several": several,
        "more": more,
        "unit": amounts.unit,
        "moves": moves_picture(shown, study.is_truth, f"{key}m") if shown else None,
        "moves_told": "Change of the effect from the low to the high end of each: "
        + "; ".join(f"{s.meaning} {amounts.size(s.size)}, {_way(s, more)}" for s in shown),
        "shares": shares_picture(found.indices, found.chance, f"{key}s") if shares else None,
        "shares_told": "Shares of the differences between draws, by itself and in all: "
        + "; ".join(f"{i.meaning} {percent(i.first)}, {percent(i.total)}" for i in found.indices),
        "left": len(matters) - len(shown),
        "rows": [
            {
                "meaning": s.meaning,
                "address": s.address,
                "size": _bare(s.size, amounts),
                "floor": _bare(s.floor, amounts),
                "way": _way(s, more),
                "first": _share(shares[s.address], "first") if s.address in shares else "",
                "total": _share(shares[s.address], "total") if s.address in shares else "",
            }
            for s in matters
        ],
        "rest": [
            {"meaning": i.meaning, "first": _share(i, "first"), "total": _share(i, "total")}
            for i in found.indices
            if i.address not in {s.address for s in matters}
        ],
    }


def _screened(
    found: Screen, matters: Sequence[Screened], amounts: told.Amounts, more: tuple[str, str]
) -> Iterator[str]:
    """What a screening says, in sentences."""
    total = len(found.screened)
    yield (
        f"Of {count(total)} parameters in doubt {_so_many(len(matters))} by more than chance "
        f"would, and {count(found.inert)} {'changes' if found.inert == 1 else 'change'} nothing at "
        f"all ({count(found.histories)} histories of each arm)."
    )
    if matters:
        first = matters[0]
        yield (
            f"Most hangs on this: {first.meaning}. Between the low and the high end of what is "
            f"thought possible it changes the effect by {amounts.size(first.size)} on average; "
            f"more of it {_way(first, more)}."
        )
    if found.place is not None:
        yield f"At most {percent(found.chance)} of the differences between draws are chance."
        yield f"In these draws: {found.place.told}"


def _so_many(matter: int) -> str:
    if not matter:
        return "none changes the effect"
    return f"{count(matter)} {'changes' if matter == 1 else 'change'} the effect"


def _bare(size: float, amounts: told.Amounts) -> str:
    """The size of a change without its unit, which stands above."""
    return amounts.size(size).removesuffix(f" {amounts.unit}")


def _way(row: Screened, more: tuple[str, str]) -> str:
    """What more of a parameter does: one thing, or this or that as others have it."""
    way = more[0 if row.mean > 0 else 1]
    return way if 2 * abs(row.mean) >= row.size else f"{way} here and does the opposite there"


def _share(index: Sobol, name: str) -> str:
    """A share with its interval, as far as such are possible."""
    share, half = getattr(index, name), getattr(index, f"{name}_half")
    middle, low, high = (min(max(end, 0.0), 1.0) for end in (share, share - half, share + half))
    return f"{percent(middle)} ({percent_range(low, high)})"


# An adversary


def _overturning(test: Test, study: Study[Overturning]) -> dict[str, Any]:
    found = study.found
    point = found.found
    amounts = told.Amounts(test, study)
    return {
        "changed": study.changed,
        "told": list(_searched(found, study, amounts)),
        "distance": None if point is None else number(point.distance),
        "hardly": len(found.moves) - found.far,
        "worth": WORTH_TELLING,
        "rows": [
            {
                "meaning": there.meaning,
                "address": there.address,
                "centre": _value(start),
                "value": _value(there),
                "score": _signed(score),
                "share": percent(there.to_share),
            }
            for there, start, score in zip(
                found.moves[: found.far], found.starts, point.scores.values(), strict=False
            )
        ]
        if point
        else [],
    }


def _searched(
    found: Overturning, study: Study[Overturning], amounts: told.Amounts
) -> Iterator[str]:
    """What an adversary achieved, in sentences."""
    after = f"after {count(found.histories)} histories of each arm"
    centre = _effect(found.centre, study, amounts)
    if found.centre.word == "open":
        yield (
            f"With all parameters at their medians histories do not tell whether the claim holds, "
            f"so that there is nothing to overturn, {after}: {centre}."
        )
        return
    yield f"With all parameters at their medians the claim {found.centre.word}: {centre}."
    if not found.movable:
        yield f"No parameter changes the effect, so that none could overturn it, {after}."
        return
    movable = len(found.movable)
    whose = f"priors of the {movable} parameters" if movable > 1 else "prior of the one parameter"
    bulk = percent(study.file.settings.get("bulk", BULK))
    within = f"within the central {bulk} of the {whose} that might move"
    if found.found is None:
        yield (
            f"No draw {within} was found that overturns it, {after}. That tells of the search and "
            "proves nothing."
        )
        return
    effect = found.found.effect
    yield (
        f"The nearest draw {within} that was found to overturn it lies at distance "
        f"{number(found.found.distance)}; there it {effect.word}: "
        f"{_effect(effect, study, amounts)}."
    )


def _effect(effect: Effect, study: Study[Overturning], amounts: told.Amounts) -> str:
    """The effects at a point, with their intervals."""
    test, seen = amounts.test, effect.as_read(amounts.test)
    value = amounts.answer if test.shape == "bounded" else amounts.change
    names = [""] * len(seen.means)
    if len(names) > 1 and study.design is not None:
        arms = (tuple(c.weights) for c in study.design.contrasts)
        names = [f"{told.part_name(test, pair, study)} " for pair in arms]
    return "; ".join(
        f"{name}{value(mean)} (interval {amounts.range(*ends)})"
        for name, mean, ends in zip(names, seen.means, seen.intervals, strict=True)
    )


def _value(side: Side) -> str:
    """One value of a parameter; of the choice among theories its name."""
    return side.words if side.address.startswith("theory.") else plain(side.low)


def _signed(score: float) -> str:
    return ("+" if score > 0 else "") + number(round(score, 2))


# Over all claims


def confirmed(
    entries: Iterable[Entry], assumptions: Iterable[Assumption]
) -> dict[str, tuple[int, int]]:
    """For assumptions in how many of the tests that hang on them a screening says so as well.

    Args:
        entries: The claims.
        assumptions: What the draws that tested them tell of all.

    Returns:
        By address the tests in which it does, and those that were screened as they stand.
    """
    screened = [
        (
            {i.address for d in a.where.drivers for i in d.indices},
            {s.address for s in a.screen.found.screened if s.matters},
        )
        for e in entries
        for a in e.tests
        if a.where is not None and a.screen is not None and not a.screen.changed
    ]
    found = {}
    for one in assumptions:
        named = [matter for driven, matter in screened if one.address in driven]
        found[one.address] = (sum(one.address in matter for matter in named), len(named))
    return found
