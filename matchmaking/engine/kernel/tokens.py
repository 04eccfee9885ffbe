"""Texts as numbered terms and counts: what `Counter(tokenise(text))` gives, an order of magnitude faster.

    vocabulary = Vocabulary()
    counted = vocabulary.count(texts)            # terms of text i: counted.terms[starts[i]:starts[i + 1]]
    vocabulary.numbers                           # token -> term

Spelling is brought into one form as by `text.normalise`, many texts at once, the classes of characters are read off
`text.RUN`, and words are stemmed by `text.stem`; only the cutting and counting is done again here. Several processes
may each count with a vocabulary of their own; `join` puts them together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.text import RUN, folding, is_unspaced, normalise, spaced, stem

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

_SEPARATOR = "\0"
# Characters cut at once: enough to pay for a call, few enough to stay in the cache.
_PIECE = 1 << 16
_KNOWN = 0x40000
_LETTER_BITS = 21
# The Chinese runs of `RUN`.
UNSPACED = re.compile(RUN.pattern.split("|")[0])


@dataclass(frozen=True, slots=True)
class Counted:
    """The different terms of texts, in the order in which each text has them first, and how often.

    `starts` (texts + 1) bounds the entries of each text in `terms` and `counts`; `lengths` counts all its tokens.
    """

    starts: Longs
    terms: Ints
    counts: Ints
    lengths: Longs

    def renumbered(self, numbers: Ints) -> Counted:
        """The same counts in another vocabulary: `numbers` as `Vocabulary.join` gives them."""
        return Counted(self.starts, numbers[self.terms], self.counts, self.lengths)


class Vocabulary:
    """Numbers tokens in the order of their first appearance; grows with the texts it is given. Can be pickled.

    `numbers` maps a token to its number. What is met in texts (characters, pairs, whole words) is numbered apart, so
    that a word is stemmed when it is met for the first time and never again.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self._final, self._settled = np.empty(1 << 15, np.int32), 0
        self._sizes = np.zeros(2, np.int64)
        self._table = np.full(1 << 16, -1, np.int32)
        self._keys = np.empty(1 << 15, np.uint64)
        self._spelt = np.empty((1 << 15, 2), np.int64)
        self._pool = np.empty(1 << 15, np.uint32)
        self._single = np.full(_KNOWN, -1, np.int32)

    def __len__(self) -> int:
        return len(self.numbers)

    def count(self, texts: Iterable[str]) -> Counted:
        """The terms of every text; new tokens get numbers."""
        from matchmaking.engine.kernel import token_loops  # numba, on the first text

        found = []
        for piece in _pieces(texts):
            letters = _letters(piece)
            self._make_room(2 * len(letters), len(letters))
            bounds, stream = np.empty(len(piece) + 1, np.int64), np.empty(2 * len(letters), np.int32)
            token_loops.cut(
                letters, _classes(), self._sizes, self._table, self._keys, self._spelt, self._pool, self._single,
                bounds, stream,
            )  # fmt: skip
            self._settle()
            starts, terms = np.empty(len(piece) + 1, np.int64), np.empty(bounds[-1], np.int32)
            counts, places = np.empty(bounds[-1], np.int32), np.zeros(len(self), np.int64)
            filled = token_loops.count(stream, bounds, self._final, places, starts, terms, counts)
            found.append(Counted(starts, terms[:filled].copy(), counts[:filled].copy(), np.diff(bounds)))
        return _joined(found)

    def tokens(self) -> list[str]:
        """The tokens by number."""
        return list(self.numbers)

    def join(self, other: Vocabulary) -> Ints:
        """Take over the tokens of another vocabulary; returns their numbers in this one, by their old number."""
        numbers = [self.numbers.setdefault(token, len(self.numbers)) for token in other.numbers]
        return np.asarray(numbers, dtype=np.int32)

    def _settle(self) -> None:
        """Final numbers for what has been met since the last time."""
        met = range(self._settled, int(self._sizes[0]))
        if met.stop > len(self._final):
            self._final = _grown(self._final, met.stop)
        for number in met:
            self._final[number] = self.numbers.setdefault(self._token(number), len(self.numbers))
        self._settled = met.stop

    def _token(self, number: int) -> str:
        key = int(self._keys[number])
        if key >> 63:
            first, last = self._spelt[number]
            return stem(self._pool[first:last].tobytes().decode("utf-32-le"))
        if key >> 62:
            return chr((key >> _LETTER_BITS) & ((1 << _LETTER_BITS) - 1)) + chr(key & ((1 << _LETTER_BITS) - 1))
        return chr(key)

    def _make_room(self, further: int, letters: int) -> None:
        """Room for that many further things to meet and letters, the table at most half full."""
        from matchmaking.engine.kernel import token_loops  # numba

        met, used = int(self._sizes[0]), int(self._sizes[1])
        if met + further > len(self._keys):
            self._keys, self._spelt = _grown(self._keys, met + further), _grown(self._spelt, met + further)
        if 2 * (met + further) > len(self._table):
            self._table = np.full(1 << (2 * (met + further) - 1).bit_length(), -1, np.int32)
            token_loops.rebuild(self._table, self._keys, met)
        if used + letters > len(self._pool):
            self._pool = _grown(self._pool, used + letters)


def _grown(array: NDArray, least: int) -> NDArray:
    grown = np.empty((max(least, 2 * len(array)), *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def _pieces(texts: Iterable[str]) -> Iterator[list[str]]:
    """Texts in order, in lists of about `_PIECE` characters."""
    piece: list[str] = []
    size = 0
    for text in texts:
        piece.append(text)
        size += len(text)
        if size >= _PIECE:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def normalised(texts: Sequence[str]) -> list[str]:
    """Texts in one spelling: what `text.normalise` makes of each."""
    if any(_SEPARATOR in text for text in texts):
        return [normalise(text) for text in texts]
    return _spelt(texts).split(_SEPARATOR) if texts else []


def _letters(texts: list[str]) -> NDArray[np.uint32]:
    """The code points of the texts in one spelling, a separator after each and two more at the end.

    A separator inside a text reads like a space there: neither is part of a token, nor joined by normalisation.
    """
    return _code_points(_spelt([text.replace(_SEPARATOR, " ") for text in texts]) + 3 * _SEPARATOR)


def _spelt(texts: Sequence[str]) -> str:
    """Texts without separators in one spelling, with separators between them."""
    plain = _written(_plain()[_code_points(_SEPARATOR.join(texts))])
    # Text by text: whoever has nothing to be done is not gone through for his neighbours' sake.
    composed = _SEPARATOR.join([unicodedata.normalize("NFKC", text) for text in plain.split(_SEPARATOR)])
    return spaced(_written(_folded()[_code_points(composed.lower())]))


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _written(points: NDArray[np.uint32]) -> str:
    return points.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _folded() -> NDArray[np.uint32]:
    """Every character to what it is folded to, which is one character."""
    folded = np.arange(0x110000, dtype=np.uint32)
    for point, other in folding().items():
        folded[point] = ord(other)
    return folded


@cache
def _plain() -> NDArray[np.uint32]:
    """Every character that decomposes into one other, such as a full-width comma, to that other; all else to itself.

    NFKC begins with that very step, so its result stays the same; but it is ten times faster when it finds nothing to
    do, and full-width punctuation stands in every Chinese text.
    """
    plain = np.arange(0x110000, dtype=np.uint32)
    for point in range(0x80, _KNOWN):
        if unicodedata.decomposition(chr(point)):
            other = unicodedata.normalize("NFKD", chr(point))
            if len(other) == 1:
                plain[point] = ord(other)
    return plain


@cache
def _classes() -> NDArray[np.uint8]:
    """What each character is to `RUN`, by code point."""
    from matchmaking.engine.kernel import token_loops as kinds  # its constants, so that both mean the same

    classes = np.full(0x110000, kinds.OTHER, np.uint8)
    for letter in RUN.findall(" ".join(map(chr, range(_KNOWN)))):
        classes[ord(letter)] = kinds.UNSPACED if is_unspaced(letter) else kinds.WORD
    classes[ord("0") : ord("9") + 1] = kinds.DIGIT
    classes[ord(_SEPARATOR)] = kinds.SEPARATOR
    return classes


def _joined(parts: list[Counted]) -> Counted:
    if not parts:
        return Counted(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int64))
    ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends[:-1], strict=True)]
    return Counted(
        np.concatenate([*starts, ends[-1:]]),
        np.concatenate([part.terms for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )
