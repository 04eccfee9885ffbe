"""The loops of explaining against plain Python."""

import math
from itertools import product

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from matchmaking.engine.kernel.layouts import Scratch, Sentences
from matchmaking.engine.kernel.reasons import _best_pair, exact_sum
from tests.matchmaking.engine.builders import unhurried

numbers = st.floats(-1e30, 1e30, allow_subnormal=False)


@unhurried
@example([1.0, 2.0**-53, 2.0**-106])  # half way between two doubles: what lies below decides
@example([2.0**53, -1.0, 1.0, 1.0])
@given(st.lists(numbers, max_size=40))
def test_a_sum_is_rounded_once(values):
    assert exact_sum(np.asarray([*values, 7.0]), len(values), np.zeros(64)) == math.fsum(values)


def _sentences(draw, terms):
    """Up to eight sentences over so many terms, with their damping."""
    listed = draw(st.lists(st.lists(st.integers(0, terms - 1), max_size=6, unique=True), max_size=8))
    damping = draw(st.lists(st.sampled_from([0.25, 0.5, 1.0]), min_size=len(listed), max_size=len(listed)))
    starts = np.cumsum([0, *map(len, listed)])
    return Sentences(np.asarray([term for one in listed for term in one], np.int32), starts, np.asarray(damping))


def _heaviest_pair(need, of, shared, apart):
    """The same pair, by holding every sentence against every other."""
    highest, best = 0.0, None
    for mine, theirs in product(range(len(need.damping)), range(len(of.damping))):
        wanted = set(need.terms[need.starts[mine] : need.starts[mine + 1]].tolist())
        there = of.terms[of.starts[theirs] : of.starts[theirs + 1]].tolist()
        total = 0.0
        for term in there:
            total += shared[term] if term in wanted else 0.0
        total *= need.damping[mine] * of.damping[theirs]
        if total > highest and (not apart or (mine != apart[0] and theirs != apart[1])):
            highest, best = total, (mine, theirs)
    return highest, best


@unhurried
@given(data=st.data(), shared=st.lists(st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0]), min_size=9, max_size=9))
def test_the_best_pair_of_sentences_is_found_without_looking_at_all(data, shared):
    need, of = _sentences(data.draw, 9), _sentences(data.draw, 9)
    weights = np.asarray(shared)
    scratch = Scratch(weights, np.zeros(9), *[np.zeros(0)] * 2, np.zeros((3, 2), np.int64), *[np.zeros(0)] * 3)
    apart = None
    for at in (0, 1):  # the second stays apart from the first
        highest = _best_pair(need, of, 0, len(of.damping), scratch, at, at)
        wanted, best = _heaviest_pair(need, of, weights, apart)
        assert highest == wanted
        assert best is None or tuple(scratch.quoted[at]) == best
        assert not scratch.asked.any()
        if best is None:
            break
        apart = best
