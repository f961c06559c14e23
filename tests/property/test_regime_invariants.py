"""Whatever the numbers, a regime stays a regime: random courts played for six years.

The mechanisms act one after the other in the order of the schedule, on the clock of quarters, which
all of them admit but the emergency of days.
"""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import strategies
from tests.court import make_tick
from tests.single import CLOCK, compiled
from tests.strategies import PERSONS, RUNS, THRONE

from vertikal.regime.batch import NOBODY
from vertikal.regime.blank import blank_moves
from vertikal.regime.regime import Status, change
from vertikal.regime.schedule import MECHANISMS

TICKS = 24
USUAL = [name for name, m in MECHANISMS.items() if m.draws_as == m.id]
"""Without the rivals, of which one at most acts in a history."""
PLAYED = [name for name in USUAL if CLOCK[name] == "quarter"]
RUN = np.arange(RUNS)


def test_every_mechanism_but_the_emergency_is_played():
    assert set(USUAL) - set(PLAYED) == {"emergency"}


def wiped(regime):
    """The regime at the beginning of a tick: the record of the last one is gone."""
    zero = jnp.zeros_like
    elite = regime.elite
    return change(
        regime,
        elite=change(elite, condemned=zero(elite.condemned), fallen_by=zero(elite.fallen_by)),
        moves=blank_moves(*regime.clans.power.shape),
    )


def histories(seed, corners):
    """The states of random courts, from the start on, and their setting."""
    regime = strategies.random_regime(seed, corners, quiet=True)
    setting = strategies.random_setting(seed + 1, corners)
    acting = {
        name: strategies.random_mechanism(MECHANISMS[name], seed + m.id, corners)
        for name, m in MECHANISMS.items()
    }
    yield regime, setting
    for index in range(1, TICKS + 1):
        regime = wiped(regime)
        for name in PLAYED:
            tick = make_tick(acting[name], setting, RUNS, index, clock="quarter", seed=seed)
            regime = compiled(name)(acting[name], regime, tick)
        yield regime, setting


def numbers(regime):
    return jax.tree.map(np.asarray, regime)


@given(seed=strategies.seeds, corners=st.sampled_from([0.0, 0.1, 0.5]))
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_regime_stays_a_regime(seed, corners):
    before = None
    for tick, (state, setting) in enumerate(histories(seed, corners)):
        assert strategies.faults_of(state) == [], f"tick {tick}"
        regime = numbers(state)
        if tick:
            offices_are_held_by_the_fit(regime, np.asarray(setting.office_is_exile))
            one_leader_lives(before, regime)
            clans_keep_their_ties(regime)
            what_is_done_is_done(before, regime, np.asarray(setting.person_is_cadre))
        before = regime


def offices_are_held_by_the_fit(regime, is_exile):
    holder, status = regime.nomenklatura.holder, regime.elite.status
    held = holder != NOBODY
    assert regime.nomenklatura.active[held].all()
    of = np.take_along_axis(status, np.maximum(holder, 0), 0)
    fit = (of == Status.ACTIVE) | (is_exile & (of == Status.EXILED))
    assert fit[held].all()
    leads = holder[THRONE] != NOBODY
    assert (holder[THRONE] == regime.leadership.leader)[leads].all()


def one_leader_lives(before, regime):
    """Somebody leads wherever anybody is left who has been there and was not struck in this tick.

    Newcomers to a court that has died out, and those who come off with little where all were
    struck, choose their leader in the next tick.
    """
    leader, status = regime.leadership.leader, regime.elite.status
    fit = (status == Status.ACTIVE) & (before.elite.status == Status.ACTIVE)
    somebody = (fit & (regime.elite.fallen_by == 0)).any(0)
    assert (leader[somebody] != NOBODY).all(), "as long as anybody is left, somebody leads"
    rules = leader != NOBODY
    assert (status[np.maximum(leader, 0), RUN][rules] == Status.ACTIVE).all()


def clans_keep_their_ties(regime):
    clans = regime.clans
    own = np.arange(clans.pact.shape[0])
    assert (clans.pact[own, own] == 0).all(), "no clan has a pact with itself"
    moves = regime.moves
    assert (moves.attacker != moves.target_clan)[moves.attacker != NOBODY].all()
    assert (moves.betrayer != moves.betrayed)[moves.betrayer != NOBODY].all()
    assert (moves.target != NOBODY)[moves.attacker != NOBODY].all()
    followed = np.take_along_axis(regime.elite.patron, np.maximum(regime.elite.patron, 0), 0)
    chain = np.where(regime.elite.patron >= 0, followed, NOBODY)
    assert (chain != np.arange(PERSONS)[:, None]).all(), "nobody is his patron's patron"


def what_is_done_is_done(before, after, is_cadre):
    assert (after.leadership.exits >= before.leadership.exits).all()
    gone = after.leadership.exits > before.leadership.exits
    assert (after.moves.removed_leader != NOBODY)[gone].all()
    changed = after.leadership.leader != before.leadership.leader
    assert (gone | (before.leadership.leader == NOBODY))[changed].all(), "no change without an exit"
    assert (after.clans.losses >= before.clans.losses).all()
    ended = before.clans.fate != 0
    assert (after.clans.fate[ended] == before.clans.fate[ended]).all()
    newcomer = is_cadre & (before.elite.status != 0) & (after.elite.status == 0)
    assert (after.elite.severity >= before.elite.severity)[~newcomer].all()
    revived = (before.elite.status != Status.ACTIVE) & (after.elite.status == Status.ACTIVE)
    assert not (revived & ~newcomer).any()
    dead = before.elite.status == Status.DEAD
    assert (after.elite.status[dead & ~newcomer] == Status.DEAD).all()
    older = after.elite.age >= before.elite.age
    assert older[~newcomer].all()
    struck = (after.elite.fallen_by != 0) & (before.elite.status == Status.ACTIVE)
    assert np.isin(after.elite.fallen_by[struck], [m.id for m in MECHANISMS.values()]).all()
