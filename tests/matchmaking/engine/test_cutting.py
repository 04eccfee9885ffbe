"""Sentences as numbers: compiled or not, the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine import cutting
from matchmaking.engine.cutting import Numbering, quotes_of
from matchmaking.engine.passages import text_of

from . import builders

VOCABULARY = {"涂": 0, "涂层": 1, "5g": 2, "lifepo4": 3, "盐": 4}
records = st.lists(st.lists(st.tuples(st.sampled_from(["title", "goal"]), builders.texts), max_size=3), max_size=5)


@builders.unhurried
@given(first=records, second=records)
def test_compiled_numbers_are_the_same(first, second):
    plain, compiled = Numbering(VOCABULARY), Numbering(VOCABULARY)
    for texts in (first, second):  # the second finds what the first has left
        quotes = [quotes_of(one) for one in texts]
        wanted = plain.sentences(quotes)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cutting, "COMPILED_FROM", 0)
            found = compiled.sentences(quotes)
        assert len(found) == len(wanted) == len(texts)
        for one, other in zip(found, wanted, strict=True):
            assert all(np.array_equal(*parts) for parts in zip(one, other, strict=True))


def test_what_the_index_does_not_know_has_the_number_after_the_last():
    [[terms, starts, damping]] = Numbering(VOCABULARY).sentences(
        [quotes_of([("goal", "涂层涂层。盐雾"), ("title", "5G")])]
    )
    assert [terms[one:other].tolist() for one, other in pairwise(starts)] == [
        [0, 5, 1, 5],
        [4, 5, 5],
        [2],
    ]
    assert damping[2] == 0.5 / np.sqrt(61)


def test_a_need_that_says_something_else_is_cut_again():
    index = builders.index_of(builders.OFFERS)
    other = replace(builders.COATING_NEED, goal="秸秆还田", problem="")
    index.explainer.expect([builders.COATING_NEED])
    _numbers, cut = index.explainer._cut(other)
    assert len(cut.damping) == len(text_of(other).quotes) < len(text_of(builders.COATING_NEED).quotes)
