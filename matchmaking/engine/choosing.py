"""Which targets of a very large index are looked at for a need: the best by their words, and the best by their codes.

The list by words is exact, the one by codes takes them rounded to 8 bits; what is chosen is scored as in a small index,
with the same bits. Only a target that is among the best by neither reading is missed. An index of fewer rows than
`terms.LARGE_FROM` is read whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.kernel.coarse import Coarse
from matchmaking.engine.kernel.postings import Postings
from matchmaking.engine.kernel.topk import NOBODY, top_k
from matchmaking.engine.terms import Query, TermIndex, matrix_of, paired

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
# How many are chosen by either reading. The structure moves a score by a factor, so many more than are shown.
BY_WORDS = 600
BY_CODES = 600


@dataclass(frozen=True, slots=True)
class Chooser:
    """The postings of an index, over the terms and rows of its `TermIndex`, and its codes rounded: those of the
    platform's encoder and those of one from outside, as far as there are any."""

    postings: Postings
    codes: tuple[Coarse, ...]

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
        codes = tuple(Coarse.of(terms.codes[:, part]) for part in parts_of(terms))
        return replace(terms, words=words, cosine=paired(words, cosine.data)), cls(renamed, codes)

    def choose(self, terms: TermIndex, query: Query) -> list[Longs]:
        """The rows to look at for every need of a query, ascending."""
        by_words = top_k(self.postings, query.words, min(BY_WORDS, terms.rows)).positions
        by_codes = [
            coarse.strongest(query.codes[:, part], min(BY_CODES, terms.rows))
            for coarse, part in zip(self.codes, parts_of(terms), strict=True)
        ]
        found = np.hstack([by_words, *by_codes])
        return [np.unique(row[row != NOBODY]) for row in found]


def parts_of(terms: TermIndex) -> list[slice]:
    """The columns of the codes by encoder, see `TermIndex`."""
    parts = slice(0, terms.own), slice(terms.own, terms.codes.shape[1])
    return [part for part in parts if part.stop > part.start]


def positions_of(rows: Longs, wanted: Sequence[int]) -> Longs:
    """Where among the chosen rows those wanted stand; what was not chosen is left out."""
    return np.flatnonzero(np.isin(rows, np.asarray(wanted, dtype=np.int64)))


def top_positions(scores: Floats, limit: int) -> list[int]:
    """Positions of the `limit` highest scores above 0, best first, equal scores in the order of their
    positions."""
    limit = min(limit, len(scores))
    if limit <= 0:
        return []
    least = np.partition(scores, len(scores) - limit)[len(scores) - limit]
    positions = np.flatnonzero(scores >= least) if least > 0.0 else np.flatnonzero(scores)
    order = np.lexsort((positions, -scores[positions]))
    return [int(at) for at in positions[order][:limit]]
