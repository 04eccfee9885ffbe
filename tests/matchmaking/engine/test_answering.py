"""How well achievements answer a sample: in single precision first, and with the bits of scoring every pair."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from matchmaking.engine import answering
from matchmaking.engine.references import Scale, standard
from matchmaking.engine.terms import Query, TermIndex
from matchmaking.engine.vectors import NEED_GRID, TARGET_GRID

TERMS, ACHIEVEMENTS, KEPT = 60, 300, 5
MIX = (0.4, 0.2, 0.3, 0.1)


def on_grid(values, grid):
    return np.rint(values * grid) / grid


def index_of(draw: np.random.Generator) -> TermIndex:
    words = sparse.random_array((ACHIEVEMENTS, TERMS), density=0.4, format="csr", rng=draw)
    words.data = on_grid(words.data, TARGET_GRID)
    cosine = sparse.csr_array((on_grid(draw.random(words.nnz) / 8, TARGET_GRID), words.indices, words.indptr))
    codes = on_grid(draw.standard_normal((ACHIEVEMENTS, 6)) / 4, 2.0**11).astype(np.float32)
    layout = np.arange(ACHIEVEMENTS + 1), 3
    vocabulary = {f"t{number}": number for number in range(TERMS)}
    return TermIndex.of(vocabulary, (words, cosine), codes, layout, experts=False, own=4)


def query_of(draw: np.random.Generator, *, alike: bool) -> Query:
    """Texts, all different or all but the same: some by one step of the grid."""
    asking = 80
    words = draw.random((1 if alike else asking, TERMS)) / TERMS
    words = on_grid(np.tile(words, (asking // len(words), 1)), NEED_GRID)
    if alike:
        words += draw.integers(0, 2, (asking, TERMS)) / NEED_GRID
    words[:, ::7] = 0.0
    cosine, codes = on_grid(words * 3, NEED_GRID), np.tile(draw.standard_normal((1 if alike else asking, 6)), (1, 1))
    codes = on_grid(np.tile(codes / 4, (asking // len(codes), 1)), 2.0**11).astype(np.float32)
    rows = sparse.csr_array(words)
    return Query(rows, sparse.csr_array((cosine[words > 0.0], rows.indices, rows.indptr), shape=rows.shape), codes)


@pytest.mark.parametrize("alike", [False, True], ids=["different", "alike but for a step of the grid"])
@pytest.mark.parametrize("common", [0.0, 0.1, 1.0], ids=["matrices", "both", "postings"])
def test_the_best_are_those_of_scoring_every_pair(monkeypatch, alike, common):
    monkeypatch.setattr(answering, "_COMMON", common)
    draw = np.random.default_rng(4)
    index, query = index_of(draw), query_of(draw, alike=alike)
    asking = query.words.shape[0]
    constants = np.hstack(
        [np.full((asking, 4), 0.1), np.full((asking, 4), 0.02), np.zeros((asking, 1)), np.ones((asking, 1))]
    )
    own = {0: [3, 4], 7: [0], ACHIEVEMENTS - 1: [79]}
    scores = standard(index, index.read(query), Scale(constants), MIX)
    for at, texts in own.items():
        scores[texts, at] = 0.0
    laid_out, expected = answering.Answering.of(index, query, constants, MIX), np.sort(scores, axis=0)[-KEPT:].T
    for threads in (1, 3):
        np.testing.assert_array_equal(laid_out.best(index, KEPT, own, threads=threads), expected)
