"""Pages that are read off the code when the build begins.

The gallery of formal models, the catalogue of mechanisms, the table of addresses, the commands and
a page for each library scenario. Everything goes into `reference/generated` and
`theory/generated`, which are not kept. Files that end in `.inc` are included by pages.
"""

import ast
import importlib
import inspect
import pkgutil
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from _tables import code as _code
from _tables import table
from _tables import toc as _toc

import vertikal.engine.backend  # noqa: F401  (sets the compiler's flags before JAX is imported)

HERE = Path(__file__).parent
REFERENCE, GALLERY = HERE / "reference" / "generated", HERE / "theory" / "generated"

LABELS = {
    "published": "Published form: primitives and equations are those of the source.",
    "reduced form": "Reduced form: the mechanism is the source's; the functional forms are ours.",
    "ours": "Ours: no published formal model is claimed; what is cited is a starting point.",
}


def write_pages(app: Any = None) -> None:
    """Write every generated page afresh."""
    for folder in (REFERENCE, GALLERY):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    write_gallery()
    write_mechanisms()
    write_addresses()
    write_subsystems()
    write_commands()
    write_scenarios()
    write_rules()
    write_description()
    write_claims()
    write_facts()
    write_power()
    write_factorial()


# The gallery of formal models


def models() -> dict[str, Any]:
    """The modules of formal models by name: those that name a historical case."""
    import vertikal.theory as package

    found = {}
    for entry in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"vertikal.theory.{entry.name}")
        if hasattr(module, "LABEL") and "\nCase: " in (module.__doc__ or ""):
            found[entry.name] = module
    return found


def write_gallery() -> None:
    """A page for each formal model, and the table that leads to them.

    Raises:
        LookupError: If a model has no figure, or a figure no model.
    """
    from _figures import FIGURES, draw

    found = models()
    if odd := set(found) ^ set(FIGURES):
        raise LookupError(f"models and figures do not match: {', '.join(sorted(odd))}")
    rows = []
    for name, figure in FIGURES.items():
        module = found[name]
        label = f"Figure of the model {name.replace('_', ' ')}"
        (GALLERY / f"{name}.svg").write_text(framed(draw(figure()), label), "utf-8")
        (GALLERY / f"{name}.md").write_text(model_page(module, name, figure), "utf-8")
        title, paragraphs = _opened(module.__doc__)
        rows.append((f"[{title}](generated/{name}.md)", paragraphs["Question"], module.LABEL))
    text = table(("model", "question", "label"), rows)
    (GALLERY / "gallery.inc").write_text(
        f"{text}\n{_toc(f'generated/{n}' for n in FIGURES)}", "utf-8"
    )


def model_page(module: Any, name: str, figure: Any) -> str:
    """The page of a formal model, from its docstrings and its figure.

    Args:
        module: The module.
        name: Its name without the package.
        figure: The function that draws its figure.
    """
    title, paragraphs = _opened(module.__doc__)
    idea, caption = (" ".join(p.split()) for p in inspect.cleandoc(figure.__doc__).split("\n\n"))
    rest = [text for key, text in paragraphs.items() if not key.istitle()]
    parts = [
        f"# {title}",
        f"*{LABELS[module.LABEL]}{_parts(module)}*",
        f"**{paragraphs['Question']}**",
        idea,
        f"```{{raw}} html\n:file: {name}.svg\n```",
        f"*{caption}*",
        "## The case",
        _capital(paragraphs["Case"]),
        *(
            ["## Primitives", _capital(paragraphs["Primitives"])]
            if "Primitives" in paragraphs
            else []
        ),
        *_equations(module),
        "## Sources and what to know",
        *map(in_words, rest),
        f"## The module `vertikal.theory.{name}`",
        _functions(module),
    ]
    return "\n\n".join(parts) + "\n"


def _parts(module: Any) -> str:
    mixed = module.LABEL == "published" and re.search(r"\b(ours|our derivation)\b", module.__doc__)
    return " Parts are ours; see the sources below." if mixed else ""


_WORDS = {"P": "published", "R": "reduced form", "O": "ours"}


def in_words(text: str) -> str:
    """A paragraph with the marks [P], [R] and [O] in words, unless they stand there already."""
    text = re.sub(r"(?i)\b(published|published form|reduced form|ours) \[[PRO]\]", r"\1", text)
    text = re.sub(
        r"^\[([PRO])\] for\b", lambda m: f"{_capital(_WORDS[m[1]])} for", text, flags=re.M
    )
    text = re.sub(r"^\[[PRO]\] ", "", text)
    return re.sub(r"\[([PRO])\]", lambda m: f"({_WORDS[m[1]]})", text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _opened(docstring: str) -> tuple[str, dict[str, str]]:
    """The title of a module and its paragraphs, those with a heading under it."""
    title, *paragraphs = inspect.cleandoc(docstring).split("\n\n")
    named = {}
    for k, paragraph in enumerate(paragraphs):
        heading = re.match(r"(Question|Primitives|Case)[:.] ", paragraph)
        named[heading[1] if heading else f"-{k}"] = (
            paragraph[heading.end() :] if heading else paragraph
        )
    question = " ".join(named["Question"].split())
    return " ".join(title.split()).rstrip("."), named | {"Question": _capital(question)}


def framed(svg: str, name: str) -> str:
    """A picture whose colours follow the theme of the page.

    Args:
        svg: The picture.
        name: What it is called where it cannot be seen.
    """
    from vertikal.report.look import variables

    light, dark = variables("light"), variables("dark")
    style = (
        f"figure.model{{{light}margin:1.5em 0}}figure.model svg{{max-width:100%;height:auto}}"
        f'body[data-theme="dark"] figure.model{{{dark}}}@media(prefers-color-scheme:dark)'
        f'{{body:not([data-theme="light"]) figure.model{{{dark}}}}}'
    )
    label = f'role="img" aria-label="{name}" '
    picture = svg.replace("<svg ", f"<svg {label}", 1)
    return f'<style>{style}</style><figure class="model">{picture}</figure>\n'


def _public(module: Any) -> Iterator[tuple[str, Any]]:
    """Public functions and classes of a module, in the order of its text."""
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, getattr(module, node.name)


def _equations(module: Any) -> Iterator[str]:
    """For each function with a formula on a line of its own: what it gives, and the formula.

    Functions of the module, of the modules that it names in `EQUATIONS`, or, where it has none, of
    those that it gives again.
    """
    found = []
    named = [f for part in (module, *getattr(module, "EQUATIONS", ())) for f in _public(part)]
    for name, value in named or [(name, getattr(module, name)) for name in module.__all__]:
        text = inspect.getdoc(value) or ""
        formulas = re.findall(r"\$\$.+?\$\$", text, re.DOTALL)
        if formulas:
            summary = " ".join(text.split("\n\n")[0].split())
            found += [f"{summary} (`{name}`)", *map(_without_stop, formulas)]
    if found:
        yield "## Equations"
        yield from found


def _without_stop(formula: str) -> str:
    return re.sub(r"[\s,.;]+\$\$$", " $$", formula)


def _functions(module: Any) -> str:
    lines = [f".. currentmodule:: {module.__name__}", ""]
    names = list(_public(module))
    for name, value in names:
        lines += [f".. auto{'class' if isinstance(value, type) else 'function'}:: {name}"]
        if isinstance(value, type) and "Attributes:" not in (value.__doc__ or ""):
            lines += ["   :members:"]
        lines += [""]
    if not names:
        others = [n for n in module.__all__ if n not in ("LABEL", "CITATION")]
        return "It gives again, under one name: " + ", ".join(_code(n) for n in others) + "."
    return "```{eval-rst}\n" + "\n".join(lines) + "```"


# The catalogue of mechanisms


def write_mechanisms() -> None:
    """A page for each section of the regime, and the order of a tick."""
    from vertikal.regime.schedule import MECHANISMS

    folder = REFERENCE / "mechanisms"
    folder.mkdir()
    sections: dict[str, list[Any]] = {}
    for mechanism in MECHANISMS.values():
        sections.setdefault(mechanism.__module__.rpartition(".")[2], []).append(mechanism)
    for section, members in sections.items():
        module = importlib.import_module(members[0].__module__)
        title, *text = re.split(r"\.\s+", inspect.cleandoc(module.__doc__), maxsplit=1)
        body = "\n\n".join([f"# {title.rstrip('.')}", *text, *map(mechanism_text, members)])
        (folder / f"{section}.md").write_text(body + "\n", "utf-8")
    rows = [
        (
            m.stage.name.lower(),
            f"[{name}](generated/mechanisms/{m.__module__.rpartition('.')[2]}.md#{_anchor(name)})",
            ", ".join(m.rules),
            m.builds_on,
        )
        for name, m in MECHANISMS.items()
    ]
    text = table(("stage", "mechanism", "rules", "builds on"), rows)
    links = _toc(f"generated/mechanisms/{s}" for s in sorted(sections))
    (REFERENCE / "mechanisms.inc").write_text(f"{text}\n{links}", "utf-8")


def _anchor(heading: str) -> str:
    return heading.lower()


def mechanism_text(mechanism: Any) -> str:
    """The entry of one mechanism: what it does, and every number in it."""
    from vertikal.regime.mechanism import parameters

    facts = [
        ("class", _code(f"{mechanism.__module__}.{mechanism.__name__}")),
        ("id", mechanism.id),
        ("stage", mechanism.stage.name.lower()),
        ("clocks", ", ".join(mechanism.clocks)),
        ("rules", ", ".join(mechanism.rules)),
        ("builds on", mechanism.builds_on or "no published model"),
    ]
    rows = [
        (_code(name), f"{p.default:g}", p.prior, p.unit, f"{p.low:g} to {p.high:g}", p.basis, p.why)
        for name, p in parameters(mechanism).items()
    ]
    head = ("parameter", "value", "prior", "unit", "bounds", "basis", "why")
    parts = [
        f"## {mechanism.name}",
        inspect.getdoc(mechanism) or "",
        table(("", ""), facts),
        table(head, rows) if rows else "It has no parameters.",
    ]
    return "\n\n".join(parts)


# Addresses


def write_addresses() -> None:
    """The table of everything that can be watched."""
    from vertikal.regime.observe import OBSERVABLES, meanings

    told = meanings()
    parts: dict[str, list[Sequence[Any]]] = {}
    for name, seen in OBSERVABLES.items():
        label = seen.labels
        if isinstance(label, type):
            values = ", ".join(member.name.lower() for member in label)
        else:
            values = f"a {label}" if label else _range(seen)
        rows = f"[{', '.join(seen.dims)}]" if seen.dims else ""
        parts.setdefault(name.partition(".")[0], []).append(
            (
                _code(f"{name}{rows}"),
                told.get(name, ""),
                values,
                _kind(name, seen),
            )
        )
    text = "\n\n".join(
        f"## {part}\n\n{told.get(part, '')}\n\n"
        + table(("address", "meaning", "values", "kind"), rows)
        for part, rows in parts.items()
    )
    (REFERENCE / "addresses.inc").write_text(text, "utf-8")


def _range(seen: Any) -> str:
    """Between which values a quantity lies, with its unit if it has one."""
    from vertikal.scenario.quantities import bounds

    unit = seen.level.unit if seen.level else ""
    return f"{bounds(*seen.range)} {unit}".strip()


def _kind(name: str, seen: Any) -> str:
    """Whether an event may set it."""
    from vertikal.scenario.conditions import COMPUTED

    if seen.derived:
        return "derived"
    is_computed = name in COMPUTED or bool(seen.level and seen.level.follows)
    return "computed" if is_computed else "state"


def write_subsystems() -> None:
    """For each section of a scenario file that declares a subsystem, the table of its entries."""
    from vertikal.regime.kinds import KINDS
    from vertikal.regime.subsystems import SUBSYSTEMS
    from vertikal.scenario import declared

    parts = []
    for section in declared.SECTIONS:
        home = KINDS[section].subsystem if section in KINDS else section
        found = (
            [(name, level) for _, name, level in declared.fields_of_rows(section)]
            if section in declared.ROW_KINDS
            else [
                (".".join((name, *rows)), level)
                for name, rows, level in declared.fields_of(section)
                if not rows or KINDS[rows[0]].fixed
            ]
        )
        if found:
            parts.append(
                f"### {section}\n\n{' '.join(inspect.getdoc(SUBSYSTEMS[home]).split())}\n\n"
                + table(
                    ("entry", "meaning", "default", "values"),
                    [(_code(n), level.meaning, *_default(level)) for n, level in found],
                )
            )
    (REFERENCE / "subsystems.inc").write_text("\n\n".join(parts), "utf-8")


def _default(level: Any) -> tuple[str, str]:
    """Default and possible values of a declared field, in words."""
    if isinstance(level.labels, str):
        return "none", f"a {level.labels}"
    if level.labels is not None:
        names = [member.name.lower() for member in level.labels]
        return names[int(level.default)], ", ".join(names)
    return f"{level.default:g}", f"{level.low:g} to {level.high:g} {level.unit}".strip()


# Commands


def write_commands() -> None:
    """Every command with its arguments and options."""
    import typer.main

    from vertikal.cli import app

    parts = []
    for name, command in _commands(typer.main.get_command(app)):
        options = [p for p in command.params if p.opts[0].startswith("-")]
        arguments = [p for p in command.params if p not in options]
        usage = " ".join(
            [p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments]
        )
        rows = [(_code(p.name.upper()), p.help or "") for p in arguments]
        rows += [(_option(p), _help(p)) for p in options]
        parts += [
            f"## vertikal {name}",
            f"`vertikal {name} {usage} [OPTIONS]`",
            command.help or "",
            table(("argument or option", "what it does"), rows),
        ]
    (REFERENCE / "commands.inc").write_text("\n\n".join(parts), "utf-8")


def _commands(group: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """The commands of a group by name, those of groups within it after the name of theirs."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from _commands(command, f"{above}{name} ")
        else:
            yield f"{above}{name}", command


def _option(p: Any) -> str:
    names = ", ".join(_code(o) for o in p.opts)
    return names if p.is_flag else f"{names} {_code(p.metavar or p.name.strip('_').upper())}"


def _help(p: Any) -> str:
    default = p.default
    if p.is_flag or default is None or callable(default) or default == ():
        return p.help or ""
    return f"{p.help or ''} Default: `{default}`."


# Rules, and the ODD+D description


def write_rules() -> None:
    """The rules with their sources and with what carries them."""
    import _rules

    _rules.write(REFERENCE)


def write_description() -> None:
    """The parts of the description of the model that are read off the code."""
    import _description  # after the compiler's flags are set

    _description.write(REFERENCE)


# Library scenarios


def write_scenarios() -> None:
    """A page for each scenario of the library, and the table that leads to them."""
    from vertikal.scenario.catalogue import library

    folder = REFERENCE / "scenarios"
    folder.mkdir()
    rows = []
    for entry in library():
        (folder / f"{entry.name}.md").write_text(scenario_page(entry.name), "utf-8")
        rows.append(
            (
                entry.id,
                f"[{entry.name}](generated/scenarios/{entry.name}.md)",
                entry.title,
                entry.clock,
            )
        )
    text = table(("id", "name", "title", "clock"), rows)
    links = _toc(f"generated/scenarios/{e.name}" for e in library())
    (REFERENCE / "scenarios.inc").write_text(f"{text}\n{links}", "utf-8")


def write_claims() -> None:
    """What the claims of the library came to, where they fail, and what their contests came to."""
    import _claims
    import _contests
    import _where

    from vertikal.claims import library
    from vertikal.claims.reading import by_id

    books = library()
    (REFERENCE / "claims.inc").write_text(_claims.page(books), "utf-8")
    claims = {c.id: c for book in books for c in book.claims}
    (REFERENCE / "contests.inc").write_text(_contests.page(by_id(books)), "utf-8")
    (REFERENCE / "where.inc").write_text(_where.page(claims), "utf-8")


def write_facts() -> None:
    """What the stylised facts came to, and what was foretold of published percentages."""
    import _facts

    _facts.write(REFERENCE)


def write_factorial() -> None:
    """What a factorial design says of the time after the war."""
    import _factorial

    text = _factorial.page(lambda svg: framed(svg, "Effects of eight factors"))
    (REFERENCE / "factorial.inc").write_text(text, "utf-8")


def write_power() -> None:
    """How often tests of claims come to which verdict, by the size of the effect."""
    import _power

    text = _power.page(lambda svg: framed(svg, "Power of tests of claims"))
    (REFERENCE / "power.inc").write_text(text, "utf-8")


def _without_effect(scenario: Any) -> Iterator[tuple[str, str]]:
    """The mechanisms that are in play in a library scenario without changing anything."""
    from vertikal.acting import measured

    found = measured().get(scenario.name)
    if found is None or not found.fits(scenario):
        return
    played = f"in {found.histories} histories"
    for what, names in (
        (f"mechanisms in play that changed nothing {played}", found.idle.get("", ())),
        (f"mechanisms that changed nothing recorded or asked about {played}", found.unseen),
    ):
        if names:
            yield what, ", ".join(map(_code, sorted(names)))


def scenario_page(name: str) -> str:
    """The page of a library scenario: question, cast, events, outcomes, variants, what came out."""
    import _results

    from vertikal.scenario.catalogue import library
    from vertikal.scenario.loader import load

    s = load(name)
    clock = next(entry.clock for entry in library() if entry.name == name)
    people = {key: p for key, p in s.people.items() if key not in s.generated}
    names = {key: p.name for key, p in people.items() if p.name != key}
    heads = ("person", *(["name"] if names else []), "role", "clan", "patron")
    cast = [
        (_code(key), *([names.get(key, "")] if names else []), p.role, p.clan, p.patron or "")
        for key, p in people.items()
    ]
    clans = [
        (_code(key), c.name or key, c.base if c.organised else "not organised", c.cadres)
        for key, c in s.clans.items()
    ]
    asked = [
        (
            _code(key),
            o.ask,
            f"{o.kind}, anew" if o.anew else o.kind,
            o.use or "explore",
            s.history[key].written if key in s.history else "",
        )
        for key, o in s.outcomes.items()
    ]
    imposed = [
        (f"{e.date:%Y-%m-%d %H:%M}".removesuffix(" 00:00"), e.title or key, e.origin)
        for key, e in s.events.items()
    ]
    variants = [(_code(key), v.title, v.note) for key, v in s.variants.items()]
    off = ", ".join(_code(m) for m in s.mechanisms.off)
    facts = [("clock", clock), ("document", s.document or "none"), ("offices", len(s.offices))]
    facts += [("mechanisms switched off", off)] if off else []
    facts += _without_effect(s)
    parts = [
        f"# {s.title}",
        f"**{s.question}**",
        f"`vertikal run {name}`",
        table(("", ""), facts),
        "## The cast",
        table(heads, cast),
        *([f"Besides them, {len(s.generated)} of the rank and file."] if s.generated else []),
        table(("clan", "name", "base", "rank and file"), clans),
        "## What is imposed",
        table(("date", "event", "origin"), imposed) if imposed else "Nothing.",
        "## What is asked",
        table(("outcome", "question", "kind", "use", "on record"), asked),
    ]
    if variants:
        parts += ["## Variants", table(("variant", "title", "note"), variants)]
    parts += _results.section(s)
    return "\n\n".join(parts) + "\n"
