"""Cumulative incidence under competing risks."""

import warnings

import numpy as np
import pandas as pd
import pytest

from vertikal.analysis import frequencies, incidence, outcome_incidence
from vertikal.analysis.uncertainty import _resampled
from vertikal.errors import VertikalError
from vertikal.theory.survival import aalen_johansen


def sample(runs=600, draws=60, censoring=True, seed=0):
    """Tied monthly times, two modes, histories of a draw alike, some lost before the horizon."""
    rng = np.random.default_rng(seed)
    draw = np.repeat(np.arange(draws), runs // draws)
    rate = np.exp(rng.normal(0, 0.7, draws))[draw]
    time = np.ceil(12 * rng.exponential(6 / rate)) / 12
    mode = np.where(rng.random(runs) < 0.6, "death", "coup")
    end = np.ceil(12 * rng.uniform(1, 12, runs)) / 12 if censoring else np.full(runs, 8.0)
    end = np.minimum(end, 8.0)
    came = time <= end
    return np.where(came, time, np.nan), np.where(came, mode, None), draw, end


def test_by_hand():
    found = incidence(
        [1.0, 2.0, 2.0, np.nan, 4.0],
        ["a", "b", "a", None, "a"],
        np.arange(5),
        horizon=5.0,
        censored_at=[5, 5, 5, 3, 5],
    )
    assert found.time.tolist() == [0, 1, 2, 3, 4, 5]
    assert found.share[0] == pytest.approx([0, 0.2, 0.4, 0.4, 0.8, 0.8])
    assert found.share[1] == pytest.approx([0, 0, 0.2, 0.2, 0.2, 0.2])
    assert found.at_risk.tolist() == [5, 5, 4, 2, 1, 0]
    assert found.censored.tolist() == [0, 0, 0, 0, 1, 1]


def test_equals_lifelines_and_the_theory_module():
    from lifelines import AalenJohansenFitter

    time, mode, draw, end = sample()
    found = incidence(time, mode, draw, horizon=8.0, censored_at=end)
    stop = np.where(np.isnan(time), end, time)
    codes = np.select([mode == "coup", mode == "death"], [1, 2], 0)
    theory = aalen_johansen(stop, codes, causes=2)
    place = found.place(np.asarray(theory.time))
    assert found.share[:, place] == pytest.approx(np.asarray(theory.incidence), abs=2e-5)
    assert found.at_risk[place].tolist() == np.asarray(theory.at_risk).tolist()
    for code, mode_name in ((1, "coup"), (2, "death")):
        with warnings.catch_warnings():
            # lifelines warns that it moves tied times a little apart.
            warnings.simplefilter("ignore")
            fit = AalenJohansenFitter(calculate_variance=False, seed=1).fit(stop, codes, code)
        reference = fit.cumulative_density_.iloc[-1, 0]
        row = found.modes.index(mode_name)
        # Censored histories tied with events count as at risk here; apart, they fall either side.
        assert found.share[row, -1] == pytest.approx(reference, abs=0.005)


def test_equals_lifelines_where_no_times_are_tied():
    from lifelines import AalenJohansenFitter

    rng = np.random.default_rng(3)
    time, end = rng.exponential(5, 500), rng.uniform(0, 9, 500)
    codes = np.where(time <= end, rng.integers(1, 4, 500), 0)
    stop = np.minimum(time, end)
    found = incidence(
        np.where(codes > 0, stop, np.nan), codes.astype(str), np.arange(500),
        horizon=9.0, censored_at=end, labels=["1", "2", "3"],
    )  # fmt: skip
    for code in (1, 2, 3):
        fit = AalenJohansenFitter().fit(stop, codes, code)
        at = fit.cumulative_density_.index.to_numpy()
        # Times are rounded to a millionth of a year, which here ties none.
        assert found.share[code - 1, found.place(at)] == pytest.approx(
            fit.cumulative_density_.iloc[:, 0].to_numpy(), abs=1e-9
        )


def test_variance_is_the_limit_of_a_bootstrap_over_draws():
    time, mode, draw, end = sample(seed=5)
    found = incidence(time, mode, draw, horizon=8.0, censored_at=end, labels=["death", "coup"])
    rows = [np.flatnonzero(draw == k) for k in range(60)]
    estimates = []
    for weights, _ in _resampled(np.zeros(60, int), 400, seed=2):
        for weight in weights.astype(int):
            pick = np.concatenate([rows[k] for k in np.repeat(np.arange(60), weight)])
            again = incidence(
                time[pick], mode[pick], draw[pick],
                horizon=8.0, censored_at=end[pick], labels=["death", "coup"],
            )  # fmt: skip
            estimates.append(again.share[:, again.place([2.0, 5.0, 7.9])])
    spread = np.std(estimates, axis=0)
    place = found.place([2.0, 5.0, 7.9])
    half = (found.high - found.low)[:, place] / 2 / 2.05
    # 400 samples give a standard deviation to 3.5 per cent; the interval is Wilson's, not normal.
    assert half == pytest.approx(spread, rel=0.12)


def test_without_censoring_it_is_the_share_and_its_interval():
    time, mode, draw, _ = sample(censoring=False)
    outcomes = pd.DataFrame(
        {"draw": draw, "status": "ok", "exit": time, "exit.is": pd.Categorical(mode)}
    )
    found = outcome_incidence(outcomes, "exit", horizon=8.0)
    assert found.modes == ("coup", "death")
    shares = {row.value: row for row in frequencies(outcomes, ["exit.is"]).rows}
    for j, name in enumerate(found.modes):
        assert found.share[j, -1] == pytest.approx(shares[name].estimate)
        assert found.low[j, -1] == pytest.approx(shares[name].low)
        assert found.high[j, -1] == pytest.approx(shares[name].high)
    assert found.share.sum(axis=0) + found.remaining == pytest.approx(1)
    assert found.remaining_low[-1] == pytest.approx(shares["never"].low)
    assert found.remaining_high[-1] == pytest.approx(shares["never"].high)


def test_at_risk_table_always_adds_up():
    time, mode, draw, end = sample()
    found = incidence(time, mode, draw, horizon=8.0, censored_at=end)
    rows = found.risk_table(np.linspace(0, 8, 33))
    assert (rows.drop(columns="time").sum(axis=1) == 600).all()
    stop = np.where(np.isnan(time), end, time)
    for row in rows.itertuples():
        assert row.at_risk == (stop >= row.time - 1e-9).sum()


def test_all_gone_and_none_gone():
    gone = incidence([1.0, 1.0], None, [0, 1], horizon=2.0)
    assert gone.modes == ("event",)
    assert gone.share[0].tolist() == [0, 1, 1]
    assert gone.remaining[-1] == 0
    none = incidence([np.nan, np.nan], None, [0, 1], horizon=2.0)
    assert none.share[0].tolist() == [0, 0]
    assert none.high[0, -1] > 0.3


@pytest.mark.parametrize("time", [-1.0, 9.0])
def test_times_outside_observation_are_refused(time):
    with pytest.raises(VertikalError, match="between 0 and the end of observation"):
        incidence([time, 1.0], None, [0, 1], horizon=8.0)


def test_unknown_mode_is_refused():
    with pytest.raises(VertikalError, match="unknown mode 'plague'"):
        incidence([1.0], ["plague"], [0], horizon=2.0, labels=["death"])
