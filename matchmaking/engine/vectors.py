"""A record as weighted terms: one record at a time, from its own words and the frozen statistics. Standard
library only.

All weights lie on a binary grid so fine that rounding to it is invisible and so coarse that every product and
every sum of products is exact in a double. Sums are therefore the same bits in any order: alone, in a chunk,
on any machine.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

from matchmaking.engine.fields import need_texts, offer_texts
from matchmaking.engine.policy import Policy
from matchmaking.engine.statistics import Kind, Statistics
from matchmaking.engine.text import is_own_story, sentences, tokenise
from matchmaking.engine.types import NeedProfile, OfferProfile

Weights = dict[str, float]
Tokeniser = Callable[[str], list[str]]

# Weights of a need are multiples of 2^-26, those of a target of 2^-24: their products are multiples of 2^-50, and sums
# of them are exact up to 2^3.
NEED_GRID = float(1 << 26)
TARGET_GRID = float(1 << 24)
_TOLD_FIELDS = frozenset({"background", "problem"})


@dataclass(frozen=True, slots=True)
class NeedTerms:
    """The terms of a need, and the mean and the spread of what a target gets by chance from their product."""

    weights: Weights
    expected: float
    spread: float


@dataclass(frozen=True, slots=True)
class Vectoriser:
    """Turns records into weights under one statistics and one policy. `tokens` may be a cached `tokenise`."""

    statistics: Statistics
    policy: Policy
    tokens: Tokeniser = tokenise
    _need_fields: dict[str, float] = field(init=False)
    _offer_fields: dict[str, float] = field(init=False)
    _typical_impact: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_need_fields", asdict(self.policy.need_fields))
        object.__setattr__(self, "_offer_fields", asdict(self.policy.offer_fields))
        object.__setattr__(self, "_typical_impact", self._impact_of_typical_term())

    def need_terms(self, need: NeedProfile) -> Weights:
        """Weight of every token of a need before any normalisation: field weight x count x idf, unrounded.

        A field is damped once the norm of its counts exceeds that of `field_reference` different tokens: what it adds
        to the noise of a sum over many targets then stays that of a title, however long it is.
        """
        raw: Weights = {}
        for name, text in need_texts(need):
            counts = self._need_counts(name, text)
            energy = math.fsum(count * count for count in counts.values())
            reference = self.policy.field_reference
            scale = self._need_fields[name] * math.sqrt(reference / max(energy, reference))
            for token, count in counts.items():
                raw[token] = raw.get(token, 0.0) + scale * count
        idf = self.statistics.idf
        return {token: weight * idf(token) for token, weight in raw.items() if weight > 0}

    def need_for_offers(self, need: NeedProfile) -> NeedTerms:
        """Weights whose product with `offer` is the share of the need's terms that the offer has, in [0, 1]."""
        terms = self.need_terms(need)
        typical = self._typical_impact
        chances = [(weight * typical, self.statistics.chance(token, Kind.OFFER)) for token, weight in terms.items()]
        return _need_terms(terms, math.fsum(terms.values()), chances)

    def need_for_documents(self, need: NeedProfile) -> NeedTerms:
        """Weights of unit length, whose product with `document` is the cosine, in [0, 1]."""
        terms = self.need_terms(need)
        idf, norm = self.statistics.idf, self.statistics.document_norm
        chances = [
            (weight * idf(token) / norm, self.statistics.chance(token, Kind.DOCUMENT))
            for token, weight in terms.items()
        ]
        return _need_terms(terms, math.sqrt(math.fsum(weight * weight for weight in terms.values())), chances)

    def offer(self, offer: OfferProfile) -> Weights:
        """BM25F impacts in [0, 1): weighted counts over all fields, each normalised by length, then
        saturated.

        Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields" (CIKM 2004). The idf
        stands on the need's side.
        """
        counted: Weights = {}
        b, k1 = self.policy.b, self.policy.k1
        for name, text in offer_texts(offer):
            listed = self.tokens(text)
            if not listed:
                continue
            norm = 1.0 - b + b * len(listed) / self.statistics.average_length(name)
            scale = self._offer_fields[name] / norm
            for token, count in Counter(listed).items():
                counted[token] = counted.get(token, 0.0) + scale * count
        return _on_grid({token: value / (k1 + value) for token, value in counted.items()}, 1.0, TARGET_GRID)

    def document(self, text: str) -> Weights:
        """TF-IDF of unit length, counts damped by their logarithm."""
        idf = self.statistics.idf
        counts = Counter(self.tokens(text))
        terms = {token: (1.0 + math.log(count)) * idf(token) for token, count in counts.items()}
        return _on_grid(terms, math.sqrt(math.fsum(weight * weight for weight in terms.values())), TARGET_GRID)

    def _impact_of_typical_term(self) -> float:
        """The impact of an average term of an average offer."""
        lengths, distinct = self.statistics.lengths, self.statistics.distinct
        weighted = math.fsum(scale * lengths.get(name, (0, 0))[0] for name, scale in self._offer_fields.items())
        typical = weighted / distinct if distinct and weighted else 1.0
        return typical / (self.policy.k1 + typical)

    def _need_counts(self, name: str, text: str) -> Mapping[str, float]:
        """Counts of a need's field; sentences about the enterprise itself count little."""
        if name not in _TOLD_FIELDS:
            return Counter(self.tokens(text))
        counts: dict[str, float] = {}
        for sentence in sentences(text):
            weight = self.policy.own_story if is_own_story(sentence) else 1.0
            for token, count in Counter(self.tokens(sentence)).items():
                counts[token] = counts.get(token, 0.0) + weight * count
        return counts


def _need_terms(terms: Weights, unit: float, chances: list[tuple[float, float]]) -> NeedTerms:
    """Bring the terms to the unit and say what chance would give: every term there or not, each for itself."""
    expected = math.fsum(weight * chance for weight, chance in chances)
    variance = math.fsum(weight * weight * chance * (1.0 - chance) for weight, chance in chances)
    if unit <= 0.0 or variance <= 0.0:
        return NeedTerms({}, 0.0, 1.0)
    return NeedTerms(_on_grid(terms, unit, NEED_GRID), expected / unit, math.sqrt(variance) / unit)


def _on_grid(weights: Weights, unit: float, grid: float) -> Weights:
    """The weights divided by `unit` and rounded to multiples of 1 / grid; what rounds to nothing is left
    out."""
    if unit <= 0.0:
        return {}
    scale = grid / unit
    rounded = {token: round(weight * scale) / grid for token, weight in weights.items()}
    return {token: weight for token, weight in rounded.items() if weight > 0.0}
