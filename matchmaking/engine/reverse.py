"""The other direction: which needs a single target answers.

The needs are weighed once and kept; a target then costs one product a block. What comes out is what `Index.rank` says
of the texts of the pair, to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.carrying import carried
from matchmaking.engine.explaining import Asked
from matchmaking.engine.ranking import Index
from matchmaking.engine.references import Scale, standard
from matchmaking.engine.statistics import Kind
from matchmaking.engine.terms import Query, Rows, matrix_of
from matchmaking.engine.types import NeedProfile
from matchmaking.engine.weighing import Weigher

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AskingNeeds:
    """A block of needs made ready to be held against targets of one kind, under one model and one policy."""

    keys: tuple[str, ...]
    vocabulary: Mapping[str, int]
    query: Query
    scale: Scale

    @classmethod
    def of(cls, needs: Sequence[NeedProfile], weigher: Weigher, kind: Kind = Kind.OFFER) -> AskingNeeds:
        """Weigh the needs, in their order."""
        weighed, codes, scale = weigher.weigh(needs, kind)
        vocabulary: dict[str, int] = {}
        words, cosine = Rows(vocabulary), Rows(vocabulary)
        for need in weighed:
            words.add(need.words)
            cosine.add(need.cosine)
        query = Query(words.matrix(len(vocabulary)), cosine.matrix(len(vocabulary)), codes)
        return cls(tuple(need.key for need in needs), vocabulary, query, scale)

    def scores(self, index: Index) -> Floats:
        """The score of every need with the one target of the index, by the texts alone (no signal of the structure)."""
        if len(index.targets) != 1:
            raise ValueError("needs are held against one target at a time")
        terms = index.terms
        query = self._over(terms.vocabulary)
        readings = terms.read(query)
        deviations = standard(terms, readings, self.scale, index.weigher.mix) - index.hubs
        scorer = index.structure.scorer
        evidence = scorer.evidence(deviations[:, 0], terms.shared(readings)[:, 0])
        return scorer.score(evidence, np.zeros(len(evidence)))

    def above_floor(self, index: Index, scores: Floats) -> NDArray[np.bool_]:
        """Which needs, by their `scores` with the one target of the index, it may be proposed for: as `Index.rank` says
        it."""
        found = (scores > 0.0) & (scores >= index.floor)
        if not found.any():
            return found
        terms = index.terms
        query = self._over(terms.vocabulary)
        readings = terms.read(query)
        for at in np.flatnonzero(found).tolist():
            asked = Asked.of(query, readings, self.scale, index.weigher.mix, at, singles=terms.singles)
            found[at] = carried(terms, asked, 0, asked.codes) >= index.policy.least_wording
        return found

    def _over(self, vocabulary: Mapping[str, int]) -> Query:
        """The needs over the vocabulary of an index."""
        moved = np.full(len(self.vocabulary) or 1, -1, dtype=np.int64)
        for token, number in vocabulary.items():
            if (own := self.vocabulary.get(token)) is not None:
                moved[own] = number
        matrices = []
        for rows in (self.query.words, self.query.cosine):
            numbers = moved[rows.indices]
            kept = numbers >= 0
            ends = np.concatenate(([0], np.cumsum(kept)))[rows.indptr].astype(np.int64)
            matrices.append(matrix_of(rows.data[kept], numbers[kept].astype(np.int32), ends, len(vocabulary)))
        return Query(matrices[0], matrices[1], self.query.codes)
