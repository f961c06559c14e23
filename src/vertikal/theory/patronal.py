r"""Patronal pyramids: when do clients gather under one patron, and when do they leave a lame duck?

Ours [O]. The argument is verbal: Hale, H. (2015), *Patronal Politics*, Cambridge University Press;
Hale, H. (2005), "Regime Cycles: Democracy, Autocracy, and Revolution in Post-Soviet Eurasia",
*World Politics* 58(1): 133-165. Every formula is ours, built from two tools that other modules
hold: the equation of discrete choice with interaction of Brock, W. and Durlauf, S. (2001),
"Discrete Choice with Social Interactions", *Review of Economic Studies* 68(2): 235-260, in
`vertikal.theory.evolution`, and the global game of `vertikal.theory.global_games`. This module
names the theory that they make together and adds nothing of its own.

Question: when do clients coordinate on a single pyramid, and how long before a known exit of the
patron do they begin to split?

Primitives. *Pyramid*: net share of clients $m \in [-1, 1]$ with one of two patrons, $m = \tanh(Jm +
h)$; complementarity $J \ge 0$ is what being many is worth times the sharpness of choice, the bias
$h$ comes from a constitution (a single presidency makes $h > 0$; a divided executive makes
$h \approx 0$ and lowers $J$). *Lame duck*: remaining term $\tau$ (years), gain $b$ from joining the
successor early, flow $\ell$ that the incumbent can withhold, discount rate $r$, strength $\theta$.

Case: the transfer of power in Kazakhstan 2019-22; Russia 2008 and the resetting of terms in 2020 as
a long horizon; the Democratic Choice of Kazakhstan of 2001 as a split while the horizon was long;
the dual executive of 1991, of the Union and of Russia.
"""

from vertikal.theory.evolution import PyramidEquilibria, fold, pyramid_equilibria
from vertikal.theory.global_games import lame_duck_threshold, split_time

LABEL = "ours"
CITATION = (
    "Ours, after the verbal argument of Hale (2015), Patronal Politics, Cambridge University Press"
)

__all__ = [
    "CITATION",
    "LABEL",
    "PyramidEquilibria",
    "fold",
    "lame_duck_threshold",
    "pyramid_equilibria",
    "split_time",
]
