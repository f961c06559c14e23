"""The documentation keeps its word: its examples run, its links lead somewhere.

Every page is played from top to bottom in a folder of its own, Python and console blocks in the
order in which a reader meets them. The only liberty taken is the number of histories.
"""

import re
import shlex
from pathlib import Path

import jax.numpy as jnp
import pytest
from typer.testing import CliRunner

import vertikal
from tests.court import step
from tests.throne import hall, throne_room, with_
from vertikal.claims import read_book
from vertikal.claims.design import make_design
from vertikal.claims.running import examine_all
from vertikal.cli import app
from vertikal.regime.mechanism import YEARS_PER_STEP
from vertikal.regime.regime import Status
from vertikal.scenario.loader import check

ROOT = Path(__file__).parents[2]
DOCS, EXAMPLES = ROOT / "docs", ROOT / "docs" / "examples"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(p for p in sorted(DOCS.rglob("*.md")) if not {"generated", "_build"} & set(p.parts)),
]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
RUN, BUILT = ("python", "console"), ("{toctree}", "{include}", "{literalinclude}", "{eval-rst}")
FEW = 64
"""Histories of each example here, instead of the number in the text; and parameter draws of what is
asked of claims, instead of the usual number."""
BUDGET = 512
"""Histories of each arm after which tests of claims end unsettled, where the text names no budget;
the usual one is 32 times as many."""


def blocks(page):
    """The fenced blocks of a page: language and text."""
    return [(m[1].split(" ")[0], m[2]) for m in BLOCK.finditer(page.read_text("utf-8"))]


def label(page):
    return str(page.relative_to(ROOT))


def fewer(text):
    """The text with fewer histories."""
    text = re.sub(r"\bruns=\d+", f"runs={FEW}", text)
    text = re.sub(r"(claims (?:rivalry|transfer) .*)", rf"\1 --draws {FEW}", text)
    return re.sub(r"--runs \d+", f"--runs {FEW}", text)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [p for p in PAGES if {kind for kind, _ in blocks(p)} & set(RUN)], ids=label
)
def test_a_page_can_be_played_from_top_to_bottom(page, tmp_path, monkeypatch):
    (tmp_path / "docs").symlink_to(DOCS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(examine_all.__kwdefaults__, "budget", BUDGET)
    names = {}
    for kind, text in blocks(page):
        if kind == "python":
            exec(compile(fewer(text), label(page), "exec"), names)
        elif kind == "console":
            for line in text.splitlines():
                play(line)


def play(line):
    """Play a line of a console block."""
    prompt, program, *words = shlex.split(fewer(line))
    assert (prompt, program) == ("$", "vertikal"), line
    found = CliRunner().invoke(app, words, catch_exceptions=False)
    assert found.exit_code == 0, f"{line}\n{found.output}"
    assert found.output.strip(), f"{line} prints nothing"


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_no_block_escapes(page):
    """Whatever is fenced is run here, built by Sphinx, checked elsewhere, or a make target."""
    for kind, text in blocks(page):
        if kind == "sh":
            targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
            for line in text.splitlines():
                words = line.partition("#")[0].split()
                assert words[0] == "make"
                assert words[1] in targets
        elif kind == "yaml":  # `tests/unit/test_scenario_docs.py` loads those of this page
            assert page.name == "scenario-format.md"
        else:
            assert kind in (*RUN, *BUILT)


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
        if not target.startswith("http") and "generated" not in Path(target).parts:
            assert (page.parent / target).exists(), target


def test_the_readme_has_two_commands_to_set_up():
    text = (ROOT / "README.md").read_text("utf-8")
    (setup,) = [block for kind, block in blocks(ROOT / "README.md") if kind == "sh"]
    assert [line.split()[:2] for line in setup.splitlines()] == [["make", "run"], ["make", "test"]]
    assert "What the model cannot say" in text


def test_example_scenarios_are_sound():
    assert check(EXAMPLES / "thaw.yaml") == []
    assert check(EXAMPLES / "elders.yaml") == []
    before = vertikal.load("stalins-court")
    after = vertikal.load("stalins-court", patches=[EXAMPLES / "weak-security.yaml"])
    assert after.offices["security_oversight"].grip.value == 0.8
    assert before.digest != after.digest


def test_the_example_of_a_claim_is_sound():
    (claim,) = read_book(EXAMPLES / "technocrats-soften.yaml").claims
    (test,) = claim.tests
    assert make_design(claim, test, claim.folder).contrasts


class TestAmnesty:
    """What the mechanism of the how-to must show, by pairs with the same draws."""

    @pytest.fixture
    def amnesty(self, monkeypatch):
        monkeypatch.syspath_prepend(str(EXAMPLES))
        from amnesty import Amnesty

        return Amnesty

    @staticmethod
    def freed(rule, terror=0.2, control=0.9, **how):
        """Who of four prisoners and four at large is active after a year by months."""
        held = [Status.IMPRISONED, Status.EXILED, Status.DEAD, Status.ACTIVE] * 2
        room = with_(
            throne_room(),
            elite={"status": held},
            coercion={"terror": terror},
            leadership={"control": control},
        )
        after = step(rule, room, hall(), **({"ticks": 12} | how))
        return room.elite.status, after.elite.status

    def test_it_is_under_sixty_lines(self):
        assert len((EXAMPLES / "amnesty.py").read_text("utf-8").splitlines()) < 60

    def test_only_those_held_come_home(self, amnesty):
        before, after = self.freed(amnesty())
        moved = before != after
        assert moved.any()
        held = (before == Status.IMPRISONED) | (before == Status.EXILED)
        assert (held | ~moved).all()
        assert (after[moved] == Status.ACTIVE).all()

    @pytest.mark.parametrize(
        ("mild", "harsh"), [({"terror": 0.1}, {"terror": 0.8}), ({"control": 1}, {"control": 0.3})]
    )
    def test_terror_and_a_weak_leader_keep_them_in(self, amnesty, mild, harsh):
        many = self.freed(amnesty(), **mild)[1] == Status.ACTIVE
        few = self.freed(amnesty(), **harsh)[1] == Status.ACTIVE
        assert (many | ~few).all()
        assert many.sum() > few.sum()

    def test_a_rate_of_nil_frees_nobody(self, amnesty):
        before, after = self.freed(amnesty(rate=0.0))
        assert (before == after).all()

    def test_as_many_come_home_by_weeks_as_by_months(self, amnesty):
        by_month = self.freed(amnesty(rate=1.0))[1]
        by_week = self.freed(amnesty(rate=1.0), ticks=52, clock="week")[1]
        chance = 1 - jnp.exp(-1.0 * 0.8 * 0.9)
        places = jnp.array([0, 1, 4, 5])
        for after, years in ((by_month, 1.0), (by_week, 52 * YEARS_PER_STEP["week"])):
            share = (after[places] == Status.ACTIVE).mean()
            error = 4 * (chance * (1 - chance) / after[places].size) ** 0.5  # four standard errors
            assert abs(share - (1 - (1 - chance) ** years)) < error
