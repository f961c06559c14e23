"""`vertikal claims list | show | test | report`: arguments put to the test."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vertikal.cli.claims_progress import shown_progress
from vertikal.cli.claims_results import looked_into, row, tell
from vertikal.cli.printing import Json, check_folder, console, new_table, number_of, print_json
from vertikal.errors import VertikalError

if TYPE_CHECKING:
    from vertikal.claims import Book, Claim, Rivalry
    from vertikal.engine.simulate import Progress as Counted

Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLAIM]...", help="Ids of claims; all if none.", show_default=False),
]
Source = Annotated[
    str | None, typer.Option("--source", help="Only claims of a document, such as BEL.")
]
Subsystem = Annotated[
    str | None, typer.Option("--subsystem", help="Only claims about a part of the regime.")
]
Priority = Annotated[
    int | None,
    typer.Option("--priority", min=1, max=3, help="Only claims of a priority, 1 being central."),
]
Files = Annotated[
    list[Path] | None,
    typer.Option("--file", "-f", help="A claim file beside those of the library. Repeatable."),
]


def _no_file(folder: Path) -> Path:
    """Refuse a file in place of the folder of histories, which would seem to hold none."""
    check_folder(folder, f"--folder {folder}", to_write=False)
    return folder


def check_kept(folder: Path, claims: "list[Claim]", files: list[Path] | None) -> None:
    """Refuse a folder that there is not, if what is asked of claims must be kept in it.

    Raises:
        VertikalError: If there is none.
    """
    from vertikal.claims.commands import command

    if folder.is_dir() or not any(c.tests or c.elaborated for c in claims):
        return
    one = claims[0].id if len(claims) == 1 else "CLAIM"
    raise VertikalError(
        "there is no such folder",
        where=f"--folder {folder}",
        mend="Name the folder where claims were tested, or test them first: "
        f"{command(f'test {one}', files or (), folder)}",
    )


Kept = Annotated[
    Path,
    typer.Option(
        "--folder", "-o", help="Where histories and verdicts are kept.", callback=_no_file
    ),
]
KEPT = Path("claims-runs")
"""Where they are kept unless a command is told otherwise."""


def once_out(option: str) -> dict[str, Any]:
    """Settings by which a command takes `--out`, the former name of an option, for that option."""
    return {"token_normalize_func": lambda name: option if name == "out" else name}


app = typer.Typer(help="Claims of documents: list them, show them, put them to the test.")


@app.command("list")
def list_(
    ids: Ids = None,
    source: Source = None,
    subsystem: Subsystem = None,
    priority: Priority = None,
    file: Files = None,
    as_json: Json = False,
) -> None:
    """List claims, where they are tested, and why some are not; and rivalries, if no ids are given.

    `--json` has claims only.
    """
    from vertikal.claims import chosen, library
    from vertikal.claims.commands import command

    books = library(file or ())
    _check_own(books, file)
    found = chosen(books, ids or (), source=source, subsystem=subsystem, priority=priority)
    if as_json:
        print_json(
            [
                {
                    "id": c.id,
                    "kind": c.kind,
                    "source": {"doc": c.source.doc, "para": c.source.para},
                    "priority": c.priority,
                    "scenarios": list(c.scenarios),
                    "untestable": bool(c.reason),
                    "reason": c.reason,
                }
                for c in found
            ]
        )
        return
    rivalries = [] if ids else _rivalries(books, source, subsystem, priority)
    if not found and not rivalries:
        console().print("No claim fits all of what was asked for.")
        return
    for c in found:
        where = f"tested in {', '.join(c.scenarios)}"
        told = f"not tested: {c.reason}" if c.reason else where
        told += f"; what we add is {where}" if c.reason and c.elaborated else ""
        _tell_row(c.id, f"{c.kind}, {c.source.doc} {c.source.para}, priority {c.priority}", told)
    for r in rivalries:
        docs = ", ".join(dict.fromkeys(s.source.doc for s in r.sides))
        own = {s.label: " (tests of its own)" if s.tests else "" for s in r.sides}
        sides = f"sides: {', '.join(label + told for label, told in own.items())}"
        _tell_row(r.id, f"rivalry, {docs}, priority {r.priority}", sides)
    tested = sum(not c.reason for c in found)
    console().print(f"{number_of(len(found), 'claim', 'claims')}, {tested} of them with tests")
    if rivalries:
        told = number_of(len(rivalries), "rivalry", "rivalries")
        how = command("rivalry ID", file or ())
        console().print(f"{told}; compare the sides of one: {how}", soft_wrap=True)


def _check_own(
    books: "list[Book]", files: list[Path] | None, found: "list[Claim] | None" = None
) -> None:
    """Refuse files of the user's with tests that cannot be played; those of some claims, or all."""
    if files:
        from vertikal.claims.checking import check_tests

        check_tests(books, None if found is None else {claim.id for claim in found})


def _tell_row(id_: str, facts: str, told: str) -> None:
    """An entry of a list under its id, which no column cuts, so that it can be copied."""
    from rich.padding import Padding

    terminal = console()
    terminal.print(id_, style="bold", soft_wrap=True)
    terminal.print(Padding(f"{facts}; {told}", (0, 0, 0, 2), expand=False))


def _rivalries(
    books: "list[Book]", source: str | None, subsystem: str | None, priority: int | None
) -> "list[Rivalry]":
    """The rivalries that options select: one of a document is one in which it has a side."""
    return [
        r
        for book in books
        for r in book.rivalries
        if (source is None or source.upper() in {s.source.doc for s in r.sides})
        and (subsystem is None or r.subsystem == subsystem)
        and (priority is None or r.priority == priority)
    ]


@app.command()
def show(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CLAIM]...", help="Ids of claims or rivalries.", show_default=False
        ),
    ] = None,
    source: Source = None,
    subsystem: Subsystem = None,
    priority: Priority = None,
    file: Files = None,
    as_json: Json = False,
) -> None:
    """Show claims in full, each test with its basis; or rivalries, each side with its claims.

    Name them, or select claims by an option.
    """
    from vertikal.claims import Rivalry, chosen, library

    books = library(file or ())
    _check_own(books, file)
    if not ids and source is None and subsystem is None and priority is None:
        raise VertikalError(
            "there are too many claims to show all of them",
            mend="Name some, or give --source, --subsystem or --priority. "
            "See: vertikal claims list.",
        )
    rivalries = {r.id: r for book in books for r in book.rivalries}
    asked = dict.fromkeys(ids or ())
    found: list[Claim | Rivalry]
    if set(asked) & set(rivalries):
        if (source, subsystem, priority) != (None, None, None):
            raise VertikalError(
                "--source, --subsystem and --priority choose among claims, and a rivalry is named",
                mend="Leave them out, or name claims only.",
            )
        found = [rivalries[n] if n in rivalries else chosen(books, [n])[0] for n in asked]
    else:
        found = list(wanted(books, list(asked), source, subsystem, priority))
    if as_json:
        print_json([c.model_dump(mode="json") for c in found])
        return
    for place, one in enumerate(found):
        if place:
            console().print()
        if isinstance(one, Rivalry):
            _show_rivalry(one)
        else:
            _show(one)


@app.command("test", context_settings=once_out("folder"))
def put_to_test(
    ids: Ids = None,
    source: Source = None,
    subsystem: Subsystem = None,
    priority: Priority = None,
    file: Files = None,
    budget: Annotated[
        int,
        typer.Option(
            "--budget",
            "-n",
            min=1,
            help="Histories of each arm; a test gives up after the batch that passes them.",
        ),
    ] = 16384,
    folder: Kept = KEPT,
    as_json: Json = False,
) -> None:
    """Put claims to the test, each until its verdict is settled or the budget is spent.

    What was settled before and has not changed is not played again. An effect is told with its own
    sign, after less before: negative where the answer falls, whatever the claim expects.
    """
    from vertikal.claims import library
    from vertikal.claims.results import firm_verdicts
    from vertikal.claims.running import examine_all

    books = library(file or ())
    found = wanted(books, ids, source, subsystem, priority)
    _check_own(books, file, found)
    with shown_progress(folder) as progress:
        results = examine_all(found, budget=budget, folder=folder, progress=progress)
    firm, known = firm_verdicts(results), looked_into(results, folder)
    if as_json:
        print_json([row(r, known) | {"firm": firm[r.claim.id]} for r in results])
    else:
        tell(results, firm, known)


@app.command(context_settings=once_out("pages"))
def report(
    ids: Ids = None,
    source: Source = None,
    subsystem: Subsystem = None,
    priority: Priority = None,
    file: Files = None,
    folder: Kept = KEPT,
    pages: Annotated[Path, typer.Option("--pages", help="Where the pages are written.")] = Path(
        "claims-report"
    ),
) -> None:
    """Write a ledger of claims as HTML pages that open without a network; nothing is played."""
    from vertikal.claims import library
    from vertikal.claims.ledger import explained, read_ledger, read_positions
    from vertikal.engine.progress import shown
    from vertikal.report.ledger import at_odds, write_ledger

    check_folder(pages, f"--pages {pages}")
    books = library(file or ())
    found = wanted(books, ids, source, subsystem, priority)
    _refuse_positions(found)
    check_kept(folder, found, file)
    entries = read_ledger(found, folder)
    rivalries = at_odds(books, {c.id for c in found})
    with shown(what="rivalries") as progress:
        told = _compared(books, rivalries, folder, progress)
    with shown(what="claims") as progress:
        entries = explained(entries, progress)
    positions = explained(read_positions(rivalries, folder))
    with shown(what="pages") as progress:
        page = write_ledger(entries, books, pages, told, progress, positions)
    print(page)


def _refuse_positions(found: "list[Claim]") -> None:
    for claim in found:
        if claim.position_in:
            raise VertikalError(
                f'"{claim.id}" is the position of a side, which the ledger of claims does not list',
                mend="Name claims of its rivalry; its page comes with theirs: "
                f"vertikal claims show {claim.position_in}",
            )


def _compared(
    books: "list[Book]", asked: "list[Rivalry]", folder: Path, progress: "Counted"
) -> "dict[str, Any]":
    """For each of some rivalries what the folder says of it."""
    from vertikal.claims.contest import contest
    from vertikal.claims.reading import by_id
    from vertikal.engine.progress import counted
    from vertikal.report.rivalry_map import comparisons

    claims = by_id(books)
    return {
        r.id: comparisons(
            contest(r, claims, folder=folder, play=False),
            [claims[name].file for side in r.sides for name in side.rests_on],
            folder,
        )
        for r in counted(asked, progress)
    }


def wanted(
    books: "list[Book]",
    ids: list[str] | None,
    source: str | None = None,
    subsystem: str | None = None,
    priority: int | None = None,
) -> "list[Claim]":
    """The claims that ids and options select.

    Raises:
        VertikalError: If none does.
    """
    from vertikal.claims import chosen

    found = chosen(books, ids or (), source=source, subsystem=subsystem, priority=priority)
    if not found:
        raise VertikalError(
            "no claim fits all of what was asked for",
            mend="Leave out --source, --subsystem or --priority. See: vertikal claims list.",
        )
    return found


def _show(claim: "Claim") -> None:
    from vertikal.claims.wording import inline

    terminal = console()
    terminal.print(f"{claim.id}  {claim.statement}", style="bold")
    facts = new_table("", "")
    facts.show_header = False
    for name, value in (
        ("kind", f"{claim.kind}, {claim.stance}, priority {claim.priority}"),
        ("source", f"{claim.source.doc} {claim.source.para}"),
        ("position in", f"{claim.position_in}; no claim states it" if claim.position_in else ""),
        ("rules", ", ".join(claim.rules)),
        ("asserts", _asserted(claim)),
        ("expected", claim.expected),
        ("we add" if claim.elaborated else "we add (not tested)", claim.elaboration),
        ("not tested", claim.reason),
        ("file", claim.place),
    ):
        if value:
            facts.add_row(name, value)
    terminal.print(facts)
    for kind, tests in (("test", claim.tests), ("elaboration", claim.elaborated)):
        for number, one in enumerate(tests, 1):
            told = one.model_dump(mode="json", exclude_defaults=True)
            table = new_table(f"{kind} {number}", "")
            for field, value in told.items():
                table.add_row(field, value if isinstance(value, str) else inline(value))
            terminal.print()
            terminal.print(table)


def _asserted(claim: "Claim") -> str:
    """The form of what it asserts, and whether that is tested as a whole."""
    return f"{claim.asserts or ''}{', tested by its parts' if claim.in_parts else ''}"


def _show_rivalry(rivalry: "Rivalry") -> None:
    terminal = console()
    terminal.print(f"{rivalry.id}  {rivalry.statement}", style="bold")
    told = [
        f"  {n}: {v}" for n in ("treatment", "outcome", "expected") if (v := getattr(rivalry, n))
    ]
    for line in told:
        terminal.print(line)
    if told:
        terminal.print(
            "  So it was set down with the question; what is played are the tests of the sides, "
            "which may go about it otherwise."
        )
    for side in rivalry.sides:
        terminal.print()
        terminal.print(f"{side.label}  {side.source.doc} {side.source.para}", style="bold")
        terminal.print(f"  {side.position}")
        for claim in side.claims:
            terminal.print(f"  - {claim}")
        if side.stated is not None:
            count = number_of(len(side.tests), "test", "tests")
            terminal.print(f"  - {side.stated.id} (the position itself, with {count} of ours)")
        if not side.rests_on:
            terminal.print("  no claim and no test")
