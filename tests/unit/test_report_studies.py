"""What designed draws told of a test, on the pages of the ledger."""

import html
import json
import math
import re
import xml.etree.ElementTree as ElementTree

import altair as alt
import pytest

from tests import sample_ledger
from tests.commands import command
from vertikal.claims import folders
from vertikal.claims.ledger import explained, read_ledger
from vertikal.claims.sensitivity import Assumption
from vertikal.report import figures
from vertikal.report.claim_studies import confirmed
from vertikal.report.ledger import pages


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return sample_ledger.read(sample_ledger.write_claims(tmp_path_factory.mktemp("claims")))


def claim_of(book, name):
    return next(c for c in book.claims if c.id == f"own-{name}")


def text_of(markup):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def with_result(book, folder, name="increases"):
    """A claim with a result on its test."""
    claim = claim_of(book, name)
    answers = sample_ledger.answers(name, 64, 8)
    if name == "driven":
        answers[1] += 0.4 * (sample_ledger.driver(claim, 64, 8)[1][:, None] - 0.5)
    sample_ledger.keep(folder, claim, claim.tests[0], answers)
    return claim


def page_of(book, claim, folder):
    return pages(explained(read_ledger([claim], folder)), [book])[f"claims/{claim.id}.html"]


class TestPages:
    @pytest.mark.parametrize("name", ["increases", "decreases", "ordering", "bounded", "truth"])
    def test_the_page_of_a_claim(self, book, tmp_path, name, monkeypatch):
        drawn, draw = [], figures.vl_convert.vegalite_to_svg
        monkeypatch.setattr(
            figures.vl_convert,
            "vegalite_to_svg",
            lambda spec, **how: drawn.append(spec) or draw(spec, **how),
        )
        claim = with_result(book, tmp_path, name)
        found = sample_ledger.screen_of(claim)
        sample_ledger.keep_screen(tmp_path, claim, found)
        sample_ledger.keep_search(tmp_path, claim)
        markup = page_of(book, claim, tmp_path)
        page = text_of(markup)
        total, inert = len(found.screened), sum(s.size == 0 for s in found.screened)
        assert f"Of {total} parameters in doubt 3 change the effect by more than chance" in page
        assert f"and {inert} change nothing at all" in page
        assert f"Most hangs on this: {found.screened[0].meaning}." in page
        assert "At most 7% of the differences between draws are chance." in page
        assert "In these draws: Fails where" in page
        assert "With all parameters at their medians the claim holds" in page
        assert "lies at distance 1.3; there it fails" in page
        assert "2 others moved by less than 0.25 standard deviations each" in page
        assert "−1.2" in page
        assert "Not asked yet" not in page
        drawings = re.findall(r'<div role="img" aria-label="([^"]+)">(<svg.*?</svg>)', markup, re.S)
        for label, svg in drawings[-2:]:
            ElementTree.fromstring(svg)
            assert "NaN" not in svg
            assert label.startswith(("Change of the effect", "Shares of the differences"))
        for spec in drawn[-2:]:
            alt.Chart.from_dict(spec, validate=True)
        identities = re.findall(r'\bid="([^"]+)"', markup)
        assert len(identities) == len(set(identities))
        if name == "truth":
            assert "changes the effect by 30 percentage points on average" in page
            assert "+20 percentage points (interval +19 to +21)" in page
        if name == "decreases":
            assert "holds: −0.2 (interval −0.21 to −0.19)" in page
        if name == "ordering":
            assert page.count("from “") >= 4
        if name == "bounded":
            assert "More of it raises it" not in page
            assert "blue where more of it raises it, vermilion where it lowers it" in page

    def test_where_nothing_matters_there_is_no_picture(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        sample_ledger.keep_screen(tmp_path, claim, sample_ledger.screen_of(claim, 0))
        sample_ledger.keep_search(tmp_path, claim, sample_ledger.search_of(claim, is_found=False))
        page = text_of(page_of(book, claim, tmp_path))
        assert "parameters in doubt none changes the effect by more than chance would" in page
        assert "What each changes" not in page
        assert "was found that overturns it, after 9 000 histories" in page.replace(" ", " ")
        assert "The nearest draw that overturns it" not in page

    def test_what_was_not_asked_has_its_command(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        asks = [
            f"vertikal claims {v} own-increases --file {book.path}" for v in ("screen", "overturn")
        ]
        page = text_of(page_of(book, claim, tmp_path))
        assert all(ask in page for ask in asks)
        sample_ledger.keep_screen(tmp_path, claim)
        page = text_of(page_of(book, claim, tmp_path))
        assert [ask in page for ask in asks] == [False, True]

    def test_of_several_tests_it_names_the_one(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        more = claim.tests[0].model_copy(update={"smallest": 0.2})
        wider = claim.model_copy(update={"tests": (more, *claim.tests)})
        wider._folder, wider._place = claim.folder, claim._place
        sample_ledger.keep_screen(tmp_path, claim)
        page = text_of(page_of(book, wider, tmp_path))
        assert "vertikal claims overturn own-increases --test 2" in page
        assert "--test 1" not in page, "nothing is known of a test that was not played"

    def test_a_study_of_a_claim_that_was_not_tested_has_its_page(self, book, tmp_path):
        claim = claim_of(book, "increases")
        sample_ledger.keep_screen(tmp_path, claim)
        page = text_of(page_of(book, claim, tmp_path))
        assert "Not yet tested" in page
        assert "3 change the effect by more than chance would" in page


class TestWhatHasChangedSince:
    def test_the_page_says_so(self, book, tmp_path, monkeypatch):
        claim = with_result(book, tmp_path)
        sample_ledger.keep_screen(tmp_path, claim)
        monkeypatch.setattr(folders, "code_digest", lambda: "other")
        told = "Changed since: the code that plays histories. Ask again: vertikal claims screen"
        assert told in text_of(page_of(book, claim, tmp_path))

    def test_what_can_no_longer_be_played_is_shown(self, tmp_path):
        book = sample_ledger.read(sample_ledger.write_claims(tmp_path))
        claim = with_result(book, tmp_path / "kept")
        sample_ledger.keep_screen(tmp_path / "kept", claim)
        sample_ledger.keep_search(tmp_path / "kept", claim)
        tiny = tmp_path / "tiny.yaml"
        text = tiny.read_text("utf-8")
        tiny.write_text(text.replace("engineers-strong:", "engineers-mighty:"), "utf-8")
        page = text_of(page_of(book, claim, tmp_path / "kept"))
        assert page.count("it cannot be played now") == 3
        assert "The nearest draw within" in page

    def test_a_study_of_a_test_that_is_made_no_longer_is_listed(self, book, tmp_path):
        claim = with_result(book, tmp_path)
        sample_ledger.keep_screen(tmp_path, claim)
        other = sample_ledger.altered(claim, smallest=0.15)
        page = text_of(page_of(book, other, tmp_path))
        assert "Screening the claim has changed since: smallest" in page


class TestOverAllClaims:
    def test_the_front_page_says_what_screening_confirmed(self, book, tmp_path):
        claim = with_result(book, tmp_path, "driven")
        bare = pages(explained(read_ledger([claim], tmp_path)), [book])
        assert "Confirmed" not in bare["index.html"]
        assert json.loads(bare["ledger.json"])["assumptions"][0]["screened"] == 0
        found = sample_ledger.screen_of(claim)
        address, _ = sample_ledger.driver(claim, 64, 8)
        assert address in [s.address for s in found.screened if s.matters]
        sample_ledger.keep_screen(tmp_path, claim, found)
        front = pages(explained(read_ledger([claim], tmp_path)), [book])
        assert "Confirmed by a screening" in text_of(front["index.html"])
        assert "1 of 1" in text_of(front["index.html"])
        first = json.loads(front["ledger.json"])["assumptions"][0]
        assert (first["address"], first["confirmed"], first["screened"]) == (address, 1, 1)

    def test_only_tests_that_hang_on_an_assumption_count(self, book, tmp_path):
        claim = with_result(book, tmp_path, "driven")
        sample_ledger.keep_screen(tmp_path, claim, sample_ledger.screen_of(claim, 0))
        entries = explained(read_ledger([claim], tmp_path))
        address, _ = sample_ledger.driver(claim, 64, 8)
        asked = [Assumption(a, a, 1, math.nan, ()) for a in (address, "another")]
        assert confirmed(entries, asked) == {address: (0, 1), "another": (0, 0)}


def test_the_command(book, tmp_path):
    claim = with_result(book, tmp_path / "kept")
    sample_ledger.keep_screen(tmp_path / "kept", claim)
    how = ("own-increases", "-f", book.path, "-o", tmp_path / "kept", "--pages", tmp_path / "out")
    told = command("claims", "report", *how)
    assert told.code == 0, told.err
    page = (tmp_path / "out" / "claims" / "own-increases.html").read_text("utf-8")
    assert "Which of all assumptions drive it" in page
