"""The exact k best documents of every need of a batch.

Two steps, proven together. (1) Sums of integers over all documents: a need's weights are brought to multipliers of 15
bits and multiplied with the codes of 8 bits. Both are rounded up, so with s the scale of the need and x the exact
product, for every document

    sum - error <= s * x <= sum,     error = sum over the need's terms of (255 * (multiplier - exact) + exact)

With K the k-th largest sum, k documents have s * x >= K - error; one whose sum is smaller than that cannot be among
the best k, and one with x > 0 has a sum of at least 1. (2) What is left is scored exactly, in float64, from its own
row. On the binary grid of `vectors.py` those scores are the same bits in any order, in any block, thread or shard.
Equal scores: lower position first.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.kernel.postings import HIGHEST_CODE, Postings

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

NOBODY = -1
# With room for rounding up.
_HIGHEST_MULTIPLIER = float(2**15 - 2)
_HIGHEST_SUM = float(2**31 - 2**16)
_CHUNK = 1_024
_LEAST_CAPACITY = 512
_UNROLLED = 8


@dataclass(frozen=True, slots=True)
class Best:
    """The best documents of every need, best first: `positions` and `scores`, (needs, k).

    Places that no document with a score above 0 fills hold `NOBODY` and 0. `rescored` counts exact scores taken.
    """

    positions: Longs
    scores: Floats
    rescored: int = 0


def top_k(postings: Postings, needs: sparse.csr_array, k: int, *, threads: int = 1) -> Best:
    """The `k` documents with the largest product for every row of `needs` (needs x terms, weights >= 0).

    Exact; ties by position; only scores above 0. `threads` changes the time, never the result. Raises ValueError when
    the width of `needs` is not that of the index, for negative or non-finite weights and for k < 1.
    """
    batch = quantise(postings, needs)
    return run(postings, batch, batch, k, choose=k, threads=threads)


@dataclass(frozen=True, slots=True)
class Multipliers:
    """A batch of needs over the ranks of an index: exact weights, multipliers, scale and error of every need."""

    starts: Longs
    ranks: Ints
    weights: Floats
    values: NDArray[np.int16]
    scales: Floats
    errors: Longs


def quantise(postings: Postings, needs: sparse.csr_array) -> Multipliers:
    """Bring the weights of needs to 15 bits, as large as the sums allow; terms no document has are left out."""
    needs = sparse.csr_array(needs, dtype=np.float64)
    if needs.shape[1] != postings.terms:
        raise ValueError(f"the needs have {needs.shape[1]} terms, the index {postings.terms}")
    if not np.isfinite(needs.data).all() or (needs.data < 0.0).any():
        raise ValueError("weights must be finite and not negative")
    renamed = sparse.csr_array((needs.data, postings.ranks[needs.indices], needs.indptr), shape=needs.shape, copy=True)
    renamed.data *= postings.units[renamed.indices] > 0.0
    renamed.sum_duplicates()
    renamed.eliminate_zeros()
    starts, ranks, weights = renamed.indptr.astype(np.int64), renamed.indices, renamed.data
    needs_of = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    steps = weights * postings.units[ranks]
    count = len(starts) - 1
    total, terms = np.bincount(needs_of, steps, count), np.bincount(needs_of, minlength=count)
    largest = np.zeros(count)
    np.maximum.at(largest, needs_of, steps)
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.maximum(_HIGHEST_SUM / HIGHEST_CODE - terms, 0.0)
        scales = np.minimum(_HIGHEST_MULTIPLIER / largest, room / total)
    scales[~np.isfinite(scales)] = 0.0
    exact = steps * scales[needs_of]
    values = np.maximum(np.ceil(exact), 1.0)
    lost = np.bincount(needs_of, HIGHEST_CODE * (values - exact) + exact, count)
    # Two more than the proof asks for, against the rounding of this arithmetic itself.
    errors = np.ceil(lost).astype(np.int64) + 2
    return Multipliers(starts, ranks.astype(np.int32), weights, values.astype(np.int16), scales, errors)


def run(postings: Postings, chooser: Multipliers, scorer: Multipliers, k: int, *, choose: int, threads: int) -> Best:
    """Choose documents with the sums of one batch and score them with another: the two steps of this module.

    What is chosen lies within the error of the best `choose` sums. The scale of the chooser is 0 where its sums say
    nothing about how high a score can be. Raises ValueError for k < 1.
    """
    if k < 1:
        raise ValueError("k must be at least 1")
    count = len(chooser.errors)
    best = Best(np.full((count, k), NOBODY, np.int64), np.zeros((count, k)))
    if not count or not postings.documents:
        return best
    size = min(_CHUNK, -(-count // threads))
    chunks = [np.arange(first, min(first + size, count)) for first in range(0, count, size)]
    with ThreadPoolExecutor(threads) as pool:
        rescored = list(
            pool.map(lambda needs: _answer(postings, chooser, scorer, needs, choose=choose, best=best), chunks)
        )
    return Best(best.positions, best.scores, sum(rescored))


def _answer(
    postings: Postings, chooser: Multipliers, scorer: Multipliers, needs: Longs, *, choose: int, best: Best
) -> int:
    """Fill in the rows of some needs; those whose candidates do not fit are done again with more room."""
    from matchmaking.engine.kernel import loops  # numba, on the first batch

    k, dense = best.scores.shape[1], postings.frequent.shape[1]
    capacity, rescored = max(_LEAST_CAPACITY, 8 * choose), 0
    while len(needs):
        room = (len(needs), min(capacity, 2 * postings.documents + 2))
        sums, documents = np.empty(room, np.int32), np.empty(room, np.int32)
        counts, least = np.zeros(len(needs), np.int32), np.ones(len(needs), np.int64)
        loops.candidates(
            postings.frequent, postings.starts, postings.offsets, postings.codes,
            *_select(chooser, needs, 0, dense, _UNROLLED), *_select(chooser, needs, dense, postings.terms, 1),
            chooser.errors[needs], choose, sums, documents, counts, least,
        )  # fmt: skip
        starts, places = _places(scorer, needs)
        scores, positions = np.zeros((len(needs), k)), np.full((len(needs), k), NOBODY, np.int64)
        rescored += loops.rescore(
            postings.row_starts, postings.row_terms, postings.row_weights, postings.terms,
            starts, scorer.ranks[places], scorer.weights[places], chooser.scales[needs], least,
            sums, documents, counts, scores, positions,
        )  # fmt: skip
        done = counts >= 0
        best.scores[needs[done]], best.positions[needs[done]] = scores[done], positions[done]
        needs, capacity = needs[~done], 16 * capacity
    return rescored


def _places(batch: Multipliers, needs: Longs) -> tuple[Longs, Longs]:
    """Where the terms of the needs stand in the batch, one need after the other."""
    lengths = batch.starts[needs + 1] - batch.starts[needs]
    starts = np.concatenate(([0], np.cumsum(lengths)))
    return starts, np.repeat(batch.starts[needs] - starts[:-1], lengths) + np.arange(starts[-1])


def _select(
    batch: Multipliers, needs: Longs, first: int, last: int, multiple: int
) -> tuple[Longs, Ints, NDArray[np.int16]]:
    """Terms with first <= rank < last, counted from `first`, padded with nothing to a multiple."""
    starts, places = _places(batch, needs)
    ranks, values = batch.ranks[places], batch.values[places]
    chosen = (ranks >= first) & (ranks < last)
    before = np.concatenate(([0], np.cumsum(chosen)))
    lengths = np.diff(before[starts])
    padded = -(-lengths // multiple) * multiple
    bounds = np.concatenate(([0], np.cumsum(padded)))
    at = np.repeat(bounds[:-1] - before[starts[:-1]], lengths) + np.arange(before[-1])
    found_ranks, found_values = np.zeros(bounds[-1], np.int32), np.zeros(bounds[-1], np.int16)
    found_ranks[at], found_values[at] = ranks[chosen] - first, values[chosen]
    return bounds, found_ranks, found_values
