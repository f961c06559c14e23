"""What must be told along with a verdict, so that it is not taken for more than it is.

A claim is fragile for one of three reasons. An effect may hold in one part of the parameter space
and fail in another. It may be about as large as the smallest that would matter wherever one looks,
so that it hangs on where that line is drawn. Or several effects disagree, some being supported and
some not, while no parameter decides anything.

And some effects have no room. A share of histories cannot fall by 0.05 where it is 0.01 without the
change; then a test contradicts an increase or a decrease, or supports no effect, whatever the model
says, and its verdict tells nothing.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from vertikal.claims.design import Contrast, Design, is_truth
from vertikal.claims.verdicts import ENDS, WORDS, Finding, combined


def disagreement(tests: Sequence[Sequence[Finding]]) -> str:
    """How the effects of a fragile claim disagree, as a clause.

    Args:
        tests: What was found of the effects of each test.

    Returns:
        For instance `its tests disagree: 2 supported, 1 contradicted`. Empty where the claim is not
        fragile, or where one effect by itself is, so that it holds in a part of the parameter
        space.
    """
    found = [f for effects in tests for f in effects]
    if len(found) < 2 or combined(found) != "fragile" or any(f.word == "fragile" for f in found):
        return ""
    what = "tests" if len(tests) == len(found) else "effects"
    return f"its {what} disagree: {tally(found)}"


def hangs_on_line(findings: Sequence[Finding]) -> bool:
    """Whether a fragile claim would be supported with one smallest effect near by, and contradicted
    with another.

    So it is if that is true of each of its effects that is fragile; see `Finding.nearby`.
    """
    fragile = [f for f in findings if f.word == "fragile"]
    on_line = all(set(f.nearby) == set(ENDS) for f in fragile)
    return bool(fragile) and on_line and combined(findings) == "fragile"


def tally(findings: Sequence[Finding]) -> str:
    """How many effects stand how, for instance `1 supported, 1 not supported, 1 unsettled`.

    Of an unsettled effect one of the verdicts may be shown to be false.
    """
    words = [_word(f) for f in findings]
    order = (*WORDS, *(f"not {word}" for word in ENDS), "unsettled")
    return ", ".join(f"{words.count(w)} {w}" for w in order if w in words)


def _word(finding: Finding) -> str:
    if finding.word == "unsettled" and finding.excluded:
        return f"not {finding.excluded[0]}"
    return finding.word


class NoRoom(NamedTuple):
    """An effect that would matter and that the scale of the outcome does not leave room for."""

    arm: str
    """The arm without the change, or the one before."""
    answer: float
    """Mean answer in it."""
    way: str
    """`rise`, `fall`, or `change` where neither has room."""


def no_room(design: Design, arms: Mapping[str, float]) -> tuple[NoRoom | None, ...]:
    """For each effect of a test whether one as large as the smallest of interest is impossible.

    It is where the answer without the change is closer to the end of its scale than that: to 0 or 1
    of a truth value, to 0 or the end of the clock of years. `None` where there is room, where the
    outcome has no such scale, and of shapes that compare more than two arms.

    Args:
        design: The test.
        arms: Mean answer in each arm.
    """
    return tuple(_no_room(design, contrast, arms) for contrast in design.contrasts)


def _no_room(design: Design, contrast: Contrast, arms: Mapping[str, float]) -> NoRoom | None:
    if is_truth(design.test, design.spec):
        top = 1.0
    elif design.test.measure == "years":
        top = design.horizon
    else:
        return None
    if len(contrast.weights) != 2:
        return None
    without, with_ = contrast.weights
    room = {"rise": top - arms[without], "fall": arms[without]}
    if contrast.criterion.kind == "inside":
        room = {"change": max(room.values())}
    else:
        way = "rise" if contrast.weights[with_] > 0 else "fall"
        room = {way: room[way]}
    ((way, left),) = room.items()
    is_short = left < contrast.criterion.smallest * (1 - 1e-9)
    return NoRoom(without, arms[without], way) if is_short else None
