"""The claims that come with vertikal: what is owed by each, whatever its verdict."""

import re
from pathlib import Path

import pytest

from vertikal.claims import library
from vertikal.claims.design import make_design
from vertikal.claims.reading import by_id
from vertikal.claims.rivals import setting
from vertikal.data.rules import rules

CLAIMS = {claim.id: claim for book in library() for claim in book.claims}
ASKED = by_id(library())
"""The claims, and the positions of sides that have tests of their own."""


def test_each_document_has_its_file_and_every_id_names_its_document():
    books = library()
    assert [book.path.stem.upper() for book in books] == [b.document.code for b in books]
    for book in books:
        for claim in book.claims:
            assert claim.id.startswith(book.document.code.lower() + "-")


def test_every_claim_rests_on_rules_or_says_nothing_of_the_regime():
    for claim in CLAIMS.values():
        assert claim.rules or claim.kind == "normative", claim.id
        assert set(claim.rules) <= set(rules())


@pytest.mark.parametrize("name", [n for n, claim in ASKED.items() if claim.tests])
def test_every_test_can_be_played_and_says_why_it_is_as_it_is(name):
    claim = ASKED[name]
    for test in (*claim.tests, *claim.elaborated):
        design = make_design(claim, test, claim.folder)
        assert design.contrasts
        assert len(test.basis) > 10


def test_statements_are_sentences_of_our_own():
    for claim in CLAIMS.values():
        assert claim.statement.endswith(".")
        assert not re.search(r"[\"“”«»]", claim.statement), claim.id


def test_a_claim_without_tests_says_why():
    for claim in CLAIMS.values():
        assert bool(claim.tests) != bool(claim.reason), claim.id


COUNTS = {"BEL": (32, 6), "BER": (23, 3), "KZE": (41, 2), "NAD": (29, 1), "TOR": (60, 5)}
"""Claims that can be right or wrong, and judgements of value, in each document."""

RIVALRIES = 22
"""Questions on which the documents, or one of them within itself, disagree."""


def test_nothing_that_the_documents_claim_is_left_out():
    found = {}
    for book in library():
        asserted = sum(claim.kind != "normative" for claim in book.claims)
        found[book.document.code] = (asserted, len(book.claims) - asserted)
    assert found == COUNTS
    assert sum(asserted for asserted, _ in COUNTS.values()) == 185
    assert len(CLAIMS) == 185 + 17


def test_the_page_of_results_says_how_many_are_tested_by_their_parts():
    page = Path(__file__).parents[2] / "docs" / "explanation" / "claims-tested.md"
    found = sum(claim.in_parts for claim in CLAIMS.values())
    assert f"Of {found} claims the source asserts a form" in page.read_text(encoding="utf-8")


def test_every_rivalry_names_claims_of_its_sides():
    rivalries = [rivalry for book in library() for rivalry in book.rivalries]
    assert len({rivalry.id for rivalry in rivalries}) == len(rivalries) == RIVALRIES
    codes = {book.document.code for book in library()}
    for rivalry in rivalries:
        assert set(rivalry.rules) <= set(rules())
        assert any(side.claims for side in rivalry.sides), rivalry.id
        assert all((rivalry.treatment, rivalry.outcome, rivalry.expected)), rivalry.id
        for side in rivalry.sides:
            assert side.source.doc in codes
            for name in side.claims:
                assert name in CLAIMS, (rivalry.id, name)
                assert CLAIMS[name].source.doc == side.source.doc, (rivalry.id, name)


def test_a_position_that_no_claim_states_meets_the_claims_of_the_other_side():
    rivalries = [rivalry for book in library() for rivalry in book.rivalries if rivalry.positions]
    assert {r.id for r in rivalries} == {
        "rival-security-grievance-or-domestic-cause", "rival-integrate-or-balance",
        "rival-transition-ended-or-unfinished",
    }  # fmt: skip
    for rivalry in rivalries:
        for side in rivalry.sides:
            assert not (side.claims and side.tests), "only where no claim states it"
        found = setting(rivalry, CLAIMS)
        assert found.obstacle == ""
        for name in found.common:
            for side in rivalry.sides:
                assert any(t.scenario == name for c in side.rests_on for t in ASKED[c].tests)


def test_what_follows_from_a_source_and_what_we_add_to_it_are_both_said():
    for claim in CLAIMS.values():
        assert claim.expected or claim.kind == "normative", claim.id
        assert claim.elaboration or not claim.elaborated, claim.id
