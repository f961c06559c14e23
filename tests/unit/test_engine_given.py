"""Histories with parameter draws that are chosen."""

import numpy as np
import pytest

from tests import small_scenario
from vertikal.engine.histories import Given, Histories
from vertikal.scenario import world

BORIS = "people.boris.loyalty"
NOISE = "succession.noise"


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    return small_scenario.read(tmp_path_factory.mktemp("given"))


def histories(scenario, **quantiles):
    given = Given({a: np.array(q) for a, q in quantiles.pop("of").items()})
    return Histories(scenario, 7, replicates=4, given=given, **quantiles)


class TestGiven:
    def test_given_addresses_take_their_quantiles_and_others_are_drawn_as_ever(self, scenario):
        found = histories(scenario, of={BORIS: [0.1, 0.9]}).draws(np.arange(8))
        usual = Histories(scenario, 7, replicates=4).draws(np.arange(8))
        prior = world.uncertain(scenario)[BORIS]
        assert list(found[BORIS][::4]) == [prior.quantile(0.1), prior.quantile(0.9)]
        assert all((found[a] == usual[a]).all() for a in usual if a != BORIS)

    def test_an_address_without_doubt_stays_as_it_is(self, scenario):
        assert NOISE not in world.uncertain(scenario)
        assert NOISE not in histories(scenario, of={NOISE: [0.1]}).draws([0])

    def test_draws_share_their_chance(self, scenario):
        alike = {a: [0.5, 0.5, 0.2] for a in world.uncertain(scenario)}
        table = histories(scenario, of=alike).run_block(0, 12).series
        shares = table.column("clans.share[north]").to_numpy().reshape(3, 4, -1)
        assert (shares[0] == shares[1]).all()
        assert (shares[0] != shares[2]).any()
        assert (shares[0, 0] != shares[0, 1]).any()

    def test_a_draw_does_not_hang_on_its_place(self, scenario):
        alike = {a: [0.5, 0.2] for a in world.uncertain(scenario)}
        turned = {a: q[::-1] for a, q in alike.items()}
        one = histories(scenario, of=alike).run_block(0, 4).series
        two = histories(scenario, of=turned).run_block(4, 4).series
        assert one.drop_columns("run").equals(two.drop_columns("run"))

    @pytest.mark.parametrize("bad", [{}, {"a": []}, {"a": [0.5], "b": [0.5, 0.5]}, {"a": [1.0]}])
    def test_impossible_draws(self, bad):
        with pytest.raises(ValueError, match="quantile"):
            Given({a: np.array(q) for a, q in bad.items()})

    def test_not_with_central_values(self, scenario):
        with pytest.raises(ValueError, match="central"):
            histories(scenario, of={BORIS: [0.5]}, fixed=True)
