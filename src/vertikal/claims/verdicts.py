r"""Verdicts: supported, fragile or contradicted, and when the evidence suffices to say so.

What is judged is an effect, oriented so that the claim expects it to be positive, over all chance
and over all parameter draws of the prior. Let $\theta$ be the mean effect in one parameter draw
(over chance), $\mu$ its mean over draws, and $\delta$ the smallest effect that would matter. A
claim of a direction *holds* in a draw if $\theta \ge \delta$; a claim of no effect if $|\theta| \le
\delta$. With $S$ the share of draws in which it holds and `MOST` $= 2/3$,

- *supported*: it holds on average ($\mu \ge \delta$, or $|\mu| \le \delta$) and $S \ge 2/3$;
- *contradicted*: it does not hold on average and $S \le 1/3$;
- *fragile*: anything else. It holds in one part of the parameter space and fails in another.

The three exclude each other and leave nothing out. An effect in the right direction but too small
to matter contradicts a claim as one in the wrong direction does; the interval tells which. Regions
of practical equivalence with what matters, rather than with nothing, are as in Kruschke, J. (2018),
"Rejecting or Accepting Parameter Values in Bayesian Estimation", *Advances in Methods and Practices
in Psychological Science* 1: 270-280, and in tests of equivalence, Schuirmann, D. (1987), "A
Comparison of the Two One-Sided Tests Procedure and the Power Approach", *Journal of
Pharmacokinetics and Biopharmaceutics* 15: 657-680. That two thirds are most is our judgement.

**Near the lines.** What lies on a line can never be told to be on one side of it, and the nearer it
lies, the more histories that takes. But the lines are judgements: who takes 5 points for the
smallest effect that matters would hardly defend them against 4 or 6. So each line has a zone of
indifference, as in Wald, A. (1945), "Sequential Tests of Statistical Hypotheses", *Annals of
Mathematical Statistics* 16: 117-186, and Bechhofer, R. (1954), "A Single-Sample Multiple Decision
Procedure for Ranking Means of Normal Populations with Known Variances", *Annals of Mathematical
Statistics* 25: 16-39. It holds all smallest effects from $\delta_- = (1 - m) \delta$ to $\delta_+ =
(1 + m) \delta$, with `MARGIN` $m = 1/5$, and all shares that differ by at most `LEEWAY` $l = 1/20$
from two thirds or one third. A verdict is *false* if it is wrong wherever in these zones the lines
are drawn, that of the mean and that of the draws each for itself. With $S(x)$ the share of draws in
which $\theta \ge x$, a direction is falsely

- *supported* if $\mu < \delta_-$ or $S(\delta_-) < 2/3 - l$;
- *contradicted* if $\mu \ge \delta_+$ or $S(\delta_+) > 1/3 + l$;
- called *fragile* if it is supported by the strictest lines, $\mu \ge \delta_+$ and
  $S(\delta_+) \ge 2/3 + l$, or contradicted by the laxest, $\mu < \delta_-$ and
  $S(\delta_-) \le 1/3 - l$.

For no effect $\delta_-$ and $\delta_+$ change places. One verdict at least is never false, that by
the lines themselves; within a zone there are two or, where an effect lies near the smallest in all
draws, three, and that is given which is settled first. *Fragile* then says that it hangs on where
one draws the line, and not that it hangs on parameters: `Finding.nearby` tells which. A bound on
one side has no smallest effect; that on a share of histories may be off by a fifth of its distance
from the nearer end of the scale and by $l$ at most, that on another number not at all.
What is *told* of an effect, such as the shares of draws in which it holds, is about the lines
themselves.

**The share.** The few histories of one draw leave $\theta$ uncertain. So each draw is *shown* to
hold, *refuted*, or neither, wholly or in part, to a degree between 0 and 1 that for a draw of the
opposite kind is at most a `SLIP` of $s = 1/20$ on average (1/10 for truth values). So the mean
degree to which draws are shown to hold is at most $S + (1 - S) s$, and likewise for those refuted.
This bounds $S$ from below and above; draws that are neither widen the bounds and never count for a
side. So a draw that is neither is given more histories, as long as they do not cost many times what
a new draw does (`vertikal.claims.sampling`). The mean $\mu$ takes the first of each draw, as many
of all, so that it does not hang on which draws are looked at more closely.

**When to stop.** `vertikal.claims.sequential` gives evidence against each side of each line:
against
$\mu \le \delta$, against $S < 2/3$, and so on. Evidence for a verdict is that against all others:
with $E_{\mu > \delta}$ the evidence that the mean is large, $E_{S > 2/3}$ that the share is, and
each line drawn at that end of its zone at which the verdict is false last,

$$ E_\text{supported} = \min(E_{\mu > \delta}, E_{S > 2/3}), \qquad
   E_\text{contradicted} = \min(E_{\mu < \delta}, E_{S < 1/3}), $$

$$ E_\text{fragile} = \min\left(\tfrac12 (E_{\mu < \delta} + E_{S < 2/3}),
                               \tfrac12 (E_{\mu > \delta} + E_{S > 1/3})\right). $$

Each is evidence in the strict sense if its verdict is false (the least of several where one of
several hypotheses is true; the mean where all are). A verdict is settled when its evidence reaches
$2/\alpha$. At most two of the three verdicts are false, so that a false one is ever settled with
probability at most $\alpha$, however often one looks. If the budget ends first, the verdict is
*unsettled*.

**Several effects.** A claim may assert several, and is supported if all are, contradicted if all
are, fragile otherwise (`combined`). For *fragile* it is enough that one effect is shown not to be
supported and one, perhaps the same, not to be contradicted: the two halves of
$E_\text{fragile}$, each with $2/\alpha$. An effect may thus be unsettled and the claim settled.
That adds no error: an effect that is supported is ever taken for one that is not with probability
at most $\alpha / 2$, whichever verdict is then settled, and so is one that is contradicted; one
that is fragile is taken for supported or contradicted with at most $\alpha$.

Over a whole ledger all three verdicts on all claims are hypotheses, with the least evidence of any
effect for the first two and the mean over effects of each half for the third. Only what is settled
is told, so the evidence of all others counts as none (less than there is, hence evidence still).
`firm` keeps those that e-BH keeps: the expected share of false ones among the firm verdicts is at
most $\alpha$.

**What this rests on.** All of it is exact for truth values. For other answers with a known range
(`Criterion.limits`) it is so as far as a draw is not shown to hold or fail more often than its slip
says, which Student's test keeps where the histories of a draw do not differ too oddly. For numbers
without a known range evidence about the mean, too, is right only as draws grow, and wrong where a
few draws make up for all others (`vertikal.claims.sequential` says by how much).
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from scipy import special

from vertikal.claims.sequential import (
    FEWEST_DRAWS,
    discoveries,
    interval,
    log_above,
    log_below,
    log_wealth,
    shown_above,
    shown_below,
)

Word = Literal["supported", "fragile", "contradicted", "unsettled", "untestable", "normative"]
WORDS: tuple[Word, ...] = ("supported", "fragile", "contradicted")
"""The verdicts that evidence can settle."""

ENDS: tuple[Word, ...] = ("supported", "contradicted")
"""Those that say the same of the mean and of most draws; what is neither is fragile."""

MOST = 2 / 3
"""Share of parameter draws in which a claim that is supported holds."""

MARGIN = 0.2
"""By which share of itself the smallest effect of interest may be off; a judgement, as it is."""

LEEWAY = 0.05
"""By how much the share of draws that is most, or least, may be off; a judgement, as it is."""

SLIP = {"number": 0.05, "truth": 0.1}
"""Largest expected degree to which a draw in which a claim fails is shown as one in which it holds,
and conversely; larger where a history tells less."""

REPLICATES = 16
"""Histories that every parameter draw has."""

ERROR = 0.05
"""Probability that a false verdict is ever settled, unless the caller asks otherwise."""


@dataclasses.dataclass(frozen=True)
class Criterion:
    """What an effect must be for a claim to hold.

    Attributes:
        kind: `above` for a direction, `inside` for no effect and for bounds.
        smallest: The smallest effect of interest, at least 0, in the unit of the effect.
        possible: All values that the effect of a history can have, ascending, where it comes from
            truth values; such are judged exactly.
        limits: The least and the largest effect that a history can have, if that is all that is
            known; evidence about the mean over draws is then exact as well.
    """

    kind: Literal["above", "inside"]
    smallest: float
    possible: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()

    @property
    def ends(self) -> tuple[float, ...]:
        """Values between which the effect of a history lies, if such are known."""
        return self.possible or self.limits

    @property
    def slip(self) -> float:
        """The `SLIP` that goes with it."""
        return SLIP["truth" if self.possible else "number"]

    def lines(self, margin: float) -> tuple[float, float]:
        """Of smallest effects so near to it that at which it is easiest to hold, and the hardest.

        Args:
            margin: By which share of itself the smallest effect may be off; of a bound on a share
                of histories, by which of its distance from the nearer end of the scale.
        """
        size = self.smallest
        if not size and self.possible:
            size = min(-self.possible[0], self.possible[-1], LEEWAY / MARGIN)
        less, more = (self.smallest + sign * margin * size for sign in (-1, 1))
        return (less, more) if self.kind == "above" else (more, less)


@dataclasses.dataclass(frozen=True)
class Finding:
    """What paired histories say about one effect."""

    word: Word
    mean: float
    """Mean effect over histories and draws; oriented so that the claim expects a positive one."""
    low: float
    """Lower end of its interval, which holds at all looks together."""
    high: float
    """Upper end of it."""
    share_low: float
    """Lower bound of the share of parameter draws in which the claim holds."""
    share_high: float
    """Upper bound of it."""
    shown: float
    """Share of draws in which it is shown to hold."""
    refuted: float
    """Share of draws in which it is shown to fail."""
    draws: int
    histories: int
    """Histories of each arm that count."""
    evidence: Mapping[str, float]
    """Natural logarithm of the evidence for each verdict."""
    against: Mapping[str, float]
    """That against `supported` and `contradicted`; the less of the two is that for `fragile`."""
    excluded: tuple[Word, ...]
    """Which of these two are shown to be false."""
    nearby: tuple[Word, ...]
    """Which of them it would be if the smallest effect were drawn at the end of its zone that is
    easiest for it, by what the histories point to and without a bound on the error. Where it is
    fragile and both are here, it hangs on the smallest effect rather than on parameters."""
    wants: Literal["draws", "histories"]
    """What there is too little of, as long as it is not settled: draws, to tell the mean over them,
    or histories of a draw, to tell in how many the claim holds. As long as the mean is not told, at
    most half of the histories go into the second."""

    @property
    def leaning(self) -> Word:
        """The verdict for which there is most evidence, settled or not."""
        return max(WORDS, key=lambda w: self.evidence[w])


def judge(
    values: np.ndarray, criterion: Criterion, error: float = ERROR, first: int | None = None
) -> Finding:
    """The verdict on an effect.

    Args:
        values: Effects in histories, oriented: one row a draw in the order in which they were
            drawn, one column a history of the draw; `nan` where a history failed, or beyond the
            histories of the draw.
        criterion: What the claim expects.
        error: Probability that a false verdict is ever settled.
        first: Histories that every draw has; by default as many as there are columns.
    """
    first = first or values.shape[1]
    values = values[~np.isnan(values[:, :first]).all(axis=1)]
    draws = len(values)
    if not draws:
        nothing = dict.fromkeys(map(str, WORDS), 0.0)
        known = dict.fromkeys(map(str, ENDS), 0.0)
        bounds = (-math.inf, math.inf, 0.0, 1.0)
        return Finding(
            "unsettled", math.nan, *bounds, 0.0, 0.0, 0, 0, nothing, known, (), (), "draws"
        )  # fmt: skip
    means = np.nanmean(values[:, :first], axis=1)
    shown, refuted = degrees(values, criterion, first)
    nearly = degrees(values, criterion, first, MARGIN)
    parts = weighed(means, *nearly, criterion, MARGIN)
    evidence = {str(word): min(both) for word, both in parts.items()}
    word: Word = max(WORDS, key=lambda w: evidence[w])
    average, share = parts[word]
    against = dict(zip(map(str, ENDS), parts["fragile"], strict=True))
    enough = math.log(2 / error) if draws >= FEWEST_DRAWS else math.inf
    low, high = interval(means, error, criterion.ends)
    settled: Word = word if evidence[word] >= enough else "unsettled"
    histories = int((~np.isnan(values)).sum())
    is_told = max(parts[end][0] for end in ENDS) >= enough
    few = (word != "fragile" and average < share) or (not is_told and 2 * draws * first < histories)
    return Finding(
        word=settled,
        mean=float(means.mean()),
        low=low,
        high=high,
        share_low=_least_share(shown, error / 2, criterion.slip),
        share_high=1 - _least_share(refuted, error / 2, criterion.slip),
        shown=float(shown.mean()),
        refuted=float(refuted.mean()),
        draws=draws,
        histories=histories,
        evidence=evidence,
        against=against,
        excluded=tuple(w for w in ENDS if against[w] >= enough and w != settled),
        nearby=_nearby(float(means.mean()), *nearly, criterion),
        wants="draws" if few else "histories",
    )


def _nearby(
    mean: float, shown: np.ndarray, refuted: np.ndarray, criterion: Criterion
) -> tuple[Word, ...]:
    """As of `Finding.nearby`, from what each draw shows with a margin."""
    easy, hard = criterion.lines(MARGIN)
    if easy == hard:
        return ()
    if criterion.kind == "above":
        holds, fails = mean >= easy, mean < hard
    else:
        holds, fails = abs(mean) <= easy, abs(mean) > hard
    found = (holds and shown.mean() >= MOST, fails and refuted.mean() >= MOST)
    return tuple(word for word, is_it in zip(ENDS, found, strict=True) if is_it)


def _averages(means: np.ndarray, criterion: Criterion, margin: float) -> tuple[float, float]:
    """Log evidence that the claim holds on average, and that it does not."""
    (easy, hard), known = criterion.lines(margin), criterion.ends
    if criterion.kind == "above":
        return log_above(means, easy, known), log_below(means, hard, known)
    inside = min(log_below(means, easy, known), log_above(means, -easy, known))
    return inside, _log_mean(log_above(means, hard, known), log_below(means, -hard, known))


def degrees(
    values: np.ndarray, criterion: Criterion, first: int | None = None, margin: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """To which degree the histories of each draw show that the claim holds, and that it fails.

    A draw within the margin of the smallest effect may show both.

    Args:
        values: Effects, as of `judge`.
        criterion: What the claim expects.
        first: As of `judge`.
        margin: As of `Criterion.lines`.
    """
    (easy, hard), slip, more = criterion.lines(margin), criterion.slip, (criterion.possible, first)
    if criterion.kind == "above":
        return shown_above(values, easy, slip, *more), shown_below(values, hard, slip, *more)
    held = np.minimum(
        shown_below(values, easy, slip, *more), shown_above(values, -easy, slip, *more)
    )
    left = np.maximum(
        shown_above(values, hard, slip / 2, *more), shown_below(values, -hard, slip / 2, *more)
    )
    return held, left


def weighed(
    means: np.ndarray,
    shown: np.ndarray,
    refuted: np.ndarray,
    criterion: Criterion,
    margin: float = 0.0,
) -> dict[Word, tuple[float, float]]:
    """Natural logarithms of two pieces of evidence for each verdict, the less of which counts.

    See the module's head. For a verdict other than *fragile* the first is about the mean over
    draws, the second about the share of draws.

    Args:
        means: Effect of each draw, the mean over as many histories of all.
        shown: To which degree each draw is shown to be one in which the claim holds.
        refuted: To which degree it is shown to be one in which it fails.
        criterion: What the claim expects.
        margin: As of `Criterion.lines`; that with which draws were shown or refuted.
    """
    large, small = _averages(means, criterion, margin)
    shares = (MOST - LEEWAY, 1 - MOST - LEEWAY)
    levels = [share + (1 - share) * criterion.slip for share in shares]
    wide, some = (log_wealth(shown, level) for level in levels)
    rare, not_wide = (log_wealth(refuted, level) for level in levels)
    return {
        "supported": (large, wide),
        "fragile": (_log_mean(small, not_wide), _log_mean(large, some)),
        "contradicted": (small, rare),
    }


def _log_mean(one: float, two: float) -> float:
    return float(np.logaddexp(one, two) - math.log(2))


def _least_share(shown: np.ndarray, error: float, slip: float) -> float:
    """Lower bound of the share that holds, from the draws in which it is shown to."""
    low, _ = interval(shown, 2 * error, (0.0, 1.0))
    return max(0.0, (low - slip) / (1 - slip))


def combined(findings: Iterable[Finding]) -> Word:
    """The verdict on what consists of several effects, all of which the claim asserts."""
    found = list(findings)
    for word in ENDS:
        if found and all(f.word == word for f in found):
            return word
    excluded = {word for f in found for word in f.excluded}
    return "fragile" if excluded.issuperset(ENDS) else "unsettled"


def firm(claims: Sequence[Sequence[Finding]], error: float = ERROR) -> list[bool]:
    """Which settled verdicts of a ledger stand when false ones are to be rare among all of them.

    Args:
        claims: The effects that each claim asserts; none if it was not tested.
        error: Expected share of false verdicts among the firm ones.
    """
    found = [False] * len(claims)
    tested = [place for place, findings in enumerate(claims) if findings]
    if not tested:
        return found
    evidence = np.full((len(tested), len(WORDS)), -np.inf)
    for row, place in enumerate(tested):
        word = combined(claims[place])
        if word in WORDS:  # what is not said is not among the discoveries, however evident
            column = WORDS.index(word)
            evidence[row, column] = _on_claim(claims[place])[column]
    kept = discoveries(evidence.ravel(), error).reshape(evidence.shape)
    for row, place in enumerate(tested):
        found[place] = bool(kept[row].any())
    return found


def _on_claim(findings: Sequence[Finding]) -> list[float]:
    """Log evidence for each of `WORDS`; see the module's head."""
    ends = {w: min(f.evidence[w] for f in findings) for w in ENDS}
    halves = [
        special.logsumexp([f.against[w] for f in findings]) - math.log(len(findings)) for w in ENDS
    ]
    return [float({"fragile": min(halves), **ends}[w]) for w in WORDS]
