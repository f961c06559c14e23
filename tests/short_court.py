"""The first two years of the library's main scenario, compiled once for all tests that play it."""

from functools import cache

from vertikal.engine.histories import Histories
from vertikal.scenario import load

END = "1947-12-31"
LATER = (
    "leningrad-ends",
    "zhdanov-dies",
    "beria-clan-ends",
    "malenkov-clan-ends",
    "second-exit",
)
"""What is on record after that."""


@cache
def scenario(off=()):
    """The scenario on the short clock, with some mechanisms switched off."""
    later = [f"history.{name}=null" for name in LATER]
    silent = [f"mechanisms.off=[{', '.join(off)}]"] if off else []
    return load("stalins-court", set=[f"clock.end={END}", *later, *silent])


@cache
def histories(seed=7):
    """Its histories; programs are compiled for the first seed and serve all others."""
    return Histories(scenario(), seed)


@cache
def block(first=0, count=256, seed=7):
    """Some of them played."""
    return histories(seed).run_block(first, count)


@cache
def replayed(run, seed=7):
    """One of them with everything recorded: the start, and the regime after each tick."""
    return histories(seed).replay(run)
