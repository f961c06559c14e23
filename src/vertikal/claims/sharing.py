"""What tests have in common: equal arms are played once, like ones by one compiled program.

Questions are read off histories and do not bear on them. So an arm is played without the questions
and recorded series of its scenario; two arms that are equal then share their histories. All that is
asked of arms of one structure (rows, mechanisms, clock) goes into one program, which takes longer
to compile than to play: whatever else differs between them is an input.

The answers of a test do not depend on what else is asked. Every array that a mechanism changes is
computed once, apart from those who read it (`vertikal.regime.batch.keep`), so that questions leave
the bits of histories and of each other alone; and tables of scripted events in which nothing
happens only ever choose what was there.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from vertikal.claims.design import Design, ask, bare
from vertikal.claims.sampling import room
from vertikal.engine.histories import Histories, make_plan
from vertikal.scenario import world
from vertikal.scenario.model import Scenario
from vertikal.scenario.outcomes import Outcome


@dataclasses.dataclass(frozen=True, eq=False)
class Arm:
    """An arm of a test as it is played.

    Attributes:
        histories: Its histories; arms that are played together have the same object.
        column: The column of their outcomes that answers the test.
    """

    histories: Histories
    column: str


class _Plain(NamedTuple):
    """A scenario without its questions."""

    scenario: Scenario
    digest: str
    structure: Any


@dataclasses.dataclass
class _Group:
    """Arms that one compiled program plays."""

    questions: dict[str, Outcome] = dataclasses.field(default_factory=dict)
    scenarios: dict[str, Scenario] = dataclasses.field(default_factory=dict)
    played: dict[tuple[str, int], Histories] = dataclasses.field(default_factory=dict)

    @cached_property
    def scripted(self) -> world.Scripted:
        """What any of them scripts."""
        return world.scripted(list(self.scenarios.values()))

    def histories(self, one: _Plain, seed: int, replicates: int) -> Histories:
        """The histories of an arm, the same object for equal arms."""
        key = one.digest, replicates
        if key not in self.played:
            questions = dict(sorted(self.questions.items()))
            asked = one.scenario.model_copy(update={"outcomes": questions})
            self.played[key] = Histories(asked, seed, replicates=replicates, scripted=self.scripted)
        return self.played[key]


def shared(
    designs: Sequence[Design], seed: int, beside: Iterable[Design] = ()
) -> list[dict[str, Arm]]:
    """For each test its arms, which share histories and programs with those of the others.

    Args:
        designs: The tests.
        seed: Of all chance.
        beside: Tests that are not to be played, but whose questions are put all the same, so that
            the program is the one that is stored when they are.
    """
    groups: dict[Any, _Group] = {}
    plain: dict[str, _Plain] = {}
    for design in (*designs, *beside):
        for name, scenario in design.arms.items():
            digest = design.digests[name]
            if digest not in plain:
                plain[digest] = _plain(scenario, design.bare_digests[name])
            one = plain[digest]
            group = groups.setdefault(one.structure, _Group())
            ask(design.outcome, scenario.outcomes, group.questions)
            group.scenarios[one.digest] = one.scenario
    found = []
    for design in designs:
        arms = {}
        for name, scenario in design.arms.items():
            one = plain[design.digests[name]]
            played = groups[one.structure].histories(one, seed, room(design.replicates))
            arms[name] = Arm(played, ask(design.outcome, scenario.outcomes, {}))
        found.append(arms)
    return found


def _plain(scenario: Scenario, digest: str) -> _Plain:
    """A scenario without its questions, and what must agree for two to be played by one program.

    A script has a part in the tick that is left out where there is none.
    """
    plain = bare(scenario)
    script = world.script(plain)
    rows = tuple((kind, tuple(names)) for kind, names in plain.rows.items())
    structure = make_plan(plain), rows, repr(plain.clock), bool(script.assigned or script.added)
    return _Plain(plain, digest, structure)
