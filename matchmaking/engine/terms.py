"""The words of an index: sparse term weights of all targets and their exact products with a block of needs."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine.types import ExpertProfile, OfferProfile, Target
from matchmaking.engine.vectors import Vectoriser, Weights

Floats = NDArray[np.float64]
Row = tuple[NDArray[np.int32], NDArray[np.float64]]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the term matrix that counts for a target: its terms, what each adds to the product, and their sum."""

    row: int
    terms: Ints
    values: Floats
    sum: float


@dataclass(frozen=True, slots=True)
class TermIndex:
    """Term weights of the targets. An achievement is one row; an expert has one row a document.

    `starts` holds the first row of every target, plus the end. `by_term` is the transpose, (terms, rows).
    """

    vocabulary: Mapping[str, int]
    rows: sparse.csr_array
    by_term: sparse.csr_array
    starts: NDArray[np.int64]
    best: int
    experts: bool

    @classmethod
    def build(cls, targets: Sequence[Target], vectoriser: Vectoriser) -> TermIndex:
        """Weigh every target. One kind of target at a time."""
        experts = bool(targets) and isinstance(targets[0], ExpertProfile)
        vocabulary: dict[str, int] = {}
        counts = [0]
        rows = _Rows(vocabulary)
        for target in targets:
            if isinstance(target, OfferProfile):
                rows.add(vectoriser.offer(target))
            else:
                for document in filter(None, target.documents):
                    rows.add(vectoriser.document(document))
            counts.append(len(rows))
        matrix = rows.matrix(len(vocabulary))
        starts = np.asarray(counts, dtype=np.int64)
        best = vectoriser.policy.best_documents
        return cls(vocabulary, matrix, matrix.T.tocsr(), starts, best, experts)

    def query(self, weights: Iterable[Weights]) -> sparse.csr_array:
        """Weights of needs as rows over this vocabulary; words that no target has cannot count and are left
        out."""
        rows = _Rows(self.vocabulary, grow=False)
        for row in weights:
            rows.add(row)
        return rows.matrix(len(self.vocabulary))

    def scores(self, query: sparse.csr_array) -> Floats:
        """Product of every need of the query with every target, (needs, targets), in [0, 1]."""
        found: Floats = (query @ self.by_term).toarray()
        return self._best_documents(found) if self.experts else found

    def parts(self, target: int, need: Floats) -> list[Part]:
        """The rows that carry the product of a target for one need (dense weights), best first."""
        first, last = int(self.starts[target]), int(self.starts[target + 1])
        ends = self.rows.indptr[first : last + 1].tolist()
        terms = self.rows.indices[ends[0] : ends[-1]]
        values = need[terms] * self.rows.data[ends[0] : ends[-1]]
        if not self.experts:
            return [Part(first, terms, values, float(values.sum()))]
        sums = np.diff(
            np.concatenate(([0.0], np.cumsum(values)))[self.rows.indptr[first : last + 1] - ends[0]]
        ).tolist()
        factor = best_documents_factor(last - first, self.best)
        found = []
        for number in sorted(range(len(sums)), key=lambda number: -sums[number])[: self.best]:
            if sums[number] > 0.0:
                piece = slice(ends[number] - ends[0], ends[number + 1] - ends[0])
                found.append(Part(first + number, terms[piece], values[piece] * factor, sums[number] * factor))
        return found

    def _best_documents(self, scores: Floats) -> Floats:
        """From (needs, documents) to (needs, experts): the best documents of each, see
        `best_documents_factor`."""
        counts = np.diff(self.starts)
        result = np.zeros((len(scores), len(counts)))
        padded = np.concatenate([scores, np.zeros((len(scores), 1))], axis=1)
        size = max(1, self.best)
        while True:
            members = np.flatnonzero((counts > (size // 2 if size > self.best else 0)) & (counts <= size))
            if len(members):
                at = self.starts[members, None] + np.arange(size)
                at = np.where(np.arange(size) < counts[members, None], at, scores.shape[1])
                grouped = padded[:, at]
                if size > self.best:
                    grouped = np.partition(grouped, size - self.best, axis=2)[:, :, size - self.best :]
                factors = [best_documents_factor(int(count), self.best) for count in counts[members]]
                result[:, members] = grouped.sum(axis=2) * np.asarray(factors)
            if size >= counts.max(initial=0):
                return result
            size *= 2


def best_documents_factor(count: int, best: int) -> float:
    """What the sum over an expert's best documents is multiplied by.

    With enough documents their mean; with fewer, the mean shrunk by the root of the share that is there, so
    that one chance hit does not outrank three.
    """
    if count >= best:
        return 1.0 / best
    return math.sqrt(count / best) / max(count, 1)


class _Rows:
    """Collects sparse rows; `vocabulary` grows with them unless told not to."""

    def __init__(self, vocabulary: Mapping[str, int], *, grow: bool = True) -> None:
        self._vocabulary: Mapping[str, int] = vocabulary
        self._growing: dict[str, int] | None = vocabulary if grow and isinstance(vocabulary, dict) else None
        self._terms, self._values, self._ends = array("i"), array("d"), array("q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, weights: Weights) -> None:
        if self._growing is not None:
            known = self._growing
            self._terms.extend([known.setdefault(token, len(known)) for token in weights])
            self._values.extend(weights.values())
        else:
            for token, value in weights.items():
                term = self._vocabulary.get(token)
                if term is not None:
                    self._terms.append(term)
                    self._values.append(value)
        self._ends.append(len(self._terms))

    def matrix(self, width: int) -> sparse.csr_array:
        values = np.frombuffer(self._values, dtype=np.float64) if self._values else np.zeros(0)
        terms = np.frombuffer(self._terms, dtype=np.int32) if self._terms else np.zeros(0, dtype=np.int32)
        ends = np.frombuffer(self._ends, dtype=np.int64)
        indptr = ends.astype(np.int32) if ends[-1] < 2**31 else ends
        return sparse.csr_array((values, terms, indptr), shape=(len(self), width))
