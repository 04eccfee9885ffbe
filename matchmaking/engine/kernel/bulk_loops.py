"""The compiled loop of weighing many records; `bulk.py` says what the arrays mean."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from matchmaking.engine.kernel.compiled import compiled
from matchmaking.engine.kernel.reasons import exact_sum

Array = Any  # numba infers the types; numpy's own are checked at the callers


class Texts(NamedTuple):
    """The texts of all rows, one row after the other: the texts of row i from rows[i] to rows[i + 1], the entries of
    text j from starts[j] to starts[j + 1] with their terms and counts, and what a count of the text is multiplied by
    and divided by."""

    rows: Array
    starts: Array
    terms: Array
    counts: Array
    weights: Array
    norms: Array


class Counts(NamedTuple):
    """The different terms of all rows, with room for every entry: of row i from ends[i] to ends[i + 1], their weighted
    counts, and the same normed by the lengths of the texts."""

    ends: Array
    terms: Array
    counted: Array
    normed: Array


@compiled
def gather(texts: Texts, places: Array, found: Counts) -> int:
    """Add up the texts of every row; returns how many entries that makes. `places` has room for every term."""
    filled = 0
    for row in range(len(texts.rows) - 1):
        first = found.ends[row] = filled
        for text in range(texts.rows[row], texts.rows[row + 1]):
            weight, norm = texts.weights[text], texts.norms[text]
            for entry in range(texts.starts[text], texts.starts[text + 1]):
                term, count = texts.terms[entry], weight * texts.counts[entry]
                place = places[term]
                if not (first <= place < filled and found.terms[place] == term):
                    place = places[term] = filled
                    found.terms[place], found.counted[place], found.normed[place] = term, 0.0, 0.0
                    filled += 1
                found.counted[place] += count
                found.normed[place] += count / norm
    found.ends[len(texts.rows) - 1] = filled
    return filled


@compiled
def unit_length(ends: Array, values: Array, grid: float, partials: Array) -> None:
    """Bring every row to unit length and to the grid, in place."""
    squares = np.empty(len(values))
    for row in range(len(ends) - 1):
        size = ends[row + 1] - ends[row]
        for at in range(size):
            squares[at] = values[ends[row] + at] * values[ends[row] + at]
        length = np.sqrt(exact_sum(squares, size, partials))
        scale = grid / length if length > 0.0 else 0.0
        for at in range(ends[row], ends[row + 1]):
            values[at] = np.rint(values[at] * scale) / grid


@compiled
def exact_rows(ends: Array, values: Array, partials: Array, sums: Array) -> None:
    """The sum of every row, rounded once."""
    for row in range(len(ends) - 1):
        piece = values[ends[row] : ends[row + 1]]
        sums[row] = exact_sum(piece, len(piece), partials)
