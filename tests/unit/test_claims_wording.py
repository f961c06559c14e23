"""Parameters and parts of their priors in words."""

import numpy as np
import pytest

from tests import small_scenario
from vertikal.claims.wording import Lexicon, joined, meanings, shortened
from vertikal.regime.mechanism import parameters
from vertikal.regime.schedule import MECHANISMS
from vertikal.scenario import load, world
from vertikal.scenario.registry import theories

BORIS = "people.boris.loyalty"


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return Lexicon([small_scenario.read(tmp_path_factory.mktemp("words"))])


@pytest.mark.parametrize(
    ("address", "meaning"),
    [
        (BORIS, "loyalty of boris"),
        ("people.tsar.frailty", "frailty of The Tsar"),
        ("clans.north.cohesion", "cohesion of north"),
        ("pacts.north.south", "cover that south lends north"),
        ("bodies.council.power", "power of council"),
        ("leader.control", "control of the leader"),
        ("military_industry.spending.abroad", "abroad spending (military industry)"),
        ("nowhere.known", "nowhere.known"),
    ],
)
def test_entries_of_a_scenario(words, address, meaning):
    assert words.meaning(address) == meaning


def test_no_parameter_is_cut_to_a_symbol_or_amid_a_bracket():
    for mechanism in MECHANISMS.values():
        for field, one in parameters(mechanism).items():
            told = shortened(one.why, field)
            assert len(told) > 3, (mechanism.name, field)
            assert told.count("(") == told.count(")"), (mechanism.name, field)


def test_every_parameter_of_a_large_scenario_has_words():
    large = Lexicon([load("after-the-war")])
    for address in large.priors:
        meaning = large.meaning(address)
        assert meaning != address
        assert "  " not in meaning
        assert len(meaning) < 240, meaning
    assert large.meaning("public.life") == "quality of life as felt"
    told = "mic growth: political weight of the complex in quiet times"
    assert large.meaning("mic_growth.normal_influence") == told


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("Mobility without estates.", "mobility without estates"),
        ("Debt at 1.5 of output; poor states stop before.", "debt at 1.5 of output"),
        ("Weight of money (MI-4). Ours.", "weight of money"),
        ("F: what a failed traitor loses, in the same units.",
         "what a failed traitor loses, in the same units"),
        ("Share that restraint prevents (IN-3: some).", "share that restraint prevents"),
        ("In which budgets follow.", "lag years, in which budgets follow"),
        ("United States men show 0.1.", "United States men show 0.1"),
    ],
)  # fmt: skip
def test_descriptions_are_shortened(why, told):
    assert shortened(why, "lag_years") == told


class TestSides:
    def at(self, words, share):
        return float(words.values(BORIS, np.array([share]))[0])

    @pytest.mark.parametrize(
        ("low", "high", "level"),
        [
            (0, 0.1, "very low"), (0, 0.4, "low"), (0, 0.7, "not high"), (0, 0.95, "not very high"),
            (0.9, 1, "very high"), (0.6, 1, "high"), (0.3, 1, "not low"), (0.05, 1, "not very low"),
            (0.4, 0.6, "middling"),
        ],
    )  # fmt: skip
    def test_levels(self, words, low, high, level):
        ends = (
            self.at(words, low) if low > 0 else -np.inf,
            self.at(words, high) if high < 1 else np.inf,
        )
        side = words.side(BORIS, *ends)
        assert side.words.startswith(f"{level} (")
        assert side.from_share == pytest.approx(low, abs=1e-3)
        assert side.to_share == pytest.approx(high, abs=1e-3)

    def test_in_full(self, words):
        high = self.at(words, 0.25)
        told = f"loyalty of boris [{BORIS}] is low (up to {high:.3g}, the lowest 25% of the prior)"
        assert str(words.side(BORIS, high=high)) == told
        assert joined([words.side(BORIS, high=high)] * 2) == f"{told} and {told}"
        assert words.side(BORIS, high=high).row()["low"] is None

    def test_one_value(self, words):
        assert words.at(BORIS, self.at(words, 0.95)).words.startswith("very high (0.")

    def test_theories_are_named(self, tmp_path):
        usual, rival = theories()["succession"][:2]
        text = small_scenario.TEXT + f"theory: {{succession: {{{usual}: 1, {rival}: 1}}}}\n"
        two = Lexicon([small_scenario.read(tmp_path, text)])
        side = two.side("theory.succession", low=0.5)
        assert str(side) == f"the theory of succession [theory.succession] is {rival}"


def test_a_mechanism_that_only_a_claim_brings_in_has_words_too():
    scenario = load("technological-sovereignty")
    assert "china_ties" not in {m.name for m in world.used_mechanisms(scenario)}
    told = meanings(scenario)["china_ties.reserve"]
    assert told == "china ties: share of ties that Beijing puts into words"
