"""The ledger of claims in a real browser: offline, narrow and wide, its links and its filters."""

import pytest

from tests import sample_ledger
from vertikal.claims.ledger import explained, read_ledger
from vertikal.report.ledger import write_ledger

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ledger")
    book = sample_ledger.read(sample_ledger.write_claims(folder))
    sample_ledger.keep_all(folder / "kept", book, draws=32)
    entries = explained(read_ledger(book.claims, folder / "kept"))
    return write_ledger(entries, [book], folder / "ledger")


@pytest.fixture
def visit(browser, path):
    """Open the ledger; afterwards check that it asked for its own pages alone, and of nothing."""
    asked, complaints, contexts = [], [], []

    def open_page(width=1280, page="index.html", script=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, java_script_enabled=script
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto((path.parent / page).as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert all(url.startswith(path.parent.as_uri()) for url in asked)
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_fits_the_screen(visit, path, width):
    tab = visit(width=width)
    for page in sorted(path.parent.rglob("*.html")):
        tab.goto(page.as_uri())
        tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page.name
        for height in tab.locator("figure svg").evaluate_all(
            "all => all.map(s => s.getBoundingClientRect().height)"
        ):
            assert height > 80, page.name


def test_from_the_front_page_to_a_claim_and_back(visit):
    tab = visit()
    tab.get_by_role("link", name="This is about ordering.").click()
    assert tab.locator("h1").inner_text() == "This is about ordering."
    assert tab.locator("figure svg").count() == 3
    tab.get_by_role("link", name="All claims").click()
    tab.get_by_role("link", name="More or less?").click()
    tab.get_by_role("link", name="This is about increases.").click()
    assert tab.locator("h1").inner_text() == "This is about increases."


def test_the_reader_chooses_claims(visit):
    tab = visit()
    shown = "li[data-word]:visible"
    tab.get_by_label("Verdict").select_option("contradicted")
    assert tab.locator(shown).count() == 1
    assert tab.get_by_role("status").inner_text() == "1 of 14 claims"
    assert tab.locator("section.part:visible").count() == 1
    tab.get_by_label("Verdict").select_option("")
    tab.get_by_label("Words").fill("it RECURS")
    assert tab.locator(shown).count() == 1
    tab.get_by_label("Words").fill("nowhere")
    assert tab.locator(shown).count() == 0


def test_complete_without_script(visit):
    tab = visit(script=False)
    assert tab.locator("#filters").is_hidden()
    assert tab.locator("li[data-word]").count() == 14
