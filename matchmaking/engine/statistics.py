"""What is frozen between two fits: how common every token is and how long the fields are.

A score depends on the pair, these figures and the policy alone, so a record that is ranked today, tomorrow,
alone or among a million gets the same bits as long as the statistics stay.
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

from matchmaking.engine.fields import FieldTexts, need_texts, offer_texts
from matchmaking.engine.text import tokenise
from matchmaking.engine.types import ExpertProfile, NeedProfile, OfferProfile

_MAGIC = b"tongti-statistics-1\n"


@dataclass(frozen=True, slots=True)
class Statistics:
    """Corpus figures. `documents` texts were counted; `frequency` holds tokens found in two texts or more.

    A token not in `frequency` counts as found once: a word that is new since the fit weighs like any rare
    word. `lengths` maps a field of an achievement to (tokens, achievements that have the field); `distinct`
    is the same pair for different tokens an achievement. `digest` is the SHA-256 of `to_bytes()`.
    """

    documents: int
    frequency: Mapping[str, int]
    lengths: Mapping[str, tuple[int, int]]
    distinct: tuple[int, int]
    digest: str = ""
    _idf: dict[int, float] = field(default_factory=dict, repr=False, compare=False)

    def idf(self, token: str) -> float:
        """BM25 inverse document frequency, always positive (Robertson and Zaragoza 2009, with Lucene's +
        1)."""
        frequency = self.frequency.get(token, 1)
        known = self._idf.get(frequency)
        if known is None:
            known = math.log1p((max(self.documents, frequency) - frequency + 0.5) / (frequency + 0.5))
            self._idf[frequency] = known
        return known

    def average_length(self, name: str) -> float:
        """Mean number of tokens in that field of an achievement; 1 where the fit saw none."""
        total, count = self.lengths.get(name, (0, 0))
        return total / count if count else 1.0

    @property
    def typical_terms(self) -> int | None:
        """Mean number of different tokens an achievement, rounded up; None where the fit saw none."""
        total, count = self.distinct
        return -(-total // count) if count else None

    def to_bytes(self) -> bytes:
        """A canonical form: a line of JSON, the tokens sorted, one a line, their frequencies as 32-bit
        integers."""
        header = {
            "documents": self.documents,
            "lengths": {name: list(pair) for name, pair in sorted(self.lengths.items())},
            "distinct": list(self.distinct),
            "tokens": len(self.frequency),
        }
        tokens = sorted(self.frequency)
        counts = array("I", [self.frequency[token] for token in tokens])
        if sys.byteorder == "big":
            counts.byteswap()
        body = "\n".join([json.dumps(header, sort_keys=True), *tokens]).encode()
        return b"".join((_MAGIC, len(body).to_bytes(8, "little"), body, counts.tobytes()))

    @classmethod
    def from_bytes(cls, data: bytes) -> Statistics:
        """The reverse of `to_bytes`. Raises ValueError when the bytes are something else."""
        if not data.startswith(_MAGIC):
            raise ValueError("these bytes are not statistics of this version")
        start = len(_MAGIC) + 8
        end = start + int.from_bytes(data[len(_MAGIC) : start], "little")
        first, *tokens = data[start:end].decode().split("\n")
        header = json.loads(first)
        counts = array("I")
        counts.frombytes(data[end:])
        if sys.byteorder == "big":
            counts.byteswap()
        if len(tokens) != header["tokens"] or len(counts) != header["tokens"]:
            raise ValueError("the statistics are cut short")
        lengths = {name: (total, count) for name, (total, count) in header["lengths"].items()}
        total, count = header["distinct"]
        digest = hashlib.sha256(data).hexdigest()
        frequency = dict(zip(tokens, counts, strict=True))
        return cls(header["documents"], frequency, lengths, (total, count), digest)


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
    frequency: Counter[str] = Counter()
    lengths: dict[str, list[int]] = {}
    documents = distinct = offer_count = 0
    for offer in offers:
        found: set[str] = set()
        for name, text in offer_texts(offer):
            listed = tokens(text)
            entry = lengths.setdefault(name, [0, 0])
            entry[0] += len(listed)
            entry[1] += bool(listed)
            found.update(listed)
        frequency.update(found)
        distinct += len(found)
        offer_count += 1
    documents += offer_count
    for text in (text for expert in experts for text in expert.documents if text):
        frequency.update(set(tokens(text)))
        documents += 1
    for need in needs:
        frequency.update(_distinct(need_texts(need), tokens))
        documents += 1
    kept = {token: count for token, count in frequency.items() if count > 1}
    pairs = {name: (total, count) for name, (total, count) in lengths.items()}
    counted = Statistics(documents, kept, pairs, (distinct, offer_count))
    return Statistics.from_bytes(counted.to_bytes())


def _distinct(texts: FieldTexts, tokens: Callable[[str], list[str]]) -> set[str]:
    return {token for _, text in texts for token in tokens(text)}
