"""Write down for the package which tests hold which rule: `python -m tests.rule_tests`.

A package that is installed has no tests; `vertikal trace` then reads this table.
"""

import json
from pathlib import Path

import vertikal.data
from vertikal.traceability import collect_tests

TABLE = Path(vertikal.data.__file__).with_name("rule_tests.json")


def written() -> str:
    """The table as it ought to stand in the package."""
    return json.dumps(collect_tests(Path(__file__).parents[1]), indent=1) + "\n"


if __name__ == "__main__":
    TABLE.write_text(written(), "utf-8")
