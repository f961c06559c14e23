"""What the tests of generated pages share."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def steps_of_docs():
    """The modules that write pages can be imported meanwhile."""
    before = list(sys.path)
    sys.path.insert(0, str(DOCS))
    yield
    sys.path[:] = before
