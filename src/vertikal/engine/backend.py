"""The compiler and the processor: the device, and compiled programs kept on disk."""

import contextlib
import gc
import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
from jax.experimental import serialize_executable
from jax.extend.backend import get_compile_options

from vertikal.engine import durable
from vertikal.engine.flags import INTERLEAVED, LIBRARY
from vertikal.engine.manifest import code_digest, installed_versions, platform_facts
from vertikal.errors import VertikalError
from vertikal.regime.batch import accelerated

NEEDLESS = (
    "simplify-while-loops",
    "while-loop-invariant-code-motion",
    "while-loop-constant-sinking",
)
"""Passes of the compiler that the CPU does without.

They look for what could leave a loop or enter it, in a time that grows with the square of what the
loop carries. What they find makes a tick no quicker.
"""


OPTIMISED = 3
"""The compiler's level of optimisation, whatever XLA_FLAGS say: another one rounds otherwise."""


def refuse_late_flags() -> None:
    """Make sure that the compiler works by our flags; once JAX is at work it looks at none.

    Raises:
        VertikalError: If JAX was already at work when this package was imported, or the user's own
            flags say otherwise.
    """
    options = get_compile_options(num_replicas=1, num_partitions=1)
    in_force = str(options.executable_build_options.debug_options)
    off = f'key: "{INTERLEAVED}"\n  value: "false"'
    if LIBRARY in in_force or off not in in_force:
        raise VertikalError(
            "the compiler flags that make results reproducible are not set",
            where="XLA_FLAGS",
            mend="Import vertikal before JAX is used, and leave XLA_FLAGS unset.",
        )


def device() -> str:
    """The kind of device on which histories are played: `cpu`, or the name of an accelerator."""
    return str(jax.devices()[0].device_kind)


def cache_folder() -> Path:
    """Where compiled programs are kept: VERTIKAL_CACHE, or the user's cache folder."""
    home = os.environ.get("VERTIKAL_CACHE")
    if home:
        return Path(home)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "vertikal"


def compiled(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    key: str,
    donated: tuple[int, ...] = (),
    known: bool = True,
) -> Callable[..., Any]:
    """The function compiled for arguments of these shapes, from disk if it was compiled before.

    Args:
        function: A pure function of arrays.
        arguments: Example arguments; only shapes and types count.
        key: Whatever else shapes the program: its static configuration.
        donated: Places of arguments whose memory results take over.
        known: Whether the key and the code of this package say all about the function. If not, it
            is traced before it is looked for, and what the compiler would be given is part of the
            key.

    Returns:
        The executable. Storing it is a convenience: an unreadable or unwritable cache is ignored,
        and where the user has JAX keep compiled programs itself, that is left to JAX, since what
        JAX has read from its own cache cannot be stored again whole.
    """
    shapes = jax.tree.map(lambda a: (str(a.dtype), a.shape), arguments)
    lowered = None if known else _lowered(function, arguments, donated)
    circumstances = (code_digest(), installed_versions(), platform_facts(), device())
    text = repr((key, shapes, circumstances)) + (lowered.as_text() if lowered else "")
    path = cache_folder() / "programs" / f"{hashlib.sha256(text.encode()).hexdigest()}.bin"
    try:
        payload = pickle.loads(path.read_bytes())
        return serialize_executable.deserialize_and_load(*payload)
    except Exception:  # a missing, torn or foreign file: compile anew
        pass
    if lowered is None:
        lowered = _lowered(function, arguments, donated)
    executable = lowered.compile(_options())
    if getattr(jax.config, "jax_compilation_cache_dir", None) is not None:
        return executable
    with contextlib.suppress(Exception):  # an optimisation only; the program in hand is good
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(path, pickle.dumps(serialize_executable.serialize(executable)))
    return executable


def _lowered(
    function: Callable[..., Any], arguments: tuple[Any, ...], donated: tuple[int, ...]
) -> jax.stages.Lowered:
    with _without_collecting():
        return jax.jit(function, donate_argnums=donated).lower(*arguments)


def _options() -> dict[str, Any] | None:
    if accelerated():
        return None
    return {
        "xla_disable_hlo_passes": ",".join(NEEDLESS),
        "xla_backend_optimization_level": OPTIMISED,
    }


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """No garbage collection meanwhile: a trace makes much that lives, and nothing in a circle.

    Looking through it again and again is a fifth of the time that tracing takes.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
