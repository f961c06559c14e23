"""On an accelerator, too, a history is the same to the last bit whenever and wherever it is played.

That it is the history of the reference is for `test_numpy_reference`, which plays on what there is.
"""

import jax
import numpy as np
import pytest

from tests import short_court
from vertikal.engine.histories import _executables, _span

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(jax.default_backend() == "cpu", reason="there is no accelerator"),
]


@pytest.fixture(scope="module")
def histories():
    return short_court.histories()


def whole(histories, first):
    inputs = histories.inputs(np.arange(first, first + histories.batch))
    starts, plays = _executables(histories.plan, inputs)
    return jax.device_get(plays(inputs, *starts(inputs), _span(1, histories.plan.ticks)))


def test_a_batch_is_the_same_every_time(histories):
    jax.tree.map(np.testing.assert_array_equal, whole(histories, 0), whole(histories, 0))


def test_a_history_is_the_same_in_another_place(histories):
    half = histories.batch // 2
    one = jax.tree.map(lambda a: a[..., half:], whole(histories, 0))
    other = jax.tree.map(lambda a: a[..., :half], whole(histories, half))
    jax.tree.map(np.testing.assert_array_equal, one, other)
