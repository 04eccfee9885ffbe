"""A record as weighted terms: one record at a time, from its own words and the frozen statistics. Standard
library only.

Every record is weighed twice over the same terms: by impact (BM25) and by cosine (TF-IDF of unit length).

All weights lie on a binary grid so fine that rounding to it is invisible and so coarse that every product and
every sum of products is exact in a double. Sums are therefore the same bits in any order: alone, in a chunk,
on any machine.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import NamedTuple

from matchmaking.engine.fields import need_texts, offer_texts
from matchmaking.engine.policy import Policy
from matchmaking.engine.statistics import Kind, Statistics
from matchmaking.engine.text import is_own_story, is_unspaced, sentences, tokenise
from matchmaking.engine.types import NeedProfile, OfferProfile

Weights = dict[str, float]
Tokeniser = Callable[[str], list[str]]

# Weights of a need are multiples of 2^-26, those of a target of 2^-24: their products are multiples of 2^-50, and sums
# of them are exact up to 2^3.
NEED_GRID = float(1 << 26)
TARGET_GRID = float(1 << 24)
NEEDS_REMEMBERED = 1_024
_TOLD_FIELDS = frozenset({"background", "problem"})


@dataclass(frozen=True, slots=True)
class Chance:
    """The mean and the spread of what a target gets by chance from a product."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class NeedTerms:
    """The terms of a need: `words` with the sum 1 for impacts, `cosine` of unit length, `plain` as they are for the
    encoder; and what chance gives to the two products."""

    plain: Weights
    words: Weights
    cosine: Weights
    by_words: Chance
    by_cosine: Chance


class _Asked(NamedTuple):
    """What asks, whatever the kind of target: its three weights as in `NeedTerms`, and unrounded by token: weights, the
    squares of those of the cosine, the sum of the ones and the root of the sum of the others."""

    plain: Weights
    words: Weights
    cosine: Weights
    weights: list[float]
    squares: list[float]
    total: float
    length: float


@dataclass(frozen=True, slots=True)
class TargetTerms:
    """The terms of a target: its impacts, its weights of unit length in the same order, and as they are."""

    words: Weights
    cosine: Weights
    plain: Weights


class Figures(NamedTuple):
    """What the statistics and the policy say of a token."""

    idf: float
    weight: float
    cosine: float


@dataclass(frozen=True, slots=True)
class Vectoriser:
    """Turns records into weights under one statistics and one policy. `tokens` may be a cached `tokenise`.

    What a token weighs is looked up once and remembered.
    """

    statistics: Statistics
    policy: Policy
    tokens: Tokeniser = tokenise
    _need_fields: dict[str, float] = field(init=False)
    _offer_fields: dict[str, float] = field(init=False)
    _typical_impact: dict[Kind, float] = field(init=False)
    _figures: dict[str, Figures] = field(default_factory=dict, repr=False, compare=False)
    _asked: dict[NeedProfile, _Asked] = field(default_factory=dict, repr=False, compare=False)
    _chances: dict[Kind, dict[str, float]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_need_fields", asdict(self.policy.need_fields))
        object.__setattr__(self, "_offer_fields", asdict(self.policy.offer_fields))
        typical = {Kind.OFFER: self._impact_of_typical_term(), Kind.DOCUMENT: 1.0 / (1.0 + self.policy.k1)}
        object.__setattr__(self, "_typical_impact", typical)

    def weight(self, token: str) -> float:
        """How much a token says: its idf by what it is: a single character, of which a pair is made, a pair, a word."""
        return self.figures(token).weight

    def _of_script(self, token: str) -> float:
        if not is_unspaced(token):
            return self.policy.latin
        return self.policy.single if len(token) == 1 else 1.0

    def figures(self, token: str) -> Figures:
        """The idf of a token, how much it says, and what it weighs in a cosine."""
        known = self._figures.get(token)
        if known is None:
            idf = self.statistics.idf(token)
            weight = idf**self.policy.rarity * self._of_script(token)
            # The root of weight x idf: both sides of the cosine then carry one idf each.
            known = self._figures[token] = Figures(idf, weight, math.sqrt(weight * idf))
        return known

    def _figured(self, tokens: Iterable[str]) -> list[Figures]:
        known = self._figures
        return [known.get(token) or self.figures(token) for token in tokens]

    def _chances_of(self, asked: _Asked, kind: Kind) -> list[float]:
        known, chance = self._chances.setdefault(kind, {}), self.statistics.chance
        return [known.get(token) or known.setdefault(token, chance(token, kind)) for token in asked.plain]

    def typical_impact(self, kind: Kind) -> float:
        """The impact of an average term of an average target of a kind."""
        return self._typical_impact[kind]

    def need_terms(self, need: NeedProfile) -> Weights:
        """Count of every token of a need, by the weight of the field it stands in, unrounded.

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
                raw[token] = raw.get(token, 0.0) + scale * damped(count)
        return {token: count for token, count in raw.items() if count > 0}

    def need(self, need: NeedProfile, kind: Kind) -> NeedTerms:
        """Weights of a need for targets of a kind; remembered, as a need is held against one kind after the other."""
        known = self._asked.get(need)
        if known is None:
            if len(self._asked) >= NEEDS_REMEMBERED:
                self._asked.clear()
            known = self._asked[need] = self._weighed(self.need_terms(need))
        return self._for_kind(known, kind)

    def asked(self, counts: Mapping[str, float], kind: Kind) -> NeedTerms:
        """Weights of anything that asks, given as counts of its tokens."""
        return self._for_kind(self._weighed(counts), kind)

    def _weighed(self, counts: Mapping[str, float]) -> _Asked:
        figures = self._figured(counts)
        listed = list(zip(counts.items(), figures, strict=True))
        plain = {token: count * known.idf for (token, count), known in listed}
        words = {token: count * known.weight for (token, count), known in listed}
        cosine = {token: count * known.cosine for (token, count), known in listed}
        total = math.fsum(words.values())
        length = math.sqrt(math.fsum([weight * weight for weight in cosine.values()]))
        if total <= 0.0 or length <= 0.0:
            return _Asked({}, {}, {}, [], [], 1.0, 1.0)
        on_grid = _on_grid(words, total, NEED_GRID)
        same_terms = _rounded({token: cosine[token] for token in on_grid}, length, NEED_GRID)
        squares = [weight * known.cosine for weight, known in zip(cosine.values(), figures, strict=True)]
        return _Asked(plain, on_grid, same_terms, list(words.values()), squares, total, length)

    def _for_kind(self, asked: _Asked, kind: Kind) -> NeedTerms:
        impact, norm, chances = self.typical_impact(kind), self.statistics.norms[kind], self._chances_of(asked, kind)
        by_words = _chance([weight * impact / asked.total for weight in asked.weights], chances)
        by_cosine = _chance([square / norm / asked.length for square in asked.squares], chances)
        return NeedTerms(asked.plain, asked.words, asked.cosine, by_words, by_cosine)

    def offer(self, offer: OfferProfile) -> TargetTerms:
        """BM25F impacts in [0, 1): weighted counts over all fields, each normalised by length, then
        saturated.

        Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields" (CIKM 2004). The idf
        stands on the need's side. For the cosine the counts are weighted by their fields and not by lengths.
        """
        counted: Weights = {}
        normed: Weights = {}
        b = self.policy.b
        for name, text in offer_texts(offer):
            listed = self.tokens(text)
            if not listed:
                continue
            norm = 1.0 - b + b * len(listed) / self.statistics.average_length(name)
            weight = self._offer_fields[name]
            for token, count in Counter(listed).items():
                counted[token] = counted.get(token, 0.0) + weight * count
                normed[token] = normed.get(token, 0.0) + weight * count / norm
        return self._target(counted, normed)

    def document(self, text: str) -> TargetTerms:
        """A document of an expert: BM25 impacts and TF-IDF of unit length."""
        counts: Weights = {token: float(count) for token, count in Counter(self.tokens(text)).items()}
        b, length = self.policy.b, sum(counts.values())
        norm = 1.0 - b + b * length / self.statistics.average_length("documents")
        return self._target(counts, {token: count / norm for token, count in counts.items()})

    def _target(self, counted: Weights, normed: Weights) -> TargetTerms:
        k1 = self.policy.k1
        words = _on_grid({token: value / (k1 + value) for token, value in normed.items()}, 1.0, TARGET_GRID)
        figures = self._figured(words)
        said = [math.log1p(counted[token]) for token in words]
        listed = list(zip(words, said, figures, strict=True))
        cosine = {token: count * known.cosine for token, count, known in listed}
        length = math.sqrt(math.fsum([weight * weight for weight in cosine.values()]))
        plain = {token: count * known.idf for token, count, known in listed}
        return TargetTerms(words, _rounded(cosine, length, TARGET_GRID), plain)

    def cosine_weight(self, token: str) -> float:
        """What a token weighs in a cosine."""
        return self.figures(token).cosine

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
        for sentence, weight in self.told(name, text):
            for token, count in Counter(self.tokens(sentence)).items():
                counts[token] = counts.get(token, 0.0) + weight * count
        return counts

    def told(self, name: str, text: str) -> list[tuple[str, float]]:
        """A need's field in parts, with what a count in each is multiplied by."""
        if name not in _TOLD_FIELDS:
            return [(text, 1.0)]
        own = self.policy.own_story
        return [(sentence, own if is_own_story(sentence) else 1.0) for sentence in sentences(text)]


def damped(count: float) -> float:
    """A word that is said again says less: 1 + log of the count from 1 on."""
    return 1.0 + math.log(count) if count > 1.0 else count


def _chance(weights: Sequence[float], chances: Sequence[float]) -> Chance:
    """Mean and spread of a sum of weights, each there with its chance, every term for itself."""
    listed = list(zip(weights, chances, strict=True))
    mean = math.fsum([weight * chance for weight, chance in listed])
    variance = math.fsum([weight * weight * chance * (1.0 - chance) for weight, chance in listed])
    return Chance(mean, math.sqrt(variance) or 1.0)


def _on_grid(weights: Weights, unit: float, grid: float) -> Weights:
    """The weights divided by `unit` and rounded to multiples of 1 / grid; what rounds to nothing is left
    out."""
    return {token: weight for token, weight in _rounded(weights, unit, grid).items() if weight > 0.0}


def _rounded(weights: Weights, unit: float, grid: float) -> Weights:
    scale = grid / unit if unit > 0.0 else 0.0
    return {token: round(weight * scale) / grid for token, weight in weights.items()}
