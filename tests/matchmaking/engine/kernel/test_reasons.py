"""The loops of explaining against plain Python."""

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from matchmaking.engine.kernel.reasons import exact_sum
from tests.matchmaking.engine.builders import unhurried

numbers = st.floats(-1e30, 1e30, allow_subnormal=False)


@unhurried
@example([1.0, 2.0**-53, 2.0**-106])  # half way between two doubles: what lies below decides
@example([2.0**53, -1.0, 1.0, 1.0])
@given(st.lists(numbers, max_size=40))
def test_a_sum_is_rounded_once(values):
    assert exact_sum(np.asarray([*values, 7.0]), len(values), np.zeros(64)) == math.fsum(values)
