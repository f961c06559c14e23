"""The parts of the ODD+D description that are read off the code.

The standard is that of Grimm et al. (2020) with the extension for human decisions of Müller et al.
(2013); `reference/model-description.md` has the order of the sections and the prose between them.
What a submodel reads, changes and draws is not declared anywhere: each is traced once, and the
trace is read.
"""

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from _state import Field, fields, slices
from _tables import code, first_sentence, table

from vertikal.regime.mechanism import Mechanism, Stage, Tick, parameters
from vertikal.regime.regime import Regime, Setting
from vertikal.regime.schedule import MECHANISMS


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


def _by_stage() -> Iterator[tuple[Stage, list[type[Mechanism]]]]:
    for stage in Stage:
        members = [m for m in MECHANISMS.values() if m.stage is stage]
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


def access() -> str:
    """What each submodel reads, what it changes, and what it draws by chance."""
    rows = []
    for m, (regime, fixed) in _at_work().items():
        read, changed, drawn = traced(m, regime, fixed)
        cells = (_grouped(read), _grouped(changed), ", ".join(drawn) or "nothing")
        rows.append((_link(m), *cells))
    return table(("submodel", "reads", "changes", "draws"), rows)


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
                f"{s.clock.ticks} by the {s.clock.step}",
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
