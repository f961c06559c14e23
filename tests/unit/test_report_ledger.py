"""The pages of the ledger: their words, pictures and links, and how writing them may fail."""

import dataclasses
import html
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import PurePosixPath

import altair as alt
import numpy as np
import pytest
from jsonschema import ValidationError
from markupsafe import Markup

from tests import sample_ledger
from tests.commands import command, is_root
from vertikal.claims.design import make_design
from vertikal.claims.ledger import explained, read_ledger
from vertikal.claims.reading import one_of_library
from vertikal.claims.running import FOLDER
from vertikal.claims.schema import Change
from vertikal.report import claim_words, figures, treatments
from vertikal.report.ledger import Comparison, pages, write_ledger


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return sample_ledger.write_claims(tmp_path_factory.mktemp("claims"))


@pytest.fixture(scope="module")
def book(file):
    return sample_ledger.read(file)


@pytest.fixture(scope="module")
def kept(book, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    sample_ledger.keep_all(folder, book)
    return folder


@pytest.fixture(scope="module")
def entries(book, kept):
    return explained(read_ledger(book.claims, kept))


@pytest.fixture(scope="module")
def found(entries, book):
    return pages(entries, [book])


def text_of(markup):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup)))


def test_there_is_a_page_for_everything(found, entries, book):
    assert set(found) == {
        "index.html",
        "ledger.json",
        "rivalries/own-rivalry.html",
        *(f"claims/{e.claim.id}.html" for e in entries),
    }


@pytest.mark.parametrize("name", sample_ledger.SHAPES)
def test_pictures_of_every_shape_are_sound_and_told(found, name):
    page = found[f"claims/own-{name}.html"]
    drawings = re.findall(r'<div role="img" aria-label="([^"]+)">(<svg.*?</svg>)', page, re.S)
    expected = {"bounded": 1, "highest": 1, "ordering": 3}.get(name, 2)
    assert len(drawings) == expected
    for label, svg in drawings:
        ElementTree.fromstring(svg)
        assert "NaN" not in svg
        assert label.startswith(("Mean answers: ", "Mean effects in 64", "Mean answers in 64"))
    identities = re.findall(r'\bid="([^"]+)"', page)
    assert len(identities) == len(set(identities))


def test_charts_are_sound_by_their_schema(entries, book, monkeypatch):
    drawn, draw = [], figures.vl_convert.vegalite_to_svg

    def noted(spec, **how):
        drawn.append(spec)
        return draw(spec, **how)

    monkeypatch.setattr(figures.vl_convert, "vegalite_to_svg", noted)
    kinds = {f"own-{name}" for name in ("increases", "threshold", "interaction", "truth")}
    pages([e for e in entries if e.claim.id in kinds], [book])
    assert len(drawn) == 1 + 2 * len(kinds)
    for spec in drawn:
        alt.Chart.from_dict(spec, validate=True)
    with pytest.raises(ValidationError):
        alt.Chart.from_dict(drawn[-1] | {"width": "wide"}, validate=True)


def test_blocks_are_as_many_as_draws_and_blue_where_the_claim_holds(found, entries):
    for name in ("increases", "years", "decreases"):
        page = found[f"claims/own-{name}.html"]
        (entry,) = [e for e in entries if e.claim.id == f"own-{name}"]
        holds = int(entry.tests[0].played.parts[0].holds.sum())
        last = re.findall(r"<svg.*?</svg>", page, re.S)[-1]
        blocks = re.findall(r'<path[^>]*fill="var\(--(c1|c2)\)"[^>]*stroke="var\(--paper\)"', last)
        assert (blocks.count("c1"), blocks.count("c2")) == (holds, 64 - holds), name


def test_everything_is_shown(found):
    page = text_of(found["claims/own-increases.html"])
    for words in (
        "This is about increases.", "Somebody, An <argument> (2001), 1", "what follows",
        "What we add, and the source does not say (not tested) what we add", "Supported",
        "How strong are the engineers at the end?", "The guards lend nothing variant no-cover",
        "in the direction expected and enough to matter (at least 0.1)", "tiny.yaml", "made up",
        "vertikal trace CO-4", "More or less?",
    ):  # fmt: skip
        assert words in page, words
    assert "a cycle has no contrast" in text_of(found["claims/own-cycle.html"])
    assert "no history can settle" in text_of(found["claims/own-premise.html"])
    rivalry = text_of(found["rivalries/own-rivalry.html"])
    for words in ("Much more.", "Much less.", "This is about bounded.", "Supported",
                  "What is varied Vary what they <are>.", "What is read Their number.",
                  "What is expected more goes with more"):  # fmt: skip
        assert words in rivalry, words


def test_what_the_equations_give_away_is_told_beside_the_verdict(found):
    assert "by construction" in text_of(found["claims/own-sweep.html"])
    assert "by construction" not in text_of(found["claims/own-increases.html"])
    front = text_of(found["index.html"])
    assert re.search(r"Of claims marked by construction ?\(1 supported\) an equation", front)
    assert front.count("· by construction") == 1
    rows = json.loads(found["ledger.json"])["claims"]
    assert [row["id"] for row in rows if row["by_construction"]] == ["own-sweep"]


def test_findings_come_first(found):
    page = found["index.html"]
    heads = re.findall(r'<h2 id="(\w+)">', page)
    assert heads == [
        "asked", "score", "contradicted", "line", "divided", "supported", "unsettled",
        "untestable", "normative", "assumptions", "rivalries", "limits",
    ]  # fmt: skip
    assert "14 claims from 1 document," in page
    assert (
        "the model contradicts 1: 1 by an effect that is the opposite of what is expected." in page
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("decreases", "That is the opposite of what is expected."),
        ("no-effect", "That is less than would matter (0.1)."),
        ("sweep", "along the straight line that fits best"),
        ("threshold", "beyond the mean change over the other steps"),
        ("interaction", "one change lowers the effect of the other"),
        ("interaction", "beyond the sum of what each does alone"),
        (
            "ordering",
            "It is partly supported, since its effects disagree: 1 supported, 1 contradicted.",
        ),
        ("bounded", "it is at least 0.2 and at most 0.8"),
        ("truth", "percentage points). That is in the direction expected"),
        ("years", "years without the change to"),
    ],
)
def test_words_of_every_shape(found, name, words):
    page = text_of(found[f"claims/own-{name}.html"]).replace("interval +", "interval ")
    if name == "truth":
        assert "% of histories with it: +" in page
        words = "In percentage points."
    assert words in page


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (0.5, "in the direction expected and enough to matter"),
        (0.01, "too little to matter"),
        (-0.5, "the opposite of what is expected"),
        (0.1, "left open on average"),
    ],
)
def test_how_an_effect_lies_to_what_would_matter(book, tmp_path, effect, words):
    claim = next(c for c in book.claims if c.id == "own-increases")
    rng = np.random.default_rng(3)
    noise = 0.02 * rng.standard_normal((2, 64, 8))
    answers = [0.5 + noise[0], 0.5 + effect + noise[1]]
    sample_ledger.keep(tmp_path, claim, claim.tests[0], answers)
    (entry,) = read_ledger([claim], tmp_path)
    assert words in claim_words.gist(entry)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("unsettled", "on average."),
        ("fragile", "on average."),
        ("supported", "on average; within the margin it is."),
        ("contradicted", "on average; within the margin it is not."),
    ],
)
def test_a_mean_on_the_line(book, tmp_path, word, words):
    claim = next(c for c in book.claims if c.id == "own-increases")
    noise = 0.02 * np.random.default_rng(3).standard_normal((2, 64, 8))
    sample_ledger.keep(tmp_path, claim, claim.tests[0], [0.5 + noise[0], 0.6 + noise[1]])
    (entry,) = read_ledger([claim], tmp_path)
    (part,) = entry.tests[0].played.parts
    finding = dataclasses.replace(part.finding, word=word)
    told = claim_words._near(finding, "enough")
    assert told == f"Whether that is enough is left open {words}"


def test_what_no_history_counts_for_leans_nowhere(book, tmp_path):
    claim = next(c for c in book.claims if c.id == "own-increases")
    lost = [np.full((4, 8), np.nan)] * 2
    sample_ledger.keep(tmp_path, claim, claim.tests[0], lost)
    (entry,) = read_ledger([claim], tmp_path)
    assert claim_words.headline(entry) == "No history of its test counts."
    assert "lean" not in claim_words.gist(entry)


def test_where_a_claim_fails_and_what_drives_it(found, book):
    claim = next(c for c in book.claims if c.id == "own-driven")
    address, _ = sample_ledger.driver(claim, 64, 8)
    page = text_of(found["claims/own-driven.html"])
    assert "Fails where" in page
    assert f"[{address}]" in page
    assert "Assumptions that drive the change" in page
    assert "favours the claim" in page
    data = json.loads(found["ledger.json"])
    assert data["assumptions"][0]["address"] == address
    assert data["assumptions"][0]["claims"][0] == "own-driven"
    sought, regions = data["regions"]["sought"], data["regions"]["told"]
    assert 1 <= regions <= sought <= len(sample_ledger.SHAPES)
    limits = text_of(found["index.html"].partition('id="limits"')[2])
    assert f"A region was sought in {sought} test" in limits
    assert f"and is told of {regions}; if parameters mattered in none" in limits
    front = found["index.html"].partition('id="assumptions"')[2]
    assert address in front
    assert 'href="claims/own-driven.html"' in front


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("increases", "favours the claim"), ("highest", "favours the claim"),
        ("no-effect", "raises it"), ("bounded", "raises it"),
    ],
)  # fmt: skip
def test_more_of_an_assumption_is_for_a_claim_only_where_it_asks_for_more(book, name, words):
    claim = next(c for c in book.claims if c.id == f"own-{name}")
    assert claim_words.more_of_it(claim.tests[0])[0] == words


def test_of_what_is_not_up_to_date_it_is_not_told_where_it_fails(book, tmp_path):
    claim = next(c for c in book.claims if c.id == "own-increases")
    answers = sample_ledger.answers("increases", 40, 8)
    sample_ledger.keep(tmp_path, claim, claim.tests[0], answers, more={"code": "other"})
    (entry,) = explained(read_ledger([claim], tmp_path))
    assert entry.tests[0].played is not None
    assert entry.tests[0].where is None


def test_the_sides_of_a_rivalry_compared(entries, book, found):
    alone = text_of(found["rivalries/own-rivalry.html"])
    assert "The sides have not been compared yet." in alone
    assert f"vertikal claims rivalry own-rivalry --file {book.path}" in alone
    compared = Comparison(
        "A court", ("Right is <more>.", "Look here."), Markup("<svg></svg>"), "A map"
    )
    more = pages(entries, [book], {"own-rivalry": [compared]})["rivalries/own-rivalry.html"]
    for words in ("Who is right where", "A court", "Right is &lt;more&gt;.", "Look here."):
        assert words in more, words
    assert '<div role="img" aria-label="A map"><svg></svg>' in more


def test_links_lead_somewhere_and_nothing_is_asked_of_the_network(found):
    for path, page in found.items():
        if not path.endswith(".html"):
            continue
        for target in re.findall(r'href="([^"]+)"', page):
            file, _, place = target.partition("#")
            parts = list(PurePosixPath(path).parent.parts)
            for step in PurePosixPath(file).parts:
                parts = parts[:-1] if step == ".." else [*parts, step]
            leads_to = "/".join(parts) if file else path
            assert leads_to in found, (path, target)
            assert not place or f'id="{place}"' in found[leads_to], (path, target)
        assert "src=" not in page
        assert not re.search(r'(?:href|url)[=(]"?https?:', page)
        assert "<argument>" not in page


def test_the_data_beside_the_pages(found, entries):
    data = json.loads(found["ledger.json"])
    assert [c["id"] for c in data["claims"]] == [e.claim.id for e in entries]
    first = data["claims"][0]
    assert (first["verdict"], first["firm"]) == ("supported", True)
    (effect,) = first["tests"][0]["effects"]
    assert effect["mean"] == pytest.approx(0.2, abs=0.01)
    assert effect["holds_between"] == [0.1, None]
    assert data["documents"]["OWN"]["supported"] == sum(e.word == "supported" for e in entries)
    assert data["rivalries"][0]["id"] == "own-rivalry"


def test_the_same_results_give_the_same_bytes(book, kept):
    claims = [c for c in book.claims if c.id in ("own-driven", "own-interaction")]
    one, two = (pages(explained(read_ledger(claims, kept)), [book]) for _ in range(2))
    assert one == two


def test_what_is_not_up_to_date_is_said_everywhere(book, tmp_path):
    claim = next(c for c in book.claims if c.id == "own-increases")
    answers = sample_ledger.answers("increases", 40, 8)
    sample_ledger.keep(tmp_path, claim, claim.tests[0], answers, more={"code": "other"})
    old = claim.tests[0].model_copy(update={"smallest": 0.3})
    sample_ledger.keep(tmp_path, claim, old, answers)
    found = pages(read_ledger([claim], tmp_path), [book])
    assert "Not all results are up to date" in found["index.html"]
    again = f"Test them again: vertikal claims test --file {book.path} --folder {tmp_path} ."
    assert again in text_of(found["index.html"])
    (usual,) = (dataclasses.replace(e, folder=FOLDER) for e in read_ledger([claim], tmp_path))
    front = text_of(pages([usual], [book])["index.html"])
    assert f"Test them again: vertikal claims test --file {book.path} ." in front
    page = text_of(found["claims/own-increases.html"])
    assert "Changed since: the code that plays histories." in page
    assert "the claim has changed since: smallest" in page
    assert "not up to date" in text_of(found["rivalries/own-rivalry.html"])
    assert "own-bounded is not among the claims" in text_of(found["rivalries/own-rivalry.html"])


def test_without_histories_there_are_numbers_and_no_picture(book, kept, tmp_path):
    claim = next(c for c in book.claims if c.id == "own-increases")
    home = sample_ledger.keep(
        tmp_path, claim, claim.tests[0], sample_ledger.answers("increases", 40, 8)
    )
    (home / "batch-00000.parquet").unlink()
    page = pages(read_ledger([claim], tmp_path), [book])["claims/own-increases.html"]
    assert "there is no picture" in page
    assert "+0.2" in page


def test_what_can_no_longer_be_played_keeps_its_page(tmp_path):
    book = sample_ledger.read(sample_ledger.write_claims(tmp_path))
    claim = book.claims[0]
    answers = sample_ledger.answers("increases", 40, 8)
    sample_ledger.keep(tmp_path / "kept", claim, claim.tests[0], answers)
    tiny = tmp_path / "tiny.yaml"
    tiny.write_text(tiny.read_text("utf-8").replace("engineers-strong", "engineers-weak"), "utf-8")
    found = pages(explained(read_ledger([claim], tmp_path / "kept")), [book])
    page = text_of(found["claims/own-increases.html"])
    assert "it cannot be played now" in page
    assert "The numbers" not in page
    assert "Supported" in found["index.html"]


def test_the_command(file, kept, tmp_path):
    out = tmp_path / "ledger"
    chosen = ("own-increases", "own-cycle", "--source", "OWN", "--file", file)
    told = command("claims", "report", *chosen, "-o", kept, "--pages", out)
    assert (told.code, told.out.strip()) == (0, str(out / "index.html"))
    assert "2 of 2 claims, " in told.err
    assert "2 of 2 pages, " in told.err
    assert "This is about increases." in (out / "index.html").read_text("utf-8")
    assert (out / "claims" / "own-cycle.html").is_file()
    assert json.loads((out / "ledger.json").read_text("utf-8"))["claims"]


def test_mistakes_are_told(file, kept, tmp_path):
    told = command("claims", "report", "own-increases", "-f", file, "--folder", tmp_path)
    assert told.code == 2
    assert "there are no results on these claims" in told.err
    (tmp_path / "file").write_text("in the way")
    told = command(
        "claims", "report", "own-increases", "-f", file, "--folder", kept,
        "--pages", tmp_path / "file" / "ledger",
    )  # fmt: skip
    assert told.code == 2
    assert "is a file, not a folder" in told.err


@pytest.mark.skipif(is_root(), reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(entries, book, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(Exception, match="cannot be written: Permission denied"):
        write_ledger(entries, [book], tmp_path / "ledger")


# What a verdict does not say, and numbers and names as a reader wants them


def page_of(book, folder, name, answers, **changed):
    claim = next(c for c in book.claims if c.id == f"own-{name}")
    claim = claim.model_copy(
        update={"tests": tuple(t.model_copy(update=changed) for t in claim.tests)}
    )
    sample_ledger.keep(folder, claim, claim.tests[0], answers)
    found = pages(read_ledger([claim], folder), [book])
    return found[f"claims/own-{name}.html"], found["index.html"], json.loads(found["ledger.json"])


def test_it_is_told_why_a_claim_is_fragile(found):
    front = found["index.html"]
    assert "Partly supported: tests disagree".lower() in text_of(front).lower()
    assert "What hangs on how large an effect must be to matter (1)" in front
    assert "partly supported: effects disagree" in text_of(found["claims/own-ordering.html"])
    assert "Of 2 fragile claims 0 hold in part of the parameter space; 1 hangs" in text_of(front)
    rows = {c["id"]: c for c in json.loads(found["ledger.json"])["claims"]}
    told = "its effects disagree: 1 supported, 1 contradicted"
    assert rows["own-ordering"]["disagreement"] == told
    on_line = text_of(found["claims/own-years.html"])  # its effect is 0.099, and 0.1 would matter
    assert "It hangs on how large an effect must be to matter." in on_line
    assert "These histories would have it supported with a smallest effect a fifth less" in on_line
    assert [i for i, row in rows.items() if row["hangs_on_line"]] == ["own-years"]


@pytest.mark.parametrize("name", ["increases", "no-effect"])
def test_it_is_told_on_which_side_of_the_line_a_fragile_effect_would_hold(book, tmp_path, name):
    """Effects of which as many are a little above the smallest that matters as below."""
    claim = next(c for c in book.claims if c.id == f"own-{name}")
    away = np.where(np.arange(4096) % 2, 0.1, -0.1)[:, None] * claim.tests[0].smallest
    noise = 0.002 * np.random.default_rng(3).standard_normal((4096, 8))
    effects = claim.tests[0].smallest + away + noise
    sample_ledger.keep(tmp_path, claim, claim.tests[0], [np.zeros_like(noise), effects])
    (entry,) = read_ledger([claim], tmp_path)
    (part,) = entry.tests[0].played.parts
    fragile = dataclasses.replace(part.finding, word="fragile")
    less, more = ("less", "more") if name == "increases" else ("more", "less")
    assert claim_words.nearby(claim.tests[0], fragile) == (
        f"These histories would have it supported with a smallest effect a fifth {less} and "
        f"contradicted with a smallest effect a fifth {more}."
    )
    assert not claim_words.nearby(claim.tests[0], dataclasses.replace(fragile, nearby=()))
    supported = dataclasses.replace(fragile, word="supported")
    assert not claim_words.nearby(claim.tests[0], supported)


def test_a_warning_where_an_effect_is_impossible(book, tmp_path):
    nearly = (np.arange(64 * 16).reshape(64, 16) % 128 > 0).astype(float)
    page, front, data = page_of(book, tmp_path, "truth", [nearly, nearly])
    text = text_of(page)
    assert "so that a rise of 10 percentage points is impossible: the verdict says nothing" in text
    assert "In its test an effect that would matter is impossible" in text
    assert data["claims"][0]["tests"][0]["effects"][0]["impossible"] is True
    assert "impossible" in front


def test_no_warning_where_there_is_room(found):
    for name in sample_ledger.SHAPES:
        assert "is impossible" not in found[f"claims/own-{name}.html"], name


def test_no_effect_is_supported_only_because_nothing_changed(book, tmp_path):
    same = sample_ledger.answers("no-effect", 64, 8)[0]
    page, front, _ = page_of(book, tmp_path, "no-effect", [same, same])
    assert "It is supported only because nothing changed" in text_of(page)
    assert "It is supported only because nothing changed" in text_of(front)


def test_arms_of_an_ordering_and_settings_are_told_in_words(found):
    page = found["claims/own-ordering.html"]
    text = text_of(page)
    assert "with “the scenario as it is” to" in text
    assert "with “The guards lend nothing”" in text
    assert "in arm 1" not in text
    assert re.search(r"<text[^>]*>(<tspan[^>]*>)?The guards", page)
    assert re.search(r'= 0\.9 <code class="muted">coercion\.fear</code>', page)


def test_small_numbers_have_one_notation(book, tmp_path):
    base = sample_ledger.answers("increases", 64, 8)[0]
    rise = 0.0008 + 0.0001 * np.random.default_rng(1).standard_normal(base.shape)
    page, _, _ = page_of(book, tmp_path, "increases", [base, base + rise])
    assert re.search(r"\+0\.000[78]\d* \(interval −0\.\d", text_of(page))
    assert not re.search(r"\de[-+]\d", text_of(page.partition("<main")[2]))


def test_nothing_impossible_is_shown_of_percentages(book, tmp_path):
    never = np.zeros((16, 8))
    page, _, _ = page_of(
        book, tmp_path, "truth", [never], shape="bounded", within=(None, 0.5),
        treatment=book.claims[0].tests[0].treatment.model_copy(update={"variant": ()}),
    )  # fmt: skip
    text = text_of(page)
    assert "−0%" not in text
    assert "-0%" not in text
    interval = re.search(r"On average 0% of histories \(interval (\S+) to", text)
    assert interval
    assert interval.group(1) == "0%"


def test_what_is_not_tested_is_not_tested_again_and_says_why_once(found):
    page = text_of(found["claims/own-cycle.html"])
    assert page.count("a cycle has no contrast") == 1
    assert "vertikal claims test" not in page
    assert "vertikal claims test" not in found["claims/own-premise.html"]


def test_the_command_of_a_page_can_be_given_as_it_stands(found, book):
    page = text_of(found["claims/own-increases.html"])
    assert f"Test it again: vertikal claims test own-increases --file {book.path}" in page


@pytest.mark.parametrize("place", ["elsewhere", None])
def test_hints_name_the_folder_of_the_ledger_where_it_is_not_the_usual_one(
    entries, book, kept, place
):
    """Those of a page: to test again, to ask by designed draws, to compare rivals."""
    folder = kept if place else FOLDER
    there = [dataclasses.replace(e, folder=folder) for e in entries]
    found = {path: text_of(page) for path, page in pages(there, [book]).items()}
    for path, words in (
        ("claims/own-increases.html", "vertikal claims test own-increases"),
        ("claims/own-increases.html", "vertikal claims screen own-increases"),
        ("claims/own-increases.html", "vertikal claims overturn own-increases"),
        ("rivalries/own-rivalry.html", "vertikal claims rivalry own-rivalry"),
        ("index.html", "vertikal claims rivalry own-rivalry"),
    ):
        told = f"{words} --file {book.path}" + (f" --folder {kept}" if place else "")
        assert told in found[path], told
        assert ("--folder" in found[path]) == bool(place), path
    assert entries[0].folder == kept


def test_how_to_read_the_pictures_is_told_once_a_page(found):
    for name in sample_ledger.SHAPES:
        assert found[f"claims/own-{name}.html"].count("How to read the pictures") == 1, name


def test_a_rivalry_that_is_not_compared_says_so_on_the_front_page(found, entries, book):
    told = f"Not compared yet: vertikal claims rivalry own-rivalry --file {book.path} --folder "
    assert told in found["index.html"]
    compared = Comparison("A court", ("More.",), state="More is right in 80%.")
    front = pages(entries, [book], {"own-rivalry": [compared]})["index.html"]
    assert "More is right in 80%." in front
    assert "Not compared yet" not in front


def test_a_batch_beyond_the_budget_is_told_as_such(book, tmp_path):
    claim = next(c for c in book.claims if c.id == "own-increases")
    home = sample_ledger.keep(
        tmp_path, claim, claim.tests[0], sample_ledger.answers("increases", 40, 8)
    )
    result = json.loads((home / "result.json").read_text("utf-8"))
    (home / "result.json").write_text(json.dumps(result | {"budget": 300}), "utf-8")
    page = text_of(pages(read_ledger([claim], tmp_path), [book])["claims/own-increases.html"])
    assert "320 of each arm, stopped after the batch that passed 300" in page


@pytest.mark.parametrize(("count", "told"), [(3, "c = 1"), (4, "b = 1 and 2 more")])
def test_no_single_setting_of_an_arm_is_left_out(book, count, told):
    claim = next(c for c in book.claims if c.id == "own-ordering")
    arms = make_design(claim, claim.tests[0], claim.folder).arms
    change = Change(set={f"leader.{name}": 1 for name in "abcd"[:count]})
    treatment = claim.tests[0].treatment.model_copy(update={"order": (change,) * len(arms)})
    test = claim.tests[0].model_copy(update={"treatment": treatment})
    names = treatments.arm_names(test, arms)
    assert all(name.endswith(told) for name in names.values()), names


def test_a_patch_is_told_as_deep_as_there_is_something_to_say_of_it():
    claim = one_of_library("kze-late-reign-brings-case-wave")
    test = claim.tests[0]
    scenario = make_design(claim, test, claim.folder).arms["without"]
    ((name, told),) = treatments.arms(test, scenario)
    assert name == "with the change"
    assert ("people.brezhnev.born = 1926-12-19", "") in told
    assert ("frailty of Leonid Brezhnev = 1", "people.brezhnev.frailty") in told
