"""The compiled loops of scoring. Arrays only; `topk.py` and `postings.py` say what they mean.

Accumulators are 32-bit integers: sums of codes (8 bits) times multipliers (15 bits), scaled by the caller so that they
cannot overflow. Loops over a block are written so that LLVM turns them into vector instructions (one dot-product
instruction for sixteen documents and one term where the processor has it).
"""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from typing import Any

import numpy as np

from matchmaking.engine.kernel.compiled import compiled, compiled_unordered

Array = Any  # numba infers the types; numpy's own are checked at the callers
_LANES = 64
# Needs that are scored together, so that the rows of a tile are fetched into the second-level cache once for all.
_TOGETHER = 64
UNROLLED = 8


@compiled
def survey(terms: Array, weights: Array, having: Array, highest: Array) -> bool:
    """How many documents have each term and with what highest weight; False for a weight that is no weight."""
    for place in range(len(terms)):
        weight = np.float64(weights[place])
        if not 0.0 <= weight < np.inf:
            return False
        having[terms[place]] += 1
        highest[terms[place]] = max(highest[terms[place]], weight)
    return True


@compiled
def fill_postings(
    row_starts: Array, row_terms: Array, row_weights: Array, units: Array, frequent: Array, starts: Array,
    offsets: Array, codes: Array,
) -> None:  # fmt: skip
    """Lay out the codes of all documents. `starts[block, term]` comes in as the first free place and leaves as the
    first place of the next term; the caller shifts it back."""
    tiles, dense, tile = frequent.shape
    block = tile * (tiles // max(1, len(starts)))
    for document in range(len(row_starts) - 1):
        at, offset = document // block, document % block
        for place in range(row_starts[document], row_starts[document + 1]):
            term = row_terms[place]
            code = np.uint8(min(255.0, np.ceil(row_weights[place] / units[term])))
            if term < dense:
                frequent[document // tile, term, document % tile] = code
            else:
                target = starts[at, term - dense]
                offsets[target] = offset
                codes[target] = code
                starts[at, term - dense] = target + 1


@compiled
def count_postings(row_starts: Array, row_terms: Array, dense: int, block: int, counts: Array) -> None:
    """How many documents of each block have each rare term."""
    for document in range(len(row_starts) - 1):
        at = document // block
        for place in range(row_starts[document], row_starts[document + 1]):
            if row_terms[place] >= dense:
                counts[at, row_terms[place] - dense] += 1


@compiled
def _add_frequent(sums: Array, rows: Array, ranks: Array, multipliers: Array, first: int, last: int) -> None:
    """Add the frequent terms of a need to the sums of a tile, eight at a time; they are a multiple of eight."""
    for at in range(first, last, UNROLLED):
        a, b, c, d = rows[ranks[at]], rows[ranks[at + 1]], rows[ranks[at + 2]], rows[ranks[at + 3]]
        e, f, g, h = rows[ranks[at + 4]], rows[ranks[at + 5]], rows[ranks[at + 6]], rows[ranks[at + 7]]
        ma, mb = np.int32(multipliers[at]), np.int32(multipliers[at + 1])
        mc, md = np.int32(multipliers[at + 2]), np.int32(multipliers[at + 3])
        me, mf = np.int32(multipliers[at + 4]), np.int32(multipliers[at + 5])
        mg, mh = np.int32(multipliers[at + 6]), np.int32(multipliers[at + 7])
        for j in range(len(sums)):
            sums[j] += (
                np.int32(a[j]) * ma + np.int32(b[j]) * mb + np.int32(c[j]) * mc + np.int32(d[j]) * md
                + np.int32(e[j]) * me + np.int32(f[j]) * mf + np.int32(g[j]) * mg + np.int32(h[j]) * mh
            )  # fmt: skip


@compiled
def _add_rare(
    sums: Array, starts: Array, offsets: Array, codes: Array, ranks: Array, multipliers: Array, first: int, last: int
) -> None:
    """The sums of a block over the postings of the rare terms alone."""
    for j in range(len(sums)):
        sums[j] = 0
    for at in range(first, last):
        multiplier = np.int32(multipliers[at])
        for place in range(starts[ranks[at]], starts[ranks[at] + 1]):
            sums[offsets[place]] += np.int32(codes[place]) * multiplier


@compiled
def kth_largest(values: Array, count: int, k: int, scratch: Array) -> Any:
    """The k-th largest of the first `count` values (Hoare's selection, on a copy in `scratch`)."""
    for at in range(count):
        scratch[at] = values[at]
    low, high, wanted = 0, count - 1, k - 1
    while low < high:
        pivot = scratch[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while scratch[i] > pivot:
                i += 1
            while scratch[j] < pivot:
                j -= 1
            if i <= j:
                scratch[i], scratch[j] = scratch[j], scratch[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return scratch[wanted]


@compiled
def _tighten(values: Array, documents: Array, count: int, k: int, error: int, scratch: Array) -> tuple[int, int]:
    """Drop what can no longer be among the k best; returns how many stay and the least sum worth keeping."""
    if count < k:
        return count, 1
    least = max(1, kth_largest(values, count, k, scratch) - error)
    kept = 0
    for at in range(count):
        if values[at] >= least:
            values[kept], documents[kept] = values[at], documents[at]
            kept += 1
    return kept, least


@compiled
def _collect(
    sums: Array, base: int, values: Array, documents: Array, count: int, least: int, k: int, error: int, scratch: Array
) -> tuple[int, int]:
    """Keep the documents of a tile whose sum is at least `least`; (-1, 0) when they are too many to hold.

    The bar is raised whenever as many have come in as had stayed: few raises, and few that come in for nothing.
    """
    limit = min(2 * count + 2 * k + _LANES, len(values))
    for start in range(0, len(sums), _LANES):
        highest = np.int32(0)
        for j in range(start, start + _LANES):
            highest = max(highest, sums[j])
        if highest < least:
            continue
        for j in range(start, start + _LANES):
            if sums[j] < least:
                continue
            if count == limit:
                count, least = _tighten(values, documents, count, k, error, scratch)
                limit = min(2 * count + 2 * k + _LANES, len(values))
                if 2 * count > len(values):
                    return -1, 0
                if sums[j] < least:
                    continue
            values[count], documents[count] = sums[j], base + j
            count += 1
    return count, least


@compiled
def candidates(
    frequent: Array, starts: Array, offsets: Array, codes: Array,
    common_starts: Array, common_ranks: Array, common_multipliers: Array,
    rare_starts: Array, rare_ranks: Array, rare_multipliers: Array,
    errors: Array, k: int, values: Array, documents: Array, counts: Array, least: Array,
) -> None:  # fmt: skip
    """For every need the documents whose sum lies within `errors[need]` of the k-th best sum; count -1: too many.

    `least` is to hold 1 for every need and leaves holding the k-th best sum (or 1 where there are fewer than k).
    """
    tiles, _, tile = frequent.shape
    each = tiles // max(1, len(starts))
    needs, capacity = values.shape
    sums, scratch = np.empty((_TOGETHER, each * tile), np.int32), np.zeros(capacity, np.int32)
    for at in range(len(starts)):
        for start in range(0, needs, _TOGETHER):
            stop = min(start + _TOGETHER, needs)
            for need in range(start, stop):
                _add_rare(
                    sums[need - start], starts[at], offsets, codes, rare_ranks, rare_multipliers, rare_starts[need],
                    rare_starts[need + 1],
                )  # fmt: skip
            for part in range(each):
                rows = frequent[at * each + part]
                for need in range(start, stop):
                    if counts[need] < 0:
                        continue
                    here = sums[need - start, part * tile : (part + 1) * tile]
                    _add_frequent(
                        here, rows, common_ranks, common_multipliers, common_starts[need], common_starts[need + 1]
                    )
                    counts[need], least[need] = _collect(
                        here, (at * each + part) * tile, values[need], documents[need], counts[need], least[need], k,
                        errors[need], scratch,
                    )  # fmt: skip
    for need in range(needs):
        if counts[need] > 0:
            counts[need], worth = _tighten(values[need], documents[need], counts[need], k, errors[need], scratch)
            least[need] = worth + errors[need] if counts[need] >= k else 1


@compiled_unordered
def _product(weights: Array, terms: Array, values: Array, first: int, last: int) -> float:
    """The exact product of a need, spread out over all terms, with one document."""
    total = 0.0
    for place in range(first, last):
        total += weights[np.uint32(terms[place])] * np.float64(values[place])  # unsigned: no test for the sign
    return total


@compiled
def _insert(scores: Array, positions: Array, filled: int, score: float, position: int) -> int:
    """Keep the best, ordered by score descending, then by position ascending."""
    k = len(scores)
    if filled == k and (scores[k - 1] > score or (scores[k - 1] == score and positions[k - 1] < position)):
        return filled
    at = min(filled, k - 1)
    while at > 0 and (scores[at - 1] < score or (scores[at - 1] == score and positions[at - 1] > position)):
        scores[at], positions[at] = scores[at - 1], positions[at - 1]
        at -= 1
    scores[at], positions[at] = score, position
    return min(filled + 1, k)


@compiled
def rescore(
    row_starts: Array, row_terms: Array, row_weights: Array, width: int,
    need_starts: Array, need_terms: Array, need_weights: Array,
    scales: Array, least: Array, values: Array, documents: Array, counts: Array, scores: Array, positions: Array,
) -> int:  # fmt: skip
    """Score the candidates exactly: first those whose sum is at least `least[need]`, then those that can still enter.

    `scales[need]` is what a score is multiplied by to be comparable with the sums. Returns how many were scored.
    """
    weights = np.zeros(width, np.float64)
    k, scored = scores.shape[1], 0
    for need in range(len(counts)):
        for at in range(need_starts[need], need_starts[need + 1]):
            weights[need_terms[at]] = need_weights[at]
        filled = 0
        for promising in (True, False):
            for at in range(counts[need]):
                if (values[need, at] >= least[need]) != promising:
                    continue
                # A sum is never below the scaled score; 2 is for the rounding of the scale.
                if filled == k and values[need, at] + 2 < scores[need, k - 1] * scales[need]:
                    continue
                document = documents[need, at]
                score = _product(weights, row_terms, row_weights, row_starts[document], row_starts[document + 1])
                scored += 1
                if score > 0.0:
                    filled = _insert(scores[need], positions[need], filled, score, document)
        for at in range(need_starts[need], need_starts[need + 1]):
            weights[need_terms[at]] = 0.0
    return scored
