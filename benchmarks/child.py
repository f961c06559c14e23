"""What a fresh process does while its parent times it; answers with one line of JSON.

Not for people: `python -m benchmarks.child first FILE | simulate FILE RUNS FOLDER | ...`.
"""

import json
import os
import resource
import sys
import time
from typing import Any

SEED = 1953


def first(file: str) -> dict[str, Any]:
    """Play the first batch of a scenario, then another one."""
    begin = time.time()
    from vertikal.engine.histories import Histories
    from vertikal.scenario import load

    imported = time.time()
    histories = Histories(load(file), SEED)
    histories.inputs()
    prepared = time.time()
    histories.run_block(0, histories.batch)
    played = time.time()
    histories.run_block(histories.batch, histories.batch)
    return {
        "begin": begin,
        "import": imported - begin,
        "prepare": prepared - imported,
        "compile": max(2 * played - prepared - time.time(), 0.0),
        "first result at": played,
    }


def simulated(file: str, runs: str, folder: str) -> dict[str, Any]:
    """Play histories into a run directory."""
    from vertikal.laboratory import simulate

    begin = time.time()
    simulate(file, int(runs), seed=SEED, out=folder)
    return {"seconds": time.time() - begin}


def digest(file: str, runs: str, cores: str) -> dict[str, Any]:
    """Play histories on so many cores and fingerprint all that is kept of them."""
    allowed = sorted(os.sched_getaffinity(0))[: int(cores)]
    os.sched_setaffinity(0, allowed)
    import hashlib

    from vertikal.engine.histories import Histories
    from vertikal.scenario import load

    block = Histories(load(file), SEED).run_block(0, int(runs))
    found = hashlib.sha256()
    for table in block[:2]:
        for column in table.to_pandas():
            found.update(table[column].to_pandas().astype(str).str.cat(sep=",").encode())
    return {"digest": found.hexdigest(), "cores": len(allowed)}


def claims(file: str, which: str, out: str) -> dict[str, Any]:
    """Test claims of a file, or those of a priority of the library."""
    begin, before = time.time(), time.process_time()
    from vertikal.claims import chosen, library, read_book
    from vertikal.claims.running import examine_all
    from vertikal.claims.trials import BATCH

    if file:
        found = [c for c in read_book(file).claims if which in ("all", c.id)]
        results = examine_all(found, budget=BATCH, folder=None, error=1e-300)
    else:
        results = examine_all(chosen(library(), priority=int(which)), folder=out)
    return {
        "seconds": time.time() - begin,
        "processor": time.process_time() - before,
        "claims": sum(bool(r.tests) for r in results),
        "unsettled": sum(r.word == "unsettled" for r in results),
    }


TASKS = {"first": first, "simulate": simulated, "digest": digest, "claims": claims}


def main() -> None:
    """Do the task that the arguments name."""
    found = TASKS[sys.argv[1]](*sys.argv[2:])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found | {"peak": peak * 1024}))


if __name__ == "__main__":
    main()
