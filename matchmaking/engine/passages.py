"""A record prepared for being quoted: its sentences as term numbers, and the places where its words stand.

Built once a record and used for every pair the record is in. Terms are numbered by the vocabulary of an index; the
number after the last stands for every word the index does not know and never weighs anything.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import FieldTexts
from matchmaking.engine.text import RUN, is_unspaced, normalise, sentences, stem, tokenise, words
from matchmaking.engine.types import Quote
from matchmaking.engine.vectors import Weights

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
_LONG_SENTENCE = 20
_NAMING = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one text or record; `terms` holds the different terms of each, one after another.

    `damping` keeps a sentence from being chosen for its length alone; it counts unknown terms too, so that the choice
    does not depend on what else is in the index.
    """

    quotes: tuple[Quote, ...]
    terms: Ints
    starts: NDArray[np.int64]
    damping: Floats

    @classmethod
    def of(cls, texts: FieldTexts, vocabulary: Mapping[str, int]) -> Sentences:
        """Cut the texts; a sentence without any known term is left out, as it can never be the best one."""
        quotes: list[Quote] = []
        terms, starts, sizes = array("i"), array("q"), array("q")
        for name, text in texts:
            for sentence in sentences(text):
                tokens = set(tokenise(sentence))
                known = _known(tokens, vocabulary)
                if known:
                    quotes.append(Quote(name, sentence))
                    starts.append(len(terms))
                    terms.extend(known)
                    sizes.append(len(tokens))
        damping = 1.0 / np.sqrt(np.asarray(sizes, dtype=np.float64) + _LONG_SENTENCE)
        return cls(tuple(quotes), np.asarray(terms, dtype=np.int32), np.asarray(starts, dtype=np.int64), damping)

    def best(self, weights: Floats) -> Quote | None:
        """The sentence whose terms weigh most (dense weights), the first of equals; None when nothing weighs."""
        if not self.quotes:
            return None
        sums = np.add.reduceat(weights[self.terms], self.starts) * self.damping
        at = int(sums.argmax())
        return self.quotes[at] if sums[at] > 0.0 else None


@dataclass(frozen=True, slots=True)
class Places:
    """Every character of a need's Chinese runs and every word, in reading order.

    `text[i]` is the character or word at place i, `double[i]` the term of the pair it begins, or the unknown term at
    the end of a run. `single[i]` and `credited[i]` are the terms with which the place is credited, for itself and for
    the pair it ends: the unknown one where the term has stood before, so that no term counts twice. `words` are the
    places of words of two letters or more; `boundary[i]` says whether a word begins, or the last one ends, there.
    """

    text: tuple[str, ...]
    double: Ints
    single: Ints
    credited: Ints
    words: NDArray[np.int64]
    boundary: tuple[bool, ...]

    @classmethod
    def of(cls, runs: Iterable[str], vocabulary: Mapping[str, int]) -> Places:
        """Lay out the runs of a need."""
        unknown = len(vocabulary)
        text: list[str] = []
        boundary: list[bool] = []
        single, double, spaced = array("i"), array("i"), array("q")
        for run in runs:
            pieces = run if is_unspaced(run) else (run,)
            if not is_unspaced(run):
                spaced.extend([len(text)] if len(run) > 1 else [])
            for word in words(run) if is_unspaced(run) else (run,):
                boundary.append(True)
                boundary += [False] * (len(word) - 1 if is_unspaced(run) else 0)
            text += pieces
            tokens = pieces if is_unspaced(run) else (stem(run),)
            single.extend([vocabulary.get(token, unknown) for token in tokens])
            double.extend([vocabulary.get(one + other, unknown) for one, other in pairwise(pieces)])
            double.append(unknown)
        singles, doubles = np.asarray(single, dtype=np.int32), np.asarray(double, dtype=np.int32)
        ended = np.roll(_first_only(doubles, unknown), 1)
        return cls(
            tuple(text),
            doubles,
            _first_only(singles, unknown),
            ended,
            np.asarray(spaced, dtype=np.int64),
            (*boundary, True),
        )


@dataclass(frozen=True, slots=True)
class Wordings:
    """The wordings of a need, weightiest first, and the terms by which a target is seen to have them."""

    texts: tuple[str, ...]
    terms: Ints
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @classmethod
    def of(cls, runs: Iterable[str], weights: Weights, vocabulary: Mapping[str, int]) -> Wordings:
        """Cut the runs of a need into wordings. `weights` are its terms, known to the index or not."""
        unknown = len(vocabulary)
        weighed: dict[str, float] = {}
        for run in runs:
            if not _NAMING.search(run):
                continue
            for wording in words(run) if is_unspaced(run) else (run,):
                if len(wording) > 1 and wording not in weighed:
                    weighed[wording] = math.fsum(weights.get(token, 0.0) for token in {*wording, *_telling(wording)})
        ordered = sorted(weighed, key=lambda wording: (-weighed[wording], wording))
        listed = [[vocabulary.get(token, unknown) for token in _telling(wording)] for wording in ordered]
        sizes = np.asarray([len(terms) for terms in listed], dtype=np.int64)
        terms = np.asarray([term for terms in listed for term in terms], dtype=np.int32)
        return cls(tuple(ordered), terms, np.cumsum(sizes) - sizes, sizes)

    def missing(self, shared: Floats, limit: int) -> tuple[str, ...]:
        """The weightiest wordings of which a target has less than half (dense shared weights)."""
        if not self.texts:
            return ()
        held = np.add.reduceat((shared[self.terms] > 0.0).astype(np.int64), self.starts)
        return tuple(self.texts[at] for at in np.flatnonzero(held * 2 < self.sizes)[:limit].tolist())


def runs_of(texts: FieldTexts) -> list[str]:
    """The runs of all texts of a record, in reading order."""
    return [run for _, text in texts for run in RUN.findall(normalise(text))]


def _known(tokens: Iterable[str], vocabulary: Mapping[str, int]) -> set[int]:
    known = {vocabulary.get(token, -1) for token in tokens}
    known.discard(-1)
    return known


def _telling(wording: str) -> list[str]:
    """The tokens by which a wording is recognised: its pairs, or the word itself."""
    if is_unspaced(wording):
        return [one + other for one, other in pairwise(wording)]
    return [stem(wording)]


def _first_only(terms: Ints, unknown: int) -> Ints:
    """The terms with every repetition replaced by the unknown one."""
    found = np.full(len(terms), unknown, dtype=np.int32)
    first = np.unique(terms, return_index=True)[1]
    found[first] = terms[first]
    return found
