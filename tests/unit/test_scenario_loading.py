import pickle
import subprocess
import sys
from datetime import datetime

import pytest

from tests.small_scenario import TEXT, changed, read, write
from vertikal.regime.blank import blank_regime, blank_setting
from vertikal.regime.priors import fixed, triangular, uniform
from vertikal.regime.regime import Base, ClanFate, Means, Status
from vertikal.scenario import ScenarioError, check, load
from vertikal.scenario.conditions import Address, Condition
from vertikal.scenario.quantities import Quantity, exactly
from vertikal.scenario.schema import (
    BaseName,
    Clan,
    CoercionState,
    FateName,
    Leader,
    MeansName,
    MilitaryIndustryState,
    Office,
    Person,
    PolicyState,
    StatusName,
    System,
)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return read(tmp_path_factory.mktemp("small"))


def test_a_good_file_has_no_faults(tmp_path):
    assert check(write(tmp_path)) == []


def test_rows_keep_the_order_of_the_file_with_the_ranks_last(small):
    assert small.rows["persons"] == ("tsar", "boris", "gleb", "north-01", "north-02", "north-03")
    assert small.rows["clans"] == ("palace", "north", "south")
    assert small.generated == {"north-01", "north-02", "north-03"}
    assert small.index("persons", "gleb") == 2
    assert small.index("offices", None) == -1


def test_people_are_filled_in(small):
    tsar, boris = small.people["tsar"], small.people["boris"]
    assert tsar.name == "The Tsar"
    assert boris.name == "boris"
    assert tsar.age.value == pytest.approx(59.55, abs=0.01)
    assert boris.age == exactly(50)
    assert boris.proximity == Quantity(0.6, triangular(0.5, 0.6, 0.7))
    assert boris.poles.technocrat == 0.5
    assert tsar.proximity.certain


def test_a_certain_row_has_no_spread_but_keeps_its_priors(small):
    gleb = small.people["gleb"]
    assert gleb.loyalty == Quantity(0.4, fixed(0.4))
    assert gleb.competence.prior == uniform(0.7, 0.9)
    assert gleb.ambition.certain


def test_the_rank_and_file_follow_their_template(small):
    for name in small.generated:
        row = small.people[name]
        assert (row.clan, row.patron, row.competence.value) == ("north", "boris", 0.4)


def test_one_of_the_ranks_can_be_changed_alone(tmp_path):
    one = read(tmp_path, set=["people.north-02.competence=0.9"])
    assert one.people["north-02"].competence.value == 0.9
    assert one.people["north-02"].patron == "boris"
    assert one.people["north-01"].competence.value == 0.4
    assert one.generated == {"north-01", "north-02", "north-03"}
    assert load(write(tmp_path, one.to_yaml(), "again.yaml")) == one


def test_the_office_of_the_leader_is_held_by_the_leader(small):
    assert small.offices["throne"].holder == "tsar"
    assert small.offices["railway"].holder is None
    assert small.offices["railway"].opens == datetime(1951, 6, 1)


def test_spread_can_be_set_for_the_whole_file(tmp_path):
    wide = read(tmp_path, changed("title: A small court", "judgement: {spread: 0.3}"))
    assert wide.people["boris"].proximity.prior == triangular(0.3, 0.6, 0.9)
    assert wide.leader.control.prior == triangular(0.6, 0.9, 1)
    sure = read(tmp_path, set=["judgement.spread=0"])
    assert sure.people["boris"].proximity.certain


def test_outcomes_are_read(small):
    falls = small.outcomes["boris-falls"]
    assert falls.kind == "happens"
    assert falls.conditions == (Condition(Address("elite.severity", ("boris",)), ">=", 0.25),)
    tension = small.outcomes["tension"]
    assert (tension.kind, tension.start, tension.until) == (
        "highest",
        datetime(1952, 1, 1),
        datetime(1953, 12, 31, 23, 59, 59),
    )
    assert small.outcomes["both"].parts == ("boris-falls",)
    exit_ = small.history["exit"]
    assert (exit_.value, exit_.first, exit_.last) == (
        "death",
        datetime(1953, 3, 1),
        datetime(1953, 3, 31, 23, 59, 59),
    )
    assert small.history["boris-falls"].value is True


def test_labels_have_codes(small):
    assert small.code(Address("nomenklatura.holder", ("mint",)), "gleb") == 2
    assert small.code(Address("nomenklatura.holder", ("mint",)), "nobody") == -1
    assert small.code(Address("elite.status", ("gleb",)), "dead") == Status.DEAD
    assert small.code(Address("coercion.fear"), 0.3) == 0.3


def test_events_come_in_the_order_of_their_dates(small):
    assert list(small.events) == ["railway-head", "war"]
    assert small.events["war"].add == {"military_industry.tension": 0.4}
    assert small.events["railway-head"].appoint == {"railway": "boris"}


def test_the_resolved_file_loads_to_an_equal_scenario(small, tmp_path):
    again = load(write(tmp_path, small.to_yaml(), "resolved.yaml"))
    assert again == small
    assert again.digest == small.digest
    assert hash(again) == hash(small)
    assert again.people["north-01"].competence == small.people["north-01"].competence
    assert again.to_yaml() == small.to_yaml()


def test_vacating_survives_the_round_trip(tmp_path):
    text = changed("appoint: {railway: boris}", "appoint: {railway: boris, mint: nobody}")
    one = read(tmp_path, text)
    assert one.events["railway-head"].appoint == {"railway": "boris", "mint": None}
    again = load(write(tmp_path, one.to_yaml(), "again.yaml"))
    assert again.events["railway-head"].appoint == {"railway": "boris", "mint": None}


def test_the_digest_changes_with_the_content_alone(small, tmp_path):
    same = read(tmp_path, "# a comment\n" + TEXT + "\n\n")
    assert same.digest == small.digest
    other = read(tmp_path, set=["people.boris.proximity=0.61"])
    assert other.digest != small.digest
    more_variants = TEXT + "  B: {title: Another, includes: A}\n"
    assert read(tmp_path, more_variants).digest == small.digest


def test_a_scenario_can_be_pickled(small):
    again = pickle.loads(pickle.dumps(small))
    assert again == small
    assert again.origins() == small.origins()


def test_a_scenario_is_frozen(small):
    with pytest.raises(ValueError, match="frozen"):
        small.people["boris"].clan = "south"


def test_names_of_enumerations_are_those_of_the_regime():
    def lower(enumeration):
        return {member.name.lower() for member in enumeration}

    assert set(StatusName.__args__) == lower(Status)
    assert set(BaseName.__args__) == lower(Base)
    assert set(FateName.__args__) == lower(ClanFate)
    assert set(MeansName.__args__) == lower(Means) - {"none"}


def test_defaults_are_those_of_the_blank_regime():
    regime, setting = blank_regime(1, 1, 1, 1), blank_setting(1, 1)

    def agree(row, where, names, prefix=""):
        for name in names.split():
            want = float(getattr(where, prefix + name).reshape(-1)[0])
            assert getattr(row, name).value == pytest.approx(want), name

    agree(
        Person(clan="x"),
        regime.elite,
        "age frailty competence ambition sincerity loyalty proximity indispensability exposure "
        "founder knowledge severity",
    )
    agree(Clan(), regime.clans, "cohesion placement favour")
    agree(Clan(), setting, "communications soft_budget school", "clan_")
    agree(
        Office(), setting, "policy coercion grip inspection intelligence strategic grade", "office_"
    )
    leader = Leader(person="x")
    agree(leader, regime.leadership, "control personal_power acceptance shock")
    agree(CoercionState(), regime.coercion, "fear terror grey_law wave")
    arms = MilitaryIndustryState()
    agree(arms, regime.military_industry, "tension quality apparent_quality war")
    assert arms.spending.home.value == pytest.approx(float(regime.military_industry.spending[0, 0]))
    assert arms.influence.home.value == pytest.approx(
        float(regime.military_industry.influence[0, 0])
    )
    agree(
        PolicyState(),
        regime.policy,
        "rationality agenda legal_order entrant_quality capability force",
    )
    agree(System(), setting, "centralisation narrowness soviet_lesson")


AMNESTY = """
from vertikal.regime.mechanism import Mechanism, Stage, Value, parameter

class FuzzyAmnesty(Mechanism, id=1717, stage=Stage.LEADER, rules=("OWN-1",), clocks=("month",)):
    '''Nobody is forgiven at first.'''

    rate: Value = parameter(0.1, "How often.", unit="per year")

    def __call__(self, regime, tick):
        return regime
"""


def test_a_mechanism_of_ones_own_lies_beside_the_file(tmp_path):
    (tmp_path / "fuzzy_amnesty.py").write_text(AMNESTY)
    before = list(sys.path)
    text = changed(
        "parameters:\n",
        "mechanisms: {use: ['fuzzy_amnesty:FuzzyAmnesty']}\n"
        "parameters:\n  fuzzy_amnesty: {rate: 5% per month}\n",
    )
    one = read(tmp_path, text)
    assert one.mechanisms.use == ("fuzzy_amnesty:FuzzyAmnesty",)
    assert one.parameters["fuzzy_amnesty"]["rate"].value == pytest.approx(0.6)
    assert sys.path == before
    twice = changed(
        "['fuzzy_amnesty:FuzzyAmnesty']",
        "['fuzzy_amnesty:FuzzyAmnesty', 'fuzzy_amnesty:FuzzyAmnesty']",
        text,
    )
    assert any("same number, name or theory" in str(f) for f in check(write(tmp_path, twice)))
    yearly = changed("step: month", "step: year", text)
    assert any("has no meaning by the year" in str(f) for f in check(write(tmp_path, yearly)))


def test_listing_the_library_imports_neither_jax_nor_scipy():
    code = (
        "import sys; from vertikal.scenario import library; "
        "assert len(library()) > 0; "
        "print([m for m in ('jax', 'scipy', 'pydantic') if m in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert out.strip() == "[]"


def test_a_recorded_number_may_say_how_near_is_near(tmp_path):
    text = TEXT.replace(
        "  head-of-mint: gleb\n", "  head-of-mint: gleb\n  tension: {value: 0.6, within: 0.2}\n"
    )
    recorded = load(write(tmp_path, text)).history["tension"]
    assert (recorded.value, recorded.within) == (0.6, 0.2)
    for bad in ("{value: 0.6, within: 0}", "{value: 0.6}", "{value: 0.6, within: no}"):
        with pytest.raises(ScenarioError):
            load(write(tmp_path, text.replace("{value: 0.6, within: 0.2}", bad)))
