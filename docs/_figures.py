"""A figure for each formal model, computed with the model when the documentation is built.

One function a model, named after its module. The first paragraph of its docstring is the model's
idea in three sentences; the second says what the figure shows. Inputs are illustrations unless the
caption says otherwise.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

import altair as alt
import numpy as np
import vl_convert

from vertikal.report.look import CATEGORICAL, by_role, stand_in

WIDTH, HEIGHT = 520, 300
_DATA = files("vertikal") / "data"
_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
_LOOKS: dict[str, Any] = {
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "labelColor": stand_in("muted"),
        "titleColor": stand_in("ink"),
        "titleFontWeight": "normal",
        "domainColor": stand_in("line"),
        "tickColor": stand_in("line"),
        "gridColor": stand_in("line"),
    },
    # Wide columns: a page's font may be wider than the one that the columns are measured with.
    "legend": {
        "labelColor": stand_in("ink"),
        "titleColor": stand_in("ink"),
        "labelLimit": 260,
        "columnPadding": 28,
    },
}
Records = list[dict[str, Any]]


def draw(chart: alt.TopLevelMixin) -> str:
    """A chart as SVG whose colours follow the page, without seams between rectangles."""
    text = vl_convert.vegalite_to_svg(chart.configure(**_LOOKS).to_dict(), vl_version=_VEGA_LITE)
    crisp = '<g shape-rendering="crispEdges" class="mark-rect '
    return by_role(text.replace('<g class="mark-rect ', crisp))


def _number(value: Any) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None


def _records(x: Sequence[float], curves: Mapping[str, Any]) -> Records:
    return [
        {"x": _number(a), "y": _number(b), "what": name}
        for name, values in curves.items()
        for a, b in zip(x, np.asarray(values), strict=True)
    ]


def _what(names: Sequence[str], title: str | None = None) -> alt.Color:
    colours = [stand_in(c) for c in CATEGORICAL[: len(names)]]
    return alt.Color(
        "what:N",
        title=title,
        sort=list(names),
        scale=alt.Scale(domain=list(names), range=colours),
        legend=alt.Legend(orient="bottom", columns=2) if len(names) > 1 else None,
    )


def _axes(x_title: str, y_title: str, x: dict[str, Any], y: dict[str, Any]) -> dict[str, Any]:
    return {
        "x": alt.X("x:Q", title=x_title, scale=alt.Scale(nice=False, **x)),
        "y": alt.Y("y:Q", title=y_title, scale=alt.Scale(**y)),
    }


def _curves(
    x: Sequence[float],
    curves: Mapping[str, Any],
    x_title: str,
    y_title: str,
    *,
    x_scale: dict[str, Any] | None = None,
    y_scale: dict[str, Any] | None = None,
) -> alt.Chart:
    """One line for each of some named curves over the same grid."""
    chart = alt.Chart(alt.Data(values=_records(x, curves)), width=WIDTH, height=HEIGHT)
    return chart.mark_line(strokeWidth=2).encode(
        **_axes(x_title, y_title, x_scale or {}, y_scale or {}), color=_what(list(curves))
    )


def _dots(points: Records, names: Sequence[str], x_title: str, y_title: str) -> alt.Chart:
    """Points, where there may be several values for one place."""
    chart = alt.Chart(alt.Data(values=points), width=WIDTH, height=HEIGHT)
    return chart.mark_circle(size=14, opacity=1).encode(
        **_axes(x_title, y_title, {}, {}), color=_what(names)
    )


def _map(
    x: np.ndarray, y: np.ndarray, codes: np.ndarray, names: Sequence[str], titles: Sequence[str]
) -> alt.Chart:
    """Regions of a plane, `codes[i, k]` being the number of the name at `x[i]`, `y[k]`."""
    values = list(_bars(x, y, codes, names))
    chart = alt.Chart(alt.Data(values=values), width=WIDTH, height=HEIGHT)
    return chart.mark_rect(strokeWidth=0).encode(
        x=alt.X("x:Q", title=titles[0], scale=alt.Scale(nice=False, zero=False)),
        x2="x2:Q",
        y=alt.Y("y:Q", title=titles[1], scale=alt.Scale(nice=False, zero=False)),
        y2="y2:Q",
        color=_what(names),
    )


def _bars(x: np.ndarray, y: np.ndarray, codes: np.ndarray, names: Sequence[str]) -> Iterator[dict]:
    """One bar for each stretch of equal codes in a column."""
    dx, dy = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    over = 0.1 * dx  # so that no seam shows between columns
    for a, column in zip(x, codes, strict=True):
        ends = [*np.flatnonzero(np.diff(column)), len(column) - 1]
        start = 0
        for end in ends:
            yield {
                "x": _number(a - dx), "x2": _number(a + dx + over), "y": _number(y[start] - dy),
                "y2": _number(y[end] + dy), "what": names[int(column[start])],
            }  # fmt: skip
            start = end + 1


def _stakeholders(case: str, low: float, high: float) -> Any:
    from vertikal.theory.stakeholders import read_stakeholders

    return read_stakeholders(str(_DATA / "bargaining" / f"{case}.csv"),
                             scale_low=low, scale_high=high)  # fmt: skip


def coalitions() -> alt.Chart:
    """Nobody can promise not to betray later, so a group that takes power lasts only if no part
    of it could take power in turn and last. Working upwards from the smallest groups tells which
    groups are safe from within. The one that rules is the weakest of the safe groups that are
    strong enough to win.

    Who of four players rules, three of them with powers 3, 4 and 5, as the power of the fourth
    grows. Being stronger may cost a player his place.
    """
    from vertikal.theory.coalitions import members, urc

    powers, order = np.arange(0.125, 16, 0.25), ("3", "4", "5", "on the axis")
    values = [
        {"x": p - 0.125, "x2": p + 0.14, "player": order[i]}
        for p in powers
        for i in members(urc([3.0, 4.0, 5.0, p]).masks[0], 4)
    ]
    chart = alt.Chart(alt.Data(values=values), width=WIDTH, height=120)
    return chart.mark_bar(height=18, color=stand_in("c1")).encode(
        x=alt.X("x:Q", title="power of the fourth player", scale=alt.Scale(nice=False)),
        x2="x2:Q",
        y=alt.Y("player:N", title="rules: power", sort=order, scale=alt.Scale(domain=order)),
    )


def alarm_deterrence() -> alt.Chart:
    """A dictator grows in secret at the expense of his allies, who see only alarms, some of them
    false. Their rebellions after alarms hold him back as long as rebellion is likely enough to
    succeed. Past a certain power no threat deters him, and the shared regime has become personal.

    How often allies must rebel after an alarm to deter a dictator of given power. Each line ends
    where they no longer can.
    """
    from vertikal.theory.alarm_deterrence import alarm_rebellion_rate

    power = np.linspace(0, 0.95, 96)
    game = (1.0, 0.95, 0.8, 0.1, 10.0, 2.0, 1.0)
    found = {f"gain from a grab {g:g}": alarm_rebellion_rate(power, g, *game) for g in (1, 2, 3)}
    return _curves(power, found, "power: chance that a rebellion fails",
                   "chance of rebellion after an alarm", y_scale={"domain": [0, 1]})  # fmt: skip


def loyal_agent() -> alt.Chart:
    """An able agent learns early when treason pays, a dull one does not. A vulnerable ruler
    therefore prefers the dull, unless ability is worth so much to him that he bears the risk.
    Pay and punishment buy back some ability.

    The ablest agent who is loyal, by how likely it is that a plot is strong. One half is an agent
    whose judgement is worth nothing.
    """
    from vertikal.theory.loyal_agent import loyalty_cutoff

    plot = np.linspace(0.02, 0.7, 120)
    found = {
        f"pay {w:g}": np.clip(loyalty_cutoff(plot, 10.0, 5.0, w, 0.5).competence, 0.5, 1.0)
        for w in (0.0, 2.0, 6.0)
    }
    return _curves(plot, found, "chance that the plot is strong", "competence of the ablest loyal",
                   y_scale={"domain": [0.5, 1]})  # fmt: skip


def selectorate() -> alt.Chart:
    """A leader stays as long as enough supporters do better with him than a challenger could
    credibly offer. A challenger's supporters cannot be sure to be in his later coalition, and the
    smaller the coalition and the larger the pool, the less sure they are. Hence small coalitions
    are loyal, are paid in private goods, and leave the leader much to keep.

    The share of the budget that the leader keeps, in a selectorate of 1000, by how much the future
    counts.
    """
    from vertikal.theory.selectorate import selectorate as survive

    size = np.arange(5, 1000, 10)
    found = {
        f"discount factor {d:g}": survive(size, 1000, 1000.0, 50.0, d).surplus_share
        for d in (0.5, 0.8, 0.95)
    }
    return _curves(size, found, "size of the winning coalition", "share of the budget kept",
                   y_scale={"domain": [0, 1]})  # fmt: skip


def thresholds() -> alt.Chart:
    """Each person dares to act once enough others do. Two crowds with nearly the same thresholds
    can end up in opposite states, since everything hangs on whether each step sets off the next.
    So a regime may look quite safe and be one person away from its fall.

    How many act in the end when nobody begins, in a crowd with normally distributed thresholds and
    a mean of 25 per cent. At a spread of 12.2 per cent the low resting point disappears.
    """
    from scipy.stats import norm

    from vertikal.theory.thresholds import fixed_points

    spread = np.concatenate([np.linspace(0.04, 0.12, 17), np.linspace(0.121, 0.124, 13),
                             np.linspace(0.126, 0.3, 25)])  # fmt: skip
    reached = [fixed_points(lambda r, s=s: norm.cdf(r, 0.25, s)).shares[0] for s in spread]
    titles = "spread of thresholds (share of people)", "share who act in the end"
    return _curves(spread, {"share": reached}, *titles)


def global_games() -> alt.Chart:
    """Attacking a regime pays only if enough others attack, and nobody knows exactly how strong it
    is. If private news is precise against what all know, one strength divides the regimes that
    fall from those that stand. If public news prevails, fear and hope can both come true, and
    there are three answers.

    The strength at which the regime falls, by how strong it is commonly thought to be; where three
    points stand above one another, there are three equilibria.
    """
    from vertikal.theory.global_games import regime_threshold

    mean = np.linspace(0, 1, 61)
    names = {"precise private news": (1.0, 4.0), "precise public news": (6.0, 1.0)}
    points = [
        {"x": _number(z), "y": _number(t), "what": name}
        for name, (public, private) in names.items()
        for z, row in zip(mean, regime_threshold(0.5, public, private, mean).threshold, strict=True)
        for t in row
        if np.isfinite(t)
    ]
    return _dots(points, list(names), "strength as commonly expected", "strength at which it falls")


def exit_option() -> alt.Chart:
    """Leaving cannot be undone, and what staying is worth changes all the time. An insider
    therefore waits beyond the point at which leaving would pay if it were now or never, and the
    longer the less certain the future. The risk of being found inside when the regime falls makes
    him leave sooner.

    The flow from staying at which he leaves, by uncertainty; dashed, where he would if it were now
    or never.
    """
    from vertikal.theory.exit_option import exit_threshold

    volatility = np.linspace(0.02, 0.6, 60)
    curves, flat = {}, {}
    for fall in (0.02, 0.1):
        found = exit_threshold(0.05, fall, 0.0, volatility, 8.0, 4.0)
        curves[f"risk of a fall {fall:.0%} a year"] = found.threshold
        flat[f"risk of a fall {fall:.0%} a year"] = np.broadcast_to(
            found.net_present_value_threshold, volatility.shape
        )
    titles = "uncertainty (standard deviation in a year)", "flow at which he leaves"
    lines = _curves(volatility, flat, *titles)
    return _curves(volatility, curves, *titles) + lines.mark_line(strokeDash=[4, 3])


def contests() -> alt.Chart:
    """Rivals for one prize spend effort that is lost whether they win or not. They spend most
    where they are evenly matched, since effort then decides most. The more decisive effort is, the
    more they spend on it.

    Effort of both together, for a prize of 1, by how much more effective the effort of one is.
    """
    from vertikal.theory.contests import tullock2

    ratio = np.exp(np.linspace(np.log(0.1), np.log(10), 81))
    impact = np.stack([ratio, np.ones_like(ratio)], -1)
    found = {
        f"decisiveness {r:g}": tullock2([1.0, 1.0], [1.0, 1.0], impact, r).effort.sum(-1)
        for r in (0.5, 1.0)
    }
    return _curves(ratio, found, "effectiveness of one against the other", "effort of both",
                   x_scale={"type": "log"}, y_scale={"domain": [0, 0.55]})  # fmt: skip


def army_size() -> alt.Chart:
    """Forces that can save the ruler can also topple him, and must be paid not to. The stronger
    the outside threat, the larger the army he wants and the more he must pay it. A strong guard of
    his own makes loyalty cheaper.

    The share of rents that goes to the best army, and the chance that the state survives, by the
    strength of the outside threat.
    """
    from vertikal.theory.army_size import optimal_army

    threat = np.linspace(0.05, 6, 80)
    found = {}
    for guard in (1.0, 4.0):
        army = optimal_army(threat, guard)
        found[f"pay, guard {guard:g}"] = army.wage
        found[f"survival, guard {guard:g}"] = army.survival
    return _curves(threat, found, "strength of the outside threat", "share or chance",
                   y_scale={"domain": [0, 1]})  # fmt: skip


def transitions() -> alt.Chart:
    """An elite that faces a revolution may promise redistribution, repress, or hand over power.
    A promise holds only while the threat does, so it is not always believed. Where it is not, the
    elite democratises if repression is dear, and represses if it is cheap.

    What the elite does, when it has 60 per cent of income, is a fifth of the people, and its
    promise is kept with a chance of one half.
    """
    from vertikal.theory.transitions import elite_response

    revolution, repression = np.linspace(0.4, 0.7, 61), np.linspace(0.004, 0.6, 150)
    codes = elite_response(revolution[:, None], repression, 0.6, 0.2, 0.5)
    names = ("nothing", "concedes", "represses", "democratises")
    titles = ("income that revolution destroys", "income that repression costs")
    return _map(revolution, repression, np.asarray(codes), names, titles)


def persuasion() -> alt.Chart:
    """A regime decides how often its story is false, and citizens know how often. It lies just so
    often that the story is still believed enough, and so wins support that the facts would not
    give. What people see with their own eyes limits how much.

    Support by how good things are believed to be before the news, where support needs a belief of
    one half; evidence is right with the chance given.
    """
    from vertikal.theory.persuasion import persuade, support_with_evidence

    prior = np.linspace(0.01, 0.99, 99)
    found = {"no evidence of one's own": persuade(prior, 0.5).support}
    for q in (0.6, 0.8):
        found[f"evidence right in {q:.0%}"] = support_with_evidence(prior, 0.5, q).support
    found["no story, evidence right in 80%"] = support_with_evidence(prior, 0.5, 0.8).without
    return _curves(prior, found, "belief in the good state", "support")


def opinion() -> alt.Chart:
    """People move towards the views of those to whom they listen. If everybody listens to
    everybody, they agree in the end; if each listens only to those who think alike, they end in
    camps. The stubborn keep a split alive that would else close.

    Where 201 evenly spread views end, by how far people listen.
    """
    from vertikal.theory.opinion import hegselmann_krause

    bounds = np.linspace(0.03, 0.3, 55)
    start = np.broadcast_to(np.linspace(0, 1, 201), (len(bounds), 201))
    rest = hegselmann_krause(start, bounds).opinions
    points = [
        {"x": _number(b), "y": float(v), "what": "camp"}
        for b, row in zip(bounds, rest, strict=True)
        for v in np.unique(row.round(4))
    ]
    return _dots(points, ["camp"], "how far people listen", "views at rest")


def evolution() -> alt.Chart:
    """Types of officials spread as others imitate success. Success depends on who is around, so a
    type may prosper until it meets its enemy. Imitation with mistakes settles down where pure
    imitation may go round for ever.

    Three types of which each beats one and loses to another by more than it won; imitation with
    few mistakes, from an uneven start. The payoffs are made up.
    """
    from vertikal.theory.evolution import game_fitness, integrate, logit_rhs

    game = np.array([[0.0, -1.5, 1.0], [1.0, 0.0, -1.5], [-1.5, 1.0, 0.0]])
    times = np.linspace(0, 12, 121)
    path = integrate(lambda x: logit_rhs(x, game_fitness(x, game), 4.0), [0.6, 0.3, 0.1], times)
    names = ("technocrats", "corruptionists", "ideocrats")
    found = dict(zip(names, np.asarray(path).T, strict=True))
    return _curves(times, found, "times that each has reconsidered", "share")


def mortality() -> alt.Chart:
    """The chance to die within a year grows by about a tenth with each year of age. So an ageing
    incumbent's horizon can be read off a table, and everybody around him reads it. Illness and
    privilege shift the curve without changing its shape.

    Chance of death within five years, with the level and slope that the mechanism of the court
    uses; frailty multiplies the hazard.
    """
    from vertikal.regime.leader import Mortality
    from vertikal.regime.mechanism import parameters
    from vertikal.theory.mortality import death_probability

    law = parameters(Mortality)
    level, slope = law["level"].default, law["slope"].default
    age = np.arange(50, 91)
    found = {f"frailty {f:g}": death_probability(5.0, age, level, slope, f) for f in (0.5, 1, 4)}
    return _curves(age, found, "age", "chance of death within five years",
                   x_scale={"zero": False}, y_scale={"domain": [0, 1]})  # fmt: skip


def catchup() -> alt.Chart:
    """A follower learns from the frontier the faster the wider the gap and the better it absorbs.
    It never closes the gap while the frontier moves. Cutting imports costs little where domestic
    goods can replace them, and much where they cannot.

    Output after a cut of imports that made up a quarter of the cost of inputs, by how well
    domestic goods replace them (elasticity of substitution).
    """
    from vertikal.theory.catchup import import_shock

    left = np.linspace(0.01, 1, 100)
    found = {f"elasticity {s:g}": import_shock(left, 0.25, s) for s in (0.2, 0.5, 1.0, 4.0)}
    return _curves(left, found, "imports left", "output", y_scale={"domain": [0, 1]})


def alignment() -> alt.Chart:
    """Small states choose between two poles by what each offers, how near it is, and how hard it
    presses. A hegemon who presses takes more from each follower and keeps fewer of them. Where
    pressure frightens more than it repels, there is no such limit.

    Share of states with a hegemon who has the better offer, and what he takes in all, by how hard
    he presses; the best pressure is dashed.
    """
    from vertikal.theory.alignment import aligned_share, optimal_assertion

    press = np.linspace(0, 2.4, 97)
    share = np.asarray(aligned_share(0.2, press, 1.0, 0.5))
    best = optimal_assertion(0.6, 1.0, 0.8, 0.3)
    rule = alt.Chart(alt.Data(values=[{"x": _number(best.assertion)}]))
    return rule.mark_rule(strokeDash=[4, 3], color=stand_in("muted")).encode(x="x:Q") + _curves(
        press, {"share of states": share, "what he takes": share * press}, "pressure", ""
    )


def soft_budget_quadratic() -> alt.Chart:
    """What has been spent on a failing enterprise is gone, so a centre that can still gain by one
    more round pays it, whatever it announced. Managers know this and apply. Credit that is
    dispersed among many is a way not to be able to give in.

    Under which order of credit the budget is soft, by how easily a creditor monitors and what a
    poor project returns in the end.
    """
    from vertikal.theory.soft_budget_quadratic import softness

    ease, returns = np.linspace(0.02, 0.6, 59), np.linspace(1.02, 6, 250)
    names = ("hard", "soft under one creditor", "soft under any order")
    titles = ("ease of monitoring", "return of a poor project")
    return _map(ease, returns, np.asarray(softness(ease[:, None], returns)), names, titles)


def survival() -> alt.Chart:
    """A leader may leave in several ways, and each has a rate of its own. Modes compete: who dies
    in office can no longer be overthrown. So the share that leaves by each mode is not what the
    rates would give one by one.

    Share of autocratic leaders who have left by each mode, if the rates counted in
    `data/leader_exits.csv` (1946-2008) were constant over the time in office.
    """
    from vertikal.theory.survival import cif

    rows = csv.DictReader((_DATA / "leader_exits.csv").open(encoding="utf-8"))
    counts = {row["mode"]: float(row["count"]) for row in rows if row["regime"] == "all"}
    years = counts.pop("leader_years")
    counts.pop("censored")
    time = np.linspace(0, 40, 81)
    names = {m: m.replace("_", " ") for m in sorted(counts, key=lambda m: -counts[m])}
    scale = np.array([years / counts[m] for m in names])
    left = np.asarray(cif(time, 1.0, np.broadcast_to(scale, (len(time), len(scale)))))
    values = _records(time, dict(zip(names.values(), left.T, strict=True)))
    chart = alt.Chart(alt.Data(values=values), width=WIDTH, height=HEIGHT)
    return chart.mark_area().encode(
        **_axes("years in office", "share who have left", {}, {"domain": [0, 1]}),
        color=_what(list(names.values())),
    )


def patronal() -> alt.Chart:
    """Clients want to be with the patron with whom the others are. As the date of his exit nears,
    he can withhold less and less from those who leave early. So they leave well before the date,
    and the earlier the weaker he is.

    The strength below which clients desert, by the years that he has left, and by what he can
    withhold in a year.
    """
    from vertikal.theory.patronal import lame_duck_threshold

    left = np.linspace(0, 10, 101)
    found = {f"withholds {w:g} a year": lame_duck_threshold(left, 1.0, w, 0.1)
             for w in (0.2, 0.8, 3.0)}  # fmt: skip
    return _curves(left, found, "years left", "strength below which he is deserted",
                   y_scale={"domain": [0, 1]})  # fmt: skip


def succession() -> alt.Chart:
    """When powers are uncertain, every draw of them is one game with one ruling coalition. The
    answer is how often each coalition comes about. Being strong helps only until it makes one the
    natural victim.

    How often each of four is in the ruling coalition, by how uncertain powers are; the values
    at 0 are the exact solution.
    """
    import jax

    from vertikal.theory.succession import succession_odds

    powers, spread = (3.0, 4.0, 5.0, 10.0), np.linspace(0, 1, 11)
    found = [succession_odds(jax.random.key(0), powers, s, draws=4000).inclusion for s in spread]
    curves = {f"power {p:g}": values for p, values in zip(powers, np.transpose(found), strict=True)}
    return _curves(spread, curves, "uncertainty (spread of the logarithm of power)",
                   "chance to rule", y_scale={"domain": [0, 1]})  # fmt: skip


def bargaining_spatial() -> alt.Chart:
    """Actors with unequal influence press one another to move towards them. Each challenges whom
    it expects to gain most from, and all vote on the compromises with their influence. Round by
    round positions draw together, until nobody moves much.

    The toolkit's own study of state enterprises in China's upstream oil and gas (policy, 26
    actors): positions by round.
    """
    from vertikal.theory.bargaining_spatial import bargain_spatial

    table = _stakeholders("soe-policy", 0, 100)
    game = bargain_spatial(table.influence, table.unit_positions, table.salience)
    paths = table.on_scale(game.positions)[..., 0]
    values = _records(range(len(paths)), {str(k): p for k, p in enumerate(paths.T)})
    chart = alt.Chart(alt.Data(values=values), width=WIDTH, height=HEIGHT)
    return chart.mark_line(color=stand_in("c1"), opacity=0.6).encode(
        **_axes("round", "position", {}, {"domain": [0, 100]}), detail="what:N"
    )


def spatial_ensemble() -> alt.Chart:
    """A bargaining model gives one point from numbers that experts guess. Played many times with
    inputs that vary as much as the guesses may be wrong, and with its technical options, it gives
    a distribution. The spread says how far the point can be trusted.

    Likeliest final position in 200 games of the same study, with uncertain inputs and those single
    departures from the usual options that need no program of their own.
    """
    from vertikal.theory.bargaining_spatial import DEFAULTS, option_variants
    from vertikal.theory.spatial_ensemble import bargain_ensemble

    table = _stakeholders("soe-policy", 0, 100)
    options = [o for o in option_variants() if o.form() == DEFAULTS.form()]
    found = bargain_ensemble(table.influence, table.unit_positions, table.salience, runs=200,
                             options=options, seed=1)  # fmt: skip
    counts, edges = np.histogram(table.on_scale(found.outcomes.likeliest), bins=40, range=(0, 100))
    values = [{"x": a, "x2": b, "y": int(n), "y2": 0} for a, b, n in
              zip(edges[:-1].tolist(), edges[1:].tolist(), counts, strict=True)]  # fmt: skip
    chart = alt.Chart(alt.Data(values=values), width=WIDTH, height=200)
    return chart.mark_rect(color=stand_in("c1")).encode(
        **_axes("likeliest final position", "games", {}, {}), x2="x2:Q", y2="y2:Q"
    )


def bargaining_utility() -> alt.Chart:
    """On one issue, each actor challenges whom it expects to beat and gives way to whom it expects
    to lose to. How much risk an actor takes follows from how exposed its position is. The paper
    leaves steps open, and each way to fill them is a reading of its own.

    Years of delay before new car emission standards (outcome 8.833, dashed): the median position
    by round, in three readings. They do not agree, and none stays at the outcome.
    """
    from vertikal.theory.bargaining_utility import bargain_utility

    table = _stakeholders("ec-emission", 4, 10)
    readings = ("velev", "literal_least_move", "masad")
    found = {
        reading: bargain_utility(table.influence, table.positions[:, 0], table.salience[:, 0],
                                 variant=reading, rounds=10).median  # type: ignore[arg-type]
        for reading in readings
    }  # fmt: skip
    chart = _curves(range(11), found, "round", "median position (years)",
                    y_scale={"domain": [4, 10]})  # fmt: skip
    rule = alt.Chart(alt.Data(values=[{"y": 8.833}]))
    return chart + rule.mark_rule(strokeDash=[4, 3], color=stand_in("muted")).encode(y="y:Q")


FIGURES = {
    figure.__name__: figure
    for figure in (
        coalitions, succession, alarm_deterrence, loyal_agent, selectorate, army_size, contests,
        thresholds, global_games, exit_option, patronal, transitions, persuasion, opinion,
        evolution, mortality, survival, catchup, soft_budget_quadratic, alignment,
        bargaining_spatial, spatial_ensemble, bargaining_utility,
    )
}  # fmt: skip
"""The figure of each model by the name of its module, in the order of the gallery."""
