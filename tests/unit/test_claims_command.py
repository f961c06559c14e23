"""`vertikal claims`: what it lists, shows and tests, and how it ends."""

import json

import pytest

from tests import small_claims
from tests.commands import command
from vertikal.claims import library, read_book, staging, trials
from vertikal.claims.results import Result
from vertikal.claims.running import Report
from vertikal.cli.claims_progress import forecast
from vertikal.cli.claims_results import tell


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return small_claims.write(
        tmp_path_factory.mktemp("claims"),
        small_claims.entry(more="    elaboration: whatever else\n"),
        small_claims.entry("small", smallest="0.0000001", priority=2),  # one look cannot settle it
        small_claims.UNTESTED,
    )


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(trials, "BATCH", 128)


def test_the_list_as_json_has_the_promised_fields():
    told = command("claims", "list", "--json")
    assert told.code == 0
    known = {claim.id: claim for book in library() for claim in book.claims}
    assert len(told.json) == len(known)
    for row in told.json:
        assert set(row) == {"id", "kind", "source", "priority", "scenarios", "untestable", "reason"}
        assert row["untestable"] == bool(row["reason"])
        added = bool(known[row["id"]].elaborated)
        assert bool(row["scenarios"]) == (not row["untestable"] or added)


def test_the_list_for_people(file):
    told = command("claims", "list", "--source", "own", "--file", file)
    assert told.code == 0
    for word in ("own-cover", "tiny.yaml", "a cycle has no contrast", "3 claims, 2 of them"):
        assert word in told.out
    chosen = command("claims", "list", "--file", file, "--source", "OWN", "--priority", 1, "--json")
    assert [row["id"] for row in chosen.json] == ["own-cover"]


def test_the_list_has_rivalries_and_how_to_compare_them(file, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")  # so that words stay together
    told = command("claims", "list", "--source", "nad", "--priority", 1)
    words = " ".join(told.out.split())
    assert "rivalry" in words
    assert "sides: holds, erodes" in words
    assert "vertikal claims rivalry ID" in words
    one = command("claims", "list", "own-cover", "--file", file)
    assert "1 claim, 1 of them with tests" in one.out
    assert "rivalr" not in one.out


def test_ids_are_told_whole_on_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    lines = command("claims", "list").out.splitlines()
    assert {c.id for book in library() for c in book.claims} <= set(lines)
    assert all(len(line) <= 40 for line in lines if line.startswith(" "))


def test_a_list_of_nothing_says_so():
    told = command("claims", "list", "kze-silovik-cover-is-decisive", "--source", "BEL")
    assert told.code == 0
    assert told.out == "No claim fits all of what was asked for.\n"
    assert command("claims", "list", "--source", "BEL", "--subsystem", "china",
                   "--priority", 3, "--json").json == []  # fmt: skip


@pytest.mark.parametrize("what", ["test", "report", "where"])
def test_nothing_is_done_with_no_claim(what, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = command("claims", what, "--source", "BEL", "--subsystem", "china", "--priority", 3)
    assert told.code == 2
    assert "no claim fits all of what was asked for" in told.err
    assert "Leave out --source" in told.err
    assert list(tmp_path.iterdir()) == []


def test_a_claim_in_full(file, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    told = command("claims", "show", "own-cover", "own-untested", "-f", file)
    assert told.code == 0
    for word in ("Guards that lend nothing", "own.yaml:4", "we add", "no share can change by five",
                 "variant: [no-cover]", "not tested"):  # fmt: skip
        assert word in told.out, word
    (row,) = command("claims", "show", "own-cover", "-f", file, "--json").json
    assert row["tests"][0]["smallest"] == 5


def test_a_rivalry_has_its_sides():
    told = command("claims", "show", "rival-technocracy-hopeful-or-doomed")
    assert told.code == 0
    for word in ("hopeful", "doomed", "KZE ¶36-39", "kze-silovik-cover-is-decisive",
                 "treatment: Same techno", "outcome: Technocratic", "expected: "):  # fmt: skip
        assert word in told.out, told.out
    assert "which may go about it otherwise" in " ".join(told.out.split())
    assert "no claim and no test" not in told.out


def test_a_side_of_which_nothing_is_asked_says_so(tmp_path):
    sides = [{"label": s, "source": {"doc": "OWN"}, "position": "so"} for s in ("one", "other")]
    asked = {"id": "rival-own", "statement": "Is it so?", "subsystem": "war", "sides": sides}
    file = small_claims.write(tmp_path, small_claims.UNTESTED, f"rivalries: [{json.dumps(asked)}]")
    told = command("claims", "show", "rival-own", "-f", file)
    assert told.code == 0, told.err
    assert told.out.count("no claim and no test") == 2
    assert "otherwise" not in told.out  # nothing is said of how to go about it


@pytest.mark.parametrize("option", [("--source", "bel"), ("--subsystem", "war"), ("--priority", 1)])
def test_what_chooses_among_claims_is_refused_where_a_rivalry_is_named(option):
    told = command("claims", "show", "rival-technocracy-hopeful-or-doomed", *option)
    assert told.code == 2
    assert "choose among claims, and a rivalry is named" in told.err
    assert "Leave them out" in told.err


def test_testing(file, tmp_path):
    out = tmp_path / "kept"
    told = command("claims", "test", "own-cover", "own-untested", "-f", file, "-o", out)
    assert told.code == 0
    for word in ("own-cover", "contradicted", "untestable", "a cycle has no contrast",
                 "1 contradicted, 1 untestable"):  # fmt: skip
        assert word in told.out, told.out
    assert "own-cover, test 1 of 1" in told.err
    again = command("claims", "test", "own-cover", "-f", file, "-o", out, "--json")
    (row,) = again.json
    assert (row["verdict"], row["firm"]) == ("contradicted", True)
    assert row["tests"][0]["findings"][0]["high"] < 5


def test_what_we_add_to_an_untestable_claim_has_a_verdict_and_the_claim_has_none(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "160")
    file = small_claims.write(tmp_path, small_claims.ADDED)
    told = command("claims", "list", "own-added", "-f", file)
    assert "a cycle has no contrast; what we add is tested in tiny.yaml" in " ".join(
        told.out.split()
    )
    asked = ("claims", "test", "own-added", "-f", file, "-o", tmp_path / "kept", "-n", 512)
    told = command(*asked)
    assert told.code == 0, told.err
    for words in ("own-added untestable", "a cycle has no contrast", "we add: tiny.yaml",
                  "supported", "1 untestable"):  # fmt: skip
        assert words in " ".join(told.out.split()), words
    (row,) = command(*asked, "--json").json
    assert (row["verdict"], row["tests"]) == ("untestable", [])
    assert [one["verdict"] for one in row["elaborated"]] == ["supported"]
    where = command("claims", "where", "-f", file, "-o", tmp_path / "kept", "--source", "OWN",
                    "--json").json  # fmt: skip
    assert [(w["claim"], w["elaborated"]) for w in where["tests"]] == [("own-added", True)]
    pages = ("--pages", tmp_path / "pages", "-o", tmp_path / "kept")
    assert command("claims", "report", "own-added", "-f", file, *pages).code == 0
    page = (tmp_path / "pages" / "claims" / "own-added.html").read_text("utf-8")
    for words in ("What we add to it, and the source does not say, is supported.",
                  "do not count against the claim", "Test what we add again"):  # fmt: skip
        assert words in page, words
    (claim,) = json.loads((tmp_path / "pages" / "ledger.json").read_text("utf-8"))["claims"]
    assert (claim["verdict"], claim["added"], claim["firm"]) == ("untestable", "supported", False)


def test_effects_have_the_sign_of_the_change_everywhere(tmp_path):
    """Engineers without cover grow weaker; the claims expect it, the opposite, and bounds."""
    bounds = small_claims.entry("most", shape="bounded", smallest=0)
    file = small_claims.write(
        tmp_path,
        small_claims.entry("falls", shape="decreases", smallest=0.001),
        small_claims.entry("rises", smallest=0.001),
        bounds.replace("smallest: 0\n", "within: [null, 0.9]\n"),
    )
    asked = ("claims", "test", "-f", file, "--source", "OWN", "-o", tmp_path / "kept", "-n", 256)
    told = command(*asked)
    rows = {row["id"]: row["tests"][0] for row in command(*asked, "--json").json}
    pages = ("--pages", tmp_path / "pages", "-o", tmp_path / "kept")
    assert command("claims", "report", "-f", file, "--source", "OWN", *pages).code == 0
    ledger = json.loads((tmp_path / "pages" / "ledger.json").read_text("utf-8"))
    kept = {row["id"]: row["tests"][0]["effects"][0] for row in ledger["claims"]}
    for name, row in rows.items():
        (finding,) = row["findings"]
        assert finding["mean"] == pytest.approx(kept[name]["mean"])
        assert [finding["low"], finding["high"]] == pytest.approx(kept[name]["interval"])
        bounded = name == "own-most"
        after = row["arms"]["with"]
        change = after if bounded else after - row["arms"]["without"]
        assert finding["mean"] == pytest.approx(change, abs=1e-3)
        assert f" {finding['mean']:{'' if bounded else '+'}.3g} " in told.out
    assert rows["own-falls"]["findings"][0]["mean"] != 0


def test_a_budget_that_ends_first_is_told(file, tmp_path):
    asked = ("claims", "test", "own-small", "-f", file, "-o", tmp_path, "--budget", 128)
    told = command(*asked)
    assert told.code == 0
    assert "1 unsettled" in told.out
    assert "the budget ended first" in told.out
    assert "unsettled; supported at none, contradicted at none" in " ".join(told.out.split())
    (row,) = command(*asked, "--json").json
    (finding,) = row["tests"][0]["findings"]
    assert (finding["supported_to"], finding["contradicted_from"]) == (None, None)


def test_what_tables_note_beside_verdicts_is_in_json_too(tmp_path):
    """The share of histories in which the organiser stays cannot rise or fall by more than all."""
    both = """\
      - scenario: tiny.yaml
        treatment: {variant: no-cover}
        outcome: organiser-stays
        shape: no-effect
        smallest: 1.5
        basis: a test
"""
    file = small_claims.write(tmp_path, small_claims.entry("apart", more=both))
    asked = ("claims", "test", "own-apart", "-f", file, "-o", tmp_path / "kept", "-n", 512)
    told = command(*asked)
    (row,) = command(*asked, "--json").json
    words = " ".join(told.out.split())
    assert f"fragile, {row['disagreement']}" in words
    assert row["disagreement"] == "its tests disagree: 1 supported, 1 contradicted"
    assert row["hangs_on_line"] is False
    impossible = [t["findings"][0]["impossible"] for t in row["tests"]]
    assert impossible == [False, True], "a number has no end"
    assert words.count("is impossible: the verdict says nothing") == sum(impossible)


FOLDERED = {
    "test": "own-cover", "report": "own-cover", "where": "own-cover", "screen": "own-cover",
    "overturn": "own-cover", "rivalry": "rival-technocracy-hopeful-or-doomed",
    "transfer": "stalins-court",
}  # fmt: skip
"""Commands that keep histories or look for them, each with something to ask about."""


@pytest.mark.parametrize("what", FOLDERED)
def test_the_folder_of_histories_has_one_name_everywhere(file, what):
    """A file in its place is refused by that name; `--out` is what it was called once."""
    for name in ("--folder", "-o", *([] if what == "report" else ["--out"])):
        told = command("claims", what, FOLDERED[what], "-f", file, name, file)
        assert told.code == 2
        assert f"--folder {file}: {file} is a file, not a folder" in told.err
    words = command("claims", what, "--help").out.split()
    assert "--out" not in words
    assert words.count("--folder") == 1


def test_what_the_equations_give_away_is_told_beside_the_verdict(file, capsys):
    (claim,) = (c for c in read_book(file).claims if c.id == "own-cover")
    given = claim.tests[0].model_copy(update={"by_construction": True})
    for tests, is_told in (((given,), True), ((given, *claim.tests), False)):
        one = claim.model_copy(update={"tests": tests})
        assert one.tests[0].frozen() == claim.tests[0].frozen()
        tell([Result(one, "unsettled", (), ())], {one.id: False}, {})
        assert ("by construction" in capsys.readouterr().out) == is_told


@pytest.mark.parametrize(
    ("asserts", "in_parts"),
    [
        ("loop", True), ("threshold", True), ("ordering", True), ("no-effect", True),
        ("increases", False), ("decreases", False),
    ],
)  # fmt: skip
def test_what_is_asserted_as_a_whole_and_tested_by_its_parts_says_so(tmp_path, asserts, in_parts):
    more = f"    asserts: {asserts}\n    expected: it grows\n"
    file = small_claims.write(tmp_path, small_claims.entry(more=more))
    (claim,) = read_book(file).claims
    assert claim.in_parts == in_parts
    told = command("claims", "show", "own-cover", "-f", file).out
    assert f"│ {asserts}" in told
    assert ("tested by its parts" in told) == in_parts


def test_claims_are_shown_by_document_and_priority_too(file):
    told = command("claims", "show", "--source", "OWN", "--priority", "2", "-f", file).out
    assert "own-small" in told
    assert "own-cover" not in told
    nothing = command("claims", "show", "-f", file)
    assert nothing.code == 2
    assert "too many claims" in nothing.err
    assert "--source" in nothing.err


def test_a_form_that_nobody_asserts_is_a_fault(tmp_path):
    file = small_claims.write(tmp_path, small_claims.entry(more="    asserts: spiral\n"))
    told = command("claims", "show", "own-cover", "-f", file)
    assert told.code == 2
    assert "asserts" in told.err
    assert '"spiral" is not possible here' in told.err


def test_a_stop_says_what_is_kept_and_how_to_go_on(file, tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(staging, "play", stopped)
    told = command("claims", "test", "own-small", "-f", file, "--folder", tmp_path)
    assert told.code == 130
    assert f"{tmp_path}: stopped; finished batches are kept" in told.err
    assert "same command again" in told.err


def test_draws_are_told_for_what_they_are(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    sides, carried = (command("claims", w, "-h").out for w in ("rivalry", "transfer"))
    assert "Parameter draws in which the sides are compared." in sides
    assert "Parameter draws that are carried over" in carried
    assert "sides" not in carried


def test_help_breaks_no_sentence_where_the_code_is_full(monkeypatch):
    monkeypatch.setenv("COLUMNS", "240")
    told = command("claims", "test", "-h").out
    assert "An effect is told with its own sign, after less before: negative" in told
    for name in ("screen", "overturn"):
        assert (
            "is on the page of the claim that `vertikal claims report` writes."
            in command("claims", name, "-h").out
        )


def test_time_left_is_told_by_batches_that_were_played():
    left = forecast()

    def at(seconds, share):
        return left(Report("", 0, 2, 0, 2, share), seconds)

    assert at(0, 0.0) == ""
    assert at(60, 0.01) == ""  # a minute of compilation and a batch
    assert at(62, 0.02) == ""
    assert at(80, 0.21) == ", at most about 1 min 19 s left"
    assert at(82, 1.0) == ""
    assert at(90, 0.0) == ""  # other tests begin
    assert at(140, 0.01) == ""


def test_the_folder_of_a_report_is_checked_first(file, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("text", "utf-8")
    for name in ("--pages", "--out"):
        for path in (taken, taken / "below"):
            told = command("claims", "report", "-f", file, "-o", tmp_path / "none", name, path)
            assert told.code == 2
            assert f"--pages {path}: {taken} is a file, not a folder" in told.err
            assert "Name a folder" in told.err


def test_remedies_name_the_files_that_were_named(file, tmp_path):
    """A command that a message shows can be given as it stands."""
    named = ("-f", file)
    for words, again in (
        (("list", "no-such-claim"), "List them: vertikal claims list"),
        (("screen", "own-cover", "--test", 9), "vertikal claims show own-cover"),
        (("rivalry", "no-such-rivalry"), "See: vertikal claims list"),
    ):
        told = command("claims", *words, *named)
        assert told.code == 2
        assert told.err.endswith(f"{again} --file {file}\n")
    kept = ("--folder", tmp_path / "none")
    told = command("claims", "report", "own-cover", *named, *kept)
    assert (
        f"vertikal claims test own-cover --file {file} --folder {tmp_path / 'none'}\n" in told.err
    )
    assert "vertikal claims test CLAIM --folder" in command("claims", "report", *kept).err
    told = command("claims", "show", "no-such-claim")
    assert told.err.endswith("List them: vertikal claims list\n")


def test_mistakes_are_told(file):
    for words, said in (
        (("list", "--source", "XYZ"), "there are no claims of"),
        (("show", "own-cvoer", "-f", file), 'Did you mean "own-cover"'),
        (("list", "-f", file.parent / "tiny.yaml"), "document"),
    ):
        told = command("claims", *words)
        assert told.code == 2, words
        assert said in told.err
