"""A record prepared for being quoted: its sentences as term numbers, and the places where its words stand.

Texts are cut once, whatever index they are held against, see `NeedText`; an index then numbers their tokens by its
vocabulary, see `cutting`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from operator import add

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.cutting import quotes_of
from matchmaking.engine.fields import quotable_texts
from matchmaking.engine.naming import GENERAL
from matchmaking.engine.text import RUN, is_unspaced, naming_words, normalise, stem, words_of
from matchmaking.engine.types import NeedProfile, Quote
from matchmaking.engine.vectors import Weights
from matchmaking.engine.wordings import worth_naming

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
_NAMING = re.compile(r"[^\W\d_]")
_ASKING_FIELDS = frozenset({"goal", "indicators"})
_TRIMMED = frozenset("的了和与及或在对为等是有于并将以其被把从到中之所")
# A token that no vocabulary holds.
_NONE = ""
_KEPT = 512


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

    @classmethod
    def of(cls, need: NeedProfile) -> NeedText:
        """Cut a need."""
        texts = quotable_texts(need)
        by_field = [(name, runs_of(written)) for name, written in texts]
        runs = [run for _, found in by_field for run in found]
        cut = iter(words_of([run for run in runs if is_unspaced(run)]))
        text, lengths, singles, doubles = list[str](), [0], list[str](), list[str]()
        spaced: dict[int, str] = {}
        for run in runs:
            if is_unspaced(run):
                text.append(run)
                lengths += map(len, next(cut))
                singles += run
                doubles += map(add, run, run[1:])
            else:
                if len(run) > 1:
                    spaced[len(singles)] = run
                text.append("\0")
                lengths.append(1)
                singles.append(stem(run))
            doubles.append(_NONE)
        written = "".join(text)
        opens, closes = _bounds(written, lengths)
        asking = [run for name, found in by_field if name in _ASKING_FIELDS for run in found]
        wordings = _wordings([run for name, found in by_field if name == "keywords" for run in found], asking)
        told = [telling(wording) for wording in wordings]
        different = dict.fromkeys((_NONE, *doubles, *singles, *chain.from_iterable(told)))
        numbers = dict(zip(different, range(len(different)), strict=True))
        pairs, alone = _numbers(doubles, numbers), _first_only(_numbers(singles, numbers))
        credited = np.concatenate((pairs[:0], [0], _first_only(pairs)[:-1])).astype(np.int32) if doubles else pairs
        return cls(
            quotes_of(texts), written, tuple(numbers), pairs, alone, credited, spaced, opens, closes, wordings,
            {wording: _numbers(said, numbers) for wording, said in zip(wordings, told, strict=True)},
        )  # fmt: skip

    def weighed(self, weights: Weights) -> list[str]:
        """The wordings, weightiest first. `weights` are the terms of the need, known to an index or not."""
        heavy = {one: math.fsum([weights.get(token, 0.0) for token in _made_of(one)]) for one in self.wordings}
        return sorted(heavy, key=lambda wording: (-heavy[wording], wording))


@lru_cache(maxsize=_KEPT)
def text_of(need: NeedProfile) -> NeedText:
    """The texts of a need, cut; remembered, as a need is held against one index after the other."""
    return NeedText.of(need)


def characters(text: str) -> Ints:
    """The characters of a text as numbers."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.int32)


def runs_of(text: str) -> list[str]:
    """The runs of a text, in reading order."""
    return RUN.findall(normalise(text))


def word_bounds(text: str) -> NDArray[np.bool_]:
    """Where a word begins or ends in a normalised text, one place more than it has characters: anywhere but within the
    words of Chinese runs."""
    bounds = bytearray(b"\1") * (len(text) + 1)
    runs = [run for run in RUN.finditer(text) if is_unspaced(run.group())]
    for run, cut in zip(runs, words_of([run.group() for run in runs]), strict=True):
        at = run.start()
        bounds[at + 1 : run.end()] = bytes(run.end() - at - 1)
        for word in cut:
            at += len(word)
            bounds[at] = 1
    return np.frombuffer(bounds, dtype=np.bool_)


@lru_cache(maxsize=8_192)
def telling(wording: str) -> tuple[str, ...]:
    """The tokens by which a wording is recognised: its characters, or the word itself."""
    return tuple(wording) if is_unspaced(wording) else (stem(wording),)


@lru_cache(maxsize=8_192)
def _made_of(wording: str) -> frozenset[str]:
    """The tokens that a wording brings."""
    pairs = (one + other for one, other in pairwise(wording)) if is_unspaced(wording) else (stem(wording),)
    return frozenset((*wording, *pairs))


def _wordings(whole: Iterable[str], runs: Iterable[str]) -> tuple[str, ...]:
    """Wordings as they are given, and the words of runs with two characters or more, as far as they name something of
    their own, each once."""
    named = [run for run in runs if _NAMING.search(run)]
    cut_of = iter(naming_words([run for run in named if is_unspaced(run)]))
    words_in = (wording for run in named for wording in (next(cut_of) if is_unspaced(run) else (run,)))
    cut = (*whole, *words_in)
    return tuple(dict.fromkeys(one for one in cut if len(one) > 1 and worth_naming(one) and one not in GENERAL))


def _bounds(text: str, lengths: Sequence[int]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where a wording may begin and end in a text of words of these lengths, the first of which is 0."""
    bounds = np.zeros(len(text) + 1, dtype=bool)
    bounds[np.cumsum(lengths)] = True
    told = [char not in _TRIMMED for char in text]
    return bounds & [*told, True], bounds & [True, *told]


def _numbers(tokens: Sequence[str], numbers: Mapping[str, int]) -> Ints:
    """The numbers of tokens."""
    return np.fromiter(map(numbers.__getitem__, tokens), np.int32, len(tokens))


def _first_only(numbers: Ints) -> Ints:
    """Numbers with every repetition replaced by that of none."""
    found = np.zeros_like(numbers)
    first = np.unique(numbers, return_index=True)[1]
    found[first] = numbers[first]
    return found
