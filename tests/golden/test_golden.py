"""Two library scenarios say what they said when their golden files were written.

See `summaries` for what is compared and how much that can see.
"""

import numpy as np
import pytest

from tests.golden.summaries import (
    LIMIT,
    RUNS,
    SCENARIOS,
    SEED,
    Number,
    file_of,
    moves,
    play,
    read,
    summed_up,
)
from tests.walks import Walks
from vertikal.engine.simulate import simulate

RENEW = "if this is meant, renew: python -m tests.golden.renew, and say in the commit why"


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_says_what_it_said(name, record_property):
    before, after = read(name), play(name)
    moved = moves(before, after)
    for move in moved:
        print(move)
        record_property(move.name, round(move.errors, 2))
    assert before.keys() == after.keys(), f"other questions are asked; {RENEW}"
    beyond = [str(m) for m in moved if abs(m.errors) > LIMIT]
    assert not beyond, "\n".join([f"{len(beyond)} numbers have moved; {RENEW}", *beyond])


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden_files_are_whole(name):
    numbers = read(name)
    assert f'"runs": {RUNS},\n "seed": {SEED},' in file_of(name).read_text()
    assert numbers["failed"].estimate == 0
    assert len(numbers) > 15
    for number in numbers.values():
        assert np.isfinite([number.estimate, number.error]).all()
        assert number.error > 0, "a number without an error would agree with itself alone"


def test_the_errors_are_those_of_repeated_runs():
    """Over many seeds, runs of one model differ as much as their own errors say."""
    program = Walks(fails=False)
    found = [
        summed_up(simulate(p, p.manifest(150), workers=1))
        for p in (Walks(seed=s, fails=False) for s in range(program.replicates * 4))
    ]
    for name in found[0]:
        estimates = np.array([f[name].estimate for f in found])
        claimed = np.sqrt(np.mean([f[name].error ** 2 for f in found]))
        spread = estimates.std(ddof=1)
        # the standard deviation of 40 estimates has an error of 11 per cent; rare answers have a
        # cautious error, so there is no lower limit
        assert spread < claimed * 1.5, name


def test_what_moves_is_found_and_what_does_not_is_not():
    before = {"a": Number(0.5, 0.02), "b": Number(1.0, 0.1), "c": Number(0.0, 0.004)}
    after = {"a": Number(0.65, 0.02), "b": Number(1.1, 0.1), "c": Number(0.0, 0.004)}
    found = moves(before, after)
    assert [m.name for m in found] == ["a", "b"]
    assert abs(found[0].errors) > LIMIT > abs(found[1].errors)
    assert "a: 0.5 ± 0.02 -> 0.65 ± 0.02 (+5.3 standard errors)" in str(found[0])
