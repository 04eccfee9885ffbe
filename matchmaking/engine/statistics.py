"""What is frozen between two fits: how common every token is and how long the fields are. Standard library only.

A score depends on the pair, these figures and the policy alone, so a record that is ranked today, tomorrow, alone or
among a million gets the same bits as long as the statistics stay.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from matchmaking.engine.fields import FieldTexts, need_texts, offer_texts
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile

_LEAST_TEXTS = 50
_MAGIC = b"tongti-statistics-1\n"


class Kind(IntEnum):
    """The kinds of text that are counted apart: an achievement, a document of an expert, a need."""

    OFFER = 0
    DOCUMENT = 1
    NEED = 2


@dataclass(frozen=True, slots=True)
class Statistics:
    """Corpus figures.

    `texts` counts the texts of each kind. `rows` numbers the tokens found in two texts or more; `counts[kind][row]` is
    in how many texts of the kind. A token not in `rows` counts as found once: a word that is new since the fit weighs
    like any rare word. `lengths` maps a field of an achievement to (tokens, achievements that have the field);
    `distinct` counts different tokens, summed over the achievements. `norms` are the root mean square lengths of an
    achievement and of an expert's document as vectors of idf. `digest` is the SHA-256 of `to_bytes()`.
    """

    texts: tuple[int, int, int]
    rows: Mapping[str, int]
    counts: tuple[array[int], array[int], array[int]]
    lengths: Mapping[str, tuple[int, int]]
    distinct: int
    norms: tuple[float, float]
    digest: str = ""
    _idf: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    @property
    def total(self) -> int:
        """How many texts were counted."""
        return sum(self.texts)

    def frequency(self, token: str) -> int:
        """In how many texts of any kind a token is found, at least 1."""
        row = self.rows.get(token)
        return 1 if row is None else self.counts[0][row] + self.counts[1][row] + self.counts[2][row]

    def idf(self, token: str) -> float:
        """BM25 inverse document frequency, always positive (Robertson and Zaragoza 2009, with Lucene's + 1)."""
        known = self._idf.get(token)
        if known is None:
            known = self._idf[token] = _idf(self.frequency(token), self.total)
        return known

    def chance(self, token: str, kind: Kind) -> float:
        """The chance that a text of the kind holds the token, between 0 and 1, neither reached.

        As long as there are few texts, they are filled up with imagined ones without the token, so that the first
        records of a new platform do not make every word look common.
        """
        row = self.rows.get(token)
        return ((self.counts[kind][row] if row is not None else 0) + 0.5) / (max(self.texts[kind], _LEAST_TEXTS) + 1)

    def average_length(self, name: str) -> float:
        """Mean number of tokens in that field of an achievement; 1 where the fit saw none."""
        total, count = self.lengths.get(name, (0, 0))
        return total / count if count else 1.0

    def to_bytes(self) -> bytes:
        """A canonical form: a line of JSON, the tokens sorted, one a line, their counts as 32-bit integers."""
        header = {
            "texts": self.texts,
            "lengths": {name: list(pair) for name, pair in sorted(self.lengths.items())},
            "distinct": self.distinct,
            "norms": self.norms,
            "tokens": len(self.rows),
        }
        body = "\n".join([json.dumps(header, sort_keys=True), *self.rows]).encode()
        counts = b"".join(_little_endian(column).tobytes() for column in self.counts)
        return b"".join((_MAGIC, len(body).to_bytes(8, "little"), body, counts))

    @classmethod
    def from_bytes(cls, data: bytes) -> Statistics:
        """The reverse of `to_bytes`. Raises ValueError when the bytes are something else or cut short."""
        start = len(_MAGIC) + 8
        if not data.startswith(_MAGIC) or len(data) < start:
            raise ValueError("these bytes are not statistics of this version")
        end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
        first, *tokens = data[start:end].decode().split("\n")
        header = json.loads(first)
        size = header["tokens"] * array("I").itemsize
        if len(tokens) != header["tokens"] or len(data) != end + 3 * size:
            raise ValueError("the statistics are cut short")
        columns = [_little_endian(array("I", data[at : at + size])) for at in range(end, len(data), size or 1)]
        offers, documents, needs = columns or [array("I")] * 3
        texts = header["texts"]
        return cls(
            (texts[0], texts[1], texts[2]),
            {token: row for row, token in enumerate(tokens)},
            (offers, documents, needs),
            {name: (total, count) for name, (total, count) in header["lengths"].items()},
            header["distinct"],
            (header["norms"][0], header["norms"][1]),
            hashlib.sha256(data).hexdigest(),
        )


def fit(
    offers: Iterable[OfferProfile] = (),
    experts: Iterable[ExpertProfile] = (),
    needs: Iterable[NeedProfile] = (),
    *,
    tokens: Callable[[str], list[str]] = tokenise,
) -> Statistics:
    """Count the corpus: every achievement, every need and every document of an expert is one text.

    The order of the records does not matter. `tokens` may be a cached `tokenise`.
    """
    counted: tuple[Counter[str], Counter[str], Counter[str]] = (Counter(), Counter(), Counter())
    texts = [0, 0, 0]
    lengths: dict[str, list[int]] = {}
    distinct = 0
    for offer in offers:
        listed = [(name, tokens(text)) for name, text in offer_texts(offer)]
        for name, found in listed:
            entry = lengths.setdefault(name, [0, 0])
            entry[0] += len(found)
            entry[1] += bool(found)
        terms = {token for _, found in listed for token in found}
        distinct += len(terms)
        counted[Kind.OFFER].update(terms)
        texts[Kind.OFFER] += 1
    for document in (document for expert in experts for document in expert.documents if document):
        found = tokens(document)
        entry = lengths.setdefault("documents", [0, 0])
        entry[0] += len(found)
        entry[1] += bool(found)
        counted[Kind.DOCUMENT].update(set(found))
        texts[Kind.DOCUMENT] += 1
    for need in needs:
        counted[Kind.NEED].update(_distinct(need_texts(need), tokens))
        texts[Kind.NEED] += 1
    every = counted[0].copy()
    for other in counted[1:]:
        every.update(other)
    kept = sorted(token for token, count in every.items() if count > 1)
    columns = [array("I", [counts[token] for token in kept]) for counts in counted]
    norms = [_norm(counted[kind], texts[kind], every, sum(texts)) for kind in (Kind.OFFER, Kind.DOCUMENT)]
    pairs = {name: (total, count) for name, (total, count) in lengths.items()}
    rows = {token: row for row, token in enumerate(kept)}
    fitted = Statistics(
        (texts[0], texts[1], texts[2]),
        rows,
        (columns[0], columns[1], columns[2]),
        pairs,
        distinct,
        (norms[0], norms[1]),
    )
    return Statistics.from_bytes(fitted.to_bytes())


def _norm(found: Mapping[str, int], texts: int, every: Mapping[str, int], total: int) -> float:
    """The root mean square length of the texts of a kind, every token counted once; 1 where there are none."""
    energy = math.fsum(count * _idf(every[token], total) ** 2 for token, count in sorted(found.items()))
    return math.sqrt(energy / texts) if energy else 1.0


def _idf(frequency: int, total: int) -> float:
    return math.log1p((max(total, frequency) - frequency + 0.5) / (frequency + 0.5))


def _distinct(texts: FieldTexts, tokens: Callable[[str], list[str]]) -> set[str]:
    return {token for _, text in texts for token in tokens(text)}


def _little_endian(column: array[int]) -> array[int]:
    if sys.byteorder == "little":
        return column
    swapped = array("I", column)
    swapped.byteswap()
    return swapped
