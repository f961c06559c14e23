"""The kinds of row that the arrays of a regime have, and where a scenario file declares them.

Nothing heavy is imported here, so that a scenario can be read without JAX.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of row.

    Attributes:
        name: As the annotations of arrays and the dimensions of results have it.
        singular: One of them, for messages.
        section: Section of a scenario file with an entry for each row; empty where rows are fixed.
        fixed: Names of the rows where they are always the same.
        subsystem: The subsystem that is at work where there are such rows; empty for the court's.
        moved_by: Another subsystem that must be at work then, as its mechanisms move the rows.
    """

    name: str
    singular: str
    section: str = ""
    fixed: tuple[str, ...] = ()
    subsystem: str = ""
    moved_by: str = ""


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("persons", "person", "people"),
        Kind("clans", "clan", "clans"),
        Kind("offices", "office", "offices"),
        Kind("bodies", "body", "bodies"),
        Kind("poles", "pole", fixed=("technocrat", "ideocrat", "corruptionist")),
        Kind("complexes", "complex", fixed=("home", "abroad")),
        Kind("strata", "stratum", "strata", subsystem="strata", moved_by="defection"),
        Kind(
            "lines",
            "line",
            fixed=("patronage", "security", "military", "development", "public"),
        ),
        Kind("sectors", "sector", "sectors", subsystem="technology"),
        Kind("cohorts", "cohort", "cohorts", subsystem="public"),
        Kind("themes", "theme", "themes", subsystem="public"),
        Kind("surveys", "survey", "surveys", subsystem="public"),
        Kind("neighbours", "neighbour", "neighbours", subsystem="neighbours"),
    )
}
"""Every kind of row, by name."""
