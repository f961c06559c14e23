"""Where the recorded numbers of a scenario lie among those foretold.

`python -m tests.docking.foretold NAME [RUNS [SEED]]` prints a table, Markdown, to be pasted into
the documentation. Nothing is fitted: parameters and judgements are drawn from their priors.
"""

import sys

from vertikal import laboratory
from vertikal.analysis import Place

RUNS, SEED = 2048, 1953
HEAD = "| Outcome | Use | Recorded | Median foretold | 5% to 95% | Quantile of the record |"


def main(name: str, runs: int = RUNS, seed: int = SEED) -> None:
    scenario = laboratory.load(name)
    ensemble = laboratory.simulate(scenario, runs, seed=seed)
    found = laboratory.predictive(ensemble, scenario)
    print(f"{name}: {runs} histories, seed {seed}; parameters drawn from their priors.\n")
    print(HEAD)
    print("|" + " --- |" * (HEAD.count("|") - 1))
    for place in found.places if found else ():
        print(row(place))


def row(place: Place) -> str:
    """One recorded number as a row of the table."""
    cells = (
        place.outcome,
        place.use,
        f"{place.recorded:.3g}",
        f"{place.median:.3g}",
        f"{place.low:.3g} to {place.high:.3g}",
        f"{place.quantile:.1%}{'' if place.is_within else ', outside'}",
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
