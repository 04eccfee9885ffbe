"""The words of an index: sparse term weights of all targets and their exact products with a block of needs."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matchmaking.engine import bulk, multiplying
from matchmaking.engine.coding import Coder
from matchmaking.engine.encoder import CODE_GRID
from matchmaking.engine.fields import offer_texts, one_text
from matchmaking.engine.laying import laid_out
from matchmaking.engine.spooling import Spool
from matchmaking.engine.statistics import Kind
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import ExpertProfile, OfferProfile, Target
from matchmaking.engine.vectors import NeedTerms, TargetTerms, Vectoriser, Weights

Floats = NDArray[np.float64]
Codes = NDArray[np.float32]
Ints = NDArray[np.int32]
# Fewer needs than these are read without the compiler, whose start takes longer than they do.
COMPILED_FROM = 32
# From so many achievements on, a need is held against chosen ones.
LARGE_FROM = 50_000
_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Query:
    """A block of needs over the vocabulary of an index, and their codes (no columns without an encoder)."""

    words: sparse.csr_array
    cosine: sparse.csr_array
    codes: Codes


@dataclass(frozen=True, slots=True)
class Readings:
    """What a block of needs and the rows of an index have in common, (needs, rows), exact: products of the weights in
    [0, 1], and of the codes in [-1, 1] for each seed; `related` is None without an encoder of the platform, `outside`
    without one from outside."""

    words: Floats
    cosine: Floats
    related: Codes | None
    outside: Codes | None = None


@dataclass(frozen=True, slots=True)
class TermIndex:
    """Term weights of the targets. An achievement is one row; an expert has one row a document.

    `words` and `cosine` weigh the same terms in the same order. `starts` holds the first row of every target, plus the
    end. `by_words` and `by_cosine` are (terms, rows). The first `own` columns of the codes are of the platform's
    encoder, the others of one from outside.

    A large index is never read whole, see `choosing`: it has no `by_words` and `by_cosine`, its weights are in single
    precision and its codes whole numbers of 16 bits, steps of their grid: as both lie on grids, nothing is lost.
    """

    vocabulary: Mapping[str, int]
    words: sparse.csr_array
    cosine: sparse.csr_array
    by_words: sparse.csr_array
    by_cosine: sparse.csr_array
    codes: NDArray[Any]
    starts: NDArray[np.int64]
    best: int
    experts: bool
    own: int = 0
    _singles: dict[str, NDArray[np.bool_]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def build(cls, targets: Sequence[Target], vectoriser: Vectoriser, coder: Coder | None = None) -> TermIndex:
        """Weigh every target. One kind of target at a time."""
        experts = bool(targets) and isinstance(targets[0], ExpertProfile)
        if len(targets) >= LARGE_FROM and not experts:
            return cls._built_in_pieces(targets, vectoriser, coder or Coder())
        if len(targets) >= bulk.TARGETS_FROM and vectoriser.tokens is tokenise:
            return cls._built_at_once(targets, vectoriser, coder or Coder(), experts=experts)
        vocabulary: dict[str, int] = {}
        counts = [0]
        words, cosine = Rows(vocabulary), array("d")
        plain: list[Weights] = []
        written: list[str] = []
        coder = coder or Coder()
        for target in targets:
            written += texts_of(target)
            for terms in rows_of(target, vectoriser):
                words.add(terms.words)
                cosine.extend(terms.cosine.values())
                plain.append(terms.plain)
            counts.append(len(words))
        codes = coder.codes(plain, written)
        impacts = words.matrix(len(vocabulary))
        matrices = impacts, paired(impacts, np.asarray(cosine, dtype=np.float64))
        starts = np.asarray(counts, dtype=np.int64)
        layout = starts, vectoriser.policy.best_documents
        return cls.of(vocabulary, matrices, codes, layout, experts=experts, own=coder.own)

    @classmethod
    def _built_at_once(
        cls, targets: Sequence[Target], vectoriser: Vectoriser, coder: Coder, *, experts: bool
    ) -> TermIndex:
        """Weigh a whole pool by compiled loops; the same bits."""
        found = bulk.weigh_targets(targets, vectoriser)
        width = len(found.vocabulary)
        impacts = matrix_of(found.words, found.terms, found.ends, width)
        plain = matrix_of(found.plain, found.terms, found.ends, width)
        written = [texts_of(target) for target in targets]
        codes = coder.codes_of(plain, found.vocabulary, [text for texts in written for text in texts])
        starts = np.cumsum([0, *map(len, written)])
        layout = starts, vectoriser.policy.best_documents
        matrices = impacts, paired(impacts, found.cosine)
        return cls.of(found.vocabulary, matrices, codes, layout, experts=experts, own=coder.own)

    @classmethod
    def _built_in_pieces(cls, targets: Sequence[Target], vectoriser: Vectoriser, coder: Coder) -> TermIndex:
        """Weigh very many achievements: some rows at a time, so that no more than those are in memory as words."""
        vocabulary: dict[str, int] = {}
        gathered = Gathered()
        for first in range(0, len(targets), _ROWS_AT_ONCE):
            piece = targets[first : first + _ROWS_AT_ONCE]
            weighed = [terms for target in piece for terms in rows_of(target, vectoriser)]
            words = Rows(vocabulary)
            for terms in weighed:
                words.add(terms.words)
            impacts = words.matrix(len(vocabulary))
            cosine = np.fromiter((value for terms in weighed for value in terms.cosine.values()), np.float64)
            codes = coder.codes([terms.plain for terms in weighed], [text for one in piece for text in texts_of(one)])
            gathered.add(impacts, cosine, codes)
        layout = np.arange(len(targets) + 1, dtype=np.int64), vectoriser.policy.best_documents
        return gathered.index(vocabulary, layout, own=coder.own)

    @classmethod
    def of(
        cls,
        vocabulary: Mapping[str, int],
        matrices: tuple[sparse.csr_array, sparse.csr_array],
        codes: Codes,
        targets: tuple[NDArray[np.int64], int],
        *,
        experts: bool,
        own: int,
    ) -> TermIndex:
        """An index of rows that are weighed already."""
        words, cosine = matrices
        if words.shape[0] >= LARGE_FROM and not experts:
            gathered = Gathered()
            for first in range(0, words.shape[0], _ROWS_AT_ONCE):
                rows = slice(first, first + _ROWS_AT_ONCE)
                gathered.add(words[rows], cosine[rows].data, codes[rows])
            return gathered.index(vocabulary, targets, own=own)
        return cls(vocabulary, words, cosine, words.T.tocsr(), cosine.T.tocsr(), codes, *targets, experts, own)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.starts[-1])

    @property
    def large(self) -> bool:
        """Whether only chosen rows are read."""
        return self.rows >= LARGE_FROM and not self.experts

    @property
    def kind(self) -> Kind:
        """What the rows are."""
        return Kind.DOCUMENT if self.experts else Kind.OFFER

    @property
    def singles(self) -> NDArray[np.bool_]:
        """Of every term whether it is one character; made when it is asked for first."""
        if "all" not in self._singles:
            single = (len(token) == 1 for token in self.vocabulary)
            numbers = np.fromiter(self.vocabulary.values(), np.int64, len(self.vocabulary))
            found = np.zeros(len(self.vocabulary), dtype=bool)
            found[numbers] = np.fromiter(single, bool, len(self.vocabulary))
            self._singles["all"] = found
        return self._singles["all"]

    def for_reading(self) -> TermIndex:
        """The index without what only explaining needs."""
        bare = sparse.csr_array((self.words.shape[0], 0))
        return replace(self, words=bare, cosine=bare)

    def slice(self, start: int, stop: int) -> TermIndex:
        """The targets from `start` to `stop` as an index of their own."""
        rows = slice(int(self.starts[start]), int(self.starts[stop]))
        starts = self.starts[start : stop + 1] - self.starts[start]
        words, cosine, codes = self.words[rows], self.cosine[rows], self.codes_at(rows)
        by_words, by_cosine = words.T.tocsr(), cosine.T.tocsr()  # to be read whole, also a piece of a large one
        return replace(
            self, words=words, cosine=cosine, by_words=by_words, by_cosine=by_cosine, codes=codes, starts=starts
        )

    def codes_at(self, rows: Any) -> Codes:
        """The codes of some rows, as numbers in [-1, 1]."""
        codes: Codes = self.codes[rows]
        return codes.astype(np.float32) / np.float32(CODE_GRID) if codes.dtype == np.int16 else codes

    def query(self, needs: Sequence[NeedTerms], codes: Codes) -> Query:
        """Needs over this vocabulary; words that no target has cannot count and are left out."""
        tokens, places, words, cosine, ends = laid_out(needs)
        known = np.fromiter(map(self.vocabulary.get, tokens, repeat(-1)), np.int32, len(tokens))
        numbers = known[places]
        there = numbers >= 0
        until = np.concatenate(([0], np.cumsum(there)))[ends]
        impacts = matrix_of(words[there], numbers[there], until, len(self.vocabulary))
        return Query(impacts, paired(impacts, cosine[there]), codes)

    def read(self, query: Query) -> Readings:
        """The products of every need of the query with every row."""
        own = slice(None, self.own), slice(self.own, None)
        related, outside = (
            query.codes[:, columns] @ self.codes[:, columns].T if self.codes[:, columns].shape[1] else None
            for columns in own
        )
        return Readings(*self._products(query), related, outside)

    def read_at(self, query: Query, need: int, rows: NDArray[np.int64], room: Floats) -> Readings:
        """The same products of one need of the query with some rows only, (1, rows); `room` (2, terms) holds zeros."""
        from matchmaking.engine.kernel import products  # numba, for large indexes only

        piece = slice(*query.words.indptr[need : need + 2])
        found = np.empty((2, len(rows)))
        products.at_rows(
            self.words.indptr, self.words.indices, self.words.data, self.cosine.data, rows,
            query.words.indices[piece], query.words.data[piece], query.cosine.data[piece], room, found[0], found[1],
        )  # fmt: skip
        codes = self.codes_at(rows)
        related, outside = (
            query.codes[need : need + 1, columns] @ codes[:, columns].T if codes[:, columns].shape[1] else None
            for columns in (slice(None, self.own), slice(self.own, None))
        )
        return Readings(found[:1], found[1:], related, outside)

    def _products(self, query: Query) -> tuple[Floats, Floats]:
        """The products of both weights, compiled where it pays; the same bits either way."""
        count = query.words.shape[0]
        if count < COMPILED_FROM:
            return (query.words @ self.by_words).toarray(), (query.cosine @ self.by_cosine).toarray()
        return multiplying.products((query.words, query.cosine), (self.by_words, self.by_cosine))

    def shared(self, readings: Readings) -> NDArray[np.bool_]:
        """Whether a need and a target have any word in common, (needs, targets)."""
        found = readings.words > 0.0
        if not self.experts:
            return found
        shared = np.zeros((len(found), len(self.starts) - 1), dtype=bool)
        filled = np.flatnonzero(np.diff(self.starts))
        if len(filled):
            shared[:, filled] = np.logical_or.reduceat(found, self.starts[filled], axis=1)
        return shared

    def by_target(self, scores: Floats) -> Floats:
        """From (needs, rows) to (needs, targets): the best documents of each expert, see `best_documents_factor`.

        A target without any row gets what nothing gives.
        """
        if not self.experts:
            return scores
        counts = np.diff(self.starts)
        result = np.full((len(scores), len(counts)), -np.inf)
        for size in np.unique(counts[counts > 0]).tolist():
            members = np.flatnonzero(counts == size)
            grouped = scores[:, self.starts[members, None] + np.arange(size)]
            if size > self.best:
                grouped = np.partition(grouped, size - self.best, axis=2)[:, :, size - self.best :]
            result[:, members] = np.sort(grouped, axis=2).sum(axis=2) * best_documents_factor(size, self.best)
        return result


class Gathered:
    """The rows of a large index, some at a time."""

    def __init__(self) -> None:
        self._lengths = [np.zeros(1, dtype=np.int64)]
        self._terms, self._words, self._cosine = Spool(np.int32), Spool(np.float32), Spool(np.float32)
        self._codes, self._wide = Spool(np.int16), 0

    def add(self, words: sparse.csr_array, cosine: NDArray[Any], codes: Codes) -> None:
        """Rows behind those that are there; `cosine` has the other weights in the same order."""
        matrices = words.copy(), paired(words, cosine).copy()
        for matrix in matrices:
            matrix.sort_indices()
        self._lengths.append(np.diff(words.indptr).astype(np.int64))
        self._terms.add(matrices[0].indices)
        self._words.add(matrices[0].data)
        self._cosine.add(matrices[1].data)
        self._codes.add(np.rint(codes * np.float32(CODE_GRID)))
        self._wide = codes.shape[1]

    def index(self, vocabulary: Mapping[str, int], targets: tuple[NDArray[np.int64], int], *, own: int) -> TermIndex:
        """All of them as an index."""
        ends = np.cumsum(np.concatenate(self._lengths))
        words = matrix_of(self._words.array(), self._terms.array(), ends, len(vocabulary))
        cosine, codes = paired(words, self._cosine.array()), self._codes.array().reshape(len(ends) - 1, self._wide)
        bare = sparse.csr_array((0, 0))
        return TermIndex(vocabulary, words, cosine, bare, bare, codes, *targets, experts=False, own=own)


def rows_of(target: Target, vectoriser: Vectoriser) -> list[TargetTerms]:
    """The rows of a target: one of an achievement, one a document of an expert."""
    if isinstance(target, OfferProfile):
        return [vectoriser.offer(target)]
    return [vectoriser.document(document) for document in target.documents if document]


def texts_of(target: Target) -> list[str]:
    """The rows of a target as they are written, in the same order."""
    if isinstance(target, OfferProfile):
        return [one_text(offer_texts(target))]
    return [document for document in target.documents if document]


def best_documents_factor(count: int, best: int) -> float:
    """What the sum over an expert's best documents is multiplied by.

    With enough documents their mean; with fewer, the mean shrunk by the root of the share that is there, so
    that one chance hit does not outrank three.
    """
    if count >= best:
        return 1.0 / best
    return math.sqrt(count / best) / max(count, 1)


class Rows:
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
        return matrix_of(
            np.frombuffer(self._values, dtype=np.float64) if self._values else np.zeros(0),
            np.frombuffer(self._terms, dtype=np.int32) if self._terms else np.zeros(0, dtype=np.int32),
            np.frombuffer(self._ends, dtype=np.int64),
            width,
        )


def paired(rows: sparse.csr_array, values: NDArray[Any]) -> sparse.csr_array:
    """Other weights of the same terms of the same rows."""
    return sparse.csr_array((values, rows.indices, rows.indptr), shape=rows.shape)


def matrix_of(values: NDArray[Any], terms: Ints, ends: NDArray[np.int64], width: int) -> sparse.csr_array:
    """Rows of weights as a matrix of that width."""
    indptr = ends.astype(np.int32) if ends[-1] < 2**31 else ends
    return sparse.csr_array((values, terms, indptr), shape=(len(ends) - 1, width))
