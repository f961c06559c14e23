"""Where claims fail and what drives them, told from the histories that tested them.

Nothing is played: `vertikal.claims.test` has kept what is needed. A verdict that was settled early
rests on few draws, in which little can be told beyond chance; test with a larger error budget, or
see `vertikal.claims.screening`, which plays draws for this purpose.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from vertikal.claims.design import make_design
from vertikal.claims.kept import Drawn, drawn
from vertikal.claims.reading import one_of_library
from vertikal.claims.regions import Region, discover
from vertikal.claims.running import FOLDER
from vertikal.claims.schema import Claim, Test
from vertikal.claims.sensitivity import Assumption, Drivers, drivers, most_important
from vertikal.claims.verdicts import MOST
from vertikal.claims.wording import Lexicon, Side, joined
from vertikal.errors import VertikalError


@dataclasses.dataclass(frozen=True)
class Place:
    """In which part of the parameter space a claim fails, or holds.

    Attributes:
        sought: `fails`, or `holds` for a claim that holds in less than a third of the draws.
        region: The region, if there is one beyond chance.
        sides: Its sides in words.
    """

    sought: Literal["fails", "holds"]
    region: Region
    sides: tuple[Side, ...]

    @property
    def told(self) -> str:
        """The region in words."""
        found, verb = self.region, self.sought
        if found.box is None:
            return f"No region found: {found.why}."
        place = f"{verb.capitalize()} where {joined(self.sides)}."
        return (
            f"{place} It {verb} in {found.density:.0%} of "
            f"the draws there, against {found.fails:.0%} of all; {found.coverage:.0%} of the draws "
            f"in which it {verb} lie there."
        )

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        region = self.region.row()
        return {
            "sought": self.sought,
            "told": self.told,
            "sides": [s.row() for s in self.sides],
            "of_all": region.pop("fails"),
            **region,
        }


@dataclasses.dataclass(frozen=True)
class Where:
    """Where a test of a claim fails, or holds, and what drives its effects.

    Attributes:
        claim: Id of the claim.
        test: The test.
        elaborated: Whether it tests what we added to the claim.
        place: Where it fails.
        drivers: What drives each effect; several only for an ordering.
    """

    claim: str
    test: Test
    elaborated: bool
    place: Place
    drivers: tuple[Drivers, ...]

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "claim": self.claim,
            "scenario": self.test.scenario,
            "elaborated": self.elaborated,
            "region": self.place.row(),
            "drivers": [d.row() for d in self.drivers],
        }


def where(claim: Claim | str, folder: str | Path = FOLDER, **how: Any) -> tuple[Where, ...]:
    """Where each test of a claim fails and what drives it.

    Args:
        claim: A claim, or the id of one of the library.
        folder: Where histories and verdicts are kept.
        how: `replicates`, `seed` and `error` if the claim was tested with others than usual.

    Raises:
        NotPlayed: If a test was not played as it stands.
        VertikalError: If there is no such claim, or it has no tests.
    """
    claim = one_of_library(claim)
    if not (claim.tests or claim.elaborated):
        raise VertikalError(
            f"{claim.id} has no tests: {claim.reason}",
            where=claim.place,
            mend="Choose a claim with tests; `vertikal claims list` tells which have some.",
        )
    found = []
    for tests, elaborated in ((claim.tests, False), (claim.elaborated, True)):
        for test in tests:
            lexicon = Lexicon(make_design(claim, test, claim.folder).arms.values())
            kept = drawn(claim, test, folder, **how)
            found.append(explain(claim.id, test, kept, lexicon, elaborated))
    return tuple(found)


def explain(
    claim: str, test: Test, kept: Drawn, lexicon: Lexicon, elaborated: bool = False
) -> Where:
    """Where a test fails and what drives it, from its draws."""
    driven = tuple(drivers(kept, lexicon, n) for n in range(len(kept.criteria)))
    return Where(claim, test, elaborated, locate(kept, lexicon), driven)


def locate(kept: Drawn, lexicon: Lexicon) -> Place:
    """In which part of the parameter space a claim fails, from draws of the prior."""
    sought: Literal["fails", "holds"] = "fails"
    margins, fails = np.min(kept.margins, axis=0), 1 - kept.holding
    if len(margins) and kept.holds.mean() < 1 - MOST:
        sought, margins, fails = "holds", -margins, 1 - fails
    region = discover(kept.parameters, margins, fails)
    bounds = region.box.bounds if region.box is not None else {}
    sides = tuple(lexicon.side(address, *ends) for address, ends in bounds.items())
    return Place(sought, region, sides)


def assumptions(found: Iterable[Where]) -> list[Assumption]:
    """The assumptions that matter most over all claims.

    Tests of what we added to claims do not count. One in twenty tests in which none matters names
    one all the same, so that an assumption which a single test names weakly may be chance.

    Args:
        found: What `where` says of every test of every claim.
    """
    return most_important((w.claim, w.drivers) for w in found if not w.elaborated)
