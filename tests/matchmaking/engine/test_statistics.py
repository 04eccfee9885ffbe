"""What is frozen between two fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine.statistics import Kind, Statistics, fit
from matchmaking.engine.types import OfferProfile

from . import builders


def test_a_rare_token_weighs_more_than_a_common_one_and_a_new_one_like_a_rare_one():
    statistics = builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS).statistics
    assert statistics.idf("层") < statistics.idf("秸秆") < statistics.idf("从未见过") == statistics.idf("也没有")


def test_kinds_are_counted_apart():
    statistics = builders.model_of(builders.COATING_NEED, *builders.OFFERS, *builders.EXPERTS).statistics
    assert statistics.texts == (3, 6, 1)
    assert statistics.chance("秸秆", Kind.OFFER) == statistics.chance("秸秆", Kind.DOCUMENT) == 1.5 / 51
    assert statistics.chance("秸秆", Kind.NEED) == 0.5 / 51


def test_few_texts_are_filled_up_until_there_are_enough():
    def chance(count):
        return fit(OfferProfile(f"A{at}", "涂层") for at in range(count)).chance("涂层", Kind.OFFER)

    assert chance(2) == 2.5 / 51
    assert chance(100) == 100.5 / 101


def test_the_fit_of_nothing_can_be_used():
    statistics = fit()
    assert statistics.idf("涂层") > 0
    assert Statistics.from_bytes(statistics.to_bytes()) == statistics


@builders.unhurried
@given(st.data())
def test_neither_order_nor_storage_changes_anything(data):
    needs = data.draw(builders.needs_lists)
    targets = data.draw(builders.target_lists)
    first = builders.model_of(*needs, *targets).statistics
    other = builders.model_of(*data.draw(st.permutations([*needs, *targets]))).statistics
    again = Statistics.from_bytes(first.to_bytes())
    assert first.to_bytes() == other.to_bytes() == again.to_bytes()
    assert first.digest == other.digest == again.digest
    assert first == again


def test_foreign_or_cut_bytes_are_refused():
    data = builders.model_of(*builders.OFFERS).statistics.to_bytes()
    with pytest.raises(ValueError, match="not statistics"):
        Statistics.from_bytes(b"PK" + data)
    with pytest.raises(ValueError, match="cut short"):
        Statistics.from_bytes(data[:-4])
