"""A large index: which targets are looked at changes, what a pair gets never does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaking.engine import choosing, stored, terms
from matchmaking.engine.constraints import Constraints
from matchmaking.engine.encoder import Encoder
from matchmaking.engine.kernel import coarse
from matchmaking.engine.lazy import Records, constraints_arrays, constraints_of
from matchmaking.engine.model import Model
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.types import NeedProfile, OfferProfile

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
@given(needs=builders.needs_lists, targets=offer_lists)
def test_a_large_index_that_is_mapped_gives_the_bits_of_one_that_is_read_whole(tmp_path_factory, needs, targets):
    model = model_of(*needs, *targets)
    whole = Index.build(targets, model, Policy())
    pairs = [(need, target.key) for need in needs for target in targets]
    refused = {(need.key, targets[0].key) for need in needs[:2]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms, "_ROWS_AT_ONCE", 2)
        patch.setattr(coarse, "_ROWS_AT_ONCE", 64)
        index = stored.load(stored.save(large(targets, model, patch), tmp_path_factory.mktemp("run")))
        assert isinstance(index.targets, Records)
        assert tuple(index.targets) == whole.targets
        assert index.rank(needs) == whole.rank(needs)
        assert index.rank(needs, exclude=refused) == whole.rank(needs, exclude=refused)
        assert index.score_pairs(pairs, exclude=refused) == whole.score_pairs(pairs, exclude=refused)


def test_a_large_index_loses_nothing_of_weights_and_codes(monkeypatch):
    model = model_of(builders.COATING_NEED, *builders.OFFERS)
    whole = Index.build(builders.OFFERS, model, Policy()).terms
    monkeypatch.setattr(terms, "_ROWS_AT_ONCE", 2)
    found = large(builders.OFFERS, model, monkeypatch).terms
    assert found.codes.dtype == np.int16
    assert whole.codes.any()
    assert (found.codes_at(slice(None)) == whole.codes).all()
    order = [found.vocabulary[token] for token in whole.vocabulary]
    for mine, other in ((found.words, whole.words), (found.cosine, whole.cosine)):
        assert mine.data.dtype == np.float32
        assert (mine.toarray()[:, order] == other.toarray()).all()


def test_an_index_that_was_gathered_is_the_one_that_was_built(monkeypatch):
    model = model_of(builders.COATING_NEED, *builders.OFFERS)
    small = Index.build(builders.OFFERS, model, Policy()).terms
    built = large(builders.OFFERS, model, monkeypatch).terms
    layout, matrices = (small.starts, small.best), (small.words, small.cosine)
    given = terms.TermIndex.of(small.vocabulary, matrices, small.codes, layout, experts=False, own=small.own)
    given, _ = choosing.Chooser.build(given)
    assert dict(given.vocabulary) == dict(built.vocabulary)
    assert (given.codes == built.codes).all()
    assert (given.words != built.words).nnz == (given.cosine != built.cosine).nnz == 0


def test_keys_and_units_of_a_mapped_index_are_found_or_not():
    offers = [OfferProfile(key, "x", units=units) for key, units in (("A", ("u",)), ("B", ()), ("é", ("u", "v")))]
    plain = Constraints.of(offers)
    found = constraints_of(constraints_arrays(plain))
    assert dict(found.positions) == plain.positions
    assert dict(found.by_unit) == plain.by_unit == {"u": (0, 2), "v": (2,)}
    assert "C" not in found.positions
    assert "w" not in found.by_unit
    with pytest.raises(KeyError):
        found.positions["z"]
    assert found.excluded(NeedProfile("N", "", owner="u"), ["B", "C"]) == plain.excluded(
        NeedProfile("N", "", owner="u"), ["B", "C"]
    )
