"""Compiled programs that are kept on disk."""

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
