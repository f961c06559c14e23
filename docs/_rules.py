"""The page of rules: the documents, and for each section its rules with what carries them."""

from pathlib import Path

from _tables import code, table

from vertikal.data.rules import documents, sections
from vertikal.traceability import Trace, trace


def write(folder: Path) -> None:
    """Write the parts that the page includes.

    Args:
        folder: For the files.
    """
    cited = [(d.code, d.author, f"*{d.title}*", d.year) for d in documents().values()]
    text = table(("code", "author", "title", "year"), cited)
    (folder / "documents.inc").write_text(text, "utf-8")
    (folder / "rules.inc").write_text(rules(), "utf-8")


def rules() -> str:
    """For each section the table of its rules."""
    found = trace()
    held = sum(not t.gaps for t in found)
    parts = [
        f"There are {len(found)} rules. {sum(bool(t.mechanisms) for t in found)} have mechanisms; "
        f"{held} are complete, with a mechanism and a test or with a reason why there is none."
    ]
    for section, about in sections().items():
        rows = [_row(t) for t in found if t.rule.section == section]
        head = ("rule", "what it says", "source", "mechanisms", "tests")
        parts.append(f"## {section}: {about}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def _row(found: Trace) -> tuple[str, ...]:
    rule = found.rule
    marks = f" *({', '.join(rule.marks)})*" if rule.marks else ""
    left_out = f" *Left out: {rule.left_out}*" if rule.left_out else ""
    return (
        rule.id,
        rule.statement + marks + left_out,
        "; ".join(map(str, rule.sources)) or "ours",
        ", ".join(code(m.name) for m in found.mechanisms) or rule.reason,
        str(len(found.tests) or ""),
    )
