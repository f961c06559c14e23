"""At which smallest effect a verdict turns, against verdicts on one smallest effect after another,
and in synthetic models in which it is known."""

import dataclasses
import math

import numpy as np
import pytest

from tests.verification.test_claims_sequential import (
    FIRST,
    NO_NUMBER,
    NO_TRUTH,
    NUMBER,
    TRUTH,
    about,
    at,
    halves,
    numbers,
    settled,
    skewed,
    truths,
)
from vertikal.claims import turning as module
from vertikal.claims import verdicts
from vertikal.claims.turning import scale, turning
from vertikal.claims.verdicts import ERROR, LEEWAY, MOST, Criterion, judge

TWO_PATCHES = (-2.0, -1.0, 0.0, 1.0, 2.0)
"""What the interaction of two patches can do to a truth value."""


def sampled(kind, seed):
    """Effects of one of several kinds; draws have 16 histories, one in four has 64."""
    rng = np.random.default_rng([11, seed])
    theta = about(*rng.uniform([-0.1, 0.0], [0.6, 0.3]))(rng, int(rng.integers(40, 200)))
    shape = (len(theta), 64)
    wide = np.broadcast_to(theta[:, None], shape)
    if kind == "numbers":
        values = numbers()(rng, wide)
    elif kind == "lumpy":
        values = np.where(rng.random(shape) < 0.3, rng.exponential(2.0, shape), 0.0) * wide
    elif kind == "truths":
        values = truths()(rng, wide)
    else:
        values = truths()(rng, wide) + truths(0.2)(rng, np.zeros(shape))
    values[rng.random(len(values)) < 0.75, FIRST:] = np.nan
    return values


KINDS = {"numbers": (), "lumpy": (), "truths": TRUTH.possible, "two": TWO_PATCHES}


@pytest.mark.parametrize("direction", ["above", "inside"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_what_verdicts_on_every_smallest_effect_say(kind, direction, monkeypatch):
    known = KINDS[kind]
    monkeypatch.setattr(module, "DECADES", int(bool(known)))
    monkeypatch.setattr(verdicts, "MARGIN", 0.0)
    for seed in range(2):
        values, criterion = sampled(kind, seed), Criterion(direction, 0.1, known)
        found = turning(values, criterion, first=FIRST)
        largest = max(map(abs, known)) if known else float(np.nanmax(np.abs(values)))
        steps = scale(largest, bool(known))[:: 20 if known else 40]
        for end, verdict, sign in ((found.to, found.small, 1), (found.since, found.large, -1)):
            words = [
                judge(values, dataclasses.replace(criterion, smallest=s), first=FIRST).word
                for s in steps[::sign]
            ]
            other = next((n for n, word in enumerate(words) if word != verdict), len(words))
            if end is None:
                assert other == 0
                continue
            assert other > 0
            reached = steps[::sign][other - 1] if sign > 0 or other < len(words) else 0.0
            place = np.searchsorted(steps, [end, reached])
            assert abs(int(place[0]) - int(place[1])) <= 1


class TestErrors:
    """What is said of all smallest effects at once is rarely false of any, when the histories are
    those of a test that asks for one of them and stops when that is settled. Bound: half of 5% for
    each end, and four binomial standard errors."""

    @pytest.mark.parametrize(
        ("criterion", "drawn", "history", "turns"),
        [
            (NUMBER, at(0.1), numbers(), (0.1, 0.1)),
            (NUMBER, at(0.15), numbers(), (0.15, 0.15)),
            (
                NUMBER,
                skewed(0.0, 0.1),
                numbers(),
                tuple(-0.1 * math.log(share) for share in (MOST - LEEWAY, 1 - MOST + LEEWAY)),
            ),
            (NUMBER, halves(0.6, 0.09, 0.61), numbers(), (0.09, 0.6 * 0.61 + 0.09 * 0.39)),
            (TRUTH, at(0.1), truths(0), (0.1, 0.1)),
            (TRUTH, halves(0.09, 0.9, 0.39), truths(0), (0.09, 0.39 * 0.09 + 0.61 * 0.9)),
            (NO_NUMBER, at(0.1), numbers(), (0.1, 0.1)),
            (NO_TRUTH, at(-0.1), truths(0), (0.1, 0.1)),
        ],
    )
    def test_what_is_said_of_all_is_rarely_false(self, criterion, drawn, history, turns):
        times, beyond, before = 100, 0, 0
        for k in range(times):
            rng = np.random.default_rng([13, k])
            _, sample = settled(rng, drawn, history, criterion, budget=2048)
            found = turning(sample.answers["effect"], criterion, first=FIRST)
            beyond += found.to is not None and found.to > turns[0]
            before += found.since is not None and found.since < turns[1]
        most = ERROR / 2 + 4 * math.sqrt(ERROR / 2 * (1 - ERROR / 2) / times)
        assert beyond / times <= most
        assert before / times <= most

    def test_many_histories_close_in_on_it(self):
        rng = np.random.default_rng(17)
        values = numbers(0.02)(rng, np.full((512, FIRST), 0.1))
        found = turning(values, NUMBER)
        assert 0.08 < found.to < 0.1 < found.since < 0.12
