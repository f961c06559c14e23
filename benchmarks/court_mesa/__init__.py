"""The mechanisms of the court once more, written the way Mesa models are written.

Agents are objects with methods, `AgentSet.do` lets them act, `DataCollector` records, and all
chance comes from `model.random`. It is the yardstick for speed and, since it shares nothing with
the library but the scenario and the equations, a check on the library's results in distribution.
"""

from benchmarks.court_mesa.model import Court

__all__ = ["Court"]
