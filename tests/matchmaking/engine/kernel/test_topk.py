"""The exact answer: as scipy's, whatever the layout, the order and the threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.topk import NOBODY, quantise, top_k
from tests.matchmaking.engine.kernel.builders import by_scipy, rows, same

LAYOUTS = [(512, 64, 0.06), (64, 64, 0.5), (128, 64, 0.0), (65_536, 512, 2.0)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 700), st.integers(1, 60), st.integers(0, 9), st.integers(1, 30),
    st.sampled_from(LAYOUTS),
)  # fmt: skip
def test_the_answer_is_that_of_scipy(seed, documents, width, needs, k, layout):
    stored, asked = rows(documents, width, seed), rows(needs, width, seed + 1, grid=26)
    block, tile, share = layout
    index = Postings.build(stored, block=block, tile=tile, frequent_share=share)
    assert same(top_k(index, asked, k), by_scipy(stored, asked, k))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(-300, 300), st.floats(-300, 300))
def test_weights_of_any_size_lose_no_document(seed, document_power, need_power):
    draw = np.random.default_rng(seed)
    stored = sparse.csr_array(rows(150, 12, seed) * 10.0 ** (document_power * 0.45))
    asked = sparse.csr_array(
        np.where(draw.random((3, 12)) < 0.4, 10.0 ** (need_power * 0.45 - 9 * draw.random(12)), 0.0)
    )
    found, wanted = top_k(Postings.build(stored, tile=64, block=64), asked, 150), by_scipy(stored, asked, 150)
    assert np.array_equal(np.sort(found.positions), np.sort(wanted.positions))
    assert np.allclose(found.scores, wanted.scores, rtol=1e-12, atol=0.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_sums_bound_every_score(seed):
    stored, asked = rows(200, 30, seed), rows(4, 30, seed + 1)
    index = Postings.build(stored, tile=64, block=128, frequent_share=2.0)
    batch = quantise(index, asked)
    products = (asked @ stored.T).toarray()
    codes = np.zeros((30, 200))
    placed = sparse.csr_array((index.row_weights, index.row_terms, index.row_starts), shape=(200, 30)).toarray().T
    held = index.units > 0.0
    codes[held] = np.ceil(placed[held] / index.units[held, None]).clip(max=255)
    for need in range(4):
        part = slice(*batch.starts[need : need + 2])
        sums = batch.values[part].astype(np.int64) @ codes[batch.ranks[part]]
        assert (sums < 2**31).all()
        assert (sums >= products[need] * batch.scales[need] - 1).all()
        assert (sums - batch.errors[need] <= products[need] * batch.scales[need]).all()


def test_equal_scores_come_in_the_order_of_their_positions():
    stored = sparse.csr_array(np.full((3_000, 2), 0.5))
    found = top_k(Postings.build(stored), sparse.csr_array([[0.25, 0.25]]), 20)
    assert found.positions[0].tolist() == list(range(20))


def test_equal_scores_whose_sums_are_rounded_differently_come_in_order_too():
    # The sums of documents 1 and 2 are rounded up further than that of document 0, which therefore is scored last.
    stored = sparse.csr_array([[0.5, 0.0], [0.0, 0.5], [0.0, 8_385_000 / 2**24], [0.0, 11_744_051 / 2**24]])
    found = top_k(Postings.build(stored), sparse.csr_array([[0.5, 0.5]]), 3)
    assert found.positions.tolist() == [[3, 0, 1]]


def test_more_ties_than_room_are_done_again_with_more_room():
    values = np.full((9_000, 1), 0.5)
    values[::9] = 0.75
    stored = sparse.csr_array(values)
    assert same(
        top_k(Postings.build(stored), sparse.csr_array([[1.0]]), 7), by_scipy(stored, sparse.csr_array([[1.0]]), 7)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_permuting_documents_terms_and_needs_changes_nothing(seed):
    draw = np.random.default_rng(seed)
    stored, asked = rows(300, 25, seed), rows(7, 25, seed + 1)
    documents, terms, needs = draw.permutation(300), draw.permutation(25), draw.permutation(7)
    plain = top_k(Postings.build(stored, tile=64, block=64), asked, 300)
    other = top_k(Postings.build(stored[documents][:, terms], tile=64, block=64), asked[needs][:, terms], 300)
    scores = np.zeros((7, 300))
    for need in range(7):
        held = other.positions[need] != NOBODY
        scores[needs[need], documents[other.positions[need][held]]] = other.scores[need][held]
    again = np.zeros((7, 300))
    for need in range(7):
        held = plain.positions[need] != NOBODY
        again[need, plain.positions[need][held]] = plain.scores[need][held]
    assert scores.tobytes() == again.tobytes()


def test_threads_change_nothing():
    stored, asked = rows(900, 40, 3), rows(50, 40, 4)
    index = Postings.build(stored)
    assert same(top_k(index, asked, 20, threads=1), top_k(index, asked, 20, threads=3))


def test_nothing_to_find_is_nobody():
    index = Postings.build(sparse.csr_array([[0.5, 0.0, 0.0], [0.25, 0.0, 0.0]]))
    asked = sparse.csr_array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    found = top_k(index, asked, 2)
    assert found.positions.tolist() == [[NOBODY, NOBODY], [NOBODY, NOBODY], [0, 1]]
    assert found.scores.tolist() == [[0, 0], [0, 0], [0.5, 0.25]]
    assert top_k(Postings.build(sparse.csr_array((0, 3))), asked, 2).positions.tolist() == [[NOBODY] * 2] * 3
    assert top_k(index, sparse.csr_array((0, 3)), 2).positions.shape == (0, 2)


@pytest.mark.parametrize("bad", [-0.5, np.nan, np.inf])
def test_what_is_no_weight_is_refused(bad):
    good, wrong = sparse.csr_array([[0.5, 0.25]]), sparse.csr_array([[0.5, bad]])
    with pytest.raises(ValueError, match="finite and not negative"):
        Postings.build(wrong)
    with pytest.raises(ValueError, match="finite and not negative"):
        top_k(Postings.build(good), wrong, 1)


def test_impossible_requests_are_refused():
    good = sparse.csr_array([[0.5, 0.25]])
    with pytest.raises(ValueError, match="the index 2"):
        top_k(Postings.build(good), sparse.csr_array([[0.5]]), 1)
    with pytest.raises(ValueError, match="at least 1"):
        top_k(Postings.build(good), good, 0)
    with pytest.raises(ValueError, match="laid out"):
        Postings.build(good, block=100)


def test_a_term_given_twice_counts_as_its_sum():
    twice = sparse.csr_array((np.array([0.25, 0.25, 0.375]), np.array([0, 0, 0]), np.array([0, 2, 3])), shape=(2, 1))
    found = top_k(Postings.build(twice), sparse.csr_array([[1.0]]), 1)
    assert (found.positions.tolist(), found.scores.tolist()) == ([[0]], [[0.5]])
    assert twice.nnz == 3, "the caller's rows stay as they were"


def test_a_need_of_very_many_terms_overflows_nothing():
    stored = sparse.csr_array(np.ones((70, 3_000)) * (np.arange(70)[:, None] + 59.0) / 128.0)
    asked = sparse.csr_array(np.full((1, 3_000), 2.0**-12))
    assert same(top_k(Postings.build(stored), asked, 5), by_scipy(stored, asked, 5))
