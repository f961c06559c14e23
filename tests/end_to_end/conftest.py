"""One small scenario, compiled once, for all tests that give commands."""

import signal
from pathlib import Path

import pytest

from tests import commands


@pytest.fixture(scope="session", autouse=True)
def heard():
    """Ctrl-C, which a script's shell keeps from all that it starts in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """The file of the small scenario."""
    return commands.starter(tmp_path_factory.mktemp("scenario"))


@pytest.fixture(scope="session")
def finished(tiny, tmp_path_factory) -> Path:
    """A run of 200 histories, seed 1."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    told = commands.process("run", tiny, "--runs", 200, "--seed", 1, "--out", folder)
    assert told.code == 0, told.err
    return folder
