"""Whether the tests of claim files can be played, with every fault at the line to mend.

The arms of each test are made ready; nothing is played. The library is spared the time: its own
tests make all of it ready.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from vertikal.claims.design import OUTCOME, changes, loaded, make_design
from vertikal.claims.reading import FOLDER, Book
from vertikal.claims.schema import Change, Claim, Test
from vertikal.errors import VertikalError
from vertikal.scenario.assemble import Draft
from vertikal.scenario.faults import Fault, ScenarioError
from vertikal.scenario.model import Scenario
from vertikal.scenario.source import Layer, read_file

Way = tuple[Any, ...]


def check_tests(books: Iterable[Book], ids: Collection[str] | None = None) -> None:
    """Make the tests of claim files ready to be played.

    Args:
        books: Claim files; those of the library are left out.
        ids: Of the claims that are looked at; all if not given.

    Raises:
        ScenarioError: Holding every fault that was found.
    """
    faults: list[Fault] = []
    for book in books:
        if book.path.parent != FOLDER:
            draft = Draft(read_file(book.path, Layer("file", str(book.path))), book.path.parent)
            known: dict[str, Scenario] = {}
            for path, claim, test in _placed(book):
                if ids is None or claim.id in ids:
                    _check(draft, path, claim, test, known)
            faults += draft.faults
    if faults:
        raise ScenarioError(faults)


def _placed(book: Book) -> Iterator[tuple[Way, Claim, Test]]:
    """Tests of claims and of sides, each with its path in the file."""
    for number, claim in enumerate(book.claims):
        for part in ("tests", "elaborated"):
            for place, test in enumerate(getattr(claim, part)):
                yield ("claims", number, part, place), claim, test
    for number, rivalry in enumerate(book.rivalries):
        for place, side in enumerate(rivalry.sides):
            for position, test in enumerate(side.tests):
                assert side.stated is not None
                path = ("rivalries", number, "sides", place, "tests", position)
                yield path, side.stated, test


def _check(draft: Draft, path: Way, claim: Claim, test: Test, known: dict[str, Scenario]) -> None:
    """Note what keeps a test from being played."""
    try:
        make_design(claim, test, claim.folder, known=known)
    except VertikalError as error:
        if not isinstance(error.__cause__, VertikalError):
            what = f"{error.what.removeprefix(f'{claim.id}: ')}."
            draft.fault((*path, _entry_of(error)), what, error.mend)
            return
        for entry, cause in _unloaded(claim, test) or [(("outcome",), error.__cause__)]:
            for fault in getattr(cause, "faults", (Fault(cause.what, cause.mend),)):
                _note(draft, (*path, *entry), test, fault)


def _note(draft: Draft, path: Way, test: Test, fault: Fault) -> None:
    """Note at an entry of a test what it does to the scenario."""
    if path[-1] == "scenario":
        told = ": ".join(p for p in (fault.place, fault.address, fault.message) if p)
        draft.fault(path, told, fault.remedy)
        return
    inside = _inside(fault)
    address = "" if inside or not fault.address else f", {fault.address}"
    what = f"in {test.scenario}{address}: {fault.message}"
    draft.fault((*path, *inside), what, fault.remedy)


def _entry_of(error: VertikalError) -> str:
    """The entry of a test whose scenarios can be loaded, but which cannot be played."""
    if "are the same" in error.what:
        return "treatment"
    return "measure" if "cannot be read as" in error.what else "outcome"


def _unloaded(claim: Claim, test: Test) -> list[tuple[Way, VertikalError]]:
    """The first entries of a test with which its scenario cannot be loaded, and why.

    There are none if it can be until the outcome is asked.
    """
    unasked = test.model_copy(update={"outcome": "nothing"})
    bare = unasked.model_copy(update={"base": Change()})
    nothing, treatment = Change(), test.treatment
    parts = [
        (("treatment", form, number), change)
        for form in ("factorial", "order")
        for number, change in enumerate(getattr(treatment, form))
    ]
    whole = [(("treatment",), change) for change in changes(test).values()]
    steps: list[tuple[Test, list[tuple[Way, Change]]]] = [
        (bare, [(("scenario",), nothing)]),
        (unasked, [(("base",), nothing)]),
        (unasked, [*parts]),
        (unasked, [*whole]),
    ]
    for asked, arms in steps:
        failed = []
        for path, change in arms:
            try:
                loaded(asked, change, claim.folder)
            except VertikalError as error:
                failed.append((path, error))
        if failed:
            return failed
    return []


def _inside(fault: Fault) -> Way:
    """Where in a change or an outcome a fault stands, if that can be told."""
    if fault.address == "variants":
        return ("variant",)
    steps = fault.address.split(".")
    if fault.file == "the claim":
        return ("patch", *steps)
    return tuple(steps[2:]) if steps[:2] == ["outcomes", OUTCOME] else ()
