"""A made-up ensemble, rich enough to fill every section of a report.

Names are of a court that never was; numbers come from a small random process, not from a regime.
"""

import dataclasses

import numpy as np
import pandas as pd

from vertikal import report
from vertikal.analysis import BaseRate, contrast, dock, fan, frequencies, outcome_incidence
from vertikal.report.data import RecordedEnd
from vertikal.scenario.schema import Clock

CLANS = {
    "armourers": "Armourers",
    "cellar": "The Cellar",
    "river": "River people",
    "chancery": "Chancery",
    "old_guard": "Old guard",
    "garrison": "Garrison",
    "steppe": "Steppe people",
}
MODES = ("death", "coup", "elite_removal", "revolt")
YEARS = 12
MONTHS = 12 * YEARS


def outcomes(draws: int = 200, replicates: int = 10, seed: int = 0, shift: float = 0.0):
    """An outcome table; `shift` patches the propensity to fall, all else alike."""
    rng = np.random.default_rng(seed)
    runs = draws * replicates
    draw = np.arange(runs) // replicates
    bent = rng.normal(0, 0.8, draws)[draw]
    time = np.ceil(12 * rng.exponential(9 * np.exp(-bent))) / 12
    is_over = time <= YEARS
    modes = np.array(MODES, object)[rng.choice(4, runs, p=[0.45, 0.2, 0.3, 0.05])]
    holders = np.array(["Orlo", "Vesk", "Tamar", "Brann", "nobody"], object)
    found = pd.DataFrame(
        {
            "draw": draw,
            "status": np.where(rng.random(runs) < 0.004, "nan in elite.cover", "ok"),
            "orlo-loses-posts": rng.random(runs) < 1 / (1 + np.exp(-bent - shift)),
            "river-purged": rng.random(runs) < 0.27,
            "vesk-killed": rng.random(runs) < 0.004,
            "leader-exit": np.where(is_over, time, np.nan),
            "leader-exit.is": pd.Categorical(np.where(is_over, modes, None), categories=MODES),
            "chancellor": pd.Categorical(
                holders[rng.choice(5, runs, p=[0.4, 0.3, 0.2, 0.09, 0.01])]
            ),
            "peak-tension": np.clip(rng.beta(5, 2, runs) + 0.05 * bent, 0, 1),
        },
        index=pd.RangeIndex(runs, name="run"),
    )
    found["river-ends"] = np.where(rng.random(runs) < 0.5, 3 + rng.random(runs) * 6, np.nan)
    ends = np.array(["purged", "dissolved"], object)[rng.integers(0, 2, runs)]
    found["river-ends.is"] = pd.Categorical(np.where(found["river-ends"].notna(), ends, None))
    return found


def _fans(rng: np.random.Generator, runs: int = 300):
    steps = rng.normal(0, 0.09, (runs, MONTHS, len(CLANS))).cumsum(axis=1)
    power = np.exp(steps + np.linspace(0.5, -1.2, len(CLANS)))
    shares = power / power.sum(axis=-1, keepdims=True)
    dates = [str(d) for d in np.arange("1946-01", "1958-01", dtype="datetime64[M]")]
    tension = np.clip(0.5 + rng.normal(0, 0.03, (runs, MONTHS)).cumsum(axis=1), 0, 1)
    by_clan = fan("clans.share", {c: shares[..., i] for i, c in enumerate(CLANS)}, time=dates)
    return by_clan, fan("tension", {"tension": tension}, time=dates)


def _network(rng: np.random.Generator) -> report.Network:
    names = {"armourers": ["Orlo", "Hask"], "cellar": ["Vesk", "Morr"], "river": ["Tamar", "Ilin"]}
    snapshots = []
    persons: list[report.Person] = [report.Person("ruler", "Great Anselm", "", 1.0, is_leader=True)]
    ties: list[report.Tie] = []
    for clan, label in CLANS.items():
        named = names.get(clan, [label.split()[0] + " elder"])
        for i in range(3 + len(clan)):
            ident, is_named = f"{clan}-{i}", i < len(named)
            words = named[i] if is_named else f"{label} {i:02d}"
            power = 0.6 / (1 + i) + 0.03
            persons.append(report.Person(ident, words, clan, power, is_named=is_named))
            patron = f"{clan}-0" if i else "ruler"
            ties.append(report.Tie(ident, patron, float(rng.uniform(0.3, 1))))
    pacts = (
        report.Pact("cellar", "armourers", 0.9),
        report.Pact("garrison", "chancery", 0.4),
        report.Pact("chancery", "garrison", 0.2),
    )
    for date in ("1946-01-01", "1950-01-01", "1953-04-01", "1957-12-01"):
        snapshots.append(report.Snapshot(date, tuple(persons), tuple(ties), pacts))
        gone = rng.random(len(persons)) < 0.12
        persons = [
            dataclasses.replace(
                p,
                is_active=p.is_active and not g,
                power=0.0 if g else p.power * rng.uniform(0.5, 1.5),
            )
            for p, g in zip(persons, gone, strict=True)
        ]
        pacts = pacts[1:]
    text = "One history, the typical one told below."
    return report.Network(CLANS, tuple(snapshots), text)


def _chronicles() -> tuple[report.Chronicle, ...]:
    typical = (
        report.Entry(
            "1946-05-04", "Orlo loses the Secretariat; the register goes to Tamar.", ("NO-3",)
        ),
        report.Entry("1948-08-31", "Tamar dies.", ()),
        report.Entry(
            "1949-02-01", "River people are charged; three fall within a year.", ("CL-4", "CO-2")
        ),
        report.Entry("1953-03-05", "Great Anselm dies & <the court> divides.", ("LD-1",), True),
        report.Entry("1953-06-26", "Vesk is arrested.", ("CO-5",), True),
    )
    strange = (
        report.Entry(
            "1946-02-01", "The Cellar withdraws its cover from the Armourers.", ("CL-9",), True
        ),
        report.Entry("1947-01-01", "The River people hold both registers.", ("NO-3",)),
    )
    return (
        report.Chronicle(
            "typical", "The cover holds", 1127, "Nearest to the middle of all outcomes.", typical
        ),
        report.Chronicle("surprising", "An early break", 1803, "Least probable of 2,000.", strange),
    )


def _parameters() -> tuple[report.ParameterFacts, ...]:
    made = report.ParameterFacts
    return (
        made("succession.noise", 0.3, "triangular(0.15, 0.3, 0.6)", "", "judgement",
             "How far power is misread; no measurement known."),
        made("succession.retest_rate", 1.2, "0.5 to 2", "per year", "literature",
             "After a made-up work, for this sample only."),
        made("mortality.shape", 0.09, "normal(0.09, 0.01)", "per year", "data",
             "Fitted to invented lives."),
    )  # fmt: skip


EVENTS = (
    report.RecordedEvent("1946-05-04", "Orlo loses the Secretariat"),
    report.RecordedEvent("1948-06-24", "Blockade"),
    report.RecordedEvent("1948-08-31", "Tamar dies"),
    report.RecordedEvent("1953-03-05", "Great Anselm dies"),
    report.RecordedEvent("1953-06-26", "Vesk arrested"),
)

ASKS = (
    ("orlo-loses-posts", "Does Orlo lose posts in 1946–47?", "reproduce", ""),
    ("river-purged", "Are the River people purged by 1950?", "hold out", ""),
    ("vesk-killed", "Does Vesk pay with his life?", "hold out", ""),
    ("leader-exit", "When and how does the leader go?", "explore", "years"),
    ("chancellor", "Who is chancellor at the end?", "hold out", ""),
    ("peak-tension", "How high does tension rise?", "explore", "0 to 1"),
    ("river-ends", "When and how do the River people end?", "explore", "years"),
)


def sample(draws: int = 200, replicates: int = 10) -> report.ReportData:
    """The data of a full report."""
    rng = np.random.default_rng(1)
    table = outcomes(draws, replicates)
    clans, tension = _fans(rng)
    docking = dock(
        table,
        {
            "orlo-loses-posts": True, "river-purged": True, "vesk-killed": True,
            "chancellor": "Tamar", "leader-exit": 7.2, "leader-exit.is": "death",
        },
        uses={name: use for name, _, use, _ in ASKS},
        horizon=YEARS,
        base_rates={"leader-exit.is": BaseRate(0.35, "invented for this sample")},
    )  # fmt: skip
    effect = contrast(table, outcomes(draws, replicates, shift=-0.7), horizon=YEARS)
    failed = table.loc[table["status"] != "ok", "status"].value_counts().to_dict()
    modes = {"death": "death in office", "elite_removal": "removed by the elite"}
    return report.ReportData(
        scenario=report.ScenarioFacts(
            name="a-court",
            id="X1",
            title="A court that never was",
            question="Why did the armourers survive the first attack & fall to the second?",
            clock=Clock.model_validate({"start": 1946, "end": 1957, "step": "month"}),
            digest="5f2c" * 16,
            document="an invented essay",
            variant="Variant B: no cover",
            description=("Seven clans around one leader, written for tests.",),
        ),
        ensemble=report.EnsembleFacts(
            draws * replicates,
            draws,
            "7",
            failed,
            "2024-01-01",
            {"vertikal": "0.1.0", "jax": "0.10"},
        ),
        outcomes=tuple(report.OutcomeFacts(n, a, unit, use) for n, a, use, unit in ASKS),
        frequencies=frequencies(table),
        incidences=(
            report.IncidenceSection(
                "How the leader leaves",
                outcome_incidence(table, "leader-exit", horizon=YEARS, labels=MODES),
                "leader-exit",
                modes,
                "still in office",
                recorded=RecordedEnd(7.18, "death", "Mar 1953"),
            ),
            report.IncidenceSection(
                "How the River people end",
                outcome_incidence(table, "river-ends", horizon=YEARS),
                "river-ends",
                remaining="still in play",
            ),
        ),
        fans=(
            report.FanSection("Share of power by clan", clans, CLANS),
            report.FanSection("Tension", tension, {"tension": "Tension"}, unit="0 to 1"),
        ),
        events=EVENTS,
        network=_network(rng),
        chronicles=_chronicles(),
        docking=docking,
        contrasts=(report.ContrastSection("Less doubt about Orlo", effect),),
        parameters=_parameters(),
        commands=("vertikal run a-court --runs 2000 --seed 7", "vertikal report runs/a-court"),
        caveats=("Nothing about any real court.",),
        sources=("An author (2000), “A work”, a journal 1: 1–2.",),
    )
