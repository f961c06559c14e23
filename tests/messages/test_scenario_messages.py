"""The words of scenario faults: each shows the value, the place and the remedy."""

import re

import pytest
from tests.small_scenario import TEXT, changed, faults_of, read, write

from vertikal.scenario import Fault, ScenarioError, check, library, load
from vertikal.scenario.faults import listed, shown_of


def only(tmp_path, old, new):
    """The single fault after one change, in full."""
    found = faults_of(tmp_path, changed(old, new))
    assert len(found) == 1, "\n\n".join(found)
    return found[0]


def test_an_unknown_clan_in_full(tmp_path):
    assert only(tmp_path, "clan: south\n", "clan: suoth\n") == (
        'small.yaml:17:11: people.gleb.clan: there is no clan "suoth".\n'
        "    17 |     clan: suoth\n"
        "       |           ^^^^^\n"
        '  Did you mean "south"? Clans: palace (22), north (23), south (28).'
    )


def test_an_unknown_key_in_full(tmp_path):
    assert only(tmp_path, "    loyalty: 0.4", "    loyality: 0.4") == (
        'small.yaml:20:5: people.gleb.loyality: there is no entry "loyality" here.\n'
        "    20 |     loyality: 0.4\n"
        "       |     ^^^^^^^^\n"
        '  Did you mean "loyalty"? Entries: name, role, clan, patron, born, age, frailty, '
        "survives_until, poles, competence, ambition, sincerity and 14 more."
    )


def test_a_number_out_of_bounds_in_full(tmp_path):
    assert only(tmp_path, "proximity: 0.6", "proximity: 1.6") == (
        "small.yaml:14:16: people.boris.proximity: 1.6 is out of bounds (0 to 1).\n"
        "    14 |     proximity: 1.6\n"
        "       |                ^^^\n"
        "  Give a value that is 0 to 1."
    )


def test_a_parameter_in_the_wrong_unit_in_full(tmp_path):
    text = only(tmp_path, "succession: {noise: 0.3}", "appointment: {rate: 7 days}")
    assert text.splitlines()[0] == (
        "small.yaml:40:23: parameters.appointment.rate: "
        '"7 days" is a span of time, but a rate is needed.'
    )
    assert 'Write for instance "0.5 per year"' in text
    assert "Remove the line to use the default" in text


CASES = [
    # names
    (
        "patron: tsar",
        "patron: tzar",
        "people.boris.patron",
        'there is no person "tzar"',
        'Did you mean "tsar"?',
    ),
    (
        "holder: gleb",
        "holder: glib",
        "offices.guard.holder",
        'there is no person "glib"',
        'Did you mean "gleb"?',
    ),
    (
        "holder: boris",
        "holder: north-3",
        "offices.mint.holder",
        'there is no person "north-3"',
        'Did you mean "north-03"?',
    ),
    (
        "coercion: 0.5, body: council",
        "coercion: 0.5, body: counsel",
        "offices.guard.body",
        'no body "counsel"',
        'Did you mean "council"?',
    ),
    (
        "north: {south: 0.8}",
        "north: {sauth: 0.8}",
        "pacts.north.sauth",
        'no clan "sauth"',
        'Did you mean "south"?',
    ),
    (
        "north: {south: 0.8}",
        "north: {north: 0.8}",
        "pacts.north.north",
        "paired with itself",
        "two different clans",
    ),
    (
        "person: tsar",
        "person: czar",
        "leader.person",
        'no person "czar"',
        "People: tsar (6), boris (11), gleb (16)",
    ),
    (
        "succession: {noise",
        "sucession: {noise",
        "parameters.sucession",
        'no mechanism "sucession"',
        'Did you mean "succession"?',
    ),
    (
        "{noise: 0.3}",
        "{noize: 0.3}",
        "parameters.succession.noize",
        'has no parameter "noize"',
        'Did you mean "noise"?',
    ),
    (
        "{railway: boris}",
        "{railroad: boris}",
        "events.railway-head.appoint.railroad",
        'no office "railroad"',
        'Did you mean "railway"?',
    ),
    (
        "series: [clans.share,",
        "series: [clans.chare,",
        "series[0]",
        '"clans" has no "chare"',
        'Did you mean "share"?',
    ),
    (
        '"elite.proximity[boris]"',
        '"elite.proximity[biros]"',
        "series[1]",
        'no person "biros"',
        'Did you mean "boris"?',
    ),
    (
        "all: [boris-falls]",
        "all: [boris-fails]",
        "outcomes.both.all",
        'no outcome "boris-fails"',
        'Did you mean "boris-falls"?',
    ),
    (
        "  exit: {date: 1953-03",
        "  exile: {date: 1953-03",
        "history.exile",
        'no outcome "exile"',
        "Outcomes: boris-falls, exit",
    ),
    (
        "leader: {person",
        "leeder: {person",
        "leeder",
        'no section "leeder"',
        'Did you mean "leader"?',
    ),
    (
        "base: professional",
        "base: profesional",
        "clans.north.base",
        '"profesional" is not possible',
        'Did you mean "professional"?',
    ),
    (
        "cadre: {patron: boris,",
        "cadre: {patron: borris,",
        "clans.north.cadre.patron",
        'no person "borris"',
        'Did you mean "boris"?',
    ),
    (
        "{holder: boris}",
        "{holder: boris, name: Mint, coins and medals}",
        "offices.mint.coins and medals",
        'no entry "coins and medals"',
        "put that text in quotes",
    ),
    # numbers
    (
        "ideocrat: 0.25",
        "ideocrat: 0.35",
        "people.boris.poles",
        "the poles sum to 1.1, not to 1",
        "sum to 1",
    ),
    (
        "cohesion: 0.6",
        "cohesion: high",
        "clans.north.cohesion",
        '"high" is neither a number nor a prior',
        "Write a number",
    ),
    (
        "cohesion: 0.6",
        "cohesion: .nan",
        "clans.north.cohesion",
        "no finite number",
        "Write a number",
    ),
    (
        "cohesion: 0.6",
        "cohesion: [0.6]",
        "clans.north.cohesion",
        "a list is no number",
        "Write a number",
    ),
    (
        "cadres: 3",
        "cadres: 2.5",
        "clans.north.cadres",
        "2.5 is not a whole number",
        "Give a whole number",
    ),
    (
        "organised: false",
        "organised: no",
        "clans.palace.organised",
        '"no" is not true or false',
        "Give true or false",
    ),
    (
        "holder: gleb",
        "holder: [gleb, boris]",
        "offices.guard.holder",
        "a list is no name of a person",
        "one name",
    ),
    (
        "{noise: 0.3}",
        "{noise: 300}",
        "parameters.succession.noise",
        "300 is out of bounds",
        "Possible is",
    ),
    # dates
    (
        "born: 1890-06-15",
        "born: 1890-06-31",
        "people.tsar.born",
        "June 1890 has 30 days",
        "1953-03-05",
    ),
    (
        "born: 1890-06-15",
        "born: 1990-06-15",
        "people.tsar",
        "born after the start",
        "Correct `born`",
    ),
    (
        "born: 1890-06-15",
        "born: 1890-06-15\n    age: 4",
        "people.tsar",
        "both `born` and `age`",
        "Keep one",
    ),
    (
        "date: 1952-03-15",
        "date: 1962-03-15",
        "events.war.date",
        "1962-03-15 is after the end of the clock (1950-01-01 to 1954-12-31)",
        "Change the date",
    ),
    (
        "date: 1952-03-15",
        "date: Ides of March",
        "events.war.date",
        '"Ides of March" is no date',
        "Write a date as",
    ),
    (
        "opens: 1951-06-01",
        "opens: 1941-06-01",
        "offices.railway.opens",
        "before the start",
        "Change the date",
    ),
    (
        "from: 1952, until: 1953",
        "from: 1953, until: 1952",
        "outcomes.tension",
        "`until` comes before `from`",
        "Exchange",
    ),
    (
        "until: 1953",
        "until: 1963",
        "outcomes.tension.until",
        "after the end of the clock",
        "Change the date",
    ),
    (
        "end: 1954-12-31",
        "end: 1944-12-31",
        "clock",
        "the clock ends before it starts",
        "Give an `end` after",
    ),
    ("step: month", "step: minute", "clock.step", '"minute" is not possible', "hour, day, week"),
    (
        "since: 1930-01-01",
        "since: 1960-01-01",
        "leader.since",
        "begins after the start",
        "earlier date",
    ),
    (
        "{date: 1953-03, how: death}",
        "{date: 1983-03, how: death}",
        "history.exit",
        "lies outside the clock",
        "never",
    ),
    # people and offices that contradict each other
    (
        "patron: tsar",
        "patron: north-01",
        "people.boris.patron",
        "the patrons form a ring: boris -> north-01 -> boris",
        "have no patron",
    ),
    (
        "  gleb:\n",
        "  gleb:\n    status: dead\n",
        "offices.guard.holder",
        'the holder "gleb" is dead',
        "living holder",
    ),
    (
        "  gleb:\n",
        "  gleb:\n    status: exiled\n",
        "offices.guard.holder",
        'the holder "gleb" is exiled',
        "active",
    ),
    (
        "railway: {opens",
        "railway: {holder: gleb, opens",
        "offices.railway.holder",
        "opens on 1951-06-01",
        "appoint by an event",
    ),
    (
        "throne: {leader: true",
        "throne: {holder: gleb, leader: true",
        "offices.throne.holder",
        "gleb does not lead",
        "write tsar",
    ),
    (
        "power: 0.8}\n",
        "power: 0.8}\n  senate: {power: 0.1}\n",
        "bodies.senate",
        "no office sits on this body",
        "body: senate",
    ),
    (
        "{base: territorial}\n",
        "{base: territorial}\n  west: {}\n",
        "clans.west",
        "the clan has no members",
        "cadres",
    ),
    # events
    (
        "add: {military_industry.tension: 0.4}",
        'add: {"clans.power[north]": 0.4}',
        "events.war.add.clans.power[north]",
        "computed anew in each tick",
        "offices, proximity and cohesion",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        'set: {"clans.share[north]": 0.4}',
        "events.war.set.clans.share[north]",
        "derived from the state",
        "derived from",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        'set: {"elite.status[boris]": 4}',
        "events.war.set.elite.status[boris]",
        "names for values, not numbers such as 4",
        "active, retired",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        'set: {"elite.status[boris]": deceased}',
        "events.war.set.elite.status[boris]",
        '"deceased" is no value',
        "Possible values: active",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        "set: {coercion.fear: high}",
        "events.war.set.coercion.fear",
        '"high" is none',
        "Give a number",
    ),
    (
        ", add: {military_industry.tension: 0.4}",
        "",
        "events.war",
        "the event changes nothing",
        "Give it one of",
    ),
    (
        "date: 1951-07-01",
        "date: 1951-05-01",
        "events.railway-head.appoint.railway",
        'the office "railway" is closed on 1951-05-01',
        "Open it before",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        "attack: {by: north, on: boris, means: case}",
        "events.war.attack.on",
        "belongs to the attacking clan",
        "another clan",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        "attack: {by: north, on: gleb, means: poison}",
        "events.war.attack.means",
        '"poison" is not possible',
        "case, removal, sabotage",
    ),
    # outcomes and history
    (
        '"elite.severity[boris] >= 0.25"',
        '"elite.severity[boris] = 0.25"',
        "outcomes.boris-falls.happens",
        "is no condition",
        "Write == for equality",
    ),
    (
        '"elite.severity[boris] >= 0.25"',
        '"elite.severity >= 0.25"',
        "outcomes.boris-falls.happens",
        "does not say which row",
        "elite.severity[person]",
    ),
    (
        '"elite.severity[boris] >= 0.25"',
        '"elite.status[boris] >= 3"',
        "outcomes.boris-falls.happens",
        "names for values, not numbers",
        "active, retired",
    ),
    (
        '"elite.severity[boris] >= 0.25"',
        '"elite.status[boris] > dead"',
        "outcomes.boris-falls.happens",
        "which have no order",
        "== or !=",
    ),
    (
        "highest: military_industry.tension",
        "highest: leadership.leader",
        "outcomes.tension.highest",
        "no `highest`",
        "Use `value`",
    ),
    (
        ", all: [boris-falls]",
        ", all: [tension]",
        "outcomes.both.all",
        '"tension" asks `highest`',
        "with `happens`",
    ),
    (
        ", all: [boris-falls]",
        ", span: [exit, tension]",
        "outcomes.both.span",
        '"tension" asks `highest`, which is not a date',
        "Refer to outcomes with `first`.",
    ),
    (
        ", all: [boris-falls]",
        ", difference: [tension, exit]",
        "outcomes.both.difference",
        '"exit" asks `first`, which is not a number',
        "with `value` or `highest` or `lowest` or `mean` or `share`.",
    ),
    (
        ", all: [boris-falls]",
        ", ratio: [tension, head-of-mint]",
        "outcomes.both.ratio",
        '"head-of-mint" has a name for an answer, and a `ratio` is of numbers',
        "reads a number",
    ),
    (
        ", all: [boris-falls]",
        ", ratio: [tension, tensoin]",
        "outcomes.both.ratio",
        'there is no outcome "tensoin"',
        'Did you mean "tension"?',
    ),
    (
        ", all: [boris-falls]",
        ", ratio: [tension, both]",
        "outcomes.both.ratio",
        '"both" asks `ratio`, which is not a number',
        "or `span` or `difference`.",
    ),
    (
        ", all: [boris-falls]",
        ", span: [exit, exit]",
        "outcomes.both",
        "`span` is of two different outcomes, and this names exit, exit",
        "Write span: [ONE, OTHER]; the answer is the time from ONE to OTHER.",
    ),
    (
        ", all: [boris-falls]",
        ", difference: tension",
        "outcomes.both",
        "`difference` is of two different outcomes, and this names tension",
        "the answer is ONE less OTHER",
    ),
    (
        ", all: [boris-falls]",
        ", ratio: []",
        "outcomes.both",
        "`ratio` is of two different outcomes, and this names none",
        "the answer is ONE divided by OTHER",
    ),
    (
        ", all: [boris-falls]",
        ", ratio: [tension, tension], until: 1952",
        "outcomes.both",
        "`from` and `until` do not go with `ratio`",
        "put them on its parts",
    ),
    (
        "all: [boris-falls]",
        'share: "elite.severity[oleg] > 0"',
        "outcomes.both.share",
        'there is no person "oleg"',
        "Persons: tsar, boris, gleb",
    ),
    (
        "{ask: Who heads the mint?, value",
        "{ask: Who heads the mint?, lowest: coercion.fear, value",
        "outcomes.head-of-mint",
        "asks several things (value, lowest)",
        "exactly one",
    ),
    (
        "read: leadership.exit_mode}",
        "at: 1953}",
        "outcomes.exit",
        "`at` goes with `value`",
        "Remove `at`",
    ),
    (
        "boris-falls: true",
        "boris-falls: 1953",
        "history.boris-falls",
        "1953 is no answer to a `happens`",
        "true or false",
    ),
    (
        "how: death",
        "how: murder",
        "history.exit",
        '"murder" is no value',
        "Possible values: none, death, coup",
    ),
    (
        "head-of-mint: gleb",
        "head-of-mint: 3",
        "history.head-of-mint",
        "names for values",
        "Give one of",
    ),
    # clocks of mechanisms
    (
        "succession: {noise: 0.3}",
        "emergency: {pair_rate: 100}",
        "parameters.emergency",
        '"emergency" has no meaning by the month',
        "Its clocks: hour, day, week",
    ),
    (
        "parameters:\n",
        "mechanisms: {off: [sucession]}\nparameters:\n",
        "mechanisms.off[0]",
        'no mechanism "sucession"',
        'Did you mean "succession"?',
    ),
    (
        "parameters:\n",
        "mechanisms: {off: [succession]}\nparameters:\n",
        "parameters.succession",
        "is switched off",
        "switch it on",
    ),
    (
        "parameters:\n",
        "mechanisms: {use: [nomodule:Amnesty]}\nparameters:\n",
        "mechanisms.use[0]",
        "nomodule",
        "module:Class",
    ),
    (
        "parameters:\n",
        'mechanisms: {use: ["os:system"]}\nparameters:\n',
        "mechanisms.use[0]",
        "is no mechanism",
        "Mechanism",
    ),
    # thresholds that a quantity never passes
    (
        "elite.severity[boris] >= 0.25",
        "elite.severity[boris] >= 5",
        "outcomes.boris-falls.happens",
        "can never hold: elite.severity[boris] is 0 to 1",
        "either side",
    ),
    (
        "leadership.exits >= 1",
        "leadership.exits >= 0",
        "outcomes.exit.first",
        "always holds: leadership.exits is 0 or more",
        "either side",
    ),
    (
        'happens: "elite.severity[boris] >= 0.25"',
        'share: "clans.favour[north] < -1"',
        "outcomes.boris-falls.share",
        "can never hold: clans.favour[north] is -1 to 1",
        "either side",
    ),
    (
        "add: {military_industry.tension: 0.4}",
        "set: {coercion.fear: 1.5}",
        "events.war.set.coercion.fear",
        "1.5 is out of bounds for coercion.fear (0 to 1)",
        "0 to 1",
    ),
    # what begins
    (
        "highest: military_industry.tension, from",
        "highest: military_industry.tension, anew: true, from",
        "outcomes.tension",
        "`anew` goes with `happens` or `first`, not with `highest`",
        "Remove `anew`",
    ),
    (
        "read: leadership.exit_mode}",
        "read: leadership.exit_mode, anew: again}",
        "outcomes.exit.anew",
        "true or false",
        "true",
    ),
    # the file
    ("vertikal: 1", "vertikal: 7", "vertikal", "format version 7 is unknown", "reads version 1"),
    (
        "name: small-court",
        "name: small court",
        "name",
        '"small court" is no usable name',
        "hyphens",
    ),
    (
        "patch: {pacts:",
        "pach: {pacts:",
        "variants.A.pach",
        'no entry "pach"',
        'Did you mean "patch"?',
    ),
    ("  boris:\n", "  boris and son:\n", "people.boris and son", "no usable name", "hyphens"),
]


@pytest.mark.parametrize(("old", "new", "address", "words", "mend"), CASES)
def test_each_fault_shows_place_value_and_remedy(tmp_path, old, new, address, words, mend):
    found = faults_of(tmp_path, changed(old, new))
    first = next((f for f in found if f": {address}: " in f and words in f), None)
    assert first is not None, "\n\n".join(found)
    lines = first.splitlines()
    assert lines[0].startswith("small.yaml:")
    assert lines[2].strip(" |").strip("^") == ""
    assert mend in "\n".join(lines[3:])
    number, column = (int(n) for n in lines[0].split(":")[1:3])
    assert changed(old, new).splitlines()[number - 1][column - 1].strip()


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("leadership.control >=", "Say with what it is compared."),
        ("leadership.control <=", "Say with what it is compared."),
        ("leadership.control >", "Say with what it is compared."),
        ("leadership.control => 0.5", "Write >= for at least."),
        ("leadership.control ≥ 0.5", "Write >= for at least."),
        ("leadership.control =< 0.5", "Write <= for at most."),
        ("elite.status[boris] <> active", "Write != for other than."),
        ("elite.status[boris] =! active", "Write != for other than."),
        ("leadership.control = 0.5", "Write == for equality."),
        ("leadership.control >== 0.5", ""),
        ("and leadership.control > 0.5", "`and` stands between two conditions."),
        ("leadership.control > 0.5 and", "`and` stands between two conditions."),
        ("leadership.control > 0 and and leadership.exits > 1", "`and` stands between"),
        (
            "leadership.control > 0 AND leadership.exits > 1",
            "Join conditions with `and`, in small letters.",
        ),
        ("leadership.control > 0, leadership.exits > 1", "Join conditions with `and`"),
        (
            "leadership.control > 0 or leadership.exits > 1",
            "For `or`, ask for each by an outcome, and put these together by `any`.",
        ),
        ("0.2 < leadership.control < 0.5", "Compare once in each condition."),
        ("0.2 < leadership.control", "Write the address first, and then the number."),
        ("clans.pact[north, south] is 1", ""),
    ],
)
def test_a_malformed_condition_is_told_what_was_meant(tmp_path, written, mend):
    fault = only(tmp_path, '"elite.severity[boris] >= 0.25"', f"'{written}'")
    assert fault.startswith("small.yaml:46:49: outcomes.boris-falls.happens: ")
    assert '" is no condition.\n' in fault
    remedy = fault.splitlines()[-1].strip()
    assert remedy.startswith(mend or "Write a condition such as")
    assert remedy.endswith("join several with `and`.")


@pytest.mark.parametrize("number", ["1e999", "5%", "1.2.3"])
def test_a_condition_compares_with_a_number_that_there_is(tmp_path, number):
    fault = only(tmp_path, '"elite.severity[boris] >= 0.25"', f"'leadership.control >= {number}'")
    assert f'outcomes.boris-falls.happens: "{number}" is no number.' in fault


def test_all_faults_at_once(tmp_path):
    text = changed("clan: south\n", "clan: suoth\n")
    text = changed("holder: boris", "holder: bors", text)
    text = changed("proximity: 0.6", "proximity: 6", text)
    text = changed("date: 1952-03-15", "date: 1962-03-15", text)
    text = changed("{noise: 0.3}", "{noize: 0.3}", text)
    addresses = [line.split(": ")[1] for line in faults_of(tmp_path, text)]
    assert addresses == [
        "people.boris.proximity",
        "people.gleb.clan",
        "offices.mint.holder",
        "parameters.succession.noize",
        "events.war.date",
    ]


def test_names_are_cut_short_only_where_that_saves_room():
    names = [f"n{i}" for i in range(14)]
    assert listed(names[:12]) == ", ".join(names[:12])
    assert listed(names[:13]) == ", ".join(names[:13]), "not `and 1 more`"
    assert listed(names) == ", ".join(names[:12]) + " and 2 more"
    assert listed(["a", "b"], {"a": 3}) == "a (3), b"


def test_faults_are_cut_short_only_where_that_saves_room():
    told = [str(ScenarioError([Fault(f"fault {i}.") for i in range(n)])) for n in (40, 41, 42)]
    assert [text.count("fault ") for text in told] == [40, 41, 40]
    assert [text.endswith("and 2 more faults; mend these first.") for text in told] == [0, 0, 1]


def test_faults_print_without_the_others_lost(tmp_path):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, changed("clan: south\n", "clan: suoth\n").replace("0.6\n", "6\n"))
    assert len(caught.value.faults) == 3
    assert str(caught.value).count("small.yaml:") == 3


FILES = [
    ("", "the file is empty", "Begin with"),
    ("# only a comment\n", "the file is empty", "Begin with"),
    ("- a\n- b\n", "this is no scenario", "Begin with"),
    ("just text", "this is no scenario", "Begin with"),
    ("name: x\n", "does not say that it is a scenario", "vertikal: 1"),
    ("vertikal: 1\nname: x\n", "the section `clock` is missing", "Add `clock"),
    ("vertikal: 1\nset: {a[b]: 1}\n", "expected ','", "Put an address with brackets in quotes"),
    ("vertikal: 1\nname: x\nname: y\n", "this key is given twice", "line 2"),
    ("vertikal: 1\npeople:\n\tboris: {}\n", "tab character", "spaces"),
    ("vertikal: 1\npeople: {boris: {}\n", "expected", "brackets"),
    ("vertikal: 1\n---\nname: x\n", "more than one document", "---"),
    ("vertikal: 1\npeople: &p {boris: *p}\n", "contains itself", "alias"),
    ("vertikal: 1\nname: !!python/name:os.system x\n", "tags such as", "Remove the tag"),
    ("vertikal: 1\nbase: &b {x: 1}\npeople: {<<: *b}\n", "merge keys", "extends"),
    ("vertikal: 1\n? [a, b]\n: 1\n", "a key must be", "one line"),
    ("vertikal: 1\nextends: small-curt\n", 'no library scenario "small-curt"', "path"),
    ("vertikal: 1\nextends: nowhere.yaml\n", 'no file "nowhere.yaml"', "folder"),
    ("vertikal: 1\nextends: [a]\n", "names no scenario", "name or a file"),
    ("vertikal: 1\nextends: small.yaml\n", "extend each other", "Remove one"),
    ("vertikal: 1\nid: [1]\n", "a list is no text", "quotes"),
    ("vertikal: 1\nseries: clans.share\n", "series must be a list", "[clans.share"),
    ("vertikal: 1\npeople: [boris]\n", "people must be a mapping", "name: {...}"),
    ("vertikal: 1\nclock: soon\n", '"soon" is not a mapping', "key: value"),
]


@pytest.mark.parametrize(("text", "words", "mend"), FILES)
def test_broken_files(tmp_path, text, words, mend):
    found = faults_of(tmp_path, text)
    first = next((f for f in found if words in f), None)
    assert first is not None, "\n\n".join(found)
    assert mend in first
    assert first.startswith("small.yaml")


def test_bytes_that_are_no_text(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_bytes(b"vertikal: 1\nname: \xff\xfe\n")
    assert ":2: this line is not UTF-8" in str(check(path)[0])
    path.write_bytes(b"\0\1")
    assert "this is a binary file" in str(check(path)[0])


def test_a_missing_file_and_a_folder(tmp_path):
    assert "there is no such file" in str(check(tmp_path / "none.yaml")[0])
    assert "cannot be read" in str(check(tmp_path)[0])
    assert "Check the spelling" in check("nowhere/none.yaml")[0].remedy


def test_growing_aliases_are_stopped(tmp_path):
    lines = ["vertikal: 1", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 9):
        lines.append(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]")
    found = faults_of(tmp_path, "\n".join(lines))
    assert any("grows too large" in f for f in found)


def test_deep_nesting_is_stopped(tmp_path):
    for depth in (100, 100_000):
        found = faults_of(tmp_path, "vertikal: 1\nx: " + "[" * depth + "]" * depth)
        assert "nested too deeply" in found[0]


def test_an_unknown_library_scenario():
    with pytest.raises(ScenarioError) as caught:
        load("stalin-court")
    first, *_, last = [e.name for e in library()][:12]
    told = str(caught.value)
    assert told.startswith(
        'there is no library scenario "stalin-court".\n'
        f'  Did you mean "stalins-court"? Library scenarios: {first}, '
    )
    more = f"{last} and {len(library()) - 12} more. "
    assert told.endswith(more + "For a file of your own, give its path with .yaml.")


SETTINGS = [
    (
        "people.boris.proximity=7",
        "--set people.boris.proximity=7: people.boris.proximity: 7 is out of bounds",
        "0 to 1",
    ),
    ("people.boriss.proximity=0.7", "people.boriss: the entry `clan` is missing", "Add `clan"),
    ("peeple.boris.proximity=0.7", 'there is no section "peeple"', 'Did you mean "people"?'),
    ("sucession.noise=0.7", 'there is no mechanism "sucession"', 'Did you mean "succession"?'),
    ("succession.noise", "says not what to set to what", "path=value"),
    ("succession.noise=[", "--set succession.noise=[", "brackets"),
    ("=0.7", "says not what to set to what", "path=value"),
    ("people.dmitri=null", 'there is no "dmitri" to remove', "People: tsar, boris, gleb"),
]


@pytest.mark.parametrize(("setting", "words", "mend"), SETTINGS)
def test_faults_in_settings_say_so(tmp_path, setting, words, mend):
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, set=[setting])
    assert words in str(caught.value)
    assert mend in str(caught.value)
    assert all(fault.file.startswith("--set") for fault in caught.value.faults)


def test_faults_in_patches_name_the_patch(tmp_path):
    with pytest.raises(ScenarioError, match=r"patch 1: people\.boris\.clan"):
        read(tmp_path, patches=[{"people": {"boris": {"clan": "east"}}}])
    with pytest.raises(ScenarioError, match="patch 1: a value of type object"):
        read(tmp_path, patches=[{"people": object()}])
    with pytest.raises(ScenarioError, match=r"patch\.yaml:1:1: a patch must be a mapping"):
        read(tmp_path, patches=[write(tmp_path, "[1]", "patch.yaml")])
    with pytest.raises(ScenarioError, match='there is no variant "Z"'):
        read(tmp_path, variant="Z")


def test_a_number_is_not_read_off_with_a_first(tmp_path):
    text = changed(
        "read: leadership.exit_mode}", "read: coercion.fear}", changed(", how: death", "")
    )
    fault, *_ = faults_of(tmp_path, text)
    assert '"coercion.fear" is a number, and `read` is for names' in fault
    assert "Ask for it by `value`" in fault


def test_a_users_mechanism_that_fails_to_import(tmp_path):
    (tmp_path / "broken_amnesty.py").write_text("1 / 0\n")
    text = changed("parameters:\n", 'mechanisms: {use: ["broken_amnesty:Amnesty"]}\nparameters:\n')
    [fault] = faults_of(tmp_path, text)
    assert "ZeroDivisionError: division by zero" in fault


def test_a_name_that_no_system_takes(tmp_path):
    for name in ("a" * 300, "a" * 300 + ".yaml"):
        faults = check(name)
        assert len(faults) == 1, faults


def test_a_date_beyond_what_can_be_reckoned(tmp_path):
    text = re.sub(r"end: \S+,", "end: 9999-12-31,", TEXT, count=1)
    (fault,) = check(write(tmp_path, text))
    assert "too far off" in fault.message
    assert "9000" in fault.remedy


@pytest.mark.parametrize(
    ("asked", "answer", "words", "mend"),
    [
        ("share: coercion.fear > 0", "1.2", "1.2 is no share", "between 0 and 1"),
        ("share: coercion.fear > 0", "true", "is no answer to a `share`", "Write a number"),
        ("ratio: [tension, fear]", "high", "is no answer to a `ratio`", "Write a number"),
        (
            "ratio: [tension, fear]",
            "2.5",
            "how near is near to a `ratio` of 2.5 is not known",
            "Write {value: 2.5, within: ...}",
        ),
    ],
)
def test_a_number_on_record_says_how_near_is_near(tmp_path, asked, answer, words, mend):
    more = "  fear: {ask: How much?, mean: coercion.fear}\n"
    text = changed("  both: {", f"{more}  asked: {{ask: How?, {asked}}}\n  both: {{")
    (fault,) = faults_of(tmp_path, changed("history:\n", f"history:\n  asked: {answer}\n", text))
    assert "history.asked" in fault
    assert words in fault
    assert mend in fault
    right = changed("history:\n", "history:\n  asked: {value: 0.5, within: 0.1}\n", text)
    assert read(tmp_path, right).history["asked"].within == 0.1


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (3, 3), (4, 4), (5, 5), (6, 4), (60, 4)])
def test_no_single_entry_is_counted_rather_than_shown(count, shown):
    assert shown_of(count, 4) == shown


def test_names_are_cut_short():
    assert listed("abcd", most=4) == "a, b, c, d"
    assert listed("abcde", {"e": 7}, most=4) == "a, b, c, d, e (7)"
    assert listed("abcdef", most=4) == "a, b, c, d and 2 more"
    assert listed("") == ""


@pytest.mark.parametrize(("count", "last"), [(41, "fault 41."), (42, "and 2 more faults;")])
def test_faults_are_cut_short(count, last):
    told = str(ScenarioError([Fault(f"fault {n}.") for n in range(1, count + 1)]))
    assert told.split("\n\n")[-1].startswith(last)
    assert len(told.split("\n\n")) == 41
