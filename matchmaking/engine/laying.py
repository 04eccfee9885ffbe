"""Needs laid out in arrays, whatever index they are held against."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.vectors import NeedTerms

Floats = NDArray[np.float64]
Laid = tuple[list[str], NDArray[np.int32], Floats, Floats, NDArray[np.int64]]


def laid_out(needs: Sequence[NeedTerms]) -> Laid:
    """The different tokens of needs; of all their terms, one need after the other, the token and both weights; and
    their ends. Remembered, as needs are held against the index and the frozen sample of one kind after the other."""
    return _laid_out(_Same(needs))


class _Same:
    """Needs that are the same when their weights are the very same objects, which nobody changes."""

    __slots__ = ("_objects", "needs")

    def __init__(self, needs: Sequence[NeedTerms]) -> None:
        self.needs = tuple(needs)  # held, so that no other object gets their place
        self._objects = tuple([id(weights) for need in needs for weights in (need.words, need.cosine)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._objects == other._objects

    def __hash__(self) -> int:
        return hash(self._objects)


@lru_cache(maxsize=2)
def _laid_out(asked: _Same) -> Laid:
    numbers: dict[str, int] = {}
    places, words, cosine, ends = array("i"), array("d"), array("d"), [0]
    for need in asked.needs:
        places.extend([numbers.setdefault(token, len(numbers)) for token in need.words])
        words.extend(need.words.values())
        cosine.extend(need.cosine.values())
        ends.append(len(places))
    terms, impacts, angles = np.asarray(places, np.int32), np.asarray(words), np.asarray(cosine)
    return list(numbers), terms, impacts, angles, np.asarray(ends, np.int64)
