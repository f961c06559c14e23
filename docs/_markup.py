"""How formulas and docstrings become pages.

Formulas are turned into MathML when the build runs, so that a page needs neither a network nor a
script to show them. Docstrings are written in Markdown (single backticks for code, dollar signs for
formulas), while autodoc reads reStructuredText; `to_rest` translates.
"""

import ast
import inspect
import re
import textwrap

from docutils.utils.math.latex2mathml import tex2mathml

_PLAIN = (("\\dots", "\\ldots"), ("\\Big", ""), ("\\textstyle", ""), ("\\displaystyle", ""),
          ("\\setminus", "\\smallsetminus"))  # fmt: skip
"""Commands that the converter does not know, or sets in a rare character, and what serves."""

_UNDER_AN_ACCENT = re.compile(
    r"<munderover>\s*(<mi[^>]*>[^<]*</mi>)((?:(?!munderover).)+?)"
    r"(<mo stretchy=\"false\">[ˉ˙ˆ˜]</mo>)\s*</munderover>",
    re.DOTALL,
)
"""A letter with an accent whose index the converter sets below it, as under a sum."""


def to_mathml(tex: str, block: bool) -> str:
    """A formula as MathML.

    Args:
        tex: LaTeX without its delimiters.
        block: Whether it stands on a line of its own.
    """
    for unknown, known in _PLAIN:
        tex = re.sub(re.escape(unknown) + r"(?![A-Za-z])", lambda _, k=known: k, tex)
    found = tex2mathml(tex.strip(), as_block=block)
    found = _UNDER_AN_ACCENT.sub(r'<msub><mover accent="true">\1\3</mover>\2</msub>', found)
    if "\\left" not in tex:  # browsers stretch these unless told not to
        found = re.sub("<mo>(?=[{}⌊⌋⌈⌉‖]<)", '<mo stretchy="false">', found)
    return found


def _inline(writer, node):
    writer.body.append(to_mathml(node.astext(), block=False))
    raise _skip()


def _block(writer, node):
    writer.body.append(f'<div class="math">{to_mathml(node.astext(), block=True)}</div>\n')
    raise _skip()


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode()


_DISPLAY = re.compile(r"^(?P<indent>[ ]*)(?P<before>[^\n$]*?)\$\$(?P<tex>.+?)\$\$(?P<after>[^\n]*)",
                      re.MULTILINE | re.DOTALL)  # fmt: skip
_CODE = re.compile(r"(?<![`:\\])`([^`\n]+)`(?![`_])")
_FORMULA = re.compile(r"(?<![\\$`])\$([^$`]+?)\$(?!\$)")


def to_rest(text: str) -> str:
    """A docstring in reStructuredText.

    Args:
        text: As it stands in the code: Markdown's code and formulas, Google's sections.
    """
    parts = re.split(r"((?:^[ ]*>>>.*(?:\n[ ]*\S.*)*\n?)+)", text, flags=re.MULTILINE)
    return "".join(part if k % 2 else _prose(part) for k, part in enumerate(parts))


def _prose(text: str) -> str:
    text = _CODE.sub(r"``\1``", text)
    text = _DISPLAY.sub(_display, text)
    return _FORMULA.sub(lambda m: f":math:`{' '.join(m[1].split())}`\\ ", text)


def _display(match: re.Match) -> str:
    indent = match["indent"]
    tex = "\n".join(f"{indent}   {line.strip()}" for line in match["tex"].strip().splitlines())
    before = f"{indent}{match['before'].rstrip()}\n\n" if match["before"].strip() else ""
    after = f"\n\n{indent}{match['after'].strip()}" if match["after"].strip() else ""
    return f"{before}{indent}.. math::\n\n{tex}\n{after}"


def _translate(app, what, name, obj, options, lines):
    lines[:] = to_rest("\n".join(lines)).split("\n")


def _signature(app, what, name, obj, options, signature, return_annotation):
    """The signature as its author wrote it, so that `ArrayLike` is not spelt out."""
    if what == "class":
        return "", None  # fields are listed below it
    if what not in ("function", "method"):
        return None
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(obj)))).body[0]
    except (OSError, TypeError, SyntaxError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    arguments = tree.args
    if what == "method" and arguments.args and arguments.args[0].arg in ("self", "cls"):
        arguments.args.pop(0)
    returned = ast.unparse(tree.returns) if tree.returns else None
    return f"({ast.unparse(arguments)})", returned


def connect(app):
    """Tell Sphinx about all of this."""
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None),
                               block_renderers=(_block, None))  # fmt: skip
    app.connect("autodoc-process-docstring", _translate, priority=100)
    app.connect("autodoc-process-signature", _signature)
