"""From a tree of values to a scenario, or to every fault in it.

Each row is validated by itself, so that one bad row neither hides the faults of the others nor
makes references to it faults.
"""

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, RootModel, ValidationError

from vertikal.regime.kinds import KINDS
from vertikal.scenario import declared, patch
from vertikal.scenario.conditions import Address
from vertikal.scenario.dates import moment, written
from vertikal.scenario.faults import Fault, Problem, quoted, suggest
from vertikal.scenario.outcomes import PARTS, Outcome, Recorded
from vertikal.scenario.quantities import Quantity
from vertikal.scenario.schema import (
    Between,
    Body,
    Clan,
    Clock,
    CoercionState,
    Event,
    Judgement,
    Leader,
    Mechanisms,
    MilitaryIndustryState,
    Office,
    Person,
    PolicyState,
    System,
    Variant,
)
from vertikal.scenario.source import Node, plain

HEADER = (
    "vertikal",
    "name",
    "id",
    "title",
    "document",
    "question",
    "extends",
    "clock",
    "judgement",
)
SECTIONS = (
    *HEADER, "people", "clans", "pacts", "bonds", "offices", "bodies", "leader", "coercion",
    "military_industry", "policy", "system", *declared.SECTIONS, "theory", "mechanisms",
    "parameters",
    "events", "series", "outcomes", "history", "variants",
)  # fmt: skip
"""The sections of a scenario file, in the order in which they are best written."""

Model = TypeVar("Model", bound=BaseModel)


@dataclasses.dataclass
class Draft:
    """A scenario in the making: what could be read of it, and what is wrong."""

    tree: Node
    folder: Path | None = None
    faults: list[Fault] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    clock: Clock | None = None
    judgement: Judgement = dataclasses.field(default_factory=Judgement)
    people: dict[str, Person | None] = dataclasses.field(default_factory=dict)
    clans: dict[str, Clan | None] = dataclasses.field(default_factory=dict)
    offices: dict[str, Office | None] = dataclasses.field(default_factory=dict)
    bodies: dict[str, Body | None] = dataclasses.field(default_factory=dict)
    events: dict[str, Event | None] = dataclasses.field(default_factory=dict)
    outcomes: dict[str, Outcome | None] = dataclasses.field(default_factory=dict)
    variants: dict[str, Variant | None] = dataclasses.field(default_factory=dict)
    generated: set[str] = dataclasses.field(default_factory=set)
    stated: set[str] = dataclasses.field(default_factory=set)
    pacts: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    bonds: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    leader: Leader | None = None
    sections: dict[str, Any] = dataclasses.field(default_factory=dict)
    subsystems: dict[str, Any] = dataclasses.field(default_factory=dict)
    tables: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    mechanisms: Mechanisms = dataclasses.field(default_factory=Mechanisms)
    own: dict[str, Any] = dataclasses.field(default_factory=dict)
    theory: dict[str, dict[str, float]] = dataclasses.field(default_factory=dict)
    parameters: dict[str, dict[str, Quantity]] = dataclasses.field(default_factory=dict)
    series: list[Address] = dataclasses.field(default_factory=list)
    history: dict[str, Recorded] = dataclasses.field(default_factory=dict)

    def fault(
        self, path: tuple[Any, ...], problem: Problem | str, mend: str = "", *, at_key: bool = False
    ) -> None:
        """Note a fault at a path; where the path ends early, at the deepest entry on the way."""
        node, there = self.tree.find(path)
        what = problem.what if isinstance(problem, Problem) else problem
        remedy = problem.mend if isinstance(problem, Problem) else mend
        found = node.fault(what, remedy, address_of(self.written_path(path)), at_key or not there)
        if (found.place, what) not in {(f.place, f.message) for f in self.faults}:
            self.faults.append(found)

    def written_path(self, path: tuple[Any, ...]) -> tuple[Any, ...]:
        """Where an entry of the rank and file was written: in the `cadre` of the clan."""
        if len(path) > 1 and path[0] == "people" and path[1] in self.generated - self.stated:
            return ("clans", path[1].rpartition("-")[0], "cadre", *path[2:])
        return path

    def lines(self, section: str) -> dict[str, int]:
        """Line of each row of a section, as far as it stands in the file that is read."""
        node = self.tree.get(section)
        main = self.tree.mark.file
        rows = node.items() if node else iter(())
        return {k: c.key.line for k, c in rows if c.key and c.key.line and c.key.file == main}

    @property
    def rows(self) -> dict[str, tuple[str, ...]]:
        """Names of the rows of each kind."""
        return rows_of(self)


def rows_of(scenario: Any) -> dict[str, tuple[str, ...]]:
    """Names of the rows of each kind, in the order of the regime's arrays.

    The subsystems in play stand among them, under `subsystems`.

    Args:
        scenario: A draft or a scenario.
    """
    found = {}
    for kind in KINDS.values():
        court = not kind.fixed and not kind.subsystem
        rows = getattr(scenario, kind.section) if court else scenario.tables.get(kind.name, ())
        found[kind.name] = kind.fixed or tuple(rows)
    found["subsystems"] = tuple(declared.in_play(scenario.subsystems, scenario.tables))
    return found


def address_of(path: tuple[Any, ...]) -> str:
    """A path as people read it."""
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")


def without_nulls(value: Any, keep: tuple[str, ...] = ("appoint",), here: str = "") -> Any:
    """Plain values without empty entries, which say nothing; an empty appointment vacates."""
    if isinstance(value, dict):
        return {
            k: without_nulls(v, keep, k) for k, v in value.items() if v is not None or here in keep
        }
    if isinstance(value, list):
        return [without_nulls(v, keep) for v in value]
    return value


def read_draft(tree: Node, folder: Path | None = None) -> Draft:
    """Read all sections of a tree; what is wrong by itself is in `faults`."""
    draft = Draft(tree, folder)
    if not isinstance(tree.value, dict):
        draft.fault((), "this is no scenario: the file must hold entries such as `name: ...`.",
                    "Begin with `vertikal: 1` and `name: ...`.")  # fmt: skip
        return draft
    for key in tree.value:
        if key not in SECTIONS:
            draft.fault(
                (key,),
                f'there is no section "{key}".',
                suggest(key, SECTIONS, "sections"),
                at_key=True,
            )
    _header(draft)
    expand_cadres(draft)
    draft.people = read_rows(draft, "people", Person)
    draft.clans = read_rows(draft, "clans", Clan)
    draft.offices = read_rows(draft, "offices", Office)
    draft.bodies = read_rows(draft, "bodies", Body)
    drop_outside(draft)
    draft.events = read_rows(draft, "events", Event)
    draft.outcomes = read_rows(draft, "outcomes", Outcome)
    draft.variants = read_rows(draft, "variants", Variant)
    for name in ("pacts", "bonds"):
        pairs = read_one(draft, (name,), Between)
        setattr(draft, name, pairs.root if pairs else {})
    draft.leader = read_one(draft, ("leader",), Leader, required=True)
    for name, model in (("coercion", CoercionState), ("military_industry", MilitaryIndustryState),
                        ("policy", PolicyState), ("system", System)):  # fmt: skip
        draft.sections[name] = read_one(draft, (name,), model)
    for kind in declared.ROW_KINDS:
        draft.tables[kind] = read_rows(draft, kind, declared.row_model(kind))
    for name in declared.in_play(tree.value, draft.tables):
        if name not in declared.ROW_KINDS:
            draft.subsystems[name] = read_one(draft, (name,), declared.section_model(name))
    draft.mechanisms = read_one(draft, ("mechanisms",), Mechanisms) or Mechanisms()
    return draft


def _header(draft: Draft) -> None:
    for key in ("id", "title", "document", "question"):
        node = draft.tree.get(key)
        if node and (isinstance(node.value, dict | list | bool)):
            draft.fault(
                (key,),
                f"{quoted(node.value)} is no text.",
                "Write text; put it in quotes if need be.",
            )
    name = draft.tree.get("name")
    if name is None or name.value is None:
        draft.fault(
            ("name",), "the scenario has no name.", "Add for instance `name: stalins-court`."
        )
    elif not is_name(name.value):
        draft.fault(("name",), f"{quoted(name.value)} is no usable name.", _NAME_HOW)
    judgement = read_one(draft, ("judgement",), Judgement)
    draft.judgement = judgement or Judgement()
    _drop_later_spells(draft)
    draft.clock = read_one(draft, ("clock",), Clock, required=True)


def _drop_later_spells(draft: Draft) -> None:
    """Leave out changes of the clock's pace that a later layer's earlier end has left behind."""
    clock = draft.tree.get("clock")
    then, end = (clock.get("then"), clock.get("end")) if clock else (None, None)
    if clock is None or then is None or end is None or not isinstance(then.value, dict):
        return
    kept = {day: row for day, row in then.value.items() if not _is_left_behind(day, row, end)}
    if len(kept) < len(then.value):
        _replace(draft, "clock", {**clock.value, "then": dataclasses.replace(then, value=kept)})


def _is_left_behind(day: Any, row: Node, end: Node) -> bool:
    if row.layer.rank >= end.layer.rank:
        return False
    try:
        return moment(day) > moment(end.value, end=True)
    except Problem:
        return False


_NAME_HOW = "Use letters, digits, hyphens and underscores, beginning with a letter or digit."


def is_name(value: Any) -> bool:
    """Whether a value can name a row: letters, digits, hyphens and underscores."""
    if not isinstance(value, str) or not value or value == "nobody":
        return False
    return value[0].isalnum() and all(c.isalnum() or c in "-_" for c in value) and len(value) <= 60


def read_rows(draft: Draft, section: str, model: type[Model]) -> dict[str, Model | None]:
    """The rows of a section by name; `None` for one with faults."""
    node = draft.tree.get(section)
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        draft.fault(
            (section,),
            f"{section} must be a mapping from names to entries.",
            "Write `name: {...}` for each.",
        )
        return {}
    out: dict[str, Model | None] = {}
    for name in node.value:
        if not is_name(name):
            draft.fault(
                (section, name), f"{quoted(name)} is no usable name.", _NAME_HOW, at_key=True
            )
            continue
        out[name] = read_one(draft, (section, name), model, required=True)
    return out


def read_one(
    draft: Draft, path: tuple[str, ...], model: type[Model], required: bool = False
) -> Model | None:
    """The entry at a path as a model, or `None` with its faults noted.

    An entry that is missing counts as empty, unless it is required; an empty row of a required kind
    is reported by what it lacks.
    """
    node = draft.tree.get(*path)
    if node is None and required:
        draft.fault(path, f"the section `{path[-1]}` is missing.", f"Add `{path[-1]}: {{...}}`.")
        return None
    raw = without_nulls(plain(node)) if node is not None and node.value is not None else {}
    if node is not None and not issubclass(model, RootModel):
        _note_empty_strangers(draft, path, node, model)
    if not isinstance(raw, dict):
        draft.fault(
            path,
            f"{quoted(raw)} is not a mapping of entries.",
            "Write `key: value` entries, indented below.",
        )
        return None
    certain = isinstance(raw.get("certain"), bool) and raw["certain"]
    context = {
        "spread": 0.0 if certain else draft.judgement.spread,
        "start": draft.clock.start if draft.clock else None,
    }
    try:
        return model.model_validate(raw, context=context)
    except ValidationError as why:
        for error in why.errors(include_url=False, include_input=True):
            note_error(draft, path, model, error)
        return None


def _note_empty_strangers(
    draft: Draft, path: tuple[str, ...], node: Node, model: type[BaseModel]
) -> None:
    """Refuse unknown keys without a value: the rest of a text after a comma looks like one."""
    known = _entries_of(model)
    for key, child in node.items():
        if child.value is None and key not in known:
            hint = "If it belongs to the text before the comma, put that text in quotes."
            draft.fault((*path, key), f'there is no entry "{key}" here.', hint, at_key=True)


def _entries_of(model: Any) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def note_error(draft: Draft, path: tuple[str, ...], model: Any, error: Any) -> None:
    """Turn one of pydantic's errors into a fault."""
    place = (*path, *(p for p in error["loc"] if p not in ("[key]",)))
    kind, value, context = error["type"], error.get("input"), error.get("ctx", {})
    if kind == "value_error" and isinstance(context.get("error"), Problem):
        problem = context["error"]
        draft.fault(place, problem, at_key=not error["loc"])
    elif kind == "extra_forbidden":
        known = _entries_of(_model_at(model, error["loc"]))
        draft.fault(
            place,
            f'there is no entry "{place[-1]}" here.',
            suggest(place[-1], known, "entries"),
            at_key=True,
        )
    elif kind == "missing":
        draft.fault(
            path, f"the entry `{place[-1]}` is missing.", f"Add `{place[-1]}: ...`.", at_key=True
        )
    elif kind == "literal_error":
        options = [o.strip(" '") for o in str(context["expected"]).replace(" or ", ", ").split(",")]
        draft.fault(
            place, f"{quoted(value)} is not possible here.", suggest(value, options, "possible")
        )
    else:
        what, mend = _plain_words(kind, value, context)
        draft.fault(place, what, mend)


def _plain_words(kind: str, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    if kind in ("greater_than_equal", "less_than_equal"):
        sign = "at least" if kind == "greater_than_equal" else "at most"
        limit = context.get("ge", context.get("le"))
        return f"{quoted(value)} is out of bounds.", f"Give a value of {sign} {limit}."
    wanted = {
        "string_type": "one text or name",
        "bool_type": "true or false",
        "int_type": "a whole number",
        "float_type": "a number",
        "float_parsing": "a number",
        "finite_number": "a finite number",
        "dict_type": "a mapping of entries",
        "model_type": "a mapping of entries",
        "tuple_type": "a list",
    }.get(kind, "another kind of value")
    return f"{quoted(value)} is not {wanted}.", f"Give {wanted}."


def _model_at(model: Any, loc: tuple[Any, ...]) -> Any:
    """The model in which an unknown key was found."""
    for step in loc[:-1]:
        fields = getattr(model, "model_fields", {})
        field = fields.get(step) or next((f for f in fields.values() if f.alias == step), None)
        inner = field.annotation if field is not None else None
        options = getattr(inner, "__args__", (inner,))
        model = next((o for o in options if hasattr(o, "model_fields")), model)
    return model


def expand_cadres(draft: Draft) -> None:
    """Add the rank and file of the clans to the people, one row each, after those named."""
    clans, people = draft.tree.get("clans"), draft.tree.get("people")
    rows = dict(people.value) if people and isinstance(people.value, dict) else {}
    if people is not None and people.value is not None and not isinstance(people.value, dict):
        return
    for clan, node in clans.items() if clans else ():
        count, template = node.get("cadres"), node.get("cadre")
        number = (
            count.value
            if count and isinstance(count.value, int) and not isinstance(count.value, bool)
            else 0
        )
        if count is None or not 0 < number <= 200 or not is_name(clan):
            continue
        base = (
            template
            if template is not None and isinstance(template.value, dict)
            else dataclasses.replace(count, value={})
        )
        clan_node = dataclasses.replace(count, value=clan, key=count.key)
        base = dataclasses.replace(base, value={"clan": clan_node, **base.value})
        for i in range(1, number + 1):
            name = f"{clan}-{i:02d}"
            draft.generated.add(name)
            if name in rows:
                rows[name] = patch.merge(base, rows[name], [], ("people", name))
                draft.stated.add(name)
            else:
                rows[name] = base
    if rows:
        root = people or next(iter(rows.values()))
        section = dataclasses.replace(root, value=rows)
        draft.tree = dataclasses.replace(draft.tree, value={**draft.tree.value, "people": section})


def drop_outside(draft: Draft) -> None:
    """Leave out what a later layer's narrower clock has left behind.

    An event or an outcome that comes from a lower layer than the clock and lies outside of it falls
    away; a window that reaches beyond it is cut. What stands in the same layer as the clock stays,
    and is a fault.
    """
    clock, node = draft.clock, draft.tree.get("clock")
    if clock is None or node is None:
        return
    rank = max((child.layer.rank for _, child in node.items()), default=0.0)
    gone: dict[str, list[str]] = {}
    for section in ("events", "outcomes"):
        rows = draft.tree.get(section)
        cut = {}
        for name, row in rows.items() if rows else ():
            kept = _within_clock(row, clock, rank)
            if kept is None:
                gone.setdefault(section, []).append(name)
            elif kept is not row:
                cut[name] = kept
        if rows is not None and cut:
            _replace(draft, section, {**rows.value, **cut})
    if "outcomes" in gone:
        gone["outcomes"] += _composites_of(draft, gone["outcomes"], rank)
        recorded = draft.tree.get("history")
        gone["history"] = (
            [n for n, _ in recorded.items() if n in gone["outcomes"]] if recorded else []
        )
    span = f"{written(clock.start)[:10]} to {written(clock.end)[:10]}"
    for section, names in gone.items():
        rows = draft.tree.get(section)
        if rows is not None:
            _replace(draft, section, {k: v for k, v in rows.items() if k not in names})
        if section != "history":
            draft.notes.append(f"{section} outside the clock ({span}) left out: {', '.join(names)}")


def _within_clock(row: Node, clock: Clock, rank: float) -> Node | None:
    """A row as far as the clock covers it; `None` if an older row lies outside altogether."""
    start, end = _older_date(row, "from", rank), _older_date(row, "until", rank)
    for key in ("date", "at"):
        point = _older_date(row, key, rank)
        start, end = (point, point) if point is not None else (start, end)
    if (start and start > clock.end) or (end and end < clock.start):
        return None
    beyond = [
        k for k, d in (("from", start), ("until", end)) if d and not clock.start <= d <= clock.end
    ]
    if not beyond or not isinstance(row.value, dict):
        return row
    return dataclasses.replace(row, value={k: v for k, v in row.value.items() if k not in beyond})


def _older_date(row: Node, key: str, rank: float) -> datetime | None:
    """A date of a row, if it is older than the clock and can be read."""
    child = row.get(key)
    if child is None or child.layer.rank >= rank or isinstance(child.value, dict | list | None):
        return None
    try:
        return moment(child.value, end=key in ("until", "at"))
    except Problem:
        return None


def _composites_of(draft: Draft, gone: list[str], rank: float) -> list[str]:
    """Older outcomes that put together some that have fallen away, and what they are part of."""
    found = []
    rows = draft.tree.get("outcomes")
    for name, row in rows.items() if rows else ():
        parts = [row.get(key) for key in PARTS]
        named = {str(n) for p in parts if p is not None for n in _as_list(plain(p))}
        if row.layer.rank < rank and name not in gone and named & set(gone):
            found.append(name)
    return [*found, *_composites_of(draft, [*gone, *found], rank)] if found else []


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _replace(draft: Draft, section: str, rows: dict[str, Node]) -> None:
    node = draft.tree.get(section)
    assert node is not None
    value = {**draft.tree.value, section: dataclasses.replace(node, value=rows)}
    draft.tree = dataclasses.replace(draft.tree, value=value)
