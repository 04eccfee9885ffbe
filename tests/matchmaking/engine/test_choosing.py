"""A large index: which targets are looked at changes, what a pair gets never does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine import choosing, stored, terms
from matchmaking.engine.encoder import Encoder
from matchmaking.engine.kernel.products import strongest
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import OfferProfile

from . import builders

KEYS = [f"T{at}" for at in range(7)]
offer_lists = st.integers(1, 7).flatmap(
    lambda size: st.tuples(*(builders.offer_profiles(KEYS[at]) for at in range(size)))
)


def model_of(*records) -> Model:
    """A model with (untrained) vectors."""
    model = builders.model_of(*records)
    tokens = {token: row for row, token in enumerate("涂层附着力盐雾腐蚀秸秆菌剂")}
    table = np.random.default_rng(5).standard_normal((len(tokens), 8)).astype(np.float32)
    return replace(model, encoder=Encoder(tokens, table, 2), references={}, learned=5_000)


def large(targets, model, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setattr(terms, "LARGE_FROM", 1)
    index = Index.build(targets, model, Policy())
    assert index.chooser is not None
    return index


@builders.unhurried
@given(needs=builders.needs_lists, targets=offer_lists)
def test_a_large_index_gives_the_bits_of_one_that_is_read_whole(needs, targets):
    model = model_of(*needs, *targets)
    whole = Index.build(targets, model, Policy())
    pairs = [(need, target.key) for need in needs for target in targets]
    refused = {(need.key, targets[0].key) for need in needs[:2]}
    with pytest.MonkeyPatch.context() as patch:
        index = large(targets, model, patch)
        assert index.rank(needs) == whole.rank(needs)
        found = index.rank(needs, exclude=refused)
        assert not refused & {(one.need, each.target) for one in found for each in one.candidates}
        assert found == whole.rank(needs, exclude=refused)
        assert index.score_pairs(pairs) == whole.score_pairs(pairs)


def test_only_the_best_by_words_and_by_codes_are_looked_at(monkeypatch):
    offers = [OfferProfile(f"T{at:02}", "防腐涂层" * (at + 1) + "秸秆" * (20 - at)) for at in range(20)]
    model = model_of(builders.COATING_NEED, *offers)
    whole = Index.build(offers, model, Policy()).rank([builders.COATING_NEED], top=20)[0]
    monkeypatch.setattr(choosing, "BY_WORDS", 3)
    monkeypatch.setattr(choosing, "BY_CODES", 3)
    found = large(offers, model, monkeypatch).rank([builders.COATING_NEED], top=20)[0]
    assert 3 <= len(found.candidates) <= 6
    scores = {one.target: one.score for one in whole.candidates}
    assert {one.target: one.score for one in found.candidates}.items() <= scores.items()


def test_a_large_index_can_be_stored(monkeypatch, tmp_path):
    index = large(builders.OFFERS, model_of(builders.COATING_NEED, *builders.OFFERS), monkeypatch)
    found = stored.load(stored.save(index, tmp_path))
    assert found.chooser is not None
    assert found.rank([builders.COATING_NEED]) == index.rank([builders.COATING_NEED])


@builders.unhurried
@given(
    rows=st.lists(st.lists(st.sampled_from([-1.0, 0.0, 0.25, 0.5, 0.75]), min_size=9, max_size=9), min_size=1),
    limit=st.integers(1, 9),
)
def test_the_strongest_are_the_first_of_the_largest(rows, limit):
    products = np.asarray(rows, dtype=np.float32)
    found = np.full((len(rows), limit), -1)
    strongest(products, np.zeros(limit + 1, dtype=np.float32), np.zeros(limit + 1, dtype=np.int64), found)
    for values, places in zip(rows, found.tolist(), strict=True):
        order = sorted(range(9), key=lambda at: (-values[at], at))
        assert [at for at in places if at >= 0] == sorted(at for at in order[:limit] if values[at] > 0)
