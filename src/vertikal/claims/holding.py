r"""In which parameter draws a claim holds, and how surely, from the few histories of each.

That is not seen, since the histories of draw $i$ leave its mean effect $\theta_i$ uncertain. With
$m_i$ the mean over histories and $v_i$ the variance that chance leaves in it, effects of draws are
taken as normal about a common mean, $\theta_i \sim N(\mu, \tau^2)$, so that

$$ \theta_i \mid m_i \sim N\left(m_i - b_i (m_i - \mu),\;
   v_i (1 - b_i) + b_i^2 \operatorname{var} \mu\right), \qquad
   b_i = \frac{v_i}{v_i + \tau^2}, $$

and the claim holds with the probability that this puts on the side of the smallest effect that the
claim asks for. Where draws differ no more than chance makes them differ, none is called different.
Morris, C. (1983), "Parametric Empirical Bayes Inference: Theory and Applications", *Journal of the
American Statistical Association* 78: 47-55. A draw in doubt has more histories than others
(`vertikal.claims.sampling`), and those that are not looked at again are those whose first histories
were extreme, so that moments would mislead. $\mu$ and $\tau^2$ are those of the greatest restricted
likelihood, to which it makes no difference why a draw has as many histories as it has (Patterson,
H. and Thompson, R. (1971), "Recovery of Inter-Block Information when Block Sizes Are Unequal",
*Biometrika* 58: 545-554). As few histories tell little of a variance, $v_i$ is the mean of that of
the draw and of that of all draws, the latter counted as one history (ours).
"""

import numpy as np
from scipy import stats

from vertikal.claims.verdicts import Criterion

_TRIED = 201  # variances of effects, of which the likeliest is taken


def holding(values: np.ndarray, criterion: Criterion) -> np.ndarray:
    """Probability that a claim holds in each draw; see the module's head.

    Args:
        values: Effects, oriented: one row a draw, one column a history; `nan` where one failed, but
            no row without any.
        criterion: What the claim expects.
    """
    known = (~np.isnan(values)).sum(axis=1)
    means = np.nanmean(values, axis=1)
    squares = np.nansum((values - means[:, None]) ** 2, axis=1)
    pooled = squares.sum() / max((known - 1).sum(), 1)
    noise = (squares + pooled) / known / known
    if noise.mean() == 0:
        centre, spread = means, np.zeros(len(means))
    else:
        mean, of_mean, between = _common(means, noise)
        pull = noise / (noise + between)
        centre = means - pull * (means - mean)
        spread = np.sqrt(noise * (1 - pull) + pull**2 * of_mean)
    if criterion.kind == "above":
        return _above(centre, spread, criterion.smallest)
    within = _above(centre, spread, -criterion.smallest)
    return np.maximum(0.0, within + _above(-centre, spread, -criterion.smallest) - 1)


def _common(means: np.ndarray, noise: np.ndarray) -> tuple[float, float, float]:
    """Mean of effects over draws, the variance of its error, and the variance of effects.

    Args:
        means: Of the histories of each draw.
        noise: The variance that chance leaves in each; positive.
    """
    tried = np.linspace(0, 1, _TRIED) ** 2 * 2 * means.var()
    weights = 1 / (noise + tried[:, None])
    total = weights.sum(axis=1)
    centre = weights @ means / total
    away = (weights * (means - centre[:, None]) ** 2).sum(axis=1)
    best = int((np.log(weights).sum(axis=1) - np.log(total) - away).argmax())
    return float(centre[best]), float(1 / total[best]), float(tried[best])


def _above(centre: np.ndarray, spread: np.ndarray, bound: float) -> np.ndarray:
    """Probability that a normal number is at least as large as a bound."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = stats.norm.cdf((centre - bound) / spread)
    return np.where(spread > 0, found, (centre >= bound).astype(np.float64))
