"""What decides the fate of the technocrats after the war: a factorial design, shown on a page.

Usage: python docs/_factorial.py

Eight factors of `after-the-war`, each low or high, in sixteen arms: a fractional factorial of
resolution IV, in which no main effect is mixed with that of a pair of factors. Box, G. and Hunter,
J. (1961), "The 2^(k-p) Fractional Factorial Designs", Technometrics 3: 311-351. All arms meet the
same parameter draws and the same chance, so that an effect is a mean over histories that were
played sixteen times. `factorial.json` holds what came out, with the digests of what was played.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
from _figures import draw
from _tables import code, table, warning

import vertikal
from vertikal.engine.blocks import OK
from vertikal.engine.histories import Histories
from vertikal.engine.manifest import code_digest
from vertikal.engine.simulate import default_workers
from vertikal.report.look import stand_in
from vertikal.scenario import world

KEPT = Path(__file__).parent / "factorial.json"
SCENARIO, RUNS, SEED = "after-the-war", 1024, 1953

FACTORS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "influence": (("influence-low",), ("influence-high",), "influence of the technocratic cabinet"),
    "cover": ((), ("cover-full",), "cover of the technocrats by the siloviki"),
    "support": (("support-withdrawn",), (), "support by the state, withdrawn or kept"),
    "territory": (("territorial-weak",), ("territorial-strong",), "strength of territorial clans"),
    "hysteresis": (("hysteresis-none",), ("hysteresis-strong",), "an agenda that feeds on itself"),
    "law": (("law-clear",), ("law-grey",), "conduct in the grey of the law"),
    "opposition": (("opposition-frivolous",), ("opposition-serious",), "serious opposition"),
    "terror": (("terror-none",), ("terror-full",), "inherited terror"),
}  # fmt: skip
"""For each factor the variants of the low arm and of the high one, and what it is."""

GENERATED = {
    "hysteresis": ("cover", "support", "territory"),
    "law": ("influence", "support", "territory"),
    "opposition": ("influence", "cover", "support"),
    "terror": ("influence", "cover", "territory"),
}
"""The factors whose level is the product of three others, which are varied in full."""

OUTCOMES = {
    "technocrats-in-play": "clan in play",
    "technocrats-ten": "its share",
    "rationality": "rationality",
    "capability": "capability",
    "legal-order": "law",
    "repression": "force",
    "reconciliation": "reconciliation",
}
"""What is asked of each arm, with the head of its column."""

ALONE = {
    "technocrats-in-play": "Is the technocrats' clan still in play when the leader goes?",
    "technocrats-ten": "What share of power has that clan after ten years?",
}
"""Questions that the scenario words by the ones before them, as they are asked without these."""


def design() -> np.ndarray:
    """Levels of the factors, -1 or 1: one row an arm, one column a factor."""
    full = [name for name in FACTORS if name not in GENERATED]
    levels = dict(zip(full, np.array(np.meshgrid(*[(-1, 1)] * 4)).reshape(4, -1), strict=True))
    for name, parents in GENERATED.items():
        levels[name] = np.prod([levels[parent] for parent in parents], axis=0)
    return np.stack([levels[name] for name in FACTORS], axis=1)


def main() -> None:
    """Play the arms and keep the effects of all factors."""
    levels = design()
    arms = [
        vertikal.load(SCENARIO, variant=_variants(row))
        for row in levels  # the order of variants is that of factors
    ]
    scripted = world.scripted(arms)  # one program plays them all

    def play(scenario: Any) -> dict[str, np.ndarray]:
        found = Histories(scenario, SEED, replicates=1, scripted=scripted).outcomes_of(
            np.arange(RUNS)
        )
        failed = np.array(found.column("status").to_pylist(), object) != OK
        answers = {n: np.array(found.column(n).to_pylist(), np.float64) for n in OUTCOMES}
        return {n: np.where(failed, np.nan, values) for n, values in answers.items()}

    Histories(arms[0], SEED, replicates=1, scripted=scripted).prepare()
    with ThreadPoolExecutor(default_workers()) as beside:
        played = list(beside.map(play, arms))
    answers = {n: np.stack([one[n] for one in played]) for n in OUTCOMES}
    kept = {
        "code": code_digest(),
        "arms": [scenario.digest for scenario in arms],
        "runs": RUNS,
        "seed": SEED,
        "means": {n: [_rounded(float(np.nanmean(a))) for a in answers[n]] for n in OUTCOMES},
        "effects": {n: effects(levels, answers[n]) for n in OUTCOMES},
    }
    KEPT.write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n", "utf-8")
    print(KEPT)


def effects(levels: np.ndarray, answers: np.ndarray) -> dict[str, list[float]]:
    """The effect of each factor, from low to high, and half of its 95% interval.

    Args:
        levels: As of `design`.
        answers: One row an arm, one column a history; one that failed in any arm does not count.
    """
    known = ~np.isnan(answers).any(axis=0)
    contrasts = levels.T @ answers[:, known] / (len(levels) / 2)
    half = 1.96 * contrasts.std(axis=1, ddof=1) / np.sqrt(known.sum())
    means = contrasts.mean(axis=1)
    return {
        name: [_rounded(float(mean)), _rounded(float(wide))]
        for name, mean, wide in zip(FACTORS, means, half, strict=True)
    }


def _variants(row: np.ndarray) -> list[str]:
    pairs = zip(FACTORS.values(), row, strict=True)
    return [name for (low, high, _), level in pairs for name in (high if level > 0 else low)]


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


# The page


def page(framed: Callable[[str], str]) -> str:
    """What the design came to, as part of a page.

    Args:
        framed: Puts a picture in a frame whose colours follow the page.
    """
    kept = json.loads(KEPT.read_text("utf-8"))
    now = [vertikal.load(SCENARIO, variant=_variants(row)).digest for row in design()]
    moved = [
        *(["the code"] if kept["code"] != code_digest() else []),
        *(["the scenario"] if kept["arms"] != now else []),
    ]
    asked = vertikal.load(SCENARIO).outcomes
    questions = {name: ALONE.get(name, asked[name].ask) for name in OUTCOMES}
    names = tuple(OUTCOMES)
    spans = [
        (OUTCOMES[name], questions[name], code(name), f"{min(means):.2f} to {max(means):.2f}")
        for name, means in kept["means"].items()
    ]
    parts = [
        *warning(moved),
        f"```{{raw}} html\n{framed(picture(kept['effects'], questions))}```",
        "*What each factor does to a mean, from low to high, over all others, with 95% intervals; "
        "grey where the interval holds zero.*",
        *(_effects(kept["effects"], part) for part in (names[:4], names[4:])),
        f"Effects on means over {kept['runs']} parameter draws, each played in all sixteen arms, "
        "and half of their 95% intervals. Effects smaller than their interval are in brackets.",
        table(("outcome", "question", "in the scenario", "means of the arms"), spans),
    ]
    return "\n\n".join(parts) + "\n"


def _effects(effects: Mapping[str, Mapping[str, list[float]]], outcomes: Sequence[str]) -> str:
    """The table of what each factor does to some of the outcomes."""
    rows = [
        (what, *(_told(effects[name][factor]) for name in outcomes))
        for factor, (_, _, what) in FACTORS.items()
    ]
    return table(("factor, from low to high", *(OUTCOMES[name] for name in outcomes)), rows)


def picture(found: Mapping[str, Mapping[str, list[float]]], questions: Mapping[str, str]) -> str:
    """The effects of all factors on each outcome, an outcome a panel, one below the other.

    It is narrow, so that it can be read on a telephone.
    """
    panels = [_panel(questions[name], effects) for name, effects in found.items()]
    return draw(alt.vconcat(*panels, spacing=18))


def _panel(question: str, effects: Mapping[str, list[float]]) -> alt.LayerChart:
    values = [
        {"factor": FACTORS[f][2], "x": mean, "low": mean - half, "high": mean + half,
         "c": "some" if abs(mean) > half else "none"}
        for f, (mean, half) in effects.items()
    ]  # fmt: skip
    axis = alt.Axis(title=None, labelLimit=260, ticks=False, labelFontSize=11, domain=False)
    y = alt.Y("factor:N", sort=[what for _, _, what in FACTORS.values()], axis=axis)
    colour = alt.Color(
        "c:N", legend=None,
        scale=alt.Scale(domain=["some", "none"], range=[stand_in("c1"), stand_in("muted")]),
    )  # fmt: skip
    base = alt.Chart(alt.Data(values=values))
    zero = alt.Chart(alt.Data(values=[{"x": 0}])).mark_rule(color=stand_in("ink"), strokeWidth=0.8)
    x = alt.X("x:Q", title=None, axis=alt.Axis(tickCount=4, labelFontSize=11, labelFlush=False))
    return alt.layer(
        zero.encode(x=x),
        base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", y=y, color=colour),
        base.mark_point(filled=True, size=45, opacity=1).encode(x=x, y=y, color=colour),
    ).properties(
        width=220, height=150,
        title=alt.Title(question, fontWeight="normal", color=stand_in("ink"),
                        anchor="start", fontSize=12),
    )  # fmt: skip


def _told(effect: list[float]) -> str:
    mean, half = effect
    told = f"{mean:+.3f}&nbsp;±&nbsp;{half:.3f}".replace("-", "−")
    return told if abs(mean) > half else f"({told})"


if __name__ == "__main__":
    main()
