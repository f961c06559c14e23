r"""What a patch changes: two ensembles that share every random number, compared history by history.

A difference between paired histories is the effect of the patch with the same chance and the same
parameters, so nearly all noise cancels. Three questions are kept apart: how large the effect is on
average (with an interval that respects the draws), in how many histories anything changed and
which way, and how the effect varies over parameter draws.

The effect on a share is $f^+ - f^-$, the share of histories that the patch turned to yes less the
share that it turned to no. Its interval joins the intervals of both by

$$ L = \hat f^+ - \hat f^- - \sqrt{(\hat f^+ - l^+)^2 + (u^- - \hat f^-)^2
       - 2 \rho (\hat f^+ - l^+)(u^- - \hat f^-)} $$

and its mirror image, $\rho$ being their correlation over draws: Zou, G. and Donner, A. (2008),
"Construction of Confidence Limits about Effect Measures: A General Approach", *Statistics in
Medicine* 27: 1693-1702. Unlike a normal interval it does not collapse where nothing flipped.

The effect on a time is the difference of the mean time lived before the event within the horizon
(never counts as the horizon): Royston, P. and Parmar, M. (2013), "Restricted Mean Survival Time",
*BMC Medical Research Methodology* 13: 152.
"""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from rich.table import Table as RichTable
from rich.text import Text

from vertikal.analysis.nested import LEVEL, Draws, mean_interval, mean_variance, share_interval
from vertikal.analysis.tables import (
    MODE,
    Column,
    Kind,
    Tabled,
    by_run,
    column,
    kind_of,
    outcome_names,
    usable,
)
from vertikal.analysis.uncertainty import RESAMPLES, Split, splits_of_blocks
from vertikal.errors import VertikalError
from vertikal.scenario.faults import shown_of

WORDED = ("yes", "ever", "mean", "years", "answered")
"""What an effect is about where it is not about a label."""


@dataclasses.dataclass(frozen=True)
class Effect:
    """The effect of the patch on one number about one outcome."""

    outcome: str
    """Name of the outcome."""
    value: str
    """`yes`, a label, `ever`, `mean`, `years` for the mean time before the event, or `answered`:
    whether there is a number, where it is missing in some history."""
    before: float
    """Share or mean without the patch, in the paired histories."""
    after: float
    """The same with the patch."""
    difference: float
    """`after` less `before`."""
    low: float
    """Lower end of the interval of `difference`."""
    high: float
    """Upper end of the interval of `difference`."""
    up: int
    """Histories in which the patch turned it to yes, or raised it."""
    down: int
    """Histories in which the patch turned it to no, or lowered it."""
    pairs: int
    """Histories compared; for a mean those that have a number both with and without."""
    draws: int
    """Parameter draws compared."""
    changed_draws: int
    """Draws in which the patch changed any history."""
    same_sign: float
    """Share of `changed_draws` whose own mean effect has the sign of `difference`; `nan` where that
    is 0."""
    quantiles: tuple[float, float, float]
    """5th, 50th and 95th percentile of the mean effect of a draw, chance within it included."""
    split: Split
    """Variance of the effect: chance, parameters and theories."""


@dataclasses.dataclass(frozen=True)
class Contrast(Tabled):
    """The effects of a patch on the outcomes of a scenario."""

    effects: tuple[Effect, ...]
    """Effects in the order of the outcomes."""
    flips: Mapping[str, pd.DataFrame]
    """For truth values and labels: what (rows) turned into what (columns), in histories."""
    unpaired: int
    """Histories that are in one ensemble only or failed in either, left out."""
    failed: int
    """Those of them that are in both and failed in either."""
    level: float
    """Level of the intervals."""

    def of(self, outcome: str, value: str | None = None) -> Effect:
        """The effect on one outcome; the first of its numbers unless `value` says which.

        Raises:
            VertikalError: If there is no such effect.
        """
        for effect in self.effects:
            if effect.outcome == outcome and value in (None, effect.value):
                return effect
        raise VertikalError(f"there is no effect on {outcome!r} {value or ''}", where="contrast")

    def table(self) -> pd.DataFrame:
        """One row an effect."""
        records = []
        for effect in self.effects:
            record = {f.name: getattr(effect, f.name) for f in dataclasses.fields(effect)}
            part = record.pop("split")
            record["draw_low"], record["draw_median"], record["draw_high"] = record.pop("quantiles")
            record["parameters_share"] = part.share
            record["theory_share"] = part.theory_share
            record["doubt_share"] = part.doubt_share
            records.append(record)
        return pd.DataFrame(records)

    def __rich__(self) -> RichTable:
        """What fits a terminal; see `shown`."""
        return self.shown()

    def shown(self, *, narrow: bool = False) -> RichTable:
        """The effects, their intervals, and how many histories flipped.

        Args:
            narrow: Whether to leave out the shares and means after the patch.
        """
        shown = RichTable(show_edge=False, pad_edge=False, header_style="bold")
        for name in ("outcome", "value"):
            shown.add_column(name, overflow="fold")
        interval = f"{self.level:.0%} interval"
        numbers = ("before", "difference") if narrow else ("before", "after", "difference")
        for name in (*numbers, interval, "up", "down"):
            shown.add_column(name, justify="right")
        rare = [e for e in self.effects if e.value not in WORDED and max(e.before, e.after) < 0.01]
        rare = rare[shown_of(len(rare), 0) :]
        for e in self._in_reading_order():
            if e in rare:
                continue
            row = [f"{e.before:.3g}", f"{e.after:.3g}", f"{e.difference:+.3g}"]
            if narrow:
                del row[1]
            ends = f"{e.low:+.3g} to {e.high:+.3g}"
            shown.add_row(Text(e.outcome), Text(e.value), *row, ends, str(e.up), str(e.down))
        if notes := tuple(self._notes(len(rare))):
            shown.caption = "\n".join(notes)
            shown.caption_justify = "left"
        return shown

    def _in_reading_order(self) -> list[Effect]:
        """Whether there is a number comes before its mean, which hangs on that."""
        place = {name: k for k, name in enumerate(dict.fromkeys(e.outcome for e in self.effects))}
        return sorted(self.effects, key=lambda e: (place[e.outcome], e.value != "answered"))

    def _notes(self, rare: int) -> Iterator[str]:
        """What a reader of the table must know; `rare` answers are not in it."""
        if rare:
            yield f"{rare} answers that are below 1% in both are left out."
        if self.failed:
            yield f"Pairs left out since a history failed in either arm: {self.failed}."
        if alone := self.unpaired - self.failed:
            yield f"Histories left out since they are in one arm only: {alone}."
        partial = {e.outcome: e.pairs for e in self.effects if e.value == "answered"}
        means = [e for e in self.effects if e.value == "mean" and e.outcome in partial]
        if means:
            told = ", ".join(f"{e.outcome} {e.pairs} of {partial[e.outcome]}" for e in means)
            yield f"mean: only of pairs with a number in both arms; {told}. Read answered first."
        if any(e.value == "years" for e in self.effects):
            yield "years: mean time before it comes; where it never does, the end of the clock."
        if any(e.outcome.endswith(MODE) for e in self.effects):
            yield f"{MODE}: in which way it comes, in shares of all histories."


def contrast(
    before: pd.DataFrame,
    after: pd.DataFrame,
    names: Sequence[str] | None = None,
    *,
    horizon: float | None = None,
    kinds: Mapping[str, Kind] | None = None,
    theories: Mapping[int, str] | None = None,
    level: float = LEVEL,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Contrast:
    """Compare two ensembles history by history.

    Args:
        before: Outcomes without the patch; see `vertikal.analysis.tables`.
        after: Outcomes with it, of the same runs.
        names: Which outcomes; those in both tables unless given.
        horizon: Years that each history was observed; without it times are compared only by
            whether the event came at all.
        kinds: Kinds that the columns do not show by themselves.
        theories: For each draw the theories that hold in it, if the ensembles range over several.
        level: Level of the intervals.
        resamples: Bootstrap samples behind the interval of the split.
        seed: Seed of the bootstrap.

    Raises:
        VertikalError: If the tables share no finished history, or the draws of a run differ.
    """
    one, two, unpaired, failed = _paired(before, after)
    if names is None:
        names = [n for n in outcome_names(before) if n in after.columns]
    columns = [_columns(one, two, name, kind_of(one, name, kinds)) for name in names]
    flips = {a.name: _flips(a, b) for a, b in columns if a.kind in ("bool", "label")}
    pairs = [(a.name, pair) for a, b in columns for pair in _pairs(a, b, horizon)]
    blocks = [(np.stack([b - a for _, a, b, _ in p.numbers], axis=1), p.draw) for _, p in pairs]
    found = splits_of_blocks(blocks, theories=theories, level=level, resamples=resamples, seed=seed)
    effects = [
        _effect(name, value, a, b, is_share, pair.draw, part, level)
        for (name, pair), parts in zip(pairs, found, strict=True)
        for (value, a, b, is_share), part in zip(pair.numbers, parts, strict=True)
    ]
    return Contrast(tuple(effects), flips, unpaired, failed, level)


@dataclasses.dataclass(frozen=True)
class _Pair:
    """Numbers compared in the same histories: what, before, after, whether a truth value."""

    numbers: list[tuple[str, np.ndarray, np.ndarray, bool]]
    draw: np.ndarray


def _paired(
    before: pd.DataFrame, after: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, int, int]:
    """The histories that finished in both; how many others there are, and are in both."""
    one, two = (by_run(usable(frame)) for frame in (before, after))
    runs = one.index.intersection(two.index)
    if runs.empty:
        raise VertikalError(
            "the two ensembles share no finished history",
            where="contrast",
            mend="Run both with the same seed and numbers of histories.",
        )
    played = [by_run(frame).index for frame in (before, after)]
    everything, both = played[0].union(played[1]), played[0].intersection(played[1])
    one, two = one.loc[runs], two.loc[runs]
    if "draw" in one.columns and not (one["draw"].to_numpy() == two["draw"].to_numpy()).all():
        raise VertikalError(
            "a run belongs to different parameter draws in the two ensembles",
            where="contrast",
            mend="Run both with the same number of histories a draw.",
        )
    return one, two, len(everything) - len(runs), len(both) - len(runs)


def _columns(one: pd.DataFrame, two: pd.DataFrame, name: str, kind: Kind) -> tuple[Column, Column]:
    """An outcome before and after; of a truth value only the histories in which both have one."""
    if kind == "bool":
        known = one[name].notna() & two[name].notna()
        one, two = one[known], two[known]
    return column(one, name, {name: kind}), column(two, name, {name: kind})


def _flips(a: Column, b: Column) -> pd.DataFrame:
    """What turned into what, in histories."""
    return pd.crosstab(_answers(a), _answers(b), rownames=["before"], colnames=["after"])


def _answers(found: Column) -> np.ndarray:
    """Truth values, or labels in place of their codes."""
    labels = np.asarray(found.labels, object)
    return labels[found.values] if found.kind == "label" else found.values


def _pairs(a: Column, b: Column, horizon: float | None) -> Iterator[_Pair]:
    """What is compared for one outcome: of numbers that may be missing also whether they are."""
    if a.kind == "bool":
        yield _Pair([("yes", a.values.astype(float), b.values.astype(float), True)], a.draw)
        return
    if a.kind == "label":
        x, y = _answers(a), _answers(b)
        labels = dict.fromkeys((*a.labels, *b.labels))
        shares = [(v, (x == v).astype(float), (y == v).astype(float), True) for v in labels]
        yield _Pair(shares, a.draw)
        return
    given = [~np.isnan(c.values) for c in (a, b)]
    came, comes = (g.astype(np.float64) for g in given)
    if a.kind == "time":
        numbers = [("ever", came, comes, True)]
        if horizon is not None:
            lived = [np.where(g, c.values, horizon) for g, c in zip(given, (a, b), strict=True)]
            numbers.append(("years", lived[0], lived[1], False))
        yield _Pair(numbers, a.draw)
        return
    known = given[0] & given[1]
    if known.any():
        yield _Pair([("mean", a.values[known], b.values[known], False)], a.draw[known])
    if not (given[0].all() and given[1].all()):
        yield _Pair([("answered", came, comes, True)], a.draw)


def _effect(
    name: str,
    value: str,
    before: np.ndarray,
    after: np.ndarray,
    is_share: bool,
    draw: np.ndarray,
    part: Split,
    level: float,
) -> Effect:
    draws = Draws.of(draw)
    change = after - before
    interval = (
        _share_change(change, draws, level) if is_share else mean_interval(change, draws, level)
    )
    own = draws.sums(change) / draws.sizes
    changed = draws.sums(change != 0) > 0
    difference = float(change.mean())
    low, median, high = np.quantile(own, [0.05, 0.5, 0.95])
    return Effect(
        name,
        value,
        before=float(before.mean()),
        after=float(after.mean()),
        difference=difference,
        low=float(interval[0]),
        high=float(interval[1]),
        up=int((change > 0).sum()),
        down=int((change < 0).sum()),
        pairs=draws.runs,
        draws=draws.count,
        changed_draws=int(changed.sum()),
        same_sign=float((np.sign(own[changed]) == np.sign(difference)).mean())
        if difference
        else float("nan"),
        quantiles=(float(low), float(median), float(high)),
        split=part,
    )


def _share_change(change: np.ndarray, draws: Draws, level: float) -> tuple[float, float]:
    """Zou and Donner's interval of the share turned to yes less the share turned to no."""
    turned = np.stack([change > 0, change < 0], axis=1).astype(np.float64)
    share, variance = turned.mean(axis=0), mean_variance(turned, draws)
    interval = share_interval(share, variance, draws, level)
    units = draws.units()
    sums = units.sums(turned - share)
    scale = np.sqrt((sums**2).sum(axis=0)).prod()
    correlation = float(sums.prod(axis=1).sum() / scale) if scale > 0 else 0.0
    below, above = share - interval.low, interval.high - share
    difference = share[0] - share[1]
    low = difference - np.sqrt(_joined(below[0], above[1], correlation))
    high = difference + np.sqrt(_joined(above[0], below[1], correlation))
    return max(float(low), -1.0), min(float(high), 1.0)


def _joined(one: float, two: float, correlation: float) -> float:
    return max(one**2 + two**2 - 2 * correlation * one * two, 0.0)
