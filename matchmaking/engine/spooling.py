"""Arrays that are written piece by piece to a file without a name and then mapped: what is not read needs no memory."""

from __future__ import annotations

import tempfile
from mmap import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Spool:
    """One growing array of one type. The file vanishes with the last array that maps it."""

    def __init__(self, kind: DTypeLike) -> None:
        self._kind = np.dtype(kind)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `array`)
        self._count = 0

    def add(self, piece: NDArray[Any]) -> None:
        """Write a piece behind what is there. Raises OSError when the disk is full."""
        self._file.write(np.ascontiguousarray(piece, dtype=self._kind).reshape(-1).view(np.uint8).data)
        self._count += piece.size

    def array(self) -> NDArray[Any]:
        """All that was written, mapped; it may be written to. Nothing may be added afterwards."""
        with self._file as file:
            file.flush()
            return np.frombuffer(mmap(file.fileno(), 0), self._kind) if self._count else np.zeros(0, self._kind)
