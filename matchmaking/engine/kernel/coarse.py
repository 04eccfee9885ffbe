"""Codes rounded to 8 bits: a quarter of the time of their exact product, to find out which rows are worth reading.

What a row gets depends on its own codes and those of the need alone: whole numbers, brought to the scale of the row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.kernel.topk import NOBODY
from matchmaking.engine.spooling import Spool

_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Coarse:
    """Rows of codes: `packed` as `dot_loops.pack` lays them out, `steps` (rows, filled up with zeros) what a unit of
    each is worth."""

    packed: NDArray[np.uint8]
    steps: NDArray[np.float32]

    @classmethod
    def of(cls, codes: NDArray[np.int16]) -> Coarse:
        """Round the codes of all rows."""
        from matchmaking.engine.kernel import dot_loops as loops  # numba, for large indexes only

        quads = -(-codes.shape[1] // loops.QUAD)
        packed, steps = Spool(np.uint8), Spool(np.float32)
        for first in range(0, len(codes), _ROWS_AT_ONCE):
            piece = codes[first : first + _ROWS_AT_ONCE]
            groups = -(-len(piece) // (loops.GROUP * loops.GROUPS)) * loops.GROUPS
            laid = np.full((groups, quads, loops.GROUP, loops.QUAD), loops.ZERO, np.uint8)
            worth = np.zeros(groups * loops.GROUP, np.float32)
            loops.pack(piece, laid, worth)
            packed.add(laid)
            steps.add(worth)
        return cls(packed.array().reshape(-1, quads, loops.GROUP, loops.QUAD), steps.array())

    def strongest(self, asked: NDArray[np.float32], limit: int) -> NDArray[np.int64]:
        """The rows with the largest products above 0 for every need (needs, wide), ascending; equal ones: the first
        rows. Places that no row fills hold `NOBODY`."""
        from matchmaking.engine.kernel import dot_loops as loops  # numba, with the first batch

        count, wide = asked.shape
        needs = np.zeros((-(-count // loops.NEEDS) * loops.NEEDS, self.packed.shape[1] * loops.QUAD), np.int8)
        largest = np.abs(asked).max(axis=1, keepdims=True)
        needs[:count, :wide] = np.rint(asked * (np.float32(127) / np.where(largest > 0, largest, np.float32(1))))
        shifts = needs.sum(axis=1, dtype=np.int32) * np.int32(loops.ZERO)
        room = len(needs), 4 * limit + loops.GROUP * loops.GROUPS
        values, rows, counts = np.empty(room, np.float32), np.empty(room, np.int64), np.zeros(len(needs), np.int64)
        loops.strongest(self.packed, self.steps, needs, shifts, limit, values, rows, counts)
        there = np.arange(limit) < counts[:count, None]
        found: NDArray[np.int64] = np.where(there, rows[:count, :limit], NOBODY)
        return found
