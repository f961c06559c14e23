"""A rivalry answered: who is right where, on what it hangs, and what evidence would settle it."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vertikal.claims.atlas import Atlas, atlas
from vertikal.claims.commands import command
from vertikal.claims.evidence import Evidence, Telling, evidence
from vertikal.claims.kept import NotPlayed
from vertikal.claims.observed import Observation, as_it_stands, note
from vertikal.claims.rivals import Ground, Setting, asked_of, ground, setting
from vertikal.claims.running import FOLDER, SEED, Progress, examine_all
from vertikal.claims.schema import Claim, Rivalry
from vertikal.claims.wording import meanings, shortened
from vertikal.scenario.loader import load

DRAWS = 256
"""Parameter draws in which the sides are compared unless the caller says otherwise."""

SHOWN = 8
"""Parameters and observations that are told."""


@dataclasses.dataclass(frozen=True)
class Field:
    """A rivalry in one scenario."""

    title: str
    """Of the scenario."""
    atlas: Atlas
    evidence: Evidence
    meanings: Mapping[str, str]
    """What each parameter of the scenario is, by address."""
    absent: str = ""
    """Which sides are not compared in it, and why, in a sentence; empty if all are."""

    @property
    def ground(self) -> Ground:
        """Who is right in which draw."""
        return self.atlas.ground

    @property
    def statement(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        if self.atlas.axes is None:
            return tuple(self._who())
        return (*self._who(), *self._where(), self._what_next())

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        g, m, e = self.ground, self.atlas, self.evidence
        mean, error = g.shares
        return {
            "scenario": g.scenario,
            "draws": len(g.parameters),
            "clear": g.clear,
            "answers": [
                {"answer": a, "share": float(s), "error": float(d)}
                for a, s, d in zip(g.answers, mean, error, strict=True)
            ],
            "sides": [
                {
                    "side": g.rivalry.sides[side].label,
                    "claims": len(own),
                    "holding": float(share),
                    "error": float(wrong),
                    "all_hold_in": float(whole),
                }
                for side, own, share, wrong, whole in zip(
                    g.sides, g.claims, *g.side_shares, g.whole.mean(axis=0), strict=True
                )
            ],
            "claims": [
                {
                    "id": h.claim,
                    "side": g.rivalry.sides[h.side].label,
                    "holds_in": float(h.probability.mean()),
                }
                for h in g.held
            ],
            "absent": self.absent,
            "entropy_bits": m.alone.entropy,
            "map": {
                "tells": m.tells,
                "bits": m.gain,
                "error": m.gain_error,
                "axes": [_axis(a.address, a.grid, self.meanings) for a in m.axes or ()],
                "probabilities": m.probabilities.round(4).tolist(),
                "agreement": m.agreement.round(3).tolist(),
            },
            "parameters": {
                "best_by_chance_bits": m.alone.best_by_chance,
                "found": [
                    {"address": a, "meaning": self.meanings.get(a, a), "bits": float(b)}
                    for a, b in zip(m.addresses[:SHOWN], m.alone.bits, strict=False)
                ],
            },
            "evidence": {
                "entropy_bits": e.entropy,
                "best_by_chance_bits": e.best_by_chance,
                "gain_bits": e.gain,
                "gain_error": e.gain_error,
                "observations": len(e.found),
                "found": [_told(t, g) for t in e.found[:SHOWN]],
                "telling": [_told(t, g) for t in e.telling],
            },
            "statement": list(self.statement),
        }

    def _who(self) -> Iterator[str]:
        where = self.ground
        told = []
        for side, own, mean, error, whole in zip(
            where.sides, where.claims, *where.side_shares, where.whole.mean(axis=0), strict=True
        ):
            text = f"{where.rivalry.sides[side].label} {mean:.0%} ± {2 * error:.0%}"
            if len(own) > 1:
                text += f" of {len(own)}, all of them in {whole:.0%} of the draws"
            told.append(text)
        yield f"Claims that hold, over {len(where.parameters)} parameter draws: {'; '.join(told)}."
        mean, error = where.shares
        answers = "; ".join(
            f"{s:.0%} ± {2 * d:.0%} {a}" for a, s, d in zip(where.answers, mean, error, strict=True)
        )
        one = all(len(own) == 1 for own in where.claims)
        yield f"{'Who is right' if one else 'Of a claim of each side, taken at random'}: {answers}."
        if mean.max() > 0.95:
            yield "The parameters hardly matter for this."
        if self.absent:
            yield self.absent

    def _where(self) -> Iterator[str]:
        m = self.atlas
        assert m.axes is not None
        if not m.tells:
            yield (
                f"No two of {len(m.addresses)} parameters tell the sides apart: maps over the best "
                f"two bring {m.gain:.2f} bits (± {2 * m.gain_error:.2f}) about draws that they "
                "have not seen."
            )
            if m.telling:
                best = m.addresses[0]
                yield (
                    f"By itself {self.meanings.get(best, best)} [{best}] tells most: "
                    f"{m.alone.bits[0]:.2f} bits (by chance the best stays below "
                    f"{m.alone.best_by_chance:.2f})."
                )
            return
        first, second = (self.meanings.get(a.address, a.address) for a in m.axes)
        yield (
            f"Most hangs on {first} [{m.axes[0].address}] and {second} [{m.axes[1].address}]: a "
            f"map over such two brings {m.gain:.2f} bits (± {2 * m.gain_error:.2f}) of "
            f"{m.alone.entropy:.2f} about draws that it has not seen."
        )
        mean, _ = self.ground.shares
        for number, answer in enumerate(self.ground.answers):
            corner, chance = _best_corner(m.probabilities[number])
            if chance > mean[number] + 0.1:
                yield (
                    f"{answer.capitalize()}: likeliest where the former is {corner[0]} and the "
                    f"latter {corner[1]} ({chance:.0%} there, {mean[number]:.0%} overall)."
                )

    def _what_next(self) -> str:
        e = self.evidence
        if not e.telling:
            return (
                f"None of {len(e.found)} observations that the scenario records tells more about "
                f"who is right than the best of as many would by chance ({e.best_by_chance:.2f} of "
                f"{e.entropy:.2f} bits)."
            )
        best = e.telling[0]
        answer, value = _sharpest(best, e.before)
        told = f" in {best.observation.when}" if best.observation.when else ""
        chance, error = best.given[answer, value], best.given_errors[answer, value]
        return (
            f"To observe {_in_words(best.observation)}{told} would settle most: {best.bits:.2f} of "
            f"{e.entropy:.2f} bits (by chance the best stays below {e.best_by_chance:.2f}). As the "
            f"best of {len(e.found)} it looks better than it is: what is chosen in this way brings "
            f"{e.gain:.2f} bits (± {2 * e.gain_error:.2f}) about draws that were not used to "
            f"choose it. If it is {best.observation.values[value]}: {self.ground.answers[answer]} "
            f"with {chance:.0%} ± {2 * error:.0%} instead of {e.before[answer]:.0%}."
        )


@dataclasses.dataclass(frozen=True)
class Contest:
    """A rivalry in all scenarios in which its sides meet.

    Attributes:
        setting: Where its claims are tested.
        fields: What was found in each scenario that tests claims of two sides or more.
        unplayed: Such scenarios whose tests have not been played, with what is lacking.
    """

    setting: Setting
    fields: tuple[Field, ...]
    unplayed: Mapping[str, str]

    @property
    def rivalry(self) -> Rivalry:
        """The rivalry."""
        return self.setting.rivalry

    def row(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "id": self.rivalry.id,
            "statement": self.rivalry.statement,
            "sides": [s.label for s in self.rivalry.sides],
            "obstacle": self.setting.obstacle,
            "fields": [f.row() for f in self.fields],
            "unplayed": dict(self.unplayed),
        }


def contest(
    rivalry: Rivalry,
    claims: Mapping[str, Claim],
    *,
    draws: int = DRAWS,
    folder: str | Path = FOLDER,
    play: bool = True,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Contest:
    """Put the sides of a rivalry on the same axes.

    Args:
        rivalry: The rivalry.
        claims: The claims of its sides by id.
        draws: Parameter draws in which they are compared; what is kept already is not played again.
        folder: Where histories are kept and looked for.
        play: Whether to play what is lacking; otherwise only what is kept is looked at, as many
            draws as it holds.
        seed: As the claims are tested.
        progress: Is told how far the work has come.

    Raises:
        VertikalError: If a test cannot be played, or the folder cannot be used.
    """
    claims = asked_of(rivalry, claims)
    found, fields, unplayed = setting(rivalry, claims), [], {}
    wanted = _trimmed(rivalry, claims, found.common)
    if play:
        examine_all(wanted, draws=draws, folder=folder, seed=seed, progress=progress)
    for name in found.common:
        try:
            if play:
                note(progress, f"{name}: compared, and played as it stands", wanted)
            else:
                _check_kept(rivalry, claims, name, Path(folder))
            fields.append(_field(found, claims, name, folder, seed, play))
        except NotPlayed as error:
            unplayed[name] = error.what
    return Contest(found, tuple(fields), unplayed)


def _check_kept(rivalry: Rivalry, claims: Mapping[str, Claim], scenario: str, folder: Path) -> None:
    """Say what was never played, before scenarios are loaded to look for it."""
    wanted = _trimmed(rivalry, claims, (scenario,))
    for claim in wanted:
        if not (folder / claim.id).is_dir():
            again = command(f"rivalry {rivalry.id}", [c.file for c in wanted], folder)
            raise NotPlayed(
                f"{claim.id} has not been played",
                where=str(folder),
                mend=f"Play it first: {again}",
            )


def _trimmed(
    rivalry: Rivalry, claims: Mapping[str, Claim], scenarios: tuple[str, ...]
) -> list[Claim]:
    """The claims of a rivalry with no other tests than those in some scenarios."""
    found = []
    for name in dict.fromkeys(name for side in rivalry.sides for name in side.rests_on):
        tests = tuple(t for t in claims[name].tests if t.scenario in scenarios)
        if tests:
            found.append(claims[name].model_copy(update={"tests": tests, "elaborated": ()}))
    return found


def _field(
    asked: Setting,
    claims: Mapping[str, Claim],
    name: str,
    folder: str | Path,
    seed: int,
    play: bool,
) -> Field:
    where = ground(asked.rivalry, claims, name, folder=folder, seed=seed)
    home = claims[where.held[0].claim].folder
    scenario = load(home / name if name.endswith((".yaml", ".yml")) else name)
    draws = int(where.parameters.index.max()) + 1
    table = as_it_stands(scenario, draws, folder=folder, seed=seed, play=play)
    return Field(
        scenario.title or name,
        atlas(where),
        evidence(where, scenario, table),
        meanings(scenario),
        asked.absent(name),
    )


def _best_corner(probability: np.ndarray) -> tuple[tuple[str, str], float]:
    """In which quarter of a map an answer is likeliest, by the first and the second axis."""
    half = len(probability) // 2
    quarters = {
        (x, y): float(probability[rows, columns].mean())
        for y, rows in (("low", slice(None, half)), ("high", slice(half, None)))
        for x, columns in (("low", slice(None, half)), ("high", slice(half, None)))
    }
    corner = max(quarters, key=lambda c: quarters[c])
    return corner, quarters[corner]


def _sharpest(telling: Telling, before: np.ndarray) -> tuple[int, int]:
    """The answer and the value by which its probability is moved most for certain."""
    moved = np.abs(telling.given - before[:, None]) - 2 * telling.given_errors
    moved = np.where(telling.chances >= 0.05, moved, -np.inf)
    answer, value = np.unravel_index(int(moved.argmax()), moved.shape)
    return int(answer), int(value)


def _in_words(seen: Observation) -> str:
    """What may be observed, with its address: the question of an outcome, or what is watched."""
    address, _, row = seen.name.rstrip("]").partition("[")
    if seen.ask.endswith("?"):
        told = f"“{seen.ask}”"
    else:
        told = shortened(seen.ask, address.rpartition(".")[2]).partition(", as `")[0]
    whose = f" ({row.replace('_', ' ')})" if row else ""
    return f"{told}{whose} [{seen.name}]".lstrip()


def _axis(address: str, grid: np.ndarray, words: Mapping[str, str]) -> dict[str, Any]:
    return {
        "address": address,
        "meaning": words.get(address, address),
        "grid": [float(f"{v:.6g}") for v in grid],
    }


def _told(telling: Telling, where: Ground) -> dict[str, Any]:
    return {
        "name": telling.observation.name,
        "when": telling.observation.when,
        "ask": telling.observation.ask,
        "bits": telling.bits,
        "error": telling.error,
        "band": telling.band,
        "values": [
            {
                "value": value,
                "probability": float(chance),
                "answers": dict(zip(where.answers, map(float, column), strict=True)),
                "errors": dict(zip(where.answers, map(float, wrong), strict=True)),
            }
            for value, chance, column, wrong in zip(
                telling.observation.values,
                telling.chances,
                telling.given.T,
                telling.given_errors.T,
                strict=True,
            )
        ],
    }
