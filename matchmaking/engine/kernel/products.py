"""All products of needs with rows, in two weights at once: for indexes small enough to hold every pair.

Weights lie on the binary grid of `vectors.py`, so sums are exact in any order: the same bits as any other way to
multiply the matrices gives, in one walk over the postings instead of two products of sparse matrices.
"""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from typing import Any

import numpy as np

from matchmaking.engine.kernel.compiled import compiled
from matchmaking.engine.kernel.loops import kth_largest

Array = Any  # numba infers the types; numpy's own are checked at the callers
_LANES = 64


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


@compiled
def _least(values: Array, count: int, limit: int) -> Any:
    """The `limit`-th largest of the first `count` values."""
    return kth_largest(values, count, limit, np.empty(count, values.dtype))


@compiled
def _keep(values: Array, rows: Array, count: int, limit: int) -> int:
    """Keep the `limit` largest, of equal ones the first; the order stays. Returns how many there are now."""
    if count <= limit:
        return count
    bar, above, kept = _least(values, count, limit), 0, 0
    for at in range(count):
        above += values[at] > bar
    for at in range(count):
        if values[at] > bar or (values[at] == bar and above < limit):
            above += values[at] == bar
            values[kept], rows[kept] = values[at], rows[at]
            kept += 1
    return kept


@compiled
def strongest(
    products: Array, first: int, limit: int, values: Array, rows: Array, counts: Array, bars: Array
) -> None:  # fmt: skip
    """Gather the columns with the largest values above the bar of every row, block of columns by block, in their order.

    Column 0 has the number `first`. `values` and `rows` (needs, room) are what is held so far, `counts` of each, with
    room for several times `limit`; `bars` begin at 0. `settle` ends it.
    """
    needs, wide = products.shape
    for need in range(needs):
        count, bar, line = counts[need], bars[need], products[need]
        for start in range(0, wide, _LANES):
            stop, above = min(start + _LANES, wide), 0
            for column in range(start, stop):
                above += line[column] > bar
            if above == 0:
                continue
            for column in range(start, stop):
                if line[column] > bar:
                    if count == values.shape[1]:
                        count = _keep(values[need], rows[need], count, limit)
                        # What comes later and equals the bar stands behind those that are kept.
                        bar = _least(values[need], count, limit)
                        if line[column] <= bar:
                            continue
                    values[need, count], rows[need, count] = line[column], first + column
                    count += 1
        counts[need], bars[need] = count, bar


@compiled
def settle(limit: int, values: Array, rows: Array, counts: Array, found: Array) -> None:
    """The `limit` rows with the largest values of every need go to `found`, filled up with what is there; equal ones:
    the first rows."""
    for need in range(len(counts)):
        count = _keep(values[need], rows[need], counts[need], limit)
        for at in range(count):
            found[need, at] = rows[need, at]
