"""Sentences as numbers: compiled or not, the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine import cutting, passages
from matchmaking.engine.cutting import Numbering, quotes_of
from matchmaking.engine.explaining import Explainer
from matchmaking.engine.kernel.tokens import normalised
from matchmaking.engine.passages import text_of
from matchmaking.engine.text import normalise

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
    _text, _numbers, cut = index.explainer._cut(other)
    assert len(cut.damping) == len(text_of(other).quotes) < len(text_of(builders.COATING_NEED).quotes)


@builders.unhurried
@given(goals=st.lists(builders.texts, max_size=4))
def test_a_need_is_cut_alike_in_any_company(goals):
    needs = [replace(builders.COATING_NEED, key=f"N{at}", goal=goal) for at, goal in enumerate(goals)]
    for need, text in zip(needs, passages._cut(needs), strict=True):
        [alone] = passages._cut([need])
        for name in ("doubles", "singles", "credited"):
            assert [text.tokens[at] for at in getattr(text, name)] == [alone.tokens[at] for at in getattr(alone, name)]
        for name in ("quotes", "text", "spaced", "wordings"):
            assert getattr(text, name) == getattr(alone, name)
        assert np.array_equal(text.opens, alone.opens)
        assert np.array_equal(text.closes, alone.closes)
        said = {wording: [text.tokens[at] for at in told] for wording, told in text.told.items()}
        assert said == {wording: [*passages.telling(wording)] for wording in text.wordings}


def test_the_places_of_a_need_are_its_characters_and_words():
    need = replace(
        builders.COATING_NEED, title="涂层的涂层", goal="耐盐雾 AB12coatings 5", keywords=(), problem="", indicators=(),
        chain=(), background="",
    )  # fmt: skip
    text = text_of(need)
    said = {name: [text.tokens[at] for at in getattr(text, name)] for name in ("doubles", "singles", "credited")}
    assert text.text == "涂层的涂层耐盐雾\0\0"
    assert said["doubles"] == ["涂层", "层的", "的涂", "涂层", "", "耐盐", "盐雾", "", "", ""]
    assert said["singles"] == ["涂", "层", "的", "", "", "耐", "盐", "雾", "ab12coatings", "5"]
    assert said["credited"] == ["", "涂层", "层的", "的涂", "", "", "耐盐", "盐雾", "", ""]
    assert text.spaced == {8: "ab12coatings"}
    assert text.opens.tolist()[:5] == [True, False, False, True, False]
    assert text.closes.tolist()[:6] == [True, False, True, False, False, True]


@builders.unhurried
@given(texts=st.lists(builders.texts | st.text(max_size=12), max_size=5))
def test_many_texts_are_spelt_like_each(texts):
    assert normalised(texts) == [normalise(text) for text in texts]


def test_a_need_is_explained_as_it_was_cut_when_others_have_made_it_forgotten():
    index = builders.index_of(builders.OFFERS)
    needs = [
        replace(builders.COATING_NEED, key=f"N{at}", goal=goal) for at, goal in enumerate(["盐雾", "附着力不下降"])
    ]
    wanted = index.rank(needs)
    forgetting = builders.index_of(builders.OFFERS)
    expect = Explainer.expect

    def forgets(self, asked):
        expect(self, asked)
        passages._cut_texts.clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Explainer, "expect", forgets)
        assert forgetting.rank(needs) == wanted
