"""Products of needs with rows: compiled or not, the same bits."""

import numpy as np
import pytest
from hypothesis import given

from matchmaking.engine import terms
from matchmaking.engine.policy import Policy
from matchmaking.engine.ranking import Index
from matchmaking.engine.statistics import Kind

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
        patch.setattr(terms, "_COMMON", common)
        compiled = index.terms.read(query)
    assert np.array_equal(compiled.words, plain.words)
    assert np.array_equal(compiled.cosine, plain.cosine)


def test_both_weights_stand_on_the_same_terms():
    index = builders.index_of(builders.OFFERS)
    assert index.terms.words.nnz > 0
    for one, other in ((index.terms.words, index.terms.cosine), (index.terms.by_words, index.terms.by_cosine)):
        assert np.array_equal(one.indices, other.indices)
        assert np.array_equal(one.indptr, other.indptr)
