r"""How much an observation would tell about a question that parameters decide.

Let the question have the answers $w$ and the observation the values $x$. What is expected to be
learnt is the mutual information, in bits,

$$ I(W; X) = \sum_{w, x} p(w, x) \log_2 \frac{p(w, x)}{p(w)\, p(x)}, $$

which is also the expected fall of the entropy $H(W)$ of the answer once $x$ is seen. Lindley, D.
(1956), "On a Measure of the Information Provided by an Experiment", *Annals of Mathematical
Statistics* 27: 986-1005.

Units are parameter draws, which are independent. A draw $i$ gives the probability $p_i(w)$ of each
answer in it and, from histories with other chance than those behind $p_i(w)$, the share $p_i(x)$ of
its histories that show $x$. Since answer and observation are independent once parameters are given,
$p(w, x)$ is the mean of $p_i(w)\, p_i(x)$ over draws. What $p_i(w)$ leaves open counts as open, and
chance in the observation as chance, so that the estimate usually errs towards too little.

**Bias.** Plugged into the formula, few draws seem to tell something where nothing is to be told
(Miller, G. (1955), "Note on the Bias of Information Estimates", in *Information Theory in
Psychology*). The correction of Miller counts independent observations, which histories of one draw
are not; so the bias is read off the same table with the answers of draws exchanged at random, and
taken away. A number below zero is reported as it comes out. The same permutations say how much
chance alone shows at most: for one observation, and for the best of all that are compared, which is
the line that a ranking must pass (Westfall, P. and Young, S. (1993), *Resampling-Based Multiple
Testing*, Wiley).

**Error.** The influence of a draw on the estimate is
$\sum_{w,x} p_i(w)\, p_i(x) \log_2 \frac{p(w,x)}{p(w)p(x)}$; its standard deviation over the root
of the number of draws is the standard error.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np

from vertikal.errors import VertikalError

PERMUTATIONS = 400
"""Exchanges of answers behind bias and band (ours: a band's end moves by some per cent of it)."""

BAND = 0.95
"""Share of exchanges that show less than the band's end."""


@dataclasses.dataclass(frozen=True)
class Information:
    """What observations would tell, one entry an observation.

    Attributes:
        entropy: Of the answer before anything is observed, bits.
        bits: Expected information of each observation, less what chance shows on average.
        errors: Standard errors of `bits`.
        bands: What chance alone stays below in 95 of 100 exchanges, in the scale of `bits`.
        best_by_chance: The same of the best of all observations.
        draws: Parameter draws behind it.
    """

    entropy: float
    bits: np.ndarray
    errors: np.ndarray
    bands: np.ndarray
    best_by_chance: float
    draws: int


def expected_information(
    answers: np.ndarray,
    observations: Sequence[np.ndarray],
    *,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Information:
    """What each of several observations would tell about a question; see the module's head.

    Args:
        answers: Probability of each answer in each draw, (draws, answers); rows add up to 1.
        observations: For each observation the share of the histories of each draw that show each
            value, (draws, values); rows add up to 1.
        permutations: Exchanges of answers among draws.
        seed: Of the exchanges.

    Raises:
        VertikalError: If there are fewer than two draws, or tables differ in their draws.
    """
    draws = len(answers)
    if draws < 2 or any(len(o) != draws for o in observations):
        raise VertikalError(
            "information needs the same draws of answers and observations, at least two",
            where=f"{draws} draws",
        )
    entropy = _entropy(answers.mean(axis=0))
    if not observations:
        nothing = np.zeros(0)
        return Information(entropy, nothing, nothing, nothing, 0.0, draws)
    shares = np.concatenate(observations, axis=1)
    sizes = np.array([o.shape[1] for o in observations])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    margin = shares.mean(axis=0)
    weights = answers.mean(axis=0)[:, None] * margin
    plain, ratio = _bits(answers, shares, weights, starts)
    generator = np.random.default_rng(seed)
    null = np.array(
        [
            _bits(generator.permutation(answers, axis=0), shares, weights, starts)[0]
            for _ in range(permutations)
        ]
    )
    bias = null.mean(axis=0)
    spread = _influence(answers, shares, ratio, starts).std(axis=0, ddof=1)
    return Information(
        entropy,
        plain - bias,
        spread / np.sqrt(draws),
        np.quantile(null - bias, BAND, axis=0),
        float(np.quantile((null - bias).max(axis=1), BAND)),
        draws,
    )


def cut(values: np.ndarray, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers sorted into bins of about equal frequency, and the inner edges of these bins.

    Edges lie half-way between two values that occur, so that equal numbers share a bin; there are
    fewer bins where many numbers are equal.

    Args:
        values: Numbers without missing ones.
        bins: Bins that are wanted.
    """
    levels, counts = np.unique(values, return_counts=True)
    below = np.cumsum(counts)[:-1] / counts.sum()
    wanted = np.arange(1, bins) / bins
    if not len(below):
        return np.zeros(len(values), np.int64), np.zeros(0)
    nearest = np.unique(np.abs(below[:, None] - wanted).argmin(axis=0))
    edges = (levels[nearest] + levels[nearest + 1]) / 2
    return np.searchsorted(edges, values, side="right"), edges


def _entropy(shares: np.ndarray) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log2(positive)).sum())


def _bits(
    answers: np.ndarray, shares: np.ndarray, weights: np.ndarray, starts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The formula for each observation, and its logarithm for each answer and value."""
    joint = answers.T @ shares / len(answers)
    known = joint > 0
    ratio = np.zeros_like(joint)
    ratio[known] = np.log2(joint[known] / weights[known])
    return np.add.reduceat((joint * ratio).sum(axis=0), starts), ratio


def _influence(
    answers: np.ndarray, shares: np.ndarray, ratio: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """Each draw's part in each observation's information, (draws, observations)."""
    return np.add.reduceat((answers @ ratio) * shares, starts, axis=1)
