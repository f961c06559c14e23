"""Flags of the compiler, which must be set before JAX touches the processor.

Two keep a history the same whatever the batch, its place there and the number of cores; the third
uses wide vectors where they exist. Importing the package sets them, and imports nothing for it.
"""

import os

LIBRARY = "xla_cpu_experimental_ynn_fusion_type"
"""What is left to a library of reductions: nothing, since its sums depend on batch and cores."""

INTERLEAVED = "-enable-interleaved-mem-accesses"
"""Reading every n-th number of an array as a vector: no, since the last vector of a loop is then
done number by number, and of `a * b + c * d` other code may round another product."""

FLAGS = (
    f"--{LIBRARY}=",
    f"--xla_backend_extra_options={INTERLEAVED}=false",
    "--xla_cpu_prefer_vector_width=512",
)


def set_flags() -> None:
    """Put the compiler flags into the environment, unless the user has set them already."""
    present = os.environ.get("XLA_FLAGS", "")
    missing = [flag for flag in FLAGS if flag.rpartition("=")[0] not in present]
    os.environ["XLA_FLAGS"] = " ".join([*present.split(), *missing])
