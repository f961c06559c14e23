"""The gallery of formal models is complete and labelled; pages are read off the code."""

import ast
import inspect
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def steps(steps_of_docs):
    """The modules that write pages and draw figures."""
    import _figures
    import _generate
    import _markup

    return _figures, _generate, _markup


def test_every_model_has_a_figure_and_an_idea_in_three_sentences(steps):
    figures, generate, _ = steps
    assert set(figures.FIGURES) == set(generate.models())
    for name, figure in figures.FIGURES.items():
        idea, caption = inspect.cleandoc(figure.__doc__).split("\n\n")
        sentences = re.split(r"(?<=[.?!])\s+", idea)
        assert len(sentences) == 3, f"{name}: {sentences}"
        assert caption.strip(), name


def test_every_page_has_a_case_and_equations(steps):
    _, generate, _ = steps
    for name, module in generate.models().items():
        page = generate.model_page(module, name, _Figure)
        assert "## The case" in page, name
        assert page.split("## Equations")[1].count("$$") >= 2, name


def test_formulas_keep_their_braces_small(steps):
    *_, markup = steps
    small = markup.to_mathml(r"X \setminus \{i\}", block=False)
    assert small.count('stretchy="false"') == 2
    assert "stretchy" not in markup.to_mathml(r"\left\{i\right\}", block=False)


def test_an_index_stands_beside_a_letter_with_an_accent(steps):
    *_, markup = steps
    for tex in (r"\bar\gamma_i e^{\sigma_i}", r"\dot x_{ij}"):
        barred = markup.to_mathml(tex, block=False)
        assert "munderover" not in barred
        assert re.search(
            r"<msub><mover accent=.true.><mi>.</mi><mo[^>]*>.</mo></mover>\s*<m", barred
        )
    assert "munder" in markup.to_mathml(r"\sum_i x", block=True)


def test_labels_are_kept_in_words(steps):
    _, generate, _ = steps
    for name, module in generate.models().items():
        page = generate.model_page(module, name, _Figure)
        assert generate.LABELS[module.LABEL] in page
        assert not re.search(r"\[[PRO]\]", page), name
        if module.LABEL == "reduced form":
            assert module.CITATION.startswith("After "), name


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("[P] Tullock (1980).", "Tullock (1980)."),
        ("[P] for the game;\n[O] for the noise.", "Published for the game;\nOurs for the noise."),
        (
            "Hotelling (1929) [P]; its use is ours [O].",
            "Hotelling (1929) (published); its use is ours.",
        ),
        ("Published form [P].", "Published form."),
    ],
)
def test_marks_are_put_into_words(steps, marked, words):
    _, generate, _ = steps
    assert generate.in_words(marked) == words


class _Figure:
    """An idea.

    A caption.
    """


def test_a_figure_is_drawn_in_colours_of_the_page(steps):
    figures, *_ = steps
    svg = figures.draw(figures.FIGURES["mortality"]())
    assert svg.startswith("<svg")
    assert "var(--c1)" in svg
    assert "#0d0c" not in svg


def test_every_formula_of_the_code_can_be_shown(steps):
    *_, markup = steps
    formula = re.compile(r"\$\$(.+?)\$\$|(?<![\\$`])\$([^$`]+?)\$", re.DOTALL)
    count = 0
    for path in (DOCS.parent / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                continue
            for match in formula.finditer(str(node.value.value)):
                tex = match[1] or match[2]
                assert markup.to_mathml(tex, block=bool(match[1])).startswith("<math"), path
                count += 1
    assert count > 500


def test_docstrings_become_restructuredtext(steps):
    *_, markup = steps
    text = "Uses `urc` for\n\n    $$ a \\\\ge b $$\n\nand $x_1$.\n\n    >>> f(`a`)\n    '$3'\n"
    assert markup.to_rest(text) == (
        "Uses ``urc`` for\n\n    .. math::\n\n       a \\\\ge b\n\n\nand :math:`x_1`\\ .\n\n"
        "    >>> f(`a`)\n    '$3'\n"
    )


def test_generated_tables_know_every_mechanism_address_and_command(steps, tmp_path, monkeypatch):
    _, generate, _ = steps
    from vertikal.regime.observe import OBSERVABLES
    from vertikal.regime.schedule import MECHANISMS
    from vertikal.scenario.catalogue import library

    monkeypatch.setattr(generate, "REFERENCE", tmp_path)
    generate.write_mechanisms()
    generate.write_addresses()
    generate.write_commands()
    generate.write_scenarios()
    texts = {p.name: p.read_text("utf-8") for p in tmp_path.rglob("*.*")}
    for name, mechanism in MECHANISMS.items():
        page = texts[f"{mechanism.__module__.rpartition('.')[2]}.md"]
        assert f"## {name}\n" in page
        for field in mechanism.__dataclass_fields__:
            assert f"| `{field}` |" in page
    assert all(f"`{name}" in texts["addresses.inc"] for name in OBSERVABLES)
    for command in ("run", "compare", "explain", "report", "new", "show", "check", "list", "trace"):
        assert f"## vertikal {command}\n" in texts["commands.inc"]
    for entry in library():
        assert entry.question in texts[f"{entry.name}.md"]


def test_a_scenario_page_says_nothing_of_names_and_people_that_are_not_there(steps):
    _, generate, _ = steps
    page = generate.scenario_page("elite-defection")
    assert "| person | role | clan | patron |" in page
    assert "of the rank and file." not in page
    assert "to 2024-02-24 by day, from 2022-06-01 by week, " in page
    page = generate.scenario_page("stalins-court")
    assert "| person | name | role | clan | patron |" in page
    assert "Besides them, 24 of the rank and file." in page


def test_a_scenario_page_names_what_changes_nothing_while_that_is_known(steps, monkeypatch):
    from vertikal import acting
    from vertikal.scenario import load

    _, generate, _ = steps
    scenario = load("gkchp")
    digests = acting.model_digest(), acting.scenario_digest(scenario)
    idle = {"": frozenset({"inspection", "entry"}), "A": frozenset({"fear"})}
    found = acting.Measured(*digests, 256, frozenset({"alarm"}), frozenset({"alarm"}), idle)
    monkeypatch.setattr(acting, "measured", lambda: {"gkchp": found})
    page = generate.scenario_page("gkchp")
    assert (
        "| mechanisms in play that changed nothing in 256 histories | `entry`, `inspection` |"
        in page
    )
    assert "nothing recorded or asked about in 256 histories | `alarm` |" in page
    monkeypatch.setattr(acting, "model_digest", lambda: "other")
    assert "changed nothing" not in generate.scenario_page("gkchp")
