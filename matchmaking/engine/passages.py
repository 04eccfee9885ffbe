"""A record prepared for being quoted: its sentences as term numbers, and the places where its words stand.

Built once a record and used for every pair the record is in. Terms are numbered by the vocabulary of an
index; the number after the last stands for every word the index does not know and never weighs anything.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from operator import add

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import FieldTexts
from matchmaking.engine.statistics import Statistics
from matchmaking.engine.text import RUN, is_unspaced, normalise, sentences
from matchmaking.engine.types import Quote
from matchmaking.engine.vectors import Weights

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
_COHESION = 0.45
_LONGEST_PHRASE = 8
_FUNCTION = frozenset("的了和与及或在对为等是有于并将以其可能被把从到中上下不也而之所使用该此这各")


@dataclass(frozen=True, slots=True)
class Sentences:
    """The sentences of one text or record; `terms` holds the different terms of each, one after another."""

    quotes: tuple[Quote, ...]
    terms: Ints
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, texts: FieldTexts, vocabulary: Mapping[str, int]) -> Sentences:
        """Cut the texts; a sentence without any known term is left out, as it can never be the best one."""
        quotes: list[Quote] = []
        terms, starts = array("i"), array("q")
        for name, text in texts:
            for sentence in sentences(text):
                known = {vocabulary.get(token, -1) for token in _distinct(sentence)}
                known.discard(-1)
                if known:
                    quotes.append(Quote(name, sentence))
                    starts.append(len(terms))
                    terms.extend(known)
        return cls(tuple(quotes), np.asarray(terms, dtype=np.int32), np.asarray(starts, dtype=np.int64))

    def best(self, weights: Floats) -> Quote | None:
        """The sentence whose terms weigh most (dense weights), the first of equals; None when nothing
        weighs."""
        if not self.quotes:
            return None
        sums = np.add.reduceat(weights[self.terms], self.starts)
        at = int(sums.argmax())
        return self.quotes[at] if sums[at] > 0.0 else None


@dataclass(frozen=True, slots=True)
class Places:
    """Every character of a need's Chinese runs and every word, in reading order.

    `text[i]` is the character or word at place i, `single[i]` its term, `double[i]` the term of the pair it
    begins, or the unknown term at the end of a run. A place is `first` where its term has not stood before;
    only first places are credited, so that no term counts twice. `phrase[i]` numbers the wording the place
    belongs to, -1 for none.
    """

    text: tuple[str, ...]
    single: Ints
    double: Ints
    first_single: NDArray[np.bool_]
    first_double: NDArray[np.bool_]
    phrase: Ints
    phrases: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, texts: FieldTexts, weights: Weights, vocabulary: Mapping[str, int], statistics: Statistics) -> Places:
        """Lay out the texts of a need. `weights` are its terms, known to the index or not."""
        unknown = len(vocabulary)
        text: list[str] = []
        single, double, phrase = array("i"), array("i"), array("i")
        phrases: dict[str, int] = {}
        for run in RUN.findall("\n".join(normalise(part) for _, part in texts)):
            pieces = run if is_unspaced(run) else (run,)
            text += pieces
            single.extend(vocabulary.get(piece, unknown) for piece in pieces)
            pairs = [one + other for one, other in pairwise(pieces)]
            double.extend(vocabulary.get(pair, unknown) for pair in pairs)
            double.append(unknown)
            for wording in _wordings(run, pairs, statistics):
                number = phrases.setdefault(wording, len(phrases)) if len(wording) > 1 else -1
                phrase.extend([number] * (len(wording) if is_unspaced(run) else 1))
        weighed = tuple((wording, _weight_of(wording, weights)) for wording in phrases)
        singles, doubles = np.asarray(single, dtype=np.int32), np.asarray(double, dtype=np.int32)
        return cls(
            tuple(text),
            singles,
            doubles,
            _first(singles, unknown),
            _first(doubles, unknown),
            np.asarray(phrase, dtype=np.int32),
            weighed,
        )


def _distinct(sentence: str) -> set[str]:
    found: set[str] = set()
    for run in RUN.findall(normalise(sentence)):
        if is_unspaced(run):
            found.update(run)
            found.update(map(add, run, run[1:]))
        else:
            found.add(run)
    return found


def _wordings(run: str, pairs: list[str], statistics: Statistics) -> list[str]:
    """Cut a Chinese run where two neighbours do not belong together; a word is one wording.

    Neighbours belong together when their pair is found in two texts or more and its normalised pointwise
    mutual information is high (Bouma 2009).
    """
    if not is_unspaced(run):
        return [run]
    wordings, current = [], run[0]
    for pair in pairs:
        if len(current) < _LONGEST_PHRASE and _cohesion(pair, statistics) >= _COHESION:
            current += pair[1]
        else:
            wordings.append(current)
            current = pair[1]
    wordings.append(current)
    return wordings


def _cohesion(pair: str, statistics: Statistics) -> float:
    together = statistics.frequency.get(pair, 1)
    if together < 2 or pair[0] in _FUNCTION or pair[1] in _FUNCTION:
        return -1.0
    total = max(statistics.documents, 2)
    if together >= total:
        return 1.0
    apart = statistics.frequency.get(pair[0], 1) * statistics.frequency.get(pair[1], 1)
    return math.log(together * total / apart) / -math.log(together / total)


def _weight_of(wording: str, weights: Weights) -> float:
    if not is_unspaced(wording):
        return weights.get(wording, 0.0)
    return math.fsum(
        weights.get(wording[at : at + width], 0.0) for width in (1, 2) for at in range(len(wording) - width + 1)
    )


def _first(terms: Ints, unknown: int) -> NDArray[np.bool_]:
    found = np.zeros(len(terms), dtype=np.bool_)
    found[np.unique(terms, return_index=True)[1]] = True
    found[terms == unknown] = False
    return found
