"""Where plain numbers enter a formal model: checks, precision, compilation.

A model in this package is one pure function of arrays. Called with plain numbers or arrays it
checks them, computes in float64 and returns NumPy arrays (a JAX array of float64 would lose its
precision at the first operation outside of the 64-bit mode). Called inside `jax.jit`, `jax.grad`
or a simulation tick (that is, with traced arrays) it checks nothing and keeps the caller's
precision, since a compiled program cannot raise. This module holds that rule once, so that no
model has to repeat it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

Function = TypeVar("Function", bound=Callable[..., Any])


def is_traced(*values: Any) -> bool:
    """Whether any of `values` is an array inside a `jax` transformation, or we are inside one."""
    inside = isinstance(jnp.zeros(()), jax.core.Tracer)
    return inside or any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(values))


def formal_model(
    *, check: Callable[..., None] | None = None, static: tuple[str, ...] = ()
) -> Callable[[Function], Function]:
    """Decorate a pure function of arrays as a formal model.

    Args:
        check: Called with the same arguments, as NumPy arrays, when they are concrete; raises
            `ValueError` naming the argument, its value and the rule that it breaks.
        static: Names of keyword arguments that are Python values (an axis, a count), not arrays.

    Returns:
        A decorator. The decorated function computes concrete arguments in float64 and traced ones
        as they come.
    """

    def decorate(function: Function) -> Function:
        compiled = jax.jit(function, static_argnames=static)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            if is_traced(args, kwargs):
                return function(*args, **kwargs)
            arrays = tuple(_concrete(a) for a in args)
            named = {k: v if k in static else _concrete(v) for k, v in kwargs.items()}
            if check is not None:
                check(*arrays, **named)
            try:
                with jax.enable_x64(True):
                    return jax.tree.map(_plain, compiled(*arrays, **named))
            except TypeError as error:
                if "incompatible shapes" not in str(error):
                    raise
                given = [np.shape(value) for value in (*arrays, *named.values())]
                what = f"{function.__name__}: shapes do not broadcast, given {given}"
                raise ValueError(what) from error

        return cast(Function, call)

    return decorate


def floats(*values: ArrayLike) -> tuple[jax.Array, ...]:
    """`values` as arrays of one floating type, so that whole numbers are welcome in a model.

    Inside a model called with plain numbers that is float64; in a traced computation it is the
    widest type among the caller's arrays.
    """
    kind = jnp.result_type(*values, 0.0)
    return tuple(jnp.asarray(value, dtype=kind) for value in values)


def _is_key(value: Any) -> bool:
    """Whether `value` is a typed random key, which NumPy cannot hold."""
    return isinstance(value, jax.Array) and jnp.issubdtype(value.dtype, jax.dtypes.prng_key)


def _plain(value: Any) -> Any:
    """A computed array as a NumPy array, except a random key."""
    return value if _is_key(value) else np.asarray(value)


def _concrete(value: Any) -> Any:
    """`value` as float64 where it holds real numbers; keys, booleans, integers, `None` stay."""
    if value is None or _is_key(value):
        return value
    array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def require(condition: Any, argument: str, value: Any, rule: str) -> None:
    """Refuse an argument that breaks a rule.

    Raises:
        ValueError: If `condition` is not true everywhere; the message names the argument, shows a
            value that breaks the rule, and states the rule.
    """
    holds = np.asarray(condition)
    if holds.all():
        return
    values = np.broadcast_to(np.asarray(value), holds.shape) if holds.ndim else np.asarray(value)
    shown = values[~holds].flat[0] if holds.ndim else value
    raise ValueError(f"{argument} = {shown!s}: {rule}")
