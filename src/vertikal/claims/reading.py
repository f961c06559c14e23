"""Claim files: read, check and report every fault with its line.

A file holds the argument of one document: `vertikal: 1`, the `document`, its `claims` and perhaps
`rivalries`. Those of the library lie in `claims/library`; anybody may add files of their own.
"""

import dataclasses
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from vertikal.claims.commands import command
from vertikal.claims.faults import note_errors
from vertikal.claims.schema import FORMAT, Claim, Document, Rivalry, Test
from vertikal.data.rules import rules
from vertikal.errors import VertikalError
from vertikal.scenario.assemble import Draft
from vertikal.scenario.faults import Fault, ScenarioError, listed, nearest, quoted, suggest
from vertikal.scenario.outcomes import Outcome
from vertikal.scenario.source import Layer, Node, plain, read_file

FOLDER = Path(__file__).parent / "library"
Model = TypeVar("Model", bound=BaseModel)
_ENTRIES = ("vertikal", "document", "claims", "rivalries")


@dataclasses.dataclass(frozen=True)
class Book:
    """The claims of one document.

    Attributes:
        path: The file.
        document: Whose argument it is.
        claims: Its claims, in the order of the file.
        rivalries: The questions on which it is at odds with another or with itself.
    """

    path: Path
    document: Document
    claims: tuple[Claim, ...]
    rivalries: tuple[Rivalry, ...]

    @property
    def asked(self) -> tuple[Claim, ...]:
        """Its claims, and the positions of sides that have tests of their own."""
        return (*self.claims, *(p for rivalry in self.rivalries for p in rivalry.positions))


def read_book(path: str | Path) -> Book:
    """Read and check a claim file.

    Raises:
        ScenarioError: Holding every fault that was found.
    """
    path = Path(path)
    shown = path.name if path.parent == FOLDER else str(path)
    if os.path.isdir(path):
        what = "this is a folder, not a claim file."
        raise ScenarioError([Fault(what, "Name the files in it, each with --file.", file=shown)])
    tree = read_file(path, Layer("file", shown))
    draft = Draft(_checked_head(tree, shown), path.parent)
    _check_entries(draft)
    document = _document(draft)
    claims = [_claim(draft, number) for number in range(_length(draft, "claims"))]
    rivalries = [_rivalry(draft, number) for number in range(_length(draft, "rivalries"))]
    for section, found in (("claims", claims), ("rivalries", rivalries)):
        _check_rules(draft, section, found)
    _check_names(draft, [*_placed("claims", claims), *_placed("rivalries", rivalries)])
    if document is not None:
        _check_sources(draft, claims, document)
    if draft.faults:
        raise ScenarioError(draft.faults)
    assert document is not None
    return Book(
        path,
        document,
        tuple(c for c in claims if c is not None),
        tuple(r for r in rivalries if r is not None),
    )


def library(files: Iterable[str | Path] = ()) -> list[Book]:
    """The books of the library, by file name, and then those of other files.

    Raises:
        ScenarioError: If a file is at fault.
        VertikalError: If claims or rivalries of different files have the same id, or a rivalry
            names a claim that there is not.
    """
    books = [read_book(path) for path in (*sorted(FOLDER.glob("*.yaml")), *map(Path, files))]
    seen: dict[str, str] = {}
    for book in books:
        claims = [(claim.id, claim.place) for claim in book.asked]
        rivalries = [(rivalry.id, str(book.path)) for rivalry in book.rivalries]
        for name, place in (*claims, *rivalries):
            if name in seen:
                raise VertikalError(
                    f'the id "{name}" stands in {seen[name]} already',
                    where=place,
                    mend="Give it another id.",
                )
            seen[name] = place
    known = by_id(books)
    for book in books:
        for rivalry in book.rivalries:
            for name in (name for side in rivalry.sides for name in side.claims):
                if name not in known:
                    raise VertikalError(
                        f'{rivalry.id} names the claim "{name}", which there is not',
                        where=str(book.path),
                        mend="Correct the id, or name the file that holds the claim too.",
                    )
    return books


def chosen(
    books: Sequence[Book],
    ids: Sequence[str] = (),
    *,
    source: str | None = None,
    subsystem: str | None = None,
    priority: int | None = None,
) -> list[Claim]:
    """Claims by id, document, subsystem and priority; all that are not excluded.

    The position of a side of a rivalry, if it has tests, is chosen by its id only.

    Raises:
        VertikalError: If there is no claim of an id, or no such document or subsystem.
    """
    claims = by_id(books)
    rivalries = {r.id for book in books for r in book.rivalries}
    files = [book.path for book in books if book.path.parent != FOLDER]
    for name in ids:
        if name in rivalries:
            raise VertikalError(
                f'"{name}" is a rivalry, not a claim',
                mend=f"Compare its sides: {command(f'rivalry {name}', files)}\n"
                f"  Its claims: {command(f'show {name}', files)}",
            )
        if name not in claims:
            close = nearest(name, (*claims, *rivalries))
            hint = f'Did you mean "{close}"? ' if close else ""
            raise VertikalError(
                f'there is no claim "{name}"',
                mend=f"{hint}List them: {command('list', files)}",
            )
    codes = {book.document.code for book in books}
    if source is not None and source.upper() not in codes:
        known = listed(sorted(codes))
        raise VertikalError(f'there are no claims of "{source}"', mend=f"Documents: {known}.")
    named = [claims[name] for name in dict.fromkeys(ids)]
    found = named or [c for c in claims.values() if not c.position_in]
    about = sorted({c.subsystem for c in claims.values()})
    if subsystem is not None and subsystem not in about:
        raise VertikalError(
            f'no claim is about "{subsystem}"', mend=suggest(subsystem, about, "subsystems")
        )
    return [
        claim
        for claim in found
        if (source is None or claim.source.doc == source.upper())
        and (subsystem is None or claim.subsystem == subsystem)
        and (priority is None or claim.priority == priority)
    ]


def by_id(books: Iterable[Book]) -> dict[str, Claim]:
    """All that can be asked by its id: claims, and positions of sides that have tests."""
    return {claim.id: claim for book in books for claim in book.asked}


def _checked_head(tree: Node, shown: str) -> Node:
    if not isinstance(tree.value, dict):
        what = "this is no claim file: it must hold entries such as `claims: [...]`."
        raise ScenarioError([Fault(what, f"Begin with `vertikal: {FORMAT}`.", file=shown)])
    version = tree.get("vertikal")
    if version is None or isinstance(version.value, bool) or version.value != FORMAT:
        what = "the file does not say that it is of a format that this vertikal reads."
        raise ScenarioError([(version or tree).fault(what, f"Write `vertikal: {FORMAT}`.")])
    return tree


def _check_entries(draft: Draft) -> None:
    for name, _ in draft.tree.items():
        if name not in _ENTRIES:
            remedy = suggest(name, _ENTRIES, "entries")
            draft.fault((name,), f'there is no entry "{name}" here.', remedy, at_key=True)
    if not _length(draft, "claims") and not draft.faults:
        draft.fault(("claims",), "the file holds no claims.", "Write `claims: [...]`.")


def _document(draft: Draft) -> Document | None:
    node = draft.tree.get("document")
    if node is None or node.value is None:
        example = "document: {code: OWN, author: A. Nalyst, title: On cover, year: 2026}"
        remedy = f"Say whose claims these are: {example}"
        draft.fault(("document",), "`document` is missing.", remedy)
        return None
    return _read(draft, ("document",), Document)


def _length(draft: Draft, section: str) -> int:
    node = draft.tree.get(section)
    if node is None or node.value is None:
        return 0
    if not isinstance(node.value, list):
        draft.fault((section,), f"{section} must be a list.", "Begin each entry with a hyphen.")
        return 0
    return len(node.value)


def _read(draft: Draft, path: tuple[Any, ...], model: type[Model]) -> Model | None:
    """The entry at a path, or `None` with its faults noted; in a patch an empty value removes."""
    node = draft.tree.get(*path)
    try:
        return model.model_validate({} if node is None else plain(node))
    except ValidationError as why:
        note_errors(draft, path, model, why)
        return None


def _claim(draft: Draft, number: int) -> Claim | None:
    claim = _read(draft, ("claims", number), Claim)
    if claim is not None:
        _settle(draft, claim, ("claims", number))
    return claim


def _rivalry(draft: Draft, number: int) -> Rivalry | None:
    rivalry = _read(draft, ("rivalries", number), Rivalry)
    for place, side in enumerate(rivalry.sides if rivalry is not None else ()):
        if side.stated is not None:
            _settle(draft, side.stated, ("rivalries", number, "sides", place))
    return rivalry


def _settle(draft: Draft, claim: Claim, path: tuple[Any, ...]) -> None:
    """Say where a claim stands, and check what its tests name."""
    node = draft.tree.get(*path)
    assert node is not None
    claim._place = f"{node.mark.file}:{node.mark.line}"
    claim._folder = draft.folder or Path()
    claim._file = None if draft.folder == FOLDER else Path(node.mark.file)
    for part in ("tests", "elaborated"):
        for place, test in enumerate(getattr(claim, part)):
            where = (*path, part, place)
            if _check_file(draft, (*where, "scenario"), test):
                _check_outcome(draft, (*where, "outcome"), test)


def _check_file(draft: Draft, path: tuple[Any, ...], test: Test) -> bool:
    """Whether there is the scenario of a test."""
    from vertikal.scenario.catalogue import library as scenarios
    from vertikal.scenario.catalogue import library_file

    if test.scenario.endswith((".yaml", ".yml")):
        assert draft.folder is not None
        if not (draft.folder / test.scenario).is_file():
            what = f"there is no file {quoted(test.scenario)}."
            draft.fault(path, what, "Write its path from this file's folder.")
            return False
    elif library_file(test.scenario) is None:
        names = [entry.name for entry in scenarios()]
        what = f"there is no library scenario {quoted(test.scenario)}."
        draft.fault(path, what, suggest(test.scenario, names, "library scenarios"))
        return False
    return True


def _check_outcome(draft: Draft, path: tuple[Any, ...], test: Test) -> None:
    """Note an outcome that the scenario of a test lacks, or one whose entries are at fault.

    What else is at fault in the scenario or in what the test changes `vertikal.claims.checking`
    tells, so that a file whose scenario has changed can still be read beside what was played. The
    library is spared the time: its own tests load all of it.
    """
    if draft.folder == FOLDER:
        return
    if not isinstance(test.outcome, str):
        _read(draft, path, Outcome)
        return
    from vertikal.claims.design import changes, loaded

    assert draft.folder is not None
    try:
        scenario = loaded(test, next(iter(changes(test).values())), draft.folder)
    except VertikalError:
        return
    if test.outcome not in scenario.outcomes:
        what = f"{quoted(test.scenario)} has no outcome {quoted(test.outcome)}."
        draft.fault(path, what, suggest(test.outcome, scenario.outcomes, "outcomes"))


def _check_rules(draft: Draft, section: str, found: Sequence[Any]) -> None:
    for number, row in enumerate(found):
        for place, rule in enumerate(row.rules if row is not None else ()):
            if rule not in rules():
                what = f'there is no rule "{rule}".'
                path = (section, number, "rules", place)
                draft.fault(path, what, suggest(rule, list(rules())))


def _placed(section: str, rows: Sequence[Any]) -> list[tuple[tuple[Any, ...], Any]]:
    return [((section, number), row) for number, row in enumerate(rows) if row is not None]


def _check_names(draft: Draft, rows: Sequence[tuple[tuple[Any, ...], Any]]) -> None:
    seen: set[str] = set()
    for path, row in rows:
        if row.id in seen:
            draft.fault((*path, "id"), f'"{row.id}" is given twice.', "Give it another id.")
        if not row.id.replace("-", "").isalnum():
            what = f"{quoted(row.id)} is no usable id."
            draft.fault((*path, "id"), what, "Use letters, digits and hyphens.")
        seen.add(row.id)


def _check_sources(draft: Draft, claims: Sequence[Claim | None], document: Document) -> None:
    for path, claim in _placed("claims", claims):
        if claim.source.doc != document.code:
            what = f'this file holds the claims of {document.code}, not of "{claim.source.doc}".'
            draft.fault((*path, "source", "doc"), what, f"Write {document.code}, or move it.")


def one_of_library(claim: Claim | str) -> Claim:
    """A claim by its id, if it is not one already."""
    return chosen(library(), [claim])[0] if isinstance(claim, str) else claim
