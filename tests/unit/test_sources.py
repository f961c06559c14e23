"""What counts as a change of what code does."""

import ast
from pathlib import Path

import pytest

import vertikal
from vertikal.sources import source_digest, without_docstrings

PACKAGE = Path(vertikal.__file__).parent


def strings_that_do_nothing(source):
    return [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


@pytest.mark.parametrize(
    "room", [d.name for d in PACKAGE.iterdir() if (d / "__init__.py").exists()]
)
def test_docstrings_and_nothing_else_are_left_out(room):
    for file in (PACKAGE / room).rglob("*.py"):
        source = file.read_bytes()
        lines = source.splitlines(keepends=True)
        kept = list(lines)
        for node in strings_that_do_nothing(source):
            for k in range(node.lineno - 1, node.end_lineno):
                kept[k] = b""
            kept[node.end_lineno - 1] = b"\n"
        assert without_docstrings(source) == b"".join(kept), file


@pytest.mark.parametrize(
    ("source", "left"),
    [
        (b'x = """a\nb"""\n', b'x = """a\nb"""\n'),
        (b'f(\n    """a""",\n)\n"""b"""\n', b'f(\n    """a""",\n)\n\n'),
        (
            b'def f():\n    r"""a "b" \\""" c\n    """\n    return 1\n',
            b"def f():\n\n    return 1\n",
        ),
        (b'"""a"""\nx = 1\n"""b"""\n', b"\nx = 1\n\n"),
    ],
    ids=["a value", "an argument", "quotes inside", "two"],
)
def test_only_what_stands_alone_is_a_docstring(source, left):
    assert without_docstrings(source) == left


def test_a_digest_is_of_names_and_of_what_code_does(tmp_path):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text('"""One."""\nx = 1\n')
    two.write_text("y = 2\n")
    before = source_digest([two, one], tmp_path)
    assert source_digest([one, two], tmp_path) == before
    one.write_text('"""Another sentence."""\nx = 1\n')
    assert source_digest([one, two], tmp_path) == before
    one.write_text('"""One."""\nx = 2\n')
    assert source_digest([one, two], tmp_path) != before
    one.write_text('"""One."""\nx = 1\n')
    two.rename(tmp_path / "three.py")
    assert source_digest([one, tmp_path / "three.py"], tmp_path) != before
