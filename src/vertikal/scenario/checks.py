"""Whether the parts of a scenario fit together.

Each check looks at one thing that needs several sections, and notes every fault that it finds. Rows
that are themselves at fault count as declared and are otherwise left alone.
"""

from vertikal.scenario.assemble import Draft
from vertikal.scenario.check_actors import (
    check_clans,
    check_leader,
    check_offices,
    check_pairs,
    check_patrons,
    check_people,
    check_tables,
)
from vertikal.scenario.check_questions import (
    check_history,
    check_outcomes,
    check_series,
    check_variants,
)
from vertikal.scenario.check_script import (
    check_events,
    check_mechanisms,
    check_own_mechanisms,
    check_story,
    check_theory,
)

CHECKS = (
    check_people,
    check_patrons,
    check_clans,
    check_pairs,
    check_offices,
    check_leader,
    check_tables,
    check_events,
    check_story,
    check_own_mechanisms,
    check_theory,
    check_mechanisms,
    check_series,
    check_outcomes,
    check_history,
    check_variants,
)
"""Every check, in the order of the sections."""


def check_all(draft: Draft) -> None:
    """Run every check on a draft."""
    for check in CHECKS:
        check(draft)
