"""Claims, tests and verdicts in the words of a political scientist."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vertikal.claims.caveats import NoRoom, tally
from vertikal.claims.ledger import Entry
from vertikal.claims.played import Part, Played
from vertikal.claims.schema import Claim, Test
from vertikal.claims.studies import Study
from vertikal.claims.turning import Turning
from vertikal.claims.verdicts import ENDS, Finding
from vertikal.report.treatments import arm_names
from vertikal.report.words import count, number, percent, percent_range, plain, points

LABELS = {
    "contradicted": "Contradicted",
    "fragile": "Fragile",
    "supported": "Supported",
    "unsettled": "Unsettled",
    "untested": "Not yet tested",
    "untestable": "Untestable",
    "normative": "Normative",
}
"""How a claim stands, in the order in which the ledger tells it."""

HEADS = {
    "contradicted": "What the model contradicts",
    "fragile": "What holds in part of the parameter space",
    "line": "What hangs on how large an effect must be to matter",
    "divided": "What is partly supported: tests disagree",
    "supported": "What the model supports",
    "unsettled": "What is unsettled",
    "untested": "What has not been tested yet",
    "untestable": "What no test here could settle",
    "normative": "What is a value judgement or a premise",
}
"""Titles of the parts of the ledger, in which fragile claims stand by the reason for it."""

FRAGILE = ("fragile", "line", "divided")
"""Those of the parts that are of fragile claims."""

STANCES = {
    "asserted": "asserted",
    "hedged": "said with reservations",
    "reported": "reported of others",
    "implied": "implied",
}
PRIORITIES = {1: "central to its document", 2: "supporting", 3: "incidental"}

_FOR = ("favours the claim", "works against it")
_NOTHING = 1e-12  # below which numbers are rounding

_FORMS = {
    "increases": "it rises",
    "decreases": "it falls",
    "no-effect": "it stays as it is",
    "interaction": "one change raises the effect of the other",
    "threshold": "it turns at one step",
    "ordering": "each arm gives more than the one before",
    "bounded": "it lies within bounds",
}
"""What the shapes of a test expect of the outcome."""


def expectation(test: Test, is_truth: bool = False) -> str:
    """What a test expects, in a few words.

    Args:
        test: The test.
        is_truth: Whether answers are shares of histories.
    """
    told = _FORMS[test.shape]
    if test.shape == "interaction" and test.direction == "decreases":
        return told.replace("raises", "lowers")
    if test.shape == "threshold":
        low, high = test.step
        way = "falls" if test.direction == "decreases" else "rises"
        return f"{told}: it {way} most between {number(low)} and {number(high)}"
    if test.shape == "bounded":
        bounds = zip(("at least", "at most"), test.within, strict=True)
        shown = percent if is_truth else number
        return "it is " + " and ".join(f"{w} {shown(b)}" for w, b in bounds if b is not None)
    return told


# Verdicts


def headline(entry: Entry) -> str:
    """The verdict on a claim in one or two sentences."""
    return " ".join(_headline(entry))


def is_opposite(entry: Entry) -> bool:
    """Whether an effect runs against what the claim expects, and is not merely too small."""
    return any(
        part.finding.high < 0
        for a in entry.tests
        if a.played and a.test.shape not in ("no-effect", "bounded")
        for part in a.played.parts
    )


def part_of_ledger(entry: Entry) -> str:
    """In which part of the ledger a claim stands, a key of `HEADS`."""
    return "divided" if entry.disagreement else "line" if entry.hangs_on_line else entry.word


def why_fragile(entry: Entry) -> str:
    """For which of the three reasons a claim is fragile, in a few words; empty if it is not."""
    if entry.word != "fragile":
        return ""
    if entry.hangs_on_line:
        return "hangs on how large an effect must be"
    if not entry.disagreement:
        return "holds in part of the parameter space"
    what = "tests" if len(entry.tests) > 1 else "effects"
    return f"partly supported: {what} disagree"


def contradictions(entries: Iterable[Entry]) -> str:
    """By what the contradicted claims are contradicted, and how many by each; empty if none is.

    Of a claim with several effects the worst counts, an effect of the wrong direction first.
    """
    found = Counter(_worst(e) for e in entries if e.word == "contradicted")
    told = {
        "opposite": "by an effect that is the opposite of what is expected",
        "small": "by one too small to matter",
        "large": "by one where none is expected",
        "beyond": "by an answer beyond the bounds",
    }
    return ", ".join(f"{found[kind]} {how}" for kind, how in told.items() if found[kind])


def _worst(entry: Entry) -> str:
    shapes = {a.test.shape for a in entry.tests}
    if is_opposite(entry):
        return "opposite"
    if shapes - {"no-effect", "bounded"}:
        return "small"
    return "large" if "no-effect" in shapes else "beyond"


def gist(entry: Entry) -> str:
    """What the test shows that tells most: the first whose verdict is that on the claim, or else
    the first that does not support it; empty if none was played."""
    played = [a for a in entry.tests if a.played and a.played.parts]
    own = [a for a in played if a.played and a.played.word == entry.word]
    against = [a for a in played if a.played and a.played.word != "supported"]
    for asked in (*own, *against, *played):
        assert asked.played is not None
        parts = asked.played.parts
        part = next((p for p in parts if p.finding.word == asked.played.word), parts[0])
        return f"{question(asked.played, asked.test)} {finding(asked.test, part, asked.played)}"
    return ""


def _headline(entry: Entry) -> Iterator[str]:
    words = [a.played.word for a in entry.tests if a.played]
    total = len(entry.tests)
    every = "in its one test" if total == 1 else f"in all of its {total} tests"
    match entry.word:
        case "supported":
            yield f"The model bears it out {every}."
        case "contradicted":
            yield f"The model contradicts it {every}."
        case "fragile" if entry.disagreement:
            yield f"It is partly supported, since {entry.disagreement}."
        case "fragile" if entry.hangs_on_line:
            which = "" if total == 1 else f": {tally(entry.findings)}"
            what = "It" if total == 1 else "An effect of it"
            yield f"{what} hangs on how large an effect must be to matter{which}."
        case "fragile" if total == 1:
            yield "It holds in part of the parameter space and fails in another."
        case "fragile":
            yield (
                "An effect of it holds in part of the parameter space and fails in another: "
                f"{tally(entry.findings)}."
            )
        case "unsettled" if total == 1:
            found = [f for a in entry.tests if a.played for f in a.played.findings if f.draws]
            leaning = " and ".join(sorted({f.leaning for f in found}))
            yield (
                f"The histories played so far lean to {leaning}."
                if found
                else "No history of its test counts."
            )
        case "unsettled":
            yield f"The histories played so far do not settle it: {tally(entry.findings)}."
        case "untested":
            told = f" ({len(words)} of its {total} tests have been played)" if words else ""
            yield f"It has not been tested yet{told}."
        case "untestable":
            yield f"No test here could settle it: {entry.claim.reason}."
            if entry.elaborated:
                how = LABELS[entry.added or "untested"].lower()
                yield f"What we add to it, and the source does not say, is {how}."
        case _:
            yield "A value judgement or a premise, which no history can settle."
    yield from _reservations(entry)


def reservations(entry: Entry) -> str:
    """Why the verdict on a claim may say less than it seems to; empty if it does not."""
    return " ".join(_reservations(entry))


def _reservations(entry: Entry) -> Iterator[str]:
    played = [a.played for a in entry.tests if a.played]
    who = "It is" if len(entry.tests) == 1 else "One of its tests is"
    if any(p.is_idle for p in played):
        yield (
            f"{who} supported only because nothing changed: what was varied changed the answer in "
            "no history at all, perhaps since nothing in that scenario leads from the one to the "
            "other."
        )
    if any(p.inert and not p.is_idle for p in played):
        yield (
            "In a test what was varied changed the answer in no history at all: a finding, or a "
            "sign that nothing in that scenario leads from the one to the other."
        )
    if impossible := sum(any(p.no_room) for p in played):
        total = len(entry.tests)
        of = "its test" if total == 1 else f"{impossible} of its {total} tests"
        yield f"In {of} an effect that would matter is impossible, and the verdict says nothing."


def finding(test: Test, part: Part, played: Played) -> str:
    """What one effect shows: its size, whether that is enough, and in how many draws."""
    amount = Amounts(test, played)
    size = _size(test, part, played, amount)
    f = part.finding
    if not f.draws:
        return f"{size} No history counts."
    share = percent_range(f.share_low, f.share_high)
    told = (
        f"{size} {_enough(test, part, amount)} It holds in {share} of the parameter draws, as far "
        f"as {count(f.draws)} draws can show."
    )
    return f"{told} {nearby(test, f)}".strip()


def nearby(test: Test, finding: Finding) -> str:
    """With which other line a fragile effect would be supported, and with which contradicted."""
    if finding.word != "fragile" or not finding.nearby:
        return ""
    if test.shape == "bounded":
        lines = {"supported": "bounds a little wider", "contradicted": "bounds a little narrower"}
    else:
        ways = ("less", "more") if test.shape != "no-effect" else ("more", "less")
        lines = {
            word: f"a smallest effect a fifth {way}" for word, way in zip(ENDS, ways, strict=True)
        }
    told = " and ".join(f"{word} with {lines[word]}" for word in finding.nearby)
    return f"These histories would have it {told}."


def _size(test: Test, part: Part, played: Played, amount: "Amounts") -> str:
    is_known = math.isfinite(part.low) or math.isfinite(part.high)
    span = f" (interval {amount.range(part.low, part.high)})" if is_known else ""
    if test.shape == "bounded":
        return f"On average {amount.answer(part.mean)}{span}."
    change = f"{amount.change(part.mean)}{span}"
    if test.treatment.form == "sweep" and test.treatment.sweep:
        if test.shape == "threshold":
            low, high = map(number, test.step)
            step = f"From {low} to {high} the answer changes by {change}"
            return f"{step} beyond the mean change over the other steps."
        first, *_, last = map(number, test.treatment.sweep.values)
        line = "along the straight line that fits best"
        return f"From {first} to {last} the answer changes by {change} {line}."
    if test.shape == "interaction":
        return f"Together the two changes do {change} beyond the sum of what each does alone."
    one, two = (amount.answer(played.arms.get(arm, math.nan)) for arm in part.arms)
    if test.shape == "ordering":
        first, second = (_names(played)[arm] for arm in part.arms)
        return f"From {one} with {first} to {two} with {second}: {change}."
    return f"From {one} without the change to {two} with it: {change}."


def silence(room: NoRoom | None, test: Test, played: Played) -> str:
    """That an effect which would matter is impossible; empty where it is possible."""
    if room is None:
        return ""
    amount = Amounts(test, played)
    arm = "without the change" if room.arm == "without" else f"with {_names(played)[room.arm]}"
    return (
        f"The answer is {amount.answer(room.answer)} {arm}, so that a {room.way} of "
        f"{amount.size(test.smallest)} is impossible: the verdict says nothing."
    )


def _names(played: Played | Study[Any]) -> dict[str, str]:
    """What is varied in the arms of an ordering, in words, by arm."""
    assert played.design is not None
    return {a: f"“{n}”" for a, n in arm_names(played.design.test, played.design.arms).items()}


def _enough(test: Test, part: Part, amount: "Amounts") -> str:
    """How the interval of the mean lies to what the claim asks for."""
    f, least = part.finding, test.smallest
    if test.shape == "bounded":
        inside = part.region[0] <= part.low and part.high <= part.region[1]
        outside = part.high < part.region[0] or part.low > part.region[1]
        return f"That {_lies(inside, outside)} within the bounds."
    enough = amount.size(least)
    if test.shape == "no-effect":
        if -least <= f.low and f.high <= least:
            return f"That is less than would matter ({enough})."
        if f.low > least or f.high < -least:
            return f"That is more than no effect: at least {enough} would matter."
        return _near(f, f"less than would matter ({enough})")
    if f.low >= least:
        return f"That is in the direction expected and enough to matter (at least {enough})."
    if f.high < 0:
        return "That is the opposite of what is expected."
    if f.high < least and f.low > -least:
        return f"That is too little to matter (at least {enough} would)."
    if f.high < least:
        return f"That falls short of what would matter (at least {enough})."
    return _near(f, f"enough to matter (at least {enough})")


def _near(finding: Finding, what: str) -> str:
    """What is said of a mean whose interval holds the smallest effect of interest."""
    told = f"Whether that is {what} is left open on average"
    if finding.word in ENDS:  # which hold of the mean too, drawn at the ends of the margin
        told += f"; within the margin it is{'' if finding.word == 'supported' else ' not'}"
    return f"{told}."


def turns(turning: Turning, smallest: float, amount: "Amounts") -> str:
    """For which smallest effects the verdict would be another, and for which the same.

    Args:
        turning: At which it turns.
        smallest: The one that the test asks for.
        amount: The unit.
    """
    small, large = turning.small, turning.large
    asked = f"the test asks for {amount.exact(smallest)}"
    if turning.to is None and turning.since is None:
        none = f"For no smallest effect of interest is it shown to be {small}"
        return f"{none}, and for none to be {large}; {asked}."
    every = "for every smallest effect of interest"
    if turning.since == 0:
        return f"Without a margin it would be {large} {every}; {asked}."
    if turning.since is None:
        told = f"{small} {every} up to {amount.exact(turning.to or 0.0)}, and for none is it shown "
        return f"Without a margin it would be {told}to be {large}; {asked}."
    if turning.to is None:
        told = f"{large} {every} from {amount.exact(turning.since)} on, and for none is it shown "
        return f"Without a margin it would be {told}to be {small}; {asked}."
    return (
        f"Without a margin it would be {small} {every} up to {amount.exact(turning.to)}, and "
        f"{large} from {amount.exact(turning.since)} on; {asked}."
    )


def _lies(inside: bool, outside: bool) -> str:
    return "lies" if inside else "does not lie" if outside else "may or may not lie"


class Amounts:
    """Answers and changes of an outcome in its unit: shares of histories, years, or a number."""

    def __init__(self, test: Test, played: Played | Study[Any]) -> None:
        self.test = test
        self._is_truth = played.is_truth
        self._is_answer = test.shape == "bounded"
        self._unit = "years" if test.measure == "years" else ""
        self.unit = "percentage points" if played.is_truth else self._unit
        """Of a change, to stand beside a table or a picture."""

    def answer(self, value: float) -> str:
        """A mean answer."""
        if self._is_truth:
            return f"{percent(_cleared(value))} of histories"
        return f"{plain(_cleared(value))} {self._unit}".strip()

    def change(self, value: float) -> str:
        """A change, signed."""
        return f"{self.cell(value)} {self.unit}".strip()

    def size(self, value: float) -> str:
        """The size of a change, unsigned."""
        if self._is_truth:
            return f"{points(value).lstrip('+')} percentage points"
        return f"{plain(value)} {self._unit}".strip()

    def exact(self, value: float) -> str:
        """The size of a change, to three digits also where `size` rounds to fewer."""
        return f"{plain(100 * value if self._is_truth else value)} {self.unit}".strip()

    def cell(self, value: float) -> str:
        """A change without its unit, signed."""
        if self._is_truth:
            return points(value)
        value = _cleared(value)
        return ("+" if value > 0 else "") + plain(value)

    def range(self, low: float, high: float) -> str:
        """An interval of answers or changes, without its unit, as far as such are possible."""
        if not (math.isfinite(low) or math.isfinite(high)):
            return "not yet known"
        as_truth = percent if self._is_answer else points
        shown = as_truth if self._is_truth else plain
        if self._is_truth:
            low, high = max(low, 0.0 if self._is_answer else -1.0), min(high, 1.0)
        one, two = (shown(_cleared(v)) if math.isfinite(v) else "?" for v in (low, high))
        return f"{one} to {two}"


def _cleared(value: float) -> float:
    """Nil for what is nil but for rounding; never a negative nil."""
    return 0.0 if abs(value) <= _NOTHING else value


# Tests


def part_name(test: Test, arms: tuple[str, ...], played: Played | Study[Any]) -> str:
    """What is compared in one effect of a test.

    Args:
        test: The test.
        arms: Those that are compared.
        played: What was played of it.
    """
    if test.shape == "ordering":
        one, two = (_names(played)[arm] for arm in arms)
        return f"from {one} to {two}"
    names = {
        "interaction": "what both add to each",
        "threshold": "step against other steps",
        "bounded": "the answer",
    }
    sweep = "over the whole sweep" if test.treatment.form == "sweep" else "the change"
    return names.get(test.shape, sweep)


def more_of_it(test: Test) -> tuple[str, str]:
    """What more of an assumption does that raises what the claim speaks of, and one that lowers it.

    Where the claim asks for an effect within bounds, neither is for it or against it.
    """
    inside = test.shape in ("no-effect", "bounded") and None not in test.within
    return ("raises it", "lowers it") if inside else _FOR


def question(played: Played | None, test: Test) -> str:
    """What is read in each history, as the scenario or the claim asks it."""
    if played is not None and played.design is not None:
        design = played.design
        asked = next(iter(design.arms.values())).outcomes[design.outcome].ask
        if asked:
            return asked
    if isinstance(test.outcome, dict):
        return str(test.outcome.get("ask", "an outcome of its own"))
    return test.outcome.replace("-", " ")


def read_as(test: Test) -> str:
    """How an answer counts, where that is not plain."""
    if test.measure == "ever":
        return "whether it comes at all"
    if test.measure == "years":
        return "the years before it comes"
    return f"whether it is {test.measure}" if test.measure else ""


def place(claim: Claim, documents: Mapping[str, str]) -> str:
    """Where a claim is made: the document and the paragraphs."""
    where = documents.get(claim.source.doc, claim.source.doc)
    return f"{where}, {claim.source.para}" if claim.source.para else where


def evidence(value: float) -> str:
    """Evidence for a verdict, from its natural logarithm."""
    if value > math.log(1e6):
        return "over a million"
    return number(float(f"{math.exp(value):.2g}")) if value > math.log(0.01) else "<0.01"
