r"""At which smallest effect the verdict on an effect turns.

What is left unsettled often lies near the smallest effect that a test asks for: a mean of 0.047
where 0.05 would matter. The same histories settle what is asked of other smallest effects $s$, and
at which of them the verdict turns says more than that it is open at one. All are asked for, so that
none has a margin (`vertikal.claims.verdicts`); a verdict may then be settled at a smallest effect a
little beyond those up to which it is said to be. The leeway of shares is the same.

Of a direction *supported* is true of small $s$ and *contradicted* of large ones. For $\mu \ge s$
with $\theta \ge s$ in most draws hold up to some $s^*$ and never beyond; and
$\mu < s$ with $\theta \ge s$ in few from some $s^{**}$ on. Of no effect,
$|\mu| \le s$ and $|\theta| \le s$, it is the other way round. So two numbers say it all: up to
which $s$ the one is settled, and from which on the other is. Between them it is fragile, or not
known.

**They hold for all smallest effects at once.** Let it be said that *supported* is settled up to
$a$, which means at every $s$ that is no larger. If that is false, $s^* < a$, then it is settled
just beyond $s^*$ too, where it is false; and at a given $s$ that ever happens with probability at
most $\alpha / 2$, however often one looks (`vertikal.claims.verdicts`). The same goes for the other
number, just before $s^{**}$, so that both are right with probability $1 - \alpha$ at least. That
the smallest effect asked for decided which draws were given more histories does not matter, since
it is decided before they are played. A verdict of *fragile* at the smallest effect asked for is a
third statement, with an error of its own of at most $\alpha$.

**Search.** For numbers evidence is monotone: that a mean or a draw lies above a bound is told the
less clearly the higher the bound, by the mixture and by Student's test alike, and what is added to
lumpy histories does not hang on it. So bisection finds where it is settled. For truth values the
likelihood ratios (`sequential.shown_above`) change their form where the bound passes a value that
an effect can have, and evidence may jump there. So each stretch between two such values is searched
by bisection, and the next one only if it is settled in all of those before; the numbers that are
tried (`scale`) are then the same whatever the data, and the argument above holds for the first of
them beyond $s^*$.
"""

import dataclasses
import functools
import math
from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np

from vertikal.claims.sequential import FEWEST_DRAWS
from vertikal.claims.verdicts import ENDS, ERROR, Criterion, Word, degrees, weighed

DECADES = 5
"""Powers of ten below the largest effect of a history that are searched."""


@dataclasses.dataclass(frozen=True)
class Turning:
    """For which smallest effects an effect is supported, and for which contradicted."""

    small: Word
    """The verdict that is true of small ones: `supported` of a direction, `contradicted` of no
    effect."""
    to: float | None
    """Up to which it is settled; `None` if it is at none."""
    since: float | None
    """From which on the other is settled; 0 if it is at all, `None` if it is at none."""

    @property
    def large(self) -> Word:
        """The verdict that is true of large ones."""
        return ENDS[1 - ENDS.index(self.small)]

    def row(self) -> dict[str, float | None]:
        """As plain values, for JSON."""
        return {f"{self.small}_to": self.to, f"{self.large}_from": self.since}


def turning(
    values: np.ndarray, criterion: Criterion, error: float = ERROR, first: int | None = None
) -> Turning:
    """Up to which smallest effect the one verdict is settled, and from which on the other.

    Args:
        values: Effects, as of `vertikal.claims.verdicts.judge`.
        criterion: What the claim expects; its smallest effect does not matter.
        error: Probability that either number is ever wrong.
        first: Histories that every draw has; by default as many as there are columns.
    """
    first = first or values.shape[1]
    values = values[~np.isnan(values[:, :first]).all(axis=1)]
    small, large = ENDS if criterion.kind == "above" else ENDS[::-1]
    if len(values) < FEWEST_DRAWS:
        return Turning(small, None, None)
    evidence = _evidence(values, criterion, first)
    enough = math.log(2 / error)
    known = np.abs(criterion.possible)
    steps = scale(float(known.max() if len(known) else np.nanmax(np.abs(values))), bool(len(known)))
    pieces = np.split(steps, np.searchsorted(steps, np.unique(known[known > 0]), side="right"))
    up = _settled([list(p) for p in pieces], lambda s: evidence(s)[small] >= enough)
    down = _settled([list(p[::-1]) for p in pieces[::-1]], lambda s: evidence(s)[large] >= enough)
    told = [0.0, *map(float, steps[1:])]
    return Turning(small, told[up - 1] if up else None, told[-down] if down else None)


def scale(largest: float, is_bound: bool = False) -> np.ndarray:
    """Smallest effects that are looked at, ascending: next to none, and numbers of three digits.

    Args:
        largest: The largest effect.
        is_bound: Whether there can be no larger one, so that none is asked for.
    """
    top = math.floor(math.log10(largest)) if largest > 0 else 0
    powers = range(top - DECADES, top + 1 + (not is_bound))
    found = [float(f"{digits}e{power - 2}") for power in powers for digits in range(100, 1000)]
    none = 1e-9 * (largest or 1.0)
    return np.array([none, *(s for s in found if s <= largest or not is_bound)])


def _evidence(
    values: np.ndarray, criterion: Criterion, first: int
) -> Callable[[float], dict[Word, float]]:
    """Log evidence for each verdict, by the smallest effect."""
    means = np.nanmean(values[:, :first], axis=1)

    @functools.cache
    def at(smallest: float) -> dict[Word, float]:
        asked = dataclasses.replace(criterion, smallest=smallest)
        parts = weighed(means, *degrees(values, asked, first), asked)
        return {word: min(both) for word, both in parts.items()}

    return at


def _settled(pieces: Sequence[Sequence[float]], settled: Callable[[float], bool]) -> int:
    """Of how many numbers from the first on it is settled; in each piece of some and then none."""
    count = 0
    for piece in pieces:
        some = bisect_left(piece, True, key=lambda s: not settled(s))
        count += some
        if some < len(piece):
            break
    return count
