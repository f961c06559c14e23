r"""Evidence about a mean that may be looked at after every batch of histories.

A test that is looked at until it pleases rejects every hypothesis in the end. An e-process does
not: it is a wealth that starts at 1 and is expected not to grow while the hypothesis holds,
whenever one stops, so that it ever reaches $1/\alpha$ with probability at most $\alpha$ (Ville's
inequality). Ramdas, A., Grünwald, P., Vovk, V. and Shafer, G. (2023), "Game-Theoretic Statistics
and Safe Anytime-Valid Inference", *Statistical Science* 38: 576-601. Here the units are parameter
draws, which are independent; histories of one draw are not. So only the mean of those that every
draw has enters, and draws may be given more, one more than another, without bearing on it.

*Numbers with known bounds* (truth values, shares, times within a clock, and effects on quantities
of a known range), scaled to $y \in [0, 1]$, are bet on. Against a mean of at most $m$

$$ E = \frac{1}{J} \sum_j \prod_i \left( 1 - c_j + c_j \, y_i / m \right) $$

with fixed stakes $c_j$ between 0 and 1. It is valid at every number of draws and for every
distribution, since each factor is non-negative and has expectation at most 1. Waudby-Smith, I. and
Ramdas, A. (2024), "Estimating Means of Bounded Random Variables by Betting", *Journal of the Royal
Statistical Society B* 86: 1-27.

*Other numbers* take a mixture of exponential wealths over stakes $\lambda > 0$ with a half-normal
weight of scale $\rho$. With $S$ the sum of deviations from the bound, divided by their root mean
square *about that bound*, and $n$ draws,

$$ E = \frac{2}{\sqrt{1 + n\rho^2}} \exp\!\left(\frac{\rho^2 S^2}{2(1 + n\rho^2)}\right)
       \Phi\!\left(\frac{\rho S}{\sqrt{1 + n\rho^2}}\right). $$

With the sum of squares as its clock this wealth is valid for deviations that are symmetric (de la
Peña, V., Klass, M. and Lai, T. (2004), "Self-Normalized Processes: Exponential Inequalities, Moment
Bounds and Iterated Logarithm Laws", *Annals of Probability* 32: 1902-1933); to divide by the root
mean square seen so far, and other distributions, make it valid as draws grow (Waudby-Smith, I.,
Arbour, D., Sinha, R., Kennedy, E. and Ramdas, A. (2024), "Time-Uniform Central Limit Theory and
Asymptotic Confidence Sequences", *Annals of Statistics* 52: 2613-2640). So it is not looked at
before `FEWEST_DRAWS`. Of a rare and great effect it knows nothing before it has been seen: of draws
of which one in twenty makes up for all others, evidence of 40 against what is true is reached in
one of five tests, and not in one of forty.

An interval that holds at all looks together holds every mean that these wealths do not reject
(Howard, S., Ramdas, A., McAuliffe, J. and Sekhon, J. (2021), "Time-Uniform, Nonparametric,
Nonasymptotic Confidence Sequences", *Annals of Statistics* 49: 1055-1080).
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy import special

FEWEST_DRAWS = 32
"""Parameter draws before the first look."""

STAKES = np.array([0.95, 0.5, 0.25, 0.12, 0.06])
"""Stakes of the bets on bounded numbers: large ones win where draws differ little, small ones where
they differ much; to mix them costs at most a factor of five."""

RUNGS, GROWTH = 5, 4
"""How many times the histories of a draw may be looked at, and how many more there are each time:
16, 64, 256, 1024 and 4096 where a draw begins with 16."""

_STAKES = np.array([0.9, 0.7, 0.4, 0.2, 0.1])
"""Of the bets on the histories of one draw, by rung: a draw that needed many to be told from the
bound lies near it, and to tell it takes small stakes."""

SCALE = 0.4
"""Scale of the mixture for other numbers; intervals are narrowest near 64 draws (the choice that
Waudby-Smith et al. give for a level of 97.5%)."""


def log_above(values: np.ndarray, bound: float, possible: Sequence[float] = ()) -> float:
    """Log evidence that a mean is above a bound: against the hypothesis that it is at most that.

    Args:
        values: One number a draw, in the order in which they were drawn.
        bound: The bound.
        possible: Values between which they lie, ascending, if such are known.
    """
    if not possible:
        return _log_mixture(values, bound)
    low, high = possible[0], possible[-1]
    if bound >= high:
        return 0.0  # the hypothesis cannot be false
    if bound <= low:
        return math.inf if (values > bound).any() else 0.0
    return log_wealth((values - low) / (high - low), (bound - low) / (high - low))


def log_below(values: np.ndarray, bound: float, possible: Sequence[float] = ()) -> float:
    """Log evidence that a mean is below a bound; see `log_above`."""
    return log_above(-values, -bound, _negative(possible))


def _negative(possible: Sequence[float]) -> tuple[float, ...]:
    return tuple(-value for value in reversed(possible))


def log_wealth(shares: np.ndarray, bound: float) -> float:
    """Log wealth of bets that the mean of numbers from 0 to 1 is above a bound."""
    wealth = np.log1p(STAKES[:, None] * (shares[None, :] / bound - 1)).sum(axis=1)
    return float(np.logaddexp.reduce(wealth) - math.log(len(STAKES)))


def _log_mixture(values: np.ndarray, bound: float) -> float:
    count = len(values)
    if count < FEWEST_DRAWS:
        return 0.0
    away = values - bound
    size = math.sqrt(float(np.mean(away**2)))
    if size == 0:
        return 0.0
    total, spread = float(away.sum()) / size, 1 + count * SCALE**2
    exponent = SCALE**2 * total**2 / (2 * spread)
    tail = float(special.log_ndtr(SCALE * total / math.sqrt(spread)))
    return math.log(2) - 0.5 * math.log(spread) + exponent + tail


def interval(
    values: np.ndarray, error: float, possible: Sequence[float] = ()
) -> tuple[float, float]:
    """An interval of a mean that holds at all looks together.

    Args:
        values: One number a draw.
        error: Probability that it ever misses, both sides together.
        possible: As of `log_above`.
    """
    return (
        _lowest(values, error / 2, possible),
        -_lowest(-values, error / 2, _negative(possible)),
    )


def _lowest(values: np.ndarray, error: float, possible: Sequence[float]) -> float:
    """The largest bound that the mean is shown to be above; evidence falls as the bound rises."""

    def evidence(bound: float) -> float:
        return log_above(values, bound, possible)

    wanted = -math.log(error)
    mean = float(values.mean())
    span = 1e6 * max(float(values.std()), 1e-6 * max(abs(mean), 1.0))
    low = possible[0] if possible else mean - span
    if not possible and evidence(low) < wanted:
        return -math.inf
    high = mean
    for _ in range(50):
        middle = (low + high) / 2
        if evidence(middle) >= wanted:
            low = middle
        else:
            high = middle
    return low


# One draw, from its histories


def rungs(first: int) -> tuple[int, ...]:
    """How many histories a draw has whenever it is looked at, if it begins with `first`."""
    return tuple(first * GROWTH**k for k in range(RUNGS))


def shown_above(
    values: np.ndarray,
    bound: float,
    slip: float,
    possible: Sequence[float] = (),
    first: int | None = None,
) -> np.ndarray:
    r"""To which degree the histories of each draw show that its own mean effect is above a bound.

    The degree lies between 0 and 1; if the mean is not above the bound, its expectation is at most
    `slip`, whatever makes one draw have more histories than another (`rungs`), since what a draw is
    given never depends on histories that it does not have yet.

    Effects on truth values have few possible values and are judged exactly, by $\min(1,
    \text{slip} \cdot E)$ with $E$ evidence from the histories of the draw: the wealth of bets on
    them, with stakes that fall from rung to rung. Where the bound $b$ is at most 0, a mean of at
    most that makes each history fall below the next possible value $a > b$ with a probability of at
    least $(a - b) / (a - \text{least})$, and likelihood ratios of fewer are mixed in.

    Other effects are shown (1) or not (0) by Student's test on each rung that a draw has reached,
    at an equal part of the slip for each of the `RUNGS`. It supposes that the histories of a draw
    differ about normally, and knows nothing of what seldom happens: sixteen histories without any
    effect say little of a patch that rarely has one, but then a great one. So where most histories
    of a draw have the very same effect, or nearly the same beside what comes about elsewhere
    (`_lumpy`), they are judged with one more, which falls as far below their median as any history
    of any draw falls below that of its own. Of draws on the bound, to which a slip of 5% is meant
    to apply, this leaves at most 7% in all cases tried (64 draws of 1,024 histories): 3% where
    histories are normal, 1% where they are exponential or lognormal, and up to 7% where a jump
    comes in one history of three hundred to one of five, alone or beside normal noise of any size;
    without it up to 89% are taken for what they are not. What no history of any draw shows cannot
    be allowed for: what comes in one history of two hundred is not seen in 32 draws of 16 in one
    test of thirteen.

    Args:
        values: Effects, one row a draw, one column a history; `nan` where one failed or the draw
            has fewer.
        bound: The bound.
        slip: Largest expected degree for a draw that is not above the bound.
        possible: All values that an effect can have, ascending, where it comes from truth values.
        first: Histories that every draw has; by default as many as there are columns.
    """
    steps = [step for step in rungs(first or values.shape[1]) if step <= values.shape[1]]
    if not possible:
        every, known = np.sort(values, axis=1), (~np.isnan(values)).sum(axis=1)
        fall = float(np.nanmax(_at(every, known, 0.5) - every[:, 0]))
        parts = pairwise((0, *steps))
        found = [_student(values, *ends, bound, slip / RUNGS, fall) for ends in parts]
        return np.max(found, axis=0)
    least, known = possible[0], ~np.isnan(values)
    if not least < bound < possible[-1]:
        return np.any(values > bound, axis=1).astype(np.float64)  # no chance is left to it
    stakes = _STAKES[np.searchsorted(steps, np.arange(values.shape[1]), side="right")]
    gains = np.where(known, (values - least) / (bound - least) - 1, 0.0)
    wealth = [np.log1p(stakes * gains).sum(axis=1)]
    if bound <= 0:
        following = min(value for value in possible if value > bound)
        between = (following + max(value for value in possible if value <= bound)) / 2
        chance = (following - bound) / (following - least)
        down, count = ((values < between) & known).sum(axis=1), known.sum(axis=1)
        wealth += [
            special.xlogy(down, share / chance)
            + (count - down) * math.log((1 - share) / (1 - chance))
            for share in (0.0, chance / 4)
        ]
    mixed = special.logsumexp(wealth, axis=0) - math.log(len(wealth))
    return np.exp(np.minimum(0.0, math.log(slip) + mixed))


def shown_below(
    values: np.ndarray,
    bound: float,
    slip: float,
    possible: Sequence[float] = (),
    first: int | None = None,
) -> np.ndarray:
    """To which degree histories show an effect below a bound; see `shown_above`."""
    return shown_above(-values, -bound, slip, _negative(possible), first)


def _student(
    values: np.ndarray, before: int, step: int, bound: float, slip: float, fall: float
) -> np.ndarray:
    """Whether its histories show it of each draw that has come from one rung to the next."""
    shown = np.zeros(len(values))
    there = ~np.isnan(values[:, before:step]).all(axis=1)
    if not there.any():
        return shown
    seen = values[there, :step]
    ordered, known = np.sort(seen, axis=1), (~np.isnan(seen)).sum(axis=1)
    lumpy = _lumpy(ordered, known, fall)
    added = np.where(lumpy, _at(ordered, known, 0.5) - fall, np.nan)
    seen, count = np.column_stack([seen, added]), known + lumpy
    mean = np.nanmean(seen, axis=1)
    free = np.maximum(count - 1, 1)
    deviation = np.sqrt(np.nansum((seen - mean[:, None]) ** 2, axis=1) / free / count)
    needed = special.stdtrit(free, 1 - slip)
    shown[there] = (mean - bound > needed * deviation) & (known >= 2)
    return shown


FAR = 7.0
"""How many times as far as the middle half of a draw's histories is wide some history of some draw
must fall for them to count as lumpy. With 16 histories a draw it makes one of a hundred draws of
normal histories lumpy and leaves of jumps beside noise at most 3% wrong on the first rung, on which
1% is meant to be; ten times leaves 7%, and three times makes four of ten normal draws lumpy."""


def _lumpy(ordered: np.ndarray, known: np.ndarray, fall: float) -> np.ndarray:
    """Whether the histories of each draw are alike, so that they do not show how they may differ.

    They are if a quarter or more have the very same effect and fewer than 16 another, or if the
    middle half lies close together beside how far a history may fall.
    """
    columns = ordered.shape[1]
    apart = max(-(-columns // 4), columns - 15, 2) - 1
    same = (ordered[:, apart:] == ordered[:, :-apart]).any(axis=1)
    half = _at(ordered, known, 0.75) - _at(ordered, known, 0.25)
    return np.asarray(same | (FAR * half < fall))


def _at(ordered: np.ndarray, known: np.ndarray, part: float) -> np.ndarray:
    """A quantile, the nearest, of the numbers of each row: so many, in order, before any `nan`."""
    place = np.rint(part * (known - 1)).astype(int)
    return np.asarray(np.take_along_axis(ordered, place[:, None], axis=1)[:, 0])


# Many tests


def discoveries(log_evidence: np.ndarray, error: float) -> np.ndarray:
    r"""Which of many hypotheses may be rejected if false rejections are to be rare among them.

    The e-BH procedure: with $N$ hypotheses, reject the $k$ with the most evidence, $k$ being the
    largest number for which all of them reach $N / (\alpha k)$. The expected share of false ones
    among the rejected is at most $\alpha$ however the tests depend on each other. Wang, R. and
    Ramdas, A. (2022), "False Discovery Rate Control with E-values", *Journal of the Royal
    Statistical Society B* 84: 822-852.

    Args:
        log_evidence: Logarithms of e-values, one a hypothesis.
        error: Expected share of false rejections.
    """
    count = len(log_evidence)
    order = np.argsort(-log_evidence, kind="stable")
    wanted = np.log(count) - np.log(error) - np.log(np.arange(1, count + 1))
    enough = np.flatnonzero(log_evidence[order] >= wanted)
    rejected = np.zeros(count, bool)
    if len(enough):
        rejected[order[: enough[-1] + 1]] = True
    return rejected
