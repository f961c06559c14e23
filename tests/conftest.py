"""Shared settings of the test suite."""

import os
from pathlib import Path

import pytest

# What is compiled for a single test runs once or twice: to optimise it takes longer than it saves.
# Programs of the engine are compiled as they are for everybody (`backend.OPTIMISED`).
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0"

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
