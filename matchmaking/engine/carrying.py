"""How much of a pair is carried by more than single characters: the floor asks for it beside the score.

Two texts can share many single characters and no word (“虾料”, “粉料”), and score well by chance. What wordings of two
characters or more add to the deviations, with what an encoder or a cross-encoder adds to them, has to reach a least
amount before a target is proposed. It depends on the pair alone, more of it never hurts, and the codes do not move it.
Products of the weights are exact, as these lie on a grid, so that the order in which terms stand means nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.terms import TermIndex, best_documents_factor

if TYPE_CHECKING:
    from matchmaking.engine.explaining import Asked

Floats = NDArray[np.float64]


def carried(terms: TermIndex, asked: Asked, position: int, codes: Floats) -> float:
    """What carries a target, in deviations: of an expert the best documents. `codes` is what the codes of its rows add,
    (2, rows)."""
    first, last = int(terms.starts[position]), int(terms.starts[position + 1])
    kept = np.flatnonzero(asked.telling)
    wanted, words, cosine = asked.terms[kept], asked.words[kept], asked.cosine[kept]
    if not len(wanted):
        sums = np.zeros((2, last - first))
    elif terms.words.shape[1]:
        sums = _by_row(terms, first, last, (wanted, words, cosine))
    else:
        rows = slice(first, last)
        sums = np.stack([words @ terms.by_words[wanted][:, rows], cosine @ terms.by_cosine[wanted][:, rows]])
    found = sums[0] * asked.units[0] + sums[1] * asked.units[1] + codes[0] + codes[1]
    if not terms.experts:
        return float(found[0])
    best = np.sort(found)[::-1][: terms.best].tolist()
    return float(sum(best) * best_documents_factor(last - first, terms.best))


def _by_row(terms: TermIndex, first: int, last: int, asked: tuple[NDArray[np.int32], Floats, Floats]) -> Floats:
    """The products of both weights for every row, (2, rows); the terms asked for ascend."""
    wanted, words, cosine = asked
    starts = terms.words.indptr[first : last + 1]
    piece = slice(int(starts[0]), int(starts[-1]))
    named = terms.words.indices[piece]
    places = np.searchsorted(wanted, named)
    places[places == len(wanted)] = 0
    there = np.flatnonzero(wanted[places] == named)
    places = places[there]
    products = words[places] * terms.words.data[piece][there], cosine[places] * terms.cosine.data[piece][there]
    if last - first == 1:
        return np.asarray([[one.sum()] for one in products])
    rows = np.searchsorted(starts - starts[0], there, side="right") - 1
    return np.stack([np.bincount(rows, one, last - first) for one in products])
