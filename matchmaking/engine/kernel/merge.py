"""Parts of an answer put together: the best of several shards of documents are the best of the best of each.

The merge is exact, and neither the order of the parts nor a part that comes twice changes anything: a shard may run
anywhere, late or again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from matchmaking.engine.kernel.topk import NOBODY, Best

_LAST = np.iinfo(np.int64).max


class DisagreementError(ValueError):
    """Two parts give one document different scores: they were not made from the same index or the same needs."""


def shifted(best: Best, first: int) -> Best:
    """The answer of a shard whose first document is number `first` of the whole."""
    return Best(np.where(best.positions == NOBODY, NOBODY, best.positions + first), best.scores, best.rescored)


def merge(parts: Sequence[Best], k: int) -> Best:
    """The `k` best of all parts, positions counted over the whole (see `shifted`); equal scores: lower position first.

    Exact when every part holds its own best k. Raises ValueError for no parts or parts about different numbers of
    needs, DisagreementError when a document has two scores.
    """
    if len({len(part.positions) for part in parts}) != 1:
        raise ValueError("parts of the same needs are wanted")
    positions = np.concatenate([part.positions for part in parts], axis=1)
    scores = np.concatenate([part.scores for part in parts], axis=1)
    places = np.where(positions == NOBODY, _LAST, positions)
    order = np.lexsort((-scores, places), axis=1)
    places, scores = np.take_along_axis(places, order, 1), np.take_along_axis(scores, order, 1)
    again = np.zeros(places.shape, bool)
    again[:, 1:] = (places[:, 1:] == places[:, :-1]) & (places[:, 1:] != _LAST)
    if (again[:, 1:] & (scores[:, 1:] != scores[:, :-1])).any():
        raise DisagreementError("two parts give one document different scores")
    places[again], scores[again] = _LAST, 0.0
    order = np.lexsort((places, -scores), axis=1)[:, :k]
    places, scores = np.take_along_axis(places, order, 1), np.take_along_axis(scores, order, 1)
    missing = k - places.shape[1]
    if missing > 0:
        places, scores = (
            np.pad(places, ((0, 0), (0, missing)), constant_values=_LAST),
            np.pad(scores, ((0, 0), (0, missing))),
        )
    return Best(np.where(places == _LAST, NOBODY, places), scores, sum(part.rescored for part in parts))
