"""Shards: cut, swapped, repeated, nested, the answer of the whole."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchmaking.engine.kernel.merge import DisagreementError, merge, shifted
from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.topk import Best, top_k
from tests.matchmaking.engine.kernel.builders import by_scipy, rows, same

K = 9


def shards(stored, asked, cuts):
    bounds = [0, *sorted(cuts), stored.shape[0]]
    return [
        shifted(top_k(Postings.build(stored[first:last], tile=64, block=64), asked, K), first)
        for first, last in pairwise(bounds)
    ]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 200), max_size=4), st.randoms())
def test_shards_in_any_order_and_number_make_the_whole(seed, cuts, chance):
    stored, asked = rows(200, 20, seed), rows(5, 20, seed + 1)
    parts = shards(stored, asked, cuts)
    parts += chance.choices(parts, k=2)
    chance.shuffle(parts)
    whole = by_scipy(stored, asked, K)
    assert same(merge(parts, K), whole)
    assert same(merge([merge(parts[:2], K), *parts[2:]], K), whole)


def test_fewer_than_k_are_filled_up():
    part = Best(np.array([[4, -1]]), np.array([[0.5, 0.0]]))
    merged = merge([part, shifted(part, 10)], 5)
    assert merged.positions.tolist() == [[4, 14, -1, -1, -1]]
    assert merged.scores.tolist() == [[0.5, 0.5, 0, 0, 0]]


def test_a_document_with_two_scores_is_refused():
    with pytest.raises(DisagreementError):
        merge([Best(np.array([[4]]), np.array([[0.5]])), Best(np.array([[4]]), np.array([[0.25]]))], 1)


def test_parts_about_other_needs_are_refused():
    part = Best(np.array([[4]]), np.array([[0.5]]))
    with pytest.raises(ValueError, match="same needs"):
        merge([part, Best(np.zeros((2, 1), np.int64), np.zeros((2, 1)))], 1)
    with pytest.raises(ValueError, match="same needs"):
        merge([], 1)
