"""Texts as short vectors, learned from the platform's own texts without any grades: what is said in other words.

A text is the sum of the vectors of its tokens. They are trained so that two halves of one text lie close together and
apart from all other texts: InfoNCE with in-batch negatives (van den Oord, Li, Vinyals 2018), rows adapted as in Adagrad
(Duchi, Hazan, Singer 2011). Further positives are pairs of texts that are each other's best match by their words: taken
for paraphrases. The vectors begin as a random projection, so an untrained encoder is the cosine of the words.

Codes lie on a grid so coarse that every product and every sum of products is exact in single precision. A product of
matrices therefore gives the same bits in any order and company.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float32]
Weights = Mapping[str, float]
Spanned = tuple[Sequence[str], Sequence[int], Sequence[int]]
# A code is of unit length for every seed: values are multiples of 2^-11, products of 2^-22, and their sums stay below
# 2^2, which is 24 bits.
CODE_GRID = float(1 << 11)
# Fewer texts are coded without the compiler, whose start takes longer than they do.
COMPILED_FROM = 100
_MAGIC = b"tongti-encoder-1\n"


@dataclass(frozen=True, slots=True)
class Training:
    """How the vectors are learned. `keep`: chance of a word for the first half; `overlap`: chance that a word of the
    first half is in the second too. `most_tokens`, `most_texts`: the most frequent tokens get vectors, texts beyond are
    left out by their digest. `seeds`: trained once for each, side by side. `most_read`: words read in all epochs of
    a seed; with more, there are fewer epochs, but not less than `least_epochs`."""

    dimensions: int = 256
    epochs: int = 20
    batch: int = 512
    rate: float = 0.1
    temperature: float = 0.07
    keep: float = 0.5
    overlap: float = 0.3
    most_tokens: int = 120_000
    most_texts: int = 40_000
    seeds: tuple[int, ...] = (0, 1)
    most_read: int = 50_000_000
    least_epochs: int = 6


@dataclass(frozen=True, slots=True)
class Encoder:
    """Vectors of tokens, (tokens, dimensions × seeds), and the weight of a token in a text. `seeds` of them lie side by
    side; each is brought to unit length by itself."""

    tokens: Mapping[str, int]
    table: Floats
    seeds: int

    def codes(self, texts: Sequence[Weights]) -> Floats:
        """The codes of texts given as weighted tokens, (texts, dimensions × seeds); zeros where no token is known."""
        return self._of_bags(_bags(texts, self.tokens))

    def codes_of(self, rows: sparse.csr_array, tokens: Iterable[str]) -> Floats:
        """The same of texts as rows over numbered tokens."""
        numbers = np.fromiter(map(self.tokens.get, tokens, repeat(-1)), dtype=np.int32, count=rows.shape[1])
        return self._of_bags(_in_order(rows.data, numbers[rows.indices], rows.indptr, len(self.tokens)))

    def _of_bags(self, bags: sparse.csr_array) -> Floats:
        sums = self._sums(bags)
        codes = np.zeros_like(sums)
        wide = self.table.shape[1] // self.seeds
        for start in range(0, self.table.shape[1], wide):
            part = slice(start, start + wide)
            codes[:, part] = np.rint(unit(sums[:, part]) * CODE_GRID) / CODE_GRID
        return codes

    def _sums(self, bags: sparse.csr_array) -> Floats:
        """The vectors of the tokens of every bag added up in their order, compiled where it pays; the same bits."""
        if bags.shape[0] >= COMPILED_FROM:
            from matchmaking.engine.kernel import code_loops  # numba, for whole pools only

            sums = np.zeros((bags.shape[0], self.table.shape[1]), dtype=np.float32)
            code_loops.add_vectors(bags.indptr, bags.indices, bags.data, self.table, sums)
            return sums
        # Only the rows that are used are laid out for the product: of a few texts, a small part of the table.
        there = np.zeros(len(self.table), dtype=bool)
        there[bags.indices] = True
        places = np.cumsum(there, dtype=np.int32) - 1
        few = sparse.csr_array((bags.data, places[bags.indices], bags.indptr), shape=(bags.shape[0], there.sum()))
        found: Floats = few @ self.table[there]
        return found

    def to_bytes(self) -> bytes:
        """A canonical form: one byte a number, a scale a token."""
        scale = np.abs(self.table).max(axis=1, initial=1e-9, keepdims=True) / 127.0
        small = np.rint(self.table / scale).astype(np.int8)
        header = json.dumps({"seeds": self.seeds, "shape": self.table.shape}).encode()
        words = "\n".join(self.tokens).encode()
        sizes = np.array([len(header), len(words)], dtype="<u8").tobytes()
        return b"".join((_MAGIC, sizes, header, words, scale.astype("<f4").tobytes(), small.tobytes()))

    @classmethod
    def from_bytes(cls, data: bytes) -> Encoder:
        """The reverse of `to_bytes`. Raises ValueError when the bytes are something else or cut short."""
        at = len(_MAGIC) + 16
        if not data.startswith(_MAGIC) or len(data) < at:
            raise ValueError("these bytes are no encoder of this version")
        header_size, words_size = (int(size) for size in np.frombuffer(data[len(_MAGIC) : at], dtype="<u8"))
        header = json.loads(data[at : at + header_size])
        tokens = data[at + header_size : at + header_size + words_size].decode().split("\n")
        count, wide = header["shape"]
        start = at + header_size + words_size
        if len(data) != start + 4 * count + count * wide or (count and len(tokens) != count):
            raise ValueError("the encoder is cut short")
        scale = np.frombuffer(data, dtype="<f4", count=count, offset=start).reshape(count, 1)
        small = np.frombuffer(data, dtype=np.int8, offset=start + 4 * count).reshape(count, wide)
        table = (small.astype(np.float32) * scale).astype(np.float32)
        return cls({token: row for row, token in enumerate(tokens if count else ())}, table, header["seeds"])


def train(
    texts: Sequence[Spanned],
    weight: Callable[[str], float],
    pairs: NDArray[np.int64],
    training: Training,
    *,
    alive: Callable[[], None] = lambda: None,
) -> Encoder:
    """Learn an encoder. A text is its tokens with the first and the last word that each stands in.

    `weight` is the weight of a token in a text, `pairs` (n, 2) are positions of texts that say the same. `alive` is
    called at every step.
    """
    bag = _Words.of(texts, weight, training)
    tables = [_descended(bag, pairs, training, seed, alive) for seed in training.seeds]
    made = Encoder({token: row for row, token in enumerate(bag.tokens)}, np.hstack(tables), len(training.seeds))
    return Encoder.from_bytes(made.to_bytes())


def sampled(texts: Sequence[str], most: int) -> list[int]:
    """Positions of at most `most` of the texts, chosen by their digests: the same whatever the order of the texts."""
    if len(texts) <= most:
        return list(range(len(texts)))
    digests = [hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts]
    return sorted(sorted(range(len(texts)), key=lambda at: (digests[at], texts[at]))[:most])


@dataclass(frozen=True, slots=True)
class _Words:
    """All texts as tokens with the words they vanish with."""

    tokens: list[str]
    weights: Floats
    terms: NDArray[np.int32]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    rows: NDArray[np.int32]
    count: int
    texts: int

    @classmethod
    def of(cls, texts: Sequence[Spanned], weight: Callable[[str], float], training: Training) -> _Words:
        counted = Counter(token for tokens, _, _ in texts for token in set(tokens))
        several = [token for token, count in counted.items() if count > 1]
        kept = sorted(several, key=lambda token: (-counted[token], token))[: training.most_tokens]
        numbers = {token: number for number, token in enumerate(kept)}
        columns: tuple[array[int], ...] = (array("i"), array("i"), array("i"), array("i"))
        at = 0
        for row, (tokens, first, last) in enumerate(texts):
            for token, begins, ends in zip(tokens, first, last, strict=True):
                if token in numbers:
                    for column, value in zip(columns, (numbers[token], at + begins, at + ends, row), strict=True):
                        column.append(value)
            at += max(last, default=-1) + 1
        weights = np.asarray([weight(token) for token in kept], dtype=np.float32)
        terms, begun, ended, rows = (np.asarray(column, dtype=np.int32) for column in columns)
        return cls(kept, weights, terms, begun, ended, rows, at, len(texts))

    def matrix(self, keep: NDArray[np.bool_] | None = None) -> sparse.csr_array:
        """The texts as weighted bags; of the words only those to keep."""
        use = slice(None) if keep is None else keep[self.first] & keep[self.last]
        terms = self.terms[use]
        shape = (self.texts, len(self.tokens))
        return sparse.coo_array((self.weights[terms], (self.rows[use], terms)), shape=shape).tocsr()


def _descended(
    bag: _Words, pairs: NDArray[np.int64], training: Training, seed: int, alive: Callable[[], None]
) -> Floats:
    draw = np.random.default_rng(seed)
    shape = (len(bag.tokens), training.dimensions)
    table = (draw.standard_normal(shape) / np.sqrt(training.dimensions)).astype(np.float32)
    energy = np.full((len(table), 1), 1e-3, dtype=np.float32)
    whole = bag.matrix()
    affordable = max(training.least_epochs, training.most_read // max(1, len(bag.terms)))
    epochs = min(training.epochs, affordable)
    for epoch in range(epochs):
        first = draw.random(bag.count) < training.keep
        second = ~first | (draw.random(bag.count) < training.overlap)
        one, other = bag.matrix(first), bag.matrix(second)
        both = np.flatnonzero((np.diff(one.indptr) > 0) & (np.diff(other.indptr) > 0))
        turned = pairs[:, draw.permutation(2)]
        one = sparse.vstack([one[both], whole[turned[:, 0]]]).tocsr()
        other = sparse.vstack([other[both], whole[turned[:, 1]]]).tocsr()
        order = draw.permutation(one.shape[0])
        size = min(training.batch, len(order))
        rate = training.rate * (1 - epoch / epochs)
        for at in range(0, len(order) - size + 1, max(size, 1)):
            batch = order[at : at + size]
            alive()
            if size > 1:
                _step(table, energy, sparse.vstack([one[batch], other[batch]]).tocsr(), rate, training.temperature)
    return table


def _step(table: Floats, energy: Floats, bags: sparse.csr_array, rate: float, temperature: float) -> None:
    """One batch: its first half of texts against their second halves, both ways."""
    size = bags.shape[0] // 2
    used, places = np.unique(bags.indices, return_inverse=True)
    if not len(used):
        return
    local = sparse.csr_array((bags.data, places.astype(np.int32), bags.indptr), shape=(2 * size, len(used)))
    raw = local @ table[used]
    norm = np.sqrt((raw * raw).sum(1, keepdims=True)) + 1e-6
    out = raw / norm
    logits = (out[:size] @ out[size:].T) / temperature
    pull = (_softmax(logits, 1) + _softmax(logits, 0)) / (2 * size)
    pull[np.arange(size), np.arange(size)] -= 1 / size
    pull /= temperature
    gradient = np.vstack([pull @ out[size:], pull.T @ out[:size]])
    gradient = (gradient - (gradient * out).sum(1, keepdims=True) * out) / norm
    step = np.asarray(local.T @ gradient) * size
    energy[used] += (step * step).mean(1, keepdims=True)
    table[used] -= rate * step / np.sqrt(energy[used])


def _softmax(logits: Floats, axis: int) -> Floats:
    powers = np.exp(logits - logits.max(axis, keepdims=True))
    result: Floats = powers / powers.sum(axis, keepdims=True)
    return result


def unit(vectors: Floats) -> Floats:
    length = np.sqrt(np.add.reduce(vectors * vectors, axis=1, keepdims=True))
    result: Floats = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-6)
    return result


def _bags(texts: Iterable[Weights], tokens: Mapping[str, int]) -> sparse.csr_array:
    """Weighted tokens as rows, their columns ascending so that a sum has one order."""
    terms, values, ends = array("i"), array("d"), [0]
    for text in texts:
        terms.extend(map(tokens.get, text, repeat(-1)))
        values.extend(text.values())
        ends.append(len(terms))
    values_of = np.asarray(values, dtype=np.float64)
    return _in_order(values_of, np.asarray(terms, dtype=np.int32), np.asarray(ends), len(tokens))


def _in_order(
    values: NDArray[np.float64], numbers: NDArray[np.int32], ends: NDArray[Any], width: int
) -> sparse.csr_array:
    """Rows of numbered values with their columns ascending, without those numbered -1."""
    known = numbers >= 0
    until = np.concatenate(([0], np.cumsum(known)))[ends]
    shape = (len(ends) - 1, width)
    rows = sparse.csr_array((values[known].astype(np.float32), numbers[known], until), shape=shape)
    rows.sort_indices()
    return rows
