"""Claim files: what is read, which claims are chosen, and the words of their faults."""

import pytest

from tests.commands import command
from vertikal.claims import chosen, library, read_book
from vertikal.claims.checking import check_tests
from vertikal.claims.reading import by_id
from vertikal.errors import VertikalError
from vertikal.scenario.faults import ScenarioError

TEXT = """\
vertikal: 1
document: {code: OWN, author: Somebody, title: An argument, year: 2020}
claims:
  - id: own-west
    kind: causal
    source: {doc: OWN, para: "¶1"}
    statement: A shut West hardens the regime.
    subsystem: elite
    rules: [EL-9]
    priority: 1
    elaboration: more so where law is grey
    tests:
      - scenario: after-the-war
        treatment: {patch: {events: {west-opens: null}}}
        outcome: repression
        shape: increases
        smallest: 0.05
        basis: one step of the scale of judgements is 0.1, half of it matters
    elaborated:
      - scenario: after-the-war
        treatment: {factorial: [{patch: {events: {west-opens: null}}}, {variant: law-grey}]}
        outcome: repression
        shape: interaction
        smallest: 0.05
        basis: as above
  - id: own-good
    kind: normative
    source: {doc: OWN}
    statement: An open West is good.
    subsystem: foreign-west
  - id: own-dark
    kind: predictive
    source: {doc: OWN}
    statement: The future is dark.
    subsystem: war
    untestable: what would count as dark is not said
rivalries:
  - id: own-rivalry
    statement: Is it dark?
    subsystem: war
    sides:
      - {label: dark, source: {doc: OWN}, position: It is., claims: [own-dark]}
      - {label: bright, source: {doc: OWN}, position: It is not.}
"""


def write(folder, text=TEXT, name="own.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault(folder, old, new):
    """The one fault after a change, with the file's folder left out."""
    assert TEXT.count(old) == 1, old
    path = write(folder, TEXT.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        read_book(path)
    assert len(caught.value.faults) == 1, str(caught.value)
    return str(caught.value).replace(str(path), "own.yaml")


class TestReading:
    def test_what_a_file_says(self, tmp_path):
        book = read_book(write(tmp_path))
        west, good, dark = book.claims
        assert (book.document.code, west.priority, west.stance) == ("OWN", 1, "asserted")
        assert west.place.endswith("own.yaml:4")
        assert west.scenarios == ("after-the-war",)
        assert [c.reason for c in book.claims] == [
            "", "a value judgement or a premise", "what would count as dark is not said",
        ]  # fmt: skip
        assert (good.tests, dark.tests) == ((), ())
        assert [s.label for s in book.rivalries[0].sides] == ["dark", "bright"]

    def test_an_empty_value_in_a_patch_stays_there_to_remove(self, tmp_path):
        claim = read_book(write(tmp_path)).claims[0]
        assert claim.tests[0].treatment.patch == {"events": {"west-opens": None}}

    @pytest.mark.parametrize(
        ("asserts", "outcome", "in_parts"),
        [
            ("no-effect", "repression", False), ("ordering", "repression", True),
            ("ordering", "{ask: By how much?, difference: [agenda, repression]}", False),
        ],
    )  # fmt: skip
    def test_bounds_ask_whether_there_is_no_effect_and_of_a_difference_an_order(
        self, tmp_path, asserts, outcome, in_parts
    ):
        text = TEXT.replace(
            "    elaboration: more so", f"    asserts: {asserts}\n    elaboration: more so"
        )
        text = text.replace(
            """\
        treatment: {patch: {events: {west-opens: null}}}
        outcome: repression
        shape: increases
        smallest: 0.05
""",
            f"        outcome: {outcome}\n        shape: bounded\n        within: [null, 0.1]\n",
        )
        claim = read_book(write(tmp_path, text)).claims[0]
        assert claim.tests[0].shape == "bounded"
        assert claim.in_parts == in_parts

    def test_own_files_stand_beside_the_library(self, tmp_path):
        books = library([write(tmp_path)])
        assert books[-1].document.code == "OWN"
        again = write(tmp_path, name="again.yaml")
        with pytest.raises(VertikalError, match=r"own-west.* stands in .*own\.yaml:4 already"):
            library([write(tmp_path), again])

    def test_a_rivalry_names_claims_that_there_are(self, tmp_path):
        text = TEXT.replace("claims: [own-dark]", "claims: [own-bark]")
        with pytest.raises(VertikalError, match='own-rivalry names the claim "own-bark"'):
            library([write(tmp_path, text)])

    @pytest.mark.parametrize("name", ["own-rivalry", "own-west"])
    def test_the_id_of_a_rivalry_is_nobody_elses(self, tmp_path, name):
        other = TEXT.replace("OWN", "NEW").replace("own-", "new-").replace("new-rivalry", name)
        with pytest.raises(VertikalError, match=rf'"{name}" stands in .*own\.yaml.* already'):
            library([write(tmp_path), write(tmp_path, other, "new.yaml")])

    def test_a_side_names_no_rivalry(self, tmp_path):
        text = TEXT.replace("claims: [own-dark]", "claims: [own-rivalry]")
        with pytest.raises(VertikalError, match='names the claim "own-rivalry"'):
            library([write(tmp_path, text)])

    def test_choosing(self, tmp_path):
        books = library([write(tmp_path)])

        def ids(*names, **by):
            return [c.id for c in chosen(books, names, **by) if c.source.doc == "OWN"]

        assert ids() == ["own-west", "own-good", "own-dark"]
        assert ids("own-dark", "own-west", "own-dark") == ["own-dark", "own-west"]
        assert ids(source="own", priority=1) == ["own-west"]
        assert ids(source="OWN", subsystem="war") == ["own-dark"]
        with pytest.raises(VertikalError, match='Did you mean "own-west"'):
            chosen(books, ["own-wets"])
        with pytest.raises(VertikalError, match="vertikal claims rivalry own-rivalry"):
            chosen(books, ["own-rivalry"])
        with pytest.raises(VertikalError, match='Did you mean "own-rivalry"'):
            chosen(books, ["own-rivarly"])
        with pytest.raises(VertikalError, match="there are no claims of"):
            chosen(books, source="XYZ")
        with pytest.raises(VertikalError, match="no claim is about"):
            chosen(books, subsystem="weather")


SIDE = """\
      - label: Bright, or so
        source: {doc: OWN, para: "¶2"}
        position: It is not.
        tests:
          - scenario: after-the-war
            treatment: {variant: law-grey}
            outcome: repression
            shape: decreases
            smallest: 0.05
            basis: half a step
"""
STATED = TEXT.replace("      - {label: bright, source: {doc: OWN}, position: It is not.}\n", SIDE)
"""The same with tests of a position that no claim states."""


class TestPositions:
    def test_a_side_may_have_tests_of_its_own(self, tmp_path):
        book = read_book(write(tmp_path, STATED))
        (rivalry,) = book.rivalries
        (stated,) = rivalry.positions
        assert stated.id == "own-rivalry-bright-or-so"
        assert (stated.position_in, stated.statement) == ("own-rivalry", "It is not.")
        assert (stated.source.para, stated.subsystem) == ("¶2", "war")
        assert [t.shape for t in stated.tests] == ["decreases"]
        assert stated.place.endswith("own.yaml:43")
        assert [side.rests_on for side in rivalry.sides] == [("own-dark",), (stated.id,)]
        assert book.claims == read_book(write(tmp_path)).claims, "it is no claim of the document"
        assert not any(claim.position_in for claim in book.claims)

    def test_it_is_chosen_by_its_id_only(self, tmp_path):
        books = library([write(tmp_path, STATED)])
        name = "own-rivalry-bright-or-so"
        assert [c.id for c in chosen(books, [name])] == [name]
        assert by_id(books)[name].position_in == "own-rivalry"
        for found in (chosen(books), chosen(books, subsystem="war"), chosen(books, source="OWN")):
            assert found
            assert not any(c.position_in for c in found)
        with pytest.raises(VertikalError, match=f'Did you mean "{name}"'):
            chosen(books, ["own-rivalry-bright-or-s"])

    def test_its_id_is_nobody_elses(self, tmp_path):
        other = "      - {label: dark, source: {doc: OWN}, position: It is., claims: [own-dark]}\n"
        assert other in STATED
        twice = STATED.replace(other, SIDE.replace("Bright, or", "bright or"))
        with pytest.raises(VertikalError, match=r"own-rivalry-bright-or-so. stands in .*own\.yaml"):
            library([write(tmp_path, twice)])

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("          - scenario: after-the-war\n", "          - scenario: after-the-wra\n",
             ["own.yaml:47:23: rivalries[0].sides[1].tests[0].scenario",
              'no library scenario "after-the-wra"']),
            ("            outcome: repression\n", "            outcome: repressoin\n",
             ["own.yaml:49:22: rivalries[0].sides[1].tests[0].outcome", '"repression"']),
            ("            smallest: 0.05\n", "",
             ["own.yaml:47", "the smallest effect of interest is missing"]),
        ],
    )  # fmt: skip
    def test_its_faults_are_told_with_their_line(self, tmp_path, old, new, words):
        assert STATED.count(old) == 1
        path = write(tmp_path, STATED.replace(old, new))
        with pytest.raises(ScenarioError) as caught:
            read_book(path)
        assert len(caught.value.faults) == 1, str(caught.value)
        for word in words:
            assert word in str(caught.value)


class TestFaults:
    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("kind: causal", "kind: casual",
             ['own.yaml:5:11: claims[0].kind: "casual" is not possible here.', "causal"]),
            ("rules: [EL-9]", "rules: [EL-99]",
             ["own.yaml:9:13: claims[0].rules[0]", 'there is no rule "EL-99".', 'EL-9']),
            ("      - scenario: after-the-war\n        treatment: {patch",
             "      - scenario: after-the-wra\n        treatment: {patch",
             ["own.yaml:13:19", 'no library scenario "after-the-wra"', '"after-the-war"']),
            ("shape: increases\n        smallest: 0.05\n", "shape: increases\n",
             ["the smallest effect of interest is missing", "`basis`"]),
            ("shape: increases\n", "shape: increases\n        by_construction: maybe\n",
             ["tests[0].by_construction", '"maybe" is neither true nor false', "Write true"]),
            ("shape: increases", "shape: interaction",
             ["own.yaml:14:20: claims[0].tests[0].treatment",
              "`interaction` is not tested by a treatment of the form change",
              "treatment: {factorial: [{variant: one}, {variant: other}]}"]),
            ("shape: increases\n        smallest: 0.05", "shape: increases\n        smallest: 0",
             ["own.yaml:17:19: claims[0].tests[0].smallest", "must be above 0"]),
            ("        treatment: {patch: {events: {west-opens: null}}}\n", "",
             ["own.yaml:15:16: claims[0].tests[0].shape",
              "`increases` needs a treatment, which is missing", "treatment: {variant: one}"]),
            ("shape: increases", "shape: bounded",
             ["own.yaml:16:16: claims[0].tests[0].shape", "`bounded` needs `within`",
              "within: [0.2, 0.5]"]),
            ("        basis: one step of the scale of judgements is 0.1, half of it matters\n", "",
             ["own.yaml:13:9: claims[0].tests[0]: the entry `basis` is missing"]),
            ("basis: as above", "basiss: as above", ["there is no entry \"basiss\"", '"basis"?']),
            ("document: {code: OWN, author: Somebody, title: An argument, year: 2020}\n", "",
             ["`document` is missing", "document: {code: OWN, author:"]),
            ("    untestable: what would count as dark is not said\n", "",
             ["own.yaml:31", "either `tests` or a reason why it is `untestable`"]),
            ("    subsystem: foreign-west\n", "    subsystem: foreign-west\n    wrong: 1\n",
             ['there is no entry "wrong" here']),
            ("id: own-good", "id: own-west", ['"own-west" is given twice']),
            ("- id: own-dark", "- id: own dark", ['"own dark" is no usable id']),
            ("vertikal: 1\n", "vertikal: 2\n", ["Write `vertikal: 1`"]),
            ("rivalries:", "rivalry:", ['there is no entry "rivalry" here', "rivalries"]),
            ("    source: {doc: OWN}\n    statement: The future", "    source: {doc: BEL}\n"
             "    statement: The future", ["holds the claims of OWN"]),
            ("priority: 1", "priority: 4", ["4 is out of bounds", "at most 3"]),
        ],
    )  # fmt: skip
    def test_the_words(self, tmp_path, old, new, words):
        told = fault(tmp_path, old, new)
        for word in words:
            assert word in told, told

    @pytest.mark.parametrize(
        ("treatment", "extra", "words"),
        [
            ("{sweep: {path: economy.rent, values: [0.2, 0.1, 0.4]}}", "",
             "each larger than the one before"),
            ("{variant: law-grey, factorial: [{}, {}]}", "", "one of several: a change, factorial"),
            ("{factorial: [{variant: law-grey}]}", "", "a factorial crosses two changes"),
            ("{order: [{variant: law-grey}]}", "", "an order needs two changes"),
            ("{variant: law-grey}", "step: [1, 2]", "`step` goes with `threshold`"),
            ("{variant: law-grey}", "within: [1, 2]", "`within` goes with `bounded`"),
            ("{variant: law-grey}", "within: [2, 1]", "`within` goes with `bounded`"),
        ],
    )  # fmt: skip
    def test_treatments_that_make_no_sense(self, tmp_path, treatment, extra, words):
        new = (
            f"treatment: {treatment}\n        {extra}\n"
            "        outcome: repression\n        shape: increases"
        )
        old = (
            "treatment: {patch: {events: {west-opens: null}}}\n"
            "        outcome: repression\n        shape: increases"
        )
        assert words in fault(tmp_path, old, new)

    def test_an_outcome_that_the_scenario_lacks(self, tmp_path):
        new = "outcome: repressoin\n        shape: increases"
        told = fault(tmp_path, "outcome: repression\n        shape: increases", new)
        for word in (
            "own.yaml:15:18: claims[0].tests[0].outcome",
            '"after-the-war" has no outcome "repressoin".',
            '"repression"',
            "^",
        ):
            assert word in told, told

    def test_an_outcome_of_a_variant_or_a_patch_is_known(self, tmp_path):
        own = "{patch: {outcomes: {hard: {ask: Hard?, happens: coercion.fear > 0.5}}}}"
        old = (
            "        treatment: {patch: {events: {west-opens: null}}}\n        outcome: repression"
        )
        new = "        treatment: {variant: law-grey}\n        outcome: hard"
        assert TEXT.count(old) == 1
        base = TEXT.replace(old, f"        base: {own}\n{new}")
        assert read_book(write(tmp_path, base)).claims[0].tests[0].outcome == "hard"
        soft = "{patch: {outcomes: {soft: {ask: Soft?, happens: coercion.fear < 0.5}}}}"
        new = (
            f"        treatment: {{order: [{soft}, {{variant: law-grey}}]}}\n        outcome: hard"
        )
        both = TEXT.replace(old, f"        base: {own}\n{new}").replace("increases", "ordering")
        assert read_book(write(tmp_path, both)).claims[0].tests[0].outcome == "hard"
        with pytest.raises(ScenarioError, match='Did you mean "soft"'):
            read_book(write(tmp_path, both.replace("outcome: hard", "outcome: sof")))

    def test_an_outcome_written_in_the_claim(self, tmp_path):
        new = "outcome: {ask: Hard?, hapens: coercion.fear > 0.5}\n        shape: increases"
        path = write(tmp_path, TEXT.replace("outcome: repression\n        shape: increases", new))
        with pytest.raises(ScenarioError) as caught:
            read_book(path)
        assert "own.yaml:15:" in str(caught.value)
        assert 'there is no entry "hapens" here' in str(caught.value)

    def test_a_folder_is_no_claim_file(self, tmp_path):
        with pytest.raises(ScenarioError, match="this is a folder") as caught:
            read_book(tmp_path)
        assert "--file" in str(caught.value)

    def test_no_claims_and_no_file(self, tmp_path):
        for text, words in (("vertikal: 1\n", "the file holds no claims"), ("[1]", "no claim file"),
                            ("claims: []", "a format that this vertikal reads")):  # fmt: skip
            with pytest.raises(ScenarioError, match=words):
                read_book(write(tmp_path, text))
        with pytest.raises(ScenarioError, match="there is no such file"):
            read_book(tmp_path / "none.yaml")


class TestPlayable:
    """Faults that only show when the arms of a test are made ready."""

    OLD = (
        "treatment: {patch: {events: {west-opens: null}}}\n"
        "        outcome: repression\n        shape: increases"
    )

    def faults(self, folder, treatment, outcome="repression", more=""):
        new = f"treatment: {treatment}\n        outcome: {outcome}\n        shape: increases{more}"
        assert TEXT.count(self.OLD) == 1
        book = read_book(write(folder, TEXT.replace(self.OLD, new)))
        check_tests([book], ["own-good"])
        with pytest.raises(ScenarioError) as caught:
            check_tests([book])
        return str(caught.value).replace(f"{folder}/", "")

    @pytest.mark.parametrize(
        ("treatment", "words"),
        [
            ("{variant: lawgrey}", ["14:30: claims[0].tests[0].treatment.variant",
                                    'in after-the-war: there is no variant "lawgrey"']),
            ("{patch: {leadership: {a: 1}}}", ["14:41: claims[0].tests[0].treatment.patch.leader",
                                               'there is no section "leadership"']),
            ("{set: {parameters.case.sheild: 1}}", ["14:20: claims[0].tests[0].treatment:",
                                                    'has no parameter "sheild"']),
            ("{sweep: {path: leadership.a, values: [0, 0.5, 1]}}",
             ["14:20: claims[0].tests[0].treatment:", 'there is no section "leadership"']),
            ("{set: {title: another}}", ["14:20: claims[0].tests[0].treatment: two arms"]),
        ],
    )  # fmt: skip
    def test_a_treatment(self, tmp_path, treatment, words):
        told = self.faults(tmp_path, treatment)
        assert "--set" not in told
        for word in ("own.yaml:", *words):
            assert word in told, told

    def test_an_outcome_and_how_it_is_read(self, tmp_path):
        wrong = '{ask: Hard?, happens: "coercion.terro > 0.5"}'
        told = self.faults(tmp_path, "{variant: law-grey}", wrong)
        assert "own.yaml:15:40: claims[0].tests[0].outcome.happens" in told
        assert '"coercion" has no "terro"' in told
        more = "\n        measure: years"
        told = self.faults(tmp_path, "{variant: law-grey}", more=more)
        assert "own.yaml:17:18: claims[0].tests[0].measure" in told

    def test_a_scenario_of_ones_own_and_a_base(self, tmp_path):
        text = "vertikal: 1\nextends: after-the-war\npeople: {zzz: {clan: 4}}\n"
        write(tmp_path, text, "mine.yaml")
        old = "      - scenario: after-the-war\n        treatment: {patch"
        assert TEXT.count(old) == 1
        for new, words in (
            ("scenario: mine.yaml\n        treatment: {patch", "own.yaml:13:19"),
            ("scenario: after-the-war\n        base: {variant: no}\n        treatment: {patch",
             "own.yaml:14:25: claims[0].tests[0].base.variant"),
        ):  # fmt: skip
            book = read_book(write(tmp_path, TEXT.replace(old, f"      - {new}")))
            with pytest.raises(ScenarioError) as caught:
                check_tests([book])
            assert words in str(caught.value)

    def test_both_changes_of_a_factorial_and_every_test(self, tmp_path):
        text = TEXT.replace("{patch: {events: {west-opens: null}}}, {variant: law-grey}",
                            "{variant: one}, {variant: two}")  # fmt: skip
        text = text.replace("treatment: {patch: {events: {west-opens: null}}}",
                            "treatment: {variant: none}")  # fmt: skip
        with pytest.raises(ScenarioError) as caught:
            check_tests([read_book(write(tmp_path, text))])
        assert [f.address.partition(".")[2] for f in caught.value.faults] == [
            "tests[0].treatment.variant",
            "elaborated[0].treatment.factorial[0].variant",
            "elaborated[0].treatment.factorial[1].variant",
        ]

    @pytest.mark.parametrize("what", ["list", "show", "test"])
    def test_the_commands_tell_them(self, tmp_path, what):
        file = write(tmp_path, TEXT.replace("{variant: law-grey}", "{variant: lawgrey}"))
        kept = ("-o", tmp_path / "kept") if what == "test" else ()
        told = command("claims", what, "own-west", "--file", file, *kept)
        assert told.code == 2
        assert "own.yaml:21:" in told.err
        assert 'there is no variant "lawgrey"' in told.err

    def test_a_side_of_a_rivalry(self, tmp_path):
        tests = (
            "{scenario: after-the-war, treatment: {variant: lawgrey}, outcome: repression, "
            "shape: increases, smallest: 0.05, basis: none}"
        )
        text = TEXT.replace("position: It is not.}", f"position: It is not., tests: [{tests}]}}")
        with pytest.raises(ScenarioError) as caught:
            check_tests([read_book(write(tmp_path, text))])
        (fault,) = caught.value.faults
        assert fault.address == "rivalries[0].sides[1].tests[0].treatment.variant"
