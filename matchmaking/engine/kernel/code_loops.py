"""The compiled loop of coding many texts; `encoder.py` says what the arrays mean."""

from __future__ import annotations

from typing import Any

from matchmaking.engine.kernel.compiled import compiled

Array = Any  # numba infers the types; numpy's own are checked at the callers
_TOGETHER = 4


@compiled
def add_vectors(starts: Array, tokens: Array, weights: Array, table: Array, sums: Array) -> None:
    """Add the weighted vectors of the tokens of every text to `sums` (texts, dimensions), one after the other: some are
    read at once, and added in their order."""
    for text in range(len(starts) - 1):
        line, at, last = sums[text], starts[text], starts[text + 1]
        while at + _TOGETHER <= last:
            one, two, three, four = (
                table[tokens[at]],
                table[tokens[at + 1]],
                table[tokens[at + 2]],
                table[tokens[at + 3]],
            )
            by_one, by_two, by_three, by_four = weights[at], weights[at + 1], weights[at + 2], weights[at + 3]
            for place in range(len(line)):
                total = line[place] + by_one * one[place]
                total = total + by_two * two[place]
                total = total + by_three * three[place]
                line[place] = total + by_four * four[place]
            at += _TOGETHER
        for rest in range(at, last):
            one, by_one = table[tokens[rest]], weights[rest]
            for place in range(len(line)):
                line[place] += by_one * one[place]
