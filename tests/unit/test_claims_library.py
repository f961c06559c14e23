"""The claims that come with vertikal: what is owed by each, whatever its verdict."""

import re

import pytest

from vertikal.claims import library
from vertikal.claims.design import make_design
from vertikal.data.rules import rules

CLAIMS = {claim.id: claim for book in library() for claim in book.claims}


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


@pytest.mark.parametrize("name", [n for n, claim in CLAIMS.items() if claim.tests])
def test_every_test_can_be_played_and_says_why_it_is_as_it_is(name):
    claim = CLAIMS[name]
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
