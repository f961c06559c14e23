"""Compiled programs that are kept on disk."""

import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from vertikal.engine import backend


def double(x):
    return 2 * x


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VERTIKAL_CACHE", str(tmp_path))
    return tmp_path / "programs"


def doubled():
    return np.asarray(backend.compiled(double, (jnp.ones(3),), "double")(jnp.arange(3.0)))


def test_a_program_is_stored_and_read_again(folder, monkeypatch):
    assert list(doubled()) == [0, 2, 4]
    assert len(list(folder.iterdir())) == 1

    def compiles(*_):
        raise AssertionError("compiled again")

    monkeypatch.setattr(jax, "jit", compiles)
    assert list(doubled()) == [0, 2, 4]


def test_a_torn_file_is_compiled_anew(folder):
    doubled()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert list(doubled()) == [0, 2, 4]
    assert file.stat().st_size > 100


def test_what_cannot_be_stored_leaves_nothing_behind(folder, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    monkeypatch.setattr(backend.os, "replace", full)
    assert list(doubled()) == [0, 2, 4]
    assert list(folder.iterdir()) == []


def test_a_function_that_its_key_does_not_tell_is_known_by_what_it_does(folder):
    def played(function):
        made = backend.compiled(function, (jnp.ones(3),), "own", known=False)
        return list(np.asarray(made(jnp.arange(3.0))))

    assert played(double) == [0, 2, 4]
    assert played(lambda x: x + x + x) == [0, 3, 6]
    assert len(list(folder.iterdir())) == 2
    assert played(double) == [0, 2, 4]
    assert len(list(folder.iterdir())) == 2


def test_where_jax_keeps_programs_itself_none_is_stored(folder, tmp_path):
    """What JAX has read from its own cache, stored again, lacks functions and cannot be played."""
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "of-jax"))
    try:
        assert list(doubled()) == [0, 2, 4]
    finally:
        jax.config.update("jax_compilation_cache_dir", None)
    assert not folder.exists()


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="only on the CPU is it kept from that")
def test_the_compiler_takes_nothing_out_of_a_loop(folder):
    """It passes over the name of a pass that it does not know without a word."""

    def added(x, ticks):
        return jax.lax.fori_loop(0, ticks, lambda _, total: total + jnp.exp(x), x)

    given = (jnp.ones(3), jnp.int32(4))
    usual = jax.jit(added).lower(*given).compile()
    ours = backend.compiled(added, given, "added")
    assert kernels(ours) < kernels(usual)  # elsewhere the exponential is one of its own, outside
    assert np.array_equal(ours(*given), usual(*given))


def kernels(executable):
    return executable.as_text().count(" fusion(")


REFUSE = "from vertikal.engine import backend; backend.refuse_late_flags()"
"""A program that asks whether the compiler works by our flags."""


def refused(program, **environment):
    """Whether it does not, in a process of its own."""
    whole = {k: v for k, v in os.environ.items() if k != "XLA_FLAGS"} | environment
    done = subprocess.run(
        [sys.executable, "-c", program], env=whole, capture_output=True, text=True
    )
    assert done.returncode in (0, 1), done.stderr
    return "compiler flags that make results reproducible are not set" in done.stderr


def test_a_compiler_that_began_without_our_flags_is_refused():
    begin = "import jax.numpy as jnp; jnp.ones(3).block_until_ready(); "
    assert refused(begin + REFUSE)
    assert not refused(REFUSE + "; " + begin)
    assert not refused("import vertikal; " + begin + REFUSE)


@pytest.mark.parametrize(
    ("flags", "against"),
    [
        ("--xla_cpu_experimental_ynn_fusion_type=LIBRARY_FUSION_TYPE_REDUCE", True),
        ("--xla_backend_extra_options=xla_cpu_disable_slp_vectorizer", False),
        ("--xla_backend_extra_options=-enable-interleaved-mem-accesses=true", True),
        ("--xla_cpu_prefer_vector_width=256", False),
    ],
)
def test_flags_of_the_user_are_refused_only_if_they_go_against_ours(flags, against):
    assert refused(REFUSE, XLA_FLAGS=flags) is against


ROUNDED = """
import zlib
from vertikal.engine import backend
import jax, numpy as np
def f(x, y, z):
    return (x * y + z).reshape(64, 64).sum(0)
given = tuple(np.random.default_rng(0).standard_normal((3, 4096)).astype(np.float32))
ours = backend.compiled(f, given, "rounded")(*given)
theirs = jax.jit(f).lower(*given).compile()(*given)
print(*(zlib.crc32(np.asarray(found)) for found in (ours, theirs)))
"""
"""Checksums of what a program says, compiled by us and as flags would have it."""


@pytest.mark.slow
def test_programs_are_optimised_whatever_the_flags_say(tmp_path):
    found = {}
    for level in (0, 3):
        flags = {"XLA_FLAGS": f"--xla_backend_optimization_level={level}"}
        own = os.environ | flags | {"VERTIKAL_CACHE": str(tmp_path / str(level))}
        done = subprocess.run(
            [sys.executable, "-c", ROUNDED], env=own, capture_output=True, text=True, check=True
        )
        found[level] = done.stdout.split()
    assert found[0][0] == found[3][0]
    assert found[0][1] != found[3][1], "the flag makes no difference, so nothing is tested"
