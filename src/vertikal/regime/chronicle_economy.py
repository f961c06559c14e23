"""What economy and technology tell of a tick, from two successive states."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from vertikal.regime.regime import Regime
from vertikal.regime.subsystems import Industry

if TYPE_CHECKING:
    from vertikal.regime.events import Found, Names

PAID, RATE, SHORT = 0.005, 0.02, 0.7
"""Debt or fund, in years of output, that counts as none; a move of the key rate that is told;
availability below which goods are short."""


def business(before: Regime, after: Regime, names: "Names") -> "Iterator[Found]":
    """Debts repaid, funds used up, moves of the key rate, turns of policy, shortages."""
    from vertikal.regime.events import Weight

    old, new = before.economy, after.economy
    if float(old.debt) > PAID >= float(new.debt):
        yield "debt", "The debts to foreign creditors are repaid", "budget", [], [], Weight.MAJOR
    if float(old.fund) > PAID >= float(new.fund):
        yield "fund", "The fund of past windfalls is used up", "budget", [], [], Weight.MAJOR
    moved = round(float(new.key_rate) - float(old.key_rate), 4)  # a state is in single precision
    if abs(moved) >= RATE:
        verb = "raises" if moved > 0 else "cuts"
        text = f"The central bank {verb} its key rate to {float(new.key_rate):.0%}"
        yield "key_rate", text, "money", [], [], Weight.NOTABLE
    policy = Industry(int(after.technology.industry))
    if policy != int(before.technology.industry):
        text = f"Industrial policy turns to {policy.name.lower()}"
        yield "policy", text, "policy_turn", [], [], Weight.MAJOR
    known = names.rows.get("sectors", ())
    was, now = before.technology.availability, after.technology.availability
    for row in np.flatnonzero((was >= SHORT) & (now < SHORT)).tolist():
        yield "shortage", f"Goods run short: {known[row]}", "supply", [], [], Weight.NOTABLE
