"""Designed draws on models whose indices are known, and Morris beside chance."""

import numpy as np
import pandas as pd
import pytest

from tests.verification.test_claims_sensitivity import ISHIGAMI, ishigami
from vertikal.claims.screening import OTHERS, morris, sobol
from vertikal.claims.verdicts import Criterion

ABOVE = (Criterion("above", 0.5),)
NAMES = [f"x{n}" for n in range(1, 7)]
TOTAL = (0.5576, 0.4424, 0.2437)
"""Total indices of the Ishigami function; see `ISHIGAMI`."""


class Words:
    """A lexicon of parameters that are uniform from 0 to 1."""

    def meaning(self, address):
        return address.upper()

    def values(self, address, shares):
        return shares


def model(formula, noise=0.0, histories=8, stirred=True, seed=7):
    """Effects by a formula; every parameter stirs chance, or none does."""

    def play(quantiles, tell):
        tell(len(quantiles), len(quantiles))
        means = formula(quantiles.to_numpy())
        shape = (len(means) if stirred else 1, histories)
        chance = np.random.default_rng(seed).normal(size=shape)
        return (means[:, None] + noise * chance,)

    return play


class TestSobol:
    def test_ishigami(self):
        rows, chance, kept = sobol(
            model(ishigami), NAMES, ["x1", "x2", "x3"], ABOVE, Words(), base=1024
        )
        found = {r.address: r for r in rows}
        assert set(found) == {"x1", "x2", "x3", OTHERS}
        for name, first, total in zip(NAMES, ISHIGAMI, TOTAL, strict=False):
            assert found[name].first == pytest.approx(first, abs=0.06), name
            assert found[name].total == pytest.approx(total, abs=0.06), name
            assert found[name].first_half < 0.15
        assert found[OTHERS].total == pytest.approx(0, abs=1e-12)
        assert (rows[0].meaning, rows[-1].address) == ("X1", OTHERS)
        assert chance == 0
        assert len(kept.parameters) == 2048
        assert kept.effects[0] == pytest.approx(ishigami(kept.parameters.to_numpy()))

    def test_a_thousand_other_parameters_do_not_spoil_the_indices(self):
        names = [f"x{n}" for n in range(1, 1001)]
        slopes = np.array([2.0, 1.0, *np.full(998, 0.05)])
        rows, _, _ = sobol(model(lambda x: x @ slopes), names, names[:2], ABOVE, Words())
        shares = np.array([4, 1, 998 * 0.05**2]) / (5 + 998 * 0.05**2)
        assert [r.address for r in rows][:2] == ["x1", "x2"]
        # half widths of the intervals are up to 0.12
        assert [r.first for r in rows] == pytest.approx(list(shares), abs=0.15)
        assert [r.total for r in rows] == pytest.approx(list(shares), abs=0.15)

    def test_chance_is_told(self):
        formula = lambda x: x[:, 0]  # noqa: E731
        _, chance, _ = sobol(model(formula, 1.0), NAMES, ["x1"], ABOVE, Words(), base=512)
        assert chance == pytest.approx((1 / 8) / (1 / 8 + 1 / 12), abs=0.08)


class TestMorris:
    def test_a_plane_is_read_off(self):
        formula = lambda x: 3 * x[:, 0] - 2 * x[:, 1] + 0.5 * x[:, 2]  # noqa: E731
        found = morris(model(formula), NAMES, ABOVE, Words())
        assert [s.address for s in found[:3]] == ["x1", "x2", "x3"]
        reach = 0.9  # of the range that is moved through
        assert [s.mean for s in found[:3]] == pytest.approx([3 * reach, -2 * reach, 0.5 * reach])
        assert [s.size for s in found[:3]] == pytest.approx([3 * reach, 2 * reach, 0.5 * reach])
        assert [s.spread for s in found[:3]] == pytest.approx([0, 0, 0], abs=1e-9)
        assert all(s.floor < 1e-12 for s in found)
        assert [s.matters for s in found] == [True] * 3 + [False] * 3

    def test_chance_that_all_draws_share_does_not_hide_what_matters(self):
        formula = lambda x: 0.3 * x[:, 4]  # noqa: E731
        found = morris(model(formula, 5.0, stirred=False), NAMES, ABOVE, Words())
        assert (found[0].address, found[0].mean) == ("x5", pytest.approx(0.27))
        assert all(s.size == pytest.approx(0, abs=1e-9) for s in found[1:])

    def test_what_only_stirs_chance_does_not_matter_at_the_stated_rate(self):
        names = [f"x{n}" for n in range(30)]
        others = 0
        for seed in range(40):
            play = model(lambda x: 6 * x[:, 0], 1.0, seed=seed)
            found = morris(play, names, ABOVE, Words(), seed=seed)
            assert found[0].matters
            others += any(s.matters for s in found[1:])
        assert others <= 6  # of 40 at a rate of 1/20: more with a probability of 0.3%

    def test_several_effects_count_by_the_least(self):
        def play(quantiles, tell):
            up = np.repeat(quantiles.to_numpy()[:, :1], 4, axis=1)
            return up, up + 9

        found = morris(play, NAMES, (*ABOVE, *ABOVE), Words())
        assert found[0].mean == pytest.approx(0.9)

    def test_lost_draws_count_as_the_others(self):
        def play(quantiles, tell):
            values = np.repeat(quantiles.to_numpy()[:, :1], 4, axis=1)
            values[0, 1:] = np.nan
            return (values,)

        found = morris(play, NAMES, ABOVE, Words())
        assert found[0].address == "x1"


def test_designs_are_the_same_each_time():
    seen = []

    def play(quantiles, tell):
        seen.append(quantiles)
        return (np.repeat(quantiles.to_numpy()[:, :1], 2, axis=1),)

    for _ in range(2):
        morris(play, NAMES, ABOVE, Words())
        sobol(play, NAMES, ["x1"], ABOVE, Words(), base=16)
    pd.testing.assert_frame_equal(seen[0], seen[2])
    pd.testing.assert_frame_equal(seen[1], seen[3])
