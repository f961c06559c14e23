"""Scenario discovery on effects of which it is known where they fail."""

import numpy as np
import pandas as pd
import pytest

from vertikal.claims import regions
from vertikal.claims.kept import Drawn
from vertikal.claims.regions import Box, discover
from vertikal.claims.verdicts import Criterion


def draws(count, columns, seed):
    rng = np.random.default_rng(seed)
    names = [f"p{n}" for n in range(columns)]
    return pd.DataFrame(rng.random((count, columns)), columns=names), rng


def failing(effect):
    """Draws of which it is known whether the claim fails."""
    return (effect < 0).astype(float)


def planted(count=256, columns=300, noise=0.3, seed=1):
    """A claim that fails where one parameter is low and another high, seen through chance."""
    table, rng = draws(count, columns, seed)
    inside = Box({"p3": (-np.inf, 0.5), "p7": (0.4, np.inf)})
    effect = np.where(inside.contains(table), -1.0, 1.0) + noise * rng.normal(size=count)
    return table, effect, inside


class TestDiscover:
    def test_a_planted_box_is_found(self):
        table, effect, inside = planted()
        found = discover(table, effect, failing(effect))
        assert found.p == pytest.approx(1 / 200)
        assert set(found.box.bounds) == {"p3", "p7"}
        assert found.box.bounds["p3"] == (-np.inf, pytest.approx(0.5, abs=0.05))
        assert found.box.bounds["p7"] == (pytest.approx(0.4, abs=0.05), np.inf)
        assert found.fails == pytest.approx((effect < 0).mean())
        wrong = found.box.contains(table) != inside.contains(table)
        assert wrong.mean() < 0.05

    def test_quality_is_that_of_draws_that_were_not_used(self, monkeypatch):
        monkeypatch.setattr(regions, "_SHUFFLES", 19)
        told, fresh, own = [], [], []
        for seed in range(8):
            table, effect, _ = planted(noise=1.0, seed=seed)
            found = discover(table, effect, failing(effect), error=1)
            told.append((found.density, found.coverage))
            inside, fails = found.box.contains(table), effect < 0
            own.append(fails[inside].mean())
            more, effect, _ = planted(count=5000, noise=1.0, seed=100 + seed)
            inside, fails = found.box.contains(more), effect < 0
            fresh.append((fails[inside].mean(), inside[fails].mean()))
        # one deviates by 0.07
        assert np.mean(told, axis=0) == pytest.approx(np.mean(fresh, axis=0), abs=0.06)
        assert np.mean(told, axis=0)[0] < np.mean(own)

    @pytest.mark.parametrize("above", [0.0, np.nan])
    def test_a_box_that_held_out_draws_do_not_bear_out_is_not_told(self, monkeypatch, above):
        table, effect, _ = planted()
        density = (effect < 0).mean() + above
        monkeypatch.setattr(regions, "_held_out", lambda *_: (0.1, density))
        found = discover(table, effect, failing(effect))
        assert found.box is None
        assert found.p <= regions.ERROR
        assert found.why.startswith("draws held out do not bear out")

    def test_chance_alone_gives_no_region_at_the_stated_rate(self, monkeypatch):
        monkeypatch.setattr(regions, "_SHUFFLES", 19)
        told = 0
        for seed in range(60):
            table, rng = draws(64, 40, seed)
            effect = rng.normal(size=64)
            told += discover(table, effect, failing(effect), seed=seed).box is not None
        assert told <= 8  # of 60 at a rate of 1/20: more with a probability of 0.3%

    def test_too_few_draws_of_a_kind_are_told(self):
        table, effect, _ = planted(count=64)
        for seen in (np.abs(effect), -np.abs(effect)):
            found = discover(table, seen, failing(seen))
            assert found.box is None
            assert "none of 64 draws differs" in found.why

    def test_what_chance_alone_puts_on_the_wrong_side_is_not_told_as_failing(self):
        """A claim that holds in every draw, in half of them by a little, seen through chance."""
        for seed in range(6):
            table, rng = draws(256, 20, seed)
            theta = np.where(table["p3"] < 0.5, 0.03, 0.15)[:, None]
            values = theta + 0.32 * rng.standard_normal((256, 16))
            kept = Drawn(table, (values,), (Criterion("above", 0.0),))
            (margins,) = kept.margins
            assert (margins < 0).mean() > 0.1  # as many come out on the wrong side
            found = discover(table, margins, 1 - kept.holding)
            assert found.fails == pytest.approx(0, abs=0.1)
            assert found.box is None or found.density < 0.2
