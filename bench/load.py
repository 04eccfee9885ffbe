"""A load corpus of term numbers, drawn from a Zipf-Mandelbrot law: for speed only, never for quality.

The law is fitted to 40,000 texts of 120 to 320 Chinese characters and as many needs of 60 to 180, glued from real
titles and cut into single characters and pairs: 314 different terms a document, 184 a need, and 276, 689, 1,565 and
3,782 terms in more than 20, 8, 3 and 1 % of the documents (here 319, 188, 273, 644, 1,491 and 3,616). Like those, these
are glued from a pool of sentences, so that a need has documents that share one with it. A million documents take
seconds to make instead of the minutes that writing and cutting texts would.
"""

# Compiled functions take their arrays by position.
# ruff: noqa: PLR0917
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

EXPONENT, SHIFT, TERMS = 1.3, 60.0, 200_000
DOCUMENT_LENGTH, NEED_LENGTH = 380, 210
SENTENCES, SENTENCE_LENGTH = 22_000, 45
K1, B = 0.4, 0.75


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as different terms and their counts: text i has terms[starts[i]:starts[i + 1]]."""

    starts: NDArray[np.int64]
    terms: NDArray[np.int32]
    counts: NDArray[np.uint8]


@njit(nogil=True)
def _draw(lengths: Any, pool: Any, seed: int, width: int, starts: Any, terms: Any, counts: Any) -> int:
    """Glue sentences of the pool together and count; xorshift64*, so that every machine draws the same."""
    state = np.uint64(seed)
    place_of = np.zeros(width, np.int64)
    filled, sentence, at = 0, 0, 0
    for text in range(len(lengths)):
        starts[text] = filled
        for number in range(lengths[text]):
            if number == 0 or at == pool.shape[1]:
                state ^= state >> np.uint64(12)
                state ^= state << np.uint64(25)
                state ^= state >> np.uint64(27)
                at = 0
                sentence = np.int64((state * np.uint64(2685821657736338717) >> np.uint64(20)) % np.uint64(len(pool)))
            term = pool[sentence, at]
            at += 1
            place = place_of[term]
            if starts[text] <= place < filled and terms[place] == term:
                counts[place] = min(counts[place] + 1, 255)
            else:
                place_of[term] = filled
                terms[filled], counts[filled] = term, 1
                filled += 1
    starts[len(lengths)] = filled
    return filled


def texts(count: int, length: int, seed: int) -> Texts:
    """Texts of 0.55 to 1.45 times the mean length; the pool of sentences is the same for every seed."""
    draw = np.random.default_rng(0)
    shares = np.cumsum((np.arange(1, TERMS + 1) + SHIFT) ** -EXPONENT)
    pool = np.searchsorted(shares, draw.random((SENTENCES, SENTENCE_LENGTH)) * shares[-1]).astype(np.int32)
    lengths = np.random.default_rng(seed).integers(int(0.55 * length), int(1.45 * length), count)
    starts, room = np.zeros(count + 1, np.int64), int(lengths.sum())
    terms, counts = np.empty(room, np.int32), np.empty(room, np.uint8)
    filled = _draw(lengths, pool, 88_172_645_463_325_252 + seed, TERMS, starts, terms, counts)
    return Texts(starts, terms[:filled], counts[:filled])


def weigh_documents(drawn: Texts) -> sparse.csr_array:
    """BM25 impacts in [0, 1) on the grid of the engine, float32; the idf stands on the side of the needs."""
    rows = sparse.csr_array((impacts(drawn), drawn.terms, drawn.starts), shape=(len(drawn.starts) - 1, TERMS))
    rows.sort_indices()
    return rows


def impacts(drawn: Texts) -> NDArray[np.float32]:
    """The impacts in the order of the terms."""
    lengths = np.add.reduceat(drawn.counts, drawn.starts[:-1], dtype=np.float32)
    norms = np.float32(K1) * (np.float32(1 - B) + np.float32(B) * lengths / lengths.mean())
    values = drawn.counts.astype(np.float32)
    values /= values + np.repeat(norms, np.diff(drawn.starts))
    np.rint(values * np.float32(1 << 24), out=values)
    values /= np.float32(1 << 24)
    return values


def weigh_needs(drawn: Texts, documents: sparse.csr_array) -> sparse.csr_array:
    """Counts times idf, summing to 1 a need, on the grid of the engine."""
    return weigh_asking(drawn, documents.shape[0], np.bincount(documents.indices, minlength=TERMS))


def weigh_asking(drawn: Texts, total: int, having: NDArray[np.int64]) -> sparse.csr_array:
    """The same, given how many documents there are and how many have each term."""
    weights = drawn.counts * np.log1p((total - having + 0.5) / (having + 0.5))[drawn.terms]
    sums = np.repeat(np.add.reduceat(weights, drawn.starts[:-1]), np.diff(drawn.starts))
    weights = np.rint(weights / sums * (1 << 26)) / (1 << 26)
    rows = sparse.csr_array((weights, drawn.terms, drawn.starts), shape=(len(drawn.starts) - 1, TERMS))
    rows.sort_indices()
    return rows
