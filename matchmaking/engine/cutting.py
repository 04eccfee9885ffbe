"""Sentences as the numbers of their different tokens in the vocabulary of an index: of a few texts token by token,
of many by compiled loops, with the same numbers.

The number after the last stands for every token the index does not know and never weighs anything.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from matchmaking.engine.fields import FieldTexts
from matchmaking.engine.text import sentences, tokenise
from matchmaking.engine.types import Quote

if TYPE_CHECKING:
    from matchmaking.engine.kernel import layouts
    from matchmaking.engine.kernel.tokens import Vocabulary

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
_LONG_SENTENCE = 60
_TELLING_LITTLE = frozenset({"title", "keywords", "chain", "background"})
_SCRAP = 10
_HALF = 0.5
# Fewer sentences are cut without the compiler, whose start takes longer than they do.
COMPILED_FROM = 100


def quotes_of(texts: FieldTexts) -> tuple[Quote, ...]:
    """The sentences of a text or record."""
    return tuple([Quote(name, sentence) for name, text in texts for sentence in sentences(text)])


def numbered(tokens: Sequence[str], vocabulary: Mapping[str, int]) -> Ints:
    """The numbers of tokens in a vocabulary."""
    return np.asarray(array("i", map(vocabulary.get, tokens, repeat(len(vocabulary)))), dtype=np.int32)


@dataclass(slots=True)
class Numbering:
    """Numbers the tokens of sentences by a vocabulary. For one thread."""

    vocabulary: Mapping[str, int]
    _counting: Vocabulary | None = None
    _numbers: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int32))

    def sentences(self, records: Sequence[Sequence[Quote]]) -> list[layouts.Sentences]:
        """The sentences of each record as the compiled loops want them.

        `damping` keeps a sentence from being chosen for its length alone; it counts unknown tokens too, so that the
        choice does not depend on what else is in an index. It halves what a reader learns little from: titles and
        keywords, which he has seen already, what an enterprise says of itself, and scraps.
        """
        from matchmaking.engine.kernel import layouts

        quotes = [quote for record in records for quote in record]
        starts, terms = self._cut([quote.text for quote in quotes])
        told = np.asarray([_HALF if _says_little(quote) else 1.0 for quote in quotes])
        damping = told / np.sqrt(np.diff(starts) + float(_LONG_SENTENCE))
        found, first = [], 0
        for record in records:
            last = first + len(record)
            piece = starts[first : last + 1]
            found.append(layouts.Sentences(terms[piece[0] : piece[-1]], piece - piece[0], damping[first:last]))
            first = last
        return found

    def _cut(self, texts: Sequence[str]) -> tuple[Longs, Ints]:
        """The different tokens of each text, in the order in which it has them first, one text after the other."""
        if len(texts) < COMPILED_FROM:
            each = [dict.fromkeys(tokenise(text)) for text in texts]
            tokens = [token for found in each for token in found]
            return np.cumsum([0, *map(len, each)]), numbered(tokens, self.vocabulary)
        if self._counting is None:
            from matchmaking.engine.kernel.tokens import Vocabulary  # numba, for whole batches only

            self._counting = Vocabulary()
        counted, known = self._counting.count(texts), len(self._numbers)
        new = list(islice(self._counting.numbers, known, None))
        self._numbers = np.concatenate((self._numbers, numbered(new, self.vocabulary)))
        return counted.starts, self._numbers[counted.terms]


def _says_little(quote: Quote) -> bool:
    return quote.field in _TELLING_LITTLE or len(quote.text) < _SCRAP
