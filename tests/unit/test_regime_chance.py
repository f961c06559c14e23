"""Counter-based draws: published known answers, NumPy against JAX, independence of place."""

import jax.numpy as jnp
import numpy as np
import pytest

from tests.court import make_tick
from vertikal.regime import chance
from vertikal.regime.blank import blank_setting
from vertikal.regime.clans import Attack

U = np.uint32
FULL = U(0xFFFFFFFF)

# Known answers published with Random123 (Salmon, Moraes, Dror and Shaw 2011).
PHILOX = [
    ((U(0), U(0)), (U(0),) * 4, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL, FULL), (FULL,) * 4, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (U(0xA4093822), U(0x299F31D0)),
        (U(0x243F6A88), U(0x85A308D3), U(0x13198A2E), U(0x03707344)),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
THREEFRY_20 = [
    ((U(0), U(0)), (U(0), U(0)), (0x6B200159, 0x99BA4EFE)),
    ((FULL, FULL), (FULL, FULL), (0x1CB996FC, 0xBB002BE7)),
    (
        (U(0x13198A2E), U(0x03707344)),
        (U(0x243F6A88), U(0x85A308D3)),
        (0xC4923A9C, 0x483DF7A0),
    ),
]
THREEFRY_13 = [
    ((U(0), U(0)), (U(0), U(0)), (0x9D1C5EC6, 0x8BD50731)),
    ((FULL, FULL), (FULL, FULL), (0xFD36D048, 0x2D17272C)),
    (
        (U(0x13198A2E), U(0x03707344)),
        (U(0x243F6A88), U(0x85A308D3)),
        (0xBA3E4725, 0xF27D669E),
    ),
]


@pytest.mark.parametrize("array", [np.array, jnp.array])
@pytest.mark.parametrize(("key", "counter", "answer"), PHILOX)
def test_philox_gives_the_published_answers(array, key, counter, answer):
    with np.errstate(over="ignore"):
        words = chance.philox4x32(
            tuple(array([k]) for k in key), tuple(array([c]) for c in counter)
        )
    assert [int(w[0]) for w in words] == list(answer)


@pytest.mark.parametrize("array", [np.array, jnp.array])
@pytest.mark.parametrize(
    ("rounds", "key", "counter", "answer"),
    [(20, *case) for case in THREEFRY_20] + [(13, *case) for case in THREEFRY_13],
)
def test_threefry_gives_the_published_answers(array, rounds, key, counter, answer):
    with np.errstate(over="ignore"):
        words = chance.threefry2x32(
            array([key[0]]), array([key[1]]), array([counter[0]]), array([counter[1]]), rounds
        )
    assert [int(w[0]) for w in words] == list(answer)


def test_a_history_draws_the_same_whatever_its_place_and_companions():
    seed = (U(7), U(9))
    alone = chance.keys(seed, np.array([300], U), U(5), U(31), chance.SIMULATION)
    with np.errstate(over="ignore"):
        many = chance.keys(seed, np.arange(290, 310, dtype=U), U(5), U(31), chance.SIMULATION)
        rows = np.arange(4, dtype=U)[:, None]
        one = chance.words(alone, rows, 0)[:, 0]
        other = chance.words(many, rows, 0)[:, 10]
    assert (one == other).all()


@pytest.mark.parametrize("field", ["seed", "run", "tick", "mechanism", "stream"])
def test_every_part_of_the_key_changes_the_draws(field):
    base = {"seed": (U(1), U(2)), "run": U(3), "tick": U(4), "mechanism": U(5), "stream": 0}
    changed = base | ({field: (U(1), U(3))} if field == "seed" else {field: type(base[field])(9)})
    with np.errstate(over="ignore"):
        assert chance.keys(**base) != chance.keys(**changed)


def test_uniform_normal_and_gumbel_have_their_moments():
    tick = make_tick(Attack(), blank_setting(2, 2), runs=4096, index=3)
    u, z, g = (np.asarray(f(50)) for f in (tick.uniform, tick.normal, tick.gumbel))
    n = u.size
    assert u.min() >= 0
    assert u.max() < 1
    assert abs(u.mean() - 0.5) < 5 * (1 / 12) ** 0.5 / n**0.5
    assert abs(z.mean()) < 5 / n**0.5
    assert abs(z.var() - 1) < 5 * (2 / n) ** 0.5
    assert abs(g.mean() - np.euler_gamma) < 5 * (np.pi**2 / 6 / n) ** 0.5
    assert np.isfinite(g).all()


@pytest.mark.parametrize("p", [0.0, 1e-5, 0.3, 1.0])
def test_events_come_as_often_as_they_should(p):
    tick = make_tick(Attack(), blank_setting(2, 2), runs=8192, index=1)
    hits = np.asarray(tick.happens(jnp.full((128, 8192), p)))
    n = hits.size
    assert abs(hits.mean() - p) <= 5 * (p * (1 - p) / n) ** 0.5


def test_draw_numbers_are_fresh_sets():
    tick = make_tick(Attack(), blank_setting(2, 2), runs=256, index=1)
    a, b = np.asarray(tick.word(64, 0)), np.asarray(tick.word(64, 1))
    assert (a != b).mean() > 0.999
    first = np.asarray(tick.word(32, 0))
    assert (first == a[:32]).all(), "the first draws do not depend on how many are drawn"
