"""The adversary on effects of which it is known where they turn."""

import numpy as np
import pytest
from scipy import special

from vertikal.claims.adversary import BULK, CONFIRMING, Effect, Found, Overturning, nearest
from vertikal.claims.reading import one_of_library
from vertikal.claims.verdicts import Criterion
from vertikal.claims.wording import Side

NAMES = [f"x{n}" for n in range(1, 9)]
MOVABLE = NAMES[:5]
SLOPES = np.array([0.6, -0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0])
ABOVE = (Criterion("above", 0.1),)


def plane(level, noise, histories, seed, stirred=False):
    """An effect that is linear in normal scores, seen through chance that all draws share."""

    def play(quantiles, tell):
        scores = special.ndtri(quantiles.to_numpy())
        shape = (len(scores) if stirred else 1, histories)
        chance = np.random.default_rng(seed).normal(size=shape)
        return ((level + scores @ SLOPES)[:, None] + noise * chance,)

    return play


def fresh(*how, **more):
    """The same for confirming: with a stated number of histories."""
    return lambda quantiles, n: plane(*how[:2], n, how[2], **more)(quantiles, None)


class TestNearest:
    @pytest.mark.parametrize(("level", "sign"), [(0.6, -1), (-0.4, 1)])
    def test_the_nearest_point_of_a_plane_is_found(self, level, sign):
        search = plane(level, 0.1, 32, 1)
        again = fresh(level, 0.1, 2)
        centre, found, histories = nearest(search, again, NAMES, MOVABLE, ABOVE, 8192)
        assert centre.word == ("holds" if sign < 0 else "fails")
        assert found.effect.word == ("fails" if sign < 0 else "holds")
        # (level - 0.1) / |slopes|; chance asks for two standard errors more on each side
        distance = 0.5 / np.hypot(0.6, 0.3)
        assert distance < found.distance < 1.2 * distance
        assert list(found.scores)[:2] == ["x1", "x2"]
        assert found.scores["x1"] == pytest.approx(sign * 0.8 * distance, abs=0.2)
        assert found.scores["x2"] == pytest.approx(-sign * 0.4 * distance, abs=0.2)
        assert 8192 <= histories <= 8192 + 16 * 32 + 2 * 40 * 32 + 5 * 512

    def test_what_lies_beyond_the_bulk_is_not_found(self):
        # the farthest corner of the bulk loses 0.9 times 1.645
        edge = float(special.ndtri((1 + BULK) / 2))
        search = plane(0.9 * edge + 0.2, 0.1, 32, 1)
        again = fresh(0.9 * edge + 0.2, 0.1, 2)
        centre, found, _ = nearest(search, again, NAMES, MOVABLE, ABOVE, 4096)
        assert centre.word == "holds"
        assert found is None

    def test_chance_alone_overturns_nothing(self):
        """Each draw has chance of its own, so that the search finds what fresh chance denies."""
        search = plane(0.3, 1.0, 8, 3, stirred=True)
        again = fresh(0.3, 0.1, 4)
        frozen = [n for n in NAMES if n not in ("x1", "x2", "x8")]
        centre, found, _ = nearest(search, again, NAMES, frozen, ABOVE, 2048)
        assert centre.word == "holds"
        assert found is None

    def test_an_open_centre_is_told(self):
        again = fresh(0.1, 1.0, 5)
        centre, found, histories = nearest(again, again, NAMES, MOVABLE, ABOVE, 2048)
        assert (centre.word, found, histories) == ("open", None, sum(CONFIRMING))

    def test_more_histories_are_played_where_fewer_do_not_tell(self):
        again = fresh(0.2, 1.0, 5)
        centre, found, histories = nearest(again, again, NAMES, [], ABOVE, 2048)
        assert (centre.word, found) == ("holds", None)
        assert 512 < histories <= sum(CONFIRMING)

    def test_no_effect_is_overturned_on_either_side(self):
        inside = (Criterion("inside", 0.5),)
        search = plane(0.2, 0.1, 32, 1)
        centre, found, _ = nearest(search, fresh(0.2, 0.1, 2), NAMES, MOVABLE, inside, 8192)
        assert centre.word == "holds"
        assert found.effect.means[0] > 0.5  # the nearer side
        assert found.distance == pytest.approx(0.3 / np.hypot(0.6, 0.3), rel=0.25)

    def test_any_part_of_a_claim_may_fail(self):
        def both(quantiles, histories, seed):
            (values,) = fresh(0.6, 0.1, seed)(quantiles, histories)
            return np.ones_like(values), values

        _, found, _ = nearest(
            lambda quantiles, _: both(quantiles, 32, 1), lambda quantiles, n: both(quantiles, n, 2),
            NAMES, MOVABLE, (*ABOVE, *ABOVE), 8192,
        )  # fmt: skip
        assert found.effect.word == "fails"
        assert found.effect.means[0] == 1
        assert found.distance == pytest.approx(0.5 / np.hypot(0.6, 0.3), rel=0.2)


@pytest.mark.parametrize(("few", "told"), [(1, "b [b]"), (2, "2 others moved by less than")])
def test_small_moves_are_counted_if_there_are_several(few, told):
    scores = dict(zip("abc", (1.0, 0.1, -0.1), strict=True))
    scores = {name: scores[name] for name in "abc"[: few + 1]}
    test = one_of_library("kze-late-reign-brings-case-wave").tests[0]
    effect = Effect((0.0,), ((0.0, 0.0),), "fails")
    moves = tuple(Side(n, 0.0, 1.0, 0.0, 1.0, n, "low") for n in scores)
    found = Found(scores, 1.0, effect)
    centre = Effect((1.0,), ((1.0, 1.0),), "holds")
    words = Overturning("claim", test, centre, tuple(scores), found, moves, 8).told
    assert "a [a] is low and" in words
    assert told in words
    assert ("others" in words) == (few > 1)
