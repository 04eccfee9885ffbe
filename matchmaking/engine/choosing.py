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
from matchmaking.engine.terms import Query, TermIndex, matrix_of, paired

Longs = NDArray[np.int64]
# How many are chosen by either reading. The structure moves a score by a factor, so many more than are shown.
BY_WORDS = 600
BY_CODES = 600
# A block of products stays in the second-level cache; the codes of its rows become floats for all of its needs.
_NEEDS_AT_ONCE = 256
_ROWS_AT_ONCE = 2_048


@dataclass(frozen=True, slots=True)
class Chooser:
    """The postings of an index, over the terms and rows of its `TermIndex`."""

    postings: Postings

    @classmethod
    def build(cls, terms: TermIndex) -> tuple[TermIndex, Chooser]:
        """Lay out an index for choosing. Its terms get the numbers they have in the postings, and share their rows.

        The rows of a large index are renumbered where they stand: the index that is given is used up.
        """
        words, cosine = terms.words, terms.cosine
        if not words.has_sorted_indices:
            words, cosine = (
                sparse.csr_array((one.data, one.indices, one.indptr), shape=one.shape, copy=True)
                for one in (words, cosine)
            )
            words.sort_indices()
            cosine.sort_indices()
        postings = Postings.build(words, take_over=True)
        tokens = np.empty(len(terms.vocabulary), dtype=object)
        tokens[postings.ranks] = list(terms.vocabulary)
        return cls.of(replace(terms, vocabulary={token: rank for rank, token in enumerate(tokens)}), postings, cosine)

    @classmethod
    def of(cls, terms: TermIndex, postings: Postings, cosine: sparse.csr_array) -> tuple[TermIndex, Chooser]:
        """The index over the rows of its postings; `cosine` has their weights in the same order."""
        words = matrix_of(postings.row_weights, postings.row_terms, postings.row_starts, postings.terms)
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
    def _by_codes(codes: NDArray[np.int16], asked: NDArray[np.float32]) -> Longs:
        """The rows with the largest products above 0 for every need; equal ones: the first rows."""
        from matchmaking.engine.kernel import products  # numba, with the first batch

        limit = min(BY_CODES, len(codes))
        found = np.full((len(asked), limit), NOBODY, dtype=np.int64)
        for start in range(0, len(asked), _NEEDS_AT_ONCE):
            needs = asked[start : start + _NEEDS_AT_ONCE]
            room = (len(needs), 4 * limit)
            held = np.zeros(room, np.float32), np.zeros(room, np.int64)
            counts, bars = np.zeros(len(needs), np.int64), np.zeros(len(needs), np.float32)
            for first in range(0, len(codes), _ROWS_AT_ONCE):
                # On the grid of the codes, times the grid: exact, and in the same order.
                block = codes[first : first + _ROWS_AT_ONCE].astype(np.float32)
                products.strongest(needs @ block.T, first, limit, *held, counts, bars)
            products.settle(limit, *held, counts, found[start : start + _NEEDS_AT_ONCE])
        return found


def positions_of(rows: Longs, wanted: Sequence[int]) -> Longs:
    """Where among the chosen rows those wanted stand; what was not chosen is left out."""
    return np.flatnonzero(np.isin(rows, np.asarray(wanted, dtype=np.int64)))
