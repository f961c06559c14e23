"""vertikal: a laboratory for the politics of authoritarian, patronal regimes.

Play a scenario and look at it:

    import vertikal

    ensemble = vertikal.simulate("stalins-court", runs=1000, seed=1953, out="runs/first")
    vertikal.outcome_frequencies(ensemble)
    vertikal.explain(ensemble, run=7)
    vertikal.contrast("stalins-court", variant="E", runs=1000)

Write a mechanism: `Mechanism`, `parameter`, `Stage`, `Tick`, `Regime`, and the idioms in
`vertikal.regime.batch`. Use a formal model: `vertikal.theory`. Everything is imported when it is
first used, so that importing the package costs nothing; it only sets the flags of the compiler,
which JAX looks at when it starts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vertikal.engine import flags
from vertikal.errors import VertikalError

flags.set_flags()  # before JAX starts, whoever starts it

if TYPE_CHECKING:
    from vertikal.engine.ensemble import Ensemble, open_ensemble
    from vertikal.laboratory import (
        compare,
        contrast,
        docking,
        explain,
        extend,
        incidences,
        load,
        outcome_frequencies,
        predictive,
        resume,
        simulate,
    )
    from vertikal.regime.mechanism import Mechanism, Stage, Tick, parameter
    from vertikal.regime.regime import Regime
    from vertikal.scenario.catalogue import library
    from vertikal.traceability import trace

__all__ = [
    "Ensemble",
    "Mechanism",
    "Regime",
    "Stage",
    "Tick",
    "VertikalError",
    "compare",
    "contrast",
    "docking",
    "explain",
    "extend",
    "incidences",
    "library",
    "load",
    "open_ensemble",
    "outcome_frequencies",
    "parameter",
    "predictive",
    "resume",
    "simulate",
    "trace",
]

_HOMES = {
    "Ensemble": "engine.ensemble",
    "open_ensemble": "engine.ensemble",
    "Mechanism": "regime.mechanism",
    "Stage": "regime.mechanism",
    "Tick": "regime.mechanism",
    "parameter": "regime.mechanism",
    "Regime": "regime.regime",
    "library": "scenario.catalogue",
    "trace": "traceability",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'vertikal' has no attribute {name!r}")
    return getattr(import_module(f"vertikal.{_HOMES.get(name, 'laboratory')}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
