"""The report in a real browser: offline, light and dark, on paper, on a narrow screen."""

import re

import pytest

from tests.sample_report import sample
from vertikal.report import write_report

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_report(sample(40, 5), tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture
def visit(browser, path):
    """Open the report; afterwards check that it asked for nothing and complained of nothing."""
    asked, complaints, contexts = [], [], []

    def open_page(width=1280, scheme="light", script=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme,
            offline=True, java_script_enabled=script,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert set(asked) <= {path.as_uri()}
    assert complaints == []


def background(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def brightness(page):
    inside = background(page).removeprefix("rgb(").removesuffix(")")
    return sum(int(part) for part in inside.split(",")) / 3


def test_opens_offline_and_draws(visit):
    page = visit()
    assert page.locator("h1").inner_text() == "A court that never was"
    assert page.locator("main svg").count() > 30
    heights = page.evaluate(
        "[...document.querySelectorAll('.panels svg, .networks svg')]"
        ".map(s => s.getBoundingClientRect().height)"
    )
    assert min(heights) > 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_reader_and_the_button_turns_it_over(visit, scheme):
    page = visit(scheme=scheme)
    was_bright = brightness(page) > 128
    assert was_bright == (scheme == "light")
    line = page.locator(".panels svg path[stroke]").first
    before = line.evaluate("e => getComputedStyle(e).stroke")
    page.get_by_role("button").click()
    assert (brightness(page) > 128) != was_bright
    assert line.evaluate("e => getComputedStyle(e).stroke") != before
    page.get_by_role("button").click()
    assert (brightness(page) > 128) == was_bright


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_fits_the_screen(visit, width):
    page = visit(width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [1280, 400])
def test_no_headline_caption_or_effect_is_cut_off(visit, width):
    """What is wider than the screen can be scrolled to, but these must be seen at once."""
    page = visit(width=width)
    tables = ".headline" if width < 1280 else ".headline, #contrasts ~ .scroll table"
    spare = page.evaluate(
        "s => [...document.querySelectorAll(s)].map(t =>"
        " t.closest('.scroll').clientWidth - t.closest('.scroll').scrollWidth)",
        tables,
    )
    assert spare
    assert min(spare) >= 0
    room = page.evaluate(
        "[...document.querySelectorAll('caption')].filter(c => c.offsetWidth)"
        ".map(c => c.closest('.scroll').clientWidth - c.getBoundingClientRect().width)"
    )
    assert min(room) >= -1


def test_complete_without_script(visit):
    page = visit(script=False)
    assert page.locator("h2").count() == 13
    assert page.locator("#theme").is_hidden()


def test_prints_light_whole_and_within_the_paper(visit):
    page = visit(width=690, scheme="dark")
    page.get_by_role("button").click()
    page.get_by_role("button").click()
    assert brightness(page) < 128
    page.emulate_media(media="print")
    assert brightness(page) == 255
    assert page.locator(".side").is_hidden()
    # An A4 page between its margins is 184 mm wide, 695 CSS pixels.
    assert page.evaluate("document.documentElement.scrollWidth") <= 695
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert 5 <= paper.count(b"/Type /Page\n") <= 25


def test_contents_can_be_walked_by_keyboard(visit):
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("link", name="The history that happened").focus()
    page.keyboard.press("Enter")
    sync_api.expect(page).to_have_url(re.compile("#docking$"))
    sync_api.expect(page.locator("#docking")).to_be_in_viewport()
