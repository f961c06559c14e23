"""The report: words, pictures, the page, and what it must never do."""

import dataclasses
import html
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from tests.sample_report import outcomes, sample
from vertikal import report
from vertikal.analysis import contrast, fan, frequencies, predictive
from vertikal.errors import VertikalError
from vertikal.report import words
from vertikal.report.caveats import automatic
from vertikal.report.figures import event_marks, fan_panel, milliseconds
from vertikal.report.look import CATEGORICAL, PALETTES
from vertikal.report.network import pictures, short
from vertikal.report.page import put
from vertikal.scenario.schema import Clock


@pytest.fixture(scope="module")
def data():
    return sample(draws=40, replicates=5)


@pytest.fixture(scope="module")
def page(data):
    return report.render(data)


def clock(start, step, end=2011):
    return Clock.model_validate({"start": start, "end": end, "step": step})


def test_a_clock_that_changes_its_pace_is_told_by_each():
    changing = Clock.model_validate(
        {"start": "2022-02-24", "end": "2024-02-24", "step": "day", "then": {"2022-06-01": "week"}}
    )
    assert words.pace(changing) == "day, week from 1 Jun 2022"
    day, week = "2022-05-31", "2022-06-08"
    assert words.span(day, f"{day}T23:59:59", changing) == "31 May 2022"
    assert words.span(week, "2022-06-14T23:59:59", changing) == "8 Jun 2022 – 14 Jun 2022"
    assert words.moment(changing, 97 / 365.25) == "31 May 2022"
    assert words.moment(changing, (97 + 7) / 365.25) == "1 Jun 2022"
    assert words.moment(changing, (97 + 8) / 365.25) == "8 Jun 2022"
    assert words.instant(changing, (97 + 8) / 365.25) == "9 Jun 2022"


def text_of(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


# Words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0%"), (1.0, "100%"), (0.37, "37%"), (0.004, "0.4%"), (0.0001, "<0.1%"),
        (0.9962, "99.6%"), (0.99999, ">99.9%"), (0.99, "99%"), (-0.2, "−20%"), (math.nan, "–"),
    ],
)  # fmt: skip
def test_percent_never_rounds_to_certainty(share, shown):
    assert words.percent(share) == shown


def test_ranges_of_percent():
    assert words.percent_range(0.34, 0.40) == "34–40%"
    assert words.percent_range(0.341, 0.344) == "34%"
    assert words.percent_range(-0.05, 0.1) == "−5% to 10%"


@pytest.mark.parametrize(
    ("difference", "shown"), [(0.123, "+12"), (-0.0412, "−4.1"), (0.0, "0"), (0.0001, "0")]
)
def test_points(difference, shown):
    assert words.points(difference) == shown


@pytest.mark.parametrize(
    ("share", "word"),
    [(0.0, "almost no chance"), (0.1, "very unlikely"), (0.5, "roughly even chance"),
     (0.7, "likely"), (1.0, "almost certain")],
)  # fmt: skip
def test_words_of_likelihood(share, word):
    assert words.likelihood(share) == word


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.3, "0.3"),
        (-1234.4, "−1 234"),
        (999.7, "1 000"),
        (0.00042, "4.2e-04"),
        (math.inf, "∞"),
        (math.nan, "–"),
    ],
)
def test_numbers(value, shown):
    assert words.number(value) == shown


def test_an_event_is_dated_by_the_step_in_which_it_came():
    # The first month of the scenario ends after 1/12 year.
    months = clock("1946-01-01", "month", 1957)
    assert words.moment(months, 1 / 12) == "Jan 1946"
    assert words.moment(months, 1 / 24) == "Jan 1946"
    assert words.moment(months, 87 / 12) == "Mar 1953"
    assert words.moment(months, math.inf) == "never"
    assert words.moment(clock("1450-01-01", "year", 2011), 1.0) == "1450"
    assert words.moment(clock("1991-08-17", "hour", 1991), 25 / 8766) == "18 Aug 1991, 00:00"
    # The last month as a float32, in which simulations count.
    assert words.moment(months, float(np.float32(144 / 12))) == "Dec 1957"
    for month in range(1, 13):
        first = words.instant(months, float(np.float32((month - 1) / 12 + 7)))
        assert first == words.date(f"1953-{month:02d}-15", "month")
    assert words.instant(months, 7.18) == "Mar 1953"


@pytest.mark.parametrize(
    ("first", "last", "step", "told"),
    [
        ("2003-01-01", "2003-03-31", "quarter", "2003 Q1"),
        ("2002-12-01", "2003-02-28T23:59:59", "quarter", "Dec 2002 – Feb 2003"),
        ("1991-12-26", "1992-03-25T23:59:59", "quarter", "26 Dec 1991 – 25 Mar 1992"),
        ("1953-03-02", "1953-03-08T23:59:59", "week", "2 Mar 1953 – 8 Mar 1953"),
        ("1953-03-01", "1953-03-31T23:59:59", "month", "Mar 1953"),
        ("1999-12-01", "2000-11-30T23:59:59", "year", "Dec 1999 – Nov 2000"),
        ("1450-01-01", "1450-12-31T23:59:59", "year", "1450"),
        ("1953-03-05", "1953-03-05T23:59:59", "day", "5 Mar 1953"),
        ("1953-03-05", "", "week", "5 Mar 1953"),
    ],
)
def test_a_step_that_is_no_unit_of_the_calendar_is_told_from_end_to_end(first, last, step, told):
    assert words.span(first, last, clock(first, step)) == told


# Colours ----------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_from_the_paper(theme):
    """Contrast as WCAG 2.2 asks: 4.5 to 1 for text, 3 to 1 for marks."""
    palette = PALETTES[theme]
    for role in ("ink", "muted", "accent", *CATEGORICAL):
        one, two = sorted((luminance(palette[role]), luminance(palette["paper"])))
        needed = 3.0 if role in CATEGORICAL else 4.5
        assert (two + 0.05) / (one + 0.05) >= needed, role


# Pictures ---------------------------------------------------------------------------------------


def test_pictures_take_their_colours_from_the_page(page):
    assert "var(--c1)" in page
    assert not re.search(r"#0d0c[0-9a-f]{2}", page)
    assert not re.search(r'(?:fill|stroke)="(?!none|var|transparent|url)', page)


def test_every_svg_is_well_formed_and_named_apart(page):
    pictures_found = re.findall(r"<svg.*?</svg>", page, flags=re.S)
    assert len(pictures_found) > 30
    for picture in pictures_found:
        ElementTree.fromstring(picture)
    ids = Counter(re.findall(r'\bid="([^"]+)"', page))
    assert [name for name, times in ids.items() if times > 1] == []
    for used in re.findall(r"url\(#([^)]+)\)", page):
        assert used in ids


def test_fan_panel_draws_the_numbers_it_is_given():
    values = np.linspace(0, 1, 101)[:, None] * np.ones(5)
    found = fan("x", {"a": values}, time=["2000-01", "2000-02", "2000-03", "2000-04", "2000-05"])
    svg = fan_panel(found, "a", "c1", key="k", is_share=False, limit=(0.0, 1.0))
    areas = re.findall(r'd="M([^"]+)" fill="var\(--c1\)"', svg)
    tops = [min(float(y) for y in re.findall(r",(-?[\d.]+)", area)) for area in areas]
    # Plot of height 130: the bands end at 95 and 75 per cent.
    assert sorted(tops) == pytest.approx([0.05 * 130, 0.25 * 130], abs=0.01)


def test_events_too_close_to_be_told_apart_share_a_label():
    days = ["2000-01-01", "2000-06-01", "2000-06-03", "2000-06-20", "2001-02-01", "1999-01-01"]
    events = [report.RecordedEvent(d, d) for d in days]
    marks = event_marks(events, [milliseconds("2000-01-01"), milliseconds("2002-01-01")])
    assert [m["label"] for m in marks] == ["1", "2–4", "5"]


def test_a_picture_does_not_depend_on_the_time_zone():
    script = """
import hashlib, numpy as np
from vertikal.analysis import fan
from vertikal.report.figures import fan_panel
found = fan("x", {"a": np.ones((3, 3))}, time=["1991-08-18", "1991-08-19", "1991-08-20"])
svg = fan_panel(found, "a", "c1", key="k", is_share=True, limit=(0, 2))
seen = hashlib.sha256(svg.encode()).hexdigest()
"""
    here: dict[str, str] = {}
    exec(script, here)
    far = subprocess.run(
        [sys.executable, "-c", script + "print(seen)"],
        env={**os.environ, "TZ": "Asia/Vladivostok"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert far.stdout.strip() == here["seen"]


def test_network_keeps_places_and_discs_apart(data):
    drawn = pictures(data.network)
    places = [{m.person.id: (m.x, m.y) for m in picture.marks} for picture in drawn]
    assert places[0] == places[-1]
    seats = np.array(list(places[0].values()))
    gaps = np.linalg.norm(seats[:, None] - seats, axis=-1) + 100 * np.eye(len(seats))
    assert gaps.min() > 10
    discs = drawn[0].discs
    for i, one in enumerate(discs):
        for two in discs[i + 1 :]:
            assert math.hypot(one.x - two.x, one.y - two.y) > one.radius + two.radius
        inside = [m for m in drawn[0].marks if m.person.clan == one.clan]
        assert all(math.hypot(m.x - one.x, m.y - one.y) < one.radius for m in inside)
    half = drawn[0].size / 2
    assert max(math.hypot(d.x, d.y) + d.radius for d in discs) < half


def test_a_person_who_changes_clan_keeps_the_place_and_changes_colour():
    def person(clan):
        return report.Person("p", "P", clan, 0.5)

    other = report.Person("q", "Q", "b", 0.4)
    network = report.Network(
        {"a": "A", "b": "B"},
        tuple(
            report.Snapshot(date, (person(clan), other))
            for date, clan in (("2000-01-01", "a"), ("2001-01-01", "b"))
        ),
    )
    one, two = (next(m for m in p.marks if m.person.id == "p") for p in pictures(network))
    assert (one.x, one.y) == (two.x, two.y)
    assert (one.person.clan, two.person.clan) == ("a", "b")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("The leader", "leader"),
        ("The organiser", "organiser"),
        ("Malenkov", "Malenkov"),
        ("Nikita Sergeyevich Khrushchev", "Khrushchev"),
        ("Head of the personnel office", "Head of the p…"),
        ("Very Long Name Of A Person Until The End Of The Line", "Very Long Nam…"),
    ],
)
def test_names_in_pictures_are_shortened_alike(name, written):
    assert short(name) == written


def test_discs_carry_the_names_of_their_clans(data, page):
    drawn = pictures(data.network)[0]
    assert {d.clan: d.label for d in drawn.discs} == {
        clan: short(name) for clan, name in data.network.clans.items()
    }
    written = re.findall(r'<text class="clan"[^>]*>([^<]+)', page)
    assert written == [d.label for d in drawn.discs] * len(data.network.snapshots)


def test_crowds_find_a_seat():
    crowd = tuple(report.Person(str(i), str(i), "a", 0.1) for i in range(300))
    drawn = pictures(report.Network({"a": "A"}, (report.Snapshot("2000-01-01", crowd),)))[0]
    assert len({(m.x, m.y) for m in drawn.marks}) == 300


# The page ---------------------------------------------------------------------------------------


def test_same_data_same_bytes(data, page, tmp_path):
    path = report.write_report(data, tmp_path / "deep" / "report.html")
    assert path.read_text(encoding="utf-8") == page


def test_nothing_is_fetched_and_the_file_is_small(page):
    assert not re.search(r"""(?:src|href)=["'](?!\#)""", page)
    assert "@import" not in page
    assert set(re.findall(r"https?://[^\s\"'<]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in page
    assert len(page.encode()) < 1_000_000


def test_contents_lead_to_every_section(page):
    anchors = re.findall(r'<a href="#([^"]+)">', page)
    headings = re.findall(r'<h2 id="([^"]+)">', page)
    assert anchors == headings
    assert len(headings) == 13
    assert page.count("<h1>") == 1


def test_text_is_escaped(page):
    assert "Great Anselm dies &amp; &lt;the court&gt; divides." in page


def test_pictures_have_words(page):
    for opening in re.findall(r"<svg[^>]*>", page):
        assert "aria-label" in opening or "aria-hidden" in opening
    assert len(re.findall(r'role="img" aria-label="[^"]{20,}"', page)) > 20
    for head in re.findall(r"<th[ >][^>]*", page):
        assert "scope=" in head


def test_every_headline_has_interval_range_and_split(data, page):
    shown = text_of(page)
    for row in data.frequencies.rows:
        if row.kind == "bool":
            estimate = words.percent(row.estimate)
            interval = words.percent_range(row.low, row.high)
            spread = words.percent_range(row.split.draw_low, row.split.draw_high)
            assert re.search(
                rf"{re.escape(estimate)} {re.escape(interval)} .*?{re.escape(spread)} ", shown
            )


def test_effects_are_told_in_the_words_of_the_page(data):
    before = outcomes(draws=20, replicates=5)
    after = before.assign(chancellor=before["chancellor"].where(before["draw"] > 4, "Orlo"))
    effect = contrast(before, after, ["chancellor"])
    asked = report.OutcomeFacts("chancellor", "Who is it?", labels={"Orlo": "Orlo of the Armoury"})
    changed = (report.ContrastSection("All for Orlo", effect),)
    page = report.render(dataclasses.replace(data, outcomes=(asked,), contrasts=changed))
    told = text_of(page[page.index('id="contrasts"') : page.index('id="docking"')])
    orlo = effect.of("chancellor", "Orlo")
    assert 0 < orlo.changed_draws <= 5 < orlo.draws
    assert f"Who is it? Orlo of the Armoury {words.percent(orlo.before)}" in told
    assert f" 0 100% of {orlo.changed_draws} " in told, "no draw speaks against it"


def test_addresses_break_at_their_joints_only():
    declared = report.OutcomeFacts("a", "A?", declared="first: elite.status[old_guard] < 1.5")
    page = report.render(dataclasses.replace(sample(draws=20), outcomes=(declared,)))
    assert "elite.<wbr>status<wbr>[old_<wbr>guard] &lt; 1.5" in page


def test_docking_is_told_as_it_comes_out(data, page):
    shown = text_of(page)
    for total in data.docking.totals():
        direction = "ahead" if total.lead > 0 else "behind"
        line = f"{words.score(total.score)}. The model is {direction} by"
        assert line in shown
    assert any(total.lead < 0 for total in data.docking.totals())
    assert "Mar 1953" in shown


def test_sections_without_data_are_left_out(data):
    bare = report.ReportData(scenario=data.scenario, ensemble=data.ensemble)
    page = report.render(bare)
    assert re.findall(r'<h2 id="([^"]+)">', page) == ["asked", "limits", "again"]
    assert "<title>A court that never was</title>" in page


def test_many_labels_are_folded(data):
    table = outcomes(40, 5)
    table["place"] = [f"place {i % 20:02d}" for i in range(200)]
    page = report.render(
        dataclasses.replace(data, frequencies=frequencies(table, ["place"]), incidences=())
    )
    assert "12 further answers, each at most" in text_of(page)
    places = pd.Categorical(table["place"], categories=[f"place {i:02d}" for i in range(25)])
    page = report.render(
        dataclasses.replace(
            data, frequencies=frequencies(table.assign(place=places), ["place"]), incidences=()
        )
    )
    assert "17 further answers, 5 of which no history gives, each at most" in text_of(page)
    table["place"] = [f"place {i % 9:02d}" for i in range(200)]
    page = report.render(
        dataclasses.replace(data, frequencies=frequencies(table, ["place"]), incidences=())
    )
    assert "further answers" not in text_of(page), "one more takes no more room than that line"
    assert all(f"place {i:02d}" in text_of(page) for i in range(9))


def test_what_never_came_about_is_told(data):
    table = outcomes(40, 5)
    table["union"] = False
    table["war"], table["war.is"] = np.nan, pd.Categorical([None] * 200, categories=["cold"])
    found = frequencies(table, ["union", "war"])
    page = report.render(dataclasses.replace(data, frequencies=found, incidences=()))
    rows = re.findall(r'<tr><th scope="row">(union|war)<br>.*?<strong>(.*?)</strong>', page, re.S)
    assert rows == [("union", "0%"), ("war", "0%")]


@pytest.mark.parametrize(
    ("draws", "failures", "words_wanted"),
    [
        (1, {}, "share one set of parameter values"),
        (200, {}, "cannot be told apart"),
        (20, {}, "Only 20 sets of parameter values"),
        (60, {"nan": 7}, "7 of 200 histories failed"),
    ],
)
def test_caveats_follow_from_the_numbers(data, draws, failures, words_wanted):
    facts = dataclasses.replace(data.ensemble, runs=200, draws=draws, failures=failures)
    found = automatic(dataclasses.replace(data, ensemble=facts))
    assert any(words_wanted in caveat for caveat in found)


def test_a_file_that_cannot_be_written_is_a_user_error(data, tmp_path):
    with pytest.raises(VertikalError, match="the report cannot be written"):
        report.write_report(data, tmp_path)


def test_a_full_disk_leaves_the_report_that_was_there(tmp_path):
    resource = pytest.importorskip("resource")
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    target = put(tmp_path / "report.html", "old")
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, kept[1]))
    try:
        with pytest.raises(VertikalError, match="the report cannot be written"):
            put(target, "new" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert target.read_text("utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_report_goes_where_a_link_leads(tmp_path):
    link = tmp_path / "link.html"
    link.symlink_to(tmp_path / "report.html")
    put(link, "page")
    assert link.is_symlink()
    assert (tmp_path / "report.html").read_text("utf-8") == "page"


# Numbers that some histories lack ----------------------------------------------------------------


@pytest.fixture(scope="module")
def partial(data):
    """The report with a span that three in four histories lack, and one that all lack."""
    table = outcomes(draws=40, replicates=5)
    other = outcomes(draws=40, replicates=5, shift=-0.7)
    with_, without = (
        t.assign(gap=np.where(np.arange(len(t)) % 4 == 0, gap, np.nan), lost=np.nan)
        for t, gap in ((table, 0.01), (other, 0.02))
    )
    without["gap"] = without["gap"].where(np.arange(len(without)) % 8 != 0)
    asks = [report.OutcomeFacts(n, f"How long is the {n}?", "years") for n in ("gap", "lost")]
    effect = contrast(with_, without, ["peak-tension", "gap", "lost"])
    return dataclasses.replace(
        data,
        scenario=dataclasses.replace(data.scenario, clock=clock("1946-01-01", "day", 1957)),
        outcomes=(*data.outcomes, *asks),
        frequencies=frequencies(with_),
        contrasts=(report.ContrastSection("Something else", effect),),
        predictive=predictive(with_, {"gap": 0.01, "lost": 1.0}),
    )


def test_how_many_histories_have_an_answer_stands_beside_it(partial):
    told = text_of(report.render(partial))
    found = partial.frequencies.of("gap")[-1]
    assert found.value == "answered"
    answered = f"answered in {found.count} of {found.runs} histories"
    assert told.count(f"How long is the gap? {answered}") == 2, "among numbers and among records"
    assert "answered in some histories only" in told
    assert re.search(r"How long is the gap\? [^?]*? 3\.65 3\.65 – 3\.65 3\.65 [^?]*? days", told)
    assert re.search(r"How long is the lost\? answered in 0 of \d+ histories, 0%", told)
    assert "no history has an answer" in told
    assert "How long is the peak-tension" not in told


def test_a_comparison_says_among_how_many_pairs_it_is(partial):
    told = text_of(report.render(partial))
    effect = partial.contrasts[0].contrast.of("gap", "mean")
    assert f"{partial.contrasts[0].contrast.of('peak-tension').pairs} pairs of histories" in told
    assert f"How long is the gap? in the {effect.pairs} pairs that both have an answer" in told
    assert "How long is the gap? answered" in told
    assert "How long is the lost? in the" not in told


def test_a_report_of_full_answers_says_nothing_of_it(page):
    assert "answered in" not in text_of(page)


@pytest.mark.parametrize(
    ("unit", "step", "told"),
    [
        ("years", 1 / 8766, (365.25, "days")), ("years", 7 / 365.25, (365.25, "days")),
        ("years", 1 / 12, (1, "years")), ("share of time", 1 / 8766, (1, "share of time")),
    ],
)  # fmt: skip
def test_years_on_a_fast_clock_are_told_in_days(unit, step, told):
    assert words.scaled(unit, step) == told
