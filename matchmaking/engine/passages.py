"""A record prepared for being quoted: its sentences as term numbers, and the places where its words stand.

Texts are cut once, whatever index they are held against, see `NeedText`; an index then numbers their tokens by its
vocabulary, see `cutting`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.cutting import quotes_of
from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.kernel.tokens import UNSPACED, normalised
from matchmaking.engine.naming import GENERAL
from matchmaking.engine.text import RUN, is_unspaced, naming_words, stem, words_of
from matchmaking.engine.types import NeedProfile, Quote
from matchmaking.engine.vectors import Weights
from matchmaking.engine.wordings import worth_naming

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
_NAMING = re.compile(r"[^\W\d_]")
_ASKING_FIELDS = frozenset({"goal", "indicators"})
_TRIMMED = np.asarray([ord(char) for char in "的了和与及或在对为等是有于并将以其被把从到中之所"])
# A token that no vocabulary holds.
_NONE = ""
_KEPT = 512
# A token as a number: a pair as its two characters, a word of letters as its number behind all pairs.
_LETTER_BITS = 21
_STEMS = 1 << 2 * _LETTER_BITS


@dataclass(frozen=True, slots=True)
class NeedText:
    """The texts of a need, cut. Every character of its Chinese runs and every word is a place, in reading order.

    `text` has one character a place, `\\0` for a word, which `spaced` holds by its place if it has two letters or more.
    Of the different `tokens` `doubles[i]` is the one of the pair that place i begins, `singles[i]` and `credited[i]`
    those with which the place is credited, for itself and for the pair it ends: none where the token has stood before,
    so that no token counts twice. A wording may begin at place i when `opens[i]` and end before it when `closes[i]`:
    where a word begins or the last one ends, and not with a particle. `wordings` are the names of what is asked for,
    `told` the tokens by which each is recognised.
    """

    quotes: tuple[Quote, ...]
    text: str
    tokens: tuple[str, ...]
    doubles: Ints
    singles: Ints
    credited: Ints
    spaced: Mapping[int, str]
    opens: NDArray[np.bool_]
    closes: NDArray[np.bool_]
    wordings: tuple[str, ...]
    told: Mapping[str, Ints]

    def weighed(self, weights: Weights) -> list[str]:
        """The wordings, weightiest first. `weights` are the terms of the need, known to an index or not."""
        heavy = {one: math.fsum([weights.get(token, 0.0) for token in _made_of(one)]) for one in self.wordings}
        return sorted(heavy, key=lambda wording: (-heavy[wording], wording))


def text_of(need: NeedProfile) -> NeedText:
    """The texts of a need, cut."""
    return texts_of([need])[0]


def texts_of(needs: Sequence[NeedProfile]) -> list[NeedText]:
    """The texts of needs, cut all at once; remembered, as a need is held against one index after the other."""
    known = {need: _cut_texts.get(need) for need in needs}
    missing = [need for need, text in known.items() if text is None]
    if missing:
        found = dict(zip(missing, _cut(missing), strict=True))
        if len(_cut_texts) + len(found) > _KEPT:
            _cut_texts.clear()
        _cut_texts.update(found)
        known |= found
    return [text for need in needs if (text := known[need])]


_cut_texts: dict[NeedProfile, NeedText] = {}


class _Runs:
    """The runs of needs, one need after the other: their texts with one character a place, how many places and words
    each run has, where the places of each need end, and the number of every single word of letters."""

    def __init__(self, by_need: Sequence[Sequence[str]]) -> None:
        self.stems: dict[str, int] = {}
        self.spaced: list[dict[int, str]] = []
        self.words: list[int] = []
        pieces, lengths, ends = list[str](), list[int](), [0]
        for runs in by_need:
            places, spaced = 0, dict[int, str]()
            for run in runs:
                if is_unspaced(run):
                    pieces.append(run)
                    lengths.append(len(run))
                    places += len(run)
                    continue
                if len(run) > 1:
                    spaced[places] = run
                self.words.append(self.stems.setdefault(stem(run), len(self.stems)))
                pieces.append("\0")
                lengths.append(1)
                places += 1
            ends.append(ends[-1] + places)
            self.spaced.append(spaced)
        self.text, self.ends = "".join(pieces), ends
        self.places = characters(self.text).astype(np.int64)
        self.lasts = np.cumsum(np.asarray(lengths, dtype=np.int64)) - 1
        self.cut = words_of([piece for piece in pieces if piece != "\0"])

    def singles(self) -> Longs:
        """A key of the token of every place."""
        keys = self.places.copy()
        keys[keys == 0] = _STEMS + np.asarray(self.words, dtype=np.int64)
        return keys

    def doubles(self) -> Longs:
        """A key of the pair that every place begins, 0 where there is none."""
        keys = (self.places << _LETTER_BITS) + np.append(self.places[1:], 0)
        keys[self.lasts] = 0
        return keys

    def bounds(self) -> NDArray[np.bool_]:
        """Where a word begins."""
        inside, bounds = np.flatnonzero(self.places), np.ones(len(self.places), dtype=bool)
        lengths = np.asarray([len(word) for words in self.cut for word in words], dtype=np.int64)
        bounds[inside] = False
        bounds[inside[np.cumsum(lengths) - lengths]] = True
        return bounds

    def key_of(self, token: str) -> int:
        """The key of a single character or a word of letters."""
        return ord(token) if is_unspaced(token) else _STEMS + self.stems.setdefault(token, len(self.stems))

    def tokens(self, keys: Longs) -> tuple[str, ...]:
        """The tokens of keys."""
        stems = list(self.stems)
        return tuple([_token(key, stems) for key in keys.tolist()])


def _token(key: int, stems: Sequence[str]) -> str:
    if key >= _STEMS:
        return stems[key - _STEMS]
    if key >> _LETTER_BITS:
        return chr(key >> _LETTER_BITS) + chr(key & ((1 << _LETTER_BITS) - 1))
    return chr(key) if key else _NONE


def _cut(needs: Sequence[NeedProfile]) -> list[NeedText]:
    """Cut needs; they share their tokens."""
    fields = [quotable_texts(need) for need in needs]
    written = iter(normalised([text for texts in fields for _, text in texts]))
    by_field = [[(name, RUN.findall(next(written))) for name, _ in texts] for texts in fields]
    runs = _Runs([[run for _, found in texts for run in found] for texts in by_field])
    wordings = _wordings(by_field)
    told = [[[runs.key_of(token) for token in telling(one)] for one in named] for named in wordings]
    doubles, singles = runs.doubles(), runs.singles()
    flat = np.asarray([key for named in told for keys in named for key in keys], dtype=np.int64)
    different, places = np.unique(np.concatenate(([0], doubles, singles, flat)), return_inverse=True)
    tokens, numbers = runs.tokens(different), places.astype(np.int32)[1:]
    parts: list[Ints] = np.split(numbers, np.cumsum([len(doubles), len(singles)]))
    pairs, alone, said = parts
    begins, inner = runs.bounds(), ~np.isin(runs.places, _TRIMMED)
    seen, texts, at = np.empty(len(tokens), dtype=np.int64), [], 0
    for place, (first, last) in enumerate(pairwise(runs.ends)):
        lengths = np.cumsum([at, *map(len, told[place])]).tolist()
        here, own = slice(first, last), pairs[first:last]
        texts.append(NeedText(
            quotes_of(fields[place]), runs.text[here], tokens, own, _first_only(alone[here], seen),
            np.append(0, _first_only(own, seen)[:-1]).astype(np.int32) if last > first else own, runs.spaced[place],
            np.append(begins[here] & inner[here], True), np.append(True, inner[here]) & np.append(begins[here], True),
            wordings[place], {one: said[a:b] for one, (a, b) in zip(wordings[place], pairwise(lengths), strict=True)},
        ))  # fmt: skip
        at = lengths[-1]
    return texts


def characters(text: str) -> Ints:
    """The characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32)


def word_bounds(texts: Sequence[str]) -> list[NDArray[np.bool_]]:
    """Where a word begins or ends in each of some normalised texts, one place more than it has characters: anywhere but
    within the words of Chinese runs."""
    joined = "\n".join(texts)
    lengths = np.asarray([len(word) for words in words_of(UNSPACED.findall(joined)) for word in words], dtype=np.int64)
    bounds = np.ones(len(joined) + 1, dtype=bool)
    spans = np.asarray([run.span() for run in UNSPACED.finditer(joined)], dtype=np.int64).reshape(-1, 2)
    sizes = spans[:, 1] - spans[:, 0]
    inside = np.repeat(spans[:, 1] - np.cumsum(sizes), sizes) + np.arange(sizes.sum())
    bounds[inside] = False
    bounds[inside[np.cumsum(lengths) - lengths]] = True
    ends = np.cumsum([len(text) + 1 for text in texts])
    return [
        np.append(bounds[end - len(text) - 1 : end - 1], True) for text, end in zip(texts, ends.tolist(), strict=True)
    ]


@lru_cache(maxsize=8_192)
def telling(wording: str) -> tuple[str, ...]:
    """The tokens by which a wording is recognised: its characters, or the word itself."""
    return tuple(wording) if is_unspaced(wording) else (stem(wording),)


@lru_cache(maxsize=8_192)
def _made_of(wording: str) -> frozenset[str]:
    """The tokens that a wording brings."""
    pairs = (one + other for one, other in pairwise(wording)) if is_unspaced(wording) else (stem(wording),)
    return frozenset((*wording, *pairs))


def _wordings(needs: Sequence[Sequence[tuple[str, list[str]]]]) -> list[tuple[str, ...]]:
    """Of the runs of each need by field, what names something of its own: keywords as they are given, and the words of
    two characters or more in what is asked for; each once."""
    asking = [run for texts in needs for name, runs in texts if name in _ASKING_FIELDS for run in runs]
    cut_of = iter(naming_words([run for run in asking if is_unspaced(run) and _NAMING.search(run)]))
    found = []
    for texts in needs:
        named = [run for name, runs in texts if name == "keywords" for run in runs]
        for run in (run for name, runs in texts if name in _ASKING_FIELDS for run in runs if _NAMING.search(run)):
            named += next(cut_of) if is_unspaced(run) else [run]
        kept = [one for one in named if len(one) > 1 and worth_naming(one) and one not in GENERAL]
        found.append(tuple(dict.fromkeys(kept)))
    return found


def _first_only(numbers: Ints, seen: Longs) -> Ints:
    """Numbers with every repetition replaced by that of none; `seen` is room for every number."""
    places = np.arange(len(numbers))
    seen[numbers[::-1]] = places[::-1]  # where a number stands first
    return np.where(seen[numbers] == places, numbers, np.int32(0))
