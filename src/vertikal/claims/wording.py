"""Parameters and parts of their priors in words that a political scientist reads."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from vertikal.regime.mechanism import parameters
from vertikal.regime.priors import Prior
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import declared, world
from vertikal.scenario.model import Scenario
from vertikal.scenario.registry import theories

_GRID = (np.arange(4096) + 0.5) / 4096
_SINGULAR = {"people": "person", "clans": "clan", "offices": "office", "bodies": "body"}
_PHRASES = {
    "pacts": "cover that {1} lends {0}",
    "bonds": "bond that keeps {0} from turning on {1}",
}


@dataclasses.dataclass(frozen=True)
class Side:
    """A part of one parameter's prior.

    Attributes:
        address: The parameter.
        low: Smallest value, or minus infinity.
        high: Largest value, or infinity.
        from_share: Share of the prior below `low`.
        to_share: Share of the prior up to `high`.
        meaning: What the parameter is.
        words: The part in words: `low (below 0.3, the lowest 25% of the prior)`.
    """

    address: str
    low: float
    high: float
    from_share: float
    to_share: float
    meaning: str
    words: str

    def __str__(self) -> str:
        return f"{self.meaning} [{self.address}] is {self.words}"

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        row = dataclasses.asdict(self)
        return row | {k: row[k] if np.isfinite(row[k]) else None for k in ("low", "high")}


class Lexicon:
    """What is known of the parameters of some scenarios; the first that is in doubt of one counts.

    Args:
        scenarios: The arms of a test.
    """

    def __init__(self, scenarios: Iterable[Scenario]) -> None:
        self.scenarios = tuple(scenarios)

    @cached_property
    def priors(self) -> dict[str, Prior]:
        """The prior of every address that is in doubt somewhere."""
        found: dict[str, Prior] = {}
        for scenario in self.scenarios:
            found = world.uncertain(scenario) | found
        return found

    @cached_property
    def _meanings(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for scenario in self.scenarios:
            found = meanings(scenario) | found
        return found

    def meaning(self, address: str) -> str:
        """What a parameter is, in a few words."""
        return self._meanings.get(address, address)

    def share(self, address: str, value: float) -> float:
        """Share of the prior below a value."""
        grid = self.priors[address].quantile(_GRID)
        return float(np.searchsorted(grid, value)) / len(_GRID)

    def values(self, address: str, shares: np.ndarray) -> np.ndarray:
        """The values below which these shares of the prior lie."""
        return np.asarray(self.priors[address].quantile(shares))

    def side(self, address: str, low: float = -np.inf, high: float = np.inf) -> Side:
        """A part of a prior, in words.

        Args:
            address: A parameter that is in doubt.
            low: Smallest value.
            high: Largest value.
        """
        below = self.share(address, low) if np.isfinite(low) else 0.0
        upto = self.share(address, high) if np.isfinite(high) else 1.0
        told = self._theories(address, low, high) or _told(low, high, below, upto)
        return Side(address, low, high, below, upto, self.meaning(address), told)

    def at(self, address: str, value: float) -> Side:
        """One value, in words: how high it lies in its prior."""
        share = self.share(address, value)
        told = self._theories(address, value, value) or (
            f"{_level(share, share)} ({value:.3g}, above {share:.0%} of the prior)"
        )
        return Side(address, value, value, share, share, self.meaning(address), told)

    def _theories(self, address: str, low: float, high: float) -> str:
        section, _, question = address.partition(".")
        if section != "theory":
            return ""
        names = theories()[question]
        weights = self.priors[address].arguments
        possible = [n for n, weight in enumerate(weights) if weight > 0 and low <= n <= high]
        return " or ".join(names[n] for n in possible)


def meanings(scenario: Scenario) -> dict[str, str]:
    """What each number of a scenario and of all mechanisms is, in a few words, by address.

    A claim may bring in a mechanism that the scenario leaves out.
    """
    found = {a: _entry(scenario, a) for a in world.quantities(scenario)}
    for mechanism in (*MECHANISMS.values(), *world.used_mechanisms(scenario)):
        for field, p in parameters(mechanism).items():
            told = shortened(p.why, field)
            found[f"{mechanism.name}.{field}"] = f"{_spoken(mechanism.name)}: {told}"
    for subsystem in scenario.in_play:
        for field, rows, level in declared.fields_of(subsystem):
            if level.labels is None:
                for address, _ in world.places(scenario, subsystem, field, rows):
                    found[address] = shortened(level.meaning, field) + _whose(scenario, address)
    return found


def shortened(text: str, field: str) -> str:
    """The first statement of a description, with the name of the field where it starts midway.

    Descriptions give a reason after a semicolon or a full stop. A symbol of the formula and a colon
    at their head, and rules in brackets, say nothing to a reader here.
    """
    told = re.sub(r"\s*\([A-Z]{2}-\d+[^)]*\)", "", re.sub(r"^\w: ", "", text.strip()))
    first = re.split(r"[.;:](?:\s|$)", told, maxsplit=1)[0].strip()
    if re.match(r"^(In which|Over which|At which|By which|Within which|After which)\b", first):
        return f"{_spoken(field)}, {first[0].lower()}{first[1:]}"
    starts_with_name = re.match(r"^([A-Z]{2}|[A-Z]\w+ [A-Z])", first)
    return first if starts_with_name else first[:1].lower() + first[1:]


def _entry(scenario: Scenario, address: str) -> str:
    """What an entry of a scenario file is."""
    section, *rest = address.split(".")
    if section in _PHRASES:
        return _PHRASES[section].format(*(_row_name(scenario, "clans", r) for r in rest))
    if section == "theory":
        return f"the theory of {_spoken(rest[0])}"
    if section in _SINGULAR and len(rest) == 2:
        return f"{_spoken(rest[1])}{_whose(scenario, address)}"
    if section == "leader":
        return f"{_spoken(rest[-1])} of the leader"
    return f"{_spoken(' '.join(reversed(rest)))} ({_spoken(section)})"


def _whose(scenario: Scenario, address: str) -> str:
    """The row of an address: ` of The Tsar`; nothing if it has none."""
    section, *rest = address.split(".")
    if len(rest) != 2:
        return ""
    rows: Any = getattr(scenario, section, None) or {}
    if isinstance(rows, dict) and rest[0] in rows:
        return f" of {_row_name(scenario, section, rest[0])}"
    return f" ({_spoken(rest[0 if section in _SINGULAR else 1])})"


def _row_name(scenario: Scenario, section: str, row: str) -> str:
    entry = (getattr(scenario, section, None) or {}).get(row)
    name = getattr(entry, "name", "")
    return name if name and name != row else _spoken(row)


def _spoken(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _told(low: float, high: float, below: float, upto: float) -> str:
    level = _level(below, upto)
    if not np.isfinite(low):
        return f"{level} (up to {high:.3g}, the lowest {upto:.0%} of the prior)"
    if not np.isfinite(high):
        return f"{level} (above {low:.3g}, the highest {1 - below:.0%} of the prior)"
    return f"{level} ({low:.3g} to {high:.3g}, {upto - below:.0%} of the prior)"


def _level(below: float, upto: float) -> str:
    """In which part of a prior a range lies."""
    if upto >= 1 - 1e-9 and below > 0 and below < 0.45:
        return "not low" if below > 0.15 else "not very low"
    if below <= 1e-9 and 0.55 < upto < 1:
        return "not high" if upto < 0.85 else "not very high"
    middle = (below + upto) / 2
    for end, word in ((0.12, "very low"), (0.34, "low"), (0.66, "middling"), (0.88, "high")):
        if middle <= end:
            return word
    return "very high"


def joined(sides: Iterable[Side]) -> str:
    """Several parts as one condition."""
    return " and ".join(str(side) for side in sides)


def inline(value: Any) -> str:
    """Nested values in one line, as in a claim file."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(inline, value)) + "]"
    return "null" if value is None else str(value)
