"""Products of many needs with all rows of an index: what most of both have as dense matrices, the rest by postings.

Weights lie on the binary grid of `vectors`, so every product and every sum of products is exact: any way to multiply
gives the same bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
# By words and by cosine: weights of the same terms in the same order.
Pair = tuple[sparse.csr_array, sparse.csr_array]
# Of all pairs of a need and a row, those that must share a term for a dense product to pay.
_COMMON = 0.04


def products(asked: Pair, offered: Pair) -> tuple[Floats, Floats]:
    """The products of needs (needs, terms) with rows (terms, rows) in both weights, (needs, rows) each."""
    from matchmaking.engine.kernel import products as loops  # numba, for whole batches only

    common = _common_terms(asked[0], offered[0])
    if len(common):
        both = zip(asked, offered, strict=True)
        found = np.stack([one[:, common].toarray() @ other[common].toarray() for one, other in both])
    else:
        found = np.zeros((2, asked[0].shape[0], offered[0].shape[1]))
    starts, terms, words, cosine = _without(asked, common)
    loops.both(
        offered[0].indptr, offered[0].indices, offered[0].data, offered[1].data,
        starts, terms, words, cosine, found[0], found[1],
    )  # fmt: skip
    return found[0], found[1]


def _common_terms(asked: sparse.csr_array, offered: sparse.csr_array) -> NDArray[np.int64]:
    """The terms that so many of both sides have that a dense product takes less time."""
    pairs = np.bincount(asked.indices, minlength=asked.shape[1]) * np.diff(offered.indptr).astype(np.int64)
    return np.flatnonzero(pairs > _COMMON * asked.shape[0] * offered.shape[1])


def _without(asked: Pair, terms: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int32], Floats, Floats]:
    """The needs less these terms: where each begins, its terms, and both weights."""
    words, cosine = asked
    kept = np.ones(words.shape[1], dtype=bool)
    kept[terms] = False
    there = kept[words.indices]
    ends = np.concatenate(([0], np.cumsum(there)))[words.indptr].astype(np.int32)
    return ends, words.indices[there], words.data[there], cosine.data[there]
