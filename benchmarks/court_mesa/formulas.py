"""Formulas that several rules of the court share, on plain numbers."""

import math
from collections.abc import Sequence

GUARD = 1e-6
"""Guard of divisions and logarithms, as in the library."""


def clip(x: float, low: float = 0.0, high: float = 1.0) -> float:
    """A number cut to a range."""
    return low if x < low else high if x > high else x


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    if x >= 0:
        return 1 / (1 + math.exp(-x))
    odds = math.exp(x)
    return odds / (1 + odds)


def softplus(x: float) -> float:
    """ln(1 + exp(x)), without overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def probability(rate: float, years: float) -> float:
    """Chance of at least one event within a step."""
    return -math.expm1(-rate * years)


def approach(years: float, relaxation: float) -> float:
    """Share of the distance to its target that a relaxing quantity covers within a step."""
    return -math.expm1(-years / relaxation)


def win_probability(a: float, b: float, decisiveness: float) -> float:
    """Chance that strength `a` beats strength `b` in a Tullock contest."""
    if a <= 0 and b <= 0:
        return 0.5
    if a <= 0 or b <= 0:
        return (0.5 if decisiveness <= 0 else float(a > 0)) if decisiveness >= 0 else 0.5
    return logistic(decisiveness * (math.log(a) - math.log(b)))


def success_probabilities(strengths: Sequence[float], decisiveness: float) -> list[float]:
    """Chance of each side in a Tullock contest of several."""
    weights = [s**decisiveness for s in strengths]
    total = sum(weights)
    return [w / total for w in weights] if total > 0 else [1 / len(weights)] * len(weights)


def at_stake(narrowness: float, threat: float) -> float:
    """What the victors have at stake in destroying a loser (LD-10)."""
    return clip((narrowness + threat) / 2)


def loyalty_cutoff(plot: float, reward: float, penalty: float, wage: float, rescue: float) -> float:
    """Competence above which a vizier betrays (after Egorov and Sonin 2011)."""
    stake, temptation = (penalty + wage) * (1 - plot), (reward - wage * rescue) * plot
    return stake / (stake + temptation) if temptation > 0 else math.inf


def ruling_coalition(powers: Sequence[float], majority: float) -> set[int]:
    """The ultimate ruling coalition, by the recursion of Acemoglu, Egorov and Sonin (2008).

    Args:
        powers: One for each player; a player without power is absent.
        majority: Share of power that wins.

    Returns:
        The members; nobody where no player has power.
    """
    present = [i for i, power in enumerate(powers) if power > 0]
    groups = 1 << len(present)
    power, strongest = [0.0] * groups, [0.0] * groups
    stable = []
    for group in range(1, groups):  # every part of a group has a lower number
        members = [k for k in range(len(present)) if group >> k & 1]
        power[group] = sum(powers[present[k]] for k in members)
        rival = max(strongest[group ^ 1 << k] for k in members)
        if rival > majority * power[group]:
            strongest[group] = rival
        else:
            strongest[group] = power[group]
            stable.append(group)
    winning = [g for g in stable if power[g] > majority * power[-1]]
    if not winning:
        return set()
    weakest = min(winning, key=power.__getitem__)
    return {i for k, i in enumerate(present) if weakest >> k & 1}
