"""An index of documents by their terms, laid out for scoring whole batches: a few flat arrays, nothing else.

Terms are numbered by rank: the more documents have a term, the lower its number. Documents stand in blocks. Terms that
many documents have are stored as one byte a document ("frequent"), which vector instructions add up without looking at
a single posting; all others ("rare") as postings, an offset of 16 bits and a code of 8. A code says how many 255ths of
the term's highest weight a document has, rounded up. The exact weights stand in `row_*`, by document, and decide the
score of whatever the codes let through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]

# Documents of a tile: its rows of a thousand frequent terms fit into a second-level cache of a megabyte.
TILE = 512
# Documents of a block, whole tiles, at most 65,536, the reach of an offset: its sums for 64 needs are two megabytes.
BLOCK = 8_192
# A term in more than this share of the documents is added faster as a row of bytes than posting by posting.
FREQUENT_SHARE = 0.06
HIGHEST_CODE = 255
_PIECE = 1 << 22


@dataclass(frozen=True, slots=True)
class Postings:
    """The index. Shapes, with D documents, T terms, F frequent terms, R = T - F, B blocks of `block` documents:

    `ranks` (T) number of a column of the given rows; `units` (T) weight of one step of the codes, by rank, 0 where no
    document has the term;
    `frequent` (tiles, F, tile) codes; `starts` (B, R + 1) first posting of each rare term; `offsets`, `codes` the
    postings; `row_starts` (D + 1), `row_terms` (ranks), `row_weights` the documents, float32 where that loses nothing.
    """

    ranks: Ints
    units: Floats
    frequent: NDArray[np.uint8]
    starts: Longs
    offsets: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    row_starts: Longs
    row_terms: Ints
    row_weights: NDArray[np.float32] | Floats

    @property
    def documents(self) -> int:
        """How many documents the index holds."""
        return len(self.row_starts) - 1

    @property
    def terms(self) -> int:
        """How many terms (columns) the index knows."""
        return len(self.ranks)

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(int(getattr(self, name).nbytes) for name in self.__slots__)

    @classmethod
    def build(
        cls, rows: sparse.csr_array, *, block: int = BLOCK, tile: int = TILE, frequent_share: float = FREQUENT_SHARE,
        take_over: bool = False,
    ) -> Postings:  # fmt: skip
        """Index sparse rows (documents x terms) of weights >= 0; with `take_over` they become the index's own and are
        renumbered where they stand, if they can be written to.

        Raises ValueError for negative or non-finite weights, for a tile that is not a multiple of 64 and for a block
        that is not whole tiles up to 65,536. Tile, block and `frequent_share` change speed and size, never a result.
        """
        from matchmaking.engine.kernel import loops  # compiles; only who builds or scores needs numba

        if tile < 64 or tile % 64 or block < tile or block % tile or block > 65_536:
            raise ValueError(f"a block of {block} documents in tiles of {tile} cannot be laid out")
        rows = _canonical(rows)
        take_over = take_over and rows.indices.flags.writeable and rows.indices.dtype == np.int32
        documents, width = rows.shape
        columns = rows.indices.astype(np.int32, copy=False)
        having, highest = np.zeros(width, np.int64), np.zeros(width)
        if not loops.survey(columns, rows.data, having, highest):
            raise ValueError("weights must be finite and not negative")
        order = np.argsort(-having, kind="stable")
        ranks = np.empty(width, np.int32)
        ranks[order] = np.arange(width, dtype=np.int32)
        dense = int(np.count_nonzero(having > max(frequent_share * documents, 1)))
        row_terms, row_starts = columns if take_over else np.empty_like(columns), rows.indptr.astype(np.int64)
        for first in range(0, len(columns), _PIECE):
            row_terms[first : first + _PIECE] = ranks[columns[first : first + _PIECE]]
        highest = highest[order]
        units = np.where(highest > 0.0, np.maximum(highest / HIGHEST_CODE, np.finfo(float).tiny), 0.0)
        block = min(block, -(-documents // tile) * tile)
        blocks = -(-documents // block) if documents else 0
        starts = np.zeros((blocks, width - dense + 1), np.int64)
        loops.count_postings(row_starts, row_terms, dense, block, starts[:, 1:])
        flat = np.cumsum(starts.ravel()).reshape(starts.shape)
        rare = int(flat[-1, -1]) if blocks else 0
        frequent = np.zeros((blocks * (block // tile), dense, tile), np.uint8)
        offsets, codes = np.empty(rare, np.uint16), np.empty(rare, np.uint8)
        free = flat[:, :-1].copy()
        loops.fill_postings(row_starts, row_terms, rows.data, units, frequent, free, offsets, codes)
        weights = rows.data if take_over and rows.dtype == np.float32 else _narrow(rows.data)
        made = cls(ranks, units, frequent, flat, offsets, codes, row_starts, row_terms, weights)
        for name in cls.__slots__:
            getattr(made, name).flags.writeable = False
        return made


def _canonical(rows: sparse.csr_array) -> sparse.csr_array:
    """Every term once a document and no stored zeros; what is so already is not copied."""
    if rows.dtype not in (np.float32, np.float64):
        rows = rows.astype(np.float64)
    if not rows.has_canonical_format or not rows.data.all():
        rows = sparse.csr_array(rows, copy=True)
        rows.sum_duplicates()
        rows.eliminate_zeros()
    return rows


def _narrow(weights: NDArray[np.float32] | Floats) -> NDArray[np.float32] | Floats:
    """Half the bytes where no bit is lost, as with weights on the grid of `vectors.py`; a copy in any case."""
    if weights.dtype == np.float32:
        return weights.copy()
    with np.errstate(over="ignore"):
        narrow = weights.astype(np.float32)
    return narrow if bool((narrow == weights).all()) else weights.copy()
