"""Shared settings of the test suite."""

from pathlib import Path

import pytest

MAPS = Path("/proc/self/maps")
MANY = 25_000
"""Memory mappings at which compiled programs are forgotten: each takes some, and the Linux kernel
gives a process about 65,000."""


@pytest.fixture(autouse=True, scope="module")
def _forget_programs_before_there_are_too_many():
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > MANY:
        import jax

        from vertikal.engine import histories

        histories._compiled.clear()
        jax.clear_caches()
