"""What the tests of generated pages share."""

import sys
from pathlib import Path

import pytest

from tests import sample_ledger

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def steps_of_docs():
    """The modules that write pages can be imported meanwhile."""
    before = list(sys.path)
    sys.path.insert(0, str(DOCS))
    yield
    sys.path[:] = before


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Claims of every shape."""
    return sample_ledger.read(sample_ledger.write_claims(tmp_path_factory.mktemp("claims")))


@pytest.fixture(scope="module")
def folder(book, tmp_path_factory):
    """Their tests, with answers made up."""
    folder = tmp_path_factory.mktemp("kept")
    sample_ledger.keep_all(folder, book)
    return folder
