"""Many targets weighed at once: the same bits as `Vectoriser.offer` and `Vectoriser.document` give one by one, an
order of magnitude faster."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import FieldTexts, offer_texts
from matchmaking.engine.types import OfferProfile, Target
from matchmaking.engine.vectors import TARGET_GRID, Vectoriser

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_PARTIALS = 64
# Fewer are weighed one by one: the compiler is not worth its start.
BULK_FROM = 100


@dataclass(frozen=True, slots=True)
class Bulk:
    """The rows of targets as terms of `vocabulary`: row i from ends[i] to ends[i + 1], with the weights that
    `TargetTerms` describes."""

    vocabulary: dict[str, int]
    ends: Longs
    terms: NDArray[np.int32]
    words: Floats
    cosine: Floats
    plain: Floats


def weigh(targets: Sequence[Target], vectoriser: Vectoriser) -> Bulk:
    """Weigh the rows of targets of one kind under the statistics and the policy of a vectoriser."""
    from matchmaking.engine.kernel import bulk_loops as loops  # numba, for whole pools only
    from matchmaking.engine.kernel.tokens import Vocabulary

    rows = [texts for target in targets for texts in _rows(target)]
    names = [name for texts in rows for name, _ in texts]
    vocabulary = Vocabulary()
    counted = vocabulary.count(text for texts in rows for _, text in texts)
    bounds = np.cumsum([0, *map(len, rows)])
    texts = loops.Texts(bounds, counted.starts, counted.terms, counted.counts,
                        *_by_text(names, counted.lengths, vectoriser))  # fmt: skip
    room = len(counted.terms)
    found = loops.Counts(np.zeros(len(bounds), np.int64), np.empty(room, np.int32), np.empty(room), np.empty(room))
    filled = loops.gather(texts, np.zeros(len(vocabulary), np.int64), found)
    impacts = found.normed[:filled] / (vectoriser.policy.k1 + found.normed[:filled])
    words = np.rint(impacts * TARGET_GRID) / TARGET_GRID
    kept = words > 0.0
    ends = np.concatenate(([0], np.cumsum(kept)))[found.ends]
    terms, said = found.terms[:filled][kept], _log(found.counted[:filled][kept])
    numbers, terms = _used(vocabulary.tokens(), terms)
    figures = [vectoriser.figures(token) for token in numbers]
    cosine = said * np.asarray([one.cosine for one in figures])[terms]
    loops.unit_length(ends, cosine, TARGET_GRID, np.zeros(_PARTIALS))
    return Bulk(numbers, ends, terms, words[kept], cosine, said * np.asarray([one.idf for one in figures])[terms])


def _rows(target: Target) -> list[FieldTexts]:
    """The rows of a target: one of an achievement, one a document of an expert."""
    if isinstance(target, OfferProfile):
        return [offer_texts(target)]
    return [[("documents", document)] for document in target.documents if document]


def _by_text(names: Sequence[str], lengths: Longs, vectoriser: Vectoriser) -> tuple[Floats, Floats]:
    """What a count in a text is multiplied by for its field, and divided by for its length."""
    weights = asdict(vectoriser.policy.offer_fields) | {"documents": 1.0}
    usual = {name: vectoriser.statistics.average_length(name) for name in weights}
    b = vectoriser.policy.b
    norms = 1.0 - b + b * lengths / np.asarray([usual[name] for name in names])
    return np.asarray([weights[name] for name in names], dtype=np.float64), norms


def _log(counted: Floats) -> Floats:
    """The logarithm of 1 + each count, as `math` has it: there are few different counts."""
    different, places = np.unique(counted, return_inverse=True)
    return np.asarray([math.log1p(count) for count in different.tolist()])[places]


def _used(tokens: Sequence[str], terms: NDArray[np.int32]) -> tuple[dict[str, int], NDArray[np.int32]]:
    """The tokens that are left, numbered in their order, and the terms under these numbers."""
    there = np.zeros(len(tokens), dtype=bool)
    there[terms] = True
    left = np.flatnonzero(there)
    moved = np.cumsum(there, dtype=np.int32) - 1
    return {tokens[old]: new for new, old in enumerate(left.tolist())}, moved[terms]
