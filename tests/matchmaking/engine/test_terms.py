"""Products of needs with rows: compiled or not, the same bits."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from matchmaking.engine import bulk, multiplying, terms
from matchmaking.engine.encoder import Encoder
from matchmaking.engine.policy import OfferFields, Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.statistics import Kind
from matchmaking.engine.weighing import Weigher

from . import builders


@pytest.mark.parametrize("common", [0.0, 0.04, 2.0], ids=["dense", "mixed", "sparse"])
@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_compiled_products_have_the_same_bits(common, needs, targets):
    index = Index.build(targets, builders.model_of(*needs, *targets), Policy())
    kind = Kind.DOCUMENT if index.terms.experts else Kind.OFFER
    weighed, codes, _scale = index.weigher.weigh(needs, kind)
    query = index.terms.query(weighed, codes)
    plain = index.terms.read(query)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terms, "COMPILED_FROM", 0)
        patch.setattr(multiplying, "_COMMON", common)
        compiled = index.terms.read(query)
    assert np.array_equal(compiled.words, plain.words)
    assert np.array_equal(compiled.cosine, plain.cosine)


def test_both_weights_stand_on_the_same_terms():
    index = builders.index_of(builders.OFFERS)
    assert index.terms.words.nnz > 0
    for one, other in ((index.terms.words, index.terms.cosine), (index.terms.by_words, index.terms.by_cosine)):
        assert np.array_equal(one.indices, other.indices)
        assert np.array_equal(one.indptr, other.indptr)


def weighed_alike(targets, model):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "TARGETS_FROM", 1)
        at_once = Index.build(targets, model, Policy()).terms
        patch.setattr(bulk, "TARGETS_FROM", 10_000)
        one_by_one = Index.build(targets, model, Policy()).terms
    assert at_once.vocabulary == one_by_one.vocabulary
    assert np.array_equal(at_once.codes, one_by_one.codes)
    assert np.array_equal(at_once.starts, one_by_one.starts)
    for name in ("words", "cosine", "by_words", "by_cosine"):
        one, other = getattr(at_once, name), getattr(one_by_one, name)
        assert one.shape == other.shape
        for part in ("data", "indices", "indptr"):
            assert np.array_equal(getattr(one, part), getattr(other, part)), (name, part)
    return at_once


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_targets_weighed_at_once_have_the_same_bits(needs, targets):
    tokens = {token: number for number, token in enumerate(["涂", "涂层", "盐雾", "5g"])}
    encoder = Encoder(tokens, np.random.default_rng(3).standard_normal((4, 6)).astype(np.float32), 2)
    weighed_alike(targets, replace(builders.model_of(*needs, *targets), encoder=encoder, references={}))


def test_a_word_of_a_field_that_does_not_count_is_no_term():
    policy = Policy(offer_fields=OfferFields(title=0.0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "TARGETS_FROM", 1)
        index = builders.index_of(builders.OFFERS, policy)
    assert "发动" not in index.terms.vocabulary
    assert "稀土" in index.terms.vocabulary


@builders.unhurried
@given(needs=builders.needs_lists, targets=builders.target_lists)
def test_needs_weighed_at_once_have_the_same_bits(needs, targets):
    vectoriser = Weigher(builders.model_of(*needs, *targets), Policy()).vectoriser
    needs = [*needs, replace(needs[0], key="N-none", title="。", goal="", problem="", background="", keywords=())]
    for kind, found in bulk.weigh_needs(needs, vectoriser).items():
        wanted = [vectoriser.need(need, kind) for need in needs]
        assert found == wanted
        assert [list(one.words) for one in found] == [list(one.words) for one in wanted]


def test_what_an_enterprise_tells_of_itself_counts_little_also_at_once():
    vectoriser = builders.index_of(builders.OFFERS).weigher.vectoriser
    assert bulk.weigh_needs([builders.COATING_NEED], vectoriser) == {
        kind: [vectoriser.need(builders.COATING_NEED, kind)] for kind in (Kind.OFFER, Kind.DOCUMENT)
    }
