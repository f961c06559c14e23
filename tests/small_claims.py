"""Small claim files about the scenario of `tests.commands.starter`, which lies beside them."""

from pathlib import Path

from tests import commands

HEAD = """\
vertikal: 1
document: {code: OWN, author: Somebody, title: An argument}
claims:
"""
UNTESTED = """\
  - id: own-untested
    kind: predictive
    source: {doc: OWN}
    statement: It recurs.
    subsystem: war
    untestable: a cycle has no contrast
"""
ADDED = (
    UNTESTED.replace("own-untested", "own-added")
    + """\
    elaboration: and guards that lend nothing change little meanwhile
    elaborated:
      - scenario: tiny.yaml
        treatment: {variant: no-cover}
        outcome: engineers-strong
        shape: no-effect
        smallest: 5
        basis: a test
"""
)
"""An untestable claim; what is added to it has a test, which is certain to be supported."""

DEFAULTS = {"outcome": "engineers-strong", "basis": "a test", "smallest": 0.1}
"""What most tests there have in common."""


def entry(
    name: str = "cover", *, shape: str = "increases", smallest: float | str = 5, priority: int = 1,
    scenario: str | Path = "tiny.yaml", more: str = "",
) -> str:  # fmt: skip
    """A claim with one test, whose verdict is certain unless the smallest effect is changed.

    Args:
        name: Its id is `own-` and this.
        shape: Of the test.
        smallest: Smallest effect of interest.
        priority: Of the claim.
        scenario: Where it is tested.
        more: Further lines.
    """
    return f"""\
  - id: own-{name}
    kind: causal
    source: {{doc: OWN, para: "1"}}
    statement: Guards that lend nothing change how strong engineers are.
    subsystem: clans
    priority: {priority}
    tests: &{name}
      - scenario: {scenario}
        treatment: {{variant: no-cover}}
        outcome: engineers-strong
        shape: {shape}
        smallest: {smallest}
        basis: no share can change by five
{more}"""


def write(folder: Path, *parts: str) -> Path:
    """A claim file with these parts after its head, and its scenario beside it.

    Args:
        folder: Where they are written.
        parts: By default one claim with a test and one without.
    """
    commands.starter(folder)
    path = folder / "own.yaml"
    path.write_text(HEAD + "".join(parts or (entry(), UNTESTED)), "utf-8")
    return path
