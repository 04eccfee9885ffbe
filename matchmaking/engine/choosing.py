"""Which targets of a very large index are looked at for a need: the best by their words, and the best by their codes.

Both lists are exact; what is chosen is scored as in a small index, with the same bits. Only a target that is among the
best by neither reading is missed. An index of fewer rows than `terms.LARGE_FROM` is read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.topk import NOBODY, top_k
from matchmaking.engine.terms import Query, TermIndex, paired

Longs = NDArray[np.int64]
# How many are chosen by either reading. The structure moves a score by a factor, so many more than are shown.
BY_WORDS = 600
BY_CODES = 600
_NEEDS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Chooser:
    """The postings of an index, over the terms and rows of its `TermIndex`."""

    postings: Postings

    @classmethod
    def build(cls, terms: TermIndex) -> tuple[TermIndex, Chooser]:
        """Lay out an index for choosing. Its terms get the numbers they have in the postings, and share their rows."""
        words, cosine = (
            sparse.csr_array((one.data, one.indices, one.indptr), shape=one.shape, copy=True)
            for one in (terms.words, terms.cosine)
        )
        words.sort_indices()
        cosine.sort_indices()
        postings = Postings.build(words)
        tokens = np.empty(len(terms.vocabulary), dtype=object)
        tokens[postings.ranks] = list(terms.vocabulary)
        return cls.of(replace(terms, vocabulary={token: rank for rank, token in enumerate(tokens)}), postings, cosine)

    @classmethod
    def of(cls, terms: TermIndex, postings: Postings, cosine: sparse.csr_array) -> tuple[TermIndex, Chooser]:
        """The index over the rows of its postings; `cosine` has their weights in the same order."""
        starts = postings.row_starts
        words = sparse.csr_array(
            (postings.row_weights, postings.row_terms, starts), shape=(postings.documents, postings.terms), copy=False
        )
        renamed = replace(postings, ranks=np.arange(postings.terms, dtype=np.int32))
        return replace(terms, words=words, cosine=paired(words, cosine.data)), cls(renamed)

    def choose(self, terms: TermIndex, query: Query) -> list[Longs]:
        """The rows to look at for every need of a query, ascending."""
        parts = (slice(0, terms.own), slice(terms.own, terms.codes.shape[1]))
        by_codes = [
            self._by_codes(terms.codes[:, part], query.codes[:, part]) for part in parts if part.stop > part.start
        ]
        found = np.hstack([top_k(self.postings, query.words, min(BY_WORDS, terms.rows)).positions, *by_codes])
        return [np.unique(row[row != NOBODY]) for row in found]

    @staticmethod
    def _by_codes(codes: NDArray[np.float32], asked: NDArray[np.float32]) -> Longs:
        """The rows with the largest products above 0 for every need; equal ones: the first rows."""
        from matchmaking.engine.kernel import products  # numba, with the first batch

        limit = min(BY_CODES, len(codes))
        found = np.full((len(asked), limit), NOBODY, dtype=np.int64)
        values, rows = np.zeros(4 * limit, dtype=np.float32), np.zeros(4 * limit, dtype=np.int64)
        for start in range(0, len(asked), _NEEDS_AT_ONCE):
            block = slice(start, start + _NEEDS_AT_ONCE)
            products.strongest(asked[block] @ codes.T, values, rows, found[block])
        return found


def positions_of(rows: Longs, wanted: Sequence[int]) -> Longs:
    """Where among the chosen rows those wanted stand; what was not chosen is left out."""
    return np.flatnonzero(np.isin(rows, np.asarray(wanted, dtype=np.int64)))
