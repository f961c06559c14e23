"""The parts of the ODD+D description that are read off the code.

The standard is that of Grimm et al. (2020) with the extension for human decisions of Müller et al.
(2013); `reference/model-description.md` has the order of the sections and the prose between them.
What a submodel reads, changes and draws is not declared anywhere: each is traced once, and the
trace is read.
"""

import inspect
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from _state import Field, fields, slices
from _tables import code, first_sentence, table

from vertikal.regime.mechanism import Mechanism, Stage, Tick, parameters
from vertikal.regime.regime import Regime, Setting
from vertikal.regime.schedule import MECHANISMS
from vertikal.report.words import pace


def write(folder: Path) -> None:
    """Write each part into a file that the page includes.

    Args:
        folder: For the files.
    """
    parts = {
        "entities": entities(),
        "setting": setting(),
        "schedule": schedule(),
        "sources": sources(),
        "basis": basis(),
        "deciders": deciders(),
        "time": time(),
        "perceived": perceived(),
        "access": access(),
        "initial": initial(),
        "submodels": submodels(),
    }
    for name, text in parts.items():
        (folder / f"model-{name}.inc").write_text(text, "utf-8")


def entities() -> str:
    """For each part of the state what it is, and the table of its variables."""
    parts = []
    for name, cls in slices().items():
        rows = [_row(f) for f in fields(cls, f"{name}.")]
        head = ("variable", "one for each of", "values", "meaning")
        parts.append(f"### {_words(name)}\n\n{inspect.getdoc(cls)}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def setting() -> str:
    """What a scenario fixes for good."""
    rows = [(f.name, f.values, f.meaning) for f in fields(Setting)]
    return table(("feature", "values", "meaning"), [(code(n), v, m) for n, v, m in rows])


def _row(field: Field) -> tuple[str, ...]:
    return code(field.name), " and ".join(field.rows), field.values, field.meaning


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def schedule() -> str:
    """The stages of a tick with the submodels that act in each, in order."""
    rows = []
    for stage, members in _by_stage():
        for place, m in enumerate(members):
            rows.append(
                (
                    "" if place else f"{stage.value}. {stage.name.lower()}",
                    _link(m),
                    first_sentence(inspect.getdoc(m) or ""),
                    ", ".join(m.clocks),
                )
            )
    return table(("stage", "submodel", "what it does", "clocks"), rows)


def _by_stage(names: Iterable[str] = MECHANISMS) -> Iterator[tuple[Stage, list[type[Mechanism]]]]:
    for stage in Stage:
        members = [m for m in MECHANISMS.values() if m.stage is stage and m.name in names]
        if members:
            yield stage, members


def _label(mechanism: type[Mechanism]) -> str:
    return f"submodel-{mechanism.name.replace('_', '-')}"


def _link(mechanism: type[Mechanism]) -> str:
    return f"[{mechanism.name}](#{_label(mechanism)})"


def sources() -> str:
    """The published models with the submodels that build on them."""
    found: dict[str, list[str]] = {}
    for m in MECHANISMS.values():
        for source in filter(None, map(str.strip, m.builds_on.split(";"))):
            found.setdefault(source, []).append(_link(m))
    plain = [_link(m) for m in MECHANISMS.values() if not m.builds_on]
    rows = [(source, ", ".join(names)) for source, names in sorted(found.items())]
    return (
        table(("published model", "submodels"), rows)
        + f"\nWithout a published model, on the rules alone: {', '.join(plain)}.\n"
    )


def basis() -> str:
    """How many parameters there are, by what their priors rest on."""
    counted = Counter(p.basis for m in MECHANISMS.values() for p in parameters(m).values())
    told = {
        "data": "fitted to data, or counted in them",
        "literature": "taken from a source that the reason names",
        "judgement": "our judgement of an order of magnitude",
    }
    rows = [(name, meaning, counted[name]) for name, meaning in told.items()]
    return table(("basis", "meaning", "parameters"), rows)


DECIDERS: dict[str, tuple[str, ...]] = {
    "persons": ("stay_or_go", "leave_together", "leave_at_random", "emergency"),
    "strata, by the number of members": (
        "stay_or_go", "leave_together", "leave_at_random", "power_play",
    ),
    "clans as bodies": (
        "attack", "pact", "betrayal", "personal_power", "guardianship", "loyal_able", "power_play",
        "purge_of_losers", "coup", "succession", "succession_by_force", "succession_by_selectorate",
        "succession_by_pyramid",
    ),
    "the leader": (
        "personal_power", "guardianship", "loyal_able", "balancing", "emergency", "case",
        "appointment",
    ),
    "groups within the elite, by their weight": (
        "body_influence", "technocrats_by_career", "technocrats_by_method",
        "technocrats_by_values", "budget", "money", "foreign_bargain", "war_course",
        "self_government", "opening",
    ),
    "the rulers as one": (
        "property", "industrial_policy", "policy_turn", "narrative", "outlook", "prospect",
        "kindred_regimes", "leverage", "war_onset", "force_threshold", "facade",
    ),
    "the apparatus": ("sentence", "showcase_cases", "legal_dualism"),
    "owners, firms and specialists": ("growth", "firm_exits", "specialists"),
    "the public": (
        "identity", "resonance", "belief", "livelihood", "popularity", "discontent", "unrest",
        "revolt",
    ),
    "exiles": ("exiles",),
    "the West": ("western_response", "western_offer"),
    "China": ("china_ties",),
    "the rulers of neighbours": ("neighbour_alignment", "union", "leverage"),
    "pollsters": ("survey",),
}  # fmt: skip
"""Those who decide something or come to a view, with the submodels in which they do."""

UNDECIDED = (
    "register", "exit_climate", "mic_growth", "rents", "backwardness", "hidden_quality", "supply",
    "capability", "sovereignty", "fear", "spoils", "power_balance", "cohesion", "inspection",
    "known_heir", "reversal", "pole_drift", "mortality", "heir_by_law", "fused_interests",
    "friction", "soft_power", "elite_quality", "alarm", "arrests", "demography", "legitimacy",
    "path_dependence", "decay", "service_revolution", "degeneration", "emulation", "entry",
    "vacate", "clan_ends", "shock_fades",
)  # fmt: skip
"""Submodels in which nobody decides: what they move follows by a law or by chance."""


def deciders() -> str:
    """Who decides, stage by stage, and in which submodels nobody does."""
    rows = []
    for who, names in DECIDERS.items():
        for place, (stage, members) in enumerate(_by_stage(names)):
            cells = (f"{stage.value}. {stage.name.lower()}", ", ".join(map(_link, members)))
            rows.append(("" if place else who, *cells))
    rest = ", ".join(_link(m) for m in MECHANISMS.values() if m.name in UNDECIDED)
    return table(("who decides", "stage", "submodels"), rows) + f"\nNobody decides in {rest}.\n"


_BACK = re.compile(
    r"learn|teaches|forg[eo]t|used to|habit|notice|held against|[Hh]ope|beliefs|takes in news|past "
    r"decisions|credibility|won back|gap is felt|wears out|fresh again|come to expect|sting"
)
_AHEAD = re.compile(
    r"[Dd]iscount (rate|factor)|discount factor|time left|[Yy]ears (left|given|that others)|"
    r"before the date"
)


def time() -> str:
    """The parameters by which those who decide remember and look ahead."""
    rows = []
    for told, sought in (("looks back", _BACK), ("looks ahead", _AHEAD)):
        found = [
            (m, name, p)
            for m in _without_rivals()
            for name, p in parameters(m).items()
            if sought.search(p.why) and (told == "looks ahead" or p.unit == "years")
        ]
        for place, (m, name, p) in enumerate(found):
            unit = "year" if (p.default, p.unit) == (1, "years") else p.unit
            value = f"{p.default:g} {unit}".strip()
            rows.append(("" if place else told, _link(m), code(name), value, p.why))
    return table(("", "submodel", "parameter", "default", "meaning"), rows)


def _without_rivals() -> list[type[Mechanism]]:
    """Mechanisms that are no rivals of another, whose parameters they would repeat."""
    return [m for m in MECHANISMS.values() if m.draws_as == m.id]


PERCEIVED = (
    "clans.trend", "leadership.horizon", "military_industry.apparent_quality",
    "economy.usual_rent", "economy.entitlement", "economy.vulnerability", "technology.failures",
    "public.great_power", "public.belief", "public.credibility", "public.life",
    "public.shortage_fear", "institutions.sham", "foreign.threat", "foreign.suspicion",
    "foreign.prospect", "foreign.expected_sanctions", "foreign.china_success", "neighbours.fear",
    "war.defeat", "long_run.perceived_gap", "long_run.threat",
)  # fmt: skip
"""Variables that are what somebody sees, believes or has got used to, and not how things are."""


def perceived() -> str:
    """What is perceived: by which submodels it is moved, and which go by it."""
    meanings = {
        f"{part}.{f.name}": f.meaning for part, cls in slices().items() for f in fields(cls)
    }
    rows = []
    for address in PERCEIVED:
        moved = [m for m, (_, changed, _) in _traces().items() if address in changed]
        read = [m for m, (seen, _, _) in _traces().items() if address in seen and m not in moved]
        cells = (", ".join(_link(m) for m in found) or "none" for found in (moved, read))
        rows.append((code(address), meanings[address], *cells))
    return table(("variable", "meaning", "moved by", "read elsewhere by"), rows)


def access() -> str:
    """What each submodel reads, what it changes, and what it draws by chance."""
    rows = []
    for m, (read, changed, drawn) in _traces().items():
        cells = (_grouped(read), _grouped(changed), ", ".join(drawn) or "nothing")
        rows.append((_link(m), *cells))
    return table(("submodel", "reads", "changes", "draws"), rows)


@cache
def _traces() -> dict[type[Mechanism], tuple[list[str], list[str], list[str]]]:
    """What each mechanism reads, changes and draws."""
    return {m: traced(m, *start) for m, start in _at_work().items()}


def _at_work() -> dict[type[Mechanism], tuple[Regime, Setting]]:
    """Each mechanism with the start of a library scenario that uses it; of any, if none does."""
    from vertikal.scenario.catalogue import library
    from vertikal.scenario.loader import load
    from vertikal.scenario.world import initial_state, used_mechanisms

    found, start = {}, None
    for entry in library():
        scenario = load(entry.name)
        new = [m for m in used_mechanisms(scenario) if m not in found]
        if new or start is None:
            start = initial_state(scenario, {})
            found |= dict.fromkeys(new, start)
    return {m: found.get(m, start) for m in MECHANISMS.values()}


_DRAWS = {
    "happens": "whether it happens",
    "gumbel": "a choice by utility",
    "normal": "a normal shock",
    "uniform": "a uniform number",
}


class _Listening(Tick):
    """A tick that notes what is drawn."""

    def __getattribute__(self, name: str) -> Any:
        if name in _DRAWS or name == "word":
            _heard.append(name)
        return super().__getattribute__(name)


_heard: list[str] = []


def traced(
    mechanism: type[Mechanism], regime: Regime, fixed: Setting
) -> tuple[list[str], list[str], list[str]]:
    """What a mechanism reads, changes and draws, from a trace of one call.

    Args:
        mechanism: With its parameters at their defaults.
        regime: Of any size.
        fixed: The setting that goes with it.

    Returns:
        Addresses of the state and setting that it reads; addresses of the state that it gives new
        values; and the kinds of its draws in words.
    """
    runs = regime.elite.power.shape[-1]
    key = (jnp.zeros(runs, jnp.uint32),) * 2
    rule = mechanism()

    def call(regime: Regime, fixed: Setting) -> Regime:
        tick = _Listening(jnp.uint32(1), jnp.float32(0.25), fixed, key, 0.25)
        return rule(regime, tick)

    _heard.clear()
    program = jax.make_jaxpr(call)(regime, fixed).jaxpr
    state, features = _addresses(regime), [f"setting.{n}" for n in _names(fixed)]
    used = {id(v) for eqn in program.eqns for v in eqn.invars}
    names = [*state, *features]
    read = [n for n, v in zip(names, program.invars, strict=True) if id(v) in used]
    pairs = zip(state, program.invars, program.outvars, strict=False)
    changed = [name for name, before, after in pairs if before is not after]
    heard = [words for kind, words in _DRAWS.items() if kind in _heard]
    return read, changed, heard or (["a random number"] if _heard else [])


def _addresses(regime: Regime) -> list[str]:
    return [f"{part}.{name}" for part in slices() for name in _names(getattr(regime, part))]


def _names(part: Any) -> list[str]:
    """Names of the fields in the order of the leaves."""
    return [f.name for f in fields(type(part)) if jax.tree.leaves(getattr(part, f.name))]


def _grouped(addresses: Iterable[str]) -> str:
    """Addresses by the part of the state to which they belong."""
    parts: dict[str, list[str]] = {}
    for address in addresses:
        part, _, name = address.partition(".")
        parts.setdefault(part, []).append(name)
    return "; ".join(f"{_words(part)}: {', '.join(names)}" for part, names in parts.items())


def initial() -> str:
    """How large each library scenario is, and what it leaves in doubt and imposes."""
    from vertikal.scenario.catalogue import library
    from vertikal.scenario.loader import load
    from vertikal.scenario.world import uncertain, used_mechanisms

    rows = []
    for entry in library():
        s = load(entry.name)
        active = [m for m in used_mechanisms(s) if m.name not in s.mechanisms.off]
        rows.append(
            (
                f"[{s.name}](generated/scenarios/{s.name}.md)",
                f"{s.clock.ticks} by the {pace(s.clock)}",
                f"{len(s.people) - len(s.generated)} and {len(s.generated)}",
                len(s.clans),
                len(s.offices),
                len(active),
                len(uncertain(s)),
                len(s.events),
            )
        )
    head = ("scenario", "ticks", "persons named and nameless", "clans", "offices",
            "submodels at work", "numbers in doubt", "events imposed")  # fmt: skip
    return table(head, rows)


def submodels() -> str:
    """Each submodel with its equations, stage by stage."""
    parts = []
    for stage, members in _by_stage():
        parts.append(f"### Stage {stage.value}: {stage.name.lower()}")
        for m in members:
            page = f"generated/mechanisms/{m.__module__.rpartition('.')[2]}.md"
            parts += [
                f"({_label(m)})=",
                f"#### {m.name}",
                inspect.getdoc(m) or "",
                f"Rules {', '.join(m.rules)}; {len(parameters(m))} "
                f"[parameters]({page}#{m.name}) with their priors and reasons.",
            ]
    return "\n\n".join(parts) + "\n"
