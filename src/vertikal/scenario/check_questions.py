"""Whether series, outcomes, history and variants can be answered and played."""

from vertikal.scenario.assemble import Draft, without_nulls
from vertikal.scenario.conditions import check_address, read_address
from vertikal.scenario.dates import written
from vertikal.scenario.faults import suggest
from vertikal.scenario.outcomes import Recorded, check_outcome, check_parts, read_history
from vertikal.scenario.referring import attempt, inside, members, refer
from vertikal.scenario.source import plain


def check_series(draft: Draft) -> None:
    """Addresses recorded in each tick."""
    node = draft.tree.get("series")
    if node is None or node.value is None:
        return
    if not isinstance(node.value, list):
        draft.fault(
            ("series",),
            "series must be a list of addresses.",
            "Write for instance [clans.share, leadership.control].",
        )
        return
    for i, child in enumerate(node.value):
        address = attempt(draft, ("series", i), read_address, plain(child))
        if address is None:
            continue
        if attempt(draft, ("series", i), check_address, address, draft.rows, True) is None:
            continue
        if address in draft.series:
            draft.fault(("series", i), f'"{address}" is given twice.', "Remove one of them.")
        else:
            draft.series.append(address)


def check_outcomes(draft: Draft) -> None:
    """Addresses, windows and parts of outcomes."""
    for name, outcome in draft.outcomes.items():
        if outcome is None:
            continue
        path = ("outcomes", name)
        for key, when in (("from", outcome.start), ("until", outcome.until), ("at", outcome.at)):
            inside(draft, (*path, key), when)
        attempt(draft, (*path, outcome.kind), check_outcome, outcome, draft.rows)
        attempt(draft, (*path, outcome.kind), check_parts, outcome, draft.outcomes)


def check_history(draft: Draft) -> None:
    """What happened answers to declared outcomes in their own kind."""
    node = draft.tree.get("history")
    if node is None or node.value is None:
        return
    if not isinstance(node.value, dict):
        draft.fault(
            ("history",),
            "history must be a mapping from outcomes to what happened.",
            "Write `outcome: answer` entries.",
        )
        return
    for name, child in node.value.items():
        path = ("history", name)
        if child.value is None:
            continue
        if name not in draft.outcomes:
            draft.fault(
                path,
                f'there is no outcome "{name}".',
                suggest(name, draft.outcomes, "outcomes"),
                at_key=True,
            )
            continue
        outcome = draft.outcomes[name]
        if outcome is None:
            continue
        value = without_nulls(plain(child))
        recorded = attempt(draft, path, read_history, value, outcome, draft.rows)
        if recorded is not None:
            draft.history[name] = recorded
            _history_inside(draft, path, recorded)


def _history_inside(draft: Draft, path: tuple[str, ...], recorded: Recorded) -> None:
    clock = draft.clock
    if clock is None or recorded.first is None or recorded.last is None:
        return
    if recorded.last < clock.start or recorded.first > clock.end:
        day = written(recorded.first)[:10]
        draft.fault(
            path, f"{day} lies outside the clock.", "Within the clock the answer is: never."
        )


def check_variants(draft: Draft) -> None:
    """Variants include declared variants, and change something."""
    for name, variant in draft.variants.items():
        if variant is None:
            continue
        for place, other in members(draft, ("variants", name, "includes"), variant.includes):
            refer(draft, place, other, "variants", "variant")
        if not variant.patch and not variant.includes:
            draft.fault(
                ("variants", name),
                "the variant changes nothing.",
                "Give it a `patch`, or `includes`.",
                at_key=True,
            )
