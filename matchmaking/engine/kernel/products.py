"""All products of needs with rows, in two weights at once: for indexes small enough to hold every pair.

Weights lie on the binary grid of `vectors.py`, so sums are exact in any order: the same bits as any other way to
multiply the matrices gives, in one walk over the postings instead of two products of sparse matrices.
"""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from typing import Any

from matchmaking.engine.kernel.compiled import compiled

Array = Any  # numba infers the types; numpy's own are checked at the callers


@compiled
def both(
    starts: Array, rows: Array, words: Array, cosine: Array,
    need_starts: Array, need_terms: Array, need_words: Array, need_cosine: Array, by_words: Array, by_cosine: Array,
) -> None:  # fmt: skip
    """Add the products to `by_words` and `by_cosine`, (needs, rows), which come in as zeros.

    `starts`, `rows`, `words`, `cosine` are the postings of every term, `need_*` the terms of every need.
    """
    for need in range(len(need_starts) - 1):
        found_words, found_cosine = by_words[need], by_cosine[need]
        for at in range(need_starts[need], need_starts[need + 1]):
            term, word, angle = need_terms[at], need_words[at], need_cosine[at]
            for place in range(starts[term], starts[term + 1]):
                row = rows[place]
                found_words[row] += word * words[place]
                found_cosine[row] += angle * cosine[place]


@compiled
def at_rows(
    starts: Array, terms: Array, words: Array, cosine: Array, rows: Array,
    need_terms: Array, need_words: Array, need_cosine: Array, dense: Array, by_words: Array, by_cosine: Array,
) -> None:  # fmt: skip
    """The same products of one need with some rows only. `dense` (2, terms) holds zeros before and after."""
    for at in range(len(need_terms)):
        dense[0, need_terms[at]], dense[1, need_terms[at]] = need_words[at], need_cosine[at]
    for number in range(len(rows)):
        word, angle = 0.0, 0.0
        for place in range(starts[rows[number]], starts[rows[number] + 1]):
            term = terms[place]
            word += dense[0, term] * words[place]
            angle += dense[1, term] * cosine[place]
        by_words[number], by_cosine[number] = word, angle
    for at in range(len(need_terms)):
        dense[0, need_terms[at]], dense[1, need_terms[at]] = 0.0, 0.0
