"""Helpers of the checks: names that must refer to something, values that must be possible."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from vertikal.scenario.assemble import Draft
from vertikal.scenario.dates import written, written_end
from vertikal.scenario.faults import Problem, nearest, suggest


def refer(
    draft: Draft,
    path: tuple[Any, ...],
    name: str,
    section: str,
    kind: str,
    at_key: bool = False,
) -> bool:
    """Note a fault unless `name` is a row of a section; whether it is."""
    known = getattr(draft, section)
    if name in known:
        return True
    named = [n for n in known if n not in draft.generated]
    close = nearest(name, known)
    remedy = suggest(name, named, section, draft.lines(section))
    if close in draft.generated:
        remedy = f'Did you mean "{close}"? {remedy}'
    draft.fault(path, f'there is no {kind} "{name}".', remedy, at_key=at_key)
    return False


def attempt(draft: Draft, path: tuple[Any, ...], check: Callable[..., Any], *given: Any) -> Any:
    """Run a check, note its problem if it has one, and return what it found or `None`."""
    try:
        return check(*given)
    except Problem as why:
        draft.fault(path, why)
        return None


def members(
    draft: Draft, path: tuple[Any, ...], names: Iterable[str]
) -> list[tuple[tuple[Any, ...], str]]:
    """Names of a list with the paths where they stand; a single name may stand without a list."""
    node = draft.tree.get(*path)
    is_list = node is not None and isinstance(node.value, list)
    return [((*path, i) if is_list else path, name) for i, name in enumerate(names)]


def inside(draft: Draft, path: tuple[Any, ...], when: datetime | None) -> None:
    """Note a fault unless a date lies within the clock."""
    clock = draft.clock
    if clock is None or when is None or clock.start <= when <= clock.end:
        return
    side = "before the start" if when < clock.start else "after the end"
    span = f"{written(clock.start)} to {written_end(clock.end)}"
    draft.fault(
        path,
        f"{written(when)[:10]} is {side} of the clock ({span}).",
        "Change the date, or the clock.",
    )
