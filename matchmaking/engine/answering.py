"""How well achievements answer the texts of a sample: of very many pairs only the best of each achievement count.

All pairs are taken in single precision first, all readings at once, as one product of matrices for the terms that most
have and by postings for the others. Whatever rounding can do to such a score is less than a margin, so the best by
exact scores are among those that come within twice the margin of the last place; those few are scored exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.terms import Query, TermIndex

if TYPE_CHECKING:
    from matchmaking.engine.kernel.answer_loops import Rows

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
# Fewer achievements are held against the whole sample exactly: laying it out takes longer.
FROM = 256
# Of all pairs of a text and an achievement, those that must share a term for a product of matrices to pay.
_COMMON = 0.02
_ROUNDING = 2.0**-24
_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Answering:
    """The texts of a sample over the vocabulary of an index of achievements, and the same in single precision:
    multiplied by what brings every reading to standard deviations, so that one product adds all of them up.

    `constants` (texts, 10) and `shares` (4) as in `references`. `common` are terms that most have, `dense`
    (texts, common + common + codes + 1) are both weights of these, the codes, and what a text adds to every score;
    `starts`, `texts`, `weights` are the postings of all terms. `lengths` are those of the longest rows of words, of
    cosine and of codes, and the most that is added; `steps` is more than a score has products.
    """

    query: Query
    constants: Floats
    shares: Floats
    common: NDArray[np.int64]
    dense: Singles
    starts: NDArray[np.int64]
    texts: NDArray[np.int32]
    weights: Singles
    lengths: tuple[float, float, float, float]
    steps: int

    @classmethod
    def of(cls, index: TermIndex, query: Query, constants: Floats, shares: Sequence[float]) -> Answering:
        """Lay out the texts of a query for an index."""
        readings, constants = len(shares), np.array(constants)  # a frozen array would be compiled for once more
        spreads = constants[:, -1:]
        factors = np.asarray(shares) / constants[:, readings : 2 * readings] / spreads
        added = -(factors * constants[:, :readings]).sum(axis=1) - constants[:, -2] / spreads[:, 0]
        words, cosine = (_times(rows, factors[:, at]) for at, rows in enumerate((query.words, query.cosine)))
        codes = query.codes * np.repeat(factors[:, 2:], (index.own, query.codes.shape[1] - index.own), axis=1)
        common = _common(query.words, index.words)
        dense = np.hstack(
            [words[:, common].toarray(), cosine[:, common].toarray(), codes, added[:, None]], dtype=np.float32
        )
        by_words, by_cosine = words.T.tocsr(), cosine.T.tocsr()
        lengths = _longest(words), _longest(cosine), _longest_code(codes), float(np.abs(added).max(initial=0.0))
        weights = np.stack([by_words.data, by_cosine.data], axis=1, dtype=np.float32)
        steps = dense.shape[1] + 2 * int(np.diff(words.indptr).max(initial=0)) + 8
        return cls(query, constants, np.asarray(shares), common, dense, by_words.indptr, by_words.indices, weights,
                   lengths, steps)  # fmt: skip

    def best(self, index: TermIndex, kept: int, own: Mapping[int, Sequence[int]], *, threads: int = 1) -> Floats:
        """The `kept` largest scores of every achievement of the index, ascending, (achievements, kept). Texts that are
        its `own` count as nothing. There are more texts than `kept`. `threads` changes the time, never the result."""
        best = np.full((index.words.shape[0], kept), -np.inf)

        def fill(start: int, stop: int) -> None:
            mine = {at - start: own[at] for at in range(start, stop) if at in own}
            self._best_of(index, start, best[start:stop], mine)

        bounds = [*range(0, len(best), _AT_ONCE), len(best)]
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, bounds[:-1], bounds[1:]))
        return best

    def _best_of(self, index: TermIndex, start: int, best: Floats, own: Mapping[int, Sequence[int]]) -> None:
        from matchmaking.engine.kernel import answer_loops as loops  # numba, for whole pools only

        rows = slice(start, start + len(best))
        words, cosine, codes = index.words[rows], index.cosine[rows], index.codes_at(rows)
        offered = _rows(words, cosine, codes)
        near = self._near(offered)
        for at, texts in own.items():
            near[at, texts] = 0.0
        kept = best.shape[1]
        bars = np.partition(near, -kept, axis=1)[:, -kept]
        pairs = np.argwhere(near >= (bars - 2.0 * self._margin(words, cosine, codes))[:, None])
        mine = np.zeros(near.shape, dtype=bool)
        for at, texts in own.items():
            mine[at, texts] = True
        asked = _rows(self.query.words, self.query.cosine, self.query.codes)
        room = np.zeros((index.words.shape[1], 2))
        loops.best_of_pairs(pairs[~mine[*pairs.T]], offered, asked, index.own, self.constants, self.shares, room, best)
        for at, texts in own.items():
            best[at] = np.sort(np.concatenate([best[at], np.zeros(len(texts))]))[-kept:]

    def _margin(self, words: sparse.csr_array, cosine: sparse.csr_array, codes: Singles) -> float:
        """More than rounding can do to a score: a share of every step of what all products add up to, by the lengths
        of both sides (Cauchy and Schwarz)."""
        longest = _longest(words), _longest(cosine), _longest_code(codes), 1.0
        return 2.0 * _ROUNDING * self.steps * sum(one * other for one, other in zip(self.lengths, longest, strict=True))

    def _near(self, offered: Rows) -> Singles:
        """The scores of some achievements in single precision, (achievements, texts)."""
        from matchmaking.engine.kernel import answer_loops as loops  # see above

        count, wide = len(offered.codes), len(self.starts) - 1
        shape = count, wide
        halves = (sparse.csr_array((one, offered.terms, offered.starts), shape=shape)[:, self.common].toarray()
                  for one in (offered.words, offered.cosine))  # fmt: skip
        laid_out = np.hstack([*halves, offered.codes, np.ones((count, 1))], dtype=np.float32)
        near: Singles = laid_out @ self.dense.T
        rare = np.ones(wide, dtype=bool)
        rare[self.common] = False
        there = rare[offered.terms]
        ends = np.concatenate(([0], np.cumsum(there)))[offered.starts]
        words, cosine = (one[there].astype(np.float32) for one in (offered.words, offered.cosine))
        left = loops.Rows(ends, offered.terms[there], words, cosine, offered.codes)
        loops.add_rare(left, self.starts, self.texts, self.weights, near)
        return near


def _rows(words: sparse.csr_array, cosine: sparse.csr_array, codes: Singles) -> Rows:
    from matchmaking.engine.kernel.answer_loops import Rows  # see above

    return Rows(words.indptr, words.indices, words.data, cosine.data, np.ascontiguousarray(codes))


def _times(rows: sparse.csr_array, factors: Floats) -> sparse.csr_array:
    values = rows.data * np.repeat(factors, np.diff(rows.indptr))
    return sparse.csr_array((values, rows.indices, rows.indptr), shape=rows.shape)


def _common(asked: sparse.csr_array, offered: sparse.csr_array) -> NDArray[np.int64]:
    """The terms that so many of both sides have that a product of matrices takes less time."""
    having = [np.bincount(one.indices, minlength=one.shape[1]) for one in (asked, offered)]
    return np.flatnonzero(having[0] * having[1] > _COMMON * asked.shape[0] * offered.shape[0])


def _longest(rows: sparse.csr_array) -> float:
    """The length of the longest row."""
    squares = np.concatenate(([0.0], np.cumsum(rows.data.astype(np.float64) ** 2)))[rows.indptr]
    return float(np.sqrt(np.diff(squares).max(initial=0.0)))


def _longest_code(codes: NDArray[Any]) -> float:
    return float(np.sqrt((codes**2).sum(axis=1).max(initial=0.0)))
